/* SPDX-License-Identifier: MIT
 * What was published for agreement: datasets, queries, other documents.
 * Source: CGS application (userdocuments, users/proposals); analytics workload documents of both generations.
 */
#pragma once

#include "ui/model/consortium.h"
#include "ui/model/value.h"

G_BEGIN_DECLS

typedef enum { UI_DOCUMENT_DATASET, UI_DOCUMENT_QUERY, UI_DOCUMENT_OTHER } UiDocumentKind;
const char *ui_document_kind_word (UiDocumentKind kind); /* translated; static */

typedef struct {
  char *id;
  UiDocumentKind kind;
  char *state; /* "Draft", "Proposed", "Accepted", "Rejected"? as the ledger says */
  char *proposer, *proposer_name;
  char *decision; /* "agreed by all", "waits for northwind", "rejected by woodgrove": a line */
  guint accepted, rejected, missing;
  gboolean mine;           /* proposed by this persona */
  gboolean mine_to_decide; /* this persona is asked and has not answered */
} UiDocumentRow;

typedef struct {
  UiValue base;
  char *contract;       /* id */
  GPtrArray *documents; /* const UiDocumentRow*: to decide first, then datasets, queries, others by id */
  guint to_decide;
} UiDocuments;

typedef struct {
  char *name, *type;
  gboolean shared; /* may be used by queries (allowed fields) */
} UiFieldRow;

typedef struct {
  gint64 sequence;       /* equal numbers run side by side */
  char *sql;             /* lines */
  GPtrArray *conditions; /* const char*: "at least 10 rows in publisher_data"; "only rows with Count >= 2" */
} UiSegment;

typedef struct {
  gint64 seqno; /* ledger position, 0 = unknown */
  gint64 at_ms;
  char *what; /* "northwind accepted", "proposed by woodgrove" */
} UiHistory;

typedef struct {
  UiValue base;
  char *id, *contract, *state, *version;
  UiDocumentKind kind;
  char *digest; /* SHA-256 of the content as the ledger has it */
  char *proposer, *proposer_name;
  char *proposal_id;  /* or NULL */
  GPtrArray *labels;  /* const UiPair* */
  GPtrArray *ballots; /* const UiBallot*: every approver: accepted, rejected, missing */
  char *missing;      /* sentence, or NULL when nothing is missing */
  char *json;         /* the content laid out as lines; never NULL */
  /* queries */
  char *query_name;    /* or NULL */
  GPtrArray *segments; /* const UiSegment* in order */
  GPtrArray *reads;    /* const UiPair*: view, dataset id */
  char *writes;        /* output dataset id, or NULL */
  GPtrArray
      *columns_read; /* const UiPair*: dataset id, columns that queries may use (where it is readable) */
  /* datasets */
  GPtrArray *fields;                        /* const UiFieldRow* */
  char *format;                             /* "csv", or NULL */
  gboolean output;                          /* the clean room writes it */
  char *container, *store_url, *protection; /* or NULL; protection "SSE" */
  char *identity;                           /* who the clean room acts as there, or NULL */
  GPtrArray *switches;                      /* const UiSwitch*: execution, telemetry (Accepted only) */
  GPtrArray *history;                       /* const UiHistory*, oldest first */
  gboolean i_can_vote;
  char *why_not_vote; /* or NULL */
  gboolean i_can_withdraw;
  char *problem_text; /* the content could not be understood: why; json shows it anyway; or NULL */
} UiDocument;

typedef struct {
  char *name;      /* "northwind-input" */
  gboolean output; /* the clean room writes it */
  char *folder;    /* absolute path on this machine */
  gboolean present;
  guint files, days;
  guint64 rows, bytes;         /* rows 0 = not counted */
  char *first_day, *last_day;  /* or NULL */
  char *problem;               /* "FILE:LINE: reason", or NULL */
  GPtrArray *fields;           /* const UiFieldRow* */
  char *document;              /* id in the ledger, or NULL */
  char *state;                 /* of that document, or "not published" */
  char *container, *store_url; /* or NULL */
  char *protection;            /* "SSE (by the storage service)", or "none yet" */
  guint remote_files;
  guint64 remote_bytes;
  char *remote;     /* "8 files, all as here"; "not read yet": a line */
  GPtrArray *blobs; /* const UiBlob* (at most 1,000) */
} UiDataset;

typedef struct {
  char *name;
  guint64 bytes;
  char *modified;     /* or NULL */
  gboolean same;      /* a local file of the same name and length is there */
  gboolean only_here; /* not in the storage: only on this machine */
} UiBlob;

typedef struct {
  UiValue base;
  GPtrArray *datasets; /* const UiDataset* of this persona */
  char *note;          /* why the storage could not be read (not signed in yet), or NULL */
} UiData;

G_END_DECLS
