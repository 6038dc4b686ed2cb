/* SPDX-License-Identifier: MIT
 * The network of a conformance run and everything that is sent to it.
 */
#include "conformance-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "cose/jwt.h"
#include "cose/x509.h"
#include "http/http.h"
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"
#include "../unit/memory-keys.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define API "?api-version=2024-07-01"
#define YES "export function vote (proposal, proposerId) { return true }"
#define NO "export function vote (proposal, proposerId) { return false }"
#define ISSUER "https://idp.example/local"
#define ENTRA "https://login.microsoftonline.com"
#define ENTRA_TENANT "11111111-2222-3333-4444-555555555555"
#define TENANT_0 "tenant-0"
#define USER_TENANT "tenant-u"

static const char *const user_oids[] = { "user-0", "user-1", "user-2", "stranger", "entra-user" };

const char *
member_id (const Conformance *it, Who who)
{
  return it->persons[who].id;
}

const char *
caller_id (const Conformance *it, Who who)
{
  return who >= USER_0 ? user_oids[who - USER_0] : it->persons[who].id;
}

/* --- tokens --- */

char *
make_token (Conformance *it, Who who, json_t *claims)
{
  g_autoptr (json_t) all = json_object ();
  gint64 now = cr_now_seconds ();
  gboolean entra = who == ENTRA_USER;
  cr_json_set_string (all, "iss", entra ? ENTRA "/" ENTRA_TENANT "/v2.0" : ISSUER);
  cr_json_set_string (all, "aud", "conformance");
  cr_json_set_int (all, "iat", now);
  cr_json_set_int (all, "nbf", now - 60);
  cr_json_set_int (all, "exp", now + 3600);
  cr_json_set_string (all, "oid", user_oids[who - USER_0]);
  cr_json_set_string (all, "tid", entra ? ENTRA_TENANT : USER_TENANT);
  if (claims)
    json_object_update_new (all, claims);
  g_auto (CrSecretText) token = cose_jwt_sign (entra ? it->entra_key : it->issuer_key, "RS256",
                                               entra ? "entra-key" : "local-key", all, NULL);
  return g_strdup (token);
}

static CrSecretText
provide_token (CrJob *job, gboolean renew, gpointer data, GError **error)
{
  (void) job;
  (void) renew;
  (void) error;
  return cr_secret_text_new (data, -1);
}

/* --- HTTP --- */

static gboolean
send_bytes (Conformance *it, Who who, const char *method, const char *path, const char *type, GBytes *body)
{
  g_autofree char *url = g_strconcat (it->url, path, NULL);
  g_autofree char *token = who >= USER_0 ? make_token (it, who, NULL) : NULL;
  HttpClient *http = it->persons[who >= USER_0 ? ANYONE : who].http;
  HttpRequest request = { .method = method,
                          .url = url,
                          .content_type = type,
                          .body = body,
                          .bearer = token,
                          .retry = HTTP_RETRY_NEVER };
  g_autoptr (HttpResponse) response = http_send (NULL, http, &request, out (it));
  gsize length = 0;
  const char *data = response ? g_bytes_get_data (response->body, &length) : NULL;
  conf_set_answer (it, response ? response->status : 0, g_strndup (data ? data : "", length),
                   response ? response->headers : NULL);
  return response || check (it, FALSE, "%s %s: %s", method, path, it->error->message);
}

static void
send_line (Conformance *it, Who who, const char *line, json_t *body)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);
  g_autoptr (json_t) taken = body;
  g_autoptr (GBytes) bytes = body ? cr_json_dump_bytes (body) : NULL;
  g_autofree char *path = g_str_has_prefix (words[1], "/gov/") || g_str_has_prefix (words[1], "/node/")
                              ? g_strdup (words[1])
                              : g_strconcat ("/app", words[1], NULL);
  /* What is read from the past is not at hand at once: the node says so, and the second question finds it. */
  for (guint i = 0; i < 5; i++) {
    if (!send_bytes (it, who, words[0], path, body ? "application/json" : NULL, bytes) || it->status != 202)
      return;
    it->waited = TRUE;
    check (it, conf_header (it, "retry-after") != NULL && !*conf_text (it), "%s answers 202 without a time",
           line);
  }
}

gboolean
call (Conformance *it, Who who, const char *line, json_t *body, guint wanted)
{
  send_line (it, who, line, body);
  return check (it, it->status == wanted, "%s answers %u %s, not %u", line, it->status, conf_text (it),
                wanted);
}

gboolean
fails (Conformance *it, Who who, const char *line, json_t *body, guint status, const char *code,
       const char *message)
{
  send_line (it, who, line, body);
  const json_t *error = json_object_get (it->json, "error");
  const char *actual = cr_json_peek_string (error, "code"), *text = cr_json_peek_string (error, "message");
  gboolean ok = it->status == status && g_strcmp0 (actual, code) == 0
                && (!message || (text && g_str_has_prefix (text, message)));
  return check (it, ok, "%s answers %u %s, not %u %s %s", line, it->status, conf_text (it), status, code,
                message ? message : "");
}

/* --- governance --- */

static void
post_signed (Conformance *it, Who who, const char *path, const char *type, const char *proposal,
             const char *payload)
{
  CoseHeader header = {
    .kid = it->persons[who].id, .type = type, .created_at = cr_now_seconds (), .proposal_id = proposal
  };
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));
  g_autoptr (GBytes) message = cose_sign1_sign (&header, bytes, it->persons[who].key, NULL);
  send_bytes (it, ANYONE, "POST", path, "application/cose", message);
}

static void
create (Conformance *it, Who who, json_t *actions)
{
  g_autoptr (json_t) proposal = json_pack ("{so}", "actions", actions);
  g_autofree char *payload = cr_json_dump (proposal);
  post_signed (it, who, "/gov/members/proposals:create" API, "proposal", NULL, payload);
}

const char *
propose_actions (Conformance *it, Who who, json_t *actions)
{
  create (it, who, actions);
  const char *id = cr_json_peek_string (it->json, "proposalId");
  check (it, it->status == 200 && id, "the proposal answers %u %s", it->status, conf_text (it));
  return it->status == 200 && id ? fmt (it, "%s", id) : NULL;
}

const char *
propose (Conformance *it, Who who, const char *action, json_t *args)
{
  json_t *entry = json_pack ("{ss}", "name", action);
  if (args)
    cr_json_set (entry, "args", args);
  return propose_actions (it, who, json_pack ("[o]", entry));
}

void
propose_refused (Conformance *it, Who who, const char *action, json_t *args, const char *text)
{
  create (it, who, json_pack ("[{ssso}]", "name", action, "args", args));
  const json_t *error = json_object_get (it->json, "error");
  const char *message = cr_json_peek_string (error, "message");
  check (it,
         it->status == 400 && g_strcmp0 (cr_json_peek_string (error, "code"), "ProposalFailedToValidate") == 0
             && message && strstr (message, text),
         "%s answers %u %s", action, it->status, conf_text (it));
}

gboolean
vote (Conformance *it, Who who, const char *proposal, gboolean accept)
{
  g_autofree char *path = g_strdup_printf ("/gov/members/proposals/%s/ballots/%s:submit" API,
                                           proposal ? proposal : "none", it->persons[who].id);
  g_autoptr (json_t) body = json_pack ("{ss}", "ballot", accept ? YES : NO);
  g_autofree char *payload = cr_json_dump (body);
  post_signed (it, who, path, "ballot", proposal, payload);
  return check (it, it->status == 200, "the ballot answers %u %s", it->status, conf_text (it));
}

void
vote_all (Conformance *it, const char *proposal)
{
  for (Who who = MEMBER_0; who <= MEMBER_2; who++)
    vote (it, who, proposal, TRUE);
}

gboolean
state_is (Conformance *it, const char *state)
{
  return has (it, "proposalState", state);
}

gboolean
history_ends (Conformance *it, const char *proposal, const char *state)
{
  call (it, MEMBER_0, fmt (it, "GET /proposals/%s/historical", proposal ? proposal : "none"), NULL, 200);
  const json_t *list = json_object_get (it->json, "value");
  gsize size = json_array_size (list);
  const json_t *last = size ? json_array_get (list, size - 1) : NULL;
  const char *actual = cr_json_peek_string (last, "proposalState");
  return check (it, g_strcmp0 (actual, state) == 0, "the history ends with %s, not %s",
                actual ? actual : "nothing", state);
}

void
pass (Conformance *it, const char *action, json_t *args)
{
  const char *id = propose (it, MEMBER_0, action, args);
  for (Who who = MEMBER_0;
       who <= MEMBER_2 && g_strcmp0 (cr_json_peek_string (it->json, "proposalState"), "Open") == 0; who++)
    vote (it, who, id, TRUE);
  state_is (it, "Accepted");
}

/* --- clean rooms --- */

AttestationClient *
room (Conformance *it, guint number)
{
  return it->rooms[number - 1];
}

json_t *
attested (Conformance *it, guint number)
{
  return attestation_client_encrypt_body (room (it, number));
}

json_t *
attested_data (Conformance *it, guint number, const char *data)
{
  g_autoptr (json_t) value = js ("%s", data);
  return attestation_client_signed_body (room (it, number), value, out (it));
}

void
attested_refusals (Conformance *it, const char *line)
{
  fails (it, ANYONE, line, js ("{}"), 400, "AttestationMissing", "Attestation payload must be supplied.");
  fails (it, ANYONE, line, js ("{'attestation':'x'}"), 400, "EncryptionMissing",
         "Encrypt payload must be supplied.");
}

void
key_is_bound (Conformance *it, const char *line)
{
  json_t *body = attested (it, 1);
  g_autoptr (json_t) other = attested (it, 2);
  json_object_set (body, "encrypt", json_object_get (other, "encrypt"));
  fails (it, ANYONE, line, body, 400, "ReportDataMismatch",
         "Attestation report_data value did not match calculated value.");
}

char *
attested_text (Conformance *it, guint number, const char *line, json_t *extra)
{
  json_t *body = attested (it, number);
  if (extra)
    json_object_update_new (body, extra);
  call (it, ANYONE, line, body, 200);
  g_autoptr (GBytes) plain = it->json ? attestation_client_unwrap (room (it, number), it->json, out (it))
                                      : NULL;
  if (!check (it, plain != NULL, "%s: the answer cannot be unwrapped", line))
    return g_strdup ("");
  return g_strndup (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain));
}

/* --- things most topics need --- */

void
put_contract (Conformance *it, const char *id)
{
  call (it, MEMBER_0, fmt (it, "PUT /contracts/%s", id), js ("{'data':'terms of %s'}", id), 200);
}

void
accept_contract (Conformance *it, const char *id)
{
  put_contract (it, id);
  pass (it, "set_contract", js ("{'contractId':'%s','contract':{'data':'terms of %s'}}", id, id));
}

void
set_policy (Conformance *it, const char *contract, const char *type, const char *claims)
{
  pass (it, "set_clean_room_policy",
        js ("{'contractId':'%s','type':'%s','claims':%s}", contract, type, claims));
}

void
allow_all (Conformance *it, const char *contract)
{
  set_policy (it, contract, "add", ALLOW_ALL);
}

/* --- setting up --- */

static gboolean
make_member (Conformance *it, Who who, const char *name)
{
  Person *person = &it->persons[who];
  person->identity = member_identity_create (it->keys, "conformance", name, name, who == OPERATOR, out (it));
  if (!check (it, person->identity != NULL, "member %s: %s", name, it->error ? it->error->message : ""))
    return FALSE;
  person->key = member_identity_key (person->identity);
  EVP_PKEY_up_ref (person->key);
  person->pem = g_strdup (member_identity_certificate_pem (person->identity));
  person->id = g_strdup (member_identity_id (person->identity));
  return TRUE;
}

static json_t *
genesis (Conformance *it)
{
  json_t *members = json_array ();
  for (Who who = MEMBER_0; who <= OPERATOR; who++) {
    json_t *entry = json_pack ("{ss}", "certificate", it->persons[who].pem);
    if (who == OPERATOR) {
      cr_json_set_string (entry, "encryptionPublicKey",
                          member_identity_encryption_pem (it->persons[who].identity));
      cr_json_set (entry, "memberData", js ("{'identifier':'operator','isOperator':true}"));
    } else
      cr_json_set (entry, "memberData",
                   js ("{'identifier':'member%u','tenantId':'" TENANT_0 "'}", who - MEMBER_0));
    json_array_append_new (members, entry);
  }
  return members;
}

/* Genesis happens in this process; the network is then served by the real program. */
static gboolean
make_network (Conformance *it)
{
  SandboxOptions options = { .state_folder = it->folder };
  g_autoptr (Sandbox) sandbox = sandbox_new (&options, out (it));
  g_autoptr (json_t) members = genesis (it);
  CcfNetworkRequest request = { .name = "net", .infra_type = "virtual", .members = members };
  if (!sandbox || !ccf_start (sandbox, out (it)) || !ccf_network_create (sandbox, &request, out (it)))
    return check (it, FALSE, "%s", it->error->message);
  it->url = g_strdup (sandbox_url (sandbox, "ccf"));
  it->trust = g_strdup (ccf_node_service_pem (ccf_node (sandbox)));
  return TRUE;
}

/* The sandbox must not outlive a test that is killed. */
static void
die_with_parent (gpointer data)
{
  (void) data;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static gboolean
start_program (Conformance *it)
{
  const char *build = g_getenv ("CLEANROOM_BUILDDIR");
  g_autofree char *program = g_build_filename (build ? build : ".", "cleanroom-sandbox", NULL);
  char state[] = "--state", foreground[] = "--foreground";
  g_autofree char *rules = it->rules ? g_strconcat ("--rules=", it->rules, NULL) : NULL;
  char *argv[] = { program, state, it->folder, foreground, rules, NULL };
  int output = -1;
  if (!g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent, NULL,
                                 &it->sandbox, NULL, &output, NULL, out (it)))
    return check (it, FALSE, "%s: %s", program, it->error->message);
  char ready[6] = "";
  gsize length = 0;
  ssize_t count;
  while (length < 5 && (count = read (output, ready + length, 5 - length)) > 0)
    length += (gsize) count;
  close (output);
  return check (it, strcmp (ready, "ready") == 0, "the sandbox did not start");
}

CcfClient *
client_from_parts (Conformance *it, Who who, gboolean with_trust, GError **error)
{
  Person *person = &it->persons[who];
  g_autoptr (CcfClient) made = ccf_client_new (it->url, with_trust ? it->trust : "", error);
  if (!made)
    return NULL;
  if (person->identity && !ccf_client_set_member (made, person->identity, error))
    return NULL;
  if (who >= USER_0)
    ccf_client_set_token_provider (made, provide_token, make_token (it, who, NULL), g_free);
  return g_steal_pointer (&made);
}

CcfClient *
as (Conformance *it, Who who)
{
  return it->persons[who].ccf;
}

static gboolean
connect_all (Conformance *it)
{
  for (Who who = ANYONE; who < WHO_COUNT; who++) {
    Person *person = &it->persons[who];
    person->http = http_client_new (it->trust, out (it));
    person->ccf = client_from_parts (it, who, TRUE, out (it));
    if (!person->http || !person->ccf
        || (person->key && !http_client_set_certificate (person->http, person->pem, person->key, out (it))))
      return check (it, FALSE, "%s", it->error->message);
  }
  return TRUE;
}

static void
activate (Conformance *it, Who who)
{
  g_autofree char *update = g_strdup_printf ("/gov/members/state-digests/%s:update" API, it->persons[who].id);
  g_autofree char *ack = g_strdup_printf ("/gov/members/state-digests/%s:ack" API, it->persons[who].id);
  post_signed (it, who, update, "state_digest", NULL, "");
  check (it, it->status == 200, "update: %u %s", it->status, conf_text (it));
  g_autofree char *digest = g_strdup (conf_text (it));
  post_signed (it, who, ack, "ack", NULL, digest);
  check (it, it->status == 204, "ack: %u %s", it->status, conf_text (it));
}

static json_t *
signing_keys (EVP_PKEY *key, const char *kid, const char *rule)
{
  g_autoptr (X509) cert = cose_cert_issue (&(CoseCertRequest){ .common_name = kid, .key = key, .days = 30 },
                                           NULL);
  g_autofree char *x5c = cose_x5c_entry (cert);
  json_t *entry = json_pack ("{sssss[s]}", "kid", kid, "kty", "RSA", "x5c", x5c);
  cr_json_set_string (entry, "issuer", rule);
  return json_pack ("{s[o]}", "keys", entry);
}

static void
register_issuers (Conformance *it)
{
  pass (it, "set_jwt_issuer", js ("{'issuer':'" ISSUER "','auto_refresh':false}"));
  pass (it, "set_jwt_public_signing_keys",
        json_pack ("{ssso}", "issuer", ISSUER, "jwks", signing_keys (it->issuer_key, "local-key", NULL)));
  pass (it, "set_jwt_issuer", js ("{'issuer':'" ENTRA "/common/v2.0','auto_refresh':false}"));
  pass (it, "set_jwt_public_signing_keys",
        json_pack ("{ssso}", "issuer", ENTRA "/common/v2.0", "jwks",
                   signing_keys (it->entra_key, "entra-key", ENTRA "/{tenantid}/v2.0")));
}

static json_t *
governance_file (Conformance *it, const char *name)
{
  const char *source = g_getenv ("CLEANROOM_SRCDIR");
  g_autofree char *path = g_build_filename (source ? source : ".", "personas", "governance", name, NULL);
  if (g_str_has_suffix (name, ".json"))
    return cr_json_load (path, out (it));
  g_autofree char *text = NULL;
  g_file_get_contents (path, &text, NULL, out (it));
  return text ? json_string (text) : NULL;
}

static void
open_and_deploy (Conformance *it)
{
  for (Who who = MEMBER_0; who <= OPERATOR; who++)
    activate (it, who);
  propose (it, OPERATOR, "transition_service_to_open",
           json_pack ("{ss}", "next_service_identity", it->trust));
  state_is (it, "Accepted");
  pass (it, "set_constitution", json_pack ("{so}", "constitution", governance_file (it, "constitution.js")));
  pass (it, "set_js_app", json_pack ("{so}", "bundle", governance_file (it, "app.json")));
  register_issuers (it);
  for (Who who = USER_0; who <= USER_2; who++)
    pass (it, "set_user_identity",
          js ("{'id':'%s','accountType':'microsoft','data':{'tenantId':'" USER_TENANT "'}}",
              caller_id (it, who)));
}

static void
stop_program (Conformance *it)
{
  int status = 0;
  kill (it->sandbox, SIGTERM);
  waitpid (it->sandbox, &status, 0);
  check (it, WIFEXITED (status) && WEXITSTATUS (status) == 0, "the sandbox ended badly (%d)", status);
  g_spawn_close_pid (it->sandbox);
  it->sandbox = 0;
}

gboolean
network_restart (Conformance *it, const char *rules, const char *fault)
{
  stop_program (it);
  it->rules = rules;
  if (fault)
    g_setenv ("CLEANROOM_FAULT", fault, TRUE);
  gboolean started = start_program (it);
  g_unsetenv ("CLEANROOM_FAULT");
  return started;
}

gboolean
network_start (Conformance *it)
{
  static const char *const names[] = { "member0", "member1", "member2", "operator" };
  raw (it, 1);
  it->keys = memory_keys_new ();
  it->issuer_key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  it->entra_key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  it->folder = g_dir_make_tmp ("conformance-XXXXXX", NULL);
  for (Who who = MEMBER_0; who <= OPERATOR; who++)
    if (!make_member (it, who, names[who - MEMBER_0]))
      return FALSE;
  if (!make_network (it) || !start_program (it) || !connect_all (it))
    return FALSE;
  open_and_deploy (it);
  g_autofree char *folder = g_build_filename (it->folder, "sandbox", NULL);
  it->rooms[0] = attestation_client_new (folder, HOST_1, out (it));
  it->rooms[1] = attestation_client_new (folder, HOST_2, out (it));
  return it->outcomes[1][0].failures == 0 && check (it, it->rooms[0] && it->rooms[1], "no clean rooms");
}

void
network_stop (Conformance *it)
{
  if (it->sandbox)
    stop_program (it);
  for (guint i = 0; i < WHO_COUNT; i++) {
    Person *person = &it->persons[i];
    g_clear_pointer (&person->ccf, ccf_client_unref);
    g_clear_pointer (&person->http, http_client_unref);
    g_clear_pointer (&person->identity, member_identity_free);
    EVP_PKEY_free (person->key);
    g_free (person->pem);
    g_free (person->id);
  }
  for (guint i = 0; i < 2; i++)
    g_clear_pointer (&it->rooms[i], attestation_client_free);
  EVP_PKEY_free (it->issuer_key);
  EVP_PKEY_free (it->entra_key);
  g_clear_pointer (&it->keys, key_store_free);
  if (it->folder)
    cr_dir_remove (it->folder, NULL);
  g_free (it->folder);
  g_free (it->url);
  g_free (it->trust);
}
