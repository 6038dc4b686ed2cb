/* SPDX-License-Identifier: MIT
 * What travels with every call: cancel, progress and the call log. Services are synchronous functions
 * that take a CrJob first; faces create one per piece of work.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct CrJob CrJob;

/* One HTTP call as it is logged: no body, no query values of secrets, no header. */
typedef struct {
  gint64 started_ms;
  const char *method;
  const char *url; /* query removed */
  guint status;    /* 0 = no answer */
  guint elapsed_ms;
  guint attempt; /* 1 = first */
  guint64 bytes_sent, bytes_received;
  const char *problem; /* NULL, or why there was no answer */
} CrCall;

typedef void (*CrCallHandler) (const CrCall *call, gpointer data);
/* PHASE is a short phrase ("upload 2025-09-01/a.csv"); TOTAL 0 = unknown. */
typedef void (*CrProgressHandler) (const char *phase, guint64 done, guint64 total, gpointer data);
/* A thing the person must see while the job runs, for example the sign-in code (KIND "sign-in"). */
typedef void (*CrNoticeHandler) (const char *kind, const char *text, gpointer data);

CrJob *cr_job_new (void);
void cr_job_unref (CrJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrJob, cr_job_unref)

void cr_job_on_call (CrJob *job, CrCallHandler handler, gpointer data);
void cr_job_on_progress (CrJob *job, CrProgressHandler handler, gpointer data);
void cr_job_on_notice (CrJob *job, CrNoticeHandler handler, gpointer data);

GCancellable *cr_job_cancellable (CrJob *job); /* borrowed */
/* FALSE and CR_ERROR_CANCELLED when cancelled. JOB may be NULL everywhere below. */
gboolean cr_job_check (CrJob *job, GError **error);
/* Hold the job, or let it go on; from any thread. What is under way is finished first. */
void cr_job_pause (CrJob *job, gboolean paused);
/* Wait as long as the job is held; FALSE and CR_ERROR_CANCELLED when cancelled. For the start of each
 * piece. */
gboolean cr_job_hold (CrJob *job, GError **error);
/* Sleep that wakes when cancelled; FALSE and CR_ERROR_CANCELLED then. */
gboolean cr_job_sleep (CrJob *job, guint milliseconds, GError **error);
void cr_job_call (CrJob *job, const CrCall *call);
void cr_job_progress (CrJob *job, const char *phase, guint64 done, guint64 total);
void cr_job_notice (CrJob *job, const char *kind, const char *text);

G_END_DECLS
