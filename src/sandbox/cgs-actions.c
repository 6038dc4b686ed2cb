/* SPDX-License-Identifier: MIT
 * Proposal actions of the governance application: what is refused when proposed, and the effect when
 * accepted.
 */
#include "sandbox/cgs-common.h"

#include "base/error.h"

#include <string.h>

/* Shorthands of the two columns of the action table. */
#define VALIDATE(name) static char *validate_##name (Store *store, const json_t *args)
#define APPLY(name)                                                                                          \
  static gboolean apply_##name (Sandbox *sandbox G_GNUC_UNUSED, Store *store, const json_t *args,            \
                                const char *proposal_id G_GNUC_UNUSED,                                       \
                                const json_t *final_votes G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)

typedef struct {
  const char *field;
  const char *type;
} FieldType;

/* The first type error of FIELDS, which end with a NULL field. Gives. */
static char *
check_fields (const json_t *args, const FieldType *fields)
{
  char *problem = NULL;

  for (; fields->field && !problem; fields++)
    problem = gov_check_type (args, fields->field, fields->type);
  return problem;
}

static const char *
text_of (const json_t *args, const char *key)
{
  const char *text = cr_json_peek_string (args, key);

  return text ? text : "";
}

/* contractId must be a text that names an accepted contract. FORMAT takes the id. Gives. */
static char *
check_contract (Store *store, const json_t *args, const char *before, const char *after)
{
  const char *contract = text_of (args, "contractId");

  return cgs_contract_accepted (store, contract) ? NULL
                                                 : g_strdup_printf ("%s'%s'%s", before, contract, after);
}

#define HAS_BEEN_ACCEPTED " has been accepted."

static void
put_data (Store *store, const char *map, const json_t *args, const char *member)
{
  g_autoptr (json_t) item = json_object ();

  cgs_copy (item, "data", json_object_get (args, member));
  store_put_json (store, map, text_of (args, "contractId"), item);
}

static gboolean
apply_failed (GError **error, const char *text)
{
  cr_set_error (error, CR_ERROR_REFUSED, NULL, "%s", text);
  return FALSE;
}

/* --- Contracts and documents --- */

VALIDATE (set_contract)
{
  static const FieldType fields[] = { { "contractId", "string" }, { "contract", "object" }, { NULL, NULL } };
  char *problem = check_fields (args, fields);

  return problem ? problem : gov_check_required_members (store, args);
}

APPLY (set_contract)
{
  g_autoptr (json_t) item = json_object ();

  if (json_is_null (json_object_get (args, "contract")))
    return apply_failed (error, "cannot read property 'data' of null");
  cgs_copy (item, "data", json_object_get (args, "contract"));
  cr_json_set_string (item, "proposalId", proposal_id);
  cr_json_set (item, "finalVotes", json_deep_copy (final_votes));
  store_put_json (store, CGS_ACCEPTED_CONTRACTS, text_of (args, "contractId"), item);
  return TRUE;
}

VALIDATE (set_member_document)
{
  static const FieldType fields[] = { { "documentId", "string" }, { "document", "object" }, { NULL, NULL } };

  (void) store;
  return check_fields (args, fields);
}

APPLY (set_member_document)
{
  const json_t *document = json_object_get (args, "document");
  g_autoptr (json_t) item = json_object ();

  if (json_is_null (document))
    return apply_failed (error, "cannot read property 'data' of null");
  cgs_copy (item, "data", document);
  cgs_copy (item, "contractId", document);
  cr_json_set_string (item, "proposalId", proposal_id);
  cr_json_set (item, "finalVotes", json_deep_copy (final_votes));
  store_put_json (store, CGS_ACCEPTED_DOCUMENTS, text_of (args, "documentId"), item);
  return TRUE;
}

/* --- Deployment and policy --- */

VALIDATE (set_deployment_spec)
{
  static const FieldType fields[] = { { "contractId", "string" }, { "spec", "object" }, { NULL, NULL } };
  char *problem = check_fields (args, fields);

  return problem ? problem
                 : check_contract (store, args, "Deployment spec can only be proposed once contract ",
                                   HAS_BEEN_ACCEPTED);
}

APPLY (set_deployment_spec)
{
  put_data (store, CGS_DEPLOYMENT_SPECS, args, "spec");
  return TRUE;
}

VALIDATE (set_deployment_info)
{
  static const FieldType fields[] = { { "contractId", "string" }, { "info", "object" }, { NULL, NULL } };
  char *problem = check_fields (args, fields);

  return problem ? problem
                 : check_contract (store, args, "Deployment info can only be proposed once contract ",
                                   HAS_BEEN_ACCEPTED);
}

APPLY (set_deployment_info)
{
  put_data (store, CGS_DEPLOYMENT_INFO, args, "info");
  return TRUE;
}

VALIDATE (set_clean_room_policy)
{
  static const FieldType fields[] = { { "contractId", "string" },
                                      { "type", "string" },
                                      { "policyType", "string?" },
                                      { "claims", "object" },
                                      { NULL, NULL } };
  char *problem = check_fields (args, fields);

  if (!problem)
    problem = cgs_policy_check (args, TRUE);
  return problem ? problem
                 : check_contract (store, args, "Clean Room Policy can only be proposed once contract ",
                                   HAS_BEEN_ACCEPTED);
}

APPLY (set_clean_room_policy)
{
  g_autofree char *map = cgs_policy_map (text_of (args, "contractId"));
  g_autofree char *problem = NULL;

  return cgs_policy_apply (store, map, args, "clean room policy", &problem) || apply_failed (error, problem);
}

/* --- Keys with request ids --- */

VALIDATE (kid)
{
  static const FieldType fields[] = { { "kid", "string" }, { NULL, NULL } };

  (void) store;
  return check_fields (args, fields);
}

VALIDATE (nothing)
{
  (void) store;
  (void) args;
  return NULL;
}

static void
enable_key (Store *store, const char *map, const char *kid)
{
  if (store_has (store, map, "enabled"))
    return;
  store_put (store, map, "enabled", "true");
  store_put (store, map, "generateSigningKeyRequestId", "1");
  store_put (store, map, "generateSigningKeyKid", kid);
}

static char *
next_request (const char *request)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, g_ascii_strtoll (request, NULL, 10) + 1);
}

static void
rotate_key (Store *store, const char *map)
{
  g_autofree char *request = store_get (store, map, "generateSigningKeyRequestId");
  g_autofree char *next = request ? next_request (request) : NULL;

  if (next)
    store_put (store, map, "generateSigningKeyRequestId", next);
}

APPLY (enable_oidc_issuer)
{
  enable_key (store, CGS_OIDC, text_of (args, "kid"));
  return TRUE;
}

APPLY (oidc_rotate)
{
  (void) args;
  rotate_key (store, CGS_OIDC);
  return TRUE;
}

VALIDATE (set_oidc_issuer_url)
{
  static const FieldType fields[] = { { "issuer_url", "string" }, { NULL, NULL } };

  (void) store;
  return check_fields (args, fields);
}

APPLY (set_oidc_issuer_url)
{
  store_put (store, CGS_OIDC, "issuerUrl", text_of (args, "issuer_url"));
  return TRUE;
}

APPLY (enable_signing)
{
  enable_key (store, CGS_SIGNING, text_of (args, "kid"));
  return TRUE;
}

APPLY (signing_rotate)
{
  (void) args;
  rotate_key (store, CGS_SIGNING);
  return TRUE;
}

static const FieldType contract_field[] = { { "contractId", "string" }, { NULL, NULL } };

VALIDATE (enable_ca)
{
  char *problem = check_fields (args, contract_field);

  return problem ? problem
                 : check_contract (store, args, "Enabling the CA can only be proposed once contract ",
                                   HAS_BEEN_ACCEPTED);
}

APPLY (enable_ca)
{
  const char *contract = text_of (args, "contractId");
  g_autoptr (json_t) config = store_get_json (store, CGS_CA, contract);

  if (g_strcmp0 (cr_json_peek_string (config, "enabled"), "true") == 0)
    return TRUE;

  g_autoptr (json_t) fresh = json_pack ("{ssss}", "enabled", "true", "requestId", "1");

  store_put_json (store, CGS_CA, contract, fresh);
  return TRUE;
}

VALIDATE (ca_rotate)
{
  char *problem = validate_enable_ca (store, args);
  g_autoptr (json_t) config = store_get_json (store, CGS_CA, text_of (args, "contractId"));

  if (problem || g_strcmp0 (cr_json_peek_string (config, "enabled"), "true") == 0)
    return problem;
  return g_strdup ("Cannot rotate the CA signing key as CA is not enabled for the contract.");
}

APPLY (ca_rotate)
{
  const char *contract = text_of (args, "contractId");
  g_autoptr (json_t) config = store_get_json (store, CGS_CA, contract);
  const char *request = cr_json_peek_string (config, "requestId");
  g_autofree char *next = request ? next_request (request) : NULL;

  if (!next)
    return apply_failed (error, "cannot read property 'requestId' of undefined");
  cr_json_set_string (config, "requestId", next);
  store_put_json (store, CGS_CA, contract, config);
  return TRUE;
}

/* --- Runtime options --- */

VALIDATE (contract_option)
{
  char *problem = check_fields (args, contract_field);

  return problem
             ? problem
             : check_contract (store, args, "Action can only be proposed once contract ", HAS_BEEN_ACCEPTED);
}

static gboolean
put_status (Store *store, const char *map, const char *key, const char *status)
{
  g_autoptr (json_t) item = json_pack ("{ss}", "status", status);

  store_put_json (store, map, key, item);
  return TRUE;
}

APPLY (enable_logging)
{
  return put_status (store, CGS_LOGGING_STATUS, text_of (args, "contractId"), "enabled");
}

APPLY (disable_logging)
{
  return put_status (store, CGS_LOGGING_STATUS, text_of (args, "contractId"), "disabled");
}

APPLY (enable_telemetry)
{
  return put_status (store, CGS_TELEMETRY_STATUS, text_of (args, "contractId"), "enabled");
}

APPLY (disable_telemetry)
{
  return put_status (store, CGS_TELEMETRY_STATUS, text_of (args, "contractId"), "disabled");
}

VALIDATE (set_cgs_runtime_options)
{
  static const FieldType fields[] = { { "option", "string" }, { "status", "string" }, { NULL, NULL } };
  static const char *const options[] = {
    "autoapprove-constitution-proposal",    "autoapprove-jsapp-proposal",
    "autoapprove-deploymentspec-proposal",  "autoapprove-deploymentinfo-proposal",
    "autoapprove-cleanroompolicy-proposal", NULL,
  };
  char *problem = check_fields (args, fields);
  const char *option = text_of (args, "option"), *status = text_of (args, "status");

  (void) store;
  if (problem)
    return problem;
  if (!g_strv_contains (options, option))
    return g_strdup_printf ("The option '%s' is not an allowed option", option);
  if (strcmp (status, "enabled") != 0 && strcmp (status, "disabled") != 0)
    return g_strdup_printf ("The value '%s' is not supported", status);
  return NULL;
}

APPLY (set_cgs_runtime_options)
{
  return put_status (store, CGS_RUNTIME_OPTIONS, text_of (args, "option"), text_of (args, "status"));
}

/* --- Users --- */

/* A type check of a nested member under its dotted name. Gives. */
static char *
check_nested (const json_t *args, const char *outer, const char *inner, const char *type)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", outer, inner);
  g_autoptr (json_t) flat = json_object ();
  json_t *value = json_object_get (json_object_get (args, outer), inner);

  if (value)
    json_object_set (flat, name, value);
  return gov_check_type (flat, name, type);
}

VALIDATE (set_user_identity)
{
  static const FieldType fields[] = { { "id", "string" },
                                      { "accountType", "string" },
                                      { "invitationId", "string?" },
                                      { "data", "object" },
                                      { NULL, NULL } };
  char *problem = check_fields (args, fields);
  const char *account = text_of (args, "accountType");

  (void) store;
  if (!problem)
    problem = check_nested (args, "data", "tenantId", "string");
  if (!problem)
    problem = check_nested (args, "data", "identifier", "string?");
  if (!problem && strcmp (account, "microsoft") != 0)
    problem = g_strdup_printf ("User identity with account type '%s' is not supported", account);
  return problem;
}

APPLY (set_user_identity)
{
  const char *invitation = text_of (args, "invitationId");
  g_autoptr (json_t) item = json_object ();

  cgs_copy (item, "accountType", args);
  cgs_copy (item, "invitationId", args);
  cgs_copy (item, "data", args);
  if (*invitation) {
    g_autoptr (json_t) empty = json_object ();

    store_put_json (store, CGS_ACCEPTED_INVITATIONS, invitation, empty);
  }
  store_put_json (store, CGS_USER_IDENTITIES, text_of (args, "id"), item);
  return TRUE;
}

VALIDATE (remove_user_identity)
{
  static const FieldType fields[] = { { "id", "string" }, { NULL, NULL } };

  (void) store;
  return check_fields (args, fields);
}

APPLY (remove_user_identity)
{
  store_delete (store, CGS_USER_IDENTITIES, text_of (args, "id"));
  return TRUE;
}

static char *
invitation_map (const json_t *args)
{
  return g_strconcat (CGS_USER_INVITATIONS "-", text_of (args, "invitationId"), NULL);
}

static char *
check_user_claims (const json_t *claims)
{
  static const char *const allowed[] = { "preferred_username", "email", "appid", "tid", "sub", "upn", NULL };
  json_t *object = (json_t *) (guintptr) claims; /* only read; the iteration macro takes no const */
  json_t *value;
  const char *name;

  json_object_foreach (object, name, value)
    if (!g_strv_contains (allowed, name))
      return g_strdup_printf ("The claim '%s' is not an allowed claim", name);
  return NULL;
}

VALIDATE (set_user_invitation)
{
  static const FieldType fields[] = { { "invitationId", "string" },
                                      { "type", "string" },
                                      { "accountType", "string" },
                                      { "claims", "object" },
                                      { NULL, NULL } };
  char *problem = check_fields (args, fields);
  const char *type = text_of (args, "type"), *account = text_of (args, "accountType");
  const char *invitation = text_of (args, "invitationId");

  if (problem)
    return problem;
  if (strcmp (type, "add") != 0 && strcmp (type, "remove") != 0)
    return g_strdup_printf ("Invitation with type '%s' is not supported", type);
  if (strcmp (account, "microsoft") != 0)
    return g_strdup_printf ("Invitation with account type '%s' is not supported", account);
  problem = check_user_claims (json_object_get (args, "claims"));
  if (!problem && store_has (store, CGS_ACCEPTED_INVITATIONS, invitation))
    problem = g_strdup_printf ("Invitation with Id '%s' has already been accepted.", invitation);
  return problem;
}

APPLY (set_user_invitation)
{
  g_autofree char *map = invitation_map (args);
  g_autofree char *problem = NULL;

  if (!cgs_policy_apply (store, map, args, "invitation", &problem))
    return apply_failed (error, problem);
  if (strcmp (text_of (args, "type"), "add") == 0) {
    g_autoptr (json_t) item = json_object ();

    cgs_copy (item, "accountType", args);
    store_put_json (store, CGS_USER_INVITATIONS, text_of (args, "invitationId"), item);
  }
  return TRUE;
}

VALIDATE (remove_user_invitation)
{
  static const FieldType fields[] = { { "invitationId", "string" }, { NULL, NULL } };

  (void) store;
  return check_fields (args, fields);
}

APPLY (remove_user_invitation)
{
  g_autofree char *map = invitation_map (args);

  store_delete (store, CGS_USER_INVITATIONS, text_of (args, "invitationId"));
  store_clear (store, map);
  return TRUE;
}

const GovAction gov_cgs_actions[] = {
  { "set_contract", validate_set_contract, apply_set_contract },
  { "set_deployment_spec", validate_set_deployment_spec, apply_set_deployment_spec },
  { "set_deployment_info", validate_set_deployment_info, apply_set_deployment_info },
  { "set_clean_room_policy", validate_set_clean_room_policy, apply_set_clean_room_policy },
  { "enable_oidc_issuer", validate_kid, apply_enable_oidc_issuer },
  { "set_oidc_issuer_url", validate_set_oidc_issuer_url, apply_set_oidc_issuer_url },
  { "oidc_issuer_enable_rotate_signing_key", validate_nothing, apply_oidc_rotate },
  { "enable_signing", validate_kid, apply_enable_signing },
  { "signing_enable_rotate_signing_key", validate_nothing, apply_signing_rotate },
  { "enable_ca", validate_enable_ca, apply_enable_ca },
  { "ca_enable_rotate_signing_key", validate_ca_rotate, apply_ca_rotate },
  { "set_contract_runtime_options_enable_logging", validate_contract_option, apply_enable_logging },
  { "set_contract_runtime_options_disable_logging", validate_contract_option, apply_disable_logging },
  { "set_contract_runtime_options_enable_telemetry", validate_contract_option, apply_enable_telemetry },
  { "set_contract_runtime_options_disable_telemetry", validate_contract_option, apply_disable_telemetry },
  { "set_cgs_runtime_options", validate_set_cgs_runtime_options, apply_set_cgs_runtime_options },
  { "set_member_document", validate_set_member_document, apply_set_member_document },
  { "set_user_identity", validate_set_user_identity, apply_set_user_identity },
  { "remove_user_identity", validate_remove_user_identity, apply_remove_user_identity },
  { "set_user_invitation_by_jwt_claims", validate_set_user_invitation, apply_set_user_invitation },
  { "remove_user_invitation_by_jwt_claims", validate_remove_user_invitation, apply_remove_user_invitation },
  { NULL, NULL, NULL },
};
