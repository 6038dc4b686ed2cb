/* SPDX-License-Identifier: MIT
 * The local reading: journeys, the step on screen and the overview, from journal and files, without a call.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "cloud/environment.h"
#include "workflow/local-sandbox.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

/* What stays open between readings; belongs to the reading while it runs. */
struct UiLocal {
  WorkflowEngine *engine;
  char *scenario;
};

typedef struct {
  UiAccess *access;
  UiWatch *watch;
  UiLocal *local;
  char *scenario, *persona, *step;
  gboolean presenter, read_only, choices;
  GHashTable *autos; /* persona -> set of step ids */
  GHashTable *draft; /* not written yet, or NULL */
  guint64 last_call;
  /* outcome */
  GHashTable *journeys; /* persona -> UiJourney */
  UiStepDetail *detail;
  UiOverview *overview, *scenarios;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;
  ui_local_free (look->local);
  ui_access_unref (look->access);
  ui_watch_unref (look->watch);
  g_free (look->scenario);
  g_free (look->persona);
  g_free (look->step);
  g_hash_table_unref (look->autos);
  g_clear_pointer (&look->draft, g_hash_table_unref);
  g_hash_table_unref (look->journeys);
  ui_value_unref (look->detail);
  ui_value_unref (look->overview);
  ui_value_unref (look->scenarios);
  g_free (look);
}

void
ui_local_free (UiLocal *local)
{
  if (local == NULL)
    return;
  g_clear_pointer (&local->engine, workflow_engine_close);
  g_free (local->scenario);
  g_free (local);
}

/* ---- on the job's thread ---- */

static WorkflowEngine *
open_engine (Look *look, GError **error)
{
  UiLocal *local = look->local;
  if (local->engine != NULL && g_strcmp0 (local->scenario, look->scenario) == 0)
    return local->engine;
  g_clear_pointer (&local->engine, workflow_engine_close);
  g_free (local->scenario);
  local->scenario = g_strdup (look->scenario);
  local->engine = ui_access_engine (look->access, look->scenario, TRUE, error);
  return local->engine;
}

static void
describe_environment (Look *look)
{
  UiOverview *overview = look->overview;
  UiArena *arena = ui_value_arena (overview);
  const char *dir = ui_access_state_dir (look->access);
  g_autoptr (GError) problem = NULL;
  g_autoptr (Environment) environment = environment_load (dir, &problem);
  const WorkflowPlace *place = ui_access_place (look->access);
  g_autoptr (GPtrArray) names = workflow_place_names (place->state_dir);
  overview->state_dir = ui_text (arena, place->state_dir);
  overview->environments = ui_arena_list (arena);
  for (guint i = 0; i < names->len; i++)
    ui_add_text (arena, overview->environments, g_ptr_array_index (names, i));
  if (!local_sandbox_is_ours (dir, &overview->local, NULL))
    overview->local = FALSE;
  overview->environment = environment != NULL               ? ui_text (arena, environment->name)
                          : workflow_place_is_local (place) ? ui_text (arena, _ ("none"))
                                                            : ui_text (arena, place->name);
  if (problem != NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND))
    overview->problem_text = ui_text (arena, problem->message);
  g_autofree char *endpoint = g_build_filename (dir, "public", "ccfEndpoint.json", NULL);
  overview->consortium_ok = g_file_test (endpoint, G_FILE_TEST_EXISTS)
                            || (environment != NULL && environment->ledger->url != NULL);
}

static void
add_persona (Look *look, WorkflowEngine *engine, const WorkflowPersona *from, guint index)
{
  UiArena *arena = ui_value_arena (look->overview);
  UiPersona *persona = UI_TAKE (arena, UiPersona);
  persona->name = ui_text (arena, from->name);
  persona->title = ui_text (arena, from->title);
  persona->purpose = ui_text_or_empty (arena, from->purpose);
  persona->member = from->member;
  persona->current = g_strcmp0 (from->name, look->persona) == 0;
  persona->index = index;
  /* Of the name, not of the title: it is the same in every language, and one cell wide. */
  g_autofree char *marker = g_strndup (from->name, 1);
  *marker = g_ascii_toupper (*marker);
  persona->marker = ui_text (arena, marker);
  g_ptr_array_add (look->overview->personas, persona);
  /* The folders of the others are none of this persona's business. */
  persona->known = persona->current || look->presenter || look->persona == NULL;
  if (!persona->known)
    return;
  g_autofree char *folder = g_build_filename (ui_access_state_dir (look->access), from->name, "private",
                                              NULL);
  persona->begun = g_file_test (folder, G_FILE_TEST_IS_DIR);
  g_autoptr (GError) problem = NULL;
  UiJourney *journey = ui_build_journey (engine, from->name, g_hash_table_lookup (look->autos, from->name),
                                         &problem);
  if (journey == NULL) {
    UiJourney *empty = ui_journey_new ();
    journey = ui_value_with (empty, UI_MODEL_FAILED, FALSE, problem);
    ui_value_unref (empty);
  }
  journey->base.read_ms = cr_now_ms ();
  persona->done = journey->done;
  persona->total = journey->total;
  persona->next_text = ui_text (arena, journey->next_text);
  if (persona->current) {
    look->overview->persona = persona->name;
    look->overview->persona_title = persona->title;
    look->overview->waiting_for = ui_text (arena, journey->waiting_for);
  }
  g_hash_table_insert (look->journeys, g_strdup (from->name), journey);
}

/* Can it be run now; SILENT: also what waits for something that only another try can tell. */
static gboolean
can_run (const UiStep *step, gboolean silent)
{
  if (step->state == UI_STEP_READY || step->state == UI_STEP_FAILED || step->state == UI_STEP_INTERRUPTED
      || step->state == UI_STEP_CANCELLED)
    return TRUE;
  if (!silent || step->state != UI_STEP_WAITING)
    return FALSE;
  for (guint i = 0; i < step->waits->len; i++)
    if (((const UiWait *) g_ptr_array_index (step->waits, i))->artefact == NULL)
      return TRUE;
  return FALSE;
}

/* Presenter: the step that fetches the answer. */
static void
find_answer (Look *look, GPtrArray *turns)
{
  UiArena *arena = ui_value_arena (look->overview);
  for (guint i = 0; i < turns->len; i++) {
    const WorkflowTurn *turn = g_ptr_array_index (turns, i);
    if (g_strcmp0 (turn->step->action, "query.output") != 0)
      continue;
    look->overview->answer_persona = ui_text (arena, turn->persona);
    look->overview->answer_step = ui_text (arena, turn->step->id);
  }
}

/* Presenter: whose turn it is. */
static void
find_turn (Look *look, WorkflowEngine *engine)
{
  UiOverview *overview = look->overview;
  g_autoptr (GPtrArray) turns = workflow_engine_order (engine, FALSE);
  overview->complete = turns->len > 0;
  find_answer (look, turns);
  for (int silent = 0; silent <= 1 && overview->turn_step == NULL; silent++)
    for (guint i = 0; i < turns->len && overview->turn_step == NULL; i++) {
      const WorkflowTurn *turn = g_ptr_array_index (turns, i);
      const UiJourney *journey = g_hash_table_lookup (look->journeys, turn->persona);
      const UiStep *step = journey != NULL ? ui_journey_step (journey, turn->step->id) : NULL;
      if (step == NULL || step->state == UI_STEP_DONE || step->state == UI_STEP_SKIPPED)
        continue;
      overview->complete = FALSE;
      if (!can_run (step, silent == 1))
        continue;
      UiArena *arena = ui_value_arena (overview);
      overview->turn_persona = ui_text (arena, turn->persona);
      overview->turn_step = ui_text (arena, step->id);
      overview->turn_title = ui_text (arena, step->title);
    }
}

static void
describe_persona (Look *look, WorkflowEngine *engine)
{
  UiArena *arena = ui_value_arena (look->overview);
  g_autofree char *journal = g_build_filename (ui_access_state_dir (look->access), look->persona, "private",
                                               "journal.db", NULL);
  WorkflowContext *context = g_file_test (journal, G_FILE_TEST_EXISTS)
                                 ? workflow_engine_context (engine, look->persona, NULL)
                                 : NULL;
  g_autofree char *account = context != NULL ? workflow_context_recall (context, "account") : NULL;
  look->overview->account = ui_text (arena, account);
  gint64 pid = 0;
  g_autofree char *holder = workflow_engine_holder (engine, look->persona, &pid);
  if (holder != NULL && pid != (gint64) getpid ())
    look->overview->holder = ui_text (arena, holder);
}

static gboolean
local_stopped (Look *look)
{
  if (!look->overview->local)
    return FALSE;
  g_autoptr (LocalSandbox) sandbox = local_sandbox_status (ui_access_state_dir (look->access));
  return !sandbox->running;
}

static void
look_at_step (Look *look, WorkflowEngine *engine)
{
  const UiJourney *journey = g_hash_table_lookup (look->journeys, look->persona);
  if (journey == NULL)
    return;
  g_autoptr (GHashTable) written = look->draft == NULL
                                       ? ui_draft_load (ui_access_state_dir (look->access), look->persona,
                                                        look->scenario, look->step)
                                       : NULL;
  UiStepQuestion question = { .engine = engine,
                              .persona = look->persona,
                              .step = look->step,
                              .presenter = look->presenter,
                              .local_stopped = local_stopped (look),
                              .last_call = look->last_call,
                              .draft = look->draft != NULL ? look->draft : written };
  g_autoptr (GError) problem = NULL;
  look->detail = ui_build_step (&question, journey, &problem);
  if (look->detail == NULL) {
    UiStepDetail *empty = ui_step_detail_new ();
    if (problem == NULL)
      cr_set_error (&problem, CR_ERROR_NOT_FOUND, NULL, _ ("There is no step %s here."), look->step);
    look->detail = ui_value_with (empty, UI_MODEL_FAILED, FALSE, problem);
    ui_value_unref (empty);
  }
  look->detail->base.read_ms = cr_now_ms ();
}

/* Every scenario of the personas folder. */
static void
read_choices (Look *look)
{
  look->scenarios = ui_overview_new ();
  UiArena *arena = ui_value_arena (look->scenarios);
  const char *dir = ui_access_personas_dir (look->access, NULL);
  g_auto (GStrv) names = dir != NULL ? workflow_scenario_names (dir, NULL) : NULL;
  for (guint i = 0; names != NULL && names[i] != NULL; i++) {
    g_autoptr (GError) problem = NULL;
    UiScenario *scenario = UI_TAKE (arena, UiScenario);
    scenario->name = ui_text (arena, names[i]);
    scenario->title = scenario->purpose = ui_text (arena, "");
    scenario->current = g_strcmp0 (names[i], look->scenario) == 0;
    scenario->personas = ui_arena_list (arena);
    g_ptr_array_add (look->scenarios->scenarios, scenario);
    gboolean at_hand = scenario->current && look->local->engine != NULL;
    g_autoptr (WorkflowEngine) opened = at_hand ? NULL
                                                : ui_access_engine (look->access, names[i], TRUE, &problem);
    WorkflowEngine *engine = at_hand ? look->local->engine : opened;
    if (engine == NULL) {
      scenario->problem = problem != NULL ? ui_text (arena, problem->message) : NULL;
      continue;
    }
    const WorkflowScenario *from = workflow_engine_scenario (engine);
    scenario->title = ui_text_or_empty (arena, from->title);
    scenario->purpose = ui_text_or_empty (arena, from->purpose);
    for (guint k = 0; k < from->journeys->len; k++)
      ui_add_text (arena, scenario->personas,
                   ((const WorkflowJourney *) g_ptr_array_index (from->journeys, k))->persona->name);
  }
  look->scenarios->base.status = UI_MODEL_READY;
}

static void
cover (Look *look, WorkflowEngine *engine)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const WorkflowScenario *scenario = engine != NULL ? workflow_engine_scenario (engine) : NULL;
  for (guint i = 0; scenario != NULL && i < scenario->journeys->len; i++) {
    const char *name = ((const WorkflowJourney *) g_ptr_array_index (scenario->journeys, i))->persona->name;
    if (look->presenter || look->persona == NULL || g_str_equal (look->persona, name))
      g_strv_builder_add (names, name);
  }
  g_auto (GStrv) list = g_strv_builder_end (names);
  ui_watch_cover (look->watch, ui_access_state_dir (look->access), (const char *const *) list);
}

static void
run_look (UiJob *job, gpointer input, GError **error)
{
  (void) job;
  Look *look = input;
  look->overview = ui_overview_new ();
  describe_environment (look);
  WorkflowEngine *engine = open_engine (look, error);
  /* Before reading: what changes meanwhile is read again. */
  cover (look, engine);
  if (look->choices)
    read_choices (look);
  if (engine == NULL)
    return;
  const WorkflowScenario *scenario = workflow_engine_scenario (engine);
  UiArena *arena = ui_value_arena (look->overview);
  look->overview->scenario = ui_text (arena, scenario->name);
  look->overview->scenario_title = ui_text_or_empty (arena, scenario->title);
  look->overview->read_only = look->read_only;
  look->overview->presenter = look->presenter;
  for (guint i = 0; i < scenario->journeys->len; i++)
    add_persona (look, engine, ((const WorkflowJourney *) g_ptr_array_index (scenario->journeys, i))->persona,
                 i);
  if (look->persona != NULL) {
    if (g_hash_table_lookup (look->journeys, look->persona) == NULL) {
      workflow_scenario_journey (scenario, look->persona, error);
      return;
    }
    describe_persona (look, engine);
    if (look->step != NULL)
      look_at_step (look, engine);
  }
  if (look->presenter)
    find_turn (look, engine);
  look->overview->base.status = UI_MODEL_READY;
  look->overview->base.read_ms = cr_now_ms ();
}

/* ---- in the UI thread ---- */

static void
take_journeys (UiSession *session, Look *look)
{
  GHashTableIter iter;
  gpointer name, journey;
  g_hash_table_iter_init (&iter, look->journeys);
  while (g_hash_table_iter_next (&iter, &name, &journey))
    ui_publish (session, ui_person (session, name), UI_MODEL_JOURNEY, ui_value_ref (journey), TRUE);
}

static void
take_detail (UiSession *session, Look *look)
{
  UiPerson *person = ui_person (session, look->persona);
  if (g_strcmp0 (person->slots[UI_MODEL_STEP].object, look->step) == 0)
    ui_publish (session, person, UI_MODEL_STEP, g_steal_pointer (&look->detail), TRUE);
}

/* The scenario, the persona or the state folder cannot be read at all. */
static void
take_trouble (UiSession *session, const GError *error)
{
  UiPerson *person = ui_current (session);
  const UiValue *journey = ui_slot_value (session, person, UI_MODEL_JOURNEY);
  ui_publish (session, person, UI_MODEL_JOURNEY, ui_value_with (journey, UI_MODEL_FAILED, FALSE, error),
              TRUE);
}

static void
look_ended (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  (void) job;
  Look *look = input;
  /* The engine of another environment is of no use here. */
  if (look->access == session->access)
    session->local = g_steal_pointer (&look->local);
  session->local_job = NULL;
  gboolean current = look->access == session->access && g_strcmp0 (look->scenario, session->scenario) == 0
                     && g_strcmp0 (look->persona, session->persona) == 0;
  if (!current) {
    session->local_again = TRUE;
  } else {
    take_journeys (session, look);
    if (look->detail != NULL)
      take_detail (session, look);
    if (error != NULL)
      take_trouble (session, error);
    UiOverview *overview = g_steal_pointer (&look->overview);
    if (error != NULL) {
      overview->problem_text = ui_text (ui_value_arena (overview), error->message);
      overview->base.status = UI_MODEL_READY;
    }
    ui_bury (session, session->local_overview);
    session->local_overview = overview;
    if (look->choices)
      session->choices_read = TRUE;
    if (look->scenarios != NULL) {
      ui_bury (session, session->choices);
      session->choices = g_steal_pointer (&look->scenarios);
    }
    ui_overview_touch (session);
    GHashTableIter iter;
    gpointer person;
    g_hash_table_iter_init (&iter, session->people);
    while (g_hash_table_iter_next (&iter, NULL, &person))
      ui_auto_look (person);
  }
  if (session->local_again || !session->choices_read) {
    session->local_again = FALSE;
    ui_local_refresh (session, 0);
  } else if (current) {
    ui_play_look (session);
  }
}

/* Which steps go on by themselves, as sets that the thread may keep. */
static GHashTable *
copy_autos (UiSession *session)
{
  GHashTable *all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) g_hash_table_unref);
  GHashTableIter people;
  gpointer each;
  g_hash_table_iter_init (&people, session->people);
  while (g_hash_table_iter_next (&people, NULL, &each)) {
    UiPerson *person = each;
    GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter autos;
    gpointer step;
    g_hash_table_iter_init (&autos, person->autos);
    while (g_hash_table_iter_next (&autos, &step, NULL))
      g_hash_table_add (set, g_strdup (step));
    g_hash_table_insert (all, g_strdup (person->name), set);
  }
  return all;
}

static GHashTable *
pending_draft (UiSession *session, const char *step)
{
  g_autofree char *key = g_strdup_printf ("%s/%s", session->persona, step);
  GHashTable *draft = g_hash_table_lookup (session->drafts, key);
  return draft != NULL ? g_hash_table_ref (draft) : NULL;
}

static void
begin_look (UiSession *session)
{
  if (session->local == NULL)
    session->local = g_new0 (UiLocal, 1);
  Look *look = g_new0 (Look, 1);
  look->access = ui_access_ref (session->access);
  look->watch = ui_watch_ref (session->watch);
  look->local = g_steal_pointer (&session->local);
  look->scenario = g_strdup (session->scenario);
  look->persona = g_strdup (session->persona);
  look->presenter = session->presenter;
  look->read_only = session->read_only;
  look->autos = copy_autos (session);
  look->journeys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, ui_value_unref);
  /* The first picture does not wait for the list of everything that could be chosen. */
  look->choices = !session->choices_read && session->local_overview != NULL;
  const char *step = ui_current (session)->slots[UI_MODEL_STEP].object;
  if (session->persona != NULL && step != NULL && session->shown[UI_MODEL_STEP] > 0) {
    look->step = g_strdup (step);
    look->draft = pending_draft (session, step);
    const guint64 *call = g_hash_table_lookup (ui_current (session)->last_calls, step);
    look->last_call = call != NULL ? *call : 0;
  }
  UiJobPlan plan = { .persona = session->persona,
                     .why = "",
                     .run = run_look,
                     .gone = look_ended, /* the engine is not shared: the next one waits for this thread */
                     .input = look,
                     .free_input = look_free };
  session->local_job = ui_job_start (session, &plan);
}

static gboolean
refresh_due (gpointer data)
{
  UiSession *session = data;
  ui_timer_stop (&session->local_timer);
  ui_local_refresh (session, 0);
  return G_SOURCE_REMOVE;
}

void
ui_local_refresh (UiSession *session, guint delay_ms)
{
  if (session->local_job != NULL) {
    session->local_again = TRUE;
  } else if (delay_ms == 0) {
    ui_timer_stop (&session->local_timer);
    begin_look (session);
  } else if (session->local_timer == NULL) {
    session->local_timer = ui_timer_start (session, delay_ms, refresh_due, session, NULL);
  }
}

/* ---- the overview ---- */

void
ui_overview_touch (UiSession *session)
{
  session->overview_dirty = TRUE;
  ui_changed (session, UI_MODEL_BIT (UI_MODEL_OVERVIEW));
}

static void
describe_consortium (UiSession *session, UiOverview *overview)
{
  UiArena *arena = ui_value_arena (overview);
  gboolean there = overview->consortium_ok;
  overview->consortium_ok = FALSE;
  if (!there) {
    overview->consortium = ui_text (arena, _ ("no consortium yet"));
  } else if (session->ledger_bad_ms > session->ledger_ok_ms) {
    overview->consortium = ui_text (arena, _ ("consortium does not answer"));
  } else {
    overview->consortium = ui_text (arena, session->ledger_ok_ms > 0 ? _ ("consortium open")
                                                                     : _ ("consortium known"));
    overview->consortium_ok = TRUE;
  }
}

static void
describe_jobs (UiSession *session, UiOverview *overview)
{
  UiArena *arena = ui_value_arena (overview);
  const UiJob *last = NULL;
  for (guint i = 0; i < session->jobs->len; i++) {
    const UiJob *job = g_ptr_array_index (session->jobs, i);
    if (!ui_job_listed (job))
      continue;
    overview->jobs++;
    last = job;
  }
  if (last == NULL)
    return;
  const char *name = ui_job_persona (last);
  const UiPerson *person = name != NULL ? ui_person (session, name) : NULL;
  gboolean step = person != NULL && person->step_job == last && person->run_phase != NULL
                  && *person->run_phase != '\0';
  overview->job_text = step ? ui_textf (arena, "%s: %s", ui_job_title (last), person->run_phase)
                            : ui_text (arena, ui_job_title (last));
}

static char *
call_line (UiArena *arena, const UiCall *call)
{
  g_autofree char *time = cr_clock_text (call->started_ms);
  if (call->status == 0)
    return ui_textf (arena, "%s %s %s %s", time, call->method, call->path,
                     call->problem != NULL ? call->problem : _ ("no answer"));
  return ui_textf (arena, "%s %s %s %u %u ms", time, call->method, call->path, call->status,
                   call->elapsed_ms);
}

/* A step that runs, of anybody. */
static void
describe_running (UiSession *session, UiOverview *overview)
{
  GHashTableIter people;
  gpointer each;
  g_hash_table_iter_init (&people, session->people);
  while (g_hash_table_iter_next (&people, NULL, &each)) {
    const UiPerson *person = each;
    if (person->step_job == NULL || ui_job_ended (person->step_job))
      continue;
    overview->running_persona = ui_text (ui_value_arena (overview), person->name);
    overview->running_step = ui_text (ui_value_arena (overview), person->run_step);
  }
}

const UiOverview *
ui_session_overview (UiSession *session)
{
  if (!session->overview_dirty)
    return session->overview;
  session->overview_dirty = FALSE;
  UiOverview *overview = ui_overview_new ();
  UiArena *arena = ui_value_arena (overview);
  if (session->local_overview != NULL) {
    *overview = *session->local_overview;
    ui_arena_keep (arena, session->local_overview);
  }
  if (session->choices != NULL) {
    overview->scenarios = session->choices->scenarios;
    ui_arena_keep (arena, session->choices);
  }
  overview->read_only = session->read_only;
  overview->presenter = session->presenter;
  overview->playing = session->playing;
  if (session->persona == NULL || g_strcmp0 (overview->persona, session->persona) != 0) {
    /* The local reading has not come to this persona yet. */
    overview->persona = ui_text (arena, session->persona);
    overview->persona_title = overview->persona;
    overview->account = overview->holder = overview->waiting_for = NULL;
  }
  UiPerson *person = ui_current (session);
  overview->to_decide = ((UiDocuments *) ui_slot_value (session, person, UI_MODEL_DOCUMENTS))->to_decide
                        + ((UiConsortium *) ui_slot_value (session, person, UI_MODEL_CONSORTIUM))->to_vote;
  describe_consortium (session, overview);
  describe_jobs (session, overview);
  describe_running (session, overview);
  const UiCall *call = g_queue_peek_tail (&session->call_ring);
  overview->call_text = call != NULL ? call_line (arena, call) : NULL;
  ui_bury (session, session->overview);
  session->overview = overview;
  return overview;
}
