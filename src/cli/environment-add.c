/* SPDX-License-Identifier: MIT
 * env add: an environment described by options or by a file; refused before anything changes.
 */
#include "cli/environment.h"

#include "cli/consortium.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "cloud/environment.h"
#include "cose/x509.h"

#include <string.h>

#define PEM_MAX_BYTES (1024u * 1024)
#define FIRST_CONTACT_MS (30u * 1000)

/* ---- Certificates ---- */

char *
cli_pem_fingerprint (const char *pem)
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
gboolean
cli_discover_attested (Cli *cli, CcfConsortium *it, GError **error)
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
  g_autofree char *fingerprint = cli_pem_fingerprint (it->service_certificate);
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
  return it->discovery_url != NULL ? cli_discover_attested (cli, it, error) : discover_first (cli, it, error);
}

/* What is there must be what is pinned; what cannot be reached is believed for now. */
gboolean
cli_check_contact (Cli *cli, const CcfConsortium *it, GError **error)
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

/* ---- add ---- */

/* The whole description from a file; its name there does not matter. */
static CcfConsortium *
read_description (Cli *cli, const char *name, GError **error)
{
  static const char *const others[] = {
    "ccf-url",      "ccf-service-cert", "discover",
    "provider-url", "provider-trust",   "service-cert-discovery-endpoint"
  };
  const char *path = cli_value (cli, "file");
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (cli_values (cli, others[i]) != NULL) {
      cr_set_error (error, CR_ERROR_USAGE, "Change the file instead, or leave it out.",
                    "Give either --file or --%s.", others[i]);
      return NULL;
    }
  g_autoptr (Environment) environment = environment_read (path, error);
  if (environment == NULL)
    return NULL;
  CcfConsortium *it = g_steal_pointer (&environment->ledger);
  g_free (it->name);
  it->name = g_strdup (name);
  if (cli_value (cli, "as") != NULL) {
    g_free (it->account);
    it->account = g_strdup (cli_value (cli, "as"));
  }
  return it;
}

static CcfConsortium *
describe (Cli *cli, const char *name, GError **error)
{
  if (cli_value (cli, "file") != NULL)
    return read_description (cli, name, error);
  g_autoptr (CcfConsortium) it = ccf_consortium_new (name);
  return cli_fill_consortium (cli, it, cli_value (cli, "ccf-url"), "ccf-service-cert",
                              cli_flag (cli, "discover"), error)
             ? g_steal_pointer (&it)
             : NULL;
}

/* Also the name that the local environment gives itself. */
static gboolean
is_free (Cli *cli, const char *name, GError **error)
{
  const char *state_dir = cli_state_dir (cli);
  if (ccf_consortium_exists (state_dir, name)) {
    if (cli_flag (cli, "replace"))
      return TRUE;
    cr_set_error (error, CR_ERROR_INPUT, "Choose another name, or say --replace.",
                  "There is an environment \"%s\" already.", name);
    return FALSE;
  }
  g_autoptr (WorkflowPlace) taken = strcmp (name, WORKFLOW_LOCAL) != 0
                                        ? workflow_place_choose (state_dir, name, NULL)
                                        : NULL;
  if (taken != NULL)
    cr_set_error (error, CR_ERROR_INPUT, "Choose another name.",
                  "\"%s\" is the name of this state folder's own environment.", name);
  return taken == NULL;
}

static gboolean
keep (Cli *cli, const CcfConsortium *it, GError **error)
{
  const char *state_dir = cli_state_dir (cli);
  g_autofree char *where = NULL;
  if (!ccf_consortium_make_way (it, state_dir, &where, error) || !ccf_consortium_save (it, state_dir, error))
    return FALSE;
  if (where != NULL)
    cli_say (_ ("What was done in another environment of this name is kept in %s."), where);
  g_autoptr (WorkflowPlace) place = workflow_place_choose (state_dir, it->name, error);
  return place != NULL && workflow_place_publish (place, error);
}

gboolean
cli_environment_add (Cli *cli, GError **error)
{
  const char *name = cli_argument (cli, 0);
  if (!is_free (cli, name, error))
    return FALSE;
  g_autoptr (CcfConsortium) it = describe (cli, name, error);
  if (it == NULL || !cli_check_contact (cli, it, error) || !keep (cli, it, error))
    return FALSE;
  cli_say (_ ("Added. Use it with --env %s, or always: cleanroom env use %s"), name, name);
  return cli_environment_show (cli, name, error);
}
