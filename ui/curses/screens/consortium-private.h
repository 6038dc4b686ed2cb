/* SPDX-License-Identifier: MIT
 * The parts of the Consortium screen: rows (consortium.c), detail (consortium-detail.c), what can be done
 * (consortium-actions.c, consortium-propose.c).
 */
#pragma once

#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

G_BEGIN_DECLS

typedef enum {
  UI_CONSORTIUM_HEADING,
  UI_CONSORTIUM_NOTE, /* why a part is empty, or what is wrong with it */
  UI_CONSORTIUM_LEDGER,
  UI_CONSORTIUM_PROPOSAL,
  UI_CONSORTIUM_INVITATION,
  UI_CONSORTIUM_USER,
  UI_CONSORTIUM_MEMBER,
} UiConsortiumRowKind;

typedef struct {
  UiConsortiumRowKind kind;
  guint index; /* in the model's array */
  char *id;    /* stays over refreshes */
  char *text;  /* of headings and notes */
} UiConsortiumRow;

typedef struct {
  UiPane pane;
  GPtrArray *rows; /* UiConsortiumRow */
  char *why;       /* text that a why_not function lent */
} UiConsortiumState;

/* The selected row, NULL when there is none; and the selected thing, NULL when it is of another kind. */
const UiConsortiumRow *ui_consortium_row (UiScreen *screen);
const UiProposal *ui_consortium_proposal (UiScreen *screen);
const UiInvitation *ui_consortium_invitation (UiScreen *screen);
const UiUser *ui_consortium_user (UiScreen *screen);
const UiMember *ui_consortium_member (UiScreen *screen);

void ui_consortium_describe (UiScreen *screen, UiRich *rich, int columns);
extern const UiAction ui_consortium_actions[];
/* Ask for a new proposal: which action, its arguments, then propose it. */
void ui_consortium_new_proposal (UiScreen *screen);

G_END_DECLS
