/* SPDX-License-Identifier: MIT
 * Signature Version 4 verified: the request is signed once more from what arrived and compared.
 */
#include "sandbox/s3-server.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"
#include "cloud/sign.h"

#include <string.h>

#define SKEW_SECONDS (15 * 60)

/* The parts of "AWS4-HMAC-SHA256 Credential=ID/DAY/REGION/s3/aws4_request, SignedHeaders=a;b, Signature=hex". */
typedef struct {
  char **scope; /* id, day, region, service, "aws4_request" */
  char **headers;
  char *signature;
} Claim;

static void
claim_clear (Claim *claim)
{
  g_strfreev (claim->scope);
  g_strfreev (claim->headers);
  g_free (claim->signature);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Claim, claim_clear)

static gboolean
read_claim (const char *header, Claim *claim)
{
  static const char algorithm[] = "AWS4-HMAC-SHA256 ";
  if (header == NULL || !g_str_has_prefix (header, algorithm))
    return FALSE;
  g_auto (GStrv) parts = g_strsplit (header + strlen (algorithm), ",", -1);
  for (guint i = 0; parts[i] != NULL; i++) {
    const char *part = g_strstrip (parts[i]);
    if (g_str_has_prefix (part, "Credential=") && claim->scope == NULL)
      claim->scope = g_strsplit (part + strlen ("Credential="), "/", -1);
    else if (g_str_has_prefix (part, "SignedHeaders=") && claim->headers == NULL)
      claim->headers = g_strsplit (part + strlen ("SignedHeaders="), ";", -1);
    else if (g_str_has_prefix (part, "Signature=") && claim->signature == NULL)
      claim->signature = g_strdup (part + strlen ("Signature="));
  }
  return claim->scope != NULL && g_strv_length (claim->scope) == 5 && claim->headers != NULL
         && claim->signature != NULL && strlen (claim->signature) == 64;
}

/* "20260101T000000Z" in Unix seconds; FALSE when it is none. */
static gboolean
read_date (const char *text, gint64 *when)
{
  if (text == NULL || !g_regex_match_simple ("^\\d{8}T\\d{6}Z$", text, G_REGEX_DOLLAR_ENDONLY, 0))
    return FALSE;
  g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (text, NULL);
  if (date != NULL)
    *when = g_date_time_to_unix (date);
  return date != NULL;
}

static void
pair_clear (gpointer data)
{
  CloudPair *pair = data;
  g_free ((char *) (guintptr) pair->name);
  g_free ((char *) (guintptr) pair->value);
}

/* The query decoded. Gives an array of CloudPair. */
static GArray *
query_pairs (const SandboxRequest *request)
{
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (CloudPair));
  g_array_set_clear_func (pairs, pair_clear);
  g_auto (GStrv) parts = g_strsplit (request->query, "&", -1);
  for (guint i = 0; parts[i] != NULL; i++) {
    if (*parts[i] == '\0')
      continue;
    const char *equals = strchr (parts[i], '=');
    gsize length = equals != NULL ? (gsize) (equals - parts[i]) : strlen (parts[i]);
    CloudPair pair = { cr_percent_decode (parts[i], (gssize) length),
                       cr_percent_decode (equals != NULL ? equals + 1 : "", -1) };
    g_array_append_val (pairs, pair);
  }
  return pairs;
}

/* The signed headers that the signer does not add by itself. FALSE when one of them did not arrive. */
static gboolean
header_pairs (const S3ServerCall *call, const Claim *claim, GArray *pairs)
{
  static const char *const own[] = { "host", "x-amz-date", "x-amz-content-sha256", NULL };
  for (guint i = 0; claim->headers[i] != NULL; i++) {
    const char *value = sandbox_request_header (call->request, claim->headers[i]);
    if (value == NULL)
      return FALSE;
    CloudPair pair = { claim->headers[i], value };
    if (!g_strv_contains (own, claim->headers[i]))
      g_array_append_val (pairs, pair);
  }
  return TRUE;
}

/* The declared digest must be the one of the body that arrived. */
static gboolean
check_payload (S3ServerCall *call, const char *declared)
{
  if (declared == NULL) {
    s3_server_fail (call, 400, "InvalidRequest",
                    "Missing required header for this request: x-amz-content-sha256");
    return FALSE;
  }
  if (strcmp (declared, CLOUD_UNSIGNED_PAYLOAD) == 0)
    return TRUE;
  if (g_str_has_prefix (declared, "STREAMING-")) {
    s3_server_fail (call, 501, "NotImplemented", "Chunked payload signatures are not implemented.");
    return FALSE;
  }
  gsize length = 0;
  const void *body = g_bytes_get_data (call->request->body, &length);
  g_autofree char *digest = cr_sha256_hex (body != NULL ? body : "", length);
  if (strcmp (digest, declared) == 0)
    return TRUE;
  s3_server_fail (call, 400, "XAmzContentSHA256Mismatch",
                  "The provided 'x-amz-content-sha256' header does not match what was computed.");
  return FALSE;
}

static gboolean
signature_matches (S3ServerCall *call, const Claim *claim, gint64 when, const char *payload,
                   const char *secret)
{
  g_autoptr (GArray) query = query_pairs (call->request);
  g_autoptr (GArray) headers = g_array_new (FALSE, FALSE, sizeof (CloudPair));
  const char *host = sandbox_request_header (call->request, "host");
  if (host == NULL || !header_pairs (call, claim, headers))
    return FALSE;
  g_autofree char *path = cr_percent_decode (call->request->path, -1);
  const CloudAwsKey key = { claim->scope[0], secret, NULL };
  const CloudAwsRequest request = { .method = call->request->method,
                                    .host = host,
                                    .path = path,
                                    .query = (const CloudPair *) query->data,
                                    .query_count = query->len,
                                    .headers = (const CloudPair *) headers->data,
                                    .header_count = headers->len,
                                    .payload_sha256 = payload,
                                    .region = claim->scope[2],
                                    .service = "s3",
                                    .when = when };
  g_auto (CloudAwsSignature) ours = { 0 };
  cloud_aws_sign (&request, &key, &ours);
  const char *made = strstr (ours.authorization, "Signature=");
  return made != NULL
         && cr_secret_equal (made + strlen ("Signature="), 64, claim->signature, strlen (claim->signature));
}

/* Region, service and day of the key must be ours and today's. */
static gboolean
check_scope (S3ServerCall *call, const Claim *claim, const char *date)
{
  if (strcmp (claim->scope[2], S3_SERVER_REGION) != 0) {
    g_autofree char *message = g_strdup_printf (
        "The authorization header is malformed; the region '%s' is wrong; expecting '" S3_SERVER_REGION "'",
        claim->scope[2]);
    s3_server_fail (call, 400, "AuthorizationHeaderMalformed", message);
    return FALSE;
  }
  if (strcmp (claim->scope[3], "s3") == 0 && strcmp (claim->scope[4], "aws4_request") == 0
      && strncmp (claim->scope[1], date, 8) == 0)
    return TRUE;
  s3_server_fail (call, 400, "AuthorizationHeaderMalformed",
                  "The authorization header is malformed; the scope of the credential is wrong.");
  return FALSE;
}

char *
s3_server_authenticate (S3ServerCall *call)
{
  g_auto (Claim) claim = { 0 };
  const char *date = sandbox_request_header (call->request, "x-amz-date");
  const char *payload = sandbox_request_header (call->request, "x-amz-content-sha256");
  gint64 when = 0;
  g_autofree char *user = NULL;
  g_auto (CrSecretText) secret = NULL;
  if (!read_claim (sandbox_request_header (call->request, "authorization"), &claim)
      || !read_date (date, &when)) {
    s3_server_fail (call, 403, "AccessDenied", "Access Denied");
    return NULL;
  }
  if (!s3_server_user_find (call->server, claim.scope[0], &user, &secret)) {
    s3_server_fail (call, 403, "InvalidAccessKeyId",
                    "The AWS Access Key Id you provided does not exist in our records.");
    return NULL;
  }
  gint64 now = cr_now_ms () / 1000;
  if (ABS (now - when) > SKEW_SECONDS) {
    s3_server_fail (call, 403, "RequestTimeTooSkewed",
                    "The difference between the request time and the current time is too large.");
    return NULL;
  }
  if (!check_scope (call, &claim, date) || !check_payload (call, payload))
    return NULL;
  if (signature_matches (call, &claim, when, payload, secret))
    return g_steal_pointer (&user);
  s3_server_fail (
      call, 403, "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and "
      "signing method.");
  return NULL;
}
