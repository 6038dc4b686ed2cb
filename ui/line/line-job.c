/* SPDX-License-Identifier: MIT
 * What runs, told as occasional lines: progress, outcome, a sign-in that is asked for, and what others have
 * done.
 */
#include "ui/line/line-private.h"

#include "base/error.h"
#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define SAY_EVERY_MS 4000
#define EXIT_WAITING 4
#define QUIET_MS 1500 /* what ends sooner needs no progress */

/* ---- a job ---- */

static gint64
now_ms (void)
{
  return g_get_real_time () / 1000;
}

void
line_job (Line *line, UiJob *job, LineThen then, const char *object)
{
  g_clear_pointer (&line->job, ui_job_unref);
  g_free (line->then_object);
  line->job = ui_job_ref (job);
  line->then = then;
  line->then_object = g_strdup (object);
  line->told = FALSE;
  line->ticks = 0;
  line->last_said_ms = line->run_started_ms = now_ms ();
  line->quarter = line->total = 0;
  g_hash_table_remove_all (line->lines_told);
}

static void
tell_lines (Line *line, GPtrArray *texts)
{
  for (guint i = 0; texts != NULL && i < texts->len; i++)
    if (g_hash_table_add (line->lines_told, g_strdup (g_ptr_array_index (texts, i))))
      line_item (line, g_ptr_array_index (texts, i));
}

static int
exit_code_of (const UiResult *result)
{
  if (result->cancelled)
    return 130;
  if (result->ok || result->problem == NULL)
    return result->ok ? (result->state == UI_STEP_WAITING ? EXIT_WAITING : 0) : 1;
  g_autoptr (GError) error = g_error_new_literal (CR_ERROR, (gint) result->problem->code,
                                                  result->problem->what);
  return cr_error_exit_code (error);
}

static void
tell_result (Line *line, const UiResult *result)
{
  tell_lines (line, result->lines);
  if (result->cancelled)
    line_say (line, "%s", _ ("Cancelled. What was done is kept; run it again to go on."));
  else if (result->ok || result->state == UI_STEP_WAITING) {
    if (g_hash_table_add (line->lines_told, g_strdup (result->text)))
      line_say (line, "%s", result->text);
  } else {
    line_say (line, "%s", _ ("It did not work."));
    if (result->problem != NULL)
      line_problem (line, result->problem);
    else
      line_say (line, "%s", result->text);
  }
}

void
line_done (UiSession *session, const UiResult *result, gpointer data)
{
  Line *line = data;
  (void) session;
  g_autofree char *object = g_steal_pointer (&line->then_object);
  LineThen then = line->then;
  line->then = NULL;
  g_clear_pointer (&line->job, ui_job_unref);
  line->told = FALSE;
  line->ticks = 0;
  line->code = exit_code_of (result);
  line->bad_answer = FALSE;
  tell_result (line, result);
  if (!line->undoing)
    line_undoable_result (line, result);
  line->undoing = FALSE;
  if (then != NULL)
    then (line, result, object);
  line_go_on (line);
}

/* ---- progress ---- */

static char *
amount (guint64 count, guint64 total)
{
  return total >= 2000 ? g_format_size (count) : g_strdup_printf ("%" PRIu64, count);
}

static void
say_amount (Line *line, const UiRunningStep *running)
{
  g_autofree char *done = amount (running->done, running->total);
  g_autofree char *total = amount (running->total, running->total);
  line_say (line, _ ("%u percent, %s of %s."), (guint) (running->done * 100 / running->total), done, total);
}

void
line_progress (Line *line)
{
  const UiRunningStep *running = ui_session_running (line->session);
  gint64 now = now_ms ();
  if (line->job == NULL || !running->running || running->started_ms + 50 < line->run_started_ms)
    return;
  tell_lines (line, running->lines);
  if (running->total != line->total)
    line->quarter = 0;
  line->total = running->total;
  guint64 quarter = running->total > 0 ? MIN (running->done, running->total) * 4 / running->total : 0;
  if (now - line->run_started_ms < QUIET_MS)
    line->quarter = MAX (line->quarter, quarter);
  else if (quarter > line->quarter) {
    line->quarter = quarter;
    line->last_said_ms = now;
    say_amount (line, running);
  } else if (now - line->last_said_ms >= SAY_EVERY_MS && *running->phase != '\0'
             && g_hash_table_add (line->lines_told, g_strdup (running->phase))) {
    line->last_said_ms = now;
    line_say (line, "%s", running->phase);
  }
}

void
line_job_status (Line *line)
{
  const UiRunningStep *running = ui_session_running (line->session);
  const UiSignIn *sign_in = ui_session_sign_in (line->session);
  guint seconds = (guint) ((now_ms () - line->run_started_ms) / 1000);
  line_say (line, _ ("Running for %u seconds: %s. Type cancel to stop it."), seconds,
            ui_job_title (line->job));
  if (running->running && *running->phase != '\0')
    line_say (line, "%s", running->phase);
  if (running->running && running->total > 0)
    say_amount (line, running);
  if (sign_in->asked)
    line_say (line, _ ("It waits for the sign-in with the code %s at %s"), sign_in->code, sign_in->url);
}

void
line_job_cancel (Line *line)
{
  if (line->job == NULL)
    return;
  line_say (line, "%s", _ ("Being cancelled."));
  line_question_drop (line, &line->code_told);
  ui_job_cancel (line->job);
}

void
line_job_hold (Line *line, gboolean held)
{
  const UiRunningStep *running = ui_session_running (line->session);
  if (!running->running || running->total == 0) {
    line_job_status (line);
    return;
  }
  ui_hold_step (line->session, held);
  line_say (line, "%s", held ? _ ("Held. Type go on to let it go on.") : _ ("It goes on."));
}

/* Ctrl-C: stops what runs; a second one leaves. */
void
line_interrupt (Line *line)
{
  gboolean second = line->interrupted;
  line->interrupted = TRUE;
  if (second)
    line_quit (line, 130);
  else if (line->job != NULL)
    line_job_cancel (line);
  else {
    line->told = line->told && !line->waiting && line->watch == NULL;
    line->waiting = FALSE;
    line->watch = NULL;
    line_say (line, "%s", _ ("Ctrl-C once more leaves the program."));
    line_prompt_again (line);
  }
  line_go_on (line);
}

/* ---- sign-in ---- */

static void
approved (UiSession *session, const UiResult *result, gpointer data)
{
  Line *line = data;
  (void) session;
  if (result->ok || result->cancelled)
    return;
  line_say (line, "%s", _ ("The sign-in was not taken."));
  line_problem (line, result->problem);
  g_clear_pointer (&line->code_told, g_free); /* it is asked again */
  line_go_on (line);
}

static void
sign_in_answered (Line *line, const char *text, gpointer data)
{
  (void) data;
  if (text == NULL || g_strcmp0 (text, _ ("Give up the sign-in and what asked for it")) == 0) {
    if (line->job != NULL)
      line_job_cancel (line);
  } else if (g_strcmp0 (text, _ ("Sign in here: this is the local identity provider")) == 0)
    ui_approve_sign_in (line->session, approved, line);
  else
    line_say (line, "%s", _ ("It goes on by itself as soon as you have signed in."));
}

static void
ask_sign_in (Line *line, const UiSignIn *sign_in)
{
  const char *const local[] = { _ ("Sign in here: this is the local identity provider"),
                                _ ("I sign in elsewhere: wait"),
                                _ ("Give up the sign-in and what asked for it"), NULL };
  const char *const remote[] = { _ ("I sign in elsewhere: wait"),
                                 _ ("Give up the sign-in and what asked for it"), NULL };
  line_ask (line, &(LineQuestion){
                      .text = _ ("How do you want to sign in?"),
                      .help = _ ("Open the page on any device, type the code and sign in there. Nothing is "
                                 "typed into this terminal. Go on only if you have started this yourself."),
                      .choices = sign_in->local ? local : remote,
                      .initial = sign_in->local ? local[0] : remote[0],
                      .answered = sign_in_answered,
                      .data = &line->code_told });
}

void
line_sign_in (Line *line)
{
  const UiSignIn *sign_in = ui_session_sign_in (line->session);
  if (!sign_in->asked) {
    if (line->code_told != NULL && sign_in->signed_in)
      line_say (line, "%s", _ ("Signed in."));
    g_clear_pointer (&line->code_told, g_free);
    line_question_drop (line, &line->code_told);
    return;
  }
  if (g_strcmp0 (line->code_told, sign_in->code) == 0)
    return;
  g_free (line->code_told);
  line->code_told = g_strdup (sign_in->code);
  if (ui_session_presenter (line->session) && sign_in->local)
    return; /* answered by itself */
  g_autofree char *until = line_time (sign_in->expires_ms);
  line_gap (line);
  line_say (line, _ ("A sign-in is needed for %s."), sign_in->persona);
  line_pair (line, _ ("Account"), sign_in->account);
  line_pair (line, _ ("Open this page"), sign_in->url);
  line_pair (line, _ ("Type this code"), sign_in->code);
  line_pair (line, _ ("The code is good until"), until);
  line_question_drop (line, &line->code_told);
  ask_sign_in (line, sign_in);
}

/* ---- what others have done, and steps that go on by themselves ---- */

static gboolean
still_waits (const UiJourney *journey, const UiWait *wait)
{
  for (guint i = 0; i < journey->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (journey->steps, i);
    for (guint w = 0; w < step->waits->len; w++) {
      const UiWait *other = g_ptr_array_index (step->waits, w);
      if (g_strcmp0 (other->persona, wait->persona) == 0 && g_strcmp0 (other->step, wait->step) == 0
          && (wait->step != NULL || g_strcmp0 (other->artefact, wait->artefact) == 0))
        return TRUE;
    }
  }
  return FALSE;
}

/* "northwind has done: Publish your data." Once for each. */
static gboolean
say_others (Line *line, const UiJourney *old, const UiJourney *now)
{
  g_autoptr (GHashTable) said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < old->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (old->steps, i);
    for (guint w = 0; w < step->waits->len; w++) {
      const UiWait *wait = g_ptr_array_index (step->waits, w);
      if (wait->mine || wait->persona == NULL || still_waits (now, wait))
        continue;
      const char *what = wait->title != NULL ? wait->title : wait->artefact;
      g_autofree char *text = what != NULL ? g_strdup_printf (_ ("%s has done: %s."), wait->persona, what)
                                           : g_strdup_printf (_ ("%s has acted."), wait->persona);
      if (g_hash_table_add (said, g_strdup (text)))
        line_text (line, 0, text);
    }
  }
  return g_hash_table_size (said) > 0;
}

void
line_say_step (Line *line, const char *id, UiStepState state)
{
  const UiStep *step = ui_journey_step (ui_session_journey (line->session), id);
  /* A refusal leaves the step as it was: the journey says whether it failed. */
  if (step == NULL || state == UI_STEP_FAILED)
    return;
  g_free (line->said_step);
  line->said_step = g_strdup (id);
  line->said_state = state;
  line_say (line, _ ("Step %u, %s: %s."), step->number, step->title, ui_step_state_word (state));
}

static gboolean
say_step (Line *line, const UiStep *old, const UiStep *now)
{
  if (now->state == line->said_state && g_strcmp0 (line->said_step, now->id) == 0)
    return FALSE;
  const char *word = now->state == UI_STEP_RUNNING && now->automatic ? _ ("goes on by itself")
                                                                     : ui_step_state_word (now->state);
  gboolean worth = now->state == UI_STEP_RUNNING || now->state == UI_STEP_DONE || now->state == UI_STEP_FAILED
                   || now->state == UI_STEP_WAITING || now->state == UI_STEP_INTERRUPTED
                   || now->state == UI_STEP_CANCELLED
                   || (now->state == UI_STEP_READY && old->state == UI_STEP_WAITING);
  if (old->state == now->state || !worth || (now->state == UI_STEP_WAITING && old->state == UI_STEP_TODO))
    return FALSE;
  line_say (line, _ ("Step %u, %s: %s."), now->number, now->title, word);
  if (now->state == UI_STEP_DONE && line->code == EXIT_WAITING)
    line->code = 0; /* what was waited for has come */
  if (now->state == UI_STEP_FAILED && now->note != NULL && g_strcmp0 (line->just_ran, now->id) != 0)
    line_text (line, 2, now->note);
  return TRUE;
}

void
line_announce (Line *line)
{
  const UiJourney *now = ui_session_journey (line->session);
  const UiJourney *old = line->journey;
  if (now->base.status != UI_MODEL_READY || now == old)
    return;
  gboolean same = old != NULL && g_strcmp0 (old->persona, now->persona) == 0
                  && g_strcmp0 (old->scenario, now->scenario) == 0;
  gboolean prompting = line->at_prompt || line->asked || (line->told && line->job == NULL && !line->waiting);
  gboolean said = same && say_others (line, old, now);
  const UiRunningStep *running = ui_session_running (line->session);
  for (guint i = 0; same && i < now->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (now->steps, i);
    const UiStep *before = ui_journey_step (old, step->id);
    /* What the person waits for tells its outcome itself. */
    gboolean told = line->job != NULL && g_strcmp0 (running->step, step->id) == 0;
    if (before != NULL && !told && g_strcmp0 (line->then_object, step->id) != 0)
      said = say_step (line, before, step) || said;
  }
  ui_value_unref (line->journey);
  line->journey = ui_value_ref (now);
  if (said && prompting) {
    const LineOpen *open = line_top (line);
    line->stale = line->told && open != NULL && open->page->model == UI_MODEL_JOURNEY;
    line_prompt_again (line);
  }
}
