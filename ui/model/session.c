/* SPDX-License-Identifier: MIT
 * The session: its life, its values, who is told about changes (session.h).
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "workflow/state.h"

#define DEFAULT_SCENARIO "analytics-sse"
#define DEFAULT_REFRESH_MS 2000u

static const UiModelClass classes[UI_MODEL_LAST] = {
  [UI_MODEL_OVERVIEW] = { ui_overview_new, NULL, NULL, UI_CLASS_SHARED | UI_CLASS_LOCAL, 0 },
  [UI_MODEL_JOURNEY] = { ui_journey_new, NULL, NULL, UI_CLASS_LOCAL, 0 },
  [UI_MODEL_STEP] = { ui_step_detail_new, NULL, NULL, UI_CLASS_LOCAL | UI_CLASS_OBJECT, 0 },
  [UI_MODEL_RUNNING] = { ui_running_new, NULL, NULL, 0, 0 },
  [UI_MODEL_SIGN_IN] = { ui_sign_in_new, NULL, NULL, 0, 0 },
  [UI_MODEL_CONSORTIUM] = { ui_consortium_new, ui_read_consortium, "The ledger",
                            UI_CLASS_LEASE | UI_CLASS_ENVIRONMENT | UI_CLASS_POLLED, 1 },
  [UI_MODEL_CONTRACTS] = { ui_contracts_new, ui_read_contracts, "The ledger",
                           UI_CLASS_LEASE | UI_CLASS_ENVIRONMENT | UI_CLASS_POLLED, 1 },
  [UI_MODEL_CONTRACT] = { ui_contract_new, ui_read_contract, "The ledger",
                          UI_CLASS_LEASE | UI_CLASS_ENVIRONMENT | UI_CLASS_POLLED | UI_CLASS_OBJECT, 1 },
  [UI_MODEL_DOCUMENTS] = { ui_documents_new, ui_read_documents, "The ledger",
                           UI_CLASS_LEASE | UI_CLASS_ENVIRONMENT | UI_CLASS_POLLED, 1 },
  [UI_MODEL_DOCUMENT] = { ui_document_new, ui_read_document, "The ledger",
                          UI_CLASS_LEASE | UI_CLASS_ENVIRONMENT | UI_CLASS_POLLED | UI_CLASS_OBJECT, 1 },
  [UI_MODEL_DATA] = { ui_data_new, ui_read_data, "The storage", UI_CLASS_LEASE | UI_CLASS_POLLED, 3 },
  [UI_MODEL_RUNS] = { ui_runs_new, ui_read_runs, "The clean room",
                      UI_CLASS_LEASE | UI_CLASS_ENVIRONMENT | UI_CLASS_POLLED, 1 },
  [UI_MODEL_RUN] = { ui_run_new, ui_read_run, "The clean room",
                     UI_CLASS_LEASE | UI_CLASS_ENVIRONMENT | UI_CLASS_POLLED | UI_CLASS_OBJECT, 1 },
  [UI_MODEL_OUTPUT] = { ui_output_new, ui_read_output, "The storage", UI_CLASS_LEASE | UI_CLASS_OBJECT, 0 },
  [UI_MODEL_AUDIT] = { ui_audit_new, ui_read_audit, "The ledger",
                       UI_CLASS_LEASE | UI_CLASS_ENVIRONMENT | UI_CLASS_POLLED, 1 },
  [UI_MODEL_KEYS] = { ui_keys_new, ui_read_keys, "The key store", UI_CLASS_LEASE, 0 },
  [UI_MODEL_CALLS] = { ui_calls_new, NULL, NULL, UI_CLASS_SHARED, 0 },
  [UI_MODEL_HEALTH] = { ui_health_new, NULL, NULL, UI_CLASS_POLLED, 3 },
};

const UiModelClass *
ui_model_class (UiModelKind kind)
{
  return &classes[kind];
}

void
ui_timer_stop (GSource **timer)
{
  GSource *source = g_steal_pointer (timer);
  if (source == NULL)
    return;
  g_source_destroy (source);
  g_source_unref (source);
}

GSource *
ui_timer_start (UiSession *session, guint milliseconds, GSourceFunc function, gpointer data,
                GDestroyNotify release)
{
  GSource *source = g_timeout_source_new (milliseconds);
  g_source_set_callback (source, function, data, release);
  g_source_attach (source, session->context);
  return source;
}

/* ---- values ---- */

static void
empty_graveyard (UiSession *session)
{
  if (session->graveyard->len > 0)
    g_ptr_array_set_size (session->graveyard, 0);
}

void
ui_bury (UiSession *session, gpointer value)
{
  if (value == NULL)
    return;
  g_ptr_array_add (session->graveyard, value);
  ui_post_wake (session->post, 0);
}

void
ui_changed (UiSession *session, guint models)
{
  session->pending |= models;
  ui_post_wake (session->post, 0);
}

UiPerson *
ui_person (UiSession *session, const char *name)
{
  UiPerson *person = g_hash_table_lookup (session->people, name);
  if (person != NULL)
    return person;
  person = g_new0 (UiPerson, 1);
  person->session = session;
  person->name = g_strdup (name);
  person->autos = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) ui_auto_free);
  person->last_calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  person->run_call_lines = g_ptr_array_new_with_free_func (g_free);
  person->run_lines = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_insert (session->people, person->name, person);
  return person;
}

static void
ui_person_free (UiPerson *person)
{
  g_hash_table_unref (person->autos);
  for (guint i = 0; i < UI_MODEL_LAST; i++)
    ui_slot_clear (&person->slots[i]);
  g_hash_table_unref (person->last_calls);
  g_ptr_array_unref (person->run_call_lines);
  g_ptr_array_unref (person->run_lines);
  g_clear_error (&person->run_problem);
  g_clear_pointer (&person->engine, workflow_engine_close);
  g_free (person->engine_scenario);
  g_free (person->run_step);
  g_free (person->run_title);
  g_free (person->run_phase);
  g_free (person->run_waits);
  g_free (person->name);
  g_free (person);
}

UiPerson *
ui_current (UiSession *session)
{
  return ui_person (session, session->persona != NULL ? session->persona : "");
}

gpointer
ui_slot_value (UiSession *session, UiPerson *person, UiModelKind kind)
{
  (void) session;
  UiSlot *slot = &person->slots[kind];
  if (slot->value == NULL)
    slot->value = classes[kind].make ();
  return slot->value;
}

void
ui_publish (UiSession *session, UiPerson *person, UiModelKind kind, gpointer value, gboolean tell)
{
  UiSlot *slot = &person->slots[kind];
  ui_bury (session, slot->value);
  slot->value = value;
  if (tell && person == ui_current (session))
    ui_changed (session, UI_MODEL_BIT (kind));
}

/* ---- life ---- */

static void
on_news (guint news, gpointer data)
{
  UiSession *session = data;
  if ((news & UI_NEWS_ENVIRONMENT) != 0)
    ui_access_renew (session->access);
  if ((news & UI_NEWS_LOCAL) != 0)
    ui_local_refresh (session, 20);
  if ((news & UI_NEWS_BELL) != 0) {
    ui_auto_bell (session);
    /* Somebody did something: what is shown of the other side is likely to be old. */
    for (guint kind = 0; kind < UI_MODEL_LAST; kind++)
      if (session->shown[kind] > 0 && classes[kind].read != NULL
          && (classes[kind].flags & UI_CLASS_POLLED) != 0) {
        ui_current (session)->slots[kind].calm = 0;
        ui_slot_read (session, ui_current (session), (UiModelKind) kind, FALSE);
      }
  }
}

void
ui_watch_renew (UiSession *session)
{
  ui_watch_stop (session->watch);
  ui_watch_unref (session->watch);
  session->watch = ui_watch_new (session->context, on_news, session);
}

/* Everything that came in since the last turn; then one call of the handler. */
static void
on_post (gpointer data)
{
  UiSession *session = data;
  empty_graveyard (session);
  ui_session_drain (session);
  guint models = session->pending;
  session->pending = 0;
  if (models != 0 && session->handler != NULL)
    session->handler (session, models, session->handler_data);
}

UiSession *
ui_session_new (const UiSessionOptions *options)
{
  ui_memory_one_heap ();
  UiSession *session = g_new0 (UiSession, 1);
  session->context = g_main_context_ref_thread_default ();
  session->post = ui_post_new (session->context, on_post, session);
  g_autofree char *state_dir = workflow_state_dir (options->state_dir);
  session->environment_given = g_strdup (options->environment);
  g_autoptr (WorkflowPlace) place = ui_place_choose (session, state_dir);
  session->access = ui_access_new (options, place);
  session->watch = ui_watch_new (session->context, on_news, session);
  session->persona = g_strdup (options->persona);
  session->scenario = g_strdup (options->scenario != NULL ? options->scenario : DEFAULT_SCENARIO);
  session->read_only = options->read_only;
  session->presenter = options->presenter;
  session->refresh_ms = options->refresh_ms > 0 ? options->refresh_ms : DEFAULT_REFRESH_MS;
  session->people = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) ui_person_free);
  session->graveyard = g_ptr_array_new_with_free_func (ui_value_unref);
  session->jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) ui_job_unref);
  session->drafts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) g_hash_table_unref);
  g_queue_init (&session->call_ring);
  session->overview = ui_overview_new ();
  session->calls = ui_calls_new ();
  session->overview_dirty = TRUE;
  ui_local_refresh (session, 0);
  return session;
}

void
ui_session_free (UiSession *session)
{
  if (session == NULL)
    return;
  session->handler = NULL;
  ui_watch_stop (session->watch);
  session->draft_job = NULL;
  ui_drafts_flush (session);
  for (guint i = 0; i < session->jobs->len; i++)
    ui_job_detach (g_ptr_array_index (session->jobs, i));
  ui_post_wait (session->post, UI_FREE_WAIT_MS);
  ui_post_close (session->post);
  GQueue calls = ui_post_take_calls (session->post);
  g_queue_clear_full (&calls, (GDestroyNotify) ui_call_unref);
  ui_timer_stop (&session->local_timer);
  g_clear_pointer (&session->checks, ui_health_free);
  /* A thread that did not come back in time owns what it works on. */
  g_hash_table_unref (session->people);
  ui_local_free (session->local);
  g_ptr_array_unref (session->jobs);
  g_ptr_array_unref (session->graveyard);
  g_hash_table_unref (session->drafts);
  g_queue_clear_full (&session->call_ring, (GDestroyNotify) ui_call_unref);
  ui_value_unref (session->overview);
  ui_value_unref (session->calls);
  ui_value_unref (session->local_overview);
  ui_value_unref (session->choices);
  for (guint i = 0; i < UI_MODEL_LAST; i++)
    g_free (session->objects[i]);
  ui_access_unref (session->access);
  ui_watch_unref (session->watch);
  ui_post_unref (session->post);
  g_main_context_unref (session->context);
  g_free (session->audit_filter);
  g_free (session->environment_given);
  g_clear_error (&session->environment_problem);
  g_free (session->persona);
  g_free (session->scenario);
  g_free (session);
}

void
ui_session_on_change (UiSession *session, UiChangeHandler handler, gpointer data)
{
  session->handler = handler;
  session->handler_data = data;
  if (session->pending != 0)
    ui_post_wake (session->post, 0);
}

gboolean
ui_session_idle (UiSession *session)
{
  return session->jobs->len == 0 && session->local_timer == NULL && session->pending == 0;
}

void
ui_session_set_refresh (UiSession *session, guint milliseconds)
{
  session->refresh_ms = milliseconds > 0 ? milliseconds : DEFAULT_REFRESH_MS;
}

/* ---- who and what ---- */

void
ui_session_set_persona (UiSession *session, const char *persona)
{
  if (g_strcmp0 (session->persona, persona) == 0)
    return;
  ui_slots_pause (session, ui_current (session));
  g_free (session->persona);
  session->persona = g_strdup (persona);
  session->overview_dirty = TRUE;
  ui_slots_resume (session, ui_current (session));
  ui_local_refresh (session, 0);
  ui_changed (session, UI_MODEL_BIT (UI_MODEL_LAST) - 1);
}

void
ui_forget_values (UiSession *session)
{
  GHashTableIter iter;
  gpointer person;
  g_hash_table_iter_init (&iter, session->people);
  while (g_hash_table_iter_next (&iter, NULL, &person)) {
    UiPerson *each = person;
    g_hash_table_remove_all (each->autos);
    for (guint kind = 0; kind < UI_MODEL_LAST; kind++) {
      UiSlot *slot = &each->slots[kind];
      ui_job_cancel (slot->job);
      slot->job = NULL;
      ui_bury (session, g_steal_pointer (&slot->value));
      slot->seen = 0;
    }
  }
}

void
ui_session_set_scenario (UiSession *session, const char *scenario)
{
  if (g_strcmp0 (session->scenario, scenario) == 0)
    return;
  g_free (session->scenario);
  session->scenario = g_strdup (scenario);
  /* Everything that was read belongs to the other scenario. */
  ui_forget_values (session);
  session->choices_read = FALSE;
  session->overview_dirty = TRUE;
  ui_slots_resume (session, ui_current (session));
  ui_local_refresh (session, 0);
  ui_changed (session, UI_MODEL_BIT (UI_MODEL_LAST) - 1);
}

const char *
ui_session_persona (UiSession *session)
{
  return session->persona;
}

gboolean
ui_session_presenter (UiSession *session)
{
  return session->presenter;
}

void
ui_session_set_presenter (UiSession *session, gboolean presenter)
{
  if (session->presenter == presenter)
    return;
  session->presenter = presenter;
  ui_overview_touch (session);
  ui_local_refresh (session, 0);
}

void
ui_session_set_own_keyring (UiSession *session, gboolean own)
{
  ui_access_set_own_keyring (session->access, own);
}

/* ---- accessors ---- */

gconstpointer
ui_session_value (UiSession *session, UiModelKind kind)
{
  switch (kind) {
  case UI_MODEL_OVERVIEW:
    return ui_session_overview (session);
  case UI_MODEL_RUNNING:
    return ui_session_running (session);
  case UI_MODEL_CALLS:
    return ui_session_calls (session);
  default:
    return ui_slot_value (session, ui_current (session), kind);
  }
}

#define ACCESSOR(name, Type, kind)                                                                           \
  const Type *ui_session_##name (UiSession *session)                                                         \
  {                                                                                                          \
    return ui_slot_value (session, ui_current (session), kind);                                              \
  }

ACCESSOR (journey, UiJourney, UI_MODEL_JOURNEY)
ACCESSOR (step, UiStepDetail, UI_MODEL_STEP)
ACCESSOR (sign_in, UiSignIn, UI_MODEL_SIGN_IN)
ACCESSOR (consortium, UiConsortium, UI_MODEL_CONSORTIUM)
ACCESSOR (contracts, UiContracts, UI_MODEL_CONTRACTS)
ACCESSOR (contract, UiContract, UI_MODEL_CONTRACT)
ACCESSOR (documents, UiDocuments, UI_MODEL_DOCUMENTS)
ACCESSOR (document, UiDocument, UI_MODEL_DOCUMENT)
ACCESSOR (data, UiData, UI_MODEL_DATA)
ACCESSOR (runs, UiRuns, UI_MODEL_RUNS)
ACCESSOR (run, UiRun, UI_MODEL_RUN)
ACCESSOR (output, UiOutput, UI_MODEL_OUTPUT)
ACCESSOR (audit, UiAudit, UI_MODEL_AUDIT)
ACCESSOR (keys, UiKeys, UI_MODEL_KEYS)
ACCESSOR (health, UiHealth, UI_MODEL_HEALTH)
