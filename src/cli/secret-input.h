/* SPDX-License-Identifier: MIT
 * Secrets that a step asks for, given without being seen: typed unechoed, on standard input, or in a file.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Fill in the secrets of STEP among INPUTS (name -> text): "-" is one line of standard input, "@FILE" the
 * content of a file; one that is missing while the input before it is given is asked for when there is a
 * terminal. Nothing is asked with --plan. */
gboolean cli_secret_inputs (Cli *cli, WorkflowEngine *engine, const char *persona, const char *step,
                            GHashTable *inputs, GError **error);

G_END_DECLS
