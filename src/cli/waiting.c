/* SPDX-License-Identifier: MIT
 * Missing votes for a person (waiting.h).
 */
#include "cli/waiting.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

static char *
names_of (const json_t *list)
{
  g_autoptr (GString) text = g_string_new (NULL);
  size_t i;
  json_t *one;
  json_array_foreach (list, i, one) {
    const char *vote = cr_json_peek_string (one, "vote");
    g_autofree char *name = cr_text_safe (cr_json_peek_string (one, "name"));
    g_autofree char *said = cr_text_safe (vote);
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", name);
    if (vote != NULL)
      g_string_append_printf (text, " (%s)", said);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
show_line (const json_t *waiting, const char *key, const char *label)
{
  const json_t *list = json_object_get (waiting, key);
  if (json_array_size (list) == 0)
    return;
  g_autofree char *names = names_of (list);
  cli_out ("%s  %s\n", label, names);
}

gboolean
cli_show_decision (Cli *cli, CcfClient *client, json_t *value, CliWaiting waiting, GError **error)
{
  g_autoptr (json_t) owned = value;
  if (owned == NULL)
    return FALSE;
  gboolean only = cli_flag (cli, "waiting");
  if (cli_json (cli) && !only)
    return cli_show (cli, g_steal_pointer (&owned), NULL);
  g_autoptr (json_t) missing = waiting (cli_job (cli), client, owned, only ? error : NULL);
  if (only && missing == NULL)
    return FALSE;
  if (cli_json (cli))
    return cli_show (cli, g_steal_pointer (&missing), NULL);
  if (!only)
    cli_show (cli, g_steal_pointer (&owned), NULL);
  show_line (missing, "voted", _ ("voted"));
  show_line (missing, "missing", _ ("waiting for"));
  show_line (missing, "notActive", _ ("not active yet"));
  if (only && json_array_size (json_object_get (missing, "missing")) == 0)
    cli_say (_ ("Nobody's vote is missing."));
  return TRUE;
}
