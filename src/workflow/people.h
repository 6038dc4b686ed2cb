/* SPDX-License-Identifier: MIT
 * Who acts in environments that are but a ledger: member identities and signed-in users of the state folder's
 * keyring entries, whatever persona or program put them there.
 */
#pragma once

#include "ccf/ccf.h"
#include "keys/keys.h"
#include "keys/member.h"

G_BEGIN_DECLS

/* Tokens that were issued elsewhere; the persona of such an entry is the name of its environment. */
#define WORKFLOW_TOKEN_KIND "bearer-token"

/* The member identity NAME ("tdp", or "operator/tdp" when two personas have it). NULL without an error when
 * nobody is called so; CR_ERROR_USAGE when several are. Gives. */
MemberIdentity *workflow_member_find (KeyStore *keys, const char *collaboration, const char *name,
                                      GError **error);
/* The same; CR_ERROR_NOT_FOUND when nobody is called so. */
MemberIdentity *workflow_member_require (KeyStore *keys, const char *collaboration, const char *name,
                                         GError **error);

/* Where the token of NAME lies; borrows all. */
KeyAttributes workflow_token_place (const char *collaboration, const char *environment, const char *name);
/* CR_ERROR_NOT_FOUND says how to sign in. Gives. */
CrSecretText workflow_token_load (KeyStore *keys, const char *collaboration, const char *environment,
                                  const char *name, GError **error);

/* Somebody who acts at one ledger: a member's signatures or a stored token. */
typedef struct WorkflowActor WorkflowActor;
/* NAME in ENVIRONMENT: a member identity if there is one, else a token. Gives. */
WorkflowActor *workflow_actor_find (KeyStore *keys, const char *collaboration, const char *environment,
                                    const char *name, GError **error);
void workflow_actor_free (WorkflowActor *actor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkflowActor, workflow_actor_free)
/* CLIENT acts as ACTOR, which must outlive it. */
gboolean workflow_actor_use (WorkflowActor *actor, CcfClient *client, GError **error);
/* The shape of CcfTokenProvider with the actor as data: the token, while it lasts; nothing here can renew one
 * that was issued elsewhere. CR_ERROR_REFUSED for a member. */
CrSecretText workflow_actor_token (CrJob *job, gboolean renew, gpointer actor, GError **error);

G_END_DECLS
