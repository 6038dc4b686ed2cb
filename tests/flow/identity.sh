#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the consortium vouches for, checked by programs that know nothing of it: certificates of a contract's authority by
# openssl, tokens of the consortium's issuer by what its web host publishes, invitations by the claims of a token.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

call() { python3 "$CLEANROOM_SRCDIR/tests/flow/call.py" "$@" 2>"$work/err"; }

demo --engine sqlite
is $? 0 "the demo ends well"
contract=$(cat "$state/public/analytics.contract-id")
service=$state/operator/private/service_cert.pem
ca=$state/sandbox/ca.pem
ledger=$(json url "$state/public/ccfEndpoint.json")
cr governance deployment policy show --as operator --json
host=$(json policy.x-ms-sevsnpvm-hostdata.0)
# room HOST-DATA METHOD PATH [DATA]: an attested call, its opened answer on stdout
room() {
  local host=$1
  shift
  "$build/tests/flow/room-tool" "$state/sandbox" "$host" "$ledger" "$service" "$@" 2>"$work/err"
}

# --- the certificate authority of the contract ---

cr governance ca show --as northwind --json
is "$? $(json enabled)" "0 true" "the contract has a certificate authority"
python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["caCert"].rstrip())' "$work/out" >"$work/ca-cert.pem"
cmp -s <(openssl x509 -in "$work/ca-cert.pem" -outform DER) <(openssl x509 -in "$state/public/cleanroomca.crt" -outform DER)
ok $? "whose certificate is the published one"
openssl x509 -in "$work/ca-cert.pem" -noout -text >"$work/text"
for part in "CN = Azure Clean Room CA" "ecdsa-with-SHA384" "ASN1 OID: secp384r1" "CA:TRUE, pathlen:0"; do
  contains "$(cat "$work/text")" "$part" "the authority's certificate: $part"
done
openssl ecparam -name prime256v1 -genkey -noout -out "$work/room.pem" 2>/dev/null
openssl pkey -in "$work/room.pem" -pubout -out "$work/room.pub" 2>/dev/null
python3 - "$work/room.pub" >"$work/request.json" <<'PY'
import json, sys
print(json.dumps({"publicKey": open(sys.argv[1]).read(), "subjectName": "CN=room",
                  "subjectAlternateNames": ["dNSName:room.example", "iPAddress:10.1.2.3"], "validityPeriodDays": 5}))
PY
endorse=/contracts/$contract/ca/generateEndorsedCert
room "$host" POST "$endorse" "$work/request.json" >"$work/endorsed.json"
is $? 0 "a clean room gets a certificate"
json cert "$work/endorsed.json" >"$work/endorsed.pem"
is "$(openssl verify -CAfile "$work/ca-cert.pem" "$work/endorsed.pem" 2>&1)" "$work/endorsed.pem: OK" "openssl verifies it against the authority"
is "$(openssl x509 -in "$work/endorsed.pem" -noout -pubkey)" "$(cat "$work/room.pub")" "it is about the key that was sent"
openssl x509 -in "$work/endorsed.pem" -noout -text >"$work/text"
for part in "Subject: CN = room" "DNS:room.example, IP Address:10.1.2.3" "CA:FALSE" "ecdsa-with-SHA384"; do
  contains "$(cat "$work/text")" "$part" "the endorsed certificate: $part"
done
openssl x509 -in "$work/endorsed.pem" -noout -checkend $((4 * 86400)) >/dev/null
is "$? $(openssl x509 -in "$work/endorsed.pem" -noout -checkend $((7 * 86400)) >/dev/null; echo $?)" "0 1" "it is valid as long as asked for"
room "$(printf '%064d' 3)" POST "$endorse" "$work/request.json" >/dev/null
is $? 1 "another software gets none"
contains "$(cat "$work/err")" VerifySnpAttestationFailed "and is told why"

# --- the issuer of tokens ---

# take NAME: a token, and what the web host says of its issuer at that moment
take() {
  local now
  now=$(date +%s)
  room "$host" POST "/contracts/$contract/oauth/token?nbf=$now&exp=$((now + 300))&iat=$now&jti=$1&sub=room-$1&tid=t&aud=api://x&iss=$issuer" \
    >"$work/$1.jwt" || return 1
  call http --ca "$ca" GET "$(claim "$work/$1.jwt" 1 iss)/.well-known/openid-configuration" | tail -n +2 >"$work/$1.configuration"
  call http --ca "$ca" GET "$(json jwks_uri "$work/$1.configuration")" | tail -n +2 >"$work/$1.jwks"
}
# claim TOKEN-FILE PART NAME: of the header (0) or the claims (1)
claim() {
  python3 -c 'import base64,json,sys
part = open(sys.argv[1]).read().split(".")[int(sys.argv[2])]
print(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))).get(sys.argv[3]))' "$@"
}
# verify TOKEN-FILE JWKS-FILE: prints openssl's verdict, or that the key is not among them
verify() {
  python3 - "$1" "$2" "$work" <<'PY'
import base64, json, subprocess, sys
def raw(text): return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
def der(tag, body):
    size = len(body)
    length = bytes([size]) if size < 128 else (lambda b: bytes([0x80 | len(b)]) + b)(size.to_bytes((size.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + length + body
def integer(value): return der(2, (b"\0" if value[0] & 0x80 else b"") + value)
token, keys, work = open(sys.argv[1]).read().strip(), json.load(open(sys.argv[2])), sys.argv[3]
head, claims, signature = token.split(".")
kid = json.loads(raw(head))["kid"]
key = next((k for k in keys["keys"] if k["kid"] == kid), None)
if key is None:
    print("unknown key"); sys.exit()
spki = der(0x30, der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
           + der(3, b"\0" + der(0x30, integer(raw(key["n"])) + integer(raw(key["e"])))))
open(work + "/spki", "wb").write(spki)
open(work + "/signature", "wb").write(raw(signature))
answer = subprocess.run(["openssl", "dgst", "-sha256", "-verify", work + "/spki", "-keyform", "DER", "-sigopt", "rsa_padding_mode:pss",
                         "-sigopt", "rsa_pss_saltlen:32", "-signature", work + "/signature"],
                        input=(head + "." + claims).encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
print(answer.stdout.decode().split("\n")[0])
PY
}
issuer=$(cat "$state/public/issuer.url")
take first
is $? 0 "a clean room gets a token"
is "$(claim "$work/first.jwt" 0 alg) $(claim "$work/first.jwt" 1 iss) $(claim "$work/first.jwt" 1 sub)" "PS256 $issuer room-first" "with what it asked for"
is "$(json issuer "$work/first.configuration")" "$issuer" "the web host publishes its issuer"
is "$(verify "$work/first.jwt" "$work/first.jwks")" "Verified OK" "its signature verifies with the published key"
sed 's/^\([^.]*\.\)./\1x/' "$work/first.jwt" >"$work/changed.jwt"
[ "$(verify "$work/changed.jwt" "$work/first.jwks")" != "Verified OK" ]; ok $? "a changed token does not"
room "$(printf '%064d' 3)" POST "/contracts/$contract/oauth/token?exp=1&iat=1&jti=1&sub=s&tid=t&aud=a&iss=$issuer" >/dev/null
is $? 1 "another software gets no token"
cr governance oidc-issuer propose-rotate-signing-key --as operator --accept --json
is "$? $(json proposalState)" "0 Accepted" "the issuer is to have a new key"
cr governance oidc-issuer generate-signing-key --as operator --json
kid=$(json kid)
take second
is "$(claim "$work/second.jwt" 0 kid)" "$kid" "the next token is signed with it"
is "$(verify "$work/second.jwt" "$work/second.jwks")" "unknown key" "which the web host does not know yet"
cr step run operator an.op.cluster --force
is $? 0 "the operator publishes it"
take second
is "$(verify "$work/second.jwt" "$work/second.jwks")" "Verified OK" "now the new token verifies"
is "$(verify "$work/first.jwt" "$work/first.jwks")" "Verified OK" "and the old one with the key of its time"
is "$(verify "$work/first.jwt" "$work/second.jwks")" "unknown key" "which the issuer has withdrawn"

# --- a new key of the authority ---

cr governance ca propose-rotate-key --as operator --accept --json
cr governance ca generate-key --as operator --json
is $? 0 "the authority takes a new key"
room "$host" POST "$endorse" "$work/request.json" >"$work/endorsed.json"
json cert "$work/endorsed.json" >"$work/second.pem"
openssl verify -CAfile "$work/ca-cert.pem" "$work/second.pem" >/dev/null 2>&1
[ $? -ne 0 ]
ok $? "what it signs now is not signed by the old one"
cr governance ca show --as northwind --json
python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["caCert"].rstrip())' "$work/out" >"$work/new-ca.pem"
is "$(openssl verify -CAfile "$work/new-ca.pem" "$work/second.pem" 2>&1)" "$work/second.pem: OK" "but by the new one"

# --- invitations by claims, in raw calls ---

openssl req -new -x509 -newkey rsa:2048 -nodes -keyout "$work/issuer.pem" -subj /CN=issuer -days 30 -out "$work/issuer-cert.pem" 2>/dev/null
x5c=$(openssl x509 -in "$work/issuer-cert.pem" -outform DER | base64 -w0)
cat >"$work/proposal.json" <<JSON
{"actions": [{"name": "set_jwt_issuer", "args": {"issuer": "https://issuer.example", "auto_refresh": false}},
 {"name": "set_jwt_public_signing_keys", "args": {"issuer": "https://issuer.example",
  "jwks": {"keys": [{"kty": "RSA", "kid": "k1", "x5c": ["$x5c"]}]}}},
 {"name": "set_user_invitation_by_jwt_claims", "args": {"invitationId": "by-claims", "type": "add", "accountType": "microsoft",
  "claims": {"email": ["eve@site.example", "EVE@site.example"], "tid": ["tenant-1"]}}}]}
JSON
cr governance proposal create --content "$work/proposal.json" --as operator --accept --json
is "$? $(json proposalState)" "0 Accepted" "an issuer is trusted, and somebody invited by two claims"
# token NAME=JSON...: by that issuer; to $work/token
token() {
  python3 - "$work/issuer.pem" "$@" >"$work/token" <<'PY'
import base64, json, subprocess, sys, time
def part(value): return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
now = int(time.time())
claims = {"iss": "https://issuer.example", "sub": "s", "iat": now - 5, "nbf": now - 5, "exp": now + 600}
claims.update((name, json.loads(value)) for name, value in (a.split("=", 1) for a in sys.argv[2:]))
text = part(json.dumps({"alg": "RS256", "typ": "JWT", "kid": "k1"}).encode()) + "." + part(json.dumps(claims).encode())
print(text + "." + part(subprocess.run(["openssl", "dgst", "-sha256", "-sign", sys.argv[1]], input=text.encode(),
                                       stdout=subprocess.PIPE, check=True).stdout))
PY
}
# accept ID WANTED TEXT: status and error code of the call
accept() {
  call http --ca "$service" --bearer "$work/token" POST "$ledger/app/users/invitations/$1/accept" >"$work/answer"
  is "$(head -n 1 "$work/answer") $(tail -n +2 "$work/answer" | python3 -c 'import json,sys
text = sys.stdin.read()
print(json.loads(text)["error"]["code"] if text else "-")')" "$2" "$3"
}
token 'oid="o-1"' 'email="eve@site.example"' 'tid="tenant-1"'
accept nobody "404 InvitationNotFound" "an invitation that nobody made"
token 'oid="o-1"' 'email="eve@site.example"'
accept by-claims "403 TokenClaimMissing" "a token without one of the claims"
token 'oid="o-1"' 'email="eve@site.example"' 'tid="tenant-2"'
accept by-claims "403 TokenClaimMismatch" "a claim with another value"
token 'oid="o-1"' 'email="Eve@site.example"' 'tid="tenant-1"'
accept by-claims "403 TokenClaimMismatch" "a claim in another spelling"
token 'email="eve@site.example"' 'tid="tenant-1"'
accept by-claims "404 OidClaimMissing" "a token that names nobody"
token 'oid="o-1"' 'email="EVE@site.example"' 'tid="tenant-1"'
accept by-claims "200 -" "both claims match"
accept by-claims "409 InvitationNotOpen" "an invitation is accepted once"
call http --ca "$service" --bearer "$work/token" POST "$ledger/app/users/invitations/by-claims" | tail -n +2 >"$work/answer"
is "$(json status "$work/answer") $(json userInfo.userId "$work/answer") $(json userInfo.data.tenantId "$work/answer")" "Accepted o-1 tenant-1" "it says who accepted"
call http --ca "$service" --bearer "$work/token" GET "$ledger/app/contracts" >"$work/answer"
is "$(head -n 1 "$work/answer")" 403 "which does not admit anybody yet"
printf '{"actions":[{"name":"set_user_identity","args":{"id":"o-1","accountType":"microsoft","invitationId":"by-claims","data":{"tenantId":"tenant-1","identifier":"eve"}}}]}' >"$work/proposal.json"
cr governance proposal create --content "$work/proposal.json" --as operator --accept --json
is "$? $(json proposalState)" "0 Accepted" "she is admitted"
call http --ca "$service" --bearer "$work/token" GET "$ledger/app/contracts" >"$work/answer"
is "$(head -n 1 "$work/answer")" 200 "and reads contracts"
call http --ca "$service" --bearer "$work/token" POST "$ledger/app/users/invitations/by-claims" | tail -n +2 >"$work/answer"
is "$(json status "$work/answer")" Finalized "the invitation is settled"

# --- what is deployed, generated from what was agreed ---

cr governance deployment generate --output-dir "$work/deployments" --as operator --json
is "$? $(json 'files#')" "0 4" "template and policies are generated"
is "$(cd "$work/deployments" && sha256sum -- *)" "$(cd "$state/operator/private/deployments" && sha256sum -- *)" "they are what the operator proposed"
is "$(sha256sum <"$work/deployments/analytics-workload.cce-policy.rego" | cut -d' ' -f1)" "$host" "the digest of the policy is the agreed host data"
cr governance deployment generate --output-dir "$work/deployments" --security-policy-creation-option generate --as operator
is $? 2 "no policy is made from scratch"
cr governance contract create --id other --data 'applications: []' --as operator
cr governance deployment generate --contract-id other --output-dir "$work/none" --as operator
is $? 5 "nothing is generated from a draft"
[ ! -e "$work/none" ]; ok $? "and nothing is written"

# --- audit as JSON, written as it is read ---

cr governance event list --all --as northwind --json
is $? 0 "events are listed"
cp "$work/out" "$work/events"
[ "$(json 'value#')" -gt 3 ]; ok $? "all of them"
cmp -s "$work/events" <(python3 -c 'import json,sys; print(json.dumps(json.load(open(sys.argv[1])), indent=2, ensure_ascii=False))' "$work/events")
ok $? "in the same form as every other answer"
cr audit list --as northwind --json
is "$(json '#')" "$(json 'value#' "$work/events")" "audit list has the same, as a list"
cr governance event list --all --contains 'no such words' --as northwind --json
is "$(tr -d ' \n' <"$work/out")" '{"value":[]}' "and none, when none is wanted"
cr audit list --run nothing --as northwind --json
is "$(cat "$work/out")" "[]" "as a list too"

plan
