/* SPDX-License-Identifier: MIT
 * Entries of the datastore file and of the secret store file, and access points made of them.
 */
#pragma once

#include "data/dataset.h"
#include "spec/spec.h"

G_BEGIN_DECLS

/* --- secret stores --- */

#define SPEC_STORE_FOLDER "Local_File"
#define SPEC_STORE_VAULT "Azure_KeyVault"
#define SPEC_STORE_RELEASE "Azure_KeyVault_Managed_HSM"
/* A store of the type Local_File whose URL begins so is no folder but the keyring of that persona:
 * "keyring:northwind". It is what stores of this type are here unless a folder is asked for. */
#define SPEC_KEYRING_PREFIX "keyring:"

/* All borrowed. */
typedef struct {
  const char *name;
  const char *type;      /* one of the three above */
  const char *url;       /* of the vault; a folder; "keyring:PERSONA" */
  const char *authority; /* attestation service of a store that releases keys, else NULL */
} SpecSecretStore;

/* The entry as it stands in the file. Gives. */
json_t *spec_secretstore_entry (const SpecSecretStore *store);
/* Add the entry to the file at PATH, made when absent. An existing name is left alone and *ADDED (may be
 * NULL) is FALSE. */
gboolean spec_secretstore_add (const char *path, const SpecSecretStore *store, gboolean *added,
                               GError **error);
/* The entry NAME of the file at PATH; CR_ERROR_NOT_FOUND "SecretStoreNotFound". Gives. */
json_t *spec_secretstore_load (const char *path, const char *name, GError **error);
/* The authority that the configuration of ENTRY names; NULL when it names none. Gives. */
char *spec_secretstore_authority (const json_t *entry);
gboolean spec_secretstore_holds (const json_t *entry, const char *kind); /* "Secret", "Key" */
/* The persona of a keyring store; NULL when ENTRY is another store. Borrowed. */
const char *spec_secretstore_keyring (const json_t *entry);

/* --- datastores --- */

/* All borrowed. */
typedef struct {
  const char *name;
  const char *type;             /* "Azure_BlobStorage" (also NULL), "Aws_S3", ... */
  const char *mode;             /* "SSE" (also NULL), "CPK", "CSE" */
  const char *url;              /* of the service, with its trailing slash */
  const char *place;            /* container or bucket */
  const char *secret_id;        /* S3: the consortium's secret with the key pair */
  const char *secretstore_file; /* where the DEK is: file and name of the store; NULL with SSE */
  const char *secretstore;
  const DataSchema *schema; /* may be NULL */
} SpecDatastore;

/* CR_ERROR_INPUT when type, mode and secrets do not go together. */
gboolean spec_datastore_check (const SpecDatastore *store, GError **error);
/* As spec_secretstore_add. */
gboolean spec_datastore_add (const char *path, const SpecDatastore *store, gboolean *added, GError **error);
/* The entry NAME of the file at PATH; CR_ERROR_NOT_FOUND "DataStoreNotFound". Gives. */
json_t *spec_datastore_load (const char *path, const char *name, GError **error);
/* "SSE", "CPK", "CSE" of an entry; borrowed. */
const char *spec_datastore_mode (const json_t *entry);
/* The consortium's secret that an entry for S3 names; NULL when it names none. Gives. */
char *spec_datastore_secret (const json_t *entry);
/* The file of secret stores that ENTRY, of the datastore file at PATH, names: beside PATH, or as it stands
 * when such a file is there only. NULL when it names none. Gives. */
char *spec_datastore_secretstores (const json_t *entry, const char *path);

/* --- access points and applications --- */

/* All borrowed; entries as in the files. */
typedef struct {
  const char *name; /* what applications call it; NULL = as the datastore */
  DataAccess access;
  const json_t *datastore;
  const json_t *identity;              /* of the specification; NULL for S3 */
  const json_t *dek_store, *kek_store; /* NULL with SSE */
  const char *kek;                     /* name of the KEK; NULL with SSE */
  const char *subdirectory;            /* may be NULL */
} SpecAccess;

/* CR_ERROR_INPUT with the codes UnsupportedDekSecretStore, UnsupportedKekSecretStore,
 * IdentityConfigurationNotFound when something does not fit. Gives. */
json_t *spec_access_point (const SpecAccess *access, GError **error);

/* All borrowed. */
typedef struct {
  const char *name;
  const char *image;                                   /* REGISTRY/NAME@sha256:DIGEST */
  gboolean starts;                                     /* by itself */
  char **command;                                      /* words; may be NULL */
  const json_t *environment, *datasources, *datasinks; /* objects of texts; may be NULL */
  const json_t *ports;                                 /* list of integers; may be NULL */
  double cpu, memory_gb;
  const json_t *identity; /* that pulls the image; may be NULL */
} SpecApplication;

json_t *spec_application (const SpecApplication *application); /* gives */
/* {"enabled": true, "policy": ...} of one direction of http; POLICY (a reference of a registry) may be NULL.
 * Gives. */
json_t *spec_http_rule (const char *policy);
/* The access point NAME of the datasinks as the place of logs and metrics ("infrastructure-telemetry"), or of
 * what the application writes ("application-telemetry"). CR_ERROR_NOT_FOUND. */
gboolean spec_set_telemetry (json_t *specification, const char *name, GError **error);

#define SPEC_SINK_TELEMETRY "infrastructure-telemetry"
#define SPEC_SINK_LOGGING "application-telemetry"

G_END_DECLS
