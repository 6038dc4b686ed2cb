/* SPDX-License-Identifier: MIT
 * A consortium that was made elsewhere: where its ledger is, and what is trusted there.
 *
 * STATE_DIR/environments/NAME.yaml, written by `cleanroom env add` and readable by people:
 *
 *     name: trials
 *     kind: ccf
 *     ccf-url: https://ledger.example:443
 *     as: tdp                        # optional: who acts when nobody is named
 *     service-certificate: |         # the only trust anchor, byte for byte as the service names it
 *       -----BEGIN CERTIFICATE-----
 *     discovery:                     # optional: how the certificate is found again after a recovery
 *       url: https://ledger.example:444/network/report
 *       host-data: [<64 hex digits>]
 *       constitution-digest: sha256:<hex>
 *       jsapp-bundle-digest: sha256:<hex>
 *       root: |                      # optional: a hardware root accepted besides AMD's own
 *         -----BEGIN CERTIFICATE-----
 *     provider:                      # optional: the service that makes and repairs the network
 *       url: https://provider.example
 *       trust: |                     # optional: PEM; the system's anchors otherwise
 *
 * `kind` is ccf where only the ledger is described. The same file may describe services too (endpoints,
 * trust, ...: cloud/environment.h), with kind sandbox or azure and the ledger being optional; they are
 * carried along here.
 *
 * STATE_DIR/environments/current holds the name of the one in use. The name "local" is reserved for the
 * environment of this machine, which is not described here.
 */
#pragma once

#include "base/yaml.h"
#include "ccf/ccf.h"

G_BEGIN_DECLS

#define CCF_CONSORTIUM_LOCAL "local"
#define CCF_CONSORTIUM_KIND "ccf"
/* The folder of the descriptions, below the state folder. */
#define CCF_CONSORTIUM_FOLDER "environments"

/* All strings owned; NULL when absent. URLs without a trailing slash. */
typedef struct {
  char *name;
  char *kind;                /* "ccf", "sandbox" or "azure" */
  json_t *services;          /* what the file says besides the ledger, as it is there */
  char *url;                 /* NULL for a provider without a network yet */
  char *service_certificate; /* NULL with URL NULL */
  char *account;             /* "as" */
  char *discovery_url;
  GStrv host_data; /* NULL without discovery */
  char *constitution_digest, *bundle_digest;
  char *root;
  char *provider_url, *provider_trust;
} CcfConsortium;

CcfConsortium *ccf_consortium_new (const char *name); /* gives */
void ccf_consortium_free (CcfConsortium *consortium);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CcfConsortium, ccf_consortium_free)

/* Read NAME. CR_ERROR_NOT_FOUND when it was never added, CR_ERROR_INPUT "FILE:LINE: reason". Gives. */
CcfConsortium *ccf_consortium_load (const char *state_dir, const char *name, GError **error);
CcfConsortium *ccf_consortium_parse (const char *text, gsize length, const char *file, GError **error);
/* The same from a mapping that was read already; any name will do. */
CcfConsortium *ccf_consortium_read (CrYaml *root, GError **error);
/* The description as a file holds it. Gives. */
char *ccf_consortium_text (const CcfConsortium *consortium);
/* Check and write; an existing one is replaced. What was done in an environment of that name which is another
 * one makes way (ccf_consortium_make_way). */
gboolean ccf_consortium_save (const CcfConsortium *consortium, const char *state_dir, GError **error);
/* The folder STATE_DIR/environments/NAME holds what was done in the environment NAME. When CONSORTIUM is not
 * what it was done in, the folder is renamed, so that nothing of the one is taken for the other's; *WHERE
 * (may be NULL) says to what, NULL when nothing had to be. Gives. */
gboolean ccf_consortium_make_way (const CcfConsortium *consortium, const char *state_dir, char **where,
                                  GError **error);
/* Absent is CR_ERROR_NOT_FOUND; when it was the current one, none is current afterwards. Its folder is
 * renamed. */
gboolean ccf_consortium_remove (const char *state_dir, const char *name, GError **error);
gboolean ccf_consortium_exists (const char *state_dir, const char *name);
/* Names, sorted. Gives GPtrArray of char*. */
GPtrArray *ccf_consortium_list (const char *state_dir);
/* Where NAME is kept. Gives. */
char *ccf_consortium_path (const char *state_dir, const char *name);

/* The name that was chosen for this state folder, NULL when none was (workflow/place.h decides then).
 * Gives. */
char *ccf_consortium_current (const char *state_dir);
/* NAME must exist or be CCF_CONSORTIUM_LOCAL; NULL = none is chosen any more. */
gboolean ccf_consortium_use (const char *state_dir, const char *name, GError **error);

/* What ccf_discover() wants; borrows from CONSORTIUM. FALSE and CR_ERROR_INPUT without discovery. */
gboolean ccf_consortium_discovery (const CcfConsortium *consortium, CcfDiscovery *discovery, GError **error);
/* A client without identity. CR_ERROR_INPUT when there is no network yet. Gives. */
CcfClient *ccf_consortium_client (const CcfConsortium *consortium, GError **error);

G_END_DECLS
