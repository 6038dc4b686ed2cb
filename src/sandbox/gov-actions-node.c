/* SPDX-License-Identifier: MIT
 * Actions on the service, its nodes and the join policy.
 */
#include "sandbox/ccf-node.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

static const char *
text (const json_t *args, const char *field)
{
  return cr_json_peek_string (args, field);
}

static char *
validate_open (Store *store, const json_t *args)
{
  (void) store;
  char *problem = gov_check_certificates (args, "next_service_identity");
  if (!problem && text (args, "previous_service_identity"))
    problem = gov_check_certificates (args, "previous_service_identity");
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
  if (g_strcmp0 (text (info, "status"), "Open") == 0)
    return TRUE;
  if (g_strcmp0 (text (args, "next_service_identity"), text (info, "cert")) != 0) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "Proposed next service identity does not match the current service identity");
    return FALSE;
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
  return TRUE;
}

static char *
validate_identity (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_certificates (args, "service_identity");
}

static gboolean
apply_identity (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  g_autoptr (json_t) info = gov_service_info (store);
  if (g_strcmp0 (text (args, "service_identity"), text (info, "cert")) == 0)
    return TRUE;
  cr_set_error (error, CR_ERROR_REFUSED, NULL, "Service identity certificate mismatch");
  return FALSE;
}

static char *
validate_node_data (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_entity_id (args, "node_id");
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
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "Node %s does not exist", text (args, "node_id"));
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
  char *problem = gov_check_type (args, "valid_from", "string");
  if (!problem && json_object_get (args, "validity_period_days"))
    problem = gov_check_range (args, "validity_period_days", 1, 365);
  return problem;
}

static char *
validate_node_validity (Store *store, const json_t *args)
{
  char *problem = gov_check_entity_id (args, "node_id");
  return problem ? problem : validate_validity (store, args);
}

static char *
validate_host_data (Store *store, const json_t *args)
{
  (void) store;
  char *problem = gov_check_type (args, "host_data", "string");
  if (!problem)
    problem = gov_check_type (args, "security_policy", "string");
  const char *policy = problem ? NULL : text (args, "security_policy");
  if (!policy || !*policy)
    return problem;
  g_autofree char *digest = cr_sha256_hex (policy, strlen (policy));
  if (g_ascii_strcasecmp (digest, text (args, "host_data")) == 0)
    return NULL;
  return g_strdup_printf ("The hash of raw policy %s does not match digest %s", digest,
                          text (args, "host_data"));
}

static gboolean
apply_add_host_data (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                     const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_put (store, MAP_SNP_HOST_DATA, text (args, "host_data"), text (args, "security_policy"));
  return TRUE;
}

static char *
validate_host_data_name (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_type (args, "host_data", "string");
}

static gboolean
apply_remove_host_data (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                        const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_delete (store, MAP_SNP_HOST_DATA, text (args, "host_data"));
  return TRUE;
}

static char *
validate_measurement (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_type (args, "measurement", "string");
}

static gboolean
apply_add_measurement (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                       const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_put (store, MAP_SNP_MEASUREMENTS, text (args, "measurement"), "\"AllowedToJoin\"");
  return TRUE;
}

static gboolean
apply_remove_measurement (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                          const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_delete (store, MAP_SNP_MEASUREMENTS, text (args, "measurement"));
  return TRUE;
}

static char *
validate_uvm_name (Store *store, const json_t *args)
{
  (void) store;
  char *problem = gov_check_type (args, "did", "string");
  return problem ? problem : gov_check_type (args, "feed", "string");
}

static char *
validate_uvm (Store *store, const json_t *args)
{
  char *problem = validate_uvm_name (store, args);
  return problem ? problem : gov_check_type (args, "svn", "string");
}

static gboolean
apply_add_uvm (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
               const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  g_autoptr (json_t) feeds = store_get_json (store, MAP_SNP_UVM, text (args, "did"));
  if (!feeds)
    feeds = json_object ();
  json_t *feed = json_object ();
  cr_json_set_string (feed, "svn", text (args, "svn"));
  cr_json_set (feeds, text (args, "feed"), feed);
  store_put_json (store, MAP_SNP_UVM, text (args, "did"), feeds);
  return TRUE;
}

static gboolean
apply_remove_uvm (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                  const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  g_autoptr (json_t) feeds = store_get_json (store, MAP_SNP_UVM, text (args, "did"));
  if (!feeds)
    return TRUE;
  json_object_del (feeds, text (args, "feed"));
  if (json_object_size (feeds))
    store_put_json (store, MAP_SNP_UVM, text (args, "did"), feeds);
  else
    store_delete (store, MAP_SNP_UVM, text (args, "did"));
  return TRUE;
}

static char *
validate_tcb_name (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_type (args, "cpuid", "string");
}

static char *
validate_tcb (Store *store, const json_t *args)
{
  char *problem = validate_tcb_name (store, args);
  return problem ? problem : gov_check_type (args, "tcb_version", "string");
}

static gboolean
apply_set_tcb (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
               const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  g_autoptr (json_t) version = json_object ();
  cr_json_set_string (version, "hexstring", text (args, "tcb_version"));
  store_put_json (store, MAP_SNP_TCB, text (args, "cpuid"), version);
  return TRUE;
}

static gboolean
apply_remove_tcb (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                  const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_delete (store, MAP_SNP_TCB, text (args, "cpuid"));
  return TRUE;
}

const GovAction gov_node_actions[] = {
  { "transition_service_to_open", validate_open, apply_open },
  { "assert_service_identity", validate_identity, apply_identity },
  { "set_node_data", validate_node_data, apply_node_data },
  { "set_node_certificate_validity", validate_node_validity, gov_apply_nothing },
  { "set_all_nodes_certificate_validity", validate_validity, gov_apply_nothing },
  { "set_service_certificate_validity", validate_validity, gov_apply_nothing },
  { "trigger_recovery_shares_refresh", gov_validate_none, gov_apply_nothing },
  { "trigger_ledger_rekey", gov_validate_none, gov_apply_nothing },
  { "trigger_ledger_chunk", gov_validate_none, gov_apply_nothing },
  { "trigger_snapshot", gov_validate_none, gov_apply_nothing },
  { "add_snp_host_data", validate_host_data, apply_add_host_data },
  { "remove_snp_host_data", validate_host_data_name, apply_remove_host_data },
  { "add_snp_measurement", validate_measurement, apply_add_measurement },
  { "remove_snp_measurement", validate_measurement, apply_remove_measurement },
  { "add_snp_uvm_endorsement", validate_uvm, apply_add_uvm },
  { "remove_snp_uvm_endorsement", validate_uvm_name, apply_remove_uvm },
  { "set_snp_minimum_tcb_version_hex", validate_tcb, apply_set_tcb },
  { "remove_snp_minimum_tcb_version", validate_tcb_name, apply_remove_tcb },
  { NULL, NULL, NULL },
};
