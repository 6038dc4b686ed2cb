/* SPDX-License-Identifier: MIT
 * env list|show|use|export|add|discover|remove: where the other side is, and which of them is in use.
 */
#include "cli/environment.h"

#include "cli/consortium.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "cloud/environment.h"
#include "workflow/local-sandbox.h"

#include <string.h>

/* ---- showing ---- */

static void
add_services (json_t *value, const Environment *environment)
{
  cr_json_set_bool (value, "simulated_attestation", environment->simulated_attestation);
  cr_json_set_string (value, "identity", environment->identity_url);
  cr_json_set_string (value, "management", environment->management_url);
  cr_json_set_string (value, "provider",
                      environment->provider_url != NULL ? environment->provider_url
                                                        : environment->ledger->provider_url);
  cr_json_set_string (value, "subscription", environment->subscription);
  cr_json_set_string (value, "trust", environment->trust_pem);
}

static void
add_ledger (json_t *value, const CcfConsortium *it)
{
  cr_json_set_string (value, "ccfEndpoint", it->url);
  cr_json_set_string (value, "serviceCert", it->service_certificate);
  if (it->service_certificate != NULL) {
    g_autofree char *fingerprint = cli_pem_fingerprint (it->service_certificate);
    cr_json_set_string (value, "fingerprint", fingerprint);
  }
  cr_json_set_string (value, "as", it->account);
  cr_json_set_string (value, "discovery", it->discovery_url);
}

/* PLACE as JSON; its environment may not be described yet, when it was never started. Gives. */
static json_t *
place_json (Cli *cli, const WorkflowPlace *place, GError **error)
{
  gboolean known = g_file_test (place->file, G_FILE_TEST_EXISTS);
  gboolean local = workflow_place_is_local (place);
  g_autoptr (Environment) environment = known ? environment_load (place->folder, error) : NULL;
  if (known && environment == NULL)
    return NULL;
  g_autoptr (WorkflowPlace) used = workflow_place_choose (place->state_dir, NULL, NULL);
  json_t *value = json_object ();
  cr_json_set_string (value, "name", known && local ? environment->name : place->name);
  cr_json_set_string (value, "kind", environment_kind_name (known ? environment->kind : ENVIRONMENT_SANDBOX));
  cr_json_set_bool (value, "current", used != NULL && strcmp (used->name, place->name) == 0);
  if (local) {
    g_autoptr (LocalSandbox) sandbox = local_sandbox_status (cli_state_dir (cli));
    cr_json_set_bool (value, "running", sandbox->running);
  }
  if (known && environment->kind != ENVIRONMENT_CCF)
    add_services (value, environment);
  else if (known) {
    cr_json_set_string (value, "identity", environment->identity_url);
    cr_json_set_string (value, "provider", environment->ledger->provider_url);
  }
  if (known)
    add_ledger (value, environment->ledger);
  cr_json_set_string (value, "file", place->file);
  return value;
}

static gboolean
show_place (Cli *cli, const WorkflowPlace *place, GError **error)
{
  if (!g_file_test (place->file, G_FILE_TEST_EXISTS)) {
    /* Says what to do. */
    g_autoptr (Environment) absent = environment_load (place->folder, error);
    return absent != NULL;
  }
  g_autoptr (json_t) value = place_json (cli, place, error);
  if (value == NULL)
    return FALSE;
  if (cli_json (cli)) {
    cli_out_json (json_incref (value));
    return TRUE;
  }
  static const char *const shown[] = { "name",      "kind",        "identity",    "management",
                                       "provider",  "ccfEndpoint", "fingerprint", "as",
                                       "discovery", "file",        NULL };
  for (const char *const *key = shown; *key != NULL; key++)
    if (cr_json_peek_string (value, *key) != NULL)
      cli_out ("%-12s %s\n", *key, cr_json_peek_string (value, *key));
  if (json_object_get (value, "simulated_attestation") != NULL)
    cli_out ("%-12s %s\n", "attestation",
             cr_json_peek_bool (value, "simulated_attestation", FALSE) ? "simulated" : "hardware");
  return TRUE;
}

gboolean
cli_environment_show (Cli *cli, const char *name, GError **error)
{
  g_autoptr (WorkflowPlace) place = workflow_place_choose (cli_state_dir (cli), name, error);
  return place != NULL && show_place (cli, place, error);
}

static gboolean
env_show (Cli *cli, GError **error)
{
  return cli_environment_show (cli, cli_argument (cli, 0), error);
}

/* What the settings file or the state folder says is wrong: everything is listed nevertheless. */
static void
warn_about_choice (Cli *cli)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (WorkflowPlace) used = workflow_place_choose (cli_state_dir (cli), NULL, &problem);
  if (used == NULL)
    cli_report (problem);
}

static const char *
where_of (json_t *one)
{
  const char *ledger = cr_json_peek_string (one, "ccfEndpoint"),
             *provider = cr_json_peek_string (one, "provider");
  if (json_object_get (one, "running") != NULL
      && g_strcmp0 (cr_json_peek_string (one, "kind"), "sandbox") == 0)
    return cr_json_peek_bool (one, "running", FALSE) ? "running" : "not running";
  const char *identity = cr_json_peek_string (one, "identity");
  return ledger != NULL ? ledger : identity != NULL ? identity : provider != NULL ? provider : "";
}

static gboolean
env_list (Cli *cli, GError **error)
{
  const char *state_dir = cli_state_dir (cli);
  g_autoptr (json_t) list = json_array ();
  g_autoptr (GPtrArray) names = workflow_place_names (state_dir);
  for (guint i = 0; i < names->len; i++) {
    g_autoptr (WorkflowPlace) place = workflow_place_choose (state_dir, names->pdata[i], error);
    json_t *one = place != NULL ? place_json (cli, place, error) : NULL;
    if (one == NULL)
      return FALSE;
    json_array_append_new (list, one);
  }
  warn_about_choice (cli);
  if (cli_json (cli)) {
    cli_out_json (g_steal_pointer (&list));
    return TRUE;
  }
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  size_t i;
  json_t *one;
  json_array_foreach (list, i, one)
    g_ptr_array_add (rows, cli_row (cr_json_peek_bool (one, "current", FALSE) ? "*" : "",
                                    cr_json_peek_string (one, "name"), cr_json_peek_string (one, "kind"),
                                    where_of (one), NULL));
  static const char *const columns[] = { N_ ("In use"), N_ ("Name"), N_ ("Kind"), N_ ("Where"), NULL };
  cli_out_table (columns, rows);
  return TRUE;
}

/* ---- choosing ---- */

static gboolean
env_use (Cli *cli, GError **error)
{
  if (!workflow_place_use (cli_state_dir (cli), cli_argument (cli, 0), error))
    return FALSE;
  cli_say (_ ("Everything in this state folder is about \"%s\" now, unless --env says otherwise."),
           cli_argument (cli, 0));
  return TRUE;
}

/* ---- for others ---- */

static gboolean
env_export (Cli *cli, GError **error)
{
  const char *path = cli_value (cli, "output");
  g_autoptr (WorkflowPlace) place = workflow_place_choose (cli_state_dir (cli), cli_argument (cli, 0), error);
  g_autofree char *text = place != NULL ? workflow_place_export (place, error) : NULL;
  if (text == NULL)
    return FALSE;
  if (path == NULL) {
    cli_out ("%s", text);
    return TRUE;
  }
  if (!cr_file_write (path, text, -1, 0644, error))
    return FALSE;
  cli_say (_ ("Written. There is no secret in it; others join with: cleanroom env add NAME --file %s"), path);
  return TRUE;
}

/* ---- keeping right ---- */

/* After a recovery the service has a new certificate: find it by the stored rules and say that it changed. */
static gboolean
env_discover (Cli *cli, GError **error)
{
  const char *state_dir = cli_state_dir (cli);
  g_autoptr (CcfConsortium) it = ccf_consortium_load (state_dir, cli_argument (cli, 0), error);
  if (it == NULL)
    return FALSE;
  g_autofree char *before = g_strdup (it->service_certificate);
  if (!cli_discover_attested (cli, it, error) || !cli_check_contact (cli, it, error)
      || !ccf_consortium_save (it, state_dir, error))
    return FALSE;
  cli_say (g_strcmp0 (before, it->service_certificate) == 0
               ? _ ("The service certificate is the same as before.")
               : _ ("The service certificate is a new one: the network was recovered or renewed."));
  return cli_environment_show (cli, it->name, error);
}

static gboolean
env_remove (Cli *cli, GError **error)
{
  const char *name = cli_argument (cli, 0);
  g_autofree char *folder = g_build_filename (cli_state_dir (cli), CCF_CONSORTIUM_FOLDER, name, NULL);
  gboolean work = g_file_test (folder, G_FILE_TEST_IS_DIR);
  if (!ccf_consortium_remove (cli_state_dir (cli), name, error))
    return FALSE;
  cli_say (_ ("Removed. Keys and sign-ins stay in the keyring."));
  if (work)
    cli_say (_ ("What was done there is kept beside it, in %s.until-..."), folder);
  return TRUE;
}

static const CliOption add_options[] = {
  { "ccf-url", CLI_VALUE, "URL", N_ ("address of the ledger, https://HOST:PORT") },
  { "ccf-service-cert", CLI_VALUE, "FILE", N_ ("PEM service certificate, the only trust anchor") },
  { "discover", CLI_FLAG, NULL,
    N_ ("find the certificate: attested by the discovery endpoint, else at first contact") },
  { "fingerprint", CLI_VALUE, "AB:CD:..", N_ ("with --discover: what the certificate must be") },
  CLI_DISCOVERY_OPTIONS,
  { "as", CLI_VALUE, "NAME", N_ ("who acts there when no --as is given") },
  { "provider-url", CLI_VALUE, "URL", N_ ("service that makes and repairs the network") },
  { "provider-trust", CLI_VALUE, "FILE", N_ ("PEM trust anchors of the provider (default: the system's)") },
  { "file", CLI_VALUE, "FILE", N_ ("the whole description, as env export or a person wrote it") },
  { "replace", CLI_FLAG, NULL, N_ ("write over an environment of this name") },
  { NULL, CLI_FLAG, NULL, NULL },
};

static const CliOption export_options[] = {
  { "output", CLI_VALUE, "FILE", N_ ("write it there instead of to stdout") },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_environment_commands[] = {
  { "env list", "", N_ ("the environments of this state folder, and which is in use"), "cleanroom env list",
    0, 0, NULL, env_list, FALSE },
  { "env show", "[NAME]", N_ ("endpoints and trust of an environment"), "cleanroom env show local --json", 0,
    1, NULL, env_show, FALSE },
  { "env use", "NAME", N_ ("the one that everything is about without --env"), "cleanroom env use trials", 1,
    1, NULL, env_use, TRUE },
  { "env add", "NAME", N_ ("describe an environment that was made elsewhere"),
    "cleanroom env add trials --ccf-url https://ledger.example --ccf-service-cert service_cert.pem", 1, 1,
    add_options, cli_environment_add, TRUE },
  { "env export", "[NAME]", N_ ("a description for others, without secrets"),
    "cleanroom env export local --output join.yaml", 0, 1, export_options, env_export, FALSE },
  { "env discover", "NAME", N_ ("find the service certificate again, as after a recovery"),
    "cleanroom env discover trials", 1, 1, NULL, env_discover, TRUE },
  { "env remove", "NAME", N_ ("forget a description; keys stay"), "cleanroom env remove trials", 1, 1, NULL,
    env_remove, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
