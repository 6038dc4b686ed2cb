/* SPDX-License-Identifier: MIT
 * What proves SEV-SNP hardware, for the client and for the other side: AMD's root keys and the endorsement of
 * the utility VM.
 *
 * Source: AMD SEV-SNP ABI, the VCEK certificate specification, did:x509 and COSE_Sign1 of the endorsement.
 */
#pragma once

#include "cose/openssl.h"

G_BEGIN_DECLS

/* TRUE when ROOT is the public key of an AMD root (ARK) of Milan, Genoa or Turin. */
gboolean ccf_amd_root_known (const EVP_PKEY *root);

/* The endorsement (COSE_Sign1) of the utility VM that measured MEASUREMENT. CR_ERROR_REFUSED otherwise. */
gboolean ccf_uvm_verify (GBytes *endorsement, const guint8 measurement[48], GError **error);

G_END_DECLS
