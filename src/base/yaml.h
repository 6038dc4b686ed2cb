/* SPDX-License-Identifier: MIT
 * YAML read into a tree that remembers lines, so that a mistake can be named with file and line.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

typedef enum { CR_YAML_SCALAR, CR_YAML_LIST, CR_YAML_MAP } CrYamlType;

typedef struct CrYaml CrYaml; /* a node; owned by its document */
typedef struct CrYamlFile CrYamlFile;

/* Read PATH (at most 4 MiB, one document, UTF-8, aliases and merge keys ("<<") resolved, nesting at most 64,
 * at most 200,000 nodes). Errors: "PATH:LINE: reason". Gives. */
CrYamlFile *cr_yaml_load (const char *path, GError **error);
CrYamlFile *cr_yaml_parse (const char *text, gsize length, const char *name, GError **error);
void cr_yaml_free (CrYamlFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrYamlFile, cr_yaml_free)

CrYaml *cr_yaml_root (CrYamlFile *file);
CrYamlType cr_yaml_type (const CrYaml *node);
guint cr_yaml_line (const CrYaml *node);
const char *cr_yaml_file_name (const CrYaml *node);
/* Scalar text; NULL for lists and maps. Plain null and ~ give NULL through cr_yaml_is_null. */
const char *cr_yaml_text (const CrYaml *node);
gboolean cr_yaml_is_null (const CrYaml *node);
gboolean cr_yaml_is_quoted (const CrYaml *node);        /* a scalar in quotes or as a block of text */
guint cr_yaml_length (const CrYaml *node);              /* list items or map pairs */
CrYaml *cr_yaml_item (const CrYaml *node, guint index); /* list item or map value */
const char *cr_yaml_key (const CrYaml *node, guint index);
guint cr_yaml_key_line (const CrYaml *node, guint index);
CrYaml *cr_yaml_get (const CrYaml *map, const char *key); /* NULL when absent or not a map */

/* Required text member; NULL and "FILE:LINE: KEY is missing" otherwise. Borrowed. */
const char *cr_yaml_require (const CrYaml *map, const char *key, GError **error);
const char *cr_yaml_optional (const CrYaml *map, const char *key); /* NULL when absent or null */
/* Every key of MAP must be in the NULL-terminated KNOWN list: "FILE:LINE: unknown key 'x', did you mean
 * 'y'". */
gboolean cr_yaml_check_keys (const CrYaml *map, const char *const *known, GError **error);
/* Set ERROR to CR_ERROR_INPUT "FILE:LINE: text". Always returns FALSE. */
gboolean cr_yaml_error (GError **error, const CrYaml *node, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Plain scalars become null, booleans and integers as YAML 1.2 core says; quoted ones stay text. Gives. */
json_t *cr_yaml_to_json (const CrYaml *node);
/* Block style, keys in insertion order, strings quoted where needed. Gives. */
char *cr_yaml_dump (json_t *value);

G_END_DECLS
