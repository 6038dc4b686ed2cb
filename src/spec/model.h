/* SPDX-License-Identifier: MIT
 * What the files may hold, as tables: one table of fields for each object, walked by the one reader (read.c).
 *
 * Field names, enumerations, what may be absent and the defaults are those of the data classes of
 * azure-cleanroom 8.0.0 (cleanroom, datastore, secretstore, dataset). Only src/spec includes this.
 */
#pragma once

#include "base/json.h"
#include "base/yaml.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SPEC_TEXT,
  SPEC_INTEGER,
  SPEC_NUMBER,
  SPEC_FLAG,
  SPEC_WORD,   /* one of `words` */
  SPEC_OBJECT, /* of `fields` */
  SPEC_LIST,   /* of `of` */
  SPEC_MAP,    /* texts to texts */
  SPEC_CHOICE, /* an object whose fields depend on it: `choose` */
} SpecShape;

typedef enum {
  SPEC_REQUIRED,
  SPEC_OPTIONAL, /* absent = null */
  SPEC_BLANK,    /* a text; absent = "" */
  SPEC_LISTED,   /* a list that readers elsewhere insist on: absent = empty, with a warning */
  SPEC_MAYBE,    /* a list that may be absent or null, which both mean empty */
} SpecPresence;

typedef struct SpecType SpecType;

typedef struct {
  const char *name;
  const SpecType *type;
  SpecPresence presence;
} SpecField;

struct SpecType {
  SpecShape shape;
  const char *const *words;
  const SpecField *fields; /* ends with a NULL name */
  const SpecType *of;
  /* The type that NODE has; NULL when it cannot be told: then *MEMBER is the field that decides. */
  const SpecType *(*choose) (const CrYaml *node, const char **member);
};

extern const SpecType spec_type_specification, spec_type_datastores, spec_type_secretstores;

G_END_DECLS
