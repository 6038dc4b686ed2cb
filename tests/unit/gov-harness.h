/* SPDX-License-Identifier: MIT
 * A ledger node with three members over real TLS, and the calls that tests of governance make there.
 */
#pragma once

#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cose/x509.h"
#include "http/http.h"

#include <string.h>

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

static inline void
answer_clear (Answer *answer)
{
  json_decref (answer->json);
  g_free (answer->text);
  g_free (answer->txid);
  g_free (answer->challenge);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static inline void
member_init (Member *member, const char *name)
{
  member->key = cose_key_new (COSE_KEY_P384, NULL);
  g_autoptr (X509) cert = cose_cert_new_member (name, member->key, 0, NULL);
  member->pem = cose_cert_to_pem (cert);
  member->id = cose_cert_id (cert);
}

static inline void
member_clear (Member *member)
{
  EVP_PKEY_free (member->key);
  g_free (member->pem);
  g_free (member->id);
}

static inline json_t *
genesis_members (Net *net)
{
  g_autoptr (EVP_PKEY) rsa = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autofree char *rsa_pem = cose_key_public_pem (rsa);
  return json_pack ("[{s:s,s:s,s:{s:b}},{s:s},{s:s}]", "certificate", net->op.pem, "encryptionPublicKey",
                    rsa_pem, "memberData", "isOperator", 1, "certificate", net->north.pem, "certificate",
                    net->wood.pem);
}

static inline void
start (Net *net)
{
  g_autoptr (GError) error = NULL;
  SandboxOptions options = { .state_folder = net->folder };
  net->sandbox = sandbox_new (&options, &error);
  g_assert_no_error (error);
  g_assert_true (ccf_start (net->sandbox, &error));
  g_assert_no_error (error);
}

static inline void
connect_client (Net *net)
{
  g_clear_pointer (&net->client, http_client_unref);
  net->client = http_client_new (ccf_node_service_pem (ccf_node (net->sandbox)), NULL);
  g_assert_nonnull (net->client);
}

static inline void
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

static inline void
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

static inline void
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

static inline void
get (Net *net, const char *path, Answer *answer)
{
  send_with (net, net->client, "GET", path, NULL, NULL, answer);
}

static inline GBytes *
sign (Net *net, const Member *member, const char *type, const char *proposal, const char *payload)
{
  CoseHeader header = { .kid = member->id, .type = type, .created_at = net->clock, .proposal_id = proposal };
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));
  GBytes *message = cose_sign1_sign (&header, bytes, member->key, NULL);
  g_assert_nonnull (message);
  return message;
}

static inline void
post (Net *net, const Member *member, const char *path, const char *type, const char *proposal,
      const char *payload, Answer *answer)
{
  g_autoptr (GBytes) message = sign (net, member, type, proposal, payload);
  send_with (net, net->client, "POST", path, "application/cose", message, answer);
}

static inline void
propose (Net *net, const Member *member, const char *payload, Answer *answer)
{
  post (net, member, "/gov/members/proposals:create" API, "proposal", NULL, payload, answer);
}

static inline char *
proposed (Net *net, const Member *member, const char *payload)
{
  g_auto (Answer) answer = { 0 };
  propose (net, member, payload, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_cmpstr (cr_json_peek_string (answer.json, "proposalState"), ==, "Open");
  return g_strdup (cr_json_peek_string (answer.json, "proposalId"));
}

static inline void
vote (Net *net, const Member *member, const char *id, const char *ballot, Answer *answer)
{
  g_autofree char *path = g_strdup_printf ("/gov/members/proposals/%s/ballots/%s:submit" API, id, member->id);
  g_autoptr (json_t) body = json_pack ("{s:s}", "ballot", ballot);
  g_autofree char *payload = cr_json_dump (body);
  post (net, member, path, "ballot", id, payload, answer);
}

static inline void
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

static inline const char *
message_of (const Answer *answer)
{
  return cr_json_peek_string (json_object_get (answer->json, "error"), "message");
}

#define check_state(answer, expected)                                                                        \
  g_assert_cmpstr (cr_json_peek_string ((answer).json, "proposalState"), ==, (expected))

static inline char *
open_payload (Net *net, const char *suffix)
{
  g_autofree char *pem = g_strconcat (ccf_node_service_pem (ccf_node (net->sandbox)), suffix, NULL);
  g_autoptr (json_t) proposal = json_pack ("{s:[{s:s,s:{s:s}}]}", "actions", "name",
                                           "transition_service_to_open", "args", "next_service_identity",
                                           pem);
  return cr_json_dump (proposal);
}

static inline void
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

static inline void
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
