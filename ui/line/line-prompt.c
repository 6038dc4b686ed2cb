/* SPDX-License-Identifier: MIT
 * Questions: numbered choices of a page, and single questions that come before them. Every prompt says what
 * can be typed; `back`, `help` and `quit` work everywhere.
 */
#include "ui/line/line-private.h"

#include "base/secret.h"
#include "base/translate.h"

#include <string.h>

#define WORDS_LEAST 3u /* bytes: a slip of the finger takes nothing */

typedef struct {
  LineQuestion question; /* all texts are own copies */
  char **choices;
} LineAsk;

static void
ask_free (gpointer data)
{
  LineAsk *ask = data;
  LineQuestion *question = &ask->question;
  g_free ((gpointer) (gsize) question->text);
  g_free ((gpointer) (gsize) question->prompt);
  cr_secret_text_free ((char *) (gsize) question->initial);
  g_free ((gpointer) (gsize) question->help);
  g_strfreev (ask->choices);
  if (question->free_data != NULL)
    question->free_data (question->data);
  g_free (ask);
}

void
line_choice_free (gpointer data)
{
  LineChoice *choice = data;
  g_free (choice->label);
  g_free (choice->object);
  g_free (choice);
}

void
line_choices_clear (Line *line)
{
  g_ptr_array_set_size (line->choices, 0);
  line->chosen = 0;
}

void
line_questions_clear (Line *line)
{
  line_input_hide (line->input, FALSE);
  for (LineAsk *ask = g_queue_pop_head (&line->questions); ask != NULL;
       ask = g_queue_pop_head (&line->questions))
    ask_free (ask);
  line->asked = FALSE;
}

void
line_question_drop (Line *line, gconstpointer data)
{
  for (GList *at = line->questions.head; at != NULL; at = at->next) {
    LineAsk *ask = at->data;
    if (ask->question.data != data)
      continue;
    if (at == line->questions.head) {
      line->asked = FALSE;
      line_input_hide (line->input, FALSE);
    }
    g_queue_delete_link (&line->questions, at);
    ask_free (ask);
    return;
  }
}

void
line_choice (Line *line, const char *label, LineRun run, const char *object)
{
  LineChoice *choice = g_new0 (LineChoice, 1);
  choice->label = g_strdup (label);
  choice->run = run;
  choice->object = g_strdup (object);
  g_ptr_array_add (line->choices, choice);
}

void
line_recommend (Line *line)
{
  line->chosen = line->choices->len;
}

void
line_ask (Line *line, const LineQuestion *question)
{
  LineAsk *ask = g_new0 (LineAsk, 1);
  ask->question = *question;
  ask->question.text = g_strdup (question->text);
  ask->question.prompt = g_strdup (question->prompt);
  ask->question.initial = question->initial != NULL && *question->initial != '\0'
                              ? g_strdup (question->initial)
                              : NULL;
  ask->question.help = g_strdup (question->help);
  ask->choices = g_strdupv ((char **) (gsize) question->choices);
  g_queue_push_head (&line->questions, ask);
  line->asked = FALSE;
  line_go_on (line);
}

/* --- putting --- */

static void
put_numbered (Line *line, guint number, const char *label, gboolean chosen)
{
  g_autofree char *text = g_strdup_printf ("%2u. %s%s", number, label, chosen ? _ (" (Enter)") : "");
  line_text (line, 0, text);
}

static void
put_choices_prompt (Line *line)
{
  g_autofree char *text = line->stale
                              ? g_strdup (_ ("Number (Enter = see what is next), back, help or quit:"))
                          : line->chosen > 0
                              ? g_strdup_printf (_ ("Number (Enter = %u), back, help or quit:"), line->chosen)
                              : g_strdup (_ ("Number, back, help or quit:"));
  line_prompt (line, text);
}

void
line_choices_put (Line *line)
{
  line_gap (line);
  for (guint i = 0; i < line->choices->len; i++) {
    const LineChoice *choice = g_ptr_array_index (line->choices, i);
    put_numbered (line, i + 1, choice->label, i + 1 == line->chosen);
  }
  put_choices_prompt (line);
}

static void
put_question_prompt (Line *line, const LineAsk *ask)
{
  const LineQuestion *question = &ask->question;
  g_autofree char *text = NULL;
  if (question->prompt != NULL)
    text = g_strdup_printf (_ ("%s, back, help or quit:"), question->prompt);
  else if (ask->choices != NULL) {
    guint number = 0;
    for (guint i = 0; ask->choices[i] != NULL; i++)
      if (g_strcmp0 (ask->choices[i], question->initial) == 0)
        number = i + 1;
    text = number > 0 ? g_strdup_printf (_ ("Number (Enter = %u), back, help or quit:"), number)
                      : g_strdup (_ ("Number, back, help or quit:"));
  } else if (question->hidden)
    text = g_strdup (question->initial != NULL
                         ? _ ("Text (is not shown; Enter = keep what was typed), back, help or quit:")
                         : _ ("Text (is not shown), back, help or quit:"));
  else if (question->initial != NULL)
    text = g_strdup_printf (_ ("Text [%s], back, help or quit:"), question->initial);
  else if (question->optional)
    text = g_strdup (_ ("Text (Enter = leave it empty), back, help or quit:"));
  else
    text = g_strdup (_ ("Text, back, help or quit:"));
  line_input_hide (line->input, question->hidden);
  line_prompt (line, text);
}

void
line_question_put (Line *line)
{
  const LineAsk *ask = g_queue_peek_head (&line->questions);
  if (ask == NULL || line->asked)
    return;
  line->asked = TRUE;
  line_gap (line);
  line_text (line, 0, ask->question.text);
  for (guint i = 0; ask->choices != NULL && ask->choices[i] != NULL; i++)
    put_numbered (line, i + 1, ask->choices[i], g_strcmp0 (ask->choices[i], ask->question.initial) == 0);
  put_question_prompt (line, ask);
}

void
line_prompt_again (Line *line)
{
  const LineAsk *ask = g_queue_peek_head (&line->questions);
  if (ask != NULL && line->asked)
    put_question_prompt (line, ask);
  else if (ask == NULL && line->told && line->job == NULL && !line->waiting && line->watch == NULL)
    put_choices_prompt (line);
}

/* --- taking --- */

static gboolean
is_word (const char *text, const char *english, const char *translated)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  return g_ascii_strcasecmp (trimmed, english) == 0 || g_strcmp0 (trimmed, translated) == 0;
}

static void
say_words (Line *line)
{
  line_item (
      line,
      _ ("A number, or the beginning of its words, takes that choice; Enter alone takes the one that is "
         "marked or in brackets."));
  line_item (line, _ ("back goes back; answers that were given are kept."));
  line_item (line, _ ("again tells the page once more."));
  line_item (line, _ ("undo takes back what was done last, where that can be."));
  line_item (line, _ ("quit leaves the program."));
  line_item (line,
             _ ("An answer that is one of these words or begins with = is typed with = before it; = alone is "
                "an empty answer."));
  line_item (line, _ ("Ctrl-C stops what is running; twice leaves the program."));
}

static void
line_help (Line *line)
{
  const LineAsk *ask = g_queue_peek_head (&line->questions);
  const LineOpen *open = line_top (line);
  line_gap (line);
  if (ask != NULL)
    line_text (line, 0, ask->question.help != NULL ? ask->question.help : ask->question.text);
  else if (open != NULL && open->page->help != NULL)
    line_text (line, 0, cr_translate (open->page->help));
  if (line->job != NULL && ask == NULL)
    line_say (line, "%s", _ ("Enter tells how far it is; cancel stops it."));
  say_words (line);
  line_prompt_again (line);
}

static void
refuse (Line *line, const char *reason)
{
  line->bad_answer = TRUE;
  line_text (line, 0, reason);
  line_prompt_again (line);
}

/* Takes ASK off the queue and tells whoever asked. */
static void
finish_question (Line *line, LineAsk *ask, const char *text)
{
  line_input_hide (line->input, FALSE);
  g_queue_remove (&line->questions, ask);
  line->asked = FALSE;
  line->bad_answer = FALSE;
  ask->question.answered (line, text, ask->question.data);
  ask_free (ask);
  line_go_on (line);
}

/* The choice that TEXT names by number or as it is written. */
static const char *
pick (char **choices, const char *text)
{
  guint64 number = 0;
  if (g_ascii_string_to_unsigned (text, 10, 1, g_strv_length (choices), &number, NULL))
    return choices[number - 1];
  for (char **each = choices; *each != NULL; each++)
    if (g_ascii_strcasecmp (*each, text) == 0)
      return *each;
  return NULL;
}

static void
answer_question (Line *line, LineAsk *ask, const char *text, gboolean literal)
{
  const LineQuestion *question = &ask->question;
  if (*text == '\0' && !literal && question->initial != NULL)
    text = question->initial;
  if (*text == '\0' && !question->optional) {
    refuse (line, ask->choices != NULL ? _ ("Type one of the numbers.") : _ ("An answer is needed."));
    return;
  }
  if (ask->choices != NULL && *text != '\0') {
    text = pick (ask->choices, text);
    if (text == NULL) {
      refuse (line, _ ("Type one of the numbers."));
      return;
    }
  }
  g_autofree char *problem = question->check != NULL ? question->check (line, text, question->data) : NULL;
  if (problem != NULL)
    refuse (line, problem);
  else
    finish_question (line, ask, text);
}

/* The number of the one choice that begins with TEXT, with whole words ("step 1" is not step 10) before
 * others; 0 = none, more than there are = several. */
static guint64
by_words (Line *line, const char *text)
{
  g_autofree char *typed = g_utf8_casefold (text, -1);
  guint64 whole = 0, part = 0, several = line->choices->len + 1;
  if (strlen (text) < WORDS_LEAST || g_ascii_isdigit (*text))
    return 0;
  for (guint i = 0; i < line->choices->len; i++) {
    const LineChoice *choice = g_ptr_array_index (line->choices, i);
    g_autofree char *label = g_utf8_casefold (choice->label, -1);
    if (g_str_equal (label, typed))
      return i + 1;
    if (!g_str_has_prefix (label, typed))
      continue;
    if (g_ascii_isalnum (label[strlen (typed)]))
      part = part == 0 ? i + 1 : several;
    else
      whole = whole == 0 ? i + 1 : several;
  }
  return whole != 0 ? whole : part;
}

static void
answer_choice (Line *line, const char *text)
{
  guint64 number = line->chosen;
  if (*text == '\0' && line->stale) {
    line_again (line, NULL);
    return;
  }
  guint64 named = by_words (line, text);
  if (named > line->choices->len) {
    refuse (line, _ ("Several choices begin like that; type more of it, or the number."));
    return;
  }
  if (named > 0)
    number = named;
  else if ((*text != '\0' || number == 0)
           && !g_ascii_string_to_unsigned (text, 10, 1, line->choices->len, &number, NULL)) {
    g_autofree char *reason =
        g_strdup_printf (_ ("That is none of the choices: type a number from 1 to %u, back, help or quit."),
                         line->choices->len);
    refuse (line, reason);
    return;
  }
  line->bad_answer = FALSE;
  /* The page may be told anew while the choice runs. */
  const LineChoice *choice = g_ptr_array_index (line->choices, number - 1);
  g_autofree char *object = g_strdup (choice->object);
  LineRun run = choice->run;
  line->told = FALSE;
  run (line, object);
  line_go_on (line);
}

/* A job runs or another party is waited for. */
static void
answer_busy (Line *line, const char *text)
{
  if (line->watch != NULL) {
    line->watch = NULL;
    line->told = FALSE;
    line_go_on (line);
  } else if (line->waiting) {
    line->waiting = FALSE;
    line->told = FALSE;
    line_say (line, "%s", _ ("No longer waiting here. Steps that were started still go on by themselves."));
    line_go_on (line);
  } else if (is_word (text, "cancel", _ ("cancel")))
    line_job_cancel (line);
  else if (is_word (text, "hold", _ ("hold")))
    line_job_hold (line, TRUE);
  else if (is_word (text, "go on", _ ("go on")))
    line_job_hold (line, FALSE);
  else if (is_word (text, "pause", _ ("pause")) && ui_session_overview (line->session)->playing) {
    ui_play_pause (line->session);
    line_say (line, "%s", _ ("It stops after the step that runs now."));
  } else
    line_job_status (line);
}

static gboolean
has_controls (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return TRUE;
  for (const guchar *at = (const guchar *) text; *at != '\0'; at++)
    if ((*at < 0x20 && *at != '\t') || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
      return TRUE;
  return FALSE;
}

void
line_answer (Line *line, const char *text)
{
  LineAsk *ask = g_queue_peek_head (&line->questions);
  line->at_prompt = line->at_prompt && ask != NULL
                    && ask->question.hidden; /* the person's Enter ended the line */
  if (has_controls (text)) {
    refuse (line, _ ("The answer has control characters in it; type it again."));
    return;
  }
  if (is_word (text, "quit", _ ("quit")) || is_word (text, "q", "q")) {
    line_ask_quit (line);
    return;
  }
  if (is_word (text, "help", _ ("help")) || is_word (text, "?", "?")) {
    line_help (line);
    return;
  }
  gboolean back = is_word (text, "back", _ ("back"));
  gboolean literal = *text == '=' && ask != NULL;
  if (ask != NULL && back)
    finish_question (line, ask, NULL);
  else if (ask != NULL) {
    g_auto (CrSecretText) trimmed = cr_secret_text_new (literal ? text + 1 : text, -1);
    answer_question (line, ask, ask->question.hidden ? trimmed : g_strstrip (trimmed), literal);
  } else if (line->job != NULL || line->waiting || line->watch != NULL)
    answer_busy (line, text);
  else if (back)
    line_back (line, NULL);
  else if (!line->told)
    line_say (line, "%s", _ ("Still reading. Wait, or type back or quit."));
  else if (is_word (text, "again", _ ("again")))
    line_again (line, NULL);
  else if (is_word (text, "undo", _ ("undo")))
    line_undo (line);
  else {
    g_autofree char *trimmed = g_strstrip (g_strdup (text));
    answer_choice (line, trimmed);
  }
}

/* --- a word before something that cannot be undone --- */

typedef struct {
  char *word, *object;
  LineRun run;
} Confirm;

static void
confirm_free (gpointer data)
{
  Confirm *confirm = data;
  g_free (confirm->word);
  g_free (confirm->object);
  g_free (confirm);
}

static void
confirmed (Line *line, const char *text, gpointer data)
{
  const Confirm *confirm = data;
  if (text != NULL && g_strcmp0 (text, confirm->word) == 0)
    confirm->run (line, confirm->object);
  else
    line_say (line, "%s", _ ("Nothing was done."));
}

void
line_confirm (Line *line, const char *word, const char *text, LineRun run, const char *object)
{
  Confirm *confirm = g_new0 (Confirm, 1);
  confirm->word = g_strdup (word);
  confirm->object = g_strdup (object);
  confirm->run = run;
  g_autofree char *question = g_strdup_printf (_ ("%s\nType %s to go on; anything else leaves it as it is."),
                                               text, word);
  line_ask (line, &(LineQuestion){ .text = question,
                                   .optional = TRUE,
                                   .answered = confirmed,
                                   .data = confirm,
                                   .free_data = confirm_free });
}
