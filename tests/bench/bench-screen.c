/* SPDX-License-Identifier: MIT
 * Speed of the screens beside htop and tig, on the same pseudo terminal in the same run. Prints figures and
 * ratios; never part of pass or fail.
 *
 *   first screen   from exec until the last line of the screen shows the program's own hints or title
 *   key            from writing the byte of a key until the first cell is drawn
 *   wake-ups       voluntary context switches of all threads while nothing happens
 */
#include "screen/fixture.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  COLUMNS = 120,
  ROWS = 40,
  LIST_ROWS = 100000,
  KEYS = 600,
  STARTS = 15,
  IDLE_SECONDS = 5,
  UPLOAD_MB = 600
};

typedef struct {
  double first_ms, p50_ms, p99_ms, bytes_per_key, wakeups, resident_mb;
} Figures;

static void
row (const char *what, const char *ours, const char *peer, const char *ratio)
{
  printf ("%-58s %12s %12s %10s\n", what, ours, peer, ratio);
  fflush (stdout);
}

static void
compare (const char *what, double ours, double peer)
{
  g_autofree char *a = g_strdup_printf ("%.2f", ours);
  g_autofree char *b = peer >= 0 ? g_strdup_printf ("%.2f", peer) : g_strdup ("-");
  g_autofree char *ratio = peer >= 0 && peer > 0 && ours > 0 ? g_strdup_printf ("%.2fx", ours / peer)
                                                             : g_strdup ("-");
  row (what, a, b, ratio);
}

static int
ascending (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* PART of 0..1 of the sorted values. */
static double
quantile (GArray *values, double part)
{
  if (values->len == 0)
    return -1;
  g_array_sort (values, ascending);
  guint index = (guint) (part * (values->len - 1) + 0.5);
  return g_array_index (values, double, index);
}

/* --- What is measured --- */

typedef Screen *(*Start) (gpointer data);

static double
first_screen (Start start, gpointer data, const char *sign)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  for (int i = 0; i < STARTS; i++) {
    gint64 begin = g_get_monotonic_time ();
    g_autoptr (Screen) screen = start (data);
    if (!screen_wait_text (screen, sign, 10000)) {
      fprintf (stderr, "# no \"%s\" on the screen\n", sign);
      return -1;
    }
    double ms = (double) (g_get_monotonic_time () - begin) / 1000;
    if (i > 0) /* the first one warms the caches */
      g_array_append_val (times, ms);
  }
  return quantile (times, 0.5);
}

static gboolean
has_drawn (Screen *screen, gpointer before)
{
  return screen_drawn (screen) > *(guint64 *) before;
}

/* Four keys down, four up, and so on: fits a short list (htop's) as well as a long one. After
 * each the screen is left to finish. */
static void
press (Screen *screen, int presses, Figures *figures)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  guint64 bytes = screen_bytes (screen);
  for (int i = 0, missed = 0; i < presses && missed < 10; i++) {
    guint64 before = screen_drawn (screen);
    gint64 begin = g_get_monotonic_time ();
    screen_key (screen, i % 8 < 4 ? "Down" : "Up");
    if (!screen_wait (screen, has_drawn, &before, 200)) {
      missed++; /* the end of the list */
      continue;
    }
    double ms = (double) (g_get_monotonic_time () - begin) / 1000;
    g_array_append_val (times, ms);
    screen_wait_quiet (screen, 3, 200);
  }
  figures->p50_ms = quantile (times, 0.5);
  figures->p99_ms = quantile (times, 0.99);
  figures->bytes_per_key = times->len > 0 ? (double) (screen_bytes (screen) - bytes) / times->len : -1;
}

static guint64
switches (pid_t pid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%d/task", pid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint64 sum = 0;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, "status", NULL);
    g_autofree char *text = NULL;
    const char *at = g_file_get_contents (path, &text, NULL, NULL)
                         ? strstr (text, "\nvoluntary_ctxt_switches:")
                         : NULL;
    if (at != NULL)
      sum += g_ascii_strtoull (strchr (at, ':') + 1, NULL, 10);
  }
  return sum;
}

static double
wakeups (Screen *screen)
{
  screen_wait_quiet (screen, 500, 5000);
  guint64 before = switches (screen_pid (screen));
  screen_wait_quiet (screen, IDLE_SECONDS * 1000, IDLE_SECONDS * 1000);
  return (double) (switches (screen_pid (screen)) - before) / IDLE_SECONDS;
}

static double
resident (Screen *screen)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", screen_pid (screen));
  g_autofree char *text = NULL;
  const char *at = g_file_get_contents (path, &text, NULL, NULL) ? strstr (text, "VmRSS:") : NULL;
  return at != NULL ? (double) g_ascii_strtoull (at + 6, NULL, 10) / 1024 : -1;
}

/* --- The peers --- */

typedef struct {
  ScreenRig *rig;
  char *repository;
  Fixture *fixture;
} Bench;

static const ScreenOptions size = { .columns = COLUMNS, .rows = ROWS };

static Screen *
start_htop (gpointer data)
{
  return screen_start (((Bench *) data)->rig, &size, (const char *const[]){ "htop", "-d", "100", NULL });
}

static Screen *
start_tig (gpointer data)
{
  Bench *bench = data;
  ScreenOptions options = size;
  options.folder = bench->repository;
  return screen_start (bench->rig, &options, (const char *const[]){ "tig", NULL });
}

static Figures
measure (Start start, gpointer data, const char *sign, const char *loaded)
{
  Figures figures = { -1, -1, -1, -1, -1, -1 };
  figures.first_ms = first_screen (start, data, sign);
  if (figures.first_ms < 0)
    return figures;
  g_autoptr (Screen) screen = start (data);
  screen_wait_text (screen, loaded, 20000);
  screen_wait_quiet (screen, 300, 20000);
  press (screen, KEYS, &figures);
  figures.resident_mb = resident (screen);
  figures.wakeups = wakeups (screen);
  return figures;
}

/* A repository of as many commits as our list has rows. */
static gboolean
make_repository (Bench *bench)
{
  bench->repository = g_build_filename (screen_rig_folder (bench->rig), "repository", NULL);
  g_autofree char *input = g_build_filename (screen_rig_folder (bench->rig), "import", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 1; i <= LIST_ROWS; i++)
    g_string_append_printf (text,
                            "commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata <<E\n"
                            "commit number %d of the list\nE\n\n",
                            1600000000 + i * 60, i);
  if (!cr_file_write (input, text->str, (gssize) text->len, 0600, NULL))
    return FALSE;
  g_autofree char *quoted = g_shell_quote (bench->repository), *from = g_shell_quote (input);
  g_autofree char *script = g_strdup_printf ("git init -q -b main %s && git -C %s fast-import --quiet < %s",
                                             quoted, quoted, from);
  char sh[] = "sh", c[] = "-c";
  char *argv[] = { sh, c, script, NULL };
  int status = 1;
  return g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL)
         && status == 0;
}

static gboolean
is_installed (const char *program)
{
  g_autofree char *path = g_find_program_in_path (program);
  if (path == NULL)
    fprintf (stderr, "# skipped: %s is not installed (Debian package %s)\n", program, program);
  return path != NULL;
}

/* --- Ours --- */

static Screen *
start_ours (gpointer data)
{
  return fixture_start (((Bench *) data)->fixture, &size, "woodgrove", NULL);
}

/* The output of the last run becomes a table of LIST_ROWS rows. */
static gboolean
make_output (Fixture *fixture)
{
  g_autofree char *pattern = g_strdup_printf ("ls -1 %s/woodgrove/private/datastores/*/*/*.csv",
                                              fixture_state (fixture));
  g_autofree char *found = NULL;
  char sh[] = "sh", c[] = "-c";
  char *argv[] = { sh, c, pattern, NULL };
  if (!g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &found, NULL, NULL, NULL))
    return FALSE;
  g_auto (GStrv) files = g_strsplit (g_strstrip (found), "\n", -1);
  g_autoptr (GString) text = g_string_new ("author,Number_Of_Mentions\n");
  for (int i = 1; i <= LIST_ROWS; i++)
    g_string_append_printf (text, "author%06d,%d\n", i, i % 1000);
  return files[0] != NULL && cr_file_write (files[0], text->str, (gssize) text->len, 0600, NULL);
}

static void
show_output (Screen *screen)
{
  screen_key (screen, "6");
  screen_wait_text (screen, "Rows written", 20000);
  screen_settle (screen, 10000);
  screen_key (screen, "t");
  if (!screen_wait_text (screen, "author000", 20000))
    screen_dump (screen, "# the list of 100,000 rows does not come");
  screen_wait_quiet (screen, 500, 20000);
}

/* A day of messages that takes a while to upload. */
static gboolean
make_upload (Fixture *fixture)
{
  static const char line[] = "2025-09-01,08:00:00,SomebodyWhoWrites,SomebodyWhoIsMentioned\n";
  g_autofree char *path = g_build_filename (fixture_state (fixture), "northwind", "datasource", "input",
                                            "2025-09-01", "large.csv", NULL);
  g_autoptr (GString) block = g_string_new (NULL);
  while (block->len < 1024 * 1024)
    g_string_append (block, line);
  FILE *file = fopen (path, "w");
  gboolean good = file != NULL && fputs ("date,time,author,mentions\n", file) >= 0;
  for (int i = 0; good && i < UPLOAD_MB; i++)
    good = fwrite (block->str, 1, block->len, file) == block->len;
  return file != NULL && fclose (file) == 0 && good;
}

static void
measure_upload (Bench *bench)
{
  Figures figures = { -1, -1, -1, -1, -1, -1 };
  if (!make_upload (bench->fixture))
    return;
  g_autoptr (Screen) screen = fixture_start (bench->fixture, &size, "northwind", NULL);
  screen_settle (screen, 10000);
  screen_keys (screen, "g Down Down Down Down Down R Enter Enter Ctrl-s");
  if (!screen_wait_text (screen, "MB of", 30000)) {
    fprintf (stderr, "# skipped: the upload did not begin\n");
    screen_dump (screen, "# the upload does not begin");
    return;
  }
  press (screen, 80, &figures);
  gboolean still = screen_contains (screen, "MB of");
  compare (still ? "key to changed cell while an upload runs, p50 ms"
                 : "key to changed cell, upload and after, p50 ms",
           figures.p50_ms, -1);
  compare (still ? "key to changed cell while an upload runs, p99 ms"
                 : "key to changed cell, upload and after, p99 ms",
           figures.p99_ms, -1);
}

static Figures
measure_ours (Bench *bench)
{
  Figures figures = { -1, -1, -1, -1, -1, -1 };
  figures.first_ms = first_screen (start_ours, bench, "Prepare your");
  {
    g_autoptr (Screen) screen = start_ours (bench);
    screen_settle (screen, 10000);
    figures.resident_mb = resident (screen);
    figures.wakeups = wakeups (screen);
  }
  g_autoptr (Screen) screen = start_ours (bench);
  screen_settle (screen, 10000);
  show_output (screen);
  press (screen, KEYS, &figures);
  compare ("  resident with the list of 100,000 rows, MB", resident (screen), -1);

  Figures stalled = figures;
  fixture_stall (bench->fixture, TRUE);
  press (screen, KEYS, &stalled);
  compare ("key to changed cell while every endpoint stalls, p50 ms", stalled.p50_ms, figures.p50_ms);
  compare ("key to changed cell while every endpoint stalls, p99 ms", stalled.p99_ms, figures.p99_ms);
  fixture_stall (bench->fixture, FALSE);
  measure_upload (bench);
  return figures;
}

static void
print (const Figures *ours, const Figures *peer, const char *name)
{
  static const struct {
    const char *what;
    gsize offset;
  } lines[] = {
    { "first complete screen, ms", offsetof (Figures, first_ms) },
    { "key to changed cell, list of 100,000 rows, p50 ms", offsetof (Figures, p50_ms) },
    { "key to changed cell, list of 100,000 rows, p99 ms", offsetof (Figures, p99_ms) },
    { "bytes to the terminal per key", offsetof (Figures, bytes_per_key) },
    { "wake-ups per second when idle", offsetof (Figures, wakeups) },
    { "resident memory, MB", offsetof (Figures, resident_mb) },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autofree char *what = g_strdup_printf ("%s (peer: %s)", lines[i].what, name);
    compare (what, *(const double *) ((const char *) ours + lines[i].offset),
             *(const double *) ((const char *) peer + lines[i].offset));
  }
}

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  g_autoptr (ScreenRig) rig = screen_rig_new ();
  Bench bench = { .rig = rig };
  Figures ours = { -1, -1, -1, -1, -1, -1 };
  row ("what", "ours", "peer", "ratio");
  bench.fixture = fixture_new (FIXTURE_PLAYED);
  if (bench.fixture != NULL && make_output (bench.fixture))
    ours = measure_ours (&bench);
  if (is_installed ("htop")) {
    Figures htop = measure (start_htop, &bench, "F10Quit", "F10Quit");
    print (&ours, &htop, "htop");
  }
  if (is_installed ("tig") && is_installed ("git") && make_repository (&bench)) {
    Figures tig = measure (start_tig, &bench, "[main]", "commit number");
    print (&ours, &tig, "tig");
  }
  g_clear_pointer (&bench.fixture, fixture_free);
  g_free (bench.repository);
  return 0;
}
