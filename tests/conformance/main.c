/* SPDX-License-Identifier: MIT
 * The 123 items against the released rules. TAP, one line per item and way, then the table.
 */
#include "conformance-private.h"

#include <stdio.h>

static void
run_topics (Conformance *it)
{
  static void (*const topics[]) (Conformance *) = {
    items_contracts,        items_options,        items_events,         items_secrets, items_tokens,
    items_member_documents, items_user_documents, items_user_proposals, items_roles,
  };
  for (guint i = 0; i < G_N_ELEMENTS (topics); i++)
    topics[i](it);
}

static const char *
word (const Outcome *outcome)
{
  return !outcome->checks ? "-" : outcome->failures ? "FAIL" : "pass";
}

static void
print_tap (Conformance *it)
{
  static const char *const ways[] = { "raw HTTP", "our client" };
  guint number = 0;
  for (guint item = 1; item <= ITEMS; item++) {
    for (guint way = 0; way < 2; way++) {
      const Outcome *outcome = &it->outcomes[item][way];
      if (!outcome->checks)
        continue;
      printf ("%s %u - item %u, %s: %s\n", outcome->failures ? "not ok" : "ok", ++number, item, ways[way],
              conf_titles[item]);
      if (outcome->failures)
        printf ("# %u of %u checks failed; the first: %s\n", outcome->failures, outcome->checks,
                outcome->first_failure);
    }
    if (!it->outcomes[item][0].checks && !it->outcomes[item][1].checks)
      printf ("not ok %u - item %u was not looked at\n", ++number, item);
  }
  printf ("1..%u\n", number);
}

static void
print_table (Conformance *it)
{
  guint passed[2] = { 0 }, failed[2] = { 0 };
  printf ("#\n# item  raw   client  behaviour\n");
  for (guint item = 1; item <= ITEMS; item++) {
    printf ("# %4u  %-4s  %-6s  %s\n", item, word (&it->outcomes[item][0]), word (&it->outcomes[item][1]),
            conf_titles[item]);
    for (guint way = 0; way < 2; way++) {
      passed[way] += it->outcomes[item][way].checks && !it->outcomes[item][way].failures;
      failed[way] += it->outcomes[item][way].failures != 0;
    }
  }
  printf ("# raw HTTP: %u pass, %u fail; our client: %u pass, %u fail; %u items\n", passed[0], failed[0],
          passed[1], failed[1], ITEMS);
}

int
main (void)
{
  Conformance it = { .texts = g_ptr_array_new_with_free_func (g_free) };
  gboolean ready = network_start (&it);
  if (ready) {
    run_topics (&it);
    print_tap (&it);
    print_table (&it);
  } else
    printf ("Bail out! the network cannot be set up: %s\n",
            it.outcomes[1][0].first_failure ? it.outcomes[1][0].first_failure : "unknown");
  network_stop (&it);
  conf_clear (&it);
  return ready ? 0 : 1;
}
