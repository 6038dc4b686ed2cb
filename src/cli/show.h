/* SPDX-License-Identifier: MIT
 * One answer of the other side shown to a person: an object as lines, a list as a table; --json shows it as it is.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Print VALUE (taken). COLUMNS is a NULL-terminated list of member names for lists of objects; "a.b" reads a
 * member of a member. NULL VALUE gives FALSE, so that a call and its printing read as one line. */
gboolean cli_show (Cli *cli, json_t *value, const char *const *columns);
/* VALUE of PATH ("data.identifier") as text; "" when absent. Gives. */
char *cli_member_text (json_t *value, const char *path);
/* "accept" or "reject" of --action as a boolean; CR_ERROR_USAGE otherwise. */
gboolean cli_action (Cli *cli, gboolean *accept, GError **error);
/* The ledger as who --as names. */
CcfClient *cli_ccf (Cli *cli, GError **error);
/* --contract-id, or the contract this persona works under. Gives. */
char *cli_contract_id (Cli *cli, GError **error);

#define CLI_AS_OPTIONS                                                                                       \
  { "as", CLI_VALUE, "NAME", "who acts: a persona, or a member identity such as ccfoperator" },              \
  {                                                                                                          \
    "governance-client", CLI_VALUE, "NAME", "the same as --as, as scripts have it"                           \
  }
#define CLI_END                                                                                              \
  {                                                                                                          \
    NULL, CLI_FLAG, NULL, NULL                                                                               \
  }

G_END_DECLS
