/* SPDX-License-Identifier: MIT
 * Hex, base64, base64url, percent encoding, digests, random identifiers.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *cr_hex (const void *data, gsize length);                                 /* lower case; gives */
GBytes *cr_hex_decode (const char *text, GError **error);                      /* gives */
char *cr_base64 (const void *data, gsize length);                              /* padded; gives */
char *cr_base64_bytes (GBytes *bytes);                                         /* padded; gives */
GBytes *cr_base64_decode (const char *text, const char *what, GError **error); /* strict; gives */
char *cr_base64url (const void *data, gsize length);                           /* no padding; gives */
GBytes *cr_base64url_decode (const char *text, gssize length, const char *what,
                             GError **error); /* strict; gives */

/* Percent-encode everything but A-Z a-z 0-9 - _ . ~ and the characters of KEEP (may be NULL). Gives. */
char *cr_percent_encode (const char *text, const char *keep);
char *cr_percent_decode (const char *text, gssize length); /* gives; invalid escapes stay as they are */

char *cr_sha256_hex (const void *data, gsize length); /* gives */
void cr_sha256 (const void *data, gsize length, guint8 digest[32]);

/* LENGTH hex digits of randomness (LENGTH even, at most 64). Gives. */
char *cr_random_hex (guint length);
void cr_random_bytes (void *buffer, gsize length);
/* A version 4 UUID, lower case with hyphens. Gives. */
char *cr_uuid_new (void);
/* Version 3 and version 5 UUID of NAME in namespace NAMESPACE (a UUID text). Give. */
char *cr_uuid_v3 (const char *namespace_uuid, const char *name);
char *cr_uuid_v5 (const char *namespace_uuid, const char *name);

G_END_DECLS
