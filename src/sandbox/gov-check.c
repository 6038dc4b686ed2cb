/* SPDX-License-Identifier: MIT
 * Argument checks of proposal actions, with the texts of the constitution's validate().
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"
#include "cose/x509.h"

#include <string.h>

#define ENTITY_ID_LENGTH 64

/* JavaScript's typeof; absent is "undefined". */
static const char *
type_of (const json_t *value)
{
  if (!value)
    return "undefined";
  switch (json_typeof (value)) {
  case JSON_STRING:
    return "string";
  case JSON_INTEGER:
  case JSON_REAL:
    return "number";
  case JSON_TRUE:
  case JSON_FALSE:
    return "boolean";
  default:
    return "object"; /* arrays and null too */
  }
}

static gboolean
is_integer (const json_t *value)
{
  return json_is_integer (value)
         || (json_is_real (value) && json_real_value (value) == (double) (gint64) json_real_value (value));
}

char *
gov_check_type (const json_t *args, const char *field, const char *type)
{
  gboolean optional = g_str_has_suffix (type, "?");
  g_autofree char *wanted = g_strndup (type, strlen (type) - (optional ? 1 : 0));
  if (!args || json_is_null (args))
    return g_strdup_printf ("cannot read property '%s' of %s", field, args ? "null" : "undefined");
  const json_t *value = json_object_get (args, field);
  if (optional && (!value || json_is_null (value)))
    return NULL;
  if (strcmp (wanted, "array") == 0)
    return json_is_array (value) ? NULL : g_strdup_printf ("%s must be an array", field);
  if (strcmp (wanted, "integer") == 0)
    return is_integer (value) ? NULL : g_strdup_printf ("%s must be an integer", field);
  if (strcmp (type_of (value), wanted) == 0)
    return NULL;
  return g_strdup_printf ("%s must be of type %s but is %s", field, wanted, type_of (value));
}

char *
gov_check_none (const json_t *args)
{
  return !args || json_is_null (args) ? NULL : g_strdup ("args must be null or undefined");
}

char *
gov_check_entity_id (const json_t *args, const char *field)
{
  char *problem = gov_check_type (args, field, "string");
  if (problem)
    return problem;
  const char *value = json_string_value (json_object_get (args, field));
  if (strlen (value) != ENTITY_ID_LENGTH)
    return g_strdup_printf ("%s must contain %d characters", field, ENTITY_ID_LENGTH);
  return NULL;
}

char *
gov_check_certificates (const json_t *args, const char *field)
{
  char *problem = gov_check_type (args, field, "string");
  if (problem)
    return problem;
  const char *value = json_string_value (json_object_get (args, field));
  g_autoptr (GPtrArray) certificates = cose_certs_from_pem (value, -1, field, NULL);
  if (!certificates)
    return g_strdup_printf ("%s must be a valid X509 certificate (bundle) in PEM format", field);
  return NULL;
}

char *
gov_check_public_key (const json_t *args, const char *field)
{
  char *problem = gov_check_type (args, field, "string?");
  const char *value = problem ? NULL : json_string_value (json_object_get (args, field));
  if (!value)
    return problem;
  g_autoptr (EVP_PKEY) key = cose_key_from_public_pem (value, -1, field, NULL);
  return key ? NULL : g_strdup_printf ("%s must be a valid public key in PEM format", field);
}

char *
gov_check_one_of (const json_t *args, const char *field, const char *const *values)
{
  const char *value = json_string_value (json_object_get (args, field));
  if (value && g_strv_contains (values, value))
    return NULL;
  g_autoptr (GString) list = g_string_new (values[0]);
  for (guint i = 1; values[i]; i++)
    g_string_append_printf (list, ",%s", values[i]);
  return g_strdup_printf ("%s must be one of %s", field, list->str);
}

char *
gov_check_range (const json_t *args, const char *field, gint64 low, gint64 high)
{
  char *problem = gov_check_type (args, field, "integer");
  if (problem)
    return problem;
  const json_t *value = json_object_get (args, field);
  double number = json_number_value (value);
  if (number < (double) low)
    return g_strdup_printf ("%s must be greater than or equal to %" G_GINT64_FORMAT, field, low);
  if (number > (double) high)
    return g_strdup_printf ("%s must be less than or equal to %" G_GINT64_FORMAT, field, high);
  return NULL;
}

/* One entry of the description, NULL when ACTION is fine. */
static char *
validate_action (Store *store, const json_t *action, gsize position)
{
  const char *name = json_string_value (json_object_get (action, "name"));
  const GovAction *known = name ? gov_find_action (store, name) : NULL;
  if (!known)
    return g_strdup_printf ("%s: no such action", name ? name : "undefined");
  const json_t *args = json_object_get (action, "args");
  g_autofree char *problem = known->validate ? known->validate (store, args) : NULL;
  if (!problem)
    return NULL;
  return g_strdup_printf ("%s at position %" G_GSIZE_FORMAT
                          " failed validation: Error: %s\n    at validate (public:ccf.gov.constitution)\n",
                          name, position, problem);
}

char *
gov_validate (Store *store, const json_t *proposal)
{
  const json_t *actions = json_object_get (proposal, "actions");
  if (!json_is_array (actions))
    return g_strdup ("The proposal has no list of actions");
  g_autoptr (GString) description = g_string_new (NULL);
  for (gsize i = 0; i < json_array_size (actions); i++) {
    g_autofree char *problem = validate_action (store, json_array_get (actions, i), i);
    if (problem && description->len)
      g_string_append (description, ", ");
    if (problem)
      g_string_append (description, problem);
  }
  return description->len ? g_string_free (g_steal_pointer (&description), FALSE) : NULL;
}

char *
gov_validate_none (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_none (args);
}

gboolean
gov_apply_nothing (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                   const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) store;
  (void) args;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  return TRUE;
}
