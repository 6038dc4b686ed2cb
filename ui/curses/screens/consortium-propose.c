/* SPDX-License-Identifier: MIT
 * A new proposal: the usual ones as forms, any other one as a name and its arguments in JSON.
 * Source of names and arguments: CCF's default actions and the constitution of the governance application.
 */
#include "ui/curses/screens/consortium-private.h"

#include "base/translate.h"

#include <jansson.h>
#include <string.h>

#define MOST_ARGUMENTS 3

typedef enum { ARGUMENT_TEXT, ARGUMENT_NUMBER, ARGUMENT_CHOICE, ARGUMENT_JSON } ArgumentKind;

typedef struct {
  const char *name, *label, *help;
  ArgumentKind kind;
  const char *const *choices;
} Argument;

typedef struct {
  const char *id, *title; /* action name; title for the menu */
  Argument arguments[MOST_ARGUMENTS];
} Template;

static const char *const statuses[] = { "enabled", "disabled", NULL };
static const char *const service_options[] = {
  "autoapprove-constitution-proposal",    "autoapprove-jsapp-proposal",
  "autoapprove-deploymentspec-proposal",  "autoapprove-deploymentinfo-proposal",
  "autoapprove-cleanroompolicy-proposal", NULL
};

static const Template templates[] = {
  { "set_recovery_threshold",
    N_ ("Change how many members it takes to recover the ledger"),
    { { "recovery_threshold", N_ ("Members needed"),
        N_ ("From 1 to the number of members that hold recovery shares."), ARGUMENT_NUMBER, NULL } } },
  { "set_cgs_runtime_options",
    N_ ("Switch an automatic approval of the service"),
    { { "option", N_ ("Option"), NULL, ARGUMENT_CHOICE, service_options },
      { "status", N_ ("To"), NULL, ARGUMENT_CHOICE, statuses } } },
  { "remove_member",
    N_ ("Remove a member"),
    { { "member_id", N_ ("Member id"), N_ ("64 hexadecimal digits, as the member's detail shows it."),
        ARGUMENT_TEXT, NULL } } },
  { "set_member_data",
    N_ ("Change what the ledger knows about a member"),
    { { "member_id", N_ ("Member id"), N_ ("64 hexadecimal digits, as the member's detail shows it."),
        ARGUMENT_TEXT, NULL },
      { "member_data", N_ ("Member data"),
        N_ ("JSON; replaces everything, roles too. Without \"cgsRoles\" the member has none."), ARGUMENT_JSON,
        NULL } } },
  { "enable_ca",
    N_ ("Let a contract have its own certificate authority"),
    { { "contractId", N_ ("Contract"), NULL, ARGUMENT_TEXT, NULL } } },
  { "ca_enable_rotate_signing_key",
    N_ ("Renew the key of a contract's certificate authority"),
    { { "contractId", N_ ("Contract"), NULL, ARGUMENT_TEXT, NULL } } },
  { "oidc_issuer_enable_rotate_signing_key", N_ ("Renew the key of the token issuer"), { { NULL } } },
  { "signing_enable_rotate_signing_key", N_ ("Renew the signing key of the service"), { { NULL } } },
  { "transition_service_to_open", N_ ("Open the ledger for users"), { { NULL } } },
  { "", N_ ("Something else: name of the action and JSON"), { { NULL } } },
};

static const Template *
find_template (const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (templates); i++)
    if (strcmp (templates[i].id, id) == 0)
      return &templates[i];
  return NULL;
}

static char *
check_json (const char *text)
{
  json_error_t error;
  json_t *value = text[0] != '\0' ? json_loads (text, JSON_REJECT_DUPLICATES, &error) : NULL;

  if (text[0] == '\0')
    return NULL;
  if (value == NULL)
    return g_strdup_printf (_ ("This is no JSON: %s (column %d)."), error.text, error.column);
  if (!json_is_object (value)) {
    json_decref (value);
    return g_strdup (_ ("It has to be an object: { ... }."));
  }
  json_decref (value);
  return NULL;
}

static char *
check_field (const char *id, const char *text, gpointer data)
{
  const Template *template = data;

  if (strcmp (id, "args") == 0)
    return check_json (text);
  if (strcmp (id, "action") == 0 && text[strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
    return g_strdup (_ ("Names of actions have small letters, digits and _ only."));
  for (guint i = 0; i < MOST_ARGUMENTS && template->arguments[i].name != NULL; i++) {
    const Argument *argument = &template->arguments[i];

    if (strcmp (argument->name, id) != 0)
      continue;
    if (argument->kind == ARGUMENT_JSON)
      return check_json (text);
    if (strcmp (id, "member_id") == 0 && (strlen (text) != 64 || strspn (text, "0123456789abcdef") != 64))
      return g_strdup (_ ("A member id has 64 hexadecimal digits."));
  }
  return NULL;
}

/* The arguments as the form has them. Gives. */
static json_t *
arguments_of (const Template *template, UiForm *form)
{
  json_t *args = json_object ();

  if (template->id[0] == '\0') {
    json_t *given = json_loads (ui_form_value (form, "args"), JSON_REJECT_DUPLICATES, NULL);

    json_decref (args);
    return given != NULL ? given : json_null ();
  }
  for (guint i = 0; i < MOST_ARGUMENTS && template->arguments[i].name != NULL; i++) {
    const Argument *argument = &template->arguments[i];
    const char *text = ui_form_value (form, argument->name);
    json_t *value = argument->kind == ARGUMENT_NUMBER ? json_integer (g_ascii_strtoll (text, NULL, 10))
                    : argument->kind == ARGUMENT_JSON ? json_loads (text, JSON_REJECT_DUPLICATES, NULL)
                                                      : json_string (text);

    json_object_set_new (args, argument->name, value);
  }
  return args;
}

static void
proposal_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  ui_propose (ui_app_session (app), ((const UiAsked *) data)->object, ui_show_result, app);
}

/* Show exactly what will be proposed. TEMPLATE is static. */
static void
form_filled (UiApp *app, UiForm *form, gpointer data)
{
  const Template *template = data;
  const char *name = template->id[0] != '\0' ? template->id : ui_form_value (form, "action");
  json_t *args = arguments_of (template, form);
  json_t *proposal = json_pack ("{s:[{s:s}]}", "actions", "name", name);
  json_t *action = json_array_get (json_object_get (proposal, "actions"), 0);
  char *text;
  g_autoptr (UiRich) rich = ui_rich_new ();

  if (!json_is_null (args))
    json_object_set (action, "args", args);
  text = json_dumps (proposal, JSON_INDENT (2));
  ui_show_json (rich, text);
  ui_rich_end (rich);
  ui_rich_line (
      rich, UI_STYLE_TEXT,
      _ ("It is signed with your key and written to the ledger, with your own ballot for it. It takes effect "
         "when enough members have agreed; until then you can withdraw it."));
  ui_app_confirm (app, _ ("Propose this"), rich, _ ("Propose"), proposal_confirmed,
                  ui_asked_new (text, NULL, NULL, FALSE), ui_asked_free);
  free (text);
  json_decref (args);
  json_decref (proposal);
}

static void
add_argument (UiForm *form, const Argument *argument)
{
  static const UiFieldKind kinds[] = { [ARGUMENT_TEXT] = UI_FIELD_TEXT,
                                       [ARGUMENT_NUMBER] = UI_FIELD_NUMBER,
                                       [ARGUMENT_CHOICE] = UI_FIELD_CHOICE,
                                       [ARGUMENT_JSON] = UI_FIELD_TEXT };

  ui_form_add (form, &(UiFieldSpec){ .id = argument->name,
                                     .label = cr_translate (argument->label),
                                     .help = cr_translate (argument->help),
                                     .kind = kinds[argument->kind],
                                     .required = TRUE,
                                     .value = argument->kind == ARGUMENT_CHOICE ? argument->choices[0] : NULL,
                                     .choices = argument->choices });
}

static void
template_chosen (UiApp *app, const char *answer, gpointer data G_GNUC_UNUSED)
{
  const Template *template = find_template (answer);
  g_autoptr (UiRich) rich = ui_rich_new ();
  UiForm *form;

  if (template == NULL)
    return;
  form = ui_form_new ();
  ui_form_set_check (form, check_field, (gpointer) (guintptr) template);
  ui_form_set_button (form, _ ("Show the proposal"));
  for (guint i = 0; i < MOST_ARGUMENTS && template->arguments[i].name != NULL; i++)
    add_argument (form, &template->arguments[i]);
  if (template->id[0] == '\0') {
    ui_form_add (
        form, &(UiFieldSpec){ .id = "action",
                              .label = _ ("Action"),
                              .kind = UI_FIELD_TEXT,
                              .required = TRUE,
                              .help = _ ("For example set_member; the ledger checks name and arguments.") });
    ui_form_add (form, &(UiFieldSpec){ .id = "args",
                                       .label = _ ("Arguments"),
                                       .kind = UI_FIELD_TEXT,
                                       .help = _ ("A JSON object, or nothing.") });
  }
  ui_rich_line (rich, UI_STYLE_TEXT, cr_translate (template->title));
  ui_app_ask_form (app, _ ("New proposal"), rich, form, form_filled, (gpointer) (guintptr) template, NULL);
}

void
ui_consortium_new_proposal (UiScreen *screen)
{
  const char *ids[G_N_ELEMENTS (templates) + 1] = { NULL };
  const char *titles[G_N_ELEMENTS (templates) + 1] = { NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (templates); i++) {
    ids[i] = templates[i].id;
    titles[i] = cr_translate (templates[i].title);
  }
  ui_app_choose (screen->app, _ ("What do you want to propose?"), ids, titles, template_chosen, NULL, NULL);
}
