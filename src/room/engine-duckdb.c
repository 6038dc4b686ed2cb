/* SPDX-License-Identifier: MIT
 * The DuckDB engine: an in-memory database, bulk appends, no access to anything outside once sealed.
 */
#include "room/engine.h"

#include "base/error.h"
#include "room/duckdb-api.h"
#include "room/sql-error.h"

#include <string.h>

#define MEMORY_LIMIT "4GB"
#define THREADS "2"

typedef struct {
  RoomEngine base;
  DuckApi *api;
  void *database, *connection, *appender;
} DuckEngine;

/* Spark's types and refusals where DuckDB has others: SUM of whole numbers is 64 bit, SUM of text casts,
 * division by zero is an error. */
static const char *const macros[] = {
  "CREATE MACRO room_sum(x VARCHAR) AS sum(CAST(x AS DOUBLE)), (x DOUBLE) AS sum(x), "
  "(x BIGINT) AS CAST(sum(x) AS BIGINT)",
  "CREATE MACRO room_avg(x) AS avg(CAST(x AS DOUBLE))",
  "CREATE MACRO room_length(x) AS CAST(length(x) AS INTEGER)",
  "CREATE MACRO room_year(x) AS CAST(year(CAST(x AS TIMESTAMP)) AS INTEGER)",
  "CREATE MACRO room_month(x) AS CAST(month(CAST(x AS TIMESTAMP)) AS INTEGER)",
  "CREATE MACRO room_day(x) AS CAST(day(CAST(x AS TIMESTAMP)) AS INTEGER)",
  "CREATE MACRO room_nonzero(x) AS CASE WHEN x = 0 THEN "
  "error('[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012') ELSE x END",
  "CREATE MACRO room_whole(x) AS CAST(room_nonzero(x) AS BIGINT)",
  "SET default_null_order = 'nulls_first_on_asc_last_on_desc'",
};

static gboolean
duck_fail (DuckEngine *engine, DuckResult *result, GError **error)
{
  room_sql_error (error, engine->api->result_error (result));
  engine->api->destroy_result (result);
  return FALSE;
}

static gboolean
duck_run (DuckEngine *engine, const char *sql, GError **error)
{
  DuckResult result = { 0 };

  if (engine->api->query (engine->connection, sql, &result) != 0)
    return duck_fail (engine, &result, error);
  engine->api->destroy_result (&result);
  return TRUE;
}

static void
duck_close (RoomEngine *base)
{
  DuckEngine *engine = (DuckEngine *) base;

  if (engine->appender != NULL)
    engine->api->appender_destroy (&engine->appender);
  if (engine->connection != NULL)
    engine->api->disconnect (&engine->connection);
  if (engine->database != NULL)
    engine->api->close (&engine->database);
  g_free (engine->api);
  g_free (engine);
}

static gboolean
duck_open_database (DuckEngine *engine, const char *work_folder, GError **error)
{
  const char *const options[][2] = {
    { "threads", THREADS },
    { "memory_limit", MEMORY_LIMIT },
    { "temp_directory", work_folder },
    { "autoinstall_known_extensions", "false" },
    { "autoload_known_extensions", "false" },
    { "allow_community_extensions", "false" },
  };
  void *config = NULL;
  char *said = NULL;
  gboolean done = engine->api->create_config (&config) == 0;

  for (gsize i = 0; done && i < G_N_ELEMENTS (options); i++)
    done = engine->api->set_config (config, options[i][0], options[i][1]) == 0;
  done = done && engine->api->open_ext (NULL, &engine->database, config, &said) == 0
         && engine->api->connect (engine->database, &engine->connection) == 0;
  if (!done)
    cr_set_error (error, CR_ERROR_ADMIN, "Choose the engine sqlite.", "DuckDB does not start: %s",
                  said != NULL ? said : "unknown option or no memory");
  if (said != NULL)
    engine->api->free (said);
  engine->api->destroy_config (&config);
  return done;
}

static RoomEngine *
duck_open (const char *work_folder, GError **error)
{
  DuckEngine *engine = g_new0 (DuckEngine, 1);
  const char *version;

  engine->api = duck_api_load (error);
  if (engine->api == NULL || !duck_open_database (engine, work_folder, error)) {
    duck_close (&engine->base);
    return NULL;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (macros); i++)
    if (!duck_run (engine, macros[i], error)) {
      g_prefix_error (error, "DuckDB is too old or too new: ");
      duck_close (&engine->base);
      return NULL;
    }
  version = engine->api->library_version ();
  engine->base.version = g_strdup_printf ("duckdb %s", *version == 'v' ? version + 1 : version);
  return &engine->base;
}

static const char *
duck_type (RoomType type)
{
  switch (type) {
  case ROOM_INTEGER:
    return "INTEGER";
  case ROOM_LONG:
    return "BIGINT";
  case ROOM_NUMBER:
    return "DOUBLE";
  case ROOM_BOOLEAN:
    return "BOOLEAN";
  case ROOM_DATE:
    return "DATE";
  case ROOM_TIMESTAMP:
    return "TIMESTAMP";
  case ROOM_STRING:
  case ROOM_OTHER:
  default:
    return "VARCHAR";
  }
}

static gboolean
duck_table_begin (RoomEngine *base, const char *view, GPtrArray *columns, GError **error)
{
  DuckEngine *engine = (DuckEngine *) base;
  g_autofree char *quoted = room_sql_quote (view);
  g_autoptr (GString) sql = g_string_new (NULL);

  g_string_append_printf (sql, "CREATE TABLE %s (", quoted);
  for (guint i = 0; i < columns->len; i++) {
    const RoomColumn *column = g_ptr_array_index (columns, i);
    g_autofree char *name = room_sql_quote (column->name);

    g_string_append_printf (sql, "%s%s %s", i > 0 ? ", " : "", name, duck_type (column->type));
  }
  g_string_append_c (sql, ')');
  if (!duck_run (engine, sql->str, error))
    return FALSE;
  if (engine->api->appender_create (engine->connection, NULL, view, &engine->appender) != 0)
    return room_sql_error (error, engine->api->appender_error (engine->appender));
  return TRUE;
}

static int
append_value (DuckEngine *engine, const RoomValue *value)
{
  DuckApi *api = engine->api;

  if (value->null)
    return api->append_null (engine->appender);
  switch (value->type) {
  case ROOM_INTEGER:
    return api->append_int32 (engine->appender, (gint32) value->whole);
  case ROOM_LONG:
    return api->append_int64 (engine->appender, value->whole);
  case ROOM_NUMBER:
    return api->append_double (engine->appender, value->real);
  case ROOM_BOOLEAN:
    return api->append_bool (engine->appender, value->whole != 0);
  case ROOM_DATE:
    return api->append_date (engine->appender, (DuckDate){ (gint32) value->whole });
  case ROOM_TIMESTAMP:
    return api->append_timestamp (engine->appender, (DuckTimestamp){ value->whole });
  case ROOM_STRING:
  case ROOM_OTHER:
  default:
    return api->append_varchar_length (engine->appender, value->text, value->length);
  }
}

static gboolean
duck_table_row (RoomEngine *base, const RoomValue *values, guint count, GError **error)
{
  DuckEngine *engine = (DuckEngine *) base;
  int failed = 0;

  for (guint i = 0; i < count && failed == 0; i++)
    failed = append_value (engine, &values[i]);
  if (failed == 0)
    failed = engine->api->appender_end_row (engine->appender);
  return failed == 0 || room_sql_error (error, engine->api->appender_error (engine->appender));
}

static gboolean
duck_table_end (RoomEngine *base, GError **error)
{
  DuckEngine *engine = (DuckEngine *) base;

  if (engine->api->appender_close (engine->appender) != 0)
    return room_sql_error (error, engine->api->appender_error (engine->appender));
  engine->api->appender_destroy (&engine->appender);
  engine->appender = NULL;
  return TRUE;
}

static RoomColumn *
duck_column (DuckEngine *engine, DuckResult *result, guint64 index)
{
  static const struct {
    int id;
    RoomType type;
    const char *name; /* NULL = usual */
  } types[] = {
    { DUCK_BOOLEAN, ROOM_BOOLEAN, NULL },
    { DUCK_INTEGER, ROOM_INTEGER, NULL },
    { DUCK_INTEGER_LITERAL, ROOM_INTEGER, NULL },
    { DUCK_BIGINT, ROOM_LONG, NULL },
    { DUCK_HUGEINT, ROOM_LONG, NULL },
    { DUCK_UINTEGER, ROOM_LONG, NULL },
    { DUCK_DOUBLE, ROOM_NUMBER, NULL },
    { DUCK_TIMESTAMP, ROOM_TIMESTAMP, NULL },
    { DUCK_TIMESTAMP_TZ, ROOM_TIMESTAMP, NULL },
    { DUCK_DATE, ROOM_DATE, NULL },
    { DUCK_VARCHAR, ROOM_STRING, NULL },
    { DUCK_STRING_LITERAL, ROOM_STRING, NULL },
    { DUCK_TINYINT, ROOM_OTHER, "byte" },
    { DUCK_SMALLINT, ROOM_OTHER, "short" },
    { DUCK_FLOAT, ROOM_OTHER, "float" },
    { DUCK_SQLNULL, ROOM_OTHER, "void" },
  };
  const char *name = engine->api->column_name (result, index);
  void *logical = engine->api->column_logical_type (result, index);
  int id = engine->api->get_type_id (logical);
  RoomColumn *column = NULL;

  for (gsize i = 0; column == NULL && i < G_N_ELEMENTS (types); i++)
    if (types[i].id == id)
      column = room_column_new (name, types[i].type, types[i].name);
  if (column == NULL && id == DUCK_DECIMAL) {
    g_autofree char *text = g_strdup_printf ("decimal(%d,%d)", engine->api->decimal_width (logical),
                                             engine->api->decimal_scale (logical));
    column = room_column_new (name, ROOM_OTHER, text);
  }
  engine->api->destroy_logical_type (&logical);
  return column != NULL ? column : room_column_new (name, ROOM_OTHER, "complex");
}

static GPtrArray *
duck_describe (RoomEngine *base, const char *sql, GError **error)
{
  DuckEngine *engine = (DuckEngine *) base;
  g_autofree char *probe = g_strdup_printf ("SELECT * FROM (%s) AS q LIMIT 0", sql);
  DuckResult result = { 0 };
  GPtrArray *columns;

  if (engine->api->query (engine->connection, probe, &result) != 0) {
    duck_fail (engine, &result, error);
    return NULL;
  }
  columns = room_columns_new ();
  for (guint64 i = 0; i < engine->api->column_count (&result); i++)
    g_ptr_array_add (columns, duck_column (engine, &result, i));
  engine->api->destroy_result (&result);
  return columns;
}

/* Columns the files do not have are NULL, as Spark reads them with a declared schema. */
static gboolean
duck_table_parquet (RoomEngine *base, const char *view, GPtrArray *columns, GPtrArray *files, GError **error)
{
  DuckEngine *engine = (DuckEngine *) base;
  g_autofree char *quoted = room_sql_quote (view);
  g_autoptr (GString) source = g_string_new ("read_parquet([");
  g_autoptr (GString) sql = g_string_new (NULL);
  g_autoptr (GPtrArray) present = NULL;

  for (guint i = 0; i < files->len; i++) {
    g_auto (GStrv) parts = g_strsplit (g_ptr_array_index (files, i), "'", -1);
    g_autofree char *path = g_strjoinv ("''", parts);

    g_string_append_printf (source, "%s'%s'", i > 0 ? ", " : "", path);
  }
  g_string_append (source, "], union_by_name = true)");
  g_string_append_printf (sql, "SELECT * FROM %s", source->str);
  present = duck_describe (base, sql->str, error);
  if (present == NULL)
    return FALSE;
  g_string_printf (sql, "CREATE TABLE %s AS SELECT ", quoted);
  for (guint i = 0; i < columns->len; i++) {
    const RoomColumn *column = g_ptr_array_index (columns, i);
    g_autofree char *name = room_sql_quote (column->name);

    g_string_append_printf (sql, "%sCAST(%s AS %s) AS %s", i > 0 ? ", " : "",
                            room_columns_find (present, column->name) != NULL ? name : "NULL",
                            duck_type (column->type), name);
  }
  g_string_append_printf (sql, " FROM %s", source->str);
  return duck_run (engine, sql->str, error);
}

static gboolean
duck_seal (RoomEngine *base, GError **error)
{
  DuckEngine *engine = (DuckEngine *) base;

  return duck_run (engine, "SET enable_external_access = false", error)
         && duck_run (engine, "SET lock_configuration = true", error);
}

/* A table of input rows and a view may not share a name in DuckDB's main schema, but a temporary view shadows
 * it. */
static gboolean
duck_create_view (RoomEngine *base, const char *view, const char *body, GError **error)
{
  g_autofree char *quoted = room_sql_quote (view);
  g_autofree char *sql = g_strdup_printf ("CREATE OR REPLACE TEMP VIEW %s AS %s", quoted, body);

  return duck_run ((DuckEngine *) base, sql, error);
}

static gboolean
read_huge (DuckHuge huge, RoomValue *value, GError **error)
{
  value->whole = (gint64) huge.lower;
  if (huge.upper == (value->whole < 0 ? -1 : 0))
    return TRUE;
  return room_sql_error (error, "[ARITHMETIC_OVERFLOW] long overflow. SQLSTATE: 22003");
}

/* Cell ROW of a vector of DuckDB type ID. Text stays in the vector. */
static gboolean
read_cell (int id, const void *data, guint64 row, RoomValue *value, GError **error)
{
  const DuckString *string;

  switch (id) {
  case DUCK_BOOLEAN:
    value->whole = ((const bool *) data)[row];
    return TRUE;
  case DUCK_INTEGER:
  case DUCK_INTEGER_LITERAL:
  case DUCK_DATE:
    value->whole = ((const gint32 *) data)[row];
    return TRUE;
  case DUCK_UINTEGER:
    value->whole = ((const guint32 *) data)[row];
    return TRUE;
  case DUCK_BIGINT:
  case DUCK_TIMESTAMP:
  case DUCK_TIMESTAMP_TZ:
    value->whole = ((const gint64 *) data)[row];
    return TRUE;
  case DUCK_HUGEINT:
    return read_huge (((const DuckHuge *) data)[row], value, error);
  case DUCK_DOUBLE:
    value->real = ((const double *) data)[row];
    return TRUE;
  case DUCK_VARCHAR:
  case DUCK_STRING_LITERAL:
    string = &((const DuckString *) data)[row];
    value->length = string->inlined.length;
    value->text = value->length <= sizeof string->inlined.text ? string->inlined.text
                                                               : string->outside.pointer;
    return TRUE;
  default:
    value->null = TRUE;
    return TRUE;
  }
}

typedef struct {
  guint count;
  int *ids;
  RoomType *types;
  RoomRowHandler handler;
  gpointer data;
} DuckReader;

static gboolean
read_chunk (DuckEngine *engine, void *chunk, const DuckReader *reader, GError **error)
{
  guint64 rows = engine->api->data_chunk_get_size (chunk);
  g_autofree RoomValue *values = g_new0 (RoomValue, MAX (reader->count, 1));
  g_autofree const void **data = g_new0 (const void *, MAX (reader->count, 1));
  g_autofree const guint64 **valid = g_new0 (const guint64 *, MAX (reader->count, 1));

  for (guint c = 0; c < reader->count; c++) {
    void *vector = engine->api->data_chunk_get_vector (chunk, c);

    data[c] = engine->api->vector_get_data (vector);
    valid[c] = engine->api->vector_get_validity (vector);
  }
  for (guint64 row = 0; row < rows; row++) {
    for (guint c = 0; c < reader->count; c++) {
      values[c] = (RoomValue){ .type = reader->types[c] };
      values[c].null = valid[c] != NULL && (valid[c][row / 64] >> (row % 64) & 1) == 0;
      if (!values[c].null && !read_cell (reader->ids[c], data[c], row, &values[c], error))
        return FALSE;
    }
    if (!reader->handler (values, reader->count, reader->data, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
duck_query (RoomEngine *base, const char *sql, GPtrArray *columns, RoomRowHandler handler, gpointer data,
            GError **error)
{
  DuckEngine *engine = (DuckEngine *) base;
  DuckResult result = { 0 };
  DuckReader reader = { .handler = handler, .data = data };
  gboolean done = TRUE;
  void *chunk;

  if (engine->api->query (engine->connection, sql, &result) != 0)
    return duck_fail (engine, &result, error);
  reader.count = (guint) engine->api->column_count (&result);
  g_assert (reader.count == columns->len);
  g_autofree int *ids = reader.ids = g_new0 (int, MAX (reader.count, 1));
  g_autofree RoomType *types = reader.types = g_new0 (RoomType, MAX (reader.count, 1));
  for (guint i = 0; i < reader.count; i++) {
    void *logical = engine->api->column_logical_type (&result, i);

    ids[i] = engine->api->get_type_id (logical);
    types[i] = ((const RoomColumn *) g_ptr_array_index (columns, i))->type;
    engine->api->destroy_logical_type (&logical);
  }
  while (done && (chunk = engine->api->fetch_chunk (result)) != NULL) {
    done = read_chunk (engine, chunk, &reader, error);
    engine->api->destroy_data_chunk (&chunk);
  }
  engine->api->destroy_result (&result);
  return done;
}

const RoomEngineClass room_engine_duckdb = {
  .name = "duckdb",
  .dialect = ROOM_SQL_DUCKDB,
  .open = duck_open,
  .close = duck_close,
  .table_begin = duck_table_begin,
  .table_row = duck_table_row,
  .table_end = duck_table_end,
  .table_parquet = duck_table_parquet,
  .seal = duck_seal,
  .create_view = duck_create_view,
  .describe = duck_describe,
  .query = duck_query,
};
