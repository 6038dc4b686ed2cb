// SPDX-License-Identifier: MIT
// Constitution of the clean room consortium: who may decide what.
//
// The text is agreed by its digest: every party compares "sha256:" of these very bytes before it trusts the
// service. A node may run these functions, or implement the same rules natively.

const OPERATOR_ACTIONS = new Set([
  "add_snp_uvm_endorsement", "remove_ca_cert_bundle", "remove_jwt_issuer", "remove_node",
  "remove_snp_minimum_tcb_version", "remove_snp_uvm_endorsement", "set_ca_cert_bundle", "set_jwt_issuer",
  "set_node_certificate_validity", "set_node_data", "set_service_certificate_validity",
  "set_recovery_threshold", "set_snp_minimum_tcb_version_hex", "transition_node_to_trusted",
  "transition_service_to_open", "trigger_ledger_chunk", "trigger_snapshot",
]);

// One "no" from anybody ends a proposal that holds one of these.
const VETOABLE_ACTIONS = new Set([
  "set_contract", "set_clean_room_policy", "set_deployment_spec", "set_deployment_info",
  "set_contract_runtime_options_enable_logging", "set_contract_runtime_options_enable_telemetry",
  "set_member_document",
]);

// Withdrawing one's openness needs nobody's consent.
const FREE_ACTIONS = new Set([
  "set_contract_runtime_options_disable_telemetry", "set_contract_runtime_options_disable_logging",
]);

const AUTO_APPROVED_BY_CGS_OPERATOR = {
  set_constitution: "autoapprove-constitution-proposal",
  set_js_app: "autoapprove-jsapp-proposal",
};

const AUTO_APPROVED_BY_CONTRACT_OPERATOR = {
  set_deployment_spec: "autoapprove-deploymentspec-proposal",
  set_deployment_info: "autoapprove-deploymentinfo-proposal",
  set_clean_room_policy: "autoapprove-cleanroompolicy-proposal",
};

function record(map, key) {
  const bytes = ccf.kv[map].get(ccf.strToBuf(key));
  return bytes === undefined ? undefined : ccf.bufToJsonCompatible(bytes);
}

function memberData(memberId) {
  const info = record("public:ccf.gov.members.info", memberId);
  return (info && info.member_data) || {};
}

const isOperator = (data) => !!data.isOperator;
const isCgsOperator = (data) => !!data.cgsRoles && data.cgsRoles.cgsOperator === "true";
const isContractOperator = (data) => !!data.cgsRoles && data.cgsRoles.contractOperator === "true";

// Operators of every kind run things; they do not decide about data.
function countsAsVoter(data) {
  return !isOperator(data) && !data.isRecoveryOperator && !isCgsOperator(data) && !isContractOperator(data);
}

function ordinaryMembers() {
  const members = { active: new Set(), waiting: 0 };
  ccf.kv["public:ccf.gov.members.info"].forEach((value, key) => {
    const info = ccf.bufToJsonCompatible(value);
    if (!countsAsVoter(info.member_data || {})) return;
    if (info.status === "Active") members.active.add(ccf.bufToStr(key));
    else if (info.status === "Accepted") members.waiting += 1;
  });
  return members;
}

function isOperatorAction(action) {
  if (action.name === "set_member") return isOperator(action.args.member_data || {});
  if (action.name === "remove_member") return isOperator(memberData(action.args.member_id));
  return OPERATOR_ACTIONS.has(action.name);
}

// An id that is decided already, named twice, or open elsewhere cannot be proposed again.
function idsAreFree(actions, name, field, acceptedMap) {
  const ids = actions.filter((action) => action.name === name).map((action) => action.args[field]);
  if (new Set(ids).size !== ids.length) return false;
  let free = ids.every((id) => !ccf.kv[acceptedMap].has(ccf.strToBuf(id)));
  let open = 0;
  ccf.kv["public:ccf.gov.proposals_info"].forEach((value, key) => {
    if (ccf.bufToJsonCompatible(value).state !== "Open") return;
    const proposal = ccf.bufToJsonCompatible(ccf.kv["public:ccf.gov.proposals"].get(key));
    open += proposal.actions.some((action) => action.name === name && ids.includes(action.args[field])) ? 1 : 0;
  });
  return free && open <= 1;
}

function autoApproved(actions, options) {
  return actions.every((action) => {
    const option = options[action.name];
    const setting = option && record("public:ccf.gov.cgs_runtime_options", option);
    return !!setting && setting.status === "enabled";
  });
}

export function validate(input) {
  const proposal = JSON.parse(input);
  const valid = Array.isArray(proposal.actions) && proposal.actions.every((a) => typeof a.name === "string");
  return { valid, description: valid ? "" : "actions must be a list of named actions" };
}

export function resolve(input, proposerId, votes) {
  const actions = JSON.parse(input).actions;
  const has = (name) => actions.some((action) => action.name === name);
  const proposer = memberData(proposerId);

  if (isOperator(proposer) && actions.every(isOperatorAction)) return "Accepted";
  if (votes.some((vote) => !vote.vote) && actions.some((action) => VETOABLE_ACTIONS.has(action.name)))
    return "Rejected";
  if (has("set_contract")) {
    const pure = actions.every((action) => action.name === "set_contract");
    if (!pure || !idsAreFree(actions, "set_contract", "contractId", "public:ccf.gov.accepted_contracts"))
      return "Rejected";
  }
  if (has("set_member_document")) {
    const map = "public:ccf.gov.accepted_member_documents";
    if (!idsAreFree(actions, "set_member_document", "documentId", map)) return "Rejected";
  }
  if (actions.every((action) => FREE_ACTIONS.has(action.name))) return "Accepted";

  const members = ordinaryMembers();
  const agreed = votes.filter((vote) => vote.vote && members.active.has(vote.member_id)).length;
  const unanimous = agreed === members.active.size;
  // A contract waits for those who were invited but have not activated their membership.
  if (unanimous && (!has("set_contract") || members.waiting === 0)) return "Accepted";

  if (isCgsOperator(proposer) && autoApproved(actions, AUTO_APPROVED_BY_CGS_OPERATOR)) return "Accepted";
  if (isContractOperator(proposer) && autoApproved(actions, AUTO_APPROVED_BY_CONTRACT_OPERATOR)) return "Accepted";
  return "Open";
}

// The effect of each action is part of the service; this text only says that accepted actions take effect in
// order, all in one transaction.
export function apply(input, proposalId) {
  for (const action of JSON.parse(input).actions) ccf.gov.applyAction(action.name, action.args, proposalId);
}
