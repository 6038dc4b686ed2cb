/* SPDX-License-Identifier: MIT
 * A step that decides about a document: what it reads and shows, the query, who has voted; then the vote
 * itself, which names the very content that was read.
 */
#include "ui/curses/screens/journey-private.h"

#include "base/translate.h"
#include "ui/model/sql-layout.h"

#define LABEL 10

static const UiDocument *
document_of (Journey *journey)
{
  const UiDocument *document = ui_session_document (journey->session);
  return journey->document != NULL && g_strcmp0 (document->id, journey->document) == 0 ? document : NULL;
}

/* "northwind-input-1: author, mentions". */
static void
say_reads (UiRich *rich, const UiDocument *document)
{
  for (guint i = 0; i < document->reads->len; i++) {
    const UiPair *read = g_ptr_array_index (document->reads, i);
    g_autoptr (GString) text = g_string_new (read->text);
    for (guint c = 0; c < document->columns_read->len; c++) {
      const UiPair *columns = g_ptr_array_index (document->columns_read, c);
      if (g_strcmp0 (columns->name, read->text) == 0)
        g_string_append_printf (text, " (%s)", columns->text);
    }
    g_string_append_printf (text, _ ("  as %s"), read->name);
    ui_rich_pair (rich, LABEL, i == 0 ? _ ("Reads") : " ", UI_STYLE_TEXT, text->str);
  }
  ui_rich_pair (rich, LABEL, _ ("Writes"), UI_STYLE_TEXT, document->writes);
}

static void
say_query (UiRich *rich, const UiDocument *document, int columns)
{
  guint number = 1;
  g_autoptr (GPtrArray) views = g_ptr_array_new ();
  for (guint i = 0; i < document->reads->len; i++)
    g_ptr_array_add (views, ((const UiPair *) g_ptr_array_index (document->reads, i))->name);
  g_ptr_array_add (views, NULL);
  for (guint i = 0; i < document->segments->len; i++) {
    const UiSegment *segment = g_ptr_array_index (document->segments, i);
    ui_rich_end (rich);
    ui_show_sql (rich, segment->sql, columns, &number);
    for (guint c = 0; c < segment->conditions->len; c++)
      ui_rich_item (rich, UI_STYLE_INFO, "-", UI_STYLE_TEXT, g_ptr_array_index (segment->conditions, c));
    g_autoptr (GPtrArray) remarks = ui_sql_remarks (segment->sql, (const char *const *) views->pdata);
    for (guint r = 0; r < remarks->len; r++)
      ui_rich_item (rich, UI_STYLE_WARNING, "!", UI_STYLE_WARNING, g_ptr_array_index (remarks, r));
  }
}

void
journey_decision_words (Journey *journey, UiRich *rich, const UiStepDetail *detail, int columns)
{
  const UiDocument *document = document_of (journey);
  if (document == NULL || document->base.status != UI_MODEL_READY) {
    ui_show_not_ready (rich,
                       document != NULL ? &document->base : &ui_session_document (journey->session)->base);
    return;
  }
  ui_rich_pair (rich, LABEL, _ ("Document"), UI_STYLE_STRONG, document->id);
  ui_rich_pair (rich, LABEL, _ ("From"), UI_STYLE_TEXT, document->proposer_name);
  if (document->problem_text != NULL)
    ui_rich_item (rich, UI_STYLE_FAILED, "!", UI_STYLE_FAILED, document->problem_text);
  if (document->segments->len > 0)
    say_query (rich, document, columns);
  else {
    ui_rich_end (rich);
    ui_show_json (rich, document->json);
  }
  ui_rich_end (rich);
  say_reads (rich, document);
  ui_rich_heading (rich, _ ("Ballots"));
  ui_show_ballots (rich, document->ballots, document->missing, journey->ascii);
  ui_rich_heading (rich, _ ("Who sees what"));
  ui_rich_line (rich, UI_STYLE_TEXT, detail->sees);
  g_autofree char *digest = ui_show_digest (document->digest);
  ui_rich_heading (rich, _ ("SHA-256 of this content"));
  ui_rich_line (rich, UI_STYLE_CODE, digest);
}

const char *
journey_decision_why_not (Journey *journey)
{
  const UiDocument *document = document_of (journey);
  if (document == NULL || document->base.status == UI_MODEL_LOADING)
    return _ ("The document is still being read.");
  if (document->base.status == UI_MODEL_FAILED)
    return _ ("The document could not be read.");
  if (!document->i_can_vote)
    return document->why_not_vote != NULL ? document->why_not_vote : _ ("You are not asked about it.");
  return NULL;
}

/* --- the vote --- */

typedef struct {
  UiApp *app;
  char *step;
  gboolean accept;
} Vote;

static void
vote_free (Vote *vote)
{
  g_free (vote->step);
  g_free (vote);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Vote, vote_free)

/* It is cast: the step takes note of it. */
static void
decided (UiSession *session, const UiResult *result, gpointer data)
{
  g_autoptr (Vote) vote = data;
  const UiStep *step = ui_journey_step (ui_session_journey (session), vote->step);
  if (!result->ok) {
    ui_show_result (session, result, vote->app);
    return;
  }
  const UiStepDetail *detail = ui_session_step (session);
  if (step == NULL || step->state == UI_STEP_DONE || step->state == UI_STEP_RUNNING || detail->step == NULL
      || g_strcmp0 (detail->step->id, vote->step) != 0 || !journey_is_decision (detail))
    return;
  const UiStepInput *input = g_ptr_array_index (detail->inputs, 0);
  g_autoptr (GHashTable) inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (inputs, g_strdup (input->name), g_strdup (vote->accept ? "accept" : "reject"));
  ui_run_step (session, vote->step, inputs, FALSE, FALSE, journey_ran, vote->app);
}

static void
cast (UiApp *app, const UiAsked *asked, const char *reason)
{
  Vote *vote = g_new0 (Vote, 1);
  vote->app = app;
  vote->step = g_strdup (asked->name);
  vote->accept = asked->flag;
  ui_decide_document (ui_app_session (app), asked->object, asked->digest, asked->flag,
                      reason != NULL && *reason != '\0' ? reason : NULL, decided, vote);
}

static void
confirmed (UiApp *app, const char *answer, gpointer data)
{
  const UiAsked *asked = data;
  (void) answer;
  cast (app, asked, asked->text);
}

/* What exactly is decided, then the word. */
static void
ask (UiApp *app, UiAsked *asked)
{
  /* Who presents plays everybody and has all of it on the screen. */
  if (ui_session_presenter (ui_app_session (app))) {
    cast (app, asked, asked->text);
    ui_asked_free (asked);
    return;
  }
  g_autoptr (UiRich) text = ui_rich_new ();
  g_autofree char *digest = ui_show_digest (asked->digest);
  ui_rich_pair (text, LABEL, _ ("Document"), UI_STYLE_STRONG, asked->object);
  ui_rich_pair (text, LABEL, _ ("SHA-256"), UI_STYLE_CODE, digest);
  ui_rich_pair (text, LABEL, _ ("Reason"), UI_STYLE_TEXT, asked->text);
  ui_rich_end (text);
  ui_rich_line (text, UI_STYLE_WARNING, _ ("A vote is recorded in the ledger and cannot be changed."));
  const char *title = asked->flag ? _ ("Accept it?") : _ ("Reject it?");
  const char *yes = asked->flag ? _ ("Accept") : _ ("Reject");
  ui_app_confirm_typed (app, title, text, asked->flag ? _ ("accept") : _ ("reject"), yes, confirmed, asked,
                        ui_asked_free);
}

static void
reason_given (UiApp *app, const char *answer, gpointer data)
{
  const UiAsked *asked = data;
  UiAsked *copy = ui_asked_new (asked->object, asked->digest, asked->name, FALSE);
  copy->text = g_strdup (answer);
  ask (app, copy);
}

void
journey_decide (Journey *journey, gboolean accept)
{
  const UiDocument *document = document_of (journey);
  UiApp *app = journey->screen->app;
  if (document == NULL)
    return;
  UiAsked *asked = ui_asked_new (document->id, document->digest, journey->shown, accept);
  if (accept)
    ask (app, asked);
  else
    ui_app_ask (app, _ ("Why do you reject it?"), _ ("Reason"), NULL, FALSE, reason_given, asked,
                ui_asked_free);
}
