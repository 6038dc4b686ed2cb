/* SPDX-License-Identifier: MIT
 * Files and folders up and down: what is to be moved, and the run (transfer.h).
 */
#include "data/transfer-private.h"

#include "base/encode.h"
#include "base/error.h"

#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (8u * 1024 * 1024)
#define ATTEMPTS 8u
#define FIRST_PAUSE_MS 1000u
#define SEALED_MEMORY                                                                                        \
  (34u * 1024 * 1024) /* of encrypted blocks that wait for their sum before they are sent */
#define MEBIBYTE (1024u * 1024)

TransferFile *
transfer_file_new (const char *name, const char *path)
{
  TransferFile *file = g_new0 (TransferFile, 1);
  file->name = g_strdup (name);
  file->path = g_strdup (path);
  file->fd = -1;
  g_mutex_init (&file->writing);
  return file;
}

void
transfer_file_free (TransferFile *file)
{
  if (file->fd >= 0)
    close (file->fd);
  for (guint i = 0; file->blocks != NULL && i < file->count; i++)
    g_free (file->blocks[i].tag);
  g_free (file->blocks);
  g_free (file->name);
  g_free (file->path);
  g_free (file->etag);
  g_free (file->md5);
  g_free (file->crc64);
  g_free (file->seal);
  g_free (file->upload);
  g_free (file->temp);
  g_mutex_clear (&file->writing);
  g_free (file);
}

TransferSpan
transfer_span (const TransferFile *file, guint index)
{
  TransferSpan span = { .first = index * file->step, .plain_first = index * file->plain_step };
  gboolean last = index + 1 == file->count;
  span.length = last ? file->stored - span.first : file->step;
  span.plain_length = last ? file->size - span.plain_first : file->plain_step;
  return span;
}

/* --- encryption ----------------------------------------------------------------------------------------- */

guint64
transfer_filling (const Transfer *transfer, guint64 size)
{
  guint64 rest = transfer->options.cse_key != NULL ? size % transfer->options.cse_block : 0;
  return rest == 0 ? 0 : transfer->options.cse_block - rest;
}

/* How FILE, whose lengths are known, is cut into blocks. */
static void
cut (const Transfer *transfer, TransferFile *file)
{
  const TransferOptions *options = &transfer->options;
  guint64 most = cloud_store_max_blocks (transfer->store);
  guint64 unit = options->cse_key != NULL ? (guint64) options->cse_block + DATA_CSE_OVERHEAD : 1;
  guint64 least = (file->stored + most - 1) / most;
  guint64 step = least <= options->block ? options->block : (least + MEBIBYTE - 1) / MEBIBYTE * MEBIBYTE;
  guint64 units = (step + unit - 1) / unit;
  file->step = units * unit;
  file->plain_step = options->cse_key != NULL ? units * options->cse_block : file->step;
  guint64 content = options->cse_key != NULL && file->stored > 0 ? file->stored - DATA_CSE_TRAILER
                                                                 : file->stored;
  file->count = (guint) MAX ((content + file->step - 1) / file->step, 1);
}

/* --- a run ---------------------------------------------------------------------------------------------- */

static gboolean
check_options (const TransferOptions *options, GError **error)
{
  if (options->cse_key == NULL)
    return TRUE;
  g_autoptr (DataCse) cse = data_cse_new (options->cse_key, options->cse_block, error);
  return cse != NULL;
}

/* What the plan calls the protection: two keys must never share the blocks of one file. */
static char *
protection_of (CloudStore *store, const TransferOptions *options)
{
  const char *digest = cloud_store_key_digest (store);
  g_autofree char *key = options->cse_key != NULL ? transfer_seal (options->cse_key, options->cse_block, 0)
                                                  : g_strdup ("");
  return g_strdup_printf ("%s/%s", digest != NULL ? digest : "", key);
}

/* Blocks that are under way hide the delay of the line. There is none to a store on this machine: more than its
 * processors can work on only wait for each other. */
static guint
usual_parallel (const CloudStore *store)
{
  guint near = MAX (2 * g_get_num_processors (), 2);
  return http_url_is_loopback (cloud_store_address (store)) ? MIN (near, TRANSFER_PARALLEL)
                                                            : TRANSFER_PARALLEL;
}

static void
transfer_init (Transfer *transfer, TransferMode mode, CloudStore *store, CrJob *job,
               const TransferOptions *options)
{
  static const TransferOptions usual = { 0 };
  memset (transfer, 0, sizeof *transfer);
  transfer->mode = mode;
  transfer->store = store;
  transfer->job = job;
  TransferOptions *own = &transfer->options;
  *own = options != NULL ? *options : usual;
  own->parallel = MIN (own->parallel != 0 ? own->parallel : usual_parallel (store), TRANSFER_PARALLEL_MAX);
  own->cse_block = own->cse_block != 0 ? own->cse_block : DATA_CSE_BLOCK;
  own->block = own->block != 0 ? own->block : BLOCK_BYTES;
  own->attempts = own->attempts != 0 ? own->attempts : ATTEMPTS;
  own->first_pause_ms = own->first_pause_ms != 0 ? own->first_pause_ms : FIRST_PAUSE_MS;
  transfer->files = g_ptr_array_new_with_free_func ((GDestroyNotify) transfer_file_free);
  transfer->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_mutex_init (&transfer->lock);
  g_cond_init (&transfer->changed);
  g_queue_init (&transfer->open);
  g_queue_init (&transfer->anew);
  transfer_bandwidth_init (&transfer->bandwidth, own->bandwidth);
}

static void
transfer_clear (Transfer *transfer)
{
  g_queue_clear (&transfer->open);
  g_queue_clear (&transfer->anew);
  g_clear_pointer (&transfer->files, g_ptr_array_unref);
  g_clear_pointer (&transfer->folders, g_hash_table_unref);
  g_clear_pointer (&transfer->plan, transfer_plan_close);
  g_free (transfer->protection);
  transfer_bandwidth_clear (&transfer->bandwidth);
  g_cond_clear (&transfer->changed);
  g_mutex_clear (&transfer->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Transfer, transfer_clear)

/* Cut the files, and see how many blocks fit into memory. */
static void
set_sizes (Transfer *transfer)
{
  guint64 largest = 1;
  for (guint i = 0; i < transfer->files->len; i++) {
    TransferFile *file = g_ptr_array_index (transfer->files, i);
    if (transfer->mode == TRANSFER_UP && transfer->options.cse_key != NULL)
      file->stored = data_cse_size (file->size, transfer->options.cse_block);
    cut (transfer, file);
    transfer->total += file->stored;
    transfer->result.bytes += file->size;
    largest = MAX (largest, MIN (file->step, file->stored));
  }
  transfer->result.files = transfer->files->len;
  guint parallel = transfer->options.parallel;
  if (transfer->mode == TRANSFER_UP && transfer->options.cse_key != NULL)
    parallel = (guint) CLAMP (SEALED_MEMORY / largest, 1, parallel);
  /* So little bandwidth is not cut into many slow streams. */
  if (transfer->options.bandwidth != 0)
    parallel = (guint) CLAMP (transfer->options.bandwidth / (TRANSFER_SCRATCH / 4), 1, parallel);
  transfer->gate.limit = transfer->gate.most = parallel;
}

static gboolean
run (Transfer *transfer, GError **error)
{
  transfer->protection = protection_of (transfer->store, &transfer->options);
  if (transfer->options.plan_folder != NULL && transfer->mode != TRANSFER_CHECK) {
    transfer->plan = transfer_plan_open (transfer->options.plan_folder, error);
    if (transfer->plan == NULL)
      return FALSE;
  }
  set_sizes (transfer);
  return transfer_run (transfer, error);
}

/* --- up ------------------------------------------------------------------------------------------------- */

/* Read everything back and compare it with what was sent. */
static gboolean
check_all (Transfer *sent, GError **error)
{
  g_auto (Transfer) check = { 0 };
  transfer_init (&check, TRANSFER_CHECK, sent->store, sent->job, &sent->options);
  for (guint i = 0; i < sent->files->len; i++) {
    const TransferFile *from = g_ptr_array_index (sent->files, i);
    TransferFile *file = transfer_file_new (from->name, from->path);
    guint64 filling = transfer_filling (sent, from->size);
    file->size = from->size + filling;
    file->stored = from->stored;
    file->expected_filling = filling;
    file->plain = transfer_sum_zeros (from->plain, filling);
    g_ptr_array_add (check.files, file);
  }
  return run (&check, error);
}

/* Files of two keys in one container could never be read by one reader: is what lies there encrypted with the
 * key that is about to be used? */
static gboolean
check_key (CloudStore *store, CrJob *job, GPtrArray *items, GError **error)
{
  const BlobItem *any = NULL;
  for (guint i = 0; i < items->len && any == NULL; i++) {
    const BlobItem *item = g_ptr_array_index (items, i);
    if (!item->folder && !g_str_has_suffix (item->name, "/"))
      any = item;
  }
  if (any == NULL || cloud_store_key_digest (store) == NULL)
    return TRUE;
  g_autoptr (GError) problem = NULL;
  g_autoptr (BlobItem) known = cloud_store_head (store, job, any->name, &problem);
  /* One without a key is put right by being uploaded again. */
  const char *code = problem != NULL ? cr_error_remote_code (problem) : NULL;
  if (known != NULL || g_error_matches (problem, CR_ERROR, CR_ERROR_NOT_FOUND)
      || g_strcmp0 (code, "BlobDoesNotUseCustomerSpecifiedEncryption") == 0)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
transfer_upload (CloudStore *store, CrJob *job, const char *prefix, const char *path,
                 const TransferOptions *options, TransferResult *result, GError **error)
{
  g_auto (Transfer) transfer = { 0 };
  transfer_init (&transfer, TRANSFER_UP, store, job, options);
  g_autofree char *whole = g_canonicalize_filename (path, NULL); /* as the plan knows it */
  if (!check_options (&transfer.options, error)
      || !transfer_collect (transfer.files, prefix != NULL ? prefix : "", whole, job,
                            &transfer.result.left_out, error))
    return FALSE;
  g_autoptr (GPtrArray) items = cloud_store_list (store, job, prefix, error);
  if (items == NULL || !check_key (store, job, items, error))
    return FALSE;
  if (transfer.options.cse_key != NULL)
    for (guint i = 0; i < transfer.files->len; i++) {
      TransferFile *file = g_ptr_array_index (transfer.files, i);
      file->stored = data_cse_size (file->size, transfer.options.cse_block);
    }
  transfer_match (transfer.files, items);
  g_clear_pointer (&items, g_ptr_array_unref);
  if (!run (&transfer, error) || (transfer.options.verify && !check_all (&transfer, error)))
    return FALSE;
  if (result != NULL)
    *result = transfer.result;
  return TRUE;
}

/* --- down ----------------------------------------------------------------------------------------------- */

/* Lengths here of files that are stored encrypted: the most that they can be, until the trailer is read. */
static gboolean
open_sizes (Transfer *transfer, GError **error)
{
  for (guint i = 0; transfer->options.cse_key != NULL && i < transfer->files->len; i++) {
    TransferFile *file = g_ptr_array_index (transfer->files, i);
    guint64 chunks = 0;
    if (!data_cse_chunks (file->stored, transfer->options.cse_block, &chunks, error)) {
      g_prefix_error (error, "%s: ", file->name);
      return FALSE;
    }
    file->size = chunks * transfer->options.cse_block;
  }
  return TRUE;
}

gboolean
transfer_download (CloudStore *store, CrJob *job, const char *prefix, const char *folder,
                   const TransferOptions *options, TransferResult *result, GError **error)
{
  g_auto (Transfer) transfer = { 0 };
  transfer_init (&transfer, TRANSFER_DOWN, store, job, options);
  g_autofree char *whole = g_canonicalize_filename (folder, NULL); /* as the plan knows it */
  transfer.root = whole;
  if (!check_options (&transfer.options, error))
    return FALSE;
  g_autoptr (GPtrArray) items = cloud_store_list (store, job, prefix, error);
  if (items == NULL || !transfer_choose (transfer.files, items, prefix, whole, error)
      || !open_sizes (&transfer, error))
    return FALSE;
  g_clear_pointer (&items, g_ptr_array_unref);
  if (!run (&transfer, error))
    return FALSE;
  if (result != NULL)
    *result = transfer.result;
  return TRUE;
}
