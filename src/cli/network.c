/* SPDX-License-Identifier: MIT
 * A provider, or the ledger itself (network.h).
 */
#include "cli/network.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cose/x509.h"

#include <string.h>

#define FILE_MAX_BYTES (4u * 1024 * 1024)
#define EXPIRES_SOON_S (7 * 24 * 3600)

void
cli_provider_free (CliProvider *provider)
{
  if (provider == NULL)
    return;
  if (provider->http != NULL)
    provider_client_free (provider->client);
  http_client_unref (provider->http);
  cr_secret_text_free (provider->token);
  g_free (provider);
}

/* A token that was issued elsewhere cannot be renewed here. */
static CrSecretText
provider_token (gpointer data, CrJob *job, const char *scope, gboolean fresh, GError **error)
{
  const CliProvider *provider = data;
  (void) job;
  (void) scope;
  if (!fresh)
    return cr_secret_text_new (provider->token, -1);
  cr_set_error (error, CR_ERROR_SIGN_IN,
                "Get a new one where it was issued: cleanroom identity login --env NAME --token-file FILE.",
                "The provider does not accept the token.");
  return NULL;
}

static gboolean
infra_type (Cli *cli, const char **kind, GError **error)
{
  const char *given = cli_value (cli, "infra-type");
  *kind = given != NULL ? given : "caci";
  if (strcmp (*kind, "caci") == 0 || strcmp (*kind, "virtual") == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_USAGE, "Use caci or virtual.", "There is no infrastructure type \"%s\".",
                *kind);
  return FALSE;
}

static CliProvider *
remote_provider (Cli *cli, const CcfConsortium *it, GError **error)
{
  const char *kind = NULL;
  if (!infra_type (cli, &kind, error))
    return NULL;
  if (it->provider_url == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Add it: cleanroom env add NAME --provider-url URL.",
                  "The environment \"%s\" names no provider.", it->name);
    return NULL;
  }
  g_autoptr (json_t) config = cli_value (cli, "provider-config") != NULL
                                  ? cli_json_value (cli, "provider-config", error)
                                  : json_object ();
  if (config == NULL)
    return NULL;
  cr_json_set_string (config, "resourceGroupName", cli_value (cli, "resource-group"));
  cr_json_set_string (config, "location", cli_value (cli, "location"));
  g_autoptr (CliProvider) provider = g_new0 (CliProvider, 1);
  provider->http = it->provider_trust != NULL ? http_client_new (it->provider_trust, error)
                                              : http_client_new_system (error);
  const char *account = cli_consortium_account (cli, it);
  if (provider->http == NULL)
    return NULL;
  if (account != NULL) {
    provider->token = cli_token_load (cli, it->name, account, error);
    if (provider->token == NULL)
      return NULL;
  }
  ProviderOptions options = { .http = provider->http,
                              .url = it->provider_url,
                              .network_kind = kind,
                              .cluster_kind = strcmp (kind, "caci") == 0 ? "aks" : "virtual",
                              .config = config,
                              .token = provider->token != NULL ? provider_token : NULL,
                              .data = provider };
  provider->client = provider_client_new (&options);
  return g_steal_pointer (&provider);
}

/* Whether --provider-client asks for the provider of this machine. */
static gboolean
wants_local (Cli *cli)
{
  return g_strcmp0 (cli_value (cli, "provider-client"), CCF_CONSORTIUM_LOCAL) == 0;
}

static CliProvider *
local_provider (Cli *cli, GError **error)
{
  WorkflowContext *context = cli_context_or (cli, CLI_NETWORK_OPERATOR, error);
  ProviderClient *client = context != NULL ? workflow_context_provider (context, error) : NULL;
  if (client == NULL)
    return NULL;
  CliProvider *provider = g_new0 (CliProvider, 1);
  provider->client = client;
  return provider;
}

CliProvider *
cli_provider (Cli *cli, GError **error)
{
  const char *named = cli_value (cli, "provider-client");
  const CcfConsortium *it = NULL;
  if (wants_local (cli))
    return local_provider (cli, error);
  if (named != NULL) {
    g_autoptr (CcfConsortium) other = ccf_consortium_load (cli_state_dir (cli), named, error);
    return other != NULL ? remote_provider (cli, other, error) : NULL;
  }
  if (!cli_consortium (cli, &it, error))
    return NULL;
  return it != NULL ? remote_provider (cli, it, error) : local_provider (cli, error);
}

/* --name, or what the environment calls its network. Gives. */
static char *
cli_network_name (Cli *cli, GError **error)
{
  const char *name = cli_value (cli, "name");
  const CcfConsortium *it = NULL;
  if (name != NULL)
    return g_strdup (name);
  if (!cli_consortium (cli, &it, error))
    return NULL;
  if (it != NULL)
    return g_strdup (it->name);
  WorkflowContext *context = cli_context_or (cli, CLI_NETWORK_OPERATOR, error);
  char *known = context != NULL ? workflow_context_value ("network", context) : NULL;
  return context == NULL || known != NULL ? known : g_strdup ("operator-ccf");
}

json_t *
cli_network_do (Cli *cli, const char *action, json_t *extra, GError **error)
{
  g_autoptr (json_t) more = extra;
  g_autofree char *name = cli_network_name (cli, error);
  g_autoptr (CliProvider) provider = name != NULL ? cli_provider (cli, error) : NULL;
  return provider != NULL ? provider_network_do (provider->client, cli_job (cli), name, action,
                                                 g_steal_pointer (&more), NULL, error)
                          : NULL;
}

/* The ledger that takes a proposal directly; *CLIENT NULL when a provider has to be asked. Borrowed. */
static gboolean
deciding_ledger (Cli *cli, CcfClient **client, GError **error)
{
  const CcfConsortium *it = NULL;
  if (!cli_direct_ledger (cli, client, error))
    return FALSE;
  if (*client != NULL || cli_value (cli, "provider-client") != NULL)
    return TRUE;
  if (!cli_consortium (cli, &it, error))
    return FALSE;
  if (it != NULL)
    return TRUE;
  WorkflowContext *context = cli_context (cli, error);
  *client = context != NULL ? workflow_context_ccf (context, cli_identity (cli), error) : NULL;
  return *client != NULL;
}

gboolean
cli_network_decide (Cli *cli, const char *action, json_t *args, const char *provider_action, json_t *extra,
                    GError **error)
{
  CcfClient *client = NULL;
  g_autoptr (json_t) direct = args;
  g_autoptr (json_t) indirect = extra;
  if (!deciding_ledger (cli, &client, error))
    return FALSE;
  if (client == NULL)
    return cli_show (cli, cli_network_do (cli, provider_action, g_steal_pointer (&indirect), error), NULL);
  /* Compared as text there: passed on exactly as it was received. */
  if (strcmp (action, "transition_service_to_open") == 0)
    cr_json_set_string (direct, "next_service_identity", ccf_client_service_certificate (client));
  g_autoptr (json_t) proposal = ccf_proposal_new (action, json_incref (direct));
  return cli_show (cli, ccf_propose_and_vote (cli_job (cli), client, proposal, error), NULL);
}

gboolean
cli_direct_ledger (Cli *cli, CcfClient **client, GError **error)
{
  const CcfConsortium *it = NULL;
  *client = NULL;
  if (cli_value (cli, "provider-client") != NULL)
    return TRUE;
  if (!cli_consortium (cli, &it, error))
    return FALSE;
  if (it == NULL || it->url == NULL)
    return TRUE;
  *client = cli_consortium_client (cli, it, error);
  return *client != NULL;
}

const char *
cli_word (Cli *cli, const char *option, const CliWord *words, gsize count, const char *fallback,
          GError **error)
{
  const char *given = cli_value (cli, option);
  g_autoptr (GString) known = g_string_new (NULL);
  if (given == NULL)
    return fallback;
  for (gsize i = 0; i < count; i++) {
    if (strcmp (words[i].given, given) == 0)
      return words[i].sent;
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", words[i].given);
  }
  cr_set_error (error, CR_ERROR_USAGE, NULL, "--%s is one of: %s.", option, known->str);
  return NULL;
}

char *
cli_base64_or_file (const char *text, GError **error)
{
  if (!g_file_test (text, G_FILE_TEST_IS_REGULAR))
    return g_strdup (text);
  g_autoptr (GBytes) bytes = cr_file_read (text, FILE_MAX_BYTES, error);
  return bytes != NULL ? cr_base64_bytes (bytes) : NULL;
}

/* ---- Health as the ledger itself tells it ---- */

static void
add_reason (json_t *reasons, const char *code, const char *message)
{
  json_array_append_new (reasons, json_pack ("{s:s,s:s}", "code", code, "message", message));
}

static json_t *
node_health (json_t *node)
{
  json_t *reasons = json_array ();
  const char *status = cr_json_peek_string (node, "status"), *id = cr_json_peek_string (node, "node_id");
  gboolean good = g_strcmp0 (status, "Trusted") == 0;
  if (!good)
    add_reason (reasons, "NodeNotTrusted", status != NULL ? status : "unknown");
  json_t *interfaces = json_object_get (node, "rpc_interfaces");
  json_t *primary = json_object_get (interfaces, "primary_rpc_interface");
  if (primary == NULL)
    primary = json_object_iter_value (json_object_iter (interfaces));
  return json_pack ("{s:s?,s:s?,s:s,s:o}", "name", id, "endpoint",
                    cr_json_peek_string (primary, "published_address"), "status",
                    good ? "Ok" : "NeedsReplacement", "reasons", reasons);
}

static void
check_certificate (json_t *reasons, const char *pem)
{
  g_autoptr (X509) certificate = pem != NULL ? cose_cert_from_pem (pem, -1, "the service certificate", NULL)
                                             : NULL;
  gint64 left = certificate != NULL ? cose_cert_not_after (certificate) - cr_now_seconds () : 0;
  if (certificate != NULL && left < 0)
    add_reason (reasons, "ServiceCertificateExpired", "The service certificate has expired.");
  else if (certificate != NULL && left < EXPIRES_SOON_S)
    add_reason (reasons, "ServiceCertificateExpires", "The service certificate expires within a week.");
}

static void
check_part (Cli *cli, CcfClient *client, const char *part, json_t *reasons)
{
  g_autoptr (GError) problem = NULL;
  if (!ccf_wait_ready (cli_job (cli), client, part, 1, &problem))
    add_reason (reasons, strcmp (part, "app") == 0 ? "AppNotReady" : "GovernanceNotReady", problem->message);
}

json_t *
cli_ledger_health (Cli *cli, CcfClient *client, GError **error)
{
  g_autoptr (json_t) network = ccf_network_show (cli_job (cli), client, error);
  g_autoptr (json_t) nodes = network != NULL ? ccf_nodes_list (cli_job (cli), client, error) : NULL;
  if (nodes == NULL)
    return NULL;
  json_t *health = json_array (), *reasons = json_array ();
  size_t i;
  json_t *node;
  json_array_foreach (nodes, i, node)
    json_array_append_new (health, node_health (node));
  check_part (cli, client, "gov", reasons);
  check_part (cli, client, "app", reasons);
  check_certificate (reasons, cr_json_peek_string (network, "service_certificate"));
  json_t *value = json_pack ("{s:o,s:s?}", "nodeHealth", health, "serviceStatus",
                             cr_json_peek_string (network, "service_status"));
  cr_json_set (value, "reasons", reasons);
  return value;
}

guint64
cli_recovery_threshold (Cli *cli, GError **error)
{
  const char *text = cli_require (cli, "recovery-threshold", error);
  guint64 threshold = 0;
  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, 254, &threshold, NULL))
    cr_set_error (error, CR_ERROR_USAGE, "Give the number of recovery shares that is enough, 1 to 254.",
                  "\"%s\" is not a threshold.", text);
  return threshold;
}
