/* SPDX-License-Identifier: MIT
 * Evidence of the own side: bodies of attested calls and their wrapped answers (attestation.h).
 */
#include "ccf/attestation.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#include <inttypes.h>
#include <string.h>

struct CcfEvidence {
  char *platform;
  json_t *attestation;
  EVP_PKEY *key;
  char *public_pem, *public_base64;
};

static CcfEvidence *
evidence_of (const char *platform, const json_t *attestation, EVP_PKEY *key, const char *public_pem)
{
  CcfEvidence *evidence = g_new0 (CcfEvidence, 1);
  EVP_PKEY_up_ref (key);
  evidence->key = key;
  evidence->platform = g_strdup (platform);
  evidence->attestation = attestation != NULL ? json_deep_copy (attestation) : NULL;
  evidence->public_pem = g_strdup (public_pem);
  evidence->public_base64 = cr_base64 (public_pem, strlen (public_pem));
  return evidence;
}

CcfEvidence *
ccf_evidence_new (const char *platform, const json_t *attestation, EVP_PKEY *key)
{
  g_autofree char *pem = cose_key_public_pem_trimmed (key);
  return evidence_of (platform, attestation, key, pem);
}

void
ccf_evidence_free (CcfEvidence *evidence)
{
  if (evidence == NULL)
    return;
  EVP_PKEY_free (evidence->key);
  json_decref (evidence->attestation);
  g_free (evidence->platform);
  g_free (evidence->public_pem);
  g_free (evidence->public_base64);
  g_free (evidence);
}

/* ---- The recorded evidence ---- */

/* The names of the file become those of the wire. Gives. */
static json_t *
caci_attestation (const json_t *recorded, const char *path, GError **error)
{
  static const struct {
    const char *file, *wire;
  } names[] = { { "attestation", "evidence" },
                { "platformCertificates", "endorsements" },
                { "uvmEndorsements", "uvm_endorsements" } };
  g_autoptr (json_t) attestation = json_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    const char *text = cr_json_get_string (recorded, names[i].file, path, error);
    if (text == NULL)
      return NULL;
    cr_json_set_string (attestation, names[i].wire, text);
  }
  return g_steal_pointer (&attestation);
}

/* The report must be of this key, else the file is of no use to anybody. */
static gboolean
check_caci (const json_t *attestation, const char *public_pem, const char *path, GError **error)
{
  CcfSnpReport report;
  g_autoptr (GBytes) bytes = cr_base64_decode (cr_json_peek_string (attestation, "evidence"), path, error);
  return bytes != NULL && ccf_snp_report_parse (bytes, &report, error)
         && ccf_attestation_check_key (&report, public_pem, error);
}

CcfEvidence *
ccf_evidence_load (const char *path, GError **error)
{
  g_autoptr (json_t) file = cr_json_load (path, error);
  if (file == NULL)
    return NULL;
  json_t *report = json_object_get (file, "report");
  json_t *cvm = json_object_get (report, "snpCvm"), *caci = json_object_get (report, "snpCACI");
  const char *private_pem = cr_json_get_string (file, "privateKey", path, error);
  const char *public_pem = private_pem != NULL ? cr_json_get_string (file, "publicKey", path, error) : NULL;
  g_autoptr (EVP_PKEY) key = public_pem != NULL ? cose_key_from_private_pem (private_pem, -1, path, error)
                                                : NULL;
  g_autoptr (EVP_PKEY) named = key != NULL ? cose_key_from_public_pem (public_pem, -1, path, error) : NULL;
  if (named == NULL)
    return NULL;
  if (!cose_key_equal (key, named) || (cvm == NULL && caci == NULL)) {
    cr_set_error (error, CR_ERROR_INPUT, "Take the file as it was published.",
                  "%s does not hold evidence with the key pair it belongs to.", path);
    return NULL;
  }
  g_autofree char *trimmed = g_strchomp (g_strdup (public_pem));
  if (cvm != NULL)
    return evidence_of ("snp-cvm", cvm, key, trimmed);
  g_autoptr (json_t) attestation = caci_attestation (caci, path, error);
  if (attestation == NULL || !check_caci (attestation, trimmed, path, error))
    return NULL;
  return evidence_of ("snp-caci", attestation, key, trimmed);
}

const char *
ccf_evidence_public_key (const CcfEvidence *evidence)
{
  return evidence->public_pem;
}

const json_t *
ccf_evidence_attestation (const CcfEvidence *evidence)
{
  return evidence->attestation;
}

/* ---- Bodies ---- */

static void
add_evidence (const CcfEvidence *evidence, json_t *body)
{
  cr_json_set_string (body, "platform", evidence->platform);
  if (evidence->attestation != NULL)
    cr_json_set (body, "attestation", json_deep_copy (evidence->attestation));
}

json_t *
ccf_evidence_consent_body (const CcfEvidence *evidence)
{
  json_t *body = json_object ();
  add_evidence (evidence, body);
  return body;
}

json_t *
ccf_evidence_encrypt_body (const CcfEvidence *evidence)
{
  json_t *body = json_pack ("{s:{s:s}}", "encrypt", "publicKey", evidence->public_base64);
  add_evidence (evidence, body);
  return body;
}

json_t *
ccf_evidence_signed_body (const CcfEvidence *evidence, const json_t *data, GError **error)
{
  g_autofree char *text = cr_json_dump (data);
  g_autoptr (GBytes) signature = cose_pss_sign (evidence->key, text, strlen (text), error);
  if (signature == NULL)
    return NULL;
  g_autofree char *encoded = cr_base64 (text, strlen (text)), *signed_text = cr_base64_bytes (signature);
  g_autofree char *timestamp = g_strdup_printf ("%" PRId64, cr_now_ms ());
  json_t *body = json_object ();
  cr_json_set_string (body, "data", encoded);
  cr_json_set_string (body, "timestamp", timestamp);
  cr_json_set (body, "sign",
               json_pack ("{s:s,s:s}", "signature", signed_text, "publicKey", evidence->public_base64));
  cr_json_set (body, "encrypt", json_pack ("{s:s}", "publicKey", evidence->public_base64));
  add_evidence (evidence, body);
  return body;
}

GBytes *
ccf_evidence_unwrap (const CcfEvidence *evidence, const json_t *answer, GError **error)
{
  const char *value = cr_json_get_string (answer, "value", "the wrapped answer", error);
  g_autoptr (GBytes) wrapped = value != NULL ? cr_base64_decode (value, "the wrapped answer", error) : NULL;
  return wrapped != NULL ? cose_kwp_unwrap (evidence->key, g_bytes_get_data (wrapped, NULL),
                                            g_bytes_get_size (wrapped), error)
                         : NULL;
}
