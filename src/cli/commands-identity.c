/* SPDX-License-Identifier: MIT
 * identity sign-in|approve|sign-out|show: the account of a persona.
 */
#include "cli/cli.h"
#include "cli/progress.h"

#include "base/error.h"

#include <string.h>

static gboolean
show_person (Cli *cli, WorkflowContext *context, GError **error)
{
  IdentitySession *session = workflow_context_session (context, error);
  g_autoptr (IdentityPerson) person = session != NULL
                                          ? identity_session_person (session, cli_job (cli), error)
                                          : NULL;
  if (person == NULL)
    return FALSE;
  if (cli_json (cli))
    cli_out_json (json_pack ("{s:s,s:s?,s:s,s:s}", "persona", workflow_context_persona (context), "address",
                             person->address, "oid", person->oid, "tid", person->tid));
  else
    cli_out ("persona    %s\naddress    %s\nobject id  %s\ntenant     %s\n",
             workflow_context_persona (context), person->address != NULL ? person->address : "", person->oid,
             person->tid);
  return TRUE;
}

static gboolean
sign_in (Cli *cli, GError **error)
{
  WorkflowContext *context = cli_context (cli, error);
  IdentitySession *session = context != NULL ? workflow_context_session (context, error) : NULL;
  if (session == NULL)
    return FALSE;
  CliProgress progress;
  cli_progress_attach (&progress, cli);
  gboolean ok = identity_session_sign_in (session, cli_job (cli), error);
  cli_progress_end (&progress);
  return ok && show_person (cli, context, error);
}

static gboolean
approve (Cli *cli, GError **error)
{
  WorkflowContext *context = cli_context (cli, error);
  const Environment *environment = context != NULL ? workflow_context_environment (context, error) : NULL;
  HttpClient *http = environment != NULL ? workflow_context_http (context, error) : NULL;
  KeyStore *keys = http != NULL ? workflow_context_keys (context, error) : NULL;
  if (keys == NULL)
    return FALSE;
  g_autofree char *account = g_strdup (cli_value (cli, "account"));
  if (account == NULL)
    account = workflow_context_recall (context, "account");
  if (account == NULL) {
    cr_set_error (error, CR_ERROR_USAGE, "Say which account: --account ADDRESS.",
                  "This persona has no account yet.");
    return FALSE;
  }
  IdentityLocal local = {
    .keys = keys,
    .http = http,
    .collaboration = workflow_context_collaboration (context),
    .persona = workflow_context_persona (context),
    .identity_url = environment->identity_url,
    .sandbox = environment->kind == ENVIRONMENT_SANDBOX,
  };
  if (!identity_local_approve (&local, cli_job (cli), account, cli_argument (cli, 0), error))
    return FALSE;
  cli_say ("Approved as %s. The waiting sign-in goes on by itself.", account);
  return TRUE;
}

static gboolean
sign_out (Cli *cli, GError **error)
{
  WorkflowContext *context = cli_context (cli, error);
  IdentitySession *session = context != NULL ? workflow_context_session (context, error) : NULL;
  if (session == NULL || !identity_session_sign_out (session, error))
    return FALSE;
  cli_say ("%s is signed out; the token is gone from the keyring.", workflow_context_persona (context));
  return TRUE;
}

static gboolean
show (Cli *cli, GError **error)
{
  WorkflowContext *context = cli_context (cli, error);
  return context != NULL && show_person (cli, context, error);
}

static const CliOption as_options[] = {
  { "as", CLI_VALUE, "PERSONA", "who: operator, northwind or woodgrove" },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption approve_options[] = {
  { "as", CLI_VALUE, "PERSONA", "who: operator, northwind or woodgrove" },
  { "account", CLI_VALUE, "ADDRESS", "the account (default: the one of the persona)" },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_identity_commands[] = {
  { "identity sign-in", "", "sign in with a device code", "cleanroom identity sign-in --as northwind", 0, 0,
    as_options, sign_in, TRUE },
  { "identity approve", "CODE", "enter a code for a local account",
    "cleanroom identity approve BCDF-GHJK --as northwind", 1, 1, approve_options, approve, TRUE },
  { "identity sign-out", "", "forget the sign-in", "cleanroom identity sign-out --as northwind", 0, 0,
    as_options, sign_out, TRUE },
  { "identity show", "", "who is signed in", "cleanroom identity show --as northwind --json", 0, 0,
    as_options, show, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
