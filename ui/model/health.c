/* SPDX-License-Identifier: MIT
 * Health: every check is a job of its own, so that one that hangs holds up nobody; what is known is shown.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cgs/cgs.h"
#include "cloud/environment.h"
#include "query/query.h"
#include "workflow/local-sandbox.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CHECK_LIMIT_MS 8000u
#define LITTLE_SPACE (256u * 1024 * 1024)

typedef struct Check Check;
typedef void (*CheckFunc) (Check *check);

/* What one check found out; belongs to its job's thread while that runs. */
struct Check {
  guint which;
  UiAccess *access;
  CrJob *job;
  char *scenario, *persona;
  UiHealthState state;
  char *text, *next;
  LocalSandbox *sandbox; /* of the first check */
  char *environment;
  gboolean local;
};

typedef struct {
  UiHealthState state;
  char *text, *next;
  guint elapsed_ms;
  gint64 at_ms;
  UiJob *job;
} Found;

static void
found (Check *check, UiHealthState state, const char *text, const char *next)
{
  check->state = state;
  check->text = cr_text_safe (text);
  check->next = next != NULL ? cr_text_safe (next) : NULL;
}

/* Waiting for somebody is no illness. */
static void
found_error (Check *check, const GError *error)
{
  gboolean waits = g_error_matches (error, CR_ERROR, CR_ERROR_WAITING)
                   || g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  found (check, waits ? UI_HEALTH_NONE : UI_HEALTH_FAILED, error->message, cr_error_hint (error));
}

/* ---- the checks, on threads of their own ---- */

static void
check_state (Check *check)
{
  const char *dir = ui_access_state_dir (check->access);
  struct statvfs space;
  if (!g_file_test (dir, G_FILE_TEST_IS_DIR)) {
    found (check, UI_HEALTH_NONE, _ ("It is made by the first step."), NULL);
  } else if (access (dir, W_OK) != 0) {
    found (check, UI_HEALTH_FAILED, _ ("It cannot be written."), _ ("Give yourself write permission there."));
  } else if (statvfs (dir, &space) == 0) {
    guint64 left = (guint64) space.f_bavail * space.f_frsize;
    g_autofree char *size = g_format_size (left);
    g_autofree char *text = g_strdup_printf (_ ("Writable, %s are free."), size);
    found (check, left < LITTLE_SPACE ? UI_HEALTH_WARNING : UI_HEALTH_OK, text,
           left < LITTLE_SPACE ? _ ("Make room on the disk.") : NULL);
  } else {
    found (check, UI_HEALTH_OK, _ ("Writable."), NULL);
  }
}

static void
check_environment (Check *check)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (Environment) environment = environment_load (ui_access_state_dir (check->access), &problem);
  if (!local_sandbox_is_ours (ui_access_state_dir (check->access), &check->local, NULL))
    check->local = FALSE;
  check->environment = environment != NULL ? g_strdup (environment->name) : g_strdup ("");
  if (environment == NULL) {
    found_error (check, problem);
    return;
  }
  if (environment->kind == ENVIRONMENT_CCF) {
    g_autofree char *only = g_strdup_printf (_ ("%s; only its ledger is described."), environment->name);
    found (check, UI_HEALTH_OK, only, NULL);
    return;
  }
  g_autofree char *text = g_strdup_printf (environment->simulated_attestation
                                               ? _ ("%s; attestation is simulated here.")
                                               : _ ("%s; attestation by hardware."),
                                           environment->name);
  found (check, UI_HEALTH_OK, text, NULL);
}

static void
check_sandbox (Check *check)
{
  const char *dir = ui_access_state_dir (check->access);
  check->sandbox = local_sandbox_status (dir);
  g_autoptr (Environment) environment = environment_load (dir, NULL);
  gboolean ours = TRUE;
  if (!local_sandbox_is_ours (dir, &ours, NULL) || !ours) {
    found (check, UI_HEALTH_NONE, _ ("Not used: another environment is in use."), NULL);
  } else if (check->sandbox->running) {
    g_autofree char *size = g_format_size (check->sandbox->resident_bytes);
    g_autofree char *text = g_strdup_printf (_ ("Runs as process %" PRId64 ", %s."), check->sandbox->pid,
                                             size);
    found (check, UI_HEALTH_OK, text, NULL);
  } else if (environment == NULL) {
    found (check, UI_HEALTH_NONE, _ ("Not started yet; the first step starts it."), NULL);
  } else {
    found (check, UI_HEALTH_FAILED, _ ("It does not run."), _ ("Start it; nothing is lost when it stops."));
  }
}

static void
check_keyring (Check *check)
{
  g_autoptr (GError) problem = NULL;
  UiLease *lease = ui_access_lease (check->access, check->scenario, check->persona, TRUE, &problem);
  KeyStore *store = lease != NULL ? workflow_context_keys (lease->context, &problem) : NULL;
  KeyAttributes filter = { .persona = check->persona };
  if (lease != NULL)
    filter.collaboration = workflow_context_collaboration (lease->context);
  g_autoptr (GPtrArray) entries = store != NULL ? key_store_list (store, &filter, &problem) : NULL;
  if (entries != NULL) {
    g_autofree char *text = g_strdup_printf (g_dngettext (NULL, "Open; %u entry of this persona.",
                                                          "Open; %u entries of this persona.", entries->len),
                                             entries->len);
    found (check, UI_HEALTH_OK, text, NULL);
  } else {
    found_error (check, problem);
  }
  ui_access_give_back (check->access, lease, entries != NULL);
}

/* What talks to the other side needs an environment that runs. */
static UiLease *
lease_for (Check *check, GError **problem)
{
  return ui_access_environment (check->access, FALSE, problem)
             ? ui_access_lease (check->access, check->scenario, check->persona, TRUE, problem)
             : NULL;
}

static void
check_sign_in (Check *check)
{
  g_autoptr (GError) problem = NULL;
  UiLease *lease = lease_for (check, &problem);
  const Environment *environment = lease != NULL ? workflow_context_environment (lease->context, NULL) : NULL;
  if (environment != NULL && environment->identity_url == NULL) {
    found (check, UI_HEALTH_NONE, _ ("Not used: this environment has no identity provider."), NULL);
    ui_access_give_back (check->access, lease, TRUE);
    return;
  }
  IdentitySession *session = lease != NULL ? workflow_context_session (lease->context, &problem) : NULL;
  g_autoptr (IdentityPerson) person = session != NULL
                                          ? identity_session_person (session, check->job, &problem)
                                          : NULL;
  if (person != NULL) {
    g_autofree char *text = g_strdup_printf (_ ("Signed in as %s."), person->address);
    found (check, UI_HEALTH_OK, text, NULL);
  } else {
    found_error (check, problem);
  }
  ui_access_give_back (check->access, lease, person != NULL);
}

static void
check_ledger (Check *check)
{
  g_autoptr (GError) problem = NULL;
  UiLease *lease = lease_for (check, &problem);
  CcfClient *client = lease != NULL ? workflow_context_ccf (lease->context, NULL, &problem) : NULL;
  g_autoptr (json_t) info = client != NULL ? ccf_service_info (check->job, client, &problem) : NULL;
  if (info != NULL) {
    const char *status = cr_json_peek_string (info, "status");
    gboolean open = g_strcmp0 (status, "Open") == 0;
    g_autofree char *text = g_strdup_printf (_ ("Answers; the service is %s."),
                                             status != NULL ? status : "?");
    found (check, open ? UI_HEALTH_OK : UI_HEALTH_WARNING, text, NULL);
  } else {
    found_error (check, problem);
  }
  ui_access_give_back (check->access, lease, info != NULL);
}

static void
check_application (Check *check)
{
  g_autoptr (GError) problem = NULL;
  UiLease *lease = lease_for (check, &problem);
  CcfClient *client = lease != NULL ? workflow_context_ccf (lease->context, NULL, &problem) : NULL;
  g_autoptr (json_t) list = client != NULL ? cgs_contract_list (check->job, client, NULL, &problem) : NULL;
  if (list != NULL) {
    g_autofree char *text = g_strdup_printf (
        g_dngettext (NULL, "Answers you; %u contract.", "Answers you; %u contracts.", json_array_size (list)),
        (guint) json_array_size (list));
    found (check, UI_HEALTH_OK, text, NULL);
  } else {
    found_error (check, problem);
  }
  ui_access_give_back (check->access, lease, list != NULL);
}

static void
check_agent (Check *check)
{
  g_autoptr (GError) problem = NULL;
  UiLease *lease = lease_for (check, &problem);
  if (lease != NULL && workflow_context_who (lease->context)->member) {
    found (check, UI_HEALTH_NONE, _ ("Only users talk to it."), NULL);
    ui_access_give_back (check->access, lease, TRUE);
    return;
  }
  g_autoptr (QueryAgent) agent = lease != NULL ? workflow_context_agent (lease->context, check->job, &problem)
                                               : NULL;
  gboolean ready = agent != NULL && query_agent_wait_ready (check->job, agent, CHECK_LIMIT_MS / 2, &problem);
  if (ready)
    found (check, UI_HEALTH_OK, _ ("Ready for queries."), NULL);
  else
    found_error (check, problem);
  ui_access_give_back (check->access, lease, ready);
}

static const struct {
  const char *id, *title, *whom;
  CheckFunc run;
} checks[] = {
  { "state", N_ ("State folder"), N_ ("The disk"), check_state },
  { "environment", N_ ("Environment"), N_ ("The disk"), check_environment },
  { "sandbox", N_ ("Local environment"), N_ ("The local environment"), check_sandbox },
  { "keyring", N_ ("Key store"), N_ ("The key store"), check_keyring },
  { "sign-in", N_ ("Sign-in"), N_ ("The identity provider"), check_sign_in },
  { "ledger", N_ ("Ledger"), N_ ("The ledger"), check_ledger },
  { "application", N_ ("Governance application"), N_ ("The governance application"), check_application },
  { "agent", N_ ("Clean room"), N_ ("The clean room"), check_agent },
};

struct UiChecks {
  char *persona;
  Found found[G_N_ELEMENTS (checks)];
  LocalSandbox *sandbox;
  char *environment;
  gboolean local;
  guint running;
};

/* ---- in the UI thread ---- */

static void
clear (UiChecks *all)
{
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++) {
    g_free (all->found[i].text);
    g_free (all->found[i].next);
  }
  local_sandbox_free (all->sandbox);
  g_free (all->environment);
  g_free (all->persona);
}

void
ui_health_free (UiChecks *all)
{
  clear (all);
  g_free (all);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
add_sandbox (UiHealth *health, const UiChecks *all)
{
  UiArena *arena = ui_value_arena (health);
  health->sandbox_applies = all->local;
  if (all->sandbox == NULL)
    return;
  health->sandbox_running = all->sandbox->running;
  health->sandbox_pid = all->sandbox->pid;
  health->sandbox_bytes = all->sandbox->resident_bytes;
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (all->sandbox->endpoints), by_name);
  for (GList *name = names; name != NULL; name = name->next)
    ui_add_pair (arena, health->endpoints, name->data,
                 g_hash_table_lookup (all->sandbox->endpoints, name->data));
}

static void
publish (UiSession *session)
{
  UiChecks *all = session->checks;
  UiHealth *health = ui_health_new ();
  UiArena *arena = ui_value_arena (health);
  health->base.status = UI_MODEL_READY;
  health->base.refreshing = all->running > 0;
  health->base.read_ms = cr_now_ms ();
  health->state_dir = ui_text (arena, ui_access_state_dir (session->access));
  health->environment = ui_text_or_empty (arena, all->environment);
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++) {
    const Found *from = &all->found[i];
    UiCheck *check = UI_TAKE (arena, UiCheck);
    check->id = ui_text (arena, checks[i].id);
    check->title = ui_text (arena, _ (checks[i].title));
    check->state = from->at_ms == 0 ? UI_HEALTH_CHECKING : from->state;
    check->text = ui_text (arena, from->text != NULL ? from->text : _ ("is being asked"));
    check->next = ui_text (arena, from->next);
    check->elapsed_ms = from->elapsed_ms;
    check->at_ms = from->at_ms;
    g_ptr_array_add (health->checks, check);
  }
  add_sandbox (health, all);
  ui_publish (session, ui_person (session, all->persona), UI_MODEL_HEALTH, health, TRUE);
}

static void
check_run (UiJob *job, gpointer input, GError **error)
{
  (void) error;
  Check *check = input;
  check->job = ui_job_cr (job);
  checks[check->which].run (check);
}

static void
check_free (gpointer data)
{
  Check *check = data;
  ui_access_unref (check->access);
  local_sandbox_free (check->sandbox);
  g_free (check->scenario);
  g_free (check->persona);
  g_free (check->text);
  g_free (check->next);
  g_free (check->environment);
  g_free (check);
}

static void
check_ended (UiSession *session, UiJob *job, gpointer input, const GError *error)
{
  Check *check = input;
  UiChecks *all = session->checks;
  /* Another round or another persona began meanwhile. */
  if (all == NULL || all->found[check->which].job != job)
    return;
  Found *to = &all->found[check->which];
  to->job = NULL;
  to->at_ms = cr_now_ms ();
  to->elapsed_ms = (guint) (to->at_ms - ui_job_started_ms (job));
  g_clear_pointer (&to->text, g_free);
  g_clear_pointer (&to->next, g_free);
  if (error != NULL) {
    /* Given up: what the thread writes is no longer looked at. */
    to->state = UI_HEALTH_FAILED;
    to->text = cr_text_safe (error->message);
    to->next = g_strdup (cr_error_hint (error));
  } else {
    to->state = check->state;
    to->text = g_steal_pointer (&check->text);
    to->next = g_steal_pointer (&check->next);
    if (check->sandbox != NULL) {
      local_sandbox_free (all->sandbox);
      all->sandbox = g_steal_pointer (&check->sandbox);
    }
    if (check->environment != NULL) {
      g_free (all->environment);
      all->environment = g_steal_pointer (&check->environment);
      all->local = check->local;
    }
  }
  all->running--;
  publish (session);
  if (all->running == 0)
    ui_slot_arm (session, ui_person (session, all->persona), UI_MODEL_HEALTH);
}

void
ui_health_start (UiSession *session, UiPerson *person)
{
  if (session->checks == NULL)
    session->checks = g_new0 (UiChecks, 1);
  UiChecks *all = session->checks;
  if (g_strcmp0 (all->persona, person->name) != 0) {
    clear (all);
    *all = (UiChecks){ .persona = g_strdup (person->name), .local = TRUE };
  }
  ui_timer_stop (&person->slots[UI_MODEL_HEALTH].timer);
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++) {
    if (all->found[i].job != NULL)
      continue; /* still at it */
    Check *check = g_new0 (Check, 1);
    check->which = i;
    check->access = ui_access_ref (session->access);
    check->scenario = g_strdup (session->scenario);
    check->persona = g_strdup (person->name);
    UiJobPlan plan = { .persona = person->name,
                       .why = _ ("health"),
                       .run = check_run,
                       .end = check_ended,
                       .input = check,
                       .free_input = check_free,
                       .limit_ms = CHECK_LIMIT_MS,
                       .whom = _ (checks[i].whom) };
    all->found[i].job = ui_job_start (session, &plan);
    all->running++;
  }
  publish (session);
}
