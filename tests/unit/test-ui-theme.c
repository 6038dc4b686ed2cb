/* SPDX-License-Identifier: MIT
 * Themes: every style of every theme can be read (WCAG 2.1, 4.5:1), and no state is told by colour alone.
 */
#include "ui/curses/cells.h"
#include "ui/curses/theme.h"

#include <string.h>

static void
test_contrast (void)
{
  const UiTheme *const *themes = ui_themes ();
  guint count = 0;
  for (; themes[count] != NULL; count++)
    for (int style = 0; style < UI_STYLE_COUNT; style++) {
      double contrast = ui_theme_contrast (themes[count], (UiStyle) style);
      if (contrast < 4.5)
        g_test_message ("%s: %s has %.2f", themes[count]->id, ui_style_name ((UiStyle) style), contrast);
      if (contrast < 4.5)
        g_test_fail ();
    }
  g_assert_cmpuint (count, ==, 6);
}

static void
test_known_contrast (void)
{
  UiTheme theme = { .foreground = 0x000000, .background = 0xFFFFFF };
  g_assert_cmpfloat_with_epsilon (ui_theme_contrast (&theme, UI_STYLE_TEXT), 21, 0.01);
  theme.foreground = 0x777777; /* the well-known grey that just fails */
  g_assert_cmpfloat_with_epsilon (ui_theme_contrast (&theme, UI_STYLE_TEXT), 4.48, 0.01);
}

static void
test_states (void)
{
  for (int ascii = 0; ascii < 2; ascii++) {
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    for (int state = 0; state < UI_STATE_COUNT; state++) {
      const char *glyph = ui_state_glyph ((UiState) state, ascii);
      g_assert_cmpint (ui_cells_width (glyph), ==, 1);
      g_assert_true (g_hash_table_add (seen, (gpointer) (gsize) glyph)); /* each is another one */
      g_assert_true (!ascii || g_str_is_ascii (glyph));
    }
  }
  for (int state = UI_STATE_NONE + 1; state < UI_STATE_COUNT; state++)
    g_assert_cmpstr (ui_state_word ((UiState) state), !=, "");
}

static void
test_without_colour (void)
{
  const UiTheme *const *themes = ui_themes ();
  static const UiStyle needed[] = { UI_STYLE_SELECTED,  UI_STYLE_SELECTED_BLUR, UI_STYLE_INPUT_FOCUS,
                                    UI_STYLE_INPUT_BAD, UI_STYLE_TITLE,         UI_STYLE_MATCH,
                                    UI_STYLE_TOAST };
  for (guint i = 0; themes[i] != NULL; i++)
    for (gsize n = 0; n < G_N_ELEMENTS (needed); n++)
      g_assert_cmpuint (ui_theme_style (themes[i], needed[n]).attributes_mono, !=, 0);
  const UiTheme *mono = ui_theme_find ("monochrome");
  for (int style = 0; style < UI_STYLE_COUNT; style++) {
    g_assert_cmpint (ui_theme_style (mono, style).colours.foreground, ==, UI_COLOUR_DEFAULT);
    g_assert_cmpint (ui_theme_style (mono, style).colours.background, ==, UI_COLOUR_DEFAULT);
  }
  g_assert_null (ui_theme_find ("purple"));
  g_assert_null (ui_theme_find (NULL));
}

static void
test_names (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (int style = 0; style < UI_STYLE_COUNT; style++) {
    const char *name = ui_style_name ((UiStyle) style);
    g_assert_nonnull (name);
    g_assert_cmpstr (name, !=, "");
    g_assert_true (g_hash_table_add (seen, (gpointer) (gsize) name));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/theme/contrast", test_contrast);
  g_test_add_func ("/ui/theme/known-contrast", test_known_contrast);
  g_test_add_func ("/ui/theme/states", test_states);
  g_test_add_func ("/ui/theme/without-colour", test_without_colour);
  g_test_add_func ("/ui/theme/names", test_names);
  return g_test_run ();
}
