/* SPDX-License-Identifier: MIT
 * Every body shape of a refusal, and the table of known codes.
 */
#include "base/error.h"
#include "http/http-error.h"

#include <string.h>

static HttpResponse *
response_new (guint status, const char *body, const char *header, const char *value)
{
  HttpResponse *response = g_new0 (HttpResponse, 1);
  response->status = status;
  response->body = g_bytes_new (body, strlen (body));
  response->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (header != NULL)
    g_hash_table_insert (response->headers, g_strdup (header), g_strdup (value));
  response->url = g_strdup ("https://h/x");
  return response;
}

typedef struct {
  guint status;
  const char *body;
  const char *code;    /* expected */
  const char *message; /* part of the expected message */
  CrErrorCode error;
} Shape;

static const Shape shapes[] = {
  { 401,
    "{\"error\":{\"code\":\"InvalidAuthenticationInfo\",\"message\":\"Invalid "
    "info\",\"details\":[{\"auth_policy\":\"jwt\","
    "\"code\":\"InvalidAuthenticationInfo\",\"message\":\"token expired\"}]}}",
    "InvalidAuthenticationInfo", "Invalid info (token expired)", CR_ERROR_SIGN_IN },
  { 403,
    "{\"error\":{\"code\":\"CallerNotAuthorized\",\"message\":\"User x is not authorized to invoke this "
    "endpoint.\"}}",
    "CallerNotAuthorized", "User x", CR_ERROR_WAITING },
  { 409,
    "{\"error\":{\"code\":\"BallotAlreadySubmitted\",\"message\":\"The ballot has already been "
    "submitted.\"}}",
    "BallotAlreadySubmitted", "already", CR_ERROR_REFUSED },
  { 409, "{\"error\":{\"code\":\"InvitationNotOpen\",\"message\":\"m\"}}", "InvitationNotOpen", "m",
    CR_ERROR_REFUSED },
  { 403, "{\"error\":{\"code\":\"TokenClaimMismatch\",\"message\":\"m\"}}", "TokenClaimMismatch", "m",
    CR_ERROR_SIGN_IN },
  { 500,
    "{\"error\":{\"code\":\"InternalError\",\"message\":\"Exception thrown while "
    "executing.\",\"details\":[{\"code\":"
    "\"JSException\",\"message\":\"TypeError: x\",\"trace\":\"t\"}]}}",
    "InternalError", "TypeError: x", CR_ERROR_FAILED },
  { 500, "{\"error\":{\"code\":\"InternalError\",\"message\":\"Failed to apply(): Error: No such bundle\"}}",
    "InternalError", "No such bundle", CR_ERROR_INPUT },
  { 404, "{\"detail\":\"Job with ID cl-spark-1 not found\"}", NULL, "Job with ID", CR_ERROR_NOT_FOUND },
  { 422, "{\"detail\":[{\"loc\":[\"body\",\"jobId\"],\"msg\":\"field required\",\"type\":\"missing\"}]}",
    NULL, "field required", CR_ERROR_INPUT },
  { 422, "{\"message\":\"Validation Failed\",\"errors\":[\"runId is missing\"]}", NULL,
    "Validation Failed: runId is missing", CR_ERROR_INPUT },
  { 500, "\"upstream said no\"", NULL, "upstream said no", CR_ERROR_FAILED },
  { 500, "{\"detail\":\"Encryption mode CSE is not supported for x\"}", NULL, "CSE", CR_ERROR_INPUT },
  { 400,
    "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS70008: The refresh token has expired.\"}",
    "invalid_grant", "has expired", CR_ERROR_SIGN_IN },
  { 401,
    "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS700213: No matching federated identity "
    "record found.\"}",
    "AADSTS700213", "federated", CR_ERROR_RETRY },
  { 404,
    "{\"error\":{\"code\":\"ResourceGroupNotFound\",\"message\":\"Resource group 'x' could not be found.\"}}",
    "ResourceGroupNotFound", "could not", CR_ERROR_NOT_FOUND },
  { 404,
    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>ContainerNotFound</Code><Message>The "
    "&quot;x&quot; &amp; "
    "y\nRequestId:1</Message></Error>",
    "ContainerNotFound", "The \"x\" & y", CR_ERROR_NOT_FOUND },
  { 503,
    "{\"kind\":\"Status\",\"message\":\"no endpoints "
    "available\",\"reason\":\"ServiceUnavailable\",\"code\":503}",
    "ServiceUnavailable", "no endpoints", CR_ERROR_RETRY },
  { 502, "<!DOCTYPE html><html><head><title> Bad </title></head></html>", NULL, "\"Bad\"", CR_ERROR_RETRY },
  { 503, "upstream connect error", NULL, "upstream connect", CR_ERROR_RETRY },
  { 503, "", NULL, "", CR_ERROR_RETRY },
  { 401, "", NULL, "", CR_ERROR_SIGN_IN },
  { 418, "{", NULL, "{", CR_ERROR_FAILED },
  { 400, "[{\"message\":\"one\"},\"two\"]", NULL, "one; two", CR_ERROR_INPUT },
  { 400, "{\"error\":{\"code\":7,\"message\":[1]}}", NULL, "", CR_ERROR_INPUT },
  { 500, "null", NULL, "null", CR_ERROR_FAILED },
};

static void
test_shapes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
    const Shape *shape = &shapes[i];
    g_autoptr (HttpResponse) response = response_new (shape->status, shape->body, NULL, NULL);
    g_autoptr (GError) error = NULL;
    http_error_set (&error, "GET x", response);
    g_test_message ("%s", error->message);
    g_assert_error (error, CR_ERROR, (gint) shape->error);
    g_assert_cmpstr (cr_error_remote_code (error), ==, shape->code);
    g_assert_nonnull (strstr (cr_error_remote_message (error), shape->message));
    g_assert_cmpuint (cr_error_http_status (error), ==, shape->status);
    g_assert_nonnull (cr_error_hint (error));
  }
}

static void
test_headers (void)
{
  g_autoptr (HttpResponse) response = response_new (403, "", "x-ms-error-code",
                                                    "AuthorizationPermissionMismatch");
  g_hash_table_insert (response->headers, g_strdup ("x-ms-request-id"), g_strdup ("r-1"));
  g_autoptr (GError) error = NULL;
  http_error_set (&error, NULL, response);
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_assert_cmpstr (cr_error_remote_code (error), ==, "AuthorizationPermissionMismatch");
  g_assert_cmpstr (cr_error_correlation_id (error), ==, "r-1");
}

/* What the other side says is shown on terminals: no escape sequence, no line break, no endless text. */
static void
test_hostile_text (void)
{
  g_autoptr (GString) body =
      g_string_new ("{\"error\":{\"code\":\"X\\u001b[2J\",\"message\":\"a\\u001b]0;t\\u0007b\\nc\\u202e");
  for (guint i = 0; i < 5000; i++)
    g_string_append (body, "\xC3\xA4");
  g_string_append (body, "\"}}");
  g_autoptr (HttpResponse) response = response_new (400, body->str, NULL, NULL);
  g_autoptr (GError) error = NULL;
  http_error_set (&error, "GET x", response);
  g_assert_null (strchr (error->message, '\x1b'));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_null (strstr (error->message, "\xE2\x80\xAE"));
  g_assert_cmpuint (strlen (error->message), <, 1000);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
test_table (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (const HttpErrorRecord *record = http_error_records (); record->code != NULL; record++) {
    if (g_hash_table_contains (seen, record->code))
      g_error ("'%s' is there twice", record->code);
    union {
      const char *text;
      gpointer key;
    } entry = { .text = record->code };
    g_hash_table_add (seen, entry.key);
    gsize length = strlen (record->hint);
    if (length < 10 || record->hint[length - 1] != '.')
      g_error ("the hint of '%s' is no sentence", record->code);
    g_assert_true (http_error_record (record->code) == record);
  }
  g_assert_null (http_error_record ("NoSuchCode"));
  g_assert_null (http_error_record (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-error/shapes", test_shapes);
  g_test_add_func ("/http-error/headers", test_headers);
  g_test_add_func ("/http-error/hostile-text", test_hostile_text);
  g_test_add_func ("/http-error/table", test_table);
  return g_test_run ();
}
