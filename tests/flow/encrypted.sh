#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# analytics-cpk: each party encrypts its data with a key of its own, and only the agreed clean room gets it.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

cpk() { cr demo analytics-cpk --auto --json --quiet --engine sqlite "$@"; }
cr_cpk() { cr "$@" --scenario analytics-cpk; }

# Killed right after each key was made, again and again, in one collaboration: no key is made twice.
for point in dek:1 dek:1 dek:1 kek:1 wrapped:1 wrapped:2 kek:1 wrapped:1; do
  CLEANROOM_FAULT=kill@$point cpk 2>/dev/null
  is $? 137 "killed after ${point%:*}"
done
cpk
is $? 0 "started again, the scenario ends well"
is "$(json run.rows_read) $(json output.row_count) $(column_sum)" "13872 248 786" "the answer is the same as without encryption"

keys() { cr_cpk keys list --as "$1" --json; python3 -c 'import json,sys
print(" ".join(sorted(k["name"] for k in json.load(open(sys.argv[1])) if k["kind"] == "dek")))' "$work/out"; }
is "$(keys northwind)" "analytics-cpk-northwind-input" "northwind's keyring holds one data key"
is "$(keys woodgrove)" "analytics-cpk-woodgrove-input analytics-cpk-woodgrove-output" "woodgrove's holds two"

# What was published cannot be read from the disk of the storage service.
word=$(head -c 200 "$state/northwind/datasource/input/2025-09-01/"*.csv | tail -c 60)
grep -rlF -- "$word" "$state/northwind/datasource" >/dev/null
ok $? "the text is in the local file"
! grep -rqF -- "$word" "$state/sandbox/blobs"
ok $? "and in no blob of the storage service"
grep -q "CPK" "$state/northwind/private/datastores.config"
ok $? "the datastore says how it is encrypted"

# With the owner's token and with curl, but without the key.
cr env show --json
json trust >"$work/ca.pem"
cr sandbox status --json
identity=$(json endpoints.identity)
vault=$(json endpoints.vault)
token() { # SCOPE FILE
  python3 "$CLEANROOM_SRCDIR/tests/flow/call.py" sign-in --ca "$work/ca.pem" "$identity" "$1" access_token \
    "$cleanroom" identity approve CODE --as northwind --scenario analytics-cpk --state "$state" 2>"$work/err" >"$work/token"
  printf 'header = "Authorization: Bearer %s"\nheader = "x-ms-version: 2021-12-02"\n' "$(cat "$work/token")" >"$2"
}
get() { curl --silent --show-error --noproxy '*' --max-time 30 --cacert "$work/ca.pem" --output "$work/answer" --write-out '%{http_code}' "$@" 2>"$work/err"; }
if command -v curl >/dev/null; then
  token "https://storage.azure.com/.default" "$work/storage.curl"
  cr_cpk governance user-document show --id "$(cat "$state/public/analytics-cpk/northwind-input.dataset-id")" --as northwind --json
  python3 - "$work/out" >"$work/point" <<'PY'
import base64, json, sys
point = json.loads(json.load(open(sys.argv[1]))["data"])["datasetAccessPoint"]
protection = point["protection"]
secrets = protection["encryptionSecrets"]
print(point["store"]["provider"]["url"].rstrip("/") + "/" + point["store"]["name"])
print(json.loads(base64.b64decode(protection["configuration"]))["EncryptionMode"])
print(secrets["kek"]["secret"]["backingResource"]["provider"]["url"].rstrip("/"))
print(secrets["kek"]["name"])
print(secrets["dek"]["name"])
PY
  store=$(sed -n 1p "$work/point") url=$(sed -n 3p "$work/point") kek=$(sed -n 4p "$work/point") dek=$(sed -n 5p "$work/point")
  is "$(sed -n 2p "$work/point")" CPK "the dataset document says CPK"
  contains "$url" "$vault" "and names the owner's vault"
  file=2025-09-01/BrigitMurtaughTweets.csv
  is "$(get --config "$work/storage.curl" "$store/$file")" 409 "without the key its owner reads nothing either"
  contains "$(cat "$work/answer")" BlobUsesCustomerSpecifiedEncryption "and is told why"
  token "https://vault.azure.net/.default" "$work/vault.curl"
  is "$(get --config "$work/vault.curl" "$url/keys/$kek?api-version=7.4")" 200 "the key is in the vault"
  is "$(json key.d "$work/answer")" None "its private part is not shown"
  is "$(json attributes.exportable "$work/answer")" true "it can be released"
  contains "$(json release_policy.data "$work/answer" | python3 -c 'import base64, sys
text = sys.stdin.read().strip()
print(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())')" x-ms-sevsnpvm-hostdata "to a clean room with the agreed host data only"
  is "$(get --config "$work/vault.curl" "$url/secrets/$dek?api-version=7.4")" 200 "the wrapped data key is a secret"
  is "$(json value "$work/answer" | base64 -d | wc -c)" 256 "of 256 bytes"
  is "$(get --config "$work/vault.curl" --request POST --header 'Content-Type: application/json' \
    --data '{"target":"a.b.c","enc":"RSA_AES_KEY_WRAP_256"}' "$url/keys/$kek/release?api-version=7.4")" 403 "nobody else gets the key, its owner neither"
else
  skip "what curl sees" "curl is not here"
fi

# A role that takes a while, as in a cloud, is waited for, and the person is told so.
late() { "$cleanroom" "$@" --state "$work/late" >"$work/out" 2>"$work/err"; }
late sandbox start --role-delay-ms 1500
late demo analytics-cpk --auto --engine sqlite
is "$? $(grep -c 'failed' "$work/err")" "0 0" "with roles that take a while the scenario ends well"
contains "$(cat "$work/err")" "Waiting until the new role on the storage takes effect: 0 s of at most 11 s." "what is waited for is said"

# A key that was lost is not silently replaced while data encrypted with it is there.
if command -v secret-tool >/dev/null && [ -s "$state/keyring/bus" ]; then
  DBUS_SESSION_BUS_ADDRESS=$(cat "$state/keyring/bus") timeout 20 secret-tool clear \
    application cleanroom persona northwind kind dek name analytics-cpk-northwind-input
  is "$(keys northwind)" "" "the data key is taken out of the keyring"
  cr_cpk step run northwind an.user.publish --force --json
  [ $? -ne 0 ]; ok $? "publishing again is refused"
  contains "$(cat "$work/out" "$work/err")" "is not in the keyring" "and says what is missing and what follows"
  is "$(keys northwind)" "" "no new key was made"
else
  skip "a lost data key" "secret-tool is not here"
fi
plan
