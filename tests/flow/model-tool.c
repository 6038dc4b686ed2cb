/* SPDX-License-Identifier: MIT
 * Drives the session of the screens without a screen, against the local environment, and says in TAP what it
 * saw.
 *
 *   model-tool all STATE PERSONAS        one session, every model and every operation, the scenario to its
 *     end
 *   model-tool auto STATE PERSONAS NAME  one persona alone: takes its steps in order, each goes on by itself;
 *                                        for several processes at once. Prints nothing but problems
 *   model-tool hold STATE PERSONAS NAME STEP   run STEP and print the outcome in one line
 */
#include "ui/model/operations.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 20000

typedef struct {
  UiSession *session;
  GMainContext *context;
  guint count;
  /* of the last operation */
  gboolean done, ok, cancelled;
  UiStepState state;
  char *text, *value, *problem, *next;
  gint64 done_ms;
} Drive;

static void
ok (Drive *drive, gboolean good, const char *text)
{
  printf ("%sok %u - %s\n", good ? "" : "not ", ++drive->count, text);
  if (!good)
    printf ("# last: %s | %s | %s\n", drive->text, drive->problem, drive->next);
  fflush (stdout);
}

static void
on_done (UiSession *session, const UiResult *result, gpointer data)
{
  (void) session;
  Drive *drive = data;
  g_free (drive->text);
  g_free (drive->value);
  g_free (drive->problem);
  g_free (drive->next);
  drive->text = g_strdup (result->text);
  drive->value = g_strdup (result->value);
  drive->problem = result->problem != NULL ? g_strdup (result->problem->what) : NULL;
  drive->next = g_strdup (result->problem != NULL ? result->problem->next : result->next);
  drive->ok = result->ok;
  drive->cancelled = result->cancelled;
  drive->state = result->state;
  drive->done = TRUE;
  drive->done_ms = cr_now_ms ();
}

typedef gboolean (*Condition) (Drive *drive);

static gboolean
wake (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Turns of the main loop until HOLDS or patience ends. */
static gboolean
until (Drive *drive, Condition holds)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add (PATIENCE_MS, wake, &late);
  while (!holds (drive) && !late)
    g_main_context_iteration (drive->context, TRUE);
  if (!late)
    g_source_remove (timer);
  return !late;
}

static gboolean
is_done (Drive *drive)
{
  return drive->done;
}

/* Wait for the operation that was just started. */
static gboolean
finish (Drive *drive)
{
  return until (drive, is_done) && drive->ok;
}

static gboolean
run (Drive *drive, const char *persona, const char *step, GHashTable *inputs)
{
  ui_session_set_persona (drive->session, persona);
  drive->done = FALSE;
  ui_run_step (drive->session, step, inputs, FALSE, FALSE, on_done, drive);
  return finish (drive) && drive->state == UI_STEP_DONE;
}

static UiModelKind wanted_kind;

static gboolean
has_come (Drive *drive)
{
  const UiValue *value = ui_session_value (drive->session, wanted_kind);
  return value->status != UI_MODEL_LOADING && !value->refreshing;
}

/* Show a model and wait until it is there. */
static gboolean
look (Drive *drive, UiModelKind kind, const char *object)
{
  ui_session_show (drive->session, kind, object);
  wanted_kind = kind;
  gboolean there = until (drive, has_come);
  const UiValue *value = ui_session_value (drive->session, kind);
  if (value->problem != NULL)
    printf ("# model %d: %s | %s\n", kind, value->problem->what, value->problem->next);
  return there && value->status == UI_MODEL_READY;
}

static gboolean
look_again (Drive *drive, UiModelKind kind)
{
  ui_session_refresh (drive->session, kind);
  wanted_kind = kind;
  return until (drive, has_come);
}

/* ---- the parts ---- */

static gboolean
asks_for_sign_in (Drive *drive)
{
  return ui_session_sign_in (drive->session)->asked || drive->done;
}

static void
sign_in_by_hand (Drive *drive)
{
  ui_session_set_persona (drive->session, "operator");
  drive->done = FALSE;
  ui_run_step (drive->session, "env.start", NULL, FALSE, FALSE, on_done, drive);
  until (drive, asks_for_sign_in);
  const UiSignIn *asked = ui_session_sign_in (drive->session);
  ok (drive, asked->asked && *asked->code != '\0' && *asked->url != '\0' && asked->expires_ms > cr_now_ms (),
      "the step asks for a sign-in with code, address and time");
  ok (drive, ui_session_running (drive->session)->running, "it is shown as running meanwhile");
  ui_approve_sign_in (drive->session, NULL, NULL);
  ok (drive, finish (drive) && drive->state == UI_STEP_DONE, "approved, the step goes on and is done");
  ok (drive, !ui_session_sign_in (drive->session)->asked, "nothing is asked for any more");
  ok (drive, ui_session_calls (drive->session)->calls->len > 3, "the calls are in the log");
}

static void
cancel (Drive *drive)
{
  ui_session_set_persona (drive->session, "northwind");
  drive->done = FALSE;
  UiJob *job = ui_run_step (drive->session, "env.start", NULL, FALSE, FALSE, on_done, drive);
  until (drive, asks_for_sign_in);
  gint64 began = cr_now_ms ();
  ui_job_cancel (job);
  until (drive, is_done);
  ok (drive, drive->cancelled && drive->done_ms - began < 1000, "a waiting sign-in is cancelled at once");
  ui_session_set_persona (drive->session, "northwind");
}

static gboolean
stands_still (Drive *drive)
{
  return ui_session_idle (drive->session);
}

static void
journeys (Drive *drive)
{
  static const struct {
    const char *persona, *step;
  } steps[] = {
    { "operator", "env.init" },          { "operator", "an.op.consortium" },
    { "operator", "an.op.check" },       { "operator", "an.op.cluster" },
    { "northwind", "env.start" },        { "northwind", "env.init" },
    { "northwind", "an.user.identity" }, { "woodgrove", "env.start" },
    { "woodgrove", "env.init" },         { "woodgrove", "an.user.identity" },
    { "operator", "an.op.invite" },      { "northwind", "an.user.accept" },
    { "woodgrove", "an.user.accept" },   { "operator", "an.op.finalize" },
    { "northwind", "an.user.data" },     { "northwind", "an.user.publish" },
    { "northwind", "an.user.grant" },    { "woodgrove", "an.user.data" },
    { "woodgrove", "an.user.publish" },  { "woodgrove", "an.user.grant" },
    { "woodgrove", "an.wg.query-add" },
  };
  guint good = 0;
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    gboolean done = run (drive, steps[i].persona, steps[i].step, NULL);
    good += done;
    if (!done)
      printf ("# %s %s: %s | %s\n", steps[i].persona, steps[i].step, drive->problem, drive->next);
  }
  ok (drive, good == G_N_ELEMENTS (steps), "every step up to the query");
  until (drive, stands_still);
  const UiJourney *journey = ui_session_journey (drive->session);
  ok (drive, strcmp (journey->persona, "woodgrove") == 0 && journey->done >= 8, "the journey counts them");
}

static const UiDocumentRow *
query_row (Drive *drive)
{
  const UiDocuments *documents = ui_session_documents (drive->session);
  for (guint i = 0; i < documents->documents->len; i++) {
    const UiDocumentRow *row = g_ptr_array_index (documents->documents, i);
    if (row->kind == UI_DOCUMENT_QUERY)
      return row;
  }
  return NULL;
}

static void
documents (Drive *drive)
{
  ui_session_set_persona (drive->session, "woodgrove");
  ok (drive, look (drive, UI_MODEL_DOCUMENTS, NULL), "documents are read");
  const UiDocumentRow *row = query_row (drive);
  ok (drive, row != NULL && row->mine_to_decide && row->missing == 2 && strcmp (row->state, "Proposed") == 0,
      "the query waits for two, one of them is this persona");
  if (row == NULL)
    return;
  ok (drive, ui_session_documents (drive->session)->documents->len == 4, "three datasets and a query");
  ok (drive, ui_session_overview (drive->session)->to_decide >= 1,
      "the title counts what waits for a decision");
  g_autofree char *id = g_strdup (row->id);
  ok (drive, look (drive, UI_MODEL_DOCUMENT, id), "one document is read");
  const UiDocument *document = ui_session_document (drive->session);
  ok (drive,
      document->segments->len == 1 && document->reads->len == 2 && document->columns_read->len == 2
          && document->ballots->len == 2 && document->missing != NULL && document->i_can_vote,
      "its SQL, what it reads, the columns, both approvers");
  drive->done = FALSE;
  ui_decide_document (drive->session, id, "0000", TRUE, NULL, on_done, drive);
  ok (drive, !finish (drive), "a decision about another content is refused");
  drive->done = FALSE;
  ui_decide_document (drive->session, id, document->digest, TRUE, "it counts only", on_done, drive);
  ok (drive, finish (drive), "accept with a reason");
  drive->done = FALSE;
  ui_decide_document (drive->session, id, NULL, FALSE, NULL, on_done, drive);
  ok (drive, !finish (drive), "a second, different ballot is refused");
  ok (drive, run (drive, "woodgrove", "an.user.approve", NULL) == FALSE, "the step wants a decision");
  g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (inputs, (gpointer) "decision", (gpointer) "accept");
  ok (drive, run (drive, "woodgrove", "an.user.approve", inputs), "the step takes the ballot that was cast");
  ok (drive, run (drive, "northwind", "an.user.approve", inputs), "the other one accepts in its step");
  ui_session_set_persona (drive->session, "woodgrove");
  look_again (drive, UI_MODEL_DOCUMENT);
  until (drive, stands_still);
  document = ui_session_document (drive->session);
  ok (drive, strcmp (document->state, "Accepted") == 0 && document->switches->len == 2,
      "agreed, with switches");
  drive->done = FALSE;
  ui_set_document_switch (drive->session, id, "telemetry", FALSE, on_done, drive);
  ok (drive, finish (drive) && strstr (drive->text, "disabled") != NULL, "telemetry of the document off");
  ui_session_hide (drive->session, UI_MODEL_DOCUMENT);
  ui_session_hide (drive->session, UI_MODEL_DOCUMENTS);
}

static void
save_files (Drive *drive, const char *state)
{
  g_autofree char *csv = g_build_filename (state, "saved.csv", NULL);
  g_autofree char *lines = g_build_filename (state, "events.jsonl", NULL);
  drive->done = FALSE;
  ui_save_output (drive->session, "", csv, on_done, drive);
  g_autofree char *text = NULL;
  ok (drive,
      finish (drive) && g_file_get_contents (csv, &text, NULL, NULL)
          && g_str_has_prefix (text, "author,Number_Of_Mentions\n"),
      "save the output as CSV");
  ok (drive, look (drive, UI_MODEL_AUDIT, NULL), "audit events are read");
  const UiAudit *audit = ui_session_audit (drive->session);
  ok (drive, audit->count > 3 && ui_audit_event (audit, 0)->seqno < audit->last_seqno,
      "several, oldest first");
  drive->done = FALSE;
  ui_export_audit (drive->session, UI_EXPORT_JSON_LINES, lines, on_done, drive);
  g_autofree char *events = NULL;
  ok (drive, finish (drive) && g_file_get_contents (lines, &events, NULL, NULL) && events[0] == '{',
      "export events as JSON lines");
  ui_session_hide (drive->session, UI_MODEL_AUDIT);
}

static gboolean
has_run_to_its_end (Drive *drive)
{
  const UiRun *run = ui_session_run (drive->session);
  return run->run->final || run->base.status == UI_MODEL_FAILED;
}

static guint64 all_events;

static gboolean
is_filtered (Drive *drive)
{
  const UiAudit *audit = ui_session_audit (drive->session);
  return audit->count < all_events && audit->filter[0] != '\0';
}

static void
runs (Drive *drive, const char *state)
{
  ui_session_set_persona (drive->session, "woodgrove");
  ok (drive, run (drive, "woodgrove", "an.wg.run", NULL), "the query runs to its end");
  ok (drive, look (drive, UI_MODEL_RUNS, NULL), "runs are read");
  const UiRuns *list = ui_session_runs (drive->session);
  ok (drive, list->runs->len == 1 && list->queries->len == 1 && list->can_start, "one run of one query");
  const UiRunRow *row = list->runs->len > 0 ? g_ptr_array_index (list->runs, 0) : NULL;
  ok (drive, row != NULL && row->ok && row->rows_read == 13872 && row->rows_written == 248,
      "with its row counts");
  g_autofree char *first = g_strdup (row != NULL ? row->id : "");
  ok (drive, look (drive, UI_MODEL_RUN, first), "one run is read");
  const UiRun *one = ui_session_run (drive->session);
  ok (drive, one->run->ok && one->history->len >= 2 && one->has_output, "its history and that it has output");
  ok (drive, look (drive, UI_MODEL_OUTPUT, first), "its output is fetched and read");
  const UiOutput *output = ui_session_output (drive->session);
  ok (drive, output->row_count == 248 && output->columns->len == 2, "as a table");
  drive->done = FALSE;
  list = ui_session_runs (drive->session);
  ui_start_run (drive->session, list->queries->len > 0 ? g_ptr_array_index (list->queries, 0) : "",
                "2025-09-01", "2025-09-02", NULL, on_done, drive);
  ok (drive, finish (drive) && g_str_has_prefix (drive->value, "cl-spark-"),
      "start another run for two days");
  g_autofree char *second = g_strdup (drive->value);
  ui_session_show (drive->session, UI_MODEL_RUN, second);
  until (drive, has_run_to_its_end);
  ok (drive, ui_session_run (drive->session)->run->ok, "it is followed to its end");
  ui_session_hide (drive->session, UI_MODEL_RUN);
  ui_session_hide (drive->session, UI_MODEL_RUN);
  ui_session_hide (drive->session, UI_MODEL_OUTPUT);
  ui_session_hide (drive->session, UI_MODEL_RUNS);
  ok (drive, run (drive, "woodgrove", "an.wg.output", NULL), "the step that shows the answer");
  ui_session_show (drive->session, UI_MODEL_STEP, "an.wg.output");
  until (drive, stands_still);
  const UiStepDetail *detail = ui_session_step (drive->session);
  ok (drive, detail->columns->len == 2 && detail->rows->len > 0, "has it as a table");
  ui_session_hide (drive->session, UI_MODEL_STEP);
  save_files (drive, state);
  ui_session_show (drive->session, UI_MODEL_AUDIT, NULL);
  all_events = ui_session_audit (drive->session)->count;
  ui_session_set_audit_filter (drive->session, "text:QUERY -text:started");
  ok (drive, until (drive, is_filtered), "the filter is applied while reading goes on");
  ui_session_set_audit_filter (drive->session, NULL);
  ui_session_hide (drive->session, UI_MODEL_AUDIT);
}

static void
data (Drive *drive)
{
  ui_session_set_persona (drive->session, "northwind");
  ok (drive, look (drive, UI_MODEL_DATA, NULL), "data is read");
  const UiData *all = ui_session_data (drive->session);
  const UiDataset *one = all->datasets->len > 0 ? g_ptr_array_index (all->datasets, 0) : NULL;
  ok (drive,
      one != NULL && one->present && one->files == 4 && one->rows > 0 && one->remote_files >= 4
          && strcmp (one->state, "Accepted") == 0,
      "files here, blobs there, the document");
  ui_session_hide (drive->session, UI_MODEL_DATA);
}

static void
consortium (Drive *drive)
{
  ui_session_set_persona (drive->session, "operator");
  ok (drive, look (drive, UI_MODEL_CONSORTIUM, NULL), "the consortium is read");
  const UiConsortium *it = ui_session_consortium (drive->session);
  ok (drive,
      it->members->len == 2 && it->users->len == 2 && it->invitations->len == 2 && it->proposals->len > 0,
      "members, users, invitations, proposals");
  const UiProposal *proposal = it->proposals->len > 0 ? g_ptr_array_index (it->proposals, 0) : NULL;
  ok (drive, proposal != NULL && *proposal->title != '\0' && !proposal->open, "a proposal in words");
  g_autofree char *closed = g_strdup (proposal != NULL ? proposal->id : "");
  ok (drive, it->constitution_digest != NULL && it->simulated, "digests, and that attestation is simulated");
  drive->done = FALSE;
  ui_invite_user (drive->session, "carol@example.org", on_done, drive);
  ok (drive, finish (drive) && drive->value != NULL, "invite somebody");
  g_autofree char *invitation = g_strdup (drive->value);
  until (drive, stands_still);
  ok (drive, ui_session_consortium (drive->session)->invitations->len == 3, "the list has grown by itself");
  drive->done = FALSE;
  ui_remove_invitation (drive->session, invitation, on_done, drive);
  ok (drive, finish (drive), "and take it back");
  drive->done = FALSE;
  ui_admit_user (drive->session, invitation, on_done, drive);
  ok (drive, !finish (drive), "nobody can be admitted by it");
  drive->done = FALSE;
  ui_vote (drive->session, closed, TRUE, NULL, on_done, drive);
  ok (drive, !finish (drive), "a closed proposal takes no vote");
  ui_session_hide (drive->session, UI_MODEL_CONSORTIUM);
}

static void
contracts (Drive *drive)
{
  ui_session_set_persona (drive->session, "operator");
  drive->done = FALSE;
  ui_write_contract (drive->session, "draft-one", "first words", on_done, drive);
  ok (drive, finish (drive), "write a draft");
  drive->done = FALSE;
  ui_write_contract (drive->session, "draft-one", "other words", on_done, drive);
  ok (drive, finish (drive), "and another text for it");
  ok (drive, look (drive, UI_MODEL_CONTRACT, "draft-one"), "one contract is read");
  const UiContract *draft = ui_session_contract (drive->session);
  ok (drive, strcmp (draft->data, "other words") == 0 && draft->i_can_propose,
      "the draft and what can be done");
  drive->done = FALSE;
  ui_propose_contract (drive->session, "draft-one", on_done, drive);
  ok (drive, finish (drive) && drive->value != NULL, "propose it");
  look_again (drive, UI_MODEL_CONTRACT);
  until (drive, stands_still);
  draft = ui_session_contract (drive->session);
  ok (drive, draft->missing != NULL && draft->i_can_vote && draft->ballots->len == 1, "who has to vote");
  drive->done = FALSE;
  ui_decide_contract (drive->session, "draft-one", draft->digest, TRUE, on_done, drive);
  ok (drive, finish (drive), "accept it");
  until (drive, stands_still);
  ok (drive,
      look (drive, UI_MODEL_CONTRACTS, NULL) && ui_session_contracts (drive->session)->contracts->len == 2,
      "the list has both");
  drive->done = FALSE;
  ui_set_contract_switch (drive->session, "draft-one", "execution", FALSE, on_done, drive);
  ok (drive, finish (drive), "stop its execution");
  drive->done = FALSE;
  ui_set_contract_switch (drive->session, "draft-one", "logging", TRUE, on_done, drive);
  ok (drive, finish (drive), "logging by proposal");
  drive->done = FALSE;
  ui_propose (drive->session, "{\"actions\":[]}", on_done, drive);
  ok (drive, !finish (drive), "an empty proposal is refused");
  look_again (drive, UI_MODEL_CONTRACT);
  until (drive, stands_still);
  draft = ui_session_contract (drive->session);
  const UiSwitch *first = draft->switches->len == 3 ? g_ptr_array_index (draft->switches, 0) : NULL;
  ok (drive, first != NULL && strcmp (first->status, "disabled") == 0 && first->reason != NULL,
      "switches say why");
  ui_session_hide (drive->session, UI_MODEL_CONTRACT);
  ui_session_hide (drive->session, UI_MODEL_CONTRACTS);
}

static void
keys (Drive *drive, const char *state)
{
  ui_session_set_persona (drive->session, "operator");
  ok (drive, look (drive, UI_MODEL_KEYS, NULL), "keys are read");
  const UiKeys *all = ui_session_keys (drive->session);
  ok (drive, all->keys->len >= 5 && all->missing->len == 0,
      "signing keys, certificates, recovery key, sign-in");
  g_autofree char *path = g_build_filename (state, "operator.pem", NULL);
  drive->done = FALSE;
  ui_export_key (drive->session, "member-certificate", "operator", path, on_done, drive);
  g_autofree char *text = NULL;
  ok (drive,
      finish (drive) && g_file_get_contents (path, &text, NULL, NULL)
          && g_str_has_prefix (text, "-----BEGIN CERTIFICATE"),
      "export a certificate");
  drive->done = FALSE;
  ui_create_key (drive->session, "spare", on_done, drive);
  ok (drive, finish (drive), "make a key");
  drive->done = FALSE;
  ui_delete_key (drive->session, "member-key", "spare", on_done, drive);
  ok (drive, finish (drive), "delete it");
  drive->done = FALSE;
  ui_sign_out (drive->session, on_done, drive);
  ok (drive, finish (drive), "sign out");
  drive->done = FALSE;
  ui_sign_in (drive->session, TRUE, on_done, drive);
  until (drive, asks_for_sign_in);
  ui_approve_sign_in (drive->session, NULL, NULL);
  ok (drive, finish (drive), "sign in again");
  ui_session_hide (drive->session, UI_MODEL_KEYS);
}

static gboolean
checks_are_in (Drive *drive)
{
  const UiHealth *health = ui_session_health (drive->session);
  for (guint i = 0; i < health->checks->len; i++)
    if (((const UiCheck *) g_ptr_array_index (health->checks, i))->state == UI_HEALTH_CHECKING)
      return FALSE;
  return health->checks->len == 8 && !health->base.refreshing;
}

static UiHealthState
check_of (Drive *drive, const char *id)
{
  const UiHealth *health = ui_session_health (drive->session);
  for (guint i = 0; i < health->checks->len; i++) {
    const UiCheck *check = g_ptr_array_index (health->checks, i);
    if (strcmp (check->id, id) == 0)
      return check->state;
  }
  return UI_HEALTH_NONE;
}

static gboolean
has_failed (Drive *drive)
{
  return ui_session_consortium (drive->session)->base.status == UI_MODEL_FAILED;
}

static void
health (Drive *drive)
{
  static const char *const ids[] = { "state",   "environment", "sandbox",     "keyring",
                                     "sign-in", "ledger",      "application", "agent" };
  ui_session_set_persona (drive->session, "woodgrove");
  ui_session_show (drive->session, UI_MODEL_HEALTH, NULL);
  until (drive, checks_are_in);
  guint good = 0;
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    good += check_of (drive, ids[i]) == UI_HEALTH_OK;
    if (check_of (drive, ids[i]) != UI_HEALTH_OK)
      printf ("# %s is not well: %s\n", ids[i],
              ((const UiCheck *) g_ptr_array_index (ui_session_health (drive->session)->checks, i))->text);
  }
  ok (drive, good == G_N_ELEMENTS (ids), "everything is healthy");
  look (drive, UI_MODEL_CONSORTIUM, NULL);
  drive->done = FALSE;
  ui_stop_sandbox (drive->session, on_done, drive);
  ok (drive, finish (drive), "stop the local environment");
  look_again (drive, UI_MODEL_CONSORTIUM);
  until (drive, has_failed);
  const UiConsortium *it = ui_session_consortium (drive->session);
  ok (drive, has_failed (drive) && it->base.problem->next != NULL && it->members->len == 2,
      "a model says so, says what to do, and keeps what it had");
  ui_session_refresh (drive->session, UI_MODEL_HEALTH);
  until (drive, checks_are_in);
  ok (drive, check_of (drive, "sandbox") == UI_HEALTH_FAILED && check_of (drive, "state") == UI_HEALTH_OK,
      "health says which part it is");
  drive->done = FALSE;
  ui_start_sandbox (drive->session, on_done, drive);
  ok (drive, finish (drive), "start it again");
  look_again (drive, UI_MODEL_CONSORTIUM);
  until (drive, stands_still);
  ok (drive, !has_failed (drive), "and the model is well again");
  ui_session_hide (drive->session, UI_MODEL_CONSORTIUM);
  ui_session_hide (drive->session, UI_MODEL_HEALTH);
}

static int
drive_all (const char *state, const char *personas)
{
  UiSessionOptions options = { .state_dir = state,
                               .personas_dir = personas,
                               .persona = "operator",
                               .presenter = TRUE,
                               .own_keyring = TRUE,
                               .refresh_ms = 200 };
  Drive drive = { .context = g_main_context_default () };
  drive.session = ui_session_new (&options);
  sign_in_by_hand (&drive);
  cancel (&drive);
  ui_session_free (drive.session);
  options.auto_approve = TRUE;
  drive.session = ui_session_new (&options);
  journeys (&drive);
  documents (&drive);
  runs (&drive, state);
  data (&drive);
  consortium (&drive);
  contracts (&drive);
  ui_session_free (drive.session);
  options.auto_approve = FALSE;
  drive.session = ui_session_new (&options);
  keys (&drive, state);
  health (&drive);
  drive.done = FALSE;
  ui_play (drive.session, on_done, &drive);
  ok (&drive, finish (&drive), "the presenter plays what is left");
  until (&drive, stands_still);
  ok (&drive, ui_session_overview (drive.session)->complete, "nothing is left for anybody");
  ui_session_free (drive.session);
  g_free (drive.text);
  g_free (drive.value);
  g_free (drive.problem);
  g_free (drive.next);
  return 0;
}

/* ---- three at once ---- */

typedef struct {
  UiSession *session;
  GMainLoop *loop;
  gboolean failed, started;
  gint64 waited_ms;
} Alone;

static void take_next (Alone *alone);

static void
step_done (UiSession *session, const UiResult *result, gpointer data)
{
  (void) session;
  Alone *alone = data;
  alone->started = FALSE;
  if (result->ok || result->state == UI_STEP_WAITING)
    return;
  printf ("# %s: %s | %s\n", ui_session_persona (session), result->problem->what, result->problem->next);
  alone->failed = TRUE;
  g_main_loop_quit (alone->loop);
}

static void
take_next (Alone *alone)
{
  const UiJourney *journey = ui_session_journey (alone->session);
  if (journey->base.status != UI_MODEL_READY || alone->started
      || ui_session_running (alone->session)->running)
    return;
  if (journey->complete) {
    g_main_loop_quit (alone->loop);
    return;
  }
  /* Only what the person would press; what waits was started before and goes on by itself. */
  for (guint i = 0; i < journey->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (journey->steps, i);
    if (step->optional || step->state == UI_STEP_DONE || step->state == UI_STEP_SKIPPED)
      continue;
    if (step->automatic)
      return;
    g_autoptr (GHashTable) inputs = g_hash_table_new (g_str_hash, g_str_equal);
    if (strcmp (step->id, "an.user.approve") == 0)
      g_hash_table_insert (inputs, (gpointer) "decision", (gpointer) "accept");
    alone->started = TRUE;
    ui_run_step (alone->session, step->id, inputs, FALSE, TRUE, step_done, alone);
    return;
  }
}

static void
changed (UiSession *session, guint models, gpointer data)
{
  (void) session;
  if ((models & (UI_MODEL_BIT (UI_MODEL_JOURNEY) | UI_MODEL_BIT (UI_MODEL_RUNNING))) != 0)
    take_next (data);
}

static gboolean
too_late (gpointer data)
{
  Alone *alone = data;
  const UiJourney *journey = ui_session_journey (alone->session);
  printf ("# %s is not done: %u of %u, %s\n", journey->persona, journey->done, journey->total,
          journey->next_text);
  alone->failed = TRUE;
  g_main_loop_quit (alone->loop);
  return G_SOURCE_REMOVE;
}

static int
drive_alone (const char *state, const char *personas, const char *persona)
{
  UiSessionOptions options = { .state_dir = state,
                               .personas_dir = personas,
                               .persona = persona,
                               .auto_approve = TRUE,
                               .own_keyring = TRUE };
  Alone alone = { .loop = g_main_loop_new (NULL, FALSE) };
  alone.session = ui_session_new (&options);
  ui_session_on_change (alone.session, changed, &alone);
  guint limit = g_timeout_add (2 * PATIENCE_MS, too_late, &alone);
  g_main_loop_run (alone.loop);
  if (!alone.failed)
    g_source_remove (limit);
  ui_session_free (alone.session);
  g_main_loop_unref (alone.loop);
  return alone.failed;
}

static int
drive_one (const char *state, const char *personas, const char *persona, const char *step)
{
  UiSessionOptions options = { .state_dir = state,
                               .personas_dir = personas,
                               .persona = persona,
                               .auto_approve = TRUE,
                               .own_keyring = TRUE };
  Drive drive = { .context = g_main_context_default () };
  drive.session = ui_session_new (&options);
  gboolean good = run (&drive, persona, step, NULL);
  printf ("%s: %s\n", good ? "done" : "not done", drive.problem != NULL ? drive.problem : drive.text);
  ui_session_free (drive.session);
  g_free (drive.text);
  g_free (drive.value);
  g_free (drive.problem);
  g_free (drive.next);
  return !good;
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "all") == 0)
    return drive_all (argv[2], argv[3]);
  if (argc == 5 && strcmp (argv[1], "auto") == 0)
    return drive_alone (argv[2], argv[3], argv[4]);
  if (argc == 6 && strcmp (argv[1], "hold") == 0)
    return drive_one (argv[2], argv[3], argv[4], argv[5]);
  fprintf (stderr, "model-tool all|auto|hold STATE PERSONAS [NAME [STEP]]\n");
  return 2;
}
