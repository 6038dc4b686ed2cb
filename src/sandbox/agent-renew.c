/* SPDX-License-Identifier: MIT
 * The agent's TLS certificate is made anew before it ends, and when the contract's CA has another key.
 *
 * The ledger calls agent_ca_changed() when a CA key was made; the agent then waits for that to be
 * committed. It also looks by itself now and then.
 */
#include "sandbox/agent-private.h"
#include "sandbox/ccf-node.h"

#include "base/clock.h"
#include "cose/x509.h"

#define LOOK_EVERY_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define COMMIT_TRIES 20
#define COMMIT_PAUSE_US (100 * 1000)
#define SECONDS_LEFT (7 * 86400)

/* The key of the contract's CA as the ledger has it. Gives; NULL when there is none. */
static EVP_PKEY *
authority_key (Agent *agent)
{
  Store *store = ccf_store (ccf_node (agent->sandbox));
  if (!store_begin (store, NULL))
    return NULL;
  g_autofree char *pem = cgs_ca_public_key (store, agent->contract_id);
  store_abort (store);
  return pem ? cose_key_from_public_pem (pem, -1, "the CA", NULL) : NULL;
}

/* Is the certificate of the present CA, and far from its end? */
static gboolean
is_current (Agent *agent)
{
  g_autofree char *pem = agent_certificate (agent);
  g_autoptr (X509) certificate = pem ? cose_cert_from_pem (pem, -1, "the agent's certificate", NULL) : NULL;
  g_autoptr (EVP_PKEY) authority = certificate ? authority_key (agent) : NULL;
  if (!authority)
    return TRUE; /* nobody could certify another one */
  return cose_cert_signed_by (certificate, authority)
         && cose_cert_not_after (certificate) - cr_now_seconds () > SECONDS_LEFT;
}

/* WAIT: a new CA key is being committed. */
static void
look (Agent *agent, gboolean wait)
{
  g_mutex_lock (&agent->enabling);
  gboolean current = !agent->configured || is_current (agent);
  for (guint i = 0; wait && agent->configured && current && i < COMMIT_TRIES; i++) {
    g_usleep (COMMIT_PAUSE_US);
    current = is_current (agent);
  }
  g_autoptr (GError) problem = NULL;
  if (!current && agent_renew (agent, &problem))
    sandbox_log (agent->sandbox, "the agent has a new certificate");
  else if (!current)
    sandbox_log (agent->sandbox, "the agent keeps its certificate: %s", problem->message);
  g_mutex_unlock (&agent->enabling);
}

static gpointer
renewal (gpointer data)
{
  Agent *agent = data;
  look (agent, FALSE); /* the process before may have ended between a new CA and a new certificate */
  g_mutex_lock (&agent->lock);
  while (!agent->stopping) {
    gint64 end = g_get_monotonic_time () + LOOK_EVERY_US;
    gboolean due = FALSE;
    while (!agent->stopping && !agent->ca_changed && !due)
      due = !g_cond_wait_until (&agent->renewal_wanted, &agent->lock, end);
    if (agent->stopping)
      break;
    gboolean wait = agent->ca_changed;
    agent->ca_changed = FALSE;
    g_mutex_unlock (&agent->lock);
    look (agent, wait);
    g_mutex_lock (&agent->lock);
  }
  g_mutex_unlock (&agent->lock);
  return NULL;
}

void
agent_renewal_start (Agent *agent)
{
  agent->renewal = g_thread_new ("agent-renewal", renewal, agent);
}

void
agent_ca_changed (Sandbox *sandbox)
{
  Agent *agent = agent_get (sandbox);
  if (!agent)
    return;
  g_mutex_lock (&agent->lock);
  agent->ca_changed = TRUE;
  g_cond_signal (&agent->renewal_wanted);
  g_mutex_unlock (&agent->lock);
}
