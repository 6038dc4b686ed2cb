/* SPDX-License-Identifier: MIT
 * The answer of a run as a table, read from the output files that were fetched.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct {
  char *run_id;
  GPtrArray *files;   /* char*: absolute paths, sorted */
  GPtrArray *columns; /* char* */
  GPtrArray *rows;    /* GPtrArray of char* */
} Answer;

void answer_free (Answer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

/* The fetched output of RUN_ID (NULL = the newest) in the private folder of --as (default woodgrove).
 * CR_ERROR_NOT_FOUND when nothing was fetched yet. Gives. */
Answer *answer_load (Cli *cli, const char *run_id, GError **error);
/* {"run","files","columns","row_count","rows"}; whole numbers as numbers. Gives. */
json_t *answer_json (const Answer *answer);
/* Print the table on stdout, at most LIMIT rows (0 = all), saying how many are left out. */
void answer_show (const Answer *answer, guint limit);

G_END_DECLS
