/* SPDX-License-Identifier: MIT
 * PEM texts in memory, for the files of this folder.
 */
#pragma once

#include "cose/openssl.h"

G_BEGIN_DECLS

/* A read-only BIO over TEXT after the size check; CR_ERROR_INPUT "WHAT ..." otherwise. */
BIO *cose_pem_reader (const char *text, gssize length, const char *what, GError **error);
/* What a memory BIO has collected, as text. Gives. */
char *cose_bio_text (BIO *bio);
/* "WHAT is not ...": the one wording for unreadable input; empties OpenSSL's queue. Always FALSE. */
gboolean cose_pem_refuse (const char *what, const char *expected, GError **error);

G_END_DECLS
