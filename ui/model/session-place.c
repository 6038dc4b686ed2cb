/* SPDX-License-Identifier: MIT
 * Which environment the session is about, and going over to another one.
 */
#include "ui/model/session-private.h"

#include "base/error.h"

#include <glib/gi18n.h>

WorkflowPlace *
ui_place_choose (UiSession *session, const char *state_dir)
{
  g_clear_error (&session->environment_problem);
  WorkflowPlace *place = workflow_place_choose (state_dir, session->environment_given,
                                                &session->environment_problem);
  return place != NULL ? place : workflow_place_choose (state_dir, WORKFLOW_LOCAL, NULL);
}

const char *
ui_session_environment (UiSession *session)
{
  return ui_access_place (session->access)->name;
}

const GError *
ui_session_environment_problem (UiSession *session)
{
  return session->environment_problem;
}

/* ---- going over ---- */

/* Something that somebody began, or that is still ending. */
static gboolean
is_busy (UiSession *session)
{
  for (guint i = 0; i < session->jobs->len; i++)
    if (ui_job_listed (g_ptr_array_index (session->jobs, i)))
      return TRUE;
  GHashTableIter iter;
  gpointer each;
  g_hash_table_iter_init (&iter, session->people);
  while (g_hash_table_iter_next (&iter, NULL, &each))
    if (((UiPerson *) each)->step_job != NULL)
      return TRUE;
  return session->playing;
}

/* What the people of the session remember of the environment before. */
static void
forget_people (UiSession *session)
{
  ui_forget_values (session);
  GHashTableIter iter;
  gpointer each;
  g_hash_table_iter_init (&iter, session->people);
  while (g_hash_table_iter_next (&iter, NULL, &each)) {
    UiPerson *person = each;
    g_clear_pointer (&person->engine, workflow_engine_close);
    g_clear_pointer (&person->engine_scenario, g_free);
    ui_running_forget (person);
  }
}

static void
forget_calls (UiSession *session)
{
  g_queue_clear_full (&session->call_ring, (GDestroyNotify) ui_call_unref);
  g_queue_init (&session->call_ring);
  session->calls_dirty = TRUE;
  session->ledger_ok_ms = session->ledger_bad_ms = 0;
}

static void
go_over (UiSession *session, const WorkflowPlace *place)
{
  /* What was typed belongs to the folder that is left. */
  ui_drafts_flush (session);
  g_hash_table_remove_all (session->drafts);
  forget_people (session);
  forget_calls (session);
  g_clear_pointer (&session->checks, ui_health_free);
  g_clear_pointer (&session->local, ui_local_free);
  ui_bury (session, session->local_overview);
  session->local_overview = NULL;
  UiAccess *before = session->access;
  session->access = ui_access_elsewhere (before, place);
  ui_access_unref (before);
  ui_watch_renew (session);
  session->choices_read = FALSE;
  session->overview_dirty = TRUE;
  ui_slots_resume (session, ui_current (session));
  ui_local_refresh (session, 0);
  ui_changed (session, UI_MODEL_BIT (UI_MODEL_LAST) - 1);
}

/* Why it is this one and not what the settings say. Gives. */
static char *
reason (const WorkflowPlace *place)
{
  switch (place->by) {
  case WORKFLOW_BY_OPTION:
    return g_strdup_printf (_ ("The environment is %s, because of --env; the setting counts without it."),
                            place->name);
  case WORKFLOW_BY_STATE:
    return g_strdup_printf (
        _ ("The environment is %s, because of \"cleanroom env use\" in this state folder; the setting counts "
           "where nothing was chosen."),
        place->name);
  default:
    return g_strdup_printf (_ ("The environment is %s now."), place->name);
  }
}

char *
ui_session_environment_again (UiSession *session)
{
  const WorkflowPlace *now = ui_access_place (session->access);
  g_autoptr (WorkflowPlace) place = ui_place_choose (session, now->state_dir);
  if (g_str_equal (place->folder, now->folder))
    return reason (place);
  if (is_busy (session))
    return g_strdup_printf (_ ("Something is running in %s: %s is used when the program is started next."),
                            now->name, place->name);
  char *text = reason (place);
  go_over (session, place);
  return text;
}
