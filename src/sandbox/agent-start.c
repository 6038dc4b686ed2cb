/* SPDX-License-Identifier: MIT
 * The agent's life: database, configuration from the accepted deployment, certificate, listener, restart.
 */
#include "sandbox/agent-private.h"
#include "sandbox/sandbox-private.h"

#include "base/clock.h"
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "cose/x509.h"

#include <openssl/pem.h>
#include <string.h>

#define WORKERS 2
#define LISTENER_THREADS 4

static const char *const migrations[] = {
  "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
  "CREATE TABLE cluster (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
  "CREATE TABLE operation (id TEXT PRIMARY KEY, value TEXT NOT NULL);"
  "CREATE TABLE run (job_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, query_id TEXT NOT NULL, state TEXT NOT NULL,"
  " error TEXT, spec TEXT NOT NULL, submitted INTEGER NOT NULL, started INTEGER, ended INTEGER, engine TEXT,"
  " rows_read INTEGER NOT NULL DEFAULT 0, rows_written INTEGER NOT NULL DEFAULT 0,"
  " recorded INTEGER NOT NULL DEFAULT 0);"
  "CREATE INDEX run_by_query ON run (query_id, recorded);"
  "CREATE TABLE event (job_id TEXT NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,"
  " time INTEGER NOT NULL);"
  "CREATE INDEX event_by_job ON event (job_id);"
  "CREATE TABLE warning (job_id TEXT NOT NULL, text TEXT NOT NULL);"
  "CREATE INDEX warning_by_job ON warning (job_id);",
  NULL,
};

Agent *
agent_get (Sandbox *sandbox)
{
  return sandbox_part (sandbox, "agent");
}

char *
agent_policy_rego (const char *contract_path)
{
  return g_strdup_printf (
      "package policy\n\n"
      "# Security policy of the local clean room: simulated hardware, one query process per run.\n"
      "api_version := \"0.10.0\"\n"
      "framework_version := \"0.2.3\"\n\n"
      "contract := \"%s\"\n"
      "containers := [{\"name\": \"cleanroom-room\", \"network\": false, \"mounts\": [\"run folder\"]}]\n"
      "allow_properties_access := false\n"
      "allow_dump_stacks := false\n"
      "allow_runtime_logging := false\n"
      "allow_environment_variable_dropping := false\n"
      "allow_unencrypted_scratch := false\n",
      contract_path);
}

char *
agent_policy_digest (const char *contract_path)
{
  g_autofree char *rego = agent_policy_rego (contract_path);

  return cr_sha256_hex (rego, strlen (rego));
}

static void
agent_free (gpointer data)
{
  Agent *agent = data;
  GHashTableIter iter;
  gpointer child;

  g_mutex_lock (&agent->lock);
  agent->stopping = TRUE;
  g_cond_signal (&agent->renewal_wanted);
  g_hash_table_iter_init (&iter, agent->children);
  while (g_hash_table_iter_next (&iter, NULL, &child))
    g_subprocess_force_exit (child);
  g_mutex_unlock (&agent->lock);
  if (agent->renewal != NULL)
    g_thread_join (agent->renewal);
  if (agent->workers != NULL)
    g_thread_pool_free (agent->workers, TRUE, TRUE); /* those that have not begun stay SUBMITTED */
  g_clear_pointer (&agent->db, cr_db_close);
  g_clear_pointer (&agent->cloud, http_client_unref);
  g_clear_pointer (&agent->ccf, http_client_unref);
  g_clear_pointer (&agent->constitution_digest, g_free);
  g_clear_pointer (&agent->bundle_digest, g_free);
  g_clear_pointer (&agent->attestation, attestation_client_free);
  g_clear_pointer (&agent->recovery_members, g_ptr_array_unref);
  g_hash_table_unref (agent->children);
  g_hash_table_unref (agent->active);
  g_free (agent->contract_id);
  g_free (agent->ccf_url);
  g_free (agent->contract_path);
  g_free (agent->host_data);
  g_cond_clear (&agent->renewal_wanted);
  g_mutex_clear (&agent->lock);
  g_mutex_clear (&agent->enabling);
  g_free (agent);
}

static char *
setting (Agent *agent, const char *key)
{
  sqlite3_stmt *row;
  char *value = NULL;

  cr_db_lock (agent->db);
  row = cr_db_query (agent->db, NULL, "SELECT value FROM setting WHERE key = ?", "s", key);
  if (row != NULL && cr_db_step (agent->db, row, NULL)) {
    value = cr_db_text (row, 0);
    cr_db_done (row);
  }
  cr_db_unlock (agent->db);
  return value;
}

static gboolean
keep (Agent *agent, const char *key, const char *value, GError **error)
{
  return cr_db_run (
      agent->db, error,
      "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", "ss", key,
      value);
}

static char *
key_path (Agent *agent)
{
  return g_build_filename (sandbox_folder (agent->sandbox), "agent-key.pem", NULL);
}

/* Base64 of a JSON array of member ids, as the deployment template carries it. */
static GPtrArray *
read_members (const char *text)
{
  g_autoptr (GBytes) bytes = text != NULL ? cr_base64_decode (text, "the recovery members", NULL) : NULL;
  g_autoptr (json_t) list = bytes != NULL ? cr_json_parse_bytes (bytes, "the recovery members", NULL) : NULL;
  GPtrArray *members = g_ptr_array_new_with_free_func (g_free);
  json_t *entry;
  gsize index;

  json_array_foreach (list, index, entry) {
    const char *id = json_is_string (entry) ? json_string_value (entry)
                                            : cr_json_peek_string (entry, "memberId");

    if (id != NULL)
      g_ptr_array_add (members, g_strdup (id));
  }
  return members;
}

/* Fill in the configuration from {"values", "url", "ca"}. */
static gboolean
configure (Agent *agent, const json_t *configuration, GError **error)
{
  const json_t *values = json_object_get (configuration, "values");
  const char *endpoint = cr_json_get_string (values, "ccrgovEndpoint", "the deployment template", error);
  const char *path = endpoint != NULL ? cr_json_get_string (values, "ccrgovApiPathPrefix",
                                                            "the deployment template", error)
                                      : NULL;
  const char *ca = path != NULL ? cr_json_get_string (configuration, "ca", "the agent's configuration", error)
                                : NULL;
  g_autoptr (HttpClient) ccf = ca != NULL ? http_client_new (ca, error) : NULL;
  g_autofree char *digest = path != NULL ? agent_policy_digest (path) : NULL;
  AttestationClient *attestation;

  if (ccf == NULL || !g_str_has_prefix (path, "/app/contracts/")) {
    if (ccf != NULL)
      cr_set_error (error, CR_ERROR_INPUT, NULL, "The deployment template names no contract");
    return FALSE;
  }
  attestation = attestation_client_new (sandbox_folder (agent->sandbox), digest, error);
  if (attestation == NULL)
    return FALSE;
  agent->attestation = attestation;
  agent->ccf = g_steal_pointer (&ccf);
  agent_follow_ledger (agent);
  agent->ccf_url = g_strdup (endpoint);
  if (g_str_has_suffix (agent->ccf_url, "/"))
    agent->ccf_url[strlen (agent->ccf_url) - 1] = '\0';
  agent->contract_path = g_strdup (path);
  agent->contract_id = g_strdup (path + strlen ("/app/contracts/"));
  agent->host_data = g_steal_pointer (&digest);
  agent->recovery_members = read_members (cr_json_peek_string (values, "ccfNetworkRecoveryMembers"));
  agent->configured = TRUE;
  return TRUE;
}

static void
unconfigure (Agent *agent)
{
  agent->configured = FALSE;
  g_clear_pointer (&agent->attestation, attestation_client_free);
  g_clear_pointer (&agent->ccf, http_client_unref);
  g_clear_pointer (&agent->constitution_digest, g_free);
  g_clear_pointer (&agent->bundle_digest, g_free);
  g_clear_pointer (&agent->ccf_url, g_free);
  g_clear_pointer (&agent->contract_path, g_free);
  g_clear_pointer (&agent->contract_id, g_free);
  g_clear_pointer (&agent->host_data, g_free);
  g_clear_pointer (&agent->recovery_members, g_ptr_array_unref);
}

/* A certificate from the contract's CA for a new key; both are kept. Gives the PEM. */
static char *
new_certificate (Agent *agent, GError **error)
{
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P256, error);
  g_autofree char *path = key_path (agent);
  g_autofree char *pem = key != NULL ? agent_endorsed_certificate (agent, key, error) : NULL;
  g_auto (CrSecretText) text = pem != NULL ? cose_key_private_pem (key) : NULL;

  if (pem == NULL || !cr_file_write (path, text, -1, 0600, error) || !keep (agent, "certificate", pem, error))
    return NULL;
  return g_steal_pointer (&pem);
}

static gboolean
listen_with (Agent *agent, const char *certificate, GError **error)
{
  g_autofree char *path = key_path (agent);
  g_autoptr (GBytes) file = cr_file_read (path, COSE_PEM_MAX_BYTES, error);
  g_autoptr (EVP_PKEY) key = NULL;
  SandboxListenerOptions options = { .name = AGENT_LISTENER,
                                     .routes = agent_routes,
                                     .threads = LISTENER_THREADS };

  if (file != NULL)
    key = cose_key_from_private_pem (g_bytes_get_data (file, NULL), (gssize) g_bytes_get_size (file),
                                     "the agent's key", error);
  if (key == NULL)
    return FALSE;
  options.certificate_pem = certificate;
  options.key = key;
  return sandbox_listen (agent->sandbox, &options, error) != NULL;
}

char *
agent_certificate (Agent *agent)
{
  return setting (agent, "certificate");
}

gboolean
agent_renew (Agent *agent, GError **error)
{
  g_autofree char *pem = new_certificate (agent, error);

  if (pem == NULL)
    return FALSE;
  if (sandbox_url (agent->sandbox, AGENT_LISTENER) != NULL)
    sandbox_stop_listener (agent->sandbox, AGENT_LISTENER); /* waits for its handlers; runs go on */
  return listen_with (agent, pem, error);
}

/* End the listener and forget the configuration, so that another one can take its place. */
static gboolean
retire (Agent *agent, GError **error)
{
  g_autoptr (GPtrArray) running = agent_runs_in (agent, "RUNNING");
  g_autoptr (GPtrArray) waiting = agent_runs_in (agent, "SUBMITTED");

  if (agent->configured && running->len + waiting->len > 0)
    return agent_refuse (error, 409, "InvalidInput",
                         "A query is running. Wait until it has ended, then change the workload.");
  if (sandbox_url (agent->sandbox, AGENT_LISTENER) != NULL)
    sandbox_stop_listener (agent->sandbox, AGENT_LISTENER); /* waits for its handlers */
  unconfigure (agent);
  return TRUE;
}

static gboolean
enable_locked (Sandbox *sandbox, const json_t *deployment, const char *configuration_url, const char *ccf_ca,
               GError **error)
{
  Agent *agent = agent_get (sandbox);
  g_autoptr (json_t) configuration = json_object ();
  g_autofree char *text = NULL, *pem = NULL, *before = setting (agent, "configuration");

  cr_json_set (configuration, "values", json_deep_copy (json_object_get (deployment, "values")));
  cr_json_set_string (configuration, "url", configuration_url);
  cr_json_set_string (configuration, "ca", ccf_ca);
  text = cr_json_dump (configuration);
  if (agent->configured && g_strcmp0 (before, text) == 0 && sandbox_url (sandbox, AGENT_LISTENER) != NULL)
    return TRUE; /* the same again */
  if (!retire (agent, error))
    return FALSE;
  if (!configure (agent, configuration, error))
    return FALSE;
  pem = new_certificate (agent, error);
  if (pem == NULL || !keep (agent, "configuration", text, error) || !listen_with (agent, pem, error)) {
    unconfigure (agent);
    return FALSE;
  }
  return TRUE;
}

gboolean
agent_enable (Sandbox *sandbox, const json_t *deployment, const char *configuration_url, const char *ccf_ca,
              GError **error)
{
  Agent *agent = agent_get (sandbox);
  gboolean done;

  g_mutex_lock (&agent->enabling);
  done = enable_locked (sandbox, deployment, configuration_url, ccf_ca, error);
  g_mutex_unlock (&agent->enabling);
  return done;
}

/* Runs of the process before this one. */
static void
resume_runs (Agent *agent)
{
  g_autoptr (GPtrArray) lost = agent_runs_in (agent, "RUNNING");
  g_autoptr (GPtrArray) waiting = agent_runs_in (agent, "SUBMITTED");

  for (guint i = 0; i < lost->len; i++) {
    g_autofree char *marked = g_strconcat ("!", g_ptr_array_index (lost, i), NULL);
    agent_start_run (agent, marked);
  }
  for (guint i = 0; i < waiting->len; i++)
    agent_start_run (agent, g_ptr_array_index (waiting, i));
}

/* The listener of an earlier process again. A certificate that has ended is renewed by the ledger. */
static gboolean
reopen (Agent *agent, GError **error)
{
  g_autofree char *text = setting (agent, "configuration");
  g_autofree char *pem = setting (agent, "certificate");
  g_autoptr (json_t) configuration = NULL;
  g_autoptr (GError) problem = NULL;

  if (text == NULL)
    return TRUE;
  configuration = cr_json_parse (text, strlen (text), "the agent's configuration", error);
  if (configuration == NULL)
    return FALSE;
  if (!configure (agent, configuration, &problem)
      || (pem == NULL && (pem = new_certificate (agent, &problem)) == NULL)) {
    unconfigure (agent);
    sandbox_log (agent->sandbox, "the analytics agent stays off: %s", problem->message);
    return TRUE;
  }
  /* A renewal that was cut off leaves a key without its certificate. */
  if (!listen_with (agent, pem, NULL) && !agent_renew (agent, error))
    return FALSE;
  resume_runs (agent);
  return TRUE;
}

gboolean
agent_start (Sandbox *sandbox, GError **error)
{
  g_autofree char *path = g_build_filename (sandbox_folder (sandbox), "runs.db", NULL);
  g_autofree char *runs = g_build_filename (sandbox_folder (sandbox), "runs", NULL);
  Agent *agent = g_new0 (Agent, 1);

  agent->sandbox = sandbox;
  g_mutex_init (&agent->lock);
  g_cond_init (&agent->renewal_wanted);
  g_mutex_init (&agent->enabling);
  agent->children = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  agent->active = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  sandbox_set_part (sandbox, "agent", agent, agent_free);
  agent->workers = g_thread_pool_new (agent_worker, agent, WORKERS, FALSE, error);
  agent->db = agent->workers != NULL ? cr_db_open (path, migrations, error) : NULL;
  agent->cloud = agent->db != NULL ? http_client_new (sandbox_ca_pem (sandbox), error) : NULL;
  if (agent->cloud == NULL || !cr_dir_make (runs, 0700, error) || !reopen (agent, error))
    return FALSE;
  agent_renewal_start (agent);
  return TRUE;
}
