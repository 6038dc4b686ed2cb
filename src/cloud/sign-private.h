/* SPDX-License-Identifier: MIT
 * What both kinds of request signature need (sign.h).
 */
#pragma once

#include "cloud/sign.h"

G_BEGIN_DECLS

void cloud_hmac_sha256 (const void *key, gsize key_length, const void *data, gsize length, guint8 mac[32]);

/* Copies of PAIRS, names through NAME and values through VALUE (functions that give a new text), sorted by
 * name, then value. Gives. */
typedef char *(*CloudPairText) (const char *text);
GPtrArray *cloud_pairs_sorted (const CloudPair *pairs, guint count, CloudPairText name, CloudPairText value);

/* One of them. */
typedef struct {
  char *name;
  char *value;
} CloudOwnPair;

G_END_DECLS
