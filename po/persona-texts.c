/* SPDX-License-Identifier: MIT
 * Prints the texts of persona and scenario files as entries of a gettext catalogue.
 *
 * persona-texts FOLDER FILE...: reads FOLDER/FILE with the reader that the program itself uses, so that the text
 * in the catalogue is the text that is looked up.
 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

static const char *const text_keys[] = { "title", "purpose", "help", "welcome", "finished", NULL };

/* A text once, with every place it stands at. */
typedef struct {
  GHashTable *places; /* text -> GString of "#: file:line" lines */
  GPtrArray *order;   /* borrowed texts */
  const char *file;
} Catalogue;

static void
add_text (Catalogue *catalogue, const CrYaml *node, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  GString *places = g_hash_table_lookup (catalogue->places, text);
  if (places == NULL) {
    places = g_string_new (NULL);
    char *key = g_strdup (text);
    g_hash_table_insert (catalogue->places, key, places);
    g_ptr_array_add (catalogue->order, key);
  }
  g_string_append_printf (places, "#: %s:%u\n", catalogue->file, cr_yaml_line (node));
}

static void
add (Catalogue *catalogue, const CrYaml *node)
{
  add_text (catalogue, node, cr_yaml_text (node));
}

/* "POST {endpoint}/path (remark)": the remark. */
static void
add_remark (Catalogue *catalogue, const CrYaml *node)
{
  const char *text = cr_yaml_text (node), *open = text != NULL ? strstr (text, " (") : NULL;
  g_autofree char *remark = open != NULL ? g_strndup (open + 2, strcspn (open + 2, ")")) : NULL;
  add_text (catalogue, node, remark);
}

static void
walk (Catalogue *catalogue, const CrYaml *node)
{
  for (guint i = 0; i < cr_yaml_length (node); i++) {
    const CrYaml *item = cr_yaml_item (node, i);
    const char *key = cr_yaml_type (node) == CR_YAML_MAP ? cr_yaml_key (node, i) : NULL;
    if (key != NULL && g_strv_contains (text_keys, key))
      add (catalogue, item);
    if (g_strcmp0 (key, "on-failure") == 0)
      for (guint k = 0; k < cr_yaml_length (item); k++)
        add (catalogue, cr_yaml_item (item, k));
    else if (g_strcmp0 (key, "calls") == 0)
      for (guint k = 0; k < cr_yaml_length (item); k++)
        add_remark (catalogue, cr_yaml_item (item, k));
    else if (cr_yaml_type (item) != CR_YAML_SCALAR)
      walk (catalogue, item);
  }
}

static void
print_quoted (const char *text)
{
  fputs ("msgid \"", stdout);
  for (; *text != '\0'; text++) {
    if (*text == '\n')
      fputs ("\\n", stdout);
    else if (*text == '"' || *text == '\\')
      printf ("\\%c", *text);
    else
      putchar (*text);
  }
  fputs ("\"\nmsgstr \"\"\n\n", stdout);
}

static void
places_free (gpointer places)
{
  g_string_free (places, TRUE);
}

int
main (int argc, char **argv)
{
  if (argc < 3) {
    fputs ("usage: persona-texts FOLDER FILE...\n", stderr);
    return 2;
  }
  Catalogue catalogue = { .places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, places_free),
                          .order = g_ptr_array_new () };
  int failed = 0;
  for (int i = 2; i < argc; i++) {
    g_autofree char *path = g_build_filename (argv[1], argv[i], NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (CrYamlFile) file = cr_yaml_load (path, &error);
    if (file == NULL) {
      fprintf (stderr, "%s\n", error->message);
      failed = 1;
      continue;
    }
    catalogue.file = argv[i];
    walk (&catalogue, cr_yaml_root (file));
  }
  fputs ("msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n\n", stdout);
  for (guint i = 0; i < catalogue.order->len; i++) {
    const char *text = g_ptr_array_index (catalogue.order, i);
    fputs (((GString *) g_hash_table_lookup (catalogue.places, text))->str, stdout);
    print_quoted (text);
  }
  g_ptr_array_unref (catalogue.order);
  g_hash_table_unref (catalogue.places);
  return failed;
}
