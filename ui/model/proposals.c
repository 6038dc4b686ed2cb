/* SPDX-License-Identifier: MIT
 * The usual proposals (proposals.h).
 */
#include "ui/model/proposals.h"

#include "base/json.h"
#include "base/translate.h"

#include <string.h>

#define MEMBER_ID_LENGTH 64u

static const char *const statuses[] = { "enabled", "disabled", NULL };
static const char *const service_options[] = {
  "autoapprove-constitution-proposal",    "autoapprove-jsapp-proposal",
  "autoapprove-deploymentspec-proposal",  "autoapprove-deploymentinfo-proposal",
  "autoapprove-cleanroompolicy-proposal", NULL
};

#define NO_ARGUMENT                                                                                          \
  {                                                                                                          \
    .name = NULL                                                                                             \
  }
#define MEMBER                                                                                               \
  {                                                                                                          \
    .name = "member_id", .label = N_ ("Member id"),                                                          \
    .help = N_ ("64 hexadecimal digits, as the member's detail shows it.")                                   \
  }
#define CONTRACT                                                                                             \
  {                                                                                                          \
    .name = "contractId", .label = N_ ("Contract")                                                           \
  }

static const UiTemplate templates[] = {
  { "set_recovery_threshold",
    N_ ("Change how many members it takes to recover the ledger"),
    { { .name = "recovery_threshold",
        .label = N_ ("Members needed"),
        .help = N_ ("From 1 to the number of members that hold recovery shares."),
        .kind = UI_ARGUMENT_NUMBER },
      NO_ARGUMENT } },
  { "set_cgs_runtime_options",
    N_ ("Switch an automatic approval of the service"),
    { { .name = "option", .label = N_ ("Option"), .kind = UI_ARGUMENT_CHOICE, .choices = service_options },
      { .name = "status", .label = N_ ("To"), .kind = UI_ARGUMENT_CHOICE, .choices = statuses },
      NO_ARGUMENT } },
  { "remove_member", N_ ("Remove a member"), { MEMBER, NO_ARGUMENT } },
  { "set_member_data",
    N_ ("Change what the ledger knows about a member"),
    { MEMBER,
      { .name = "member_data",
        .label = N_ ("Member data"),
        .help = N_ ("JSON; replaces everything, roles too. Without \"cgsRoles\" the member has none."),
        .kind = UI_ARGUMENT_JSON },
      NO_ARGUMENT } },
  { "enable_ca", N_ ("Let a contract have its own certificate authority"), { CONTRACT, NO_ARGUMENT } },
  { "ca_enable_rotate_signing_key",
    N_ ("Renew the key of a contract's certificate authority"),
    { CONTRACT, NO_ARGUMENT } },
  { "oidc_issuer_enable_rotate_signing_key", N_ ("Renew the key of the token issuer"), { NO_ARGUMENT } },
  { "signing_enable_rotate_signing_key", N_ ("Renew the signing key of the service"), { NO_ARGUMENT } },
  { "transition_service_to_open", N_ ("Open the ledger for users"), { NO_ARGUMENT } },
  { "",
    N_ ("Something else: name of the action and JSON"),
    { { .name = "action",
        .label = N_ ("Action"),
        .help = N_ ("For example set_member; the ledger checks name and arguments.") },
      { .name = "args",
        .label = N_ ("Arguments"),
        .help = N_ ("A JSON object, or nothing."),
        .kind = UI_ARGUMENT_JSON,
        .optional = TRUE },
      NO_ARGUMENT } },
  { NULL, NULL, { NO_ARGUMENT } },
};

const UiTemplate *
ui_templates (void)
{
  return templates;
}

const UiTemplate *
ui_template_find (const char *action)
{
  for (const UiTemplate *each = templates; each->action != NULL; each++)
    if (g_strcmp0 (each->action, action) == 0)
      return each;
  return NULL;
}

static char *
json_problem (const char *text)
{
  json_error_t problem;
  g_autoptr (json_t) value = json_loads (text, JSON_REJECT_DUPLICATES, &problem);
  if (value == NULL)
    return g_strdup_printf (_ ("This is no JSON: %s (column %d)."), problem.text, problem.column);
  return json_is_object (value) ? NULL : g_strdup (_ ("It has to be an object: { ... }."));
}

static char *
argument_problem (const UiArgument *argument, const char *text)
{
  if (argument->kind == UI_ARGUMENT_JSON)
    return json_problem (text);
  if (argument->kind == UI_ARGUMENT_NUMBER)
    return strlen (text) <= 18 && strspn (text, "0123456789") == strlen (text)
               ? NULL
               : g_strdup (_ ("This is no whole number."));
  if (argument->kind == UI_ARGUMENT_CHOICE)
    return g_strv_contains (argument->choices, text) ? NULL : g_strdup (_ ("Choose one of the list."));
  if (strcmp (argument->name, "action") == 0
      && text[strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
    return g_strdup (_ ("Names of actions have small letters, digits and _ only."));
  if (strcmp (argument->name, "member_id") == 0
      && (strlen (text) != MEMBER_ID_LENGTH || strspn (text, "0123456789abcdef") != MEMBER_ID_LENGTH))
    return g_strdup (_ ("A member id has 64 hexadecimal digits."));
  return NULL;
}

char *
ui_template_problem (const UiTemplate *proposal, const char *name, const char *text)
{
  for (const UiArgument *argument = proposal->arguments; argument->name != NULL; argument++)
    if (strcmp (argument->name, name) == 0 && *text != '\0')
      return argument_problem (argument, text);
  return NULL;
}

/* Gives; NULL when the text is empty or no JSON. */
static json_t *
value_of (const UiArgument *argument, const char *text)
{
  if (text == NULL || *text == '\0')
    return NULL;
  return argument->kind == UI_ARGUMENT_NUMBER ? json_integer (g_ascii_strtoll (text, NULL, 10))
         : argument->kind == UI_ARGUMENT_JSON ? json_loads (text, JSON_REJECT_DUPLICATES, NULL)
                                              : json_string (text);
}

char *
ui_template_text (const UiTemplate *proposal, UiTemplateValue value, gpointer data)
{
  gboolean other = *proposal->action == '\0';
  const char *name = other ? value ("action", data) : proposal->action;
  json_t *args = other ? NULL : json_object ();
  for (const UiArgument *argument = proposal->arguments; argument->name != NULL; argument++) {
    json_t *each = value_of (argument, value (argument->name, data));
    if (!other && each != NULL)
      cr_json_set (args, argument->name, each);
    else if (strcmp (argument->name, "args") == 0)
      args = each;
    else
      json_decref (each);
  }
  json_t *action = json_object ();
  cr_json_set_string (action, "name", name != NULL ? name : "");
  if (args != NULL)
    cr_json_set (action, "args", args);
  g_autoptr (json_t) content = json_pack ("{s:[o]}", "actions", action);
  return cr_json_dump_pretty (content);
}
