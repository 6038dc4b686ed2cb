/* SPDX-License-Identifier: MIT
 * The ledger node over real TLS: opening a network, signed calls and their refusals, proposals, the
 * application's front door, receipts, restart.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cose/receipt.h"
#include "cose/x509.h"
#include "http/http.h"

#include <string.h>
#include <unistd.h>

#define API "?api-version=2024-07-01"
#define YES "export function vote (proposal, proposerId) { return true }"
#define NO "export function vote (proposal, proposerId) { return false }"

typedef struct {
  EVP_PKEY *key;
  char *pem;
  char *id;
} Member;

typedef struct {
  char *folder;
  Sandbox *sandbox;
  HttpClient *client;
  Member op, north, wood; /* operator, two ordinary members */
  gint64 clock;           /* created_at of the next message */
} Net;

/* One answer: status, body as JSON (or NULL), body as text. */
typedef struct {
  guint status;
  json_t *json;
  char *text;
  char *txid;
  char *challenge;
} Answer;

static void
answer_clear (Answer *answer)
{
  json_decref (answer->json);
  g_free (answer->text);
  g_free (answer->txid);
  g_free (answer->challenge);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
member_init (Member *member, const char *name)
{
  member->key = cose_key_new (COSE_KEY_P384, NULL);
  g_autoptr (X509) cert = cose_cert_new_member (name, member->key, 0, NULL);
  member->pem = cose_cert_to_pem (cert);
  member->id = cose_cert_id (cert);
}

static void
member_clear (Member *member)
{
  EVP_PKEY_free (member->key);
  g_free (member->pem);
  g_free (member->id);
}

static json_t *
genesis_members (Net *net)
{
  g_autoptr (EVP_PKEY) rsa = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autofree char *rsa_pem = cose_key_public_pem (rsa);
  return json_pack ("[{s:s,s:s,s:{s:b}},{s:s},{s:s}]", "certificate", net->op.pem, "encryptionPublicKey",
                    rsa_pem, "memberData", "isOperator", 1, "certificate", net->north.pem, "certificate",
                    net->wood.pem);
}

static void
start (Net *net)
{
  g_autoptr (GError) error = NULL;
  SandboxOptions options = { .state_folder = net->folder };
  net->sandbox = sandbox_new (&options, &error);
  g_assert_no_error (error);
  g_assert_true (ccf_start (net->sandbox, &error));
  g_assert_no_error (error);
}

static void
connect_client (Net *net)
{
  g_clear_pointer (&net->client, http_client_unref);
  net->client = http_client_new (ccf_node_service_pem (ccf_node (net->sandbox)), NULL);
  g_assert_nonnull (net->client);
}

static void
set_up (Net *net, gconstpointer data)
{
  (void) data;
  net->folder = g_dir_make_tmp ("gov-XXXXXX", NULL);
  net->clock = cr_now_seconds ();
  member_init (&net->op, "ccfoperator");
  member_init (&net->north, "northwind");
  member_init (&net->wood, "woodgrove");
  start (net);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) members = genesis_members (net);
  CcfNetworkRequest request = { .name = "net", .infra_type = "virtual", .members = members };
  g_assert_true (ccf_network_create (net->sandbox, &request, &error));
  g_assert_no_error (error);
  connect_client (net);
}

static void
tear_down (Net *net, gconstpointer data)
{
  (void) data;
  http_client_unref (net->client);
  sandbox_free (net->sandbox);
  g_assert_true (cr_dir_remove (net->folder, NULL));
  g_free (net->folder);
  member_clear (&net->op);
  member_clear (&net->north);
  member_clear (&net->wood);
}

static void
send_with (Net *net, HttpClient *client, const char *method, const char *path, const char *type, GBytes *body,
           Answer *answer)
{
  g_autofree char *url = g_strconcat (sandbox_url (net->sandbox, "ccf"), path, NULL);
  HttpRequest request = {
    .method = method, .url = url, .content_type = type, .body = body, .retry = HTTP_RETRY_NEVER
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (HttpResponse) response = http_send (NULL, client, &request, &error);
  g_assert_no_error (error);
  gsize length = 0;
  const char *data = g_bytes_get_data (response->body, &length);
  answer_clear (answer);
  answer->status = response->status;
  answer->text = g_strndup (data, length);
  answer->json = length ? cr_json_parse (data, length, "the answer", NULL) : NULL;
  answer->txid = g_strdup (http_response_header (response, "x-ms-ccf-transaction-id"));
  answer->challenge = g_strdup (http_response_header (response, "www-authenticate"));
}

static void
get (Net *net, const char *path, Answer *answer)
{
  send_with (net, net->client, "GET", path, NULL, NULL, answer);
}

static GBytes *
sign (Net *net, const Member *member, const char *type, const char *proposal, const char *payload)
{
  CoseHeader header = { .kid = member->id, .type = type, .created_at = net->clock, .proposal_id = proposal };
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));
  GBytes *message = cose_sign1_sign (&header, bytes, member->key, NULL);
  g_assert_nonnull (message);
  return message;
}

static void
post (Net *net, const Member *member, const char *path, const char *type, const char *proposal,
      const char *payload, Answer *answer)
{
  g_autoptr (GBytes) message = sign (net, member, type, proposal, payload);
  send_with (net, net->client, "POST", path, "application/cose", message, answer);
}

static void
propose (Net *net, const Member *member, const char *payload, Answer *answer)
{
  post (net, member, "/gov/members/proposals:create" API, "proposal", NULL, payload, answer);
}

static char *
proposed (Net *net, const Member *member, const char *payload)
{
  g_auto (Answer) answer = { 0 };
  propose (net, member, payload, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "proposalState"), ==, "Open");
  return g_strdup (cr_json_peek_string (answer.json, "proposalId"));
}

static void
vote (Net *net, const Member *member, const char *id, const char *ballot, Answer *answer)
{
  g_autofree char *path = g_strdup_printf ("/gov/members/proposals/%s/ballots/%s:submit" API, id, member->id);
  g_autoptr (json_t) body = json_pack ("{s:s}", "ballot", ballot);
  g_autofree char *payload = cr_json_dump (body);
  post (net, member, path, "ballot", id, payload, answer);
}

static void
activate (Net *net, const Member *member)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *update = g_strdup_printf ("/gov/members/state-digests/%s:update" API, member->id);
  g_autofree char *ack = g_strdup_printf ("/gov/members/state-digests/%s:ack" API, member->id);
  post (net, member, update, "state_digest", NULL, "", &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  g_autofree char *payload = g_strdup (answer.text);
  post (net, member, ack, "ack", NULL, payload, &answer);
  g_assert_cmpuint (answer.status, ==, 204);
}

#define check_error(answer, expected_status, expected_code)                                                  \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    g_assert_cmpuint ((answer).status, ==, (expected_status));                                               \
    g_assert_cmpstr (cr_json_peek_string (json_object_get ((answer).json, "error"), "code"), ==,             \
                     (expected_code));                                                                       \
  }                                                                                                          \
  G_STMT_END

static const char *
message_of (const Answer *answer)
{
  return cr_json_peek_string (json_object_get (answer->json, "error"), "message");
}

#define check_state(answer, expected)                                                                        \
  g_assert_cmpstr (cr_json_peek_string ((answer).json, "proposalState"), ==, (expected))

static char *
open_payload (Net *net, const char *suffix)
{
  g_autofree char *pem = g_strconcat (ccf_node_service_pem (ccf_node (net->sandbox)), suffix, NULL);
  g_autoptr (json_t) proposal = json_pack ("{s:[{s:s,s:{s:s}}]}", "actions", "name",
                                           "transition_service_to_open", "args", "next_service_identity",
                                           pem);
  return cr_json_dump (proposal);
}

static void
open_network (Net *net)
{
  g_auto (Answer) answer = { 0 };
  activate (net, &net->op);
  activate (net, &net->north);
  activate (net, &net->wood);
  g_autofree char *payload = open_payload (net, "");
  propose (net, &net->op, payload, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  check_state (answer, "Accepted");
}

static void
test_opening (Net *net, gconstpointer data)
{
  (void) data;
  g_auto (Answer) answer = { 0 };
  get (net, "/node/network", &answer);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "service_status"), ==, "Opening");
  g_assert_cmpstr (cr_json_peek_string (answer.json, "service_certificate"), ==,
                   ccf_node_service_pem (ccf_node (net->sandbox)));
  get (net, "/node/ready/app", &answer);
  g_assert_cmpuint (answer.status, ==, 503);
  get (net, "/node/ready/gov", &answer);
  g_assert_cmpuint (answer.status, ==, 204);
  get (net, "/app/contracts", &answer);
  check_error (answer, 404, "FrontendNotOpen");
  g_autofree char *payload = open_payload (net, "");
  propose (net, &net->op, payload, &answer); /* not active yet */
  check_error (answer, 401, "InvalidAuthenticationInfo");
  activate (net, &net->north);
  g_autofree char *early = open_payload (net, "");
  activate (net, &net->op);
  g_autofree char *other = open_payload (net, "\n");
  propose (net, &net->op, other, &answer); /* compared as text */
  check_error (answer, 500, "InternalError");
  propose (net, &net->op, early, &answer);
  check_state (answer, "Accepted");
  g_assert_nonnull (answer.txid);
  get (net, "/node/ready/app", &answer);
  g_assert_cmpuint (answer.status, ==, 204);
  get (net, "/app/contracts", &answer);
  check_error (answer, 404, "ResourceNotFound");
  g_assert_cmpstr (message_of (&answer), ==, "Unknown path: /app/contracts.");
}

static void
test_frame (Net *net, gconstpointer data)
{
  (void) data;
  g_auto (Answer) answer = { 0 };
  get (net, "/gov/service/members", &answer);
  check_error (answer, 400, "MissingApiVersionParameter");
  get (net, "/gov/service/members?api-version=2020-01-01", &answer);
  check_error (answer, 400, "UnsupportedApiVersionValue");
  get (net, "/gov/service/members" API, &answer);
  g_assert_cmpuint (json_array_size (json_object_get (answer.json, "value")), ==, 3);
  get (net, "/gov/service/members/xyz" API, &answer);
  check_error (answer, 400, "InvalidResourceName");
  get (net, "/gov/service/javascript-app?api-version=2024-07-01&case=other", &answer);
  check_error (answer, 400, "InvalidQueryParameterValue");
  get (net, "/gov/members/proposals:create" API, &answer);
  check_error (answer, 405, "UnsupportedHttpVerb");
  get (net, "/elsewhere", &answer);
  check_error (answer, 404, "ResourceNotFound");
  get (net, "/node/tx?transaction_id=2.1", &answer);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "status"), ==, "Committed");
  get (net, "/gov/tx?transaction_id=2.999", &answer);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "status"), ==, "Unknown");
  get (net, "/gov/tx?transaction_id=1.1", &answer);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "status"), ==, "Invalid");
  get (net, "/gov/tx?transaction_id=x", &answer);
  check_error (answer, 400, "InvalidQueryParameterValue");
  get (net, "/gov/service/transactions/2.1" API, &answer);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "transactionId"), ==, "2.1");
}

static void
test_refused_messages (Net *net, gconstpointer data)
{
  (void) data;
  static const char path[] = "/gov/members/proposals:create" API;
  static const char payload[] = "{\"actions\":[{\"name\":\"trigger_snapshot\"}]}";
  open_network (net);
  g_auto (Answer) answer = { 0 };
  g_autoptr (GBytes) good = sign (net, &net->north, "proposal", NULL, payload);
  send_with (net, net->client, "POST", path, "application/cose; charset=x", good, &answer);
  check_error (answer, 401, "InvalidAuthenticationInfo");
  g_assert_cmpstr (answer.challenge, ==, "COSE-SIGN1 realm=\"Signed request access\"");
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (good, &length);
  for (gsize at = 0; at < length; at += 7) /* no flipped bit is ever accepted */
  {
    g_autofree guint8 *copy = g_memdup2 (bytes, length);
    copy[at] ^= 1;
    g_autoptr (GBytes) bad = g_bytes_new (copy, length);
    send_with (net, net->client, "POST", path, "application/cose", bad, &answer);
    g_assert_cmpuint (answer.status, ==, 401);
  }
  post (net, &net->north, path, "ballot", net->north.id, payload, &answer); /* other type */
  check_error (answer, 401, "InvalidAuthenticationInfo");
  Member stranger;
  member_init (&stranger, "stranger");
  propose (net, &stranger, payload, &answer);
  check_error (answer, 401, "InvalidAuthenticationInfo");
  Member thief = { .key = stranger.key, .pem = stranger.pem, .id = net->north.id };
  propose (net, &thief, payload, &answer); /* foreign signature under a member's name */
  check_error (answer, 401, "InvalidAuthenticationInfo");
  member_clear (&stranger);
  get (net, "/gov/members/proposals" API, &answer);
  g_assert_cmpuint (json_array_size (json_object_get (answer.json, "value")), ==, 1);
}

static void
test_validation (Net *net, gconstpointer data)
{
  (void) data;
  /* Names, arguments and the text after "... failed validation: ". */
  static const struct {
    const char *name, *args, *text;
  } cases[] = {
    { "set_constitution", "{}", "Error: undefined must be of type string but is undefined" },
    { "set_constitution", NULL, "TypeError: cannot read property 'constitution' of undefined" },
    { "set_recovery_threshold", "{'recovery_threshold':255}", "Error: threshold must be lower than 254" },
    { "set_recovery_threshold", "{'recovery_threshold':0}", "Error: threshold must be greater than 1" },
    { "set_recovery_threshold", "{'recovery_threshold':'1'}", "Error: threshold must be an integer" },
    { "trigger_ledger_rekey", "{}",
      "Error: Proposal does not accept any argument, found \"[object Object]\"" },
    { "remove_member", "{'member_id':'ab'}", "Error: member_id must contain exactly 64 characters" },
    { "set_node_data", "{'node_id':'zz'}", "Error: node_id must contain exactly 64 characters" },
    { "set_member", "{'cert':'x'}", "Error: cert must be a valid X509 certificate (bundle) in PEM format" },
    { "set_member_data", "{'member_id':1}", "Error: member_id must be of type string but is number" },
    { "set_service_configuration", "{'other':1}",
      "Error: Cannot change other via set_service_configuration." },
    { "set_service_configuration", "{'recent_cose_proposals_window_size':10001}",
      "Error: recent cose proposals window size must be lower than 10000" },
    { "transition_service_to_open", "{}",
      "Error: next service identity (PEM certificate) must be of type string but is undefined" },
    { "transition_node_to_trusted", "{'node_id':'x'}", "Error: node_id must contain exactly 64 characters" },
    { "set_all_nodes_certificate_validity", "{'valid_from':'x','validity_period_days':0}",
      "Error: validity_period_days must be greater than 1" },
    { "set_jwt_issuer", "{'issuer':'x','auto_refresh':true}",
      "Error: ca_cert_bundle_name is missing but required if auto_refresh is true" },
    { "set_jwt_issuer", "{'issuer':'http://x','auto_refresh':true,'ca_cert_bundle_name':'x'}",
      "Error: issuer must be a URL starting with https:// if auto_refresh is true" },
    { "set_jwt_issuer", "{'issuer':'https://x?y','auto_refresh':true,'ca_cert_bundle_name':'x'}",
      "Error: issuer must be a URL without query/fragment if auto_refresh is true" },
    { "set_jwt_public_signing_keys", "{'issuer':'x','jwks':{}}", "Error: jwks.keys must be an array" },
    { "set_jwt_public_signing_keys", "{'issuer':'x','jwks':{'keys':[{'kid':'a','kty':'RSA'}]}}",
      "Error: jwks.keys[0].x5c must be an array" },
    { "set_jwt_public_signing_keys", "{'issuer':'x','jwks':{'keys':[{'kid':'a','kty':'RSA','x5c':[]}]}}",
      "Error: jwks.keys[0].x5c must be an array of minimum 1 elements" },
    { "set_jwt_public_signing_keys", "{'issuer':'x','jwks':{'keys':[{'kid':'a','kty':'RSA','x5c':['x']}]}}",
      "Error: jwks.keys[0].x5c[0] must be a valid X509 certificate (bundle) in PEM format" },
    { "set_js_app", "{'bundle':{}}", "Error: bundle.modules must be an array" },
    { "set_js_app", "{'bundle':{'modules':[],'metadata':{'endpoints':{'/a':{'get':{}}}}}}",
      "Error: bundle.metadata.endpoints[\"/a\"][\"get\"].js_module must be of type string but is undefined" },
    { "set_js_app",
      "{'bundle':{'modules':[],'metadata':{'endpoints':{'/a':{'get':{'js_module':'m','js_function':'f',"
      "'mode':'other'}}}}}}",
      "Error: bundle.metadata.endpoints[\"/a\"][\"get\"].mode must be one of readwrite,readonly,historical" },
    { "set_js_app",
      "{'bundle':{'modules':[],'metadata':{'endpoints':{'/a':{'get':{'js_module':'m','js_function':'f',"
      "'mode':'readonly','forwarding_required':'never','authn_policies':[]}}}}}}",
      "Error: module 'm' not found in bundle" },
    { "set_js_runtime_options", "{'max_heap_bytes':1.5}", "Error: max_heap_bytes must be an integer" },
    { "add_snp_host_data", "{'host_data':'00'}",
      "Error: security_policy must be of type string but is undefined" },
    { "add_node_code", "{}", "Error: code_id must be of type string but is undefined" },
    { "remove_executor_node_code", "{}", "Error: executor_code_id must be of type string but is undefined" },
    { "trigger_acme_refresh", "{'interfaces':1}",
      "Error: interfaces to refresh the certificates for must be an array" },
    { "assert_service_identity", "{'service_identity':'x'}",
      "Error: service_identity must be a valid X509 certificate (bundle) in PEM format" },
  };
  open_network (net);
  g_auto (Answer) answer = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *args = cases[i].args ? g_strconcat (",'args':", cases[i].args, NULL) : g_strdup ("");
    g_autofree char *payload = g_strdup_printf ("{'actions':[{'name':'%s'%s}]}", cases[i].name, args);
    g_autofree char *text =
        g_strdup_printf ("Proposal failed to validate: %s at position 0 failed validation: %s\n",
                         cases[i].name, cases[i].text);
    propose (net, &net->north, g_strdelimit (payload, "'", '"'), &answer);
    check_error (answer, 400, "ProposalFailedToValidate");
    if (!g_str_has_prefix (message_of (&answer), text))
      g_error ("%s, not %s", message_of (&answer), text);
  }
  /* Every action is judged; the texts are joined. */
  propose (net, &net->north,
           "{\"actions\":[{\"name\":\"nope\"},{\"name\":\"trigger_snapshot\",\"args\":{\"x\":1}},{\"name\":"
           "\"set_contract\"}]}",
           &answer);
  check_error (answer, 400, "ProposalFailedToValidate");
  g_assert_cmpstr (message_of (&answer), ==,
                   "Proposal failed to validate: nope: no such action, set_contract: no such action");
  static const char *const unreadable[] = { "not json", "[]", "{}", "null", "{\"actions\":{}}", "" };
  for (guint i = 0; i < G_N_ELEMENTS (unreadable); i++) { /* validate() itself throws */
    propose (net, &net->north, unreadable[i], &answer);
    check_error (answer, 500, "InternalError");
  }
  propose (net, &net->op,
           "{\"actions\":[{\"name\":\"set_jwt_issuer\",\"args\":{\"issuer\":\"https://x/\","
           "\"auto_refresh\":true,\"ca_cert_bundle_name\":\"none\"}}]}",
           &answer);
  check_error (answer, 500, "InternalError"); /* a failed apply stores nothing */
  g_assert_true (strstr (message_of (&answer), "No CA cert bundle found with name 'none'") != NULL);
  get (net, "/gov/service/jwk" API, &answer);
  g_assert_cmpuint (json_object_size (json_object_get (answer.json, "issuers")), ==, 0);
}

/* What happens to nodes; there is one, and it stays. */
static void
test_nodes (Net *net, gconstpointer data)
{
  static const char unknown[] = "0000000000000000000000000000000000000000000000000000000000000000";
  static const struct {
    const char *action, *text; /* NULL: accepted */
  } cases[] = { { "transition_node_to_trusted", "No such node: " },
                { "set_node_certificate_validity", "No such node: " },
                { "set_node_data", "Node [object ArrayBuffer] does not exist" },
                { "remove_node", NULL } };
  (void) data;
  open_network (net);
  g_auto (Answer) answer = { 0 };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *payload = g_strdup_printf (
        "{\"actions\":[{\"name\":\"%s\",\"args\":{\"node_id\":\"%s\",\"valid_from\":\"now\"}}]}",
        cases[i].action, unknown);
    propose (net, &net->op, payload, &answer);
    if (!cases[i].text) {
      check_state (answer, "Accepted");
      continue;
    }
    check_error (answer, 500, "InternalError");
    g_assert_nonnull (strstr (message_of (&answer), cases[i].text));
  }
  const char *own = ccf_node_id (ccf_node (net->sandbox));
  static const char *const passing[] = { "transition_node_to_trusted", "set_node_certificate_validity" };
  for (guint i = 0; i < G_N_ELEMENTS (passing); i++) {
    g_autofree char *payload = g_strdup_printf (
        "{\"actions\":[{\"name\":\"%s\",\"args\":{\"node_id\":\"%s\",\"valid_from\":\"now\"}}]}", passing[i],
        own);
    propose (net, &net->op, payload, &answer);
    check_state (answer, "Accepted");
  }
  g_autofree char *removal =
      g_strdup_printf ("{\"actions\":[{\"name\":\"remove_node\",\"args\":{\"node_id\":\"%s\"}}]}", own);
  propose (net, &net->op, removal, &answer);
  check_error (answer, 500, "InternalError");
  g_autofree char *longer = g_strdup_printf (
      "{\"actions\":[{\"name\":\"set_node_certificate_validity\",\"args\":{\"node_id\":\"%s\",\"valid_from\":"
      "\"now\",\"validity_period_days\":400}}]}",
      own);
  propose (net, &net->op, longer, &answer);
  check_error (answer, 500, "InternalError");
  g_assert_nonnull (strstr (message_of (&answer), "max allowed is 365 (days)"));
}

/* The join policy: what is added is shown, and other open proposals fall. */
static void
test_join_policy (Net *net, gconstpointer data)
{
  (void) data;
  open_network (net);
  g_auto (Answer) answer = { 0 };
  g_autofree char *bystander = proposed (net, &net->north,
                                         "{\"actions\":[{\"name\":\"trigger_ledger_rekey\"}]}");
  propose (net, &net->op,
           "{\"actions\":[{\"name\":\"set_snp_minimum_tcb_version_hex\",\"args\":{\"cpuid\":\"00a00f11\","
           "\"tcb_version\":\"0300000000000003\"}},{\"name\":\"add_snp_uvm_endorsement\",\"args\":{\"did\":"
           "\"did:x\",\"feed\":\"f\",\"svn\":\"1\"}}]}",
           &answer);
  check_state (answer, "Accepted");
  g_autofree char *path = g_strdup_printf ("/gov/members/proposals/%s" API, bystander);
  get (net, path, &answer);
  check_state (answer, "Dropped");
  get (net, "/gov/service/join-policy" API, &answer);
  const json_t *snp = json_object_get (answer.json, "snp");
  g_assert_nonnull (json_object_get (json_object_get (snp, "tcbVersions"), "00a00f11"));
  g_assert_nonnull (json_object_get (json_object_get (snp, "uvmEndorsements"), "did:x"));
  propose (net, &net->op,
           "{\"actions\":[{\"name\":\"remove_snp_minimum_tcb_version\",\"args\":{\"cpuid\":\"00a00f11\"}}]}",
           &answer);
  check_state (answer, "Accepted");
  propose (net, &net->op,
           "{\"actions\":[{\"name\":\"remove_snp_minimum_tcb_version\",\"args\":{\"cpuid\":\"00a00f11\"}}]}",
           &answer);
  check_error (answer, 500, "InternalError");
  g_assert_nonnull (strstr (message_of (&answer), "CPUID 00a00f11 not found"));
}

static void
test_ballots (Net *net, gconstpointer data)
{
  (void) data;
  static const char payload[] =
      "{\"actions\": [{\"name\":\"set_js_runtime_options\",\"args\":{\"max_heap_bytes\":1,"
      "\"max_stack_bytes\":1,\"max_execution_time_ms\":1}}] }";
  open_network (net);
  g_auto (Answer) answer = { 0 };
  g_autofree char *id = proposed (net, &net->north, payload);
  g_autofree char *actions = g_strdup_printf ("/gov/members/proposals/%s/actions" API, id);
  get (net, actions, &answer);
  g_assert_cmpstr (answer.text, ==, payload); /* the bytes that were signed */
  vote (net, &net->north, id, "export function vote (a, b) { throw 1 }", &answer);
  check_state (answer, "Open");
  g_assert_nonnull (json_object_get (json_object_get (answer.json, "voteFailures"), net->north.id));
  vote (net, &net->north, id, YES, &answer);
  check_error (answer, 400, "VoteAlreadyExists");
  g_autofree char *second = proposed (net, &net->wood, "{\"actions\":[{\"name\":\"trigger_ledger_rekey\"}]}");
  vote (net, &net->north, second, YES, &answer);
  check_state (answer, "Open");
  vote (net, &net->north, second, YES, &answer); /* the same again is fine */
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_cmpint (cr_json_peek_int (answer.json, "ballotCount", 0), ==, 1);
  g_autofree char *foreign = g_strdup_printf ("/gov/members/proposals/%s/ballots/%s:submit" API, second,
                                              net->wood.id);
  post (net, &net->north, foreign, "ballot", second, "{\"ballot\":\"" YES "\"}", &answer);
  check_error (answer, 400, "InvalidResourceName");
  vote (net, &net->wood, second, YES, &answer);
  check_state (answer, "Accepted");
  g_assert_cmpuint (json_object_size (json_object_get (answer.json, "finalVotes")), ==, 2);
  vote (net, &net->op, second, NO, &answer);
  check_error (answer, 400, "ProposalNotOpen");
  vote (net, &net->op, net->op.id, NO, &answer);
  check_error (answer, 404, "ProposalNotFound");
  g_autofree char *ballot = g_strdup_printf ("/gov/members/proposals/%s/ballots/%s" API, second, net->op.id);
  get (net, ballot, &answer);
  check_error (answer, 404, "VoteNotFound");
}

static void
test_replay (Net *net, gconstpointer data)
{
  (void) data;
  static const char path[] = "/gov/members/proposals:create" API;
  static const char payload[] = "{\"actions\":[{\"name\":\"trigger_ledger_rekey\"}]}";
  open_network (net);
  g_auto (Answer) answer = { 0 };
  g_autoptr (GBytes) message = sign (net, &net->north, "proposal", NULL, payload);
  send_with (net, net->client, "POST", path, "application/cose", message, &answer);
  g_autofree char *id = g_strdup (cr_json_peek_string (answer.json, "proposalId"));
  send_with (net, net->client, "POST", path, "application/cose", message, &answer);
  check_error (answer, 400, "ProposalReplay");
  g_assert_true (g_str_has_suffix (message_of (&answer), id));
  net->clock -= 10;
  propose (net, &net->north, payload, &answer);
  check_error (answer, 400, "ProposalCreatedTooLongAgo");
  net->clock = G_GINT64_CONSTANT (10000000000);
  propose (net, &net->north, payload, &answer);
  check_error (answer, 400, "InvalidCreatedAt");
}

static void
withdraw (Net *net, const Member *member, const char *id, Answer *answer)
{
  g_autofree char *path = g_strdup_printf ("/gov/members/proposals/%s:withdraw" API, id);
  post (net, member, path, "withdrawal", id, "", answer);
}

static void
accept_constitution (Net *net)
{
  g_auto (Answer) answer = { 0 };
  g_autofree char *id =
      proposed (net, &net->north,
                "{\"actions\":[{\"name\":\"set_constitution\",\"args\":{\"constitution\":\"// cgs\"}}]}");
  vote (net, &net->north, id, YES, &answer);
  vote (net, &net->wood, id, YES, &answer);
  check_state (answer, "Accepted");
}

static void
test_life_cycle (Net *net, gconstpointer data)
{
  (void) data;
  static const char payload[] = "{\"actions\":[{\"name\":\"trigger_ledger_rekey\"}]}";
  open_network (net);
  g_auto (Answer) answer = { 0 };
  g_autofree char *first = proposed (net, &net->north, payload);
  withdraw (net, &net->wood, first, &answer);
  check_error (answer, 403, "AuthorizationFailed");
  withdraw (net, &net->north, net->op.id, &answer);
  g_assert_cmpuint (answer.status, ==, 204);
  withdraw (net, &net->north, first, &answer);
  check_state (answer, "Withdrawn");
  withdraw (net, &net->north, first, &answer);
  check_error (answer, 400, "ProposalNotOpen");
  g_autofree char *second = proposed (net, &net->wood, payload);
  accept_constitution (net); /* drops the open one, removes the withdrawn one */
  g_autofree char *gone = g_strdup_printf ("/gov/members/proposals/%s" API, first);
  get (net, gone, &answer);
  check_error (answer, 404, "ProposalNotFound");
  g_autofree char *dropped = g_strdup_printf ("/gov/members/proposals/%s" API, second);
  get (net, dropped, &answer);
  check_state (answer, "Dropped");
  get (net, "/gov/service/constitution" API, &answer);
  g_assert_cmpstr (answer.text, ==, "// cgs");
  propose (net, &net->north,
           "{\"actions\":[{\"name\":\"set_contract\",\"args\":{\"contractId\":7,\"contract\":{}}}]}",
           &answer);
  check_error (answer, 400, "ProposalFailedToValidate"); /* known now, but wrong */
  g_assert_true (strstr (message_of (&answer), "contractId must be of type string but is number") != NULL);
  g_autofree char *third = proposed (
      net, &net->north,
      "{\"actions\":[{\"name\":\"set_contract\",\"args\":{\"contractId\":\"c\",\"contract\":{\"data\":\"d\"}}}]}");
  vote (net, &net->op, third, NO, &answer);
  check_state (answer, "Rejected");
}

static void
test_remove_member (Net *net, gconstpointer data)
{
  (void) data;
  open_network (net);
  g_auto (Answer) answer = { 0 };
  g_autofree char *payload = g_strdup_printf (
      "{\"actions\":[{\"name\":\"remove_member\",\"args\":{\"member_id\":\"%s\"}}]}", net->wood.id);
  propose (net, &net->north, payload, &answer); /* the rules look for args.cert and throw */
  check_error (answer, 500, "InternalError");
  g_autoptr (json_t) with_cert = json_pack ("{s:[{s:s,s:{s:s,s:s}}]}", "actions", "name", "remove_member",
                                            "args", "member_id", net->wood.id, "cert", net->wood.pem);
  g_autofree char *text = cr_json_dump (with_cert);
  g_autofree char *id = proposed (net, &net->north, text);
  vote (net, &net->north, id, YES, &answer);
  vote (net, &net->wood, id, YES, &answer);
  check_state (answer, "Accepted");
  g_autofree char *path = g_strdup_printf ("/gov/service/members/%s" API, net->wood.id);
  get (net, path, &answer);
  check_error (answer, 404, "ResourceNotFound");
}

static void
deploy (Net *net)
{
  g_auto (Answer) answer = { 0 };
  accept_constitution (net);
  g_autofree char *id = proposed (
      net, &net->north,
      "{\"actions\":[{\"name\":\"set_js_app\",\"args\":{\"bundle\":{\"metadata\":{\"endpoints\":{\"/contracts\":{"
      "\"get\":{\"js_module\":\"endpoints/contracts.js\",\"js_function\":\"listContracts\",\"mode\":\"readonly\","
      "\"forwarding_required\":\"sometimes\",\"authn_policies\":[\"member_cert\"]}}}},\"modules\":[{\"name\":"
      "\"endpoints/contracts.js\",\"module\":\"export function listContracts () {}\"}]}}}]}");
  vote (net, &net->north, id, YES, &answer);
  vote (net, &net->wood, id, YES, &answer);
  check_state (answer, "Accepted");
}

static void
test_application (Net *net, gconstpointer data)
{
  (void) data;
  open_network (net);
  deploy (net);
  g_auto (Answer) answer = { 0 };
  get (net, "/gov/service/javascript-modules/%2Fendpoints%2Fcontracts.js" API, &answer);
  g_assert_cmpstr (answer.text, ==, "export function listContracts () {}");
  get (net, "/gov/service/javascript-app" API, &answer);
  g_assert_true (strstr (answer.text, "\"jsModule\":\"/endpoints/contracts.js\"") != NULL);
  get (net, "/gov/service/javascript-app" API "&case=original", &answer);
  g_assert_true (strstr (answer.text, "\"js_module\":\"/endpoints/contracts.js\"") != NULL);
  get (net, "/app/contracts", &answer);
  check_error (answer, 401, "InvalidAuthenticationInfo");
  g_assert_cmpstr (message_of (&answer), ==, "Invalid info");
  g_assert_cmpuint (json_array_size (json_object_get (json_object_get (answer.json, "error"), "details")), ==,
                    3);
  g_assert_nonnull (answer.challenge);
  g_autoptr (HttpClient) member = http_client_new (ccf_node_service_pem (ccf_node (net->sandbox)), NULL);
  g_assert_true (http_client_set_certificate (member, net->wood.pem, net->wood.key, NULL));
  send_with (net, member, "GET", "/app/contracts", NULL, NULL, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  get (net, "/app/no-such-thing", &answer);
  check_error (answer, 404, "ResourceNotFound");
}

/* The node fetches discovery document and keys from the identity provider under the given anchor only. */
static void
test_signing_keys (Net *net, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_assert_true (idp_start (net->sandbox, &error));
  g_assert_no_error (error);
  open_network (net);
  g_auto (Answer) answer = { 0 };
  g_autofree char *issuer = g_strconcat (sandbox_url (net->sandbox, "identity"), "/common/v2.0", NULL);
  g_autoptr (json_t) proposal = json_pack (
      "{s:[{s:s,s:{s:s,s:s}},{s:s,s:{s:s,s:b,s:s}}]}", "actions", "name", "set_ca_cert_bundle", "args",
      "name", "roots", "cert_bundle", ccf_node_service_pem (ccf_node (net->sandbox)), "name",
      "set_jwt_issuer", "args", "issuer", issuer, "auto_refresh", 1, "ca_cert_bundle_name", "roots");
  g_autofree char *wrong = cr_json_dump (proposal);
  propose (net, &net->op, wrong, &answer);
  check_state (answer, "Accepted");
  get (net, "/gov/service/jwk" API, &answer); /* another anchor: nothing is believed */
  g_assert_cmpuint (json_object_size (json_object_get (answer.json, "keys")), ==, 0);
  g_autoptr (json_t) anchor = json_pack ("{s:[{s:s,s:{s:s,s:s}}]}", "actions", "name", "set_ca_cert_bundle",
                                         "args", "name", "roots", "cert_bundle",
                                         sandbox_ca_pem (net->sandbox));
  g_autofree char *right = cr_json_dump (anchor);
  propose (net, &net->op, right, &answer);
  check_state (answer, "Accepted");
  get (net, "/gov/service/jwk" API, &answer);
  json_t *keys = json_object_get (answer.json, "keys");
  g_assert_cmpuint (json_object_size (keys), >=, 1);
  json_t *entry = json_array_get (json_object_iter_value (json_object_iter (keys)), 0);
  g_assert_cmpstr (cr_json_peek_string (entry, "issuer"), ==, issuer);
  g_assert_true (g_str_has_suffix (cr_json_peek_string (entry, "constraint"), "/{tenantid}/v2.0"));
  g_autofree char *removal = g_strdup_printf (
      "{\"actions\":[{\"name\":\"remove_jwt_issuer\",\"args\":{\"issuer\":\"%s\"}}]}", issuer);
  propose (net, &net->op, removal, &answer);
  check_state (answer, "Accepted");
  get (net, "/gov/service/jwk" API, &answer);
  g_assert_cmpuint (json_object_size (json_object_get (answer.json, "keys")), ==, 0);
}

static void
test_receipts (Net *net, gconstpointer data)
{
  (void) data;
  open_network (net);
  g_autoptr (X509) service = cose_cert_from_pem (ccf_node_service_pem (ccf_node (net->sandbox)), -1,
                                                 "the service", NULL);
  g_auto (Answer) answer = { 0 };
  for (guint seqno = 1; seqno <= 8; seqno++) {
    g_autofree char *txid = g_strdup_printf ("2.%u", seqno);
    g_autofree char *path = g_strdup_printf ("/gov/receipt?transaction_id=%s", txid);
    get (net, path, &answer);
    for (guint i = 0; answer.status == 202 && i < 200; i++) { /* a signature is on its way */
      g_usleep (10 * 1000);
      get (net, path, &answer);
    }
    g_assert_cmpuint (answer.status, ==, 200);
    g_autoptr (GError) error = NULL;
    gboolean bound = json_object_get (answer.json, "leaf_components") != NULL;
    g_autoptr (CoseReceipt) receipt = cose_receipt_verify (answer.json, service, bound ? txid : NULL, NULL,
                                                           &error);
    g_assert_no_error (error);
  }
  get (net, "/gov/receipt?transaction_id=2.900", &answer);
  check_error (answer, 404, "TransactionPendingOrUnknown");
}

static void
test_restart (Net *net, gconstpointer data)
{
  (void) data;
  open_network (net);
  g_autofree char *url = g_strdup (sandbox_url (net->sandbox, "ccf"));
  g_auto (Answer) answer = { 0 };
  g_autoptr (GError) error = NULL;
  SandboxOptions options = { .state_folder = net->folder };
  g_assert_null (sandbox_new (&options, &error)); /* one at a time */
  g_autofree char *pid = g_strdup_printf ("process %d", (int) getpid ());
  g_assert_true (strstr (error->message, pid) != NULL);
  g_clear_pointer (&net->client, http_client_unref);
  g_clear_pointer (&net->sandbox, sandbox_free);
  start (net);
  g_assert_cmpstr (sandbox_url (net->sandbox, "ccf"), ==, url);
  g_assert_nonnull (sandbox_url (net->sandbox, "recovery-agent"));
  connect_client (net);
  get (net, "/gov/service/info" API, &answer);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "status"), ==, "Open");
  g_autofree char *id = proposed (net, &net->north, "{\"actions\":[{\"name\":\"trigger_ledger_rekey\"}]}");
  g_assert_true (ccf_network_delete (net->sandbox, NULL));
  g_assert_null (sandbox_url (net->sandbox, "ccf"));
  g_autofree char *name = ccf_network_name (net->sandbox);
  g_assert_null (name);
}

static void
test_constraints (void)
{
  static const struct {
    const char *constraint, *iss, *tid;
    gboolean holds;
  } cases[] = {
    { NULL, "https://a/x", "t", TRUE },
    { "https://a/x", "https://a/x", NULL, TRUE },
    { "https://a/x", "https://a/x", "t", FALSE },
    { "https://a/x", "https://a/y", NULL, FALSE },
    { "https://127.0.0.1:7/{tenantid}/v2.0", "https://127.0.0.1:7/t1/v2.0", "t1", TRUE },
    { "https://127.0.0.1:7/{tenantid}/v2.0", "https://127.0.0.1:7/t1/v2.0", "t2", FALSE },
    { "https://127.0.0.1:7/{tenantid}/v2.0", "https://127.0.0.1:7/t1/v2.0", NULL, FALSE },
    { "https://login.microsoftonline.com/{tenantid}/v2.0", "https://login.microsoftonline.com/t/v2.0", "t",
      TRUE },
    { "https://login.microsoftonline.com/t/v2.0", "https://login.microsoftonline.com/t/v2.0", "t", TRUE },
    { "https://login.microsoftonline.com/t/v2.0", "https://login.microsoftonline.com/t/v2.0", "u", FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (ccf_jwt_constraint_holds (cases[i].constraint, cases[i].iss, cases[i].tid), ==,
                     cases[i].holds);
  g_assert_true (ccf_jwt_constraint_fits ("https://a.example/c", "https://a.example/{tenantid}"));
  g_assert_true (ccf_jwt_constraint_fits ("https://b.a.example/c", "https://a.example/x"));
  g_assert_false (ccf_jwt_constraint_fits ("https://a.example/c", "https://b.a.example/x"));
  g_assert_false (ccf_jwt_constraint_fits ("https://ba.example/c", "https://a.example/x"));
}

static void
test_routes (void)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_assert_true (sandbox_route_match ("/a/{x}/b", "/a/1%2F2/b", found));
  g_assert_cmpstr (g_ptr_array_index (found, 0), ==, "1%2F2");
  g_assert_true (sandbox_route_match ("/{account}/{container}/{blob*}", "/n/c/d/e f.csv", found));
  g_assert_cmpuint (found->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (found, 2), ==, "d/e f.csv");
  g_assert_true (sandbox_route_match ("/p/{id}:withdraw", "/p/77:withdraw", found));
  g_assert_cmpstr (g_ptr_array_index (found, 0), ==, "77");
  g_assert_false (sandbox_route_match ("/p/{id}:withdraw", "/p/:withdraw", found));
  g_assert_false (sandbox_route_match ("/a/{x}", "/a/", found));
  g_assert_false (sandbox_route_match ("/a/{x}", "/a/1/2", found));
  g_assert_false (sandbox_route_match ("/a/{x*}", "/a/", found));
  g_assert_true (sandbox_route_match ("/", "/", found));
  g_assert_false (sandbox_route_match ("/", "/x", found));
}

/* A user with a certificate passes user_cert; without the registration, or after it, nobody does. */
static void
test_user_certificate (Net *net, gconstpointer data)
{
  (void) data;
  open_network (net);
  accept_constitution (net);
  deploy (net);
  g_auto (Answer) answer = { 0 };
  Member user;
  member_init (&user, "a user");
  g_autoptr (HttpClient) client = http_client_new (ccf_node_service_pem (ccf_node (net->sandbox)), NULL);
  g_assert_true (http_client_set_certificate (client, user.pem, user.key, NULL));
  send_with (net, client, "GET", "/app/contracts", NULL, NULL, &answer);
  check_error (answer, 401, "InvalidAuthenticationInfo");
  g_autoptr (json_t) set = json_pack ("{s:[{s:s,s:{s:s,s:{s:s}}}]}", "actions", "name", "set_user", "args",
                                      "cert", user.pem, "user_data", "tenantId", "t");
  g_autofree char *payload = cr_json_dump (set);
  g_autofree char *id = proposed (net, &net->north, payload);
  vote (net, &net->north, id, YES, &answer);
  vote (net, &net->wood, id, YES, &answer);
  check_state (answer, "Accepted");
  send_with (net, client, "GET", "/app/contracts", NULL, NULL, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  send_with (net, client, "PUT", "/app/contracts/c", "application/json", NULL, &answer); /* members only */
  check_error (answer, 401, "InvalidAuthenticationInfo");
  g_autofree char *path = g_strdup_printf ("/gov/service/users/%s" API, user.id);
  get (net, path, &answer);
  g_assert_cmpstr (cr_json_peek_string (json_object_get (answer.json, "userData"), "tenantId"), ==, "t");
  g_autofree char *removal =
      g_strdup_printf ("{\"actions\":[{\"name\":\"remove_user\",\"args\":{\"user_id\":\"%s\"}}]}", user.id);
  g_autofree char *second = proposed (net, &net->north, removal);
  vote (net, &net->north, second, YES, &answer);
  vote (net, &net->wood, second, YES, &answer);
  send_with (net, client, "GET", "/app/contracts", NULL, NULL, &answer);
  check_error (answer, 401, "InvalidAuthenticationInfo");
  member_clear (&user);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/gov/" name, Net, NULL, set_up, function, tear_down)
  ADD ("opening", test_opening);
  ADD ("frame", test_frame);
  ADD ("refused-messages", test_refused_messages);
  ADD ("validation", test_validation);
  ADD ("nodes", test_nodes);
  ADD ("user-certificate", test_user_certificate);
  ADD ("join-policy", test_join_policy);
  ADD ("ballots", test_ballots);
  ADD ("replay", test_replay);
  ADD ("life-cycle", test_life_cycle);
  ADD ("remove-member", test_remove_member);
  ADD ("application", test_application);
  ADD ("signing-keys", test_signing_keys);
  ADD ("receipts", test_receipts);
  ADD ("restart", test_restart);
  g_test_add_func ("/gov/token-constraints", test_constraints);
  g_test_add_func ("/gov/routes", test_routes);
  return g_test_run ();
}
