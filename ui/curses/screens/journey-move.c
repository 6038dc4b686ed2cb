/* SPDX-License-Identifier: MIT
 * What the person most likely wants now: one move for each state of a step, with its action and the words on
 * its button.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"

static gboolean
asked_to_sign_in (Journey *journey)
{
  const UiSignIn *sign_in = ui_session_sign_in (journey->session);
  return sign_in->asked && g_strcmp0 (sign_in->persona, ui_session_journey (journey->session)->persona) == 0;
}

const UiStep *
journey_step_after (Journey *journey, const UiStep *selected)
{
  return ui_journey_step_after (ui_session_journey (journey->session), selected, NULL);
}

/* Where to go on from a finished step. */
static JourneyMove
after_done (Journey *journey, const UiStep *step)
{
  const UiJourney *model = ui_session_journey (journey->session);
  if (!ui_session_presenter (journey->session))
    return journey_step_after (journey, step) != NULL ? JOURNEY_MOVE_NEXT : JOURNEY_MOVE_NONE;
  const UiOverview *overview = ui_session_overview (journey->session);
  if (overview->turn_step == NULL)
    return overview->complete ? JOURNEY_MOVE_FINALE : JOURNEY_MOVE_NONE;
  return g_strcmp0 (overview->turn_step, step->id) == 0
                 && g_strcmp0 (overview->turn_persona, model->persona) == 0
             ? JOURNEY_MOVE_NONE
             : JOURNEY_MOVE_NEXT;
}

static JourneyMove
remedy_move (UiRemedy remedy, JourneyMove other)
{
  switch (remedy) {
  case UI_REMEDY_SIGN_IN:
    return JOURNEY_MOVE_ACCOUNT;
  case UI_REMEDY_FIX_INPUT:
    return JOURNEY_MOVE_FIX;
  case UI_REMEDY_START_SANDBOX:
    return JOURNEY_MOVE_SANDBOX;
  case UI_REMEDY_OPEN_STEP:
    return JOURNEY_MOVE_PARTY;
  case UI_REMEDY_SHOW_CALL:
    return JOURNEY_MOVE_CALL;
  case UI_REMEDY_OWN_KEYRING:
    return JOURNEY_MOVE_KEYRING;
  case UI_REMEDY_NONE:
  case UI_REMEDY_RETRY:
  case UI_REMEDY_WAIT:
  case UI_REMEDY_REPORT:
    break;
  }
  return other;
}

/* The first wait that is this persona's own, or somebody else's. */
const UiWait *
journey_find_wait (const UiStep *step, gboolean mine)
{
  for (guint i = 0; step != NULL && i < step->waits->len; i++) {
    const UiWait *wait = g_ptr_array_index (step->waits, i);
    if (wait->mine == mine && wait->step != NULL)
      return wait;
  }
  return NULL;
}

static JourneyMove
while_waiting (Journey *journey, const UiStep *step, const UiStepDetail *detail)
{
  if (ui_session_presenter (journey->session))
    return journey_find_wait (step, FALSE) != NULL ? JOURNEY_MOVE_PARTY : JOURNEY_MOVE_RETRY;
  if (!step->automatic && !journey_is_decision (detail) && journey_form_complete (journey))
    return JOURNEY_MOVE_WAIT;
  return journey_step_after (journey, step) != NULL ? JOURNEY_MOVE_NEXT : JOURNEY_MOVE_NONE;
}

/* What helps against the refusal of the last attempt comes before OTHER. */
static JourneyMove
if_refused (Journey *journey, JourneyMove other)
{
  const UiRunningStep *refusal = journey->focus != JOURNEY_FORM ? journey_refusal (journey) : NULL;
  return refusal != NULL ? remedy_move (refusal->remedy, other) : other;
}

JourneyMove
journey_move (Journey *journey)
{
  const UiStep *step = journey_selected (journey);
  const UiStepDetail *detail = journey_detail (journey);
  if (journey->finale)
    return JOURNEY_MOVE_NONE;
  if (asked_to_sign_in (journey))
    return JOURNEY_MOVE_SIGN_IN;
  if (step == NULL || journey_runs (journey) || ui_session_overview (journey->session)->playing)
    return JOURNEY_MOVE_NONE;
  if (journey->alone && journey->focus == JOURNEY_STEPS)
    return JOURNEY_MOVE_OPEN;
  if (detail == NULL)
    return JOURNEY_MOVE_NONE;
  if (journey->again && (step->state == UI_STEP_DONE || step->state == UI_STEP_SKIPPED))
    return JOURNEY_MOVE_ANSWER;
  switch (step->state) {
  case UI_STEP_DONE:
  case UI_STEP_SKIPPED:
    return after_done (journey, step);
  case UI_STEP_READY:
  case UI_STEP_INTERRUPTED:
  case UI_STEP_CANCELLED:
    if (journey_is_decision (detail))
      return JOURNEY_MOVE_DECIDE;
    return if_refused (journey, journey->form != NULL && journey->focus != JOURNEY_FORM ? JOURNEY_MOVE_ANSWER
                                                                                        : JOURNEY_MOVE_RUN);
  case UI_STEP_FAILED:
    return remedy_move (detail->remedy, JOURNEY_MOVE_RETRY);
  case UI_STEP_TODO:
    return journey_find_wait (step, TRUE) != NULL ? JOURNEY_MOVE_FIRST : JOURNEY_MOVE_NONE;
  case UI_STEP_WAITING:
    return while_waiting (journey, step, detail);
  case UI_STEP_RUNNING:
    break;
  }
  return JOURNEY_MOVE_NONE;
}

static const struct {
  JourneyMove move;
  const char *action;
} move_actions[] = {
  { JOURNEY_MOVE_OPEN, "journey.open" },       { JOURNEY_MOVE_SIGN_IN, "journey.sign-in" },
  { JOURNEY_MOVE_RUN, "journey.run" },         { JOURNEY_MOVE_ANSWER, "journey.answer" },
  { JOURNEY_MOVE_DECIDE, "journey.accept" },   { JOURNEY_MOVE_NEXT, "journey.next" },
  { JOURNEY_MOVE_WAIT, "journey.wait" },       { JOURNEY_MOVE_FIRST, "journey.first" },
  { JOURNEY_MOVE_PARTY, "journey.party" },     { JOURNEY_MOVE_RETRY, "journey.retry" },
  { JOURNEY_MOVE_ACCOUNT, "journey.account" }, { JOURNEY_MOVE_FIX, "journey.fix" },
  { JOURNEY_MOVE_SANDBOX, "journey.sandbox" }, { JOURNEY_MOVE_CALL, "journey.call" },
  { JOURNEY_MOVE_KEYRING, "journey.keyring" }, { JOURNEY_MOVE_FINALE, "journey.finale" },
};

const char *
journey_move_action (Journey *journey, JourneyMove move)
{
  (void) journey;
  for (guint i = 0; i < G_N_ELEMENTS (move_actions); i++)
    if (move_actions[i].move == move)
      return move_actions[i].action;
  return NULL;
}

/* "Next: northwind: Publish your data". */
static char *
next_text (Journey *journey)
{
  const UiJourney *model = ui_session_journey (journey->session);
  if (ui_session_presenter (journey->session)) {
    const UiOverview *overview = ui_session_overview (journey->session);
    if (overview->turn_title != NULL && g_strcmp0 (overview->turn_persona, model->persona) != 0)
      return g_strdup_printf (_ ("Next: %s: %s"), overview->turn_persona, overview->turn_title);
    if (overview->turn_title != NULL)
      return g_strdup_printf (_ ("Next: %s"), overview->turn_title);
  }
  const UiStep *next = journey_step_after (journey, journey_selected (journey));
  return next != NULL ? g_strdup_printf (_ ("Next: %s"), next->title) : g_strdup (_ ("Next step"));
}

char *
journey_move_text (Journey *journey, JourneyMove move)
{
  const UiStep *step = journey_selected (journey);
  const UiStepDetail *detail = journey_detail (journey);
  const UiWait *wait = journey_find_wait (step, move == JOURNEY_MOVE_FIRST);
  switch (move) {
  case JOURNEY_MOVE_NONE:
    break;
  case JOURNEY_MOVE_OPEN:
    return g_strdup (_ ("Open"));
  case JOURNEY_MOVE_SIGN_IN:
    return g_strdup (_ ("Show the sign-in code"));
  case JOURNEY_MOVE_RUN:
    return g_strdup (step->state == UI_STEP_INTERRUPTED || step->state == UI_STEP_CANCELLED ? _ ("Go on")
                                                                                            : _ ("Run it"));
  case JOURNEY_MOVE_ANSWER:
    return g_strdup (journey_form_complete (journey) ? _ ("Check the answers and run it")
                                                     : _ ("Answer the questions"));
  case JOURNEY_MOVE_DECIDE:
    return g_strdup (_ ("Accept"));
  case JOURNEY_MOVE_NEXT:
    return next_text (journey);
  case JOURNEY_MOVE_WAIT:
    return g_strdup (_ ("Go on by itself when it can"));
  case JOURNEY_MOVE_FIRST:
  case JOURNEY_MOVE_PARTY:
    if (wait != NULL && wait->title != NULL)
      return wait->mine ? g_strdup_printf (_ ("First: %s"), wait->title)
                        : g_strdup_printf (_ ("Open %s: %s"), wait->persona, wait->title);
    break;
  case JOURNEY_MOVE_FINALE:
    return g_strdup (_ ("See the answer"));
  case JOURNEY_MOVE_RETRY:
  case JOURNEY_MOVE_ACCOUNT:
  case JOURNEY_MOVE_FIX:
  case JOURNEY_MOVE_SANDBOX:
  case JOURNEY_MOVE_CALL:
  case JOURNEY_MOVE_KEYRING:
    if (journey_refusal (journey) != NULL && journey_refusal (journey)->remedy_text != NULL)
      return g_strdup (journey_refusal (journey)->remedy_text);
    if (detail != NULL && detail->remedy_text != NULL)
      return g_strdup (detail->remedy_text);
    break;
  }
  return g_strdup (move == JOURNEY_MOVE_RETRY ? _ ("Try again") : _ ("Go on"));
}
