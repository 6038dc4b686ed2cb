/* SPDX-License-Identifier: MIT
 * Long-running operations of the provider client protocol: /operations/{id}, kept in memory only.
 */
#pragma once

#include "sandbox/server.h"

G_BEGIN_DECLS

typedef struct ProviderOperations ProviderOperations;

ProviderOperations *provider_operations_new (void);
void provider_operations_free (ProviderOperations *operations);

/* Record an operation that ended well with RESOURCE (taken), and answer 202 with Operation-Location. */
void provider_operation_succeed (ProviderOperations *operations, json_t *resource, SandboxResponse *response);
/* Answer GET /operations/ID; FALSE and no answer when there is none of that id. Thread safe. */
gboolean provider_operation_respond (ProviderOperations *operations, const char *id,
                                     SandboxResponse *response);

G_END_DECLS
