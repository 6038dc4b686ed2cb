/* SPDX-License-Identifier: MIT
 * Times, sizes, states and results as several screens show them, see show.h.
 */
#include "ui/curses/screens/show.h"

#include "base/text.h"
#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

static char *
format_time (gint64 ms, gboolean always_date)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) at = NULL;

  if (ms <= 0)
    return g_strdup ("");
  at = g_date_time_new_from_unix_local (ms / 1000);
  if (at == NULL)
    return g_strdup ("");
  if (!always_date && g_date_time_get_year (now) == g_date_time_get_year (at)
      && g_date_time_get_day_of_year (now) == g_date_time_get_day_of_year (at))
    return g_date_time_format (at, "%H:%M:%S");
  return g_date_time_format (at, "%Y-%m-%d %H:%M:%S");
}

char *
ui_show_time (gint64 ms)
{
  return format_time (ms, FALSE);
}

char *
ui_show_clock (gint64 ms)
{
  g_autofree char *time = format_time (ms, FALSE);
  gsize length = strlen (time);

  /* "2026-11-21 12:04:31" -> "11-21 12:04" */
  return length == 19 ? g_strndup (time + 5, 11) : g_steal_pointer (&time);
}

char *
ui_show_date_time (gint64 ms)
{
  return format_time (ms, TRUE);
}

char *
ui_show_age (gint64 ms)
{
  gint64 seconds = ms > 0 ? (g_get_real_time () / 1000 - ms) / 1000 : -1;

  if (ms <= 0)
    return g_strdup ("");
  if (seconds < 60)
    return g_strdup (_ ("just now"));
  if (seconds < 60 * 60)
    return g_strdup_printf (_ ("%d min"), (int) (seconds / 60));
  if (seconds < 2 * 24 * 60 * 60)
    return g_strdup_printf (_ ("%d h"), (int) (seconds / 3600));
  return g_strdup_printf (_ ("%d days"), (int) (seconds / 86400));
}

char *
ui_show_duration (gint64 ms)
{
  if (ms < 0)
    return g_strdup ("");
  if (ms == 0)
    return g_strdup (_ ("under 1 s"));
  if (ms < 1000)
    return g_strdup_printf (_ ("%d ms"), (int) ms);
  if (ms < 60000)
    return g_strdup_printf (_ ("%.1f s"), (double) ms / 1000);
  if (ms < 3600000)
    return g_strdup_printf (_ ("%d min %d s"), (int) (ms / 60000), (int) (ms / 1000 % 60));
  return g_strdup_printf (_ ("%d h %d min"), (int) (ms / 3600000), (int) (ms / 60000 % 60));
}

char *
ui_show_bytes (guint64 bytes)
{
  return g_format_size (bytes);
}

char *
ui_show_count (guint64 count)
{
  return g_strdup_printf ("%'" PRIu64, count);
}

char *
ui_show_digest (const char *hex)
{
  GString *out = g_string_new (NULL);

  if (hex != NULL && g_str_has_prefix (hex, "sha256:"))
    hex += strlen ("sha256:");
  if (hex == NULL || strlen (hex) < 16 || strspn (hex, "0123456789abcdefABCDEF") != strlen (hex))
    return g_string_free (g_string_append (out, hex != NULL ? hex : ""), FALSE);
  for (gsize i = 0; hex[i] != '\0'; i++) {
    if (i > 0 && i % 8 == 0)
      g_string_append_c (out, ' ');
    g_string_append_c (out, hex[i]);
  }
  return g_string_free (out, FALSE);
}

/* ---- states ---- */

static const struct {
  const char *wire, *word;
  UiState state;
} states[] = {
  { "Draft", N_ ("draft"), UI_STATE_BLOCKED },
  { "Proposed", N_ ("proposed"), UI_STATE_WAITING },
  { "Accepted", N_ ("accepted"), UI_STATE_DONE },
  { "Rejected", N_ ("rejected"), UI_STATE_FAILED },
  { "Open", N_ ("open"), UI_STATE_WAITING },
  { "Withdrawn", N_ ("withdrawn"), UI_STATE_CANCELLED },
  { "Dropped", N_ ("dropped"), UI_STATE_CANCELLED },
  { "Failed", N_ ("failed"), UI_STATE_FAILED },
  { "Active", N_ ("active"), UI_STATE_DONE },
  { "Finalized", N_ ("admitted"), UI_STATE_DONE },
  { "SUBMITTED", N_ ("submitted"), UI_STATE_RUNNING },
  { "RUNNING", N_ ("running"), UI_STATE_RUNNING },
  { "SUCCEEDING", N_ ("finishing"), UI_STATE_RUNNING },
  { "FAILING", N_ ("failing"), UI_STATE_RUNNING },
  { "PENDING_RERUN", N_ ("waits to start again"), UI_STATE_RUNNING },
  { "INVALIDATING", N_ ("waits to start again"), UI_STATE_RUNNING },
  { "COMPLETED", N_ ("completed"), UI_STATE_DONE },
  { "FAILED", N_ ("failed"), UI_STATE_FAILED },
  { "SUBMISSION_FAILED", N_ ("could not start"), UI_STATE_FAILED },
  { "UNKNOWN", N_ ("no news yet"), UI_STATE_RUNNING },
  { "enabled", N_ ("enabled"), UI_STATE_DONE },
  { "disabled", N_ ("disabled"), UI_STATE_CANCELLED },
  { "not published", N_ ("not published"), UI_STATE_BLOCKED },
};

UiState
ui_show_state_of (const char *word)
{
  for (gsize i = 0; word != NULL && i < G_N_ELEMENTS (states); i++)
    if (strcmp (states[i].wire, word) == 0)
      return states[i].state;
  return UI_STATE_INFO;
}

const char *
ui_show_state_word (const char *word)
{
  for (gsize i = 0; word != NULL && i < G_N_ELEMENTS (states); i++)
    if (strcmp (states[i].wire, word) == 0)
      return cr_translate (states[i].word);
  return word != NULL ? word : "";
}

UiStyle
ui_show_state_cell (GString *text, const char *word, gboolean ascii)
{
  UiState state = ui_show_state_of (word);

  g_string_append_printf (text, "%s %s", ui_state_glyph (state, ascii), ui_show_state_word (word));
  return ui_state_style (state);
}

/* ---- models ---- */

static char *
problem_line (const UiProblem *problem)
{
  GString *text = g_string_new (problem->what);

  if (problem->why != NULL)
    g_string_append_printf (text, "\n%s", problem->why);
  if (problem->next != NULL)
    g_string_append_printf (text, "\n\n%s", problem->next);
  return g_string_free (text, FALSE);
}

void
ui_show_status (UiList *list, const UiValue *value)
{
  g_autofree char *message = NULL;

  if (value->status == UI_MODEL_FAILED && value->problem != NULL)
    message = problem_line (value->problem);
  ui_list_set_status (list,
                      value->status == UI_MODEL_READY     ? UI_LIST_READY
                      : value->status == UI_MODEL_LOADING ? UI_LIST_LOADING
                                                          : UI_LIST_FAILED,
                      message);
}

void
ui_show_list_status (UiList *list, const UiValue *value, const char *empty)
{
  gboolean waits = value->status == UI_MODEL_FAILED && value->read_ms == 0 && value->problem != NULL
                   && value->problem->code == CR_ERROR_WAITING;
  g_autofree char *line = NULL, *text = NULL;

  if (!waits) {
    ui_list_set_empty (list, empty);
    ui_show_status (list, value);
    return;
  }
  line = problem_line (value->problem);
  text = g_strdup_printf ("%s\n\n%s", line, _ ("Key 1 opens the journey."));
  ui_list_set_empty (list, text);
  ui_list_set_status (list, UI_LIST_READY, NULL);
}

/* Data is counted in bytes, files in pieces; a step has never so many pieces. */
#define LEAST_BYTES 2000u

gboolean
ui_show_moves_data (const UiRunningStep *running)
{
  return running->running && MAX (running->total, running->done) >= LEAST_BYTES;
}

char *
ui_show_minutes (gint64 ms)
{
  return g_strdup_printf ("%" PRId64 ":%02d", ms / 60000, (int) (ms / 1000 % 60));
}

static char *
amount_text (const UiRunningStep *running, guint64 amount)
{
  return running->total == 0 || running->total >= LEAST_BYTES ? ui_show_bytes (amount)
                                                              : ui_show_count (amount);
}

char *
ui_show_figures (const UiRunningStep *running)
{
  GString *text = g_string_new (NULL);
  g_autofree char *done = amount_text (running, running->done);
  g_autofree char *total = amount_text (running, running->total);

  if (running->total > 0)
    g_string_append_printf (text, _ ("%s of %s"), done, total);
  else if (running->done > 0)
    g_string_append (text, done);
  if (running->rate >= 1) {
    g_autofree char *rate = amount_text (running, (guint64) running->rate);

    g_string_append_printf (text, _ ("   %s/s"), rate);
  }
  if (running->left_ms >= 1000) {
    g_autofree char *left = ui_show_minutes (running->left_ms);

    g_string_append_printf (text, _ ("   about %s left"), left);
  }
  return g_string_free (text, FALSE);
}

void
ui_show_cancel_step (UiSession *session)
{
  const UiRunningStep *running = ui_session_running (session);
  g_autoptr (GPtrArray) jobs = ui_session_jobs (session);
  gboolean playing = ui_session_overview (session)->playing;

  if (playing)
    ui_play_pause (session);
  for (guint i = jobs->len; i > 0; i--) {
    UiJob *job = g_ptr_array_index (jobs, i - 1);

    if (playing || g_strcmp0 (ui_job_title (job), running->title) == 0) {
      ui_job_cancel (job);
      return;
    }
  }
}

const char *
ui_show_sentence (const char *what, char **call)
{
  const char *address = strchr (what, ' ');
  const char *answer = address != NULL && g_str_has_prefix (address + 1, "http") ? strstr (address, ": ")
                                                                                 : NULL;
  const char *sentence = answer != NULL && g_ascii_isdigit (answer[2]) ? strstr (answer + 2, ": ") : NULL;

  if (call != NULL)
    *call = sentence != NULL ? g_strndup (what, (gsize) (sentence - what)) : NULL;
  return sentence != NULL ? sentence + 2 : what;
}

void
ui_show_problem (UiRich *rich, const UiProblem *problem)
{
  if (problem == NULL)
    return;
  ui_rich_line (rich, problem->code == CR_ERROR_WAITING ? UI_STYLE_WAITING : UI_STYLE_FAILED,
                ui_show_sentence (problem->what, NULL));
  if (problem->why != NULL) {
    ui_rich_heading (rich, _ ("Why"));
    ui_rich_line (rich, UI_STYLE_TEXT, problem->why);
  }
  if (problem->remote_code != NULL || problem->http_status != 0) {
    ui_rich_add (rich, UI_STYLE_DIM, problem->remote_code != NULL ? problem->remote_code : "");
    if (problem->http_status != 0)
      ui_rich_format (rich, UI_STYLE_DIM, "%sHTTP %u", problem->remote_code != NULL ? "  " : "",
                      problem->http_status);
    if (problem->correlation_id != NULL)
      ui_rich_format (rich, UI_STYLE_DIM, "  %s", problem->correlation_id);
    ui_rich_end (rich);
  }
  if (problem->next != NULL) {
    ui_rich_heading (rich, _ ("What to do"));
    ui_rich_line (rich, UI_STYLE_STRONG, problem->next);
  }
}

gboolean
ui_show_not_ready (UiRich *rich, const UiValue *value)
{
  if (value->status == UI_MODEL_LOADING) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Reading..."));
    return TRUE;
  }
  if (value->status == UI_MODEL_FAILED && value->read_ms == 0) {
    ui_show_problem (rich, value->problem);
    return TRUE;
  }
  return FALSE;
}

void
ui_show_stale (UiRich *rich, const UiValue *value)
{
  g_autofree char *time = NULL;

  if (value->status != UI_MODEL_FAILED || value->problem == NULL)
    return;
  time = ui_show_time (value->read_ms);
  ui_rich_format (rich, UI_STYLE_WARNING, _ ("As it was at %s; it cannot be read now: %s"), time,
                  value->problem->what);
  ui_rich_end (rich);
  ui_rich_end (rich);
}

void
ui_show_ballots (UiRich *rich, GPtrArray *ballots, const char *missing, gboolean ascii)
{
  static const UiState marks[] = { [UI_BALLOT_MISSING] = UI_STATE_WAITING,
                                   [UI_BALLOT_ACCEPTED] = UI_STATE_DONE,
                                   [UI_BALLOT_REJECTED] = UI_STATE_FAILED,
                                   [UI_BALLOT_OTHER] = UI_STATE_INFO };
  int width = 10;

  for (guint i = 0; i < ballots->len; i++) {
    const UiBallot *ballot = ballots->pdata[i];

    width = MAX (width, MIN (cr_text_width (ballot->name), 32));
  }
  for (guint i = 0; i < ballots->len; i++) {
    const UiBallot *ballot = ballots->pdata[i];
    g_autofree char *name = cr_text_fit (ballot->name, width);
    UiState mark = marks[MIN ((guint) ballot->kind, G_N_ELEMENTS (marks) - 1)];

    ui_rich_format (rich, ui_state_style (mark), "%s ", ui_state_glyph (mark, ascii));
    ui_rich_add (rich, ballot->me ? UI_STYLE_STRONG : UI_STYLE_TEXT, name);
    ui_rich_format (rich, ui_state_style (mark), "  %s", ui_ballot_word (ballot->kind));
    if (ballot->me)
      ui_rich_format (rich, UI_STYLE_DIM, "  (%s)", _ ("you"));
    if (!ballot->counts)
      ui_rich_format (rich, UI_STYLE_DIM, "  (%s)", _ ("is not counted"));
    ui_rich_hang (rich, 2);
    ui_rich_end (rich);
  }
  if (missing != NULL)
    ui_rich_line (rich, UI_STYLE_WAITING, missing);
}

void
ui_show_switches (UiRich *rich, GPtrArray *switches, gboolean ascii)
{
  for (guint i = 0; i < switches->len; i++) {
    const UiSwitch *one = switches->pdata[i];
    g_autoptr (GString) text = g_string_new (NULL);
    UiStyle style = ui_show_state_cell (text, one->status, ascii);
    g_autofree char *name = cr_text_fit (one->name, 12);

    ui_rich_add (rich, UI_STYLE_LABEL, name);
    ui_rich_add (rich, style, text->str);
    if (one->reason != NULL)
      ui_rich_format (rich, UI_STYLE_TEXT, "  %s", one->reason);
    if (one->proposals->len > 0)
      ui_rich_format (rich, UI_STYLE_WAITING, "  %s",
                      _ ("a change is proposed, see the proposals of the consortium"));
    ui_rich_hang (rich, 12);
    ui_rich_end (rich);
  }
}

void
ui_show_pairs (UiRich *rich, GPtrArray *pairs, int label_cells)
{
  for (guint i = 0; i < pairs->len; i++) {
    const UiPair *pair = pairs->pdata[i];

    ui_rich_pair (rich, label_cells, pair->name, UI_STYLE_TEXT, pair->text);
  }
}

/* ---- results ---- */

void
ui_show_failure (UiApp *app, const char *title, const UiProblem *problem)
{
  g_autoptr (UiRich) rich = ui_rich_new ();

  ui_show_problem (rich, problem);
  ui_app_message (app, title, rich);
}

void
ui_show_result (UiSession *session G_GNUC_UNUSED, const UiResult *result, gpointer app)
{
  ui_app_sent (app, result->ok);
  if (result->ok) {
    ui_app_toast (app, UI_STATE_DONE, "%s", result->text);
    ui_app_activity (app, "%s", result->text);
    ui_app_undoable_result (app, result);
  } else if (result->cancelled)
    ui_app_toast (app, UI_STATE_CANCELLED, "%s", _ ("Cancelled; nothing else was sent."));
  else if (result->problem != NULL)
    ui_show_failure (app, _ ("It did not work"), result->problem);
}

UiAsked *
ui_asked_new (const char *object, const char *digest, const char *name, gboolean flag)
{
  UiAsked *asked = g_new0 (UiAsked, 1);

  asked->object = g_strdup (object);
  asked->digest = g_strdup (digest);
  asked->name = g_strdup (name);
  asked->flag = flag;
  return asked;
}

void
ui_asked_free (gpointer data)
{
  UiAsked *asked = data;

  g_free (asked->object);
  g_free (asked->digest);
  g_free (asked->text);
  g_free (asked->name);
  g_free (asked);
}
