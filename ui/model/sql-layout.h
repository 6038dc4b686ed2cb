/* SPDX-License-Identifier: MIT
 * A query as a person reads it before approving it: Spark SQL cut into tokens, laid out over lines, every
 * piece with a class that a face turns into a colour, and the remarks a careful reader would make.
 *
 * Nothing is hidden and nothing is changed: comments, letter case and odd characters stay, only blanks
 * between tokens differ. The laid out text has the same tokens as the original. Any text is accepted, valid
 * SQL or not.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  UI_SQL_KEYWORD,
  UI_SQL_NAME,     /* plain or `quoted` */
  UI_SQL_FUNCTION, /* a name before ( */
  UI_SQL_STRING,
  UI_SQL_NUMBER,
  UI_SQL_SYMBOL,
  UI_SQL_COMMENT,
  UI_SQL_ODD, /* a character that SQL does not have: control, invisible or look-alike letters */
} UiSqlClass;

typedef struct {
  UiSqlClass class;
  char *text;     /* exactly as written; may hold line breaks (strings, comments) */
  gboolean glued; /* nothing stood between it and the token before */
} UiSqlToken;

typedef struct {
  UiSqlClass class;
  char *text; /* without line breaks; not yet safe for a terminal */
} UiSqlSpan;

typedef struct {
  GArray *spans; /* of UiSqlSpan; blanks are part of the spans */
} UiSqlLine;

/* The tokens of TEXT, comments included. Gives an array that owns UiSqlToken. NULL is "". */
GPtrArray *ui_sql_tokens (const char *text);

/* TEXT laid out for lines of about WIDTH cells (a long string or name may stand over). Gives an array that
 * owns UiSqlLine. */
GPtrArray *ui_sql_layout (const char *text, int width);

/* The same as plain text, lines ended by line feeds. Gives. */
char *ui_sql_layout_text (const char *text, int width);

/* What a reader should know before approving TEXT: views it reads that VIEWS (NULL-terminated, NULL =
 * unknown) does not name, files read by path, comments, several statements, invisible or look-alike
 * characters. Gives an array of sentences, translated, safe for a terminal; empty when there is nothing to
 * say. */
GPtrArray *ui_sql_remarks (const char *text, const char *const *views);

G_END_DECLS
