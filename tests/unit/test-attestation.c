/* SPDX-License-Identifier: MIT
 * Simulated evidence: what is made is accepted, and every change to it is refused.
 */
#include "sandbox/attestation-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#include <glib/gstdio.h>
#include <string.h>

#define HOST_DATA "73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20"

typedef struct {
  char *folder;
  AttestationPlatform *platform;
  AttestationClient *client;
  json_t *attestation;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  (void) data;
  fixture->folder = g_dir_make_tmp ("attestation-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->platform = attestation_platform_open (fixture->folder, &error);
  g_assert_no_error (error);
  fixture->client = attestation_client_new (fixture->folder, HOST_DATA, &error);
  g_assert_no_error (error);
  g_autoptr (json_t) body = attestation_client_consent_body (fixture->client);
  fixture->attestation = json_incref (json_object_get (body, "attestation"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  json_decref (fixture->attestation);
  attestation_client_free (fixture->client);
  attestation_platform_free (fixture->platform);
  g_assert_true (cr_dir_remove (fixture->folder, NULL));
  g_free (fixture->folder);
}

static GBytes *
member (const json_t *attestation, const char *key)
{
  GBytes *bytes = cr_base64_decode (cr_json_peek_string (attestation, key), key, NULL);
  g_assert_nonnull (bytes);
  return bytes;
}

/* ATTESTATION with LENGTH bytes under KEY. */
static json_t *
with_bytes (const json_t *attestation, const char *key, const void *data, gsize length)
{
  json_t *copy = json_deep_copy (attestation);
  g_autofree char *text = cr_base64 (data, length);
  cr_json_set_string (copy, key, text);
  return copy;
}

static void
assert_refused (Fixture *fixture, const json_t *attestation, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) claims = attestation_verify (fixture->platform, attestation, &error);
  g_assert_null (claims);
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  if (text)
    g_assert_cmpstr (error->message, ==, text);
}

static void
test_accepted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) claims = attestation_verify (fixture->platform, fixture->attestation, &error);
  const char *pem = attestation_client_public_key (fixture->client);
  g_autofree char *report_data = attestation_report_data (pem, strlen (pem));
  (void) data;

  g_assert_no_error (error);
  g_assert_cmpstr (cr_json_peek_string (claims, "x-ms-sevsnpvm-hostdata"), ==, HOST_DATA);
  g_assert_cmpstr (cr_json_peek_string (claims, "x-ms-sevsnpvm-reportdata"), ==, report_data);
  g_assert_cmpstr (cr_json_peek_string (claims, "x-ms-ver"), ==, "2");
  g_assert_true (json_is_false (json_object_get (claims, "x-ms-sevsnpvm-is-debuggable")));
  g_assert_true (json_is_integer (json_object_get (claims, "x-ms-sevsnpvm-vmpl")));
  g_assert_cmpuint (json_object_size (claims), ==, 13);
  g_assert_false (g_str_has_suffix (pem, "\n"));
  g_autoptr (GBytes) report = member (fixture->attestation, "evidence");
  g_assert_cmpuint (g_bytes_get_size (report), ==, 1184);
}

/* The final line feed of the key is not part of what is hashed. */
static void
test_trailing_newline (Fixture *fixture, gconstpointer data)
{
  const char *pem = attestation_client_public_key (fixture->client);
  g_autofree char *longer = g_strconcat (pem, "\n", NULL);
  g_autoptr (json_t) attestation = attestation_make (fixture->platform, HOST_DATA, longer, NULL);
  g_autoptr (json_t) claims = attestation_verify (fixture->platform, attestation, NULL);
  g_autofree char *expected = attestation_report_data (pem, strlen (pem));
  (void) data;
  g_assert_cmpstr (cr_json_peek_string (claims, "x-ms-sevsnpvm-reportdata"), ==, expected);
}

/* One bit of every byte of the report. */
static void
test_every_byte (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) report = member (fixture->attestation, "evidence");
  (void) data;
  for (guint i = 0; i < ATTESTATION_REPORT_SIZE; i++) {
    g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (report, NULL), ATTESTATION_REPORT_SIZE);
    changed[i] ^= (guint8) (1u << (i % 8));
    g_autoptr (json_t) attestation = with_bytes (fixture->attestation, "evidence", changed,
                                                 ATTESTATION_REPORT_SIZE);
    g_autoptr (json_t) claims = attestation_verify (fixture->platform, attestation, NULL);
    if (claims)
      g_error ("a change of byte 0x%x was accepted", i);
  }
}

static void
test_sizes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) report = member (fixture->attestation, "evidence");
  const guint8 *bytes = g_bytes_get_data (report, NULL);
  g_autofree guint8 *longer = g_malloc0 (ATTESTATION_REPORT_SIZE + 1);
  (void) data;
  memcpy (longer, bytes, ATTESTATION_REPORT_SIZE);
  g_autoptr (json_t) long_one = with_bytes (fixture->attestation, "evidence", longer,
                                            ATTESTATION_REPORT_SIZE + 1);
  g_autoptr (json_t) short_one = with_bytes (fixture->attestation, "evidence", bytes,
                                             ATTESTATION_REPORT_SIZE - 1);
  g_autoptr (json_t) empty = with_bytes (fixture->attestation, "evidence", "", 0);
  assert_refused (fixture, long_one, NULL);
  assert_refused (fixture, short_one, NULL);
  assert_refused (fixture, empty, NULL);
}

/* Sign REPORT again with the processor's key, as firmware with such settings would. */
static json_t *
resigned (Fixture *fixture, guint8 *report)
{
  g_autoptr (GBytes) raw = cose_ecdsa_sign (fixture->platform->vcek_key, report, REPORT_SIGNATURE, NULL);
  const guint8 *bytes = g_bytes_get_data (raw, NULL);
  memset (report + REPORT_SIGNATURE, 0, 2 * REPORT_SIGNATURE_PART);
  for (guint i = 0; i < 48; i++) {
    report[REPORT_SIGNATURE + i] = bytes[47 - i];
    report[REPORT_SIGNATURE + REPORT_SIGNATURE_PART + i] = bytes[95 - i];
  }
  return with_bytes (fixture->attestation, "evidence", report, ATTESTATION_REPORT_SIZE);
}

/* Genuinely signed reports of guests that must not be trusted. */
static void
test_bad_guests (Fixture *fixture, gconstpointer data)
{
  static const struct {
    guint offset;
    guint8 value;
    const char *text;
  } cases[] = {
    { REPORT_POLICY + 2, 0x0b, "SEV-SNP: Debugging must be disabled for attested guests" },
    { REPORT_POLICY + 2, 0x07, "SEV-SNP: Migration agents must not be enabled" },
    { REPORT_VMPL, 4, "SEV-SNP: VMPL for guest attestations must be in 0-3 range" },
    { REPORT_FLAGS, 0x02, "SEV-SNP: Mask chip key must not be set" },
    { REPORT_FLAGS, 0x04, "SEV-SNP: Attestation report must be signed by VCEK" },
    { REPORT_SIGNATURE_ALGORITHM, 2, "SEV-SNP: Unsupported signature algorithm" },
    { REPORT_VERSION, 1, "SEV-SNP: Attestation version is not supported" },
    { REPORT_VERSION, 99, "SEV-SNP: Attestation version is not supported" },
    { REPORT_CHIP_ID, 0,
      "SEV-SNP: Chip id of the attestation report differs from the processor certificate" },
    { REPORT_REPORTED_TCB, 3, "SEV-SNP: Reported TCB version differs from the processor certificate" },
    { REPORT_REPORTED_TCB + 7, 220, "SEV-SNP: Reported TCB version differs from the processor certificate" },
  };
  g_autoptr (GBytes) report = member (fixture->attestation, "evidence");
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (report, NULL), ATTESTATION_REPORT_SIZE);
    changed[cases[i].offset] = cases[i].offset == REPORT_CHIP_ID ? changed[REPORT_CHIP_ID] ^ 1
                                                                 : cases[i].value;
    g_autoptr (json_t) attestation = resigned (fixture, changed);
    assert_refused (fixture, attestation, cases[i].text);
  }
  /* The signing helper itself is right: an unchanged report passes. */
  g_autofree guint8 *same = g_memdup2 (g_bytes_get_data (report, NULL), ATTESTATION_REPORT_SIZE);
  g_autoptr (json_t) attestation = resigned (fixture, same);
  g_autoptr (json_t) claims = attestation_verify (fixture->platform, attestation, NULL);
  g_assert_nonnull (claims);
}

static void
test_chain (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other_folder = g_dir_make_tmp ("attestation-XXXXXX", NULL);
  g_autoptr (AttestationPlatform) other = attestation_platform_open (other_folder, NULL);
  g_autofree char *vcek = cose_cert_to_pem (fixture->platform->vcek);
  g_autofree char *ask = cose_cert_to_pem (fixture->platform->ask);
  g_autofree char *ark = cose_cert_to_pem (fixture->platform->ark);
  g_autofree char *foreign_vcek = cose_cert_to_pem (other->vcek);
  g_autofree char *foreign_ask = cose_cert_to_pem (other->ask);
  g_autofree char *foreign_ark = cose_cert_to_pem (other->ark);
  const char *chains[][4] = {
    { vcek, ask, NULL, NULL },
    { vcek, ask, ark, ark },
    { ask, vcek, ark, NULL },
    { vcek, ark, ask, NULL },
    { vcek, ark, ark, NULL },
    { vcek, foreign_ask, ark, NULL },
    { foreign_vcek, ask, ark, NULL },
    { foreign_vcek, foreign_ask, ark, NULL },
    { foreign_vcek, foreign_ask, foreign_ark, NULL },
    { vcek, ask, foreign_ark, NULL },
    { "", NULL, NULL, NULL },
    { "no certificate", NULL, NULL, NULL },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++) {
    g_autofree char *text = g_strconcat (chains[i][0], chains[i][1], chains[i][1] ? chains[i][2] : NULL,
                                         chains[i][2] ? chains[i][3] : NULL, NULL);
    g_autoptr (json_t) attestation = with_bytes (fixture->attestation, "endorsements", text, strlen (text));
    assert_refused (fixture, attestation, NULL);
  }
  /* Evidence of another sandbox is foreign hardware. */
  g_autoptr (json_t) foreign = attestation_make (other, HOST_DATA, "key", NULL);
  assert_refused (fixture, foreign,
                  "SEV-SNP: The root of trust public key for this attestation was not the expected one");
  g_assert_true (cr_dir_remove (other_folder, NULL));
}

static void
test_wire_texts (Fixture *fixture, gconstpointer data)
{
  static const char replace[] = "cannot read property 'replace' of undefined";
  g_autoptr (json_t) text = json_string ("invalidinput");
  g_autoptr (json_t) empty = json_object ();
  g_autoptr (json_t) no_chain = json_deep_copy (fixture->attestation);
  g_autoptr (json_t) uvm = json_deep_copy (fixture->attestation);
  (void) data;
  json_object_del (no_chain, "endorsements");
  cr_json_set_string (uvm, "uvm_endorsements", "AAAA");
  assert_refused (fixture, text, replace);
  assert_refused (fixture, empty, replace);
  assert_refused (fixture, no_chain, replace);
  assert_refused (fixture, uvm, NULL);
}

static void
test_endorsed_tcb (Fixture *fixture, gconstpointer data)
{
  g_autoptr (json_t) right = json_deep_copy (fixture->attestation);
  g_autoptr (json_t) wrong = json_deep_copy (fixture->attestation);
  g_autoptr (GError) error = NULL;
  (void) data;
  cr_json_set_string (right, "endorsed_tcb", "DB18000000000004");
  cr_json_set_string (wrong, "endorsed_tcb", "db18000000000003");
  g_autoptr (json_t) claims = attestation_verify (fixture->platform, right, &error);
  g_assert_no_error (error);
  g_assert_nonnull (claims);
  assert_refused (fixture, wrong, "SEV-SNP: Endorsed TCB does not match reported TCB");
}

/* --- confidential VMs --- */

static gboolean
cvm_accepted (Fixture *fixture, const json_t *attestation, char **user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) claims = attestation_cvm_verify (fixture->platform, attestation, user_data, &error);
  if (claims)
    return TRUE;
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  return FALSE;
}

/* Flip single bits all over the member KEY of OBJECT (a part of ATTESTATION); all must be refused. */
static void
bend_member (Fixture *fixture, const json_t *attestation, json_t *object, const char *key, gsize step)
{
  g_autofree char *good = g_strdup (cr_json_peek_string (object, key));
  g_autoptr (GBytes) bytes = cr_base64_decode (good, key, NULL);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  for (gsize at = 0; at < length; at += step) {
    g_autofree guint8 *copy = g_memdup2 (data, length);
    g_autofree char *user_data = NULL;
    copy[at] ^= 1;
    g_autofree char *text = cr_base64 (copy, length);
    cr_json_set_string (object, key, text);
    if (cvm_accepted (fixture, attestation, &user_data))
      g_error ("a bit of %s at %zu does not matter", key, at);
  }
  cr_json_set_string (object, key, good);
}

static void
test_cvm (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (json_t) attestation = attestation_cvm_make (fixture->platform, "key", NULL);
  json_t *evidence = json_object_get (attestation, "evidence");
  json_t *pcrs = json_object_get (evidence, "pcrs");
  g_autofree char *user_data = NULL, *expected = attestation_report_data ("key", 3);
  g_assert_true (cvm_accepted (fixture, attestation, &user_data));
  g_assert_cmpint (g_ascii_strcasecmp (user_data, expected), ==, 0);

  bend_member (fixture, attestation, evidence, "tpmQuote", 11);
  bend_member (fixture, attestation, attestation, "nonce", 5);
  bend_member (fixture, attestation, pcrs, "4", 7);
  bend_member (fixture, attestation, pcrs, "23", 7);
  /* Of the HCL report only the claims count; the report of the processor comes on its own. */
  g_autofree char *hcl = g_strdup (cr_json_peek_string (evidence, "hclReport"));
  g_autoptr (GBytes) bytes = cr_base64_decode (hcl, "hcl", NULL);
  gsize length, claims_at = 32 + ATTESTATION_REPORT_SIZE + 20;
  const guint8 *blob = g_bytes_get_data (bytes, &length);
  for (gsize at = claims_at; at < length; at += 31) {
    g_autofree guint8 *copy = g_memdup2 (blob, length);
    g_autofree char *ignored = NULL;
    copy[at] ^= 1;
    g_autofree char *text = cr_base64 (copy, length);
    cr_json_set_string (evidence, "hclReport", text);
    g_assert_false (cvm_accepted (fixture, attestation, &ignored));
  }
  cr_json_set_string (evidence, "hclReport", hcl);

  g_autofree char *report = g_strdup (cr_json_peek_string (evidence, "snpReport"));
  g_autoptr (GBytes) snp = cr_base64_decode (report, "report", NULL);
  const guint8 *fields = g_bytes_get_data (snp, NULL);
  for (gsize at = 0; at < 0x2A0 + 48; at += 23) { /* everything signed, and r */
    g_autofree guint8 *copy = g_memdup2 (fields, ATTESTATION_REPORT_SIZE);
    g_autofree char *ignored = NULL;
    copy[at] ^= 1;
    g_autofree char *text = cr_base64 (copy, ATTESTATION_REPORT_SIZE);
    cr_json_set_string (evidence, "snpReport", text);
    g_assert_false (cvm_accepted (fixture, attestation, &ignored));
  }
  cr_json_set_string (evidence, "snpReport", report);
  json_object_del (pcrs, "7");
  g_autofree char *ignored = NULL;
  g_assert_false (cvm_accepted (fixture, attestation, &ignored));
}

/* The service lists its checks by position and without what they said. */
static void
test_cvm_texts (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autoptr (json_t) attestation = attestation_cvm_make (fixture->platform, "key", NULL);
  g_autofree char *ignored = NULL;
  g_autoptr (GError) error = NULL;
  cr_json_set_string (attestation, "platformCertificates", "none");
  g_assert_null (attestation_cvm_verify (fixture->platform, attestation, &ignored, &error));
  g_assert_cmpstr (error->message, ==,
                   "CVM SNP attestation verification failed. Failed checks: 0: undefined");
  g_clear_error (&error);
  g_autoptr (json_t) text = json_string ("invalidinput");
  g_assert_null (attestation_cvm_verify (fixture->platform, text, &ignored, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
}

/* Evidence that was recorded on hardware and published with its key ("insecure virtual"): not part of this
 * package, but whoever has the files can name their folder. */
static void
test_published (Fixture *fixture, gconstpointer data)
{
  static const char *const files[] = { "insecure-virtual/encryption/attestation.json",
                                       "insecure-virtual-2/encryption/attestation.json",
                                       "cvm/insecure-virtual/encryption/attestation.json" };
  const char *folder = g_getenv ("CLEANROOM_SAMPLE_REPORTS");
  (void) data;
  if (!folder) {
    g_test_skip ("CLEANROOM_SAMPLE_REPORTS does not name a folder with published reports");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (folder, files[i], NULL), *user_data = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (json_t) file = cr_json_load (path, &error);
    g_assert_no_error (error);
    const json_t *caci = json_object_get (json_object_get (file, "report"), "snpCACI");
    const json_t *cvm = json_object_get (json_object_get (file, "report"), "snpCvm");
    g_autoptr (json_t) wire = json_object ();
    json_object_set (wire, "evidence", json_object_get (caci, "attestation"));
    json_object_set (wire, "endorsements", json_object_get (caci, "platformCertificates"));
    json_object_set (wire, "uvm_endorsements", json_object_get (caci, "uvmEndorsements"));
    g_autoptr (json_t) claims = cvm ? attestation_cvm_verify (fixture->platform, cvm, &user_data, &error)
                                    : attestation_verify (fixture->platform, wire, &error);
    g_assert_no_error (error);
    g_autofree char *key = g_strchomp (g_strdup (cr_json_peek_string (file, "publicKey")));
    g_autofree char *bound = attestation_report_data (key, strlen (key));
    const char *reported = cvm ? user_data : cr_json_peek_string (claims, "x-ms-sevsnpvm-reportdata");
    g_assert_cmpint (g_ascii_strcasecmp (reported, bound), ==, 0);
  }
}

static void
test_policy_match (void)
{
  static const struct {
    const char *policy;
    gboolean match;
  } cases[] = {
    { "{}", FALSE },
    { "{\"a\":[1]}", TRUE },
    { "{\"a\":[\"1\"]}", FALSE }, /* types matter */
    { "{\"a\":[true]}", FALSE },
    { "{\"a\":[3,1]}", TRUE }, /* one of the listed values */
    { "{\"a\":[]}", FALSE },
    { "{\"a\":[1],\"b\":[false]}", TRUE }, /* every claim */
    { "{\"a\":[1],\"b\":[0]}", FALSE },
    { "{\"a\":[1],\"c\":[null]}", FALSE }, /* absent is not null */
  };
  g_autoptr (json_t) claims = cr_json_parse ("{\"a\":1,\"b\":false}", 17, "claims", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (json_t) policy = cr_json_parse (cases[i].policy, strlen (cases[i].policy), "policy", NULL);
    g_assert_nonnull (policy);
    g_assert_cmpint (attestation_claims_match (policy, claims), ==, cases[i].match);
  }
}

/* The folder keeps the same hardware; a damaged file is a clear error; it is private. */
static void
test_platform_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "attestation.pem", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AttestationPlatform) again = attestation_platform_open (fixture->folder, &error);
  GStatBuf info;
  (void) data;
  g_assert_no_error (error);
  g_assert_cmpint (X509_cmp (again->ark, fixture->platform->ark), ==, 0);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_true (cr_file_write (path, "damaged", -1, 0600, NULL));
  g_assert_null (attestation_platform_open (fixture->folder, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_ADMIN);
}

static gpointer
open_in_thread (gpointer folder)
{
  return attestation_platform_open (folder, NULL);
}

/* Several that make the keys at once end with the same ones. */
static void
test_platform_race (void)
{
  g_autofree char *folder = g_dir_make_tmp ("attestation-XXXXXX", NULL);
  GThread *threads[6];
  AttestationPlatform *platforms[6];
  for (guint i = 0; i < 6; i++)
    threads[i] = g_thread_new ("open", open_in_thread, folder);
  for (guint i = 0; i < 6; i++) {
    platforms[i] = g_thread_join (threads[i]);
    g_assert_nonnull (platforms[i]);
    g_assert_cmpint (X509_cmp (platforms[i]->ark, platforms[0]->ark), ==, 0);
  }
  for (guint i = 0; i < 6; i++)
    attestation_platform_free (platforms[i]);
  g_assert_true (cr_dir_remove (folder, NULL));
}

static void
test_host_data (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  (void) data;
  g_assert_null (attestation_make (fixture->platform, "abcd", "key", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (attestation_make (fixture->platform, "not hex", "key", &error));
  g_assert_nonnull (error);
}

/* /cgs/123-wrap-and-sign: 5000 bytes wrapped for the clean room come back, and its signature holds. */
static void
test_client (Fixture *fixture, gconstpointer data)
{
  g_autofree guint8 *plain = g_malloc (5000);
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) event = json_pack ("{ss}", "message", "hello");
  (void) data;
  cr_random_bytes (plain, 5000);
  g_autoptr (GBytes) wrapped = cose_kwp_wrap (attestation_client_key (fixture->client), plain, 5000, &error);
  g_assert_no_error (error);
  g_autofree char *text = cr_base64_bytes (wrapped);
  g_autoptr (json_t) answer = json_pack ("{ss}", "value", text);
  g_autoptr (GBytes) back = attestation_client_unwrap (fixture->client, answer, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (plain, 5000, g_bytes_get_data (back, NULL), g_bytes_get_size (back));

  g_autoptr (AttestationClient) stranger = attestation_client_new (fixture->folder, HOST_DATA, &error);
  g_assert_no_error (error);
  g_assert_null (attestation_client_unwrap (stranger, answer, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  g_autoptr (json_t) body = attestation_client_signed_body (fixture->client, event, &error);
  g_assert_no_error (error);
  g_autoptr (GBytes) signed_data = member (body, "data");
  g_autoptr (GBytes) signature = member (json_object_get (body, "sign"), "signature");
  g_assert_cmpmem (g_bytes_get_data (signed_data, NULL), g_bytes_get_size (signed_data),
                   "{\"message\":\"hello\"}", 19);
  g_assert_true (cose_pss_verify (attestation_client_key (fixture->client),
                                  g_bytes_get_data (signed_data, NULL), g_bytes_get_size (signed_data),
                                  signature, NULL));
  g_assert_true (json_is_string (json_object_get (body, "timestamp")));
  g_assert_nonnull (json_object_get (body, "encrypt"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add ("/attestation/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("accepted", test_accepted);
  ADD ("trailing-newline", test_trailing_newline);
  ADD ("every-byte", test_every_byte);
  ADD ("sizes", test_sizes);
  ADD ("bad-guests", test_bad_guests);
  ADD ("chain", test_chain);
  ADD ("wire-texts", test_wire_texts);
  ADD ("endorsed-tcb", test_endorsed_tcb);
  ADD ("platform-file", test_platform_file);
  ADD ("host-data", test_host_data);
  ADD ("client", test_client);
  ADD ("cvm", test_cvm);
  ADD ("cvm-texts", test_cvm_texts);
  ADD ("published", test_published);
  g_test_add_func ("/attestation/policy-match", test_policy_match);
  g_test_add_func ("/attestation/platform-race", test_platform_race);
  return g_test_run ();
}
