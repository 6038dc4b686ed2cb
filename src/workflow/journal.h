/* SPDX-License-Identifier: MIT
 * What one persona has done: DIR/<persona>/private/journal.db.
 *
 * A step is a saga: begin (intent) -> effects with identifiers that were drawn once and written down before
 * they are used -> finish, which records result and artefacts in one transaction. A step that is found
 * "running" when the journal is opened was killed; running it again uses the same identifiers. Secrets are
 * never given to the journal. A journal may be used by several threads.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

typedef enum {
  WORKFLOW_TODO,    /* not begun, and its needs are not known here */
  WORKFLOW_READY,   /* can be run now */
  WORKFLOW_RUNNING, /* begun and not ended: it is running, or was killed */
  WORKFLOW_DONE,
  WORKFLOW_WAITING, /* somebody else has to act first */
  WORKFLOW_FAILED,
  WORKFLOW_SKIPPED,   /* not needed here */
  WORKFLOW_CANCELLED, /* stopped by the person; running it again goes on */
} WorkflowState;

const char *workflow_state_name (WorkflowState state); /* "todo", "ready", "running", ... */

typedef struct WorkflowJournal WorkflowJournal;

WorkflowJournal *workflow_journal_open (const char *path, GError **error);
void workflow_journal_close (WorkflowJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowJournal, workflow_journal_close)

/* One step as the journal knows it. */
typedef struct {
  WorkflowState state; /* todo, running, done, waiting, failed, cancelled or skipped */
  guint attempts;
  gint64 started_ms, finished_ms; /* of the last attempt; 0 = never */
  json_t *inputs;                 /* object; {} at first */
  json_t *result;                 /* object or NULL */
  json_t *pending; /* array of {persona, step, artefact?} or NULL: what a waiting step waits for */
  char *error_name, *error_message, *error_hint,
      *error_remote; /* of a failed, cancelled or waiting step, or NULL */
} WorkflowEntry;

void workflow_entry_free (WorkflowEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowEntry, workflow_entry_free)

/* A file that a step made. */
typedef struct {
  char *path;   /* below the state folder */
  char *sha256; /* 64 hex */
} WorkflowArtefact;

/* The entry of a step; one in state todo when the journal does not know it. Gives. */
WorkflowEntry *workflow_journal_read (WorkflowJournal *journal, const char *scenario, const char *step,
                                      GError **error);
/* The files of a step, WorkflowArtefact in a GPtrArray that owns them. Gives. */
GPtrArray *workflow_journal_artefacts (WorkflowJournal *journal, const char *scenario, const char *step,
                                       GError **error);

/* Now running, one attempt more, with INPUTS (an object without secrets, borrowed). Result, artefacts and
 * problem of an earlier attempt stay until the step ends. */
gboolean workflow_journal_begin (WorkflowJournal *journal, const char *scenario, const char *step,
                                 const json_t *inputs, GError **error);

/* The same for a finished step that is done anew: the identifiers of before are forgotten in the same
 * transaction, and the moment is kept (workflow_journal_renewed). */
gboolean workflow_journal_begin_anew (WorkflowJournal *journal, const char *scenario, const char *step,
                                      const json_t *inputs, GError **error);
/* When the step was last begun anew, in milliseconds; 0 = never. */
gint64 workflow_journal_renewed (WorkflowJournal *journal, const char *scenario, const char *step);

/* The identifier NAME of this step: the stored one, or PROPOSED, stored before this returns. Gives. */
char *workflow_journal_intent (WorkflowJournal *journal, const char *scenario, const char *step,
                               const char *name, const char *proposed, GError **error);
/* The stored identifier, or NULL with *error unset. Gives. */
char *workflow_journal_intent_peek (WorkflowJournal *journal, const char *scenario, const char *step,
                                    const char *name, GError **error);
/* Forget one: it names something that is not ours, and the next attempt draws another. */
gboolean workflow_journal_intent_forget (WorkflowJournal *journal, const char *scenario, const char *step,
                                         const char *name, GError **error);
/* Forget the identifiers of a step: the next attempt is a new piece of work (another run, say). */
gboolean workflow_journal_renew (WorkflowJournal *journal, const char *scenario, const char *step,
                                 GError **error);

/* The end of an attempt, in one transaction: STATE (done, waiting or skipped), RESULT and PENDING (may be
 * NULL, borrowed), ARTEFACTS (WorkflowArtefact, may be NULL; they replace the recorded ones). */
gboolean workflow_journal_finish (WorkflowJournal *journal, const char *scenario, const char *step,
                                  WorkflowState state, const json_t *result, const json_t *pending,
                                  GPtrArray *artefacts, GError **error);
/* The attempt failed (or waits, for CR_ERROR_WAITING; or was stopped, for CR_ERROR_CANCELLED) with
 * PROBLEM. */
gboolean workflow_journal_fail (WorkflowJournal *journal, const char *scenario, const char *step,
                                const GError *problem, const json_t *pending, GError **error);

/* Facts about the persona that later steps use: account, object id, contract id. Not for secrets. */
gboolean workflow_journal_remember (WorkflowJournal *journal, const char *name, const char *value,
                                    GError **error);
/* NULL with *error unset when unknown. Gives. */
char *workflow_journal_recall (WorkflowJournal *journal, const char *name, GError **error);

/* --- several scenarios share a journal --- */

/* The identifier NAME that STEP drew last in any scenario; NULL when it drew none. Gives. */
char *workflow_journal_intent_elsewhere (WorkflowJournal *journal, const char *step, const char *name);
/* Did a step, of any scenario, write the file PATH as it is now? */
gboolean workflow_journal_wrote (WorkflowJournal *journal, const char *path, const char *sha256);
/* The scenario in which STEP was taken last; NULL when in none. Gives. */
char *workflow_journal_last_scenario (WorkflowJournal *journal, const char *step);
/* The scenario whose step wrote the file PATH (SHA256 of its bytes) or went by it (DIGEST of its text,
 * without the last line end); else the only scenario that the journal knows; NULL when nobody can say.
 * Gives. */
char *workflow_journal_file_scenario (WorkflowJournal *journal, const char *path, const char *sha256,
                                      const char *digest);
/* In SCENARIO, the file BEFORE is now called AFTER: among what was made, what was gone by and what is waited
 * for. */
gboolean workflow_journal_rename (WorkflowJournal *journal, const char *scenario, const char *before,
                                  const char *after, GError **error);

void workflow_artefact_free (WorkflowArtefact *artefact);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowArtefact, workflow_artefact_free)
/* A new record of PATH with the SHA-256 of the file ROOT/PATH. Gives. */
WorkflowArtefact *workflow_artefact_new (const char *root, const char *path, GError **error);

G_END_DECLS
