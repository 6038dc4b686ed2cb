/* SPDX-License-Identifier: MIT
 * The journeys as numbered lines: start and end, the stack of pages, and what comes next.
 */
#include "ui/line/line-private.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/translate.h"
#include "ui/curses/settings.h"

#include <glib-unix.h>

#include <signal.h>
#include <stdlib.h>

#define WIDTH 78
#define LEAST_WIDTH 20
#define SETTLE_MS 20u
#define SETTLE_TICKS 100u /* so long what is being read newly holds up a question */
#define PATIENCE_TICKS 50u
#define ROWS 15u

/* ---- pages ---- */

LineOpen *
line_top (Line *line)
{
  return line->pages->len > 0 ? g_ptr_array_index (line->pages, line->pages->len - 1) : NULL;
}

static void
show (Line *line, LineOpen *open, gboolean shown)
{
  if (open == NULL || open->shown == shown)
    return;
  open->shown = shown;
  if (shown) {
    if (open->page->model != UI_MODEL_LAST)
      ui_session_show (line->session, open->page->model, open->page->takes_object ? open->object : NULL);
    if (open->also != UI_MODEL_LAST)
      ui_session_show (line->session, open->also, open->also_object);
    return;
  }
  if (open->page->model != UI_MODEL_LAST)
    ui_session_hide (line->session, open->page->model);
  if (open->also != UI_MODEL_LAST)
    ui_session_hide (line->session, open->also);
}

static void
open_free (gpointer data)
{
  LineOpen *open = data;
  g_free (open->object);
  g_free (open->also_object);
  g_free (open);
}

static void
turn_to (Line *line)
{
  show (line, line_top (line), TRUE);
  line->told = FALSE;
  line->ticks = 0;
  line_go_on (line);
}

static void
pop (Line *line)
{
  show (line, line_top (line), FALSE);
  g_ptr_array_set_size (line->pages, (int) line->pages->len - 1);
}

void
line_open (Line *line, const LinePage *page, const char *object)
{
  LineOpen *open = g_new0 (LineOpen, 1);
  open->page = page;
  open->object = g_strdup (object);
  open->also = UI_MODEL_LAST;
  show (line, line_top (line), FALSE);
  g_ptr_array_add (line->pages, open);
  turn_to (line);
}

void
line_replace (Line *line, const LinePage *page, const char *object)
{
  g_autofree char *kept = g_strdup (object); /* it may be of the page that goes */
  if (line->pages->len > 0)
    pop (line);
  line_open (line, page, kept);
}

void
line_back (Line *line, const char *object)
{
  (void) object;
  if (line->pages->len < 2) {
    line_say (line, "%s", _ ("This is the first page; quit leaves the program."));
    line_prompt_again (line);
    return;
  }
  pop (line);
  turn_to (line);
}

void
line_home (Line *line, const char *object)
{
  (void) object;
  while (line->pages->len > 1)
    pop (line);
  turn_to (line);
}

void
line_again (Line *line, const char *object)
{
  LineOpen *open = line_top (line);
  (void) object;
  if (open != NULL && open->page->model != UI_MODEL_LAST)
    ui_session_refresh (line->session, open->page->model);
  line->told = FALSE;
  line->ticks = 0;
  line_go_on (line);
}

gboolean
line_also (Line *line, UiModelKind kind, const char *object)
{
  LineOpen *open = line_top (line);
  if (open->also == kind && g_strcmp0 (open->also_object, object) == 0)
    return TRUE;
  if (open->also != UI_MODEL_LAST)
    ui_session_hide (line->session, open->also);
  open->also = kind;
  g_free (open->also_object);
  open->also_object = g_strdup (object);
  ui_session_show (line->session, kind, object);
  ui_session_refresh (line->session, kind); /* what was read a while ago may be another one now */
  return FALSE;
}

/* ---- long lists ---- */

static void
more (Line *line, const char *object)
{
  LineOpen *open = line_top (line);
  open->first = (guint) g_ascii_strtoull (object, NULL, 10);
  line->told = FALSE;
}

void
line_rows (Line *line, guint count, LineRow row, LineRun run)
{
  LineOpen *open = line_top (line);
  if (open->first >= count)
    open->first = 0;
  guint last = MIN (open->first + ROWS, count);
  for (guint i = open->first; i < last; i++) {
    g_autofree char *object = NULL;
    g_autofree char *label = row (line, i, &object);
    line_choice (line, label, run, object);
  }
  if (last < count) {
    g_autofree char *label = g_strdup_printf (_ ("More: %u to %u of %u"), last + 1, MIN (last + ROWS, count),
                                              count);
    g_autofree char *at = g_strdup_printf ("%u", last);
    line_choice (line, label, more, at);
  }
  if (open->first > 0) {
    g_autofree char *at = g_strdup_printf ("%u", open->first > ROWS ? open->first - ROWS : 0);
    line_choice (line, _ ("The rows before"), more, at);
  }
}

/* ---- what comes next ---- */

static gboolean
being_read (Line *line, UiModelKind kind)
{
  const UiValue *value = kind != UI_MODEL_LAST ? ui_session_value (line->session, kind) : NULL;
  return value != NULL && value->status == UI_MODEL_LOADING;
}

static gboolean
tick (gpointer data)
{
  Line *line = data;
  line->settle = 0;
  line->ticks++;
  line_go_on (line);
  return G_SOURCE_REMOVE;
}

/* Everything that the open page tells was read, or has been waited for long enough. */
static gboolean
settled (Line *line)
{
  const LineOpen *open = line_top (line);
  gboolean loading = being_read (line, open->page->model) || being_read (line, open->also)
                     || being_read (line, UI_MODEL_OVERVIEW)
                     || (ui_session_persona (line->session) != NULL && being_read (line, UI_MODEL_JOURNEY));
  if (!loading && (ui_session_idle (line->session) || line->ticks > SETTLE_TICKS))
    return TRUE;
  if (loading && line->ticks == PATIENCE_TICKS)
    line_say (line, "%s", _ ("Reading..."));
  if (line->settle == 0)
    line->settle = g_timeout_add (SETTLE_MS, tick, line);
  return FALSE;
}

static void
tell (Line *line)
{
  LineOpen *open = line_top (line);
  line_choices_clear (line);
  line->told = TRUE;
  line->stale = FALSE;
  if (open->page->title != NULL) {
    line_gap (line);
    line_text (line, 0, cr_translate (open->page->title));
  }
  open->page->tell (line, open->object);
  if (!line->told || line_top (line) != open)
    return; /* it needs something else first, or has opened another one */
  if (line->pages->len > 1) {
    line_choice (line, _ ("Back"), line_back, NULL);
    if (line->chosen == 0)
      line_recommend (line);
  }
  line_choices_put (line);
}

/* Another party has acted, or a step of ours has come to its end. */
static gboolean
wait_is_over (Line *line)
{
  const UiJourney *journey = ui_session_journey (line->session);
  return journey->next != NULL || journey->complete || journey->base.status == UI_MODEL_FAILED
         || journey->waiting_for == NULL;
}

static void
put_next (Line *line)
{
  line_sign_in (line);
  if (line->questions.length > 0) {
    line_question_put (line);
    return;
  }
  if (line->job != NULL)
    return;
  if (line->watch != NULL) {
    if (line->watch (line))
      return;
    line->watch = NULL;
    line->told = FALSE;
  }
  if (line->waiting) {
    const UiRunningStep *running = ui_session_running (line->session);
    if (running->running || !wait_is_over (line))
      return;
    line->waiting = line->told = FALSE;
  }
  if (!line->told && line_top (line) != NULL && settled (line))
    tell (line);
}

/* Typed ahead is kept for the question that is still to come; at a terminal words work at any time. */
static gboolean
may_take (Line *line)
{
  if (line->asked || (line->watch != NULL && !line->watch_ends)
      || (line->questions.length == 0 && line->told && line->job == NULL && !line->waiting
          && line->watch == NULL))
    return TRUE;
  return line_input_is_terminal (line->input)
         && (line->job != NULL || line->waiting || line->watch != NULL || line->ticks > PATIENCE_TICKS);
}

static void
input_ended (Line *line)
{
  if (!line->asked && !line->told && (line->watch == NULL || line->watch_ends))
    return; /* a step still runs; its end is told before */
  line_say (line, "%s", _ ("End of input. What was done is kept."));
  line_quit (line, line->code == 0 && line->bad_answer ? 2 : line->code);
}

static gboolean
pump (gpointer data)
{
  Line *line = data;
  line->pump = 0;
  if (line->ended)
    return G_SOURCE_REMOVE;
  put_next (line);
  if (line->ended || !may_take (line))
    return G_SOURCE_REMOVE;
  g_auto (CrSecretText) text = NULL;
  switch (line_input_take (line->input, &text)) {
  case LINE_LINE:
    line->interrupted = FALSE;
    line_answer (line, text);
    line_go_on (line);
    break;
  case LINE_TOO_LONG:
    line_say (line, "%s", _ ("That line is too long; nothing of it was used."));
    line->bad_answer = TRUE;
    line_prompt_again (line);
    line_go_on (line);
    break;
  case LINE_END:
    input_ended (line);
    break;
  case LINE_NOTHING:
    break;
  }
  return G_SOURCE_REMOVE;
}

void
line_go_on (Line *line)
{
  if (line->pump == 0 && !line->ended)
    line->pump = g_idle_add (pump, line);
}

static void
changed (UiSession *session, guint models, gpointer data)
{
  Line *line = data;
  (void) session;
  if (models & UI_MODEL_BIT (UI_MODEL_RUNNING))
    line_progress (line);
  if (models & UI_MODEL_BIT (UI_MODEL_JOURNEY))
    line_announce (line);
  if (models & UI_MODEL_BIT (UI_MODEL_DOCUMENT))
    line_document_news (line);
  line_go_on (line);
}

/* ---- start and end ---- */

void
line_quit (Line *line, int code)
{
  line->ended = TRUE;
  line->code = code;
  if (line->at_prompt)
    line_gap (line);
  g_main_loop_quit (line->loop);
}

static void
quit_answered (Line *line, const char *text, gpointer data)
{
  (void) data;
  if (g_strcmp0 (text, _ ("yes, leave")) == 0)
    line_quit (line, line->code);
}

void
line_ask_quit (Line *line)
{
  const char *const answers[] = { _ ("no, stay"), _ ("yes, leave"), NULL };
  g_autofree char *text = ui_session_quit_text (line->session);
  if (text == NULL) {
    line_say (line, "%s", _ ("Everything that was done is kept. Goodbye."));
    line_quit (line, line->code);
    return;
  }
  line_question_drop (line, &line->ended);
  g_autofree char *question = g_strdup_printf (_ ("%s\nLeave now?"), text);
  line_ask (line,
            &(LineQuestion){
                .text = question, .choices = answers, .answered = quit_answered, .data = &line->ended });
}

static gboolean
on_interrupt (gpointer line)
{
  line_interrupt (line);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate (gpointer line)
{
  line_quit (line, 128 + SIGTERM);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer line)
{
  ((Line *) line)->ended = TRUE;
  ((Line *) line)->code = 128 + SIGHUP;
  g_main_loop_quit (((Line *) line)->loop);
  return G_SOURCE_CONTINUE;
}

static void
input_came (Line *line)
{
  line_go_on (line);
}

static int
width_wanted (void)
{
  const char *columns = g_getenv ("COLUMNS");
  guint64 width = 0;
  if (columns != NULL && g_ascii_string_to_unsigned (columns, 10, 1, 1000, &width, NULL))
    return MAX ((int) width, LEAST_WIDTH);
  return WIDTH;
}

static void
start (Line *line, const UiLineOptions *options)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *path = ui_settings_path ();
  g_autoptr (UiSettings) settings = ui_settings_load (path, &problem);
  UiSessionOptions session = {
    .state_dir = options->state_dir,
    .environment = options->environment,
    .as = options->as,
    .scenario = options->scenario != NULL ? options->scenario : settings->scenario,
    .persona = options->persona,
    .read_only = options->read_only,
    .presenter = options->present,
    .auto_approve = options->present,
    .own_keyring = options->own_keyring || options->present,
    .refresh_ms = settings->refresh * 1000,
  };
  if (problem != NULL)
    line_say (line, _ ("The settings cannot be used: %s"), problem->message);
  line->session = ui_session_new (&session);
  ui_session_on_change (line->session, changed, line);
  const GError *other = ui_session_environment_problem (line->session);
  if (other != NULL)
    line_say (line, _ ("%s %s The local environment is used."), other->message,
              cr_error_hint (other) != NULL ? cr_error_hint (other) : "");
  if (options->read_only)
    line_say (line, "%s", _ ("Read-only: nothing will be changed."));
  line_open (line,
             options->present           ? &line_page_presenter
             : options->persona != NULL ? &line_page_journey
                                        : &line_page_choose,
             NULL);
}

int
ui_line_run (const UiLineOptions *options, GError **error)
{
  (void) error; /* what goes wrong is told where it is seen */
  Line line = { .width = width_wanted () };
  line.loop = g_main_loop_new (NULL, FALSE);
  line.undo = ui_undo_new ();
  line.pages = g_ptr_array_new_with_free_func (open_free);
  line.choices = g_ptr_array_new_with_free_func (line_choice_free);
  line.lines_told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  line.later = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&line.questions);
  line.input = line_input_new (input_came, &line);
  guint signals[] = { g_unix_signal_add (SIGINT, on_interrupt, &line),
                      g_unix_signal_add (SIGTERM, on_terminate, &line),
                      g_unix_signal_add (SIGHUP, on_hangup, &line) };
  start (&line, options);
  g_main_loop_run (line.loop);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (signals[i]);
  g_clear_handle_id (&line.pump, g_source_remove);
  g_clear_handle_id (&line.settle, g_source_remove);
  ui_session_forget (line.session, &line);
  line_questions_clear (&line);
  line_input_free (line.input);
  g_clear_pointer (&line.job, ui_job_unref);
  g_free (line.then_object);
  ui_session_free (line.session);
  ui_value_unref (line.journey);
  ui_undo_free (line.undo);
  g_ptr_array_unref (line.pages);
  g_ptr_array_unref (line.choices);
  g_hash_table_unref (line.lines_told);
  g_hash_table_unref (line.later);
  g_free (line.code_told);
  g_free (line.digest);
  g_free (line.document_told);
  g_free (line.just_ran);
  g_free (line.said_step);
  line_step_free (&line);
  g_main_loop_unref (line.loop);
  return line.code;
}
