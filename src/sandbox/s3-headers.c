/* SPDX-License-Identifier: MIT
 * Headers that are kept with an object and come back with it: x-amz-meta-* and the standard ones.
 */
#include "sandbox/s3-server.h"

#include "base/json.h"

#include <string.h>

static const char *const standard[] = { "cache-control",    "content-disposition",
                                        "content-encoding", "content-language",
                                        "expires",          NULL };

/* "aws-chunked" says how the body travelled, not what it is. Gives; NULL when nothing is left. */
static char *
without_chunking (const char *value)
{
  g_auto (GStrv) parts = g_strsplit (value, ",", -1);
  g_autoptr (GString) out = g_string_new (NULL);
  for (guint i = 0; parts[i] != NULL; i++) {
    const char *part = g_strstrip (parts[i]);
    if (*part != '\0' && strcmp (part, "aws-chunked") != 0)
      g_string_append_printf (out, "%s%s", out->len > 0 ? "," : "", part);
  }
  return out->len > 0 ? g_strdup (out->str) : NULL;
}

gboolean
s3_server_take_headers (S3ServerCall *call)
{
  g_autoptr (json_t) object = json_object ();
  GHashTableIter iterator;
  gpointer name, value;
  gsize size = 0;
  g_hash_table_iter_init (&iterator, call->request->headers);
  while (g_hash_table_iter_next (&iterator, &name, &value)) {
    gboolean own = g_str_has_prefix (name, "x-amz-meta-");
    if (!own && !g_strv_contains (standard, name))
      continue;
    g_autofree char *kept = strcmp (name, "content-encoding") == 0 ? without_chunking (value)
                                                                   : g_utf8_make_valid (value, -1);
    size += own ? strlen (name) + strlen (value) : 0;
    if (kept != NULL)
      cr_json_set_string (object, name, kept);
  }
  if (size > S3_SERVER_META) {
    s3_server_fail (call, 400, "MetadataTooLarge",
                    "Your metadata headers exceed the maximum allowed metadata size");
    return FALSE;
  }
  g_free (call->type);
  g_free (call->meta);
  call->type = g_strdup (sandbox_request_header (call->request, "content-type"));
  call->meta = json_object_size (object) > 0 ? cr_json_dump (object) : NULL;
  return TRUE;
}

void
s3_server_respond_headers (S3ServerCall *call, const char *meta)
{
  g_autoptr (json_t) object = meta == NULL ? NULL
                                           : cr_json_parse (meta, strlen (meta), "stored headers", NULL);
  const char *name;
  json_t *value;
  json_object_foreach (object, name, value)
    sandbox_respond_header (call->response, name, json_string_value (value));
}
