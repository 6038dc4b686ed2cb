/* SPDX-License-Identifier: MIT
 * What has to be done again after a step was done anew: own steps behind it, and steps of others that
 * follow a file which it wrote. Others are known by what they left in the public folder only.
 */
#include "workflow/engine-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/translate.h"

#include <string.h>

#define FOLLOWED_MAX (64u * 1024)

/* --- what a step has read --- */

/* Digest of the file at PATH below the state folder, without its last line end; NULL when it is not there.
 * Gives. */
static char *
digest_of (WorkflowEngine *engine, const char *path)
{
  g_autofree char *full = g_build_filename (engine->state_dir, path, NULL);
  g_autofree char *text = cr_file_read_text (full, FOLLOWED_MAX, NULL);
  return text != NULL ? cr_sha256_hex (text, strlen (text)) : NULL;
}

json_t *
workflow_again_read (WorkflowEngine *engine, const char *persona, const WorkflowStep *step)
{
  json_t *seen = json_object ();
  g_autoptr (GPtrArray) needs = workflow_step_needs (engine->scenario, persona, step);
  for (guint i = 0; i < needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (needs, i);
    g_autofree char *digest = need->follow ? digest_of (engine, need->artefact) : NULL;
    if (digest != NULL)
      cr_json_set_string (seen, need->artefact, digest);
  }
  return seen;
}

static char *
fact_name (WorkflowEngine *engine, const WorkflowStep *step, const char *path)
{
  return g_strdup_printf ("read:%s:%s:%s", engine->scenario->name, step->id, path);
}

gboolean
workflow_again_remember (WorkflowEngine *engine, WorkflowContext *context, const WorkflowStep *step,
                         const json_t *seen, GError **error)
{
  const char *path;
  json_t *digest;
  g_autoptr (json_t) copy = json_deep_copy (seen);
  json_object_foreach (copy, path, digest) {
    g_autofree char *name = fact_name (engine, step, path);
    if (!workflow_journal_remember (workflow_context_journal (context), name, json_string_value (digest),
                                    error))
      return FALSE;
  }
  return TRUE;
}

/* --- is a finished step out of date? --- */

static void
outdate (WorkflowStatus *status, char *note)
{
  status->state = WORKFLOW_READY;
  status->stale = TRUE;
  g_free (status->note);
  status->note = note;
}

/* A step after one that was done anew since (another run, another publication). */
static void
judge_age (WorkflowEngine *engine, WorkflowContext *context, const WorkflowJourney *journey,
           const WorkflowNeed *need, gboolean looks, WorkflowStatus *status)
{
  const WorkflowStep *before = workflow_journey_step (journey, need->step, NULL);
  if (before == NULL)
    return;
  gboolean always = workflow_tables_action (engine->tables, before->action)->renews;
  if (!always && (looks || before->renew_when == NULL))
    return;
  WorkflowJournal *journal = workflow_context_journal (context);
  g_autoptr (WorkflowEntry) entry = workflow_journal_read (journal, engine->scenario->name, before->id, NULL);
  if (entry == NULL || entry->state != WORKFLOW_DONE)
    return;
  gint64 since = always ? entry->finished_ms
                        : workflow_journal_renewed (journal, engine->scenario->name, before->id);
  if (since > status->entry->finished_ms)
    outdate (status, g_strdup_printf (_ ("'%s' was done again since."), before->title));
}

static void
judge_followed (WorkflowEngine *engine, WorkflowContext *context, const WorkflowNeed *need,
                WorkflowStatus *status)
{
  g_autofree char *name = fact_name (engine, status->step, need->artefact);
  g_autofree char *before = workflow_context_recall (context, name);
  g_autofree char *now = before != NULL ? digest_of (engine, need->artefact) : NULL;
  if (now == NULL || g_str_equal (now, before))
    return;
  const WorkflowStep *maker = workflow_engine_find (engine, need->persona, need->step, NULL, NULL);
  outdate (status, g_strdup_printf (_ ("%s: '%s' was done again since."), need->persona,
                                    maker != NULL ? maker->title : need->artefact));
}

/* An own step before this one is out of date itself. */
static void
judge_before (WorkflowEngine *engine, const char *persona, const WorkflowNeed *need, WorkflowStatus *status)
{
  g_autoptr (WorkflowStatus) before = workflow_engine_status (engine, persona, need->step, NULL);
  if (before != NULL && before->stale)
    outdate (status, g_strdup_printf (_ ("'%s' has to be done again first."), before->step->title));
}

void
workflow_again_judge (WorkflowEngine *engine, WorkflowContext *context, const WorkflowStep *step,
                      WorkflowStatus *status)
{
  const char *persona = workflow_context_persona (context);
  const WorkflowJourney *journey = workflow_scenario_journey (engine->scenario, persona, NULL);
  g_autoptr (GPtrArray) needs = workflow_step_needs (engine->scenario, persona, step);
  gboolean looks = step->optional || workflow_tables_action (engine->tables, step->action)->always;
  for (guint i = 0; status->state == WORKFLOW_DONE && i < needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (needs, i);
    gboolean own = need->step != NULL && g_str_equal (need->persona, persona);
    if (need->kind == WORKFLOW_NEED_STEP)
      judge_age (engine, context, journey, need, looks, status);
    if (!looks && !need->soft && need->follow)
      judge_followed (engine, context, need, status);
    if (!looks && !need->soft && own && status->state == WORKFLOW_DONE
        && (need->kind == WORKFLOW_NEED_STEP || need->follow))
      judge_before (engine, persona, need, status);
  }
}

gboolean
workflow_again_has_news (WorkflowEngine *engine, WorkflowContext *context, const WorkflowStep *step)
{
  g_autoptr (GPtrArray) needs = workflow_step_needs (engine->scenario, workflow_context_persona (context),
                                                     step);
  for (guint i = 0; i < needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (needs, i);
    g_autofree char *name = need->follow ? fact_name (engine, step, need->artefact) : NULL;
    g_autofree char *before = name != NULL ? workflow_context_recall (context, name) : NULL;
    g_autofree char *now = before != NULL ? digest_of (engine, need->artefact) : NULL;
    if (now != NULL && !g_str_equal (now, before))
      return TRUE;
  }
  return FALSE;
}

/* --- what follows from doing a step anew --- */

static gboolean
has_turn (GPtrArray *turns, const char *persona, const char *step)
{
  for (guint i = 0; i < turns->len; i++) {
    const WorkflowTurn *turn = g_ptr_array_index (turns, i);
    if (g_str_equal (turn->persona, persona) && g_str_equal (turn->step->id, step))
      return TRUE;
  }
  return FALSE;
}

/* Does TURN stand on one of DONE? */
static gboolean
stands_on (WorkflowEngine *engine, const WorkflowTurn *turn, GPtrArray *done)
{
  g_autoptr (GPtrArray) needs = workflow_step_needs (engine->scenario, turn->persona, turn->step);
  for (guint i = 0; i < needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (needs, i);
    gboolean counts = need->kind == WORKFLOW_NEED_STEP || need->follow;
    if (counts && !need->soft && need->step != NULL && has_turn (done, need->persona, need->step))
      return TRUE;
  }
  return FALSE;
}

GPtrArray *
workflow_engine_follows (WorkflowEngine *engine, const char *persona, const char *step, GError **error)
{
  const WorkflowJourney *journey = NULL;
  const WorkflowStep *found = workflow_engine_find (engine, persona, step, &journey, error);
  if (found == NULL)
    return NULL;
  g_autoptr (GPtrArray) order = workflow_engine_order (engine, FALSE);
  GPtrArray *follows = g_ptr_array_new_with_free_func (g_free);
  WorkflowTurn *first = g_new0 (WorkflowTurn, 1);
  first->persona = journey->persona->name;
  first->step = found;
  g_ptr_array_add (follows, first);
  /* The order has every step after those it needs: one pass finds all. */
  for (guint i = 0; i < order->len; i++) {
    const WorkflowTurn *turn = g_ptr_array_index (order, i);
    gboolean looks = workflow_tables_action (engine->tables, turn->step->action)->always;
    if (looks || has_turn (follows, turn->persona, turn->step->id) || !stands_on (engine, turn, follows))
      continue;
    WorkflowTurn *copy = g_new (WorkflowTurn, 1);
    *copy = *turn;
    g_ptr_array_add (follows, copy);
  }
  g_ptr_array_remove_index (follows, 0);
  return follows;
}

void
workflow_again_tell (WorkflowEngine *engine, WorkflowCall *call)
{
  g_autoptr (GPtrArray) follows = workflow_engine_follows (engine, workflow_context_persona (call->context),
                                                           call->step->id, NULL);
  for (guint i = 0; follows != NULL && i < follows->len; i++) {
    const WorkflowTurn *turn = g_ptr_array_index (follows, i);
    workflow_call_say (call, N_ ("To be done again: %s: %s."), turn->persona, turn->step->title);
  }
}
