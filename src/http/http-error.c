/* SPDX-License-Identifier: MIT
 * Refusals of every body shape turned into one kind of error (http-error.h).
 */
#include "http/http-error.h"

#include "base/json.h"
#include "base/text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MESSAGE_MAX 600

/* ---- Body shapes ---- */

/* The texts of a list: strings, or objects with "message", "msg" or "code". Gives NULL when there are none.
 */
static char *
join_list (const json_t *list)
{
  GString *text = g_string_new (NULL);
  gsize index;
  json_t *item;
  json_array_foreach (list, index, item) {
    const char *part = json_string_value (item);
    if (part == NULL)
      part = cr_json_peek_string (item, "message");
    if (part == NULL)
      part = cr_json_peek_string (item, "msg");
    if (part == NULL)
      part = cr_json_peek_string (item, "code");
    if (part != NULL && text->len < MESSAGE_MAX)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "", part);
  }
  char *result = g_string_free (text, FALSE);
  return *result != '\0' ? result : (g_free (result), NULL);
}

/* {"code","message","details"}: CCF, CGS, agent, resource manager. */
static void
parse_error_object (const json_t *object, char **code, char **message)
{
  *code = g_strdup (cr_json_peek_string (object, "code"));
  const char *text = cr_json_peek_string (object, "message");
  g_autofree char *details = join_list (json_object_get (object, "details"));
  if (text != NULL && details != NULL && strstr (text, details) == NULL)
    *message = g_strdup_printf ("%s (%s)", text, details);
  else
    *message = g_strdup (text != NULL ? text : details);
}

/* {"error": "invalid_grant", "error_description": "AADSTS70008: ..."}: the inner code says more when known.
 */
static void
parse_oauth (const json_t *object, char **code, char **message)
{
  const char *description = cr_json_peek_string (object, "error_description");
  const char *inner = description != NULL ? strstr (description, "AADSTS") : NULL;
  g_autofree char *inner_code = inner != NULL ? g_strndup (inner, 6 + strspn (inner + 6, "0123456789"))
                                              : NULL;
  if (inner_code != NULL && http_error_record (inner_code) != NULL)
    *code = g_steal_pointer (&inner_code);
  else
    *code = g_strdup (cr_json_peek_string (object, "error"));
  *message = g_strdup (description);
}

static void
parse_json_object (const json_t *object, char **code, char **message)
{
  json_t *inner = json_object_get (object, "error");
  json_t *detail = json_object_get (object, "detail");
  if (json_is_object (inner)) {
    parse_error_object (inner, code, message);
  } else if (json_is_string (inner) && !json_is_string (json_object_get (object, "message"))) {
    parse_oauth (object, code, message);
  } else if (detail != NULL) {
    *message = json_is_string (detail) ? g_strdup (json_string_value (detail)) : join_list (detail);
  } else {
    /* {"message","errors"}, {"message","error","details"}, Kubernetes {"kind":"Status","reason","message"} */
    const char *text = cr_json_peek_string (object, "message");
    g_autofree char *errors = join_list (json_object_get (object, "errors"));
    *code = g_strdup (cr_json_peek_string (object, "code"));
    if (*code == NULL)
      *code = g_strdup (cr_json_peek_string (object, "reason"));
    *message = errors != NULL ? g_strdup_printf ("%s: %s", text != NULL ? text : "errors", errors)
                              : g_strdup (text);
  }
}

/* The text between <NAME> and </NAME>. XML of a refusal is two flat elements; entities are turned back. */
static char *
xml_element (const char *text, const char *name)
{
  g_autofree char *open = g_strdup_printf ("<%s>", name);
  g_autofree char *close = g_strdup_printf ("</%s>", name);
  const char *start = strstr (text, open);
  const char *end = start != NULL ? strstr (start, close) : NULL;
  if (end == NULL)
    return NULL;
  start += strlen (open);
  static const char *const entities[][2] = {
    { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&apos;", "'" }, { "&amp;", "&" }
  };
  GString *value = g_string_new_len (start, end - start);
  for (gsize i = 0; i < G_N_ELEMENTS (entities); i++)
    g_string_replace (value, entities[i][0], entities[i][1], 0);
  return g_string_free (value, FALSE);
}

static void
parse_markup (const char *text, char **code, char **message)
{
  *code = xml_element (text, "Code");
  *message = xml_element (text, "Message");
  if (*code != NULL)
    return;
  g_free (*message);
  g_autofree char *title = xml_element (text, "title");
  *message = title != NULL ? g_strdup_printf ("an HTML page, \"%s\"", g_strstrip (title))
                           : g_strdup ("an HTML page");
}

void
http_error_parse (const HttpResponse *response, char **code, char **message)
{
  *code = NULL;
  *message = NULL;
  gsize length;
  const char *data = g_bytes_get_data (response->body, &length);
  g_autofree char *raw = g_strndup (length > 0 ? data : "", MIN (length, 64 * 1024));
  g_autofree char *valid = g_utf8_make_valid (raw, -1);
  const char *text = g_str_has_prefix (valid, "\xEF\xBB\xBF") ? valid + 3 : valid;
  text += strspn (text, " \t\r\n");

  if (*text == '<') {
    parse_markup (text, code, message);
  } else if (*text != '\0') {
    g_autoptr (json_t) value = cr_json_parse (text, strlen (text), "an error body", NULL);
    if (json_is_object (value))
      parse_json_object (value, code, message);
    else if (json_is_string (value))
      *message = g_strdup (json_string_value (value));
    else if (json_is_array (value))
      *message = join_list (value);
    else
      *message = g_strdup (text);
  }
  const char *header = http_response_header (response, "x-ms-error-code");
  if (*code == NULL && header != NULL)
    *code = g_strdup (header);
  if (*code != NULL && **code == '\0')
    g_clear_pointer (code, g_free);
}

/* ---- Meaning ---- */

/* When the code is unknown the status still says who can do something. */
static const HttpErrorRecord status_records[] = {
  { "400", CR_ERROR_INPUT, N_ ("Correct what the message names.") },
  { "401", CR_ERROR_SIGN_IN, N_ ("Sign in again; the token has expired or was not accepted.") },
  { "403", CR_ERROR_REFUSED,
    N_ ("This identity may not do that: use the one who may, or ask for the right.") },
  { "404", CR_ERROR_NOT_FOUND, N_ ("Check the spelling of the id; list what there is.") },
  { "405", CR_ERROR_REFUSED, N_ ("Look at its present state: this is not possible in it.") },
  { "408", CR_ERROR_RETRY, N_ ("Try again in a moment.") },
  { "409", CR_ERROR_REFUSED,
    N_ ("Look at its present state: it was done before, or something else came first.") },
  { "412", CR_ERROR_INPUT, N_ ("Somebody changed it meanwhile: read it again, then repeat the change.") },
  { "413", CR_ERROR_INPUT, N_ ("Make the document smaller.") },
  { "422", CR_ERROR_INPUT, N_ ("Correct what the message names.") },
  { "429", CR_ERROR_RETRY, N_ ("The service is busy: wait a minute, then try again.") },
  { "500", CR_ERROR_FAILED, N_ ("The service failed: try again; if it stays, show the operator the text.") },
  { "501", CR_ERROR_ADMIN, N_ ("This service cannot do that: ask the operator which version runs.") },
  { "502", CR_ERROR_RETRY, N_ ("The service is not reachable behind its gateway: try again in a moment.") },
  { "503", CR_ERROR_RETRY, N_ ("The service is not ready: try again in a moment.") },
  { "504", CR_ERROR_RETRY, N_ ("It may have happened: look at the state before repeating it.") },
};

static const HttpErrorRecord *
status_record (guint status)
{
  g_autofree char *text = g_strdup_printf ("%u", status);
  for (gsize i = 0; i < G_N_ELEMENTS (status_records); i++)
    if (g_str_equal (status_records[i].code, text))
      return &status_records[i];
  static const HttpErrorRecord other = { NULL, CR_ERROR_FAILED, N_ ("Try again; if it stays, report it.") };
  return &other;
}

/* Texts that carry the meaning where the code does not. */
static const struct {
  const char *part;
  CrErrorCode error;
  const char *hint;
} message_records[] = {
  { "Encryption mode CSE is not supported", CR_ERROR_INPUT,
    N_ ("Publish the dataset again with the encryption mode SSE or CPK.") },
  { "Expecting Authorization header", CR_ERROR_SIGN_IN,
    N_ ("The token did not reach the clean room: sign in again; if it stays, a proxy drops the header.") },
  { "HttpClient.Timeout", CR_ERROR_RETRY,
    N_ ("Ask the operator to check the consortium and start it again, then repeat with the same run id.") },
  { "SSL connection could not be established", CR_ERROR_RETRY,
    N_ ("Ask the operator to check the consortium and start it again, then repeat with the same run id.") },
  { "Failed to apply", CR_ERROR_INPUT,
    N_ ("Nothing was changed: correct what the message names and propose again.") },
  { "Job with ID", CR_ERROR_NOT_FOUND, N_ ("Use the job id that the run gave; list the runs of the query.") },
  { "No run history found", CR_ERROR_NOT_FOUND,
    N_ ("The query has no finished run yet, or nobody looked at one until it ended.") },
};

static const char *
correlation_id (const HttpResponse *response)
{
  static const char *const names[] = { "x-ms-correlation-request-id", "x-ms-request-id",
                                       "x-ms-correlation-id", "x-ms-client-request-id",
                                       "x-ms-ccf-transaction-id" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    const char *value = http_response_header (response, names[i]);
    if (value != NULL)
      return value;
  }
  return NULL;
}

void
http_error_set (GError **error, const char *what, const HttpResponse *response)
{
  g_autofree char *code = NULL, *message = NULL;
  http_error_parse (response, &code, &message);
  g_autofree char *safe_code = code != NULL ? cr_text_safe (code) : NULL;
  g_autofree char *safe = cr_text_safe (message);
  if (strlen (safe) > MESSAGE_MAX) {
    safe[MESSAGE_MAX] = '\0';
    g_autofree char *whole = g_utf8_make_valid (safe, -1);
    g_free (g_steal_pointer (&safe));
    safe = g_strconcat (whole, "...", NULL);
  }

  const HttpErrorRecord *record = http_error_record (code);
  if (record == NULL)
    record = status_record (response->status);
  CrErrorCode meaning = record->error;
  const char *hint = record->hint;
  for (gsize i = 0; http_error_record (code) == NULL && i < G_N_ELEMENTS (message_records); i++)
    if (strstr (safe, message_records[i].part) != NULL) {
      meaning = message_records[i].error;
      hint = message_records[i].hint;
    }

  CrRemote remote = { .http_status = response->status,
                      .code = safe_code,
                      .message = safe,
                      .correlation_id = correlation_id (response) };
  cr_set_remote_error (error, meaning, &remote, hint != NULL ? g_dgettext (GETTEXT_PACKAGE, hint) : NULL,
                       "%s: %u%s%s%s%s", what != NULL ? what : response->url, response->status,
                       safe_code != NULL ? " " : "", safe_code != NULL ? safe_code : "",
                       *safe != '\0' ? ": " : "", safe);
}
