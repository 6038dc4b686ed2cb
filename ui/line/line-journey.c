/* SPDX-License-Identifier: MIT
 * The way of a persona: who am I, what is next, all steps, all personas in one terminal, what else there is
 * to see.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"

/* ---- who ---- */

static void
choose_persona (Line *line, const char *object)
{
  ui_session_set_presenter (line->session, FALSE);
  ui_session_set_persona (line->session, object);
  line->welcomed = FALSE;
  line_home (line, NULL);
  line_replace (line, &line_page_journey, NULL);
}

static void
choose_everybody (Line *line, const char *object)
{
  (void) object;
  ui_session_set_presenter (line->session, TRUE);
  line->welcomed = line->finale = FALSE;
  line_home (line, NULL);
  line_replace (line, &line_page_presenter, NULL);
}

static void
choose_scenario (Line *line, const char *object)
{
  ui_session_set_scenario (line->session, object);
  line_back (line, NULL);
}

static void
tell_scenarios (Line *line, const char *object)
{
  const UiOverview *overview = ui_session_overview (line->session);
  (void) object;
  for (guint i = 0; i < overview->scenarios->len; i++) {
    const UiScenario *scenario = g_ptr_array_index (overview->scenarios, i);
    if (scenario->problem != NULL) {
      line_say (line, _ ("%s cannot be used: %s"), scenario->name, scenario->problem);
      continue;
    }
    g_autofree char *label = g_strdup_printf ("%s: %s", scenario->name, scenario->title);
    line_choice (line, label, choose_scenario, scenario->name);
    if (scenario->current)
      line_recommend (line);
  }
}

static const LinePage page_scenarios = {
  N_ ("Scenarios."), N_ ("What is done together. Choose one of them."), UI_MODEL_LAST, tell_scenarios, FALSE,
};

static void
open_scenarios (Line *line, const char *object)
{
  (void) object;
  line_open (line, &page_scenarios, NULL);
}

static void
open_choose (Line *line, const char *object)
{
  (void) object;
  line_open (line, &line_page_choose, NULL);
}

static void
tell_scenario (Line *line)
{
  const UiOverview *overview = ui_session_overview (line->session);
  if (overview->problem_text != NULL)
    line_say (line, _ ("This scenario cannot be used: %s"), overview->problem_text);
  for (guint i = 0; i < overview->scenarios->len; i++) {
    const UiScenario *scenario = g_ptr_array_index (overview->scenarios, i);
    if (!scenario->current)
      continue;
    line_say (line, _ ("Scenario %s: %s."), scenario->name, scenario->title);
    line_text (line, 0, scenario->purpose);
  }
}

static void
open_settings (Line *line, const char *object)
{
  (void) object;
  line_open (line, &line_page_settings, NULL);
}

static void
tell_choose (Line *line, const char *object)
{
  const UiOverview *overview = ui_session_overview (line->session);
  guint begun = 0;
  (void) object;
  tell_scenario (line);
  for (guint i = 0; i < overview->personas->len; i++) {
    const UiPersona *persona = g_ptr_array_index (overview->personas, i);
    g_autoptr (GString) label = g_string_new (persona->name);
    g_string_append_printf (label, ": %s", persona->purpose);
    if (persona->known && persona->total > 0)
      g_string_append_printf (label, _ (" %u of %u steps done."), persona->done, persona->total);
    line_choice (line, label->str, choose_persona, persona->name);
    if (persona->begun && begun++ == 0)
      line_recommend (line);
  }
  if (begun > 1 || (begun == 0 && overview->personas->len > 1))
    line->chosen = 0;
  if (overview->personas->len > 1)
    line_choice (line, _ ("everybody: all of them in this terminal, one step after the other"),
                 choose_everybody, NULL);
  if (overview->scenarios->len > 1)
    line_choice (line, _ ("Another scenario"), open_scenarios, NULL);
  line_choice (line, _ ("Settings"), open_settings, NULL);
}

const LinePage line_page_choose = {
  N_ ("Who are you?"),
  N_ ("Everyone who takes part in the scenario. Choose whom you work as; you can come back and choose another one "
      "at any time."),
  UI_MODEL_LAST,
  tell_choose,
  FALSE,
};

/* ---- what is next ---- */

/* What goes on by itself, and what only shows, is waited for with the whole journey. */
static const UiStep *
line_next_step (Line *line)
{
  const UiStep *next = ui_journey_step_after (ui_session_journey (line->session), NULL, line->later);
  gboolean only_waits = next != NULL && next->state == UI_STEP_WAITING && (next->automatic || next->last);
  return only_waits ? NULL : next;
}

static char *
step_label (const UiStep *step)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, _ ("Step %u, %s: %s"), step->number, step->title,
                          ui_step_state_word (step->state));
  if (step->waits_text != NULL && (step->state == UI_STEP_WAITING || step->state == UI_STEP_TODO))
    g_string_append_printf (text, _ (" (waits for %s)"), step->waits_text);
  if (step->optional)
    g_string_append (text, _ (", optional"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
open_step (Line *line, const char *object)
{
  line_open (line, &line_page_step, object);
}

static void
open_steps (Line *line, const char *object)
{
  (void) object;
  line_open (line, &line_page_steps, NULL);
}

static void
open_look (Line *line, const char *object)
{
  (void) object;
  line_open (line, &line_page_look, NULL);
}

static void
wait_here (Line *line, const char *object)
{
  const UiJourney *journey = ui_session_journey (line->session);
  (void) object;
  line->waiting = TRUE;
  line_say (line, _ ("Waiting for %s. It goes on by itself; Enter or Ctrl-C stops waiting."),
            journey->waiting_for != NULL ? journey->waiting_for : _ ("the others"));
}

static void
leave (Line *line, const char *object)
{
  (void) object;
  line_ask_quit (line);
}

static void
line_choice_look (Line *line)
{
  line_choice (line, _ ("All steps"), open_steps, NULL);
  line_choice (line, _ ("Look at: consortium, documents, data, runs, audit, keys, calls, health, settings"),
               open_look, NULL);
}

static void
tell_place (Line *line, const UiJourney *journey)
{
  const UiOverview *overview = ui_session_overview (line->session);
  line_say (line, _ ("Journey of %s: %u of %u steps done."), journey->persona, journey->done, journey->total);
  if (!line->welcomed) {
    line_text (line, 0, journey->scenario_purpose);
    line_text (line, 0, journey->welcome);
    line_say (line, _ ("State folder: %s. Environment: %s."), overview->state_dir, overview->environment);
    line->welcomed = TRUE;
  }
  if (overview->holder != NULL)
    line_say (line, _ ("Another program works as %s: %s."), journey->persona, overview->holder);
  if (overview->to_decide > 0)
    line_say (line, _ ("Waiting for your decision: %u."), overview->to_decide);
}

static void
tell_journey (Line *line, const char *object)
{
  const UiJourney *journey = ui_session_journey (line->session);
  (void) object;
  line_gap (line);
  if (line_ready (line, &journey->base)) {
    tell_place (line, journey);
    const UiStep *next = line_next_step (line);
    if (next != NULL) {
      g_autofree char *label = step_label (next);
      line_choice (line, label, open_step, next->id);
      line_recommend (line);
    } else if (journey->complete) {
      line_text (line, 0, journey->finished != NULL ? journey->finished : _ ("Every step is done."));
      line_choice (line, _ ("Leave"), leave, NULL);
      line_recommend (line);
    } else {
      line_text (line, 0, journey->next_text);
      line_choice (line, _ ("Wait until it goes on by itself"), wait_here, NULL);
      line_recommend (line);
    }
  }
  line_choice_look (line);
  line_choice (line, _ ("Work as somebody else"), open_choose, NULL);
}

const LinePage line_page_journey = {
  NULL,
  N_ ("The journey of one persona: the first choice is always what is best done now. Steps that wait for somebody "
      "else go on by themselves once they were started."),
  UI_MODEL_JOURNEY,
  tell_journey,
  FALSE,
};

/* ---- all steps ---- */

static char *
step_row (Line *line, guint index, char **object)
{
  const UiStep *step = g_ptr_array_index (ui_session_journey (line->session)->steps, index);
  *object = g_strdup (step->id);
  return step_label (step);
}

static void
tell_steps (Line *line, const char *object)
{
  const UiJourney *journey = ui_session_journey (line->session);
  (void) object;
  if (line_ready (line, &journey->base))
    line_rows (line, journey->steps->len, step_row, open_step);
}

const LinePage line_page_steps = {
  N_ ("All steps."),
  N_ ("Every step of the journey with its state. Choose one to read about it or to run it."),
  UI_MODEL_LAST,
  tell_steps,
  FALSE,
};

/* ---- everybody in one terminal ---- */

static void
take_turn (Line *line, const char *object)
{
  const UiOverview *overview = ui_session_overview (line->session);
  g_autofree char *persona = g_strdup (overview->turn_persona), *step = g_strdup (overview->turn_step);
  (void) object;
  if (step == NULL)
    return;
  ui_session_set_persona (line->session, persona);
  line_open (line, &line_page_step, step);
}

static void
play (Line *line, const char *object)
{
  (void) object;
  line_say (line, "%s", _ ("It plays by itself; Ctrl-C stops it."));
  line_job (line, ui_play (line->session, line_done, line), NULL, NULL);
}

static void
open_answer (Line *line, const char *object)
{
  const UiOverview *overview = ui_session_overview (line->session);
  g_autofree char *step = g_strdup (overview->answer_step);
  (void) object;
  ui_session_set_persona (line->session, overview->answer_persona);
  line->finale = TRUE;
  line_open (line, &line_page_answer, step);
}

static void
show_persona (Line *line, const char *object)
{
  ui_session_set_persona (line->session, object);
  line->welcomed = TRUE;
  line_open (line, &line_page_journey, NULL);
}

static void
tell_turn (Line *line, const UiOverview *overview)
{
  if (overview->complete) {
    line_say (line, "%s", _ ("Everything is done."));
    if (overview->answer_step != NULL)
      line_choice (line, _ ("See the answer"), open_answer, NULL);
    if (overview->answer_step != NULL && !line->finale)
      line_recommend (line);
    line_choice (line, _ ("Leave"), leave, NULL);
    if (overview->answer_step == NULL || line->finale)
      line_recommend (line);
    return;
  }
  if (overview->turn_step == NULL) {
    line_say (line, "%s", _ ("Nobody here can go on now."));
    return;
  }
  g_autofree char *label = g_strdup_printf (_ ("Next: %s: %s"), overview->turn_persona, overview->turn_title);
  line_choice (line, label, take_turn, NULL);
  line_recommend (line);
  line_choice (line, _ ("Play everything by itself until the end"), play, NULL);
}

static void
tell_presenter (Line *line, const char *object)
{
  const UiOverview *overview = ui_session_overview (line->session);
  (void) object;
  line_gap (line);
  line_say (line, "%s", _ ("Presenter: all personas in this terminal."));
  if (!line->welcomed)
    tell_scenario (line);
  line->welcomed = TRUE;
  for (guint i = 0; i < overview->personas->len; i++) {
    const UiPersona *persona = g_ptr_array_index (overview->personas, i);
    line_say (line, _ ("%s: %u of %u steps done."), persona->name, persona->done, persona->total);
  }
  tell_turn (line, overview);
  for (guint i = 0; i < overview->personas->len; i++) {
    const UiPersona *persona = g_ptr_array_index (overview->personas, i);
    g_autofree char *label = g_strdup_printf (_ ("The journey of %s"), persona->name);
    line_choice (line, label, show_persona, persona->name);
  }
}

const LinePage line_page_presenter = {
  NULL,
  N_ ("You play every persona in this terminal. The first choice takes the next step, whoever's it is; it can also "
      "play by itself, and ends with the answer."),
  UI_MODEL_LAST,
  tell_presenter,
  FALSE,
};

static void
tell_answer (Line *line, const char *object)
{
  const UiStepDetail *detail = ui_session_step (line->session);
  (void) object;
  if (!line_ready (line, &detail->base))
    return;
  if (detail->columns->len > 0)
    line_table (line, detail->columns, detail->rows, 0, 20, detail->row_count);
  line_texts (line, detail->happened);
  if (ui_session_overview (line->session)->local)
    line_say (line, "%s", _ ("Attestation is simulated in the local environment."));
  line_choice (line, _ ("Look at: consortium, documents, data, runs, audit, keys, calls, health, settings"),
               open_look, NULL);
  line_choice (line, _ ("Back to everybody"), line_back, NULL);
  line_recommend (line);
}

const LinePage line_page_answer = {
  N_ ("The answer."), N_ ("What the query gave, as its owner sees it."), UI_MODEL_STEP, tell_answer, TRUE,
};

/* ---- what else there is ---- */

static const struct {
  const char *title;
  const LinePage *page;
} places[] = {
  { N_ ("Consortium: members, users, invitations, proposals and votes"), &line_page_consortium },
  { N_ ("Contracts"), &line_page_contracts },
  { N_ ("Documents: datasets and queries, to accept or reject"), &line_page_documents },
  { N_ ("Data: datasets on this machine and in the storage"), &line_page_data },
  { N_ ("Runs of queries and their output"), &line_page_runs },
  { N_ ("Audit events"), &line_page_audit },
  { N_ ("Keys"), &line_page_keys },
  { N_ ("Calls that were made"), &line_page_calls },
  { N_ ("Health"), &line_page_health },
  { N_ ("Settings"), &line_page_settings },
};

static void
open_place (Line *line, const char *object)
{
  line_open (line, places[g_ascii_strtoull (object, NULL, 10)].page, NULL);
}

static void
tell_look (Line *line, const char *object)
{
  (void) object;
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *number = g_strdup_printf ("%u", i);
    line_choice (line, cr_translate (places[i].title), open_place, number);
  }
}

const LinePage line_page_look = {
  N_ ("What do you want to look at?"),
  N_ ("Everything that the workstation knows, as lists."),
  UI_MODEL_LAST,
  tell_look,
  FALSE,
};
