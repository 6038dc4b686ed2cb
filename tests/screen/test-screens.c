/* SPDX-License-Identifier: MIT
 * Every screen of a collaboration that was played to the end, in three sizes, with colours and without,
 * compared with the committed text. SCREEN_UPDATE=1 rewrites the texts; SCREEN_PICTURES=FOLDER writes
 * pictures as well.
 */
#include "cases.h"

static Fixture *shared;
static ScreenGallery gallery = { .fixture = &shared, .path = "/screen/screens" };

int
main (int argc, char **argv)
{
  screen_test_init (&argc, &argv);
  if (!fixture_begin (&shared, FIXTURE_PLAYED))
    return 0;
  screen_gallery_add (&gallery);
  return fixture_end (&shared, "/screen/screens/end");
}
