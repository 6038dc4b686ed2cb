/* SPDX-License-Identifier: MIT
 * --read-only: every action that changes something is refused where actions are dispatched, whatever screen
 *  it
 * belongs to and however it is called; nothing changes on either side.
 */
#include "ledger.h"

#include "ui/curses/action.h"
#include "ui/curses/screen.h"

#include <sqlite3.h>
#include <string.h>

static Fixture *shared;

/* One number out of a database below the state folder. */
static gint64
number_of (const char *file, const char *sql)
{
  g_autofree char *path = g_build_filename (fixture_state (shared), file, NULL);
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  gint64 value = -1;
  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  if (sqlite3_step (statement) == SQLITE_ROW)
    value = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return value;
}

static gint64
attempts (void)
{
  return number_of ("woodgrove/private/journal.db", "select sum(attempts) from step");
}

static void
open_screen (Screen *screen, const char *id)
{
  const UiScreenClass *class = id != NULL ? ui_screen_find (id) : NULL;
  char key[2] = { class != NULL && class->key != 0 ? class->key : '1', '\0' };
  screen_keys (screen, "Esc Esc");
  screen_key (screen, key);
  screen_settle (screen, 5000);
}

/* Through the palette, by the title of the action. */
static void
try_palette (Screen *screen, const UiAction *action)
{
  screen_key (screen, ":");
  screen_settle (screen, 5000);
  screen_type (screen, action->title);
  screen_settle (screen, 5000);
  screen_key (screen, "Enter");
  screen_settle (screen, 5000);
}

static void
try_keys (Screen *screen, const UiAction *action)
{
  g_auto (GStrv) keys = g_strsplit (action->keys != NULL ? action->keys : "", " ", -1);
  for (char **key = keys; *key != NULL && **key != '\0'; key++) {
    screen_key (screen, *key);
    screen_settle (screen, 5000);
  }
}

static void
test_every_action (void)
{
  gint64 end = ledger_end (shared);
  pid_t sandbox = fixture_sandbox (shared);
  g_autoptr (Screen) screen = fixture_start (shared, &(ScreenOptions){ .columns = 120, .rows = 40 },
                                             "woodgrove", "--read-only", NULL);
  g_assert_true (screen_settle (screen, 15000));
  screen_expect (screen, "read-only");
  g_autoptr (GArray) all = ui_actions_all ();
  gint64 tries = attempts ();
  int changes = 0;
  for (guint i = 0; i < all->len; i++) {
    const UiActionEntry *entry = &g_array_index (all, UiActionEntry, i);
    if ((entry->action->flags & UI_ACTION_CHANGES) == 0)
      continue;
    changes++;
    open_screen (screen, entry->screen);
    try_keys (screen, entry->action);
    open_screen (screen, entry->screen);
    try_palette (screen, entry->action);
    g_assert_false (screen_exited (screen));
    if (attempts () != tries || fixture_sandbox (shared) != sandbox) {
      screen_dump (screen, entry->action->id);
      g_error ("%s changed something under --read-only", entry->action->id);
    }
  }
  g_assert_cmpint (ledger_end (shared), ==, end);
  g_test_message ("%d actions that change something", changes);
  g_assert_cmpint (changes, >, 15);
}

/* A refused action says why. */
static void
test_said (void)
{
  g_autoptr (Screen) screen = fixture_start (shared, NULL, "woodgrove", "--read-only", NULL);
  g_assert_true (screen_settle (screen, 15000));
  screen_key (screen, "?");
  screen_settle (screen, 5000);
  screen_expect (screen, "read-only");
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  g_test_add_func ("/screen/read-only/every-action", test_every_action);
  g_test_add_func ("/screen/read-only/said", test_said);
  return fixture_end (&shared, "/screen/read-only/end");
}
