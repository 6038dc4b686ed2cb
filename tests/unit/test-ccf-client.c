/* SPDX-License-Identifier: MIT
 * The ledger client against scripted answers: trust, discovery, commits, lost answers, replays, refusals.
 */
#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "ccf/ccf.h"
#include "cgs/cgs.h"
#include "cose/crypto.h"
#include "hostile-server.h"
#include "snp-maker.h"
#include "memory-keys.h"

#include <string.h>

#define ALLOW_ALL "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"
#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CREATE "POST /gov/members/proposals:create"
#define SHOW "GET /gov/members/proposals/" ID
#define TXID "x-ms-ccf-transaction-id: 2.7\r\n"
#define TX "GET /gov/service/transactions/2.7"

static HostileServer *server;
static MemberIdentity *member;

static CcfClient *
new_client (void)
{
  g_autoptr (GError) error = NULL;
  hostile_server_forget (server);
  CcfClient *client = ccf_client_new (hostile_server_url (server), hostile_server_trust (server), &error);
  g_assert_no_error (error);
  g_assert_true (ccf_client_set_member (client, member, &error));
  g_assert_no_error (error);
  return client;
}

static void
script_json (const char *key, guint status, json_t *body)
{
  g_autofree char *text = cr_json_dump (body);
  json_decref (body);
  hostile_server_script (server, key, status, "", text);
}

static void
script_proposal (const char *key, const char *state)
{
  g_autofree char *text = g_strdup_printf ("{\"proposalId\":\"" ID "\",\"proposalState\":\"%s\"}", state);
  hostile_server_script (server, key, 200, TXID, text);
}

static void
script_error (const char *key, guint status, const char *code, const char *message)
{
  script_json (key, status, json_pack ("{s:{s:s,s:s}}", "error", "code", code, "message", message));
}

static void
script_commit (void)
{
  hostile_server_script (server, TX, 200, "", "{\"status\":\"Unknown\",\"transactionId\":\"2.7\"}");
  hostile_server_script (server, TX, 200, "", "{\"status\":\"Pending\",\"transactionId\":\"2.7\"}");
  hostile_server_script (server, TX, 200, "", "{\"status\":\"Committed\",\"transactionId\":\"2.7\"}");
}

/* ---- Trust ---- */

static void
test_first_use (void)
{
  hostile_server_forget (server);
  g_autoptr (GError) error = NULL;
  const char *pem = hostile_server_trust (server);
  script_json ("GET /node/network", 404, json_object ());
  script_json ("GET /node/network", 200, json_pack ("{s:s}", "service_certificate", pem));
  g_autofree char *got = ccf_network_fetch_service_certificate (NULL, hostile_server_url (server), 5000,
                                                                &error);
  g_assert_no_error (error);
  g_assert_cmpstr (got, ==, pem);
  g_assert_cmpuint (hostile_server_count (server, "GET /node/network"), ==, 3);

  /* Somebody in between who shows one certificate and names another. */
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P256, NULL);
  CoseCertRequest request = { .common_name = "Other", .ca = TRUE, .path_length = -1, .key = key };
  g_autoptr (X509) other = cose_cert_issue (&request, NULL);
  g_autofree char *other_pem = cose_cert_to_pem (other);
  hostile_server_forget (server);
  script_json ("GET /node/network", 200, json_pack ("{s:s}", "service_certificate", other_pem));
  g_assert_null (ccf_network_fetch_service_certificate (NULL, hostile_server_url (server), 100, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_clear_error (&error);

  hostile_server_forget (server);
  script_json ("GET /node/network", 200, json_pack ("{s:s}", "service_certificate", pem));
  script_json ("GET /node/network", 200, json_pack ("{s:s}", "service_certificate", other_pem));
  g_assert_null (ccf_network_fetch_service_certificate (NULL, hostile_server_url (server), 100, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
}

static char *
payload_text (const char *constitution)
{
  g_autoptr (json_t) payload = json_pack ("{s:s,s:s,s:s}", "serviceCert", hostile_server_trust (server),
                                          "constitutionDigest", constitution, "jsappBundleDigest",
                                          "sha256:2");
  return cr_json_dump (payload);
}

static char *
discover (const char *host_data, const char *simulated_root, gboolean *attested, GError **error)
{
  g_autofree char *url = g_strconcat (hostile_server_url (server), "/network/report", NULL);
  const char *const accepted[] = { host_data, NULL };
  CcfDiscovery discovery = { .url = url,
                             .host_data = accepted,
                             .constitution_digest = "sha256:1",
                             .bundle_digest = "sha256:2",
                             .simulated_root = simulated_root };
  return ccf_discover (NULL, &discovery, attested, error);
}

static void
script_report (json_t *report, const char *payload)
{
  hostile_server_forget (server);
  g_autofree char *encoded = cr_base64 (payload, strlen (payload));
  script_json ("GET /network/report", 200,
               json_pack ("{s:s,s:o,s:s}", "platform", json_is_null (report) ? "virtual" : "snp", "report",
                          report, "reportDataPayload", encoded));
}

static void
refused (const char *host_data, const char *simulated_root, const char *words)
{
  g_autoptr (GError) error = NULL;
  gboolean attested = TRUE;
  g_assert_null (discover (host_data, simulated_root, &attested, &error));
  g_assert_false (attested);
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  if (strstr (error->message, words) == NULL)
    g_error ("'%s' instead of '%s'", error->message, words);
}

static void
test_discover_virtual (void)
{
  g_autoptr (GError) error = NULL;
  gboolean attested = TRUE;
  g_autofree char *payload = payload_text ("sha256:1");
  script_report (json_null (), payload);
  g_autofree char *pem = discover (ALLOW_ALL, NULL, &attested, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pem, ==, hostile_server_trust (server));
  g_assert_false (attested);
  refused (ID, NULL, "no attestation report");

  g_autofree char *changed = payload_text ("sha256:9");
  script_report (json_null (), changed);
  refused (ALLOW_ALL, NULL, "another constitution");
}

static json_t *
make_report (const SnpMaker *maker, const char *payload, guint8 host_byte, gsize damage_at)
{
  guint8 report[1184];
  snp_maker_fill (report, payload, host_byte);
  snp_maker_sign (maker, report);
  report[damage_at] ^= damage_at != 0 ? 1 : 0;
  g_autofree char *evidence = cr_base64 (report, sizeof report);
  g_autofree char *chain = cr_base64 (maker->chain, strlen (maker->chain));
  return json_pack ("{s:s,s:s,s:n}", "attestation", evidence, "platformCertificates", chain,
                    "uvmEndorsements");
}

static void
test_discover_attested (void)
{
  static const char host[] = "abababababababababababababababababababababababababababababababab";
  SnpMaker platform = snp_maker_new ();
  g_autoptr (GError) error = NULL;
  gboolean attested = FALSE;
  g_autofree char *payload = payload_text ("sha256:1");
  script_report (make_report (&platform, payload, 0xAB, 0), payload);
  g_autofree char *pem = discover (host, platform.root, &attested, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pem, ==, hostile_server_trust (server));
  g_assert_false (attested); /* proved, but by simulated hardware */

  refused (host, NULL, "known hardware");
  refused (ID, platform.root, "host data");
  static const gsize damaged[] = { 0x10, 0x50, 0x90, 0xC0, 0x29F, 0x2A0, 0x2E8 };
  for (gsize i = 0; i < G_N_ELEMENTS (damaged); i++) {
    script_report (make_report (&platform, payload, 0xAB, damaged[i]), payload);
    refused (host, platform.root, "signature is wrong");
  }
  script_report (json_null (), payload);
  refused (ALLOW_ALL, platform.root, "no attestation report");
  g_autofree char *other = payload_text ("sha256:9");
  script_report (make_report (&platform, payload, 0xAB, 0), other);
  refused (host, platform.root, "vouches for another certificate");

  SnpMaker foreign = snp_maker_new ();
  script_report (make_report (&foreign, payload, 0xAB, 0), payload);
  refused (host, platform.root, "known hardware");
  g_free (foreign.chain);
  foreign.chain = g_strdup (platform.chain); /* a good chain, but another key signed */
  script_report (make_report (&foreign, payload, 0xAB, 0), payload);
  refused (host, platform.root, "signature is wrong");
  snp_maker_clear (&foreign);
  snp_maker_clear (&platform);
}

/* ---- Commit ---- */

static void
test_commit (void)
{
  g_autoptr (CcfClient) client = new_client ();
  g_autoptr (GError) error = NULL;
  gboolean committed = FALSE;
  script_commit ();
  g_assert_true (ccf_wait_commit (NULL, client, "2.7", &committed, &error));
  g_assert_true (committed);
  g_assert_cmpuint (hostile_server_count (server, TX), ==, 3);
  g_assert_true (ccf_wait_commit (NULL, client, NULL, &committed, &error));
  g_assert_false (committed);

  hostile_server_script (server, "GET /gov/service/transactions/2.8", 200, "", "{\"status\":\"Invalid\"}");
  g_assert_false (ccf_wait_commit (NULL, client, "2.8", &committed, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
  g_clear_error (&error);

  g_autoptr (CrJob) job = cr_job_new ();
  g_cancellable_cancel (cr_job_cancellable (job));
  g_assert_false (ccf_wait_commit (job, client, "2.9", &committed, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_CANCELLED);
}

/* ---- Proposals ---- */

static json_t *
propose (CcfClient *client, GError **error)
{
  g_autoptr (json_t) proposal = ccf_proposal_new ("trigger_snapshot", NULL);
  return ccf_propose_and_vote (NULL, client, proposal, error);
}

static void
test_propose (void)
{
  g_autofree char *ballot = g_strdup_printf ("POST /gov/members/proposals/" ID "/ballots/%s:submit",
                                             member_identity_id (member));
  g_autoptr (CcfClient) client = new_client ();
  g_autoptr (GError) error = NULL;

  script_proposal (CREATE, "Open");
  script_proposal (ballot, "Accepted");
  script_commit ();
  g_autoptr (json_t) voted = propose (client, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (voted, "proposalState"), ==, "Accepted");

  hostile_server_forget (server); /* accepted at once: no vote */
  script_proposal (CREATE, "Accepted");
  script_commit ();
  g_autoptr (json_t) direct = propose (client, &error);
  g_assert_no_error (error);
  g_assert_nonnull (direct);
  g_assert_cmpuint (hostile_server_count (server, ballot), ==, 0);

  hostile_server_forget (server);
  script_proposal (CREATE, "Rejected");
  script_commit ();
  g_assert_null (propose (client, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
}

static void
test_replay (void)
{
  g_autoptr (CcfClient) client = new_client ();
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) proposal = ccf_proposal_new ("trigger_snapshot", NULL);
  g_autoptr (GBytes) message = ccf_proposal_sign (client, proposal, &error);
  g_assert_no_error (error);

  /* The first answer is lost, the second sending is recognised. */
  script_error (CREATE, 503, "RequestAlreadyForwarded", "again");
  script_error (CREATE, 400, "ProposalReplay", "Proposal submission replay, already exists as proposal " ID);
  script_proposal (SHOW, "Accepted");
  g_autoptr (json_t) found = ccf_proposal_submit (NULL, client, message, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (found, "proposalId"), ==, ID);
  g_assert_cmpuint (hostile_server_count (server, CREATE), ==, 2);

  hostile_server_forget (server);
  script_error (CREATE, 400, "ProposalReplay", "already exists as proposal " ID);
  script_error (SHOW, 404, "ProposalNotFound", "gone");
  g_autoptr (json_t) closed = ccf_proposal_submit (NULL, client, message, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (closed, "proposalState"), ==, "Closed");

  hostile_server_forget (server); /* a message without an id is a refusal */
  script_error (CREATE, 400, "ProposalReplay", "already exists");
  g_assert_null (ccf_proposal_submit (NULL, client, message, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);

  hostile_server_forget (server); /* 500 reports a failed apply: never sent twice */
  script_error (CREATE, 500, "InternalError", "apply failed");
  g_assert_null (ccf_proposal_submit (NULL, client, message, &error));
  g_assert_cmpuint (hostile_server_count (server, CREATE), ==, 1);
}

static void
script_too_long_ago (gint64 limit)
{
  g_autofree char *text = g_strdup_printf (
      "Proposal created too long ago, created_at must be greater than %" G_GINT64_FORMAT, limit);
  script_error (CREATE, 400, "ProposalCreatedTooLongAgo", text);
}

/* Others proposed so much in between that the message counts as old: signed anew, but not for ever. */
static void
test_overtaken (void)
{
  g_autoptr (CcfClient) client = new_client ();
  g_autoptr (GError) error = NULL;
  gint64 limit = cr_now_seconds () + 1; /* also one second ahead of this clock */
  script_too_long_ago (limit);
  script_proposal (CREATE, "Accepted");
  script_commit ();
  g_autoptr (json_t) done = propose (client, &error);
  g_assert_no_error (error);
  g_assert_nonnull (done);
  g_assert_cmpint (cr_now_seconds (), >, limit);
  g_assert_cmpuint (hostile_server_count (server, CREATE), ==, 2);

  hostile_server_forget (server);
  script_too_long_ago (cr_now_seconds () + 3600);
  g_assert_null (propose (client, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
  g_assert_nonnull (strstr (error->message, "Your clock"));
  g_assert_cmpuint (hostile_server_count (server, CREATE), ==, 1);
  g_clear_error (&error);

  hostile_server_forget (server); /* the first sending may have made the proposal: not signed again */
  script_error (CREATE, 503, "RequestAlreadyForwarded", "again");
  script_too_long_ago (1);
  g_assert_null (propose (client, &error));
  g_assert_true (cr_error_is_remote (error, "ProposalCreatedTooLongAgo"));
  g_assert_cmpuint (hostile_server_count (server, CREATE), ==, 2);
}

static void
test_identity_needed (void)
{
  hostile_server_forget (server);
  g_autoptr (GError) error = NULL;
  g_autoptr (CcfClient) nobody = ccf_client_new (hostile_server_url (server), hostile_server_trust (server),
                                                 &error);
  g_assert_no_error (error);
  g_assert_null (propose (nobody, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (ccf_proposal_show (NULL, nobody, "../../x", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (ccf_client_new ("http://127.0.0.1", hostile_server_trust (server), &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

/* ---- Governance application ---- */

static guint renewals;

static CrSecretText
give_token (CrJob *job, gboolean renew, gpointer data, GError **error)
{
  (void) job;
  (void) data;
  (void) error;
  renewals += renew;
  /* {"alg":"RS256"}.{"oid":"o1"} */
  return cr_secret_text_new ("eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJvMSJ9.AAAA", -1);
}

static void
test_token_renewed (void)
{
  hostile_server_forget (server);
  g_autoptr (GError) error = NULL;
  g_autoptr (CcfClient) client = ccf_client_new (hostile_server_url (server), hostile_server_trust (server),
                                                 &error);
  ccf_client_set_token_provider (client, give_token, NULL, NULL);
  g_autofree char *caller = ccf_client_caller (NULL, client, &error);
  g_assert_cmpstr (caller, ==, "o1");

  script_error ("GET /app/contracts", 401, "InvalidAuthenticationInfo", "expired");
  hostile_server_script (server, "GET /app/contracts", 200, "", "{\"value\":[{\"id\":\"c1\"}]}");
  g_autoptr (json_t) list = cgs_contract_list (NULL, client, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (json_array_size (list), ==, 1);
  g_assert_cmpuint (renewals, ==, 1);

  script_error ("POST /app/users/identities/self/status", 401, "InvalidAuthenticationInfo", "expired");
  g_assert_null (cgs_user_self_status (NULL, client, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
}

static void
test_client_side_checks (void)
{
  g_autoptr (CcfClient) client = new_client ();
  g_autoptr (GError) error = NULL;
  hostile_server_script (
      server, "POST /app/contracts/c1", 200, "",
      "{\"id\":\"c1\",\"state\":\"Draft\",\"version\":\"2.9\",\"data\":\"d\",\"proposalId\":\"\"}");
  g_assert_null (cgs_contract_propose (NULL, client, "c1", "", &error));
  g_assert_cmpstr (cr_error_reason (error), ==, "VersionMissing");
  g_clear_error (&error);
  g_assert_null (cgs_contract_propose (NULL, client, "c1", "2.8", &error));
  g_assert_cmpstr (cr_error_reason (error), ==, "ContractModified");
  g_clear_error (&error);
  g_assert_null (cgs_contract_vote (NULL, client, "c1", ID, TRUE, &error));
  g_assert_cmpstr (cr_error_reason (error), ==, "ContractNotProposed");
  g_assert_error (error, CR_ERROR, CR_ERROR_WAITING);
  g_clear_error (&error);
  g_assert_null (cgs_contract_show (NULL, client, "a/b", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (cgs_contract_show (NULL, client, "", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (cgs_invitation_propose (NULL, client, "i1", "no address", "User", NULL, &error));
  g_assert_cmpstr (cr_error_reason (error), ==, "InvalidUserName");
}

static void
test_events (void)
{
  g_autoptr (CcfClient) client = new_client ();
  g_autoptr (GError) error = NULL;
  static const char key[] = "GET /app/contracts/c1/events";
  /* eyJzb3VyY2UiOiJhIiwibWVzc2FnZSI6Im0ifQ== is {"source":"a","message":"m"} */
  hostile_server_script (server, key, 202, "retry-after: 1\r\n", "");
  hostile_server_script (server, key, 200, "",
                         "{\"value\":[{\"seqno\":3,\"timestamp_iso\":\"t\",\"data\":"
                         "\"eyJzb3VyY2UiOiJhIiwibWVzc2FnZSI6Im0ifQ==\"}],"
                         "\"nextLink\":\"/app/contracts/c1/events?from_seqno=4&to_seqno=9&id=c1&scope=\"}");
  hostile_server_script (server, key, 200, "", "{\"value\":[]}");
  CgsEventQuery query = { .from_seqno = 1 };
  g_autoptr (json_t) events = cgs_events (NULL, client, "c1", &query, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (json_array_size (events), ==, 1);
  json_t *event = json_array_get (events, 0);
  g_assert_cmpstr (cr_json_peek_string (event, "timestampIso"), ==, "t");
  g_assert_cmpstr (cr_json_peek_string (json_object_get (event, "data"), "message"), ==, "m");
  g_assert_cmpuint (hostile_server_count (server, key), ==, 3);

  /* {"source":"a","message":"m\u0000n"}, in base64 and as it is */
  hostile_server_forget (server);
  hostile_server_script (server, key, 200, "",
                         "{\"value\":[{\"seqno\":3,\"data\":"
                         "\"eyJzb3VyY2UiOiJhIiwibWVzc2FnZSI6Im1cdTAwMDBuIn0=\"},"
                         "{\"seqno\":4,\"data\":{\"message\":\"m\\u0000n\"}}]}");
  g_autoptr (json_t) with_nul = cgs_events (NULL, client, "c1", &query, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < 2; i++)
    g_assert_cmpstr (cr_json_peek_string (json_object_get (json_array_get (with_nul, i), "data"), "message"),
                     ==, "m\\u0000n");

  hostile_server_forget (server);
  hostile_server_script (server, key, 200, "",
                         "{\"value\":[],\"nextLink\":\"/app/contracts/c2/events?x=1\"}");
  g_assert_null (cgs_events (NULL, client, "c1", &query, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_FAILED);
}

/* Killed between the proposal and its answer: publishing again finds it and changes nothing. */
static void
test_publish_again (void)
{
  g_autoptr (CcfClient) client = new_client ();
  g_autoptr (GError) error = NULL;
  static const char key[] = "POST /app/contracts/c1/userdocuments/d1";
  g_autoptr (json_t) approvers = json_pack ("[{s:s,s:s}]", "approverId", "o1", "approverIdType", "user");
  hostile_server_script (
      server, key, 200, "",
      "{\"id\":\"d1\",\"state\":\"Proposed\",\"contractId\":\"c1\",\"data\":\"text\",\"version\":\"2.3\","
      "\"approvers\":[{\"approverId\":\"o1\",\"approverIdType\":\"user\"}],\"proposalId\":\"p1\"}");
  g_autoptr (json_t) again = cgs_user_document_publish (NULL, client, "c1", "d1", "text", NULL, approvers,
                                                        "p1", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (again, "proposalId"), ==, "p1");
  g_assert_null (
      cgs_user_document_publish (NULL, client, "c1", "d1", "other", NULL, approvers, "p2", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  server = hostile_server_new ();
  KeyStore *store = memory_keys_new ();
  member = member_identity_create (store, "c0", "operator", "ccfoperator", FALSE, &error);
  g_assert_no_error (error);
  g_test_add_func ("/ccf-client/first-use", test_first_use);
  g_test_add_func ("/ccf-client/discover-virtual", test_discover_virtual);
  g_test_add_func ("/ccf-client/discover-attested", test_discover_attested);
  g_test_add_func ("/ccf-client/commit", test_commit);
  g_test_add_func ("/ccf-client/propose", test_propose);
  g_test_add_func ("/ccf-client/replay", test_replay);
  g_test_add_func ("/ccf-client/overtaken", test_overtaken);
  g_test_add_func ("/ccf-client/identity-needed", test_identity_needed);
  g_test_add_func ("/ccf-client/token-renewed", test_token_renewed);
  g_test_add_func ("/ccf-client/client-side-checks", test_client_side_checks);
  g_test_add_func ("/ccf-client/events", test_events);
  g_test_add_func ("/ccf-client/publish-again", test_publish_again);
  int result = g_test_run ();
  member_identity_free (member);
  key_store_free (store);
  hostile_server_free (server);
  return result;
}
