/* SPDX-License-Identifier: MIT
 * Shared by the provider-cluster*.c files: what a deployment of the analytics workload is made of.
 */
#pragma once

#include "sandbox/agent-private.h"

G_BEGIN_DECLS

/* {deploymentTemplate, governancePolicy, ccePolicy, securityPolicyCreationOption} for the contract of BODY.
 * Gives; a refusal for the wire otherwise. */
json_t *provider_deployment (const json_t *body, GError **error);
/* The accepted deployment template at URL, fetched over TLS under CA. Gives. */
json_t *provider_accepted_deployment (const char *url, const char *ca, GError **error);

G_END_DECLS
