/* SPDX-License-Identifier: MIT
 * What a data file or a folder of them holds: format, columns, types, rows, days, and what is odd about it.
 *
 * CSV, JSON lines and Parquet, read once from start to end with bounded memory: what is kept grows with the
 * number of columns and files, never with their size. CSV and JSON are read the way the clean room's reader
 * does (one record per line, CSV without a header row); of Parquet the footer says everything. Types are
 * those of dataset documents: string integer long number boolean date timestamp.
 */
#pragma once

#include "base/job.h"
#include "base/json.h"
#include "data/dataset.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum { DATA_HEADER_AUTO, DATA_HEADER_YES, DATA_HEADER_NO } DataHeader;

typedef struct {
  DataHeader header;  /* is the first line of a CSV file a header? */
  guint64 most_bytes; /* stop after about so many; 0 = read everything */
  char **columns;     /* names for CSV files without a header (borrowed); NULL = schema.json's, or made up */
} DataDescribeOptions;

#define DATA_SAMPLES 3u /* values kept of each column */

typedef struct {
  char *name;
  char *type;            /* the type that all values fit */
  char *declared;        /* the type in schema.json; NULL when it does not say */
  guint64 values, empty; /* rows with and without a value; both 0 for Parquet */
  guint64 unfit;         /* values that do not fit the declared type: the clean room reads them as NULL */
  /* Different values, the first ones, cut at 60 bytes; NULL when there are fewer. */
  char *samples[DATA_SAMPLES];
} DataColumn;

typedef struct {
  char *day; /* YYYY-MM-DD */
  guint files;
  guint64 rows, bytes;
} DataDay;

typedef enum {
  DATA_ODD_NOTE,    /* worth knowing */
  DATA_ODD_WARNING, /* it can be published, and the clean room may read something else than was meant */
  DATA_ODD_ERROR,   /* it cannot be published like this */
} DataOddLevel;

typedef struct {
  DataOddLevel level;
  const char *code; /* "broken-line"; static */
  const char *text; /* what it means, for translation when it is shown; static */
  guint64 count;
  GPtrArray *places; /* char*: "FILE:LINE" or more, the first five */
} DataOddity;

typedef struct {
  char *path;
  char *format; /* csv, json, parquet */
  guint files;
  guint64 rows, bytes;
  gboolean header;     /* CSV: the first line of the files names the columns */
  GPtrArray *days;     /* DataDay, in order; empty without day folders */
  GPtrArray *columns;  /* DataColumn, in file order */
  GPtrArray *oddities; /* DataOddity, worst first */
  DataSchema *schema;  /* of what was found */
  DataSchema
      *declared; /* schema.json of the folder, or of the folder that the file lies in; NULL when absent */
} DataDescription;

/* Describe the file or folder PATH. OPTIONS may be NULL. JOB (may be NULL) gets progress in bytes and can
 * cancel. What is wrong with the data is an oddity; errors are for what cannot be looked at:
 * CR_ERROR_NOT_FOUND, CR_ERROR_ADMIN (not readable), CR_ERROR_INPUT (nothing to describe, or a wrong
 * schema.json), CR_ERROR_CANCELLED. Gives. */
DataDescription *data_describe_path (const char *path, const DataDescribeOptions *options, CrJob *job,
                                     GError **error);
void data_description_free (DataDescription *description);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataDescription, data_description_free)

/* The first oddity that keeps the data from being published; NULL when there is none. Borrowed. */
const DataOddity *data_description_problem (const DataDescription *description);
/* "note", "warning", "error" */
const char *data_odd_level_name (DataOddLevel level);

/* Everything, for --json. Gives. */
json_t *data_description_to_json (const DataDescription *description);

/* What others will be able to see: {"readable":[{"name","type","samples"}], "hidden":[{"name","type"}]}.
 * ALLOWED (NULL = every column) names the columns that queries may read, in their order; SCHEMA has the
 * types (NULL = those that were found). Values of hidden columns are not in it. CR_ERROR_INPUT for a name
 * that is no column, or twice. Gives. */
json_t *data_preview (const DataDescription *description, const DataSchema *schema,
                      const char *const *allowed, GError **error);
/* "a, b" as a list; NULL for NULL and for text without a name. Gives. */
char **data_names_split (const char *text);

G_END_DECLS
