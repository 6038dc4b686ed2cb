/* SPDX-License-Identifier: MIT
 * The one error type: what happened, why, what a person can do, and what the remote side said.
 *
 * Every function that can fail takes a GError out-parameter last. The domain is CR_ERROR, the code
 * says what the person can do about it (it also decides the exit code), and the extended part keeps
 * the remote code, the remote message and the correlation id for the record. What was found out on this side
 * is never told as the other side's words. Texts never hold secrets.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  CR_ERROR_FAILED,    /* nothing better is known                                exit 1 */
  CR_ERROR_USAGE,     /* the command line is wrong                              exit 2 */
  CR_ERROR_INPUT,     /* fix the input: a file, a value, a document             exit 1 */
  CR_ERROR_SIGN_IN,   /* sign in (again)                                        exit 3 */
  CR_ERROR_WAITING,   /* another party has to act first                         exit 4 */
  CR_ERROR_REFUSED,   /* governance said no: rules, votes, policy, consent      exit 5 */
  CR_ERROR_NOT_FOUND, /* the named thing does not exist                         exit 6 */
  CR_ERROR_RETRY,     /* transient: the same call may succeed later             exit 1 */
  CR_ERROR_ADMIN,     /* the machine or an administrator must change something  exit 1 */
  CR_ERROR_BUG,       /* a state that should be impossible: report it           exit 1 */
  CR_ERROR_CANCELLED, /* the person stopped it                                  exit 130 */
} CrErrorCode;

#define CR_ERROR (cr_error_quark ())
GQuark cr_error_quark (void);

/* Set ERROR. HINT is the one thing to do next (may be NULL), a whole sentence; it is copied. */
void cr_set_error (GError **error, CrErrorCode code, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* What the other side said. Every pointer may be NULL; all are copied and cut at 2,000 bytes. */
typedef struct {
  guint http_status; /* 0 when the answer was not HTTP */
  const char *code;
  const char *message;
  const char *correlation_id;
} CrRemote;

void cr_set_remote_error (GError **error, CrErrorCode code, const CrRemote *remote, const char *hint,
                          const char *format, ...) G_GNUC_PRINTF (5, 6);

/* What was found out here and has a NAME of its own ("DataStoreNotFound"), by which scripts and the texts of
 * a step know it. Nobody else said anything. */
void cr_set_named_error (GError **error, CrErrorCode code, const char *name, const char *hint,
                         const char *format, ...) G_GNUC_PRINTF (5, 6);

/* Reading: NULL or 0 when unknown or when ERROR is of another domain. Borrowed from ERROR. */
const char *cr_error_hint (const GError *error);
const char *cr_error_remote_code (const GError *error);
const char *cr_error_remote_message (const GError *error);
const char *cr_error_correlation_id (const GError *error);
guint cr_error_http_status (const GError *error);
/* The name of what happened, from the other side or found here. */
const char *cr_error_reason (const GError *error);

/* True when ERROR is CR_ERROR with this remote code, for example "BallotAlreadySubmitted". */
gboolean cr_error_is_remote (const GError *error, const char *remote_code);

/* Replace the hint of a CR_ERROR in place; other domains are left alone. */
void cr_error_set_hint (GError *error, const char *hint);

/* 0..130 as in DESIGN.md "Exit codes"; 1 for foreign domains, 130 for G_IO_ERROR_CANCELLED. */
int cr_error_exit_code (const GError *error);

/* The word for the code in --json output: "sign-in", "waiting", "refused", ... */
const char *cr_error_code_name (const GError *error);

G_END_DECLS
