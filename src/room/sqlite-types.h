/* SPDX-License-Identifier: MIT
 * Spark types for the columns of a SQLite query. SQLite has none for expressions, so they are inferred from
 * the declared types of the tables and the text of the select list.
 */
#pragma once

#include "room/value.h"

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* The type SQLite tables are declared with. */
const char *room_sqlite_declared (RoomType type);
/* Columns of SQL. *EXACT (may be NULL) is TRUE when SQLite itself knows every type. Gives. */
GPtrArray *room_sqlite_describe (sqlite3 *db, const char *sql, gboolean *exact, GError **error);

G_END_DECLS
