/* SPDX-License-Identifier: MIT
 * The inside of the sandbox process: one Sandbox value that owns folder, certificate authority, ports,
 * listeners and the state of each part. For main(), sandbox*.c, server*.c, and the node and provider, which
 * match routes and stop their listeners.
 */
#pragma once

#include "sandbox/server.h"

G_BEGIN_DECLS

typedef struct {
  const char *state_folder; /* DIR */
  GHashTable *settings;     /* char* -> char*; NULL = none; copied */
} SandboxOptions;

/* Lock DIR/sandbox, load or make the certificate authority and the record of ports. CR_ERROR_ADMIN that
 * names the other process when the folder is in use. Gives. */
Sandbox *sandbox_new (const SandboxOptions *options, GError **error);
/* Stop every listener, then release the parts in reverse order, then the lock. */
void sandbox_free (Sandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sandbox, sandbox_free)

/* Start all parts in the order of server.h. */
gboolean sandbox_start (Sandbox *sandbox, GError **error);
/* Write DIR/environment.yaml, which clients read to find the listeners. */
gboolean sandbox_write_environment (Sandbox *sandbox, GError **error);

/* Ports: 0 when NAME has none yet; recording writes endpoints.json. Thread safe. */
guint sandbox_port_recorded (Sandbox *sandbox, const char *name);
gboolean sandbox_port_record (Sandbox *sandbox, const char *name, guint port, GError **error);

/* The chain and key that all listeners without an own certificate present; borrowed. */
const char *sandbox_leaf_chain_pem (Sandbox *sandbox);
const char *sandbox_leaf_key_pem (Sandbox *sandbox);

/* Takes LISTENER and its URL. */
void sandbox_add_listener (Sandbox *sandbox, const char *name, SandboxListener *listener);
/* Stop and release the listener NAME, if it runs. Not from one of its own handlers. */
void sandbox_stop_listener (Sandbox *sandbox, const char *name);

/* server.c: stop accepting, wait for running handlers, release. */
void sandbox_listener_free (SandboxListener *listener);
const char *sandbox_listener_url (const SandboxListener *listener);

/* server-route.c: does PATH match PATTERN? Fills PARAMETERS (may be NULL) with copies. */
gboolean sandbox_route_match (const char *pattern, const char *path, GPtrArray *parameters);
/* Find the route and call it, or answer 405; FALSE when no pattern matches the path. */
gboolean sandbox_route_dispatch (Sandbox *sandbox, const SandboxRoute *routes, SandboxRequest *request,
                                 SandboxResponse *response);

/* server-request.c */
SandboxResponse *sandbox_response_new (void);
void sandbox_response_free (SandboxResponse *response);
void sandbox_response_reset (SandboxResponse *response); /* as new */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SandboxResponse, sandbox_response_free)

G_END_DECLS
