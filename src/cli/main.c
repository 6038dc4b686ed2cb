/* SPDX-License-Identifier: MIT
 * cleanroom: entry point.
 */
#include "cli/cli.h"

#include "base/json.h"
#include "base/secret.h"
#include "base/translate.h"

#include <signal.h>

int
main (int argc, char **argv)
{
  cr_process_harden ();
  cr_json_wipe_freed ();
  cr_translate_start ();
  signal (SIGPIPE, SIG_IGN);
  return cli_main (argc - 1, argv + 1);
}
