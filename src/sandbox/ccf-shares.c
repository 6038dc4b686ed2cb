/* SPDX-License-Identifier: MIT
 * Recovery shares (ccf-shares.h).
 */
#include "sandbox/ccf-shares.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/secret.h"
#include "cose/crypto.h"
#include "cose/x509.h"
#include "sandbox/ccf-node.h"

#include <openssl/kdf.h>
#include <string.h>

#define PRIME G_GUINT64_CONSTANT (2147483647)
#define KEY_BYTES 32
#define NONCE_BYTES 12
#define TAG_BYTES 16

/* ---- The field ---- */

static guint32
draw_element (void)
{
  guint32 value;
  do {
    cr_random_bytes (&value, sizeof value);
    value &= 0x7fffffff;
  } while (value == PRIME);
  return value;
}

static guint64
power (guint64 base, guint64 exponent)
{
  guint64 result = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = result * base % PRIME;
    base = base * base % PRIME;
  }
  return result;
}

void
ccf_shares_make (guint threshold, guint count, CcfShare *secret, CcfShare *shares)
{
  secret->index = 0;
  for (guint limb = 0; limb < SHARE_LIMBS; limb++) {
    g_autofree guint32 *coefficients = g_new (guint32, threshold);
    for (guint i = 0; i < threshold; i++)
      coefficients[i] = draw_element ();
    secret->limbs[limb] = coefficients[0];
    for (guint s = 0; s < count; s++) {
      guint64 value = 0;
      for (guint i = threshold; i > 0; i--)
        value = (value * (s + 1) + coefficients[i - 1]) % PRIME;
      shares[s].index = s + 1;
      shares[s].limbs[limb] = (guint32) value;
    }
    cr_wipe (coefficients, threshold * sizeof *coefficients);
  }
}

void
ccf_shares_join (const CcfShare *shares, guint count, CcfShare *secret)
{
  memset (secret, 0, sizeof *secret);
  for (guint i = 0; i < count; i++) {
    /* The Lagrange coefficient at 0: the product of x_j / (x_j - x_i). */
    guint64 above = 1, below = 1;
    for (guint j = 0; j < count; j++) {
      if (j == i)
        continue;
      above = above * shares[j].index % PRIME;
      below = below * ((PRIME + shares[j].index - shares[i].index) % PRIME) % PRIME;
    }
    guint64 factor = above * power (below, PRIME - 2) % PRIME;
    for (guint limb = 0; limb < SHARE_LIMBS; limb++)
      secret->limbs[limb] = (guint32) ((secret->limbs[limb] + shares[i].limbs[limb] * factor) % PRIME);
  }
}

void
ccf_share_write (const CcfShare *share, guint8 bytes[SHARE_BYTES])
{
  guint32 word = GUINT32_TO_LE (share->index);
  memcpy (bytes, &word, sizeof word);
  for (guint limb = 0; limb < SHARE_LIMBS; limb++) {
    word = GUINT32_TO_LE (share->limbs[limb]);
    memcpy (bytes + (limb + 1) * sizeof word, &word, sizeof word);
  }
}

gboolean
ccf_share_read (const guint8 bytes[SHARE_BYTES], CcfShare *share)
{
  guint32 word;
  memcpy (&word, bytes, sizeof word);
  share->index = GUINT32_FROM_LE (word);
  for (guint limb = 0; limb < SHARE_LIMBS; limb++) {
    memcpy (&word, bytes + (limb + 1) * sizeof word, sizeof word);
    share->limbs[limb] = GUINT32_FROM_LE (word);
    if (share->limbs[limb] >= PRIME)
      return FALSE;
  }
  return share->index < PRIME;
}

/* ---- Wrapping ---- */

static gboolean
derive_key (const CcfShare *secret, guint8 key[KEY_BYTES], GError **error)
{
  guint8 bytes[SHARE_BYTES];
  char digest[] = "SHA256";
  ccf_share_write (secret, bytes);
  EVP_KDF *kdf = EVP_KDF_fetch (NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = EVP_KDF_CTX_new (kdf);
  OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string ("digest", digest, 0),
                              OSSL_PARAM_construct_octet_string ("key", bytes, sizeof bytes),
                              OSSL_PARAM_construct_end () };
  gboolean good = context && EVP_KDF_derive (context, key, KEY_BYTES, parameters) > 0;
  EVP_KDF_CTX_free (context);
  EVP_KDF_free (kdf);
  cr_wipe (bytes, sizeof bytes);
  return good || cose_openssl_error (error, CR_ERROR_FAILED, "the wrapping key cannot be derived");
}

/* AES-256-GCM; the answer is nonce, text, tag. */
static char *
wrap (const CcfShare *secret, GBytes *plain, GError **error)
{
  guint8 key[KEY_BYTES];
  if (!derive_key (secret, key, error))
    return NULL;
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (plain, &length);
  gsize size = NONCE_BYTES + length + TAG_BYTES;
  g_autofree guint8 *sealed = g_malloc (size);
  cr_random_bytes (sealed, NONCE_BYTES);
  int written = 0, last = 0;
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  gboolean good =
      EVP_EncryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, sealed) > 0
      && EVP_EncryptUpdate (context, sealed + NONCE_BYTES, &written, data, (int) length) > 0
      && EVP_EncryptFinal_ex (context, sealed + NONCE_BYTES + written, &last) > 0
      && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, sealed + NONCE_BYTES + length) > 0;
  cr_wipe (key, sizeof key);
  if (good)
    return cr_base64 (sealed, size);
  cose_openssl_error (error, CR_ERROR_FAILED, "the ledger secret cannot be wrapped");
  return NULL;
}

static GBytes *
unwrap (const CcfShare *secret, const char *text, GError **error)
{
  guint8 key[KEY_BYTES], plain[STORE_SECRET_BYTES];
  g_autoptr (GBytes) bytes = cr_base64_decode (text, "the wrapped ledger secret", error);
  if (!bytes || !derive_key (secret, key, error))
    return NULL;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gboolean good = size == NONCE_BYTES + STORE_SECRET_BYTES + TAG_BYTES;
  guint8 tag[TAG_BYTES] = { 0 };
  if (good)
    memcpy (tag, data + NONCE_BYTES + STORE_SECRET_BYTES, TAG_BYTES);
  int written = 0, last = 0;
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  good = good && EVP_DecryptInit_ex (context, EVP_aes_256_gcm (), NULL, key, data) > 0
         && EVP_DecryptUpdate (context, plain, &written, data + NONCE_BYTES, STORE_SECRET_BYTES) > 0
         && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) > 0
         && EVP_DecryptFinal_ex (context, plain + written, &last) > 0;
  GBytes *opened = good ? cr_secret_new (plain, sizeof plain) : NULL;
  cr_wipe (key, sizeof key);
  cr_wipe (plain, sizeof plain);
  if (!opened)
    cose_openssl_error (error, CR_ERROR_REFUSED, "the shares do not open the ledger secret");
  return opened;
}

/* ---- In the ledger ---- */

static gboolean
is_recovery_member (const json_t *member)
{
  return cr_json_peek_string (member, "publicEncryptionKey")
         && g_strcmp0 (cr_json_peek_string (member, "status"), "Active") == 0
         && g_strcmp0 (cr_json_peek_string (member, "recoveryRole"), "NonParticipant") != 0;
}

/* {"participants":[Member],"owners":[Member]} of the active recovery members. */
static json_t *
find_members (Store *store)
{
  json_t *participants = json_array (), *owners = json_array ();
  g_autoptr (GPtrArray) ids = store_keys (store, MAP_MEMBER_KEYS);
  for (guint i = 0; i < ids->len; i++) {
    g_autoptr (json_t) member = gov_member (store, g_ptr_array_index (ids, i));
    gboolean owner = g_strcmp0 (cr_json_peek_string (member, "recoveryRole"), "Owner") == 0;
    if (is_recovery_member (member))
      json_array_append (owner ? owners : participants, member);
  }
  return json_pack ("{so,so}", "participants", participants, "owners", owners);
}

static gboolean
encrypt_for (const json_t *member, const CcfShare *share, json_t *shares, GError **error)
{
  guint8 bytes[SHARE_BYTES];
  g_autoptr (EVP_PKEY) key = cose_key_from_public_pem (cr_json_peek_string (member, "publicEncryptionKey"),
                                                       -1, "the encryption key of a member", error);
  if (!key)
    return FALSE;
  ccf_share_write (share, bytes);
  g_autoptr (GBytes) sealed = cose_oaep_encrypt (key, bytes, sizeof bytes, error);
  cr_wipe (bytes, sizeof bytes);
  if (!sealed)
    return FALSE;
  g_autofree char *text = cr_base64_bytes (sealed);
  cr_json_set_string (shares, cr_json_peek_string (member, "memberId"), text);
  return TRUE;
}

static gboolean
encrypt_all (const json_t *members, guint threshold, CcfShare *secret, json_t *shares, GError **error)
{
  const json_t *participants = json_object_get (members, "participants");
  const json_t *owners = json_object_get (members, "owners");
  guint count = (guint) json_array_size (participants);
  g_autofree CcfShare *parts = g_new0 (CcfShare, count + 1);
  ccf_shares_make (threshold, count, secret, parts);
  gboolean good = TRUE;
  for (guint i = 0; good && i < count; i++)
    good = encrypt_for (json_array_get (participants, i), &parts[i], shares, error);
  for (gsize i = 0; good && i < json_array_size (owners); i++)
    good = encrypt_for (json_array_get (owners, i), secret, shares, error);
  cr_wipe (parts, (count + 1) * sizeof *parts);
  return good;
}

gboolean
ccf_shares_issue (Store *store, GError **error)
{
  g_autofree char *status = gov_service_status (store);
  g_autoptr (json_t) members = find_members (store);
  guint threshold = (guint) gov_config (store, "recovery_threshold", 1);
  guint participants = (guint) json_array_size (json_object_get (members, "participants"));
  if (g_strcmp0 (status, "Open") != 0
      || (participants < threshold && !json_array_size (json_object_get (members, "owners"))))
    return TRUE;
  g_autoptr (GBytes) ledger_secret = store_secret (store);
  if (!ledger_secret) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "the ledger secret is lost");
    return FALSE;
  }
  CcfShare secret;
  g_autoptr (json_t) shares = json_object ();
  gboolean good = encrypt_all (members, threshold, &secret, shares, error);
  g_autofree char *wrapped = good ? wrap (&secret, ledger_secret, error) : NULL;
  cr_wipe (&secret, sizeof secret);
  if (!wrapped)
    return FALSE;
  g_autoptr (json_t) record = json_object ();
  cr_json_set_string (record, "wrapped_latest_ledger_secret", wrapped);
  cr_json_set_int (record, "recovery_threshold", threshold);
  cr_json_set (record, "encrypted_shares", json_incref (shares));
  store_put_json (store, MAP_SHARES, THE_KEY, record);
  return TRUE;
}

char *
ccf_shares_encrypted (Store *store, const char *member)
{
  g_autoptr (json_t) record = store_get_json (store, MAP_SHARES, THE_KEY);
  return g_strdup (cr_json_peek_string (json_object_get (record, "encrypted_shares"), member));
}

GBytes *
ccf_shares_unwrap (Store *store, const CcfShare *secret, GError **error)
{
  g_autoptr (json_t) record = store_get_json (store, MAP_SHARES, THE_KEY);
  const char *wrapped = cr_json_peek_string (record, "wrapped_latest_ledger_secret");
  if (wrapped)
    return unwrap (secret, wrapped, error);
  cr_set_error (error, CR_ERROR_REFUSED, NULL, "the ledger holds no wrapped secret");
  return NULL;
}
