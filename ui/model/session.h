/* SPDX-License-Identifier: MIT
 * The session: fills the models on job threads, watches what changes, tells the UI thread.
 *
 * All functions are called from one thread (the UI thread: the one that made the session); none of them waits
 * for disk, network or the key store. Readings and operations run on other threads; what they give arrives in
 * the thread-default main context that was current when the session was made. A value that an accessor gives
 * is borrowed and stays valid until control returns to that main context; ui_value_ref() keeps it.
 *
 * Nothing runs when nothing is shown and nothing changes: local models follow the state folder by inotify;
 * remote ones are polled only while they are shown (ui_session_show), slower as long as nothing changes.
 */
#pragma once

#include <gio/gio.h>

#include "ui/model/audit.h"
#include "ui/model/consortium.h"
#include "ui/model/documents.h"
#include "ui/model/journey.h"
#include "ui/model/machine.h"
#include "ui/model/runs.h"
#include "ui/model/value.h"
#include "workflow/action.h"

G_BEGIN_DECLS

typedef struct UiSession UiSession;

typedef enum {
  UI_MODEL_OVERVIEW,   /* UiOverview: title line, choices; always kept */
  UI_MODEL_JOURNEY,    /* UiJourney: always kept for the current persona */
  UI_MODEL_STEP,       /* UiStepDetail; object = step id */
  UI_MODEL_RUNNING,    /* UiRunningStep: always kept */
  UI_MODEL_SIGN_IN,    /* UiSignIn: always kept */
  UI_MODEL_CONSORTIUM, /* UiConsortium */
  UI_MODEL_CONTRACTS,  /* UiContracts */
  UI_MODEL_CONTRACT,   /* UiContract; object = contract id */
  UI_MODEL_DOCUMENTS,  /* UiDocuments */
  UI_MODEL_DOCUMENT,   /* UiDocument; object = document id */
  UI_MODEL_DATA,       /* UiData */
  UI_MODEL_RUNS,       /* UiRuns */
  UI_MODEL_RUN,        /* UiRun; object = job id */
  UI_MODEL_OUTPUT,     /* UiOutput; object = job id ("" = the newest run) */
  UI_MODEL_AUDIT,      /* UiAudit */
  UI_MODEL_KEYS,       /* UiKeys */
  UI_MODEL_CALLS,      /* UiCalls: always kept */
  UI_MODEL_HEALTH,     /* UiHealth */
  UI_MODEL_LAST
} UiModelKind;

#define UI_MODEL_BIT(kind) (1u << (kind))

typedef struct {
  const char *state_dir;        /* NULL = the default one */
  const char *environment;      /* --env; NULL = as workflow/place.h decides */
  const char *as;               /* who acts where only a ledger is known; NULL = whom the environment names */
  const char *personas_dir;     /* NULL = the installed one */
  const char *scenario;         /* NULL = "analytics-sse" */
  const char *persona;          /* NULL = none yet: the person chooses */
  gboolean read_only;           /* operations that change anything are refused */
  gboolean presenter;           /* every persona of this machine; ui_play() */
  gboolean auto_approve;        /* approve sign-ins of a local environment without a person */
  guint refresh_ms;             /* fastest polling of a remote model that is shown; 0 = 2,000 */
  const WorkflowTables *tables; /* NULL = the built-in actions (tests) */
  KeyStore *keys;               /* NULL = the desktop keyring; borrowed (tests) */
  gboolean own_keyring;         /* keep an own keyring where the desktop has none */
} UiSessionOptions;

/* Begins at once; never fails: what goes wrong stands in the models (UI_MODEL_OVERVIEW). Texts are copied. */
UiSession *ui_session_new (const UiSessionOptions *options);
/* Cancels everything, waits for nothing longer than 100 ms per job, calls no callback any more. A step that
 * was running stays in the journal as cancelled or interrupted and goes on when it is run again. */
void ui_session_free (UiSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiSession, ui_session_free)

/* MODELS: UI_MODEL_BITs that have a new value (several readings may be told together). One handler. */
typedef void (*UiChangeHandler) (UiSession *session, guint models, gpointer data);
void ui_session_on_change (UiSession *session, UiChangeHandler handler, gpointer data);

/* KIND is on screen (or no longer): read it now when it is not fresh, keep it fresh. OBJECT for the kinds
 * that have one, else NULL. Showing the same kind twice (two screens) needs hiding it twice; the last OBJECT
 * counts. When the object changes the model is UI_MODEL_LOADING until it is read. */
void ui_session_show (UiSession *session, UiModelKind kind, const char *object);
void ui_session_hide (UiSession *session, UiModelKind kind);
/* Read it again now, whatever its age (a key "r"); also what failed. */
void ui_session_refresh (UiSession *session, UiModelKind kind);
/* For tests of "idle": nothing is being read and no operation runs. */
gboolean ui_session_idle (UiSession *session);
/* Who has not answered yet, of the readings of what is shown ("The ledger"; the one that began first), and
 * since when; NULL = nobody is waited for. Borrowed until something changes. */
const char *ui_session_waits_for (UiSession *session, gint64 *since_ms);
/* When the operation began that UiOverview.job_text names; 0 = none runs. */
gint64 ui_session_busy_since (UiSession *session);
/* Give up the readings of what is shown: their models have failed with CR_ERROR_CANCELLED at once, and are
 * read again when somebody asks for it. FALSE when there were none. */
gboolean ui_session_stop_reading (UiSession *session);
/* Another polling interval (settings). */
void ui_session_set_refresh (UiSession *session, guint milliseconds);

/* Work as PERSONA / in SCENARIO from now on. Operations of another persona go on. */
void ui_session_set_persona (UiSession *session, const char *persona);
void ui_session_set_scenario (UiSession *session, const char *scenario);
const char *ui_session_persona (UiSession *session); /* borrowed; NULL = none chosen */
gboolean ui_session_presenter (UiSession *session);
/* "local", or the name of an environment that was added; borrowed. */
const char *ui_session_environment (UiSession *session);
/* Why the environment that was chosen is not the one in use (then it is the local one); NULL when it is.
 * Borrowed. */
const GError *ui_session_environment_problem (UiSession *session);
/* The settings file or the state folder says something else now: use it at once where nothing runs. Gives a
 * sentence about what is in use and why. */
char *ui_session_environment_again (UiSession *session);
/* Where the desktop has no keyring: keep an own one below the state folder from now on. */
void ui_session_set_own_keyring (UiSession *session, gboolean own);
/* Everybody in this terminal, or one persona. */
void ui_session_set_presenter (UiSession *session, gboolean presenter);

/* What the current persona sees; never NULL (UI_MODEL_LOADING at first). Borrowed, see above. */
const UiOverview *ui_session_overview (UiSession *session);
const UiJourney *ui_session_journey (UiSession *session);
const UiStepDetail *ui_session_step (UiSession *session);
const UiRunningStep *ui_session_running (UiSession *session);
const UiSignIn *ui_session_sign_in (UiSession *session);
const UiConsortium *ui_session_consortium (UiSession *session);
const UiContracts *ui_session_contracts (UiSession *session);
const UiContract *ui_session_contract (UiSession *session);
const UiDocuments *ui_session_documents (UiSession *session);
const UiDocument *ui_session_document (UiSession *session);
const UiData *ui_session_data (UiSession *session);
const UiRuns *ui_session_runs (UiSession *session);
const UiRun *ui_session_run (UiSession *session);
const UiOutput *ui_session_output (UiSession *session);
const UiAudit *ui_session_audit (UiSession *session);
const UiKeys *ui_session_keys (UiSession *session);
const UiCalls *ui_session_calls (UiSession *session);
const UiHealth *ui_session_health (UiSession *session);
/* Any of them by kind; begins with UiValue. Borrowed. */
gconstpointer ui_session_value (UiSession *session, UiModelKind kind);

/* Filter of the audit model; applied on a job thread, UI_MODEL_AUDIT tells when. NULL or "" = all. */
void ui_session_set_audit_filter (UiSession *session, const char *filter);
/* Watch for new events (the default while shown), or hold still. */
void ui_session_set_audit_tail (UiSession *session, gboolean tail);

G_END_DECLS
