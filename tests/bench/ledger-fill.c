/* SPDX-License-Identifier: MIT
 * Makes a large ledger for measurements: many copies of one approved user document and of one audit event.
 *
 *   ledger-fill STATE CONTRACT DOCUMENT DOCUMENTS EVENTS   the local environment must be stopped
 */
#include "base/clock.h"
#include "base/error.h"
#include "sandbox/store-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_EVERY 2000

static gboolean
end (Store *store, guint i, GError **error)
{
  return store_commit_later (store, NULL, error) && (i % FLUSH_EVERY != 0 || store_flush (store, error));
}

static gboolean
fill_documents (Store *store, const char *document, guint count, GError **error)
{
  static const char map[] = "public:accepted_user_documents";
  store_begin (store, NULL);
  g_autofree char *value = store_get (store, map, document);
  store_abort (store);
  if (value == NULL) {
    cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "no user document %s", document);
    return FALSE;
  }
  for (guint i = 1; i <= count; i++) {
    g_autofree char *key = g_strdup_printf ("load-%06u", i);
    store_begin (store, NULL);
    store_put (store, map, key, value);
    if (!end (store, i, error))
      return FALSE;
  }
  return store_flush (store, error);
}

/* Every thousandth event says NEEDLE. */
static gboolean
fill_events (Store *store, const char *contract, guint count, GError **error)
{
  g_autofree char *map = g_strconcat ("public:events-", contract, NULL);
  gint64 now = cr_now_ms ();
  for (guint i = 1; i <= count; i++) {
    g_autofree char *text = g_strdup_printf ("{\"source\":\"load\",\"message\":\"%s %u of the load\"}",
                                             i % 1000 == 0 ? "needle" : "event", i);
    g_autofree char *data = g_base64_encode ((const guchar *) text, strlen (text));
    g_autofree char *value = g_strdup_printf ("{\"timestamp\":\"%013" G_GINT64_FORMAT "\",\"data\":\"%s\"}",
                                              now + i, data);
    store_begin (store, NULL);
    store_put (store, map, contract, value);
    if (!end (store, i, error))
      return FALSE;
  }
  return store_flush (store, error);
}

int
main (int argc, char **argv)
{
  if (argc != 6) {
    fprintf (stderr, "usage: ledger-fill STATE CONTRACT DOCUMENT DOCUMENTS EVENTS\n");
    return 2;
  }
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (argv[1], "sandbox", "ledger.db", NULL);
  g_autoptr (Store) store = store_open (path, &error);
  if (store == NULL || !fill_documents (store, argv[3], (guint) atoi (argv[4]), &error)
      || !fill_events (store, argv[2], (guint) atoi (argv[5]), &error)) {
    fprintf (stderr, "ledger-fill: %s\n", error->message);
    return 1;
  }
  printf ("%" G_GINT64_FORMAT "\n", store_last_seqno (store));
  return 0;
}
