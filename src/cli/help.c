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
         "  sandbox       start, stop, status, reset, fail: the local other side\n"
         "  env           list, show, use, add, export, discover, remove: where the other side is\n"
         "  keys          create, import, list, show, export: what lies in the keyring\n"
         "  identity      sign-in, approve, login, sign-out, show: accounts\n"
         "  governance    client, service, network, member, proposal, contract, deployment, member-document,\n"
         "                user-document, user-identity, user-proposal, oidc-issuer, signing, ca, event\n"
         "  ccf           network: make, look at, open and change the ledger's network\n"
         "  config        init, add-..., view, validate, wrap-deks: what a clean room gets\n"
         "  datastore     add, upload, download, list, show, encrypt, decrypt: where data lies\n"
         "  secretstore   add, get, list: where keys and secrets lie\n"
         "  query         add, show, approve: what may run\n"
         "  run           start, status, list, output: run it, see the answer\n"
         "  audit         list: what happened under a contract\n"
         "\n"
         "Every command explains itself with --help, lists as JSON with --json, and keeps its files\n"
         "below --state DIR (default ~/.local/share/cleanroom).\n"
         "\n"
         "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 sign in first, 4 waiting for somebody,\n"
         "5 refused, 6 not found, 130 cancelled.\n"),
      PACKAGE_VERSION);
}

#define GROUP_COLUMN_MAX 52

typedef struct {
  const char *words;
  guint shown;
  int width; /* of the commands */
} Group;

static gboolean
is_in_group (const Group *group, const CliCommand *command)
{
  gsize length = strlen (group->words);
  return length == 0 || (strncmp (command->path, group->words, length) == 0 && command->path[length] == ' ');
}

static void
measure_in_group (const CliCommand *command, gpointer data)
{
  Group *group = data;
  int width = (int) (strlen (command->path) + 1 + strlen (command->arguments));
  if (is_in_group (group, command))
    group->width = MAX (group->width, MIN (width, GROUP_COLUMN_MAX));
}

static void
show_in_group (const CliCommand *command, gpointer data)
{
  Group *group = data;
  if (!is_in_group (group, command))
    return;
  g_autofree char *left = g_strdup_printf ("%s %s", command->path, command->arguments);
  printf ("  cleanroom %-*s  %s\n", group->width, left, cr_translate (command->summary));
  group->shown++;
}

gboolean
cli_help_group (const char *words)
{
  Group group = { .words = words };
  cli_each_command (measure_in_group, &group);
  cli_each_command (show_in_group, &group);
  if (group.shown > 0)
    printf ("\n%s\n", _ ("Each of them says more with --help."));
  return group.shown > 0;
}

static void
show_options (const CliOption *options)
{
  for (; options != NULL && options->name != NULL; options++) {
    g_autofree char *left = options->kind == CLI_FLAG
                                ? g_strdup_printf ("--%s", options->name)
                                : g_strdup_printf ("--%s %s%s", options->name, options->value,
                                                   options->kind == CLI_VALUE ? "" : "...");
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
