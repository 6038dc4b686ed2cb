/* SPDX-License-Identifier: MIT
 * Disaster recovery as members see it: open the recovered service, submit recovery shares.
 *
 * Format: CCF governance API, transition_service_to_open and /gov/recovery. A recovered service has another
 * key, so its certificate has to be found again first: ccf_discover() proves it, first use does not.
 */
#pragma once

#include "ccf/ccf.h"

G_BEGIN_DECLS

/* The certificate of a service that says it continues the one of PREVIOUS_PEM: read on first use, and refused
 * (CR_ERROR_REFUSED) when the service names another predecessor. Gives. */
char *ccf_recovery_fetch_certificate (CrJob *job, const char *endpoint, const char *previous_pem,
                                      GError **error);

/* Propose (and vote for) opening the service of CLIENT after a recovery; PREVIOUS_PEM byte for byte as the
 * recovering node was given it. Nothing to do when that was done. Gives the service information. */
json_t *ccf_recovery_open (CrJob *job, CcfClient *client, const char *previous_pem, GError **error);

/* Fetch the own encrypted share, open it with the recovery key of the client's member, submit it.
 * CR_ERROR_INPUT when the member has no recovery key. Gives
 * {"message","submittedCount","recoveryThreshold",...}. */
json_t *ccf_recovery_submit (CrJob *job, CcfClient *client, GError **error);

G_END_DECLS
