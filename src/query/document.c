/* SPDX-License-Identifier: MIT
 * Query documents: build, check, write, read (document.h).
 */
#include "query/document.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

static void
pre_condition_free (gpointer data)
{
  QueryPreCondition *condition = data;
  g_free (condition->view);
  g_free (condition);
}

static void
post_filter_free (gpointer data)
{
  QueryPostFilter *filter = data;
  g_free (filter->column);
  g_free (filter);
}

static void
segment_free (gpointer data)
{
  QuerySegment *segment = data;
  g_free (segment->text);
  g_ptr_array_unref (segment->pre_conditions);
  g_ptr_array_unref (segment->post_filters);
  g_free (segment);
}

static void
input_free (gpointer data)
{
  QueryInput *input = data;
  g_free (input->view);
  g_free (input->dataset);
  g_free (input);
}

QueryDocument *
query_document_new (const char *name)
{
  QueryDocument *document = g_new0 (QueryDocument, 1);
  document->name = g_strdup (name);
  document->inputs = g_ptr_array_new_with_free_func (input_free);
  document->segments = g_ptr_array_new_with_free_func (segment_free);
  return document;
}

void
query_document_free (QueryDocument *document)
{
  if (document == NULL)
    return;
  g_free (document->name);
  g_free (document->output_dataset);
  g_free (document->output_view);
  g_ptr_array_unref (document->inputs);
  g_ptr_array_unref (document->segments);
  g_free (document);
}

void
query_document_add_input (QueryDocument *document, const char *view, const char *dataset)
{
  QueryInput *input = g_new0 (QueryInput, 1);
  input->view = g_strdup (view);
  input->dataset = g_strdup (dataset);
  g_ptr_array_add (document->inputs, input);
}

void
query_document_set_output (QueryDocument *document, const char *view, const char *dataset)
{
  g_free (document->output_view);
  g_free (document->output_dataset);
  document->output_view = g_strdup (view);
  document->output_dataset = g_strdup (dataset);
}

static QuerySegment *
segment_new (gint64 sequence, const char *text)
{
  QuerySegment *segment = g_new0 (QuerySegment, 1);
  segment->sequence = sequence;
  segment->text = g_strdup (text);
  segment->pre_conditions = g_ptr_array_new_with_free_func (pre_condition_free);
  segment->post_filters = g_ptr_array_new_with_free_func (post_filter_free);
  return segment;
}

static void
add_pre_condition (QuerySegment *segment, const char *view, gint64 minimum)
{
  QueryPreCondition *condition = g_new0 (QueryPreCondition, 1);
  condition->view = g_strdup (view);
  condition->minimum = minimum;
  g_ptr_array_add (segment->pre_conditions, condition);
}

static void
add_post_filter (QuerySegment *segment, const char *column, gint64 minimum)
{
  QueryPostFilter *filter = g_new0 (QueryPostFilter, 1);
  filter->column = g_strdup (column);
  filter->minimum = minimum;
  g_ptr_array_add (segment->post_filters, filter);
}

/* ---- Command line spellings ---- */

/* "a:b,c:d" -> each pair handed to ADD. */
typedef gboolean (*PairFunc) (gpointer data, const char *name, const char *value, GError **error);

static gboolean
each_pair (const char *text, const char *what, PairFunc add, gpointer data, GError **error)
{
  if (text == NULL || *text == '\0')
    return TRUE;
  g_auto (GStrv) pairs = g_strsplit (text, ",", -1);
  for (guint i = 0; pairs[i] != NULL; i++) {
    g_auto (GStrv) parts = g_strsplit (pairs[i], ":", -1);
    if (g_strv_length (parts) != 2 || *g_strstrip (parts[0]) == '\0' || *g_strstrip (parts[1]) == '\0') {
      cr_set_error (error, CR_ERROR_INPUT, "Write pairs as name:value, separated by commas.",
                    "'%s' is not a valid %s.", pairs[i], what);
      return FALSE;
    }
    if (!add (data, parts[0], parts[1], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_number (const char *text, gint64 *value, GError **error)
{
  if (g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXINT64, value, NULL))
    return TRUE;
  cr_set_error (error, CR_ERROR_INPUT, "Give a whole number.", "'%s' is not a whole number.", text);
  return FALSE;
}

static gboolean
add_pre_pair (gpointer data, const char *name, const char *value, GError **error)
{
  gint64 minimum;
  if (!parse_number (value, &minimum, error))
    return FALSE;
  add_pre_condition (data, name, minimum);
  return TRUE;
}

static gboolean
add_post_pair (gpointer data, const char *name, const char *value, GError **error)
{
  gint64 minimum;
  if (!parse_number (value, &minimum, error))
    return FALSE;
  add_post_filter (data, name, minimum);
  return TRUE;
}

static gboolean
add_input_pair (gpointer data, const char *name, const char *value, GError **error)
{
  (void) error;
  query_document_add_input (data, name, value);
  return TRUE;
}

gboolean
query_document_add_segment (QueryDocument *document, gint64 sequence, const char *text, const char *pre,
                            const char *post, GError **error)
{
  QuerySegment *segment = segment_new (sequence, text);
  g_ptr_array_add (document->segments, segment);
  return each_pair (pre, "pre-condition", add_pre_pair, segment, error)
         && each_pair (post, "post-filter", add_post_pair, segment, error);
}

gboolean
query_document_add_inputs (QueryDocument *document, const char *text, GError **error)
{
  return each_pair (text, "input dataset (view:dataset)", add_input_pair, document, error);
}

/* ---- JSON of the segments ---- */

/* A member by the current name, any spelling of its case, as the agent's decoder takes it. */
static json_t *
get_any_case (json_t *object, const char *key)
{
  json_t *exact = json_object_get (object, key);
  if (exact != NULL)
    return exact;
  const char *name;
  json_t *value;
  json_object_foreach (object, name, value)
    if (g_ascii_strcasecmp (name, key) == 0)
      return value;
  return NULL;
}

static gboolean
read_limits (QuerySegment *segment, json_t *list, const char *name_key, const char *value_key,
             void (*add) (QuerySegment *, const char *, gint64), GError **error)
{
  gsize index;
  json_t *item;
  json_array_foreach (list, index, item) {
    const char *name = json_string_value (get_any_case (item, name_key));
    json_t *value = get_any_case (item, value_key);
    if (name == NULL || !json_is_integer (value)) {
      cr_set_error (error, CR_ERROR_INPUT, "Give both for every condition.",
                    "A condition of the query lacks '%s' or a whole number '%s'.", name_key, value_key);
      return FALSE;
    }
    add (segment, name, json_integer_value (value));
  }
  return TRUE;
}

/* Read segments from JSON: {"segments":[{executionSequence, data, preConditions, postFilters}]}. */
static gboolean
query_document_add_segments_json (QueryDocument *document, const json_t *query, GError **error)
{
  g_autoptr (json_t) copy = json_deep_copy (query);
  json_t *segments = get_any_case (copy, "segments");
  if (!json_is_array (segments)) {
    cr_set_error (error, CR_ERROR_INPUT, "Give {\"segments\":[...]}.", "The query has no list of segments.");
    return FALSE;
  }
  gsize index;
  json_t *item;
  json_array_foreach (segments, index, item) {
    json_t *sequence = get_any_case (item, "executionSequence");
    const char *text = json_string_value (get_any_case (item, "data"));
    if (!json_is_integer (sequence) || text == NULL) {
      cr_set_error (error, CR_ERROR_INPUT, "Give both for every segment.",
                    "Segment %zu"
                    " lacks a whole number 'executionSequence' or the text 'data'.",
                    index + 1);
      return FALSE;
    }
    QuerySegment *segment = segment_new (json_integer_value (sequence), text);
    g_ptr_array_add (document->segments, segment);
    if (!read_limits (segment, get_any_case (item, "preConditions"), "viewName", "minRowCount",
                      add_pre_condition, error)
        || !read_limits (segment, get_any_case (item, "postFilters"), "columnName", "value", add_post_filter,
                         error))
      return FALSE;
  }
  return TRUE;
}

static json_t *
segment_json (const QuerySegment *segment)
{
  json_t *pre = segment->pre_conditions->len > 0 ? json_array () : json_null ();
  for (guint i = 0; i < segment->pre_conditions->len; i++) {
    const QueryPreCondition *condition = segment->pre_conditions->pdata[i];
    json_array_append_new (pre, json_pack ("{s:s, s:I}", "viewName", condition->view, "minRowCount",
                                           (json_int_t) condition->minimum));
  }
  json_t *post = segment->post_filters->len > 0 ? json_array () : json_null ();
  for (guint i = 0; i < segment->post_filters->len; i++) {
    const QueryPostFilter *filter = segment->post_filters->pdata[i];
    json_array_append_new (
        post, json_pack ("{s:s, s:I}", "columnName", filter->column, "value", (json_int_t) filter->minimum));
  }
  json_t *object = json_object ();
  cr_json_set_int (object, "executionSequence", segment->sequence);
  cr_json_set_string (object, "data", segment->text);
  cr_json_set (object, "preConditions", pre);
  cr_json_set (object, "postFilters", post);
  return object;
}

json_t *
query_document_to_json (const QueryDocument *document, GError **error)
{
  if (!query_document_check (document, error))
    return NULL;
  json_t *segments = json_array ();
  for (guint i = 0; i < document->segments->len; i++)
    json_array_append_new (segments, segment_json (document->segments->pdata[i]));
  g_autoptr (json_t) query = json_object ();
  cr_json_set (query, "segments", segments);
  g_autofree char *query_text = cr_json_dump (query);
  g_autofree char *encoded = cr_base64 (query_text, strlen (query_text));

  json_t *inputs = json_array ();
  for (guint i = 0; i < document->inputs->len; i++) {
    const QueryInput *input = document->inputs->pdata[i];
    json_array_append_new (inputs,
                           json_pack ("{s:s, s:s}", "specification", input->dataset, "view", input->view));
  }
  json_t *application = json_object ();
  cr_json_set_string (application, "applicationType", "Spark-SQL");
  cr_json_set (application, "inputDataset", inputs);
  cr_json_set (
      application, "outputDataset",
      json_pack ("{s:s, s:s}", "specification", document->output_dataset, "view", document->output_view));
  cr_json_set_string (application, "query", encoded);
  json_t *result = json_object ();
  cr_json_set_string (result, "name", document->name);
  cr_json_set (result, "application", application);
  return result;
}

char *
query_document_to_text (const QueryDocument *document, GError **error)
{
  g_autoptr (json_t) value = query_document_to_json (document, error);
  return value != NULL ? cr_json_dump (value) : NULL;
}

/* ---- Reading ---- */

/* {query, datasets: {view: document id}, datasink} */
static QueryDocument *
parse_old_form (json_t *value, GError **error)
{
  const char *text = cr_json_get_string (value, "query", "the query document", error);
  json_t *datasets = text != NULL ? cr_json_get_object (value, "datasets", "the query document", error)
                                  : NULL;
  const char *sink = datasets != NULL ? cr_json_get_string (value, "datasink", "the query document", error)
                                      : NULL;
  if (sink == NULL)
    return NULL;
  const char *name = cr_json_peek_string (value, "name");
  g_autoptr (QueryDocument) document = query_document_new (name != NULL ? name : "");
  document->old_form = TRUE;
  const char *view;
  json_t *dataset;
  json_object_foreach (datasets, view, dataset)
    query_document_add_input (document, view, json_is_string (dataset) ? json_string_value (dataset) : "");
  query_document_set_output (document, "output", sink);
  g_ptr_array_add (document->segments, segment_new (1, text));
  return g_steal_pointer (&document);
}

static gboolean
parse_datasets (QueryDocument *document, const json_t *application, GError **error)
{
  json_t *inputs = cr_json_get_array (application, "inputDataset", "the query document", error);
  json_t *output = inputs != NULL
                       ? cr_json_get_object (application, "outputDataset", "the query document", error)
                       : NULL;
  if (output == NULL)
    return FALSE;
  gsize index;
  json_t *input;
  json_array_foreach (inputs, index, input) {
    const char *dataset = cr_json_get_string (input, "specification", "an input dataset", error);
    const char *view = dataset != NULL ? cr_json_get_string (input, "view", "an input dataset", error) : NULL;
    if (view == NULL)
      return FALSE;
    query_document_add_input (document, view, dataset);
  }
  const char *dataset = cr_json_get_string (output, "specification", "the output dataset", error);
  if (dataset == NULL)
    return FALSE;
  const char *view = cr_json_peek_string (output, "view");
  query_document_set_output (document, view != NULL ? view : "", dataset);
  return TRUE;
}

static QueryDocument *
parse_current_form (json_t *value, GError **error)
{
  const char *name = cr_json_get_string (value, "name", "the query document", error);
  json_t *application = name != NULL ? cr_json_get_object (value, "application", "the query document", error)
                                     : NULL;
  const char *type = cr_json_peek_string (application, "applicationType");
  if (application != NULL && g_strcmp0 (type, "Spark-SQL") != 0) {
    cr_set_error (error, CR_ERROR_INPUT, "Only queries of the type Spark-SQL can be run.",
                  "The document is an application of another type.");
    return NULL;
  }
  const char *encoded = application != NULL
                            ? cr_json_get_string (application, "query", "the query document", error)
                            : NULL;
  g_autoptr (GBytes) bytes = encoded != NULL ? cr_base64_decode (encoded, "the query text", error) : NULL;
  g_autoptr (json_t) query = bytes != NULL ? cr_json_parse_bytes (bytes, "the query text", error) : NULL;
  if (query == NULL)
    return NULL;
  g_autoptr (QueryDocument) document = query_document_new (name);
  if (!parse_datasets (document, application, error)
      || !query_document_add_segments_json (document, query, error))
    return NULL;
  return g_steal_pointer (&document);
}

QueryDocument *
query_document_parse (const char *data, GError **error)
{
  g_autoptr (json_t) value = cr_json_parse (data, strlen (data), "the query document", error);
  if (value == NULL)
    return NULL;
  if (json_object_get (value, "application") == NULL && json_object_get (value, "query") != NULL)
    return parse_old_form (value, error);
  return parse_current_form (value, error);
}
