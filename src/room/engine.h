/* SPDX-License-Identifier: MIT
 * What the query process asks of a SQL engine. Two implementations: DuckDB (loaded at run time) and SQLite.
 *
 * Order of use: open, one table per input view, seal, then statements. Statements arrive already checked
 * and translated (room/sql-text.h). An engine is used by one thread.
 */
#pragma once

#include "room/sql-text.h"
#include "room/value.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct RoomEngine RoomEngine;

/* One row of a result, in column order; borrowed for the call. FALSE with ERROR stops the query. */
typedef gboolean (*RoomRowHandler) (const RoomValue *values, guint count, gpointer data, GError **error);

typedef struct {
  const char *name; /* "duckdb", "sqlite" */
  RoomSqlDialect dialect;
  RoomEngine *(*open) (const char *work_folder, GError **error);
  void (*close) (RoomEngine *engine);
  /* Create table VIEW and leave it open for rows; finish before the next one. */
  gboolean (*table_begin) (RoomEngine *engine, const char *view, GPtrArray *columns, GError **error);
  gboolean (*table_row) (RoomEngine *engine, const RoomValue *values, guint count, GError **error);
  gboolean (*table_end) (RoomEngine *engine, GError **error);
  /* Make table VIEW from Parquet files (char*, absolute), columns by name; NULL when the engine cannot. */
  gboolean (*table_parquet) (RoomEngine *engine, const char *view, GPtrArray *columns, GPtrArray *files,
                             GError **error);
  /* No file, no setting, no extension from here on. */
  gboolean (*seal) (RoomEngine *engine, GError **error);
  gboolean (*create_view) (RoomEngine *engine, const char *view, const char *body, GError **error);
  /* Names and Spark types of the columns of SQL, without running it. Gives. */
  GPtrArray *(*describe) (RoomEngine *engine, const char *sql, GError **error);
  gboolean (*query) (RoomEngine *engine, const char *sql, GPtrArray *columns, RoomRowHandler handler,
                     gpointer data, GError **error);
} RoomEngineClass;

struct RoomEngine {
  const RoomEngineClass *class;
  char *version;     /* "duckdb 1.5.6" */
  GHashTable *views; /* lower-case names, as the Spark catalog keeps them */
};

extern const RoomEngineClass room_engine_duckdb;
extern const RoomEngineClass room_engine_sqlite;

/* NAME is "duckdb", "sqlite" or "auto" (NULL): DuckDB where its library can be loaded, else SQLite.
 * WORK_FOLDER is for the engine's own temporary files. Gives; CR_ERROR_ADMIN when the library is missing. */
RoomEngine *room_engine_new (const char *name, const char *work_folder, GError **error);
void room_engine_free (RoomEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoomEngine, room_engine_free)

/* Run one user statement (SELECT or CREATE TEMP VIEW). *BODY is the translated query of a SELECT, NULL for a
 * view (gives); nothing is computed yet for a SELECT. */
gboolean room_engine_prepare (RoomEngine *engine, const char *statement, char **body, GError **error);
/* Rows of the query BODY. */
gboolean room_engine_count (RoomEngine *engine, const char *body, gint64 *count, GError **error);
/* True when NAME is exactly a name of the catalog: temporary views are stored in lower case. */
gboolean room_engine_has_view (RoomEngine *engine, const char *name);
gboolean room_engine_view_count (RoomEngine *engine, const char *name, gint64 *count, GError **error);

/* "duckdb 1.5.6", or NULL when the library cannot be loaded. Gives. */
char *room_duckdb_version (void);

G_END_DECLS
