/* SPDX-License-Identifier: MIT
 * identity sign-in|approve|login|sign-out|show: the account of a persona, or of a user of a consortium
 * elsewhere.
 */
#include "cli/consortium.h"
#include "cli/progress.h"
#include "cli/show.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"
#include "cose/jwt.h"

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

/* ---- Tokens issued elsewhere ---- */

#define TOKEN_FILE_MAX (64u * 1024)

/* Whoever the token says it is for: an address where it has one. Borrowed from JWT. */
static const char *
token_name (const CoseJwt *jwt)
{
  static const char *const claims[] = {
    "preferred_username", "upn", "email", "unique_name", "appid", "oid", NULL
  };
  const char *name = NULL;
  for (const char *const *claim = claims; name == NULL && *claim != NULL; claim++)
    name = cose_jwt_text (jwt, *claim);
  return name;
}

static gboolean
show_token (Cli *cli, const char *environment, const char *name, const char *token, GError **error)
{
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, error);
  gint64 expires = 0;
  if (jwt == NULL)
    return FALSE;
  g_autofree char *until = cose_jwt_time (jwt, "exp", &expires) ? cr_iso8601_seconds (expires * 1000) : NULL;
  json_t *value = json_object ();
  cr_json_set_string (value, "environment", environment);
  cr_json_set_string (value, "name", name);
  cr_json_set_string (value, "oid", cose_jwt_text (jwt, "oid"));
  cr_json_set_string (value, "tid", cose_jwt_text (jwt, "tid"));
  cr_json_set_string (value, "iss", cose_jwt_text (jwt, "iss"));
  cr_json_set_string (value, "expires", until);
  return cli_show (cli, value, NULL);
}

/* The token of FILE without the white space around it. Gives. */
static CrSecretText
read_token (const char *file, GError **error)
{
  g_autoptr (GBytes) bytes = cr_file_read_secret (file, TOKEN_FILE_MAX, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  while (length > 0 && g_ascii_isspace (*text))
    text++, length--;
  return cr_secret_text_new (text != NULL ? text : "", (gssize) length);
}

static gboolean
login (Cli *cli, GError **error)
{
  const char *file = cli_require (cli, "token-file", error);
  const CcfConsortium *it = file != NULL ? cli_consortium_required (cli, error) : NULL;
  g_auto (CrSecretText) token = it != NULL ? read_token (file, error) : NULL;
  g_autoptr (CoseJwt) jwt = token != NULL ? cose_jwt_parse (token, error) : NULL;
  if (jwt == NULL || !cose_jwt_check_times (jwt, cr_now_seconds (), 300, error))
    return FALSE;
  const char *name = cli_value (cli, "as") != NULL ? cli_value (cli, "as") : token_name (jwt);
  if (name == NULL) {
    cr_set_error (error, CR_ERROR_USAGE, "Say what to call this person: --as NAME.",
                  "The token does not say whose it is.");
    return FALSE;
  }
  if (!cli_token_store (cli, it->name, name, token, error))
    return FALSE;
  cli_say (_ ("Signed in. Act with --env %s --as %s while the token lasts."), it->name, name);
  return show_token (cli, it->name, name, token, error);
}

/* The account of a consortium elsewhere; NULL and an error without a name. */
static const char *
remote_account (Cli *cli, const CcfConsortium *it, GError **error)
{
  const char *name = cli_consortium_account (cli, it);
  return name != NULL ? name : cli_require (cli, "as", error);
}

static gboolean
sign_out_remote (Cli *cli, const CcfConsortium *it, GError **error)
{
  const char *name = remote_account (cli, it, error);
  if (name == NULL || !cli_token_remove (cli, it->name, name, error))
    return FALSE;
  cli_say (_ ("%s is signed out; the token is gone from the keyring."), name);
  return TRUE;
}

static gboolean
show_remote (Cli *cli, const CcfConsortium *it, GError **error)
{
  const char *name = remote_account (cli, it, error);
  g_auto (CrSecretText) token = name != NULL ? cli_token_load (cli, it->name, name, error) : NULL;
  return token != NULL && show_token (cli, it->name, name, token, error);
}

static gboolean
sign_out (Cli *cli, GError **error)
{
  const CcfConsortium *it = NULL;
  if (!cli_consortium (cli, &it, error))
    return FALSE;
  if (it != NULL)
    return sign_out_remote (cli, it, error);
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
  const CcfConsortium *it = NULL;
  if (!cli_consortium (cli, &it, error))
    return FALSE;
  if (it != NULL)
    return show_remote (cli, it, error);
  WorkflowContext *context = cli_context (cli, error);
  return context != NULL && show_person (cli, context, error);
}

static const CliOption as_options[] = {
  { "as", CLI_VALUE, "PERSONA", N_ ("who: operator, northwind or woodgrove") },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption approve_options[] = {
  { "as", CLI_VALUE, "PERSONA", N_ ("who: operator, northwind or woodgrove") },
  { "account", CLI_VALUE, "ADDRESS", N_ ("the account (default: the one of the persona)") },
  { NULL, CLI_FLAG, NULL, NULL },
};

static const CliOption person_options[] = {
  { "as", CLI_VALUE, "NAME", N_ ("who: a persona, or the name of a login") },
  { NULL, CLI_FLAG, NULL, NULL },
};
static const CliOption login_options[] = {
  { "token-file", CLI_VALUE, "FILE", N_ ("holds the token (JWT) as its issuer gave it") },
  { "as", CLI_VALUE, "NAME", N_ ("what to call this person (default: what the token says)") },
  { NULL, CLI_FLAG, NULL, NULL },
};

const CliCommand cli_identity_commands[] = {
  { "identity sign-in", "", N_ ("sign in with a device code"), "cleanroom identity sign-in --as northwind", 0,
    0, as_options, sign_in, TRUE },
  { "identity approve", "CODE", N_ ("enter a code for a local account"),
    "cleanroom identity approve BCDF-GHJK --as northwind", 1, 1, approve_options, approve, TRUE },
  { "identity login", "", N_ ("take a token that was issued elsewhere"),
    "cleanroom identity login --env trials --token-file token.jwt", 0, 0, login_options, login, TRUE },
  { "identity sign-out", "", N_ ("forget the sign-in"), "cleanroom identity sign-out --as northwind", 0, 0,
    person_options, sign_out, TRUE },
  { "identity show", "", N_ ("who is signed in"), "cleanroom identity show --as northwind --json", 0, 0,
    person_options, show, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
