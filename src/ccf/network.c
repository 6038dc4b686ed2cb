/* SPDX-License-Identifier: MIT
 * First contact with a CCF network: the service certificate on first use, nodes (ccf.h).
 */
#include "ccf/ccf-private.h"

#include "base/error.h"
#include "cose/x509.h"

#include <string.h>

#define FETCH_LIMIT_MS (300u * 1000)

/* service_certificate of GET /node/network without verification; NULL and an error. Gives. */
static char *
read_unverified (CrJob *job, const char *url, GError **error)
{
  g_autoptr (HttpResponse) response = http_fetch_unverified (job, url, 30 * 1000, error);
  if (response == NULL)
    return NULL;
  if (response->status != 200) {
    cr_set_error (error, CR_ERROR_RETRY, "Wait until the operator has started the consortium.",
                  "%s: no network yet (%u).", response->url, response->status);
    return NULL;
  }
  g_autoptr (json_t) network = http_response_json (response, error);
  const char *pem = network != NULL ? cr_json_get_string (network, "service_certificate",
                                                          "the network description", error)
                                    : NULL;
  if (pem == NULL)
    return NULL;
  g_autoptr (X509) certificate = cose_cert_from_pem (pem, -1, "the service certificate", error);
  return certificate != NULL ? g_strdup (pem) : NULL;
}

static char *
read_patiently (CrJob *job, const char *url, guint limit_ms, GError **error)
{
  gint64 end = g_get_monotonic_time () + (gint64) limit_ms * 1000;
  for (guint pause_ms = 50;; pause_ms = MIN (pause_ms * 2, 1000)) {
    g_autoptr (GError) problem = NULL;
    char *pem = read_unverified (job, url, &problem);
    if (pem != NULL)
      return pem;
    gboolean again = g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY)
                     && g_get_monotonic_time () + (gint64) pause_ms * 1000 < end;
    if (!again) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
    if (!cr_job_sleep (job, pause_ms, error))
      return NULL;
  }
}

char *
ccf_network_fetch_service_certificate (CrJob *job, const char *endpoint, guint timeout_ms, GError **error)
{
  g_autofree char *url = http_url_join (endpoint, "node/network");
  g_autofree char *pem = read_patiently (job, url, timeout_ms != 0 ? timeout_ms : FETCH_LIMIT_MS, error);
  if (pem == NULL)
    return NULL;

  g_autoptr (CcfClient) client = ccf_client_new (endpoint, pem, error);
  g_autoptr (json_t) network = client != NULL ? ccf_network_show (job, client, error) : NULL;
  if (network == NULL)
    return NULL;
  if (g_strcmp0 (cr_json_peek_string (network, "service_certificate"), pem) != 0) {
    cr_set_error (error, CR_ERROR_ADMIN,
                  "Somebody may be in between: compare the fingerprint with the operator.",
                  "%s named two different service certificates.", endpoint);
    return NULL;
  }
  return g_steal_pointer (&pem);
}

char *
ccf_network_renewed (CrJob *job, const char *endpoint, const char *pinned)
{
  g_autofree char *url = http_url_join (endpoint, "node/network");
  g_autofree char *pem = read_unverified (job, url, NULL);
  g_autoptr (X509) before = cose_cert_from_pem (pinned, -1, "the pinned certificate", NULL);
  g_autoptr (X509) now = pem != NULL ? cose_cert_from_pem (pem, -1, "the service certificate", NULL) : NULL;
  gboolean same_key = before != NULL && now != NULL
                      && cose_key_equal (X509_get0_pubkey (before), X509_get0_pubkey (now));
  return same_key && strcmp (pem, pinned) != 0 ? g_steal_pointer (&pem) : NULL;
}

json_t *
ccf_network_show (CrJob *job, CcfClient *client, GError **error)
{
  return ccf_read (job, client, "/node/network", error);
}

json_t *
ccf_nodes_list (CrJob *job, CcfClient *client, GError **error)
{
  g_autoptr (json_t) answer = ccf_read (job, client, "/node/network/nodes", error);
  json_t *nodes = answer != NULL ? cr_json_get_array (answer, "nodes", "the node list", error) : NULL;
  return json_incref (nodes);
}
