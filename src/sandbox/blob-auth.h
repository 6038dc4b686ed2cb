/* SPDX-License-Identifier: MIT
 * Who calls the blob service and what that lets them do: a token, an account key (Shared Key) or a shared
 * access signature (SAS) in the query.
 *
 * Azure Storage, "Authorize requests": "Authorize with Shared Key", "Create an account SAS", "Create a
 * service SAS". Emulator URLs (/account/container/blob) count the account twice in a Shared Key's resource
 * and once in a SAS's.
 */
#pragma once

#include "sandbox/blob-private.h"

G_BEGIN_DECLS

typedef enum { STORAGE_LEVEL_SERVICE, STORAGE_LEVEL_CONTAINER, STORAGE_LEVEL_BLOB } StorageLevel;

/* What a SAS lets its holder do; owned. */
typedef struct {
  char *letters; /* "rwl" */
  char *version; /* of the service, for requests without x-ms-version */
  char *types;   /* account SAS: "sco"; service SAS: NULL */
  gboolean one_blob;
} StorageSas;
void storage_sas_clear (StorageSas *sas);

/* Zero-initialise. */
typedef struct {
  char *oid;    /* object id, of a token */
  gboolean key; /* the account's key: may do everything */
  gboolean has_sas;
  StorageSas sas;
} StorageCaller;
void storage_caller_clear (StorageCaller *caller);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StorageCaller, storage_caller_clear)

/* Fill CALLER from the request. FALSE after answering 401, 403 or 404. */
gboolean storage_authenticate (StorageCall *call, StorageCaller *caller);
/* May a holder of SAS do an operation at LEVEL that one of the permissions LETTERS covers? Overwriting
 * needs more than "c". FALSE after answering 403. */
gboolean storage_sas_allows (StorageCall *call, const StorageSas *sas, StorageLevel level,
                             const char *letters);
/* The headers that a SAS puts into the answer of a read (rscc, rscd, rsce, rscl, rsct). */
void storage_sas_respond (StorageCall *call);

/* 403 AuthenticationFailed with a DETAIL (may be NULL). */
void storage_unauthenticated (StorageCall *call, const char *detail);
/* blob-sas.c: the SAS of the query against KEYS; FALSE after answering 403. */
gboolean storage_sas_take (StorageCall *call, GBytes *const keys[2], StorageSas *sas);

G_END_DECLS
