/* SPDX-License-Identifier: MIT
 * The lexer of the query text: quotes, escapes, comments and numbers as Spark SQL reads them.
 */
#include "room/sql-lex.h"

#include "base/error.h"
#include "room/sql-text.h"

#include <string.h>

typedef struct {
  const char *at;
  const char *line_start;
  guint line;
  gboolean spark;
  GPtrArray *tokens;
} Lexer;

static void
token_free (gpointer data)
{
  RoomToken *token = data;

  g_free (token->text);
  g_free (token);
}

RoomToken *
room_token_new (RoomTokenType type, const char *text)
{
  RoomToken *token = g_new0 (RoomToken, 1);

  token->type = type;
  token->text = g_strdup (text);
  token->line = 1;
  return token;
}

const RoomToken *
room_token_at (GPtrArray *tokens, guint index)
{
  return index < tokens->len ? g_ptr_array_index (tokens, index) : NULL;
}

gboolean
room_token_is_word (const RoomToken *token, const char *word)
{
  return token != NULL && token->type == ROOM_TOKEN_WORD && g_ascii_strcasecmp (token->text, word) == 0;
}

gboolean
room_token_is_symbol (const RoomToken *token, const char *symbol)
{
  return token != NULL && token->type == ROOM_TOKEN_SYMBOL && strcmp (token->text, symbol) == 0;
}

gboolean
room_token_is_one_of (const RoomToken *token, const char *const *words)
{
  for (; *words != NULL; words++)
    if (room_token_is_word (token, *words))
      return TRUE;
  return FALSE;
}

guint
room_tokens_close (GPtrArray *tokens, guint open)
{
  guint depth = 0;

  for (guint i = open; i < tokens->len; i++) {
    const RoomToken *token = g_ptr_array_index (tokens, i);

    if (room_token_is_symbol (token, "("))
      depth++;
    else if (room_token_is_symbol (token, ")") && --depth == 0)
      return i;
  }
  return tokens->len;
}

gboolean
room_sql_syntax_error (GError **error, const RoomToken *token, const char *detail)
{
  g_autofree char *near = token == NULL ? g_strdup ("end of input") : g_strdup_printf ("'%s'", token->text);

  cr_set_error (error, CR_ERROR_INPUT, "Correct the query text and publish the query again.",
                "[PARSE_SYNTAX_ERROR] Syntax error at or near %s%s%s. SQLSTATE: 42601 (line %u, pos %u)",
                near, detail != NULL ? ": " : "", detail != NULL ? detail : "",
                token != NULL ? token->line : 1, token != NULL ? token->column : 0);
  return FALSE;
}

static void
add (Lexer *lexer, RoomTokenType type, const char *start, char *text /* takes */)
{
  RoomToken *token = g_new0 (RoomToken, 1);

  token->type = type;
  token->text = text;
  token->line = lexer->line;
  token->column = start >= lexer->line_start ? (guint) (start - lexer->line_start) : 0;
  g_ptr_array_add (lexer->tokens, token);
}

/* Blanks and comments; hints are comments too. */
static void
skip_blank (Lexer *lexer)
{
  const char *end;

  for (;;) {
    while (g_ascii_isspace (*lexer->at)) {
      if (*lexer->at++ == '\n') {
        lexer->line++;
        lexer->line_start = lexer->at;
      }
    }
    if (lexer->at[0] == '-' && lexer->at[1] == '-')
      lexer->at += strcspn (lexer->at, "\n");
    else if (lexer->at[0] == '/' && lexer->at[1] == '*') {
      end = strstr (lexer->at + 2, "*/");
      lexer->at = end != NULL ? end + 2 : lexer->at + strlen (lexer->at);
    } else
      return;
  }
}

/* The character that \C stands for; \% and \_ keep the backslash because LIKE reads it. */
static void
append_escape (GString *out, char c)
{
  static const char letters[] = "0bnrtZ";
  static const char values[] = { '\0', '\b', '\n', '\r', '\t', 0x1a };
  const char *found = c != '\0' ? strchr (letters, c) : NULL;

  if (found != NULL && c != '0')
    g_string_append_c (out, values[found - letters]);
  else if (c == '%' || c == '_')
    g_string_append_printf (out, "\\%c", c);
  else if (c != '0')
    g_string_append_c (out, c);
}

static gboolean
lex_quoted (Lexer *lexer, RoomTokenType type, gboolean escapes, GError **error)
{
  const char *start = lexer->at;
  char quote = *lexer->at++;
  GString *text = g_string_new (NULL);

  for (; *lexer->at != '\0'; lexer->at++) {
    if (*lexer->at == '\n')
      lexer->line++;
    if (*lexer->at == quote && lexer->at[1] == quote)
      lexer->at++;
    else if (*lexer->at == quote)
      break;
    else if (escapes && *lexer->at == '\\' && lexer->at[1] != '\0') {
      append_escape (text, *++lexer->at);
      continue;
    }
    g_string_append_c (text, *lexer->at);
  }
  add (lexer, type, start, g_string_free (text, FALSE));
  if (*lexer->at != quote)
    return room_sql_syntax_error (error, g_ptr_array_index (lexer->tokens, lexer->tokens->len - 1),
                                  "the quote is not closed");
  lexer->at++;
  return TRUE;
}

/* 12, 1.5, .5, 1e3 and Spark's suffixes: L long, S and Y small, D double, F float, BD decimal. */
static void
lex_number (Lexer *lexer)
{
  static const struct {
    const char *suffix, *type;
  } suffixes[] = { { "BD", NULL },     { "L", "BIGINT" }, { "S", "SMALLINT" },
                   { "Y", "TINYINT" }, { "D", "DOUBLE" }, { "F", "FLOAT" } };
  const char *start = lexer->at;
  const char *end = start + strspn (start, "0123456789");

  if (*end == '.')
    end += 1 + strspn (end + 1, "0123456789");
  if ((*end == 'e' || *end == 'E')
      && (g_ascii_isdigit (end[1]) || ((end[1] == '-' || end[1] == '+') && g_ascii_isdigit (end[2]))))
    end += 2 + strspn (end + 2, "0123456789");
  g_autofree char *digits = g_strndup (start, (gsize) (end - start));
  for (gsize i = 0; lexer->spark && i < G_N_ELEMENTS (suffixes); i++) {
    gsize length = strlen (suffixes[i].suffix);

    if (g_ascii_strncasecmp (end, suffixes[i].suffix, length) != 0 || g_ascii_isalnum (end[length])
        || end[length] == '_')
      continue;
    lexer->at = end + length;
    if (suffixes[i].type != NULL) {
      static const char *const cast[] = { "CAST", "(", NULL, "AS", NULL, ")" };

      for (gsize k = 0; k < G_N_ELEMENTS (cast); k++)
        add (lexer,
             k == 2             ? ROOM_TOKEN_NUMBER
             : k == 1 || k == 5 ? ROOM_TOKEN_SYMBOL
                                : ROOM_TOKEN_WORD,
             start,
             g_strdup (k == 2   ? digits
                       : k == 4 ? suffixes[i].type
                                : cast[k]));
      return;
    }
    end = lexer->at - length;
    break;
  }
  if (lexer->at == start)
    lexer->at = end;
  add (lexer, ROOM_TOKEN_NUMBER, start, g_steal_pointer (&digits));
}

static void
lex_word (Lexer *lexer)
{
  const char *start = lexer->at;

  while (g_ascii_isalnum (*lexer->at) || *lexer->at == '_' || (guchar) *lexer->at >= 0x80)
    lexer->at++;
  add (lexer, ROOM_TOKEN_WORD, start, g_strndup (start, (gsize) (lexer->at - start)));
}

static gboolean
lex_symbol (Lexer *lexer, GError **error)
{
  static const char *const symbols[] = { "<=>", "||", "==", "<=", ">=", "<>",
                                         "!=",  "::", "->", "<<", ">>", NULL };
  const char *start = lexer->at;

  for (const char *const *s = symbols; *s != NULL; s++)
    if (g_str_has_prefix (start, *s)) {
      lexer->at += strlen (*s);
      add (lexer, ROOM_TOKEN_SYMBOL, start, g_strdup (*s));
      return TRUE;
    }
  lexer->at++;
  add (lexer, ROOM_TOKEN_SYMBOL, start, g_strndup (start, 1));
  if (strchr ("+-*/%(),.;=<>!&|^~[]:", *start) == NULL)
    return room_sql_syntax_error (error, g_ptr_array_index (lexer->tokens, lexer->tokens->len - 1), NULL);
  return TRUE;
}

static gboolean
lex_one (Lexer *lexer, GError **error)
{
  char c = *lexer->at;

  if (c == '`')
    return lex_quoted (lexer, ROOM_TOKEN_NAME, FALSE, error);
  if (c == '\'')
    return lex_quoted (lexer, ROOM_TOKEN_STRING, lexer->spark, error);
  if (c == '"')
    return lex_quoted (lexer, lexer->spark ? ROOM_TOKEN_STRING : ROOM_TOKEN_NAME, lexer->spark, error);
  if ((c == 'r' || c == 'R') && lexer->spark && (lexer->at[1] == '\'' || lexer->at[1] == '"')) {
    lexer->at++;
    return lex_quoted (lexer, ROOM_TOKEN_STRING, FALSE, error);
  }
  if (g_ascii_isdigit (c) || (c == '.' && g_ascii_isdigit (lexer->at[1]))) {
    lex_number (lexer);
    return TRUE;
  }
  if (g_ascii_isalpha (c) || c == '_' || (guchar) c >= 0x80) {
    lex_word (lexer);
    return TRUE;
  }
  return lex_symbol (lexer, error);
}

GPtrArray *
room_sql_lex (const char *text, gboolean spark, GError **error)
{
  g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (token_free);
  Lexer lexer = { .at = text, .line_start = text, .line = 1, .spark = spark, .tokens = tokens };

  for (skip_blank (&lexer); *lexer.at != '\0'; skip_blank (&lexer))
    if (!lex_one (&lexer, error))
      return NULL;
  return g_steal_pointer (&tokens);
}

static void
append_quoted (GString *out, const char *text, char quote)
{
  g_string_append_c (out, quote);
  for (; *text != '\0'; text++) {
    if (*text == quote)
      g_string_append_c (out, quote);
    g_string_append_c (out, *text);
  }
  g_string_append_c (out, quote);
}

char *
room_sql_quote (const char *name)
{
  GString *out = g_string_new (NULL);

  append_quoted (out, name, '"');
  return g_string_free (out, FALSE);
}

char *
room_sql_unlex (GPtrArray *tokens, guint from, guint to)
{
  GString *out = g_string_new (NULL);

  for (guint i = from; i < to && i < tokens->len; i++) {
    const RoomToken *token = g_ptr_array_index (tokens, i);

    if (i > from)
      g_string_append_c (out, ' ');
    if (token->type == ROOM_TOKEN_NAME)
      append_quoted (out, token->text, '"');
    else if (token->type == ROOM_TOKEN_STRING)
      append_quoted (out, token->text, '\'');
    else
      g_string_append (out, token->text);
  }
  return g_string_free (out, FALSE);
}
