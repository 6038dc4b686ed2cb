/* SPDX-License-Identifier: MIT
 * Governance over real TLS: opening a network, signed calls and their refusals, proposals and votes.
 */
#include "gov-harness.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/gov/" name, Net, NULL, set_up, function, tear_down)
  ADD ("opening", test_opening);
  ADD ("frame", test_frame);
  ADD ("refused-messages", test_refused_messages);
  ADD ("validation", test_validation);
  ADD ("ballots", test_ballots);
  ADD ("replay", test_replay);
  ADD ("life-cycle", test_life_cycle);
  ADD ("remove-member", test_remove_member);
  return g_test_run ();
}
