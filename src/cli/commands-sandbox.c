/* SPDX-License-Identifier: MIT
 * sandbox start|stop|status|reset and env list|show.
 */
#include "cli/cli.h"

#include "base/error.h"
#include "base/text.h"
#include "cloud/environment.h"
#include "keys/key-daemon.h"
#include "workflow/local-sandbox.h"

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
  cr_json_set (value, "endpoints", endpoints);
  return value;
}

static void
show_status (const LocalSandbox *sandbox)
{
  if (sandbox->running)
    cli_out ("running, process %" G_GINT64_FORMAT ", %.1f MB, simulated attestation\n", sandbox->pid,
             (double) sandbox->resident_bytes / 1e6);
  else
    cli_out ("not running (it starts by itself when a step needs it)\n");
  cli_out ("state in %s\n", sandbox->folder);
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (sandbox->endpoints), (GCompareFunc) strcmp);
  for (GList *name = names; name != NULL; name = name->next)
    g_ptr_array_add (
        rows, cli_row (name->data, (char *) g_hash_table_lookup (sandbox->endpoints, name->data), NULL));
  static const char *const columns[] = { "Endpoint", "Address", NULL };
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
  gboolean started = FALSE;
  if (!local_sandbox_start (cli_state_dir (cli), cli_value (cli, "engine"), (int) delay, &started, error))
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
env_list (Cli *cli, GError **error)
{
  g_autofree char *path = g_build_filename (cli_state_dir (cli), ENVIRONMENT_FILE, NULL);
  gboolean known = g_file_test (path, G_FILE_TEST_EXISTS);
  g_autoptr (Environment) environment = known ? environment_load (cli_state_dir (cli), error) : NULL;
  if (known && environment == NULL)
    return FALSE;
  g_autoptr (LocalSandbox) sandbox = local_sandbox_status (cli_state_dir (cli));
  const char *name = known ? environment->name : "local";
  const char *kind = environment_kind_name (known ? environment->kind : ENVIRONMENT_SANDBOX);
  if (cli_json (cli)) {
    json_t *list = json_array ();
    json_array_append_new (list, json_pack ("{s:s,s:s,s:b,s:b,s:s}", "name", name, "kind", kind, "current", 1,
                                            "running", sandbox->running, "file", path));
    cli_out_json (list);
    return TRUE;
  }
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  g_ptr_array_add (rows, cli_row (name, kind, sandbox->running ? "running" : "not running", path, NULL));
  static const char *const columns[] = { "Name", "Kind", "State", "File", NULL };
  cli_out_table (columns, rows);
  return TRUE;
}

static gboolean
env_show (Cli *cli, GError **error)
{
  const char *wanted = cli_argument (cli, 0);
  g_autoptr (Environment) environment = environment_load (cli_state_dir (cli), error);
  if (environment == NULL)
    return FALSE;
  if (wanted != NULL && strcmp (wanted, environment->name) != 0) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list", "There is no environment \"%s\".",
                  wanted);
    return FALSE;
  }
  g_autofree char *path = g_build_filename (cli_state_dir (cli), ENVIRONMENT_FILE, NULL);
  if (cli_json (cli)) {
    json_t *value = json_object ();
    cr_json_set_string (value, "name", environment->name);
    cr_json_set_string (value, "kind", environment_kind_name (environment->kind));
    cr_json_set_bool (value, "simulated_attestation", environment->simulated_attestation);
    cr_json_set_string (value, "identity", environment->identity_url);
    cr_json_set_string (value, "management", environment->management_url);
    cr_json_set_string (value, "provider", environment->provider_url);
    cr_json_set_string (value, "trust", environment->trust_pem);
    cr_json_set_string (value, "file", path);
    cli_out_json (value);
    return TRUE;
  }
  cli_out (
      "name         %s\nkind         %s\nattestation  %s\nidentity     %s\nmanagement   %s\nprovider     %s\nfile         %s\n",
      environment->name, environment_kind_name (environment->kind),
      environment->simulated_attestation ? "simulated" : "hardware", environment->identity_url,
      environment->management_url, environment->provider_url, path);
  return TRUE;
}

static const CliOption start_options[] = {
  { "engine", CLI_VALUE, "NAME", "query engine: auto (default), duckdb or sqlite" },
  { "role-delay-ms", CLI_VALUE, "N",
    "let role assignments take effect after N milliseconds, as a cloud does" },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption stop_options[] = {
  { "keyring", CLI_FLAG, NULL, "also stop the keyring of this state folder, if it has its own" },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption reset_options[] = {
  { "yes", CLI_FLAG, NULL, "do not ask" },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_sandbox_commands[] = {
  { "sandbox start", "", "start the local environment", "cleanroom sandbox start", 0, 0, start_options, start,
    TRUE },
  { "sandbox stop", "", "stop it; nothing is lost", "cleanroom sandbox stop", 0, 0, stop_options, stop,
    TRUE },
  { "sandbox status", "", "whether it runs, and where", "cleanroom sandbox status --json", 0, 0, NULL,
    report_status, FALSE },
  { "sandbox reset", "", "destroy its state, after asking", "cleanroom sandbox reset", 0, 0, reset_options,
    reset, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};

const CliCommand cli_environment_commands[] = {
  { "env list", "", "the environments of this state folder", "cleanroom env list", 0, 0, NULL, env_list,
    FALSE },
  { "env show", "[NAME]", "endpoints and trust of an environment", "cleanroom env show local --json", 0, 1,
    NULL, env_show, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
