/* SPDX-License-Identifier: MIT
 * The built-in sample data: invented people and texts, planted so that the sample query gives the same
 * numbers as over the public files (13,872 rows; 248 authors with 786 messages that hold the word; 13 more in
 * another spelling).
 */
#include "data/csv.h"
#include "data/sample.h"

#include <string.h>

/* Of how many authors one file holds how many messages with the word. People are numbered over all files, so
 * that their counts add up: 0 to 11 write in several files, 12 to 247 in one, 248 to 251 only in the wrong
 * spelling. */
typedef struct {
  guint16 first; /* number of the first person */
  guint16 people;
  guint16 each; /* messages of each */
} Planted;

typedef struct {
  const char *file;
  guint dominant;         /* the person who writes most of the file */
  guint dominant_percent; /* of the messages without the word */
  guint others;           /* further people, without the word */
  guint comma_percent, accent_percent;
  const Planted *planted; /* ended by people = 0 */
  const Planted *misspelt;
} Recipe;

static const Planted none[] = { { 0, 0, 0 } };
static const Planted brigit[] = { { 0, 1, 16 }, { 3, 1, 2 }, { 4, 3, 1 }, { 1, 1, 1 }, { 0, 0, 0 } };
static const Planted winkle[] = { { 2, 1, 3 }, { 7, 1, 1 }, { 0, 0, 0 } };
static const Planted rahul[] = { { 1, 1, 11 }, { 8, 1, 2 }, { 9, 3, 1 }, { 0, 0, 0 } };
static const Planted mike[] = {
  { 0, 1, 4 },   { 1, 1, 3 },   { 2, 1, 4 },   { 3, 1, 2 },   { 4, 3, 1 },     { 7, 1, 4 },   { 8, 1, 2 },
  { 9, 1, 4 },   { 10, 2, 7 },  { 12, 1, 28 }, { 13, 1, 27 }, { 14, 1, 25 },   { 15, 1, 19 }, { 16, 2, 17 },
  { 18, 2, 15 }, { 20, 2, 11 }, { 22, 3, 10 }, { 25, 2, 9 },  { 27, 4, 8 },    { 31, 4, 7 },  { 35, 8, 6 },
  { 43, 9, 5 },  { 52, 10, 4 }, { 62, 21, 3 }, { 83, 50, 2 }, { 133, 115, 1 }, { 0, 0, 0 },
};
static const Planted mike_misspelt[] = {
  { 12, 1, 1 }, { 22, 1, 1 },  { 35, 1, 1 },  { 36, 1, 3 },
  { 83, 1, 1 }, { 248, 2, 1 }, { 250, 2, 2 }, { 0, 0, 0 },
};

static const Recipe recipes[] = {
  { "BrigitMurtaughTweets.csv", 0, 55, 90, 23, 75, brigit, none },
  { "FranmerMSTweets.csv", 252, 62, 113, 18, 55, none, none },
  { "JeremyLiknessTweets.csv", 253, 80, 380, 23, 65, none, none },
  { "mwinkleTweets.csv", 2, 80, 290, 38, 3, winkle, none },
  { "RahulPotharajuTweets.csv", 1, 76, 19, 22, 58, rahul, none },
  { "raghurwiTweets.csv", 254, 38, 25, 23, 15, none, none },
  { "MikeDoesBigDataTweets.csv", 255, 97, 10, 23, 21, mike, mike_misspelt },
  { "SQLCindyTweets.csv", 256, 67, 337, 23, 9, none, none },
};
#define FIRST_OTHER 257u

static const char *const first_names[32] = {
  "Amber",  "Birch", "Cedar",  "Dusty",  "Ember",  "Fjord", "Gale",   "Hazel", "Indigo", "Juniper", "Koda",
  "Lumen",  "Maple", "North",  "Ochre",  "Pebble", "Quill", "River",  "Sable", "Tundra", "Umber",   "Vesper",
  "Willow", "Xenia", "Yarrow", "Zephyr", "Alder",  "Brook", "Clover", "Drift", "Elm",    "Flint",
};
static const char *const last_names[32] = {
  "Builds", "Charts", "Counts", "Draws",   "Fixes",  "Graphs", "Hacks",   "Joins",
  "Kerns",  "Loads",  "Maps",   "Notes",   "Orders", "Parses", "Queries", "Reads",
  "Sorts",  "Stacks", "Stores", "Streams", "Tables", "Tests",  "Trains",  "Types",
  "Writes", "Yields", "Zips",   "Codes",   "Data",   "Flows",  "Labs",    "Works",
};
static const char *const words[64] = {
  "new",     "table",   "query",   "update", "pipeline", "today",     "session",   "slides",
  "great",   "talk",    "about",   "the",    "cloud",    "store",     "index",     "column",
  "fast",    "release", "notes",   "we",     "learned",  "from",      "running",   "this",
  "job",     "at",      "scale",   "thanks", "for",      "joining",   "our",       "demo",
  "preview", "of",      "next",    "week",   "live",     "with",      "questions", "on",
  "schema",  "design",  "and",     "tuning", "a",        "short",     "guide",     "to",
  "reading", "logs",    "without", "tears",  "my",       "favourite", "feature",   "is",
  "still",   "simple",  "joins",   "over",   "large",    "files",     "in",        "minutes",
};
static const char *const tags[12] = {
  "#data",      "#sql",   "#analytics", "#cloud",    "#bigdata", "#code",
  "#community", "#spark", "#devops",    "#learning", "#ai",      "#conference",
};
static const char *const accents[12] = {
  "…", "“quoted”", "café", "naïve", "→", "½", "it’s", "☀", "🚀", "日本", "größer", "👍",
};

/* SplitMix64: small, public domain, the same everywhere. */
static guint64
draw (guint64 *state)
{
  guint64 z = (*state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static guint
below (guint64 *state, guint limit)
{
  return (guint) (draw (state) % limit);
}

static gboolean
chance (guint64 *state, guint percent)
{
  return below (state, 100) < percent;
}

/* A different handle for every number below 1,024. */
static void
append_handle (GString *out, guint person)
{
  guint first = person % 32;
  guint last = (person / 32 + 7 * first) % 32;
  g_string_append (out, first_names[first]);
  g_string_append (out, last_names[last]);
}

static guint
planted_total (const Planted *planted)
{
  guint total = 0;
  for (; planted->people > 0; planted++)
    total += (guint) planted->people * planted->each;
  return total;
}

/* The authors of the planted messages, one entry per message, shuffled. Gives an array of guint. */
static GArray *
planted_authors (const Planted *planted, guint64 *state)
{
  GArray *authors = g_array_new (FALSE, FALSE, sizeof (guint));
  for (; planted->people > 0; planted++)
    for (guint i = 0; i < (guint) planted->people * planted->each; i++) {
      guint person = planted->first + i / planted->each;
      g_array_append_val (authors, person);
    }
  for (guint i = authors->len; i > 1; i--) {
    guint j = below (state, i);
    guint kept = g_array_index (authors, guint, i - 1);
    g_array_index (authors, guint, i - 1) = g_array_index (authors, guint, j);
    g_array_index (authors, guint, j) = kept;
  }
  return authors;
}

static void
append_link (GString *out, guint64 *state)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  g_string_append (out, " https://t.co/");
  for (guint i = 0; i < 10; i++)
    g_string_append_c (out, letters[below (state, sizeof letters - 1)]);
}

/* One message. HANDLE (NULL = somebody) is the handle it mentions. */
static char *
make_message (const Recipe *recipe, const char *handle, guint64 *state)
{
  GString *out = g_string_new (NULL);
  gboolean repeats = chance (state, 35);
  gboolean mentions = handle != NULL || chance (state, 60);
  if (repeats) {
    g_string_append (out, "RT @");
    if (handle != NULL)
      g_string_append (out, handle);
    else
      append_handle (out, FIRST_OTHER + below (state, 700));
    g_string_append (out, ": ");
  }
  guint length = 6 + below (state, 9);
  guint comma = chance (state, recipe->comma_percent) ? 1 + below (state, length - 2) : length;
  guint accent = chance (state, recipe->accent_percent) ? below (state, length) : length;
  for (guint i = 0; i < length; i++) {
    const char *word = i == accent ? accents[below (state, G_N_ELEMENTS (accents))]
                                   : words[below (state, 64)];
    g_string_append_printf (out, "%s%s", word, i == comma ? ", " : i + 1 < length ? " " : "");
  }
  if (mentions && !repeats) {
    g_string_append (out, " @");
    if (handle != NULL)
      g_string_append (out, handle);
    else
      append_handle (out, FIRST_OTHER + below (state, 700));
  }
  if (chance (state, 2))
    g_string_append (out, " Q&amp;A");
  if (below (state, 700) == 0)
    g_string_append (out, " C:\\data\\in");
  if (chance (state, 30))
    g_string_append_printf (out, " %s", tags[below (state, G_N_ELEMENTS (tags))]);
  if (chance (state, 45))
    append_link (out, state);
  return g_string_free (out, FALSE);
}

static void
append_row (GString *out, const Recipe *recipe, guint row, guint rows, guint author, const char *handle,
            guint64 *state)
{
  /* Newest first, from spring 2020 back to 2009, as the public files are. */
  GDate date;
  g_date_set_dmy (&date, 27, G_DATE_MAY, 2020);
  g_date_subtract_days (&date, (guint) ((guint64) row * 4000 / rows));
  /* One draw per statement: C leaves the order of evaluation of arguments open. */
  guint hour = below (state, 24);
  guint minute = below (state, 60);
  g_string_append_printf (out, "%u/%02u/%04u,%02u:%02u,", g_date_get_day (&date),
                          (guint) g_date_get_month (&date), g_date_get_year (&date), hour, minute);
  append_handle (out, author);
  g_string_append_c (out, ',');
  g_autofree char *message = make_message (recipe, handle, state);
  data_csv_append (out, message);
  g_string_append (out, "\r\n");
}

/* Is ROW one of TOTAL rows spread evenly over ROWS? */
static gboolean
falls_on (guint row, guint rows, guint total)
{
  return (guint64) (row + 1) * total / rows != (guint64) row * total / rows;
}

GBytes *
data_sample_generate (const DataSampleFile *file)
{
  static const char *const spellings[] = { "mikedoesbigdata", "MIKEDOESBIGDATA", "MikeDoesBigdata" };
  const Recipe *recipe = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (recipes); i++)
    if (strcmp (recipes[i].file, file->file) == 0)
      recipe = &recipes[i];
  g_return_val_if_fail (recipe != NULL, NULL);

  guint64 state = 2025 + (guint64) (recipe - recipes);
  g_autoptr (GArray) hits = planted_authors (recipe->planted, &state);
  g_autoptr (GArray) misses = planted_authors (recipe->misspelt, &state);
  guint total = planted_total (recipe->planted) + planted_total (recipe->misspelt);
  guint next_hit = 0, next_miss = 0, next_other = 0, special = 0;
  GString *out = g_string_sized_new (file->rows * 120);
  for (guint row = 0; row < file->rows; row++) {
    if (falls_on (row, file->rows, total)) {
      /* The misspelt ones stand between the others, every fiftieth. */
      gboolean miss = next_miss < misses->len && (special++ % 50 == 49 || next_hit >= hits->len);
      guint author = miss ? g_array_index (misses, guint, next_miss) : g_array_index (hits, guint, next_hit);
      const char *handle = miss ? spellings[next_miss % G_N_ELEMENTS (spellings)] : DATA_SAMPLE_WORD;
      if (miss)
        next_miss++;
      else
        next_hit++;
      append_row (out, recipe, row, file->rows, author, handle, &state);
    } else {
      gboolean dominant = chance (&state, recipe->dominant_percent);
      guint other = FIRST_OTHER + ((guint) (recipe - recipes) * 90 + next_other % recipe->others) % 700;
      next_other += dominant ? 0 : 1;
      append_row (out, recipe, row, file->rows, dominant ? recipe->dominant : other, NULL, &state);
    }
  }
  return g_string_free_to_bytes (out);
}
