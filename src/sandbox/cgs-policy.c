/* SPDX-License-Identifier: MIT
 * Clean room policies: claims per contract, set by proposals, and delegated ones, set by attested clean
 * rooms.
 */
#include "sandbox/cgs-common.h"

#include <string.h>

static const char *const caci_claims[] = {
  "x-ms-attestation-type",
  "x-ms-compliance-status",
  "x-ms-policy-hash",
  "vm-configuration-secure-boot",
  "vm-configuration-secure-boot-template-id",
  "vm-configuration-tpm-enabled",
  "vm-configuration-vmUniqueId",
  "x-ms-sevsnpvm-authorkeydigest",
  "x-ms-sevsnpvm-bootloader-svn",
  "x-ms-sevsnpvm-familyId",
  "x-ms-sevsnpvm-guestsvn",
  "x-ms-sevsnpvm-hostdata",
  "x-ms-sevsnpvm-idkeydigest",
  "x-ms-sevsnpvm-imageId",
  "x-ms-sevsnpvm-is-debuggable",
  "x-ms-sevsnpvm-launchmeasurement",
  "x-ms-sevsnpvm-microcode-svn",
  "x-ms-sevsnpvm-migration-allowed",
  "x-ms-sevsnpvm-reportdata",
  "x-ms-sevsnpvm-reportid",
  "x-ms-sevsnpvm-smt-allowed",
  "x-ms-sevsnpvm-snpfw-svn",
  "x-ms-sevsnpvm-tee-svn",
  "x-ms-sevsnpvm-vmpl",
  "x-ms-ver",
  NULL,
};

static const char *const cvm_claims[] = {
  "pcr0",  "pcr1",  "pcr2",  "pcr3",  "pcr4",  "pcr5",  "pcr6",  "pcr7",  "pcr8",
  "pcr9",  "pcr10", "pcr11", "pcr12", "pcr13", "pcr14", "pcr15", "pcr16", "pcr17",
  "pcr18", "pcr19", "pcr20", "pcr21", "pcr22", "pcr23", NULL,
};

static const char *const jwt_claims[] = { "oid", "appid", "tid", "sub", "iss", NULL };

char *
cgs_policy_map (const char *contract)
{
  return g_strconcat ("public:ccf.gov.policies.cleanroom-", contract, NULL);
}

/* Ids with '_' or '-' can make two of these names equal; that is how the service names them. */
char *
cgs_delegate_map (const char *contract, const char *type, const char *id)
{
  return g_strdup_printf ("public:policies.cleanroom-delegates-%s_%s_%s", contract, type, id);
}

static char *
delegate_list_map (const char *contract)
{
  return g_strconcat ("public:policies.cleanroom-delegates-list-", contract, NULL);
}

json_t *
cgs_policy (Store *store, const char *map)
{
  g_autoptr (GPtrArray) claims = store_keys (store, map);
  json_t *policy = json_object ();

  for (guint i = 0; i < claims->len; i++) {
    const char *claim = g_ptr_array_index (claims, i);
    json_t *values = store_get_json (store, map, claim);

    if (values)
      json_object_set_new (policy, claim, values);
  }
  return policy;
}

char *
cgs_policy_check (const json_t *change, gboolean jwt_allowed)
{
  g_autofree char *type = cgs_js_text (json_object_get (change, "type"));
  const json_t *policy_type = json_object_get (change, "policyType");
  g_autofree char *policy_name = cgs_missing (policy_type) ? g_strdup ("snp-caci")
                                                           : cgs_js_text (policy_type);
  const char *const *allowed = NULL;
  json_t *claims = json_object_get (change, "claims");
  json_t *value;
  const char *name;

  if (strcmp (type, "add") != 0 && strcmp (type, "remove") != 0)
    return g_strdup_printf ("Clean Room Policy with type '%s' is not supported", type);
  if (strcmp (policy_name, "snp-caci") == 0)
    allowed = caci_claims;
  else if (strcmp (policy_name, "snp-cvm") == 0)
    allowed = cvm_claims;
  else if (strcmp (policy_name, "jwt") == 0 && jwt_allowed)
    allowed = jwt_claims;
  else
    return g_strdup_printf ("Unknown policyType '%s'", policy_name);
  if (!claims || json_is_null (claims))
    return g_strdup ("cannot convert to object");
  json_object_foreach (claims, name, value)
    if (!g_strv_contains (allowed, name))
      return g_strdup_printf ("The claim '%s' is not an allowed %s claim", name, policy_name);
  return NULL;
}

static gssize
find_value (const json_t *values, const json_t *wanted)
{
  gsize index;
  json_t *value;

  json_array_foreach (values, index, value)
    if (json_equal (value, wanted))
      return (gssize) index;
  return -1;
}

static void
append_new_values (json_t *values, const json_t *added)
{
  gsize index;
  json_t *value;

  json_array_foreach (added, index, value)
    if (find_value (values, value) < 0)
      json_array_append (values, value);
}

static void
add_claim (Store *store, const char *map, const char *claim, const json_t *values)
{
  g_autoptr (json_t) stored = store_get_json (store, map, claim);

  /* A boolean has one value at a time: it replaces what was there. */
  if (!stored || json_is_boolean (json_array_get (values, 0))) {
    json_decref (stored);
    stored = json_array ();
  }
  append_new_values (stored, values);
  store_put_json (store, map, claim, stored);
}

/* WRITE FALSE only looks whether it can be done. */
static gboolean
remove_claim (Store *store, const char *map, const char *claim, const json_t *values, gboolean write,
              const char *noun, char **problem)
{
  g_autoptr (json_t) stored = store_get_json (store, map, claim);
  gsize index;
  json_t *value;

  if (!stored) {
    *problem = g_strdup_printf ("Cannot remove values of %s because the key does not exist in the %s "
                                "claims",
                                claim, noun);
    return FALSE;
  }
  if (json_is_boolean (json_array_get (values, 0))) {
    if (write)
      store_delete (store, map, claim);
    return TRUE;
  }
  json_array_foreach (values, index, value) {
    gssize found = find_value (stored, value);

    if (found < 0) {
      g_autofree char *wanted = cgs_js_text (value);
      g_autofree char *present = cgs_js_text (stored);

      *problem = g_strdup_printf ("Trying to remove value '%s' from %s and it does not exist", wanted,
                                  present);
      return FALSE;
    }
    json_array_remove (stored, (gsize) found);
  }
  if (write && json_array_size (stored) == 0)
    store_delete (store, map, claim);
  else if (write)
    store_put_json (store, map, claim, stored);
  return TRUE;
}

static json_t *
as_list (json_t *value)
{
  return json_is_array (value) ? json_incref (value) : json_pack ("[O]", value);
}

gboolean
cgs_policy_apply (Store *store, const char *map, const json_t *change, const char *noun, char **problem)
{
  gboolean removing = g_strcmp0 (cr_json_peek_string (change, "type"), "remove") == 0;
  json_t *claims = json_object_get (change, "claims");
  json_t *value;
  const char *name;

  /* A removal that fails half-way must leave nothing behind: the caller may commit other things. */
  if (removing)
    json_object_foreach (claims, name, value) {
      g_autoptr (json_t) values = as_list (value);

      if (!remove_claim (store, map, name, values, FALSE, noun, problem))
        return FALSE;
    }
  json_object_foreach (claims, name, value) {
    g_autoptr (json_t) values = as_list (value);

    if (!removing)
      add_claim (store, map, name, values);
    else if (!remove_claim (store, map, name, values, TRUE, noun, problem))
      return FALSE;
  }
  return TRUE;
}

void
app_policy_get (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0);
  g_autofree char *map = cgs_policy_map (contract);

  if (!cgs_authorized (call))
    return;

  g_autoptr (GPtrArray) open = gov_open_proposals_with (call->store, "set_clean_room_policy", "contractId",
                                                        contract);

  cgs_answer (
      call, json_pack ("{soso}", "proposalIds", cgs_strings (open), "policy", cgs_policy (call->store, map)));
}

void
app_delegate_list (CcfCall *call)
{
  g_autofree char *map = delegate_list_map (cgs_parameter (call, 0));

  if (!cgs_authorized (call))
    return;

  g_autoptr (GPtrArray) keys = store_keys (call->store, map);
  json_t *list = json_array ();

  for (guint i = 0; i < keys->len; i++) {
    g_autoptr (json_t) stored = store_get_json (call->store, map, g_ptr_array_index (keys, i));
    json_t *entry = json_object ();

    cgs_copy (entry, "delegateType", stored);
    cgs_copy (entry, "delegateId", stored);
    json_array_append_new (list, entry);
  }
  cgs_answer (call, cgs_value_list (list));
}

void
app_delegate_get (CcfCall *call)
{
  g_autofree char *map = cgs_delegate_map (cgs_parameter (call, 0), cgs_parameter (call, 1),
                                           cgs_parameter (call, 2));

  if (!cgs_authorized (call))
    return;
  cgs_answer (call, json_pack ("{so}", "claims", cgs_policy (call->store, map)));
}

void
app_delegate_put (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0);
  const char *type = cgs_parameter (call, 1), *id = cgs_parameter (call, 2);
  CgsEvidence rule = { .contract = contract, .bound_key = "encrypt", .any_platform = TRUE };
  g_autoptr (json_t) body = cgs_body (call);

  if (!body || !cgs_need_attestation (call, body) || !cgs_check_evidence (call, body, &rule))
    return;

  g_autoptr (json_t) change = cgs_signed_json (call, body);

  if (!change)
    return;

  g_autofree char *map = cgs_delegate_map (contract, type, id);
  g_autofree char *problem = cgs_policy_check (change, FALSE);

  if (problem || !cgs_policy_apply (call->store, map, change, "clean room policy", &problem)) {
    cgs_throw (call, "%s", problem);
    return;
  }

  g_autofree char *list = delegate_list_map (contract);
  g_autofree char *key = g_strdup_printf ("%s_%s_%s", contract, type, id);
  g_autoptr (json_t) entry = json_pack ("{ssss}", "delegateType", type, "delegateId", id);

  store_put_json (call->store, list, key, entry);
  cgs_done (call);
}
