/* SPDX-License-Identifier: MIT
 * The sample data of the analytics scenarios: eight files of short messages, one per day folder and persona.
 *
 * They come from a folder with the public files (Azure-Samples/Synapse, Data/Tweets), from the network, or
 * from a generator that is built in: same file names, row counts and answers, invented people and texts.
 */
#pragma once

#include "base/job.h"
#include "http/http.h"

#include <glib.h>

G_BEGIN_DECLS

#define DATA_SAMPLE_FIRST_DAY "2025-09-01"
#define DATA_SAMPLE_DAYS 4
/* What the sample query looks for; part of its text. */
#define DATA_SAMPLE_WORD "MikeDoesBigData"

typedef struct {
  const char *persona; /* "northwind" or "woodgrove" */
  guint day;           /* 0 = first day */
  const char *file;    /* "BrigitMurtaughTweets.csv" */
  guint rows;
} DataSampleFile;

/* The eight files, ended by a record with file NULL; static. */
const DataSampleFile *data_sample_files (void);

/* The bytes that the built-in generator makes for FILE; the same on every machine. Gives. */
GBytes *data_sample_generate (const DataSampleFile *file);

/* Are all eight files in FOLDER, UTF-8 and CSV with exactly four columns and a row? CR_ERROR_INPUT names
 * every missing file, or "FILE:LINE: reason". */
gboolean data_sample_check (const char *folder, CrJob *job, GError **error);

/* Fetch the eight public files into FOLDER (made when absent; files that are there and pass the check are
 * kept). HTTP must trust the system's anchors. CR_ERROR_RETRY when the network is not there. */
gboolean data_sample_download (HttpClient *http, CrJob *job, const char *folder, GError **error);

typedef struct {
  char *input;  /* PERSONA_DIR/datasource/input */
  char *output; /* PERSONA_DIR/datasink/output; NULL for a persona without a sink */
  guint files;
  guint64 rows;
  char *first_day, *last_day;
} DataSampleLayout;
void data_sample_layout_free (DataSampleLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DataSampleLayout, data_sample_layout_free)

/* Write PERSONA_DIR/datasource/input/<day>/<file>.csv (and schema.json beside the day folders; for woodgrove
 * also datasink/output/schema.json) for PERSONA from SOURCE (a folder, checked first; NULL = built in), days
 * counted from FIRST_DAY (YYYY-MM-DD). Nothing is written when the source is wrong; day folders of an earlier
 * layout are replaced. A persona without data (operator) is CR_ERROR_INPUT. Gives. */
DataSampleLayout *data_sample_lay_out (const char *persona_dir, const char *persona, const char *source,
                                       const char *first_day, CrJob *job, GError **error);

G_END_DECLS
