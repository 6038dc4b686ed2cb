/* SPDX-License-Identifier: MIT
 * What can be taken back: the stack by itself, and the clipboard of the desktop with programs that stand in
 * for it.
 */
#include "ui/curses/clipboard.h"
#include "ui/model/session-private.h"
#include "ui/model/undo.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>

/* ---- the stack ---- */

static void
write_back (gpointer host, gpointer owner, gconstpointer data)
{
  g_string_append_printf (host, "%s%s ", (const char *) data, owner != NULL ? "*" : "");
}

static void
push (UiUndo *undo, const char *what, gpointer owner, const char *merge)
{
  g_assert_true (ui_undo_push (undo, &(UiUndoStep){ .done = what,
                                                    .run = write_back,
                                                    .data = g_strdup (what),
                                                    .free_data = g_free,
                                                    .owner = owner,
                                                    .merge = merge }));
}

static void
check_run (UiUndo *undo, GString *host, const char *what)
{
  g_autofree char *done = ui_undo_run (undo, host);
  g_assert_cmpstr (done, ==, what);
}

static void
test_order (void)
{
  g_autoptr (UiUndo) undo = ui_undo_new ();
  g_autoptr (GString) host = g_string_new (NULL);
  g_assert_null (ui_undo_last (undo));
  check_run (undo, host, NULL);
  push (undo, "a", NULL, NULL);
  push (undo, "b", NULL, NULL);
  g_assert_cmpstr (ui_undo_last (undo), ==, "b");
  check_run (undo, host, "b");
  check_run (undo, host, "a");
  check_run (undo, host, NULL);
  g_assert_cmpstr (host->str, ==, "b a ");
}

static void
test_merge (void)
{
  g_autoptr (UiUndo) undo = ui_undo_new ();
  g_autoptr (GString) host = g_string_new (NULL);
  int one = 0, two = 0;
  push (undo, "first", &one, "sort");
  push (undo, "second", &one, "sort");
  push (undo, "other", &two, "sort");
  push (undo, "plain", &two, NULL);
  push (undo, "plain too", &two, NULL);
  check_run (undo, host, "plain too");
  check_run (undo, host, "plain");
  check_run (undo, host, "other");
  check_run (undo, host, "second"); /* the name of the last, the state of the first */
  g_assert_cmpstr (host->str, ==, "plain too* plain* other* first* ");
  g_assert_null (ui_undo_last (undo));
}

static void
test_forget (void)
{
  g_autoptr (UiUndo) undo = ui_undo_new ();
  g_autoptr (GString) host = g_string_new (NULL);
  int screen = 0;
  push (undo, "stays", NULL, NULL);
  push (undo, "goes", &screen, NULL);
  push (undo, "stays too", NULL, NULL);
  push (undo, "goes too", &screen, NULL);
  ui_undo_forget (undo, &screen);
  check_run (undo, host, "stays too");
  check_run (undo, host, "stays");
  check_run (undo, host, NULL);
}

/* Taking something back is not itself put on the stack. */
static void
push_again (gpointer host, gpointer owner, gconstpointer data)
{
  (void) owner;
  (void) data;
  g_assert_false (ui_undo_push (host, &(UiUndoStep){ .done = "again", .run = push_again }));
}

static void
test_again (void)
{
  g_autoptr (UiUndo) undo = ui_undo_new ();
  g_assert_true (ui_undo_push (undo, &(UiUndoStep){ .done = "once", .run = push_again }));
  g_autofree char *done = ui_undo_run (undo, undo);
  g_assert_cmpstr (done, ==, "once");
  g_assert_null (ui_undo_last (undo));
}

static void
test_many (void)
{
  g_autoptr (UiUndo) undo = ui_undo_new ();
  g_autoptr (GString) host = g_string_new (NULL);
  guint count = 0;
  for (guint i = 0; i < 1000; i++) {
    g_autofree char *name = g_strdup_printf ("%u", i);
    push (undo, name, NULL, NULL);
  }
  while (ui_undo_last (undo) != NULL) {
    g_autofree char *done = ui_undo_run (undo, host);
    g_autofree char *wanted = g_strdup_printf ("%u", 999 - count++);
    g_assert_cmpstr (done, ==, wanted);
  }
  g_assert_cmpuint (count, ==, 100);
}

/* ---- operations ---- */

/* A proposal that is open can be withdrawn by who made it; one that is decided cannot be taken back. */
static void
test_inverse (void)
{
  static const char *const states[] = { "Open", "Accepted", "Rejected" };
  for (gsize i = 0; i < G_N_ELEMENTS (states); i++) {
    char persona[] = "operator", scenario[] = "analytics-sse";
    UiOp op = { .persona = persona, .scenario_name = scenario };
    json_t *proposal = json_pack ("{s:s, s:s}", "proposalId", "p1", "proposalState", states[i]);
    g_assert_true (ui_op_proposed (&op, proposal, NULL));
    g_assert_cmpint (op.inverse != NULL, ==, i == 0);
    if (op.inverse != NULL) {
      g_assert_cmpint (op.inverse->kind, ==, UI_INVERSE_WITHDRAW);
      g_assert_cmpstr (op.inverse->object, ==, "p1");
      g_assert_cmpstr (op.inverse->persona, ==, "operator");
    }
    ui_inverse_free (op.inverse);
    g_free (op.text);
    g_free (op.made);
  }
}

/* ---- the clipboard ---- */

static void
test_way (void)
{
  static const char *const tool[] = { "/bin/wl-copy", NULL };
  static const struct {
    const char *choice;
    gboolean terminal, tool;
    gsize length;
    UiClipboardWay way;
  } cases[] = {
    { "auto", TRUE, FALSE, 10, UI_CLIPBOARD_TERMINAL },
    { "auto", TRUE, TRUE, 10, UI_CLIPBOARD_NATIVE },
    { "auto", FALSE, TRUE, 10, UI_CLIPBOARD_NATIVE },
    { "auto", FALSE, FALSE, 10, UI_CLIPBOARD_NONE },
    { "terminal", TRUE, TRUE, 10, UI_CLIPBOARD_TERMINAL },
    { "terminal", FALSE, TRUE, 10, UI_CLIPBOARD_NONE },
    { "native", TRUE, TRUE, 10, UI_CLIPBOARD_NATIVE },
    { "native", TRUE, FALSE, 10, UI_CLIPBOARD_NONE },
    { "auto", TRUE, FALSE, UI_CLIPBOARD_TERMINAL_MAX, UI_CLIPBOARD_TERMINAL },
    { "auto", TRUE, FALSE, UI_CLIPBOARD_TERMINAL_MAX + 1, UI_CLIPBOARD_NONE },
    { "auto", TRUE, TRUE, UI_CLIPBOARD_TERMINAL_MAX + 1, UI_CLIPBOARD_NATIVE },
    { "auto", TRUE, TRUE, UI_CLIPBOARD_MAX + 1, UI_CLIPBOARD_NONE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    UiClipboardWay way = ui_clipboard_way (cases[i].choice, cases[i].terminal, cases[i].tool ? tool : NULL,
                                           cases[i].length, &error);
    g_assert_cmpint (way, ==, cases[i].way);
    g_assert_cmpint (error != NULL, ==, way == UI_CLIPBOARD_NONE);
    /* A refusal says what to do instead. */
    g_assert_true (error == NULL || cr_error_hint (error) != NULL);
  }
}

static void
write_tool (const char *folder, const char *name, const char *script)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, script, -1, NULL));
  g_assert_cmpint (g_chmod (path, 0700), ==, 0);
}

typedef struct {
  GMainLoop *loop;
  char *problem;
  gboolean called;
} Outcome;

static void
done (const GError *error, gpointer data)
{
  Outcome *outcome = data;
  g_assert_false (outcome->called);
  outcome->called = TRUE;
  outcome->problem = error != NULL ? g_strdup (error->message) : NULL;
  g_main_loop_quit (outcome->loop);
}

static char *
copy (const char *const *tool, const char *text)
{
  Outcome outcome = { .loop = g_main_loop_new (NULL, FALSE) };
  ui_clipboard_copy (tool, text, done, &outcome, NULL);
  if (!outcome.called)
    g_main_loop_run (outcome.loop);
  g_main_loop_unref (outcome.loop);
  return outcome.problem;
}

static void
test_tool (void)
{
  g_autofree char *folder = g_dir_make_tmp ("cleanroom-clipboard-XXXXXX", NULL);
  g_autofree char *saved = g_strdup (g_getenv ("PATH"));
  g_autofree char *path = g_strdup_printf ("%s:/usr/bin:/bin", folder);
  g_autofree char *got = g_build_filename (folder, "got", NULL),
                  *words = g_build_filename (folder, "words", NULL);
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\necho \"$*\" >'%s'\ncat >'%s'\n", words, got);
  g_autofree char *text = NULL, *arguments = NULL;
  g_setenv ("PATH", folder, TRUE);
  g_unsetenv ("WAYLAND_DISPLAY");
  g_unsetenv ("DISPLAY");
  g_auto (GStrv) none = ui_clipboard_tool ();
  g_assert_null (none);
  write_tool (folder, "xclip", script);
  write_tool (folder, "wl-copy", "#!/bin/sh\ncat >/dev/null\nexit 1\n");
  g_auto (GStrv) no_display = ui_clipboard_tool ();
  g_assert_null (no_display);
  g_setenv ("DISPLAY", ":99", TRUE);
  g_auto (GStrv) xclip = ui_clipboard_tool ();
  g_assert_nonnull (xclip);
  g_setenv ("WAYLAND_DISPLAY", "wayland-99", TRUE);
  g_auto (GStrv) wayland = ui_clipboard_tool ();
  g_assert_true (g_str_has_suffix (wayland[0], "/wl-copy"));
  g_setenv ("PATH", path, TRUE);

  /* Not through a shell, and not in its words. */
  static const char nasty[] = "$(touch /tmp/x) `id` '\"\\ \xe6\x97\xa5\n-o";
  g_autofree char *problem = copy ((const char *const *) xclip, nasty);
  g_assert_null (problem);
  g_assert_true (g_file_get_contents (got, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, nasty);
  g_assert_true (g_file_get_contents (words, &arguments, NULL, NULL));
  g_assert_cmpstr (arguments, ==, "-selection clipboard\n");

  g_autofree char *refused = copy ((const char *const *) wayland, "x");
  g_assert_nonnull (refused);
  g_assert_nonnull (strstr (refused, "wl-copy"));
  g_autofree char *gone = copy ((const char *const[]){ "/nowhere/wl-copy", NULL }, "x");
  g_assert_nonnull (gone);
  g_setenv ("PATH", saved, TRUE);
  g_autofree char *tidy = g_strdup_printf ("rm -rf '%s'", folder);
  g_assert_true (g_spawn_command_line_sync (tidy, NULL, NULL, NULL, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/undo/order", test_order);
  g_test_add_func ("/ui/undo/merge", test_merge);
  g_test_add_func ("/ui/undo/forget", test_forget);
  g_test_add_func ("/ui/undo/again", test_again);
  g_test_add_func ("/ui/undo/many", test_many);
  g_test_add_func ("/ui/undo/inverse", test_inverse);
  g_test_add_func ("/ui/clipboard/way", test_way);
  g_test_add_func ("/ui/clipboard/tool", test_tool);
  return g_test_run ();
}
