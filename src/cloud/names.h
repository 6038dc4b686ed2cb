/* SPDX-License-Identifier: MIT
 * Names of cloud resources: the derived unique string, limits of each kind, role and api-version constants.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Role definitions of Azure (the GUID is the same in every subscription). */
#define CLOUD_ROLE_BLOB_DATA_CONTRIBUTOR "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
#define CLOUD_ROLE_STORAGE_ACCOUNT_CONTRIBUTOR "17d1049b-9a84-46fb-8f53-869881c3d3ab"
#define CLOUD_ROLE_KEY_VAULT_ADMINISTRATOR "00482a5a-887f-4fb3-b363-3b7fe8e74483"
#define CLOUD_ROLE_KEY_VAULT_CRYPTO_OFFICER "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
#define CLOUD_ROLE_KEY_VAULT_SECRETS_USER "4633458b-17de-408a-b874-0445c86b69e6"

/* 13 letters a-z derived from TEXT: SHA-512, bytes 1 to 13, each 'a' + byte mod 26. Gives. */
char *cloud_u13 (const char *text);

/* Checks before a call is made: CR_ERROR_INPUT naming the rule that NAME breaks. */
gboolean cloud_check_storage_account_name (const char *name, GError **error); /* 3-24 of a-z 0-9 */
gboolean cloud_check_vault_name (const char *name, GError **error);           /* 3-24 of a-z A-Z 0-9 - */
gboolean cloud_check_container_name (const char *name, GError **error);       /* 3-63 of a-z 0-9 - */
gboolean cloud_check_credential_name (const char *name, GError **error);      /* 3-120 of a-z A-Z 0-9 - _ */

/* The name of the role assignment of ROLE for PRINCIPAL on SCOPE: a version 5 UUID, so that asking twice is
 * the same request. Gives. */
char *cloud_role_assignment_name (const char *scope, const char *role, const char *principal);

G_END_DECLS
