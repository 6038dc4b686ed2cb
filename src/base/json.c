/* SPDX-License-Identifier: MIT
 * jansson made comfortable (json.h).
 */
#include "base/json.h"

#include "base/error.h"
#include "base/file.h"
#include "base/translate.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static void
wipe_and_free (void *memory)
{
  if (memory != NULL)
    explicit_bzero (memory, malloc_usable_size (memory));
  free (memory);
}

void
cr_json_wipe_freed (void)
{
  json_set_alloc_funcs (malloc, wipe_and_free);
}

/* Every level costs stack in each function that walks the value later, and threads have little of it. */
static gboolean
is_too_deep (const char *text, gsize length)
{
  guint depth = 0;
  gboolean in_text = FALSE;
  for (gsize i = 0; i < length; i++) {
    if (in_text && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      in_text = !in_text;
    else if (!in_text && (text[i] == '[' || text[i] == '{') && ++depth > CR_JSON_MAX_DEPTH)
      return TRUE;
    else if (!in_text && (text[i] == ']' || text[i] == '}') && depth > 0)
      depth--;
  }
  return FALSE;
}

static json_t *
parse (const char *text, gsize length, size_t flags, const char *what, GError **error)
{
  if (length > CR_JSON_MAX_BYTES) {
    cr_set_error (error, CR_ERROR_INPUT, "Check that this is the right file.",
                  "%s is too large: %zu bytes of JSON, at most %u are taken.", what, length,
                  CR_JSON_MAX_BYTES);
    return NULL;
  }
  if (text != NULL && is_too_deep (text, length)) {
    cr_set_error (error, CR_ERROR_INPUT, "Correct the JSON text.",
                  "%s is not valid JSON: it is nested deeper than %u levels.", what, CR_JSON_MAX_DEPTH);
    return NULL;
  }
  json_error_t problem;
  json_t *value = json_loadb (text != NULL ? text : "", length,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | flags, &problem);
  if (value == NULL)
    cr_set_error (error, CR_ERROR_INPUT, "Correct the JSON text.",
                  "%s is not valid JSON: line %d, column %d: %s.", what, problem.line, problem.column,
                  problem.text);
  return value;
}

json_t *
cr_json_parse (const char *text, gsize length, const char *what, GError **error)
{
  return parse (text, length, 0, what, error);
}

json_t *
cr_json_parse_kept (const char *text, gsize length, const char *what, GError **error)
{
  return parse (text, length, JSON_ALLOW_NUL, what, error);
}

/* TEXT with the backslash of every escaped NUL escaped itself; NULL when there is none. Gives. */
static char *
without_nul (const char *text, gsize length, gsize *new_length)
{
  g_autoptr (GString) changed = g_string_sized_new (length + 16);
  gboolean found = FALSE;
  for (gsize i = 0; i < length; i++) {
    gboolean escape = text[i] == '\\' && i + 1 < length;
    gboolean nul = escape && length - i >= 6 && memcmp (text + i, "\\u0000", 6) == 0;
    found = found || nul;
    if (nul)
      g_string_append_c (changed, '\\');
    g_string_append_c (changed, text[i]);
    if (escape)
      g_string_append_c (changed, text[++i]);
  }
  *new_length = changed->len;
  return found ? g_string_free (g_steal_pointer (&changed), FALSE) : NULL;
}

json_t *
cr_json_parse_shown (const char *text, gsize length, const char *what, GError **error)
{
  gsize changed_length = 0;
  g_autofree char *changed = text != NULL && length <= CR_JSON_MAX_BYTES
                                     && g_strstr_len (text, (gssize) length, "\\u0000") != NULL
                                 ? without_nul (text, length, &changed_length)
                                 : NULL;
  return changed != NULL ? parse (changed, changed_length, 0, what, error)
                         : parse (text, length, 0, what, error);
}

json_t *
cr_json_parse_bytes (GBytes *bytes, const char *what, GError **error)
{
  gsize length = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
  return cr_json_parse (text, length, what, error);
}

json_t *
cr_json_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = cr_file_read (path, CR_JSON_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  return cr_json_parse_bytes (bytes, path, error);
}

gboolean
cr_json_save (const json_t *value, const char *path, guint mode, GError **error)
{
  g_autofree char *text = cr_json_dump_pretty (value);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  return cr_file_write (path, line, -1, mode, error);
}

/* jansson allocates with malloc; our callers free with g_free, which GLib defines as the same since 2.46. */
static char *
dump (const json_t *value, size_t flags)
{
  char *text = json_dumps (value, flags | JSON_ENCODE_ANY);
  g_assert (text != NULL);
  return text;
}

char *
cr_json_dump (const json_t *value)
{
  return dump (value, JSON_COMPACT);
}

char *
cr_json_dump_canonical (const json_t *value)
{
  return dump (value, JSON_INDENT (2) | JSON_SORT_KEYS);
}

char *
cr_json_dump_pretty (const json_t *value)
{
  return dump (value, JSON_INDENT (2));
}

GBytes *
cr_json_dump_bytes (const json_t *value)
{
  char *text = cr_json_dump (value);
  return g_bytes_new_take (text, strlen (text));
}

static json_t *
required (const json_t *object, const char *key, json_type type, const char *word, const char *what,
          GError **error)
{
  json_t *value = json_object_get (object, key);
  if (value != NULL && json_typeof (value) == type)
    return value;
  cr_set_error (error, CR_ERROR_INPUT, NULL,
                value == NULL ? N_ ("%s: \"%s\" is missing; %s is expected.")
                              : N_ ("%s: \"%s\" is of the wrong type; %s is expected."),
                what, key, word);
  return NULL;
}

const char *
cr_json_get_string (const json_t *object, const char *key, const char *what, GError **error)
{
  json_t *value = required (object, key, JSON_STRING, "a text", what, error);
  return value != NULL ? json_string_value (value) : NULL;
}

json_t *
cr_json_get_object (const json_t *object, const char *key, const char *what, GError **error)
{
  return required (object, key, JSON_OBJECT, "an object", what, error);
}

json_t *
cr_json_get_array (const json_t *object, const char *key, const char *what, GError **error)
{
  return required (object, key, JSON_ARRAY, "a list", what, error);
}

gboolean
cr_json_get_int (const json_t *object, const char *key, const char *what, gint64 *value, GError **error)
{
  json_t *member = required (object, key, JSON_INTEGER, "a whole number", what, error);
  if (member == NULL)
    return FALSE;
  *value = json_integer_value (member);
  return TRUE;
}

const char *
cr_json_peek_string (const json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

gint64
cr_json_peek_int (const json_t *object, const char *key, gint64 fallback)
{
  json_t *value = json_object_get (object, key);
  return json_is_integer (value) ? json_integer_value (value) : fallback;
}

gboolean
cr_json_peek_bool (const json_t *object, const char *key, gboolean fallback)
{
  json_t *value = json_object_get (object, key);
  return json_is_boolean (value) ? json_is_true (value) : fallback;
}

void
cr_json_set (json_t *object, const char *key, json_t *value)
{
  g_return_if_fail (value != NULL);
  json_object_set_new (object, key, value);
}

void
cr_json_set_string (json_t *object, const char *key, const char *value)
{
  if (value == NULL)
    return;
  json_t *text = json_string (value);
  if (text == NULL) {
    g_autofree char *valid = g_utf8_make_valid (value, -1);
    text = json_string (valid);
  }
  json_object_set_new (object, key, text);
}

void
cr_json_set_int (json_t *object, const char *key, gint64 value)
{
  json_object_set_new (object, key, json_integer (value));
}

void
cr_json_set_bool (json_t *object, const char *key, gboolean value)
{
  json_object_set_new (object, key, json_boolean (value));
}
