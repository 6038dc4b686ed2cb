/* SPDX-License-Identifier: MIT
 * The text of one Spark SQL statement: checked, and rewritten for the engine that runs it.
 *
 * Only SELECT, WITH ... SELECT and CREATE [OR REPLACE] TEMP VIEW ... AS are let through, one statement at
 * a time, reading only named views: no files, no functions as tables, no qualified names.
 * Rewritten: `x` identifiers and "x" strings, backslash escapes, LIKE with its default escape, == <=> ! DIV,
 * number suffixes, division, SUM and AVG over text, names of result columns without alias.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { ROOM_SQL_DUCKDB, ROOM_SQL_SQLITE } RoomSqlDialect;

typedef struct {
  char *view;       /* name of the view to make; NULL for a query */
  gboolean replace; /* OR REPLACE was there */
  char *body;       /* the query in the engine's dialect */
} RoomStatement;

/* Gives. Errors are CR_ERROR_INPUT with Spark's error class in front ("[PARSE_SYNTAX_ERROR] ..."). */
RoomStatement *room_sql_parse (const char *text, RoomSqlDialect dialect, GError **error);
void room_statement_free (RoomStatement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoomStatement, room_statement_free)

/* "x" with inner quotes doubled: an identifier in both dialects. Gives. */
char *room_sql_quote (const char *name);

G_END_DECLS
