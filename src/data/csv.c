/* SPDX-License-Identifier: MIT
 * CSV record by record (csv.h): one pass over a buffered file, unescaped into one text per record.
 */
#include "data/csv.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (64u * 1024)
#define END_OF_FILE (-1)

struct DataCsv {
  char *name;
  DataCsvMode mode;
  int fd;             /* -1 when reading from memory */
  guint8 *buffer;     /* own, NULL when reading from memory */
  const guint8 *data; /* buffer or the caller's bytes */
  gsize position, end;
  guint64 passed; /* bytes before the buffer */
  gboolean at_end;
  int read_error; /* errno of a failed read */
  guint64 line;   /* of the next byte */
  guint64 record_line;
  guint odd;         /* DataCsvOdd of the record */
  gboolean complete; /* the line end of the record was taken */
  GString *text;     /* all fields of the record, each ended by NUL */
  GArray *starts;    /* gsize: where each field starts in TEXT */
  GArray *quoted;    /* gboolean per field */
  GPtrArray *fields; /* const char*, into TEXT */
};

static DataCsv *
csv_alloc (const char *name, DataCsvMode mode)
{
  DataCsv *csv = g_new0 (DataCsv, 1);
  csv->name = g_strdup (name);
  csv->mode = mode;
  csv->fd = -1;
  csv->line = 1;
  csv->text = g_string_sized_new (1024);
  csv->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  csv->quoted = g_array_new (FALSE, FALSE, sizeof (gboolean));
  csv->fields = g_ptr_array_new ();
  return csv;
}

/* Make at least one more byte readable; FALSE at the end. */
static gboolean
fill (DataCsv *csv)
{
  if (csv->fd < 0 || csv->at_end) {
    csv->at_end = TRUE;
    return FALSE;
  }
  ssize_t n;
  do
    n = read (csv->fd, csv->buffer, BUFFER_BYTES);
  while (n < 0 && errno == EINTR);
  if (n <= 0) {
    csv->read_error = n < 0 ? errno : 0;
    csv->at_end = TRUE;
    return FALSE;
  }
  csv->passed += csv->end;
  csv->position = 0;
  csv->end = (gsize) n;
  return TRUE;
}

static inline int
peek (DataCsv *csv)
{
  if (csv->position == csv->end && !fill (csv))
    return END_OF_FILE;
  return csv->data[csv->position];
}

static inline int
take (DataCsv *csv)
{
  int c = peek (csv);
  if (c != END_OF_FILE)
    csv->position++;
  return c;
}

static inline gboolean
is_record_end (int c)
{
  return c == '\n' || c == '\r' || c == END_OF_FILE;
}

/* Step over one line end: LF, CRLF or a lone CR. */
static void
take_line_end (DataCsv *csv)
{
  int c = take (csv);
  if (c == '\r' && peek (csv) == '\n')
    csv->position++;
  if (c == END_OF_FILE)
    return;
  csv->odd |= c == '\r' ? DATA_CSV_ODD_CRLF : DATA_CSV_ODD_LF;
  csv->line++;
}

/* Call before the first peek: a byte order mark is at the start or nowhere. */
static void
skip_byte_order_mark (DataCsv *csv)
{
  if (peek (csv) == 0xef && csv->end - csv->position >= 3 && csv->data[csv->position + 1] == 0xbb
      && csv->data[csv->position + 2] == 0xbf) {
    csv->position += 3;
    csv->odd = DATA_CSV_ODD_MARK;
  }
}

DataCsv *
data_csv_open (const char *path, const char *name, DataCsvMode mode, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    int code = errno;
    cr_set_error (error, code == ENOENT ? CR_ERROR_NOT_FOUND : CR_ERROR_ADMIN, NULL, "Cannot read %s: %s.",
                  name != NULL ? name : path, g_strerror (code));
    return NULL;
  }
  DataCsv *csv = csv_alloc (name != NULL ? name : path, mode);
  csv->fd = fd;
  csv->buffer = g_malloc (BUFFER_BYTES);
  csv->data = csv->buffer;
  skip_byte_order_mark (csv);
  return csv;
}

DataCsv *
data_csv_new (const char *data, gsize length, const char *name, DataCsvMode mode)
{
  DataCsv *csv = csv_alloc (name, mode);
  csv->data = (const guint8 *) data;
  csv->end = length;
  skip_byte_order_mark (csv);
  return csv;
}

void
data_csv_free (DataCsv *csv)
{
  if (csv == NULL)
    return;
  if (csv->fd >= 0)
    close (csv->fd);
  g_free (csv->name);
  g_free (csv->buffer);
  g_string_free (csv->text, TRUE);
  g_array_unref (csv->starts);
  g_array_unref (csv->quoted);
  g_ptr_array_unref (csv->fields);
  g_free (csv);
}

guint64
data_csv_line (const DataCsv *csv)
{
  return csv->record_line;
}

guint
data_csv_odd (const DataCsv *csv)
{
  return csv->odd;
}

guint64
data_csv_position (const DataCsv *csv)
{
  return csv->passed + csv->position;
}

void
data_csv_recover (DataCsv *csv)
{
  if (csv->complete)
    return;
  while (!is_record_end (peek (csv)))
    csv->position++;
  take_line_end (csv);
}

gboolean
data_csv_quoted (const DataCsv *csv, guint index)
{
  return index < csv->quoted->len && g_array_index (csv->quoted, gboolean, index);
}

gboolean
data_csv_error (const DataCsv *csv, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  cr_set_error (error, CR_ERROR_INPUT, "Correct that line of the file, then do this again.",
                "%s:%" PRIu64 ": %s", csv->name, csv->record_line, text);
  return FALSE;
}

static inline gboolean
append (DataCsv *csv, int c, GError **error)
{
  if (csv->text->len >= DATA_CSV_MAX_RECORD)
    return data_csv_error (csv, error, "the record is longer than %u bytes", DATA_CSV_MAX_RECORD);
  g_string_append_c (csv->text, (char) c);
  return TRUE;
}

static gboolean
read_plain (DataCsv *csv, GError **error)
{
  for (;;) {
    int c = peek (csv);
    if (c == ',' || is_record_end (c))
      return TRUE;
    if (c == '"' && csv->mode == DATA_CSV_STRICT)
      return data_csv_error (csv, error, "a quote inside a field that does not start with one");
    csv->position++;
    if (!append (csv, c, error))
      return FALSE;
  }
}

/* After the opening quote, RFC 4180. */
static gboolean
read_quoted_strict (DataCsv *csv, GError **error)
{
  for (;;) {
    int c = take (csv);
    if (c == END_OF_FILE)
      return data_csv_error (csv, error, "the quoted field that starts here has no end");
    if (c == '"') {
      if (peek (csv) != '"')
        break;
      csv->position++;
    }
    if (c == '\n')
      csv->line++;
    if (!append (csv, c, error))
      return FALSE;
  }
  int after = peek (csv);
  if (after != ',' && !is_record_end (after))
    return data_csv_error (csv, error, "text after the closing quote of a field");
  return TRUE;
}

/* After the opening quote, as Spark reads with its defaults. START is where the field starts in the text. */
static gboolean
read_quoted_spark (DataCsv *csv, gsize start, GError **error)
{
  for (;;) {
    int c = peek (csv);
    if (is_record_end (c)) {
      csv->odd |= DATA_CSV_ODD_OPEN;
      return TRUE;
    }
    csv->position++;
    if (c == '"') {
      int after = peek (csv);
      if (after == ',' || is_record_end (after))
        return TRUE;
      csv->odd |= DATA_CSV_ODD_QUOTE;
      /* A quote in the middle: the whole field is taken as it stands, up to the next comma. */
      g_string_insert_c (csv->text, (gssize) start, '"');
      return append (csv, c, error) && read_plain (csv, error);
    }
    if (c == '\\' && (peek (csv) == '"' || peek (csv) == '\\')) {
      int escaped = take (csv);
      /* A doubled backslash is one only where it stands before a quote. */
      if (escaped == '\\' && peek (csv) != '"' && !append (csv, '\\', error))
        return FALSE;
      c = escaped;
    }
    if (!append (csv, c, error))
      return FALSE;
  }
}

static gboolean
read_field (DataCsv *csv, GError **error)
{
  gsize start = csv->text->len;
  gboolean quoted = peek (csv) == '"';
  if (csv->starts->len >= DATA_CSV_MAX_FIELDS)
    return data_csv_error (csv, error, "more than %u fields", DATA_CSV_MAX_FIELDS);
  g_array_append_val (csv->starts, start);
  g_array_append_val (csv->quoted, quoted);
  if (quoted) {
    csv->position++;
    gboolean strict = csv->mode == DATA_CSV_STRICT;
    if (strict ? !read_quoted_strict (csv, error) : !read_quoted_spark (csv, start, error))
      return FALSE;
  } else if (!read_plain (csv, error)) {
    return FALSE;
  }
  g_string_append_c (csv->text, '\0');
  return TRUE;
}

static gboolean
check_texts (DataCsv *csv, GError **error)
{
  for (guint i = 0; i < csv->starts->len; i++) {
    gsize start = g_array_index (csv->starts, gsize, i);
    gsize end = i + 1 < csv->starts->len ? g_array_index (csv->starts, gsize, i + 1) : csv->text->len;
    const char *text = csv->text->str + start;
    if (memchr (text, '\0', end - start - 1) != NULL) {
      csv->odd |= DATA_CSV_ODD_ZERO;
      return data_csv_error (csv, error, "field %u holds a zero byte", i + 1);
    }
    if (!g_utf8_validate_len (text, end - start - 1, NULL)) {
      csv->odd |= DATA_CSV_ODD_ENCODING;
      return data_csv_error (csv, error, "field %u is not UTF-8 text", i + 1);
    }
    g_ptr_array_add (csv->fields, csv->text->str + start);
  }
  return TRUE;
}

gboolean
data_csv_next (DataCsv *csv, const char *const **fields, guint *count, GError **error)
{
  g_string_truncate (csv->text, 0);
  g_array_set_size (csv->starts, 0);
  g_array_set_size (csv->quoted, 0);
  g_ptr_array_set_size (csv->fields, 0);

  while (peek (csv) == '\n' || peek (csv) == '\r')
    take_line_end (csv);
  csv->record_line = csv->line;
  csv->odd &= DATA_CSV_ODD_MARK;
  csv->complete = FALSE;
  if (peek (csv) != END_OF_FILE) {
    do
      if (!read_field (csv, error))
        return FALSE;
    while (peek (csv) == ',' && take (csv) == ',');
    take_line_end (csv);
    csv->complete = TRUE;
  }
  if (csv->read_error != 0) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot read %s: %s.", csv->name,
                  g_strerror (csv->read_error));
    return FALSE;
  }
  if (csv->starts->len == 0 || !check_texts (csv, error))
    return FALSE;
  *fields = (const char *const *) (gpointer) csv->fields->pdata;
  *count = csv->fields->len;
  return TRUE;
}

void
data_csv_append (GString *out, const char *text)
{
  if (strpbrk (text, ",\"\r\n") == NULL) {
    g_string_append (out, text);
    return;
  }
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '"')
      g_string_append_c (out, '"');
    g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}
