/* SPDX-License-Identifier: MIT
 * Documents: datasets and queries that were published for agreement, and the decision about them.
 */
#include "ui/curses/screens/documents-private.h"

#include "base/translate.h"

#include <string.h>

enum { COLUMN_ID, COLUMN_KIND, COLUMN_STATE, COLUMN_DECISION };

static const UiListColumn columns[] = {
  { N_ ("Document"), 24, 0, 0, FALSE, TRUE },
  { N_ ("Kind"), 7, 8, 2, FALSE, TRUE },
  { N_ ("State"), 11, 12, 1, FALSE, TRUE },
  { N_ ("Decision"), 14, 22, 0, FALSE, TRUE },
  { NULL, 0, 0, 0, FALSE, FALSE },
};

static UiSession *
session_of (UiScreen *screen)
{
  return ui_app_session (screen->app);
}

static const UiDocumentRow *
row_at (UiScreen *screen, guint i)
{
  const UiDocuments *all = ui_session_documents (session_of (screen));

  return i < all->documents->len ? all->documents->pdata[i] : NULL;
}

static guint
list_count (gpointer data)
{
  return ui_session_documents (session_of (data))->documents->len;
}

static const char *
list_id (gpointer data, guint i)
{
  const UiDocumentRow *row = row_at (data, i);

  return row != NULL ? row->id : "";
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiDocumentRow *row = row_at (data, i);

  if (row == NULL)
    return;
  switch (column) {
  case COLUMN_ID:
    g_string_append (text, row->id);
    break;
  case COLUMN_KIND:
    g_string_append (text, ui_document_kind_word (row->kind));
    break;
  case COLUMN_STATE:
    *style = ui_show_state_cell (text, row->state,
                                 UI_STATE ((UiScreen *) data, UiDocumentsState)->pane.ascii);
    break;
  default:
    if (row->mine_to_decide) {
      *style = UI_STYLE_WARNING;
      g_string_append (text, _ ("you decide"));
    } else
      g_string_append (text, row->decision);
  }
}

static const UiListSource source = { list_count, list_id, list_cell, NULL, NULL, NULL };

const UiDocument *
ui_documents_selected (UiScreen *screen)
{
  const UiDocument *document = ui_session_document (session_of (screen));
  const char *id = ui_list_selected_id (UI_STATE (screen, UiDocumentsState)->pane.list);

  return id != NULL && document->base.read_ms != 0 && document->id != NULL && strcmp (document->id, id) == 0
             ? document
             : NULL;
}

/* Tell the session which document is looked at. */
static void
follow_selection (UiScreen *screen)
{
  UiDocumentsState *state = UI_STATE (screen, UiDocumentsState);
  const char *id = state->visible ? ui_list_selected_id (state->pane.list) : NULL;

  if (g_strcmp0 (id, state->object) == 0)
    return;
  if (id != NULL)
    ui_session_show (session_of (screen), UI_MODEL_DOCUMENT, id);
  if (state->object != NULL)
    ui_session_hide (session_of (screen), UI_MODEL_DOCUMENT);
  g_free (state->object);
  state->object = g_strdup (id);
  ui_pane_restart (&state->pane);
}

static void
screen_open (UiScreen *screen, const char *object)
{
  UiDocumentsState *state = UI_STATE (screen, UiDocumentsState);

  ui_pane_init (&state->pane, screen, columns, &source, ui_documents_describe);
  state->pane.moved = follow_selection;
  ui_pane_open_object (&state->pane, object);
}

static void
screen_close (UiScreen *screen)
{
  UiDocumentsState *state = UI_STATE (screen, UiDocumentsState);

  ui_pane_clear (&state->pane);
  g_clear_pointer (&state->object, g_free);
}

static void
screen_shown (UiScreen *screen, gboolean shown)
{
  UI_STATE (screen, UiDocumentsState)->visible = shown;
  if (shown)
    ui_session_show (session_of (screen), UI_MODEL_DOCUMENTS, NULL);
  else
    ui_session_hide (session_of (screen), UI_MODEL_DOCUMENTS);
  follow_selection (screen);
}

static void
screen_update (UiScreen *screen, guint changed G_GNUC_UNUSED)
{
  UiDocumentsState *state = UI_STATE (screen, UiDocumentsState);

  ui_show_list_status (
      state->pane.list, &ui_session_documents (session_of (screen))->base,
      _ ("Nothing has been published for agreement yet.\n\nData owners publish their datasets and the "
         "author publishes the query; the steps of the journey (key 1) do that. What waits for your "
         "decision appears here first."));
  ui_pane_refresh (&state->pane);
  follow_selection (screen);
}

static char *
screen_copy (UiScreen *screen)
{
  const UiDocument *document = ui_documents_selected (screen);
  UiDocumentsState *state = UI_STATE (screen, UiDocumentsState);

  return state->raw && document != NULL ? g_strdup (document->json) : ui_pane_copy (&state->pane);
}

const UiScreenClass ui_screen_documents = {
  .id = "documents",
  .title = N_ ("Documents"),
  .explanation = N_ (
      "Datasets and queries that were published for agreement. Read a query here before you accept it: "
      "its SQL laid out, what it reads and writes, and remarks about anything unusual. A decision is "
      "final and names the exact content by its digest."),
  .key = '4',
  .watches = UI_MODEL_BIT (UI_MODEL_DOCUMENTS) | UI_MODEL_BIT (UI_MODEL_DOCUMENT),
  .state_size = sizeof (UiDocumentsState),
  .open = screen_open,
  .close = screen_close,
  .shown = screen_shown,
  .update = screen_update,
  .draw = ui_pane_screen_draw,
  .event = ui_pane_screen_event,
  .actions = ui_documents_actions,
  .typing = ui_pane_screen_typing,
  .subject = ui_pane_screen_subject,
  .copy = screen_copy,
};
