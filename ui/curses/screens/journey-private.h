/* SPDX-License-Identifier: MIT
 * The journey screen taken apart: the list of steps (journey-steps.c), the step in detail (step-detail.c),
 * its form (step-form.c), its words (step-words.c), a decision (step-decision.c), a step that runs
 * (step-run.c), what can be done (journey-actions.c) and what is recommended (journey-move.c), and all
 * personas in one terminal (presenter.c).
 *
 * Everything is read from the models of the session at the moment it is drawn; a Journey keeps only what
 * belongs to the screen: what is selected, where the keys go, the form being typed into.
 */
#pragma once

#include "ui/curses/app.h"
#include "ui/curses/list.h"
#include "ui/curses/screens/show.h"
#include "ui/curses/text.h"
#include "ui/model/operations.h"
#include "ui/model/session.h"

G_BEGIN_DECLS

/* Where the keys go. */
typedef enum {
  JOURNEY_STEPS,
  JOURNEY_FORM,
  JOURNEY_TEXT,
} JourneyFocus;

/* What the person most likely wants now: what Enter does. */
typedef enum {
  JOURNEY_MOVE_NONE,    /* nothing to press: it goes on by itself */
  JOURNEY_MOVE_OPEN,    /* narrow terminals: show the step first */
  JOURNEY_MOVE_SIGN_IN, /* a sign-in code waits */
  JOURNEY_MOVE_RUN,
  JOURNEY_MOVE_ANSWER, /* the form */
  JOURNEY_MOVE_DECIDE,
  JOURNEY_MOVE_NEXT,    /* another step, of another persona in presenter mode */
  JOURNEY_MOVE_WAIT,    /* start it: it goes on by itself when the others have acted */
  JOURNEY_MOVE_FIRST,   /* an own step comes first */
  JOURNEY_MOVE_PARTY,   /* presenter: the step of the one who is waited for */
  JOURNEY_MOVE_RETRY,   /* the remedies of a failed step */
  JOURNEY_MOVE_ACCOUNT, /* sign in again, then run it again */
  JOURNEY_MOVE_FIX,
  JOURNEY_MOVE_SANDBOX,
  JOURNEY_MOVE_CALL,
  JOURNEY_MOVE_KEYRING,
  JOURNEY_MOVE_FINALE, /* presenter: the answer */
} JourneyMove;

#define JOURNEY_BUTTONS 4
#define JOURNEY_TABS 8

typedef struct {
  UiScreen *screen;
  UiSession *session;
  UiList *list;
  UiTextView *text;          /* of the selected step */
  UiTextView *side;          /* calls and command, where there is room */
  UiForm *form;              /* NULL when the step asks for nothing or cannot be run */
  UiStepDetail *form_detail; /* the value it was made from (a reference) */
  char *form_persona;
  gboolean form_touched; /* something was typed that was not sent */
  gboolean again;        /* a finished step is being asked for once more */
  UiStepDetail *stale;   /* not NULL: what is published is shown as soon as it was read anew, with the form */
  guint stale_tries;
  JourneyFocus focus;
  char *shown;                   /* step that the session keeps as UI_MODEL_STEP */
  char *document;                /* document that it keeps as UI_MODEL_DOCUMENT */
  char *selected_persona;        /* whose step is selected */
  char *wanted_persona, *wanted; /* to be selected as soon as that journey is there */
  gboolean visible;              /* as told by shown() */
  gboolean finale;               /* presenter: the end is shown */
  gboolean was_playing;
  gint64 asked_us; /* when another step was selected */
  /* as last drawn */
  gboolean alone; /* one pane at a time */
  gboolean ascii;
  gboolean whole; /* the panes of a step */
  UiRect list_rect, text_rect, form_rect, side_rect;
  struct {
    UiRect rect;
    const char *action;
  } buttons[JOURNEY_BUTTONS];
  guint button_count;
  UiRect tabs[JOURNEY_TABS]; /* of the personas, in presenter mode */
} Journey;

/* --- journey.c --- */
extern const UiScreenClass ui_screen_journey;
/* The selected step, or NULL. Borrowed from the journey model. */
const UiStep *journey_selected (Journey *journey);
/* Its detail when it has been read (also one that could not be); else NULL. Borrowed. */
const UiStepDetail *journey_detail (Journey *journey);
/* Select STEP of PERSONA (NULL = the present one); switches to that persona when it is another one. */
void journey_go_to (Journey *journey, const char *persona, const char *step);
/* Tell the session what is selected now. */
void journey_follow (Journey *journey);
/* The step that the session runs is the selected one. */
gboolean journey_runs (Journey *journey);
/* The last attempt at the selected step was refused before it began (the journal knows nothing of it): why
 * and what helps; NULL when it was not. Borrowed. */
const UiRunningStep *journey_refusal (Journey *journey);
void journey_set_focus (Journey *journey, JourneyFocus focus);

/* --- journey-steps.c --- */
UiList *journey_steps_new (Journey *journey);
void journey_steps_draw (Journey *journey, UiRect rect);
/* As the journey says, or that it runs at this moment. */
UiStepState journey_step_state (Journey *journey, const UiStep *step);
UiState journey_step_mark (Journey *journey, const UiStep *step);

/* --- journey-actions.c --- */
extern const UiAction journey_actions[];
void journey_run (Journey *journey);
/* Something was read: go on with a step whose preview was out of date when it was to be run. */
void journey_run_stale (Journey *journey);

/* --- journey-move.c --- */
/* Where to go on from SELECTED (may be NULL); NULL when there is nothing. */
const UiStep *journey_step_after (Journey *journey, const UiStep *selected);
/* The first that STEP (may be NULL) waits for: a step of this persona's own, or of somebody else. */
const UiWait *journey_find_wait (const UiStep *step, gboolean mine);
JourneyMove journey_move (Journey *journey);
/* Id of the action that Enter stands for; NULL when there is none. */
const char *journey_move_action (Journey *journey, JourneyMove move);
/* Text for its button ("Next: Publish your data"). Gives. */
char *journey_move_text (Journey *journey, JourneyMove move);

/* --- step-detail.c --- */
void journey_detail_draw (Journey *journey, UiRect rect);
void journey_side_draw (Journey *journey, UiRect rect);

/* --- step-form.c --- */
/* Make, keep or drop the form for what is selected. */
void journey_form_update (Journey *journey);
void journey_form_drop (Journey *journey);
/* The answers, secrets too, in a table that wipes them; NULL when there is no form. Gives. */
GHashTable *journey_form_values (Journey *journey);
/* Everything that is asked for is there. */
gboolean journey_form_complete (Journey *journey);
/* Something was typed that differs from what the form asks at first. */
gboolean journey_form_differs (Journey *journey);
/* Back to that; one key takes it back. */
void journey_form_clear (Journey *journey);
/* Check the whole form on a job thread, then run the step; a wrong field gets the cursor. */
void journey_form_submit (Journey *journey);
/* The step is nothing but a choice about a document. */
gboolean journey_is_decision (const UiStepDetail *detail);

/* --- step-words.c: fill RICH --- */
/* Why it failed or waits, or what came of it: what has to be seen. */
void journey_words_state (Journey *journey, UiRich *rich, const UiStep *step, const UiStepDetail *detail);
/* Who sees what, what it writes, what it stands for. */
void journey_words_about (Journey *journey, UiRich *rich, const UiStep *step, const UiStepDetail *detail);
void journey_words_calls (UiRich *rich, const UiStepDetail *detail);
void journey_words_command (UiRich *rich, const UiStepDetail *detail);
/* COLUMNS and ROWS of texts as an aligned table of at most LIMIT rows (0 = all). TOTAL rows exist. */
void journey_words_table (UiRich *rich, GPtrArray *columns, GPtrArray *rows, guint64 total, guint limit);

/* --- step-decision.c --- */
void journey_decision_words (Journey *journey, UiRich *rich, const UiStepDetail *detail, int columns);
/* Why nothing can be decided now (borrowed), or NULL. */
const char *journey_decision_why_not (Journey *journey);
void journey_decide (Journey *journey, gboolean accept);

/* --- step-run.c --- */
void journey_run_draw (Journey *journey, UiRect rect);
/* UiDone of a step, with the app as data. */
void journey_ran (UiSession *session, const UiResult *result, gpointer app);

/* --- presenter.c --- */
void presenter_draw_tabs (Journey *journey, UiRect rect);
/* TRUE when a tab was clicked. */
gboolean presenter_click (Journey *journey, int row, int column);
void presenter_draw_finale (Journey *journey, UiRect rect);
/* Models changed: follow the play, show the end. */
void presenter_update (Journey *journey, guint changed);
void presenter_next_persona (Journey *journey, int direction);
void presenter_play (Journey *journey);
void presenter_finale (Journey *journey);

G_END_DECLS
