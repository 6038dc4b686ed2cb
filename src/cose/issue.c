/* SPDX-License-Identifier: MIT
 * Making certificates (x509.h).
 */
#include "cose/x509.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"

#define DEFAULT_DAYS 365
#define MAX_DAYS 36500
#define SERIAL_BYTES 20
#define COMMON_NAME_MAX 64 /* X.520 upper bound */

static const EVP_MD *
digest_for (const EVP_PKEY *key)
{
  g_autofree char *algorithm = cose_key_algorithm (key);
  if (g_str_equal (algorithm, "P-384"))
    return EVP_sha384 ();
  if (g_str_equal (algorithm, "P-521"))
    return EVP_sha512 ();
  return EVP_sha256 ();
}

static gboolean
set_serial (X509 *cert)
{
  guint8 bytes[SERIAL_BYTES];
  cr_random_bytes (bytes, sizeof bytes);
  /* Positive and never shortened: RFC 5280 allows at most 20 bytes including the sign. */
  bytes[0] = (guint8) ((bytes[0] & 0x7f) | 0x40);
  g_autoptr (BIGNUM) number = BN_bin2bn (bytes, sizeof bytes, NULL);
  return number != NULL && BN_to_ASN1_INTEGER (number, X509_get_serialNumber (cert)) != NULL;
}

static gboolean
set_subject (X509 *cert, const char *common_name)
{
  g_autoptr (X509_NAME) name = X509_NAME_new ();
  return X509_NAME_add_entry_by_NID (name, NID_commonName, V_ASN1_UTF8STRING,
                                     (const unsigned char *) common_name, -1, -1, 0)
         && X509_set_subject_name (cert, name);
}

static gboolean
set_times (X509 *cert, gint64 not_before_s, guint days)
{
  time_t from = (time_t) (not_before_s != 0 ? not_before_s : cr_now_seconds ());
  int count = (int) (days != 0 ? days : DEFAULT_DAYS);
  return X509_time_adj_ex (X509_getm_notBefore (cert), 0, 0, &from) != NULL
         && X509_time_adj_ex (X509_getm_notAfter (cert), count, 0, &from) != NULL;
}

static gboolean
add_extension (X509 *cert, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;
  X509V3_set_ctx (&context, issuer, cert, NULL, NULL, 0);
  g_autoptr (X509_EXTENSION) extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  return extension != NULL && X509_add_ext (cert, extension, -1);
}

static gboolean
add_general_name (GENERAL_NAMES *names, int type, ASN1_STRING *value)
{
  GENERAL_NAME *name = GENERAL_NAME_new ();
  GENERAL_NAME_set0_value (name, type, value);
  return sk_GENERAL_NAME_push (names, name) > 0;
}

/* Built as ASN.1, not through a configuration text, so that a name cannot add further entries. */
static gboolean
add_alternative_names (X509 *cert, const CoseCertRequest *request, GError **error)
{
  GENERAL_NAMES *names = sk_GENERAL_NAME_new_null ();
  gboolean good = TRUE;
  for (const char *const *dns = request->dns; good && dns != NULL && *dns != NULL; dns++) {
    ASN1_STRING *value = ASN1_IA5STRING_new ();
    good = g_str_is_ascii (*dns) && ASN1_STRING_set (value, *dns, -1);
    add_general_name (names, GEN_DNS, value);
  }
  for (const char *const *ip = request->ip; good && ip != NULL && *ip != NULL; ip++) {
    guint8 bytes[16];
    gboolean four = inet_pton (AF_INET, *ip, bytes) == 1;
    good = four || inet_pton (AF_INET6, *ip, bytes) == 1;
    ASN1_STRING *value = ASN1_OCTET_STRING_new ();
    good = good && ASN1_STRING_set (value, bytes, four ? 4 : 16);
    add_general_name (names, GEN_IPADD, value);
  }
  if (good && sk_GENERAL_NAME_num (names) > 0)
    good = X509_add1_ext_i2d (cert, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1;
  sk_GENERAL_NAME_pop_free (names, GENERAL_NAME_free);
  if (!good)
    cr_set_error (error, CR_ERROR_INPUT, NULL, "An alternative name for the certificate is not valid.");
  return good;
}

static gboolean
add_usage (X509 *cert, X509 *issuer, const CoseCertRequest *request)
{
  g_autofree char *basic = g_strdup ("critical,CA:FALSE");
  if (request->ca) {
    g_free (basic);
    basic = request->path_length < 0 ? g_strdup ("critical,CA:TRUE")
                                     : g_strdup_printf ("critical,CA:TRUE,pathlen:%d", request->path_length);
  }
  const char *extended = request->server && request->client ? "serverAuth,clientAuth"
                         : request->server                  ? "serverAuth"
                         : request->client                  ? "clientAuth"
                                                            : NULL;
  return add_extension (cert, issuer, NID_basic_constraints, basic)
         && add_extension (cert, issuer, NID_key_usage,
                           request->ca ? "critical,keyCertSign,cRLSign,digitalSignature"
                                       : "critical,digitalSignature")
         && (extended == NULL || add_extension (cert, issuer, NID_ext_key_usage, extended));
}

/* Everything that both kinds of certificate share, before the extensions. Gives. */
static X509 *
start_certificate (const char *common_name, EVP_PKEY *key, gint64 not_before_s, guint days, GError **error)
{
  if (common_name == NULL || *common_name == '\0' || !g_utf8_validate (common_name, -1, NULL)
      || g_utf8_strlen (common_name, -1) > COMMON_NAME_MAX || days > MAX_DAYS) {
    cr_set_error (error, CR_ERROR_INPUT, "Use a name of 1 to 64 characters.",
                  "A certificate cannot be made: its name or validity is out of range.");
    return NULL;
  }
  g_autoptr (X509) cert = X509_new ();
  if (!X509_set_version (cert, X509_VERSION_3) || !set_serial (cert) || !set_subject (cert, common_name)
      || !set_times (cert, not_before_s, days) || !X509_set_pubkey (cert, key)) {
    cose_openssl_error (error, CR_ERROR_FAILED, "A certificate cannot be made");
    return NULL;
  }
  return g_steal_pointer (&cert);
}

X509 *
cose_cert_new_member (const char *name, EVP_PKEY *key, guint days, GError **error)
{
  g_autoptr (X509) cert = start_certificate (name, key, 0, days, error);
  if (cert == NULL)
    return NULL;
  if (!X509_set_issuer_name (cert, X509_get_subject_name (cert))
      || !add_extension (cert, cert, NID_subject_key_identifier, "hash")
      || !add_extension (cert, cert, NID_authority_key_identifier, "keyid:always")
      || !add_extension (cert, cert, NID_basic_constraints, "critical,CA:TRUE")
      || X509_sign (cert, key, digest_for (key)) <= 0) {
    cose_openssl_error (error, CR_ERROR_FAILED, "A member certificate cannot be made");
    return NULL;
  }
  return g_steal_pointer (&cert);
}

X509 *
cose_cert_issue (const CoseCertRequest *request, GError **error)
{
  g_autoptr (X509) cert = start_certificate (request->common_name, request->key, request->not_before_s,
                                             request->days, error);
  if (cert == NULL)
    return NULL;
  X509 *issuer = request->issuer != NULL ? request->issuer : cert;
  EVP_PKEY *issuer_key = request->issuer != NULL ? request->issuer_key : request->key;
  if (!X509_set_issuer_name (cert, X509_get_subject_name (issuer))
      || !add_extension (cert, issuer, NID_subject_key_identifier, "hash")
      || !add_extension (cert, issuer, NID_authority_key_identifier, "keyid:always")
      || !add_usage (cert, issuer, request)) {
    cose_openssl_error (error, CR_ERROR_FAILED, "A certificate cannot be made");
    return NULL;
  }
  if (!add_alternative_names (cert, request, error))
    return NULL;
  if (X509_sign (cert, issuer_key, digest_for (issuer_key)) <= 0) {
    cose_openssl_error (error, CR_ERROR_FAILED, "A certificate cannot be signed");
    return NULL;
  }
  return g_steal_pointer (&cert);
}
