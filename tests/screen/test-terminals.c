/* SPDX-License-Identifier: MIT
 * The program on the terminals that people have: colours, none, none at all, ASCII, light and dark, mouse.
 */
#include "fixture.h"

#include <string.h>
#include <sys/wait.h>

static Fixture *shared;

typedef struct {
  const char *name, *term;
  const char *environment[4];
  gboolean colour;
} Kind;

static const Kind kinds[] = {
  { "xterm-256color", "xterm-256color", { NULL }, TRUE },
  { "truecolor", "xterm-256color", { "COLORTERM=truecolor", NULL }, TRUE },
  { "linux", "linux", { NULL }, TRUE },
  { "screen", "screen", { NULL }, TRUE },
  { "screen-256color", "screen-256color", { NULL }, TRUE },
  { "tmux-256color", "tmux-256color", { NULL }, TRUE },
  { "xterm-mono", "xterm-mono", { NULL }, FALSE },
  { "vt100", "vt100", { NULL }, FALSE },
  { "no-color", "xterm-256color", { "NO_COLOR=1", NULL }, FALSE },
  { "ascii", "xterm-256color", { "LC_ALL=C", NULL }, TRUE },
};

static gboolean
is_ascii (const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    if ((guchar) *c >= 0x80)
      return FALSE;
  return TRUE;
}

static void
leave (Screen *screen)
{
  int status = 0;
  screen_key (screen, "q");
  if (!screen_wait_exit (screen, &status, 5000)) {
    screen_dump (screen, "q does not quit");
    g_test_fail ();
    return;
  }
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_false (screen_mode (screen, 1000));
  g_assert_false (screen_mode (screen, 1002));
  g_assert_false (screen_mode (screen, 1006));
  g_assert_false (screen_mode (screen, 2004));
  g_assert_false (screen_mode (screen, 1049));
}

static void
test_kind (gconstpointer data)
{
  const Kind *kind = data;
  ScreenOptions options = { .term = kind->term, .environment = kind->environment };
  g_autoptr (Screen) screen = fixture_start (shared, &options, "northwind", NULL);
  g_assert_true (screen_settle (screen, 10000));
  screen_expect (screen, "northwind");
  screen_expect_sound (screen);
  g_assert_cmpint (screen_has_colour (screen), ==, kind->colour);
  if (g_str_equal (kind->name, "ascii")) {
    g_autofree char *text = screen_text (screen);
    g_assert_true (is_ascii (text));
  }
  /* Keys as this terminal sends them. */
  g_autofree char *before = screen_text (screen);
  screen_key (screen, "F1");
  g_assert_true (screen_settle (screen, 5000));
  g_autofree char *help = screen_text (screen);
  g_assert_cmpstr (before, !=, help);
  screen_key (screen, "Esc");
  g_assert_true (screen_settle (screen, 5000));
  g_autofree char *after = screen_text (screen);
  if (!g_str_equal (before, after))
    screen_dump (screen, "Esc does not come back from help");
  g_assert_cmpstr (before, ==, after);
  g_autofree char *name = g_strconcat ("terminal-", kind->name, NULL);
  screen_snapshot (screen, name);
  leave (screen);
}

/* TERM=dumb is not addressed with escape sequences at all: the journey comes as lines. */
static void
test_dumb (void)
{
  g_autoptr (Screen) screen = fixture_start (shared, &(ScreenOptions){ .term = "dumb" }, "northwind", NULL);
  screen_wait_quiet (screen, 300, 5000);
  if (screen_contains (screen, "without the line mode")) {
    g_test_skip ("this build has no line mode");
    return;
  }
  screen_expect (screen, "northwind");
  gsize length;
  const char *raw = g_bytes_get_data (screen_raw (screen), &length);
  g_assert_null (memchr (raw, '\033', length));
}

static void
test_mouse (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  g_assert_true (screen_mode (screen, 1000) || screen_mode (screen, 1002));
  g_assert_true (screen_mode (screen, 1006));
  /* A click on another step selects it, the wheel moves on. */
  int row, column;
  g_assert_true (screen_find (screen, "Prepare your cloud", &row, &column));
  screen_click (screen, row, column, 1);
  screen_settle (screen, 3000);
  g_autofree char *clicked = screen_text (screen);
  screen_wheel (screen, row, column, FALSE);
  screen_settle (screen, 3000);
  g_autofree char *wheeled = screen_text (screen);
  g_assert_cmpstr (clicked, !=, wheeled);
  leave (screen);
}

static void
test_no_mouse (void)
{
  g_autoptr (Screen) screen = fixture_start (shared, NULL, "northwind", "--no-mouse", NULL);
  g_assert_true (screen_settle (screen, 10000));
  screen_keys (screen, "2 3 4 1 ? Esc");
  screen_settle (screen, 5000);
  static const int modes[] = { 9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016 };
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    g_assert_false (screen_mode_ever (screen, modes[i]));
  leave (screen);
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    g_assert_false (screen_mode_ever (screen, modes[i]));
}

/* The colours of the first screen as one string, to tell light from dark. */
static char *
colours (Screen *screen)
{
  GString *text = g_string_new (NULL);
  for (int row = 0; row < 24; row++)
    for (int column = 0; column < 80; column++) {
      VTermScreenCell cell;
      screen_cell (screen, row, column, &cell);
      g_string_append_printf (text, "%d.%d.%d,", cell.fg.type, cell.fg.rgb.red, cell.bg.rgb.red);
    }
  return g_string_free (text, FALSE);
}

static char *
colours_with (const char *background, const char *variable)
{
  const char *const environment[] = { variable, NULL };
  g_autoptr (Screen) screen = fixture_start (
      shared, &(ScreenOptions){ .background = background, .environment = environment }, "northwind", NULL);
  g_assert_true (screen_settle (screen, 10000));
  char *text = colours (screen);
  leave (screen);
  return text;
}

static void
test_background (void)
{
  g_autofree char *dark = colours_with ("rgb:0000/0000/0000", "X=1");
  g_autofree char *light = colours_with ("rgb:ffff/ffff/ffff", "X=1");
  g_autofree char *unknown = colours_with (NULL, "X=1");
  g_autofree char *variable = colours_with (NULL, "COLORFGBG=0;15");
  g_assert_cmpstr (dark, !=, light);
  g_assert_cmpstr (dark, ==, unknown);
  g_assert_cmpstr (light, ==, variable);
}

static void
test_title (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  g_assert_nonnull (screen_title (screen));
  g_assert_nonnull (strstr (screen_title (screen), "northwind"));
  leave (screen);
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *path = g_strconcat ("/screen/terminals/", kinds[i].name, NULL);
    g_test_add_data_func (path, &kinds[i], test_kind);
  }
  g_test_add_func ("/screen/terminals/dumb", test_dumb);
  g_test_add_func ("/screen/terminals/mouse", test_mouse);
  g_test_add_func ("/screen/terminals/no-mouse", test_no_mouse);
  g_test_add_func ("/screen/terminals/background", test_background);
  g_test_add_func ("/screen/terminals/title", test_title);
  return fixture_end (&shared, "/screen/terminals/end");
}
