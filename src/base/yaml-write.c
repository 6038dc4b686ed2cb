/* SPDX-License-Identifier: MIT
 * Writing YAML through libyaml's emitter: block style, quoted where a reader could take it for something
 * else.
 */
#include "base/yaml.h"

#include <string.h>
#include <yaml.h>

static int
append (void *data, unsigned char *buffer, size_t size)
{
  g_string_append_len (data, (const char *) buffer, (gssize) size);
  return 1;
}

/* Could some reader take TEXT for a number, a day or a time? Identifiers such as 1f0e-kek and UUIDs are none, and
 * stay as other writers of these files have them. */
static gboolean
is_number (const char *text)
{
  gboolean begins = g_ascii_isdigit (text[0])
                    || (text[0] != '\0' && strchr ("+-.", text[0]) != NULL
                        && (g_ascii_isdigit (text[1]) || text[1] == '.'));
  return begins && text[strspn (text, "0123456789abcdefABCDEFxXoO_.:,+-tTzZ infINF")] == '\0'
         && !g_uuid_string_is_valid (text);
}

/* A text that YAML would read as null, a boolean or a number needs quotes to stay a text. */
static yaml_scalar_style_t
style_for (const char *text)
{
  static const char *const words[] = { "",     "~",     "null",  "Null",  "NULL", "true", "True",
                                       "TRUE", "false", "False", "FALSE", "yes",  "no",   "on",
                                       "off",  "y",     "n",     "Yes",   "No",   "On",   "Off",
                                       "YES",  "NO",    "ON",    "OFF",   "=",    ".inf", ".Inf",
                                       ".INF", ".nan",  ".NaN",  ".NAN",  NULL };
  if (strchr (text, '\n') != NULL)
    return YAML_LITERAL_SCALAR_STYLE;
  return is_number (text) || g_strv_contains (words, text) ? YAML_SINGLE_QUOTED_SCALAR_STYLE
                                                           : YAML_ANY_SCALAR_STYLE;
}

static void
emit_scalar (yaml_emitter_t *emitter, const char *text, yaml_scalar_style_t style)
{
  yaml_event_t event;
  yaml_scalar_event_initialize (&event, NULL, NULL, (const yaml_char_t *) text, (int) strlen (text), 1, 1,
                                style);
  yaml_emitter_emit (emitter, &event);
}

static void
emit (yaml_emitter_t *emitter, json_t *value)
{
  yaml_event_t event;
  if (json_is_object (value)) {
    const char *key;
    json_t *member;
    yaml_mapping_start_event_initialize (&event, NULL, NULL, 1,
                                         json_object_size (value) > 0 ? YAML_BLOCK_MAPPING_STYLE
                                                                      : YAML_FLOW_MAPPING_STYLE);
    yaml_emitter_emit (emitter, &event);
    json_object_foreach (value, key, member) {
      emit_scalar (emitter, key, style_for (key));
      emit (emitter, member);
    }
    yaml_mapping_end_event_initialize (&event);
    yaml_emitter_emit (emitter, &event);
  } else if (json_is_array (value)) {
    size_t i;
    json_t *item;
    yaml_sequence_start_event_initialize (&event, NULL, NULL, 1,
                                          json_array_size (value) > 0 ? YAML_BLOCK_SEQUENCE_STYLE
                                                                      : YAML_FLOW_SEQUENCE_STYLE);
    yaml_emitter_emit (emitter, &event);
    json_array_foreach (value, i, item)
      emit (emitter, item);
    yaml_sequence_end_event_initialize (&event);
    yaml_emitter_emit (emitter, &event);
  } else if (json_is_string (value)) {
    emit_scalar (emitter, json_string_value (value), style_for (json_string_value (value)));
  } else {
    char *text = json_dumps (value, JSON_ENCODE_ANY);
    emit_scalar (emitter, text, YAML_PLAIN_SCALAR_STYLE);
    free (text);
  }
}

char *
cr_yaml_dump (json_t *value)
{
  GString *text = g_string_new (NULL);
  yaml_emitter_t emitter;
  yaml_event_t event;
  yaml_emitter_initialize (&emitter);
  yaml_emitter_set_output (&emitter, append, text);
  yaml_emitter_set_unicode (&emitter, 1);
  yaml_emitter_set_width (&emitter, -1);
  yaml_stream_start_event_initialize (&event, YAML_UTF8_ENCODING);
  yaml_emitter_emit (&emitter, &event);
  yaml_document_start_event_initialize (&event, NULL, NULL, NULL, 1);
  yaml_emitter_emit (&emitter, &event);
  emit (&emitter, value);
  yaml_document_end_event_initialize (&event, 1);
  yaml_emitter_emit (&emitter, &event);
  yaml_stream_end_event_initialize (&event);
  yaml_emitter_emit (&emitter, &event);
  yaml_emitter_delete (&emitter);
  return g_string_free (text, FALSE);
}
