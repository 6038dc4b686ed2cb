/* SPDX-License-Identifier: MIT
 * Key vaults as a client: keys that are only released to an attested clean room, and wrapped keys as secrets.
 *
 * Key Vault REST 7.4 and the attestation API 2022-08-01. A 403 ForbiddenByRbac, the sign of a role that has
 * not come into effect yet, is retried and told through cr_job_notice ("waiting"), as in blob.h. A vault
 * client may be used by several threads at once.
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "cloud/token.h"
#include "cose/openssl.h"
#include "cose/x509.h"
#include "http/http.h"

G_BEGIN_DECLS

typedef struct VaultClient VaultClient;

/* URL is the vaultUri of the resource. HTTP and DATA are borrowed. Gives. */
VaultClient *vault_client_new (HttpClient *http, const char *url, CloudTokenFunc token, gpointer data);
void vault_client_free (VaultClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VaultClient, vault_client_free)
/* Other waiting times for a role to come into effect, in milliseconds. */
void vault_client_set_role_wait (VaultClient *client, guint every_ms, guint limit_ms);

/* The policy that releases a key to clean rooms whose host data is one of HOST_DATA (lower-case hex digests,
 * NULL-terminated, at least one), attested by AUTHORITY (a URL). Gives. */
json_t *vault_release_policy (const char *authority, const char *const *host_data);

/* Import KEY (RSA) under NAME: hardware protected, exportable under POLICY, for encryption only. The answer
 * is compared with what was sent: a vault that dropped the policy is CR_ERROR_REFUSED. */
gboolean vault_key_import (VaultClient *client, CrJob *job, const char *name, const EVP_PKEY *key,
                           const json_t *policy, GError **error);
/* The newest version of NAME: its public part and its release policy (an object; NULL = none; may be NULL).
 * CR_ERROR_NOT_FOUND when absent. Gives. */
EVP_PKEY *vault_key_show (VaultClient *client, CrJob *job, const char *name, json_t **policy, GError **error);

/* VALUE must be a text in secret memory if it is secret. */
gboolean vault_secret_put (VaultClient *client, CrJob *job, const char *name, const char *value,
                           GError **error);
/* CR_ERROR_NOT_FOUND when absent. Gives wiped memory. */
CrSecretText vault_secret_get (VaultClient *client, CrJob *job, const char *name, GError **error);

/* Ask AUTHORITY for a token about REPORT (SNP attestation report) with CHAIN (PEM certificates), whose report
 * data is the SHA-256 of RUNTIME (JSON text with a key set). Gives wiped memory. */
CrSecretText vault_attest (HttpClient *http, CrJob *job, const char *authority, GBytes *report, GBytes *chain,
                           GBytes *runtime, GError **error);
/* The private part of NAME for an environment with the attestation token TOKEN, whose key set holds the
 * public part of KEY. Gives. */
EVP_PKEY *vault_key_release (VaultClient *client, CrJob *job, const char *name, const char *token,
                             EVP_PKEY *key, GError **error);

/* The public part of the KEK called NAME, released under POLICY: made here and imported when the vault has
 * none with that policy (*MADE then; may be NULL). Another policy makes a new version: what an older one
 * wrapped has to be wrapped again. The private part leaves this function to the vault only. Gives. */
EVP_PKEY *vault_kek_ensure (VaultClient *client, CrJob *job, const char *name, const json_t *policy,
                            gboolean *made, GError **error);
/* Wrap SECRET (a DEK, or at most 190 bytes of anything) with KEK (RSA-OAEP, SHA-256) and keep it, in
 * base64, as the secret NAME. */
gboolean vault_wrap (VaultClient *client, CrJob *job, const char *name, EVP_PKEY *kek, GBytes *secret,
                     GError **error);

/* "wrapped-<datastore>-dek-<kek>": where a wrapped key lies. CR_ERROR_INPUT when a vault cannot take that
 * name. Gives. */
char *vault_wrapped_name (const char *datastore, const char *kek, GError **error);

/* ---- Member identities made inside a vault (vault-member.c) ---- */

/* The certificate NAME, made for MEMBER when the vault has none (*MADE). *ID names it and gives. Gives. */
X509 *vault_certificate_ensure (VaultClient *client, CrJob *job, const char *name, const char *member,
                                char **id, gboolean *made, GError **error);
/* Its private key, taken out of the vault. Gives. */
EVP_PKEY *vault_certificate_key (VaultClient *client, CrJob *job, const char *name, const X509 *certificate,
                                 GError **error);
/* The public part of the key NAME for recovery shares (RSA 2048, decrypts only), made when the vault has
 * none. Gives. */
EVP_PKEY *vault_recovery_key_ensure (VaultClient *client, CrJob *job, const char *name, gboolean *made,
                                     GError **error);
/* Let the vault sign, or decrypt, something: what it shows is what it can use. */
gboolean vault_certificate_prove (VaultClient *client, CrJob *job, const char *name, const X509 *certificate,
                                  GError **error);
gboolean vault_recovery_key_prove (VaultClient *client, CrJob *job, const char *name, EVP_PKEY *key,
                                   GError **error);

G_END_DECLS
