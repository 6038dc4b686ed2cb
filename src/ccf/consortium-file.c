/* SPDX-License-Identifier: MIT
 * The files of descriptions of consortia: kept, listed, chosen (consortium.h).
 */
#include "ccf/consortium-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define FILE_MAX_BYTES (1024u * 1024)
#define FOLDER CCF_CONSORTIUM_FOLDER
#define CURRENT CCF_CONSORTIUM_CURRENT

char *
ccf_consortium_path (const char *state_dir, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".yaml", NULL);
  return g_build_filename (state_dir, FOLDER, file, NULL);
}

gboolean
ccf_consortium_exists (const char *state_dir, const char *name)
{
  g_autofree char *path = ccf_consortium_path (state_dir, name);
  return cr_name_valid (name) && g_file_test (path, G_FILE_TEST_EXISTS);
}

CcfConsortium *
ccf_consortium_load (const char *state_dir, const char *name, GError **error)
{
  if (!ccf_consortium_exists (state_dir, name)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list", "There is no environment \"%s\".",
                  name);
    return NULL;
  }
  g_autofree char *path = ccf_consortium_path (state_dir, name);
  g_autoptr (GBytes) bytes = cr_file_read (path, FILE_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (CcfConsortium) it = ccf_consortium_parse (text != NULL ? text : "", length, path, error);
  if (it != NULL && strcmp (it->name, name) != 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Give file and environment the same name.",
                  "%s describes the environment \"%s\".", path, it->name);
    return NULL;
  }
  return g_steal_pointer (&it);
}

/* ---- The work of one that is no longer there ---- */

static gboolean
set_aside (const char *state_dir, const char *name, char **where, GError **error)
{
  g_autofree char *folder = g_build_filename (state_dir, FOLDER, name, NULL);
  if (where != NULL)
    *where = NULL;
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_autofree char *now = cr_iso8601_seconds (cr_now_ms ());
  g_autofree char *target = g_strconcat (folder, ".until-", now, NULL);
  for (guint i = 2; g_file_test (target, G_FILE_TEST_EXISTS); i++) {
    g_free (target);
    target = g_strdup_printf ("%s.until-%s.%u", folder, now, i);
  }
  if (g_rename (folder, target) != 0) {
    int number = errno;
    cr_set_error (error, CR_ERROR_ADMIN, "Check the permissions of the folder.", "%s cannot be renamed: %s",
                  folder, g_strerror (number));
    return FALSE;
  }
  if (where != NULL)
    *where = g_steal_pointer (&target);
  return TRUE;
}

/* What both name is the same; what only one of them names may have been added. */
static gboolean
agree (const char *a, const char *b)
{
  return a == NULL || b == NULL || strcmp (a, b) == 0;
}

static gboolean
is_same_place (const CcfConsortium *before, const CcfConsortium *after)
{
  static const char *const endpoints[] = { "identity", "management", "provider" };
  const json_t *old = json_object_get (before->services, "endpoints");
  const json_t *new = json_object_get (after->services, "endpoints");
  gboolean same = agree (before->url, after->url)
                  && agree (cr_json_peek_string (before->services, "trust"),
                            cr_json_peek_string (after->services, "trust"));
  for (guint i = 0; i < G_N_ELEMENTS (endpoints); i++)
    same = same && agree (cr_json_peek_string (old, endpoints[i]), cr_json_peek_string (new, endpoints[i]));
  return same;
}

gboolean
ccf_consortium_make_way (const CcfConsortium *it, const char *state_dir, char **where, GError **error)
{
  g_autoptr (CcfConsortium) before = ccf_consortium_exists (state_dir, it->name)
                                         ? ccf_consortium_load (state_dir, it->name, NULL)
                                         : NULL;
  if (where != NULL)
    *where = NULL;
  return (before != NULL && is_same_place (before, it)) || set_aside (state_dir, it->name, where, error);
}

/* ---- Writing ---- */

gboolean
ccf_consortium_save (const CcfConsortium *it, const char *state_dir, GError **error)
{
  if (!ccf_consortium_check (it, error) || !ccf_consortium_make_way (it, state_dir, NULL, error))
    return FALSE;
  g_autofree char *text = ccf_consortium_text (it);
  g_autofree char *folder = g_build_filename (state_dir, FOLDER, NULL);
  g_autofree char *path = ccf_consortium_path (state_dir, it->name);
  return cr_dir_make (state_dir, 0700, error) && cr_dir_make (folder, 0700, error)
         && cr_file_write (path, text, -1, 0600, error);
}

static gboolean
delete_file (const char *path, GError **error)
{
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  int number = errno;
  cr_set_error (error, CR_ERROR_ADMIN, "Check the permissions of the folder.", "%s cannot be removed: %s",
                path, g_strerror (number));
  return FALSE;
}

gboolean
ccf_consortium_remove (const char *state_dir, const char *name, GError **error)
{
  if (!ccf_consortium_exists (state_dir, name)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list", "There is no environment \"%s\".",
                  name);
    return FALSE;
  }
  g_autofree char *current = ccf_consortium_current (state_dir);
  if (!set_aside (state_dir, name, NULL, error))
    return FALSE;
  if (g_strcmp0 (current, name) == 0 && !ccf_consortium_use (state_dir, NULL, error))
    return FALSE;
  g_autofree char *path = ccf_consortium_path (state_dir, name);
  return delete_file (path, error);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
ccf_consortium_list (const char *state_dir)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_build_filename (state_dir, FOLDER, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *entry = dir != NULL ? g_dir_read_name (dir) : NULL; entry != NULL;
       entry = g_dir_read_name (dir)) {
    if (!g_str_has_suffix (entry, ".yaml"))
      continue;
    g_autofree char *name = g_strndup (entry, strlen (entry) - strlen (".yaml"));
    if (cr_name_valid (name))
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
  g_ptr_array_sort (names, by_name);
  return names;
}

/* ---- The one in use ---- */

char *
ccf_consortium_current (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, FOLDER, CURRENT, NULL);
  return cr_file_read_text (path, 256, NULL);
}

gboolean
ccf_consortium_use (const char *state_dir, const char *name, GError **error)
{
  g_autofree char *folder = g_build_filename (state_dir, FOLDER, NULL);
  g_autofree char *path = g_build_filename (folder, CURRENT, NULL);
  if (name == NULL)
    return delete_file (path, error);
  if (strcmp (name, CCF_CONSORTIUM_LOCAL) != 0 && !ccf_consortium_exists (state_dir, name)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "See: cleanroom env list", "There is no environment \"%s\".",
                  name);
    return FALSE;
  }
  g_autofree char *line = g_strconcat (name, "\n", NULL);
  return cr_dir_make (state_dir, 0700, error) && cr_dir_make (folder, 0700, error)
         && cr_file_write (path, line, -1, 0600, error);
}
