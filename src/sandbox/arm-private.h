/* SPDX-License-Identifier: MIT
 * The resource manager of the sandbox, inside: state, one call in progress, and what its files share.
 *
 * Wire format: Azure Resource Manager REST (resource ids, api-version, error bodies, asynchronous
 * operations) for the few providers that a clean room needs.
 */
#pragma once

#include "base/db.h"
#include "sandbox/server.h"

G_BEGIN_DECLS

typedef struct {
  CrDb *db;           /* DIR/sandbox/cloud.db; its lock is held for the whole of one call */
  char *subscription; /* the one subscription of this sandbox, a random GUID made at first start */
} Manager;

/* One call that is being answered. Everything is borrowed from the dispatcher. */
typedef struct {
  Sandbox *sandbox;
  Manager *arm;
  const SandboxRequest *request;
  SandboxResponse *response;
  const char *oid;   /* the caller's object id */
  const char *tid;   /* the caller's tenant */
  const char *scope; /* resource id of the path in its canonical spelling; role calls: what the role is on */
  const char *group; /* resource group name, NULL above groups */
  GPtrArray *parameters; /* char*, decoded: what the {} of the pattern matched */
} ManagerCall;

typedef enum { ARM_ANYONE, ARM_READ, ARM_WRITE, ARM_ASSIGN } ManagerAction;

/* A stored resource. */
typedef struct {
  char *id;
  char *type;
  char *name;
  char *owner;    /* object id of the creator */
  char *instance; /* random; a resource that is made again under its old name has another one */
  json_t *body;   /* what GET shows, without id, name and type */
  gint64 created_ms;
  gint64 ready_ms; /* provisioning ends at this time */
} ManagerResource;

void manager_resource_free (ManagerResource *resource);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ManagerResource, manager_resource_free)

/* arm-store.c: the database */
CrDb *manager_store_open (const char *path, GError **error);
/* A value made once and kept ("subscription"). Gives. */
char *manager_store_meta (CrDb *db, const char *name, const char *first_value, GError **error);
/* NULL with ERROR unset when absent. Gives. */
ManagerResource *manager_store_get (Manager *arm, const char *id, GError **error);
/* The resource of TYPE whose lookup value is LOOKUP (account name, client id, ...). Gives. */
ManagerResource *manager_store_find (Manager *arm, const char *type, const char *lookup, GError **error);
/* Of one that is ready only the id and the instance: every call for data asks this. FALSE when there is none. Gives
 * both. */
gboolean manager_store_locate (Manager *arm, const char *type, const char *lookup, char **id,
                               char **instance);
/* Insert or replace; RESOURCE->instance is made when NULL. LOOKUP and PRINCIPAL may be NULL. */
gboolean manager_store_put (Manager *arm, ManagerResource *resource, const char *lookup,
                            const char *principal, GError **error);
/* Resources of TYPE (NULL = every type) strictly below the resource id PREFIX. Gives an array of
 * ManagerResource. */
GPtrArray *manager_store_list (Manager *arm, const char *prefix, const char *type, GError **error);
/* Remove ID, everything below it and every role assignment on these; one transaction. */
gboolean manager_store_delete (Manager *arm, const char *id, GError **error);

/* arm-access.c: who may do what */
gboolean manager_may (Manager *arm, const char *oid, const char *scope, ManagerAction action);
/* The same as a call between parts: used by the storage service for its control actions. */
gboolean manager_check_action (Sandbox *sandbox, const char *oid, const char *scope, ManagerAction action);
/* Three to 24 lower-case letters and digits? */
gboolean manager_account_name_valid (const char *name);
/* Is GUID the id of a role that this sandbox knows? */
gboolean manager_role_known (const char *guid);
/* The storage account called NAME: its resource id and its instance. FALSE when there is none. */
gboolean manager_storage_account (Sandbox *sandbox, const char *name, char **id, char **instance);
/* Its two account keys, in wiped memory, and whether callers may use them (allowSharedKeyAccess). FALSE when
 * there is no such account. Gives the keys. */
gboolean manager_storage_keys (Sandbox *sandbox, const char *name, GBytes *keys[2], gboolean *permitted);
/* The managed identity with this client id: its object id, tenant and federated credentials (an array of
 * {issuer, subject, audiences}). FALSE when there is none. */
gboolean manager_identity_by_client (Sandbox *sandbox, const char *client_id, char **principal, char **tenant,
                                     json_t **credentials);

/* arm-start.c: helpers of the handlers */
void manager_fail (ManagerCall *call, guint status, const char *code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
/* Answer 500 when ERROR is set; TRUE then. */
gboolean manager_broken (ManagerCall *call, GError *error);
/* The JSON object in the body; NULL after answering 400 InvalidRequestContent. Gives. */
json_t *manager_body (ManagerCall *call);
const char *manager_parameter (const ManagerCall *call, guint index);
/* How a resource is shown: id, name, type, then the body with the current provisioningState. Gives. */
json_t *manager_show (ManagerCall *call, const ManagerResource *resource);
/* The resource at the call's scope; NULL after answering 404. Gives. */
ManagerResource *manager_require (ManagerCall *call);
/* The "location" of BODY in its short form (lower case, no spaces); NULL after answering 400. Gives. */
char *manager_location (ManagerCall *call, const json_t *body);
/* "tags" of BODY checked and copied into SHOWN; FALSE after answering 400. */
gboolean manager_tags (ManagerCall *call, const json_t *body, json_t *shown);
/* FALSE after answering 409 when EXISTING lies in another location. */
gboolean manager_same_location (ManagerCall *call, const ManagerResource *existing, const char *location);

/* arm-operation.c: work that goes on in the background */
gint64 manager_operation_ms (Sandbox *sandbox); /* setting "operation-ms", 0 when unset */
/* Answer 202 with Location, Azure-AsyncOperation and Retry-After for work on RESOURCE (NULL = removal). */
void manager_operation_start (ManagerCall *call, const ManagerResource *resource);
void manager_operation_status (ManagerCall *call);
void manager_operation_result (ManagerCall *call);

/* Handlers */
void manager_subscriptions_list (ManagerCall *call);
void manager_subscription_get (ManagerCall *call);
void manager_provider_list (ManagerCall *call);
void manager_provider_get (ManagerCall *call);
void manager_provider_register (ManagerCall *call);
gboolean manager_provider_registered (Manager *arm, const char *namespace_name);
void manager_group_list (ManagerCall *call);
void manager_group_get (ManagerCall *call);
void manager_group_put (ManagerCall *call);
void manager_group_delete (ManagerCall *call);
void manager_group_resources (ManagerCall *call);
void manager_resource_show (ManagerCall *call);
void manager_account_list (ManagerCall *call);
void manager_account_put (ManagerCall *call);
void manager_account_patch (ManagerCall *call);
void manager_account_keys (ManagerCall *call);
void manager_account_delete (ManagerCall *call);
void manager_account_endpoints (ManagerCall *call, const char *name, json_t *properties);
void manager_vault_put (ManagerCall *call);
void manager_vault_delete (ManagerCall *call);
void manager_identity_put (ManagerCall *call);
void manager_identity_delete (ManagerCall *call);
void manager_credential_list (ManagerCall *call);
void manager_credential_put (ManagerCall *call);
void manager_role_list (ManagerCall *call);
void manager_role_get (ManagerCall *call);
void manager_role_put (ManagerCall *call);
void manager_role_delete (ManagerCall *call);
void manager_permissions (ManagerCall *call);

#define ARM_TYPE_GROUP "Microsoft.Resources/resourceGroups"
#define ARM_TYPE_ACCOUNT "Microsoft.Storage/storageAccounts"
#define ARM_TYPE_VAULT "Microsoft.KeyVault/vaults"
#define ARM_TYPE_IDENTITY "Microsoft.ManagedIdentity/userAssignedIdentities"
#define ARM_TYPE_CREDENTIAL "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"

#define ARM_ROLE_OWNER "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define ARM_ROLE_CONTRIBUTOR "b24988ac-6180-42a0-ab88-20f7382dd24c"
#define ARM_ROLE_READER "acdd72a7-3385-48ef-bd42-f606fba81ae7"
#define ARM_ROLE_ACCESS_ADMINISTRATOR "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
#define ARM_ROLE_RBAC_ADMINISTRATOR "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
#define ARM_ROLE_STORAGE_ACCOUNT_CONTRIBUTOR "17d1049b-9a84-46fb-8f53-869881c3d3ab"
#define ARM_ROLE_BLOB_CONTRIBUTOR "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
#define ARM_ROLE_BLOB_OWNER "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
#define ARM_ROLE_BLOB_READER "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"

G_END_DECLS
