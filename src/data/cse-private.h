/* SPDX-License-Identifier: MIT
 * Inside of client-side encryption: chunks (cse.c) and files (cse-file.c).
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

G_END_DECLS
