/* SPDX-License-Identifier: MIT
 * Query documents: what may run, over which datasets, into which output.
 *
 * Written in the current form of the analytics workload (release 8.0.0: application, segments as base64
 * JSON); read in that form and in the older one ({query, datasets, datasink}). A QueryDocument is plain
 * values and owns everything in it.
 */
#pragma once

#include "base/json.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *view; /* pre-condition: the segment fails when the view has fewer rows */
  gint64 minimum;
} QueryPreCondition;

typedef struct {
  char *column; /* post-filter: keeps rows whose column is at least MINIMUM */
  gint64 minimum;
} QueryPostFilter;

typedef struct {
  gint64 sequence;           /* from 1; equal numbers run concurrently, exactly one segment has the highest */
  char *text;                /* one SQL statement */
  GPtrArray *pre_conditions; /* QueryPreCondition*, never NULL */
  GPtrArray *post_filters;   /* QueryPostFilter*, never NULL */
} QuerySegment;

typedef struct {
  char *view;    /* name in the SQL text */
  char *dataset; /* dataset document id */
} QueryInput;

typedef struct {
  char *name;
  GPtrArray *inputs;    /* QueryInput* */
  char *output_dataset; /* dataset document id */
  char *output_view;
  GPtrArray *segments; /* QuerySegment* */
  gboolean old_form;   /* read from the older form; writing makes the current one */
} QueryDocument;

QueryDocument *query_document_new (const char *name);
void query_document_free (QueryDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QueryDocument, query_document_free)

void query_document_add_input (QueryDocument *document, const char *view, const char *dataset);
void query_document_set_output (QueryDocument *document, const char *view, const char *dataset);
/* PRE "view:min,view:min" and POST "column:value,..." as the command line spells them; NULL or "" = none. */
gboolean query_document_add_segment (QueryDocument *document, gint64 sequence, const char *text,
                                     const char *pre, const char *post, GError **error);
/* "view:dataset,view:dataset" */
gboolean query_document_add_inputs (QueryDocument *document, const char *text, GError **error);

/* Every rule that can be checked before anything is sent: names, at least one input, views distinct, one
 * non-empty statement per segment, no two equal texts, one last segment. CR_ERROR_INPUT names the offender.
 */
gboolean query_document_check (const QueryDocument *document, GError **error);

/* Check and write the current form. Gives the JSON object; its compact text is the data of the user document.
 */
json_t *query_document_to_json (const QueryDocument *document, GError **error);
char *query_document_to_text (const QueryDocument *document, GError **error);
/* Read either form. Gives. */
QueryDocument *query_document_parse (const char *data, GError **error);

/* The number of SQL statements in TEXT: semicolons inside quotes and comments do not count, an empty rest
 * neither. */
guint query_count_statements (const char *text);

G_END_DECLS
