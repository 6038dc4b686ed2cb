/* SPDX-License-Identifier: MIT
 * ccf network up: from nothing to an open network in one call, which can be repeated where it was broken off.
 */
#include "cli/network.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/translate.h"
#include "workflow/state.h"

#include <string.h>

#define FIRST_CONTACT_MS (300u * 1000)

static gboolean
check_mode (Cli *cli, GError **error)
{
  const char *mode = cli_value (cli, "recovery-mode");
  if (mode == NULL || strcmp (mode, "operator-recovery") == 0)
    return TRUE;
  cr_set_error (
      error, CR_ERROR_USAGE, "Leave it out: the operator's own key then opens the recovery shares.",
      strcmp (mode, "confidential-recovery") == 0 ? N_ (
          "A recovery service has to be made and attached by its own operator: \"%s\" is not done here.")
                                                  : N_ ("There is no recovery mode \"%s\"."),
      mode);
  return FALSE;
}

/* The operator of the network, made in the keyring at the first call. */
static MemberIdentity *
operator_identity (Cli *cli, const char *name, GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? workflow_collaboration_id (cli_state_dir (cli), error)
                                                 : NULL;
  if (collaboration == NULL)
    return NULL;
  g_autoptr (GError) problem = NULL;
  MemberIdentity *identity = member_identity_load (store, collaboration, CLI_MEMBERS, name, &problem);
  if (identity != NULL || !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    if (identity == NULL)
      g_propagate_error (error, g_steal_pointer (&problem));
    return identity;
  }
  return member_identity_create (store, collaboration, CLI_MEMBERS, name, TRUE, error);
}

static json_t *
operator_member (const MemberIdentity *identity)
{
  return json_pack ("[{s:s,s:s,s:{s:s,s:b}}]", "certificate", member_identity_certificate_pem (identity),
                    "encryptionPublicKey", member_identity_encryption_pem (identity), "memberData",
                    "identifier", member_identity_name (identity), "isOperator", 1);
}

/* The description of NAME: what is known of it, or new with the provider of the environment in use. Gives. */
static CcfConsortium *
describe (Cli *cli, const char *name, GError **error)
{
  const CcfConsortium *used = NULL;
  if (ccf_consortium_exists (cli_state_dir (cli), name))
    return ccf_consortium_load (cli_state_dir (cli), name, error);
  if (!cli_consortium (cli, &used, error))
    return NULL;
  CcfConsortium *it = ccf_consortium_new (name);
  if (used != NULL) {
    it->provider_url = g_strdup (used->provider_url);
    it->provider_trust = g_strdup (used->provider_trust);
  }
  return it;
}

/* Pin the certificate at first contact; a network that is known by another one is not touched. */
static gboolean
pin (Cli *cli, CcfConsortium *it, const char *url, const char *account, GError **error)
{
  if (it->url != NULL && strcmp (it->url, url) == 0)
    return TRUE;
  if (it->url != NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Choose another name for the network.",
                  "The environment \"%s\" is already about %s.", it->name, it->url);
    return FALSE;
  }
  it->url = g_strdup (url);
  it->service_certificate = ccf_network_fetch_service_certificate (cli_job (cli), url, FIRST_CONTACT_MS,
                                                                   error);
  if (it->service_certificate == NULL)
    return FALSE;
  g_free (it->account);
  it->account = g_strdup_printf (CLI_MEMBERS "/%s", account);
  return ccf_consortium_save (it, cli_state_dir (cli), error);
}

static gboolean
open_network (Cli *cli, const CcfConsortium *it, MemberIdentity *identity, GError **error)
{
  g_autoptr (CcfClient) client = ccf_consortium_client (it, error);
  if (client == NULL || !ccf_client_set_member (client, identity, error)
      || !ccf_wait_ready (cli_job (cli), client, "gov", 0, error)
      || !ccf_member_activate (cli_job (cli), client, error))
    return FALSE;
  cr_fault_point ("operator-active");
  g_autoptr (json_t) info = ccf_service_info (cli_job (cli), client, error);
  if (info == NULL)
    return FALSE;
  if (g_strcmp0 (cr_json_peek_string (info, "status"), "Open") == 0)
    return TRUE;
  /* The service compares this certificate as text: it is passed on exactly as it was received. */
  g_autoptr (json_t) proposal = ccf_proposal_new (
      "transition_service_to_open",
      json_pack ("{s:s}", "next_service_identity", ccf_client_service_certificate (client)));
  g_autoptr (json_t) opened = ccf_propose_and_vote (cli_job (cli), client, proposal, error);
  return opened != NULL;
}

static gboolean
up (Cli *cli, GError **error)
{
  const char *name = check_mode (cli, error) ? cli_require (cli, "name", error) : NULL;
  g_autoptr (CcfConsortium) it = name != NULL ? describe (cli, name, error) : NULL;
  g_autoptr (CliProvider) provider = it != NULL ? cli_provider (cli, error) : NULL;
  if (provider == NULL)
    return FALSE;
  g_autofree char *account = g_strconcat (name, "-operator", NULL);
  g_autoptr (MemberIdentity) identity = operator_identity (cli, account, error);
  if (identity == NULL)
    return FALSE;
  g_autoptr (json_t) members = operator_member (identity);
  g_autoptr (json_t) network = provider_network_ensure (provider->client, cli_job (cli), name, members, NULL,
                                                        error);
  const char *url = network != NULL ? cr_json_get_string (network, "endpoint", "the network", error) : NULL;
  if (url == NULL)
    return FALSE;
  g_autofree char *whole = g_str_has_prefix (url, "https://") ? g_strdup (url)
                                                              : g_strconcat ("https://", url, NULL);
  if (!pin (cli, it, whole, account, error))
    return FALSE;
  cr_fault_point ("network-pinned");
  if (!open_network (cli, it, identity, error))
    return FALSE;
  cli_say (_ ("The network is up and open. Use it with --env %s, as %s."), name, account);
  return cli_show (cli, g_steal_pointer (&network), NULL);
}

static const CliOption up_options[] = {
  { "name", CLI_VALUE, "NAME", N_ ("the network, and the environment that stands for it afterwards") },
  { "resource-group", CLI_VALUE, "NAME", N_ ("where its resources are made") },
  { "location", CLI_VALUE, "NAME", N_ ("the region of its resources") },
  { "recovery-mode", CLI_VALUE, "WORD", N_ ("operator-recovery (default)") },
  CLI_PROVIDER_OPTIONS,
  CLI_END,
};

const CliCommand cli_network_up_commands[] = {
  { "ccf network up", "", N_ ("make a network, join it as its operator and open it"),
    "cleanroom ccf network up --name trials --resource-group rg --env site --as ops", 0, 0, up_options, up,
    TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
