/* SPDX-License-Identifier: MIT
 * Member identities made inside a vault: a certificate whose key may leave it, a key for recovery shares
 * that may not (vault.h).
 */
#include "cloud/vault-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/crypto.h"
#include "cose/cose.h"

#include <openssl/pkcs12.h>
#include <string.h>

#define READY_TRIES 60u
#define READY_PAUSE_MS 1000u

/* The policy of a member's certificate as the REST API spells it: self-signed, EC P-384, CN=MEMBER,
 * exportable, for a year. Gives. */
static json_t *
vault_certificate_policy (const char *member)
{
  g_autofree char *subject = g_strconcat ("CN=", member, NULL);
  return json_pack ("{s:{s:s},s:{s:s,s:b,s:s,s:b},s:{s:s},s:{s:[s],s:s,s:i}}", "issuer", "name", "Self",
                    "key_props", "crv", "P-384", "exportable", 1, "kty", "EC", "reuse_key", 1, "secret_props",
                    "contentType", "application/x-pkcs12", "x509_props", "key_usage", "digitalSignature",
                    "subject", subject, "validity_months", 12);
}

/* The certificate NAME; NULL without ERROR when there is none. *ID gives. */
static X509 *
read_certificate (VaultClient *client, CrJob *job, const char *name, char **id, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) bundle = vault_call (client, job, "GET", "certificates", name, "", NULL, &problem);
  if (bundle == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    return NULL;
  if (bundle == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  const char *text = cr_json_get_string (bundle, "cer", "the vault's certificate", error);
  g_autoptr (GBytes) der = text != NULL ? cr_base64_decode (text, "the vault's certificate", error) : NULL;
  X509 *certificate = der != NULL ? cose_cert_from_der (der, "the vault's certificate", error) : NULL;
  if (certificate != NULL)
    *id = g_strdup (cr_json_peek_string (bundle, "id"));
  return certificate;
}

/* Wait until the vault has made it. */
static gboolean
wait_for (VaultClient *client, CrJob *job, const char *name, GError **error)
{
  for (guint i = 0; i < READY_TRIES; i++) {
    g_autoptr (json_t) operation = vault_call (client, job, "GET", "certificates", name, "/pending", NULL,
                                               error);
    const char *status = cr_json_peek_string (operation, "status");
    if (operation == NULL)
      return FALSE;
    if (g_strcmp0 (status, "completed") == 0)
      return TRUE;
    if (g_strcmp0 (status, "inProgress") != 0)
      break;
    if (!cr_job_sleep (job, READY_PAUSE_MS, error))
      return FALSE;
  }
  cr_set_error (error, CR_ERROR_FAILED, "Look at the certificate in the vault, then run this again.",
                "The vault did not finish the certificate %s.", name);
  return FALSE;
}

X509 *
vault_certificate_ensure (VaultClient *client, CrJob *job, const char *name, const char *member, char **id,
                          gboolean *made, GError **error)
{
  g_autoptr (GError) problem = NULL;
  X509 *known = read_certificate (client, job, name, id, &problem);
  *made = known == NULL && problem == NULL;
  if (!*made) {
    if (problem != NULL)
      g_propagate_error (error, g_steal_pointer (&problem));
    return known;
  }
  g_autoptr (json_t) request = json_pack ("{s:o}", "policy", vault_certificate_policy (member));
  g_autoptr (GBytes) body = cr_json_dump_bytes (request);
  g_autoptr (json_t) started = vault_call (client, job, "POST", "certificates", name, "/create", body, error);
  if (started == NULL || !wait_for (client, job, name, error))
    return NULL;
  X509 *certificate = read_certificate (client, job, name, id, &problem);
  if (problem != NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  else if (certificate == NULL)
    cr_set_error (error, CR_ERROR_FAILED, NULL, "The vault made the certificate %s and does not show it.",
                  name);
  return certificate;
}

/* The private key of a PKCS #12 package without a password. */
static EVP_PKEY *
unpack (const char *text, GError **error)
{
  g_autoptr (GBytes) der = cr_base64_decode (text, "the vault's package", error);
  if (der == NULL)
    return NULL;
  const unsigned char *at = g_bytes_get_data (der, NULL);
  PKCS12 *package = d2i_PKCS12 (NULL, &at, (long) g_bytes_get_size (der));
  EVP_PKEY *key = NULL;
  X509 *certificate = NULL;
  if (package == NULL
      || (PKCS12_parse (package, "", &key, &certificate, NULL) != 1
          && PKCS12_parse (package, NULL, &key, &certificate, NULL) != 1))
    cr_set_error (error, CR_ERROR_ADMIN, "Make it anew with a policy that lets its key leave the vault.",
                  "The vault does not give out the private key of the certificate.");
  X509_free (certificate);
  PKCS12_free (package);
  return key;
}

EVP_PKEY *
vault_certificate_key (VaultClient *client, CrJob *job, const char *name, const X509 *certificate,
                       GError **error)
{
  g_auto (CrSecretText) text = vault_secret_get (client, job, name, error);
  g_autoptr (EVP_PKEY) key = text != NULL ? unpack (text, error) : NULL;
  if (key == NULL)
    return NULL;
  if (cose_key_equal (key, X509_get0_pubkey (certificate)))
    return g_steal_pointer (&key);
  cr_set_error (error, CR_ERROR_ADMIN, NULL, "The secret %s is not the key of its certificate.", name);
  return NULL;
}

EVP_PKEY *
vault_recovery_key_ensure (VaultClient *client, CrJob *job, const char *name, gboolean *made, GError **error)
{
  g_autoptr (GError) problem = NULL;
  EVP_PKEY *known = vault_key_show (client, job, name, NULL, &problem);
  *made = known == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND);
  if (!*made) {
    if (problem != NULL)
      g_propagate_error (error, g_steal_pointer (&problem));
    return known;
  }
  g_autoptr (json_t) request = json_pack ("{s:s,s:i,s:[s]}", "kty", "RSA", "key_size", 2048, "key_ops",
                                          "decrypt");
  g_autoptr (GBytes) body = cr_json_dump_bytes (request);
  g_autoptr (json_t) created = vault_call (client, job, "POST", "keys", name, "/create", body, error);
  return created != NULL ? vault_key_show (client, job, name, NULL, error) : NULL;
}

/* POST keys/NAME/VERB with ALGORITHM and DATA. Gives the "value" of the answer. */
static GBytes *
use_key (VaultClient *client, CrJob *job, const char *name, const char *verb, const char *algorithm,
         GBytes *data, GError **error)
{
  g_autofree char *value = cr_base64url (g_bytes_get_data (data, NULL), g_bytes_get_size (data));
  g_autoptr (json_t) request = json_pack ("{s:s,s:s}", "alg", algorithm, "value", value);
  g_autoptr (GBytes) body = cr_json_dump_bytes (request);
  g_autoptr (json_t) answer = vault_call (client, job, "POST", "keys", name, verb, body, error);
  const char *text = answer != NULL ? cr_json_get_string (answer, "value", "the vault's answer", error)
                                    : NULL;
  return text != NULL ? cr_base64url_decode (text, -1, "the vault's answer", error) : NULL;
}

gboolean
vault_certificate_prove (VaultClient *client, CrJob *job, const char *name, const X509 *certificate,
                         GError **error)
{
  guint8 random[32], digest[48];
  cr_random_bytes (random, sizeof random);
  unsigned int length = 0;
  if (EVP_Digest (random, sizeof random, digest, &length, EVP_sha384 (), NULL) != 1)
    length = 0;
  g_autoptr (GBytes) data = g_bytes_new (digest, length);
  g_autoptr (GBytes) signature = use_key (client, job, name, "/sign", "ES384", data, error);
  g_autoptr (EVP_PKEY) key = signature != NULL ? cose_cert_key (certificate, error) : NULL;
  return key != NULL && cose_ecdsa_verify (key, random, sizeof random, signature, error);
}

gboolean
vault_recovery_key_prove (VaultClient *client, CrJob *job, const char *name, EVP_PKEY *key, GError **error)
{
  guint8 random[32];
  cr_random_bytes (random, sizeof random);
  g_autoptr (GBytes) sealed = cose_oaep_encrypt (key, random, sizeof random, error);
  g_autoptr (GBytes) plain = sealed != NULL
                                 ? use_key (client, job, name, "/decrypt", "RSA-OAEP-256", sealed, error)
                                 : NULL;
  if (plain == NULL)
    return FALSE;
  if (g_bytes_get_size (plain) == sizeof random
      && memcmp (g_bytes_get_data (plain, NULL), random, sizeof random) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_ADMIN, NULL, "The vault does not decrypt what was encrypted for its key %s.",
                name);
  return FALSE;
}
