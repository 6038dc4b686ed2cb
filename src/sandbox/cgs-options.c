/* SPDX-License-Identifier: MIT
 * Runtime options: of a contract (execution by members, logging and telemetry by proposals), of a user
 * document (by its approvers), and of the whole service.
 */
#include "sandbox/cgs-common.h"

#include <string.h>

#define EXECUTION_STATUS "public:contracts_execution_status"
#define EXECUTION_FIELD "serializedMemberToStatusMap"
#define DOCUMENT_STATUS "public:user_documents_runtime_option_status"
#define DOCUMENT_FIELD "serializedApproverToStatusMap"
#define NOT_ACCEPTED "Contract does not exist or has not been accepted."

static void
answer_disabled (CcfCall *call, const char *code, const char *message)
{
  cgs_answer (call,
              json_pack ("{sss{ssss}}", "status", "disabled", "reason", "code", code, "message", message));
}

static void
answer_status (CcfCall *call, const char *status)
{
  cgs_answer (call, json_pack ("{ss}", "status", status));
}

/* --- Contracts --- */

static void
execution_status (CcfCall *call, const char *contract)
{
  g_autofree char *members = cgs_switch_disabled (call->store, EXECUTION_STATUS, contract, EXECUTION_FIELD);

  if (!members) {
    answer_status (call, "enabled");
    return;
  }

  g_autofree char *message = g_strdup_printf ("Contract has been disabled by the following member(s): "
                                              "m[%s].",
                                              members);

  answer_disabled (call, "ContractDisabled", message);
}

static void
proposed_option_status (CcfCall *call, const char *contract, const char *option, const char *map)
{
  g_autofree char *action = g_strconcat ("set_contract_runtime_options_enable_", option, NULL);
  /* Open disable proposals never appear: the service loses them, and they take effect at once anyway. */
  g_autoptr (GPtrArray) open = gov_open_proposals_with (call->store, action, "contractId", contract);
  g_autoptr (json_t) item = store_get_json (call->store, map, contract);
  gboolean enabled = g_strcmp0 (cr_json_peek_string (item, "status"), "enabled") == 0;

  cgs_answer (call, json_pack ("{ssso}", "status", enabled ? "enabled" : "disabled", "proposalIds",
                               cgs_strings (open)));
}

void
app_contract_option_status (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0), *option = cgs_parameter (call, 1);
  gboolean execution = strcmp (option, "execution") == 0;

  if (call->policy == CCF_AUTH_NONE ? !cgs_check_consent (call, contract) : !cgs_authorized (call))
    return;
  if (!execution && strcmp (option, "logging") != 0 && strcmp (option, "telemetry") != 0) {
    cgs_error (call, 400, "InvalidOption",
               "The option value %s is invalid. Valid values are 'execution', 'logging' and 'telemetry'.",
               option);
    return;
  }
  if (!cgs_contract_accepted (call->store, contract))
    answer_disabled (call, "ContractNotAccepted", NOT_ACCEPTED);
  else if (execution)
    execution_status (call, contract);
  else
    proposed_option_status (call, contract, option,
                            strcmp (option, "logging") == 0 ? CGS_LOGGING_STATUS : CGS_TELEMETRY_STATUS);
}

static void
set_execution (CcfCall *call, const char *status)
{
  const char *contract = cgs_parameter (call, 0), *option = cgs_parameter (call, 1);

  if (strcmp (option, "execution") != 0)
    cgs_error (call, 400, "InvalidOption",
               "The option value %s is invalid. Use proposals for options other than 'execution'.", option);
  else if (!cgs_contract_accepted (call->store, contract))
    cgs_error (call, 400, "ContractNotAccepted", NOT_ACCEPTED);
  else {
    cgs_switch_set (call->store, EXECUTION_STATUS, contract, EXECUTION_FIELD, call->caller_id, status);
    cgs_done (call);
  }
}

void
app_contract_option_enable (CcfCall *call)
{
  set_execution (call, "enabled");
}

void
app_contract_option_disable (CcfCall *call)
{
  set_execution (call, "disabled");
}

/* --- User documents --- */

static gboolean
check_document_option (CcfCall *call, const char *option)
{
  if (strcmp (option, "execution") == 0 || strcmp (option, "telemetry") == 0)
    return TRUE;
  cgs_error (call, 400, "InvalidUserDocumentRuntimeOption",
             "UserDocument runtime option must be either 'execution' or 'telemetry'.");
  return FALSE;
}

static gboolean
check_document_contract (CcfCall *call, const char *contract, const json_t *item)
{
  const char *expected = cr_json_peek_string (item, "contractId");

  if (g_strcmp0 (contract, expected) == 0)
    return TRUE;
  cgs_error (call, 400, "ContractIdMismatch",
             "The contractId value specified in the URL %s and that in the UserDocument %s don't match.",
             contract, expected ? expected : "undefined");
  return FALSE;
}

void
app_document_option_status (CcfCall *call)
{
  const char *contract = cgs_parameter (call, 0), *document = cgs_parameter (call, 1);
  const char *option = cgs_parameter (call, 2);

  if (call->policy == CCF_AUTH_NONE ? !cgs_check_consent (call, contract) : !cgs_authorized (call))
    return;

  g_autoptr (json_t) item = store_get_json (call->store, CGS_ACCEPTED_USER_DOCUMENTS, document);

  if (!item) {
    g_autofree char *message = g_strdup_printf ("UserDocument %s does not exist or has not been accepted.",
                                                document);

    answer_disabled (call, "UserDocumentNotAccepted", message);
    return;
  }
  if (!check_document_option (call, option) || !check_document_contract (call, contract, item))
    return;

  g_autofree char *key = g_strdup_printf ("%s_%s", document, option);
  g_autofree char *approvers = cgs_switch_disabled (call->store, DOCUMENT_STATUS, key, DOCUMENT_FIELD);

  if (!approvers) {
    answer_status (call, "enabled");
    return;
  }

  g_autofree char *message = g_strdup_printf ("UserDocument runtime option '%s' for document %s has been "
                                              "disabled by the following approver(s): m[%s].",
                                              option, document, approvers);

  answer_disabled (call, "UserDocumentRuntimeOptionDisabled", message);
}

static gboolean
is_approver (const json_t *approvers, const char *id)
{
  gsize index;
  json_t *approver;

  json_array_foreach (approvers, index, approver)
    if (g_strcmp0 (cr_json_peek_string (approver, "approverId"), id) == 0)
      return TRUE;
  return FALSE;
}

static void
set_document_option (CcfCall *call, const char *status)
{
  const char *document = cgs_parameter (call, 1), *option = cgs_parameter (call, 2);

  if (!cgs_authorized (call))
    return;

  g_autoptr (json_t) item = store_get_json (call->store, CGS_ACCEPTED_USER_DOCUMENTS, document);
  const json_t *approvers = json_object_get (item, "approvers");

  if (!item)
    cgs_error (call, 400, "UserDocumentNotAccepted",
               "UserDocument %s does not exist or has not been accepted.", document);
  else if (!approvers)
    cgs_error (call, 400, "ApproversNotFound", "An accepted UserDocument must have its approvers set.");
  else if (!is_approver (approvers, call->caller_id))
    cgs_error (call, 403, "NotUserDocumentApprover", "The caller is not an approver for this UserDocument.");
  else if (check_document_option (call, option)) {
    g_autofree char *key = g_strdup_printf ("%s_%s", document, option);

    cgs_switch_set (call->store, DOCUMENT_STATUS, key, DOCUMENT_FIELD, call->caller_id, status);
    cgs_done (call);
  }
}

void
app_document_option_enable (CcfCall *call)
{
  set_document_option (call, "enabled");
}

void
app_document_option_disable (CcfCall *call)
{
  set_document_option (call, "disabled");
}

/* --- The service --- */

void
app_service_option_status (CcfCall *call)
{
  static const char *const options[] = {
    "autoapprove-constitution-proposal",    "autoapprove-jsapp-proposal",
    "autoapprove-deploymentspec-proposal",  "autoapprove-deploymentinfo-proposal",
    "autoapprove-cleanroompolicy-proposal", NULL,
  };
  const char *option = cgs_parameter (call, 0);

  if (!cgs_authorized (call))
    return;
  if (!g_strv_contains (options, option)) {
    cgs_error (call, 400, "InvalidOption", "Option '%s' is not a valid value.", option);
    return;
  }

  g_autoptr (json_t) item = store_get_json (call->store, CGS_RUNTIME_OPTIONS, option);
  gboolean enabled = g_strcmp0 (cr_json_peek_string (item, "status"), "enabled") == 0;

  answer_status (call, enabled ? "enabled" : "disabled");
}
