/* SPDX-License-Identifier: MIT
 * The one reader: a tree of YAML against the tables of model.h, with everything that is wrong.
 */
#include "spec/private.h"

#include "base/text.h"
#include "base/translate.h"

#include <errno.h>
#include <math.h>
#include <string.h>

typedef struct {
  GPtrArray *findings;
  GString *path; /* where the reader is: "applications[0].image" */
} Reader;

static json_t *read_node (Reader *reader, const SpecType *type, const CrYaml *node);

static void G_GNUC_PRINTF (4, 5)
    say (Reader *reader, const char *code, const CrYaml *node, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  spec_find_list (reader->findings, TRUE, code, node, reader->path->str, format, arguments);
  va_end (arguments);
}

static gsize
enter (Reader *reader, const char *name)
{
  gsize before = reader->path->len;
  if (before > 0)
    g_string_append_c (reader->path, '.');
  g_string_append (reader->path, name);
  return before;
}

/* A plain scalar that readers of YAML 1.1 take for something other than a text. */
static gboolean
looks_typed (const char *text)
{
  static const char *const words[] = { "true", "True", "TRUE", "false", "False", "FALSE", "yes",
                                       "Yes",  "YES",  "no",   "No",    "NO",    "on",    "On",
                                       "ON",   "off",  "Off",  "OFF",   "=",     ".inf",  ".Inf",
                                       ".INF", ".nan", ".NaN", ".NAN",  NULL };
  return g_strv_contains (words, text)
         || g_regex_match_simple ("^([-+]?[0-9][0-9_]*(\\.[0-9_]*([eE][-+][0-9]+)?)?"
                                  "|[-+]?\\.([0-9][0-9_]*|inf|Inf|INF)|0x[0-9a-fA-F_]+"
                                  "|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?|[-+]?[0-9]+(:[0-5]?[0-9])+)$",
                                  text, G_REGEX_DOLLAR_ENDONLY, 0);
}

static json_t *
read_text (Reader *reader, const CrYaml *node)
{
  g_autoptr (json_t) plain = cr_yaml_type (node) == CR_YAML_SCALAR ? cr_yaml_to_json (node) : NULL;
  const char *text = cr_yaml_text (node);
  if (text == NULL || json_is_null (plain))
    say (reader, "NotAText", node, N_ ("a text is expected here."));
  else if (!cr_yaml_is_quoted (node) && looks_typed (text))
    say (reader, "NotAText", node, N_ ("a text is expected here; put it in quotes."));
  else
    return json_string (text);
  return NULL;
}

static json_t *
read_integer (Reader *reader, const CrYaml *node)
{
  const char *text = cr_yaml_text (node);
  gint64 value;
  if (text != NULL && g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXINT32, &value, NULL))
    return json_integer (value);
  say (reader, "NotAnInteger", node, N_ ("a whole number is expected here."));
  return NULL;
}

static json_t *
read_number (Reader *reader, const CrYaml *node)
{
  const char *text = cr_yaml_text (node);
  char *end = NULL;
  double value = text != NULL && *text != '\0' && !g_ascii_isspace (*text) ? g_ascii_strtod (text, &end) : 0;
  if (end != NULL && *end == '\0' && isfinite (value))
    return json_real (value);
  say (reader, "NotANumber", node, N_ ("a number is expected here."));
  return NULL;
}

static json_t *
read_flag (Reader *reader, const CrYaml *node)
{
  const char *text = cr_yaml_text (node);
  static const char *const yes[] = { "true", "yes", "on", "1" }, *const no[] = { "false", "no", "off", "0" };
  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (yes); i++) {
    if (g_ascii_strcasecmp (text, yes[i]) == 0)
      return json_true ();
    if (g_ascii_strcasecmp (text, no[i]) == 0)
      return json_false ();
  }
  say (reader, "NotAFlag", node, N_ ("true or false is expected here."));
  return NULL;
}

static void
say_word (Reader *reader, const CrYaml *node, const char *text, const char *const *words)
{
  const char *near = text != NULL ? cr_nearest (text, words) : NULL;
  g_autofree char *all = g_strjoinv (", ", (char **) (gsize) words);
  g_autofree char *safe = text != NULL ? cr_text_safe (text) : NULL;
  if (near != NULL)
    say (reader, "UnknownValue", node, N_ ("'%s' is not possible, did you mean '%s'?"), safe, near);
  else if (safe != NULL)
    say (reader, "UnknownValue", node, N_ ("'%s' is not possible; one of %s is expected."), safe, all);
  else
    say (reader, "UnknownValue", node, N_ ("one of %s is expected here."), all);
}

static json_t *
read_word (Reader *reader, const SpecType *type, const CrYaml *node)
{
  const char *text = cr_yaml_text (node);
  if (text != NULL && g_strv_contains (type->words, text))
    return json_string (text);
  say_word (reader, node, text, type->words);
  return NULL;
}

static json_t *
read_list (Reader *reader, const SpecType *type, const CrYaml *node)
{
  if (cr_yaml_type (node) != CR_YAML_LIST) {
    say (reader, "NotAList", node, N_ ("a list is expected here."));
    return NULL;
  }
  json_t *list = json_array ();
  for (guint i = 0; i < cr_yaml_length (node); i++) {
    gsize before = reader->path->len;
    g_string_append_printf (reader->path, "[%u]", i);
    json_t *item = read_node (reader, type->of, cr_yaml_item (node, i));
    if (item != NULL)
      json_array_append_new (list, item);
    g_string_truncate (reader->path, before);
  }
  return list;
}

static json_t *
read_map (Reader *reader, const CrYaml *node)
{
  if (cr_yaml_type (node) != CR_YAML_MAP) {
    say (reader, "NotAMap", node, N_ ("names and their values are expected here."));
    return NULL;
  }
  json_t *object = json_object ();
  for (guint i = 0; i < cr_yaml_length (node); i++) {
    const char *name = cr_yaml_key (node, i);
    gsize before = enter (reader, name);
    json_t *value = read_text (reader, cr_yaml_item (node, i));
    if (value != NULL)
      json_object_set_new (object, name, value);
    g_string_truncate (reader->path, before);
  }
  return object;
}

/* What an absent field stands for; NULL after saying that it must be there. */
static json_t *
absent (Reader *reader, const SpecField *field, const CrYaml *owner)
{
  switch (field->presence) {
  case SPEC_OPTIONAL:
    return json_null ();
  case SPEC_BLANK:
    return json_string ("");
  case SPEC_MAYBE:
    return json_array ();
  case SPEC_LISTED:
    spec_find (reader->findings, FALSE, "MissingField", owner, field->name,
               N_ ("it is missing; other readers of the file insist on it. An empty list is '%s: []'."),
               field->name);
    return json_array ();
  case SPEC_REQUIRED:
    break;
  }
  gsize before = enter (reader, field->name);
  say (reader, "MissingField", owner, N_ ("it is missing."));
  g_string_truncate (reader->path, before);
  return NULL;
}

static json_t *
read_field (Reader *reader, const SpecField *field, const CrYaml *owner)
{
  const CrYaml *node = cr_yaml_get (owner, field->name);
  if (node == NULL)
    return absent (reader, field, owner);
  gboolean null = cr_yaml_type (node) == CR_YAML_SCALAR && cr_yaml_is_null (node);
  if (null && field->presence == SPEC_MAYBE)
    return json_array ();
  if (null && (field->presence == SPEC_OPTIONAL || field->presence == SPEC_BLANK))
    return json_null ();
  gsize before = enter (reader, field->name);
  json_t *value = read_node (reader, field->type, node);
  g_string_truncate (reader->path, before);
  return value;
}

/* Fields that nobody reads: mostly slips of the pen. */
static void
check_unknown (Reader *reader, const SpecField *fields, const CrYaml *node)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (const SpecField *field = fields; field->name != NULL; field++)
    g_ptr_array_add (names, (gpointer) (gsize) field->name);
  g_ptr_array_add (names, NULL);
  for (guint i = 0; i < cr_yaml_length (node); i++) {
    const char *key = cr_yaml_key (node, i);
    const char *const *known = (const char *const *) names->pdata;
    if (g_strv_contains (known, key))
      continue;
    const char *near = cr_nearest (key, known);
    gsize before = enter (reader, key);
    if (near != NULL)
      spec_find (reader->findings, FALSE, "UnknownField", node, reader->path->str,
                 N_ ("nobody reads this field, did you mean '%s'?"), near);
    else
      spec_find (reader->findings, FALSE, "UnknownField", node, reader->path->str,
                 N_ ("nobody reads this field."));
    SpecFinding *finding = g_ptr_array_index (reader->findings, reader->findings->len - 1);
    finding->line = cr_yaml_key_line (node, i);
    g_string_truncate (reader->path, before);
  }
}

static json_t *
read_object (Reader *reader, const SpecField *fields, const CrYaml *node)
{
  if (cr_yaml_type (node) != CR_YAML_MAP) {
    say (reader, "NotAMap", node, N_ ("fields and their values are expected here."));
    return NULL;
  }
  check_unknown (reader, fields, node);
  json_t *object = json_object ();
  for (const SpecField *field = fields; field->name != NULL; field++) {
    json_t *value = read_field (reader, field, node);
    if (value != NULL)
      json_object_set_new (object, field->name, value);
  }
  return object;
}

static json_t *
read_choice (Reader *reader, const SpecType *type, const CrYaml *node)
{
  if (cr_yaml_type (node) != CR_YAML_MAP)
    return read_object (reader, NULL, node); /* says what is wrong */
  const char *member = NULL;
  const SpecType *chosen = type->choose (node, &member);
  if (chosen != NULL)
    return read_object (reader, chosen->fields, node);
  const CrYaml *word = cr_yaml_get (node, member);
  gsize before = enter (reader, member);
  if (word != NULL)
    say_word (reader, word, cr_yaml_text (word), type->words);
  else
    say (reader, "MissingField", node, N_ ("it is missing."));
  g_string_truncate (reader->path, before);
  return NULL;
}

static json_t *
read_node (Reader *reader, const SpecType *type, const CrYaml *node)
{
  switch (type->shape) {
  case SPEC_TEXT:
    return read_text (reader, node);
  case SPEC_INTEGER:
    return read_integer (reader, node);
  case SPEC_NUMBER:
    return read_number (reader, node);
  case SPEC_FLAG:
    return read_flag (reader, node);
  case SPEC_WORD:
    return read_word (reader, type, node);
  case SPEC_LIST:
    return read_list (reader, type, node);
  case SPEC_MAP:
    return read_map (reader, node);
  case SPEC_OBJECT:
    return read_object (reader, type->fields, node);
  case SPEC_CHOICE:
    return read_choice (reader, type, node);
  }
  return NULL;
}

json_t *
spec_read (const SpecType *type, const CrYaml *node, GPtrArray *findings)
{
  Reader reader = { .findings = findings, .path = g_string_new (NULL) };
  json_t *value = read_node (&reader, type, node);
  g_string_free (reader.path, TRUE);
  return value;
}
