/* SPDX-License-Identifier: MIT
 * Tokens of a Spark SQL statement, and their text in a dialect with "x" identifiers and 'x' strings.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  ROOM_TOKEN_WORD,   /* keyword or plain identifier, text as written */
  ROOM_TOKEN_NAME,   /* `x`, text decoded */
  ROOM_TOKEN_STRING, /* 'x' or "x", text decoded */
  ROOM_TOKEN_NUMBER,
  ROOM_TOKEN_SYMBOL, /* operator or punctuation */
  ROOM_TOKEN_RAW,    /* text of ours, written as it is */
} RoomTokenType;

typedef struct {
  RoomTokenType type;
  char *text;
  guint line, column; /* 1 and 0 based, as Spark counts them */
} RoomToken;

RoomToken *room_token_new (RoomTokenType type, const char *text);

/* The tokens of TEXT without comments; an array that owns RoomToken. SPARK chooses Spark's quotes (double
 * quotes are strings), otherwise "x" is a name. Gives; NULL and "[PARSE_SYNTAX_ERROR] ..." otherwise. */
GPtrArray *room_sql_lex (const char *text, gboolean spark, GError **error);
/* Tokens FROM..TO-1 as text. Gives. */
char *room_sql_unlex (GPtrArray *tokens, guint from, guint to);

/* The token at INDEX, NULL behind the end. Borrowed. */
const RoomToken *room_token_at (GPtrArray *tokens, guint index);
/* TRUE for the keyword WORD (any case), TRUE for the symbol SYMBOL. TOKEN may be NULL. */
gboolean room_token_is_word (const RoomToken *token, const char *word);
gboolean room_token_is_symbol (const RoomToken *token, const char *symbol);
gboolean room_token_is_one_of (const RoomToken *token, const char *const *words);
/* Index of the parenthesis that closes the one at OPEN, or the number of tokens. */
guint room_tokens_close (GPtrArray *tokens, guint open);

/* "[PARSE_SYNTAX_ERROR] Syntax error at or near 'x'. SQLSTATE: 42601 (line 1, pos 7)"; TOKEN NULL = the end.
 * Always returns FALSE. */
gboolean room_sql_syntax_error (GError **error, const RoomToken *token, const char *detail);

G_END_DECLS
