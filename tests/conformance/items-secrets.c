/* SPDX-License-Identifier: MIT
 * Items 59 to 68: secrets of members, users and clean rooms.
 */
#include "conformance.h"

#define LIMIT 25600

/* A secret put by a member before anything else exists, then read by the clean room. */
static void
first_secret (Conformance *it, guint item, const char *contract)
{
  raw (it, item);
  call (it, MEMBER_0, fmt (it, "PUT /contracts/%s/secrets/key", contract), js ("{'value':'hush \u00e9'}"),
        200);
  const char *id = fmt (it, "%s_key", member_id (it, MEMBER_0));
  has (it, "secretId", id);
  call (it, MEMBER_1, fmt (it, "GET /contracts/%s/secrets", contract), NULL, 200);
  is_exactly (it, fmt (it, "{'value':[{'secretId':'%s'}]}", id));
  accept_contract (it, contract);
  const char *line = fmt (it, "POST /contracts/%s/secrets/%s", contract, id);
  fails (it, ANYONE, line, attested (it, 1), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  if (item == 59) {
    raw (it, 62);
    attested_refusals (it, line);
    raw (it, 63);
    fails (it, ANYONE, line, js ("{'attestation':'invalidinput','encrypt':{'publicKey':'x'}}"), 400,
           "VerifySnpAttestationFailed", "cannot read property 'replace' of undefined");
    fails (it, ANYONE, line, attested (it, 1), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  }
  allow_all (it, contract);
  raw (it, item);
  g_autofree char *text = attested_text (it, 1, line, NULL);
  check (it, strcmp (text, "hush \u00e9") == 0, "the clean room read '%s'", text);
  if (item == 59) {
    raw (it, 63);
    key_is_bound (it, line);
    fails (it, ANYONE, fmt (it, "POST /contracts/%s/secrets/none", contract), attested (it, 1), 404,
           "SecretNotFound", "A secret with the specified id 'none' was not found.");
  }
}

static void
through_client (Conformance *it)
{
  client (it, 59);
  g_autofree char *id = cgs_secret_put (NULL, as (it, MEMBER_1), "secrets", "mine", "hush", out (it));
  done (it, id != NULL);
  got (it, cgs_secret_list (NULL, as (it, MEMBER_1), "secrets", out (it)));
  lists (it, "", "secretId", id ? id : "");
  g_autofree char *text = attested_text (it, 1, fmt (it, "POST /contracts/secrets/secrets/%s", id ? id : ""),
                                         NULL);
  check (it, strcmp (text, "hush") == 0, "the clean room read '%s'", text);
}

static void
limits (Conformance *it)
{
  g_autofree char *longest = g_strnfill (LIMIT, 'x');
  g_autofree char *longer = g_strnfill (LIMIT + 1, 'x');
  raw (it, 64);
  fails (it, MEMBER_0, "PUT /contracts/secrets/secrets/long", js ("{'value':'%s'}", longer), 400,
         "ValueTooLarge",
         "Length of the value should not exceed 25600 characters. Input is 25601 characters.");
  call (it, MEMBER_0, "PUT /contracts/secrets/secrets/long", js ("{'value':'%s'}", longest), 200);
  const char *line = fmt (it, "POST /contracts/secrets/secrets/%s_long", member_id (it, MEMBER_0));
  g_autofree char *text = attested_text (it, 1, line, NULL);
  check (it, strcmp (text, longest) == 0, "the longest secret came back with %u bytes",
         (guint) strlen (text));
  fails (it, MEMBER_0, "PUT /contracts/secrets/secrets/none", js ("{'value':''}"), 400, "ValueMissing",
         "Value must be supplied.");
  client (it, 64);
  g_autofree char *refusal = cgs_secret_put (NULL, as (it, MEMBER_0), "secrets", "long", longer, out (it));
  denied (it, refusal != NULL, "ValueTooLarge");
  g_autofree char *fits = cgs_secret_put (NULL, as (it, MEMBER_0), "secrets", "long", longest, out (it));
  done (it, fits != NULL);
}

static void
set_delegate (Conformance *it, const char *id, const char *type, const char *hosts)
{
  call (it, ANYONE, fmt (it, "PUT /contracts/secrets/cleanroompolicy/delegates/secrets/%s", id),
        attested_data (it, 1, fmt (it, "{'type':'%s','claims':{'x-ms-sevsnpvm-hostdata':%s}}", type, hosts)),
        200);
}

/* A delegate for secret ID whose text is TEXT: set (item SET), honoured, removed (item GONE). */
static void
delegate (Conformance *it, guint set, guint gone, const char *id, const char *text)
{
  const char *line = fmt (it, "POST /contracts/secrets/secrets/%s", id);
  const char *policy = fmt (it, "POST /contracts/secrets/cleanroompolicy/delegates/secrets/%s", id);
  raw (it, set);
  fails (it, ANYONE, line, attested (it, 2), 400, "VerifySnpAttestationFailed", POLICY_MISMATCH);
  set_delegate (it, id, "add", "'" HOST_2 "'");
  call (it, MEMBER_0, policy, NULL, 200);
  is_exactly (it, "{'claims':{'x-ms-sevsnpvm-hostdata':['" HOST_2 "']}}");
  for (guint number = 1; number <= 2; number++) {
    g_autofree char *read = attested_text (it, number, line, NULL);
    check (it, strcmp (read, text) == 0, "clean room %u read '%s'", number, read);
  }
  raw (it, gone);
  set_delegate (it, id, "remove", "'" HOST_2 "'");
  call (it, MEMBER_0, policy, NULL, 200);
  is_exactly (it, "{'claims':{}}");
  fails (it, ANYONE, line, attested (it, 2), 400, "VerifySnpAttestationFailed", POLICY_MISMATCH);
  g_autofree char *still = attested_text (it, 1, line, NULL);
  check (it, strcmp (still, text) == 0, "clean room 1 read '%s'", still);
}

static void
of_users (Conformance *it)
{
  raw (it, 65);
  call (it, USER_0, "PUT /contracts/secrets/secrets/token", js ("{'value':'of a user'}"), 200);
  is_exactly (it, fmt (it, "{'secretId':'%s_token'}", caller_id (it, USER_0)));
  call (it, USER_0, "POST /contracts/secrets/cleanroompolicy/delegates/secrets/unknown", NULL, 200);
  is_exactly (it, "{'claims':{}}");
  fails (it, STRANGER, "PUT /contracts/secrets/secrets/token", js ("{'value':'x'}"), 403,
         "CallerNotAuthorized", NULL);
  client (it, 65);
  g_autofree char *id = cgs_secret_put (NULL, as (it, USER_1), "secrets", "token", "x", out (it));
  done (it, id != NULL);
}

static void
of_clean_rooms (Conformance *it)
{
  raw (it, 68);
  fails (it, ANYONE, "PUT /contracts/secrets/secrets/own", attested_data (it, 2, "{'value':'x'}"), 400,
         "VerifySnpAttestationFailed", "Attestation claims do not match the contract policy.");
  call (it, ANYONE, "PUT /contracts/secrets/secrets/own", attested_data (it, 1, "{'value':'of the room'}"),
        200);
  is_exactly (it, "{'secretId':'cleanroom_own'}");
  g_autofree char *read = attested_text (it, 1, "POST /contracts/secrets/secrets/cleanroom_own", NULL);
  check (it, strcmp (read, "of the room") == 0, "the clean room read '%s'", read);
  delegate (it, 68, 68, "cleanroom_own", "of the room");
}

void
items_secrets (Conformance *it)
{
  first_secret (it, 59, "secrets");
  through_client (it);
  raw (it, 60);
  set_delegate (it, "some", "add", "['" HOST_1 "','" HOST_2 "','" HOST_1 "']");
  call (it, MEMBER_0, "POST /contracts/secrets/cleanroompolicy/delegates/secrets/some", NULL, 200);
  is_exactly (it, "{'claims':{'x-ms-sevsnpvm-hostdata':['" HOST_1 "','" HOST_2 "']}}");
  first_secret (it, 61, "placeholder");
  limits (it);
  of_users (it);
  delegate (it, 66, 67, fmt (it, "%s_key", member_id (it, MEMBER_0)), "hush \u00e9");
  of_clean_rooms (it);
}
