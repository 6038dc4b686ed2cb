/* SPDX-License-Identifier: MIT
 * One answer of the other side shown to a person: an object as lines, a list as a table; --json shows it as
 * it is.
 */
#pragma once

#include "base/translate.h"
#include "cli/cli.h"

G_BEGIN_DECLS

/* Host data of the policy that lets everything run: right for trying things out, and nowhere else. */
#define CLI_ALLOW_ALL_HOST_DATA "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"

/* Print VALUE (taken). COLUMNS is a NULL-terminated list of member names for lists of objects; "a.b" reads a
 * member of a member. NULL VALUE gives FALSE, so that a call and its printing read as one line. */
gboolean cli_show (Cli *cli, json_t *value, const char *const *columns);
/* The same for a list, which --json prints as {"value":[...]}, the way the services answer. */
gboolean cli_show_list (Cli *cli, json_t *list, const char *const *columns);
/* VALUE of PATH ("data.identifier") as text; "" when absent. Gives. */
char *cli_member_text (json_t *value, const char *path);
/* "accept" or "reject" of --action as a boolean; CR_ERROR_USAGE otherwise. */
gboolean cli_action (Cli *cli, gboolean *accept, GError **error);
/* "enable" or "disable" of --action as a boolean; CR_ERROR_USAGE otherwise. */
gboolean cli_switch (Cli *cli, gboolean *enable, GError **error);
/* --value TEXT as scripts have it, --value-file FILE for what must not stand on a command line. Gives. */
CrSecretText cli_secret_value (Cli *cli, GError **error);
/* The ledger of --env as who --as names. Proposals are only created, not voted on, unless --accept is
 * given. */
CcfClient *cli_ccf (Cli *cli, GError **error);
/* --contract-id, or the contract this persona works under. Gives. */
char *cli_contract_id (Cli *cli, GError **error);
/* The same where a call can do without: NULL without an error when none is known. Gives. */
char *cli_contract_id_maybe (Cli *cli);

#define CLI_AS_OPTIONS                                                                                       \
  { "as", CLI_VALUE, "NAME", N_ ("who acts: a persona, or a member identity such as ccfoperator") },         \
  {                                                                                                          \
    "governance-client", CLI_VALUE, "NAME", N_ ("the same as --as, as scripts have it")                      \
  }
/* For commands about any consortium. */
#define CLI_WHO_OPTIONS                                                                                      \
  { "as", CLI_VALUE, "NAME", N_ ("who acts: a persona, a member identity or a signed-in user") },            \
  {                                                                                                          \
    "governance-client", CLI_VALUE, "NAME", N_ ("--env and --as in one, as scripts have it")                 \
  }
/* For those of them that make a proposal. */
#define CLI_PROPOSE_OPTIONS                                                                                  \
  { "accept", CLI_FLAG, NULL, N_ ("also cast the own accepting ballot") }, CLI_WHO_OPTIONS
#define CLI_END                                                                                              \
  {                                                                                                          \
    NULL, CLI_FLAG, NULL, NULL                                                                               \
  }

G_END_DECLS
