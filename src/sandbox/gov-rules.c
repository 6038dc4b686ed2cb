/* SPDX-License-Identifier: MIT
 * Which rules are in force, and who decides about a contract under the proposed ones.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"
#include "base/yaml.h"

#include <string.h>

#define RULES "rules"

static const char *
rules_name (const json_t *info)
{
  return cr_json_peek_string (json_object_get (info, "service_data"), RULES);
}

gboolean
gov_rules_proposed (Store *store)
{
  g_autoptr (json_t) info = gov_service_info (store);
  return g_strcmp0 (rules_name (info), "proposed") == 0;
}

GovRules
gov_rules (Store *store)
{
  g_autoptr (json_t) info = gov_service_info (store);
  if (!cr_json_peek_bool (info, "constitution_replaced", FALSE))
    return GOV_RULES_STARTUP;
  return g_strcmp0 (rules_name (info), "proposed") == 0 ? GOV_RULES_PROPOSED : GOV_RULES_CGS;
}

void
gov_rules_settle (Sandbox *sandbox, Store *store)
{
  const char *wanted = sandbox_setting (sandbox, RULES);
  g_autoptr (json_t) info = gov_service_info (store);
  const char *now = rules_name (info);
  if (!info || !wanted || strcmp (now ? now : "released", wanted) == 0)
    return;
  /* The released service says nothing about itself, so neither do we. */
  json_object_del (info, "service_data");
  if (strcmp (wanted, "released") != 0)
    cr_json_set (info, "service_data", json_pack ("{ss}", RULES, wanted));
  store_put_json (store, MAP_SERVICE, THE_KEY, info);
}

/* The data of a contract is an object, or a text of one in JSON or YAML. Gives. */
static json_t *
parse_data (const json_t *data)
{
  const char *text = json_string_value (data);
  if (!text)
    return json_deep_copy (data);
  json_t *value = cr_json_parse (text, strlen (text), "the contract", NULL);
  if (value)
    return value;
  g_autoptr (CrYamlFile) yaml = cr_yaml_parse (text, strlen (text), "the contract", NULL);
  return yaml && cr_yaml_root (yaml) ? cr_yaml_to_json (cr_yaml_root (yaml)) : NULL;
}

json_t *
gov_required_members (const json_t *args)
{
  g_autoptr (json_t) data = parse_data (json_object_get (json_object_get (args, "contract"), "data"));
  const json_t *voters = json_object_get (json_object_get (data, "metadata"), "voters");
  json_t *list = json_object_get (voters, "requiredMembers");
  if (!list || json_is_null (list) || (json_is_array (list) && !json_array_size (list)))
    return NULL;
  return json_incref (list);
}

char *
gov_check_required_members (Store *store, const json_t *args)
{
  g_autoptr (json_t) list = gov_rules_proposed (store) ? gov_required_members (args) : NULL;
  if (!list)
    return NULL;
  if (!json_is_array (list))
    return g_strdup ("metadata.voters.requiredMembers must be an array");
  for (gsize i = 0; i < json_array_size (list); i++) {
    const char *id = json_string_value (json_array_get (list, i));
    if (!id)
      return g_strdup ("metadata.voters.requiredMembers must be an array of member ids");
    if (!store_has (store, MAP_MEMBER_INFO, id))
      return g_strdup_printf ("metadata.voters.requiredMembers names '%s', which is not a member", id);
  }
  return NULL;
}
