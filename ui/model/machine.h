/* SPDX-License-Identifier: MIT
 * What is on this machine: keys, the calls that were made, health.
 */
#pragma once

#include "ui/model/value.h"

G_BEGIN_DECLS

typedef struct {
  char *kind;  /* as stored: "member-key", "token", ... */
  char *title; /* "Signing key of operator" */
  char *name;
  char *where;                   /* "desktop keyring" */
  char *algorithm, *fingerprint; /* "" when unknown */
  char *created;                 /* ISO 8601, "" when unknown */
  gint64 created_ms;             /* 0 = unknown */
  char *used_for;                /* a sentence */
  char *if_deleted;              /* what is lost: a sentence */
  char *expires;                 /* "in 364 days", or NULL */
  gboolean exportable;           /* has a public part that ui_export_key() writes */
  gboolean deletable;
} UiKey;

typedef struct {
  UiValue base;
  char *home;         /* which key store, in words */
  GPtrArray *keys;    /* const UiKey* of this persona */
  GPtrArray *missing; /* const char*: identities that the persona would have but that do not exist yet */
} UiKeys;

typedef struct {
  guint64 number; /* 1 = first of this session */
  gint64 started_ms;
  char *persona, *method;
  char *url;    /* without query */
  char *path;   /* short form for narrow lists */
  guint status; /* 0 = no answer */
  guint elapsed_ms, attempt;
  guint64 bytes_sent, bytes_received;
  char *problem; /* or NULL */
  char *why;     /* for what: the step or screen it was made for */
  char *az;      /* the command of that step, or NULL */
} UiCall;

/* Every HTTP call of this session, at most UI_CALLS_MAX. */
#define UI_CALLS_MAX 2000u
typedef struct {
  UiValue base;
  GPtrArray *calls; /* const UiCall*, oldest first */
  guint64 total;    /* also those that are no longer kept */
} UiCalls;

typedef enum {
  UI_HEALTH_OK,
  UI_HEALTH_WARNING,
  UI_HEALTH_FAILED,
  UI_HEALTH_CHECKING,
  UI_HEALTH_NONE
} UiHealthState;

typedef struct {
  char *id; /* "sandbox", "ledger", "application", "agent", "keyring", "sign-in", "environment", "state" */
  char *title;
  UiHealthState state; /* NONE: not there yet, or not asked */
  char *text;          /* a line */
  char *next;          /* what to do, or NULL */
  guint elapsed_ms;
  gint64 at_ms;
} UiCheck;

typedef struct {
  UiValue base;
  GPtrArray *checks; /* const UiCheck*; each fills in by itself, one that hangs does not hold up the others */
  gboolean sandbox_running;
  gint64 sandbox_pid;
  guint64 sandbox_bytes;    /* resident */
  gboolean sandbox_applies; /* the environment is local (or not started yet) */
  GPtrArray *endpoints;     /* const UiPair*: name, URL */
  char *state_dir, *environment;
} UiHealth;

G_END_DECLS
