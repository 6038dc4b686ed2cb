/* SPDX-License-Identifier: MIT
 * What the person waits for: readings of what is shown that have not come yet, and giving them up.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"

#include <glib/gi18n.h>

/* JOB reads the model KIND of PERSON, which is shown. */
static gboolean
reads (UiSession *session, const UiPerson *person, guint kind, const UiJob *job)
{
  return session->shown[kind] > 0 && person->slots[kind].job == job;
}

static gboolean
is_waited_for (UiSession *session, const UiPerson *person, const UiJob *job)
{
  if (ui_job_ended (job) || ui_job_cancelled (job) || ui_job_whom (job) == NULL
      || g_strcmp0 (ui_job_persona (job), person->name) != 0)
    return FALSE;
  for (guint kind = 0; kind < UI_MODEL_LAST; kind++)
    if (person->slots[kind].job == job)
      return reads (session, person, kind, job);
  return session->shown[UI_MODEL_HEALTH] > 0; /* one of the checks */
}

const char *
ui_session_waits_for (UiSession *session, gint64 *since_ms)
{
  const UiPerson *person = ui_current (session);
  const UiJob *oldest = NULL;
  for (guint i = 0; i < session->jobs->len; i++) {
    const UiJob *job = g_ptr_array_index (session->jobs, i);
    if (is_waited_for (session, person, job)
        && (oldest == NULL || ui_job_started_ms (job) < ui_job_started_ms (oldest)))
      oldest = job;
  }
  *since_ms = oldest != NULL ? ui_job_started_ms (oldest) : 0;
  return oldest != NULL ? ui_job_whom (oldest) : NULL;
}

gint64
ui_session_busy_since (UiSession *session)
{
  gint64 since = 0;
  for (guint i = 0; i < session->jobs->len; i++) {
    const UiJob *job = g_ptr_array_index (session->jobs, i);
    if (ui_job_listed (job)) /* the one that began last is named */
      since = ui_job_started_ms (job);
  }
  return since;
}

gboolean
ui_session_stop_reading (UiSession *session)
{
  UiPerson *person = ui_current (session);
  g_autoptr (GError) error = NULL;
  gboolean stopped = FALSE;
  cr_set_error (&error, CR_ERROR_CANCELLED, _ ("Read it again when the other side answers."),
                _ ("Stopped at your request."));
  for (guint kind = 0; kind < UI_MODEL_LAST; kind++) {
    UiSlot *slot = &person->slots[kind];
    if (slot->job == NULL || !reads (session, person, kind, slot->job))
      continue;
    const UiValue *old = ui_slot_value (session, person, (UiModelKind) kind);
    ui_job_cancel (slot->job);
    slot->job = NULL; /* what it still brings is thrown away, and nothing is read again by itself */
    slot->again = FALSE;
    ui_publish (session, person, (UiModelKind) kind, ui_value_with (old, UI_MODEL_FAILED, FALSE, error),
                TRUE);
    stopped = TRUE;
  }
  return stopped;
}
