/* SPDX-License-Identifier: MIT
 * The provider as the operator of the network: it is handed a member's signing identity, and proposes with it
 * what the operator wants changed. Routes of the upstream CCF provider client.
 */
#include "sandbox/provider-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/secret.h"
#include "cose/x509.h"

#include <string.h>

/* ---- The identity ---- */

/* The boundary of a multipart/form-data body as it stands between the parts. Gives; NULL when it is none. */
static char *
form_boundary (const SandboxRequest *request)
{
  const char *type = sandbox_request_header (request, "content-type");
  const char *found = type && g_ascii_strncasecmp (type, "multipart/form-data", 19) == 0
                          ? strstr (type, "boundary=")
                          : NULL;
  if (!found)
    return NULL;
  found += strlen ("boundary=");
  gsize skip = *found == '"' ? 1 : 0;
  gsize length = strcspn (found + skip, skip ? "\"" : "; ");
  return length ? g_strdup_printf ("--%.*s", (int) length, found + skip) : NULL;
}

/* The content of the part NAME of BODY. Gives in memory that has to be wiped; NULL when there is none. */
static CrSecretText
form_part (GBytes *body, const char *boundary, const char *name)
{
  gsize size = 0;
  const char *data = g_bytes_get_data (body, &size);
  const char *end = data ? data + size : data;
  g_autofree char *wanted = g_strdup_printf ("name=\"%s\"", name);
  g_autofree char *next = g_strconcat ("\r\n", boundary, NULL);
  for (const char *at = data; at && at < end;) {
    const char *part = g_strstr_len (at, end - at, boundary);
    const char *content = part ? g_strstr_len (part, end - part, "\r\n\r\n") : NULL;
    const char *close = content ? g_strstr_len (content, end - content, next) : NULL;
    if (!close)
      return NULL;
    if (g_strstr_len (part, content - part, wanted))
      return cr_secret_text_new (content + 4, MAX (0, close - content - 4));
    at = close + 2;
  }
  return NULL;
}

static void
post_configure (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  if (!network_provider_token (sandbox, request, response))
    return;
  g_autofree char *boundary = form_boundary (request);
  g_auto (CrSecretText) cert = boundary ? form_part (request->body, boundary, "SigningCertPemFile") : NULL;
  g_auto (CrSecretText) pem = boundary ? form_part (request->body, boundary, "SigningKeyPemFile") : NULL;
  g_auto (CrSecretText) vault = boundary ? form_part (request->body, boundary, "SigningCertId") : NULL;
  g_autoptr (X509) certificate = cert ? cose_cert_from_pem (cert, -1, "the certificate", NULL) : NULL;
  g_autoptr (EVP_PKEY) key = pem ? cose_key_from_private_pem (pem, -1, "the key", NULL) : NULL;
  if (vault && !cert)
    sandbox_respond_error (response, 400, "SigningCertIdNotSupported",
                           "The provider of this environment has no sign-in to a vault: send "
                           "SigningCertPemFile and SigningKeyPemFile.");
  else if (!cert || !pem)
    sandbox_respond_error (response, 400, "InputMissing",
                           "Either SigningCertPemFile and SigningKeyPemFile, or SigningCertId must be sent.");
  else if (!certificate || !key || !cose_key_equal (X509_get0_pubkey (certificate), key))
    sandbox_respond_error (response, 400, "InvalidSigningCert",
                           "SigningCertPemFile and SigningKeyPemFile are not a certificate and its key.");
  else {
    NetworkProvider *provider = network_provider (sandbox);
    g_mutex_lock (&provider->identity_mutex);
    X509_free (provider->certificate);
    EVP_PKEY_free (provider->key);
    provider->certificate = g_steal_pointer (&certificate);
    provider->key = g_steal_pointer (&key);
    g_mutex_unlock (&provider->identity_mutex);
    sandbox_respond_json (response, 200, json_object ());
  }
}

static void
get_show (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  (void) request;
  NetworkProvider *provider = network_provider (sandbox);
  json_t *body = json_object ();
  g_mutex_lock (&provider->identity_mutex);
  g_autofree char *pem = provider->certificate ? cose_cert_to_pem (provider->certificate) : NULL;
  g_mutex_unlock (&provider->identity_mutex);
  cr_json_set (body, "signingCert", pem ? json_string (pem) : json_null ());
  cr_json_set (body, "signingKey", pem ? json_string ("<redacted>") : json_null ());
  sandbox_respond_json (response, 200, body);
}

void
network_operator_clear (NetworkOperator *self)
{
  g_clear_pointer (&self->client, ccf_client_unref);
  g_clear_pointer (&self->identity, member_identity_free);
}

/* The identity of /configure; NULL without ERROR when there was none. Gives. */
static MemberIdentity *
configured (Sandbox *sandbox, const EVP_PKEY *recovery_key, GError **error)
{
  NetworkProvider *provider = network_provider (sandbox);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&provider->identity_mutex);
  return provider->certificate
             ? member_identity_new ("operator", provider->certificate, provider->key, recovery_key, error)
             : NULL;
}

gboolean
network_operator_init (NetworkOperator *self, Sandbox *sandbox, const EVP_PKEY *recovery_key,
                       SandboxResponse *response)
{
  g_autoptr (GError) error = NULL;
  const char *url = sandbox_url (sandbox, "ccf"), *pem = ccf_node_service_pem (ccf_node (sandbox));
  self->identity = configured (sandbox, recovery_key, &error);
  if (!self->identity && !error)
    sandbox_respond_error (response, 400, "SigningCertMissing",
                           "No signing identity is configured: POST /configure first.");
  else if (!self->identity)
    sandbox_respond_error (response, 400, "InvalidSigningCert", "%s", error->message);
  else if (!url || !pem)
    sandbox_respond_error (response, 503, "NetworkNotReady", "The network does not run: recover it.");
  else {
    self->client = ccf_client_new (url, pem, &error);
    if (self->client && ccf_client_set_member (self->client, self->identity, &error))
      return TRUE;
    sandbox_respond_error (response, 500, "InternalError", "%s", error->message);
  }
  network_operator_clear (self);
  return FALSE;
}

void
network_provider_refused (SandboxResponse *response, const GError *error)
{
  guint status = cr_error_http_status (error);
  const char *code = cr_error_remote_code (error), *message = cr_error_remote_message (error);
  sandbox_respond_error (response, status >= 400 ? status : 500, code ? code : "InternalError", "%s",
                         message ? message : error->message);
}

/* ---- What it proposes ---- */

/* Propose ACTION with ARGS (taken, may be NULL) and answer with the proposal. */
static void
propose (Sandbox *sandbox, const char *action, json_t *args, SandboxResponse *response)
{
  g_autoptr (json_t) proposal = ccf_proposal_new (action, args);
  g_auto (NetworkOperator) self = { NULL, NULL };
  g_autoptr (GError) error = NULL;
  if (!network_operator_init (&self, sandbox, NULL, response))
    return;
  json_t *result = ccf_propose_and_vote (NULL, self.client, proposal, &error);
  if (result)
    sandbox_respond_json (response, 200, result);
  else
    network_provider_refused (response, error);
}

/* A value of a call and the argument of the action it becomes. */
typedef struct {
  const char *field, *argument;
} Argument;

/* The calls that are one proposal each, with up to three arguments. */
typedef struct {
  const char *call, *action;
  Argument arguments[3];
} Decision;

static const Decision decisions[] = {
  { "setRecoveryThreshold", "set_recovery_threshold", { { "recoveryThreshold", "recovery_threshold" } } },
  { "removeSnpHostData", "remove_snp_host_data", { { "hostData", "host_data" } } },
  { "setSnpMinimumTcbVersion",
    "set_snp_minimum_tcb_version_hex",
    { { "cpuid", "cpuid" }, { "tcbVersion", "tcb_version" } } },
  { "removeSnpMinimumTcbVersion", "remove_snp_minimum_tcb_version", { { "cpuid", "cpuid" } } },
  { "addSnpUvmEndorsement",
    "add_snp_uvm_endorsement",
    { { "did", "did" }, { "feed", "feed" }, { "svn", "svn" } } },
  { "removeSnpUvmEndorsement", "remove_snp_uvm_endorsement", { { "did", "did" }, { "feed", "feed" } } },
  { "trigger", "trigger_snapshot", { { NULL, NULL } } },
};

static const Decision *
decision_of (const char *path)
{
  const char *last = strrchr (path, '/') + 1;
  for (guint i = 0; i < G_N_ELEMENTS (decisions); i++)
    if (strcmp (decisions[i].call, last) == 0)
      return &decisions[i];
  return NULL;
}

static void
post_decision (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  const Decision *decision = decision_of (request->path);
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body || !network_provider_exists (sandbox, request, response))
    return;
  g_autoptr (json_t) args = json_object ();
  for (guint i = 0; i < G_N_ELEMENTS (decision->arguments) && decision->arguments[i].field; i++) {
    json_t *value = json_object_get (body, decision->arguments[i].field);
    if (!value) {
      sandbox_respond_error (response, 400, "InputMissing", "%s must be specified.",
                             decision->arguments[i].field);
      return;
    }
    cr_json_set (args, decision->arguments[i].argument, json_incref (value));
  }
  propose (sandbox, decision->action, json_object_size (args) ? json_incref (args) : NULL, response);
}

static void
post_host_data (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body || !network_provider_exists (sandbox, request, response))
    return;
  const char *host_data = cr_json_peek_string (body, "hostData");
  const char *encoded = cr_json_peek_string (body, "securityPolicy");
  g_autoptr (GBytes) policy = encoded ? cr_base64_decode (encoded, "securityPolicy", NULL) : NULL;
  g_autofree char *digest = policy
                                ? cr_sha256_hex (g_bytes_get_data (policy, NULL), g_bytes_get_size (policy))
                                : NULL;
  if (!host_data)
    sandbox_respond_error (response, 400, "InputMissing", "hostData must be specified.");
  else if (encoded && (!digest || g_ascii_strcasecmp (digest, host_data) != 0))
    sandbox_respond_error (response, 400, "SecurityPolicyMismatch",
                           "The SHA-256 of the security policy is %s, which is not the host data %s.",
                           digest ? digest : "unknown", host_data);
  else {
    g_autofree char *text = policy ? g_strndup (g_bytes_get_data (policy, NULL), g_bytes_get_size (policy))
                                   : g_strdup ("");
    propose (sandbox, "add_snp_host_data",
             json_pack ("{s:s,s:s}", "host_data", host_data, "security_policy", text), response);
  }
}

static void
post_open (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (!body || !network_provider_exists (sandbox, request, response))
    return;
  propose (sandbox, "transition_service_to_open",
           json_pack ("{s:s*,s:s*}", "next_service_identity", ccf_node_service_pem (ccf_node (sandbox)),
                      "previous_service_identity", cr_json_peek_string (body, "previousServiceCertificate")),
           response);
}

static void
post_no_recovery_service (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response)
{
  g_autoptr (json_t) body = network_provider_body (sandbox, request, response);
  if (body)
    sandbox_respond_error (response, 400, "RecoveryServiceNotSupported",
                           "This environment has no recovery service: the operator's own key opens the "
                           "recovery shares.");
}

const SandboxRoute network_operator_routes[] = {
  { "POST", "/configure", post_configure },
  { "GET", "/show", get_show },
  { "POST", "/networks/{name}/transitionToOpen", post_open },
  { "POST", "/networks/{name}/setRecoveryThreshold", post_decision },
  { "POST", "/networks/{name}/snapshots/trigger", post_decision },
  { "POST", "/networks/{name}/addSnpHostData", post_host_data },
  { "POST", "/networks/{name}/removeSnpHostData", post_decision },
  { "POST", "/networks/{name}/setSnpMinimumTcbVersion", post_decision },
  { "POST", "/networks/{name}/removeSnpMinimumTcbVersion", post_decision },
  { "POST", "/networks/{name}/addSnpUvmEndorsement", post_decision },
  { "POST", "/networks/{name}/removeSnpUvmEndorsement", post_decision },
  { "POST", "/networks/{name}/configureConfidentialRecovery", post_no_recovery_service },
  { NULL, NULL, NULL },
};
