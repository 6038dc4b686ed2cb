/* SPDX-License-Identifier: MIT
 * Datastores and secret stores of the files (spec/stores.h), opened as a persona: its clients, its keys.
 */
#pragma once

#include "cgs/cgs.h"
#include "cloud/store.h"
#include "spec/dek.h"
#include "workflow/context.h"

G_BEGIN_DECLS

/* The entry of PERSONA's own keyring, "<persona>-local-store". Gives. */
json_t *workflow_keyring_store (const char *persona);

/* Who opens. CONTEXT may be NULL where only keyrings and folders are needed: then keys and collaboration are
 * used for keyrings. All borrowed. */
typedef struct {
  CrJob *job;
  WorkflowContext *context;
  KeyStore *keys;
  const char *collaboration;
} WorkflowOpener;

/* The key of the datastore ENTRY of the datastore file at PATH, from the secret store that it names.
 * SECRETSTORES (may be NULL) is the file where it names none. Gives. */
GBytes *workflow_datastore_dek (const WorkflowOpener *by, const json_t *entry, const char *path,
                                const char *secretstores, GError **error);
/* A key is kept in a vault, so that a context is needed to get it. */
gboolean workflow_datastore_needs_vault (const json_t *entry, const char *path);

typedef struct {
  json_t *entry;
  BlobClient *blob; /* one of both */
  S3Client *s3;
  CloudStore *store;
  GBytes *dek; /* NULL with SSE; for CPK the client has it already */
} WorkflowDatastore;
void workflow_datastore_clear (WorkflowDatastore *opened);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WorkflowDatastore, workflow_datastore_clear)

/* Open the datastore NAME of the datastore file at PATH, with its key. CR_ERROR_INPUT for kinds of stores
 * that files cannot be moved to from here (OneLake). */
gboolean workflow_datastore_open (const WorkflowOpener *by, const char *path, const char *name,
                                  WorkflowDatastore *opened, GError **error);

/* Make the container (a bucket only if BUCKET), the key where the mode has one, and the entry; SECRETSTORES
 * is the file of secret stores that STORE names. An entry that is there already is left alone: *ADDED (may be
 * NULL) is FALSE. */
gboolean workflow_datastore_add (const WorkflowOpener *by, const char *path, const SpecDatastore *store,
                                 gboolean bucket, gboolean *added, GError **error);

/* The blob endpoint that ID (resource id of a storage account, or a URL; NULL = the persona's own account) is
 * about; with its trailing slash. Gives. */
char *workflow_blob_url (const WorkflowOpener *by, const char *id, GError **error);
/* The same for a key vault. RELEASES: it has to release keys, a premium vault or a managed HSM. */
char *workflow_vault_url (const WorkflowOpener *by, const char *id, gboolean releases, GError **error);
/* The service of the persona's AWS key pair; ENDPOINT NULL = the environment's. Gives. */
S3Client *workflow_context_s3 (WorkflowContext *context, const char *endpoint, GError **error);

/* --- envelopes of a whole specification --- */

/* The host data of the clean room that the members of CONTRACT agreed upon. CR_ERROR_WAITING without one.
 * Gives. */
char *workflow_agreed_host_data (CrJob *job, CcfClient *ledger, const char *contract, GError **error);
/* The host data of the accepted policy POLICY ({"policy": {"x-ms-sevsnpvm-hostdata": [...]}}); NULL when it
 * names none. Borrowed. */
const char *workflow_policy_host_data (const json_t *policy);

/* All borrowed. */
typedef struct {
  const json_t *specification;
  const char *datastores;   /* file */
  const char *secretstores; /* file, for datastores that name none */
  const char *host_data;    /* release to whom; NULL = use the KEKs that are there */
  gboolean keks_only;
} WorkflowEnvelope;

/* Make the KEKs that the access points name, all before the first key is wrapped, then wrap each DEK and keep
 * it in the vault that the access point names. Gives {"keks": [{name, vault, made}], "deks": [{datastore,
 * secret, vault}]}. */
json_t *workflow_wrap_keys (const WorkflowOpener *by, const WorkflowEnvelope *envelope, GError **error);

G_END_DECLS
