/* SPDX-License-Identifier: MIT
 * An environment: where the services of a collaboration are and what is trusted there.
 *
 * DIR/environment.yaml, written by the sandbox for the local environment, by a person otherwise:
 *
 *     name: local
 *     kind: sandbox                     # or azure
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
 *     attestation-root: |               # optional: PEM; a root of simulated hardware, whose evidence about the
 *       -----BEGIN CERTIFICATE-----     # ledger is believed besides that of AMD's
 */
#pragma once

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

typedef enum { ENVIRONMENT_SANDBOX, ENVIRONMENT_AZURE } EnvironmentKind;

/* All strings owned, URLs without a trailing slash. */
typedef struct {
  char *name;
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
  char *client_id; /* NULL = the default of identity/identity.h */
} Environment;

/* Read STATE_DIR/environment.yaml. CR_ERROR_NOT_FOUND when it is absent (the sandbox has not been started),
 * CR_ERROR_INPUT "FILE:LINE: reason" when it is wrong. Gives. */
Environment *environment_load (const char *state_dir, GError **error);
/* The same from text; FILE names it in messages. */
Environment *environment_parse (const char *text, gsize length, const char *file, GError **error);
void environment_free (Environment *environment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Environment, environment_free)

/* "sandbox" or "azure"; borrowed, static. */
const char *environment_kind_name (EnvironmentKind kind);

G_END_DECLS
