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
  return gov_check_type (args, "constitution", "string");
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

static char *
check_endpoint (const json_t *endpoint, const json_t *modules)
{
  static const char *const checks[][2] = {
    { "js_module", "string" },           { "js_function", "string" },          { "mode", "string" },
    { "forwarding_required", "string" }, { "authn_policies", "array" },        { "openapi", "object?" },
    { "openapi_hidden", "boolean?" },    { "redirection_strategy", "string?" }
  };
  static const char *const modes[] = { "readwrite", "readonly", "historical", NULL };
  static const char *const forwarding[] = { "sometimes", "always", "never", NULL };
  static const char *const strategies[] = { "none", "to_primary", "to_backup", NULL };
  char *problem = NULL;
  for (guint i = 0; !problem && i < G_N_ELEMENTS (checks); i++)
    problem = gov_check_type (endpoint, checks[i][0], checks[i][1]);
  if (!problem)
    problem = gov_check_one_of (endpoint, "mode", modes);
  if (!problem)
    problem = gov_check_one_of (endpoint, "forwarding_required", forwarding);
  if (!problem && cr_json_peek_string (endpoint, "redirection_strategy"))
    problem = gov_check_one_of (endpoint, "redirection_strategy", strategies);
  if (!problem && !has_module (modules, cr_json_peek_string (endpoint, "js_module")))
    problem = g_strdup_printf ("module '%s' not found in bundle",
                               cr_json_peek_string (endpoint, "js_module"));
  return problem;
}

static char *
check_modules (const json_t *modules)
{
  for (gsize i = 0; i < json_array_size (modules); i++) {
    const json_t *module = json_array_get (modules, i);
    char *problem = gov_check_type (module, "name", "string");
    if (!problem)
      problem = gov_check_type (module, "module", "string");
    if (problem)
      return problem;
  }
  return NULL;
}

static char *
check_endpoints (json_t *endpoints, const json_t *modules)
{
  const char *path, *method;
  json_t *methods, *endpoint;
  json_object_foreach (endpoints, path, methods) {
    if (!json_is_object (methods))
      return g_strdup_printf ("metadata.endpoints[\"%s\"] must be of type object", path);
    json_object_foreach (methods, method, endpoint) {
      g_autofree char *problem = check_endpoint (endpoint, modules);
      if (problem)
        return g_strdup_printf ("metadata.endpoints[\"%s\"].%s: %s", path, method, problem);
    }
  }
  return NULL;
}

static char *
validate_js_app (Store *store, const json_t *args)
{
  (void) store;
  char *problem = gov_check_type (args, "bundle", "object");
  if (!problem)
    problem = gov_check_type (args, "disable_bytecode_cache", "boolean?");
  const json_t *bundle = problem ? NULL : json_object_get (args, "bundle");
  if (bundle)
    problem = gov_check_type (bundle, "metadata", "object");
  if (!problem)
    problem = gov_check_type (bundle, "modules", "array");
  if (!problem)
    problem = gov_check_type (json_object_get (bundle, "metadata"), "endpoints", "object");
  if (problem)
    return problem;
  const json_t *modules = json_object_get (bundle, "modules");
  problem = check_modules (modules);
  return problem
             ? problem
             : check_endpoints (json_object_get (json_object_get (bundle, "metadata"), "endpoints"), modules);
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
  { "remove_js_app", gov_validate_none, apply_remove_app },
  { "refresh_js_app_bytecode_cache", gov_validate_none, gov_apply_nothing },
  { "set_js_runtime_options", validate_js_options, apply_js_options },
  { NULL, NULL, NULL },
};
