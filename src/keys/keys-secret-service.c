/* SPDX-License-Identifier: MIT
 * The desktop keyring as a back end of the key store: Secret Service through libsecret (keys.h).
 *
 * A store keeps the session that encrypts secrets on their way (agreeing on one costs more than a question),
 * and asks the bus before each use whether the daemon of that session still serves; items are looked up anew
 * every time. So a restarted daemon or a deleted item is never met through a stale object. Every operation
 * runs under a deadline. Locked items are reported, not waited for, when nobody can be asked.
 */
#define SECRET_API_SUBJECT_TO_CHANGE
#include "keys/keys.h"

#include <libsecret/secret.h>
#include <string.h>

#include "base/error.h"
#include "keys/deadline-private.h"

#define CALL_SECONDS 20
#define PROMPT_SECONDS 120 /* a person types a password */
#define APPLICATION "cleanroom"
#define ENTRY_VERSION "1"
#define NO_KEYRING_HINT                                                                                           \
  "Log in to a desktop session that has a keyring, or install gnome-keyring and dbus-daemon so that the program " \
  "can run its own."
#define LOCKED_HINT                                                                                          \
  "Unlock the keyring (for example with Passwords and Keys, or by logging in again), then try again."

static const SecretSchema schema = {
  .name = "org.cleanroom.Key",
  .flags = SECRET_SCHEMA_NONE,
  .attributes = {
    { "application", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "collaboration", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "persona", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "kind", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "name", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "version", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "algorithm", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "fingerprint", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "created", SECRET_SCHEMA_ATTRIBUTE_STRING },
  },
};

/* --- errors --- */

static gboolean
is_no_service (const GError *problem)
{
  static const int codes[] = {
    G_DBUS_ERROR_SERVICE_UNKNOWN,    G_DBUS_ERROR_NAME_HAS_NO_OWNER,    G_DBUS_ERROR_NO_SERVER,
    G_DBUS_ERROR_DISCONNECTED,       G_DBUS_ERROR_SPAWN_FAILED,         G_DBUS_ERROR_SPAWN_EXEC_FAILED,
    G_DBUS_ERROR_SPAWN_CHILD_EXITED, G_DBUS_ERROR_SPAWN_CHILD_SIGNALED, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND,
  };
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (problem, G_DBUS_ERROR, codes[i]))
      return TRUE;
  return problem->domain == G_IO_ERROR
         && (problem->code == G_IO_ERROR_NOT_FOUND || problem->code == G_IO_ERROR_CONNECTION_REFUSED
             || problem->code == G_IO_ERROR_CLOSED || problem->code == G_IO_ERROR_BROKEN_PIPE);
}

static gboolean
set_locked (GError **error)
{
  cr_set_error (error, CR_ERROR_ADMIN, LOCKED_HINT, "The keyring is locked.");
  return FALSE;
}

/* Words for PROBLEM, which may be NULL: libsecret sometimes fails without saying why. */
static gboolean
translate (GError **error, const GError *problem)
{
  if (problem == NULL)
    cr_set_error (error, CR_ERROR_ADMIN, LOCKED_HINT, "The keyring refused without giving a reason.");
  else if (problem->domain == CR_ERROR)
    g_propagate_error (error, g_error_copy (problem));
  else if (g_error_matches (problem, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    set_locked (error);
  else if (g_error_matches (problem, SECRET_ERROR, SECRET_ERROR_NO_SUCH_OBJECT)
           || g_error_matches (problem, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT))
    cr_set_error (error, CR_ERROR_NOT_FOUND, "Look with \"secret-tool search application cleanroom\".",
                  "The entry is gone from the keyring.");
  else if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED)
           || g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
           || g_error_matches (problem, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY))
    cr_set_error (error, CR_ERROR_ADMIN, "Look whether the keyring waits for a password, or restart it.",
                  "The keyring did not answer in time.");
  else if (is_no_service (problem))
    cr_set_error (error, CR_ERROR_ADMIN, NO_KEYRING_HINT, "There is no keyring service on this machine.");
  else
    cr_set_error (error, CR_ERROR_ADMIN, "Check the keyring of this machine.", "The keyring reports: %s.",
                  problem->message);
  return FALSE;
}

/* --- one operation --- */

/* What a store keeps between operations, which it makes one at a time. */
typedef struct {
  SecretService *service; /* with an open session; NULL before the first operation */
  char *owner;            /* the daemon that the session was opened with */
} Keyring;

typedef struct {
  KeyDeadline deadline;
  GDBusConnection *bus;
  SecretService *service;
} Session;

static gboolean
can_prompt (void)
{
  return g_getenv ("DISPLAY") != NULL || g_getenv ("WAYLAND_DISPLAY") != NULL;
}

static void
session_close (Session *session)
{
  g_clear_object (&session->service);
  g_clear_object (&session->bus);
  key_deadline_stop (&session->deadline);
}

static void
keyring_forget (Keyring *keyring)
{
  g_clear_object (&keyring->service);
  g_clear_pointer (&keyring->owner, g_free);
}

/* Is the daemon that KEYRING knows still the one that answers? */
static gboolean
is_served (const Keyring *keyring, const Session *session)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
      session->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner",
      g_variant_new ("(s)", "org.freedesktop.secrets"), G_VARIANT_TYPE ("(s)"),
      G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, session->deadline.cancellable, NULL);
  const char *owner = NULL;
  if (answer != NULL)
    g_variant_get (answer, "(&s)", &owner);
  return owner != NULL && g_strcmp0 (owner, keyring->owner) == 0;
}

/* The service with a session, kept or new, in SESSION. */
static void
take_service (Session *session, Keyring *keyring, GError **problem)
{
  if (keyring->service != NULL && !is_served (keyring, session))
    keyring_forget (keyring);
  if (keyring->service == NULL) {
    keyring->service = secret_service_open_sync (SECRET_TYPE_SERVICE, NULL, SECRET_SERVICE_OPEN_SESSION,
                                                 session->deadline.cancellable, problem);
    if (keyring->service != NULL)
      keyring->owner = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (keyring->service));
  }
  session->service = keyring->service != NULL ? g_object_ref (keyring->service) : NULL;
}

static gboolean
session_open (Session *session, Keyring *keyring, GError **error)
{
  g_autoptr (GError) problem = NULL;
  key_deadline_start (&session->deadline, can_prompt () ? PROMPT_SECONDS : CALL_SECONDS);
  GCancellable *cancellable = session->deadline.cancellable;
  session->service = NULL;
  session->bus = g_bus_get_sync (G_BUS_TYPE_SESSION, cancellable, &problem);
  if (session->bus != NULL) {
    /* GLib would end the whole program when the bus goes away, and keeps the dead connection as the shared
     * one. */
    g_dbus_connection_set_exit_on_close (session->bus, FALSE);
    if (g_dbus_connection_is_closed (session->bus)) {
      cr_set_error (error, CR_ERROR_ADMIN, "Start this program again.",
                    "The connection to the keyring was lost.");
      session_close (session);
      return FALSE;
    }
    take_service (session, keyring, &problem);
  }
  if (session->service != NULL)
    return TRUE;
  /* Without a bus GLib's reason is about X11 and autolaunch, which helps nobody. */
  if (session->bus == NULL && !g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    cr_set_error (error, CR_ERROR_ADMIN, NO_KEYRING_HINT,
                  "There is no session bus, so no keyring can be reached.");
  else
    translate (error, problem);
  session_close (session);
  return FALSE;
}

static void
free_items (GList *items)
{
  g_list_free_full (items, g_object_unref);
}

static void
insert (GHashTable *table, const char *name, const char *value)
{
  if (value != NULL)
    g_hash_table_insert (table, g_strdup (name), g_strdup (value));
}

/* The attributes that find entries; NULL members match everything. */
static GHashTable *
search_attributes (const KeyAttributes *attributes)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  insert (table, "application", APPLICATION);
  insert (table, "collaboration", attributes->collaboration);
  insert (table, "persona", attributes->persona);
  insert (table, "kind", attributes->kind);
  insert (table, "name", attributes->name);
  return table;
}

static gint
newest_first (gconstpointer a, gconstpointer b)
{
  guint64 left = secret_item_get_modified ((SecretItem *) (gpointer) (gsize) a);
  guint64 right = secret_item_get_modified ((SecretItem *) (gpointer) (gsize) b);
  return left < right ? 1 : left > right ? -1 : 0;
}

/* Matching items, newest first, unlocked if that is possible. Sets ERROR and FALSE on failure; none is no
 * failure. */
static gboolean
find_items (Session *session, const KeyAttributes *attributes, gboolean with_secrets, GList **items,
            GError **error)
{
  g_autoptr (GHashTable) table = search_attributes (attributes);
  g_autoptr (GError) problem = NULL;
  int flags = SECRET_SEARCH_ALL;
  if (with_secrets)
    flags |= SECRET_SEARCH_LOAD_SECRETS | (can_prompt () ? SECRET_SEARCH_UNLOCK : 0);
  *items = secret_service_search_sync (session->service, &schema, table, (SecretSearchFlags) flags,
                                       session->deadline.cancellable, &problem);
  if (problem != NULL) {
    free_items (g_steal_pointer (items));
    return translate (error, problem);
  }
  for (GList *i = *items; with_secrets && i != NULL; i = i->next)
    if (secret_item_get_locked (i->data)) {
      free_items (g_steal_pointer (items));
      return set_locked (error);
    }
  *items = g_list_sort (*items, newest_first);
  return TRUE;
}

/* The collection for new items, unlocked. Gives. */
static SecretCollection *
writable_collection (Session *session, GError **error)
{
  g_autoptr (GError) problem = NULL;
  GCancellable *cancellable = session->deadline.cancellable;
  g_autoptr (SecretCollection) collection = secret_collection_for_alias_sync (
      session->service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, cancellable, &problem);
  if (problem == NULL && collection == NULL && can_prompt ())
    collection = secret_collection_create_sync (session->service, "Default keyring",
                                                SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_CREATE_NONE,
                                                cancellable, &problem);
  if (collection == NULL) {
    if (problem != NULL)
      translate (error, problem);
    else
      cr_set_error (error, CR_ERROR_ADMIN, "Create a default keyring, for example with Passwords and Keys.",
                    "The keyring service has no default keyring.");
    return NULL;
  }
  if (secret_collection_get_locked (collection) && can_prompt ()) {
    GList one = { .data = collection };
    secret_service_unlock_sync (session->service, &one, cancellable, NULL, &problem);
    secret_collection_refresh (collection);
  }
  if (problem != NULL || secret_collection_get_locked (collection)) {
    if (problem != NULL)
      translate (error, problem);
    else
      set_locked (error);
    return NULL;
  }
  return g_steal_pointer (&collection);
}

/* --- the back end --- */

static GHashTable *
full_attributes (const KeyAttributes *attributes)
{
  GHashTable *table = search_attributes (attributes);
  insert (table, "version", ENTRY_VERSION);
  insert (table, "algorithm", attributes->algorithm);
  insert (table, "fingerprint", attributes->fingerprint);
  insert (table, "created", attributes->created);
  return table;
}

static gboolean
write_item (Session *session, const KeyAttributes *attributes, const char *value, GList *existing,
            GError **error)
{
  g_autoptr (GError) problem = NULL;
  GCancellable *cancellable = session->deadline.cancellable;
  g_autoptr (GHashTable) table = full_attributes (attributes);
  g_autofree char *label = g_strdup_printf ("Clean room: %s of %s (%s)", attributes->kind,
                                            attributes->persona, attributes->name);
  SecretValue *secret = secret_value_new (value, -1, "text/plain");
  gboolean good;
  if (existing != NULL) {
    /* Changed in place: one entry all the time, never two and never none. */
    good = secret_item_set_secret_sync (existing->data, secret, cancellable, &problem)
           && secret_item_set_attributes_sync (existing->data, &schema, table, cancellable, &problem);
    for (GList *i = existing->next; good && i != NULL; i = i->next)
      good = secret_item_delete_sync (i->data, cancellable, &problem);
  } else {
    g_autoptr (SecretCollection) collection = writable_collection (session, &problem);
    g_autoptr (SecretItem) item = collection != NULL
                                      ? secret_item_create_sync (collection, &schema, table, label, secret,
                                                                 SECRET_ITEM_CREATE_REPLACE, cancellable,
                                                                 &problem)
                                      : NULL;
    good = item != NULL;
  }
  secret_value_unref (secret);
  return good || translate (error, problem);
}

static gboolean
service_put (gpointer self, const KeyAttributes *attributes, const char *value, GError **error)
{
  Session session;
  GList *items = NULL;
  if (!session_open (&session, self, error))
    return FALSE;
  gboolean good = find_items (&session, attributes, TRUE, &items, error)
                  && write_item (&session, attributes, value, items, error);
  free_items (items);
  session_close (&session);
  return good;
}

static void
set_not_found (const KeyAttributes *attributes, GError **error)
{
  cr_set_error (error, CR_ERROR_NOT_FOUND, NULL, "The keyring has no %s named %s for %s.", attributes->kind,
                attributes->name, attributes->persona);
}

static CrSecretText
service_get (gpointer self, const KeyAttributes *attributes, GError **error)
{
  Session session;
  GList *items = NULL;
  CrSecretText text = NULL;
  if (!session_open (&session, self, error))
    return NULL;
  if (find_items (&session, attributes, TRUE, &items, error)) {
    SecretValue *value = items != NULL ? secret_item_get_secret (items->data) : NULL;
    const char *content = value != NULL ? secret_value_get_text (value) : NULL;
    if (items == NULL)
      set_not_found (attributes, error);
    else if (content == NULL)
      cr_set_error (error, CR_ERROR_ADMIN, "Look at the entry with Passwords and Keys.",
                    "The keyring lists an entry but does not give its content.");
    else
      text = cr_secret_text_new (content, -1);
    if (value != NULL)
      secret_value_unref (value);
  }
  free_items (items);
  session_close (&session);
  return text;
}

static gboolean
service_remove (gpointer self, const KeyAttributes *attributes, GError **error)
{
  Session session;
  GList *items = NULL;
  if (!session_open (&session, self, error))
    return FALSE;
  /* With secrets: that is what makes sure that nothing is locked, so that no prompt appears. */
  gboolean good = find_items (&session, attributes, TRUE, &items, error);
  if (good && items == NULL) {
    set_not_found (attributes, error);
    good = FALSE;
  }
  for (GList *i = items; good && i != NULL; i = i->next) {
    g_autoptr (GError) problem = NULL;
    good = secret_item_delete_sync (i->data, session.deadline.cancellable, &problem)
           || translate (error, problem);
  }
  free_items (items);
  session_close (&session);
  return good;
}

static char *
attribute (GHashTable *table, const char *name)
{
  const char *value = g_hash_table_lookup (table, name);
  return g_strdup (value != NULL ? value : "");
}

static void
free_entry (gpointer entry)
{
  key_entry_free (entry);
}

static GPtrArray *
service_list (gpointer self, const KeyAttributes *filter, GError **error)
{
  Session session;
  GList *items = NULL;
  if (!session_open (&session, self, error))
    return NULL;
  GPtrArray *entries = NULL;
  if (find_items (&session, filter, FALSE, &items, error)) {
    entries = g_ptr_array_new_with_free_func (free_entry);
    for (GList *i = items; i != NULL; i = i->next) {
      g_autoptr (GHashTable) table = secret_item_get_attributes (i->data);
      KeyEntry *entry = g_new0 (KeyEntry, 1);
      entry->collaboration = attribute (table, "collaboration");
      entry->persona = attribute (table, "persona");
      entry->kind = attribute (table, "kind");
      entry->name = attribute (table, "name");
      entry->algorithm = attribute (table, "algorithm");
      entry->fingerprint = attribute (table, "fingerprint");
      entry->created = attribute (table, "created");
      g_ptr_array_add (entries, entry);
    }
  }
  free_items (items);
  session_close (&session);
  return entries;
}

static void
service_free (gpointer self)
{
  Keyring *keyring = self;
  keyring_forget (keyring);
  g_free (keyring);
}

static const KeyStoreBackend secret_service_backend = {
  .put = service_put,
  .get = service_get,
  .remove = service_remove,
  .list = service_list,
  .free = service_free,
};

KeyStore *
key_store_secret_service_new (GError **error)
{
  Keyring *keyring = g_new0 (Keyring, 1);
  Session session;
  if (!session_open (&session, keyring, error)) {
    service_free (keyring);
    return NULL;
  }
  session_close (&session);
  return key_store_new (&secret_service_backend, keyring);
}
