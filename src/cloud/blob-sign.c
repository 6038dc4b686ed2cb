/* SPDX-License-Identifier: MIT
 * Blob calls without a token: signed with the account key (blob-private.h).
 */
#include "cloud/blob-private.h"

#include "base/encode.h"
#include "cloud/sign.h"

#include <string.h>

static void
pair_clear (gpointer data)
{
  CloudPair *pair = data;
  g_free ((char *) (guintptr) pair->name);
  g_free ((char *) (guintptr) pair->value);
}

/* The query of URL, decoded. Gives an array of CloudPair. */
static GArray *
query_of (const char *url)
{
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (CloudPair));
  g_array_set_clear_func (pairs, pair_clear);
  const char *question = strchr (url, '?');
  g_auto (GStrv) parts = g_strsplit (question != NULL ? question + 1 : "", "&", -1);
  for (guint i = 0; parts[i] != NULL; i++) {
    const char *equals = strchr (parts[i], '=');
    gsize length = equals != NULL ? (gsize) (equals - parts[i]) : strlen (parts[i]);
    CloudPair pair = { cr_percent_decode (parts[i], (gssize) length),
                       cr_percent_decode (equals != NULL ? equals + 1 : "", -1) };
    g_array_append_val (pairs, pair);
  }
  return pairs;
}

/* The path of URL as it goes out. Gives. */
static char *
path_of (const char *url)
{
  const char *host = strstr (url, "://");
  const char *path = host != NULL ? strchr (host + 3, '/') : NULL;
  return path != NULL ? g_strndup (path, strcspn (path, "?")) : g_strdup ("/");
}

char *
blob_sign (const char *account, GBytes *key, const HttpRequest *request)
{
  g_autofree char *path = path_of (request->url);
  g_autoptr (GArray) query = query_of (request->url);
  g_autoptr (GArray) headers = g_array_new (FALSE, FALSE, sizeof (CloudPair));
  for (guint i = 0; request->headers[i] != NULL; i += 2) {
    CloudPair pair = { request->headers[i], request->headers[i + 1] };
    g_array_append_val (headers, pair);
  }
  if (request->content_type != NULL) {
    CloudPair pair = { "Content-Type", request->content_type };
    g_array_append_val (headers, pair);
  }
  guint64 length = request->body != NULL ? g_bytes_get_size (request->body) : request->source_length;
  return cloud_shared_key_sign (account, key, request->method, path, (const CloudPair *) query->data,
                                query->len, (const CloudPair *) headers->data, headers->len, length);
}
