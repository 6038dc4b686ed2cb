/* SPDX-License-Identifier: MIT
 * A step in words: why it failed or waits, what came of it, who sees what, what it will do.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"

#include <inttypes.h>

#define LABEL 15 /* cells of the labels at the left */

/* --- what came of it --- */

static void
say_problem (UiRich *rich, const UiProblem *problem)
{
  g_autofree char *call = NULL;
  const char *what = ui_show_sentence (problem->what, &call);
  ui_rich_pair (rich, LABEL, _ ("What happened"), UI_STYLE_STRONG, what);
  ui_rich_pair (rich, LABEL, _ ("Why"), UI_STYLE_TEXT, problem->why);
  ui_rich_pair (rich, LABEL, _ ("What to do"), UI_STYLE_TEXT, problem->next);
  if (problem->remote_code != NULL && problem->http_status > 0) {
    g_autofree char *code = g_strdup_printf ("%s (%u)", problem->remote_code, problem->http_status);
    ui_rich_pair (rich, LABEL, _ ("Answer"), UI_STYLE_DIM, code);
  } else {
    ui_rich_pair (rich, LABEL, _ ("Answer"), UI_STYLE_DIM, problem->remote_code);
  }
  ui_rich_pair (rich, LABEL, _ ("Correlation"), UI_STYLE_DIM, problem->correlation_id);
  ui_rich_pair (rich, LABEL, _ ("Call"), UI_STYLE_DIM, call);
}

static void
say_failed (Journey *journey, UiRich *rich, const UiStep *step, const UiStepDetail *detail)
{
  g_autofree char *time = ui_show_time (step->finished_ms);
  gboolean stopped = detail->failure != NULL && detail->failure->code == CR_ERROR_CANCELLED;
  UiState mark = stopped ? UI_STATE_CANCELLED : UI_STATE_FAILED;
  ui_rich_format (rich, ui_state_style (mark), "%s ", ui_state_glyph (mark, journey->ascii));
  ui_rich_add (rich, ui_state_style (mark), stopped ? _ ("It was stopped") : _ ("It failed"));
  if (*time != '\0')
    ui_rich_format (rich, UI_STYLE_DIM, "  %s", time);
  if (step->attempts > 1)
    ui_rich_format (rich, UI_STYLE_DIM, _ (", attempt %u"), step->attempts);
  ui_rich_end (rich);
  if (detail->failure != NULL)
    say_problem (rich, detail->failure);
  else
    ui_rich_pair (rich, LABEL, _ ("What happened"), UI_STYLE_STRONG, step->note);
  ui_rich_line (rich, UI_STYLE_DIM, _ ("What was done so far is kept; trying again goes on from there."));
}

static void
say_refused (Journey *journey, UiRich *rich)
{
  const UiRunningStep *refusal = journey_refusal (journey);
  if (refusal == NULL)
    return;
  ui_rich_item (rich, UI_STYLE_FAILED, ui_state_glyph (UI_STATE_FAILED, journey->ascii), UI_STYLE_FAILED,
                _ ("It was not started"));
  say_problem (rich, refusal->failure);
}

static void
say_waiting (Journey *journey, UiRich *rich, const UiStep *step, const UiStepDetail *detail)
{
  const char *mark = ui_state_glyph (UI_STATE_WAITING, journey->ascii);
  for (guint i = 0; i < step->waits->len; i++) {
    const UiWait *wait = g_ptr_array_index (step->waits, i);
    g_autofree char *text = wait->title != NULL ? g_strdup_printf ("%s: %s", wait->persona, wait->title)
                                                : g_strdup (wait->persona);
    ui_rich_item (rich, UI_STYLE_WAITING, mark, UI_STYLE_STRONG, text != NULL ? text : wait->artefact);
  }
  if (step->waits->len == 0)
    ui_rich_item (rich, UI_STYLE_WAITING, mark, UI_STYLE_STRONG, step->waits_text);
  if (detail->failure != NULL && step->note != NULL)
    ui_rich_line (rich, UI_STYLE_TEXT, step->note);
  if (step->automatic)
    ui_rich_line (rich, UI_STYLE_TEXT,
                  _ ("Nothing to do for you: it goes on by itself as soon as that is done."));
  else if (ui_session_presenter (journey->session))
    ui_rich_line (rich, UI_STYLE_TEXT, _ ("Enter goes there."));
  else if (journey_is_decision (detail))
    ui_rich_line (rich, UI_STYLE_TEXT, _ ("You are asked as soon as that is done."));
  else
    ui_rich_line (rich, UI_STYLE_TEXT, _ ("Start it now and it goes on by itself as soon as that is done."));
}

static void
say_first (Journey *journey, UiRich *rich, const UiStep *step)
{
  for (guint i = 0; i < step->waits->len; i++) {
    const UiWait *wait = g_ptr_array_index (step->waits, i);
    if (wait->title == NULL)
      continue;
    g_autofree char *text = wait->mine ? g_strdup (wait->title)
                                       : g_strdup_printf ("%s: %s", wait->persona, wait->title);
    if (i == 0)
      ui_rich_line (rich, UI_STYLE_TEXT, _ ("Something comes first:"));
    ui_rich_item (rich, UI_STYLE_DIM, ui_state_glyph (UI_STATE_BLOCKED, journey->ascii), UI_STYLE_TEXT, text);
  }
}

static void
say_files (Journey *journey, UiRich *rich, GPtrArray *artefacts)
{
  for (guint i = 0; i < artefacts->len; i++) {
    const UiArtefact *artefact = g_ptr_array_index (artefacts, i);
    if (i == 0)
      ui_rich_heading (rich, _ ("Files"));
    UiState mark = artefact->present ? UI_STATE_DONE : UI_STATE_WARNING;
    ui_rich_format (rich, ui_state_style (mark), "%s ", ui_state_glyph (mark, journey->ascii));
    ui_rich_add (rich, UI_STYLE_LINK, artefact->path);
    ui_rich_add (rich, UI_STYLE_DIM,
                 !artefact->present ? _ ("  gone")
                 : artefact->shared ? _ ("  all parties see it")
                                    : _ ("  only here"));
    ui_rich_hang (rich, 2);
    ui_rich_end (rich);
  }
}

static void
say_done (Journey *journey, UiRich *rich, const UiStep *step, const UiStepDetail *detail)
{
  if (step->note != NULL)
    ui_rich_item (rich, UI_STYLE_WARNING, ui_state_glyph (UI_STATE_WARNING, journey->ascii), UI_STYLE_TEXT,
                  step->note);
  for (guint i = 0; i < detail->happened->len; i++)
    ui_rich_item (rich, UI_STYLE_OK, ui_state_glyph (UI_STATE_DONE, journey->ascii), UI_STYLE_TEXT,
                  g_ptr_array_index (detail->happened, i));
  if (detail->columns->len > 0) {
    ui_rich_end (rich);
    journey_words_table (rich, detail->columns, detail->rows, detail->row_count, 0);
  }
  for (guint i = 0; i < detail->results->len; i++) {
    const UiPair *pair = g_ptr_array_index (detail->results, i);
    if (i == 0)
      ui_rich_heading (rich, _ ("Result"));
    ui_rich_pair (rich, LABEL, pair->name, UI_STYLE_TEXT, pair->text);
  }
  say_files (journey, rich, detail->artefacts);
  g_autofree char *time = ui_show_date_time (step->finished_ms);
  g_autofree char *took = step->started_ms > 0 && step->finished_ms >= step->started_ms
                              ? ui_show_duration (step->finished_ms - step->started_ms)
                              : NULL;
  if (*time != '\0') {
    ui_rich_end (rich);
    ui_rich_add (rich, UI_STYLE_DIM, time);
    if (took != NULL)
      ui_rich_format (rich, UI_STYLE_DIM, _ (", took %s"), took);
    ui_rich_end (rich);
  }
}

void
journey_words_state (Journey *journey, UiRich *rich, const UiStep *step, const UiStepDetail *detail)
{
  switch (step->state) {
  case UI_STEP_FAILED:
    say_failed (journey, rich, step, detail);
    break;
  case UI_STEP_WAITING:
    say_waiting (journey, rich, step, detail);
    break;
  case UI_STEP_TODO:
    say_refused (journey, rich);
    say_first (journey, rich, step);
    break;
  case UI_STEP_DONE:
    say_done (journey, rich, step, detail);
    break;
  case UI_STEP_INTERRUPTED:
    ui_rich_item (rich, UI_STYLE_WARNING, ui_state_glyph (UI_STATE_WARNING, journey->ascii), UI_STYLE_TEXT,
                  _ ("It was interrupted in the middle. Going on repeats nothing that is done already."));
    break;
  case UI_STEP_CANCELLED:
    ui_rich_item (rich, UI_STYLE_WARNING, ui_state_glyph (UI_STATE_CANCELLED, journey->ascii), UI_STYLE_TEXT,
                  _ ("Cancelled. What was done is kept; run it again to go on."));
    break;
  case UI_STEP_SKIPPED:
    ui_rich_line (rich, UI_STYLE_TEXT, _ ("This step is not needed here."));
    break;
  case UI_STEP_READY:
    if (step->note != NULL)
      ui_rich_item (rich, UI_STYLE_WARNING, ui_state_glyph (UI_STATE_WARNING, journey->ascii), UI_STYLE_TEXT,
                    step->note);
    say_refused (journey, rich);
    if (detail->irreversible && !journey_is_decision (detail))
      ui_rich_item (rich, UI_STYLE_WARNING, ui_state_glyph (UI_STATE_WARNING, journey->ascii), UI_STYLE_TEXT,
                    _ ("This cannot be undone."));
    break;
  case UI_STEP_RUNNING: {
    const UiOverview *overview = ui_session_overview (journey->session);
    if (overview->holder != NULL)
      ui_rich_format (rich, UI_STYLE_WARNING, _ ("Another program works as %s: %s."), overview->persona_title,
                      overview->holder);
    ui_rich_end (rich);
    break;
  }
  }
}

/* --- what it is about --- */

void
journey_words_about (Journey *journey, UiRich *rich, const UiStep *step, const UiStepDetail *detail)
{
  (void) journey;
  if (detail->sees != NULL) {
    ui_rich_heading (rich, _ ("Who sees what"));
    ui_rich_line (rich, UI_STYLE_TEXT, detail->sees);
  }
  gboolean done = step->state == UI_STEP_DONE || step->state == UI_STEP_SKIPPED;
  if (!done) {
    ui_rich_heading (rich, _ ("What it does"));
    ui_rich_pair (rich, LABEL, _ ("Takes"), UI_STYLE_TEXT, step->takes);
    for (guint i = 0; i < detail->makes->len; i++)
      ui_rich_pair (rich, LABEL, i == 0 ? _ ("Writes") : "", UI_STYLE_LINK,
                    g_ptr_array_index (detail->makes, i));
    if (detail->plan->len > 0) {
      g_autofree char *calls = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "at most %u kind of call",
                                                             "at most %u kinds of calls", detail->plan->len),
                                                detail->plan->len);
      ui_rich_pair (rich, LABEL, _ ("Calls"), UI_STYLE_TEXT, calls);
    } else {
      ui_rich_pair (rich, LABEL, _ ("Calls"), UI_STYLE_TEXT, _ ("none: it works on this machine only"));
    }
    ui_rich_pair (rich, LABEL, _ ("Undo"), detail->irreversible ? UI_STYLE_WARNING : UI_STYLE_TEXT,
                  detail->irreversible ? _ ("cannot be undone") : _ ("can be done again at any time"));
  }
}

void
journey_words_calls (UiRich *rich, const UiStepDetail *detail)
{
  if (detail == NULL || detail->plan->len == 0) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("It makes no calls: it works on this machine only."));
    return;
  }
  for (guint i = 0; i < detail->plan->len; i++) {
    const char *line = g_ptr_array_index (detail->plan, i);
    g_auto (GStrv) parts = g_strsplit (line, " ", 2);
    ui_rich_format (rich, UI_STYLE_KEY, "%-6s ", parts[0] != NULL ? parts[0] : "");
    ui_rich_add (rich, UI_STYLE_CODE, parts[0] != NULL && parts[1] != NULL ? parts[1] : "");
    ui_rich_hang (rich, 7);
    ui_rich_end (rich);
  }
}

void
journey_words_command (UiRich *rich, const UiStepDetail *detail)
{
  if (detail != NULL && detail->az != NULL)
    ui_rich_line (rich, UI_STYLE_CODE, detail->az);
}

/* --- tables --- */

#define WIDEST 40

static gboolean
is_number (const char *text)
{
  return *text != '\0' && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, NULL, NULL);
}

static const char *
text_at (GPtrArray *row, guint column)
{
  const char *text = column < row->len ? g_ptr_array_index (row, column) : NULL;
  return text != NULL ? text : "";
}

static void
add_cell (UiRich *rich, UiStyle style, const char *text, int cells, gboolean right, gboolean last)
{
  g_autofree char *cut = ui_cells_cut (text, cells, FALSE);
  int blank = cells - ui_cells_width (cut);
  if (right)
    ui_rich_format (rich, style, "%*s", blank, "");
  ui_rich_add (rich, style, cut);
  if (!last)
    ui_rich_format (rich, style, "%*s", (right ? 0 : blank) + 2, "");
}

void
journey_words_table (UiRich *rich, GPtrArray *columns, GPtrArray *rows, guint64 total, guint limit)
{
  guint shown = limit > 0 ? MIN (rows->len, limit) : rows->len;
  g_autofree int *cells = g_new0 (int, columns->len + 1);
  g_autofree gboolean *numbers = g_new0 (gboolean, columns->len + 1);
  for (guint column = 0; column < columns->len; column++) {
    cells[column] = ui_cells_width (text_at (columns, column));
    numbers[column] = shown > 0;
    for (guint i = 0; i < shown; i++) {
      const char *text = text_at (g_ptr_array_index (rows, i), column);
      cells[column] = MAX (cells[column], MIN (WIDEST, ui_cells_width (text)));
      numbers[column] = numbers[column] && is_number (text);
    }
  }
  for (guint i = 0; i <= shown; i++) {
    GPtrArray *row = i == 0 ? columns : g_ptr_array_index (rows, i - 1);
    for (guint column = 0; column < columns->len; column++)
      add_cell (rich, i == 0 ? UI_STYLE_HEADING : UI_STYLE_TEXT, text_at (row, column), cells[column],
                numbers[column], column + 1 == columns->len);
    ui_rich_no_wrap (rich);
    ui_rich_end (rich);
  }
  if (shown == 0)
    ui_rich_line (rich, UI_STYLE_DIM, _ ("No rows."));
  else if (total > shown)
    ui_rich_format (rich, UI_STYLE_DIM, _ ("and %" PRIu64 " more rows"), total - shown);
  ui_rich_end (rich);
}
