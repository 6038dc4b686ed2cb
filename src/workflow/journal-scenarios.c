/* SPDX-License-Identifier: MIT
 * Questions about several scenarios that share a journal (journal.h).
 */
#include "workflow/journal-private.h"

#include "base/error.h"
#include "base/fault.h"

#include <string.h>

/* The text of the first row of SQL with the texts A and B (as many as it has places); NULL when there is
 * none. */
static char *
ask (WorkflowJournal *journal, const char *sql, const char *format, const char *a, const char *b)
{
  cr_db_lock (journal->db);
  char *value = workflow_journal_one (journal, NULL, cr_db_query (journal->db, NULL, sql, format, a, b));
  cr_db_unlock (journal->db);
  return value;
}

char *
workflow_journal_intent_elsewhere (WorkflowJournal *journal, const char *step, const char *name)
{
  return ask (journal, "SELECT value FROM intent WHERE step = ? AND name = ? ORDER BY rowid DESC", "ss", step,
              name);
}

gboolean
workflow_journal_wrote (WorkflowJournal *journal, const char *path, const char *sha256)
{
  g_autofree char *scenario = ask (journal, "SELECT scenario FROM artefact WHERE path = ? AND sha256 = ?",
                                   "ss", path, sha256);
  return scenario != NULL;
}

char *
workflow_journal_last_scenario (WorkflowJournal *journal, const char *step)
{
  return ask (journal, "SELECT scenario FROM step WHERE step = ? ORDER BY started DESC", "s", step, NULL);
}

/* The scenario of the fact "read:SCENARIO:STEP:PATH" with DIGEST. Gives. */
static char *
reader_of (WorkflowJournal *journal, const char *path, const char *digest)
{
  g_autofree char *end = g_strconcat (":", path, NULL);
  g_autofree char *name = ask (journal,
                               "SELECT name FROM fact WHERE value = ?1 AND substr (name, 1, 5) = 'read:'"
                               " AND substr (name, - length (?2)) = ?2",
                               "ss", digest, end);
  const char *scenario = name != NULL ? name + strlen ("read:") : NULL, *colon = NULL;
  if (scenario != NULL)
    colon = strchr (scenario, ':');
  return colon != NULL ? g_strndup (scenario, (gsize) (colon - scenario)) : NULL;
}

char *
workflow_journal_file_scenario (WorkflowJournal *journal, const char *path, const char *sha256,
                                const char *digest)
{
  char *scenario = ask (journal, "SELECT scenario FROM artefact WHERE path = ? AND sha256 = ?", "ss", path,
                        sha256);
  if (scenario == NULL)
    scenario = reader_of (journal, path, digest);
  /* Nobody says: then it is that of the only scenario there is. */
  if (scenario == NULL)
    scenario = ask (journal,
                    "SELECT scenario FROM step WHERE (SELECT count (DISTINCT scenario) FROM step) = 1", "",
                    NULL, NULL);
  return scenario;
}

gboolean
workflow_journal_rename (WorkflowJournal *journal, const char *scenario, const char *before,
                         const char *after, GError **error)
{
  g_autofree char *said_before = g_strdup_printf ("\"%s\"", before);
  g_autofree char *said_after = g_strdup_printf ("\"%s\"", after);
  g_autofree char *reads = g_strdup_printf ("read:%s:", scenario);
  g_autofree char *end = g_strconcat (":", before, NULL);
  cr_fault_point ("journal-rename");
  if (!cr_db_begin (journal->db, error))
    return FALSE;
  gboolean ok =
      cr_db_run (journal->db, error,
                 "UPDATE OR REPLACE artefact SET path = ? WHERE scenario = ? AND path = ?", "sss", after,
                 scenario, before)
      && cr_db_run (journal->db, error,
                    "UPDATE step SET pending = replace (pending, ?, ?) WHERE scenario = ?"
                    " AND pending IS NOT NULL",
                    "sss", said_before, said_after, scenario)
      && cr_db_run (journal->db, error,
                    "UPDATE OR REPLACE fact SET name ="
                    " substr (name, 1, length (name) - length (?1)) || ?2"
                    " WHERE substr (name, 1, length (?3)) = ?3 AND substr (name, - length (?4)) = ?4",
                    "ssss", before, after, reads, end);
  if (!ok) {
    cr_db_rollback (journal->db);
    return FALSE;
  }
  return cr_db_commit (journal->db, error);
}
