/* SPDX-License-Identifier: MIT
 * Strict CBOR on top of libcbor (cbor-private.h).
 */
#include "cose/cbor-private.h"

#include <cbor.h>
#include <string.h>

/* --- reading: each libcbor callback fills the item --- */

static void
set_number (void *context, CborItemType type, guint64 number)
{
  CborItem *item = context;
  item->type = type;
  item->number = number;
}

#define INTEGER_CALLBACKS(bits)                                                                              \
  static void on_uint##bits (void *context, uint##bits##_t value)                                            \
  {                                                                                                          \
    set_number (context, CBOR_ITEM_UINT, value);                                                             \
  }                                                                                                          \
  static void on_negint##bits (void *context, uint##bits##_t value)                                          \
  {                                                                                                          \
    set_number (context, CBOR_ITEM_NEGINT, value);                                                           \
  }
INTEGER_CALLBACKS (8)
INTEGER_CALLBACKS (16)
INTEGER_CALLBACKS (32)
INTEGER_CALLBACKS (64)
#undef INTEGER_CALLBACKS

static void
on_bytes (void *context, cbor_data data, size_t length)
{
  CborItem *item = context;
  *item = (CborItem){ .type = CBOR_ITEM_BYTES, .data = data, .length = length };
}

static void
on_text (void *context, cbor_data data, size_t length)
{
  CborItem *item = context;
  *item = (CborItem){ .type = CBOR_ITEM_TEXT, .data = data, .length = length };
}

static void
on_array (void *context, size_t count)
{
  set_number (context, CBOR_ITEM_ARRAY, count);
}

static void
on_map (void *context, size_t count)
{
  set_number (context, CBOR_ITEM_MAP, count);
}

static void
on_tag (void *context, uint64_t tag)
{
  set_number (context, CBOR_ITEM_TAG, tag);
}

static void
on_other (void *context)
{
  set_number (context, CBOR_ITEM_OTHER, 0);
}

static void
on_boolean (void *context, bool value)
{
  set_number (context, CBOR_ITEM_OTHER, value);
}

static void
on_float (void *context, float value)
{
  (void) value;
  on_other (context);
}

static void
on_double (void *context, double value)
{
  (void) value;
  on_other (context);
}

static void
on_indefinite (void *context)
{
  set_number (context, CBOR_ITEM_BAD, 0);
}

static const struct cbor_callbacks callbacks = {
  .uint8 = on_uint8,
  .uint16 = on_uint16,
  .uint32 = on_uint32,
  .uint64 = on_uint64,
  .negint8 = on_negint8,
  .negint16 = on_negint16,
  .negint32 = on_negint32,
  .negint64 = on_negint64,
  .byte_string = on_bytes,
  .byte_string_start = on_indefinite,
  .string = on_text,
  .string_start = on_indefinite,
  .array_start = on_array,
  .indef_array_start = on_indefinite,
  .map_start = on_map,
  .indef_map_start = on_indefinite,
  .tag = on_tag,
  .float2 = on_float,
  .float4 = on_float,
  .float8 = on_double,
  .undefined = on_other,
  .null = on_other,
  .boolean = on_boolean,
  .indef_break = on_indefinite,
};

gboolean
cbor_reader_next (CborReader *reader, CborItem *item)
{
  *item = (CborItem){ .type = CBOR_ITEM_BAD };
  if (reader->budget == 0 || reader->length == 0)
    return FALSE;
  reader->budget--;
  if ((*reader->data & 0xe0) == 0xc0 && (*reader->data & 0x1f) < 24) {
    /* libcbor's streaming decoder takes only the short tags that were registered when it was written. */
    set_number (item, CBOR_ITEM_TAG, *reader->data & 0x1f);
    reader->data++;
    reader->length--;
    return TRUE;
  }
  struct cbor_decoder_result result = cbor_stream_decode (reader->data, reader->length, &callbacks, item);
  if (result.status != CBOR_DECODER_FINISHED || item->type == CBOR_ITEM_BAD || result.read > reader->length) {
    item->type = CBOR_ITEM_BAD;
    return FALSE;
  }
  reader->data += result.read;
  reader->length -= result.read;
  return TRUE;
}

gboolean
cbor_reader_skip (CborReader *reader, guint depth)
{
  CborItem item;
  if (depth == 0 || !cbor_reader_next (reader, &item))
    return FALSE;
  guint64 children = item.type == CBOR_ITEM_ARRAY ? item.number
                     : item.type == CBOR_ITEM_MAP ? item.number
                     : item.type == CBOR_ITEM_TAG ? 1
                                                  : 0;
  /* Each child takes at least one byte, so a larger count cannot be true. */
  if (children > reader->length)
    return FALSE;
  if (item.type == CBOR_ITEM_MAP)
    children *= 2;
  for (guint64 i = 0; i < children; i++)
    if (!cbor_reader_skip (reader, depth - 1))
      return FALSE;
  return TRUE;
}

/* --- writing --- */

void
cbor_write_head (GByteArray *out, CborItemType type, guint64 number)
{
  guint8 buffer[9];
  gsize size = 0;
  switch (type) {
  case CBOR_ITEM_UINT:
    size = cbor_encode_uint (number, buffer, sizeof buffer);
    break;
  case CBOR_ITEM_NEGINT:
    size = cbor_encode_negint (number, buffer, sizeof buffer);
    break;
  case CBOR_ITEM_BYTES:
    size = cbor_encode_bytestring_start (number, buffer, sizeof buffer);
    break;
  case CBOR_ITEM_TEXT:
    size = cbor_encode_string_start (number, buffer, sizeof buffer);
    break;
  case CBOR_ITEM_ARRAY:
    size = cbor_encode_array_start (number, buffer, sizeof buffer);
    break;
  case CBOR_ITEM_MAP:
    size = cbor_encode_map_start (number, buffer, sizeof buffer);
    break;
  case CBOR_ITEM_TAG:
    size = cbor_encode_tag (number, buffer, sizeof buffer);
    break;
  case CBOR_ITEM_OTHER:
  case CBOR_ITEM_BAD:
  default:
    g_assert_not_reached ();
  }
  g_assert (size > 0);
  g_byte_array_append (out, buffer, (guint) size);
}

void
cbor_write_bytes (GByteArray *out, const void *data, gsize length)
{
  cbor_write_head (out, CBOR_ITEM_BYTES, length);
  if (length > 0)
    g_byte_array_append (out, data, (guint) length);
}

void
cbor_write_text (GByteArray *out, const char *text)
{
  gsize length = strlen (text);
  cbor_write_head (out, CBOR_ITEM_TEXT, length);
  g_byte_array_append (out, (const guint8 *) text, (guint) length);
}

void
cbor_write_int (GByteArray *out, gint64 value)
{
  if (value >= 0)
    cbor_write_head (out, CBOR_ITEM_UINT, (guint64) value);
  else
    cbor_write_head (out, CBOR_ITEM_NEGINT, (guint64) (-1 - value));
}
