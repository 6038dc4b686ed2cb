/* SPDX-License-Identifier: MIT
 * Health: is everything there that the work needs; each check by itself, with what to do.
 */
#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define LABEL 15

enum { COLUMN_TITLE, COLUMN_STATE, COLUMN_TEXT, COLUMN_MS };

static const UiListColumn columns[] = {
  { N_ ("What"), 16, 26, 0, FALSE, FALSE }, { N_ ("State"), 11, 13, 0, FALSE, FALSE },
  { N_ ("Found"), 16, 0, 1, FALSE, FALSE }, { N_ ("ms"), 5, 7, 2, TRUE, FALSE },
  { NULL, 0, 0, 0, FALSE, FALSE },
};

static const UiHealth *
model (UiScreen *screen)
{
  return ui_session_health (ui_app_session (screen->app));
}

static UiState
mark_of (UiHealthState state)
{
  static const UiState marks[] = { [UI_HEALTH_OK] = UI_STATE_DONE,
                                   [UI_HEALTH_WARNING] = UI_STATE_WARNING,
                                   [UI_HEALTH_FAILED] = UI_STATE_FAILED,
                                   [UI_HEALTH_CHECKING] = UI_STATE_RUNNING,
                                   [UI_HEALTH_NONE] = UI_STATE_NOT_NEEDED };

  return marks[MIN ((guint) state, G_N_ELEMENTS (marks) - 1)];
}

static const char *
word_of (UiHealthState state)
{
  switch (state) {
  case UI_HEALTH_OK:
    return _ ("good");
  case UI_HEALTH_WARNING:
    return _ ("look at it");
  case UI_HEALTH_FAILED:
    return _ ("bad");
  case UI_HEALTH_CHECKING:
    return _ ("checking");
  case UI_HEALTH_NONE:
    break;
  }
  return _ ("not there");
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiCheck *check = ui_pane_row (data, i);
  gboolean ascii = UI_STATE ((UiScreen *) data, UiPane)->ascii;

  if (check == NULL)
    return;
  switch (column) {
  case COLUMN_TITLE:
    g_string_append (text, check->title);
    break;
  case COLUMN_STATE:
    *style = ui_state_style (mark_of (check->state));
    g_string_append_printf (text, "%s %s", ui_state_glyph (mark_of (check->state), ascii),
                            word_of (check->state));
    break;
  case COLUMN_TEXT:
    g_string_append (text, check->text);
    break;
  default:
    *style = UI_STYLE_DIM;
    if (check->elapsed_ms > 0)
      g_string_append_printf (text, "%u", check->elapsed_ms);
  }
}

static const UiListSource source = { ui_pane_count, ui_pane_id, list_cell, NULL, NULL, NULL };

static void
describe_check (const UiCheck *check, UiRich *rich)
{
  g_autofree char *time = ui_show_time (check->at_ms);
  g_autofree char *took = check->elapsed_ms > 0 ? ui_show_duration (check->elapsed_ms) : NULL;

  ui_rich_heading (rich, check->title);
  ui_rich_line (rich, ui_state_style (mark_of (check->state)), word_of (check->state));
  ui_rich_line (rich, UI_STYLE_TEXT, check->text);
  if (check->next != NULL) {
    ui_rich_heading (rich, _ ("What to do"));
    ui_rich_line (rich, UI_STYLE_STRONG, check->next);
  }
  ui_rich_end (rich);
  ui_rich_pair (rich, LABEL, _ ("Asked at"), UI_STYLE_DIM, time);
  ui_rich_pair (rich, LABEL, _ ("Took"), UI_STYLE_DIM, took);
}

static void
describe (UiScreen *screen, UiRich *rich, int width G_GNUC_UNUSED)
{
  const UiHealth *all = model (screen);
  const UiCheck *check = ui_pane_selected (screen);

  if (check != NULL)
    describe_check (check, rich);
  else
    ui_show_not_ready (rich, &all->base);
  if (all->base.read_ms == 0)
    return;
  ui_rich_heading (rich, _ ("Where things are"));
  ui_rich_pair (rich, LABEL, _ ("State folder"), UI_STYLE_LINK, all->state_dir);
  ui_rich_pair (rich, LABEL, _ ("Environment"), UI_STYLE_TEXT, all->environment);
  if (all->sandbox_applies && all->sandbox_running) {
    g_autofree char *bytes = ui_show_bytes (all->sandbox_bytes);
    g_autofree char *text = g_strdup_printf (_ ("process %" PRId64 ", %s of memory"), all->sandbox_pid,
                                             bytes);

    ui_rich_pair (rich, LABEL, _ ("Sandbox"), UI_STYLE_TEXT, text);
  }
  for (guint i = 0; i < all->endpoints->len; i++) {
    const UiPair *pair = all->endpoints->pdata[i];

    ui_rich_pair (rich, LABEL, pair->name, UI_STYLE_LINK, pair->text);
  }
}

/* ---- actions ---- */

static const char *
why_not_start (UiScreen *screen)
{
  const UiHealth *all = model (screen);

  if (!all->sandbox_applies)
    return "";
  return all->sandbox_running ? _ ("The local environment runs already.") : NULL;
}

static void
run_start (UiScreen *screen)
{
  ui_start_sandbox (ui_app_session (screen->app), ui_show_result, screen->app);
}

static const char *
why_not_stop (UiScreen *screen)
{
  const UiHealth *all = model (screen);

  if (!all->sandbox_applies)
    return "";
  return all->sandbox_running ? NULL : _ ("The local environment does not run.");
}

static void
stop_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
  ui_stop_sandbox (ui_app_session (app), ui_show_result, app);
}

static void
run_stop (UiScreen *screen)
{
  g_autoptr (UiRich) rich = ui_rich_new ();

  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("Everybody who works with this state folder is without ledger, storage and clean room until it is "
         "started again. Nothing is lost: its state stays on disk."));
  ui_app_confirm (screen->app, _ ("Stop the local environment"), rich, _ ("Stop"), stop_confirmed, NULL,
                  NULL);
}

static const UiAction actions[] = {
  { "health.start", N_ ("Start sandbox"), N_ ("Start the local environment of this state folder."), "s",
    UI_ACTION_CHANGES | UI_ACTION_MAIN | UI_ACTION_PALETTE, why_not_start, run_start },
  { "health.stop", N_ ("Stop sandbox"), N_ ("Stop the local environment; its state stays."), "x",
    UI_ACTION_CHANGES | UI_ACTION_PALETTE, why_not_stop, run_stop },
  UI_PANE_ACTIONS ("health"),
  UI_ACTIONS_END,
};

/* ---- the screen ---- */

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .list_share = 58,
  .describe = describe,
  .list_model = UI_MODEL_HEALTH,
  .empty = N_ ("There is nothing to check yet.\n\nThe first step of the journey (key 1) starts the "
               "environment."),
  .rows_offset = G_STRUCT_OFFSET (UiHealth, checks),
  .id_offset = G_STRUCT_OFFSET (UiCheck, id),
};

const UiScreenClass ui_screen_health = {
  .id = "health",
  .title = N_ ("Health"),
  .explanation = N_ (
      "Whether everything is there that the work needs: environment, ledger, application, clean room, key "
      "store, sign-in. Each check comes in by itself and says what to do when it is bad."),
  .key = '0',
  .watches = UI_MODEL_BIT (UI_MODEL_HEALTH),
  .state_size = sizeof (UiPane),
  UI_PANE_SCREEN (&spec),
  .actions = actions,
  .copy = ui_pane_screen_copy,
};
