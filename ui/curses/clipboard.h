/* SPDX-License-Identifier: MIT
 * The clipboard of the desktop, through the program that it has for that; where a terminal's own way (OSC 52)
 * cannot be used. The text goes to the program's standard input: no shell, nothing in its arguments.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* More than this is not handed on, bytes. */
#define UI_CLIPBOARD_MAX (8 * 1024 * 1024)
/* What a terminal is known to take, bytes of the text (OSC 52 carries it encoded, 74,994 bytes). */
#define UI_CLIPBOARD_TERMINAL_MAX (74994 / 4 * 3)

typedef enum { UI_CLIPBOARD_TERMINAL, UI_CLIPBOARD_NATIVE, UI_CLIPBOARD_NONE } UiClipboardWay;

/* The program of this desktop: wl-copy on Wayland, xclip on X, pbcopy. NULL when there is none on PATH or no
 * desktop. Gives its words, NULL-terminated. */
char **ui_clipboard_tool (void);
/* Which way for LENGTH bytes when the setting is CHOICE ("auto", "terminal", "native"). TERMINAL: this one
 * can take them. TOOL (may be NULL) is what ui_clipboard_tool() gave. "auto" takes the desktop's own program
 * where there is one, since that says whether it worked. CR_ERROR_INPUT when there is no way: why, and what
 * helps. */
UiClipboardWay ui_clipboard_way (const char *choice, gboolean terminal, const char *const *tool, gsize length,
                                 GError **error);
/* Hand TEXT to TOOL. DONE gets NULL or why it did not work, once, in the main loop; at most some seconds
 * later. */
typedef void (*UiClipboardDone) (const GError *error, gpointer data);
void ui_clipboard_copy (const char *const *tool, const char *text, UiClipboardDone done, gpointer data,
                        GDestroyNotify free_data);

G_END_DECLS
