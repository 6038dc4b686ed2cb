/* SPDX-License-Identifier: MIT
 * All personas in one terminal: tabs, playing by itself, and the end with the answer.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"

#define ROWS_SHOWN 10
#define LEAST_PURPOSE 30 /* rows from which on the purpose of the scenario is told again */
#define OTHER_ROWS 15    /* of the end, besides those of the answer */

/* --- tabs --- */

/* "[W woodgrove 3/14]" for the one that is shown; the others without brackets; no names where they do not
 * fit. Gives. */
static char *
tab_text (const UiPersona *persona, gboolean shown, gboolean names)
{
  GString *text = g_string_new (shown ? "[" : " ");
  g_string_append (text, persona->marker);
  if (names)
    g_string_append_printf (text, " %s", persona->name);
  if (persona->known)
    g_string_append_printf (text, " %u/%u", persona->done, persona->total);
  g_string_append_c (text, shown ? ']' : ' ');
  return g_string_free (text, FALSE);
}

static int
draw_tabs (Journey *journey, UiRect rect, gboolean names, gboolean measure)
{
  const UiOverview *overview = ui_session_overview (journey->session);
  const char *now = ui_session_persona (journey->session);
  int column = 1;
  for (guint i = 0; i < overview->personas->len; i++) {
    const UiPersona *persona = g_ptr_array_index (overview->personas, i);
    gboolean shown = g_strcmp0 (persona->name, now) == 0;
    g_autofree char *text = tab_text (persona, shown, names);
    int cells = ui_cells_width (text);
    if (!measure) {
      ui_draw_text (rect, 0, column, shown ? UI_STYLE_SELECTED : UI_STYLE_TEXT, text);
      /* The marker keeps its colour. */
      if (!shown)
        ui_draw_restyle (rect, 0, column + 1, ui_cells_width (persona->marker),
                         ui_style_persona (persona->index));
      if (i < JOURNEY_TABS)
        journey->tabs[i] = ui_rect_sub (rect, 0, column, 1, cells);
    }
    column += cells + 1;
  }
  return column;
}

void
presenter_draw_tabs (Journey *journey, UiRect rect)
{
  const UiOverview *overview = ui_session_overview (journey->session);
  int column = draw_tabs (journey, rect, draw_tabs (journey, rect, TRUE, TRUE) <= rect.columns, FALSE);
  g_autofree char *word = overview->playing    ? g_strdup (_ ("plays by itself"))
                          : overview->complete ? g_strdup (_ ("everything is done"))
                          : overview->turn_persona != NULL
                              ? g_strdup_printf (_ ("next: %s"), overview->turn_persona)
                              : NULL;
  if (word == NULL || column + ui_cells_width (word) + 4 > rect.columns)
    return;
  UiStyle style = overview->playing ? UI_STYLE_RUNNING : overview->complete ? UI_STYLE_OK : UI_STYLE_DIM;
  int used = ui_draw_text_right (rect, 0, rect.columns - 1, style, word);
  if (overview->playing)
    ui_draw_spinner (rect, 0, rect.columns - used - 3, UI_STYLE_RUNNING);
}

gboolean
presenter_click (Journey *journey, int row, int column)
{
  const UiOverview *overview = ui_session_overview (journey->session);
  for (guint i = 0; i < MIN (overview->personas->len, JOURNEY_TABS); i++)
    if (ui_rect_contains (journey->tabs[i], row, column)) {
      journey_go_to (journey, ((const UiPersona *) g_ptr_array_index (overview->personas, i))->name, NULL);
      return TRUE;
    }
  return FALSE;
}

void
presenter_next_persona (Journey *journey, int direction)
{
  const UiOverview *overview = ui_session_overview (journey->session);
  const char *now = ui_session_persona (journey->session);
  int count = (int) overview->personas->len, at = 0;
  for (int i = 0; i < count; i++)
    if (g_strcmp0 (((const UiPersona *) g_ptr_array_index (overview->personas, i))->name, now) == 0)
      at = i;
  if (count > 0)
    journey_go_to (
        journey,
        ((const UiPersona *) g_ptr_array_index (overview->personas, (at + direction + count) % count))->name,
        NULL);
}

/* --- playing --- */

static void
played (UiSession *session, const UiResult *result, gpointer app)
{
  if (!result->ok || result->cancelled)
    journey_ran (session, result, app);
}

void
presenter_play (Journey *journey)
{
  if (ui_session_overview (journey->session)->playing) {
    ui_play_pause (journey->session);
    ui_app_toast (journey->screen->app, UI_STATE_INFO, "%s", _ ("It pauses after the step that runs now."));
  } else
    ui_play (journey->session, played, journey->screen->app);
}

void
presenter_update (Journey *journey, guint changed)
{
  const UiOverview *overview = ui_session_overview (journey->session);
  if (!ui_session_presenter (journey->session) || !(changed & UI_MODEL_BIT (UI_MODEL_OVERVIEW)))
    return;
  if (ui_session_persona (journey->session) == NULL && overview->personas->len > 0) {
    const UiPersona *first = g_ptr_array_index (overview->personas, 0);
    ui_session_set_persona (journey->session,
                            overview->turn_persona != NULL ? overview->turn_persona : first->name);
    return;
  }
  /* While it plays, the step that runs is shown. */
  if (overview->playing && overview->running_step != NULL
      && (g_strcmp0 (overview->running_persona, ui_session_persona (journey->session)) != 0
          || g_strcmp0 (overview->running_step, journey->shown) != 0))
    journey_go_to (journey, overview->running_persona, overview->running_step);
  if (journey->was_playing && !overview->playing && overview->complete)
    presenter_finale (journey);
  journey->was_playing = overview->playing;
}

/* --- the end --- */

void
presenter_finale (Journey *journey)
{
  const UiOverview *overview = ui_session_overview (journey->session);
  if (overview->answer_step != NULL)
    journey_go_to (journey, overview->answer_persona, overview->answer_step);
  journey->finale = TRUE;
  journey->focus = JOURNEY_STEPS;
  ui_text_scroll_to_start (journey->text);
  ui_app_redraw (journey->screen->app);
}

static void
say_look_at (UiRich *rich)
{
  static const struct {
    const char *screen, *text;
  } places[] = {
    { "audit", N_ ("what the clean room did, as the ledger recorded it") },
    { "runs", N_ ("the run: history, figures, the whole output") },
    { "documents", N_ ("what was agreed, and by whom") },
    { "keys", N_ ("the keys of every persona, and where they are") },
    { "calls", N_ ("every call that was made") },
  };
  ui_rich_heading (rich, _ ("Look at next"));
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    const UiScreenClass *class = ui_screen_find (places[i].screen);
    if (class == NULL)
      continue;
    ui_rich_format (rich, UI_STYLE_KEY, " %c  ", class->key != 0 ? class->key : ':');
    ui_rich_format (rich, UI_STYLE_STRONG, "%-12s", cr_translate (class->title));
    ui_rich_add (rich, UI_STYLE_TEXT, cr_translate (places[i].text));
    ui_rich_hang (rich, 16);
    ui_rich_end (rich);
  }
}

void
presenter_draw_finale (Journey *journey, UiRect rect)
{
  UiRect inside = rect.columns > 30 ? ui_rect_inset (rect, 0, 2) : rect;
  const UiStepDetail *detail = journey_detail (journey);
  const UiOverview *overview = ui_session_overview (journey->session);
  g_autoptr (UiRich) rich = ui_rich_new ();
  ui_rich_heading (rich, _ ("The answer"));
  if (rect.rows >= LEAST_PURPOSE) {
    ui_rich_line (rich, UI_STYLE_DIM, ui_session_journey (journey->session)->scenario_purpose);
    ui_rich_end (rich);
  }
  /* The way on from here should be seen without scrolling. */
  guint limit = (guint) CLAMP (rect.rows - OTHER_ROWS, 3, ROWS_SHOWN);
  if (detail != NULL && detail->columns->len > 0)
    journey_words_table (rich, detail->columns, detail->rows, detail->row_count, limit);
  if (detail != NULL) {
    ui_rich_end (rich);
    for (guint i = 0; i < detail->happened->len; i++)
      ui_rich_item (rich, UI_STYLE_OK, ui_state_glyph (UI_STATE_DONE, journey->ascii), UI_STYLE_TEXT,
                    g_ptr_array_index (detail->happened, i));
  }
  if (overview->local)
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Attestation is simulated in the local environment."));
  say_look_at (rich);
  journey->text_rect = inside;
  ui_text_set (journey->text, rich);
  ui_text_draw (journey->text, inside, TRUE);
}
