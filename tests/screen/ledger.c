/* SPDX-License-Identifier: MIT
 * The sandbox's ledger from outside (ledger.h), through the sandbox's own store.
 */
#include "ledger.h"

#include "sandbox/store-private.h"

static Store *
open_ledger (Fixture *fixture)
{
  fixture_stop_sandbox (fixture);
  g_autofree char *path = g_build_filename (fixture_state (fixture), "sandbox", "ledger.db", NULL);
  g_autoptr (GError) error = NULL;
  Store *store = store_open (path, &error);
  g_assert_no_error (error);
  return store;
}

static void
close_ledger (Fixture *fixture, Store *store)
{
  store_close (store);
  fixture_start_sandbox (fixture);
}

void
ledger_add_events (Fixture *fixture, const char *const *events, gsize count)
{
  g_autofree char *contract = fixture_read (fixture, "public/analytics.contract-id");
  g_assert_nonnull (contract);
  g_strstrip (contract);
  g_autofree char *map = g_strconcat ("public:events-", contract, NULL);
  Store *store = open_ledger (fixture);
  for (gsize i = 0; i < count; i++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (store_begin (store, &error));
    store_put (store, map, contract, events[i]);
    g_assert_true (store_commit (store, NULL, &error));
  }
  close_ledger (fixture, store);
}

/* What people do ends up here; the ledger also writes on its own account (keys of token issuers,
 * restarts). */
static const char *const maps[] = {
  "public:ccf.gov.proposals",
  "public:ccf.gov.proposals_info",
  "public:ccf.gov.members.info",
  "public:ccf.gov.members.acks",
  "public:ccf.gov.user_identities",
  "public:ccf.gov.user_invitations",
  "public:ccf.gov.accepted_contracts",
  "public:contracts",
  "public:user_documents",
  "public:user_proposals",
  "public:user_proposals_info",
  "public:user_invitations_info",
};

gint64
ledger_end (Fixture *fixture)
{
  Store *store = open_ledger (fixture);
  gint64 end = 0;
  g_assert_true (store_begin (store, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (maps); i++) {
    g_autoptr (GPtrArray) keys = store_keys (store, maps[i]);
    for (guint k = 0; k < keys->len; k++)
      end = MAX (end, store_get_seqno (store, maps[i], g_ptr_array_index (keys, k)));
  }
  store_abort (store);
  close_ledger (fixture, store);
  return end;
}
