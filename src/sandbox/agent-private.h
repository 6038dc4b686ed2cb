/* SPDX-License-Identifier: MIT
 * The analytics agent of the local clean room: what the agent-*.c and provider-cluster*.c files share.
 *
 * One Agent per sandbox (part "agent"). Its configuration and runs are in DIR/sandbox/runs.db, its TLS key in
 * DIR/sandbox/agent-key.pem. Formats: analytics agent REST API, release 8.0.0 of Azure/azure-cleanroom.
 */
#pragma once

#include "base/db.h"
#include "cloud/token.h"
#include "http/http.h"
#include "sandbox/attestation.h"
#include "sandbox/server.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define AGENT_LISTENER "analytics"

typedef struct {
  Sandbox *sandbox;
  CrDb *db;
  HttpClient *cloud; /* identity provider and storage, trusts the sandbox CA */
  GMutex lock;       /* guards everything below */
  gboolean stopping;
  GThread *renewal; /* agent-renew.c */
  GCond renewal_wanted;
  gboolean ca_changed;
  GThreadPool *workers;
  GHashTable *children; /* job id -> GSubprocess */
  GHashTable *active;   /* SHA-256 of a token -> gint64* monotonic end of its validity */
  GMutex enabling;      /* one change of the configuration at a time */
  /* changed only while the listener is down and no run goes on */
  gboolean configured;
  char *contract_id, *ccf_url, *contract_path, *host_data;
  GPtrArray *recovery_members; /* char* */
  HttpClient *ccf;
  char *constitution_digest, *bundle_digest; /* of the ledger as it was when the agent was set up */
  AttestationClient *attestation;
} Agent;

Agent *agent_get (Sandbox *sandbox);

/* ---- Configuration (agent-start.c) ---- */

/* Configure the agent from an accepted deployment template and start its listener; another configuration
 * replaces the one before when no query runs. CCF_CA is the certificate that the ledger's listener is trusted
 * by. Survives a restart. */
gboolean agent_enable (Sandbox *sandbox, const json_t *deployment, const char *configuration_url,
                       const char *ccf_ca, GError **error);
extern const SandboxRoute agent_routes[];

/* The certificate in use, PEM; NULL before there is one. Gives. */
char *agent_certificate (Agent *agent);
/* Another certificate from the contract's CA for a new key, and the listener with it; under
 * agent->enabling. */
gboolean agent_renew (Agent *agent, GError **error);
/* agent-renew.c: renew the certificate when that is due, until the agent stops. */
void agent_renewal_start (Agent *agent);

/* The clean room's security policy: deterministic text for CONTRACT_PATH, and its SHA-256 in hex. Give. */
char *agent_policy_rego (const char *contract_path);
char *agent_policy_digest (const char *contract_path);

/* ---- Refusals ---- */

/* A refusal as the agent answers it; always returns FALSE. */
gboolean agent_refuse (GError **error, guint status, const char *code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void agent_respond_error (SandboxResponse *response, const GError *error);

/* ---- Calls to the governance service (agent-cgs.c), with evidence ---- */

gboolean agent_user_active (Agent *agent, const char *token, gboolean cached, GError **error);
gboolean agent_check_recovery_members (Agent *agent, GError **error);
/* The accepted user document ID; 404 UserDocumentNotFound, 400 ContractIdMismatch ... Gives. */
json_t *agent_document (Agent *agent, const char *id, GError **error);
/* *ENABLED FALSE comes with *REASON {code, message} (gives). */
gboolean agent_consent (Agent *agent, const char *id, const char *option, gboolean *enabled, json_t **reason,
                        GError **error);
/* Append {source, message} to the contract's audit events. */
gboolean agent_audit (Agent *agent, const char *source, const char *message, GError **error);
/* Signed token for a dataset owner (client assertion). */
CrSecretText agent_assertion (Agent *agent, const char *subject, const char *tenant, const char *issuer,
                              GError **error);
/* A secret of the contract, released to this clean room's evidence, in wiped memory. */
CrSecretText agent_secret (Agent *agent, const char *id, GError **error);
/* Certificate for KEY from the contract's CA, PEM. Gives. */
char *agent_endorsed_certificate (Agent *agent, EVP_PKEY *key, GError **error);

/* ---- A run before it starts (agent-check.c) ---- */

typedef struct {
  char *run_id, *job_id, *start_date, *end_date; /* dates NULL when absent */
  gboolean dry_run;
  const char *engine; /* borrowed */
} AgentRunBody;
void agent_run_body_clear (AgentRunBody *body);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AgentRunBody, agent_run_body_clear)

/* "cl-spark-" + run id, lower case, other characters as hyphens, at most 63. Gives. */
char *agent_job_id (const char *run_id);
/* Checks 5 to 17 of the run call in their order. Gives the specification of the run:
 * {"job": job file without folders, "stores": [{store of input i}], "sink": {store}}. */
json_t *agent_check_run (Agent *agent, const char *query_id, const AgentRunBody *body, GError **error);
/* Dates of the run call; TEXT is an ISO date-time at midnight. *DAY gives YYYY-MM-DD. */
gboolean agent_check_dates (const char *start, const char *end, char **start_day, char **end_day,
                            GError **error);

/* ---- Runs kept (agent-runs.c) ---- */

gboolean agent_run_exists (Agent *agent, const char *job_id);
/* Store the run as SUBMITTED. *NEW is FALSE when somebody else stored it first. */
gboolean agent_run_add (Agent *agent, const char *job_id, const char *run_id, const char *query_id,
                        const json_t *spec, gboolean *is_new, GError **error);
/* SUBMITTED to RUNNING; FALSE when it is no longer SUBMITTED. */
gboolean agent_run_begin (Agent *agent, const char *job_id);
void agent_run_engine (Agent *agent, const char *job_id, const char *engine);
void agent_run_warning (Agent *agent, const char *job_id, const char *text);
void agent_run_event (Agent *agent, const char *job_id, int id, const char *reason, const char *message);
void agent_run_statistics (Agent *agent, const char *job_id, gint64 rows_read, gint64 rows_written);
/* ERROR_TEXT NULL = COMPLETED. */
void agent_run_end (Agent *agent, const char *job_id, const char *error_text);
json_t *agent_run_spec (Agent *agent, const char *job_id); /* gives, NULL when unknown */
char *agent_run_raw_id (Agent *agent, const char *job_id); /* the run id; gives */
/* Ids of runs in STATE. Gives char*. */
GPtrArray *agent_runs_in (Agent *agent, const char *state);
/* The status object; a final state is recorded in the history. NULL when unknown. Gives. */
json_t *agent_run_status (Agent *agent, const char *job_id);
/* The history object of a query; NULL when nothing is recorded. Gives. */
json_t *agent_run_history (Agent *agent, const char *query_id);

/* ---- Execution (agent-run.c, agent-store.c) ---- */

/* Take job JOB_ID up in a worker. */
void agent_start_run (Agent *agent, const char *job_id);
/* Worker function of the thread pool. DATA is the job id (takes). */
void agent_worker (gpointer data, gpointer agent);
/* Download all of STORE to FOLDER, upload FOLDER to STORE, with a token of the store's owner. */
gboolean agent_store_download (Agent *agent, const json_t *store, const char *folder, GError **error);
/* The DEK of a dataset: the KEK is released against evidence of this clean room, the wrapped DEK fetched and
 * unwrapped. KEYS as agent_check_run made it; TOKEN gives tokens of the owner's identity. Gives secret
 * memory. */
GBytes *agent_release_key (Agent *agent, const json_t *keys, CloudTokenFunc token, gpointer data,
                           GError **error);
gboolean agent_store_upload (Agent *agent, const json_t *store, const char *folder, GError **error);

/* agent-trust.c: let the agent find the certificate of a recovered ledger; after agent->ccf is set. */
void agent_follow_ledger (Agent *agent);

G_END_DECLS
