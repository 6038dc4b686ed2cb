/* SPDX-License-Identifier: MIT
 * governance user-identity and its invitations: who takes part with an account.
 */
#include "cli/show.h"

#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs.h"
#include "base/translate.h"

#include <string.h>

static gboolean
show (Cli *cli, GError **error)
{
  static const char *const columns[] = { "id",          "data.identifier", "data.tenantId",
                                         "accountType", "invitationId",    NULL };
  CcfClient *client = cli_ccf (cli, error);
  if (client == NULL)
    return FALSE;
  const char *id = cli_value (cli, "identity-id");
  return id != NULL ? cli_show (cli, cgs_user_identity_show (cli_job (cli), client, id, error), columns)
                    : cli_show_list (cli, cgs_user_identity_list (cli_job (cli), client, error), columns);
}

/* The only kind of account there is; scripts name it. */
static gboolean
check_account_type (Cli *cli, GError **error)
{
  const char *type = cli_value (cli, "account-type");
  if (type == NULL || strcmp (type, "microsoft") == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Use microsoft, or leave it out.", "There is no account type \"%s\".",
                type);
  return FALSE;
}

static gboolean
add (Cli *cli, GError **error)
{
  if (!check_account_type (cli, error))
    return FALSE;
  const char *invitation = cli_value (cli, "accepted-invitation-id");
  const char *object = cli_value (cli, "object-id");
  if ((invitation == NULL) == (object == NULL)) {
    cr_set_error (error, CR_ERROR_USAGE, NULL,
                  "Give either --accepted-invitation-id or --object-id with --tenant-id.");
    return FALSE;
  }
  const char *tenant = object != NULL ? cli_require (cli, "tenant-id", error) : "";
  CcfClient *client = tenant != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL)
    return FALSE;
  return cli_show (cli,
                   invitation != NULL
                       ? cgs_user_identity_propose_invited (cli_job (cli), client, invitation, error)
                       : cgs_user_identity_propose (cli_job (cli), client, object, tenant,
                                                    cli_value (cli, "identifier"), error),
                   NULL);
}

static gboolean
remove_user (Cli *cli, GError **error)
{
  const char *object = cli_require (cli, "object-id", error);
  CcfClient *client = object != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_user_identity_remove (cli_job (cli), client, object, error), NULL);
}

static gboolean
invitation_show (Cli *cli, GError **error)
{
  static const char *const columns[] = { "invitationId", "status", "claims.preferred_username",
                                         "userInfo.userId", NULL };
  CcfClient *client = cli_ccf (cli, error);
  if (client == NULL)
    return FALSE;
  const char *id = cli_value (cli, "invitation-id");
  return id != NULL ? cli_show (cli, cgs_invitation_show (cli_job (cli), client, id, error), columns)
                    : cli_show_list (cli, cgs_invitation_list (cli_job (cli), client, error), columns);
}

static gboolean
invitation_create (Cli *cli, GError **error)
{
  const char *user = check_account_type (cli, error) ? cli_require (cli, "username", error) : NULL;
  CcfClient *client = user != NULL ? cli_ccf (cli, error) : NULL;
  g_autofree char *drawn = cr_random_hex (32);
  const char *id = cli_value (cli, "invitation-id");
  const char *type = cli_value (cli, "identity-type");
  if (g_strcmp0 (type, "user") == 0)
    type = "User";
  else if (g_strcmp0 (type, "service-principal") == 0)
    type = "ServicePrincipal";
  return client != NULL
         && cli_show (cli,
                      cgs_invitation_propose (cli_job (cli), client, id != NULL ? id : drawn, user,
                                              type != NULL ? type : "User", cli_value (cli, "tenant-id"),
                                              error),
                      NULL);
}

static gboolean
invitation_accept (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "invitation-id", error);
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL || !cgs_invitation_accept (cli_job (cli), client, id, error))
    return FALSE;
  return cli_show (cli, cgs_invitation_show (cli_job (cli), client, id, error), NULL);
}

#define ACCOUNT_TYPE                                                                                         \
  {                                                                                                          \
    "account-type", CLI_VALUE, "TYPE", N_ ("microsoft, the only one")                                        \
  }
#define INVITATION                                                                                           \
  {                                                                                                          \
    "invitation-id", CLI_VALUE, "ID", N_ ("the invitation")                                                  \
  }

static const CliOption show_options[] = { { "identity-id", CLI_VALUE, "ID", N_ ("only this user") },
                                          CLI_WHO_OPTIONS,
                                          CLI_END };
static const CliOption add_options[] = {
  { "accepted-invitation-id", CLI_VALUE, "ID", N_ ("admit who accepted this invitation") },
  { "object-id", CLI_VALUE, "GUID", N_ ("admit this account") },
  { "tenant-id", CLI_VALUE, "GUID", N_ ("tenant of the account") },
  { "identifier", CLI_VALUE, "NAME", N_ ("display name") },
  ACCOUNT_TYPE,
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption remove_options[] = { { "object-id", CLI_VALUE, "GUID", N_ ("the user") },
                                            CLI_PROPOSE_OPTIONS,
                                            CLI_END };
static const CliOption invitation_options[] = { INVITATION, CLI_WHO_OPTIONS, CLI_END };
static const CliOption create_options[] = {
  { "username", CLI_VALUE, "ADDRESS", N_ ("sign-in address of the person") },
  { "identity-type", CLI_VALUE, "TYPE", N_ ("user (default) or service-principal") },
  { "tenant-id", CLI_VALUE, "GUID", N_ ("tenant, needed for a service principal") },
  ACCOUNT_TYPE,
  INVITATION,
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};

const CliCommand cli_user_commands[] = {
  { "governance user-identity show", "", N_ ("active users"),
    "cleanroom governance user-identity show --as operator", 0, 0, show_options, show, FALSE },
  { "governance user-identity add", "", N_ ("propose to admit a user"),
    "cleanroom governance user-identity add --accepted-invitation-id ID --as operator", 0, 0, add_options,
    add, TRUE },
  { "governance user-identity remove", "", N_ ("propose to remove a user"),
    "cleanroom governance user-identity remove --object-id GUID --as operator", 0, 0, remove_options,
    remove_user, TRUE },
  { "governance user-identity invitation show", "", N_ ("invitations and their state"),
    "cleanroom governance user-identity invitation show --as operator", 0, 0, invitation_options,
    invitation_show, FALSE },
  { "governance user-identity invitation create", "", N_ ("propose to invite somebody"),
    "cleanroom governance user-identity invitation create --username ada@north.example --as operator", 0, 0,
    create_options, invitation_create, TRUE },
  { "governance user-identity invitation accept", "", N_ ("accept an invitation"),
    "cleanroom governance user-identity invitation accept --invitation-id ID --as northwind", 0, 0,
    invitation_options, invitation_accept, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
