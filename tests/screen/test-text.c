/* SPDX-License-Identifier: MIT
 * Text from outside: wide, combining, right-to-left, emoji, invalid UTF-8, and an audit event that is full of
 * escape sequences. None of it reaches the terminal as a command, and every column stays where it is.
 */
#include "ledger.h"

#include <string.h>

static Fixture *shared;

/* As JSON: clears the screen, writes to the clipboard, sets the title, C1 codes, overrides of direction. */
static const char hostile[] =
    "{\"timestamp\":\"1795338404581\",\"data\":{\"source\":\"\\u001b[31mevil\\u001b[?1049l\",\"message\":"
    "\"\\u001b[2J\\u001b[H\\u001b]52;c;aGFja2Vk\\u0007\\u001b]2;owned\\u0007\\u009b31mred \\u202eRTL override"
    "\\u2066 \\u65e5\\u672c\\u8a9e e\\u0301 \\ud83d\\udc68\\u200d\\ud83d\\udc69\\u200d\\ud83d\\udc67 \\u05e9\\u05dc"
    "\\u05d5\\u05dd \\u0645\\u0631\\u062d\\u0628\\u0627 \\u0008\\u007f\\r\\nsecond line \\u001bc\\u001b(0 end\"}}";

static const char many[] =
    "{\"timestamp\":\"1795338404789\",\"data\":{\"source\":\"\\u65e5\\u672c\",\"message\":"
    "\"a\\u0300\\u0301\\u0302\\u0303\\u0304\\u0305\\u0306\\u0307\\u0308\\u0309\\u030a\\u030b"
    "\\u030c \\uff37\\uff49\\uff44\\uff45 \\u200b\\u200d\\ufeff \\ud83c\\uddef\\ud83c\\uddf5 "
    "\\ud83e\\udd26\\ud83c\\udffc\\u200d\\u2642\\ufe0f zero width end\"}}";

static void
check_unharmed (Screen *screen)
{
  g_assert_null (screen_clipboard (screen));
  g_assert_cmpstr (screen_title (screen), !=, "owned");
  g_assert_true (screen_mode (screen, 1049));
  g_assert_cmpuint (screen_bells (screen), ==, 0);
}

static void
test_hostile_event (void)
{
  static const int widths[] = { 80, 120, 53, 200 };
  ledger_add_events (shared, (const char *const[]){ hostile, many }, 2);
  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++) {
    g_autoptr (Screen) screen = fixture_open (shared, widths[i], 24, "woodgrove");
    screen_key (screen, "7");
    screen_expect (screen, "owned");
    screen_settle (screen, 5000);
    check_unharmed (screen);
    screen_expect_sound (screen);
    screen_key (screen, "g");
    screen_key (screen, "Enter");
    screen_settle (screen, 5000);
    screen_expect_sound (screen);
    screen_key (screen, "Esc");
    screen_keys (screen, "/ e v i l Enter");
    screen_settle (screen, 5000);
    check_unharmed (screen);
    screen_expect_sound (screen);
  }
}

/* Names as people have them, in fields and lists. */
static void
test_wide_names (void)
{
  static const char name[] =
      "日本語の長い名前 שלום مرحبا 👩‍👧‍👦 e\xcc\x81\xcc\x82 Ｗｉｄｅ";
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  screen_key (screen, ":");
  screen_settle (screen, 5000);
  screen_paste (screen, name, strlen (name));
  screen_settle (screen, 5000);
  screen_expect (screen, "日本語");
  screen_expect_sound (screen);
  screen_keys (screen, "Left Left Left Left Left Backspace Backspace Backspace Home Delete x End");
  screen_settle (screen, 5000);
  screen_expect_sound (screen);
  for (int columns = 79; columns > 30; columns -= 3) {
    screen_resize (screen, columns, 24);
    screen_settle (screen, 5000);
    screen_take_wraps (screen);
    screen_expect_sound (screen);
  }
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  g_test_add_func ("/screen/text/hostile-event", test_hostile_event);
  g_test_add_func ("/screen/text/wide-names", test_wide_names);
  return fixture_end (&shared, "/screen/text/end");
}
