/* SPDX-License-Identifier: MIT
 * Texts with {placeholders}, conditions and lists in persona files.
 */
#include "workflow/loader-private.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

/* Constants that a scenario may set in "values:". */
static const char *const value_names[] = { "demo",       "location",   "network", "cluster",
                                           "query-name", "protection", NULL };

/* What a placeholder may stand for besides a scenario value or an input of the step. */
static const char *const placeholder_names[] = {
  "persona", "scenario", "environment", "collaboration", "state-dir", "demo", "location", "network",
  "cluster", "query-name",
  /* endpoints */
  "identity", "management", "provider", "ccf", "recovery-agent", "agent", "blob", "web", "oidc-blob",
  /* names and ids that steps find out */
  "account", "user", "tenant", "subscription", "group", "resource-group", "data-account", "oidc-account",
  "ccf-account", "vault", "vault-url", "kek", "secret", "s3", "bucket", "managed-identity", "contract",
  "email", "invitation", "query", "run", "job", "issuer",
  /* free parts of addresses in plans */
  "member", "proposal", "document", "container", "file", "operation", "namespace", "scope", "assignment",
  "transaction", "day", "collaborator", "username", "event", "dataset", NULL
};

const char *const workflow_when_names[] = { "environment", "persona", "scenario", NULL };

gboolean
workflow_is_value_name (const char *name)
{
  return g_strv_contains (value_names, name);
}

/* The length of the name of a placeholder that starts at TEXT ('{'), 0 when it is none. */
static gsize
placeholder_length (const char *text)
{
  gsize length = 1;
  while (g_ascii_islower (text[length]) || g_ascii_isdigit (text[length]) || text[length] == '-')
    length++;
  return length > 1 && text[length] == '}' ? length - 1 : 0;
}

static gboolean
is_input (GPtrArray *inputs, const char *name)
{
  for (guint i = 0; inputs != NULL && i < inputs->len; i++)
    if (g_str_equal (((WorkflowInput *) g_ptr_array_index (inputs, i))->name, name))
      return TRUE;
  return FALSE;
}

gboolean
workflow_text_check (const CrYaml *node, const char *text, GPtrArray *inputs, gboolean each, GError **error)
{
  for (const char *at = text; text != NULL && (at = strchr (at, '{')) != NULL; at++) {
    gsize length = placeholder_length (at);
    if (length == 0)
      return cr_yaml_error (error, node, "a '{' that is no placeholder; a placeholder looks like {persona}.");
    g_autofree char *name = g_strndup (at + 1, length);
    if (g_strv_contains (placeholder_names, name) || is_input (inputs, name)
        || (each && g_str_equal (name, "each")))
      continue;
    const char *near = cr_nearest (name, placeholder_names);
    if (near != NULL)
      return cr_yaml_error (error, node, "unknown placeholder {%s}, did you mean {%s}?", name, near);
    return cr_yaml_error (error, node, "unknown placeholder {%s}.", name);
  }
  return TRUE;
}

char *
workflow_expand (const char *text, WorkflowLookup lookup, gpointer data)
{
  if (text == NULL)
    return NULL;
  GString *out = g_string_new (NULL);
  while (*text != '\0') {
    gsize length = *text == '{' ? placeholder_length (text) : 0;
    if (length == 0) {
      g_string_append_c (out, *text++);
      continue;
    }
    g_autofree char *name = g_strndup (text + 1, length);
    g_autofree char *value = lookup (name, data);
    if (value != NULL)
      g_string_append (out, value);
    else
      g_string_append_len (out, text, (gssize) length + 2);
    text += length + 2;
  }
  return g_string_free (out, FALSE);
}

char **
workflow_read_strings (const CrYaml *map, const char *key, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  const CrYaml *node = cr_yaml_get (map, key);
  if (node != NULL && cr_yaml_type (node) != CR_YAML_LIST) {
    cr_yaml_error (error, node, "'%s' must be a list.", key);
    return NULL;
  }
  for (guint i = 0; node != NULL && i < cr_yaml_length (node); i++) {
    const CrYaml *item = cr_yaml_item (node, i);
    if (cr_yaml_type (item) != CR_YAML_SCALAR || cr_yaml_is_null (item) || *cr_yaml_text (item) == '\0') {
      cr_yaml_error (error, item, "'%s' must be a list of texts.", key);
      return NULL;
    }
    g_ptr_array_add (list, g_strdup (cr_yaml_text (item)));
  }
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

gboolean
workflow_read_boolean (const CrYaml *map, const char *key, gboolean *value, GError **error)
{
  const CrYaml *node = cr_yaml_get (map, key);
  *value = FALSE;
  if (node == NULL)
    return TRUE;
  const char *text = cr_yaml_text (node);
  if (g_strcmp0 (text, "true") != 0 && g_strcmp0 (text, "false") != 0)
    return cr_yaml_error (error, node, "'%s' must be true or false.", key);
  *value = g_str_equal (text, "true");
  return TRUE;
}

gboolean
workflow_read_name (const CrYaml *map, const char *key, char **value, GError **error)
{
  const char *text = cr_yaml_require (map, key, error);
  if (text == NULL)
    return FALSE;
  if (!cr_name_valid (text))
    return cr_yaml_error (error, cr_yaml_get (map, key),
                          "'%s' is no name: letters, digits, '.', '_' and '-' are, at most 64 of them.",
                          text);
  *value = g_strdup (text);
  return TRUE;
}

void
workflow_condition_free (WorkflowCondition *condition)
{
  if (condition == NULL)
    return;
  g_free (condition->name);
  g_strfreev (condition->values);
  g_free (condition);
}

/* NAME in [a, b] -> name and values; FALSE when TEXT has another form. */
static gboolean
split_condition (const char *text, char **name, char ***values)
{
  g_autoptr (GRegex) form = g_regex_new ("^([a-z][a-z0-9-]*) in \\[([^\\[\\]]*)\\]$", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  if (!g_regex_match (form, text, 0, &match))
    return FALSE;
  g_autofree char *list = g_match_info_fetch (match, 2);
  g_auto (GStrv) parts = g_strsplit (list, ",", -1);
  for (char **part = parts; *part != NULL; part++) {
    g_strstrip (*part);
    if (**part == '\0')
      return FALSE;
  }
  if (parts[0] == NULL)
    return FALSE;
  *name = g_match_info_fetch (match, 1);
  *values = g_steal_pointer (&parts);
  return TRUE;
}

WorkflowCondition *
workflow_read_condition (const CrYaml *map, const char *key, const char *const *names, const char *what,
                         GError **error)
{
  const CrYaml *node = cr_yaml_get (map, key);
  if (node == NULL)
    return NULL;
  WorkflowCondition *condition = g_new0 (WorkflowCondition, 1);
  const char *text = cr_yaml_text (node);
  if (text == NULL || !split_condition (text, &condition->name, &condition->values)) {
    cr_yaml_error (error, node, "'%s' must read: NAME in [value, value]", key);
  } else if (!g_strv_contains (names, condition->name)) {
    const char *near = cr_nearest (condition->name, names);
    if (near != NULL)
      cr_yaml_error (error, node, "unknown %s '%s', did you mean '%s'?", what, condition->name, near);
    else
      cr_yaml_error (error, node, "unknown %s '%s'.", what, condition->name);
  } else {
    return condition;
  }
  workflow_condition_free (condition);
  return NULL;
}
