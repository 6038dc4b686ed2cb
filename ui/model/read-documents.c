/* SPDX-License-Identifier: MIT
 * User documents: datasets, queries, others; the list, and one in detail.
 */
#include "ui/model/session-private.h"

#include "base/error.h"
#include "cgs/cgs.h"
#include "data/dataset.h"
#include "query/document.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

const char *
ui_document_kind_word (UiDocumentKind kind)
{
  static const char *const words[] = { N_ ("dataset"), N_ ("query"), N_ ("document") };
  return _ (words[kind]);
}

static UiDocumentKind
kind_of (const json_t *labels)
{
  const char *type = cr_json_peek_string (labels, "type");
  if (g_strcmp0 (type, "dataset") == 0)
    return UI_DOCUMENT_DATASET;
  return type != NULL && (strstr (type, "application") != NULL || strstr (type, "query") != NULL)
             ? UI_DOCUMENT_QUERY
             : UI_DOCUMENT_OTHER;
}

/* "agreed by all", "waits for northwind", "rejected by woodgrove". */
static char *
decision_text (UiArena *arena, const char *state, GPtrArray *ballots)
{
  for (guint i = 0; i < ballots->len; i++) {
    const UiBallot *ballot = g_ptr_array_index (ballots, i);
    if (ballot->kind == UI_BALLOT_REJECTED)
      return ui_textf (arena, _ ("rejected by %s"), ballot->name);
  }
  if (strcmp (state, "Accepted") == 0)
    return ui_text (arena, _ ("agreed by all"));
  if (strcmp (state, "Draft") == 0)
    return ui_text (arena, _ ("a draft, not proposed yet"));
  char *missing = ui_ballots_missing (arena, ballots);
  return missing != NULL ? missing : ui_text (arena, state);
}

static gboolean
can_vote (const char *state, GPtrArray *ballots)
{
  const UiBallot *own = ui_ballots_mine (ballots);
  return strcmp (state, "Proposed") == 0 && own != NULL && own->kind == UI_BALLOT_MISSING;
}

/* An accepted document never changes: its row is taken over from the reading before. */
static const UiDocumentRow *
known (UiReading *reading, const char *id)
{
  const UiDocuments *old = reading->old;
  for (guint i = 0; old != NULL && i < old->documents->len; i++) {
    const UiDocumentRow *row = g_ptr_array_index (old->documents, i);
    if (strcmp (row->id, id) == 0 && strcmp (row->state, "Accepted") == 0)
      return row;
  }
  return NULL;
}

static void
copy_row (UiReading *reading, UiDocuments *it, const UiDocumentRow *from)
{
  UiDocumentRow *row = UI_TAKE (reading->arena, UiDocumentRow);
  *row = *from;
  row->id = ui_text (reading->arena, from->id);
  row->state = ui_text (reading->arena, from->state);
  row->proposer = ui_text (reading->arena, from->proposer);
  row->proposer_name = ui_text (reading->arena, from->proposer_name);
  row->decision = ui_text (reading->arena, from->decision);
  g_ptr_array_add (it->documents, row);
}

static gboolean
add_row (UiReading *reading, UiDocuments *it, CcfClient *client, const UiNames *names, const json_t *entry,
         GError **error)
{
  UiArena *arena = reading->arena;
  const char *id = cr_json_peek_string (entry, "id");
  if (id == NULL)
    return TRUE;
  const UiDocumentRow *before = known (reading, id);
  if (before != NULL) {
    copy_row (reading, it, before);
    return TRUE;
  }
  g_autoptr (json_t) document = cgs_user_document_show (reading->job, client, it->contract, id, error);
  if (document == NULL)
    return FALSE;
  ui_reading_saw (reading, document);
  g_autoptr (GPtrArray) ballots = g_ptr_array_new ();
  if (!ui_document_ballots (reading, client, names, document, ballots, error))
    return FALSE;
  UiDocumentRow *row = UI_TAKE (arena, UiDocumentRow);
  row->id = ui_text (arena, id);
  row->kind = kind_of (json_object_get (document, "labels"));
  row->state = ui_text_or_empty (arena, cr_json_peek_string (document, "state"));
  row->proposer = ui_text_or_empty (arena, cr_json_peek_string (document, "proposerId"));
  row->proposer_name = ui_text (arena, ui_names_of (names, row->proposer));
  row->accepted = ui_ballots_count (ballots, UI_BALLOT_ACCEPTED);
  row->rejected = ui_ballots_count (ballots, UI_BALLOT_REJECTED);
  row->missing = ui_ballots_count (ballots, UI_BALLOT_MISSING);
  row->decision = decision_text (arena, row->state, ballots);
  row->mine = ui_names_is_me (names, row->proposer);
  row->mine_to_decide = can_vote (row->state, ballots);
  it->to_decide += row->mine_to_decide;
  g_ptr_array_add (it->documents, row);
  return TRUE;
}

static int
by_urgency (gconstpointer a, gconstpointer b)
{
  const UiDocumentRow *left = *(const UiDocumentRow *const *) a, *right = *(const UiDocumentRow *const *) b;
  if (left->mine_to_decide != right->mine_to_decide)
    return left->mine_to_decide ? -1 : 1;
  if (left->kind != right->kind)
    return left->kind < right->kind ? -1 : 1;
  return strcmp (left->id, right->id);
}

gboolean
ui_read_documents (UiReading *reading, GError **error)
{
  UiDocuments *it = reading->value;
  CcfClient *client = ui_reading_ledger (reading, error);
  g_autofree char *contract = client != NULL ? ui_reading_contract (reading, error) : NULL;
  g_autoptr (json_t) list = contract != NULL
                                ? cgs_user_document_list (reading->job, client, contract, NULL, error)
                                : NULL;
  if (list == NULL)
    return FALSE;
  ui_reading_saw (reading, list);
  it->contract = ui_text (reading->arena, contract);
  g_auto (UiNames) names = { 0 };
  ui_names_read (&names, reading, client, NULL);
  for (size_t i = 0; i < json_array_size (list); i++)
    if (!add_row (reading, it, client, &names, json_array_get (list, i), error))
      return FALSE;
  g_ptr_array_sort (it->documents, by_urgency);
  return TRUE;
}

/* ---- one document ---- */

static void
add_field (UiArena *arena, GPtrArray *list, const DataField *field, char **allowed)
{
  UiFieldRow *row = UI_TAKE (arena, UiFieldRow);
  row->name = ui_text (arena, field->name);
  row->type = ui_text (arena, field->type);
  row->shared = allowed == NULL || g_strv_contains ((const char *const *) allowed, field->name);
  g_ptr_array_add (list, row);
}

static gboolean
add_dataset (UiReading *reading, UiDocument *it, const char *data)
{
  DataDataset *dataset = data_dataset_read_text (data, NULL);
  if (dataset == NULL)
    return FALSE;
  UiArena *arena = reading->arena;
  it->kind = UI_DOCUMENT_DATASET;
  it->format = ui_text (arena, dataset->schema->format);
  it->output = dataset->access == DATA_ACCESS_WRITE;
  it->container = ui_text (arena, dataset->container);
  it->store_url = ui_text (arena, dataset->store_url);
  it->protection = ui_text (arena, dataset->encryption_mode);
  it->identity = ui_text (arena, dataset->client_id);
  for (guint i = 0; i < dataset->schema->fields->len; i++)
    add_field (arena, it->fields, g_ptr_array_index (dataset->schema->fields, i), dataset->allowed);
  data_dataset_free (dataset);
  return TRUE;
}

/* The columns of an input that queries may use. */
static void
add_columns (UiReading *reading, UiDocument *it, CcfClient *client, const char *id)
{
  g_autoptr (json_t) document = cgs_user_document_show (reading->job, client, it->contract, id, NULL);
  const char *data = cr_json_peek_string (document, "data");
  DataDataset *dataset = data != NULL ? data_dataset_read_text (data, NULL) : NULL;
  if (dataset == NULL)
    return;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (guint i = 0; i < dataset->schema->fields->len; i++) {
    const DataField *field = g_ptr_array_index (dataset->schema->fields, i);
    if (dataset->allowed == NULL || g_strv_contains ((const char *const *) dataset->allowed, field->name))
      g_strv_builder_add (names, field->name);
  }
  g_auto (GStrv) list = g_strv_builder_end (names);
  g_autofree char *joined = g_strjoinv (", ", list);
  ui_add_pair (reading->arena, it->columns_read, id, joined);
  data_dataset_free (dataset);
}

static void
add_segment (UiReading *reading, UiDocument *it, const QuerySegment *from)
{
  UiArena *arena = reading->arena;
  UiSegment *segment = UI_TAKE (arena, UiSegment);
  segment->sequence = from->sequence;
  segment->sql = ui_lines (arena, from->text, 0, NULL);
  segment->conditions = ui_arena_list (arena);
  for (guint i = 0; i < from->pre_conditions->len; i++) {
    const QueryPreCondition *condition = g_ptr_array_index (from->pre_conditions, i);
    g_ptr_array_add (segment->conditions, ui_textf (arena, _ ("at least %" PRId64 " rows in %s"),
                                                    condition->minimum, condition->view));
  }
  for (guint i = 0; i < from->post_filters->len; i++) {
    const QueryPostFilter *filter = g_ptr_array_index (from->post_filters, i);
    g_ptr_array_add (segment->conditions, ui_textf (arena, _ ("only rows with %s of %" PRId64 " or more"),
                                                    filter->column, filter->minimum));
  }
  g_ptr_array_add (it->segments, segment);
}

static gboolean
add_query (UiReading *reading, UiDocument *it, CcfClient *client, const char *data, GError **error)
{
  g_autoptr (QueryDocument) query = query_document_parse (data, error);
  if (query == NULL)
    return FALSE;
  it->kind = UI_DOCUMENT_QUERY;
  it->query_name = ui_text_or_null (reading->arena, query->name);
  it->writes = ui_text_or_null (reading->arena, query->output_dataset);
  for (guint i = 0; i < query->inputs->len; i++) {
    const QueryInput *input = g_ptr_array_index (query->inputs, i);
    ui_add_pair (reading->arena, it->reads, input->view, input->dataset);
    add_columns (reading, it, client, input->dataset);
  }
  for (guint i = 0; i < query->segments->len; i++)
    add_segment (reading, it, g_ptr_array_index (query->segments, i));
  return TRUE;
}

static void
understand (UiReading *reading, UiDocument *it, CcfClient *client, const char *data)
{
  g_autoptr (GError) problem = NULL;
  if (it->kind == UI_DOCUMENT_QUERY ? add_query (reading, it, client, data, &problem)
                                    : add_dataset (reading, it, data))
    return;
  /* Labels are free text: the content decides. */
  if (it->kind == UI_DOCUMENT_OTHER && add_query (reading, it, client, data, NULL))
    return;
  if (it->kind != UI_DOCUMENT_OTHER)
    it->problem_text = ui_text (
        reading->arena, problem != NULL ? problem->message : _ ("The content is no dataset that is known."));
}

static void
add_switch (UiReading *reading, UiDocument *it, CcfClient *client, const char *name)
{
  g_autoptr (json_t) status = cgs_user_document_option_status (reading->job, client, it->contract, it->id,
                                                               name, NULL);
  if (status == NULL)
    return;
  ui_reading_saw (reading, status);
  UiSwitch *sw = UI_TAKE (reading->arena, UiSwitch);
  sw->name = ui_text (reading->arena, name);
  sw->status = ui_text_or_empty (reading->arena, cr_json_peek_string (status, "status"));
  sw->reason = ui_member (reading->arena, json_object_get (status, "reason"), "message");
  sw->proposals = ui_arena_list (reading->arena);
  sw->can_set = ui_ballots_mine (it->ballots) != NULL;
  g_ptr_array_add (it->switches, sw);
}

static void
add_history_line (UiReading *reading, UiDocument *it, char *what)
{
  UiHistory *line = UI_TAKE (reading->arena, UiHistory);
  line->what = what;
  g_ptr_array_add (it->history, line);
}

/* What is known about its way: the ledger keeps no times for it. */
static void
add_history (UiReading *reading, UiDocument *it)
{
  UiArena *arena = reading->arena;
  if (*it->proposer != '\0')
    add_history_line (reading, it, ui_textf (arena, _ ("proposed by %s"), it->proposer_name));
  for (guint i = 0; i < it->ballots->len; i++) {
    const UiBallot *ballot = g_ptr_array_index (it->ballots, i);
    if (ballot->kind == UI_BALLOT_ACCEPTED)
      add_history_line (reading, it, ui_textf (arena, _ ("accepted by %s"), ballot->name));
    else if (ballot->kind == UI_BALLOT_REJECTED)
      add_history_line (reading, it, ui_textf (arena, _ ("rejected by %s"), ballot->name));
  }
  if (strcmp (it->state, "Accepted") == 0)
    add_history_line (reading, it, ui_text (arena, _ ("agreed by all")));
}

static void
judge (UiReading *reading, UiDocument *it)
{
  const UiBallot *own = ui_ballots_mine (it->ballots);
  it->missing = strcmp (it->state, "Proposed") == 0 ? ui_ballots_missing (reading->arena, it->ballots) : NULL;
  it->i_can_vote = can_vote (it->state, it->ballots);
  if (strcmp (it->state, "Draft") == 0)
    it->why_not_vote = ui_text (reading->arena, _ ("It is a draft; nobody is asked yet."));
  else if (own == NULL)
    it->why_not_vote = ui_text (reading->arena, _ ("You are not asked about this document."));
  else if (own->kind != UI_BALLOT_MISSING)
    it->why_not_vote = ui_text (reading->arena, _ ("You have voted; a ballot cannot be changed."));
  else if (!it->i_can_vote)
    it->why_not_vote = ui_text (reading->arena, _ ("It is decided."));
}

gboolean
ui_read_document (UiReading *reading, GError **error)
{
  UiDocument *it = reading->value;
  UiArena *arena = reading->arena;
  CcfClient *client = ui_reading_ledger (reading, error);
  g_autofree char *contract = client != NULL ? ui_reading_contract (reading, error) : NULL;
  g_autoptr (json_t) document = contract != NULL ? cgs_user_document_show (reading->job, client, contract,
                                                                           reading->object, error)
                                                 : NULL;
  if (document == NULL)
    return FALSE;
  ui_reading_saw (reading, document);
  g_auto (UiNames) names = { 0 };
  ui_names_read (&names, reading, client, NULL);
  it->id = ui_text (arena, reading->object);
  it->contract = ui_text (arena, contract);
  it->state = ui_text_or_empty (arena, cr_json_peek_string (document, "state"));
  it->version = ui_text_or_empty (arena, cr_json_peek_string (document, "version"));
  it->proposal_id = ui_text_or_null (arena, cr_json_peek_string (document, "proposalId"));
  it->proposer = ui_text_or_empty (arena, cr_json_peek_string (document, "proposerId"));
  it->proposer_name = ui_text (arena, ui_names_of (&names, it->proposer));
  const char *label;
  json_t *value;
  json_object_foreach (json_object_get (document, "labels"), label, value)
    ui_add_pair (arena, it->labels, label, json_string_value (value));
  it->kind = kind_of (json_object_get (document, "labels"));
  const json_t *data = json_object_get (document, "data");
  it->json = ui_json_lines (arena, data);
  if (it->json == NULL)
    it->json = ui_text (arena, "");
  g_autofree char *digest = ui_content_digest (data);
  it->digest = ui_text (arena, digest);
  if (!ui_document_ballots (reading, client, &names, document, it->ballots, error))
    return FALSE;
  g_autofree char *text = json_is_string (data) ? g_strdup (json_string_value (data))
                          : data != NULL        ? cr_json_dump (data)
                                                : g_strdup ("");
  understand (reading, it, client, text);
  if (strcmp (it->state, "Accepted") == 0) {
    add_switch (reading, it, client, "execution");
    add_switch (reading, it, client, "telemetry");
  }
  add_history (reading, it);
  judge (reading, it);
  it->i_can_withdraw = ui_names_is_me (&names, it->proposer) && strcmp (it->state, "Proposed") == 0;
  return cr_job_check (reading->job, error);
}
