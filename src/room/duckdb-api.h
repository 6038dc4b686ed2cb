/* SPDX-License-Identifier: MIT
 * The part of DuckDB's C API that is used, bound at run time ("C API", duckdb.org documentation, since 1.2).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct {
  guint64 column_count, row_count, rows_changed;
  void *columns;
  char *error_message;
  void *internal;
} DuckResult;

typedef struct {
  guint64 lower;
  gint64 upper;
} DuckHuge;

/* Strings of at most 12 bytes are stored in place. */
typedef union {
  struct {
    guint32 length;
    char prefix[4];
    const char *pointer;
  } outside;
  struct {
    guint32 length;
    char text[12];
  } inlined;
} DuckString;

G_STATIC_ASSERT (sizeof (DuckString) == 16);

typedef struct {
  gint32 days;
} DuckDate;

typedef struct {
  gint64 micros;
} DuckTimestamp;

enum {
  DUCK_BOOLEAN = 1,
  DUCK_TINYINT = 2,
  DUCK_SMALLINT = 3,
  DUCK_INTEGER = 4,
  DUCK_BIGINT = 5,
  DUCK_UTINYINT = 6,
  DUCK_USMALLINT = 7,
  DUCK_UINTEGER = 8,
  DUCK_UBIGINT = 9,
  DUCK_FLOAT = 10,
  DUCK_DOUBLE = 11,
  DUCK_TIMESTAMP = 12,
  DUCK_DATE = 13,
  DUCK_HUGEINT = 16,
  DUCK_VARCHAR = 17,
  DUCK_DECIMAL = 19,
  DUCK_TIMESTAMP_TZ = 31,
  DUCK_SQLNULL = 36,
  DUCK_STRING_LITERAL = 37,
  DUCK_INTEGER_LITERAL = 38,
};

/* Every function gives 0 for success unless it returns something else. */
#define DUCK_FUNCTIONS(X)                                                                                    \
  X (const char *, library_version, (void) )                                                                 \
  X (int, create_config, (void **config))                                                                    \
  X (int, set_config, (void *config, const char *name, const char *option))                                  \
  X (void, destroy_config, (void **config))                                                                  \
  X (int, open_ext, (const char *path, void **database, void *config, char **error))                         \
  X (void, close, (void **database))                                                                         \
  X (int, connect, (void *database, void **connection))                                                      \
  X (void, disconnect, (void **connection))                                                                  \
  X (void, free, (void *pointer))                                                                            \
  X (int, query, (void *connection, const char *sql, DuckResult *result))                                    \
  X (void, destroy_result, (DuckResult * result))                                                            \
  X (const char *, result_error, (DuckResult * result))                                                      \
  X (guint64, column_count, (DuckResult * result))                                                           \
  X (const char *, column_name, (DuckResult * result, guint64 column))                                       \
  X (void *, column_logical_type, (DuckResult * result, guint64 column))                                     \
  X (void, destroy_logical_type, (void **type))                                                              \
  X (int, get_type_id, (void *type))                                                                         \
  X (guint8, decimal_width, (void *type))                                                                    \
  X (guint8, decimal_scale, (void *type))                                                                    \
  X (void *, fetch_chunk, (DuckResult result))                                                               \
  X (void, destroy_data_chunk, (void **chunk))                                                               \
  X (guint64, data_chunk_get_size, (void *chunk))                                                            \
  X (void *, data_chunk_get_vector, (void *chunk, guint64 column))                                           \
  X (void *, vector_get_data, (void *vector))                                                                \
  X (guint64 *, vector_get_validity, (void *vector))                                                         \
  X (int, appender_create, (void *connection, const char *schema, const char *table, void **appender))       \
  X (const char *, appender_error, (void *appender))                                                         \
  X (int, appender_close, (void *appender))                                                                  \
  X (int, appender_destroy, (void **appender))                                                               \
  X (int, appender_end_row, (void *appender))                                                                \
  X (int, append_null, (void *appender))                                                                     \
  X (int, append_bool, (void *appender, bool value))                                                         \
  X (int, append_int32, (void *appender, gint32 value))                                                      \
  X (int, append_int64, (void *appender, gint64 value))                                                      \
  X (int, append_double, (void *appender, double value))                                                     \
  X (int, append_varchar_length, (void *appender, const char *text, guint64 length))                         \
  X (int, append_date, (void *appender, DuckDate value))                                                     \
  X (int, append_timestamp, (void *appender, DuckTimestamp value))

typedef struct {
  void *library;
#define DUCK_MEMBER(type, name, arguments) type (*name) arguments;
  DUCK_FUNCTIONS (DUCK_MEMBER)
#undef DUCK_MEMBER
} DuckApi;

/* Load the library and bind every function. NULL and CR_ERROR_ADMIN when it cannot be had. Gives. The library
 * stays loaded until the process ends (it has threads of its own). */
DuckApi *duck_api_load (GError **error);

G_END_DECLS
