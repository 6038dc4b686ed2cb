/* SPDX-License-Identifier: MIT
 * What a query may contain: named views only, reading only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tokens FROM to the end must be one SELECT or WITH query over plain view names. */
gboolean room_sql_check_query (GPtrArray *tokens, guint from, GError **error);

/* Is the FROM at INDEX the start of a FROM clause (and not part of EXTRACT, TRIM or IS DISTINCT FROM)? */
gboolean room_sql_is_from_clause (GPtrArray *tokens, guint index);

G_END_DECLS
