/* SPDX-License-Identifier: MIT
 * Queries as agreements: propose, decide, withdraw consent.
 */
#include "workflow/actions-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define SQL_MAX (64u * 1024)

/* The segments of QUERY, or the one text that was given instead. */
static gboolean
add_segments (WorkflowCall *call, const WorkflowQuery *query, QueryDocument *document, GError **error)
{
  const char *given = workflow_call_input (call, "query");
  if (*given != '\0')
    return query_document_add_segment (document, 1, given, NULL, NULL, error);
  for (guint i = 0; i < query->segments->len; i++) {
    const WorkflowSegment *segment = g_ptr_array_index (query->segments, i);
    g_autofree char *text = cr_file_read_text (segment->file, SQL_MAX, error);
    if (text == NULL || !query_document_add_segment (document, segment->sequence, text, NULL, NULL, error))
      return FALSE;
  }
  return TRUE;
}

/* The document of the scenario's query with the datasets that their owners published. Gives. */
static QueryDocument *
build_document (WorkflowCall *call, const WorkflowQuery *query, const char *name, GError **error)
{
  g_autoptr (QueryDocument) document = query_document_new (name);
  for (guint i = 0; i < query->views->len; i++) {
    const WorkflowView *view = g_ptr_array_index (query->views, i);
    g_autofree char *id = action_dataset_id (call, view->dataset, error);
    if (id == NULL)
      return NULL;
    query_document_add_input (document, view->view, id);
  }
  g_autofree char *output = action_dataset_id (call, query->output, error);
  if (output == NULL)
    return NULL;
  query_document_set_output (document, "output", output);
  return add_segments (call, query, document, error) ? g_steal_pointer (&document) : NULL;
}

/* The same text over the same datasets always gets the same id; anything else is another document. Gives. */
static char *
choose_id (WorkflowCall *call, const WorkflowQuery *query, const QueryDocument *document, GError **error)
{
  const char *given = workflow_call_input (call, "document");
  if (*given != '\0')
    return g_strdup (given);
  g_autoptr (GString) texts = g_string_new (NULL);
  for (guint i = 0; i < document->segments->len; i++) {
    const QuerySegment *segment = g_ptr_array_index (document->segments, i);
    g_string_append_printf (texts, "%" PRId64 "\n%s\n", segment->sequence, segment->text);
  }
  for (guint i = 0; i < document->inputs->len; i++) {
    const QueryInput *input = g_ptr_array_index (document->inputs, i);
    g_string_append_printf (texts, "%s\n%s\n", input->view, input->dataset);
  }
  g_string_append (texts, document->output_dataset);
  g_autofree char *digest = cr_sha256_hex (texts->str, texts->len);
  g_autofree char *intent = g_strdup_printf ("document:%s", digest);
  g_autofree char *prefix = g_strdup_printf ("%s-%s-", query->proposer, query->name);
  return workflow_call_intent_id (call, intent, prefix, 8, error);
}

/* What everybody is asked to agree to, for the screen and the record. */
static void
show_document (WorkflowCall *call, const QueryDocument *document)
{
  json_t *views = json_array (), *segments = json_array ();
  for (guint i = 0; i < document->inputs->len; i++) {
    const QueryInput *input = g_ptr_array_index (document->inputs, i);
    json_t *view = json_object ();
    cr_json_set_string (view, "view", input->view);
    cr_json_set_string (view, "dataset", input->dataset);
    json_array_append_new (views, view);
  }
  for (guint i = 0; i < document->segments->len; i++) {
    const QuerySegment *segment = g_ptr_array_index (document->segments, i);
    json_t *item = json_object ();
    cr_json_set_int (item, "sequence", segment->sequence);
    cr_json_set_string (item, "sql", segment->text);
    json_array_append_new (segments, item);
  }
  json_t *result = workflow_call_result (call);
  cr_json_set (result, "views", views);
  cr_json_set (result, "segments", segments);
  workflow_call_set (call, "output", document->output_dataset);
}

/* The id of the proposal of document ID. One that was rejected or withdrawn is closed for ever: the next
 * one has a new id. Gives. */
static char *
choose_proposal (WorkflowCall *call, CcfClient *client, const char *id, GError **error)
{
  WorkflowJournal *journal = workflow_context_journal (workflow_call_context (call));
  for (guint round = 1;; round++) {
    g_autofree char *intent = round == 1 ? g_strconcat ("proposal:", id, NULL)
                                         : g_strdup_printf ("proposal:%s:%u", id, round);
    g_autofree char *known = workflow_journal_intent_peek (journal, workflow_call_scenario (call)->name,
                                                           workflow_call_step (call)->id, intent, NULL);
    if (known == NULL)
      return workflow_call_intent_id (call, intent, "", 32, error);
    g_autoptr (GError) problem = NULL;
    g_autoptr (json_t) status = cgs_user_proposal_status (workflow_call_job (call), client, known, &problem);
    if (status == NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
    const char *state = cr_json_peek_string (status, "state");
    if (g_strcmp0 (state, "Rejected") != 0 && g_strcmp0 (state, "Withdrawn") != 0)
      return g_steal_pointer (&known);
  }
}

ACTION (action_query_add)
{
  CrJob *job = workflow_call_job (call);
  const WorkflowQuery *query = action_query (call, error);
  g_autofree char *contract = query != NULL ? action_contract (call, error) : NULL;
  if (contract == NULL)
    return FALSE;
  g_autofree char *name = g_strdup_printf ("%s-%s", query->proposer, query->name);
  g_autoptr (QueryDocument) document = build_document (call, query, name, error);
  if (document == NULL || !query_document_check (document, error))
    return FALSE;
  g_autofree char *id = choose_id (call, query, document, error);
  CcfClient *client = id != NULL ? action_ledger (call, error) : NULL;
  g_autofree char *proposal = client != NULL ? choose_proposal (call, client, id, error) : NULL;
  g_autoptr (json_t) published = proposal != NULL
                                     ? query_publish (job, client, contract, id, document, proposal, error)
                                     : NULL;
  if (published == NULL)
    return FALSE;
  cr_fault_point ("query-proposed");
  show_document (call, document);
  workflow_call_set (call, "query", id);
  json_object_set (workflow_call_result (call), "approvers", json_object_get (published, "approvers"));
  workflow_call_say (call, "The query %s is proposed; %zu people have to agree.", id,
                     json_array_size (json_object_get (published, "approvers")));
  g_autofree char *line = g_strconcat (id, "\n", NULL);
  return workflow_call_write (call, "public/analytics.query-id", line, -1, error);
}

/* The agreed or proposed query document. Gives. */
static json_t *
read_query (WorkflowCall *call, char **contract, char **id, CcfClient **client, GError **error)
{
  *contract = action_contract (call, error);
  *id = *contract != NULL ? workflow_call_public (call, "analytics.query-id", error) : NULL;
  *client = *id != NULL ? action_ledger (call, error) : NULL;
  return *client != NULL ? cgs_user_document_show (workflow_call_job (call), *client, *contract, *id, error)
                         : NULL;
}

PROBE (probe_query)
{
  g_autofree char *contract = NULL, *id = NULL;
  CcfClient *client = NULL;
  g_autoptr (json_t) document = read_query (call, &contract, &id, &client, error);
  return document != NULL ? g_strdup (action_state (document)) : NULL;
}

/* A dataset that its owner published anew since is not the one that the query names: it has to be proposed
 * again. */
static gboolean
check_datasets (WorkflowCall *call, const QueryDocument *document, GError **error)
{
  const WorkflowQuery *query = action_query (call, error);
  if (query == NULL)
    return FALSE;
  for (guint i = 0; i < query->views->len; i++) {
    const WorkflowView *view = g_ptr_array_index (query->views, i);
    g_autofree char *now = action_dataset_id (call, view->dataset, NULL);
    for (guint k = 0; now != NULL && k < document->inputs->len; k++) {
      const QueryInput *input = g_ptr_array_index (document->inputs, k);
      if (!g_str_equal (input->view, view->view) || g_str_equal (input->dataset, now)
          || !g_str_has_prefix (input->dataset, view->dataset))
        continue;
      workflow_call_wait (call, query->proposer, "an.wg.query-add", NULL);
      cr_set_error (error, CR_ERROR_WAITING, NULL,
                    "The query reads %s, and its owner has published %s since; it has to be proposed again.",
                    input->dataset, now);
      return FALSE;
    }
  }
  return TRUE;
}

ACTION (action_approve)
{
  CrJob *job = workflow_call_job (call);
  g_autofree char *contract = NULL, *id = NULL;
  CcfClient *client = NULL;
  g_autofree char *user = action_fact (call, "user", error);
  g_autoptr (json_t) now = user != NULL ? read_query (call, &contract, &id, &client, error) : NULL;
  const char *data = now != NULL ? cr_json_get_string (now, "data", "the query document", error) : NULL;
  g_autoptr (QueryDocument) document = data != NULL ? query_document_parse (data, error) : NULL;
  if (document == NULL)
    return FALSE;
  show_document (call, document);
  workflow_call_set (call, "query", id);
  gboolean accept = g_str_equal (workflow_call_input (call, "decision"), "accept");
  if (accept && !check_datasets (call, document, error))
    return FALSE;
  g_autoptr (json_t) before = action_ballots (call, client, now, error);
  if (before == NULL)
    return FALSE;
  const char *cast = action_ballot (before, user);
  /* What was rejected is a draft again, and the ledger shows its ballots no longer. */
  gboolean draft = g_str_equal (action_state (now), "Draft");
  g_autofree char *noted = draft ? workflow_context_take_ballot (workflow_call_context (call), id) : NULL;
  if (cast == NULL)
    cast = noted;
  if (cast == NULL) {
    g_autoptr (json_t) vote = cgs_user_document_vote (job, client, contract, id, NULL, accept, error);
    if (vote == NULL)
      return FALSE;
    cr_fault_point ("voted");
    cast = accept ? "accepted" : "rejected";
    workflow_call_say (call, "You %s the query %s.", cast, id);
  } else {
    workflow_call_say (call, "Your vote is in the ledger: %s.", cast);
  }
  workflow_call_set (call, "ballot", cast);
  g_autoptr (json_t) after = cgs_user_document_show (job, client, contract, id, error);
  if (after == NULL)
    return FALSE;
  workflow_call_set (call, "state", action_state (after));
  workflow_call_say (call, "The query is now %s.", action_state (after));
  return TRUE;
}

PROBE (probe_ballot)
{
  /* After a rejection the document no longer shows the ballots. */
  const char *cast = cr_json_peek_string (workflow_call_result (call), "ballot");
  if (cast != NULL)
    return g_strdup (cast);
  g_autofree char *contract = NULL, *id = NULL;
  CcfClient *client = NULL;
  g_autofree char *user = action_fact (call, "user", error);
  g_autoptr (json_t) now = user != NULL ? read_query (call, &contract, &id, &client, error) : NULL;
  g_autoptr (json_t) ballots = now != NULL ? action_ballots (call, client, now, error) : NULL;
  if (ballots == NULL)
    return NULL;
  cast = action_ballot (ballots, user);
  return g_strdup (cast != NULL ? cast : "none");
}

/* ---- Consent ---- */

/* "enabled" or "disabled" now. Gives. */
static char *
consent_status (WorkflowCall *call, GError **error)
{
  g_autofree char *contract = action_contract (call, error);
  CcfClient *client = contract != NULL ? action_ledger (call, error) : NULL;
  if (client == NULL)
    return NULL;
  g_autoptr (json_t) status = cgs_user_document_option_status (workflow_call_job (call), client, contract,
                                                               workflow_call_input (call, "document"),
                                                               workflow_call_input (call, "option"), error);
  if (status == NULL)
    return NULL;
  json_object_set (workflow_call_result (call), "reason", json_object_get (status, "reason"));
  const char *text = cr_json_peek_string (status, "status");
  return g_strdup (text != NULL ? text : "unknown");
}

ACTION (action_consent)
{
  g_autofree char *contract = action_contract (call, error);
  CcfClient *client = contract != NULL ? action_ledger (call, error) : NULL;
  if (client == NULL)
    return FALSE;
  const char *document = workflow_call_input (call, "document"),
             *option = workflow_call_input (call, "option");
  gboolean enable = g_str_equal (workflow_call_input (call, "consent"), "enable");
  if (!cgs_user_document_option_set (workflow_call_job (call), client, contract, document, option, enable,
                                     error))
    return FALSE;
  cr_fault_point ("consent");
  g_autofree char *status = consent_status (call, error);
  if (status == NULL)
    return FALSE;
  workflow_call_set (call, "document", document);
  workflow_call_set (call, "option", option);
  workflow_call_set (call, "status", status);
  workflow_call_say (call, "%s of %s is %s.", option, document, status);
  return TRUE;
}

/* "set" when the wish was taken; another approver may still keep the whole disabled. */
PROBE (probe_consent)
{
  g_autofree char *status = consent_status (call, error);
  if (status == NULL)
    return NULL;
  gboolean enable = g_str_equal (workflow_call_input (call, "consent"), "enable");
  return g_strdup (enable || g_str_equal (status, "disabled") ? "set" : status);
}
