/* SPDX-License-Identifier: MIT
 * Where the state of a collaboration and the data of the package lie (state.h).
 */
#include "workflow/state.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

char *
workflow_state_dir (const char *given)
{
  if (given != NULL && *given != '\0')
    return g_canonicalize_filename (given, NULL);
  return g_build_filename (g_get_user_data_dir (), "cleanroom", NULL);
}

/* The id that the file at PATH holds. Gives. */
static char *
read_id (const char *path, GError **error)
{
  char *id = cr_file_read_text (path, 64, error);
  if (id == NULL || (strlen (id) == 16 && strspn (id, "0123456789abcdef") == 16))
    return id;
  g_free (id);
  cr_set_error (error, CR_ERROR_INPUT, "Restore the file, or start with another state folder.",
                "%s must hold 16 hex digits.", path);
  return NULL;
}

/* The file appears whole, and only where there is none: programs of several personas may begin at the same
 * moment, and entries in the keyring are lost to whoever holds another id than the file. */
static gboolean
make_id (const char *state_dir, const char *path, GError **error)
{
  g_autofree char *id = cr_random_hex (16);
  g_autofree char *text = g_strconcat (id, "\n", NULL);
  g_autofree char *draft = g_strdup_printf ("%s/.tmp-id-%s", state_dir, id);
  if (!cr_dir_make (state_dir, 0700, error) || !cr_file_write (draft, text, -1, 0600, error))
    return FALSE;
  gboolean there = link (draft, path) == 0 || errno == EEXIST;
  int reason = errno;
  g_unlink (draft);
  if (!there)
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "The file %s cannot be written: %s.", path,
                  g_strerror (reason));
  return there;
}

char *
workflow_collaboration_id (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, "collaboration-id", NULL);
  g_autoptr (GError) problem = NULL;
  char *id = read_id (path, &problem);
  if (id != NULL)
    return id;
  if (!g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  return make_id (state_dir, path, error) ? read_id (path, error) : NULL;
}

char *
workflow_data_dir (const char *name, const char *marker, GError **error)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *beside = program != NULL ? g_path_get_dirname (program) : g_strdup (".");
  /* The build folder first, so that an older installed copy is never mixed in; then where the package lies,
   * also when it was moved as a whole. */
  g_auto (GStrv) places = g_new0 (char *, 6);
  places[0] = g_build_filename (beside, name, NULL);
  places[1] = g_build_filename (beside, "..", "share", "cleanroom", name, NULL);
  places[2] = g_build_filename (PKGDATADIR, name, NULL);
  places[3] = g_build_filename (beside, "..", name, NULL);
  places[4] = g_build_filename (beside, "..", "..", name, NULL);
  char *found = NULL;
  for (guint i = 0; places[i] != NULL && found == NULL; i++) {
    g_autofree char *path = g_build_filename (places[i], marker, NULL);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      found = g_canonicalize_filename (places[i], NULL);
  }
  if (found == NULL)
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Install the package, or run the program from its build folder.",
                  "The folder '%s' with '%s' is neither in %s nor beside the program in %s.", name, marker,
                  PKGDATADIR, beside);
  return found;
}
