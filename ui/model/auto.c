/* SPDX-License-Identifier: MIT
 * Steps that go on by themselves: begun by the person, ended waiting for somebody, run again when that
 * somebody has acted.
 *
 * A wait for an artefact ends when the file is there; the journey then says "ready". A wait that only the
 * other side knows about is tried again when the bell rings (somebody on this machine has ended a step), and
 * slowly otherwise, because somebody on another machine rings no bell here.
 */
#include "ui/model/session-private.h"

#define FIRST_TRY_MS 5000u
#define LAST_TRY_MS 60000u

void
ui_auto_free (UiAuto *it)
{
  ui_timer_stop (&it->timer);
  g_clear_pointer (&it->inputs, g_hash_table_unref);
  g_free (it->step);
  g_free (it);
}

void
ui_auto_add (UiPerson *person, const char *step, GHashTable *inputs)
{
  const UiAuto *old = g_hash_table_lookup (person->autos, step);
  UiAuto *it = g_new0 (UiAuto, 1);
  it->step = g_strdup (step);
  it->inputs = ui_inputs_copy (inputs);
  it->tries = old != NULL ? old->tries + 1 : 0;
  g_hash_table_replace (person->autos, it->step, it);
}

void
ui_auto_remove (UiPerson *person, const char *step)
{
  g_hash_table_remove (person->autos, step);
}

static void
try_again (UiPerson *person, UiAuto *it)
{
  guint tries = it->tries;
  g_autofree char *step = g_strdup (it->step);
  g_autoptr (GHashTable) inputs = ui_inputs_copy (it->inputs);
  ui_run_step_of (person->session, person, step, inputs, FALSE, TRUE, NULL, NULL);
  /* Running it has taken it off the list; when it ends waiting, it comes back. The pace is kept. */
  UiAuto *kept = g_new0 (UiAuto, 1);
  kept->step = g_strdup (step);
  kept->inputs = g_steal_pointer (&inputs);
  kept->tries = tries;
  g_hash_table_replace (person->autos, kept->step, kept);
}

typedef struct {
  UiPerson *person;
  char *step;
} Try;

static void
try_free (gpointer data)
{
  g_free (((Try *) data)->step);
  g_free (data);
}

static gboolean
try_due (gpointer data)
{
  UiPerson *person = ((Try *) data)->person;
  UiAuto *it = g_hash_table_lookup (person->autos, ((Try *) data)->step);
  if (it == NULL)
    return G_SOURCE_REMOVE;
  ui_timer_stop (&it->timer);
  it->rung = TRUE;
  ui_auto_look (person);
  return G_SOURCE_REMOVE;
}

/* Waits for something that no file here will tell. */
static gboolean
is_silent (const UiStep *step)
{
  for (guint i = 0; i < step->waits->len; i++)
    if (((const UiWait *) g_ptr_array_index (step->waits, i))->artefact == NULL)
      return TRUE;
  return step->waits->len == 0;
}

static void
arm (UiPerson *person, UiAuto *it)
{
  if (it->timer != NULL)
    return;
  Try *again = g_new0 (Try, 1);
  again->person = person;
  again->step = g_strdup (it->step);
  guint pause = FIRST_TRY_MS << MIN (it->tries, 4u);
  it->timer = ui_timer_start (person->session, MIN (pause, LAST_TRY_MS), try_due, again, try_free);
}

void
ui_auto_look (UiPerson *person)
{
  if (g_hash_table_size (person->autos) == 0 || person->step_job != NULL)
    return;
  const UiJourney *journey = ui_slot_value (person->session, person, UI_MODEL_JOURNEY);
  for (guint i = 0; i < journey->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (journey->steps, i);
    UiAuto *it = g_hash_table_lookup (person->autos, step->id);
    if (it == NULL)
      continue;
    if (step->state == UI_STEP_DONE || step->state == UI_STEP_SKIPPED) {
      /* Another program of this persona did it. */
      ui_auto_remove (person, step->id);
      continue;
    }
    gboolean silent = step->state == UI_STEP_WAITING && is_silent (step);
    if (step->state == UI_STEP_READY || (silent && it->rung)) {
      try_again (person, it);
      return;
    }
    if (silent)
      arm (person, it);
  }
}

void
ui_auto_bell (UiSession *session)
{
  GHashTableIter people, autos;
  gpointer each, it;
  g_hash_table_iter_init (&people, session->people);
  while (g_hash_table_iter_next (&people, NULL, &each)) {
    g_hash_table_iter_init (&autos, ((UiPerson *) each)->autos);
    while (g_hash_table_iter_next (&autos, NULL, &it))
      ((UiAuto *) it)->rung = TRUE;
  }
}
