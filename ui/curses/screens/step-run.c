/* SPDX-License-Identifier: MIT
 * A step that runs: phase, bar, rate and time left, what happened so far; and how it ends.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/text.h"
#include "base/translate.h"

#include <string.h>

/* The last lines that fit, oldest first. Gives the rows used. */
static int
draw_lines (UiRect rect, GPtrArray *lines, UiStyle style)
{
  guint shown = MIN (lines->len, (guint) MAX (rect.rows, 0));
  for (guint i = 0; i < shown; i++)
    ui_draw_text (rect, (int) i, 0, style, g_ptr_array_index (lines, lines->len - shown + i));
  return (int) shown;
}

/* How much, how fast, how long still; the last of them in a line of its own where all do not fit. */
static void
draw_figures (UiRect rect, char *figures)
{
  char *last = cr_text_width (figures) > rect.columns - 2 ? g_strrstr (figures, "   ") : NULL;
  if (last != NULL) {
    ui_draw_text (rect, 4, 2, UI_STYLE_TEXT, last + strspn (last, " "));
    *last = '\0';
  }
  ui_draw_text (rect, 3, 2, UI_STYLE_TEXT, figures);
}

void
journey_run_draw (Journey *journey, UiRect rect)
{
  const UiRunningStep *running = ui_session_running (journey->session);
  gint64 elapsed = MAX (g_get_real_time () / 1000 - running->started_ms, 0);
  g_autofree char *since = ui_show_minutes (elapsed), *figures = ui_show_figures (running);
  if (!running->held)
    ui_draw_spinner (rect, 0, 0, UI_STYLE_RUNNING);
  ui_draw_text (rect, 0, 2, running->held ? UI_STYLE_WAITING : UI_STYLE_RUNNING,
                running->cancelling ? _ ("Being cancelled")
                : running->held     ? _ ("Held")
                                    : _ ("Running"));
  if (elapsed >= 1000)
    ui_draw_text_right (rect, 0, -1, UI_STYLE_DIM, since);
  if (running->phase != NULL && *running->phase != '\0')
    ui_draw_text (rect, 1, 2, UI_STYLE_STRONG, running->phase);
  ui_draw_progress (rect, 2, 2, MIN (rect.columns - 2, 60), running->done, running->total);
  draw_figures (rect, figures);
  ui_draw_again_in (rect, 1000);
  UiRect rest = ui_rect_sub (rect, 5, 0, -1, -1);
  int used = draw_lines (ui_rect_sub (rest, 0, 2, MAX (rest.rows / 2, 1), -1), running->lines, UI_STYLE_TEXT);
  rest = ui_rect_sub (rest, used > 0 ? used + 1 : 0, 0, -1, -1);
  if (rest.rows < 2 || running->calls->len == 0)
    return;
  g_autofree char *heading = g_strdup_printf (_ ("Calls so far: %u"), running->call_count);
  ui_draw_heading (rest, 0, heading);
  draw_lines (ui_rect_sub (rest, 1, 0, -1, -1), running->calls, UI_STYLE_DIM);
}

void
journey_ran (UiSession *session, const UiResult *result, gpointer data)
{
  UiApp *app = data;
  UiScreen *screen = ui_app_screen (app);
  gboolean here = screen != NULL && screen->class == &ui_screen_journey;
  if (result->cancelled)
    ui_app_toast (app, UI_STATE_CANCELLED, "%s",
                  _ ("Cancelled. What was done is kept; run it again to go on."));
  else if (result->state == UI_STEP_WAITING) {
    /* No failure: somebody else has to act. The step itself says so where it is seen. */
    if (!here)
      ui_app_toast (app, UI_STATE_WAITING, "%s", result->text);
  } else if (result->ok && !here)
    ui_app_toast (app, UI_STATE_DONE, "%s", result->text);
  /* Where the step is seen it says itself why; but not when another step was running and it was not even
   * tried. */
  else if (!result->ok && (!here || ui_session_running (session)->running))
    ui_app_toast (app, UI_STATE_FAILED, "%s", result->text);
}
