/* SPDX-License-Identifier: MIT
 * The certificate authority of a contract: its key, its certificate, and certificates for attested clean
 * rooms.
 */
#include "sandbox/cgs-common.h"

#include "base/clock.h"
#include "base/encode.h"
#include "cose/x509.h"

#include <string.h>

#define CA_NAME "CN=Azure Clean Room CA"
#define CA_DAYS 100
#define DAYS_MAX 36500
#define DAY_SECONDS 86400

static json_t *
ca_config (Store *store, const char *contract)
{
  return store_get_json (store, CGS_CA, contract);
}

static gboolean
ca_enabled (const json_t *config)
{
  return g_strcmp0 (cr_json_peek_string (config, "enabled"), "true") == 0;
}

/* --- Making certificates --- */

/* "CN=name,O=organisation"; a text without '=' is the common name. */
static gboolean
set_name (X509_NAME *name, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  for (guint i = 0; parts[i]; i++) {
    char *part = g_strstrip (parts[i]);
    char *equals = strchr (part, '=');
    const char *field = equals ? part : "CN";
    const char *value = equals ? equals + 1 : part;

    if (equals)
      *equals = 0;
    if (!X509_NAME_add_entry_by_txt (name, field, MBSTRING_UTF8, (const guint8 *) value, -1, -1, 0))
      return FALSE;
  }
  return X509_NAME_entry_count (name) > 0;
}

static gboolean
add_extension (X509 *certificate, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;

  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);

  g_autoptr (X509_EXTENSION) extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);

  return extension && X509_add_ext (certificate, extension, -1) == 1;
}

/* "dNSName:x" and "iPAddress:x" become entries of their kind; set one by one, so that no text can smuggle
 * others in. */
static gboolean
add_alternative_names (X509 *certificate, const json_t *names)
{
  GENERAL_NAMES *list = GENERAL_NAMES_new ();
  gboolean ok = list != NULL;
  gsize index;
  json_t *entry;

  json_array_foreach (names, index, entry) {
    const char *text = json_string_value (entry);
    gboolean ip = text && g_str_has_prefix (text, "iPAddress:");
    const char *value = text ? strchr (text, ':') : NULL;
    GENERAL_NAME *name;

    if (!ok || !value || (!ip && !g_str_has_prefix (text, "dNSName:"))) {
      ok = FALSE;
      break;
    }
    name = a2i_GENERAL_NAME (NULL, NULL, NULL, ip ? GEN_IPADD : GEN_DNS, value + 1, 0);
    ok = name && sk_GENERAL_NAME_push (list, name) > 0;
    if (!ok)
      GENERAL_NAME_free (name);
  }
  if (ok && sk_GENERAL_NAME_num (list) > 0)
    ok = X509_add1_ext_i2d (certificate, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT) == 1;
  GENERAL_NAMES_free (list);
  return ok;
}

/* The service starts validity a day back, adds a day, and counts the last second as valid. */
static gboolean
set_validity (X509 *certificate, guint days)
{
  gint64 start = cr_now_seconds () - DAY_SECONDS;
  gint64 end = start + (gint64) (days + 1) * DAY_SECONDS - 1;

  return ASN1_TIME_set (X509_getm_notBefore (certificate), (time_t) start)
         && ASN1_TIME_set (X509_getm_notAfter (certificate), (time_t) end);
}

static gboolean
set_serial (X509 *certificate)
{
  guint8 bytes[16];
  g_autoptr (BIGNUM) number = NULL;

  cr_random_bytes (bytes, sizeof bytes);
  bytes[0] &= 0x7f; /* positive */
  number = BN_bin2bn (bytes, sizeof bytes, NULL);
  return number && BN_to_ASN1_INTEGER (number, X509_get_serialNumber (certificate));
}

/* ISSUER NULL = the authority's own certificate. Gives; NULL when the request cannot be honoured. */
static X509 *
make_certificate (const char *subject, EVP_PKEY *key, const json_t *names, guint days, X509 *issuer,
                  EVP_PKEY *issuer_key)
{
  g_autoptr (X509) certificate = X509_new ();
  X509_NAME *name = certificate ? X509_get_subject_name (certificate) : NULL;

  if (!certificate || !X509_set_version (certificate, 2) || !set_serial (certificate)
      || !set_name (name, subject)
      || !X509_set_issuer_name (certificate, issuer ? X509_get_subject_name (issuer) : name)
      || !set_validity (certificate, days) || !X509_set_pubkey (certificate, key)
      || !add_extension (certificate, issuer ? issuer : certificate, NID_basic_constraints,
                         issuer ? "critical,CA:FALSE" : "critical,CA:TRUE,pathlen:0")
      || !add_extension (certificate, issuer ? issuer : certificate, NID_subject_key_identifier, "hash")
      || !add_extension (certificate, issuer ? issuer : certificate, NID_authority_key_identifier,
                         "keyid:always")
      || !add_alternative_names (certificate, names) || !X509_sign (certificate, issuer_key, EVP_sha384 ()))
    return NULL;
  return g_steal_pointer (&certificate);
}

/* --- Endpoints --- */

static gboolean
make_authority (CcfCall *call, const char *contract, const char *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P384, &error);
  g_autoptr (X509) certificate = key ? make_certificate (CA_NAME, key, NULL, CA_DAYS, NULL, key) : NULL;

  if (!certificate) {
    cgs_throw (call, "The certificate authority cannot be made: %s",
               error ? error->message : "no certificate");
    return FALSE;
  }

  g_autofree char *public_pem = cose_key_public_pem (key);
  g_auto (CrSecretText) private_pem = cose_key_private_pem (key);
  g_autofree char *certificate_pem = cose_cert_to_pem (certificate);
  g_autoptr (json_t) item = json_pack ("{ssssssss}", "requestId", request, "publicKey", public_pem,
                                       "privateKey", private_pem, "caCert", certificate_pem);

  store_put_json (call->store, CGS_CA_KEYS, contract, item);
  agent_ca_changed (call->sandbox);
  return TRUE;
}

char *
cgs_ca_public_key (Store *store, const char *contract)
{
  g_autoptr (json_t) key = store_get_json (store, CGS_CA_KEYS, contract);

  return g_strdup (cr_json_peek_string (key, "publicKey"));
}

void
app_ca_generate (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0);
  g_autoptr (json_t) config = ca_config (call->store, contract);
  g_autoptr (json_t) current = store_get_json (call->store, CGS_CA_KEYS, contract);
  const char *request = cr_json_peek_string (config, "requestId");

  if (!ca_enabled (config) || !request)
    cgs_error (call, 405, "CANotEnabled", "CA support has not been enabled for this contract.");
  else if ((current && g_strcmp0 (cr_json_peek_string (current, "requestId"), request) == 0)
           || make_authority (call, contract, request))
    cgs_answer (call, json_pack ("{ss}", "requestId", request));
}

/* Any holder of a valid token may read this: there is no caller check. */
void
app_ca_status (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0);
  g_autoptr (json_t) config = ca_config (call->store, contract);
  g_autoptr (json_t) key = store_get_json (call->store, CGS_CA_KEYS, contract);
  g_autoptr (GPtrArray) open = gov_open_proposals_with (call->store, "enable_ca", "contractId", contract);
  json_t *answer = json_pack ("{sbso}", "enabled", ca_enabled (config), "proposalIds", cgs_strings (open));

  cgs_copy (answer, "caCert", key);
  cgs_copy (answer, "publicKey", key);
  cgs_answer (call, answer);
}

static void
endorse (CcfCall *call, const json_t *body, const json_t *request, const json_t *authority)
{
  const char *subject = cr_json_peek_string (request, "subjectName");
  const char *public_pem = cr_json_peek_string (request, "publicKey");
  const char *ca_pem = cr_json_peek_string (authority, "caCert");
  const char *ca_key_pem = cr_json_peek_string (authority, "privateKey");
  gint64 days = cr_json_peek_int (request, "validityPeriodDays", 0);
  g_autoptr (EVP_PKEY) key = public_pem ? cose_key_from_public_pem (public_pem, -1, "the key", NULL) : NULL;
  g_autoptr (EVP_PKEY) ca_key = NULL;
  g_autoptr (X509) ca = ca_pem ? cose_cert_from_pem (ca_pem, -1, "the CA certificate", NULL) : NULL;
  g_autoptr (X509) certificate = NULL;

  if (ca_key_pem)
    ca_key = cose_key_from_private_pem (ca_key_pem, -1, "the CA key", NULL);
  if (subject && key && ca && ca_key && days > 0 && days <= DAYS_MAX)
    certificate = make_certificate (subject, key, json_object_get (request, "subjectAlternateNames"),
                                    (guint) days, ca, ca_key);
  if (!certificate) {
    cgs_throw (call, "The certificate cannot be made from this request");
    return;
  }

  g_autofree char *pem = cose_cert_to_pem (certificate);
  g_autoptr (json_t) answer = json_pack ("{ss}", "cert", pem);
  g_autofree char *text = cr_json_dump (answer);

  cgs_answer_wrapped (call, body, text);
}

void
app_ca_endorse (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0);
  CgsEvidence rule = { .contract = contract,
                       .bound_key = "encrypt",
                       .any_platform = TRUE,
                       .delegate_type = "ca",
                       .delegate_id = "endorsed-cert" };
  g_autoptr (json_t) body = cgs_body (call);

  if (!body || !cgs_need_attestation (call, body) || !cgs_need_encryption (call, body)
      || !cgs_check_evidence (call, body, &rule))
    return;

  g_autoptr (json_t) request = cgs_signed_json (call, body);
  g_autoptr (json_t) authority = store_get_json (call->store, CGS_CA_KEYS, contract);

  if (!request)
    return;
  if (authority)
    endorse (call, body, request, authority);
  else
    cgs_error (call, 404, "NoCASigningKey",
               "Cannot generate endorsed certificate as there is no CA signing key for this contract.");
}
