/* SPDX-License-Identifier: MIT
 * Files and folders to a store and back, as fast as both ends allow and with little memory.
 *
 * Files are cut into blocks; several blocks of all files are under way at a time, streamed from and to the
 * disk. What arrived is written to a durable plan, so that the same call after a kill or a cut line goes on
 * where it was. Every block carries a checksum that the service compares; the whole file's is kept with it. A
 * refusal "too many requests" halves the number of blocks under way, success lets it grow again. Calls that
 * fail for a moment are repeated after a growing pause or the one that the service asks for.
 *
 * Progress, pause (cr_job_pause) and cancel come through the job. A store's own protection (service keys,
 * customer-provided key) is set at its client; client-side encryption is done here while the bytes pass.
 */
#pragma once

#include "base/job.h"
#include "cloud/store.h"

G_BEGIN_DECLS

#define TRANSFER_PARALLEL 8u
#define TRANSFER_PARALLEL_MAX 16u

/* Zero-initialise; every member 0 or NULL means its usual value. All borrowed for the length of the call. */
typedef struct {
  guint parallel; /* blocks under way at most (TRANSFER_PARALLEL, fewer on this machine; never above _MAX) */
  guint64 bandwidth; /* bytes per second in one direction, over all connections; 0 = no limit */
  gboolean verify;   /* read everything back and compare, also what was there already */
  const char
      *plan_folder;     /* a private folder for the durable plan; NULL = a call that is killed starts over */
  GBytes *cse_key;      /* client-side encryption (data/cse.h) with this DEK; NULL = none */
  guint cse_block;      /* bytes of one of its blocks (DATA_CSE_BLOCK) */
  gsize block;          /* bytes of a block (8 MiB); grows for files that would need too many */
  guint attempts;       /* of one call (8) */
  guint first_pause_ms; /* before the second attempt (1000), doubles, at most 60 s */
} TransferOptions;

typedef struct {
  guint files;     /* files on the sending side */
  guint moved;     /* of these, moved or finished by this call; the rest was there already */
  guint left_out;  /* uploads: symbolic links and special files, which are not moved */
  guint64 bytes;   /* bytes of all files, as they are on this side */
  guint64 sent;    /* bytes of content that went over the wire in this call, repetitions included */
  guint64 resumed; /* bytes that an earlier, interrupted call had brought there */
} TransferResult;

/* Upload PATH to STORE. A folder: every regular file below it as PREFIX + relative path (PREFIX may be NULL);
 * symbolic links and special files are left out, which the job is told; names that start with ".tmp-" are
 * passed by. A file: as PREFIX alone, or as PREFIX + its
 * name when PREFIX is NULL or ends in "/". What is there with the same content is left alone. A file that
 * changes while it is read is CR_ERROR_RETRY. OPTIONS and RESULT may be NULL. */
gboolean transfer_upload (CloudStore *store, CrJob *job, const char *prefix, const char *path,
                          const TransferOptions *options, TransferResult *result, GError **error);

/* Download every file whose name starts with PREFIX to FOLDER, keeping the relative path after PREFIX. Names
 * with "..", a leading "/" or control characters are refused before anything is written. Files appear whole
 * (0600) or not at all; those that are here with the same content are kept. OPTIONS and RESULT may be
 * NULL. */
gboolean transfer_download (CloudStore *store, CrJob *job, const char *prefix, const char *folder,
                            const TransferOptions *options, TransferResult *result, GError **error);

/* "85 MB/s, 12 s left" of a progress that reached DONE of TOTAL bytes ELAPSED_MS after it began at FROM
 * bytes; "" as long as nothing can be said. For faces. Gives. */
char *transfer_rate_text (guint64 from, guint64 done, guint64 total, gint64 elapsed_ms);

G_END_DECLS
