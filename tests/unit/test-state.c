/* SPDX-License-Identifier: MIT
 * The state folder (workflow/state.h): one id, whoever comes first.
 */
#include "base/error.h"
#include "base/file.h"
#include "workflow/state.h"

#include <glib/gstdio.h>

#define THREADS 12u
#define ROUNDS 40u

typedef struct {
  const char *dir;
  gint *waiting; /* everybody starts at the same moment */
} Start;

static gpointer
ask (gpointer data)
{
  const Start *start = data;
  g_atomic_int_add (start->waiting, -1);
  while (g_atomic_int_get (start->waiting) > 0)
    g_thread_yield ();
  GError *error = NULL;
  char *id = workflow_collaboration_id (start->dir, &error);
  g_assert_no_error (error);
  return id;
}

/* Programs of several personas that begin at once on a new folder agree upon its id. */
static void
test_together (void)
{
  g_autofree char *base = g_dir_make_tmp ("cleanroom-state-XXXXXX", NULL);
  for (guint round = 0; round < ROUNDS; round++) {
    g_autofree char *name = g_strdup_printf ("round-%u", round);
    g_autofree char *dir = g_build_filename (base, name, NULL);
    gint waiting = THREADS;
    Start start = { dir, &waiting };
    GThread *threads[THREADS];
    for (guint i = 0; i < THREADS; i++)
      threads[i] = g_thread_new ("ask", ask, &start);
    g_autofree char *first = NULL;
    for (guint i = 0; i < THREADS; i++) {
      char *id = g_thread_join (threads[i]);
      if (first == NULL) {
        first = id;
        continue;
      }
      g_assert_cmpstr (id, ==, first);
      g_free (id);
    }
    g_autofree char *later = workflow_collaboration_id (dir, NULL);
    g_assert_cmpstr (later, ==, first);
  }
  g_assert_true (cr_dir_remove (base, NULL));
}

static void
test_damaged (void)
{
  g_autofree char *dir = g_dir_make_tmp ("cleanroom-state-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "collaboration-id", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (cr_file_write (path, "not an id\n", -1, 0600, NULL));
  g_assert_null (workflow_collaboration_id (dir, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_autofree char *kept = cr_file_read_text (path, 64, NULL);
  g_assert_cmpstr (kept, ==, "not an id");
  g_assert_true (cr_dir_remove (dir, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/together", test_together);
  g_test_add_func ("/state/damaged", test_damaged);
  return g_test_run ();
}
