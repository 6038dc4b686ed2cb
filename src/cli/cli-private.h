/* SPDX-License-Identifier: MIT
 * The inside of one command run. Only src/cli/{cli,context,help}.c include this.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct CliRemote CliRemote; /* consortium.c */
void cli_remote_free (CliRemote *remote);

struct Cli {
  const CliCommand *command;
  GHashTable *values;   /* option name -> GPtrArray of char* */
  GPtrArray *arguments; /* char* */
  char *state_dir;
  CrJob *job;
  KeyStore *keys;
  WorkflowEngine *engine;
  gboolean keyring_ready;
  gboolean environment_ready;
  gboolean auto_approve;
  char *identity;
  WorkflowPlace *place; /* of the command; consortium.c */
  CliRemote *remote;
  char *scenario;
  json_t *failure;
  int exit_code;
  GMainContext *signals;
  GThread *signal_thread;
  gint done;
};

Cli *cli_new (const CliCommand *command);
void cli_free (Cli *cli);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cli, cli_free)

extern const CliOption cli_common_options[];
void cli_each_command (void (*visit) (const CliCommand *command, gpointer data), gpointer data);
/* Ctrl-C, TERM and HUP cancel the job instead of ending the program in mid-write. */
void cli_watch_signals (Cli *cli);

void cli_help_overview (void);
/* The commands that begin with WORDS; FALSE when there are none. */
gboolean cli_help_group (const char *words);
void cli_help_command (const CliCommand *command);
char *cli_nearest_command (const char *words); /* gives, or NULL */

G_END_DECLS
