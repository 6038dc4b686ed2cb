/* SPDX-License-Identifier: MIT
 * Items 38 to 58: audit events, who may write them, and how they are read.
 */
#include "conformance.h"

#include "base/clock.h"
#include "base/encode.h"
#include "cose/crypto.h"

#define EVENTS "/contracts/events/events"
#define DELEGATE "/contracts/events/cleanroompolicy/delegates/events/writer"
#define PUT(query) "PUT " EVENTS query

static void
put (Conformance *it, guint room_number, const char *line, const char *text)
{
  call (it, ANYONE, line, attested_data (it, room_number, fmt (it, "{'text':'%s'}", text)), 204);
}

static const char *
transaction (Conformance *it)
{
  const char *id = conf_header (it, "x-ms-ccf-transaction-id");
  const char *dot = id ? strchr (id, '.') : NULL;
  check (it, dot != NULL, "no transaction id");
  return fmt (it, "%s", dot ? dot + 1 : "0");
}

static void
before_a_policy (Conformance *it)
{
  raw (it, 38);
  call (it, MEMBER_0, "GET " EVENTS, NULL, 200);
  is_exactly (it, "{'value':[]}");
  client (it, 38);
  CgsEventQuery latest = { 0 };
  got (it, cgs_events (NULL, as (it, MEMBER_0), "events", &latest, out (it)));
  has_size (it, "", 0);
  raw (it, 39);
  fails (it, ANYONE, PUT (""), js ("{}"), 400, "AttestationMissing", "Attestation payload must be supplied.");
  accept_contract (it, "events");
  raw (it, 40);
  fails (it, ANYONE, PUT (""), attested_data (it, 1, "{'text':'early'}"), 400, "VerifySnpAttestationFailed",
         POLICY_MISSING);
}

/* Refusals in their order, on a contract without and with a policy. */
static void
refusals (Conformance *it)
{
  g_autoptr (json_t) good = attested_data (it, 1, "{'text':'x'}");
  raw (it, 47);
  fails (it, ANYONE, PUT (""), js ("{'attestation':'x'}"), 400, "SignatureMissing",
         "Signature payload must be supplied.");
  raw (it, 48);
  fails (it, ANYONE, PUT (""), js ("{'attestation':'x','sign':{'signature':'x'}}"), 400, "TimestampMissing",
         "Timestamp must be supplied.");
  raw (it, 49);
  fails (it, ANYONE, PUT (""), js ("{'attestation':'x','sign':{},'timestamp':'10000000000000'}"), 400,
         "TimestampTooLarge", NULL);
  raw (it, 50);
  fails (it, ANYONE, PUT (""), js ("{'attestation':'invalidinput','sign':{},'timestamp':'1'}"), 400,
         "VerifySnpAttestationFailed", "cannot read property 'replace' of undefined");
  raw (it, 51);
  fails (it, ANYONE, PUT (""), json_incref (good), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
}

static void
refusals_with_policy (Conformance *it)
{
  g_autoptr (json_t) other = attested_data (it, 2, "{'text':'x'}");
  json_t *body = attested_data (it, 1, "{'text':'x'}");
  json_object_set (body, "sign", json_object_get (other, "sign"));
  raw (it, 52);
  fails (it, ANYONE, PUT (""), body, 400, "ReportDataMismatch",
         "Attestation report_data value did not match calculated value.");
  raw (it, 53);
  body = attested_data (it, 1, "{'text':'x'}");
  json_object_set_new (body, "data", json_string ("eyJ0ZXh0IjoieSJ9"));
  fails (it, ANYONE, PUT (""), body, 400, "SignatureMismatch", "Signature verification was not successful.");
  raw (it, 39);
  fails (it, MEMBER_0, PUT (""), js ("{}"), 400, "AttestationMissing", NULL);
}

static void
taken_and_read (Conformance *it)
{
  g_autofree char *today = cr_today ();
  raw (it, 41);
  put (it, 1, PUT (""), "one");
  is_empty (it);
  const char *first = transaction (it);
  raw (it, 42);
  call (it, USER_0, "GET " EVENTS, NULL, 200);
  has_size (it, "value", 1);
  has (it, "value.0.data", "{\"text\":\"one\"}");
  has (it, "value.0.scope", "");
  has (it, "value.0.id", "events");
  has (it, "value.0.seqno", first);
  g_autofree char *timestamp = text_at (it, "value.0.timestamp"),
                  *iso = text_at (it, "value.0.timestamp_iso");
  check (it, strlen (timestamp) == 13, "the timestamp is %s", timestamp);
  check (it, g_str_has_prefix (iso, today) && strlen (iso) == 24, "the time is %s", iso);
  has (it, "value.0.timestampIso", NULL);
  client (it, 42);
  CgsEventQuery latest = { 0 };
  got (it, cgs_events (NULL, as (it, MEMBER_0), "events", &latest, out (it)));
  has (it, "0.data.text", "one");

  /* A NUL in a text is the clean room's own business: it is kept, and shown with its escape. */
  g_autoptr (json_t) nul = json_object ();
  json_object_set_new (nul, "text", json_stringn ("a\0b", 3));
  call (it, ANYONE, PUT ("?id=nul"), attestation_client_signed_body (room (it, 1), nul, out (it)), 204);
  call (it, MEMBER_0, "GET " EVENTS "?id=nul", NULL, 200);
  check (it, strstr (conf_text (it), "a\\u0000b") != NULL, "the event is %s", conf_text (it));
  CgsEventQuery with_nul = { .id = "nul", .from_seqno = 1 };
  got (it, cgs_events (NULL, as (it, MEMBER_0), "events", &with_nul, out (it)));
  has (it, "0.data.text", "a\\u0000b");

  raw (it, 43);
  put (it, 1, PUT (""), "two");
  put (it, 1, PUT (""), "three");
  const char *last = transaction (it);
  call (it, MEMBER_1, "GET " EVENTS, NULL, 200);
  has_size (it, "value", 1);
  has (it, "value.0.data.text", "three");
  client (it, 43);
  got (it, cgs_events (NULL, as (it, MEMBER_0), "events", &latest, out (it)));
  has_size (it, "", 1);
  has (it, "0.data.text", "three");

  raw (it, 44);
  call (it, MEMBER_1, fmt (it, "GET " EVENTS "?from_seqno=%s", last), NULL, 200);
  has_size (it, "value", 1);
  has (it, "value.0.data.text", "three");
  call (it, MEMBER_1, "GET " EVENTS "?from_seqno=1", NULL, 200);
  has_size (it, "value", 3);
  has (it, "value.0.data.text", "one");
  has (it, "value.1.data.text", "two");
  has (it, "value.2.data.text", "three");
  g_autofree char *range_iso = text_at (it, "value.0.timestampIso");
  check (it, g_str_has_prefix (range_iso, today), "the time is %s", range_iso);
  has (it, "value.0.timestamp_iso", NULL);
  has (it, "nextLink", NULL);
  client (it, 44);
  CgsEventQuery all = { .from_seqno = 1 };
  got (it, cgs_events (NULL, as (it, MEMBER_0), "events", &all, out (it)));
  has_size (it, "", 3);
  has (it, "2.data.text", "three");
}

static void
paging (Conformance *it)
{
  raw (it, 45);
  put (it, 1, PUT (""), "four");
  put (it, 1, PUT (""), "five");
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autofree char *line = g_strdup ("GET " EVENTS "?from_seqno=1&max_seqno_per_page=2");
  guint calls = 0;
  while (line && calls++ < 500) {
    call (it, MEMBER_1, line, NULL, 200);
    const json_t *list = json_object_get (conf_answer (it), "value");
    for (gsize i = 0; i < json_array_size (list); i++)
      g_string_append_printf (
          seen, "%s ", cr_json_peek_string (json_object_get (json_array_get (list, i), "data"), "text"));
    g_clear_pointer (&line, g_free);
    const char *next = cr_json_peek_string (conf_answer (it), "nextLink");
    if (next
        && check (it, g_str_has_prefix (next, "/app/contracts/events/events?from_seqno="), "link %s", next))
      line = g_strdup_printf ("GET %s&max_seqno_per_page=%u", next + strlen ("/app"), 20u);
  }
  check (it, calls > 1, "one call was enough");
  check (it, conf_waited (it), "no answer was 202: the past was at hand at once");
  check (it, strcmp (seen->str, "one two three four five ") == 0, "the pages give %s", seen->str);
  fails (it, MEMBER_1, "GET " EVENTS "?from_seqno=x", NULL, 500, "InternalError",
         "Exception thrown while executing.");
  fails (it, MEMBER_1, "GET " EVENTS "?from_seqno=5&to_seqno=4", NULL, 500, "InternalError", NULL);
  fails (it, MEMBER_1, "GET " EVENTS "?to_seqno=99999999", NULL, 500, "InternalError", NULL);

  raw (it, 46);
  put (it, 1, PUT ("?id=other"), "other id");
  put (it, 1, PUT ("?scope=inner"), "other scope");
  call (it, MEMBER_1, "GET " EVENTS, NULL, 200);
  has (it, "value.0.data.text", "five");
  call (it, MEMBER_1, "GET " EVENTS "?id=other", NULL, 200);
  has (it, "value.0.data.text", "other id");
  has (it, "value.0.id", "other");
  call (it, MEMBER_1, "GET " EVENTS "?scope=inner", NULL, 200);
  has (it, "value.0.data.text", "other scope");
  has (it, "value.0.scope", "inner");
  call (it, MEMBER_1, "GET " EVENTS "?id=nothing", NULL, 200);
  is_exactly (it, "{'value':[]}");
  client (it, 46);
  CgsEventQuery query = { .id = "other" };
  got (it, cgs_events (NULL, as (it, MEMBER_0), "events", &query, out (it)));
  has (it, "0.data.text", "other id");
}

static void
by_token (Conformance *it, Who who, const char *contract)
{
  const char *line = fmt (it, "PUT /contracts/%s/events", contract);
  raw (it, 54);
  accept_contract (it, contract);
  fails (it, who, line, attested_data (it, 1, "{'text':'x'}"), 400, "VerifyJwtAttestationFailed",
         POLICY_MISSING);
  pass (it, "set_clean_room_policy",
        js ("{'contractId':'%s','type':'add','policyType':'jwt','claims':{'oid':'%s'}}", contract,
            caller_id (it, who)));
  call (it, who, line, attested_data (it, 1, "{'text':'by token'}"), 204);
  call (it, MEMBER_0, fmt (it, "GET /contracts/%s/events", contract), NULL, 200);
  has (it, "value.0.data.text", "by token");
  pass (it, "set_clean_room_policy",
        js ("{'contractId':'%s','type':'remove','policyType':'jwt','claims':{'oid':'%s'}}", contract,
            caller_id (it, who)));
  pass (it, "set_clean_room_policy",
        js ("{'contractId':'%s','type':'add','policyType':'jwt','claims':{'oid':'someone else'}}", contract));
  fails (it, who, line, attested_data (it, 1, "{'text':'x'}"), 400, "VerifyJwtAttestationFailed",
         POLICY_MISMATCH);
}

static void
by_cvm (Conformance *it)
{
  static const char line[] = "PUT /contracts/cvm/events";
  raw (it, 55);
  accept_contract (it, "cvm");
  g_autoptr (json_t) data = js ("{'text':'from a CVM'}");
  g_autoptr (json_t) body = attestation_client_cvm_body (room (it, 1), data, out (it));
  if (!check (it, body != NULL, "no CVM evidence"))
    return;
  fails (it, ANYONE, line, json_incref (body), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  const json_t *pcrs = json_object_get (json_object_get (json_object_get (body, "attestation"), "evidence"),
                                        "pcrs");
  const char *pcr4 = cr_json_peek_string (pcrs, "4"), *pcr7 = cr_json_peek_string (pcrs, "7");
  pass (it, "set_clean_room_policy",
        js ("{'contractId':'cvm','type':'add','policyType':'snp-cvm','claims':{'pcr4':'%s','pcr7':'%s'}}",
            pcr4, pcr7));
  call (it, ANYONE, line, json_incref (body), 204);
  pass (it, "set_clean_room_policy",
        js ("{'contractId':'cvm','type':'remove','policyType':'snp-cvm','claims':{'pcr4':'%s','pcr7':'%s'}}",
            pcr4, pcr7));
  pass (
      it, "set_clean_room_policy",
      js ("{'contractId':'cvm','type':'add','policyType':'snp-cvm','claims':{'pcr4':'AAAA','pcr7':'AAAA'}}"));
  fails (it, ANYONE, line, json_incref (body), 400, "VerifySnpAttestationFailed", POLICY_MISMATCH);
}

static void
delegate (Conformance *it)
{
  static const char claims[] = "{'x-ms-sevsnpvm-is-debuggable':[false],'x-ms-sevsnpvm-hostdata':['" HOST_2
                               "']}";
  static const char change[] = "{'type':'%s','claims':{'x-ms-sevsnpvm-is-debuggable':false,"
                               "'x-ms-sevsnpvm-hostdata':'" HOST_2 "'}}";
  raw (it, 56);
  fails (it, ANYONE, PUT (""), attested_data (it, 2, "{'text':'x'}"), 400, "VerifySnpAttestationFailed",
         POLICY_MISMATCH);
  call (it, ANYONE, "PUT " DELEGATE, attested_data (it, 1, fmt (it, change, "add")), 200);
  is_empty (it);
  call (it, MEMBER_0, "POST " DELEGATE, NULL, 200);
  is_exactly (it, fmt (it, "{'claims':%s}", claims));
  call (it, USER_0, "GET /contracts/events/cleanroompolicy/delegates", NULL, 200);
  is_exactly (it, "{'value':[{'delegateType':'events','delegateId':'writer'}]}");
  client (it, 56);
  got (it, cgs_delegate_show (NULL, as (it, MEMBER_0), "events", "events", "writer", out (it)));
  has (it, "claims/x-ms-sevsnpvm-hostdata/0", HOST_2);
  got (it, cgs_delegates_list (NULL, as (it, MEMBER_0), "events", out (it)));
  has_size (it, "", 1);
  has (it, "0.delegateType", "events");
  has (it, "0.delegateId", "writer");
  raw (it, 57);
  put (it, 2, PUT (""), "by the delegate");
  put (it, 1, PUT (""), "by the first");
  raw (it, 58);
  call (it, ANYONE, "PUT " DELEGATE, attested_data (it, 1, fmt (it, change, "remove")), 200);
  call (it, MEMBER_0, "POST " DELEGATE, NULL, 200);
  is_exactly (it, "{'claims':{}}");
  fails (it, ANYONE, PUT (""), attested_data (it, 2, "{'text':'x'}"), 400, "VerifySnpAttestationFailed",
         NULL);
  put (it, 1, PUT (""), "still");
  call (it, MEMBER_1, "GET " EVENTS "?from_seqno=1", NULL, 200);
  has (it, "value.5.data.text", "by the delegate");
  has (it, "value.7.data.text", "still");
  client (it, 58);
  got (it, cgs_delegate_show (NULL, as (it, MEMBER_0), "events", "events", "writer", out (it)));
  has_size (it, "claims", 0);
}

void
items_events (Conformance *it)
{
  before_a_policy (it);
  refusals (it);
  allow_all (it, "events");
  refusals_with_policy (it);
  taken_and_read (it);
  paging (it);
  by_token (it, USER_0, "tokenlocal");
  by_token (it, ENTRA_USER, "tokenentra");
  by_cvm (it);
  delegate (it);
}
