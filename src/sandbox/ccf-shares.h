/* SPDX-License-Identifier: MIT
 * Recovery shares: the ledger secret wrapped with a key that enough members together can put together again.
 *
 * Shamir sharing over the prime 2^31 - 1, ten limbs; a share is 44 bytes: index, then the limbs,
 * little-endian 32-bit words. Index 0 is the whole secret, as an Owner gets it. CCF governance API, recovery.
 */
#pragma once

#include "sandbox/store.h"

G_BEGIN_DECLS

#define SHARE_LIMBS 10
#define SHARE_BYTES ((SHARE_LIMBS + 1) * 4)

typedef struct {
  guint32 index;
  guint32 limbs[SHARE_LIMBS];
} CcfShare;

/* Draw a secret (index 0) and COUNT shares of it, of which THRESHOLD are enough. */
void ccf_shares_make (guint threshold, guint count, CcfShare *secret, CcfShare *shares);
/* The secret from COUNT shares with different indexes; garbage when they are too few or do not belong
 * together. */
void ccf_shares_join (const CcfShare *shares, guint count, CcfShare *secret);
void ccf_share_write (const CcfShare *share, guint8 bytes[SHARE_BYTES]);
/* FALSE when a limb is outside the field. */
gboolean ccf_share_read (const guint8 bytes[SHARE_BYTES], CcfShare *share);

/* Give every active recovery member a fresh share of the ledger secret. Inside a transaction. Nothing
 * happens while the service has not been opened, or has too few recovery members for its threshold. */
gboolean ccf_shares_issue (Store *store, GError **error);
/* The share of MEMBER as it was encrypted for it, base64; NULL when there is none. Gives. */
char *ccf_shares_encrypted (Store *store, const char *member);
/* The ledger secret unwrapped with SECRET (index 0); NULL and CR_ERROR_REFUSED when it is the wrong one.
 * Gives. */
GBytes *ccf_shares_unwrap (Store *store, const CcfShare *secret, GError **error);

G_END_DECLS
