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
gov_check_value (const json_t *value, const char *type, const char *label)
{
  gboolean optional = g_str_has_suffix (type, "?");
  g_autofree char *wanted = g_strndup (type, strlen (type) - (optional ? 1 : 0));
  if (optional && (!value || json_is_null (value)))
    return NULL;
  if (strcmp (wanted, "array") == 0)
    return json_is_array (value) ? NULL : g_strdup_printf ("%s must be an array", label);
  if (strcmp (wanted, "integer") == 0)
    return is_integer (value) ? NULL : g_strdup_printf ("%s must be an integer", label);
  if (strcmp (type_of (value), wanted) == 0)
    return NULL;
  return g_strdup_printf ("%s must be of type %s but is %s", label, wanted, type_of (value));
}

char *
gov_check_type (const json_t *args, const char *field, const char *type)
{
  if (!args || json_is_null (args))
    return g_strdup_printf ("cannot read property '%s' of %s", field, args ? "null" : "undefined");
  return gov_check_value (json_object_get (args, field), type, field);
}

/* Further argument checks; each gives a text or NULL. */
static char *
gov_check_none (const json_t *args)
{
  if (!args || json_is_null (args))
    return NULL;
  g_autofree char *text = json_is_object (args) ? g_strdup ("[object Object]") : cr_json_dump (args);
  return g_strdup_printf ("Proposal does not accept any argument, found \"%s\"", text);
}

char *
gov_check_entity_id (const json_t *args, const char *field)
{
  char *problem = gov_check_type (args, field, "string");
  if (problem)
    return problem;
  const char *value = json_string_value (json_object_get (args, field));
  if (strlen (value) != ENTITY_ID_LENGTH)
    return g_strdup_printf ("%s must contain exactly %d characters", field, ENTITY_ID_LENGTH);
  if (strspn (value, "0123456789abcdefABCDEF") != ENTITY_ID_LENGTH)
    return g_strdup_printf ("%s contains non-hexadecimal character", field);
  return NULL;
}

static char *
check_pem (const char *text, const char *label)
{
  g_autoptr (GPtrArray) certificates = text ? cose_certs_from_pem (text, -1, label, NULL) : NULL;
  return certificates ? NULL
                      : g_strdup_printf ("%s must be a valid X509 certificate (bundle) in PEM format", label);
}

char *
gov_check_certificates (const json_t *args, const char *field)
{
  if (!args || json_is_null (args))
    return gov_check_type (args, field, "string");
  return check_pem (json_string_value (json_object_get (args, field)), field);
}

/* One certificate of a JWK: base64 of its DER. */
static char *
check_chain_entry (const json_t *value, const char *label)
{
  char *problem = gov_check_value (value, "string", label);
  if (problem)
    return problem;
  g_autofree char *pem = g_strdup_printf ("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----",
                                          json_string_value (value));
  return check_pem (pem, label);
}

static char *
check_key (const json_t *key, const char *prefix)
{
  static const char *const members[][2] = { { "kid", "string" }, { "kty", "string" }, { "x5c", "array" } };
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    g_autofree char *label = g_strdup_printf ("%s.%s", prefix, members[i][0]);
    char *problem = gov_check_value (json_object_get (key, members[i][0]), members[i][1], label);
    if (problem)
      return problem;
  }
  const json_t *chain = json_object_get (key, "x5c");
  if (!json_array_size (chain))
    return g_strdup_printf ("%s.x5c must be an array of minimum 1 elements", prefix);
  for (gsize i = 0; i < json_array_size (chain); i++) {
    g_autofree char *label = g_strdup_printf ("%s.x5c[%" G_GSIZE_FORMAT "]", prefix, i);
    char *problem = check_chain_entry (json_array_get (chain, i), label);
    if (problem)
      return problem;
  }
  return NULL;
}

char *
gov_check_jwks (const json_t *args, const char *field)
{
  const json_t *jwks = json_object_get (args, field);
  const json_t *keys = json_object_get (jwks, "keys");
  g_autofree char *label = g_strconcat (field, ".keys", NULL);
  char *problem = gov_check_type (args, field, "object");
  if (!problem)
    problem = gov_check_value (keys, "array", label);
  for (gsize i = 0; !problem && i < json_array_size (keys); i++) {
    g_autofree char *prefix = g_strdup_printf ("%s[%" G_GSIZE_FORMAT "]", label, i);
    problem = check_key (json_array_get (keys, i), prefix);
  }
  return problem;
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
gov_check_among (const json_t *value, const char *const *values, const char *label)
{
  if (json_is_string (value) && g_strv_contains (values, json_string_value (value)))
    return NULL;
  g_autofree char *list = g_strjoinv (",", (char **) (guintptr) values); /* only read */
  return g_strdup_printf ("%s must be one of %s", label, list);
}

char *
gov_check_bounds (const json_t *value, gint64 low, gint64 high, const char *label)
{
  double number = json_number_value (value);
  if (number < (double) low)
    return g_strdup_printf ("%s must be greater than %" G_GINT64_FORMAT, label, low);
  if (number > (double) high)
    return g_strdup_printf ("%s must be lower than %" G_GINT64_FORMAT, label, high);
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
                          " failed validation: %s: %s\n    at validate (public:ccf.gov.constitution)\n",
                          name, position, g_str_has_prefix (problem, "cannot ") ? "TypeError" : "Error",
                          problem);
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
gov_validate_any (Store *store, const json_t *args)
{
  (void) store;
  (void) args;
  return NULL;
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
