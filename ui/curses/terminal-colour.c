/* SPDX-License-Identifier: MIT
 * Colours of a theme on this terminal: as many as it has, or none (terminal.h).
 */
#define NCURSES_WIDECHAR 1
#include "ui/curses/terminal-private.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#define TRUE_COLOUR (1 << 24)

const char *
ui_colour_direct_term (const char *term)
{
  static const char *const direct[][2] = {
    { "xterm", "xterm-direct" },         { "tmux", "tmux-direct" },     { "kitty", "kitty-direct" },
    { "xterm-kitty", "kitty-direct" },   { "vte", "vte-direct" },       { "konsole", "konsole-direct" },
    { "alacritty", "alacritty-direct" }, { "foot", "foot-direct" },     { "st", "st-direct" },
    { "mintty", "mintty-direct" },       { "iterm2", "iterm2-direct" },
  };
  const char *colour_term = g_getenv ("COLORTERM");
  if (term == NULL || (g_strcmp0 (colour_term, "truecolor") != 0 && g_strcmp0 (colour_term, "24bit") != 0))
    return NULL;
  if (g_getenv ("NO_COLOR") != NULL && *g_getenv ("NO_COLOR") != '\0')
    return NULL;
  gsize length = strlen (term);
  if (g_str_has_suffix (term, "-256color"))
    length -= strlen ("-256color");
  for (gsize i = 0; i < G_N_ELEMENTS (direct); i++)
    if (strlen (direct[i][0]) == length && strncmp (term, direct[i][0], length) == 0)
      return direct[i][1];
  return NULL;
}

gboolean
ui_colour_refused (void)
{
  const char *no_colour = g_getenv ("NO_COLOR");
  const char *force = g_getenv ("CLICOLOR_FORCE");
  gboolean forced = force != NULL && *force != '\0' && strcmp (force, "0") != 0;
  return no_colour != NULL && *no_colour != '\0' && !forced;
}

int
ui_colour_depth (void)
{
  if (ui_colour_refused () || !has_colors ())
    return 0;
  if (COLORS >= TRUE_COLOUR)
    return TRUE_COLOUR;
  return COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
}

/* The entry of the 6x6x6 cube or the grey ramp of xterm that is nearest to COLOUR. */
static int
nearest_256 (gint32 colour)
{
  static const int levels[6] = { 0, 95, 135, 175, 215, 255 };
  int channel[3] = { (colour >> 16) & 0xFF, (colour >> 8) & 0xFF, colour & 0xFF };
  int index[3];
  int cube_distance = 0, grey_distance = 0;
  for (int i = 0; i < 3; i++) {
    int best = 0;
    for (int level = 1; level < 6; level++)
      if (ABS (channel[i] - levels[level]) < ABS (channel[i] - levels[best]))
        best = level;
    index[i] = best;
    cube_distance += (channel[i] - levels[best]) * (channel[i] - levels[best]);
  }
  int grey = CLAMP (((channel[0] + channel[1] + channel[2]) / 3 - 3) / 10, 0, 23);
  for (int i = 0; i < 3; i++)
    grey_distance += (channel[i] - (8 + grey * 10)) * (channel[i] - (8 + grey * 10));
  return grey_distance < cube_distance ? 232 + grey : 16 + 36 * index[0] + 6 * index[1] + index[2];
}

static int
colour_number (const UiTerminal *terminal, gint32 colour, int of_eight)
{
  if (colour == UI_COLOUR_DEFAULT || terminal->colours < 256)
    return terminal->colours < 256 ? of_eight : -1;
  if (terminal->colours == 256)
    return nearest_256 (colour);
  /* The first eight numbers of a direct-colour terminal are the old eight colours. */
  return colour < 8 ? 0x080808 : colour;
}

void
ui_colour_apply (UiTerminal *terminal)
{
  if (terminal->colours == 0)
    return;
  for (int style = 0; style < UI_STYLE_COUNT; style++) {
    UiThemeColours look = ui_theme_style (terminal->theme, (UiStyle) style).colours;
    int foreground = colour_number (terminal, look.foreground, look.foreground_8);
    int background = colour_number (terminal, look.background, look.background_8);
    init_extended_pair (style + 1, foreground, background);
  }
}

void
ui_colour_of (const UiTerminal *terminal, UiStyle style, guint32 *attributes, int *pair)
{
  UiThemeStyle look = ui_theme_style (terminal->theme, style);
  guint8 wanted = terminal->colours > 0 ? look.attributes : look.attributes_mono;
  attr_t have = A_NORMAL;
  if (wanted & UI_ATTR_BOLD)
    have |= A_BOLD;
  if (wanted & UI_ATTR_UNDERLINE)
    have |= A_UNDERLINE;
  if (wanted & UI_ATTR_REVERSE)
    have |= A_REVERSE;
  *attributes = have;
  gboolean plain = look.colours.foreground == UI_COLOUR_DEFAULT
                   && look.colours.background == UI_COLOUR_DEFAULT;
  *pair = terminal->colours > 0 && !plain ? (int) style + 1 : 0;
}

gboolean
ui_colour_light_by_environment (void)
{
  const char *value = g_getenv ("COLORFGBG"); /* "15;0" or "15;default;0" */
  const char *background = value != NULL ? strrchr (value, ';') : NULL;
  if (background == NULL || !g_ascii_isdigit (background[1]))
    return FALSE;
  guint64 number = g_ascii_strtoull (background + 1, NULL, 10);
  return number == 7 || (number >= 9 && number <= 15);
}
