/* SPDX-License-Identifier: MIT
 * Consortium: the ledger, what is being decided, who is invited, who takes part. One list with parts.
 */
#include "ui/curses/screens/consortium-private.h"

#include "base/translate.h"

#include <string.h>

enum { COLUMN_NAME, COLUMN_STATE, COLUMN_MORE };

static const UiListColumn columns[] = {
  { N_ ("Who or what"), 30, 0, 0, FALSE, FALSE },
  { N_ ("State"), 11, 13, 0, FALSE, FALSE },
  { N_ ("Remark"), 14, 32, 1, FALSE, FALSE },
  { NULL, 0, 0, 0, FALSE, FALSE },
};

static const UiConsortium *
model (UiScreen *screen)
{
  return ui_session_consortium (ui_app_session (screen->app));
}

static void
row_free (gpointer data)
{
  UiConsortiumRow *row = data;

  g_free (row->id);
  g_free (row->text);
  g_free (row);
}

static void
add_row (UiScreen *screen, UiConsortiumRowKind kind, guint index, char *id /* takes */,
         char *text /* takes */)
{
  UiConsortiumRow *row = g_new0 (UiConsortiumRow, 1);

  row->kind = kind;
  row->index = index;
  row->id = id;
  row->text = text;
  g_ptr_array_add (UI_STATE (screen, UiConsortiumState)->rows, row);
}

static void
add_heading (UiScreen *screen, const char *id, const char *title, guint count)
{
  add_row (screen, UI_CONSORTIUM_HEADING, 0, g_strconcat ("h:", id, NULL),
           count > 0 ? g_strdup_printf ("%s  %u", title, count) : g_strdup (title));
}

static void
add_note (UiScreen *screen, const char *id, const char *text)
{
  add_row (screen, UI_CONSORTIUM_NOTE, 0, g_strconcat ("n:", id, NULL), g_strdup (text));
}

static void
make_rows (UiScreen *screen)
{
  const UiConsortium *all = model (screen);

  g_ptr_array_set_size (UI_STATE (screen, UiConsortiumState)->rows, 0);
  if (all->base.read_ms == 0)
    return;
  add_heading (screen, "ledger", _ ("Ledger"), 0);
  add_row (screen, UI_CONSORTIUM_LEDGER, 0, g_strdup ("ledger"), NULL);
  add_heading (screen, "proposals", _ ("Proposals"), all->proposals->len);
  for (guint i = 0; i < all->proposals->len; i++)
    add_row (screen, UI_CONSORTIUM_PROPOSAL, i,
             g_strconcat ("p:", ((const UiProposal *) all->proposals->pdata[i])->id, NULL), NULL);
  if (all->proposals->len == 0)
    add_note (screen, "proposals", _ ("Nothing has been proposed yet."));
  add_heading (screen, "invitations", _ ("Invitations"), all->invitations->len);
  for (guint i = 0; i < all->invitations->len; i++)
    add_row (screen, UI_CONSORTIUM_INVITATION, i,
             g_strconcat ("i:", ((const UiInvitation *) all->invitations->pdata[i])->id, NULL), NULL);
  if (all->invitations->len == 0)
    add_note (screen, "invitations",
              all->users_note != NULL ? all->users_note
                                      : _ ("Nobody is invited; a member invites users here."));
  add_heading (screen, "users", _ ("Users"), all->users->len);
  for (guint i = 0; i < all->users->len; i++)
    add_row (screen, UI_CONSORTIUM_USER, i,
             g_strconcat ("u:", ((const UiUser *) all->users->pdata[i])->id, NULL), NULL);
  if (all->users->len == 0)
    add_note (screen, "users",
              all->users_note != NULL ? all->users_note
                                      : _ ("Nobody is admitted yet: invited, then accepted, then admitted."));
  add_heading (screen, "members", _ ("Members"), all->members->len);
  for (guint i = 0; i < all->members->len; i++)
    add_row (screen, UI_CONSORTIUM_MEMBER, i,
             g_strconcat ("m:", ((const UiMember *) all->members->pdata[i])->id, NULL), NULL);
}

/* ---- the list ---- */

static const UiConsortiumRow *
row_at (UiScreen *screen, guint i)
{
  const UiConsortiumState *state = UI_STATE (screen, UiConsortiumState);

  return i < state->rows->len ? state->rows->pdata[i] : NULL;
}

static guint
list_count (gpointer data)
{
  return UI_STATE ((UiScreen *) data, UiConsortiumState)->rows->len;
}

static const char *
list_id (gpointer data, guint i)
{
  const UiConsortiumRow *row = row_at (data, i);

  return row != NULL ? row->id : "";
}

static gboolean
list_is_heading (gpointer data, guint i)
{
  const UiConsortiumRow *row = row_at (data, i);

  return row == NULL || row->kind == UI_CONSORTIUM_HEADING || row->kind == UI_CONSORTIUM_NOTE;
}

static void
proposal_cell (const UiProposal *proposal, guint column, gboolean ascii, GString *text, UiStyle *style)
{
  if (column == COLUMN_NAME)
    g_string_append (text, proposal->title);
  else if (column == COLUMN_STATE)
    *style = ui_show_state_cell (text, proposal->state, ascii);
  else if (proposal->open && proposal->i_can_vote) {
    *style = UI_STYLE_WARNING;
    g_string_append (text, _ ("your vote is missing"));
  } else if (proposal->open)
    g_string_append_printf (text, _ ("%u of %u agree"), proposal->accepted, proposal->needed);
  else {
    *style = UI_STYLE_DIM;
    g_string_append_printf (text, _ ("by %s"), proposal->proposer_name);
  }
}

static void
invitation_cell (const UiInvitation *invitation, guint column, gboolean ascii, GString *text, UiStyle *style)
{
  if (column == COLUMN_NAME)
    g_string_append (text, invitation->account);
  else if (column == COLUMN_STATE)
    *style = ui_show_state_cell (text, invitation->status, ascii);
  else if (invitation->mine) {
    *style = UI_STYLE_STRONG;
    g_string_append (text, _ ("this is you"));
  } else if (strcmp (invitation->status, "Accepted") == 0)
    g_string_append (text, _ ("to be admitted"));
}

static void
user_cell (const UiUser *user, guint column, gboolean ascii, GString *text, UiStyle *style)
{
  if (column == COLUMN_NAME)
    g_string_append (text, user->name);
  else if (column == COLUMN_STATE)
    *style = ui_show_state_cell (text, "Finalized", ascii);
  else if (user->me) {
    *style = UI_STYLE_STRONG;
    g_string_append (text, _ ("this is you"));
  }
}

static void
member_cell (const UiMember *member, guint column, gboolean ascii, GString *text, UiStyle *style)
{
  if (column == COLUMN_NAME)
    g_string_append (text, member->name);
  else if (column == COLUMN_STATE) {
    if (strcmp (member->status, "Active") == 0)
      *style = ui_show_state_cell (text, member->status, ascii);
    else {
      *style = ui_state_style (UI_STATE_WAITING);
      g_string_append_printf (text, "%s %s", ui_state_glyph (UI_STATE_WAITING, ascii), _ ("not active"));
    }
  } else {
    if (member->me)
      g_string_append_printf (text, "%s, ", _ ("you"));
    g_string_append (text, member->roles);
  }
}

static void
list_cell (gpointer data, guint i, guint column, GString *text, UiStyle *style)
{
  UiScreen *screen = data;
  const UiConsortiumRow *row = row_at (screen, i);
  const UiConsortium *all = model (screen);
  gboolean ascii = UI_STATE (screen, UiConsortiumState)->pane.ascii;

  if (column == COLUMN_NAME && row->kind != UI_CONSORTIUM_HEADING)
    g_string_append_c (text, ' ');
  switch (row->kind) {
  case UI_CONSORTIUM_HEADING:
  case UI_CONSORTIUM_NOTE:
    *style = row->kind == UI_CONSORTIUM_HEADING ? UI_STYLE_HEADING : UI_STYLE_DIM;
    if (column == COLUMN_NAME)
      g_string_append (text, row->text);
    return;
  case UI_CONSORTIUM_LEDGER:
    if (column == COLUMN_NAME)
      g_string_append (text, all->endpoint);
    else if (column == COLUMN_STATE) {
      gboolean open = strcmp (all->service_status, "Open") == 0;
      UiState mark = open ? UI_STATE_DONE : UI_STATE_WAITING;

      *style = ui_state_style (mark);
      g_string_append_printf (text, "%s %s", ui_state_glyph (mark, ascii),
                              open ? _ ("open") : all->service_status);
    } else if (all->simulated)
      g_string_append (text, _ ("attestation simulated"));
    return;
  case UI_CONSORTIUM_PROPOSAL:
    proposal_cell (all->proposals->pdata[row->index], column, ascii, text, style);
    return;
  case UI_CONSORTIUM_INVITATION:
    invitation_cell (all->invitations->pdata[row->index], column, ascii, text, style);
    return;
  case UI_CONSORTIUM_USER:
    user_cell (all->users->pdata[row->index], column, ascii, text, style);
    return;
  case UI_CONSORTIUM_MEMBER:
    member_cell (all->members->pdata[row->index], column, ascii, text, style);
    return;
  }
}

static const UiListSource source = { list_count, list_id, list_cell, NULL, NULL, list_is_heading };

const UiConsortiumRow *
ui_consortium_row (UiScreen *screen)
{
  int selected = ui_list_selected (UI_STATE (screen, UiConsortiumState)->pane.list);

  return selected >= 0 ? row_at (screen, (guint) selected) : NULL;
}

static gconstpointer
selected_of (UiScreen *screen, UiConsortiumRowKind kind, GPtrArray *array)
{
  const UiConsortiumRow *row = ui_consortium_row (screen);

  return row != NULL && row->kind == kind && row->index < array->len ? array->pdata[row->index] : NULL;
}

const UiProposal *
ui_consortium_proposal (UiScreen *screen)
{
  return selected_of (screen, UI_CONSORTIUM_PROPOSAL, model (screen)->proposals);
}

const UiInvitation *
ui_consortium_invitation (UiScreen *screen)
{
  return selected_of (screen, UI_CONSORTIUM_INVITATION, model (screen)->invitations);
}

const UiUser *
ui_consortium_user (UiScreen *screen)
{
  return selected_of (screen, UI_CONSORTIUM_USER, model (screen)->users);
}

const UiMember *
ui_consortium_member (UiScreen *screen)
{
  return selected_of (screen, UI_CONSORTIUM_MEMBER, model (screen)->members);
}

/* ---- the screen ---- */

static void
opened (UiScreen *screen, const char *object G_GNUC_UNUSED)
{
  UI_STATE (screen, UiConsortiumState)->rows = g_ptr_array_new_with_free_func (row_free);
  make_rows (screen);
}

static void
closed (UiScreen *screen)
{
  UiConsortiumState *state = UI_STATE (screen, UiConsortiumState);

  g_clear_pointer (&state->rows, g_ptr_array_unref);
  g_clear_pointer (&state->why, g_free);
}

static const UiPaneSpec spec = {
  .columns = columns,
  .source = &source,
  .list_share = 52,
  .describe = ui_consortium_describe,
  .list_model = UI_MODEL_CONSORTIUM,
  .empty = N_ ("There is no consortium yet.\n\nThe operator creates it: the steps of the operator's journey "
               "(key 1) do that."),
  .opened = opened,
  .closed = closed,
  .updated = make_rows,
};

static char *
screen_subject (UiScreen *screen)
{
  const UiProposal *proposal = ui_consortium_proposal (screen);
  const UiMember *member = ui_consortium_member (screen);

  if (!UI_STATE (screen, UiConsortiumState)->pane.open)
    return NULL;
  return proposal != NULL ? g_strdup (proposal->title) : member != NULL ? g_strdup (member->name) : NULL;
}

const UiScreenClass ui_screen_consortium = {
  .id = "consortium",
  .title = N_ ("Consortium"),
  .explanation = N_ (
      "Who takes part and what is being decided. Members run the ledger and vote; users work with "
      "documents. Each proposal shows every ballot and what is still missing for a decision."),
  .key = '2',
  .watches = UI_MODEL_BIT (UI_MODEL_CONSORTIUM),
  .state_size = sizeof (UiConsortiumState),
  UI_PANE_SCREEN (&spec),
  .actions = ui_consortium_actions,
  .subject = screen_subject,
  .copy = ui_pane_screen_copy,
};
