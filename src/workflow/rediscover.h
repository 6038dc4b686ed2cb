/* SPDX-License-Identifier: MIT
 * The ledger's certificate by the attested report of its recovery agent, as the operator published how to
 * ask.
 */
#pragma once

#include "workflow/context.h"

G_BEGIN_DECLS

/* AGENT_TEXT is the content of public/ccf.recovery-agent.json; the digests are those of the governance files
 * that came with the scenario of CONTEXT, and the environment says which simulated hardware may vouch besides
 * real one. CR_ERROR_REFUSED when the report does not hold, or host data or a digest differ. *ATTESTED (may
 * be NULL) as in ccf_discover(). Gives the PEM. */
char *workflow_discover_service (WorkflowContext *context, CrJob *job, const char *agent_text,
                                 gboolean *attested, GError **error);
/* Let CLIENT of this persona find the certificate again by itself, say so, and pin it. Nothing happens while
 * the operator has not published the agent. CONTEXT must outlive CLIENT. */
void workflow_context_follow_service (WorkflowContext *context, CcfClient *client);

G_END_DECLS
