/* SPDX-License-Identifier: MIT
 * What is on this machine: keys, the calls that were made, health.
 */
#include "ui/line/line-private.h"

#include "base/translate.h"

#include <inttypes.h>

/* ---- keys; OBJECT is "kind/name" ---- */

static const UiKey *
find_key (Line *line, const char *object)
{
  GPtrArray *keys = ui_session_keys (line->session)->keys;
  for (guint i = 0; i < keys->len; i++) {
    const UiKey *key = g_ptr_array_index (keys, i);
    g_autofree char *id = g_strdup_printf ("%s/%s", key->kind, key->name);
    if (g_strcmp0 (id, object) == 0)
      return key;
  }
  return NULL;
}

static void
export_path (Line *line, const char *path, gpointer object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", 2);
  if (path != NULL)
    line_job (line, ui_export_key (line->session, parts[0], parts[1], path, line_done, line), NULL, NULL);
}

static void
export_key (Line *line, const char *object)
{
  const UiKey *key = find_key (line, object);
  g_autofree char *name = g_strconcat (key != NULL ? key->name : "key", ".pem", NULL);
  line_ask_file (line, name, export_path, g_strdup (object), g_free);
}

static void
deleted (Line *line, const UiResult *result, const char *object)
{
  (void) object;
  if (result->ok)
    line_back (line, NULL);
}

static void
delete_now (Line *line, const char *object)
{
  g_auto (GStrv) parts = g_strsplit (object, "/", 2);
  line_job (line, ui_delete_key (line->session, parts[0], parts[1], line_done, line), deleted, NULL);
}

static void
delete_key (Line *line, const char *object)
{
  const UiKey *key = find_key (line, object);
  if (key == NULL)
    return;
  g_autofree char *text = g_strdup_printf (_ ("Delete %s?\nWhat is lost: %s\nThis cannot be undone."),
                                           key->title, key->if_deleted);
  line_confirm (line, key->name, text, delete_now, object);
}

static void
tell_key (Line *line, const char *object)
{
  const UiKey *key = find_key (line, object);
  if (key == NULL) {
    line_say (line, "%s", _ ("This key is not there."));
    return;
  }
  line_text (line, 0, key->title);
  line_pair (line, _ ("Name"), key->name);
  line_pair (line, _ ("Where"), key->where);
  line_pair (line, _ ("Algorithm"), key->algorithm);
  line_pair (line, _ ("Fingerprint"), key->fingerprint);
  line_pair (line, _ ("Made"), key->created);
  line_pair (line, _ ("Expires"), key->expires);
  line_pair (line, _ ("Used for"), key->used_for);
  line_pair (line, _ ("If it is deleted"), key->if_deleted);
  if (key->exportable)
    line_choice (line, _ ("Save the public part to a file"), export_key, object);
  if (key->deletable)
    line_choice (line, _ ("Delete it"), delete_key, object);
}

static const LinePage page_key = {
  N_ ("Key."),   N_ ("One key. Private parts are never shown or written to a file from here."),
  UI_MODEL_KEYS, tell_key,
  FALSE,
};

static void
open_key (Line *line, const char *object)
{
  line_open (line, &page_key, object);
}

static void
create_key (Line *line, const char *name)
{
  line_job (line, ui_create_key (line->session, name, line_done, line), NULL, NULL);
}

static char *
key_row (Line *line, guint index, char **object)
{
  const UiKey *key = g_ptr_array_index (ui_session_keys (line->session)->keys, index);
  *object = g_strdup_printf ("%s/%s", key->kind, key->name);
  return g_strdup_printf (_ ("%s, in %s"), key->title, key->where);
}

static void
tell_keys (Line *line, const char *object)
{
  const UiKeys *keys = ui_session_keys (line->session);
  (void) object;
  if (!line_ready (line, &keys->base))
    return;
  line_pair (line, _ ("Key store"), keys->home);
  if (keys->keys->len == 0)
    line_say (line, "%s", _ ("There are no keys yet."));
  line_rows (line, keys->keys->len, key_row, open_key);
  for (guint i = 0; i < keys->missing->len; i++) {
    g_autofree char *label = g_strdup_printf (_ ("Create %s"),
                                              (const char *) g_ptr_array_index (keys->missing, i));
    line_choice (line, label, create_key, g_ptr_array_index (keys->missing, i));
  }
}

const LinePage line_page_keys = {
  N_ ("Keys."), N_ ("What exists, where it is, what it is used for."), UI_MODEL_KEYS, tell_keys, FALSE,
};

/* ---- calls, newest first ---- */

static void
tell_call (Line *line, const char *object)
{
  GPtrArray *calls = ui_session_calls (line->session)->calls;
  guint64 number = g_ascii_strtoull (object, NULL, 10);
  for (guint i = 0; i < calls->len; i++) {
    const UiCall *call = g_ptr_array_index (calls, i);
    if (call->number != number)
      continue;
    g_autofree char *time = line_time (call->started_ms);
    line_say (line, "%s %s", call->method, call->url);
    line_pair (line, _ ("When"), time);
    line_pair (line, _ ("Persona"), call->persona);
    line_pair (line, _ ("What for"), call->why);
    line_say (line, _ ("Status: %u, attempt %u, %u ms."), call->status, call->attempt, call->elapsed_ms);
    line_say (line, _ ("Bytes sent: %" PRIu64 ", received: %" PRIu64 "."), call->bytes_sent,
              call->bytes_received);
    line_pair (line, _ ("Problem"), call->problem);
    line_pair (line, _ ("The same by hand"), call->az);
    return;
  }
  line_say (line, "%s", _ ("It is no longer kept."));
}

const LinePage line_page_call = {
  N_ ("Call."), N_ ("One call to another program. Bodies are never kept."), UI_MODEL_LAST, tell_call, FALSE,
};

static void
open_call (Line *line, const char *number)
{
  line_open (line, &line_page_call, number);
}

static char *
call_row (Line *line, guint index, char **object)
{
  GPtrArray *calls = ui_session_calls (line->session)->calls;
  const UiCall *call = g_ptr_array_index (calls, calls->len - 1 - index);
  g_autofree char *status = call->status > 0 ? g_strdup_printf ("%u", call->status)
                                             : g_strdup (_ ("no answer"));
  *object = g_strdup_printf ("%" PRIu64, call->number);
  return g_strdup_printf (_ ("%s %s: %s, %u ms"), call->method, call->path, status, call->elapsed_ms);
}

static void
tell_calls (Line *line, const char *object)
{
  const UiCalls *calls = ui_session_calls (line->session);
  (void) object;
  line_say (line, _ ("Calls of this session: %" PRIu64 ", newest first."), calls->total);
  line_rows (line, calls->calls->len, call_row, open_call);
}

const LinePage line_page_calls = {
  N_ ("Calls."), N_ ("Every call that this program made to the other side."), UI_MODEL_LAST, tell_calls,
  FALSE,
};

/* ---- health ---- */

static const char *
health_word (UiHealthState state)
{
  switch (state) {
  case UI_HEALTH_OK:
    return _ ("good");
  case UI_HEALTH_WARNING:
    return _ ("warning");
  case UI_HEALTH_FAILED:
    return _ ("failed");
  case UI_HEALTH_CHECKING:
    return _ ("being checked");
  case UI_HEALTH_NONE:
    break;
  }
  return _ ("not there yet");
}

static void
start_sandbox (Line *line, const char *object)
{
  (void) object;
  line_job (line, ui_start_sandbox (line->session, line_done, line), NULL, NULL);
}

static void
stop_now (Line *line, const char *object)
{
  (void) object;
  line_job (line, ui_stop_sandbox (line->session, line_done, line), NULL, NULL);
}

static void
stop_sandbox (Line *line, const char *object)
{
  (void) object;
  line_confirm (
      line, C_ ("typed to confirm; easy to type", "stop"),
      _ ("The local environment stops for everybody who uses it. Nothing is lost; it can be started again."),
      stop_now, NULL);
}

static void
tell_health (Line *line, const char *object)
{
  const UiHealth *health = ui_session_health (line->session);
  (void) object;
  if (!line_ready (line, &health->base))
    return;
  for (guint i = 0; i < health->checks->len; i++) {
    const UiCheck *check = g_ptr_array_index (health->checks, i);
    line_say (line, "%s: %s. %s", check->title, health_word (check->state), check->text);
    line_pair (line, _ ("What to do"), check->next);
  }
  line_pairs (line, health->endpoints);
  if (health->sandbox_applies && health->sandbox_running)
    line_choice (line, _ ("Stop the local environment"), stop_sandbox, NULL);
  else if (health->sandbox_applies)
    line_choice (line, _ ("Start the local environment"), start_sandbox, NULL);
  line_choice (line, _ ("Check again"), line_again, NULL);
}

const LinePage line_page_health = {
  N_ ("Health."), N_ ("Whether everything that is needed runs and answers."), UI_MODEL_HEALTH, tell_health,
  FALSE,
};
