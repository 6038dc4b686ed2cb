/* SPDX-License-Identifier: MIT
 * One step: what it is for, its questions, what it will do, running it, what came of it, what helps when it
 * failed; and the steps that decide about a document.
 */
#include "ui/line/line-private.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/translate.h"

#include <inttypes.h>

static const UiStepDetail *
detail_of (Line *line)
{
  return ui_session_step (line->session);
}

static gboolean
is_decision (const UiStepDetail *detail)
{
  if (!detail->decides || detail->inputs->len != 1)
    return FALSE;
  const UiStepInput *input = g_ptr_array_index (detail->inputs, 0);
  return input->kind == UI_INPUT_CHOICE && input->required;
}

/* ---- running ---- */

static void
ran (Line *line, const UiResult *result, const char *step)
{
  const UiRunningStep *running = ui_session_running (line->session);
  const LineOpen *open = line_top (line);
  line_say_step (line, step, result->state);
  if (open == NULL || open->page != &line_page_step || g_strcmp0 (open->object, step) != 0)
    return;
  if (result->state == UI_STEP_WAITING && (result->ok || running->waits_automatic)) {
    line_pair (line, _ ("It waits for"), running->waits_text);
    if (running->waits_automatic)
      line_say (line, "%s", _ ("It goes on by itself as soon as that is done."));
  }
  /* What failed stays open: it says what helps. What gave a table shows it. */
  if (result->state == UI_STEP_WAITING)
    line_back (line, NULL);
  else {
    g_free (line->just_ran);
    line->just_ran = g_strdup (step);
  }
}

/* VALUES NULL = drafts and defaults. */
static void
run_now (Line *line, const char *step, GHashTable *values)
{
  const UiStep *now = ui_journey_step (ui_session_journey (line->session), step);
  gboolean again = now != NULL && (now->state == UI_STEP_DONE || now->state == UI_STEP_SKIPPED);
  if (now != NULL)
    line_say (line, _ ("Step %u, %s: running."), now->number, now->title);
  line_job (line,
            ui_run_step (line->session, step, values, again, !ui_session_presenter (line->session), line_done,
                         line),
            ran, step);
}

/* ---- what everybody gets to know for good ---- */

typedef struct {
  char *step, *word;
  GHashTable *values; /* or NULL */
} Publish;

static void
publish_free (gpointer data)
{
  Publish *publish = data;
  g_clear_pointer (&publish->values, g_hash_table_unref);
  g_free (publish->step);
  g_free (publish->word);
  g_free (publish);
}

static void
publish_answered (Line *line, const char *text, gpointer data)
{
  const Publish *publish = data;
  if (g_strcmp0 (text, publish->word) == 0)
    run_now (line, publish->step, publish->values);
  else
    line_say (line, "%s", _ ("Nothing was done."));
}

/* Who presents plays everybody and is told all of it. */
static void
run_with (Line *line, const char *step, GHashTable *values)
{
  const UiStepDetail *detail = detail_of (line);
  if (detail->step == NULL || g_strcmp0 (detail->step->id, step) != 0 || detail->publishes == NULL
      || ui_session_presenter (line->session)) {
    run_now (line, step, values);
    return;
  }
  Publish *publish = g_new0 (Publish, 1);
  publish->step = g_strdup (step);
  publish->word = g_strdup (C_ ("typed to confirm; easy to type", "publish"));
  publish->values = values != NULL ? g_hash_table_ref (values) : NULL;
  g_autofree char *digest = NULL;
  g_autofree char *what =
      ui_step_publishes (detail, values != NULL ? g_hash_table_lookup (values, "query") : NULL, &digest);
  line_heading (line,
                _ ("Everybody in the consortium can read this from then on; the ledger forgets nothing."));
  line_text (line, 2, what);
  if (digest != NULL)
    line_pair (line, _ ("SHA-256"), digest);
  g_autofree char *question = g_strdup_printf (_ ("%s\nType %s to go on; anything else leaves it as it is."),
                                               _ ("Publish this?"), publish->word);
  line_ask (line, &(LineQuestion){ .text = question,
                                   .optional = TRUE,
                                   .answered = publish_answered,
                                   .data = publish,
                                   .free_data = publish_free });
}

typedef struct {
  char *step;
  GHashTable *values;
} Filled;

static void
filled_free (gpointer data)
{
  Filled *filled = data;
  g_free (filled->step);
  if (filled->values != NULL)
    g_hash_table_unref (filled->values);
  g_free (filled);
}

static void
checked (UiSession *session, const UiResult *result, gpointer data)
{
  Line *line = data;
  (void) session;
  Filled *filled = g_steal_pointer (&line->filled);
  g_clear_pointer (&line->job, ui_job_unref);
  line->told = FALSE;
  if (result->ok)
    run_with (line, filled->step, filled->values);
  else if (!result->cancelled) {
    line_say (line, "%s", _ ("The answers do not fit:"));
    line_problem (line, result->problem);
    line->bad_answer = TRUE;
  }
  filled_free (filled);
  line_go_on (line);
}

/* Every answer is there: they are checked together, then the step runs. */
static void
form_filled (Line *line, GHashTable *values, gpointer data)
{
  Filled *filled = g_new0 (Filled, 1);
  filled->step = g_strdup (data);
  filled->values = g_hash_table_ref (values);
  g_clear_pointer (&line->filled, filled_free);
  line->filled = filled;
  line_job (line, ui_check_inputs (line->session, filled->step, values, checked, line), NULL, filled->step);
}

void
line_step_free (Line *line)
{
  g_clear_pointer (&line->filled, filled_free);
}

/* Two days called from and to are a range: a wrong one is told at once. */
char *
line_check_days (Line *line, const UiStepInput *input, const char *text, GHashTable *values, gpointer data)
{
  g_autoptr (GError) problem = NULL;
  (void) line, (void) data;
  if (input->kind != UI_INPUT_DATE || g_strcmp0 (input->name, "to") != 0
      || cr_day_range_check (g_hash_table_lookup (values, "from"), text, &problem))
    return NULL;
  return g_strdup (problem->message);
}

static void
ask_inputs (Line *line, const char *step)
{
  const UiStepDetail *detail = detail_of (line);
  if (detail->inputs->len == 0)
    run_with (line, step, NULL);
  else
    line_form (line, &(LineForm){ .inputs = detail->inputs,
                                  .owner = detail,
                                  .step = step,
                                  .check = line_check_days,
                                  .filled = form_filled,
                                  .data = g_strdup (step),
                                  .free_data = g_free });
}

/* Every required question has an answer that is good. */
static gboolean
is_answered (const UiStepDetail *detail)
{
  for (guint i = 0; i < detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (detail->inputs, i);
    /* A secret is not kept: what failed with one asks for it again. */
    if (input->kind == UI_INPUT_SECRET && (input->required || detail->step->state == UI_STEP_FAILED))
      return FALSE;
    g_autofree char *problem = ui_step_input_problem (input, input->value != NULL ? input->value : "");
    if (problem != NULL || (input->required && (input->value == NULL || *input->value == '\0')))
      return FALSE;
  }
  return TRUE;
}

static void
run_as_is (Line *line, const char *step)
{
  const UiStepDetail *detail = detail_of (line);
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (detail->inputs, i);
    if (input->kind != UI_INPUT_SECRET && input->value != NULL)
      g_hash_table_insert (values, g_strdup (input->name), g_strdup (input->value));
  }
  run_with (line, step, detail->inputs->len > 0 ? values : NULL);
}

/* ---- remedies ---- */

static void
then_run (Line *line, const UiResult *result, const char *step)
{
  if (result->ok)
    run_as_is (line, step);
}

static void
sign_in_anew (Line *line, const char *step)
{
  line_job (line, ui_sign_in (line->session, TRUE, line_done, line), then_run, step);
}

static void
start_sandbox (Line *line, const char *step)
{
  line_job (line, ui_start_sandbox (line->session, line_done, line), then_run, step);
}

static void
own_keyring (Line *line, const char *step)
{
  ui_session_set_own_keyring (line->session, TRUE);
  run_as_is (line, step);
}

static void
open_call (Line *line, const char *step)
{
  guint64 call = detail_of (line)->remedy_call;
  g_autofree char *number = g_strdup_printf ("%" PRIu64, call);
  (void) step;
  line_open (line, call > 0 ? &line_page_call : &line_page_calls, call > 0 ? number : NULL);
}

/* What helps is something else; the call may still tell more. */
static void
offer_call (Line *line, const UiStepDetail *detail)
{
  if (detail->remedy_call > 0 && detail->remedy != UI_REMEDY_SHOW_CALL)
    line_choice (line, _ ("Show the last call of it"), open_call, detail->step->id);
}

static void
probe (Line *line, const char *step)
{
  line_job (line, ui_probe_step (line->session, step, line_done, line), NULL, NULL);
}

static void
open_other_step (Line *line, const char *step)
{
  line_replace (line, &line_page_step, step);
}

static void
open_party (Line *line, const char *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", 2);
  ui_session_set_persona (line->session, parts[0]);
  line_replace (line, &line_page_step, parts[1]);
}

static void
offer_remedy (Line *line, const UiStepDetail *detail, UiRemedy remedy, const char *text)
{
  static const struct {
    UiRemedy remedy;
    LineRun run;
  } remedies[] = {
    { UI_REMEDY_SIGN_IN, sign_in_anew },        { UI_REMEDY_FIX_INPUT, ask_inputs },
    { UI_REMEDY_START_SANDBOX, start_sandbox }, { UI_REMEDY_OWN_KEYRING, own_keyring },
    { UI_REMEDY_SHOW_CALL, open_call },
  };
  for (guint i = 0; i < G_N_ELEMENTS (remedies); i++)
    if (remedies[i].remedy == remedy) {
      line_choice (line, text != NULL ? text : _ ("Do what helps"), remedies[i].run, detail->step->id);
      line_recommend (line);
    }
  gboolean mine = g_strcmp0 (detail->remedy_persona, ui_session_persona (line->session)) == 0;
  if (remedy != UI_REMEDY_OPEN_STEP || detail->remedy_step == NULL
      || (!mine && !ui_session_presenter (line->session)))
    return;
  g_autofree char *object = mine ? g_strdup (detail->remedy_step)
                                 : g_strdup_printf ("%s/%s", detail->remedy_persona, detail->remedy_step);
  line_choice (line, text != NULL ? text : _ ("Open that step"), mine ? open_other_step : open_party, object);
  line_recommend (line);
}

/* ---- decisions ---- */

void
line_step_decided (Line *line, const char *id, const char *word)
{
  const UiStepDetail *detail = detail_of (line);
  const UiStep *step = ui_journey_step (ui_session_journey (line->session), id);
  if (step == NULL || step->state == UI_STEP_DONE || detail->step == NULL || !is_decision (detail)
      || g_strcmp0 (detail->step->id, id) != 0) {
    line_back (line, NULL);
    return;
  }
  /* It is cast: the step takes note of it. */
  const UiStepInput *input = g_ptr_array_index (detail->inputs, 0);
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (values, g_strdup (input->name), g_strdup (word));
  run_with (line, id, values);
}

/* ---- forgetting what was typed ---- */

static void
type_again (gpointer host, gpointer owner, gconstpointer data)
{
  (void) owner;
  ui_typed_keep (((Line *) host)->session, data);
}

static gboolean
has_draft (const UiStepDetail *detail)
{
  for (guint i = 0; i < detail->inputs->len; i++)
    if (((const UiStepInput *) g_ptr_array_index (detail->inputs, i))->draft)
      return TRUE;
  return FALSE;
}

static void
clear_answers (Line *line, const char *step)
{
  const UiStepDetail *detail = detail_of (line);
  UiTyped *typed = ui_typed_new (ui_session_persona (line->session), step,
                                 g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free));
  for (guint i = 0; i < detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (detail->inputs, i);
    if (input->draft)
      g_hash_table_insert (typed->values, g_strdup (input->name), g_strdup (input->value));
  }
  g_autofree char *done = g_strdup_printf (_ ("%s: the answers were cleared"), detail->step->title);
  ui_keep_draft (line->session, step, NULL);
  line_undoable (line,
                 &(UiUndoStep){ .done = done, .run = type_again, .data = typed, .free_data = ui_typed_free });
}

/* A draft (also one that was rejected) has to be proposed first. */
static void
offer_source (Line *line, const UiStepDetail *detail, const UiDocument *document)
{
  if (g_strcmp0 (document->state, "Draft") != 0 || detail->source_step == NULL)
    return;
  gboolean mine = g_strcmp0 (detail->source_persona, ui_session_persona (line->session)) == 0;
  g_autofree char *object = g_strdup_printf ("%s/%s", detail->source_persona, detail->source_step);
  g_autofree char *label = g_strdup_printf (_ ("Open %s: %s"), detail->source_persona, detail->source_title);
  if (mine)
    line_choice (line, label, open_other_step, detail->source_step);
  else if (ui_session_presenter (line->session))
    line_choice (line, label, open_party, object);
  else
    line_say (line, _ ("It waits for %s: %s."), detail->source_persona, detail->source_title);
  if (mine || ui_session_presenter (line->session))
    line_recommend (line);
}

static void
offer_decision (Line *line, const UiStepDetail *detail)
{
  const UiDocument *document = ui_session_document (line->session);
  line_tell_document (line, document);
  line_pair (line, _ ("Who sees what"), detail->sees);
  line_offer_decision (line, document, detail->step->id);
  if (document->base.status == UI_MODEL_READY && document->i_can_vote)
    return;
  offer_source (line, detail, document);
  line_choice (line, _ ("Look again"), line_again, NULL);
  if (line->chosen == 0)
    line_recommend (line);
}

/* ---- telling ---- */

static void
tell_plan (Line *line, const char *step)
{
  const UiStepDetail *detail = detail_of (line);
  (void) step;
  line_heading (line, _ ("Calls of this step"));
  line_texts (line, detail->plan);
  if (detail->makes->len > 0)
    line_heading (line, _ ("It writes"));
  line_texts (line, detail->makes);
  line_pair (line, _ ("The same by hand"), detail->az);
  line_choices_put (line);
  line->told = TRUE;
}

static void
tell_inputs (Line *line, const UiStepDetail *detail)
{
  if (detail->inputs->len > 0)
    line_say (line, "%s", _ ("Answers so far:"));
  for (guint i = 0; i < detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (detail->inputs, i);
    const char *value = input->kind == UI_INPUT_SECRET                  ? _ ("asked for, not shown")
                        : input->value != NULL && *input->value != '\0' ? input->value
                                                                        : _ ("none");
    g_autofree char *text = g_strdup_printf ("%s: %s", input->title, value);
    line_item (line, text);
  }
}

static void
tell_outcome (Line *line, const UiStepDetail *detail)
{
  line_texts (line, detail->happened);
  if (detail->columns->len > 0)
    line_table (line, detail->columns, detail->rows, 0, 20, detail->row_count);
  line_pairs (line, detail->results);
  for (guint i = 0; i < detail->artefacts->len; i++) {
    const UiArtefact *artefact = g_ptr_array_index (detail->artefacts, i);
    line_say (line, _ ("File %s: %s."), artefact->path,
              !artefact->present ? _ ("gone")
              : artefact->shared ? _ ("all parties see it")
                                 : _ ("only here"));
  }
}

static void
offer_run (Line *line, const UiStepDetail *detail, const char *label)
{
  gboolean answered = is_answered (detail);
  tell_inputs (line, detail);
  if (answered) {
    line_choice (line, label, run_as_is, detail->step->id);
    if (line->chosen == 0)
      line_recommend (line);
  }
  if (detail->inputs->len > 0) {
    line_choice (line,
                 answered ? _ ("Change the answers, then run it") : _ ("Answer the questions, then run it"),
                 ask_inputs, detail->step->id);
    if (line->chosen == 0)
      line_recommend (line);
  }
}

static void
stop_waiting (Line *line, const char *step)
{
  ui_stop_waiting (line->session, step);
  line_say (line, "%s", _ ("It no longer goes on by itself."));
  UiInverse inverse = { .kind = UI_INVERSE_WAIT,
                        .persona = (char *) (gsize) ui_session_persona (line->session),
                        .scenario = (char *) (gsize) ui_session_overview (line->session)->scenario,
                        .object = (char *) (gsize) step };
  line_undoable_inverse (line, &inverse, _ ("It no longer goes on by itself."));
}

static void
offer_waiting (Line *line, const UiStepDetail *detail)
{
  const UiStep *step = detail->step;
  line_pair (line, _ ("It waits for"), step->waits_text);
  for (guint i = 0; ui_session_presenter (line->session) && i < step->waits->len; i++) {
    const UiWait *wait = g_ptr_array_index (step->waits, i);
    if (wait->step == NULL || wait->persona == NULL)
      continue;
    g_autofree char *label = g_strdup_printf (_ ("Open %s: %s"), wait->persona, wait->title);
    g_autofree char *object = g_strdup_printf ("%s/%s", wait->persona, wait->step);
    line_choice (line, label, open_party, object);
    if (line->chosen == 0)
      line_recommend (line);
  }
  if (is_decision (detail)) {
    g_hash_table_add (line->later, g_strdup (step->id));
    line_say (line, "%s", _ ("You are asked as soon as that is done."));
  } else if (step->automatic) {
    line_say (line, "%s", _ ("Nothing to do for you: it goes on by itself as soon as that is done."));
    line_choice (line, _ ("Do not go on by itself"), stop_waiting, step->id);
  } else
    offer_run (line, detail, _ ("Go on by itself as soon as that is done"));
}

static void
offer_again (Line *line, const UiStepDetail *detail)
{
  line_say (line, "%s", _ ("What was done so far is kept; trying again goes on from there."));
  offer_remedy (line, detail, detail->remedy, detail->remedy_text);
  offer_run (line, detail, _ ("Try again"));
  offer_call (line, detail);
}

static void
offer_failed (Line *line, const UiStepDetail *detail)
{
  line_say (line, "%s", _ ("It failed."));
  if (detail->failure != NULL)
    line_problem (line, detail->failure);
  else
    line_text (line, 0, detail->step->note);
  offer_again (line, detail);
}

/* A refusal leaves no trace in the journal: the step is as ready as it was. */
static void
offer_after_refusal (Line *line, const UiStepDetail *detail)
{
  const UiRunningStep *running = ui_session_running (line->session);
  if (!running->running && running->failure != NULL && g_strcmp0 (running->step, detail->step->id) == 0)
    offer_remedy (line, detail, running->remedy, running->remedy_text);
}

/* It was decided; what was rejected can be proposed anew. */
static void
offer_decided (Line *line, const UiStepDetail *detail)
{
  const UiDocument *document = ui_session_document (line->session);
  tell_outcome (line, detail);
  if (document->base.status == UI_MODEL_READY && document->i_can_vote
      && g_strcmp0 (document->id, detail->document) == 0) {
    line_say (line, "%s", _ ("It was proposed again since: read it, then vote once more."));
    line_tell_document (line, document);
    line_offer_decision (line, document, "");
  } else {
    line_document_seen (line, document);
    line_say (line, "%s", _ ("A vote cannot be cast a second time."));
  }
}

static void
offer_state (Line *line, const UiStepDetail *detail)
{
  const UiStep *step = detail->step;
  switch (step->state) {
  case UI_STEP_DONE:
    if (is_decision (detail))
      offer_decided (line, detail);
    else {
      tell_outcome (line, detail);
      offer_run (line, detail, _ ("Do it again"));
    }
    line->chosen = 0;
    break;
  case UI_STEP_SKIPPED:
    line_say (line, "%s", _ ("This step is not needed here."));
    offer_run (line, detail, _ ("Do it all the same"));
    line->chosen = 0;
    break;
  case UI_STEP_READY:
  case UI_STEP_INTERRUPTED:
  case UI_STEP_CANCELLED:
    line_text (line, 0, step->note);
    offer_after_refusal (line, detail);
    if (detail->irreversible && !is_decision (detail))
      line_say (line, "%s", _ ("This cannot be undone."));
    offer_run (line, detail, step->state == UI_STEP_READY ? _ ("Run it") : _ ("Go on where it stopped"));
    break;
  case UI_STEP_FAILED:
    offer_failed (line, detail);
    break;
  case UI_STEP_WAITING:
    offer_waiting (line, detail);
    break;
  case UI_STEP_TODO:
    line_pair (line, _ ("Something comes first"), step->waits_text);
    break;
  case UI_STEP_RUNNING:
    line_say (line, "%s", _ ("It is running."));
    break;
  }
}

/* It was just run, and what happened was told: only what comes next. */
static gboolean
after_run (Line *line, const UiStepDetail *detail)
{
  g_autofree char *just_ran = g_steal_pointer (&line->just_ran);
  if (g_strcmp0 (just_ran, detail->step->id) != 0)
    return FALSE;
  if (detail->step->state == UI_STEP_FAILED && !is_decision (detail))
    offer_again (line, detail);
  else if (detail->step->state != UI_STEP_DONE && detail->step->state != UI_STEP_SKIPPED)
    return FALSE;
  else if (detail->columns->len == 0)
    line_back (line, NULL);
  else
    line_table (line, detail->columns, detail->rows, 0, 20, detail->row_count);
  return TRUE;
}

/* A step that waited for the document to be proposed does not notice by itself that it was. */
static gboolean
can_decide (Line *line, const UiStepDetail *detail)
{
  const UiDocument *document = ui_session_document (line->session);
  UiStepState state = detail->step->state;
  return state == UI_STEP_READY || state == UI_STEP_INTERRUPTED || state == UI_STEP_CANCELLED
         || state == UI_STEP_FAILED
         || (state == UI_STEP_WAITING && document->base.status == UI_MODEL_READY && document->i_can_vote);
}

static void
tell_step (Line *line, const char *object)
{
  const UiStepDetail *detail = detail_of (line);
  if (!line_ready (line, &detail->base) || detail->step == NULL)
    return;
  const UiStep *step = detail->step;
  if (after_run (line, detail))
    return;
  gboolean about_document = is_decision (detail) && detail->document != NULL && step->state != UI_STEP_TODO
                            && step->state != UI_STEP_SKIPPED;
  if (about_document && !line_also (line, UI_MODEL_DOCUMENT, detail->document)) {
    line->told = FALSE;
    line->ticks = 0;
    line_go_on (line);
    return;
  }
  (void) object;
  line_gap (line);
  line_say (line, _ ("%s, step %u: %s (%s)."), ui_session_persona (line->session), step->number, step->title,
            ui_step_state_word (step->state));
  line_text (line, 0, detail->purpose);
  if (about_document && can_decide (line, detail))
    offer_decision (line, detail);
  else {
    line_pair (line, _ ("Who sees what"), detail->sees);
    line_pair (line, _ ("It takes"), step->takes);
    offer_state (line, detail);
  }
  if (has_draft (detail))
    line_choice (line, _ ("Clear the answers that were typed"), clear_answers, step->id);
  line_choice (line, _ ("What it calls, and the same by hand"), tell_plan, NULL);
  line_choice (line, _ ("Ask the other side whether it is done"), probe, step->id);
}

const LinePage line_page_step = {
  NULL,
  N_ ("One step: read what it is for, answer its questions, run it. A step that failed says what happened, why, and "
      "what helps."),
  UI_MODEL_STEP,
  tell_step,
  TRUE,
};
