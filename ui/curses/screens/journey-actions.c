/* SPDX-License-Identifier: MIT
 * What can be done on the journey. Enter is many actions, one for each thing that a step may need next; all
 * but the one that fits are hidden.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"

#include <inttypes.h>

#define HIDE "" /* makes no sense here: the action is not shown */

static Journey *
of (UiScreen *screen)
{
  return UI_STATE (screen, Journey);
}

/* --- running --- */

static void
run_now (Journey *journey)
{
  const UiStep *step = journey_selected (journey);
  if (step == NULL)
    return;
  g_autoptr (GHashTable) inputs = journey_form_values (journey);
  gboolean force = step->state == UI_STEP_DONE || step->state == UI_STEP_SKIPPED;
  journey->again = FALSE;
  journey_set_focus (journey, journey->alone ? JOURNEY_TEXT : JOURNEY_STEPS);
  ui_run_step (journey->session, step->id, inputs, force, TRUE, journey_ran, journey->screen->app);
  journey->form_touched = FALSE;
}

static void
publish_confirmed (UiApp *app, const char *answer, gpointer data)
{
  UiScreen *screen = ui_app_screen (app);
  (void) answer;
  if (screen->class == &ui_screen_journey && g_strcmp0 (of (screen)->shown, data) == 0)
    run_now (of (screen));
}

/* What everybody gets to know for good, with its digest, then the word. */
static void
confirm_publish (Journey *journey, const UiStepDetail *detail)
{
  g_autoptr (UiRich) text = ui_rich_new ();
  g_autofree char *hex = NULL;
  g_autofree char *what =
      ui_step_publishes (detail, journey->form != NULL ? ui_form_value (journey->form, "query") : NULL, &hex);
  g_autofree char *digest = hex != NULL ? ui_show_digest (hex) : NULL;
  ui_rich_line (text, UI_STYLE_STRONG, detail->step->title);
  ui_rich_line (text, UI_STYLE_WARNING,
                _ ("Everybody in the consortium can read this from then on; the ledger forgets nothing."));
  if (digest != NULL)
    ui_rich_pair (text, 10, _ ("SHA-256"), UI_STYLE_CODE, digest);
  ui_rich_end (text);
  ui_show_json (text, what);
  ui_app_confirm_typed (journey->screen->app, _ ("Publish this?"), text,
                        C_ ("typed to confirm; easy to type", "publish"), _ ("Publish"), publish_confirmed,
                        g_strdup (journey->shown), g_free);
}

/* Was DETAIL read with other answers than those in the form? A query's text is taken from the form itself. */
static gboolean
is_stale (Journey *journey, const UiStepDetail *detail)
{
  if (journey->form == NULL || detail->publishes_digest != NULL)
    return FALSE;
  for (guint i = 0; i < detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (detail->inputs, i);
    const char *text = input->kind != UI_INPUT_SECRET ? ui_form_value (journey->form, input->name) : NULL;
    if (text != NULL && strcmp (text, input->value != NULL ? input->value : "") != 0)
      return TRUE;
  }
  return FALSE;
}

/* What is agreed to must be what follows from the form as it is now: DETAIL, or the next one. */
static void
confirm_current (Journey *journey, const UiStepDetail *detail)
{
  ui_value_unref (journey->stale);
  journey->stale = NULL;
  if (!is_stale (journey, detail) || journey->stale_tries-- == 0) {
    confirm_publish (journey, detail);
    return;
  }
  journey->stale = ui_value_ref (detail);
  ui_session_refresh (journey->session, UI_MODEL_STEP);
}

void
journey_run_stale (Journey *journey)
{
  const UiStepDetail *detail = journey_detail (journey);
  if (journey->stale != NULL && detail != NULL && detail != journey->stale
      && detail->base.status != UI_MODEL_LOADING && detail->publishes != NULL)
    confirm_current (journey, detail);
}

void
journey_run (Journey *journey)
{
  const UiStepDetail *detail = journey_detail (journey);
  /* Who presents plays everybody and has all of it on the screen. */
  if (detail == NULL || detail->publishes == NULL || ui_session_presenter (journey->session)) {
    run_now (journey);
    return;
  }
  journey->stale_tries = 3;
  confirm_current (journey, detail);
}

/* --- why an action is not there --- */

#define FITS(name, wanted)                                                                                   \
  static const char *name (UiScreen *screen)                                                                 \
  {                                                                                                          \
    return journey_move (of (screen)) == (wanted) ? NULL : HIDE;                                             \
  }

FITS (open_fits, JOURNEY_MOVE_OPEN)
FITS (sign_in_fits, JOURNEY_MOVE_SIGN_IN)
FITS (answer_fits, JOURNEY_MOVE_ANSWER)
FITS (next_fits, JOURNEY_MOVE_NEXT)
FITS (wait_fits, JOURNEY_MOVE_WAIT)
FITS (first_fits, JOURNEY_MOVE_FIRST)
FITS (party_fits, JOURNEY_MOVE_PARTY)
FITS (retry_fits, JOURNEY_MOVE_RETRY)
FITS (account_fits, JOURNEY_MOVE_ACCOUNT)
FITS (fix_fits, JOURNEY_MOVE_FIX)
FITS (sandbox_fits, JOURNEY_MOVE_SANDBOX)
FITS (call_fits, JOURNEY_MOVE_CALL)
FITS (keyring_fits, JOURNEY_MOVE_KEYRING)
FITS (finale_fits, JOURNEY_MOVE_FINALE)

/* A field has the keys: Enter belongs to it. */
static gboolean
in_field (Journey *journey)
{
  return journey->focus == JOURNEY_FORM && journey->form != NULL && ui_form_focused (journey->form) != NULL;
}

static const char *
field_fits (UiScreen *screen)
{
  return in_field (of (screen)) ? NULL : HIDE;
}

static const char *
submit_fits (UiScreen *screen)
{
  return in_field (of (screen)) && !journey_runs (of (screen)) ? NULL : HIDE;
}

static const char *
steps_fits (UiScreen *screen)
{
  return of (screen)->focus != JOURNEY_STEPS && !of (screen)->finale ? NULL : HIDE;
}

static const char *
run_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  if (in_field (journey))
    return HIDE;
  if (journey_move (journey) == JOURNEY_MOVE_RUN)
    return NULL;
  /* The button of the form, whatever the step's state. */
  return journey->focus == JOURNEY_FORM && journey->form != NULL && !journey_runs (journey)
                 && ui_form_focused (journey->form) == NULL
             ? NULL
             : HIDE;
}

static const char *
decide_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  return journey_move (journey) == JOURNEY_MOVE_DECIDE ? journey_decision_why_not (journey) : HIDE;
}

static const char *
document_fits (UiScreen *screen)
{
  const UiStepDetail *detail = journey_detail (of (screen));
  return detail != NULL && detail->document != NULL ? NULL : HIDE;
}

static const char *
edit_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  return journey->form != NULL && journey->focus != JOURNEY_FORM && !journey_runs (journey)
                 && !journey->finale
             ? NULL
             : HIDE;
}

static const char *
clear_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  if (journey->form == NULL || journey_runs (journey) || journey->finale)
    return HIDE;
  return journey_form_differs (journey) ? NULL : _ ("The answers are as they are without you.");
}

static const char *
again_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStep *step = journey_selected (journey);
  if (journey->finale || step == NULL || journey->again || journey_runs (journey)
      || (step->state != UI_STEP_DONE && step->state != UI_STEP_SKIPPED))
    return HIDE;
  const UiStepDetail *detail = journey_detail (journey);
  if (journey_is_decision (detail))
    return _ ("A vote cannot be cast a second time.");
  return NULL;
}

static const char *
cancel_fits (UiScreen *screen)
{
  const UiRunningStep *running = ui_session_running (of (screen)->session);
  if (!running->running)
    return HIDE;
  return running->cancelling ? _ ("It is being cancelled already.") : NULL;
}

static const char *
hold_fits (UiScreen *screen)
{
  const UiRunningStep *running = ui_session_running (of (screen)->session);
  return running->running && !running->held && !running->cancelling && ui_show_moves_data (running) ? NULL
                                                                                                    : HIDE;
}

static const char *
release_fits (UiScreen *screen)
{
  return ui_session_running (of (screen)->session)->held ? NULL : HIDE;
}

static const char *
stop_waiting_fits (UiScreen *screen)
{
  const UiStep *step = journey_selected (of (screen));
  return step != NULL && step->automatic && step->state == UI_STEP_WAITING ? NULL : HIDE;
}

static const char *
detail_fits (UiScreen *screen)
{
  return of (screen)->finale || journey_detail (of (screen)) == NULL ? HIDE : NULL;
}

static const char *
command_fits (UiScreen *screen)
{
  const UiStepDetail *detail = journey_detail (of (screen));
  if (detail == NULL || of (screen)->finale)
    return HIDE;
  return detail->az != NULL ? NULL : _ ("There is no command that does the same.");
}

static const char *
view_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStep *step = journey_selected (journey);
  JourneyMove move = journey_move (journey);
  return journey_find_wait (step, FALSE) != NULL && step->state == UI_STEP_WAITING
                 && move != JOURNEY_MOVE_PARTY
             ? NULL
             : HIDE;
}

static const char *
failed_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStep *step = journey_selected (journey);
  return step != NULL && step->state == UI_STEP_FAILED && journey_move (journey) != JOURNEY_MOVE_CALL ? NULL
                                                                                                      : HIDE;
}

static const char *
retry_too_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStep *step = journey_selected (journey);
  return step != NULL && step->state == UI_STEP_FAILED && journey_move (journey) != JOURNEY_MOVE_RETRY ? NULL
                                                                                                       : HIDE;
}

static const char *
go_fits (UiScreen *screen)
{
  Journey *journey = of (screen);
  if (journey->finale || journey_move (journey) == JOURNEY_MOVE_NEXT)
    return HIDE;
  return journey_step_after (journey, journey_selected (journey)) != NULL ? NULL : HIDE;
}

static const char *
presenter_fits (UiScreen *screen)
{
  return ui_session_presenter (of (screen)->session) ? NULL : HIDE;
}

static const char *
play_fits (UiScreen *screen)
{
  const UiOverview *overview = ui_session_overview (of (screen)->session);
  if (!ui_session_presenter (of (screen)->session) || of (screen)->finale || overview->playing)
    return HIDE;
  return overview->complete ? _ ("Everything is done.") : NULL;
}

static const char *
pause_fits (UiScreen *screen)
{
  return ui_session_overview (of (screen)->session)->playing ? NULL : HIDE;
}

static const char *
end_fits (UiScreen *screen)
{
  const UiOverview *overview = ui_session_overview (of (screen)->session);
  if (!ui_session_presenter (of (screen)->session) || of (screen)->finale || !overview->complete)
    return HIDE;
  return journey_move (of (screen)) == JOURNEY_MOVE_FINALE ? HIDE : NULL;
}

static const char *
leave_fits (UiScreen *screen)
{
  return of (screen)->finale ? NULL : HIDE;
}

/* --- what they do --- */

static void
do_open (UiScreen *screen)
{
  journey_set_focus (of (screen), JOURNEY_TEXT);
}

static void
do_sign_in (UiScreen *screen)
{
  ui_app_open (screen->app, "sign-in", NULL);
}

static void
do_run (UiScreen *screen)
{
  Journey *journey = of (screen);
  if (journey->form != NULL)
    journey_form_submit (journey);
  else
    journey_run (journey);
}

/* The form has taken Enter already where a key was pressed; this is for a click on the hint. */
static void
do_field (UiScreen *screen)
{
  const UiEvent enter = { .kind = UI_EVENT_KEY, .key = UI_KEY_ENTER };
  ui_form_event (of (screen)->form, &enter);
}

static void
do_steps (UiScreen *screen)
{
  journey_set_focus (of (screen), JOURNEY_STEPS);
}

static void
do_answer (UiScreen *screen)
{
  Journey *journey = of (screen);
  journey_set_focus (journey, JOURNEY_FORM);
  if (journey->form != NULL)
    ui_form_focus (journey->form, ui_form_first_problem (journey->form, NULL));
}

static void
do_edit (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStepDetail *detail = journey_detail (journey);
  journey_set_focus (journey, JOURNEY_FORM);
  if (journey->form != NULL && detail != NULL && detail->inputs->len > 0)
    ui_form_focus (journey->form, ((const UiStepInput *) g_ptr_array_index (detail->inputs, 0))->name);
}

static void
do_clear (UiScreen *screen)
{
  journey_form_clear (of (screen));
}

static void
do_next (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiOverview *overview = ui_session_overview (journey->session);
  if (ui_session_presenter (journey->session) && overview->turn_step != NULL)
    journey_go_to (journey, overview->turn_persona, overview->turn_step);
  else {
    const UiStep *next = journey_step_after (journey, journey_selected (journey));
    journey_go_to (journey, NULL, next != NULL ? next->id : NULL);
  }
}

static void
do_wait (UiScreen *screen)
{
  journey_run (of (screen));
}

static void
do_stop_waiting (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStep *step = journey_selected (journey);
  UiInverse inverse = { .kind = UI_INVERSE_WAIT,
                        .persona = (char *) (gsize) ui_session_persona (journey->session),
                        .scenario = (char *) (gsize) ui_session_overview (journey->session)->scenario,
                        .object = journey->shown };
  g_autofree char *done = g_strdup_printf (_ ("%s: no longer goes on by itself"), step->title);
  ui_stop_waiting (journey->session, journey->shown);
  ui_app_undoable_inverse (screen->app, &inverse, done);
}

static void
do_first (UiScreen *screen)
{
  const UiWait *wait = journey_find_wait (journey_selected (of (screen)), TRUE);
  if (wait != NULL)
    journey_go_to (of (screen), NULL, wait->step);
}

static void
do_party (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStepDetail *detail = journey_detail (journey);
  const UiWait *wait = journey_find_wait (journey_selected (journey), FALSE);
  if (wait != NULL)
    journey_go_to (journey, wait->persona, wait->step);
  else if (detail != NULL && detail->remedy_step != NULL)
    journey_go_to (journey, detail->remedy_persona, detail->remedy_step);
}

static void
do_retry (UiScreen *screen)
{
  journey_run (of (screen));
}

/* Sign in anew, then run the step again. */
static void
signed_in (UiSession *session, const UiResult *result, gpointer data)
{
  UiApp *app = data;
  UiScreen *screen = ui_app_screen (app);
  (void) session;
  if (!result->ok)
    ui_show_result (session, result, app);
  else if (screen->class == &ui_screen_journey)
    journey_run (of (screen));
  else
    ui_app_toast (app, UI_STATE_DONE, "%s", result->text);
}

static void
do_account (UiScreen *screen)
{
  ui_sign_in (of (screen)->session, TRUE, signed_in, screen->app);
}

static void
do_fix (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStepDetail *detail = journey_detail (journey);
  const UiRunningStep *refusal = journey_refusal (journey);
  const char *input = refusal != NULL ? refusal->remedy_input : detail != NULL ? detail->remedy_input : NULL;
  journey_set_focus (journey, JOURNEY_FORM);
  if (journey->form != NULL && input != NULL)
    ui_form_focus (journey->form, input);
  else if (journey->form == NULL)
    journey_run (journey);
}

static void
sandbox_started (UiSession *session, const UiResult *result, gpointer data)
{
  UiApp *app = data;
  UiScreen *screen = ui_app_screen (app);
  if (!result->ok) {
    ui_show_result (session, result, app);
    return;
  }
  ui_app_toast (app, UI_STATE_DONE, "%s", result->text);
  if (screen->class == &ui_screen_journey)
    journey_run (of (screen));
}

static void
do_sandbox (UiScreen *screen)
{
  ui_start_sandbox (of (screen)->session, sandbox_started, screen->app);
}

static void
do_keyring (UiScreen *screen)
{
  ui_session_set_own_keyring (of (screen)->session, TRUE);
  journey_run (of (screen));
}

static void
do_call (UiScreen *screen)
{
  const UiStepDetail *detail = journey_detail (of (screen));
  g_autofree char *number = detail != NULL && detail->remedy_call > 0
                                ? g_strdup_printf ("%" PRIu64, detail->remedy_call)
                                : NULL;
  ui_app_open (screen->app, "calls", number);
}

static void
do_accept (UiScreen *screen)
{
  journey_decide (of (screen), TRUE);
}

static void
do_reject (UiScreen *screen)
{
  journey_decide (of (screen), FALSE);
}

static void
do_document (UiScreen *screen)
{
  const UiStepDetail *detail = journey_detail (of (screen));
  if (detail != NULL && detail->document != NULL)
    ui_app_open (screen->app, "documents", detail->document);
}

static void
do_again (UiScreen *screen)
{
  Journey *journey = of (screen);
  journey->again = TRUE;
  journey_form_update (journey);
  if (journey->form != NULL)
    do_answer (screen);
  else
    journey_run (journey);
}

static void
do_cancel (UiScreen *screen)
{
  ui_show_cancel_step (of (screen)->session);
}

static void
do_hold (UiScreen *screen)
{
  ui_hold_step (of (screen)->session, TRUE);
}

static void
do_release (UiScreen *screen)
{
  ui_hold_step (of (screen)->session, FALSE);
}

static void
do_calls (UiScreen *screen)
{
  Journey *journey = of (screen);
  g_autoptr (UiRich) text = ui_rich_new ();
  journey_words_calls (text, journey_detail (journey));
  ui_app_message (screen->app, _ ("Calls of this step"), text);
}

static void
do_command (UiScreen *screen)
{
  g_autoptr (UiRich) text = ui_rich_new ();
  journey_words_command (text, journey_detail (of (screen)));
  ui_app_message (screen->app, _ ("The same by hand"), text);
}

static void
do_about (UiScreen *screen)
{
  Journey *journey = of (screen);
  const UiStepDetail *detail = journey_detail (journey);
  g_autoptr (UiRich) text = ui_rich_new ();
  ui_rich_line (text, UI_STYLE_TEXT, detail->purpose);
  journey_words_state (journey, text, detail->step, detail);
  journey_words_about (journey, text, detail->step, detail);
  ui_app_message (screen->app, detail->step->title, text);
}

static void
probed (UiSession *session, const UiResult *result, gpointer app)
{
  if (result->ok)
    ui_app_toast (app, UI_STATE_INFO, "%s", result->text);
  else
    ui_show_result (session, result, app);
}

static void
do_probe (UiScreen *screen)
{
  ui_probe_step (of (screen)->session, of (screen)->shown, probed, screen->app);
}

static void
do_choose_persona (UiScreen *screen)
{
  ui_app_open (screen->app, "choose", NULL);
}

static void
do_previous_persona (UiScreen *screen)
{
  presenter_next_persona (of (screen), -1);
}

static void
do_next_persona (UiScreen *screen)
{
  presenter_next_persona (of (screen), 1);
}

static void
do_play (UiScreen *screen)
{
  presenter_play (of (screen));
}

static void
do_finale (UiScreen *screen)
{
  presenter_finale (of (screen));
}

static void
do_leave (UiScreen *screen)
{
  of (screen)->finale = FALSE;
  journey_follow (of (screen));
}

#define MAIN UI_ACTION_MAIN
#define CHANGES UI_ACTION_CHANGES
#define HIDDEN UI_ACTION_HIDDEN

const UiAction journey_actions[] = {
  { "journey.open", N_ ("open"), N_ ("Shows the selected step."), "Enter Right", MAIN, open_fits, do_open },
  { "journey.sign-in", N_ ("sign-in code"), N_ ("Shows the code of the sign-in that waits."), "Enter s", MAIN,
    sign_in_fits, do_sign_in },
  { "journey.accept", N_ ("accept"), N_ ("Accepts what this step asks you to decide; asks once more before."),
    "Enter", MAIN | CHANGES | UI_ACTION_IRREVERSIBLE, decide_fits, do_accept },
  { "journey.reject", N_ ("reject"), N_ ("Rejects what this step asks you to decide, with a reason."), "r",
    CHANGES | UI_ACTION_IRREVERSIBLE, decide_fits, do_reject },
  { "journey.field", N_ ("next field"), N_ ("Goes on to the next question."), "Enter", MAIN, field_fits,
    do_field },
  { "journey.submit", N_ ("run"), N_ ("Runs the step with these answers, from any field."), "Ctrl-s",
    MAIN | CHANGES, submit_fits, do_run },
  { "journey.run", N_ ("run"), N_ ("Runs the step with the answers of the form."), "Enter", MAIN | CHANGES,
    run_fits, do_run },
  { "journey.answer", N_ ("check and run"), N_ ("Goes to the questions of the step; its button runs it."),
    "Enter", MAIN, answer_fits, do_answer },
  { "journey.next", N_ ("next step"), N_ ("Goes to the step that comes next."), "Enter n", MAIN, next_fits,
    do_next },
  { "journey.wait", N_ ("wait for it"),
    N_ ("Starts the step: it goes on by itself as soon as the others have acted."), "Enter", MAIN | CHANGES,
    wait_fits, do_wait },
  { "journey.first", N_ ("what comes first"), N_ ("Goes to the step of yours that has to be done before."),
    "Enter", MAIN, first_fits, do_first },
  { "journey.party", N_ ("their step"), N_ ("Goes to the step of the one who is waited for."), "Enter v",
    MAIN, party_fits, do_party },
  { "journey.retry", N_ ("try again"), N_ ("Runs the step again; what is done already is not done twice."),
    "Enter", MAIN | CHANGES, retry_fits, do_retry },
  { "journey.account", N_ ("sign in again"), N_ ("Signs in anew, then runs the step again."), "Enter",
    MAIN | CHANGES, account_fits, do_account },
  { "journey.fix", N_ ("correct it"), N_ ("Goes to the answer that was refused."), "Enter", MAIN, fix_fits,
    do_fix },
  { "journey.sandbox", N_ ("start the sandbox"),
    N_ ("Starts the local environment, then runs the step again."), "Enter", MAIN | CHANGES, sandbox_fits,
    do_sandbox },
  { "journey.keyring", N_ ("own keyring"),
    N_ ("Keeps the keys in an encrypted keyring of this state folder, then runs the step again."), "Enter",
    MAIN | CHANGES, keyring_fits, do_keyring },
  { "journey.call", N_ ("show the call"), N_ ("Shows the call that failed."), "Enter", MAIN, call_fits,
    do_call },
  { "journey.finale", N_ ("see the answer"), N_ ("Shows the answer and what to look at next."), "Enter", MAIN,
    finale_fits, do_finale },
  { "journey.leave", N_ ("back to the steps"), N_ ("Goes back to the steps."), "Enter", MAIN, leave_fits,
    do_leave },
  { "journey.steps", N_ ("back to the steps"), N_ ("Goes back to the list; what was typed is kept."), "Esc",
    MAIN, steps_fits, do_steps },
  { "journey.cancel", N_ ("cancel"),
    N_ ("Stops the step that runs; it can be run again and goes on from there."), "x", CHANGES, cancel_fits,
    do_cancel },
  { "journey.hold", N_ ("hold"),
    N_ ("Holds the transfer: what is under way arrives, then nothing moves until you let it go on."), "H",
    CHANGES, hold_fits, do_hold },
  { "journey.release", N_ ("go on"), N_ ("Lets the transfer go on."), "H Enter", MAIN | CHANGES, release_fits,
    do_release },
  { "journey.play", N_ ("play by itself"), N_ ("Runs every step of every persona until the end or a pause."),
    "a", CHANGES, play_fits, do_play },
  { "journey.pause", N_ ("pause"), N_ ("Stops playing after the step that runs now."), "a Space Enter", MAIN,
    pause_fits, do_play },
  { "journey.persona", N_ ("next persona"), N_ ("Shows the next persona."), "p ]", UI_ACTION_PLAIN,
    presenter_fits, do_next_persona },
  { "journey.persona-back", N_ ("persona before"), N_ ("Shows the persona before."), "P [", HIDDEN,
    presenter_fits, do_previous_persona },
  { "journey.end", N_ ("the answer"), N_ ("Shows the answer and what to look at next."), "f", UI_ACTION_PLAIN,
    end_fits, do_finale },
  { "journey.edit", N_ ("edit answers"), N_ ("Goes to the first question of the step."), "e", UI_ACTION_PLAIN,
    edit_fits, do_edit },
  { "journey.clear", N_ ("clear answers"),
    N_ ("Forgets what was typed: the answers are as the step suggests them. Can be undone."), "D", HIDDEN,
    clear_fits, do_clear },
  { "journey.document", N_ ("document"), N_ ("Shows the whole document that is to be decided."), "d",
    UI_ACTION_PLAIN, document_fits, do_document },
  { "journey.again", N_ ("do it again"), N_ ("Does a finished step once more."), "R", CHANGES | HIDDEN,
    again_fits, do_again },
  { "journey.retry-too", N_ ("try again"), N_ ("Runs the failed step again as it is."), "t", CHANGES,
    retry_too_fits, do_retry },
  { "journey.failed-call", N_ ("show the call"), N_ ("Shows the last call of the attempt that failed."), "C",
    UI_ACTION_PLAIN, failed_fits, do_call },
  { "journey.view", N_ ("their view"),
    N_ ("Shows the journey of the one who is waited for, in this terminal."), "v", UI_ACTION_PLAIN, view_fits,
    do_party },
  { "journey.stop-waiting", N_ ("do not wait"), N_ ("The step no longer goes on by itself."), "W",
    UI_ACTION_PLAIN, stop_waiting_fits, do_stop_waiting },
  { "journey.choose", N_ ("personas"), N_ ("Goes to the list of personas, to work as another one."), "w",
    HIDDEN, NULL, do_choose_persona },
  { "journey.go", N_ ("what is next"), N_ ("Goes to the step that can be taken now."), "n", HIDDEN, go_fits,
    do_next },
  { "journey.calls", N_ ("calls"), N_ ("Shows the calls that the step will make."), "c", UI_ACTION_PLAIN,
    detail_fits, do_calls },
  { "journey.command", N_ ("az command"), N_ ("Shows the command that a person would have typed instead."),
    "z", UI_ACTION_PLAIN, command_fits, do_command },
  { "journey.about", N_ ("about the step"), N_ ("Shows everything about the step in one text."), "i", HIDDEN,
    detail_fits, do_about },
  { "journey.probe", N_ ("ask the other side"), N_ ("Asks the other side whether the step is really done."),
    "u", HIDDEN, detail_fits, do_probe },
  UI_ACTIONS_END,
};
