/* SPDX-License-Identifier: MIT
 * JSON lines: one object per line, columns by name in the order in which they first appear.
 */
#include "data/describe-private.h"

#include "base/error.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (64u * 1024)
#define LINE_MAX_BYTES (16u * 1024 * 1024)
#define NUMBER_TEXT 64

typedef struct {
  DataScan *scan;
  const char *file;
  DataTable *table;
  guint64 line;
  gboolean started; /* something other than blanks was seen */
  gboolean array;   /* the whole file is one array */
} Json;

static void
count_value (Json *json, DataTally *tally, const json_t *value)
{
  char number[NUMBER_TEXT];
  switch (json_typeof (value)) {
  case JSON_NULL:
    data_tally_count (tally, DATA_KIND_EMPTY, NULL, json->file, json->line);
    break;
  case JSON_TRUE:
  case JSON_FALSE:
    data_tally_count (tally, DATA_KIND_BOOLEAN, json_is_true (value) ? "true" : "false", json->file,
                      json->line);
    break;
  case JSON_INTEGER:
    g_snprintf (number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value (value));
    data_tally_count (tally, data_kind_of_int (json_integer_value (value)), number, json->file, json->line);
    break;
  case JSON_REAL:
    g_ascii_dtostr (number, sizeof number, json_real_value (value));
    data_tally_count (tally, DATA_KIND_NUMBER, number, json->file, json->line);
    break;
  case JSON_STRING:
    data_tally_count (tally, data_kind_of_day (json_string_value (value)), json_string_value (value),
                      json->file, json->line);
    break;
  case JSON_OBJECT:
  case JSON_ARRAY:
    data_tally_count (tally, DATA_KIND_NESTED, NULL, json->file, json->line);
    break;
  }
}

static void
take_line (Json *json, const char *text, gsize length)
{
  while (length > 0 && strchr (" \t\r", text[length - 1]) != NULL)
    length--;
  gsize blank = 0;
  while (blank < length && strchr (" \t", text[blank]) != NULL)
    blank++;
  if (blank == length)
    return;
  if (!json->started && text[blank] == '[') {
    json->array = TRUE;
    data_odd_at (json->scan, "json-array", json->file, json->line);
  }
  json->started = TRUE;
  if (json->array)
    return;
  json->table->rows++;
  if (!g_utf8_validate_len (text, length, NULL)) {
    data_odd_at (json->scan, memchr (text, '\0', length) != NULL ? "zero-byte" : "bad-encoding", json->file,
                 json->line);
    return;
  }
  g_autoptr (json_t) object = cr_json_parse (text, length, json->file, NULL);
  if (!json_is_object (object)) {
    data_odd_at (json->scan, "broken-json", json->file, json->line);
    return;
  }
  const char *name;
  json_t *value;
  json_object_foreach (object, name, value) {
    DataTally *tally = data_table_column (json->table, name);
    if (tally == NULL)
      data_odd_at (json->scan, "too-many-columns", json->file, json->line);
    else
      count_value (json, tally, value);
  }
}

/* A line longer than what is taken is counted and passed by. */
static void
keep (GString *line, gboolean *too_long, const char *from, gsize length)
{
  *too_long = *too_long || line->len + length > LINE_MAX_BYTES;
  if (!*too_long)
    g_string_append_len (line, from, (gssize) length);
}

static void
end_line (Json *json, GString *line, gboolean *too_long)
{
  if (*too_long) {
    data_odd_at (json->scan, "long-record", json->file, json->line);
    json->table->rows++;
  } else {
    take_line (json, line->str, line->len);
  }
  g_string_truncate (line, 0);
  *too_long = FALSE;
  json->line++;
}

static gboolean
read_lines (Json *json, int fd, GError **error)
{
  g_autofree char *buffer = g_malloc (BUFFER_BYTES);
  g_autoptr (GString) line = g_string_sized_new (BUFFER_BYTES);
  gboolean too_long = FALSE;
  for (guint64 bytes = 0;;) {
    ssize_t n;
    do
      n = read (fd, buffer, BUFFER_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
      cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot read %s: %s.", json->file, g_strerror (errno));
      return FALSE;
    }
    if (n == 0 || data_scan_enough (json->scan, bytes))
      break;
    const char *at = buffer, *end = buffer + n;
    if (bytes == 0 && n >= 3 && memcmp (at, "\xef\xbb\xbf", 3) == 0) {
      data_odd (json->scan, "byte-order-mark", json->file);
      at += 3;
    }
    bytes += (guint64) n;
    for (const char *stop; (stop = memchr (at, '\n', (gsize) (end - at))) != NULL; at = stop + 1) {
      keep (line, &too_long, at, (gsize) (stop - at));
      end_line (json, line, &too_long);
    }
    keep (line, &too_long, at, (gsize) (end - at));
    if (!data_scan_progress (json->scan, json->file, bytes, error))
      return FALSE;
  }
  if (line->len > 0 || too_long)
    end_line (json, line, &too_long);
  return TRUE;
}

gboolean
data_scan_json (DataScan *scan, const char *path, const char *file, DataTable *table, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "Cannot read %s: %s.", file, g_strerror (errno));
    return FALSE;
  }
  Json json = { .scan = scan, .file = file, .table = table, .line = 1 };
  gboolean ok = read_lines (&json, fd, error);
  close (fd);
  if (ok && !json.started)
    data_odd (scan, "empty-file", file);
  return ok;
}
