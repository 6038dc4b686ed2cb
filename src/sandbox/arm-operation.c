/* SPDX-License-Identifier: MIT
 * Work that continues after its answer: 202 with Location, Azure-AsyncOperation and Retry-After.
 *
 * The sandbox does the work at once; the setting "operation-ms" makes it look as slow as the real service,
 * so that clients can be tested against both kinds of polling.
 */
#include "sandbox/arm-private.h"

#include "base/clock.h"
#include "base/encode.h"

gint64
manager_operation_ms (Sandbox *sandbox)
{
  const char *text = sandbox_setting (sandbox, "operation-ms");
  return text == NULL ? 0 : CLAMP (g_ascii_strtoll (text, NULL, 10), 0, 3600 * 1000);
}

static void
retry_after (ManagerCall *call, gint64 ready_ms)
{
  gint64 left = MAX (ready_ms - cr_now_ms (), 0);
  g_autofree char *seconds = g_strdup_printf ("%" G_GINT64_FORMAT, (left + 999) / 1000);
  sandbox_respond_header (call->response, "Retry-After", seconds);
}

static void
operation_header (ManagerCall *call, const char *header, const char *kind, const char *id)
{
  g_autofree char *url = g_strdup_printf ("%s/subscriptions/%s/%s/%s?api-version=2021-04-01",
                                          sandbox_url (call->sandbox, "management"), call->arm->subscription,
                                          kind, id);
  sandbox_respond_header (call->response, header, url);
}

void
manager_operation_start (ManagerCall *call, const ManagerResource *resource)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = cr_uuid_new ();
  gint64 ready_ms = cr_now_ms () + manager_operation_ms (call->sandbox);
  if (!cr_db_run (call->arm->db, &error,
                  "INSERT INTO operations (id, owner, resource, ready_ms) VALUES (?, ?, ?, ?)", "sssi", id,
                  call->oid, resource == NULL ? NULL : resource->id, ready_ms)) {
    manager_broken (call, error);
    return;
  }
  sandbox_respond_empty (call->response, 202);
  operation_header (call, "Location", "operationresults", id);
  operation_header (call, "Azure-AsyncOperation", "operationstatuses", id);
  retry_after (call, ready_ms);
}

/* The operation named in the path; FALSE after answering 404. Operations are visible to their starter. */
static gboolean
find_operation (ManagerCall *call, char **resource, gint64 *ready_ms)
{
  g_autoptr (GError) error = NULL;
  sqlite3_stmt *statement = cr_db_query (
      call->arm->db, &error, "SELECT resource, ready_ms FROM operations WHERE id = ? AND owner = ?", "ss",
      manager_parameter (call, 1), call->oid);
  if (statement != NULL && cr_db_step (call->arm->db, statement, &error)) {
    *resource = cr_db_text (statement, 0);
    *ready_ms = sqlite3_column_int64 (statement, 1);
    cr_db_done (statement);
    return TRUE;
  }
  if (!manager_broken (call, error))
    manager_fail (call, 404, "OperationNotFound", "There is no operation '%s'.", manager_parameter (call, 1));
  return FALSE;
}

void
manager_operation_status (ManagerCall *call)
{
  g_autofree char *resource = NULL;
  gint64 ready_ms = 0;
  if (!find_operation (call, &resource, &ready_ms))
    return;
  gboolean ready = cr_now_ms () >= ready_ms;
  json_t *answer = json_object ();
  cr_json_set_string (answer, "name", manager_parameter (call, 1));
  cr_json_set_string (answer, "status", ready ? "Succeeded" : "InProgress");
  if (!ready)
    retry_after (call, ready_ms);
  sandbox_respond_json (call->response, 200, answer);
}

void
manager_operation_result (ManagerCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  gint64 ready_ms = 0;
  if (!find_operation (call, &id, &ready_ms))
    return;
  if (cr_now_ms () < ready_ms) {
    sandbox_respond_empty (call->response, 202);
    operation_header (call, "Location", "operationresults", manager_parameter (call, 1));
    retry_after (call, ready_ms);
    return;
  }
  if (id == NULL) {
    sandbox_respond_empty (call->response, 200);
    return;
  }
  g_autoptr (ManagerResource) resource = manager_store_get (call->arm, id, &error);
  if (resource != NULL)
    sandbox_respond_json (call->response, 200, manager_show (call, resource));
  else if (!manager_broken (call, error))
    manager_fail (call, 404, "ResourceNotFound", "The resource '%s' was removed in the meantime.", id);
}
