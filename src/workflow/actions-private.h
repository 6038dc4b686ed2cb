/* SPDX-License-Identifier: MIT
 * The actions and probes of the built-in tables, and what they share.
 */
#pragma once

#include "cgs/cgs.h"
#include "cloud/store.h"
#include "data/dataset.h"
#include "workflow/action.h"

G_BEGIN_DECLS

#define ACTION(name) gboolean name (WorkflowCall *call, GError **error)
#define PROBE(name) char *name (WorkflowCall *call, GError **error)

/* actions-common.c */
char *action_group (WorkflowCall *call, GError **error); /* resource group; gives */
/* The contract id from the public folder; CR_ERROR_WAITING when there is none. Gives. */
char *action_contract (WorkflowCall *call, GError **error);
/* The ledger as this persona's voting identity, or as this user. Borrowed. */
CcfClient *action_ledger (WorkflowCall *call, GError **error);
char *action_fact (WorkflowCall *call, const char *name, GError **error); /* required fact; gives */
/* The dataset document id that its owner published; CR_ERROR_WAITING naming the owner. Gives. */
char *action_dataset_id (WorkflowCall *call, const char *dataset, GError **error);
/* Folder DIR/<persona>/datasource/<folder>, or datasink for an output. Gives. */
char *action_dataset_folder (WorkflowCall *call, const WorkflowDataset *dataset);
/* "<scenario>-<persona>-<folder>" in lower case: container and datastore. Gives. */
char *action_container (WorkflowCall *call, const WorkflowDataset *dataset);
/* The state of a document for people ("Accepted"); borrowed from DOCUMENT. */
const char *action_state (const json_t *document);
/* The query of the scenario that this persona proposes or has to decide about. Borrowed. */
const WorkflowQuery *action_query (WorkflowCall *call, GError **error);
/* The ballot of OBJECT_ID in ARRAY [{approverId, ballot}]; NULL when there is none. Borrowed. */
const char *action_ballot (const json_t *ballots, const char *object_id);
/* Votes of a proposed or accepted user document: [{approverId, ballot}]. Gives. */
json_t *action_ballots (WorkflowCall *call, CcfClient *client, const json_t *document, GError **error);

/* actions-store.c: where datasets lie */
typedef struct {
  BlobClient *blob; /* one of both */
  S3Client *s3;
  CloudStore *store;
  char *place; /* container or bucket */
} ActionStore;
void action_store_clear (ActionStore *opened);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ActionStore, action_store_clear)
/* The container or bucket of DATASET, with the key of encrypted data. CREATE makes place and key when they
 * are not there. */
gboolean action_store_open (WorkflowCall *call, const WorkflowDataset *dataset, gboolean create,
                            ActionStore *opened, GError **error);
/* Does this persona keep any dataset in Azure? Members of the consortium always need it. */
gboolean action_uses_azure (WorkflowCall *call);
gboolean action_uses_buckets (WorkflowCall *call);

/* actions-aws.c */
ACTION (action_aws_keys);
PROBE (probe_aws_keys);
/* The value of the consortium's secret: base64 of the key pair as JSON. CR_ERROR_INPUT when the step was not
 * taken. Gives wiped memory. */
CrSecretText action_aws_secret (WorkflowCall *call, GError **error);
/* A client with the persona's key pair. Gives. */
S3Client *action_s3 (WorkflowCall *call, GError **error);

/* actions-preview.c: data and what others will see of it */
/* schema.json of the folder of DATASET, or that of the scenario. Gives. */
DataSchema *action_dataset_schema (WorkflowCall *call, const WorkflowDataset *dataset, GError **error);
/* The columns that queries may read; NULL = all of them. Gives. */
char **action_allowed (WorkflowCall *call, const WorkflowDataset *dataset);
/* Look at every file of an input, and say what others will see of it; adds to *ROWS. CR_ERROR_INPUT
 * "FILE:LINE: reason". */
gboolean action_data_check (WorkflowCall *call, const WorkflowDataset *dataset, const DataSchema *schema,
                            guint64 *rows, GError **error);
/* For workflow_engine_preview. Gives. */
json_t *action_publish_preview (WorkflowCall *call, GError **error);

/* actions-keys.c: data that its owner encrypts (CPK) */
gboolean action_is_encrypted (WorkflowCall *call); /* does the scenario say so? */
/* The DEK of DATASET from the keyring. CREATE makes it when there is none, unless BLOB's container of the
 * dataset holds data already: its key was lost then, and a new one would make that data unreadable for
 * good. BLOB may be NULL without CREATE. Gives secret memory. */
GBytes *action_dek (WorkflowCall *call, const WorkflowDataset *dataset, gboolean create, BlobClient *blob,
                    GError **error);
/* The KEK of this persona's data for the contract, in the vault, released only to HOST_DATA; each own
 * dataset's DEK wrapped with it as a secret beside. */
gboolean action_release_keys (WorkflowCall *call, const char *host_data, GError **error);

/* actions-environment.c */
ACTION (action_env_start);
ACTION (action_env_init);
PROBE (probe_session);
PROBE (probe_made);
/* actions-consortium.c */
ACTION (action_consortium);
PROBE (probe_member);
/* actions-cluster.c, actions-contract.c */
ACTION (action_cluster);
gboolean action_contract_agree (WorkflowCall *call, const char *contract, GError **error);
gboolean action_contract_authority (WorkflowCall *call, const char *contract, GError **error);
gboolean action_contract_issuer (WorkflowCall *call, GError **error);
gboolean action_contract_deployment (WorkflowCall *call, const char *contract, GError **error);
gboolean action_accept_own (WorkflowCall *call, json_t *proposal, const char *what, GError **error);
PROBE (probe_contract);
/* actions-users.c */
ACTION (action_invite);
ACTION (action_finalize);
ACTION (action_identity);
ACTION (action_accept);
PROBE (probe_invitations);
PROBE (probe_invitation);
/* actions-data.c, actions-publish.c, actions-grant.c */
ACTION (action_data);
ACTION (action_publish);
ACTION (action_grant);
PROBE (probe_data);
PROBE (probe_datasets);
PROBE (probe_access);
/* actions-query.c */
ACTION (action_query_add);
ACTION (action_approve);
ACTION (action_consent);
PROBE (probe_query);
PROBE (probe_ballot);
PROBE (probe_consent);
/* actions-run.c, actions-output.c */
ACTION (action_run);
ACTION (action_output);
gboolean action_run_check (GHashTable *inputs, GError **error);
PROBE (probe_run);
PROBE (probe_output);
/* actions-look.c */
ACTION (action_health);
ACTION (action_overview);
ACTION (action_audit);
PROBE (probe_shown);
PROBE (probe_health);

G_END_DECLS
