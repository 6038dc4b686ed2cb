/* SPDX-License-Identifier: MIT
 * The built-in themes (theme.h): one table of what each style uses besides colour, and sets of colours that
 * say only what is their own. A test computes the contrast of each pair.
 */
#include "ui/curses/theme.h"

#include "base/translate.h"

#define NONE UI_COLOUR_DEFAULT
#define BOLD UI_ATTR_BOLD
#define UNDERLINE UI_ATTR_UNDERLINE
#define REVERSE UI_ATTR_REVERSE

/* For all themes: with colours, and where there are none; and the style whose colours it has where a theme
 * gives it none of its own. */
static const struct {
  guint8 attributes, attributes_mono;
  UiStyle like;
} uses[UI_STYLE_COUNT] = {
  [UI_STYLE_TITLE] = { BOLD, BOLD | REVERSE, UI_STYLE_TEXT },
  [UI_STYLE_TITLE_DIM] = { 0, REVERSE, UI_STYLE_TEXT },
  [UI_STYLE_HEADING] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_LABEL] = { 0, 0, UI_STYLE_DIM },
  [UI_STYLE_STRONG] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_KEY] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_HINT] = { 0, 0, UI_STYLE_DIM },
  [UI_STYLE_SELECTED] = { BOLD, REVERSE, UI_STYLE_TEXT },
  [UI_STYLE_SELECTED_BLUR] = { 0, UNDERLINE, UI_STYLE_TEXT },
  [UI_STYLE_RUNNING] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_FAILED] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_WARNING] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_BORDER_FOCUS] = { BOLD, BOLD, UI_STYLE_HEADING },
  [UI_STYLE_INPUT] = { 0, UNDERLINE, UI_STYLE_TEXT },
  [UI_STYLE_INPUT_FOCUS] = { 0, BOLD | UNDERLINE, UI_STYLE_TEXT },
  [UI_STYLE_INPUT_BAD] = { 0, UNDERLINE | REVERSE, UI_STYLE_TEXT },
  [UI_STYLE_LINK] = { UNDERLINE, UNDERLINE, UI_STYLE_TEXT },
  [UI_STYLE_PROGRESS] = { 0, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_PROGRESS_REST] = { 0, 0, UI_STYLE_BORDER },
  [UI_STYLE_MATCH] = { 0, REVERSE, UI_STYLE_TEXT },
  [UI_STYLE_SQL_KEYWORD] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_SQL_COMMENT] = { 0, 0, UI_STYLE_DIM },
  [UI_STYLE_JSON_NAME] = { 0, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_PERSONA_1] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_PERSONA_2] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_PERSONA_3] = { BOLD, BOLD, UI_STYLE_TEXT },
  [UI_STYLE_TOAST] = { BOLD, REVERSE, UI_STYLE_TEXT },
  [UI_STYLE_OVERLAY_DIM] = { 0, 0, UI_STYLE_DIM },
  [UI_STYLE_OVERLAY_BORDER] = { BOLD, BOLD, UI_STYLE_HEADING },
};

static const UiTheme dark = {
  .id = "dark",
  .title = N_ ("Dark"),
  .foreground = 0xD8D8D8,
  .background = 0x101418,
  .colours = {
    [UI_STYLE_DIM] = { 0x9AA3AD, NONE, -1, -1 },
    [UI_STYLE_TITLE] = { 0xFFFFFF, 0x1F4E79, 7, 4 },
    [UI_STYLE_TITLE_DIM] = { 0xD5E3F0, 0x1F4E79, 7, 4 },
    [UI_STYLE_HEADING] = { 0x7FC8FF, NONE, 6, -1 },
    [UI_STYLE_KEY] = { 0xFFD166, NONE, 3, -1 },
    [UI_STYLE_SELECTED] = { 0xFFFFFF, 0x2A5B8C, 7, 4 },
    [UI_STYLE_SELECTED_BLUR] = { 0xE6E6E6, 0x3A424B, 0, 7 },
    [UI_STYLE_OK] = { 0x7BD88F, NONE, 2, -1 },
    [UI_STYLE_WAITING] = { 0xFFC857, NONE, 3, -1 },
    [UI_STYLE_RUNNING] = { 0x6FD6E8, NONE, 6, -1 },
    [UI_STYLE_FAILED] = { 0xFF8A80, NONE, 1, -1 },
    [UI_STYLE_WARNING] = { 0xFFB86B, NONE, 3, -1 },
    [UI_STYLE_INFO] = { 0x8AB8FF, NONE, 6, -1 },
    [UI_STYLE_BORDER] = { 0x87929E, NONE, -1, -1 },
    [UI_STYLE_INPUT] = { 0xF2F2F2, 0x2B333C, 0, 7 },
    [UI_STYLE_INPUT_FOCUS] = { 0xFFFFFF, 0x37506B, 7, 4 },
    [UI_STYLE_INPUT_BAD] = { 0xFFFFFF, 0x8F1D2C, 7, 1 },
    [UI_STYLE_LINK] = { 0x8ECBFF, NONE, 6, -1 },
    [UI_STYLE_PROGRESS] = { 0x5FC27E, NONE, 2, -1 },
    [UI_STYLE_MATCH] = { 0x1A1A1A, 0xFFD166, 0, 3 },
    [UI_STYLE_CODE] = { 0xC7D0D9, NONE, -1, -1 },
    [UI_STYLE_SQL_KEYWORD] = { 0x7FB4FF, NONE, 6, -1 },
    [UI_STYLE_SQL_STRING] = { 0xA5D68C, NONE, 2, -1 },
    [UI_STYLE_SQL_NUMBER] = { 0xF0B27A, NONE, 3, -1 },
    [UI_STYLE_SQL_COMMENT] = { 0x9AA8A0, NONE, -1, -1 },
    [UI_STYLE_JSON_NAME] = { 0x9CDCFE, NONE, 6, -1 },
    [UI_STYLE_PERSONA_1] = { 0xE6B3FF, NONE, 5, -1 },
    [UI_STYLE_PERSONA_2] = { 0x7FE0C8, NONE, 6, -1 },
    [UI_STYLE_PERSONA_3] = { 0xFFC08A, NONE, 3, -1 },
    [UI_STYLE_TOAST] = { 0x101418, 0xCFE3F5, 0, 6 },
    [UI_STYLE_QR] = { 0x080808, 0xFFFFFF, 0, 7 },
  },
};

static const UiTheme light = {
  .id = "light",
  .title = N_ ("Light"),
  .light = TRUE,
  .foreground = 0x1B1F23,
  .background = 0xFFFFFF,
  .colours = {
    [UI_STYLE_DIM] = { 0x57606A, NONE, -1, -1 },
    [UI_STYLE_TITLE] = { 0xFFFFFF, 0x0B5394, 7, 4 },
    [UI_STYLE_TITLE_DIM] = { 0xE2ECF6, 0x0B5394, 7, 4 },
    [UI_STYLE_HEADING] = { 0x0B4F8A, NONE, 4, -1 },
    [UI_STYLE_KEY] = { 0x8A4B00, NONE, 5, -1 },
    [UI_STYLE_SELECTED] = { 0xFFFFFF, 0x0B5394, 7, 4 },
    [UI_STYLE_SELECTED_BLUR] = { 0x1B1F23, 0xD0D7DE, 7, 0 },
    [UI_STYLE_OK] = { 0x116329, NONE, 2, -1 },
    [UI_STYLE_WAITING] = { 0x7A4E00, NONE, 5, -1 },
    [UI_STYLE_RUNNING] = { 0x0A5C70, NONE, 6, -1 },
    [UI_STYLE_FAILED] = { 0xA40E26, NONE, 1, -1 },
    [UI_STYLE_WARNING] = { 0x8A4600, NONE, 1, -1 },
    [UI_STYLE_INFO] = { 0x0A3F87, NONE, 4, -1 },
    [UI_STYLE_BORDER] = { 0x6A737D, NONE, -1, -1 },
    [UI_STYLE_INPUT] = { 0x1B1F23, 0xE6EAEF, 7, 0 },
    [UI_STYLE_INPUT_FOCUS] = { 0x10151A, 0xCFE2F7, 7, 4 },
    [UI_STYLE_INPUT_BAD] = { 0xFFFFFF, 0xA40E26, 7, 1 },
    [UI_STYLE_LINK] = { 0x0550AE, NONE, 4, -1 },
    [UI_STYLE_PROGRESS] = { 0x116329, NONE, 2, -1 },
    [UI_STYLE_MATCH] = { 0x1B1F23, 0xFFE08A, 0, 3 },
    [UI_STYLE_CODE] = { 0x32383F, NONE, -1, -1 },
    [UI_STYLE_SQL_KEYWORD] = { 0x0A3F9C, NONE, 4, -1 },
    [UI_STYLE_SQL_STRING] = { 0x0F5F2C, NONE, 2, -1 },
    [UI_STYLE_SQL_NUMBER] = { 0x87400A, NONE, 5, -1 },
    [UI_STYLE_SQL_COMMENT] = { 0x59636E, NONE, -1, -1 },
    [UI_STYLE_JSON_NAME] = { 0x0550AE, NONE, 4, -1 },
    [UI_STYLE_PERSONA_1] = { 0x6E2A93, NONE, 5, -1 },
    [UI_STYLE_PERSONA_2] = { 0x0B5C50, NONE, 6, -1 },
    [UI_STYLE_PERSONA_3] = { 0x853B00, NONE, 1, -1 },
    [UI_STYLE_TOAST] = { 0xFFFFFF, 0x24405C, 7, 4 },
    [UI_STYLE_QR] = { 0x080808, 0xFFFFFF, 0, 7 },
  },
};

static const UiTheme high_contrast = {
  .id = "high-contrast",
  .title = N_ ("High contrast"),
  .foreground = 0xFFFFFF,
  .background = 0x000000,
  .colours = {
    [UI_STYLE_DIM] = { 0xD0D0D0, NONE, 7, -1 },
    [UI_STYLE_TITLE] = { 0x000000, 0xFFFFFF, 0, 7 },
    [UI_STYLE_TITLE_DIM] = { 0x202020, 0xFFFFFF, 0, 7 },
    [UI_STYLE_HEADING] = { 0xFFFF00, NONE, 3, -1 },
    [UI_STYLE_STRONG] = { 0xFFFFFF, NONE, -1, -1 },
    [UI_STYLE_KEY] = { 0xFFFF00, NONE, 3, -1 },
    [UI_STYLE_SELECTED] = { 0x000000, 0xFFFF00, 0, 3 },
    [UI_STYLE_SELECTED_BLUR] = { 0x000000, 0xC0C0C0, 0, 7 },
    [UI_STYLE_OK] = { 0x00FF66, NONE, 2, -1 },
    [UI_STYLE_WAITING] = { 0xFFD000, NONE, 3, -1 },
    [UI_STYLE_RUNNING] = { 0x00FFFF, NONE, 6, -1 },
    [UI_STYLE_FAILED] = { 0xFF9090, NONE, 1, -1 },
    [UI_STYLE_WARNING] = { 0xFFB000, NONE, 3, -1 },
    [UI_STYLE_INFO] = { 0xA0D0FF, NONE, 6, -1 },
    [UI_STYLE_BORDER] = { 0xFFFFFF, NONE, 7, -1 },
    [UI_STYLE_INPUT] = { 0xFFFFFF, 0x303030, 0, 7 },
    [UI_STYLE_INPUT_FOCUS] = { 0x000000, 0xFFFFFF, 0, 7 },
    [UI_STYLE_INPUT_BAD] = { 0xFFFFFF, 0xA00000, 7, 1 },
    [UI_STYLE_LINK] = { 0x80D0FF, NONE, 6, -1 },
    [UI_STYLE_PROGRESS] = { 0x00FF66, NONE, 2, -1 },
    [UI_STYLE_MATCH] = { 0x000000, 0xFFD000, 0, 3 },
    [UI_STYLE_CODE] = { 0xFFFFFF, NONE, -1, -1 },
    [UI_STYLE_SQL_KEYWORD] = { 0xA0D0FF, NONE, 6, -1 },
    [UI_STYLE_SQL_STRING] = { 0x90FF90, NONE, 2, -1 },
    [UI_STYLE_SQL_NUMBER] = { 0xFFD090, NONE, 3, -1 },
    [UI_STYLE_JSON_NAME] = { 0xA0E0FF, NONE, 6, -1 },
    [UI_STYLE_PERSONA_1] = { 0xFFB0FF, NONE, 5, -1 },
    [UI_STYLE_PERSONA_2] = { 0x80FFE0, NONE, 6, -1 },
    [UI_STYLE_PERSONA_3] = { 0xFFC080, NONE, 3, -1 },
    [UI_STYLE_TOAST] = { 0x000000, 0x00FFFF, 0, 6 },
    [UI_STYLE_QR] = { 0x080808, 0xFFFFFF, 0, 7 },
  },
};

static const UiTheme deuteranopia = {
  .id = "deuteranopia",
  .title = N_ ("Red-green colour blind"),
  .base = &dark,
  .foreground = 0xD8D8D8,
  .background = 0x101418,
  .colours = {
    [UI_STYLE_KEY] = { 0xFFE08A, NONE, 3, -1 },
    [UI_STYLE_OK] = { 0x6DB6FF, NONE, 6, -1 },
    [UI_STYLE_WAITING] = { 0xF7D046, NONE, 3, -1 },
    [UI_STYLE_RUNNING] = { 0x9AD9F5, NONE, 6, -1 },
    [UI_STYLE_FAILED] = { 0xFF9D4D, NONE, 3, -1 },
    [UI_STYLE_WARNING] = { 0xFFCF70, NONE, 3, -1 },
    [UI_STYLE_INFO] = { 0xB5C7E8, NONE, 6, -1 },
    [UI_STYLE_INPUT_BAD] = { 0xFFFFFF, 0x8A4300, 7, 4 },
    [UI_STYLE_PROGRESS] = { 0x6DB6FF, NONE, 6, -1 },
    [UI_STYLE_SQL_KEYWORD] = { 0x8CB8FF, NONE, 6, -1 },
    [UI_STYLE_SQL_STRING] = { 0xF2D06B, NONE, 3, -1 },
    [UI_STYLE_SQL_NUMBER] = { 0xFFB870, NONE, 3, -1 },
    [UI_STYLE_PERSONA_1] = { 0xD9C2F0, NONE, 5, -1 },
    [UI_STYLE_PERSONA_2] = { 0x8FD3FF, NONE, 6, -1 },
    [UI_STYLE_PERSONA_3] = { 0xF0C674, NONE, 3, -1 },
  },
};

static const UiTheme tritanopia = {
  .id = "tritanopia",
  .title = N_ ("Blue-yellow colour blind"),
  .base = &dark,
  .foreground = 0xD8D8D8,
  .background = 0x101418,
  .colours = {
    [UI_STYLE_TITLE] = { 0xFFFFFF, 0x0F5252, 0, 6 },
    [UI_STYLE_TITLE_DIM] = { 0xD8EEEE, 0x0F5252, 0, 6 },
    [UI_STYLE_HEADING] = { 0x7FE0E0, NONE, 6, -1 },
    [UI_STYLE_KEY] = { 0xFFB0B8, NONE, 5, -1 },
    [UI_STYLE_SELECTED] = { 0xFFFFFF, 0x155E5E, 0, 6 },
    [UI_STYLE_OK] = { 0x5FD7AF, NONE, 2, -1 },
    [UI_STYLE_WAITING] = { 0xFFB3B3, NONE, 5, -1 },
    [UI_STYLE_RUNNING] = { 0x7FE5E5, NONE, 6, -1 },
    [UI_STYLE_FAILED] = { 0xFF7A7A, NONE, 1, -1 },
    [UI_STYLE_WARNING] = { 0xFFA0A0, NONE, 5, -1 },
    [UI_STYLE_INFO] = { 0xBFD9D9, NONE, 6, -1 },
    [UI_STYLE_INPUT_FOCUS] = { 0xFFFFFF, 0x1F5555, 0, 6 },
    [UI_STYLE_LINK] = { 0x8FE3E3, NONE, 6, -1 },
    [UI_STYLE_PROGRESS] = { 0x5FD7AF, NONE, 2, -1 },
    [UI_STYLE_MATCH] = { 0x1A1A1A, 0xFFB0B8, 0, 5 },
    [UI_STYLE_SQL_KEYWORD] = { 0x7FE0E0, NONE, 6, -1 },
    [UI_STYLE_SQL_STRING] = { 0xFFB3B3, NONE, 5, -1 },
    [UI_STYLE_SQL_NUMBER] = { 0xFF9EB0, NONE, 5, -1 },
    [UI_STYLE_JSON_NAME] = { 0x9CE8E8, NONE, 6, -1 },
    [UI_STYLE_PERSONA_1] = { 0xFFB6C8, NONE, 5, -1 },
    [UI_STYLE_PERSONA_2] = { 0x7FE0D0, NONE, 6, -1 },
    [UI_STYLE_PERSONA_3] = { 0xD8D8D8, NONE, -1, -1 },
    [UI_STYLE_TOAST] = { 0x101418, 0xCDEEEE, 0, 6 },
  },
};

static const UiTheme monochrome = {
  .id = "monochrome",
  .title = N_ ("Monochrome"),
  .plain = TRUE,
  .foreground = 0xD8D8D8,
  .background = 0x101418,
};

const UiTheme *const *
ui_themes (void)
{
  static const UiTheme *const themes[] = { &dark,       &light, &high_contrast, &deuteranopia, &tritanopia,
                                           &monochrome, NULL };
  return themes;
}

/* What THEME says itself about STYLE or the one it is like; NULL = nothing. */
static const UiThemeColours *
own_colours (const UiTheme *theme, UiStyle style)
{
  const UiThemeColours *colours = &theme->colours[style];
  if (colours->foreground != 0 || colours->background != 0)
    return colours;
  return style != UI_STYLE_TEXT ? own_colours (theme, uses[style].like) : NULL;
}

UiThemeStyle
ui_theme_style (const UiTheme *theme, UiStyle style)
{
  UiThemeStyle look = { .attributes = theme->plain ? uses[style].attributes_mono : uses[style].attributes,
                        .attributes_mono = uses[style].attributes_mono,
                        .colours = { NONE, NONE, -1, -1 } };
  const UiThemeColours *colours = NULL;
  for (; colours == NULL && theme != NULL; theme = theme->base)
    colours = own_colours (theme, style);
  if (colours != NULL)
    look.colours = *colours;
  return look;
}
