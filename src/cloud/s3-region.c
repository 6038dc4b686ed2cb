/* SPDX-License-Identifier: MIT
 * Which region a bucket lies in, by what S3 answers to a request that was sent to another one: 301
 * PermanentRedirect, 307 TemporaryRedirect, 400 AuthorizationHeaderMalformed ("Making requests: redirection",
 * S3 API). HEAD has no body, but a header.
 */
#include "cloud/s3-private.h"

#include <string.h>

#define AMAZON ".amazonaws.com"

gboolean
s3_is_region (const char *text)
{
  return g_regex_match_simple ("^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$", text, G_REGEX_DOLLAR_ENDONLY, 0);
}

/* "s3.eu-west-1.amazonaws.com", "bucket.s3-eu-west-1.amazonaws.com" */
char *
s3_region_of_host (const char *host)
{
  gsize length = strcspn (host, ":/"), end = strlen (AMAZON);
  if (length <= end || strncmp (host + length - end, AMAZON, end) != 0)
    return NULL;
  g_autofree char *front = g_strndup (host, length - end);
  g_auto (GStrv) parts = g_strsplit (front, ".", -1);
  guint count = g_strv_length (parts);
  const char *last = count > 0 ? parts[count - 1] : "";
  const char *region = g_str_has_prefix (last, "s3-")                      ? last + strlen ("s3-")
                       : count > 1 && strcmp (parts[count - 2], "s3") == 0 ? last
                                                                           : "";
  return s3_is_region (region) ? g_strdup (region) : NULL;
}

static char *
region_in_body (const HttpResponse *response)
{
  if (g_bytes_get_size (response->body) == 0)
    return NULL;
  char *region = s3_xml_text (response->body, "Error/Region");
  if (region != NULL)
    return region;
  g_autofree char *endpoint = s3_xml_text (response->body, "Error/Endpoint");
  return endpoint != NULL ? s3_region_of_host (endpoint) : NULL;
}

char *
s3_region_elsewhere (const HttpResponse *response, const char *used)
{
  if (response->status != 301 && response->status != 307 && response->status != 400)
    return NULL;
  g_autofree char *region = g_strdup (http_response_header (response, "x-amz-bucket-region"));
  if (region == NULL)
    region = region_in_body (response);
  return region != NULL && s3_is_region (region) && strcmp (region, used) != 0 ? g_steal_pointer (&region)
                                                                               : NULL;
}
