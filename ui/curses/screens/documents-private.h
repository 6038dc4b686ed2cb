/* SPDX-License-Identifier: MIT
 * The parts of the Documents screen: list (documents.c), detail (documents-detail.c), decisions
 * (documents-actions.c).
 */
#pragma once

#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

G_BEGIN_DECLS

typedef struct {
  UiPane pane;
  gboolean raw; /* show the content as it is in the ledger */
} UiDocumentsState;

/* The selected document in full; NULL until it has been read. */
const UiDocument *ui_documents_selected (UiScreen *screen);
void ui_documents_describe (UiScreen *screen, UiRich *rich, int columns);
/* Remarks about all segments of QUERY for a reviewer. Gives sentences. */
GPtrArray *ui_documents_remarks (const UiDocument *query);
extern const UiAction ui_documents_actions[];

G_END_DECLS
