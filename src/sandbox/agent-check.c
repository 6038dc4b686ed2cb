/* SPDX-License-Identifier: MIT
 * The checks of the run call, in the order of the public agent, and the specification of the run they give.
 */
#include "sandbox/agent-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "data/dataset.h"

#include <string.h>

/* One resolved dataset document. */
typedef struct {
  char *id;    /* document id */
  char *owner; /* proposer */
  char *view;
  json_t *data; /* parsed document data */
} Resolved;

static void
resolved_free (gpointer data)
{
  Resolved *resolved = data;

  g_free (resolved->id);
  g_free (resolved->owner);
  g_free (resolved->view);
  json_decref (resolved->data);
  g_free (resolved);
}

void
agent_run_body_clear (AgentRunBody *body)
{
  g_free (body->run_id);
  g_free (body->job_id);
  g_free (body->start_date);
  g_free (body->end_date);
}

char *
agent_job_id (const char *run_id)
{
  g_autofree char *lower = g_ascii_strdown (run_id, -1);
  char *id;

  for (char *c = lower; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c))
      *c = '-';
  id = g_strdup_printf ("cl-spark-%s", lower);
  if (strlen (id) > 63)
    id[63] = '\0';
  return id;
}

/* "2025-09-01T00:00:00+00:00" or "2025-09-01": a day with no time of day. */
static gboolean
check_day (const char *name, const char *text, char **day, GError **error)
{
  static const char pattern[] =
      "^([0-9]{4}-[0-9]{2}-[0-9]{2})(T00:00(:00(\\.0+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$";
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GDate) date = NULL;
  g_autofree char *found = NULL;

  if (g_regex_match (regex, text, 0, &match))
    found = g_match_info_fetch (match, 1);
  date = found != NULL ? cr_day_parse (found, NULL) : NULL;
  if (date == NULL)
    return agent_refuse (error, 400, "InvalidDateFormat",
                         "%s must be in date format yyyy-MM-dd with no timestamp.", name);
  *day = g_steal_pointer (&found);
  return TRUE;
}

gboolean
agent_check_dates (const char *start, const char *end, char **start_day, char **end_day, GError **error)
{
  *start_day = *end_day = NULL;
  if (start == NULL && end == NULL)
    return TRUE;
  if (start == NULL || end == NULL)
    return agent_refuse (error, 400, "InvalidDateRange", "Both startDate and endDate must be provided.");
  if (!check_day ("startDate", start, start_day, error) || !check_day ("endDate", end, end_day, error))
    return FALSE;
  if (strcmp (*start_day, *end_day) > 0)
    return agent_refuse (error, 400, "InvalidDateRange",
                         "startDate must be earlier than or equal to the endDate.");
  return TRUE;
}

/* The JSON inside a user document. Gives. */
static json_t *
document_data (const json_t *document)
{
  const json_t *data = json_object_get (document, "data");

  if (json_is_object (data))
    return json_deep_copy (data);
  return json_is_string (data)
             ? cr_json_parse (json_string_value (data), json_string_length (data), "the document", NULL)
             : NULL;
}

static Resolved *
resolve (Agent *agent, const char *id, const char *view, GError **error)
{
  g_autoptr (json_t) document = agent_document (agent, id, error);
  Resolved *resolved;

  if (document == NULL)
    return NULL;
  resolved = g_new0 (Resolved, 1);
  resolved->id = g_strdup (id);
  resolved->view = g_strdup (view);
  resolved->owner = g_strdup (cr_json_peek_string (document, "proposerId"));
  resolved->data = document_data (document);
  if (resolved->data != NULL && json_is_object (json_object_get (resolved->data, "datasetAccessPoint")))
    return resolved;
  agent_refuse (error, 500, "NullReferenceException",
                "Object reference not set to an instance of an object.");
  resolved_free (resolved);
  return NULL;
}

static gboolean
has_accepted (const json_t *document, const char *who)
{
  json_t *vote;
  gsize index;

  json_array_foreach (json_object_get (document, "finalVotes"), index, vote)
    if (g_strcmp0 (cr_json_peek_string (vote, "approverId"), who) == 0
        && g_strcmp0 (cr_json_peek_string (vote, "ballot"), "accepted") == 0)
      return TRUE;
  return FALSE;
}

static void
audit_denied (Agent *agent, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (!agent_audit (agent, "spark-analytics-agent", text, &error))
    sandbox_log (agent->sandbox, "an audit event was not stored: %s", error->message);
}

static gboolean
check_votes (Agent *agent, const char *query_id, const json_t *query, GPtrArray *inputs, const char *run_id,
             GError **error)
{
  g_autoptr (GPtrArray) missing = g_ptr_array_new ();
  g_autofree char *list = NULL, *text = NULL;

  for (guint i = 0; i < inputs->len; i++) {
    Resolved *input = g_ptr_array_index (inputs, i);

    if (input->owner == NULL || !has_accepted (query, input->owner))
      g_ptr_array_add (missing, input->id);
  }
  if (missing->len == 0)
    return TRUE;
  g_ptr_array_add (missing, NULL);
  list = g_strjoinv (", ", (char **) missing->pdata);
  text = g_strdup_printf (
      "Query execution denied for queryId %s: Missing approvals from dataset owners: %s | job id: %s.",
      query_id, list, run_id);
  audit_denied (agent, text);
  return agent_refuse (error, 400, "QueryMissingApprovalsFromDatasetOwners",
                       "Query '%s' requires approvals from the owners of the following datasets: %s",
                       query_id, list);
}

static gboolean
check_one_consent (Agent *agent, const char *query_id, const char *document, const char *run_id,
                   GError **error)
{
  g_autoptr (json_t) reason = NULL;
  g_autofree char *text = NULL;
  const char *code, *message;
  gboolean enabled;

  if (!agent_consent (agent, document, "execution", &enabled, &reason, error))
    return FALSE;
  if (enabled)
    return TRUE;
  code = cr_json_peek_string (reason, "code");
  message = cr_json_peek_string (reason, "message");
  text = g_strdup_printf ("Query execution denied for queryId %s. Reason: %s | job id: %s.", query_id,
                          message != NULL ? message : "disabled", run_id);
  audit_denied (agent, text);
  return agent_refuse (error, 400, code != NULL ? code : "UserDocumentRuntimeOptionDisabled", "%s",
                       message != NULL ? message : "The document has been disabled.");
}

static gboolean
check_consent (Agent *agent, const char *query_id, GPtrArray *inputs, const char *run_id, GError **error)
{
  g_autoptr (json_t) reason = NULL;
  gboolean enabled;

  if (!check_one_consent (agent, query_id, query_id, run_id, error))
    return FALSE;
  for (guint i = 0; i < inputs->len; i++)
    if (!check_one_consent (agent, query_id, ((Resolved *) g_ptr_array_index (inputs, i))->id, run_id, error))
      return FALSE;
  /* never refuses: it only decides about telemetry, of which the local clean room has none */
  return agent_consent (agent, query_id, "telemetry", &enabled, &reason, error);
}

static gboolean
check_allowed (const Resolved *dataset, const char *kind, GError **error)
{
  const json_t *policy = json_object_get (dataset->data, "datasetAccessPolicy");

  if (json_array_size (json_object_get (policy, "allowedFields")) > 0)
    return TRUE;
  return agent_refuse (error, 400, "AllowedFieldsNotSpecified", "%s %s is missing allowed fields.", kind,
                       dataset->id);
}

/* Segments of the query document: base64 of {"segments": [...]}. Gives. */
static json_t *
decode_query (const json_t *application, const char *query_id, GError **error)
{
  const char *text = cr_json_peek_string (application, "query");
  g_autoptr (GBytes) bytes = text != NULL ? cr_base64_decode (text, "the query", NULL) : NULL;
  g_autoptr (json_t) query = bytes != NULL ? cr_json_parse_bytes (bytes, "the query", NULL) : NULL;

  if (json_is_array (json_object_get (query, "segments")))
    return json_incref (json_object_get (query, "segments"));
  agent_refuse (error, 400, "InvalidQueryFormat", "DocumentId %s has invalid Query format.", query_id);
  return NULL;
}

/* Who NAME ("identity", "encryptionSecretAccessIdentity") in HOLDER is, into RESULT. FALSE when it is
 * missing. */
static gboolean
add_identity (const Agent *agent, const Resolved *dataset, const json_t *identity, json_t *result)
{
  const json_t *issuer = json_object_get (json_object_get (identity, "tokenIssuer"), "issuer");
  g_autofree char *subject = g_strdup_printf ("%s-%s", agent->contract_id, dataset->owner);

  if (cr_json_peek_string (identity, "clientId") == NULL || cr_json_peek_string (issuer, "url") == NULL)
    return FALSE;
  cr_json_set_string (result, "clientId", cr_json_peek_string (identity, "clientId"));
  cr_json_set_string (result, "tenantId", cr_json_peek_string (identity, "tenantId"));
  cr_json_set_string (result, "issuer", cr_json_peek_string (issuer, "url"));
  cr_json_set_string (result, "subject", subject);
  return TRUE;
}

/* How DATASET is encrypted: what is needed to get its key goes into RESULT as "keys". */
static gboolean
check_protection (Agent *agent, const Resolved *dataset, json_t *result, GError **error)
{
  const json_t *point = json_object_get (dataset->data, "datasetAccessPoint");
  const json_t *protection = json_object_get (point, "protection");
  g_auto (DataProtection) read = { 0 };
  g_autoptr (GError) problem = NULL;
  json_t *keys;

  if (!data_protection_read (point, &read, &problem))
    return agent_refuse (error, 400, cr_error_reason (problem), "%s Dataset: %s.", problem->message,
                         dataset->id);
  if (strcmp (read.mode, "CSE") == 0)
    return agent_refuse (error, 500, "Exception", "Encryption mode CSE is not supported for %s", dataset->id);
  if (strcmp (read.mode, "SSE") == 0)
    return TRUE;
  if (strcmp (read.mode, "CPK") != 0)
    return agent_refuse (error, 400, "UnsupportedEncryptionMode",
                         "Encryption mode %s of dataset %s is not supported by the local clean room.",
                         read.mode, dataset->id);
  keys = json_object ();
  cr_json_set_string (keys, "dekName", read.dek_name);
  cr_json_set_string (keys, "dekUrl", read.dek_url);
  cr_json_set_string (keys, "kekName", read.kek_name);
  cr_json_set_string (keys, "kekUrl", read.kek_url);
  cr_json_set_string (keys, "authority", read.authority);
  cr_json_set (result, "keys", keys);
  return add_identity (agent, dataset, json_object_get (protection, "encryptionSecretAccessIdentity"), keys)
         || agent_refuse (error, 400, "AccessIdentityMissing",
                          "The encryption secret access identity of dataset %s is missing.", dataset->id);
}

/* The bucket of DATASET and the secret with its key pair. Gives. */
static json_t *
bucket_of (const Resolved *dataset, GError **error)
{
  const json_t *point = json_object_get (dataset->data, "datasetAccessPoint");
  const json_t *store = json_object_get (point, "store");
  const json_t *provider = json_object_get (store, "provider");
  const char *text = cr_json_peek_string (provider, "configuration");
  g_autoptr (GBytes) bytes = text != NULL && *text != '\0' ? cr_base64_decode (text, "configuration", NULL)
                                                           : NULL;
  g_autoptr (json_t) configuration = bytes != NULL ? cr_json_parse_bytes (bytes, "configuration", NULL)
                                                   : NULL;
  const char *secret = cr_json_peek_string (configuration, "secretId");
  json_t *result;

  if (configuration == NULL) {
    agent_refuse (error, 400, "StoreConfigurationMissing",
                  "The store configuration of dataset %s is missing.", dataset->id);
    return NULL;
  }
  if (secret == NULL || *secret == '\0') {
    agent_refuse (error, 400, "StoreConfigurationSecretIdMissing",
                  "The store configuration of dataset %s names no secret.", dataset->id);
    return NULL;
  }
  result = json_object ();
  cr_json_set_string (result, "bucket", cr_json_peek_string (store, "name"));
  cr_json_set_string (result, "url", cr_json_peek_string (provider, "url"));
  cr_json_set_string (result, "subdirectory", cr_json_peek_string (point, "subdirectory"));
  cr_json_set_string (result, "secretId", secret);
  cr_json_set_string (result, "dataset", dataset->id);
  return result;
}

/* Where the data of DATASET is and who may read it there. Gives. */
static json_t *
store_of (Agent *agent, const Resolved *dataset, GError **error)
{
  const json_t *point = json_object_get (dataset->data, "datasetAccessPoint");
  const json_t *store = json_object_get (point, "store");
  const char *type = cr_json_peek_string (store, "type");
  g_autoptr (json_t) result = json_object ();

  if (g_strcmp0 (type, "Aws_S3") == 0)
    return bucket_of (dataset, error);
  if (g_strcmp0 (type, "Azure_BlobStorage") != 0 && g_strcmp0 (type, "Azure_BlobStorage_DataLakeGen2") != 0) {
    agent_refuse (error, 400, "UnsupportedAccessPointStoreType",
                  "Access point store type '%s' is not supported for query execution.",
                  type != NULL ? type : "");
    return NULL;
  }
  if (!check_protection (agent, dataset, result, error))
    return NULL;
  if (!add_identity (agent, dataset, json_object_get (point, "identity"), result)) {
    agent_refuse (error, 400, "AccessIdentityMissing", "The access identity of dataset %s is missing.",
                  dataset->id);
    return NULL;
  }
  cr_json_set_string (result, "container", cr_json_peek_string (store, "name"));
  cr_json_set_string (result, "url", cr_json_peek_string (json_object_get (store, "provider"), "url"));
  cr_json_set_string (result, "subdirectory", cr_json_peek_string (point, "subdirectory"));
  cr_json_set_string (result, "dataset", dataset->id);
  return g_steal_pointer (&result);
}

/* The job file's entry: {name, viewName, format, schema, allowedFields, folder}. Gives. */
static json_t *
job_dataset (const Resolved *dataset, const char *folder, GError **error)
{
  const json_t *schema = json_object_get (dataset->data, "datasetSchema");
  const json_t *policy = json_object_get (dataset->data, "datasetAccessPolicy");
  g_autoptr (json_t) columns = json_object ();
  json_t *field, *entry;
  gsize index;

  json_array_foreach (json_object_get (schema, "fields"), index, field) {
    const char *name = cr_json_peek_string (field, "fieldName");
    const char *type = cr_json_peek_string (field, "fieldType");
    json_t *column = json_object ();

    if (name != NULL && json_object_get (columns, name) != NULL) {
      json_decref (column);
      agent_refuse (error, 500, "ArgumentException",
                    "An item with the same key has already been added. Key: %s", name);
      return NULL;
    }
    cr_json_set_string (column, "type", type);
    cr_json_set (columns, name != NULL ? name : "", column);
  }
  entry = json_object ();
  cr_json_set_string (entry, "name", cr_json_peek_string (dataset->data, "name"));
  cr_json_set_string (entry, "viewName", dataset->view);
  cr_json_set_string (entry, "format", cr_json_peek_string (schema, "format"));
  cr_json_set (entry, "schema", g_steal_pointer (&columns));
  cr_json_set (entry, "allowedFields", json_deep_copy (json_object_get (policy, "allowedFields")));
  cr_json_set_string (entry, "folder", folder);
  return entry;
}

/* Datasets, sink and segments put together. Gives. */
static json_t *
specification (Agent *agent, const char *query_id, const AgentRunBody *body, GPtrArray *inputs,
               const Resolved *sink, json_t *segments, GError **error)
{
  g_autoptr (json_t) spec = json_object ();
  json_t *job = json_object (), *datasets = json_array (), *stores = json_array ();
  json_t *entry;

  cr_json_set (spec, "job", job);
  cr_json_set (spec, "stores", stores);
  cr_json_set_string (job, "jobId", body->run_id);
  cr_json_set_string (job, "contractId", agent->contract_id);
  cr_json_set_string (job, "queryId", query_id);
  cr_json_set_string (job, "engine", body->engine);
  cr_json_set_string (job, "startDate", body->start_date != NULL ? body->start_date : "");
  cr_json_set_string (job, "endDate", body->end_date != NULL ? body->end_date : "");
  cr_json_set (job, "datasets", datasets);
  for (guint i = 0; i < inputs->len; i++) {
    g_autofree char *folder = g_strdup_printf ("in/%u", i);

    if ((entry = store_of (agent, g_ptr_array_index (inputs, i), error)) == NULL)
      return NULL;
    json_array_append_new (stores, entry);
    if ((entry = job_dataset (g_ptr_array_index (inputs, i), folder, error)) == NULL)
      return NULL;
    json_array_append_new (datasets, entry);
  }
  if ((entry = store_of (agent, sink, error)) == NULL)
    return NULL;
  cr_json_set (spec, "sink", entry);
  if ((entry = job_dataset (sink, "out", error)) == NULL)
    return NULL;
  cr_json_set (job, "datasink", entry);
  cr_json_set (job, "segments", json_deep_copy (segments));
  return g_steal_pointer (&spec);
}

static gboolean
resolve_inputs (Agent *agent, const json_t *application, GPtrArray *inputs, GError **error)
{
  const json_t *list = json_object_get (application, "inputDataset");
  json_t *entry;
  gsize index;

  if (json_array_size (list) == 0)
    return agent_refuse (error, 400, "DatasetMissing", "Atleast one dataset must be specified.");
  json_array_foreach (list, index, entry) {
    const char *id = cr_json_peek_string (entry, "specification");
    Resolved *input = resolve (agent, id != NULL ? id : "", cr_json_peek_string (entry, "view"), error);

    if (input == NULL)
      return FALSE;
    g_ptr_array_add (inputs, input);
  }
  return TRUE;
}

static gboolean
check_all_allowed (GPtrArray *inputs, const Resolved *sink, GError **error)
{
  for (guint i = 0; i < inputs->len; i++)
    if (!check_allowed (g_ptr_array_index (inputs, i), "Dataset", error))
      return FALSE;
  return check_allowed (sink, "Datasink", error);
}

json_t *
agent_check_run (Agent *agent, const char *query_id, const AgentRunBody *body, GError **error)
{
  g_autoptr (json_t) query = agent_document (agent, query_id, error);
  g_autoptr (json_t) data = query != NULL ? document_data (query) : NULL;
  const json_t *application = json_object_get (data, "application");
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func (resolved_free);
  g_autoptr (json_t) segments = NULL;
  json_t *spec = NULL;
  const char *sink_id;
  Resolved *sink;

  if (query == NULL)
    return NULL;
  if (!json_is_object (application)) {
    agent_refuse (error, 500, "NullReferenceException",
                  "Object reference not set to an instance of an object.");
    return NULL;
  }
  if (!resolve_inputs (agent, application, inputs, error)
      || !check_votes (agent, query_id, query, inputs, body->run_id, error)
      || !check_consent (agent, query_id, inputs, body->run_id, error))
    return NULL;
  sink_id = cr_json_peek_string (json_object_get (application, "outputDataset"), "specification");
  if (sink_id == NULL || *sink_id == '\0') {
    agent_refuse (error, 400, "DatasinkMissing", "datasink value is not specified.");
    return NULL;
  }
  sink = resolve (agent, sink_id, "", error);
  if (sink == NULL)
    return NULL;
  if (check_all_allowed (inputs, sink, error)
      && (segments = decode_query (application, query_id, error)) != NULL)
    spec = specification (agent, query_id, body, inputs, sink, segments, error);
  resolved_free (sink);
  return spec;
}
