/* SPDX-License-Identifier: MIT
 * The SQLite engine: an in-memory database that can only read what was loaded.
 */
#include "room/engine.h"

#include "base/error.h"
#include "room/sql-error.h"
#include "room/sqlite-functions.h"
#include "room/sqlite-types.h"

#include <string.h>

#define MAX_SQL_BYTES (4 * 1024 * 1024)

typedef struct {
  RoomEngine base;
  sqlite3 *db;
  sqlite3_stmt *insert;
  GHashTable *tables;   /* lower-case names of temporary views that are kept as tables */
  gboolean making_view; /* our own statements may write the catalog */
} LiteEngine;

static gboolean
lite_fail (LiteEngine *engine, GError **error)
{
  return room_sql_error (error, sqlite3_errmsg (engine->db));
}

static gboolean
lite_run (LiteEngine *engine, const char *sql, GError **error)
{
  return sqlite3_exec (engine->db, sql, NULL, NULL, NULL) == SQLITE_OK || lite_fail (engine, error);
}

static void
lite_close (RoomEngine *base)
{
  LiteEngine *engine = (LiteEngine *) base;

  sqlite3_finalize (engine->insert);
  sqlite3_close (engine->db);
  g_clear_pointer (&engine->tables, g_hash_table_unref);
  g_free (engine);
}

static RoomEngine *
lite_open (const char *work_folder, GError **error)
{
  LiteEngine *engine = g_new0 (LiteEngine, 1);
  int off = 0;

  (void) work_folder; /* nothing is written: the temporary store is memory too */
  engine->tables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (sqlite3_open_v2 (":memory:", &engine->db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL)
          != SQLITE_OK
      || !lite_run (engine, "PRAGMA case_sensitive_like = 1; PRAGMA temp_store = MEMORY", error)
      || !room_sqlite_add_functions (engine->db)) {
    if (error != NULL && *error == NULL)
      cr_set_error (error, CR_ERROR_ADMIN, NULL, "SQLite does not start: %s", sqlite3_errmsg (engine->db));
    lite_close (&engine->base);
    return NULL;
  }
  sqlite3_db_config (engine->db, SQLITE_DBCONFIG_DQS_DML, 0, &off);
  sqlite3_db_config (engine->db, SQLITE_DBCONFIG_DQS_DDL, 0, &off);
  sqlite3_db_config (engine->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, &off);
  sqlite3_limit (engine->db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit (engine->db, SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_BYTES);
  engine->base.version = g_strdup_printf ("sqlite %s", sqlite3_libversion ());
  return &engine->base;
}

/* "a" TYPE, "b" TYPE. Gives. */
static char *
column_list (GPtrArray *columns)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < columns->len; i++) {
    const RoomColumn *column = g_ptr_array_index (columns, i);
    g_autofree char *name = room_sql_quote (column->name);

    g_string_append_printf (list, "%s%s %s", i > 0 ? ", " : "", name, room_sqlite_declared (column->type));
  }
  return g_string_free (list, FALSE);
}

static gboolean
lite_table_begin (RoomEngine *base, const char *view, GPtrArray *columns, GError **error)
{
  LiteEngine *engine = (LiteEngine *) base;
  g_autofree char *quoted = room_sql_quote (view);
  g_autofree char *list = column_list (columns);
  g_autofree char *create = g_strdup_printf ("CREATE TABLE %s (%s)", quoted, list);
  g_autoptr (GString) insert = g_string_new (NULL);

  g_string_append_printf (insert, "INSERT INTO %s VALUES (?", quoted);
  for (guint i = 1; i < columns->len; i++)
    g_string_append (insert, ", ?");
  g_string_append_c (insert, ')');
  return lite_run (engine, create, error) && lite_run (engine, "BEGIN", error)
         && (sqlite3_prepare_v2 (engine->db, insert->str, -1, &engine->insert, NULL) == SQLITE_OK
             || lite_fail (engine, error));
}

static void
bind_value (sqlite3_stmt *statement, int index, const RoomValue *value)
{
  g_autoptr (GString) text = NULL;

  if (value->null) {
    sqlite3_bind_null (statement, index);
    return;
  }
  switch (value->type) {
  case ROOM_NUMBER:
    sqlite3_bind_double (statement, index, value->real);
    break;
  case ROOM_DATE:
  case ROOM_TIMESTAMP:
    text = g_string_new (NULL);
    room_value_append (text, value);
    sqlite3_bind_text (statement, index, text->str, (int) text->len, SQLITE_TRANSIENT);
    break;
  case ROOM_STRING:
  case ROOM_OTHER:
    sqlite3_bind_text64 (statement, index, value->text, value->length, SQLITE_TRANSIENT, SQLITE_UTF8);
    break;
  case ROOM_INTEGER:
  case ROOM_LONG:
  case ROOM_BOOLEAN:
  default:
    sqlite3_bind_int64 (statement, index, value->whole);
  }
}

static gboolean
lite_table_row (RoomEngine *base, const RoomValue *values, guint count, GError **error)
{
  LiteEngine *engine = (LiteEngine *) base;

  for (guint i = 0; i < count; i++)
    bind_value (engine->insert, (int) i + 1, &values[i]);
  if (sqlite3_step (engine->insert) != SQLITE_DONE)
    return lite_fail (engine, error);
  sqlite3_reset (engine->insert);
  return TRUE;
}

static gboolean
lite_table_end (RoomEngine *base, GError **error)
{
  LiteEngine *engine = (LiteEngine *) base;

  g_clear_pointer (&engine->insert, sqlite3_finalize);
  return lite_run (engine, "COMMIT", error);
}

static int
authorize (void *data, int action, const char *first, const char *second, const char *database,
           const char *trigger)
{
  const LiteEngine *engine = data;

  (void) database;
  (void) trigger;
  switch (action) {
  case SQLITE_SELECT:
  case SQLITE_RECURSIVE:
    return SQLITE_OK;
  case SQLITE_READ:
    return engine->making_view || first == NULL || !g_str_has_prefix (first, "sqlite_") ? SQLITE_OK
                                                                                        : SQLITE_DENY;
  case SQLITE_FUNCTION:
    return g_strcmp0 (second, "load_extension") == 0 || g_strcmp0 (second, "randomblob") == 0
                   || g_strcmp0 (second, "zeroblob") == 0
               ? SQLITE_DENY
               : SQLITE_OK;
  case SQLITE_CREATE_TEMP_VIEW:
  case SQLITE_CREATE_TEMP_TABLE:
  case SQLITE_DROP_TEMP_VIEW:
  case SQLITE_DROP_TEMP_TABLE:
  case SQLITE_INSERT:
  case SQLITE_UPDATE:
  case SQLITE_DELETE:
    return engine->making_view ? SQLITE_OK : SQLITE_DENY;
  default:
    return SQLITE_DENY;
  }
}

static gboolean
lite_seal (RoomEngine *base, GError **error)
{
  LiteEngine *engine = (LiteEngine *) base;
  int on = 1;

  sqlite3_db_config (engine->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &on);
  return sqlite3_set_authorizer (engine->db, authorize, engine) == SQLITE_OK || lite_fail (engine, error);
}

/* A view whose column types SQLite does not know is kept as a table, so that later queries know them. */
static gboolean
make_view (LiteEngine *engine, const char *view, const char *body, GPtrArray *columns, gboolean exact,
           GError **error)
{
  g_autofree char *quoted = room_sql_quote (view);
  g_autofree char *lower = g_utf8_strdown (view, -1);
  g_autofree char *list = column_list (columns);
  g_autofree char *drop = g_strdup_printf (
      "DROP %s IF EXISTS temp.%s", g_hash_table_contains (engine->tables, lower) ? "TABLE" : "VIEW", quoted);
  g_autofree char *sql = NULL;

  if (!g_hash_table_contains (engine->base.views, lower) ? FALSE : !lite_run (engine, drop, error))
    return FALSE;
  if (exact) {
    g_hash_table_remove (engine->tables, lower);
    sql = g_strdup_printf ("CREATE TEMP VIEW %s AS %s", quoted, body);
  } else {
    sql = g_strdup_printf ("CREATE TEMP TABLE %s (%s); INSERT INTO temp.%s %s", quoted, list, quoted, body);
    g_hash_table_add (engine->tables, g_steal_pointer (&lower));
  }
  return lite_run (engine, sql, error);
}

static gboolean
lite_create_view (RoomEngine *base, const char *view, const char *body, GError **error)
{
  LiteEngine *engine = (LiteEngine *) base;
  gboolean exact = FALSE, done;
  g_autoptr (GPtrArray) columns = room_sqlite_describe (engine->db, body, &exact, error);

  if (columns == NULL)
    return FALSE;
  engine->making_view = TRUE;
  done = make_view (engine, view, body, columns, exact, error);
  engine->making_view = FALSE;
  return done;
}

static GPtrArray *
lite_describe (RoomEngine *base, const char *sql, GError **error)
{
  return room_sqlite_describe (((LiteEngine *) base)->db, sql, NULL, error);
}

static gboolean
read_cell (sqlite3_stmt *statement, int index, RoomType type, RoomValue *value, GError **error)
{
  int storage = sqlite3_column_type (statement, index);
  const char *text;

  *value = (RoomValue){ .type = type, .null = storage == SQLITE_NULL };
  if (storage == SQLITE_BLOB) {
    const char *blob = sqlite3_column_blob (statement, index);
    g_autofree char *said = g_strndup (blob != NULL ? blob : "",
                                       (gsize) sqlite3_column_bytes (statement, index));

    return room_sql_error (error, *said == ROOM_SQLITE_POISON ? said + 1 : "the result holds binary data");
  }
  if (value->null)
    return TRUE;
  switch (type) {
  case ROOM_NUMBER:
    value->real = sqlite3_column_double (statement, index);
    break;
  case ROOM_INTEGER:
  case ROOM_LONG:
  case ROOM_BOOLEAN:
    value->whole = sqlite3_column_int64 (statement, index);
    break;
  case ROOM_DATE:
  case ROOM_TIMESTAMP:
    text = (const char *) sqlite3_column_text (statement, index);
    *value = room_value_from_text (type, text, (gsize) sqlite3_column_bytes (statement, index));
    break;
  case ROOM_STRING:
  case ROOM_OTHER:
  default:
    value->type = ROOM_STRING;
    value->text = (const char *) sqlite3_column_text (statement, index);
    value->length = (gsize) sqlite3_column_bytes (statement, index);
  }
  return TRUE;
}

static gboolean
read_rows (LiteEngine *engine, sqlite3_stmt *statement, GPtrArray *columns, RoomRowHandler handler,
           gpointer data, GError **error)
{
  g_autofree RoomValue *values = g_new0 (RoomValue, MAX (columns->len, 1));
  int step;

  while ((step = sqlite3_step (statement)) == SQLITE_ROW) {
    for (guint i = 0; i < columns->len; i++)
      if (!read_cell (statement, (int) i, ((const RoomColumn *) g_ptr_array_index (columns, i))->type,
                      &values[i], error))
        return FALSE;
    if (!handler (values, columns->len, data, error))
      return FALSE;
  }
  return step == SQLITE_DONE || lite_fail (engine, error);
}

static gboolean
lite_query (RoomEngine *base, const char *sql, GPtrArray *columns, RoomRowHandler handler, gpointer data,
            GError **error)
{
  LiteEngine *engine = (LiteEngine *) base;
  sqlite3_stmt *statement = NULL;
  gboolean done;

  if (sqlite3_prepare_v2 (engine->db, sql, -1, &statement, NULL) != SQLITE_OK || statement == NULL)
    return lite_fail (engine, error);
  g_assert ((guint) sqlite3_column_count (statement) == columns->len);
  done = read_rows (engine, statement, columns, handler, data, error);
  sqlite3_finalize (statement);
  return done;
}

const RoomEngineClass room_engine_sqlite = {
  .name = "sqlite",
  .dialect = ROOM_SQL_SQLITE,
  .open = lite_open,
  .close = lite_close,
  .table_begin = lite_table_begin,
  .table_row = lite_table_row,
  .table_end = lite_table_end,
  .seal = lite_seal,
  .create_view = lite_create_view,
  .describe = lite_describe,
  .query = lite_query,
};
