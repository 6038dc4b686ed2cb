/* SPDX-License-Identifier: MIT
 * Checks and their bookkeeping by item.
 */
#include "conformance-private.h"

/* --- items and checks --- */

static void
begin (Conformance *it, guint number, gboolean through_client)
{
  g_assert (number >= 1 && number <= ITEMS);
  it->item = number;
  it->through_client = through_client;
}

void
raw (Conformance *it, guint number)
{
  begin (it, number, FALSE);
}

void
client (Conformance *it, guint number)
{
  begin (it, number, TRUE);
}

gboolean
check (Conformance *it, gboolean ok, const char *format, ...)
{
  Outcome *outcome = &it->outcomes[it->item][it->through_client];
  outcome->checks++;
  if (ok)
    return TRUE;
  outcome->failures++;
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (g_getenv ("CLEANROOM_TEST_VERBOSE"))
    g_printerr ("item %u: %s\n", it->item, text);
  if (!outcome->first_failure)
    outcome->first_failure = g_steal_pointer (&text);
  return FALSE;
}

/* --- the last answer --- */

void
conf_set_answer (Conformance *it, guint status, char *text, GHashTable *headers)
{
  g_clear_pointer (&it->json, json_decref);
  g_clear_pointer (&it->headers, g_hash_table_unref);
  g_free (it->text);
  it->text = text;
  it->status = status;
  it->headers = headers ? g_hash_table_ref (headers) : NULL;
  it->json = *text ? cr_json_parse (text, strlen (text), "the answer", NULL) : NULL;
}

guint
conf_status (const Conformance *it)
{
  return it->status;
}

const json_t *
conf_answer (const Conformance *it)
{
  return it->json;
}

gboolean
conf_waited (const Conformance *it)
{
  return it->waited;
}

const char *
conf_text (const Conformance *it)
{
  return it->text ? it->text : "";
}

const char *
conf_header (const Conformance *it, const char *name)
{
  return it->headers ? g_hash_table_lookup (it->headers, name) : NULL;
}

/* "a.0.b"; NULL when it leads nowhere; "" is the answer. A claim name may hold dots, so '/' separates too. */
static const json_t *
find (const Conformance *it, const char *path)
{
  const json_t *value = it->json;
  g_auto (GStrv) parts = g_strsplit (path, strchr (path, '/') ? "/" : ".", -1);
  for (guint i = 0; *path && parts[i] && value; i++)
    value = json_is_array (value) ? json_array_get (value, (gsize) g_ascii_strtoull (parts[i], NULL, 10))
                                  : json_object_get (value, parts[i]);
  return value;
}

static char *
as_text (const json_t *value)
{
  if (!value)
    return NULL;
  return json_is_string (value) ? g_strdup (json_string_value (value)) : cr_json_dump (value);
}

char *
text_at (const Conformance *it, const char *path)
{
  char *text = as_text (find (it, path));
  return text ? text : g_strdup ("");
}

gboolean
has (Conformance *it, const char *path, const char *wanted)
{
  g_autofree char *actual = as_text (find (it, path));
  return check (it, g_strcmp0 (actual, wanted) == 0, "%s is %s, not %s", path, actual ? actual : "absent",
                wanted ? wanted : "absent");
}

gboolean
is_exactly (Conformance *it, const char *wanted)
{
  g_autofree char *text = g_strdelimit (g_strdup (wanted), "'", '"');
  return check (it, strcmp (conf_text (it), text) == 0, "the answer is %s, not %s", conf_text (it), text);
}

gboolean
is_empty (Conformance *it)
{
  return check (it, *conf_text (it) == '\0', "the answer is not empty: %s", conf_text (it));
}

gboolean
has_size (Conformance *it, const char *path, gsize wanted)
{
  const json_t *value = find (it, path);
  gsize size = json_is_object (value) ? json_object_size (value) : json_array_size (value);
  return check (it, value && size == wanted,
                "%s has %" G_GSIZE_FORMAT " members, not %" G_GSIZE_FORMAT ": %s", path, size, wanted,
                conf_text (it));
}

gboolean
lists (Conformance *it, const char *path, const char *key, const char *value)
{
  const json_t *list = find (it, path);
  for (gsize i = 0; i < json_array_size (list); i++)
    if (g_strcmp0 (cr_json_peek_string (json_array_get (list, i), key), value) == 0)
      return check (it, TRUE, " ");
  return check (it, FALSE, "no %s %s in %s", key, value, conf_text (it));
}

const char *
fmt (Conformance *it, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (it->texts, text);
  return text;
}

json_t *
js (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_strdelimit (text, "'", '"');
  g_autoptr (GError) error = NULL;
  json_t *value = cr_json_parse (text, strlen (text), "test JSON", &error);
  g_assert_no_error (error);
  return value;
}

/* --- answers of our client --- */

GError **
out (Conformance *it)
{
  g_clear_error (&it->error);
  return &it->error;
}

gboolean
got (Conformance *it, json_t *value)
{
  conf_set_answer (it, 0, value ? cr_json_dump (value) : g_strdup (""), NULL);
  json_decref (value);
  return check (it, value != NULL, "the client failed: %s", it->error ? it->error->message : "no error");
}

gboolean
done (Conformance *it, gboolean ok)
{
  return check (it, ok, "the client failed: %s", it->error ? it->error->message : "no error");
}

gboolean
denied (Conformance *it, gboolean ok, const char *code)
{
  const char *actual = it->error ? cr_error_reason (it->error) : NULL;
  return check (it, !ok && g_strcmp0 (actual, code) == 0, "the client ended with %s (%s), not %s",
                ok ? "success" : (actual ? actual : "no code"), it->error ? it->error->message : "", code);
}

gboolean
refused (Conformance *it, json_t *value, const char *code)
{
  gboolean ok = value != NULL;
  json_decref (value);
  return denied (it, ok, code);
}

void
conf_clear (Conformance *it)
{
  for (guint item = 0; item <= ITEMS; item++)
    for (guint way = 0; way < 2; way++)
      g_free (it->outcomes[item][way].first_failure);
  g_clear_error (&it->error);
  g_clear_pointer (&it->json, json_decref);
  g_clear_pointer (&it->headers, g_hash_table_unref);
  g_free (it->text);
  g_ptr_array_unref (it->texts);
}
