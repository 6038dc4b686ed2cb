/* SPDX-License-Identifier: MIT
 * Publishing a query and running it through the analytics agent.
 *
 * The agent is reached over TLS with the contract's CA as the only anchor; the user's token travels in
 * x-ms-cleanroom-authorization (current) and Local-Authorization (older), of which each generation ignores
 * the other. Format: analytics agent REST API, release 8.0.0. JOB may be NULL; results are given.
 */
#pragma once

#include "ccf/ccf.h"
#include "query/document.h"

G_BEGIN_DECLS

/* ---- Publish ---- */

/* The people who must agree: the distinct proposers of every input dataset and of the output dataset, in that
 * order, as [{approverId, approverIdType:"user"}]. A dataset that is not accepted yet is CR_ERROR_WAITING
 * naming it. */
json_t *query_approvers (CrJob *job, CcfClient *client, const char *contract_id,
                         const QueryDocument *document, GError **error);
/* Check, find the approvers, write the user document DOCUMENT_ID with the label type=spark-application and
 * propose it with the caller's PROPOSAL_ID (32 hex digits). Votes nothing. Safe to repeat. Gives the user
 * document as read last. */
json_t *query_publish (CrJob *job, CcfClient *client, const char *contract_id, const char *document_id,
                       const QueryDocument *document, const char *proposal_id, GError **error);

/* ---- Run ---- */

typedef struct QueryAgent QueryAgent;

/* ENDPOINT from the contract's deployment information ("url"); TRUST_PEM the contract's CA. PROVIDER gives
 * the user's token before each call; DESTROY (may be NULL) frees DATA. Gives. */
QueryAgent *query_agent_new (const char *endpoint, const char *trust_pem, CcfTokenProvider provider,
                             gpointer data, GDestroyNotify destroy, GError **error);
void query_agent_free (QueryAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QueryAgent, query_agent_free)
/* Endpoint and CA of the contract, read from the governance service; CR_ERROR_WAITING when the operator has
 * not published them yet. Gives both. */
gboolean query_agent_discover (CrJob *job, CcfClient *client, const char *contract_id, char **endpoint,
                               char **trust_pem, GError **error);

/* Find the contract's CA again when the agent's certificate is of another one, as after a rotation of its
 * key: AGENT keeps a reference to CLIENT. Call before the first request. */
void query_agent_follow (QueryAgent *agent, CcfClient *client, const char *contract_id);

/* Wait for GET /ready to say up; CR_ERROR_RETRY after TIMEOUT_MS (0 = 60 s). */
gboolean query_agent_wait_ready (CrJob *job, QueryAgent *agent, guint timeout_ms, GError **error);

typedef struct {
  const char *run_id;     /* required; query_run_id_new() */
  const char *start_date; /* YYYY-MM-DD, both or neither */
  const char *end_date;
  gboolean use_optimizer;
  gboolean dry_run;
  const char *engine; /* x-cleanroom-engine: "duckdb", "sqlite"; NULL = the agent's choice */
} QueryRunRequest;

/* 8 hex digits. Gives. */
char *query_run_id_new (void);
/* "cl-spark-" + run id as the agent spells it. Gives. */
char *query_job_id (const char *run_id);

/* Start. Repeating with the same run id is safe and gives the status of the first. Gives the agent's answer.
 */
json_t *query_run (CrJob *job, QueryAgent *agent, const char *query_id, const QueryRunRequest *request,
                   GError **error);
/* {id, status: {applicationState: {state, errorMessage?}, ..}, events}. */
json_t *query_status (CrJob *job, QueryAgent *agent, const char *job_id, GError **error);
/* applicationState.state of a status object, "UNKNOWN" when absent; borrowed from STATUS. */
const char *query_state (const json_t *status);
gboolean query_state_final (const char *state); /* COMPLETED, FAILED, SUBMISSION_FAILED */
/* Poll (50 ms rising to 2 s) until the state is final, reporting events as progress; network errors and 5xx
 * are sat out for up to two minutes, five seconds on this machine. Gives the last status of a COMPLETED run;
 * FAILED and SUBMISSION_FAILED are CR_ERROR_FAILED with the run's own words and advice. STATUS (may be NULL)
 * gives the last status in both cases. TIMEOUT_MS 0 = 30 min. */
json_t *query_wait (CrJob *job, QueryAgent *agent, const char *job_id, guint timeout_ms, json_t **status,
                    GError **error);
/* {queryId, latestRun, runs, summary}; a query that never ran is CR_ERROR_NOT_FOUND. */
json_t *query_runs (CrJob *job, QueryAgent *agent, const char *query_id, GError **error);
/* What to tell a person about the text of a failed run, translated; NULL when nothing is known. Static. */
const char *query_failure_hint (const char *message);

G_END_DECLS
