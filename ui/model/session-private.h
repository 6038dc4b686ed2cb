/* SPDX-License-Identifier: MIT
 * The inside of the session: mailbox, jobs, access to personas, watching, slots of models.
 *
 * Which thread may touch what: everything in UiSession, UiPerson and UiSlot belongs to the UI thread; UiPost,
 * UiAccess and UiWatch are shared and have locks; a job's input and outcome belong to its thread until it has
 * ended and to the UI thread afterwards.
 */
#pragma once

#include "ui/model/model-private.h"
#include "ui/model/operations.h"
#include "workflow/engine.h"
#include "workflow/place.h"

G_BEGIN_DECLS

#define UI_CANCEL_MS 80u    /* a cancelled job is reported as ended after this, whatever its thread does */
#define UI_FREE_WAIT_MS 100 /* how long ui_session_free() waits for threads */
#define UI_READ_LIMIT_MS 15000u /* a reading without an answer fails after this */

/* ---- post.c: from job threads to the UI thread ---- */

typedef struct UiPost UiPost;
typedef void (*UiPostHandler) (gpointer data);

/* HANDLER (DATA) runs in CONTEXT after ui_post_wake(). Gives. */
UiPost *ui_post_new (GMainContext *context, UiPostHandler handler, gpointer data);
UiPost *ui_post_ref (UiPost *post);
void ui_post_unref (UiPost *post);
/* No handler is called any more. */
void ui_post_close (UiPost *post);
/* From any thread: call the handler in DELAY_MS or earlier. */
void ui_post_wake (UiPost *post, guint delay_ms);
/* Takes. TRUE: it is the first one of all. */
gboolean ui_post_add_call (UiPost *post, UiCall *call);
GQueue ui_post_take_calls (UiPost *post); /* UiCall*, owned by the caller */
/* A job ended; the post keeps a reference until it is taken. FALSE when the post is closed. */
gboolean ui_post_add_ended (UiPost *post, UiJob *job);
GQueue ui_post_take_ended (UiPost *post); /* UiJob*, references given */
/* Threads that run; wait for them. */
void ui_post_enter (UiPost *post);
void ui_post_leave (UiPost *post);
void ui_post_wait (UiPost *post, guint milliseconds);
GMutex *ui_post_lock (UiPost *post);

UiCall *ui_call_new (const CrCall *call, const char *persona, const char *why, const char *az);
UiCall *ui_call_ref (UiCall *call);
void ui_call_unref (UiCall *call);

/* ---- memory.c ---- */

/* Before the first job. */
void ui_memory_one_heap (void);
/* Before and after a piece of work, on its thread: what is no longer needed goes back to the system. */
void ui_memory_give_back (void);
/* Before work that will call the other side: its libraries are loaded while nothing else is whole in
 * memory. */
void ui_memory_before_network (void);

/* ---- job.c ---- */

/* What a job does, on its own thread. Sets *ERROR or fills its input; never touches the session. */
typedef void (*UiJobFunc) (UiJob *job, gpointer input, GError **error);
/* The job ended or was given up (cancelled); in the UI thread, once. ERROR NULL = it went well. The input may
 * be looked at only when ERROR is NULL or ui_job_thread_ended(). */
typedef void (*UiJobEnd) (UiSession *session, UiJob *job, gpointer input, const GError *error);

typedef struct {
  const char *title;   /* for people; NULL = a reading, that is not listed */
  const char *persona; /* or NULL */
  const char *why;     /* for the call log */
  const char *az;      /* for the call log, or NULL */
  UiJobFunc run;
  UiJobEnd end;  /* or NULL */
  UiJobEnd gone; /* or NULL: the thread has ended too; always after END */
  gpointer input;
  GDestroyNotify free_input;
  guint limit_ms;   /* 0 = none */
  const char *whom; /* who does not answer when the limit passes: "the ledger" */
} UiJobPlan;

UiJob *ui_job_start (UiSession *session, const UiJobPlan *plan); /* borrowed until it is gone */
CrJob *ui_job_cr (UiJob *job);                                   /* borrowed */
gpointer ui_job_input (UiJob *job);                              /* borrowed; mind whose it is */
const char *ui_job_persona (const UiJob *job);
const char *ui_job_whom (const UiJob *job); /* who has to answer, translated; NULL = nobody else. Borrowed. */
/* Callback for ui_session_forget. */
void ui_job_set_done (UiJob *job, UiDone done, gpointer data);
void ui_job_forget (UiJob *job, gpointer data);
void ui_job_tell (UiJob *job, UiSession *session, const UiResult *result);
/* Progress as last told; TRUE when it is new. PHASE is given. */
gboolean ui_job_progress (UiJob *job, char **phase, guint64 *done, guint64 *total);
/* A sign-in that the job raised since the last time, JSON text; NULL = none. Gives. */
char *ui_job_take_sign_in (UiJob *job);
/* Notices that are lines for the person since the last time. Gives an array of char*. */
GPtrArray *ui_job_take_lines (UiJob *job);
gboolean ui_job_listed (const UiJob *job);
gboolean ui_job_ended (const UiJob *job);
/* Stop without an end callback (session goes). */
void ui_job_detach (UiJob *job);
/* UI thread: the thread of JOB has ended. */
void ui_job_finish (UiSession *session, UiJob *job);
gint64 ui_job_started_ms (const UiJob *job);
gboolean ui_job_cancelled (const UiJob *job);
void ui_job_hold (UiJob *job, gboolean held);
gboolean ui_job_held (const UiJob *job);

/* ---- access.c: contexts for readings and operations ---- */

typedef struct UiAccess UiAccess;

/* One persona in one scenario, for one job at a time. */
typedef struct {
  char *persona;
  WorkflowContext *context;
  const WorkflowScenario *scenario;
  gpointer world; /* keeps the scenario */
  guint generation;
} UiLease;

/* PLACE (borrowed): the environment that everything is about. */
UiAccess *ui_access_new (const UiSessionOptions *options, const WorkflowPlace *place);
/* The same for another environment: keys, personas and rules are shared. UI thread. Gives. */
UiAccess *ui_access_elsewhere (UiAccess *access, const WorkflowPlace *place);
UiAccess *ui_access_ref (UiAccess *access);
void ui_access_unref (UiAccess *access);
/* Where the work of the environment lies; the state folder itself for the local one. */
const char *ui_access_state_dir (UiAccess *access);
const WorkflowPlace *ui_access_place (UiAccess *access);
const char *ui_access_personas_dir (UiAccess *access, GError **error); /* borrowed; disk at first use */
void ui_access_set_own_keyring (UiAccess *access, gboolean own);       /* any thread */
/* All below: job threads only. */
/* The key store, made ready at first use; borrowed. */
KeyStore *ui_access_keys (UiAccess *access, GError **error);
/* The local environment runs, or another one is in use. START: start it when it does not. */
gboolean ui_access_environment (UiAccess *access, gboolean start, GError **error);
/* CR_ERROR_WAITING when the persona has not begun. KEYRING: everything that needs credentials. Gives. */
UiLease *ui_access_lease (UiAccess *access, const char *scenario, const char *persona, gboolean keyring,
                          GError **error);
/* Takes; GOOD: may be used again. */
void ui_access_give_back (UiAccess *access, UiLease *lease, gboolean good);
/* Leases made before now are not used again (sign-in, environment or keys changed). Any thread. */
void ui_access_renew (UiAccess *access);
/* An engine of its own; NULL and error. Gives. */
WorkflowEngine *ui_access_engine (UiAccess *access, const char *scenario, gboolean local, GError **error);

/* ---- watch.c ---- */

typedef struct UiWatch UiWatch;

typedef enum {
  UI_NEWS_LOCAL = 1 << 0,       /* an artefact, a journal, a folder */
  UI_NEWS_BELL = 1 << 1,        /* somebody ended a step */
  UI_NEWS_ENVIRONMENT = 1 << 2, /* environment.yaml or a pinned certificate */
  UI_NEWS_DATA = 1 << 3,
} UiNews;

typedef void (*UiNewsHandler) (guint news, gpointer data);
/* HANDLER is called in CONTEXT. Gives; NULL when the system has no inotify left (then nothing is watched). */
UiWatch *ui_watch_new (GMainContext *context, UiNewsHandler handler, gpointer data);
UiWatch *ui_watch_ref (UiWatch *watch);
void ui_watch_unref (UiWatch *watch);
void ui_watch_stop (UiWatch *watch);
/* Job threads: watch what exists of STATE_DIR for these personas (NULL-terminated). */
void ui_watch_cover (UiWatch *watch, const char *state_dir, const char *const *personas);

/* ---- readings ---- */

/* One reading of one model on a job thread. */
typedef struct {
  UiAccess *access;
  UiModelKind kind;
  char *scenario_name, *persona, *object;
  UiLease *lease;           /* NULL unless the model needs a persona's context */
  WorkflowContext *context; /* of the lease */
  const WorkflowScenario *scenario;
  CrJob *job;
  gconstpointer old; /* the value of before; a reference */
  gpointer value;    /* what is being made */
  UiArena *arena;    /* of value */
  guint64 seen;      /* digest of the answers */
  char *filter;      /* audit */
  gboolean more;     /* there is more to read at once */
} UiReading;

/* Fills reading->value. */
typedef gboolean (*UiReader) (UiReading *reading, GError **error);

typedef struct {
  gpointer (*make) (void);
  UiReader read;    /* NULL: filled in another way */
  const char *whom; /* "The ledger": who does not answer */
  guint flags;
  guint slowness; /* times the refresh interval */
} UiModelClass;

enum {
  UI_CLASS_OBJECT = 1 << 0,      /* of one object */
  UI_CLASS_LEASE = 1 << 1,       /* needs the persona's context and credentials */
  UI_CLASS_ENVIRONMENT = 1 << 2, /* needs the environment to run */
  UI_CLASS_POLLED = 1 << 3,
  UI_CLASS_SHARED = 1 << 4, /* the same for every persona */
  UI_CLASS_LOCAL = 1 << 5,  /* filled by the local reading */
};

const UiModelClass *ui_model_class (UiModelKind kind);

/* Remember ANSWER for "did anything change". */
void ui_reading_saw (UiReading *reading, const json_t *answer);
void ui_reading_saw_text (UiReading *reading, const char *text);
CcfClient *ui_reading_ledger (UiReading *reading, GError **error); /* borrowed */
/* The contract of this collaboration; CR_ERROR_WAITING when there is none yet. Gives. */
char *ui_reading_contract (UiReading *reading, GError **error);
/* The persona's own id at the ledger (member id, object id) or NULL. Gives. */
char *ui_context_me (WorkflowContext *context, CcfClient *client);

/* ---- names.c: who is who at the ledger, and ballots ---- */

typedef struct {
  json_t *members; /* array, may be NULL */
  json_t *users;   /* array, may be NULL: not admitted yet */
  char *me;        /* own id, or NULL */
} UiNames;

/* Reads both lists; what cannot be read stays NULL (USERS_PROBLEM, may be NULL, says why). */
void ui_names_read (UiNames *names, UiReading *reading, CcfClient *client, GError **users_problem);
void ui_names_clear (UiNames *names);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UiNames, ui_names_clear)
/* Display name, else ID. Borrowed. */
const char *ui_names_of (const UiNames *names, const char *id);
gboolean ui_names_is_me (const UiNames *names, const char *id);
UiBallot *ui_ballot_add (UiArena *arena, GPtrArray *list, const UiNames *names, const char *id,
                         const char *vote, gboolean counts);
/* "a and b have to vote", or NULL. In the arena. */
char *ui_ballots_missing (UiArena *arena, GPtrArray *ballots);
guint ui_ballots_count (GPtrArray *ballots, UiBallotKind kind);
/* This persona's ballot, or NULL. */
const UiBallot *ui_ballots_mine (GPtrArray *ballots);
/* The ballots of a user document that was read, from its proposal while it is Proposed. */
gboolean ui_document_ballots (UiReading *reading, CcfClient *client, const UiNames *names,
                              const json_t *document, GPtrArray *list, GError **error);
/* The ballots of a governance proposal: everybody whose vote counts, and who else voted. */
gboolean ui_proposal_ballots (UiReading *reading, CcfClient *client, const UiNames *names,
                              const json_t *proposal, GPtrArray *list, GError **error);

/* SHA-256 of the content as the ledger has it, by which a decision names what was seen. Gives. */
char *ui_content_digest (const json_t *data);

gboolean ui_read_consortium (UiReading *reading, GError **error);
gboolean ui_read_contracts (UiReading *reading, GError **error);
gboolean ui_read_contract (UiReading *reading, GError **error);
gboolean ui_read_documents (UiReading *reading, GError **error);
gboolean ui_read_document (UiReading *reading, GError **error);
gboolean ui_read_data (UiReading *reading, GError **error);
gboolean ui_read_runs (UiReading *reading, GError **error);
gboolean ui_read_run (UiReading *reading, GError **error);
gboolean ui_read_output (UiReading *reading, GError **error);
gboolean ui_read_audit (UiReading *reading, GError **error);
gboolean ui_read_keys (UiReading *reading, GError **error);

/* ---- the session ---- */

/* One model of one persona. */
typedef struct {
  gpointer value; /* never NULL once looked at */
  char *object;
  UiJob *job;     /* the reading under way */
  GSource *timer; /* the next poll, or NULL */
  guint calm;     /* polls without a change, for the pace */
  guint64 seen;
  gboolean again;  /* read once more when the present reading ends */
  gint64 asked_ms; /* when the last reading began */
} UiSlot;

/* A step that goes on by itself. */
typedef struct {
  char *step;
  GHashTable *inputs; /* or NULL */
  GSource *timer;     /* for waits that nothing local tells about */
  guint tries;
  gboolean rung; /* the bell rang since the last try */
} UiAuto;

typedef struct {
  UiSession *session;
  char *name; /* "" = nobody */
  UiSlot slots[UI_MODEL_LAST];
  GHashTable *autos;      /* step id -> UiAuto */
  UiJob *step_job;        /* a step that runs or is being given up */
  WorkflowEngine *engine; /* of the steps; owned by the step job's thread while it runs */
  char *engine_scenario;
  /* the running step */
  char *run_step, *run_title, *run_phase, *run_waits;
  guint64 run_done, run_total;
  gint64 run_started_ms, run_ended_ms, rate_ms;
  guint64 rate_done;
  gdouble rate;
  guint run_calls;
  gboolean run_waiting;
  GPtrArray *run_call_lines, *run_lines; /* char* */
  GError *run_problem;
  GHashTable *last_calls; /* step id -> number of its last call */
  /* sign-in */
  UiJob *sign_in_job; /* the job that asked; borrowed */
} UiPerson;

typedef struct UiLocal UiLocal;   /* local.c */
typedef struct UiChecks UiChecks; /* health.c */

struct UiSession {
  GMainContext *context;
  UiPost *post;
  UiAccess *access;
  UiWatch *watch;
  char *environment_given; /* by --env; NULL = as the state folder and the settings say */
  GError *environment_problem;
  char *persona, *scenario;
  gboolean read_only, presenter;
  guint refresh_ms;
  GHashTable *people; /* name -> UiPerson */
  UiPerson *nobody;
  guint shown[UI_MODEL_LAST];
  char *objects[UI_MODEL_LAST];
  guint pending; /* models to tell about */
  UiChangeHandler handler;
  gpointer handler_data;
  GPtrArray *graveyard; /* values that were replaced in this turn */
  GPtrArray *jobs;      /* UiJob, references; also those given up whose thread still runs */
  /* local */
  UiLocal *local;
  UiJob *local_job;
  gboolean local_again, choices_read;
  gint64 step_asked_ms; /* when a step was shown last */
  GSource *local_timer;
  UiOverview *local_overview; /* what the local reading said */
  UiOverview *choices;        /* its scenarios, read once */
  /* shared values */
  UiOverview *overview;
  UiCalls *calls;
  gboolean overview_dirty, calls_dirty;
  GQueue call_ring; /* UiCall*, newest last */
  guint64 call_total;
  gint64 ledger_ok_ms, ledger_bad_ms;
  char *audit_filter;
  gboolean audit_hold;
  UiJob *filter_job;
  UiChecks *checks;
  /* presenter */
  gboolean playing, play_pause;
  UiJob *play_job;
  /* drafts */
  GHashTable *drafts; /* "persona/step" -> GHashTable or NULL, not yet written */
  UiJob *draft_job;
};

/* session.c */
UiPerson *ui_person (UiSession *session, const char *name); /* made at first use; borrowed */
UiPerson *ui_current (UiSession *session);
gpointer ui_slot_value (UiSession *session, UiPerson *person, UiModelKind kind); /* borrowed */
/* Replace the value; takes VALUE. TELL: the handler is called. */
void ui_publish (UiSession *session, UiPerson *person, UiModelKind kind, gpointer value, gboolean tell);
void ui_changed (UiSession *session, guint models);
void ui_bury (UiSession *session, gpointer value);
void ui_slot_read (UiSession *session, UiPerson *person, UiModelKind kind, gboolean tell);
/* Read what is shown of MODELS again (an operation changed it). */
void ui_reread (UiSession *session, const char *persona, guint models);
/* Nothing that was read counts any more. */
void ui_forget_values (UiSession *session);

/* Another state folder is watched from now on. */
void ui_watch_renew (UiSession *session);

/* session-place.c */
/* The place in use; the local one, and environment_problem, when the one that was chosen is not there.
 * Gives. */
WorkflowPlace *ui_place_choose (UiSession *session, const char *state_dir);

/* slots.c */
void ui_slots_pause (UiSession *session, UiPerson *person);
void ui_slots_resume (UiSession *session, UiPerson *person);
void ui_slot_clear (UiSlot *slot);
/* The next poll, when the model is shown. */
void ui_slot_arm (UiSession *session, UiPerson *person, UiModelKind kind);

/* Timers: sources of the session's context. Stop and forget; NULL is fine. */
void ui_timer_stop (GSource **timer);
GSource *ui_timer_start (UiSession *session, guint milliseconds, GSourceFunc function, gpointer data,
                         GDestroyNotify release);

/* read-journey.c, read-step.c: on the thread of the local reading */
/* AUTOS: step ids that go on by themselves, a set or NULL. Gives. */
UiJourney *ui_build_journey (WorkflowEngine *engine, const char *persona, GHashTable *autos, GError **error);
typedef struct {
  WorkflowEngine *engine;
  const char *persona, *step;
  gboolean presenter, local_stopped;
  guint64 last_call;
  GHashTable *draft; /* typed but not sent: name -> text, or NULL */
} UiStepQuestion;
UiStepDetail *ui_build_step (const UiStepQuestion *question, const UiJourney *journey, GError **error);
/* Fills publishes of DETAIL, whose inputs are there. PREVIEW: of workflow_engine_preview(), or NULL. */
void ui_say_publishes (UiStepDetail *detail, const WorkflowScenario *scenario, const char *persona,
                       const char *action, const json_t *preview);
/* "northwind: Publish your data" for WAITS (WorkflowWait), each once; NULL when there are none. Gives. */
char *ui_waits_text (GPtrArray *waits, const char *persona);

/* What helps against a problem of CODE with HINT (may be NULL), and its label. LOCAL_STOPPED: the local
 * environment does not run. */
UiRemedy ui_remedy_for (CrErrorCode code, const char *hint, gboolean local_stopped, const char **label);

/* local.c */
void ui_local_refresh (UiSession *session, guint delay_ms);
void ui_local_free (UiLocal *local);
void ui_overview_touch (UiSession *session);

/* running.c */
void ui_running_touch (UiPerson *person);
void ui_running_forget (UiPerson *person); /* nothing has run yet */
void ui_running_begin (UiPerson *person, const char *step, const char *title);
void ui_running_end (UiPerson *person, const GError *problem, const char *waits);
void ui_session_drain (gpointer session); /* handler of the post */
/* JOB has ended: a sign-in that it asked for is no longer wanted. */
void ui_sign_in_over (UiSession *session, UiJob *job);

/* op.c: operations on a leased context */
typedef struct UiOp UiOp;
typedef gboolean (*UiOpFunc) (UiOp *op, GError **error);
enum {
  UI_OP_CHANGES = 1 << 0,    /* refused when read-only */
  UI_OP_LEASE = 1 << 1,      /* needs the persona's context */
  UI_OP_KEYRING = 1 << 2,    /* and credentials */
  UI_OP_RUNNING = 1 << 3,    /* and an environment that runs */
  UI_OP_RENEW = 1 << 4,      /* contexts made before are no longer good */
  UI_OP_NO_PERSONA = 1 << 5, /* works without a chosen persona */
};
struct UiOp {
  UiOpFunc run;
  guint flags;
  guint models; /* to read again when it went well */
  /* arguments, all copied */
  char *a, *b, *c, *d;
  gboolean yes;
  gconstpointer value; /* a model, a reference */
  /* on the thread */
  UiAccess *access;
  CrJob *job;
  UiLease *lease;
  WorkflowContext *context;
  char *scenario_name, *persona;
  /* outcome */
  char *text, *made;
  GPtrArray *lines; /* char* */
  UiInverse *inverse;
};
/* An operation that is wanted. Texts are copied, VALUE is referenced. */
typedef struct {
  const char *title;
  UiOpFunc run;
  guint flags, models;
  const char *a, *b, *c, *d;
  gboolean yes;
  gconstpointer value;
} UiOpPlan;
/* Borrowed. */
UiJob *ui_op_begin (UiSession *session, const UiOpPlan *wanted, UiDone done, gpointer data);
/* What happened, for the message line. */
void ui_op_say (UiOp *op, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* What takes it back; OBJECT and TEXT are copied. */
void ui_op_inverse (UiOp *op, UiInverseKind kind, const char *object, const char *text, gboolean on);
/* PROPOSAL (taken; NULL = the call has failed) is on its way; DONE (may be NULL) is what to say when it is
 * decided already. FALSE when there is none. */
gboolean ui_op_proposed (UiOp *op, json_t *proposal, const char *done);
CcfClient *ui_op_ledger (UiOp *op, GError **error);
char *ui_op_contract (UiOp *op, GError **error);
/* How something with ERROR (NULL = it went well) has ended: done, waiting, cancelled or failed. */
UiStepState ui_state_of (const GError *error);
/* A job that only tells why not. */
UiJob *ui_op_refuse (UiSession *session, const char *title, GError *problem, UiDone done, gpointer data);
/* Tell DONE what became of a job; TEXT and the others may be NULL. */
void ui_op_tell (UiSession *session, UiJob *job, const GError *error, const char *text, const char *value,
                 GPtrArray *lines, const UiInverse *inverse);
/* ops-steps.c */
UiJob *ui_run_step_of (UiSession *session, UiPerson *person, const char *step, GHashTable *inputs,
                       gboolean force, gboolean automatic, UiDone done, gpointer data);
GHashTable *ui_inputs_copy (GHashTable *inputs); /* NULL gives NULL */
/* Where one program is everybody, the engines (WorkflowEngine) of those whose turn it is not only take room.
 * To be freed on a job thread: closing them writes to journals. EXCEPT may be NULL. Gives. */
GPtrArray *ui_take_engines (UiSession *session, const UiPerson *except);
/* play.c: a step of somebody has ended, a local reading has come */
void ui_play_look (UiSession *session);
/* TURN: "persona/step". */
void ui_play_step_ended (UiSession *session, const char *turn, const UiResult *result);
/* With the answers that the scenario has for a run without people. */
UiJob *ui_run_unattended (UiSession *session, UiPerson *person, const char *step, UiDone done, gpointer data);

/* auto.c */
void ui_auto_add (UiPerson *person, const char *step, GHashTable *inputs);
void ui_auto_remove (UiPerson *person, const char *step);
void ui_auto_look (UiPerson *person); /* after a local reading */
void ui_auto_bell (UiSession *session);
void ui_auto_free (UiAuto *it);

/* audit */
void ui_audit_refilter (UiSession *session);

/* health.c */
void ui_health_start (UiSession *session, UiPerson *person);
void ui_health_free (UiChecks *checks);

/* drafts.c: job threads */
GHashTable *ui_draft_load (const char *state_dir, const char *persona, const char *scenario,
                           const char *step);
void ui_drafts_flush (UiSession *session);

G_END_DECLS
