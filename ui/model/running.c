/* SPDX-License-Identifier: MIT
 * What comes in from running jobs: calls, progress, notices, sign-ins; the models made of them.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cloud/environment.h"

#include <glib/gi18n.h>
#include <string.h>

#define LINES_KEPT 50u
#define RATE_OVER_MS 1000

/* ---- the running step ---- */

void
ui_running_touch (UiPerson *person)
{
  ui_bury (person->session, g_steal_pointer (&person->slots[UI_MODEL_RUNNING].value));
  if (person == ui_current (person->session))
    ui_changed (person->session, UI_MODEL_BIT (UI_MODEL_RUNNING));
}

void
ui_hold_step (UiSession *session, gboolean held)
{
  UiPerson *person = ui_current (session);
  if (person == NULL || person->step_job == NULL)
    return;
  ui_job_hold (person->step_job, held);
  /* Time that was spent waiting says nothing about the speed. */
  person->rate = 0;
  person->rate_done = person->run_done;
  person->rate_ms = cr_now_ms ();
  ui_running_touch (person);
}

void
ui_running_forget (UiPerson *person)
{
  ui_running_begin (person, NULL, NULL);
  person->run_started_ms = person->rate_ms = 0;
  g_hash_table_remove_all (person->last_calls);
}

void
ui_running_begin (UiPerson *person, const char *step, const char *title)
{
  g_free (person->run_step);
  person->run_step = g_strdup (step);
  g_free (person->run_title);
  person->run_title = g_strdup (title);
  g_clear_pointer (&person->run_phase, g_free);
  g_clear_pointer (&person->run_waits, g_free);
  g_clear_error (&person->run_problem);
  g_ptr_array_set_size (person->run_call_lines, 0);
  g_ptr_array_set_size (person->run_lines, 0);
  person->run_done = person->run_total = person->rate_done = 0;
  person->run_calls = 0;
  person->rate = 0;
  person->run_started_ms = person->rate_ms = cr_now_ms ();
  person->run_ended_ms = 0;
  person->run_waiting = FALSE;
  ui_running_touch (person);
}

void
ui_running_end (UiPerson *person, const GError *problem, const char *waits)
{
  person->run_ended_ms = cr_now_ms ();
  g_clear_error (&person->run_problem);
  person->run_problem = problem != NULL ? g_error_copy (problem) : NULL;
  g_free (person->run_waits);
  person->run_waits = g_strdup (waits);
  person->run_waiting = waits != NULL && g_hash_table_contains (person->autos, person->run_step);
  ui_running_touch (person);
}

static void
add_line (GPtrArray *lines, char *text)
{
  g_ptr_array_add (lines, text);
  if (lines->len > LINES_KEPT)
    g_ptr_array_remove_index (lines, 0);
}

/* Bytes per second over the last second or so. */
static void
take_rate (UiPerson *person, guint64 done)
{
  gint64 now = cr_now_ms ();
  if (done < person->rate_done) {
    person->rate_done = done;
    person->rate_ms = now;
    person->rate = 0;
  } else if (now - person->rate_ms >= RATE_OVER_MS) {
    person->rate = (gdouble) (done - person->rate_done) * 1000 / (gdouble) (now - person->rate_ms);
    person->rate_done = done;
    person->rate_ms = now;
  }
}

static void
take_progress (UiPerson *person, UiJob *job)
{
  g_autofree char *phase = NULL;
  guint64 done = 0, total = 0;
  if (ui_job_progress (job, &phase, &done, &total)) {
    g_free (person->run_phase);
    person->run_phase = g_steal_pointer (&phase);
    person->run_done = done;
    person->run_total = total;
    take_rate (person, done);
    ui_running_touch (person);
    ui_overview_touch (person->session);
  }
  g_autoptr (GPtrArray) lines = ui_job_take_lines (job);
  for (guint i = 0; i < lines->len; i++)
    add_line (person->run_lines, g_strdup (g_ptr_array_index (lines, i)));
  if (lines->len > 0)
    ui_running_touch (person);
}

/* "Title (name): reason" names an input. */
static char *
input_of (UiArena *arena, const char *message)
{
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GRegex) shape = g_regex_new ("\\(([A-Za-z0-9._-]+)\\): ", 0, 0, NULL);
  if (!g_regex_match (shape, message, 0, &match))
    return NULL;
  g_autofree char *name = g_match_info_fetch (match, 1);
  return ui_text (arena, name);
}

static void
add_failure (UiSession *session, const UiPerson *person, UiRunningStep *running)
{
  UiArena *arena = ui_value_arena (running);
  const char *label = NULL;
  running->failure = ui_problem (arena, person->run_problem);
  const UiStepDetail *detail = ui_slot_value (session, ui_current (session), UI_MODEL_STEP);
  gboolean stopped = detail->remedy == UI_REMEDY_START_SANDBOX;
  running->remedy = ui_remedy_for (running->failure->code, running->failure->next, stopped, &label);
  if (running->failure->code == CR_ERROR_INPUT || running->failure->code == CR_ERROR_USAGE)
    running->remedy_input = input_of (arena, running->failure->what);
  if (running->remedy_input != NULL) {
    running->remedy = UI_REMEDY_FIX_INPUT;
    label = _ ("Correct the input");
  }
  running->remedy_text = ui_text (arena, label);
}

const UiRunningStep *
ui_session_running (UiSession *session)
{
  UiPerson *person = ui_current (session);
  UiSlot *slot = &person->slots[UI_MODEL_RUNNING];
  if (slot->value != NULL)
    return slot->value;
  UiRunningStep *running = ui_running_new ();
  UiArena *arena = ui_value_arena (running);
  running->base.status = UI_MODEL_READY;
  running->base.read_ms = cr_now_ms ();
  running->running = person->step_job != NULL && !ui_job_ended (person->step_job);
  running->cancelling = running->running && ui_job_cancelled (person->step_job);
  running->persona = person->run_step != NULL ? ui_text (arena, person->name) : NULL;
  running->step = ui_text (arena, person->run_step);
  running->title = ui_text (arena, person->run_title);
  running->phase = ui_text_or_empty (arena, person->run_phase);
  running->done = person->run_done;
  running->total = person->run_total;
  running->held = running->running && !running->cancelling && ui_job_held (person->step_job);
  running->rate = running->held ? 0 : person->rate;
  if (running->total > running->done && running->rate >= 1)
    running->left_ms = (gint64) ((gdouble) (running->total - running->done) * 1000 / running->rate);
  running->started_ms = person->run_started_ms;
  running->ended_ms = person->run_ended_ms;
  running->waits_automatic = person->run_waiting;
  running->waits_text = ui_text (arena, person->run_waits);
  running->call_count = person->run_calls;
  for (guint i = 0; i < person->run_call_lines->len; i++)
    ui_add_text (arena, running->calls, g_ptr_array_index (person->run_call_lines, i));
  for (guint i = 0; i < person->run_lines->len; i++)
    ui_add_text (arena, running->lines, g_ptr_array_index (person->run_lines, i));
  if (person->run_problem != NULL)
    add_failure (session, person, running);
  slot->value = running;
  return running;
}

/* ---- sign-in ---- */

static void
end_sign_in (UiPerson *person, gboolean signed_in)
{
  if (person->sign_in_job == NULL)
    return;
  person->sign_in_job = NULL;
  UiSignIn *none = ui_sign_in_new ();
  none->base.status = UI_MODEL_READY;
  none->signed_in = signed_in;
  ui_publish (person->session, person, UI_MODEL_SIGN_IN, none, TRUE);
}

void
ui_sign_in_over (UiSession *session, UiJob *job)
{
  const char *name = ui_job_persona (job);
  UiPerson *person = name != NULL ? ui_person (session, name) : NULL;
  if (person != NULL && person->sign_in_job == job)
    end_sign_in (person, FALSE);
}

static gint64
expiry_of (const json_t *notice)
{
  gint64 value = cr_json_peek_int (notice, "expires_at", 0);
  return value > 0 && value < 100000000000 ? value * 1000 : value;
}

static void
take_sign_in (UiPerson *person, UiJob *job)
{
  g_autofree char *text = ui_job_take_sign_in (job);
  if (text == NULL || ui_job_ended (job))
    return;
  g_autoptr (json_t) notice = cr_json_parse (text, strlen (text), "the sign-in", NULL);
  UiSignIn *asked = ui_sign_in_new ();
  UiArena *arena = ui_value_arena (asked);
  asked->base.status = UI_MODEL_READY;
  asked->base.read_ms = cr_now_ms ();
  asked->asked = TRUE;
  asked->persona = ui_text (arena, person->name);
  asked->account = ui_text_or_null (arena, cr_json_peek_string (notice, "account"));
  asked->url = ui_text_or_empty (arena, cr_json_peek_string (notice, "verification_uri"));
  asked->code = ui_text_or_empty (arena, cr_json_peek_string (notice, "user_code"));
  asked->message = ui_text_or_empty (arena, cr_json_peek_string (notice, "message"));
  asked->qr_text = asked->url;
  asked->expires_ms = expiry_of (notice);
  asked->local = person->session->local_overview != NULL && person->session->local_overview->local;
  person->sign_in_job = job;
  ui_publish (person->session, person, UI_MODEL_SIGN_IN, asked, TRUE);
}

/* ---- calls ---- */

static gboolean
is_sign_in_answer (const UiCall *call)
{
  return call->status == 200 && g_str_has_suffix (call->url, "/oauth2/v2.0/token");
}

static char *
call_text (const UiCall *call)
{
  if (call->status == 0)
    return g_strdup_printf ("%s %s: %s", call->method, call->path,
                            call->problem != NULL ? call->problem : _ ("no answer"));
  return g_strdup_printf ("%s %s %u %u ms", call->method, call->path, call->status, call->elapsed_ms);
}

static void
take_call (UiSession *session, UiCall *call)
{
  call->number = ++session->call_total;
  g_queue_push_tail (&session->call_ring, call);
  if (session->call_ring.length > UI_CALLS_MAX)
    ui_call_unref (g_queue_pop_head (&session->call_ring));
  gboolean ledger = strstr (call->url, "/app/") != NULL || strstr (call->url, "/gov/") != NULL
                    || strstr (call->url, "/node/") != NULL;
  if (ledger && call->status != 0)
    session->ledger_ok_ms = call->started_ms;
  else if (ledger)
    session->ledger_bad_ms = call->started_ms;
  UiPerson *person = *call->persona != '\0' ? ui_person (session, call->persona) : NULL;
  if (person == NULL)
    return;
  if (person->sign_in_job != NULL && is_sign_in_answer (call))
    end_sign_in (person, TRUE);
  if (person->step_job == NULL || g_strcmp0 (call->why, person->run_title) != 0)
    return;
  person->run_calls++;
  add_line (person->run_call_lines, call_text (call));
  guint64 *number = g_new (guint64, 1);
  *number = call->number;
  g_hash_table_replace (person->last_calls, g_strdup (person->run_step), number);
  ui_running_touch (person);
}

const UiCalls *
ui_session_calls (UiSession *session)
{
  if (!session->calls_dirty)
    return session->calls;
  session->calls_dirty = FALSE;
  UiCalls *calls = ui_calls_new ();
  UiArena *arena = ui_value_arena (calls);
  calls->base.status = UI_MODEL_READY;
  calls->base.read_ms = cr_now_ms ();
  calls->total = session->call_total;
  GPtrArray *list = g_ptr_array_new_full (session->call_ring.length, (GDestroyNotify) ui_call_unref);
  for (GList *at = session->call_ring.head; at != NULL; at = at->next)
    g_ptr_array_add (list, ui_call_ref (at->data));
  ui_arena_own (arena, list, (GDestroyNotify) g_ptr_array_unref);
  calls->calls = list;
  ui_bury (session, session->calls);
  session->calls = calls;
  return calls;
}

/* ---- everything that came in ---- */

void
ui_session_drain (gpointer data)
{
  UiSession *session = data;
  GQueue calls = ui_post_take_calls (session->post);
  if (calls.length > 0) {
    session->calls_dirty = TRUE;
    ui_overview_touch (session);
    ui_changed (session, UI_MODEL_BIT (UI_MODEL_CALLS));
  }
  for (UiCall *call = g_queue_pop_head (&calls); call != NULL; call = g_queue_pop_head (&calls))
    take_call (session, call);
  for (guint i = 0; i < session->jobs->len; i++) {
    UiJob *job = g_ptr_array_index (session->jobs, i);
    const char *name = ui_job_persona (job);
    if (name == NULL || ui_job_ended (job))
      continue;
    UiPerson *person = ui_person (session, name);
    if (person->step_job == job)
      take_progress (person, job);
    take_sign_in (person, job);
  }
  GQueue ended = ui_post_take_ended (session->post);
  for (UiJob *job = g_queue_pop_head (&ended); job != NULL; job = g_queue_pop_head (&ended)) {
    ui_job_finish (session, job);
    ui_job_unref (job);
  }
}
