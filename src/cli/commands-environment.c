/* SPDX-License-Identifier: MIT
 * env add|discover|use|remove|list|show: the consortia that commands can be about.
 */
#include "cli/consortium.h"

#include "base/error.h"
#include "base/file.h"
#include "cloud/environment.h"
#include "cose/x509.h"
#include "workflow/local-sandbox.h"
#include "base/translate.h"

#include <string.h>

#define PEM_MAX_BYTES (1024u * 1024)
#define FIRST_CONTACT_MS (30u * 1000)

/* ---- add ---- */

static char *
fingerprint_of (const char *pem)
{
  g_autoptr (X509) certificate = cose_cert_from_pem (pem, -1, "the service certificate", NULL);
  return certificate != NULL ? cose_cert_fingerprint (certificate) : g_strdup ("");
}

/* The file of option NAME unchanged, final line feed included; *TEXT NULL when it is not given. */
static gboolean
read_option_file (Cli *cli, const char *name, char **text, GError **error)
{
  const char *path = cli_value (cli, name);
  if (path == NULL)
    return TRUE;
  g_autoptr (GBytes) bytes = cr_file_read (path, PEM_MAX_BYTES, error);
  if (bytes == NULL)
    return FALSE;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);
  *text = g_strndup (data != NULL ? data : "", length);
  return TRUE;
}

static gboolean
take_discovery (Cli *cli, CcfConsortium *it, GError **error)
{
  GPtrArray *host_data = cli_values (cli, "service-cert-discovery-snp-host-data");
  it->discovery_url = g_strdup (cli_value (cli, "service-cert-discovery-endpoint"));
  it->constitution_digest = g_strdup (cli_value (cli, "service-cert-discovery-constitution-digest"));
  it->bundle_digest = g_strdup (cli_value (cli, "service-cert-discovery-jsapp-bundle-digest"));
  if (it->discovery_url == NULL
      && (host_data != NULL || it->constitution_digest != NULL || it->bundle_digest != NULL)) {
    cr_set_error (error, CR_ERROR_USAGE, "Add --service-cert-discovery-endpoint URL.",
                  "It is not said where the certificate is to be discovered.");
    return FALSE;
  }
  g_autoptr (GStrvBuilder) values = g_strv_builder_new ();
  for (guint i = 0; host_data != NULL && i < host_data->len; i++)
    g_strv_builder_add (values, g_ptr_array_index (host_data, i));
  it->host_data = it->discovery_url != NULL ? g_strv_builder_end (values) : NULL;
  return read_option_file (cli, "hardware-root", &it->root, error);
}

/* Ask the recovery agent, prove its answer, and pin what it says. */
static gboolean
discover_attested (Cli *cli, CcfConsortium *it, GError **error)
{
  CcfDiscovery discovery;
  gboolean attested = FALSE;
  if (!ccf_consortium_discovery (it, &discovery, error))
    return FALSE;
  char *pem = ccf_discover (cli_job (cli), &discovery, &attested, error);
  if (pem == NULL)
    return FALSE;
  g_free (it->service_certificate);
  it->service_certificate = pem;
  if (!attested)
    cli_say (
        _ ("Careful: the hardware is simulated or the evidence allows everything, so it proves nothing about "
           "the software there."));
  return TRUE;
}

/* Nobody vouches for the first contact: show what a person can compare. */
static gboolean
discover_first (Cli *cli, CcfConsortium *it, GError **error)
{
  it->service_certificate = ccf_network_fetch_service_certificate (cli_job (cli), it->url, FIRST_CONTACT_MS,
                                                                   error);
  if (it->service_certificate == NULL)
    return FALSE;
  g_autofree char *fingerprint = fingerprint_of (it->service_certificate);
  const char *wanted = cli_value (cli, "fingerprint");
  if (wanted != NULL && g_ascii_strcasecmp (wanted, fingerprint) != 0) {
    cr_set_error (error, CR_ERROR_REFUSED, "Do not go on: ask the operator through another channel.",
                  "The service certificate has another fingerprint: %s.", fingerprint);
    return FALSE;
  }
  if (wanted == NULL)
    cli_say (_ ("Compare the fingerprint of the service certificate with the operator:\n  %s"), fingerprint);
  return TRUE;
}

gboolean
cli_fill_consortium (Cli *cli, CcfConsortium *it, const char *url, const char *certificate_option,
                     gboolean discover, GError **error)
{
  it->url = g_strdup (url);
  for (gsize length = url != NULL ? strlen (url) : 0; length > 0 && it->url[length - 1] == '/'; length--)
    it->url[length - 1] = '\0';
  it->account = g_strdup (cli_value (cli, "as"));
  it->provider_url = g_strdup (cli_value (cli, "provider-url"));
  if (!take_discovery (cli, it, error)
      || !read_option_file (cli, certificate_option, &it->service_certificate, error)
      || !read_option_file (cli, "provider-trust", &it->provider_trust, error))
    return FALSE;
  if (url == NULL)
    return TRUE;
  if (it->service_certificate != NULL && discover) {
    cr_set_error (error, CR_ERROR_USAGE, NULL, "Give either --%s FILE or --discover.", certificate_option);
    return FALSE;
  }
  if (it->service_certificate != NULL)
    return TRUE;
  if (!discover) {
    cr_set_error (error, CR_ERROR_USAGE,
                  "Ask the operator for the certificate, or say --discover to take what the address shows.",
                  "The service certificate is missing: --%s FILE.", certificate_option);
    return FALSE;
  }
  return it->discovery_url != NULL ? discover_attested (cli, it, error) : discover_first (cli, it, error);
}

/* What is there must be what is pinned; what cannot be reached is believed for now. */
static gboolean
check_contact (Cli *cli, const CcfConsortium *it, GError **error)
{
  if (it->url == NULL)
    return TRUE;
  g_autoptr (CcfClient) client = ccf_consortium_client (it, error);
  if (client == NULL)
    return FALSE;
  g_autoptr (GError) problem = NULL;
  g_autoptr (json_t) network = ccf_network_show (cli_job (cli), client, &problem);
  if (network == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY)) {
    cli_say (_ ("%s cannot be reached now; the environment is kept as you describe it."), it->url);
    return TRUE;
  }
  if (network == NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  return network != NULL;
}

static json_t *
consortium_json (Cli *cli, const CcfConsortium *it)
{
  g_autofree char *path = ccf_consortium_path (cli_state_dir (cli), it->name);
  g_autofree char *current = ccf_consortium_current (cli_state_dir (cli));
  json_t *value = json_object ();
  cr_json_set_string (value, "name", it->name);
  cr_json_set_string (value, "kind", "ccf");
  cr_json_set_bool (value, "current", g_strcmp0 (current, it->name) == 0);
  cr_json_set_string (value, "ccfEndpoint", it->url);
  cr_json_set_string (value, "serviceCert", it->service_certificate);
  if (it->service_certificate != NULL) {
    g_autofree char *fingerprint = fingerprint_of (it->service_certificate);
    cr_json_set_string (value, "fingerprint", fingerprint);
  }
  cr_json_set_string (value, "as", it->account);
  cr_json_set_string (value, "discovery", it->discovery_url);
  cr_json_set_string (value, "provider", it->provider_url);
  cr_json_set_string (value, "file", path);
  return value;
}

static gboolean
show_consortium (Cli *cli, const CcfConsortium *it)
{
  g_autoptr (json_t) value = consortium_json (cli, it);
  if (cli_json (cli)) {
    cli_out_json (json_incref (value));
    return TRUE;
  }
  static const char *const shown[] = { "name",      "kind",     "ccfEndpoint", "fingerprint", "as",
                                       "discovery", "provider", "file",        NULL };
  for (const char *const *key = shown; *key != NULL; key++)
    if (cr_json_peek_string (value, *key) != NULL)
      cli_out ("%-12s %s\n", *key, cr_json_peek_string (value, *key));
  return TRUE;
}

static gboolean
env_add (Cli *cli, GError **error)
{
  const char *name = cli_argument (cli, 0), *state_dir = cli_state_dir (cli);
  if (ccf_consortium_exists (state_dir, name) && !cli_flag (cli, "replace")) {
    cr_set_error (error, CR_ERROR_INPUT, "Choose another name, or say --replace.",
                  "There is an environment \"%s\" already.", name);
    return FALSE;
  }
  g_autoptr (CcfConsortium) it = ccf_consortium_new (name);
  if (!cli_fill_consortium (cli, it, cli_value (cli, "ccf-url"), "ccf-service-cert",
                            cli_flag (cli, "discover"), error)
      || !check_contact (cli, it, error) || !ccf_consortium_save (it, state_dir, error))
    return FALSE;
  cli_say (_ ("Added. Use it with --env %s, or always: cleanroom env use %s"), name, name);
  return show_consortium (cli, it);
}

/* After a recovery the service has a new certificate: find it by the stored rules and say that it changed. */
static gboolean
env_discover (Cli *cli, GError **error)
{
  const char *state_dir = cli_state_dir (cli);
  g_autoptr (CcfConsortium) it = ccf_consortium_load (state_dir, cli_argument (cli, 0), error);
  if (it == NULL)
    return FALSE;
  g_autofree char *before = g_strdup (it->service_certificate);
  if (!discover_attested (cli, it, error) || !check_contact (cli, it, error)
      || !ccf_consortium_save (it, state_dir, error))
    return FALSE;
  cli_say (g_strcmp0 (before, it->service_certificate) == 0
               ? _ ("The service certificate is the same as before.")
               : _ ("The service certificate is a new one: the network was recovered or renewed."));
  return show_consortium (cli, it);
}

/* ---- the others ---- */

static gboolean
env_use (Cli *cli, GError **error)
{
  if (!ccf_consortium_use (cli_state_dir (cli), cli_argument (cli, 0), error))
    return FALSE;
  cli_say (_ ("Governance commands are about \"%s\" now."), cli_argument (cli, 0));
  return TRUE;
}

static gboolean
env_remove (Cli *cli, GError **error)
{
  if (!ccf_consortium_remove (cli_state_dir (cli), cli_argument (cli, 0), error))
    return FALSE;
  cli_say (_ ("Removed. Keys and sign-ins stay in the keyring."));
  return TRUE;
}

/* The environment of this machine as environment.yaml describes it, or before it was ever started. */
static json_t *
local_json (Cli *cli, gboolean current, GError **error)
{
  const char *state_dir = cli_state_dir (cli);
  g_autofree char *path = g_build_filename (state_dir, ENVIRONMENT_FILE, NULL);
  gboolean known = g_file_test (path, G_FILE_TEST_EXISTS);
  g_autoptr (Environment) environment = known ? environment_load (state_dir, error) : NULL;
  if (known && environment == NULL)
    return NULL;
  g_autoptr (LocalSandbox) sandbox = local_sandbox_status (state_dir);
  json_t *value = json_object ();
  cr_json_set_string (value, "name", known ? environment->name : CCF_CONSORTIUM_LOCAL);
  cr_json_set_string (value, "kind", environment_kind_name (known ? environment->kind : ENVIRONMENT_SANDBOX));
  cr_json_set_bool (value, "current", current);
  cr_json_set_bool (value, "running", sandbox->running);
  cr_json_set_string (value, "file", path);
  return value;
}

static gboolean
env_list (Cli *cli, GError **error)
{
  const char *state_dir = cli_state_dir (cli);
  g_autofree char *current = ccf_consortium_current (state_dir);
  g_autoptr (json_t) list = json_array ();
  json_t *local = local_json (cli, current == NULL, error);
  if (local == NULL)
    return FALSE;
  json_array_append_new (list, local);
  g_autoptr (GPtrArray) names = ccf_consortium_list (state_dir);
  for (guint i = 0; i < names->len; i++) {
    g_autoptr (CcfConsortium) it = ccf_consortium_load (state_dir, names->pdata[i], error);
    if (it == NULL)
      return FALSE;
    json_array_append_new (list, consortium_json (cli, it));
  }
  if (cli_json (cli)) {
    cli_out_json (g_steal_pointer (&list));
    return TRUE;
  }
  g_autoptr (GPtrArray) rows = cli_rows_new ();
  size_t i;
  json_t *one;
  json_array_foreach (list, i, one) {
    const char *url = cr_json_peek_string (one, "ccfEndpoint");
    const char *state = cr_json_peek_bool (one, "running", FALSE) ? "running" : "not running";
    g_ptr_array_add (rows, cli_row (cr_json_peek_bool (one, "current", FALSE) ? "*" : "",
                                    cr_json_peek_string (one, "name"), cr_json_peek_string (one, "kind"),
                                    i == 0        ? state
                                    : url != NULL ? url
                                                  : "",
                                    NULL));
  }
  static const char *const columns[] = { N_ ("In use"), N_ ("Name"), N_ ("Kind"), N_ ("Where"), NULL };
  cli_out_table (columns, rows);
  return TRUE;
}

static gboolean
show_local (Cli *cli, const Environment *environment)
{
  g_autofree char *path = g_build_filename (cli_state_dir (cli), ENVIRONMENT_FILE, NULL);
  if (!cli_json (cli)) {
    cli_out (
        "name         %s\nkind         %s\nattestation  %s\nidentity     %s\nmanagement   %s\nprovider     %s\nfile         %s\n",
        environment->name, environment_kind_name (environment->kind),
        environment->simulated_attestation ? "simulated" : "hardware", environment->identity_url,
        environment->management_url, environment->provider_url, path);
    return TRUE;
  }
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

static gboolean
env_show (Cli *cli, GError **error)
{
  const char *state_dir = cli_state_dir (cli);
  g_autofree char *current = ccf_consortium_current (state_dir);
  const char *wanted = cli_argument (cli, 0) != NULL ? cli_argument (cli, 0) : current;
  if (wanted != NULL && ccf_consortium_exists (state_dir, wanted)) {
    g_autoptr (CcfConsortium) it = ccf_consortium_load (state_dir, wanted, error);
    return it != NULL && show_consortium (cli, it);
  }
  g_autoptr (Environment) environment = environment_load (state_dir, error);
  if (environment == NULL)
    return FALSE;
  if (wanted != NULL && strcmp (wanted, environment->name) != 0
      && strcmp (wanted, CCF_CONSORTIUM_LOCAL) != 0) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list", "There is no environment \"%s\".",
                  wanted);
    return FALSE;
  }
  return show_local (cli, environment);
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
  { "replace", CLI_FLAG, NULL, N_ ("write over an environment of this name") },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_environment_commands[] = {
  { "env add", "NAME", N_ ("describe a consortium that was made elsewhere"),
    "cleanroom env add trials --ccf-url https://ledger.example --ccf-service-cert service_cert.pem", 1, 1,
    add_options, env_add, TRUE },
  { "env discover", "NAME", N_ ("find the service certificate again, as after a recovery"),
    "cleanroom env discover trials", 1, 1, NULL, env_discover, TRUE },
  { "env use", "NAME", N_ ("the one that commands are about without --env"), "cleanroom env use trials", 1, 1,
    NULL, env_use, TRUE },
  { "env remove", "NAME", N_ ("forget a description; keys stay"), "cleanroom env remove trials", 1, 1, NULL,
    env_remove, TRUE },
  { "env list", "", N_ ("the environments of this state folder"), "cleanroom env list", 0, 0, NULL, env_list,
    FALSE },
  { "env show", "[NAME]", N_ ("endpoints and trust of an environment"), "cleanroom env show local --json", 0,
    1, NULL, env_show, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
