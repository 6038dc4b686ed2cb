/* SPDX-License-Identifier: MIT
 * Client-side encryption (CSE): the file format that the clean room's encrypting mount reads and writes.
 *
 *   file    := chunk{n} trailer
 *   chunk   := nonce[12] ciphertext[block] tag[16]     AES-256-GCM, no additional data
 *   trailer := padding[8]                              unsigned, big-endian
 *
 * The last chunk is filled with zero bytes to a whole block and the trailer says how many. An empty file is
 * the trailer alone; the mount writes no byte at all for it, which is read as empty too. The block size is
 * not in the file: both sides have to agree (azure-cleanroom, blobfuse-launcher/encryptor).
 *
 * What the format does not notice: whole chunks that were exchanged, and a chunk taken away together with
 * a changed trailer, for neither is bound to its place. Whoever needs that compares digests of whole files.
 */
#pragma once

#include "base/job.h"

#include <glib.h>

G_BEGIN_DECLS

#define DATA_CSE_KEY 32u                   /* bytes of the DEK */
#define DATA_CSE_BLOCK (16u * 1024 * 1024) /* bytes of a block where nobody says otherwise */
#define DATA_CSE_BLOCK_MAX (256u * 1024 * 1024)
#define DATA_CSE_OVERHEAD 28u /* nonce and tag of a chunk */
#define DATA_CSE_TRAILER 8u

/* Bytes of the encrypted file of PLAIN bytes, in blocks of BLOCK. */
guint64 data_cse_size (guint64 plain, guint block);
/* Chunks in an encrypted file of SIZE bytes. CR_ERROR_INPUT when no file of this block size is that long. */
gboolean data_cse_chunks (guint64 size, guint block, guint64 *chunks, GError **error);

typedef struct DataCse DataCse;

/* DEK has DATA_CSE_KEY bytes (else CR_ERROR_INPUT); BLOCK is 1 to DATA_CSE_BLOCK_MAX. One object serves one
 * thread. Gives. */
DataCse *data_cse_new (GBytes *dek, guint block, GError **error);
void data_cse_free (DataCse *cse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataCse, data_cse_free)

/* Write the trailer of a file of PLAIN bytes to OUT, DATA_CSE_TRAILER bytes. */
void data_cse_trailer (const DataCse *cse, guint64 plain, guint8 *out);
/* Open CHUNK to OUT, block bytes. CR_ERROR_INPUT when the key is another one or a bit was changed; OUT is
 * zero then. */
gboolean data_cse_open (DataCse *cse, const guint8 *chunk, guint8 *out, GError **error);
/* The plain length that a file of CHUNKS chunks with this TRAILER has. CR_ERROR_INPUT when it cannot be. */
gboolean data_cse_length (const DataCse *cse, guint64 chunks, const guint8 *trailer, guint64 *plain,
                          GError **error);

/* Encrypt or decrypt the file FROM to TO (0600, atomically: TO is old or whole, never a part). Memory is
 * small whatever the size. A file that changes while it is read is CR_ERROR_RETRY. Decrypting checks every
 * chunk, the padding and the trailer before TO appears. Progress through JOB. */
gboolean data_cse_encrypt_file (DataCse *cse, CrJob *job, const char *from, const char *to, GError **error);
gboolean data_cse_decrypt_file (DataCse *cse, CrJob *job, const char *from, const char *to, GError **error);

/* The same for a folder: every regular file below FROM to the same place below TO (a single file to TO/its
 * name). Links are left out. FILES (may be NULL) is how many. */
gboolean data_cse_copy (DataCse *cse, CrJob *job, gboolean encrypt, const char *from, const char *to,
                        guint *files, GError **error);
/* The first file of PATH, a file or folder, that CSE, of blocks of BLOCK bytes, encrypted already; NULL when
 * none is. Gives. */
char *data_cse_find_sealed (DataCse *cse, guint block, const char *path);

G_END_DECLS
