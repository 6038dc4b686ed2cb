/* SPDX-License-Identifier: MIT
 * An environment: where the services of a collaboration are and what is trusted there.
 *
 * DIR/environment.yaml, written by the sandbox for the local environment, by a person otherwise:
 *
 *     name: local
 *     kind: sandbox                     # azure; or ccf where only a ledger is known, and endpoints may be
 *       missing
 *     simulated-attestation: true
 *     subscription: <guid>              # optional
 *     location: westus                  # optional
 *     client-id: <guid>                 # optional: the public client that signs people in
 *     endpoints:
 *       identity: https://127.0.0.1:1
 *       management: https://127.0.0.1:2
 *       provider: https://127.0.0.1:3
 *       attestation: https://127.0.0.1:4  # optional: the service whose tokens release keys
 *       s3: https://127.0.0.1:5           # optional: buckets of parties without an Azure account
 *     trust: |                          # optional: PEM; the only anchors for these endpoints and for storage
 *       -----BEGIN CERTIFICATE-----
 *     attestation-root: |               # optional: PEM; a root of simulated hardware, whose evidence about
 *       the
 *       -----BEGIN CERTIFICATE-----     # ledger is believed besides that of AMD's
 *
 * and, all optional, the ledger itself: ccf-url, service-certificate, as, discovery, provider
 * (ccf/consortium.h).
 *
 * An environment that was added lies in STATE_DIR/environments/NAME.yaml; its work (journals, artefacts,
 * private folders, locks) lies in the folder STATE_DIR/environments/NAME, which is laid out like a state
 * folder. What lies in STATE_DIR itself is the work of the local environment, so that nothing of the one is
 * ever taken for the other's.
 */
#pragma once

#include "ccf/consortium.h"

#include <glib.h>

G_BEGIN_DECLS

#define ENVIRONMENT_FILE "environment.yaml"
/* The attestation service that clean rooms use where the file names none. */
#define ENVIRONMENT_DEFAULT_ATTESTATION "https://sharedneu.neu.attest.azure.net"
#define ENVIRONMENT_DEFAULT_S3 "https://s3.amazonaws.com"
/* Where the samples keep their buckets. */
#define ENVIRONMENT_S3_REGION "us-west-1"
/* What `location:` is when the file does not say. */
#define ENVIRONMENT_DEFAULT_LOCATION "westus"

typedef enum { ENVIRONMENT_SANDBOX, ENVIRONMENT_AZURE, ENVIRONMENT_CCF } EnvironmentKind;

/* All strings owned, URLs without a trailing slash. Those of kind ccf may be NULL: environment_require(). */
typedef struct {
  char *name;
  char *file; /* which describes it, for messages */
  EnvironmentKind kind;
  gboolean simulated_attestation;
  char *identity_url;
  char *management_url;
  char *provider_url;
  char *attestation_url;
  char *s3_url;
  char *trust_pem;        /* NULL = the system's anchors */
  char *attestation_root; /* NULL = only real hardware proves anything */
  char *subscription;     /* NULL = the only one that the person can see (cloud/arm.h) */
  char *location;
  char *client_id;       /* NULL = the default of identity/identity.h */
  CcfConsortium *ledger; /* never NULL; its URL is where the file names none */
} Environment;

/* The environment whose work lies in FOLDER: a state folder, or a folder of one that was added.
 * CR_ERROR_NOT_FOUND when it is not described (the sandbox has not been started), CR_ERROR_INPUT "FILE:LINE:
 * reason" when it is wrong. Gives. */
Environment *environment_load (const char *folder, GError **error);
/* The description in the file PATH. */
Environment *environment_read (const char *path, GError **error);
/* The same from text; FILE names it in messages. */
Environment *environment_parse (const char *text, gsize length, const char *file, GError **error);
void environment_free (Environment *environment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Environment, environment_free)

/* TRUE for a folder STATE_DIR/environments/NAME of an environment that was added. */
gboolean environment_is_added (const char *folder);
/* The state folder to which FOLDER belongs: itself, or the one around it. Gives. */
char *environment_state_dir (const char *folder);
/* Where the environment of FOLDER is described, whether the file exists or not. Gives. */
char *environment_file (const char *folder);

/* What a step may need of an environment. */
typedef enum {
  ENVIRONMENT_IDENTITY,
  ENVIRONMENT_MANAGEMENT,
  ENVIRONMENT_PROVIDER,
  ENVIRONMENT_SUBSCRIPTION,
} EnvironmentPart;
/* Its value; NULL and CR_ERROR_INPUT which says what is missing in which file, and what to write there.
 * Borrowed. */
const char *environment_require (const Environment *environment, EnvironmentPart part, GError **error);

/* "sandbox", "azure" or "ccf"; borrowed, static. */
const char *environment_kind_name (EnvironmentKind kind);

G_END_DECLS
