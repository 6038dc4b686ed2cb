/* SPDX-License-Identifier: MIT
 * Reading and verifying COSE_Sign1 messages (cose.h).
 */
#include "cose/cose.h"

#include <string.h>

#include "cose/cbor-private.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#define TAG_SIGN1 18
#define LABEL_ALG 1
#define LABEL_KID 4
#define HEADER_ENTRIES_MAX 64
#define TEXT_MAX 256
#define DEPTH_MAX 8
#define ITEMS_MAX 2048

void
cose_sign1_free (CoseSign1 *message)
{
  if (message == NULL)
    return;
  g_clear_pointer (&message->protected_bytes, g_bytes_unref);
  g_clear_pointer (&message->payload, g_bytes_unref);
  g_clear_pointer (&message->signature, g_bytes_unref);
  g_free (message->labels);
  g_free (message->kid);
  g_free (message->type);
  g_free (message->proposal_id);
  g_free (message);
}

static gboolean
refuse (GError **error, const char *problem)
{
  cr_set_error (error, CR_ERROR_INPUT, NULL, "The signed message is malformed: %s.", problem);
  return FALSE;
}

/* A text field of the header: short, UTF-8, without control characters, given once. */
static gboolean
take_text (const CborItem *item, CborItemType type, char **field, GError **error)
{
  if (item->type != type || item->length > TEXT_MAX
      || !g_utf8_validate_len ((const char *) item->data, item->length, NULL))
    return refuse (error, "a header field is not a short text");
  for (gsize i = 0; i < item->length; i++)
    if (item->data[i] < 0x20 || item->data[i] == 0x7f)
      return refuse (error, "a header field holds control characters");
  if (*field != NULL)
    return refuse (error, "a header field is given twice");
  *field = g_strndup ((const char *) item->data, item->length);
  return TRUE;
}

static gboolean
take_created_at (const CborItem *item, CoseSign1 *message, GError **error)
{
  if (item->type != CBOR_ITEM_UINT || item->number > G_MAXINT64)
    return refuse (error, "the creation time is not a positive whole number");
  if (message->has_created_at)
    return refuse (error, "a header field is given twice");
  message->has_created_at = TRUE;
  message->created_at = (gint64) item->number;
  return TRUE;
}

static gboolean
take_algorithm (const CborItem *item, CoseSign1 *message, GError **error)
{
  gboolean number = item->type == CBOR_ITEM_UINT || item->type == CBOR_ITEM_NEGINT;
  if (!number || item->number > G_MAXINT32)
    return refuse (error, "the algorithm is not a known number");
  if (message->algorithm != 0)
    return refuse (error, "a header field is given twice");
  message->algorithm = item->type == CBOR_ITEM_UINT ? (gint64) item->number : -1 - (gint64) item->number;
  if (cose_algorithm_name ((CoseAlgorithm) message->algorithm) == NULL)
    return refuse (error, "the algorithm is not ES256, ES384 or ES512");
  return TRUE;
}

/* "type" of "ccf.gov.msg.type" and the label family, or NULL for labels that are not ours. */
static const char *
split_label (const CborItem *label, char name[32], const char **family)
{
  static const char *const families[] = { COSE_LABELS_GOVERNANCE, COSE_LABELS_RECOVERY };
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    gsize length = strlen (families[i]);
    if (label->length > length + 1 && label->length - length - 1 < 32 && label->data[length] == '.'
        && memcmp (label->data, families[i], length) == 0) {
      memcpy (name, label->data + length + 1, label->length - length - 1);
      name[label->length - length - 1] = '\0';
      *family = families[i];
      return name;
    }
  }
  return NULL;
}

static gboolean
take_labelled (CborReader *reader, const CborItem *label, CoseSign1 *message, GError **error)
{
  char name[32];
  const char *family = NULL;
  const char *field = split_label (label, name, &family);
  gboolean ours = field != NULL
                  && (g_str_equal (field, "type") || g_str_equal (field, "created_at")
                      || g_str_equal (field, "proposal_id"));
  if (!ours)
    return cbor_reader_skip (reader, DEPTH_MAX) || refuse (error, "the header is damaged");
  if (message->labels != NULL && !g_str_equal (message->labels, family))
    return refuse (error, "the header mixes two families of labels");
  if (message->labels == NULL)
    message->labels = g_strdup (family);
  CborItem value;
  if (!cbor_reader_next (reader, &value))
    return refuse (error, "the header is damaged");
  if (g_str_equal (field, "type"))
    return take_text (&value, CBOR_ITEM_TEXT, &message->type, error);
  if (g_str_equal (field, "proposal_id"))
    return take_text (&value, CBOR_ITEM_TEXT, &message->proposal_id, error);
  return take_created_at (&value, message, error);
}

static gboolean
take_entry (CborReader *reader, CoseSign1 *message, GError **error)
{
  CborItem label, value;
  if (!cbor_reader_next (reader, &label))
    return refuse (error, "the header is damaged");
  if (label.type == CBOR_ITEM_TEXT)
    return take_labelled (reader, &label, message, error);
  if (label.type != CBOR_ITEM_UINT && label.type != CBOR_ITEM_NEGINT)
    return refuse (error, "a header label is neither a number nor a text");
  if (label.type == CBOR_ITEM_NEGINT || (label.number != LABEL_ALG && label.number != LABEL_KID))
    return cbor_reader_skip (reader, DEPTH_MAX) || refuse (error, "the header is damaged");
  if (!cbor_reader_next (reader, &value))
    return refuse (error, "the header is damaged");
  return label.number == LABEL_ALG ? take_algorithm (&value, message, error)
                                   : take_text (&value, CBOR_ITEM_BYTES, &message->kid, error);
}

static gboolean
parse_header (const CborItem *bytes, CoseSign1 *message, GError **error)
{
  CborReader reader = { bytes->data, bytes->length, ITEMS_MAX };
  CborItem map;
  if (!cbor_reader_next (&reader, &map) || map.type != CBOR_ITEM_MAP || map.number > HEADER_ENTRIES_MAX)
    return refuse (error, "the protected header is not a small map");
  for (guint64 i = 0; i < map.number; i++)
    if (!take_entry (&reader, message, error))
      return FALSE;
  if (reader.length != 0)
    return refuse (error, "there are bytes behind the protected header");
  if (message->algorithm == 0)
    return refuse (error, "the algorithm is missing");
  return TRUE;
}

/* The unprotected map proves nothing, so it is only checked for shape. */
static gboolean
skip_unprotected (CborReader *reader, GError **error)
{
  CborReader ahead = *reader;
  CborItem item;
  if (!cbor_reader_next (&ahead, &item) || item.type != CBOR_ITEM_MAP || item.number > HEADER_ENTRIES_MAX)
    return refuse (error, "the unprotected header is not a small map");
  return cbor_reader_skip (reader, DEPTH_MAX) || refuse (error, "the unprotected header is damaged");
}

CoseSign1 *
cose_sign1_parse (GBytes *bytes, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  if (length > COSE_MAX_BYTES) {
    refuse (error, "it is larger than 2 MiB");
    return NULL;
  }
  CborReader reader = { data, length, ITEMS_MAX };
  CborItem tag, array, header, payload, signature;
  g_autoptr (CoseSign1) message = g_new0 (CoseSign1, 1);
  if (!cbor_reader_next (&reader, &tag) || tag.type != CBOR_ITEM_TAG || tag.number != TAG_SIGN1) {
    refuse (error, "it is not a tagged COSE_Sign1");
    return NULL;
  }
  if (!cbor_reader_next (&reader, &array) || array.type != CBOR_ITEM_ARRAY || array.number != 4
      || !cbor_reader_next (&reader, &header) || header.type != CBOR_ITEM_BYTES) {
    refuse (error, "it does not have four parts");
    return NULL;
  }
  if (!parse_header (&header, message, error) || !skip_unprotected (&reader, error))
    return NULL;
  if (!cbor_reader_next (&reader, &payload) || payload.type != CBOR_ITEM_BYTES) {
    refuse (error, "the payload is not embedded");
    return NULL;
  }
  if (!cbor_reader_next (&reader, &signature) || signature.type != CBOR_ITEM_BYTES || reader.length != 0) {
    refuse (error, "the signature is missing or is not the end");
    return NULL;
  }
  message->protected_bytes = g_bytes_new (header.data, header.length);
  message->payload = g_bytes_new (payload.data, payload.length);
  message->signature = g_bytes_new (signature.data, signature.length);
  return g_steal_pointer (&message);
}

gboolean
cose_sign1_verify (const CoseSign1 *message, EVP_PKEY *key, GError **error)
{
  CoseAlgorithm algorithm;
  if (!cose_algorithm_of_key (key, &algorithm, error))
    return FALSE;
  if (message->algorithm != (gint64) algorithm) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "The message names the algorithm %s, but the signer's key needs %s.",
                  cose_algorithm_name ((CoseAlgorithm) message->algorithm), cose_algorithm_name (algorithm));
    return FALSE;
  }
  g_autoptr (GBytes) signed_bytes = cose_sign1_to_be_signed (message->protected_bytes, message->payload);
  return cose_ecdsa_verify (key, g_bytes_get_data (signed_bytes, NULL), g_bytes_get_size (signed_bytes),
                            message->signature, error);
}

gboolean
cose_sign1_verify_cert (const CoseSign1 *message, const X509 *cert, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_cert_key (cert, error);
  return key != NULL && cose_sign1_verify (message, key, error);
}
