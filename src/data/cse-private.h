/* SPDX-License-Identifier: MIT
 * Inside of client-side encryption: chunks (cse.c), chunks in pieces (cse-stream.c) and files (cse-file.c).
 */
#pragma once

#include "data/cse.h"

#include <openssl/evp.h>

G_BEGIN_DECLS

/* The key lives only in the two contexts, ready for the next nonce. */
struct DataCse {
  guint block;
  EVP_CIPHER_CTX *sealing, *opening;
};

/* One more with the same key and block size, for another thread. Gives. */
DataCse *data_cse_twin (const DataCse *cse);

#define DATA_CSE_NONCE 12u
#define DATA_CSE_TAG 16u

/* One chunk while its bytes pass: NONCE is drawn anew each time, so content that changed meanwhile never
 * meets a nonce twice. The parts of a chunk, block bytes together with the filling, are sealed in place. */
void data_cse_seal_begin (DataCse *cse, guint8 *nonce);
void data_cse_seal_part (DataCse *cse, guint8 *data, gsize length);
void data_cse_seal_end (DataCse *cse, guint8 *tag);
/* What the parts give is proved only by data_cse_open_end: keep it where nobody reads it before. */
void data_cse_open_begin (DataCse *cse, const guint8 *nonce);
void data_cse_open_part (DataCse *cse, const guint8 *in, gsize length, guint8 *out);
gboolean data_cse_open_end (DataCse *cse, guint8 *tag, GError **error);

G_END_DECLS
