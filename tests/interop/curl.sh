#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# curl and openssl, which nobody here wrote, read what was published: certificates, tokens, blobs, the ledger.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

command -v curl >/dev/null || skip_all "curl is not here"

demo --engine sqlite
is $? 0 "the demo ends well"
ca=$work/ca.pem
cr env show --json
json trust >"$ca"
cr sandbox status --json
cp "$work/out" "$work/status"
endpoint() { json "endpoints.$1" "$work/status"; }
service=$state/public/operator-ccf_service_cert.pem
get() { curl --silent --show-error --noproxy '*' --max-time 30 --output "$work/answer" --write-out '%{http_code}' "$@" 2>"$work/err"; }
token() { # PERSONA
  python3 "$CLEANROOM_SRCDIR/tests/flow/call.py" sign-in --ca "$ca" "$(endpoint identity)" \
    "https://storage.azure.com/.default" access_token \
    "$cleanroom" identity approve CODE --as "$1" --state "$state" 2>"$work/err" >"$work/token"
  printf 'header = "Authorization: Bearer %s"\nheader = "x-ms-version: 2021-12-02"\n' "$(cat "$work/token")" >"$work/$1.curl"
}
printf 'header = "x-ms-version: 2021-12-02"\n' >"$work/nobody.curl"
printf 'header = "x-ms-version: 2021-12-02"\nheader = "Authorization: Bearer a.b.c"\n' >"$work/wrong.curl"
token northwind
[ -s "$work/token" ]; ok $? "northwind signs in with a device code"
token woodgrove
[ -s "$work/token" ]; ok $? "woodgrove signs in with a device code"

# Blobs.
cr governance user-document show --id "$(cat "$state/public/analytics-sse/northwind-input.dataset-id")" --as northwind --json
store=$(python3 -c 'import json,sys
point = json.loads(json.load(open(sys.argv[1]))["data"])["datasetAccessPoint"]
print(point["store"]["provider"]["url"] + "/" + point["store"]["name"])' "$work/out")
file=2025-09-01/BrigitMurtaughTweets.csv
is "$(get --cacert "$ca" --config "$work/northwind.curl" "$store/$file")" 200 "its owner reads a blob"
cmp -s "$work/answer" "$state/northwind/datasource/input/$file"; ok $? "it is the file that was published"
is "$(get --cacert "$ca" --config "$work/northwind.curl" --range 0-9 "$store/$file")" 206 "its owner reads a part of it"
is "$(wc -c <"$work/answer")" 10 "it is ten bytes"
is "$(get --cacert "$ca" --config "$work/northwind.curl" --head "$store/$file")" 200 "its owner asks for its head"
contains "$(tr 'A-Z' 'a-z' <"$work/answer")" "content-length: $(wc -c <"$state/northwind/datasource/input/$file")" "the head has its length"
is "$(get --cacert "$ca" --config "$work/northwind.curl" "$store?restype=container&comp=list")" 200 "its owner lists the container"
is "$(python3 -c 'import sys, xml.etree.ElementTree as tree
print(sum(1 for name in tree.parse(sys.argv[1]).iter("Name") if name.text.endswith(".csv")))' "$work/answer")" 4 "four files are listed"
is "$(get --cacert "$ca" --config "$work/nobody.curl" "$store/$file")" 401 "nobody reads it without a token"
is "$(get --cacert "$ca" --config "$work/wrong.curl" "$store/$file")" 401 "nobody reads it with something that is no token"
is "$(get --cacert "$ca" --config "$work/woodgrove.curl" "$store/$file")" 403 "another party reads nothing"
is "$(get --cacert "$ca" --config "$work/woodgrove.curl" "$store?restype=container&comp=list")" 403 "another party lists nothing"
is "$(get --cacert "$ca" --config "$work/northwind.curl" "$store/2025-09-01/nothing.csv")" 404 "a blob that is not there"
contains "$(cat "$work/answer")" BlobNotFound "a blob that is not there: says so"
is "$(get --cacert "$ca" --config "$work/northwind.curl" "${store%/*}/no-such-container?restype=container&comp=list")" 404 \
  "a container that is not there"
contains "$(cat "$work/answer")" ContainerNotFound "a container that is not there: says so"

# The issuer's public documents.
issuer=$(cat "$state/public/issuer.url")
is "$(get --cacert "$ca" "$issuer/.well-known/openid-configuration")" 200 "anybody reads the issuer's configuration"
is "$(json issuer "$work/answer")" "$issuer" "it names the issuer"
is "$(get --cacert "$ca" "$(json jwks_uri "$work/answer")")" 200 "and its keys are where it says"

# The ledger.
ledger=$(endpoint ccf)
is "$(get --cacert "$service" "$ledger/node/network")" 200 "anybody reads what the ledger says about itself"
is "$(json service_certificate "$work/answer" | openssl x509 -noout -fingerprint -sha256)" \
  "$(openssl x509 -in "$service" -noout -fingerprint -sha256)" "its certificate is the one that was pinned"
is "$(get --cacert "$service" "$ledger/app/users/identities")" 401 "but nothing of the application"
is "$(get --cacert "$ca" "$ledger/node/network")" 000 "under another root there is no connection"
contains "$(cat "$work/err")" certificate "because of the certificate"
is "$(get "$ledger/node/network")" 000 "nor under the machine's own roots"

if command -v openssl >/dev/null; then
  handshake() { # HOST:PORT CA
    openssl s_client -connect "$1" -CAfile "$2" -verify_ip 127.0.0.1 -verify_return_error </dev/null 2>&1
  }
  for name in ccf analytics identity blob management; do
    case $name in
      ccf) root=$service ;;
      analytics) root=$state/public/cleanroomca.crt ;;
      *) root=$ca ;;
    esac
    shown=$(handshake "$(endpoint $name | sed 's,^https://,,')" "$root")
    contains "$shown" "Verify return code: 0 (ok)" "openssl verifies the certificate of $name"
    case $shown in *TLSv1.2* | *TLSv1.3*) ok 0 "$name: a protocol of today" ;; *) ok 1 "$name: a protocol of today" ;; esac
  done
  shown=$(handshake "$(endpoint ccf | sed 's,^https://,,')" "$ca")
  case $shown in *"Verify return code: 0 (ok)"*) ok 1 "openssl refuses it under another root" ;; *) ok 0 "openssl refuses it under another root" ;; esac
  openssl s_client -connect "$(endpoint ccf | sed 's,^https://,,')" -CAfile "$service" -tls1_1 </dev/null >"$work/answer" 2>&1
  [ $? -ne 0 ]; ok $? "the ledger refuses an old protocol"
else
  skip "openssl verifies the certificates" "openssl is not here"
fi
plan
