/* SPDX-License-Identifier: MIT
 * The list: selection kept by id, filtering and sorting in slices, headings, columns, the four ways to be
 * empty.
 */
#include "ui/curses/list.h"

#include <string.h>

typedef struct {
  GPtrArray *names; /* char*; "#..." is a heading */
} Rows;

static guint
count (gpointer data)
{
  return ((Rows *) data)->names->len;
}

static const char *
id (gpointer data, guint row)
{
  return g_ptr_array_index (((Rows *) data)->names, row);
}

static void
cell (gpointer data, guint row, guint column, GString *text, UiStyle *style)
{
  (void) style;
  const char *name = id (data, row);
  if (column == 0)
    g_string_append (text, name);
  else if (column == 1)
    g_string_append_printf (text, "%zu", strlen (name));
  else
    g_string_append_printf (text, "about %s", name);
}

static gboolean
is_heading (gpointer data, guint row)
{
  return id (data, row)[0] == '#';
}

static const UiListColumn columns[] = { { "Name", 8, 20, 0, FALSE, TRUE },
                                        { "Size", 5, 5, 1, TRUE, TRUE },
                                        { "About", 10, 0, 2, FALSE, FALSE },
                                        { NULL, 0, 0, 0, FALSE, FALSE } };
static const UiListSource source = { .count = count, .id = id, .cell = cell, .is_heading = is_heading };

static void
set_rows (Rows *rows, const char *names)
{
  if (rows->names != NULL)
    g_ptr_array_unref (rows->names);
  rows->names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) words = g_strsplit (names, " ", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (rows->names, g_strdup (words[i]));
}

static void
press (UiList *list, const char *names)
{
  g_auto (GStrv) words = g_strsplit (names, " ", -1);
  for (guint i = 0; words[i] != NULL; i++) {
    UiEvent event = { .kind = UI_EVENT_KEY };
    g_assert_true (ui_key_parse (words[i], &event.key));
    ui_list_event (list, &event);
  }
}

/* Drawn until the list wants no more pictures. */
static char *
draw (UiList *list, int rows, int width)
{
  g_autoptr (UiCanvas) canvas = ui_canvas_new (rows, width, FALSE);
  for (int frames = 0; frames < 10000; frames++) {
    ui_canvas_begin (canvas);
    ui_list_draw (list, ui_canvas_rect (canvas), TRUE);
    if (ui_canvas_next_ms (canvas) != 0)
      return ui_canvas_text (canvas);
  }
  g_assert_not_reached ();
}

static void
assert_drawn (UiList *list, int rows, int width, const char *expected)
{
  g_autofree char *text = draw (list, rows, width);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_moving (void)
{
  Rows rows = { NULL };
  set_rows (&rows, "a b c d e f g h");
  g_autoptr (UiList) list = ui_list_new (columns, &source, &rows);
  g_free (draw (list, 4, 30));
  static const struct {
    const char *keys, *selected;
  } cases[] = { { "j", "b" },    { "Down j", "d" }, { "k", "c" },      { "G", "h" },
                { "g", "a" },    { "k", "a" },      { "PgDn", "c" },   { "End j", "h" },
                { "PgUp", "f" }, { "Home", "a" },   { "Ctrl-d", "b" }, { "Ctrl-u", "a" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    press (list, cases[i].keys);
    g_assert_cmpstr (ui_list_selected_id (list), ==, cases[i].selected);
  }
  UiEvent enter = { .kind = UI_EVENT_KEY, .key = UI_KEY_ENTER };
  g_assert_cmpint (ui_list_event (list, &enter), ==, UI_LIST_OPENED);
  g_assert_cmpint (ui_list_selected (list), ==, 0);
  UiEvent other = { .kind = UI_EVENT_KEY, .key = 'x' };
  g_assert_cmpint (ui_list_event (list, &other), ==, UI_LIST_IGNORED);
  g_ptr_array_unref (rows.names);
}

static void
test_selection_by_id (void)
{
  Rows rows = { NULL };
  set_rows (&rows, "a b c d");
  g_autoptr (UiList) list = ui_list_new (columns, &source, &rows);
  press (list, "j j");
  g_assert_cmpstr (ui_list_selected_id (list), ==, "c");
  set_rows (&rows, "x y z a b c d");
  ui_list_refresh (list);
  g_assert_cmpstr (ui_list_selected_id (list), ==, "c");
  set_rows (&rows, "x y z");
  ui_list_refresh (list);
  g_assert_cmpstr (ui_list_selected_id (list), ==, "z"); /* it is gone: stay near */
  set_rows (&rows, "");
  ui_list_refresh (list);
  g_assert_null (ui_list_selected_id (list));
  ui_list_select_id (list, "later");
  set_rows (&rows, "a later");
  ui_list_refresh (list);
  g_assert_cmpstr (ui_list_selected_id (list), ==, "later");
  g_ptr_array_unref (rows.names);
}

static void
test_follow (void)
{
  Rows rows = { NULL };
  set_rows (&rows, "a b");
  g_autoptr (UiList) list = ui_list_new (columns, &source, &rows);
  ui_list_set_follow (list, TRUE);
  set_rows (&rows, "a b c");
  ui_list_refresh (list);
  g_assert_cmpstr (ui_list_selected_id (list), ==, "c");
  press (list, "k"); /* who looks at something is left alone */
  set_rows (&rows, "a b c d");
  ui_list_refresh (list);
  g_assert_cmpstr (ui_list_selected_id (list), ==, "b");
  press (list, "G");
  g_assert_false (ui_list_follows (list));
  ui_list_set_follow (list, TRUE);
  g_assert_true (ui_list_follows (list));
  g_ptr_array_unref (rows.names);
}

static void
test_filter (void)
{
  Rows rows = { NULL };
  set_rows (&rows, "#one alpha beta #two gamma delta #three epsilon");
  g_autoptr (UiList) list = ui_list_new (columns, &source, &rows);
  g_assert_cmpstr (ui_list_selected_id (list), ==, "alpha");
  press (list, "/ g a m");
  g_assert_true (ui_list_filtering (list));
  assert_drawn (list, 6, 24,
                "Name                Size\n"
                "#two\n"
                "gamma                  5\n"
                "\n"
                "\n"
                "/ gam             2 of 8\n");
  g_assert_cmpstr (ui_list_selected_id (list), ==, "gamma");
  press (list, "Enter");
  g_assert_false (ui_list_filtering (list));
  press (list, "Esc");
  g_assert_cmpstr (ui_list_filter (list), ==, "");
  g_assert_cmpstr (ui_list_selected_id (list), ==, "gamma"); /* still the same row */
  ui_list_set_filter (list, "zzz");
  assert_drawn (list, 3, 60,
                " Nothing fits \"zzz\". Esc shows everything again.\n"
                "\n"
                "/ zzz                                                 0 of 8\n");
  g_ptr_array_unref (rows.names);
}

static void
test_sort (void)
{
  Rows rows = { NULL };
  set_rows (&rows, "ccc a bbbbbbbbbbb DD");
  g_autoptr (UiList) list = ui_list_new (columns, &source, &rows);
  press (list, "o");
  assert_drawn (list, 5, 18,
                "Name ^        Size\n"
                "a                1\n"
                "bbbbbbbbbbb     11\n"
                "ccc              3\n"
                "DD               2\n");
  press (list, "O o");
  assert_drawn (list, 5, 18,
                "Name        Size v\n"
                "bbbbbbbbbbb     11\n"
                "ccc              3\n"
                "DD               2\n"
                "a                1\n");
  press (list, "o");
  g_autofree char *plain = draw (list, 5, 18);
  g_assert_true (g_str_has_prefix (plain, "Name          Size\nccc "));
  g_ptr_array_unref (rows.names);
}

static void
test_many (void)
{
  Rows rows = { g_ptr_array_new_with_free_func (g_free) };
  for (int i = 0; i < 100000; i++)
    g_ptr_array_add (rows.names, g_strdup_printf ("row-%06d", (i * 7919) % 100000));
  g_autoptr (UiList) list = ui_list_new (columns, &source, &rows);
  g_free (draw (list, 24, 80));
  ui_list_select_id (list, "row-000042");
  g_assert_cmpstr (ui_list_selected_id (list), ==, "row-000042");
  press (list, "/ 0 9 9 9");
  g_free (draw (list, 24, 80));
  g_assert_cmpuint (ui_list_shown (list), ==, 120); /* 0999xx, 00999x and 0x0999 */
  press (list, "Esc o");
  g_free (draw (list, 24, 80));
  press (list, "g");
  g_assert_cmpstr (ui_list_selected_id (list), ==, "row-000000");
  press (list, "O");
  g_free (draw (list, 24, 80));
  press (list, "g");
  g_assert_cmpstr (ui_list_selected_id (list), ==, "row-099999");
  g_ptr_array_unref (rows.names);
}

static void
test_columns (void)
{
  Rows rows = { NULL };
  set_rows (&rows, "alpha");
  g_autoptr (UiList) list = ui_list_new (columns, &source, &rows);
  assert_drawn (list, 2, 50,
                "Name                   Size  About\n"
                "alpha                     5  about alpha\n");
  assert_drawn (list, 2, 20, "Name            Size\nalpha              5\n");
  assert_drawn (list, 2, 10, "Name\nalpha\n");
  for (int width = 1; width < 60; width++) /* any size is survived */
    for (int height = 1; height < 5; height++)
      g_free (draw (list, height, width));
  g_ptr_array_unref (rows.names);
}

static void
test_nothing (void)
{
  Rows rows = { NULL };
  set_rows (&rows, "");
  g_autoptr (UiList) list = ui_list_new (columns, &source, &rows);
  assert_drawn (list, 2, 40, " There is nothing here yet.\n\n");
  ui_list_set_empty (list, "No runs. Press r to start one.");
  assert_drawn (list, 2, 40, " No runs. Press r to start one.\n\n");
  ui_list_set_status (list, UI_LIST_FAILED, "The ledger does not answer.");
  g_autofree char *failed = draw (list, 2, 40);
  g_assert_nonnull (strstr (failed, "The ledger does not answer."));
  ui_list_set_status (list, UI_LIST_LOADING, "Reading runs");
  g_autofree char *loading = draw (list, 2, 40);
  g_assert_nonnull (strstr (loading, "Reading runs"));
  g_ptr_array_unref (rows.names);
}

static void
test_fuzzy (void)
{
  static const struct {
    const char *needle, *text;
    gboolean fits;
  } cases[] = { { "", "x", TRUE },
                { "doc acc", "Documents: accept", TRUE },
                { "ACC", "accept", TRUE },
                { "dac", "Documents: accept", TRUE },
                { "xyz", "Documents", FALSE },
                { "b", "abc", TRUE },
                { "\xC3\x84", "\xC3\xA4pfel", TRUE },
                { "\xE8\xA8\xBC", "\xE6\x96\x87\xE8\xA8\xBC", TRUE },
                { "hea", "the whole way of a persona in some steps, with everything that was agreed", FALSE },
                { "a",
                  "\xFF\xFE"
                  "a",
                  TRUE } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (ui_fuzzy_match (cases[i].needle, cases[i].text, NULL), ==, cases[i].fits);
  int start, middle, letters;
  g_assert_true (ui_fuzzy_match ("run", "Run again", &start));
  g_assert_true (ui_fuzzy_match ("run", "overrun", &middle));
  g_assert_true (ui_fuzzy_match ("run", "r-u-n", &letters));
  g_assert_cmpint (start, >, middle);
  g_assert_cmpint (middle, >, letters);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/list/moving", test_moving);
  g_test_add_func ("/ui/list/selection-by-id", test_selection_by_id);
  g_test_add_func ("/ui/list/follow", test_follow);
  g_test_add_func ("/ui/list/filter", test_filter);
  g_test_add_func ("/ui/list/sort", test_sort);
  g_test_add_func ("/ui/list/many", test_many);
  g_test_add_func ("/ui/list/columns", test_columns);
  g_test_add_func ("/ui/list/nothing", test_nothing);
  g_test_add_func ("/ui/list/fuzzy", test_fuzzy);
  return g_test_run ();
}
