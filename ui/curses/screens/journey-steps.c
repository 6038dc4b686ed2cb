/* SPDX-License-Identifier: MIT
 * The left pane of the journey: how far it is, and every step with its state.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"

UiStepState
journey_step_state (Journey *journey, const UiStep *step)
{
  const UiRunningStep *running = ui_session_running (journey->session);
  const char *persona = ui_session_journey (journey->session)->persona;
  return running->running && g_strcmp0 (running->step, step->id) == 0
                 && g_strcmp0 (running->persona, persona) == 0
             ? UI_STEP_RUNNING
             : step->state;
}

UiState
journey_step_mark (Journey *journey, const UiStep *step)
{
  switch (journey_step_state (journey, step)) {
  case UI_STEP_TODO:
    return UI_STATE_BLOCKED;
  case UI_STEP_READY:
    return UI_STATE_READY;
  case UI_STEP_RUNNING:
    return UI_STATE_RUNNING;
  case UI_STEP_INTERRUPTED:
    return UI_STATE_WARNING;
  case UI_STEP_CANCELLED:
    return UI_STATE_CANCELLED;
  case UI_STEP_DONE:
    return UI_STATE_DONE;
  case UI_STEP_WAITING:
    return UI_STATE_WAITING;
  case UI_STEP_FAILED:
    return UI_STATE_FAILED;
  case UI_STEP_SKIPPED:
    return UI_STATE_NOT_NEEDED;
  }
  return UI_STATE_NONE;
}

/* --- rows --- */

enum { COLUMN_MARK, COLUMN_NUMBER, COLUMN_TITLE, COLUMN_WHO };

static const UiListColumn columns[] = {
  { .title = "", .least = 1, .most = 1 },
  { .title = "", .least = 2, .most = 2, .right = TRUE },
  { .title = N_ ("Step"), .least = 28 },
  { .title = N_ ("State"), .least = 9, .most = 10, .priority = 1 },
  { .title = NULL },
};

static const UiStep *
step_at (gpointer data, guint row)
{
  const UiJourney *model = ui_session_journey (((Journey *) data)->session);
  return g_ptr_array_index (model->steps, row);
}

static guint
count (gpointer data)
{
  return ui_session_journey (((Journey *) data)->session)->steps->len;
}

static const char *
row_id (gpointer data, guint row)
{
  return step_at (data, row)->id;
}

/* Whose turn it is, in one word. */
static const char *
who (Journey *journey, const UiStep *step)
{
  if (journey_step_state (journey, step) == UI_STEP_RUNNING)
    return ui_step_state_word (UI_STEP_RUNNING);
  for (guint i = 0; step->state == UI_STEP_WAITING && i < step->waits->len; i++) {
    const UiWait *wait = g_ptr_array_index (step->waits, i);
    if (!wait->mine && wait->persona != NULL)
      return wait->persona;
  }
  if (step->state == UI_STEP_DONE || step->state == UI_STEP_TODO)
    return step->optional ? _ ("optional") : "";
  if (step->state == UI_STEP_READY && step->optional)
    return _ ("optional");
  return ui_step_state_word (step->state);
}

static void
cell (gpointer data, guint row, guint column, GString *text, UiStyle *style)
{
  Journey *journey = data;
  const UiStep *step = step_at (data, row);
  UiState mark = journey_step_mark (journey, step);
  switch (column) {
  case COLUMN_MARK:
    g_string_append (text, ui_state_glyph (mark, journey->ascii));
    *style = ui_state_style (mark);
    break;
  case COLUMN_NUMBER:
    g_string_append_printf (text, "%u", step->number);
    *style = UI_STYLE_DIM;
    break;
  case COLUMN_TITLE:
    g_string_append (text, step->title);
    if (step->state == UI_STEP_TODO || step->state == UI_STEP_SKIPPED
        || (step->optional && step->state != UI_STEP_RUNNING))
      *style = UI_STYLE_DIM;
    break;
  default:
    g_string_append (text, who (journey, step));
    *style = ui_state_style (mark);
    break;
  }
}

/* The filter also finds states and who is waited for: "waiting", "operator". */
static void
words (gpointer data, guint row, GString *text)
{
  const UiStep *step = step_at (data, row);
  g_string_append_printf (text, "%u %s %s %s %s", step->number, step->title, step->id,
                          ui_step_state_word (step->state), step->waits_text != NULL ? step->waits_text : "");
}

UiList *
journey_steps_new (Journey *journey)
{
  static const UiListSource source = { .count = count, .id = row_id, .cell = cell, .words = words };
  UiList *list = ui_list_new (columns, &source, journey);
  ui_list_set_header (list, FALSE);
  ui_list_set_empty (list, _ ("There are no steps here."));
  return list;
}

/* --- drawing --- */

/* What the marks mean, as far as there is room. */
static void
draw_legend (UiRect rect)
{
  static const struct {
    UiState mark;
    UiStepState state;
  } marks[] = {
    { UI_STATE_DONE, UI_STEP_DONE },          { UI_STATE_READY, UI_STEP_READY },
    { UI_STATE_WAITING, UI_STEP_WAITING },    { UI_STATE_BLOCKED, UI_STEP_TODO },
    { UI_STATE_RUNNING, UI_STEP_RUNNING },    { UI_STATE_FAILED, UI_STEP_FAILED },
    { UI_STATE_NOT_NEEDED, UI_STEP_SKIPPED }, { UI_STATE_CANCELLED, UI_STEP_CANCELLED },
  };
  int row = 0, column = 0;
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++) {
    const char *word = ui_step_state_word (marks[i].state);
    int cells = ui_cells_width (word) + 4;
    if (column > 0 && column + cells - 2 > rect.columns) {
      row++;
      column = 0;
    }
    if (row >= rect.rows)
      return;
    ui_draw_state (rect, row, column, marks[i].mark);
    ui_draw_text (rect, row, column + 2, UI_STYLE_DIM, word);
    column += cells;
  }
}

/* "3 of 11 done", and whose turn it is. */
static int
draw_progress (Journey *journey, UiRect rect)
{
  const UiJourney *model = ui_session_journey (journey->session);
  const char *title = model->persona_title != NULL ? model->persona_title : _ ("Journey");
  g_autofree char *words = g_strdup_printf (_ ("%u of %u done"), model->done, model->total);
  g_autofree char *figures = g_strdup_printf ("%u/%u", model->done, model->total);
  gboolean fits = ui_cells_width (title) + 1 + ui_cells_width (words) <= rect.columns;
  int used = ui_draw_text_right (rect, 0, -1, UI_STYLE_DIM, fits ? words : figures);
  ui_draw_field (rect, 0, 0, MAX (0, rect.columns - used - 1), UI_STYLE_HEADING, title);
  if (rect.rows < 12)
    return 1;
  ui_draw_progress (rect, 1, 0, rect.columns, model->done, MAX (model->total, 1));
  if (rect.rows < 20 && model->steps->len + 4 > (guint) rect.rows)
    return 2;
  if (model->complete)
    ui_draw_text (rect, 2, 0, UI_STYLE_OK, _ ("All of yours is done."));
  else if (model->failed > 0)
    ui_draw_format (rect, 2, 0, UI_STYLE_FAILED, _ ("%u failed"), model->failed);
  else if (model->next != NULL)
    ui_draw_text (rect, 2, 0, UI_STYLE_STRONG, _ ("It is your turn."));
  else if (model->waiting_for != NULL)
    ui_draw_format (rect, 2, 0, UI_STYLE_WAITING, _ ("Waits for %s."), model->waiting_for);
  return 4;
}

void
journey_steps_draw (Journey *journey, UiRect rect)
{
  const UiJourney *model = ui_session_journey (journey->session);
  UiRect inside = rect.columns > 20 ? ui_rect_inset (rect, 0, 1) : rect, rest;
  int used = draw_progress (journey, inside);
  ui_rect_top (inside, used, &rest);
  /* One empty row above the legend, and only where every step is seen. */
  int spare = rest.rows - (int) model->steps->len - 1;
  if (spare >= 2 && model->steps->len > 0) {
    UiRect legend = ui_rect_bottom (rest, MIN (spare, 4), &rest);
    draw_legend (legend);
    ui_rect_bottom (rest, 1, &rest);
  }
  journey->list_rect = rest;
  ui_list_draw (journey->list, rest, journey->focus == JOURNEY_STEPS);
}
