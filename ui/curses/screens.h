/* SPDX-License-Identifier: MIT
 * The screens there are, and the objects of the models that the palette offers.
 */
#pragma once

#include "ui/curses/app.h"
#include "ui/model/session.h"

G_BEGIN_DECLS

/* Every object that has a screen: ADD (palette, screen, object, title, detail) for each. */
void ui_screens_palette (UiSession *session, UiPaletteAdd add, gpointer palette);

G_END_DECLS
