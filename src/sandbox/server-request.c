/* SPDX-License-Identifier: MIT
 * Requests and answers as plain values: readers and writers for handlers.
 */
#include "sandbox/sandbox-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cloud/sign.h"

#include <string.h>

const char *
sandbox_request_header (const SandboxRequest *request, const char *name)
{
  return request->headers ? g_hash_table_lookup (request->headers, name) : NULL;
}

/* One value of "a=b&c=d" text, '+' and %XX decoded. Gives. */
static char *
form_value (const char *text, const char *name)
{
  g_auto (GStrv) pairs = g_strsplit (text, "&", -1);
  for (guint i = 0; pairs[i]; i++) {
    char *equals = strchr (pairs[i], '=');
    if (equals)
      *equals = '\0';
    g_autofree char *key = cr_percent_decode (g_strdelimit (pairs[i], "+", ' '), -1);
    if (strcmp (key, name) != 0)
      continue;
    if (!equals)
      return g_strdup ("");
    return cr_percent_decode (g_strdelimit (equals + 1, "+", ' '), -1);
  }
  return NULL;
}

char *
sandbox_request_query (const SandboxRequest *request, const char *name)
{
  return form_value (request->query, name);
}

static void
pair_clear (gpointer data)
{
  CloudPair *pair = data;
  g_free ((char *) (guintptr) pair->name);
  g_free ((char *) (guintptr) pair->value);
}

GArray *
sandbox_request_pairs (const SandboxRequest *request)
{
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (CloudPair));
  g_array_set_clear_func (pairs, pair_clear);
  g_auto (GStrv) parts = g_strsplit (request->query, "&", -1);
  for (guint i = 0; parts[i] != NULL; i++) {
    if (*parts[i] == '\0')
      continue;
    g_strdelimit (parts[i], "+", ' ');
    const char *equals = strchr (parts[i], '=');
    gsize length = equals != NULL ? (gsize) (equals - parts[i]) : strlen (parts[i]);
    CloudPair pair = { cr_percent_decode (parts[i], (gssize) length),
                       cr_percent_decode (equals != NULL ? equals + 1 : "", -1) };
    g_array_append_val (pairs, pair);
  }
  return pairs;
}

char *
sandbox_request_form (const SandboxRequest *request, const char *name)
{
  gsize length = 0;
  const char *data = g_bytes_get_data (request->body, &length);
  g_autofree char *text = g_strndup (data ? data : "", length);
  return form_value (text, name);
}

char *
sandbox_request_host_part (const SandboxRequest *request, const char *domain)
{
  const char *host = sandbox_request_header (request, "host");
  if (host == NULL)
    return NULL;
  g_autofree char *name = g_strndup (host, strcspn (host, ":"));
  gsize length = strlen (name), tail = strlen (domain);
  if (length <= tail || g_ascii_strcasecmp (name + length - tail, domain) != 0)
    return NULL;
  return g_ascii_strdown (name, (gssize) (length - tail));
}

const char *
sandbox_request_parameter (const SandboxRequest *request, guint index)
{
  if (!request->parameters || index >= request->parameters->len)
    return "";
  return g_ptr_array_index (request->parameters, index);
}

json_t *
sandbox_request_json (const SandboxRequest *request, GError **error)
{
  return cr_json_parse_bytes (request->body, "the request body", error);
}

const char *
sandbox_request_bearer (const SandboxRequest *request)
{
  const char *value = sandbox_request_header (request, "authorization");
  if (!value || !g_str_has_prefix (value, "Bearer "))
    return NULL;
  return value + strlen ("Bearer ");
}

SandboxResponse *
sandbox_response_new (void)
{
  SandboxResponse *response = g_new0 (SandboxResponse, 1);
  response->status = 200;
  response->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return response;
}

/* Forget what was to be sent. */
static void
drop_content (SandboxResponse *response)
{
  g_clear_pointer (&response->body, g_bytes_unref);
  if (response->reader_free)
    response->reader_free (response->reader);
  response->read = NULL;
  response->reader = NULL;
  response->reader_free = NULL;
}

void
sandbox_response_free (SandboxResponse *response)
{
  if (!response)
    return;
  drop_content (response);
  g_clear_pointer (&response->headers, g_hash_table_unref);
  g_free (response);
}

void
sandbox_response_reset (SandboxResponse *response)
{
  response->status = 200;
  drop_content (response);
  g_hash_table_remove_all (response->headers);
}

void
sandbox_respond_header (SandboxResponse *response, const char *name, const char *value)
{
  g_hash_table_replace (response->headers, g_strdup (name), g_strdup (value));
}

void
sandbox_respond_bytes (SandboxResponse *response, guint status, const char *content_type, GBytes *body)
{
  response->status = status;
  GBytes *kept = body ? g_bytes_ref (body) : NULL;
  drop_content (response);
  response->body = kept;
  if (content_type)
    sandbox_respond_header (response, "Content-Type", content_type);
}

void
sandbox_respond_stream (SandboxResponse *response, guint status, const char *content_type, guint64 length,
                        SandboxRead read, gpointer reader, GDestroyNotify reader_free)
{
  response->status = status;
  drop_content (response);
  response->read = read;
  response->reader = reader;
  response->reader_free = reader_free;
  response->length = length;
  if (content_type)
    sandbox_respond_header (response, "Content-Type", content_type);
}

void
sandbox_respond_text (SandboxResponse *response, guint status, const char *content_type, const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  sandbox_respond_bytes (response, status, content_type, body);
}

void
sandbox_respond_json (SandboxResponse *response, guint status, json_t *value)
{
  g_autoptr (GBytes) body = cr_json_dump_bytes (value);
  sandbox_respond_bytes (response, status, "application/json", body);
  json_decref (value);
}

void
sandbox_respond_empty (SandboxResponse *response, guint status)
{
  response->status = status;
  drop_content (response);
}

void
sandbox_respond_error (SandboxResponse *response, guint status, const char *code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *raw = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *message = g_utf8_make_valid (raw, -1);
  json_t *error = json_object ();
  cr_json_set_string (error, "code", code);
  cr_json_set_string (error, "message", message);
  json_t *body = json_object ();
  cr_json_set (body, "error", error);
  sandbox_respond_json (response, status, body);
}
