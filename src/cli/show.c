/* SPDX-License-Identifier: MIT
 * One answer of the other side shown to a person (show.h).
 */
#include "cli/show.h"

#include "cli/consortium.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

static char *
value_text (json_t *value)
{
  if (value == NULL || json_is_null (value))
    return g_strdup ("");
  if (json_is_string (value))
    return g_strdup (json_string_value (value));
  return cr_json_dump (value);
}

char *
cli_member_text (json_t *value, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", -1);
  for (char **name = names; *name != NULL && value != NULL; name++)
    value = json_object_get (value, *name);
  return value_text (value);
}

static void
show_list (json_t *list, const char *const *columns)
{
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  size_t i;
  json_t *item;
  json_array_foreach (list, i, item) {
    GPtrArray *row = g_ptr_array_new_with_free_func (g_free);
    for (const char *const *column = columns; *column != NULL; column++) {
      g_autofree char *text = cli_member_text (item, *column);
      g_ptr_array_add (row, cr_text_safe (text));
    }
    g_ptr_array_add (rows, row);
  }
  if (rows->len > 0)
    cli_out_table (columns, rows);
  else
    cli_say ("The list is empty.");
}

static void
show_object (json_t *object)
{
  int width = 0;
  const char *key;
  json_t *value;
  json_object_foreach (object, key, value)
    width = MAX (width, cr_text_width (key));
  json_object_foreach (object, key, value) {
    g_autofree char *text = value_text (value);
    g_autofree char *safe = cr_text_safe_lines (text);
    cli_out ("%-*s  %s\n", width, key, safe);
  }
}

gboolean
cli_show (Cli *cli, json_t *value, const char *const *columns)
{
  if (value == NULL)
    return FALSE;
  g_autoptr (json_t) owned = value;
  if (cli_json (cli)) {
    cli_out_json (json_incref (owned));
    return TRUE;
  }
  json_t *list = json_is_array (owned) ? owned : json_object_get (owned, "value");
  if (json_is_array (list) && columns != NULL)
    show_list (list, columns);
  else if (json_is_object (owned))
    show_object (owned);
  else {
    g_autofree char *text = value_text (owned);
    g_autofree char *safe = cr_text_safe_lines (text);
    cli_out ("%s\n", safe);
  }
  return TRUE;
}

gboolean
cli_show_list (Cli *cli, json_t *list, const char *const *columns)
{
  if (list == NULL)
    return FALSE;
  json_t *envelope = json_object ();
  cr_json_set (envelope, "value", list);
  return cli_show (cli, envelope, columns);
}

gboolean
cli_switch (Cli *cli, gboolean *enable, GError **error)
{
  const char *action = cli_require (cli, "action", error);
  if (action == NULL)
    return FALSE;
  *enable = strcmp (action, "enable") == 0;
  if (*enable || strcmp (action, "disable") == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Say --action enable or --action disable.", "\"%s\" is not a switch.",
                action);
  return FALSE;
}

gboolean
cli_action (Cli *cli, gboolean *accept, GError **error)
{
  const char *action = cli_require (cli, "action", error);
  if (action == NULL)
    return FALSE;
  *accept = strcmp (action, "accept") == 0;
  if (*accept || strcmp (action, "reject") == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Say --action accept or --action reject.", "\"%s\" is not a vote.",
                action);
  return FALSE;
}

CcfClient *
cli_ccf (Cli *cli, GError **error)
{
  const CcfConsortium *consortium = NULL;
  if (!cli_consortium (cli, &consortium, error))
    return NULL;
  if (consortium != NULL)
    return cli_consortium_client (cli, consortium, error);
  WorkflowContext *context = cli_context (cli, error);
  if (context == NULL)
    return NULL;
  const char *identity = cli_identity (cli);
  gboolean named = identity != NULL && strcmp (identity, workflow_context_persona (context)) != 0;
  CcfClient *client = workflow_context_ccf (context, named ? identity : NULL, error);
  if (client != NULL)
    ccf_client_set_proposes_only (client, !cli_flag (cli, "accept"));
  return client;
}

char *
cli_contract_id (Cli *cli, GError **error)
{
  const char *given = cli_value (cli, "contract-id");
  const CcfConsortium *consortium = NULL;
  if (given != NULL)
    return g_strdup (given);
  if (!cli_consortium (cli, &consortium, error)
      || (consortium != NULL && cli_require (cli, "contract-id", error) == NULL))
    return NULL;
  WorkflowContext *context = cli_context (cli, error);
  if (context == NULL)
    return NULL;
  char *known = workflow_context_value ("contract", context);
  if (known == NULL)
    cr_set_error (error, CR_ERROR_USAGE, "Say which: --contract-id ID.", "No contract is known here yet.");
  return known;
}

char *
cli_contract_id_maybe (Cli *cli)
{
  const char *given = cli_value (cli, "contract-id");
  const CcfConsortium *consortium = NULL;
  if (given != NULL || !cli_consortium (cli, &consortium, NULL) || consortium != NULL)
    return g_strdup (given);
  WorkflowContext *context = cli_context (cli, NULL);
  return context != NULL ? workflow_context_value ("contract", context) : NULL;
}
