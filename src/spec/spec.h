/* SPDX-License-Identifier: MIT
 * The three files that say what a clean room gets: its specification, the datastores, the secret stores.
 *
 * They have the field names, types, nesting and defaults of azure-cleanroom's command line extension, so that
 * either tool reads the other's. Read is YAML (anchors resolved) and JSON; written is YAML with sorted keys,
 * 0600, atomically, every field there. What is written is read again first: nothing goes to the disk that the
 * model does not accept. In memory a file is a JSON object with every field of the model.
 */
#pragma once

#include "base/json.h"
#include "base/yaml.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum { SPEC_FILE_SPECIFICATION, SPEC_FILE_DATASTORES, SPEC_FILE_SECRETSTORES } SpecFileKind;

/* --- what is to say about a file --- */

typedef struct {
  gboolean error;   /* else a warning */
  const char *code; /* "DataStoreNotFound"; static */
  char *file;
  guint line;   /* 0 = the file as a whole */
  char *field;  /* "applications[0].datasources.orders" */
  char *reason; /* a sentence, in English */
  char *told;   /* the same in the language of the person */
} SpecFinding;

GPtrArray *spec_findings_new (void); /* of SpecFinding* */
/* FORMAT is translated for people: mark it with N_. */
void spec_find (GPtrArray *findings, gboolean error, const char *code, const CrYaml *node, const char *field,
                const char *format, ...) G_GNUC_PRINTF (6, 7);
/* "FILE:LINE: FIELD: reason", for people. Gives. */
char *spec_finding_text (const SpecFinding *finding);
json_t *spec_finding_json (const SpecFinding *finding); /* for programs: in English; gives */
/* How many of FINDINGS are errors. */
guint spec_errors (const GPtrArray *findings);

/* --- files --- */

/* Read PATH. CR_ERROR_NOT_FOUND when it is absent, CR_ERROR_INPUT "FILE:LINE: FIELD: reason" for the first
 * thing that is wrong. Unknown fields are left out, with a warning in WARNINGS (SpecFinding*; may be NULL).
 * Gives. */
json_t *spec_load (const char *path, SpecFileKind kind, GPtrArray *warnings, GError **error);
/* The same; an absent file is one with empty lists. */
json_t *spec_load_or_new (const char *path, SpecFileKind kind, GPtrArray *warnings, GError **error);
/* Everything that is to say about the file, in its order; errors included. Of a specification also what does
 * not fit together (spec_check). An ERROR only when PATH cannot be read or is no YAML. Gives SpecFinding*. */
GPtrArray *spec_validate (const char *path, SpecFileKind kind, GError **error);
/* The same of LENGTH bytes, which NAME stands for. */
GPtrArray *spec_validate_text (const char *text, gsize length, const char *name, SpecFileKind kind,
                               GError **error);
/* VALUE as the text of such a file. CR_ERROR_INPUT as spec_save. Gives. */
char *spec_text (SpecFileKind kind, const json_t *value, GError **error);
/* Say which access points of SPECIFICATION, read from PATH, name a datastore that DATASTORES does not have,
 * or one that lies elsewhere now. */
void spec_check_datastores (const json_t *specification, const json_t *datastores, const char *path,
                            GPtrArray *findings);
/* Write VALUE (borrowed). CR_ERROR_INPUT names the field that the model does not accept. */
gboolean spec_save (const char *path, SpecFileKind kind, const json_t *value, GError **error);

/* --- their content --- */

/* A new specification: empty lists and the identity that comes from attestation. Gives. */
json_t *spec_new (void);
/* The entry of OBJECT[SECTION] with this name; NULL when there is none. Borrowed. */
json_t *spec_entry (const json_t *object, const char *section, const char *name);
/* OBJECT[KEY], an object; made when it is absent or null. Borrowed. */
json_t *spec_part (json_t *object, const char *key);
/* Add ENTRY (taken) to OBJECT[SECTION], or replace the one with its name. TRUE when there was one. */
gboolean spec_put (json_t *object, const char *section, json_t *entry);
/* Load (or begin) the specification at PATH, put a copy of ENTRY in, save. */
gboolean spec_file_put (const char *path, const char *section, const json_t *entry, GError **error);
/* The same, instead of whatever names the same store ("store.id"): the store was published under a new
 * name. */
gboolean spec_file_put_only (const char *path, const char *section, const json_t *entry, GError **error);

/* Merge OTHER into BASE, the way the view of several files is made: lists get the elements that they do not
 * have yet, objects are merged, null gives way. Two different values in one place are CR_ERROR_INPUT with
 * path and both values. Names that stand twice afterwards are warned about in WARNINGS (may be NULL); NAME
 * says which file OTHER is. */
gboolean spec_merge (json_t *base, const json_t *other, const char *name, GPtrArray *warnings,
                     GError **error);

/* --- names --- */

#define SPEC_IDENTITY_ATTESTED "cleanroom_cgs_oidc"
#define SPEC_ISSUER_ATTESTED "https://cgs/oidc"

/* "<8 hex digits>-kek" of TEXT (the path of the specification as it was typed; with "-1" for other secrets).
 * Gives. */
char *spec_kek_name (const char *text);
/* "infrastructure-telemetry-<8 hex digits>-<file name>", at most 63 characters in lower case. Gives. */
char *spec_telemetry_name (const char *access_name, const char *path);

G_END_DECLS
