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

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiDocumentRow *row = ui_pane_row (data, i);

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

static const UiListSource source = { ui_pane_count, ui_pane_id, list_cell, NULL, NULL, NULL };

const UiDocument *
ui_documents_selected (UiScreen *screen)
{
  const UiDocument *document = ui_session_document (ui_pane_session (screen));

  return ui_pane_has_read (screen, &document->base, document->id) ? document : NULL;
}

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .describe = ui_documents_describe,
  .list_model = UI_MODEL_DOCUMENTS,
  .one_model = UI_MODEL_DOCUMENT,
  .empty = N_ ("Nothing has been published for agreement yet.\n\nData owners publish their datasets and the "
               "author publishes the query; the steps of the journey (key 1) do that. What waits for your "
               "decision appears here first."),
  .rows_offset = G_STRUCT_OFFSET (UiDocuments, documents),
  .id_offset = G_STRUCT_OFFSET (UiDocumentRow, id),
};

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
  UI_PANE_SCREEN (&spec),
  .actions = ui_documents_actions,
  .subject = ui_pane_screen_subject,
  .copy = screen_copy,
};
