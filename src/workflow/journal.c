/* SPDX-License-Identifier: MIT
 * The journal in SQLite (journal.h).
 */
#include "workflow/journal-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"

#include <gio/gio.h>

#include <inttypes.h>

#define ARTEFACT_MAX_BYTES (64u * 1024 * 1024)

static const char *const migrations[] = {
  "CREATE TABLE step (scenario TEXT NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL,"
  " attempts INTEGER NOT NULL,"
  " started INTEGER NOT NULL, finished INTEGER NOT NULL, inputs TEXT NOT NULL, result TEXT, pending TEXT,"
  " error_name TEXT, error_message TEXT, error_hint TEXT, error_remote TEXT, PRIMARY KEY (scenario, step));"
  "CREATE TABLE intent (scenario TEXT NOT NULL, step TEXT NOT NULL, name TEXT NOT NULL,"
  " value TEXT NOT NULL,"
  " PRIMARY KEY (scenario, step, name));"
  "CREATE TABLE artefact (scenario TEXT NOT NULL, step TEXT NOT NULL, path TEXT NOT NULL,"
  " sha256 TEXT NOT NULL,"
  " PRIMARY KEY (scenario, step, path));"
  "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);",
  NULL
};

static const char *const state_names[] = { "todo",    "ready",  "running", "done",
                                           "waiting", "failed", "skipped", "cancelled" };

const char *
workflow_state_name (WorkflowState state)
{
  return state_names[state];
}

static WorkflowState
state_from_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_strcmp0 (name, state_names[i]) == 0)
      return (WorkflowState) i;
  return WORKFLOW_TODO;
}

WorkflowJournal *
workflow_journal_open (const char *path, GError **error)
{
  CrDb *db = cr_db_open (path, migrations, error);
  if (db == NULL)
    return NULL;
  WorkflowJournal *journal = g_new0 (WorkflowJournal, 1);
  journal->db = db;
  return journal;
}

void
workflow_journal_close (WorkflowJournal *journal)
{
  if (journal == NULL)
    return;
  cr_db_close (journal->db);
  g_free (journal);
}

void
workflow_entry_free (WorkflowEntry *entry)
{
  if (entry == NULL)
    return;
  json_decref (entry->inputs);
  json_decref (entry->result);
  json_decref (entry->pending);
  g_free (entry->error_name);
  g_free (entry->error_message);
  g_free (entry->error_hint);
  g_free (entry->error_remote);
  g_free (entry);
}

void
workflow_artefact_free (WorkflowArtefact *artefact)
{
  if (artefact == NULL)
    return;
  g_free (artefact->path);
  g_free (artefact->sha256);
  g_free (artefact);
}

WorkflowArtefact *
workflow_artefact_new (const char *root, const char *path, GError **error)
{
  g_autofree char *full = g_build_filename (root, path, NULL);
  g_autoptr (GBytes) data = cr_file_read (full, ARTEFACT_MAX_BYTES, error);
  if (data == NULL)
    return NULL;
  gsize length = 0;
  const void *bytes = g_bytes_get_data (data, &length);
  WorkflowArtefact *artefact = g_new0 (WorkflowArtefact, 1);
  artefact->path = g_strdup (path);
  artefact->sha256 = cr_sha256_hex (bytes, length);
  return artefact;
}

static json_t *
column_json (sqlite3_stmt *statement, int column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);
  return text != NULL ? json_loads (text, JSON_DECODE_ANY, NULL) : NULL;
}

static WorkflowEntry *
entry_from_row (sqlite3_stmt *row)
{
  WorkflowEntry *entry = g_new0 (WorkflowEntry, 1);
  g_autofree char *state = cr_db_text (row, 0);
  entry->state = state_from_name (state);
  entry->attempts = (guint) sqlite3_column_int64 (row, 1);
  entry->started_ms = sqlite3_column_int64 (row, 2);
  entry->finished_ms = sqlite3_column_int64 (row, 3);
  entry->inputs = column_json (row, 4);
  entry->result = column_json (row, 5);
  entry->pending = column_json (row, 6);
  entry->error_name = cr_db_text (row, 7);
  entry->error_message = cr_db_text (row, 8);
  entry->error_hint = cr_db_text (row, 9);
  entry->error_remote = cr_db_text (row, 10);
  return entry;
}

WorkflowEntry *
workflow_journal_read (WorkflowJournal *journal, const char *scenario, const char *step, GError **error)
{
  cr_db_lock (journal->db);
  g_autoptr (GError) problem = NULL;
  WorkflowEntry *entry = NULL;
  sqlite3_stmt *statement = cr_db_query (
      journal->db, &problem,
      "SELECT state, attempts, started, finished, inputs, result, pending, error_name, error_message,"
      " error_hint, error_remote FROM step WHERE scenario = ? AND step = ?",
      "ss", scenario, step);
  if (statement != NULL && cr_db_step (journal->db, statement, &problem))
    entry = entry_from_row (statement);
  if (statement != NULL)
    cr_db_done (statement);
  cr_db_unlock (journal->db);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  if (entry == NULL)
    entry = g_new0 (WorkflowEntry, 1);
  if (entry->inputs == NULL)
    entry->inputs = json_object ();
  return entry;
}

GPtrArray *
workflow_journal_artefacts (WorkflowJournal *journal, const char *scenario, const char *step, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_artefact_free);
  g_autoptr (GError) problem = NULL;
  cr_db_lock (journal->db);
  sqlite3_stmt *statement =
      cr_db_query (journal->db, &problem,
                   "SELECT path, sha256 FROM artefact WHERE scenario = ? AND step = ? ORDER BY path", "ss",
                   scenario, step);
  while (statement != NULL && cr_db_step (journal->db, statement, &problem)) {
    WorkflowArtefact *artefact = g_new0 (WorkflowArtefact, 1);
    artefact->path = cr_db_text (statement, 0);
    artefact->sha256 = cr_db_text (statement, 1);
    g_ptr_array_add (list, artefact);
  }
  if (statement != NULL)
    cr_db_done (statement);
  cr_db_unlock (journal->db);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  return g_steal_pointer (&list);
}

#define RENEWED "renewed" /* among the identifiers of a step: since when it is new work */

/* Inside a transaction. */
static gboolean
forget_intents (WorkflowJournal *journal, const char *scenario, const char *step, GError **error)
{
  g_autofree char *now = g_strdup_printf ("%" PRId64, cr_now_ms ());
  return cr_db_run (journal->db, error, "DELETE FROM intent WHERE scenario = ? AND step = ?", "ss", scenario,
                    step)
         && cr_db_run (journal->db, error,
                       "INSERT INTO intent (scenario, step, name, value) VALUES (?, ?, ?, ?)", "ssss",
                       scenario, step, RENEWED, now);
}

gint64
workflow_journal_renewed (WorkflowJournal *journal, const char *scenario, const char *step)
{
  g_autofree char *when = workflow_journal_intent_peek (journal, scenario, step, RENEWED, NULL);
  return when != NULL ? g_ascii_strtoll (when, NULL, 10) : 0;
}

static gboolean
begin (WorkflowJournal *journal, const char *scenario, const char *step, const json_t *inputs, gboolean anew,
       GError **error)
{
  g_autofree char *text = inputs != NULL ? cr_json_dump (inputs) : g_strdup ("{}");
  cr_fault_point ("journal-begin");
  gboolean ok = cr_db_begin (journal->db, error);
  if (!ok)
    return FALSE;
  ok = cr_db_run (journal->db, error,
                  "INSERT INTO step (scenario, step, state, attempts, started, finished, inputs)"
                  " VALUES (?, ?, 'running', 1, ?, 0, ?) ON CONFLICT (scenario, step)"
                  " DO UPDATE SET state = 'running',"
                  " attempts = attempts + 1, started = excluded.started, finished = 0,"
                  " inputs = excluded.inputs",
                  "ssis", scenario, step, cr_now_ms (), text)
       && (!anew || forget_intents (journal, scenario, step, error));
  if (!ok) {
    cr_db_rollback (journal->db);
    return FALSE;
  }
  ok = cr_db_commit (journal->db, error);
  cr_fault_point ("journal-begun");
  return ok;
}

gboolean
workflow_journal_begin (WorkflowJournal *journal, const char *scenario, const char *step,
                        const json_t *inputs, GError **error)
{
  return begin (journal, scenario, step, inputs, FALSE, error);
}

gboolean
workflow_journal_begin_anew (WorkflowJournal *journal, const char *scenario, const char *step,
                             const json_t *inputs, GError **error)
{
  return begin (journal, scenario, step, inputs, TRUE, error);
}

char *
workflow_journal_one (WorkflowJournal *journal, GError **error, sqlite3_stmt *statement)
{
  if (statement == NULL)
    return NULL;
  char *value = cr_db_step (journal->db, statement, error) ? cr_db_text (statement, 0) : NULL;
  cr_db_done (statement);
  return value;
}

char *
workflow_journal_intent_peek (WorkflowJournal *journal, const char *scenario, const char *step,
                              const char *name, GError **error)
{
  cr_db_lock (journal->db);
  char *value = workflow_journal_one (
      journal, error,
      cr_db_query (journal->db, error,
                   "SELECT value FROM intent WHERE scenario = ? AND step = ? AND name = ?", "sss", scenario,
                   step, name));
  cr_db_unlock (journal->db);
  return value;
}

char *
workflow_journal_intent (WorkflowJournal *journal, const char *scenario, const char *step, const char *name,
                         const char *proposed, GError **error)
{
  if (!cr_db_begin (journal->db, error))
    return NULL;
  g_autoptr (GError) problem = NULL;
  g_autofree char *value = workflow_journal_intent_peek (journal, scenario, step, name, &problem);
  if (value == NULL && problem == NULL) {
    value = g_strdup (proposed);
    cr_db_run (journal->db, &problem, "INSERT INTO intent (scenario, step, name, value) VALUES (?, ?, ?, ?)",
               "ssss", scenario, step, name, proposed);
  }
  if (problem != NULL) {
    cr_db_rollback (journal->db);
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  if (!cr_db_commit (journal->db, error))
    return NULL;
  cr_fault_point ("journal-intent");
  return g_steal_pointer (&value);
}

gboolean
workflow_journal_intent_forget (WorkflowJournal *journal, const char *scenario, const char *step,
                                const char *name, GError **error)
{
  return cr_db_run (journal->db, error, "DELETE FROM intent WHERE scenario = ? AND step = ? AND name = ?",
                    "sss", scenario, step, name);
}

gboolean
workflow_journal_renew (WorkflowJournal *journal, const char *scenario, const char *step, GError **error)
{
  return cr_db_run (journal->db, error, "DELETE FROM intent WHERE scenario = ? AND step = ?", "ss", scenario,
                    step);
}

/* Inside a transaction: the recorded artefacts become ARTEFACTS. */
static gboolean
replace_artefacts (WorkflowJournal *journal, const char *scenario, const char *step, GPtrArray *artefacts,
                   GError **error)
{
  if (!cr_db_run (journal->db, error, "DELETE FROM artefact WHERE scenario = ? AND step = ?", "ss", scenario,
                  step))
    return FALSE;
  for (guint i = 0; artefacts != NULL && i < artefacts->len; i++) {
    const WorkflowArtefact *artefact = g_ptr_array_index (artefacts, i);
    if (!cr_db_run (journal->db, error,
                    "INSERT OR REPLACE INTO artefact (scenario, step, path, sha256) VALUES (?, ?, ?, ?)",
                    "ssss", scenario, step, artefact->path, artefact->sha256))
      return FALSE;
  }
  return TRUE;
}

gboolean
workflow_journal_finish (WorkflowJournal *journal, const char *scenario, const char *step,
                         WorkflowState state, const json_t *result, const json_t *pending,
                         GPtrArray *artefacts, GError **error)
{
  g_autofree char *result_text = result != NULL ? cr_json_dump (result) : NULL;
  g_autofree char *pending_text = pending != NULL ? cr_json_dump (pending) : NULL;
  cr_fault_point ("journal-finish");
  if (!cr_db_begin (journal->db, error))
    return FALSE;
  gboolean ok = cr_db_run (journal->db, error,
                           "UPDATE step SET state = ?, finished = ?, result = ?, pending = ?,"
                           " error_name = NULL,"
                           " error_message = NULL, error_hint = NULL, error_remote = NULL"
                           " WHERE scenario = ? AND step = ?",
                           "sissss", workflow_state_name (state), cr_now_ms (), result_text, pending_text,
                           scenario, step)
                && replace_artefacts (journal, scenario, step, artefacts, error);
  if (!ok) {
    cr_db_rollback (journal->db);
    return FALSE;
  }
  ok = cr_db_commit (journal->db, error);
  cr_fault_point ("journal-finished");
  return ok;
}

/* How an attempt with PROBLEM ended. */
static WorkflowState
state_after (const GError *problem)
{
  return g_error_matches (problem, CR_ERROR, CR_ERROR_WAITING)         ? WORKFLOW_WAITING
         : g_error_matches (problem, CR_ERROR, CR_ERROR_CANCELLED)     ? WORKFLOW_CANCELLED
         : g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? WORKFLOW_CANCELLED
                                                                       : WORKFLOW_FAILED;
}

gboolean
workflow_journal_fail (WorkflowJournal *journal, const char *scenario, const char *step,
                       const GError *problem, const json_t *pending, GError **error)
{
  g_autofree char *pending_text = pending != NULL ? cr_json_dump (pending) : NULL;
  return cr_db_run (journal->db, error,
                    "UPDATE step SET state = ?, finished = ?, pending = ?, error_name = ?, error_message = ?,"
                    " error_hint = ?, error_remote = ? WHERE scenario = ? AND step = ?",
                    "sisssssss", workflow_state_name (state_after (problem)), cr_now_ms (), pending_text,
                    cr_error_code_name (problem), problem->message, cr_error_hint (problem),
                    cr_error_remote_code (problem), scenario, step);
}

gboolean
workflow_journal_remember (WorkflowJournal *journal, const char *name, const char *value, GError **error)
{
  return cr_db_run (journal->db, error,
                    "INSERT INTO fact (name, value) VALUES (?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    "ss", name, value);
}

char *
workflow_journal_recall (WorkflowJournal *journal, const char *name, GError **error)
{
  cr_db_lock (journal->db);
  char *value = workflow_journal_one (
      journal, error, cr_db_query (journal->db, error, "SELECT value FROM fact WHERE name = ?", "s", name));
  cr_db_unlock (journal->db);
  return value;
}
