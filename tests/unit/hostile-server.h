/* SPDX-License-Identifier: MIT
 * An HTTPS server in a thread that misbehaves on demand: the path says how.
 *
 * /ok            200 {"ok":true}
 * /echo          200 {"method","body","authorization","extra"} of the request ("extra" is the header X-Extra)
 * /subject       200 {"subject": common name of the client certificate}
 * /silent        never answers            /stall      half an answer, then nothing
 * /cut           closes in mid-body       /wrong-length  announces more than it sends, keeps the line open
 * /excess        sends more than announced   /huge    an endless body
 * /garbage       not HTTP                 /close      closes without a word
 * /busy          429 twice, then 200      /down       503 with Retry-After 0 twice, then 200
 * /later         503 with Retry-After one hour       /fail   500 each time
 * /redirect      308 to /echo             /redirect-http, /redirect-loop, /redirect-nowhere
 * /html          502 with an HTML page    /bad-json   200 with broken JSON
 * /clock         200 with a Date of 2001
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct HostileServer HostileServer;

HostileServer *hostile_server_new (void); /* 127.0.0.1, free port */
void hostile_server_free (HostileServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HostileServer, hostile_server_free)

/* From now on answer KEY ("GET /path", the query left out) with STATUS, HEADERS ("Name: value\r\n", may be
 * "") and BODY. Several answers for one KEY are given one after the other, the last one again and again. */
void hostile_server_script (HostileServer *server, const char *key, guint status, const char *headers,
                            const char *body);
void hostile_server_forget (HostileServer *server);                  /* all scripts and counts */
guint hostile_server_count (HostileServer *server, const char *key); /* scripted answers given for KEY */

const char *hostile_server_url (const HostileServer *server);   /* "https://127.0.0.1:PORT" */
const char *hostile_server_trust (const HostileServer *server); /* PEM of its CA */
guint hostile_server_requests (HostileServer *server);          /* answered so far */
guint hostile_server_connections (HostileServer *server);

G_END_DECLS
