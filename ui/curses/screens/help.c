/* SPDX-License-Identifier: MIT
 * Help: what this program is, how to move, what the marks mean, every key; all of it made from the tables
 * that the program itself works with.
 */
#include "ui/curses/app.h"
#include "ui/curses/text.h"

#include "base/translate.h"

#include <string.h>

#define KEYS 14 /* cells of the column of keys */

typedef struct {
  UiTextView *view;
  gboolean ascii, made;
} Help;

static void
say_start (UiRich *rich)
{
  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("Several parties get one answer from data that none of them shows to the others. This program takes "
         "you through it: every persona has a journey of steps. A step says what it is for, what it will do "
         "and who sees what of it; the last line always says what can be pressed."));
  ui_rich_end (rich);
  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("Enter does what the screen recommends. A step that waits for somebody else goes on by itself when "
         "they have acted. Whatever stops in the middle goes on from there when it is run again."));
}

static void
say_marks (UiRich *rich, gboolean ascii)
{
  static const struct {
    UiState state;
    const char *text;
  } marks[] = {
    { UI_STATE_DONE, N_ ("done") },
    { UI_STATE_READY, N_ ("yours, can be started now") },
    { UI_STATE_RUNNING, N_ ("running") },
    { UI_STATE_WAITING, N_ ("somebody else has to act first") },
    { UI_STATE_BLOCKED, N_ ("later: a step of yours comes first") },
    { UI_STATE_FAILED, N_ ("failed or refused") },
    { UI_STATE_NOT_NEEDED, N_ ("not needed here") },
    { UI_STATE_WARNING, N_ ("look at this: interrupted, changed, missing") },
    { UI_STATE_CANCELLED, N_ ("cancelled or switched off") },
  };
  ui_rich_heading (rich, _ ("Marks"));
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    ui_rich_item (rich, ui_state_style (marks[i].state), ui_state_glyph (marks[i].state, ascii),
                  UI_STYLE_TEXT, cr_translate (marks[i].text));
}

static void
say_key (UiRich *rich, const char *keys, const char *text)
{
  int blank = KEYS - ui_cells_width (keys);
  ui_rich_add (rich, UI_STYLE_KEY, keys);
  ui_rich_format (rich, UI_STYLE_TEXT, "%*s", MAX (blank, 1), "");
  ui_rich_add (rich, UI_STYLE_TEXT, text);
  ui_rich_hang (rich, KEYS);
  ui_rich_end (rich);
}

/* What widgets do everywhere and no table of actions holds. */
static void
say_moving (UiRich *rich)
{
  static const struct {
    const char *keys, *text;
  } rows[] = {
    { "Up Down j k", N_ ("one up, one down; the mouse wheel too") },
    { "PgUp PgDn", N_ ("a page up, a page down") },
    { "g G", N_ ("to the start, to the end") },
    { "Tab", N_ ("from pane to pane, from field to field") },
    { "/", N_ ("filter a list, search in a text (then n and N)") },
    { "o O", N_ ("sort a list by the next column; turn the order round") },
    { "Ctrl-o", N_ ("in a field for a file or folder: choose from the disk") },
    { "Ctrl-s", N_ ("in a form: done, from any field") },
  };
  ui_rich_heading (rich, _ ("Moving"));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    say_key (rich, rows[i].keys, cr_translate (rows[i].text));
}

static void
say_screens (UiRich *rich)
{
  ui_rich_heading (rich, _ ("Screens"));
  for (const UiScreenClass *const *class = ui_screens (); *class != NULL; class ++) {
    const char key[2] = { (*class)->key, '\0' };
    if ((*class)->key != 0)
      say_key (rich, key, cr_translate ((*class)->title));
  }
}

static void
say_actions (UiApp *app, UiRich *rich)
{
  g_autoptr (GArray) all = ui_actions_all ();
  const char *screen = "";
  for (guint i = 0; i < all->len; i++) {
    const UiActionEntry *entry = &g_array_index (all, UiActionEntry, i);
    if (g_strcmp0 (entry->screen, screen) != 0) {
      const UiScreenClass *class = entry->screen != NULL ? ui_screen_find (entry->screen) : NULL;
      ui_rich_heading (rich, class != NULL ? cr_translate (class->title) : _ ("Everywhere"));
      screen = entry->screen;
    }
    g_autofree char *key = ui_app_action_key (app, entry->action->id);
    say_key (rich, *key != '\0' ? key : ":", cr_translate (entry->action->explanation));
  }
}

static void
say_about (UiRich *rich)
{
  ui_rich_heading (rich, _ ("About"));
  ui_rich_format (rich, UI_STYLE_TEXT, _ ("cleanroom %s, MIT license"), PACKAGE_VERSION);
  ui_rich_end (rich);
  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("What a screen can do, a command can do as well: cleanroom --help lists them. The same journey as "
         "plain lines, for screen readers and simple terminals: cleanroom --plain."));
}

static void
make (UiScreen *screen)
{
  Help *state = UI_STATE (screen, Help);
  g_autoptr (UiRich) rich = ui_rich_new ();
  say_start (rich);
  say_marks (rich, state->ascii);
  say_screens (rich);
  say_moving (rich);
  say_actions (screen->app, rich);
  say_about (rich);
  ui_text_set (state->view, rich);
  state->made = TRUE;
}

static void
screen_open (UiScreen *screen, const char *object)
{
  (void) object;
  UI_STATE (screen, Help)->view = ui_text_new ();
}

static void
screen_close (UiScreen *screen)
{
  ui_text_free (UI_STATE (screen, Help)->view);
}

static void
screen_draw (UiScreen *screen, UiRect rect)
{
  Help *state = UI_STATE (screen, Help);
  UiRect inside = rect.columns > 50 ? ui_rect_inset (rect, 0, 2) : rect;
  /* Long lines are hard to read. */
  inside.columns = MIN (inside.columns, 96);
  if (!state->made || state->ascii != ui_rect_ascii (rect)) {
    state->ascii = ui_rect_ascii (rect);
    make (screen);
  }
  ui_text_draw (state->view, inside, TRUE);
}

static gboolean
screen_event (UiScreen *screen, const UiEvent *event)
{
  if (event->kind == UI_EVENT_RESIZE)
    return FALSE;
  return ui_text_event (UI_STATE (screen, Help)->view, event);
}

static gboolean
screen_typing (UiScreen *screen)
{
  return ui_text_searching (UI_STATE (screen, Help)->view);
}

static void
screen_hints (UiScreen *screen G_GNUC_UNUSED, GString *hints)
{
  ui_text_hints (hints);
}

static char *
screen_copy (UiScreen *screen)
{
  UiRich *rich = ui_text_rich (UI_STATE (screen, Help)->view);
  return rich != NULL ? ui_rich_text (rich) : NULL;
}

static void
do_back (UiScreen *screen)
{
  ui_app_back (screen->app);
}

static const UiAction actions[] = {
  { "help.back", N_ ("back"), N_ ("Goes back to where you were."), "Enter", UI_ACTION_MAIN, NULL, do_back },
  UI_ACTIONS_END,
};

const UiScreenClass ui_screen_help = {
  .id = "help",
  .title = N_ ("Help"),
  .explanation = N_ ("Everything on one page: what the program is for, what the marks mean, every key."),
  .state_size = sizeof (Help),
  .open = screen_open,
  .close = screen_close,
  .draw = screen_draw,
  .event = screen_event,
  .actions = actions,
  .typing = screen_typing,
  .hints = screen_hints,
  .copy = screen_copy,
};
