/* SPDX-License-Identifier: MIT
 * The datastore file and the specification fragment (datastore.h).
 */
#include "data/datastore.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/yaml.h"
#include "data/csv.h"

#include <string.h>
#include <sys/stat.h>

/* The YAML mapping in PATH as JSON; an empty object when there is no file. Every list in it that we read must
 * be one of mappings with a name. */
static json_t *
load_map (const char *path, const char *const *sections, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return json_object ();
  g_autoptr (CrYamlFile) file = cr_yaml_load (path, error);
  if (file == NULL)
    return NULL;
  CrYaml *root = cr_yaml_root (file);
  if (cr_yaml_type (root) != CR_YAML_MAP) {
    cr_yaml_error (error, root, "a mapping is expected here");
    return NULL;
  }
  for (guint s = 0; sections[s] != NULL; s++) {
    CrYaml *list = cr_yaml_get (root, sections[s]);
    if (list == NULL || cr_yaml_is_null (list))
      continue;
    if (cr_yaml_type (list) != CR_YAML_LIST) {
      cr_yaml_error (error, list, "%s must be a list", sections[s]);
      return NULL;
    }
    for (guint i = 0; i < cr_yaml_length (list); i++)
      if (cr_yaml_require (cr_yaml_item (list, i), "name", error) == NULL)
        return NULL;
  }
  return cr_yaml_to_json (root);
}

static gboolean
save_map (const char *path, json_t *map, GError **error)
{
  g_autofree char *text = cr_yaml_dump (map);
  return cr_file_write (path, text, -1, 0600, error);
}

/* The list SECTION of MAP, made when it is absent or null. Borrowed. */
static json_t *
section_of (json_t *map, const char *section)
{
  json_t *list = json_object_get (map, section);
  if (!json_is_array (list)) {
    list = json_array ();
    cr_json_set (map, section, list);
  }
  return list;
}

static gssize
find_name (const json_t *list, const char *name)
{
  for (gsize i = 0; i < json_array_size (list); i++)
    if (g_strcmp0 (cr_json_peek_string (json_array_get (list, i), "name"), name) == 0)
      return (gssize) i;
  return -1;
}

gboolean
data_datastore_add (const char *path, const DataStoreEntry *entry, gboolean *added, GError **error)
{
  static const char *const sections[] = { "datastores", NULL };
  g_autoptr (json_t) map = load_map (path, sections, error);
  if (map == NULL)
    return FALSE;
  json_t *list = section_of (map, "datastores");
  gboolean is_new = find_name (list, entry->name) < 0;
  if (added != NULL)
    *added = is_new;
  if (!is_new)
    return TRUE;
  json_t *schema = entry->schema != NULL ? data_schema_to_json (entry->schema) : json_null ();
  g_autofree char *configuration = data_secret_reference (entry->secret_id);
  json_t *item = json_pack ("{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "datasetSchema", schema,
                            "encryptionMode", entry->mode != NULL ? entry->mode : "SSE", "name", entry->name,
                            "secretstore_config", entry->secret_store != NULL ? "secretstores.config" : "",
                            "secretstore_name", entry->secret_store != NULL ? entry->secret_store : "",
                            "storeName", entry->container, "storeProviderConfiguration", configuration,
                            "storeProviderUrl", entry->blob_url, "storeType",
                            entry->secret_id != NULL ? "Aws_S3" : "Azure_BlobStorage");
  json_array_append_new (list, item);
  return save_map (path, map, error);
}

json_t *
data_datastore_list (const char *path, GError **error)
{
  static const char *const sections[] = { "datastores", NULL };
  g_autoptr (json_t) map = load_map (path, sections, error);
  return map != NULL ? json_incref (section_of (map, "datastores")) : NULL;
}

gboolean
data_specification_set (const char *path, const char *section, const json_t *entry, GError **error)
{
  const char *const sections[] = { "identities", "datasources", "datasinks", NULL };
  g_return_val_if_fail (g_strv_contains (sections, section), FALSE);
  const char *name = cr_json_get_string (entry, "name", section, error);
  g_autoptr (json_t) map = name != NULL ? load_map (path, sections, error) : NULL;
  if (map == NULL)
    return FALSE;
  json_t *list = section_of (map, section);
  gssize at = find_name (list, name);
  if (at < 0)
    json_array_append_new (list, json_deep_copy (entry));
  else
    json_array_set_new (list, (gsize) at, json_deep_copy (entry));
  return save_map (path, map, error);
}

/* --- what a folder holds -------------------------------------------------------------------------------- */

void
data_folder_free (DataFolder *folder)
{
  if (folder == NULL)
    return;
  g_free (folder->first_day);
  g_free (folder->last_day);
  data_schema_free (folder->schema);
  g_free (folder);
}

static gboolean
describe_file (DataFolder *result, const char *path, GError **error)
{
  g_autoptr (DataCsv) csv = data_csv_open (path, path, DATA_CSV_STRICT, error);
  if (csv == NULL)
    return FALSE;
  const char *const *fields;
  guint count;
  guint expected = result->schema != NULL ? result->schema->fields->len : 0;
  GError *problem = NULL;
  while (data_csv_next (csv, &fields, &count, &problem)) {
    if (expected == 0)
      expected = count;
    if (count != expected)
      return data_csv_error (csv, error, "%u columns where %u are expected", count, expected);
    result->rows++;
  }
  if (problem != NULL) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  struct stat status;
  if (stat (path, &status) == 0)
    result->bytes += (guint64) status.st_size;
  result->files++;
  return TRUE;
}

static gboolean
describe_day (DataFolder *result, const char *folder, GError **error)
{
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  if (files == NULL) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot read the folder %s.", folder);
    return FALSE;
  }
  for (const char *name = g_dir_read_name (files); name != NULL; name = g_dir_read_name (files)) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (name[0] != '.' && g_str_has_suffix (name, ".csv") && !describe_file (result, path, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
describe_days (DataFolder *result, const char *folder, GError **error)
{
  g_autoptr (GDir) days = g_dir_open (folder, 0, NULL);
  if (days == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Run the step that gets the data first.",
                  "There is no folder %s.", folder);
    return FALSE;
  }
  for (const char *name = g_dir_read_name (days); name != NULL; name = g_dir_read_name (days)) {
    g_autoptr (GDate) day = cr_day_parse (name, NULL);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (day == NULL || !g_file_test (path, G_FILE_TEST_IS_DIR))
      continue;
    if (!describe_day (result, path, error))
      return FALSE;
    result->days++;
    /* Days written as YYYY-MM-DD sort as text. */
    if (result->first_day == NULL || strcmp (name, result->first_day) < 0) {
      g_free (result->first_day);
      result->first_day = g_strdup (name);
    }
    if (result->last_day == NULL || strcmp (name, result->last_day) > 0) {
      g_free (result->last_day);
      result->last_day = g_strdup (name);
    }
  }
  return TRUE;
}

DataFolder *
data_describe (const char *folder, GError **error)
{
  g_autoptr (DataFolder) result = g_new0 (DataFolder, 1);
  g_autofree char *schema_path = g_build_filename (folder, "schema.json", NULL);
  if (g_file_test (schema_path, G_FILE_TEST_EXISTS)) {
    g_autoptr (json_t) value = cr_json_load (schema_path, error);
    result->schema = value != NULL ? data_schema_from_json (value, schema_path, error) : NULL;
    if (result->schema == NULL)
      return NULL;
  }
  if (!describe_days (result, folder, error))
    return NULL;
  if (result->rows == 0) {
    cr_set_error (error, CR_ERROR_INPUT,
                  "Put the files into folders named after days, such as 2025-09-01/orders.csv.",
                  "%s holds no day folder with rows.", folder);
    return NULL;
  }
  return g_steal_pointer (&result);
}
