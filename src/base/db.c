/* SPDX-License-Identifier: MIT
 * SQLite made safe (db.h).
 */
#include "base/db.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct CrDb {
  sqlite3 *handle;
  GRecMutex lock;
  GHashTable *statements; /* SQL text -> sqlite3_stmt */
  char *path;
};

static void
set_db_error (GError **error, CrDb *db, int code, const char *doing)
{
  if ((code & 0xff) == SQLITE_FULL)
    cr_set_error (error, CR_ERROR_ADMIN, "Make room on the disk, then do this again; nothing was changed.",
                  "Cannot %s %s: the disk is full.", doing, db->path);
  else if ((code & 0xff) == SQLITE_READONLY || (code & 0xff) == SQLITE_CANTOPEN
           || (code & 0xff) == SQLITE_PERM)
    cr_set_error (error, CR_ERROR_ADMIN,
                  "Give yourself write permission there, or choose another folder with --state.",
                  "Cannot %s %s: no permission.", doing, db->path);
  else if ((code & 0xff) == SQLITE_BUSY)
    cr_set_error (error, CR_ERROR_RETRY, "Close the other program that uses it, then try again.",
                  "Cannot %s %s: another program keeps it locked.", doing, db->path);
  else if ((code & 0xff) == SQLITE_NOTADB || (code & 0xff) == SQLITE_CORRUPT)
    cr_set_error (error, CR_ERROR_ADMIN, "Restore it from a backup, or move it away to start afresh.",
                  "Cannot %s %s: it is damaged.", doing, db->path);
  else
    cr_set_error (error, CR_ERROR_FAILED, NULL, "Cannot %s %s: %s.", doing, db->path,
                  db->handle != NULL ? sqlite3_errmsg (db->handle) : sqlite3_errstr (code));
}

static void
finalize (gpointer statement)
{
  sqlite3_finalize (statement);
}

static gboolean
execute (CrDb *db, const char *sql, GError **error)
{
  int code = sqlite3_exec (db->handle, sql, NULL, NULL, NULL);
  if (code != SQLITE_OK)
    set_db_error (error, db, code, "use");
  return code == SQLITE_OK;
}

static gboolean
read_version (CrDb *db, gint64 *version, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (db->handle, "PRAGMA user_version", -1, &statement, NULL);
  if (code == SQLITE_OK)
    code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    *version = sqlite3_column_int64 (statement, 0);
  else
    set_db_error (error, db, code, "read");
  sqlite3_finalize (statement);
  return code == SQLITE_ROW;
}

static gboolean
migrate (CrDb *db, const char *const *migrations, GError **error)
{
  gint64 version = 0, newest = 0;
  if (!read_version (db, &version, error))
    return FALSE;
  while (migrations[newest] != NULL)
    newest++;
  if (version > newest) {
    cr_set_error (error, CR_ERROR_ADMIN, "Use the newer release of the program.",
                  "%s was written by a newer release (format %" PRId64 ", this one knows %" PRId64 ").",
                  db->path, version, newest);
    return FALSE;
  }
  if (version == newest)
    return TRUE;
  if (!execute (db, "BEGIN IMMEDIATE", error))
    return FALSE;
  /* Another process may have migrated while we waited for the lock. */
  gboolean ok = read_version (db, &version, error);
  for (; ok && version < newest; version++) {
    g_autofree char *stamp = g_strdup_printf ("PRAGMA user_version=%" PRId64, version + 1);
    ok = execute (db, migrations[version], error) && execute (db, stamp, error);
  }
  if (ok)
    ok = execute (db, "COMMIT", error);
  if (!ok)
    sqlite3_exec (db->handle, "ROLLBACK", NULL, NULL, NULL);
  return ok;
}

/* SQLite makes files by the umask; these must be private from their first byte. */
static void
make_private_file (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0)
    close (fd);
}

void
cr_db_take_little_memory (void)
{
  /* Pages when they are needed, not twenty to begin with. */
  sqlite3_config (SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
  sqlite3_config (SQLITE_CONFIG_LOOKASIDE, 128, 40);
}

CrDb *
cr_db_open (const char *path, const char *const *migrations, GError **error)
{
  g_autoptr (CrDb) db = g_new0 (CrDb, 1);
  g_rec_mutex_init (&db->lock);
  db->path = g_strdup (path);
  db->statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, finalize);
  make_private_file (path);
  int code = sqlite3_open_v2 (path, &db->handle,
                              SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL);
  if (code != SQLITE_OK) {
    set_db_error (error, db, code, "open");
    return NULL;
  }
  sqlite3_busy_timeout (db->handle, 5000);
  if (!execute (db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON", error)
      || !migrate (db, migrations, error))
    return NULL;
  return g_steal_pointer (&db);
}

void
cr_db_close (CrDb *db)
{
  if (db == NULL)
    return;
  g_hash_table_destroy (db->statements);
  sqlite3_close (db->handle);
  g_rec_mutex_clear (&db->lock);
  g_free (db->path);
  g_free (db);
}

sqlite3 *
cr_db_handle (CrDb *db)
{
  return db->handle;
}

void
cr_db_lock (CrDb *db)
{
  g_rec_mutex_lock (&db->lock);
}

void
cr_db_unlock (CrDb *db)
{
  g_rec_mutex_unlock (&db->lock);
}

gboolean
cr_db_begin (CrDb *db, GError **error)
{
  cr_db_lock (db);
  if (cr_db_run (db, error, "BEGIN IMMEDIATE", ""))
    return TRUE;
  cr_db_unlock (db);
  return FALSE;
}

gboolean
cr_db_commit (CrDb *db, GError **error)
{
  gboolean ok = FALSE;
  if (cr_fault_write ()) {
    set_db_error (error, db, SQLITE_FULL, "write");
  } else {
    cr_fault_point ("db.before-commit");
    ok = cr_db_run (db, error, "COMMIT", "");
    cr_fault_point ("db.after-commit");
  }
  if (!ok && sqlite3_get_autocommit (db->handle) == 0)
    sqlite3_exec (db->handle, "ROLLBACK", NULL, NULL, NULL);
  cr_db_unlock (db);
  return ok;
}

void
cr_db_rollback (CrDb *db)
{
  if (sqlite3_get_autocommit (db->handle) == 0)
    sqlite3_exec (db->handle, "ROLLBACK", NULL, NULL, NULL);
  cr_db_unlock (db);
}

static sqlite3_stmt *
statement_for (CrDb *db, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (db->statements, sql);
  if (statement != NULL && sqlite3_stmt_busy (statement))
    sqlite3_reset (statement);
  if (statement == NULL) {
    int code = sqlite3_prepare_v3 (db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK) {
      set_db_error (error, db, code, "use");
      return NULL;
    }
    g_hash_table_insert (db->statements, g_strdup (sql), statement);
  }
  sqlite3_clear_bindings (statement);
  return statement;
}

static void
bind_arguments (sqlite3_stmt *statement, const char *format, va_list arguments)
{
  for (int i = 1; *format != '\0'; format++, i++)
    switch (*format) {
    case 's': {
      const char *text = va_arg (arguments, const char *);
      sqlite3_bind_text (statement, i, text, -1, SQLITE_TRANSIENT);
      break;
    }
    case 'i':
      sqlite3_bind_int64 (statement, i, va_arg (arguments, gint64));
      break;
    case 'd':
      sqlite3_bind_double (statement, i, va_arg (arguments, double));
      break;
    case 'b': {
      GBytes *bytes = va_arg (arguments, GBytes *);
      gsize length = 0;
      const void *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
      if (bytes == NULL)
        sqlite3_bind_null (statement, i);
      else
        sqlite3_bind_blob64 (statement, i, data != NULL ? data : "", length, SQLITE_TRANSIENT);
      break;
    }
    default:
      g_assert_not_reached ();
    }
}

sqlite3_stmt *
cr_db_query (CrDb *db, GError **error, const char *sql, const char *format, ...)
{
  sqlite3_stmt *statement = statement_for (db, sql, error);
  if (statement == NULL)
    return NULL;
  va_list arguments;
  va_start (arguments, format);
  bind_arguments (statement, format, arguments);
  va_end (arguments);
  return statement;
}

gboolean
cr_db_step (CrDb *db, sqlite3_stmt *statement, GError **error)
{
  int code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    return TRUE;
  if (code != SQLITE_DONE)
    set_db_error (error, db, code, "use");
  sqlite3_reset (statement);
  return FALSE;
}

void
cr_db_done (sqlite3_stmt *statement)
{
  if (statement != NULL)
    sqlite3_reset (statement);
}

gboolean
cr_db_run (CrDb *db, GError **error, const char *sql, const char *format, ...)
{
  cr_db_lock (db);
  gboolean ok = FALSE;
  sqlite3_stmt *statement = statement_for (db, sql, error);
  if (statement != NULL) {
    va_list arguments;
    va_start (arguments, format);
    bind_arguments (statement, format, arguments);
    va_end (arguments);
    int code = sqlite3_step (statement);
    ok = code == SQLITE_DONE || code == SQLITE_ROW;
    if (!ok)
      set_db_error (error, db, code, "write");
    sqlite3_reset (statement);
  }
  cr_db_unlock (db);
  return ok;
}

char *
cr_db_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

GBytes *
cr_db_blob (sqlite3_stmt *statement, int column)
{
  if (sqlite3_column_type (statement, column) == SQLITE_NULL)
    return NULL;
  const void *data = sqlite3_column_blob (statement, column);
  return g_bytes_new (data, (gsize) sqlite3_column_bytes (statement, column));
}
