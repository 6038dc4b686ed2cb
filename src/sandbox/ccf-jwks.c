/* SPDX-License-Identifier: MIT
 * Signing keys of auto-refreshed issuers: discovery document, then key set, over TLS that is checked
 * against the issuer's certificate bundle only. On a thread of its own.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"
#include "base/job.h"
#include "http/http.h"

#include <string.h>

#define INTERVAL_SECONDS 1800
#define SETTLE_MS 1500
#define CONNECT_MS 2000
#define TOTAL_MS 5000
#define MAX_ANSWER (1024u * 1024)

struct CcfKeyRefresh {
  Sandbox *sandbox;
  Store *store;
  CrJob *job;
  GThread *thread;
  gint marked;
  GMutex mutex;
  GCond changed;
  gboolean stop;
  guint64 wanted; /* rounds asked for */
  guint64 done;   /* rounds finished */
};

typedef struct {
  char *issuer;
  char *bundle;
} Issuer;

static void
issuer_free (gpointer data)
{
  Issuer *issuer = data;
  g_free (issuer->issuer);
  g_free (issuer->bundle);
  g_free (issuer);
}

static GPtrArray *
read_issuers (Store *store)
{
  GPtrArray *issuers = g_ptr_array_new_with_free_func (issuer_free);
  if (!store_begin (store, NULL))
    return issuers;
  g_autoptr (GPtrArray) names = store_keys (store, MAP_JWT_ISSUERS);
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autoptr (json_t) record = store_get_json (store, MAP_JWT_ISSUERS, name);
    const char *bundle = cr_json_peek_string (record, "ca_cert_bundle_name");
    if (!cr_json_peek_bool (record, "auto_refresh", FALSE) || !bundle)
      continue;
    Issuer *issuer = g_new0 (Issuer, 1);
    issuer->issuer = g_strdup (name);
    issuer->bundle = store_get (store, MAP_BUNDLES, bundle);
    g_ptr_array_add (issuers, issuer);
  }
  store_abort (store);
  return issuers;
}

static json_t *
fetch (CcfKeyRefresh *refresh, HttpClient *client, const char *url, GError **error)
{
  HttpRequest request = {
    .method = "GET", .url = url, .retry = HTTP_RETRY_NEVER, .max_response = MAX_ANSWER
  };
  g_autoptr (HttpResponse) response = http_call (refresh->job, client, &request, error);
  return response ? http_response_json (response, error) : NULL;
}

static json_t *
fetch_keys (CcfKeyRefresh *refresh, const Issuer *issuer, GError **error)
{
  g_autoptr (HttpClient) client = http_client_new (issuer->bundle ? issuer->bundle : "", error);
  if (!client)
    return NULL;
  http_client_set_timeouts (client, CONNECT_MS, CONNECT_MS, TOTAL_MS);
  http_client_set_retries (client, 1, 0);
  g_autofree char *base = g_str_has_suffix (issuer->issuer, "/")
                              ? g_strndup (issuer->issuer, strlen (issuer->issuer) - 1)
                              : g_strdup (issuer->issuer);
  g_autofree char *url = g_strconcat (base, "/.well-known/openid-configuration", NULL);
  g_autoptr (json_t) discovery = fetch (refresh, client, url, error);
  if (!discovery)
    return NULL;
  const char *jwks_uri = cr_json_get_string (discovery, "jwks_uri", "the discovery document", error);
  return jwks_uri ? fetch (refresh, client, jwks_uri, error) : NULL;
}

static void
refresh_issuer (CcfKeyRefresh *refresh, const Issuer *issuer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) jwks = fetch_keys (refresh, issuer, &error);
  if (jwks && store_begin (refresh->store, &error)) {
    /* The issuer may have been removed while its keys were on the way. */
    if (store_has (refresh->store, MAP_JWT_ISSUERS, issuer->issuer)
        && ccf_jwt_set_keys (refresh->store, issuer->issuer, jwks, &error))
      store_commit (refresh->store, NULL, &error);
    else
      store_abort (refresh->store);
  }
  if (error)
    sandbox_log (refresh->sandbox, "keys of %s: %s", issuer->issuer, error->message);
}

static gpointer
refresh_thread (gpointer data)
{
  CcfKeyRefresh *refresh = data;
  g_mutex_lock (&refresh->mutex);
  while (!refresh->stop) {
    guint64 round = refresh->wanted;
    g_mutex_unlock (&refresh->mutex);
    g_autoptr (GPtrArray) issuers = read_issuers (refresh->store);
    for (guint i = 0; i < issuers->len; i++)
      refresh_issuer (refresh, g_ptr_array_index (issuers, i));
    g_mutex_lock (&refresh->mutex);
    refresh->done = round;
    g_cond_broadcast (&refresh->changed);
    gint64 next = g_get_monotonic_time () + (gint64) INTERVAL_SECONDS * G_USEC_PER_SEC;
    while (!refresh->stop && refresh->wanted == round)
      if (!g_cond_wait_until (&refresh->changed, &refresh->mutex, next))
        break;
  }
  g_mutex_unlock (&refresh->mutex);
  return NULL;
}

CcfKeyRefresh *
ccf_key_refresh_new (Sandbox *sandbox, Store *store)
{
  CcfKeyRefresh *refresh = g_new0 (CcfKeyRefresh, 1);
  refresh->sandbox = sandbox;
  refresh->store = store;
  refresh->job = cr_job_new ();
  g_mutex_init (&refresh->mutex);
  g_cond_init (&refresh->changed);
  refresh->thread = g_thread_new ("jwt-keys", refresh_thread, refresh);
  return refresh;
}

void
ccf_key_refresh_free (CcfKeyRefresh *refresh)
{
  if (!refresh)
    return;
  g_mutex_lock (&refresh->mutex);
  refresh->stop = TRUE;
  g_cond_broadcast (&refresh->changed);
  g_mutex_unlock (&refresh->mutex);
  g_cancellable_cancel (cr_job_cancellable (refresh->job));
  g_thread_join (refresh->thread);
  cr_job_unref (refresh->job);
  g_cond_clear (&refresh->changed);
  g_mutex_clear (&refresh->mutex);
  g_free (refresh);
}

void
ccf_key_refresh_mark (CcfKeyRefresh *refresh)
{
  g_atomic_int_set (&refresh->marked, 1);
}

/* Waiting a moment lets a caller use its token right after the proposal was accepted. */
void
ccf_key_refresh_settle (CcfKeyRefresh *refresh)
{
  if (!g_atomic_int_compare_and_exchange (&refresh->marked, 1, 0))
    return;
  g_mutex_lock (&refresh->mutex);
  guint64 round = ++refresh->wanted;
  g_cond_broadcast (&refresh->changed);
  gint64 end = g_get_monotonic_time () + SETTLE_MS * G_TIME_SPAN_MILLISECOND;
  while (refresh->done < round && !refresh->stop)
    if (!g_cond_wait_until (&refresh->changed, &refresh->mutex, end))
      break;
  g_mutex_unlock (&refresh->mutex);
}
