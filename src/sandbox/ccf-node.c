/* SPDX-License-Identifier: MIT
 * The ledger node: its service and node identity, its store, its listener.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/ccf-shares.h"
#include "sandbox/sandbox-private.h"
#include "sandbox/sandbox-pki.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>

#define SERVICE_DAYS 3653 /* pinned by every party, so it must outlive the environment */
#define NODE_DAYS 30
#define NODE_RENEW_BEFORE_DAYS 10

struct CcfNode {
  Sandbox *sandbox;
  Store *store;
  CcfKeyRefresh *refresh;
  CcfLedger *ledger;
  CcfHistorical *historical;
  EVP_PKEY *service_key;
  X509 *service_cert;
  char *service_pem;
  EVP_PKEY *node_key;
  char *node_pem;
  char *node_id;
  gboolean lost;     /* the ledger is there, its service is not */
  gint renewed;      /* atomic: a transaction wrote new certificates */
  GPtrArray *former; /* texts that were replaced: others may still be reading them */
  GArray *submitted;
  GMutex certificates_lock;
  GHashTable *certificates; /* PEM -> X509: reading one costs a quarter of checking a signature */
};

#define CERTIFICATES_MAX 256

CcfNode *
ccf_node (Sandbox *sandbox)
{
  return sandbox_part (sandbox, "ccf");
}

Store *
ccf_store (CcfNode *node)
{
  return node->store;
}

X509 *
ccf_node_parse_certificate (CcfNode *node, const char *pem)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&node->certificates_lock);
  X509 *known = g_hash_table_lookup (node->certificates, pem);
  if (known == NULL) {
    known = cose_cert_from_pem (pem, -1, "the member certificate", NULL);
    if (known == NULL)
      return NULL;
    if (g_hash_table_size (node->certificates) >= CERTIFICATES_MAX)
      g_hash_table_remove_all (node->certificates);
    g_hash_table_insert (node->certificates, g_strdup (pem), known);
  }
  X509_up_ref (known);
  return known;
}

CcfKeyRefresh *
ccf_node_refresh (CcfNode *node)
{
  return node->refresh;
}

CcfLedger *
ccf_node_ledger (CcfNode *node)
{
  return node->ledger;
}

CcfHistorical *
ccf_node_historical (CcfNode *node)
{
  return node->historical;
}

const char *
ccf_node_id (CcfNode *node)
{
  return node->node_id;
}

const char *
ccf_node_cert_pem (CcfNode *node)
{
  return node->node_pem;
}

EVP_PKEY *
ccf_node_key (CcfNode *node)
{
  return node->node_key;
}

const char *
ccf_node_service_pem (CcfNode *node)
{
  return node->service_pem;
}

static char *
path_of (CcfNode *node, const char *name)
{
  return g_build_filename (sandbox_folder (node->sandbox), name, NULL);
}

static void
drop_identity (CcfNode *node)
{
  g_clear_pointer (&node->service_key, EVP_PKEY_free);
  g_clear_pointer (&node->service_cert, X509_free);
  g_clear_pointer (&node->service_pem, g_free);
  g_clear_pointer (&node->node_key, EVP_PKEY_free);
  g_clear_pointer (&node->node_pem, g_free);
  g_clear_pointer (&node->node_id, g_free);
}

/* A fresh node certificate for the same node key, endorsed by the service. */
static gboolean
endorse_node (CcfNode *node, GError **error)
{
  g_autofree char *key_path = path_of (node, "ccf-node-key.pem");
  g_autofree char *path = path_of (node, "ccf-node.pem");
  if (!node->node_key && !(node->node_key = cose_key_new (COSE_KEY_P384, error)))
    return FALSE;
  g_autoptr (X509) certificate = pki_issue_leaf ("CCF Node", node->node_key, node->service_cert,
                                                 node->service_key, NODE_DAYS, error);
  if (!certificate || !pki_save (key_path, path, node->node_key, certificate, error))
    return FALSE;
  g_free (node->node_pem);
  g_free (node->node_id);
  node->node_pem = cose_cert_to_pem (certificate);
  node->node_id = cose_key_digest (node->node_key);
  return TRUE;
}

static gboolean
load_node (CcfNode *node, GError **error)
{
  g_autofree char *key_path = path_of (node, "ccf-node-key.pem");
  g_autofree char *path = path_of (node, "ccf-node.pem");
  g_autoptr (X509) certificate = NULL;
  if (!pki_load (key_path, path, &node->node_key, &certificate, error))
    return FALSE;
  if (!certificate || pki_days_left (certificate) < NODE_RENEW_BEFORE_DAYS
      || !cose_cert_signed_by (certificate, node->service_key))
    return endorse_node (node, error);
  node->node_pem = cose_cert_to_pem (certificate);
  node->node_id = cose_key_digest (node->node_key);
  return TRUE;
}

gboolean
ccf_node_make_service (CcfNode *node, GError **error)
{
  drop_identity (node);
  g_autofree char *key_path = path_of (node, "ccf-service-key.pem");
  g_autofree char *path = path_of (node, "ccf-service.pem");
  node->service_key = cose_key_new (COSE_KEY_P384, error);
  if (!node->service_key)
    return FALSE;
  node->service_cert = pki_issue_authority ("CCF Service", node->service_key, SERVICE_DAYS, error);
  if (!node->service_cert || !pki_save (key_path, path, node->service_key, node->service_cert, error))
    return FALSE;
  node->service_pem = cose_cert_to_pem (node->service_cert);
  return endorse_node (node, error);
}

X509 *
ccf_node_endorse_service (CcfNode *node, EVP_PKEY *key, guint days, GError **error)
{
  CoseCertRequest request = {
    .common_name = "CCF Service",
    .days = days,
    .ca = TRUE,
    .path_length = -1,
    .key = key,
    .issuer = node->service_cert,
    .issuer_key = node->service_key,
  };
  return cose_cert_issue (&request, error);
}

/* ---- New certificates for the same keys ---- */

X509 *
ccf_node_issue_service (CcfNode *node, gint64 from, guint days, GError **error)
{
  CoseCertRequest request = {
    .common_name = "CCF Service",
    .days = days,
    .not_before_s = from,
    .ca = TRUE,
    .path_length = -1,
    .key = node->service_key,
  };
  return cose_cert_issue (&request, error);
}

X509 *
ccf_node_issue_node (CcfNode *node, gint64 from, guint days, GError **error)
{
  static const char *const names[] = { "localhost", NULL }, *const addresses[] = { "127.0.0.1", NULL };
  CoseCertRequest request = {
    .common_name = "CCF Node",
    .dns = names,
    .ip = addresses,
    .days = days,
    .not_before_s = from,
    .server = TRUE,
    .key = node->node_key,
    .issuer = node->service_cert,
    .issuer_key = node->service_key,
  };
  return cose_cert_issue (&request, error);
}

void
ccf_node_note_renewal (CcfNode *node)
{
  g_atomic_int_set (&node->renewed, TRUE);
}

gboolean
ccf_node_take_renewal (CcfNode *node)
{
  return g_atomic_int_get (&node->renewed) && g_atomic_int_compare_and_exchange (&node->renewed, TRUE, FALSE);
}

/* One pointer: readers see the old text or the new one. */
static void
replace_text (CcfNode *node, char **text, const char *fresh)
{
  char *before = *text;
  *text = g_strdup (fresh);
  if (before)
    g_ptr_array_add (node->former, before);
}

void
ccf_node_adopt (CcfNode *node, const char *service_pem, const char *node_pem)
{
  g_autofree char *service_key_path = path_of (node, "ccf-service-key.pem");
  g_autofree char *service_path = path_of (node, "ccf-service.pem");
  g_autofree char *node_key_path = path_of (node, "ccf-node-key.pem");
  g_autofree char *node_path = path_of (node, "ccf-node.pem");
  g_autoptr (GError) problem = NULL;
  g_autoptr (X509) service = service_pem ? cose_cert_from_pem (service_pem, -1, "the service", &problem)
                                         : NULL;
  g_autoptr (X509) own = node_pem ? cose_cert_from_pem (node_pem, -1, "the node", &problem) : NULL;
  if (service && g_strcmp0 (service_pem, node->service_pem) != 0) {
    replace_text (node, &node->service_pem, service_pem);
    pki_save (service_key_path, service_path, node->service_key, service, &problem);
  }
  if (own && g_strcmp0 (node_pem, node->node_pem) != 0) {
    replace_text (node, &node->node_pem, node_pem);
    pki_save (node_key_path, node_path, node->node_key, own, problem ? NULL : &problem);
  }
  /* The ledger has them: what could not be written here is written at the next start. */
  if (problem)
    sandbox_log (node->sandbox, "new certificates: %s", problem->message);
}

gboolean
ccf_node_is_lost (CcfNode *node)
{
  return node->lost;
}

void
ccf_node_set_lost (CcfNode *node, gboolean lost)
{
  node->lost = lost;
}

GArray *
ccf_node_submitted (CcfNode *node)
{
  return node->submitted;
}

gboolean
ccf_node_listen (CcfNode *node, GError **error)
{
  g_autofree char *chain = g_strconcat (node->node_pem, node->service_pem, NULL);
  SandboxListenerOptions options = {
    .name = "ccf",
    .fallback = ccf_dispatch,
    .certificate_pem = chain,
    .key = node->node_key,
    .request_client_certificate = TRUE,
    .thread_per_connection = TRUE,
  };
  return sandbox_listen (node->sandbox, &options, error) != NULL;
}

void
ccf_node_forget (CcfNode *node)
{
  static const char *const names[] = { "ccf-service-key.pem", "ccf-service.pem", "ccf-node-key.pem",
                                       "ccf-node.pem" };
  sandbox_stop_listener (node->sandbox, "ccf");
  sandbox_stop_listener (node->sandbox, "recovery-agent");
  /* Nobody may sign with a key that is being freed. */
  ccf_ledger_stop (g_steal_pointer (&node->ledger));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = path_of (node, names[i]);
    if (g_unlink (path) != 0)
      sandbox_log (node->sandbox, "cannot remove %s", path);
  }
  drop_identity (node);
  node->ledger = ccf_ledger_start (node->sandbox, node);
}

static void
node_free (gpointer data)
{
  CcfNode *node = data;
  ccf_key_refresh_free (node->refresh);
  ccf_ledger_stop (node->ledger);
  store_close (node->store);
  drop_identity (node);
  g_hash_table_unref (node->certificates);
  if (node->submitted)
    g_array_unref (node->submitted);
  if (node->former)
    g_ptr_array_unref (node->former);
  ccf_historical_free (node->historical);
  g_mutex_clear (&node->certificates_lock);
  g_free (node);
}

/* The ledger has a newer certificate for the same key when the renewal was cut off. */
static gboolean
take_renewed (CcfNode *node, const char *key_path, const char *path, const char *pem, GError **error)
{
  g_autoptr (X509) certificate = pem ? cose_cert_from_pem (pem, -1, "the ledger's service", NULL) : NULL;
  if (!node->service_key || !certificate || g_strcmp0 (pem, node->service_pem) == 0
      || !cose_key_equal (X509_get0_pubkey (certificate), node->service_key))
    return TRUE;
  if (!pki_save (key_path, path, node->service_key, certificate, error))
    return FALSE;
  X509_free (node->service_cert);
  node->service_cert = g_steal_pointer (&certificate);
  g_free (node->service_pem);
  node->service_pem = g_strdup (pem);
  return TRUE;
}

/* The service certificate that the ledger holds decides; files of a creation that was cut off are ignored. */
static gboolean
resume_network (CcfNode *node, GError **error)
{
  if (!store_begin (node->store, error))
    return FALSE;
  g_autoptr (json_t) info = gov_service_info (node->store);
  gov_rules_settle (node->sandbox, node->store);
  if (!store_commit (node->store, &(gint64){ 0 }, error))
    return FALSE;
  if (!info)
    return TRUE;
  g_autofree char *key_path = path_of (node, "ccf-service-key.pem");
  g_autofree char *path = path_of (node, "ccf-service.pem");
  if (!pki_load (key_path, path, &node->service_key, &node->service_cert, error))
    return FALSE;
  node->service_pem = node->service_cert ? cose_cert_to_pem (node->service_cert) : NULL;
  if (!take_renewed (node, key_path, path, cr_json_peek_string (info, "cert"), error))
    return FALSE;
  if (g_strcmp0 (node->service_pem, cr_json_peek_string (info, "cert")) != 0) {
    /* Without the key of its service the ledger can only be recovered: say so instead of not starting. */
    drop_identity (node);
    node->lost = TRUE;
    return TRUE;
  }
  return load_node (node, error) && ccf_node_listen (node, error) && ccf_agent_listen (node->sandbox, error);
}

gboolean
ccf_start (Sandbox *sandbox, GError **error)
{
  CcfNode *node = g_new0 (CcfNode, 1);
  g_mutex_init (&node->certificates_lock);
  node->certificates = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) X509_free);
  node->sandbox = sandbox;
  node->historical = ccf_historical_new ();
  node->former = g_ptr_array_new_with_free_func (g_free);
  sandbox_set_part (sandbox, "ccf", node, node_free);
  g_autofree char *path = path_of (node, "ledger.db");
  node->store = store_open (path, error);
  if (!node->store)
    return FALSE;
  node->submitted = g_array_new (FALSE, TRUE, sizeof (CcfShare));
  node->refresh = ccf_key_refresh_new (sandbox, node->store);
  if (!resume_network (node, error))
    return FALSE;
  node->ledger = ccf_ledger_start (sandbox, node);
  return TRUE;
}
