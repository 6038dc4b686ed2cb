#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The ledger network is lost and comes back: by its recovery shares only, with all that was agreed, and others follow
# the new certificate by proof, not by faith.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

refused() { # EXIT REMOTE-CODE TEXT: about the last cr
  is "$1 $(json error.remoteCode)" "$2 $3" "$4"
}

demo --engine sqlite
is $? 0 "the demo ends well"
query=$(cat "$state/public/analytics-sse/analytics.query-id")
contract=$(cat "$state/public/analytics.contract-id")
cp "$state/operator/private/service_cert.pem" "$work/before.pem"
cr ledger receipt --transaction-id 2.12 --output "$work/old.json" --as operator
cr governance contract show --id "$contract" --as operator --json
cp "$work/out" "$work/contract"
cr governance user-document show --id "$query" --as woodgrove --json
cp "$work/out" "$work/query"

# --- what the nodes show, and certificates that change ---

cr ccf network show-health --json
is "$? $(json nodeHealth.0.status)" "0 Ok" "health is shown without saying whose"
cr ccf network show-report --json
is "$? $(json reports.0.simulated) $(json reports.0.verified)" "0 true false" "a report of simulated hardware is called so"
cr ccf network join-policy set-snp-minimum-tcb-version --cpuid 00a00f11 --tcb-version 0300000000000003 --as ccfoperator --json
is "$? $(json proposalState)" "0 Accepted" "the operator sets the oldest firmware"
cr ccf network join-policy add-snp-uvm-endorsement --did did:x --feed f --svn 1 --as ccfoperator --json
is "$? $(json proposalState)" "0 Accepted" "and trusts a feed of utility VMs"
cr ccf network join-policy show --json
is "$(json snp.tcbVersions.00a00f11.hexstring) $(json snp.uvmEndorsements.did:x.f.svn)" "0300000000000003 1" "which the ledger shows"
cr ccf network security-policy generate-join-policy-from-network --json
is "$? $(json snp.hostData.0 | cut -c1-8)" "0 73973b78" "a join policy is made from the network"
cr governance ca propose-rotate-key --contract-id "$contract" --as operator --accept && cr governance ca generate-key --contract-id "$contract" --as operator
is $? 0 "the contract's CA gets another key"
cr run start "$query" --as woodgrove --json
is "$? $(json status.applicationState.state)" "0 COMPLETED" "the clean room gets a certificate from it by itself"

# --- lost ---

cr sandbox fail </dev/null
is $? 130 "nothing is broken without a question"
cr sandbox fail --yes
is $? 0 "the network is broken"
cr ccf network show-health --name operator-ccf --as operator --json
is "$? $(json nodeHealth.0.status) $(json nodeHealth.0.reasons.0.code)" "0 NeedsReplacement ContainerTerminated" "health says so, and why"
cr run start "$query" --as woodgrove --json
[ $? -ne 0 ]
ok $? "nothing runs"
cr sandbox stop && cr sandbox start
is $? 0 "the local environment starts with a lost network"
cr ccf network show-health --name operator-ccf --as operator --json
is "$(json nodeHealth.0.status)" NeedsReplacement "and still says so"
strings -n 8 "$state/sandbox/"ledger.db* 2>/dev/null | grep -q "BEGIN PRIVATE KEY"
[ $? -ne 0 ]
ok $? "what is left of the ledger shows no private key"

# --- the public part ---

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout "$work/key.pem" -subj "/CN=CCF Service" \
  -days 1 -out "$work/other.pem" 2>/dev/null
cr ccf network recover --as ccfoperator --previous-service-cert "$work/other.pem" --json
refused $? 1 InvalidServiceCertificate "not over the certificate of another service"
cr ccf network recover --as operator --json
is $? 1 "not by a member without a recovery key"
cr ccf network recover-public-network --as ccfoperator --json
is "$? $(json status) $(json recoveryCount)" "0 WaitingForRecoveryShares 1" "a new service waits for shares"
[ "$(cat "$state/operator/private/service_cert.pem")" != "$(cat "$work/before.pem")" ]
ok $? "it has another certificate"
cr governance user-document show --id "$query" --as woodgrove --json
refused $? 4 FrontendNotOpen "nothing is given out before the shares are there"

# --- the shares ---

cr ccf network submit-recovery-share --as ccfoperator --json
is "$? $(json serviceStatus) $(json submittedCount)" "0 Open 1" "with its share the service opens"
cr ccf network submit-recovery-share --as ccfoperator --json
refused $? 5 ServiceNotWaitingForRecoveryShares "which happens once"
cr ccf network show-health --name operator-ccf --as operator --json
is "$(json nodeHealth.0.status)" Ok "the node is healthy"
cr governance contract show --id "$contract" --as operator --json
cmp -s "$work/out" "$work/contract"
ok $? "the contract is as it was agreed"

# --- others follow ---

agent=$state/public/ccf.recovery-agent.json
cp "$agent" "$work/agent"
sed -i 's/"snpHostData": *"[0-9a-f]*"/"snpHostData": "'"$(printf '%064d' 7)"'"/' "$agent"
cr governance user-document show --id "$query" --as northwind --json
is $? 5 "a user refuses another host data"
contains "$(cat "$work/out" "$work/err")" "could not prove the consortium" "and says why"
cp "$work/agent" "$agent"
cp "$state/environment.yaml" "$work/environment"
sed -i '/^attestation-root:/,/END CERTIFICATE/d' "$state/environment.yaml"
cr governance user-document show --id "$query" --as northwind --json
is $? 5 "nor does it believe simulated hardware that nobody told it of"
contains "$(cat "$work/out" "$work/err")" "not made by known hardware" "and says why"
cp "$work/environment" "$state/environment.yaml"
cr governance user-document show --id "$query" --as northwind --json
is $? 0 "with the right one the new certificate is found"
contains "$(cat "$work/err")" "was recovered" "which is said"
cr governance user-document show --id "$query" --as woodgrove --json
cmp -s "$work/out" "$work/query"
ok $? "the approved query is as it was"
cr run start "$query" --as woodgrove --json
is "$? $(json status.applicationState.state)" "0 COMPLETED" "and runs: the clean room follows too"

# --- the ledger goes on ---

cr ledger receipt --transaction-id 2.12 --output "$work/new.json" --save-service-cert "$work/after.pem" --as operator
is $? 0 "a transaction from before has a receipt under the new service"
"$cleanroom" ledger verify "$work/new.json" --service-cert "$work/after.pem" --transaction-id 2.12 --json >"$work/out" 2>"$work/err"
is "$? $(json endorsements)" "0 1" "through one endorsement"
"$cleanroom" ledger verify "$work/old.json" --service-cert "$work/after.pem" >"$work/out" 2>"$work/err"
is $? 5 "which an older receipt does not have"

# --- twice, in one call, by several ---

cr governance network set-recovery-threshold --recovery-threshold 2 --as ccfoperator --accept --json
refused $? 1 InternalError "no threshold above the number of recovery members"
cr sandbox fail --yes && cr ccf network recover --as ccfoperator --json
is "$? $(json serviceStatus)" "0 Open" "a second loss is recovered in one call"
cr ccf network recover --as ccfoperator --json
is "$? $(json status)" "0 Open" "and again changes nothing"
cr run start "$query" --as woodgrove --json
is "$? $(json status.applicationState.state)" "0 COMPLETED" "the query runs"

# --- by the provider, with the identity and the recovery key of another operator ---

openssl ecparam -name secp384r1 -genkey -out "$work/third.key" 2>/dev/null
openssl req -x509 -new -key "$work/third.key" -sha384 -subj /CN=third -days 30 -out "$work/third.pem"
openssl genrsa -out "$work/third.enc" 2048 2>/dev/null && openssl rsa -in "$work/third.enc" -pubout -out "$work/third.pub" 2>/dev/null
cr keys import --name third --cert "$work/third.pem" --key "$work/third.key"
cr governance member add --certificate "$work/third.pem" --encryption-public-key "$work/third.pub" \
  --member-data '{"identifier":"third","isOperator":true}' --as operator --accept --json
third=$(openssl x509 -in "$work/third.pem" -outform der | sha256sum | cut -d' ' -f1)
cr env add provided --ccf-url "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["url"])' "$state/public/ccfEndpoint.json")" \
  --ccf-service-cert "$state/operator/private/service_cert.pem" --as third
cr governance member activate --env provided
is $? 0 "another operator is active"
cr ccf network trigger-snapshot --provider-client local --json
refused $? 1 SigningCertMissing "a provider without an identity proposes nothing"
cr ccf provider configure --signing-cert "$work/third.pem" --signing-key "$work/third.enc"
is $? 1 "nor with a key that is not the certificate's"
cr ccf provider configure --signing-cert "$work/third.pem" --signing-key "$work/third.key"
is $? 0 "it is given one"
cr ccf network trigger-snapshot --provider-client local --json
is "$? $(json proposalState) $(json proposerId)" "0 Accepted $third" "and proposes with it"
cr sandbox fail --yes
cr ccf network recover --as ccfoperator --operator-recovery-encryption-private-key "$work/third.enc" --json
is "$? $(json serviceStatus)" "0 Open" "and brings the network back"
cr governance member show --as operator --json
is $? 0 "which others follow"
cr governance proposal create --as operator --accept --json --content "{\"actions\":[{\"name\":\"remove_member\",\"args\":{\"member_id\":\"$third\",\"cert\":$(python3 -c 'import json,sys; print(json.dumps(open(sys.argv[1]).read()))' "$work/third.pem")}}]}"
is "$? $(json proposalState)" "0 Accepted" "the other operator leaves"

# --- by two, one of whom only knows the address of the ledger and how to prove it ---

cr governance service version --as operator --json
constitution=$(json constitution.digest) bundle=$(json jsapp.digest)
cr keys create second --recovery-key --as operator && cr keys export second --public --out "$work" --as operator
cr governance member add --certificate "$work/second_cert.pem" --encryption-public-key "$work/second_enc_pubk.pem" \
  --recovery-role participant --member-data '{"identifier":"second","isRecoveryOperator":true}' --as operator --accept --json
is "$? $(json proposalState)" "0 Accepted" "a second recovery member is admitted"
field() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$@"; }
sed -n '/^attestation-root:/,/END CERTIFICATE/p' "$state/environment.yaml" | sed '1d;s/^ *//' >"$work/root.pem"
elsewhere() { # [OPTION...]
  cr env add elsewhere --ccf-url "$(field "$state/public/ccfEndpoint.json" url)" --discover --as second \
    --service-cert-discovery-endpoint "$(field "$agent" endpoint)/network/report" \
    --service-cert-discovery-snp-host-data "$(field "$agent" snpHostData)" \
    --service-cert-discovery-constitution-digest "$constitution" --service-cert-discovery-jsapp-bundle-digest "$bundle" "$@"
}
elsewhere
is $? 5 "its certificate is not proved without the root of the simulated hardware"
elsewhere --hardware-root "$work/root.pem"
is $? 0 "it knows the ledger by its address"
contains "$(cat "$work/err")" "hardware is simulated" "which proves little, as is said"
cr governance member activate --env elsewhere
is $? 0 "and is active"
cr governance network set-recovery-threshold --recovery-threshold 2 --as ccfoperator --accept --json
is "$? $(json proposalState)" "0 Accepted" "now two shares are needed"
cr sandbox fail --yes && cr ccf network recover --as ccfoperator --json
is "$? $(json serviceStatus) $(json submittedCount)" "4 WaitingForRecoveryShares 1" "one share is not enough"
cr ccf network submit-recovery-share --env elsewhere --json
is "$? $(json serviceStatus)" "0 Open" "two are"
sed -i "s/$constitution/sha256:$(printf '%064d' 9)/" "$state/environments/elsewhere.yaml"
cr sandbox fail --yes && cr ccf network recover-public-network --as ccfoperator
cr governance member show --env elsewhere --json
is $? 5 "another digest than the agreed one is refused"

plan
