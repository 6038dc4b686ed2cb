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
#define EXPIRES_MOST (7 * 24 * 3600) /* of a presigned URL */
#define ALGORITHM "AWS4-HMAC-SHA256"

static const char *const streaming[] = { "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                                         "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                                         "STREAMING-UNSIGNED-PAYLOAD-TRAILER", NULL };

/* Who says to have signed what: from the header Authorization or from the query of a presigned URL. */
typedef struct {
  char **scope; /* id, day, region, service, "aws4_request" */
  char **headers;
  char *signature;
  char *date, *payload; /* as they were signed */
  gint64 when_s;
  gint64 valid_s; /* of a presigned URL */
  gboolean in_query;
} Claim;

static void
claim_clear (Claim *claim)
{
  g_strfreev (claim->scope);
  g_strfreev (claim->headers);
  g_free (claim->signature);
  g_free (claim->date);
  g_free (claim->payload);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Claim, claim_clear)

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

/* "AWS4-HMAC-SHA256 Credential=ID/DAY/REGION/s3/aws4_request, SignedHeaders=a;b, Signature=hex". */
static void
read_header (const SandboxRequest *request, const char *header, Claim *claim)
{
  g_auto (GStrv) parts = g_strsplit (header + strlen (ALGORITHM " "), ",", -1);
  for (guint i = 0; parts[i] != NULL; i++) {
    const char *part = g_strstrip (parts[i]);
    if (g_str_has_prefix (part, "Credential=") && claim->scope == NULL)
      claim->scope = g_strsplit (part + strlen ("Credential="), "/", -1);
    else if (g_str_has_prefix (part, "SignedHeaders=") && claim->headers == NULL)
      claim->headers = g_strsplit (part + strlen ("SignedHeaders="), ";", -1);
    else if (g_str_has_prefix (part, "Signature=") && claim->signature == NULL)
      claim->signature = g_strdup (part + strlen ("Signature="));
  }
  claim->date = g_strdup (sandbox_request_header (request, "x-amz-date"));
  claim->payload = g_strdup (sandbox_request_header (request, "x-amz-content-sha256"));
}

/* The same in the query of a presigned URL. */
static void
read_query (const SandboxRequest *request, Claim *claim)
{
  g_autofree char *credential = sandbox_request_query (request, "X-Amz-Credential");
  g_autofree char *headers = sandbox_request_query (request, "X-Amz-SignedHeaders");
  g_autofree char *expires = sandbox_request_query (request, "X-Amz-Expires");
  guint64 valid = 0;
  claim->in_query = TRUE;
  claim->scope = credential != NULL ? g_strsplit (credential, "/", -1) : NULL;
  claim->headers = headers != NULL ? g_strsplit (headers, ";", -1) : NULL;
  claim->signature = sandbox_request_query (request, "X-Amz-Signature");
  claim->date = sandbox_request_query (request, "X-Amz-Date");
  claim->payload = g_strdup (CLOUD_UNSIGNED_PAYLOAD);
  if (expires != NULL && g_ascii_string_to_unsigned (expires, 10, 1, EXPIRES_MOST, &valid, NULL))
    claim->valid_s = (gint64) valid;
}

static gboolean
read_claim (const SandboxRequest *request, Claim *claim)
{
  const char *header = sandbox_request_header (request, "authorization");
  g_autofree char *algorithm = sandbox_request_query (request, "X-Amz-Algorithm");
  if (header != NULL && g_str_has_prefix (header, ALGORITHM " "))
    read_header (request, header, claim);
  else if (header == NULL && g_strcmp0 (algorithm, ALGORITHM) == 0)
    read_query (request, claim);
  else
    return FALSE;
  return claim->scope != NULL && g_strv_length (claim->scope) == 5 && claim->headers != NULL
         && claim->signature != NULL && strlen (claim->signature) == 64
         && read_date (claim->date, &claim->when_s) && (!claim->in_query || claim->valid_s > 0);
}

/* FALSE after answering. */
static gboolean
check_time (S3ServerCall *call, const Claim *claim)
{
  gint64 now = cr_now_seconds ();
  if (claim->in_query && now > claim->when_s + claim->valid_s)
    s3_server_fail (call, 403, "AccessDenied", "Request has expired");
  else if (claim->in_query ? claim->when_s - now > SKEW_SECONDS : ABS (now - claim->when_s) > SKEW_SECONDS)
    s3_server_fail (call, 403, "RequestTimeTooSkewed",
                    "The difference between the request time and the current time is too large.");
  else
    return TRUE;
  return FALSE;
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
    if (claim->in_query ? strcmp (claim->headers[i], "host") != 0 : !g_strv_contains (own, claim->headers[i]))
      g_array_append_val (pairs, pair);
  }
  return TRUE;
}

/* The declared digest must be the one of the body that arrived; that of pieces is looked at later. */
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
    if (g_strv_contains (streaming, declared))
      return TRUE;
    s3_server_fail (call, 501, "NotImplemented", "This kind of payload signature is not implemented.");
    return FALSE;
  }
  gsize length = 0;
  const void *body = g_bytes_get_data (call->request->body, &length);
  const StorageUpload *upload = storage_upload_of (call->request);
  g_autofree char *digest = upload != NULL && strlen (declared) == 64
                                ? storage_upload_sha256_hex (upload)
                                : cr_sha256_hex (body != NULL ? body : "", length);
  if (strcmp (digest, declared) == 0)
    return TRUE;
  s3_server_fail (call, 400, "XAmzContentSHA256Mismatch",
                  "The provided 'x-amz-content-sha256' header does not match what was computed.");
  return FALSE;
}

/* Put a body together that came in pieces. FALSE after answering. */
static gboolean
take_pieces (S3ServerCall *call, const Claim *claim, const char *secret)
{
  if (claim->payload == NULL || !g_str_has_prefix (claim->payload, "STREAMING-"))
    return TRUE;
  g_autofree char *scope = g_strjoinv ("/", claim->scope + 1);
  const S3ServerChunking how = { .date = claim->date,
                                 .scope = scope,
                                 .secret = secret,
                                 .is_signed = g_str_has_prefix (claim->payload, "STREAMING-AWS4-"),
                                 .has_trailer = g_str_has_suffix (claim->payload, "-TRAILER") };
  return s3_server_unchunk (call, &how, claim->signature);
}

static gboolean
signature_matches (S3ServerCall *call, const Claim *claim, const char *secret)
{
  g_autoptr (GArray) query = sandbox_request_pairs (call->request);
  for (guint i = query->len; claim->in_query && i > 0; i--)
    if (strcmp (g_array_index (query, CloudPair, i - 1).name, "X-Amz-Signature") == 0)
      g_array_remove_index (query, i - 1);
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
                                    .payload_sha256 = claim->payload,
                                    .region = claim->scope[2],
                                    .service = "s3",
                                    .when = claim->when_s,
                                    .in_query = claim->in_query };
  g_auto (CloudAwsSignature) ours = { 0 };
  cloud_aws_sign (&request, &key, &ours);
  const char *made = strstr (ours.authorization, "Signature=");
  return made != NULL
         && cr_secret_equal (made + strlen ("Signature="), 64, claim->signature, strlen (claim->signature));
}

/* Service and day of the key must be ours and today's; the region decides which endpoint this is. */
static gboolean
check_scope (S3ServerCall *call, const Claim *claim)
{
  if (!g_regex_match_simple ("^[a-z]{2}(-[a-z]+)+-[0-9]$", claim->scope[2], G_REGEX_DOLLAR_ENDONLY, 0)) {
    g_autofree char *message = g_strdup_printf (
        "The authorization header is malformed; the region '%s' is wrong; expecting '" S3_SERVER_FIRST_REGION
        "'",
        claim->scope[2]);
    s3_server_fail (call, 400, "AuthorizationHeaderMalformed", message);
    return FALSE;
  }
  call->region = g_strdup (claim->scope[2]);
  if (strcmp (claim->scope[3], "s3") == 0 && strcmp (claim->scope[4], "aws4_request") == 0
      && strncmp (claim->scope[1], claim->date, 8) == 0)
    return TRUE;
  s3_server_fail (call, 400, "AuthorizationHeaderMalformed",
                  "The authorization header is malformed; the scope of the credential is wrong.");
  return FALSE;
}

char *
s3_server_authenticate (S3ServerCall *call)
{
  g_auto (Claim) claim = { 0 };
  g_autofree char *user = NULL;
  g_auto (CrSecretText) secret = NULL;
  if (!read_claim (call->request, &claim)) {
    s3_server_fail (call, 403, "AccessDenied", "Access Denied");
    return NULL;
  }
  if (!s3_server_user_find (call->server, claim.scope[0], &user, &secret)) {
    s3_server_fail (call, 403, "InvalidAccessKeyId",
                    "The AWS Access Key Id you provided does not exist in our records.");
    return NULL;
  }
  if (!check_time (call, &claim) || !check_scope (call, &claim) || !check_payload (call, claim.payload))
    return NULL;
  if (!signature_matches (call, &claim, secret)) {
    s3_server_fail (
        call, 403, "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and "
        "signing method.");
    return NULL;
  }
  return take_pieces (call, &claim, secret) ? g_steal_pointer (&user) : NULL;
}
