/* SPDX-License-Identifier: MIT
 * Documents: what was published, who has agreed, the query laid out, accept or reject.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"
#include "ui/model/sql-layout.h"

#include <inttypes.h>
#include <string.h>

/* ---- telling ---- */

void
line_tell_ballots (Line *line, GPtrArray *ballots, const char *missing)
{
  for (guint i = 0; i < ballots->len; i++) {
    const UiBallot *ballot = g_ptr_array_index (ballots, i);
    g_autofree char *text = g_strdup_printf ("%s: %s%s%s", ballot->name, ui_ballot_word (ballot->kind),
                                             ballot->me ? _ (" (you)") : "",
                                             ballot->counts ? "" : _ (" (does not count)"));
    if (i == 0)
      line_say (line, "%s", _ ("Ballots:"));
    line_item (line, text);
  }
  line_pair (line, _ ("Missing"), missing);
}

static GPtrArray *
view_names (const UiDocument *document)
{
  GPtrArray *views = g_ptr_array_new ();
  for (guint i = 0; i < document->reads->len; i++)
    g_ptr_array_add (views, ((const UiPair *) g_ptr_array_index (document->reads, i))->name);
  g_ptr_array_add (views, NULL);
  return views;
}

static void
tell_query (Line *line, const UiDocument *document)
{
  g_autoptr (GPtrArray) views = view_names (document);
  for (guint i = 0; i < document->segments->len; i++) {
    const UiSegment *segment = g_ptr_array_index (document->segments, i);
    g_autofree char *sql = ui_sql_layout_text (segment->sql, line->width - 2);
    g_autoptr (GPtrArray) remarks = ui_sql_remarks (segment->sql, (const char *const *) views->pdata);
    line_say (line, _ ("Query, part %u of %u:"), i + 1, document->segments->len);
    line_text (line, 2, sql);
    for (guint c = 0; c < segment->conditions->len; c++)
      line_pair (line, _ ("Condition"), g_ptr_array_index (segment->conditions, c));
    for (guint r = 0; r < remarks->len; r++)
      line_pair (line, _ ("Note"), g_ptr_array_index (remarks, r));
  }
  for (guint i = 0; i < document->reads->len; i++) {
    const UiPair *read = g_ptr_array_index (document->reads, i);
    line_say (line, _ ("Reads %s as %s."), read->text, read->name);
  }
  for (guint i = 0; i < document->columns_read->len; i++) {
    const UiPair *columns = g_ptr_array_index (document->columns_read, i);
    line_say (line, _ ("Queries may use of %s: %s."), columns->name, columns->text);
  }
  line_pair (line, _ ("Writes"), document->writes);
}

static void
tell_dataset (Line *line, const UiDocument *document)
{
  for (guint i = 0; i < document->fields->len; i++) {
    const UiFieldRow *field = g_ptr_array_index (document->fields, i);
    line_say (line, _ ("Column %s, %s: %s."), field->name, field->type,
              field->shared ? _ ("queries may use it") : _ ("kept back"));
  }
  line_pair (line, _ ("Format"), document->format);
  line_pair (line, _ ("Container"), document->container);
  line_pair (line, _ ("Storage"), document->store_url);
  line_pair (line, _ ("Protection"), document->protection);
  line_pair (line, _ ("Read by the clean room as"), document->identity);
}

/* What would be told of it. Gives. */
static char *
seen_as (const UiDocument *document)
{
  return g_strdup_printf ("%s %s %s %s", document->id, document->state, document->digest,
                          document->missing != NULL ? document->missing : "");
}

void
line_document_seen (Line *line, const UiDocument *document)
{
  g_free (line->document_told);
  line->document_told = seen_as (document);
}

void
line_document_news (Line *line)
{
  const UiDocument *document = ui_session_document (line->session);
  const LineOpen *open = line_top (line);
  gboolean shown = open != NULL
                   && (open->page->model == UI_MODEL_DOCUMENT || open->also == UI_MODEL_DOCUMENT);
  if (!shown || !line->told || line->document_told == NULL || document->base.status != UI_MODEL_READY)
    return;
  g_autofree char *now = seen_as (document);
  if (strcmp (now, line->document_told) == 0 || document->id == NULL
      || !g_str_has_prefix (line->document_told, document->id))
    return;
  g_free (line->document_told);
  line->document_told = g_steal_pointer (&now);
  line_say (line, _ ("Document %s: %s, %s."), document->id, ui_document_kind_word (document->kind),
            document->state);
  line_pair (line, _ ("Missing"), document->missing);
  line_say (line, "%s", _ ("It has changed since you were told; again tells all of it."));
  line_prompt_again (line);
}

void
line_tell_document (Line *line, const UiDocument *document)
{
  if (!line_ready (line, &document->base))
    return;
  line_say (line, _ ("Document %s: %s, %s."), document->id, ui_document_kind_word (document->kind),
            document->state);
  line_pair (line, _ ("From"), document->proposer_name);
  line_pair (line, _ ("SHA-256 of this content"), document->digest);
  line_document_seen (line, document);
  if (document->problem_text != NULL) {
    line_pair (line, _ ("It could not be understood"), document->problem_text);
    line_text (line, 2, document->json);
  }
  if (document->segments->len > 0)
    tell_query (line, document);
  else
    tell_dataset (line, document);
  line_tell_ballots (line, document->ballots, document->missing);
}

/* ---- deciding ---- */

/* OBJECT of the choices: "STEP", or "" without one; of the job: "accept/STEP". */
static void
decided (Line *line, const UiResult *result, const char *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", 2);
  if (result->ok && *parts[1] != '\0')
    line_step_decided (line, parts[1], parts[0]);
}

static void
cast_vote (Line *line, const char *word, const char *step, const char *reason)
{
  const UiDocument *document = ui_session_document (line->session);
  g_autofree char *object = g_strdup_printf ("%s/%s", word, step);
  line_job (line,
            ui_decide_document (line->session, document->id, line->digest, g_str_equal (word, "accept"),
                                reason, line_done, line),
            decided, object);
}

static void
accept_now (Line *line, const char *step)
{
  cast_vote (line, "accept", step, NULL);
}

/* "STEP/REASON". */
static void
reject_now (Line *line, const char *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", 2);
  cast_vote (line, "reject", parts[0], *parts[1] != '\0' ? parts[1] : NULL);
}

static char *
vote_words (Line *line, const char *title)
{
  return g_strdup_printf (
      _ ("%s\nDocument: %s\nSHA-256: %s\nA vote is recorded in the ledger and cannot be changed."), title,
      ui_session_document (line->session)->id, line->digest);
}

static void
accept (Line *line, const char *step)
{
  g_autofree char *text = vote_words (line, _ ("Accept it?"));
  /* Who presents plays everybody and has just been told all of it. */
  if (ui_session_presenter (line->session))
    accept_now (line, step);
  else
    line_confirm (line, C_ ("typed to confirm; easy to type", "accept"), text, accept_now, step);
}

static void
reason_given (Line *line, const char *reason, gpointer step)
{
  if (reason == NULL)
    return;
  g_autofree char *text = vote_words (line, _ ("Reject it?"));
  g_autofree char *object = g_strdup_printf ("%s/%s", (const char *) step, reason);
  line_confirm (line, C_ ("typed to confirm; easy to type", "reject"), text, reject_now, object);
}

static void
reject (Line *line, const char *step)
{
  line_ask (line,
            &(LineQuestion){ .text = _ ("Why do you reject it? The reason is kept in your own files only."),
                             .optional = TRUE,
                             .answered = reason_given,
                             .data = g_strdup (step),
                             .free_data = g_free });
}

void
line_offer_decision (Line *line, const UiDocument *document, const char *step)
{
  if (document->base.status != UI_MODEL_READY)
    return;
  if (!document->i_can_vote) {
    line_pair (line, _ ("You are not asked to vote"), document->why_not_vote);
    return;
  }
  /* The very content that was told is what the vote names. */
  g_free (line->digest);
  line->digest = g_strdup (document->digest);
  line_choice (line, _ ("Accept"), accept, step != NULL ? step : "");
  if (step != NULL)
    line_recommend (line);
  line_choice (line, _ ("Reject"), reject, step != NULL ? step : "");
}

/* ---- saving, switches ---- */

static void
path_given (Line *line, const char *path, gpointer text)
{
  if (path != NULL)
    line_job (line, ui_save_text (line->session, text, path, line_done, line), NULL, NULL);
}

void
line_save_text (Line *line, const char *name, const char *text)
{
  line_ask_file (line, name, path_given, g_strdup (text), g_free);
}

void
line_offer_switches (Line *line, GPtrArray *switches, LineRun run)
{
  for (guint i = 0; i < switches->len; i++) {
    const UiSwitch *one = g_ptr_array_index (switches, i);
    gboolean on = g_strcmp0 (one->status, "enabled") != 0;
    line_say (line, _ ("Switch %s: %s."), one->name, one->status);
    line_pair (line, _ ("Reason"), one->reason);
    if (!one->can_set && !one->can_propose)
      continue;
    g_autofree char *label =
        !one->can_set
            ? g_strdup_printf (on ? _ ("Propose to enable %s") : _ ("Propose to disable %s"), one->name)
            : g_strdup_printf (on ? _ ("Enable %s") : _ ("Disable %s"), one->name);
    g_autofree char *object = g_strconcat (one->name, on ? "/on" : "/off", NULL);
    line_choice (line, label, run, object);
  }
}

static void
set_switch (Line *line, const char *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", 2);
  line_job (line,
            ui_set_document_switch (line->session, ui_session_document (line->session)->id, parts[0],
                                    g_str_equal (parts[1], "on"), line_done, line),
            NULL, NULL);
}

/* ---- one document ---- */

static void
withdraw_now (Line *line, const char *proposal)
{
  line_job (line, ui_withdraw (line->session, proposal, line_done, line), NULL, NULL);
}

static void
withdraw (Line *line, const char *proposal)
{
  line_confirm (
      line, C_ ("typed to confirm; easy to type", "withdraw"),
      _ ("The ballots that were cast are lost; the document becomes a draft again and can be proposed "
         "again."),
      withdraw_now, proposal);
}

static void
tell_json (Line *line, const char *object)
{
  (void) object;
  line_text (line, 0, ui_session_document (line->session)->json);
  line_choices_put (line);
  line->told = TRUE;
}

static void
save (Line *line, const char *object)
{
  g_autofree char *name = g_strconcat (object, ".json", NULL);
  line_save_text (line, name, ui_session_document (line->session)->json);
}

static void
open_runs (Line *line, const char *object)
{
  (void) object;
  line_open (line, &line_page_runs, NULL);
}

static void
tell_document (Line *line, const char *object)
{
  const UiDocument *document = ui_session_document (line->session);
  line_gap (line);
  line_tell_document (line, document);
  if (document->base.status != UI_MODEL_READY)
    return;
  for (guint i = 0; i < document->history->len; i++) {
    const UiHistory *event = g_ptr_array_index (document->history, i);
    g_autofree char *time = line_time (event->at_ms);
    line_say (line, "%s %s", time, event->what);
  }
  line_offer_decision (line, document, NULL);
  line_offer_switches (line, document->switches, set_switch);
  if (document->i_can_withdraw && document->proposal_id != NULL)
    line_choice (line, _ ("Withdraw"), withdraw, document->proposal_id);
  if (document->kind == UI_DOCUMENT_QUERY)
    line_choice (line, _ ("Runs of queries"), open_runs, NULL);
  line_choice (line, _ ("The content as it is in the ledger"), tell_json, NULL);
  line_choice (line, _ ("Save the content to a file"), save, object);
}

const LinePage line_page_document = {
  NULL,
  N_ ("One document: read it, then accept or reject it. A vote cannot be changed."),
  UI_MODEL_DOCUMENT,
  tell_document,
  TRUE,
};

/* ---- all of them ---- */

static void
open_document (Line *line, const char *id)
{
  line_open (line, &line_page_document, id);
}

static char *
document_row (Line *line, guint index, char **object)
{
  const UiDocumentRow *row = g_ptr_array_index (ui_session_documents (line->session)->documents, index);
  *object = g_strdup (row->id);
  return g_strdup_printf ("%s: %s, %s. %s.%s", row->id, ui_document_kind_word (row->kind), row->state,
                          row->decision, row->mine_to_decide ? _ (" You are asked.") : "");
}

static void
tell_documents (Line *line, const char *object)
{
  const UiDocuments *documents = ui_session_documents (line->session);
  (void) object;
  if (!line_ready (line, &documents->base))
    return;
  line_pair (line, _ ("Contract"), documents->contract);
  if (documents->documents->len == 0)
    line_say (line, "%s", _ ("Nothing was published yet."));
  line_rows (line, documents->documents->len, document_row, open_document);
  line_choice (line, _ ("Read them again"), line_again, NULL);
}

const LinePage line_page_documents = {
  N_ ("Documents."),
  N_ ("Datasets and queries that were published for agreement; those that wait for you come first."),
  UI_MODEL_DOCUMENTS,
  tell_documents,
  FALSE,
};

/* ---- own datasets ---- */

static void
tell_one_dataset (Line *line, const UiDataset *dataset)
{
  g_autofree char *size = g_format_size (dataset->bytes);
  line_gap (line);
  line_say (line, _ ("Dataset %s, %s: %s."), dataset->name, dataset->output ? _ ("output") : _ ("input"),
            dataset->state);
  line_pair (line, _ ("Folder"), dataset->folder);
  if (dataset->present)
    line_say (line, _ ("Files: %u, days: %u, rows: %" PRIu64 ", %s."), dataset->files, dataset->days,
              dataset->rows, size);
  if (dataset->first_day != NULL)
    line_say (line, _ ("From %s to %s."), dataset->first_day, dataset->last_day);
  line_pair (line, _ ("Problem"), dataset->problem);
  line_pair (line, _ ("Storage"), dataset->store_url);
  line_pair (line, _ ("Protection"), dataset->protection);
  line_pair (line, _ ("In the storage"), dataset->remote);
}

static const UiDataset *
find_dataset (Line *line, const char *name)
{
  GPtrArray *datasets = ui_session_data (line->session)->datasets;
  for (guint i = 0; i < datasets->len; i++)
    if (g_strcmp0 (((const UiDataset *) g_ptr_array_index (datasets, i))->name, name) == 0)
      return g_ptr_array_index (datasets, i);
  return NULL;
}

static void
tell_files (Line *line, const char *name)
{
  const UiDataset *dataset = find_dataset (line, name);
  for (guint i = 0; dataset != NULL && i < dataset->blobs->len; i++) {
    const UiBlob *blob = g_ptr_array_index (dataset->blobs, i);
    g_autofree char *size = g_format_size (blob->bytes);
    line_say (line, "%s, %s: %s", blob->name, size,
              blob->only_here ? _ ("only on this machine")
              : blob->same    ? _ ("in the storage, as here")
                              : _ ("in the storage, another one than here"));
  }
}

static const LinePage page_files = {
  N_ ("Files of the dataset."),
  N_ ("Each file, and whether the storage has it as it is here."),
  UI_MODEL_DATA,
  tell_files,
  FALSE,
};

static void
open_files (Line *line, const char *name)
{
  line_open (line, &page_files, name);
}

static void
tell_data (Line *line, const char *object)
{
  const UiData *data = ui_session_data (line->session);
  (void) object;
  if (!line_ready (line, &data->base))
    return;
  line_text (line, 0, data->note);
  if (data->datasets->len == 0)
    line_say (line, "%s", _ ("There are no datasets of this persona."));
  for (guint i = 0; i < data->datasets->len; i++) {
    const UiDataset *dataset = g_ptr_array_index (data->datasets, i);
    tell_one_dataset (line, dataset);
    if (dataset->document != NULL) {
      g_autofree char *label = g_strdup_printf (_ ("Document of %s"), dataset->name);
      line_choice (line, label, open_document, dataset->document);
    }
    if (dataset->blobs->len > 0) {
      g_autofree char *label = g_strdup_printf (_ ("Files of %s: %u"), dataset->name, dataset->blobs->len);
      line_choice (line, label, open_files, dataset->name);
    }
  }
  line_choice (line, _ ("Read them again"), line_again, NULL);
}

const LinePage line_page_data = {
  N_ ("Data."),
  N_ ("Your datasets: what lies on this machine, what is in the storage, how it is protected."),
  UI_MODEL_DATA,
  tell_data,
  FALSE,
};
