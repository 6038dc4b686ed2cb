/* SPDX-License-Identifier: MIT
 * The journal: what is recorded survives, identifiers are drawn once, a killed step is found running.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "workflow/journal.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCENARIO "play"

typedef struct {
  char *dir, *path;
} Place;

static void
place_set_up (Place *place, gconstpointer data)
{
  (void) data;
  place->dir = g_dir_make_tmp ("journal-XXXXXX", NULL);
  place->path = g_build_filename (place->dir, "journal.db", NULL);
}

static void
place_tear_down (Place *place, gconstpointer data)
{
  (void) data;
  g_assert_true (cr_dir_remove (place->dir, NULL));
  g_free (place->dir);
  g_free (place->path);
}

static WorkflowJournal *
open_journal (Place *place)
{
  g_autoptr (GError) error = NULL;
  WorkflowJournal *journal = workflow_journal_open (place->path, &error);
  g_assert_no_error (error);
  return journal;
}

static void
test_life (Place *place, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) inputs = json_pack ("{s:s}", "day", "2025-09-01");
  g_autoptr (json_t) result = json_pack ("{s:i}", "rows", 7);
  g_autofree char *file = g_build_filename (place->dir, "thing.id", NULL);
  g_assert_true (cr_file_write (file, "abc", -1, 0600, NULL));
  WorkflowJournal *journal = open_journal (place);
  g_autoptr (WorkflowEntry) unknown = workflow_journal_read (journal, SCENARIO, "make", &error);
  g_assert_cmpint (unknown->state, ==, WORKFLOW_TODO);
  g_assert_cmpuint (unknown->attempts, ==, 0);
  g_assert_true (workflow_journal_begin (journal, SCENARIO, "make", inputs, &error));
  g_autoptr (WorkflowEntry) running = workflow_journal_read (journal, SCENARIO, "make", &error);
  g_assert_cmpint (running->state, ==, WORKFLOW_RUNNING);
  g_assert_cmpstr (cr_json_peek_string (running->inputs, "day"), ==, "2025-09-01");
  g_autoptr (GPtrArray) artefacts = g_ptr_array_new_with_free_func ((GDestroyNotify) workflow_artefact_free);
  g_ptr_array_add (artefacts, workflow_artefact_new (place->dir, "thing.id", &error));
  g_assert_no_error (error);
  g_assert_true (
      workflow_journal_finish (journal, SCENARIO, "make", WORKFLOW_DONE, result, NULL, artefacts, &error));
  workflow_journal_close (journal);

  journal = open_journal (place);
  g_autoptr (WorkflowEntry) done = workflow_journal_read (journal, SCENARIO, "make", &error);
  g_assert_cmpint (done->state, ==, WORKFLOW_DONE);
  g_assert_cmpint (cr_json_peek_int (done->result, "rows", 0), ==, 7);
  g_autoptr (GPtrArray) read = workflow_journal_artefacts (journal, SCENARIO, "make", &error);
  g_assert_cmpuint (read->len, ==, 1);
  const WorkflowArtefact *artefact = g_ptr_array_index (read, 0);
  g_assert_cmpstr (artefact->sha256, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  /* Another scenario has its own steps. */
  g_autoptr (WorkflowEntry) other = workflow_journal_read (journal, "other", "make", &error);
  g_assert_cmpint (other->state, ==, WORKFLOW_TODO);
  workflow_journal_close (journal);
}

static void
test_intents (Place *place, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  WorkflowJournal *journal = open_journal (place);
  g_autofree char *first = workflow_journal_intent (journal, SCENARIO, "make", "id", "aaaa", &error);
  g_assert_cmpstr (first, ==, "aaaa");
  workflow_journal_close (journal);
  journal = open_journal (place);
  g_autofree char *second = workflow_journal_intent (journal, SCENARIO, "make", "id", "bbbb", &error);
  g_assert_cmpstr (second, ==, "aaaa");
  g_autofree char *other = workflow_journal_intent (journal, SCENARIO, "take", "id", "cccc", &error);
  g_assert_cmpstr (other, ==, "cccc");
  g_assert_true (workflow_journal_renew (journal, SCENARIO, "make", &error));
  g_autofree char *gone = workflow_journal_intent_peek (journal, SCENARIO, "make", "id", &error);
  g_assert_null (gone);
  g_assert_no_error (error);
  g_autofree char *kept = workflow_journal_intent_peek (journal, SCENARIO, "take", "id", &error);
  g_assert_cmpstr (kept, ==, "cccc");
  workflow_journal_close (journal);
}

/* A process is killed between the intent and the end of its step. */
static void
test_kill (Place *place, gconstpointer data)
{
  (void) data;
  int pipe_ends[2];
  g_assert_cmpint (pipe (pipe_ends), ==, 0);
  pid_t child = fork ();
  if (child == 0) {
    WorkflowJournal *journal = workflow_journal_open (place->path, NULL);
    gboolean ok = journal != NULL && workflow_journal_begin (journal, SCENARIO, "make", NULL, NULL)
                  && workflow_journal_intent (journal, SCENARIO, "make", "id", "drawn", NULL) != NULL;
    ssize_t sent = write (pipe_ends[1], ok ? "y" : "n", 1);
    (void) sent;
    raise (SIGKILL);
  }
  char answer = 0;
  g_assert_cmpint (read (pipe_ends[0], &answer, 1), ==, 1);
  g_assert_cmpint (answer, ==, 'y');
  int status = 0;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
  close (pipe_ends[0]);
  close (pipe_ends[1]);
  g_autoptr (GError) error = NULL;
  WorkflowJournal *journal = open_journal (place);
  g_autoptr (WorkflowEntry) entry = workflow_journal_read (journal, SCENARIO, "make", &error);
  g_assert_cmpint (entry->state, ==, WORKFLOW_RUNNING);
  g_autofree char *id = workflow_journal_intent (journal, SCENARIO, "make", "id", "another", &error);
  g_assert_cmpstr (id, ==, "drawn");
  g_assert_true (workflow_journal_begin (journal, SCENARIO, "make", NULL, &error));
  g_autoptr (WorkflowEntry) again = workflow_journal_read (journal, SCENARIO, "make", &error);
  g_assert_cmpuint (again->attempts, ==, 2);
  workflow_journal_close (journal);
}

static void
test_failure (Place *place, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL, problem = NULL, waiting = NULL;
  CrRemote remote = { .http_status = 409, .code = "BallotAlreadySubmitted", .message = "no" };
  cr_set_remote_error (&problem, CR_ERROR_REFUSED, &remote, "Do nothing.", "It was refused.");
  cr_set_error (&waiting, CR_ERROR_WAITING, NULL, "Anna first.");
  g_autoptr (json_t) pending = json_pack ("[{s:s,s:s}]", "persona", "anna", "step", "make");
  WorkflowJournal *journal = open_journal (place);
  g_assert_true (workflow_journal_begin (journal, SCENARIO, "take", NULL, &error));
  g_assert_true (workflow_journal_fail (journal, SCENARIO, "take", problem, NULL, &error));
  g_autoptr (WorkflowEntry) failed = workflow_journal_read (journal, SCENARIO, "take", &error);
  g_assert_cmpint (failed->state, ==, WORKFLOW_FAILED);
  g_assert_cmpstr (failed->error_name, ==, "refused");
  g_assert_cmpstr (failed->error_message, ==, "It was refused.");
  g_assert_cmpstr (failed->error_hint, ==, "Do nothing.");
  g_assert_cmpstr (failed->error_remote, ==, "BallotAlreadySubmitted");
  g_assert_true (workflow_journal_fail (journal, SCENARIO, "take", waiting, pending, &error));
  g_autoptr (WorkflowEntry) waits = workflow_journal_read (journal, SCENARIO, "take", &error);
  g_assert_cmpint (waits->state, ==, WORKFLOW_WAITING);
  g_assert_cmpuint (json_array_size (waits->pending), ==, 1);
  g_autoptr (GError) stopped = NULL;
  cr_set_error (&stopped, CR_ERROR_CANCELLED, NULL, "Stopped.");
  g_assert_true (workflow_journal_fail (journal, SCENARIO, "take", stopped, NULL, &error));
  g_autoptr (WorkflowEntry) cut = workflow_journal_read (journal, SCENARIO, "take", &error);
  g_assert_cmpint (cut->state, ==, WORKFLOW_CANCELLED);
  g_assert_cmpstr (cut->error_name, ==, "cancelled");
  g_assert_true (
      workflow_journal_finish (journal, SCENARIO, "take", WORKFLOW_DONE, NULL, NULL, NULL, &error));
  g_autoptr (WorkflowEntry) done = workflow_journal_read (journal, SCENARIO, "take", &error);
  g_assert_null (done->error_message);
  g_assert_null (done->pending);
  workflow_journal_close (journal);
}

static void
test_facts (Place *place, gconstpointer data)
{
  (void) data;
  g_autoptr (GError) error = NULL;
  WorkflowJournal *journal = open_journal (place);
  g_assert_null (workflow_journal_recall (journal, "user", &error));
  g_assert_no_error (error);
  g_assert_true (workflow_journal_remember (journal, "user", "one", &error));
  g_assert_true (workflow_journal_remember (journal, "user", "two", &error));
  g_autofree char *value = workflow_journal_recall (journal, "user", &error);
  g_assert_cmpstr (value, ==, "two");
  workflow_journal_close (journal);
  struct stat info;
  g_assert_cmpint (g_stat (place->path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/journal/life", Place, NULL, place_set_up, test_life, place_tear_down);
  g_test_add ("/journal/intents", Place, NULL, place_set_up, test_intents, place_tear_down);
  g_test_add ("/journal/kill", Place, NULL, place_set_up, test_kill, place_tear_down);
  g_test_add ("/journal/failure", Place, NULL, place_set_up, test_failure, place_tear_down);
  g_test_add ("/journal/facts", Place, NULL, place_set_up, test_facts, place_tear_down);
  return g_test_run ();
}
