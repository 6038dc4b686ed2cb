/* SPDX-License-Identifier: MIT
 * Certificates with their keys as pairs of files in the sandbox folder.
 */
#include "sandbox/sandbox-pki.h"

#include "base/clock.h"
#include "base/file.h"

#define MAX_PEM 65536
#define SECONDS_PER_DAY 86400
#define BACKDATE_SECONDS 60 /* a client whose clock is a little behind must accept a fresh certificate */

static gboolean
read_pair (const char *key_path, const char *certificate_path, EVP_PKEY **key, X509 **certificate,
           GError **error)
{
  g_autofree char *certificate_text = cr_file_read_text (certificate_path, MAX_PEM, error);
  if (!certificate_text)
    return FALSE;
  g_autoptr (GBytes) key_bytes = cr_file_read (key_path, MAX_PEM, error);
  if (!key_bytes)
    return FALSE;
  gsize length = 0;
  const char *key_text = g_bytes_get_data (key_bytes, &length);
  g_autoptr (X509) found = cose_cert_from_pem (certificate_text, -1, certificate_path, error);
  if (!found)
    return FALSE;
  g_autoptr (EVP_PKEY) found_key = cose_key_from_private_pem (key_text, (gssize) length, key_path, error);
  if (!found_key)
    return FALSE;
  if (X509_check_private_key (found, found_key) != 1) {
    cr_set_error (error, CR_ERROR_ADMIN, "Reset the local environment.", "%s does not belong to %s", key_path,
                  certificate_path);
    return FALSE;
  }
  *key = g_steal_pointer (&found_key);
  *certificate = g_steal_pointer (&found);
  return TRUE;
}

gboolean
pki_load (const char *key_path, const char *certificate_path, EVP_PKEY **key, X509 **certificate,
          GError **error)
{
  *key = NULL;
  *certificate = NULL;
  if (!g_file_test (key_path, G_FILE_TEST_EXISTS) || !g_file_test (certificate_path, G_FILE_TEST_EXISTS))
    return TRUE;
  return read_pair (key_path, certificate_path, key, certificate, error);
}

gboolean
pki_save (const char *key_path, const char *certificate_path, const EVP_PKEY *key, const X509 *certificate,
          GError **error)
{
  g_auto (CrSecretText) key_text = cose_key_private_pem (key);
  g_autofree char *certificate_text = cose_cert_to_pem (certificate);
  return cr_file_write (key_path, key_text, -1, 0600, error)
         && cr_file_write (certificate_path, certificate_text, -1, 0644, error);
}

X509 *
pki_issue_leaf (const char *common_name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, guint days,
                GError **error)
{
  const char *const dns[] = { "localhost", NULL };
  return pki_issue_named (common_name, dns, key, issuer, issuer_key, days, error);
}

X509 *
pki_issue_named (const char *common_name, const char *const *dns, EVP_PKEY *key, X509 *issuer,
                 EVP_PKEY *issuer_key, guint days, GError **error)
{
  const char *const ip[] = { "127.0.0.1", NULL };
  CoseCertRequest request = {
    .common_name = common_name,
    .dns = dns,
    .ip = ip,
    .days = days,
    .not_before_s = cr_now_seconds () - BACKDATE_SECONDS,
    .server = TRUE,
    .key = key,
    .issuer = issuer,
    .issuer_key = issuer_key,
  };
  return cose_cert_issue (&request, error);
}

X509 *
pki_issue_authority (const char *common_name, EVP_PKEY *key, guint days, GError **error)
{
  CoseCertRequest request = {
    .common_name = common_name,
    .days = days,
    .not_before_s = cr_now_seconds () - BACKDATE_SECONDS,
    .ca = TRUE,
    .path_length = -1,
    .key = key,
  };
  return cose_cert_issue (&request, error);
}

int
pki_days_left (const X509 *certificate)
{
  gint64 left = cose_cert_not_after (certificate) - cr_now_seconds ();
  return left < 0 ? -1 : (int) (left / SECONDS_PER_DAY);
}
