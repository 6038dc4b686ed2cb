/* SPDX-License-Identifier: MIT
 * Entries by name, new specifications, names made from paths (spec.h).
 */
#include "spec/private.h"

#include "base/encode.h"
#include "base/error.h"
#include "data/dataset.h"

#include <string.h>

#define NAMESPACE_X500 "6ba7b814-9dad-11d1-80b4-00c04fd430c8"
#define CONTAINER_MAX 63

json_t *
spec_new (void)
{
  json_t *identity = data_attested_identity (SPEC_IDENTITY_ATTESTED, "", "", SPEC_ISSUER_ATTESTED);
  return json_pack ("{s:n, s:[o], s:[], s:[], s:[], s:n, s:n}", "sandbox", "identities", identity,
                    "datasources", "datasinks", "applications", "network", "governance");
}

static gssize
position (const json_t *list, const char *name)
{
  for (gsize i = 0; i < json_array_size (list); i++)
    if (g_strcmp0 (cr_json_peek_string (json_array_get (list, i), "name"), name) == 0)
      return (gssize) i;
  return -1;
}

json_t *
spec_entry (const json_t *object, const char *section, const char *name)
{
  const json_t *list = json_object_get (object, section);
  gssize at = position (list, name);
  return at >= 0 ? json_array_get (list, (gsize) at) : NULL;
}

json_t *
spec_part (json_t *object, const char *key)
{
  json_t *value = json_object_get (object, key);
  if (!json_is_object (value)) {
    value = json_object ();
    json_object_set_new (object, key, value);
  }
  return value;
}

gboolean
spec_put (json_t *object, const char *section, json_t *entry)
{
  json_t *list = json_object_get (object, section);
  if (!json_is_array (list)) {
    list = json_array ();
    json_object_set_new (object, section, list);
  }
  gssize at = position (list, cr_json_peek_string (entry, "name"));
  if (at >= 0)
    json_array_set_new (list, (gsize) at, entry);
  else
    json_array_append_new (list, entry);
  return at >= 0;
}

gboolean
spec_file_put (const char *path, const char *section, const json_t *entry, GError **error)
{
  g_auto (SpecLock) lock = spec_lock (path);
  g_autoptr (json_t) specification = spec_load_or_new (path, SPEC_FILE_SPECIFICATION, NULL, error);
  if (specification == NULL)
    return FALSE;
  spec_put (specification, section, json_deep_copy (entry));
  return spec_save (path, SPEC_FILE_SPECIFICATION, specification, error);
}

gboolean
spec_file_put_only (const char *path, const char *section, const json_t *entry, GError **error)
{
  g_auto (SpecLock) lock = spec_lock (path);
  g_autoptr (json_t) specification = spec_load_or_new (path, SPEC_FILE_SPECIFICATION, NULL, error);
  if (specification == NULL)
    return FALSE;
  json_t *list = json_object_get (specification, section);
  const char *store = cr_json_peek_string (json_object_get (entry, "store"), "id");
  for (gsize i = json_array_size (list); store != NULL && i > 0; i--) {
    const json_t *other = json_object_get (json_array_get (list, i - 1), "store");
    if (g_strcmp0 (cr_json_peek_string (other, "id"), store) == 0)
      json_array_remove (list, i - 1);
  }
  spec_put (specification, section, json_deep_copy (entry));
  return spec_save (path, SPEC_FILE_SPECIFICATION, specification, error);
}

static char *
eight (const char *text)
{
  g_autofree char *uuid = cr_uuid_v3 (NAMESPACE_X500, text);
  return g_strndup (uuid, 8);
}

char *
spec_kek_name (const char *text)
{
  g_autofree char *letters = eight (text);
  return g_strconcat (letters, "-kek", NULL);
}

char *
spec_telemetry_name (const char *access_name, const char *path)
{
  g_autofree char *letters = eight (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (GString) name = g_string_new (NULL);
  g_string_printf (name, "%s-%s-", access_name, letters);
  for (const char *c = base; *c != '\0'; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (name, g_ascii_tolower (*c));
  if (name->len > CONTAINER_MAX)
    g_string_truncate (name, CONTAINER_MAX);
  while (name->len > 0 && name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  return g_string_free (g_steal_pointer (&name), FALSE);
}
