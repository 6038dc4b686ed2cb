/* SPDX-License-Identifier: MIT
 * Items 115 to 123: roles, auto-approval options, a client made from parts, cryptography.
 */
#include "conformance.h"

#include "base/encode.h"
#include "cose/crypto.h"
#include "cose/x509.h"

static const char *const contract_options[] = { "deploymentspec", "deploymentinfo", "cleanroompolicy" };
static const char *const service_options[] = { "constitution", "jsapp" };

static void
set_option (Conformance *it, const char *name, const char *status)
{
  guint item = 121;
  raw (it, item);
  pass (it, "set_cgs_runtime_options",
        js ("{'option':'autoapprove-%s-proposal','status':'%s'}", name, status));
  call (it, USER_0, fmt (it, "POST /runtimeoptions/autoapprove-%s-proposal/status", name), NULL, 200);
  is_exactly (it, fmt (it, "{'status':'%s'}", status));
  client (it, item);
  got (it, cgs_option_status (NULL, as (it, MEMBER_0), fmt (it, "autoapprove-%s-proposal", name), out (it)));
  has (it, "status", status);
}

/* Give member WHO the role, or take it. The votes of those who count at that moment decide. */
static void
set_role (Conformance *it, Who who, const char *role, const char *value)
{
  pass (it, "set_member_data",
        js ("{'member_id':'%s','member_data':{'identifier':'member%u','tenantId':'tenant-0','cgsRoles':"
            "{'%s':'%s'}}}",
            member_id (it, who), who - MEMBER_0, role, value));
}

static void
propose_expecting (Conformance *it, Who who, const char *action, json_t *args, const char *state)
{
  const char *id = propose (it, who, action, args);
  state_is (it, state);
  if (strcmp (state, "Open") != 0 || !id)
    return;
  /* Leave nothing open behind. */
  vote (it, MEMBER_0, id, TRUE);
}

static void
contract_actions (Conformance *it, Who who, const char *state)
{
  propose_expecting (it, who, "set_deployment_spec", js ("{'contractId':'roles','spec':{'data':{'a':1}}}"),
                     state);
  propose_expecting (it, who, "set_deployment_info", js ("{'contractId':'roles','info':{'data':{'a':1}}}"),
                     state);
  propose_expecting (it, who, "set_clean_room_policy",
                     js ("{'contractId':'roles','type':'add','claims':" ALLOW_ALL "}"), state);
}

static void
contract_operator (Conformance *it)
{
  raw (it, 115);
  accept_contract (it, "roles");
  for (guint i = 0; i < G_N_ELEMENTS (contract_options); i++)
    set_option (it, contract_options[i], "enabled");
  raw (it, 115);
  set_role (it, MEMBER_1, "contractOperator", "true");
  contract_actions (it, MEMBER_0, "Open");
  contract_actions (it, MEMBER_1, "Accepted");
  raw (it, 116);
  set_role (it, MEMBER_1, "contractOperator", "false");
  contract_actions (it, MEMBER_1, "Open");
  raw (it, 117);
  set_role (it, MEMBER_1, "contractOperator", "true");
  for (guint i = 0; i < G_N_ELEMENTS (contract_options); i++)
    set_option (it, contract_options[i], "disabled");
  raw (it, 117);
  contract_actions (it, MEMBER_1, "Open");
  set_role (it, MEMBER_1, "contractOperator", "false");
}

/* The same constitution and application again, as read from the service. */
static void
service_actions (Conformance *it, Who who, const char *state)
{
  g_autofree char *text = ccf_constitution (NULL, as (it, who), out (it));
  g_autoptr (json_t) bundle = ccf_bundle_fetch (NULL, as (it, who), out (it));
  if (!check (it, text && bundle, "the service's own texts cannot be read"))
    return;
  propose_expecting (it, who, "set_js_app", json_pack ("{sO}", "bundle", bundle), state);
  propose_expecting (it, who, "set_constitution", json_pack ("{ss}", "constitution", text), state);
}

static void
service_operator (Conformance *it)
{
  raw (it, 118);
  for (guint i = 0; i < G_N_ELEMENTS (service_options); i++)
    set_option (it, service_options[i], "enabled");
  raw (it, 118);
  set_role (it, MEMBER_1, "cgsOperator", "true");
  service_actions (it, MEMBER_0, "Open");
  service_actions (it, MEMBER_1, "Accepted");
  set_role (it, MEMBER_1, "cgsOperator", "false");
  service_actions (it, MEMBER_1, "Open");
  set_role (it, MEMBER_1, "cgsOperator", "true");
  for (guint i = 0; i < G_N_ELEMENTS (service_options); i++)
    set_option (it, service_options[i], "disabled");
  raw (it, 118);
  service_actions (it, MEMBER_1, "Open");
  set_role (it, MEMBER_1, "cgsOperator", "false");
  raw (it, 121);
  fails (it, MEMBER_0, "POST /runtimeoptions/anything/status", NULL, 400, "InvalidOption",
         "Option 'anything' is not a valid value.");
}

/* ROLE of member 2: with it, a contract needs the other two; without, all three. */
static void
not_counted (Conformance *it, const char *role)
{
  const char *with = fmt (it, "with-%s", role), *without = fmt (it, "without-%s", role);
  raw (it, 119);
  set_role (it, MEMBER_2, role, "true");
  put_contract (it, with);
  const char *id = propose (it, MEMBER_0, "set_contract",
                            js ("{'contractId':'%s','contract':{'data':'x'}}", with));
  vote (it, MEMBER_0, id, TRUE);
  state_is (it, "Open");
  vote (it, MEMBER_1, id, TRUE);
  state_is (it, "Accepted");
  call (it, MEMBER_0, fmt (it, "POST /contracts/%s", with), NULL, 200);
  has_size (it, "finalVotes", 2);
  lists (it, "finalVotes", "memberId", member_id (it, MEMBER_0));
  lists (it, "finalVotes", "memberId", member_id (it, MEMBER_1));

  raw (it, 120);
  set_role (it, MEMBER_2, role, "false");
  put_contract (it, without);
  id = propose (it, MEMBER_0, "set_contract", js ("{'contractId':'%s','contract':{'data':'x'}}", without));
  vote (it, MEMBER_0, id, TRUE);
  vote (it, MEMBER_1, id, TRUE);
  state_is (it, "Open");
  vote (it, MEMBER_2, id, TRUE);
  state_is (it, "Accepted");
  call (it, MEMBER_0, fmt (it, "POST /contracts/%s", without), NULL, 200);
  has_size (it, "finalVotes", 3);
}

/* The reference client takes endpoint and certificate per call; ours is made from them. */
static void
from_parts (Conformance *it)
{
  client (it, 122);
  g_autoptr (CcfClient) without = client_from_parts (it, MEMBER_0, FALSE, out (it));
  check (it, without == NULL, "a client without a trust anchor was made");
  g_autoptr (CcfClient) made = client_from_parts (it, MEMBER_0, TRUE, out (it));
  if (!check (it, made != NULL, "no client"))
    return;
  refused (it, cgs_contract_show (NULL, made, "parts", out (it)), "ContractNotFound");
  got (it, cgs_contract_option_status (NULL, made, "parts", "execution", out (it)));
  has (it, "reason.code", "ContractNotAccepted");
  done (it, cgs_contract_put (NULL, made, "parts", "terms", NULL, out (it)));
  got (it, cgs_contract_show (NULL, made, "parts", out (it)));
  has (it, "state", "Draft");
  has (it, "data", "terms");
}

static void
cryptography (Conformance *it)
{
  enum { SIZE = 5000 };
  g_autofree guint8 *data = g_malloc (SIZE);
  cr_random_bytes (data, SIZE);
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, NULL);
  client (it, 123);
  g_autoptr (GBytes) wrapped = cose_kwp_wrap (key, data, SIZE, out (it));
  g_autoptr (GBytes) plain = wrapped ? cose_kwp_unwrap (key, g_bytes_get_data (wrapped, NULL),
                                                        g_bytes_get_size (wrapped), out (it))
                                     : NULL;
  check (it, wrapped && g_bytes_get_size (wrapped) == 256 + SIZE + 8, "the wrapped size");
  check (it,
         plain && g_bytes_get_size (plain) == SIZE
             && memcmp (g_bytes_get_data (plain, NULL), data, SIZE) == 0,
         "the bytes changed");
  g_autoptr (GBytes) signature = cose_pss_sign (key, data, SIZE, out (it));
  check (it, signature && cose_pss_verify (key, data, SIZE, signature, NULL), "the signature");
  data[17] ^= 1;
  check (it, signature && !cose_pss_verify (key, data, SIZE, signature, NULL), "a wrong signature verifies");
}

void
items_roles (Conformance *it)
{
  contract_operator (it);
  service_operator (it);
  not_counted (it, "contractOperator");
  not_counted (it, "cgsOperator");
  from_parts (it);
  cryptography (it);
}
