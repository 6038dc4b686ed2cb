/* SPDX-License-Identifier: MIT
 * SQLite made safe: WAL, synchronous=FULL, versioned schema, GError with words for full disks.
 *
 * A CrDb may be used by several threads; cr_db_lock/unlock bracket a sequence. Statements are
 * prepared once and kept.
 */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

typedef struct CrDb CrDb;

/* For programs that have several small databases open for long and wait for people, not for disks: each takes
 * a third of the memory. Before the first one is opened; later calls change nothing. */
void cr_db_take_little_memory (void);

/* Open or create PATH (0600). MIGRATIONS is a NULL-terminated list of SQL scripts; script n brings
 * user_version from n to n+1, each in one transaction. A file of a newer version is refused politely. */
CrDb *cr_db_open (const char *path, const char *const *migrations, GError **error);
void cr_db_close (CrDb *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDb, cr_db_close)

sqlite3 *cr_db_handle (CrDb *db); /* borrowed */
void cr_db_lock (CrDb *db);       /* recursive */
void cr_db_unlock (CrDb *db);

/* Transactions; begin is BEGIN IMMEDIATE and takes the lock, commit and rollback give it back. */
gboolean cr_db_begin (CrDb *db, GError **error);
gboolean cr_db_commit (CrDb *db, GError **error); /* on failure it has rolled back */
void cr_db_rollback (CrDb *db);

/* A prepared statement from the cache, reset and with the arguments bound by FORMAT, one letter each:
 * s = const char* (NULL binds NULL), i = gint64, b = GBytes* (NULL binds NULL), d = double.
 * Borrowed; finish with cr_db_done. NULL on error. */
sqlite3_stmt *cr_db_query (CrDb *db, GError **error, const char *sql, const char *format, ...);
/* TRUE = a row is there; FALSE with *error unset = no more rows. Resets at the end. */
gboolean cr_db_step (CrDb *db, sqlite3_stmt *statement, GError **error);
void cr_db_done (sqlite3_stmt *statement);
/* Run a statement that returns no rows. */
gboolean cr_db_run (CrDb *db, GError **error, const char *sql, const char *format, ...);

/* Column readers: give a copy; NULL for SQL NULL. */
char *cr_db_text (sqlite3_stmt *statement, int column);
GBytes *cr_db_blob (sqlite3_stmt *statement, int column);

G_END_DECLS
