/* SPDX-License-Identifier: MIT
 * A form made from descriptions of its fields: checked while typing, Back never loses an answer.
 *
 * Popups (calendar, choices, files) belong to the form: while one is open it gets every event, Esc closes it.
 */
#pragma once

#include "base/secret.h"
#include "ui/curses/draw.h"
#include "ui/curses/event.h"

G_BEGIN_DECLS

typedef enum {
  UI_FIELD_TEXT,
  UI_FIELD_EMAIL,
  UI_FIELD_NUMBER,  /* a whole number; + and - keys count */
  UI_FIELD_DATE,    /* YYYY-MM-DD; Enter or Space opens a calendar */
  UI_FIELD_CHOICE,  /* one of choices; Space and arrows walk, Enter opens a menu when there are many */
  UI_FIELD_BOOLEAN, /* "yes"/"no"; Space turns */
  UI_FIELD_SECRET,  /* hidden, wiped memory, never in drafts */
  UI_FIELD_FILE,    /* path; Tab completes, Ctrl-o opens a picker */
  UI_FIELD_FOLDER,
} UiFieldKind;

/* Copied by ui_form_add(). */
typedef struct {
  const char *id;    /* name of the value */
  const char *label; /* what the person reads */
  const char *help;  /* one or two lines below the focused field; NULL = none */
  UiFieldKind kind;
  gboolean required;
  gboolean read_only;
  const char *value;                /* at the start: draft or default; NULL = empty */
  const char *const *choices;       /* NULL-terminated values of a choice */
  const char *const *choice_titles; /* the same length; NULL = the values themselves */
} UiFieldSpec;

typedef struct UiForm UiForm;

UiForm *ui_form_new (void);
void ui_form_free (UiForm *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (UiForm, ui_form_free)
void ui_form_add (UiForm *form, const UiFieldSpec *spec);
/* Text of the button at the end ("Run it"); NULL = no button. */
void ui_form_set_button (UiForm *form, const char *text);

/* Called while typing: what is wrong with TEXT in field ID as a sentence (gives), or NULL. Kind and
 * "required" are checked by the form itself before. Must be quick. Not called for secrets unless
 * CHECK_SECRETS. */
typedef char *(*UiFormCheck) (const char *id, const char *text, gpointer data);
void ui_form_set_check (UiForm *form, UiFormCheck check, gpointer data);
/* Called when a value that may be kept changed (never for secrets): save the draft. */
void ui_form_set_changed (UiForm *form, void (*changed) (const char *id, const char *text, gpointer data),
                          gpointer data);

gboolean ui_form_valid (UiForm *form);
/* Name of the first field that is wrong; *MESSAGE (may be NULL) is borrowed. NULL when all is well. */
const char *ui_form_first_problem (UiForm *form, const char **message);
/* Value of a field that is not a secret; "" when empty. Borrowed until it changes. NULL when there is no such
 * field. */
const char *ui_form_value (UiForm *form, const char *id);
void ui_form_set_value (UiForm *form, const char *id, const char *text);
/* Value of a secret field. Gives. */
CrSecretText ui_form_secret (UiForm *form, const char *id);
/* The values that may be kept: all but secrets, also empty ones. Gives. */
GHashTable *ui_form_kept_values (UiForm *form);
void ui_form_focus (UiForm *form, const char *id);
const char *ui_form_focused (UiForm *form); /* id; NULL = the button */
/* Rows the form takes at this width. */
int ui_form_rows (UiForm *form, int columns);

/* What the keys do now, for the last line; append to HINTS. OUT is what Esc does. */
void ui_form_hints (UiForm *form, GString *hints, const char *out);
void ui_form_draw (UiForm *form, UiRect rect, gboolean focused);
typedef enum {
  UI_FORM_IGNORED,
  UI_FORM_HANDLED,
  /* Button, or Ctrl-s anywhere; only when everything is valid, else the first problem gets the focus. */
  UI_FORM_SUBMIT,
  UI_FORM_CANCEL, /* Esc with no popup open */
} UiFormResult;
UiFormResult ui_form_event (UiForm *form, const UiEvent *event);

G_END_DECLS
