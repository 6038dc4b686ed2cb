#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A consortium from nothing, by commands only: keys and tokens that other programs made, an address, a certificate. No
# persona, no scenario; the sandbox is only where the ledger happens to run.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

call() { python3 "$CLEANROOM_SRCDIR/tests/flow/call.py" "$@" 2>"$work/err"; }
# g NAME ARGUMENT...: a governance command as NAME; json of it in $work/out
g() {
  local who=$1
  shift
  cr governance "$@" --env trials --as "$who" --json
}
# yes NAME PROPOSAL: an accepting ballot, gives the state after it
yes() {
  g "$1" proposal vote --proposal-id "$2" --action accept
  json proposalState
}
key() { # NAME: identity made by openssl, as the published script does
  openssl ecparam -name secp384r1 -genkey -out "$work/$1_privk.pem" 2>/dev/null
  openssl req -new -x509 -key "$work/$1_privk.pem" -nodes -days 30 -sha384 -subj "/CN=$1" -out "$work/$1_cert.pem"
}
# token NAME OID FILE: a user's token by an issuer that is ours
token() {
  python3 - "$1" "$2" "$work/issuer_privk.pem" "${4:-600}" >"$3" <<'PY'
import base64, json, subprocess, sys, time
def part(value): return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
name, oid, key, life = sys.argv[1:]
now = int(time.time())
claims = {"iss": "https://issuer.example", "oid": oid, "tid": "11111111-1111-1111-1111-111111111111", "sub": name,
          "preferred_username": name + "@example.com", "iat": now - 5, "nbf": now - 5, "exp": now + int(life)}
text = part(json.dumps({"alg": "RS256", "typ": "JWT", "kid": "k1"}).encode()) + "." + part(json.dumps(claims).encode())
signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), stdout=subprocess.PIPE, check=True)
print(text + "." + part(signature.stdout))
PY
}

# --- somewhere a provider runs; all that is known of it is an address, its certificate and a token ---

host=$work/host
"$cleanroom" sandbox start --state "$host" --json >"$work/out" 2>"$work/err"
is $? 0 "a provider runs"
provider=$(json endpoints.provider)
identity=$(json endpoints.identity)
cp "$host/sandbox/ca.pem" "$work/ca.pem"
call account --ca "$work/ca.pem" "$identity" admin@site.example correct-horse-battery >/dev/null
call sign-in --ca "$work/ca.pem" --account admin@site.example:correct-horse-battery "$identity" \
  "openid https://management.azure.com/.default" access_token >"$work/provider.jwt"
[ -s "$work/provider.jwt" ]; ok $? "and somebody has a token for it"

# --- refusals before anything is there ---

cr keys list
is $? 1 "no keyring: refused"
[ ! -e "$state" ]; ok $? "and nothing is left behind"
cr step run northwind env.start
is $? 1 "no keyring for a step: refused"
[ ! -e "$state/collaboration-id" ]; ok $? "and nothing is left behind"
cr governance member show --env nowhere --as x
is $? 6 "an environment that was never added"
: >"$work/file"
"$cleanroom" step list northwind --state "$work/file" >"$work/out" 2>"$work/err"
is $? 2 "a state folder that is a file"
contains "$(cat "$work/err")" "is a file, not a folder" "it says so"
cr env add trials --ccf-url http://x --ccf-service-cert "$work/ca.pem"
is $? 1 "an address without TLS"
cr env add local --ccf-url https://x --ccf-service-cert "$work/ca.pem"
is $? 1 "the name of the local environment"
cr env add trials --ccf-url https://127.0.0.1:1
is $? 2 "an address without a certificate"

# --- keys by openssl, a network by the provider ---

for name in ops tdp isv tdc; do key "$name"; done
openssl genrsa -out "$work/ops_enc_privk.pem" 2048 2>/dev/null
openssl rsa -in "$work/ops_enc_privk.pem" -pubout -out "$work/ops_enc_pubk.pem" 2>/dev/null
cr env add site --provider-url "$provider" --provider-trust "$work/ca.pem" --own-keyring --json
is "$? $(json provider)" "0 $provider" "an environment that only names a provider"
cr identity login --env site --token-file "$work/provider.jwt" --as admin --own-keyring --json
is "$? $(json name)" "0 admin" "a token issued elsewhere"
cat >"$work/members.json" <<JSON
[{"certificate": "$work/ops_cert.pem", "encryptionPublicKey": "$work/ops_enc_pubk.pem",
  "memberData": {"identifier": "ops", "isOperator": true}},
 {"certificate": "$work/tdp_cert.pem", "memberData": {"identifier": "tdp", "tenantId": "22222222-2222-2222-2222-222222222222"}}]
JSON
cr ccf network create --name trials --members "$work/members.json" --infra-type virtual --env site --as admin --json
is "$? $(json nodeCount)" "0 1" "a network with members whose keys are elsewhere"
ledger=$(json endpoint)
cr ccf network show --name trials --infra-type virtual --provider-client site --as admin --json
is "$? $(json endpoint)" "0 $ledger" "the provider shows it"
cr ccf network show-report --name trials --infra-type virtual --env site --as admin --json
is "$? $(json reports#)" "0 1" "and the reports of its nodes"
cr ccf network recovery-agent show --name trials --infra-type virtual --env site --as admin --json
agent=$(json endpoint)
[ -n "$agent" ]; ok $? "and where the recovery agent is"

# --- the environment: an address and a certificate ---

cr env add trials --ccf-url "$ledger" --discover --json
is "$? $(json name)" "0 trials" "the ledger at first contact"
fingerprint=$(json fingerprint)
python3 -c 'import json,sys; open(sys.argv[2],"w").write(json.load(open(sys.argv[1]))["serviceCert"])' "$work/out" "$work/service.pem"
cr env add trials --ccf-url "$ledger" --ccf-service-cert "$work/service.pem"
is $? 1 "a name is not taken twice"
cr env add trials --ccf-url "$ledger" --ccf-service-cert "$work/service.pem" --replace --json
is "$? $(json fingerprint)" "0 $fingerprint" "the certificate as a file is the same thing"
cr env add other --ccf-url "$ledger" --ccf-service-cert "$work/ops_cert.pem"
is $? 1 "another certificate is not believed"
cr env add other --ccf-url "$ledger" --discover --fingerprint 00:11
is $? 5 "nor another fingerprint"
cr env add other --ccf-url "$ledger" --discover --service-cert-discovery-endpoint "$agent/network/report" \
  --service-cert-discovery-snp-host-data "$(printf '%064d' 0)"
is $? 5 "an agent that cannot prove the host data"
sed -n '/^attestation-root:/,/END CERTIFICATE/p' "$host/environment.yaml" | sed '1d;s/^ *//' >"$work/root.pem"
proved() { # OPTION...
  cr env add proved --ccf-url "$ledger" --discover --service-cert-discovery-endpoint "$agent/network/report" \
    --service-cert-discovery-snp-host-data 73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20 --json "$@"
}
proved
is $? 5 "simulated hardware proves nothing to who was not told of it"
proved --hardware-root "$work/ca.pem"
is $? 5 "nor with another root"
proved --hardware-root "$work/root.pem"
is "$? $(json fingerprint)" "0 $fingerprint" "the certificate through the recovery agent"
contains "$(cat "$work/err")" "allows everything" "which says what that is worth"
cr env discover proved --json
is "$? $(json fingerprint)" "0 $fingerprint" "and can be found again"
cr env remove proved
is $? 0 "an environment is forgotten"
cr env list --json
is "$(json '#') $(json 1.name) $(json 2.name)" "3 site trials" "the list of environments"

for name in ops tdp isv tdc; do
  extra=()
  [ "$name" != ops ] || extra=(--encryption-key "$work/ops_enc_privk.pem")
  cr keys import --name "$name" --cert "$work/${name}_cert.pem" --key "$work/${name}_privk.pem" "${extra[@]}" --json
  is $? 0 "keys import $name"
done
is "$(openssl x509 -in "$work/tdc_cert.pem" -outform DER | sha256sum | cut -d' ' -f1)" "$(json memberId)" "the member id is that of the certificate"
tdc=$(json memberId)
cr keys import --name tdp --cert "$work/isv_cert.pem" --key "$work/isv_privk.pem"
is $? 1 "a name is not overwritten"
cr keys import --name mixed --cert "$work/isv_cert.pem" --key "$work/tdp_privk.pem"
is $? 1 "a key of another certificate"
cr keys show isv --json
is "$? $(json name)" "0 isv" "an imported key is shown"

# --- from a started network to a service ---

g ops member activate
is "$? $(json status)" "0 Active" "the operator is active"
cr ccf network transition-to-open --env trials --as ops --json
is "$? $(json proposalState)" "0 Accepted" "and opens the network"
g tdp member activate
is "$? $(json status)" "0 Active" "the first member is active"
g tdp service deploy
is $? 0 "and deploys the service"
g tdp service version
[ "$(json constitution.version)" != None ]; ok $? "whose version is known"
version=$(json constitution.version)
g tdp service get-upgrades
is "$? $(json constitutionVersion) $(json 'upgrades#')" "0 $version 0" "and the newest that is known"
g tdp network show
is "$(json status) $(json configuration.recoveryThreshold)" "Open 1" "governance network show"
cr ccf network show-health --env trials --json
is "$? $(json nodeHealth.0.status) $(json 'reasons#')" "0 Ok 0" "ccf network show-health"
cr governance member show --env trials --json
is "$? $(json 'value#')" "0 2" "reading needs no name"
cr governance contract list --env trials
is $? 3 "the application wants one"
contains "$(cat "$work/err")" "--as NAME" "and it says how to give it"

# --- members that join later ---

g tdp member add --certificate "$work/isv_cert.pem" --identifier isv --tenant-id 33333333-3333-3333-3333-333333333333
is "$? $(json proposalState)" "0 Open" "a proposal is not a vote"
proposal=$(json proposalId)
g tdp proposal show --proposal-id "$proposal" --waiting
is "$(json missing.0.name) $(json 'missing#')" "tdp 1" "it waits for the only voter"
is "$(yes tdp "$proposal")" Accepted "who accepts"
g isv member activate
is "$? $(json status)" "0 Active" "isv is active"

# --- a contract ---

g tdp contract create --id c1 --data "what is agreed"
version=$(json version)
g tdp contract propose --id c1 --version 2.1
is "$? $(json error.reason)" "1 ContractModified" "another version than the one seen"
g tdp contract propose --id c1 --version "$version"
proposal=$(json proposalId)
g tdp contract vote --id c1 --proposal-id "$proposal" --action accept
is "$(json proposalState)" Open "one vote of two"
g isv contract show --id c1 --waiting
is "$(json state) $(json missing.0.name) $(json 'missing#') $(json voted.0.name) $(json voted.0.vote)" "Proposed isv 1 tdp accepted" \
  "who still has to vote"
cr governance contract show --id c1 --env trials --as isv
contains "$(cat "$work/out")" "waiting for  isv" "a person sees it too"
g isv contract vote --id c1 --proposal-id "$proposal" --action accept
g isv contract show --id c1
is "$(json state) $(json finalVotes#)" "Accepted 2" "the contract is accepted"

# --- a third member appears, and counts from then on ---

g isv member add --certificate "$work/tdc_cert.pem" --member-data '{"identifier":"tdc"}' --accept
proposal=$(json proposalId)
is "$(yes tdp "$proposal")" Accepted "tdc is admitted at run time"
g tdp contract create --id c2 --data '{"a":1}'
g tdp contract propose --id c2 --version "$(json version)"
c2=$(json proposalId)
for name in tdp isv; do yes "$name" "$c2" >/dev/null; done
g tdp contract show --id c2 --waiting
is "$(json state) $(json 'missing#') $(json notActive.0.name)" "Proposed 0 tdc" "it waits for the activation of tdc"
g tdc member activate
g tdp contract show --id c2 --waiting
is "$(json missing.0.id) $(json missing.0.name)" "$tdc tdc" "then for the vote of tdc"
g tdc contract vote --id c2 --proposal-id "$c2" --action reject
g tdc contract show --id c2
is "$(json state)" Draft "which is no, and that is a veto"
g isv proposal history --proposal-id "$c2"
is "$(json value.0.proposalState)" Open "the history knows"

# --- users whose tokens come from elsewhere ---

openssl req -new -x509 -newkey rsa:2048 -nodes -keyout "$work/issuer_privk.pem" -subj /CN=issuer -days 30 \
  -out "$work/issuer_cert.pem" 2>/dev/null
x5c=$(openssl x509 -in "$work/issuer_cert.pem" -outform DER | base64 -w0)
cat >"$work/issuer.json" <<JSON
{"actions": [{"name": "set_jwt_issuer", "args": {"issuer": "https://issuer.example", "auto_refresh": false}},
 {"name": "set_jwt_public_signing_keys", "args": {"issuer": "https://issuer.example",
  "jwks": {"keys": [{"kty": "RSA", "kid": "k1", "x5c": ["$x5c"]}]}}}]}
JSON
agree() { # ARGUMENT...: tdp proposes and accepts, then the others; gives the last state
  local name last= proposal
  g tdp "$@" --accept
  proposal=$(json proposalId)
  for name in isv tdc; do last=$(yes "$name" "$proposal"); done
  printf '%s' "$last"
}
is "$(agree proposal create --content "$work/issuer.json")" Accepted "an issuer is trusted"
token ada 44444444-4444-4444-4444-444444444444 "$work/ada.jwt"
cr identity login --env trials --token-file "$work/ada.jwt" --json
is "$? $(json name)" "0 ada@example.com" "ada signs in with a token"
ada=ada@example.com
g "$ada" contract list
is "$? $(json error.remoteCode)" "4 CallerNotAuthorized" "and is nobody yet"
is "$(agree user-identity invitation create --username "$ada" --identity-type user --account-type microsoft --invitation-id for-ada)" Accepted "ada is invited"
g "$ada" user-identity invitation accept --invitation-id for-ada
is "$? $(json status)" "0 Accepted" "and accepts"
is "$(agree user-identity add --accepted-invitation-id for-ada)" Accepted "and is admitted"
g "$ada" user-identity show
is "$(json 'value#') $(json value.0.data.identifier)" "1 $ada" "as everybody can see"
cr governance client deploy --name ada-client --ccf-endpoint "$ledger" --service-cert "$work/service.pem" --as ada
cr governance client show --name ada-client --json
is $? 6 "a client needs a name that is known there"
cr identity login --env ada-client --token-file "$work/ada.jwt" --as ada
cr governance client show --name ada-client --json
is "$? $(json isUser) $(json identifier)" "0 true $ada" "governance client show"
cr governance contract list --governance-client ada-client --json
is "$? $(json 'value#')" "0 2" "--governance-client stands for both"
cr governance client get-access-token --name ada-client
is "$(cat "$work/out")" "$(cat "$work/ada.jwt")" "the token for another program"
token old 44444444-4444-4444-4444-444444444444 "$work/old.jwt" 1
sleep 1.2
cr identity login --env trials --token-file "$work/old.jwt" --as old
cr governance contract list --env trials --as old
is $? 3 "a token that has run out"

# --- user documents: approvers are a user and a member ---

g tdp member show
me=$(python3 -c 'import json,sys; print(next(m["memberId"] for m in json.load(open(sys.argv[1]))["value"] if m["memberData"]["identifier"]=="tdp"))' "$work/out")
approvers="[{\"id\":\"44444444-4444-4444-4444-444444444444\",\"type\":\"user\"},{\"id\":\"$me\",\"type\":\"member\"}]"
g "$ada" user-document create --id d1 --contract-id c1 --data '{"q":1}' --labels '{"kind":"query"}' --approvers "$approvers"
g "$ada" user-document propose --id d1 --version "$(json version)"
document=$(json proposalId)
g "$ada" user-document vote --id d1 --proposal-id "$document" --action accept
is "$(json state)" Open "one approver of two"
g tdp user-document show --id d1 --waiting
is "$(json decision) $(json missing.0.name) $(json voted.0.name)" "approvers tdp $ada" "who is missing among the approvers"
g tdp user-proposal status --proposal-id "$document"
is "$(json 'ballots#')" 1 "the proposal itself"
g tdp user-document vote --id d1 --proposal-id "$document" --action accept
g "$ada" user-document show --id d1
is "$(json state)" Accepted "the document is accepted"
g "$ada" user-document list --label-selector kind:query
is "$(json 'value#') $(json value.0.id)" "1 d1" "found by its label"
g tdp user-document runtime-option set --document-id d1 --option execution --action disable
is "$(json status)" disabled "an approver withdraws consent"
g "$ada" user-document runtime-option get --document-id d1 --option execution
is "$(json reason.code)" UserDocumentRuntimeOptionDisabled "and says so to the others"

# --- documents of members ---

g tdp member-document create --id m1 --contract-id c1 --data text
g tdp member-document propose --id m1 --version "$(json version)"
proposal=$(json proposalId)
yes tdp "$proposal" >/dev/null
g isv member-document show --id m1 --waiting
is "$(json 'missing#')" 2 "two members are missing"
for name in isv tdc; do g "$name" member-document vote --id m1 --proposal-id "$proposal" --action accept; done
g isv member-document show --id m1
is "$(json state)" Accepted "a member document is accepted"

# --- what runs under the contract ---

printf '{"armTemplate":{"resources":[]}}' >"$work/template.json"
is "$(agree deployment template propose --template-file "$work/template.json" --contract-id c1)" Accepted "a deployment template"
g tdp deployment template show --contract-id c1
is "$(json data)" '{"armTemplate": {"resources": []}}' "is what was proposed"
is "$(agree deployment information propose --deployment-information '{"url":"https://x"}' --contract-id c1)" Accepted "where it runs"
g "$ada" deployment information show --contract-id c1
is "$(json data.url)" https://x "is told to everybody"
g tdp deployment policy propose --contract-id c1
is $? 2 "a policy needs a file"
is "$(agree deployment policy propose --allow-all --contract-id c1)" Accepted "a policy"
g tdp deployment policy show --contract-id c1
contains "$(cat "$work/out")" 73973b78d70cc68353426de188db5dfc57e5b766e399935fb73a61127ea26d20 "is what was proposed"
g tdp deployment policy delegate list --contract-id c1
is "$? $(json 'value#')" "0 0" "no delegated policy"
is "$(agree contract runtime-option propose --option logging --action enable --contract-id c1)" Accepted "logging"
g tdp contract runtime-option get --option logging --contract-id c1
is "$(json status)" enabled "is on"
g isv contract runtime-option set --option execution --action disable --contract-id c1
is "$(json reason.code)" ContractDisabled "one member stops execution"
is "$(agree runtime-option propose --option autoapprove-jsapp-proposal --action enable)" Accepted "an option of the service"
g tdp runtime-option get --option autoapprove-jsapp-proposal
is "$(json status)" enabled "is on"

# --- secrets, events, issuer, signing, CA ---

printf 'hidden\n' >"$work/secret"
g "$ada" contract secret set --secret-name s1 --value-file "$work/secret" --contract-id c1
secret=$(json secretId)
is "$secret" 44444444-4444-4444-4444-444444444444_s1 "a secret is stored"
g tdp contract secret list --contract-id c1
is "$(json value.0.secretId)" "$secret" "and listed without its value"
g tdp contract secret get-cleanroom-policy --secret-name "$secret" --contract-id c1
is "$? $(json claims)" "0 {}" "nobody else may read it"
g "$ada" contract event list --all --contract-id c1
is "$? $(json 'value#')" "0 0" "no event yet"
g tdp oidc-issuer set-issuer-url --url https://foo.example
is "$(json tenantData.issuerUrl)" https://foo.example "the issuer of a tenant"
is "$(agree oidc-issuer propose-set-issuer-url --url https://bar.example)" Accepted "the issuer of everybody"
g tdp oidc-issuer generate-signing-key
kid=$(json kid)
agree oidc-issuer propose-rotate-signing-key >/dev/null
g tdp oidc-issuer generate-signing-key
[ "$(json kid)" != "$kid" ]; ok $? "its key is rotated"
g tdp oidc-issuer show
is "$(json enabled) $(json issuerUrl)" "true https://bar.example" "oidc-issuer show"
agree signing propose-enable >/dev/null
g tdp signing generate-signing-key
g tdp signing show
contains "$(json publicKeyPem)" "BEGIN PUBLIC KEY" "the signing service has a key"
is "$(agree ca propose-enable --contract-id c1)" Accepted "a CA for the contract"
g tdp ca generate-key --contract-id c1
g "$ada" ca show --contract-id c1
python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["caCert"])' "$work/out" >"$work/ca-cert.pem"
contains "$(openssl verify -CAfile "$work/ca-cert.pem" "$work/ca-cert.pem" 2>&1)" OK "whose certificate openssl verifies"

# --- the rest ---

g ops network set-recovery-threshold --recovery-threshold 1
is "$? $(json proposalState)" "0 Accepted" "the operator sets the recovery threshold alone"
cr ccf network join-policy show --env trials --json
is $? 0 "the join policy"
g tdp service upgrade status
is "$? $(json 'proposals#')" "0 0" "no upgrade is open"
cp "$CLEANROOM_SRCDIR/personas/governance/constitution.js" "$work/constitution.js"
echo '// next' >>"$work/constitution.js"
g tdp service upgrade-constitution --constitution-file "$work/constitution.js"
upgrade=$(json proposalId)
g tdp service upgrade-constitution --constitution-file "$work/constitution.js"
is $? 5 "not two upgrades at once"
g isv proposal withdraw --proposal-id "$upgrade"
is $? 5 "only the proposer withdraws"
g tdp proposal withdraw --proposal-id "$upgrade"
is "$(json proposalState)" Withdrawn "and does"
is "$(agree member set-tenant-id --identifier tdc --tenant-id 55555555-5555-5555-5555-555555555555)" Accepted "a tenant"
g tdp member show --member-id "$tdc"
is "$(json memberData.tenantId) $(json memberData.identifier)" "55555555-5555-5555-5555-555555555555 tdc" "is set, the name stays"
is "$(agree user-identity remove --object-id 44444444-4444-4444-4444-444444444444)" Accepted "ada leaves"
g "$ada" contract list
is $? 4 "and is nobody again"
cr env use trials
cr governance contract list --as tdp --json
is "$? $(json 'value#')" "0 2" "env use spares --env"
cr env use local
cr governance contract list
is $? 2 "and can be taken back"
cr governance client deploy --name tdp-client --ccf-endpoint "$ledger" --service-cert "$work/service.pem" \
  --signing-cert "$work/tdp_cert.pem" --signing-key "$work/tdp_privk.pem"
is $? 0 "governance client deploy"
cr governance client show --name tdp-client --json
is "$(json isUser) $(json identifier) $(json signingKey)" "false tdp <redacted>" "shows who acts"
cr governance contract show --id c1 --governance-client tdp-client --json
is "$? $(json state)" "0 Accepted" "and acts"
cr governance client get-upgrades --name tdp-client --json
is "$? $(json 'upgrades#')" "0 0" "governance client get-upgrades"
cr governance client remove --name tdp-client
is $? 0 "governance client remove"
cr governance member keygenerator-sh
cp "$work/out" "$work/keygen.sh"
bash "$work/keygen.sh" --name made --gen-enc-key --out "$work" >/dev/null 2>&1
is $? 0 "the key generation script works"
cr keys import --name made --cert "$work/made_cert.pem" --key "$work/made_privk.pem" --encryption-key "$work/made_enc_privk.pem" --json
is "$? $(json name)" "0 made" "and what it makes can be imported"
cr governance member get-default-certificate-policy --member-name made
is "$? $(json x509CertificateProperties.subject)" "0 CN=made" "the certificate policy for a vault"

# --- the rules that a contract may name its voters ---

"$cleanroom" sandbox stop --state "$host" >/dev/null 2>&1
cr governance contract list --env trials --as tdp
is $? 1 "a ledger that is gone"
"$cleanroom" sandbox start --rules proposed --state "$host" >/dev/null 2>&1
is $? 0 "the ledger comes back with other rules"
g tdp contract create --id c4 --data "{\"metadata\":{\"voters\":{\"requiredMembers\":[\"$me\"]}}}"
g tdp contract propose --id c4 --version "$(json version)"
proposal=$(json proposalId)
g isv contract show --id c4 --waiting
is "$(json rules) $(json 'required#') $(json missing.0.name)" "proposed 1 tdp" "only the named member is missing"
is "$(yes tdp "$proposal")" Accepted "whose vote decides alone"

# --- everything in one call ---

"$cleanroom" sandbox stop --state "$host" >/dev/null 2>&1
host=$work/second
"$cleanroom" sandbox start --state "$host" --json >"$work/out" 2>"$work/err"
provider=$(json endpoints.provider)
identity=$(json endpoints.identity)
call account --ca "$host/sandbox/ca.pem" "$identity" admin@site.example correct-horse-battery >/dev/null
call sign-in --ca "$host/sandbox/ca.pem" --account admin@site.example:correct-horse-battery "$identity" \
  "openid https://management.azure.com/.default" access_token >"$work/provider.jwt"
cr env add second --provider-url "$provider" --provider-trust "$host/sandbox/ca.pem"
cr identity login --env second --token-file "$work/provider.jwt" --as admin
cr ccf network up --name quick --infra-type virtual --env second --as admin --json
is "$? $(json nodeCount)" "0 1" "ccf network up"
cr ccf network up --name quick --infra-type virtual --env second --as admin --json
is $? 0 "which can be repeated"
cr governance network show --env quick --json
is "$? $(json status)" "0 Open" "and leaves an open network"
cr ccf network delete --name quick --infra-type virtual --env second --as admin
is $? 130 "it is not destroyed without asking"
cr ccf network delete --name quick --delete-option delete-storage --yes --infra-type virtual --env second --as admin
is $? 0 "and is when told so"
plan
