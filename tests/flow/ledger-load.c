/* SPDX-License-Identifier: MIT
 * Writes to the ledger until it is gone, and looks later whether everything that was answered is there, once.
 *
 *   ledger-load write STATE OUT CLIENTS   signed proposals with their ballots; ids of the accepted ones go
 * to OUT
 *   ledger-load check STATE IN            each id must have been open and then accepted, once; prints how
 * many
 */
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "ccf/ccf.h"
#include "cgs/service.h"
#include "keys/key-daemon.h"
#include "keys/member.h"
#include "workflow/context.h"
#include "workflow/state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  const char *endpoint, *certificate;
  MemberIdentity *member;
  int out;
} Worker;

static gpointer
write_until_gone (gpointer data)
{
  Worker *worker = data;
  g_autoptr (CcfClient) client = ccf_client_new (worker->endpoint, worker->certificate, NULL);
  if (client == NULL || !ccf_client_set_member (client, worker->member, NULL))
    return NULL;
  for (;;) {
    g_autofree char *nonce = cr_random_hex (16);
    g_autoptr (json_t) proposal = ccf_proposal_new (
        "set_cgs_runtime_options", json_pack ("{s:s,s:s,s:s}", "option", "autoapprove-jsapp-proposal",
                                              "status", "disabled", "nonce", nonce));
    g_autoptr (json_t) result = ccf_propose_and_vote (NULL, client, proposal, NULL);
    if (result == NULL)
      return NULL;
    g_autofree char *line = g_strconcat (cr_json_peek_string (result, "proposalId"), "\n", NULL);
    if (write (worker->out, line, strlen (line)) < 0)
      return NULL;
  }
}

static int
write_all (CcfClient *client, MemberIdentity *member, const char *path, guint clients)
{
  int out = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0)
    return 1;
  Worker worker = { ccf_client_endpoint (client), ccf_client_service_certificate (client), member, out };
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  for (guint i = 0; i < clients; i++)
    g_ptr_array_add (threads, g_thread_new ("client", write_until_gone, &worker));
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  return close (out);
}

static int
check_one (CcfClient *client, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) history = cgs_proposal_history (NULL, client, id, &error);
  const char *states[2] = { cr_json_peek_string (json_array_get (history, 0), "proposalState"),
                            cr_json_peek_string (json_array_get (history, 1), "proposalState") };
  if (json_array_size (history) == 2 && g_strcmp0 (states[0], "Open") == 0
      && g_strcmp0 (states[1], "Accepted") == 0)
    return 0;
  fprintf (stderr, "ledger-load: %s: %s, %zu states\n", id,
           error != NULL ? error->message : "lost or doubled", json_array_size (history));
  return 1;
}

static int
check_all (CcfClient *client, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = cr_file_read_text (path, 1 << 24, &error);
  if (text == NULL)
    return 1;
  g_auto (GStrv) ids = g_strsplit (text, "\n", -1);
  int wrong = 0;
  guint count = 0;
  for (; ids[count] != NULL && *ids[count] != '\0'; count++)
    wrong += check_one (client, ids[count]);
  printf ("%u\n", count);
  return wrong != 0;
}

int
main (int argc, char **argv)
{
  if (argc < 4)
    return 2;
  g_autoptr (GError) error = NULL;
  const char *state = argv[2];
  g_autofree char *folder = keyring_ensure (state, FALSE, &error) ? workflow_personas_dir (NULL, &error)
                                                                  : NULL;
  g_autoptr (WorkflowScenario) scenario = folder != NULL
                                              ? workflow_scenario_load (folder, "analytics-sse", NULL, &error)
                                              : NULL;
  const WorkflowJourney *journey = scenario != NULL ? workflow_scenario_journey (scenario, "operator", &error)
                                                    : NULL;
  g_autoptr (WorkflowContext) context =
      journey != NULL ? workflow_context_open (state, scenario, journey->persona, &error) : NULL;
  MemberIdentity *member = context != NULL
                               ? workflow_context_member (context, "operator", FALSE, FALSE, &error)
                               : NULL;
  CcfClient *client = member != NULL ? workflow_context_ccf (context, NULL, &error) : NULL;
  if (client == NULL) {
    fprintf (stderr, "ledger-load: %s\n", error->message);
    return 1;
  }
  return strcmp (argv[1], "write") == 0
             ? write_all (client, member, argv[3], argc > 4 ? (guint) atoi (argv[4]) : 4)
             : check_all (client, argv[3]);
}
