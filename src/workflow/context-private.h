/* SPDX-License-Identifier: MIT
 * The inside of a persona's context.
 */
#pragma once

#include "workflow/context.h"

G_BEGIN_DECLS

struct WorkflowContext {
  const WorkflowScenario *scenario; /* borrowed */
  const WorkflowPersona *persona;   /* borrowed */
  char *state_dir;
  char *collaboration;
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
  GHashTable *ledgers; /* identity name or "" -> CcfClient */
};

G_END_DECLS
