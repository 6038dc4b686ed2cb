/* SPDX-License-Identifier: MIT
 * The way of a persona: the list of steps, one step in detail, the step that runs, a sign-in that is asked
 * for, and the personas and scenarios to choose from.
 */
#pragma once

#include "ui/model/value.h"

G_BEGIN_DECLS

typedef enum {
  UI_STEP_TODO,        /* an own step comes first (waits says which) */
  UI_STEP_READY,       /* can be run now */
  UI_STEP_RUNNING,     /* runs now, in this program or in another one (see UiOverview.holder) */
  UI_STEP_INTERRUPTED, /* was begun and the program ended; running it again goes on */
  UI_STEP_DONE,
  UI_STEP_WAITING, /* somebody else has to act first */
  UI_STEP_FAILED,
  UI_STEP_SKIPPED,   /* not needed here */
  UI_STEP_CANCELLED, /* was stopped by the person; running it again goes on */
} UiStepState;

/* "done", "ready", "your turn"...: a word for every state, translated. Static. */
const char *ui_step_state_word (UiStepState state);

/* What has to happen first. */
typedef struct {
  char *persona;  /* who */
  char *step;     /* id of that step, or NULL */
  char *title;    /* its title, or NULL */
  char *artefact; /* file below the state folder, or NULL */
  gboolean mine;  /* the persona itself */
} UiWait;

typedef struct {
  char *id; /* "an.user.accept" */
  char *title;
  guint number; /* 1 = first */
  UiStepState state;
  gboolean optional;
  char *takes;      /* "a moment", "less than a minute", "minutes": translated */
  char *note;       /* why it failed, what changed: one line, or NULL */
  char *waits_text; /* "northwind: Publish your data", or NULL */
  GPtrArray *waits; /* const UiWait* */
  guint attempts;
  gint64 started_ms, finished_ms; /* of the last attempt */
  gboolean automatic;             /* was started by the person and goes on by itself when it can */
  gboolean last;                  /* can be run earlier, but says more when everything else is done */
} UiStep;

typedef struct {
  UiValue base;
  char *persona, *persona_title, *persona_purpose;
  char *welcome, *finished; /* may be NULL */
  char *scenario, *scenario_title, *scenario_purpose;
  gboolean member;                   /* signs with member keys; FALSE = a user with an account */
  GPtrArray *steps;                  /* const UiStep* in order */
  guint done, ready, others, failed; /* of the steps that are not optional */
  guint total;                       /* not optional ones that are needed here */
  char *next;                        /* id of the step to take now, or NULL */
  char *next_text;                   /* what to do now, a sentence */
  char *waiting_for;                 /* "operator, northwind" when nothing can be done here; or NULL */
  gboolean complete;                 /* every step that is needed is done */
} UiJourney;

const UiStep *ui_journey_step (const UiJourney *journey, const char *id); /* borrowed; NULL when unknown */
/* Where to go on from SELECTED (may be NULL): what can be done now; but a step that waits for somebody is
 * begun before later ones, since it goes on by itself then. PASSED (ids, a set; may be NULL) are waiting
 * steps that cannot be begun. NULL when there is nothing. Borrowed. */
const UiStep *ui_journey_step_after (const UiJourney *journey, const UiStep *selected, GHashTable *passed);

typedef enum {
  UI_INPUT_TEXT,
  UI_INPUT_EMAIL,
  UI_INPUT_DATE, /* YYYY-MM-DD */
  UI_INPUT_CHOICE,
  UI_INPUT_FOLDER,
  UI_INPUT_NUMBER,
  UI_INPUT_SECRET,  /* hidden; never in a model, a draft or a file */
  UI_INPUT_BOOLEAN, /* "yes" or "no" */
} UiInputKind;

/* One field of the form of a step. */
typedef struct {
  char *name, *title;
  UiInputKind kind;
  gboolean required;
  char *help;                 /* or NULL */
  char *pattern;              /* regular expression for the whole value, or NULL */
  const char *const *choices; /* NULL-terminated for UI_INPUT_CHOICE, else NULL */
  char *initial;              /* the default; "" when there is none */
  char *value;                /* what the form should show: draft, else the last attempt, else the default */
  gboolean draft;             /* value comes from a draft that was not sent */
} UiStepInput;

/* Is TEXT good for INPUT? NULL, or the reason in words (give it to g_free). Pure: may be called at every
 * key. */
char *ui_step_input_problem (const UiStepInput *input, const char *text);

typedef struct {
  char *path;       /* below the state folder */
  char *sha256;     /* 64 hex digits */
  gboolean shared;  /* in the public folder: the others see it */
  gboolean present; /* the file is there now */
} UiArtefact;

/* A key that a failed or waiting step offers. The screen decides which key. */
typedef enum {
  UI_REMEDY_NONE,
  UI_REMEDY_RETRY,         /* run the step again */
  UI_REMEDY_SIGN_IN,       /* sign in again, then run the step again */
  UI_REMEDY_FIX_INPUT,     /* open the form at remedy_input */
  UI_REMEDY_OPEN_STEP,     /* open remedy_step of remedy_persona (own, or of another one in presenter mode) */
  UI_REMEDY_START_SANDBOX, /* the local environment does not run */
  UI_REMEDY_SHOW_CALL,     /* the Calls screen tells more (remedy_call) */
  UI_REMEDY_WAIT,          /* goes on by itself when somebody else has acted; remedy_step of remedy_persona */
  UI_REMEDY_REPORT,        /* should be impossible: report it */
  UI_REMEDY_OWN_KEYRING,   /* no keyring here: ui_session_set_own_keyring(), then run the step again */
} UiRemedy;

typedef struct {
  UiValue base;
  const UiStep *step; /* never NULL when ready */
  char *purpose;
  char *sees;           /* who sees what of it: a sentence */
  GPtrArray *inputs;    /* const UiStepInput* */
  GPtrArray *plan;      /* const char*: "POST https://.../app/contracts (remark)" with the values of now */
  char *az;             /* the command it stands for, or NULL */
  GPtrArray *makes;     /* const char*: files that it will write */
  GPtrArray *artefacts; /* const UiArtefact*: files that it wrote */
  GPtrArray *happened;  /* const char*: lines of the last attempt */
  GPtrArray *results;   /* const UiPair*: what it recorded (ids, names) */
  const UiProblem *failure; /* of a failed attempt, or why it waits; NULL */
  UiRemedy remedy;
  char *remedy_text;                                 /* "Sign in again": label for the key, or NULL */
  char *remedy_persona, *remedy_step, *remedy_input; /* or NULL */
  guint64 remedy_call; /* UiCall.number of the last call of the attempt, 0 = none */
  /* An answer that the step fetched, or the list that it shows: a table. No columns = no table. */
  GPtrArray *columns;                          /* const char* */
  GPtrArray *rows;                             /* const GPtrArray* of const char*, at most 100 */
  guint64 row_count;                           /* of the whole table */
  char *next_persona, *next_step, *next_title; /* where to go on when it is done; NULL at the end */
  gboolean decides;      /* a person has to read something and answer: never run by itself */
  gboolean irreversible; /* cannot be undone by any other step (a vote, an acceptance) */
  /* What it makes known to everybody for good, as lines (a query's SQL, the columns of data), and the SHA-256
   * of that text; NULL = nothing, or it is not known yet. Shown before the step runs, with a word to be
   * typed. */
  char *publishes, *publishes_digest;
  char *document;        /* id of the document it decides about (show it before), or NULL */
  /* Who proposes that document, and with which step; or NULL. */
  char *source_persona, *source_step, *source_title;
} UiStepDetail;

/* What DETAIL publishes when QUERY (may be NULL or "") is typed into its form by now. *DIGEST is given too.
 * NULL = nothing. */
char *ui_step_publishes (const UiStepDetail *detail, const char *query, char **digest);

/* The step that this session runs now (at most one per persona). */
typedef struct {
  UiValue base;
  gboolean running;             /* FALSE: nothing runs, the rest is of the last one */
  char *persona, *step, *title; /* NULL when none ran yet */
  char *phase;                  /* "upload 2025-09-01/a.csv"; "" at first */
  guint64 done, total;          /* bytes or pieces; total 0 = unknown */
  gdouble rate;                 /* per second over the last seconds; 0 = unknown */
  gint64 left_ms;               /* estimate; -1 = unknown */
  gint64 started_ms, ended_ms;
  gboolean cancelling;
  gboolean held; /* a transfer that waits until the person lets it go on */
  gboolean waits_automatic; /* it ended waiting for waits_text and goes on by itself */
  char *waits_text;         /* or NULL */
  GPtrArray *calls;         /* const char*: the last lines of the call log, newest last */
  guint call_count;
  GPtrArray *lines;         /* const char*: notices and what happened so far */
  const UiProblem *failure; /* of the one that ended, or NULL */
  UiRemedy remedy;          /* for FAILURE; also of refusals that leave no trace in the journal */
  char *remedy_text;        /* label for the key, or NULL */
  char *remedy_input;       /* with UI_REMEDY_FIX_INPUT, or NULL */
} UiRunningStep;

/* A sign-in that waits for the person. */
typedef struct {
  UiValue base;
  gboolean asked;          /* FALSE: nothing to do; the rest is then empty */
  char *persona, *account; /* account may be NULL: any */
  char *url, *code;        /* show the code large */
  char *message;           /* a ready sentence of the provider */
  char *qr_text;           /* what the QR code should say (the address) */
  gint64 expires_ms;
  gboolean local;     /* the sandbox's own provider: ui_approve_sign_in() can answer it */
  gboolean signed_in; /* somebody is signed in (as far as the key store knows) */
} UiSignIn;

typedef struct {
  char *name, *title, *purpose;
  gboolean member;
  gboolean current; /* the one that the session shows */
  gboolean known;   /* done and total are known (own persona; all in presenter mode and before a choice) */
  guint done, total;
  char *marker;    /* one or two letters that tell personas apart without colour, e.g. "N" */
  guint index;     /* 0.. in the scenario; for the colour of the marker */
  char *next_text; /* what it would do next, or NULL */
  gboolean begun;  /* it has a folder on this machine */
} UiPersona;

typedef struct {
  char *name, *title, *purpose;
  gboolean current;
  GPtrArray *personas; /* const char*: names */
  char *problem;       /* the files are wrong: "FILE:LINE: reason", or NULL */
} UiScenario;

/* What the title line shows, and what can be chosen. */
typedef struct {
  UiValue base;
  char *state_dir;
  char *persona, *persona_title; /* NULL before a persona is chosen */
  char *scenario, *scenario_title;
  char *environment; /* "local", "azure", or the name in the environment file; "none" before env.start */
  gboolean local;          /* the environment is this machine's own */
  GPtrArray *environments; /* const char*: what can be chosen, "local" first */
  gboolean read_only, presenter;
  char *account;    /* sign-in address of the persona, or NULL */
  char *consortium; /* "not there yet", "open", "does not answer", ...: translated */
  gboolean consortium_ok;
  char *waiting_for;    /* as in UiJourney, or NULL */
  guint to_decide;      /* proposals and documents that wait for this persona's decision, as last read */
  char *holder;         /* another program works as this persona: "cleanroom (process 4711)"; or NULL */
  guint jobs;           /* operations that run now */
  char *job_text;       /* the one that began last: "Publish your data: upload 2025-09-01/a.csv", or NULL */
  char *call_text;      /* "12:04:31 GET userdocuments/q1 200 4 ms", or NULL */
  GPtrArray *personas;  /* const UiPersona* of the scenario */
  GPtrArray *scenarios; /* const UiScenario* */
  char *turn_persona, *turn_step, *turn_title; /* presenter: what ui_play() runs next; NULL at the end */
  gboolean complete;                           /* presenter: nothing is left for anybody */
  char *answer_persona,
      *answer_step;   /* presenter: the step that fetches the answer; NULL when there is none */
  char *problem_text; /* the scenario or state folder cannot be read at all: why; or NULL */
  gboolean playing;   /* presenter mode runs all steps by itself */
  char *running_persona, *running_step; /* a step that this session runs now, of anybody; or NULL */
} UiOverview;

G_END_DECLS
