/* SPDX-License-Identifier: MIT
 * Azure Storage Shared Key (sign.h).
 */
#include "cloud/sign-private.h"

#include "base/encode.h"

#include <inttypes.h>
#include <string.h>

/* The headers that have a line of their own, in the order of the lines; Content-Length comes between. */
static const char *const before_length[] = { "Content-Encoding", "Content-Language" };
static const char *const after_length[] = { "Content-MD5",         "Content-Type", "Date",
                                            "If-Modified-Since",   "If-Match",     "If-None-Match",
                                            "If-Unmodified-Since", "Range" };

static const char *
header (const CloudPair *headers, guint count, const char *name)
{
  for (guint i = 0; i < count; i++)
    if (g_ascii_strcasecmp (headers[i].name, name) == 0)
      return headers[i].value;
  return NULL;
}

static void
append_lines (GString *out, const CloudPair *headers, guint count, const char *const *names, guint name_count)
{
  gboolean own_date = header (headers, count, "x-ms-date") != NULL;
  for (guint i = 0; i < name_count; i++) {
    const char *value = header (headers, count, names[i]);
    gboolean hidden = own_date && strcmp (names[i], "Date") == 0;
    g_string_append_printf (out, "%s\n", value != NULL && !hidden ? value : "");
  }
}

static char *
lower (const char *text)
{
  return g_ascii_strdown (text, -1);
}

static char *
stripped (const char *text)
{
  return g_strstrip (g_strdup (text));
}

static char *
same (const char *text)
{
  return g_strdup (text);
}

static void
append_service_headers (GString *out, const CloudPair *headers, guint count)
{
  g_autoptr (GPtrArray) sorted = cloud_pairs_sorted (headers, count, lower, stripped);
  for (guint i = 0; i < sorted->len; i++) {
    const CloudOwnPair *pair = g_ptr_array_index (sorted, i);
    if (g_str_has_prefix (pair->name, "x-ms-"))
      g_string_append_printf (out, "%s:%s\n", pair->name, pair->value);
  }
}

/* Values of one name are joined by commas. */
static void
append_resource (GString *out, const char *account, const char *path, const CloudPair *query, guint count)
{
  g_string_append_printf (out, "/%s%s", account, path);
  g_autoptr (GPtrArray) sorted = cloud_pairs_sorted (query, count, lower, same);
  const char *last = NULL;
  for (guint i = 0; i < sorted->len; i++) {
    const CloudOwnPair *pair = g_ptr_array_index (sorted, i);
    if (g_strcmp0 (pair->name, last) == 0)
      g_string_append_printf (out, ",%s", pair->value);
    else
      g_string_append_printf (out, "\n%s:%s", pair->name, pair->value);
    last = pair->name;
  }
}

char *
cloud_shared_key_sign (const char *account, GBytes *key, const char *method, const char *path,
                       const CloudPair *query, guint query_count, const CloudPair *headers,
                       guint header_count, guint64 length)
{
  g_autoptr (GString) text = g_string_new (method);
  g_string_append_c (text, '\n');
  append_lines (text, headers, header_count, before_length, G_N_ELEMENTS (before_length));
  if (length > 0)
    g_string_append_printf (text, "%" PRIu64, length);
  g_string_append_c (text, '\n');
  append_lines (text, headers, header_count, after_length, G_N_ELEMENTS (after_length));
  append_service_headers (text, headers, header_count);
  append_resource (text, account, path, query, query_count);

  guint8 mac[32];
  gsize key_length = 0;
  const void *key_data = g_bytes_get_data (key, &key_length);
  cloud_hmac_sha256 (key_data, key_length, text->str, text->len, mac);
  g_autofree char *signature = cr_base64 (mac, sizeof mac);
  return g_strdup_printf ("SharedKey %s:%s", account, signature);
}
