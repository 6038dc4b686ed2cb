/* SPDX-License-Identifier: MIT
 * A test for every case, size, and with and without colours (cases.h).
 */
#include "cases.h"

#include <string.h>

typedef struct {
  int columns, rows;
} Size;

static const Size sizes[] = { { 80, 24 }, { 120, 40 }, { 200, 60 }, { 40, 12 } };
#define WIDE 120 /* columns; beyond them neither pictures nor the other language */

/* The programs that are open: those of one persona. They are closed when the next one's turn has come, and
 * after a failed test, so that what it left behind does not spoil the next. */
typedef struct {
  ScreenGallery *gallery;
  const char *persona;
  Screen *colours, *plain;
} Pair;

typedef struct {
  Pair *pair;
  const ScreenCase *item;
} Turn;

static void
settle (Pair *pair)
{
  g_assert_true (screen_settle (pair->colours, 15000));
  g_assert_true (screen_settle (pair->plain, 15000));
}

static void
close_pair (Pair *pair)
{
  g_clear_pointer (&pair->colours, screen_free);
  g_clear_pointer (&pair->plain, screen_free);
  pair->persona = NULL;
}

static Screen *
open_one (Pair *pair, gboolean colours)
{
  const ScreenGallery *gallery = pair->gallery;
  const char *environment[4] = { NULL };
  int count = 0;
  if (!colours)
    environment[count++] = "NO_COLOR=1";
  if (gallery->environment != NULL) {
    environment[count++] = gallery->environment;
    environment[count++] = gallery->environment2;
  }
  ScreenOptions options = { .columns = sizes[0].columns, .rows = sizes[0].rows, .environment = environment };
  const char *persona = *pair->persona != '\0' ? pair->persona : NULL;
  return fixture_start (*gallery->fixture, &options, persona, NULL);
}

/* FALSE when they were open already. */
static gboolean
open_pair (Pair *pair, const char *persona)
{
  if (g_strcmp0 (pair->persona, persona) == 0)
    return FALSE;
  close_pair (pair);
  pair->persona = persona;
  pair->colours = open_one (pair, TRUE);
  pair->plain = open_one (pair, FALSE);
  settle (pair);
  return TRUE;
}

static gboolean
is_typed (const char *word)
{
  static const char *const named[] = {
    "Enter", "Esc", "Tab", "Up", "Down", "PgDn", "PgUp", "F1", "Backspace"
  };
  for (gsize i = 0; i < G_N_ELEMENTS (named); i++)
    if (strcmp (word, named[i]) == 0)
      return FALSE;
  return word[0] != '\0' && word[1] != '\0';
}

static void
press (Pair *pair, const char *keys)
{
  g_auto (GStrv) words = g_strsplit (keys, " ", -1);
  for (char **word = words; *word != NULL && **word != '\0'; word++) {
    Screen *both[] = { pair->colours, pair->plain };
    for (gsize i = 0; i < G_N_ELEMENTS (both); i++)
      if (is_typed (*word))
        screen_type (both[i], *word);
      else
        screen_key (both[i], *word);
    settle (pair);
  }
}

static void
picture (Screen *screen, const ScreenCase *item, const Size *size)
{
  const char *folder = g_getenv ("SCREEN_PICTURES");
  if (folder == NULL || size->columns < 80 || size->columns > WIDE)
    return;
  g_autofree char *file = g_strdup_printf ("%s%s.svg", item->name, size->columns == 80 ? "" : "-wide");
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *caption = g_strdup_printf ("cleanroom %s: %s", item->persona, item->name);
  g_assert_true (screen_write_svg (screen, path, caption));
}

static void
show (Pair *pair, const ScreenCase *item, const Size *size)
{
  const ScreenGallery *gallery = pair->gallery;
  screen_take_wraps (pair->colours);
  screen_expect_sound (pair->colours);
  if (!item->changing) {
    g_autofree char *name = g_strdup_printf ("%s%s-%dx%d", item->name, gallery->pseudo ? "-pseudo" : "",
                                             size->columns, size->rows);
    screen_snapshot_pair (pair->colours, pair->plain, name);
  }
  if (size == &sizes[0] && gallery->look != NULL)
    gallery->look (pair->colours, item);
  if (!gallery->pseudo)
    picture (pair->colours, item, size);
}

static void
resize (Pair *pair, const Size *size)
{
  screen_resize (pair->colours, size->columns, size->rows);
  screen_resize (pair->plain, size->columns, size->rows);
  settle (pair);
}

static void
test_case (gconstpointer data)
{
  const Turn *turn = data;
  Pair *pair = turn->pair;
  const ScreenCase *item = turn->item;
  gboolean pseudo = pair->gallery->pseudo;
  if (open_pair (pair, item->persona) && *item->keys != '\0')
    press (pair, "g"); /* as the case before this one leaves it */
  press (pair, pseudo && item->pseudo != NULL ? item->pseudo : item->keys);
  if (!pseudo)
    screen_expect (pair->colours, item->sign);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    if (sizes[i].columns > (item->most != 0 ? item->most : pseudo ? WIDE : G_MAXINT))
      continue; /* in the other language nothing is cut there that is not cut before */
    if (i > 0)
      resize (pair, &sizes[i]);
    show (pair, item, &sizes[i]);
  }
  if (!screen_has_colour (pair->colours) || screen_colours_sent (pair->plain) > 0) {
    g_test_message ("colours were not sent where wanted, or sent with NO_COLOR (%" G_GUINT64_FORMAT ")",
                    screen_colours_sent (pair->plain));
    g_test_fail ();
  }
  if (g_test_failed ()) {
    close_pair (pair);
    return;
  }
  resize (pair, &sizes[0]);
  press (pair, item->back != NULL ? item->back : "1 g");
}

static void
test_end (gconstpointer data)
{
  const Turn *turn = data;
  close_pair (turn->pair);
  g_free (turn->pair);
}

static Turn *
turn_of (Pair *pair, const ScreenCase *item)
{
  Turn *turn = g_new (Turn, 1);
  *turn = (Turn){ pair, item };
  return turn;
}

/* The cases of one persona follow each other, whatever their order in the table. */
void
screen_gallery_add (ScreenGallery *gallery)
{
  Pair *pair = g_new0 (Pair, 1);
  pair->gallery = gallery;
  g_autofree gboolean *added = g_new0 (gboolean, screen_cases_count);
  for (gsize first = 0; first < screen_cases_count; first++)
    for (gsize i = first; i < screen_cases_count; i++) {
      if (added[i] || strcmp (screen_cases[i].persona, screen_cases[first].persona) != 0)
        continue;
      added[i] = TRUE;
      g_autofree char *path = g_strdup_printf ("%s/%s", gallery->path, screen_cases[i].name);
      g_test_add_data_func_full (path, turn_of (pair, &screen_cases[i]), test_case, g_free);
    }
  g_autofree char *path = g_strdup_printf ("%s/close", gallery->path);
  g_test_add_data_func_full (path, turn_of (pair, NULL), test_end, g_free);
}
