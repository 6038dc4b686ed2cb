/* SPDX-License-Identifier: MIT
 * Bytes from a terminal turned into events: UTF-8, escape sequences, SGR mouse, bracketed paste, colour
 * reports.
 *
 * A state machine without a terminal: bytes may come in pieces of any size, and nothing waits. Sequences are
 * those of xterm (ctlseqs), VT100, the Linux console, rxvt, and what the terminfo entry says besides.
 */
#pragma once

#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiInput UiInput;
typedef void (*UiInputEvent) (const UiEvent *event, gpointer data);

#define UI_ESC_MS 25 /* a lone Esc is one after this time */

UiInput *ui_input_new (void);
void ui_input_free (UiInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiInput, ui_input_free)
/* SEQUENCE (from terminfo) means KEY as well. NULL and single bytes are ignored. */
void ui_input_add_key (UiInput *input, const char *sequence, UiKeyCode key);
/* Called for "OSC 11 ; rgb:..." answers: the background of the terminal, 0xRRGGBB. */
void ui_input_set_background (UiInput *input, void (*background) (gint32 colour, gpointer data),
                              gpointer data);

void ui_input_feed (UiInput *input, const char *bytes, gsize length, UiInputEvent event, gpointer data);
/* Something may still be the beginning of a sequence or character. */
gboolean ui_input_pending (const UiInput *input);
/* The time is up: what waits is taken as it is (Esc). A paste stays open. */
void ui_input_flush (UiInput *input, UiInputEvent event, gpointer data);

G_END_DECLS
