/* SPDX-License-Identifier: MIT
 * cleanroom: entry point.
 */
#include "cli/cli.h"

#include "base/secret.h"

#include <locale.h>
#include <signal.h>

int
main (int argc, char **argv)
{
  cr_process_harden ();
  setlocale (LC_ALL, "");
  /* Numbers in files and on the wire are always written with a point. */
  setlocale (LC_NUMERIC, "C");
  signal (SIGPIPE, SIG_IGN);
  return cli_main (argc - 1, argv + 1);
}
