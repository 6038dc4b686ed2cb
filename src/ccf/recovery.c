/* SPDX-License-Identifier: MIT
 * Opening a recovered service and submitting shares (recovery.h).
 */
#include "ccf/recovery.h"

#include "ccf/ccf-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/secret.h"
#include "cose/x509.h"

#include <string.h>

#define FETCH_LIMIT_MS (60u * 1000)

/* Same key: a renewed certificate is as good. */
static gboolean
same_service (const char *first, const char *second)
{
  g_autoptr (X509) a = cose_cert_from_pem (first, -1, "a service certificate", NULL);
  g_autoptr (X509) b = cose_cert_from_pem (second, -1, "a service certificate", NULL);
  return a != NULL && b != NULL && cose_key_equal (X509_get0_pubkey (a), X509_get0_pubkey (b));
}

char *
ccf_recovery_fetch_certificate (CrJob *job, const char *endpoint, const char *previous_pem, GError **error)
{
  g_autofree char *pem = ccf_network_fetch_service_certificate (job, endpoint, FETCH_LIMIT_MS, error);
  if (pem == NULL || same_service (pem, previous_pem))
    return g_steal_pointer (&pem);
  g_autoptr (CcfClient) client = ccf_client_new (endpoint, pem, error);
  g_autoptr (json_t) answer = client != NULL
                                  ? ccf_read (job, client, "/node/service/previous_identity", error)
                                  : NULL;
  if (answer == NULL)
    return NULL;
  const char *named = cr_json_peek_string (answer, "previous_service_identity");
  if (named != NULL && same_service (named, previous_pem))
    return g_steal_pointer (&pem);
  cr_set_error (error, CR_ERROR_REFUSED,
                "Do not go on: ask the operator what changed, through another channel.",
                "The service at %s does not say that it continues the one that was trusted.", endpoint);
  return NULL;
}

json_t *
ccf_recovery_open (CrJob *job, CcfClient *client, const char *previous_pem, GError **error)
{
  g_autoptr (json_t) info = ccf_service_info (job, client, error);
  if (info == NULL)
    return NULL;
  if (g_strcmp0 (cr_json_peek_string (info, "status"), "Recovering") != 0)
    return g_steal_pointer (&info);
  g_autoptr (json_t) proposal = ccf_proposal_new ("transition_service_to_open",
                                                  json_pack ("{s:s,s:s}", "next_service_identity",
                                                             ccf_client_service_certificate (client),
                                                             "previous_service_identity", previous_pem));
  g_autoptr (json_t) result = ccf_propose_and_vote (job, client, proposal, error);
  if (result == NULL)
    return NULL;
  json_decref (g_steal_pointer (&info));
  return ccf_service_info (job, client, error);
}

/* The signed message with the opened share. Gives. */
static GBytes *
share_message (MemberIdentity *identity, const char *encrypted, GError **error)
{
  g_autoptr (GBytes) sealed = cr_base64_decode (encrypted, "the recovery share", error);
  g_autoptr (GBytes) share = sealed != NULL ? member_identity_decrypt_share (identity, sealed, error) : NULL;
  if (share == NULL)
    return NULL;
  char *text = cr_base64_bytes (share);
  char *body = g_strdup_printf ("{\"share\":\"%s\"}", text);
  g_autoptr (GBytes) payload = cr_secret_new (body, strlen (body));
  cr_wipe (text, strlen (text));
  cr_wipe (body, strlen (body));
  g_free (text);
  g_free (body);
  CoseHeader header = { .type = "recovery_share" };
  return member_identity_sign (identity, &header, payload, error);
}

json_t *
ccf_recovery_submit (CrJob *job, CcfClient *client, GError **error)
{
  MemberIdentity *identity = ccf_need_member (client, error);
  if (identity == NULL)
    return NULL;
  if (member_identity_encryption_pem (identity) == NULL) {
    cr_set_error (error, CR_ERROR_INPUT, "Act as a member that has one.",
                  "%s has no recovery key, so there is no share for it.", member_identity_name (identity));
    return NULL;
  }
  const char *id = member_identity_id (identity);
  g_autofree char *read_path = ccf_gov_path ("/gov/recovery/encrypted-shares/%s", id);
  g_autoptr (json_t) answer = ccf_read (job, client, read_path, error);
  const char *encrypted = answer != NULL
                              ? cr_json_get_string (answer, "encryptedShare", "the recovery share", error)
                              : NULL;
  g_autoptr (GBytes) message = encrypted != NULL ? share_message (identity, encrypted, error) : NULL;
  if (message == NULL)
    return NULL;
  g_autofree char *path = ccf_gov_path ("/gov/recovery/members/%s:recover", id);
  g_autoptr (HttpResponse) response = ccf_post_cose (job, client, path, message, error);
  if (response == NULL || !ccf_wait_response (job, client, response, error))
    return NULL;
  return http_response_json (response, error);
}
