/* SPDX-License-Identifier: MIT
 * A new proposal: the usual ones as forms, any other one as a name and its arguments in JSON.
 */
#include "ui/curses/screens/consortium-private.h"

#include "base/translate.h"
#include "ui/model/proposals.h"

/* What is wrong with a field; DATA is the template. */
static char *
check_field (const char *id, const char *text, gpointer data)
{
  return ui_template_problem (data, id, text);
}

static const char *
field_value (const char *name, gpointer form)
{
  return ui_form_value (form, name);
}

static void
proposal_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  ui_propose (ui_app_session (app), ((const UiAsked *) data)->object, ui_show_result, app);
}

/* Show exactly what will be proposed. DATA is the template. */
static void
form_filled (UiApp *app, UiForm *form, gpointer data)
{
  g_autofree char *text = ui_template_text (data, field_value, form);
  g_autoptr (UiRich) rich = ui_rich_new ();

  ui_show_json (rich, text);
  ui_rich_end (rich);
  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("It is signed with your key and written to the ledger, with your own ballot for it. It takes effect "
         "when enough members have agreed; until then you can withdraw it."));
  ui_app_confirm (app, _ ("Propose this"), rich, _ ("Propose"), proposal_confirmed,
                  ui_asked_new (text, NULL, NULL, FALSE), ui_asked_free);
}

static void
add_argument (UiForm *form, const UiArgument *argument)
{
  static const UiFieldKind kinds[] = { [UI_ARGUMENT_TEXT] = UI_FIELD_TEXT,
                                       [UI_ARGUMENT_NUMBER] = UI_FIELD_NUMBER,
                                       [UI_ARGUMENT_CHOICE] = UI_FIELD_CHOICE,
                                       [UI_ARGUMENT_JSON] = UI_FIELD_TEXT };

  ui_form_add (form, &(UiFieldSpec){ .id = argument->name,
                                     .label = cr_translate (argument->label),
                                     .help = cr_translate (argument->help),
                                     .kind = kinds[argument->kind],
                                     .required = !argument->optional,
                                     .value = argument->choices != NULL ? argument->choices[0] : NULL,
                                     .choices = argument->choices });
}

static void
template_chosen (UiApp *app, const char *answer, gpointer data G_GNUC_UNUSED)
{
  const UiTemplate *template = ui_template_find (answer);
  g_autoptr (UiRich) rich = ui_rich_new ();
  g_autofree char *name = NULL;
  UiForm *form;

  if (template == NULL)
    return;
  form = ui_form_new ();
  ui_form_set_check (form, check_field, (gpointer) (guintptr) template);
  ui_form_set_button (form, _ ("Show the proposal"));
  for (const UiArgument *argument = template->arguments; argument->name != NULL; argument++)
    add_argument (form, argument);
  ui_rich_line (rich, UI_STYLE_TEXT, cr_translate (template->title));
  ui_app_ask_form (app, _ ("New proposal"), rich, form, form_filled, (gpointer) (guintptr) template, NULL);
  name = g_strconcat ("propose.", template->action, NULL);
  ui_app_keep_typed (app, name);
}

void
ui_consortium_new_proposal (UiScreen *screen)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new (), titles = g_ptr_array_new ();

  for (const UiTemplate *template = ui_templates (); template->action != NULL; template ++) {
    g_ptr_array_add (ids, (gpointer) (guintptr) template->action);
    g_ptr_array_add (titles, (gpointer) (guintptr) cr_translate (template->title));
  }
  g_ptr_array_add (ids, NULL);
  g_ptr_array_add (titles, NULL);
  ui_app_choose (screen->app, _ ("What do you want to propose?"), (const char *const *) ids->pdata,
                 (const char *const *) titles->pdata, template_chosen, NULL, NULL);
}
