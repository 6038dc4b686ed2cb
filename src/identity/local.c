/* SPDX-License-Identifier: MIT
 * The people of the local environment (local.h).
 */
#include "identity/local.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/translate.h"
#include "http/http-error.h"

#include <string.h>

#define PASSWORD_BYTES 18

void
identity_account_free (IdentityAccount *account)
{
  if (account == NULL)
    return;
  g_free (account->address);
  g_free (account->oid);
  g_free (account->tid);
  g_free (account);
}

static gboolean
check_sandbox (const IdentityLocal *local, GError **error)
{
  if (local->sandbox)
    return TRUE;
  cr_set_error (error, CR_ERROR_REFUSED, "Open the verification page in a browser and sign in there.",
                "Accounts and approvals can be automated in the local environment only.");
  return FALSE;
}

static KeyAttributes
entry_of (const IdentityLocal *local, const char *address)
{
  return (KeyAttributes){ .collaboration = local->collaboration,
                          .persona = local->persona,
                          .kind = KEY_KIND_ACCOUNT,
                          .name = address };
}

/* The password that is stored, or a new one that has just been stored. It is chosen here and kept before the
 * account is made: killed in between, the next attempt knows it. */
static CrSecretText
ensure_password (const IdentityLocal *local, const char *address, gboolean *is_new, GError **error)
{
  const KeyAttributes entry = entry_of (local, address);
  GError *problem = NULL;
  *is_new = FALSE;
  CrSecretText known = key_store_get_text (local->keys, &entry, &problem);
  if (known != NULL)
    return known;
  if (!g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error (error, problem);
    return NULL;
  }
  g_clear_error (&problem);
  *is_new = TRUE;
  guint8 random[PASSWORD_BYTES];
  cr_random_bytes (random, sizeof random);
  char *text = cr_base64url (random, sizeof random);
  cr_wipe (random, sizeof random);
  CrSecretText password = cr_secret_text_new (text, -1);
  cr_wipe (text, strlen (text));
  g_free (text);
  if (key_store_put_text (local->keys, &entry, password, error))
    return password;
  cr_secret_text_free (password);
  return NULL;
}

static HttpResponse *
post_account (const IdentityLocal *local, CrJob *job, const char *address, const char *password,
              GError **error)
{
  g_autofree char *url = http_url_join (local->identity_url, "local/accounts");
  g_autoptr (json_t) body = json_pack ("{s:s, s:s}", "address", address, "password", password);
  char *text = cr_json_dump (body);
  g_autoptr (GBytes) bytes = cr_secret_new (text, strlen (text));
  cr_wipe (text, strlen (text));
  g_free (text);
  /* Repeating is safe: the second time it says that the account exists. */
  HttpRequest request = {
    .method = "POST", .url = url, .content_type = "application/json", .body = bytes, .retry = HTTP_RETRY_SAFE
  };
  return http_send (job, local->http, &request, error);
}

IdentityAccount *
identity_local_create_account (const IdentityLocal *local, CrJob *job, const char *address, GError **error)
{
  if (!check_sandbox (local, error))
    return NULL;
  if (!cr_email_valid (address)) {
    cr_set_error (error, CR_ERROR_INPUT, "Write it as name@domain.", "\"%s\" is not an address.", address);
    return NULL;
  }
  gboolean is_new;
  g_auto (CrSecretText) password = ensure_password (local, address, &is_new, error);
  g_autoptr (HttpResponse) response = password != NULL ? post_account (local, job, address, password, error)
                                                       : NULL;
  if (response == NULL)
    return NULL;

  g_autoptr (IdentityAccount) account = g_new0 (IdentityAccount, 1);
  account->address = g_strdup (address);
  const KeyAttributes entry = entry_of (local, address);
  if (response->status == 409 && is_new) {
    key_store_remove (local->keys, &entry, NULL);
    cr_set_error (error, CR_ERROR_INPUT, "Choose another address, or start over: cleanroom sandbox reset.",
                  "The account %s exists already and its password is not in the keyring of %s.", address,
                  local->persona);
    return NULL;
  }
  if (response->status == 409)
    return g_steal_pointer (&account);
  if (response->status != 201) {
    http_error_set (error, "Making the local account", response);
    return NULL;
  }
  static const char what[] = "the answer of the identity provider";
  g_autoptr (json_t) answer = http_response_json (response, error);
  const char *given = answer != NULL ? cr_json_get_string (answer, "password", what, error) : NULL;
  if (given == NULL)
    return NULL;
  /* A provider that chooses the password itself is right about it. */
  if (strcmp (given, password) != 0 && !key_store_put_text (local->keys, &entry, given, error))
    return NULL;
  account->oid = g_strdup (cr_json_peek_string (answer, "oid"));
  account->tid = g_strdup (cr_json_peek_string (answer, "tid"));
  account->created = TRUE;
  return g_steal_pointer (&account);
}

/* FORM is wiped and freed. */
static HttpResponse *
post_page (const IdentityLocal *local, CrJob *job, const char *url, char *form, GError **error)
{
  g_autoptr (GBytes) body = cr_secret_new (form, strlen (form));
  cr_wipe (form, strlen (form));
  g_free (form);
  HttpRequest request = {
    .method = "POST", .url = url, .content_type = "application/x-www-form-urlencoded", .body = body
  };
  return http_send (job, local->http, &request, error);
}

gboolean
identity_local_approve (const IdentityLocal *local, CrJob *job, const char *address, const char *user_code,
                        GError **error)
{
  if (!check_sandbox (local, error))
    return FALSE;
  const KeyAttributes entry = entry_of (local, address);
  g_auto (CrSecretText) password = key_store_get_text (local->keys, &entry, error);
  if (password == NULL)
    return FALSE;
  g_autofree char *url = http_url_join (local->identity_url, "device");
  HttpRequest page = { .method = "GET", .url = url };
  g_autoptr (HttpResponse) shown = http_call (job, local->http, &page, error);
  if (shown == NULL)
    return FALSE;
  g_autoptr (HttpResponse) response =
      post_page (local, job, url,
                 http_form ("user_code", user_code, "address", address, "password", password, NULL), error);
  if (response == NULL)
    return FALSE;
  if (response->status == 200)
    return TRUE;
  const CrRemote remote = { .http_status = response->status };
  cr_set_remote_error (error, CR_ERROR_SIGN_IN, &remote,
                       response->status == 401
                           ? N_ ("Start a new collaboration: the stored password is not the account's.")
                           : N_ ("Start the sign-in again; it gives a new code."),
                       "The sign-in page did not accept %s with the code %s.", address, user_code);
  return FALSE;
}
