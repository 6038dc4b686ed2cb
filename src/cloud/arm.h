/* SPDX-License-Identifier: MIT
 * Azure Resource Manager: groups, providers, storage accounts, key vaults, identities, roles, federation.
 *
 * Every "ensure" function looks first and creates only what is missing, so a step can be repeated. Long
 * operations are polled to their end (Azure-AsyncOperation, Location or provisioningState; "Track
 * asynchronous Azure operations"). The pinned api-versions are in arm.c. Calls may come from any thread, one
 * at a time.
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "cloud/token.h"
#include "http/http.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct ArmClient ArmClient;

/* HTTP and DATA are borrowed and must outlive the client; texts are copied. SUBSCRIPTION NULL: it is looked
 * up at the first call and must be the only one that the person can see. Gives. */
ArmClient *arm_client_new (HttpClient *http, const char *management_url, const char *subscription,
                           CloudTokenFunc token, gpointer data);
void arm_client_free (ArmClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArmClient, arm_client_free)

/* The id of the subscription; looked up when it was not given. Borrowed. */
const char *arm_subscription (ArmClient *client, CrJob *job, GError **error);
/* "{group id}/providers/{type}/{name}", TYPE as "Microsoft.Storage/storageAccounts". Gives. */
char *arm_resource_id (ArmClient *client, CrJob *job, const char *group, const char *type, const char *name,
                       GError **error);

/* GET a resource by id. CR_ERROR_NOT_FOUND when it does not exist. Gives. */
json_t *arm_get (ArmClient *client, CrJob *job, const char *id, const char *api_version, GError **error);
/* PUT a resource and wait until it is there; gives its final form. BODY is borrowed. */
json_t *arm_put (ArmClient *client, CrJob *job, const char *id, const char *api_version, const json_t *body,
                 GError **error);

/* Proves token and subscription; the answer carries "tenantId". Gives. */
json_t *arm_subscription_get (ArmClient *client, CrJob *job, GError **error);
json_t *arm_group_ensure (ArmClient *client, CrJob *job, const char *group, const char *location,
                          GError **error);
/* Register a resource provider ("Microsoft.Storage"); returns at once when it is registered, otherwise
 * waits. */
gboolean arm_provider_register (ArmClient *client, CrJob *job, const char *provider, GError **error);

/* StorageV2, TLS 1.2, no public blobs; SHARED_KEY as account keys are to be allowed. Gives the resource. */
json_t *arm_storage_account_ensure (ArmClient *client, CrJob *job, const char *group, const char *location,
                                    const char *name, gboolean shared_key, GError **error);
/* primaryEndpoints.KIND ("blob", "web") of a storage account resource, with its trailing slash. Gives. */
char *arm_storage_endpoint (const json_t *account, const char *kind, GError **error);

/* Premium vault with role based access and purge protection. Gives the resource. */
json_t *arm_vault_ensure (ArmClient *client, CrJob *job, const char *group, const char *location,
                          const char *name, const char *tenant, GError **error);

/* Give PRINCIPAL (object id; TYPE "User" or "ServicePrincipal") the role ROLE (GUID, cloud/names.h) on SCOPE.
 * *CREATED (may be NULL) tells whether it is new: a new one may take minutes to have effect. */
gboolean arm_role_ensure (ArmClient *client, CrJob *job, const char *scope, const char *role,
                          const char *principal, const char *type, gboolean *created, GError **error);

/* A user-assigned identity; "properties" has clientId, principalId and tenantId. Gives the resource. */
json_t *arm_identity_ensure (ArmClient *client, CrJob *job, const char *group, const char *location,
                             const char *name, GError **error);
/* Trust tokens of ISSUER for SUBJECT (audience api://AzureADTokenExchange) as IDENTITY_ID; one that differs
 * is replaced. Gives the resource. */
json_t *arm_federated_credential_ensure (ArmClient *client, CrJob *job, const char *identity_id,
                                         const char *name, const char *issuer, const char *subject,
                                         GError **error);

G_END_DECLS
