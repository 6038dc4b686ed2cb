/* SPDX-License-Identifier: MIT
 * What a person prefers: $XDG_CONFIG_HOME/cleanroom/settings.yaml, by hand or in the app.
 *
 *   theme: dark            # dark, light, high-contrast, deuteranopia, tritanopia, monochrome, auto
 *   mouse: true
 *   ascii: false
 *   clipboard: auto        # auto, terminal (OSC 52), native (wl-copy, xclip, pbcopy)
 *   refresh: 2             # seconds between looks at the other side, 1..3600
 *   environment: local
 *   scenario: analytics-sse
 *   keys:
 *     document.accept: a
 *
 * A file that cannot be used never stops the app: it is left alone, the defaults are used, and the message
 * says the line. Comments and order are not kept when the app writes it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *theme;     /* "auto" */
  char *clipboard; /* "auto", "terminal", "native" */
  gboolean mouse;
  gboolean ascii;
  guint refresh;                /* seconds */
  char *environment, *scenario; /* NULL = not set */
  GHashTable *keys;             /* id of an action -> names of keys */
  char *path;
} UiSettings;

UiSettings *ui_settings_new (void); /* the defaults */
void ui_settings_free (UiSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiSettings, ui_settings_free)
/* Where the file is. Gives. */
char *ui_settings_path (void);
/* Always gives settings. A missing file is no error. ERROR: CR_ERROR_INPUT with file and line ("settings.yaml
 * line 3: unknown key 'theem'; did you mean 'theme'?"). */
UiSettings *ui_settings_load (const char *path, GError **error);
/* Old or new, never half; mode 0600; the folder is made. CR_ERROR_INPUT when the file in place is broken (it
 * would be lost): fix or remove it first. */
gboolean ui_settings_save (UiSettings *settings, GError **error);
/* Change one by name ("theme", "refresh", "keys.document.accept"); CR_ERROR_INPUT with what it can be. VALUE
 * NULL = back to the default. */
gboolean ui_settings_set (UiSettings *settings, const char *name, const char *value, GError **error);
/* The value of NAME as text. Gives. */
char *ui_settings_get (UiSettings *settings, const char *name);

/* For the settings screen and documentation. */
typedef enum { UI_SETTING_CHOICE, UI_SETTING_BOOLEAN, UI_SETTING_NUMBER, UI_SETTING_TEXT } UiSettingKind;
typedef struct {
  const char *name, *title, *explanation; /* title, explanation: N_() */
  UiSettingKind kind;
  const char *const *choices; /* NULL-terminated, for a choice */
} UiSettingInfo;
const UiSettingInfo *ui_settings_info (void); /* ends with a NULL name */

G_END_DECLS
