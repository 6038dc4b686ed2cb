/* SPDX-License-Identifier: MIT
 * The people of the local environment: accounts at the sandbox's identity provider, and a stand-in for the
 * browser in which a person approves a sign-in. Refused for every environment that is not a sandbox.
 */
#pragma once

#include "base/job.h"
#include "http/http.h"
#include "keys/keys.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  KeyStore *keys;   /* borrowed */
  HttpClient *http; /* borrowed; trusts the sandbox */
  const char *collaboration;
  const char *persona;
  const char *identity_url;
  gboolean sandbox; /* the environment is of kind sandbox; FALSE makes every call CR_ERROR_REFUSED */
} IdentityLocal;

typedef struct {
  char *address, *oid, *tid;
  gboolean created; /* FALSE: it was there already, oid and tid are NULL */
} IdentityAccount;
void identity_account_free (IdentityAccount *account);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IdentityAccount, identity_account_free)

/* Make the account ADDRESS; its password goes into the persona's key store (kind "account", name ADDRESS),
 * which plays the person's memory. An account that exists is fine when its password is stored; CR_ERROR_INPUT
 * otherwise. Gives. */
IdentityAccount *identity_local_create_account (const IdentityLocal *local, CrJob *job, const char *address,
                                                GError **error);

/* Do what the person does with a code: fetch the device page and post user code, address and password.
 * CR_ERROR_SIGN_IN when the page refuses. */
gboolean identity_local_approve (const IdentityLocal *local, CrJob *job, const char *address,
                                 const char *user_code, GError **error);

G_END_DECLS
