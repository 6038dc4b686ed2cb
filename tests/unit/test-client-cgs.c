/* SPDX-License-Identifier: MIT
 * The client of the governance service against a real ledger over TLS: every endpoint of the application
 * through its typed function, as operator, member, user and clean room, and who still has to vote.
 */
#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cgs/cgs.h"
#include "cose/crypto.h"
#include "cose/jwt.h"
#include "keys/member.h"
#include "memory-keys.h"
#include "sandbox/attestation.h"
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"

#include <string.h>

#define HOST_1 "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"
#define HOST_2 "7ec5120f0f497e22b18e59ed702ed82e2732562245c9a944f54cd41db4f491af"
#define TENANT "11111111-1111-1111-1111-111111111111"
#define USER "44444444-4444-4444-4444-444444444444"

typedef struct {
  char *folder;
  Sandbox *sandbox;
  KeyStore *keys;
  MemberIdentity *identities[4];
  CcfClient *ops, *m0, *m1, *user, *room, *user_events;
  CcfEvidence *evidence, *evidence_2, *no_evidence;
  char *token;
} World;

static World world;

/* A call that gives TRUE; its error argument is &e. */
#define DO(call)                                                                                             \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    g_autoptr (GError) e = NULL;                                                                             \
    gboolean done_ = (call);                                                                                 \
    g_assert_no_error (e);                                                                                   \
    g_assert_true (done_);                                                                                   \
  }                                                                                                          \
  G_STMT_END

static json_t *
must (json_t *value, GError *error, const char *what)
{
  if (value == NULL)
    g_error ("%s: %s (%s)", what, error->message, cr_error_reason (error));
  return value;
}
/* NAME is what a call gives, which must be there; its error argument is error_NAME. */
#define JSON(name, call)                                                                                     \
  g_autoptr (GError) name##_error = NULL;                                                                    \
  GError **error_##name = &name##_error;                                                                     \
  g_autoptr (json_t) name = (call);                                                                          \
  must (name, *error_##name, #call)

static void
assert_reason (gboolean failed, GError **error, const char *code)
{
  g_assert_true (failed);
  if (g_strcmp0 (cr_error_reason (*error), code) != 0)
    g_error ("wanted %s, got %s: %s", code, cr_error_reason (*error), (*error)->message);
}

static const char *
text (const json_t *object, const char *key)
{
  return cr_json_peek_string (object, key);
}

/* ---- The world ---- */

static CrSecretText
user_token (CrJob *job, gboolean renew, gpointer data, GError **error)
{
  (void) job;
  (void) renew;
  (void) error;
  return cr_secret_text_new (data, -1);
}

static CcfClient *
client_new (MemberIdentity *identity)
{
  CcfClient *client = ccf_client_new (sandbox_url (world.sandbox, "ccf"),
                                      ccf_node_service_pem (ccf_node (world.sandbox)), NULL);
  g_assert_nonnull (client);
  if (identity != NULL)
    DO (ccf_client_set_member (client, identity, &e));
  return client;
}

static MemberIdentity *
identity_new (const char *name, gboolean recovery)
{
  MemberIdentity *identity = member_identity_create (world.keys, "c", "p", name, recovery, NULL);
  g_assert_nonnull (identity);
  return identity;
}

static void
make_network (void)
{
  world.identities[0] = identity_new ("ops", TRUE);
  world.identities[1] = identity_new ("m0", FALSE);
  world.identities[2] = identity_new ("m1", FALSE);
  world.identities[3] = identity_new ("m2", FALSE);
  g_autoptr (json_t) members =
      json_pack ("[{s:s,s:s,s:{s:s,s:b}},{s:s,s:{s:s,s:s}}]", "certificate",
                 member_identity_certificate_pem (world.identities[0]), "encryptionPublicKey",
                 member_identity_encryption_pem (world.identities[0]), "memberData", "identifier", "ops",
                 "isOperator", 1, "certificate", member_identity_certificate_pem (world.identities[1]),
                 "memberData", "identifier", "m0", "tenantId", TENANT);
  CcfNetworkRequest request = { .name = "net", .infra_type = "virtual", .members = members };
  DO (ccf_network_create (world.sandbox, &request, &e));
  world.ops = client_new (world.identities[0]);
  world.m0 = client_new (world.identities[1]);
  world.m1 = client_new (world.identities[2]);
  world.room = client_new (NULL);
  DO (ccf_member_activate (NULL, world.ops, &e));
  g_autoptr (json_t) open = ccf_proposal_new (
      "transition_service_to_open",
      json_pack ("{s:s}", "next_service_identity", ccf_client_service_certificate (world.ops)));
  JSON (opened, ccf_propose_and_vote (NULL, world.ops, open, error_opened));
  DO (ccf_member_activate (NULL, world.m0, &e));
  g_autofree char *files = g_build_filename (g_getenv ("CLEANROOM_SRCDIR"), "personas", "governance", NULL);
  DO (cgs_service_deploy_files (NULL, world.m0, files, &e));
}

static void
make_user (void)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autoptr (X509) certificate =
      cose_cert_issue (&(CoseCertRequest){ .common_name = "issuer", .path_length = -1, .key = key }, NULL);
  g_autofree char *entry = cose_x5c_entry (certificate);
  g_autoptr (json_t) proposal = ccf_proposal_new (
      "set_jwt_issuer", json_pack ("{s:s,s:b}", "issuer", "https://issuer.example", "auto_refresh", 0));
  ccf_proposal_add (proposal, "set_jwt_public_signing_keys",
                    json_pack ("{s:s,s:{s:[{s:s,s:s,s:[s]}]}}", "issuer", "https://issuer.example", "jwks",
                               "keys", "kty", "RSA", "kid", "k1", "x5c", entry));
  JSON (trusted, ccf_propose_and_vote (NULL, world.m0, proposal, error_trusted));
  gint64 now = cr_now_seconds ();
  g_autoptr (json_t) claims = json_pack ("{s:s,s:s,s:s,s:s,s:I,s:I}", "iss", "https://issuer.example", "oid",
                                         USER, "tid", TENANT, "preferred_username", "ada@example.com", "nbf",
                                         (json_int_t) now - 5, "exp", (json_int_t) now + 600);
  g_auto (CrSecretText) token = cose_jwt_sign (key, "RS256", "k1", claims, NULL);
  world.token = g_strdup (token);
  world.user = client_new (NULL);
  world.user_events = client_new (NULL);
  ccf_client_set_token_provider (world.user, user_token, world.token, NULL);
  ccf_client_set_token_provider (world.user_events, user_token, world.token, NULL);
}

static CcfEvidence *
make_evidence (AttestationPlatform *platform, const char *host_data)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autofree char *pem = cose_key_public_pem_trimmed (key);
  g_autoptr (json_t) attestation = attestation_make (platform, host_data, pem, NULL);
  g_assert_nonnull (attestation);
  return ccf_evidence_new ("snp-caci", attestation, key);
}

static void
set_up (void)
{
  world.folder = g_dir_make_tmp ("client-cgs-XXXXXX", NULL);
  world.keys = memory_keys_new ();
  SandboxOptions options = { .state_folder = world.folder };
  world.sandbox = sandbox_new (&options, NULL);
  DO (ccf_start (world.sandbox, &e));
  make_network ();
  make_user ();
  g_autoptr (AttestationPlatform) platform = attestation_platform_open (sandbox_folder (world.sandbox), NULL);
  world.evidence = make_evidence (platform, HOST_1);
  world.evidence_2 = make_evidence (platform, HOST_2);
}

static void
tear_down (void)
{
  CcfClient **clients[] = { &world.ops, &world.m0, &world.m1, &world.user, &world.room, &world.user_events };
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    g_clear_pointer (clients[i], ccf_client_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (world.identities); i++)
    member_identity_free (world.identities[i]);
  ccf_evidence_free (world.evidence);
  ccf_evidence_free (world.evidence_2);
  sandbox_free (world.sandbox);
  key_store_free (world.keys);
  g_free (world.token);
  g_assert_true (cr_dir_remove (world.folder, NULL));
  g_free (world.folder);
}

/* m0 accepts what it proposed; then m1 does. */
static void
both_accept (json_t *taken)
{
  g_autoptr (json_t) proposal = taken;
  g_assert_nonnull (proposal);
  if (g_strcmp0 (text (proposal, "proposalState"), "Open") != 0)
    return;
  JSON (voted, ccf_proposal_vote (NULL, world.m1, text (proposal, "proposalId"), TRUE, error_voted));
  g_assert_cmpstr (text (voted, "proposalState"), ==, "Accepted");
}

/* ---- Contracts, and who has to vote ---- */

static void
test_contract (void)
{
  /* With a second member that is only registered, a contract waits for its activation. */
  g_autoptr (json_t) data = json_pack ("{s:s}", "identifier", "m1");
  JSON (added, cgs_member_propose (NULL, world.m0, member_identity_certificate_pem (world.identities[2]),
                                   NULL, NULL, data, error_added));
  DO (cgs_contract_put (NULL, world.m0, "c1", "text", NULL, &e));
  JSON (draft, cgs_contract_show (NULL, world.m0, "c1", error_draft));
  g_assert_cmpstr (text (draft, "state"), ==, "Draft");
  JSON (proposal, cgs_contract_propose (NULL, world.m0, "c1", text (draft, "version"), error_proposal));
  const char *id = text (proposal, "proposalId");
  JSON (voted, cgs_contract_vote (NULL, world.m0, "c1", id, TRUE, error_voted));
  JSON (contract, cgs_contract_show (NULL, world.m0, "c1", error_contract));
  JSON (waiting, cgs_waiting_contract (NULL, world.m0, contract, error_waiting));
  g_assert_cmpuint (json_array_size (json_object_get (waiting, "missing")), ==, 0);
  g_assert_cmpstr (text (json_array_get (json_object_get (waiting, "notActive"), 0), "name"), ==, "m1");
  DO (ccf_member_activate (NULL, world.m1, &e));
  JSON (later, cgs_waiting_contract (NULL, world.m1, contract, error_later));
  g_assert_cmpstr (text (json_array_get (json_object_get (later, "missing"), 0), "name"), ==, "m1");
  g_assert_cmpuint (json_array_size (json_object_get (later, "required")), ==, 2);
  g_assert_cmpstr (text (json_array_get (json_object_get (later, "voted"), 0), "vote"), ==, "accepted");
  JSON (decided, cgs_contract_vote (NULL, world.m1, "c1", id, TRUE, error_decided));
  JSON (accepted, cgs_contract_show (NULL, world.m1, "c1", error_accepted));
  g_assert_cmpstr (text (accepted, "state"), ==, "Accepted");
  JSON (done, cgs_waiting_contract (NULL, world.m1, accepted, error_done));
  g_assert_cmpuint (json_array_size (json_object_get (done, "missing")), ==, 0);
  JSON (list, cgs_contract_list (NULL, world.m1, "Accepted", error_list));
  g_assert_cmpuint (json_array_size (list), ==, 1);

  g_autoptr (GError) error = NULL;
  assert_reason (!cgs_contract_put (NULL, world.m0, "c1", "other", NULL, &error), &error,
                 "ContractAlreadyAccepted");
}

static void
test_options (void)
{
  JSON (enabled, cgs_contract_option_status (NULL, world.m0, "c1", "execution", error_enabled));
  g_assert_cmpstr (text (enabled, "status"), ==, "enabled");
  DO (cgs_contract_execution_set (NULL, world.m1, "c1", FALSE, &e));
  JSON (disabled, cgs_contract_option_status (NULL, world.m0, "c1", "execution", error_disabled));
  g_assert_cmpstr (text (json_object_get (disabled, "reason"), "code"), ==, "ContractDisabled");
  DO (cgs_contract_execution_set (NULL, world.m1, "c1", TRUE, &e));
  both_accept (cgs_contract_option_propose (NULL, world.m0, "c1", "logging", TRUE, NULL));
  JSON (logging, cgs_contract_option_status (NULL, world.m0, "c1", "logging", error_logging));
  g_assert_cmpstr (text (logging, "status"), ==, "enabled");
  both_accept (cgs_option_propose (NULL, world.m0, "autoapprove-jsapp-proposal", TRUE, NULL));
  JSON (option, cgs_option_status (NULL, world.m0, "autoapprove-jsapp-proposal", error_option));
  g_assert_cmpstr (text (option, "status"), ==, "enabled");
  both_accept (cgs_recovery_threshold_propose (NULL, world.ops, 1, NULL));
}

static void
test_deployment (void)
{
  g_autoptr (json_t) data = json_pack ("{s:s}", "armTemplate", "something");
  both_accept (cgs_deployment_spec_propose (NULL, world.m0, "c1", data, NULL));
  both_accept (cgs_deployment_info_propose (NULL, world.m0, "c1", data, NULL));
  JSON (spec, cgs_deployment_spec_show (NULL, world.room, "c1", error_spec));
  JSON (info, cgs_deployment_info_show (NULL, world.room, "c1", error_info));
  g_assert_true (json_equal (json_object_get (spec, "data"), data));
  g_assert_true (json_equal (json_object_get (info, "data"), data));

  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) early = cgs_attested_consent (NULL, world.room, world.evidence, "c1", "execution",
                                                   &error);
  assert_reason (early == NULL, &error, "VerifySnpAttestationFailed");
  g_autoptr (json_t) claims = json_pack ("{s:b,s:s}", "x-ms-sevsnpvm-is-debuggable", 0,
                                         "x-ms-sevsnpvm-hostdata", HOST_1);
  both_accept (cgs_policy_propose (NULL, world.m0, "c1", "add", "snp-caci", claims, NULL));
  JSON (policy, cgs_policy_show (NULL, world.m0, "c1", error_policy));
  g_assert_cmpuint (json_object_size (json_object_get (policy, "policy")), ==, 2);
  JSON (consent, cgs_attested_consent (NULL, world.room, world.evidence, "c1", "execution", error_consent));
  g_assert_cmpstr (text (consent, "status"), ==, "enabled");
}

/* ---- Users and documents ---- */

static void
test_users (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) nobody = cgs_user_self_status (NULL, world.user, &error);
  assert_reason (nobody == NULL, &error, "CallerNotAuthorized");
  both_accept (cgs_invitation_propose (NULL, world.m0, "i1", "ada@example.com", "User", NULL, NULL));
  JSON (invitations, cgs_invitation_list (NULL, world.user, error_invitations));
  g_assert_cmpuint (json_array_size (invitations), ==, 1);
  DO (cgs_invitation_accept (NULL, world.user, "i1", &e));
  JSON (invitation, cgs_invitation_show (NULL, world.m0, "i1", error_invitation));
  g_assert_cmpstr (text (invitation, "status"), ==, "Accepted");
  both_accept (cgs_user_identity_propose_invited (NULL, world.m0, "i1", NULL));
  JSON (status, cgs_user_self_status (NULL, world.user, error_status));
  g_assert_true (cr_json_peek_bool (status, "active", FALSE));
  JSON (users, cgs_user_identity_list (NULL, world.user, error_users));
  JSON (user, cgs_user_identity_show (NULL, world.m0, USER, error_user));
  g_assert_cmpstr (text (json_object_get (user, "data"), "identifier"), ==, "ada@example.com");
}

static void
test_member_document (void)
{
  DO (cgs_member_document_put (NULL, world.m0, "c1", "md", "text", NULL, &e));
  JSON (draft, cgs_member_document_show (NULL, world.user, "md", error_draft));
  JSON (proposal,
        cgs_member_document_propose (NULL, world.m0, "md", text (draft, "version"), error_proposal));
  JSON (proposed, cgs_member_document_show (NULL, world.m0, "md", error_proposed));
  JSON (waiting, cgs_waiting_member_document (NULL, world.m0, proposed, error_waiting));
  g_assert_cmpuint (json_array_size (json_object_get (waiting, "missing")), ==, 2);
  JSON (open, ccf_proposal_show (NULL, world.m0, text (proposal, "proposalId"), error_open));
  JSON (same, cgs_waiting_proposal (NULL, world.m0, open, error_same));
  g_assert_cmpuint (json_array_size (json_object_get (same, "missing")), ==, 2);
  const char *id = text (proposal, "proposalId");
  JSON (first, cgs_member_document_vote (NULL, world.m0, "md", id, TRUE, error_first));
  JSON (second, cgs_member_document_vote (NULL, world.m1, "md", id, TRUE, error_second));
  JSON (list, cgs_member_document_list (NULL, world.m0, error_list));
  g_assert_cmpuint (json_array_size (list), ==, 1);
  JSON (accepted, cgs_member_document_show (NULL, world.m0, "md", error_accepted));
  JSON (seen, cgs_attested_member_document (NULL, world.room, world.evidence, "c1", "md", error_seen));
  g_autofree char *a = cr_json_dump (accepted), *b = cr_json_dump (seen);
  g_assert_cmpstr (a, ==, b);
  JSON (history, cgs_proposal_history (NULL, world.user, id, error_history));
  g_assert_cmpstr (text (json_array_get (history, json_array_size (history) - 1), "proposalState"), ==,
                   "Accepted");
}

static void
test_user_document (void)
{
  g_autoptr (json_t) approvers = json_pack ("[{s:s,s:s},{s:s,s:s}]", "approverId", USER, "approverIdType",
                                            "user", "approverId", member_identity_id (world.identities[1]),
                                            "approverIdType", "member");
  g_autoptr (json_t) labels = json_pack ("{s:s}", "kind", "query");
  g_autofree char *id = cgs_user_proposal_id_new ();
  DO (cgs_user_document_put (NULL, world.user, "c1", "ud", "text", NULL, labels, approvers, &e));
  JSON (draft, cgs_user_document_show (NULL, world.user, NULL, "ud", error_draft));
  JSON (proposed, cgs_user_document_propose (NULL, world.user, NULL, "ud", text (draft, "version"), id,
                                             error_proposed));
  JSON (one, cgs_user_document_vote (NULL, world.user, "c1", "ud", NULL, TRUE, error_one));
  JSON (open, cgs_user_document_show (NULL, world.m0, "c1", "ud", error_open));
  JSON (waiting, cgs_waiting_user_document (NULL, world.m0, open, error_waiting));
  g_assert_cmpstr (text (json_array_get (json_object_get (waiting, "missing"), 0), "name"), ==, "m0");
  g_assert_cmpstr (text (json_array_get (json_object_get (waiting, "voted"), 0), "name"), ==,
                   "ada@example.com");
  JSON (proposal, cgs_user_proposal_show (NULL, world.m0, id, error_proposal));
  JSON (status, cgs_user_proposal_status (NULL, world.m0, id, error_status));
  g_assert_cmpstr (text (status, "state"), ==, "Open");
  JSON (two, cgs_user_proposal_vote (NULL, world.m0, id, TRUE, error_two));
  g_assert_cmpstr (text (two, "state"), ==, "Accepted");
  JSON (found, cgs_user_document_list (NULL, world.user, NULL, "kind:query", error_found));
  JSON (same, cgs_user_document_list (NULL, world.user, "c1", "kind:other", error_same));
  g_assert_cmpuint (json_array_size (found), ==, 1);
  g_assert_cmpuint (json_array_size (same), ==, 0);
  JSON (seen, cgs_attested_user_document (NULL, world.room, world.evidence, "c1", "ud", error_seen));
  g_assert_cmpstr (text (seen, "state"), ==, "Accepted");
  DO (cgs_user_document_option_set (NULL, world.user, NULL, "ud", "telemetry", FALSE, &e));
  JSON (off, cgs_user_document_option_status (NULL, world.m0, NULL, "ud", "telemetry", error_off));
  g_assert_cmpstr (text (off, "status"), ==, "disabled");
  JSON (consent, cgs_attested_document_consent (NULL, world.room, world.evidence, "c1", "ud", "execution",
                                                error_consent));
  g_assert_cmpstr (text (consent, "status"), ==, "enabled");

  g_autofree char *second = cgs_user_proposal_id_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) again = cgs_user_proposal_put (NULL, world.user, second, proposal, &error);
  assert_reason (again == NULL, &error, "UserDocumentAlreadyAccepted");
  DO (cgs_user_document_put (NULL, world.user, "c1", "ud2", "text", NULL, NULL, approvers, &e));
  JSON (draft2, cgs_user_document_show (NULL, world.user, "c1", "ud2", error_draft2));
  JSON (put, cgs_user_document_propose (NULL, world.user, "c1", "ud2", text (draft2, "version"), second,
                                        error_put));
  JSON (withdrawn, cgs_user_proposal_withdraw (NULL, world.user, second, error_withdrawn));
  g_assert_cmpstr (text (withdrawn, "state"), ==, "Withdrawn");
}

/* ---- The clean room ---- */

static gboolean
count_page (json_t *events, gpointer data, GError **error)
{
  (void) events;
  (void) error;
  ++*(guint *) data;
  return TRUE;
}

static void
test_events (void)
{
  g_autoptr (json_t) event = json_pack ("{s:s,s:s}", "source", "test", "message", "hello");
  DO (cgs_attested_event (NULL, world.room, world.evidence, "c1", NULL, NULL, event, &e));
  DO (cgs_attested_event (NULL, world.room, world.evidence, "c1", "run 1", "a scope", event, &e));
  CgsEventQuery latest = { 0 }, scoped = { .id = "run 1", .scope = "a scope", .from_seqno = 1 };
  JSON (one, cgs_events (NULL, world.m0, "c1", &latest, error_one));
  JSON (all, cgs_events (NULL, world.user, "c1", &scoped, error_all));
  g_assert_cmpuint (json_array_size (one), ==, 1);
  g_assert_cmpuint (json_array_size (all), ==, 1);
  g_assert_cmpstr (text (json_object_get (json_array_get (all, 0), "data"), "message"), ==, "hello");
  /* Several pages, under an id and a scope that have to be encoded in every link. */
  for (guint i = 0; i < 4; i++)
    DO (cgs_attested_event (NULL, world.room, world.evidence, "c1", "run 1", "a scope", event, &e));
  guint pages = 0;
  scoped.page_size = 1;
  DO (cgs_events_each (NULL, world.user, "c1", &scoped, count_page, &pages, &e));
  g_assert_cmpuint (pages, >=, 2);
  JSON (paged, cgs_events (NULL, world.user, "c1", &scoped, error_paged));
  g_assert_cmpuint (json_array_size (paged), ==, 5);

  g_autoptr (GError) error = NULL;
  gboolean other = cgs_attested_event (NULL, world.room, world.evidence_2, "c1", NULL, NULL, event, &error);
  assert_reason (!other, &error, "VerifySnpAttestationFailed");
  g_clear_error (&error);
  g_assert_false (cgs_attested_event (NULL, world.room, world.evidence, "c1", "a&b=c", NULL, event, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_autoptr (json_t) claims = json_pack ("{s:s}", "x-ms-sevsnpvm-hostdata", HOST_2);
  DO (cgs_attested_delegate_put (NULL, world.room, world.evidence, "c1", "events", "writer", "add", NULL,
                                 claims, &e));
  DO (cgs_attested_event (NULL, world.room, world.evidence_2, "c1", NULL, NULL, event, &e));
  JSON (delegates, cgs_delegates_list (NULL, world.m0, "c1", error_delegates));
  g_assert_cmpuint (json_array_size (delegates), ==, 1);
  JSON (delegate, cgs_delegate_show (NULL, world.user, "c1", "events", "writer", error_delegate));
  g_assert_nonnull (json_object_get (json_object_get (delegate, "claims"), "x-ms-sevsnpvm-hostdata"));
}

/* A user whose token fits a policy of token claims writes events with a signature and no evidence. */
static void
test_user_events (void)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autoptr (CcfEvidence) signer = ccf_evidence_new (NULL, NULL, key);
  g_autoptr (json_t) event = json_pack ("{s:s}", "message", "hi");
  DO (cgs_contract_put (NULL, world.m0, "c3", "text", NULL, &e));
  JSON (draft, cgs_contract_show (NULL, world.m0, "c3", error_draft));
  JSON (proposal, cgs_contract_propose (NULL, world.m0, "c3", text (draft, "version"), error_proposal));
  JSON (a, ccf_proposal_vote (NULL, world.m0, text (proposal, "proposalId"), TRUE, error_a));
  JSON (b, ccf_proposal_vote (NULL, world.m1, text (proposal, "proposalId"), TRUE, error_b));
  g_autoptr (GError) error = NULL;
  gboolean early = cgs_attested_event (NULL, world.user_events, signer, "c3", NULL, NULL, event, &error);
  assert_reason (!early, &error, "VerifyJwtAttestationFailed");
  g_autoptr (json_t) claims = json_pack ("{s:s}", "oid", USER);
  both_accept (cgs_policy_propose (NULL, world.m0, "c3", "add", "jwt", claims, NULL));
  DO (cgs_attested_event (NULL, world.user_events, signer, "c3", NULL, NULL, event, &e));
}

static void
test_secrets (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *mine = cgs_secret_put (NULL, world.user, "c1", "s", "of a user", &error);
  g_assert_no_error (error);
  g_autofree char *room = cgs_attested_secret_put (NULL, world.room, world.evidence, "c1", "r", "of a room",
                                                   &error);
  g_assert_no_error (error);
  g_assert_cmpstr (room, ==, "cleanroom_r");
  g_autoptr (GBytes) value = cgs_attested_secret_get (NULL, world.room, world.evidence, "c1", mine, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (value, NULL), g_bytes_get_size (value), "of a user", 9);
  JSON (list, cgs_secret_list (NULL, world.m0, "c1", error_list));
  g_assert_cmpuint (json_array_size (list), ==, 2);
  g_autoptr (GBytes) none = cgs_attested_secret_get (NULL, world.room, world.evidence, "c1", "none", &error);
  assert_reason (none == NULL, &error, "SecretNotFound");
  g_clear_error (&error);
  none = cgs_attested_secret_get (NULL, world.room, world.evidence_2, "c1", mine, &error);
  assert_reason (none == NULL, &error, "VerifySnpAttestationFailed");
}

/* ---- Keys of the service ---- */

static void
test_oidc (void)
{
  g_autoptr (GError) error = NULL;
  DO (cgs_oidc_set_issuer_url (NULL, world.m0, "https://issuer.m0", &e));
  JSON (info, cgs_oidc_info (NULL, world.m0, error_info));
  g_assert_cmpstr (text (json_object_get (info, "tenantData"), "issuerUrl"), ==, "https://issuer.m0");
  JSON (keys, cgs_oidc_keys (NULL, world.room, error_keys));
  CgsTokenRequest request = {
    .exp = "2000000000", .iat = "1700000000", .jti = "j", .sub = "a b", .tid = TENANT, .aud = "api://x"
  };
  g_autoptr (GBytes) token = cgs_attested_token (NULL, world.room, world.evidence, "c1", &request, &error);
  g_assert_no_error (error);
  g_auto (CrSecretText) plain = cr_secret_text_new (g_bytes_get_data (token, NULL),
                                                    (gssize) g_bytes_get_size (token));
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (plain, NULL);
  g_assert_cmpstr (cose_jwt_text (jwt, "iss"), ==, "https://issuer.m0");
  g_assert_cmpstr (cose_jwt_text (jwt, "sub"), ==, "a b");
  g_autoptr (EVP_PKEY) key = cose_jwk_key (cose_jwks_find (keys, cose_jwt_kid (jwt)), NULL);
  DO (cose_jwt_verify (jwt, key, &e));
  both_accept (cgs_oidc_propose_issuer_url (NULL, world.m0, "https://everybody", NULL));
  both_accept (cgs_oidc_propose_rotate (NULL, world.m0, NULL));
  JSON (rotated, cgs_oidc_generate_key (NULL, world.m0, error_rotated));
  g_assert_cmpstr (text (rotated, "kid"), !=, cose_jwt_kid (jwt));
}

static void
test_signing (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) early = cgs_attested_sign (NULL, world.room, world.evidence, "c1", "hello", 5, &error);
  assert_reason (early == NULL, &error, "SigningKeyNotAvailable");
  g_clear_error (&error);
  both_accept (cgs_signing_propose_enable (NULL, world.m0, NULL));
  JSON (key, cgs_signing_generate_key (NULL, world.m0, error_key));
  JSON (info, cgs_signing_info (NULL, world.user, error_info));
  g_autoptr (GBytes) signature = cgs_attested_sign (NULL, world.room, world.evidence, "c1", "hello", 5,
                                                    &error);
  g_assert_no_error (error);
  g_autoptr (EVP_PKEY) public_key = cose_key_from_public_pem (text (info, "publicKeyPem"), -1, "key", NULL);
  DO (cose_pss_verify (public_key, "hello", 5, signature, &e));
  both_accept (cgs_signing_propose_rotate (NULL, world.m0, NULL));
}

static void
test_ca (void)
{
  g_autoptr (GError) error = NULL;
  static const char *const names[] = { "dNSName:room.example", "iPAddress:10.0.0.1", NULL };
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P256, NULL);
  g_autofree char *pem = cose_key_public_pem (key);
  both_accept (cgs_ca_propose_enable (NULL, world.m0, "c1", NULL));
  g_autofree char *early = cgs_attested_certificate (NULL, world.room, world.evidence, "c1", pem, "CN=x",
                                                     NULL, 1, &error);
  assert_reason (early == NULL, &error, "NoCASigningKey");
  g_clear_error (&error);
  JSON (made, cgs_ca_generate_key (NULL, world.m0, "c1", error_made));
  JSON (ca, cgs_ca_show (NULL, world.user, "c1", error_ca));
  g_autofree char *endorsed = cgs_attested_certificate (NULL, world.room, world.evidence, "c1", pem,
                                                        "CN=room", names, 1, &error);
  g_assert_no_error (error);
  g_autoptr (X509) certificate = cose_cert_from_pem (endorsed, -1, "cert", NULL);
  g_autoptr (X509) issuer = cose_cert_from_pem (text (ca, "caCert"), -1, "ca", NULL);
  g_autoptr (EVP_PKEY) issuer_key = cose_cert_key (issuer, NULL);
  g_assert_true (cose_cert_signed_by (certificate, issuer_key));
  g_assert_true (cose_cert_matches_host (certificate, "room.example"));
  both_accept (cgs_ca_propose_rotate (NULL, world.m0, "c1", NULL));
}

static void
test_service (void)
{
  JSON (version, cgs_service_version (NULL, world.m0, error_version));
  g_assert_true (g_str_has_prefix (text (version, "constitutionDigest"), "sha256:"));
  JSON (updates, cgs_service_updates (NULL, world.m0, error_updates));
  g_assert_cmpuint (json_array_size (updates), ==, 0);
  both_accept (cgs_invitation_propose (NULL, world.m0, "i2", "eve@example.com", "User", NULL, NULL));
  both_accept (cgs_invitation_remove (NULL, world.m0, "i2", NULL));
  both_accept (cgs_user_identity_remove (NULL, world.m0, USER, NULL));
  /* A client that only proposes leaves every ballot to its caller. */
  ccf_client_set_proposes_only (world.m0, TRUE);
  JSON (open, cgs_oidc_propose_rotate (NULL, world.m0, error_open));
  g_assert_cmpint (cr_json_peek_int (open, "ballotCount", -1), ==, 0);
  ccf_client_set_proposes_only (world.m0, FALSE);
  JSON (gone, ccf_proposal_withdraw (NULL, world.m0, text (open, "proposalId"), error_gone));
  g_assert_cmpstr (text (gone, "proposalState"), ==, "Withdrawn");
}

static void
test_required_members (void)
{
  static const struct {
    const char *data;
    guint count;
  } rows[] = {
    { "{\"metadata\":{\"voters\":{\"requiredMembers\":[\"a\",\"b\"]}},\"properties\":{}}", 2 },
    { "metadata:\n  voters:\n    requiredMembers: [a]\n", 1 },
    { "{\"metadata\":{\"voters\":{\"requiredMembers\":[]}}}", 0 },
    { "{\"metadata\":{\"voters\":{\"requiredMembers\":[1]}}}", 0 },
    { "{\"metadata\":{\"voters\":{\"requiredMembers\":\"a\"}}}", 0 },
    { "just words", 0 },
    { "[1,2", 0 },
    { "", 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (json_t) data = json_string (rows[i].data);
    g_autoptr (json_t) ids = cgs_required_members (data);
    g_assert_cmpuint (json_array_size (ids), ==, rows[i].count);
  }
  g_autoptr (json_t) object = json_pack ("{s:{s:{s:[s]}}}", "metadata", "voters", "requiredMembers", "a");
  g_autoptr (json_t) ids = cgs_required_members (object);
  g_assert_cmpuint (json_array_size (ids), ==, 1);
  g_autoptr (GError) error = NULL;
  g_assert_nonnull (cgs_rules (NULL, world.m0, &error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  set_up ();
  /* One network for all: each builds on what the ones before agreed upon. */
  g_test_add_func ("/client-cgs/contract", test_contract);
  g_test_add_func ("/client-cgs/options", test_options);
  g_test_add_func ("/client-cgs/deployment", test_deployment);
  g_test_add_func ("/client-cgs/users", test_users);
  g_test_add_func ("/client-cgs/member-document", test_member_document);
  g_test_add_func ("/client-cgs/user-document", test_user_document);
  g_test_add_func ("/client-cgs/events", test_events);
  g_test_add_func ("/client-cgs/user-events", test_user_events);
  g_test_add_func ("/client-cgs/secrets", test_secrets);
  g_test_add_func ("/client-cgs/oidc", test_oidc);
  g_test_add_func ("/client-cgs/signing", test_signing);
  g_test_add_func ("/client-cgs/ca", test_ca);
  g_test_add_func ("/client-cgs/required-members", test_required_members);
  g_test_add_func ("/client-cgs/service", test_service);
  int result = g_test_run ();
  tear_down ();
  return result;
}
