/* SPDX-License-Identifier: MIT
 * The journeys as numbered lines (line.h).
 */
#include "ui/line/line.h"

#include "base/error.h"
#include "base/translate.h"

int
ui_line_run (const UiLineOptions *options, GError **error)
{
  (void) options;
  cr_set_error (error, CR_ERROR_USAGE, _ ("Use \"cleanroom step list PERSONA\" and \"cleanroom step run\"."),
                _ ("This program was built without the line mode."));
  return 2;
}
