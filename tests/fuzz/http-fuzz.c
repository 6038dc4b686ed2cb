/* SPDX-License-Identifier: MIT
 * A structured fuzzer over HTTP: path, query, header and body of every application endpoint, and the payload
 * of signed governance calls, taken from valid ones and bent. The sandbox must answer every call, with a
 * status and code it has, and neither hang, grow nor die.
 *
 * CLEANROOM_FUZZ_SECONDS: how long (4); CLEANROOM_FUZZ_SEED: which run (1). TAP.
 */
#include "http-fuzz.h"

#include "base/encode.h"
#include "http/http.h"
#include "sandbox/ccf-node.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#define GROWTH_MIB 2000u /* freed memory is kept for a while to catch its use */
#else
#define GROWTH_MIB 400u
#endif
#define PATIENCE_US (20 * G_USEC_PER_SEC)

enum { ENDPOINTS = 1, ACTIONS, MESSAGES, ATTACKS, MEMORY, CHECKS = MEMORY };

const char *const conf_titles[ITEMS + 1] = {
  "",
  "every endpoint answers bent calls",
  "every proposal action answers bent arguments",
  "signed messages with bent bytes are refused",
  "slow, half-open, huge and endless clients",
  "the sandbox lives and has not grown out of bounds",
};

typedef struct {
  Conformance *it;
  GRand *rand;
  json_t *good; /* a body that has every member some endpoint reads */
  guint calls;
} Fuzz;

static guint
below (Fuzz *fuzz, guint limit)
{
  return (guint) g_rand_int_range (fuzz->rand, 0, (gint32) limit);
}

#define PICK(fuzz, list) ((list)[below (fuzz, G_N_ELEMENTS (list))])

/* --- pieces --- */

static const char *const words[] = { "fuzz",
                                     "life",
                                     "execution",
                                     "logging",
                                     "status",
                                     "secrets",
                                     "..",
                                     ".",
                                     "%2e%2e",
                                     "%2F",
                                     "%00",
                                     "%ff%fe",
                                     "__proto__",
                                     "constructor",
                                     "a-b",
                                     "a_b",
                                     "0",
                                     "-1",
                                     "undefined",
                                     "null",
                                     "%F0%9F%98%80",
                                     "autoapprove-jsapp-proposal",
                                     "%",
                                     "%zz",
                                     "accepted",
                                     "self" };

static char *
make_word (Fuzz *fuzz)
{
  if (below (fuzz, 12) == 0)
    return g_strnfill (1 + below (fuzz, 3000), (char) ('a' + below (fuzz, 26)));
  if (below (fuzz, 6) == 0)
    return cr_random_hex (64);
  return g_strdup (PICK (fuzz, words));
}

/* PATTERN with its {braces} filled. */
static char *
make_path (Fuzz *fuzz, const char *pattern)
{
  g_autoptr (GString) path = g_string_new ("/app");
  while (*pattern) {
    if (*pattern != '{') {
      g_string_append_c (path, *pattern++);
      continue;
    }
    g_autofree char *word = below (fuzz, 3) ? g_strdup ("fuzz") : make_word (fuzz);
    g_string_append (path, word);
    pattern = strchr (pattern, '}') + 1;
  }
  return g_string_free (g_steal_pointer (&path), FALSE);
}

static void
add_query (Fuzz *fuzz, GString *path)
{
  static const char *const names[] = { "id",  "scope", "from_seqno", "to_seqno", "max_seqno_per_page",
                                       "sub", "tid",   "aud",        "iss",      "exp",
                                       "iat", "jti",   "nbf",        "state",    "labelSelector",
                                       "?x",  "",      "%26",        "case",     "api-version" };
  static const char *const values[] = { "",    "1",     "-1",       "0",    "99999999999999999999",
                                        "1e9", "x=y=z", "%26a%3Db", "%",    "%00",
                                        "a:b", ",,,:",  "Draft",    "null", "2.5" };
  guint count = below (fuzz, 4);
  for (guint i = 0; i < count; i++) {
    g_autofree char *word = below (fuzz, 3) ? g_strdup (PICK (fuzz, values)) : make_word (fuzz);
    g_string_append_printf (path, "%c%s=%s", i ? '&' : '?', PICK (fuzz, names), word);
  }
}

/* --- JSON --- */

static json_t *
make_value (Fuzz *fuzz, guint depth)
{
  static const char *const texts[] = { "",
                                       "x",
                                       "2.1",
                                       "true",
                                       "add",
                                       "remove",
                                       "AAAA",
                                       "\xc3\xa9",
                                       "-----BEGIN",
                                       "accepted",
                                       "set_user_document",
                                       "https://x",
                                       "\x01\x1b[31m" };
  static const double numbers[] = { 0, -1, 1, 0.5, 1e300, -1e300, 9007199254740993.0, 1e-9 };
  switch (below (fuzz, depth > 3 ? 6 : 9)) {
  case 0:
    return json_null ();
  case 1:
    return json_boolean (below (fuzz, 2));
  case 2:
    return json_real (PICK (fuzz, numbers));
  case 3:
    return json_integer ((json_int_t) g_rand_int (fuzz->rand) << below (fuzz, 32));
  case 4: {
    g_autofree char *longer = g_strnfill (below (fuzz, 40000), 'A');
    return json_string (longer);
  }
  case 5:
    return json_string (PICK (fuzz, texts));
  case 6: {
    json_t *list = json_array ();
    for (guint i = below (fuzz, 4); i > 0; i--)
      json_array_append_new (list, make_value (fuzz, depth + 1));
    return list;
  }
  default: {
    json_t *object = json_object ();
    static const char *const keys[] = { "data", "contractId", "evidence", "publicKey", "0",
                                        "10",   "approverId", "claims",   "type",      "keys",
                                        "kid",  "__proto__",  "a" };
    for (guint i = below (fuzz, 4); i > 0; i--)
      json_object_set_new (object, PICK (fuzz, keys), make_value (fuzz, depth + 1));
    return object;
  }
  }
}

/* Change a random place of VALUE. */
static void
bend (Fuzz *fuzz, json_t *value, guint depth)
{
  gsize size = json_is_object (value) ? json_object_size (value) : json_array_size (value);
  if (!size)
    return;
  guint index = below (fuzz, (guint) size);
  if (json_is_array (value)) {
    if (depth < 6 && below (fuzz, 2) && !json_is_string (json_array_get (value, index)))
      bend (fuzz, json_array_get (value, index), depth + 1);
    else
      json_array_set_new (value, index, make_value (fuzz, depth));
    return;
  }
  void *at = json_object_iter (value);
  while (index--)
    at = json_object_iter_next (value, at);
  json_t *child = json_object_iter_value (at);
  g_autofree char *key = g_strdup (json_object_iter_key (at));
  if (depth < 6 && below (fuzz, 2) && (json_is_object (child) || json_is_array (child)))
    bend (fuzz, child, depth + 1);
  else if (below (fuzz, 3) == 0)
    json_object_del (value, key);
  else
    json_object_set_new (value, key, make_value (fuzz, depth));
}

static GBytes *
bend_bytes (Fuzz *fuzz, GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  g_autoptr (GByteArray) copy = g_byte_array_new ();
  g_byte_array_append (copy, data, (guint) length);
  for (guint i = 1 + below (fuzz, 4); i > 0 && copy->len; i--)
    copy->data[below (fuzz, copy->len)] = (guint8) below (fuzz, 256);
  if (below (fuzz, 4) == 0 && copy->len)
    g_byte_array_set_size (copy, below (fuzz, copy->len));
  return g_byte_array_free_to_bytes (g_steal_pointer (&copy));
}

static GBytes *
make_body (Fuzz *fuzz)
{
  if (below (fuzz, 10) == 0)
    return NULL;
  g_autoptr (json_t) body = json_deep_copy (fuzz->good);
  for (guint i = below (fuzz, 4); i > 0; i--)
    bend (fuzz, body, 0);
  if (below (fuzz, 20) == 0) {
    json_decref (body);
    body = make_value (fuzz, 0);
  }
  g_autoptr (GBytes) bytes = cr_json_dump_bytes (body);
  return below (fuzz, 8) == 0 ? bend_bytes (fuzz, bytes) : g_bytes_ref (bytes);
}

/* --- calls --- */

/* A token with bent claims or bent text; NULL most of the time. Gives. */
static char *
make_bearer (Fuzz *fuzz)
{
  guint kind = below (fuzz, 8);
  if (kind > 2)
    return NULL;
  Who who = USER_0 + below (fuzz, 5);
  json_t *claims = json_object ();
  static const char *const names[] = { "oid", "tid", "iss", "exp", "nbf", "sub" };
  if (kind == 1)
    json_object_set_new (claims, PICK (fuzz, names), make_value (fuzz, 2));
  g_autofree char *token = make_token (fuzz->it, who, claims);
  if (kind != 2 || !token)
    return g_steal_pointer (&token);
  gsize length = strlen (token);
  token[below (fuzz, (guint) length)] = (char) ('!' + below (fuzz, 90));
  return g_steal_pointer (&token);
}

static void
check_answer (Fuzz *fuzz, const HttpRequest *request, const HttpResponse *response, gint64 started)
{
  static const guint known[] = { 200, 202, 204, 400, 401, 403, 404, 405, 409, 412, 413, 414, 431, 500 };
  Conformance *it = fuzz->it;
  gboolean fine = FALSE;
  for (guint i = 0; response && i < G_N_ELEMENTS (known); i++)
    fine = fine || response->status == known[i];
  check (it, fine, "%s %.200s: %s%u", request->method, request->url, response ? "status " : "no answer ",
         response ? response->status : 0);
  check (it, g_get_monotonic_time () - started < PATIENCE_US, "%s %.200s took too long", request->method,
         request->url);
  if (!response || response->status < 400 || response->status == 414)
    return;
  g_autoptr (json_t) body = http_response_json (response, NULL);
  const char *code = cr_json_peek_string (json_object_get (body, "error"), "code");
  check (it, code && (response->status != 500 || strcmp (code, "InternalError") == 0),
         "%s %.200s: %u without code", request->method, request->url, response->status);
}

static void
send_one (Fuzz *fuzz, Who who, HttpRequest *request)
{
  gint64 started = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  request->retry = HTTP_RETRY_NEVER;
  request->total_timeout_ms = 30000;
  g_autoptr (HttpResponse) response = http_send (NULL, fuzz->it->persons[who].http, request, &error);
  fuzz->calls++;
  check_answer (fuzz, request, response, started);
}

static void
call_endpoint (Fuzz *fuzz, const CcfEndpoint *endpoint)
{
  static const char *const types[] = { "application/json", "text/plain", "application/cose", "",
                                       "x/y; charset=x" };
  static const char *const methods[] = { "GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS" };
  g_autofree char *base = make_path (fuzz, endpoint->pattern);
  g_autoptr (GString) path = g_string_new (fuzz->it->url);
  g_string_append (path, base);
  add_query (fuzz, path);
  const char *method = below (fuzz, 25) ? endpoint->method : PICK (fuzz, methods);
  g_autoptr (GBytes) body = strcmp (method, "GET") == 0 || strcmp (method, "HEAD") == 0 ? NULL
                                                                                        : make_body (fuzz);
  g_autofree char *bearer = make_bearer (fuzz);
  g_autofree char *filler = g_strnfill (below (fuzz, 4000), 'h');
  const char *const headers[] = { "x-filler", filler, "x-ms-correlation", "a\tb", NULL };
  HttpRequest request = { .method = method,
                          .url = path->str,
                          .body = body,
                          .content_type = below (fuzz, 4) ? types[0] : PICK (fuzz, types),
                          .bearer = bearer,
                          .headers = below (fuzz, 3) ? NULL : headers };
  static const Who callers[] = { ANYONE, MEMBER_0, MEMBER_1, OPERATOR };
  if (strcmp (method, "HEAD") != 0)
    send_one (fuzz, bearer ? ANYONE : PICK (fuzz, callers), &request);
}

/* --- governance --- */

static void
post_message (Fuzz *fuzz, GBytes *message)
{
  g_autofree char *url = g_strconcat (fuzz->it->url, "/gov/members/proposals:create?api-version=2024-07-01",
                                      NULL);
  HttpRequest request = { .method = "POST", .url = url, .body = message, .content_type = "application/cose" };
  send_one (fuzz, ANYONE, &request);
}

static GBytes *
sign (Fuzz *fuzz, Who who, GBytes *payload)
{
  const Person *person = &fuzz->it->persons[who];
  static const char *const types[] = { "proposal", "ballot", "ack", "withdrawal" };
  CoseHeader header = { .kid = person->id,
                        .type = below (fuzz, 20) ? types[0] : PICK (fuzz, types),
                        .created_at = (gint64) (below (fuzz, 30) ? time (NULL) : g_rand_int (fuzz->rand)) };
  return cose_sign1_sign (&header, payload, person->key, NULL);
}

/* ARGS that have every member some action reads. */
static json_t *
good_args (Fuzz *fuzz)
{
  return js (
      "{'contractId':'fuzz','documentId':'fuzz','contract':{'data':{'metadata':{'voters':{}}}},'document':{"
      "'data':1,'contractId':'fuzz'},'spec':{'data':{}},'info':{'data':{}},'type':'add','policyType':'jwt',"
      "'claims':{'oid':['a']},'kid':'k','issuer_url':'https://x','option':'autoapprove-jsapp-proposal','status':"
      "'disabled','id':'u','accountType':'microsoft','data':{'tenantId':'t'},'invitationId':'i','member_id':'%s',"
      "'member_data':{},'user_id':'%s','cert':'%s','issuer':'https://x','jwks':{'keys':[]},'name':'n',"
      "'cert_bundle':'x','recovery_threshold':1,'node_id':'%s','valid_from':'x','cpuid':'1','tcb_version':'2',"
      "'host_data':'00','security_policy':'','measurement':'m','did':'d','feed':'f','svn':'1','bundle':{'metadata':"
      "{'endpoints':{}},'modules':[]},'max_heap_bytes':1,'max_stack_bytes':1,'max_execution_time_ms':1}",
      fuzz->it->persons[MEMBER_2].id, fuzz->it->persons[MEMBER_2].id, "x", fuzz->it->persons[MEMBER_2].id);
}

static void
propose_action (Fuzz *fuzz, const char *name)
{
  json_t *args = good_args (fuzz);
  for (guint i = 1 + below (fuzz, 3); i > 0; i--)
    bend (fuzz, args, 0);
  g_autoptr (json_t) proposal = json_pack ("{s[{ssso}]}", "actions", "name", name, "args", args);
  if (below (fuzz, 15) == 0)
    bend (fuzz, proposal, 0);
  g_autoptr (GBytes) payload = cr_json_dump_bytes (proposal);
  g_autoptr (GBytes) bent = below (fuzz, 15) ? g_bytes_ref (payload) : bend_bytes (fuzz, payload);
  /* Never an operator: what an operator proposes takes effect at once and could end the run. */
  g_autoptr (GBytes) message = sign (fuzz, MEMBER_1, bent);
  if (message)
    post_message (fuzz, message);
}

static void
send_bent_message (Fuzz *fuzz)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("{\"actions\":[]}", 14);
  g_autoptr (GBytes) message = sign (fuzz, MEMBER_2, payload);
  g_autoptr (GBytes) bent = message ? bend_bytes (fuzz, message) : NULL;
  if (bent)
    post_message (fuzz, bent);
}

/* --- the run --- */

void
still_answers (Conformance *it, const char *after)
{
  g_autofree char *url = g_strconcat (it->url, "/node/version", NULL);
  g_autoptr (HttpClient) fresh = http_client_new (it->trust, NULL);
  HttpRequest request = {
    .method = "GET", .url = url, .retry = HTTP_RETRY_NEVER, .total_timeout_ms = PATIENCE_US / 1000
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (HttpResponse) response = http_send (NULL, fresh, &request, &error);
  check (it, response && response->status == 200, "no answer after %s: %s", after,
         error ? error->message : "wrong status");
}

guint
resident_mib (const Conformance *it)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/statm", (int) it->sandbox);
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  const char *second = strchr (text, ' ');
  return second ? (guint) (g_ascii_strtoull (second, NULL, 10) * 4096 / (1024 * 1024)) : 0;
}

static guint
setting (const char *name, guint fallback)
{
  const char *text = g_getenv (name);
  return text ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

static json_t *
good_body (Conformance *it)
{
  json_t *body = attested_data (it, 1,
                                "{'value':'x','type':'add','claims':{'x-ms-ver':'2'},'publicKey':'x',"
                                "'subjectName':'CN=x','subjectAlternateNames':['dNSName:x'],"
                                "'validityPeriodDays':1}");
  json_object_update_new (
      body, js ("{'contractId':'fuzz','version':'','labels':{'a':'b'},'approvers':[{'approverId':"
                "'user-0','approverIdType':'user'}],'name':'set_user_document','args':{'documentId':"
                "'d','document':{'contractId':'fuzz','data':1}},'ballot':'accepted','url':'https://x',"
                "'value':'v','payload':'AAAA'}"));
  return body;
}

static void
run (Fuzz *fuzz, guint seconds)
{
  static const GovAction *const groups[] = { gov_cgs_actions, gov_member_actions, gov_jwt_actions,
                                             gov_js_actions,  gov_node_actions,   gov_join_actions };
  gint64 end = g_get_monotonic_time () + (gint64) seconds * G_USEC_PER_SEC;
  do { /* at least once through everything */
    raw (fuzz->it, ENDPOINTS);
    for (const CcfEndpoint *endpoint = cgs_endpoints; endpoint->method; endpoint++)
      for (guint i = 0; i < 3; i++)
        call_endpoint (fuzz, endpoint);
    raw (fuzz->it, ACTIONS);
    for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
      for (const GovAction *action = groups[i]; action->name; action++)
        propose_action (fuzz, action->name);
    raw (fuzz->it, MESSAGES);
    for (guint i = 0; i < 20; i++)
      send_bent_message (fuzz);
  } while (g_get_monotonic_time () < end);
}

static gboolean
print (const Conformance *it)
{
  gboolean good = TRUE;
  for (guint i = 1; i <= CHECKS; i++) {
    const Outcome *outcome = &it->outcomes[i][0];
    gboolean ok = outcome->checks && !outcome->failures;
    printf ("%s %u - %s\n", ok ? "ok" : "not ok", i, conf_titles[i]);
    if (outcome->failures)
      printf ("# %u of %u: %s\n", outcome->failures, outcome->checks, outcome->first_failure);
    good = good && ok;
  }
  printf ("1..%u\n", CHECKS);
  return good;
}

int
main (void)
{
  signal (SIGPIPE, SIG_IGN);
  guint seed = setting ("CLEANROOM_FUZZ_SEED", 1), seconds = setting ("CLEANROOM_FUZZ_SECONDS", 4);
  Conformance it = { .texts = g_ptr_array_new_with_free_func (g_free) };
  gboolean good = network_start (&it);
  if (good) {
    Fuzz fuzz = { &it, g_rand_new_with_seed (seed), NULL, 0 };
    raw (&it, ENDPOINTS);
    accept_contract (&it, "fuzz");
    fuzz.good = good_body (&it);
    guint before = resident_mib (&it);
    run (&fuzz, seconds);
    raw (&it, ATTACKS);
    attacks (&it);
    raw (&it, MEMORY);
    still_answers (&it, "everything");
    guint after = resident_mib (&it);
    check (&it, after && after < before + GROWTH_MIB, "from %u to %u MiB", before, after);
    printf ("# seed %u, %u calls, %u MiB before, %u MiB after\n", seed, fuzz.calls, before, after);
    json_decref (fuzz.good);
    g_rand_free (fuzz.rand);
    good = print (&it);
  } else
    printf ("Bail out! the network cannot be set up\n");
  network_stop (&it);
  conf_clear (&it);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
