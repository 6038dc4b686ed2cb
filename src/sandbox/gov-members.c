/* SPDX-License-Identifier: MIT
 * Members: records, roles, counts.
 */
#include "sandbox/ccf-node.h"

#include "cose/x509.h"

#include <string.h>

gboolean
gov_truthy (const json_t *value)
{
  if (!value || json_is_null (value) || json_is_false (value))
    return FALSE;
  if (json_is_string (value))
    return *json_string_value (value) != '\0';
  return !json_is_number (value) || json_number_value (value) != 0;
}

char *
gov_certificate_id (const char *pem)
{
  g_autoptr (X509) certificate = pem ? cose_cert_from_pem (pem, -1, "the certificate", NULL) : NULL;
  return certificate ? cose_cert_id (certificate) : NULL;
}

json_t *
gov_member (Store *store, const char *member_id)
{
  g_autoptr (json_t) info = store_get_json (store, MAP_MEMBER_INFO, member_id);
  if (!info)
    return NULL;
  g_autofree char *certificate = store_get (store, MAP_MEMBER_CERTS, member_id);
  g_autofree char *key = store_get (store, MAP_MEMBER_KEYS, member_id);
  const char *role = cr_json_peek_string (info, "recovery_role");
  json_t *data = json_object_get (info, "member_data");
  json_t *member = json_object ();
  cr_json_set_string (member, "memberId", member_id);
  cr_json_set_string (member, "status", cr_json_peek_string (info, "status"));
  cr_json_set (member, "memberData", data ? json_incref (data) : json_null ());
  cr_json_set_string (member, "certificate", certificate);
  cr_json_set_string (member, "publicEncryptionKey", key);
  cr_json_set_string (member, "recoveryRole", role ? role : key ? "Participant" : "NonParticipant");
  return member;
}

GPtrArray *
gov_member_ids (Store *store)
{
  return store_keys (store, MAP_MEMBER_INFO);
}

char *
gov_member_status (Store *store, const char *id)
{
  g_autoptr (json_t) info = store_get_json (store, MAP_MEMBER_INFO, id);
  return g_strdup (cr_json_peek_string (info, "status"));
}

static void
member_free (gpointer data)
{
  GovMember *member = data;
  union {
    const char *borrowed;
    char *owned;
  } id = { .borrowed = member->id };
  g_free (id.owned);
  g_free (member);
}

/* Roles below cgsRoles count only as the exact string "true". */
static gboolean
has_cgs_role (const json_t *data, const char *role)
{
  return g_strcmp0 (json_string_value (json_object_get (json_object_get (data, "cgsRoles"), role)), "true")
         == 0;
}

GPtrArray *
gov_member_list (Store *store)
{
  GPtrArray *members = g_ptr_array_new_with_free_func (member_free);
  g_autoptr (GPtrArray) ids = gov_member_ids (store);
  for (guint i = 0; i < ids->len; i++) {
    g_autoptr (json_t) info = store_get_json (store, MAP_MEMBER_INFO, g_ptr_array_index (ids, i));
    const json_t *data = json_object_get (info, "member_data");
    GovMember *member = g_new0 (GovMember, 1);
    member->id = g_strdup (g_ptr_array_index (ids, i));
    member->active = g_strcmp0 (cr_json_peek_string (info, "status"), "Active") == 0;
    member->is_operator = gov_truthy (json_object_get (data, "isOperator"));
    member->is_recovery_operator = gov_truthy (json_object_get (data, "isRecoveryOperator"));
    member->is_cgs_operator = has_cgs_role (data, "cgsOperator");
    member->is_contract_operator = has_cgs_role (data, "contractOperator");
    g_ptr_array_add (members, member);
  }
  return members;
}

guint
gov_active_recovery_members (Store *store)
{
  guint count = 0;
  g_autoptr (GPtrArray) ids = store_keys (store, MAP_MEMBER_KEYS);
  for (guint i = 0; i < ids->len; i++) {
    g_autoptr (json_t) member = gov_member (store, g_ptr_array_index (ids, i));
    count += g_strcmp0 (cr_json_peek_string (member, "status"), "Active") == 0
             && g_strcmp0 (cr_json_peek_string (member, "recoveryRole"), "NonParticipant") != 0;
  }
  return count;
}
