#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What must not happen does not happen: runs without consent, callers without rights, messages that are not genuine.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

tool=$build/tests/flow/gov-tool
management=https://management.azure.com/.default
storage=https://storage.azure.com/.default

# refused EXIT REMOTE-CODE TEXT: about the last cr
refused() {
  is "$1" "$2" "$4: exit code"
  is "$(json error.remoteCode)" "$3" "$4: said so"
}
call() { python3 "$CLEANROOM_SRCDIR/tests/flow/call.py" "$@" 2>"$work/err"; }
# http WANTED-STATUS WANTED-PART TEXT CALL-ARGUMENT...
http() {
  local status=$1 part=$2 text=$3
  shift 3
  call http "$@" >"$work/answer"
  is "$(head -n 1 "$work/answer")" "$status" "$text: status"
  [ -z "$part" ] || contains "$(tail -n +2 "$work/answer")" "$part" "$text: reason"
}
endpoint() { cr sandbox status --json; json "endpoints.$1"; }
audit_has() { # PART TEXT
  cr audit list --as northwind --json
  contains "$(cat "$work/out")" "$1" "$2"
}
# query ID ARGUMENT...: propose as woodgrove and agree as both
agreed_query() {
  local id=$1
  shift
  cr query add --id "$id" "$@" --as woodgrove --json \
    && cr query approve "$id" --as woodgrove --json && cr query approve "$id" --as northwind --json
}

demo --engine sqlite
is $? 0 "the demo ends well"
contract=$(cat "$state/public/analytics.contract-id")
query=$(cat "$state/public/analytics-sse/analytics.query-id")
northwind=$(cat "$state/public/analytics-sse/northwind-input.dataset-id")
woodgrove=$(cat "$state/public/analytics-sse/woodgrove-input.dataset-id")
sink=$(cat "$state/public/analytics-sse/woodgrove-output.dataset-id")
sql='SELECT author, COUNT(*) AS Number_Of_Mentions FROM (SELECT * FROM publisher_data UNION ALL SELECT * FROM consumer_data) AS m GROUP BY author'
both=publisher_data:$northwind,consumer_data:$woodgrove

# --- nobody agreed, or not everybody ---

cr query add --id alone --query "$sql" --input "$both" --output "$sink" --as woodgrove --json
is $? 0 "a query is proposed"
cr query approve alone --as woodgrove --json
cr run start alone --as woodgrove --json
refused $? 6 UserDocumentNotFound "a query with the proposer's vote only does not run"
cr run list alone --as woodgrove --json
is $? 6 "and has no history of runs"
cr query approve alone --as northwind --action reject --json
cr governance user-document show --id alone --as northwind --json
is "$(json state)" Draft "a rejected query is a draft again"
cr run start alone --as woodgrove --json
refused $? 6 UserDocumentNotFound "a rejected query does not run"
cr query approve alone --as northwind --json
[ $? -ne 0 ]; ok $? "a vote on what is proposed no more is refused"

# The proposer names itself as the only approver: the ledger accepts that, the clean room does not.
cr governance user-document show --id "$query" --as woodgrove --json
python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["data"])' "$work/out" >"$work/document"
cr identity show --as woodgrove --json
woodgrove_oid=$(json oid)
cr governance user-document create --id sneaky --data "@$work/document" \
  --approvers "[{\"id\":\"$woodgrove_oid\",\"type\":\"user\"}]" --as woodgrove --json
version=$(json version)
cr governance user-document propose --id sneaky --version "$version" --as woodgrove --json
cr governance user-document vote --id sneaky --action accept --as woodgrove --json
is "$(json state)" Accepted "a query of one approver is accepted by the ledger"
cr run start sneaky --as woodgrove --json
refused $? 5 QueryMissingApprovalsFromDatasetOwners "a query without the vote of a dataset's owner does not run"
contains "$(json error.message)" "$northwind" "it names the dataset"
audit_has "Query execution denied for queryId sneaky: Missing approvals from dataset owners: $northwind" \
  "the denial is on record"
cr run list sneaky --as woodgrove --json
is $? 6 "and it has no history of runs"

# --- consent withdrawn ---

for document in "$query" "$northwind"; do
  case $document in "$query") what="the query" ;; *) what="the dataset" ;; esac
  cr governance user-document runtime-option set --document-id "$document" --option execution --action disable \
    --as northwind --json
  is "$(json status)" disabled "consent to $what is withdrawn"
  cr run start --as woodgrove --json
  refused $? 5 UserDocumentRuntimeOptionDisabled "without consent to $what it does not run"
  contains "$(json error.message)" "$document" "without consent to $what: it names the document"
  audit_has "Query execution denied for queryId $query. Reason: UserDocument runtime option 'execution' for document $document" \
    "without consent to $what: the denial is on record"
  if [ "$document" = "$query" ]; then
    cr governance user-document runtime-option set --document-id "$document" --option execution --action enable \
      --as woodgrove --json
    is "$(json status)" disabled "the other approver cannot give it back"
  fi
  cr step run woodgrove an.wg.run --force --json
  is $? 5 "the step is refused in the same way"
  contains "$(cat "$work/err")" "withdrawn consent" "the step says what to do"
  cr governance user-document runtime-option set --document-id "$document" --option execution --action enable \
    --as northwind --json
  is "$(json status)" enabled "consent to $what is given again"
done
cr run start --as woodgrove --json
is "$? $(json status.applicationState.state)" "0 COMPLETED" "with every consent it runs again"
cr governance user-document runtime-option set --document-id "$northwind" --option execution --action disable \
  --as woodgrove --json
refused $? 5 NotUserDocumentApprover "woodgrove has no say over northwind's dataset"

# --- what was not agreed is not there ---

failed_run() { # ID CODE-IN-MESSAGE TEXT QUERY-ARGUMENT...
  local id=$1 part=$2 text=$3
  shift 3
  agreed_query "$id" "$@"
  is $? 0 "$text: agreed"
  cr run start "$id" --as woodgrove --json
  is $? 1 "$text: exit code"
  is "$(json status.applicationState.state)" FAILED "$text: the run failed"
  contains "$(json status.applicationState.errorMessage)" "$part" "$text: said so"
  contains "$(json error.message)" "$part" "$text: the error says so too"
}
failed_run unknown-view '[TABLE_OR_VIEW_NOT_FOUND]' "an unknown view" \
  --query "SELECT author FROM nobody" --input "publisher_data:$northwind" --output "$sink"
failed_run other-view '[TABLE_OR_VIEW_NOT_FOUND]' "the view of a dataset that was not agreed" \
  --query "SELECT author FROM consumer_data" --input "publisher_data:$northwind" --output "$sink"
failed_run other-dataset '[TABLE_OR_VIEW_NOT_FOUND]' "the id of a dataset that was not agreed" \
  --query "SELECT author FROM \`$woodgrove\`" --input "publisher_data:$northwind" --output "$sink"
failed_run too-few 'row count 9437 is less than minRowCount 9438' "a view below its threshold" \
  --query "$sql" --input "$both" --output "$sink" --pre-conditions publisher_data:9438
failed_run no-field '[UNRESOLVED_COLUMN' "a column that is not allowed" \
  --query "SELECT author, tweet AS Number_Of_Mentions FROM publisher_data" --input "publisher_data:$northwind" --output "$sink"
cr query add --id nothing --query "SELECT 1" --input publisher_data:no-such-dataset --output "$sink" --as woodgrove --json
refused $? 6 UserDocumentNotFound "a query over an unknown dataset cannot be proposed"
cr query add --id no-sink --query "$sql" --input "$both" --output no-such-sink --as woodgrove --json
refused $? 6 UserDocumentNotFound "a query with an unknown output cannot be proposed"

agreed_query enough --query "$sql" --input "$both" --output "$sink" --pre-conditions publisher_data:9437
cr run start enough --as woodgrove --json
is $? 0 "a view with just enough rows is read"
agreed_query filtered --query "$sql" --input "$both" --output "$sink" --post-filters Number_Of_Mentions:20
cr run start filtered --as woodgrove --json
is "$(python3 -c 'import json,sys
events = json.load(open(sys.argv[1]))["events"]
print([json.loads(e["message"])["num_rows_written"] < 248 for e in events if e["reason"] == "QUERY_STATISTICS"])' \
  "$work/out")" "[True]" "rows below the threshold are dropped"

# A count is a 64-bit value: a column of type integer is too narrow for it.
cr governance user-document show --id "$sink" --as woodgrove --json
python3 -c 'import json,sys
data = json.loads(json.load(open(sys.argv[1]))["data"])
data["name"] = "narrow"
data["datasetSchema"]["fields"][1]["fieldType"] = "integer"
print(json.dumps(data))' "$work/out" >"$work/document"
cr governance user-document create --id narrow --data "@$work/document" \
  --approvers "[{\"id\":\"$woodgrove_oid\",\"type\":\"user\"}]" --as woodgrove --json
cr governance user-document propose --id narrow --version "$(json version)" --as woodgrove --json
cr governance user-document vote --id narrow --action accept --as woodgrove --json
is "$(json state)" Accepted "an output of type integer is published"
failed_run into-narrow 'schema does not match' "a count into a column of type integer" \
  --query "$sql" --input "$both" --output narrow

# --- callers ---

ca=$work/ca.pem
cr env show --json
json trust >"$ca"
service=$state/public/operator-ccf_service_cert.pem
room=$state/public/cleanroomca.crt
identity=$(endpoint identity) ledger=$(endpoint ccf) agent=$(endpoint analytics) arm=$(endpoint management)
events=$ledger/app/contracts/$contract/events
document=$ledger/app/contracts/$contract/userdocuments/$query

eve=$(call account --ca "$ca" "$identity" eve@northwind.example correct-horse-battery)
[ -n "$eve" ]; ok $? "a colleague of northwind's has an account"
mallory=$(call account --ca "$ca" "$identity" mallory@elsewhere.example correct-horse-battery)
[ -n "$mallory" ]; ok $? "somebody of another tenant has an account"
call account --ca "$ca" "$identity" eve@northwind.example another-password-here >/dev/null
[ $? -ne 0 ]; ok $? "an account cannot be made twice"
token() { # FILE SCOPE FIELD ADDRESS
  call sign-in --ca "$ca" --account "$4:correct-horse-battery" "$identity" "openid $2" "$3" >"$work/$1"
}
token_of() { # FILE SCOPE FIELD PERSONA
  call sign-in --ca "$ca" "$identity" "openid $2" "$3" "$cleanroom" identity approve CODE --as "$4" --state "$state" \
    >"$work/$1"
}
call sign-in --ca "$ca" --account eve@northwind.example:wrong-password-here "$identity" "openid $management" id_token >/dev/null
[ $? -ne 0 ]; ok $? "a wrong password signs nobody in"
token eve "$management" id_token eve@northwind.example
token mallory "$management" id_token mallory@elsewhere.example
token_of woodgrove "$management" id_token woodgrove
token_of northwind "$management" id_token northwind
signing=$state/sandbox/identity-key.pem

http 200 '' "a user reads the audit events" --ca "$service" --bearer "$work/woodgrove" GET "$events"
http 401 InvalidAuthenticationInfo "nobody reads them without a token" --ca "$service" GET "$events"
for who in eve mallory; do
  http 403 CallerNotAuthorized "$who is no user and reads no events" --ca "$service" --bearer "$work/$who" GET "$events"
  http 403 CallerNotAuthorized "$who reads no query" --ca "$service" --bearer "$work/$who" POST "$document"
  http 403 CallerNotAuthorized "$who asks for no run" --ca "$room" --bearer "$work/$who" --type application/json \
    --body "$work/document" POST "$agent/queries/$query/run"
  http 403 CallerNotAuthorized "$who sees no run" --ca "$room" --bearer "$work/$who" GET "$agent/queries/$query/runs"
done
call retoken "$work/woodgrove" "$signing" 'tid="00000000-0000-0000-0000-000000000001"' >"$work/token"
http 401 InvalidAuthenticationInfo "a tenant that is not the issuer's" --ca "$service" --bearer "$work/token" GET "$events"
call retoken "$work/mallory" "$signing" "oid=\"$woodgrove_oid\"" >"$work/token"
http 403 CallerTenantNotAuthorized "woodgrove's id from another tenant" --ca "$service" --bearer "$work/token" GET "$events"
call retoken "$work/woodgrove" "$signing" exp=1700000000 >"$work/token"
http 401 'expired' "an expired token" --ca "$service" --bearer "$work/token" GET "$events"
http 401 'expired' "an expired token at the clean room" --ca "$room" --bearer "$work/token" GET "$agent/queries/$query/runs"
call retoken "$work/eve" - "oid=\"$woodgrove_oid\"" >"$work/token"
http 401 InvalidAuthenticationInfo "a token that was changed" --ca "$service" --bearer "$work/token" GET "$events"
http 401 InvalidAuthenticationInfo "a token that was changed, at the clean room" --ca "$room" --bearer "$work/token" \
  GET "$agent/queries/$query/runs"
openssl genrsa -out "$work/foreign.pem" 2048 2>/dev/null
call retoken "$work/woodgrove" "$work/foreign.pem" >"$work/token"
http 401 InvalidAuthenticationInfo "a token of another issuer's key" --ca "$service" --bearer "$work/token" GET "$events"
printf 'not.a.token' >"$work/token"
http 401 InvalidAuthenticationInfo "something that is no token" --ca "$service" --bearer "$work/token" GET "$events"

# An invitation for somebody else.
printf '{"invitationId":"for-frank"}' >"$work/body"
cr governance user-identity invitation create --invitation-id for-frank --username frank@northwind.example \
  --identity-type user --accept --as operator --json
cr governance user-identity invitation show --invitation-id for-frank --as operator --json
if [ "$(json status)" = Open ]; then
  http 403 TokenClaimMismatch "an invitation for another person" --ca "$service" --bearer "$work/eve" \
    --type application/json --body "$work/body" POST "$ledger/app/users/invitations/for-frank/accept"
else
  sed 's/^/# /' "$work/err" "$work/out"
  ok 1 "an invitation for another person can be made"
fi

# A ballot for what somebody else decides.
cr query add --id later --query "$sql" --input "$both" --output "$sink" --as woodgrove --json
proposal=$(json proposalId)
printf '{"ballot":"accepted"}' >"$work/body"
http 403 '' "a ballot of somebody who is no user" --ca "$service" --bearer "$work/eve" --type application/json \
  --body "$work/body" POST "$ledger/app/users/proposals/$proposal/ballots/submit"
cr query approve later --as woodgrove --json
http 409 BallotAlreadySubmitted "a second ballot" --ca "$service" --bearer "$work/woodgrove" --type application/json \
  --body "$work/body" POST "$ledger/app/users/proposals/$proposal/ballots/submit"
cr governance user-document vote --id later --action accept --as operator --json
[ $? -ne 0 ]; ok $? "the operator cannot vote on a query"
cr governance user-document show --id later --as woodgrove --json
is "$(json state)" Proposed "and the query is still open"

# --- clouds ---

token_of woodgrove-storage "$storage" access_token woodgrove
token_of northwind-storage "$storage" access_token northwind
token_of woodgrove-arm "$management" access_token woodgrove
token eve-storage "$storage" access_token eve@northwind.example
cr governance user-document show --id "$northwind" --as northwind --json
store=$(python3 -c 'import json,sys
point = json.loads(json.load(open(sys.argv[1]))["data"])["datasetAccessPoint"]
print(point["store"]["provider"]["url"] + "/" + point["store"]["name"])' "$work/out")
blob=$store/2025-09-01/BrigitMurtaughTweets.csv
version=x-ms-version:2021-12-02
http 200 , "northwind reads its blob" --ca "$ca" --header "$version" --bearer "$work/northwind-storage" GET "$blob"
http 401 '' "nobody reads it without a token" --ca "$ca" --header "$version" GET "$blob"
http 403 AuthorizationPermissionMismatch "woodgrove reads no blob of northwind" --ca "$ca" --header "$version" \
  --bearer "$work/woodgrove-storage" GET "$blob"
http 403 AuthorizationPermissionMismatch "woodgrove lists no container of northwind" --ca "$ca" --header "$version" \
  --bearer "$work/woodgrove-storage" GET "$store?restype=container&comp=list"
http 403 AuthorizationPermissionMismatch "woodgrove writes no blob of northwind" --ca "$ca" --header "$version" \
  --header x-ms-blob-type:BlockBlob --body "$work/body" --bearer "$work/woodgrove-storage" PUT "$blob"
http 403 AuthorizationPermissionMismatch "a colleague without a role reads none" --ca "$ca" --header "$version" \
  --bearer "$work/eve-storage" GET "$blob"
http 401 '' "a token for another service opens no blob" --ca "$ca" --header "$version" --bearer "$work/woodgrove-arm" GET "$blob"
call retoken "$work/northwind-storage" "$signing" exp=1700000000 >"$work/token"
http 401 '' "an expired token opens no blob" --ca "$ca" --header "$version" --bearer "$work/token" GET "$blob"
call retoken "$work/northwind-storage" "$work/foreign.pem" >"$work/token"
http 401 '' "a foreign signature opens no blob" --ca "$ca" --header "$version" --bearer "$work/token" GET "$blob"

subscription=$(sed -n "s/^subscription: '\{0,1\}\([0-9a-f-]*\).*/\1/p" "$state/environment.yaml")
group=$arm/subscriptions/$subscription/resourceGroups/$(cat "$state/northwind/private/resourceGroup.name")
own=$arm/subscriptions/$subscription/resourceGroups/$(cat "$state/woodgrove/private/resourceGroup.name")
http 200 '' "woodgrove reads its own resource group" --ca "$ca" --bearer "$work/woodgrove-arm" GET "$own?api-version=2021-04-01"
http 403 AuthorizationFailed "woodgrove reads no other resource group" --ca "$ca" --bearer "$work/woodgrove-arm" \
  GET "$group?api-version=2021-04-01"
http 403 AuthorizationFailed "woodgrove deletes no other resource group" --ca "$ca" --bearer "$work/woodgrove-arm" \
  DELETE "$group?api-version=2021-04-01"
printf '{"properties":{"roleDefinitionId":"/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1","principalId":"%s"}}' \
  "$subscription" "$woodgrove_oid" >"$work/role"
http 403 AuthorizationFailed "woodgrove gives itself no role there" --ca "$ca" --bearer "$work/woodgrove-arm" \
  --type application/json --body "$work/role" PUT \
  "$group/providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555?api-version=2022-04-01"
http 401 '' "nobody reads a resource group without a token" --ca "$ca" GET "$own?api-version=2021-04-01"
http 0 'CERTIFICATE_VERIFY_FAILED' "the ledger's certificate is not one of the cloud's" --ca "$ca" GET "$ledger/node/network"

# --- governance messages ---

proposals() { cr governance proposal list --as operator --json; json 'value#'; }
if [ -x "$tool" ]; then
  api='api-version=2024-07-01'
  create="$ledger/gov/members/proposals:create?$api"
  cr keys show operator --json
  operator_id=$(json memberId)
  cr keys show ccfoperator --json
  other_id=$(json memberId)
  printf '{"actions":[{"name":"set_contract_runtime_options_enable_logging","args":{"contractId":"%s"}}]}' "$contract" >"$work/payload"
  printf '{"ballot":"export function vote (proposal, proposerId) { return true }"}' >"$work/ballot"
  sign() { "$tool" sign "$state" operator "$@" >"$work/signer" 2>"$work/err"; }
  forge() { "$tool" forge "$@" >"$work/signer" 2>"$work/err"; }
  gov() { # STATUS PART TEXT MESSAGE URL
    http "$1" "$2" "$3" --ca "$service" --type application/cose --body "$4" POST "$5"
  }
  flip() { # FILE OFFSET-FROM-END OUT
    python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-int(sys.argv[2])] ^= 1
open(sys.argv[3], "wb").write(data)' "$@"
  }
  sign operator proposal 0 - "$work/payload" "$work/good"
  is "$(cat "$work/signer")" "$operator_id" "a proposal is signed with the operator's key"
  before=$(proposals)

  flip "$work/good" 1 "$work/bad"
  gov 401 'Failed to validate COSE_Sign1' "a changed signature" "$work/bad" "$create"
  flip "$work/good" 120 "$work/bad"
  gov 401 'Failed to validate COSE_Sign1' "a changed payload" "$work/bad" "$create"
  tail -c +2 "$work/good" >"$work/bad"
  gov 401 InvalidAuthenticationInfo "a message without its tag" "$work/bad" "$create"
  head -c 100 "$work/good" >"$work/bad"
  gov 401 InvalidAuthenticationInfo "half a message" "$work/bad" "$create"
  : >"$work/bad"
  gov 401 InvalidAuthenticationInfo "an empty message" "$work/bad" "$create"
  forge - proposal 0 - "$work/payload" "$work/bad"
  gov 401 'Signer is not a known member' "a stranger's signature" "$work/bad" "$create"
  forge "$operator_id" proposal 0 - "$work/payload" "$work/bad"
  gov 401 'Failed to validate COSE_Sign1' "a stranger who claims to be the operator" "$work/bad" "$create"
  sign operator ballot 0 "$operator_id" "$work/payload" "$work/bad"
  gov 401 'Unexpected message type' "a ballot where a proposal belongs" "$work/bad" "$create"
  http 401 'Content type is not set to application/cose' "another content type" --ca "$service" --type 'application/cose; charset=utf-8' \
    --body "$work/good" POST "$create"
  http 401 'Content type is not set to application/cose' "the content type of a form" --ca "$service" --body "$work/good" POST "$create"
  http 400 '' "no version of the interface" --ca "$service" --type application/cose --body "$work/good" \
    POST "$ledger/gov/members/proposals:create"
  sign operator proposal 99999999999 - "$work/payload" "$work/bad"
  gov 400 InvalidCreatedAt "a time beyond every calendar" "$work/bad" "$create"
  sign operator proposal 1000000000 - "$work/payload" "$work/bad"
  gov 400 ProposalCreatedTooLongAgo "a proposal of long ago" "$work/bad" "$create"
  printf '{"actions":[{"name":"no_such_action"}]}' >"$work/strange"
  sign operator proposal 0 - "$work/strange" "$work/bad"
  gov 400 ProposalFailedToValidate "an unknown action" "$work/bad" "$create"
  printf '{"actions":[{"name":"set_contract","args":{"contractId":5}}]}' >"$work/strange"
  sign operator proposal 0 - "$work/strange" "$work/bad"
  gov 400 ProposalFailedToValidate "an action with wrong arguments" "$work/bad" "$create"
  head -c 1100000 /dev/zero >"$work/bad"
  gov 413 '' "more than the ledger takes" "$work/bad" "$create"
  is "$(proposals)" "$before" "none of them left a proposal"

  gov 200 '"Open"' "the genuine message" "$work/good" "$create"
  proposal=$(tail -n +2 "$work/answer" | python3 -c 'import json,sys; print(json.load(sys.stdin)["proposalId"])')
  gov 400 ProposalReplay "the same message again" "$work/good" "$create"
  contains "$(cat "$work/answer")" "$proposal" "and it names the first one"

  submit=$ledger/gov/members/proposals/$proposal/ballots
  sign operator ballot 0 "$proposal" "$work/ballot" "$work/vote"
  gov 400 InvalidResourceName "a ballot for another member" "$work/vote" "$submit/$other_id:submit?$api"
  sign ccfoperator ballot 0 "$proposal" "$work/ballot" "$work/bad"
  gov 400 InvalidResourceName "another member's ballot in the own name" "$work/bad" "$submit/$operator_id:submit?$api"
  sign operator ballot 0 "$other_id" "$work/ballot" "$work/bad"
  gov 400 InvalidResourceName "a ballot for another proposal" "$work/bad" "$submit/$operator_id:submit?$api"
  forge "$operator_id" ballot 0 "$proposal" "$work/ballot" "$work/bad"
  gov 401 'Failed to validate COSE_Sign1' "a stranger's ballot" "$work/bad" "$submit/$operator_id:submit?$api"
  printf '{"vote":true}' >"$work/strange"
  sign operator ballot 0 "$proposal" "$work/strange" "$work/bad"
  gov 400 InvalidInput "a ballot without a ballot" "$work/bad" "$submit/$operator_id:submit?$api"
  sign ccfoperator withdrawal 0 "$proposal" - "$work/bad"
  gov 403 AuthorizationFailed "another member withdraws nothing" "$work/bad" "$ledger/gov/members/proposals/$proposal:withdraw?$api"
  cr governance proposal show --proposal-id "$proposal" --as operator --json
  is "$(json proposalState) $(json ballotCount)" "Open 0" "no ballot was counted"
  gov 200 '"Accepted"' "the genuine ballot" "$work/vote" "$submit/$operator_id:submit?$api"
  gov 400 ProposalNotOpen "the genuine ballot again" "$work/vote" "$submit/$operator_id:submit?$api"
  sign operator state_digest 0 - - "$work/bad"
  gov 400 '' "a state digest for another member" "$work/bad" "$ledger/gov/members/state-digests/$other_id:update?$api"
else
  skip "governance messages that are not genuine" "tests/flow/gov-tool was not built"
fi

# --- one party's means are not another's ---

mv "$state/northwind" "$work/away-northwind"
mv "$state/operator" "$work/away-operator"
cr run start --as woodgrove --json
is $? 0 "woodgrove runs the query without anything of the others' folders"
cr step run woodgrove an.wg.output --force --json
is $? 0 "and fetches the answer"
cr step run woodgrove an.user.publish --force --json
is $? 0 "and publishes"
mv "$work/away-northwind" "$state/northwind"
mv "$work/away-operator" "$state/operator"
if command -v secret-tool >/dev/null && [ -s "$state/keyring/bus" ]; then
  DBUS_SESSION_BUS_ADDRESS=$(cat "$state/keyring/bus") secret-tool clear application cleanroom persona northwind
  DBUS_SESSION_BUS_ADDRESS=$(cat "$state/keyring/bus") secret-tool clear application cleanroom persona operator
  cr keys list --json
  is "$(python3 -c 'import json,sys; print(sorted({e["persona"] for e in json.load(open(sys.argv[1]))}))' "$work/out")" \
    "['woodgrove']" "only woodgrove's keys are left"
  cr run start --as woodgrove --json
  is $? 0 "woodgrove runs the query with its own keys alone"
  cr step run woodgrove an.user.publish --force --json
  is $? 0 "and publishes with them"
  cr step run woodgrove an.user.approve --set decision=accept --force --json
  is $? 0 "and looks after its vote with them"
  cr audit list --as northwind --json
  is $? 3 "nobody acts for northwind any more: it has to sign in"
  cr governance proposal create --content "@$work/payload" --as operator --json
  [ $? -ne 0 ]; ok $? "and nobody signs for the operator"
else
  skip "a step with only its own keys in the keyring" "secret-tool is not here"
fi
plan
