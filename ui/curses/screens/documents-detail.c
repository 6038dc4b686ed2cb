/* SPDX-License-Identifier: MIT
 * One document as a person reads it before deciding: a query with its SQL, a dataset with its columns.
 */
#include "ui/curses/screens/documents-private.h"
#include "ui/model/sql-layout.h"

#include "base/text.h"
#include "base/translate.h"

#include <inttypes.h>
#include <string.h>

#define LABEL 12

/* Names of views that a segment makes for the ones after it. */
static void
add_made_views (GPtrArray *views, const char *sql)
{
  g_autoptr (GPtrArray) tokens = ui_sql_tokens (sql);

  for (guint i = 1; i < tokens->len; i++) {
    const UiSqlToken *before = tokens->pdata[i - 1], *token = tokens->pdata[i];

    if (before->class == UI_SQL_KEYWORD && g_ascii_strcasecmp (before->text, "VIEW") == 0)
      g_ptr_array_add (views, g_strdup (token->text));
  }
}

GPtrArray *
ui_documents_remarks (const UiDocument *query)
{
  g_autoptr (GPtrArray) views = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *remarks = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < query->reads->len; i++)
    g_ptr_array_add (views, g_strdup (((const UiPair *) query->reads->pdata[i])->name));
  for (guint i = 0; i < query->segments->len; i++)
    add_made_views (views, ((const UiSegment *) query->segments->pdata[i])->sql);
  g_ptr_array_add (views, NULL);
  for (guint i = 0; i < query->segments->len; i++) {
    const UiSegment *segment = query->segments->pdata[i];
    g_autoptr (GPtrArray) some = ui_sql_remarks (segment->sql, (const char *const *) views->pdata);

    for (guint k = 0; k < some->len; k++) {
      char *text;

      if (g_hash_table_contains (said, some->pdata[k]))
        continue;
      text = g_strdup (some->pdata[k]);
      g_ptr_array_add (remarks, text);
      g_hash_table_add (said, text);
    }
  }
  return remarks;
}

static void
describe_head (const UiDocument *document, UiRich *rich, gboolean ascii)
{
  g_autoptr (GString) state = g_string_new (NULL);
  UiStyle style = ui_show_state_cell (state, document->state, ascii);

  ui_rich_heading (rich, document->query_name != NULL ? document->query_name : document->id);
  ui_rich_pair (rich, LABEL, _ ("Document"), UI_STYLE_STRONG, document->id);
  ui_rich_pair (rich, LABEL, _ ("Kind"), UI_STYLE_TEXT, ui_document_kind_word (document->kind));
  ui_rich_pair (rich, LABEL, _ ("State"), style, state->str);
  ui_rich_pair (rich, LABEL, _ ("Proposed by"), UI_STYLE_TEXT, document->proposer_name);
  if (document->i_can_vote)
    ui_rich_line (rich, UI_STYLE_WARNING, _ ("Your decision is asked for."));
  if (document->problem_text != NULL)
    ui_rich_line (rich, UI_STYLE_FAILED, document->problem_text);
}

static void
describe_decision (const UiDocument *document, UiRich *rich, gboolean ascii)
{
  g_autofree char *digest = ui_show_digest (document->digest);

  ui_rich_heading (rich, _ ("Who decides"));
  if (document->ballots->len == 0)
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Nobody is named as an approver."));
  ui_show_ballots (rich, document->ballots, document->missing, ascii);
  ui_rich_heading (rich, _ ("Exactly this content"));
  ui_rich_pair (rich, LABEL, _ ("SHA-256"), UI_STYLE_TEXT, digest);
  ui_rich_pair (rich, LABEL, _ ("Version"), UI_STYLE_TEXT, document->version);
  ui_rich_pair (rich, LABEL, _ ("Contract"), UI_STYLE_TEXT, document->contract);
  ui_rich_pair (rich, LABEL, _ ("Proposal"), UI_STYLE_TEXT, document->proposal_id);
  for (guint i = 0; i < document->labels->len; i++) {
    const UiPair *label = document->labels->pdata[i];
    g_autofree char *text = g_strdup_printf ("%s = %s", label->name, label->text);

    ui_rich_pair (rich, LABEL, _ ("Label"), UI_STYLE_TEXT, text);
  }
}

static void
describe_segments (const UiDocument *document, UiRich *rich, int columns)
{
  guint number = 1;

  for (guint i = 0; i < document->segments->len; i++) {
    const UiSegment *segment = document->segments->pdata[i];

    if (document->segments->len > 1) {
      g_autofree char *title = g_strdup_printf (_ ("SQL, step %" PRId64), segment->sequence);

      ui_rich_heading (rich, title);
    } else
      ui_rich_heading (rich, _ ("SQL"));
    ui_show_sql (rich, segment->sql, columns, &number);
    for (guint k = 0; k < segment->conditions->len; k++)
      ui_rich_item (rich, UI_STYLE_INFO, "*", UI_STYLE_TEXT, segment->conditions->pdata[k]);
  }
}

static const char *
columns_of (const UiDocument *document, const char *dataset)
{
  for (guint i = 0; i < document->columns_read->len; i++) {
    const UiPair *pair = document->columns_read->pdata[i];

    if (strcmp (pair->name, dataset) == 0)
      return pair->text;
  }
  return NULL;
}

static void
add_columns (UiRich *rich, const char *names)
{
  if (names == NULL)
    return;
  ui_rich_format (rich, UI_STYLE_TEXT, "  %s", names);
  ui_rich_hang (rich, 2);
  ui_rich_end (rich);
}

static void
describe_query (const UiDocument *document, UiRich *rich, int columns, gboolean ascii)
{
  g_autoptr (GPtrArray) remarks = ui_documents_remarks (document);

  for (guint i = 0; i < remarks->len; i++)
    ui_rich_item (rich, UI_STYLE_WARNING, ui_state_glyph (UI_STATE_WARNING, ascii), UI_STYLE_WARNING,
                  remarks->pdata[i]);
  describe_segments (document, rich, columns);
  ui_rich_heading (rich, _ ("It reads"));
  for (guint i = 0; i < document->reads->len; i++) {
    const UiPair *pair = document->reads->pdata[i];
    const char *names = columns_of (document, pair->text);

    ui_rich_add (rich, UI_STYLE_STRONG, pair->text);
    ui_rich_format (rich, UI_STYLE_DIM, "  %s %s", _ ("as"), pair->name);
    ui_rich_hang (rich, 2);
    ui_rich_end (rich);
    add_columns (rich, names);
  }
  if (document->writes != NULL) {
    ui_rich_heading (rich, _ ("It writes to"));
    ui_rich_add (rich, UI_STYLE_STRONG, document->writes);
    ui_rich_end (rich);
    add_columns (rich, columns_of (document, document->writes));
  }
}

static void
describe_dataset (const UiDocument *document, UiRich *rich, gboolean ascii)
{
  ui_rich_pair (rich, LABEL, _ ("Use"), UI_STYLE_TEXT,
                document->output ? _ ("the clean room writes its result here")
                                 : _ ("the clean room reads it"));
  ui_rich_pair (rich, LABEL, _ ("Format"), UI_STYLE_TEXT, document->format);
  ui_rich_heading (rich, _ ("Columns"));
  for (guint i = 0; i < document->fields->len; i++) {
    const UiFieldRow *field = document->fields->pdata[i];
    UiState mark = field->shared ? UI_STATE_DONE : UI_STATE_NOT_NEEDED;
    g_autofree char *name = cr_text_fit (field->name, 20), *type = cr_text_fit (field->type, 10);

    ui_rich_format (rich, ui_state_style (mark), "%s ", ui_state_glyph (mark, ascii));
    ui_rich_format (rich, UI_STYLE_TEXT, "%s ", name);
    ui_rich_format (rich, UI_STYLE_DIM, "%s", type);
    ui_rich_add (rich, UI_STYLE_DIM, field->shared ? _ ("queries may use it") : _ ("hidden from queries"));
    ui_rich_hang (rich, 2);
    ui_rich_end (rich);
  }
  ui_rich_heading (rich, _ ("Where it lies"));
  ui_rich_pair (rich, LABEL, _ ("Container"), UI_STYLE_TEXT, document->container);
  ui_rich_pair (rich, LABEL, _ ("Storage"), UI_STYLE_LINK, document->store_url);
  ui_rich_pair (rich, LABEL, _ ("Protection"), UI_STYLE_TEXT, document->protection);
  ui_rich_pair (rich, LABEL, _ ("Reads as"), UI_STYLE_TEXT, document->identity);
}

static void
describe_history (const UiDocument *document, UiRich *rich)
{
  if (document->history->len == 0)
    return;
  ui_rich_heading (rich, _ ("History"));
  for (guint i = 0; i < document->history->len; i++) {
    const UiHistory *event = document->history->pdata[i];
    g_autofree char *time = ui_show_time (event->at_ms);

    if (event->seqno > 0)
      ui_rich_format (rich, UI_STYLE_DIM, "%8" PRId64 "  ", event->seqno);
    if (time[0] != '\0')
      ui_rich_format (rich, UI_STYLE_DIM, "%s  ", time);
    ui_rich_add (rich, UI_STYLE_TEXT, event->what);
    ui_rich_end (rich);
  }
}

void
ui_documents_describe (UiScreen *screen, UiRich *rich, int columns)
{
  UiDocumentsState *state = UI_STATE (screen, UiDocumentsState);
  const UiDocument *document = ui_documents_selected (screen);

  if (ui_pane_selected_id (screen) == NULL) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Select a document to read it."));
    return;
  }
  if (document == NULL) {
    ui_show_not_ready (rich, &ui_session_document (ui_app_session (screen->app))->base);
    return;
  }
  ui_show_stale (rich, &document->base);
  describe_head (document, rich, state->pane.ascii);
  if (state->raw) {
    ui_rich_heading (rich, _ ("Content as it is in the ledger"));
    ui_show_json (rich, document->json);
    return;
  }
  if (document->kind == UI_DOCUMENT_QUERY)
    describe_query (document, rich, columns, state->pane.ascii);
  else if (document->kind == UI_DOCUMENT_DATASET)
    describe_dataset (document, rich, state->pane.ascii);
  describe_decision (document, rich, state->pane.ascii);
  if (document->switches->len > 0) {
    ui_rich_heading (rich, _ ("Switches"));
    ui_show_switches (rich, document->switches, state->pane.ascii);
  }
  describe_history (document, rich);
  if (document->kind == UI_DOCUMENT_OTHER || document->problem_text != NULL) {
    ui_rich_heading (rich, _ ("Content"));
    ui_show_json (rich, document->json);
  }
}
