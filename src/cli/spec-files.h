/* SPDX-License-Identifier: MIT
 * What the commands config, datastore and secretstore share: where their files are, who opens them.
 *
 * Files are named by an option; else by CLEANROOM_DATASTORE_CONFIG_FILE or CLEANROOM_SECRETSTORE_CONFIG_FILE;
 * with --as they are those of that persona ("private/datastores.config" below the state folder), and
 * otherwise those of the Azure command line ("~/.azure/cleanroom/datastores.yaml").
 */
#pragma once

#include "base/translate.h"
#include "cli/show.h"
#include "spec/stores.h"
#include "workflow/datastores.h"

G_BEGIN_DECLS

/* The value of the first of two names that is given; NULL when none is. Borrowed. */
const char *cli_either (Cli *cli, const char *name, const char *other);
const char *cli_require_either (Cli *cli, const char *name, const char *other, GError **error);
/* The value of NAME, one of WORDS (whatever its case); NULL without an error when it is not given. Borrowed
 * from WORDS. */
const char *cli_one_of (Cli *cli, const char *name, const char *const *words, GError **error);

/* Give. */
char *cli_datastores_path (Cli *cli);
char *cli_secretstores_path (Cli *cli);

/* The specification of --cleanroom-config; warnings are said. Gives. */
json_t *cli_specification (Cli *cli, GError **error);
/* Write it back and say TEXT, or with --json print ENTRY (taken, may be NULL). */
gboolean cli_specification_done (Cli *cli, json_t *specification, json_t *entry, const char *text,
                                 GError **error);
/* The identity NAME of SPECIFICATION. CR_ERROR_INPUT with CODE when it has none. Borrowed. */
json_t *cli_spec_identity (json_t *specification, const char *name, const char *code, GError **error);
void cli_say_findings (const GPtrArray *findings);

/* The persona of --as, signed in, or (VAULT FALSE) just its keyring. The opener borrows from CLI. */
gboolean cli_opener (Cli *cli, gboolean vault, WorkflowOpener *opener, GError **error);
void cli_opener_clear (WorkflowOpener *opener);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WorkflowOpener, cli_opener_clear)

#define CLI_CONFIG_OPTION                                                                                    \
  {                                                                                                          \
    "cleanroom-config", CLI_VALUE, "FILE", N_ ("the clean room specification")                               \
  }
#define CLI_SECRETSTORES_OPTION                                                                              \
  {                                                                                                          \
    "secretstore-config", CLI_VALUE, "FILE", N_ ("the file of secret stores")                                \
  }
#define CLI_DATASTORES_OPTION                                                                                \
  {                                                                                                          \
    "datastore-config", CLI_VALUE, "FILE", N_ ("the file of datastores")                                     \
  }

/* What `datastore add` does, for other commands that need a datastore too. */
typedef struct {
  const char *name;
  const char *type, *mode;
  const char *place;                     /* NULL = as the name */
  const char *account;                   /* NULL = the own one */
  const char *secret_id;                 /* S3 */
  const char *secretstore;               /* NULL = the own keyring */
  const char *datastores, *secretstores; /* files */
  const DataSchema *schema;
  gboolean bucket;
} CliNewDatastore;
gboolean cli_datastore_make (Cli *cli, const CliNewDatastore *wanted, gboolean *added, GError **error);

G_END_DECLS
