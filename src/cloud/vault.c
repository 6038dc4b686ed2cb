/* SPDX-License-Identifier: MIT
 * Keys and secrets of a vault (vault.h).
 */
#include "cloud/vault-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/translate.h"
#include "cloud/cloud-private.h"
#include "cose/jwk-private.h"
#include "cose/jwt.h"
#include "http/http-error.h"

#include <string.h>

#define NAME_MAX_LENGTH 127
#define WAIT_EVERY_MS 10000u
#define WAIT_LIMIT_MS 600000u

struct VaultClient {
  HttpClient *http;
  char *url;
  CloudTokenFunc token;
  gpointer data;
  guint wait_every_ms, wait_limit_ms;
};

VaultClient *
vault_client_new (HttpClient *http, const char *url, CloudTokenFunc token, gpointer data)
{
  VaultClient *client = g_new0 (VaultClient, 1);
  client->http = http;
  client->url = g_strdup (url);
  client->token = token;
  client->data = data;
  client->wait_every_ms = WAIT_EVERY_MS;
  client->wait_limit_ms = WAIT_LIMIT_MS;
  return client;
}

void
vault_client_free (VaultClient *client)
{
  if (client == NULL)
    return;
  g_free (client->url);
  g_free (client);
}

void
vault_client_set_role_wait (VaultClient *client, guint every_ms, guint limit_ms)
{
  client->wait_every_ms = every_ms;
  client->wait_limit_ms = limit_ms;
}

/* How long to wait before the call is sent again; 0 = RESPONSE is final. Tells the person. */
static guint
pause_for (VaultClient *client, CrJob *job, const HttpResponse *response, guint waited_ms)
{
  if (response->status != 403 || waited_ms >= client->wait_limit_ms)
    return 0;
  g_autoptr (json_t) body = cr_json_parse_bytes (response->body, "the answer of the vault", NULL);
  const json_t *inner = json_object_get (json_object_get (body, "error"), "innererror");
  if (g_strcmp0 (cr_json_peek_string (inner, "code"), "ForbiddenByRbac") != 0)
    return 0;
  g_autofree char *text =
      g_strdup_printf (_ ("Waiting until the new role on the vault takes effect: %u s of at most %u s."),
                       waited_ms / 1000, client->wait_limit_ms / 1000);
  cr_job_notice (job, "waiting", text);
  return MAX (client->wait_every_ms, 1);
}

json_t *
vault_call (VaultClient *client, CrJob *job, const char *method, const char *kind, const char *name,
            const char *rest, GBytes *body, GError **error)
{
  /* Managed HSMs speak the same protocol, under a name and with tokens of their own. */
  const char *scope = strstr (client->url, ".managedhsm.azure.net") != NULL ? CLOUD_SCOPE_HSM
                                                                            : CLOUD_SCOPE_VAULT;
  const CloudCaller caller = { client->http, client->token, client->data, scope };
  g_autofree char *encoded = cr_percent_encode (name, NULL);
  g_autofree char *path = g_strdup_printf ("%s/%s%s", kind, encoded, rest);
  g_autofree char *base = http_url_join (client->url, path);
  g_autofree char *url = g_strconcat (base, "?api-version=" VAULT_API, NULL);
  HttpRequest request = { .method = method,
                          .url = url,
                          .body = body,
                          .content_type = body != NULL ? "application/json" : NULL,
                          .retry = HTTP_RETRY_SAFE };
  for (guint waited_ms = 0;;) {
    g_autoptr (HttpResponse) response = cloud_send (&caller, job, &request, error);
    if (response == NULL)
      return NULL;
    if (response->status >= 200 && response->status < 300)
      return http_response_json (response, error);
    guint pause_ms = pause_for (client, job, response, waited_ms);
    if (pause_ms == 0) {
      g_autofree char *what = g_strdup_printf ("%s %s/%s", method, kind, name);
      http_error_set (error, what, response);
      return NULL;
    }
    if (!cr_job_sleep (job, pause_ms, error))
      return NULL;
    waited_ms += pause_ms;
  }
}

/* --- keys --- */

json_t *
vault_release_policy (const char *authority, const char *const *host_data)
{
  json_t *hosts = json_array ();
  for (guint i = 0; host_data[i] != NULL; i++)
    json_array_append_new (
        hosts, json_pack ("{s:s, s:s}", "claim", "x-ms-sevsnpvm-hostdata", "equals", host_data[i]));
  /* One value is written as the plain condition that others write too. */
  json_t *host = json_array_size (hosts) == 1 ? json_incref (json_array_get (hosts, 0))
                                              : json_pack ("{s:O}", "anyOf", hosts);
  json_decref (hosts);
  return json_pack ("{s:s, s:[{s:s, s:[o, {s:s, s:s}, {s:s, s:s}]}]}", "version", "1.0.0", "anyOf",
                    "authority", authority, "allOf", host, "claim", "x-ms-compliance-status", "equals",
                    "azure-compliant-uvm", "claim", "x-ms-attestation-type", "equals", "sevsnpvm");
}

/* The body of an import, private numbers included, in wiped memory. Gives. */
static GBytes *
import_body (const EVP_PKEY *key, const char *policy, GError **error)
{
  g_auto (CrSecretText) members = cose_jwk_private_members (key, error);
  if (members == NULL)
    return NULL;
  char *text =
      g_strdup_printf ("{\"key\":{\"kty\":\"RSA-HSM\",\"key_ops\":[\"encrypt\",\"wrapKey\"],%s},\"Hsm\":true,"
                       "\"attributes\":{\"exportable\":true},\"release_policy\":{\"contentType\":"
                       "\"application/json; charset=utf-8\",\"data\":\"%s\",\"immutable\":false}}",
                       members, policy);
  GBytes *body = cr_secret_new (text, strlen (text));
  cr_wipe (text, strlen (text));
  g_free (text);
  return body;
}

/* The release policy of a key bundle. NULL with ERROR unset when it has none. Gives. */
static json_t *
policy_of (const json_t *bundle, GError **error)
{
  const char *data = cr_json_peek_string (json_object_get (bundle, "release_policy"), "data");
  g_autoptr (GBytes) bytes = data != NULL ? cr_base64url_decode (data, -1, "the release policy", error)
                                          : NULL;
  return bytes != NULL ? cr_json_parse_bytes (bytes, "the release policy", error) : NULL;
}

gboolean
vault_key_import (VaultClient *client, CrJob *job, const char *name, const EVP_PKEY *key,
                  const json_t *policy, GError **error)
{
  g_autofree char *policy_text = cr_json_dump (policy);
  g_autofree char *encoded = cr_base64url (policy_text, strlen (policy_text));
  g_autoptr (GBytes) body = import_body (key, encoded, error);
  g_autoptr (json_t) bundle = body != NULL ? vault_call (client, job, "PUT", "keys", name, "", body, error)
                                           : NULL;
  if (bundle == NULL)
    return FALSE;
  g_autoptr (json_t) kept = policy_of (bundle, NULL);
  if (kept != NULL && json_equal (kept, policy)
      && cr_json_peek_bool (json_object_get (bundle, "attributes"), "exportable", FALSE))
    return TRUE;
  cr_set_error (error, CR_ERROR_REFUSED, "Do not grant access with this key; tell the owner of the vault.",
                "The vault did not keep the release policy of the key %s.", name);
  return FALSE;
}

EVP_PKEY *
vault_key_show (VaultClient *client, CrJob *job, const char *name, json_t **policy, GError **error)
{
  g_autoptr (json_t) bundle = vault_call (client, job, "GET", "keys", name, "", NULL, error);
  const json_t *jwk = bundle != NULL ? cr_json_get_object (bundle, "key", "the vault's key", error) : NULL;
  if (jwk == NULL)
    return NULL;
  /* A vault names the type of a hardware key with a suffix. */
  g_autoptr (json_t) plain = json_deep_copy (jwk);
  const char *type = cr_json_peek_string (plain, "kty");
  if (g_strcmp0 (type, "RSA-HSM") == 0)
    cr_json_set_string (plain, "kty", "RSA");
  g_autoptr (EVP_PKEY) key = cose_jwk_key (plain, error);
  if (key == NULL)
    return NULL;
  if (policy != NULL) {
    g_autoptr (GError) problem = NULL;
    *policy = policy_of (bundle, &problem);
    if (problem != NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  }
  return g_steal_pointer (&key);
}

/* --- secrets --- */

gboolean
vault_secret_put (VaultClient *client, CrJob *job, const char *name, const char *value, GError **error)
{
  g_autoptr (json_t) wanted = json_object ();
  cr_json_set_string (wanted, "value", value);
  g_autofree char *text = cr_json_dump (wanted);
  g_autoptr (GBytes) body = cr_secret_new (text, strlen (text));
  cr_wipe (text, strlen (text));
  g_autoptr (json_t) answer = vault_call (client, job, "PUT", "secrets", name, "", body, error);
  return answer != NULL;
}

CrSecretText
vault_secret_get (VaultClient *client, CrJob *job, const char *name, GError **error)
{
  g_autoptr (json_t) answer = vault_call (client, job, "GET", "secrets", name, "", NULL, error);
  const char *value = answer != NULL ? cr_json_get_string (answer, "value", "the vault's secret", error)
                                     : NULL;
  return value != NULL ? cr_secret_text_new (value, -1) : NULL;
}

char *
vault_wrapped_name (const char *datastore, const char *kek, GError **error)
{
  g_autofree char *name = g_strdup_printf ("wrapped-%s-dek-%s", datastore, kek);
  if (strlen (name) <= NAME_MAX_LENGTH
      && g_regex_match_simple ("^[0-9a-zA-Z-]+$", name, G_REGEX_DOLLAR_ENDONLY, 0))
    return g_steal_pointer (&name);
  cr_set_error (error, CR_ERROR_INPUT, "Use a shorter name of letters, digits and hyphens for the datastore.",
                "A vault cannot keep a secret called %s: at most %d letters, digits and hyphens.", name,
                NAME_MAX_LENGTH);
  return NULL;
}
