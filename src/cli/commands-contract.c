/* SPDX-License-Identifier: MIT
 * governance contract and governance event: the agreement, its switches, and what happened under it.
 */
#include "cli/show.h"
#include "cli/waiting.h"

#include "base/error.h"
#include "cgs/cgs.h"
#include "cli/events.h"
#include "base/translate.h"

#include <string.h>

static gboolean
contract_list (Cli *cli, GError **error)
{
  static const char *const columns[] = { "id", NULL };
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL
         && cli_show_list (cli, cgs_contract_list (cli_job (cli), client, cli_value (cli, "state-is"), error),
                           columns);
}

static gboolean
contract_show (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  json_t *contract = client != NULL ? cgs_contract_show (cli_job (cli), client, id, error) : NULL;
  return cli_show_decision (cli, client, contract, cgs_waiting_contract, error);
}

static gboolean
contract_create (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  g_autofree char *data = id != NULL ? cli_text_value (cli, "data", error) : NULL;
  CcfClient *client = data != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL
      || !cgs_contract_put (cli_job (cli), client, id, data, cli_value (cli, "version"), error))
    return FALSE;
  return cli_show (cli, cgs_contract_show (cli_job (cli), client, id, error), NULL);
}

static gboolean
contract_propose (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  const char *version = id != NULL ? cli_require (cli, "version", error) : NULL;
  CcfClient *client = version != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_contract_propose (cli_job (cli), client, id, version, error), NULL);
}

static gboolean
contract_vote (Cli *cli, GError **error)
{
  gboolean accept = FALSE;
  const char *id = cli_require (cli, "id", error);
  const char *proposal = id != NULL ? cli_require (cli, "proposal-id", error) : NULL;
  CcfClient *client = proposal != NULL && cli_action (cli, &accept, error) ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_contract_vote (cli_job (cli), client, id, proposal, accept, error), NULL);
}

static gboolean
option_get (Cli *cli, GError **error)
{
  const char *option = cli_require (cli, "option", error);
  g_autofree char *contract = option != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_contract_option_status (cli_job (cli), client, contract, option, error), NULL);
}

static gboolean
option_set (Cli *cli, GError **error)
{
  gboolean enable = FALSE;
  const char *option = cli_require (cli, "option", error);
  if (option == NULL || !cli_switch (cli, &enable, error))
    return FALSE;
  if (strcmp (option, "execution") != 0) {
    cr_set_error (error, CR_ERROR_USAGE,
                  "Logging and telemetry change by proposal: use runtime-option propose.",
                  "Only the option execution can be set directly.");
    return FALSE;
  }
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL || !cgs_contract_execution_set (cli_job (cli), client, contract, enable, error))
    return FALSE;
  return cli_show (cli, cgs_contract_option_status (cli_job (cli), client, contract, option, error), NULL);
}

static gboolean
option_propose (Cli *cli, GError **error)
{
  gboolean enable = FALSE;
  const char *option = cli_require (cli, "option", error);
  if (option == NULL || !cli_switch (cli, &enable, error))
    return FALSE;
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (
             cli, cgs_contract_option_propose (cli_job (cli), client, contract, option, enable, error), NULL);
}

/* A sequence number of the ledger; 0 when not given. */
static gboolean
seqno_value (Cli *cli, const char *name, gint64 *value, GError **error)
{
  const char *text = cli_value (cli, name);
  *value = 0;
  if (text == NULL || g_ascii_string_to_signed (text, 10, 1, G_MAXINT64, value, NULL))
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Give a sequence number of the ledger, 1 or more.",
                "\"%s\" is not a sequence number.", text);
  return FALSE;
}

static gboolean
event_list (Cli *cli, GError **error)
{
  CliEventList list = { .query = { .id = cli_value (cli, "event-id"), .scope = cli_value (cli, "scope") },
                        .contains = cli_value (cli, "contains"),
                        .envelope = TRUE };
  if (!seqno_value (cli, "from-seqno", &list.query.from_seqno, error)
      || !seqno_value (cli, "to-seqno", &list.query.to_seqno, error))
    return FALSE;
  if (cli_flag (cli, "all") && list.query.from_seqno == 0)
    list.query.from_seqno = 1;
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show_events (cli, client, contract, &list, error);
}

#define CONTRACT                                                                                             \
  {                                                                                                          \
    "contract-id", CLI_VALUE, "ID", N_ ("the contract (default: the one of this scenario)")                  \
  }

static const CliOption list_options[] = {
  { "state-is", CLI_VALUE, "STATE", N_ ("Draft, Proposed or Accepted") }, CLI_WHO_OPTIONS, CLI_END
};
static const CliOption id_options[] = {
  { "id", CLI_VALUE, "ID", N_ ("the contract") }, CLI_WAITING_OPTION, CLI_WHO_OPTIONS, CLI_END
};
static const CliOption create_options[] = {
  { "id", CLI_VALUE, "ID", N_ ("the contract") },
  { "data", CLI_VALUE, "TEXT|@FILE", N_ ("what is agreed upon") },
  { "version", CLI_VALUE, "VERSION", N_ ("the version that is replaced, for an existing draft") },
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption propose_options[] = {
  { "id", CLI_VALUE, "ID", N_ ("the contract") },
  { "version", CLI_VALUE, "VERSION", N_ ("the version you saw") },
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption vote_options[] = {
  { "id", CLI_VALUE, "ID", N_ ("the contract") },
  { "proposal-id", CLI_VALUE, "ID", N_ ("the proposal you saw") },
  { "action", CLI_VALUE, "VOTE", N_ ("accept or reject") },
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption option_options[] = {
  { "option", CLI_VALUE, "NAME", N_ ("execution, logging or telemetry") }, CONTRACT, CLI_WHO_OPTIONS, CLI_END
};
static const CliOption switch_options[] = {
  { "option", CLI_VALUE, "NAME", N_ ("execution, logging or telemetry") },
  { "action", CLI_VALUE, "SWITCH", N_ ("enable or disable") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption switch_propose_options[] = {
  { "option", CLI_VALUE, "NAME", N_ ("logging or telemetry") },
  { "action", CLI_VALUE, "SWITCH", N_ ("enable or disable") },
  CONTRACT,
  CLI_PROPOSE_OPTIONS,
  CLI_END,
};
static const CliOption event_options[] = {
  CONTRACT,
  { "all", CLI_FLAG, NULL, N_ ("every event, not only the latest") },
  { "event-id", CLI_VALUE, "ID", N_ ("events kept under this id") },
  { "scope", CLI_VALUE, "NAME", N_ ("events of this scope") },
  { "from-seqno", CLI_VALUE, "N", N_ ("from this sequence number of the ledger") },
  { "to-seqno", CLI_VALUE, "N", N_ ("up to this sequence number") },
  { "contains", CLI_VALUE, "TEXT", N_ ("only events whose message holds this text") },
  CLI_WHO_OPTIONS,
  CLI_END,
};

const CliCommand cli_contract_commands[] = {
  { "governance contract list", "", N_ ("ids of contracts"),
    "cleanroom governance contract list --as northwind", 0, 0, list_options, contract_list, FALSE },
  { "governance contract show", "", N_ ("state, version, text, votes, and who still has to vote"),
    "cleanroom governance contract show --id analytics-1a2b3c4d --as northwind", 0, 0, id_options,
    contract_show, FALSE },
  { "governance contract create", "", N_ ("write or update a draft"),
    "cleanroom governance contract create --id c1 --data @contract.json --as operator", 0, 0, create_options,
    contract_create, TRUE },
  { "governance contract propose", "", N_ ("propose a version"),
    "cleanroom governance contract propose --id c1 --version 2.31 --as operator", 0, 0, propose_options,
    contract_propose, TRUE },
  { "governance contract vote", "", N_ ("accept or reject"),
    "cleanroom governance contract vote --id c1 --proposal-id ID --action accept --as operator", 0, 0,
    vote_options, contract_vote, TRUE },
  { "governance contract runtime-option get", "", N_ ("whether it may run, log, send telemetry"),
    "cleanroom governance contract runtime-option get --option execution --as operator", 0, 0, option_options,
    option_get, FALSE },
  { "governance contract runtime-option set", "", N_ ("switch the own consent to execution"),
    "cleanroom governance contract runtime-option set --option execution --action disable --as operator", 0,
    0, switch_options, option_set, TRUE },
  { "governance contract runtime-option propose", "", N_ ("propose logging or telemetry on or off"),
    "cleanroom governance contract runtime-option propose --option logging --action enable --as operator", 0,
    0, switch_propose_options, option_propose, TRUE },
  { "governance contract event list", "", N_ ("audit events under a contract"),
    "cleanroom governance contract event list --all --as northwind", 0, 0, event_options, event_list, FALSE },
  { "governance event list", "", N_ ("the same, shorter"),
    "cleanroom governance event list --all --as northwind", 0, 0, event_options, event_list, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
