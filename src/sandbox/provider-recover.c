/* SPDX-License-Identifier: MIT
 * The provider brings a lost network back: its public part, the operator's recovery share, or both in one
 * call. Routes of the upstream CCF provider client.
 */
#include "sandbox/provider-private.h"

#include "base/error.h"
#include "base/secret.h"
#include "ccf/recovery.h"

#include <string.h>

/* The network NAME of a body that may name its target otherwise; FALSE with the answer written. */
static gboolean
check_target (Sandbox *sandbox, const char *name, const char *target, SandboxResponse *response)
{
  g_autofree char *existing = ccf_network_name (sandbox);
  if (g_strcmp0 (existing, target ? target : name) != 0)
    sandbox_respond_error (response, 404, "NetworkNotFound", "No ledger found for network %s.",
                           target ? target : name);
  else if (g_strcmp0 (existing, name) != 0)
    sandbox_respond_error (response, 409, "NetworkLimitReached",
                           "This environment recovers a network under its own name, %s.", existing);
  else
    return TRUE;
  return FALSE;
}

/* A new service over the ledger of the lost network. FALSE with the answer written; HEALTHY_IS_FINE: unless
 * there is nothing to recover. */
static gboolean
recover_public (Sandbox *sandbox, const SandboxRequest *request, const json_t *body, gboolean healthy_is_fine,
                SandboxResponse *response)
{
  const char *previous = cr_json_peek_string (body, "previousServiceCertificate");
  const char *name = sandbox_request_parameter (request, 0);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&network_provider (sandbox)->mutex);
  g_autoptr (GError) error = NULL;
  if (!previous) {
    sandbox_respond_error (response, 400, "InputMissing", "previousServiceCertificate is required.");
    return FALSE;
  }
  if (!check_target (sandbox, name, cr_json_peek_string (body, "targetNetworkName"), response))
    return FALSE;
  if (ccf_network_recover_public (sandbox, previous, &error))
    return TRUE;
  if (g_error_matches (error, CR_ERROR, CR_ERROR_INPUT))
    sandbox_respond_error (response, 400, "InvalidServiceCertificate", "%s", error->message);
  else if (!g_error_matches (error, CR_ERROR, CR_ERROR_REFUSED))
    sandbox_respond_error (response, 500, "NetworkRecoverFailed", "%s", error->message);
  else if (healthy_is_fine)
    return TRUE;
  else
    sandbox_respond_error (response, 409, "NetworkHealthy", "%s", error->message);
  return FALSE;
}

static void
post_recover_public (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  /* What opens it again is governance. */
  if (body && recover_public (sandbox, request, body, FALSE, response))
    sandbox_respond_json (response, 200,
                          ccf_network_describe (sandbox, sandbox_request_parameter (request, 0)));
}

/* The RSA key that BODY hands over. NULL with the answer written. Gives. */
static EVP_PKEY *
recovery_key (const json_t *body, SandboxResponse *response)
{
  const char *pem = cr_json_peek_string (body, "encryptionPrivateKey");
  EVP_PKEY *key = pem ? cose_key_from_private_pem (pem, -1, "the key", NULL) : NULL;
  if (key && EVP_PKEY_is_a (key, "RSA") == 1)
    return key;
  EVP_PKEY_free (key);
  if (pem)
    sandbox_respond_error (response, 400, "InvalidEncryptionPrivateKey",
                           "encryptionPrivateKey is not an RSA private key in PEM format.");
  else if (json_object_get (body, "encryptionKeyId"))
    sandbox_respond_error (response, 400, "EncryptionKeyIdNotSupported",
                           "The provider of this environment has no sign-in to a vault: send "
                           "encryptionPrivateKey.");
  else
    sandbox_respond_error (response, 400, "InputMissing",
                           "Either encryptionPrivateKey or encryptionKeyId must be specified.");
  return NULL;
}

static void
post_share (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body || !network_provider_exists (sandbox, request, response))
    return;
  g_autoptr (EVP_PKEY) key = recovery_key (body, response);
  g_auto (NetworkOperator) self = { NULL, NULL };
  g_autoptr (GError) error = NULL;
  if (!key || !network_operator_init (&self, sandbox, key, response))
    return;
  json_t *answer = ccf_recovery_submit (NULL, self.client, &error);
  if (answer)
    sandbox_respond_json (response, 200, answer);
  else
    network_provider_refused (response, error);
}

/* Open the recovered service and submit the operator's share. FALSE with the answer written. */
static gboolean
open_again (Sandbox *sandbox, const char *previous, const EVP_PKEY *key, SandboxResponse *response)
{
  g_auto (NetworkOperator) self = { NULL, NULL };
  g_autoptr (GError) error = NULL;
  if (!network_operator_init (&self, sandbox, key, response))
    return FALSE;
  g_autoptr (json_t) info = ccf_recovery_open (NULL, self.client, previous, &error);
  if (info && g_strcmp0 (cr_json_peek_string (info, "status"), "Open") == 0)
    return TRUE;
  g_autoptr (json_t) shares = info ? ccf_recovery_submit (NULL, self.client, &error) : NULL;
  if (!shares) {
    network_provider_refused (response, error);
    return FALSE;
  }
  gint64 count = cr_json_peek_int (shares, "submittedCount", 0);
  gint64 threshold = cr_json_peek_int (shares, "recoveryThreshold", 1);
  if (count >= threshold || cr_json_peek_bool (shares, "fullKeySubmitted", FALSE))
    return TRUE;
  sandbox_respond_error (response, 409, "RecoverySharesMissing",
                         "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                         " recovery shares are submitted: other recovery members have to submit theirs.",
                         count, threshold);
  return FALSE;
}

static void
post_recover (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body)
    return;
  const json_t *operator_recovery = json_object_get (body, "operatorRecovery");
  if (json_object_get (body, "confidentialRecovery") && !operator_recovery) {
    sandbox_respond_error (response, 400, "RecoveryServiceNotSupported",
                           "This environment has no recovery service: use operatorRecovery.");
    return;
  }
  g_autoptr (EVP_PKEY) key = recovery_key (operator_recovery, response);
  if (!key || !recover_public (sandbox, request, body, TRUE, response)
      || !open_again (sandbox, cr_json_peek_string (body, "previousServiceCertificate"), key, response))
    return;
  json_t *network = ccf_network_describe (sandbox, sandbox_request_parameter (request, 0));
  network_provider_done (sandbox, request, network, response);
}

const SandboxRoute network_recover_routes[] = {
  { "POST", "/networks/{name}/recoverPublicNetwork", post_recover_public },
  { "POST", "/networks/{name}/submitRecoveryShare", post_share },
  { "POST", "/networks/{name}/recover", post_recover },
  { NULL, NULL, NULL },
};
