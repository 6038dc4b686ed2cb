/* SPDX-License-Identifier: MIT
 * Bearer tokens: stored signing keys, issuer constraints, acceptance. CCF JWT authentication.
 */
#include "sandbox/ccf-node.h"

#include "base/clock.h"
#include "base/error.h"
#include "cose/jwt.h"
#include "cose/x509.h"

#include <string.h>

#define TENANT_PLACE "{tenantid}"
#define ENTRA_HOST "login.microsoftonline.com"

/* The host of an https URL, NULL when there is none. Gives. */
static char *
host_of (const char *url)
{
  if (!url)
    return NULL;
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_NON_DNS, NULL);
  /* The placeholder is no valid URI character, so fall back to cutting. */
  if (uri)
    return g_strdup (g_uri_get_host (uri));
  const char *start = strstr (url, "://");
  return start ? g_strndup (start + 3, strcspn (start + 3, ":/?#")) : NULL;
}

static char *
replace_tenant (const char *constraint, const char *tid)
{
  g_auto (GStrv) parts = g_strsplit (constraint, TENANT_PLACE, -1);
  return g_strjoinv (tid, parts);
}

/* First path segment of an issuer URL. Gives. */
static char *
first_segment (const char *iss)
{
  const char *start = strstr (iss, "://");
  start = start ? strchr (start + 3, '/') : NULL;
  return start ? g_strndup (start + 1, strcspn (start + 1, "/")) : g_strdup ("");
}

gboolean
ccf_jwt_constraint_holds (const char *constraint, const char *iss, const char *tid)
{
  if (!constraint)
    return TRUE;
  g_autofree char *host = host_of (constraint);
  /* The identity provider of this environment stands for Entra and uses the same placeholder. */
  if (g_strcmp0 (host, ENTRA_HOST) != 0 && !strstr (constraint, TENANT_PLACE))
    return strcmp (constraint, iss) == 0 && !tid;
  if (!tid || !*tid)
    return FALSE;
  g_autofree char *expected = replace_tenant (constraint, tid);
  g_autofree char *segment = first_segment (iss);
  return strcmp (expected, iss) == 0 && strcmp (segment, tid) == 0;
}

gboolean
ccf_jwt_constraint_fits (const char *issuer, const char *constraint)
{
  g_autofree char *host = host_of (issuer);
  g_autofree char *other = host_of (constraint);
  if (!host || !other)
    return FALSE;
  if (g_ascii_strcasecmp (host, other) == 0)
    return TRUE;
  g_autofree char *suffix = g_strconcat (".", other, NULL);
  return strlen (host) > strlen (suffix)
         && g_ascii_strcasecmp (host + strlen (host) - strlen (suffix), suffix) == 0;
}

/* The entry that is stored for one JWK of ISSUER. Gives. */
static json_t *
key_entry (const char *issuer, const json_t *jwk, GError **error)
{
  const char *constraint = cr_json_peek_string (jwk, "issuer");
  if (constraint && !ccf_jwt_constraint_fits (issuer, constraint)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "the issuer %s of a key is not in the domain of %s",
                  constraint, issuer);
    return NULL;
  }
  g_autoptr (EVP_PKEY) key = cose_jwk_key (jwk, error);
  if (!key)
    return NULL;
  g_autofree char *pem = cose_key_public_pem (key);
  json_t *entry = json_object ();
  cr_json_set_string (entry, "publicKey", pem);
  cr_json_set_string (entry, "issuer", issuer);
  cr_json_set_string (entry, "constraint", constraint);
  return entry;
}

/* LIST without the entries of ISSUER. Gives. */
static json_t *
without_issuer (const json_t *list, const char *issuer)
{
  json_t *rest = json_array ();
  for (gsize i = 0; i < json_array_size (list); i++) {
    json_t *entry = json_array_get (list, i);
    if (g_strcmp0 (cr_json_peek_string (entry, "issuer"), issuer) != 0)
      json_array_append (rest, entry);
  }
  return rest;
}

/* KEYS holds what ISSUER has now (kid -> list); everything else of that issuer goes. Unchanged keys are not
 * written, so that a refresh without news makes no transaction. */
static void
store_keys_of (Store *store, const char *issuer, json_t *keys)
{
  g_autoptr (GPtrArray) kids = store_keys (store, MAP_JWT_KEYS);
  for (guint i = 0; i < kids->len; i++) {
    const char *kid = g_ptr_array_index (kids, i);
    g_autoptr (json_t) stored = store_get_json (store, MAP_JWT_KEYS, kid);
    g_autoptr (json_t) merged = without_issuer (stored, issuer);
    json_t *own = json_object_get (keys, kid);
    if (own)
      json_array_extend (merged, own);
    if (!json_array_size (merged))
      store_delete (store, MAP_JWT_KEYS, kid);
    else if (!json_equal (merged, stored))
      store_put_json (store, MAP_JWT_KEYS, kid, merged);
    json_object_del (keys, kid);
  }
  const char *kid;
  json_t *list;
  json_object_foreach (keys, kid, list)
    store_put_json (store, MAP_JWT_KEYS, kid, list);
}

gboolean
ccf_jwt_set_keys (Store *store, const char *issuer, const json_t *jwks, GError **error)
{
  const json_t *list = json_object_get (jwks, "keys");
  if (!json_is_array (list) || !json_array_size (list)) {
    cr_set_error (error, CR_ERROR_INPUT, NULL, "JWKS has no keys");
    return FALSE;
  }
  g_autoptr (json_t) keys = json_object ();
  for (gsize i = 0; i < json_array_size (list); i++) {
    const json_t *jwk = json_array_get (list, i);
    const char *kid = cr_json_peek_string (jwk, "kid");
    json_t *entry = kid ? key_entry (issuer, jwk, error) : NULL;
    if (!kid)
      cr_set_error (error, CR_ERROR_INPUT, NULL, "a key of the JWKS has no kid");
    if (!entry)
      return FALSE;
    if (!json_object_get (keys, kid))
      cr_json_set (keys, kid, json_array ());
    json_array_append_new (json_object_get (keys, kid), entry);
  }
  store_keys_of (store, issuer, keys);
  return TRUE;
}

void
ccf_jwt_remove_keys (Store *store, const char *issuer)
{
  g_autoptr (json_t) none = json_object ();
  store_keys_of (store, issuer, none);
}

/* Does one of the keys stored for the token's kid verify it, with its constraint? */
static gboolean
try_keys (const CoseJwt *jwt, const json_t *entries, char **reason)
{
  const char *iss = cose_jwt_text (jwt, "iss");
  const char *tid = cose_jwt_text (jwt, "tid");
  const char *problem = "Signature verification failed";
  for (gsize i = 0; i < json_array_size (entries); i++) {
    const json_t *entry = json_array_get (entries, i);
    const char *pem = cr_json_peek_string (entry, "publicKey");
    g_autoptr (EVP_PKEY) key = pem ? cose_key_from_public_pem (pem, -1, "a signing key", NULL) : NULL;
    if (!key || !cose_jwt_verify (jwt, key, NULL))
      continue;
    if (ccf_jwt_constraint_holds (cr_json_peek_string (entry, "constraint"), iss, tid))
      return TRUE;
    problem = "Issuer constraint failed for the signing key";
  }
  *reason = g_strdup (problem);
  return FALSE;
}

/* What must be there before a key is looked for. */
static const char *
check_shape (const CoseJwt *jwt)
{
  const char *alg = cose_jwt_alg (jwt);
  if (!alg || (strcmp (alg, "RS256") != 0 && strcmp (alg, "ES256") != 0))
    return "Unsupported signing algorithm in JWT header";
  if (!cose_jwt_kid (jwt))
    return "Missing kid in JWT header";
  if (!cose_jwt_text (jwt, "iss"))
    return "Missing iss claim";
  gint64 expiry = 0;
  return cose_jwt_time (jwt, "exp", &expiry) ? NULL : "Missing exp claim";
}

json_t *
ccf_jwt_accept (Store *store, const char *token, char **reason)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CoseJwt) jwt = cose_jwt_parse (token, &error);
  if (!jwt) {
    *reason = g_strdup (error->message);
    return NULL;
  }
  const char *problem = check_shape (jwt);
  if (problem) {
    *reason = g_strdup (problem);
    return NULL;
  }
  g_autoptr (json_t) entries = store_get_json (store, MAP_JWT_KEYS, cose_jwt_kid (jwt));
  if (!entries) {
    *reason = g_strdup_printf ("JWT signing key not found for kid %s", cose_jwt_kid (jwt));
    return NULL;
  }
  if (!try_keys (jwt, entries, reason))
    return NULL;
  if (!cose_jwt_check_times (jwt, cr_now_seconds (), 0, &error)) {
    *reason = g_strdup (error->message);
    return NULL;
  }
  return json_incref (jwt->claims);
}
