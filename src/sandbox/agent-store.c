/* SPDX-License-Identifier: MIT
 * Data in and out of the clean room with the federated identity of each dataset's owner.
 *
 * The governance service signs a token with subject <contract>-<owner>; the identity provider takes it as
 * client assertion of the owner's managed identity (OAuth 2.0, RFC 7523) and gives a storage token. Buckets
 * are opened with a key pair that their owner keeps as a secret of the contract.
 */
#include "sandbox/agent-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/secret.h"
#include "data/transfer.h"

#include <string.h>

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define ROLE_WAIT_MS 500
#define S3_REGION "us-west-1" /* where the public agent looks for buckets */
#define ROLE_LIMIT_MS 30000

typedef struct {
  Agent *agent;
  const json_t *store;
  GMutex lock;
  CrSecretText token; /* the last one */
} StoreAccess;

static void
store_access_clear (StoreAccess *access)
{
  cr_secret_text_clear (&access->token);
  g_mutex_clear (&access->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StoreAccess, store_access_clear)

static CrSecretText
fetch_token (Agent *agent, const json_t *store, const char *scope, GError **error)
{
  const char *tenant = cr_json_peek_string (store, "tenantId");
  const char *client = cr_json_peek_string (store, "clientId");
  g_auto (CrSecretText) assertion = agent_assertion (agent, cr_json_peek_string (store, "subject"), tenant,
                                                     cr_json_peek_string (store, "issuer"), error);
  g_auto (CrSecretText) form = NULL;
  g_autofree char *plain = NULL, *url = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (HttpResponse) response = NULL;
  g_autoptr (json_t) answer = NULL;
  const char *token;

  if (assertion == NULL)
    return NULL;
  plain = http_form ("grant_type", "client_credentials", "client_id", client, "client_assertion_type",
                     ASSERTION_TYPE, "client_assertion", assertion, "scope", scope, NULL);
  form = cr_secret_text_new (plain, -1);
  cr_wipe (plain, strlen (plain));
  body = cr_secret_new (form, strlen (form));
  url = g_strdup_printf ("%s/%s/oauth2/v2.0/token", sandbox_url (agent->sandbox, "identity"), tenant);
  const HttpRequest request = { .method = "POST",
                                .url = url,
                                .content_type = "application/x-www-form-urlencoded",
                                .body = body,
                                .retry = HTTP_RETRY_SAFE };
  response = http_call (NULL, agent->cloud, &request, error);
  answer = response != NULL ? http_response_json (response, error) : NULL;
  token = answer != NULL ? cr_json_get_string (answer, "access_token", "the token answer", error) : NULL;
  return token != NULL ? cr_secret_text_new (token, -1) : NULL;
}

static CrSecretText
store_token (gpointer data, CrJob *job, const char *scope, gboolean fresh, GError **error)
{
  StoreAccess *access = data;
  CrSecretText copy = NULL;

  (void) job;
  g_mutex_lock (&access->lock);
  if (fresh)
    cr_secret_text_clear (&access->token);
  if (access->token == NULL)
    access->token = fetch_token (access->agent, access->store, scope, error);
  if (access->token != NULL)
    copy = cr_secret_text_new (access->token, -1);
  g_mutex_unlock (&access->lock);
  return copy;
}

/* The key of a dataset that its owner encrypted; NULL with ERROR unset when there is none. Gives. */
static GBytes *
store_key (Agent *agent, const json_t *store, GError **error)
{
  const json_t *keys = json_object_get (store, "keys");
  g_auto (StoreAccess) access = { .agent = agent, .store = keys };

  return keys != NULL ? agent_release_key (agent, keys, store_token, &access, error) : NULL;
}

static BlobClient *
open_store (StoreAccess *access, Agent *agent, const json_t *store, GError **error)
{
  const char *url = cr_json_get_string (store, "url", "the access point", error);
  g_autoptr (GError) problem = NULL;
  g_autoptr (GBytes) key = NULL;
  BlobClient *client;

  if (url == NULL || cr_json_get_string (store, "container", "the access point", error) == NULL)
    return NULL;
  key = store_key (agent, store, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  access->agent = agent;
  access->store = store;
  client = blob_client_new (agent->cloud, url, store_token, access);
  blob_client_set_role_wait (client, ROLE_WAIT_MS, ROLE_LIMIT_MS);
  blob_client_set_key (client, key);
  return client;
}

/* "sub/directory/" or NULL. Gives. */
static char *
prefix_of (const json_t *store)
{
  const char *sub = cr_json_peek_string (store, "subdirectory");

  if (sub == NULL || *sub == '\0')
    return NULL;
  return g_str_has_suffix (sub, "/") ? g_strdup (sub) : g_strconcat (sub, "/", NULL);
}

/* An opened place: container or bucket. */
typedef struct {
  StoreAccess access;
  BlobClient *blob;
  S3Client *s3;
  CloudStore *store;
} Place;

static void
place_clear (Place *place)
{
  g_clear_pointer (&place->store, cloud_store_free);
  g_clear_pointer (&place->blob, blob_client_free);
  g_clear_pointer (&place->s3, s3_client_free);
  store_access_clear (&place->access);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

/* The key pair of a bucket is a secret of the contract: base64 of {"awsAccessKeyId",
 * "awsSecretAccessKey"}. */
static S3Client *
open_bucket (Agent *agent, const json_t *store, GError **error)
{
  g_auto (CrSecretText) text = agent_secret (agent, cr_json_peek_string (store, "secretId"), error);
  g_autoptr (GBytes) bytes = text != NULL ? cr_base64_decode (text, "the secret", error) : NULL;
  g_autoptr (json_t) pair = bytes != NULL ? cr_json_parse_bytes (bytes, "the secret", error) : NULL;
  const char *id = pair != NULL ? cr_json_get_string (pair, "awsAccessKeyId", "the secret", error) : NULL;
  const char *secret = id != NULL ? cr_json_get_string (pair, "awsSecretAccessKey", "the secret", error)
                                  : NULL;

  if (secret == NULL)
    return NULL;
  const S3Credentials credentials = { id, secret, NULL };
  return s3_client_new (agent->cloud, cr_json_peek_string (store, "url"), S3_REGION, &credentials);
}

static gboolean
open_place (Place *place, Agent *agent, const json_t *store, GError **error)
{
  const char *bucket = cr_json_peek_string (store, "bucket");

  if (bucket != NULL) {
    place->s3 = open_bucket (agent, store, error);
    place->store = place->s3 != NULL ? cloud_store_s3 (place->s3, bucket) : NULL;
  } else {
    place->blob = open_store (&place->access, agent, store, error);
    place->store = place->blob != NULL
                       ? cloud_store_blob (place->blob, cr_json_peek_string (store, "container"))
                       : NULL;
  }
  return place->store != NULL;
}

gboolean
agent_store_download (Agent *agent, const json_t *store, const char *folder, GError **error)
{
  g_auto (Place) place = { 0 };
  g_autofree char *prefix = prefix_of (store);

  return open_place (&place, agent, store, error)
         && transfer_download (place.store, NULL, prefix, folder, NULL, NULL, error);
}

gboolean
agent_store_upload (Agent *agent, const json_t *store, const char *folder, GError **error)
{
  g_auto (Place) place = { 0 };
  g_autofree char *prefix = prefix_of (store);

  return open_place (&place, agent, store, error)
         && transfer_upload (place.store, NULL, prefix, folder, NULL, NULL, error);
}
