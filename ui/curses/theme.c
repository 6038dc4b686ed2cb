/* SPDX-License-Identifier: MIT
 * Marks and words of states, and what can be computed about themes (theme.h). The themes are in
 * theme-table.c.
 */
#include "ui/curses/theme.h"

#include "base/translate.h"
#include <math.h>
#include <string.h>

typedef struct {
  const char *unicode, *ascii, *word;
  UiStyle style;
} StateLook;

static const StateLook state_looks[UI_STATE_COUNT] = {
  [UI_STATE_NONE] = { " ", " ", "", UI_STYLE_TEXT },
  [UI_STATE_DONE] = { "\xE2\x9C\x93", "v", N_ ("done"), UI_STYLE_OK },
  [UI_STATE_READY] = { "\xC2\xBB", ">", N_ ("ready"), UI_STYLE_KEY },
  [UI_STATE_RUNNING] = { "\xE2\x97\x8F", "*", N_ ("running"), UI_STYLE_RUNNING },
  [UI_STATE_WAITING] = { "~", "~", N_ ("waiting"), UI_STYLE_WAITING },
  [UI_STATE_BLOCKED] = { "\xC2\xB7", ".", N_ ("later"), UI_STYLE_DIM },
  [UI_STATE_FAILED] = { "\xE2\x9C\x97", "x", N_ ("failed"), UI_STYLE_FAILED },
  [UI_STATE_NOT_NEEDED] = { "\xE2\x80\x93", "-", N_ ("not needed"), UI_STYLE_DIM },
  [UI_STATE_WARNING] = { "!", "!", N_ ("attention"), UI_STYLE_WARNING },
  [UI_STATE_INFO] = { "i", "i", N_ ("note"), UI_STYLE_INFO },
  [UI_STATE_CANCELLED] = { "/", "/", N_ ("cancelled"), UI_STYLE_DIM },
};

UiStyle
ui_style_persona (guint index)
{
  return (UiStyle) (UI_STYLE_PERSONA_1 + index % 3);
}

const char *
ui_state_glyph (UiState state, gboolean ascii)
{
  if ((guint) state >= UI_STATE_COUNT)
    state = UI_STATE_NONE;
  return ascii ? state_looks[state].ascii : state_looks[state].unicode;
}

const char *
ui_state_word (UiState state)
{
  const char *word = (guint) state < UI_STATE_COUNT ? state_looks[state].word : "";
  return *word != '\0' ? cr_translate (word) : "";
}

UiStyle
ui_state_style (UiState state)
{
  return (guint) state < UI_STATE_COUNT ? state_looks[state].style : UI_STYLE_TEXT;
}

const UiTheme *
ui_theme_find (const char *id)
{
  const UiTheme *const *themes = ui_themes ();
  for (guint i = 0; id != NULL && themes[i] != NULL; i++)
    if (strcmp (themes[i]->id, id) == 0)
      return themes[i];
  return NULL;
}

/* Relative luminance, WCAG 2.1. */
static double
luminance (gint32 colour)
{
  double channel[3];
  for (int i = 0; i < 3; i++) {
    double value = ((colour >> (16 - 8 * i)) & 0xFF) / 255.0;
    channel[i] = value <= 0.03928 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * channel[0] + 0.7152 * channel[1] + 0.0722 * channel[2];
}

double
ui_theme_contrast (const UiTheme *theme, UiStyle style)
{
  UiThemeColours look = ui_theme_style (theme, style).colours;
  gint32 foreground = look.foreground != UI_COLOUR_DEFAULT ? look.foreground : theme->foreground;
  gint32 background = look.background != UI_COLOUR_DEFAULT ? look.background : theme->background;
  double a = luminance (foreground), b = luminance (background);
  return (MAX (a, b) + 0.05) / (MIN (a, b) + 0.05);
}

const char *
ui_style_name (UiStyle style)
{
  static const char *const names[UI_STYLE_COUNT] = {
    "text",       "dim",        "title",       "title-dim",      "heading",      "label",     "strong",
    "key",        "hint",       "selected",    "selected-blur",  "ok",           "waiting",   "running",
    "failed",     "warning",    "info",        "border",         "border-focus", "input",     "input-focus",
    "input-bad",  "link",       "progress",    "progress-rest",  "match",        "code",      "sql-keyword",
    "sql-string", "sql-number", "sql-comment", "json-name",      "persona-1",    "persona-2", "persona-3",
    "toast",      "overlay",    "overlay-dim", "overlay-border", "qr",
  };
  return (guint) style < UI_STYLE_COUNT ? names[style] : "";
}
