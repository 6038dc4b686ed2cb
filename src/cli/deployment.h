/* SPDX-License-Identifier: MIT
 * governance deployment generate for applications that are packed elsewhere.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Write what members vote on for the container group template of --template-file into FOLDER: the template,
 * its security policy as text, and the clean room policy with the digest of that. With ALLOW_ALL only a
 * policy that lets every software in. Shows {"files", "hostData"?}. */
gboolean cli_generate_packed (Cli *cli, const char *folder, gboolean allow_all, GError **error);

G_END_DECLS
