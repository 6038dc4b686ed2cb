/* SPDX-License-Identifier: MIT
 * Bodies, queries, answers, authorisation and versions of the governance application.
 */
#include "sandbox/cgs-common.h"

#include "base/encode.h"
#include "base/error.h"

#include <math.h>
#include <string.h>

#define VERSION_RETRY "request after reading the latest version of the resource and "

const char *
cgs_parameter (const CcfCall *call, guint index)
{
  return sandbox_request_parameter (call->request, index);
}

const char *
cgs_last_parameter (const CcfCall *call)
{
  guint count = call->request->parameters->len;

  return count == 0 ? "" : sandbox_request_parameter (call->request, count - 1);
}

char *
cgs_query (const CcfCall *call, const char *name)
{
  g_autofree char *raw = cr_percent_decode (call->request->query ? call->request->query : "", -1);
  g_autofree char *decoded = g_utf8_make_valid (raw, -1);
  g_auto (GStrv) parts = g_strsplit (decoded, "&", -1);
  char *value = NULL;

  for (guint i = 0; parts[i]; i++) {
    g_auto (GStrv) pair = g_strsplit (parts[i], "=", -1);

    if (g_strcmp0 (pair[0], name) != 0)
      continue;
    g_free (value);
    value = g_strdup (pair[1]);
  }
  return value;
}

gboolean
cgs_missing (const json_t *value)
{
  return !value || json_is_null (value) || json_is_false (value)
         || (json_is_string (value) && json_string_length (value) == 0)
         || (json_is_integer (value) && json_integer_value (value) == 0)
         || (json_is_real (value) && json_real_value (value) == 0);
}

static char *
js_array_text (const json_t *value)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize index;
  json_t *item;

  json_array_foreach (value, index, item) {
    g_autofree char *piece = json_is_null (item) ? g_strdup ("") : cgs_js_text (item);

    g_string_append_printf (text, "%s%s", index ? "," : "", piece);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
cgs_js_text (const json_t *value)
{
  if (!value)
    return g_strdup ("undefined");
  if (json_is_string (value))
    return g_strdup (json_string_value (value));
  if (json_is_object (value))
    return g_strdup ("[object Object]");
  if (json_is_array (value))
    return js_array_text (value);
  return cr_json_dump (value);
}

/* Numbers of the script are doubles; whole ones print without a fraction. */
static json_t *
js_number (const json_t *value)
{
  double number = json_number_value (value);

  if (fabs (number) < 9.2e18 && number == floor (number))
    return json_integer ((json_int_t) number);
  return json_real (number);
}

/* "0", "17", but not "017" or "-1": such keys come first, in numeric order. */
static gboolean
is_index_key (const char *key)
{
  gsize length = strlen (key);

  if (length == 0 || length > 10 || (key[0] == '0' && length > 1))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isdigit (key[i]))
      return FALSE;
  return g_ascii_strtoull (key, NULL, 10) < G_MAXUINT32;
}

static int
compare_index_keys (gconstpointer a, gconstpointer b)
{
  guint64 left = g_ascii_strtoull (*(const char *const *) a, NULL, 10);
  guint64 right = g_ascii_strtoull (*(const char *const *) b, NULL, 10);

  return left < right ? -1 : left > right;
}

static json_t *
js_object (const json_t *value)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  json_t *result = json_object ();
  json_t *object = (json_t *) (guintptr) value; /* only read; the iteration macro takes no const */
  json_t *member;
  const char *key;

  json_object_foreach (object, key, member)
    if (is_index_key (key))
      g_ptr_array_add (keys, (gpointer) (guintptr) key);
  g_ptr_array_sort (keys, compare_index_keys);
  for (guint i = 0; i < keys->len; i++) {
    const char *name = g_ptr_array_index (keys, i);

    json_object_set_new (result, name, cgs_js_value (json_incref (json_object_get (object, name))));
  }
  json_object_foreach (object, key, member)
    if (!is_index_key (key))
      json_object_set_new (result, key, cgs_js_value (json_incref (member)));
  return result;
}

json_t *
cgs_js_value (json_t *value)
{
  g_autoptr (json_t) taken = value;
  json_t *result, *item;
  gsize index;

  if (json_is_number (taken))
    return js_number (taken);
  if (json_is_object (taken))
    return js_object (taken);
  if (!json_is_array (taken))
    return g_steal_pointer (&taken);
  result = json_array ();
  json_array_foreach (taken, index, item)
    json_array_append_new (result, cgs_js_value (json_incref (item)));
  return result;
}

json_t *
cgs_body (CcfCall *call)
{
  g_autoptr (GError) error = NULL;
  json_t *body = sandbox_request_json (call->request, &error);

  if (!body) {
    cgs_throw (call, "The body is not JSON: %s", error ? error->message : "it is missing");
    return NULL;
  }
  return cgs_js_value (body);
}

GBytes *
cgs_base64 (const json_t *value)
{
  const char *text = json_string_value (value);
  g_autoptr (GString) clean = g_string_new (NULL);
  gsize length = 0;

  if (!text)
    return NULL;
  for (; *text; text++)
    if (g_ascii_isalnum (*text) || *text == '+' || *text == '/')
      g_string_append_c (clean, *text);
    else if (*text == '-' || *text == '_')
      g_string_append_c (clean, *text == '-' ? '+' : '/');
  while (clean->len % 4 != 0)
    g_string_append_c (clean, '=');

  guint8 *data = g_base64_decode (clean->str, &length);

  return g_bytes_new_take (data, length);
}

void
cgs_throw (CcfCall *call, const char *format, ...)
{
  json_t *error = json_object ();
  json_t *detail = json_object ();
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  cr_json_set_string (detail, "code", "JSException");
  cr_json_set_string (detail, "message", message);
  cr_json_set_string (detail, "trace", "");
  cr_json_set_string (error, "code", "InternalError");
  cr_json_set_string (error, "message", "Exception thrown while executing.");
  cr_json_set (error, "details", json_pack ("[o]", detail));
  sandbox_respond_json (call->response, 500, json_pack ("{so}", "error", error));
}

void
cgs_error (CcfCall *call, guint status, const char *code, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  sandbox_respond_error (call->response, status, code, "%s", message);
}

void
cgs_answer (CcfCall *call, json_t *value)
{
  sandbox_respond_json (call->response, 200, value);
}

void
cgs_done (CcfCall *call)
{
  sandbox_respond_empty (call->response, 200);
}

void
cgs_copy (json_t *target, const char *key, const json_t *source)
{
  json_t *value = json_object_get (source, key);

  if (value)
    json_object_set (target, key, value);
}

json_t *
cgs_strings (const GPtrArray *texts)
{
  json_t *array = json_array ();

  for (guint i = 0; i < texts->len; i++)
    json_array_append_new (array, json_string (g_ptr_array_index (texts, i)));
  return array;
}

json_t *
cgs_id_list (const GPtrArray *ids)
{
  json_t *array = json_array ();

  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (array, json_pack ("{ss}", "id", g_ptr_array_index (ids, i)));
  return array;
}

json_t *
cgs_value_list (json_t *array)
{
  return json_pack ("{so}", "value", array);
}

GPtrArray *
cgs_keys (Store *store, const char *map, const char *more)
{
  g_autoptr (GPtrArray) keys = store_keys (store, map);
  GPtrArray *result = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < keys->len; i++)
    g_ptr_array_add (result, g_strdup (g_ptr_array_index (keys, i)));
  if (!more)
    return result;

  g_autoptr (GPtrArray) others = store_keys (store, more);

  for (guint i = 0; i < others->len; i++)
    if (!store_has (store, map, g_ptr_array_index (others, i)))
      g_ptr_array_add (result, g_strdup (g_ptr_array_index (others, i)));
  return result;
}

static gboolean
token_authorized (CcfCall *call)
{
  const json_t *tenant_claim = json_object_get (call->claims, "tid");

  if (!call->caller_id) {
    cgs_throw (call, "OID claim is not present in the JWT token. Cannot get caller ID.");
    return FALSE;
  }

  g_autoptr (json_t) user = store_get_json (call->store, CGS_USER_IDENTITIES, call->caller_id);

  if (!user) {
    cgs_error (call, 403, "CallerNotAuthorized", "User %s is not authorized to invoke this endpoint.",
               call->caller_id);
    return FALSE;
  }

  const json_t *tenant = json_object_get (json_object_get (user, "data"), "tenantId");

  if (tenant && tenant_claim ? !json_equal (tenant, tenant_claim) : tenant != tenant_claim) {
    g_autofree char *actual = cgs_js_text (tenant_claim);
    g_autofree char *expected = cgs_js_text (tenant);

    cgs_error (call, 403, "CallerTenantNotAuthorized",
               "Tenant %s is not authorized to invoke this endpoint. Expected tenant ID is %s.", actual,
               expected);
    return FALSE;
  }
  return TRUE;
}

gboolean
cgs_authorized (CcfCall *call)
{
  if (call->policy == CCF_AUTH_MEMBER || call->policy == CCF_AUTH_USER)
    return TRUE;
  if (call->policy == CCF_AUTH_JWT)
    return token_authorized (call);
  cgs_error (call, 400, "UnknownAuthenticationPolicy", "Validation for %s is not supported.",
             call->policy == CCF_AUTH_NONE ? "no_auth" : "undefined");
  return FALSE;
}

char *
cgs_caller_tenant (const CcfCall *call)
{
  g_autoptr (json_t) record = NULL;

  if (call->policy == CCF_AUTH_JWT)
    return g_strdup (cr_json_peek_string (call->claims, "tid"));
  if (call->policy == CCF_AUTH_MEMBER) {
    record = gov_member (call->store, call->caller_id);
    return g_strdup (cr_json_peek_string (json_object_get (record, "memberData"), "tenantId"));
  }
  record = store_get_json (call->store, "public:ccf.gov.users.info", call->caller_id);
  return g_strdup (cr_json_peek_string (json_object_get (record, "user_data"), "tenantId"));
}

gboolean
cgs_contract_accepted (Store *store, const char *contract)
{
  return store_has (store, CGS_ACCEPTED_CONTRACTS, contract);
}

char *
cgs_version (Store *store, const char *map, const char *key)
{
  return store_txid (store, store_get_seqno (store, map, key));
}

gboolean
cgs_check_version (CcfCall *call, const char *map, const char *key, const json_t *body,
                   const char *exists_code, const char *noun)
{
  const json_t *incoming = json_object_get (body, "version");

  if (!store_has (call->store, map, key))
    return TRUE;
  if (cgs_missing (incoming)) {
    cgs_error (call, 409, exists_code,
               "The specified %s already exists. If the intent was to update the existing %s then retry "
               "the " VERSION_RETRY "setting the version on the request.",
               noun, noun);
    return FALSE;
  }

  g_autofree char *version = cgs_version (call->store, map, key);
  g_autofree char *given = cgs_js_text (incoming);

  if (strcmp (version, given) != 0) {
    cgs_error (call, 412, "PreconditionFailed",
               "The operation specified a version that is different from the version available at the "
               "server, that is, an optimistic concurrency error. Retry the " VERSION_RETRY
               "updating the version on the request.");
    return FALSE;
  }
  return TRUE;
}

json_t *
cgs_final_votes (const json_t *votes)
{
  json_t *list = json_array ();
  json_t *object = (json_t *) (guintptr) votes; /* only read; the iteration macro takes no const */
  json_t *vote;
  const char *member;

  json_object_foreach (object, member, vote)
    json_array_append_new (list, json_pack ("{sssb}", "memberId", member, "vote", json_is_true (vote)));
  return list;
}

/* The stored text is the list of the entries of a script map, [[id, status], ...]. Gives. */
static json_t *
load_switches (Store *store, const char *map, const char *key, const char *field)
{
  g_autoptr (json_t) item = store_get_json (store, map, key);
  const char *text = cr_json_peek_string (item, field);
  json_t *entries = text ? cr_json_parse (text, strlen (text), "the stored switches", NULL) : NULL;

  return json_is_array (entries) ? entries : json_array ();
}

void
cgs_switch_set (Store *store, const char *map, const char *key, const char *field, const char *id,
                const char *status)
{
  g_autoptr (json_t) entries = load_switches (store, map, key, field);
  gboolean found = FALSE;
  gsize index;
  json_t *entry;

  json_array_foreach (entries, index, entry)
    if (g_strcmp0 (json_string_value (json_array_get (entry, 0)), id) == 0) {
      json_array_set_new (entry, 1, json_string (status));
      found = TRUE;
    }
  if (!found)
    json_array_append_new (entries, json_pack ("[ss]", id, status));

  g_autofree char *text = cr_json_dump (entries);
  g_autoptr (json_t) item = json_pack ("{ss}", field, text);

  store_put_json (store, map, key, item);
}

char *
cgs_switch_disabled (Store *store, const char *map, const char *key, const char *field)
{
  g_autoptr (json_t) entries = load_switches (store, map, key, field);
  g_autoptr (GString) ids = g_string_new (NULL);
  gsize index;
  json_t *entry;

  json_array_foreach (entries, index, entry)
    if (g_strcmp0 (json_string_value (json_array_get (entry, 1)), "disabled") == 0)
      g_string_append_printf (ids, "%s%s", ids->len ? "," : "",
                              json_string_value (json_array_get (entry, 0)));
  return ids->len ? g_string_free (g_steal_pointer (&ids), FALSE) : NULL;
}
