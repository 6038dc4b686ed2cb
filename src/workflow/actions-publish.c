/* SPDX-License-Identifier: MIT
 * an.user.publish: upload the data and describe each dataset to the consortium.
 */
#include "workflow/actions-private.h"

#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "cloud/names.h"
#include "data/dataset.h"
#include "data/datastore.h"
#include "data/transfer.h"
#include "spec/stores.h"

#include <string.h>

/* What all datasets of one persona share. */
typedef struct {
  WorkflowCall *call;
  WorkflowContext *context;
  CrJob *job;
  CcfClient *ledger;
  char *contract, *issuer, *user, *blob_url;
  char *client_id, *identity_tenant, *identity_name;
  char *vault_url, *kek; /* NULL when the storage service encrypts */
  char *dek_store, *kek_store;
  char *secret_id;  /* of the consortium's secret with the AWS keys; NULL without buckets */
  GPtrArray *items; /* Item: the own datasets */
} Publish;

static void
publish_clear (Publish *it)
{
  g_free (it->contract);
  g_free (it->issuer);
  g_free (it->user);
  g_free (it->blob_url);
  g_free (it->client_id);
  g_free (it->identity_tenant);
  g_free (it->identity_name);
  g_free (it->vault_url);
  g_free (it->kek);
  g_free (it->dek_store);
  g_free (it->kek_store);
  g_free (it->secret_id);
  g_clear_pointer (&it->items, g_ptr_array_unref);
}

static char *
private_name (Publish *it, const char *name)
{
  return g_strdup_printf ("%s/private/%s", workflow_context_persona (it->context), name);
}

/* The identity that the clean room takes on to read and write the data. */
static gboolean
make_identity (Publish *it, GError **error)
{
  ArmClient *arm = workflow_context_arm (it->context, error);
  g_autofree char *group = arm != NULL ? action_group (it->call, error) : NULL;
  if (group == NULL)
    return FALSE;
  const char *scenario = workflow_call_scenario (it->call)->name;
  g_autofree char *letters = cloud_u13 (group);
  g_autofree char *name = g_strdup_printf ("%s-mi-%s", letters, scenario);
  g_autofree char *chosen = workflow_context_recall (it->context, "location");
  const Environment *environment = workflow_context_environment (it->context, error);
  if (environment == NULL)
    return FALSE;
  g_autoptr (json_t) identity =
      arm_identity_ensure (arm, it->job, group, chosen != NULL ? chosen : environment->location, name, error);
  json_t *properties = identity != NULL
                           ? cr_json_get_object (identity, "properties", "the managed identity", error)
                           : NULL;
  const char *client = properties != NULL
                           ? cr_json_get_string (properties, "clientId", "the managed identity", error)
                           : NULL;
  const char *principal = client != NULL
                              ? cr_json_get_string (properties, "principalId", "the managed identity", error)
                              : NULL;
  const char *tenant = principal != NULL
                           ? cr_json_get_string (properties, "tenantId", "the managed identity", error)
                           : NULL;
  const char *id = tenant != NULL ? cr_json_get_string (identity, "id", "the managed identity", error) : NULL;
  if (id == NULL)
    return FALSE;
  cr_fault_point ("managed-identity");
  it->client_id = g_strdup (client);
  it->identity_tenant = g_strdup (tenant);
  g_autoptr (json_t) record = json_object ();
  g_autofree char *fragment = g_strdup_printf ("%s-%s.config", workflow_context_persona (it->context),
                                               scenario);
  cr_json_set_string (record, "contractFragment", fragment);
  json_object_set (record, "mi", identity);
  g_autofree char *file = g_strdup_printf ("%s-%s.generated.json", group, scenario);
  g_autofree char *path = private_name (it, file);
  return workflow_context_remember (it->context, "identity-id", id, error)
         && workflow_context_remember (it->context, "identity-principal", principal, error)
         && workflow_call_write_json (it->call, path, record, error);
}

/* Make the place of DATASET and bring its files there. Gives the name of the place. */
static char *
upload (Publish *it, const WorkflowDataset *dataset, GError **error)
{
  g_auto (ActionStore) opened = { 0 };
  if (!action_store_open (it->call, dataset, TRUE, &opened, error))
    return NULL;
  cr_fault_point ("container");
  if (dataset->output)
    return g_steal_pointer (&opened.place);
  g_autofree char *folder = action_dataset_folder (it->call, dataset);
  g_autofree char *plans = workflow_context_private (it->context, "transfers");
  const TransferOptions options = { .plan_folder = plans };
  TransferResult transfer = { 0 };
  if (!transfer_upload (opened.store, it->job, NULL, folder, &options, &transfer, error))
    return NULL;
  cr_fault_point ("uploaded");
  workflow_call_say (it->call, "%s: %u files in the %s, %u of them uploaded now.", dataset->name,
                     transfer.files, cloud_store_name (opened.store), transfer.moved);
  return g_steal_pointer (&opened.place);
}

/* One dataset on its way: all of them lie in their places before the first document is registered, and all
 * documents are accepted before the others learn about any. */
typedef struct {
  const WorkflowDataset *dataset;
  DataSchema *schema;
  char *id, *place;
  json_t *document;
} Item;

static void
item_free (gpointer data)
{
  Item *item = data;
  data_schema_free (item->schema);
  g_free (item->id);
  g_free (item->place);
  json_decref (item->document);
  g_free (item);
}

/* The document of ITEM as it goes to the ledger. Gives. */
static json_t *
describe (Publish *it, const Item *item, GError **error)
{
  const WorkflowDataset *dataset = item->dataset;
  g_autofree char *container = action_container (it->call, dataset);
  DataAccess access = dataset->output ? DATA_ACCESS_WRITE : DATA_ACCESS_READ;
  g_autofree char *wrapped = it->kek != NULL ? vault_wrapped_name (container, it->kek, error) : NULL;
  if (it->kek != NULL && wrapped == NULL)
    return NULL;
  DataProtectionKeys keys = {
    .dek_store = it->dek_store,
    .dek_name = wrapped,
    .kek_store = it->kek_store,
    .kek_name = it->kek,
    .vault_url = it->vault_url,
    .authority = workflow_context_environment (it->context, NULL)->attestation_url,
  };
  DataAccessPointSpec spec = {
    .name = item->id,
    .access = access,
    .container = item->place,
    .datastore = container,
    .blob_url = dataset->bucket ? workflow_context_environment (it->context, NULL)->s3_url : it->blob_url,
    .secret_id = dataset->bucket ? it->secret_id : NULL,
    .identity_name = it->identity_name,
    .client_id = it->client_id,
    .tenant_id = it->identity_tenant,
    .issuer_url = it->issuer,
    .keys = it->kek != NULL ? &keys : NULL,
  };
  g_autoptr (json_t) point = data_access_point (&spec);
  g_autofree char *file = g_strdup_printf ("%s-%s.config", workflow_context_persona (it->context),
                                           workflow_call_scenario (it->call)->name);
  g_autofree char *path = workflow_context_private (it->context, file);
  if (point == NULL
      || !spec_file_put_only (path, dataset->output ? "datasinks" : "datasources", point, error))
    return NULL;
  g_auto (GStrv) allowed = action_allowed (it->call, dataset);
  return data_dataset_build (item->id, item->schema, access, (const char *const *) allowed, point, error);
}

/* Bring the data to its place and make the document. */
static gboolean
bring (Publish *it, Item *item, GError **error)
{
  const WorkflowDataset *dataset = item->dataset;
  g_autofree char *container = action_container (it->call, dataset);
  g_autofree char *prefix = g_strconcat (dataset->name, "-", NULL);
  g_autofree char *intent = g_strconcat ("dataset:", dataset->name, NULL);
  g_autofree char *stores = workflow_context_private (it->context, "datastores.config");
  g_autofree char *local = g_strconcat (workflow_context_persona (it->context), "-local-store", NULL);
  item->id = workflow_call_intent_id (it->call, intent, prefix, 8, error);
  item->place = item->id != NULL ? upload (it, dataset, error) : NULL;
  if (item->place == NULL)
    return FALSE;
  SpecDatastore entry = { .name = container,
                          .type = dataset->bucket ? "Aws_S3" : "Azure_BlobStorage",
                          .mode = it->kek != NULL ? "CPK" : "SSE",
                          .url = dataset->bucket ? workflow_context_environment (it->context, NULL)->s3_url
                                                 : it->blob_url,
                          .place = item->place,
                          .secret_id = dataset->bucket ? it->secret_id : NULL,
                          .secretstore_file = it->kek != NULL ? "secretstores.config" : NULL,
                          .secretstore = it->kek != NULL ? local : NULL,
                          .schema = item->schema };
  if (!spec_datastore_add (stores, &entry, NULL, error))
    return FALSE;
  item->document = describe (it, item, error);
  return item->document != NULL;
}

/* Accepted by its owner: write, propose, vote. */
static gboolean
agree (Publish *it, const Item *item, GError **error)
{
  const WorkflowDataset *dataset = item->dataset;
  const char *id = item->id;
  const json_t *document = item->document;
  g_autofree char *name = g_strdup_printf ("proposal:%s", dataset->name);
  g_autofree char *proposal = workflow_call_intent_id (it->call, name, "", 32, error);
  if (proposal == NULL)
    return FALSE;
  g_autofree char *data = cr_json_dump (document);
  g_autoptr (json_t) labels = json_object ();
  cr_json_set_string (labels, "type", "dataset");
  json_t *me = json_object ();
  cr_json_set_string (me, "approverId", it->user);
  cr_json_set_string (me, "approverIdType", "user");
  g_autoptr (json_t) approvers = json_array ();
  json_array_append_new (approvers, me);
  g_autoptr (json_t) now = cgs_user_document_publish (it->job, it->ledger, it->contract, id, data, labels,
                                                      approvers, proposal, error);
  if (now == NULL) {
    /* The service was not asked to change it: what is registered stays as it is. */
    if (error != NULL && g_error_matches (*error, CR_ERROR, CR_ERROR_REFUSED)
        && cr_error_http_status (*error) == 0)
      cr_error_set_hint (*error,
                         "To register something else publish anew: add --again, or answer yes to republish.");
    return FALSE;
  }
  cr_fault_point ("dataset-proposed");
  if (!g_str_equal (action_state (now), "Accepted")) {
    g_autoptr (json_t) vote = cgs_user_document_vote (it->job, it->ledger, it->contract, id, NULL, TRUE,
                                                      error);
    if (vote == NULL)
      return FALSE;
    cr_fault_point ("dataset-accepted");
  }
  workflow_call_say (it->call, "%s is registered as %s.", dataset->name, id);
  return TRUE;
}

/* The others find the documents by these files. */
static gboolean
tell (Publish *it, const Item *item, GError **error)
{
  g_autofree char *path = g_strdup_printf ("public/%s.dataset-id", item->dataset->name);
  g_autofree char *line = g_strconcat (item->id, "\n", NULL);
  workflow_call_set (it->call, item->dataset->name, item->id);
  return workflow_call_write (it->call, path, line, -1, error);
}

static gboolean
is_own (Publish *it, const WorkflowDataset *dataset)
{
  return g_str_equal (dataset->owner, workflow_context_persona (it->context));
}

/* Look at every file, and at the columns that are to be read, before anything leaves the machine. */
static gboolean
check_data (Publish *it, GError **error)
{
  GPtrArray *datasets = workflow_call_scenario (it->call)->datasets;
  guint64 rows = 0;
  for (guint i = 0; i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    if (!is_own (it, dataset))
      continue;
    Item *item = g_new0 (Item, 1);
    g_ptr_array_add (it->items, item);
    item->dataset = dataset;
    item->schema = action_dataset_schema (it->call, dataset, error);
    if (item->schema == NULL
        || (!dataset->output && !action_data_check (it->call, dataset, item->schema, &rows, error)))
      return FALSE;
  }
  cr_json_set_int (workflow_call_result (it->call), "rows", (gint64) rows);
  return TRUE;
}

/* Names of the keys, where the data is encrypted by its owner: they are in the documents before the keys
 * are in the vault, because the policy that releases them is agreed later. */
static gboolean
name_keys (Publish *it, GError **error)
{
  if (!action_is_encrypted (it->call))
    return TRUE;
  const char *persona = workflow_context_persona (it->context);
  it->vault_url = action_fact (it->call, "vault-url", error);
  g_autofree char *letters = it->vault_url != NULL ? workflow_call_intent_id (it->call, "kek", "", 8, error)
                                                   : NULL;
  if (letters == NULL)
    return FALSE;
  it->kek = g_strconcat (letters, "-kek", NULL);
  it->dek_store = g_strconcat (persona, "-dek-store", NULL);
  it->kek_store = g_strconcat (persona, "-kek-store", NULL);
  return workflow_context_remember (it->context, "kek", it->kek, error);
}

/* The key pair of the buckets as a secret of the contract, which only the agreed clean room can read. */
static gboolean
share_aws_keys (Publish *it, GError **error)
{
  if (!action_uses_buckets (it->call))
    return TRUE;
  g_auto (CrSecretText) value = action_aws_secret (it->call, error);
  it->secret_id = value != NULL ? cgs_secret_put (it->job, it->ledger, it->contract, "consumer-aws-config",
                                                  value, error)
                                : NULL;
  if (it->secret_id == NULL)
    return FALSE;
  cr_fault_point ("aws-secret");
  workflow_call_say (it->call, "The key pair of your buckets is a secret of the contract: %s.",
                     it->secret_id);
  return TRUE;
}

/* The identity that the clean room takes on in Azure, and the names of the keys there. */
static gboolean
prepare_azure (Publish *it, GError **error)
{
  if (!action_uses_azure (it->call))
    return TRUE;
  it->blob_url = action_fact (it->call, "blob", error);
  it->identity_name = g_strconcat (workflow_context_persona (it->context), "-identity", NULL);
  if (it->blob_url == NULL || !make_identity (it, error) || !name_keys (it, error))
    return FALSE;
  g_autofree char *file = g_strdup_printf ("%s-%s.config", workflow_context_persona (it->context),
                                           workflow_call_scenario (it->call)->name);
  g_autofree char *path = workflow_context_private (it->context, file);
  g_autoptr (json_t) identity = data_federated_identity (it->identity_name, it->client_id,
                                                         it->identity_tenant, it->issuer);
  return spec_file_put (path, "identities", identity, error);
}

static gboolean
prepare (Publish *it, GError **error)
{
  it->contract = action_contract (it->call, error);
  it->issuer = it->contract != NULL ? workflow_call_public (it->call, "issuer.url", error) : NULL;
  it->user = it->issuer != NULL ? action_fact (it->call, "user", error) : NULL;
  if (it->user == NULL || !check_data (it, error))
    return FALSE;
  it->ledger = action_ledger (it->call, error);
  if (it->ledger == NULL)
    return FALSE;
  /* Not admitted yet is a matter of waiting for the operator. */
  g_autoptr (json_t) active = cgs_user_self_status (it->job, it->ledger, error);
  return active != NULL && share_aws_keys (it, error) && prepare_azure (it, error);
}

/* DO with every dataset; FALSE at the first that fails. */
static gboolean
each (Publish *it, gboolean (*do_it) (Publish *it, const Item *item, GError **error), GError **error)
{
  for (guint i = 0; i < it->items->len; i++)
    if (!do_it (it, g_ptr_array_index (it->items, i), error))
      return FALSE;
  return TRUE;
}

ACTION (action_publish)
{
  Publish it = { .call = call, .context = workflow_call_context (call), .job = workflow_call_job (call) };
  it.items = g_ptr_array_new_with_free_func (item_free);
  gboolean ok = prepare (&it, error);
  for (guint i = 0; ok && i < it.items->len; i++)
    ok = bring (&it, g_ptr_array_index (it.items, i), error);
  ok = ok && each (&it, agree, error) && each (&it, tell, error);
  publish_clear (&it);
  return ok;
}

/* Accepted when all own dataset documents are; else the state of the first that is not. */
PROBE (probe_datasets)
{
  GPtrArray *datasets = workflow_call_scenario (call)->datasets;
  const char *persona = workflow_context_persona (workflow_call_context (call));
  g_autofree char *contract = action_contract (call, error);
  CcfClient *client = contract != NULL ? action_ledger (call, error) : NULL;
  if (client == NULL)
    return NULL;
  for (guint i = 0; i < datasets->len; i++) {
    const WorkflowDataset *dataset = g_ptr_array_index (datasets, i);
    if (!g_str_equal (dataset->owner, persona))
      continue;
    g_autofree char *id = action_dataset_id (call, dataset->name, NULL);
    if (id == NULL)
      return g_strdup ("none");
    g_autoptr (json_t) document = cgs_user_document_show (workflow_call_job (call), client, contract, id,
                                                          error);
    if (document == NULL)
      return NULL;
    if (!g_str_equal (action_state (document), "Accepted"))
      return g_strdup (action_state (document));
  }
  return g_strdup ("Accepted");
}
