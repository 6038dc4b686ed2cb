/* SPDX-License-Identifier: MIT
 * The resource manager client, inside: plain calls and "get, else put".
 */
#pragma once

#include "cloud/arm.h"
#include "cloud/cloud-private.h"

G_BEGIN_DECLS

/* One call without body; QUERY (may be NULL) is appended as it is. Gives the answer. */
json_t *arm_call (ArmClient *client, CrJob *job, const char *method, const char *id, const char *api_version,
                  const char *query, GError **error);
/* The resource when it is there and complete, otherwise the result of PUT BODY. Gives. */
json_t *arm_ensure (ArmClient *client, CrJob *job, const char *id, const char *api_version,
                    const json_t *body, GError **error);

G_END_DECLS
