/* SPDX-License-Identifier: MIT
 * AWS Signature Version 4 (sign.h).
 */
#include "cloud/sign-private.h"

#include "base/encode.h"
#include "base/secret.h"

#include <string.h>

void
cloud_aws_signature_clear (CloudAwsSignature *signature)
{
  g_clear_pointer (&signature->target, g_free);
  g_clear_pointer (&signature->authorization, g_free);
  g_clear_pointer (&signature->date, g_free);
  g_clear_pointer (&signature->digest, g_free);
}

static char *
encode (const char *text)
{
  return cr_percent_encode (text, NULL);
}

static char *
lower (const char *text)
{
  return g_ascii_strdown (text, -1);
}

/* Outer space goes, inner runs of it become one. */
static char *
trimmed (const char *text)
{
  GString *out = g_string_new (NULL);
  for (; *text != '\0'; text++) {
    gboolean space = *text == ' ' || *text == '\t';
    if (!space)
      g_string_append_c (out, *text);
    else if (out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c (out, ' ');
  }
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  return g_string_free (out, FALSE);
}

static char *
canonical_query (const CloudAwsRequest *request)
{
  g_autoptr (GPtrArray) sorted = cloud_pairs_sorted (request->query, request->query_count, encode, encode);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < sorted->len; i++) {
    const CloudOwnPair *pair = g_ptr_array_index (sorted, i);
    g_string_append_printf (out, "%s%s=%s", i > 0 ? "&" : "", pair->name, pair->value);
  }
  return g_string_free (out, FALSE);
}

/* Header lines into LINES, their names joined by ";" given. */
static char *
canonical_headers (const CloudAwsRequest *request, const char *date, const char *token, GString *lines)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (CloudPair));
  g_array_append_vals (all, request->headers, request->header_count);
  CloudPair own[] = { { "host", request->host },
                      { "x-amz-date", date },
                      { "x-amz-content-sha256", request->payload_sha256 },
                      { "x-amz-security-token", token } };
  g_array_append_vals (all, own, request->in_query ? 1 : token != NULL ? 4 : 3);
  g_autoptr (GPtrArray) sorted = cloud_pairs_sorted ((const CloudPair *) all->data, all->len, lower, trimmed);
  GString *names = g_string_new (NULL);
  for (guint i = 0; i < sorted->len; i++) {
    const CloudOwnPair *pair = g_ptr_array_index (sorted, i);
    g_string_append_printf (lines, "%s:%s\n", pair->name, pair->value);
    g_string_append_printf (names, "%s%s", i > 0 ? ";" : "", pair->name);
  }
  return g_string_free (names, FALSE);
}

/* Key of the day, region and service, then of the text. */
char *
cloud_aws_sign_text (const char *scope, const char *secret, const char *text)
{
  guint8 mac[32];
  g_autofree char *first = g_strconcat ("AWS4", secret, NULL);
  g_auto (GStrv) steps = g_strsplit (scope, "/", -1);
  const void *current = first;
  gsize length = strlen (first);
  for (guint i = 0, count = g_strv_length (steps); i <= count; i++) {
    guint8 next[32];
    const char *step = i < count ? steps[i] : text;
    cloud_hmac_sha256 (current, length, step, strlen (step), next);
    memcpy (mac, next, sizeof mac);
    current = mac;
    length = sizeof mac;
  }
  cr_wipe (first, strlen (first));
  char *hex = cr_hex (mac, sizeof mac);
  cr_wipe (mac, sizeof mac);
  return hex;
}

void
cloud_aws_sign (const CloudAwsRequest *request, const CloudAwsKey *key, CloudAwsSignature *signature)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (request->when);
  g_autofree char *day = g_date_time_format (when, "%Y%m%d");
  g_autofree char *path = cr_percent_encode (request->path, "/");
  g_autofree char *query = canonical_query (request);
  g_autoptr (GString) lines = g_string_new (NULL);
  signature->date = g_date_time_format (when, "%Y%m%dT%H%M%SZ");
  g_autofree char *names = canonical_headers (request, signature->date, key->session_token, lines);

  g_autofree char *canonical = g_strdup_printf ("%s\n%s\n%s\n%s\n%s\n%s", request->method, path, query,
                                                lines->str, names, request->payload_sha256);
  signature->digest = cr_sha256_hex (canonical, strlen (canonical));
  g_autofree char *scope = g_strdup_printf ("%s/%s/%s/aws4_request", day, request->region, request->service);
  g_autofree char *text = g_strdup_printf ("AWS4-HMAC-SHA256\n%s\n%s\n%s", signature->date, scope,
                                           signature->digest);
  g_autofree char *hex = cloud_aws_sign_text (scope, key->secret, text);
  signature->authorization = g_strdup_printf (
      "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", key->id, scope, names, hex);
  signature->target = *query != '\0' ? g_strdup_printf ("%s?%s", path, query) : g_strdup (path);
}
