/* SPDX-License-Identifier: MIT
 * Finding the command, reading its options, and running it.
 */
#include "cli/cli-private.h"
#include "cli/consortium.h"
#include "cli/ui.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

static const CliCommand *const groups[] = {
  cli_demo_commands,
  cli_step_commands,
  cli_environment_commands,
  cli_sandbox_commands,
  cli_keys_commands,
  cli_identity_commands,
  cli_member_commands,
  cli_proposal_commands,
  cli_contract_commands,
  cli_document_commands,
  cli_user_commands,
  cli_data_commands,
  cli_query_commands,
  cli_keygen_commands,
  cli_client_commands,
  cli_network_commands,
  cli_network_up_commands,
  cli_network_policy_commands,
  cli_provider_commands,
  cli_member_vault_commands,
  cli_service_commands,
  cli_deployment_commands,
  cli_member_document_commands,
  cli_ledger_commands,
  cli_recovery_commands,
  cli_run_commands,
  cli_audit_commands,
  cli_config_commands,
  cli_config_access_commands,
  cli_config_network_commands,
  cli_config_keys_commands,
  cli_datastore_commands,
  cli_transfer_commands,
  cli_secretstore_commands,
  cli_ui_commands,
};

const CliOption cli_common_options[] = {
  { "state", CLI_VALUE, "DIR", N_ ("folder that holds everything (default ~/.local/share/cleanroom)") },
  { "json", CLI_FLAG, NULL, N_ ("print JSON on stdout") },
  { "scenario", CLI_VALUE, "NAME", N_ ("the collaboration to work on (default analytics-sse)") },
  { "env", CLI_VALUE, "NAME",
    N_ ("which environment (default: env use, then the settings file, then local)") },
  { "read-only", CLI_FLAG, NULL, N_ ("refuse everything that changes something") },
  { "own-keyring", CLI_FLAG, NULL, N_ ("start a keyring for this state folder where the machine has none") },
  { "quiet", CLI_FLAG, NULL, N_ ("no progress on stderr") },
  { "help", CLI_FLAG, NULL, N_ ("explain the command") },
  { NULL, CLI_FLAG, NULL, NULL },
};

void
cli_each_command (void (*visit) (const CliCommand *command, gpointer data), gpointer data)
{
  for (gsize g = 0; g < G_N_ELEMENTS (groups); g++)
    for (const CliCommand *command = groups[g]; command->path != NULL; command++)
      visit (command, data);
}

/* The words of PATH at the start of ARGV, or 0 when they are not there. */
static guint
matching_words (const char *path, int argc, char **argv)
{
  g_auto (GStrv) words = g_strsplit (path, " ", -1);
  guint count = g_strv_length (words);
  if (count > (guint) argc)
    return 0;
  for (guint i = 0; i < count; i++)
    if (strcmp (words[i], argv[i]) != 0)
      return 0;
  return count;
}

typedef struct {
  int argc;
  char **argv;
  const CliCommand *best;
  guint words;
} Search;

static void
consider (const CliCommand *command, gpointer data)
{
  Search *search = data;
  guint words = matching_words (command->path, search->argc, search->argv);
  if (words > search->words) {
    search->best = command;
    search->words = words;
  }
}

static const CliOption *
find_option (const CliOption *options, const char *name, gsize length)
{
  for (; options != NULL && options->name != NULL; options++)
    if (strlen (options->name) == length && strncmp (options->name, name, length) == 0)
      return options;
  return NULL;
}

static void
collect_name (GPtrArray *names, const CliOption *options)
{
  for (; options != NULL && options->name != NULL; options++)
    g_ptr_array_add (names, (gpointer) (gsize) options->name);
}

static gboolean
unknown_option (const CliCommand *command, const char *name, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  collect_name (names, command->options);
  collect_name (names, cli_common_options);
  g_ptr_array_add (names, NULL);
  const char *near = cr_nearest (name, (const char *const *) names->pdata);
  g_autofree char *hint = near != NULL ? g_strdup_printf (_ ("Did you mean --%s?"), near)
                                       : g_strdup_printf (_ ("See: cleanroom %s --help"), command->path);
  cr_set_error (error, CR_ERROR_USAGE, hint, "Unknown option --%s.", name);
  return FALSE;
}

/* TEXT is another option written out: then the value before it was forgotten. */
static gboolean
is_option (Cli *cli, const char *text)
{
  return g_str_has_prefix (text, "--")
         && (find_option (cli->command->options, text + 2, strlen (text + 2)) != NULL
             || find_option (cli_common_options, text + 2, strlen (text + 2)) != NULL);
}

/* One option at ARGV[*I]; moves *I over its value. */
static gboolean
take_option (Cli *cli, int argc, char **argv, int *i, GError **error)
{
  const char *name = argv[*i] + 2;
  const char *equals = strchr (name, '=');
  gsize length = equals != NULL ? (gsize) (equals - name) : strlen (name);
  const CliOption *option = find_option (cli->command->options, name, length);
  if (option == NULL)
    option = find_option (cli_common_options, name, length);
  if (option == NULL) {
    g_autofree char *bare = g_strndup (name, length);
    return unknown_option (cli->command, bare, error);
  }
  const char *value = equals != NULL ? equals + 1 : NULL;
  if (option->kind == CLI_FLAG && value != NULL) {
    cr_set_error (error, CR_ERROR_USAGE, NULL, "--%s takes no value.", option->name);
    return FALSE;
  }
  if (option->kind != CLI_FLAG && value == NULL) {
    if (*i + 1 >= argc || is_option (cli, argv[*i + 1])) {
      cr_set_error (error, CR_ERROR_USAGE, NULL, "--%s needs a value: --%s %s.", option->name, option->name,
                    option->value);
      return FALSE;
    }
    value = argv[++*i];
  }
  GPtrArray *values = g_hash_table_lookup (cli->values, option->name);
  if (values == NULL) {
    values = g_ptr_array_new_with_free_func (g_free);
    g_hash_table_insert (cli->values, g_strdup (option->name), values);
  } else if (option->kind == CLI_VALUE) {
    cr_set_error (error, CR_ERROR_USAGE, NULL, "--%s is given twice.", option->name);
    return FALSE;
  }
  g_ptr_array_add (values, g_strdup (value != NULL ? value : ""));
  while (option->kind == CLI_LIST && equals == NULL && *i + 1 < argc
         && !g_str_has_prefix (argv[*i + 1], "--"))
    g_ptr_array_add (values, g_strdup (argv[++*i]));
  return TRUE;
}

static gboolean
parse (Cli *cli, int argc, char **argv, GError **error)
{
  gboolean options_end = FALSE;
  for (int i = 0; i < argc; i++) {
    if (!options_end && strcmp (argv[i], "--") == 0)
      options_end = TRUE;
    else if (!options_end && strcmp (argv[i], "-h") == 0)
      g_hash_table_insert (cli->values, g_strdup ("help"), g_ptr_array_new_with_free_func (g_free));
    else if (!options_end && g_str_has_prefix (argv[i], "--")) {
      if (!take_option (cli, argc, argv, &i, error))
        return FALSE;
    } else if (!options_end && argv[i][0] == '-' && argv[i][1] != '\0') {
      cr_set_error (error, CR_ERROR_USAGE, "Options are written out: --help, --json, --state DIR.",
                    "Unknown option %s.", argv[i]);
      return FALSE;
    } else {
      g_ptr_array_add (cli->arguments, g_strdup (argv[i]));
    }
  }
  if (cli_flag (cli, "help"))
    return TRUE;
  if (cli->arguments->len < cli->command->least || cli->arguments->len > cli->command->most) {
    g_autofree char *hint = g_strdup_printf (_ ("Usage: cleanroom %s %s"), cli->command->path,
                                             cli->command->arguments);
    cr_set_error (error, CR_ERROR_USAGE, hint,
                  cli->arguments->len < cli->command->least ? N_ ("Something is missing: %s.")
                                                            : N_ ("There is more than expected: %s."),
                  cli->arguments->len < cli->command->least
                      ? cli->command->arguments
                      : (char *) g_ptr_array_index (cli->arguments, cli->command->most));
    return FALSE;
  }
  return TRUE;
}

/* These are about the state folder, whatever environment is in use there. */
static gboolean
check_environment (Cli *cli, GError **error)
{
  const char *path = cli->command->path;
  if (cli_value (cli, "env") == NULL
      || (!g_str_has_prefix (path, "sandbox ") && !g_str_has_prefix (path, "env ")))
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Leave out --env.", "\"%s\" takes no --env.", path);
  return FALSE;
}

static gboolean
run (Cli *cli, int argc, char **argv, GError **error)
{
  if (!parse (cli, argc, argv, error))
    return FALSE;
  if (cli_flag (cli, "help")) {
    cli_help_command (cli->command);
    return TRUE;
  }
  if (!check_environment (cli, error))
    return FALSE;
  if (cli->command->writes && cli_flag (cli, "read-only")) {
    cr_set_error (error, CR_ERROR_REFUSED, "Leave out --read-only to do it.",
                  "\"%s\" changes things and --read-only is set.", cli->command->path);
    return FALSE;
  }
  const char *state = cli_state_dir (cli);
  if (g_file_test (state, G_FILE_TEST_EXISTS) && !g_file_test (state, G_FILE_TEST_IS_DIR)) {
    cr_set_error (error, CR_ERROR_USAGE, "Name a folder with --state DIR; one that is not there yet is made.",
                  "%s is a file, not a folder.", state);
    return FALSE;
  }
  GError *problem = NULL;
  if (cli->command->run (cli, &problem))
    return TRUE;
  cli_explain_anonymous (cli, problem);
  g_propagate_error (error, problem);
  return FALSE;
}

static int
finish (Cli *cli, gboolean ok, const GError *error)
{
  fflush (stdout);
  if (ok)
    return cli->exit_code;
  cli_report (error);
  if (cli_json (cli))
    cli_out_json (cli->failure != NULL ? json_incref (cli->failure) : cli_error_json (error));
  return cr_error_exit_code (error);
}

static gboolean
on_interrupt (gpointer data)
{
  Cli *cli = data;
  g_cancellable_cancel (cr_job_cancellable (cli_job (cli)));
  return G_SOURCE_CONTINUE;
}

/* Commands are synchronous; a thread of its own turns Ctrl-C into a cancelled job. */
static gpointer
signal_thread (gpointer data)
{
  Cli *cli = data;
  g_main_context_push_thread_default (cli->signals);
  while (!g_atomic_int_get (&cli->done))
    g_main_context_iteration (cli->signals, TRUE);
  g_main_context_pop_thread_default (cli->signals);
  return NULL;
}

void
cli_watch_signals (Cli *cli)
{
  if (cli->signal_thread != NULL)
    return;
  cli->signals = g_main_context_new ();
  static const int watched[] = { SIGINT, SIGTERM, SIGHUP };
  for (gsize i = 0; i < G_N_ELEMENTS (watched); i++) {
    g_autoptr (GSource) source = g_unix_signal_source_new (watched[i]);
    g_source_set_callback (source, on_interrupt, cli, NULL);
    g_source_attach (source, cli->signals);
  }
  cli->signal_thread = g_thread_new ("signals", signal_thread, cli);
}

static int
unknown_command (int argc, char **argv)
{
  g_autoptr (GString) words = g_string_new (NULL);
  for (int i = 0; i < argc && argv[i][0] != '-'; i++)
    g_string_append_printf (words, "%s%s", i > 0 ? " " : "", argv[i]);
  if (cli_help_group (words->str))
    return argc > 0 && (strcmp (argv[argc - 1], "--help") == 0 || strcmp (argv[argc - 1], "-h") == 0) ? 0 : 2;
  g_autofree char *near = cli_nearest_command (words->str);
  if (near != NULL)
    cli_say ("There is no command \"%s\".\n  next: Did you mean \"cleanroom %s\"?", words->str, near);
  else
    cli_say ("There is no command \"%s\".\n  next: See cleanroom --help", words->str);
  return 2;
}

/* Without a command the program is the full screen: "cleanroom", "cleanroom --present", "cleanroom
 * woodgrove". */
static gboolean
is_screen (int argc, char **argv)
{
  if (argc == 0)
    return cli_ui_possible ();
  if (strcmp (argv[0], "--help") == 0 || strcmp (argv[0], "-h") == 0 || strcmp (argv[0], "--version") == 0)
    return FALSE;
  return argv[0][0] == '-' || cli_ui_is_persona (argv[0]);
}

int
cli_main (int argc, char **argv)
{
  Search search = { argc, argv, NULL, 0 };
  cli_each_command (consider, &search);
  if (search.best == NULL && is_screen (argc, argv))
    search.best = cli_ui_commands;
  if (search.best == NULL) {
    if (argc == 0 || strcmp (argv[0], "--help") == 0 || strcmp (argv[0], "-h") == 0
        || strcmp (argv[0], "help") == 0) {
      cli_help_overview ();
      return 0;
    }
    if (strcmp (argv[0], "--version") == 0) {
      printf ("cleanroom %s\n", PACKAGE_VERSION);
      return 0;
    }
    return unknown_command (argc, argv);
  }

  g_autoptr (Cli) cli = cli_new (search.best);
  g_autoptr (GError) error = NULL;
  gboolean ok = run (cli, argc - (int) search.words, argv + search.words, &error);
  return finish (cli, ok, error);
}
