/* SPDX-License-Identifier: MIT
 * What the agent asks of the governance service, over TLS and with evidence (CGS attested calls).
 */
#include "sandbox/agent-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/x509.h"

#include <string.h>

#define ACTIVE_SECONDS (15 * 60)
#define TOKEN_SECONDS 300
#define CERTIFICATE_DAYS 90

/* POST or PUT BODY to PATH below the ledger's address. Gives the answer. */
static json_t *
call (Agent *agent, const char *method, const char *path, const char *bearer, const json_t *body,
      GError **error)
{
  g_autofree char *url = g_strconcat (agent->ccf_url, path, NULL);
  const HttpRequest request = { .method = method, .url = url, .bearer = bearer, .retry = HTTP_RETRY_AUTO };

  return http_call_json (NULL, agent->ccf, &request, body, NULL, error);
}

static json_t *
call_contract (Agent *agent, const char *method, const json_t *body, GError **error, const char *path)
{
  g_autofree char *whole = g_strconcat (agent->contract_path, path, NULL);

  return call (agent, method, whole, NULL, body, error);
}

static gboolean
recently_active (Agent *agent, const char *digest)
{
  gint64 *until;
  gboolean active;

  g_mutex_lock (&agent->lock);
  until = g_hash_table_lookup (agent->active, digest);
  active = until != NULL && *until > g_get_monotonic_time ();
  g_mutex_unlock (&agent->lock);
  return active;
}

static gboolean
is_old (gpointer key, gpointer value, gpointer data)
{
  (void) key;
  return *(const gint64 *) value <= *(const gint64 *) data;
}

static void
remember_active (Agent *agent, const char *digest)
{
  gint64 now = g_get_monotonic_time ();
  gint64 *until = g_new (gint64, 1);

  *until = now + ACTIVE_SECONDS * G_USEC_PER_SEC;
  g_mutex_lock (&agent->lock);
  g_hash_table_foreach_remove (agent->active, is_old, &now);
  g_hash_table_insert (agent->active, g_strdup (digest), until);
  g_mutex_unlock (&agent->lock);
}

gboolean
agent_user_active (Agent *agent, const char *token, gboolean cached, GError **error)
{
  g_autofree char *digest = cr_sha256_hex (token, strlen (token));
  g_autoptr (json_t) answer = NULL;

  if (cached && recently_active (agent, digest))
    return TRUE;
  answer = call (agent, "POST", "/app/users/identities/self/status", token, NULL, error);
  if (answer == NULL)
    return FALSE;
  if (!cr_json_peek_bool (answer, "active", FALSE))
    return agent_refuse (error, 403, "CallerNotAuthorized",
                         "User is not authorized to invoke this endpoint.");
  remember_active (agent, digest);
  return TRUE;
}

/* Members that have a recovery key now. Gives char*. */
static GPtrArray *
recovery_members (Agent *agent, GError **error)
{
  g_autoptr (json_t) answer = call (agent, "GET", "/gov/service/members?api-version=2024-07-01", NULL, NULL,
                                    error);
  json_t *members = answer != NULL ? cr_json_get_array (answer, "value", "the list of members", error) : NULL;
  GPtrArray *ids;
  json_t *member;
  gsize index;

  if (members == NULL)
    return NULL;
  ids = g_ptr_array_new_with_free_func (g_free);
  json_array_foreach (members, index, member)
    if (cr_json_peek_string (member, "publicEncryptionKey") != NULL
        && cr_json_peek_string (member, "memberId") != NULL)
      g_ptr_array_add (ids, g_strdup (cr_json_peek_string (member, "memberId")));
  return ids;
}

/* Entries of A that B lacks, joined by commas. Gives. */
static char *
difference (GPtrArray *a, GPtrArray *b)
{
  g_autoptr (GPtrArray) rest = g_ptr_array_new ();

  for (guint i = 0; i < a->len; i++)
    if (b == NULL || !g_ptr_array_find_with_equal_func (b, g_ptr_array_index (a, i), g_str_equal, NULL))
      g_ptr_array_add (rest, g_ptr_array_index (a, i));
  g_ptr_array_add (rest, NULL);
  return g_strjoinv (", ", (char **) rest->pdata);
}

gboolean
agent_check_recovery_members (Agent *agent, GError **error)
{
  g_autoptr (GPtrArray) present = recovery_members (agent, error);
  g_autofree char *missing = NULL, *extra = NULL, *expected = NULL;

  if (present == NULL)
    return FALSE;
  missing = difference (agent->recovery_members, present);
  extra = difference (present, agent->recovery_members);
  if (*missing == '\0' && *extra == '\0')
    return TRUE;
  expected = difference (agent->recovery_members, NULL);
  return agent_refuse (
      error, 409, "ConsortiumRecoveryMembershipMismatch",
      "Consortium recovery membership mismatch. Expected members: [%s]. Missing recovery members: "
      "[%s]. Extra recovery members: [%s].",
      expected, missing, extra);
}

json_t *
agent_document (Agent *agent, const char *id, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/userdocuments/accepted/%s", id);
  g_autoptr (json_t) body = attestation_client_encrypt_body (agent->attestation);
  g_autoptr (json_t) answer = call_contract (agent, "POST", body, error, path);
  g_autoptr (json_t) document = NULL;
  const char *contract;

  if (answer == NULL
      || (document = attestation_client_unwrap_json (agent->attestation, answer, error)) == NULL)
    return NULL;
  contract = cr_json_peek_string (document, "contractId");
  if (contract == NULL || *contract == '\0')
    agent_refuse (error, 400, "ContractIdMissing", "Document %s has no contract id.", id);
  else if (strcmp (contract, agent->contract_id) != 0)
    agent_refuse (error, 400, "ContractIdMismatch", "Document %s belongs to contract '%s', not to '%s'.", id,
                  contract, agent->contract_id);
  else if (json_object_get (document, "data") == NULL)
    agent_refuse (error, 400, "ContentEmpty", "Document %s has no content.", id);
  else
    return g_steal_pointer (&document);
  return NULL;
}

gboolean
agent_consent (Agent *agent, const char *id, const char *option, gboolean *enabled, json_t **reason,
               GError **error)
{
  g_autofree char *path = g_strdup_printf ("/userdocuments/%s/runtimeoptions/%s/status", id, option);
  g_autoptr (json_t) body = attestation_client_consent_body (agent->attestation);
  g_autoptr (json_t) answer = call_contract (agent, "POST", body, error, path);

  if (answer == NULL)
    return FALSE;
  *enabled = g_strcmp0 (cr_json_peek_string (answer, "status"), "enabled") == 0;
  *reason = *enabled ? NULL : json_incref (json_object_get (answer, "reason"));
  return TRUE;
}

gboolean
agent_audit (Agent *agent, const char *source, const char *message, GError **error)
{
  g_autoptr (json_t) data = json_object ();
  g_autoptr (json_t) body = NULL, answer = NULL;

  cr_json_set_string (data, "source", source);
  cr_json_set_string (data, "message", message);
  body = attestation_client_signed_body (agent->attestation, data, error);
  answer = body != NULL ? call_contract (agent, "PUT", body, error, "/events") : NULL;
  return answer != NULL;
}

CrSecretText
agent_assertion (Agent *agent, const char *subject, const char *tenant, const char *issuer, GError **error)
{
  gint64 now = cr_now_seconds ();
  g_autofree char *jti = cr_uuid_new ();
  g_autofree char *begin = g_strdup_printf ("%" G_GINT64_FORMAT, now);
  g_autofree char *end = g_strdup_printf ("%" G_GINT64_FORMAT, now + TOKEN_SECONDS);
  g_autofree char *query = http_form ("nbf", begin, "exp", end, "iat", begin, "jti", jti, "sub", subject,
                                      "tid", tenant, "aud", "api://AzureADTokenExchange", "iss", issuer,
                                      NULL);
  g_autofree char *path = g_strconcat ("/oauth/token?", query, NULL);
  g_autoptr (json_t) body = attestation_client_encrypt_body (agent->attestation);
  g_autoptr (json_t) answer = call_contract (agent, "POST", body, error, path);
  g_autoptr (GBytes) token = answer != NULL ? attestation_client_unwrap (agent->attestation, answer, error)
                                            : NULL;

  if (token == NULL)
    return NULL;
  return cr_secret_text_new (g_bytes_get_data (token, NULL), (gssize) g_bytes_get_size (token));
}

char *
agent_endorsed_certificate (Agent *agent, EVP_PKEY *key, GError **error)
{
  g_autoptr (json_t) data = json_object ();
  g_autoptr (json_t) body = NULL, answer = NULL, plain = NULL;
  g_autofree char *public_key = cose_key_public_pem (key);
  json_t *names = json_array ();

  json_array_append_new (names, json_string ("dNSName:localhost"));
  json_array_append_new (names, json_string ("iPAddress:127.0.0.1"));
  cr_json_set_string (data, "publicKey", public_key);
  cr_json_set_string (data, "subjectName", "CN=cleanroom-spark-analytics-agent");
  cr_json_set (data, "subjectAlternateNames", names);
  cr_json_set_int (data, "validityPeriodDays", CERTIFICATE_DAYS);
  body = attestation_client_signed_body (agent->attestation, data, error);
  answer = body != NULL ? call_contract (agent, "POST", body, error, "/ca/generateEndorsedCert") : NULL;
  plain = answer != NULL ? attestation_client_unwrap_json (agent->attestation, answer, error) : NULL;
  return plain != NULL ? g_strdup (cr_json_get_string (plain, "cert", "the endorsed certificate", error))
                       : NULL;
}

CrSecretText
agent_secret (Agent *agent, const char *id, GError **error)
{
  g_autofree char *encoded = cr_percent_encode (id, NULL);
  g_autofree char *path = g_strconcat ("/secrets/", encoded, NULL);
  g_autoptr (json_t) body = attestation_client_encrypt_body (agent->attestation);
  g_autoptr (json_t) answer = call_contract (agent, "POST", body, error, path);
  g_autoptr (GBytes) plain = answer != NULL ? attestation_client_unwrap (agent->attestation, answer, error)
                                            : NULL;
  gsize length = 0;
  const char *text = plain != NULL ? g_bytes_get_data (plain, &length) : NULL;

  return text != NULL ? cr_secret_text_new (text, (gssize) length) : NULL;
}
