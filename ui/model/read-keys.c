/* SPDX-License-Identifier: MIT
 * What lies in the key store for this persona: what it is for, and what goes with it. Values are never read.
 */
#include "ui/model/session-private.h"

#include "base/clock.h"
#include "base/error.h"
#include "keys/key-daemon.h"
#include "keys/member.h"
#include "workflow/people.h"
#include "workflow/state.h"

#include <glib/gi18n.h>
#include <string.h>

static const struct {
  const char *kind, *title, *use, *loss;
  gboolean exportable, deletable;
} kinds[] = {
  { KEY_KIND_MEMBER_KEY, N_ ("Signing key of %s"),
    N_ ("Signs votes, proposals and every other governance message."),
    N_ ("This member can never vote or propose again; another member has to replace it."), FALSE, TRUE },
  { KEY_KIND_MEMBER_CERTIFICATE, N_ ("Certificate of %s"),
    N_ ("Names the member at the ledger; everybody may see it."),
    N_ ("The signing key cannot be used without it; import it again from a file."), TRUE, TRUE },
  { KEY_KIND_MEMBER_ENCRYPTION_KEY, N_ ("Recovery key of %s"),
    N_ ("Opens this member's share when the ledger has to be recovered."),
    N_ ("The share is lost: when too few are left, the ledger can never be recovered."), TRUE, TRUE },
  { KEY_KIND_TOKEN, N_ ("Sign-in of %s"), N_ ("Keeps you signed in."),
    N_ ("You are signed out; sign in again."), FALSE, TRUE },
  { KEY_KIND_ACCOUNT, N_ ("Password of %s"), N_ ("Password of an account of the local environment."),
    N_ ("Nobody can sign in with this account any more."), FALSE, TRUE },
};

static char *
titled (UiArena *arena, const char *format, const char *name)
{
  const char *words = _ (format);
  const char *at = strstr (words, "%s");
  return at != NULL ? ui_textf (arena, "%.*s%s%s", (int) (at - words), words, name, at + 2)
                    : ui_text (arena, words);
}

static gint64
created_ms (const char *text)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = text != NULL && *text != '\0' ? g_date_time_new_from_iso8601 (text, zone)
                                                             : NULL;
  return time != NULL ? g_date_time_to_unix (time) * 1000 : 0;
}

static void
add_key (UiReading *reading, UiKeys *it, KeyStore *store, const KeyEntry *from)
{
  UiArena *arena = reading->arena;
  UiKey *key = UI_TAKE (arena, UiKey);
  key->kind = ui_text (arena, from->kind);
  key->name = ui_text (arena, from->name);
  key->where = it->home;
  key->algorithm = ui_text_or_empty (arena, from->algorithm);
  key->fingerprint = ui_text_or_empty (arena, from->fingerprint);
  key->created = ui_text_or_empty (arena, from->created);
  key->created_ms = created_ms (from->created);
  key->title = ui_textf (arena, "%s %s", from->kind, from->name);
  key->used_for = key->if_deleted = ui_text (arena, "");
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].kind, from->kind) == 0) {
      key->title = titled (arena, kinds[i].title, from->name);
      key->used_for = ui_text (arena, _ (kinds[i].use));
      key->if_deleted = ui_text (arena, _ (kinds[i].loss));
      key->exportable = kinds[i].exportable;
      key->deletable = kinds[i].deletable;
    }
  if (strcmp (from->kind, KEY_KIND_MEMBER_CERTIFICATE) == 0) {
    g_autoptr (MemberIdentity) member = member_identity_load (store, from->collaboration, from->persona,
                                                              from->name, NULL);
    int days = member != NULL ? member_identity_days_left (member, cr_now_seconds ()) : 0;
    if (member != NULL)
      key->expires = days >= 0 ? ui_textf (arena,
                                           g_dngettext (NULL, "in %d day", "in %d days", (gulong) days), days)
                               : ui_text (arena, _ ("has expired"));
  }
  ui_reading_saw_text (reading, from->kind);
  ui_reading_saw_text (reading, from->name);
  ui_reading_saw_text (reading, from->fingerprint);
  g_ptr_array_add (it->keys, key);
}

/* Who acts where only a ledger is known: the entries lie with the state folder, and are no concern of this
 * one. */
static gboolean
add_actor (UiReading *reading, UiKeys *it, KeyStore *store, GError **error)
{
  const Environment *environment = workflow_context_environment (reading->context, NULL);
  const WorkflowPlace *place = ui_access_place (reading->access);
  const char *account = workflow_context_actor (reading->context);
  if (account == NULL || environment == NULL || environment->kind != ENVIRONMENT_CCF)
    return TRUE;
  const char *slash = strchr (account, '/');
  g_autofree char *persona = slash != NULL ? g_strndup (account, (gsize) (slash - account)) : NULL;
  g_autofree char *collaboration = workflow_collaboration_id (place->state_dir, error);
  KeyAttributes filter = { .collaboration = collaboration,
                           .persona = persona,
                           .name = slash != NULL ? slash + 1 : account };
  g_autoptr (GPtrArray) entries = collaboration != NULL ? key_store_list (store, &filter, error) : NULL;
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++) {
    const KeyEntry *entry = g_ptr_array_index (entries, i);
    /* Tokens are of one environment each. */
    if (strcmp (entry->kind, WORKFLOW_TOKEN_KIND) == 0 && strcmp (entry->persona, place->name) != 0)
      continue;
    add_key (reading, it, store, entry);
    UiKey *key = g_ptr_array_index (it->keys, it->keys->len - 1);
    key->exportable = key->deletable = FALSE;
  }
  return TRUE;
}

static void
add_missing (UiReading *reading, UiKeys *it)
{
  char **identities = workflow_context_who (reading->context)->identities;
  for (guint i = 0; identities != NULL && identities[i] != NULL; i++) {
    gboolean there = FALSE;
    for (guint k = 0; k < it->keys->len && !there; k++) {
      const UiKey *key = g_ptr_array_index (it->keys, k);
      there = strcmp (key->kind, KEY_KIND_MEMBER_KEY) == 0 && strcmp (key->name, identities[i]) == 0;
    }
    if (!there)
      ui_add_text (reading->arena, it->missing, identities[i]);
  }
}

gboolean
ui_read_keys (UiReading *reading, GError **error)
{
  UiKeys *it = reading->value;
  KeyStore *store = workflow_context_keys (reading->context, error);
  if (store == NULL)
    return FALSE;
  gboolean own = keyring_is_own (ui_access_place (reading->access)->state_dir);
  it->home = ui_text (reading->arena, own ? _ ("own keyring of this state folder") : _ ("desktop keyring"));
  KeyAttributes filter = { .collaboration = workflow_context_collaboration (reading->context),
                           .persona = reading->persona };
  g_autoptr (GPtrArray) entries = key_store_list (store, &filter, error);
  if (entries == NULL)
    return FALSE;
  ui_reading_saw_text (reading, it->home);
  for (guint i = 0; i < entries->len; i++)
    add_key (reading, it, store, g_ptr_array_index (entries, i));
  if (!add_actor (reading, it, store, error))
    return FALSE;
  /* Somebody who acts already needs no identity of this journey. */
  const Environment *environment = workflow_context_environment (reading->context, NULL);
  if (environment == NULL || environment->kind != ENVIRONMENT_CCF
      || workflow_context_actor (reading->context) == NULL)
    add_missing (reading, it);
  return TRUE;
}
