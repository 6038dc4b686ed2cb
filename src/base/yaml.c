/* SPDX-License-Identifier: MIT
 * YAML read into a tree that remembers lines (yaml.h).
 */
#include "base/yaml.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <string.h>
#include <yaml.h>

#define FILE_MAX_BYTES (4u * 1024 * 1024)
#define DEPTH_MAX 64
#define NODES_MAX 200000

struct CrYaml {
  CrYamlType type;
  guint line;
  gboolean quoted;
  const char *file; /* borrowed from the document */
  char *text;
  GPtrArray *items; /* CrYaml*, owned by the document */
  GPtrArray *keys;  /* CrYaml*, owned by the document */
};

struct CrYamlFile {
  char *name;
  GPtrArray *nodes; /* owns every node */
  CrYaml *root;
};

static void
node_free (gpointer data)
{
  CrYaml *node = data;
  g_free (node->text);
  g_clear_pointer (&node->items, g_ptr_array_unref);
  g_clear_pointer (&node->keys, g_ptr_array_unref);
  g_free (node);
}

void
cr_yaml_free (CrYamlFile *file)
{
  if (file == NULL)
    return;
  g_ptr_array_unref (file->nodes);
  g_free (file->name);
  g_free (file);
}

static gboolean
fail (GError **error, const char *file, gsize line, const char *reason)
{
  cr_set_error (error, CR_ERROR_INPUT, "Correct the file at that line.", "%s:%zu: %s", file, line, reason);
  return FALSE;
}

/* --- a document becomes a tree --- */

typedef struct {
  CrYamlFile *file;
  yaml_document_t *document;
  GHashTable *open; /* yaml_node_t*: those that are being read; an alias to one of them has no end */
  guint steps;      /* nodes that were looked at, also where nothing came of them */
} Reading;

static CrYaml *convert (Reading *reading, int index, guint depth, GError **error);

/* FALSE when NODE is being read already, or too much was. */
static gboolean
enter (Reading *reading, yaml_node_t *node, guint depth, GError **error)
{
  const char *reason = depth > DEPTH_MAX               ? "nested too deeply."
                       : reading->steps++ >= NODES_MAX ? "too many values; each alias counts as what "
                                                         "it stands for."
                       : !g_hash_table_add (reading->open, node)
                           ? "an alias here leads back to where it stands."
                           : NULL;
  return reason == NULL || fail (error, reading->file->name, node->start_mark.line + 1, reason);
}

static void
leave (Reading *reading, yaml_node_t *node)
{
  g_hash_table_remove (reading->open, node);
}

/* "<<" without quotes: what its value holds belongs to this map as well. */
static gboolean
is_merge (const yaml_node_t *key)
{
  return key->type == YAML_SCALAR_NODE && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
         && key->data.scalar.length == 2 && memcmp (key->data.scalar.value, "<<", 2) == 0;
}

/* One pair of a map to INTO. A key that is there already counts for less when it is MERGED. */
static gboolean
take_pair (Reading *reading, const yaml_node_pair_t *pair, gboolean merged, CrYaml *into, GHashTable *seen,
           guint depth, GError **error)
{
  CrYaml *key = convert (reading, pair->key, depth + 1, error);
  if (key == NULL)
    return FALSE;
  if (key->type != CR_YAML_SCALAR)
    return fail (error, reading->file->name, key->line, "a key must be plain text.");
  if (!g_hash_table_add (seen, key->text)) {
    g_autofree char *reason = g_strdup_printf ("the key '%s' is there twice.", key->text);
    return merged || fail (error, reading->file->name, key->line, reason);
  }
  CrYaml *value = convert (reading, pair->value, depth + 1, error);
  if (value == NULL)
    return FALSE;
  g_ptr_array_add (into->keys, key);
  g_ptr_array_add (into->items, value);
  return TRUE;
}

static gboolean take_pairs (Reading *reading, yaml_node_t *from, gboolean merged, CrYaml *into,
                            GHashTable *seen, guint depth, GError **error);

/* What FROM, the value of a merge key, holds: a map, or maps of which the first that has a key counts. */
static gboolean
merge (Reading *reading, yaml_node_t *from, CrYaml *into, GHashTable *seen, guint depth, GError **error)
{
  if (from->type == YAML_SCALAR_NODE)
    return fail (error, reading->file->name, from->start_mark.line + 1,
                 "what is merged with '<<' must be a map, or a list of maps.");
  if (!enter (reading, from, depth, error))
    return FALSE;
  gboolean good = TRUE;
  if (from->type == YAML_MAPPING_NODE) {
    good = take_pairs (reading, from, TRUE, into, seen, depth, error);
  } else {
    for (yaml_node_item_t *item = from->data.sequence.items.start;
         good && item < from->data.sequence.items.top; item++) {
      yaml_node_t *one = yaml_document_get_node (reading->document, *item);
      good = one->type == YAML_MAPPING_NODE
                 ? merge (reading, one, into, seen, depth + 1, error)
                 : fail (error, reading->file->name, one->start_mark.line + 1,
                         "what is merged with '<<' must be a map, or a list of maps.");
    }
  }
  leave (reading, from);
  return good;
}

/* The pairs of the map FROM to INTO: its own ones first, for they count more than what it merges, and of
 * several merges the last. So PyYAML reads it. */
static gboolean
take_pairs (Reading *reading, yaml_node_t *from, gboolean merged, CrYaml *into, GHashTable *seen, guint depth,
            GError **error)
{
  yaml_node_pair_t *start = from->data.mapping.pairs.start, *top = from->data.mapping.pairs.top;
  for (yaml_node_pair_t *pair = start; pair < top; pair++)
    if (!is_merge (yaml_document_get_node (reading->document, pair->key))
        && !take_pair (reading, pair, merged, into, seen, depth, error))
      return FALSE;
  for (yaml_node_pair_t *pair = top; pair-- > start;)
    if (is_merge (yaml_document_get_node (reading->document, pair->key))
        && !merge (reading, yaml_document_get_node (reading->document, pair->value), into, seen, depth + 1,
                   error))
      return FALSE;
  return TRUE;
}

static gboolean
take_items (Reading *reading, yaml_node_t *from, CrYaml *into, guint depth, GError **error)
{
  for (yaml_node_item_t *item = from->data.sequence.items.start; item < from->data.sequence.items.top;
       item++) {
    CrYaml *value = convert (reading, *item, depth + 1, error);
    if (value == NULL)
      return FALSE;
    g_ptr_array_add (into->items, value);
  }
  return TRUE;
}

static gboolean
take_text (Reading *reading, yaml_node_t *from, CrYaml *node, GError **error)
{
  node->type = CR_YAML_SCALAR;
  node->quoted = from->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  node->text = g_strndup ((const char *) from->data.scalar.value, from->data.scalar.length);
  return strlen (node->text) == from->data.scalar.length
         || fail (error, reading->file->name, node->line, "a text holds a NUL character.");
}

/* Aliases are expanded; the limit of nodes stops those that would explode. */
static CrYaml *
convert (Reading *reading, int index, guint depth, GError **error)
{
  yaml_node_t *from = yaml_document_get_node (reading->document, index);
  if (!enter (reading, from, depth, error))
    return NULL;
  CrYaml *node = g_new0 (CrYaml, 1);
  g_ptr_array_add (reading->file->nodes, node);
  node->line = (guint) from->start_mark.line + 1;
  node->file = reading->file->name;
  gboolean good;
  if (from->type == YAML_SCALAR_NODE) {
    good = take_text (reading, from, node, error);
  } else if (from->type == YAML_SEQUENCE_NODE) {
    node->type = CR_YAML_LIST;
    node->items = g_ptr_array_new ();
    good = take_items (reading, from, node, depth, error);
  } else {
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    node->type = CR_YAML_MAP;
    node->items = g_ptr_array_new ();
    node->keys = g_ptr_array_new ();
    good = take_pairs (reading, from, FALSE, node, seen, depth, error);
  }
  leave (reading, from);
  return good ? node : NULL;
}

static gboolean
load_document (CrYamlFile *file, yaml_parser_t *parser, GError **error)
{
  yaml_document_t document;
  if (!yaml_parser_load (parser, &document)) {
    gsize line = parser->problem_mark.line + 1;
    g_autofree char *reason = g_strdup_printf ("%s.",
                                               parser->problem != NULL ? parser->problem : "not valid YAML");
    return fail (error, file->name, line, reason);
  }
  gboolean ok = FALSE;
  if (yaml_document_get_root_node (&document) == NULL) {
    fail (error, file->name, 1, "the file is empty.");
  } else {
    g_autoptr (GHashTable) open = g_hash_table_new (NULL, NULL);
    Reading reading = { .file = file, .document = &document, .open = open };
    file->root = convert (&reading, 1, 0, error);
    ok = file->root != NULL;
  }
  yaml_document_delete (&document);
  return ok;
}

CrYamlFile *
cr_yaml_parse (const char *text, gsize length, const char *name, GError **error)
{
  if (length > FILE_MAX_BYTES) {
    fail (error, name, 1, "the file is too large (at most 4 MiB).");
    return NULL;
  }
  g_autoptr (CrYamlFile) file = g_new0 (CrYamlFile, 1);
  file->name = g_strdup (name);
  file->nodes = g_ptr_array_new_with_free_func (node_free);

  const char *end = NULL;
  if (!g_utf8_validate_len (text, length, &end)) {
    gsize line = 1;
    for (const char *c = text; c < end; c++)
      line += *c == '\n';
    fail (error, name, line, "not UTF-8 text.");
    return NULL;
  }
  yaml_parser_t parser;
  if (!yaml_parser_initialize (&parser))
    g_error ("out of memory");
  yaml_parser_set_input_string (&parser, (const unsigned char *) text, length);
  gboolean ok = load_document (file, &parser, error);
  if (ok) {
    yaml_document_t second;
    if (!yaml_parser_load (&parser, &second)) {
      g_autofree char *reason = g_strdup_printf ("%s.",
                                                 parser.problem != NULL ? parser.problem : "not valid YAML");
      ok = fail (error, name, parser.problem_mark.line + 1, reason);
    } else {
      if (yaml_document_get_root_node (&second) != NULL)
        ok = fail (error, name, second.start_mark.line + 1,
                   "a second document starts here; one is expected.");
      yaml_document_delete (&second);
    }
  }
  yaml_parser_delete (&parser);
  return ok ? g_steal_pointer (&file) : NULL;
}

CrYamlFile *
cr_yaml_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = cr_file_read (path, FILE_MAX_BYTES, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  return cr_yaml_parse (text != NULL ? text : "", length, path, error);
}

CrYaml *
cr_yaml_root (CrYamlFile *file)
{
  return file->root;
}

CrYamlType
cr_yaml_type (const CrYaml *node)
{
  return node->type;
}

guint
cr_yaml_line (const CrYaml *node)
{
  return node->line;
}

const char *
cr_yaml_file_name (const CrYaml *node)
{
  return node->file;
}

const char *
cr_yaml_text (const CrYaml *node)
{
  return node != NULL && node->type == CR_YAML_SCALAR ? node->text : NULL;
}

gboolean
cr_yaml_is_null (const CrYaml *node)
{
  return node->type == CR_YAML_SCALAR && !node->quoted
         && (*node->text == '\0' || strcmp (node->text, "~") == 0 || strcmp (node->text, "null") == 0);
}

gboolean
cr_yaml_is_quoted (const CrYaml *node)
{
  return node->quoted;
}

guint
cr_yaml_length (const CrYaml *node)
{
  return node != NULL && node->items != NULL ? node->items->len : 0;
}

CrYaml *
cr_yaml_item (const CrYaml *node, guint index)
{
  return index < cr_yaml_length (node) ? g_ptr_array_index (node->items, index) : NULL;
}

const char *
cr_yaml_key (const CrYaml *node, guint index)
{
  CrYaml *key = node->keys != NULL && index < node->keys->len ? g_ptr_array_index (node->keys, index) : NULL;
  return key != NULL ? key->text : NULL;
}

guint
cr_yaml_key_line (const CrYaml *node, guint index)
{
  CrYaml *key = node->keys != NULL && index < node->keys->len ? g_ptr_array_index (node->keys, index) : NULL;
  return key != NULL ? key->line : node->line;
}

CrYaml *
cr_yaml_get (const CrYaml *map, const char *key)
{
  if (map == NULL || map->keys == NULL)
    return NULL;
  for (guint i = 0; i < map->keys->len; i++)
    if (strcmp (cr_yaml_key (map, i), key) == 0)
      return g_ptr_array_index (map->items, i);
  return NULL;
}

gboolean
cr_yaml_error (GError **error, const CrYaml *node, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *reason = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return fail (error, node->file, node->line, reason);
}

const char *
cr_yaml_require (const CrYaml *map, const char *key, GError **error)
{
  CrYaml *value = cr_yaml_get (map, key);
  if (value == NULL) {
    cr_yaml_error (error, map, "'%s' is missing.", key);
    return NULL;
  }
  if (value->type != CR_YAML_SCALAR || cr_yaml_is_null (value)) {
    cr_yaml_error (error, value, "'%s' must be a text.", key);
    return NULL;
  }
  return value->text;
}

const char *
cr_yaml_optional (const CrYaml *map, const char *key)
{
  CrYaml *value = cr_yaml_get (map, key);
  return value == NULL || value->type != CR_YAML_SCALAR || cr_yaml_is_null (value) ? NULL : value->text;
}

gboolean
cr_yaml_check_keys (const CrYaml *map, const char *const *known, GError **error)
{
  if (map->type != CR_YAML_MAP)
    return cr_yaml_error (error, map, "a map of keys and values is expected here.");
  for (guint i = 0; i < map->keys->len; i++) {
    const char *key = cr_yaml_key (map, i);
    if (g_strv_contains (known, key))
      continue;
    const char *near = cr_nearest (key, known);
    g_autofree char *reason = near != NULL
                                  ? g_strdup_printf ("unknown key '%s', did you mean '%s'?", key, near)
                                  : g_strdup_printf ("unknown key '%s'.", key);
    return fail (error, map->file, cr_yaml_key_line (map, i), reason);
  }
  return TRUE;
}

static json_t *
scalar_to_json (const CrYaml *node)
{
  if (node->quoted)
    return json_string (node->text);
  if (cr_yaml_is_null (node))
    return json_null ();
  if (strcmp (node->text, "true") == 0 || strcmp (node->text, "false") == 0)
    return json_boolean (node->text[0] == 't');
  gint64 number;
  if (g_ascii_string_to_signed (node->text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return json_integer (number);
  return json_string (node->text);
}

json_t *
cr_yaml_to_json (const CrYaml *node)
{
  if (node->type == CR_YAML_SCALAR)
    return scalar_to_json (node);
  json_t *value = node->type == CR_YAML_LIST ? json_array () : json_object ();
  for (guint i = 0; i < node->items->len; i++) {
    json_t *item = cr_yaml_to_json (g_ptr_array_index (node->items, i));
    if (node->type == CR_YAML_LIST)
      json_array_append_new (value, item);
    else
      json_object_set_new (value, cr_yaml_key (node, i), item);
  }
  return value;
}
