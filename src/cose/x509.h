/* SPDX-License-Identifier: MIT
 * Keys and X.509 certificates: make, read, write, issue, check.
 *
 * "what" arguments name the thing in error messages ("the service certificate"). PEM readers take LF or
 * CRLF, skip blocks of other kinds (EC PARAMETERS, ...) and refuse texts above COSE_PEM_MAX_BYTES.
 * Lengths of -1 mean strlen. Broken input is CR_ERROR_INPUT.
 */
#pragma once

#include "base/secret.h"
#include "cose/openssl.h"

G_BEGIN_DECLS

#define COSE_PEM_MAX_BYTES (1024u * 1024)

typedef enum {
  COSE_KEY_P256,
  COSE_KEY_P384,
  COSE_KEY_P521,
  COSE_KEY_RSA_2048, /* exponent 65537 */
  COSE_KEY_RSA_3072,
  COSE_KEY_RSA_4096,
} CoseKeyType;

/* --- keys --- */

EVP_PKEY *cose_key_new (CoseKeyType type, GError **error); /* gives */
/* "P-256", "P-384", "P-521", "RSA-2048", ... or "unknown". Gives. */
char *cose_key_algorithm (const EVP_PKEY *key);

/* SubjectPublicKeyInfo as PEM, LF line ends, a newline after the END line. Gives. */
char *cose_key_public_pem (const EVP_PKEY *key);
/* The same without that last newline: the form that clean room evidence binds. Gives. */
char *cose_key_public_pem_trimmed (const EVP_PKEY *key);
GBytes *cose_key_public_der (const EVP_PKEY *key);       /* SubjectPublicKeyInfo; gives */
GBytes *cose_key_private_der (const EVP_PKEY *key);      /* PKCS#8, secret memory; gives */
CrSecretText cose_key_private_pem (const EVP_PKEY *key); /* PKCS#8; g_auto(CrSecretText) */

EVP_PKEY *cose_key_from_public_pem (const char *text, gssize length, const char *what, GError **error);
/* PKCS#8 or traditional; an encrypted key is refused, nobody is asked for a passphrase. */
EVP_PKEY *cose_key_from_private_pem (const char *text, gssize length, const char *what, GError **error);
EVP_PKEY *cose_key_from_private_der (GBytes *der, const char *what, GError **error);

/* hex(SHA-256(SubjectPublicKeyInfo DER)): the CCF node id of a node key. Gives. */
char *cose_key_digest (const EVP_PKEY *key);
/* TRUE when both have the same public key. */
gboolean cose_key_equal (const EVP_PKEY *a, const EVP_PKEY *b);

/* --- certificates, in and out --- */

/* first block */
X509 *cose_cert_from_pem (const char *text, gssize length, const char *what, GError **error);
/* Every CERTIFICATE block in order, at least one. Gives GPtrArray of X509* (elements freed with it). */
GPtrArray *cose_certs_from_pem (const char *text, gssize length, const char *what, GError **error);
X509 *cose_cert_from_der (GBytes *der, const char *what, GError **error);
char *cose_cert_to_pem (const X509 *cert);   /* newline after the END line; gives */
GBytes *cose_cert_to_der (const X509 *cert); /* gives */

/* --- certificates, facts --- */

/* hex(SHA-256(DER)): CCF member id and user id. Gives. */
char *cose_cert_id (const X509 *cert);
/* The same as "AB:CD:...", for people. Gives. */
char *cose_cert_fingerprint (const X509 *cert);
/* First CN of the subject as UTF-8, "" when there is none. Not terminal safe. Gives. */
char *cose_cert_common_name (const X509 *cert);
char *cose_cert_subject (const X509 *cert);                 /* RFC 2253, control characters escaped; gives */
EVP_PKEY *cose_cert_key (const X509 *cert, GError **error); /* gives a reference */
gint64 cose_cert_not_before (const X509 *cert); /* seconds since 1970; G_MININT64 when unreadable */
gint64 cose_cert_not_after (const X509 *cert);  /* seconds since 1970; G_MININT64 when unreadable */
/* CR_ERROR_INPUT "not yet valid" / "expired on" when NOW_S (seconds) is outside the validity. */
gboolean cose_cert_check_time (const X509 *cert, gint64 now_s, const char *what, GError **error);

/* --- making certificates --- */

/* Self-signed member certificate as the CCF key generator makes it: subject = issuer = CN=NAME (UTF8String),
 * from now for DAYS (0 = 365), 20-byte random serial, SKI, AKI, critical basicConstraints CA:TRUE, hash by
 * curve (SHA-384 for P-384, SHA-256 for P-256, SHA-512 for P-521). Gives. */
X509 *cose_cert_new_member (const char *name, EVP_PKEY *key, guint days, GError **error);

typedef struct {
  const char *common_name; /* required, UTF-8, 1..64 characters */
  const char *const *dns;  /* SAN dNSName, NULL-terminated list, or NULL */
  const char *const *ip;   /* SAN iPAddress texts, NULL-terminated list, or NULL */
  guint days;              /* validity from now; 0 = 365 */
  gint64 not_before_s;     /* seconds since 1970; 0 = now */
  /* basicConstraints CA:TRUE + keyCertSign; otherwise CA:FALSE + digitalSignature */
  gboolean ca;
  int path_length;      /* with ca: -1 = no limit */
  gboolean server;      /* EKU serverAuth */
  gboolean client;      /* EKU clientAuth */
  EVP_PKEY *key;        /* public half is certified; borrowed */
  X509 *issuer;         /* NULL = self-signed; borrowed */
  EVP_PKEY *issuer_key; /* NULL with issuer NULL; borrowed */
} CoseCertRequest;

/* Version 3, random 20-byte serial, SKI, AKI; hash by issuer key (RSA: SHA-256). Gives. */
X509 *cose_cert_issue (const CoseCertRequest *request, GError **error);

/* --- checking --- */

/* TRUE when the signature on CERT was made with KEY. No other check. */
gboolean cose_cert_signed_by (X509 *cert, EVP_PKEY *key);
/* Chain LEAF over INTERMEDIATES (may be NULL) to one of ANCHORS (GPtrArray of X509*, trusted as they are, a
 * non-self-signed anchor too) at time AT_S in seconds; AT_S 0 = do not look at dates. No system trust
 * store. */
gboolean cose_cert_verify_chain (X509 *leaf, GPtrArray *intermediates, GPtrArray *anchors, gint64 at_s,
                                 GError **error);
/* TRUE when HOST (DNS name or IP text) is in the subject alternative names. */
gboolean cose_cert_matches_host (X509 *cert, const char *host);

G_END_DECLS
