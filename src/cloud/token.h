/* SPDX-License-Identifier: MIT
 * How a cloud client gets a bearer token: a function it calls for each request.
 */
#pragma once

#include "base/job.h"
#include "base/secret.h"

#include <glib.h>

G_BEGIN_DECLS

#define CLOUD_SCOPE_MANAGEMENT "https://management.azure.com/.default"
#define CLOUD_SCOPE_STORAGE "https://storage.azure.com/.default"
#define CLOUD_SCOPE_VAULT "https://vault.azure.net/.default"
#define CLOUD_SCOPE_HSM "https://managedhsm.azure.net/.default"

/* A token for SCOPE that is valid for some minutes. FRESH asks for a new one because the service answered 401
 * with the last. Gives wiped memory; NULL and an error otherwise. May be called by several threads at once.
 * identity_session_token_callback (identity/identity.h) is one; its data is the IdentitySession. */
typedef CrSecretText (*CloudTokenFunc) (gpointer data, CrJob *job, const char *scope, gboolean fresh,
                                        GError **error);

G_END_DECLS
