/* SPDX-License-Identifier: MIT
 * Endorsement of the utility VM: a COSE_Sign1 message by Microsoft over the launch measurement.
 *
 * Protected header: alg (1), x5chain (33), "iss" and "feed"; the issuer is a did:x509 that pins the root
 * certificate by its digest and the leaf by an extended key usage. Certificate dates are not looked at.
 */
#include "ccf/ccf-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/cose.h"
#include "cose/x509.h"

#include <cbor.h>
#include <openssl/rsa.h>
#include <string.h>

#define UVM_ROOT "I__iuL25oXEVFdTP_aBLx_eT1RPHbCQ_ECBQfYZpt9s"
#define UVM_EKU "1.3.6.1.4.1.311.76.59.1.2"
#define UVM_ISSUER "did:x509:0:sha256:" UVM_ROOT "::eku:" UVM_EKU
#define UVM_FEED "ContainerPlat-AMD-UVM"
#define CHAIN_MAX 10u
#define DEPTH_MAX 12u
#define MESSAGE_MAX (256u * 1024)
#define COSE_SIGN1_TAG 0xD2

typedef struct {
  GBytes *protected_bytes, *payload, *signature;
  gint64 algorithm;
  char *issuer, *feed;
  GPtrArray *chain; /* X509*, leaf first */
} Endorsement;

static void
endorsement_clear (Endorsement *endorsement)
{
  g_clear_pointer (&endorsement->protected_bytes, g_bytes_unref);
  g_clear_pointer (&endorsement->payload, g_bytes_unref);
  g_clear_pointer (&endorsement->signature, g_bytes_unref);
  g_clear_pointer (&endorsement->chain, g_ptr_array_unref);
  g_free (endorsement->issuer);
  g_free (endorsement->feed);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Endorsement, endorsement_clear)

static void
item_free (cbor_item_t *item)
{
  if (item != NULL)
    cbor_decref (&item);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (cbor_item_t, item_free)

static gboolean
refuse (GError **error, const char *text)
{
  cr_set_error (error, CR_ERROR_REFUSED,
                "Do not go on: ask the operator what changed, through another channel.",
                "The endorsement of the utility VM is not valid: %s.", text);
  return FALSE;
}

static GBytes *
bytes_of (cbor_item_t *item)
{
  if (!cbor_isa_bytestring (item) || !cbor_bytestring_is_definite (item))
    return NULL;
  return g_bytes_new (cbor_bytestring_handle (item), cbor_bytestring_length (item));
}

static gboolean
text_is (cbor_item_t *item, const char *text)
{
  return cbor_isa_string (item) && cbor_string_is_definite (item)
         && cbor_string_length (item) == strlen (text)
         && memcmp (cbor_string_handle (item), text, strlen (text)) == 0;
}

static char *
text_of (cbor_item_t *item)
{
  if (!cbor_isa_string (item) || !cbor_string_is_definite (item))
    return NULL;
  return g_strndup ((const char *) cbor_string_handle (item), cbor_string_length (item));
}

static gboolean
take_chain (Endorsement *endorsement, cbor_item_t *value)
{
  gboolean list = cbor_isa_array (value);
  gsize count = list ? cbor_array_size (value) : 1;
  if (count == 0 || count > CHAIN_MAX || endorsement->chain != NULL)
    return FALSE;
  endorsement->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) X509_free);
  for (gsize i = 0; i < count; i++) {
    g_autoptr (cbor_item_t) one = list ? cbor_array_get (value, i) : cbor_incref (value);
    g_autoptr (GBytes) der = bytes_of (one);
    X509 *certificate = der != NULL ? cose_cert_from_der (der, "an endorsement certificate", NULL) : NULL;
    if (certificate == NULL)
      return FALSE;
    g_ptr_array_add (endorsement->chain, certificate);
  }
  return TRUE;
}

/* One pair of the protected header; unknown labels pass. */
static gboolean
take_header (Endorsement *endorsement, cbor_item_t *key, cbor_item_t *value)
{
  if (cbor_isa_uint (key) && cbor_get_int (key) == 1) {
    if (!cbor_isa_negint (value))
      return FALSE;
    endorsement->algorithm = -1 - (gint64) cbor_get_int (value);
  } else if (cbor_isa_uint (key) && cbor_get_int (key) == 33) {
    return take_chain (endorsement, value);
  } else if (text_is (key, "iss")) {
    g_free (endorsement->issuer);
    endorsement->issuer = text_of (value);
  } else if (text_is (key, "feed")) {
    g_free (endorsement->feed);
    endorsement->feed = text_of (value);
  }
  return TRUE;
}

/* --- Before the library sees it: it believes announced lengths and allocates for them --- */

typedef struct {
  const guint8 *data;
  gsize left;
} Walk;

static gboolean walk_item (Walk *walk, guint depth);

/* The length or value of an item's head; FALSE when it is cut or of indefinite length. */
static gboolean
walk_head (Walk *walk, guint8 *major, guint64 *value)
{
  if (walk->left == 0)
    return FALSE;
  guint8 first = *walk->data++;
  guint small = first & 31;
  guint bytes = small < 24 ? 0 : small < 28 ? 1u << (small - 24) : 9;
  walk->left--;
  if (bytes > walk->left || bytes == 9)
    return FALSE;
  *major = first >> 5;
  *value = bytes == 0 ? small : 0;
  for (guint i = 0; i < bytes; i++)
    *value = *value << 8 | walk->data[i];
  walk->data += bytes;
  walk->left -= bytes;
  return TRUE;
}

static gboolean
walk_list (Walk *walk, guint64 count, guint depth)
{
  if (count > walk->left) /* every item has a byte at least */
    return FALSE;
  for (guint64 i = 0; i < count; i++)
    if (!walk_item (walk, depth + 1))
      return FALSE;
  return TRUE;
}

static gboolean
walk_item (Walk *walk, guint depth)
{
  enum { BYTES = 2, TEXT = 3, LIST = 4, MAP = 5, TAG = 6 };
  guint8 major;
  guint64 value;
  if (depth > DEPTH_MAX || !walk_head (walk, &major, &value))
    return FALSE;
  if (major == LIST)
    return walk_list (walk, value, depth);
  if (major == MAP)
    return value <= walk->left / 2 && walk_list (walk, 2 * value, depth);
  if (major == TAG)
    return walk_item (walk, depth + 1);
  if (major != BYTES && major != TEXT)
    return TRUE;
  if (value > walk->left)
    return FALSE;
  walk->data += value;
  walk->left -= value;
  return TRUE;
}

/* One item without surprises and nothing behind it; NULL otherwise. Gives. */
static cbor_item_t *
load (const guint8 *data, gsize length)
{
  Walk walk = { data, length };
  struct cbor_load_result result;
  if (!walk_item (&walk, 0) || walk.left > 0)
    return NULL;
  return cbor_load (data, length, &result);
}

static gboolean
take_protected (Endorsement *endorsement)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (endorsement->protected_bytes, &length);
  g_autoptr (cbor_item_t) map = load (data, length);
  if (map == NULL || !cbor_isa_map (map))
    return FALSE;
  for (gsize i = 0; i < cbor_map_size (map); i++)
    if (!take_header (endorsement, cbor_map_handle (map)[i].key, cbor_map_handle (map)[i].value))
      return FALSE;
  return endorsement->chain != NULL && endorsement->issuer != NULL && endorsement->feed != NULL;
}

static gboolean
parse (GBytes *message, Endorsement *endorsement)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (message, &length);
  if (length == 0 || length > MESSAGE_MAX)
    return FALSE;
  /* The tag is looked at by hand: libcbor before 0.10 takes one-byte tags above 5 for malformed. */
  if (data[0] == COSE_SIGN1_TAG) {
    data++;
    length--;
  }
  g_autoptr (cbor_item_t) list = load (data, length);
  if (list == NULL || !cbor_isa_array (list) || cbor_array_size (list) != 4)
    return FALSE;
  cbor_item_t **parts = cbor_array_handle (list);
  endorsement->protected_bytes = bytes_of (parts[0]);
  endorsement->payload = bytes_of (parts[2]);
  endorsement->signature = bytes_of (parts[3]);
  return endorsement->protected_bytes != NULL && endorsement->payload != NULL
         && endorsement->signature != NULL && take_protected (endorsement);
}

/* Chain leaf to root, root digest as pinned, leaf for this use. */
static gboolean
check_chain (GPtrArray *chain, GError **error)
{
  for (guint i = 0; i < chain->len; i++) {
    g_autoptr (EVP_PKEY) issuer = cose_cert_key (chain->pdata[MIN (i + 1, chain->len - 1)], error);
    if (issuer == NULL)
      return FALSE;
    if (!cose_cert_signed_by (chain->pdata[i], issuer))
      return refuse (error, "its certificates do not form a chain");
  }
  g_autoptr (GBytes) root = cose_cert_to_der (chain->pdata[chain->len - 1]);
  guint8 digest[32];
  cr_sha256 (g_bytes_get_data (root, NULL), g_bytes_get_size (root), digest);
  g_autofree char *text = cr_base64url (digest, sizeof digest);
  if (strcmp (text, UVM_ROOT) != 0)
    return refuse (error, "it comes from an unknown root");

  EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i (chain->pdata[0], NID_ext_key_usage, NULL, NULL);
  gboolean found = FALSE;
  for (int i = 0; usages != NULL && i < sk_ASN1_OBJECT_num (usages); i++) {
    char oid[80];
    OBJ_obj2txt (oid, sizeof oid, sk_ASN1_OBJECT_value (usages, i), 1);
    found = found || strcmp (oid, UVM_EKU) == 0;
  }
  EXTENDED_KEY_USAGE_free (usages);
  return found || refuse (error, "its certificate is not for this use");
}

static const struct {
  gint64 algorithm;
  const char *digest;
  int padding; /* 0 = ECDSA */
} algorithms[] = {
  { -37, "SHA256", RSA_PKCS1_PSS_PADDING },
  { -38, "SHA384", RSA_PKCS1_PSS_PADDING },
  { -39, "SHA512", RSA_PKCS1_PSS_PADDING },
  { -257, "SHA256", RSA_PKCS1_PADDING },
  { -258, "SHA384", RSA_PKCS1_PADDING },
  { -259, "SHA512", RSA_PKCS1_PADDING },
  { -7, "SHA256", 0 },
  { -35, "SHA384", 0 },
  { -36, "SHA512", 0 },
};

static void
append_head (GByteArray *out, guint8 major, gsize length)
{
  guint8 head[5] = { (guint8) (major | 26), (guint8) (length >> 24), (guint8) (length >> 16),
                     (guint8) (length >> 8), (guint8) length };
  guint8 small = (guint8) (major | length), byte[2] = { (guint8) (major | 24), (guint8) length };
  guint8 word[3] = { (guint8) (major | 25), (guint8) (length >> 8), (guint8) length };
  if (length < 24)
    g_byte_array_append (out, &small, 1);
  else if (length < 256)
    g_byte_array_append (out, byte, 2);
  else if (length < 65536)
    g_byte_array_append (out, word, 3);
  else
    g_byte_array_append (out, head, 5);
}

static void
append_bytes (GByteArray *out, GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  append_head (out, 0x40, length);
  g_byte_array_append (out, data, (guint) length);
}

/* Sig_structure of RFC 9052: ["Signature1", protected, h'', payload]. */
static GByteArray *
to_be_signed (const Endorsement *endorsement)
{
  static const guint8 start[] = "\x84\x6ASignature1";
  static const guint8 no_data = 0x40;
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, start, sizeof start - 1);
  append_bytes (out, endorsement->protected_bytes);
  g_byte_array_append (out, &no_data, 1);
  append_bytes (out, endorsement->payload);
  return out;
}

static gboolean
check_signature (const Endorsement *endorsement, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_cert_key (endorsement->chain->pdata[0], error);
  if (key == NULL)
    return FALSE;
  guint row = 0;
  while (row < G_N_ELEMENTS (algorithms) && algorithms[row].algorithm != endorsement->algorithm)
    row++;
  gboolean rsa = EVP_PKEY_is_a (key, "RSA") == 1;
  if (row == G_N_ELEMENTS (algorithms) || rsa != (algorithms[row].padding != 0))
    return refuse (error, "its signature is of an unknown kind");

  g_autoptr (GBytes) signature = g_bytes_ref (endorsement->signature);
  if (!rsa) {
    g_autoptr (GBytes) der = cose_ecdsa_to_der (g_bytes_get_data (signature, NULL),
                                                g_bytes_get_size (signature),
                                                (guint) g_bytes_get_size (signature) / 2, error);
    if (der == NULL)
      return FALSE;
    g_bytes_unref (signature);
    signature = g_steal_pointer (&der);
  }
  g_autoptr (GByteArray) data = to_be_signed (endorsement);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *options = NULL; /* owned by CONTEXT */
  gboolean good = EVP_DigestVerifyInit_ex (context, &options, algorithms[row].digest, NULL, NULL, key, NULL)
                      == 1
                  && (!rsa || EVP_PKEY_CTX_set_rsa_padding (options, algorithms[row].padding) == 1)
                  && EVP_DigestVerify (context, g_bytes_get_data (signature, NULL),
                                       g_bytes_get_size (signature), data->data, data->len)
                         == 1;
  return good || refuse (error, "its signature is wrong");
}

gboolean
ccf_uvm_verify (GBytes *endorsement_bytes, const guint8 measurement[48], GError **error)
{
  g_auto (Endorsement) endorsement = { 0 };
  if (!parse (endorsement_bytes, &endorsement))
    return refuse (error, "it is not a signed message");
  if (strcmp (endorsement.issuer, UVM_ISSUER) != 0 || strcmp (endorsement.feed, UVM_FEED) != 0)
    return refuse (error, "it is by another issuer or for another product");
  if (!check_chain (endorsement.chain, error) || !check_signature (&endorsement, error))
    return FALSE;
  g_autoptr (json_t) payload = cr_json_parse_bytes (endorsement.payload, "the endorsement", error);
  if (payload == NULL)
    return FALSE;
  g_autofree char *measured = cr_hex (measurement, 48);
  const char *endorsed = cr_json_peek_string (payload, "x-ms-sevsnpvm-launchmeasurement");
  return (endorsed != NULL && g_ascii_strcasecmp (endorsed, measured) == 0)
         || refuse (error, "it endorses another measurement");
}
