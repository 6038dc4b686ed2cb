/* SPDX-License-Identifier: MIT
 * The job file of one run: what to load, what to execute, where to write. RUNFOLDER/job.json:
 *
 *   {"jobId": "3f2a91bc", "contractId": "...", "queryId": "...", "engine": "auto", "startDate": "2025-09-01"
 *     or "",
 *    "endDate": "", "timeoutSeconds": 3600,
 *    "datasets": [{"name", "viewName", "format", "schema": {"column": {"type": "string"}, ...},
 *      "allowedFields": [],
 *                  "folder": "in/0"}],
 *    "datasink": {"name", "format", "schema", "allowedFields", "folder": "out"},
 *    "segments": [{"executionSequence": 1, "data": "SELECT ...", "preConditions": [{"viewName",
 *      "minRowCount"}] or null,
 *                  "postFilters": [{"columnName", "value"}] or null}]}
 *
 * Folders are relative to the run folder; a way out of it is refused, symbolic links too. jobId is the raw
 * run id. The members follow the job configuration of the public Spark application.
 */
#pragma once

#include "room/value.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *name, *view, *format;
  GPtrArray *schema;  /* RoomColumn, in document order */
  GPtrArray *allowed; /* char* */
  char *folder;       /* absolute */
} RoomDataset;

typedef struct {
  char *view;
  gint64 min_rows;
} RoomPreCondition;

typedef struct {
  char *column;
  gint64 value;
} RoomPostFilter;

typedef struct {
  gint64 sequence;
  char *text;
  GPtrArray *pre_conditions; /* RoomPreCondition */
  GPtrArray *post_filters;   /* RoomPostFilter */
} RoomSegment;

typedef struct {
  char *job_id, *contract_id, *query_id, *engine;
  char *start_date, *end_date; /* YYYY-MM-DD, or NULL for no range */
  guint timeout_seconds;
  char *run_folder;    /* absolute, without symbolic links */
  char *work_folder;   /* for the engine's temporary files */
  GPtrArray *datasets; /* RoomDataset */
  RoomDataset *sink;
  GPtrArray *segments; /* RoomSegment, in document order */
} RoomJob;

/* Read RUN_FOLDER/job.json. Gives; CR_ERROR_INPUT names the member that is wrong. */
RoomJob *room_job_load (const char *run_folder, GError **error);
void room_job_free (RoomJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RoomJob, room_job_free)

G_END_DECLS
