/* SPDX-License-Identifier: MIT
 * Strict CBOR on top of libcbor: one head at a time, definite lengths only, nothing is copied.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  CBOR_ITEM_UINT,   /* number */
  CBOR_ITEM_NEGINT, /* the value is -1 - number */
  CBOR_ITEM_BYTES,  /* data, length */
  CBOR_ITEM_TEXT,   /* data, length: not yet known to be UTF-8 */
  CBOR_ITEM_ARRAY,  /* number of items follow */
  CBOR_ITEM_MAP,    /* number of pairs follow */
  CBOR_ITEM_TAG,    /* number, then the tagged item */
  CBOR_ITEM_OTHER,  /* null, booleans, floats */
  CBOR_ITEM_BAD,    /* indefinite lengths, reserved heads, end of the data */
} CborItemType;

typedef struct {
  CborItemType type;
  guint64 number;
  const guint8 *data; /* into the reader's data */
  gsize length;
} CborItem;

typedef struct {
  const guint8 *data;
  gsize length; /* what is left */
  guint budget; /* items that may still be read: bounds the work for hostile input */
} CborReader;

/* The next head (with the content of a byte or text string). FALSE with type CBOR_ITEM_BAD at the end or on
 * anything that is not strict. */
gboolean cbor_reader_next (CborReader *reader, CborItem *item);
/* Pass over one whole item, nested at most DEPTH deep. */
gboolean cbor_reader_skip (CborReader *reader, guint depth);

/* Writing, shortest forms. */
void cbor_write_head (GByteArray *out, CborItemType type, guint64 number);
void cbor_write_bytes (GByteArray *out, const void *data, gsize length);
void cbor_write_text (GByteArray *out, const char *text);
void cbor_write_int (GByteArray *out, gint64 value);

G_END_DECLS
