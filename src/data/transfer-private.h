/* SPDX-License-Identifier: MIT
 * Inside of transfers: files and their blocks, the durable plan, the pace, and the workers that move blocks.
 */
#pragma once

#include "data/cse.h"
#include "data/transfer.h"

G_BEGIN_DECLS

#define TRANSFER_SCRATCH (256u * 1024) /* bytes that pass through a worker at a time */

/* --- files and blocks --- */

typedef struct {
  char *tag;     /* what the store calls it; uploads */
  guint64 sum;   /* CRC64 as it is stored */
  guint64 plain; /* CRC64 as it is here; with the filling when it was received */
  gboolean done;
} TransferBlock;

typedef struct {
  char *name;      /* in the store */
  char *path;      /* here */
  guint64 size;    /* bytes here; of an encrypted download the most that it can be */
  guint64 stored;  /* bytes in the store */
  gint64 mtime_ns; /* uploads: the file as it was found */
  guint64 inode;
  gboolean there;                  /* the store has one of this length, with these marks: */
  char *etag, *md5, *crc64, *seal; /* NULL = unknown */
  guint64 plain;                   /* once it is moved or found to be there: CRC64 of the content here */

  /* while it is under way */
  guint64 step, plain_step; /* bytes of a block, stored and here */
  guint count, next, left;  /* blocks; the next one to hand out; those not done */
  TransferBlock *blocks;
  int fd;
  GMutex writing;           /* writers to one file would spin in the kernel */
  char *upload;             /* id at the store */
  char *temp;               /* downloads: where the content is until it is whole */
  gint64 row;               /* in the plan; 0 = none */
  guint64 expected_filling; /* of an encrypted file that is compared */
  guint64 filling;          /* of an encrypted download, once its trailer was read */
  gboolean again;           /* it was begun anew once */
  gboolean restart;         /* it is to be, as soon as nobody works on it */
  guint busy;               /* blocks under way */
} TransferFile;

TransferFile *transfer_file_new (const char *name, const char *path);
void transfer_file_free (TransferFile *file);
/* First byte and length of block INDEX, stored and here. */
typedef struct {
  guint64 first, length;
  guint64 plain_first, plain_length; /* with the filling */
} TransferSpan;
TransferSpan transfer_span (const TransferFile *file, guint index);

/* --- the durable plan (transfer-plan.c); NULL is a plan that remembers nothing --- */

typedef struct TransferPlan TransferPlan;
TransferPlan *transfer_plan_open (const char *folder, GError **error);
void transfer_plan_close (TransferPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TransferPlan, transfer_plan_close)

/* WAY and PLACE say which transfer, IDENTITY what exactly is moved. Sets file->row, upload and blocks from
 * what an earlier call left. *STALE gives the upload id or temp file of one that was of something else, and
 * is forgotten. */
gboolean transfer_plan_find (TransferPlan *plan, const char *place, const char *identity, TransferFile *file,
                             char **stale, GError **error);
gboolean transfer_plan_begin (TransferPlan *plan, const char *place, const char *identity, TransferFile *file,
                              GError **error);
gboolean transfer_plan_block (TransferPlan *plan, const TransferFile *file, guint index, GError **error);
gboolean transfer_plan_forget (TransferPlan *plan, TransferFile *file, GError **error);

/* --- the pace (transfer-pace.c): bandwidth, blocks under way, progress --- */

typedef struct {
  GMutex lock;
  guint64 rate; /* bytes per second; 0 = no limit */
  double tokens;
  gint64 filled_us;
} TransferBandwidth;
void transfer_bandwidth_init (TransferBandwidth *bandwidth, guint64 rate);
void transfer_bandwidth_clear (TransferBandwidth *bandwidth);
/* How many of WANT bytes may pass now; waits for at least one. 0 = cancelled. */
gsize transfer_bandwidth_take (TransferBandwidth *bandwidth, CrJob *job, gsize want, GError **error);

typedef struct {
  guint limit, most; /* blocks that may be under way, now and at best */
  guint good;        /* successes since the limit changed */
  gint64 halved_us;
} TransferGate;
void transfer_gate_success (TransferGate *gate);
/* A call that BEGAN_US was refused as one too many. */
void transfer_gate_refused (TransferGate *gate, gint64 began_us);

/* --- a run --- */

typedef enum { TRANSFER_UP, TRANSFER_DOWN, TRANSFER_CHECK } TransferMode;

typedef struct {
  TransferMode mode;
  CloudStore *store;
  CrJob *job;
  TransferOptions options; /* every default filled in */
  TransferPlan *plan;
  char *protection; /* what the content is protected with, as the plan knows it */
  GPtrArray *files; /* TransferFile */
  const char *root; /* downloads: the folder that nothing is written out of; borrowed */
  TransferBandwidth bandwidth;
  GHashTable *folders; /* downloads: folders that were made, and are synced at the end */

  GMutex lock; /* of everything below */
  GCond changed;
  TransferGate gate;
  guint cursor;  /* files begun */
  GQueue open;   /* files with blocks to hand out */
  GQueue anew;   /* files to be begun once more */
  guint active;  /* pieces under way */
  GError *error; /* the first; everybody stops */
  gboolean told_busy;
  TransferResult result;
  guint64 done, total; /* bytes as stored */
  gint64 shown_us;
} Transfer;

/* What a worker owns. */
typedef struct {
  Transfer *transfer;
  guint8 *scratch; /* TRANSFER_SCRATCH */
  guint8 *sealed;  /* encrypted uploads: a whole block whose sum goes ahead; NULL until it is needed */
  gsize sealed_size;
  DataCse *cse;   /* NULL without client-side encryption */
  gsize counted;  /* bytes that the present attempt has added to the progress */
  guint64 looked; /* bytes that a look at the file here has added to it */
} TransferWorker;

/* Move all files. */
gboolean transfer_run (Transfer *transfer, GError **error);
/* Bytes of FILE that passed, for progress and bandwidth. */
void transfer_count (TransferWorker *worker, const TransferFile *file, gsize bytes);
/* Of what the present attempt has counted only KEEP bytes are left: it is sent again from there. */
void transfer_uncount (TransferWorker *worker, const TransferFile *file, gsize keep);

/* Bytes of FILE that were only looked at here. They are shown like those that pass, until the look ends. */
void transfer_look (TransferWorker *worker, const TransferFile *file, gsize bytes);
void transfer_look_end (TransferWorker *worker, const TransferFile *file);
/* Around a look at a file that has been moved, whose bytes count already: show it from its beginning on. */
void transfer_look_again (TransferWorker *worker, const TransferFile *file);
void transfer_looked_again (TransferWorker *worker, const TransferFile *file);

/* One call to the store, repeated as "What to retry" says. CALL is given TRY. */
typedef gboolean (*TransferCall) (TransferWorker *worker, TransferFile *file, guint index, CloudTry *try,
                                  GError **error);
gboolean transfer_repeat (TransferWorker *worker, TransferFile *file, guint index, TransferCall call,
                          GError **error);
/* A piece of the local file into BUFFER, all LENGTH bytes or an error. */
gboolean transfer_read (const TransferFile *file, guint64 offset, guint8 *buffer, gsize length,
                        GError **error);
void transfer_set_file_error (GError **error, const char *verb, const char *path, int code);
gboolean transfer_changed (const TransferFile *file, GError **error); /* sets ERROR, gives FALSE */

/* What each mode does with a file: PREPARE sets *DONE when there is nothing to do, BLOCK moves one block,
 * FINISH makes the whole appear. DROP lets go of what a file holds when the run stops (or starts it anew). */
typedef struct {
  gboolean (*prepare) (TransferWorker *worker, TransferFile *file, gboolean *done, GError **error);
  gboolean (*block) (TransferWorker *worker, TransferFile *file, guint index, GError **error);
  gboolean (*finish) (TransferWorker *worker, TransferFile *file, GError **error);
  void (*drop) (Transfer *transfer, TransferFile *file, gboolean forget);
} TransferDoing;
extern const TransferDoing transfer_up, transfer_down, transfer_check;

/* --- bodies (transfer-body.c) --- */

typedef struct TransferBody TransferBody;
/* What sends block INDEX of FILE. Its sums are known at once where AHEAD or the store says so, else after it was
 * sent. WORKER serves one body at a time. Gives; NULL when the file cannot be read. */
TransferBody *transfer_body_new (TransferWorker *worker, TransferFile *file, guint index, gboolean ahead,
                                 GError **error);
const CloudBody *transfer_body_cloud (const TransferBody *body); /* borrowed */
void transfer_body_note (const TransferBody *body);              /* its sums to the block */
void transfer_body_free (TransferBody *body);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TransferBody, transfer_body_free)

/* --- comparing (transfer-same.c) --- */

/* CRC64 of LENGTH bytes of the file from FIRST on, then of FILLING zero bytes. */
gboolean transfer_sum_file (TransferWorker *worker, const TransferFile *file, guint64 first, guint64 length,
                            guint64 filling, guint64 *sum, GError **error);
/* Is the open file's content what the store has? Sets file->plain when it is. */
gboolean transfer_is_same (TransferWorker *worker, TransferFile *file, gboolean *same, GError **error);
/* base64 of the MD5 of an open file. Gives. */
char *transfer_md5_file (TransferWorker *worker, const TransferFile *file, GError **error);
/* A keyed sum of content that is stored encrypted. Gives. */
char *transfer_seal (GBytes *key, guint64 plain, guint64 size);
/* Zero bytes that fill the last block of SIZE bytes. */
guint64 transfer_filling (const Transfer *transfer, guint64 size);
/* The CRC64 of LENGTH zero bytes after what CRC is the sum of. */
guint64 transfer_sum_zeros (guint64 crc, guint64 length);
/* The sums of all blocks joined. */
guint64 transfer_join (const TransferFile *file, gboolean plain);

/* --- names (transfer-list.c) --- */

/* The files at PATH. JOB is told of what is left out; LEFT_OUT is set to how many that are. */
gboolean transfer_collect (GPtrArray *files, const char *prefix, const char *path, CrJob *job,
                           guint *left_out, GError **error);
gboolean transfer_choose (GPtrArray *files, GPtrArray *items, const char *prefix, const char *folder,
                          GError **error);
/* Remember what the store has of the files to be sent. */
void transfer_match (GPtrArray *files, GPtrArray *items);
/* The marks of ITEM to FILE, in the place of those that it has. Takes them out of ITEM. */
void transfer_take_marks (TransferFile *file, BlobItem *item);
/* The same without the tag, which says which content is fetched. */
void transfer_take_sums (TransferFile *file, BlobItem *item);
const char *transfer_content_type (const char *path);

/* --- receiving (transfer-sink.c) --- */

/* Where bytes of a block go: decrypted when they are encrypted, summed, written when FD is not -1. */
typedef struct TransferSink TransferSink;
TransferSink *transfer_sink_new (TransferWorker *worker, TransferFile *file, guint index, int fd);
gboolean transfer_sink_take (const void *data, gsize length, gpointer sink, GError **error);
/* After the last byte: sums to the block, the filling (encrypted files, last block) to *FILLING. */
gboolean transfer_sink_end (TransferSink *sink, guint64 *filling, GError **error);
void transfer_sink_free (TransferSink *sink);

G_END_DECLS
