/* SPDX-License-Identifier: MIT
 * Consortia elsewhere: which one, and who acts there (consortium.h).
 */
#include "cli/consortium.h"

#include "cli/cli-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "cose/jwt.h"
#include "workflow/state.h"
#include "base/translate.h"

#include <string.h>

struct CliRemote {
  CcfConsortium *consortium; /* NULL = local */
  MemberIdentity *member;
  CrSecretText token;
  char *account;
  CcfClient *client;
};

void
cli_remote_free (CliRemote *remote)
{
  if (remote == NULL)
    return;
  ccf_client_unref (remote->client);
  member_identity_free (remote->member);
  cr_secret_text_free (remote->token);
  ccf_consortium_free (remote->consortium);
  g_free (remote->account);
  g_free (remote);
}

/* --governance-client names both, consortium and account, when such an environment was added. */
static const char *
named_client (Cli *cli)
{
  const char *name = cli_value (cli, "governance-client");
  return name != NULL && ccf_consortium_exists (cli_state_dir (cli), name) ? name : NULL;
}

/* They say --name where others say --env. */
static gboolean
is_client_command (Cli *cli)
{
  return g_str_has_prefix (cli->command->path, "governance client ");
}

/* Commands without the option are about the local environment, whatever is in use. */
static gboolean
takes_env (Cli *cli)
{
  if (is_client_command (cli))
    return TRUE;
  const CliOption *option = cli->command->options;
  while (option != NULL && option->name != NULL && strcmp (option->name, "env") != 0)
    option++;
  return option != NULL && option->name != NULL;
}

gboolean
cli_consortium (Cli *cli, const CcfConsortium **it, GError **error)
{
  *it = NULL;
  if (!takes_env (cli))
    return TRUE;
  if (cli->remote == NULL) {
    g_autofree char *current = NULL;
    const char *name = cli_value (cli, is_client_command (cli) ? "name" : "env");
    if (name == NULL)
      name = named_client (cli);
    if (name == NULL)
      name = current = ccf_consortium_current (cli_state_dir (cli));
    CcfConsortium *consortium = NULL;
    if (name != NULL && strcmp (name, CCF_CONSORTIUM_LOCAL) != 0) {
      consortium = ccf_consortium_load (cli_state_dir (cli), name, error);
      if (consortium == NULL)
        return FALSE;
    }
    cli->remote = g_new0 (CliRemote, 1);
    cli->remote->consortium = consortium;
  }
  *it = cli->remote->consortium;
  return TRUE;
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

/* ---- Members ---- */

/* Gives NULL without an error when nobody is called so. */
static char *
persona_with (Cli *cli, KeyStore *store, const char *collaboration, const char *name, GError **error)
{
  (void) cli;
  KeyAttributes filter = { .collaboration = collaboration,
                           .kind = KEY_KIND_MEMBER_CERTIFICATE,
                           .name = name };
  g_autoptr (GPtrArray) entries = key_store_list (store, &filter, error);
  if (entries == NULL || entries->len == 0)
    return NULL;
  const KeyEntry *first = g_ptr_array_index (entries, 0);
  if (entries->len == 1)
    return g_strdup (first->persona);
  const KeyEntry *second = g_ptr_array_index (entries, 1);
  g_autofree char *hint = g_strdup_printf (_ ("Say whose: %s/%s or %s/%s."), first->persona, name,
                                           second->persona, name);
  cr_set_error (error, CR_ERROR_USAGE, hint, "There are several member identities named %s.", name);
  return NULL;
}

static MemberIdentity *
find_member (Cli *cli, const char *name, GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? workflow_collaboration_id (cli_state_dir (cli), error)
                                                 : NULL;
  if (collaboration == NULL)
    return NULL;
  const char *slash = strchr (name, '/');
  const char *bare = slash != NULL ? slash + 1 : name;
  GError *problem = NULL;
  g_autofree char *persona = slash != NULL ? g_strndup (name, (gsize) (slash - name))
                                           : persona_with (cli, store, collaboration, bare, &problem);
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return NULL;
  }
  return persona != NULL ? member_identity_load (store, collaboration, persona, bare, error) : NULL;
}

MemberIdentity *
cli_find_member (Cli *cli, const char *name, GError **error)
{
  GError *problem = NULL;
  MemberIdentity *member = find_member (cli, name, &problem);
  if (problem != NULL)
    g_propagate_error (error, problem);
  else if (member == NULL)
    cr_set_error (error, CR_ERROR_NOT_FOUND,
                  "See: cleanroom keys list. A key made elsewhere comes in with cleanroom keys import.",
                  "There is no member identity named \"%s\" in the keyring.", name);
  return member;
}

/* ---- Users ---- */

/* Where a token lies in the keyring; borrows all. */
static KeyAttributes
token_place (const char *collaboration, const char *environment, const char *name)
{
  return (KeyAttributes){
    .collaboration = collaboration, .persona = environment, .kind = CLI_TOKEN_KIND, .name = name
  };
}

gboolean
cli_token_store (Cli *cli, const char *environment, const char *name, const char *token, GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? workflow_collaboration_id (cli_state_dir (cli), error)
                                                 : NULL;
  if (collaboration == NULL)
    return FALSE;
  KeyAttributes place = token_place (collaboration, environment, name);
  return key_store_put_text (store, &place, token, error);
}

CrSecretText
cli_token_load (Cli *cli, const char *environment, const char *name, GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? workflow_collaboration_id (cli_state_dir (cli), error)
                                                 : NULL;
  if (collaboration == NULL)
    return NULL;
  KeyAttributes place = token_place (collaboration, environment, name);
  g_autoptr (GError) problem = NULL;
  CrSecretText token = key_store_get_text (store, &place, &problem);
  if (token == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_autofree char *hint =
        g_strdup_printf (_ ("Sign in: cleanroom identity login --env %s --token-file FILE. "
                            "A member key comes in with cleanroom keys import."),
                         environment);
    cr_set_error (error, CR_ERROR_NOT_FOUND, hint, "Nobody is called \"%s\" in the environment %s.", name,
                  environment);
  } else if (token == NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
  }
  return token;
}

gboolean
cli_token_remove (Cli *cli, const char *environment, const char *name, GError **error)
{
  KeyStore *store = cli_key_store (cli, error);
  g_autofree char *collaboration = store != NULL ? workflow_collaboration_id (cli_state_dir (cli), error)
                                                 : NULL;
  if (collaboration == NULL)
    return FALSE;
  KeyAttributes place = token_place (collaboration, environment, name);
  return key_store_remove (store, &place, error);
}

/* The stored token, while it lasts: nothing here can renew a token that was issued elsewhere. */
static CrSecretText
stored_token (CrJob *job, gboolean renew, gpointer data, GError **error)
{
  (void) job;
  const CliRemote *remote = data;
  g_autofree char *hint = g_strdup_printf (
      _ ("Get a new one where it was issued: cleanroom identity login --env %s --as %s --token-file FILE."),
      remote->consortium->name, remote->account);
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (remote->token, error);
  if (jwt == NULL)
    return NULL;
  gint64 expires = 0;
  if (renew)
    cr_set_error (error, CR_ERROR_SIGN_IN, hint, "The consortium does not accept the token of %s.",
                  remote->account);
  else if (cose_jwt_time (jwt, "exp", &expires) && expires <= cr_now_seconds ())
    cr_set_error (error, CR_ERROR_SIGN_IN, hint, "The token of %s has expired.", remote->account);
  else
    return cr_secret_text_new (remote->token, -1);
  return NULL;
}

/* ---- The client ---- */

static gboolean
identify (Cli *cli, CliRemote *remote, GError **error)
{
  GError *problem = NULL;
  remote->member = find_member (cli, remote->account, &problem);
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  if (remote->member != NULL)
    return ccf_client_set_member (remote->client, remote->member, error);
  remote->token = cli_token_load (cli, remote->consortium->name, remote->account, error);
  if (remote->token == NULL)
    return FALSE;
  ccf_client_set_token_provider (remote->client, stored_token, remote, NULL);
  return TRUE;
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
  if (account != NULL) {
    remote->account = g_strdup (account);
    if (!identify (cli, remote, error)) {
      g_clear_pointer (&remote->client, ccf_client_unref);
      return NULL;
    }
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
  if (remote != NULL && remote->client != NULL && remote->account == NULL
      && cr_error_http_status (error) == 401)
    cr_error_set_hint (error, "Say who you are: --as NAME, a member key or a signed-in user.");
}
