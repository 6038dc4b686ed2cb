/* SPDX-License-Identifier: MIT
 * Actions on the constitution and the application. The texts are kept and shown as they are; what they
 * decide and do is built in.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"

#include <string.h>

static char *
validate_constitution (Store *store, const json_t *args)
{
  (void) store;
  if (!args || json_is_null (args))
    return gov_check_type (args, "constitution", "string");
  /* The constitution forgets to name the field. */
  return gov_check_value (json_object_get (args, "constitution"), "string", "undefined");
}

static gboolean
apply_constitution (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                    const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_put (store, MAP_CONSTITUTION, THE_KEY, cr_json_peek_string (args, "constitution"));
  g_autoptr (json_t) info = gov_service_info (store);
  cr_json_set_bool (info, "constitution_replaced", TRUE);
  store_put_json (store, MAP_SERVICE, THE_KEY, info);
  return TRUE;
}

static gboolean
has_module (const json_t *modules, const char *name)
{
  for (gsize i = 0; i < json_array_size (modules); i++)
    if (g_strcmp0 (cr_json_peek_string (json_array_get (modules, i), "name"), name) == 0)
      return TRUE;
  return FALSE;
}

/* The first problem of a list of checks; what is left unused must be NULL. */
typedef struct {
  const char *name, *type;   /* TYPE NULL: one of VALUES */
  const char *const *values; /* with TYPE NULL */
  gboolean optional;         /* with TYPE NULL: absent is fine */
} Member;

static char *
check_member (const json_t *object, const Member *member, const char *prefix)
{
  g_autofree char *label = g_strdup_printf ("%s.%s", prefix, member->name);
  const json_t *value = json_object_get (object, member->name);
  if (member->type)
    return gov_check_value (value, member->type, label);
  return member->optional && !value ? NULL : gov_check_among (value, member->values, label);
}

/* A name, or {"all_of": [names]}. */
static char *
check_policy (const json_t *policy, const char *label)
{
  if (json_is_string (policy))
    return NULL;
  g_autofree char *all = g_strconcat (label, ".all_of", NULL);
  const json_t *names = json_object_get (policy, "all_of");
  if (!json_is_object (policy) && !json_is_array (policy)) {
    g_autofree char *problem = gov_check_value (policy, "string", label);
    char *type = strstr (problem, "but is ");
    return g_strdup_printf ("%s must be of type string or object %s", label, type ? type : "");
  }
  char *problem = gov_check_value (names, "array", all);
  for (gsize i = 0; !problem && i < json_array_size (names); i++) {
    g_autofree char *one = g_strdup_printf ("%s[%" G_GSIZE_FORMAT "]", all, i);
    problem = gov_check_value (json_array_get (names, i), "string", one);
  }
  return problem;
}

static char *
check_policies (const json_t *policies, const char *prefix)
{
  char *problem = NULL;
  for (gsize i = 0; !problem && i < json_array_size (policies); i++) {
    g_autofree char *label = g_strdup_printf ("%s.authn_policies[%" G_GSIZE_FORMAT "]", prefix, i);
    problem = check_policy (json_array_get (policies, i), label);
  }
  return problem;
}

static char *
check_endpoint (const json_t *endpoint, const json_t *modules, const char *prefix)
{
  static const char *const modes[] = { "readwrite", "readonly", "historical", NULL };
  static const char *const forwarding[] = { "sometimes", "always", "never", NULL };
  static const char *const strategies[] = { "none", "to_primary", "to_backup", NULL };
  static const Member members[] = { { "js_module", "string", NULL, FALSE },
                                    { "js_function", "string", NULL, FALSE },
                                    { "mode", NULL, modes, FALSE },
                                    { "forwarding_required", NULL, forwarding, FALSE },
                                    { "redirection_strategy", NULL, strategies, TRUE },
                                    { "openapi", "object?", NULL, FALSE },
                                    { "openapi_hidden", "boolean?", NULL, FALSE },
                                    { "authn_policies", "array", NULL, FALSE } };
  char *problem = gov_check_value (endpoint, "object", prefix);
  for (guint i = 0; !problem && i < G_N_ELEMENTS (members); i++)
    problem = check_member (endpoint, &members[i], prefix);
  if (!problem)
    problem = check_policies (json_object_get (endpoint, "authn_policies"), prefix);
  if (!problem && !has_module (modules, cr_json_peek_string (endpoint, "js_module")))
    problem = g_strdup_printf ("module '%s' not found in bundle",
                               cr_json_peek_string (endpoint, "js_module"));
  return problem;
}

static char *
check_modules (const json_t *modules)
{
  static const Member members[] = { { "name", "string", NULL, FALSE }, { "module", "string", NULL, FALSE } };
  char *problem = gov_check_value (modules, "array", "bundle.modules");
  for (gsize i = 0; !problem && i < json_array_size (modules); i++) {
    g_autofree char *prefix = g_strdup_printf ("bundle.modules[%" G_GSIZE_FORMAT "]", i);
    problem = gov_check_value (json_array_get (modules, i), "object", prefix);
    for (guint j = 0; !problem && j < G_N_ELEMENTS (members); j++)
      problem = check_member (json_array_get (modules, i), &members[j], prefix);
  }
  return problem;
}

static char *
check_endpoints (json_t *endpoints, const json_t *modules)
{
  const char *path, *method;
  json_t *methods, *endpoint;
  json_object_foreach (endpoints, path, methods) {
    g_autofree char *outer = g_strdup_printf ("bundle.metadata.endpoints[\"%s\"]", path);
    char *problem = gov_check_value (methods, "object", outer);
    if (problem)
      return problem;
    json_object_foreach (methods, method, endpoint) {
      g_autofree char *prefix = g_strdup_printf ("%s[\"%s\"]", outer, method);
      problem = check_endpoint (endpoint, modules, prefix);
      if (problem)
        return problem;
    }
  }
  return NULL;
}

static char *
validate_js_app (Store *store, const json_t *args)
{
  (void) store;
  char *problem = gov_check_type (args, "bundle", "object");
  const json_t *bundle = json_object_get (args, "bundle");
  const json_t *modules = json_object_get (bundle, "modules");
  const json_t *metadata = json_object_get (bundle, "metadata");
  if (!problem)
    problem = check_modules (modules);
  if (!problem)
    problem = gov_check_value (metadata, "object", "bundle.metadata");
  if (!problem)
    problem = gov_check_value (json_object_get (metadata, "endpoints"), "object",
                               "bundle.metadata.endpoints");
  if (!problem)
    problem = check_endpoints (json_object_get (metadata, "endpoints"), modules);
  return problem ? problem : gov_check_type (args, "disable_bytecode_cache", "boolean?");
}

static void
remove_app (Store *store)
{
  store_clear (store, MAP_ENDPOINTS);
  store_clear (store, MAP_MODULES);
}

/* Module names are kept with a leading slash. */
static char *
module_name (const char *name)
{
  return *name == '/' ? g_strdup (name) : g_strconcat ("/", name, NULL);
}

static gboolean
apply_js_app (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
              const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  const json_t *bundle = json_object_get (args, "bundle");
  const json_t *modules = json_object_get (bundle, "modules");
  g_autoptr (json_t) endpoints =
      json_deep_copy (json_object_get (json_object_get (bundle, "metadata"), "endpoints"));
  remove_app (store);
  for (gsize i = 0; i < json_array_size (modules); i++) {
    const json_t *module = json_array_get (modules, i);
    g_autofree char *name = module_name (cr_json_peek_string (module, "name"));
    store_put (store, MAP_MODULES, name, cr_json_peek_string (module, "module"));
  }
  const char *path, *method;
  json_t *methods, *endpoint;
  json_object_foreach (endpoints, path, methods) {
    json_object_foreach (methods, method, endpoint) {
      g_autofree char *name = module_name (cr_json_peek_string (endpoint, "js_module"));
      cr_json_set_string (endpoint, "js_module", name);
    }
    store_put_json (store, MAP_ENDPOINTS, path, methods);
  }
  return TRUE;
}

static gboolean
apply_remove_app (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                  const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) args;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  remove_app (store);
  return TRUE;
}

static char *
validate_js_options (Store *store, const json_t *args)
{
  static const char *const checks[][2] = { { "max_heap_bytes", "integer" },
                                           { "max_stack_bytes", "integer" },
                                           { "max_execution_time_ms", "integer" },
                                           { "log_exception_details", "boolean?" },
                                           { "return_exception_details", "boolean?" },
                                           { "max_cached_interpreters", "integer?" } };
  (void) store;
  char *problem = NULL;
  for (guint i = 0; !problem && i < G_N_ELEMENTS (checks); i++)
    problem = gov_check_type (args, checks[i][0], checks[i][1]);
  return problem;
}

static gboolean
apply_js_options (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                  const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_put_json (store, MAP_JS_OPTIONS, THE_KEY, args);
  return TRUE;
}

const GovAction gov_js_actions[] = {
  { "set_constitution", validate_constitution, apply_constitution },
  { "set_js_app", validate_js_app, apply_js_app },
  { "remove_js_app", gov_validate_any, apply_remove_app },
  { "refresh_js_app_bytecode_cache", gov_validate_any, gov_apply_nothing },
  { "set_js_runtime_options", validate_js_options, apply_js_options },
  { NULL, NULL, NULL },
};
