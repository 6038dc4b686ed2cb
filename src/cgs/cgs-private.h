/* SPDX-License-Identifier: MIT
 * Inside of the governance service client.
 */
#pragma once

#include "ccf/ccf.h"

G_BEGIN_DECLS

/* A path below /app from FORMAT, whose %s are ids checked to be [A-Za-z0-9._-]: the service does not decode
 * path parameters. NULL and CR_ERROR_INPUT otherwise. Gives. */
char *cgs_path (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* One call on such a path; PATH NULL (its making failed) gives NULL. Gives json null for empty answers. */
json_t *cgs_read (CrJob *job, CcfClient *client, const char *method, const char *path, GError **error);
json_t *cgs_write (CrJob *job, CcfClient *client, const char *method, const char *path, const json_t *body,
                   GError **error);
/* The same when the answer has no content. */
gboolean cgs_do (CrJob *job, CcfClient *client, const char *method, const char *path, const json_t *body,
                 GError **error);
/* "value" of a list answer. Gives. */
json_t *cgs_list (CrJob *job, CcfClient *client, const char *path, GError **error);
/* {"actions":[{NAME, ARGS}]} proposed, own ballot cast while Open unless CLIENT only proposes; ARGS is taken.
 * Gives the Proposal. */
json_t *cgs_propose (CrJob *job, CcfClient *client, const char *action, json_t *args, GError **error);
/* {KEY: TEXT}. Gives. */
json_t *cgs_args (const char *key, const char *text);
/* A refusal that the client finds itself, with the code of the reference client and its record's advice. */
void cgs_refuse (GError **error, const char *code, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* Call EACH with every page of a list ("value", borrowed) until it gives FALSE and an error. PATH NULL:
 * FALSE. */
typedef gboolean (*CgsPage) (json_t *page, gpointer data, GError **error);
gboolean cgs_each_page (CrJob *job, CcfClient *client, const char *path, CgsPage each, gpointer data,
                        GError **error);
/* A read that continues while the ledger range is fetched (202 with retry-after), all pages. Gives an array.
 */
json_t *cgs_read_history (CrJob *job, CcfClient *client, const char *path, GError **error);

G_END_DECLS
