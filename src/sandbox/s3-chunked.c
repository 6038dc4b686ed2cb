/* SPDX-License-Identifier: MIT
 * Bodies that travel in signed or unsigned pieces ("aws-chunked"), with checksums at their end.
 *
 * "Signature calculations for the Authorization header: transferring payload in multiple chunks", also with
 * trailing headers. Each signed piece is signed over the one before it, so that none can be exchanged, left
 * out or moved.
 */
#include "sandbox/s3-server.h"

#include "base/encode.h"
#include "base/secret.h"
#include "cloud/sign.h"

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
