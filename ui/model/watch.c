/* SPDX-License-Identifier: MIT
 * The state folder watched with inotify: artefacts, the own journal, the bell that every ended step rings.
 *
 * Nothing wakes up unless a file changes. Folders that do not exist yet are waited for in the nearest one
 * above them that does. Linux inotify(7).
 */
#include "ui/model/session-private.h"

#include "workflow/engine.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define MASK                                                                                                 \
  (IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF           \
   | IN_ONLYDIR)

typedef enum { PLACE_ABOVE, PLACE_STATE, PLACE_PUBLIC, PLACE_PRIVATE, PLACE_DATA } PlaceKind;

struct UiWatch {
  gatomicrefcount references;
  GMutex lock;
  int file;
  GHashTable *places; /* watch descriptor -> PlaceKind */
  GSource *source;    /* UI thread */
  UiNewsHandler handler;
  gpointer data;
};

/* Which names of a folder mean something. */
static guint
news_of (PlaceKind kind, const char *name)
{
  switch (kind) {
  case PLACE_ABOVE:
  case PLACE_PUBLIC:
    return UI_NEWS_LOCAL;
  case PLACE_STATE:
    if (g_str_equal (name, WORKFLOW_BELL))
      return UI_NEWS_BELL | UI_NEWS_LOCAL;
    return g_str_equal (name, "environment.yaml") ? UI_NEWS_ENVIRONMENT | UI_NEWS_LOCAL
                                                  : (g_str_has_prefix (name, ".") ? 0 : UI_NEWS_LOCAL);
  case PLACE_PRIVATE:
    if (g_str_equal (name, "service_cert.pem"))
      return UI_NEWS_ENVIRONMENT;
    /* The journal's own files change before a commit can be read, and then no more: its lock is written after
     * the beginning and after the end of every step. */
    return g_str_equal (name, "lock") ? UI_NEWS_LOCAL : 0;
  case PLACE_DATA:
    return UI_NEWS_DATA;
  }
  return 0;
}

static guint
read_news (UiWatch *watch)
{
  union {
    struct inotify_event event;
    char bytes[16384];
  } buffer;
  guint news = 0;
  for (;;) {
    ssize_t length = read (watch->file, buffer.bytes, sizeof buffer.bytes);
    if (length <= 0)
      return news;
    for (ssize_t at = 0; at + (ssize_t) sizeof (struct inotify_event) <= length;) {
      struct inotify_event event;
      memcpy (&event, buffer.bytes + at, sizeof event);
      const char *name = event.len > 0 ? buffer.bytes + at + sizeof event : "";
      at += (ssize_t) sizeof event + (ssize_t) event.len;
      g_mutex_lock (&watch->lock);
      gpointer kind = NULL;
      gboolean known = g_hash_table_lookup_extended (watch->places, GINT_TO_POINTER (event.wd), NULL, &kind);
      if (known && (event.mask & IN_IGNORED) != 0)
        g_hash_table_remove (watch->places, GINT_TO_POINTER (event.wd));
      g_mutex_unlock (&watch->lock);
      if ((event.mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) != 0)
        news |= UI_NEWS_LOCAL | UI_NEWS_BELL;
      else if (known && (event.mask & IN_IGNORED) == 0)
        news |= news_of ((PlaceKind) GPOINTER_TO_INT (kind), name);
    }
  }
}

static gboolean
on_readable (int file, GIOCondition condition, gpointer data)
{
  (void) file, (void) condition;
  UiWatch *watch = data;
  guint news = read_news (watch);
  if (news != 0 && watch->handler != NULL)
    watch->handler (news, watch->data);
  return G_SOURCE_CONTINUE;
}

UiWatch *
ui_watch_new (GMainContext *context, UiNewsHandler handler, gpointer data)
{
  int file = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (file < 0)
    return NULL;
  UiWatch *watch = g_new0 (UiWatch, 1);
  g_atomic_ref_count_init (&watch->references);
  g_mutex_init (&watch->lock);
  watch->file = file;
  watch->places = g_hash_table_new (NULL, NULL);
  watch->handler = handler;
  watch->data = data;
  watch->source = g_unix_fd_source_new (file, G_IO_IN);
  g_source_set_callback (watch->source, G_SOURCE_FUNC (on_readable), watch, NULL);
  g_source_set_name (watch->source, "cleanroom state folder");
  g_source_attach (watch->source, context);
  return watch;
}

UiWatch *
ui_watch_ref (UiWatch *watch)
{
  if (watch != NULL)
    g_atomic_ref_count_inc (&watch->references);
  return watch;
}

void
ui_watch_stop (UiWatch *watch)
{
  if (watch == NULL || watch->source == NULL)
    return;
  g_source_destroy (watch->source);
  g_clear_pointer (&watch->source, g_source_unref);
  watch->handler = NULL;
}

void
ui_watch_unref (UiWatch *watch)
{
  if (watch == NULL || !g_atomic_ref_count_dec (&watch->references))
    return;
  close (watch->file);
  g_hash_table_unref (watch->places);
  g_mutex_clear (&watch->lock);
  g_free (watch);
}

/* FALSE when PATH does not exist. Watching a folder again changes nothing. */
static gboolean
cover (UiWatch *watch, const char *path, PlaceKind kind)
{
  g_mutex_lock (&watch->lock);
  int place = inotify_add_watch (watch->file, path, MASK);
  if (place >= 0) {
    gpointer before = NULL;
    gboolean known = g_hash_table_lookup_extended (watch->places, GINT_TO_POINTER (place), NULL, &before);
    /* A folder that is waited in for another one keeps what it is watched for itself. */
    if (!known || kind != PLACE_ABOVE)
      g_hash_table_insert (watch->places, GINT_TO_POINTER (place), GINT_TO_POINTER (kind));
  }
  g_mutex_unlock (&watch->lock);
  return place >= 0;
}

static void
cover_above (UiWatch *watch, const char *path)
{
  g_autofree char *at = g_path_get_dirname (path);
  while (!cover (watch, at, PLACE_ABOVE) && strlen (at) > 1) {
    g_autofree char *up = g_path_get_dirname (at);
    g_free (at);
    at = g_steal_pointer (&up);
  }
}

/* The folders of scenarios. */
static void
cover_below (UiWatch *watch, const char *shared)
{
  g_autoptr (GDir) dir = g_dir_open (shared, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL;
       name = g_dir_read_name (dir)) {
    g_autofree char *path = g_build_filename (shared, name, NULL);
    cover (watch, path, PLACE_PUBLIC);
  }
}

void
ui_watch_cover (UiWatch *watch, const char *state_dir, const char *const *personas)
{
  if (watch == NULL)
    return;
  if (!cover (watch, state_dir, PLACE_STATE))
    cover_above (watch, state_dir);
  g_autofree char *shared = g_build_filename (state_dir, "public", NULL);
  cover (watch, shared, PLACE_PUBLIC);
  cover_below (watch, shared);
  for (guint i = 0; personas != NULL && personas[i] != NULL; i++) {
    g_autofree char *own = g_build_filename (state_dir, personas[i], NULL);
    g_autofree char *folder = g_build_filename (own, "private", NULL);
    if (!cover (watch, folder, PLACE_PRIVATE) && !cover (watch, own, PLACE_STATE))
      continue;
  }
}
