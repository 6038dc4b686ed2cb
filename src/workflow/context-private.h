/* SPDX-License-Identifier: MIT
 * The inside of a persona's context.
 */
#pragma once

#include "workflow/context.h"
#include "workflow/people.h"

G_BEGIN_DECLS

struct WorkflowContext {
  const WorkflowScenario *scenario; /* borrowed */
  const WorkflowPersona *persona;   /* borrowed */
  char *state_dir;
  char *collaboration;
  char *contract; /* the one of the ledger, where no file names it */
  WorkflowJournal *journal;
  gboolean auto_approve;
  Environment *environment;
  KeyStore *keys;
  gboolean keys_borrowed;
  HttpClient *http;
  IdentitySession *session;
  ArmClient *arm;
  ProviderClient *provider;
  GHashTable *members; /* name -> MemberIdentity */
  char *as;            /* who acts there; NULL = whom the environment names */
  GHashTable *actors;  /* name -> WorkflowActor: who acts where only a ledger is known */
  GHashTable *ledgers; /* identity name or "" -> CcfClient */
};

G_END_DECLS
