/* SPDX-License-Identifier: MIT
 * The inside of a journal.
 */
#pragma once

#include "base/db.h"
#include "workflow/journal.h"

G_BEGIN_DECLS

struct WorkflowJournal {
  CrDb *db;
};

/* The one text that STATEMENT (may be NULL, with *error set) gives; NULL with *error unset when there is no
 * row. Hold the lock. Gives. */
char *workflow_journal_one (WorkflowJournal *journal, GError **error, sqlite3_stmt *statement);

G_END_DECLS
