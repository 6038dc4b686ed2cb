/* SPDX-License-Identifier: MIT
 * Checksums of bodies: x-amz-checksum-* in headers and trailers ("Checking object integrity"), and the kind
 * that an upload in parts was begun with (CreateMultipartUpload, UploadPart, CompleteMultipartUpload).
 */
#include "sandbox/s3-server.h"

#include "base/crc64.h"
#include "base/encode.h"

#include <openssl/evp.h>
#include <string.h>

/* A reflected CRC of 32 bits over POLYNOMIAL. */
static guint32
crc32_of (const guint8 *data, gsize length, guint32 polynomial)
{
  guint32 table[256];
  for (guint32 i = 0; i < 256; i++) {
    guint32 value = i;
    for (guint bit = 0; bit < 8; bit++)
      value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
    table[i] = value;
  }
  guint32 crc = G_MAXUINT32;
  for (gsize i = 0; i < length; i++)
    crc = table[(crc ^ data[i]) & 0xff] ^ (crc >> 8);
  return ~crc;
}

/* The checksum called NAME of DATA, base64; NULL when it is not known. Gives. */
static char *
sum_of (const char *name, const guint8 *data, gsize length)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (strcmp (name, "crc32") == 0 || strcmp (name, "crc32c") == 0) {
    guint32 crc = GUINT32_TO_BE (crc32_of (data, length, name[5] == 'c' ? 0x82f63b78u : 0xedb88320u));
    return cr_base64 (&crc, sizeof crc);
  }
  if (strcmp (name, S3_SERVER_CRC64) == 0)
    return cr_crc64_base64_be (cr_crc64 (0, data, length));
  const EVP_MD *type = strcmp (name, "sha256") == 0 ? EVP_sha256 ()
                       : strcmp (name, "sha1") == 0 ? EVP_sha1 ()
                                                    : NULL;
  if (type == NULL || EVP_Digest (data, length, digest, &size, type, NULL) != 1)
    return NULL;
  return cr_base64 (digest, size);
}

void
s3_server_respond_crc64 (S3ServerCall *call, guint64 crc64)
{
  g_autofree char *text = cr_crc64_base64_be (crc64);
  sandbox_respond_header (call->response, S3_SERVER_SUM S3_SERVER_CRC64, text);
  sandbox_respond_header (call->response, S3_SERVER_SUM "type", S3_SERVER_WHOLE);
}

/* The algorithm that HEADER is the checksum of; NULL when it is none. Borrowed. */
static const char *
algorithm_of (const char *header)
{
  static const char *const others[] = { "mode", "algorithm", "type", NULL };
  const char *name = g_str_has_prefix (header, S3_SERVER_SUM) ? header + strlen (S3_SERVER_SUM) : NULL;
  return name != NULL && !g_strv_contains (others, name) ? name : NULL;
}

/* The algorithm of a checksum in the headers other than EXCEPT (NULL = any); NULL when there is none. */
static const char *
algorithm_sent (const SandboxRequest *request, const char *except)
{
  GHashTableIter iterator;
  gpointer name;
  g_hash_table_iter_init (&iterator, request->headers);
  while (g_hash_table_iter_next (&iterator, &name, NULL)) {
    const char *algorithm = algorithm_of (name);
    if (algorithm != NULL && g_strcmp0 (algorithm, except) != 0)
      return algorithm;
  }
  return NULL;
}

gboolean
s3_server_has_other_sums (const SandboxRequest *request)
{
  return algorithm_sent (request, S3_SERVER_CRC64) != NULL;
}

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (S3ServerCall *call, const char *format, ...)
{
  va_list list;
  va_start (list, format);
  g_autofree char *message = g_strdup_vprintf (format, list);
  va_end (list);
  s3_server_fail (call, 400, "InvalidRequest", message);
  return FALSE;
}

/* Is GIVEN, a checksum of ALGORITHM, the one that was MADE? FALSE after answering. */
static gboolean
check_one (S3ServerCall *call, const char *algorithm, const char *given, const char *made)
{
  if (strcmp (made, given) == 0)
    return TRUE;
  if (strlen (given) != strlen (made))
    return refuse (call, "Value for " S3_SERVER_SUM "%s header is invalid.", algorithm);
  g_autofree char *upper = g_ascii_strup (algorithm, -1);
  g_autofree char *message = g_strdup_printf ("The %s you specified did not match the calculated checksum.",
                                              upper);
  s3_server_fail (call, 400, "BadDigest", message);
  return FALSE;
}

static gboolean
check_table (S3ServerCall *call, GHashTable *table, GBytes *body)
{
  GHashTableIter iterator;
  gpointer name, value;
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (body, &length);
  g_hash_table_iter_init (&iterator, table);
  while (g_hash_table_iter_next (&iterator, &name, &value)) {
    const char *algorithm = algorithm_of (name);
    g_autofree char *made = algorithm != NULL ? sum_of (algorithm, data, length) : NULL;
    if (made != NULL && !check_one (call, algorithm, value, made))
      return FALSE;
    if (made != NULL)
      sandbox_respond_header (call->response, name, made);
  }
  return TRUE;
}

gboolean
s3_server_check_sums (S3ServerCall *call, GBytes *body, GHashTable *trailers)
{
  return check_table (call, call->request->headers, body)
         && (trailers == NULL || check_table (call, trailers, body));
}

gboolean
s3_server_check_crc64 (S3ServerCall *call)
{
  const char *given = sandbox_request_header (call->request, S3_SERVER_SUM S3_SERVER_CRC64);
  if (given == NULL)
    return TRUE;
  g_autofree char *made = cr_crc64_base64_be (call->crc64);
  if (!check_one (call, S3_SERVER_CRC64, given, made))
    return FALSE;
  sandbox_respond_header (call->response, S3_SERVER_SUM S3_SERVER_CRC64, made);
  return TRUE;
}

/* --- uploads in parts --- */

/* CRCs can be joined; of digests there is only one over those of the parts. */
static const struct {
  const char *name, *type; /* TYPE when nothing else is asked for */
  gboolean whole, parts;
} kinds[] = { { "crc32", S3_SERVER_PARTS, TRUE, TRUE },
              { "crc32c", S3_SERVER_PARTS, TRUE, TRUE },
              { S3_SERVER_CRC64, S3_SERVER_WHOLE, TRUE, FALSE },
              { "sha1", S3_SERVER_PARTS, FALSE, TRUE },
              { "sha256", S3_SERVER_PARTS, FALSE, TRUE } };

gboolean
s3_server_take_sum_kind (S3ServerCall *call, char **algorithm, char **type)
{
  const char *name = sandbox_request_header (call->request, S3_SERVER_SUM "algorithm");
  const char *wanted = sandbox_request_header (call->request, S3_SERVER_SUM "type");
  guint i = 0;
  if (name == NULL)
    return wanted == NULL
           || refuse (call, "The x-amz-checksum-type header can only be used with the "
                            "x-amz-checksum-algorithm header.");
  while (i < G_N_ELEMENTS (kinds) && g_ascii_strcasecmp (kinds[i].name, name) != 0)
    i++;
  if (i == G_N_ELEMENTS (kinds))
    return refuse (call, "Checksum algorithm provided is unsupported. Please try again with any of the valid "
                         "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  if (wanted == NULL)
    wanted = kinds[i].type;
  gboolean whole = strcmp (wanted, S3_SERVER_WHOLE) == 0;
  if (!whole && strcmp (wanted, S3_SERVER_PARTS) != 0)
    return refuse (call, "Value for x-amz-checksum-type header is invalid.");
  if (whole ? !kinds[i].whole : !kinds[i].parts)
    return refuse (call, "The %s checksum type cannot be used with the %s checksum algorithm.", wanted,
                   kinds[i].name);
  *algorithm = g_strdup (kinds[i].name);
  *type = g_strdup (wanted);
  g_autofree char *upper = g_ascii_strup (kinds[i].name, -1);
  sandbox_respond_header (call->response, S3_SERVER_SUM "algorithm", upper);
  sandbox_respond_header (call->response, S3_SERVER_SUM "type", wanted);
  return TRUE;
}

static gboolean
refuse_kind (S3ServerCall *call, const char *expected, const char *actual)
{
  return refuse (call,
                 "Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s",
                 expected != NULL ? expected : "null", actual != NULL ? actual : "null");
}

gboolean
s3_server_check_sum_kind (S3ServerCall *call, const char *algorithm, const char *type)
{
  const char *trailer = sandbox_request_header (call->request, "x-amz-trailer");
  const char *sent = algorithm_sent (call->request, NULL);
  if (sent == NULL && trailer != NULL)
    sent = algorithm_of (trailer);
  /* Clients that add a checksum to every body do so to parts of uploads that they began without as well. */
  if (algorithm == NULL || s3_server_is_copy (call) || g_strcmp0 (sent, algorithm) == 0)
    return TRUE;
  /* Of a checksum over the whole, the service makes the shares of parts that come without. */
  return (sent == NULL && g_strcmp0 (type, S3_SERVER_WHOLE) == 0) || refuse_kind (call, algorithm, sent);
}

gboolean
s3_server_check_whole (S3ServerCall *call, const char *type)
{
  const char *said = sandbox_request_header (call->request, S3_SERVER_SUM "type");
  const char *given = sandbox_request_header (call->request, S3_SERVER_SUM S3_SERVER_CRC64);
  if (said != NULL && g_strcmp0 (said, type) != 0)
    return refuse (
        call,
        "The upload was created using the %s checksum mode. The complete request must use the same "
        "checksum mode.",
        type != NULL ? type : "null");
  if (given != NULL && g_strcmp0 (call->algorithm, S3_SERVER_CRC64) != 0)
    return refuse_kind (call, call->algorithm, S3_SERVER_CRC64);
  if (s3_server_has_other_sums (call->request)) {
    s3_server_fail (call, 501, "NotImplemented", "Only a CRC64NVME of a whole object can be compared.");
    return FALSE;
  }
  g_autofree char *made = cr_crc64_base64_be (call->crc64);
  return given == NULL || check_one (call, S3_SERVER_CRC64, given, made);
}
