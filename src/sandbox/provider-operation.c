/* SPDX-License-Identifier: MIT
 * Long-running operations of the provider client protocol.
 */
#include "sandbox/provider-operation.h"

#include "base/encode.h"

#define MAX_OPERATIONS 256

struct ProviderOperations {
  GMutex mutex;
  GHashTable *resources; /* id -> json_t, the answer of a finished operation */
  GQueue ids;            /* oldest first */
};

ProviderOperations *
provider_operations_new (void)
{
  ProviderOperations *operations = g_new0 (ProviderOperations, 1);
  g_mutex_init (&operations->mutex);
  operations->resources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                 (GDestroyNotify) json_decref);
  g_queue_init (&operations->ids);
  return operations;
}

void
provider_operations_free (ProviderOperations *operations)
{
  g_queue_clear (&operations->ids);
  g_hash_table_unref (operations->resources);
  g_mutex_clear (&operations->mutex);
  g_free (operations);
}

void
provider_operation_succeed (ProviderOperations *operations, json_t *resource, SandboxResponse *response)
{
  g_autofree char *id = cr_uuid_new ();
  g_autofree char *location = g_strconcat ("/operations/", id, NULL);
  json_t *answer = json_object ();
  cr_json_set_string (answer, "operationId", id);
  cr_json_set_string (answer, "status", "Succeeded");
  cr_json_set (answer, "progress", json_array ());
  cr_json_set_int (answer, "statusCode", 200);
  cr_json_set (answer, "resource", resource);
  g_mutex_lock (&operations->mutex);
  char *key = g_strdup (id);
  g_hash_table_insert (operations->resources, key, answer);
  g_queue_push_tail (&operations->ids, key);
  if (operations->ids.length > MAX_OPERATIONS)
    g_hash_table_remove (operations->resources, g_queue_pop_head (&operations->ids));
  g_mutex_unlock (&operations->mutex);
  sandbox_respond_header (response, "Operation-Location", location);
  sandbox_respond_header (response, "Retry-After", "1");
  sandbox_respond_empty (response, 202);
}

gboolean
provider_operation_respond (ProviderOperations *operations, const char *id, SandboxResponse *response)
{
  g_mutex_lock (&operations->mutex);
  g_autoptr (json_t) answer = json_incref (g_hash_table_lookup (operations->resources, id));
  g_mutex_unlock (&operations->mutex);
  if (!answer)
    return FALSE;
  sandbox_respond_json (response, 200, json_deep_copy (answer));
  return TRUE;
}
