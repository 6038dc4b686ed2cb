/* SPDX-License-Identifier: MIT
 * Inside src/spec: the reader that walks the tables of model.h.
 */
#pragma once

#include "spec/model.h"
#include "spec/spec.h"

G_BEGIN_DECLS

/* NODE as TYPE, every field there; what is wrong goes to FINDINGS. Gives; of use only without errors. */
json_t *spec_read (const SpecType *type, const CrYaml *node, GPtrArray *findings);
void spec_find_list (GPtrArray *findings, gboolean error, const char *code, const CrYaml *node,
                     const char *field, const char *format, va_list arguments) G_GNUC_PRINTF (6, 0);
/* May TEXT, a path in a container, be the only part of it that is seen? */
gboolean spec_subdirectory_good (const char *text);
/* What does not fit together in a specification. */
void spec_check (const CrYaml *root, GPtrArray *findings);

/* Keeps other programs from changing files in the folder of PATH until it is given back; for reading,
 * changing and writing in one go. Where a folder cannot be locked there is no protection. */
typedef int SpecLock;
SpecLock spec_lock (const char *path);
void spec_unlock (SpecLock *lock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SpecLock, spec_unlock)

G_END_DECLS
