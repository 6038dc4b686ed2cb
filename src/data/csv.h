/* SPDX-License-Identifier: MIT
 * CSV read record by record, with line numbers and limits, and written (RFC 4180).
 *
 * Two readings: strict (for checks: doubled quotes, quoted line breaks are part of the field, anything odd is
 * an error) and the one of Spark's reader with its defaults (a backslash before a quote escapes it, a line
 * end ends the record even inside quotes, a stray quote is text). Both want UTF-8; a byte order mark at the
 * start is skipped; LF and CRLF end a line; blank lines are skipped.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct DataCsv DataCsv;

typedef enum { DATA_CSV_STRICT, DATA_CSV_SPARK } DataCsvMode;

#define DATA_CSV_MAX_RECORD (16u * 1024 * 1024) /* bytes of one record */
#define DATA_CSV_MAX_FIELDS 20480u

/* NAME (may be NULL = PATH) appears in messages. CR_ERROR_NOT_FOUND when absent. Gives. */
DataCsv *data_csv_open (const char *path, const char *name, DataCsvMode mode, GError **error);
/* Over bytes in memory; DATA is borrowed and must outlive the reader. Gives. */
DataCsv *data_csv_new (const char *data, gsize length, const char *name, DataCsvMode mode);
void data_csv_free (DataCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataCsv, data_csv_free)

/* The next record. TRUE: *FIELDS has *COUNT (at least 1) UTF-8 texts, valid until the next call. FALSE with
 * *error unset: the end. FALSE with CR_ERROR_INPUT "NAME:LINE: reason": the file is not CSV. */
gboolean data_csv_next (DataCsv *csv, const char *const **fields, guint *count, GError **error);
/* TRUE when field INDEX of the last record stood in quotes (an empty quoted text is not an absent value). */
gboolean data_csv_quoted (const DataCsv *csv, guint index);
/* First line of the last record, from 1. */
guint64 data_csv_line (const DataCsv *csv);

/* What stood out while the last record was read, also when data_csv_next gave an error. */
typedef enum {
  DATA_CSV_ODD_MARK = 1 << 0,     /* the file starts with a byte order mark; stays set */
  DATA_CSV_ODD_CRLF = 1 << 1,     /* the record ended with CR or CRLF */
  DATA_CSV_ODD_LF = 1 << 2,       /* it ended with LF */
  DATA_CSV_ODD_OPEN = 1 << 3,     /* Spark's reading: the line ended inside quotes */
  DATA_CSV_ODD_QUOTE = 1 << 4,    /* Spark's reading: text after a closing quote */
  DATA_CSV_ODD_ENCODING = 1 << 5, /* a field is not UTF-8 */
  DATA_CSV_ODD_ZERO = 1 << 6,     /* a field holds a zero byte */
} DataCsvOdd;
guint data_csv_odd (const DataCsv *csv);
/* Bytes of the file that were read so far. */
guint64 data_csv_position (const DataCsv *csv);
/* After CR_ERROR_INPUT of data_csv_next: make it go on with the line after the broken record. */
void data_csv_recover (DataCsv *csv);
/* CR_ERROR_INPUT "NAME:LINE: text" at the last record; returns FALSE. */
gboolean data_csv_error (const DataCsv *csv, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Append TEXT to OUT as one field, quoted only when it must be. */
void data_csv_append (GString *out, const char *text);

G_END_DECLS
