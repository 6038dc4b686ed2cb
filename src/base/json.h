/* SPDX-License-Identifier: MIT
 * jansson made comfortable: autoptr, GError, limits, and readers that name what is missing.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (json_t, json_decref)

/* The largest JSON text that is taken from outside, in bytes, unless a caller says otherwise. */
#define CR_JSON_MAX_BYTES (16u * 1024 * 1024)

/* How deep arrays and objects may lie in each other. */
#define CR_JSON_MAX_DEPTH 128u

/* Tokens, keys and secrets pass through JSON: from now on every piece of memory that a value or the parser lets go
 * is overwritten first. Called once, before there is a value. */
void cr_json_wipe_freed (void);

/* Parse LENGTH bytes (strict, any value allowed at the top, at most CR_JSON_MAX_BYTES and CR_JSON_MAX_DEPTH,
 * duplicate keys refused). WHAT names the text in error messages ("the answer of the node"). Gives a
 * reference. */
json_t *cr_json_parse (const char *text, gsize length, const char *what, GError **error);
json_t *cr_json_parse_bytes (GBytes *bytes, const char *what, GError **error);
/* The same for what others wrote and a person reads: the escape of a NUL (\u0000), which the above refuse
 * because no text of C holds one, is taken as the six characters that it is written with. */
json_t *cr_json_parse_shown (const char *text, gsize length, const char *what, GError **error);
/* The same for values that are only kept and passed on: texts may hold NULs, so that none may be read as a
 * text of C. */
json_t *cr_json_parse_kept (const char *text, gsize length, const char *what, GError **error);
json_t *cr_json_load (const char *path, GError **error);

/* Write with two-space indent through cr_file_write (atomic). */
gboolean cr_json_save (const json_t *value, const char *path, guint mode, GError **error);

/* Compact text ("{"a":1}"), keys in insertion order. Gives; never NULL for a valid value. */
char *cr_json_dump (const json_t *value);
/* Two-space indent, keys sorted, no final newline: the canonical form of a CCF application bundle. Gives. */
char *cr_json_dump_canonical (const json_t *value);
char *cr_json_dump_pretty (const json_t *value);
GBytes *cr_json_dump_bytes (const json_t *value);

/* Required members: NULL / FALSE and CR_ERROR_INPUT when absent or of another type. Borrowed. */
const char *cr_json_get_string (const json_t *object, const char *key, const char *what, GError **error);
json_t *cr_json_get_object (const json_t *object, const char *key, const char *what, GError **error);
json_t *cr_json_get_array (const json_t *object, const char *key, const char *what, GError **error);
gboolean cr_json_get_int (const json_t *object, const char *key, const char *what, gint64 *value,
                          GError **error);

/* Optional members: NULL or FALLBACK when absent, null or of another type. Borrowed. */
const char *cr_json_peek_string (const json_t *object, const char *key);
gint64 cr_json_peek_int (const json_t *object, const char *key, gint64 fallback);
gboolean cr_json_peek_bool (const json_t *object, const char *key, gboolean fallback);

/* Set OBJECT[key] to a string; NULL removes nothing and adds nothing. */
void cr_json_set_string (json_t *object, const char *key, const char *value);
void cr_json_set_int (json_t *object, const char *key, gint64 value);
void cr_json_set_bool (json_t *object, const char *key, gboolean value);
void cr_json_set (json_t *object, const char *key, json_t *value); /* takes the reference */

G_END_DECLS
