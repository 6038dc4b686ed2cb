/* SPDX-License-Identifier: MIT
 * Actions on members, users and the recovery settings.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/ccf-shares.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>

/* The first problem of several checks; the others are freed. */
static char *
first_problem (char **problems, guint count)
{
  char *first = NULL;
  for (guint i = 0; i < count; i++)
    if (!first)
      first = problems[i];
    else
      g_free (problems[i]);
  return first;
}
#define FIRST(...) first_problem ((char *[]){ __VA_ARGS__ }, G_N_ELEMENTS (((char *[]){ __VA_ARGS__ })))

static const char *
text (const json_t *args, const char *field)
{
  return cr_json_peek_string (args, field);
}

static char *
validate_set_member (Store *store, const json_t *args)
{
  static const char *const roles[] = { "NonParticipant", "Participant", "Owner", NULL };
  (void) store;
  char *problem = gov_check_certificates (args, "cert");
  if (!problem)
    problem = gov_check_type (args, "member_data", "object?");
  const json_t *role = problem ? NULL : json_object_get (args, "recovery_role");
  if (role)
    problem = gov_check_among (role, roles, "recovery_role");
  if (!problem && role && strcmp (json_string_value (role), "NonParticipant") != 0
      && !text (args, "encryption_pub_key"))
    problem = g_strdup ("Cannot specify a recovery_role value when encryption_pub_key is not specified");
  /* The constitution looks no further, and the node fails later when it makes shares for such a key. */
  return problem ? problem : gov_check_public_key (args, "encryption_pub_key");
}

/* An existing member becomes Accepted too and must acknowledge again. */
static gboolean
apply_set_member (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                  const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  g_autofree char *id = gov_certificate_id (text (args, "cert"));
  if (!id) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "cert is not valid");
    return FALSE;
  }
  g_autoptr (json_t) info = json_object ();
  cr_json_set_string (info, "status", "Accepted");
  json_t *data = json_object_get (args, "member_data");
  if (data && !json_is_null (data))
    cr_json_set (info, "member_data", json_incref (data));
  cr_json_set_string (info, "recovery_role", text (args, "recovery_role"));
  store_put (store, MAP_MEMBER_CERTS, id, text (args, "cert"));
  store_put_json (store, MAP_MEMBER_INFO, id, info);
  if (text (args, "encryption_pub_key"))
    store_put (store, MAP_MEMBER_KEYS, id, text (args, "encryption_pub_key"));
  else
    store_delete (store, MAP_MEMBER_KEYS, id);
  /* There is something to acknowledge at once: the state that the ledger signed last. */
  guint8 root[LEDGER_HASH];
  store_root (store, root);
  g_autofree char *digest = cr_hex (root, sizeof root);
  store_put (store, MAP_MEMBER_ACKS, id, digest);
  return TRUE;
}

static char *
validate_member_id (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_entity_id (args, "member_id");
}

static gboolean
apply_remove_member (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                     const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  const char *id = text (args, "member_id");
  g_autoptr (json_t) member = gov_member (store, id);
  if (!member)
    return TRUE;
  gboolean recovers = text (member, "publicEncryptionKey")
                      && g_strcmp0 (text (member, "status"), "Active") == 0
                      && g_strcmp0 (text (member, "recoveryRole"), "NonParticipant") != 0;
  gint64 threshold = gov_config (store, "recovery_threshold", 1);
  if (recovers && (gint64) gov_active_recovery_members (store) <= threshold) {
    cr_set_error (
        error, CR_ERROR_REFUSED, NULL,
        "Number of active recovery members (%u) would be less than recovery threshold (%" G_GINT64_FORMAT ")",
        gov_active_recovery_members (store) - 1, threshold);
    return FALSE;
  }
  store_delete (store, MAP_MEMBER_CERTS, id);
  store_delete (store, MAP_MEMBER_KEYS, id);
  store_delete (store, MAP_MEMBER_INFO, id);
  store_delete (store, MAP_MEMBER_ACKS, id);
  return !recovers || ccf_shares_issue (store, error);
}

static char *
validate_set_member_data (Store *store, const json_t *args)
{
  (void) store;
  return FIRST (gov_check_entity_id (args, "member_id"), gov_check_type (args, "member_data", "object"));
}

static gboolean
apply_set_member_data (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                       const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  g_autoptr (json_t) info = store_get_json (store, MAP_MEMBER_INFO, text (args, "member_id"));
  if (!info) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "Member %s does not exist", text (args, "member_id"));
    return FALSE;
  }
  cr_json_set (info, "member_data", json_incref (json_object_get (args, "member_data")));
  store_put_json (store, MAP_MEMBER_INFO, text (args, "member_id"), info);
  return TRUE;
}

static char *
validate_set_user (Store *store, const json_t *args)
{
  (void) store;
  return FIRST (gov_check_certificates (args, "cert"), gov_check_type (args, "user_data", "object?"));
}

static void
put_user_data (Store *store, const char *id, const json_t *args)
{
  json_t *data = json_object_get (args, "user_data");
  if (data && !json_is_null (data))
    store_put_json (store, MAP_USER_INFO, id, data);
  else
    store_delete (store, MAP_USER_INFO, id);
}

static gboolean
apply_set_user (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  g_autofree char *id = gov_certificate_id (text (args, "cert"));
  if (!id) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "cert is not valid");
    return FALSE;
  }
  store_put (store, MAP_USER_CERTS, id, text (args, "cert"));
  put_user_data (store, id, args);
  return TRUE;
}

static char *
validate_user_id (Store *store, const json_t *args)
{
  (void) store;
  return gov_check_entity_id (args, "user_id");
}

static gboolean
apply_remove_user (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                   const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  store_delete (store, MAP_USER_CERTS, text (args, "user_id"));
  store_delete (store, MAP_USER_INFO, text (args, "user_id"));
  return TRUE;
}

static char *
validate_set_user_data (Store *store, const json_t *args)
{
  (void) store;
  return FIRST (gov_check_entity_id (args, "user_id"), gov_check_type (args, "user_data", "object?"));
}

static gboolean
apply_set_user_data (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                     const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  (void) error;
  put_user_data (store, text (args, "user_id"), args);
  return TRUE;
}

static gboolean
is_service_open (Store *store)
{
  g_autofree char *status = gov_service_status (store);
  return g_strcmp0 (status, "Open") == 0;
}

static void
set_config (Store *store, const char *name, gint64 value)
{
  g_autoptr (json_t) config = store_get_json (store, MAP_CONFIG, THE_KEY);
  if (!config)
    config = json_object ();
  cr_json_set_int (config, name, value);
  store_put_json (store, MAP_CONFIG, THE_KEY, config);
}

static char *
validate_recovery_threshold (Store *store, const json_t *args)
{
  const json_t *value = json_object_get (args, "recovery_threshold");
  (void) store;
  if (!args || json_is_null (args))
    return gov_check_type (args, "recovery_threshold", "integer");
  char *problem = gov_check_value (value, "integer", "threshold");
  return problem ? problem : gov_check_bounds (value, 1, 254, "threshold");
}

static gboolean
set_threshold (Store *store, gint64 threshold, GError **error)
{
  guint members = gov_active_recovery_members (store);
  if (is_service_open (store) && threshold > (gint64) members) {
    cr_set_error (error, CR_ERROR_REFUSED, NULL,
                  "Cannot set recovery threshold to %" G_GINT64_FORMAT
                  ": recovery threshold would be greater than the number of recovery members %u",
                  threshold, members);
    return FALSE;
  }
  set_config (store, "recovery_threshold", threshold);
  return ccf_shares_issue (store, error);
}

static gboolean
apply_recovery_threshold (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                          const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  return set_threshold (store, cr_json_peek_int (args, "recovery_threshold", 1), error);
}

static char *
validate_service_configuration (Store *store, const json_t *args)
{
  static const char *const known[] = { "reconfiguration_type", "recovery_threshold",
                                       "recent_cose_proposals_window_size", NULL };
  (void) store;
  g_autoptr (json_t) copy = json_deep_copy (args); /* iteration takes no const */
  const char *key;
  json_t *value;
  json_object_foreach (copy, key, value)
    if (!g_strv_contains (known, key))
      return g_strdup_printf ("Cannot change %s via set_service_configuration.", key);
  static const struct {
    const char *field, *label;
    gint64 high;
  } numbers[] = { { "recovery_threshold", "recovery threshold", 254 },
                  { "recent_cose_proposals_window_size", "recent cose proposals window size", 10000 } };
  char *problem = gov_check_value (json_object_get (args, "reconfiguration_type"), "string?",
                                   "reconfiguration type");
  for (guint i = 0; !problem && i < G_N_ELEMENTS (numbers); i++) {
    const json_t *number = json_object_get (args, numbers[i].field);
    problem = gov_check_value (number, "integer?", numbers[i].label);
    if (!problem && number)
      problem = gov_check_bounds (number, 1, numbers[i].high, numbers[i].label);
  }
  return problem;
}

static gboolean
apply_service_configuration (Sandbox *sandbox, Store *store, const json_t *args, const char *proposal_id,
                             const json_t *final_votes, GError **error)
{
  (void) sandbox;
  (void) proposal_id;
  (void) final_votes;
  gint64 window = cr_json_peek_int (args, "recent_cose_proposals_window_size", 0);
  gint64 threshold = cr_json_peek_int (args, "recovery_threshold", 0);
  if (window)
    set_config (store, "recent_cose_proposals_window_size", window);
  return !threshold || set_threshold (store, threshold, error);
}

const GovAction gov_member_actions[] = {
  { "set_member", validate_set_member, apply_set_member },
  { "remove_member", validate_member_id, apply_remove_member },
  { "set_member_data", validate_set_member_data, apply_set_member_data },
  { "set_user", validate_set_user, apply_set_user },
  { "remove_user", validate_user_id, apply_remove_user },
  { "set_user_data", validate_set_user_data, apply_set_user_data },
  { "set_recovery_threshold", validate_recovery_threshold, apply_recovery_threshold },
  { "set_service_configuration", validate_service_configuration, apply_service_configuration },
  { NULL, NULL, NULL },
};
