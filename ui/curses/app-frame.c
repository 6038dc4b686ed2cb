/* SPDX-License-Identifier: MIT
 * The frame around a screen: title line, activity line, key hints, toasts (app.h).
 */
#include "ui/curses/app-private.h"
#include "ui/curses/hints.h"
#include "ui/curses/list.h"

#include "base/translate.h"

#include <string.h>

/* Parts of the title line; the last ones are dropped first. */
static void
draw_title_right (UiApp *app, UiRect line, int from)
{
  const UiOverview *overview = ui_session_overview (app->session);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  if (app->options.read_only)
    g_ptr_array_add (parts, g_strdup (_ ("read-only")));
  if (overview->holder != NULL)
    g_ptr_array_add (parts, g_strdup_printf (_ ("in use by %s"), overview->holder));
  if (overview->to_decide > 0)
    g_ptr_array_add (parts, g_strdup_printf (ngettext ("%u to decide", "%u to decide", overview->to_decide),
                                             overview->to_decide));
  for (guint i = 0; overview->persona != NULL && i < overview->personas->len; i++) {
    const UiPersona *persona = g_ptr_array_index (overview->personas, i);
    if (persona->known && persona->total > 0 && g_strcmp0 (persona->name, overview->persona) == 0)
      g_ptr_array_add (parts, g_strdup_printf (_ ("%u/%u done"), persona->done, persona->total));
  }
  if (overview->waiting_for != NULL)
    g_ptr_array_add (parts, g_strdup_printf (_ ("waiting for %s"), overview->waiting_for));
  if (overview->consortium != NULL && *overview->consortium != '\0')
    g_ptr_array_add (parts, g_strdup (overview->consortium));
  for (guint count = parts->len; count > 0; count--) {
    g_autoptr (GString) text = g_string_new (NULL);
    for (guint i = 0; i < count; i++)
      g_string_append_printf (text, "%s%s", i > 0 ? "   " : "", (char *) g_ptr_array_index (parts, i));
    if (from + 2 + ui_cells_width (text->str) + 1 <= line.columns) {
      ui_draw_text_right (line, 0, line.columns - 1, UI_STYLE_TITLE, text->str);
      return;
    }
  }
}

static void
draw_title (UiApp *app, UiRect line)
{
  const UiOverview *overview = ui_session_overview (app->session);
  UiScreen *screen = ui_app_screen (app);
  ui_draw_clear (line, UI_STYLE_TITLE);
  int at = 1;
  for (guint i = 0; overview->persona != NULL && i < overview->personas->len; i++) {
    const UiPersona *persona = g_ptr_array_index (overview->personas, i);
    if (g_strcmp0 (persona->name, overview->persona) == 0)
      at += ui_draw_format (line, 0, at, ui_style_persona (persona->index), "[%s]", persona->marker) + 1;
  }
  at += ui_draw_text (line, 0, at, UI_STYLE_TITLE,
                      overview->persona != NULL ? overview->persona : _ ("Confidential clean rooms"));
  if (screen != NULL) {
    g_autofree char *subject = screen->class->subject != NULL ? screen->class->subject (screen) : NULL;
    g_autofree char *where = subject != NULL
                                 ? g_strdup_printf ("%s > %s", cr_translate (screen->class->title), subject)
                                 : g_strdup (cr_translate (screen->class->title));
    g_autofree char *shown = ui_cells_cut (where, MAX (line.columns / 3, 16), ui_rect_ascii (line));
    at += 2 + ui_draw_text (line, 0, at + 2, UI_STYLE_TITLE, shown);
  }
  if (overview->scenario != NULL && line.columns - at > 24) {
    at += 2 + ui_draw_text (line, 0, at + 2, UI_STYLE_TITLE_DIM, overview->scenario);
    if (overview->environment != NULL && strcmp (overview->environment, "none") != 0
        && line.columns - at > 16)
      at += 2
            + ui_draw_format (line, 0, at + 2, UI_STYLE_TITLE_DIM, "%s%s", overview->environment,
                              overview->local ? "*" : "");
  }
  draw_title_right (app, line, at);
}

/* Draw a hint if it fits before LIMIT; gives the cells used. */
static int
draw_hint (UiApp *app, UiRect line, int at, int limit, const UiAction *action, const char *reason)
{
  g_autofree char *key = ui_action_key_text (app, action);
  if (*key == '\0')
    return 0;
  const char *title = cr_translate (action->title);
  int width = ui_cells_width (key) + 1 + ui_cells_width (title);
  if (at + width > limit)
    return 0;
  UiHint hint = { line.row, line.column + at, line.column + at + width, action };
  g_array_append_val (app->hints, hint);
  int used = ui_draw_text (line, 0, at, reason != NULL ? UI_STYLE_DIM : UI_STYLE_KEY, key) + 1;
  ui_draw_text (line, 0, at + used, reason != NULL ? UI_STYLE_DIM : UI_STYLE_HINT, title);
  return width + 2;
}

/* What was done, and the key that takes it back: the key stays when there is little room. */
static void
draw_undoable (UiApp *app, UiRect line, int at)
{
  const UiAction *undo = ui_action_find (app, "app.undo");
  g_autofree char *key = ui_action_key_text (app, undo);
  int width = ui_cells_width (key) + 1 + ui_cells_width (cr_translate (undo->title));
  int room = MAX (line.columns - at - width - 4, 0);
  g_autofree char *what = ui_cells_cut (ui_undo_last (app->undo), room, ui_rect_ascii (line));
  at += ui_draw_text (line, 0, at, UI_STYLE_DIM, what) + 3;
  guint count = app->hints->len;
  draw_hint (app, line, at, line.columns, undo, NULL);
  if (app->hints->len > count) /* the hints of the last line are made anew in a moment */
    app->undo_hint = g_array_index (app->hints, UiHint, count);
  g_array_set_size (app->hints, count);
}

/* Whom what is shown waits for, how long already, and the key that ends it. FALSE when nothing is waited for,
 * or not for long enough to be said. */
static gboolean
draw_wait (UiApp *app, UiRect line, int at)
{
  gint64 since_ms = 0;
  const char *whom = ui_session_waits_for (app->session, &since_ms);
  if (whom == NULL)
    return FALSE;
  gint64 ms = g_get_real_time () / 1000 - since_ms;
  if (ms < UI_APP_WAIT_MS) {
    ui_draw_again_in (line, (int) (UI_APP_WAIT_MS - MAX (ms, 0)) + 1);
    return FALSE;
  }
  g_autofree char *key = ui_app_action_key (app, "app.interrupt");
  ui_draw_spinner (line, 0, at, UI_STYLE_WAITING);
  ui_draw_format (line, 0, at + 2, UI_STYLE_WAITING, _ ("%s has not answered for %d.%d s; %s stops it"), whom,
                  (int) (ms / 1000), (int) (ms % 1000 / 100), key);
  return TRUE;
}

static void
draw_activity (UiApp *app, UiRect line)
{
  const UiOverview *overview = ui_session_overview (app->session);
  int at = 1;
  app->undo_hint.action = NULL;
  if (overview->jobs == 0 && draw_wait (app, line, at))
    return;
  if (overview->jobs > 0 && overview->job_text != NULL) {
    gint64 seconds = (g_get_real_time () / 1000 - ui_session_busy_since (app->session)) / 1000;
    ui_draw_spinner (line, 0, at, UI_STYLE_RUNNING);
    at += 2 + ui_draw_text (line, 0, at + 2, UI_STYLE_RUNNING, overview->job_text) + 2;
    if (seconds >= 1)
      at += ui_draw_format (line, 0, at - 1, UI_STYLE_RUNNING, _ ("(%d s)"), (int) seconds) + 1;
    if (overview->jobs > 1)
      at += ui_draw_format (line, 0, at, UI_STYLE_DIM, _ ("and %u more"), overview->jobs - 1) + 2;
  }
  if (app->activity_undo && ui_undo_last (app->undo) != NULL) {
    draw_undoable (app, line, at);
    return;
  }
  const char *text = app->activity != NULL ? app->activity : overview->call_text;
  if (at < line.columns - 10)
    ui_draw_text (line, 0, at, UI_STYLE_DIM, text);
}

/* Another action with the key of ACTION is among the hints already. */
static gboolean
is_shown (UiApp *app, const UiAction *action)
{
  g_autofree char *key = ui_action_key_text (app, action);
  for (guint i = 0; i < app->hints->len; i++) {
    g_autofree char *other = ui_action_key_text (app, g_array_index (app->hints, UiHint, i).action);
    if (strcmp (other, key) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Hints of TABLE that have (or do not have) the flags MAIN, and can (or cannot) be done. Keys that are shared
 * by several actions are shown once. */
static int
draw_hints_of (UiApp *app, UiRect line, int at, int limit, const UiAction *table, gboolean want_main,
               gboolean possible)
{
  for (const UiAction *action = table; action != NULL && action->id != NULL; action++) {
    if ((action->flags & UI_ACTION_HIDDEN) || ((action->flags & UI_ACTION_MAIN) != 0) != want_main)
      continue;
    const char *reason = ui_action_why_not (app, action);
    if ((reason == NULL) != possible || (reason != NULL && *reason == '\0'))
      continue;
    if (!is_shown (app, action))
      at += draw_hint (app, line, at, limit, action, reason);
  }
  return at;
}

/* "0-9 Screens": a click opens the list of them. Gives the cells used. */
static int
draw_screens_hint (UiApp *app, UiRect line, int at, int limit)
{
  static const char keys[] = "0-9";
  const char *word = _ ("Screens");
  int width = (int) strlen (keys) + 1 + ui_cells_width (word);
  if (at + width > limit)
    return 0;
  UiHint hint = { line.row, line.column + at, line.column + at + width, ui_action_find (app, "app.palette") };
  g_array_append_val (app->hints, hint);
  ui_draw_text (line, 0, at, UI_STYLE_KEY, keys);
  ui_draw_text (line, 0, at + (int) strlen (keys) + 1, UI_STYLE_HINT, word);
  return width + 2;
}

/* Letters belong to a field: only other keys do something. */
static void
draw_typing_hints (UiApp *app, UiRect line)
{
  UiScreen *screen = ui_app_screen (app);
  const UiAction *help = ui_action_find (app, "app.help-page");
  const char *title = cr_translate (ui_action_find (app, "app.help")->title);
  g_autofree char *key = ui_action_key_text (app, help);
  g_autoptr (GString) hints = g_string_new (NULL);
  if (screen->class->hints != NULL)
    screen->class->hints (screen, hints);
  else
    ui_list_hints (hints);
  int width = ui_cells_width (key) + 1 + ui_cells_width (title);
  UiRect rest, right = ui_rect_right (line, width + 1, &rest);
  ui_hints_draw (rest, hints->str);
  UiHint hint = { line.row, right.column, right.column + width, help };
  g_array_append_val (app->hints, hint);
  ui_draw_text (right, 0, 0, UI_STYLE_KEY, key);
  ui_draw_text (right, 0, ui_cells_width (key) + 1, UI_STYLE_HINT, title);
}

static void
draw_hints (UiApp *app, UiRect line)
{
  UiScreen *screen = ui_app_screen (app);
  const UiAction *help = ui_action_find (app, "app.help"),
                 *own = screen != NULL ? screen->class->actions : NULL;
  g_array_set_size (app->hints, 0);
  if (screen != NULL && screen->class->typing != NULL && screen->class->typing (screen)) {
    draw_typing_hints (app, line);
    return;
  }
  /* The way to help is the last one to go. */
  g_autofree char *help_key = ui_action_key_text (app, help);
  int help_width = ui_cells_width (help_key) + 1 + ui_cells_width (cr_translate (help->title));
  int limit = MAX (line.columns - help_width - 3, 0);
  int at = draw_hints_of (app, line, 1, limit, own, TRUE, TRUE);
  at = draw_hints_of (app, line, at, limit, own, FALSE, TRUE);
  at = draw_hints_of (app, line, at, limit, own, TRUE, FALSE);
  const UiAction *back = ui_action_find (app, "app.back");
  if (app->stack->len > 1 && !is_shown (app, back))
    at += draw_hint (app, line, at, limit, back, NULL);
  at += draw_hint (app, line, at, limit, ui_action_find (app, "app.palette"), NULL);
  at += draw_hint (app, line, at, limit, ui_action_find (app, "app.quit"), NULL);
  at += draw_screens_hint (app, line, at, limit);
  draw_hints_of (app, line, at, limit, own, FALSE, FALSE);
  draw_hint (app, line, MAX (line.columns - help_width - 1, 0), line.columns, help, NULL);
}

/* While something lies over the screen, the keys of the screen do nothing. */
static void
draw_overlay_hints (UiApp *app, UiRect line)
{
  const UiOverlay *overlay = g_ptr_array_index (app->overlays, app->overlays->len - 1);
  g_autoptr (GString) hints = g_string_new (NULL);
  g_array_set_size (app->hints, 0);
  if (overlay->dialog != NULL)
    ui_dialog_hints (overlay->dialog, hints);
  else if (overlay->menu != NULL)
    ui_menu_hints (overlay->menu, hints);
  else
    ui_picker_hints (overlay->picker, hints);
  ui_hints_draw (line, hints->str);
}

static void
draw_toast (UiApp *app, UiRect body)
{
  gint64 left = app->toast_until_us - g_get_monotonic_time ();
  if (app->toast == NULL || left <= 0) {
    g_clear_pointer (&app->toast, g_free);
    return;
  }
  ui_draw_again_in (body, (int) (left / 1000) + 1);
  int room = MIN (body.columns - 4, 70);
  int lines = ui_cells_wrap (app->toast, room - 4, NULL, NULL);
  int width = lines > 1 ? room : MIN (ui_cells_width (app->toast) + 4, room);
  UiRect box = ui_rect_sub (body, body.rows - lines - 1, body.columns - width - 2, lines, width);
  ui_draw_cover (body);
  ui_draw_clear (box, UI_STYLE_TOAST);
  ui_draw_text (box, 0, 1, UI_STYLE_TOAST, ui_state_glyph (app->toast_state, ui_rect_ascii (box)));
  ui_draw_paragraph (ui_rect_sub (box, 0, 3, -1, width - 4), 0, UI_STYLE_TOAST, app->toast);
}

static void
draw_too_small (UiRect whole)
{
  g_autofree char *text =
      g_strdup_printf (_ ("The window is too small: %d x %d, it takes %d x %d. q leaves."), whole.columns,
                       whole.rows, UI_APP_LEAST_COLUMNS, UI_APP_LEAST_ROWS);
  ui_draw_paragraph (whole, 0, UI_STYLE_TEXT, text);
}

void
ui_app_draw (UiRect whole, gpointer data)
{
  UiApp *app = data;
  g_ptr_array_set_size (app->closing, 0);
  UiScreen *screen = ui_app_screen (app);
  if (whole.rows < UI_APP_LEAST_ROWS || whole.columns < UI_APP_LEAST_COLUMNS) {
    draw_too_small (whole);
    return;
  }
  UiRect body;
  UiRect title = ui_rect_top (whole, 1, &body);
  UiRect hints = ui_rect_bottom (body, 1, &body);
  UiRect activity = ui_rect_bottom (body, 1, &body);
  app->body = body;
  draw_title (app, title);
  if (screen != NULL && screen->class->draw != NULL)
    screen->class->draw (screen, body);
  draw_activity (app, activity);
  gboolean settling = screen != NULL && screen->class->settling != NULL && screen->class->settling (screen);
  if (app->overlays->len > 0) {
    ui_draw_cover (whole);
  } else if (!settling || !ui_draw_keep (hints)) {
    draw_hints (app, hints);
  }
  ui_canvas_finish (whole.canvas); /* popups of widgets are below dialogs */
  for (guint i = 0; i < app->overlays->len; i++)
    ui_overlay_draw (g_ptr_array_index (app->overlays, i), whole);
  if (app->overlays->len > 0)
    draw_overlay_hints (app, hints); /* of what is scrolled is known once it is drawn */
  draw_toast (app, body);
}
