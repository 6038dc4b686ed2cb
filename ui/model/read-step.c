/* SPDX-License-Identifier: MIT
 * One step in detail: form, plan, what it wrote, why it failed and what helps.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "workflow/loader-private.h"

#include <glib/gi18n.h>
#include <string.h>

#define TABLE_ROWS 100u

typedef struct {
  const UiStepQuestion *question;
  const WorkflowScenario *scenario;
  const WorkflowStep *step;
  const WorkflowEntry *entry;
  WorkflowContext *context; /* or NULL */
  UiStepDetail *detail;
  UiArena *arena;
  json_t *preview; /* what a person should know before, or NULL */
} Work;

/* ---- the form ---- */

static const char *const *
copy_choices (UiArena *arena, char **choices)
{
  if (choices == NULL)
    return NULL;
  guint count = g_strv_length (choices);
  const char **copy = ui_arena_take (arena, (count + 1) * sizeof (char *));
  for (guint i = 0; i < count; i++)
    copy[i] = ui_text (arena, choices[i]);
  return copy;
}

static UiInputKind
kind_of (WorkflowInputKind kind)
{
  switch (kind) {
  case WORKFLOW_INPUT_TEXT:
    return UI_INPUT_TEXT;
  case WORKFLOW_INPUT_EMAIL:
    return UI_INPUT_EMAIL;
  case WORKFLOW_INPUT_DATE:
    return UI_INPUT_DATE;
  case WORKFLOW_INPUT_CHOICE:
    return UI_INPUT_CHOICE;
  case WORKFLOW_INPUT_FOLDER:
    return UI_INPUT_FOLDER;
  case WORKFLOW_INPUT_NUMBER:
    return UI_INPUT_NUMBER;
  case WORKFLOW_INPUT_SECRET:
    return UI_INPUT_SECRET;
  case WORKFLOW_INPUT_BOOLEAN:
    return UI_INPUT_BOOLEAN;
  }
  return UI_INPUT_TEXT;
}

static void
add_input (Work *work, const WorkflowInput *from, GHashTable *defaults)
{
  UiStepInput *input = UI_TAKE (work->arena, UiStepInput);
  input->name = ui_text (work->arena, from->name);
  input->title = ui_text (work->arena, from->title);
  input->kind = kind_of (from->kind);
  input->required = from->required;
  input->help = ui_text (work->arena, from->help);
  input->pattern = ui_text (work->arena, from->pattern);
  input->choices = copy_choices (work->arena, from->choices);
  input->initial = ui_lines (work->arena, g_hash_table_lookup (defaults, from->name), 0, NULL);
  if (input->initial == NULL)
    input->initial = ui_text (work->arena, "");
  input->value = input->initial;
  const char *draft = work->question->draft != NULL ? g_hash_table_lookup (work->question->draft, from->name)
                                                    : NULL;
  const char *last = work->entry->state != WORKFLOW_DONE
                         ? cr_json_peek_string (work->entry->inputs, from->name)
                         : NULL;
  if (from->kind != WORKFLOW_INPUT_SECRET && draft != NULL) {
    input->value = ui_lines (work->arena, draft, 0, NULL);
    input->draft = TRUE;
  } else if (from->kind != WORKFLOW_INPUT_SECRET && last != NULL && *last != '\0') {
    input->value = ui_lines (work->arena, last, 0, NULL);
  }
  g_ptr_array_add (work->detail->inputs, input);
}

char *
ui_step_input_problem (const UiStepInput *input, const char *text)
{
  if (text == NULL || *text == '\0')
    return input->required ? g_strdup (_ ("A value is needed.")) : NULL;
  if (!g_utf8_validate (text, -1, NULL))
    return g_strdup (_ ("The text is not UTF-8."));
  switch (input->kind) {
  case UI_INPUT_EMAIL:
    if (!cr_email_valid (text))
      return g_strdup (_ ("This is no e-mail address."));
    break;
  case UI_INPUT_DATE: {
    g_autoptr (GDate) day = cr_day_parse (text, NULL);
    if (day == NULL)
      return g_strdup (_ ("This is no day; write it as YYYY-MM-DD."));
    break;
  }
  case UI_INPUT_CHOICE:
    if (input->choices != NULL && !g_strv_contains (input->choices, text))
      return g_strdup (_ ("Choose one of the list."));
    break;
  case UI_INPUT_NUMBER:
    if (strlen (text) > 18 || strspn (text, "0123456789") != strlen (text))
      return g_strdup (_ ("This is no whole number."));
    break;
  case UI_INPUT_BOOLEAN:
    if (strcmp (text, "yes") != 0 && strcmp (text, "no") != 0)
      return g_strdup (_ ("Answer yes or no."));
    break;
  case UI_INPUT_TEXT:
  case UI_INPUT_FOLDER:
  case UI_INPUT_SECRET:
    break;
  }
  if (input->pattern == NULL)
    return NULL;
  g_autofree char *whole = g_strdup_printf ("^(?:%s)$", input->pattern);
  if (g_regex_match_simple (whole, text, G_REGEX_DOLLAR_ENDONLY, 0))
    return NULL;
  return g_strdup (input->help != NULL ? input->help : _ ("The value has the wrong form."));
}

/* ---- what it does and did ---- */

static void
add_plan (Work *work)
{
  const UiStepQuestion *question = work->question;
  g_auto (GStrv) plan = workflow_engine_plan (question->engine, question->persona, question->step, NULL,
                                              NULL);
  for (guint i = 0; plan != NULL && plan[i] != NULL; i++)
    ui_add_text (work->arena, work->detail->plan, plan[i]);
  g_autofree char *az = workflow_engine_az (question->engine, question->persona, question->step, NULL, NULL);
  work->detail->az = ui_text_or_null (work->arena, az != NULL ? g_strstrip (az) : NULL);
}

static void
add_files (Work *work)
{
  const UiStepQuestion *question = work->question;
  g_auto (GStrv) makes = workflow_step_makes (work->scenario, question->persona, work->step);
  for (guint i = 0; makes[i] != NULL; i++)
    ui_add_text (work->arena, work->detail->makes, makes[i]);
  g_autoptr (GPtrArray) written = work->context != NULL
                                      ? workflow_journal_artefacts (workflow_context_journal (work->context),
                                                                    work->scenario->name, work->step->id,
                                                                    NULL)
                                      : NULL;
  for (guint i = 0; written != NULL && i < written->len; i++) {
    const WorkflowArtefact *from = g_ptr_array_index (written, i);
    g_autofree char *full = workflow_context_path (work->context, from->path);
    UiArtefact *artefact = UI_TAKE (work->arena, UiArtefact);
    artefact->path = ui_text (work->arena, from->path);
    artefact->sha256 = ui_text (work->arena, from->sha256);
    artefact->shared = g_str_has_prefix (from->path, "public/");
    artefact->present = g_file_test (full, G_FILE_TEST_EXISTS);
    g_ptr_array_add (work->detail->artefacts, artefact);
  }
}

/* What others would see of the data, and what follows from doing the step anew, with what is typed so far. */
static void
add_preview (Work *work, GString *text)
{
  const UiStepQuestion *question = work->question;
  work->preview = workflow_engine_preview (question->engine, question->persona, question->step,
                                           question->draft, NULL);
  g_autofree char *said = work->preview != NULL ? workflow_preview_text (work->preview) : NULL;
  if (said != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", said);
}

/* Who learns what from the step, from what it writes and whom it calls. */
static void
say_who_sees (Work *work)
{
  gboolean ledger = FALSE, storage = FALSE, agent = FALSE;
  for (guint i = 0; work->step->calls[i] != NULL; i++) {
    ledger = ledger || strstr (work->step->calls[i], "{ccf}/app") != NULL
             || strstr (work->step->calls[i], "{ccf}/gov") != NULL;
    storage = storage || g_str_has_prefix (work->step->calls[i], "PUT {blob}");
    agent = agent || strstr (work->step->calls[i], "{agent}/") != NULL;
  }
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) shared = g_ptr_array_new ();
  for (guint i = 0; i < work->detail->makes->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (work->detail->makes, i), "public/"))
      g_ptr_array_add (shared, g_ptr_array_index (work->detail->makes, i));
  if (shared->len > 0) {
    g_ptr_array_add (shared, NULL);
    g_autofree char *list = g_strjoinv (", ", (char **) shared->pdata);
    g_string_append_printf (text, _ ("Everybody gets: %s."), list);
  }
  if (ledger)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "",
                            _ ("The ledger records it; every member and user can read that."));
  if (storage)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "",
                            _ ("The data itself goes to your own storage only."));
  if (agent)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "",
                            _ ("The clean room sees the data; people do not."));
  add_preview (work, text);
  work->detail->sees = ui_text (work->arena,
                                text->len > 0 ? text->str : _ ("Nobody else: it stays with you."));
}

static char *
cell_text (UiArena *arena, const json_t *value)
{
  if (json_is_string (value))
    return ui_text (arena, json_string_value (value));
  if (value == NULL || json_is_null (value))
    return ui_text (arena, "");
  g_autofree char *text = cr_json_dump (value);
  return ui_text (arena, text);
}

static void
add_row (Work *work, const json_t *values)
{
  if (work->detail->rows->len >= TABLE_ROWS)
    return;
  GPtrArray *row = ui_arena_list (work->arena);
  for (size_t i = 0; i < json_array_size (values); i++)
    g_ptr_array_add (row, cell_text (work->arena, json_array_get (values, i)));
  g_ptr_array_add (work->detail->rows, row);
}

/* An answer with columns and rows, or a list of audit events. */
static void
add_table (Work *work, const json_t *result)
{
  const json_t *columns = json_object_get (result, "columns"), *rows = json_object_get (result, "rows"),
               *events = json_object_get (result, "events");
  if (json_is_array (columns) && json_is_array (rows)) {
    for (size_t i = 0; i < json_array_size (columns); i++)
      g_ptr_array_add (work->detail->columns, cell_text (work->arena, json_array_get (columns, i)));
    for (size_t i = 0; i < json_array_size (rows); i++)
      add_row (work, json_array_get (rows, i));
    gint64 count = cr_json_peek_int (result, "row_count", (gint64) json_array_size (rows));
    work->detail->row_count = (guint64) MAX (count, 0);
  } else if (json_is_array (events)) {
    static const char *const names[] = { "time", "source", "message" };
    const char *const titles[] = { _ ("Time"), _ ("Source"), _ ("Message") };
    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
      g_ptr_array_add (work->detail->columns, ui_text (work->arena, titles[i]));
    size_t size = json_array_size (events);
    for (size_t i = size > TABLE_ROWS ? size - TABLE_ROWS : 0; i < size; i++) {
      g_autoptr (json_t) row = json_array ();
      for (guint k = 0; k < G_N_ELEMENTS (names); k++) {
        const char *text = cr_json_peek_string (json_array_get (events, i), names[k]);
        json_array_append_new (row, json_string (text != NULL ? text : ""));
      }
      add_row (work, row);
    }
    work->detail->row_count = size;
  }
}

static void
add_results (Work *work)
{
  const char *name;
  json_t *value, *result = work->entry->result;
  const json_t *happened = json_object_get (result, "happened");
  for (size_t i = 0; i < json_array_size (happened); i++)
    ui_add_text (work->arena, work->detail->happened, json_string_value (json_array_get (happened, i)));
  add_table (work, result);
  json_object_foreach (result, name, value) {
    if (json_is_string (value))
      ui_add_pair (work->arena, work->detail->results, name, json_string_value (value));
    else if (json_is_integer (value) || json_is_real (value) || json_is_boolean (value))
      ui_add_pair (work->arena, work->detail->results, name, cell_text (work->arena, value));
  }
}

/* ---- what went wrong and what helps ---- */

static CrErrorCode
code_of (const char *name)
{
  for (int code = CR_ERROR_FAILED; code <= CR_ERROR_CANCELLED; code++) {
    g_autoptr (GError) probe = g_error_new_literal (CR_ERROR, code, "");
    if (g_strcmp0 (cr_error_code_name (probe), name) == 0)
      return (CrErrorCode) code;
  }
  return CR_ERROR_FAILED;
}

static void
set_remedy (UiStepDetail *detail, UiRemedy remedy, const char *text)
{
  detail->remedy = remedy;
  detail->remedy_text = ui_text (ui_value_arena (detail), text);
}

/* The input that a message "Title (name): reason" is about. */
static char *
input_of (const UiStepDetail *detail, const char *message)
{
  for (guint i = 0; i < detail->inputs->len; i++) {
    const UiStepInput *input = g_ptr_array_index (detail->inputs, i);
    g_autofree char *mark = g_strdup_printf ("(%s):", input->name);
    if (strstr (message, mark) != NULL)
      return input->name;
  }
  return NULL;
}

UiRemedy
ui_remedy_for (CrErrorCode code, const char *hint, gboolean local_stopped, const char **label)
{
  switch (code) {
  case CR_ERROR_SIGN_IN:
    *label = _ ("Sign in again");
    return UI_REMEDY_SIGN_IN;
  case CR_ERROR_REFUSED:
    *label = _ ("Show the call");
    return UI_REMEDY_SHOW_CALL;
  case CR_ERROR_BUG:
    *label = _ ("Report it");
    return UI_REMEDY_REPORT;
  case CR_ERROR_CANCELLED:
    *label = _ ("Go on");
    return UI_REMEDY_RETRY;
  case CR_ERROR_ADMIN:
    if (hint != NULL && strstr (hint, "--own-keyring") != NULL) {
      *label = _ ("Keep an own keyring here");
      return UI_REMEDY_OWN_KEYRING;
    }
    break;
  case CR_ERROR_RETRY:
    if (local_stopped) {
      *label = _ ("Start the local environment");
      return UI_REMEDY_START_SANDBOX;
    }
    break;
  case CR_ERROR_INPUT:
  case CR_ERROR_USAGE:
  case CR_ERROR_FAILED:
  case CR_ERROR_WAITING:
  case CR_ERROR_NOT_FOUND:
    break;
  }
  *label = _ ("Try again");
  return UI_REMEDY_RETRY;
}

/* The own step that the words of a failure name, when it can be taken now: "Take the step an.user.accept". */
static const UiStep *
named_step (const Work *work, const UiJourney *journey)
{
  const UiProblem *failure = work->detail->failure;
  for (guint i = 0; i < journey->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (journey->steps, i);
    gboolean named = strstr (failure->what, step->id) != NULL
                     || (failure->next != NULL && strstr (failure->next, step->id) != NULL);
    if (named && step->state != UI_STEP_DONE && step->state != UI_STEP_SKIPPED
        && strcmp (step->id, work->question->step) != 0)
      return step;
  }
  return NULL;
}

static void
choose_remedy (Work *work, const UiJourney *journey)
{
  UiStepDetail *detail = work->detail;
  const UiProblem *failure = detail->failure;
  const char *label = NULL;
  UiRemedy remedy = ui_remedy_for (failure->code, failure->next, work->question->local_stopped, &label);
  if (failure->code == CR_ERROR_INPUT || failure->code == CR_ERROR_USAGE)
    detail->remedy_input = input_of (detail, failure->what);
  const UiStep *first = named_step (work, journey);
  if (detail->remedy_input != NULL) {
    set_remedy (detail, UI_REMEDY_FIX_INPUT, _ ("Correct the input"));
  } else if (first != NULL) {
    set_remedy (detail, UI_REMEDY_OPEN_STEP, first->title);
    detail->remedy_persona = ui_text (work->arena, work->question->persona);
    detail->remedy_step = first->id;
  } else {
    set_remedy (detail, remedy, label);
  }
}

/* A step that waits: for an own step, or for somebody. */
static void
wait_remedy (Work *work)
{
  UiStepDetail *detail = work->detail;
  const UiStep *step = detail->step;
  const UiWait *wait = step->waits->len > 0 ? g_ptr_array_index (step->waits, 0) : NULL;
  for (guint i = 0; wait != NULL && i < step->waits->len; i++) {
    const UiWait *each = g_ptr_array_index (step->waits, i);
    if (each->mine && each->step != NULL)
      wait = each;
  }
  if (wait == NULL)
    return;
  detail->remedy_persona = wait->persona;
  detail->remedy_step = wait->step;
  if (wait->step != NULL && (wait->mine || work->question->presenter))
    set_remedy (detail, UI_REMEDY_OPEN_STEP, wait->title != NULL ? wait->title : wait->step);
  else
    set_remedy (detail, UI_REMEDY_WAIT, _ ("Wait: it goes on by itself"));
}

static void
add_failure (Work *work, const UiJourney *journey)
{
  UiStepDetail *detail = work->detail;
  const WorkflowEntry *entry = work->entry;
  UiStepState state = detail->step->state;
  gboolean ended_badly = state == UI_STEP_FAILED
                         || (state == UI_STEP_WAITING && entry->error_message != NULL);
  if (ended_badly && entry->error_message != NULL) {
    UiProblem *problem = UI_TAKE (work->arena, UiProblem);
    problem->code = code_of (entry->error_name);
    problem->what = ui_text (work->arena, entry->error_message);
    problem->next = ui_text_or_null (work->arena, entry->error_hint);
    problem->remote_code = ui_text_or_null (work->arena, entry->error_remote);
    detail->failure = problem;
  }
  if (state == UI_STEP_FAILED && detail->failure != NULL)
    choose_remedy (work, journey);
  else if (state == UI_STEP_WAITING || state == UI_STEP_TODO)
    wait_remedy (work);
  else if (state == UI_STEP_INTERRUPTED || state == UI_STEP_CANCELLED)
    set_remedy (detail, UI_REMEDY_RETRY, _ ("Go on"));
  detail->remedy_call = work->question->last_call;
}

/* ---- where to go on ---- */

static void
add_next (Work *work, const UiJourney *journey)
{
  UiStepDetail *detail = work->detail;
  if (detail->step->state != UI_STEP_DONE)
    return;
  const UiStep *next = ui_journey_step (journey, journey->next);
  if (next == NULL || next == detail->step)
    return;
  detail->next_persona = ui_text (work->arena, work->question->persona);
  detail->next_step = ui_text (work->arena, next->id);
  detail->next_title = ui_text (work->arena, next->title);
}

static void
add_subject (Work *work)
{
  static const char *const final[] = { "query.decide", "query.propose", "consortium.accept-invitation",
                                       NULL };
  const char *action = work->step->action;
  work->detail->irreversible = g_strv_contains (final, action);
  work->detail->decides = g_str_equal (action, "query.decide");
  gboolean about_query = g_str_equal (action, "query.decide") || g_str_equal (action, "query.run")
                         || g_str_equal (action, "query.consent");
  g_autofree char *query = about_query && work->context != NULL
                               ? workflow_context_value ("query", work->context)
                               : NULL;
  work->detail->document = ui_text_or_null (work->arena, query);
  for (guint i = 0; work->detail->decides && i < work->step->needs->len; i++) {
    const WorkflowNeed *need = g_ptr_array_index (work->step->needs, i);
    const WorkflowJourney *journey = need->kind == WORKFLOW_NEED_ARTEFACT && need->persona != NULL
                                         ? workflow_scenario_journey (work->scenario, need->persona, NULL)
                                         : NULL;
    const WorkflowStep *step = journey != NULL ? workflow_journey_step (journey, need->step, NULL) : NULL;
    if (step == NULL)
      continue;
    work->detail->source_persona = ui_text (work->arena, need->persona);
    work->detail->source_step = ui_text (work->arena, need->step);
    work->detail->source_title = ui_text (work->arena, step->title);
  }
}

UiStepDetail *
ui_build_step (const UiStepQuestion *question, const UiJourney *journey, GError **error)
{
  const UiStep *row = ui_journey_step (journey, question->step);
  g_autoptr (WorkflowStatus) status = workflow_engine_status (question->engine, question->persona,
                                                              question->step, error);
  if (status == NULL || row == NULL)
    return NULL;
  UiStepDetail *detail = ui_step_detail_new ();
  g_autofree char *journal = g_build_filename (workflow_engine_state_dir (question->engine),
                                               question->persona, "private", "journal.db", NULL);
  WorkflowContext *context = g_file_test (journal, G_FILE_TEST_EXISTS)
                                 ? workflow_engine_context (question->engine, question->persona, NULL)
                                 : NULL;
  Work work = { .question = question,
                .scenario = workflow_engine_scenario (question->engine),
                .step = status->step,
                .entry = status->entry,
                .context = context,
                .detail = detail,
                .arena = ui_value_arena (detail) };
  ui_arena_keep (work.arena, journey);
  detail->step = row;
  detail->purpose = ui_text_or_empty (work.arena, status->step->purpose);
  g_autoptr (GHashTable) defaults = workflow_engine_defaults (question->engine, question->persona,
                                                              question->step, NULL);
  for (guint i = 0; defaults != NULL && i < status->step->inputs->len; i++)
    add_input (&work, g_ptr_array_index (status->step->inputs, i), defaults);
  add_plan (&work);
  add_files (&work);
  say_who_sees (&work);
  add_results (&work);
  add_failure (&work, journey);
  add_next (&work, journey);
  add_subject (&work);
  ui_say_publishes (detail, work.scenario, question->persona, work.step->action, work.preview);
  json_decref (work.preview);
  detail->base.status = UI_MODEL_READY;
  return detail;
}
