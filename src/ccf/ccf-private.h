/* SPDX-License-Identifier: MIT
 * Inside of the CCF client.
 */
#pragma once

#include "ccf/ccf.h"
#include "ccf/snp.h"

G_BEGIN_DECLS

struct CcfClient {
  gatomicrefcount references;
  char *endpoint;            /* without a trailing slash */
  char *service_certificate; /* unchanged */
  HttpClient *open;          /* no client certificate: /gov, /node, bearer calls */
  HttpClient *as_member;     /* with the member's certificate: /app; NULL when not a member */
  MemberIdentity *identity;  /* borrowed */
  CcfTokenProvider provider;
  gpointer provider_data;
  GDestroyNotify provider_destroy;
  gboolean proposes_only;
  CcfRediscover rediscover;
  gpointer rediscover_data;
  GDestroyNotify rediscover_destroy;
  GPtrArray *former; /* certificates that were borrowed before */
};

/* ENDPOINT + PATH. Gives. */
char *ccf_url (const CcfClient *client, const char *path);
/* "/gov/..." + api-version. Gives. */
char *ccf_gov_path (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* POST a COSE message; answers other than 2xx are errors. Gives. */
HttpResponse *ccf_post_cose (CrJob *job, CcfClient *client, const char *path, GBytes *message,
                             GError **error);
/* Wait for the commit of what RESPONSE says; an unknown outcome is fine. */
gboolean ccf_wait_response (CrJob *job, CcfClient *client, const HttpResponse *response, GError **error);
/* The identity, or NULL and CR_ERROR_INPUT. Borrowed. */
MemberIdentity *ccf_need_member (CcfClient *client, GError **error);
/* 64 lower-case hex digits, or CR_ERROR_INPUT naming WHAT. */
gboolean ccf_check_id (const char *id, const char *what, GError **error);
/* "value" of a list answer, all pages (nextLink on the same host only). Gives an array. */
json_t *ccf_read_list (CrJob *job, CcfClient *client, const char *path, GError **error);

/* The certificate that ENDPOINT names now, when it is another one for the key of PINNED: a renewal, which
 * needs no further proof, since the next connection has to show a node that this key certified. NULL
 * otherwise. Gives. */
char *ccf_network_renewed (CrJob *job, const char *endpoint, const char *pinned);

/* Prove an SEV-SNP report (b64 parts as the recovery agent sends them). Gives the 32 bytes host data and 64
 * bytes report data through the arrays; *SIMULATED: the root is SIMULATED_ROOT, not one of AMD's. */
gboolean ccf_snp_verify (const json_t *report, const char *simulated_root, guint8 host_data[32],
                         guint8 report_data[64], gboolean *simulated, GError **error);

G_END_DECLS
