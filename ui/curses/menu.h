/* SPDX-License-Identifier: MIT
 * A menu that is typed into: entries are found by fuzzy match, Enter takes one. Basis of `?`, `:` and
 * choices.
 */
#pragma once

#include "ui/curses/draw.h"
#include "ui/curses/edit.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiMenu UiMenu;

UiMenu *ui_menu_new (const char *title, const char *placeholder);
void ui_menu_free (UiMenu *menu);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiMenu, ui_menu_free)
/* ID comes back when it is taken. KEY (may be NULL) is shown right, DETAIL below or beside, DISABLED (may be
 * NULL) is the reason why it cannot be taken now: the entry is shown dim with the reason. All copied. */
void ui_menu_add (UiMenu *menu, const char *id, const char *title, const char *key, const char *detail,
                  const char *disabled);
/* Entries that follow belong under this heading (shown while nothing is typed). */
void ui_menu_add_heading (UiMenu *menu, const char *title);
/* A few lines above the entries while nothing is typed. Copied. */
void ui_menu_set_text (UiMenu *menu, const char *text);
/* Other entries take the place of all: clear, add them, end. What was typed and what is selected stay. */
void ui_menu_begin_again (UiMenu *menu);
void ui_menu_end_again (UiMenu *menu);
void ui_menu_select (UiMenu *menu, const char *id);
/* Lines that are commands with an argument: TITLE says what the typed line would do (gives), or NULL when it
 * is none; then it is found by its words. The id of such an entry is UI_MENU_LINE and the line. */
#define UI_MENU_LINE "="
typedef char *(*UiMenuLine) (const char *typed);
void ui_menu_set_line (UiMenu *menu, UiMenuLine title);
/* Typing filters (TRUE, the default) or letters jump to entries (FALSE: short choices). */
void ui_menu_set_filter (UiMenu *menu, gboolean filter);
/* Taken or selected entry; borrowed; NULL when nothing matches. */
const char *ui_menu_selected (UiMenu *menu);
const char *ui_menu_disabled (UiMenu *menu); /* reason of the selected one, or NULL */

/* What the keys do, for the last line; appended to HINTS (hints.h). */
void ui_menu_hints (UiMenu *menu, GString *hints);
void ui_menu_size (UiMenu *menu, int *rows, int *columns); /* that it would like */
void ui_menu_draw (UiMenu *menu, UiRect rect);
typedef enum { UI_MENU_HANDLED, UI_MENU_TAKEN, UI_MENU_CANCEL } UiMenuResult;
UiMenuResult ui_menu_event (UiMenu *menu, const UiEvent *event);

G_END_DECLS
