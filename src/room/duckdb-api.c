/* SPDX-License-Identifier: MIT
 * Finding and binding the DuckDB library.
 */
#include "room/duckdb-api.h"

#include "base/error.h"
#include "room/engine.h"

#include <dlfcn.h>
#include <string.h>

#define LIBRARY "libduckdb.so"

/* FOLDER/engines/libduckdb.so for the folder of this program and the one above it. */
static char *
beside_program (void)
{
  static const char *const places[] = { "engines", "../engines", "../../engines", NULL };
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : NULL;

  for (const char *const *place = places; folder != NULL && *place != NULL; place++) {
    g_autofree char *path = g_build_filename (folder, *place, LIBRARY, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return g_steal_pointer (&path);
  }
  return NULL;
}

/* The path of a DuckDB library that exists on this machine, or the plain name to let the loader look.
 * Gives. */
static char *
room_duckdb_library (void)
{
  const char *chosen = g_getenv ("CLEANROOM_DUCKDB");
  char *path;

  if (chosen != NULL && *chosen != '\0')
    return g_strdup (chosen);
  path = beside_program ();
#ifdef PKGLIBDIR
  if (path == NULL) {
    path = g_build_filename (PKGLIBDIR, LIBRARY, NULL);
    if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
      g_clear_pointer (&path, g_free);
  }
#endif
  return path != NULL ? path : g_strdup (LIBRARY);
}

DuckApi *
duck_api_load (GError **error)
{
  g_autofree char *path = room_duckdb_library ();
  g_autofree DuckApi *api = g_new0 (DuckApi, 1);

  api->library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  if (api->library == NULL) {
    cr_set_error (error, CR_ERROR_ADMIN,
                  "Set CLEANROOM_DUCKDB to the path of libduckdb.so, or choose the engine sqlite.",
                  "The DuckDB library cannot be loaded: %s", dlerror ());
    return NULL;
  }
#define DUCK_BIND(type, name, arguments)                                                                     \
  *(void **) &api->name = dlsym (api->library, "duckdb_" #name);                                             \
  if (api->name == NULL) {                                                                                   \
    cr_set_error (error, CR_ERROR_ADMIN, "Use a DuckDB library of version 1.2 or later.",                    \
                  "The library %s is too old: it has no duckdb_" #name, path);                               \
    return NULL;                                                                                             \
  }
  DUCK_FUNCTIONS (DUCK_BIND)
#undef DUCK_BIND
  return g_steal_pointer (&api);
}

char *
room_duckdb_version (void)
{
  g_autofree DuckApi *api = duck_api_load (NULL);
  const char *version;

  if (api == NULL)
    return NULL;
  version = api->library_version ();
  return g_strdup_printf ("duckdb %s", *version == 'v' ? version + 1 : version);
}
