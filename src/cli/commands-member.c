/* SPDX-License-Identifier: MIT
 * governance member and governance proposal: the ledger's own parties and decisions.
 */
#include "cli/show.h"
#include "cli/waiting.h"

#include "base/error.h"
#include "base/file.h"
#include "cgs/cgs.h"
#include "base/translate.h"

#include <string.h>

static gboolean
member_show (Cli *cli, GError **error)
{
  static const char *const columns[] = {
    "memberId", "status", "memberData.identifier", "memberData.isOperator", "recoveryRole", NULL
  };
  CcfClient *client = cli_ccf (cli, error);
  if (client == NULL)
    return FALSE;
  const char *id = cli_value (cli, "member-id");
  return id != NULL ? cli_show (cli, ccf_member_show (cli_job (cli), client, id, error), columns)
                    : cli_show_list (cli, ccf_members_list (cli_job (cli), client, error), columns);
}

/* --member-data as it is, or what --identifier and --tenant-id say. Gives. */
static json_t *
member_data (Cli *cli, GError **error)
{
  if (cli_value (cli, "member-data") != NULL) {
    if (cli_value (cli, "identifier") == NULL && cli_value (cli, "tenant-id") == NULL)
      return cli_json_value (cli, "member-data", error);
    cr_set_error (error, CR_ERROR_USAGE, "Write identifier and tenantId into the member data.",
                  "--member-data cannot be given together with --identifier or --tenant-id.");
    return NULL;
  }
  const char *identifier = cli_require (cli, "identifier", error);
  if (identifier == NULL)
    return NULL;
  json_t *data = json_object ();
  cr_json_set_string (data, "identifier", identifier);
  cr_json_set_string (data, "tenantId", cli_value (cli, "tenant-id"));
  return data;
}

/* "participant" or "owner" in any case, as the ledger spells it; *ROLE NULL when not given. */
static gboolean
recovery_role (Cli *cli, const char **role, GError **error)
{
  static const char *const roles[] = { "Participant", "Owner" };
  const char *given = cli_value (cli, "recovery-role");
  *role = NULL;
  if (given == NULL)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (roles); i++)
    if (g_ascii_strcasecmp (roles[i], given) == 0)
      *role = roles[i];
  if (*role == NULL)
    cr_set_error (error, CR_ERROR_USAGE, "Use participant or owner.", "\"%s\" is not a recovery role.",
                  given);
  else if (cli_value (cli, "encryption-public-key") == NULL)
    cr_set_error (error, CR_ERROR_USAGE, "Add --encryption-public-key FILE.",
                  "A recovery role needs a key that recovery shares are encrypted to.");
  else
    return TRUE;
  return FALSE;
}

static gboolean
member_add (Cli *cli, GError **error)
{
  const char *certificate_path = cli_require (cli, "certificate", error), *role = NULL;
  g_autoptr (json_t) data = certificate_path != NULL && recovery_role (cli, &role, error)
                                ? member_data (cli, error)
                                : NULL;
  if (data == NULL)
    return FALSE;
  g_autofree char *certificate = cr_file_read_text (certificate_path, 64 * 1024, error);
  if (certificate == NULL)
    return FALSE;
  const char *key_path = cli_value (cli, "encryption-public-key");
  g_autofree char *key = key_path != NULL ? cr_file_read_text (key_path, 64 * 1024, error) : NULL;
  if (key_path != NULL && key == NULL)
    return FALSE;
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL
         && cli_show (cli, cgs_member_propose (cli_job (cli), client, certificate, key, role, data, error),
                      NULL);
}

static gboolean
member_activate (Cli *cli, GError **error)
{
  CcfClient *client = cli_ccf (cli, error);
  if (client == NULL || !ccf_member_activate (cli_job (cli), client, error))
    return FALSE;
  return cli_show (cli, ccf_member_show (cli_job (cli), client, ccf_client_member_id (client), error), NULL);
}

static gboolean
member_set_tenant (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "identifier", error);
  const char *tenant = id != NULL ? cli_require (cli, "tenant-id", error) : NULL;
  CcfClient *client = tenant != NULL ? cli_ccf (cli, error) : NULL;
  g_autoptr (json_t) members = client != NULL ? ccf_members_list (cli_job (cli), client, error) : NULL;
  if (members == NULL)
    return FALSE;
  size_t i;
  json_t *member;
  json_array_foreach (members, i, member)
    if (strcmp (cgs_member_name (member), id) == 0) {
      g_autoptr (json_t) patch = json_pack ("{s:s}", "tenantId", tenant);
      return cli_show (cli,
                       cgs_member_data_patch (cli_job (cli), client, cr_json_peek_string (member, "memberId"),
                                              patch, error),
                       NULL);
    }
  cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom governance member show",
                "There is no member \"%s\".", id);
  return FALSE;
}

static gboolean
proposal_list (Cli *cli, GError **error)
{
  static const char *const columns[] = { "proposalId", "proposalState", "proposerId", "ballotCount", NULL };
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL && cli_show_list (cli, ccf_proposals_list (cli_job (cli), client, error), columns);
}

typedef json_t *(*ProposalReader) (CrJob *job, CcfClient *client, const char *proposal_id, GError **error);

static gboolean
read_proposal (Cli *cli, ProposalReader reader, const char *const *columns, GError **error)
{
  const char *id = cli_require (cli, "proposal-id", error);
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, reader (cli_job (cli), client, id, error), columns);
}

static gboolean
proposal_show (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "proposal-id", error);
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  json_t *proposal = client != NULL ? ccf_proposal_show (cli_job (cli), client, id, error) : NULL;
  return cli_show_decision (cli, client, proposal, cgs_waiting_proposal, error);
}

static gboolean
proposal_show_actions (Cli *cli, GError **error)
{
  return read_proposal (cli, ccf_proposal_actions, NULL, error);
}

static gboolean
proposal_show_votes (Cli *cli, GError **error)
{
  static const char *const columns[] = { "memberId", "ballot", NULL };
  return read_proposal (cli, ccf_proposal_ballots, columns, error);
}

static gboolean
proposal_history (Cli *cli, GError **error)
{
  static const char *const columns[] = { "seqno", "proposalState", "proposalId", NULL };
  const char *id = cli_require (cli, "proposal-id", error);
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show_list (cli, cgs_proposal_history (cli_job (cli), client, id, error), columns);
}

static gboolean
proposal_withdraw (Cli *cli, GError **error)
{
  return read_proposal (cli, ccf_proposal_withdraw, NULL, error);
}

static gboolean
proposal_vote (Cli *cli, GError **error)
{
  gboolean accept = FALSE;
  const char *id = cli_require (cli, "proposal-id", error);
  CcfClient *client = id != NULL && cli_action (cli, &accept, error) ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, ccf_proposal_vote (cli_job (cli), client, id, accept, error), NULL);
}

static gboolean
proposal_create (Cli *cli, GError **error)
{
  g_autoptr (json_t) content = cli_json_value (cli, "content", error);
  if (content == NULL)
    return FALSE;
  if (!json_is_array (json_object_get (content, "actions"))) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "A proposal looks like {\"actions\":[{\"name\":\"...\",\"args\":{...}}]}.",
                  "The content is not a proposal: it has no list \"actions\".");
    return FALSE;
  }
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL
         && cli_show (cli,
                      cli_flag (cli, "accept") ? ccf_propose_and_vote (cli_job (cli), client, content, error)
                                               : ccf_proposal_create (cli_job (cli), client, content, error),
                      NULL);
}

static const CliOption as_options[] = { CLI_WHO_OPTIONS, CLI_END };
static const CliOption member_show_options[] = { { "member-id", CLI_VALUE, "ID", N_ ("only this member") },
                                                 CLI_WHO_OPTIONS,
                                                 CLI_END };
static const CliOption member_add_options[] = {
  { "certificate", CLI_VALUE, "FILE", N_ ("PEM certificate of the new member") },
  { "identifier", CLI_VALUE, "NAME", N_ ("display name") },
  { "tenant-id", CLI_VALUE, "GUID", N_ ("tenant of the member") },
  { "encryption-public-key", CLI_VALUE, "FILE", N_ ("PEM public key: makes a recovery member") },
  { "recovery-role", CLI_VALUE, "ROLE", N_ ("participant or owner") },
  { "member-data", CLI_VALUE, "JSON|@FILE",
    N_ ("whole member data, instead of --identifier and --tenant-id") },
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption tenant_options[] = {
  { "identifier", CLI_VALUE, "NAME", N_ ("display name of the member") },
  { "tenant-id", CLI_VALUE, "GUID", N_ ("tenant of the member") },
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption proposal_show_options[] = {
  { "proposal-id", CLI_VALUE, "ID", N_ ("64 hex digits") }, CLI_WAITING_OPTION, CLI_WHO_OPTIONS, CLI_END
};
static const CliOption proposal_options[] = { { "proposal-id", CLI_VALUE, "ID", N_ ("64 hex digits") },
                                              CLI_WHO_OPTIONS,
                                              CLI_END };
static const CliOption vote_options[] = {
  { "proposal-id", CLI_VALUE, "ID", N_ ("64 hex digits") },
  { "action", CLI_VALUE, "VOTE", N_ ("accept or reject") },
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption content_options[] = {
  { "content", CLI_VALUE, "JSON|@FILE", N_ ("{\"actions\":[{\"name\",\"args\"}]}") },
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};

const CliCommand cli_member_commands[] = {
  { "governance member show", "", N_ ("members with status and data"),
    "cleanroom governance member show --as operator", 0, 0, member_show_options, member_show, FALSE },
  { "governance member add", "", N_ ("propose a new member"),
    "cleanroom governance member add --certificate tdp_cert.pem --identifier tdp --as operator", 0, 0,
    member_add_options, member_add, TRUE },
  { "governance member activate", "", N_ ("acknowledge the ledger and become active"),
    "cleanroom governance member activate --as operator", 0, 0, as_options, member_activate, TRUE },
  { "governance member set-tenant-id", "", N_ ("propose the tenant of a member; its roles stay"),
    "cleanroom governance member set-tenant-id --identifier tdp --tenant-id GUID --as operator", 0, 0,
    tenant_options, member_set_tenant, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};

const CliCommand cli_proposal_commands[] = {
  { "governance proposal list", "", N_ ("proposals that are open, and the last closed one"),
    "cleanroom governance proposal list --as operator", 0, 0, as_options, proposal_list, FALSE },
  { "governance proposal show", "", N_ ("state, and who still has to vote"),
    "cleanroom governance proposal show --proposal-id ID --as operator", 0, 0, proposal_show_options,
    proposal_show, FALSE },
  { "governance proposal show-actions", "", N_ ("what it would do"),
    "cleanroom governance proposal show-actions --proposal-id ID --as operator", 0, 0, proposal_options,
    proposal_show_actions, FALSE },
  { "governance proposal show-votes", "", N_ ("who voted how"),
    "cleanroom governance proposal show-votes --proposal-id ID --as operator", 0, 0, proposal_options,
    proposal_show_votes, FALSE },
  { "governance proposal history", "", N_ ("how a closed proposal ended"),
    "cleanroom governance proposal history --proposal-id ID --as operator", 0, 0, proposal_options,
    proposal_history, FALSE },
  { "governance proposal create", "", N_ ("submit any proposal from JSON"),
    "cleanroom governance proposal create --content @p.json --as operator", 0, 0, content_options,
    proposal_create, TRUE },
  { "governance proposal vote", "", N_ ("accept or reject"),
    "cleanroom governance proposal vote --proposal-id ID --action accept --as operator", 0, 0, vote_options,
    proposal_vote, TRUE },
  { "governance proposal withdraw", "", N_ ("take an own proposal back"),
    "cleanroom governance proposal withdraw --proposal-id ID --as operator", 0, 0, proposal_options,
    proposal_withdraw, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
