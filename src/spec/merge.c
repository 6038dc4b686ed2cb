/* SPDX-License-Identifier: MIT
 * Several specifications seen as one (spec.h).
 */
#include "spec/spec.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

#include <string.h>

static gboolean
conflict (const char *path, const json_t *base, const json_t *other, const char *name, GError **error)
{
  g_autofree char *one = cr_json_dump (base), *two = cr_json_dump (other);
  g_autofree char *one_safe = cr_text_safe (one), *two_safe = cr_text_safe (two);
  cr_set_error (error, CR_ERROR_INPUT, "Make the files say the same there, or leave it out of one of them.",
                "%s: %s is %s here and %s in the files before.", name, path, two_safe, one_safe);
  return FALSE;
}

static void
append_new (json_t *base, const json_t *other)
{
  gsize known = json_array_size (base);
  for (gsize i = 0; i < json_array_size (other); i++) {
    json_t *item = json_array_get (other, i);
    gboolean there = FALSE;
    for (gsize k = 0; !there && k < known; k++)
      there = json_equal (json_array_get (base, k), item);
    if (!there)
      json_array_append_new (base, json_deep_copy (item));
  }
}

static gboolean
merge_objects (json_t *base, const json_t *other, const char *path, const char *name, GError **error)
{
  const char *key;
  json_t *theirs;
  json_object_foreach ((json_t *) (gsize) other, key, theirs) {
    json_t *ours = json_object_get (base, key);
    g_autofree char *below = *path != '\0' ? g_strdup_printf ("%s.%s", path, key) : g_strdup (key);
    if (json_is_null (theirs) || (ours != NULL && json_equal (ours, theirs)))
      continue;
    if (ours == NULL || json_is_null (ours))
      json_object_set_new (base, key, json_deep_copy (theirs));
    else if (json_is_array (ours) && json_is_array (theirs))
      append_new (ours, theirs);
    else if (!json_is_object (ours) || !json_is_object (theirs))
      return conflict (below, ours, theirs, name, error);
    else if (!merge_objects (ours, theirs, below, name, error))
      return FALSE;
  }
  return TRUE;
}

/* Two entries of one name that are not the same: whoever uses the name gets the first. */
static void
warn_about_names (const json_t *base, const char *name, GPtrArray *warnings)
{
  static const char *const sections[] = { "identities", "datasources", "datasinks", "applications" };
  for (gsize s = 0; s < G_N_ELEMENTS (sections); s++) {
    const json_t *list = json_object_get (base, sections[s]);
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    for (gsize i = 0; i < json_array_size (list); i++) {
      const char *entry = cr_json_peek_string (json_array_get (list, i), "name");
      if (entry == NULL || g_hash_table_add (seen, (gpointer) (gsize) entry))
        continue;
      g_autofree char *field = g_strdup_printf ("%s[%zu].name", sections[s], i);
      g_autofree char *safe = cr_text_safe (entry);
      spec_find (warnings, FALSE, "DuplicateName", NULL, field,
                 N_ ("'%s' is there twice and differs; the first one is used."), safe);
      SpecFinding *finding = g_ptr_array_index (warnings, warnings->len - 1);
      g_free (finding->file);
      finding->file = g_strdup (name);
    }
  }
}

gboolean
spec_merge (json_t *base, const json_t *other, const char *name, GPtrArray *warnings, GError **error)
{
  if (!merge_objects (base, other, "", name, error))
    return FALSE;
  if (warnings != NULL)
    warn_about_names (base, name, warnings);
  return TRUE;
}
