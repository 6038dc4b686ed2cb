/* SPDX-License-Identifier: MIT
 * Runs of queries, what they wrote, and the audit events.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define TABLE_ROWS 20u

/* ---- output ---- */

static void
output_path (Line *line, const char *path, gpointer run)
{
  if (path != NULL)
    line_job (line, ui_save_output (line->session, run, path, line_done, line), NULL, NULL);
}

static void
output_save (Line *line, const char *run)
{
  g_autofree char *name = g_strconcat (run, ".csv", NULL);
  line_ask_file (line, name, output_path, g_strdup (run), g_free);
}

static void
output_more (Line *line, const char *object)
{
  line_top (line)->first = (guint) g_ascii_strtoull (object, NULL, 10);
}

static void
tell_output (Line *line, const char *run)
{
  const UiOutput *output = ui_session_output (line->session);
  LineOpen *open = line_top (line);
  if (!line_ready (line, &output->base))
    return;
  line_pair (line, _ ("Folder"), output->folder);
  if (open->first >= output->rows->len)
    open->first = 0;
  line_table (line, output->columns, output->rows, open->first, TABLE_ROWS, output->row_count);
  if (output->truncated)
    line_say (line, "%s", _ ("There are more rows than what is read here."));
  if (open->first + TABLE_ROWS < output->rows->len) {
    g_autofree char *at = g_strdup_printf ("%u", open->first + TABLE_ROWS);
    line_choice (line, _ ("The rows after"), output_more, at);
  }
  if (open->first > 0) {
    g_autofree char *at = g_strdup_printf ("%u", open->first > TABLE_ROWS ? open->first - TABLE_ROWS : 0);
    line_choice (line, _ ("The rows before"), output_more, at);
  }
  line_choice (line, _ ("Save it as CSV"), output_save, run);
}

const LinePage line_page_output = {
  N_ ("Output."), N_ ("What the run wrote, as its owner sees it, row by row."), UI_MODEL_OUTPUT, tell_output,
  TRUE,
};

/* ---- one run ---- */

static void
open_output (Line *line, const char *run)
{
  line_open (line, &line_page_output, run);
}

static void
open_query (Line *line, const char *query)
{
  line_open (line, &line_page_document, query);
}

/* The ledger names a run without the prefix of its job. */
static void
open_audit (Line *line, const char *run)
{
  const char *id = g_str_has_prefix (run, "cl-spark-") ? run + strlen ("cl-spark-") : run;
  ui_session_set_audit_filter (line->session, id);
  line_open (line, &line_page_audit, NULL);
}

static void
tell_rows (Line *line, const UiRunRow *row)
{
  if (row->rows_read >= 0)
    line_say (line, _ ("Rows read: %" PRId64 "."), row->rows_read);
  if (row->rows_written >= 0)
    line_say (line, _ ("Rows written: %" PRId64 "."), row->rows_written);
  line_pair (line, _ ("Problem"), row->error);
}

static void
say_history (Line *line, const UiRun *run, guint from)
{
  for (guint i = from; i < run->history->len; i++) {
    const UiRunEvent *event = g_ptr_array_index (run->history, i);
    g_autofree char *time = line_time (event->at_ms);
    line_say (line, "%s %s: %s", time, event->reason, event->text);
  }
}

static gboolean
say_run (Line *line)
{
  const UiRun *run = ui_session_run (line->session);
  if (run->base.status != UI_MODEL_READY || run->run == NULL)
    return run->base.status == UI_MODEL_LOADING;
  say_history (line, run, (guint) line->watched);
  line->watched = run->history->len;
  return !run->run->final;
}

static void
wait_for_run (Line *line, const char *object)
{
  (void) object;
  line->watch = say_run;
  line->watch_ends = TRUE;
  line->watched = ui_session_run (line->session)->history->len;
  line_say (line, "%s", _ ("What happens is said as it comes; Enter or Ctrl-C stops waiting."));
}

static void
tell_run (Line *line, const char *id)
{
  const UiRun *run = ui_session_run (line->session);
  if (!line_ready (line, &run->base) || run->run == NULL)
    return;
  g_autofree char *began = line_time (run->run->started_ms), *ended = line_time (run->run->ended_ms);
  if (run->run->query != NULL && *run->run->query != '\0')
    line_say (line, _ ("Run %s of %s: %s."), run->run->id, run->run->query, run->run->state);
  else
    line_say (line, _ ("Run %s: %s."), run->run->id, run->run->state);
  line_pair (line, _ ("Started"), began);
  line_pair (line, _ ("Ended"), ended);
  tell_rows (line, run->run);
  line_problem (line, run->failure);
  line_pairs (line, run->statistics);
  say_history (line, run, 0);
  if (!run->run->final) {
    line_choice (line, _ ("Wait until it ends"), wait_for_run, NULL);
    line_recommend (line);
  }
  if (run->has_output) {
    line_choice (line, _ ("See the output"), open_output, id);
    line_recommend (line);
    line_choice (line, _ ("Save the output as CSV"), output_save, id);
  } else if (run->run->ok)
    line_say (line, "%s", _ ("The output belongs to the owner of the output dataset."));
  line_choice (line, _ ("Audit events of this run"), open_audit, id);
  if (run->run->query != NULL && *run->run->query != '\0')
    line_choice (line, _ ("The query"), open_query, run->run->query);
  line_choice (line, _ ("Read it again"), line_again, NULL);
}

const LinePage line_page_run = {
  NULL, N_ ("One run: the states it went through, its figures, its output."), UI_MODEL_RUN, tell_run, TRUE,
};

/* ---- all runs ---- */

static void
open_run (Line *line, const char *id)
{
  line_open (line, &line_page_run, id);
}

static void
run_started (Line *line, const UiResult *result, const char *object)
{
  (void) object;
  if (result->ok && result->value != NULL)
    line_open (line, &line_page_run, result->value);
}

static const char *
day_of (GHashTable *values, const char *name)
{
  const char *day = g_hash_table_lookup (values, name);
  return day != NULL && *day != '\0' ? day : NULL;
}

static void
start_filled (Line *line, GHashTable *values, gpointer query)
{
  const char *engine = g_hash_table_lookup (values, "engine");
  line_job (line,
            ui_start_run (line->session, query, day_of (values, "from"), day_of (values, "to"),
                          g_strcmp0 (engine, "auto") == 0 ? NULL : engine, line_done, line),
            run_started, NULL);
}

static void
start_run (Line *line, const char *query)
{
  static const char *const engines[] = { "auto", "duckdb", "sqlite", NULL };
  g_autoptr (GPtrArray) inputs = line_form_inputs ();
  const char *help = _ ("Only data of these days is read; nothing means all days.");
  line_form_add (inputs, "from", _ ("First day"), help, UI_INPUT_DATE);
  line_form_add (inputs, "to", _ ("Last day"), help, UI_INPUT_DATE);
  if (ui_session_overview (line->session)->local) {
    UiStepInput *engine = line_form_add (inputs, "engine", _ ("Engine"),
                                         _ ("Only in the local environment: what computes the answer."),
                                         UI_INPUT_CHOICE);
    engine->choices = engines;
    engine->value = (char *) (gsize) engines[0];
  }
  line_form (line, &(LineForm){ .inputs = inputs,
                                .check = line_check_days,
                                .filled = start_filled,
                                .data = g_strdup (query),
                                .free_data = g_free });
}

static char *
run_row (Line *line, guint index, char **object)
{
  const UiRunRow *row = g_ptr_array_index (ui_session_runs (line->session)->runs, index);
  g_autofree char *began = line_time (row->started_ms);
  *object = g_strdup (row->id);
  return g_strdup_printf ("%s: %s, %s %s", row->id, row->query, row->state, began);
}

static void
tell_runs (Line *line, const char *object)
{
  const UiRuns *runs = ui_session_runs (line->session);
  (void) object;
  if (!line_ready (line, &runs->base))
    return;
  line_text (line, 0, runs->note);
  line_pairs (line, runs->summary);
  if (runs->runs->len == 0)
    line_say (line, "%s", _ ("There are no runs yet."));
  line_rows (line, runs->runs->len, run_row, open_run);
  for (guint i = 0; runs->can_start && i < runs->queries->len; i++) {
    const char *query = g_ptr_array_index (runs->queries, i);
    g_autofree char *label = g_strdup_printf (_ ("Start a run of %s"), query);
    line_choice (line, label, start_run, query);
  }
  if (!runs->can_start)
    line_pair (line, _ ("No new run now"), runs->why_not_start);
  line_choice (line, _ ("Read them again"), line_again, NULL);
}

const LinePage line_page_runs = {
  N_ ("Runs."),  N_ ("Every run of an agreed query, newest first. Choose one to see its history and output."),
  UI_MODEL_RUNS, tell_runs,
  FALSE,
};

/* ---- audit ---- */

/* Newest first: OBJECT is the ledger position. */
static void
tell_event (Line *line, const char *object)
{
  const UiAudit *audit = ui_session_audit (line->session);
  guint64 index = ui_audit_find (audit, g_ascii_strtoll (object, NULL, 10));
  if (index == G_MAXUINT64) {
    line_say (line, "%s", _ ("It is no longer in the list."));
    return;
  }
  g_autofree char *text = ui_audit_detail (ui_audit_event (audit, index));
  line_text (line, 0, text);
}

static const LinePage page_event = {
  N_ ("Audit event."), N_ ("The whole event as the ledger has it."), UI_MODEL_AUDIT, tell_event, FALSE,
};

static void
open_event (Line *line, const char *seqno)
{
  line_open (line, &page_event, seqno);
}

/* Gives. */
static char *
event_text (const UiAuditEvent *event)
{
  g_autofree char *time = line_time (event->at_ms);
  return g_strdup_printf ("%s %s%s%s", time, event->source, *event->source != '\0' ? ": " : "", event->text);
}

static char *
event_row (Line *line, guint index, char **object)
{
  const UiAudit *audit = ui_session_audit (line->session);
  const UiAuditEvent *event = ui_audit_event (audit, audit->count - 1 - index);
  *object = g_strdup_printf ("%" PRId64, event->seqno);
  return event_text (event);
}

static gboolean
say_events (Line *line)
{
  const UiAudit *audit = ui_session_audit (line->session);
  guint64 from = audit->count;
  while (from > 0 && ui_audit_event (audit, from - 1)->seqno > line->watched)
    from--;
  for (guint64 i = from; i < audit->count; i++) {
    const UiAuditEvent *event = ui_audit_event (audit, i);
    g_autofree char *text = event_text (event);
    line_text (line, 0, text);
    line->watched = event->seqno;
  }
  return TRUE;
}

static void
watch_events (Line *line, const char *object)
{
  (void) object;
  line->watch = say_events;
  line->watch_ends = FALSE;
  line->watched = ui_session_audit (line->session)->last_seqno;
  line_say (line, "%s", _ ("New events are said as they come; Enter or Ctrl-C stops it."));
}

static void
filter_back (gpointer host, gpointer owner, gconstpointer data)
{
  Line *line = host;
  (void) owner;
  ui_session_set_audit_filter (line->session, data);
}

static void
filter_given (Line *line, const char *filter, gpointer data)
{
  (void) data;
  if (filter == NULL)
    return;
  const char *before = ui_session_audit (line->session)->filter;
  if (before != NULL && g_strcmp0 (before, filter) != 0) {
    g_autofree char *done = g_strdup_printf (_ ("the filter \"%s\" was changed"), before);
    line_undoable (
        line,
        &(UiUndoStep){ .done = done, .run = filter_back, .data = g_strdup (before), .free_data = g_free });
  }
  ui_session_set_audit_filter (line->session, filter);
  line_top (line)->first = 0;
}

static char *
check_filter (Line *line, const char *text, gpointer data)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (UiAuditFilter) filter = ui_audit_filter_parse (text, g_get_real_time () / 1000, &problem);
  (void) line, (void) data;
  return filter == NULL ? g_strdup (problem->message) : NULL;
}

static void
ask_filter (Line *line, const char *object)
{
  const UiAudit *audit = ui_session_audit (line->session);
  (void) object;
  line_ask (line,
            &(LineQuestion){ .text = _ ("Filter: words, or terms such as persona:northwind id:TEXT since:2h "
                                        "until:2025-09-01 seq:10-20; = alone shows everything."),
                             .initial = audit->filter,
                             .optional = TRUE,
                             .check = check_filter,
                             .answered = filter_given });
}

static void
export_path (Line *line, const char *path, gpointer format)
{
  UiExportFormat chosen = g_str_equal (format, "csv") ? UI_EXPORT_CSV : UI_EXPORT_JSON_LINES;
  if (path != NULL)
    line_job (line, ui_export_audit (line->session, chosen, path, line_done, line), NULL, NULL);
}

static void
export_events (Line *line, const char *format)
{
  g_autofree char *name = g_strconcat ("audit.", format, NULL);
  line_ask_file (line, name, export_path, g_strdup (format), g_free);
}

static void
tell_audit (Line *line, const char *object)
{
  const UiAudit *audit = ui_session_audit (line->session);
  (void) object;
  if (!line_ready (line, &audit->base))
    return;
  line_say (line, _ ("Events: %" PRIu64 " of %" PRIu64 ", newest first."), audit->count, audit->total);
  line_pair (line, _ ("Filter"), audit->filter);
  line_pair (line, _ ("The filter is wrong"), audit->filter_problem);
  line_rows (line, (guint) MIN (audit->count, G_MAXINT), event_row, open_event);
  line_choice (line, _ ("Filter"), ask_filter, NULL);
  line_choice (line, _ ("Watch: say new events as they come"), watch_events, NULL);
  line_choice (line, _ ("Save these events as JSON lines"), export_events, "jsonl");
  line_choice (line, _ ("Save these events as CSV"), export_events, "csv");
  line_choice (line, _ ("Read them again"), line_again, NULL);
}

const LinePage line_page_audit = {
  N_ ("Audit events."),
  N_ ("What the clean room and the parties did, as the ledger recorded it."),
  UI_MODEL_AUDIT,
  tell_audit,
  FALSE,
};
