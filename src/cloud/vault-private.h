/* SPDX-License-Identifier: MIT
 * The vault client, inside.
 */
#pragma once

#include "cloud/vault.h"

G_BEGIN_DECLS

#define VAULT_API "7.4"

/* Send and wait while a role has no effect yet; a refusal is an error. KIND is "keys" or "secrets", REST what
 * follows the name ("/release" or ""). BODY NULL = none. Gives the parsed answer. */
json_t *vault_call (VaultClient *client, CrJob *job, const char *method, const char *kind, const char *name,
                    const char *rest, GBytes *body, GError **error);

G_END_DECLS
