/* SPDX-License-Identifier: MIT
 * Shared by the files of the provider of networks: provider-network.c, -operator.c, -recover.c, -policy.c.
 */
#pragma once

#include "sandbox/ccf-node.h"
#include "sandbox/provider-operation.h"

#include "ccf/ccf.h"

G_BEGIN_DECLS

typedef struct {
  GMutex mutex; /* one creation, recovery or removal at a time */
  ProviderOperations *operations;
  SandboxRoute *routes;
  GMutex identity_mutex; /* of the two below: the operator's signing identity, in memory only */
  X509 *certificate;
  EVP_PKEY *key;
} NetworkProvider;

NetworkProvider *network_provider (Sandbox *sandbox);

/* The body of a call, checked for what every call carries. NULL with the answer written. Gives. */
json_t *network_provider_body (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
/* Does the network that the path names exist? FALSE with the answer written. */
gboolean network_provider_exists (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);
/* Answer with RESOURCE (taken), as an operation when the call asks for one. */
void network_provider_done (Sandbox *sandbox, const SandboxRequest *request, json_t *resource,
                            SandboxResponse *response);
/* FALSE with the answer written: the token of the management scope is missing or wrong. */
gboolean network_provider_token (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);

/* provider-operator.c: the ledger of this environment as the operator that /configure named. */
typedef struct {
  MemberIdentity *identity;
  CcfClient *client;
} NetworkOperator;

/* RECOVERY_KEY (may be NULL) opens recovery shares. FALSE with the answer written. */
gboolean network_operator_init (NetworkOperator *self, Sandbox *sandbox, const EVP_PKEY *recovery_key,
                                SandboxResponse *response);
void network_operator_clear (NetworkOperator *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (NetworkOperator, network_operator_clear)

/* What the ledger refused, with its status and code. */
void network_provider_refused (SandboxResponse *response, const GError *error);

/* The routes of the other files; each ends with a NULL pattern. */
extern const SandboxRoute network_operator_routes[];
extern const SandboxRoute network_recover_routes[];
extern const SandboxRoute network_policy_routes[];

G_END_DECLS
