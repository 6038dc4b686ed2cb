/* SPDX-License-Identifier: MIT
 * Runs of queries and their output. Source: analytics agent REST API, release 8.0.0.
 */
#pragma once

#include "ui/model/value.h"

G_BEGIN_DECLS

typedef struct {
  char *id;    /* job id, "cl-spark-..." */
  char *query; /* document id */
  char *state; /* "SUBMITTED", "RUNNING", "COMPLETED", "FAILED", ... */
  gboolean final, ok;
  gint64 started_ms, ended_ms;    /* 0 = unknown */
  gint64 rows_read, rows_written; /* -1 = unknown */
  char *error;                    /* what the run said, or NULL */
} UiRunRow;

typedef struct {
  UiValue base;
  GPtrArray *queries; /* const char*: queries that are agreed */
  GPtrArray *runs;    /* const UiRunRow*, newest first */
  GPtrArray *summary; /* const UiPair* */
  char *note;         /* why runs cannot be read yet, or NULL */
  gboolean can_start;
  char *why_not_start; /* or NULL */
} UiRuns;

typedef struct {
  gint64 at_ms; /* 0 = unknown */
  char *type;   /* "Normal", "Warning" */
  char *reason; /* "SparkApplicationSubmitted" */
  char *text;
} UiRunEvent;

typedef struct {
  UiValue base;
  const UiRunRow *run;
  GPtrArray *history;       /* const UiRunEvent*, oldest first: the states it went through and what it said */
  GPtrArray *statistics;    /* const UiPair* */
  const UiProblem *failure; /* of a failed run: what, why, next; or NULL */
  gboolean has_output;      /* this persona owns the output: UI_OUTPUT can be shown */
} UiRun;

/* The output of a run as a table; pages of rows are read from a file on demand, on a job thread. */
typedef struct {
  UiValue base;
  char *run;          /* job id */
  GPtrArray *files;   /* const char*: names, in the order of the rows */
  GPtrArray *columns; /* const char* */
  guint64 row_count;  /* all rows of the output that are shown (at most 100,000 are read) */
  gboolean truncated; /* there are more */
  GPtrArray *rows;    /* const GPtrArray* of const char*: row_count of them */
  char *folder;       /* where the files lie on this machine */
} UiOutput;

G_END_DECLS
