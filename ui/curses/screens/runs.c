/* SPDX-License-Identifier: MIT
 * Runs: every run of an agreed query with the states it went through, its statistics, and what it wrote.
 */
#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

#include "base/translate.h"

#include <string.h>

#define LABEL 14

enum { COLUMN_ID, COLUMN_STATE, COLUMN_STARTED, COLUMN_TOOK, COLUMN_ROWS, COLUMN_QUERY };

static const UiListColumn columns[] = {
  { N_ ("Run"), 17, 20, 0, FALSE, TRUE },    { N_ ("State"), 11, 14, 0, FALSE, TRUE },
  { N_ ("Started"), 8, 11, 1, FALSE, TRUE }, { N_ ("Took"), 9, 10, 3, TRUE, FALSE },
  { N_ ("Rows out"), 8, 10, 2, TRUE, TRUE }, { N_ ("Query"), 12, 0, 4, FALSE, TRUE },
  { NULL, 0, 0, 0, FALSE, FALSE },
};

static void
add_taken (gchar *text /* takes */, GString *out)
{
  g_string_append (out, text);
  g_free (text);
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiRunRow *row = ui_pane_row (data, i);

  if (row == NULL)
    return;
  switch (column) {
  case COLUMN_ID:
    g_string_append (text, row->id);
    break;
  case COLUMN_STATE:
    *style = ui_show_state_cell (text, row->state, UI_STATE ((UiScreen *) data, UiPane)->ascii);
    break;
  case COLUMN_STARTED:
    add_taken (ui_show_clock (row->started_ms), text);
    break;
  case COLUMN_TOOK:
    if (row->started_ms > 0 && row->ended_ms >= row->started_ms)
      add_taken (ui_show_duration (row->ended_ms - row->started_ms), text);
    break;
  case COLUMN_ROWS:
    if (row->rows_written >= 0)
      add_taken (ui_show_count ((guint64) row->rows_written), text);
    break;
  default:
    g_string_append (text, row->query);
  }
}

static int
list_compare (gpointer data, guint a, guint b, guint column)
{
  const UiRunRow *one = ui_pane_row (data, a), *other = ui_pane_row (data, b);

  if (column == COLUMN_STARTED)
    return one->started_ms < other->started_ms ? -1 : one->started_ms > other->started_ms;
  if (column == COLUMN_ROWS)
    return one->rows_written < other->rows_written ? -1 : one->rows_written > other->rows_written;
  return column == COLUMN_STATE ? strcmp (one->state, other->state)
         : column == COLUMN_ID  ? strcmp (one->id, other->id)
                                : strcmp (one->query, other->query);
}

static const UiListSource source = { ui_pane_count, ui_pane_id, list_cell, list_compare, NULL, NULL };

/* The selected run in full; NULL until it has been read. */
static const UiRun *
run_of (UiScreen *screen)
{
  const UiRun *run = ui_session_run (ui_pane_session (screen));

  return run->run != NULL && ui_pane_has_read (screen, &run->base, run->run->id) ? run : NULL;
}

/* ---- detail ---- */

static void
describe_numbers (const UiRunRow *row, UiRich *rich)
{
  g_autofree char *started = ui_show_date_time (row->started_ms), *ended = ui_show_date_time (row->ended_ms);

  ui_rich_pair (rich, LABEL, _ ("Started"), UI_STYLE_TEXT, started);
  ui_rich_pair (rich, LABEL, _ ("Ended"), UI_STYLE_TEXT, ended);
  if (row->ended_ms >= row->started_ms && row->started_ms > 0) {
    g_autofree char *took = ui_show_duration (row->ended_ms - row->started_ms);

    ui_rich_pair (rich, LABEL, _ ("Took"), UI_STYLE_TEXT, took);
  }
  if (row->rows_read >= 0) {
    g_autofree char *count = ui_show_count ((guint64) row->rows_read);

    ui_rich_pair (rich, LABEL, _ ("Rows read"), UI_STYLE_TEXT, count);
  }
  if (row->rows_written >= 0) {
    g_autofree char *count = ui_show_count ((guint64) row->rows_written);

    ui_rich_pair (rich, LABEL, _ ("Rows written"), UI_STYLE_TEXT, count);
  }
}

static void
describe_history (const UiRun *run, UiRich *rich, gboolean ascii)
{
  ui_rich_heading (rich, _ ("What happened"));
  if (run->history->len == 0)
    ui_rich_line (rich, UI_STYLE_DIM, _ ("The clean room keeps no events of this run any more."));
  for (guint i = 0; i < run->history->len; i++) {
    const UiRunEvent *event = run->history->pdata[i];
    gboolean bad = g_strcmp0 (event->type, "Normal") != 0 || g_str_has_suffix (event->reason, "_FAILED");
    UiState mark = bad                                            ? UI_STATE_FAILED
                   : g_str_has_suffix (event->reason, "_STARTED") ? UI_STATE_RUNNING
                                                                  : UI_STATE_DONE;
    g_autofree char *time = ui_show_time (event->at_ms);

    ui_rich_format (rich, ui_state_style (mark), "%s ", ui_state_glyph (mark, ascii));
    ui_rich_format (rich, UI_STYLE_DIM, "%s  ", time);
    ui_rich_add (rich, bad ? UI_STYLE_FAILED : UI_STYLE_TEXT, event->reason);
    ui_rich_end (rich);
    if (event->text != NULL && event->text[0] != '\0') {
      const char *bar = g_str_has_prefix (event->text, "Event_") ? strstr (event->text, " | ") : NULL;

      ui_rich_format (rich, UI_STYLE_DIM, "    %s", bar != NULL ? bar + 3 : event->text);
      ui_rich_hang (rich, 4);
      ui_rich_end (rich);
    }
  }
}

static void
describe (UiScreen *screen, UiRich *rich, int width G_GNUC_UNUSED)
{
  const UiRun *run = run_of (screen);
  const UiRunRow *row = run != NULL ? run->run : ui_pane_selected (screen);
  gboolean ascii = UI_STATE (screen, UiPane)->ascii;
  g_autoptr (GString) word = g_string_new (NULL);
  UiStyle style;

  if (row == NULL) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Select a run to see what it did."));
    return;
  }
  if (run != NULL)
    ui_show_stale (rich, &run->base);
  ui_rich_heading (rich, row->id);
  style = ui_show_state_cell (word, row->state, ascii);
  ui_rich_pair (rich, LABEL, _ ("State"), style, word->str);
  ui_rich_pair (rich, LABEL, _ ("Query"), UI_STYLE_TEXT, row->query);
  describe_numbers (row, rich);
  if (run == NULL) {
    if (row->error != NULL)
      ui_rich_line (rich, UI_STYLE_FAILED, row->error);
    ui_show_not_ready (rich, &ui_session_run (ui_pane_session (screen))->base);
    return;
  }
  if (run->failure != NULL) {
    ui_rich_heading (rich, _ ("Why it failed"));
    ui_show_problem (rich, run->failure);
  }
  if (run->has_output) {
    ui_rich_end (rich);
    ui_rich_line (rich, UI_STYLE_STRONG,
                  _ ("The result is yours to read: t shows it as a table, s saves it."));
  } else if (row->ok)
    ui_rich_line (rich, UI_STYLE_DIM, _ ("The result belongs to the owner of the output dataset."));
  describe_history (run, rich, ascii);
  if (run->statistics->len > 0) {
    ui_rich_heading (rich, _ ("Statistics"));
    ui_show_pairs (rich, run->statistics, 22);
  }
}

/* ---- actions ---- */

static const char *
why_not_start (UiScreen *screen)
{
  const UiRuns *all = ui_session_runs (ui_pane_session (screen));

  if (all->base.read_ms == 0)
    return _ ("The runs have not been read yet.");
  if (!all->can_start)
    return all->why_not_start != NULL ? all->why_not_start : _ ("No query is agreed yet.");
  return NULL;
}

static char *
check_day (const char *id G_GNUC_UNUSED, const char *text G_GNUC_UNUSED, gpointer data)
{
  UiForm *form = data;
  const char *from = ui_form_value (form, "from"), *to = ui_form_value (form, "to");

  if (from == NULL || to == NULL || strcmp (id, "to") != 0)
    return NULL;
  if ((from[0] != '\0') != (text[0] != '\0'))
    return g_strdup (_ ("Give both days, or none for all days."));
  if (text[0] != '\0' && strcmp (from, text) > 0)
    return g_strdup (_ ("The last day is before the first one."));
  return NULL;
}

/* The new run is what the person wants to see next. */
static void
started (UiSession *session, const UiResult *result, gpointer data)
{
  UiScreen *screen = ui_app_screen (data);

  ui_show_result (session, result, data);
  if (result->ok && result->value != NULL && screen != NULL && strcmp (screen->class->id, "runs") == 0)
    ui_pane_want (UI_STATE (screen, UiPane), result->value);
}

static void
start_filled (UiApp *app, UiForm *form, gpointer data)
{
  const char *from = ui_form_value (form, "from"), *to = ui_form_value (form, "to");
  const char *engine = ui_form_value (form, "engine");
  gboolean days = from != NULL && from[0] != '\0' && to != NULL && to[0] != '\0';

  ui_start_run (ui_app_session (app), data, days ? from : NULL, days ? to : NULL,
                engine == NULL || strcmp (engine, "auto") == 0 ? NULL : engine, started, app);
}

static void
query_chosen (UiApp *app, const char *answer, gpointer data G_GNUC_UNUSED)
{
  static const char *const engines[] = { "auto", "duckdb", "sqlite", NULL };
  UiForm *form = ui_form_new ();
  g_autoptr (UiRich) rich = ui_rich_new ();

  ui_form_set_check (form, check_day, form);
  ui_form_add (form,
               &(UiFieldSpec){ .id = "from",
                               .label = _ ("First day"),
                               .kind = UI_FIELD_DATE,
                               .help = _ ("Only data of these days is read; nothing means all days.") });
  ui_form_add (form,
               &(UiFieldSpec){ .id = "to",
                               .label = _ ("Last day"),
                               .kind = UI_FIELD_DATE,
                               .help = _ ("Only data of these days is read; nothing means all days.") });
  if (ui_session_overview (ui_app_session (app))->local)
    ui_form_add (form,
                 &(UiFieldSpec){ .id = "engine",
                                 .label = _ ("Engine"),
                                 .kind = UI_FIELD_CHOICE,
                                 .value = "auto",
                                 .choices = engines,
                                 .help = _ ("Only in the local environment: what computes the answer.") });
  ui_form_set_button (form, _ ("Start the run"));
  ui_rich_pair (rich, 8, _ ("Query"), UI_STYLE_STRONG, answer);
  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("The clean room checks every approval again, reads the data, and writes the result to the owner's "
         "storage. Audit events of it stay in the ledger."));
  ui_app_ask_form (app, _ ("Start a run"), rich, form, start_filled, g_strdup (answer), g_free);
  ui_app_keep_typed (app, "run.start");
}

static void
run_start (UiScreen *screen)
{
  const UiRuns *all = ui_session_runs (ui_pane_session (screen));
  g_autofree const char **ids = g_new0 (const char *, all->queries->len + 1);

  for (guint i = 0; i < all->queries->len; i++)
    ids[i] = all->queries->pdata[i];
  if (all->queries->len == 1)
    query_chosen (screen->app, ids[0], NULL);
  else
    ui_app_choose (screen->app, _ ("Which query?"), ids, NULL, query_chosen, NULL, NULL);
}

static const char *
why_not_output (UiScreen *screen)
{
  const UiRun *run = run_of (screen);

  if (ui_pane_selected_id (screen) == NULL)
    return "";
  if (run == NULL)
    return _ ("The run is being read.");
  if (run->has_output)
    return NULL;
  return run->run->ok      ? _ ("The result belongs to the owner of the output dataset.")
         : run->run->final ? _ ("This run has no result.")
                           : _ ("The run has not finished yet.");
}

static void
run_output (UiScreen *screen)
{
  ui_app_open (screen->app, "output", run_of (screen)->run->id);
}

static void
path_given (UiApp *app, const char *answer, gpointer data)
{
  ui_save_output (ui_app_session (app), data, answer, ui_show_result, app);
}

static void
run_save (UiScreen *screen)
{
  const char *id = run_of (screen)->run->id;
  g_autofree char *name = g_strconcat (id, ".csv", NULL);

  ui_app_ask_path (screen->app, _ ("Save the result as"), name, FALSE, TRUE, path_given, g_strdup (id),
                   g_free);
}

/* The ledger names a run without the prefix of its job. */
static void
run_audit (UiScreen *screen)
{
  const char *id = ui_pane_selected_id (screen);

  ui_app_open (screen->app, "audit", g_str_has_prefix (id, "cl-spark-") ? id + strlen ("cl-spark-") : id);
}

static const char *
why_not_query (UiScreen *screen)
{
  const UiRunRow *row = ui_pane_selected (screen);

  return row == NULL || row->query[0] == '\0' ? "" : NULL;
}

static void
run_query (UiScreen *screen)
{
  const UiRunRow *row = ui_pane_selected (screen);

  ui_app_open (screen->app, "documents", row->query);
}

static const UiAction actions[] = {
  { "run.table", N_ ("Result"), N_ ("Show what the run wrote as a table."), "t", UI_ACTION_MAIN,
    why_not_output, run_output },
  { "run.save", N_ ("Save as..."), N_ ("Save what the run wrote as one CSV file."), "s", UI_ACTION_PLAIN,
    why_not_output, run_save },
  { "run.start", N_ ("New run..."), N_ ("Run an agreed query, over all days or some."), "n",
    UI_ACTION_CHANGES | UI_ACTION_PALETTE, why_not_start, run_start },
  { "run.audit", N_ ("Audit events"), N_ ("Show the audit events of this run."), "e", UI_ACTION_PLAIN,
    ui_pane_why_not_row, run_audit },
  { "run.query", N_ ("Query"), N_ ("Show the query that this run executed."), "v", UI_ACTION_PLAIN,
    why_not_query, run_query },
  UI_PANE_ACTIONS ("run"),
  UI_ACTIONS_END,
};

/* ---- the screen ---- */

/* Why there are no runs, and what begins one. */
static char *
say_empty (UiScreen *screen)
{
  const UiRuns *all = ui_session_runs (ui_pane_session (screen));

  if (all->note != NULL)
    return g_strdup (all->note);
  if (all->can_start)
    return g_strdup (_ ("Nothing has run yet.\n\nPress n to start the first run of the agreed query."));
  return g_strdup_printf ("%s\n\n%s", _ ("Nothing has run yet."),
                          all->why_not_start != NULL
                              ? all->why_not_start
                              : _ ("A query can run when every owner has accepted it (Documents, key 4)."));
}

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .list_share = 50,
  .describe = describe,
  .list_model = UI_MODEL_RUNS,
  .one_model = UI_MODEL_RUN,
  .say_empty = say_empty,
  .rows_offset = G_STRUCT_OFFSET (UiRuns, runs),
  .id_offset = G_STRUCT_OFFSET (UiRunRow, id),
};

const UiScreenClass ui_screen_runs = {
  .id = "runs",
  .title = N_ ("Runs"),
  .explanation = N_ (
      "Every run of an agreed query: the states it went through, how many rows it read and wrote, why it "
      "failed, and the result for the owner of the output."),
  .key = '6',
  .watches = UI_MODEL_BIT (UI_MODEL_RUNS) | UI_MODEL_BIT (UI_MODEL_RUN),
  .state_size = sizeof (UiPane),
  UI_PANE_SCREEN (&spec),
  .actions = actions,
  .subject = ui_pane_screen_subject,
  .copy = ui_pane_screen_copy,
};
