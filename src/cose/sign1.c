/* SPDX-License-Identifier: MIT
 * Building and signing COSE_Sign1 messages, ECDSA signature forms (cose.h).
 */
#include "cose/cose.h"

#include <string.h>

#include "cose/cbor-private.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#define COSE_TAG_SIGN1 18
#define COSE_LABEL_ALG 1
#define COSE_LABEL_KID 4

static const struct {
  CoseAlgorithm algorithm;
  const char *name;
  const char *curve;
  guint width;
} algorithms[] = {
  { COSE_ALG_ES256, "ES256", "P-256", 32 },
  { COSE_ALG_ES384, "ES384", "P-384", 48 },
  { COSE_ALG_ES512, "ES512", "P-521", 66 },
};

gboolean
cose_algorithm_of_key (const EVP_PKEY *key, CoseAlgorithm *algorithm, GError **error)
{
  g_autofree char *curve = cose_key_algorithm (key);
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (g_str_equal (algorithms[i].curve, curve)) {
      *algorithm = algorithms[i].algorithm;
      return TRUE;
    }
  cr_set_error (error, CR_ERROR_INPUT, "Use a key on the curve P-384.",
                "A key of the kind %s cannot sign this: only EC P-256, P-384 and P-521 can.", curve);
  return FALSE;
}

const char *
cose_algorithm_name (CoseAlgorithm algorithm)
{
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (algorithms[i].algorithm == algorithm)
      return algorithms[i].name;
  return NULL;
}

/* --- protected header --- */

static gboolean
is_hex64 (const char *text)
{
  return text != NULL && strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

static gboolean
check_header (const CoseHeader *header, CoseAlgorithm algorithm, GError **error)
{
  const char *problem = NULL;
  gboolean needs_proposal = header->type != NULL
                            && (g_str_equal (header->type, "ballot")
                                || g_str_equal (header->type, "withdrawal"));
  if (cose_algorithm_name (algorithm) == NULL)
    problem = "the algorithm is unknown";
  else if (!is_hex64 (header->kid))
    problem = "the signer is not a member id of 64 lower-case hex characters";
  else if (header->type == NULL || *header->type == '\0' || strlen (header->type) > 64)
    problem = "the message type is missing";
  else if (header->created_at < 0)
    problem = "the time is negative";
  else if (header->proposal_id != NULL && !is_hex64 (header->proposal_id))
    problem = "the proposal id is not 64 lower-case hex characters";
  else if (needs_proposal && header->proposal_id == NULL)
    problem = "the proposal id is missing";
  if (problem != NULL)
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The governance message cannot be made: %s.", problem);
  return problem == NULL;
}

static void
write_label (GByteArray *map, const char *labels, const char *name)
{
  g_autofree char *label = g_strdup_printf ("%s.%s", labels != NULL ? labels : COSE_LABELS_GOVERNANCE, name);
  cbor_write_text (map, label);
}

GBytes *
cose_sign1_protected (const CoseHeader *header, CoseAlgorithm algorithm, GError **error)
{
  if (!check_header (header, algorithm, error))
    return NULL;
  GByteArray *map = g_byte_array_new ();
  cbor_write_head (map, CBOR_ITEM_MAP, header->proposal_id != NULL ? 5 : 4);
  cbor_write_int (map, COSE_LABEL_ALG);
  cbor_write_int (map, algorithm);
  cbor_write_int (map, COSE_LABEL_KID);
  cbor_write_bytes (map, header->kid, strlen (header->kid));
  write_label (map, header->labels, "type");
  cbor_write_text (map, header->type);
  write_label (map, header->labels, "created_at");
  cbor_write_int (map, header->created_at);
  if (header->proposal_id != NULL) {
    write_label (map, header->labels, "proposal_id");
    cbor_write_text (map, header->proposal_id);
  }
  return g_byte_array_free_to_bytes (map);
}

/* --- messages --- */

static void
write_blob (GByteArray *out, GBytes *bytes)
{
  gsize length = 0;
  const void *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  cbor_write_bytes (out, data, length);
}

GBytes *
cose_sign1_to_be_signed (GBytes *protected_bytes, GBytes *payload)
{
  /* Sig_structure = [ "Signature1", protected, external_aad = h'', payload ], RFC 9052 section 4.4 */
  GByteArray *out = g_byte_array_new ();
  cbor_write_head (out, CBOR_ITEM_ARRAY, 4);
  cbor_write_text (out, "Signature1");
  write_blob (out, protected_bytes);
  write_blob (out, NULL);
  write_blob (out, payload);
  return g_byte_array_free_to_bytes (out);
}

GBytes *
cose_sign1_finish (GBytes *protected_bytes, GBytes *payload, GBytes *signature, GError **error)
{
  gsize size = g_bytes_get_size (protected_bytes) + g_bytes_get_size (signature) + 32;
  size += payload != NULL ? g_bytes_get_size (payload) : 0;
  if (size > COSE_MAX_BYTES) {
    cr_set_error (error, CR_ERROR_INPUT, "Make the document smaller.",
                  "The governance message would be larger than 2 MiB.");
    return NULL;
  }
  GByteArray *out = g_byte_array_new ();
  cbor_write_head (out, CBOR_ITEM_TAG, COSE_TAG_SIGN1);
  cbor_write_head (out, CBOR_ITEM_ARRAY, 4);
  write_blob (out, protected_bytes);
  cbor_write_head (out, CBOR_ITEM_MAP, 0);
  write_blob (out, payload);
  write_blob (out, signature);
  GBytes *message = g_byte_array_free_to_bytes (out);
  /* The parts may come from elsewhere: what leaves here can be read back. */
  g_autoptr (CoseSign1) parsed = cose_sign1_parse (message, error);
  if (parsed == NULL)
    g_clear_pointer (&message, g_bytes_unref);
  return message;
}

GBytes *
cose_sign1_sign (const CoseHeader *header, GBytes *payload, EVP_PKEY *key, GError **error)
{
  CoseAlgorithm algorithm;
  if (!cose_algorithm_of_key (key, &algorithm, error))
    return NULL;
  g_autoptr (GBytes) protected_bytes = cose_sign1_protected (header, algorithm, error);
  if (protected_bytes == NULL)
    return NULL;
  g_autoptr (GBytes) signed_bytes = cose_sign1_to_be_signed (protected_bytes, payload);
  g_autoptr (GBytes) signature = cose_ecdsa_sign (key, g_bytes_get_data (signed_bytes, NULL),
                                                  g_bytes_get_size (signed_bytes), error);
  if (signature == NULL)
    return NULL;
  return cose_sign1_finish (protected_bytes, payload, signature, error);
}

/* --- ECDSA signature forms --- */

GBytes *
cose_ecdsa_to_raw (const void *der, gsize length, guint width, GError **error)
{
  const unsigned char *start = der, *data = start;
  g_autoptr (ECDSA_SIG) parts = length <= 1024 ? d2i_ECDSA_SIG (NULL, &data, (long) length) : NULL;
  g_autofree guint8 *raw = g_malloc0 (2 * (gsize) width);
  if (parts == NULL || data != start + length || BN_bn2binpad (ECDSA_SIG_get0_r (parts), raw, (int) width) < 0
      || BN_bn2binpad (ECDSA_SIG_get0_s (parts), raw + width, (int) width) < 0) {
    cose_openssl_error (error, CR_ERROR_INPUT,
                        "The signature is not a DER ECDSA signature of the right size");
    return NULL;
  }
  return g_bytes_new_take (g_steal_pointer (&raw), 2 * (gsize) width);
}

GBytes *
cose_ecdsa_to_der (const void *raw, gsize length, guint width, GError **error)
{
  if (length != 2 * (gsize) width) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The signature has %zu bytes instead of %u.",
                  length, 2 * width);
    return NULL;
  }
  const guint8 *bytes = raw;
  g_autoptr (ECDSA_SIG) parts = ECDSA_SIG_new ();
  /* set0 takes both numbers. */
  ECDSA_SIG_set0 (parts, BN_bin2bn (bytes, (int) width, NULL), BN_bin2bn (bytes + width, (int) width, NULL));
  unsigned char *der = NULL;
  int size = i2d_ECDSA_SIG (parts, &der);
  if (size <= 0) {
    cose_openssl_error (error, CR_ERROR_FAILED, "The signature cannot be converted");
    return NULL;
  }
  GBytes *result = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  return result;
}
