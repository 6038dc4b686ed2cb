/* SPDX-License-Identifier: MIT
 * Finding the catalogue of translations (translate.h).
 */
#include "base/translate.h"

#include <gio/gio.h>
#include <libintl.h>
#include <locale.h>

void
cr_translate_start (void)
{
  setlocale (LC_ALL, "");
  /* Numbers in files and on the wire are always written with a point. */
  setlocale (LC_NUMERIC, "C");
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = program != NULL ? g_path_get_dirname (program) : g_strdup (".");
  g_autofree char *beside = g_build_filename (folder, "locale", NULL);
  g_autofree char *moved = g_build_filename (folder, "..", "share", "locale", NULL);
  const char *found = LOCALEDIR, *chosen = g_getenv ("CLEANROOM_LOCALE_DIR");
  if (chosen != NULL && *chosen != '\0')
    found = chosen;
  else if (g_file_test (beside, G_FILE_TEST_IS_DIR))
    found = beside;
  else if (!g_file_test (LOCALEDIR, G_FILE_TEST_IS_DIR) && g_file_test (moved, G_FILE_TEST_IS_DIR))
    found = moved;
  bindtextdomain (GETTEXT_PACKAGE, found);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

const char *
cr_translate (const char *text)
{
  return text != NULL && *text != '\0' ? gettext (text) : text;
}
