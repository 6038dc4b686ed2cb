/* SPDX-License-Identifier: MIT
 * The attestation service of the sandbox: reports in, signed claims out ("Attest SEV SNP VM", attestation API
 * 2022-08-01). Only the simulated hardware of this sandbox is believed.
 */
#pragma once

#include "sandbox/server.h"

G_BEGIN_DECLS

/* Claims of a token that this service issued and that is still valid; NULL and CR_ERROR_REFUSED with the
 * reason otherwise. Thread safe. Gives. */
json_t *maa_check_token (Sandbox *sandbox, const char *token, GError **error);

G_END_DECLS
