/* SPDX-License-Identifier: MIT
 * Actions on the join policy: which code, host data, utility VMs and firmware may join.
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
validate_host_data (Store *store, const json_t *args)
{
  (void) store;
  char *problem = gov_check_type (args, "security_policy", "string");
  if (!problem)
    problem = gov_check_type (args, "host_data", "string");
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
  const char *cpuid = text (args, "cpuid");
  if (!store_has (store, MAP_SNP_TCB, cpuid)) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "CPUID %s not found", cpuid);
    return FALSE;
  }
  store_delete (store, MAP_SNP_TCB, cpuid);
  return TRUE;
}

/* --- code of SGX nodes, which no network of today has; the lists are kept as they are proposed --- */

static char *
validate_code (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_type (args, "code_id", "string");
}

static char *
validate_executor (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_type (args, "executor_code_id", "string");
}

#define APPLY_LIST(name, map, field, value)                                                                  \
  static gboolean apply_##name (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id, \
                                const json_t *final_votes, GError **error)                                   \
  {                                                                                                          \
    (void) sandbox;                                                                                          \
    (void) proposal_id;                                                                                      \
    (void) final_votes;                                                                                      \
    (void) error;                                                                                            \
    if (*value)                                                                                              \
      store_put (store, map, text (args, field), value);                                                     \
    else                                                                                                     \
      store_delete (store, map, text (args, field));                                                         \
    return TRUE;                                                                                             \
  }

APPLY_LIST (add_code, MAP_CODE_IDS, "code_id", "\"AllowedToJoin\"")
APPLY_LIST (remove_code, MAP_CODE_IDS, "code_id", "")
APPLY_LIST (add_executor, MAP_EXECUTOR_CODE_IDS, "executor_code_id", "\"AllowedToExecute\"")
APPLY_LIST (remove_executor, MAP_EXECUTOR_CODE_IDS, "executor_code_id", "")

const GovAction gov_join_actions[] = {
  { "add_snp_host_data", validate_host_data, apply_add_host_data },
  { "remove_snp_host_data", validate_host_data_name, apply_remove_host_data },
  { "add_snp_measurement", validate_measurement, apply_add_measurement },
  { "remove_snp_measurement", validate_measurement, apply_remove_measurement },
  { "add_snp_uvm_endorsement", validate_uvm, apply_add_uvm },
  { "remove_snp_uvm_endorsement", validate_uvm_name, apply_remove_uvm },
  { "set_snp_minimum_tcb_version_hex", validate_tcb, apply_set_tcb },
  { "remove_snp_minimum_tcb_version", validate_tcb_name, apply_remove_tcb },
  { "add_node_code", validate_code, apply_add_code },
  { "remove_node_code", validate_code, apply_remove_code },
  { "add_executor_node_code", validate_executor, apply_add_executor },
  { "remove_executor_node_code", validate_executor, apply_remove_executor },
  { NULL, NULL, NULL },
};
