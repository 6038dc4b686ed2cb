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

/* The provider of --provider-client or --env with the token of --as; in the local environment the persona's.
 * Gives. */
CliProvider *cli_provider (Cli *cli, GError **error);
void cli_provider_free (CliProvider *provider);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliProvider, cli_provider_free)

/* *CLIENT is the ledger of --env when it names one and no provider is asked for by --provider-client; NULL
 * otherwise. Borrowed. */
gboolean cli_direct_ledger (Cli *cli, CcfClient **client, GError **error);
/* {nodeHealth:[{name, endpoint, status, reasons:[{code,message}]}], serviceStatus, ..} from the ledger's own
 * calls. */
json_t *cli_ledger_health (Cli *cli, CcfClient *client, GError **error);
/* The content of the file TEXT as base64, or TEXT itself when there is no such file. Gives. */
char *cli_base64_or_file (const char *text, GError **error);

G_END_DECLS
