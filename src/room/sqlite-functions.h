/* SPDX-License-Identifier: MIT
 * Functions that give SQLite Spark's behaviour: strict SUM and AVG, strict CAST, Unicode case, division by
 * zero.
 */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* The first byte of a blob that stands for "this value could not be computed"; the rest is the error text.
 * The error is raised only when the value is read, because Spark never computes a column that nobody
 * reads. */
#define ROOM_SQLITE_POISON 0x01

gboolean room_sqlite_add_functions (sqlite3 *db);

G_END_DECLS
