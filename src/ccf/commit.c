/* SPDX-License-Identifier: MIT
 * Waiting: until the service is ready, until a write is committed (ccf.h).
 */
#include "ccf/ccf-private.h"

#include "base/error.h"

#include <string.h>

#define COMMIT_LIMIT_US (60 * G_USEC_PER_SEC)
#define READY_LIMIT_MS (60u * 1000)

/* "2.18" */
static gboolean
txid_valid (const char *txid)
{
  gsize view = strspn (txid, "0123456789");
  if (view == 0 || view > 20 || txid[view] != '.')
    return FALSE;
  gsize seqno = strspn (txid + view + 1, "0123456789");
  return seqno > 0 && seqno <= 20 && txid[view + 1 + seqno] == '\0';
}

gboolean
ccf_wait_commit (CrJob *job, CcfClient *client, const char *txid, gboolean *committed, GError **error)
{
  /* A local ledger commits within a millisecond, a distributed one within half a second. */
  static const guint pauses_ms[] = { 0, 2, 5, 10, 20, 50, 100, 200, 500 };
  if (committed != NULL)
    *committed = FALSE;
  if (txid == NULL || !txid_valid (txid))
    return TRUE;
  g_autofree char *path = g_strdup_printf ("/app/tx?transaction_id=%s", txid);
  g_autofree char *versioned = ccf_gov_path ("/gov/service/transactions/%s", txid);
  const char *ask = versioned;

  gint64 end = g_get_monotonic_time () + COMMIT_LIMIT_US;
  for (guint i = 0; g_get_monotonic_time () < end; i++) {
    if (!cr_job_sleep (job, pauses_ms[MIN (i, G_N_ELEMENTS (pauses_ms) - 1)], error))
      return FALSE;
    g_autoptr (GError) problem = NULL;
    g_autoptr (json_t) answer = ccf_read (job, client, ask, &problem);
    if (answer == NULL && g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND) && ask == versioned) {
      ask = path; /* services from before the versioned call */
      continue;
    }
    if (answer == NULL) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    const char *status = cr_json_peek_string (answer, "status");
    if (g_strcmp0 (status, "Committed") == 0) {
      if (committed != NULL)
        *committed = TRUE;
      return TRUE;
    }
    if (g_strcmp0 (status, "Invalid") == 0) {
      cr_set_error (error, CR_ERROR_RETRY, "Make the change again.",
                    "The ledger lost transaction %s in an election: the change did not happen.", txid);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
ccf_wait_response (CrJob *job, CcfClient *client, const HttpResponse *response, GError **error)
{
  return ccf_wait_commit (job, client, http_response_header (response, "x-ms-ccf-transaction-id"), NULL,
                          error);
}

gboolean
ccf_wait_ready (CrJob *job, CcfClient *client, const char *part, guint timeout_ms, GError **error)
{
  g_autofree char *path = g_strconcat ("/node/ready/", part, NULL);
  g_autofree char *url = ccf_url (client, path);
  guint limit_ms = timeout_ms != 0 ? timeout_ms : READY_LIMIT_MS;
  gint64 end = g_get_monotonic_time () + (gint64) limit_ms * 1000;
  HttpRequest request = { .method = "GET", .url = url, .retry = HTTP_RETRY_NEVER, .total_timeout_ms = 30000 };
  for (guint pause_ms = 10;; pause_ms = MIN (pause_ms * 2, 1000)) {
    g_autoptr (GError) problem = NULL;
    g_autoptr (HttpResponse) response = http_send (job, client->open, &request, &problem);
    if (response != NULL && response->status >= 200 && response->status < 300)
      return TRUE;
    if (problem != NULL && !g_error_matches (problem, CR_ERROR, CR_ERROR_RETRY)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    if (g_get_monotonic_time () + (gint64) pause_ms * 1000 > end)
      break;
    if (!cr_job_sleep (job, pause_ms, error))
      return FALSE;
  }
  cr_set_error (error, CR_ERROR_RETRY,
                "Ask the operator to check the health of the consortium, then try again.",
                "The consortium at %s was not ready for '%s' within %u seconds.", client->endpoint, part,
                limit_ms / 1000);
  return FALSE;
}
