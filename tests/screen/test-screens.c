/* SPDX-License-Identifier: MIT
 * Every screen of a collaboration that was played to the end, at 80x24 and 200x60 and some more, compared with
 * the committed text. SCREEN_UPDATE=1 rewrites the texts; SCREEN_PICTURES=FOLDER writes pictures as well.
 */
#include "fixture.h"

#include <string.h>

static Fixture *shared;

typedef struct {
  const char *name, *persona;
  const char *keys;  /* from the journey */
  const char *sign;  /* text that is there when it is complete */
  gboolean changing; /* shows what happens to have been called or measured: no snapshot */
} Case;

static const Case cases[] = {
  { "journey", "woodgrove", "", "Prepare your cloud", FALSE },
  { "journey-operator", "operator", "", "Create or reconnect", FALSE },
  { "journey-step", "woodgrove", "g Down Down Down Enter", "Accept the invitation", FALSE },
  { "consortium", "operator", "2", "Invitations", FALSE },
  { "contracts", "operator", "3", "analytics", FALSE },
  { "documents", "woodgrove", "4", "query1", FALSE },
  { "document-query", "woodgrove", "4 G Enter", "SELECT", FALSE },
  { "data", "northwind", "5", "northwind-input", FALSE },
  { "runs", "woodgrove", "6", "Rows written", FALSE },
  { "run", "woodgrove", "6 Enter", "What happened", FALSE },
  { "output", "woodgrove", "6 t", "Number_Of_Mentions", FALSE },
  { "audit", "woodgrove", "7", "DATASET_LOAD", FALSE },
  { "keys", "operator", "8", "ccfoperator", FALSE },
  { "calls", "woodgrove", "2 9", "GET", TRUE },
  { "health", "woodgrove", "0", "Key store", TRUE },
  { "settings", "woodgrove", ": s e t t i n g s Enter", "theme", FALSE },
  { "help", "woodgrove", "F1", "Esc", FALSE },
  { "actions", "woodgrove", "?", "Esc", FALSE },
  { "palette", "woodgrove", ":", "Esc", FALSE },
};

typedef struct {
  int columns, rows;
} Size;

static const Size sizes[] = { { 80, 24 }, { 200, 60 }, { 40, 12 } };

static void
picture (Screen *screen, const Case *item)
{
  const char *folder = g_getenv ("SCREEN_PICTURES");
  int columns, rows;
  screen_size (screen, &columns, &rows);
  if (folder == NULL || columns == 40)
    return;
  g_autofree char *file = g_strdup_printf ("%s%s.svg", item->name, columns == 80 ? "" : "-wide");
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *caption = g_strdup_printf ("cleanroom %s: %s", item->persona, item->name);
  g_assert_true (screen_write_svg (screen, path, caption));
}

static void
show (Screen *screen, const Case *item, const Size *size)
{
  screen_settle (screen, 300);
  screen_take_wraps (screen);
  screen_expect_sound (screen);
  if (!item->changing) {
    g_autofree char *name = g_strdup_printf ("%s-%dx%d", item->name, size->columns, size->rows);
    screen_snapshot (screen, name);
  }
  picture (screen, item);
}

static void
test_case (gconstpointer data)
{
  const Case *item = data;
  g_autoptr (Screen) screen = fixture_open (shared, sizes[0].columns, sizes[0].rows, item->persona);
  g_auto (GStrv) keys = g_strsplit (item->keys, " ", -1);
  for (char **key = keys; *key != NULL && **key != '\0'; key++) {
    screen_key (screen, *key);
    g_assert_true (screen_settle (screen, 10000));
  }
  screen_expect (screen, item->sign);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    if (i > 0) {
      screen_resize (screen, sizes[i].columns, sizes[i].rows);
      g_assert_true (screen_settle (screen, 10000));
    }
    show (screen, item, &sizes[i]);
  }
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/screen/screens/", cases[i].name, NULL);
    g_test_add_data_func (path, &cases[i], test_case);
  }
  return fixture_end (&shared, "/screen/screens/end");
}
