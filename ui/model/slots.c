/* SPDX-License-Identifier: MIT
 * Readings of remote models: begun when they are shown, repeated while they are shown, slower when calm.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"

#include <glib/gi18n.h>

/* A value younger than this is not read again just because a screen opens. */
#define FRESH_MS 1000
/* Keys that are held down: only where they stop is read, or what lies on the way now and then. */
#define HELD_MS 120
#define HELD_PAUSE_MS 60u
#define HELD_MOST_MS 500

/* The pace while nothing changes, in tenths of the interval: with 2 seconds between looks 2, 2, 5, 5, 10, 10,
 * ... What changes on this machine rings the bell, and begins anew. */
static const guint calm_pace[] = { 10, 10, 25, 25, 50 };

static void
reading_free (gpointer data)
{
  UiReading *reading = data;
  /* The context goes back in the thread; here it is only thrown away when the thread never took it. */
  ui_access_unref (reading->access);
  ui_value_unref (reading->value);
  union {
    gconstpointer fixed;
    gpointer free;
  } old = { .fixed = reading->old };
  ui_value_unref (old.free);
  g_free (reading->scenario_name);
  g_free (reading->persona);
  g_free (reading->object);
  g_free (reading->filter);
  g_free (reading);
}

static gboolean
read_model (UiReading *reading, GError **error)
{
  const UiModelClass *class = ui_model_class (reading->kind);
  if ((class->flags & UI_CLASS_ENVIRONMENT) != 0 && !ui_access_environment (reading->access, FALSE, error))
    return FALSE;
  if ((class->flags & UI_CLASS_LEASE) != 0) {
    reading->lease = ui_access_lease (reading->access, reading->scenario_name, reading->persona, TRUE, error);
    if (reading->lease == NULL)
      return FALSE;
    reading->context = reading->lease->context;
    reading->scenario = reading->lease->scenario;
  }
  return class->read (reading, error);
}

/* On the job's thread. */
static void
run_reading (UiJob *job, gpointer input, GError **error)
{
  UiReading *reading = input;
  reading->job = ui_job_cr (job);
  reading->value = ui_model_class (reading->kind)->make ();
  reading->arena = ui_value_arena (reading->value);
  GError *problem = NULL;
  gboolean ok = read_model (reading, &problem);
  if (ok) {
    UiValue *value = reading->value;
    value->status = UI_MODEL_READY;
    value->read_ms = cr_now_ms ();
  }
  /* A client that was refused or cut may hold a connection or a token that is no longer good. */
  ui_access_give_back (reading->access, g_steal_pointer (&reading->lease), ok);
  reading->context = NULL;
  if (problem != NULL)
    g_propagate_error (error, problem);
}

/* ---- the pace ---- */

typedef struct {
  UiSession *session;
  UiPerson *person;
  UiModelKind kind;
} Due;

static gboolean
poll_due (gpointer data)
{
  const Due *due = data;
  UiSession *session = due->session;
  UiPerson *person = due->person;
  UiModelKind kind = due->kind;
  ui_timer_stop (&person->slots[kind].timer); /* frees DUE */
  if (kind == UI_MODEL_HEALTH)
    ui_health_start (session, person);
  else
    ui_slot_read (session, person, kind, FALSE);
  return G_SOURCE_REMOVE;
}

void
ui_slot_arm (UiSession *session, UiPerson *person, UiModelKind kind)
{
  UiSlot *slot = &person->slots[kind];
  const UiModelClass *class = ui_model_class (kind);
  ui_timer_stop (&slot->timer);
  if (session->shown[kind] == 0 || person != ui_current (session) || (class->flags & UI_CLASS_POLLED) == 0
      || (kind == UI_MODEL_AUDIT && session->audit_hold))
    return;
  guint pace = calm_pace[MIN (slot->calm, G_N_ELEMENTS (calm_pace) - 1)];
  guint interval = session->refresh_ms * class->slowness * pace / 10;
  Due *due = g_new (Due, 1);
  *due = (Due){ session, person, kind };
  slot->timer = ui_timer_start (session, interval, poll_due, due, g_free);
}

void
ui_slot_clear (UiSlot *slot)
{
  ui_timer_stop (&slot->timer);
  g_clear_pointer (&slot->value, ui_value_unref);
  g_clear_pointer (&slot->object, g_free);
}

/* ---- one reading ---- */

static void
take_failure (UiSession *session, UiPerson *person, UiModelKind kind, const GError *error)
{
  UiSlot *slot = &person->slots[kind];
  const UiValue *old = ui_slot_value (session, person, kind);
  gboolean same = old->status == UI_MODEL_FAILED && !old->refreshing && old->problem != NULL
                  && g_str_equal (old->problem->what, error->message);
  slot->calm = same ? slot->calm + 1 : 0;
  slot->seen = 0;
  if (!same)
    ui_publish (session, person, kind, ui_value_with (old, UI_MODEL_FAILED, FALSE, error), TRUE);
}

static void
reading_ended (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  UiReading *reading = input;
  UiPerson *person = ui_person (session, reading->persona);
  UiSlot *slot = &person->slots[reading->kind];
  if (slot->job != job)
    return; /* another object is shown by now */
  slot->job = NULL;
  const UiValue *old = ui_slot_value (session, person, reading->kind);
  if (error != NULL) {
    if (!ui_job_cancelled (job))
      take_failure (session, person, reading->kind, error);
  } else if (old->status == UI_MODEL_READY && slot->seen == reading->seen && reading->seen != 0) {
    slot->calm++;
    UiValue *same = ui_value_with (old, UI_MODEL_READY, FALSE, NULL);
    same->read_ms = ((const UiValue *) reading->value)->read_ms;
    ui_publish (session, person, reading->kind, same, old->refreshing);
  } else {
    slot->calm = 0;
    slot->seen = reading->seen;
    if (reading->kind == UI_MODEL_AUDIT)
      ((UiAudit *) reading->value)->tail = !session->audit_hold;
    ui_publish (session, person, reading->kind, g_steal_pointer (&reading->value), TRUE);
    if (reading->kind == UI_MODEL_DOCUMENTS || reading->kind == UI_MODEL_CONSORTIUM)
      ui_overview_touch (session);
  }
  if (reading->kind == UI_MODEL_AUDIT && g_strcmp0 (reading->filter, session->audit_filter) != 0)
    ui_audit_refilter (session);
  if (slot->again || (error == NULL && reading->more)) {
    slot->again = FALSE;
    ui_slot_read (session, person, reading->kind, FALSE);
  } else {
    ui_slot_arm (session, person, reading->kind);
  }
}

void
ui_slot_read (UiSession *session, UiPerson *person, UiModelKind kind, gboolean tell)
{
  const UiModelClass *class = ui_model_class (kind);
  UiSlot *slot = &person->slots[kind];
  if (class->read == NULL || *person->name == '\0')
    return;
  if (slot->job != NULL) {
    slot->again = TRUE;
    return;
  }
  if ((class->flags & UI_CLASS_OBJECT) != 0 && slot->object == NULL)
    return;
  ui_timer_stop (&slot->timer);
  const UiValue *old = ui_slot_value (session, person, kind);
  UiReading *reading = g_new0 (UiReading, 1);
  reading->access = ui_access_ref (session->access);
  reading->kind = kind;
  reading->scenario_name = g_strdup (session->scenario);
  reading->persona = g_strdup (person->name);
  reading->object = g_strdup (slot->object);
  reading->old = ui_value_ref (old);
  reading->filter = g_strdup (session->audit_filter);
  UiJobPlan plan = { .persona = person->name,
                     .why = _ ("looking"),
                     .run = run_reading,
                     .end = reading_ended,
                     .input = reading,
                     .free_input = reading_free,
                     .limit_ms = UI_READ_LIMIT_MS,
                     .whom = _ (class->whom) };
  slot->asked_ms = cr_now_ms ();
  if (tell && old->status != UI_MODEL_LOADING)
    ui_publish (session, person, kind, ui_value_with (old, UI_MODEL_READY, TRUE, NULL), TRUE);
  slot->job = ui_job_start (session, &plan);
}

void
ui_reread (UiSession *session, const char *persona, guint models)
{
  UiPerson *person = ui_person (session, persona);
  gboolean health = (models & UI_MODEL_BIT (UI_MODEL_HEALTH)) != 0 && session->shown[UI_MODEL_HEALTH] > 0;
  if (health && person == ui_current (session))
    ui_health_start (session, person);
  for (guint kind = 0; kind < UI_MODEL_LAST; kind++) {
    UiSlot *slot = &person->slots[kind];
    if ((models & UI_MODEL_BIT (kind)) == 0 || ui_model_class ((UiModelKind) kind)->read == NULL)
      continue;
    slot->seen = 0;
    slot->calm = 0;
    slot->asked_ms = 0;
    if (person == ui_current (session) && session->shown[kind] > 0)
      ui_slot_read (session, person, (UiModelKind) kind, FALSE);
  }
}

/* ---- showing ---- */

/* Take over the object; what was read of another one goes. */
static void
set_object (UiSession *session, UiPerson *person, UiModelKind kind, const char *object)
{
  UiSlot *slot = &person->slots[kind];
  if (g_strcmp0 (slot->object, object) == 0)
    return;
  g_free (slot->object);
  slot->object = g_strdup (object);
  ui_job_cancel (slot->job);
  slot->job = NULL;
  slot->again = FALSE;
  slot->seen = 0;
  slot->asked_ms = 0;
  ui_publish (session, person, kind, ui_model_class (kind)->make (), TRUE);
}

/* Steps that are looked at one quickly after the other are not all read. */
static void
look_at_step (UiSession *session)
{
  UiSlot *slot = &ui_current (session)->slots[UI_MODEL_STEP];
  const UiOverview *last = session->local_overview;
  gint64 now = cr_now_ms (), since = now - session->step_asked_ms;
  gboolean held = since >= 0 && since < HELD_MS && last != NULL && now - last->base.read_ms < HELD_MOST_MS;
  session->step_asked_ms = slot->object != NULL ? now : 0;
  if (held)
    ui_timer_stop (&session->local_timer);
  ui_local_refresh (session, held ? HELD_PAUSE_MS : 0);
}

static void
begin_showing (UiSession *session, UiPerson *person, UiModelKind kind)
{
  const UiModelClass *class = ui_model_class (kind);
  UiSlot *slot = &person->slots[kind];
  if ((class->flags & UI_CLASS_OBJECT) != 0)
    set_object (session, person, kind, session->objects[kind]);
  if (kind == UI_MODEL_STEP) {
    look_at_step (session);
    return;
  }
  if ((class->flags & UI_CLASS_LOCAL) != 0) {
    ui_local_refresh (session, 0);
    return;
  }
  if (kind == UI_MODEL_HEALTH) {
    ui_health_start (session, person);
    return;
  }
  const UiValue *value = ui_slot_value (session, person, kind);
  if (value->status == UI_MODEL_READY && cr_now_ms () - slot->asked_ms < FRESH_MS)
    ui_slot_arm (session, person, kind);
  else
    ui_slot_read (session, person, kind, FALSE);
}

void
ui_session_show (UiSession *session, UiModelKind kind, const char *object)
{
  session->shown[kind]++;
  if (object != NULL && g_strcmp0 (session->objects[kind], object) != 0) {
    g_free (session->objects[kind]);
    session->objects[kind] = g_strdup (object);
  }
  begin_showing (session, ui_current (session), kind);
}

void
ui_session_hide (UiSession *session, UiModelKind kind)
{
  if (session->shown[kind] > 0)
    session->shown[kind]--;
  if (session->shown[kind] == 0)
    ui_timer_stop (&ui_current (session)->slots[kind].timer);
}

void
ui_session_refresh (UiSession *session, UiModelKind kind)
{
  UiPerson *person = ui_current (session);
  const UiModelClass *class = ui_model_class (kind);
  person->slots[kind].calm = 0;
  if ((class->flags & UI_CLASS_LOCAL) != 0)
    ui_local_refresh (session, 0);
  else if (kind == UI_MODEL_HEALTH)
    ui_health_start (session, person);
  else
    ui_slot_read (session, person, kind, TRUE);
}

void
ui_slots_pause (UiSession *session, UiPerson *person)
{
  (void) session;
  for (guint kind = 0; kind < UI_MODEL_LAST; kind++)
    ui_timer_stop (&person->slots[kind].timer);
}

void
ui_slots_resume (UiSession *session, UiPerson *person)
{
  for (guint kind = 0; kind < UI_MODEL_LAST; kind++)
    if (session->shown[kind] > 0)
      begin_showing (session, person, (UiModelKind) kind);
}

/* ---- for readers ---- */

void
ui_reading_saw_text (UiReading *reading, const char *text)
{
  /* FNV-1a; two answers that differ and hash alike only cost a picture that is one poll old. */
  guint64 hash = reading->seen != 0 ? reading->seen : 14695981039346656037u;
  for (const char *at = text != NULL ? text : "-"; *at != '\0'; at++)
    hash = (hash ^ (guchar) *at) * 1099511628211u;
  reading->seen = hash * 1099511628211u;
}

void
ui_reading_saw (UiReading *reading, const json_t *answer)
{
  g_autofree char *text = answer != NULL ? cr_json_dump (answer) : NULL;
  ui_reading_saw_text (reading, text);
}

CcfClient *
ui_reading_ledger (UiReading *reading, GError **error)
{
  return workflow_context_ccf (reading->context, NULL, error);
}

char *
ui_reading_contract (UiReading *reading, GError **error)
{
  CcfClient *client = ui_reading_ledger (reading, error);
  return client != NULL ? workflow_context_contract (reading->context, reading->job, client, error) : NULL;
}

char *
ui_context_me (WorkflowContext *context, CcfClient *client)
{
  const char *member = ccf_client_member_id (client);
  return member != NULL ? g_strdup (member) : workflow_context_recall (context, "user");
}
