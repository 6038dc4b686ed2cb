/* SPDX-License-Identifier: MIT
 * Certificates with their keys as pairs of files in the sandbox folder.
 */
#pragma once

#include "cose/x509.h"

G_BEGIN_DECLS

/* Read both PEM files. When either is absent, TRUE with *KEY and *CERTIFICATE NULL. Gives both. */
gboolean pki_load (const char *key_path, const char *certificate_path, EVP_PKEY **key, X509 **certificate,
                   GError **error);
/* Write both: the key (PKCS#8, 0600) first, so that a certificate never lies there without its key. */
gboolean pki_save (const char *key_path, const char *certificate_path, const EVP_PKEY *key,
                   const X509 *certificate, GError **error);
/* A leaf for 127.0.0.1 and localhost, signed by ISSUER. Gives. */
X509 *pki_issue_leaf (const char *common_name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, guint days,
                      GError **error);
/* The same for 127.0.0.1 and the names DNS (NULL-terminated). Gives. */
X509 *pki_issue_named (const char *common_name, const char *const *dns, EVP_PKEY *key, X509 *issuer,
                       EVP_PKEY *issuer_key, guint days, GError **error);
/* A self-signed authority. Gives. */
X509 *pki_issue_authority (const char *common_name, EVP_PKEY *key, guint days, GError **error);
/* Whole days until CERTIFICATE ends; negative when it has ended. */
int pki_days_left (const X509 *certificate);

G_END_DECLS
