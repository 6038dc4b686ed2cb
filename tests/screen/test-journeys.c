/* SPDX-License-Identifier: MIT
 * The journeys of analytics-sse played to the end by keys alone: three programs side by side, one for each
 * persona, and one program for all of them (presenter mode) in which only the recommended key is pressed.
 */
#include "fixture.h"

#include <string.h>

static const char *const personas[] = { "operator", "northwind", "woodgrove" };

/* Does the last line say that Enter does something now? */
static gboolean
recommends_enter (Screen *screen)
{
  int columns, rows;
  screen_size (screen, &columns, &rows);
  g_autofree char *hints = screen_row (screen, rows - 1);
  return strstr (hints, "Enter ") != NULL;
}

/* What the dialog wants to have typed ("Type accept to go on"), or NULL. */
static char *
word_to_type (Screen *screen)
{
  g_autofree char *text = screen_text (screen);
  g_autoptr (GRegex) regex = g_regex_new ("Type \"?([A-Za-z0-9-]+)\"? to ", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  return g_regex_match (regex, text, 0, &match) ? g_match_info_fetch (match, 1) : NULL;
}

/* One key further; FALSE when there is nothing to press now. */
static gboolean
press_recommended (Screen *screen)
{
  g_autofree char *word = word_to_type (screen);
  if (word != NULL)
    screen_type (screen, word);
  else if (screen_contains (screen, "[ Cancel ]")) {
    screen_key (screen, "y");
    return TRUE;
  } else if (!recommends_enter (screen))
    return FALSE;
  screen_key (screen, "Enter");
  return TRUE;
}

/* Number of steps that PERSONA still has to do, by the headless command. */
static int
left_to_do (Fixture *fixture, const char *persona)
{
  g_autofree char *output = NULL;
  fixture_run (fixture, &output, "step", "list", persona, NULL);
  int left = 0;
  g_auto (GStrv) lines = g_strsplit (output != NULL ? output : "", "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++)
    if (line != lines && strstr (*line, " done ") == NULL && strstr (*line, "optional") == NULL)
      left++;
  return lines[0] != NULL && lines[1] != NULL ? left : -1;
}

/* The answer is on the screen and everybody is through: the SQL names the column as well. */
static gboolean
is_end (Screen *screen, gpointer data)
{
  (void) data;
  return screen_contains (screen, "12/12") && screen_contains (screen, "Number_Of_Mentions");
}

/* --- Presenter mode --- */

static void
test_presenter (void)
{
  g_autoptr (Fixture) fixture = fixture_new (FIXTURE_EMPTY);
  g_autoptr (Screen) screen = fixture_start (fixture, NULL, "--present", NULL);
  int presses = 0, idle = 0;
  gint64 until = g_get_monotonic_time () + 240 * G_USEC_PER_SEC;
  g_assert_true (screen_settle (screen, 15000));
  while (!is_end (screen, NULL) && g_get_monotonic_time () < until && presses < 200 && idle < 20) {
    if (press_recommended (screen))
      presses++, idle = 0;
    else
      idle++;
    screen_settle (screen, 10000);
    screen_wait_quiet (screen, 50, 1000);
  }
  g_test_message ("%d keys", presses);
  if (!is_end (screen, NULL)) {
    screen_dump (screen, "the recommended key does not lead to the answer");
    g_assert_not_reached ();
  }
  screen_expect (screen, "everything is done");
  screen_expect (screen, "243 more rows");
  screen_expect_sound (screen);
  for (gsize i = 0; i < G_N_ELEMENTS (personas); i++)
    g_assert_cmpint (left_to_do (fixture, personas[i]), ==, 0);
  screen_key (screen, "q");
  g_assert_true (screen_wait_exit (screen, NULL, 5000));
}

/* `a`: it plays by itself to the end. */
static void
test_by_itself (void)
{
  g_autoptr (Fixture) fixture = fixture_new (FIXTURE_EMPTY);
  g_autoptr (Screen) screen = fixture_start (fixture, &(ScreenOptions){ .columns = 120, .rows = 40 },
                                             "--present", NULL);
  g_assert_true (screen_settle (screen, 15000));
  screen_key (screen, "a");
  if (!screen_wait (screen, is_end, NULL, 60000)) {
    screen_dump (screen, "it does not play to the end by itself");
    g_assert_not_reached ();
  }
  for (gsize i = 0; i < G_N_ELEMENTS (personas); i++)
    g_assert_cmpint (left_to_do (fixture, personas[i]), ==, 0);
}

/* --- Three at once --- */

/* Each window has its own person, who presses Enter where it is recommended and otherwise waits: whatever
 * another one has to do first goes on by itself. */
static void
test_three (void)
{
  g_autoptr (Fixture) fixture = fixture_new (FIXTURE_EMPTY);
  Screen *screens[G_N_ELEMENTS (personas)];
  gint64 until = g_get_monotonic_time () + 240 * G_USEC_PER_SEC;
  int presses = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (personas); i++)
    screens[i] = fixture_open (fixture, 80, 24, personas[i]);
  gboolean done = FALSE;
  while (!done && g_get_monotonic_time () < until) {
    guint finished = 0;
    for (gsize i = 0; i < G_N_ELEMENTS (personas); i++) {
      screen_wait_quiet (screens[i], 60, 300);
      if (press_recommended (screens[i]))
        presses++;
      screen_settle (screens[i], 300);
      finished += screen_contains (screens[i], "All of yours is done.");
    }
    done = finished == G_N_ELEMENTS (personas);
  }
  g_test_message ("%d keys", presses);
  for (gsize i = 0; i < G_N_ELEMENTS (personas); i++) {
    if (!done)
      screen_dump (screens[i], personas[i]);
    g_assert_cmpint (left_to_do (fixture, personas[i]), ==, 0);
  }
  g_assert_true (done);
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_available ())
    return 0;
  g_test_add_func ("/screen/journeys/presenter", test_presenter);
  g_test_add_func ("/screen/journeys/by-itself", test_by_itself);
  g_test_add_func ("/screen/journeys/three", test_three);
  return g_test_run ();
}
