/* SPDX-License-Identifier: MIT
 * The inside of descriptions of consortia.
 */
#pragma once

#include "ccf/consortium.h"

G_BEGIN_DECLS

/* Beside the descriptions: the name in use. */
#define CCF_CONSORTIUM_CURRENT "current"

/* Everything that a description must be, its name included. */
gboolean ccf_consortium_check (const CcfConsortium *consortium, GError **error);

G_END_DECLS
