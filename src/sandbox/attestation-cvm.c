/* SPDX-License-Identifier: MIT
 * Evidence of a confidential VM: a TPM quote over the PCRs, and the processor's report that vouches for the
 * TPM's key. Checked in the order of the verifier service of the clean rooms; made by the same layouts.
 *
 * Source: TPM 2.0 Library Part 2 (TPM2B_ATTEST, TPMS_QUOTE_INFO, TPMT_SIGNATURE), the HCL report of Azure
 * confidential VMs (32-byte header, SNP report, 20-byte header, JSON claims).
 */
#include "sandbox/attestation-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/jwt.h"
#include "cose/x509.h"

#include <openssl/rsa.h>
#include <string.h>

#define HCL_HEADER 32u
#define HCL_CLAIMS_HEADER 20u
#define HCL_CLAIMS (HCL_HEADER + ATTESTATION_REPORT_SIZE + HCL_CLAIMS_HEADER)
#define TPM_GENERATED 0xFF544347u
#define TPM_ST_ATTEST_QUOTE 0x8018u
#define TPM_ALG_RSASSA 0x0014u
#define TPM_ALG_SHA256 0x000Bu
#define PCR_COUNT 24u
/* base64 of SHA-256("azure-cleanroom"), the constant nonce of the clean rooms. */
#define NONCE "CmFzew51TJEK9y1wTWCx/zWoE9QDIVVZ2n3Ubll/YIE="

/* --- reading big-endian structures --- */

typedef struct {
  const guint8 *data;
  gsize left;
  gboolean broken; /* something did not fit */
} Reader;

static const guint8 *
take (Reader *reader, gsize length)
{
  const guint8 *start = reader->data;

  if (reader->broken || length > reader->left) {
    reader->broken = TRUE;
    return NULL;
  }
  reader->data += length;
  reader->left -= length;
  return start;
}

static guint64
take_number (Reader *reader, guint bytes)
{
  const guint8 *data = take (reader, bytes);
  guint64 value = 0;

  for (guint i = 0; data && i < bytes; i++)
    value = value << 8 | data[i];
  return value;
}

/* A TPM2B: two bytes of length, then so many bytes. */
static Reader
take_sized (Reader *reader)
{
  gsize length = (gsize) take_number (reader, 2);
  const guint8 *data = take (reader, length);

  return (Reader){ .data = data, .left = data ? length : 0, .broken = !data };
}

typedef struct {
  Reader attest, signature; /* the signed bytes and the raw RSA signature */
  Reader nonce, pcr_digest;
} Quote;

static void
skip_selection (Reader *reader)
{
  guint64 count = take_number (reader, 4);

  for (guint64 i = 0; i < count && !reader->broken; i++) {
    take_number (reader, 2);
    take (reader, (gsize) take_number (reader, 1));
  }
}

static gboolean
parse_quote (GBytes *blob, Quote *quote)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (blob, &size);
  Reader all = { .data = data, .left = size };

  quote->attest = take_sized (&all);

  Reader attest = quote->attest;
  gboolean quoted = take_number (&attest, 4) == TPM_GENERATED
                    && take_number (&attest, 2) == TPM_ST_ATTEST_QUOTE;

  take_sized (&attest); /* qualified signer */
  quote->nonce = take_sized (&attest);
  take (&attest, 8 + 4 + 4 + 1 + 8); /* clock, resets, restarts, safe, firmware */
  skip_selection (&attest);
  quote->pcr_digest = take_sized (&attest);

  gboolean known = take_number (&all, 2) == TPM_ALG_RSASSA && take_number (&all, 2) == TPM_ALG_SHA256;

  quote->signature = take_sized (&all);
  return quoted && known && !attest.broken && !all.broken;
}

/* --- checks --- */

/* The raw JSON of the runtime claims inside the HCL report; FALSE when it is cut. */
static gboolean
find_claims (GBytes *hcl, Reader *claims)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (hcl, &size);

  if (size < HCL_CLAIMS)
    return FALSE;

  const guint8 *length = data + HCL_CLAIMS - 4;
  gsize claims_size = length[0] | (gsize) length[1] << 8 | (gsize) length[2] << 16 | (gsize) length[3] << 24;

  *claims = (Reader){ .data = data + HCL_CLAIMS, .left = claims_size };
  return claims_size <= size - HCL_CLAIMS;
}

gboolean
attestation_cvm_parse (const char *quote, const char *hcl)
{
  g_autoptr (GBytes) blob = cr_base64_decode (quote, "the quote", NULL);
  g_autoptr (GBytes) report = cr_base64_decode (hcl, "the report", NULL);
  Quote parsed = { 0 };
  Reader claims = { 0 };

  return blob && report && parse_quote (blob, &parsed) && find_claims (report, &claims);
}

static EVP_PKEY *
find_quote_key (const json_t *claims)
{
  const json_t *keys = json_object_get (claims, "keys");
  gsize index;
  json_t *key;

  json_array_foreach (keys, index, key)
    if (g_strcmp0 (cr_json_peek_string (key, "kid"), "HCLAkPub") == 0
        && g_strcmp0 (cr_json_peek_string (key, "kty"), "RSA") == 0)
      return cose_jwk_key (key, NULL);
  return NULL;
}

static gboolean
check_quote_signature (EVP_PKEY *key, const Quote *quote)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();

  return context && key && EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, key) == 1
         && EVP_DigestVerify (context, quote->signature.data, quote->signature.left, quote->attest.data,
                              quote->attest.left)
                == 1;
}

static gboolean
equals (const Reader *reader, const guint8 *data, gsize length)
{
  return reader->left == length && (length == 0 || memcmp (reader->data, data, length) == 0);
}

/* SHA-256 over the values in index order, whatever order they came in. */
static gboolean
check_pcrs (const json_t *pcrs, const Quote *quote)
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize length = sizeof digest;

  for (guint i = 0; i < PCR_COUNT; i++) {
    char name[8];

    g_snprintf (name, sizeof name, "%u", i);
    g_autoptr (GBytes) value = json_object_get (pcrs, name) ? attestation_decode (pcrs, name, NULL) : NULL;
    if (value)
      g_checksum_update (sum, g_bytes_get_data (value, NULL), (gssize) g_bytes_get_size (value));
  }
  g_checksum_get_digest (sum, digest, &length);
  g_checksum_free (sum);
  return equals (&quote->pcr_digest, digest, length);
}

/* The service prints its list of checks by position, without what they said: a defect that is visible on the
 * wire. DONE checks had been made. */
static gboolean
failed (GError **error, guint done)
{
  g_autoptr (GString) text = g_string_new ("CVM SNP attestation verification failed. Failed checks: ");

  for (guint i = 0; i < done; i++)
    g_string_append_printf (text, "%s%u: undefined", i ? "; " : "", i);
  return attestation_refuse (error, text->str);
}

typedef struct {
  GBytes *quote, *hcl, *report, *nonce;
  const json_t *pcrs;
} Parts;

static void
parts_clear (Parts *parts)
{
  g_clear_pointer (&parts->quote, g_bytes_unref);
  g_clear_pointer (&parts->hcl, g_bytes_unref);
  g_clear_pointer (&parts->report, g_bytes_unref);
  g_clear_pointer (&parts->nonce, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

/* Texts that are not base64 never reach the checks: the verifier service refuses the request. */
static gboolean
read_parts (const json_t *attestation, Parts *parts, GError **error)
{
  const json_t *evidence = json_object_get (attestation, "evidence");
  struct {
    const json_t *object;
    const char *name, *code;
    GBytes **value;
  } fields[] = { { evidence, "tpmQuote", "InvalidTPMQuote", &parts->quote },
                 { evidence, "hclReport", "InvalidHCLReport", &parts->hcl },
                 { evidence, "snpReport", "InvalidSNPReport", &parts->report },
                 { attestation, "nonce", "InvalidNonce", &parts->nonce } };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    const char *text = cr_json_peek_string (fields[i].object, fields[i].name);

    *fields[i].value = cr_base64_decode (text ? text : "", fields[i].name, NULL);
    if (!*fields[i].value) {
      g_autofree char *message = g_strdup_printf (
          "HTTP POST returned status 400: {\"error\":{\"code\":\"%s\",\"message\":\"invalid %s base64\"}}",
          fields[i].code, fields[i].name);

      return attestation_refuse (error, message);
    }
  }
  parts->pcrs = json_object_get (evidence, "pcrs");
  return TRUE;
}

/* All checks in order. Gives the parsed runtime claims. */
static json_t *
run_checks (AttestationPlatform *platform, const json_t *attestation, const Parts *parts, GError **error)
{
  const char *pem = cr_json_peek_string (attestation, "platformCertificates");
  g_autoptr (GBytes) chain = g_bytes_new (pem ? pem : "", pem ? strlen (pem) : 0);
  g_autoptr (X509) vcek = attestation_check_chain (platform, chain, TRUE, NULL, NULL);
  Reader raw = { 0 };
  Quote quote = { 0 };
  gsize size, nonce_size;
  const guint8 *report = g_bytes_get_data (parts->report, &size);
  const guint8 *nonce = g_bytes_get_data (parts->nonce, &nonce_size);

  if (!vcek) {
    failed (error, 1);
    return NULL;
  }

  gboolean found = find_claims (parts->hcl, &raw);
  g_autoptr (json_t) claims = found ? cr_json_parse ((const char *) raw.data, raw.left, "claims", NULL)
                                    : NULL;
  g_autoptr (EVP_PKEY) key = find_quote_key (claims);
  guint8 digest[32];

  if (!parse_quote (parts->quote, &quote)) {
    failed (error, 5);
    return NULL;
  }
  cr_sha256 (raw.data ? (const void *) raw.data : "", found ? raw.left : 0, digest);

  gboolean right_size = size == ATTESTATION_REPORT_SIZE;
  gboolean ok = key && check_quote_signature (key, &quote) && equals (&quote.nonce, nonce, nonce_size)
                && check_pcrs (parts->pcrs, &quote) && right_size
                && memcmp (report + REPORT_REPORT_DATA, digest, sizeof digest) == 0
                && attestation_check_signature (vcek, report, NULL);

  if (!ok) {
    failed (error, right_size ? 12 : 10);
    return NULL;
  }
  return g_steal_pointer (&claims);
}

json_t *
attestation_cvm_verify (AttestationPlatform *platform, const json_t *attestation, char **user_data,
                        GError **error)
{
  g_auto (Parts) parts = { 0 };
  g_autoptr (json_t) runtime = read_parts (attestation, &parts, error)
                                   ? run_checks (platform, attestation, &parts, error)
                                   : NULL;
  const char *text = cr_json_peek_string (runtime, "user-data");
  json_t *object = (json_t *) (guintptr) parts.pcrs; /* only read; the iteration macro takes no const */
  json_t *value;
  const char *name;

  if (!runtime)
    return NULL;
  if (!text) {
    attestation_refuse (error, "CVM SNP attestation result is missing runtimeClaims 'user-data'.");
    return NULL;
  }
  *user_data = g_strdup (text);

  json_t *claims = json_object ();

  json_object_foreach (object, name, value) {
    g_autofree char *claim = g_strconcat ("pcr", name, NULL);

    json_object_set (claims, claim, value);
  }
  return claims;
}

/* --- making --- */

static void
put_number (GByteArray *out, guint64 value, guint bytes)
{
  for (guint i = bytes; i-- > 0;) {
    guint8 byte = (guint8) (value >> (8 * i));

    g_byte_array_append (out, &byte, 1);
  }
}

static void
put_sized (GByteArray *out, gconstpointer data, gsize length)
{
  put_number (out, length, 2);
  g_byte_array_append (out, data, (guint) length);
}

/* Values of a machine that booted an unknown system: stable, so that a policy can name them. */
static json_t *
make_pcrs (guint8 digest[32])
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = 32;
  json_t *pcrs = json_object ();

  for (guint i = 0; i < PCR_COUNT; i++) {
    g_autofree char *seed = g_strdup_printf ("simulated PCR %u", i), *text = NULL;
    guint8 value[32];
    char name[8];

    g_snprintf (name, sizeof name, "%u", i);
    cr_sha256 (seed, strlen (seed), value);
    g_checksum_update (sum, value, sizeof value);
    text = cr_base64 (value, sizeof value);
    cr_json_set_string (pcrs, name, text);
  }
  g_checksum_get_digest (sum, digest, &length);
  g_checksum_free (sum);
  return pcrs;
}

static GBytes *
make_attest (const guint8 pcr_digest[32])
{
  static const guint8 all_pcrs[3] = { 0xff, 0xff, 0xff };
  g_autoptr (GBytes) nonce = cr_base64_decode (NONCE, "the nonce", NULL);
  g_autoptr (GByteArray) out = g_byte_array_new ();

  put_number (out, TPM_GENERATED, 4);
  put_number (out, TPM_ST_ATTEST_QUOTE, 2);
  put_sized (out, "", 0);
  put_sized (out, g_bytes_get_data (nonce, NULL), g_bytes_get_size (nonce));
  put_number (out, 1, 8);
  put_number (out, 0, 8);
  put_number (out, 1, 1);
  put_number (out, 0, 8);
  put_number (out, 1, 4);
  put_number (out, TPM_ALG_SHA256, 2);
  put_number (out, sizeof all_pcrs, 1);
  g_byte_array_append (out, all_pcrs, sizeof all_pcrs);
  put_sized (out, pcr_digest, 32);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

static char *
make_quote (EVP_PKEY *key, const guint8 pcr_digest[32])
{
  g_autoptr (GBytes) attest = make_attest (pcr_digest);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint8 signature[512];
  gsize length = sizeof signature;

  if (!context || EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, key) != 1
      || EVP_DigestSign (context, signature, &length, g_bytes_get_data (attest, NULL),
                         g_bytes_get_size (attest))
             != 1)
    return NULL;
  put_sized (out, g_bytes_get_data (attest, NULL), g_bytes_get_size (attest));
  put_number (out, TPM_ALG_RSASSA, 2);
  put_number (out, TPM_ALG_SHA256, 2);
  put_sized (out, signature, length);
  return cr_base64 (out->data, out->len);
}

/* The runtime claims: the key of the TPM and what the caller wants bound. Gives. */
static char *
make_claims (EVP_PKEY *key, const char *public_key_pem)
{
  g_autoptr (json_t) jwk = cose_jwk_new (key, "HCLAkPub", NULL, NULL, NULL);
  g_autofree char *bound = attestation_report_data (public_key_pem, strlen (public_key_pem));
  g_autofree char *user_data = g_ascii_strup (bound, -1);
  json_t *entry = json_pack ("{sss[s]ss}", "kid", "HCLAkPub", "key_ops", "sign", "kty", "RSA");

  json_object_set (entry, "e", json_object_get (jwk, "e"));
  json_object_set (entry, "n", json_object_get (jwk, "n"));
  g_autoptr (json_t) claims = json_pack ("{s[o]s{sbsbsb}ss}", "keys", entry, "vm-configuration",
                                         "console-enabled", 1, "secure-boot", 1, "tpm-enabled", 1,
                                         "user-data", user_data);

  return cr_json_dump (claims);
}

static char *
make_hcl (const guint8 *report, const char *claims)
{
  gsize length = strlen (claims), total = HCL_CLAIMS + length;
  g_autofree guint8 *blob = g_malloc0 (total);
  guint32 header[5] = { GUINT32_TO_LE (HCL_CLAIMS_HEADER + (guint32) length), GUINT32_TO_LE (1),
                        GUINT32_TO_LE (2), GUINT32_TO_LE (1), GUINT32_TO_LE ((guint32) length) };

  memcpy (blob, "HCLA", 4);
  memcpy (blob + HCL_HEADER, report, ATTESTATION_REPORT_SIZE);
  memcpy (blob + HCL_HEADER + ATTESTATION_REPORT_SIZE, header, sizeof header);
  memcpy (blob + HCL_CLAIMS, claims, length);
  return cr_base64 (blob, total);
}

json_t *
attestation_cvm_make (AttestationPlatform *platform, const char *public_key_pem, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, error);
  g_autofree guint8 *report = g_malloc0 (ATTESTATION_REPORT_SIZE);
  static const guint8 no_host_data[32] = { 0 };
  guint8 digest[32];

  if (!key)
    return NULL;

  g_autofree char *claims = make_claims (key, public_key_pem);

  cr_sha256 (claims, strlen (claims), digest);
  attestation_fill_report (platform, report, no_host_data, digest);
  if (!attestation_sign_report (platform, report)) {
    cr_set_error (error, CR_ERROR_FAILED, NULL, "The simulated processor cannot sign its report");
    return NULL;
  }

  g_autofree char *hcl = make_hcl (report, claims), *snp = cr_base64 (report, ATTESTATION_REPORT_SIZE);
  json_t *pcrs = make_pcrs (digest);
  g_autofree char *quote = make_quote (key, digest);

  if (!quote) {
    json_decref (pcrs);
    cr_set_error (error, CR_ERROR_FAILED, NULL, "The simulated TPM cannot sign its quote");
    return NULL;
  }
  return json_pack ("{s{ssssssssso}ssss}", "evidence", "tpmQuote", quote, "hclReport", hcl, "snpReport", snp,
                    "aikCert", "", "pcrs", pcrs, "nonce", NONCE, "platformCertificates", platform->chain_pem);
}
