/* SPDX-License-Identifier: MIT
 * Which proposal actions exist: the stock ones of the ledger always, those of the governance application
 * once its constitution has been set.
 */
#include "sandbox/ccf-node.h"

#include <string.h>

static const GovAction *
find_in (const GovAction *actions, const char *name)
{
  for (; actions->name; actions++)
    if (strcmp (actions->name, name) == 0)
      return actions;
  return NULL;
}

const GovAction *
gov_find_action (Store *store, const char *name)
{
  const GovAction *const groups[] = { gov_member_actions, gov_jwt_actions, gov_js_actions, gov_node_actions,
                                      gov_join_actions };
  const GovAction *found = NULL;
  for (guint i = 0; !found && i < G_N_ELEMENTS (groups); i++)
    found = find_in (groups[i], name);
  if (!found && gov_rules (store) != GOV_RULES_STARTUP)
    found = find_in (gov_cgs_actions, name);
  return found;
}
