/* SPDX-License-Identifier: MIT
 * What bench.sh measures with: the time of whole commands, and governance calls per second.
 *
 *   measure command RUNS PROGRAM [ARGUMENT...]   median milliseconds of RUNS runs, output thrown away
 *   measure proposals STATE SECONDS CLIENTS      signed P-384 proposals, each with its ballot, per second
 */
#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "ccf/ccf.h"
#include "keys/key-daemon.h"
#include "keys/member.h"
#include "workflow/context.h"
#include "workflow/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Each round: a proposal that changes a service option, which stays open until the own ballot accepts it. */
static gpointer
work (gpointer data)
{
  Worker *worker = data;
  g_autoptr (CcfClient) client = ccf_client_new (worker->endpoint, worker->certificate, &worker->error);
  if (client == NULL || !ccf_client_set_member (client, worker->member, &worker->error))
    return NULL;
  while (g_get_monotonic_time () < worker->until_us) {
    g_autofree char *nonce = cr_random_hex (16);
    g_autoptr (json_t) proposal = ccf_proposal_new (
        "set_cgs_runtime_options", json_pack ("{s:s,s:s,s:s}", "option", "autoapprove-jsapp-proposal",
                                              "status", "disabled", "nonce", nonce));
    g_autoptr (json_t) result = ccf_propose_and_vote (NULL, client, proposal, &worker->error);
    if (result == NULL)
      return NULL;
    worker->done++;
  }
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
