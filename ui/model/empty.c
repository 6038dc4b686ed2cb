/* SPDX-License-Identifier: MIT
 * An empty value of each model: every array is there, nothing has been read yet.
 */
#include "ui/model/model-private.h"

#include "ui/model/audit.h"
#include "ui/model/consortium.h"
#include "ui/model/documents.h"
#include "ui/model/journey.h"
#include "ui/model/machine.h"
#include "ui/model/runs.h"

/* The arrays of TYPE named after it. */
#define EMPTY_LISTS(value, ...)                                                                              \
  do {                                                                                                       \
    GPtrArray **lists[] = { __VA_ARGS__ };                                                                   \
    for (guint i = 0; i < G_N_ELEMENTS (lists); i++)                                                         \
      *lists[i] = ui_arena_list (ui_value_arena (value));                                                    \
  } while (0)
#define TEXT(value, text) ui_text (ui_value_arena (value), text)

gpointer
ui_overview_new (void)
{
  UiOverview *it = ui_value_new (sizeof (UiOverview));
  EMPTY_LISTS (it, &it->personas, &it->scenarios);
  it->state_dir = it->scenario = it->scenario_title = TEXT (it, "");
  it->environment = it->consortium = TEXT (it, "");
  it->environments = ui_arena_list (ui_value_arena (it));
  return it;
}

gpointer
ui_journey_new (void)
{
  UiJourney *it = ui_value_new (sizeof (UiJourney));
  EMPTY_LISTS (it, &it->steps);
  it->persona = it->persona_title = it->persona_purpose = TEXT (it, "");
  it->scenario = it->scenario_title = it->scenario_purpose = it->next_text = TEXT (it, "");
  return it;
}

gpointer
ui_step_detail_new (void)
{
  UiStepDetail *it = ui_value_new (sizeof (UiStepDetail));
  EMPTY_LISTS (it, &it->inputs, &it->plan, &it->makes, &it->artefacts, &it->happened, &it->results,
               &it->columns, &it->rows);
  it->purpose = it->sees = TEXT (it, "");
  return it;
}

gpointer
ui_running_new (void)
{
  UiRunningStep *it = ui_value_new (sizeof (UiRunningStep));
  EMPTY_LISTS (it, &it->calls, &it->lines);
  it->phase = TEXT (it, "");
  it->left_ms = -1;
  return it;
}

gpointer
ui_sign_in_new (void)
{
  UiSignIn *it = ui_value_new (sizeof (UiSignIn));
  it->persona = it->url = it->code = it->message = it->qr_text = TEXT (it, "");
  return it;
}

gpointer
ui_consortium_new (void)
{
  UiConsortium *it = ui_value_new (sizeof (UiConsortium));
  EMPTY_LISTS (it, &it->members, &it->users, &it->invitations, &it->proposals, &it->issuers, &it->options);
  it->endpoint = it->service_status = it->certificate = it->fingerprint = TEXT (it, "");
  return it;
}

gpointer
ui_contracts_new (void)
{
  UiContracts *it = ui_value_new (sizeof (UiContracts));
  EMPTY_LISTS (it, &it->contracts);
  return it;
}

gpointer
ui_contract_new (void)
{
  UiContract *it = ui_value_new (sizeof (UiContract));
  EMPTY_LISTS (it, &it->ballots, &it->switches, &it->policy, &it->secrets, &it->delegates);
  it->id = it->state = it->version = it->data = it->digest = it->policy_type = TEXT (it, "");
  return it;
}

gpointer
ui_documents_new (void)
{
  UiDocuments *it = ui_value_new (sizeof (UiDocuments));
  EMPTY_LISTS (it, &it->documents);
  it->contract = TEXT (it, "");
  return it;
}

gpointer
ui_document_new (void)
{
  UiDocument *it = ui_value_new (sizeof (UiDocument));
  EMPTY_LISTS (it, &it->labels, &it->ballots, &it->segments, &it->reads, &it->columns_read, &it->fields,
               &it->switches, &it->history);
  it->id = it->contract = it->state = it->version = it->digest = TEXT (it, "");
  it->proposer = it->proposer_name = it->json = TEXT (it, "");
  return it;
}

gpointer
ui_data_new (void)
{
  UiData *it = ui_value_new (sizeof (UiData));
  EMPTY_LISTS (it, &it->datasets);
  return it;
}

gpointer
ui_runs_new (void)
{
  UiRuns *it = ui_value_new (sizeof (UiRuns));
  EMPTY_LISTS (it, &it->queries, &it->runs, &it->summary);
  return it;
}

gpointer
ui_run_new (void)
{
  UiRun *it = ui_value_new (sizeof (UiRun));
  EMPTY_LISTS (it, &it->history, &it->statistics);
  UiRunRow *row = UI_TAKE (ui_value_arena (it), UiRunRow);
  row->id = row->query = row->state = TEXT (it, "");
  row->rows_read = row->rows_written = -1;
  it->run = row;
  return it;
}

gpointer
ui_output_new (void)
{
  UiOutput *it = ui_value_new (sizeof (UiOutput));
  EMPTY_LISTS (it, &it->files, &it->columns, &it->rows);
  it->run = it->folder = TEXT (it, "");
  return it;
}

gpointer
ui_audit_new (void)
{
  UiAudit *it = ui_value_new (sizeof (UiAudit));
  it->contract = it->filter = TEXT (it, "");
  it->tail = TRUE;
  return it;
}

gpointer
ui_keys_new (void)
{
  UiKeys *it = ui_value_new (sizeof (UiKeys));
  EMPTY_LISTS (it, &it->keys, &it->missing);
  it->home = TEXT (it, "");
  return it;
}

gpointer
ui_calls_new (void)
{
  UiCalls *it = ui_value_new (sizeof (UiCalls));
  EMPTY_LISTS (it, &it->calls);
  return it;
}

gpointer
ui_health_new (void)
{
  UiHealth *it = ui_value_new (sizeof (UiHealth));
  EMPTY_LISTS (it, &it->checks, &it->endpoints);
  it->state_dir = it->environment = TEXT (it, "");
  return it;
}
