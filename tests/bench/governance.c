/* SPDX-License-Identifier: MIT
 * What bench.sh measures the governance service with: rates with many clients, and a ledger that has grown
 * large.
 *
 *   governance fill STATE DOCUMENTS EVENTS     a network with one voting member, a contract, user documents,
 *     events
 *   governance reads STATE SECONDS CLIENTS     reads of the contract per second
 *   governance writes STATE SECONDS CLIENTS    signed messages per second (a proposal and its ballot are two)
 *   governance look STATE                      lines "WHAT<tab>MILLISECONDS<tab>MEGABYTES" of listing and
 *     reading
 *
 * fill works on the ledger's store itself, since a million events over HTTPS would take an hour; everything
 * else talks to the sandbox that runs for STATE.
 */
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cgs/cgs.h"
#include "keys/member.h"
#include "../unit/memory-keys.h"
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"
#include "sandbox/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTRACT "bench"
#define FILLERS 64u

static void
stop (const GError *error)
{
  fprintf (stderr, "governance: %s\n", error != NULL ? error->message : "failed");
  exit (1);
}

static char *
bench_file (const char *state, const char *name)
{
  return g_build_filename (state, name, NULL);
}

/* ---- Who measures ---- */

typedef struct {
  KeyStore *keys;
  MemberIdentity *member;
  char *endpoint, *certificate;
} Bench;

static MemberIdentity *
import (KeyStore *keys, const char *state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *certificate_path = bench_file (state, "bench_cert.pem");
  g_autofree char *key_path = bench_file (state, "bench_key.pem");
  g_autofree char *certificate_pem = cr_file_read_text (certificate_path, 65536, &error);
  g_autofree char *key_pem = certificate_pem != NULL ? cr_file_read_text (key_path, 65536, &error) : NULL;
  g_autoptr (X509) certificate = key_pem != NULL
                                     ? cose_cert_from_pem (certificate_pem, -1, "certificate", &error)
                                     : NULL;
  g_autoptr (EVP_PKEY) key = certificate != NULL ? cose_key_from_private_pem (key_pem, -1, "key", &error)
                                                 : NULL;
  MemberIdentity *member = key != NULL ? member_identity_import (keys, "bench", "bench", "m0", certificate,
                                                                 key, NULL, &error)
                                       : NULL;
  if (member == NULL)
    stop (error);
  return member;
}

static Bench
bench_open (const char *state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = bench_file (state, "bench.json");
  g_autoptr (json_t) file = cr_json_load (path, &error);
  if (file == NULL)
    stop (error);
  Bench bench = { .keys = memory_keys_new () };
  bench.member = import (bench.keys, state);
  bench.endpoint = g_strdup (cr_json_peek_string (file, "endpoint"));
  bench.certificate = g_strdup (cr_json_peek_string (file, "certificate"));
  return bench;
}

static CcfClient *
bench_client (const Bench *bench)
{
  g_autoptr (GError) error = NULL;
  CcfClient *client = ccf_client_new (bench->endpoint, bench->certificate, &error);
  if (client == NULL || !ccf_client_set_member (client, bench->member, &error))
    stop (error);
  return client;
}

static void
bench_close (Bench *bench)
{
  member_identity_free (bench->member);
  key_store_free (bench->keys);
  g_free (bench->endpoint);
  g_free (bench->certificate);
}

/* ---- fill ---- */

static void
save_identity (const char *state, const MemberIdentity *member)
{
  g_autofree char *certificate = bench_file (state, "bench_cert.pem");
  g_autofree char *key = bench_file (state, "bench_key.pem");
  g_auto (CrSecretText) pem = cose_key_private_pem (member_identity_key (member));
  if (!cr_file_write (certificate, member_identity_certificate_pem (member), -1, 0600, NULL)
      || !cr_file_write (key, pem, -1, 0600, NULL))
    stop (NULL);
}

/* An operator that opens the network, one voting member that deploys the service. */
static void
make_network (Sandbox *sandbox, const char *state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KeyStore) keys = memory_keys_new ();
  g_autoptr (MemberIdentity) ops = member_identity_create (keys, "b", "b", "ops", TRUE, NULL);
  g_autoptr (MemberIdentity) m0 = member_identity_create (keys, "b", "b", "m0", FALSE, NULL);
  g_autoptr (json_t) members = json_pack ("[{s:s,s:s,s:{s:b}},{s:s}]", "certificate",
                                          member_identity_certificate_pem (ops), "encryptionPublicKey",
                                          member_identity_encryption_pem (ops), "memberData", "isOperator", 1,
                                          "certificate", member_identity_certificate_pem (m0));
  CcfNetworkRequest request = { .name = "bench", .infra_type = "virtual", .members = members };
  g_autofree char *files = g_build_filename (g_getenv ("CLEANROOM_SRCDIR"), "personas", "governance", NULL);
  if (!ccf_network_create (sandbox, &request, &error))
    stop (error);
  const char *url = sandbox_url (sandbox, "ccf"), *pem = ccf_node_service_pem (ccf_node (sandbox));
  g_autoptr (CcfClient) as_ops = ccf_client_new (url, pem, NULL);
  g_autoptr (CcfClient) as_m0 = ccf_client_new (url, pem, NULL);
  g_autoptr (json_t) open = ccf_proposal_new ("transition_service_to_open",
                                              json_pack ("{s:s}", "next_service_identity", pem));
  if (!ccf_client_set_member (as_ops, ops, &error) || !ccf_client_set_member (as_m0, m0, &error)
      || !ccf_member_activate (NULL, as_ops, &error))
    stop (error);
  g_autoptr (json_t) opened = ccf_propose_and_vote (NULL, as_ops, open, &error);
  if (opened == NULL || !ccf_member_activate (NULL, as_m0, &error)
      || !cgs_service_deploy_files (NULL, as_m0, files, &error)
      || !cgs_contract_put (NULL, as_m0, CONTRACT, "what is agreed", NULL, &error))
    stop (error);
  save_identity (state, m0);
  g_autoptr (json_t) file = json_pack ("{s:s,s:s}", "endpoint", url, "certificate", pem);
  g_autofree char *path = bench_file (state, "bench.json");
  if (!cr_json_save (file, path, 0600, &error))
    stop (error);
}

typedef struct {
  Store *store;
  guint documents, events;
  gint next; /* atomic: documents first, then events */
} Fill;

static void
put_one (Fill *fill, guint number)
{
  g_autofree char *value = NULL, *key = NULL;
  const char *map = "public:user_documents";
  if (number < fill->documents) {
    key = g_strdup_printf ("document-%05u", number);
    value = g_strdup_printf ("{\"contractId\":\"" CONTRACT
                             "\",\"data\":\"document %u\",\"labels\":{\"kind\":\"%s\","
                             "\"part\":\"%u\"}}",
                             number, number % 100 == 0 ? "query" : "dataset", number % 10);
  } else {
    guint event = number - fill->documents;
    g_autofree char *text = g_strdup_printf ("{\"source\":\"bench\",\"message\":\"Query %u: %s\"}", event,
                                             event % 1000 == 0 ? "denied" : "completed");
    g_autofree char *data = cr_base64 (text, strlen (text));
    map = "public:events-" CONTRACT;
    key = g_strdup (CONTRACT);
    value = g_strdup_printf ("{\"timestamp\":\"%013" G_GINT64_FORMAT "\",\"data\":\"%s\"}",
                             G_GINT64_CONSTANT (1750000000000) + event, data);
  }
  gint64 seqno;
  g_autoptr (GError) error = NULL;
  if (!store_begin (fill->store, &error))
    stop (error);
  store_put (fill->store, map, key, value);
  if (!store_commit (fill->store, &seqno, &error))
    stop (error);
}

/* Many at once: the store writes what commits together with one sync of the disk. */
static gpointer
filler (gpointer data)
{
  Fill *fill = data;
  guint total = fill->documents + fill->events;
  for (guint number = (guint) g_atomic_int_add (&fill->next, 1); number < total;
       number = (guint) g_atomic_int_add (&fill->next, 1))
    put_one (fill, number);
  return NULL;
}

static int
fill (const char *state, guint documents, guint events)
{
  g_autoptr (GError) error = NULL;
  SandboxOptions options = { .state_folder = state };
  if (!cr_dir_make (state, 0700, &error))
    stop (error);
  g_autoptr (Sandbox) sandbox = sandbox_new (&options, &error);
  if (sandbox == NULL || !ccf_start (sandbox, &error))
    stop (error);
  make_network (sandbox, state);
  Fill work = { ccf_store (ccf_node (sandbox)), documents, events, 0 };
  gint64 start = g_get_monotonic_time ();
  GThread *threads[FILLERS];
  for (guint i = 0; i < FILLERS; i++)
    threads[i] = g_thread_new ("fill", filler, &work);
  for (guint i = 0; i < FILLERS; i++)
    g_thread_join (threads[i]);
  double seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  printf ("%.0f\n", (documents + events) / seconds);
  return 0;
}

/* ---- rates ---- */

typedef struct {
  const Bench *bench;
  gint64 until_us;
  gboolean write;
  guint done;
} Worker;

static guint
one_read (CcfClient *client)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) contract = cgs_contract_show (NULL, client, CONTRACT, &error);
  if (contract == NULL)
    stop (error);
  return 1;
}

/* A proposal that stays open until the ballot of the only voter accepts it. */
static guint
one_write (CcfClient *client)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *nonce = cr_random_hex (16);
  g_autoptr (json_t) proposal = ccf_proposal_new (
      "set_cgs_runtime_options", json_pack ("{s:s,s:s,s:s}", "option", "autoapprove-jsapp-proposal", "status",
                                            "disabled", "nonce", nonce));
  g_autoptr (json_t) result = ccf_propose_and_vote (NULL, client, proposal, &error);
  if (result == NULL)
    stop (error);
  return 2;
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  g_autoptr (CcfClient) client = bench_client (worker->bench);
  while (g_get_monotonic_time () < worker->until_us)
    worker->done += worker->write ? one_write (client) : one_read (client);
  return NULL;
}

static int
rate (const char *state, double seconds, guint clients, gboolean write)
{
  Bench bench = bench_open (state);
  g_autofree Worker *workers = g_new0 (Worker, clients);
  g_autofree GThread **threads = g_new0 (GThread *, clients);
  gint64 start = g_get_monotonic_time ();
  guint total = 0;
  for (guint i = 0; i < clients; i++) {
    workers[i] = (Worker){ &bench, start + (gint64) (seconds * G_USEC_PER_SEC), write, 0 };
    threads[i] = g_thread_new ("client", work, &workers[i]);
  }
  for (guint i = 0; i < clients; i++) {
    g_thread_join (threads[i]);
    total += workers[i].done;
  }
  printf ("%.0f\n", total / ((double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC));
  bench_close (&bench);
  return 0;
}

/* ---- look ---- */

/* The most memory this process has used so far. */
static double
peak_megabytes (void)
{
  g_autofree char *status = NULL;
  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;
  const char *line = strstr (status, "VmHWM:");
  return line != NULL ? (double) g_ascii_strtoll (line + 6, NULL, 10) / 1024 : 0;
}

static void
report (const char *what, gint64 start)
{
  printf ("%s\t%.0f\t%.0f\n", what, (double) (g_get_monotonic_time () - start) / 1000, peak_megabytes ());
  fflush (stdout);
}

static void
look_documents (CcfClient *client, const char *selector, const char *what)
{
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (json_t) list = cgs_user_document_list (NULL, client, CONTRACT, selector, &error);
  if (list == NULL)
    stop (error);
  g_autofree char *text = g_strdup_printf ("%s: %zu", what, json_array_size (list));
  report (text, start);
}

typedef struct {
  const char *contains;
  guint seen, found;
} Filter;

static gboolean
filter_page (json_t *events, gpointer data, GError **error)
{
  Filter *filter = data;
  size_t i;
  json_t *event;
  (void) error;
  json_array_foreach (events, i, event) {
    const char *message = cr_json_peek_string (json_object_get (event, "data"), "message");
    filter->seen++;
    filter->found += message != NULL && strstr (message, filter->contains) != NULL;
  }
  return TRUE;
}

static gint64
look_events (CcfClient *client, gint64 from, gint64 to, const char *what)
{
  g_autoptr (GError) error = NULL;
  CgsEventQuery query = { .from_seqno = from, .to_seqno = to };
  Filter filter = { "denied", 0, 0 };
  gint64 start = g_get_monotonic_time ();
  if (!cgs_events_each (NULL, client, CONTRACT, &query, filter_page, &filter, &error))
    stop (error);
  g_autofree char *text = g_strdup_printf ("%s: %u read, %u with \"denied\"", what, filter.seen,
                                           filter.found);
  report (text, start);
  return filter.seen;
}

static gint64
look_latest (CcfClient *client)
{
  g_autoptr (GError) error = NULL;
  CgsEventQuery query = { 0 };
  gint64 start = g_get_monotonic_time ();
  g_autoptr (json_t) latest = cgs_events (NULL, client, CONTRACT, &query, &error);
  if (latest == NULL)
    stop (error);
  report ("latest event", start);
  return cr_json_peek_int (json_array_get (latest, 0), "seqno", 0);
}

static int
look (const char *state)
{
  Bench bench = bench_open (state);
  CcfClient *client = bench_client (&bench);
  look_documents (client, NULL, "list of user documents");
  look_documents (client, "kind:query", "the same by label");
  gint64 last = look_latest (client);
  look_events (client, last / 2, last / 2 + 2000, "a page of events");
  look_events (client, 1, 0, "all events, page by page");
  ccf_client_unref (client);
  bench_close (&bench);
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "fill") == 0)
    return fill (argv[2], (guint) atoi (argv[3]), (guint) atoi (argv[4]));
  if (argc == 5 && strcmp (argv[1], "reads") == 0)
    return rate (argv[2], g_ascii_strtod (argv[3], NULL), (guint) atoi (argv[4]), FALSE);
  if (argc == 5 && strcmp (argv[1], "writes") == 0)
    return rate (argv[2], g_ascii_strtod (argv[3], NULL), (guint) atoi (argv[4]), TRUE);
  if (argc == 3 && strcmp (argv[1], "look") == 0)
    return look (argv[2]);
  fprintf (
      stderr,
      "usage: governance fill STATE DOCUMENTS EVENTS | reads|writes STATE SECONDS CLIENTS | look STATE\n");
  return 2;
}
