/* SPDX-License-Identifier: MIT
 * Publishing and running queries against scripted answers of the governance service and the agent.
 */
#include "base/error.h"
#include "hostile-server.h"
#include "query/query.h"

#include <string.h>

#define STATUS "GET /status/cl-spark-r1"
#define RUN "POST /queries/q1/run"

static HostileServer *server;

static CrSecretText
give_token (CrJob *job, gboolean renew, gpointer data, GError **error)
{
  (void) job;
  (void) renew;
  (void) data;
  (void) error;
  return cr_secret_text_new ("token", -1);
}

static QueryAgent *
new_agent (void)
{
  g_autoptr (GError) error = NULL;
  hostile_server_forget (server);
  QueryAgent *agent = query_agent_new (hostile_server_url (server), hostile_server_trust (server), give_token,
                                       NULL, NULL, &error);
  g_assert_no_error (error);
  return agent;
}

static void
script_state (const char *state, const char *message)
{
  g_autoptr (json_t) body = json_pack ("{s:s, s:{s:{s:s,s:s?}}, s:[{s:s,s:s,s:s}]}", "id", "cl-spark-r1",
                                       "status", "applicationState", "state", state, "errorMessage", message,
                                       "events", "name", "e1", "type", "Normal", "message", "Event_1001 | x");
  g_autofree char *text = cr_json_dump (body);
  hostile_server_script (server, STATUS, 200, "", text);
}

static void
count_progress (const char *phase, guint64 done, guint64 total, gpointer data)
{
  (void) done;
  (void) total;
  g_assert_cmpstr (phase, ==, "Event_1001 | x");
  ++*(guint *) data;
}

static void
test_completed (void)
{
  g_autoptr (QueryAgent) agent = new_agent ();
  g_autoptr (CrJob) job = cr_job_new ();
  g_autoptr (GError) error = NULL;
  guint told = 0;
  cr_job_on_progress (job, count_progress, &told);
  hostile_server_script (server, "GET /ready", 200, "", "{\"status\":\"up\"}");
  g_assert_true (query_agent_wait_ready (job, agent, 1000, &error));

  hostile_server_script (server, RUN, 200, "", "{\"status\":\"success\",\"id\":\"cl-spark-r1\"}");
  QueryRunRequest request = { .run_id = "r1", .start_date = "2025-09-01", .end_date = "2025-09-02" };
  g_autoptr (json_t) started = query_run (job, agent, "q1", &request, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (started, "id"), ==, "cl-spark-r1");

  script_state ("SUBMITTED", NULL);
  hostile_server_script (server, STATUS, 503, "Retry-After: 0\r\n", "");
  script_state ("RUNNING", NULL);
  script_state ("COMPLETED", NULL);
  g_autoptr (json_t) status = query_wait (job, agent, "cl-spark-r1", 20000, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (query_state (status), ==, "COMPLETED");
  g_assert_cmpuint (told, ==, 1); /* every event once */
}

static void
test_failed (void)
{
  g_autoptr (QueryAgent) agent = new_agent ();
  g_autoptr (GError) error = NULL;
  script_state ("FAILED", "DataFrame schema does not match expected dataset schema.");
  g_autoptr (json_t) status = NULL;
  g_assert_null (query_wait (NULL, agent, "cl-spark-r1", 5000, &status, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_FAILED);
  g_assert_true (cr_error_is_remote (error, "FAILED"));
  g_assert_nonnull (strstr (cr_error_hint (error), "'long'"));
  g_assert_cmpstr (query_state (status), ==, "FAILED");
  g_clear_error (&error);

  hostile_server_forget (server);
  script_state ("SUBMISSION_FAILED", NULL);
  g_assert_null (query_wait (NULL, agent, "cl-spark-r1", 5000, NULL, &error));
  g_assert_true (cr_error_is_remote (error, "SUBMISSION_FAILED"));
  g_clear_error (&error);

  hostile_server_forget (server);
  hostile_server_script (server, STATUS, 404, "", "{\"detail\":\"Job with ID cl-spark-r1 not found\"}");
  g_assert_null (query_wait (NULL, agent, "cl-spark-r1", 5000, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);

  hostile_server_forget (server);
  script_state ("RUNNING", NULL);
  g_assert_null (query_wait (NULL, agent, "cl-spark-r1", 100, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_RETRY);
}

static void
test_refused (void)
{
  g_autoptr (QueryAgent) agent = new_agent ();
  g_autoptr (GError) error = NULL;
  hostile_server_script (
      server, RUN, 400, "",
      "{\"error\":{\"code\":\"QueryMissingApprovalsFromDatasetOwners\",\"message\":\"Query 'q1' "
      "requires approvals from the owners of the following datasets: n1\"}}");
  QueryRunRequest request = { .run_id = "r1" };
  g_assert_null (query_run (NULL, agent, "q1", &request, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);

  /* Bad input never leaves this machine. */
  guint before = hostile_server_requests (server);
  QueryRunRequest one_end = { .run_id = "r1", .start_date = "2025-09-01" };
  g_assert_null (query_run (NULL, agent, "q1", &one_end, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  QueryRunRequest no_id = { .run_id = NULL };
  g_assert_null (query_run (NULL, agent, "q1", &no_id, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (query_run (NULL, agent, "../x", &request, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_cmpuint (hostile_server_requests (server), ==, before);
}

static void
script_dataset (const char *id, const char *state, const char *owner)
{
  g_autofree char *key = g_strconcat ("POST /app/contracts/c1/userdocuments/", id, NULL);
  g_autofree char *body = g_strdup_printf (
      "{\"id\":\"%s\",\"state\":\"%s\",\"contractId\":\"c1\",\"proposerId\":\"%s\"}", id, state, owner);
  hostile_server_script (server, key, 200, "", body);
}

static void
test_approvers (void)
{
  g_autoptr (GError) error = NULL;
  hostile_server_forget (server);
  g_autoptr (CcfClient) client = ccf_client_new (hostile_server_url (server), hostile_server_trust (server),
                                                 &error);
  ccf_client_set_token_provider (client, give_token, NULL, NULL);
  g_autoptr (QueryDocument) document = query_document_new ("q1");
  g_assert_true (query_document_add_inputs (document, "a:n1,b:w1", &error));
  query_document_set_output (document, "output", "o1");
  script_dataset ("n1", "Accepted", "north");
  script_dataset ("w1", "Accepted", "wood");
  script_dataset ("o1", "Accepted", "wood");
  g_autoptr (json_t) approvers = query_approvers (NULL, client, "c1", document, &error);
  g_assert_no_error (error);
  g_autofree char *text = cr_json_dump (approvers);
  g_assert_cmpstr (text, ==,
                   "[{\"approverId\":\"north\",\"approverIdType\":\"user\"},"
                   "{\"approverId\":\"wood\",\"approverIdType\":\"user\"}]");
  hostile_server_forget (server);
  script_dataset ("n1", "Proposed", "north");
  g_assert_null (query_approvers (NULL, client, "c1", document, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_WAITING);
  g_assert_nonnull (strstr (error->message, "n1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  server = hostile_server_new ();
  g_test_add_func ("/query-run/completed", test_completed);
  g_test_add_func ("/query-run/failed", test_failed);
  g_test_add_func ("/query-run/refused", test_refused);
  g_test_add_func ("/query-run/approvers", test_approvers);
  int result = g_test_run ();
  hostile_server_free (server);
  return result;
}
