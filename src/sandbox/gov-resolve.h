/* SPDX-License-Identifier: MIT
 * The decision about a proposal, on plain values: who proposed, who voted what, what it contains.
 *
 * Three rule sets: the one a new network starts with (operators pass operator actions, everything else needs
 * all ordinary members), the one of the governance application, which applies once a constitution has been
 * set, and the latter with what is proposed for it: a contract may name the members that decide about it.
 * Source: the resolve() functions of the two constitutions; "Contracts management" of the proposal.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { GOV_OPEN, GOV_ACCEPTED, GOV_REJECTED } GovDecision;

typedef enum { GOV_RULES_STARTUP, GOV_RULES_CGS, GOV_RULES_PROPOSED } GovRules;

typedef struct {
  const char *id;
  gboolean active; /* FALSE: registered, not yet acknowledged */
  gboolean is_operator;
  gboolean is_recovery_operator;
  gboolean is_cgs_operator;
  gboolean is_contract_operator;
} GovMember;

typedef struct {
  const char *member_id;
  gboolean vote;
} GovVote;

typedef struct {
  const char *name;
  const char *subject;         /* contractId of set_contract, documentId of set_member_document; else NULL */
  gboolean subject_taken;      /* already accepted, or in another open proposal */
  gboolean concerns_operator;  /* set_member or remove_member of an operator */
  gboolean auto_approve;       /* its auto-approve option is enabled */
  const char *const *required; /* proposed rules, set_contract: the members that decide; NULL = all voters */
} GovProposedAction;

typedef struct {
  GovRules rules;
  const char *proposer_id;
  const GovMember *members;
  gsize member_count;
  const GovVote *votes; /* ballots that could be evaluated */
  gsize vote_count;
  const GovProposedAction *actions;
  gsize action_count;
} GovProposalView;

GovDecision gov_resolve (const GovProposalView *view);

/* A ballot text: 1 = returns true, 0 = returns false, -1 = another program, which is not evaluated. */
int gov_ballot_value (const char *text);

/* TRUE for actions an operator may pass alone, whatever their arguments. */
gboolean gov_is_operator_action (const char *name);

G_END_DECLS
