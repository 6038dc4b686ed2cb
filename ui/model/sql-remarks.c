/* SPDX-License-Identifier: MIT
 * What a careful reader notices in a query before approving it. The clean room does not check that a query
 * reads registered views only; the review by the owners is the control, so these remarks help the reviewer.
 */
#include "ui/model/sql-layout.h"

#include "base/text.h"

#include "base/translate.h"
#include <string.h>

typedef struct {
  GPtrArray *tokens; /* without comments */
  const char *const *views;
  GHashTable *own;  /* names that the query itself defines, folded */
  GHashTable *said; /* names already remarked */
  GPtrArray *remarks;
} Review;

static const UiSqlToken *
token_at (const Review *review, guint i)
{
  return i < review->tokens->len ? review->tokens->pdata[i] : NULL;
}

static gboolean
is (const UiSqlToken *token, const char *text)
{
  return token != NULL && (token->class == UI_SQL_KEYWORD || token->class == UI_SQL_SYMBOL)
         && g_ascii_strcasecmp (token->text, text) == 0;
}

static gboolean
is_name (const UiSqlToken *token)
{
  return token != NULL && (token->class == UI_SQL_NAME || token->class == UI_SQL_FUNCTION);
}

/* `x` and x name the same view, in any case. Gives. */
static char *
folded (const UiSqlToken *token)
{
  gsize length = strlen (token->text);
  g_autofree char *bare = token->text[0] == '`' && length >= 2 ? g_strndup (token->text + 1, length - 2)
                                                               : g_strdup (token->text);

  return g_ascii_strdown (bare, -1);
}

static void G_GNUC_PRINTF (2, 3) say (Review *review, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (review->remarks, cr_text_safe (text));
}

/* WITH name AS ( ... ), and CREATE ... VIEW name AS. */
static void
collect_own_names (Review *review)
{
  for (guint i = 1; i < review->tokens->len; i++) {
    const UiSqlToken *token = token_at (review, i), *before = token_at (review, i - 1);

    if (!is_name (token))
      continue;
    if (is (before, "VIEW")
        || (is (token_at (review, i + 1), "AS") && is (token_at (review, i + 2), "(")
            && (is (before, "WITH") || is (before, "RECURSIVE") || is (before, ","))))
      g_hash_table_add (review->own, folded (token));
  }
}

static gboolean
is_known_view (const Review *review, const char *name)
{
  if (g_hash_table_contains (review->own, name))
    return TRUE;
  for (guint i = 0; review->views != NULL && review->views[i] != NULL; i++)
    if (g_ascii_strcasecmp (review->views[i], name) == 0)
      return TRUE;
  return FALSE;
}

/* A view may have the name of a word that SQL uses elsewhere (FROM first). */
static gboolean
may_name_source (const UiSqlToken *token)
{
  static const char *const no_name[] = { "SELECT", "WITH", "VALUES", "LATERAL", "TABLE", "FROM", NULL };

  if (token == NULL || token->class == UI_SQL_SYMBOL || token->class == UI_SQL_NUMBER)
    return FALSE;
  for (const char *const *word = no_name; *word != NULL; word++)
    if (is (token, *word))
      return FALSE;
  return TRUE;
}

/* What stands at I is read from: a view, a path, or a function that makes a table. */
static void
review_source (Review *review, guint i)
{
  const UiSqlToken *token = token_at (review, i), *next = token_at (review, i + 1);
  g_autofree char *name = NULL;

  if (!may_name_source (token))
    return;
  name = folded (token);
  if (is (next, ".")) {
    const UiSqlToken *rest = token_at (review, i + 2);
    g_autofree char *whole = g_strconcat (token->text, ".", rest != NULL ? rest->text : "", NULL);

    if (g_hash_table_add (review->said, g_strdup (whole)))
      say (review, _ ("It reads %s, which is a path or a table of another place, not a view of this query."),
           whole);
  } else if (is (next, "(")) {
    if (g_hash_table_add (review->said, g_strdup (name)))
      say (review, _ ("It reads from the function %s (), not from a view of this query."), token->text);
  } else if (review->views != NULL && !is_known_view (review, name)
             && g_hash_table_add (review->said, g_steal_pointer (&name)))
    say (review, _ ("It reads %s, which is not among the views of this query."), token->text);
}

typedef struct {
  gboolean query; /* SELECT was seen: FROM reads, unlike in EXTRACT (YEAR FROM x) */
  gboolean from;  /* in its list of sources: a comma begins another one */
} Level;

/* Words that end a list of sources. */
static gboolean
ends_sources (const UiSqlToken *token)
{
  static const char *const ends[] = { "WHERE",  "GROUP",     "ORDER",  "HAVING", "LIMIT",
                                      "UNION",  "INTERSECT", "EXCEPT", "MINUS",  "SELECT",
                                      "WINDOW", "LATERAL",   "ON",     "USING",  NULL };

  for (const char *const *end = ends; *end != NULL; end++)
    if (is (token, *end))
      return TRUE;
  return FALSE;
}

/* FROM a, b JOIN c: every name at the start of an item. */
static void
review_sources (Review *review)
{
  g_autoptr (GArray) levels = g_array_new (FALSE, TRUE, sizeof (Level));
  Level level = { 0 };

  for (guint i = 0; i < review->tokens->len; i++) {
    const UiSqlToken *token = token_at (review, i), *before = i > 0 ? token_at (review, i - 1) : NULL;

    if (is (token, "(")) {
      gboolean source = level.from && (is (before, "FROM") || is (before, "JOIN"));

      g_array_append_val (levels, level);
      level = (Level){ .query = source, .from = source }; /* FROM (a JOIN b) */
      if (source)
        review_source (review, i + 1);
    } else if (is (token, ")") && levels->len > 0) {
      level = g_array_index (levels, Level, levels->len - 1);
      g_array_set_size (levels, levels->len - 1);
    } else if ((is (token, "FROM") && (level.query || before == NULL || is (before, "("))
                && !is (before, "DISTINCT"))
               || is (token, "JOIN")) {
      level.from = TRUE;
      review_source (review, i + 1);
    } else if (level.from && is (token, ","))
      review_source (review, i + 1);
    else if (ends_sources (token))
      level = (Level){ .query = level.query || is (token, "SELECT") };
  }
}

static void
review_comment (Review *review, const char *text, gboolean *differs)
{
  if (g_str_has_prefix (text, "/*") && strlen (text) > 4 && strstr (text + 2, "/*") != NULL)
    *differs = TRUE;
  if (g_str_has_prefix (text, "--") && g_str_has_suffix (text, "\\"))
    *differs = TRUE;
  if (g_str_has_prefix (text, "/*+"))
    say (review, _ ("It gives the engine a hint: %s"), text);
}

/* Characters: what is no SQL, and what looks like something else inside strings and names. */
static void
review_characters (Review *review, const char *text, GPtrArray *all)
{
  g_auto (GStrv) parts = g_strsplit (text, "\r\n", -1); /* Windows line ends are harmless */
  g_autofree char *plain = g_strjoinv ("\n", parts);
  g_autofree char *safe = cr_text_safe_lines (plain);
  gboolean odd = FALSE, comment = FALSE;
  gboolean differs = strchr (plain, '\r') != NULL && strstr (plain, "--") != NULL;

  for (guint i = 0; i < all->len; i++) {
    const UiSqlToken *token = all->pdata[i];

    odd = odd || token->class == UI_SQL_ODD || (token->class == UI_SQL_NAME && !g_str_is_ascii (token->text));
    if (token->class != UI_SQL_COMMENT)
      continue;
    comment = TRUE;
    review_comment (review, token->text, &differs);
  }
  if (differs)
    say (review, "%s",
         _ ("A comment in it ends at different places for different engines: read what follows it twice."));
  else if (comment)
    say (review, "%s", _ ("It holds comments; they are not executed."));
  if (odd || strstr (safe, "\xef\xbf\xbd") != NULL)
    say (review, "%s",
         _ ("It holds invisible characters or letters of other alphabets outside of texts; "
            "they are shown marked."));
}

static void
review_statements (Review *review)
{
  for (guint i = 0; i + 1 < review->tokens->len; i++)
    if (is (token_at (review, i), ";")) {
      say (review, "%s", _ ("It is more than one statement."));
      return;
    }
}

GPtrArray *
ui_sql_remarks (const char *text, const char *const *views)
{
  g_autoptr (GPtrArray) all = ui_sql_tokens (text);
  g_autoptr (GPtrArray) code = g_ptr_array_new ();
  g_autoptr (GHashTable) own = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Review review = { .tokens = code,
                    .views = views,
                    .own = own,
                    .said = said,
                    .remarks = g_ptr_array_new_with_free_func (g_free) };

  for (guint i = 0; i < all->len; i++)
    if (((UiSqlToken *) all->pdata[i])->class != UI_SQL_COMMENT)
      g_ptr_array_add (code, all->pdata[i]);
  collect_own_names (&review);
  review_sources (&review);
  review_statements (&review);
  review_characters (&review, text != NULL ? text : "", all);
  return review.remarks;
}
