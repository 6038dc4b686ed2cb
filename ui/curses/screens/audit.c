/* SPDX-License-Identifier: MIT
 * Audit: what the clean room and the parties wrote to the ledger; live, filtered while typing, exported.
 */
#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define LABEL 10

typedef struct {
  UiPane pane;
  char id[24];
} Audit;

enum { COLUMN_TIME, COLUMN_SEQUENCE, COLUMN_SOURCE, COLUMN_TEXT };

static const UiListColumn columns[] = {
  { N_ ("Time"), 8, 11, 1, FALSE, FALSE },
  { N_ ("Position"), 6, 9, 3, TRUE, FALSE },
  { N_ ("Source"), 10, 22, 2, FALSE, FALSE },
  { N_ ("Event"), 44, 0, 0, FALSE, FALSE },
  { NULL, 0, 0, 0, FALSE, FALSE },
};

static const UiAudit *
model (UiScreen *screen)
{
  return ui_session_audit (ui_pane_session (screen));
}

static guint
list_count (gpointer data)
{
  return (guint) model (data)->count;
}

static const char *
list_id (gpointer data, guint i)
{
  Audit *state = UI_STATE ((UiScreen *) data, Audit);
  const UiAuditEvent *event = ui_audit_event (model (data), i);

  g_snprintf (state->id, sizeof state->id, "%" PRId64, event->seqno);
  return state->id;
}

/* What went wrong, by the words that the events have: "Event_QUERY_FAILED_3004 | ...", "... denied ...". */
static UiStyle
event_style (const UiAuditEvent *event)
{
  static const char *const bad[] = { "_FAILED_", "denied", "refused", "failed" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (strstr (event->text, bad[i]) != NULL)
      return UI_STYLE_FAILED;
  return UI_STYLE_TEXT;
}

/* "Event_QUERY_FAILED_3004 | ..." without what is the same in every line. */
static void
append_short (GString *out, const char *text)
{
  const char *end = strstr (text, " | ");
  const char *number = end;

  if (!g_str_has_prefix (text, "Event_") || end == NULL) {
    g_string_append (out, text);
    return;
  }
  text += strlen ("Event_");
  while (number > text && g_ascii_isdigit (number[-1]))
    number--;
  if (number > text && number < end && number[-1] == '_')
    g_string_append_len (out, text, number - 1 - text);
  else
    g_string_append_len (out, text, end - text);
  g_string_append (out, end);
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiAuditEvent *event = ui_audit_event (model (data), i);
  g_autofree char *time = NULL;

  switch (column) {
  case COLUMN_TIME:
    *style = UI_STYLE_DIM;
    time = ui_show_clock (event->at_ms);
    g_string_append (text, time);
    break;
  case COLUMN_SEQUENCE:
    *style = UI_STYLE_DIM;
    g_string_append_printf (text, "%" PRId64, event->seqno);
    break;
  case COLUMN_SOURCE:
    g_string_append (text, event->source);
    break;
  default:
    *style = event_style (event);
    append_short (text, event->text);
  }
}

static const UiListSource source = { list_count, list_id, list_cell, NULL, NULL, NULL };

static const UiAuditEvent *
selected (UiScreen *screen)
{
  int row = ui_list_selected (UI_STATE (screen, Audit)->pane.list);

  return row >= 0 && (guint64) row < model (screen)->count ? ui_audit_event (model (screen), (guint64) row)
                                                           : NULL;
}

/* "Event_DATASET_LOAD_COMPLETED_3001 | Dataset: x | job id: y": every part on a line of its own. */
static void
describe_text (const char *text, UiRich *rich)
{
  g_auto (GStrv) parts = g_strsplit (text, " | ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    ui_rich_line (rich, i == 0 ? UI_STYLE_STRONG : UI_STYLE_TEXT, parts[i]);
}

static void
describe (UiScreen *screen, UiRich *rich, int width G_GNUC_UNUSED)
{
  const UiAudit *all = model (screen);
  const UiAuditEvent *event = selected (screen);
  g_autofree char *time = NULL, *position = NULL, *detail = NULL;

  if (ui_show_not_ready (rich, &all->base))
    return;
  if (event == NULL) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Select an event to see all of it."));
    return;
  }
  describe_text (event->text, rich);
  ui_rich_end (rich);
  time = event->at_ms > 0 ? ui_show_date_time (event->at_ms) : NULL;
  position = g_strdup_printf ("%" PRId64, event->seqno);
  ui_rich_pair (rich, LABEL, _ ("Time"), UI_STYLE_TEXT, time);
  ui_rich_pair (rich, LABEL, _ ("Position"), UI_STYLE_TEXT, position);
  ui_rich_pair (rich, LABEL, _ ("Source"), UI_STYLE_TEXT, event->source);
  ui_rich_pair (rich, LABEL, _ ("Id"), UI_STYLE_TEXT, event->id);
  ui_rich_pair (rich, LABEL, _ ("Scope"), UI_STYLE_TEXT, event->scope);
  detail = ui_audit_detail (event);
  ui_rich_heading (rich, _ ("As it is in the ledger"));
  ui_show_json (rich, detail);
}

/* ---- actions ---- */

static void
run_tail (UiScreen *screen)
{
  gboolean on = !model (screen)->tail;
  Audit *state = UI_STATE (screen, Audit);

  ui_session_set_audit_tail (ui_pane_session (screen), on);
  ui_list_set_follow (state->pane.list, on);
  ui_app_toast (screen->app, UI_STATE_INFO, "%s",
                on ? _ ("New events are watched for.") : _ ("Held still; t watches again."));
}

static const char *
why_not_export (UiScreen *screen)
{
  return model (screen)->count == 0 ? _ ("There are no events to export.") : NULL;
}

static void
path_given (UiApp *app, const char *answer, gpointer data)
{
  ui_export_audit (ui_app_session (app), GPOINTER_TO_INT (data), answer, ui_show_result, app);
}

static void
format_chosen (UiApp *app, const char *answer, gpointer data G_GNUC_UNUSED)
{
  gboolean csv = strcmp (answer, "csv") == 0;
  const UiAudit *all = ui_session_audit (ui_app_session (app));
  g_autofree char *name = g_strdup_printf ("audit-%s.%s", all->contract != NULL ? all->contract : "events",
                                           csv ? "csv" : "jsonl");

  ui_app_ask_path (app, _ ("Export the events that are shown as"), name, FALSE, TRUE, path_given,
                   GINT_TO_POINTER (csv ? UI_EXPORT_CSV : UI_EXPORT_JSON_LINES), NULL);
}

static void
run_export (UiScreen *screen)
{
  static const char *const ids[] = { "jsonl", "csv", NULL };
  const char *titles[] = { _ ("JSON lines: one event per line, complete"), _ ("CSV: for a spreadsheet"),
                           NULL };

  ui_app_choose (screen->app, _ ("Which format?"), ids, titles, format_chosen, NULL, NULL);
}

static const char *
why_not_clear (UiScreen *screen)
{
  return ui_list_filter (UI_STATE (screen, Audit)->pane.list)[0] == '\0' ? "" : NULL;
}

static void
run_clear (UiScreen *screen)
{
  ui_list_set_filter (UI_STATE (screen, Audit)->pane.list, "");
  ui_session_set_audit_filter (ui_pane_session (screen), NULL);
}

static const UiAction actions[] = {
  { "audit.tail", N_ ("Live"), N_ ("Watch for new events, or hold the list still."), "t", UI_ACTION_PLAIN,
    NULL, run_tail },
  { "audit.export", N_ ("Export..."), N_ ("Write the events that are shown as JSON lines or CSV."), "e",
    UI_ACTION_MAIN, why_not_export, run_export },
  { "audit.clear", N_ ("All events"), N_ ("Take the filter away."), "c", UI_ACTION_PLAIN, why_not_clear,
    run_clear },
  UI_PANE_ACTIONS ("audit"),
  UI_ACTIONS_END,
};

/* ---- the screen ---- */

static void
filter_changed (const char *text, gpointer data)
{
  ui_session_set_audit_filter (ui_pane_session (data), text);
}

/* OBJECT is a filter to begin with: the id of a run. */
static void
opened (UiScreen *screen, const char *object)
{
  UiList *list = UI_STATE (screen, UiPane)->list;

  ui_list_set_filter_callback (list, filter_changed, screen);
  ui_list_set_follow (list, TRUE);
  if (object != NULL)
    ui_list_set_filter (list, object);
  ui_session_set_audit_filter (ui_pane_session (screen), object);
}

static void
closed (UiScreen *screen)
{
  ui_session_set_audit_filter (ui_pane_session (screen), NULL);
}

/* What is watched, how many there are, what the filter understood. */
static gboolean
above (UiScreen *screen, UiRect rect)
{
  const UiAudit *all = model (screen);
  g_autofree char *count = ui_show_count (all->count), *total = ui_show_count (all->total);
  UiState mark = all->tail ? UI_STATE_RUNNING : UI_STATE_CANCELLED;
  int column = 1;

  ui_draw_state (rect, 0, column, mark);
  column += 2
            + ui_draw_text (rect, 0, column + 2, ui_state_style (mark), all->tail ? _ ("live") : _ ("held"));
  if (all->count == all->total)
    column += 3
              + ui_draw_format (rect, 0, column + 3, UI_STYLE_TEXT,
                                ngettext ("%s event", "%s events", all->total), total);
  else
    column += 3 + ui_draw_format (rect, 0, column + 3, UI_STYLE_TEXT, _ ("%s of %s events"), count, total);
  if (all->filter_problem != NULL)
    ui_draw_text (rect, 0, column + 3, UI_STYLE_FAILED, all->filter_problem);
  else if (all->dropped > 0)
    ui_draw_text (rect, 0, column + 3, UI_STYLE_WARNING, _ ("older ones are no longer kept here"));
  else if (ui_list_filtering (UI_STATE (screen, Audit)->pane.list))
    ui_draw_text (rect, 0, column + 3, UI_STYLE_DIM, _ ("persona: id: source: text: since: until: seq:"));
  else if (all->contract != NULL)
    ui_draw_text (rect, 0, column + 3, UI_STYLE_DIM, all->contract);
  return TRUE;
}

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .list_share = 60,
  .describe = describe,
  .list_model = UI_MODEL_AUDIT,
  .empty = N_ ("No events yet.\n\nThe clean room writes them when a query runs: who was refused, what "
               "was loaded, what was written. Start a run on Runs (key 6) and watch here."),
  .own_object = TRUE,
  .opened = opened,
  .closed = closed,
  .above = above,
};

const UiScreenClass ui_screen_audit = {
  .id = "audit",
  .title = N_ ("Audit"),
  .explanation = N_ (
      "Events that the clean room and the parties wrote to the ledger. / filters while you type: words, or "
      "persona:NAME, id:TEXT, source:TEXT, text:TEXT, since:10m, until:12:30, seq:5-9; ! before a term "
      "turns it round."),
  .key = '7',
  .watches = UI_MODEL_BIT (UI_MODEL_AUDIT),
  .state_size = sizeof (Audit),
  UI_PANE_SCREEN (&spec),
  .actions = actions,
  .copy = ui_pane_screen_copy,
};
