/* SPDX-License-Identifier: MIT
 * Which environment a command is about (--env, else as workflow/place.h says) and who acts there (--as).
 *
 * In the local environment, and in others whose services are described, people are the personas of a
 * scenario. Where only a ledger is known they are member identities and signed-in users of the keyring.
 */
#pragma once

#include "ccf/consortium.h"
#include "base/translate.h"
#include "cli/cli.h"
#include "workflow/people.h"

G_BEGIN_DECLS

#define CLI_DISCOVERY_OPTIONS                                                                                \
  { "service-cert-discovery-endpoint", CLI_VALUE, "URL",                                                     \
    N_ ("recovery agent that proves the certificate") },                                                     \
      { "service-cert-discovery-snp-host-data", CLI_MANY, "HEX", N_ ("host data that is accepted there") },  \
      { "service-cert-discovery-constitution-digest", CLI_VALUE, "DIGEST", N_ ("sha256:HEX agreed upon") },  \
      { "service-cert-discovery-jsapp-bundle-digest", CLI_VALUE, "DIGEST", N_ ("sha256:HEX agreed upon") },  \
  {                                                                                                          \
    "hardware-root", CLI_VALUE, "FILE", N_ ("PEM root of evidence accepted besides AMD's own")               \
  }

/* Kinds of keyring entries of consortia elsewhere: the persona of a token is the environment's name. */
#define CLI_MEMBERS "members" /* persona of identities that were imported */
#define CLI_TOKEN_KIND WORKFLOW_TOKEN_KIND

/* *IT is the consortium of an environment that is but a ledger, NULL where people are personas. Borrowed. */
gboolean cli_consortium (Cli *cli, const CcfConsortium **it, GError **error);
/* The same when only a consortium elsewhere makes sense: CR_ERROR_USAGE for the local one. */
const CcfConsortium *cli_consortium_required (Cli *cli, GError **error);
/* Who acts in IT: --as, --governance-client or what the environment says. NULL = nobody. Borrowed. */
const char *cli_consortium_account (Cli *cli, const CcfConsortium *it);
/* The ledger of IT as that account; without one a client that can only read. Borrowed. */
CcfClient *cli_consortium_client (Cli *cli, const CcfConsortium *it, GError **error);
/* The member identity NAME ("tdp", or "operator/tdp" when two personas have it). CR_ERROR_NOT_FOUND.
 * Gives. */
MemberIdentity *cli_find_member (Cli *cli, const char *name, GError **error);

/* Take an identity from PEM files into the keyring; PERSONA NULL = CLI_MEMBERS, the last path may be NULL.
 * Gives. */
MemberIdentity *cli_import_member (Cli *cli, const char *persona, const char *name,
                                   const char *certificate_path, const char *key_path,
                                   const char *encryption_key_path, GError **error);

/* Tokens issued elsewhere, by environment and name. */
gboolean cli_token_store (Cli *cli, const char *environment, const char *name, const char *token,
                          GError **error);
CrSecretText cli_token_load (Cli *cli, const char *environment, const char *name, GError **error); /* gives */
gboolean cli_token_remove (Cli *cli, const char *environment, const char *name, GError **error);

/* Fill IT from the options: address URL (may be NULL), certificate from the file of CERTIFICATE_OPTION or by
 * discovery, provider, account. */
gboolean cli_fill_consortium (Cli *cli, CcfConsortium *it, const char *url, const char *certificate_option,
                              gboolean discover, GError **error);

/* A refusal for want of an identity says how to name one. */
void cli_explain_anonymous (Cli *cli, GError *error);

G_END_DECLS
