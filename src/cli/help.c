/* SPDX-License-Identifier: MIT
 * Help made from the table of commands.
 */
#include "cli/cli-private.h"

#include "base/text.h"
#include "base/translate.h"

#include <stdio.h>
#include <string.h>

void
cli_help_overview (void)
{
  printf (
      _ ("cleanroom %s - one answer from data that nobody may show the others\n"
         "\n"
         "  cleanroom                             the full screen; cleanroom woodgrove opens one persona\n"
         "  cleanroom demo analytics-sse          a whole collaboration, three parties, here and now\n"
         "  cleanroom step list northwind         what a persona has done, can do, and waits for\n"
         "  cleanroom step run northwind STEP     do the next thing (--plan shows the calls first)\n"
         "\n"
         "  ui            the full screen: --present, --plain, --theme, --no-mouse, --ascii\n"
         "  demo          run a scenario from start to answer\n"
         "  step          list, status, run, check: the journey of a persona\n"
         "  sandbox       start, stop, status, reset: the local other side\n"
         "  env           add, discover, use, remove, list, show: where the other side is\n"
         "  keys          create, import, list, show, export: what lies in the keyring\n"
         "  identity      sign-in, approve, login, sign-out, show: accounts\n"
         "  governance    client, service, network, member, proposal, contract, deployment, member-document,\n"
         "                user-document, user-identity, user-proposal, oidc-issuer, signing, ca, event\n"
         "  ccf           network: make, look at, open and change the ledger's network\n"
         "  query         add, approve: what may run\n"
         "  run           start, status, list, output: run it, see the answer\n"
         "  audit         list: what happened under a contract\n"
         "\n"
         "Every command explains itself with --help, lists as JSON with --json, and keeps its files\n"
         "below --state DIR (default ~/.local/share/cleanroom).\n"),
      PACKAGE_VERSION);
}

typedef struct {
  const char *words;
  guint shown;
} Group;

static void
show_in_group (const CliCommand *command, gpointer data)
{
  Group *group = data;
  gsize length = strlen (group->words);
  if (length > 0 && (strncmp (command->path, group->words, length) != 0 || command->path[length] != ' '))
    return;
  g_autofree char *left = g_strdup_printf ("%s %s", command->path, command->arguments);
  printf ("  cleanroom %-46s %s\n", left, cr_translate (command->summary));
  group->shown++;
}

gboolean
cli_help_group (const char *words)
{
  Group group = { words, 0 };
  cli_each_command (show_in_group, &group);
  return group.shown > 0;
}

static void
show_options (const CliOption *options)
{
  for (; options != NULL && options->name != NULL; options++) {
    g_autofree char *left = options->kind == CLI_FLAG
                                ? g_strdup_printf ("--%s", options->name)
                                : g_strdup_printf ("--%s %s%s", options->name, options->value,
                                                   options->kind == CLI_MANY ? "..." : "");
    printf ("  %-28s %s\n", left, cr_translate (options->help));
  }
}

void
cli_help_command (const CliCommand *command)
{
  printf (_ ("%s\n\n  %s\n\nUsage: cleanroom %s%s%s [OPTION...]\n\n"), cr_translate (command->summary),
          command->example, command->path, *command->arguments != '\0' ? " " : "", command->arguments);
  show_options (command->options);
  show_options (cli_common_options);
}

static void
collect_path (const CliCommand *command, gpointer data)
{
  g_ptr_array_add (data, (gpointer) (gsize) command->path);
}

char *
cli_nearest_command (const char *words)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  cli_each_command (collect_path, paths);
  g_ptr_array_add (paths, NULL);
  return g_strdup (cr_nearest (words, (const char *const *) paths->pdata));
}
