/* SPDX-License-Identifier: MIT
 * Runs every kept input through its parser, and each of them cut and bent: an ordinary test. What a fuzzer
 * once found lies in corpus/TARGET and is tried here for ever. TAP, one line per parser.
 *
 * CLEANROOM_FUZZ_ROUNDS: how often an input is bent (200); CLEANROOM_FUZZ_SEED: which run (1).
 */
#include "targets.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (1024u * 1024)

static guint
setting (const char *name, guint fallback)
{
  const char *text = g_getenv (name);
  return text ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

/* A copy of its own size, so that a byte too far is found by the sanitizer. */
static void
run_copy (const FuzzTarget *target, const guint8 *data, gsize size)
{
  guint8 *copy = g_malloc (MAX (size, 1));
  if (size)
    memcpy (copy, data, size);
  target->run (copy, size);
  g_free (copy);
}

static void
run_bent (const FuzzTarget *target, GRand *rand, const guint8 *data, gsize size, guint rounds)
{
  for (guint i = 0; i < rounds && size; i++) {
    g_autofree guint8 *bent = g_memdup2 (data, size);
    gsize length = i % 3 == 0 ? (gsize) g_rand_int_range (rand, 0, (gint32) size + 1) : size;
    for (gint32 flips = g_rand_int_range (rand, 0, 4); flips > 0; flips--)
      bent[g_rand_int_range (rand, 0, (gint32) size)] = (guint8) g_rand_int (rand);
    run_copy (target, bent, length);
  }
}

/* The number of inputs, 0 when there is none. */
static guint
run_target (const FuzzTarget *target, const char *corpus, GRand *rand, guint rounds)
{
  g_autofree char *folder = g_build_filename (corpus, target->name, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint count = 0;
  run_copy (target, NULL, 0);
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (GBytes) bytes = cr_file_read (path, INPUT_MAX, NULL);
    gsize size = 0;
    const guint8 *data = bytes ? g_bytes_get_data (bytes, &size) : NULL;
    if (!bytes)
      continue;
    count++;
    run_copy (target, data, size);
    run_bent (target, rand, data, size, rounds);
  }
  return count;
}

int
main (void)
{
  const char *source = g_getenv ("CLEANROOM_SRCDIR");
  g_autofree char *corpus = g_build_filename (source ? source : ".", "tests", "fuzz", "corpus", NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (setting ("CLEANROOM_FUZZ_SEED", 1));
  guint rounds = setting ("CLEANROOM_FUZZ_ROUNDS", 200), number = 0;
  gboolean good = TRUE;
  for (const FuzzTarget *target = fuzz_targets; target->name; target++) {
    guint count = run_target (target, corpus, rand, rounds);
    good = good && count > 0;
    printf ("%s %u - %s: %u inputs, each bent %u times\n", count ? "ok" : "not ok", ++number, target->name,
            count, rounds);
  }
  printf ("1..%u\n", number);
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
