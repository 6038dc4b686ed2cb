/* SPDX-License-Identifier: MIT
 * The simulated processor: its keys and certificates, and the reports it signs.
 */
#include "sandbox/attestation-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "cose/x509.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#define PLATFORM_FILE "attestation.pem"
#define PLATFORM_FILE_MAX (64u * 1024)
#define CERTIFICATE_SECONDS (30L * 365 * 24 * 3600)

const VcekTcbPart attestation_tcb_parts[4] = {
  { "1.3.6.1.4.1.3704.1.3.1", 0 }, /* boot loader */
  { "1.3.6.1.4.1.3704.1.3.2", 1 }, /* TEE */
  { "1.3.6.1.4.1.3704.1.3.3", 6 }, /* SNP firmware */
  { "1.3.6.1.4.1.3704.1.3.8", 7 }, /* microcode */
};

/* The firmware versions that the simulated processor claims. */
static const guint8 simulated_tcb[8] = { 4, 0, 0, 0, 0, 0, 24, 219 };

const ASN1_OCTET_STRING *
attestation_extension (X509 *certificate, const char *oid)
{
  ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);
  int index = object ? X509_get_ext_by_OBJ (certificate, object, -1) : -1;

  ASN1_OBJECT_free (object);
  return index < 0 ? NULL : X509_EXTENSION_get_data (X509_get_ext (certificate, index));
}

static gboolean
add_raw_extension (X509 *certificate, const char *oid, const guint8 *data, int length)
{
  ASN1_OBJECT *object = OBJ_txt2obj (oid, 1);
  ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new ();
  X509_EXTENSION *extension = NULL;
  gboolean ok = FALSE;

  if (object && value && ASN1_OCTET_STRING_set (value, data, length))
    extension = X509_EXTENSION_create_by_OBJ (NULL, object, 0, value);
  if (extension)
    ok = X509_add_ext (certificate, extension, -1) == 1;
  X509_EXTENSION_free (extension);
  ASN1_OCTET_STRING_free (value);
  ASN1_OBJECT_free (object);
  return ok;
}

static gboolean
add_vcek_extensions (X509 *certificate)
{
  guint8 chip[REPORT_CHIP_ID_SIZE];

  cr_random_bytes (chip, sizeof chip);
  if (!add_raw_extension (certificate, VCEK_OID_CHIP_ID, chip, sizeof chip))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (attestation_tcb_parts); i++) {
    /* A DER INTEGER: a leading zero keeps values above 127 positive. */
    guint8 value = simulated_tcb[attestation_tcb_parts[i].byte];
    guint8 der[4] = { 2, 1, value, 0 };

    if (value > 127) {
      der[1] = 2;
      der[2] = 0;
      der[3] = value;
    }
    if (!add_raw_extension (certificate, attestation_tcb_parts[i].oid, der, 2 + der[1]))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_ca_extension (X509 *certificate)
{
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
  gboolean ok = extension && X509_add_ext (certificate, extension, -1) == 1;

  X509_EXTENSION_free (extension);
  return ok;
}

/* ISSUER NULL = self-signed. */
static X509 *
make_certificate (const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, gboolean ca)
{
  g_autoptr (X509) certificate = X509_new ();
  X509_NAME *subject = certificate ? X509_get_subject_name (certificate) : NULL;
  guint8 random[8];
  guint64 serial;

  cr_random_bytes (random, sizeof random);
  memcpy (&serial, random, sizeof serial);
  if (!certificate || !X509_set_version (certificate, 2)
      || !ASN1_INTEGER_set_uint64 (X509_get_serialNumber (certificate), serial >> 1)
      || !X509_NAME_add_entry_by_txt (subject, "O", MBSTRING_UTF8, (const guint8 *) "Clean room sandbox", -1,
                                      -1, 0)
      || !X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_UTF8, (const guint8 *) name, -1, -1, 0)
      || !X509_set_issuer_name (certificate, issuer ? X509_get_subject_name (issuer) : subject)
      || !X509_gmtime_adj (X509_getm_notBefore (certificate), -24L * 3600)
      || !X509_gmtime_adj (X509_getm_notAfter (certificate), CERTIFICATE_SECONDS)
      || !X509_set_pubkey (certificate, key)
      || !(ca ? add_ca_extension (certificate) : add_vcek_extensions (certificate))
      || !X509_sign (certificate, issuer ? issuer_key : key, EVP_sha384 ()))
    return NULL;
  return g_steal_pointer (&certificate);
}

/* Key and certificates as one text. The keys of ASK and ARK are forgotten: nobody needs them again. */
static GBytes *
make_platform_file (void)
{
  g_autoptr (EVP_PKEY) ark_key = EVP_EC_gen ("P-384");
  g_autoptr (EVP_PKEY) ask_key = EVP_EC_gen ("P-384");
  g_autoptr (EVP_PKEY) vcek_key = EVP_EC_gen ("P-384");
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());

  if (!ark_key || !ask_key || !vcek_key || !out)
    return NULL;

  g_autoptr (X509) ark = make_certificate ("Simulated ARK", ark_key, NULL, NULL, TRUE);
  g_autoptr (X509) ask = ark ? make_certificate ("Simulated ASK", ask_key, ark, ark_key, TRUE) : NULL;
  g_autoptr (X509) vcek = ask ? make_certificate ("Simulated VCEK", vcek_key, ask, ask_key, FALSE) : NULL;
  char *text = NULL;

  if (!vcek || !PEM_write_bio_PKCS8PrivateKey (out, vcek_key, NULL, NULL, 0, NULL, NULL)
      || !PEM_write_bio_X509 (out, vcek) || !PEM_write_bio_X509 (out, ask) || !PEM_write_bio_X509 (out, ark))
    return NULL;
  long length = BIO_get_mem_data (out, &text);
  GBytes *file = cr_secret_new (text, (gsize) length);
  cr_wipe (text, (gsize) length);
  return file;
}

/* Link a finished file into place: when two do this at once, one wins and both read the winner's keys. */
static gboolean
create_platform_file (const char *folder, const char *path, GError **error)
{
  g_autoptr (GBytes) contents = make_platform_file ();
  g_autofree char *suffix = cr_random_hex (16);
  g_autofree char *name = g_strdup_printf ("." PLATFORM_FILE ".%s", suffix);
  g_autofree char *candidate = g_build_filename (folder, name, NULL);

  if (!contents) {
    cr_set_error (error, CR_ERROR_FAILED, NULL, "The keys of the simulated processor cannot be made");
    return FALSE;
  }
  if (!cr_file_write (candidate, g_bytes_get_data (contents, NULL), (gssize) g_bytes_get_size (contents),
                      0600, error))
    return FALSE;

  int result = link (candidate, path);
  int number = errno;

  unlink (candidate);
  if (result != 0 && number != EEXIST) {
    cr_set_error (error, CR_ERROR_ADMIN, "Check the permissions of the sandbox folder.",
                  "%s cannot be made: %s", path, g_strerror (number));
    return FALSE;
  }
  return TRUE;
}

static AttestationPlatform *
parse_platform_file (GBytes *contents)
{
  g_autoptr (AttestationPlatform) platform = g_new0 (AttestationPlatform, 1);
  gsize length;
  const char *text = g_bytes_get_data (contents, &length);
  const char *begin = g_strstr_len (text, (gssize) length, "-----BEGIN CERTIFICATE-----");
  g_autoptr (BIO) in = BIO_new_mem_buf (text, (int) length);

  if (!in || !begin)
    return NULL;
  platform->vcek_key = PEM_read_bio_PrivateKey (in, NULL, NULL, NULL);
  platform->vcek = PEM_read_bio_X509 (in, NULL, NULL, NULL);
  platform->ask = PEM_read_bio_X509 (in, NULL, NULL, NULL);
  platform->ark = PEM_read_bio_X509 (in, NULL, NULL, NULL);
  platform->chain_pem = g_strndup (begin, length - (gsize) (begin - text));
  if (!platform->vcek_key || !platform->vcek || !platform->ask || !platform->ark
      || X509_check_private_key (platform->vcek, platform->vcek_key) != 1)
    return NULL;
  return g_steal_pointer (&platform);
}

AttestationPlatform *
attestation_platform_open (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, PLATFORM_FILE, NULL);

  if (access (path, F_OK) != 0 && !create_platform_file (folder, path, error))
    return NULL;

  g_autoptr (GBytes) contents = cr_file_read (path, PLATFORM_FILE_MAX, error);
  AttestationPlatform *platform = contents ? parse_platform_file (contents) : NULL;

  if (contents && !platform)
    cr_set_error (error, CR_ERROR_ADMIN,
                  "Restore the sandbox folder from a copy, or start a new state folder.",
                  "%s does not hold the keys of the simulated processor", path);
  return platform;
}

void
attestation_platform_free (AttestationPlatform *platform)
{
  if (!platform)
    return;
  EVP_PKEY_free (platform->vcek_key);
  X509_free (platform->vcek);
  X509_free (platform->ask);
  X509_free (platform->ark);
  g_free (platform->chain_pem);
  g_free (platform);
}

char *
attestation_report_data (const char *public_key_pem, gsize length)
{
  g_autofree char *digest = cr_sha256_hex (public_key_pem, length);
  g_autofree char *zeros = g_strnfill (64, '0');

  return g_strconcat (digest, zeros, NULL);
}

static void
put_le (guint8 *report, guint offset, guint64 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++)
    report[offset + i] = (guint8) (value >> (8 * i));
}

void
attestation_fill_report (AttestationPlatform *platform, guint8 *report, const guint8 *host_data,
                         const guint8 *report_data)
{
  const ASN1_OCTET_STRING *chip = attestation_extension (platform->vcek, VCEK_OID_CHIP_ID);
  guint measured = 0;

  put_le (report, REPORT_VERSION, 2, 4);
  put_le (report, REPORT_GUEST_SVN, 2, 4);
  put_le (report, REPORT_POLICY, POLICY_RESERVED_ONE | POLICY_SMT | 0x1f, 8);
  put_le (report, REPORT_SIGNATURE_ALGORITHM, 1, 4);
  memcpy (report + REPORT_CURRENT_TCB, simulated_tcb, sizeof simulated_tcb);
  memcpy (report + REPORT_REPORTED_TCB, simulated_tcb, sizeof simulated_tcb);
  memcpy (report + REPORT_REPORT_DATA, report_data, 32);
  EVP_Digest ("simulated utility VM", 20, report + REPORT_MEASUREMENT, &measured, EVP_sha384 (), NULL);
  memcpy (report + REPORT_HOST_DATA, host_data, 32);
  cr_random_bytes (report + REPORT_REPORT_ID, 32);
  memcpy (report + REPORT_CHIP_ID, ASN1_STRING_get0_data (chip), REPORT_CHIP_ID_SIZE);
}

gboolean
attestation_sign_report (AttestationPlatform *platform, guint8 *report)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  guint8 der[256];
  gsize length = sizeof der;
  const guint8 *cursor = der;
  ECDSA_SIG *signature = NULL;
  gboolean ok;

  ok = context && EVP_DigestSignInit (context, NULL, EVP_sha384 (), NULL, platform->vcek_key) == 1
       && EVP_DigestSign (context, der, &length, report, REPORT_SIGNATURE) == 1;
  if (ok)
    signature = d2i_ECDSA_SIG (NULL, &cursor, (long) length);
  ok = signature
       && BN_bn2lebinpad (ECDSA_SIG_get0_r (signature), report + REPORT_SIGNATURE, REPORT_SIGNATURE_PART) > 0
       && BN_bn2lebinpad (ECDSA_SIG_get0_s (signature), report + REPORT_SIGNATURE + REPORT_SIGNATURE_PART,
                          REPORT_SIGNATURE_PART)
              > 0;
  ECDSA_SIG_free (signature);
  EVP_MD_CTX_free (context);
  return ok;
}

char *
attestation_root_pem (const AttestationPlatform *platform)
{
  return cose_cert_to_pem (platform->ark);
}

json_t *
attestation_make_bound (AttestationPlatform *platform, const char *host_data_hex, const void *data,
                        gsize length, GError **error)
{
  g_autoptr (GBytes) host_data = cr_hex_decode (host_data_hex, error);
  g_autofree guint8 *report = g_malloc0 (ATTESTATION_REPORT_SIZE);

  if (!host_data)
    return NULL;
  if (g_bytes_get_size (host_data) != 32) {
    cr_set_error (error, CR_ERROR_INPUT, "Use the SHA-256 of the security policy as 64 hex digits.",
                  "Host data must have 64 hex digits");
    return NULL;
  }

  guint8 digest[32];

  cr_sha256 (data, length, digest);
  attestation_fill_report (platform, report, g_bytes_get_data (host_data, NULL), digest);
  if (!attestation_sign_report (platform, report)) {
    cr_set_error (error, CR_ERROR_FAILED, NULL, "The simulated processor cannot sign its report");
    return NULL;
  }

  g_autofree char *evidence = cr_base64 (report, ATTESTATION_REPORT_SIZE);
  g_autofree char *endorsements = cr_base64 (platform->chain_pem, strlen (platform->chain_pem));
  json_t *attestation = json_object ();

  cr_json_set_string (attestation, "evidence", evidence);
  cr_json_set_string (attestation, "endorsements", endorsements);
  return attestation;
}

json_t *
attestation_make (AttestationPlatform *platform, const char *host_data_hex, const char *public_key_pem,
                  GError **error)
{
  gsize length = strlen (public_key_pem);

  while (length > 0 && public_key_pem[length - 1] == '\n')
    length--;
  return attestation_make_bound (platform, host_data_hex, public_key_pem, length, error);
}
