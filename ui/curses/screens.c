/* SPDX-License-Identifier: MIT
 * The table of screens: a new screen is one file and one line here.
 */
#include "ui/curses/screens.h"

#include <string.h>

extern const UiScreenClass ui_screen_choose, ui_screen_journey, ui_screen_sign_in, ui_screen_help;
extern const UiScreenClass ui_screen_consortium, ui_screen_contracts, ui_screen_documents, ui_screen_data,
    ui_screen_runs, ui_screen_output, ui_screen_audit, ui_screen_keys, ui_screen_calls, ui_screen_health,
    ui_screen_settings;

const UiScreenClass *const *
ui_screens (void)
{
  static const UiScreenClass *const screens[] = {
    &ui_screen_choose,     &ui_screen_journey,   &ui_screen_sign_in,   &ui_screen_help,
    &ui_screen_consortium, &ui_screen_contracts, &ui_screen_documents, &ui_screen_data,
    &ui_screen_runs,       &ui_screen_output,    &ui_screen_audit,     &ui_screen_keys,
    &ui_screen_calls,      &ui_screen_health,    &ui_screen_settings,  NULL,
  };
  return screens;
}

const UiScreenClass *
ui_screen_find (const char *id)
{
  const UiScreenClass *const *screens = ui_screens ();
  for (guint i = 0; id != NULL && screens[i] != NULL; i++)
    if (strcmp (screens[i]->id, id) == 0)
      return screens[i];
  return NULL;
}

/* What was published and decided, as far as it has been read. */
static void
add_objects (UiSession *session, UiPaletteAdd add, gpointer palette)
{
  const UiDocuments *documents = ui_session_documents (session);
  const UiContracts *contracts = ui_session_contracts (session);
  const UiRuns *runs = ui_session_runs (session);
  const UiData *data = ui_session_data (session);

  for (guint i = 0; i < documents->documents->len; i++) {
    const UiDocumentRow *row = g_ptr_array_index (documents->documents, i);
    add (palette, "documents", row->id, row->id, row->decision);
  }
  for (guint i = 0; i < contracts->contracts->len; i++) {
    const UiContractRow *row = g_ptr_array_index (contracts->contracts, i);
    add (palette, "contracts", row->id, row->id, row->state);
  }
  for (guint i = 0; i < runs->runs->len; i++) {
    const UiRunRow *row = g_ptr_array_index (runs->runs, i);
    add (palette, "runs", row->id, row->id, row->state);
  }
  for (guint i = 0; i < data->datasets->len; i++) {
    const UiDataset *row = g_ptr_array_index (data->datasets, i);
    add (palette, "data", row->name, row->name, row->state);
  }
  const UiKeys *keys = ui_session_keys (session);
  for (guint i = 0; i < keys->keys->len; i++) {
    const UiKey *row = g_ptr_array_index (keys->keys, i);
    g_autofree char *object = g_strconcat (row->kind, "/", row->name, NULL);
    add (palette, "keys", object, row->title, row->where);
  }
}

/* Who takes part and what is proposed. */
static void
add_people (UiSession *session, UiPaletteAdd add, gpointer palette)
{
  const UiConsortium *consortium = ui_session_consortium (session);

  for (guint i = 0; i < consortium->proposals->len; i++) {
    const UiProposal *row = g_ptr_array_index (consortium->proposals, i);
    g_autofree char *object = g_strconcat ("p:", row->id, NULL);
    add (palette, "consortium", object, row->title, row->state);
  }
  for (guint i = 0; i < consortium->members->len; i++) {
    const UiMember *row = g_ptr_array_index (consortium->members, i);
    g_autofree char *object = g_strconcat ("m:", row->id, NULL);
    add (palette, "consortium", object, row->name, row->roles);
  }
  for (guint i = 0; i < consortium->users->len; i++) {
    const UiUser *row = g_ptr_array_index (consortium->users, i);
    g_autofree char *object = g_strconcat ("u:", row->id, NULL);
    add (palette, "consortium", object, row->name, row->account_type);
  }
}

void
ui_screens_palette (UiSession *session, UiPaletteAdd add, gpointer palette)
{
  const UiOverview *overview = ui_session_overview (session);
  for (guint i = 0; i < overview->personas->len; i++) {
    const UiPersona *persona = g_ptr_array_index (overview->personas, i);
    add (palette, "journey", persona->name, persona->title, persona->purpose);
  }
  const UiJourney *journey = ui_session_journey (session);
  for (guint i = 0; i < journey->steps->len; i++) {
    const UiStep *step = g_ptr_array_index (journey->steps, i);
    add (palette, "journey", step->id, step->title, ui_step_state_word (step->state));
  }
  add_objects (session, add, palette);
  add_people (session, add, palette);
}
