/* SPDX-License-Identifier: MIT
 * What all models have in common: a plain value that never changes once it is published.
 *
 * A model is made on a job thread, published in the UI thread and replaced as a whole by the next one. Who
 * wants to keep one over a turn of the main loop takes a reference (ui_value_ref); everything inside lives as
 * long as the value. Every text inside is UTF-8 without control characters, escape sequences or bidi marks;
 * texts named as "lines" may hold line feeds and tabs. Arrays are never NULL; texts may be NULL only where
 * that is said. Times are milliseconds since 1970, 0 = never.
 */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

typedef enum {
  UI_MODEL_LOADING, /* nothing has been read yet; every array is empty */
  UI_MODEL_READY,
  UI_MODEL_FAILED, /* the last reading failed, problem says why; what an earlier one gave is kept */
} UiModelStatus;

/* Why something failed, in the parts that a screen shows. */
typedef struct {
  CrErrorCode code;     /* what a person can do: sign in, wait, fix the input, ... */
  char *what;           /* what happened: never NULL */
  char *why;            /* what the other side said; NULL when it said nothing */
  char *next;           /* the one thing to do: a sentence, or NULL */
  char *remote_code;    /* "BallotAlreadySubmitted"; or NULL */
  char *correlation_id; /* for the record, or NULL */
  guint http_status;    /* 0 = no HTTP answer */
} UiProblem;

/* First member of every model. */
typedef struct {
  UiModelStatus status;
  gboolean refreshing;      /* a newer reading is under way */
  gint64 read_ms;           /* when what is shown was read; 0 = never */
  const UiProblem *problem; /* only with UI_MODEL_FAILED */
} UiValue;

/* VALUE is any model (a pointer to a struct that begins with UiValue). Ref gives; NULL is passed through. */
gpointer ui_value_ref (gconstpointer value);
void ui_value_unref (gpointer value);

/* A named text, for key/value lists. */
typedef struct {
  char *name;
  char *text;
} UiPair;

G_END_DECLS
