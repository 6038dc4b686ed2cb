/* SPDX-License-Identifier: MIT
 * Attestation evidence on the client side: what is genuine is believed, and a change of any field is not.
 */
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "ccf/attestation.h"
#include "cose/crypto.h"
#include "snp-maker.h"

#include <glib/gstdio.h>
#include <string.h>

static SnpMaker maker;
static const char key_text[] = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
static const char host[] = "abababababababababababababababababababababababababababababababab";

/* REPORT and CHAIN as they go over the wire. */
static json_t *
wire (const guint8 *report, gsize length, const char *chain)
{
  g_autofree char *evidence = cr_base64 (report, length), *endorsements = cr_base64 (chain, strlen (chain));
  return json_pack ("{s:s,s:s}", "evidence", evidence, "endorsements", endorsements);
}

static json_t *
genuine (guint8 report[1184])
{
  snp_maker_fill (report, key_text, 0xAB);
  snp_maker_sign (&maker, report);
  return wire (report, 1184, maker.chain);
}

static gboolean
verify (const json_t *attestation, const char *roots, CcfSnpReport *report, GError **error)
{
  const CcfAttestationTrust trust = { .roots = roots };
  gboolean simulated = FALSE;
  gboolean good = ccf_attestation_verify (attestation, &trust, report, &simulated, error);
  g_assert_true (!good || simulated);
  return good;
}

static void
refused (const json_t *attestation, const char *roots, const char *text)
{
  CcfSnpReport report;
  g_autoptr (GError) error = NULL;
  g_assert_false (verify (attestation, roots, &report, &error));
  if (text != NULL && (error == NULL || strstr (error->message, text) == NULL))
    g_error ("wanted \"%s\", got \"%s\"", text, error->message);
}

static void
test_genuine (void)
{
  guint8 bytes[1184];
  CcfSnpReport report;
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) attestation = genuine (bytes);
  g_assert_true (verify (attestation, maker.root, &report, &error));
  g_assert_no_error (error);
  g_autoptr (json_t) claims = ccf_snp_report_claims (&report);
  g_assert_cmpstr (cr_json_peek_string (claims, "x-ms-sevsnpvm-hostdata"), ==, host);
  g_assert_cmpstr (cr_json_peek_string (claims, "x-ms-ver"), ==, "2");
  g_assert_true (json_is_true (json_object_get (claims, "x-ms-sevsnpvm-smt-allowed")));
  g_assert_true (json_is_false (json_object_get (claims, "x-ms-sevsnpvm-is-debuggable")));
  g_assert_cmpuint (json_object_size (claims), ==, 13);
  refused (attestation, NULL, "known hardware");
}

/* One bit in every field of the report (none is shorter than the step), and other lengths. */
static void
test_every_field (void)
{
  guint8 bytes[1185] = { 0 };
  g_autoptr (json_t) whole = genuine (bytes);
  for (guint i = 0; i < 1184; i += 4) {
    CcfSnpReport report;
    bytes[i] ^= (guint8) (1u << (i / 4 % 8));
    g_autoptr (json_t) attestation = wire (bytes, 1184, maker.chain);
    if (verify (attestation, maker.root, &report, NULL))
      g_error ("a change of byte 0x%x was believed", i);
    bytes[i] ^= (guint8) (1u << (i / 4 % 8));
  }
  static const gsize sizes[] = { 0, 1, 0x2A0, 1183, 1185 };
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (json_t) attestation = wire (bytes, sizes[i], maker.chain);
    refused (attestation, maker.root, "wrong size");
  }
}

/* What firmware with such settings would sign: the signature is good, the content is not. */
static void
test_signed_fields (void)
{
  static const struct {
    guint at;
    guint8 value;
    const char *text;
  } changes[] = {
    { 0x00, 1, "version is not known" },
    { 0x00, 6, "version is not known" },
    { 0x34, 2, "unknown kind" },
    { 0x30, 4, "outside a guest" },
    { 0x30, 0xFF, "outside a guest" },
    { 0x48, 4, "processor's own key" },
    { 0x48, 28, "processor's own key" },
    { 0x48, 2, "hides which chip" },
    { 0x0A, 0x0B, "can be debugged" },
    { 0x0A, 0x07, "can be migrated" },
    { 0x180, 3, "firmware" },
    { 0x181, 1, "firmware" },
    { 0x186, 23, "firmware" },
    { 0x187, 0, "firmware" },
    { 0x1A0, 0, "another chip" },
    { 0x1DF, 0, "another chip" },
    { 0x330, 1, "where nothing is signed" },
    { 0x49F, 1, "where nothing is signed" },
    { 0x2A0 + 48, 1, "signature is wrong" },
    { 0x2A0 + 143, 1, "signature is wrong" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++) {
    guint8 bytes[1184];
    snp_maker_fill (bytes, key_text, 0xAB);
    bytes[changes[i].at] = changes[i].value;
    snp_maker_sign (&maker, bytes);
    bytes[changes[i].at] = changes[i].value;
    g_autoptr (json_t) attestation = wire (bytes, sizeof bytes, maker.chain);
    refused (attestation, maker.root, changes[i].text);
  }
}

static void
test_endorsed_tcb (void)
{
  guint8 bytes[1184];
  CcfSnpReport report;
  g_autoptr (json_t) attestation = genuine (bytes);
  cr_json_set_string (attestation, "endorsed_tcb", "DB18000000000004");
  g_assert_true (verify (attestation, maker.root, &report, NULL));
  cr_json_set_string (attestation, "endorsed_tcb", "db18000000000005");
  refused (attestation, maker.root, "endorsed");
}

static void
test_chain (void)
{
  guint8 bytes[1184];
  g_autoptr (json_t) attestation = genuine (bytes);
  SnpMaker other = snp_maker_new ();
  g_auto (GStrv) own = g_strsplit (maker.chain, "-----BEGIN", -1);
  g_auto (GStrv) foreign = g_strsplit (other.chain, "-----BEGIN", -1);
  const struct {
    const char *vcek, *ask, *ark, *extra, *text;
  } chains[] = {
    { own[1], own[2], NULL, NULL, "three platform certificates" },
    { own[1], own[2], own[3], own[3], "three platform certificates" },
    { own[1], own[3], own[2], NULL, "do not form a chain" },
    { own[2], own[1], own[3], NULL, "do not form a chain" },
    { own[1], foreign[2], own[3], NULL, "do not form a chain" },
    { own[1], own[2], foreign[3], NULL, "do not form a chain" },
    { foreign[1], own[2], own[3], NULL, "do not form a chain" },
    { foreign[1], foreign[2], foreign[3], NULL, "known hardware" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (chains); i++) {
    g_autoptr (GString) text = g_string_new (NULL);
    const char *parts[] = { chains[i].vcek, chains[i].ask, chains[i].ark, chains[i].extra };
    for (gsize part = 0; part < G_N_ELEMENTS (parts); part++)
      if (parts[part] != NULL)
        g_string_append_printf (text, "-----BEGIN%s", parts[part]);
    g_autoptr (json_t) changed = wire (bytes, sizeof bytes, text->str);
    refused (changed, maker.root, chains[i].text);
  }
  /* A good chain of known hardware, but the report is by another one. */
  snp_maker_sign (&other, bytes);
  g_autoptr (json_t) signed_by_other = wire (bytes, sizeof bytes, maker.chain);
  refused (signed_by_other, maker.root, "signature is wrong");
  refused (attestation, other.root, "known hardware");
  g_autofree char *both = g_strconcat (other.root, maker.root, NULL);
  CcfSnpReport report;
  g_assert_true (verify (attestation, both, &report, NULL));
  snp_maker_clear (&other);
}

static void
test_binding (void)
{
  guint8 bytes[1184];
  CcfSnpReport report;
  gboolean allows_all = TRUE;
  g_autoptr (json_t) attestation = genuine (bytes);
  g_assert_true (verify (attestation, maker.root, &report, NULL));
  g_autofree char *newline = g_strconcat (key_text, "\n", NULL);
  g_assert_true (ccf_attestation_check_key (&report, key_text, NULL));
  g_assert_true (ccf_attestation_check_key (&report, newline, NULL));
  g_assert_false (ccf_attestation_check_key (&report, "another key", NULL));
  report.report_data[63] = 1;
  g_assert_false (ccf_attestation_check_key (&report, key_text, NULL));

  static const char *const good[] = { "00", host, NULL }, *const none[] = { NULL };
  static const char *const bad[] = { "abababababababababababababababababababababababababababababababac",
                                     NULL };
  g_assert_true (ccf_attestation_check_host_data (&report, good, &allows_all, NULL));
  g_assert_false (allows_all);
  g_assert_false (ccf_attestation_check_host_data (&report, bad, NULL, NULL));
  g_assert_false (ccf_attestation_check_host_data (&report, none, NULL, NULL));
  g_assert_true (
      ccf_host_data_allows_all ("73973B78D70CC68353426DE188DB5DFC57E5B766E399935FB73A61127EA26D20"));
  g_assert_false (ccf_host_data_allows_all (host));
}

static void
test_missing_parts (void)
{
  guint8 bytes[1184];
  static const char *const parts[] = { "evidence", "endorsements" };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autoptr (json_t) attestation = genuine (bytes);
    cr_json_set_string (attestation, parts[i], "no base64!");
    refused (attestation, maker.root, NULL);
    json_object_del (attestation, parts[i]);
    refused (attestation, maker.root, NULL);
  }
}

/* ---- Acting as a clean room ---- */

/* A file like the published one, with FIELD of its top level replaced by TEXT. Gives the path. */
static char *
evidence_file (const char *folder, EVP_PKEY *key, const char *field, const char *text)
{
  guint8 report[1184];
  g_autofree char *public_pem = cose_key_public_pem (key), *trimmed = cose_key_public_pem_trimmed (key);
  g_auto (CrSecretText) private_pem = cose_key_private_pem (key);
  snp_maker_fill (report, trimmed, 0xAB);
  snp_maker_sign (&maker, report);
  g_autofree char *evidence = cr_base64 (report, sizeof report);
  g_autofree char *chain = cr_base64 (maker.chain, strlen (maker.chain));
  g_autoptr (json_t) file = json_pack ("{s:s,s:s,s:{s:{s:s,s:s,s:s}}}", "publicKey", public_pem, "privateKey",
                                       private_pem, "report", "snpCACI", "attestation", evidence,
                                       "platformCertificates", chain, "uvmEndorsements", "AAAA");
  if (field != NULL)
    cr_json_set_string (file, field, text);
  char *path = g_build_filename (folder, "attestation.json", NULL);
  g_assert_true (cr_json_save (file, path, 0600, NULL));
  return path;
}

static void
test_evidence (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("evidence-XXXXXX", NULL);
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autoptr (EVP_PKEY) other = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autofree char *path = evidence_file (folder, key, NULL, NULL);
  g_autoptr (CcfEvidence) evidence = ccf_evidence_load (path, &error);
  g_assert_no_error (error);

  g_autoptr (json_t) data = json_pack ("{s:s}", "message", "hello");
  g_autoptr (json_t) body = ccf_evidence_signed_body (evidence, data, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (body, "platform"), ==, "snp-caci");
  json_t *sign = json_object_get (body, "sign");
  g_autoptr (GBytes) plain = cr_base64_decode (cr_json_peek_string (body, "data"), "data", NULL);
  g_autoptr (GBytes) signature = cr_base64_decode (cr_json_peek_string (sign, "signature"), "s", NULL);
  gsize length;
  const void *bytes = g_bytes_get_data (plain, &length);
  g_assert_true (cose_pss_verify (key, bytes, length, signature, NULL));
  g_autoptr (GBytes) pem = cr_base64_decode (cr_json_peek_string (sign, "publicKey"), "key", NULL);
  g_assert_cmpmem (g_bytes_get_data (pem, NULL), g_bytes_get_size (pem), ccf_evidence_public_key (evidence),
                   strlen (ccf_evidence_public_key (evidence)));
  g_autoptr (json_t) encrypt = ccf_evidence_encrypt_body (evidence);
  g_autoptr (json_t) consent = ccf_evidence_consent_body (evidence);
  g_assert_cmpuint (json_object_size (encrypt), ==, 3);
  g_assert_cmpuint (json_object_size (consent), ==, 2);

  /* The private key of somebody else, or a report for another key. */
  g_auto (CrSecretText) other_pem = cose_key_private_pem (other);
  g_autofree char *other_public = cose_key_public_pem (other);
  g_free (evidence_file (folder, key, "privateKey", other_pem));
  g_assert_null (ccf_evidence_load (path, NULL));
  g_free (evidence_file (folder, key, "publicKey", other_public));
  g_assert_null (ccf_evidence_load (path, NULL));
  g_free (evidence_file (folder, key, "report", "none"));
  g_assert_null (ccf_evidence_load (path, NULL));
  g_assert_true (cr_dir_remove (folder, NULL));
}

static void
test_unwrap (void)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autoptr (EVP_PKEY) other = cose_key_new (COSE_KEY_RSA_2048, NULL);
  g_autoptr (CcfEvidence) evidence = ccf_evidence_new (NULL, NULL, key);
  g_autoptr (CcfEvidence) stranger = ccf_evidence_new (NULL, NULL, other);
  g_autofree char *secret = g_strnfill (5000, 's');
  g_autoptr (GBytes) wrapped = cose_kwp_wrap (key, secret, 5000, NULL);
  g_autofree char *text = cr_base64_bytes (wrapped);
  g_autoptr (json_t) answer = json_pack ("{s:s}", "value", text);
  g_autoptr (GBytes) plain = ccf_evidence_unwrap (evidence, answer, NULL);
  g_assert_cmpmem (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain), secret, 5000);
  g_assert_null (ccf_evidence_unwrap (stranger, answer, NULL));

  /* A byte of the wrapped key, of the wrapped text, and a part of it. */
  static const gsize places[] = { 0, 255, 256, 263, 264, 5000 };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
    gsize length;
    g_autofree guint8 *bytes = g_memdup2 (g_bytes_get_data (wrapped, &length), g_bytes_get_size (wrapped));
    bytes[places[i]] ^= 1;
    g_autofree char *changed = cr_base64 (bytes, length), *cut = cr_base64 (bytes, places[i]);
    g_autoptr (json_t) damaged = json_pack ("{s:s}", "value", changed);
    g_autoptr (json_t) shorter = json_pack ("{s:s}", "value", cut);
    g_assert_null (ccf_evidence_unwrap (evidence, damaged, NULL));
    g_assert_null (ccf_evidence_unwrap (evidence, shorter, NULL));
  }
}

/* Evidence recorded on real hardware is not part of the package: name the file to check it. */
static void
test_recorded (void)
{
  const char *path = g_getenv ("CLEANROOM_SNP_EVIDENCE");
  if (path == NULL) {
    g_test_skip ("CLEANROOM_SNP_EVIDENCE names no file");
    return;
  }
  CcfSnpReport report;
  gboolean simulated = TRUE, allows_all = FALSE;
  static const char *const accepted[] = { "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20",
                                          "7ec5120f0f497e22b18e59ed702ed82e2732562245c9a944f54cd41db4f491af",
                                          NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (CcfEvidence) evidence = ccf_evidence_load (path, &error);
  g_assert_no_error (error);
  ccf_attestation_verify (ccf_evidence_attestation (evidence), NULL, &report, &simulated, &error);
  g_assert_no_error (error);
  g_assert_false (simulated);
  g_assert_true (ccf_attestation_check_key (&report, ccf_evidence_public_key (evidence), NULL));
  g_assert_true (ccf_attestation_check_host_data (&report, accepted, &allows_all, NULL));
  g_assert_true (allows_all);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  maker = snp_maker_new ();
  g_test_add_func ("/snp/genuine", test_genuine);
  g_test_add_func ("/snp/every-field", test_every_field);
  g_test_add_func ("/snp/signed-fields", test_signed_fields);
  g_test_add_func ("/snp/endorsed-tcb", test_endorsed_tcb);
  g_test_add_func ("/snp/chain", test_chain);
  g_test_add_func ("/snp/binding", test_binding);
  g_test_add_func ("/snp/missing-parts", test_missing_parts);
  g_test_add_func ("/snp/evidence", test_evidence);
  g_test_add_func ("/snp/unwrap", test_unwrap);
  g_test_add_func ("/snp/recorded", test_recorded);
  int result = g_test_run ();
  snp_maker_clear (&maker);
  return result;
}
