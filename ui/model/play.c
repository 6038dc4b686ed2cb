/* SPDX-License-Identifier: MIT
 * Presenter mode: the steps of whoever can act, until the end.
 */
#include "ui/model/session-private.h"

#include "base/error.h"

#include <glib/gi18n.h>

/* The job of the whole run has a thread that only waits to be told that it is over. */
typedef struct {
  GError *problem;
  char *text;
  char *last_turn;    /* that ended waiting: "persona/step" */
  GPtrArray *engines; /* that are no longer needed when it is over */
} Play;

static void
play_free (gpointer data)
{
  Play *play = data;
  g_clear_error (&play->problem);
  g_free (play->text);
  g_free (play->last_turn);
  g_clear_pointer (&play->engines, g_ptr_array_unref);
  g_free (play);
}

static void
play_run (UiJob *job, gpointer input, GError **error)
{
  (void) error;
  Play *play = input;
  GPollFD wake;
  GCancellable *cancellable = cr_job_cancellable (ui_job_cr (job));
  if (!g_cancellable_make_pollfd (cancellable, &wake))
    return;
  while (!g_cancellable_is_cancelled (cancellable))
    g_poll (&wake, 1, -1);
  g_cancellable_release_fd (cancellable);
  g_clear_pointer (&play->engines, g_ptr_array_unref);
}

static void
play_ended (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  const Play *play = input;
  session->playing = FALSE;
  session->play_job = NULL;
  ui_overview_touch (session);
  if (ui_job_cancelled (job)) {
    /* At once: also the step that runs. */
    GHashTableIter people;
    gpointer each;
    g_hash_table_iter_init (&people, session->people);
    while (g_hash_table_iter_next (&people, NULL, &each))
      ui_job_cancel (((UiPerson *) each)->step_job);
    g_autoptr (GError) stopped = NULL;
    cr_set_error (&stopped, CR_ERROR_CANCELLED, _ ("Start it again to go on where it stopped."),
                  _ ("Stopped at your request."));
    ui_op_tell (session, job, stopped, NULL, NULL, NULL, NULL);
    return;
  }
  ui_op_tell (session, job, error != NULL ? error : play->problem, play->text, NULL, NULL, NULL);
}

/* Takes PROBLEM. */
static void
end_play (UiSession *session, GError *problem, const char *text)
{
  Play *play = ui_job_input (session->play_job);
  play->problem = problem;
  play->text = g_strdup (text);
  play->engines = ui_take_engines (session, NULL);
  session->playing = FALSE;
  g_cancellable_cancel (cr_job_cancellable (ui_job_cr (session->play_job)));
}

static gboolean
anybody_runs (UiSession *session)
{
  GHashTableIter people;
  gpointer each;
  g_hash_table_iter_init (&people, session->people);
  while (g_hash_table_iter_next (&people, NULL, &each))
    if (((UiPerson *) each)->step_job != NULL)
      return TRUE;
  return FALSE;
}

void
ui_play_look (UiSession *session)
{
  if (!session->playing || session->local_job != NULL || anybody_runs (session))
    return;
  const UiOverview *now = session->local_overview;
  if (session->play_pause) {
    end_play (session, NULL, _ ("Paused. It goes on from here."));
  } else if (now->turn_step != NULL) {
    const UiOverview *kept = ui_value_ref (now);
    ui_run_unattended (session, ui_person (session, kept->turn_persona), kept->turn_step, NULL, NULL);
    union {
      const UiOverview *fixed;
      gpointer free;
    } given = { .fixed = kept };
    ui_value_unref (given.free);
  } else if (now->complete) {
    end_play (session, NULL, _ ("Everything is done."));
  } else {
    GError *problem = NULL;
    cr_set_error (&problem, CR_ERROR_WAITING, _ ("Look at the journeys: each says whom it waits for."),
                  _ ("Nobody here can go on."));
    end_play (session, problem, NULL);
  }
}

void
ui_play_step_ended (UiSession *session, const char *turn, const UiResult *result)
{
  if (!session->playing)
    return;
  Play *play = ui_job_input (session->play_job);
  gboolean again = g_strcmp0 (play->last_turn, turn) == 0;
  g_clear_pointer (&play->last_turn, g_free);
  gboolean waits = result->state == UI_STEP_WAITING;
  if (waits)
    play->last_turn = g_strdup (turn);
  if ((waits && again) || (!result->ok && !waits))
    end_play (session,
              result->problem != NULL ? ui_problem_error (result->problem)
                                      : g_error_new_literal (CR_ERROR, CR_ERROR_WAITING, result->text),
              NULL);
}

UiJob *
ui_play (UiSession *session, UiDone done, gpointer data)
{
  GError *problem = NULL;
  if (session->play_job != NULL)
    cr_set_error (&problem, CR_ERROR_RETRY, NULL, _ ("It is running already."));
  else if (!session->presenter)
    cr_set_error (&problem, CR_ERROR_INPUT, _ ("Start the program with --present."),
                  _ ("Only a presenter runs the steps of everybody."));
  else if (session->read_only)
    cr_set_error (&problem, CR_ERROR_REFUSED, _ ("Start the program without --read-only."),
                  _ ("Nothing may be changed: the program was started read-only."));
  if (problem != NULL)
    return ui_op_refuse (session, _ ("Run everything"), problem, done, data);
  UiJobPlan plan = { .title = _ ("Run everything"),
                     .run = play_run,
                     .end = play_ended,
                     .input = g_new0 (Play, 1),
                     .free_input = play_free };
  session->play_job = ui_job_start (session, &plan);
  session->playing = TRUE;
  session->play_pause = FALSE;
  ui_job_set_done (session->play_job, done, data);
  ui_local_refresh (session, 0);
  return session->play_job;
}

void
ui_play_pause (UiSession *session)
{
  session->play_pause = session->playing;
  ui_local_refresh (session, 0);
}
