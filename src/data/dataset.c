/* SPDX-License-Identifier: MIT
 * Dataset documents, written and read (dataset.h).
 */
#include "data/dataset.h"

#include "base/encode.h"
#include "base/error.h"
#include "data/datastore.h"

#include <string.h>

#define DOCUMENT "the dataset document"

static void
field_free (gpointer data)
{
  DataField *field = data;
  g_free (field->name);
  g_free (field->type);
  g_free (field);
}

DataSchema *
data_schema_new (const char *format)
{
  DataSchema *schema = g_new0 (DataSchema, 1);
  schema->format = g_strdup (format);
  schema->fields = g_ptr_array_new_with_free_func (field_free);
  return schema;
}

void
data_schema_add (DataSchema *schema, const char *name, const char *type)
{
  DataField *field = g_new0 (DataField, 1);
  field->name = g_strdup (name);
  field->type = g_strdup (type);
  g_ptr_array_add (schema->fields, field);
}

void
data_schema_free (DataSchema *schema)
{
  if (schema == NULL)
    return;
  g_free (schema->format);
  g_ptr_array_unref (schema->fields);
  g_free (schema);
}

json_t *
data_schema_to_json (const DataSchema *schema)
{
  json_t *value = json_object ();
  cr_json_set_string (value, "format", schema->format);
  json_t *fields = json_array ();
  for (guint i = 0; i < schema->fields->len; i++) {
    const DataField *field = g_ptr_array_index (schema->fields, i);
    json_t *item = json_object ();
    cr_json_set_string (item, "fieldName", field->name);
    cr_json_set_string (item, "fieldType", field->type);
    json_array_append_new (fields, item);
  }
  cr_json_set (value, "fields", fields);
  return value;
}

/* Check and add one column. */
static gboolean
schema_take (DataSchema *schema, const char *name, const char *type, const char *what, GError **error)
{
  static const char *const types[] = { "string",  "integer", "long",      "number",
                                       "boolean", "date",    "timestamp", NULL };
  if (*name == '\0') {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "A field of the schema in %s has an empty name.", what);
    return FALSE;
  }
  if (!g_strv_contains (types, type)) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "Known types: string, integer, long, number, boolean, date, timestamp.",
                  "The field %s in %s has the unknown type \"%s\".", name, what, type);
    return FALSE;
  }
  for (guint i = 0; i < schema->fields->len; i++)
    if (strcmp (((const DataField *) g_ptr_array_index (schema->fields, i))->name, name) == 0) {
      cr_set_error (error, CR_ERROR_INPUT, NULL, "The field %s stands twice in %s.", name, what);
      return FALSE;
    }
  data_schema_add (schema, name, type);
  return TRUE;
}

/* FALSE when FORMAT is none of the known ones or SCHEMA is empty. */
static gboolean
schema_check (const DataSchema *schema, const char *what, GError **error)
{
  static const char *const formats[] = { "csv", "json", "parquet", NULL };
  if (!g_strv_contains (formats, schema->format)) {
    cr_set_error (error, CR_ERROR_INPUT, "Known formats: csv, json, parquet.", "Unknown format \"%s\" in %s.",
                  schema->format, what);
    return FALSE;
  }
  if (schema->fields->len == 0) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "The schema in %s has no fields.", what);
    return FALSE;
  }
  return TRUE;
}

/* The flat form: {"date": {"type": "date"}, ...}, the key order is the column order. */
static DataSchema *
schema_from_columns (const char *format, json_t *columns, const char *what, GError **error)
{
  g_autoptr (DataSchema) schema = data_schema_new (format);
  const char *name;
  json_t *column;
  json_object_foreach (columns, name, column) {
    const char *type = cr_json_get_string (column, "type", what, error);
    if (type == NULL || !schema_take (schema, name, type, what, error))
      return NULL;
  }
  return schema_check (schema, what, error) ? g_steal_pointer (&schema) : NULL;
}

/* The columns of VALUE in the flat form, alone or as "schema" of a document; NULL = it is in today's form.
 * Borrowed. */
static json_t *
flat_columns (const json_t *value)
{
  json_t *columns = json_object_get (value, "schema");
  if (json_object_get (value, "fields") != NULL)
    return NULL;
  if (json_is_object (columns))
    return columns;
  void *first = json_object_iter ((json_t *) (gsize) value);
  const json_t *column = first != NULL ? json_object_iter_value (first) : NULL;
  return json_is_string (json_object_get (column, "type")) ? (json_t *) (gsize) value : NULL;
}

DataSchema *
data_schema_from_json (const json_t *value, const char *what, GError **error)
{
  json_t *flat = flat_columns (value);
  if (flat != NULL) { /* which was for CSV where it does not say */
    const char *known = cr_json_peek_string (value, "format");
    return schema_from_columns (known != NULL ? known : "csv", flat, what, error);
  }
  const char *format = cr_json_get_string (value, "format", what, error);
  json_t *fields = format != NULL ? cr_json_get_array (value, "fields", what, error) : NULL;
  if (fields == NULL)
    return NULL;
  g_autoptr (DataSchema) schema = data_schema_new (format);
  gsize index;
  json_t *item;
  json_array_foreach (fields, index, item) {
    const char *name = cr_json_get_string (item, "fieldName", what, error);
    const char *type = name != NULL ? cr_json_get_string (item, "fieldType", what, error) : NULL;
    if (type == NULL || !schema_take (schema, name, type, what, error))
      return NULL;
  }
  return schema_check (schema, what, error) ? g_steal_pointer (&schema) : NULL;
}

static DataSchema *
schema_from_old (const json_t *document, GError **error)
{
  const char *format = cr_json_get_string (document, "format", DOCUMENT, error);
  json_t *columns = format != NULL ? cr_json_get_object (document, "schema", DOCUMENT, error) : NULL;
  return columns != NULL ? schema_from_columns (format, columns, DOCUMENT, error) : NULL;
}

DataSchema *
data_schema_sample_input (void)
{
  DataSchema *schema = data_schema_new ("csv");
  data_schema_add (schema, "date", "date");
  data_schema_add (schema, "time", "string");
  data_schema_add (schema, "author", "string");
  data_schema_add (schema, "mentions", "string");
  return schema;
}

DataSchema *
data_schema_sample_output (void)
{
  DataSchema *schema = data_schema_new ("csv");
  data_schema_add (schema, "author", "string");
  /* long, not integer: COUNT(*) is 64 bits wide and the clean room compares the types. */
  data_schema_add (schema, "Number_Of_Mentions", "long");
  return schema;
}

/* --- writing -------------------------------------------------------------------------------------------- */

json_t *
data_attested_identity (const char *name, const char *client_id, const char *tenant_id,
                        const char *issuer_url)
{
  return json_pack ("{s:s, s:s, s:s, s:{s:s, s:{s:s, s:s, s:s}}}", "name", name, "clientId", client_id,
                    "tenantId", tenant_id, "tokenIssuer", "issuerType", "AttestationBasedTokenIssuer",
                    "issuer", "protocol", "Attested_OIDC", "url", issuer_url, "configuration", "");
}

json_t *
data_federated_identity (const char *name, const char *client_id, const char *tenant_id,
                         const char *issuer_url)
{
  json_t *inner = data_attested_identity ("cleanroom_cgs_oidc", "", "", "https://cgs/oidc");
  return json_pack ("{s:s, s:s, s:s, s:{s:s, s:{s:s, s:s, s:s}, s:o}}", "name", name, "clientId", client_id,
                    "tenantId", tenant_id, "tokenIssuer", "issuerType", "FederatedIdentityBasedTokenIssuer",
                    "issuer", "protocol", "AzureAD_Federated", "url", issuer_url, "configuration", "",
                    "federatedIdentity", inner);
}

json_t *
data_identity (const DataAccessPointSpec *spec)
{
  if (spec->identity != NULL)
    return json_deep_copy (spec->identity);
  return strcmp (data_store_type (spec), "Aws_S3") == 0
             ? json_null ()
             : data_federated_identity (spec->identity_name, spec->client_id, spec->tenant_id,
                                        spec->issuer_url);
}

json_t *
data_access_point (const DataAccessPointSpec *spec)
{
  gboolean writes = spec->access == DATA_ACCESS_WRITE;
  const char *type = data_store_type (spec);
  g_autofree char *configuration = data_secret_reference (spec->secret_id);
  json_t *store = json_pack ("{s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "name", spec->container, "type", type,
                             "id", spec->datastore, "provider", "protocol", type, "url", spec->blob_url,
                             "configuration", configuration);
  return json_pack ("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "name", spec->name, "type",
                    writes ? "Volume_ReadWrite" : "Volume_ReadOnly", "path", "", "subdirectory",
                    spec->subdirectory != NULL ? spec->subdirectory : "", "store", store, "identity",
                    data_identity (spec), "protection", data_protection (spec));
}

/* The clean room makes a mount folder of the access point's name in lower case, without blanks and
 * underscores, and opens the document's name as it stands: only names that this changes nothing about can
 * work. */
static gboolean
check_id (const char *id, const char *access_point_name, GError **error)
{
  gsize length = strlen (id);
  gsize clean = strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-");
  if (length == 0 || length > 63 || clean != length || id[0] == '-' || id[length - 1] == '-') {
    cr_set_error (error, CR_ERROR_INPUT,
                  "Use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.",
                  "\"%s\" cannot be the name of a dataset.", id);
    return FALSE;
  }
  if (g_strcmp0 (id, access_point_name) != 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Give the access point the name of the document.",
                  "The access point of dataset %s is named %s; the clean room would not find the data.", id,
                  access_point_name != NULL ? access_point_name : "(nothing)");
    return FALSE;
  }
  return TRUE;
}

static gboolean
schema_has (const DataSchema *schema, const char *name)
{
  for (guint i = 0; i < schema->fields->len; i++)
    if (strcmp (((const DataField *) g_ptr_array_index (schema->fields, i))->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* The allowed fields as an array; NULL when one is not in the schema. */
static json_t *
allowed_fields (const DataSchema *schema, const char *const *allowed, GError **error)
{
  g_autoptr (json_t) list = json_array ();
  for (guint i = 0; allowed == NULL && i < schema->fields->len; i++)
    json_array_append_new (list,
                           json_string (((const DataField *) g_ptr_array_index (schema->fields, i))->name));
  for (guint i = 0; allowed != NULL && allowed[i] != NULL; i++) {
    if (!schema_has (schema, allowed[i])) {
      cr_set_error (error, CR_ERROR_INPUT, NULL, "The allowed field %s is not in the schema.", allowed[i]);
      return NULL;
    }
    json_array_append_new (list, json_string (allowed[i]));
  }
  if (json_array_size (list) == 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Name at least one field that a query may read.",
                  "The dataset allows no field.");
    return NULL;
  }
  return g_steal_pointer (&list);
}

json_t *
data_dataset_build (const char *id, const DataSchema *schema, DataAccess access, const char *const *allowed,
                    const json_t *access_point, GError **error)
{
  if (!check_id (id, cr_json_peek_string (access_point, "name"), error) || !schema_check (schema, id, error))
    return NULL;
  json_t *fields = allowed_fields (schema, allowed, error);
  if (fields == NULL)
    return NULL;
  return json_pack ("{s:s, s:o, s:{s:s, s:o}, s:o}", "name", id, "datasetSchema",
                    data_schema_to_json (schema), "datasetAccessPolicy", "accessMode",
                    access == DATA_ACCESS_WRITE ? "write" : "read", "allowedFields", fields,
                    "datasetAccessPoint", json_deep_copy (access_point));
}

/* --- reading -------------------------------------------------------------------------------------------- */

void
data_dataset_free (DataDataset *dataset)
{
  if (dataset == NULL)
    return;
  g_free (dataset->name);
  data_schema_free (dataset->schema);
  g_strfreev (dataset->allowed);
  json_decref (dataset->access_point);
  g_free (dataset->store_type);
  g_free (dataset->container);
  g_free (dataset->store_url);
  g_free (dataset->datastore);
  g_free (dataset->subdirectory);
  g_free (dataset->encryption_mode);
  g_free (dataset->client_id);
  g_free (dataset->tenant_id);
  g_free (dataset->issuer_url);
  g_free (dataset);
}

static gboolean
read_policy (DataDataset *dataset, const json_t *document, GError **error)
{
  json_t *policy = cr_json_get_object (document, "datasetAccessPolicy", DOCUMENT, error);
  const char *mode = policy != NULL ? cr_json_get_string (policy, "accessMode", DOCUMENT, error) : NULL;
  json_t *allowed = mode != NULL ? cr_json_get_array (policy, "allowedFields", DOCUMENT, error) : NULL;
  if (allowed == NULL)
    return FALSE;
  if (strcmp (mode, "read") != 0 && strcmp (mode, "write") != 0) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "Unknown accessMode \"%s\" in %s.", mode, DOCUMENT);
    return FALSE;
  }
  dataset->access = strcmp (mode, "write") == 0 ? DATA_ACCESS_WRITE : DATA_ACCESS_READ;
  GStrvBuilder *names = g_strv_builder_new ();
  gsize index;
  json_t *item;
  gboolean texts = TRUE;
  json_array_foreach (allowed, index, item) {
    texts = texts && json_is_string (item);
    if (json_is_string (item))
      g_strv_builder_add (names, json_string_value (item));
  }
  dataset->allowed = g_strv_builder_end (names);
  g_strv_builder_unref (names);
  if (!texts)
    cr_set_error (error, CR_ERROR_INPUT, NULL, "An entry of allowedFields in %s is not a text.", DOCUMENT);
  return texts;
}

/* protection.configuration is base64 of JSON with EncryptionMode; absent or odd means "not said". */
static char *
read_encryption_mode (const json_t *access_point)
{
  const char *text = cr_json_peek_string (json_object_get (access_point, "protection"), "configuration");
  if (text == NULL || *text == '\0')
    return NULL;
  g_autoptr (GBytes) decoded = cr_base64_decode (text, "protection.configuration", NULL);
  g_autoptr (json_t) value = decoded != NULL ? cr_json_parse_bytes (decoded, "protection.configuration", NULL)
                                             : NULL;
  return g_strdup (cr_json_peek_string (value, "EncryptionMode"));
}

static gboolean
read_access_point (DataDataset *dataset, json_t *access_point, GError **error)
{
  json_t *store = cr_json_get_object (access_point, "store", DOCUMENT, error);
  const char *type = store != NULL ? cr_json_get_string (store, "type", DOCUMENT, error) : NULL;
  const char *container = type != NULL ? cr_json_get_string (store, "name", DOCUMENT, error) : NULL;
  if (container == NULL)
    return FALSE;
  const json_t *identity = json_object_get (access_point, "identity");
  const json_t *issuer = json_object_get (json_object_get (identity, "tokenIssuer"), "issuer");
  const char *subdirectory = cr_json_peek_string (access_point, "subdirectory");
  dataset->access_point = json_incref (access_point);
  dataset->store_type = g_strdup (type);
  dataset->container = g_strdup (container);
  dataset->store_url = g_strdup (cr_json_peek_string (json_object_get (store, "provider"), "url"));
  dataset->datastore = g_strdup (cr_json_peek_string (store, "id"));
  dataset->subdirectory = g_strdup (subdirectory != NULL ? subdirectory : "");
  dataset->encryption_mode = read_encryption_mode (access_point);
  dataset->client_id = g_strdup (cr_json_peek_string (identity, "clientId"));
  dataset->tenant_id = g_strdup (cr_json_peek_string (identity, "tenantId"));
  dataset->issuer_url = g_strdup (cr_json_peek_string (issuer, "url"));
  return TRUE;
}

/* gives */
static DataDataset *
data_dataset_read (const json_t *document, GError **error)
{
  const char *name = cr_json_get_string (document, "name", DOCUMENT, error);
  if (name == NULL)
    return NULL;
  g_autoptr (DataDataset) dataset = g_new0 (DataDataset, 1);
  dataset->name = g_strdup (name);
  dataset->old_form = json_object_get (document, "datasetSchema") == NULL
                      && json_object_get (document, "schema") != NULL;
  json_t *access_point = cr_json_get_object (
      document, dataset->old_form ? "accessPoint" : "datasetAccessPoint", DOCUMENT, error);
  if (access_point == NULL)
    return NULL;
  if (dataset->old_form) {
    dataset->schema = schema_from_old (document, error);
    if (dataset->schema == NULL)
      return NULL;
    dataset->access = g_strcmp0 (cr_json_peek_string (access_point, "type"), "Volume_ReadWrite") == 0
                          ? DATA_ACCESS_WRITE
                          : DATA_ACCESS_READ;
  } else {
    json_t *schema = cr_json_get_object (document, "datasetSchema", DOCUMENT, error);
    dataset->schema = schema != NULL ? data_schema_from_json (schema, DOCUMENT, error) : NULL;
    if (dataset->schema == NULL || !read_policy (dataset, document, error))
      return NULL;
  }
  return read_access_point (dataset, access_point, error) ? g_steal_pointer (&dataset) : NULL;
}

DataDataset *
data_dataset_read_text (const char *text, GError **error)
{
  g_autoptr (json_t) document = cr_json_parse (text, strlen (text), DOCUMENT, error);
  return document != NULL ? data_dataset_read (document, error) : NULL;
}
