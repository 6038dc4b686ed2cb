/* SPDX-License-Identifier: MIT
 * Choose a file or a folder from the disk; and completion of a path that is typed.
 */
#pragma once

#include "ui/curses/draw.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef struct UiPicker UiPicker;

/* START: where it opens (file or folder, may not exist; NULL = home). FOLDERS: only folders can be taken.
 * NEW_FILE: a name that does not exist yet may be typed (save as). */
UiPicker *ui_picker_new (const char *title, const char *start, gboolean folders, gboolean new_file);
void ui_picker_free (UiPicker *picker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiPicker, ui_picker_free)
const char *ui_picker_path (UiPicker *picker); /* taken; borrowed */
void ui_picker_draw (UiPicker *picker, UiRect whole);
typedef enum { UI_PICKER_OPEN, UI_PICKER_TAKEN, UI_PICKER_CANCEL } UiPickerResult;
UiPickerResult ui_picker_event (UiPicker *picker, const UiEvent *event);

/* TEXT completed as far as it is unique ("~" is expanded); NULL when nothing fits. Gives. */
char *ui_path_complete (const char *text, gboolean folders);

/* What the keys do, for the last line; appended to HINTS (hints.h). */
void ui_picker_hints (UiPicker *picker, GString *hints);

G_END_DECLS
