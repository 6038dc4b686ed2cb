/* SPDX-License-Identifier: MIT
 * Member identities in the key store (member.h).
 */
#include "keys/member.h"

#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/text.h"
#include "base/translate.h"
#include "cose/crypto.h"

#define CERTIFICATE_DAYS 365
#define SECONDS_PER_DAY 86400

struct MemberIdentity {
  char *name;
  char *id;
  char *certificate_pem;
  char *encryption_pem;
  X509 *certificate;
  EVP_PKEY *key;
  EVP_PKEY *encryption_key;
};

/* Where the parts of one identity lie. */
typedef struct {
  KeyStore *store;
  const char *collaboration, *persona, *name;
} Place;

void
member_identity_free (MemberIdentity *identity)
{
  if (identity == NULL)
    return;
  g_free (identity->name);
  g_free (identity->id);
  g_free (identity->certificate_pem);
  g_free (identity->encryption_pem);
  X509_free (identity->certificate);
  EVP_PKEY_free (identity->key);
  EVP_PKEY_free (identity->encryption_key);
  g_free (identity);
}

static KeyAttributes
place_attributes (const Place *place, const char *kind)
{
  return (KeyAttributes){
    .collaboration = place->collaboration, .persona = place->persona, .kind = kind, .name = place->name
  };
}

/* TRUE with *VALUE NULL when there is no such entry. */
static gboolean
read_part (const Place *place, const char *kind, GBytes **value, GError **error)
{
  g_autoptr (GError) problem = NULL;
  KeyAttributes attributes = place_attributes (place, kind);
  *value = key_store_get (place->store, &attributes, &problem);
  if (*value != NULL || g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
read_key (const Place *place, const char *kind, EVP_PKEY **key, GError **error)
{
  g_autoptr (GBytes) der = NULL;
  if (!read_part (place, kind, &der, error))
    return FALSE;
  if (der == NULL)
    return TRUE;
  *key = cose_key_from_private_der (der, "The private key in the keyring", error);
  return *key != NULL;
}

static gboolean
write_key (const Place *place, const char *kind, const EVP_PKEY *key, GError **error)
{
  g_autoptr (GBytes) der = cose_key_private_der (key);
  g_autofree char *algorithm = cose_key_algorithm (key);
  g_autofree char *fingerprint = cose_key_digest (key);
  KeyAttributes attributes = place_attributes (place, kind);
  attributes.algorithm = algorithm;
  attributes.fingerprint = fingerprint;
  return key_store_put (place->store, &attributes, der, error);
}

static gboolean
write_certificate (const Place *place, const X509 *certificate, const EVP_PKEY *key, GError **error)
{
  g_autoptr (GBytes) der = cose_cert_to_der (certificate);
  g_autofree char *id = cose_cert_id (certificate);
  g_autofree char *algorithm = cose_key_algorithm (key);
  KeyAttributes attributes = place_attributes (place, KEY_KIND_MEMBER_CERTIFICATE);
  attributes.algorithm = algorithm;
  attributes.fingerprint = id;
  return key_store_put (place->store, &attributes, der, error);
}

/* The key of KIND, made and stored when it is not there yet. An interrupted creation left it there: it has
 * never been published, and taking it up again means that no key is ever overwritten. */
static EVP_PKEY *
ensure_key (const Place *place, const char *kind, CoseKeyType type, GError **error)
{
  g_autoptr (EVP_PKEY) key = NULL;
  if (!read_key (place, kind, &key, error))
    return NULL;
  if (key != NULL)
    return g_steal_pointer (&key);
  key = cose_key_new (type, error);
  if (key == NULL || !write_key (place, kind, key, error))
    return NULL;
  cr_fault_point ("member-key-stored");
  return g_steal_pointer (&key);
}

static gboolean
check_name (const char *name, GError **error)
{
  if (cr_name_valid (name))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Use 1 to 64 letters, digits, dots, hyphens and underscores.",
                "The member name is not valid.");
  return FALSE;
}

MemberIdentity *
member_identity_create (KeyStore *store, const char *collaboration, const char *persona, const char *name,
                        gboolean with_recovery_key, GError **error)
{
  Place place = { store, collaboration, persona, name };
  g_autoptr (GBytes) present = NULL;
  if (!check_name (name, error) || !read_part (&place, KEY_KIND_MEMBER_CERTIFICATE, &present, error))
    return NULL;
  if (present != NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Use the existing identity, or choose another name.",
                  "%s already has a member identity named %s; it is not overwritten.", persona, name);
    return NULL;
  }
  g_autoptr (EVP_PKEY) key = ensure_key (&place, KEY_KIND_MEMBER_KEY, COSE_KEY_P384, error);
  if (key == NULL)
    return NULL;
  if (with_recovery_key) {
    g_autoptr (EVP_PKEY) recovery = ensure_key (&place, KEY_KIND_MEMBER_ENCRYPTION_KEY, COSE_KEY_RSA_2048,
                                                error);
    if (recovery == NULL)
      return NULL;
  }
  /* The certificate comes last: only with it does the identity exist. */
  g_autoptr (X509) certificate = cose_cert_new_member (name, key, CERTIFICATE_DAYS, error);
  if (certificate == NULL || !write_certificate (&place, certificate, key, error))
    return NULL;
  cr_fault_point ("member-certificate-stored");
  return member_identity_load (store, collaboration, persona, name, error);
}

/* Store KEY under KIND unless exactly this key is there; another one is never overwritten. */
static gboolean
place_key (const Place *place, const char *kind, const EVP_PKEY *key, GError **error)
{
  g_autoptr (EVP_PKEY) present = NULL;
  if (!read_key (place, kind, &present, error))
    return FALSE;
  if (present == NULL)
    return write_key (place, kind, key, error);
  if (cose_key_equal (present, key))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Import it under another name.",
                "%s already has another key named %s; it is not overwritten.", place->persona, place->name);
  return FALSE;
}

static gboolean
check_imported (const X509 *certificate, const EVP_PKEY *key, const EVP_PKEY *recovery_key, GError **error)
{
  g_autoptr (EVP_PKEY) certified = cose_cert_key (certificate, error);
  CoseAlgorithm algorithm;
  if (certified == NULL || !cose_algorithm_of_key (key, &algorithm, error))
    return FALSE;
  if (!cose_key_equal (certified, key)) {
    cr_set_error (error, CR_ERROR_INPUT, "Give the certificate and the private key of the same identity.",
                  "The private key is not the one of the certificate.");
    return FALSE;
  }
  if (recovery_key == NULL || EVP_PKEY_is_a (recovery_key, "RSA") == 1)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Recovery shares are opened with an RSA key.",
                "The key for recovery shares is not an RSA key.");
  return FALSE;
}

MemberIdentity *
member_identity_import (KeyStore *store, const char *collaboration, const char *persona, const char *name,
                        const X509 *certificate, const EVP_PKEY *key, const EVP_PKEY *recovery_key,
                        GError **error)
{
  Place place = { store, collaboration, persona, name };
  g_autoptr (GBytes) present = NULL;
  if (!check_name (name, error) || !check_imported (certificate, key, recovery_key, error)
      || !read_part (&place, KEY_KIND_MEMBER_CERTIFICATE, &present, error))
    return NULL;
  g_autoptr (GBytes) der = cose_cert_to_der (certificate);
  if (present != NULL && !g_bytes_equal (present, der)) {
    cr_set_error (error, CR_ERROR_INPUT, "Import it under another name.",
                  "%s already has another identity named %s; it is not overwritten.", persona, name);
    return NULL;
  }
  /* The certificate comes last: only with it does the identity exist. */
  if (!place_key (&place, KEY_KIND_MEMBER_KEY, key, error)
      || (recovery_key != NULL && !place_key (&place, KEY_KIND_MEMBER_ENCRYPTION_KEY, recovery_key, error))
      || (present == NULL && !write_certificate (&place, certificate, key, error)))
    return NULL;
  return member_identity_load (store, collaboration, persona, name, error);
}

/* What is derived from certificate and keys. */
static void
fill_in (MemberIdentity *identity)
{
  identity->id = cose_cert_id (identity->certificate);
  identity->certificate_pem = cose_cert_to_pem (identity->certificate);
  if (identity->encryption_key != NULL)
    identity->encryption_pem = cose_key_public_pem (identity->encryption_key);
}

static EVP_PKEY *
take_key (const EVP_PKEY *key)
{
  EVP_PKEY *own = (EVP_PKEY *) (guintptr) key; /* only its count of references changes */
  EVP_PKEY_up_ref (own);
  return own;
}

MemberIdentity *
member_identity_new (const char *name, const X509 *certificate, const EVP_PKEY *key,
                     const EVP_PKEY *recovery_key, GError **error)
{
  if (!check_imported (certificate, key, recovery_key, error))
    return NULL;
  MemberIdentity *identity = g_new0 (MemberIdentity, 1);
  identity->name = g_strdup (name);
  identity->certificate = X509_dup (certificate);
  identity->key = take_key (key);
  identity->encryption_key = recovery_key != NULL ? take_key (recovery_key) : NULL;
  fill_in (identity);
  return identity;
}

MemberIdentity *
member_identity_load (KeyStore *store, const char *collaboration, const char *persona, const char *name,
                      GError **error)
{
  Place place = { store, collaboration, persona, name };
  g_autoptr (GBytes) der = NULL;
  if (!check_name (name, error) || !read_part (&place, KEY_KIND_MEMBER_CERTIFICATE, &der, error))
    return NULL;
  if (der == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Create the identity first.",
                  "%s has no member identity named %s in the keyring.", persona, name);
    return NULL;
  }
  g_autoptr (MemberIdentity) identity = g_new0 (MemberIdentity, 1);
  identity->name = g_strdup (name);
  identity->certificate = cose_cert_from_der (der, "The member certificate in the keyring", error);
  if (identity->certificate == NULL || !read_key (&place, KEY_KIND_MEMBER_KEY, &identity->key, error)
      || !read_key (&place, KEY_KIND_MEMBER_ENCRYPTION_KEY, &identity->encryption_key, error))
    return NULL;
  g_autoptr (EVP_PKEY) certified = cose_cert_key (identity->certificate, error);
  if (certified == NULL)
    return NULL;
  if (identity->key == NULL || !cose_key_equal (certified, identity->key)) {
    cr_set_error (
        error, CR_ERROR_ADMIN,
        "Restore the keyring from a backup, or make a new identity under another name.",
        "The private key of the member %s is missing from the keyring or is not the one of its certificate.",
        name);
    return NULL;
  }
  fill_in (identity);
  return g_steal_pointer (&identity);
}

const char *
member_identity_name (const MemberIdentity *identity)
{
  return identity->name;
}

const char *
member_identity_id (const MemberIdentity *identity)
{
  return identity->id;
}

const char *
member_identity_certificate_pem (const MemberIdentity *identity)
{
  return identity->certificate_pem;
}

X509 *
member_identity_certificate (const MemberIdentity *identity)
{
  return identity->certificate;
}

const char *
member_identity_encryption_pem (const MemberIdentity *identity)
{
  return identity->encryption_pem;
}

EVP_PKEY *
member_identity_key (const MemberIdentity *identity)
{
  return identity->key;
}

GBytes *
member_identity_sign (const MemberIdentity *identity, const CoseHeader *header, GBytes *payload,
                      GError **error)
{
  gint64 now = cr_now_seconds ();
  if (!member_identity_check_expiry (identity, now, error))
    return NULL;
  CoseHeader own = *header;
  own.kid = identity->id;
  if (own.created_at == 0)
    own.created_at = now;
  /* Key and certificate were compared when the identity was loaded. */
  return cose_sign1_sign (&own, payload, identity->key, error);
}

GBytes *
member_identity_decrypt_share (const MemberIdentity *identity, GBytes *encrypted, GError **error)
{
  if (identity->encryption_key == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Use an identity that was made with a recovery key.",
                  "The member %s has no recovery key.", identity->name);
    return NULL;
  }
  return cose_oaep_decrypt (identity->encryption_key, g_bytes_get_data (encrypted, NULL),
                            g_bytes_get_size (encrypted), error);
}

gboolean
member_identity_check_expiry (const MemberIdentity *identity, gint64 now_s, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *what = g_strdup_printf ("The certificate of the member %s", identity->name);
  if (cose_cert_check_time (identity->certificate, now_s, what, &problem))
    return TRUE;
  gboolean early = now_s < cose_cert_not_before (identity->certificate);
  cr_set_error (error, CR_ERROR_ADMIN,
                early ? N_ ("Check this machine's clock.")
                      : N_ ("Make a new identity and ask an active member to propose it with set_member."),
                "%s", problem->message);
  return FALSE;
}

int
member_identity_days_left (const MemberIdentity *identity, gint64 now_s)
{
  gint64 left = cose_cert_not_after (identity->certificate) - now_s;
  return (int) (left >= 0 ? left / SECONDS_PER_DAY : -1 - (-1 - left) / SECONDS_PER_DAY);
}
