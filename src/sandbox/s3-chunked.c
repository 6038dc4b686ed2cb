/* SPDX-License-Identifier: MIT
 * Bodies that travel in signed or unsigned pieces ("aws-chunked"), with checksums at their end.
 *
 * "Signature calculations for the Authorization header: transferring payload in multiple chunks", also with
 * trailing headers. Each signed piece is signed over the one before it, so that none can be exchanged, left
 * out or moved.
 */
#include "sandbox/s3-server.h"

#include "base/crc64.h"
#include "base/encode.h"
#include "base/secret.h"
#include "cloud/sign.h"

#include <openssl/evp.h>
#include <string.h>

#define TRAILERS_MOST 8192u

typedef struct {
  const S3ServerChunking *how;
  const char *next, *end; /* of what has not been read yet */
  char *previous;         /* signature of the piece before */
  GByteArray *plain;
  GHashTable *trailers;
} Reader;

/* The line at the reader without its end; NULL when there is none. Gives. */
static char *
read_line (Reader *reader)
{
  const char *stop = g_strstr_len (reader->next, (gssize) MIN (reader->end - reader->next, TRAILERS_MOST),
                                   "\r\n");
  if (stop == NULL)
    return NULL;
  char *line = g_strndup (reader->next, (gsize) (stop - reader->next));
  reader->next = stop + 2;
  return line;
}

/* Is CLAIMED the signature of something with this DIGEST, after the piece before? */
static gboolean
piece_fits (Reader *reader, const char *kind, const char *middle, const char *digest, const char *claimed)
{
  g_autofree char *text = g_strdup_printf ("%s\n%s\n%s\n%s\n%s%s", kind, reader->how->date,
                                           reader->how->scope, reader->previous, middle, digest);
  g_autofree char *made = cloud_aws_sign_text (reader->how->scope, reader->how->secret, text);
  if (!cr_secret_equal (made, strlen (made), claimed, strlen (claimed)))
    return FALSE;
  g_free (reader->previous);
  reader->previous = g_strdup (made);
  return TRUE;
}

/* One piece: "hex-length[;chunk-signature=hex]", the bytes, a line end. *LENGTH 0 is the last. */
static gboolean
read_piece (Reader *reader, guint64 *length)
{
  g_autofree char *line = read_line (reader);
  if (line == NULL)
    return FALSE;
  char *semicolon = strchr (line, ';');
  if (semicolon != NULL)
    *semicolon = '\0';
  if (!g_ascii_string_to_unsigned (line, 16, 0, G_MAXINT32, length, NULL)
      || (guint64) (reader->end - reader->next) < *length)
    return FALSE;
  if (reader->how->is_signed) {
    static const char prefix[] = "chunk-signature=";
    const char *claimed = semicolon != NULL && g_str_has_prefix (semicolon + 1, prefix)
                              ? semicolon + 1 + strlen (prefix)
                              : "";
    g_autofree char *digest = cr_sha256_hex (reader->next, (gsize) *length);
    if (!piece_fits (reader, "AWS4-HMAC-SHA256-PAYLOAD", CLOUD_EMPTY_SHA256 "\n", digest, claimed))
      return FALSE;
  }
  g_byte_array_append (reader->plain, (const guint8 *) reader->next, (guint) *length);
  reader->next += *length;
  if (*length == 0)
    return TRUE;
  gboolean ended = reader->end - reader->next >= 2 && memcmp (reader->next, "\r\n", 2) == 0;
  reader->next += ended ? 2 : 0;
  return ended;
}

/* "name:value" lines; the signature of the others is the last of them. */
static gboolean
read_trailers (Reader *reader)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autofree char *claimed = NULL;
  while (reader->next < reader->end) {
    g_autofree char *line = read_line (reader);
    char *colon = line != NULL ? strchr (line, ':') : NULL;
    if (line != NULL && *line == '\0')
      continue;
    if (colon == NULL)
      return FALSE;
    *colon = '\0';
    g_autofree char *name = g_ascii_strdown (g_strstrip (line), -1);
    const char *value = g_strstrip (colon + 1);
    if (strcmp (name, "x-amz-trailer-signature") == 0) {
      g_free (claimed);
      claimed = g_strdup (value);
      continue;
    }
    g_string_append_printf (lines, "%s:%s\n", name, value);
    g_hash_table_replace (reader->trailers, g_steal_pointer (&name), g_strdup (value));
  }
  if (!reader->how->is_signed || !reader->how->has_trailer)
    return TRUE;
  g_autofree char *digest = cr_sha256_hex (lines->str, lines->len);
  return claimed != NULL && piece_fits (reader, "AWS4-HMAC-SHA256-TRAILER", "", digest, claimed);
}

gboolean
s3_server_unchunk (S3ServerCall *call, const S3ServerChunking *how, const char *seed)
{
  gsize length = 0;
  const char *data = g_bytes_get_data (call->request->body, &length);
  g_autoptr (GHashTable) trailers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Reader reader = { .how = how,
                    .next = data,
                    .end = data + length,
                    .previous = g_strdup (seed),
                    .plain = g_byte_array_new (),
                    .trailers = trailers };
  guint64 piece = 1;
  gboolean good = TRUE;
  while (good && piece > 0)
    good = read_piece (&reader, &piece);
  good = good && read_trailers (&reader);
  g_free (reader.previous);
  g_autoptr (GBytes) plain = g_byte_array_free_to_bytes (reader.plain);
  const char *declared = sandbox_request_header (call->request, "x-amz-decoded-content-length");
  if (!good)
    s3_server_fail (call, 403, "SignatureDoesNotMatch",
                    "The pieces of the body do not have the form or the signatures that were announced.");
  else if (declared == NULL || g_ascii_strtoull (declared, NULL, 10) != g_bytes_get_size (plain))
    s3_server_fail (call, 400, "IncompleteBody",
                    "The request body does not have the length of x-amz-decoded-content-length.");
  else if (s3_server_check_sums (call, plain, trailers)) {
    call->plain = g_steal_pointer (&plain);
    return TRUE;
  }
  return FALSE;
}

/* --- checksums --- */

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
  if (strcmp (name, "crc64nvme") == 0)
    return s3_server_crc64_text (cr_crc64 (0, data, length));
  const EVP_MD *type = strcmp (name, "sha256") == 0 ? EVP_sha256 ()
                       : strcmp (name, "sha1") == 0 ? EVP_sha1 ()
                                                    : NULL;
  if (type == NULL || EVP_Digest (data, length, digest, &size, type, NULL) != 1)
    return NULL;
  return cr_base64 (digest, size);
}

char *
s3_server_crc64_text (guint64 crc64)
{
  guint64 big = GUINT64_TO_BE (crc64);
  return cr_base64 (&big, sizeof big);
}

void
s3_server_respond_crc64 (S3ServerCall *call, guint64 crc64)
{
  g_autofree char *text = s3_server_crc64_text (crc64);
  sandbox_respond_header (call->response, S3_SERVER_SUM "crc64nvme", text);
  sandbox_respond_header (call->response, S3_SERVER_SUM "type", "FULL_OBJECT");
}

gboolean
s3_server_has_sums (const SandboxRequest *request)
{
  GHashTableIter iterator;
  gpointer name;
  g_hash_table_iter_init (&iterator, request->headers);
  while (g_hash_table_iter_next (&iterator, &name, NULL))
    if (g_str_has_prefix (name, S3_SERVER_SUM) && strcmp (name, S3_SERVER_SUM "mode") != 0
        && strcmp (name, S3_SERVER_SUM "algorithm") != 0 && strcmp (name, S3_SERVER_SUM "type") != 0)
      return TRUE;
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
    if (!g_str_has_prefix (name, S3_SERVER_SUM))
      continue;
    g_autofree char *made = sum_of ((const char *) name + strlen (S3_SERVER_SUM), data, length);
    if (made != NULL && strcmp (made, value) != 0) {
      s3_server_fail (call, 400, "BadDigest", "The checksum you specified did not match what we received.");
      return FALSE;
    }
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
