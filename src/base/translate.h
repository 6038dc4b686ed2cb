/* SPDX-License-Identifier: MIT
 * Texts in the language of the person.
 *
 * Texts are marked where they are written: _("...") translates, N_("...") only marks. What goes through
 * cr_set_error(), cr_job_progress(), workflow_call_say() or comes from a persona file is translated there,
 * and xgettext is told so (po/README.md). Texts of protocols, logs, JSON and the sandbox stay as they are.
 */
#pragma once

#include <glib/gi18n.h>

G_BEGIN_DECLS

/* Take the language from the environment and find the catalogues: in CLEANROOM_LOCALE_DIR (for people who
 * translate, and for tests), beside the program, in share/locale of the tree it lies in, or where the package
 * was installed. Called once, by main(). */
void cr_translate_start (void);

/* gettext() that leaves NULL and "" alone. For texts that were marked elsewhere. */
const char *cr_translate (const char *text) G_GNUC_FORMAT (1);

G_END_DECLS
