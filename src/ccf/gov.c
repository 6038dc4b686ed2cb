/* SPDX-License-Identifier: MIT
 * Service state and activation of the own membership (ccf.h; CCF governance API 2024-07-01).
 */
#include "ccf/ccf-private.h"

#include "base/encode.h"
#include "base/error.h"

static json_t *
gov_read (CrJob *job, CcfClient *client, const char *below, GError **error)
{
  g_autofree char *path = ccf_gov_path ("/gov/%s", below);
  return ccf_read (job, client, path, error);
}

json_t *
ccf_service_info (CrJob *job, CcfClient *client, GError **error)
{
  return gov_read (job, client, "service/info", error);
}

char *
ccf_constitution (CrJob *job, CcfClient *client, GError **error)
{
  g_autofree char *path = ccf_gov_path ("/gov/service/constitution");
  return ccf_read_text (job, client, path, error);
}

json_t *
ccf_jwk (CrJob *job, CcfClient *client, GError **error)
{
  return gov_read (job, client, "service/jwk", error);
}

json_t *
ccf_members_list (CrJob *job, CcfClient *client, GError **error)
{
  g_autofree char *path = ccf_gov_path ("/gov/service/members");
  return ccf_read_list (job, client, path, error);
}

json_t *
ccf_member_show (CrJob *job, CcfClient *client, const char *member_id, GError **error)
{
  if (!ccf_check_id (member_id, "The member id", error))
    return NULL;
  g_autofree char *path = ccf_gov_path ("/gov/service/members/%s", member_id);
  return ccf_read (job, client, path, error);
}

json_t *
ccf_join_policy (CrJob *job, CcfClient *client, GError **error)
{
  return gov_read (job, client, "service/join-policy", error);
}

json_t *
ccf_js_endpoints (CrJob *job, CcfClient *client, GError **error)
{
  return gov_read (job, client, "service/javascript-app?case=original", error);
}

json_t *
ccf_js_modules (CrJob *job, CcfClient *client, GError **error)
{
  g_autofree char *path = ccf_gov_path ("/gov/service/javascript-modules");
  g_autoptr (json_t) list = ccf_read_list (job, client, path, error);
  if (list == NULL)
    return NULL;
  g_autoptr (json_t) names = json_array ();
  gsize index;
  json_t *item;
  json_array_foreach (list, index, item) {
    const char *name = cr_json_get_string (item, "moduleName", "a module", error);
    if (name == NULL)
      return NULL;
    json_array_append_new (names, json_string (name));
  }
  return g_steal_pointer (&names);
}

char *
ccf_js_module (CrJob *job, CcfClient *client, const char *name, GError **error)
{
  /* The whole name is one path segment, slashes included. */
  g_autofree char *encoded = cr_percent_encode (name, NULL);
  g_autofree char *path = ccf_gov_path ("/gov/service/javascript-modules/%s", encoded);
  return ccf_read_text (job, client, path, error);
}

/* ---- Activation ---- */

static HttpResponse *
state_digest_call (CrJob *job, CcfClient *client, const char *verb, const char *type, GBytes *payload,
                   GError **error)
{
  CoseHeader header = { .type = type };
  g_autoptr (GBytes) message = member_identity_sign (client->identity, &header, payload, error);
  if (message == NULL)
    return NULL;
  g_autofree char *path = ccf_gov_path ("/gov/members/state-digests/%s:%s",
                                        member_identity_id (client->identity), verb);
  return ccf_post_cose (job, client, path, message, error);
}

/* Before the first ledger signature the update answers 500: ask again for a while. */
static HttpResponse *
state_digest_update (CrJob *job, CcfClient *client, GError **error)
{
  for (guint attempt = 0;; attempt++) {
    g_autoptr (GError) problem = NULL;
    HttpResponse *response = state_digest_call (job, client, "update", "state_digest", NULL, &problem);
    if (response != NULL)
      return response;
    if (cr_error_http_status (problem) != 500 || attempt == 20) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
    if (!cr_job_sleep (job, attempt < 3 ? 100 : 1000, error))
      return NULL;
  }
}

static gboolean
update_and_acknowledge (CrJob *job, CcfClient *client, GError **error)
{
  g_autoptr (HttpResponse) updated = state_digest_update (job, client, error);
  g_autoptr (json_t) digest = updated != NULL ? http_response_json (updated, error) : NULL;
  if (digest == NULL || cr_json_get_string (digest, "stateDigest", "the state digest", error) == NULL)
    return FALSE;
  g_autoptr (GBytes) payload = cr_json_dump_bytes (digest);
  g_autoptr (HttpResponse) acknowledged = state_digest_call (job, client, "ack", "ack", payload, error);
  return acknowledged != NULL && ccf_wait_response (job, client, acknowledged, error);
}

gboolean
ccf_member_activate (CrJob *job, CcfClient *client, GError **error)
{
  MemberIdentity *identity = ccf_need_member (client, error);
  if (identity == NULL)
    return FALSE;
  for (guint attempt = 0;; attempt++) {
    g_autoptr (json_t) member = ccf_member_show (job, client, member_identity_id (identity), error);
    if (member == NULL)
      return FALSE;
    if (g_strcmp0 (cr_json_peek_string (member, "status"), "Active") == 0)
      return TRUE;
    if (attempt == 10) {
      cr_set_error (error, CR_ERROR_RETRY, "Try again in a moment.",
                    "The member was acknowledged but does not show as active yet.");
      return FALSE;
    }
    if (attempt > 0 && !cr_job_sleep (job, 100 * attempt, error))
      return FALSE;
    g_autoptr (GError) problem = NULL;
    /* The digest is of the whole ledger: another write in between makes it stale, which is no failure. */
    if (!update_and_acknowledge (job, client, &problem)
        && !cr_error_is_remote (problem, "StateDigestMismatch")) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
}
