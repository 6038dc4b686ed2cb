/* SPDX-License-Identifier: MIT
 * governance user-document: datasets and queries as the ledger keeps them.
 */
#include "cli/show.h"
#include "cli/waiting.h"

#include "base/error.h"
#include "cgs/cgs.h"
#include "base/translate.h"

static gboolean
list (Cli *cli, GError **error)
{
  static const char *const columns[] = { "id", "labels", NULL };
  g_autofree char *contract = cli_contract_id_maybe (cli);
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL
         && cli_show_list (cli,
                           cgs_user_document_list (cli_job (cli), client, contract,
                                                   cli_value (cli, "label-selector"), error),
                           columns);
}

static gboolean
show (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  g_autofree char *contract = id != NULL ? cli_contract_id_maybe (cli) : NULL;
  CcfClient *client = id != NULL ? cli_ccf (cli, error) : NULL;
  json_t *document = client != NULL ? cgs_user_document_show (cli_job (cli), client, contract, id, error)
                                    : NULL;
  return cli_show_decision (cli, client, document, cgs_waiting_user_document, error);
}

/* [{"id","type"}] as scripts write it becomes what the ledger wants. Gives. */
static json_t *
read_approvers (Cli *cli, GError **error)
{
  if (cli_value (cli, "approvers") == NULL)
    return json_array ();
  g_autoptr (json_t) given = cli_json_value (cli, "approvers", error);
  if (given == NULL)
    return NULL;
  g_autoptr (json_t) approvers = json_array ();
  size_t i;
  json_t *one;
  json_array_foreach (given, i, one) {
    const char *id = cr_json_get_string (one, "id", "An approver", error);
    const char *type = id != NULL ? cr_json_get_string (one, "type", "An approver", error) : NULL;
    if (type == NULL)
      return NULL;
    json_array_append_new (approvers, json_pack ("{s:s,s:s}", "approverId", id, "approverIdType", type));
  }
  if (json_array_size (approvers) == 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Write --approvers '[{\"id\":\"OBJECT ID\",\"type\":\"user\"}]'.",
                  "--approvers is not a list of approvers.");
    return NULL;
  }
  return g_steal_pointer (&approvers);
}

static gboolean
create (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  g_autofree char *data = id != NULL ? cli_text_value (cli, "data", error) : NULL;
  g_autoptr (json_t) approvers = data != NULL ? read_approvers (cli, error) : NULL;
  if (approvers == NULL)
    return FALSE;
  g_autoptr (json_t) labels = cli_value (cli, "labels") != NULL ? cli_json_value (cli, "labels", error)
                                                                : NULL;
  if (cli_value (cli, "labels") != NULL && labels == NULL)
    return FALSE;
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL
      || !cgs_user_document_put (cli_job (cli), client, contract, id, data, cli_value (cli, "version"),
                                 labels, json_array_size (approvers) > 0 ? approvers : NULL, error))
    return FALSE;
  return cli_show (cli, cgs_user_document_show (cli_job (cli), client, contract, id, error), NULL);
}

static gboolean
propose (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  const char *version = id != NULL ? cli_require (cli, "version", error) : NULL;
  g_autofree char *contract = version != NULL ? cli_contract_id_maybe (cli) : NULL;
  CcfClient *client = version != NULL ? cli_ccf (cli, error) : NULL;
  g_autofree char *proposal = cgs_user_proposal_id_new ();
  return client != NULL
         && cli_show (
             cli, cgs_user_document_propose (cli_job (cli), client, contract, id, version, proposal, error),
             NULL);
}

static gboolean
vote (Cli *cli, GError **error)
{
  gboolean accept = FALSE;
  const char *id = cli_require (cli, "id", error);
  if (id == NULL || !cli_action (cli, &accept, error))
    return FALSE;
  g_autofree char *contract = cli_contract_id_maybe (cli);
  CcfClient *client = cli_ccf (cli, error);
  return client != NULL
         && cli_show (cli,
                      cgs_user_document_vote (cli_job (cli), client, contract, id,
                                              cli_value (cli, "proposal-id"), accept, error),
                      NULL);
}

static gboolean
option_get (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "document-id", error);
  const char *option = id != NULL ? cli_require (cli, "option", error) : NULL;
  g_autofree char *contract = option != NULL ? cli_contract_id_maybe (cli) : NULL;
  CcfClient *client = option != NULL ? cli_ccf (cli, error) : NULL;
  return client != NULL
         && cli_show (
             cli, cgs_user_document_option_status (cli_job (cli), client, contract, id, option, error), NULL);
}

static gboolean
option_set (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "document-id", error);
  const char *option = id != NULL ? cli_require (cli, "option", error) : NULL;
  gboolean enable = FALSE;
  if (option == NULL || !cli_switch (cli, &enable, error))
    return FALSE;
  g_autofree char *contract = cli_contract_id_maybe (cli);
  CcfClient *client = cli_ccf (cli, error);
  if (client == NULL
      || !cgs_user_document_option_set (cli_job (cli), client, contract, id, option, enable, error))
    return FALSE;
  return cli_show (cli, cgs_user_document_option_status (cli_job (cli), client, contract, id, option, error),
                   NULL);
}

#define CONTRACT                                                                                             \
  {                                                                                                          \
    "contract-id", CLI_VALUE, "ID", N_ ("the contract (default: the one of this scenario)")                  \
  }
#define DOCUMENT                                                                                             \
  {                                                                                                          \
    "id", CLI_VALUE, "ID", N_ ("the document")                                                               \
  }

static const CliOption list_options[] = {
  { "label-selector", CLI_VALUE, "NAME:VALUE", N_ ("only documents with this label") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption show_options[] = { DOCUMENT, CONTRACT, CLI_WAITING_OPTION, CLI_WHO_OPTIONS, CLI_END };
static const CliOption create_options[] = {
  DOCUMENT,
  { "data", CLI_VALUE, "TEXT|@FILE", N_ ("content of the document") },
  { "version", CLI_VALUE, "VERSION", N_ ("the version that is replaced, for an existing draft") },
  { "labels", CLI_VALUE, "JSON|@FILE", N_ ("{\"name\":\"value\"}") },
  { "approvers", CLI_VALUE, "JSON|@FILE", N_ ("[{\"id\":\"...\",\"type\":\"user\"}]") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption propose_options[] = {
  DOCUMENT, { "version", CLI_VALUE, "VERSION", N_ ("the version you saw") }, CONTRACT, CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption vote_options[] = {
  DOCUMENT,
  { "proposal-id", CLI_VALUE, "ID", N_ ("the proposal you saw") },
  { "action", CLI_VALUE, "VOTE", N_ ("accept or reject") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption get_options[] = {
  { "document-id", CLI_VALUE, "ID", N_ ("the document") },
  { "option", CLI_VALUE, "NAME", N_ ("execution or telemetry") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};
static const CliOption set_options[] = {
  { "document-id", CLI_VALUE, "ID", N_ ("the document") },
  { "option", CLI_VALUE, "NAME", N_ ("execution or telemetry") },
  { "action", CLI_VALUE, "SWITCH", N_ ("enable or disable") },
  CONTRACT,
  CLI_WHO_OPTIONS,
  CLI_END,
};

const CliCommand cli_document_commands[] = {
  { "governance user-document list", "", N_ ("ids and labels"),
    "cleanroom governance user-document list --as northwind", 0, 0, list_options, list, FALSE },
  { "governance user-document show", "", N_ ("state, text, approvers, votes, and who still has to vote"),
    "cleanroom governance user-document show --id northwind-input --as northwind", 0, 0, show_options, show,
    FALSE },
  { "governance user-document create", "", N_ ("write or update a draft"),
    "cleanroom governance user-document create --id d1 --data @d.json --as northwind", 0, 0, create_options,
    create, TRUE },
  { "governance user-document propose", "", N_ ("propose a version"),
    "cleanroom governance user-document propose --id d1 --version 2.40 --as northwind", 0, 0, propose_options,
    propose, TRUE },
  { "governance user-document vote", "", N_ ("accept or reject"),
    "cleanroom governance user-document vote --id d1 --action accept --as northwind", 0, 0, vote_options,
    vote, TRUE },
  { "governance user-document runtime-option get", "", N_ ("consent to execution or telemetry"),
    "cleanroom governance user-document runtime-option get --document-id d1 --option execution --as northwind",
    0, 0, get_options, option_get, FALSE },
  { "governance user-document runtime-option set", "", N_ ("give or withdraw consent"),
    "cleanroom governance user-document runtime-option set --document-id d1 --option execution --action disable --as northwind",
    0, 0, set_options, option_set, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
