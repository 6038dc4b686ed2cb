/* SPDX-License-Identifier: MIT
 * A governance member: signing key (EC P-384) with its certificate, and optionally an RSA-2048 key that makes
 * it a recovery member. Everything is kept in the key store.
 */
#pragma once

#include "cose/cose.h"
#include "cose/x509.h"
#include "keys/keys.h"

G_BEGIN_DECLS

typedef struct MemberIdentity MemberIdentity;

/* Make keys and certificate (CN=NAME, 365 days), store and read back. CR_ERROR_INPUT when PERSONA already has
 * a member NAME: an identity is never overwritten. NAME must satisfy cr_name_valid. Gives. */
MemberIdentity *member_identity_create (KeyStore *store, const char *collaboration, const char *persona,
                                        const char *name, gboolean with_recovery_key, GError **error);
/* Take over an identity made elsewhere. KEY (EC) must be the one of CERTIFICATE, RECOVERY_KEY (RSA, may be
 * NULL) makes it a recovery member; all borrowed. The same identity again is no failure and may add the
 * recovery key; another one of this name is CR_ERROR_INPUT. Gives. */
MemberIdentity *member_identity_import (KeyStore *store, const char *collaboration, const char *persona,
                                        const char *name, const X509 *certificate, const EVP_PKEY *key,
                                        const EVP_PKEY *recovery_key, GError **error);
/* The same from values at hand, kept nowhere: for a service that acts with what it was handed. NAME is for
 * messages. Gives. */
MemberIdentity *member_identity_new (const char *name, const X509 *certificate, const EVP_PKEY *key,
                                     const EVP_PKEY *recovery_key, GError **error);
/* CR_ERROR_NOT_FOUND when there is none; CR_ERROR_ADMIN when key and certificate do not belong together. */
MemberIdentity *member_identity_load (KeyStore *store, const char *collaboration, const char *persona,
                                      const char *name, GError **error);
void member_identity_free (MemberIdentity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemberIdentity, member_identity_free)

/* All borrowed from IDENTITY. */
const char *member_identity_name (const MemberIdentity *identity);
const char *member_identity_id (const MemberIdentity *identity); /* hex64: the member id */
const char *member_identity_certificate_pem (const MemberIdentity *identity);
X509 *member_identity_certificate (const MemberIdentity *identity);
/* public; NULL when none */
const char *member_identity_encryption_pem (const MemberIdentity *identity);
EVP_PKEY *member_identity_key (const MemberIdentity *identity); /* private, for TLS */

/* Sign a governance message; the kid of HEADER is ignored, the own id is used, created_at 0 becomes now. The
 * result is not verified again: key and certificate were compared at load. PAYLOAD NULL = empty.
 * CR_ERROR_ADMIN when the certificate has expired. Gives the message. */
GBytes *member_identity_sign (const MemberIdentity *identity, const CoseHeader *header, GBytes *payload,
                              GError **error);
/* RSA-OAEP-SHA256 with the recovery key. Gives bytes in secret memory. */
GBytes *member_identity_decrypt_share (const MemberIdentity *identity, GBytes *encrypted, GError **error);

/* Expired or not yet valid at NOW_S (seconds since 1970): CR_ERROR_ADMIN that says what to do. */
gboolean member_identity_check_expiry (const MemberIdentity *identity, gint64 now_s, GError **error);
/* Whole days until the certificate expires; negative when it has. */
int member_identity_days_left (const MemberIdentity *identity, gint64 now_s);

G_END_DECLS
