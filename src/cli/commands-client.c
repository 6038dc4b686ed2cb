/* SPDX-License-Identifier: MIT
 * governance client: a consortium and who acts there under one name, as scripts for the Azure tool have it.
 *
 * There a client is a container; here it is an entry of `env list` with its --as, and nothing runs.
 */
#include "cli/consortium.h"
#include "cli/show.h"

#include "base/error.h"
#include "base/translate.h"
#include "cgs/cgs.h"
#include "cose/jwt.h"

#include <string.h>

/* ---- deploy, remove ---- */

static gboolean
refuse_sign_in_flags (Cli *cli, GError **error)
{
  static const char *const flags[] = { "use-azlogin-identity", "use-microsoft-identity", "use-local-identity",
                                       "signing-cert-id" };
  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    if (cli_flag (cli, flags[i])) {
      cr_set_error (error, CR_ERROR_USAGE,
                    "Deploy without it, then bring in what was issued: cleanroom identity login --env NAME "
                    "--token-file FILE, or cleanroom keys import.",
                    "--%s asks another program for the identity, which this one does not do.", flags[i]);
      return FALSE;
    }
  if ((cli_value (cli, "signing-cert") != NULL) == (cli_value (cli, "signing-key") != NULL))
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, NULL, "Give both --signing-cert and --signing-key.");
  return FALSE;
}

static gboolean
deploy (Cli *cli, GError **error)
{
  const char *name = cli_require (cli, "name", error);
  const char *url = name != NULL ? cli_require (cli, "ccf-endpoint", error) : NULL;
  const char *certificate = cli_value (cli, "signing-cert");
  if (url == NULL || !refuse_sign_in_flags (cli, error))
    return FALSE;
  g_autoptr (CcfConsortium) it = ccf_consortium_new (name);
  gboolean discover = cli_value (cli, "service-cert") == NULL
                      && cli_value (cli, "service-cert-discovery-endpoint") != NULL;
  if (!cli_fill_consortium (cli, it, url, "service-cert", discover, error))
    return FALSE;
  if (certificate != NULL) {
    g_autoptr (MemberIdentity) identity = cli_import_member (cli, NULL, name, certificate,
                                                             cli_value (cli, "signing-key"), NULL, error);
    if (identity == NULL)
      return FALSE;
    g_free (it->account);
    it->account = g_strdup_printf (CLI_MEMBERS "/%s", name);
  }
  if (!ccf_consortium_save (it, cli_state_dir (cli), error))
    return FALSE;
  cli_say (_ ("Ready: --governance-client %s stands for this consortium and who acts there."), name);
  return TRUE;
}

static gboolean
remove_client (Cli *cli, GError **error)
{
  const char *name = cli_require (cli, "name", error);
  if (name == NULL || !ccf_consortium_remove (cli_state_dir (cli), name, error))
    return FALSE;
  cli_say (_ ("Removed. Keys and sign-ins stay in the keyring."));
  return TRUE;
}

/* ---- show ---- */

static void
add_member (Cli *cli, CcfClient *client, json_t *value)
{
  const char *id = ccf_client_member_id (client);
  g_autoptr (json_t) member = ccf_member_show (cli_job (cli), client, id, NULL);
  cr_json_set_string (value, "signingCert", cr_json_peek_string (member, "certificate"));
  cr_json_set_string (value, "signingKey", "<redacted>");
  cr_json_set_string (value, "memberId", id);
  if (json_is_object (json_object_get (member, "memberData")))
    cr_json_set (value, "memberData", json_incref (json_object_get (member, "memberData")));
  cr_json_set_string (value, "identifier", member != NULL ? cgs_member_name (member) : id);
}

static gboolean
add_user (Cli *cli, const CcfConsortium *it, const char *account, CcfClient *client, json_t *value,
          GError **error)
{
  static const char *const shown[] = { "oid", "preferred_username", "upn", "name", "sub", "tid" };
  g_auto (CrSecretText) token = cli_token_load (cli, it->name, account, error);
  g_autoptr (CoseJwt) jwt = token != NULL ? cose_jwt_parse (token, error) : NULL;
  if (jwt == NULL)
    return FALSE;
  json_t *claims = json_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (shown); i++)
    cr_json_set_string (claims, shown[i], cose_jwt_text (jwt, shown[i]));
  cr_json_set (value, "jwtClaims", claims);
  const char *oid = cose_jwt_text (jwt, "oid");
  /* Not admitted yet: then the ledger has no name for this person, and that is what is shown. */
  g_autoptr (json_t) user = oid != NULL ? cgs_user_identity_show (cli_job (cli), client, oid, NULL) : NULL;
  const char *name = cr_json_peek_string (json_object_get (user, "data"), "identifier");
  cr_json_set_string (value, "identifier", name != NULL ? name : oid);
  return TRUE;
}

static gboolean
show (Cli *cli, GError **error)
{
  const CcfConsortium *it = cli_consortium_required (cli, error);
  CcfClient *client = it != NULL ? cli_consortium_client (cli, it, error) : NULL;
  if (client == NULL)
    return FALSE;
  const char *account = cli_consortium_account (cli, it);
  gboolean member = ccf_client_member_id (client) != NULL;
  g_autoptr (json_t) value = json_object ();
  cr_json_set_string (value, "ccfEndpoint", it->url);
  cr_json_set_string (value, "serviceCert", it->service_certificate);
  cr_json_set_bool (value, "isUser", account != NULL && !member);
  if (member)
    add_member (cli, client, value);
  else if (account != NULL && !add_user (cli, it, account, client, value, error))
    return FALSE;
  return cli_show (cli, g_steal_pointer (&value), NULL);
}

static gboolean
show_deployment (Cli *cli, GError **error)
{
  const CcfConsortium *it = cli_consortium_required (cli, error);
  if (it == NULL)
    return FALSE;
  g_autofree char *path = ccf_consortium_path (cli_state_dir (cli), it->name);
  return cli_show (cli,
                   json_pack ("{s:s,s:{},s:s?,s:s}", "projectName", it->name, "ports", "ccfEndpoint", it->url,
                              "file", path),
                   NULL);
}

static gboolean
version (Cli *cli, GError **error)
{
  (void) error;
  return cli_show (cli, json_pack ("{s:{s:n,s:s}}", "cgs-client", "digest", "version", PACKAGE_VERSION),
                   NULL);
}

/* The client is this program, and where it came from is where its next version comes from: nobody is
 * asked. */
static gboolean
upgrades (Cli *cli, GError **error)
{
  (void) error;
  if (!cli_json (cli))
    cli_say (_ ("Newer versions of this program come the way it was installed; nobody is asked here."));
  return cli_show (cli, json_pack ("{s:s,s:[]}", "clientVersion", PACKAGE_VERSION, "upgrades"), NULL);
}

/* A token is a secret; this command exists to hand it to another program, and says so. */
static gboolean
access_token (Cli *cli, GError **error)
{
  const CcfConsortium *it = cli_consortium_required (cli, error);
  const char *account = it != NULL ? cli_consortium_account (cli, it) : NULL;
  if (it != NULL && account == NULL)
    account = cli_require (cli, "as", error);
  g_auto (CrSecretText) token = account != NULL ? cli_token_load (cli, it->name, account, error) : NULL;
  if (token == NULL)
    return FALSE;
  if (cli_json (cli))
    cli_out_json (json_pack ("{s:s}", "accessToken", token));
  else
    cli_out ("%s\n", token);
  return TRUE;
}

#define CLIENT                                                                                               \
  {                                                                                                          \
    "name", CLI_VALUE, "NAME", N_ ("name of the client")                                                     \
  }
#define AS                                                                                                   \
  {                                                                                                          \
    "as", CLI_VALUE, "NAME", N_ ("who acts, if not the one it was deployed with")                            \
  }

static const CliOption deploy_options[] = {
  CLIENT,
  { "ccf-endpoint", CLI_VALUE, "URL", N_ ("address of the ledger") },
  { "signing-cert", CLI_VALUE, "FILE", N_ ("PEM certificate of a member; goes into the keyring") },
  { "signing-key", CLI_VALUE, "FILE", N_ ("PEM private key of that certificate") },
  { "service-cert", CLI_VALUE, "FILE", N_ ("PEM service certificate") },
  CLI_DISCOVERY_OPTIONS,
  { "as", CLI_VALUE, "NAME", N_ ("who acts without a signing certificate: the name of an identity login") },
  { "signing-cert-id", CLI_VALUE, "ID", N_ ("refused: bring the key in with keys import") },
  { "use-azlogin-identity", CLI_FLAG, NULL, N_ ("refused: use identity login") },
  { "use-microsoft-identity", CLI_FLAG, NULL, N_ ("refused: use identity login") },
  { "use-local-identity", CLI_FLAG, NULL, N_ ("refused: use identity login") },
  CLI_END,
};
static const CliOption client_options[] = { CLIENT, CLI_END };
static const CliOption who_options[] = { CLIENT, AS, CLI_END };

const CliCommand cli_client_commands[] = {
  { "governance client deploy", "", N_ ("one name for a consortium and who acts there"),
    "cleanroom governance client deploy --name tdp --ccf-endpoint https://ledger.example --signing-cert tdp_cert.pem --signing-key tdp_privk.pem --service-cert service_cert.pem",
    0, 0, deploy_options, deploy, TRUE },
  { "governance client remove", "", N_ ("forget that name"), "cleanroom governance client remove --name tdp",
    0, 0, client_options, remove_client, TRUE },
  { "governance client show", "", N_ ("endpoint, member or user, claims"),
    "cleanroom governance client show --name tdp --json", 0, 0, who_options, show, FALSE },
  { "governance client show-deployment", "", N_ ("where its description is kept"),
    "cleanroom governance client show-deployment --name tdp", 0, 0, client_options, show_deployment, FALSE },
  { "governance client version", "", N_ ("the version of this program"),
    "cleanroom governance client version", 0, 0, client_options, version, FALSE },
  { "governance client get-upgrades", "", N_ ("the version of this program, which looks for no other"),
    "cleanroom governance client get-upgrades", 0, 0, client_options, upgrades, FALSE },
  { "governance client get-access-token", "", N_ ("print the token of a user for another program"),
    "cleanroom governance client get-access-token --name northwind", 0, 0, who_options, access_token, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
