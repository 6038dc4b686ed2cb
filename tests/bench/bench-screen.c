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
  UPLOAD_MB = 1024, /* MiB */
  TURN = 40         /* keys that one program gets before it is the next one's turn */
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

/* The title line says which step is selected: what is drawn meanwhile for other reasons does not count. */
static gboolean
has_moved (Screen *screen, gpointer before)
{
  g_autofree char *title = screen_row (screen, 0);
  return !g_str_equal (title, *(char **) before);
}

/* Four keys down, four up, and so on: fits a short list (htop's) as well as a long one. After each the screen
 * is left to finish. Milliseconds are added to TIMES. */
static void
press_some (Screen *screen, int presses, gboolean by_title, GArray *times)
{
  for (int i = 0, missed = 0; i < presses && missed < 10; i++) {
    guint64 drawn = screen_drawn (screen);
    g_autofree char *title = screen_row (screen, 0);
    gint64 begin = g_get_monotonic_time ();
    screen_key (screen, i % 8 < 4 ? "Down" : "Up");
    gboolean seen = by_title ? screen_wait (screen, has_moved, &title, 1000)
                             : screen_wait (screen, has_drawn, &drawn, 200);
    if (!seen) {
      missed++; /* the end of the list */
      continue;
    }
    double ms = (double) (g_get_monotonic_time () - begin) / 1000;
    g_array_append_val (times, ms);
    screen_wait_quiet (screen, 3, 20);
  }
}

static void
press (Screen *screen, int presses, Figures *figures)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  guint64 bytes = screen_bytes (screen);
  press_some (screen, presses, FALSE, times);
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

/* The peers on the same machine at the same time: what the upload takes from us it takes from them. */
static Screen *
start_peer (Bench *bench, Start start, const char *program, const char *loaded)
{
  g_autofree char *path = g_find_program_in_path (program);
  Screen *screen = path != NULL ? start (bench) : NULL;
  if (screen != NULL && !screen_wait_text (screen, loaded, 20000))
    g_clear_pointer (&screen, screen_free);
  return screen;
}

/* HTOP and TIG may be NULL. */
static void
compare_times (const char *what, GArray *ours, GArray *htop, GArray *tig)
{
  static const double parts[] = { 0.5, 0.99 };
  static const char *const names[] = { "p50", "p99" };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    double own = quantile (ours, parts[i]);
    g_autofree char *beside_htop = g_strdup_printf ("%s, %s (peer: htop)", what, names[i]);
    g_autofree char *beside_tig = g_strdup_printf ("%s, %s (peer: tig)", what, names[i]);
    g_autofree char *alone = g_strdup_printf ("%s, %s", what, names[i]);
    if (htop == NULL || tig == NULL) {
      compare (alone, own, -1);
      continue;
    }
    compare (beside_htop, own, quantile (htop, parts[i]));
    compare (beside_tig, own, quantile (tig, parts[i]));
  }
}

/* The step that publishes northwind's data, with 1 GiB to upload, while keys are pressed here and in the
 * peers. */
static void
measure_upload (Bench *bench)
{
  if (!make_upload (bench->fixture))
    return;
  g_autoptr (Screen) htop = start_peer (bench, start_htop, "htop", "F10Quit");
  g_autoptr (Screen) tig = bench->repository != NULL ? start_peer (bench, start_tig, "tig", "commit number")
                                                     : NULL;
  g_autoptr (GArray) ours_ms = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) htop_ms = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) tig_ms = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (Screen) screen = fixture_start (bench->fixture, &size, "northwind", NULL);
  screen_settle (screen, 10000);
  screen_keys (screen, "g Down Down Down Down Down R Enter Enter Ctrl-s");
  if (screen_wait_text (screen, "Publish this?", 15000)) {
    screen_type (screen, "publish");
    screen_key (screen, "Enter");
  }
  if (!screen_wait_text (screen, "upload 2", 60000)) {
    fprintf (stderr, "# skipped: the upload did not begin\n");
    screen_dump (screen, "# the upload does not begin");
    return;
  }
  gint64 begin = g_get_monotonic_time ();
  while (screen_contains (screen, "large.csv")) {
    press_some (screen, TURN, TRUE, ours_ms);
    if (htop != NULL)
      press_some (htop, TURN, FALSE, htop_ms);
    if (tig != NULL)
      press_some (tig, TURN, FALSE, tig_ms);
  }
  double seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  g_autofree char *what = g_strdup_printf ("upload of 1 GiB with %u keys meanwhile, MB/s", ours_ms->len);
  compare (what, (double) UPLOAD_MB * 1.048576 / seconds, -1);
  compare_times ("key to cell, 1 GiB is uploaded, ms", ours_ms, htop_ms, tig_ms);
}

/* A program that was started just now wants a key, and the key store waits for a password that nobody
 * types. */
static void
measure_keyring (Bench *bench)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (Screen) screen = start_ours (bench);
  screen_settle (screen, 10000);
  fixture_stall_keyring (bench->fixture, TRUE);
  screen_keys (screen, "2 8 1 g");
  screen_wait_quiet (screen, 300, 3000);
  press_some (screen, KEYS / 2, TRUE, times);
  fixture_stall_keyring (bench->fixture, FALSE);
  compare_times ("key to cell, keyring prompt open, ms", times, NULL, NULL);
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
  if (bench.fixture != NULL && make_output (bench.fixture)) {
    ours = measure_ours (&bench);
    measure_keyring (&bench);
  }
  if (is_installed ("htop")) {
    Figures htop = measure (start_htop, &bench, "F10Quit", "F10Quit");
    print (&ours, &htop, "htop");
  }
  if (is_installed ("tig") && is_installed ("git") && make_repository (&bench)) {
    Figures tig = measure (start_tig, &bench, "[main]", "commit number");
    print (&ours, &tig, "tig");
  }
  if (bench.fixture != NULL)
    measure_upload (&bench);
  g_clear_pointer (&bench.fixture, fixture_free);
  g_free (bench.repository);
  return 0;
}
