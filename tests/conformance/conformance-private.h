/* SPDX-License-Identifier: MIT
 * The inside of a conformance run, for conformance.c and network.c.
 */
#pragma once

#include "conformance.h"

typedef struct {
  EVP_PKEY *key;
  char *pem, *id;
  MemberIdentity *identity; /* members */
  HttpClient *http;
  CcfClient *ccf;
} Person;

typedef struct {
  guint checks, failures;
  char *first_failure;
} Outcome;

struct Conformance {
  const char *rules; /* of the sandbox; NULL = the default */
  char *folder;
  GPid sandbox;
  char *url, *trust;
  KeyStore *keys;
  Person persons[WHO_COUNT];
  EVP_PKEY *issuer_key, *entra_key;
  AttestationClient *rooms[2];
  guint item;
  gboolean through_client;
  Outcome outcomes[ITEMS + 1][2]; /* raw, client */
  GPtrArray *texts;
  GError *error;
  guint status;
  gboolean waited; /* some answer was 202 */
  json_t *json;
  char *text;
  GHashTable *headers;
};

/* conformance.c */
extern const char *const conf_titles[ITEMS + 1];
/* Replace the last answer; TEXT is taken. */
void conf_set_answer (Conformance *it, guint status, char *text, GHashTable *headers);

void conf_clear (Conformance *it);

/* network.c: a network with everybody in it, behind a running sandbox. FALSE = nothing can be tested. */
gboolean network_start (Conformance *it);
void network_stop (Conformance *it);
/* Stop the sandbox and start it again on the same folder; RULES NULL = not said. FAULT goes into its
 * CLEANROOM_FAULT (NULL = none). */
gboolean network_restart (Conformance *it, const char *rules, const char *fault);
