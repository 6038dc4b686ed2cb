/* SPDX-License-Identifier: MIT
 * Keys of the service that a proposal asks for by request id: one for tokens (OIDC), one for signing.
 */
#include "sandbox/cgs-common.h"

#include "cose/crypto.h"
#include "cose/x509.h"

#include <string.h>

#define KEY "signingKey"

json_t *
cgs_service_key (Store *store, const char *map)
{
  return store_get_json (store, map, KEY);
}

static gboolean
make_key (CcfCall *call, const char *config_map, const char *key_map, const char *request)
{
  g_autofree char *prefix = store_get (call->store, config_map, "generateSigningKeyKid");
  g_autofree char *kid = g_strdup_printf ("%s-%s", prefix ? prefix : "undefined", request);
  g_autoptr (GError) error = NULL;
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_RSA_2048, &error);

  if (!key) {
    cgs_throw (call, "%s", error->message);
    return FALSE;
  }

  g_autofree char *public_pem = cose_key_public_pem (key);
  g_auto (CrSecretText) private_pem = cose_key_private_pem (key);
  g_autoptr (json_t) item = json_pack ("{ssssssss}", "kid", kid, "reqId", request, "publicKey", public_pem,
                                       "privateKey", private_pem);

  store_put_json (call->store, key_map, KEY, item);
  return TRUE;
}

void
cgs_service_key_generate (CcfCall *call, const char *config_map, const char *key_map, const char *code,
                          const char *message)
{
  g_autofree char *enabled = store_get (call->store, config_map, "enabled");
  g_autofree char *request = store_get (call->store, config_map, "generateSigningKeyRequestId");
  g_autoptr (json_t) current = cgs_service_key (call->store, key_map);

  if (g_strcmp0 (enabled, "true") != 0 || !request) {
    cgs_error (call, 405, code, "%s", message);
    return;
  }
  if (!current || g_strcmp0 (cr_json_peek_string (current, "reqId"), request) != 0) {
    if (!make_key (call, config_map, key_map, request))
      return;
    json_decref (current);
    current = cgs_service_key (call->store, key_map);
  }

  json_t *answer = json_object ();

  cgs_copy (answer, "reqId", current);
  cgs_copy (answer, "kid", current);
  cgs_answer (call, answer);
}

GBytes *
cgs_service_key_sign (const json_t *key, const void *data, gsize length)
{
  const char *pem = cr_json_peek_string (key, "privateKey");
  g_autoptr (EVP_PKEY) private_key = NULL;

  if (pem)
    private_key = cose_key_from_private_pem (pem, -1, "the signing key", NULL);
  return private_key ? cose_pss_sign (private_key, data, length, NULL) : NULL;
}
