/* SPDX-License-Identifier: MIT
 * A text that scrolls: styled, wrapped, searched with `/`, `n`, `N`.
 */
#pragma once

#include "ui/curses/draw.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiTextView UiTextView;

UiTextView *ui_text_new (void);
void ui_text_free (UiTextView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiTextView, ui_text_free)
/* Show RICH (a reference is taken). The position is kept. */
void ui_text_set (UiTextView *view, UiRich *rich);
UiRich *ui_text_rich (UiTextView *view); /* borrowed, or NULL */
void ui_text_scroll_to_start (UiTextView *view);
gboolean ui_text_searching (const UiTextView *view); /* TRUE while the search line is typed into */
/* What the keys do while something is searched, appended to HINTS (hints.h). */
void ui_text_hints (GString *hints);
void ui_text_draw (UiTextView *view, UiRect rect, gboolean focused);
/* Up/Down/j/k, PgUp/PgDn/Space/b, g/G/Home/End, h/l/Left/Right (unwrapped lines), `/` `n` `N`, wheel. TRUE =
 * handled. */
gboolean ui_text_event (UiTextView *view, const UiEvent *event);

G_END_DECLS
