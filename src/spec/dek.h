/* SPDX-License-Identifier: MIT
 * The key of a datastore (DEK): 32 bytes, made once, kept in the secret store that the datastore names.
 *
 * A store of the type Local_File is the keyring, or a folder with one file of 32 bytes for each key
 * ("<datastore>.bin", as azure-cleanroom's extension writes them) where a folder was asked for. In a vault
 * the key is a secret with the name of the datastore, in base64: whoever may read secrets there can decrypt
 * the data.
 */
#pragma once

#include "cloud/store.h"
#include "cloud/vault.h"
#include "keys/keys.h"
#include "spec/stores.h"

G_BEGIN_DECLS

/* All borrowed. */
typedef struct {
  CrJob *job;
  const json_t *store;       /* the entry of the secret store */
  const char *name;          /* of the datastore */
  KeyStore *keys;            /* for a keyring, else NULL */
  const char *collaboration; /* for a keyring */
  VaultClient *vault;        /* for a vault, else NULL */
} SpecDek;

/* CR_ERROR_NOT_FOUND when the store has no key of this name; CR_ERROR_INPUT when what it has is no key. Gives
 * secret memory. */
GBytes *spec_dek_get (const SpecDek *it, GError **error);
/* The same; made when there is none, unless PLACE (may be NULL: nothing can be there yet) holds anything: its
 * key was lost then, and a new one would make it unreadable for good (CR_ERROR_ADMIN). */
GBytes *spec_dek_ensure (const SpecDek *it, CloudStore *place, GError **error);

G_END_DECLS
