/* SPDX-License-Identifier: MIT
 * Secure key release policies: their grammar, and whether claims satisfy them.
 */
#include "sandbox/vault-private.h"

#include "base/error.h"

#include <string.h>

#define DEPTH_MAX 8u

static const char *const operators[] = { "equals",  "notEquals",       "less",   "lessOrEquals",
                                         "greater", "greaterOrEquals", "exists", NULL };

static gboolean
wrong (GError **error, const char *reason)
{
  cr_set_error (error, CR_ERROR_INPUT, NULL, "The release policy is not valid: %s", reason);
  return FALSE;
}

static gboolean check_list (const json_t *list, guint depth, GError **error);

/* {"claim": c, OPERATOR: value}, or a nested anyOf or allOf. */
static gboolean
check_condition (const json_t *condition, guint depth, GError **error)
{
  for (guint i = 0; i < 2; i++) {
    const json_t *nested = json_object_get (condition, i == 0 ? "anyOf" : "allOf");
    if (nested != NULL)
      return json_object_size (condition) == 1 ? check_list (nested, depth + 1, error)
                                               : wrong (error, "a nested condition has other members.");
  }
  const char *claim = cr_json_peek_string (condition, "claim");
  guint found = 0;
  for (guint i = 0; operators[i] != NULL; i++)
    found += json_object_get (condition, operators[i]) != NULL ? 1 : 0;
  if (claim == NULL || *claim == '\0' || found != 1 || json_object_size (condition) != 2)
    return wrong (error, "a condition is a claim and one operator.");
  return TRUE;
}

static gboolean
check_list (const json_t *list, guint depth, GError **error)
{
  if (depth > DEPTH_MAX)
    return wrong (error, "conditions are nested too deep.");
  if (!json_is_array (list) || json_array_size (list) == 0)
    return wrong (error, "a list of conditions is empty.");
  gsize index;
  json_t *condition;
  json_array_foreach (list, index, condition)
    if (!check_condition (condition, depth, error))
      return FALSE;
  return TRUE;
}

/* The list of conditions of an authority; exactly one of anyOf and allOf. */
static const json_t *
conditions_of (const json_t *authority, gboolean *all)
{
  const json_t *any_of = json_object_get (authority, "anyOf"), *all_of = json_object_get (authority, "allOf");
  *all = all_of != NULL;
  return (any_of == NULL) == (all_of == NULL) ? NULL : *all ? all_of : any_of;
}

gboolean
safe_policy_check (const json_t *policy, GError **error)
{
  const json_t *list = json_object_get (policy, "anyOf");
  if (g_strcmp0 (cr_json_peek_string (policy, "version"), "1.0.0") != 0)
    return wrong (error, "its version must be 1.0.0.");
  if (!json_is_array (list) || json_array_size (list) == 0)
    return wrong (error, "anyOf must be a list of authorities.");
  gsize index;
  json_t *authority;
  json_array_foreach (list, index, authority) {
    gboolean all = FALSE;
    const json_t *conditions = conditions_of (authority, &all);
    if (cr_json_peek_string (authority, "authority") == NULL || conditions == NULL)
      return wrong (error, "an authority needs its URL and either anyOf or allOf.");
    if (!check_list (conditions, 1, error))
      return FALSE;
  }
  return TRUE;
}

/* A claim by its name; dots step into objects when no claim has the whole name. */
static const json_t *
claim_of (const json_t *claims, const char *name)
{
  const json_t *value = json_object_get (claims, name);
  if (value != NULL)
    return value;
  g_auto (GStrv) steps = g_strsplit (name, ".", -1);
  value = claims;
  for (guint i = 0; steps[i] != NULL && value != NULL; i++)
    value = json_object_get (value, steps[i]);
  return value;
}

static gboolean
compare (const char *operator, const json_t * value, const json_t *wanted)
{
  if (strcmp (operator, "equals") == 0 || strcmp (operator, "notEquals") == 0) {
    gboolean same = value != NULL && json_equal (value, wanted);
    return strcmp (operator, "equals") == 0 ? same : !same;
  }
  if (strcmp (operator, "exists") == 0)
    return (value != NULL) == json_is_true (wanted);
  if (!json_is_number (value) || !json_is_number (wanted))
    return FALSE;
  double a = json_number_value (value), b = json_number_value (wanted);
  if (strcmp (operator, "less") == 0)
    return a < b;
  if (strcmp (operator, "lessOrEquals") == 0)
    return a <= b;
  return strcmp (operator, "greater") == 0 ? a > b : a >= b;
}

static gboolean holds_list (const json_t *list, gboolean all, const json_t *claims);

static gboolean
holds (const json_t *condition, const json_t *claims)
{
  const json_t *any_of = json_object_get (condition, "anyOf"), *all_of = json_object_get (condition, "allOf");
  if (any_of != NULL || all_of != NULL)
    return holds_list (any_of != NULL ? any_of : all_of, any_of == NULL, claims);
  for (guint i = 0; operators[i] != NULL; i++) {
    const json_t *wanted = json_object_get (condition, operators[i]);
    if (wanted != NULL)
      return compare (operators[i], claim_of (claims, cr_json_peek_string (condition, "claim")), wanted);
  }
  return FALSE;
}

static gboolean
holds_list (const json_t *list, gboolean all, const json_t *claims)
{
  gsize index;
  json_t *condition;
  json_array_foreach (list, index, condition)
    if (holds (condition, claims) != all)
      return !all;
  return all;
}

/* "https://host" and "https://host/" are the same authority. */
static gboolean
same_authority (const char *one, const char *other)
{
  gsize one_length = strlen (one), other_length = strlen (other);
  while (one_length > 0 && one[one_length - 1] == '/')
    one_length--;
  while (other_length > 0 && other[other_length - 1] == '/')
    other_length--;
  return one_length == other_length && strncmp (one, other, one_length) == 0;
}

gboolean
safe_policy_allows (const json_t *policy, const char *authority, const json_t *claims)
{
  gsize index;
  json_t *entry;
  json_array_foreach (json_object_get (policy, "anyOf"), index, entry) {
    gboolean all = FALSE;
    const json_t *conditions = conditions_of (entry, &all);
    const char *url = cr_json_peek_string (entry, "authority");
    if (url != NULL && conditions != NULL && same_authority (url, authority)
        && holds_list (conditions, all, claims))
      return TRUE;
  }
  return FALSE;
}
