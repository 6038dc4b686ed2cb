/* SPDX-License-Identifier: MIT
 * Who calls the blob service: tokens and Shared Key (blob-auth.h).
 */
#include "sandbox/blob-auth.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/secret.h"
#include "cloud/sign.h"
#include "sandbox/arm-private.h"

#include <stdio.h>
#include <string.h>

#define SKEW_MS (15 * 60 * 1000)

void
storage_caller_clear (StorageCaller *caller)
{
  g_clear_pointer (&caller->oid, g_free);
  storage_sas_clear (&caller->sas);
}

static void
not_signed_in (StorageCall *call, const char *code, const char *message)
{
  storage_fail (call, 401, code, "%s", message);
  g_autofree char *challenge = g_strdup_printf (
      "Bearer authorization_uri=%s/common/oauth2/authorize resource_id=https://storage.azure.com",
      sandbox_url (call->sandbox, "identity"));
  sandbox_respond_header (call->response, "WWW-Authenticate", challenge);
}

void
storage_unauthenticated (StorageCall *call, const char *detail)
{
  storage_fail_with (call, 403, "AuthenticationFailed", "AuthenticationErrorDetail", detail,
                     "Server failed to authenticate the request. Make sure the value of Authorization header "
                     "is formed correctly including the signature.");
}

static gboolean
take_token (StorageCall *call, const char *token, StorageCaller *caller)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) claims = idp_check_token (call->sandbox, token, "https://storage.azure.com", &error);
  if (claims != NULL)
    caller->oid = g_strdup (cr_json_peek_string (claims, "oid"));
  else
    not_signed_in (
        call, "InvalidAuthenticationInfo",
        "Server failed to authenticate the request. Signature, lifetime or audience validation failed.");
  return claims != NULL;
}

/* The two keys of the account. FALSE after answering. */
static gboolean
account_keys (StorageCall *call, GBytes *keys[2])
{
  gboolean permitted = FALSE;
  if (!manager_storage_keys (call->sandbox, call->account, keys, &permitted))
    storage_fail (call, 404, "ResourceNotFound", "The specified account does not exist.");
  else if (permitted)
    return TRUE;
  else
    storage_fail (call, 403, "KeyBasedAuthenticationNotPermitted",
                  "Key based authentication is not permitted on this storage account.");
  return FALSE;
}

static void
add_header (gpointer name, gpointer value, gpointer data)
{
  const CloudPair pair = { name, value };
  g_array_append_val ((GArray *) data, pair);
}

/* "Thu, 01 Jan 2026 00:00:00 GMT". FALSE for anything else. */
static gboolean
read_date (const char *text, gint64 *when_ms)
{
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  char month[4] = "";
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  if (sscanf (text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, month, &year, &hour, &minute, &second) != 6)
    return FALSE;
  const char *found = strlen (month) == 3 ? strstr (months, month) : NULL;
  g_autoptr (GDateTime) date = found != NULL ? g_date_time_new_utc (year, (int) (found - months) / 3 + 1, day,
                                                                    hour, minute, second)
                                             : NULL;
  if (date != NULL)
    *when_ms = g_date_time_to_unix (date) * 1000;
  return date != NULL;
}

/* The date of the request must be of now. FALSE after answering. */
static gboolean
check_date (StorageCall *call)
{
  const char *text = storage_header (call, "x-ms-date");
  if (text == NULL)
    text = storage_header (call, "date");
  gint64 when = 0;
  if (text != NULL && read_date (text, &when) && ABS (cr_now_ms () - when) <= SKEW_MS)
    return TRUE;
  storage_unauthenticated (call, text == NULL ? "The request has no date." : "Request date header too old.");
  return FALSE;
}

/* "SharedKey ACCOUNT:SIGNATURE", signed once more with both keys from what arrived. */
static gboolean
shared_key_fits (StorageCall *call, const char *claimed, GBytes *const keys[2])
{
  g_autoptr (GArray) query = sandbox_request_pairs (call->request);
  g_autoptr (GArray) headers = g_array_new (FALSE, FALSE, sizeof (CloudPair));
  g_hash_table_foreach (call->request->headers, add_header, headers);
  gboolean fits = FALSE;
  for (guint i = 0; i < 2; i++) {
    g_autofree char *made = cloud_shared_key_sign (
        call->account, keys[i], call->request->method, call->request->path, (const CloudPair *) query->data,
        query->len, (const CloudPair *) headers->data, headers->len, call->request->length);
    fits = cr_secret_equal (made, strlen (made), claimed, strlen (claimed)) || fits;
  }
  return fits;
}

static gboolean
take_shared_key (StorageCall *call, const char *claimed, GBytes *const keys[2])
{
  if (!check_date (call))
    return FALSE;
  if (shared_key_fits (call, claimed, keys))
    return TRUE;
  storage_unauthenticated (
      call, "The MAC signature found in the HTTP request is not the same as any computed signature.");
  return FALSE;
}

gboolean
storage_authenticate (StorageCall *call, StorageCaller *caller)
{
  const char *authorization = storage_header (call, "authorization");
  const char *token = sandbox_request_bearer (call->request);
  g_autofree char *signature = authorization == NULL ? sandbox_request_query (call->request, "sig") : NULL;
  if (token != NULL)
    return take_token (call, token, caller);
  if (authorization == NULL && signature == NULL) {
    not_signed_in (call, "NoAuthenticationInformation",
                   "Server failed to authenticate the request. Please refer to the "
                   "information in the www-authenticate header.");
    return FALSE;
  }
  if (authorization != NULL && !g_str_has_prefix (authorization, "SharedKey ")) {
    storage_unauthenticated (call, "Only Bearer and SharedKey are accepted here.");
    return FALSE;
  }
  GBytes *keys[2] = { NULL, NULL };
  gboolean good = account_keys (call, keys);
  if (good && signature == NULL)
    good = caller->key = take_shared_key (call, authorization, keys);
  else if (good)
    good = caller->has_sas = storage_sas_take (call, keys, &caller->sas);
  g_clear_pointer (&keys[0], g_bytes_unref);
  g_clear_pointer (&keys[1], g_bytes_unref);
  return good;
}
