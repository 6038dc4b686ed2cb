/* SPDX-License-Identifier: MIT
 * COSE_Sign1 messages of CCF governance: build, sign (at once, or prepare and finish), parse, verify.
 *
 * Format: 18([protected: bstr, unprotected: {}, payload: bstr, signature: bstr]), RFC 9052, with the
 * protected header of the CCF governance protocol: alg, kid (member id as ASCII hex), and the text labels
 * ccf.gov.msg.type, ccf.gov.msg.created_at, ccf.gov.msg.proposal_id. Curve, hash and alg always agree.
 */
#pragma once

#include "cose/openssl.h"

G_BEGIN_DECLS

#define COSE_MAX_BYTES (2u * 1024 * 1024)
#define COSE_LABELS_GOVERNANCE "ccf.gov.msg"
#define COSE_LABELS_RECOVERY "ccf.recovery.msg"

typedef enum {
  COSE_ALG_ES256 = -7,  /* P-256, SHA-256, 64 signature bytes */
  COSE_ALG_ES384 = -35, /* P-384, SHA-384, 96 signature bytes */
  COSE_ALG_ES512 = -36, /* P-521, SHA-512, 132 signature bytes */
} CoseAlgorithm;

/* What goes into the protected header. Everything is borrowed. */
typedef struct {
  const char *labels;      /* NULL = COSE_LABELS_GOVERNANCE */
  const char *kid;         /* member id: 64 lower-case hex characters */
  const char *type;        /* proposal, ballot, withdrawal, state_digest, ack, recovery_share, ... */
  gint64 created_at;       /* seconds since 1970, at least 0 */
  const char *proposal_id; /* 64 hex; NULL for none (required for ballot and withdrawal) */
} CoseHeader;

/* A parsed message. Text fields are checked: no control characters, at most 256 bytes. */
typedef struct {
  GBytes *protected_bytes; /* exactly as received */
  gint64 algorithm;        /* a CoseAlgorithm */
  char *labels;            /* COSE_LABELS_GOVERNANCE or _RECOVERY; NULL when no such label is there */
  char *kid;               /* NULL when absent */
  char *type;              /* NULL when absent */
  gboolean has_created_at;
  gint64 created_at;
  char *proposal_id; /* NULL when absent */
  GBytes *payload;   /* never NULL */
  GBytes *signature; /* raw r || s */
} CoseSign1;

void cose_sign1_free (CoseSign1 *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CoseSign1, cose_sign1_free)

/* The algorithm that belongs to the curve of KEY; CR_ERROR_INPUT for keys that are not EC P-256/384/521. */
gboolean cose_algorithm_of_key (const EVP_PKEY *key, CoseAlgorithm *algorithm, GError **error);
const char *cose_algorithm_name (CoseAlgorithm algorithm); /* "ES384"; NULL when unknown */

/* Prepare: the protected map, and the bytes that are to be signed over it and the payload. Give.
 * PAYLOAD NULL is the empty payload. */
GBytes *cose_sign1_protected (const CoseHeader *header, CoseAlgorithm algorithm, GError **error);
GBytes *cose_sign1_to_be_signed (GBytes *protected_bytes, GBytes *payload);
/* Finish: the whole message from the parts and a raw r || s made elsewhere (HSM, offline). Gives. */
GBytes *cose_sign1_finish (GBytes *protected_bytes, GBytes *payload, GBytes *signature, GError **error);

/* All in one with a private EC key. The result can be read back; it is not verified, since that costs as much
 * as signing: whoever holds KEY has checked it against its certificate. Gives the message. */
GBytes *cose_sign1_sign (const CoseHeader *header, GBytes *payload, EVP_PKEY *key, GError **error);

/* Strict: tag 18, 4 elements, definite lengths, no bytes behind, at most COSE_MAX_BYTES, embedded payload,
 * no duplicate known labels; unknown labels are ignored, order does not matter. Gives. CR_ERROR_INPUT. */
CoseSign1 *cose_sign1_parse (GBytes *message, GError **error);
/* The signature over the received protected bytes; alg must be the one of KEY's curve. CR_ERROR_REFUSED when
 * the signature is wrong. */
gboolean cose_sign1_verify (const CoseSign1 *message, EVP_PKEY *key, GError **error);
gboolean cose_sign1_verify_cert (const CoseSign1 *message, const X509 *cert, GError **error);

/* ECDSA signatures: DER <-> fixed-width big-endian r || s; WIDTH is the bytes of one half (32, 48, 66).
 * Give. */
GBytes *cose_ecdsa_to_raw (const void *der, gsize length, guint width, GError **error);
GBytes *cose_ecdsa_to_der (const void *raw, gsize length, guint width, GError **error);

G_END_DECLS
