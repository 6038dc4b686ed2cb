/* SPDX-License-Identifier: MIT
 * sandbox start|stop|status|reset.
 */
#include "cli/cli.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"
#include "keys/key-daemon.h"
#include "workflow/local-sandbox.h"

#include <inttypes.h>
#include <string.h>

static json_t *
status_json (const LocalSandbox *sandbox)
{
  json_t *endpoints = json_object ();
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (sandbox->endpoints), (GCompareFunc) strcmp);
  for (GList *name = names; name != NULL; name = name->next)
    cr_json_set_string (endpoints, name->data, g_hash_table_lookup (sandbox->endpoints, name->data));
  json_t *value = json_object ();
  cr_json_set_bool (value, "running", sandbox->running);
  cr_json_set_int (value, "pid", sandbox->pid);
  cr_json_set_int (value, "resident_bytes", (gint64) sandbox->resident_bytes);
  cr_json_set_string (value, "folder", sandbox->folder);
  cr_json_set_string (value, "rules", sandbox->rules);
  cr_json_set (value, "endpoints", endpoints);
  return value;
}

static void
show_status (const LocalSandbox *sandbox)
{
  if (sandbox->running)
    cli_out ("running, process %" PRId64 ", %.1f MB, simulated attestation\n", sandbox->pid,
             (double) sandbox->resident_bytes / 1e6);
  else
    cli_out ("not running (it starts by itself when a step needs it)\n");
  if (strcmp (sandbox->rules, "proposed") == 0)
    cli_out ("proposed rules: contracts may name who decides, rejected user documents stay rejected\n");
  cli_out ("state in %s\n", sandbox->folder);
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (sandbox->endpoints), (GCompareFunc) strcmp);
  for (GList *name = names; name != NULL; name = name->next)
    g_ptr_array_add (
        rows, cli_row (name->data, (char *) g_hash_table_lookup (sandbox->endpoints, name->data), NULL));
  static const char *const columns[] = { N_ ("Endpoint"), N_ ("Address"), NULL };
  if (rows->len > 0)
    cli_out_table (columns, rows);
}

static gboolean
report_status (Cli *cli, GError **error)
{
  (void) error;
  g_autoptr (LocalSandbox) sandbox = local_sandbox_status (cli_state_dir (cli));
  if (cli_json (cli))
    cli_out_json (status_json (sandbox));
  else
    show_status (sandbox);
  return TRUE;
}

/* Known rules, and not others than those of a sandbox that runs already. */
static gboolean
check_rules (Cli *cli, const char *rules, GError **error)
{
  static const char *const known[] = { "released", "proposed", NULL };
  if (rules == NULL)
    return TRUE;
  if (!g_strv_contains (known, rules)) {
    cr_set_error (error, CR_ERROR_USAGE, "Say --rules released or --rules proposed.",
                  "There are no rules \"%s\".", rules);
    return FALSE;
  }
  g_autoptr (LocalSandbox) sandbox = local_sandbox_status (cli_state_dir (cli));
  if (!sandbox->running || strcmp (sandbox->rules, rules) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Stop it first: cleanroom sandbox stop",
                "The local environment runs already, with the %s rules.", sandbox->rules);
  return FALSE;
}

static gboolean
start (Cli *cli, GError **error)
{
  const char *delay_text = cli_value (cli, "role-delay-ms");
  gint64 delay = -1;
  if (delay_text != NULL && !g_ascii_string_to_signed (delay_text, 10, 0, 600000, &delay, NULL)) {
    cr_set_error (error, CR_ERROR_USAGE, "Give milliseconds, 0 to 600000.",
                  "\"%s\" is not a number of milliseconds.", delay_text);
    return FALSE;
  }
  if (!cli_check_engine (cli_value (cli, "engine"), error))
    return FALSE;
  const char *rules = cli_value (cli, "rules");
  if (!check_rules (cli, rules, error))
    return FALSE;
  LocalSandboxOptions options = { .engine = cli_value (cli, "engine"),
                                  .role_delay_ms = (int) delay,
                                  .rules = rules };
  gboolean started = FALSE;
  if (!local_sandbox_start_with (cli_state_dir (cli), &options, &started, error))
    return FALSE;
  if (!started)
    cli_say ("It was running already.");
  return report_status (cli, error);
}

static gboolean
stop (Cli *cli, GError **error)
{
  gboolean was_running = FALSE;
  if (!local_sandbox_stop (cli_state_dir (cli), &was_running, error))
    return FALSE;
  if (keyring_is_own (cli_state_dir (cli)) && cli_flag (cli, "keyring")
      && !keyring_stop (cli_state_dir (cli), error))
    return FALSE;
  cli_say (was_running ? "Stopped. Nothing is lost; the next step starts it again." : "It was not running.");
  return !cli_json (cli) || report_status (cli, error);
}

static gboolean
reset (Cli *cli, GError **error)
{
  g_autoptr (LocalSandbox) sandbox = local_sandbox_status (cli_state_dir (cli));
  cli_say ("This destroys the local other side in %s:\n"
           "  the ledger with every contract, vote and audit event,\n"
           "  accounts, storage with every published file, and all runs.\n"
           "Folders and keys of the personas stay, but the collaboration they belong to is gone.",
           sandbox->folder);
  if (!cli_flag (cli, "yes") && !cli_confirm ("Destroy it?")) {
    cr_set_error (error, CR_ERROR_CANCELLED, "Say --yes to do it without a question.",
                  "Nothing was destroyed.");
    return FALSE;
  }
  if (!local_sandbox_reset (cli_state_dir (cli), error))
    return FALSE;
  cli_say (
      "The local environment is gone. \"cleanroom demo analytics-sse --fresh\" starts a new collaboration.");
  return !cli_json (cli) || report_status (cli, error);
}

static gboolean
fail_network (Cli *cli, GError **error)
{
  cli_say (
      _ ("This breaks the ledger network of the local environment, as if its container had been stopped:\n"
         "  the keys of node and service and the ledger secret are lost, the ledger stays.\n"
         "  \"cleanroom ccf network recover --as ccfoperator\" brings it back."));
  if (!cli_flag (cli, "yes") && !cli_confirm (_ ("Break it?"))) {
    cr_set_error (error, CR_ERROR_CANCELLED, "Say --yes to do it without a question.", "Nothing was broken.");
    return FALSE;
  }
  if (!local_sandbox_fail (cli_state_dir (cli), error))
    return FALSE;
  cli_say (_ ("The network is lost."));
  return !cli_json (cli) || report_status (cli, error);
}

static const CliOption start_options[] = {
  { "engine", CLI_VALUE, "NAME", N_ ("query engine: auto (default), duckdb or sqlite") },
  { "role-delay-ms", CLI_VALUE, "N",
    N_ ("let role assignments take effect after N milliseconds, as a cloud does") },
  { "rules", CLI_VALUE, "NAME",
    N_ ("governance rules: released (default) or proposed (contracts may name who decides); remembered") },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption stop_options[] = {
  { "keyring", CLI_FLAG, NULL, N_ ("also stop the keyring of this state folder, if it has its own") },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption reset_options[] = {
  { "yes", CLI_FLAG, NULL, N_ ("do not ask") },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_sandbox_commands[] = {
  { "sandbox start", "", N_ ("start the local environment"), "cleanroom sandbox start", 0, 0, start_options,
    start, TRUE },
  { "sandbox stop", "", N_ ("stop it; nothing is lost"), "cleanroom sandbox stop", 0, 0, stop_options, stop,
    TRUE },
  { "sandbox status", "", N_ ("whether it runs, and where"), "cleanroom sandbox status --json", 0, 0, NULL,
    report_status, FALSE },
  { "sandbox reset", "", N_ ("destroy its state, after asking"), "cleanroom sandbox reset", 0, 0,
    reset_options, reset, TRUE },
  { "sandbox fail", "", N_ ("break its ledger network, as a stopped container does"),
    "cleanroom sandbox fail", 0, 0, reset_options, fail_network, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
