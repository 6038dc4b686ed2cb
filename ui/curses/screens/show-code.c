/* SPDX-License-Identifier: MIT
 * JSON and SQL in colours.
 */
#include "ui/curses/screens/show.h"
#include "ui/model/sql-layout.h"

#include <string.h>

/* Behind the string that starts at AT. */
static const char *
skip_string (const char *at)
{
  for (at++; *at != '\0' && *at != '"'; at++)
    if (*at == '\\' && at[1] != '\0')
      at++;
  return *at == '"' ? at + 1 : at;
}

static void
add_piece (UiRich *rich, UiStyle style, const char *start, const char *end)
{
  g_autofree char *piece = g_strndup (start, (gsize) (end - start));

  ui_rich_add (rich, style, piece);
}

static void
json_line (UiRich *rich, const char *line)
{
  const char *at = line + strspn (line, " ");

  ui_rich_hang (rich, (int) MIN (at - line, 20) + 2);
  add_piece (rich, UI_STYLE_CODE, line, at);
  while (*at != '\0') {
    const char *end;
    UiStyle style = UI_STYLE_CODE;

    if (*at == '"') {
      end = skip_string (at);
      style = end[strspn (end, " ")] == ':' ? UI_STYLE_JSON_NAME : UI_STYLE_SQL_STRING;
    } else if (g_ascii_isalnum (*at) || *at == '-') {
      end = at + strspn (at, "-+.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
      style = UI_STYLE_SQL_NUMBER;
    } else
      end = at + strcspn (at, "\"-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    add_piece (rich, style, at, end);
    at = end;
  }
  ui_rich_end (rich);
}

void
ui_show_json (UiRich *rich, const char *lines)
{
  g_auto (GStrv) all = g_strsplit (lines != NULL ? lines : "", "\n", -1);
  const char *start = lines != NULL ? lines + strspn (lines, " \n\t") : "";
  gboolean pem = g_str_has_prefix (start, "-----BEGIN ");
  gboolean json = *start == '{' || *start == '[';

  for (guint i = 0; all[i] != NULL; i++) {
    if (all[i][0] == '\0' && all[i + 1] == NULL)
      break;
    if (json)
      json_line (rich, all[i]);
    else {
      ui_rich_add (rich, UI_STYLE_CODE, all[i]);
      if (pem) /* to be copied as it is */
        ui_rich_no_wrap (rich);
      ui_rich_end (rich);
    }
  }
}

static UiStyle
sql_style (UiSqlClass class)
{
  static const UiStyle styles[] = {
    [UI_SQL_KEYWORD] = UI_STYLE_SQL_KEYWORD, [UI_SQL_NAME] = UI_STYLE_TEXT,
    [UI_SQL_FUNCTION] = UI_STYLE_STRONG,     [UI_SQL_STRING] = UI_STYLE_SQL_STRING,
    [UI_SQL_NUMBER] = UI_STYLE_SQL_NUMBER,   [UI_SQL_SYMBOL] = UI_STYLE_TEXT,
    [UI_SQL_COMMENT] = UI_STYLE_SQL_COMMENT, [UI_SQL_ODD] = UI_STYLE_WARNING
  };

  return styles[class];
}

void
ui_show_sql (UiRich *rich, const char *sql, int columns, guint *number)
{
  g_autoptr (GPtrArray) lines = ui_sql_layout (sql, MIN (columns - 5, 100));

  for (guint i = 0; i < lines->len; i++) {
    const UiSqlLine *line = lines->pdata[i];

    ui_rich_format (rich, UI_STYLE_DIM, "%3u  ", (*number)++);
    for (guint k = 0; k < line->spans->len; k++) {
      const UiSqlSpan *span = &g_array_index (line->spans, UiSqlSpan, k);

      ui_rich_add (rich, sql_style (span->class), span->text);
    }
    ui_rich_hang (rich, 9);
    ui_rich_end (rich);
  }
}
