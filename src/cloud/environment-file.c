/* SPDX-License-Identifier: MIT
 * Where environments are described, and what is missing in a description (environment.h).
 */
#include "cloud/environment.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <string.h>

#define FILE_MAX_BYTES (1024u * 1024)

/* STATE_DIR/environments/NAME.yaml for FOLDER STATE_DIR/environments/NAME. Gives. */
static char *
added_file (const char *folder)
{
  return g_strconcat (folder, ".yaml", NULL);
}

gboolean
environment_is_added (const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autofree char *above = g_path_get_basename (parent);
  g_autofree char *own = g_build_filename (folder, ENVIRONMENT_FILE, NULL);
  g_autofree char *file = added_file (folder);
  /* A state folder may be called anything, also environments/NAME: then nothing is described beside it. */
  return g_str_equal (above, CCF_CONSORTIUM_FOLDER) && g_file_test (file, G_FILE_TEST_IS_REGULAR)
         && !g_file_test (own, G_FILE_TEST_EXISTS);
}

char *
environment_state_dir (const char *folder)
{
  if (!environment_is_added (folder))
    return g_strdup (folder);
  g_autofree char *parent = g_path_get_dirname (folder);
  return g_path_get_dirname (parent);
}

char *
environment_file (const char *folder)
{
  return environment_is_added (folder) ? added_file (folder)
                                       : g_build_filename (folder, ENVIRONMENT_FILE, NULL);
}

Environment *
environment_read (const char *path, GError **error)
{
  /* As it is: a certificate at the end of the file has its line feed, by which the ledger knows it. */
  g_autoptr (GBytes) bytes = cr_file_read (path, FILE_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);
  return environment_parse (text != NULL ? text : "", length, path, error);
}

Environment *
environment_load (const char *folder, GError **error)
{
  g_autofree char *path = environment_file (folder);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Start the local environment: cleanroom sandbox start.",
                  "There is no environment yet: %s does not exist.", path);
    return NULL;
  }
  return environment_read (path, error);
}

const char *
environment_require (const Environment *environment, EnvironmentPart part, GError **error)
{
  static const struct {
    const char *what, *line;
  } words[] = {
    [ENVIRONMENT_IDENTITY] = { "identity provider", "'identity: https://HOST' below 'endpoints:'" },
    [ENVIRONMENT_MANAGEMENT] = { "resource manager", "'management: https://HOST' below 'endpoints:'" },
    [ENVIRONMENT_PROVIDER] = { "provider of networks and clusters",
                               "'provider: https://HOST' below 'endpoints:'" },
    [ENVIRONMENT_SUBSCRIPTION] = { "subscription", "'subscription: <id>'" },
  };
  const char *const values[] = {
    [ENVIRONMENT_IDENTITY] = environment->identity_url,
    [ENVIRONMENT_MANAGEMENT] = environment->management_url,
    [ENVIRONMENT_PROVIDER] = environment->provider_url,
    [ENVIRONMENT_SUBSCRIPTION] = environment->subscription,
  };
  if (values[part] != NULL)
    return values[part];
  g_autofree char *hint = g_strdup_printf ("Write %s into %s.", words[part].line, environment->file);
  cr_set_error (error, CR_ERROR_INPUT, hint, "The environment %s names no %s: it is not in %s.",
                environment->name, words[part].what, environment->file);
  return NULL;
}
