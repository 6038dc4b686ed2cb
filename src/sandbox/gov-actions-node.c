/* SPDX-License-Identifier: MIT
 * Actions on the service and its nodes.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/ccf-shares.h"

#include "base/error.h"

#include <string.h>

#define MAX_DAYS 365

static const char *
text (const json_t *args, const char *field)
{
  return cr_json_peek_string (args, field);
}

static char *
validate_open (Store *store, const json_t *args)
{
  (void) store;
  static const char previous[] = "previous_service_identity";
  if (!args || json_is_null (args))
    return gov_check_type (args, "next_service_identity", "string");
  char *problem = gov_check_value (json_object_get (args, "next_service_identity"), "string",
                                   "next service identity (PEM certificate)");
  if (!problem)
    problem = gov_check_certificates (args, "next_service_identity");
  if (!problem)
    problem = gov_check_value (json_object_get (args, previous), "string?",
                               "previous service identity (PEM certificate)");
  if (!problem && json_object_get (args, previous))
    problem = gov_check_certificates (args, previous);
  return problem;
}

static gboolean
apply_open (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
            const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  g_autoptr (json_t) info = gov_service_info (store);
  if (g_strcmp0 (text (info, "status"), "Open") == 0
      || g_strcmp0 (text (info, "status"), "WaitingForRecoveryShares") == 0)
    return TRUE;
  if (g_strcmp0 (text (args, "next_service_identity"), text (info, "cert")) != 0) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "Proposed next service identity does not match the current service identity");
    return FALSE;
  }
  if (g_strcmp0 (text (info, "status"), "Recovering") == 0) {
    if (g_strcmp0 (text (args, "previous_service_identity"), text (info, "previous_service_identity")) != 0) {
      cr_set_error (
          error, CR_ERROR_REFUSED, NULL,
          "Proposed previous service identity does not match the previous service identity that the "
          "node was given for its recovery");
      return FALSE;
    }
    cr_json_set_string (info, "status", "WaitingForRecoveryShares");
    store_put_json (store, MAP_SERVICE, THE_KEY, info);
    return TRUE;
  }
  guint members = gov_active_recovery_members (store);
  gint64 threshold = gov_config (store, "recovery_threshold", 1);
  if ((gint64) members < threshold) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "Cannot open network as number of active recovery members (%u) is less than recovery "
                  "threshold (%" G_GINT64_FORMAT ")",
                  members, threshold);
    return FALSE;
  }
  cr_json_set_string (info, "status", "Open");
  store_put_json (store, MAP_SERVICE, THE_KEY, info);
  return ccf_shares_issue (store, error);
}

static gboolean
apply_refresh_shares (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                      const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) args;
  (void) proposal_id;
  (void) final_votes;
  return ccf_shares_issue (store, error);
}

static char *
validate_identity (Store *store, const json_t *args)
{
  char *problem = gov_check_certificates (args, "service_identity");
  g_autoptr (json_t) info = gov_service_info (store);
  if (!problem && g_strcmp0 (text (args, "service_identity"), text (info, "cert")) != 0)
    problem = g_strdup ("Service identity certificate mismatch");
  return problem;
}

static gboolean
apply_node_data (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                 const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  g_autoptr (json_t) node = store_get_json (store, MAP_NODES, text (args, "node_id"));
  if (!node) {
    /* The script puts the buffer of the id into the text, not the id. */
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "Node [object ArrayBuffer] does not exist");
    return FALSE;
  }
  json_t *data = json_object_get (args, "node_data");
  cr_json_set (node, "nodeData", data ? json_incref (data) : json_null ());
  store_put_json (store, MAP_NODES, text (args, "node_id"), node);
  return TRUE;
}

static char *
validate_validity (Store *store, const json_t *args)
{
  (void) store;
  const json_t *days = json_object_get (args, "validity_period_days");
  char *problem = gov_check_type (args, "valid_from", "string");
  if (!problem && days)
    problem = gov_check_value (days, "integer", "validity_period_days");
  if (!problem && days)
    problem = gov_check_bounds (days, 1, G_MAXINT64, "validity_period_days");
  return problem;
}

static char *
validate_node_validity (Store *store, const json_t *args)
{
  char *problem = gov_check_entity_id (args, "node_id");
  return problem ? problem : validate_validity (store, args);
}

static char *
validate_node (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_entity_id (args, "node_id");
}

static gboolean
check_days (const json_t *args, GError **error)
{
  gint64 days = cr_json_peek_int (args, "validity_period_days", 1);
  if (days <= MAX_DAYS)
    return TRUE;
  cr_set_error (error, CR_ERROR_REFUSED, NULL,
                "Validity period %" G_GINT64_FORMAT " is not allowed: max allowed is %d", days, MAX_DAYS);
  return FALSE;
}

static gboolean
apply_service_validity (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                        const json_t *final_votes, GError **error)
{
  (void) store;
  (void) proposal_id;
  (void) final_votes;
  return ccf_certificates_renew_service (ccf_node (sandbox), args, error);
}

static gboolean
apply_all_validity (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                    const json_t *final_votes, GError **error)
{
  (void) store;
  (void) proposal_id;
  (void) final_votes;
  return ccf_certificates_renew_nodes (ccf_node (sandbox), args, error);
}

static gboolean
apply_node_validity (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                     const json_t *final_votes, GError **error)
{
  (void) proposal_id;
  (void) final_votes;
  const char *id = text (args, "node_id");
  g_autoptr (json_t) node = store_get_json (store, MAP_NODES, id);
  gboolean trusted = g_strcmp0 (text (node, "status"), "Trusted") == 0;
  if (!node)
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "No such node: %s", id);
  else if (!trusted)
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "Node %s is not trusted", id);
  return trusted && ccf_certificates_renew_node (ccf_node (sandbox), id, args, error);
}

static gboolean
apply_trust (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
             const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  const char *id = text (args, "node_id");
  g_autoptr (json_t) node = store_get_json (store, MAP_NODES, id);
  if (!node) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "No such node: %s", id);
    return FALSE;
  }
  if (g_strcmp0 (text (node, "status"), "Pending") != 0)
    return TRUE;
  if (!check_days (args, error))
    return FALSE;
  cr_json_set_string (node, "status", "Trusted");
  store_put_json (store, MAP_NODES, id, node);
  return TRUE;
}

static gboolean
apply_remove_node (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                   const json_t *final_votes, GError **error)
{
  (void) proposal_id;
  (void) final_votes;
  const char *id = text (args, "node_id");
  g_autoptr (json_t) node = store_get_json (store, MAP_NODES, id);
  if (!node)
    return TRUE;
  if (g_strcmp0 (id, ccf_node_id (ccf_node (sandbox))) == 0) {
    /* A service without a node would be no service: the consensus refuses to commit this as well. */
    cr_set_error (error, CR_ERROR_REFUSED, NULL, "Node %s is the only one of this service", id);
    return FALSE;
  }
  if (g_strcmp0 (text (node, "status"), "Pending") == 0) {
    store_delete (store, MAP_NODES, id);
    return TRUE;
  }
  cr_json_set_string (node, "status", "Retired");
  store_put_json (store, MAP_NODES, id, node);
  return TRUE;
}

static char *
validate_interfaces (Store *store, const json_t *args)
{
  (void) store;
  if (!args || json_is_null (args))
    return gov_check_type (args, "interfaces", "array?");
  return gov_check_value (json_object_get (args, "interfaces"), "array?",
                          "interfaces to refresh the certificates for");
}

const GovAction gov_node_actions[] = {
  { "transition_service_to_open", validate_open, apply_open },
  { "assert_service_identity", validate_identity, gov_apply_nothing },
  { "set_node_data", validate_node, apply_node_data },
  { "transition_node_to_trusted", validate_node_validity, apply_trust },
  { "remove_node", validate_node, apply_remove_node },
  { "set_node_certificate_validity", validate_node_validity, apply_node_validity },
  { "set_all_nodes_certificate_validity", validate_validity, apply_all_validity },
  { "set_service_certificate_validity", validate_validity, apply_service_validity },
  { "trigger_recovery_shares_refresh", gov_validate_none, apply_refresh_shares },
  { "trigger_ledger_rekey", gov_validate_none, apply_refresh_shares },
  { "trigger_ledger_chunk", gov_validate_any, gov_apply_nothing },
  { "trigger_snapshot", gov_validate_any, gov_apply_nothing },
  { "trigger_acme_refresh", validate_interfaces, gov_apply_nothing },
  { NULL, NULL, NULL },
};
