/* SPDX-License-Identifier: MIT
 * How things look, by what they mean: screens name a UiStyle, themes (data) say what that is on a terminal.
 *
 * Colour is never the only signal: every state also has a glyph and a word (ui_state_glyph, ui_state_word).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  UI_STYLE_TEXT,          /* plain text on the background */
  UI_STYLE_DIM,           /* less important; still readable */
  UI_STYLE_TITLE,         /* the title line of the app */
  UI_STYLE_TITLE_DIM,     /* less important parts of it */
  UI_STYLE_HEADING,       /* heading in a body, header of a table */
  UI_STYLE_LABEL,         /* name of a field or value */
  UI_STYLE_STRONG,        /* a value that matters */
  UI_STYLE_KEY,           /* a key that can be pressed, in hints and texts */
  UI_STYLE_HINT,          /* what that key does */
  UI_STYLE_SELECTED,      /* selected row of the list that has the focus */
  UI_STYLE_SELECTED_BLUR, /* selected row of a list without focus */
  UI_STYLE_OK,            /* done, good, accepted */
  UI_STYLE_WAITING,       /* somebody else has to act */
  UI_STYLE_RUNNING,       /* work goes on */
  UI_STYLE_FAILED,        /* failed, refused, bad */
  UI_STYLE_WARNING,       /* look at this */
  UI_STYLE_INFO,          /* neutral notice */
  UI_STYLE_BORDER,        /* lines and boxes */
  UI_STYLE_BORDER_FOCUS,  /* box that has the focus */
  UI_STYLE_INPUT,         /* field that can be typed into */
  UI_STYLE_INPUT_FOCUS,   /* the one being typed into */
  UI_STYLE_INPUT_BAD,     /* its text is not valid */
  UI_STYLE_LINK,          /* address, file, something to open or copy */
  UI_STYLE_PROGRESS,      /* filled part of a bar */
  UI_STYLE_PROGRESS_REST, /* rest of a bar */
  UI_STYLE_MATCH,         /* what a search or filter found */
  UI_STYLE_CODE,          /* commands, JSON */
  UI_STYLE_SQL_KEYWORD,
  UI_STYLE_SQL_STRING,
  UI_STYLE_SQL_NUMBER,
  UI_STYLE_SQL_COMMENT,
  UI_STYLE_JSON_NAME, /* member name in JSON */
  UI_STYLE_PERSONA_1, /* personas in the order of the scenario; the name is always there as well */
  UI_STYLE_PERSONA_2,
  UI_STYLE_PERSONA_3,
  UI_STYLE_TOAST,   /* short message over the screen */
  UI_STYLE_OVERLAY, /* text inside of dialogs and menus */
  UI_STYLE_OVERLAY_DIM,
  UI_STYLE_OVERLAY_BORDER,
  UI_STYLE_QR, /* dark on light in every theme, so that cameras read it */
  UI_STYLE_COUNT
} UiStyle;

/* UI_STYLE_PERSONA_1.. for the INDEX-th persona (0..), repeating. */
UiStyle ui_style_persona (guint index);

/* Where a step, proposal, run, call or check stands. */
typedef enum {
  UI_STATE_NONE,       /* no mark */
  UI_STATE_DONE,       /* "v" */
  UI_STATE_READY,      /* ">" yours, can start */
  UI_STATE_RUNNING,    /* "*" */
  UI_STATE_WAITING,    /* "~" somebody else */
  UI_STATE_BLOCKED,    /* "." later, something comes first */
  UI_STATE_FAILED,     /* "x" */
  UI_STATE_NOT_NEEDED, /* "-" */
  UI_STATE_WARNING,    /* "!" */
  UI_STATE_INFO,       /* "i" */
  UI_STATE_CANCELLED,  /* "/" */
  UI_STATE_COUNT
} UiState;

/* One cell wide. ASCII = terminals without UTF-8 or with --ascii. Borrowed, never NULL. */
const char *ui_state_glyph (UiState state, gboolean ascii);
/* The word in the language of the person: "done", "waiting", ... Borrowed. */
const char *ui_state_word (UiState state);
UiStyle ui_state_style (UiState state);

enum { UI_ATTR_BOLD = 1, UI_ATTR_UNDERLINE = 2, UI_ATTR_REVERSE = 4, UI_ATTR_DIM = 8, UI_ATTR_ITALIC = 16 };

/* Colours are 0xRRGGBB, or UI_COLOUR_DEFAULT for the terminal's own. The table also says what to use where
 * there are only eight colours (0..7, -1 = default) and what where there is none (attributes alone). */
#define UI_COLOUR_DEFAULT (-1)
typedef struct {
  gint32 foreground, background;
  gint8 foreground_8, background_8;
} UiThemeColours;

typedef struct {
  UiThemeColours colours;
  guint8 attributes;      /* with colours */
  guint8 attributes_mono; /* without */
} UiThemeStyle;

typedef struct UiTheme UiTheme;
struct UiTheme {
  const char *id;      /* "dark", "light", "high-contrast", "deuteranopia", "tritanopia", "monochrome" */
  const char *title;   /* N_() */
  const UiTheme *base; /* has the colours that are not given here; NULL = the terminal's own */
  gboolean light;      /* for light backgrounds */
  gboolean plain;      /* attributes as where there are no colours */
  gint32 foreground, background; /* what UI_COLOUR_DEFAULT is taken to be when contrast is computed */
  UiThemeColours colours[UI_STYLE_COUNT]; /* black on black = not given */
};

/* How THEME shows STYLE. */
UiThemeStyle ui_theme_style (const UiTheme *theme, UiStyle style);
/* The built-in themes, NULL-terminated. */
const UiTheme *const *ui_themes (void);
/* NULL when there is none of this name. */
const UiTheme *ui_theme_find (const char *id);
/* Contrast of STYLE by WCAG 2.1 (1..21). */
double ui_theme_contrast (const UiTheme *theme, UiStyle style);
/* Name of a style ("ok", "sql-keyword"), for tests. */
const char *ui_style_name (UiStyle style);

G_END_DECLS
