/* SPDX-License-Identifier: MIT
 * Manners and safety: one key takes back what can be taken back, what was typed survives kill -9, copying
 * finds its way, a wait is named and ends when it is told to, what is decided is seen before.
 */
#include "fixture.h"

#include "base/file.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static Fixture *shared;

static void
press (Screen *screen, const char *keys)
{
  screen_keys (screen, keys);
  g_assert_true (screen_settle (screen, 10000));
}

/* The bottom line but one: what was done last. */
static char *
activity (Screen *screen)
{
  int columns, rows;
  screen_size (screen, &columns, &rows);
  return screen_row (screen, rows - 2);
}

static char *
settings (void)
{
  g_autofree char *path = g_build_filename (screen_rig_folder (fixture_rig (shared)), ".config", "cleanroom",
                                            "settings.yaml", NULL);
  char *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

static void
expect_setting (const char *line, gboolean there)
{
  g_autofree char *text = settings ();
  if ((strstr (text, line) != NULL) != there)
    g_test_message ("settings.yaml is:\n%s", text);
  g_assert_cmpint (strstr (text, line) != NULL, ==, there);
}

/* ---- undo ---- */

static void
test_undo_settings (void)
{
  fixture_write_settings (shared, "");
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  press (screen, ", g Down Enter"); /* the mouse */
  screen_expect (screen, "Mouse: false   U undo");
  expect_setting ("mouse: false", TRUE);
  press (screen, "Down Enter"); /* only ASCII: everything is drawn with it at once */
  screen_expect (screen, "Only ASCII: true   U undo");
  press (screen, "U");
  screen_expect (screen, "Undone: Only ASCII: true");
  screen_expect (screen, "Mouse: false   U undo"); /* the one before is next */
  expect_setting ("ascii: false", TRUE);
  press (screen, "1 U"); /* from another screen too */
  expect_setting ("mouse: true", TRUE);
  press (screen, "U");
  screen_expect (screen, "Nothing was done that can be taken back.");
  screen_expect_sound (screen);
}

/* A key is bound anew, then as it was; the hint in the last line goes along. */
static void
test_undo_key (void)
{
  fixture_write_settings (shared, "");
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  press (screen, ", / q u i t Enter Enter");
  screen_expect (screen, "press a key");
  press (screen, "X");
  screen_expect (screen, "quit: X   U undo");
  screen_expect (screen, "X quit");
  expect_setting ("app.quit: X", TRUE);
  press (screen, "U");
  screen_expect (screen, "q quit");
  expect_setting ("app.quit", FALSE);
}

static void
test_undo_list (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  press (screen, "4");
  screen_expect (screen, "northwind-input");
  press (screen, "/ q u e r y Enter");
  screen_expect (screen, "1 of 4");
  press (screen, "Esc");
  screen_expect (screen, "the filter \"query\" was cleared   U undo");
  g_assert_false (screen_contains (screen, "1 of 4"));
  press (screen, "U");
  screen_expect (screen, "1 of 4");
  press (screen, "Esc");
  g_autofree char *before = screen_row (screen, 1);
  press (screen, "o o");
  screen_expect (screen, "sorted in another order   U undo");
  g_autofree char *sorted = screen_row (screen, 1);
  g_assert_cmpstr (before, !=, sorted);
  press (screen, "U"); /* both at once: they are one change of order */
  g_autofree char *after = screen_row (screen, 1);
  g_assert_cmpstr (before, ==, after);
  /* The screen is closed: its filter can no longer be had back, and nothing points to it. */
  press (screen, "1 U");
  screen_expect (screen, "Nothing was done that can be taken back.");
}

/* A switch that takes effect at once is turned back. */
static void
test_undo_switch (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 100, 40, "northwind");
  press (screen, "4");
  press (screen, "/ q u e r y Enter x");
  screen_expect (screen, "Which switch?");
  press (screen, "Enter");
  screen_expect (screen, "will be disabled");
  press (screen, "y");
  screen_expect (screen, "is disabled.");
  screen_expect (screen, "U undo");
  press (screen, "U");
  screen_expect (screen, "is enabled.");
  screen_expect_sound (screen);
}

/* A step that waits for somebody goes on by itself, no longer, and again. */
static void
test_undo_wait (void)
{
  g_autoptr (Fixture) fixture = fixture_new (FIXTURE_EMPTY);
  g_autoptr (Screen) screen = fixture_start (fixture, &(ScreenOptions){ .columns = 100, .rows = 40 },
                                             "northwind", "--own-keyring", NULL);
  g_assert_true (screen_settle (screen, 15000));
  for (int i = 0; i < 20 && !screen_contains (screen, "W do not wait"); i++) {
    screen_key (screen, "Enter");
    screen_wait_quiet (screen, 200, 3000); /* a sign-in that waits is no idle program */
  }
  screen_expect (screen, "W do not wait");
  screen_key (screen, "W");
  screen_expect (screen, "no longer goes on by itself   U undo");
  screen_wait_gone (screen, "W do not wait", 5000);
  screen_key (screen, "U");
  screen_expect (screen, "W do not wait");
}

/* It is in `?` with why it cannot be done, and in the palette. */
static void
test_undo_said (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  press (screen, "?");
  screen_type (screen, "undo");
  g_assert_true (screen_settle (screen, 5000));
  screen_expect (screen, "> undo");
  screen_expect (screen, "Nothing was done that can be taken back.");
}

/* ---- drafts ---- */

static void
wait_draft (const char *persona, const char *text)
{
  g_autofree char *path = g_strdup_printf ("%s/private/drafts.json", persona);
  for (int i = 0; i < 500; i++) {
    g_autofree char *draft = fixture_read (shared, path);
    if (draft != NULL && strstr (draft, text) != NULL)
      return;
    screen_pump (fixture_rig (shared), 10);
  }
  g_error ("\"%s\" was not kept", text);
}

/* Killed while a dialog is typed into: the next one shows it. */
static void
test_draft_killed (void)
{
  {
    g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "operator");
    press (screen, "3 n");
    screen_type (screen, "half-done");
    press (screen, "Tab");
    screen_type (screen, "We agree that");
    wait_draft ("operator", "We agree that");
    screen_signal (screen, SIGKILL);
    g_assert_true (screen_wait_exit (screen, NULL, 5000));
  }
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "operator");
  press (screen, "3 n");
  screen_expect (screen, "half-done");
  screen_expect (screen, "We agree that");
  /* Closed by Esc it is kept too; sent, it is forgotten. */
  press (screen, "Esc n");
  screen_expect (screen, "half-done");
  press (screen, "Ctrl-s");
  screen_expect (screen, "The draft half-done is written.");
  press (screen, "n");
  screen_expect (screen, "Write the draft");
  g_assert_true (screen_settle (screen, 5000));
  g_assert_false (screen_contains (screen, "We agree that [")); /* what lies below it may say so */
  g_autofree char *draft = fixture_read (shared, "operator/private/drafts.json");
  g_assert_null (strstr (draft, "We agree"));
}

/* The text of a draft contract, and taking the change back. */
static void
test_undo_text (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 100, 30, "operator");
  press (screen, "3 n");
  screen_type (screen, "two-texts");
  press (screen, "Tab");
  screen_type (screen, "the first one");
  press (screen, "Ctrl-s");
  screen_expect (screen, "The draft two-texts is written.");
  press (screen, "/ t w o - t e x t s Enter e Ctrl-u");
  screen_type (screen, "the second one");
  press (screen, "Ctrl-s");
  screen_expect (screen, "The draft two-texts has a new text.");
  screen_expect (screen, "the second one");
  press (screen, "U");
  screen_expect (screen, "the first one");
}

/* A step's form: killed in the middle, restored; the secret is nowhere. */
static void
test_step_killed (void)
{
  static const char *const words[] = { "--scenario", "analytics-s3-sse" };
  g_autofree char *folder = g_build_filename (fixture_state (shared), "woodgrove", NULL);
  {
    g_autoptr (Screen) screen = fixture_start (shared, &(ScreenOptions){ .columns = 100, .rows = 40 },
                                               "woodgrove", words[0], words[1], NULL);
    g_assert_true (screen_settle (screen, 15000));
    press (screen, "/ A W S Enter e");
    screen_expect (screen, "Access key id");
    screen_type (screen, "AKIAABCDEFGHIJKLMNOP");
    press (screen, "Tab");
    screen_type (screen, "hush-hush-secret");
    press (screen, "Tab");
    screen_type (screen, "my-profile");
    wait_draft ("woodgrove", "my-profile");
    screen_signal (screen, SIGKILL);
    g_assert_true (screen_wait_exit (screen, NULL, 5000));
  }
  g_autofree char *grep = g_strdup_printf ("grep -r hush-hush-secret '%s'", folder);
  g_autofree char *found = NULL;
  g_assert_true (g_spawn_command_line_sync (grep, &found, NULL, NULL, NULL));
  g_assert_cmpstr (found, ==, "");
  g_autoptr (Screen) screen = fixture_start (shared, &(ScreenOptions){ .columns = 100, .rows = 40 },
                                             "woodgrove", words[0], words[1], NULL);
  g_assert_true (screen_settle (screen, 15000));
  press (screen, "/ A W S Enter e");
  screen_expect (screen, "AKIAABCDEFGHIJKLMNOP");
  screen_expect (screen, "my-profile");
  /* Cleared, and had back by one key. */
  press (screen, "Esc D");
  screen_expect (screen, "the answers were cleared   U undo");
  g_assert_false (screen_contains (screen, "AKIAABCDEFGHIJKLMNOP"));
  press (screen, "U");
  screen_expect (screen, "AKIAABCDEFGHIJKLMNOP");
  press (screen, "D");
  screen_expect (screen, "the answers were cleared");
}

/* ---- what cannot be undone is seen before ---- */

/* What everybody gets to know: the very text and its digest, and a word. */
static void
test_publish (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 100, 40, "woodgrove");
  press (screen, "/ P r o p o s e Enter R Ctrl-s");
  screen_expect (screen, "Publish this?");
  screen_expect (screen, "SHA-256");
  screen_expect (screen, "COUNT(*) AS Number_Of_Mentions");
  screen_expect (screen, "Type publish to go on");
  screen_type (screen, "publihs");
  press (screen, "Enter");
  screen_expect (screen, "Publish this?");
  press (screen, "Esc");
  g_assert_true (screen_wait_gone (screen, "Publish this?", 5000));
  /* Another text: that is what is shown. */
  press (screen, "Up Up"); /* from the button */
  screen_type (screen, "SELECT 42 AS answer");
  press (screen, "Ctrl-s");
  screen_expect (screen, "Publish this?");
  screen_expect (screen, "44f71400"); /* sha256sum of it */
  press (screen, "Esc Esc D");
}

/* Data: who reads which column, as text and without values, and what follows from the form as it is now. */
static void
test_publish_data (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 100, 40, "northwind");
  press (screen, "/ P u b l i s h Enter R Ctrl-s");
  screen_expect (screen, "Publish this?");
  screen_expect (screen, "northwind-input: queries of others can read");
  screen_expect (screen, "author (string)");
  screen_expect (screen, "registered documents stay");
  g_assert_false (screen_contains (screen, "\"samples\""));
  g_assert_false (screen_contains (screen, "SHA-256"));
  press (screen, "Esc Up"); /* from the button to "Publish anew", and at once: */
  screen_keys (screen, "Space Ctrl-s");
  screen_expect (screen, "New documents are registered under new ids");
  screen_expect (screen, "To be done again afterwards");
  press (screen, "Esc Esc D");
}

/* A vote on a proposal shows its actions and their digest. */
static void
test_vote (void)
{
  static const char content[] = "{\"actions\":[{\"name\":\"set_cgs_runtime_options\",\"args\":"
                                "{\"option\":\"autoapprove-jsapp-proposal\",\"status\":\"enabled\"}}]}";
  g_assert_cmpint (fixture_run (shared, NULL, "governance", "proposal", "create", "--content", content,
                                "--as", "operator", NULL),
                   ==, 0);
  g_autoptr (Screen) screen = fixture_open (shared, 100, 40, "operator");
  press (screen, "2 / c g s Enter a");
  screen_expect (screen, "Accept this proposal");
  screen_expect (screen, "SHA-256");
  screen_expect (screen, "autoapprove-jsapp-proposal");
  screen_expect (screen, "Type accept to go on");
  press (screen, "Esc w");
  screen_expect (screen, "Withdraw this proposal");
  press (screen, "y");
  screen_expect (screen, "The proposal is withdrawn.");
}

/* ---- copying ---- */

static void
write_tool (const char *folder, const char *script)
{
  g_autofree char *path = g_build_filename (folder, "xclip", NULL);
  g_assert_true (cr_dir_make (folder, 0700, NULL));
  g_assert_true (g_file_set_contents (path, script, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
}

static void
test_copy (void)
{
  g_autofree char *folder = g_build_filename (screen_rig_folder (fixture_rig (shared)), "tools", NULL);
  g_autofree char *got = g_build_filename (folder, "got", NULL), *text = NULL;
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\ncat >'%s.new' && mv '%s.new' '%s'\n", got, got, got);
  g_autofree char *path = g_strdup_printf ("PATH=%s:/usr/bin:/bin", folder);
  const char *const environment[] = { path, "DISPLAY=:99", NULL };
  ScreenOptions options = { .environment = environment, .columns = 100, .rows = 30 };
  fixture_write_settings (shared, "");
  write_tool (folder, script);
  g_autoptr (Screen) screen = fixture_start (shared, &options, "woodgrove", NULL);
  g_assert_true (screen_settle (screen, 15000));
  press (screen, "4 / q u e r y Enter y");
  screen_expect (screen, "What is selected: copied.");
  g_assert_true (g_file_get_contents (got, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "woodgrove-query1"));
  g_assert_null (screen_clipboard (screen)); /* the desktop's own program was enough */
  /* One field of it, found by a part of its name. */
  press (screen, "Y");
  screen_expect (screen, "Copy which field?");
  screen_type (screen, "Kind: q");
  press (screen, "Enter");
  screen_expect (screen, "The field: copied.");
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (got, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "query");
  /* A program that fails: then the terminal does it. */
  write_tool (folder, "#!/bin/sh\ncat >/dev/null\nexit 3\n");
  press (screen, "y");
  for (int i = 0; i < 500 && screen_clipboard (screen) == NULL; i++)
    screen_pump (fixture_rig (shared), 10);
  g_assert_nonnull (screen_clipboard (screen));
  g_assert_nonnull (strstr (screen_clipboard (screen), "woodgrove-query1"));
}

/* Over ssh there is no desktop: OSC 52; and where that is switched off, a sentence. */
static void
test_copy_terminal (void)
{
  fixture_write_settings (shared, "");
  {
    g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
    press (screen, "4 y");
    screen_expect (screen, "What is selected: copied.");
    g_assert_nonnull (strstr (screen_clipboard (screen), "northwind-input"));
  }
  fixture_write_settings (shared, "clipboard: native\n");
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  press (screen, "4 y");
  screen_expect (screen, "There is no program here that fills the");
  g_assert_null (screen_clipboard (screen));
  fixture_write_settings (shared, "");
}

/* ---- waiting ---- */

static void
test_wait (void)
{
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "northwind");
  fixture_stall (shared, TRUE);
  screen_key (screen, "2");
  screen_expect (screen, "The ledger has not answered for 0.");
  screen_expect (screen, "^c stops it");
  screen_expect (screen, "has not answered for 1.");
  screen_key (screen, "Ctrl-c");
  screen_expect (screen, "No longer waiting for it; ^r reads it again.");
  screen_expect (screen, "Stopped at your request.");
  g_autofree char *line = activity (screen);
  g_assert_null (strstr (line, "has not answered"));
  g_assert_false (screen_exited (screen));
  fixture_stall (shared, FALSE);
  screen_key (screen, "Ctrl-r");
  screen_expect (screen, "Invitations");
  g_assert_true (screen_settle (screen, 10000));
  /* Nobody waits any more: Ctrl-C leaves. */
  screen_key (screen, "Ctrl-c");
  g_assert_true (screen_wait_exit (screen, NULL, 5000));
}

/* ---- the palette writes the screen ---- */

static void
test_save_screen (void)
{
  g_autofree char *path = g_build_filename (screen_rig_folder (fixture_rig (shared)), "shot.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (Screen) screen = fixture_open (shared, 80, 24, "woodgrove");
  press (screen, "4 :");
  screen_type (screen, "save-screen ");
  screen_type (screen, path);
  g_assert_true (screen_settle (screen, 5000));
  screen_expect (screen, "> Write this screen to ");
  press (screen, "Enter");
  screen_expect (screen, "Written: ");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "northwind-input"));
  g_assert_null (strstr (text, "save-screen")); /* the palette is not in the picture */
}

/* --script: every screen can be reached and saved by a file; it ends with 1 when something does not come. */
static void
test_script (void)
{
  const char *folder = screen_rig_folder (fixture_rig (shared));
  g_autofree char *script = g_build_filename (folder, "script", NULL), *text = NULL;
  g_autofree char *first = g_build_filename (folder, "first.txt", NULL),
                  *second = g_build_filename (folder, "second.txt", NULL);
  g_autofree char *lines =
      g_strdup_printf ("# documents, then keys\nkeys 4\nwait northwind-input\nsave %s\n"
                       "keys 8\nwait Fingerprint\nsave %s\nkeys : \ntype runs\nkeys Enter\n"
                       "wait Rows out\nkeys q\n",
                       first, second);
  int status = 0;
  g_assert_true (g_file_set_contents (script, lines, -1, NULL));
  g_autoptr (Screen) screen = fixture_start (shared, NULL, "woodgrove", "--script", script, NULL);
  g_assert_true (screen_wait_exit (screen, &status, 30000));
  g_assert_cmpint (status, ==, 0);
  g_assert_true (g_file_get_contents (first, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "Documents"));
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (second, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "Keys"));

  g_assert_true (g_file_set_contents (script, "press 4\n", -1, NULL));
  g_autoptr (Screen) wrong = fixture_start (shared, NULL, "woodgrove", "--script", script, NULL);
  g_assert_true (screen_wait_exit (wrong, &status, 30000));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
}

/* ---- colours that are forced ---- */

static void
test_colours (void)
{
  static const char *const plain[] = { "NO_COLOR=1", NULL };
  static const char *const forced[] = { "NO_COLOR=1", "CLICOLOR_FORCE=1", NULL };
  g_autoptr (Screen) without = fixture_start (shared, &(ScreenOptions){ .environment = plain }, "northwind",
                                              NULL);
  g_autoptr (Screen) with = fixture_start (shared, &(ScreenOptions){ .environment = forced }, "northwind",
                                           NULL);
  g_assert_true (screen_settle (without, 15000));
  g_assert_true (screen_settle (with, 15000));
  g_assert_false (screen_has_colour (without));
  g_assert_true (screen_has_colour (with));
}

/* ---- who it is, on every screen and size ---- */

static void
test_marker (void)
{
  static const struct {
    const char *persona, *marker;
  } people[] = { { "operator", "[O]" }, { "northwind", "[N]" }, { "woodgrove", "[W]" } };
  static const char *const screens[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "," };
  for (gsize i = 0; i < G_N_ELEMENTS (people); i++) {
    g_autoptr (Screen) screen = fixture_open (shared, 40, 12, people[i].persona);
    for (gsize s = 0; s < G_N_ELEMENTS (screens); s++) {
      press (screen, screens[s]);
      g_autofree char *title = screen_row (screen, 0);
      g_assert_nonnull (strstr (title, people[i].marker));
      g_assert_nonnull (strstr (title, people[i].persona));
      /* The way to help is there in 40 columns. */
      g_autofree char *hints = screen_row (screen, 11);
      if (strstr (hints, "? help") == NULL)
        screen_dump (screen, "no way to help");
      g_assert_nonnull (strstr (hints, "? help"));
    }
  }
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  g_test_add_func ("/screen/manners/undo-settings", test_undo_settings);
  g_test_add_func ("/screen/manners/undo-key", test_undo_key);
  g_test_add_func ("/screen/manners/undo-list", test_undo_list);
  g_test_add_func ("/screen/manners/undo-switch", test_undo_switch);
  g_test_add_func ("/screen/manners/undo-text", test_undo_text);
  g_test_add_func ("/screen/manners/undo-wait", test_undo_wait);
  g_test_add_func ("/screen/manners/undo-said", test_undo_said);
  g_test_add_func ("/screen/manners/draft-killed", test_draft_killed);
  g_test_add_func ("/screen/manners/step-killed", test_step_killed);
  g_test_add_func ("/screen/manners/publish", test_publish);
  g_test_add_func ("/screen/manners/publish-data", test_publish_data);
  g_test_add_func ("/screen/manners/vote", test_vote);
  g_test_add_func ("/screen/manners/copy", test_copy);
  g_test_add_func ("/screen/manners/copy-terminal", test_copy_terminal);
  g_test_add_func ("/screen/manners/wait", test_wait);
  g_test_add_func ("/screen/manners/save-screen", test_save_screen);
  g_test_add_func ("/screen/manners/script", test_script);
  g_test_add_func ("/screen/manners/colours", test_colours);
  g_test_add_func ("/screen/manners/marker", test_marker);
  return fixture_end (&shared, "/screen/manners/end");
}
