/* SPDX-License-Identifier: MIT
 * Inside of describing data: what is counted while files are read.
 */
#pragma once

#include "data/describe.h"

G_BEGIN_DECLS

/* What one value looks like. */
typedef enum {
  DATA_KIND_EMPTY,
  DATA_KIND_BOOLEAN,
  DATA_KIND_INTEGER, /* 32 bits */
  DATA_KIND_LONG,    /* 64 bits */
  DATA_KIND_NUMBER,
  DATA_KIND_DATE, /* YYYY-MM-DD */
  DATA_KIND_TIMESTAMP,
  DATA_KIND_OTHER_DATE, /* a day written otherwise: 31/12/2025 */
  DATA_KIND_NESTED,     /* JSON: an array or an object */
  DATA_KIND_TEXT,
  DATA_KINDS
} DataKind;

/* One column of one file, or of all. */
typedef struct {
  char *name; /* NULL in CSV files without a header */
  guint64 kinds[DATA_KINDS];
  char *first[DATA_KINDS]; /* "FILE:LINE" of the first value of a kind */
  char *samples[DATA_SAMPLES];
  const char *fixed; /* the type that the file itself says; static */
  guint64 repeats;   /* values equal to what the first line of the file has here */
} DataTally;

typedef struct {
  GPtrArray *columns;  /* DataTally */
  GHashTable *by_name; /* name -> index + 1; not for CSV */
  guint64 rows;
  gboolean header; /* CSV: the first line was taken for one */
} DataTable;

DataTable *data_table_new (void);
void data_table_free (DataTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataTable, data_table_free)
DataTally *data_table_add (DataTable *table, const char *name); /* borrowed */
/* The column NAME, made when there is none; NULL when there are too many. Borrowed. */
DataTally *data_table_column (DataTable *table, const char *name);
/* Add what FILE counted to TOTAL: by position, or by name when BY_NAME. FILE is left empty of texts. */
void data_table_merge (DataTable *total, DataTable *file, gboolean by_name);

/* The kind of TEXT as it stands in a CSV file. */
DataKind data_kind_of_text (const char *text);
/* Days and times in a JSON text; anything else is DATA_KIND_TEXT. */
DataKind data_kind_of_day (const char *text);
DataKind data_kind_of_int (gint64 value);
/* Count a value of KIND; TEXT (may be NULL) is kept as a sample. */
void data_tally_count (DataTally *tally, DataKind kind, const char *text, const char *file, guint64 line);
guint64 data_tally_values (const DataTally *tally);
/* The type that all values fit; static. */
const char *data_tally_type (const DataTally *tally);
/* Values that do not fit TYPE; *PLACE (may be NULL) receives the first of them, borrowed. */
guint64 data_tally_unfit (const DataTally *tally, const char *type, const char **place);

/* One description in the making. */
typedef struct {
  DataDescription *result;
  const DataDescribeOptions *options;
  CrJob *job;
  DataTable *total;
  char *first_file; /* whose columns the others are compared with */
  DataTable *first; /* its columns: names and types only */
  guint64 bytes_all, bytes_done;
} DataScan;

/* Count one case of the oddity CODE at PLACE (copied). */
void data_odd (DataScan *scan, const char *code, const char *place);
void data_odd_at (DataScan *scan, const char *code, const char *file, guint64 line);
void data_odd_lines (DataScan *scan, const char *code, const char *file, guint64 line, guint columns,
                     guint expected);
void data_odd_sort (DataDescription *result);
/* Was enough read, with BYTES of the present file? */
gboolean data_scan_enough (const DataScan *scan, guint64 bytes);
/* Bytes were read; FALSE and CR_ERROR_CANCELLED when the job was cancelled. */
gboolean data_scan_progress (DataScan *scan, const char *file, guint64 bytes, GError **error);

/* Read the file PATH, called FILE in messages, into TABLE. FALSE for what cannot be read at all. */
gboolean data_scan_csv (DataScan *scan, const char *path, const char *file, DataTable *table, GError **error);
gboolean data_scan_json (DataScan *scan, const char *path, const char *file, DataTable *table,
                         GError **error);
gboolean data_scan_parquet (DataScan *scan, const char *path, const char *file, DataTable *table,
                            GError **error);

/* After the last file: columns, types, and what is odd about them. */
void data_scan_finish (DataScan *scan);

G_END_DECLS
