/* SPDX-License-Identifier: MIT
 * Drives the handlers of the governance application directly: a real store in a temporary folder, callers
 * as plain values, and a minimal stand-in for the ledger's proposals (every vote is the test's own decision).
 */
#pragma once

#include "sandbox/attestation.h"
#include "sandbox/ccf-app.h"
#include "sandbox/sandbox-private.h"
#include "sandbox/store-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"

#include <string.h>

#define HOST_1 "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"
#define HOST_2 "7ec5120f0f497e22b18e59ed702ed82e2732562245c9a944f54cd41db4f491af"
#define POLICY_MISSING "The clean room policy is missing. Please propose a new clean room policy."
#define POLICY_MISMATCH "Attestation claims do not match the contract policy, or the delegated policies."

struct Sandbox {
  char *folder;
};

const char *
sandbox_folder (Sandbox *sandbox)
{
  return sandbox->folder;
}

/* --- The ledger's side --- */

json_t *
gov_member (Store *store, const char *member_id)
{
  (void) store;
  if (strcmp (member_id, "m0") != 0)
    return json_pack ("{ssss}", "memberId", member_id, "status", "Active");
  return json_pack ("{sssss{ss}}", "memberId", member_id, "status", "Active", "memberData", "tenantId",
                    "tenant-0");
}

gboolean
ccf_app_at_hand (Sandbox *sandbox, gint64 from, gint64 to)
{
  (void) sandbox;
  return from <= to;
}

void
agent_ca_changed (Sandbox *sandbox)
{
  (void) sandbox;
}

static gboolean proposed_rules; /* of the test that runs */

gboolean
gov_rules_proposed (Store *store)
{
  (void) store;
  return proposed_rules;
}

char *
gov_check_required_members (Store *store, const json_t *args)
{
  (void) store;
  (void) args;
  return NULL;
}

GPtrArray *
gov_member_ids (Store *store)
{
  (void) store;
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (ids, g_strdup_printf ("m%u", i));
  return ids;
}

static gboolean
action_matches (const json_t *action, const char *name, const char *key, const char *value)
{
  return g_strcmp0 (cr_json_peek_string (action, "name"), name) == 0
         && (!key || g_strcmp0 (cr_json_peek_string (json_object_get (action, "args"), key), value) == 0);
}

GPtrArray *
gov_open_proposals_with (Store *store, const char *action, const char *key, const char *value)
{
  g_autoptr (GPtrArray) ids = store_keys (store, "public:ccf.gov.proposals");
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    g_autoptr (json_t) proposal = store_get_json (store, "public:ccf.gov.proposals", id);
    g_autoptr (json_t) info = store_get_json (store, "public:ccf.gov.proposals_info", id);
    if (action_matches (json_array_get (json_object_get (proposal, "actions"), 0), action, key, value)
        && g_strcmp0 (cr_json_peek_string (info, "state"), "Open") == 0)
      g_ptr_array_add (found, g_strdup (id));
  }
  return found;
}

json_t *
gov_proposal_action_args (Store *store, const char *proposal_id, const char *action, const char *key,
                          const char *value)
{
  g_autoptr (json_t) proposal = store_get_json (store, "public:ccf.gov.proposals", proposal_id);
  const json_t *first = json_array_get (json_object_get (proposal, "actions"), 0);
  return action_matches (first, action, key, value) ? json_incref (json_object_get (first, "args")) : NULL;
}

char *
gov_check_type (const json_t *args, const char *field, const char *type)
{
  const json_t *value = json_object_get (args, field);
  if (g_str_has_suffix (type, "?") && (!value || json_is_null (value)))
    return NULL;
  if (g_str_has_prefix (type, "string")
          ? json_is_string (value)
          : json_is_object (value) || json_is_array (value) || json_is_null (value))
    return NULL;
  return g_strdup_printf ("%s must be of type %s but is %s", field, type, value ? "another" : "undefined");
}

/* --- Fixture --- */

typedef struct {
  Sandbox sandbox;
  Store *store;
  AttestationClient *room, *room_2;
  guint proposals;
  char *txid; /* of the last successful call */
} Cgs;

typedef struct {
  CcfAuth policy;
  const char *id;
  const char *claims; /* JSON with single quotes, for callers with a token */
} Caller;

static const Caller member_0 = { CCF_AUTH_MEMBER, "m0", NULL };
static const Caller member_1 G_GNUC_UNUSED = { CCF_AUTH_MEMBER, "m1", NULL };
static const Caller member_2 G_GNUC_UNUSED = { CCF_AUTH_MEMBER, "m2", NULL };
static const Caller anonymous = { CCF_AUTH_NONE, NULL, NULL };
static const Caller user_1 G_GNUC_UNUSED = { CCF_AUTH_JWT, "u1", "{'oid':'u1','tid':'t1'}" };
static const Caller user_2 G_GNUC_UNUSED = { CCF_AUTH_JWT, "u2", "{'oid':'u2','tid':'t1'}" };
static const Caller stranger G_GNUC_UNUSED = { CCF_AUTH_JWT, "u9", "{'oid':'u9','tid':'t1'}" };

/* JSON in which ' stands for ". Gives. */
static json_t *
js (const char *text)
{
  g_autofree char *copy = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) error = NULL;
  json_t *value = cr_json_parse (copy, strlen (copy), "test JSON", &error);
  g_assert_no_error (error);
  return value;
}

static json_t *
jsf (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return js (text);
}

static Cgs *
cgs_new (void)
{
  Cgs *cgs = g_new0 (Cgs, 1);
  g_autoptr (GError) error = NULL;
  cgs->sandbox.folder = g_dir_make_tmp ("cgs-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (cgs->sandbox.folder, "ledger.db", NULL);
  cgs->store = store_open (path, &error);
  g_assert_no_error (error);
  cgs->room = attestation_client_new (cgs->sandbox.folder, HOST_1, &error);
  g_assert_no_error (error);
  cgs->room_2 = attestation_client_new (cgs->sandbox.folder, HOST_2, &error);
  g_assert_no_error (error);
  return cgs;
}

static void
cgs_free (Cgs *cgs)
{
  attestation_client_free (cgs->room);
  attestation_client_free (cgs->room_2);
  store_close (cgs->store);
  g_assert_true (cr_dir_remove (cgs->sandbox.folder, NULL));
  g_free (cgs->sandbox.folder);
  g_free (cgs->txid);
  g_free (cgs);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cgs, cgs_free)

/* --- Calls --- */

static void
run_handler (Cgs *cgs, const CcfEndpoint *endpoint, const Caller *caller, SandboxRequest *request,
             SandboxResponse *response)
{
  g_autoptr (json_t) claims = caller->claims ? js (caller->claims) : NULL;
  CcfCall call = { .sandbox = &cgs->sandbox,
                   .store = cgs->store,
                   .request = request,
                   .response = response,
                   .policy = endpoint->auth ? caller->policy : 0,
                   .caller_id = caller->id,
                   .claims = claims };
  g_autoptr (GError) error = NULL;
  gint64 seqno = 0;

  g_assert_true (store_begin (cgs->store, &error));
  endpoint->handler (&call);
  if (response->status >= 300) {
    store_abort (cgs->store);
    return;
  }
  g_assert_true (store_commit (cgs->store, &seqno, &error));
  g_free (cgs->txid);
  cgs->txid = store_txid (cgs->store, seqno);
}

static void
dispatch (Cgs *cgs, const Caller *caller, const char *method, SandboxRequest *request,
          SandboxResponse *response)
{
  for (const CcfEndpoint *endpoint = cgs_endpoints; endpoint->method; endpoint++) {
    CcfAuth wanted = (CcfAuth) endpoint->auth;
    g_ptr_array_set_size (request->parameters, 0);
    if (strcmp (endpoint->method, method) != 0
        || !sandbox_route_match (endpoint->pattern, request->path, request->parameters))
      continue;
    if (wanted && !(wanted & caller->policy))
      sandbox_respond_error (response, 401, "InvalidAuthenticationInfo", "Invalid info");
    else
      run_handler (cgs, endpoint, caller, request, response);
    return;
  }
  g_error ("no endpoint for %s %s", method, request->path);
}

/* "PUT /contracts/c1?x=y" with BODY (taken, NULL = none). Gives the parsed answer, JSON null when empty. */
static json_t *
request (Cgs *cgs, const Caller *caller, const char *line, json_t *body, guint *status)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);
  char *question = strchr (words[1], '?');
  g_autoptr (GPtrArray) parameters = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) headers = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GBytes) bytes = body ? cr_json_dump_bytes (body) : g_bytes_new_static ("", 0);
  g_autoptr (SandboxResponse) response = sandbox_response_new ();
  if (question)
    *question = 0;
  SandboxRequest call = { .method = words[0],
                          .path = words[1],
                          .query = question ? question + 1 : "",
                          .body = bytes,
                          .headers = headers,
                          .parameters = parameters };

  dispatch (cgs, caller, words[0], &call, response);
  json_decref (body);
  *status = response->status;
  if (!response->body || g_bytes_get_size (response->body) == 0)
    return json_null ();
  return cr_json_parse_bytes (response->body, "the answer", NULL);
}

/* A call that must succeed with STATUS 2xx. Gives the answer. */
static json_t *
expect (Cgs *cgs, const Caller *caller, const char *line, json_t *body)
{
  guint status;
  json_t *answer = request (cgs, caller, line, body, &status);
  if (status != 200 && status != 204) {
    g_autofree char *text = cr_json_dump (answer);
    g_error ("%s: %u %s", line, status, text);
  }
  return answer;
}

static void
expect_ok (Cgs *cgs, const Caller *caller, const char *line, json_t *body)
{
  json_decref (expect (cgs, caller, line, body));
}

/* A call whose answer must be EXPECTED (' for "), property order included. */
static void
expect_json (Cgs *cgs, const Caller *caller, const char *line, json_t *body, const char *expected)
{
  g_autoptr (json_t) answer = expect (cgs, caller, line, body);
  g_autofree char *text = cr_json_dump (answer);
  g_autofree char *wanted = g_strdelimit (g_strdup (expected), "'", '"');
  g_assert_cmpstr (text, ==, wanted);
}

/* A call that must fail; MESSAGE (may be NULL) is the beginning of the text. */
static void
expect_error (Cgs *cgs, const Caller *caller, const char *line, json_t *body, guint status, const char *code,
              const char *message)
{
  guint actual;
  g_autoptr (json_t) answer = request (cgs, caller, line, body, &actual);
  const json_t *error = json_object_get (answer, "error");
  g_assert_cmpuint (actual, ==, status);
  g_assert_cmpstr (cr_json_peek_string (error, "code"), ==, code);
  if (message && !g_str_has_prefix (cr_json_peek_string (error, "message"), message))
    g_error ("%s: '%s' does not begin with '%s'", line, cr_json_peek_string (error, "message"), message);
}

static char *
expect_text (Cgs *cgs, const Caller *caller, const char *line, const char *key)
{
  g_autoptr (json_t) answer = expect (cgs, caller, line, NULL);
  return g_strdup (cr_json_peek_string (answer, key));
}

/* --- Proposals --- */

static const GovAction *
find_action (const char *name)
{
  for (const GovAction *action = gov_cgs_actions; action->name; action++)
    if (strcmp (action->name, name) == 0)
      return action;
  g_error ("no action %s", name);
}

/* The reason why the action is refused, NULL when it is not. ARGS is taken. Gives. */
static char *
refusal (Cgs *cgs, const char *name, json_t *args)
{
  g_autoptr (json_t) taken = args;
  g_assert_true (store_begin (cgs->store, NULL));
  char *text = find_action (name)->validate (cgs->store, taken);
  store_abort (cgs->store);
  return text;
}

static void
put_proposal_state (Cgs *cgs, const char *id, const char *state)
{
  g_autoptr (json_t) info = json_pack ("{ss}", "state", state);
  store_put_json (cgs->store, "public:ccf.gov.proposals_info", id, info);
}

/* A proposal that stays open. ARGS is taken. Gives its id. */
static char *
propose (Cgs *cgs, const char *name, json_t *args)
{
  char *id = g_strdup_printf ("p%u", ++cgs->proposals);
  g_autofree char *problem = refusal (cgs, name, json_incref (args));
  g_autoptr (json_t) proposal = json_pack ("{s[{ssso}]}", "actions", "name", name, "args", args);
  gint64 seqno;
  g_assert_cmpstr (problem, ==, NULL);
  g_assert_true (store_begin (cgs->store, NULL));
  store_put_json (cgs->store, "public:ccf.gov.proposals", id, proposal);
  put_proposal_state (cgs, id, "Open");
  g_assert_true (store_commit (cgs->store, &seqno, NULL));
  return id;
}

static G_GNUC_UNUSED void
close_proposal (Cgs *cgs, const char *id, const char *state)
{
  gint64 seqno;
  g_assert_true (store_begin (cgs->store, NULL));
  put_proposal_state (cgs, id, state);
  g_assert_true (store_commit (cgs->store, &seqno, NULL));
}

/* All three members said yes. FALSE when the effect failed. */
static gboolean
accept_proposal (Cgs *cgs, const char *id)
{
  g_autoptr (json_t) votes = js ("{'m0':true,'m1':true,'m2':true}");
  gint64 seqno;
  g_assert_true (store_begin (cgs->store, NULL));
  g_autoptr (json_t) proposal = store_get_json (cgs->store, "public:ccf.gov.proposals", id);
  const json_t *first = json_array_get (json_object_get (proposal, "actions"), 0);
  const GovAction *action = find_action (cr_json_peek_string (first, "name"));
  if (!action->apply (&cgs->sandbox, cgs->store, json_object_get (first, "args"), id, votes, NULL)) {
    store_abort (cgs->store);
    return FALSE;
  }
  put_proposal_state (cgs, id, "Accepted");
  g_assert_true (store_commit (cgs->store, &seqno, NULL));
  return TRUE;
}

static void
pass (Cgs *cgs, const char *name, json_t *args)
{
  g_autofree char *id = propose (cgs, name, args);
  g_assert_true (accept_proposal (cgs, id));
}

/* An accepted contract c1. */
static void
accepted_contract (Cgs *cgs)
{
  expect_ok (cgs, &member_0, "PUT /contracts/c1", js ("{'data':'terms'}"));
  pass (cgs, "set_contract", js ("{'contractId':'c1','contract':{'data':'terms','version':'2.1'}}"));
}

/* The allow-all policy of the simulated clean room on c1. */
static void
allow_all (Cgs *cgs)
{
  pass (cgs, "set_clean_room_policy",
        jsf ("{'contractId':'c1','type':'add','claims':{"
             "'x-ms-sevsnpvm-is-debuggable':false,"
             "'x-ms-sevsnpvm-hostdata':'%s'}}",
             HOST_1));
}

static G_GNUC_UNUSED void
register_users (Cgs *cgs)
{
  pass (cgs, "set_user_identity", js ("{'id':'u1','accountType':'microsoft','data':{'tenantId':'t1'}}"));
  pass (cgs, "set_user_identity", js ("{'id':'u2','accountType':'microsoft','data':{'tenantId':'t1'}}"));
}

/* An attested call with signed data / with an encrypted answer. Bodies are given. */
static G_GNUC_UNUSED json_t *
signed_body (AttestationClient *room, const char *data)
{
  g_autoptr (json_t) value = js (data);
  json_t *body = attestation_client_signed_body (room, value, NULL);
  g_assert_nonnull (body);
  return body;
}

/* The clear text of an encrypted answer to ROOM. Gives. */
static G_GNUC_UNUSED char *
attested_text (Cgs *cgs, AttestationClient *room, const char *line)
{
  g_autoptr (json_t) answer = expect (cgs, &anonymous, line, attestation_client_encrypt_body (room));
  g_autoptr (GBytes) plain = attestation_client_unwrap (room, answer, NULL);
  g_assert_nonnull (plain);
  return g_strndup (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain));
}

/* The four refusals that every call with an encrypted answer shares, in their order; before a policy
 * exists. */
static G_GNUC_UNUSED void
check_attested_refusals (Cgs *cgs, const char *line)
{
  g_autoptr (json_t) right = attestation_client_encrypt_body (cgs->room);
  expect_error (cgs, &anonymous, line, js ("{}"), 400, "AttestationMissing",
                "Attestation payload must be supplied.");
  expect_error (cgs, &anonymous, line, js ("{'attestation':'x'}"), 400, "EncryptionMissing",
                "Encrypt payload must be supplied.");
  expect_error (cgs, &anonymous, line, js ("{'attestation':'invalidinput','encrypt':{'publicKey':'x'}}"), 400,
                "VerifySnpAttestationFailed", "cannot read property 'replace' of undefined");
  expect_error (cgs, &anonymous, line, json_incref (right), 400, "VerifySnpAttestationFailed",
                POLICY_MISSING);
}

/* Genuine evidence with the key of another; after a policy exists. */
static G_GNUC_UNUSED void
check_key_binding (Cgs *cgs, const char *line)
{
  g_autoptr (json_t) body = attestation_client_encrypt_body (cgs->room);
  g_autoptr (json_t) other = attestation_client_encrypt_body (cgs->room_2);
  json_object_set (body, "encrypt", json_object_get (other, "encrypt"));
  expect_error (cgs, &anonymous, line, json_incref (body), 400, "ReportDataMismatch",
                "Attestation report_data value did not match calculated value.");
}
