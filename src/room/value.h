/* SPDX-License-Identifier: MIT
 * Typed values of the query process: the column types of a dataset document, text to value, value to text.
 *
 * The types and their text forms are those of Spark SQL 4.0, because the same documents also run on Spark.
 */
#pragma once

#include "base/json.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  ROOM_STRING,  /* UTF-8 */
  ROOM_INTEGER, /* 32 bit */
  ROOM_LONG,    /* 64 bit */
  ROOM_NUMBER,  /* double */
  ROOM_BOOLEAN,
  ROOM_DATE,      /* days since 1970-01-01 */
  ROOM_TIMESTAMP, /* microseconds since 1970-01-01T00:00:00Z */
  ROOM_OTHER,     /* a type that no dataset document can declare, for example a decimal */
} RoomType;

/* One cell. TEXT and LENGTH count for ROOM_STRING, REAL for ROOM_NUMBER, WHOLE for everything else. */
typedef struct {
  RoomType type;
  gboolean null;
  gint64 whole;
  double real;
  const char *text; /* borrowed, not necessarily terminated */
  gsize length;
} RoomValue;

typedef struct {
  char *name;
  RoomType type;
  char *type_name; /* what a person is shown: "string", "long", "decimal(2,1)" */
} RoomColumn;

RoomColumn *room_column_new (const char *name, RoomType type,
                             const char *type_name /* NULL = the usual one */);
/* An array that owns RoomColumn. Gives. */
GPtrArray *room_columns_new (void);
/* The column called NAME (exact case, as Spark compares), NULL when absent. */
RoomColumn *room_columns_find (GPtrArray *columns, const char *name);

/* "string" ... "timestamp"; an unknown word is a string, as in the Spark loader. */
RoomType room_type_from_name (const char *name);

/* Spark's permissive cast of a text cell: a text that does not fit TYPE gives NULL. The text is borrowed. */
RoomValue room_value_from_text (RoomType type, const char *text, gsize length);
/* A member of a JSON line, permissive in the same way. Text made on the way is kept in ARENA. */
RoomValue room_value_from_json (RoomType type, const json_t *value, GStringChunk *arena);
RoomValue room_value_null (RoomType type);

/* The text form in a csv cell ("1.0", "2025-09-01", "true"); appended to OUT. NULL appends nothing. */
void room_value_append (GString *out, const RoomValue *value);
/* 1.0, 0.001, 1.0E10: the shortest text that reads back, in the notation Spark writes. */
void room_append_double (GString *out, double number);
/* YYYY-MM-DD. */
gboolean room_parse_date (const char *text, gsize length, gint64 *days);

G_END_DECLS
