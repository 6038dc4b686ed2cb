/* SPDX-License-Identifier: MIT
 * The network around governance over real TLS: nodes, the application's front door, signing keys, receipts,
 * restart, and the recovery agent's proof.
 */
#include "gov-harness.h"

#include "ccf/ccf-private.h"
#include "ccf/ccf.h"
#include "cose/receipt.h"
#include "sandbox/attestation.h"

#include <unistd.h>

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
        "{\"actions\":[{\"name\":\"%s\",\"args\":{\"node_id\":\"%s\",\"valid_from\":\"20260101000000Z\"}}]}",
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
        "{\"actions\":[{\"name\":\"%s\",\"args\":{\"node_id\":\"%s\",\"valid_from\":\"20260101000000Z\"}}]}",
        passing[i], own);
    propose (net, &net->op, payload, &answer);
    check_state (answer, "Accepted");
  }
  g_autofree char *removal =
      g_strdup_printf ("{\"actions\":[{\"name\":\"remove_node\",\"args\":{\"node_id\":\"%s\"}}]}", own);
  propose (net, &net->op, removal, &answer);
  check_error (answer, 500, "InternalError");
  g_autofree char *longer = g_strdup_printf (
      "{\"actions\":[{\"name\":\"set_node_certificate_validity\",\"args\":{\"node_id\":\"%s\",\"valid_from\":"
      "\"20260101000000Z\",\"validity_period_days\":400}}]}",
      own);
  propose (net, &net->op, longer, &answer);
  check_error (answer, 500, "InternalError");
  g_assert_nonnull (strstr (message_of (&answer), "max allowed is 365 (days)"));
}

/* The certificate at PATH of an answer, and whether KEY is in it. Gives. */
static X509 *
certificate_in (const Answer *answer, const char *member, EVP_PKEY *key)
{
  g_autoptr (GError) error = NULL;
  X509 *certificate = cose_cert_from_pem (cr_json_peek_string (answer->json, member), -1, "x", &error);
  g_assert_no_error (error);
  g_assert_true (cose_key_equal (X509_get0_pubkey (certificate), key));
  return certificate;
}

static EVP_PKEY *
service_key (Net *net)
{
  g_autofree char *path = g_build_filename (sandbox_folder (net->sandbox), "ccf-service-key.pem", NULL);
  g_autofree char *pem = NULL;
  g_assert_true (g_file_get_contents (path, &pem, NULL, NULL));
  return cose_key_from_private_pem (pem, -1, "x", NULL);
}

/* Certificates are made anew for the same keys: who pinned the former one goes on, and so does the ledger. */
static void
test_renewal (Net *net, gconstpointer data)
{
  (void) data;
  open_network (net);
  g_auto (Answer) answer = { 0 };
  g_autoptr (EVP_PKEY) key = service_key (net);
  g_autofree char *before = g_strdup (ccf_node_service_pem (ccf_node (net->sandbox)));
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) from = g_date_time_add_days (now, -1);
  g_autofree char *iso = g_date_time_format (from, "%Y-%m-%dT%H:%M:%S.123456Z");
  g_autofree char *compact = g_date_time_format (from, "%y%m%d%H%M%SZ");
  g_autofree char *renewal = g_strdup_printf (
      "{\"actions\":[{\"name\":\"set_service_certificate_validity\",\"args\":{\"valid_from\":\"%s\","
      "\"validity_period_days\":300}},{\"name\":\"trigger_ledger_chunk\"},{\"name\":\"trigger_snapshot\"}]}",
      iso);
  propose (net, &net->op, renewal, &answer);
  check_state (answer, "Accepted");
  get (net, "/node/network", &answer);
  const char *renewed = cr_json_peek_string (answer.json, "service_certificate");
  g_assert_cmpstr (renewed, !=, before);
  g_assert_cmpstr (renewed, ==, ccf_node_service_pem (ccf_node (net->sandbox)));
  g_autoptr (X509) service = certificate_in (&answer, "service_certificate", key);
  g_assert_cmpint (cose_cert_not_after (service), ==, g_date_time_to_unix (from) + 300 * 86400);
  g_autofree char *wanted = g_strdup (renewed);
  g_autofree char *change = g_strdup_printf (
      "{\"actions\":[{\"name\":\"set_all_nodes_certificate_validity\",\"args\":{\"valid_from\":\"%s\"}}]}",
      compact);
  g_autofree char *all = proposed (net, &net->north, change);
  vote (net, &net->north, all, YES, &answer);
  vote (net, &net->wood, all, YES, &answer);
  check_state (answer, "Accepted");
  get (net, "/gov/service/nodes" API, &answer);
  g_autoptr (X509) node = cose_cert_from_pem (
      cr_json_peek_string (json_array_get (json_object_get (answer.json, "value"), 0), "certificate"), -1,
      "x", NULL);
  g_assert_true (cose_cert_signed_by (node, key));
  g_assert_cmpint (cose_cert_not_after (node), ==, g_date_time_to_unix (from) + 365 * 86400);
  static const char *const wrong[] = { "yesterday", "20261301000000Z", "20260101000000" };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree char *payload = g_strdup_printf (
        "{\"actions\":[{\"name\":\"set_service_certificate_validity\",\"args\":{\"valid_from\":\"%s\"}}]}",
        wrong[i]);
    propose (net, &net->op, payload, &answer);
    check_error (answer, 500, "InternalError");
  }

  /* Cut off between the ledger and the file: the ledger counts. */
  g_autofree char *path = g_build_filename (sandbox_folder (net->sandbox), "ccf-service.pem", NULL);
  g_assert_true (g_file_set_contents (path, before, -1, NULL));
  g_clear_pointer (&net->client, http_client_unref);
  g_clear_pointer (&net->sandbox, sandbox_free);
  start (net);
  connect_client (net);
  g_assert_cmpstr (ccf_node_service_pem (ccf_node (net->sandbox)), ==, wanted);
  get (net, "/node/network", &answer);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "service_certificate"), ==, wanted);
}

/* A pinned certificate that has expired: another one for the same key is followed, one for another key is
 * not. */
static void
test_expired_pin (Net *net, gconstpointer data)
{
  (void) data;
  open_network (net);
  g_autoptr (EVP_PKEY) own = service_key (net);
  g_autoptr (EVP_PKEY) other = cose_key_new (COSE_KEY_P384, NULL);
  EVP_PKEY *const keys[] = { own, other };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    CoseCertRequest request = { .common_name = "CCF Service",
                                .days = 1,
                                .not_before_s = 1600000000,
                                .ca = TRUE,
                                .path_length = -1,
                                .key = keys[i] };
    g_autoptr (X509) expired = cose_cert_issue (&request, NULL);
    g_autofree char *pem = cose_cert_to_pem (expired);
    g_autoptr (GError) error = NULL;
    g_autoptr (CcfClient) client = ccf_client_new (sandbox_url (net->sandbox, "ccf"), pem, &error);
    g_autoptr (json_t) info = ccf_service_info (NULL, client, &error);
    g_assert_true ((info != NULL) == (i == 0));
    g_assert_cmpstr (ccf_client_service_certificate (client), ==,
                     i == 0 ? ccf_node_service_pem (ccf_node (net->sandbox)) : pem);
  }
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

/* ---- The recovery agent ---- */

typedef struct {
  char *url, *root, *constitution, *bundle;
} Agent;

static void
agent_clear (Agent *agent)
{
  g_free (agent->url);
  g_free (agent->root);
  g_free (agent->constitution);
  g_free (agent->bundle);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Agent, agent_clear)

static void
find_agent (Net *net, Agent *agent)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AttestationPlatform) platform = attestation_platform_open (sandbox_folder (net->sandbox),
                                                                        &error);
  g_assert_no_error (error);
  g_autoptr (json_t) report = ccf_agent_report (net->sandbox);
  agent->url = g_strconcat (sandbox_url (net->sandbox, "recovery-agent"), "/network/report", NULL);
  agent->root = attestation_root_pem (platform);
  agent->constitution = g_strdup (cr_json_peek_string (report, "constitutionDigest"));
  agent->bundle = g_strdup (cr_json_peek_string (report, "jsappBundleDigest"));
}

/* WORDS NULL: the certificate is found. */
static void
check_discovery (Net *net, const Agent *agent, const char *host_data, const char *root,
                 const char *constitution, const char *words)
{
  g_autoptr (GError) error = NULL;
  gboolean attested = TRUE;
  const char *const accepted[] = { host_data, NULL };
  CcfDiscovery discovery = { .url = agent->url,
                             .host_data = accepted,
                             .constitution_digest = constitution,
                             .bundle_digest = agent->bundle,
                             .simulated_root = root };
  g_autofree char *pem = ccf_discover (NULL, &discovery, &attested, &error);
  g_assert_false (attested); /* simulated, whatever it says */
  if (words == NULL) {
    g_assert_no_error (error);
    g_assert_cmpstr (pem, ==, ccf_node_service_pem (ccf_node (net->sandbox)));
    return;
  }
  g_assert_null (pem);
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  if (strstr (error->message, words) == NULL)
    g_error ("'%s' instead of '%s'", error->message, words);
}

static json_t *
agent_answer (Net *net, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = g_strconcat (sandbox_url (net->sandbox, "recovery-agent"), path, NULL);
  g_autoptr (HttpResponse) response = http_fetch_unverified (NULL, url, 10 * 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (response->status, ==, 200);
  json_t *answer = http_response_json (response, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (answer, "platform"), ==, "snp");
  return answer;
}

/* The report of ANSWER was made for LENGTH bytes of DATA, and nothing in it can be changed. */
static void
check_binding (const json_t *answer, const Agent *agent, const void *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  json_t *report = json_object_get (answer, "report");
  guint8 host_data[32], report_data[64], expected[64] = { 0 };
  gboolean simulated = FALSE;
  g_assert_true (ccf_snp_verify (report, agent->root, host_data, report_data, &simulated, &error));
  g_assert_no_error (error);
  g_assert_true (simulated);
  cr_sha256 (data, length, expected);
  g_assert_cmpmem (report_data, sizeof report_data, expected, sizeof expected);
  g_autofree char *hex = cr_hex (host_data, sizeof host_data);
  g_assert_cmpstr (hex, ==, CCF_ALLOW_ALL_HOST_DATA);

  g_autoptr (GBytes) good = cr_base64_decode (cr_json_peek_string (report, "attestation"), "report", NULL);
  g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (good, NULL), g_bytes_get_size (good));
  for (gsize at = 0; at < 0x330; at += 12) {
    bytes[at] ^= 0x10;
    g_autofree char *text = cr_base64 (bytes, g_bytes_get_size (good));
    g_autoptr (json_t) bad = json_copy (report);
    cr_json_set_string (bad, "attestation", text);
    g_assert_false (ccf_snp_verify (bad, agent->root, host_data, report_data, &simulated, NULL));
    bytes[at] ^= 0x10;
  }
}

/* What the agent says is proved by its hardware, for those who were told of that hardware. */
static void
test_discovery (Net *net, gconstpointer data)
{
  (void) data;
  g_auto (Agent) agent = { 0 };
  find_agent (net, &agent);
  check_discovery (net, &agent, CCF_ALLOW_ALL_HOST_DATA, agent.root, agent.constitution, NULL);
  check_discovery (net, &agent, CCF_ALLOW_ALL_HOST_DATA, NULL, agent.constitution, "known hardware");
  check_discovery (net, &agent, CCF_ALLOW_ALL_HOST_DATA, sandbox_ca_pem (net->sandbox), agent.constitution,
                   "known hardware");
  check_discovery (net, &agent, "7ec5120f0f497e22b18e59ed702ed82e2732562245c9a944f54cd41db4f491af",
                   agent.root, agent.constitution, "host data");
  check_discovery (net, &agent, CCF_ALLOW_ALL_HOST_DATA, agent.root, agent.bundle, "another constitution");

  g_autoptr (json_t) network = agent_answer (net, "/network/report");
  g_autoptr (GBytes) payload = cr_base64_decode (cr_json_peek_string (network, "reportDataPayload"),
                                                 "payload", NULL);
  check_binding (network, &agent, g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
  g_autoptr (json_t) own = agent_answer (net, "/report");
  const char *certificate = cr_json_peek_string (own, "serviceCert");
  g_assert_cmpstr (certificate, ==, sandbox_ca_pem (net->sandbox));
  check_binding (own, &agent, certificate, strlen (certificate));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/network/" name, Net, NULL, set_up, function, tear_down)
  ADD ("nodes", test_nodes);
  ADD ("user-certificate", test_user_certificate);
  ADD ("renewal", test_renewal);
  ADD ("expired-pin", test_expired_pin);
  ADD ("join-policy", test_join_policy);
  ADD ("application", test_application);
  ADD ("signing-keys", test_signing_keys);
  ADD ("receipts", test_receipts);
  ADD ("restart", test_restart);
  ADD ("discovery", test_discovery);
  g_test_add_func ("/network/token-constraints", test_constraints);
  g_test_add_func ("/network/routes", test_routes);
  return g_test_run ();
}
