/* SPDX-License-Identifier: MIT
 * cleanroom-room RUNFOLDER: runs one approved query over the data in RUNFOLDER and nothing else.
 *
 * Events go to stdout as JSON lines (room/events.h). Exit codes: 0 completed, 1 the query failed, 2 usage or
 * a wrong job file, 3 the engine cannot be had.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"
#include "room/isolate.h"
#include "room/run.h"

#include <stdio.h>

static int
refuse (RoomEvents *events, const GError *error, int code)
{
  room_event_say (events, "error", "%s", error->message);
  return code;
}

int
main (int argc, char **argv)
{
  RoomEvents events = { .out = stdout };
  g_autoptr (GError) error = NULL;
  g_autoptr (RoomJob) job = NULL;
  g_autoptr (RoomEngine) engine = NULL;

  cr_process_harden ();
  cr_json_wipe_freed ();
  if (argc != 2) {
    fputs ("Usage: cleanroom-room RUNFOLDER\n", stderr);
    return 2;
  }
  job = room_job_load (argv[1], &error);
  if (job == NULL || !cr_dir_make (job->sink->folder, 0700, &error))
    return refuse (&events, error, 2);
  const char *const writable[] = { job->work_folder, job->sink->folder, NULL };

  room_isolate_process (job->timeout_seconds);
  if (g_strcmp0 (job->engine, "sqlite") != 0)
    g_free (room_duckdb_version ()); /* loads the library while it can still be read */
  room_isolate_files (job->run_folder,
                      writable); /* binds the threads that the engine starts, so it comes first */
  engine = room_engine_new (job->engine, job->work_folder, &error);
  if (engine == NULL)
    return refuse (&events, error, 3);
  return room_run (job, engine, &events, &error) ? 0 : 1;
}
