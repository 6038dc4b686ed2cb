/* SPDX-License-Identifier: MIT
 * What a person can do: asynchronous operations of the session's current persona.
 *
 * Every function returns at once with a job. DONE (may be NULL) is called exactly once, in the UI thread and
 * never before the function has returned, unless ui_session_forget() came first. The models that an operation
 * changes are read again by themselves. The UiJob is borrowed and valid until DONE has returned (or, without
 * DONE, until the job has ended); ui_job_ref() keeps it.
 *
 * Operations that change anything are refused with CR_ERROR_REFUSED in a read-only session; a step of a
 * persona that another program works for with CR_ERROR_RETRY naming program and process. What an operation
 * raises while it runs is in UI_MODEL_RUNNING, UI_MODEL_SIGN_IN and UI_MODEL_CALLS.
 */
#pragma once

#include "ui/model/session.h"

G_BEGIN_DECLS

typedef struct UiJob UiJob;

UiJob *ui_job_ref (UiJob *job);
void ui_job_unref (UiJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiJob, ui_job_unref)
/* Stop it: DONE comes within 100 ms with CR_ERROR_CANCELLED (unless it had ended), whatever it waits for. */
void ui_job_cancel (UiJob *job);
/* Hold the step that runs, a transfer (what is under way arrives first), or let it go on. Cancel works all the
 * same. */
void ui_hold_step (UiSession *session, gboolean held);
const char *ui_job_title (const UiJob *job); /* "Publish your data"; borrowed */

/* What takes back what an operation did, as long as nobody has acted upon it; see ui/model/undo.h. */
typedef enum {
  UI_INVERSE_WITHDRAW,        /* the open proposal OBJECT */
  UI_INVERSE_CONTRACT_SWITCH, /* the switch TEXT of the contract OBJECT as it was: ON or off */
  UI_INVERSE_DOCUMENT_SWITCH, /* the same of a document */
  UI_INVERSE_CONTRACT_TEXT,   /* the draft OBJECT as it was: TEXT */
  UI_INVERSE_START_SANDBOX,
  UI_INVERSE_WAIT, /* the step OBJECT goes on by itself */
} UiInverseKind;
typedef struct {
  UiInverseKind kind;
  char *persona, *scenario; /* who did it */
  char *object, *text;
  gboolean on;
} UiInverse;

/* What came of it. Borrowed for the time of the callback. */
typedef struct {
  gboolean ok;
  gboolean cancelled;
  const UiProblem *problem; /* when not ok */
  char *text;               /* what happened, in a sentence: for the message line. Never NULL */
  char *value;              /* the made thing: a path, an id; or NULL */
  GPtrArray *lines;         /* const char*: more of what happened */
  /* ui_run_step only: done, waiting (and then it goes on by itself), skipped, cancelled, failed. */
  UiStepState state;
  char *next;               /* ui_run_step only: what to do now, or NULL */
  const UiInverse *inverse; /* what takes it back, or NULL: nothing does */
} UiResult;

typedef void (*UiDone) (UiSession *session, const UiResult *result, gpointer data);

/* Call no callback with this DATA any more (the screen closes); the work goes on. */
void ui_session_forget (UiSession *session, gpointer data);
/* The operations that run now: const UiJob*, oldest first. Gives an array that owns references. */
GPtrArray *ui_session_jobs (UiSession *session);
/* What quitting now would do, in sentences: what stops, what goes on (the sandbox), what is kept. NULL when
 * nothing runs. Gives. */
char *ui_session_quit_text (UiSession *session);

/* ---- Steps ---- */

/* Run STEP with INPUTS (name -> text; borrowed; NULL = drafts and defaults). FORCE: also when it is done.
 * AUTOMATIC: when it ends waiting for somebody, run it again by itself as soon as that can help. */
UiJob *ui_run_step (UiSession *session, const char *step, GHashTable *inputs, gboolean force,
                    gboolean automatic, UiDone done, gpointer data);
/* A step that goes on by itself no longer does. */
void ui_stop_waiting (UiSession *session, const char *step);
/* Check the whole form (also rules over several inputs). problem->what names the field; value is its name. */
UiJob *ui_check_inputs (UiSession *session, const char *step, GHashTable *inputs, UiDone done, gpointer data);
/* Ask the other side whether the step is done: text is the answer in words. */
UiJob *ui_probe_step (UiSession *session, const char *step, UiDone done, gpointer data);
/* Keep what was typed into the form of STEP (borrowed; secrets are left out; NULL = forget it). Written
 * behind the scenes, in the private folder of the persona; no callback. */
void ui_keep_draft (UiSession *session, const char *step, GHashTable *inputs);
/* Drafts of forms that are no step's have names that begin so; their INPUTS hold no secrets. */
#define UI_FORM_DRAFT "form."
/* Fetch the draft of STEP; LOADED gets it (borrowed; NULL = there is none) in the UI thread, later. */
typedef void (*UiDraftLoaded) (UiSession *session, GHashTable *inputs, gpointer data);
void ui_load_draft (UiSession *session, const char *persona, const char *step, UiDraftLoaded loaded,
                    gpointer data, GDestroyNotify free_data);
/* The same as ui_keep_draft() for a step of PERSONA. */
void ui_keep_draft_of (UiSession *session, const char *persona, const char *step, GHashTable *inputs);
/* Presenter: run the next step of whoever can, and so on until the end. */
UiJob *ui_play (UiSession *session, UiDone done, gpointer data);
/* Stop ui_play() after the step that runs now (cancel its job to stop at once). ui_play() goes on from
 * there. */
void ui_play_pause (UiSession *session);

/* ---- Sign-in ---- */

/* Sign in (raises UI_MODEL_SIGN_IN). ANEW: forget the present sign-in first. */
UiJob *ui_sign_in (UiSession *session, gboolean anew, UiDone done, gpointer data);
UiJob *ui_sign_out (UiSession *session, UiDone done, gpointer data);
/* Answer the sign-in that is asked for, as the person of a local environment. */
UiJob *ui_approve_sign_in (UiSession *session, UiDone done, gpointer data);

/* ---- Decisions ---- */

/* Accept or reject a document (dataset, query). DIGEST: as UiDocument.digest showed it; when the content is
 * another one now, nothing is sent and CR_ERROR_REFUSED says so. REASON (may be NULL) is kept in the private
 * folder of the persona (the ledger has no place for it). A ballot cannot be changed. */
UiJob *ui_decide_document (UiSession *session, const char *document, const char *digest, gboolean accept,
                           const char *reason, UiDone done, gpointer data);
/* Vote on a governance proposal or a proposal of the application; withdraw an own one. */
UiJob *ui_vote (UiSession *session, const char *proposal, gboolean accept, const char *reason, UiDone done,
                gpointer data);
UiJob *ui_withdraw (UiSession *session, const char *proposal, UiDone done, gpointer data);
/* Propose ACTIONS, JSON text {"actions":[{"name","args"}]}; the own accepting ballot is cast. value = id. */
UiJob *ui_propose (UiSession *session, const char *actions, UiDone done, gpointer data);
/* Contracts: propose a draft, vote on a proposed one; DIGEST as in UiContract. */
UiJob *ui_propose_contract (UiSession *session, const char *contract, UiDone done, gpointer data);
UiJob *ui_decide_contract (UiSession *session, const char *contract, const char *digest, gboolean accept,
                           UiDone done, gpointer data);
/* A new draft, or another text for one. */
UiJob *ui_write_contract (UiSession *session, const char *contract, const char *text, UiDone done,
                          gpointer data);
/* A switch of a contract (UI_MODEL_CONTRACT) or document: set at once, or proposed where that is the rule. */
UiJob *ui_set_contract_switch (UiSession *session, const char *contract, const char *name, gboolean on,
                               UiDone done, gpointer data);
UiJob *ui_set_document_switch (UiSession *session, const char *document, const char *name, gboolean on,
                               UiDone done, gpointer data);

/* ---- Consortium ---- */

UiJob *ui_invite_user (UiSession *session, const char *account, UiDone done, gpointer data); /* value = id */
UiJob *ui_remove_invitation (UiSession *session, const char *invitation, UiDone done, gpointer data);
UiJob *ui_accept_invitation (UiSession *session, const char *invitation, UiDone done, gpointer data);
/* Admit who accepted INVITATION. */
UiJob *ui_admit_user (UiSession *session, const char *invitation, UiDone done, gpointer data);
UiJob *ui_remove_user (UiSession *session, const char *user, UiDone done, gpointer data);

/* ---- Keys ---- */

/* NAME: one of UiKeys.missing. */
UiJob *ui_create_key (UiSession *session, const char *name, UiDone done, gpointer data);
/* The public part (certificate, public key) to PATH; value = path. */
UiJob *ui_export_key (UiSession *session, const char *kind, const char *name, const char *path, UiDone done,
                      gpointer data);
UiJob *ui_delete_key (UiSession *session, const char *kind, const char *name, UiDone done, gpointer data);

/* ---- Runs and exports ---- */

/* Start a run of QUERY; FROM and TO days or NULL both; ENGINE or NULL. value = job id; does not wait. */
UiJob *ui_start_run (UiSession *session, const char *query, const char *from, const char *to,
                     const char *engine, UiDone done, gpointer data);
/* The output of RUN ("" = newest) as CSV to PATH; value = path. */
UiJob *ui_save_output (UiSession *session, const char *run, const char *path, UiDone done, gpointer data);
typedef enum { UI_EXPORT_JSON_LINES, UI_EXPORT_CSV } UiExportFormat;
/* The events that the filter lets through now. value = path. */
UiJob *ui_export_audit (UiSession *session, UiExportFormat format, const char *path, UiDone done,
                        gpointer data);
/* TEXT (a document, a query, a certificate) to PATH, replaced as a whole; value = path. */
UiJob *ui_save_text (UiSession *session, const char *text, const char *path, UiDone done, gpointer data);

/* ---- Local environment ---- */

UiJob *ui_start_sandbox (UiSession *session, UiDone done, gpointer data);
UiJob *ui_stop_sandbox (UiSession *session, UiDone done, gpointer data);

G_END_DECLS
