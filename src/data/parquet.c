/* SPDX-License-Identifier: MIT
 * The footer of a Parquet file (parquet.h): Thrift's compact protocol, of which only the schema and the
 * number of rows are kept; everything else is stepped over.
 */
#include "data/parquet.h"

#include "base/error.h"
#include "base/translate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_BYTES 4u
#define TAIL_BYTES 8u
#define FOOTER_MAX_BYTES (64u * 1024 * 1024)
#define DEPTH_MAX 32u
#define NAME_MAX_BYTES 1024u
#define ELEMENTS_MAX 100000u
#define COLUMNS_MAX 20480u

/* Thrift compact protocol, types of fields and elements. */
enum {
  T_STOP = 0,
  T_TRUE = 1,
  T_FALSE = 2,
  T_BYTE = 3,
  T_I16 = 4,
  T_I32 = 5,
  T_I64 = 6,
  T_DOUBLE = 7,
  T_BINARY = 8,
  T_LIST = 9,
  T_SET = 10,
  T_MAP = 11,
  T_STRUCT = 12,
};

/* Physical types (parquet.thrift, Type) and the older converted types that matter here. */
enum { P_BOOLEAN, P_INT32, P_INT64, P_INT96, P_FLOAT, P_DOUBLE, P_BYTE_ARRAY, P_FIXED, P_NONE = -1 };
enum {
  C_UTF8 = 0,
  C_ENUM = 4,
  C_DECIMAL = 5,
  C_DATE = 6,
  C_TIME_MILLIS = 7,
  C_TIME_MICROS = 8,
  C_TIMESTAMP_MILLIS = 9,
  C_TIMESTAMP_MICROS = 10,
  C_UINT_32 = 13,
  C_UINT_64 = 14,
  C_JSON = 19,
  C_NONE = -1
};
/* Members of the union LogicalType. */
enum {
  L_NONE = 0,
  L_STRING = 1,
  L_ENUM = 4,
  L_DECIMAL = 5,
  L_DATE = 6,
  L_TIME = 7,
  L_TIMESTAMP = 8,
  L_INTEGER = 10,
  L_JSON = 12,
  L_UUID = 14,
  L_FLOAT16 = 15,
};

typedef struct {
  const guint8 *at, *end;
  gboolean bad; /* once set, everything reads as 0 */
} Reader;

typedef struct {
  gint64 type, converted, children, repetition;
  int logical;
  gboolean is_unsigned; /* of L_INTEGER */
  gint64 bits;
  const char *name; /* into the footer */
  gsize name_length;
} Element;

static guint8
read_byte (Reader *reader)
{
  if (reader->bad || reader->at == reader->end) {
    reader->bad = TRUE;
    return 0;
  }
  return *reader->at++;
}

static guint64
read_varint (Reader *reader)
{
  guint64 value = 0;
  for (guint shift = 0; shift < 64; shift += 7) {
    guint8 byte = read_byte (reader);
    value |= (guint64) (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0)
      return value;
  }
  reader->bad = TRUE;
  return 0;
}

static gint64
read_zigzag (Reader *reader)
{
  guint64 value = read_varint (reader);
  return (gint64) (value >> 1) ^ -(gint64) (value & 1);
}

static const guint8 *
read_bytes (Reader *reader, guint64 length)
{
  if (reader->bad || length > (guint64) (reader->end - reader->at)) {
    reader->bad = TRUE;
    return NULL;
  }
  const guint8 *bytes = reader->at;
  reader->at += length;
  return bytes;
}

/* The next field of a struct: its type, T_STOP at the end; *ID goes on from the one before. */
static guint
read_field (Reader *reader, gint64 *id)
{
  guint8 head = read_byte (reader);
  if (reader->bad || (head & 0x0f) == T_STOP)
    return T_STOP;
  *id = (head >> 4) != 0 ? *id + (head >> 4) : read_zigzag (reader);
  reader->bad = reader->bad || *id < 0 || *id > G_MAXINT16;
  return reader->bad ? T_STOP : head & 0x0fu;
}

/* Elements of a list or set. No element is smaller than a byte, but booleans and empty structs come close. */
static guint64
read_list (Reader *reader, guint *type)
{
  guint8 head = read_byte (reader);
  guint64 count = head >> 4;
  *type = head & 0x0f;
  if (count == 15)
    count = read_varint (reader);
  if (count > (guint64) (reader->end - reader->at))
    reader->bad = TRUE;
  return reader->bad ? 0 : count;
}

static void skip (Reader *reader, guint type, guint depth);

static void
skip_struct (Reader *reader, guint depth)
{
  gint64 id = 0;
  for (guint type; (type = read_field (reader, &id)) != T_STOP;)
    skip (reader, type, depth);
}

/* As an element a boolean takes a byte; as a field it is in the type. */
static void
skip_element (Reader *reader, guint type, guint depth)
{
  if (type == T_TRUE || type == T_FALSE)
    read_byte (reader);
  else
    skip (reader, type, depth);
}

static void
skip_map (Reader *reader, guint depth)
{
  guint64 count = read_varint (reader);
  if (count == 0)
    return;
  guint8 types = read_byte (reader);
  for (guint64 i = 0; i < count && !reader->bad; i++) {
    skip_element (reader, types >> 4, depth);
    skip_element (reader, types & 0x0f, depth);
  }
}

static void
skip (Reader *reader, guint type, guint depth)
{
  guint element = 0;
  guint64 count;
  if (depth >= DEPTH_MAX) {
    reader->bad = TRUE;
    return;
  }
  switch (type) {
  case T_TRUE:
  case T_FALSE:
    break;
  case T_BYTE:
    read_byte (reader);
    break;
  case T_I16:
  case T_I32:
  case T_I64:
    read_varint (reader);
    break;
  case T_DOUBLE:
    read_bytes (reader, 8);
    break;
  case T_BINARY:
    count = read_varint (reader);
    read_bytes (reader, count);
    break;
  case T_LIST:
  case T_SET:
    count = read_list (reader, &element);
    for (guint64 i = 0; i < count && !reader->bad; i++)
      skip_element (reader, element, depth + 1);
    break;
  case T_MAP:
    skip_map (reader, depth + 1);
    break;
  case T_STRUCT:
    skip_struct (reader, depth + 1);
    break;
  default:
    reader->bad = TRUE;
  }
}

/* INTEGER {1: bit width, 2: signed}. */
static void
read_integer_type (Reader *reader, Element *element, guint depth)
{
  gint64 id = 0;
  for (guint type; (type = read_field (reader, &id)) != T_STOP;) {
    if (id == 1 && type == T_BYTE)
      element->bits = read_byte (reader);
    else if (id == 2 && (type == T_TRUE || type == T_FALSE))
      element->is_unsigned = type == T_FALSE;
    else
      skip (reader, type, depth);
  }
}

/* The union has one member; its number says the type. */
static void
read_logical (Reader *reader, Element *element, guint depth)
{
  gint64 id = 0;
  for (guint type; (type = read_field (reader, &id)) != T_STOP;) {
    element->logical = id > 0 && id < 32 ? (int) id : L_NONE;
    if (element->logical == L_INTEGER && type == T_STRUCT)
      read_integer_type (reader, element, depth + 1);
    else
      skip (reader, type, depth);
  }
}

static void
read_element (Reader *reader, Element *element)
{
  *element = (Element){ .type = P_NONE, .converted = C_NONE, .name = "" };
  gint64 id = 0;
  for (guint type; (type = read_field (reader, &id)) != T_STOP;) {
    gint64 *number = id == 1   ? &element->type
                     : id == 3 ? &element->repetition
                     : id == 5 ? &element->children
                     : id == 6 ? &element->converted
                               : NULL;
    if (number != NULL && type == T_I32) {
      *number = read_zigzag (reader);
    } else if (id == 4 && type == T_BINARY) {
      element->name_length = read_varint (reader);
      element->name = (const char *) read_bytes (reader, element->name_length);
      reader->bad = reader->bad || element->name_length > NAME_MAX_BYTES;
    } else if (id == 10 && type == T_STRUCT) {
      read_logical (reader, element, 2);
    } else {
      skip (reader, type, 2);
    }
  }
}

/* --- types --- */

static void
integer_type (const Element *element, DataParquetColumn *column)
{
  gboolean wide = element->type == P_INT64;
  gboolean is_unsigned = element->is_unsigned || element->converted == C_UINT_32
                         || element->converted == C_UINT_64;
  column->what = wide ? "INT64" : "INT32";
  column->type = wide ? "long" : "integer";
  if (is_unsigned && wide) {
    column->what = "UINT64";
    column->type = NULL;
  } else if (is_unsigned && (element->bits == 32 || element->converted == C_UINT_32)) {
    column->what = "UINT32";
    column->type = "long";
  }
}

static void
set_type (const Element *element, DataParquetColumn *column)
{
  static const char *const physical[] = { "BOOLEAN", "INT32",  "INT64",      "INT96",
                                          "FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY" };
  int logical = element->logical;
  gint64 converted = element->converted;
  if (element->children > 0 || element->type < 0 || element->type > P_FIXED) {
    column->what = "group";
    return;
  }
  column->what = physical[element->type];
  if (element->repetition == 2) {
    column->what = "LIST";
  } else if (logical == L_DECIMAL || converted == C_DECIMAL) {
    column->what = "DECIMAL";
  } else if (logical == L_DATE || converted == C_DATE) {
    column->what = "DATE";
    column->type = "date";
  } else if (logical == L_TIMESTAMP || converted == C_TIMESTAMP_MILLIS || converted == C_TIMESTAMP_MICROS
             || element->type == P_INT96) {
    column->what = "TIMESTAMP";
    column->type = "timestamp";
  } else if (logical == L_TIME || converted == C_TIME_MILLIS || converted == C_TIME_MICROS) {
    column->what = "TIME";
  } else if (element->type == P_BOOLEAN) {
    column->type = "boolean";
  } else if (element->type == P_INT32 || element->type == P_INT64) {
    integer_type (element, column);
  } else if (element->type == P_FLOAT || element->type == P_DOUBLE) {
    column->type = "number";
  } else if (logical == L_STRING || logical == L_ENUM || logical == L_JSON || converted == C_UTF8
             || converted == C_ENUM || converted == C_JSON) {
    column->what = "STRING";
    column->type = "string";
  }
}

/* --- the footer --- */

static void
column_free (gpointer data)
{
  DataParquetColumn *column = data;
  g_free (column->name);
  g_free (column);
}

void
data_parquet_free (DataParquet *parquet)
{
  if (parquet == NULL)
    return;
  g_ptr_array_unref (parquet->columns);
  g_free (parquet);
}

/* The elements are the tree of columns, depth first; the first is the root. What lies below a column is
 * passed by. */
static void
read_schema (Reader *reader, DataParquet *parquet)
{
  guint type = 0;
  guint64 count = read_list (reader, &type);
  if (type != T_STRUCT || count == 0 || count > ELEMENTS_MAX)
    reader->bad = TRUE;
  Element element;
  guint64 below = 0; /* elements that still belong to the column before */
  for (guint64 i = 0; i < count && !reader->bad; i++) {
    read_element (reader, &element);
    if (reader->bad || element.children < 0 || (guint64) element.children > count - i - 1)
      reader->bad = TRUE;
    else if (i > 0 && below > 0)
      below += (guint64) element.children - 1;
    else if (i > 0) {
      DataParquetColumn *column = g_new0 (DataParquetColumn, 1);
      column->name = g_utf8_make_valid (element.name, (gssize) element.name_length);
      set_type (&element, column);
      g_ptr_array_add (parquet->columns, column);
      below = (guint64) element.children;
      reader->bad = parquet->columns->len > COLUMNS_MAX;
    }
  }
  reader->bad = reader->bad || below > 0;
}

DataParquet *
data_parquet_parse (const void *footer, gsize length, const char *name, GError **error)
{
  Reader reader = { .at = footer, .end = (const guint8 *) footer + length };
  g_autoptr (DataParquet) parquet = g_new0 (DataParquet, 1);
  parquet->columns = g_ptr_array_new_with_free_func (column_free);
  gint64 id = 0, rows = -1;
  for (guint type; (type = read_field (&reader, &id)) != T_STOP;) {
    if (id == 2 && type == T_LIST && parquet->columns->len == 0)
      read_schema (&reader, parquet);
    else if (id == 3 && type == T_I64)
      rows = read_zigzag (&reader);
    else
      skip (&reader, type, 0);
  }
  if (!reader.bad && rows >= 0 && parquet->columns->len > 0) {
    parquet->rows = (guint64) rows;
    return g_steal_pointer (&parquet);
  }
  cr_set_error (error, CR_ERROR_INPUT, "Write the file again, or leave it out.",
                "%s: the footer of this Parquet file is broken.", name);
  return NULL;
}

static gboolean
refuse (GError **error, const char *name, const char *reason)
{
  cr_set_error (error, CR_ERROR_INPUT, "Write the file again, or leave it out.", "%s: %s", name,
                cr_translate (reason));
  return FALSE;
}

/* LENGTH bytes at OFFSET. */
static gboolean
read_at (int fd, void *into, gsize length, goffset offset, const char *name, GError **error)
{
  for (gsize done = 0; done < length;) {
    ssize_t n = pread (fd, (guint8 *) into + done, length - done, offset + (goffset) done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot read %s: %s.", name, g_strerror (errno));
      return FALSE;
    }
    if (n == 0)
      return refuse (error, name, N_ ("the file became shorter while it was read."));
    done += (gsize) n;
  }
  return TRUE;
}

static GBytes *
read_footer (int fd, const char *name, GError **error)
{
  guint8 tail[TAIL_BYTES], head[MAGIC_BYTES];
  struct stat status;
  if (fstat (fd, &status) != 0 || status.st_size < (goffset) (MAGIC_BYTES + TAIL_BYTES)) {
    refuse (error, name, N_ ("this is no whole Parquet file."));
    return NULL;
  }
  if (!read_at (fd, head, sizeof head, 0, name, error)
      || !read_at (fd, tail, sizeof tail, status.st_size - (goffset) sizeof tail, name, error))
    return NULL;
  if (memcmp (tail + 4, "PARE", MAGIC_BYTES) == 0) {
    refuse (error, name, N_ ("the footer of this Parquet file is encrypted."));
    return NULL;
  }
  guint32 length = (guint32) tail[0] | (guint32) tail[1] << 8 | (guint32) tail[2] << 16
                   | (guint32) tail[3] << 24;
  gboolean whole = memcmp (head, "PAR1", MAGIC_BYTES) == 0 && memcmp (tail + 4, "PAR1", MAGIC_BYTES) == 0
                   && length > 0 && (goffset) length <= status.st_size - (goffset) (MAGIC_BYTES + TAIL_BYTES);
  if (!whole || length > FOOTER_MAX_BYTES) {
    refuse (error, name,
            whole ? N_ ("the footer of this Parquet file is too large.")
                  : N_ ("this is no whole Parquet file."));
    return NULL;
  }
  g_autofree guint8 *footer = g_malloc (length);
  if (!read_at (fd, footer, length, status.st_size - (goffset) TAIL_BYTES - (goffset) length, name, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&footer), length);
}

DataParquet *
data_parquet_read (const char *path, const char *name, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    int code = errno;
    cr_set_error (error, code == ENOENT ? CR_ERROR_NOT_FOUND : CR_ERROR_ADMIN, NULL, "Cannot read %s: %s.",
                  name, g_strerror (code));
    return NULL;
  }
  g_autoptr (GBytes) footer = read_footer (fd, name, error);
  close (fd);
  return footer != NULL
             ? data_parquet_parse (g_bytes_get_data (footer, NULL), g_bytes_get_size (footer), name, error)
             : NULL;
}
