/* SPDX-License-Identifier: MIT
 * Consortia elsewhere: which one, and who acts there (consortium.h).
 */
#include "cli/consortium.h"

#include "cli/cli-private.h"

#include "base/error.h"
#include "workflow/people.h"
#include "workflow/state.h"
#include "base/translate.h"

#include <string.h>

struct CliRemote {
  CcfConsortium *consortium; /* NULL = people are personas there */
  WorkflowActor *actor;      /* NULL = nobody is named */
  CcfClient *client;
};

void
cli_remote_free (CliRemote *remote)
{
  if (remote == NULL)
    return;
  ccf_client_unref (remote->client);
  workflow_actor_free (remote->actor);
  ccf_consortium_free (remote->consortium);
  g_free (remote);
}

/* --governance-client names both, consortium and account, when such an environment was added. */
static const char *
named_client (Cli *cli)
{
  const char *name = cli_value (cli, "governance-client");
  return name != NULL && ccf_consortium_exists (cli_state_dir (cli), name) ? name : NULL;
}

/* Which environment the command line names; NULL = none. Borrowed. */
static const char *
named_environment (Cli *cli)
{
  /* These say --name where others say --env. */
  gboolean client = g_str_has_prefix (cli->command->path, "governance client ");
  const char *name = cli_value (cli, client ? "name" : "env");
  return name != NULL ? name : named_client (cli);
}

const WorkflowPlace *
cli_place (Cli *cli, GError **error)
{
  if (cli->place == NULL)
    cli->place = workflow_place_choose (cli_state_dir (cli), named_environment (cli), error);
  return cli->place;
}

const char *
cli_work_dir (Cli *cli, GError **error)
{
  const WorkflowPlace *place = cli_place (cli, error);
  return place != NULL ? place->folder : NULL;
}

gboolean
cli_consortium (Cli *cli, const CcfConsortium **it, GError **error)
{
  *it = NULL;
  if (cli->remote == NULL) {
    const WorkflowPlace *place = cli_place (cli, error);
    if (place == NULL)
      return FALSE;
    g_autoptr (CcfConsortium) consortium = NULL;
    if (!workflow_place_is_local (place)) {
      consortium = ccf_consortium_load (place->state_dir, place->name, error);
      if (consortium == NULL)
        return FALSE;
    }
    cli->remote = g_new0 (CliRemote, 1);
    /* Where services are described people work as personas, as in the local environment. */
    if (consortium != NULL && strcmp (consortium->kind, CCF_CONSORTIUM_KIND) == 0)
      cli->remote->consortium = g_steal_pointer (&consortium);
  }
  *it = cli->remote->consortium;
  return TRUE;
}

char *
cli_collaboration (Cli *cli, GError **error)
{
  const CcfConsortium *it = NULL;
  if (!cli_consortium (cli, &it, error))
    return NULL;
  return workflow_collaboration_id (it != NULL ? cli_state_dir (cli) : cli->place->folder, error);
}

const CcfConsortium *
cli_consortium_required (Cli *cli, GError **error)
{
  const CcfConsortium *it = NULL;
  if (cli_consortium (cli, &it, error) && it == NULL)
    cr_set_error (error, CR_ERROR_USAGE, "Say which: --env NAME; cleanroom env add NAME makes one.",
                  "This command is for a consortium elsewhere, and none is named.");
  return it;
}

const char *
cli_consortium_account (Cli *cli, const CcfConsortium *it)
{
  const char *as = cli_value (cli, "as");
  if (as == NULL && named_client (cli) == NULL)
    as = cli_value (cli, "governance-client");
  return as != NULL ? as : it->account;
}

/* ---- People ---- */

/* Entries of people who act in environments that are but a ledger lie with the state folder. */
static KeyStore *
open_people (Cli *cli, char **collaboration, GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  *collaboration = store != NULL ? workflow_collaboration_id (cli_state_dir (cli), error) : NULL;
  return *collaboration != NULL ? store : NULL;
}

MemberIdentity *
cli_find_member (Cli *cli, const char *name, GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? cli_collaboration (cli, error) : NULL;
  return collaboration != NULL ? workflow_member_require (store, collaboration, name, error) : NULL;
}

gboolean
cli_token_store (Cli *cli, const char *environment, const char *name, const char *token, GError **error)
{
  g_autofree char *collaboration = NULL;
  KeyStore *store = open_people (cli, &collaboration, error);
  KeyAttributes place = workflow_token_place (collaboration, environment, name);
  return store != NULL && key_store_put_text (store, &place, token, error);
}

CrSecretText
cli_token_load (Cli *cli, const char *environment, const char *name, GError **error)
{
  g_autofree char *collaboration = NULL;
  KeyStore *store = open_people (cli, &collaboration, error);
  return store != NULL ? workflow_token_load (store, collaboration, environment, name, error) : NULL;
}

gboolean
cli_token_remove (Cli *cli, const char *environment, const char *name, GError **error)
{
  g_autofree char *collaboration = NULL;
  KeyStore *store = open_people (cli, &collaboration, error);
  KeyAttributes place = workflow_token_place (collaboration, environment, name);
  return store != NULL && key_store_remove (store, &place, error);
}

/* ---- The client ---- */

static gboolean
identify (Cli *cli, CliRemote *remote, const char *account, GError **error)
{
  g_autofree char *collaboration = NULL;
  KeyStore *store = open_people (cli, &collaboration, error);
  remote->actor = store != NULL
                      ? workflow_actor_find (store, collaboration, remote->consortium->name, account, error)
                      : NULL;
  return remote->actor != NULL && workflow_actor_use (remote->actor, remote->client, error);
}

/* After a recovery: the new certificate, proved as the environment says, and kept there. */
static char *
rediscover (CrJob *job, gpointer data, GError **error)
{
  Cli *cli = data;
  CcfConsortium *it = cli->remote->consortium;
  CcfDiscovery discovery;
  gboolean attested = FALSE;
  g_autofree char *pem = ccf_consortium_discovery (it, &discovery, error)
                             ? ccf_discover (job, &discovery, &attested, error)
                             : NULL;
  if (pem == NULL)
    return NULL;
  g_autofree char *text = g_strdup_printf (
      attested ? _ ("The ledger of %s was recovered; its recovery agent proved the new certificate.")
               : _ ("The ledger of %s was recovered and has a new certificate that no hardware attests."),
      it->name);
  cr_job_notice (job, "warning", text);
  g_free (it->service_certificate);
  it->service_certificate = g_strdup (pem);
  return ccf_consortium_save (it, cli_state_dir (cli), error) ? g_steal_pointer (&pem) : NULL;
}

CcfClient *
cli_consortium_client (Cli *cli, const CcfConsortium *it, GError **error)
{
  CliRemote *remote = cli->remote;
  if (remote->client != NULL)
    return remote->client;
  const char *account = cli_consortium_account (cli, it);
  remote->client = ccf_consortium_client (it, error);
  if (remote->client == NULL)
    return NULL;
  if (account != NULL && !identify (cli, remote, account, error)) {
    g_clear_pointer (&remote->client, ccf_client_unref);
    return NULL;
  }
  if (it->discovery_url != NULL)
    ccf_client_set_rediscovery (remote->client, rediscover, cli, NULL);
  ccf_client_set_proposes_only (remote->client, !cli_flag (cli, "accept"));
  cli_watch_signals (cli);
  return remote->client;
}

void
cli_explain_anonymous (Cli *cli, GError *error)
{
  const CliRemote *remote = cli->remote;
  if (remote != NULL && remote->client != NULL && remote->actor == NULL
      && cr_error_http_status (error) == 401)
    cr_error_set_hint (error, "Say who you are: --as NAME, a member key or a signed-in user.");
}
