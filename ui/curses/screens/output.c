/* SPDX-License-Identifier: MIT
 * The result of a run as a table that scrolls both ways.
 */
#include "ui/curses/screens/show.h"

#include "base/translate.h"

#include <string.h>

#define MOST_COLUMNS 64

typedef struct {
  UiList *list;
  UiListColumn columns[MOST_COLUMNS + 1];
  char *titles[MOST_COLUMNS]; /* what the columns borrow */
  guint column_count;
  char id[24];
} Output;

static const UiOutput *
model (UiScreen *screen)
{
  return ui_session_output (ui_app_session (screen->app));
}

static guint
list_count (gpointer data)
{
  return model (data)->rows->len;
}

/* Rows have no name of their own: the number is one, a result does not change. */
static const char *
list_id (gpointer data, guint i)
{
  Output *state = UI_STATE ((UiScreen *) data, Output);

  g_snprintf (state->id, sizeof state->id, "%u", i);
  return state->id;
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style G_GNUC_UNUSED)
{
  const UiOutput *output = model (data);
  const GPtrArray *row = i < output->rows->len ? output->rows->pdata[i] : NULL;

  if (row != NULL && column < row->len && row->pdata[column] != NULL)
    g_string_append (text, row->pdata[column]);
}

static const UiListSource source = { list_count, list_id, list_cell, NULL, NULL, NULL };

static gboolean
is_number (const char *text)
{
  char *end;

  if (text == NULL || text[0] == '\0')
    return TRUE;
  g_ascii_strtod (text, &end);
  return *end == '\0';
}

/* Numbers are right-aligned when the first rows of the column are numbers. */
static gboolean
is_number_column (const UiOutput *output, guint column)
{
  for (guint i = 0; i < output->rows->len && i < 50; i++) {
    const GPtrArray *row = output->rows->pdata[i];

    if (column < row->len && !is_number (row->pdata[column]))
      return FALSE;
  }
  return output->rows->len > 0;
}

static void
drop_list (Output *state)
{
  g_clear_pointer (&state->list, ui_list_free);
  for (guint i = 0; i < state->column_count; i++)
    g_clear_pointer (&state->titles[i], g_free);
  state->column_count = 0;
}

/* A list for the columns that the result has; the columns are known only when it has been read. */
static void
make_list (UiScreen *screen)
{
  Output *state = UI_STATE (screen, Output);
  const UiOutput *output = model (screen);

  drop_list (state);
  state->column_count = MIN (output->columns->len, (guint) MOST_COLUMNS);
  for (guint i = 0; i < state->column_count; i++) {
    const char *title = output->columns->pdata[i];

    state->titles[i] = g_strdup (title[0] != '\0' ? title : "-");
    state->columns[i] = (UiListColumn){ .title = state->titles[i],
                                        .least = 10,
                                        .most = i + 1 < state->column_count ? 32 : 0,
                                        .right = is_number_column (output, i),
                                        .sortable = TRUE };
  }
  if (state->column_count == 0) {
    state->titles[0] = g_strdup (_ ("Result"));
    state->columns[0] = (UiListColumn){ .title = state->titles[0], .least = 10 };
    state->column_count = 1;
  }
  state->columns[state->column_count] = (UiListColumn){ .title = NULL };
  state->list = ui_list_new (state->columns, &source, screen);
  ui_list_set_empty (state->list,
                     _ ("The run wrote no rows: nothing in the data met the conditions of the query.\n\nMore "
                        "days or other data may give an answer; Esc goes back to the run."));
}

static void
screen_open (UiScreen *screen, const char *object)
{
  make_list (screen);
  ui_session_show (ui_app_session (screen->app), UI_MODEL_OUTPUT, object != NULL ? object : "");
}

static void
screen_close (UiScreen *screen)
{
  Output *state = UI_STATE (screen, Output);

  ui_session_hide (ui_app_session (screen->app), UI_MODEL_OUTPUT);
  drop_list (state);
}

/* The columns are those that the list was made for: selection and filter are kept. */
static gboolean
same_columns (const Output *state, const UiOutput *output)
{
  if (state->column_count != MIN (output->columns->len, (guint) MOST_COLUMNS))
    return FALSE;
  for (guint i = 0; i < state->column_count; i++)
    if (strcmp (state->titles[i], output->columns->pdata[i]) != 0 && strcmp (state->titles[i], "-") != 0)
      return FALSE;
  return TRUE;
}

static void
screen_update (UiScreen *screen, guint changed G_GNUC_UNUSED)
{
  Output *state = UI_STATE (screen, Output);
  const UiOutput *output = model (screen);

  if (output->columns->len > 0 && !same_columns (state, output))
    make_list (screen);
  ui_show_status (state->list, &output->base);
  ui_list_refresh (state->list);
}

static void
screen_draw (UiScreen *screen, UiRect rect)
{
  Output *state = UI_STATE (screen, Output);
  const UiOutput *output = model (screen);
  g_autofree char *count = ui_show_count (output->row_count);
  UiRect rest = rect;
  UiRect top = rect.rows > 6 ? ui_rect_top (rect, 1, &rest) : (UiRect){ .canvas = rect.canvas };

  if (output->base.read_ms != 0) {
    int used = ui_draw_format (top, 0, 1, UI_STYLE_STRONG, "%s", output->run);

    used += 3
            + ui_draw_format (top, 0, used + 3, UI_STYLE_TEXT,
                              ngettext ("%s row", "%s rows", output->row_count), count);
    if (output->truncated)
      ui_draw_text (top, 0, used + 2, UI_STYLE_WARNING,
                    _ ("only the first ones are shown; save it (s) to have all"));
    else if (output->files->len > 0)
      ui_draw_format (top, 0, used + 2, UI_STYLE_DIM,
                      ngettext ("from %u file", "from %u files", output->files->len), output->files->len);
  }
  ui_list_draw (state->list, rest, TRUE);
}

static gboolean
screen_event (UiScreen *screen, const UiEvent *event)
{
  return ui_list_event (UI_STATE (screen, Output)->list, event) != UI_LIST_IGNORED;
}

static gboolean
screen_typing (UiScreen *screen)
{
  return ui_list_filtering (UI_STATE (screen, Output)->list);
}

static char *
screen_subject (UiScreen *screen)
{
  return g_strdup (model (screen)->run);
}

static char *
screen_copy (UiScreen *screen)
{
  return ui_list_copy_text (UI_STATE (screen, Output)->list);
}

/* ---- actions ---- */

static const char *
why_not_save (UiScreen *screen)
{
  return model (screen)->base.read_ms == 0 ? _ ("The result is being read.") : NULL;
}

static void
path_given (UiApp *app, const char *answer, gpointer data)
{
  ui_save_output (ui_app_session (app), data, answer, ui_show_result, app);
}

static void
run_save (UiScreen *screen)
{
  const char *id = model (screen)->run;
  g_autofree char *name = g_strconcat (id, ".csv", NULL);

  ui_app_ask_path (screen->app, _ ("Save the result as"), name, FALSE, TRUE, path_given, g_strdup (id),
                   g_free);
}

static const char *
why_not_folder (UiScreen *screen)
{
  return model (screen)->folder == NULL ? "" : NULL;
}

static void
run_folder (UiScreen *screen)
{
  ui_app_copy (screen->app, _ ("the folder"), model (screen)->folder);
}

static const UiAction actions[] = {
  { "output.save", N_ ("Save as..."), N_ ("Save all rows as one CSV file."), "s", UI_ACTION_MAIN,
    why_not_save, run_save },
  { "output.folder", N_ ("Copy folder"), N_ ("Copy the path of the folder with the files of the result."),
    "f", UI_ACTION_PLAIN, why_not_folder, run_folder },
  UI_ACTIONS_END,
};

static UiList *
screen_list (UiScreen *screen)
{
  return UI_STATE (screen, Output)->list;
}

const UiScreenClass ui_screen_output = {
  .id = "output",
  .title = N_ ("Result"),
  .explanation = N_ (
      "What a run wrote, as a table: / finds rows, o sorts by the next column, h and l scroll sideways, s "
      "saves all of it."),
  .watches = UI_MODEL_BIT (UI_MODEL_OUTPUT),
  .state_size = sizeof (Output),
  .list = screen_list,
  .open = screen_open,
  .close = screen_close,
  .update = screen_update,
  .draw = screen_draw,
  .event = screen_event,
  .actions = actions,
  .typing = screen_typing,
  .subject = screen_subject,
  .copy = screen_copy,
};
