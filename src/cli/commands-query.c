/* SPDX-License-Identifier: MIT
 * query add|approve|show and audit list: what may run, and what has happened.
 */
#include "cli/events.h"
#include "cli/show.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"
#include "cgs/cgs.h"
#include "query/query.h"

#include <inttypes.h>
#include <string.h>

static QueryDocument *
read_document (Cli *cli, const char *id, GError **error)
{
  const char *inputs = cli_require (cli, "input", error);
  const char *output = inputs != NULL ? cli_require (cli, "output", error) : NULL;
  g_autofree char *text = output != NULL ? cli_text_value (cli, "query", error) : NULL;
  if (text == NULL)
    return NULL;
  g_autoptr (QueryDocument) document = query_document_new (id);
  query_document_set_output (document, "output", output);
  if (!query_document_add_inputs (document, inputs, error)
      || !query_document_add_segment (document, 1, text, cli_value (cli, "pre-conditions"),
                                      cli_value (cli, "post-filters"), error)
      || !query_document_check (document, error))
    return NULL;
  return g_steal_pointer (&document);
}

static gboolean
add (Cli *cli, GError **error)
{
  const char *id = cli_require (cli, "id", error);
  g_autoptr (QueryDocument) document = id != NULL ? read_document (cli, id, error) : NULL;
  g_autofree char *contract = document != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  g_autofree char *proposal = cgs_user_proposal_id_new ();
  return client != NULL
         && cli_show (cli, query_publish (cli_job (cli), client, contract, id, document, proposal, error),
                      NULL);
}

/* --id, or the query of this scenario. Gives. */
static char *
query_id (Cli *cli, GError **error)
{
  if (cli_argument (cli, 0) != NULL)
    return g_strdup (cli_argument (cli, 0));
  WorkflowContext *context = cli_context (cli, error);
  char *known = context != NULL ? workflow_context_value ("query", context) : NULL;
  if (known == NULL && context != NULL)
    cr_set_error (error, CR_ERROR_USAGE, "Name it: cleanroom query show QUERY --as NAME",
                  "No query is known here yet.");
  return known;
}

static void
show_text (json_t *shown)
{
  const char *data = cr_json_peek_string (shown, "data");
  g_autoptr (QueryDocument) document = data != NULL ? query_document_parse (data, NULL) : NULL;
  if (document == NULL)
    return;
  for (guint i = 0; i < document->inputs->len; i++) {
    const QueryInput *input = g_ptr_array_index (document->inputs, i);
    g_autofree char *safe = cr_text_safe (input->dataset);
    cli_out ("reads   %s as %s\n", safe, input->view);
  }
  g_autofree char *output = cr_text_safe (document->output_dataset);
  cli_out ("writes  %s\n", output);
  for (guint i = 0; i < document->segments->len; i++) {
    const QuerySegment *segment = g_ptr_array_index (document->segments, i);
    g_autofree char *safe = cr_text_safe_lines (segment->text);
    cli_out ("step %" PRId64 "\n%s\n", segment->sequence, g_strchomp (safe));
  }
}

static gboolean
show (Cli *cli, GError **error)
{
  g_autofree char *id = query_id (cli, error);
  g_autofree char *contract = id != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  g_autoptr (json_t) shown = client != NULL
                                 ? cgs_user_document_show (cli_job (cli), client, contract, id, error)
                                 : NULL;
  if (shown == NULL)
    return FALSE;
  if (cli_json (cli)) {
    cli_out_json (json_incref (shown));
    return TRUE;
  }
  cli_out ("query   %s\nstate   %s\n", id, cr_json_peek_string (shown, "state"));
  show_text (shown);
  return TRUE;
}

static gboolean
approve (Cli *cli, GError **error)
{
  gboolean accept = TRUE;
  if (cli_value (cli, "action") != NULL && !cli_action (cli, &accept, error))
    return FALSE;
  g_autofree char *id = query_id (cli, error);
  g_autofree char *contract = id != NULL ? cli_contract_id (cli, error) : NULL;
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  g_autoptr (json_t) shown = client != NULL
                                 ? cgs_user_document_show (cli_job (cli), client, contract, id, error)
                                 : NULL;
  if (shown == NULL)
    return FALSE;
  if (!cli_json (cli))
    show_text (shown);
  return cli_show (cli, cgs_user_document_vote (cli_job (cli), client, contract, id, NULL, accept, error),
                   NULL);
}

static gboolean
audit_list (Cli *cli, GError **error)
{
  g_autofree char *contract = cli_contract_id (cli, error);
  CcfClient *client = contract != NULL ? cli_ccf (cli, error) : NULL;
  if (client == NULL)
    return FALSE;
  g_autofree char *run = cli_value (cli, "run") != NULL
                             ? g_strdup_printf ("job id: %s", cli_value (cli, "run"))
                             : NULL;
  CliEventList list = { .query = { .from_seqno = 1 }, .contains = run };
  return cli_show_events (cli, client, contract, &list, error);
}

#define CONTRACT                                                                                             \
  {                                                                                                          \
    "contract-id", CLI_VALUE, "ID", "the contract (default: the one of this scenario)"                       \
  }

static const CliOption add_options[] = {
  { "id", CLI_VALUE, "ID", N_ ("name of the query document") },
  { "query", CLI_VALUE, "SQL|@FILE", N_ ("one SQL statement") },
  { "input", CLI_VALUE, "VIEW:DATASET,...", N_ ("views in the SQL and the datasets behind them") },
  { "output", CLI_VALUE, "DATASET", N_ ("where the answer goes") },
  { "pre-conditions", CLI_VALUE, "VIEW:MIN,...", N_ ("refuse to run with fewer rows") },
  { "post-filters", CLI_VALUE, "COLUMN:MIN,...", N_ ("drop rows below") },
  CONTRACT,
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption show_options[] = { CONTRACT, CLI_AS_OPTIONS, CLI_END };
static const CliOption approve_options[] = {
  { "action", CLI_VALUE, "VOTE", N_ ("accept (default) or reject") },
  CONTRACT,
  CLI_AS_OPTIONS,
  CLI_END,
};
static const CliOption audit_options[] = {
  { "run", CLI_VALUE, "RUN", N_ ("only what belongs to this run id") },
  CONTRACT,
  CLI_AS_OPTIONS,
  CLI_END,
};

const CliCommand cli_query_commands[] = {
  { "query add", "", N_ ("propose a query; the owners of its datasets must agree"),
    "cleanroom query add --id q2 --query @q.sql --input publisher_data:D1,consumer_data:D2 --output D3 --as woodgrove",
    0, 0, add_options, add, TRUE },
  { "query show", "[QUERY]", N_ ("its text, what it reads, who agreed"),
    "cleanroom query show --as northwind", 0, 1, show_options, show, FALSE },
  { "query approve", "[QUERY]", N_ ("agree (or not) that it may run"),
    "cleanroom query approve --as northwind --action accept", 0, 1, approve_options, approve, TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};

const CliCommand cli_audit_commands[] = {
  { "audit list", "", N_ ("what happened under the contract"),
    "cleanroom audit list --as northwind --run 3f2a91bc", 0, 0, audit_options, audit_list, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
