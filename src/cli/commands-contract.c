/* SPDX-License-Identifier: MIT
 * governance contract and governance event: the agreement, its switches, and what happened under it.
 */
#include "cli/show.h"

#include "base/error.h"
#include "cgs/cgs.h"
#include "cli/events.h"

#include <string.h>

static gboolean
contract_list (Cli *cli, GError **error)
{
  static const char *const columns[] = { "id", NULL };
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL
         && cli_show (cli, cgs_contract_list (cli_job (cli), client, cli_value (cli, "state-is"), error),
                      columns);
}

static gboolean
contract_show (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, cgs_contract_show (cli_job (cli), client, id, error), NULL);
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
enable_or_disable (Cli *cli, gboolean *enable, GError **error)
{
  const char *action = cli_require (cli, "action", error);
  if (action == NULL)
    return FALSE;
  *enable = strcmp (action, "enable") == 0;
  if (*enable || strcmp (action, "disable") == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Say --action enable or --action disable.", "\"%s\" is not a switch.",
                action);
  return FALSE;
}

static gboolean
option_set (Cli *cli, GError **error)
{
  gboolean enable = FALSE;
  const char *option = cli_require (cli, "option", error);
  if (option == NULL || !enable_or_disable (cli, &enable, error))
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
  if (option == NULL || !enable_or_disable (cli, &enable, error))
    return FALSE;
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (
             cli, cgs_contract_option_propose (cli_job (cli), client, contract, option, enable, error), NULL);
}

static gboolean
policy_show (Cli *cli, GError **error)
{
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL && cli_show (cli, cgs_policy_show (cli_job (cli), client, contract, error), NULL);
}

static gboolean
template_show (Cli *cli, GError **error)
{
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (cli, cgs_deployment_spec_show (cli_job (cli), client, contract, error), NULL);
}

static gboolean
event_list (Cli *cli, GError **error)
{
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL)
    return FALSE;
  CgsEventQuery query = { .id = cli_value (cli, "event-id"),
                          .scope = cli_value (cli, "scope"),
                          .from_seqno = cli_flag (cli, "all") ? 1 : 0 };
  return cli_show_events (cli, cgs_events (cli_job (cli), client, contract, &query, error), NULL);
}

#define CONTRACT                                                                                             \
  {                                                                                                          \
    "contract-id", CLI_VALUE, "ID", "the contract (default: the one of this scenario)"                       \
  }

static const CliOption list_options[] = { { "state-is", CLI_VALUE, "STATE", "Draft, Proposed or Accepted" },
                                          CLI_AS_OPTIONS,
                                          CLI_END };
static const CliOption id_options[] = { { "id", CLI_VALUE, "ID", "the contract" }, CLI_AS_OPTIONS, CLI_END };
static const CliOption create_options[] = {
  { "id", CLI_VALUE, "ID", "the contract" },
  { "data", CLI_VALUE, "TEXT|@FILE", "what is agreed upon" },
  { "version", CLI_VALUE, "VERSION", "the version that is replaced, for an existing draft" },
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption propose_options[] = {
  { "id", CLI_VALUE, "ID", "the contract" },
  { "version", CLI_VALUE, "VERSION", "the version you saw" },
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption vote_options[] = {
  { "id", CLI_VALUE, "ID", "the contract" },
  { "proposal-id", CLI_VALUE, "ID", "the proposal you saw" },
  { "action", CLI_VALUE, "VOTE", "accept or reject" },
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption option_options[] = {
  { "option", CLI_VALUE, "NAME", "execution, logging or telemetry" }, CONTRACT, CLI_AS_OPTIONS, CLI_END
};
static const CliOption switch_options[] = {
  { "option", CLI_VALUE, "NAME", "execution, logging or telemetry" },
  { "action", CLI_VALUE, "SWITCH", "enable or disable" },
  CONTRACT,
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption contract_options[] = { CONTRACT, CLI_AS_OPTIONS, CLI_END };
static const CliOption event_options[] = {
  CONTRACT,
  { "all", CLI_FLAG, NULL, "every event, not only the latest" },
  { "event-id", CLI_VALUE, "ID", "events kept under this id" },
  { "scope", CLI_VALUE, "NAME", "events of this scope" },
  CLI_AS_OPTIONS,
  CLI_END,
};

const CliCommand cli_contract_commands[] = {
  { "governance contract list", "", "ids of contracts", "cleanroom governance contract list --as northwind",
    0, 0, list_options, contract_list, FALSE },
  { "governance contract show", "", "state, version, text, votes",
    "cleanroom governance contract show --id analytics-1a2b3c4d --as northwind", 0, 0, id_options,
    contract_show, FALSE },
  { "governance contract create", "", "write or update a draft",
    "cleanroom governance contract create --id c1 --data @contract.json --as operator", 0, 0, create_options,
    contract_create, TRUE },
  { "governance contract propose", "", "propose a version",
    "cleanroom governance contract propose --id c1 --version 2.31 --as operator", 0, 0, propose_options,
    contract_propose, TRUE },
  { "governance contract vote", "", "accept or reject",
    "cleanroom governance contract vote --id c1 --proposal-id ID --action accept --as operator", 0, 0,
    vote_options, contract_vote, TRUE },
  { "governance contract runtime-option get", "", "whether it may run, log, send telemetry",
    "cleanroom governance contract runtime-option get --option execution --as operator", 0, 0, option_options,
    option_get, FALSE },
  { "governance contract runtime-option set", "", "switch the own consent to execution",
    "cleanroom governance contract runtime-option set --option execution --action disable --as operator", 0,
    0, switch_options, option_set, TRUE },
  { "governance contract runtime-option propose", "", "propose logging or telemetry on or off",
    "cleanroom governance contract runtime-option propose --option logging --action enable --as operator", 0,
    0, switch_options, option_propose, TRUE },
  { "governance contract event list", "", "audit events under a contract",
    "cleanroom governance contract event list --all --as northwind", 0, 0, event_options, event_list, FALSE },
  { "governance event list", "", "the same, shorter", "cleanroom governance event list --all --as northwind",
    0, 0, event_options, event_list, FALSE },
  { "governance deployment policy show", "", "what the clean room must prove",
    "cleanroom governance deployment policy show --as northwind", 0, 0, contract_options, policy_show,
    FALSE },
  { "governance deployment template show", "", "what is deployed under a contract",
    "cleanroom governance deployment template show --as northwind", 0, 0, contract_options, template_show,
    FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
