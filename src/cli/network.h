/* SPDX-License-Identifier: MIT
 * What the `ccf` commands stand on: a provider, or the ledger itself.
 */
#pragma once

#include "cli/consortium.h"
#include "cli/show.h"
#include "cloud/provider.h"

G_BEGIN_DECLS

#define CLI_PROVIDER_OPTIONS                                                                                 \
  { "provider-client", CLI_VALUE, "NAME", N_ ("environment that names the provider (default: --env)") },     \
      { "provider-config", CLI_VALUE, "JSON|FILE", N_ ("what the provider needs to know of its cloud") },    \
      { "infra-type", CLI_VALUE, "WORD", N_ ("caci (default) or virtual") },                                 \
      { "env", CLI_VALUE, "NAME",                                                                            \
        N_ ("which consortium (default: the one of env use, else the local one)") },                         \
  {                                                                                                          \
    "as", CLI_VALUE, "NAME", N_ ("who asks: a member identity at the ledger, a login at the provider")       \
  }

typedef struct {
  ProviderClient *client;
  HttpClient *http;   /* NULL when the client is borrowed from a persona */
  CrSecretText token; /* NULL = calls without credential */
} CliProvider;

#define CLI_NETWORK_NAME                                                                                     \
  {                                                                                                          \
    "name", CLI_VALUE, "NAME", N_ ("the network (default: the one of the environment)")                      \
  }
/* Who runs the network of the local environment, where nobody is named. */
#define CLI_NETWORK_OPERATOR "ccfoperator"

/* The provider of --provider-client ("local" = the one of this machine) or --env with the token of --as; in
 * the local environment the one of the persona, or of CLI_NETWORK_OPERATOR. Gives. */
CliProvider *cli_provider (Cli *cli, GError **error);
void cli_provider_free (CliProvider *provider);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliProvider, cli_provider_free)

/* POST ACTION of the network with EXTRA (taken, may be NULL) to the provider. Gives. */
json_t *cli_network_do (Cli *cli, const char *action, json_t *extra, GError **error);
/* Propose ACTION at the ledger as the member that --as names, or ask the provider for PROVIDER_ACTION with
 * EXTRA where only that is known or --provider-client asks for it. Takes ARGS and EXTRA (both may be NULL);
 * shows the answer. */
gboolean cli_network_decide (Cli *cli, const char *action, json_t *args, const char *provider_action,
                             json_t *extra, GError **error);

/* *CLIENT is the ledger of --env when it names one and no provider is asked for by --provider-client; NULL
 * otherwise. Borrowed. */
gboolean cli_direct_ledger (Cli *cli, CcfClient **client, GError **error);
/* {nodeHealth:[{name, endpoint, status, reasons:[{code,message}]}], serviceStatus, ..} from the ledger's own
 * calls. */
json_t *cli_ledger_health (Cli *cli, CcfClient *client, GError **error);
/* A word of the command line and how the provider spells it. */
typedef struct {
  const char *given, *sent;
} CliWord;

/* What --OPTION says, spelled for the provider; FALLBACK when it is not given; CR_ERROR_USAGE for a word
 * that is not one of the COUNT WORDS. */
const char *cli_word (Cli *cli, const char *option, const CliWord *words, gsize count, const char *fallback,
                      GError **error);
/* --recovery-threshold, 1 to 254; 0 = CR_ERROR_USAGE. */
guint64 cli_recovery_threshold (Cli *cli, GError **error);
/* The content of the file TEXT as base64, or TEXT itself when there is no such file. Gives. */
char *cli_base64_or_file (const char *text, GError **error);

G_END_DECLS
