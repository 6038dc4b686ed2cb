/* SPDX-License-Identifier: MIT
 * Who takes part and what is decided: members, users, invitations, proposals, contracts.
 * Source: CCF governance API 2024-07-01; CGS application (users, contracts); its constitution for the votes.
 */
#pragma once

#include "ui/model/value.h"

G_BEGIN_DECLS

typedef struct {
  char *id;       /* 64 hex digits */
  char *name;     /* display name, else the id */
  char *status;   /* "Active", "Accepted" */
  char *roles;    /* "voter", "operator, recovery participant": words */
  gboolean voter; /* its ballot counts */
  gboolean me;
  char *certificate; /* PEM as lines */
  char *data;        /* member data as JSON lines, or NULL */
} UiMember;

typedef struct {
  char *id;   /* object id */
  char *name; /* as the ledger knows it, else the id */
  char *tenant, *account_type;
  gboolean me;
} UiUser;

typedef struct {
  char *id;
  char *status;  /* "Open", "Accepted", "Finalized" */
  char *account; /* who is invited */
  char *account_type;
  char *accepted_by; /* object id, or NULL */
  gboolean mine;
} UiInvitation;

typedef enum {
  UI_BALLOT_MISSING, /* has not voted yet and its vote counts */
  UI_BALLOT_ACCEPTED,
  UI_BALLOT_REJECTED,
  UI_BALLOT_OTHER, /* a ballot that is a program of its own */
} UiBallotKind;

const char *ui_ballot_word (UiBallotKind kind); /* translated; static */

typedef struct {
  char *voter; /* member id, object id */
  char *name;
  UiBallotKind kind;
  gboolean counts; /* FALSE: operators may vote but are not counted */
  gboolean me;
} UiBallot;

typedef struct {
  char *id;
  char *state; /* "Open", "Accepted", "Rejected", "Withdrawn", "Dropped", "Failed" */
  char *proposer, *proposer_name;
  char *title;        /* the actions in words: "Agree the contract analytics-1" */
  GPtrArray *actions; /* const UiPair*: action, its arguments as JSON lines (cut at 64 KiB) */
  char *digest;       /* SHA-256 of the actions as they are in the ledger */
  GPtrArray *ballots; /* const UiBallot*: everybody whose vote counts, and others who voted */
  char *missing;      /* "northwind and woodgrove have to vote", or NULL when nothing is missing */
  guint accepted, rejected, needed; /* counted ballots; needed = accepting ones that decide it */
  gboolean open, mine;              /* mine: proposed by this persona */
  gboolean i_can_vote;              /* open and no ballot of this persona yet */
  char *why_not_vote;               /* the reason when not, or NULL */
  gboolean user_proposal;           /* of the application (about a document), not of the governance */
  gboolean truncated;               /* actions were longer than shown */
} UiProposal;

typedef struct {
  UiValue base;
  char *endpoint;                            /* of the ledger */
  char *service_status;                      /* "Open", ... */
  char *certificate;                         /* service certificate as lines */
  char *fingerprint;                         /* SHA-256 of it */
  gboolean simulated;                        /* attestation is simulated: say so */
  char *recovery;                            /* "1 of 2 recovery members", or NULL */
  char *constitution_digest, *bundle_digest; /* or NULL */
  GPtrArray *members;                        /* const UiMember* */
  GPtrArray *users;                          /* const UiUser* */
  GPtrArray *invitations;                    /* const UiInvitation* */
  GPtrArray *proposals;                      /* const UiProposal*: open ones first, then newest */
  GPtrArray *issuers;                        /* const UiPair*: token issuers that the ledger trusts */
  GPtrArray *options;                        /* const UiPair*: service-wide switches and their state */
  char *users_note; /* why users or invitations could not be read (not admitted yet), or NULL */
  guint to_vote;    /* open proposals without a ballot of this persona */
} UiConsortium;

typedef struct {
  char *name;           /* "execution", "logging", "telemetry" */
  char *status;         /* "enabled", "disabled", ... */
  char *reason;         /* or NULL */
  GPtrArray *proposals; /* const char*: open proposals about it */
  gboolean can_set;     /* this persona may switch it at once */
  gboolean can_propose;
} UiSwitch;

typedef struct {
  char *id;
  char *state; /* "Draft", "Proposed", "Accepted" */
  gboolean mine_to_decide;
} UiContractRow;

typedef struct {
  UiValue base;
  GPtrArray *contracts; /* const UiContractRow*, by id */
} UiContracts;

typedef struct {
  UiValue base;
  char *id, *state, *version;
  char *data;          /* content as lines (JSON is laid out) */
  char *digest;        /* SHA-256 of the content as the ledger has it */
  char *proposal_id;   /* or NULL */
  GPtrArray *ballots;  /* const UiBallot*: final votes, or those of the open proposal */
  char *missing;       /* or NULL */
  GPtrArray *switches; /* const UiSwitch*, empty unless Accepted */
  GPtrArray *policy;   /* const UiPair*: claim, accepted values */
  char *policy_type;
  char *deployment_spec; /* JSON lines, or NULL */
  char *deployment_info; /* JSON lines, or NULL */
  char *agent_url;       /* or NULL */
  char *ca_certificate;  /* PEM lines, or NULL */
  GPtrArray *secrets;    /* const char*: ids */
  GPtrArray *delegates;  /* const UiPair*: type, id */
  gboolean i_can_vote, i_can_propose;
  char *why_not; /* or NULL */
} UiContract;

G_END_DECLS
