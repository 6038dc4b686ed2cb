/* SPDX-License-Identifier: MIT
 * HTTPS listeners on loopback, requests and answers as plain values, routes as tables.
 *
 * A listener owns a small thread pool; handlers run on its threads and may block. Every part of the
 * sandbox (ledger node, identity provider, resource manager, storage, provider, agent) is one listener
 * with one route table.
 */
#pragma once

#include "base/json.h"

#include <glib.h>
#include <openssl/evp.h>

G_BEGIN_DECLS

typedef struct Sandbox Sandbox;
typedef struct SandboxListener SandboxListener;

/* Takes a body piece by piece as it arrives. Only one thread at a time. */
typedef struct SandboxSink SandboxSink;
struct SandboxSink {
  void (*write) (SandboxSink *sink, const guint8 *data, gsize length); /* keeps what went wrong to itself */
  void (*free) (SandboxSink *sink);
};

typedef struct {
  const char *method;         /* "GET" */
  const char *path;           /* as received, not decoded, starts with '/' */
  const char *query;          /* as received without '?', "" when none */
  GBytes *body;               /* never NULL; at most the listener's limit; empty when a sink took it */
  SandboxSink *sink;          /* what took the body instead; NULL = none */
  guint64 length;             /* of the body, wherever it is */
  GBytes *client_certificate; /* DER, NULL when none was shown; not verified by TLS */
  GHashTable *headers;        /* lower-case name -> value */
  GPtrArray *parameters;      /* char*: what the {braces} of the route matched, in order, not decoded */
} SandboxRequest;

/* At most SIZE bytes of an answer from POSITION on; -1 = cannot be read, the connection is cut. */
typedef gssize (*SandboxRead) (gpointer data, guint64 position, char *buffer, gsize size);

typedef struct {
  guint status;        /* 200 to start with */
  GBytes *body;        /* NULL = empty */
  GHashTable *headers; /* name -> value, owned copies */
  SandboxRead read;    /* instead of BODY: LENGTH bytes that are read while they are sent */
  gpointer reader;
  GDestroyNotify reader_free;
  guint64 length;
} SandboxResponse;

/* Borrowed header value, NULL when absent. NAME in lower case. */
const char *sandbox_request_header (const SandboxRequest *request, const char *name);
/* Decoded query or form value, NULL when absent. Gives. */
char *sandbox_request_query (const SandboxRequest *request, const char *name);
char *sandbox_request_form (const SandboxRequest *request, const char *name); /* x-www-form-urlencoded body */
/* The query decoded, in order of arrival, for signatures: an array of CloudPair (cloud/sign.h). Gives. */
GArray *sandbox_request_pairs (const SandboxRequest *request);
/* The i-th {parameter}; borrowed. */
const char *sandbox_request_parameter (const SandboxRequest *request, guint index);
/* Services whose hosts carry the name of an account or a bucket: "bucket" + SANDBOX_S3_DOMAIN. */
#define SANDBOX_BLOB_DOMAIN ".blob.localhost"
#define SANDBOX_S3_DOMAIN ".s3.localhost"
/* The part of the Host header before DOMAIN; NULL when the host is another. Gives. */
char *sandbox_request_host_part (const SandboxRequest *request, const char *domain);
/* The body as JSON; NULL and CR_ERROR_INPUT otherwise. Gives. */
json_t *sandbox_request_json (const SandboxRequest *request, GError **error);
/* The token of "Authorization: Bearer x", borrowed; NULL when absent. */
const char *sandbox_request_bearer (const SandboxRequest *request);

void sandbox_respond_json (SandboxResponse *response, guint status, json_t *value); /* takes VALUE */
void sandbox_respond_text (SandboxResponse *response, guint status, const char *content_type,
                           const char *text);
void sandbox_respond_bytes (SandboxResponse *response, guint status, const char *content_type,
                            GBytes *body); /* refs */
/* LENGTH bytes that READ gives, a piece at a time, without gaps; takes READER. */
void sandbox_respond_stream (SandboxResponse *response, guint status, const char *content_type,
                             guint64 length, SandboxRead read, gpointer reader, GDestroyNotify reader_free);
void sandbox_respond_empty (SandboxResponse *response, guint status);
/* {"error":{"code","message"}} */
void sandbox_respond_error (SandboxResponse *response, guint status, const char *code, const char *format,
                            ...) G_GNUC_PRINTF (4, 5);
void sandbox_respond_header (SandboxResponse *response, const char *name, const char *value);

typedef void (*SandboxHandler) (Sandbox *sandbox, const SandboxRequest *request, SandboxResponse *response);

/* PATTERN segments in braces match one non-empty segment: "/queries/{id}/run". A last segment of the form
 * {name*} matches the rest with slashes ("/{account}/{container}/{blob*}"). First match wins; a known path
 * with another method answers 405 with Allow, an unknown one 404 ResourceNotFound. End with {NULL, NULL,
 * NULL}. */
typedef struct {
  const char *method; /* "*" = any */
  const char *pattern;
  SandboxHandler handler;
} SandboxRoute;

typedef struct {
  const char *name;            /* key in endpoints.json, "identity", "management", "blob", ... */
  const SandboxRoute *routes;  /* static table, or NULL when FALLBACK takes everything */
  SandboxHandler fallback;     /* may be NULL */
  const char *certificate_pem; /* chain, leaf first; NULL = made from the sandbox CA */
  EVP_PKEY *key;               /* NULL with certificate_pem NULL */
  gboolean request_client_certificate;
  gsize max_body; /* bytes; 0 = 1 MiB; larger answers 413 RequestBodyTooLarge */
  /* Called when the headers are there, before the body: a sink that takes the body, or NULL to have it in
   * SandboxRequest.body. HEAD has no body and no parameters yet. May be NULL. Gives. */
  SandboxSink *(*sink) (Sandbox *sandbox, const SandboxRequest *head);
  guint64 max_sink; /* bytes that a sink is given at most */
  guint threads;    /* 0 = 2 */
  /* A thread for each connection instead, for handlers that wait for the disk or for each other. */
  gboolean thread_per_connection;
} SandboxListenerOptions;

/* Start on 127.0.0.1 on the recorded port of NAME (or a free one, which is then recorded). The listener
 * belongs to SANDBOX and stops with it. NULL and CR_ERROR_ADMIN "port N is taken..." on failure. */
SandboxListener *sandbox_listen (Sandbox *sandbox, const SandboxListenerOptions *options, GError **error);
/* "https://127.0.0.1:PORT", borrowed; NULL when no listener of that name runs. Thread safe. */
const char *sandbox_url (Sandbox *sandbox, const char *name);

/* Where things are. All borrowed, live as long as SANDBOX. */
const char *sandbox_folder (Sandbox *sandbox); /* DIR/sandbox */
const char *sandbox_ca_pem (Sandbox *sandbox); /* certificate that endorses all but ledger node and agent */
void sandbox_log (Sandbox *sandbox, const char *format, ...)
    G_GNUC_PRINTF (2, 3); /* DIR/sandbox/log, no secrets */
/* Settings given at start ("engine", "role-delay-ms", ...); NULL when unset. */
const char *sandbox_setting (Sandbox *sandbox, const char *name);
/* A slot per part for its own state; set once at start by its <part>_start() function. */
gpointer sandbox_part (Sandbox *sandbox, const char *name);
void sandbox_set_part (Sandbox *sandbox, const char *name, gpointer part, GDestroyNotify destroy);

/* Parts, called in this order by main(); each opens its databases and listeners. */
gboolean idp_start (Sandbox *sandbox, GError **error);  /* identity */
gboolean arm_start (Sandbox *sandbox, GError **error);  /* management */
gboolean blob_start (Sandbox *sandbox, GError **error); /* blob and web */
gboolean maa_start (Sandbox *sandbox, GError **error);  /* attestation */
gboolean vault_start (Sandbox *sandbox, GError **error);
gboolean s3_start (Sandbox *sandbox, GError **error);
gboolean ccf_start (Sandbox *sandbox, GError **error); /* ccf (once a network exists) and recovery agent */
gboolean provider_network_start (Sandbox *sandbox, GError **error); /* provider listener */
gboolean agent_start (Sandbox *sandbox, GError **error);            /* analytics (once enabled) */

/* The provider listener's routes for clusters and generateDeployment. */
extern const SandboxRoute provider_cluster_routes[];

/* Internal authority checks shared between parts (thread safe, in-process). */
/* Verify an access token of the identity provider for AUDIENCE; gives its claims or NULL and
 * CR_ERROR_SIGN_IN. */
json_t *idp_check_token (Sandbox *sandbox, const char *token, const char *audience, GError **error);
/* The one subscription of this sandbox; borrowed, NULL before arm_start. */
const char *arm_subscription_id (Sandbox *sandbox);
/* Does PRINCIPAL (object id) hold one of ROLES (GUIDs, NULL-terminated) on SCOPE (resource id) or above
 * it? */
gboolean arm_has_role (Sandbox *sandbox, const char *principal, const char *scope, const char *const *roles);

G_END_DECLS
