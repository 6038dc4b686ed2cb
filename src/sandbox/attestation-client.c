/* SPDX-License-Identifier: MIT
 * The clean room's side of attested calls: a key pair, evidence that binds it, bodies, and opened answers.
 */
#include "sandbox/attestation.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "cose/crypto.h"
#include "cose/x509.h"

#include <string.h>

/* Making the RSA key takes a tenth of a second or more, so a thread does it while the client is not used
 * yet. */
typedef struct {
  AttestationPlatform *platform;
  char *host_data;
  GMutex lock;
  GThread *maker; /* NULL once it was joined */
  EVP_PKEY *key;
  char *public_pem;
  char *public_base64;
  json_t *attestation;
} Material;

struct AttestationClient {
  Material *material;
};

static gpointer
make_material (gpointer data)
{
  Material *material = data;
  g_autoptr (GError) error = NULL;

  material->key = cose_key_new (COSE_KEY_RSA_2048, &error);
  if (material->key != NULL) {
    material->public_pem = cose_key_public_pem_trimmed (material->key);
    material->public_base64 = cr_base64 (material->public_pem, strlen (material->public_pem));
    material->attestation = attestation_make (material->platform, material->host_data, material->public_pem,
                                              &error);
  }
  /* Without key and evidence nothing the client sends would be accepted, and nothing it gets be readable. */
  if (material->attestation == NULL)
    g_error ("no key for the clean room: %s", error->message);
  return NULL;
}

/* What is made, waiting for it the first time. */
static const Material *
made (const AttestationClient *client)
{
  Material *material = client->material;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&material->lock);

  if (material->maker != NULL)
    g_thread_join (g_steal_pointer (&material->maker));
  return material;
}

AttestationClient *
attestation_client_new (const char *folder, const char *host_data_hex, GError **error)
{
  g_autoptr (AttestationPlatform) platform = attestation_platform_open (folder, error);

  if (!platform)
    return NULL;

  AttestationClient *client = g_new0 (AttestationClient, 1);
  Material *material = g_new0 (Material, 1);

  client->material = material;
  material->platform = g_steal_pointer (&platform);
  material->host_data = g_strdup (host_data_hex);
  g_mutex_init (&material->lock);
  material->maker = g_thread_new ("attestation", make_material, material);
  return client;
}

void
attestation_client_free (AttestationClient *client)
{
  if (!client)
    return;

  Material *material = client->material;

  made (client);
  attestation_platform_free (material->platform);
  g_free (material->host_data);
  g_mutex_clear (&material->lock);
  EVP_PKEY_free (material->key);
  g_free (material->public_pem);
  g_free (material->public_base64);
  json_decref (material->attestation);
  g_free (material);
  g_free (client);
}

const char *
attestation_client_public_key (const AttestationClient *client)
{
  return made (client)->public_pem;
}

EVP_PKEY *
attestation_client_key (const AttestationClient *client)
{
  return made (client)->key;
}

static void
add_evidence (const AttestationClient *client, json_t *body)
{
  cr_json_set_string (body, "platform", "snp-caci");
  cr_json_set (body, "attestation", json_deep_copy (made (client)->attestation));
}

json_t *
attestation_client_consent_body (const AttestationClient *client)
{
  json_t *body = json_object ();

  add_evidence (client, body);
  return body;
}

json_t *
attestation_client_encrypt_body (const AttestationClient *client)
{
  json_t *body = json_object ();

  cr_json_set (body, "encrypt", json_pack ("{ss}", "publicKey", made (client)->public_base64));
  add_evidence (client, body);
  return body;
}

json_t *
attestation_client_signed_body (const AttestationClient *client, const json_t *data, GError **error)
{
  g_autofree char *text = cr_json_dump (data);
  g_autofree char *encoded = cr_base64 (text, strlen (text));
  g_autofree char *timestamp = g_strdup_printf ("%" G_GINT64_FORMAT, cr_now_ms ());
  g_autoptr (GBytes) signature = cose_pss_sign (made (client)->key, text, strlen (text), error);

  if (!signature)
    return NULL;

  g_autofree char *signed_text = cr_base64_bytes (signature);
  json_t *body = json_object ();

  cr_json_set_string (body, "data", encoded);
  cr_json_set_string (body, "timestamp", timestamp);
  cr_json_set (body, "sign",
               json_pack ("{ssss}", "signature", signed_text, "publicKey", made (client)->public_base64));
  cr_json_set (body, "encrypt", json_pack ("{ss}", "publicKey", made (client)->public_base64));
  add_evidence (client, body);
  return body;
}

json_t *
attestation_client_cvm_body (const AttestationClient *client, const json_t *data, GError **error)
{
  json_t *evidence = attestation_cvm_make (client->material->platform, made (client)->public_pem, error);
  json_t *body = !evidence ? NULL
                 : data    ? attestation_client_signed_body (client, data, error)
                           : attestation_client_encrypt_body (client);

  if (!body) {
    json_decref (evidence);
    return NULL;
  }
  cr_json_set_string (body, "platform", "snp-cvm");
  cr_json_set (body, "attestation", evidence);
  return body;
}

GBytes *
attestation_client_unwrap (const AttestationClient *client, const json_t *answer, GError **error)
{
  const char *value = cr_json_get_string (answer, "value", "the wrapped answer", error);
  g_autoptr (GBytes) wrapped = value ? cr_base64_decode (value, "the wrapped answer", error) : NULL;

  if (!wrapped)
    return NULL;
  return cose_kwp_unwrap (made (client)->key, g_bytes_get_data (wrapped, NULL), g_bytes_get_size (wrapped),
                          error);
}

json_t *
attestation_client_unwrap_json (const AttestationClient *client, const json_t *answer, GError **error)
{
  g_autoptr (GBytes) plain = attestation_client_unwrap (client, answer, error);

  return plain ? cr_json_parse_bytes (plain, "the unwrapped answer", error) : NULL;
}

json_t *
attestation_client_evidence (const AttestationClient *client, const char *data, GError **error)
{
  const Material *material = made (client);

  return attestation_make (material->platform, material->host_data, data, error);
}
