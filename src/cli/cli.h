/* SPDX-License-Identifier: MIT
 * The command line as one table: each command is a record that feeds parsing, --help and (later) the man
 * page.
 *
 * JSON and data go to stdout, everything said to a person goes to stderr. Exit codes: base/error.h.
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "keys/keys.h"
#include "workflow/engine.h"
#include "workflow/place.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  CLI_FLAG,  /* --name */
  CLI_VALUE, /* --name VALUE, at most once */
  CLI_MANY,  /* --name VALUE, repeatable */
  CLI_LIST,  /* --name VALUE VALUE..., up to the next option; repeatable */
} CliOptionKind;

typedef struct {
  const char *name; /* without dashes */
  CliOptionKind kind;
  const char *value; /* placeholder in --help: "ID"; NULL for flags */
  const char *help;
} CliOption;

typedef struct Cli Cli;
typedef struct CliCommand CliCommand;

struct CliCommand {
  const char *path;         /* "governance contract show" */
  const char *arguments;    /* "PERSONA [STEP]", "" = none */
  const char *summary;      /* one line */
  const char *example;      /* one whole command line, shown first in --help */
  guint least, most;        /* positional arguments */
  const CliOption *options; /* ends with a NULL name; NULL = only the common ones */
  gboolean (*run) (Cli *cli, GError **error);
  gboolean writes; /* refused under --read-only */
};

/* Groups of commands, one file each; all end with a NULL path. */
extern const CliCommand cli_demo_commands[];
extern const CliCommand cli_step_commands[];
extern const CliCommand cli_environment_commands[];
extern const CliCommand cli_sandbox_commands[];
extern const CliCommand cli_keys_commands[];
extern const CliCommand cli_data_commands[];
extern const CliCommand cli_query_commands[];
extern const CliCommand cli_run_commands[];
extern const CliCommand cli_audit_commands[];
extern const CliCommand cli_identity_commands[];
extern const CliCommand cli_member_commands[];
extern const CliCommand cli_proposal_commands[];
extern const CliCommand cli_contract_commands[];
extern const CliCommand cli_document_commands[];
extern const CliCommand cli_user_commands[];
extern const CliCommand cli_client_commands[];
extern const CliCommand cli_keygen_commands[];
extern const CliCommand cli_service_commands[];
extern const CliCommand cli_network_commands[];
extern const CliCommand cli_network_up_commands[];
extern const CliCommand cli_network_policy_commands[];
extern const CliCommand cli_provider_commands[];
extern const CliCommand cli_member_vault_commands[];
extern const CliCommand cli_deployment_commands[];
extern const CliCommand cli_member_document_commands[];
extern const CliCommand cli_ledger_commands[];
extern const CliCommand cli_recovery_commands[];
extern const CliCommand cli_config_commands[];
extern const CliCommand cli_config_access_commands[];
extern const CliCommand cli_config_network_commands[];
extern const CliCommand cli_config_keys_commands[];
extern const CliCommand cli_datastore_commands[];
extern const CliCommand cli_transfer_commands[];
extern const CliCommand cli_secretstore_commands[];
extern const CliCommand cli_ui_commands[];

/* Run one command line; gives the exit code. ARGV without the program's name. */
int cli_main (int argc, char **argv);

/* --- reading the command line --- */
const char *cli_argument (Cli *cli, guint index);   /* NULL when not given */
const char *cli_value (Cli *cli, const char *name); /* NULL when not given */
gboolean cli_flag (Cli *cli, const char *name);
GPtrArray *cli_values (Cli *cli, const char *name); /* char*, borrowed; NULL when not given */
gboolean cli_json (Cli *cli);
const char *cli_state_dir (Cli *cli);
/* The environment that the command is about; borrowed. What people do there lies in its folder
 * (cli_work_dir). */
const WorkflowPlace *cli_place (Cli *cli, GError **error);
const char *cli_work_dir (Cli *cli, GError **error);
/* By which the keyring entries of that folder are told from others. Gives. */
char *cli_collaboration (Cli *cli, GError **error);
/* "governance contract show"; borrowed. */
const char *cli_command_path (Cli *cli);
/* The value of a required option; NULL and CR_ERROR_USAGE when missing. */
const char *cli_require (Cli *cli, const char *name, GError **error);
/* name=value pairs of --set as a table. Gives; NULL and CR_ERROR_USAGE for a pair without '='. */
GHashTable *cli_pairs (Cli *cli, const char *name, GError **error);
/* The JSON of an option: its text, @FILE, or the path of a file that exists. Gives. */
json_t *cli_json_value (Cli *cli, const char *name, GError **error);
/* NULL (not given), auto, duckdb or sqlite; anything else is CR_ERROR_USAGE. */
gboolean cli_check_engine (const char *engine, GError **error);
/* The text of an option: as given, or the content of @FILE. Gives. */
char *cli_text_value (Cli *cli, const char *name, GError **error);

/* --- what commands stand on; opened at first use and owned by CLI --- */
CrJob *cli_job (Cli *cli);
/* Make sure that a keyring is there (own daemon only if ALLOW_OWN or the state folder has one). */
gboolean cli_keyring (Cli *cli, gboolean allow_own, GError **error);
/* Start the local environment unless it runs, or another one is in use. */
gboolean cli_environment (Cli *cli, GError **error);
KeyStore *cli_key_store (Cli *cli, GError **error); /* borrowed */
/* The engine of --scenario (default analytics-sse); borrowed. */
WorkflowEngine *cli_engine (Cli *cli, GError **error);
/* The same for commands that only read files: no keyring and no environment is started. */
WorkflowEngine *cli_engine_offline (Cli *cli, GError **error);
void cli_set_auto_approve (Cli *cli);
/* The exit code of a command that succeeded; 0 unless set. */
void cli_set_exit_code (Cli *cli, int exit_code);
/* What --json prints instead of the bare error when the command fails; takes VALUE. */
void cli_set_failure (Cli *cli, json_t *value);
/* Work on this scenario, whatever --scenario says. */
void cli_set_scenario (Cli *cli, const char *scenario);
/* Close engine and key store, and look for the keyring again: the state folder was emptied. */
void cli_forget (Cli *cli);
/* The context of the persona named by --as NAME (a persona or a member identity such as ccfoperator). */
WorkflowContext *cli_context (Cli *cli, GError **error);
/* The same, FALLBACK (may be NULL) where nobody is named. */
WorkflowContext *cli_context_or (Cli *cli, const char *fallback, GError **error);
/* What --as names: the member identity, or NULL when it is a user. Borrowed. */
const char *cli_identity (Cli *cli);

/* --- saying things --- */
void cli_say (const char *format, ...) G_GNUC_PRINTF (1, 2); /* stderr, one line, made safe */
void cli_out (const char *format, ...) G_GNUC_PRINTF (1, 2); /* stdout, as is */
void cli_out_json (json_t *value);                           /* stdout, two-space indent; takes */
/* A table on stdout: ROWS holds GPtrArray of char*. Cells are made safe and at most 60 wide. Numbers
 * right. */
void cli_out_table (const char *const *columns, GPtrArray *rows);
/* A row for it; NULL-terminated texts, copied. Gives. */
GPtrArray *cli_row (const char *first, ...) G_GNUC_NULL_TERMINATED;
GPtrArray *cli_rows_new (void);
void cli_report (const GError *error); /* stderr: what happened, what the other side said, what to do */
json_t *cli_error_json (const GError *error); /* {"error":{...}}; gives */
/* How this program is called from here: "cleanroom" when PATH leads to it, else a path. Gives. */
char *cli_program (void);
/* Ask on the terminal; FALSE when there is none or the answer is not yes. */
gboolean cli_confirm (const char *question);

G_END_DECLS
