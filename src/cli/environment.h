/* SPDX-License-Identifier: MIT
 * What the commands of `cleanroom env` share.
 */
#pragma once

#include "ccf/consortium.h"
#include "cli/cli.h"

G_BEGIN_DECLS

/* SHA-256 of the certificate in PEM, as people compare it; "" when it is none. Gives. */
char *cli_pem_fingerprint (const char *pem);
/* Ask the recovery agent of IT, prove its answer, and pin what it says. */
gboolean cli_discover_attested (Cli *cli, CcfConsortium *it, GError **error);
/* What is there must be what is pinned; what cannot be reached is believed for now. */
gboolean cli_check_contact (Cli *cli, const CcfConsortium *it, GError **error);
/* env add NAME. */
gboolean cli_environment_add (Cli *cli, GError **error);
/* Print the environment NAME (NULL = the one in use) as lines or JSON. */
gboolean cli_environment_show (Cli *cli, const char *name, GError **error);

G_END_DECLS
