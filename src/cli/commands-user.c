/* SPDX-License-Identifier: MIT
 * governance user-identity and its invitations: who takes part with an account.
 */
#include "cli/show.h"

#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs.h"

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
  return cli_show (cli,
                   id != NULL ? cgs_user_identity_show (cli_job (cli), client, id, error)
                              : cgs_user_identity_list (cli_job (cli), client, error),
                   columns);
}

static gboolean
add (Cli *cli, GError **error)
{
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
  return cli_show (cli,
                   id != NULL ? cgs_invitation_show (cli_job (cli), client, id, error)
                              : cgs_invitation_list (cli_job (cli), client, error),
                   columns);
}

static gboolean
invitation_create (Cli *cli, GError **error)
{
  const char *user = cli_require (cli, "username", error);
  CcfClient *client = user != NULL ? cli_ccf (cli, error) : NULL;
  g_autofree char *drawn = cr_random_hex (32);
  const char *id = cli_value (cli, "invitation-id");
  const char *type = cli_value (cli, "identity-type");
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

#define INVITATION                                                                                           \
  {                                                                                                          \
    "invitation-id", CLI_VALUE, "ID", "the invitation"                                                       \
  }

static const CliOption show_options[] = { { "identity-id", CLI_VALUE, "ID", "only this user" },
                                          CLI_AS_OPTIONS,
                                          CLI_END };
static const CliOption add_options[] = {
  { "accepted-invitation-id", CLI_VALUE, "ID", "admit who accepted this invitation" },
  { "object-id", CLI_VALUE, "GUID", "admit this account" },
  { "tenant-id", CLI_VALUE, "GUID", "tenant of the account" },
  { "identifier", CLI_VALUE, "NAME", "display name" },
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption remove_options[] = { { "object-id", CLI_VALUE, "GUID", "the user" },
                                            CLI_AS_OPTIONS,
                                            CLI_END };
static const CliOption invitation_options[] = { INVITATION, CLI_AS_OPTIONS, CLI_END };
static const CliOption create_options[] = {
  { "username", CLI_VALUE, "ADDRESS", "sign-in address of the person" },
  { "identity-type", CLI_VALUE, "TYPE", "User (default) or ServicePrincipal" },
  { "tenant-id", CLI_VALUE, "GUID", "tenant, needed for a service principal" },
  INVITATION,
  CLI_AS_OPTIONS,
  CLI_END,
};

const CliCommand cli_user_commands[] = {
  { "governance user-identity show", "", "active users",
    "cleanroom governance user-identity show --as operator", 0, 0, show_options, show, FALSE },
  { "governance user-identity add", "", "propose to admit a user",
    "cleanroom governance user-identity add --accepted-invitation-id ID --as operator", 0, 0, add_options,
    add, TRUE },
  { "governance user-identity remove", "", "propose to remove a user",
    "cleanroom governance user-identity remove --object-id GUID --as operator", 0, 0, remove_options,
    remove_user, TRUE },
  { "governance user-identity invitation show", "", "invitations and their state",
    "cleanroom governance user-identity invitation show --as operator", 0, 0, invitation_options,
    invitation_show, FALSE },
  { "governance user-identity invitation create", "", "propose to invite somebody",
    "cleanroom governance user-identity invitation create --username ada@north.example --as operator", 0, 0,
    create_options, invitation_create, TRUE },
  { "governance user-identity invitation accept", "", "accept an invitation",
    "cleanroom governance user-identity invitation accept --invitation-id ID --as northwind", 0, 0,
    invitation_options, invitation_accept, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
