/* SPDX-License-Identifier: MIT
 * The usual proposals as questions, any other one as a name and its arguments in JSON.
 * Source of names and arguments: CCF's default actions and the constitution of the governance application.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { UI_ARGUMENT_TEXT, UI_ARGUMENT_NUMBER, UI_ARGUMENT_CHOICE, UI_ARGUMENT_JSON } UiArgumentKind;

typedef struct {
  const char *name;
  const char *label, *help; /* N_(); help may be NULL */
  UiArgumentKind kind;
  gboolean optional;
  const char *const *choices; /* of a choice */
} UiArgument;

typedef struct {
  const char *action;      /* "set_recovery_threshold"; "" = any other one: its name is an argument */
  const char *title;       /* N_(): for a list */
  UiArgument arguments[3]; /* ends with a NULL name */
} UiTemplate;

/* Ends with a NULL action. Static. */
const UiTemplate *ui_templates (void);
/* NULL when there is none for ACTION. Static. */
const UiTemplate *ui_template_find (const char *action);
/* What is wrong with TEXT as the argument NAME: a sentence (gives), or NULL. Pure: may be called at every
 * key. */
char *ui_template_problem (const UiTemplate *proposal, const char *name, const char *text);
/* The proposal as JSON lines, with VALUE (NAME, DATA) for its arguments (borrowed; NULL = empty). Gives. */
typedef const char *(*UiTemplateValue) (const char *name, gpointer data);
char *ui_template_text (const UiTemplate *proposal, UiTemplateValue value, gpointer data);

G_END_DECLS
