/* SPDX-License-Identifier: MIT
 * Dataset documents: what a party tells the consortium about its data, and where the clean room finds it.
 *
 * Two forms are on the wire. Written: the one of azure-cleanroom 7.0.0 and later (datasetSchema,
 * datasetAccessPolicy, datasetAccessPoint). Read: that one and the flat one before it (format, schema,
 * accessPoint). In the written form the name of the document, of the access point and the document id are the
 * same text, because the mount folder is made from one and opened by the other.
 */
#pragma once

#include "base/json.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum { DATA_ACCESS_READ, DATA_ACCESS_WRITE } DataAccess;

typedef struct {
  char *name;
  char *type; /* string integer long number boolean date timestamp */
} DataField;

/* Columns in file order. */
typedef struct {
  char *format;      /* csv, json, parquet */
  GPtrArray *fields; /* DataField* */
} DataSchema;

DataSchema *data_schema_new (const char *format);
void data_schema_add (DataSchema *schema, const char *name, const char *type); /* copies */
void data_schema_free (DataSchema *schema);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataSchema, data_schema_free)
/* {"format", "fields":[{"fieldName", "fieldType"}]}: schema.json, datasetSchema. Gives. */
json_t *data_schema_to_json (const DataSchema *schema);
/* The same back, also from the flat form of the public samples, {COLUMN: {"type"}}, alone or as "schema"; unknown
 * types, repeated or empty names are CR_ERROR_INPUT. WHAT names the text. Gives. */
DataSchema *data_schema_from_json (const json_t *value, const char *what, GError **error);

/* The schemas of the sample: date, time, author, mentions / author, Number_Of_Mentions (long). Give. */
DataSchema *data_schema_sample_input (void);
DataSchema *data_schema_sample_output (void);

/* Where the clean room finds the key of an encrypted dataset: the DEK, wrapped, is a secret of a vault; the
 * KEK that unwraps it is released by the vault to an attested clean room only. All borrowed. */
typedef struct {
  const char *dek_store, *dek_name; /* secret store as in secretstores.config; secret of the vault */
  const char *kek_store, *kek_name; /* secret store; key of the vault */
  const char *vault_url;
  const char *kek_url;   /* where the KEK is; NULL = the same vault */
  const char *authority; /* attestation service */
} DataProtectionKeys;

/* Everything that an access point says. All borrowed. */
typedef struct {
  const char *name; /* of the dataset document, or the one that applications use */
  DataAccess access;
  const char *container;
  const char *datastore;             /* name in datastores.config */
  const char *blob_url;              /* primaryEndpoints.blob */
  const char *identity_name;         /* "<persona>-identity" */
  const char *client_id, *tenant_id; /* of the managed identity */
  const char *issuer_url;            /* public/issuer.url */
  const json_t *identity;            /* instead of the four: as it stands in "identities" */
  const DataProtectionKeys *keys;    /* NULL = SSE, else CPK */
  const char
      *secret_id; /* S3: the consortium's secret with the key pair; then container is the bucket, blob_url
                          * the service, and there is no identity. NULL = blob storage */
  const char *store_type;   /* NULL = "Aws_S3" or "Azure_BlobStorage" */
  const char *mode;         /* NULL = "CPK" or "SSE" */
  const char *subdirectory; /* what to mount of the container; NULL = all */
} DataAccessPointSpec;

/* The identity that attestation proves, as it stands in an access point and in "identities"; and the one that
 * is federated through it. Give. */
json_t *data_attested_identity (const char *name, const char *client_id, const char *tenant_id,
                                const char *issuer_url);
json_t *data_federated_identity (const char *name, const char *client_id, const char *tenant_id,
                                 const char *issuer_url);
/* "Azure_BlobStorage" and so on; borrowed. */
const char *data_store_type (const DataAccessPointSpec *spec);
/* The identity of SPEC; a JSON null for S3. Gives. */
json_t *data_identity (const DataAccessPointSpec *spec);
/* "protection" of the access point that SPEC describes. Gives. */
json_t *data_protection (const DataAccessPointSpec *spec);
/* base64 of {"secretId"}, "" for NULL: how S3 stores name their credentials. Gives. */
char *data_secret_reference (const char *secret_id);
/* Access point: with an identity federated through cleanroom_cgs_oidc, or to a bucket. Gives. */
json_t *data_access_point (const DataAccessPointSpec *spec);
/* The document; ALLOWED NULL = every field. Gives. CR_ERROR_INPUT when a name is not of a-z 0-9 - or does not
 * match. */
json_t *data_dataset_build (const char *id, const DataSchema *schema, DataAccess access,
                            const char *const *allowed, const json_t *access_point, GError **error);

/* What a reader of an access point needs to get at the DEK; owned. */
typedef struct {
  char *mode;               /* "SSE", "CPK", "CSE" */
  char *dek_name, *dek_url; /* secret and its vault; NULL for SSE */
  char *kek_name, *kek_url, *authority;
} DataProtection;
void data_protection_clear (DataProtection *protection);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DataProtection, data_protection_clear)
/* Read "protection" of ACCESS_POINT. CR_ERROR_REFUSED, its remote code the one of the analytics agent
 * (AccessIdentityMissing, KekNotSet, ...), when encryption secrets are incomplete. */
gboolean data_protection_read (const json_t *access_point, DataProtection *protection, GError **error);

/* A dataset document of either form. */
typedef struct {
  gboolean old_form;
  char *name;
  DataSchema *schema;
  DataAccess access;
  char **allowed;       /* NULL in the old form */
  json_t *access_point; /* as it stands in the document */
  char *store_type;     /* "Azure_BlobStorage" */
  char *container;
  char *store_url;
  char *datastore;       /* store.id */
  char *subdirectory;    /* "" when none */
  char *encryption_mode; /* SSE, CPK, CSE; from protection.configuration; NULL when it does not say */
  char *client_id, *tenant_id, *issuer_url; /* of the identity; NULL when it has none */
} DataDataset;
/* From the document's "data" text. */
DataDataset *data_dataset_read_text (const char *text, GError **error); /* gives */
void data_dataset_free (DataDataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataDataset, data_dataset_free)

G_END_DECLS
