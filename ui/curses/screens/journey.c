/* SPDX-License-Identifier: MIT
 * The journey: the whole way of a persona at the left, the selected step at the right.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"
#include <string.h>

/* Below this width only one of the two panes is seen. */
#define LEAST_TWO_PANES 60
/* Room right of the steps from which on calls and command get a pane of their own. */
#define LEAST_SIDE 80
#define SIDE_COLUMNS 34
/* So long the panes of the former step stay while the next one is read: they change once, not twice. */
#define SETTLE_MS 150

const UiStep *
journey_selected (Journey *journey)
{
  const char *id = ui_list_selected_id (journey->list);
  return id != NULL ? ui_journey_step (ui_session_journey (journey->session), id) : NULL;
}

const UiStepDetail *
journey_detail (Journey *journey)
{
  const UiStepDetail *detail = ui_session_step (journey->session);
  if (detail->step == NULL || g_strcmp0 (detail->step->id, journey->shown) != 0)
    return NULL;
  return detail;
}

gboolean
journey_runs (Journey *journey)
{
  const UiRunningStep *running = ui_session_running (journey->session);
  const char *persona = ui_session_journey (journey->session)->persona;
  return running->running && g_strcmp0 (running->step, journey->shown) == 0
         && g_strcmp0 (running->persona, persona) == 0;
}

const UiRunningStep *
journey_refusal (Journey *journey)
{
  const UiRunningStep *running = ui_session_running (journey->session);
  const UiStep *step = journey_selected (journey);
  if (step == NULL || running->running || running->failure == NULL || g_strcmp0 (running->step, step->id) != 0
      || running->failure->code == CR_ERROR_CANCELLED || running->ended_ms < step->finished_ms)
    return NULL;
  return step->state == UI_STEP_READY || step->state == UI_STEP_TODO || step->state == UI_STEP_INTERRUPTED
             ? running
             : NULL;
}

/* The document of a step that decides about one is read along with it. */
static void
follow_document (Journey *journey)
{
  const UiStepDetail *detail = journey_detail (journey);
  const char *wanted = journey->visible && detail != NULL ? detail->document : NULL;
  if (g_strcmp0 (wanted, journey->document) == 0)
    return;
  gboolean had = journey->document != NULL;
  g_free (journey->document);
  journey->document = g_strdup (wanted);
  if (wanted != NULL)
    ui_session_show (journey->session, UI_MODEL_DOCUMENT, wanted);
  if (had)
    ui_session_hide (journey->session, UI_MODEL_DOCUMENT);
}

void
journey_follow (Journey *journey)
{
  const UiJourney *model = ui_session_journey (journey->session);
  const UiStep *step = journey_selected (journey);
  if (step != NULL
      && (g_strcmp0 (step->id, journey->shown) != 0
          || g_strcmp0 (model->persona, journey->selected_persona) != 0)) {
    gboolean had = journey->shown != NULL;
    g_free (journey->shown);
    journey->shown = g_strdup (step->id);
    g_free (journey->selected_persona);
    journey->selected_persona = g_strdup (model->persona);
    journey->again = FALSE;
    journey->asked_us = g_get_monotonic_time ();
    journey_form_drop (journey);
    if (journey->focus == JOURNEY_FORM)
      journey->focus = journey->alone ? JOURNEY_TEXT : JOURNEY_STEPS;
    ui_text_scroll_to_start (journey->text);
    ui_text_scroll_to_start (journey->side);
    if (journey->visible) {
      ui_session_show (journey->session, UI_MODEL_STEP, step->id);
      if (had)
        ui_session_hide (journey->session, UI_MODEL_STEP);
    }
  }
  follow_document (journey);
  journey_form_update (journey);
  journey_run_stale (journey);
  ui_app_redraw (journey->screen->app);
}

void
journey_go_to (Journey *journey, const char *persona, const char *step)
{
  const UiJourney *model = ui_session_journey (journey->session);
  journey->finale = FALSE;
  if (persona != NULL && g_strcmp0 (persona, model->persona) != 0) {
    g_free (journey->wanted_persona);
    g_free (journey->wanted);
    journey->wanted_persona = g_strdup (persona);
    journey->wanted = g_strdup (step);
    ui_session_set_persona (journey->session, persona);
    return;
  }
  if (step != NULL)
    ui_list_select_id (journey->list, step);
  journey_follow (journey);
}

void
journey_set_focus (Journey *journey, JourneyFocus focus)
{
  if (focus == JOURNEY_FORM && journey->form == NULL)
    focus = journey->alone ? JOURNEY_TEXT : JOURNEY_STEPS;
  journey->focus = focus;
  ui_app_redraw (journey->screen->app);
}

/* --- the class --- */

/* OBJECT: a persona, or a step of the present one. */
static void
screen_open (UiScreen *screen, const char *object)
{
  Journey *journey = UI_STATE (screen, Journey);
  journey->screen = screen;
  journey->session = ui_app_session (screen->app);
  journey->text = ui_text_new ();
  journey->side = ui_text_new ();
  journey->list = journey_steps_new (journey);
  if (object == NULL)
    return;
  const UiOverview *overview = ui_session_overview (journey->session);
  for (guint i = 0; i < overview->personas->len; i++)
    if (g_str_equal (((const UiPersona *) g_ptr_array_index (overview->personas, i))->name, object)) {
      ui_session_set_persona (journey->session, object);
      return;
    }
  journey->wanted = g_strdup (object);
  journey->wanted_persona = g_strdup (ui_session_persona (journey->session));
}

static void
stop_showing (Journey *journey)
{
  if (journey->visible && journey->shown != NULL)
    ui_session_hide (journey->session, UI_MODEL_STEP);
  if (journey->document != NULL)
    ui_session_hide (journey->session, UI_MODEL_DOCUMENT);
  g_clear_pointer (&journey->document, g_free);
  journey->visible = FALSE;
}

static void
screen_close (UiScreen *screen)
{
  Journey *journey = UI_STATE (screen, Journey);
  stop_showing (journey);
  ui_session_forget (journey->session, journey);
  journey_form_drop (journey);
  ui_list_free (journey->list);
  ui_text_free (journey->text);
  ui_text_free (journey->side);
  g_free (journey->shown);
  g_free (journey->selected_persona);
  g_free (journey->wanted_persona);
  g_free (journey->wanted);
}

static void
screen_shown (UiScreen *screen, gboolean shown)
{
  Journey *journey = UI_STATE (screen, Journey);
  if (shown == journey->visible)
    return;
  if (!shown) {
    stop_showing (journey);
    return;
  }
  journey->visible = TRUE;
  journey->whole = FALSE;
  if (journey->shown == NULL)
    return; /* the first update chooses a step */
  ui_session_show (journey->session, UI_MODEL_STEP, journey->shown);
  journey_follow (journey);
}

/* Another persona's journey has come: what to look at first. */
static void
choose_step (Journey *journey, const UiJourney *model)
{
  const UiOverview *overview = ui_session_overview (journey->session);
  const char *step = model->next;
  if (overview->presenter && g_strcmp0 (overview->turn_persona, model->persona) == 0)
    step = overview->turn_step;
  const UiRunningStep *running = ui_session_running (journey->session);
  if (running->running && g_strcmp0 (running->persona, model->persona) == 0)
    step = running->step;
  else if (journey->wanted != NULL && g_strcmp0 (journey->wanted_persona, model->persona) == 0)
    step = journey->wanted;
  for (guint i = 0; step == NULL && !model->complete && i < model->steps->len; i++) {
    const UiStep *each = g_ptr_array_index (model->steps, i);
    if (each->state == UI_STEP_WAITING && !each->optional)
      step = each->id;
  }
  if (step == NULL && model->steps->len > 0)
    step = ((const UiStep *) g_ptr_array_index (model->steps, model->steps->len - 1))->id;
  if (step != NULL)
    ui_list_select_id (journey->list, step);
  g_clear_pointer (&journey->wanted, g_free);
  g_clear_pointer (&journey->wanted_persona, g_free);
}

static void
screen_update (UiScreen *screen, guint changed)
{
  Journey *journey = UI_STATE (screen, Journey);
  const UiJourney *model = ui_session_journey (journey->session);
  if (changed & UI_MODEL_BIT (UI_MODEL_JOURNEY)) {
    ui_list_refresh (journey->list);
    ui_show_status (journey->list, &model->base);
    if (model->steps->len > 0 && g_strcmp0 (model->persona, journey->selected_persona) != 0)
      choose_step (journey, model);
  }
  journey_follow (journey);
  presenter_update (journey, changed);
}

/* Another step was selected and its detail is on its way. */
static gboolean
screen_settling (UiScreen *screen)
{
  Journey *journey = UI_STATE (screen, Journey);
  return journey->whole && !journey->finale && journey_selected (journey) != NULL
         && journey_detail (journey) == NULL && !journey_runs (journey)
         && g_get_monotonic_time () - journey->asked_us < SETTLE_MS * 1000;
}

static void
screen_draw (UiScreen *screen, UiRect rect)
{
  Journey *journey = UI_STATE (screen, Journey);
  gboolean settling = screen_settling (screen);
  journey->whole = FALSE;
  journey->ascii = ui_rect_ascii (rect);
  journey->list_rect = journey->text_rect = journey->form_rect = journey->side_rect =
      (UiRect){ .canvas = rect.canvas };
  journey->button_count = 0;
  memset (journey->tabs, 0, sizeof journey->tabs);
  UiRect body = rect;
  if (ui_session_presenter (journey->session))
    presenter_draw_tabs (journey, ui_rect_top (rect, 1, &body));
  if (journey->finale) {
    presenter_draw_finale (journey, body);
    return;
  }
  if (ui_session_journey (journey->session)->steps->len == 0) {
    ui_list_draw (journey->list, ui_rect_inset (body, 0, 1),
                  TRUE); /* it is being read, or why it cannot be */
    return;
  }
  gboolean alone = body.columns < LEAST_TWO_PANES;
  if (alone != journey->alone && alone && journey->focus == JOURNEY_STEPS && journey->shown != NULL)
    journey->focus = JOURNEY_TEXT; /* a shrinking window keeps the step in sight */
  if (alone != journey->alone && !alone && journey->focus == JOURNEY_TEXT)
    journey->focus = JOURNEY_STEPS;
  journey->alone = alone;
  if (alone && journey->focus == JOURNEY_STEPS) {
    journey_steps_draw (journey, body);
    return;
  }
  if (!alone) {
    int columns = body.columns >= 160   ? 54
                  : body.columns >= 120 ? 38
                  : body.columns >= 92  ? 34
                  : body.columns >= 76  ? 30
                                        : 24;
    UiRect rest;
    journey_steps_draw (journey, ui_rect_left_line (body, columns, &rest));
    body = rest;
  }
  if (settling && !alone && ui_draw_keep (body)) {
    journey->whole = TRUE;
    ui_draw_again_in (body, SETTLE_MS);
    return;
  }
  journey->whole = !alone && (journey_detail (journey) != NULL || journey_runs (journey));
  if (body.columns >= LEAST_SIDE) {
    UiRect side;
    int columns = MAX (SIDE_COLUMNS, body.columns * 2 / 5);
    body = ui_rect_left_line (body, body.columns - columns - 1, &side);
    journey_side_draw (journey, side);
  }
  journey_detail_draw (journey, body);
}

/* Through the table of actions, where --read-only is enforced. */
static void
submit (Journey *journey)
{
  gboolean button = ui_form_focused (journey->form) == NULL;
  ui_app_run_action (journey->screen->app, button ? "journey.run" : "journey.submit");
}

static gboolean
mouse_event (Journey *journey, const UiEvent *event)
{
  if (event->kind != UI_EVENT_WHEEL && presenter_click (journey, event->row, event->column))
    return TRUE;
  for (guint i = 0; event->kind != UI_EVENT_WHEEL && i < journey->button_count; i++)
    if (ui_rect_contains (journey->buttons[i].rect, event->row, event->column)) {
      ui_app_run_action (journey->screen->app, journey->buttons[i].action);
      return TRUE;
    }
  if (ui_rect_contains (journey->list_rect, event->row, event->column)) {
    if (event->kind != UI_EVENT_WHEEL)
      journey_set_focus (journey, JOURNEY_STEPS);
    UiListResult result = ui_list_event (journey->list, event);
    journey_follow (journey);
    if (result == UI_LIST_OPENED && journey->alone)
      journey_set_focus (journey, JOURNEY_TEXT);
    return TRUE;
  }
  if (journey->form != NULL && ui_rect_contains (journey->form_rect, event->row, event->column)) {
    journey_set_focus (journey, JOURNEY_FORM);
    if (ui_form_event (journey->form, event) == UI_FORM_SUBMIT)
      submit (journey);
    return TRUE;
  }
  if (ui_rect_contains (journey->side_rect, event->row, event->column))
    return ui_text_event (journey->side, event);
  if (ui_rect_contains (journey->text_rect, event->row, event->column))
    return ui_text_event (journey->text, event);
  return FALSE;
}

static gboolean
form_event (Journey *journey, const UiEvent *event)
{
  switch (ui_form_event (journey->form, event)) {
  case UI_FORM_HANDLED:
    return TRUE;
  case UI_FORM_SUBMIT:
    submit (journey);
    return TRUE;
  case UI_FORM_CANCEL:
    journey->again = FALSE;
    journey_set_focus (journey, journey->alone ? JOURNEY_TEXT : JOURNEY_STEPS);
    journey_form_update (journey);
    return TRUE;
  case UI_FORM_IGNORED:
    break;
  }
  return FALSE;
}

static gboolean
text_event (Journey *journey, const UiEvent *event)
{
  if (!ui_text_searching (journey->text)
      && (ui_event_is (event, UI_KEY_ESC) || ui_event_is (event, UI_KEY_TAB)
          || (journey->alone
              && (ui_event_is (event, UI_KEY_BACKSPACE) || ui_event_is (event, UI_KEY_LEFT))))) {
    journey_set_focus (journey, JOURNEY_STEPS);
    return TRUE;
  }
  return ui_text_event (journey->text, event);
}

static gboolean
steps_event (Journey *journey, const UiEvent *event)
{
  if (ui_event_is (event, UI_KEY_ENTER) && !ui_list_filtering (journey->list))
    return FALSE; /* what Enter means depends on the step: the table of actions knows */
  if (ui_event_is (event, UI_KEY_TAB) && !ui_list_filtering (journey->list)) {
    journey_set_focus (journey, journey->form != NULL ? JOURNEY_FORM : JOURNEY_TEXT);
    return TRUE;
  }
  if (ui_event_is (event, UI_KEY_RIGHT) && !ui_list_filtering (journey->list)) {
    journey_set_focus (journey, JOURNEY_TEXT);
    return TRUE;
  }
  if (ui_list_event (journey->list, event) == UI_LIST_IGNORED)
    return FALSE;
  journey_follow (journey);
  return TRUE;
}

static gboolean
screen_event (UiScreen *screen, const UiEvent *event)
{
  Journey *journey = UI_STATE (screen, Journey);
  if (event->kind == UI_EVENT_CLICK || event->kind == UI_EVENT_DOUBLE_CLICK || event->kind == UI_EVENT_WHEEL)
    return mouse_event (journey, event);
  if (event->kind != UI_EVENT_KEY && event->kind != UI_EVENT_PASTE)
    return FALSE;
  if (journey->finale) {
    if (!ui_text_searching (journey->text) && ui_event_is (event, UI_KEY_ESC)) {
      journey->finale = FALSE;
      ui_app_redraw (screen->app);
      return TRUE;
    }
    return ui_text_event (journey->text, event);
  }
  if (journey->focus == JOURNEY_FORM && journey->form != NULL)
    return form_event (journey, event);
  return journey->focus == JOURNEY_TEXT ? text_event (journey, event) : steps_event (journey, event);
}

static gboolean
screen_typing (UiScreen *screen)
{
  Journey *journey = UI_STATE (screen, Journey);
  if (journey->finale || journey->focus == JOURNEY_TEXT)
    return ui_text_searching (journey->text);
  if (journey->focus == JOURNEY_FORM && journey->form != NULL)
    return ui_form_focused (journey->form) != NULL;
  return ui_list_filtering (journey->list);
}

/* The selected step, as long as what comes next is the same: else that is looked at first. */
static char *
screen_remember (UiScreen *screen)
{
  Journey *journey = UI_STATE (screen, Journey);
  const UiJourney *model = ui_session_journey (journey->session);
  const UiStep *step = journey_selected (journey);
  if (step == NULL || model->persona == NULL)
    return NULL;
  return g_strdup_printf ("%s\n%s\n%s", step->id, model->persona, model->next != NULL ? model->next : "");
}

static void
screen_recall (UiScreen *screen, const char *place)
{
  Journey *journey = UI_STATE (screen, Journey);
  const UiJourney *model = ui_session_journey (journey->session);
  g_auto (GStrv) parts = g_strsplit (place, "\n", 3);
  if (g_strv_length (parts) < 3 || journey->wanted != NULL || g_strcmp0 (parts[1], model->persona) != 0
      || strcmp (parts[2], model->next != NULL ? model->next : "") != 0)
    return;
  journey->wanted = g_strdup (parts[0]);
  journey->wanted_persona = g_strdup (parts[1]);
}

/* A filter or a field of the form is typed into. */
static void
screen_hints (UiScreen *screen, GString *hints)
{
  Journey *journey = UI_STATE (screen, Journey);
  if (journey->focus == JOURNEY_FORM && journey->form != NULL)
    ui_form_hints (journey->form, hints, _ ("back to the steps"));
  else if (journey->focus == JOURNEY_STEPS)
    ui_list_hints (hints);
  else
    ui_text_hints (hints);
}

static char *
screen_subject (UiScreen *screen)
{
  const UiStep *step = journey_selected (UI_STATE (screen, Journey));
  return step != NULL ? g_strdup (step->title) : NULL;
}

/* What is read in the right pane; in the list the command that the step stands for. */
static char *
screen_copy (UiScreen *screen)
{
  Journey *journey = UI_STATE (screen, Journey);
  const UiStepDetail *detail = journey_detail (journey);
  if (journey->focus == JOURNEY_STEPS && !journey->finale && detail != NULL && detail->az != NULL)
    return g_strdup (detail->az);
  UiRich *rich = ui_text_rich (journey->text);
  return rich != NULL ? ui_rich_text (rich) : NULL;
}

static char *
screen_detail (UiScreen *screen)
{
  UiRich *rich = ui_text_rich (UI_STATE (screen, Journey)->text);
  return rich != NULL ? ui_rich_text (rich) : NULL;
}

static UiList *
screen_list (UiScreen *screen)
{
  return UI_STATE (screen, Journey)->list;
}

const UiScreenClass ui_screen_journey = {
  .id = "journey",
  .title = N_ ("Journey"),
  .explanation = N_ (
      "The whole way of a persona: what is done, what is yours to do, and what waits for somebody else. "
      "The selected step says what it is for, what it needs and what it will do; Enter always does "
      "what it recommends. A step that waits for somebody goes on by itself."),
  .key = '1',
  .watches = UI_MODEL_BIT (UI_MODEL_JOURNEY) | UI_MODEL_BIT (UI_MODEL_STEP) | UI_MODEL_BIT (UI_MODEL_RUNNING)
             | UI_MODEL_BIT (UI_MODEL_SIGN_IN) | UI_MODEL_BIT (UI_MODEL_OVERVIEW)
             | UI_MODEL_BIT (UI_MODEL_DOCUMENT),
  .state_size = sizeof (Journey),
  .list = screen_list,
  .detail = screen_detail,
  .open = screen_open,
  .close = screen_close,
  .shown = screen_shown,
  .update = screen_update,
  .draw = screen_draw,
  .event = screen_event,
  .actions = journey_actions,
  .typing = screen_typing,
  .hints = screen_hints,
  .remember = screen_remember,
  .recall = screen_recall,
  .subject = screen_subject,
  .copy = screen_copy,
  .settling = screen_settling,
};
