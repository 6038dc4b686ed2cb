/* SPDX-License-Identifier: MIT
 * The answer when a change could not be written to the disk.
 */
#include "sandbox/ccf-node.h"

#include "base/error.h"

void
ccf_respond_unsaved (SandboxResponse *response, const GError *error)
{
  /* A service in the cloud never says this; here the disk is that of the person who asks. */
  if (g_error_matches (error, CR_ERROR, CR_ERROR_ADMIN))
    sandbox_respond_error (response, 507, "InsufficientStorage", "%s", error->message);
  else
    sandbox_respond_error (response, 500, "InternalError", "%s", error->message);
}
