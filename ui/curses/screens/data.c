/* SPDX-License-Identifier: MIT
 * Data: this persona's datasets, here on disk and there in the storage.
 */
#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

#include "base/text.h"
#include "base/translate.h"

#include <string.h>

#define LABEL 12
#define MOST_FILES 200

enum { COLUMN_NAME, COLUMN_USE, COLUMN_HERE, COLUMN_THERE, COLUMN_STATE };

static const UiListColumn columns[] = {
  { N_ ("Dataset"), 17, 0, 0, FALSE, TRUE },       { N_ ("Use"), 6, 7, 3, FALSE, TRUE },
  { N_ ("Local files"), 16, 20, 1, FALSE, FALSE }, { N_ ("Storage"), 14, 20, 2, FALSE, FALSE },
  { N_ ("Document"), 15, 16, 0, FALSE, TRUE },     { NULL, 0, 0, 0, FALSE, FALSE },
};

static const UiData *
model (UiScreen *screen)
{
  return ui_session_data (ui_app_session (screen->app));
}

static void
here_cell (const UiDataset *row, GString *text, UiStyle *style)
{
  g_autofree char *bytes = ui_show_bytes (row->bytes);

  if (row->problem != NULL) {
    *style = UI_STYLE_FAILED;
    g_string_append (text, _ ("cannot be read"));
  } else if (!row->present) {
    *style = UI_STYLE_DIM;
    g_string_append (text, row->output ? _ ("comes from a run") : _ ("not there yet"));
  } else
    g_string_append_printf (text, ngettext ("%u file, %s", "%u files, %s", row->files), row->files, bytes);
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiDataset *row = ui_pane_row (data, i);

  if (row == NULL)
    return;
  switch (column) {
  case COLUMN_NAME:
    g_string_append (text, row->name);
    break;
  case COLUMN_USE:
    g_string_append (text, row->output ? _ ("output") : _ ("input"));
    break;
  case COLUMN_HERE:
    here_cell (row, text, style);
    break;
  case COLUMN_THERE:
    g_string_append (text, row->remote);
    break;
  default:
    *style = ui_show_state_cell (text, row->state, UI_STATE ((UiScreen *) data, UiPane)->ascii);
  }
}

static const UiListSource source = { ui_pane_count, ui_pane_id, list_cell, NULL, NULL, NULL };

/* ---- detail ---- */

static void
describe_here (const UiDataset *set, UiRich *rich)
{
  g_autofree char *bytes = ui_show_bytes (set->bytes), *rows = ui_show_count (set->rows);

  ui_rich_heading (rich, _ ("On this machine"));
  ui_rich_pair (rich, LABEL, _ ("Folder"), UI_STYLE_LINK, set->folder);
  if (set->problem != NULL) {
    ui_rich_line (rich, UI_STYLE_FAILED, set->problem);
    ui_rich_line (rich, UI_STYLE_TEXT, _ ("Correct the file at that line, then look again (Ctrl-r)."));
  }
  if (!set->present) {
    ui_rich_line (
        rich, UI_STYLE_DIM,
        set->output
            ? _ ("Nothing yet: a run writes it, and its result can be saved from Runs (key 6).")
            : _ ("Nothing yet: the step of the journey that gets the sample data fills this folder, or "
                 "put your own CSV files there, one folder per day."));
    return;
  }
  ui_rich_format (rich, UI_STYLE_TEXT, ngettext ("%u file, %s", "%u files, %s", set->files), set->files,
                  bytes);
  if (set->rows > 0)
    ui_rich_format (rich, UI_STYLE_TEXT, _ (", %s rows"), rows);
  ui_rich_end (rich);
  if (set->days > 0 && set->first_day != NULL && set->last_day != NULL) {
    ui_rich_format (rich, UI_STYLE_TEXT, ngettext ("%u day: %s", "%u days: %s", set->days), set->days,
                    set->first_day);
    if (strcmp (set->first_day, set->last_day) != 0)
      ui_rich_format (rich, UI_STYLE_TEXT, _ (" to %s"), set->last_day);
    ui_rich_end (rich);
  }
}

static void
describe_file (const UiBlob *blob, UiRich *rich, int width, gboolean ascii)
{
  UiState mark = blob->only_here ? UI_STATE_BLOCKED : blob->same ? UI_STATE_DONE : UI_STATE_WARNING;
  g_autofree char *bytes = ui_show_bytes (blob->bytes);
  g_autofree char *name = cr_text_fit (blob->name, CLAMP (width - 26, 12, 60));

  ui_rich_format (rich, ui_state_style (mark), "%s ", ui_state_glyph (mark, ascii));
  ui_rich_add (rich, UI_STYLE_TEXT, name);
  ui_rich_format (rich, UI_STYLE_DIM, " %10s  ", bytes);
  ui_rich_add (rich, UI_STYLE_DIM,
               blob->only_here ? _ ("only here")
               : blob->same    ? _ ("as here")
                               : _ ("only there, or another size"));
  ui_rich_hang (rich, 2);
  ui_rich_end (rich);
}

static void
describe_there (const UiDataset *set, UiRich *rich, int width, gboolean ascii)
{
  ui_rich_heading (rich, _ ("In the storage"));
  ui_rich_pair (rich, LABEL, _ ("Container"), UI_STYLE_TEXT, set->container);
  ui_rich_pair (rich, LABEL, _ ("Storage"), UI_STYLE_LINK, set->store_url);
  ui_rich_pair (rich, LABEL, _ ("Protection"), UI_STYLE_TEXT, set->protection);
  ui_rich_pair (rich, LABEL, _ ("Document"), UI_STYLE_TEXT, set->document);
  ui_rich_line (rich, UI_STYLE_TEXT, set->remote);
  for (guint i = 0; i < set->blobs->len && i < MOST_FILES; i++)
    describe_file (set->blobs->pdata[i], rich, width, ascii);
  if (set->blobs->len > MOST_FILES) {
    ui_rich_format (rich, UI_STYLE_DIM, _ ("and %u more"), set->blobs->len - MOST_FILES);
    ui_rich_end (rich);
  }
}

static void
describe (UiScreen *screen, UiRich *rich, int width)
{
  const UiData *all = model (screen);
  const UiDataset *set = ui_pane_selected (screen);
  gboolean ascii = UI_STATE (screen, UiPane)->ascii;
  g_autoptr (GString) state = g_string_new (NULL);
  UiStyle style;

  if (ui_show_not_ready (rich, &all->base))
    return;
  if (set == NULL) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Select a dataset to see its files."));
    return;
  }
  ui_show_stale (rich, &all->base);
  ui_rich_heading (rich, set->name);
  ui_rich_pair (rich, LABEL, _ ("Use"), UI_STYLE_TEXT,
                set->output ? _ ("the clean room writes its result here") : _ ("the clean room reads it"));
  style = ui_show_state_cell (state, set->state, ascii);
  ui_rich_pair (rich, LABEL, _ ("Document"), style, state->str);
  describe_here (set, rich);
  describe_there (set, rich, width, ascii);
  if (all->note != NULL)
    ui_rich_line (rich, UI_STYLE_WAITING, all->note);
  if (set->fields->len == 0)
    return;
  ui_rich_heading (rich, _ ("Columns"));
  for (guint i = 0; i < set->fields->len; i++) {
    const UiFieldRow *field = set->fields->pdata[i];
    g_autofree char *name = cr_text_fit (field->name, 20);

    ui_rich_format (rich, UI_STYLE_TEXT, "%s %s", name, field->type);
    if (!field->shared)
      ui_rich_format (rich, UI_STYLE_DIM, "  %s", _ ("hidden from queries"));
    ui_rich_end (rich);
  }
}

/* ---- actions ---- */

static const char *
why_not_document (UiScreen *screen)
{
  const UiDataset *set = ui_pane_selected (screen);

  if (set == NULL)
    return "";
  return set->document != NULL ? NULL
                               : _ ("It is not published yet; the journey (key 1) has the step for it.");
}

static void
run_document (UiScreen *screen)
{
  const UiDataset *set = ui_pane_selected (screen);

  ui_app_open (screen->app, "documents", set->document);
}

static void
run_folder (UiScreen *screen)
{
  const UiDataset *set = ui_pane_selected (screen);

  ui_app_copy (screen->app, _ ("the folder"), set->folder);
}

static void
run_journey (UiScreen *screen)
{
  ui_app_open (screen->app, "journey", NULL);
}

/* A step that moves data of this persona; NULL when none runs. */
static const UiRunningStep *
transfer (UiScreen *screen)
{
  const UiRunningStep *running = ui_session_running (ui_pane_session (screen));
  const char *persona = ui_session_persona (ui_pane_session (screen));

  return ui_show_moves_data (running) && g_strcmp0 (running->persona, persona) == 0 ? running : NULL;
}

static const char *
why_not_cancel (UiScreen *screen)
{
  return transfer (screen) != NULL ? NULL : "";
}

static void
run_cancel (UiScreen *screen)
{
  ui_show_cancel_step (ui_pane_session (screen));
}

static const UiAction actions[] = {
  { "data.document", N_ ("Document"), N_ ("Show what was published about this dataset, and who agreed."), "v",
    UI_ACTION_MAIN, why_not_document, run_document },
  { "data.steps", N_ ("Steps"), N_ ("Open the journey: its steps get, publish and give access to the data."),
    "s", UI_ACTION_PLAIN, NULL, run_journey },
  { "data.folder", N_ ("Copy folder"), N_ ("Copy the path of the folder on this machine."), "f",
    UI_ACTION_PLAIN, ui_pane_why_not_row, run_folder },
  { "data.cancel", N_ ("Cancel"), N_ ("Stop the transfer; the step can be run again and goes on from there."),
    "x", UI_ACTION_CHANGES, why_not_cancel, run_cancel },
  UI_PANE_ACTIONS ("data"),
  UI_ACTIONS_END,
};

/* ---- the screen ---- */

/* What is on its way: how far, how fast, how long still. */
static gboolean
above (UiScreen *screen, UiRect line)
{
  const UiRunningStep *running = transfer (screen);
  g_autofree char *figures = running != NULL ? ui_show_figures (running) : NULL;
  int column;

  if (running == NULL)
    return FALSE;
  ui_draw_spinner (line, 0, 1, UI_STYLE_RUNNING);
  column = 3
           + ui_draw_text (ui_rect_sub (line, 0, 0, -1, line.columns / 3), 0, 3, UI_STYLE_RUNNING,
                           running->title);
  if (line.columns >= MAX (column + 24 + cr_text_width (figures), 70)) {
    ui_draw_progress (line, 0, column + 2, 20, running->done, running->total);
    column += 22;
  }
  ui_draw_text (line, 0, column + 2, UI_STYLE_TEXT, figures);
  return TRUE;
}

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .list_share = 50,
  .describe = describe,
  .list_model = UI_MODEL_DATA,
  .above = above,
  .empty = N_ ("This persona has no data in this scenario.\n\nData owners (northwind and woodgrove) see "
               "their datasets here."),
  .rows_offset = G_STRUCT_OFFSET (UiData, datasets),
  .id_offset = G_STRUCT_OFFSET (UiDataset, name),
};

const UiScreenClass ui_screen_data = {
  .id = "data",
  .title = N_ ("Data"),
  .explanation = N_ (
      "Your datasets: the files on this machine, what of them lies in the storage and how it is protected "
      "there, and the document that was published about each."),
  .key = '5',
  .watches = UI_MODEL_BIT (UI_MODEL_DATA) | UI_MODEL_BIT (UI_MODEL_RUNNING),
  .state_size = sizeof (UiPane),
  UI_PANE_SCREEN (&spec),
  .actions = actions,
  .subject = ui_pane_screen_subject,
  .copy = ui_pane_screen_copy,
};
