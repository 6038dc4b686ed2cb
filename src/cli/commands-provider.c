/* SPDX-License-Identifier: MIT
 * ccf provider: the service that makes, repairs and changes networks, and the identity it acts with.
 *
 * For the Azure tool a provider is a container of this machine. Here it is the one of the local
 * environment, or one elsewhere that an environment names; nothing else runs.
 */
#include "cli/network.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "cose/x509.h"

#include <string.h>

#define PEM_MAX_BYTES (64u * 1024)

/* The environment that --name or --env names, NULL for the local one. Gives; FALSE on failure. */
static gboolean
named_environment (Cli *cli, CcfConsortium **it, GError **error)
{
  const char *name = cli_value (cli, "name");
  const CcfConsortium *used = NULL;
  *it = NULL;
  if (name == NULL) {
    if (!cli_consortium (cli, &used, error))
      return FALSE;
    name = used != NULL ? used->name : CCF_CONSORTIUM_LOCAL;
  }
  if (strcmp (name, CCF_CONSORTIUM_LOCAL) == 0)
    return TRUE;
  *it = ccf_consortium_load (cli_state_dir (cli), name, error);
  return *it != NULL;
}

static gboolean
show (Cli *cli, GError **error)
{
  g_autoptr (CliProvider) provider = cli_provider (cli, error);
  g_autoptr (json_t) workspace = provider != NULL ? provider_show (provider->client, cli_job (cli), error)
                                                  : NULL;
  if (workspace == NULL)
    return FALSE;
  cr_json_set_string (workspace, "endpoint", provider_url (provider->client));
  return cli_show (cli, g_steal_pointer (&workspace), NULL);
}

/* The local one is started; one elsewhere is written down under a name. */
static gboolean
deploy (Cli *cli, GError **error)
{
  const char *name = cli_value (cli, "name"), *url = cli_value (cli, "provider-url");
  if (url == NULL && (name == NULL || strcmp (name, CCF_CONSORTIUM_LOCAL) == 0)) {
    if (!cli_environment (cli, error))
      return FALSE;
    cli_say (_ ("The provider is the one of the local environment."));
    return TRUE;
  }
  if (name == NULL || url == NULL) {
    cr_set_error (error, CR_ERROR_USAGE, "Give both, or none for the provider of the local environment.",
                  "--name and --provider-url go together: no container is started here.");
    return FALSE;
  }
  gboolean known = ccf_consortium_exists (cli_state_dir (cli), name);
  g_autoptr (CcfConsortium) it = known ? ccf_consortium_load (cli_state_dir (cli), name, error)
                                       : ccf_consortium_new (name);
  if (it == NULL)
    return FALSE;
  const char *trust = cli_value (cli, "provider-trust");
  g_autofree char *pem = trust != NULL ? cr_file_read_text (trust, COSE_PEM_MAX_BYTES, error) : NULL;
  if (trust != NULL && pem == NULL)
    return FALSE;
  g_free (it->provider_url);
  it->provider_url = g_strdup (url);
  g_free (it->provider_trust);
  it->provider_trust = g_steal_pointer (&pem);
  if (!ccf_consortium_save (it, cli_state_dir (cli), error))
    return FALSE;
  cli_say (_ ("The environment %s names this provider: use it with --provider-client %s."), name, name);
  return TRUE;
}

static gboolean
remove_provider (Cli *cli, GError **error)
{
  g_autoptr (CcfConsortium) it = NULL;
  if (!named_environment (cli, &it, error))
    return FALSE;
  if (it == NULL) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "End it together with everything else of this machine: cleanroom sandbox stop",
                  "The provider of the local environment is a part of it.");
    return FALSE;
  }
  if (it->provider_url == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list.",
                  "The environment \"%s\" names no provider.", it->name);
    return FALSE;
  }
  g_clear_pointer (&it->provider_url, g_free);
  g_clear_pointer (&it->provider_trust, g_free);
  /* Without a ledger there is nothing left to describe. */
  gboolean rest = it->url != NULL || strcmp (it->kind, CCF_CONSORTIUM_KIND) != 0;
  gboolean done = rest ? ccf_consortium_save (it, cli_state_dir (cli), error)
                       : ccf_consortium_remove (cli_state_dir (cli), it->name, error);
  if (done)
    cli_say (_ ("Forgotten. What the provider made stays."));
  return done;
}

/* The two files, or what the keyring has under --member. */
static gboolean
read_identity (Cli *cli, char **certificate, EVP_PKEY **key, GError **error)
{
  const char *cert_path = cli_value (cli, "signing-cert"), *key_path = cli_value (cli, "signing-key");
  const char *member = cli_value (cli, "member");
  if ((cert_path != NULL) != (key_path != NULL) || (cert_path == NULL) == (member == NULL)) {
    cr_set_error (error, CR_ERROR_USAGE, NULL,
                  "Give --signing-cert and --signing-key, or --member NAME of the keyring.");
    return FALSE;
  }
  if (member != NULL) {
    g_autoptr (MemberIdentity) identity = cli_find_member (cli, member, error);
    if (identity == NULL)
      return FALSE;
    *certificate = g_strdup (member_identity_certificate_pem (identity));
    *key = member_identity_key (identity);
    EVP_PKEY_up_ref (*key);
    return TRUE;
  }
  *certificate = cr_file_read_text (cert_path, PEM_MAX_BYTES, error);
  g_autoptr (GBytes) bytes = *certificate != NULL ? cr_file_read_secret (key_path, PEM_MAX_BYTES, error)
                                                  : NULL;
  gsize length = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  *key = bytes != NULL
             ? cose_key_from_private_pem (data != NULL ? data : "", (gssize) length, key_path, error)
             : NULL;
  return *key != NULL;
}

static gboolean
configure (Cli *cli, GError **error)
{
  g_autofree char *certificate = NULL;
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (CliProvider) provider = read_identity (cli, &certificate, &key, error)
                                         ? cli_provider (cli, error)
                                         : NULL;
  if (provider == NULL || !provider_configure (provider->client, cli_job (cli), certificate, key, error))
    return FALSE;
  cli_say (_ ("The provider acts with this identity until it is restarted: it has the private key."));
  return TRUE;
}

static const CliOption deploy_options[] = {
  { "name", CLI_VALUE, "NAME", N_ ("environment to write it down in (default: the local one)") },
  { "provider-url", CLI_VALUE, "URL", N_ ("a provider that runs elsewhere") },
  { "provider-trust", CLI_VALUE, "FILE", N_ ("PEM anchors for it (default: those of the system)") },
  CLI_END,
};
static const CliOption remove_options[] = {
  { "name", CLI_VALUE, "NAME", N_ ("environment that names it") },
  { "env", CLI_VALUE, "NAME", N_ ("the same") },
  CLI_END,
};
static const CliOption configure_options[] = {
  { "signing-cert", CLI_VALUE, "FILE", N_ ("PEM certificate of the operator's member identity") },
  { "signing-key", CLI_VALUE, "FILE", N_ ("its private key") },
  { "member", CLI_VALUE, "NAME", N_ ("the identity of this name in the keyring instead") },
  CLI_PROVIDER_OPTIONS,
  CLI_END,
};
static const CliOption show_options[] = { CLI_PROVIDER_OPTIONS, CLI_END };

const CliCommand cli_provider_commands[] = {
  { "ccf provider deploy", "", N_ ("start the local provider, or name one elsewhere"),
    "cleanroom ccf provider deploy --name site --provider-url https://provider.example", 0, 0, deploy_options,
    deploy, TRUE },
  { "ccf provider configure", "", N_ ("give it the operator's signing identity"),
    "cleanroom ccf provider configure --member ccfoperator", 0, 0, configure_options, configure, TRUE },
  { "ccf provider remove", "", N_ ("name it no more"), "cleanroom ccf provider remove --name site", 0, 0,
    remove_options, remove_provider, TRUE },
  { "ccf provider show", "", N_ ("where it is and which identity it acts with"),
    "cleanroom ccf provider show", 0, 0, show_options, show, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
