/* SPDX-License-Identifier: MIT
 * governance member-document and governance user-proposal: what members agree upon, and proposals with
 * approvers.
 */
#include "cli/show.h"
#include "cli/waiting.h"

#include "base/error.h"
#include "cgs/cgs.h"
#include "base/translate.h"

static gboolean
list (Cli *cli, GError **error)
{
  static const char *const columns[] = { "id", NULL };
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL
         && cli_show_list (cli, cgs_member_document_list (cli_job (cli), client, error), columns);
}

static gboolean
show (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  json_t *document = client != NULL ? cgs_member_document_show (cli_job (cli), client, id, error) : NULL;
  return cli_show_decision (cli, client, document, cgs_waiting_member_document, error);
}

static gboolean
create (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  g_autofree char *data = id != NULL ? cli_text_value (cli, "data", error) : NULL;
  g_autofree char *contract = data != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL
      || !cgs_member_document_put (cli_job (cli), client, contract, id, data, cli_value (cli, "version"),
                                   error))
    return FALSE;
  return cli_show (cli, cgs_member_document_show (cli_job (cli), client, id, error), NULL);
}

static gboolean
propose (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  const char *version = id != NULL ? cli_require (cli, "version", error) : NULL;
  CcfClient *client = version != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_member_document_propose (cli_job (cli), client, id, version, error), NULL);
}

static gboolean
vote (Cli *cli, GError **error)
{
  gboolean accept = FALSE;
  const char *id = cli_require (cli, "id", error);
  const char *proposal = id != NULL ? cli_require (cli, "proposal-id", error) : NULL;
  CcfClient *client = proposal != NULL && cli_action (cli, &accept, error) ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_member_document_vote (cli_job (cli), client, id, proposal, accept, error),
                      NULL);
}

/* ---- user proposals ---- */

typedef json_t *(*ProposalCall) (CrJob *job, CcfClient *client, const char *proposal_id, GError **error);

static gboolean
user_proposal_call (Cli *cli, ProposalCall call, GError **error)
{
  const char *id = cli_require (cli, "proposal-id", error);
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, call (cli_job (cli), client, id, error), NULL);
}

static gboolean
user_proposal_show (Cli *cli, GError **error)
{
  return user_proposal_call (cli, cgs_user_proposal_show, error);
}

static gboolean
user_proposal_status (Cli *cli, GError **error)
{
  return user_proposal_call (cli, cgs_user_proposal_status, error);
}

static gboolean
user_proposal_withdraw (Cli *cli, GError **error)
{
  return user_proposal_call (cli, cgs_user_proposal_withdraw, error);
}

static gboolean
user_proposal_vote (Cli *cli, GError **error)
{
  gboolean accept = FALSE;
  const char *id = cli_require (cli, "proposal-id", error);
  CcfClient *client = id != NULL && cli_action (cli, &accept, error) ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_user_proposal_vote (cli_job (cli), client, id, accept, error), NULL);
}

#define DOCUMENT                                                                                             \
  {                                                                                                          \
    "id", CLI_VALUE, "ID", N_ ("the document")                                                               \
  }

static const CliOption who_options[] = { CLI_WHO_OPTIONS, CLI_END };
static const CliOption show_options[] = { DOCUMENT, CLI_WAITING_OPTION, CLI_WHO_OPTIONS, CLI_END };
static const CliOption create_options[] = {
  DOCUMENT,
  { "contract-id", CLI_VALUE, "ID", N_ ("the contract (default: the one of this scenario)") },
  { "data", CLI_VALUE, "TEXT|@FILE", N_ ("content of the document") },
  { "version", CLI_VALUE, "VERSION", N_ ("the version that is replaced, for an existing draft") },
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption propose_options[] = {
  DOCUMENT, { "version", CLI_VALUE, "VERSION", N_ ("the version you saw") }, CLI_WHO_OPTIONS, CLI_END
};
static const CliOption vote_options[] = {
  DOCUMENT,
  { "proposal-id", CLI_VALUE, "ID", N_ ("the proposal you saw") },
  { "action", CLI_VALUE, "VOTE", N_ ("accept or reject") },
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption proposal_options[] = { { "proposal-id", CLI_VALUE, "ID", N_ ("the proposal") },
                                              CLI_WHO_OPTIONS,
                                              CLI_END };
static const CliOption proposal_vote_options[] = {
  { "proposal-id", CLI_VALUE, "ID", N_ ("the proposal") },
  { "action", CLI_VALUE, "VOTE", N_ ("accept or reject") },
  CLI_WHO_OPTIONS,
  CLI_END,
};

const CliCommand cli_member_document_commands[] = {
  { "governance member-document list", "", N_ ("ids of documents that members agree upon"),
    "cleanroom governance member-document list --env trials --as tdp", 0, 0, who_options, list, FALSE },
  { "governance member-document show", "", N_ ("state, text, votes, and who still has to vote"),
    "cleanroom governance member-document show --id d1 --env trials --as tdp", 0, 0, show_options, show,
    FALSE },
  { "governance member-document create", "", N_ ("write or update a draft"),
    "cleanroom governance member-document create --id d1 --contract-id c1 --data @d.json --env trials --as tdp",
    0, 0, create_options, create, TRUE },
  { "governance member-document propose", "", N_ ("propose a version"),
    "cleanroom governance member-document propose --id d1 --version 2.40 --env trials --as tdp", 0, 0,
    propose_options, propose, TRUE },
  { "governance member-document vote", "", N_ ("accept or reject"),
    "cleanroom governance member-document vote --id d1 --proposal-id ID --action accept --env trials --as tdp",
    0, 0, vote_options, vote, TRUE },
  { "governance user-proposal show", "", N_ ("what the approvers decide on"),
    "cleanroom governance user-proposal show --proposal-id ID --env trials --as tdp", 0, 0, proposal_options,
    user_proposal_show, FALSE },
  { "governance user-proposal status", "", N_ ("state and ballots"),
    "cleanroom governance user-proposal status --proposal-id ID --env trials --as tdp", 0, 0,
    proposal_options, user_proposal_status, FALSE },
  { "governance user-proposal vote", "", N_ ("accept or reject as an approver"),
    "cleanroom governance user-proposal vote --proposal-id ID --action accept --env trials --as tdp", 0, 0,
    proposal_vote_options, user_proposal_vote, TRUE },
  { "governance user-proposal withdraw", "", N_ ("take an own proposal back"),
    "cleanroom governance user-proposal withdraw --proposal-id ID --env trials --as tdp", 0, 0,
    proposal_options, user_proposal_withdraw, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
