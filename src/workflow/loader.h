/* SPDX-License-Identifier: MIT
 * What people do, read from data: personas, their steps and the scenarios that put them in order.
 *
 * A folder of personas holds NAME.yaml (one persona each), shared/NAME.yaml (steps that several
 * personas have) and scenarios/NAME.yaml (journeys, datasets, queries). Everything is checked when it is
 * read: unknown keys, steps, actions, probes, inputs, placeholders and circular needs are refused with
 * "FILE:LINE: reason" (CR_ERROR_INPUT) and a suggestion. Nothing here touches a state folder or a network.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  WORKFLOW_INPUT_TEXT,
  WORKFLOW_INPUT_EMAIL,
  WORKFLOW_INPUT_DATE, /* YYYY-MM-DD */
  WORKFLOW_INPUT_CHOICE,
  WORKFLOW_INPUT_FOLDER,
  WORKFLOW_INPUT_NUMBER,  /* a whole number, 0 or more */
  WORKFLOW_INPUT_SECRET,  /* hidden when typed, never stored in the journal */
  WORKFLOW_INPUT_BOOLEAN, /* yes or no */
} WorkflowInputKind;

typedef enum {
  WORKFLOW_TAKES_INSTANT, /* under a second */
  WORKFLOW_TAKES_SECONDS, /* under a minute */
  WORKFLOW_TAKES_MINUTES, /* up to half an hour */
  WORKFLOW_TAKES_LONG,
} WorkflowTakes;

/* One value that a step asks for. */
typedef struct {
  char *name;  /* as in --set name=value */
  char *title; /* label of the form field */
  WorkflowInputKind kind;
  char *initial; /* default with placeholders, or NULL */
  gboolean required;
  char *pattern;  /* regular expression the whole value must match, or NULL */
  char **choices; /* NULL-terminated for kind choice, else NULL */
  char *help;     /* or NULL */
} WorkflowInput;

typedef enum {
  WORKFLOW_NEED_ARTEFACT, /* a file below the state folder must exist */
  WORKFLOW_NEED_STEP,     /* another step of the same persona must be done */
  WORKFLOW_NEED_PARTY,    /* another persona's step, known only through the ledger: the action finds out */
} WorkflowNeedKind;

typedef struct {
  WorkflowNeedKind kind;
  char *artefact;   /* kind artefact: path below the state folder, with placeholders */
  char *persona;    /* who has to act; NULL = the same persona; may be "{each}" */
  char *step;       /* the step that makes it; NULL for an artefact that nobody in the scenario makes */
  gboolean partial; /* one missing file does not hold the step up as long as another one is there */
  gboolean soft;    /* orders an unattended run, never holds a person up */
  gboolean
      follow; /* kind artefact: when it has changed since the step was done, the step is to be done again */
  guint line; /* in the file of its step */
} WorkflowNeed;

/* A condition "NAME in [a, b]". */
typedef struct {
  char *name;
  char **values; /* NULL-terminated, never empty */
} WorkflowCondition;

/* What to say when the other side answers CODE, or when "missing:ARTEFACT" is not there. */
typedef struct {
  char *code;
  char *text;
} WorkflowRemedy;

typedef struct {
  char *id; /* "an.user.accept" */
  char *title;
  char *purpose;
  WorkflowTakes takes;
  GPtrArray *needs;             /* WorkflowNeed */
  GPtrArray *inputs;            /* WorkflowInput */
  char *renew_when;             /* boolean input: "yes" makes a finished step new work; NULL = none */
  char *action;                 /* name in the table of actions */
  char **makes;                 /* artefacts below the state folder; {dataset} = one per own dataset */
  WorkflowCondition *done_when; /* probe and the values that mean done; never NULL */
  WorkflowCondition *when;      /* NULL = always; otherwise not needed unless it holds */
  gboolean optional;            /* not part of an unattended run */
  gboolean each;                /* works once per collaborator; {each} in needs and makes names them */
  char **calls;                 /* "METHOD {endpoint}/path", optionally "... (why only sometimes)" */
  char *az;                     /* the command a person would have typed, with placeholders; NULL = none */
  GPtrArray *remedies;          /* WorkflowRemedy */
  char *file;                   /* where it was declared */
  guint line;
} WorkflowStep;

typedef struct {
  char *name; /* "northwind" */
  char *title;
  char *purpose;
  char *welcome;     /* first words to this persona */
  char *finished;    /* last words */
  gboolean member;   /* signs with member keys; FALSE = a user with an account */
  char **identities; /* member identities in the order they are made; empty for users */
  GPtrArray *steps;  /* WorkflowStep, every step this persona can take */
} WorkflowPersona;

typedef struct {
  char *name;      /* "northwind-input" */
  char *owner;     /* persona */
  char *folder;    /* last part of datasource/OWNER/FOLDER or datasink/OWNER/FOLDER */
  gboolean output; /* the clean room writes it */
  gboolean bucket; /* it lies in an S3 bucket, otherwise in Azure Blob storage */
  char *schema;    /* absolute path of the schema file */
} WorkflowDataset;

typedef struct {
  gint64 sequence; /* 1 = first; equal numbers may run side by side */
  char *file;      /* absolute path of the SQL text */
} WorkflowSegment;

typedef struct {
  char *view;    /* name in the SQL */
  char *dataset; /* WorkflowDataset.name */
} WorkflowView;

typedef struct {
  char *name;          /* "query1" */
  char *proposer;      /* persona */
  GPtrArray *segments; /* WorkflowSegment */
  GPtrArray *views;    /* WorkflowView */
  char *output;        /* WorkflowDataset.name */
} WorkflowQuery;

/* One persona's way through a scenario. */
typedef struct {
  const WorkflowPersona *persona;
  GPtrArray *steps; /* borrowed WorkflowStep in order */
} WorkflowJourney;

typedef struct {
  char *dir;  /* the personas folder it was read from */
  char *name; /* "analytics-sse" */
  char *title;
  char *purpose;
  char **collaborators;   /* personas that are invited */
  GPtrArray *personas;    /* WorkflowPersona, owned */
  GPtrArray *journeys;    /* WorkflowJourney */
  GPtrArray *datasets;    /* WorkflowDataset */
  GPtrArray *queries;     /* WorkflowQuery */
  GHashTable *values;     /* char* -> char*: constants of the scenario, also placeholders */
  GHashTable *unattended; /* step id -> GHashTable of inputs that a run without people uses */
} WorkflowScenario;

/* The names an action or a probe may have; from the action tables (see action.h). */
typedef struct {
  const char *const *actions; /* NULL-terminated */
  const char *const *probes;
} WorkflowNames;

/* Where the personas folder is: GIVEN when not NULL, else the installed one, else "personas" beside or above
 * the running program (an uninstalled tree). Gives; CR_ERROR_NOT_FOUND names the places searched. */
char *workflow_personas_dir (const char *given, GError **error);

/* The scenarios of DIR, sorted. Gives a NULL-terminated list. */
char **workflow_scenario_names (const char *dir, GError **error);

/* Read DIR/scenarios/NAME.yaml and the personas it names. NAMES NULL = the built-in actions and probes.
 * Gives.
 * CR_ERROR_NOT_FOUND with the nearest name for an unknown scenario. */
WorkflowScenario *workflow_scenario_load (const char *dir, const char *name, const WorkflowNames *names,
                                          GError **error);
void workflow_scenario_free (WorkflowScenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowScenario, workflow_scenario_free)

/* Check every file of DIR: all personas, also those no scenario names, and all scenarios. CHECKED receives
 * the number of files read (may be NULL). */
gboolean workflow_check (const char *dir, const WorkflowNames *names, guint *checked, GError **error);

/* Look-ups; borrowed, NULL and CR_ERROR_NOT_FOUND ("did you mean") when unknown. */
const WorkflowJourney *workflow_scenario_journey (const WorkflowScenario *scenario, const char *persona,
                                                  GError **error);
const WorkflowStep *workflow_journey_step (const WorkflowJourney *journey, const char *step, GError **error);
const WorkflowDataset *workflow_scenario_dataset (const WorkflowScenario *scenario, const char *name);

/* Where the file NAME ("analytics.query-id") of the public folder lies, below the state folder: as the step
 * that makes it says ("public/analytics-sse/analytics.query-id"), else "public/NAME". Gives. */
char *workflow_scenario_public (const WorkflowScenario *scenario, const char *name);
/* The public files of this scenario alone, below the state folder. Gives a NULL-terminated list. */
char **workflow_scenario_scoped (const WorkflowScenario *scenario);
/* Does STEP make what all scenarios of a consortium share, and nothing of one scenario alone? */
gboolean workflow_step_is_shared (const WorkflowStep *step);

const char *workflow_input_kind_name (WorkflowInputKind kind); /* "text", "email", ... */
const char *workflow_takes_name (WorkflowTakes takes);         /* "instant", ... */

/* Replace {name} in TEXT by what LOOKUP gives (a new string); what it does not know (NULL) stays as it is.
 * Gives. NULL gives NULL. */
typedef char *(*WorkflowLookup) (const char *name, gpointer data);
char *workflow_expand (const char *text, WorkflowLookup lookup, gpointer data);

G_END_DECLS
