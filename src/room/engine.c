/* SPDX-License-Identifier: MIT
 * Choosing an engine, and what is the same for every engine.
 */
#include "room/engine.h"

#include "base/error.h"

#include <string.h>

static RoomEngine *
open_engine (const RoomEngineClass *class, const char *work_folder, GError **error)
{
  RoomEngine *engine = class->open (work_folder, error);

  if (engine == NULL)
    return NULL;
  engine->class = class;
  engine->views = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return engine;
}

RoomEngine *
room_engine_new (const char *name, const char *work_folder, GError **error)
{
  if (name == NULL || *name == '\0' || strcmp (name, "auto") == 0) {
    RoomEngine *engine = open_engine (&room_engine_duckdb, work_folder, NULL);

    return engine != NULL ? engine : open_engine (&room_engine_sqlite, work_folder, error);
  }
  if (strcmp (name, room_engine_duckdb.name) == 0)
    return open_engine (&room_engine_duckdb, work_folder, error);
  if (strcmp (name, room_engine_sqlite.name) == 0)
    return open_engine (&room_engine_sqlite, work_folder, error);
  cr_set_error (error, CR_ERROR_INPUT, "Choose duckdb, sqlite or auto.",
                "There is no query engine named '%s'", name);
  return NULL;
}

void
room_engine_free (RoomEngine *engine)
{
  if (engine == NULL)
    return;
  g_clear_pointer (&engine->views, g_hash_table_unref);
  g_clear_pointer (&engine->version, g_free);
  engine->class->close (engine);
}

gboolean
room_engine_prepare (RoomEngine *engine, const char *statement, char **body, GError **error)
{
  g_autoptr (RoomStatement) parsed = room_sql_parse (statement, engine->class->dialect, error);

  *body = NULL;
  if (parsed == NULL)
    return FALSE;
  if (parsed->view == NULL) {
    *body = g_steal_pointer (&parsed->body);
    return TRUE;
  }
  g_autofree char *lower = g_utf8_strdown (parsed->view, -1);
  if (!parsed->replace && g_hash_table_contains (engine->views, lower)) {
    cr_set_error (
        error, CR_ERROR_INPUT, "Write CREATE OR REPLACE TEMP VIEW, or choose another name.",
        "[TEMP_TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create the temporary view `%s` because it already "
        "exists. SQLSTATE: 42P07",
        parsed->view);
    return FALSE;
  }
  if (!engine->class->create_view (engine, parsed->view, parsed->body, error))
    return FALSE;
  g_hash_table_add (engine->views, g_steal_pointer (&lower));
  return TRUE;
}

static gboolean
keep_count (const RoomValue *values, guint count, gpointer data, GError **error)
{
  (void) error;
  if (count > 0)
    *(gint64 *) data = values[0].whole;
  return TRUE;
}

gboolean
room_engine_count (RoomEngine *engine, const char *body, gint64 *count, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("SELECT COUNT(*) AS n FROM (%s) AS q", body);
  g_autoptr (GPtrArray) columns = room_columns_new ();

  *count = 0;
  g_ptr_array_add (columns, room_column_new ("n", ROOM_LONG, NULL));
  return engine->class->query (engine, sql, columns, keep_count, count, error);
}

gboolean
room_engine_has_view (RoomEngine *engine, const char *name)
{
  return g_hash_table_contains (engine->views, name);
}

gboolean
room_engine_view_count (RoomEngine *engine, const char *name, gint64 *count, GError **error)
{
  g_autofree char *quoted = room_sql_quote (name);
  g_autofree char *body = g_strdup_printf ("SELECT * FROM %s", quoted);

  return room_engine_count (engine, body, count, error);
}
