/* SPDX-License-Identifier: MIT
 * CCF receipts (receipt.h).
 */
#include "cose/receipt.h"

#include <openssl/err.h>
#include <string.h>

#include "base/encode.h"
#include "cose/x509.h"

#define DIGEST_BYTES 32
#define PROOF_MAX 64 /* a Merkle path of 64 steps covers 2^64 transactions */
#define ENDORSEMENTS_MAX 100
#define WHAT "the receipt"

void
cose_receipt_free (CoseReceipt *receipt)
{
  if (receipt == NULL)
    return;
  g_free (receipt->transaction_id);
  g_free (receipt->commit_evidence);
  g_free (receipt->claims_digest);
  g_free (receipt->leaf);
  g_free (receipt->root);
  g_free (receipt->node_id);
  X509_free (receipt->node_cert);
  g_clear_pointer (&receipt->endorsements, g_ptr_array_unref);
  g_free (receipt);
}

/* --- the tree --- */

void
cose_receipt_node (const guint8 left[32], const guint8 right[32], guint8 parent[32])
{
  guint8 both[2 * DIGEST_BYTES];
  memcpy (both, left, DIGEST_BYTES);
  memcpy (both + DIGEST_BYTES, right, DIGEST_BYTES);
  cr_sha256 (both, sizeof both, parent);
}

void
cose_receipt_leaf (const guint8 write_set[32], const char *commit_evidence, const guint8 claims[32],
                   guint8 leaf[32])
{
  guint8 all[3 * DIGEST_BYTES];
  memcpy (all, write_set, DIGEST_BYTES);
  cr_sha256 (commit_evidence, strlen (commit_evidence), all + DIGEST_BYTES);
  memcpy (all + 2 * DIGEST_BYTES, claims, DIGEST_BYTES);
  cr_sha256 (all, sizeof all, leaf);
}

/* --- signatures over the root --- */

GBytes *
cose_receipt_sign_root (EVP_PKEY *node_key, const guint8 root[32], GError **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (node_key, NULL);
  gsize size = (gsize) EVP_PKEY_get_size (node_key);
  g_autofree guint8 *signature = g_malloc (size);
  if (EVP_PKEY_sign_init (context) <= 0 || EVP_PKEY_CTX_set_signature_md (context, EVP_sha256 ()) <= 0
      || EVP_PKEY_sign (context, signature, &size, root, DIGEST_BYTES) <= 0) {
    cose_openssl_error (error, CR_ERROR_FAILED, "The Merkle root cannot be signed");
    return NULL;
  }
  return g_bytes_new_take (g_steal_pointer (&signature), size);
}

static gboolean
cose_receipt_verify_root (EVP_PKEY *node_key, const guint8 root[32], GBytes *signature, GError **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (node_key, NULL);
  gboolean good = EVP_PKEY_verify_init (context) > 0
                  && EVP_PKEY_CTX_set_signature_md (context, EVP_sha256 ()) > 0
                  && EVP_PKEY_verify (context, g_bytes_get_data (signature, NULL),
                                      g_bytes_get_size (signature), root, DIGEST_BYTES)
                         == 1;
  ERR_clear_error ();
  if (!good)
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "The receipt's signature does not match its Merkle root.");
  return good;
}

/* --- reading --- */

static gboolean
read_digest (const char *text, guint8 digest[32], GError **error)
{
  g_autoptr (GBytes) bytes = text != NULL && strlen (text) == 64 ? cr_hex_decode (text, NULL) : NULL;
  if (bytes == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The receipt holds a digest that is not 64 hex characters.");
    return FALSE;
  }
  memcpy (digest, g_bytes_get_data (bytes, NULL), DIGEST_BYTES);
  return TRUE;
}

/* "ce:<view>.<seqno>:<64 hex>" gives "<view>.<seqno>". */
static char *
transaction_of_evidence (const char *evidence, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (evidence, ":", 4);
  gboolean good = g_strv_length (parts) == 3 && g_str_equal (parts[0], "ce") && strlen (parts[1]) <= 41
                  && strlen (parts[2]) == 64 && strspn (parts[2], "0123456789abcdef") == 64;
  if (good) {
    gsize view = strspn (parts[1], "0123456789");
    gsize seqno = parts[1][view] == '.' ? strspn (parts[1] + view + 1, "0123456789") : 0;
    good = view > 0 && seqno > 0 && parts[1][view + 1 + seqno] == '\0';
  }
  if (!good) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The receipt's commit evidence is malformed.");
    return NULL;
  }
  return g_strdup (parts[1]);
}

static gboolean
read_leaf (const json_t *document, CoseReceipt *receipt, guint8 leaf[32], GError **error)
{
  if (json_object_get (document, "leaf_components") == NULL)
    return read_digest (cr_json_get_string (document, "leaf", WHAT, NULL), leaf, error);
  const json_t *parts = cr_json_get_object (document, "leaf_components", WHAT, error);
  const char *write_set = parts != NULL ? cr_json_get_string (parts, "write_set_digest", WHAT, error) : NULL;
  const char *evidence = write_set != NULL ? cr_json_get_string (parts, "commit_evidence", WHAT, error)
                                           : NULL;
  if (evidence == NULL)
    return FALSE;
  const char *claims = cr_json_peek_string (parts, "claims_digest");
  if (claims == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, NULL,
                  "The receipt withholds its claims digest, so it cannot be checked.");
    return FALSE;
  }
  guint8 write_set_digest[DIGEST_BYTES], claims_digest[DIGEST_BYTES];
  receipt->transaction_id = transaction_of_evidence (evidence, error);
  if (receipt->transaction_id == NULL || !read_digest (write_set, write_set_digest, error)
      || !read_digest (claims, claims_digest, error))
    return FALSE;
  receipt->commit_evidence = g_strdup (evidence);
  receipt->claims_digest = g_ascii_strdown (claims, -1);
  cose_receipt_leaf (write_set_digest, evidence, claims_digest, leaf);
  return TRUE;
}

static gboolean
walk_proof (const json_t *document, guint8 hash[32], GError **error)
{
  const json_t *proof = cr_json_get_array (document, "proof", WHAT, error);
  if (proof == NULL)
    return FALSE;
  gsize index;
  const json_t *step;
  if (json_array_size (proof) > PROOF_MAX) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The receipt's proof is too long.");
    return FALSE;
  }
  json_array_foreach (proof, index, step) {
    const char *left = cr_json_peek_string (step, "left"), *right = cr_json_peek_string (step, "right");
    guint8 sibling[DIGEST_BYTES];
    if ((left == NULL) == (right == NULL)) {
      cr_set_error (error, CR_ERROR_INPUT, NULL, "A step of the receipt's proof is neither left nor right.");
      return FALSE;
    }
    if (!read_digest (left != NULL ? left : right, sibling, error))
      return FALSE;
    if (left != NULL)
      cose_receipt_node (sibling, hash, hash);
    else
      cose_receipt_node (hash, sibling, hash);
  }
  return TRUE;
}

static void
free_cert (gpointer cert)
{
  X509_free (cert);
}

static gboolean
read_endorsements (const json_t *document, CoseReceipt *receipt, GError **error)
{
  receipt->endorsements = g_ptr_array_new_with_free_func (free_cert);
  const json_t *list = json_object_get (document, "service_endorsements");
  if (list == NULL || json_is_null (list))
    return TRUE;
  if (!json_is_array (list) || json_array_size (list) > ENDORSEMENTS_MAX) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The receipt's service endorsements are not a short list.");
    return FALSE;
  }
  gsize index;
  const json_t *entry;
  json_array_foreach (list, index, entry) {
    X509 *cert = cose_cert_from_pem (json_string_value (entry), -1, "A service endorsement of the receipt",
                                     error);
    if (cert == NULL)
      return FALSE;
    g_ptr_array_add (receipt->endorsements, cert);
  }
  return TRUE;
}

/* Node certificate, node id and signature over ROOT. */
static gboolean
check_node (const json_t *document, CoseReceipt *receipt, const guint8 root[32], GError **error)
{
  const char *node_id = cr_json_get_string (document, "node_id", WHAT, error);
  const char *pem = node_id != NULL ? cr_json_get_string (document, "cert", WHAT, error) : NULL;
  const char *signature_text = pem != NULL ? cr_json_get_string (document, "signature", WHAT, error) : NULL;
  if (signature_text == NULL)
    return FALSE;
  receipt->node_cert = cose_cert_from_pem (pem, -1, "The node certificate of the receipt", error);
  if (receipt->node_cert == NULL)
    return FALSE;
  receipt->node_not_before = cose_cert_not_before (receipt->node_cert);
  receipt->node_not_after = cose_cert_not_after (receipt->node_cert);
  g_autoptr (EVP_PKEY) key = cose_cert_key (receipt->node_cert, error);
  g_autoptr (GBytes) signature = key != NULL
                                     ? cr_base64_decode (signature_text, "The receipt's signature", error)
                                     : NULL;
  if (signature == NULL)
    return FALSE;
  receipt->node_id = cose_key_digest (key);
  if (g_ascii_strcasecmp (receipt->node_id, node_id) != 0) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "The receipt's certificate does not belong to the node it names.");
    return FALSE;
  }
  return cose_receipt_verify_root (key, root, signature, error);
}

CoseReceipt *
cose_receipt_open (const json_t *document, GError **error)
{
  if (!json_is_object (document)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The receipt is not a JSON object.");
    return NULL;
  }
  g_autoptr (CoseReceipt) receipt = g_new0 (CoseReceipt, 1);
  guint8 hash[DIGEST_BYTES];
  if (!read_leaf (document, receipt, hash, error))
    return NULL;
  receipt->leaf = cr_hex (hash, sizeof hash);
  if (!walk_proof (document, hash, error))
    return NULL;
  receipt->root = cr_hex (hash, sizeof hash);
  if (!read_endorsements (document, receipt, error) || !check_node (document, receipt, hash, error))
    return NULL;
  return g_steal_pointer (&receipt);
}

/* --- trust --- */

gboolean
cose_receipt_check_service (const CoseReceipt *receipt, X509 *service, GError **error)
{
  X509 *current = receipt->node_cert;
  for (guint i = 0; i <= receipt->endorsements->len; i++) {
    X509 *next = i < receipt->endorsements->len ? receipt->endorsements->pdata[i] : service;
    EVP_PKEY *key = X509_get0_pubkey (next);
    if (key == NULL || !cose_cert_signed_by (current, key)) {
      cr_set_error (error, CR_ERROR_REFUSED,
                    "Check that the receipt comes from this service; after a recovery an older receipt needs "
                    "endorsements.",
                    "The receipt is not endorsed by the trusted service certificate.");
      return FALSE;
    }
    current = next;
  }
  return TRUE;
}

CoseReceipt *
cose_receipt_verify (const json_t *document, X509 *service, const char *transaction_id,
                     const char *claims_digest, GError **error)
{
  g_autoptr (CoseReceipt) receipt = cose_receipt_open (document, error);
  if (receipt == NULL || !cose_receipt_check_service (receipt, service, error))
    return NULL;
  if (transaction_id != NULL && receipt->transaction_id == NULL) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "The receipt is of a signature transaction and cannot be tied to transaction %s.",
                  transaction_id);
    return NULL;
  }
  if (transaction_id != NULL && !g_str_equal (receipt->transaction_id, transaction_id)) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "The receipt is for transaction %s, not for %s.",
                  receipt->transaction_id, transaction_id);
    return NULL;
  }
  if (claims_digest != NULL
      && (receipt->claims_digest == NULL
          || g_ascii_strcasecmp (receipt->claims_digest, claims_digest) != 0)) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "The receipt's claims are not the expected ones.");
    return NULL;
  }
  return g_steal_pointer (&receipt);
}
