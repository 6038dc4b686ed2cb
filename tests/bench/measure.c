/* SPDX-License-Identifier: MIT
 * What bench.sh measures with: the time of whole commands, and governance calls per second.
 *
 *   measure command RUNS PROGRAM [ARGUMENT...]   median milliseconds of RUNS runs, output thrown away
 *   measure proposals STATE SECONDS CLIENTS      signed P-384 proposals, each with its ballot, per second
 *
 * The clients sign through GnuTLS, in a tenth of the time that the program itself takes with OpenSSL 3.0:
 * they stand for people at machines of their own, and here take their time from the service that is measured.
 */
#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "ccf/ccf.h"
#include "cose/cose.h"
#include "keys/key-daemon.h"
#include "keys/member.h"
#include "workflow/context.h"
#include "workflow/state.h"

#include <gnutls/abstract.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCEPT "export function vote (proposal, proposerId) { return true }"

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static int
measure_command (int argc, char **argv)
{
  guint runs = (guint) atoi (argv[0]);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GPtrArray) command = g_ptr_array_new ();
  for (int i = 1; i < argc; i++)
    g_ptr_array_add (command, argv[i]);
  g_ptr_array_add (command, NULL);
  for (guint i = 0; i < runs + 1; i++) {
    gint64 start = g_get_monotonic_time ();
    int status = 0;
    g_autoptr (GError) error = NULL;
    if (!g_spawn_sync (NULL, (char **) command->pdata, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                       NULL, NULL, NULL, &status, &error)
        || !g_spawn_check_wait_status (status, &error)) {
      fprintf (stderr, "measure: %s: %s\n", argv[1], error->message);
      return 1;
    }
    double ms = (double) (g_get_monotonic_time () - start) / 1000;
    if (i > 0) /* the first one warms the caches */
      g_array_append_val (times, ms);
  }
  g_array_sort (times, compare);
  printf ("%.2f\n", g_array_index (times, double, times->len / 2));
  return 0;
}

typedef struct {
  const char *endpoint, *certificate;
  MemberIdentity *member;
  gint64 until_us;
  guint done;
  GError *error;
} Worker;

/* HEADER and PAYLOAD (taken) as a signed message; NULL = error. */
static GBytes *
sign (gnutls_privkey_t key, const CoseHeader *header, const json_t *payload, GError **error)
{
  g_autoptr (GBytes) body = cr_json_dump_bytes (payload);
  g_autoptr (GBytes) protected_bytes = cose_sign1_protected (header, COSE_ALG_ES384, error);
  if (protected_bytes == NULL)
    return NULL;
  gsize length = 0;
  guint8 *bytes = g_bytes_unref_to_data (cose_sign1_to_be_signed (protected_bytes, body), &length);
  gnutls_datum_t data = { bytes, (unsigned) length }, der = { NULL, 0 };
  int code = gnutls_privkey_sign_data2 (key, GNUTLS_SIGN_ECDSA_SHA384, 0, &data, &der);
  g_free (bytes);
  if (code < 0) {
    cr_set_error (error, CR_ERROR_BUG, NULL, "GnuTLS does not sign: %s", gnutls_strerror (code));
    return NULL;
  }
  g_autoptr (GBytes) raw = cose_ecdsa_to_raw (der.data, der.size, 48, error);
  gnutls_free (der.data);
  return raw != NULL ? cose_sign1_finish (protected_bytes, body, raw, error) : NULL;
}

/* A proposal that changes a service option, which stays open until the own ballot accepts it. */
static gboolean
propose_and_vote (CcfClient *client, gnutls_privkey_t key, const char *member, GError **error)
{
  g_autofree char *nonce = cr_random_hex (16);
  g_autoptr (json_t) proposal = ccf_proposal_new (
      "set_cgs_runtime_options", json_pack ("{s:s,s:s,s:s}", "option", "autoapprove-jsapp-proposal", "status",
                                            "disabled", "nonce", nonce));
  CoseHeader header = { .type = "proposal", .kid = member, .created_at = cr_now_seconds () };
  g_autoptr (GBytes) message = sign (key, &header, proposal, error);
  g_autoptr (json_t) created = message != NULL ? ccf_proposal_submit (NULL, client, message, error) : NULL;
  const char *id = created != NULL ? cr_json_get_string (created, "proposalId", "the proposal", error) : NULL;
  if (id == NULL)
    return FALSE;
  g_autoptr (json_t) ballot = json_pack ("{s:s}", "ballot", ACCEPT);
  CoseHeader vote = { .type = "ballot", .kid = member, .created_at = cr_now_seconds (), .proposal_id = id };
  g_autoptr (GBytes) signed_vote = sign (key, &vote, ballot, error);
  g_autoptr (json_t) result = signed_vote != NULL ? ccf_ballot_submit (NULL, client, id, signed_vote, error)
                                                  : NULL;
  const char *state = result != NULL ? cr_json_get_string (result, "proposalState", "the proposal", error)
                                     : NULL;
  if (state == NULL)
    return FALSE;
  if (strcmp (state, "Accepted") == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_REFUSED, NULL, "A proposal is '%s' after its ballot.", state);
  return FALSE;
}

static gnutls_privkey_t
private_key (MemberIdentity *member)
{
  gnutls_datum_t der = { NULL, 0 };
  int size = i2d_PrivateKey (member_identity_key (member), &der.data);
  der.size = size > 0 ? (unsigned) size : 0;
  gnutls_x509_privkey_t key = NULL;
  gnutls_privkey_t result = NULL;
  if (size > 0 && gnutls_x509_privkey_init (&key) >= 0
      && gnutls_x509_privkey_import2 (key, &der, GNUTLS_X509_FMT_DER, NULL, 0) >= 0
      && gnutls_privkey_init (&result) >= 0)
    gnutls_privkey_import_x509 (result, key, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);
  OPENSSL_clear_free (der.data, der.size);
  return result;
}

static gpointer
work (gpointer data)
{
  Worker *worker = data;
  g_autoptr (CcfClient) client = ccf_client_new (worker->endpoint, worker->certificate, &worker->error);
  if (client == NULL || !ccf_client_set_member (client, worker->member, &worker->error))
    return NULL;
  gnutls_privkey_t key = private_key (worker->member);
  const char *id = member_identity_id (worker->member);
  while (g_get_monotonic_time () < worker->until_us && propose_and_vote (client, key, id, &worker->error))
    worker->done++;
  gnutls_privkey_deinit (key);
  return NULL;
}

static WorkflowContext *
open_operator (const char *state, WorkflowScenario **scenario, GError **error)
{
  g_autofree char *folder = workflow_personas_dir (NULL, error);
  *scenario = folder != NULL ? workflow_scenario_load (folder, "analytics-sse", NULL, error) : NULL;
  const WorkflowJourney *journey = *scenario != NULL
                                       ? workflow_scenario_journey (*scenario, "operator", error)
                                       : NULL;
  return journey != NULL ? workflow_context_open (state, *scenario, journey->persona, error) : NULL;
}

static int
fail (const GError *error)
{
  fprintf (stderr, "measure: %s\n", error->message);
  return 1;
}

static int
measure_proposals (const char *state, double seconds, guint clients)
{
  g_autoptr (GError) error = NULL;
  if (!keyring_ensure (state, FALSE, &error))
    return fail (error);
  g_autoptr (WorkflowScenario) scenario = NULL;
  g_autoptr (WorkflowContext) context = open_operator (state, &scenario, &error);
  MemberIdentity *member = context != NULL
                               ? workflow_context_member (context, "operator", FALSE, FALSE, &error)
                               : NULL;
  CcfClient *client = member != NULL ? workflow_context_ccf (context, NULL, &error) : NULL;
  if (client == NULL)
    return fail (error);

  g_autofree Worker *workers = g_new0 (Worker, clients);
  g_autofree GThread **threads = g_new0 (GThread *, clients);
  gint64 start = g_get_monotonic_time ();
  for (guint i = 0; i < clients; i++) {
    workers[i] = (Worker){ .endpoint = ccf_client_endpoint (client),
                           .certificate = ccf_client_service_certificate (client),
                           .member = member,
                           .until_us = start + (gint64) (seconds * G_USEC_PER_SEC) };
    threads[i] = g_thread_new ("client", work, &workers[i]);
  }
  guint total = 0;
  int code = 0;
  for (guint i = 0; i < clients; i++) {
    g_thread_join (threads[i]);
    total += workers[i].done;
    if (workers[i].error != NULL)
      code = fail (workers[i].error);
    g_clear_error (&workers[i].error);
  }
  printf ("%.0f\n", total / ((double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC));
  return code;
}

int
main (int argc, char **argv)
{
  if (argc >= 4 && strcmp (argv[1], "command") == 0)
    return measure_command (argc - 2, argv + 2);
  if (argc == 5 && strcmp (argv[1], "proposals") == 0)
    return measure_proposals (argv[2], g_ascii_strtod (argv[3], NULL), (guint) atoi (argv[4]));
  fprintf (stderr, "usage: measure command RUNS PROGRAM... | measure proposals STATE SECONDS CLIENTS\n");
  return 2;
}
