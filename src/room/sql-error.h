/* SPDX-License-Identifier: MIT
 * Engine messages in Spark's words, so that a refusal reads the same whatever engine ran the query.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Set ERROR from what DuckDB or SQLite said: "[TABLE_OR_VIEW_NOT_FOUND] The table or view `x` ...". Returns
 * FALSE. */
gboolean room_sql_error (GError **error, const char *engine_message);
/* "[CAST_INVALID_INPUT] The value 'x' of the type "STRING" cannot be cast to "DOUBLE" ...". Gives. */
char *room_cast_error_text (const char *value, const char *type);

G_END_DECLS
