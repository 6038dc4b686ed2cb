/* SPDX-License-Identifier: MIT
 * One target per parser of outside bytes. Nothing is expected of the results but that they can be freed.
 */
#include "targets.h"

#include "base/encode.h"
#include "base/json.h"
#include "base/yaml.h"
#include "ccf/attestation.h"
#include "ccf/snp.h"
#include "cose/cose.h"
#include "cose/jwt.h"
#include "cose/receipt.h"
#include "cose/x509.h"
#include "sandbox/attestation-private.h"
#include "sandbox/gov-resolve.h"
#include "spec/spec.h"

#include <string.h>

/* DATA as text with a final NUL; gives. */
static char *
as_text (const guint8 *data, gsize size)
{
  return g_strndup ((const char *) data, size);
}

static void
run_cose (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (CoseSign1) message = cose_sign1_parse (bytes, NULL);
}

static void
run_uvm (const guint8 *data, gsize size)
{
  static const guint8 measurement[48];
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  ccf_uvm_verify (bytes, measurement, NULL);
}

static void
run_jwt (const guint8 *data, gsize size)
{
  g_autofree char *text = as_text (data, size);
  g_autoptr (CoseJwt) token = cose_jwt_parse (text, NULL);
  gint64 time;
  if (!token)
    return;
  cose_jwt_time (token, "exp", &time);
  cose_jwt_has_audience (token, "x");
  g_autoptr (EVP_PKEY) key = cose_jwk_key (token->claims, NULL);
  if (key)
    cose_jwt_verify (token, key, NULL);
}

static void
run_json (const guint8 *data, gsize size)
{
  g_autoptr (json_t) value = cr_json_parse ((const char *) data, size, "fuzz", NULL);
  g_autofree char *text = value ? cr_json_dump (value) : NULL;
  g_autoptr (json_t) again = text ? cr_json_parse (text, strlen (text), "fuzz", NULL) : NULL;
  if (value && !(again && json_equal (value, again)))
    g_assert_true (json_is_real (value) || json_is_array (value) || json_is_object (value)); /* 1e-999 is 0 */
}

static void
run_jwk (const guint8 *data, gsize size)
{
  g_autoptr (json_t) value = cr_json_parse ((const char *) data, size, "fuzz", NULL);
  g_autoptr (EVP_PKEY) key = value ? cose_jwk_key (value, NULL) : NULL;
  g_autofree char *print = value ? cose_jwk_thumbprint (value) : NULL;
}

static void
run_pem (const guint8 *data, gsize size)
{
  const char *text = (const char *) data;
  g_autoptr (GPtrArray) chain = cose_certs_from_pem (text, (gssize) size, "fuzz", NULL);
  g_autoptr (EVP_PKEY) public_key = cose_key_from_public_pem (text, (gssize) size, "fuzz", NULL);
  g_autoptr (EVP_PKEY) private_key = cose_key_from_private_pem (text, (gssize) size, "fuzz", NULL);
  g_autofree char *name = chain ? cose_cert_common_name (chain->pdata[0]) : NULL;
  g_autofree char *subject = chain ? cose_cert_subject (chain->pdata[0]) : NULL;
}

static void
run_snp (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  CcfSnpReport report;
  g_autoptr (json_t) claims = ccf_snp_report_parse (bytes, &report, NULL) ? ccf_snp_report_claims (&report)
                                                                          : NULL;
}

/* The first byte cuts the rest into quote and HCL report, so that both parsers are reached. */
static void
run_cvm (const guint8 *data, gsize size)
{
  if (size < 2)
    return;
  gsize cut = 1 + (size - 1) * data[0] / 256;
  g_autofree char *quote = cr_base64 (data + 1, cut - 1), *hcl = cr_base64 (data + cut, size - cut);
  attestation_cvm_parse (quote, hcl);
}

static void
run_yaml (const guint8 *data, gsize size)
{
  g_autoptr (CrYamlFile) file = cr_yaml_parse ((const char *) data, size, "fuzz", NULL);
  g_autoptr (json_t) value = file && cr_yaml_root (file) ? cr_yaml_to_json (cr_yaml_root (file)) : NULL;
}

static void
run_spec (const guint8 *data, gsize size)
{
  for (SpecFileKind kind = SPEC_FILE_SPECIFICATION; kind <= SPEC_FILE_SECRETSTORES; kind++) {
    g_autoptr (GPtrArray) findings = spec_validate_text ((const char *) data, size, "fuzz", kind, NULL);
    for (guint i = 0; findings != NULL && i < findings->len; i++)
      g_free (spec_finding_text (g_ptr_array_index (findings, i)));
  }
}

static void
run_receipt (const guint8 *data, gsize size)
{
  g_autoptr (json_t) value = cr_json_parse ((const char *) data, size, "fuzz", NULL);
  g_autoptr (CoseReceipt) receipt = value ? cose_receipt_open (value, NULL) : NULL;
}

static void
run_text (const guint8 *data, gsize size)
{
  g_autofree char *text = as_text (data, size);
  g_autofree char *decoded = cr_percent_decode (text, -1);
  g_autoptr (GBytes) hex = cr_hex_decode (text, NULL);
  g_autoptr (GBytes) base64 = cr_base64_decode (text, "fuzz", NULL);
  gov_ballot_value (text);
}

const FuzzTarget fuzz_targets[] = {
  { "cose", run_cose }, { "uvm", run_uvm },   { "jwt", run_jwt },         { "jwk", run_jwk },
  { "json", run_json }, { "pem", run_pem },   { "snp", run_snp },         { "cvm", run_cvm },
  { "yaml", run_yaml }, { "text", run_text }, { "receipt", run_receipt }, { "spec", run_spec },
  { NULL, NULL },
};
