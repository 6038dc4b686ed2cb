/* SPDX-License-Identifier: MIT
 * Secrets of a contract: written by members, users and clean rooms, read by clean rooms only.
 */
#include "sandbox/cgs-common.h"

#include "base/secret.h"

#include <string.h>

#define SECRET_MAX_UNITS 25600

static char *
secrets_map (const char *contract)
{
  return g_strconcat ("secrets-", contract, NULL);
}

/* Length as the script counts it: UTF-16 units. */
static gsize
utf16_length (const char *text)
{
  gsize length = 0;

  /* Every character but its continuation bytes counts, those beyond the basic plane (four bytes) twice. */
  for (; *text; text++)
    length += ((guint8) *text & 0xC0) != 0x80 ? 1 + ((guint8) *text >= 0xF0) : 0;
  return length;
}

static void
put_secret (CcfCall *call, const char *owner, const json_t *body)
{
  const char *contract = cgs_parameter (call, 0);
  const json_t *value = json_object_get (body, "value");

  if (cgs_missing (value)) {
    cgs_error (call, 400, "ValueMissing", "Value must be supplied.");
    return;
  }

  gsize length = json_is_string (value) ? utf16_length (json_string_value (value)) : 0;

  if (length > SECRET_MAX_UNITS) {
    cgs_error (call, 400, "ValueTooLarge",
               "Length of the value should not exceed %d characters. Input is %" G_GSIZE_FORMAT
               " characters.",
               SECRET_MAX_UNITS, length);
    return;
  }

  g_autofree char *map = secrets_map (contract);
  g_autofree char *id = g_strdup_printf ("%s_%s", owner, cgs_parameter (call, 1));
  g_autoptr (json_t) item = json_pack ("{sO}", "value", value);

  store_put_json (call->store, map, id, item);
  cgs_answer (call, json_pack ("{ss}", "secretId", id));
}

static void
put_secret_by_clean_room (CcfCall *call)
{
  CgsEvidence rule = { .contract = cgs_parameter (call, 0), .bound_key = "encrypt", .any_platform = TRUE };
  g_autoptr (json_t) body = cgs_body (call);

  if (!body || !cgs_need_attestation (call, body) || !cgs_check_evidence (call, body, &rule))
    return;

  g_autoptr (json_t) data = cgs_signed_json (call, body);

  if (data)
    put_secret (call, "cleanroom", data);
}

void
app_secret_put (CcfCall *call)
{
  if (call->policy == CCF_AUTH_NONE) {
    put_secret_by_clean_room (call);
    return;
  }
  if (!cgs_authorized (call))
    return;

  g_autoptr (json_t) body = cgs_body (call);

  if (body)
    put_secret (call, call->caller_id, body);
}

void
app_secret_get (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0), *id = cgs_parameter (call, 1);
  CgsEvidence rule = { .contract = contract,
                       .bound_key = "encrypt",
                       .delegate_type = "secrets",
                       .delegate_id = id,
                       .any_platform = TRUE };
  g_autoptr (json_t) body = cgs_body (call);

  if (!body || !cgs_need_attestation (call, body) || !cgs_need_encryption (call, body)
      || !cgs_check_evidence (call, body, &rule))
    return;

  g_autofree char *map = secrets_map (contract);
  g_autoptr (json_t) item = store_get_json (call->store, map, id);

  if (!item) {
    cgs_error (call, 404, "SecretNotFound", "A secret with the specified id '%s' was not found.", id);
    return;
  }

  g_autofree char *plain = cgs_js_text (json_object_get (item, "value"));

  cgs_answer_wrapped (call, body, plain);
  cr_wipe (plain, strlen (plain));
}

void
app_secret_list (CcfCall *call)
{
  g_autofree char *map = secrets_map (cgs_parameter (call, 0));

  if (!cgs_authorized (call))
    return;

  g_autoptr (GPtrArray) ids = store_keys (call->store, map);
  json_t *list = json_array ();

  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, json_pack ("{ss}", "secretId", g_ptr_array_index (ids, i)));
  cgs_answer (call, cgs_value_list (list));
}
