/* SPDX-License-Identifier: MIT
 * Everything one persona has at hand: folders, journal, environment, keys, sign-in, clients.
 *
 * Parts are opened at first use and kept. Opening a persona touches DIR/<persona> and DIR/public only,
 * and only
 * the keyring entries of this collaboration and persona. Errors say what has to be done first. One thread at
 * a time; the parts themselves may be used by more.
 */
#pragma once

#include "base/job.h"
#include "ccf/ccf.h"
#include "cloud/arm.h"
#include "cloud/blob.h"
#include "cloud/environment.h"
#include "cloud/provider.h"
#include "cloud/vault.h"
#include "identity/identity.h"
#include "identity/local.h"
#include "keys/keys.h"
#include "keys/member.h"
#include "query/query.h"
#include "workflow/journal.h"
#include "workflow/loader.h"

G_BEGIN_DECLS

typedef struct WorkflowContext WorkflowContext;

/* STATE_DIR: a state folder, or the folder of an environment that was added (cloud/environment.h); names of
 * keyring entries, journal and files are its own. Makes the folders (0700) and opens the journal. SCENARIO
 * and PERSONA are borrowed and must outlive the context. Gives. */
WorkflowContext *workflow_context_open (const char *state_dir, const WorkflowScenario *scenario,
                                        const WorkflowPersona *persona, GError **error);
void workflow_context_close (WorkflowContext *context);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowContext, workflow_context_close)

/* Approve device code sign-ins of a local environment without a person. */
void workflow_context_set_auto_approve (WorkflowContext *context, gboolean approve);
/* Where only a ledger is known: act as NAME, whatever the environment says; NULL changes nothing. */
void workflow_context_set_actor (WorkflowContext *context, const char *name);
/* Who that is; NULL = nobody is named. Borrowed. */
const char *workflow_context_actor (WorkflowContext *context);
/* Use this store instead of the desktop keyring (tests); borrowed. Call before anything else. */
void workflow_context_set_keys (WorkflowContext *context, KeyStore *keys);

/* Borrowed. */
const char *workflow_context_persona (const WorkflowContext *context);
const WorkflowPersona *workflow_context_who (const WorkflowContext *context);
const WorkflowScenario *workflow_context_scenario (const WorkflowContext *context);
const char *workflow_context_state_dir (const WorkflowContext *context);
WorkflowJournal *workflow_context_journal (WorkflowContext *context);
const char *workflow_context_collaboration (WorkflowContext *context);

/* Absolute path of NAME below the state folder / the persona's private folder. Gives. */
char *workflow_context_path (const WorkflowContext *context, const char *name);
char *workflow_context_private (const WorkflowContext *context, const char *name);

/* Parts; borrowed. CR_ERROR_NOT_FOUND when the environment has never been started. */
const Environment *workflow_context_environment (WorkflowContext *context, GError **error);
KeyStore *workflow_context_keys (WorkflowContext *context, GError **error);
HttpClient *workflow_context_http (WorkflowContext *context, GError **error);
IdentitySession *workflow_context_session (WorkflowContext *context, GError **error);
ArmClient *workflow_context_arm (WorkflowContext *context, GError **error);
ProviderClient *workflow_context_provider (WorkflowContext *context, GError **error);
/* The member identity NAME of this persona; made when it does not exist and CREATE. */
MemberIdentity *workflow_context_member (WorkflowContext *context, const char *name, gboolean create,
                                         gboolean recovery, GError **error);

/* Sign in when nobody is (device code; cr_job_notice "sign-in"), and remember who it is: facts "user",
 * "tenant",
 * "account". */
gboolean workflow_context_sign_in (WorkflowContext *context, CrJob *job, const char *account, GError **error);
/* Local environments: make the person's account when it does not exist. Elsewhere nothing. */
gboolean workflow_context_make_account (WorkflowContext *context, CrJob *job, const char *account,
                                        GError **error);

/* The ledger as this persona: a member by IDENTITY (NULL = the persona's voting identity, the last in its
 * list), a user by token. CR_ERROR_WAITING or CR_ERROR_INPUT when the consortium is not known yet.
 * Borrowed. */
CcfClient *workflow_context_ccf (WorkflowContext *context, const char *identity, GError **error);
/* Pin (or pin anew) endpoint and service certificate; clients made before are dropped. */
gboolean workflow_context_pin (WorkflowContext *context, const char *endpoint,
                               const char *service_certificate, GError **error);
/* The contract that this persona works on: the one that was published (public/analytics.contract-id), else,
 * where an environment was added, the only one that its ledger has, or has accepted. CR_ERROR_WAITING when
 * there is none, CR_ERROR_INPUT when there are several. Gives. */
char *workflow_context_contract (WorkflowContext *context, CrJob *job, CcfClient *client, GError **error);
/* The agent of the contract as this user. Gives. */
QueryAgent *workflow_context_agent (WorkflowContext *context, CrJob *job, GError **error);
/* Blob storage of the account with this endpoint, with the persona's token. Gives. */
BlobClient *workflow_context_blob (WorkflowContext *context, const char *endpoint, GError **error);
/* The key vault with this URL, with the persona's token. Gives. */
VaultClient *workflow_context_vault (WorkflowContext *context, const char *url, GError **error);

/* Facts (journal): remembered values. Those about one scenario (its run, its keys) are kept for each of
 * them. */
gboolean workflow_context_remember (WorkflowContext *context, const char *name, const char *value,
                                    GError **error);
/* NULL when unknown. Gives. */
char *workflow_context_recall (WorkflowContext *context, const char *name);
/* CR_ERROR_INPUT "take the step ... first" when unknown. Gives. */
char *workflow_context_require (WorkflowContext *context, const char *name, GError **error);

/* A vote that a face has cast itself: the step that decides takes note of it, since the ledger forgets the
 * ballots of what was rejected. */
gboolean workflow_context_remember_ballot (WorkflowContext *context, const char *document, gboolean accepted,
                                           GError **error);
/* "accepted" or "rejected" of that vote, once; NULL when there was none. Gives. */
char *workflow_context_take_ballot (WorkflowContext *context, const char *document);

/* What {name} stands for now (persona, scenario values, endpoints, facts, public files); NULL when unknown.
 * The shape of WorkflowLookup with the context as data. Gives. */
char *workflow_context_value (const char *name, gpointer context);

G_END_DECLS
