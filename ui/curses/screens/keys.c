/* SPDX-License-Identifier: MIT
 * Keys: what this persona has, where it lies, what it is used for, and what is lost when it is deleted.
 */
#include "ui/curses/screens/pane.h"
#include "ui/curses/screens/show.h"

#include "base/translate.h"

#include <string.h>

#define LABEL 13

typedef struct {
  UiPane pane;
  char *id; /* lent by list_id */
} Keys;

enum { COLUMN_TITLE, COLUMN_WHERE, COLUMN_AGE, COLUMN_FINGERPRINT };

static const UiListColumn columns[] = {
  { N_ ("Key"), 26, 0, 0, FALSE, TRUE },  { N_ ("Where"), 14, 18, 1, FALSE, TRUE },
  { N_ ("Age"), 8, 10, 2, FALSE, FALSE }, { N_ ("Fingerprint"), 17, 20, 3, FALSE, FALSE },
  { NULL, 0, 0, 0, FALSE, FALSE },
};

static const UiKeys *
model (UiScreen *screen)
{
  return ui_session_keys (ui_app_session (screen->app));
}

/* Keys that exist first, then the ones that could be made. */
static const UiKey *
key_at (UiScreen *screen, guint i)
{
  const UiKeys *all = model (screen);

  return i < all->keys->len ? all->keys->pdata[i] : NULL;
}

static const char *
missing_at (UiScreen *screen, guint i)
{
  const UiKeys *all = model (screen);

  return i >= all->keys->len && i - all->keys->len < all->missing->len
             ? all->missing->pdata[i - all->keys->len]
             : NULL;
}

static guint
list_count (gpointer data)
{
  const UiKeys *all = model (data);

  return all->keys->len + all->missing->len;
}

static const char *
list_id (gpointer data, guint i)
{
  Keys *state = UI_STATE ((UiScreen *) data, Keys);
  const UiKey *key = key_at (data, i);
  const char *missing = missing_at (data, i);

  g_free (state->id);
  state->id = key != NULL ? g_strconcat (key->kind, "/", key->name, NULL)
                          : g_strconcat ("missing/", missing, NULL);
  return state->id;
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  const UiKey *key = key_at (data, i);
  const char *missing = missing_at (data, i);
  g_autofree char *age = NULL;

  if (key == NULL) {
    *style = UI_STYLE_DIM;
    if (column == COLUMN_TITLE && missing != NULL)
      g_string_append (text, missing);
    else if (column == COLUMN_WHERE)
      g_string_append (text, _ ("not made yet"));
    return;
  }
  switch (column) {
  case COLUMN_TITLE:
    g_string_append (text, key->title);
    break;
  case COLUMN_WHERE:
    g_string_append (text, key->where);
    break;
  case COLUMN_AGE:
    age = ui_show_age (key->created_ms);
    g_string_append (text, age);
    break;
  default:
    *style = UI_STYLE_DIM;
    g_string_append (text, key->fingerprint);
  }
}

static const UiListSource source = { list_count, list_id, list_cell, NULL, NULL, NULL };

static const UiKey *
selected (UiScreen *screen)
{
  int row = ui_list_selected (UI_STATE (screen, Keys)->pane.list);

  return row >= 0 ? key_at (screen, (guint) row) : NULL;
}

static const char *
selected_missing (UiScreen *screen)
{
  int row = ui_list_selected (UI_STATE (screen, Keys)->pane.list);

  return row >= 0 ? missing_at (screen, (guint) row) : NULL;
}

static void
describe (UiScreen *screen, UiRich *rich, int width G_GNUC_UNUSED)
{
  const UiKeys *all = model (screen);
  const UiKey *key = selected (screen);
  const char *missing = selected_missing (screen);
  g_autofree char *digest = NULL, *made = NULL;

  if (ui_show_not_ready (rich, &all->base))
    return;
  if (missing != NULL) {
    ui_rich_heading (rich, missing);
    ui_rich_line (
        rich, UI_STYLE_TEXT,
        _ ("This identity does not exist yet. The step of the journey that needs it makes it; you can also "
           "make it now with n."));
    return;
  }
  if (key == NULL) {
    ui_rich_line (rich, UI_STYLE_DIM, _ ("Select a key to see what it is for."));
    return;
  }
  ui_rich_heading (rich, key->title);
  ui_rich_line (rich, UI_STYLE_TEXT, key->used_for);
  ui_rich_end (rich);
  digest = key->fingerprint[0] != '\0' ? ui_show_digest (key->fingerprint) : NULL;
  made = ui_show_date_time (key->created_ms);
  ui_rich_pair (rich, LABEL, _ ("Name"), UI_STYLE_TEXT, key->name);
  ui_rich_pair (rich, LABEL, _ ("Kind"), UI_STYLE_TEXT, key->kind);
  ui_rich_pair (rich, LABEL, _ ("Where"), UI_STYLE_TEXT, key->where);
  ui_rich_pair (rich, LABEL, _ ("Algorithm"), UI_STYLE_TEXT, key->algorithm);
  ui_rich_pair (rich, LABEL, _ ("Fingerprint"), UI_STYLE_STRONG, digest);
  ui_rich_pair (rich, LABEL, _ ("Made"), UI_STYLE_TEXT, made);
  ui_rich_pair (rich, LABEL, _ ("Expires"), UI_STYLE_TEXT, key->expires);
  ui_rich_heading (rich, _ ("If it is deleted"));
  ui_rich_line (rich, UI_STYLE_WARNING, key->if_deleted);
  ui_rich_end (rich);
  ui_rich_line (rich, UI_STYLE_DIM,
                _ ("Private parts are never shown, copied or written to a file from here."));
}

/* ---- actions ---- */

static const char *
why_not_create (UiScreen *screen)
{
  const UiKeys *all = model (screen);

  if (all->base.read_ms == 0)
    return _ ("The keys have not been read yet.");
  return all->missing->len == 0 ? _ ("Every key that this persona needs is there.") : NULL;
}

static void
create_chosen (UiApp *app, const char *answer, gpointer data G_GNUC_UNUSED)
{
  ui_create_key (ui_app_session (app), answer, ui_show_result, app);
}

static void
run_create (UiScreen *screen)
{
  const UiKeys *all = model (screen);
  g_autofree const char **names = g_new0 (const char *, all->missing->len + 1);

  for (guint i = 0; i < all->missing->len; i++)
    names[i] = all->missing->pdata[i];
  if (all->missing->len == 1)
    create_chosen (screen->app, names[0], NULL);
  else
    ui_app_choose (screen->app, _ ("Which key shall be made?"), names, NULL, create_chosen, NULL, NULL);
}

static const char *
why_not_export (UiScreen *screen)
{
  const UiKey *key = selected (screen);

  if (key == NULL)
    return "";
  return key->exportable ? NULL : _ ("It has no public part; secrets are never written to a file from here.");
}

static void
path_given (UiApp *app, const char *answer, gpointer data)
{
  const UiAsked *asked = data;

  ui_export_key (ui_app_session (app), asked->object, asked->name, answer, ui_show_result, app);
}

static void
run_export (UiScreen *screen)
{
  const UiKey *key = selected (screen);
  g_autofree char *name = g_strconcat (key->name, ".pem", NULL);

  ui_app_ask_path (screen->app, _ ("Write the public part to"), name, FALSE, TRUE, path_given,
                   ui_asked_new (key->kind, NULL, key->name, FALSE), ui_asked_free);
}

static const char *
why_not_delete (UiScreen *screen)
{
  const UiKey *key = selected (screen);

  if (key == NULL)
    return "";
  return key->deletable ? NULL : _ ("It is in use and cannot be deleted from here.");
}

static void
delete_confirmed (UiApp *app, const char *answer G_GNUC_UNUSED, gpointer data)
{
  const UiAsked *asked = data;

  ui_delete_key (ui_app_session (app), asked->object, asked->name, ui_show_result, app);
}

static void
run_delete (UiScreen *screen)
{
  const UiKey *key = selected (screen);
  g_autoptr (UiRich) rich = ui_rich_new ();
  g_autofree char *digest = key->fingerprint[0] != '\0' ? ui_show_digest (key->fingerprint) : NULL;

  /* What is lost comes first: it has to be seen on the smallest screen. */
  ui_rich_line (rich, UI_STYLE_STRONG, key->title);
  ui_rich_line (rich, UI_STYLE_WARNING, key->if_deleted);
  ui_rich_line (rich, UI_STYLE_WARNING, _ ("This cannot be undone."));
  ui_rich_end (rich);
  ui_rich_pair (rich, LABEL, _ ("Name"), UI_STYLE_TEXT, key->name);
  ui_rich_pair (rich, LABEL, _ ("Fingerprint"), UI_STYLE_TEXT, digest);
  ui_rich_pair (rich, LABEL, _ ("Where"), UI_STYLE_TEXT, key->where);
  ui_app_confirm_typed (screen->app, _ ("Delete this key"), rich, key->name, _ ("Delete"), delete_confirmed,
                        ui_asked_new (key->kind, NULL, key->name, FALSE), ui_asked_free);
}

static const UiAction actions[] = {
  { "keys.create", N_ ("Make..."), N_ ("Make a key that does not exist yet."), "n",
    UI_ACTION_CHANGES | UI_ACTION_PALETTE, why_not_create, run_create },
  { "keys.export", N_ ("Export public..."), N_ ("Write the public part (certificate, public key) to a file."),
    "e", UI_ACTION_MAIN, why_not_export, run_export },
  { "keys.delete", N_ ("Delete..."), N_ ("Delete the selected key for good; says what is lost."), "d Delete",
    UI_ACTION_CHANGES | UI_ACTION_IRREVERSIBLE, why_not_delete, run_delete },
  UI_PANE_ACTIONS ("keys"),
  UI_ACTIONS_END,
};

/* ---- the screen ---- */

static void
closed (UiScreen *screen)
{
  g_clear_pointer (&UI_STATE (screen, Keys)->id, g_free);
}

static gboolean
above (UiScreen *screen, UiRect line)
{
  const UiKeys *all = model (screen);

  if (all->base.read_ms != 0)
    ui_draw_format (line, 0, 1, UI_STYLE_DIM, _ ("Kept in: %s"), all->home);
  return all->base.read_ms != 0;
}

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .list_share = 55,
  .describe = describe,
  .list_model = UI_MODEL_KEYS,
  .empty = N_ ("This persona has no keys yet.\n\nThe first steps of the journey (key 1) make them "
               "and keep them in the keyring, never in a plain file."),
  .closed = closed,
  .above = above,
};

const UiScreenClass ui_screen_keys = {
  .id = "keys",
  .title = N_ ("Keys"),
  .explanation = N_ (
      "The keys of this persona: where each lies, its fingerprint and age, what it signs or opens, and what "
      "is lost without it. Private parts never leave the key store."),
  .key = '8',
  .watches = UI_MODEL_BIT (UI_MODEL_KEYS),
  .state_size = sizeof (Keys),
  UI_PANE_SCREEN (&spec),
  .actions = actions,
  .subject = ui_pane_screen_subject,
  .copy = ui_pane_screen_copy,
};
