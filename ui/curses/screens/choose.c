/* SPDX-License-Identifier: MIT
 * Who are you, and in which scenario: the first screen, until a persona is chosen.
 */
#include "ui/curses/app.h"
#include "ui/curses/list.h"
#include "ui/curses/screens/show.h"
#include "ui/model/session.h"

#include "base/translate.h"

#define HIDE ""
#define EVERYBODY "*" /* no persona has this name */

typedef struct {
  UiSession *session;
  UiList *list;
  gboolean chosen; /* the selection was set once */
} Choose;

static const UiOverview *
overview_of (gpointer data)
{
  return ui_session_overview (((Choose *) data)->session);
}

static const UiPersona *
persona_at (gpointer data, guint row)
{
  GPtrArray *personas = overview_of (data)->personas;
  return row < personas->len ? g_ptr_array_index (personas, row) : NULL;
}

/* --- rows: the personas, then everybody at once --- */

enum { COLUMN_MARKER, COLUMN_NAME, COLUMN_DONE, COLUMN_PURPOSE };

static const UiListColumn columns[] = {
  { .title = "", .least = 2, .most = 2 },
  { .title = N_ ("Persona"), .least = 10, .most = 14 },
  { .title = N_ ("Done"), .least = 5, .most = 7, .right = TRUE },
  { .title = N_ ("What they do"), .least = 20, .priority = 1 },
  { .title = NULL },
};

static guint
count (gpointer data)
{
  guint personas = overview_of (data)->personas->len;
  return personas > 1 ? personas + 1 : personas;
}

static const char *
row_id (gpointer data, guint row)
{
  const UiPersona *persona = persona_at (data, row);
  return persona != NULL ? persona->name : EVERYBODY;
}

static void
cell (gpointer data, guint row, guint column, GString *text, UiStyle *style)
{
  const UiPersona *persona = persona_at (data, row);
  switch (column) {
  case COLUMN_MARKER:
    g_string_append (text, persona != NULL ? persona->marker : "*");
    *style = persona != NULL ? ui_style_persona (persona->index) : UI_STYLE_KEY;
    break;
  case COLUMN_NAME:
    g_string_append (text, persona != NULL ? persona->name : _ ("everybody"));
    *style = UI_STYLE_STRONG;
    break;
  case COLUMN_DONE:
    if (persona != NULL && persona->known)
      g_string_append_printf (text, "%u/%u", persona->done, persona->total);
    *style = UI_STYLE_DIM;
    break;
  default:
    g_string_append (text, persona != NULL ? persona->purpose
                                           : _ ("All of them in this terminal, one step after the other."));
    break;
  }
}

/* --- drawing --- */

/* BRIEF leaves out what the list says as well. */
static void
say_selected (UiRich *rich, const UiPersona *persona, gboolean brief)
{
  if (persona == NULL) {
    ui_rich_heading (rich, _ ("Everybody"));
    ui_rich_line (
        rich, UI_STYLE_TEXT,
        _ ("Presenter mode: you play every persona in this terminal. Enter takes the next step, whoever's "
           "it is; it can also play by itself, and ends with the answer."));
    return;
  }
  ui_rich_heading (rich, persona->title);
  if (!brief)
    ui_rich_line (rich, UI_STYLE_TEXT, persona->purpose);
  ui_rich_line (rich, UI_STYLE_DIM,
                persona->member ? _ ("A member of the consortium: signs with keys of its own.")
                                : _ ("A user: signs in with an account."));
  if (persona->next_text != NULL) {
    ui_rich_add (rich, UI_STYLE_LABEL, persona->begun ? _ ("Next  ") : _ ("First  "));
    ui_rich_add (rich, UI_STYLE_STRONG, persona->next_text);
    ui_rich_end (rich);
  }
}

static UiRect
draw_intro (UiScreen *screen, UiRect rect)
{
  const UiOverview *overview = overview_of (screen->state);
  const char *purpose = NULL;
  for (guint i = 0; i < overview->scenarios->len; i++) {
    const UiScenario *scenario = g_ptr_array_index (overview->scenarios, i);
    if (scenario->current)
      purpose = scenario->purpose;
  }
  int row = 0;
  ui_draw_text (rect, row++, 0, UI_STYLE_HEADING,
                overview->scenario_title != NULL ? overview->scenario_title : _ ("Choose a scenario"));
  if (purpose != NULL && rect.rows >= 12)
    row += ui_draw_paragraph (rect, row, UI_STYLE_TEXT, purpose);
  if (rect.rows >= 14) {
    g_autofree char *where = g_strdup_printf (_ ("%s, in %s"), overview->scenario, overview->state_dir);
    ui_draw_text (rect, row++, 0, UI_STYLE_DIM, where);
    row++;
  }
  ui_draw_text (rect, row++, 0, UI_STYLE_STRONG, _ ("Who are you?"));
  return ui_rect_sub (rect, row + (rect.rows >= 14), 0, -1, -1);
}

static void
screen_draw (UiScreen *screen, UiRect rect)
{
  Choose *state = UI_STATE (screen, Choose);
  const UiOverview *overview = overview_of (state);
  UiRect inside = rect.columns > 50 ? ui_rect_inset (rect, 0, 2) : rect;
  if (rect.rows >= 16)
    ui_rect_top (inside, 1, &inside);
  if (overview->problem_text != NULL) {
    g_autoptr (UiRich) rich = ui_rich_new ();
    ui_rich_item (rich, UI_STYLE_FAILED, "!", UI_STYLE_STRONG, _ ("This scenario cannot be used:"));
    ui_rich_line (rich, UI_STYLE_TEXT, overview->problem_text);
    ui_draw_rich (inside, 0, rich, 0);
    ui_rect_top (inside, ui_rich_lines (rich, inside.columns) + 1, &inside);
  }
  inside = draw_intro (screen, inside);
  int rows = (int) count (state) + 1;
  UiRect rest = { .canvas = rect.canvas };
  UiRect list = inside.rows >= rows + 5 ? ui_rect_top (inside, rows, &rest) : inside;
  ui_list_draw (state->list, list, TRUE);
  int selected = ui_list_selected (state->list);
  if (rest.rows >= 4 && selected >= 0) {
    g_autoptr (UiRich) whole = ui_rich_new (), brief = ui_rich_new ();
    say_selected (whole, persona_at (state, (guint) selected), FALSE);
    say_selected (brief, persona_at (state, (guint) selected), TRUE);
    UiRich *rich = ui_rich_lines (whole, rest.columns) <= rest.rows ? whole : brief;
    int blank = ui_rich_lines (rich, rest.columns) < rest.rows ? 1 : 0;
    ui_draw_rich (ui_rect_sub (rest, blank, 0, -1, -1), 0, rich, 0);
  }
}

/* --- actions --- */

static void
do_choose (UiScreen *screen)
{
  Choose *state = UI_STATE (screen, Choose);
  const char *id = ui_list_selected_id (state->list);
  const UiOverview *overview = overview_of (state);
  if (id == NULL)
    return;
  gboolean everybody = g_str_equal (id, EVERYBODY);
  const UiPersona *first = persona_at (state, 0);
  ui_session_set_presenter (state->session, everybody);
  ui_session_set_persona (state->session, !everybody                       ? id
                                          : overview->turn_persona != NULL ? overview->turn_persona
                                          : first != NULL                  ? first->name
                                                                           : NULL);
  ui_app_switch (screen->app, "journey", NULL);
}

static const char *
choose_fits (UiScreen *screen)
{
  return ui_list_selected (UI_STATE (screen, Choose)->list) >= 0 ? NULL : HIDE;
}

static void
scenario_chosen (UiApp *app, const char *answer, gpointer data)
{
  (void) data;
  ui_session_set_scenario (ui_app_session (app), answer);
}

static void
do_scenario (UiScreen *screen)
{
  const UiOverview *overview = overview_of (screen->state);
  g_autoptr (GPtrArray) ids = g_ptr_array_new (), titles = g_ptr_array_new ();
  for (guint i = 0; i < overview->scenarios->len; i++) {
    const UiScenario *scenario = g_ptr_array_index (overview->scenarios, i);
    g_ptr_array_add (ids, scenario->name);
    g_ptr_array_add (titles, scenario->problem != NULL ? scenario->problem : scenario->title);
  }
  g_ptr_array_add (ids, NULL);
  g_ptr_array_add (titles, NULL);
  ui_app_choose (screen->app, _ ("Scenario"), (const char *const *) ids->pdata,
                 (const char *const *) titles->pdata, scenario_chosen, NULL, NULL);
}

static const char *
scenario_fits (UiScreen *screen)
{
  return overview_of (screen->state)->scenarios->len > 1 ? NULL : HIDE;
}

static const UiAction actions[] = {
  { "choose.persona", N_ ("go on as this one"), N_ ("Opens the journey of the selected persona."), "Enter",
    UI_ACTION_MAIN, choose_fits, do_choose },
  { "choose.scenario", N_ ("another scenario"), N_ ("Chooses another scenario."), "s", UI_ACTION_PLAIN,
    scenario_fits, do_scenario },
  UI_ACTIONS_END,
};

/* --- the class --- */

static void
screen_open (UiScreen *screen, const char *object)
{
  static const UiListSource source = { .count = count, .id = row_id, .cell = cell };
  Choose *state = UI_STATE (screen, Choose);
  (void) object;
  state->session = ui_app_session (screen->app);
  state->list = ui_list_new (columns, &source, state);
  ui_list_set_empty (state->list, _ ("No scenario could be read."));
}

static void
screen_close (UiScreen *screen)
{
  ui_list_free (UI_STATE (screen, Choose)->list);
}

/* The one that was begun on this machine is most likely the one to go on with. */
static void
choose_first (Choose *state)
{
  const UiOverview *overview = overview_of (state);
  guint begun = 0;
  const char *name = ui_session_persona (state->session);
  for (guint i = 0; i < overview->personas->len; i++) {
    const UiPersona *persona = g_ptr_array_index (overview->personas, i);
    if (persona->begun && begun++ == 0 && name == NULL)
      name = persona->name;
  }
  if (begun > 1 && ui_session_persona (state->session) == NULL)
    name = NULL;
  if (name != NULL)
    ui_list_select_id (state->list, name);
  state->chosen = TRUE;
}

static void
screen_update (UiScreen *screen, guint changed)
{
  Choose *state = UI_STATE (screen, Choose);
  (void) changed;
  ui_list_refresh (state->list);
  ui_show_status (state->list, &overview_of (state)->base);
  if (!state->chosen && overview_of (state)->personas->len > 0)
    choose_first (state);
}

static gboolean
screen_event (UiScreen *screen, const UiEvent *event)
{
  Choose *state = UI_STATE (screen, Choose);
  if (ui_event_is (event, UI_KEY_ENTER) && !ui_list_filtering (state->list))
    return FALSE;
  switch (ui_list_event (state->list, event)) {
  case UI_LIST_OPENED:
    ui_app_run_action (screen->app, "choose.persona");
    return TRUE;
  case UI_LIST_MOVED:
    return TRUE;
  case UI_LIST_IGNORED:
    break;
  }
  return FALSE;
}

static gboolean
screen_typing (UiScreen *screen)
{
  return ui_list_filtering (UI_STATE (screen, Choose)->list);
}

static UiList *
screen_list (UiScreen *screen)
{
  return UI_STATE (screen, Choose)->list;
}

const UiScreenClass ui_screen_choose = {
  .id = "choose",
  .title = N_ ("Personas"),
  .explanation = N_ (
      "Everyone who takes part in the scenario, and how far each of them is on this machine. Choose "
      "whom you work as; you can come back and choose another one at any time."),
  .watches = UI_MODEL_BIT (UI_MODEL_OVERVIEW),
  .state_size = sizeof (Choose),
  .list = screen_list,
  .open = screen_open,
  .close = screen_close,
  .update = screen_update,
  .draw = screen_draw,
  .event = screen_event,
  .actions = actions,
  .typing = screen_typing,
};
