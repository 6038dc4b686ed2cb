/* SPDX-License-Identifier: MIT
 * The provider client, inside: bodies, calls and operations.
 */
#pragma once

#include "cloud/cloud-private.h"
#include "cloud/provider.h"

G_BEGIN_DECLS

typedef enum { PROVIDER_NETWORK, PROVIDER_CLUSTER } ProviderPart;

/* {"infraType", "providerConfig"}; gives. */
json_t *provider_body (ProviderClient *client, ProviderPart part);
/* "COLLECTION/NAME/ACTION"; gives. */
char *provider_path (const char *collection, const char *name, const char *action);
/* POST BODY (taken), give the JSON answer. */
json_t *provider_post (ProviderClient *client, CrJob *job, const char *path, json_t *body, GError **error);
/* POST BODY (taken) as work in the background and wait for its end; WHAT names it ("the creation of the
 * network"). Gives its result, JSON null when the service does not say. */
json_t *provider_run (ProviderClient *client, CrJob *job, const char *path, json_t *body, const char *what,
                      GError **error);
/* TRUE when *PROBLEM says that the thing does not exist; it is cleared then. */
gboolean provider_is_absent (GError **problem);

G_END_DECLS
