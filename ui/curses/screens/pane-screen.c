/* SPDX-License-Identifier: MIT
 * What all screens share that are a list and the detail of its selected row, see pane.h.
 */
#include "ui/curses/screens/pane.h"

#include "ui/curses/app.h"
#include "ui/curses/screens/show.h"

#include "base/translate.h"

#include <string.h>

static const UiPaneSpec *
spec_of (UiScreen *screen)
{
  return screen->class->particular;
}

UiSession *
ui_pane_session (UiScreen *screen)
{
  return ui_app_session (screen->app);
}

/* Tell the session which row is looked at. */
static void
follow_selection (UiScreen *screen)
{
  UiPane *pane = UI_STATE (screen, UiPane);
  UiModelKind model = spec_of (screen)->one_model;
  UiSession *session = ui_pane_session (screen);
  const char *id = pane->visible ? ui_list_selected_id (pane->list) : NULL;

  if (model == 0 || g_strcmp0 (id, pane->whole) == 0)
    return;
  if (id != NULL)
    ui_session_show (session, model, id);
  if (pane->whole != NULL)
    ui_session_hide (session, model);
  g_free (pane->whole);
  pane->whole = g_strdup (id);
  ui_pane_restart (pane);
}

void
ui_pane_want (UiPane *pane, const char *object)
{
  ui_list_select_id (pane->list, object);
  g_free (pane->wanted);
  pane->wanted = g_strdup (object);
}

UiList *
ui_pane_screen_list (UiScreen *screen)
{
  return UI_STATE (screen, UiPane)->list;
}

char *
ui_pane_screen_detail (UiScreen *screen)
{
  UiRich *rich = ui_text_rich (UI_STATE (screen, UiPane)->detail);

  return rich != NULL ? ui_rich_text (rich) : NULL;
}

/* OBJECT is selected as soon as it is there, and its detail shown. */
void
ui_pane_screen_open (UiScreen *screen, const char *object)
{
  const UiPaneSpec *spec = spec_of (screen);
  UiPane *pane = UI_STATE (screen, UiPane);

  ui_pane_init (pane, screen, spec->columns, spec->source, spec->describe);
  pane->list_share = spec->list_share;
  if (object != NULL && !spec->own_object) {
    ui_pane_want (pane, object);
    pane->open = TRUE;
  }
  if (spec->opened != NULL)
    spec->opened (screen, object);
}

void
ui_pane_screen_close (UiScreen *screen)
{
  if (spec_of (screen)->closed != NULL)
    spec_of (screen)->closed (screen);
  ui_pane_clear (UI_STATE (screen, UiPane));
}

void
ui_pane_screen_shown (UiScreen *screen, gboolean shown)
{
  const UiPaneSpec *spec = spec_of (screen);

  UI_STATE (screen, UiPane)->visible = shown;
  if (shown && !spec->kept)
    ui_session_show (ui_pane_session (screen), spec->list_model, NULL);
  else if (!spec->kept)
    ui_session_hide (ui_pane_session (screen), spec->list_model);
  follow_selection (screen);
}

void
ui_pane_screen_update (UiScreen *screen, guint changed G_GNUC_UNUSED)
{
  const UiPaneSpec *spec = spec_of (screen);
  UiPane *pane = UI_STATE (screen, UiPane);
  g_autofree char *said = spec->say_empty != NULL ? spec->say_empty (screen) : NULL;
  const char *empty = said != NULL || spec->empty == NULL ? said : cr_translate (spec->empty);

  if (spec->updated != NULL)
    spec->updated (screen);
  if (spec->kept)
    ui_list_set_empty (pane->list, empty);
  else
    ui_show_list_status (pane->list, ui_session_value (ui_pane_session (screen), spec->list_model), empty);
  ui_pane_refresh (pane);
  follow_selection (screen);
}

void
ui_pane_screen_draw (UiScreen *screen, UiRect rect)
{
  const UiPaneSpec *spec = spec_of (screen);
  UiPane *pane = UI_STATE (screen, UiPane);
  gboolean covered = pane->open && rect.columns < UI_PANE_WIDE;
  UiRect rest;
  UiRect line = ui_rect_top (rect, 1, &rest);

  if (spec->above != NULL && rect.rows > 6 && !covered && spec->above (screen, line))
    rect = rest;
  ui_pane_draw (pane, rect);
}

gboolean
ui_pane_screen_event (UiScreen *screen, const UiEvent *event)
{
  UiPane *pane = UI_STATE (screen, UiPane);
  UiPaneResult result = ui_pane_event (pane, event);

  if (result == UI_PANE_MOVED || result == UI_PANE_OPENED) {
    g_clear_pointer (&pane->wanted, g_free);
    ui_pane_restart (pane);
    follow_selection (screen);
  }
  return result != UI_PANE_IGNORED;
}

gboolean
ui_pane_screen_typing (UiScreen *screen)
{
  return ui_pane_typing (UI_STATE (screen, UiPane));
}

void
ui_pane_screen_hints (UiScreen *screen, GString *hints)
{
  if (UI_STATE (screen, UiPane)->open)
    ui_text_hints (hints);
  else
    ui_list_hints (hints);
}

char *
ui_pane_screen_copy (UiScreen *screen)
{
  return ui_pane_copy (UI_STATE (screen, UiPane));
}

char *
ui_pane_screen_subject (UiScreen *screen)
{
  return g_strdup (ui_pane_selected_id (screen));
}

/* Whose row was selected: nothing is opened by coming back to it. A list that follows its end goes on
 * following. */
char *
ui_pane_screen_remember (UiScreen *screen)
{
  UiPane *pane = UI_STATE (screen, UiPane);
  const char *persona = ui_session_persona (ui_pane_session (screen));
  const char *id = ui_list_follows (pane->list) ? NULL : ui_list_selected_id (pane->list);

  return id != NULL ? g_strdup_printf ("%s\n%s", persona != NULL ? persona : "", id) : NULL;
}

void
ui_pane_screen_recall (UiScreen *screen, const char *place)
{
  UiPane *pane = UI_STATE (screen, UiPane);
  const char *persona = ui_session_persona (ui_pane_session (screen));
  const char *id = strchr (place, '\n');

  if (id != NULL && !ui_list_follows (pane->list) && persona != NULL && g_str_has_prefix (place, persona))
    ui_list_select_id (pane->list, id + 1);
}

/* ---- rows that are records of an array ---- */

static GPtrArray *
rows_of (UiScreen *screen)
{
  const UiPaneSpec *spec = spec_of (screen);

  const char *model = ui_session_value (ui_pane_session (screen), spec->list_model);

  return *(GPtrArray *const *) (gconstpointer) (model + spec->rows_offset);
}

gconstpointer
ui_pane_row (UiScreen *screen, guint i)
{
  GPtrArray *rows = rows_of (screen);

  return i < rows->len ? rows->pdata[i] : NULL;
}

guint
ui_pane_count (gpointer screen)
{
  return rows_of (screen)->len;
}

const char *
ui_pane_id (gpointer screen, guint i)
{
  const char *row = ui_pane_row (screen, i);

  return row != NULL ? *(const char *const *) (gconstpointer) (row + spec_of (screen)->id_offset) : "";
}

gconstpointer
ui_pane_selected (UiScreen *screen)
{
  int row = ui_list_selected (UI_STATE (screen, UiPane)->list);

  return row >= 0 ? ui_pane_row (screen, (guint) row) : NULL;
}

const char *
ui_pane_selected_id (UiScreen *screen)
{
  return ui_list_selected_id (UI_STATE (screen, UiPane)->list);
}

gboolean
ui_pane_has_read (UiScreen *screen, const UiValue *value, const char *id)
{
  const char *selected = ui_pane_selected_id (screen);

  return selected != NULL && value->read_ms != 0 && id != NULL && strcmp (id, selected) == 0;
}

/* ---- actions of such a screen ---- */

const char *
ui_pane_why_not_row (UiScreen *screen)
{
  return ui_pane_selected_id (screen) == NULL ? "" : NULL;
}

const char *
ui_pane_why_not_open (UiScreen *screen)
{
  UiPane *pane = UI_STATE (screen, UiPane);

  return pane->open || ui_list_selected (pane->list) < 0 ? "" : NULL;
}

const char *
ui_pane_why_not_list (UiScreen *screen)
{
  return UI_STATE (screen, UiPane)->open ? NULL : "";
}

const char *
ui_pane_why_not_side (UiScreen *screen)
{
  return UI_STATE (screen, UiPane)->wide ? NULL : "";
}

static void
run_key (UiScreen *screen, UiKeyCode key)
{
  UiEvent event = { .kind = UI_EVENT_KEY, .key = key };

  screen->class->event (screen, &event);
  ui_app_redraw (screen->app);
}

void
ui_pane_run_open (UiScreen *screen)
{
  run_key (screen, UI_KEY_ENTER);
}

void
ui_pane_run_list (UiScreen *screen)
{
  run_key (screen, UI_KEY_ESC);
}

void
ui_pane_run_side (UiScreen *screen)
{
  run_key (screen, UI_KEY_TAB);
}

/* Another row while the detail stays open. */
static void
run_move (UiScreen *screen, UiKeyCode key)
{
  UiPane *pane = UI_STATE (screen, UiPane);

  pane->open = FALSE;
  run_key (screen, key);
  pane->open = TRUE;
}

void
ui_pane_run_next (UiScreen *screen)
{
  run_move (screen, UI_KEY_DOWN);
}

void
ui_pane_run_previous (UiScreen *screen)
{
  run_move (screen, UI_KEY_UP);
}
