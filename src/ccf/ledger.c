/* SPDX-License-Identifier: MIT
 * Receipts and ledger entries from a service (ledger.h).
 */
#include "ccf/ledger.h"

#include "ccf/ccf-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "http/http-error.h"

#include <inttypes.h>
#include <string.h>

#define RECEIPT_LIMIT_US (60 * G_USEC_PER_SEC)
#define PAUSE_MAX_S 10

static const guint first_pauses_ms[] = { 20, 100, 300 };

static gboolean
check_txid (const char *txid, GError **error)
{
  gsize view = strspn (txid, "0123456789");
  gsize seqno = txid[view] == '.' ? strspn (txid + view + 1, "0123456789") : 0;
  if (view > 0 && view <= 20 && seqno > 0 && seqno <= 20 && txid[view + 1 + seqno] == '\0')
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "A transaction id has two numbers, such as 2.17.",
                "\"%s\" is not a transaction id.", txid);
  return FALSE;
}

/* One request; 202 gives json null. Gives. */
static json_t *
ask_receipt (CrJob *job, CcfClient *client, const char *url, guint *pause_s, GError **error)
{
  HttpRequest request = { .method = "GET", .url = url, .final_500 = TRUE };
  g_autoptr (HttpResponse) response = http_call (job, client->open, &request, error);
  if (response == NULL)
    return NULL;
  if (response->status != 202)
    return http_response_json (response, error);
  const char *after = http_response_header (response, "retry-after");
  *pause_s = (guint) CLAMP (after != NULL ? g_ascii_strtoll (after, NULL, 10) : 1, 1, PAUSE_MAX_S);
  return json_null ();
}

json_t *
ccf_receipt_fetch (CrJob *job, CcfClient *client, const char *txid, GError **error)
{
  if (!check_txid (txid, error))
    return NULL;
  g_autofree char *path = g_strdup_printf ("/node/receipt?transaction_id=%s", txid);
  g_autofree char *url = ccf_url (client, path);
  gint64 end = g_get_monotonic_time () + RECEIPT_LIMIT_US;
  for (guint attempt = 0;; attempt++) {
    guint pause_s = 1;
    json_t *receipt = ask_receipt (job, client, url, &pause_s, error);
    if (receipt == NULL || !json_is_null (receipt))
      return receipt;
    if (g_get_monotonic_time () + pause_s * G_USEC_PER_SEC > end)
      break;
    /* What the node names suits a busy one; what it has to read from its own disk is there much sooner. */
    if (!cr_job_sleep (
            job, attempt < G_N_ELEMENTS (first_pauses_ms) ? first_pauses_ms[attempt] : pause_s * 1000, error))
      return NULL;
  }
  cr_set_error (error, CR_ERROR_RETRY, "Try again later: old transactions are read from the ledger files.",
                "The service had no receipt for transaction %s within a minute.", txid);
  return NULL;
}

char *
ccf_ledger_entry_fetch (CrJob *job, CcfClient *client, const char *txid, GError **error)
{
  if (!check_txid (txid, error))
    return NULL;
  g_autofree char *path = g_strdup_printf ("/node/ledger-entry?transaction_id=%s", txid);
  return ccf_read_text (job, client, path, error);
}

gboolean
ccf_ledger_has_entries (CrJob *job, CcfClient *client, gint64 seqno, gboolean *has, GError **error)
{
  g_autofree char *txid = ccf_ledger_txid (job, client, seqno, error);
  if (txid == NULL)
    return FALSE;
  g_autoptr (GError) problem = NULL;
  g_autofree char *entry = ccf_ledger_entry_fetch (job, client, txid, &problem);
  *has = entry != NULL;
  if (entry != NULL || g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)
      || cr_error_http_status (problem) == 404 || cr_error_http_status (problem) == 405)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

char *
ccf_ledger_txid (CrJob *job, CcfClient *client, gint64 seqno, GError **error)
{
  g_autoptr (json_t) commit = ccf_read (job, client, "/node/commit?view_history=true", error);
  const json_t *views = commit != NULL ? cr_json_get_array (commit, "view_history", "the commit", error)
                                       : NULL;
  if (views == NULL)
    return NULL;
  gint64 view = 0;
  size_t i;
  const json_t *entry;
  json_array_foreach (views, i, entry) {
    const char *text = json_string_value (entry), *dot = text != NULL ? strchr (text, '.') : NULL;
    if (dot != NULL && g_ascii_strtoll (dot + 1, NULL, 10) <= seqno)
      view = g_ascii_strtoll (text, NULL, 10);
  }
  if (view > 0)
    return g_strdup_printf ("%" PRId64 ".%" PRId64, view, seqno);
  cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "The ledger has no transaction %" PRId64 ".", seqno);
  return NULL;
}

/* ---- Entries ---- */

static void
write_free (gpointer data)
{
  CcfLedgerWrite *write = data;
  g_free (write->map);
  g_free (write->key);
  g_free (write->value);
  g_free (write);
}

/* A decimal number that ends at STOP; moves *AT behind it. */
static gboolean
read_number (const char **at, const char *end, char stop, gsize *number)
{
  const char *start = *at;
  *number = 0;
  while (*at < end && g_ascii_isdigit (**at) && *at - start < 12)
    *number = *number * 10 + (gsize) (*(*at)++ - '0');
  if (*at == start || *at >= end || **at != stop)
    return FALSE;
  (*at)++;
  return TRUE;
}

static char *
read_part (const char **at, const char *end, gsize length)
{
  if ((gsize) (end - *at) <= length || (*at)[length] != '\n')
    return NULL;
  char *text = g_strndup (*at, length);
  *at += length + 1;
  return text;
}

static gboolean
skip_word (const char **at, const char *end, const char *word)
{
  gsize length = strlen (word);
  if ((gsize) (end - *at) < length || memcmp (*at, word, length) != 0)
    return FALSE;
  *at += length;
  return TRUE;
}

/* FALSE when what stands at *AT is no write. Private writes are shown by their digest only and add nothing.
 * */
static gboolean
read_write (const char **at, const char *end, GPtrArray *writes)
{
  gsize map = 0, key = 0, value = 0;
  if (skip_word (at, end, "private ")) {
    g_autofree char *digest = read_number (at, end, '\n', &value) ? read_part (at, end, value) : NULL;
    return digest != NULL && value == 64;
  }
  gboolean put = skip_word (at, end, "put ");
  if ((!put && !skip_word (at, end, "delete ")) || !read_number (at, end, ' ', &map)
      || !read_number (at, end, put ? ' ' : '\n', &key) || (put && !read_number (at, end, '\n', &value)))
    return FALSE;
  CcfLedgerWrite *write = g_new0 (CcfLedgerWrite, 1);
  g_ptr_array_add (writes, write);
  write->map = read_part (at, end, map);
  write->key = write->map != NULL ? read_part (at, end, key) : NULL;
  write->value = write->key != NULL && put ? read_part (at, end, value) : NULL;
  return write->key != NULL && (!put || write->value != NULL);
}

GPtrArray *
ccf_ledger_entry_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (GPtrArray) writes = g_ptr_array_new_with_free_func (write_free);
  const char *at = text, *end = text + length;
  while (at < end)
    if (!read_write (&at, end, writes)) {
      cr_set_error (error, CR_ERROR_INPUT, NULL, "The ledger entry is not readable at byte %zu.",
                    (gsize) (at - text));
      return NULL;
    }
  return g_steal_pointer (&writes);
}

const CcfLedgerWrite *
ccf_ledger_entry_find (GPtrArray *writes, const char *map, const char *key)
{
  for (guint i = 0; i < writes->len; i++) {
    const CcfLedgerWrite *write = g_ptr_array_index (writes, i);
    if (strcmp (write->map, map) == 0 && (key == NULL || strcmp (write->key, key) == 0))
      return write;
  }
  return NULL;
}
