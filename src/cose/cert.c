/* SPDX-License-Identifier: MIT
 * Certificates: read, write, facts, checks (x509.h).
 */
#include "cose/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/encode.h"
#include "cose/pem-private.h"

#define CERTS_MAX 100

X509 *
cose_cert_from_pem (const char *text, gssize length, const char *what, GError **error)
{
  g_autoptr (BIO) bio = cose_pem_reader (text, length, what, error);
  if (bio == NULL)
    return NULL;
  X509 *cert = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  if (cert == NULL)
    cose_pem_refuse (what, "a certificate in PEM form", error);
  return cert;
}

static void
cert_free (gpointer cert)
{
  X509_free (cert);
}

GPtrArray *
cose_certs_from_pem (const char *text, gssize length, const char *what, GError **error)
{
  g_autoptr (BIO) bio = cose_pem_reader (text, length, what, error);
  if (bio == NULL)
    return NULL;
  g_autoptr (GPtrArray) certs = g_ptr_array_new_with_free_func (cert_free);
  for (;;) {
    X509 *cert = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
    if (cert == NULL)
      break;
    g_ptr_array_add (certs, cert);
    if (certs->len > CERTS_MAX) {
      cr_set_error (error, CR_ERROR_INPUT, NULL, "%s holds more than %d certificates.", what, CERTS_MAX);
      return NULL;
    }
  }
  /* "No start line" is the ordinary end; anything else is a damaged block. */
  gboolean ended = ERR_GET_REASON (ERR_peek_last_error ()) == PEM_R_NO_START_LINE;
  ERR_clear_error ();
  if (!ended || certs->len == 0) {
    cose_pem_refuse (what, "a list of certificates in PEM form", error);
    return NULL;
  }
  return g_steal_pointer (&certs);
}

X509 *
cose_cert_from_der (GBytes *der, const char *what, GError **error)
{
  gsize length;
  const unsigned char *start = g_bytes_get_data (der, &length), *data = start;
  X509 *cert = length > 0 && length <= COSE_PEM_MAX_BYTES ? d2i_X509 (NULL, &data, (long) length) : NULL;
  if (cert != NULL && data != start + length)
    g_clear_pointer (&cert, X509_free);
  if (cert == NULL)
    cose_pem_refuse (what, "a certificate in DER form", error);
  return cert;
}

char *
cose_cert_to_pem (const X509 *cert)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  if (!PEM_write_bio_X509 (bio, cert))
    g_error ("a certificate cannot be written as PEM");
  return cose_bio_text (bio);
}

GBytes *
cose_cert_to_der (const X509 *cert)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (cert, &der);
  if (length <= 0)
    g_error ("a certificate cannot be written as DER");
  GBytes *bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);
  return bytes;
}

/* --- facts --- */

char *
cose_cert_id (const X509 *cert)
{
  g_autoptr (GBytes) der = cose_cert_to_der (cert);
  return cr_sha256_hex (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
}

char *
cose_cert_fingerprint (const X509 *cert)
{
  g_autofree char *hex = cose_cert_id (cert);
  GString *text = g_string_new (NULL);
  for (gsize i = 0; hex[i] != '\0'; i++) {
    if (i > 0 && i % 2 == 0)
      g_string_append_c (text, ':');
    g_string_append_c (text, g_ascii_toupper (hex[i]));
  }
  return g_string_free (text, FALSE);
}

char *
cose_cert_common_name (const X509 *cert)
{
  const X509_NAME *name = X509_get_subject_name (cert);
  int index = X509_NAME_get_index_by_NID (name, NID_commonName, -1);
  if (index < 0)
    return g_strdup ("");
  const ASN1_STRING *value = X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, index));
  unsigned char *utf8 = NULL;
  int length = ASN1_STRING_to_UTF8 (&utf8, value);
  if (length < 0) {
    ERR_clear_error ();
    return g_strdup ("");
  }
  char *text = g_utf8_make_valid ((const char *) utf8, length);
  OPENSSL_free (utf8);
  return text;
}

char *
cose_cert_subject (const X509 *cert)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  X509_NAME_print_ex (bio, X509_get_subject_name (cert), 0,
                      XN_FLAG_RFC2253 & ~(unsigned long) ASN1_STRFLGS_ESC_MSB);
  g_autofree char *text = cose_bio_text (bio);
  return g_utf8_make_valid (text, -1);
}

EVP_PKEY *
cose_cert_key (const X509 *cert, GError **error)
{
  EVP_PKEY *key = X509_get0_pubkey (cert);
  if (key == NULL) {
    cose_openssl_error (error, CR_ERROR_INPUT, "The certificate's public key cannot be read");
    return NULL;
  }
  EVP_PKEY_up_ref (key);
  return key;
}

static gint64
time_seconds (const ASN1_TIME *time)
{
  struct tm parts = { 0 };
  if (time == NULL || !ASN1_TIME_to_tm (time, &parts)) {
    ERR_clear_error ();
    return G_MININT64;
  }
  return (gint64) timegm (&parts);
}

gint64
cose_cert_not_before (const X509 *cert)
{
  return time_seconds (X509_get0_notBefore (cert));
}

gint64
cose_cert_not_after (const X509 *cert)
{
  return time_seconds (X509_get0_notAfter (cert));
}

gboolean
cose_cert_check_time (const X509 *cert, gint64 now_s, const char *what, GError **error)
{
  gint64 from = cose_cert_not_before (cert), to = cose_cert_not_after (cert);
  if (from == G_MININT64 || to == G_MININT64) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "%s has validity dates that cannot be read.", what);
    return FALSE;
  }
  if (now_s >= from && now_s <= to)
    return TRUE;
  g_autofree char *date = cr_iso8601_seconds ((now_s < from ? from : to) * 1000);
  if (now_s < from)
    cr_set_error (error, CR_ERROR_INPUT, "Check this machine's clock.", "%s is not valid before %s.", what,
                  date);
  else
    cr_set_error (error, CR_ERROR_INPUT, "Ask its owner for a renewed certificate.", "%s expired on %s.",
                  what, date);
  return FALSE;
}

/* --- checks --- */

gboolean
cose_cert_signed_by (X509 *cert, EVP_PKEY *key)
{
  gboolean good = X509_verify (cert, key) == 1;
  ERR_clear_error ();
  return good;
}

gboolean
cose_cert_verify_chain (X509 *leaf, GPtrArray *intermediates, GPtrArray *anchors, gint64 at_s, GError **error)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();
  STACK_OF (X509) *chain = sk_X509_new_null ();
  for (guint i = 0; anchors != NULL && i < anchors->len; i++)
    X509_STORE_add_cert (store, anchors->pdata[i]);
  for (guint i = 0; intermediates != NULL && i < intermediates->len; i++)
    sk_X509_push (chain, intermediates->pdata[i]);
  gboolean good = FALSE;
  if (X509_STORE_CTX_init (context, store, leaf, chain)) {
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param (context);
    X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_PARTIAL_CHAIN);
    if (at_s == 0)
      X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_NO_CHECK_TIME);
    if (at_s != 0)
      X509_VERIFY_PARAM_set_time (param, (time_t) at_s);
    good = X509_verify_cert (context) == 1;
  }
  int why = X509_STORE_CTX_get_error (context);
  X509_STORE_CTX_cleanup (context);
  sk_X509_free (chain);
  ERR_clear_error ();
  if (!good)
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "The certificate is not trusted: %s.",
                  X509_verify_cert_error_string (why));
  return good;
}

gboolean
cose_cert_matches_host (X509 *cert, const char *host)
{
  gboolean good = X509_check_ip_asc (cert, host, 0) == 1
                  || X509_check_host (cert, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
  ERR_clear_error ();
  return good;
}
