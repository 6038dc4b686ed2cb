/* SPDX-License-Identifier: MIT
 * What several screens show the same way: times, sizes, problems, ballots, JSON and SQL; and what they do
 * with the result of an operation.
 */
#pragma once

#include "ui/curses/app.h"
#include "ui/curses/list.h"
#include "ui/curses/rich.h"
#include "ui/model/operations.h"
#include "ui/model/session.h"

G_BEGIN_DECLS

/* "12:04:31" for today, "2026-11-21 12:04:31" otherwise, "" for 0. Gives. */
char *ui_show_time (gint64 ms);
/* The same in at most 11 cells, for lists: "11-21 12:04" for another day. Gives. */
char *ui_show_clock (gint64 ms);
/* Always with the date. Gives. */
char *ui_show_date_time (gint64 ms);
/* "3 min", "2 h", "5 days" since MS; "" for 0. Gives. */
char *ui_show_age (gint64 ms);
/* "12.3 s", "4 min 5 s". Gives. */
char *ui_show_duration (gint64 ms);
/* "1:05". Gives. */
char *ui_show_minutes (gint64 ms);
/* "1.5 MB". Gives. */
char *ui_show_bytes (guint64 bytes);
/* "12,345" as the locale writes it. Gives. */
char *ui_show_count (guint64 count);
/* "AB:CD:..." or hex digits in groups, so that two people can compare them aloud. Gives; "" for NULL. */
char *ui_show_digest (const char *hex);

/* Mark and word of a state as the other side names it ("Accepted", "Proposed", "Open", "COMPLETED", ...). */
UiState ui_show_state_of (const char *word);
/* Append "v Accepted" to TEXT and give its style: the word is translated where it is a known one. */
UiStyle ui_show_state_cell (GString *text, const char *word, gboolean ascii);
/* The word in the language of the person. Borrowed from WORD or static. */
const char *ui_show_state_word (const char *word);

/* The status of a model on a list: loading, failed with the reason, ready. */
void ui_show_status (UiList *list, const UiValue *value);
/* The same, and what to show when there are no rows: EMPTY, or what the model waits for (no failure). */
void ui_show_list_status (UiList *list, const UiValue *value, const char *empty);
/* The sentence in WHAT, behind "POST https://...: 400 Code: " where it begins so; borrowed from WHAT. *CALL
 * (may be NULL) is that call and its answer, or NULL; gives. */
const char *ui_show_sentence (const char *what, char **call);
/* What happened, why, what to do. */
void ui_show_problem (UiRich *rich, const UiProblem *problem);
/* For a detail whose model is not ready: "Reading..." or the problem. TRUE when it wrote something. */
gboolean ui_show_not_ready (UiRich *rich, const UiValue *value);
/* A failed refresh on top of what is still known. */
void ui_show_stale (UiRich *rich, const UiValue *value);
void ui_show_ballots (UiRich *rich, GPtrArray *ballots, const char *missing, gboolean ascii);
void ui_show_switches (UiRich *rich, GPtrArray *switches, gboolean ascii);
/* UiPair*s as "name  text" lines. */
void ui_show_pairs (UiRich *rich, GPtrArray *pairs, int label_cells);
/* JSON as lines with names, texts and numbers told apart. Anything else is shown as it is. */
void ui_show_json (UiRich *rich, const char *lines);
/* SQL laid out for COLUMNS, lines numbered from *NUMBER on (which is moved on). */
void ui_show_sql (UiRich *rich, const char *sql, int columns, guint *number);

/* "12.3 MB of 28.1 MB   2.1 MB/s   about 0:08 left" of a step that runs. Gives. */
char *ui_show_figures (const UiRunningStep *running);
/* What it counts are bytes. */
gboolean ui_show_moves_data (const UiRunningStep *running);
/* Cancel the step that runs for the present persona. */
void ui_show_cancel_step (UiSession *session);

/* UiDone with the app as data: says what happened, or shows the problem in a dialog. */
void ui_show_result (UiSession *session, const UiResult *result, gpointer app);
void ui_show_failure (UiApp *app, const char *title, const UiProblem *problem);

/* A small record for a question that goes on to an operation. Texts are copied. */
typedef struct {
  char *object, *digest, *text, *name;
  gboolean flag;
} UiAsked;
UiAsked *ui_asked_new (const char *object, const char *digest, const char *name, gboolean flag);
void ui_asked_free (gpointer asked);

G_END_DECLS
