/* SPDX-License-Identifier: MIT
 * Actions on token issuers and certificate bundles.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"

#include <string.h>

static const char *
text (const json_t *args, const char *field)
{
  return cr_json_peek_string (args, field);
}

static char *
validate_set_bundle (Store *store, const json_t *args)
{
  (void) store;
  char *problem = gov_check_type (args, "name", "string");
  return problem ? problem : gov_check_certificates (args, "cert_bundle");
}

static gboolean
apply_set_bundle (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                  const json_t *final_votes, GError **error)
{
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_put (store, MAP_BUNDLES, text (args, "name"), text (args, "cert_bundle"));
  ccf_key_refresh_mark (ccf_node_refresh (ccf_node (sandbox)));
  return TRUE;
}

static char *
validate_name (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_type (args, "name", "string");
}

static gboolean
apply_remove_bundle (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                     const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_delete (store, MAP_BUNDLES, text (args, "name"));
  return TRUE;
}

static char *
validate_refresh (const json_t *args)
{
  const char *issuer = text (args, "issuer");
  if (!cr_json_peek_bool (args, "auto_refresh", FALSE))
    return NULL;
  if (!text (args, "ca_cert_bundle_name"))
    return g_strdup ("ca_cert_bundle_name is missing but required if auto_refresh is true");
  if (!g_str_has_prefix (issuer, "https://"))
    return g_strdup ("issuer must be a URL starting with https:// if auto_refresh is true");
  if (strpbrk (issuer, "?#"))
    return g_strdup ("issuer must be a URL without query/fragment if auto_refresh is true");
  return NULL;
}

static char *
validate_set_issuer (Store *store, const json_t *args)
{
  static const char *const checks[][2] = { { "issuer", "string" },
                                           { "auto_refresh", "boolean?" },
                                           { "ca_cert_bundle_name", "string?" },
                                           { "jwks", "object?" } };
  (void) store;
  char *problem = NULL;
  for (guint i = 0; !problem && i < G_N_ELEMENTS (checks); i++)
    problem = gov_check_type (args, checks[i][0], checks[i][1]);
  const json_t *jwks = json_object_get (args, "jwks");
  if (!problem && jwks && !json_is_null (jwks))
    problem = gov_check_jwks (args, "jwks");
  return problem ? problem : validate_refresh (args);
}

static gboolean
apply_set_issuer (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                  const json_t *final_votes, GError **error)
{
  (void) proposal_id;
  (void) final_votes;
  gboolean refresh = cr_json_peek_bool (args, "auto_refresh", FALSE);
  const char *bundle = text (args, "ca_cert_bundle_name");
  if (refresh && !store_has (store, MAP_BUNDLES, bundle)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "No CA cert bundle found with name '%s'", bundle);
    return FALSE;
  }
  g_autoptr (json_t) record = json_object ();
  cr_json_set_bool (record, "auto_refresh", refresh);
  cr_json_set_string (record, "ca_cert_bundle_name", bundle);
  store_put_json (store, MAP_JWT_ISSUERS, text (args, "issuer"), record);
  if (refresh)
    ccf_key_refresh_mark (ccf_node_refresh (ccf_node (sandbox)));
  const json_t *jwks = json_object_get (args, "jwks");
  return !json_is_object (jwks) || ccf_jwt_set_keys (store, text (args, "issuer"), jwks, error);
}

static char *
validate_set_keys (Store *store, const json_t *args)
{
  (void) store;
  char *problem = gov_check_type (args, "issuer", "string");
  return problem ? problem : gov_check_jwks (args, "jwks");
}

static gboolean
apply_set_keys (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  const char *issuer = text (args, "issuer");
  if (!store_has (store, MAP_JWT_ISSUERS, issuer)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "issuer %s not found", issuer);
    return FALSE;
  }
  return ccf_jwt_set_keys (store, issuer, json_object_get (args, "jwks"), error);
}

static char *
validate_issuer (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_type (args, "issuer", "string");
}

static gboolean
apply_remove_issuer (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                     const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_delete (store, MAP_JWT_ISSUERS, text (args, "issuer"));
  ccf_jwt_remove_keys (store, text (args, "issuer"));
  return TRUE;
}

const GovAction gov_jwt_actions[] = {
  { "set_ca_cert_bundle", validate_set_bundle, apply_set_bundle },
  { "remove_ca_cert_bundle", validate_name, apply_remove_bundle },
  { "set_jwt_issuer", validate_set_issuer, apply_set_issuer },
  { "set_jwt_public_signing_keys", validate_set_keys, apply_set_keys },
  { "remove_jwt_issuer", validate_issuer, apply_remove_issuer },
  { NULL, NULL, NULL },
};
