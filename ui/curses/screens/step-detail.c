/* SPDX-License-Identifier: MIT
 * The right pane of the journey: title and purpose, then what the state of the step asks for (its form, its
 * progress, what came of it), then the buttons. On wide screens calls and command have a pane of their own.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"

/* From this height on there are empty rows between the parts. */
#define AIRY 14

static void
draw_header (Journey *journey, UiRect rect, const UiStep *step)
{
  UiState mark = journey_step_mark (journey, step);
  const char *word = ui_step_state_word (journey_step_state (journey, step));
  if (step->state == UI_STEP_WAITING && step->automatic)
    word = _ ("goes on by itself");
  int used = ui_draw_text_right (rect, 0, -1, ui_state_style (mark), word);
  ui_draw_state (rect, 0, rect.columns - used - 2, mark);
  int column = ui_draw_format (rect, 0, 0, UI_STYLE_DIM, "%u ", step->number) + 1;
  UiRect title = ui_rect_sub (rect, 0, column, 1, rect.columns - used - 3 - column);
  ui_draw_text (title, 0, 0, UI_STYLE_HEADING, step->title);
}

/* One button; gives the column behind it. */
static int
draw_button (Journey *journey, UiRect rect, int column, gboolean main, const char *action, const char *text)
{
  if (journey->button_count == JOURNEY_BUTTONS || column + 8 > rect.columns)
    return column;
  g_autofree char *key = ui_app_action_key (journey->screen->app, action);
  g_autofree char *label = g_strdup_printf ("%s  %s", key, text);
  /* A second button is there as a whole or not at all; its key is in the hints as well. */
  if (!main && column + ui_cells_width (label) + 4 > rect.columns)
    return column;
  g_autofree char *cut = ui_cells_cut (label, rect.columns - column - 4, journey->ascii);
  int cells = ui_draw_button (rect, 0, column, main, cut);
  journey->buttons[journey->button_count].rect = ui_rect_sub (rect, 0, column, 1, cells);
  journey->buttons[journey->button_count].action = action;
  journey->button_count++;
  return column + cells + 1;
}

/* What can be done with the step as buttons: the recommended thing first. */
static void
draw_buttons (Journey *journey, UiRect rect)
{
  JourneyMove move = journey_move (journey);
  const char *action = journey_move_action (journey, move);
  const UiStep *step = journey_selected (journey);
  int column = 0;
  if (journey->focus == JOURNEY_FORM && journey->form != NULL)
    return; /* the form has a button of its own */
  if (action != NULL && move != JOURNEY_MOVE_OPEN) {
    g_autofree char *text = journey_move_text (journey, move);
    column = draw_button (journey, rect, column, TRUE, action, text);
  }
  if (move == JOURNEY_MOVE_DECIDE) {
    column = draw_button (journey, rect, column, FALSE, "journey.reject", _ ("Reject"));
    draw_button (journey, rect, column, FALSE, "journey.document", _ ("Document"));
  } else if (step != NULL && step->state == UI_STEP_FAILED) {
    if (move != JOURNEY_MOVE_RETRY)
      column = draw_button (journey, rect, column, FALSE, "journey.retry-too", _ ("Try again"));
    if (move != JOURNEY_MOVE_CALL && journey_detail (journey) != NULL
        && journey_detail (journey)->remedy_call > 0)
      draw_button (journey, rect, column, FALSE, "journey.failed-call", _ ("Show the call"));
  } else if (journey_runs (journey)) {
    draw_button (journey, rect, column, FALSE, "journey.cancel", _ ("Cancel"));
  } else if (step != NULL && step->state == UI_STEP_WAITING && move != JOURNEY_MOVE_PARTY) {
    draw_button (journey, rect, column, FALSE, "journey.view", _ ("Their view"));
  }
}

/* RICH in the text view, which scrolls when it has to. */
static void
draw_text (Journey *journey, UiRect rect, UiRich *rich)
{
  journey->text_rect = rect;
  ui_text_set (journey->text, rich);
  ui_text_draw (journey->text, rect, journey->focus == JOURNEY_TEXT);
}

/* Purpose, state, form, and the rest of the words below as far as there is room. */
static void
draw_with_form (Journey *journey, UiRect rect, const UiStep *step, const UiStepDetail *detail)
{
  g_autoptr (UiRich) state = ui_rich_new (), about = ui_rich_new ();
  int wanted = ui_form_rows (journey->form, rect.columns);
  journey_words_state (journey, state, step, detail);
  int lines = ui_rich_lines (state, rect.columns);
  /* The form keeps at least half of the room, and all that it wants while it is typed into. */
  int most = MAX (rect.rows - wanted - 1, journey->focus == JOURNEY_FORM ? 0 : rect.rows / 2);
  if (lines > 0 && most > 0) {
    UiRect top = ui_rect_top (rect, MIN (lines, most), &rect);
    ui_draw_rich (top, 0, state, 0);
    ui_rect_top (rect, 1, &rect);
  }
  journey->form_rect = ui_rect_top (rect, MIN (wanted, rect.rows), &rect);
  ui_form_draw (journey->form, journey->form_rect, journey->focus == JOURNEY_FORM);
  ui_rect_top (rect, 1, &rect);
  journey_words_about (journey, about, step, detail);
  draw_text (journey, rect, about);
}

static void
draw_words (Journey *journey, UiRect rect, const UiStep *step, const UiStepDetail *detail)
{
  g_autoptr (UiRich) rich = ui_rich_new ();
  journey_words_state (journey, rich, step, detail);
  if (journey_is_decision (detail) && step->state != UI_STEP_TODO && step->state != UI_STEP_WAITING)
    journey_decision_words (journey, rich, detail, rect.columns - 1);
  else
    journey_words_about (journey, rich, step, detail);
  draw_text (journey, rect, rich);
}

/* It has not been read yet, or could not be. */
static void
draw_not_ready (Journey *journey, UiRect rect)
{
  const UiStepDetail *detail = ui_session_step (journey->session);
  g_autoptr (UiRich) rich = ui_rich_new ();
  if (detail->base.status != UI_MODEL_FAILED)
    return;
  ui_show_not_ready (rich, &detail->base);
  draw_text (journey, rect, rich);
}

/* Why it went wrong is read first, and as a whole; a key goes to the answers. */
static gboolean
went_wrong (Journey *journey, const UiStep *step)
{
  return step->state == UI_STEP_FAILED || journey_refusal (journey) != NULL;
}

void
journey_detail_draw (Journey *journey, UiRect rect)
{
  UiRect inside = rect.columns > 30 ? ui_rect_inset (rect, 0, 1) : rect;
  const UiStep *step = journey_selected (journey);
  const UiStepDetail *detail = journey_detail (journey);
  gboolean airy = inside.rows >= AIRY;
  if (step == NULL)
    return;
  draw_header (journey, ui_rect_top (inside, 1, &inside), step);
  ui_rect_top (inside, airy ? 1 : 0, &inside);
  /* The purpose is cut to two lines where the form would otherwise have no room. */
  if (detail != NULL && inside.rows > 6) {
    int rows = ui_cells_wrap (detail->purpose, inside.columns, NULL, NULL);
    if (!airy)
      rows = MIN (rows, 2);
    ui_draw_paragraph (ui_rect_top (inside, rows, &inside), 0, UI_STYLE_TEXT, detail->purpose);
    ui_rect_top (inside, airy ? 1 : 0, &inside);
  }
  draw_buttons (journey, ui_rect_bottom (inside, 1, &inside));
  ui_rect_bottom (inside, airy ? 1 : 0, &inside);
  if (journey_runs (journey))
    journey_run_draw (journey, inside);
  else if (detail == NULL || detail->base.status == UI_MODEL_FAILED)
    draw_not_ready (journey, inside);
  else if (journey->form != NULL && (journey->focus == JOURNEY_FORM || !went_wrong (journey, step)))
    draw_with_form (journey, inside, step, detail);
  else
    draw_words (journey, inside, step, detail);
}

void
journey_side_draw (Journey *journey, UiRect rect)
{
  UiRect inside = ui_rect_inset (rect, 0, 1);
  const UiStepDetail *detail = journey_detail (journey);
  g_autoptr (UiRich) rich = ui_rich_new ();
  journey->side_rect = rect;
  if (detail == NULL)
    return;
  if (journey_runs (journey)) {
    const UiRunningStep *running = ui_session_running (journey->session);
    ui_rich_heading (rich, _ ("Calls so far"));
    for (guint i = running->calls->len; i > 0; i--) {
      ui_rich_add (rich, UI_STYLE_CODE, g_ptr_array_index (running->calls, i - 1));
      ui_rich_hang (rich, 2);
      ui_rich_end (rich);
    }
  } else {
    ui_rich_heading (rich, _ ("Calls"));
    journey_words_calls (rich, detail);
    if (detail->az != NULL) {
      ui_rich_heading (rich, _ ("The same by hand"));
      journey_words_command (rich, detail);
    }
  }
  ui_text_set (journey->side, rich);
  ui_text_draw (journey->side, inside, FALSE);
}
