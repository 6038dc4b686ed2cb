/* SPDX-License-Identifier: MIT
 * The line mode without a session: days as words, what can be done there compared with what the screens can
 * do, and the usual proposals.
 */
#include "ui/curses/action.h"
#include "ui/line/line-private.h"
#include "ui/model/proposals.h"

#include "base/json.h"

#include <string.h>

/* ---- days ---- */

static void
test_days (void)
{
  static const struct {
    const char *text, *from, *day;
  } cases[] = {
    { "today", NULL, "2026-11-22" }, /* a Sunday */
    { "Today", "2025-09-01", "2026-11-22" },
    { "yesterday", NULL, "2026-11-21" },
    { "tomorrow", NULL, "2026-11-23" },
    { "+1", NULL, "2026-11-23" },
    { "+1", "2024-02-28", "2024-02-29" },
    { "-7", "2025-03-01", "2025-02-22" },
    { "+0", "2025-03-01", "2025-03-01" },
    { "15", "2025-09-01", "2025-09-15" },
    { "31", "2025-09-01", NULL },
    { "sunday", NULL, "2026-11-22" },
    { "Monday", NULL, "2026-11-16" },
    { "saturday", "2025-01-01", "2026-11-21" },
    { "2025-09-01", NULL, NULL }, /* is a day as it is */
    { "2025-02-30", NULL, NULL },
    { "+", NULL, NULL },
    { "+99999999999999999999", NULL, NULL },
    { "-36526", NULL, NULL },
    { "-100", "0001-01-02", NULL },
    { "32", NULL, NULL },
    { "0", NULL, NULL },
    { "", NULL, NULL },
    { "someday", NULL, NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *day = line_day_read (cases[i].text, cases[i].from, "2026-11-22");
    if (g_strcmp0 (day, cases[i].day) != 0)
      g_test_message ("'%s' from %s", cases[i].text, cases[i].from);
    g_assert_cmpstr (day, ==, cases[i].day);
  }
}

static void
test_calendar (void)
{
  g_autofree char *month = NULL, *none = NULL;
  g_assert_true (line_is_calendar ("calendar", &none));
  g_assert_cmpstr (none, ==, "");
  g_assert_true (line_is_calendar ("Calendar 2025-09", &month));
  g_assert_cmpstr (month, ==, "2025-09");
  g_assert_false (line_is_calendar ("calendars", NULL));
  g_assert_false (line_is_calendar ("", NULL));
}

/* ---- everything a screen can do ---- */

/* How the line mode does it: words of a choice as they are in ui/line, a word that is typed there, or NULL
 * where only a screen can need it (its cursor, its clipboard, its picture). */
static const struct {
  const char *action, *words;
} equivalents[] = {
  { "app.quit", "quit" },
  { "app.palette", "Look at: consortium" },
  { "app.help", "help" },
  { "app.help-page", "help" },
  { "app.back", "back" },
  { "app.refresh", "again" },
  { "app.copy", NULL },
  { "app.copy-field", NULL },
  { "app.undo", "undo takes back what was done last" },
  { "app.interrupt", "Ctrl-C stops what is running" },
  { "app.repaint", NULL },
  { "app.suspend", NULL },
  { "app.save-screen", NULL },
  { "audit.filter", "Filter" },
  { "audit.tail", "Watch: say new events as they come" },
  { "audit.export", "Save these events as JSON lines" },
  { "audit.clear", "= alone shows everything" },
  { "calls.url", "line_say (line, \"%s %s\", call->method, call->url)" },
  { "calls.az", "The same by hand" },
  { "choose.persona", "Who are you?" },
  { "choose.scenario", "Another scenario" },
  { "choose.presenter", "everybody: all of them in this terminal" },
  { "consortium.accept", "Accept" },
  { "consortium.reject", "Reject" },
  { "consortium.withdraw", "Withdraw" },
  { "consortium.join", "Accept the invitation of %s" },
  { "consortium.admit", "Admit %s" },
  { "consortium.invite", "Invite a user" },
  { "consortium.remove", "Remove the user %s" },
  { "consortium.propose", "Propose something" },
  { "contract.accept", "Accept" },
  { "contract.reject", "Reject" },
  { "contract.propose", "Propose it" },
  { "contract.switch", "Enable %s" },
  { "contract.edit", "Another text for this draft" },
  { "contract.new", "New contract" },
  { "contract.proposal", "Its proposal" },
  { "contract.save", "Save the deployment template to a file" },
  { "data.document", "Document of %s" },
  { "data.steps", "All steps" },
  { "data.folder", "Folder" },
  { "data.cancel", "cancel" },
  { "document.accept", "Accept" },
  { "document.reject", "Reject" },
  { "document.withdraw", "Withdraw" },
  { "document.switch", "Enable %s" },
  { "document.raw", "The content as it is in the ledger" },
  { "document.runs", "Runs of queries" },
  { "document.save", "Save the content to a file" },
  { "health.start", "Start the local environment" },
  { "health.stop", "Stop the local environment" },
  { "help.back", "back" },
  { "journey.open", "All steps" },
  { "journey.sign-in", "Type this code" },
  { "journey.accept", "Accept" },
  { "journey.reject", "Reject" },
  { "journey.field", "Question %u of %u: %s" },
  { "journey.submit", "Run it" },
  { "journey.run", "Run it" },
  { "journey.answer", "Answer the questions, then run it" },
  { "journey.next", "Step %u, %s: %s" },
  { "journey.wait", "Go on by itself as soon as that is done" },
  { "journey.first", "Something comes first" },
  { "journey.party", "Open %s: %s" },
  { "journey.retry", "Try again" },
  { "journey.account", "UI_REMEDY_SIGN_IN, sign_in_anew" },
  { "journey.fix", "UI_REMEDY_FIX_INPUT, ask_inputs" },
  { "journey.sandbox", "UI_REMEDY_START_SANDBOX, start_sandbox" },
  { "journey.keyring", "UI_REMEDY_OWN_KEYRING, own_keyring" },
  { "journey.call", "UI_REMEDY_SHOW_CALL, open_call" },
  { "journey.finale", "See the answer" },
  { "journey.leave", "back" },
  { "journey.steps", "back" },
  { "journey.cancel", "cancel" },
  { "journey.hold", "hold" },
  { "journey.release", "go on" },
  { "journey.play", "Play everything by itself until the end" },
  { "journey.pause", "pause" },
  { "journey.persona", "Work as somebody else" },
  { "journey.persona-back", "Work as somebody else" },
  { "journey.end", "See the answer" },
  { "journey.edit", "Change the answers, then run it" },
  { "journey.clear", "Clear the answers that were typed" },
  { "journey.document", "SHA-256 of this content" },
  { "journey.again", "Do it again" },
  { "journey.retry-too", "Try again" },
  { "journey.failed-call", "Show the last call of it" },
  { "journey.view", "Open %s: %s" },
  { "journey.stop-waiting", "Do not go on by itself" },
  { "journey.choose", "Work as somebody else" },
  { "journey.go", "back" },
  { "journey.calls", "Calls of this step" },
  { "journey.command", "The same by hand" },
  { "journey.about", "Who sees what" },
  { "journey.probe", "Ask the other side whether it is done" },
  { "keys.create", "Create %s" },
  { "keys.export", "Save the public part to a file" },
  { "keys.delete", "Delete it" },
  { "output.save", "Save it as CSV" },
  { "output.folder", "Folder" },
  { "run.table", "See the output" },
  { "run.save", "Save the output as CSV" },
  { "run.start", "Start a run of %s" },
  { "run.audit", "Audit events of this run" },
  { "run.query", "The query" },
  { "settings.change", "Settings file" },
  { "settings.reset", "= alone goes back to what it is without a setting." },
  { "settings.path", "Settings file" },
  { "sign-in.here", "Sign in here: this is the local identity provider" },
  { "sign-in.copy", NULL },
  { "sign-in.leave", "I sign in elsewhere: wait" },
  { "sign-in.cancel", "Give up the sign-in and what asked for it" },
  { "sign-in.code", "Type this code" },
  { "sign-in.address", "Open this page" },
  { "sign-in.qr", NULL },
};

/* Moves between the parts of a screen; a line has no parts. */
static gboolean
only_moves (const char *id)
{
  static const char *const moves[] = { ".open", ".list", ".side", ".next", ".previous" };
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    if (g_str_has_suffix (id, moves[i]))
      return TRUE;
  return FALSE;
}

/* All of ui/line in one text. */
static char *
sources (void)
{
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *folder = g_build_filename (g_getenv ("CLEANROOM_SRCDIR"), "ui", "line", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *text = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_string_append (all, text);
  }
  return g_string_free (g_steal_pointer (&all), FALSE);
}

static void
test_everything (void)
{
  g_autoptr (GArray) actions = ui_actions_all ();
  g_autofree char *text = sources ();
  guint missing = 0;
  for (guint i = 0; i < actions->len; i++) {
    const char *id = g_array_index (actions, UiActionEntry, i).action->id;
    guint k = 0;
    while (k < G_N_ELEMENTS (equivalents) && strcmp (equivalents[k].action, id) != 0)
      k++;
    if (k == G_N_ELEMENTS (equivalents) && only_moves (id))
      continue;
    if (k == G_N_ELEMENTS (equivalents)) {
      g_test_message ("no equivalent is named for %s", id);
      missing++;
    } else if (equivalents[k].words != NULL && strstr (text, equivalents[k].words) == NULL) {
      g_test_message ("%s: ui/line does not say \"%s\"", id, equivalents[k].words);
      missing++;
    }
  }
  g_assert_cmpuint (missing, ==, 0);
}

/* ---- proposals ---- */

static const char *
look_up (const char *name, gpointer values)
{
  return g_hash_table_lookup (values, name);
}

static char *
text_of (const char *action, const char *first, const char *one, const char *second, const char *two)
{
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  if (first != NULL)
    g_hash_table_insert (values, (gpointer) (gsize) first, (gpointer) (gsize) one);
  if (second != NULL)
    g_hash_table_insert (values, (gpointer) (gsize) second, (gpointer) (gsize) two);
  const UiTemplate *found = ui_template_find (action);
  g_assert_nonnull (found);
  g_autofree char *pretty = ui_template_text (found, look_up, values);
  g_autoptr (json_t) value = json_loads (pretty, JSON_REJECT_DUPLICATES, NULL);
  g_assert_nonnull (value);
  return cr_json_dump (value);
}

static void
test_proposals (void)
{
  g_autofree char *number = text_of ("set_recovery_threshold", "recovery_threshold", "2", NULL, NULL);
  g_assert_cmpstr (
      number, ==,
      "{\"actions\":[{\"name\":\"set_recovery_threshold\",\"args\":{\"recovery_threshold\":2}}]}");
  g_autofree char *empty = text_of ("transition_service_to_open", NULL, NULL, NULL, NULL);
  g_assert_cmpstr (empty, ==, "{\"actions\":[{\"name\":\"transition_service_to_open\",\"args\":{}}]}");
  g_autofree char *other = text_of ("", "action", "set_member", "args", "{\"a\":[1]}");
  g_assert_cmpstr (other, ==, "{\"actions\":[{\"name\":\"set_member\",\"args\":{\"a\":[1]}}]}");
  g_autofree char *bare = text_of ("", "action", "go", "args", "");
  g_assert_cmpstr (bare, ==, "{\"actions\":[{\"name\":\"go\"}]}");
}

static void
test_arguments (void)
{
  static const struct {
    const char *action, *name, *text;
    gboolean good;
  } cases[] = {
    { "set_recovery_threshold", "recovery_threshold", "2", TRUE },
    { "set_recovery_threshold", "recovery_threshold", "-2", FALSE },
    { "set_recovery_threshold", "recovery_threshold", "1e3", FALSE },
    { "set_cgs_runtime_options", "status", "enabled", TRUE },
    { "set_cgs_runtime_options", "status", "on", FALSE },
    { "remove_member", "member_id", "abc", FALSE },
    { "remove_member", "member_id", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      TRUE },
    { "remove_member", "member_id", "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
      FALSE },
    { "set_member_data", "member_data", "{\"x\":1}", TRUE },
    { "set_member_data", "member_data", "{\"x\":1,\"x\":2}", FALSE },
    { "", "args", "[1]", FALSE },
    { "", "args", "", TRUE },
    { "", "action", "set_member", TRUE },
    { "", "action", "Set Member", FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *problem = ui_template_problem (ui_template_find (cases[i].action), cases[i].name,
                                                    cases[i].text);
    if ((problem == NULL) != cases[i].good)
      g_test_message ("%s %s", cases[i].name, cases[i].text);
    g_assert_true ((problem == NULL) == cases[i].good);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui-line/days", test_days);
  g_test_add_func ("/ui-line/calendar", test_calendar);
  g_test_add_func ("/ui-line/everything", test_everything);
  g_test_add_func ("/ui-line/proposals", test_proposals);
  g_test_add_func ("/ui-line/arguments", test_arguments);
  return g_test_run ();
}
