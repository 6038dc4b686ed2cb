/* SPDX-License-Identifier: MIT
 * libcurl, loaded when the first HTTP client is made.
 *
 * libcurl brings some thirty libraries with it (LDAP, Kerberos, SSH, ...); loading them takes longer than
 * everything else that happens before a command that only looks at local state has answered. The functions
 * of <curl/curl.h> that this program calls are defined in curl-on-demand.c and pass the call on, so the
 * code of this room reads as if libcurl were linked.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Load and initialise the library, once; safe from any thread. FALSE when it is not there or too old. No
 * other function of libcurl may be called before this has given TRUE. */
gboolean curl_on_demand (void);

G_END_DECLS
