/* SPDX-License-Identifier: MIT
 * The sign-in screen comes by itself when a code waits, over whatever is open.
 */
#pragma once

#include "ui/curses/app.h"

G_BEGIN_DECLS

/* Call it when UI_MODEL_SIGN_IN has changed, after the screens were told. *SEEN is the code that came up last
 * (NULL at first, the caller frees it in the end): each code comes up once, who leaves it opens it again with
 * a key. */
void ui_sign_in_watch (UiApp *app, char **seen);

G_END_DECLS
