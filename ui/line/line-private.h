/* SPDX-License-Identifier: MIT
 * What the parts of the line mode share: saying, asking, pages, jobs.
 *
 * A page says what its model holds and offers numbered choices; pages are a stack (`back`). A question has
 * the input before the page that asked it; while a job runs nothing is asked. line_go_on() decides what comes
 * next.
 */
#pragma once

#include "ui/line/line.h"
#include "ui/model/operations.h"
#include "ui/model/undo.h"

G_BEGIN_DECLS

typedef struct Line Line;
typedef struct LineInput LineInput;

/* OBJECT is what the choice was offered with, or NULL. */
typedef void (*LineRun) (Line *line, const char *object);

typedef struct {
  const char *title; /* N_() */
  const char *help;  /* N_(): what the page is for */
  UiModelKind model; /* shown while the page is open; UI_MODEL_LAST = none */
  void (*tell) (Line *line, const char *object);
  gboolean takes_object; /* the model has an object */
} LinePage;

/* A question: ANSWERED gets the text, or NULL for "back". */
typedef struct {
  const char *text;                                             /* the question, without default */
  const char *prompt;                                           /* instead of "Text"; NULL */
  const char *initial;                                          /* Enter; NULL or "" = none */
  const char *help;                                             /* or NULL */
  gboolean hidden;                                              /* a secret: no echo */
  gboolean optional;                                            /* Enter alone is an answer */
  const char *const *choices;                                   /* numbered, or NULL */
  char *(*check) (Line *line, const char *text, gpointer data); /* the reason why not; may be NULL */
  void (*answered) (Line *line, const char *text, gpointer data);
  gpointer data;
  GDestroyNotify free_data;
} LineQuestion;

typedef struct {
  char *label;
  LineRun run;
  char *object;
} LineChoice;

/* Called when a job that the person started has ended; the outcome was told already. */
typedef void (*LineThen) (Line *line, const UiResult *result, const char *object);

typedef struct {
  const LinePage *page;
  char *object;
  guint first;      /* of a long list: the first row that is told */
  gboolean shown;   /* the session was told */
  UiModelKind also; /* a second model that the page needs; UI_MODEL_LAST = none */
  char *also_object;
} LineOpen;

struct Line {
  UiSession *session;
  GMainLoop *loop;
  LineInput *input;
  GPtrArray *pages; /* LineOpen*, the last one is open */
  int width;
  int code; /* exit code so far */
  gboolean bad_answer, ended;
  guint pump;          /* source of line_go_on */
  guint settle, ticks; /* timer while something is being read, and how often it has come */
  gboolean told;       /* the open page was told and its choices are valid */
  gboolean stale;      /* something has changed since */
  gboolean at_prompt;  /* the last thing on the terminal is a prompt without line end */
  GPtrArray *choices;  /* LineChoice* */
  guint chosen;        /* number of the choice that Enter takes; 0 = none */
  GQueue questions;    /* LineAsk*: the head is asked */
  gboolean asked;      /* the question at the head was put */
  /* the job that the person waits for */
  UiJob *job;
  LineThen then;
  char *then_object;
  gboolean quiet_job;             /* say nothing when it went well */
  gboolean waiting;               /* for another party, in the foreground */
  gboolean (*watch) (Line *line); /* says what is new, as it comes; FALSE = it is over */
  gboolean watch_ends;            /* by itself */
  gint64 watched;                 /* how far it was said */
  gboolean interrupted;
  /* what was said of it */
  gint64 run_started_ms;
  gint64 last_said_ms;
  guint64 quarter, total;
  GHashTable *lines_told;    /* texts */
  char *code_told;           /* sign-in */
  char *digest;              /* of the document that was told to be decided about */
  char *document_told;       /* the document as it was told, or NULL */
  gpointer filled;           /* line-step.c: answers that are being checked */
  char *said_step;           /* id of the step whose state was said last because it has ended, and */
  UiStepState said_state;    /* that state */
  char *just_ran;            /* id of the step whose page tells only what came of it, or goes */
  GHashTable *later;         /* ids of decisions that wait: nothing can be started for them */
  gpointer journey;          /* UiJourney, a reference: as last compared */
  UiUndo *undo;              /* the host of its functions is the line */
  gboolean undoing;          /* the job takes something back */
  gboolean welcomed, finale; /* the scenario was introduced; presenter: the answer was shown */
};

/* ---- line-say.c ---- */

/* Paragraphs wrapped at the width, INDENT cells in; line feeds are kept. Made safe. NULL says nothing. */
void line_text (Line *line, int indent, const char *text);
void line_say (Line *line, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* "Label: text"; nothing when TEXT is NULL or "". */
void line_pair (Line *line, const char *label, const char *text);
void line_item (Line *line, const char *text);
void line_heading (Line *line, const char *text);
void line_gap (Line *line);
void line_pairs (Line *line, GPtrArray *pairs);
void line_texts (Line *line, GPtrArray *texts);
void line_problem (Line *line, const UiProblem *problem);
/* One row per line: "a; b; c" with the columns named first. */
void line_table (Line *line, GPtrArray *columns, GPtrArray *rows, guint64 first, guint64 shown,
                 guint64 count);
/* A prompt: no line end on a terminal. */
void line_prompt (Line *line, const char *text);
/* Times and sizes in words. Give. */
char *line_time (gint64 ms);
/* What the model has to say instead of content; TRUE when there is content. */
gboolean line_ready (Line *line, const UiValue *value);

/* ---- line-input.c ---- */

/* COME is called in the main loop when there may be something to take. */
LineInput *line_input_new (void (*come) (Line *line), Line *line);
/* Restores the terminal. */
void line_input_free (LineInput *input);
gboolean line_input_is_terminal (const LineInput *input);
void line_input_hide (LineInput *input, gboolean hidden);
typedef enum { LINE_NOTHING, LINE_LINE, LINE_TOO_LONG, LINE_END } LineGot;
/* The next line, without its end; free with cr_secret_text_free. */
LineGot line_input_take (LineInput *input, char **text);

/* ---- line-prompt.c ---- */

/* Offer RUN as the next number. OBJECT is copied. */
void line_choice (Line *line, const char *label, LineRun run, const char *object);
/* Enter takes the choice that was offered last. */
void line_recommend (Line *line);
/* Put QUESTION before everything else (copied). */
void line_ask (Line *line, const LineQuestion *question);
/* WORD has to be typed before RUN. */
void line_confirm (Line *line, const char *word, const char *text, LineRun run, const char *object);
void line_prompt_again (Line *line);
void line_choice_free (gpointer choice);
void line_choices_clear (Line *line);
void line_questions_clear (Line *line);
/* A question that is no longer of interest; DATA as in the question. */
void line_question_drop (Line *line, gconstpointer data);
/* Put the question at the head, where that has not been done. */
void line_question_put (Line *line);
/* The prompt of the page's choices. */
void line_choices_put (Line *line);
/* Take what was typed as the answer to what is asked now. */
void line_answer (Line *line, const char *text);

/* ---- line-form.c ---- */

typedef void (*LineFilled) (Line *line, GHashTable *values, gpointer data);
/* The questions of INPUTS (const UiStepInput*, kept until FILLED or the end by the array or by OWNER) one
 * after the other. FILLED is not called when the person goes back before the first one. */
typedef struct {
  GPtrArray *inputs;
  gconstpointer owner; /* a model, or NULL */
  const char *step;    /* for drafts, or NULL */
  /* What is wrong with TEXT besides its kind (gives), VALUES being the answers so far; may be NULL. */
  char *(*check) (Line *line, const UiStepInput *input, const char *text, GHashTable *values, gpointer data);
  LineFilled filled;
  gpointer data;
  GDestroyNotify free_data;
} LineForm;
void line_form (Line *line, const LineForm *form); /* copied */
/* Another question for such a form; the texts are static or translated. Borrowed from INPUTS. */
UiStepInput *line_form_add (GPtrArray *inputs, const char *name, const char *title, const char *help,
                            UiInputKind kind);
GPtrArray *line_form_inputs (void); /* empty; gives */

/* ---- line-date.c ---- */

/* A day that is typed as a word: today, yesterday, a weekday (the last one up to TODAY), +1 and -7 (from
 * FROM, else from TODAY), 15 (that day of the month of FROM or TODAY). All days are YYYY-MM-DD. NULL when it
 * is none of them; gives. */
char *line_day_read (const char *text, const char *from, const char *today);
/* "calendar" or "calendar 2025-09": *MONTH (may be NULL) is the second word or "" (given). */
gboolean line_is_calendar (const char *text, char **month);
/* A month as lines, a week in each: MONTH ("2025-09"), or that of FROM (a day, or NULL), or this one. Gives
 * its first day. */
char *line_month (Line *line, const char *month, const char *from);

/* ---- line-path.c ---- */

typedef enum { LINE_PATH_NEW_FILE, LINE_PATH_FOLDER } LinePathKind;
typedef void (*LinePathTaken) (Line *line, const char *path, gpointer data); /* PATH NULL = back */
typedef struct {
  const char *text;    /* the question */
  const char *initial; /* or NULL */
  LinePathKind kind;
  gboolean listing; /* begin with the list */
  LinePathTaken taken;
  gpointer data;
  GDestroyNotify free_data;
} LinePath;
/* Typed, or chosen from a numbered list. */
void line_ask_path (Line *line, const LinePath *wanted);
/* Where to save something; beginning with NAME. */
void line_ask_file (Line *line, const char *name, LinePathTaken taken, gpointer data,
                    GDestroyNotify free_data);
gboolean line_is_list (const char *text);
/* "~/x" as a shell would take it. Gives. */
char *line_path_read (const char *text);

/* ---- line.c ---- */

void line_open (Line *line, const LinePage *page, const char *object);
/* Instead of the open one. */
void line_replace (Line *line, const LinePage *page, const char *object);
void line_back (Line *line, const char *object);
/* Down to the first page. */
void line_home (Line *line, const char *object);
LineOpen *line_top (Line *line);
/* The open page needs this model too: TRUE when it was asked for before. Otherwise the page is told again
 * when it has come, and TELL returns at once. */
gboolean line_also (Line *line, UiModelKind kind, const char *object);
/* Tell the page again. */
void line_again (Line *line, const char *object);
/* Soon, from the main loop. */
void line_go_on (Line *line);
void line_quit (Line *line, int code);
void line_ask_quit (Line *line);
/* The rows of a long list as choices, a screenful at a time, with "more". */
typedef char *(*LineRow) (Line *line, guint index, char **object); /* both are given */
void line_rows (Line *line, guint count, LineRow row, LineRun run);

/* ---- line-job.c ---- */

/* Wait for JOB, which was started with line_done and LINE. */
void line_job (Line *line, UiJob *job, LineThen then, const char *object);
void line_done (UiSession *session, const UiResult *result, gpointer line);
void line_job_status (Line *line);
void line_job_cancel (Line *line);
/* Hold the transfer of the step that runs, or let it go on. */
void line_job_hold (Line *line, gboolean held);
void line_progress (Line *line);
/* Tell and ask about a sign-in that waits; take the question back when it no longer does. */
void line_sign_in (Line *line);
void line_interrupt (Line *line);
/* "Step 3, Share your address: done.", once: not again when the journey shows it. */
void line_say_step (Line *line, const char *step, UiStepState state);
/* One line for everything in the journey that is another than before. */
void line_announce (Line *line);

/* line-undo.c: something was done that the word undo takes back; say so */
void line_undoable (Line *line, const UiUndoStep *step);
/* The same for something that INVERSE (copied) takes back; and for the result of an operation, nothing when
 * it has no inverse. */
void line_undoable_inverse (Line *line, const UiInverse *inverse, const char *done);
void line_undoable_result (Line *line, const UiResult *result);
void line_undo (Line *line);

/* line-propose.c: choose a template, answer its questions, propose */
void line_propose (Line *line, const char *object);

/* ---- pages ---- */

extern const LinePage line_page_choose, line_page_journey, line_page_steps, line_page_presenter;
extern const LinePage line_page_step, line_page_answer, line_page_look;
extern const LinePage line_page_documents, line_page_document, line_page_data;
extern const LinePage line_page_consortium, line_page_contracts, line_page_contract;
extern const LinePage line_page_runs, line_page_run, line_page_output, line_page_audit;
extern const LinePage line_page_keys, line_page_calls, line_page_call, line_page_health, line_page_settings;
extern const LinePage line_page_proposal;

/* line-step.c */
void line_step_free (Line *line);
/* For LineForm.check. */
char *line_check_days (Line *line, const UiStepInput *input, const char *text, GHashTable *values,
                       gpointer data);
/* The vote was cast: STEP takes note of WORD. */
void line_step_decided (Line *line, const char *step, const char *word);
/* line-documents.c: the document that is open was changed by somebody: say so */
void line_document_news (Line *line);
/* the person knows it as it is now */
void line_document_seen (Line *line, const UiDocument *document);
/* all that one has to know before deciding */
void line_tell_document (Line *line, const UiDocument *document);
void line_tell_ballots (Line *line, GPtrArray *ballots, const char *missing);
/* Accept and reject, or why not. STEP (may be NULL) takes note of it. */
void line_offer_decision (Line *line, const UiDocument *document, const char *step);
/* Ask where to, beginning with NAME, then write TEXT there. */
void line_save_text (Line *line, const char *name, const char *text);
/* The switch NAMEs as choices; RUN gets "name/on" or "name/off". */
void line_offer_switches (Line *line, GPtrArray *switches, LineRun run);

G_END_DECLS
