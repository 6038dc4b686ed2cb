/* SPDX-License-Identifier: MIT
 * The network of this environment: genesis, description, removal. There is one node and at most one network.
 */
#include "sandbox/ccf-node.h"
#include "sandbox/sandbox-private.h"

#include "base/error.h"

#include <string.h>

/* What a new network runs until its members set their own constitution. Its rules are built in. */
static const char startup_constitution[] =
    "// Start-up constitution of the local environment.\n"
    "// Accepted when an operator proposes operator actions only, or when every active member that is\n"
    "// neither operator nor recovery operator has voted true.\n";

static void
put_member (Store *store, const char *id, const json_t *member)
{
  json_t *data = json_object_get (member, "memberData");
  const char *key = cr_json_peek_string (member, "encryptionPublicKey");
  g_autoptr (json_t) info = json_object ();
  cr_json_set_string (info, "status", "Accepted");
  if (data)
    cr_json_set (info, "member_data", json_incref (data));
  store_put (store, MAP_MEMBER_CERTS, id, cr_json_peek_string (member, "certificate"));
  store_put_json (store, MAP_MEMBER_INFO, id, info);
  if (key)
    store_put (store, MAP_MEMBER_KEYS, id, key);
}

void
ccf_network_put_node (Sandbox *sandbox, const char *network)
{
  CcfNode *node = ccf_node (sandbox);
  json_t *interface = json_object ();
  const char *url = sandbox_url (sandbox, "ccf");
  cr_json_set_string (interface, "publishedAddress", url ? url + strlen ("https://") : "");
  json_t *interfaces = json_object ();
  cr_json_set (interfaces, "primary_rpc_interface", interface);
  json_t *details = json_object ();
  cr_json_set_string (details, "measurement", "");
  cr_json_set_string (details, "reportData", "");
  cr_json_set_string (details, "hostData", "");
  json_t *quote = json_object ();
  cr_json_set_string (quote, "format", "Insecure_Virtual");
  cr_json_set_string (quote, "rawQuote", "");
  cr_json_set (quote, "details", details);
  json_t *data = json_object ();
  g_autofree char *name = g_strconcat (network, "-0", NULL);
  cr_json_set_string (data, "id", name);
  cr_json_set_string (data, "name", name);
  g_autoptr (json_t) record = json_object ();
  cr_json_set_string (record, "nodeId", ccf_node_id (node));
  cr_json_set_string (record, "status", "Trusted");
  cr_json_set (record, "nodeData", data);
  cr_json_set_bool (record, "retiredCommitted", FALSE);
  cr_json_set (record, "quoteInfo", quote);
  cr_json_set (record, "rpcInterfaces", interfaces);
  store_put_json (ccf_store (node), MAP_NODES, ccf_node_id (node), record);
}

static void
put_service (CcfNode *node, const CcfNetworkRequest *request)
{
  Store *store = ccf_store (node);
  g_autofree char *txid = store_txid (store, store_next_seqno (store));
  g_autoptr (json_t) info = json_object ();
  cr_json_set_string (info, "status", "Opening");
  cr_json_set_string (info, "cert", ccf_node_service_pem (node));
  cr_json_set_string (info, "create_txid", txid);
  cr_json_set_string (info, "network_name", request->name);
  cr_json_set_string (info, "infra_type", request->infra_type);
  store_put_json (store, MAP_SERVICE, THE_KEY, info);
  store_put (store, MAP_CONSTITUTION, THE_KEY, startup_constitution);
}

static gboolean
write_genesis (CcfNode *node, Sandbox *sandbox, const CcfNetworkRequest *request, GError **error)
{
  Store *store = ccf_store (node);
  if (!store_begin (store, error))
    return FALSE;
  put_service (node, request);
  gov_rules_settle (sandbox, store);
  ccf_network_put_node (sandbox, request->name);
  for (gsize i = 0; i < json_array_size (request->members); i++) {
    const json_t *member = json_array_get (request->members, i);
    g_autofree char *id = gov_certificate_id (cr_json_peek_string (member, "certificate"));
    if (!id) {
      store_abort (store);
      cr_set_error (error, CR_ERROR_INPUT, NULL, "the certificate of member %" G_GSIZE_FORMAT " is not valid",
                    i);
      return FALSE;
    }
    put_member (store, id, member);
  }
  return store_commit (store, NULL, error);
}

gboolean
ccf_network_create (Sandbox *sandbox, const CcfNetworkRequest *request, GError **error)
{
  CcfNode *node = ccf_node (sandbox);
  /* Listen first: the address is part of the node's record; nothing answers usefully before the genesis. */
  if (!ccf_node_make_service (node, error) || !ccf_node_listen (node, error))
    return FALSE;
  if (write_genesis (node, sandbox, request, error) && ccf_agent_listen (sandbox, error))
    return TRUE;
  ccf_node_forget (node);
  return FALSE;
}

gboolean
ccf_network_delete (Sandbox *sandbox, GError **error)
{
  CcfNode *node = ccf_node (sandbox);
  /* The ledger goes first: without it, left-over identity files have no meaning. */
  if (!store_reset (ccf_store (node), error))
    return FALSE;
  ccf_node_forget (node);
  ccf_node_set_lost (node, FALSE);
  return TRUE;
}

static json_t *
read_info (Sandbox *sandbox)
{
  Store *store = ccf_store (ccf_node (sandbox));
  if (!store_begin (store, NULL))
    return NULL;
  json_t *info = gov_service_info (store);
  store_abort (store);
  return info;
}

char *
ccf_network_name (Sandbox *sandbox)
{
  g_autoptr (json_t) info = read_info (sandbox);
  return g_strdup (cr_json_peek_string (info, "network_name"));
}

json_t *
ccf_network_describe (Sandbox *sandbox, const char *name)
{
  g_autoptr (json_t) info = read_info (sandbox);
  /* A lost network still has its address. */
  g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%u", sandbox_port_recorded (sandbox, "ccf"));
  if (!info || g_strcmp0 (cr_json_peek_string (info, "network_name"), name) != 0)
    return NULL;
  json_t *nodes = json_array ();
  json_array_append_new (nodes, json_string (url));
  json_t *network = json_object ();
  cr_json_set_string (network, "name", name);
  cr_json_set_string (network, "infraType", cr_json_peek_string (info, "infra_type"));
  cr_json_set_int (network, "nodeCount", 1);
  cr_json_set_string (network, "endpoint", url);
  cr_json_set (network, "nodes", nodes);
  return network;
}
