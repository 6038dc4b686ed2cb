/* SPDX-License-Identifier: MIT
 * The full screen: `cleanroom`, `cleanroom PERSONA`; the same as numbered lines where there is no such
 * terminal.
 */
#include "cli/cli.h"
#include "cli/consortium.h"
#include "cli/ui.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"
#include "ui/curses/app.h"
#include "ui/line/line.h"
#include "workflow/loader.h"

#include <string.h>
#include <unistd.h>

static gboolean
is_set (const char *variable)
{
  const char *value = g_getenv (variable);
  return value != NULL && *value != '\0' && strcmp (value, "0") != 0;
}

static gboolean
wants_lines (Cli *cli)
{
  return cli_flag (cli, "plain") || cli_flag (cli, "accessible") || is_set ("ACCESSIBLE");
}

/* TRUE when PERSONAS has a persona of this name. */
static gboolean
persona_exists (const char *folder, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".yaml", NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

gboolean
cli_ui_is_persona (const char *word)
{
  g_autofree char *folder = cr_name_valid (word) ? workflow_personas_dir (NULL, NULL) : NULL;
  return folder != NULL && persona_exists (folder, word);
}

gboolean
cli_ui_possible (void)
{
  return isatty (STDIN_FILENO) && isatty (STDOUT_FILENO);
}

static gboolean
check_persona (const char *persona, GError **error)
{
  if (persona == NULL || cli_ui_is_persona (persona))
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, _ ("See who there is: cleanroom step list --help"),
                _ ("There is no persona \"%s\"."), persona);
  return FALSE;
}

/* Elsewhere people are personas. */
static gboolean
check_environment (Cli *cli, GError **error)
{
  const CcfConsortium *it = NULL;
  if (cli_value (cli, "env") != NULL && cli_place (cli, error) == NULL)
    return FALSE;
  if (cli_value (cli, "as") == NULL)
    return TRUE;
  if (!cli_consortium (cli, &it, error))
    return FALSE;
  if (it == NULL)
    cr_set_error (error, CR_ERROR_USAGE, _ ("Say which persona instead: cleanroom northwind"),
                  _ ("--as is for environments where only a ledger is known."));
  return it != NULL;
}

static int
run_lines (Cli *cli, const char *persona, GError **error)
{
  UiLineOptions options = {
    .state_dir = cli_state_dir (cli),
    .environment = cli_value (cli, "env"),
    .as = cli_value (cli, "as"),
    .scenario = cli_value (cli, "scenario"),
    .persona = persona,
    .own_keyring = cli_flag (cli, "own-keyring"),
    .present = cli_flag (cli, "present"),
    .read_only = cli_flag (cli, "read-only"),
  };
  return ui_line_run (&options, error);
}

static int
run_screen (Cli *cli, const char *persona, GError **error)
{
  UiAppOptions options = {
    .state_dir = cli_state_dir (cli),
    .environment = cli_value (cli, "env"),
    .as = cli_value (cli, "as"),
    .scenario = cli_value (cli, "scenario"),
    .persona = persona,
    .screen = cli_value (cli, "screen"),
    .own_keyring = cli_flag (cli, "own-keyring"),
    .present = cli_flag (cli, "present"),
    .read_only = cli_flag (cli, "read-only"),
    .no_mouse = cli_flag (cli, "no-mouse"),
    .ascii = cli_flag (cli, "ascii"),
    .theme = cli_value (cli, "theme"),
    .script = cli_value (cli, "script"),
  };
  return ui_app_run (&options, error);
}

static gboolean
ui (Cli *cli, GError **error)
{
  const char *persona = cli_argument (cli, 0);
  g_autoptr (GError) problem = NULL;
  /* What is said here has to be right; what the settings say is told in the app. */
  if (!check_persona (persona, error) || !check_environment (cli, error))
    return FALSE;
  gboolean lines = wants_lines (cli) || (cli_ui_possible () && !ui_app_possible ());
  if (!lines && !ui_app_possible ()) {
    cr_set_error (error, CR_ERROR_USAGE,
                  _ ("Use --plain for questions and lines, or \"cleanroom step\" in scripts."),
                  _ ("The full screen needs a terminal on standard input and output."));
    return FALSE;
  }
  int code = lines ? run_lines (cli, persona, &problem) : run_screen (cli, persona, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  cli_set_exit_code (cli, code);
  return TRUE;
}

static const CliOption ui_options[] = {
  { "present", CLI_FLAG, NULL, N_ ("all personas of the scenario in one terminal") },
  { "as", CLI_VALUE, "NAME",
    N_ ("who acts where only a ledger is known: a member identity or a signed-in user") },
  { "plain", CLI_FLAG, NULL, N_ ("questions and lines instead of a full screen") },
  { "accessible", CLI_FLAG, NULL, N_ ("the same as --plain (also ACCESSIBLE=1)") },
  { "theme", CLI_VALUE, "NAME",
    N_ ("auto, dark, light, high-contrast, deuteranopia, tritanopia, monochrome") },
  { "ascii", CLI_FLAG, NULL, N_ ("only ASCII characters") },
  { "no-mouse", CLI_FLAG, NULL, N_ ("never switch the mouse on") },
  { "screen", CLI_VALUE, "NAME", N_ ("open this screen first: journey, documents, audit, ...") },
  { "script", CLI_VALUE, "FILE", N_ ("keys from a file, one line after the other") },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_ui_commands[] = {
  { "ui", "[PERSONA]", N_ ("the whole journey on screen (the same as cleanroom without a command)"),
    "cleanroom woodgrove", 0, 1, ui_options, ui, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
