/* SPDX-License-Identifier: MIT
 * What the makers and the checkers of simulated evidence share: the keys and the report's field offsets.
 */
#pragma once

#include "sandbox/attestation.h"

#include "cose/openssl.h"

G_BEGIN_DECLS

/* Field offsets of an attestation report (SEV-SNP firmware ABI, ATTESTATION_REPORT); integers are
 * little-endian. */
enum {
  REPORT_VERSION = 0x00,
  REPORT_GUEST_SVN = 0x04,
  REPORT_POLICY = 0x08,
  REPORT_FAMILY_ID = 0x10,
  REPORT_IMAGE_ID = 0x20,
  REPORT_VMPL = 0x30,
  REPORT_SIGNATURE_ALGORITHM = 0x34,
  REPORT_CURRENT_TCB = 0x38,
  REPORT_FLAGS = 0x48,
  REPORT_REPORT_DATA = 0x50,
  REPORT_MEASUREMENT = 0x90,
  REPORT_HOST_DATA = 0xC0,
  REPORT_ID_KEY_DIGEST = 0xE0,
  REPORT_AUTHOR_KEY_DIGEST = 0x110,
  REPORT_REPORT_ID = 0x140,
  REPORT_REPORTED_TCB = 0x180,
  REPORT_CHIP_ID = 0x1A0,
  REPORT_SIGNATURE = 0x2A0,   /* everything before is signed */
  REPORT_SIGNATURE_PART = 72, /* r, then s, each little-endian */
  REPORT_SIGNATURE_END = REPORT_SIGNATURE + 2 * REPORT_SIGNATURE_PART,
  REPORT_CHIP_ID_SIZE = 64,
};

#define POLICY_SMT (G_GUINT64_CONSTANT (1) << 16)
#define POLICY_RESERVED_ONE (G_GUINT64_CONSTANT (1) << 17)
#define POLICY_MIGRATION (G_GUINT64_CONSTANT (1) << 18)
#define POLICY_DEBUG (G_GUINT64_CONSTANT (1) << 19)

/* Extensions of a VCEK certificate: the chip, and the firmware versions it was made for. */
#define VCEK_OID_CHIP_ID "1.3.6.1.4.1.3704.1.4"

typedef struct {
  const char *oid;
  guint byte; /* which byte of the TCB version */
} VcekTcbPart;

extern const VcekTcbPart attestation_tcb_parts[4];

struct AttestationPlatform {
  EVP_PKEY *vcek_key;
  X509 *vcek, *ask, *ark;
  char *chain_pem; /* VCEK, ASK, ARK */
};

/* The contents of an extension of CERTIFICATE, NULL when absent; borrowed. */
const ASN1_OCTET_STRING *attestation_extension (X509 *certificate, const char *oid);

/* --- what both kinds of evidence share --- */

/* Set ERROR to CR_ERROR_REFUSED with TEXT, which goes over the wire as it is. Gives FALSE. */
gboolean attestation_refuse (GError **error, const char *text);
/* The member KEY of OBJECT through the tolerant base64 decoder of the service's script; NULL with the text of
 * its exception when it is no text. Gives. */
GBytes *attestation_decode (const json_t *object, const char *key, GError **error);
/* The processor certificate of the chain in PEM: exactly VCEK, ASK, ARK, or with ANY_ORDER three or more
 * certificates that form such a chain. The root is the one of PLATFORM or one of AMD's; *GENUINE (may be
 * NULL) tells which. Gives. */
X509 *attestation_check_chain (AttestationPlatform *platform, GBytes *pem, gboolean any_order,
                               gboolean *genuine, GError **error);
/* The signature of a report of ATTESTATION_REPORT_SIZE bytes. */
gboolean attestation_check_signature (X509 *vcek, const guint8 *report, GError **error);
/* Sign bytes 0 to 0x29F of REPORT in place. */
gboolean attestation_sign_report (AttestationPlatform *platform, guint8 *report);
/* A report with everything but the signature; HOST_DATA 32 bytes, REPORT_DATA 32 bytes (zeros follow). */
void attestation_fill_report (AttestationPlatform *platform, guint8 *report, const guint8 *host_data,
                              const guint8 *report_data);

/* Read a quote and an HCL report (base64 texts) without believing anything; TRUE when both have their
 * form. */
gboolean attestation_cvm_parse (const char *quote, const char *hcl);

G_END_DECLS
