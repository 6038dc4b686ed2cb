/* SPDX-License-Identifier: MIT
 * Attested calls of a clean room (attested.h).
 */
#include "cgs/attested.h"

#include "base/encode.h"
#include "base/error.h"
#include "cgs/cgs-private.h"

#include <string.h>

/* POST the evidence with EXTRA (taken, may be NULL) beside it and open the answer. PATH as from cgs_path. */
static GBytes *
read_wrapped (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *path, json_t *extra,
              GError **error)
{
  g_autoptr (json_t) body = ccf_evidence_encrypt_body (evidence);
  g_autoptr (json_t) more = extra;
  if (more != NULL)
    json_object_update (body, more);
  g_autoptr (json_t) answer = path != NULL
                                  ? ccf_app_call (job, client, CCF_READ, "POST", path, body, NULL, error)
                                  : NULL;
  return answer != NULL ? ccf_evidence_unwrap (evidence, answer, error) : NULL;
}

/* PUT signed DATA. Gives the answer. */
static json_t *
put_signed (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *path, const json_t *data,
            GError **error)
{
  g_autoptr (json_t) body = path != NULL ? ccf_evidence_signed_body (evidence, data, error) : NULL;
  return body != NULL ? cgs_write (job, client, "PUT", path, body, error) : NULL;
}

/* KEY=VALUE, encoded so that the service reads back just VALUE. */
static void
add_query (GString *path, const char *key, const char *value)
{
  if (value == NULL)
    return;
  g_autofree char *encoded = cr_percent_encode (value, NULL);
  g_string_append_printf (path, "%s%s=%s", strchr (path->str, '?') != NULL ? "&" : "?", key, encoded);
}

/* The service decodes the query once and then splits it: these characters cannot be passed on. */
static gboolean
check_query (const char *value, const char *what, GError **error)
{
  if (value == NULL || strpbrk (value, "&=") == NULL)
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Leave out '&' and '='.",
                "%s holds a character that the service does not take: %s", what, value);
  return FALSE;
}

gboolean
cgs_attested_event (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *contract_id,
                    const char *id, const char *scope, const json_t *data, GError **error)
{
  g_autofree char *base = cgs_path (error, "/contracts/%s/events", contract_id);
  if (base == NULL || !check_query (id, "The id of the event", error)
      || !check_query (scope, "The scope of the event", error))
    return FALSE;
  g_autoptr (GString) path = g_string_new (base);
  add_query (path, "id", id);
  add_query (path, "scope", scope);
  g_autoptr (json_t) answer = put_signed (job, client, evidence, path->str, data, error);
  return answer != NULL;
}

char *
cgs_attested_secret_put (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *contract_id,
                         const char *name, const char *value, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/secrets/%s", contract_id, name);
  g_autoptr (json_t) data = cgs_args ("value", value);
  g_autoptr (json_t) answer = put_signed (job, client, evidence, path, data, error);
  return answer != NULL ? g_strdup (cr_json_get_string (answer, "secretId", "the stored secret", error))
                        : NULL;
}

GBytes *
cgs_attested_secret_get (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *contract_id,
                         const char *secret_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/secrets/%s", contract_id, secret_id);
  return read_wrapped (job, client, evidence, path, NULL, error);
}

gboolean
cgs_attested_delegate_put (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                           const char *contract_id, const char *delegate_type, const char *delegate_id,
                           const char *type, const char *policy_type, const json_t *claims, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/cleanroompolicy/delegates/%s/%s", contract_id,
                                    delegate_type, delegate_id);
  g_autoptr (json_t) data = cgs_args ("type", type);
  cr_json_set_string (data, "policyType", policy_type);
  cr_json_set (data, "claims", json_deep_copy (claims));
  g_autoptr (json_t) answer = put_signed (job, client, evidence, path, data, error);
  return answer != NULL;
}

GBytes *
cgs_attested_token (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *contract_id,
                    const CgsTokenRequest *request, GError **error)
{
  const struct {
    const char *name, *value;
  } claims[] = { { "nbf", request->nbf }, { "exp", request->exp }, { "iat", request->iat },
                 { "jti", request->jti }, { "sub", request->sub }, { "tid", request->tid },
                 { "aud", request->aud }, { "iss", request->iss } };
  g_autofree char *base = cgs_path (error, "/contracts/%s/oauth/token", contract_id);
  if (base == NULL)
    return NULL;
  g_autoptr (GString) path = g_string_new (base);
  for (gsize i = 0; i < G_N_ELEMENTS (claims); i++) {
    if (!check_query (claims[i].value, claims[i].name, error))
      return NULL;
    add_query (path, claims[i].name, claims[i].value);
  }
  return read_wrapped (job, client, evidence, path->str, NULL, error);
}

GBytes *
cgs_attested_sign (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *contract_id,
                   const void *data, gsize length, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/signing/sign", contract_id);
  g_autofree char *payload = cr_base64 (data, length);
  g_autoptr (GBytes) text = read_wrapped (job, client, evidence, path, cgs_args ("payload", payload), error);
  if (text == NULL)
    return NULL;
  g_autofree char *signature = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  return cr_base64_decode (signature, "the signature", error);
}

static json_t *
read_document (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *path, GError **error)
{
  g_autoptr (GBytes) text = read_wrapped (job, client, evidence, path, NULL, error);
  return text != NULL ? cr_json_parse_bytes (text, "the document", error) : NULL;
}

json_t *
cgs_attested_member_document (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                              const char *contract_id, const char *document_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/memberdocuments/accepted/%s", contract_id,
                                    document_id);
  return read_document (job, client, evidence, path, error);
}

json_t *
cgs_attested_user_document (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                            const char *contract_id, const char *document_id, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/userdocuments/accepted/%s", contract_id,
                                    document_id);
  return read_document (job, client, evidence, path, error);
}

char *
cgs_attested_certificate (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *contract_id,
                          const char *public_key_pem, const char *subject_name,
                          const char *const *alternative_names, guint days, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/ca/generateEndorsedCert", contract_id);
  g_autoptr (json_t) data = cgs_args ("publicKey", public_key_pem);
  cr_json_set_string (data, "subjectName", subject_name);
  json_t *names = json_array ();
  for (; alternative_names != NULL && *alternative_names != NULL; alternative_names++)
    json_array_append_new (names, json_string (*alternative_names));
  cr_json_set (data, "subjectAlternateNames", names);
  cr_json_set_int (data, "validityPeriodDays", days);
  g_autoptr (json_t) body = path != NULL ? ccf_evidence_signed_body (evidence, data, error) : NULL;
  g_autoptr (json_t) wrapped = body != NULL
                                   ? ccf_app_call (job, client, CCF_READ, "POST", path, body, NULL, error)
                                   : NULL;
  g_autoptr (GBytes) text = wrapped != NULL ? ccf_evidence_unwrap (evidence, wrapped, error) : NULL;
  g_autoptr (json_t) answer = text != NULL ? cr_json_parse_bytes (text, "the endorsed certificate", error)
                                           : NULL;
  return answer != NULL ? g_strdup (cr_json_get_string (answer, "cert", "the endorsed certificate", error))
                        : NULL;
}

static json_t *
check_consent (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *path, GError **error)
{
  g_autoptr (json_t) body = ccf_evidence_consent_body (evidence);
  return path != NULL ? ccf_app_call (job, client, CCF_READ, "POST", path, body, NULL, error) : NULL;
}

json_t *
cgs_attested_consent (CrJob *job, CcfClient *client, const CcfEvidence *evidence, const char *contract_id,
                      const char *option, GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/runtimeoptions/%s/status", contract_id, option);
  return check_consent (job, client, evidence, path, error);
}

json_t *
cgs_attested_document_consent (CrJob *job, CcfClient *client, const CcfEvidence *evidence,
                               const char *contract_id, const char *document_id, const char *option,
                               GError **error)
{
  g_autofree char *path = cgs_path (error, "/contracts/%s/userdocuments/%s/runtimeoptions/%s/status",
                                    contract_id, document_id, option);
  return check_consent (job, client, evidence, path, error);
}
