/* SPDX-License-Identifier: MIT
 * What answers about blobs have in common: versions, conditions, metadata, ranges.
 */
#include "sandbox/blob-private.h"

#include "base/clock.h"
#include "base/encode.h"

#include <string.h>

#define MAX_METADATA 8192
#define MAX_RANGE_MD5 (4u * 1024 * 1024)

char *
storage_etag_new (void)
{
  g_autofree char *random = cr_random_hex (14);
  g_autofree char *upper = g_ascii_strup (random, -1);
  return g_strdup_printf ("\"0x8%s\"", upper);
}

void
storage_respond_version (StorageCall *call, const char *etag, gint64 modified_ms)
{
  g_autofree char *date = cr_http_date (modified_ms);
  sandbox_respond_header (call->response, "ETag", etag);
  sandbox_respond_header (call->response, "Last-Modified", date);
}

static gboolean
tag_matches (const char *header, const char *etag)
{
  if (etag == NULL)
    return FALSE;
  return strcmp (header, "*") == 0 || strcmp (header, etag) == 0
         || (strlen (header) + 2 == strlen (etag) && strncmp (etag + 1, header, strlen (header)) == 0);
}

gboolean
storage_check_conditions (StorageCall *call, const char *etag, gboolean reading)
{
  const char *match = storage_header (call, "if-match");
  const char *none = storage_header (call, "if-none-match");
  if (match != NULL && !tag_matches (match, etag)) {
    storage_fail (call, 412, "ConditionNotMet",
                  "The condition specified using HTTP conditional header(s) is not met.");
    return FALSE;
  }
  if (none == NULL || !tag_matches (none, etag))
    return TRUE;
  if (reading) {
    sandbox_respond_empty (call->response, 304);
    sandbox_respond_header (call->response, "ETag", etag);
  } else if (strcmp (none, "*") == 0)
    storage_fail (call, 409, "BlobAlreadyExists", "The specified blob already exists.");
  else
    storage_fail (call, 412, "ConditionNotMet",
                  "The condition specified using HTTP conditional header(s) is not met.");
  return FALSE;
}

/* Of lower-case letters, digits and "_", and no digit first? */
static gboolean
metadata_name_valid (const char *name)
{
  return *name != '\0' && !g_ascii_isdigit (*name)
         && name[strspn (name, G_CSET_a_2_z G_CSET_DIGITS "_")] == '\0';
}

gboolean
storage_take_metadata (StorageCall *call, char **metadata)
{
  g_autoptr (json_t) object = json_object ();
  GHashTableIter iterator;
  gpointer name, value;
  gsize size = 0;
  g_hash_table_iter_init (&iterator, call->request->headers);
  while (g_hash_table_iter_next (&iterator, &name, &value)) {
    if (!g_str_has_prefix (name, "x-ms-meta-"))
      continue;
    const char *key = (const char *) name + strlen ("x-ms-meta-");
    size += strlen (key) + strlen (value);
    if (size > MAX_METADATA || !metadata_name_valid (key) || !g_str_is_ascii (value)) {
      storage_fail (
          call, 400, size > MAX_METADATA ? "MetadataTooLarge" : "InvalidMetadata",
          "The metadata specified is invalid: names are identifiers, values ASCII, 8 KiB together.");
      return FALSE;
    }
    cr_json_set_string (object, key, value);
  }
  *metadata = json_object_size (object) == 0 ? NULL : cr_json_dump (object);
  return TRUE;
}

void
storage_respond_metadata (StorageCall *call, const char *metadata)
{
  g_autoptr (json_t) object = metadata == NULL
                                  ? NULL
                                  : cr_json_parse (metadata, strlen (metadata), "stored metadata", NULL);
  const char *key;
  json_t *value;
  json_object_foreach (object, key, value) {
    g_autofree char *name = g_strconcat ("x-ms-meta-", key, NULL);
    sandbox_respond_header (call->response, name, json_string_value (value));
  }
}

/* "bytes=a-b" or "bytes=a-" in x-ms-range, else Range. */
gboolean
storage_wanted_range (StorageCall *call, guint64 *first, guint64 *last)
{
  const char *header = storage_header (call, "x-ms-range");
  if (header == NULL)
    header = storage_header (call, "range");
  *first = 0;
  *last = G_MAXUINT64;
  if (header == NULL
      || !g_regex_match_simple ("^bytes=[0-9]{1,18}-([0-9]{1,18})?$", header, G_REGEX_DOLLAR_ENDONLY, 0))
    return FALSE;
  char *end = NULL;
  guint64 from = g_ascii_strtoull (header + strlen ("bytes="), &end, 10);
  guint64 to = end[1] == '\0' ? G_MAXUINT64 : g_ascii_strtoull (end + 1, NULL, 10);
  if (to < from)
    return FALSE;
  *first = from;
  *last = to;
  return TRUE;
}

/* What a range header asks for: Content-Range, or 416 and FALSE. */
static gboolean
check_range (StorageCall *call, const StorageBlob *blob, guint64 first, guint64 last)
{
  guint64 length = (guint64) blob->length;
  if (first >= length) {
    storage_fail (call, 416, "InvalidRange",
                  "The range specified is invalid for the current size of the resource.");
    g_autofree char *all = g_strdup_printf ("bytes */%" G_GUINT64_FORMAT, length);
    sandbox_respond_header (call->response, "Content-Range", all);
    return FALSE;
  }
  last = MIN (last, length - 1);
  g_autofree char *range = g_strdup_printf (
      "bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, first, last, length);
  sandbox_respond_header (call->response, "Content-Range", range);
  return TRUE;
}

/* Content-MD5 of CONTENT when the request wants it; FALSE after answering. */
static gboolean
respond_range_md5 (StorageCall *call, StorageContent *content)
{
  g_autoptr (GError) error = NULL;
  const char *wanted = storage_header (call, "x-ms-range-get-content-md5");
  if (wanted == NULL || g_ascii_strcasecmp (wanted, "true") != 0)
    return TRUE;
  if (storage_content_length (content) > MAX_RANGE_MD5) {
    storage_fail (call, 400, "OutOfRangeInput", "A range with a computed MD5 is at most 4 MiB.");
    return FALSE;
  }
  g_autoptr (GBytes) part = storage_content_bytes (content, &error);
  if (part == NULL) {
    storage_broken (call, error);
    return FALSE;
  }
  g_autofree char *md5 = storage_md5 (part);
  sandbox_respond_header (call->response, "Content-MD5", md5);
  return TRUE;
}

static void
respond_properties (StorageCall *call, const StorageBlob *blob)
{
  const struct {
    const char *header, *value;
  } headers[] = {
    { "Content-Encoding", blob->encoding },
    { "Content-Language", blob->language },
    { "Cache-Control", blob->cache },
    { "Content-Disposition", blob->disposition },
    { "Accept-Ranges", "bytes" },
    { "x-ms-blob-type", "BlockBlob" },
    { "x-ms-lease-status", "unlocked" },
    { "x-ms-lease-state", "available" },
    { "X-Content-Type-Options", "nosniff" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    if (headers[i].value != NULL)
      sandbox_respond_header (call->response, headers[i].header, headers[i].value);
  g_autofree char *created = cr_http_date (blob->created_ms);
  sandbox_respond_header (call->response, "x-ms-creation-time", created);
  storage_respond_version (call, blob->etag, blob->modified_ms);
  storage_respond_metadata (call, blob->metadata);
}

void
storage_respond_blob (StorageCall *call, const StorageBlob *blob, StorageContent *taken, guint status)
{
  g_autoptr (StorageContent) content = taken;
  const char *type = blob->type == NULL ? "application/octet-stream" : blob->type;
  guint64 first = 0, last = 0;
  if (status == 200 && !storage_check_conditions (call, blob->etag, TRUE))
    return;
  gboolean range = status == 200 && storage_wanted_range (call, &first, &last);
  if (blob->key_sha256 != NULL)
    storage_content_set_key (content, call->key);
  if (range && (!check_range (call, blob, first, last) || !respond_range_md5 (call, content)))
    return;
  if (range && blob->md5 != NULL)
    sandbox_respond_header (call->response, "x-ms-blob-content-md5", blob->md5);
  else if (blob->md5 != NULL)
    sandbox_respond_header (call->response, "Content-MD5", blob->md5);
  guint64 length = storage_content_length (content);
  sandbox_respond_stream (call->response, range ? 206 : status, type, length, storage_content_read,
                          g_steal_pointer (&content), (GDestroyNotify) storage_content_free);
  respond_properties (call, blob);
}
