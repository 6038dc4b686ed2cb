/* SPDX-License-Identifier: MIT
 * Keys, certificates, COSE_Sign1 and receipts: known answers, round trips, and input that must be refused.
 */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/cose.h"
#include "cose/crypto.h"
#include "cose/receipt.h"
#include "cose/x509.h"

/* Published test values (MIT licence): the certificate of the COSE tests of Azure/azure-cleanroom, with the
 * CRLF line ends it has there, and the example receipt of the CCF documentation. */
static const char member_cert[] = "-----BEGIN CERTIFICATE-----\r\n"
                                  "MIIBtTCCATygAwIBAgIUY9SYtDL/Y4p/a4UNYmZ7knaJz9cwCgYIKoZIzj0EAwMw\r\n"
                                  "EjEQMA4GA1UEAwwHbWVtYmVyMDAeFw0yNDAxMjkxMzAyMzlaFw0yNTAxMjgxMzAy\r\n"
                                  "MzlaMBIxEDAOBgNVBAMMB21lbWJlcjAwdjAQBgcqhkjOPQIBBgUrgQQAIgNiAAQk\r\n"
                                  "iEE7/6+NF7C4kRmzeMZz5lbDB+LQlhE/gaipklIZtbkqztDZDTSm2rgKwxNy0XE3\r\n"
                                  "zj1IuZz/RLJAZvHlZRAm96Gq05IXZFamkV7yZlyg9Pi2Hr2jaAsK30UXWOhCvZWj\r\n"
                                  "UzBRMB0GA1UdDgQWBBTJjVBo2fhr0Ie40JMqw9x9KoB35jAfBgNVHSMEGDAWgBTJ\r\n"
                                  "jVBo2fhr0Ie40JMqw9x9KoB35jAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMD\r\n"
                                  "A2cAMGQCMHOW9fMpRal+3pUU8vwI9y/X91lbIp/3m9Vx24NssbwH94j+k5tyV3aG\r\n"
                                  "z7cDBnG38gIwOGlb7Efd1DjkyjS5pDZNhizEW2CSLBVO+1ZvR1YfRPqLNRMky3G/\r\n"
                                  "jt8Wz5K3zJOd\r\n"
                                  "-----END CERTIFICATE-----\r\n";
static const char member_id[] = "373d3aecb922fc7938c73b8cbef9989bf91c282e621cb8b9598b8ba7f7292820";
static const char state_digest_message[] = "d2845881a4013822045840333733643361656362393232666337393338633733"
                                           "6238636265663939383962663931633238326536323163623862393539386238"
                                           "6261376637323932383230706363662e676f762e6d73672e747970656c737461"
                                           "74655f646967657374766363662e676f762e6d73672e637265617465645f6174"
                                           "1a6553f100a0405860c882de522dbd10d749689a9a5091e012272e1c498b6f0d"
                                           "adcb31141d3807e3baae570ba91b094e1805f6c2c6013fabd7df38a16dd146aa"
                                           "e8024fbab9d858721cca03ed293b1fe1ca82ca31ed779e84e891177caabc968d"
                                           "d86cba0ed393d81fc0";
static const char receipt_cert[] = "-----BEGIN CERTIFICATE-----\\n"
                                   "MIIBzzCCAVWgAwIBAgIRANoNTgf6hwugwIZgb/vrSXcwCgYIKoZIzj0EAwMwFjEU\\n"
                                   "MBIGA1UEAwwLQ0NGIE5ldHdvcmswHhcNMjIwNDI1MTUwMTMzWhcNMjIwNDI2MTUw\\n"
                                   "MTMyWjATMREwDwYDVQQDDAhDQ0YgTm9kZTB2MBAGByqGSM49AgEGBSuBBAAiA2IA\\n"
                                   "BCbH0j1tcyHeyBVxThuzwyk6IesLFe6CXBqOYBbEvrLCrdR+wj400UR0xWBcVroY\\n"
                                   "8GqF+tLS8YQPt+kepG82lZuRjAbaBn2BL8g6cdKGOew5fo9LCL9+NlH+W6bz83E/\\n"
                                   "Z6NqMGgwCQYDVR0TBAIwADAdBgNVHQ4EFgQUlMCr5/1LIzGegZPJfHwzFl5GCwUw\\n"
                                   "HwYDVR0jBBgwFoAUuzKYZ+UZum8NaytcWRfirw8TA+MwGwYDVR0RBBQwEocEfwAA\\n"
                                   "AYcEf7i1MYcEfwAAAjAKBggqhkjOPQQDAwNoADBlAjEAyLPRWCR4Nn0Z3q/1rKCc\\n"
                                   "ppiSwPrMQ/asHoUAUgmnAGkxgJ6A8iGJXa/WFal/PDtdAjBfp+AIkuVcBjmWfLxF\\n"
                                   "MKN7njz6Q9m10APn+KigsvS4aIRbHZHbYTkAOyFEdipm5gA=\\n"
                                   "-----END CERTIFICATE-----\\n";
static const char receipt_rest[] =
    "\"leaf_components\":{\"claims_digest\":\"0000000000000000000000000000000000000000000000000000000000000000\","
    "\"commit_evidence\":\"ce:2.500:a4e526cef8d1155e8a8c5f4c0dd8d1220c924cea620e1cc737c4039c8abc8d6b\","
    "\"write_set_digest\":\"56f1f53e61a80606fec984cbfadaf833b3bb2e68f464f3b7c641e163fcb1f647\"},"
    "\"node_id\":\"c0718b67b986748d074a293201fa2f9bc3a29e07d204ccc24167afdc59bdf0c3\","
    "\"proof\":[{\"left\":\"26e7edf1065e23a387b8d6fd3743b4885aae1919c4c347d73b792e3e77b57695\"},"
    "{\"left\":\"76c79df9146479c0aebdd51f228e1d304d60f382f61571a729f2fba7d93ce2a7\"},"
    "{\"left\":\"6b54d109e3f474f9f546d5d462de40440ca335b133d3899c228532fcc535e732\"},"
    "{\"left\":\"bf3e529174209df204342224fc39ffee68189c30db03e53ba1d4baa053e02471\"},"
    "{\"left\":\"740dcdb82afe5f2b311056c96bd6afcc1b571e1cdb8e918bfe24eda48213eb1a\"},"
    "{\"left\":\"05efd90dfd3bf86a3efa185c6a869342cb0d9af4dd92256d37dc826b86e99684\"}],"
    "\"signature\":\"MGYCMQCI1yY5xhGNFXyKjO6mFhxZCjAsuTsquO1agIzKkxh/Uf9Em+P7AwnxuQ2uC7WU++QCMQCSzpE9k8xkSku5BlkUelDP"
    "BHxLuokLIpKAyn73HXtXiz+zXOVWIZkYftUEoQ31pG0=\"";

static GBytes *
bytes_of (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static char *
digest_hex (GChecksumType type, GBytes *bytes)
{
  return g_compute_checksum_for_bytes (type, bytes);
}

/* --- keys and certificates --- */

static void
test_member_vector (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509) cert = cose_cert_from_pem (member_cert, -1, "the certificate", &error);
  g_assert_no_error (error);
  g_autofree char *id = cose_cert_id (cert);
  g_assert_cmpstr (id, ==, member_id);
  g_autofree char *name = cose_cert_common_name (cert);
  g_assert_cmpstr (name, ==, "member0");
  g_autoptr (GBytes) der = cose_cert_to_der (cert);
  g_assert_cmpuint (g_bytes_get_size (der), ==, 441);
  g_autoptr (EVP_PKEY) key = cose_cert_key (cert, &error);
  g_autofree char *algorithm = cose_key_algorithm (key);
  g_assert_cmpstr (algorithm, ==, "P-384");
  g_assert_true (cose_cert_signed_by (cert, key));
  g_assert_false (cose_cert_check_time (cert, 1900000000, "The certificate", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

static void
test_key_forms (void)
{
  const CoseKeyType types[] = { COSE_KEY_P256, COSE_KEY_P384, COSE_KEY_P521, COSE_KEY_RSA_2048 };
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EVP_PKEY) key = cose_key_new (types[i], &error);
    g_autoptr (GBytes) der = cose_key_private_der (key);
    g_auto (CrSecretText) pem = cose_key_private_pem (key);
    g_autofree char *public_pem = cose_key_public_pem (key);
    g_autofree char *trimmed = cose_key_public_pem_trimmed (key);
    g_assert_true (g_str_has_suffix (trimmed, "-----END PUBLIC KEY-----"));
    g_autoptr (EVP_PKEY) a = cose_key_from_private_der (der, "x", &error);
    g_assert_no_error (error);
    /* The shape of key generators: a parameters block first, CRLF line ends. */
    g_autofree char *joined =
        g_strconcat ("-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n", pem, NULL);
    g_auto (GStrv) lines = g_strsplit (joined, "\n", -1);
    g_autofree char *crlf = g_strjoinv ("\r\n", lines);
    g_autoptr (EVP_PKEY) b = cose_key_from_private_pem (crlf, -1, "x", &error);
    g_assert_no_error (error);
    g_autoptr (EVP_PKEY) c = cose_key_from_public_pem (public_pem, -1, "x", &error);
    g_autoptr (EVP_PKEY) e = cose_key_from_public_pem (trimmed, -1, "x", &error);
    g_assert_no_error (error);
    g_assert_true (cose_key_equal (key, a) && cose_key_equal (key, b) && cose_key_equal (key, c)
                   && cose_key_equal (key, e));
  }
}

static void
test_bad_pem (void)
{
  g_autofree char *huge = g_strnfill (COSE_PEM_MAX_BYTES + 1, 'A');
  g_autofree char *cut = g_strndup (member_cert, 300);
  g_autofree char *flipped = g_strdup (member_cert);
  flipped[60] = '*';
  const char *cases[] = {
    "",
    "hello",
    huge,
    cut,
    flipped,
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *errors[4] = { NULL, NULL, NULL, NULL };
    g_assert_null (cose_cert_from_pem (cases[i], -1, "The file", &errors[0]));
    g_assert_null (cose_certs_from_pem (cases[i], -1, "The file", &errors[1]));
    g_assert_null (cose_key_from_private_pem (cases[i], -1, "The file", &errors[2]));
    g_assert_null (cose_key_from_public_pem (cases[i], -1, "The file", &errors[3]));
    for (guint j = 0; j < 4; j++) {
      g_assert_error (errors[j], CR_ERROR, CR_ERROR_INPUT);
      g_clear_error (&errors[j]);
    }
  }
  /* A good block and then a damaged one is not a shorter list. */
  g_autoptr (GError) error = NULL;
  g_autofree char *two = g_strconcat (member_cert, cut, NULL);
  g_assert_null (cose_certs_from_pem (two, -1, "The file", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_autofree char *both = g_strconcat (member_cert, member_cert, NULL);
  g_autoptr (GPtrArray) list = cose_certs_from_pem (both, -1, "The file", NULL);
  g_assert_cmpuint (list->len, ==, 2);
}

static gboolean
has_extension (X509 *cert, int nid, gboolean critical)
{
  int index = X509_get_ext_by_NID (cert, nid, -1);
  return index >= 0 && X509_EXTENSION_get_critical (X509_get_ext (cert, index)) == critical;
}

static void
test_member_certificate (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, &error);
  g_autoptr (X509) cert = cose_cert_new_member ("ccfoperator", key, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (X509_get_signature_nid (cert), ==, NID_ecdsa_with_SHA384);
  g_assert_cmpint (X509_get_serialNumber (cert)->length, ==, 20);
  g_assert_cmpint (X509_get_ext_count (cert), ==, 3);
  g_assert_true (has_extension (cert, NID_subject_key_identifier, FALSE));
  g_assert_true (has_extension (cert, NID_authority_key_identifier, FALSE));
  g_assert_true (has_extension (cert, NID_basic_constraints, TRUE));
  g_assert_cmpint (X509_check_ca (cert), ==, 1);
  g_assert_true (cose_cert_signed_by (cert, key));
  g_assert_cmpint (cose_cert_not_after (cert) - cose_cert_not_before (cert), ==, 365 * 86400);
  const X509_NAME *subject = X509_get_subject_name (cert);
  g_assert_cmpint (X509_NAME_cmp (subject, X509_get_issuer_name (cert)), ==, 0);
  g_assert_cmpint (X509_NAME_entry_count (subject), ==, 1);
  g_assert_cmpint (ASN1_STRING_type (X509_NAME_ENTRY_get_data (X509_NAME_get_entry (subject, 0))), ==,
                   V_ASN1_UTF8STRING);
  g_autoptr (EVP_PKEY) small = cose_key_new (COSE_KEY_P256, &error);
  g_autoptr (X509) second = cose_cert_new_member ("m", small, 0, &error);
  g_assert_cmpint (X509_get_signature_nid (second), ==, NID_ecdsa_with_SHA256);
  g_assert_null (cose_cert_new_member ("", key, 0, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

static void
test_issue_chain (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) root_key = cose_key_new (COSE_KEY_RSA_2048, &error);
  g_autoptr (EVP_PKEY) leaf_key = cose_key_new (COSE_KEY_P256, &error);
  CoseCertRequest root_request = { .common_name = "Root", .ca = TRUE, .path_length = 0, .key = root_key };
  g_autoptr (X509) root = cose_cert_issue (&root_request, &error);
  g_assert_no_error (error);
  const char *dns[] = { "localhost", NULL }, *ip[] = { "127.0.0.1", "::1", NULL };
  CoseCertRequest request = { .common_name = "node",
                              .dns = dns,
                              .ip = ip,
                              .days = 1,
                              .server = TRUE,
                              .key = leaf_key,
                              .issuer = root,
                              .issuer_key = root_key };
  g_autoptr (X509) leaf = cose_cert_issue (&request, &error);
  g_assert_no_error (error);
  g_assert_true (cose_cert_matches_host (leaf, "localhost") && cose_cert_matches_host (leaf, "127.0.0.1")
                 && cose_cert_matches_host (leaf, "::1"));
  g_assert_false (cose_cert_matches_host (leaf, "node") || cose_cert_matches_host (leaf, "127.0.0.2"));
  g_autoptr (GPtrArray) anchors = g_ptr_array_new ();
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  g_ptr_array_add (anchors, root);
  gint64 now = cr_now_seconds ();
  g_assert_true (cose_cert_verify_chain (leaf, NULL, anchors, now, &error));
  g_assert_false (cose_cert_verify_chain (leaf, NULL, anchors, now + 2 * 86400, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_true (cose_cert_verify_chain (leaf, NULL, anchors, 0, &error));
  g_autoptr (X509) foreign = cose_cert_new_member ("Root", leaf_key, 0, &error);
  g_ptr_array_add (others, foreign);
  g_assert_false (cose_cert_verify_chain (leaf, NULL, others, now, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  const char *bad_ip[] = { "not an address", NULL };
  request.ip = bad_ip;
  g_assert_null (cose_cert_issue (&request, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

/* --- COSE --- */

static void
test_state_digest_vector (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = cr_hex_decode (state_digest_message, &error);
  g_assert_cmpuint (g_bytes_get_size (message), ==, 233);
  g_autofree char *digest = digest_hex (G_CHECKSUM_SHA256, message);
  g_assert_cmpstr (digest, ==, "ec6d4c67a2f82b64db403e6ad758e0429d17620c7fd5d81054be1e1450ce2cb0");
  g_autoptr (CoseSign1) parsed = cose_sign1_parse (message, &error);
  g_assert_no_error (error);
  g_assert_cmpint (parsed->algorithm, ==, COSE_ALG_ES384);
  g_assert_cmpstr (parsed->kid, ==, member_id);
  g_assert_cmpstr (parsed->type, ==, "state_digest");
  g_assert_cmpint (parsed->created_at, ==, 1700000000);
  g_assert_null (parsed->proposal_id);
  g_assert_cmpuint (g_bytes_get_size (parsed->payload), ==, 0);
  g_autoptr (X509) cert = cose_cert_from_pem (member_cert, -1, "x", &error);
  g_assert_true (cose_sign1_verify_cert (parsed, cert, &error));
  /* The parts make the same message again. */
  g_autoptr (GBytes) again = cose_sign1_finish (parsed->protected_bytes, NULL, parsed->signature, &error);
  g_assert_true (g_bytes_equal (again, message));
}

static void
test_to_be_signed_vectors (void)
{
  static const char accept_ballot[] =
      "{\"ballot\":\"export function vote (proposal, proposerId) { return true }\"}";
  static const struct {
    const char *type, *proposal, *payload, *digest;
    gsize protected_size;
  } cases[] = {
    { "state_digest", NULL, "",
      "c24a26fa85f60119114ce49f26ccd54dfe20cc3fbddb7103961323f64343af5eb653c3c745b56f86ed514f5ece42d8cd",
      129 },
    { "proposal", NULL, "{\"actions\":[{\"name\":\"trigger_snapshot\"}]}",
      "f565980ade921ffdbe3a86e34b8319fe8ea2a0849f9e6fd558300888f2f60ac7678466e756d96c7cbe3ab92dd880fd22",
      125 },
    { "ballot", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", accept_ballot,
      "220b85922db8a3739eda2ba5299a9e651b5b18f497696a5bb6934dccd4cd087293aa4a510cb212b7ef71c6d2ed85ba93",
      213 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    CoseHeader header = {
      .kid = member_id, .type = cases[i].type, .created_at = 1700000000, .proposal_id = cases[i].proposal
    };
    g_autoptr (GBytes) protected_bytes = cose_sign1_protected (&header, COSE_ALG_ES384, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_bytes_get_size (protected_bytes), ==, cases[i].protected_size);
    g_autoptr (GBytes) payload = bytes_of (cases[i].payload);
    g_autoptr (GBytes) signed_bytes = cose_sign1_to_be_signed (protected_bytes, payload);
    g_autofree char *digest = digest_hex (G_CHECKSUM_SHA384, signed_bytes);
    g_assert_cmpstr (digest, ==, cases[i].digest);
  }
}

static void
test_sign_all_curves (void)
{
  const CoseKeyType types[] = { COSE_KEY_P256, COSE_KEY_P384, COSE_KEY_P521 };
  const gint64 algorithms[] = { COSE_ALG_ES256, COSE_ALG_ES384, COSE_ALG_ES512 };
  g_autoptr (GBytes) payload = bytes_of ("{\"x\":1}");
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EVP_PKEY) key = cose_key_new (types[i], &error);
    g_autoptr (EVP_PKEY) other = cose_key_new (types[(i + 1) % 3], &error);
    g_autoptr (EVP_PKEY) twin = cose_key_new (types[i], &error);
    CoseHeader header = { .labels = COSE_LABELS_RECOVERY,
                          .kid = member_id,
                          .type = "generate_member",
                          .created_at = G_GINT64_CONSTANT (5000000000) };
    /* Many times: about one signature in 128 has a short half. */
    for (int j = 0; j < 150; j++) {
      g_autoptr (GBytes) message = cose_sign1_sign (&header, payload, key, &error);
      g_assert_no_error (error);
      g_autoptr (CoseSign1) parsed = cose_sign1_parse (message, &error);
      g_assert_cmpint (parsed->algorithm, ==, algorithms[i]);
      g_assert_cmpint (parsed->created_at, ==, G_GINT64_CONSTANT (5000000000));
      g_assert_cmpstr (parsed->labels, ==, COSE_LABELS_RECOVERY);
      if (j > 0)
        continue;
      g_assert_false (cose_sign1_verify (parsed, other, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
      g_clear_error (&error);
      g_assert_false (cose_sign1_verify (parsed, twin, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
      g_clear_error (&error);
    }
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) rsa = cose_key_new (COSE_KEY_RSA_2048, NULL);
  CoseHeader header = { .kid = member_id, .type = "proposal" };
  g_assert_null (cose_sign1_sign (&header, payload, rsa, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

static void
test_bad_headers (void)
{
  const CoseHeader cases[] = {
    { .kid = NULL, .type = "proposal" },
    { .kid = "373D3AECB922FC7938C73B8CBEF9989BF91C282E621CB8B9598B8BA7F7292820", .type = "proposal" },
    { .kid = "abc", .type = "proposal" },
    { .kid = member_id, .type = "" },
    { .kid = member_id, .type = "proposal", .created_at = -1 },
    { .kid = member_id, .type = "ballot" },
    { .kid = member_id, .type = "withdrawal" },
    { .kid = member_id, .type = "ballot", .proposal_id = "short" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (cose_sign1_protected (&cases[i], COSE_ALG_ES384, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
}

/* HEX with the parts "P" (protected map in hex, wrapped as a byte string) and "S" (a 96-byte signature)
 * filled in. */
static GBytes *
compose (const char *form, const char *map)
{
  GString *hex = g_string_new (NULL);
  for (const char *c = form; *c != '\0'; c++) {
    if (*c == 'P')
      g_string_append_printf (hex, "59%04x%s", (unsigned) strlen (map) / 2, map);
    else if (*c == 'S') {
      g_string_append (hex, "5860");
      for (int i = 0; i < 96; i++)
        g_string_append (hex, "11");
    } else if (*c != ' ')
      g_string_append_c (hex, *c);
  }
  GBytes *bytes = cr_hex_decode (hex->str, NULL);
  g_assert_nonnull (bytes);
  g_string_free (hex, TRUE);
  return bytes;
}

#define TYPE "706363662e676f762e6d73672e74797065"                /* "ccf.gov.msg.type" */
#define CREATED "766363662e676f762e6d73672e637265617465645f6174" /* "ccf.gov.msg.created_at" */
#define RECOVERY_TYPE                                                                                        \
  "75"                                                                                                       \
  "6363662e7265636f766572792e6d73672e74797065"
static const char good_map[] = "a4 013822 04427878 " TYPE "6161 " CREATED "01";

static char *
no_spaces (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);
  return g_strjoinv ("", parts);
}

static void
test_parse_tables (void)
{
  /* Another order, unknown labels of every kind, other lengths of heads: taken. */
  static const char *const good[] = {
    "a4 013822 04427878 " TYPE "6161 " CREATED "01",
    "a4 " CREATED "01 " TYPE "6161 04427878 013822",
    "a7 1882f5 013822 20a16161fb3ff0000000000000 6161c11a00000000 04427878 " TYPE "6161 " CREATED "01",
    "a1 01390022",
    "a2 013822 " RECOVERY_TYPE "6161",
  };
  static const char *const bad[] = {
    "",
    "a0",
    "80",
    "bf013822ff",
    "a2013822013822",
    "a1013823ff",
    "a1013903e7",
    "a101653c534554",
    "a101f6",
    "a2013822 047f6178ff",
    "a2013822 046178",
    "a2013822 04427800",
    "a2013822 0442ff78",
    "a2013822 " CREATED "20",
    "a2013822 " CREATED "6131",
    "a2013822 " CREATED "f93c00",
    "a2013822 " CREATED "1bffffffffffffffff",
    "a3013822 " TYPE "6161 " TYPE "6161",
    "a2013822 " TYPE "4161",
    "a3013822 " TYPE "6161 " RECOVERY_TYPE "6161",
    "a2013822 4161 01",
    "a2013822",
    "a3013822 04427878",
    "b90041013822",
    "a20138226161818181818181818181818180",
    "a2013822 6161 9b7fffffffffffffff",
    "a2013822 6161 bb8000000000000000",
    "a2013822 6161 5b7fffffffffffffff00",
  };
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *map = no_spaces (good[i]);
    g_autoptr (GBytes) bytes = compose ("d284 P a0 40 S", map);
    g_autoptr (CoseSign1) message = cose_sign1_parse (bytes, &error);
    g_assert_no_error (error);
    g_assert_cmpint (message->algorithm, ==, COSE_ALG_ES384);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *map = no_spaces (bad[i]);
    g_autoptr (GBytes) bytes = compose ("d284 P a0 40 S", map);
    g_autoptr (CoseSign1) message = cose_sign1_parse (bytes, &error);
    if (message != NULL)
      g_error ("the header %u was taken", i);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  static const char *const forms[] = {
    "84 P a0 40 S",
    "d184 P a0 40 S",
    "d8128 4 P a0 40",
    "d283 P a0 40",
    "d285 P a0 40 S 00",
    "d284 P a0 f6 S",
    "d284 P a0 60 S",
    "d284 P a0 40 S 00",
    "d284 P 80 40 S",
    "d284 P bfff 40 S",
    "d284 P a0 5f41784100ff S",
    "d29f P a0 40 S ff",
    "d284 P a1 01 40 S",
    "d284 P a0 40 5860",
    "d284 P a0 5b00000000ffffffff 00",
    "d284",
    "d2",
    "00",
    "d284 a0 a0 40 S",
  };
  g_autofree char *map = no_spaces (good_map);
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = compose (forms[i], map);
    g_autoptr (CoseSign1) message = cose_sign1_parse (bytes, &error);
    if (message != NULL)
      g_error ("the form %u was taken", i);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  /* A non-empty unprotected map is passed over. */
  g_autoptr (GBytes) fine = compose ("d284 P a1 04 43010203 40 S", map);
  g_autoptr (CoseSign1) message = cose_sign1_parse (fine, NULL);
  g_assert_nonnull (message);
  g_assert_cmpstr (message->kid, ==, "xx");
}

static void
test_truncated_and_flipped (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) message = cr_hex_decode (state_digest_message, &error);
  g_autoptr (X509) cert = cose_cert_from_pem (member_cert, -1, "x", &error);
  gsize length;
  const guint8 *data = g_bytes_get_data (message, &length);
  for (gsize i = 0; i < length; i++) {
    /* Own blocks of memory, so that a sanitizer sees a read behind the end. */
    g_autoptr (GBytes) cut = g_bytes_new (data, i);
    g_assert_null (cose_sign1_parse (cut, NULL));
    for (int bit = 0; bit < 8; bit++) {
      guint8 *copy = g_memdup2 (data, length);
      copy[i] ^= (guint8) (1 << bit);
      g_autoptr (GBytes) changed = g_bytes_new_take (copy, length);
      g_autoptr (CoseSign1) parsed = cose_sign1_parse (changed, NULL);
      g_assert_false (parsed != NULL && cose_sign1_verify_cert (parsed, cert, NULL));
    }
  }
  g_autofree guint8 *large = g_malloc0 (COSE_MAX_BYTES + 1);
  g_autoptr (GBytes) oversized = g_bytes_new (large, COSE_MAX_BYTES + 1);
  g_assert_null (cose_sign1_parse (oversized, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  /* Random bytes behind a plausible start. */
  for (int i = 0; i < 20000; i++) {
    guint8 noise[64] = { 0xd2, 0x84, 0x58, 0x20, 0xa4 };
    cr_random_bytes (noise + 5, sizeof noise - 5);
    g_autoptr (GBytes) bytes = g_bytes_new (noise, sizeof noise);
    g_autoptr (CoseSign1) parsed = cose_sign1_parse (bytes, NULL);
  }
}

static void
test_signature_forms (void)
{
  g_autoptr (GError) error = NULL;
  /* r with a leading zero byte, s with the top bit set. */
  guint8 raw[64] = { 0 };
  raw[1] = 0x7f;
  raw[32] = 0x80;
  g_autoptr (GBytes) der = cose_ecdsa_to_der (raw, sizeof raw, 32, &error);
  g_assert_no_error (error);
  g_autoptr (GBytes) back = cose_ecdsa_to_raw (g_bytes_get_data (der, NULL), g_bytes_get_size (der), 32,
                                               &error);
  g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), raw, sizeof raw);
  g_assert_null (cose_ecdsa_to_der (raw, 63, 32, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (cose_ecdsa_to_raw (g_bytes_get_data (der, NULL), g_bytes_get_size (der) - 1, 32, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (cose_ecdsa_to_raw (g_bytes_get_data (der, NULL), g_bytes_get_size (der), 16, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

/* --- plain signatures and wrapping --- */

static void
test_crypto (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, &error);
  g_autoptr (EVP_PKEY) other = cose_key_new (COSE_KEY_RSA_2048, &error);
  g_autoptr (GBytes) signature = cose_pss_sign (key, "data", 4, &error);
  g_assert_true (cose_pss_verify (key, "data", 4, signature, &error));
  g_assert_false (cose_pss_verify (key, "Data", 4, signature, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_false (cose_pss_verify (other, "data", 4, signature, NULL));
  const gsize lengths[] = { 1, 7, 8, 9, 16, 500, 4096 };
  guint8 plain[4096];
  cr_random_bytes (plain, sizeof plain);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autoptr (GBytes) wrapped = cose_kwp_wrap (key, plain, lengths[i], &error);
    g_assert_no_error (error);
    gsize size;
    const guint8 *data = g_bytes_get_data (wrapped, &size);
    g_assert_cmpuint (size, ==, 256 + (lengths[i] + 7) / 8 * 8 + 8);
    g_autoptr (GBytes) back = cose_kwp_unwrap (key, data, size, &error);
    g_assert_no_error (error);
    g_assert_cmpmem (g_bytes_get_data (back, NULL), g_bytes_get_size (back), plain, lengths[i]);
    g_assert_null (cose_kwp_unwrap (other, data, size, NULL));
    for (gsize at = 256; at < size && at < 300; at++) {
      g_autofree guint8 *damaged = g_memdup2 (data, size);
      damaged[at] ^= 1;
      g_assert_null (cose_kwp_unwrap (key, damaged, size, NULL));
    }
    g_assert_null (cose_kwp_unwrap (key, data, size - 8, NULL));
    g_assert_null (cose_kwp_unwrap (key, data, 255, NULL));
  }
  g_assert_null (cose_kwp_wrap (key, plain, 0, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_autoptr (EVP_PKEY) ec = cose_key_new (COSE_KEY_P384, NULL);
  g_assert_null (cose_oaep_encrypt (ec, "x", 1, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
}

/* --- receipts --- */

static json_t *
example_receipt (void)
{
  g_autofree char *text = g_strdup_printf ("{\"cert\":\"%s\",%s}", receipt_cert, receipt_rest);
  json_t *receipt = json_loads (text, 0, NULL);
  g_assert_nonnull (receipt);
  return receipt;
}

static void
test_receipt_vector (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) document = example_receipt ();
  g_autoptr (CoseReceipt) receipt = cose_receipt_open (document, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (receipt->transaction_id, ==, "2.500");
  g_assert_cmpstr (receipt->node_id, ==, "c0718b67b986748d074a293201fa2f9bc3a29e07d204ccc24167afdc59bdf0c3");
  g_assert_cmpstr (receipt->leaf, ==, "11de613bc00e4aa1a919bd1f22d2c15542acf4356bfe97abc9427834b2a54832");
  g_assert_cmpstr (receipt->root, ==, "15f24788c7ec4ce792deccf4fcd7e28992e154f37ecdd96ea1ecd16199f32ae0");
  /* Another service did not endorse it. */
  g_autoptr (X509) service = cose_cert_from_pem (member_cert, -1, "x", &error);
  g_assert_false (cose_receipt_check_service (receipt, service, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
}

/* Change one member of the document, given by a path of up to three keys, and expect CODE. */
static void
expect_refused (const char *outer, gsize index, const char *inner, json_t *value, int code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) document = example_receipt ();
  json_t *target = inner == NULL ? document : json_object_get (document, outer);
  if (json_is_array (target))
    target = json_array_get (target, index);
  const char *key = inner == NULL ? outer : inner;
  if (value == NULL)
    json_object_del (target, key);
  else
    json_object_set_new (target, key, value);
  g_autoptr (CoseReceipt) receipt = cose_receipt_open (document, &error);
  g_assert_null (receipt);
  g_assert_error (error, CR_ERROR, code);
}

static void
test_receipt_changed (void)
{
  const char *zeros = "0000000000000000000000000000000000000000000000000000000000000000";
  const char *ones = "1111111111111111111111111111111111111111111111111111111111111111";
  expect_refused ("leaf_components", 0, "claims_digest", json_string (ones), CR_ERROR_REFUSED);
  expect_refused ("leaf_components", 0, "write_set_digest", json_string (zeros), CR_ERROR_REFUSED);
  expect_refused ("leaf_components", 0, "commit_evidence",
                  json_string ("ce:2.501:a4e526cef8d1155e8a8c5f4c0dd8d1220c924cea620e1cc737c4039c8abc8d6b"),
                  CR_ERROR_REFUSED);
  expect_refused ("proof", 2, "left", json_string (zeros), CR_ERROR_REFUSED);
  expect_refused ("node_id", 0, NULL, json_string (zeros), CR_ERROR_REFUSED);
  expect_refused ("proof", 0, NULL, json_array (), CR_ERROR_REFUSED);
  expect_refused ("leaf_components", 0, NULL, NULL, CR_ERROR_INPUT);
  expect_refused ("leaf_components", 0, "claims_digest", NULL, CR_ERROR_INPUT);
  expect_refused ("leaf_components", 0, "commit_evidence", json_string ("ce:2.500"), CR_ERROR_INPUT);
  expect_refused ("leaf_components", 0, "commit_evidence", json_integer (3), CR_ERROR_INPUT);
  expect_refused ("leaf_components", 0, "write_set_digest", json_string ("zz"), CR_ERROR_INPUT);
  expect_refused ("proof", 2, "right", json_string (zeros), CR_ERROR_INPUT);
  expect_refused ("proof", 0, NULL, json_string ("x"), CR_ERROR_INPUT);
  expect_refused ("cert", 0, NULL, json_string ("x"), CR_ERROR_INPUT);
  expect_refused ("signature", 0, NULL, json_string ("****"), CR_ERROR_INPUT);
  expect_refused ("signature", 0, NULL, json_string ("AAAA"), CR_ERROR_REFUSED);
  expect_refused ("service_endorsements", 0, NULL, json_string ("x"), CR_ERROR_INPUT);
  expect_refused ("service_endorsements", 0, NULL, json_pack ("[i]", 1), CR_ERROR_INPUT);
}

/* A receipt of a small service of our own, before and after a recovery. */
static void
test_receipt_endorsed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) old_key = cose_key_new (COSE_KEY_P384, &error);
  g_autoptr (EVP_PKEY) new_key = cose_key_new (COSE_KEY_P384, &error);
  g_autoptr (EVP_PKEY) node_key = cose_key_new (COSE_KEY_P384, &error);
  g_autoptr (X509) old_service = cose_cert_new_member ("CCF Service", old_key, 0, &error);
  g_autoptr (X509) new_service = cose_cert_new_member ("CCF Service", new_key, 0, &error);
  CoseCertRequest request = {
    .common_name = "CCF Node", .key = node_key, .issuer = old_service, .issuer_key = old_key
  };
  g_autoptr (X509) node = cose_cert_issue (&request, &error);
  CoseCertRequest endorsement = { .common_name = "CCF Service",
                                  .ca = TRUE,
                                  .path_length = -1,
                                  .key = old_key,
                                  .issuer = new_service,
                                  .issuer_key = new_key };
  g_autoptr (X509) endorsed = cose_cert_issue (&endorsement, &error);
  g_assert_no_error (error);

  guint8 zero[32] = { 0 }, claims[32], leaf[32], root[32];
  memset (claims, 7, sizeof claims);
  const char *evidence = "ce:2.18:1111111111111111111111111111111111111111111111111111111111111111";
  cose_receipt_leaf (zero, evidence, claims, leaf);
  cose_receipt_node (leaf, zero, root);
  g_autoptr (GBytes) signature = cose_receipt_sign_root (node_key, root, &error);
  g_assert_no_error (error);
  g_autofree char *signature_text = cr_base64_bytes (signature);
  g_autofree char *claims_hex = cr_hex (claims, sizeof claims);
  g_autofree char *zero_hex = cr_hex (zero, sizeof zero);
  g_autofree char *node_pem = cose_cert_to_pem (node);
  g_autofree char *endorsed_pem = cose_cert_to_pem (endorsed);
  g_autofree char *node_id = cose_key_digest (node_key);
  g_autoptr (json_t) document = json_pack ("{s:{s:s,s:s,s:s},s:[{s:s}],s:s,s:s,s:s}", "leaf_components",
                                           "write_set_digest", zero_hex, "commit_evidence", evidence,
                                           "claims_digest", claims_hex, "proof", "right", zero_hex, "node_id",
                                           node_id, "cert", node_pem, "signature", signature_text);
  g_autoptr (CoseReceipt) first = cose_receipt_verify (document, old_service, "2.18", claims_hex, &error);
  g_assert_no_error (error);
  g_assert_null (cose_receipt_verify (document, old_service, "2.19", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_null (cose_receipt_verify (document, old_service, NULL, zero_hex, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_null (cose_receipt_verify (document, new_service, "2.18", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  json_object_set_new (document, "service_endorsements", json_pack ("[s]", endorsed_pem));
  g_autoptr (CoseReceipt) second = cose_receipt_verify (document, new_service, "2.18", NULL, &error);
  g_assert_no_error (error);
  g_assert_null (cose_receipt_verify (document, old_service, "2.18", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_clear_error (&error);
  /* A signature transaction has a leaf and no id. */
  g_autofree char *root_hex = cr_hex (root, sizeof root);
  json_object_del (document, "leaf_components");
  json_object_set_new (document, "leaf", json_string (root_hex));
  json_object_set_new (document, "proof", json_array ());
  g_autoptr (CoseReceipt) third = cose_receipt_verify (document, new_service, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (cose_receipt_verify (document, new_service, "2.18", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/x509/member-vector", test_member_vector);
  g_test_add_func ("/x509/key-forms", test_key_forms);
  g_test_add_func ("/x509/bad-pem", test_bad_pem);
  g_test_add_func ("/x509/member-certificate", test_member_certificate);
  g_test_add_func ("/x509/issue-chain", test_issue_chain);
  g_test_add_func ("/cose/state-digest-vector", test_state_digest_vector);
  g_test_add_func ("/cose/to-be-signed-vectors", test_to_be_signed_vectors);
  g_test_add_func ("/cose/sign-all-curves", test_sign_all_curves);
  g_test_add_func ("/cose/bad-headers", test_bad_headers);
  g_test_add_func ("/cose/parse-tables", test_parse_tables);
  g_test_add_func ("/cose/truncated-and-flipped", test_truncated_and_flipped);
  g_test_add_func ("/cose/signature-forms", test_signature_forms);
  g_test_add_func ("/crypto/pss-oaep-kwp", test_crypto);
  g_test_add_func ("/receipt/vector", test_receipt_vector);
  g_test_add_func ("/receipt/changed", test_receipt_changed);
  g_test_add_func ("/receipt/endorsed", test_receipt_endorsed);
  return g_test_run ();
}
