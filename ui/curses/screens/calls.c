/* SPDX-License-Identifier: MIT
 * Calls: every HTTP call of this session. Bodies, tokens and signatures are never kept.
 */
#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define LABEL 11

typedef struct {
  UiPane pane;
  char id[24];
} Calls;

enum { COLUMN_TIME, COLUMN_METHOD, COLUMN_PATH, COLUMN_STATUS, COLUMN_MS, COLUMN_RETRY, COLUMN_PERSONA };

static const UiListColumn columns[] = {
  { N_ ("Time"), 8, 8, 1, FALSE, TRUE },     { N_ ("Method"), 6, 7, 0, FALSE, TRUE },
  { N_ ("Path"), 32, 0, 0, FALSE, TRUE },    { N_ ("Status"), 6, 6, 0, TRUE, TRUE },
  { N_ ("ms"), 5, 7, 0, TRUE, TRUE },        { N_ ("Try"), 3, 4, 2, TRUE, TRUE },
  { N_ ("Persona"), 9, 12, 3, FALSE, TRUE }, { NULL, 0, 0, 0, FALSE, FALSE },
};

static const UiCalls *
model (UiScreen *screen)
{
  return ui_session_calls (ui_app_session (screen->app));
}

static const char *
list_id (gpointer data, guint i)
{
  Calls *state = UI_STATE ((UiScreen *) data, Calls);
  const UiCall *call = ui_pane_row (data, i);

  g_snprintf (state->id, sizeof state->id, "%" PRIu64, call != NULL ? call->number : 0);
  return state->id;
}

static UiStyle
status_style (guint status)
{
  if (status == 0 || status >= 500)
    return UI_STYLE_FAILED;
  if (status >= 400)
    return UI_STYLE_WARNING;
  return status >= 300 ? UI_STYLE_INFO : UI_STYLE_OK;
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiCall *call = ui_pane_row (data, i);
  g_autofree char *time = NULL;

  if (call == NULL)
    return;
  switch (column) {
  case COLUMN_TIME:
    *style = UI_STYLE_DIM;
    time = ui_show_time (call->started_ms);
    g_string_append (text, time);
    break;
  case COLUMN_METHOD:
    g_string_append (text, call->method);
    break;
  case COLUMN_PATH:
    g_string_append (text, call->path);
    break;
  case COLUMN_STATUS:
    *style = status_style (call->status);
    if (call->status > 0)
      g_string_append_printf (text, "%u", call->status);
    else
      g_string_append (text, C_ ("no answer to a call; short", "none"));
    break;
  case COLUMN_MS:
    *style = call->elapsed_ms >= 1000 ? UI_STYLE_WARNING : UI_STYLE_TEXT;
    g_string_append_printf (text, "%u", call->elapsed_ms);
    break;
  case COLUMN_RETRY:
    if (call->attempt > 1)
      g_string_append_printf (text, "%u", call->attempt);
    break;
  default:
    g_string_append (text, call->persona);
  }
}

static const UiListSource source = { ui_pane_count, list_id, list_cell, NULL, NULL, NULL };

static void
describe_traffic (const UiCall *call, UiRich *rich)
{
  g_autofree char *sent = ui_show_bytes (call->bytes_sent), *received = ui_show_bytes (call->bytes_received);
  g_autofree char *took = ui_show_duration (call->elapsed_ms), *time = ui_show_date_time (call->started_ms);
  g_autofree char *attempt = g_strdup_printf ("%u", call->attempt);

  ui_rich_pair (rich, LABEL, _ ("Began"), UI_STYLE_TEXT, time);
  ui_rich_pair (rich, LABEL, _ ("Took"), UI_STYLE_TEXT, took);
  ui_rich_pair (rich, LABEL, _ ("Attempt"), UI_STYLE_TEXT, attempt);
  ui_rich_pair (rich, LABEL, _ ("Sent"), UI_STYLE_TEXT, sent);
  ui_rich_pair (rich, LABEL, _ ("Received"), UI_STYLE_TEXT, received);
}

static void
describe (UiScreen *screen, UiRich *rich, int width G_GNUC_UNUSED)
{
  const UiCall *call = ui_pane_selected (screen);
  g_autofree char *status = NULL;

  if (call == NULL) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Select a call to see it."));
    return;
  }
  ui_rich_add (rich, UI_STYLE_STRONG, call->method);
  ui_rich_format (rich, UI_STYLE_LINK, " %s", call->url);
  ui_rich_end (rich);
  ui_rich_end (rich);
  status = call->status > 0 ? g_strdup_printf ("%u", call->status) : g_strdup (_ ("no answer"));
  ui_rich_pair (rich, LABEL, _ ("Status"), status_style (call->status), status);
  if (call->problem != NULL)
    ui_rich_pair (rich, LABEL, _ ("Problem"), UI_STYLE_FAILED, call->problem);
  describe_traffic (call, rich);
  ui_rich_pair (rich, LABEL, _ ("Persona"), UI_STYLE_TEXT, call->persona);
  ui_rich_pair (rich, LABEL, _ ("Made for"), UI_STYLE_TEXT, call->why);
  if (call->az != NULL) {
    ui_rich_heading (rich, _ ("The same by hand"));
    ui_rich_line (rich, UI_STYLE_CODE, call->az);
  }
  ui_rich_end (rich);
  ui_rich_line (rich, UI_STYLE_DIM, _ ("Bodies, tokens and signatures are never kept."));
}

static const char *
why_not_az (UiScreen *screen)
{
  const UiCall *call = ui_pane_selected (screen);

  if (call == NULL)
    return "";
  return call->az != NULL ? NULL : _ ("No single command stands for this call.");
}

static void
run_az (UiScreen *screen)
{
  const UiCall *call = ui_pane_selected (screen);

  ui_app_copy (screen->app, _ ("the command"), call->az);
}

static void
run_url (UiScreen *screen)
{
  const UiCall *call = ui_pane_selected (screen);

  ui_app_copy (screen->app, _ ("the address"), call->url);
}

static const UiAction actions[] = {
  { "calls.url", N_ ("Copy address"), N_ ("Copy the address of the call."), "u", UI_ACTION_PLAIN,
    ui_pane_why_not_row, run_url },
  { "calls.az", N_ ("Copy command"), N_ ("Copy the az command that stands for this step."), "z",
    UI_ACTION_PLAIN, why_not_az, run_az },
  UI_PANE_ACTIONS ("calls"),
  UI_ACTIONS_END,
};

/* ---- the screen ---- */

/* The newest call is looked at, unless one was asked for. */
static void
opened (UiScreen *screen, const char *object)
{
  ui_list_set_follow (UI_STATE (screen, UiPane)->list, object == NULL);
}

static gboolean
above (UiScreen *screen, UiRect line)
{
  const UiCalls *all = model (screen);
  g_autofree char *shown = ui_show_count (all->calls->len), *total = ui_show_count (all->total);

  if (all->total > all->calls->len)
    ui_draw_format (line, 0, 1, UI_STYLE_DIM, _ ("The last %s of %s calls"), shown, total);
  return all->total > all->calls->len;
}

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .list_share = 60,
  .describe = describe,
  .list_model = UI_MODEL_CALLS,
  .kept = TRUE,
  .empty = N_ ("No calls yet in this session.\n\nEvery step and every screen that looks at the other "
               "side makes some; they appear here as they happen."),
  .rows_offset = G_STRUCT_OFFSET (UiCalls, calls),
  .opened = opened,
  .above = above,
};

const UiScreenClass ui_screen_calls = {
  .id = "calls",
  .title = N_ ("Calls"),
  .explanation = N_ (
      "Every call that this program made to the other side: when, where to, what came back and how long it "
      "took. What was sent and received is never kept."),
  .key = '9',
  .watches = UI_MODEL_BIT (UI_MODEL_CALLS),
  .state_size = sizeof (Calls),
  UI_PANE_SCREEN (&spec),
  .actions = actions,
  .copy = ui_pane_screen_copy,
};
