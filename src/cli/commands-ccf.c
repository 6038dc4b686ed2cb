/* SPDX-License-Identifier: MIT
 * ccf network recover|recover-public-network|submit-recovery-share: a network that was lost comes back.
 *
 * The provider starts a new service over the ledger. What opens it again, the proposal and the recovery
 * shares, is signed and decrypted here, so that no private key leaves this machine.
 */
#include "cli/network.h"

#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/translate.h"
#include "ccf/recovery.h"
#include "cose/x509.h"

#include <inttypes.h>
#include <string.h>

#define PEM_MAX_BYTES (64u * 1024)

/* What a recovery is about. */
typedef struct {
  const CcfConsortium *it;  /* NULL = the local environment */
  WorkflowContext *context; /* of the local environment */
  char *name, *endpoint, *previous;
  MemberIdentity *member;
  gboolean owns_member;
} Recovery;

static void
recovery_clear (Recovery *recovery)
{
  if (recovery->owns_member)
    member_identity_free (recovery->member);
  g_free (recovery->name);
  g_free (recovery->endpoint);
  g_free (recovery->previous);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Recovery, recovery_clear)

/* A certificate must stay as it is to the byte: its text is compared. Gives. */
static char *
read_pem (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = cr_file_read (path, PEM_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize length = 0;
  const char *data = g_bytes_get_data (bytes, &length);
  g_autofree char *pem = g_strndup (data != NULL ? data : "", length);
  g_autoptr (X509) certificate = cose_cert_from_pem (pem, -1, path, error);
  return certificate != NULL ? g_steal_pointer (&pem) : NULL;
}

static gboolean
find_local (Cli *cli, Recovery *recovery, GError **error)
{
  recovery->context = cli_context (cli, error);
  if (recovery->context == NULL)
    return FALSE;
  const char *identity = cli_identity (cli);
  recovery->member = workflow_context_member (recovery->context, identity != NULL ? identity : "ccfoperator",
                                              FALSE, FALSE, error);
  g_autofree char *pinned = workflow_context_private (recovery->context, "service_cert.pem");
  recovery->endpoint = workflow_context_recall (recovery->context, "ccf");
  if (recovery->member == NULL || recovery->endpoint == NULL) {
    if (recovery->member != NULL)
      cr_set_error (error, CR_ERROR_INPUT, "Take the step an.op.consortium first.",
                    "%s is not connected to a consortium yet.", workflow_context_persona (recovery->context));
    return FALSE;
  }
  if (recovery->previous == NULL)
    recovery->previous = read_pem (pinned, error);
  if (recovery->name == NULL)
    recovery->name = workflow_context_value ("network", recovery->context);
  if (recovery->name == NULL)
    recovery->name = g_strdup ("operator-ccf");
  return recovery->previous != NULL;
}

static gboolean
find_remote (Cli *cli, Recovery *recovery, GError **error)
{
  const char *account = cli_consortium_account (cli, recovery->it);
  if (recovery->it->url == NULL || account == NULL) {
    cr_set_error (error, CR_ERROR_USAGE, "Say who you are: --as NAME, a member key with a recovery key.",
                  "A recovery needs the address of the ledger and a member that acts.");
    return FALSE;
  }
  recovery->member = cli_find_member (cli, account, error);
  recovery->owns_member = TRUE;
  recovery->endpoint = g_strdup (recovery->it->url);
  if (recovery->previous == NULL)
    recovery->previous = g_strdup (recovery->it->service_certificate);
  if (recovery->name == NULL)
    recovery->name = g_strdup (recovery->it->name);
  return recovery->member != NULL;
}

static gboolean
find (Cli *cli, Recovery *recovery, GError **error)
{
  const char *path = cli_value (cli, "previous-service-cert");
  recovery->name = g_strdup (cli_value (cli, "name"));
  if (path != NULL && (recovery->previous = read_pem (path, error)) == NULL)
    return FALSE;
  if (!cli_consortium (cli, &recovery->it, error))
    return FALSE;
  return recovery->it == NULL ? find_local (cli, recovery, error) : find_remote (cli, recovery, error);
}

/* ---- The steps ---- */

static gboolean
start_public (Cli *cli, const Recovery *recovery, GError **error)
{
  g_autoptr (CliProvider) provider = cli_provider (cli, error);
  if (provider == NULL)
    return FALSE;
  g_autoptr (GError) problem = NULL;
  json_t *extra = json_pack ("{s:s,s:i,s:s}", "targetNetworkName", recovery->name, "nodeCount", 1,
                             "previousServiceCertificate", recovery->previous);
  g_autoptr (json_t) answer = provider_network_do (provider->client, cli_job (cli), recovery->name,
                                                   "recoverPublicNetwork", extra, NULL, &problem);
  if (answer != NULL) {
    cli_say (_ ("The public part of %s is back."), recovery->name);
    return TRUE;
  }
  /* An interrupted recovery goes on where it was. */
  if (cr_error_is_remote (problem, "NetworkHealthy"))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
pin_local (const Recovery *recovery, const char *certificate, GError **error)
{
  g_autofree char *file = g_strdup_printf ("public/%s_service_cert.pem", recovery->name);
  g_autofree char *path = workflow_context_path (recovery->context, file);
  return workflow_context_pin (recovery->context, recovery->endpoint, certificate, error)
         && (!g_file_test (path, G_FILE_TEST_EXISTS) || cr_file_write (path, certificate, -1, 0644, error));
}

static gboolean
pin_remote (Cli *cli, const Recovery *recovery, const char *certificate, GError **error)
{
  g_autoptr (CcfConsortium) fresh = ccf_consortium_load (cli_state_dir (cli), recovery->it->name, error);
  if (fresh == NULL)
    return FALSE;
  g_free (fresh->service_certificate);
  fresh->service_certificate = g_strdup (certificate);
  return ccf_consortium_save (fresh, cli_state_dir (cli), error);
}

/* The new certificate: proved by the recovery agent where the consortium says how. Gives. */
static char *
find_certificate (Cli *cli, const Recovery *recovery, GError **error)
{
  CcfDiscovery discovery;
  if (recovery->it != NULL && recovery->it->discovery_url != NULL) {
    gboolean attested = FALSE;
    return ccf_consortium_discovery (recovery->it, &discovery, error)
               ? ccf_discover (cli_job (cli), &discovery, &attested, error)
               : NULL;
  }
  return ccf_recovery_fetch_certificate (cli_job (cli), recovery->endpoint, recovery->previous, error);
}

/* The client of the recovered service. Gives. */
static CcfClient *
connect (Cli *cli, const Recovery *recovery, GError **error)
{
  g_autofree char *certificate = find_certificate (cli, recovery, error);
  g_autoptr (CcfClient) client = certificate != NULL ? ccf_client_new (recovery->endpoint, certificate, error)
                                                     : NULL;
  if (client == NULL || !ccf_client_set_member (client, recovery->member, error))
    return NULL;
  g_autoptr (X509) parsed = cose_cert_from_pem (certificate, -1, "the service certificate", error);
  g_autofree char *fingerprint = parsed != NULL ? cose_cert_fingerprint (parsed) : NULL;
  if (fingerprint == NULL
      || !(recovery->it != NULL ? pin_remote (cli, recovery, certificate, error)
                                : pin_local (recovery, certificate, error)))
    return NULL;
  cli_say (_ ("The service now is %s."), fingerprint);
  return g_steal_pointer (&client);
}

/* SHARES (may be NULL) is the answer to the own share. */
static json_t *
report (const char *status, const json_t *shares, const CcfClient *client)
{
  json_t *value = json_object ();
  cr_json_set_string (value, "serviceStatus", status);
  cr_json_set_string (value, "serviceCertificate", ccf_client_service_certificate (client));
  if (shares != NULL) {
    cr_json_set (value, "submittedCount", json_incref (json_object_get (shares, "submittedCount")));
    cr_json_set (value, "recoveryThreshold", json_incref (json_object_get (shares, "recoveryThreshold")));
  }
  return value;
}

/* Submit the own share, and say how far the service is. */
static gboolean
submit (Cli *cli, CcfClient *client, GError **error)
{
  g_autoptr (json_t) shares = ccf_recovery_submit (cli_job (cli), client, error);
  g_autoptr (json_t) info = shares != NULL ? ccf_service_info (cli_job (cli), client, error) : NULL;
  if (info == NULL)
    return FALSE;
  const char *status = cr_json_peek_string (info, "status");
  gboolean waits = g_strcmp0 (status, "WaitingForRecoveryShares") == 0;
  if (!waits && !ccf_wait_ready (cli_job (cli), client, "app", 0, error))
    return FALSE;
  if (waits) {
    cli_say (_ ("%" PRId64 " of %" PRId64 " recovery shares are submitted; other recovery members have "
                "to submit theirs: cleanroom ccf network submit-recovery-share --as NAME"),
             cr_json_peek_int (shares, "submittedCount", 0),
             cr_json_peek_int (shares, "recoveryThreshold", 0));
    cli_set_exit_code (cli, 4);
  } else
    cli_say (_ ("The network is open again. Others find its new certificate the next time they connect."));
  return cli_show (cli, report (status, shares, client), NULL);
}

static gboolean
recover_public (Cli *cli, GError **error)
{
  g_auto (Recovery) recovery = { 0 };
  if (!find (cli, &recovery, error) || !start_public (cli, &recovery, error))
    return FALSE;
  g_autoptr (CcfClient) client = connect (cli, &recovery, error);
  g_autoptr (json_t) info = client != NULL
                                ? ccf_recovery_open (cli_job (cli), client, recovery.previous, error)
                                : NULL;
  return info != NULL && cli_show (cli, g_steal_pointer (&info), NULL);
}

static gboolean
submit_share (Cli *cli, GError **error)
{
  g_auto (Recovery) recovery = { 0 };
  if (!find (cli, &recovery, error))
    return FALSE;
  g_autoptr (CcfClient) client = connect (cli, &recovery, error);
  return client != NULL && submit (cli, client, error);
}

/* The call that has the provider do everything, with the recovery key of KEY_PATH. Gives. */
static json_t *
recovery_call (const Recovery *recovery, const char *key_path, GError **error)
{
  g_autoptr (GBytes) bytes = cr_file_read_secret (key_path, PEM_MAX_BYTES, error);
  gsize length = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  g_autoptr (EVP_PKEY) key = bytes != NULL ? cose_key_from_private_pem (data != NULL ? data : "",
                                                                        (gssize) length, key_path, error)
                                           : NULL;
  g_auto (CrSecretText) pem = key != NULL ? cose_key_private_pem (key) : NULL;
  return pem != NULL ? json_pack ("{s:s,s:i,s:{s:s}}", "previousServiceCertificate", recovery->previous,
                                  "nodeCount", 1, "operatorRecovery", "encryptionPrivateKey", pem)
                     : NULL;
}

/* The provider signs with the identity that it was configured with, and opens the share with the key that it
 * gets. */
static gboolean
recover_by_provider (Cli *cli, const Recovery *recovery, const char *key_path, GError **error)
{
  json_t *call = recovery_call (recovery, key_path, error);
  g_autoptr (CliProvider) provider = call != NULL ? cli_provider (cli, error) : NULL;
  if (provider == NULL) {
    json_decref (call);
    return FALSE;
  }
  g_autoptr (json_t) network = provider_network_do (provider->client, cli_job (cli), recovery->name,
                                                    "recover", call, "the recovery of the network", error);
  g_autoptr (CcfClient) client = network != NULL ? connect (cli, recovery, error) : NULL;
  g_autoptr (json_t) info = client != NULL && ccf_wait_ready (cli_job (cli), client, "app", 0, error)
                                ? ccf_service_info (cli_job (cli), client, error)
                                : NULL;
  if (info == NULL)
    return FALSE;
  cli_say (_ ("The network is open again. Others find its new certificate the next time they connect."));
  return cli_show (cli, report (cr_json_peek_string (info, "status"), NULL, client), NULL);
}

static gboolean
recover (Cli *cli, GError **error)
{
  g_auto (Recovery) recovery = { 0 };
  const char *key_path = cli_value (cli, "operator-recovery-encryption-private-key");
  if (!find (cli, &recovery, error))
    return FALSE;
  if (key_path != NULL)
    return recover_by_provider (cli, &recovery, key_path, error);
  if (member_identity_encryption_pem (recovery.member) == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Act as a member that has one, such as ccfoperator.",
                  "%s has no recovery key.", member_identity_name (recovery.member));
    return FALSE;
  }
  if (!start_public (cli, &recovery, error))
    return FALSE;
  g_autoptr (CcfClient) client = connect (cli, &recovery, error);
  g_autoptr (json_t) info = client != NULL
                                ? ccf_recovery_open (cli_job (cli), client, recovery.previous, error)
                                : NULL;
  if (info == NULL)
    return FALSE;
  if (g_strcmp0 (cr_json_peek_string (info, "status"), "Open") == 0) {
    cli_say (_ ("The network is open: there is nothing to recover."));
    return cli_show (cli, g_steal_pointer (&info), NULL);
  }
  return submit (cli, client, error);
}

static const CliOption recover_options[] = {
  { "name", CLI_VALUE, "NAME", N_ ("the network") },
  { "previous-service-cert", CLI_VALUE, "FILE",
    N_ ("certificate of the service from before, unchanged (default: the pinned one)") },
  CLI_PROVIDER_OPTIONS,
  CLI_END,
};

static const CliOption recover_all_options[] = {
  { "name", CLI_VALUE, "NAME", N_ ("the network") },
  { "previous-service-cert", CLI_VALUE, "FILE",
    N_ ("certificate of the service from before, unchanged (default: the pinned one)") },
  { "operator-recovery-encryption-private-key", CLI_VALUE, "FILE",
    N_ ("have the provider do it all, with this recovery key and the identity it was configured with") },
  CLI_PROVIDER_OPTIONS,
  CLI_END,
};

const CliCommand cli_recovery_commands[] = {
  { "ccf network recover", "", N_ ("bring a lost network back, with a recovery member's key"),
    "cleanroom ccf network recover --as ccfoperator", 0, 0, recover_all_options, recover, TRUE },
  { "ccf network recover-public-network", "", N_ ("the first half: a new service that waits for shares"),
    "cleanroom ccf network recover-public-network --as ccfoperator", 0, 0, recover_options, recover_public,
    TRUE },
  { "ccf network submit-recovery-share", "", N_ ("the second half: submit the own recovery share"),
    "cleanroom ccf network submit-recovery-share --as ccfoperator", 0, 0, recover_options, submit_share,
    TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
