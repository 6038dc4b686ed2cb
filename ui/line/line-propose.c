/* SPDX-License-Identifier: MIT
 * A new proposal: one of the usual ones by its questions, any other one by name and JSON; an invitation.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"
#include "ui/model/proposals.h"

#include <string.h>

static void
propose_now (Line *line, const char *actions)
{
  line_job (line, ui_propose (line->session, actions, line_done, line), NULL, NULL);
}

/* A member may be named as the ledger names it. Gives. */
static char *
argument_read (Line *line, const char *name, const char *text)
{
  GPtrArray *members = ui_session_consortium (line->session)->members;
  for (guint i = 0; strcmp (name, "member_id") == 0 && i < members->len; i++) {
    const UiMember *member = g_ptr_array_index (members, i);
    if (g_strcmp0 (member->name, text) == 0)
      return g_strdup (member->id);
  }
  return g_strdup (text);
}

static char *
check_argument (Line *line, const UiStepInput *input, const char *text, GHashTable *values, gpointer data)
{
  g_autofree char *meant = argument_read (line, input->name, text);
  (void) values;
  return ui_template_problem (data, input->name, meant);
}

typedef struct {
  Line *line;
  GHashTable *values, *read;
} Answers;

static const char *
answer_of (const char *name, gpointer data)
{
  const Answers *answers = data;
  const char *text = g_hash_table_lookup (answers->values, name);
  if (text != NULL)
    g_hash_table_replace (answers->read, (gpointer) (gsize) name, argument_read (answers->line, name, text));
  return g_hash_table_lookup (answers->read, name);
}

static void
arguments_filled (Line *line, GHashTable *values, gpointer data)
{
  g_autoptr (GHashTable) read = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  Answers answers = { line, values, read };
  g_autofree char *text = ui_template_text (data, answer_of, &answers);
  g_autofree char *question = g_strdup_printf (_ ("This is proposed, and your vote for it is cast:\n%s"),
                                               text);
  line_confirm (line, C_ ("typed to confirm; easy to type", "propose"), question, propose_now, text);
}

static void
template_chosen (Line *line, const char *action)
{
  static const UiInputKind kinds[] = { [UI_ARGUMENT_TEXT] = UI_INPUT_TEXT,
                                       [UI_ARGUMENT_NUMBER] = UI_INPUT_NUMBER,
                                       [UI_ARGUMENT_CHOICE] = UI_INPUT_CHOICE,
                                       [UI_ARGUMENT_JSON] = UI_INPUT_TEXT };
  const UiTemplate *proposal = ui_template_find (action);
  g_autoptr (GPtrArray) inputs = line_form_inputs ();
  for (const UiArgument *argument = proposal->arguments; argument->name != NULL; argument++) {
    const char *help = strcmp (argument->name, "member_id") == 0 ? _ ("Name or id of the member.")
                       : argument->help != NULL                  ? cr_translate (argument->help)
                                                                 : NULL;
    UiStepInput *input = line_form_add (inputs, argument->name, cr_translate (argument->label), help,
                                        kinds[argument->kind]);
    input->required = !argument->optional;
    input->choices = argument->choices;
  }
  line_form (line, &(LineForm){ .inputs = inputs,
                                .check = check_argument,
                                .filled = arguments_filled,
                                .data = (gpointer) (gsize) proposal });
}

static void
tell_templates (Line *line, const char *object)
{
  (void) object;
  for (const UiTemplate *each = ui_templates (); each->action != NULL; each++)
    line_choice (line, cr_translate (each->title), template_chosen, each->action);
}

static const LinePage page_templates = {
  N_ ("What do you want to propose?"),
  N_ ("The usual proposals. You see the whole proposal before it is sent; until it is decided you can withdraw it."),
  UI_MODEL_CONSORTIUM,
  tell_templates,
  FALSE,
};

void
line_propose (Line *line, const char *object)
{
  (void) object;
  line_open (line, &page_templates, NULL);
}
