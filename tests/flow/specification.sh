#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Secret stores, datastores and the clean room specification, made by hand with every command.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

cd "$work" || exit 1
unset CLEANROOM_DATASTORE_CONFIG_FILE CLEANROOM_SECRETSTORE_CONFIG_FILE
spec=spec.config
config() { local command=$1; shift; cr config $command --cleanroom-config "$spec" "$@"; }
as() { cr "$@" --as northwind --scenario analytics-s3-sse; }

# --- what needs no service ---
config init
is $? 0 "a specification is begun"
is "$(stat -c %a "$spec")" 600 "nobody else reads it"
cp "$spec" first
config init
cmp -s "$spec" first; ok $? "an existing one is left alone"
config "add-identity az-federated" --name nw --client-id 11111111-1111-1111-1111-111111111111 \
  --tenant-id 22222222-2222-2222-2222-222222222222 --issuer-url https://issuer.example --json
is "$(json tokenIssuer.federatedIdentity.name)" cleanroom_cgs_oidc "an identity is federated with the attested one"
config "add-identity oidc-attested" --name proved
is $? 0 "an attested identity"
config "add-identity az-secret" --name app --client-id a --tenant-id b --secret-name s --secret-store-url https://kv \
  --backing-identity nobody --json
is "$? $(json error.reason)" "1 BackingIdentityNotFound" "an identity that nothing backs is refused"
config "add-identity az-secret" --name app --client-id a --tenant-id b --secret-name s --secret-store-url https://kv \
  --backing-identity nw
is $? 0 "an identity by secret"
network() { cr config network "$@" --cleanroom-config "$spec"; }
network http enable --direction inbound
network http enable --direction outbound --policy registry.example/rules:1
network tcp enable --allowed-ips 10.0.0.4:5432 10.0.0.5:443
network dns enable --port 5353
config view --json
is "$(json network.tcp.outbound.allowedIPs.1.address) $(json network.dns.port)" "10.0.0.5 5353" "the network rules are there"
is "$(json network.http.outbound.policy.privacyPolicy.policy.documentType)" OCI "a policy is a document of a registry"
network http disable --direction outbound
network tcp disable
network dns disable
config view --json
is "$(json network.tcp) $(json network.dns) $(json network.http.outbound)" "None None None" "and gone again"
digest=$(printf 'a%.0s' {1..64})
config add-application --name score --image "registry.example/score@sha256:$digest" --command-line "python3 '/app/a b.py'" \
  --datasources in=/mnt/in sealed=/mnt/sealed --datasinks out=/mnt/out --env-vars MODE=quick EMPTY --ports 8200 \
  --cpu 0.5 --memory 4 --auto-start --json
is "$(json command.1) $(json datasources.sealed) $(json environmentVariables.EMPTY) $(json startType)" \
  "/app/a b.py /mnt/sealed  Auto" "an application"
config validate --json
is "$? $(json valid) $(json errors)" "1 false 3" "what it mounts is not there yet: refused"
contains "$(cat "$work/err")" "$spec:" "with file and line"
contains "$(cat "$work/err")" "applications[0].datasources.sealed" "and field"
sed 's/startType: Auto/startType: Often/' "$spec" >broken.config
cr config view --cleanroom-config broken.config
is $? 1 "a wrong word is refused"
contains "$(cat "$work/err")" "broken.config:$(grep -n Often broken.config | cut -d: -f1): applications[0].startType: 'Often'" \
  "at its line"
cr config view --cleanroom-config nothing.config
is $? 6 "a file that is not there"
cr secretstore list --config none.yaml --json
is "$(json 'value#')" 0 "no secret stores yet"

# --- a collaboration to work in ---
cr demo analytics-s3-sse --auto --json --quiet --engine sqlite
is $? 0 "a collaboration with a contract and its policy"

as secretstore list --json
is "$(json 'value#')" 3 "northwind has three secret stores"
as secretstore add --name folder --backingstore-type Local_File --backingstore-path keys --json
is "$(json storeProviderUrl)" keys "one in a folder, where that is asked for"
as secretstore add --name ring --backingstore-type Local_File --json
is "$(json storeProviderUrl)" keyring:northwind "one in the keyring"
as secretstore add --name vault --backingstore-type azure_keyvault_managed_hsm --json
is "$(json secretStoreType) $(json supportedSecretTypes.0)" "Azure_KeyVault_Managed_HSM Key" "one that releases keys"
as secretstore get --name none --json
is "$? $(json error.reason)" "6 SecretStoreNotFound" "one that is not there"
is "$(json error.remoteCode)" None "and nobody else has said so"
as secretstore get --name none
is "$? $(grep -c 'the other side said' "$work/err")" "6 0" "nor does the message claim it"

# --- datastores ---
store() { as datastore add --backingstore-type Azure_BlobStorage --name "$@" --json; }
store plain
is "$(json encryptionMode) $(json storeName)" "SSE plain" "a datastore that the service encrypts"
store own --encryption-mode CPK --schema-format csv --schema-fields "day:date, who:string"
is "$(json encryptionMode) $(json secretstore_name) $(json datasetSchema.fields.1.fieldType)" "CPK northwind-local-store string" \
  "one with a key of its own, in the keyring"
store sealed --encryption-mode CSE --secretstore folder
is "$(stat -c '%a %s' keys/sealed.bin)" "600 32" "one that is encrypted here, its key in the folder"
store kept --encryption-mode CPK --secretstore northwind-dek-store
is $? 0 "one with its key in the vault"
before=$(sha256sum keys/sealed.bin)
store sealed --encryption-mode SSE
is "$(json encryptionMode) $(sha256sum keys/sealed.bin)" "CSE $before" "added again, nothing changes"
store Bad_Name
is $? 1 "a container name that cannot be"
as datastore add --name b --backingstore-type Aws_S3 --encryption-mode CPK --json
is $? 2 "a bucket with a key of its own"
as datastore list --json
is "$(json 'value#')" 5 "the list has them all"

mkdir -p src/2025-09-01/deep
word="a line that nobody else may read"
yes "$word" | head -n 3000 >src/2025-09-01/a.csv
head -c 3000001 /dev/urandom >"src/2025-09-01/deep/b c#%.bin"
: >src/empty
for name in plain own sealed kept; do
  as datastore upload --name $name --src src --block-size 1 --json
  is "$? $(json files) $(json moved)" "0 3 3" "$name: uploaded"
  as datastore upload --name $name --src src --block-size 1 --json
  is "$(json moved)" 0 "$name: what is there is left alone"
  as datastore download --name $name --dst got --block-size 1 --verify --json
  diff -r src got/$name >/dev/null; ok $? "$name: comes back as it was"
done
grep -rqF -- "$word" "$state/sandbox/blobs/"; ok $? "the storage has the plain text of what it encrypts itself"
rm -r got/plain
as datastore download --name plain --dst got --subdirectory 2025-09-01/deep --json
is "$(json files) $(ls got/plain)" "1 b c#%.bin" "a part of it"

# The same container without its key.
python3 - "$state/northwind/private/datastores.config" >wrong.yaml <<'PY'
import re, sys
text = open(sys.argv[1]).read()
entry = next(e for e in re.split(r"(?m)^(?=- )", text) if "name: own\n" in e)
print("datastores:\n" + entry.replace("encryptionMode: CPK", "encryptionMode: SSE"))
PY
as datastore download --config wrong.yaml --name own --dst wrong --json
[ $? -ne 0 ]; ok $? "without its key the service gives nothing"
is "$(find wrong -type f | wc -l)" 0 "and nothing is written"
as datastore add --config lost.yaml --name own --backingstore-type Azure_BlobStorage --encryption-mode CPK --secretstore folder --json
is $? 1 "no new key is made for a container that holds data"
[ ! -e keys/own.bin ]; ok $? "there is none"

# Client-side encryption by hand.
as datastore download --name sealed --dst raw --as-is
! grep -qF -- "$word" raw/sealed/2025-09-01/a.csv; ok $? "what lies there is encrypted"
as datastore decrypt --name sealed --src raw/sealed --dst plain --block-size 1
diff -r src plain/sealed/sealed >/dev/null; ok $? "and can be decrypted here"
as datastore upload --name sealed --src raw/sealed --block-size 1
is $? 1 "encrypted files are not encrypted twice"
as datastore encrypt --name sealed --src src --dst closed --block-size 1
as datastore upload --name sealed --src closed --as-is --subdirectory again
as datastore download --name sealed --dst again --subdirectory again --block-size 1
diff -r src again/sealed >/dev/null; ok $? "encrypted here, uploaded as it is, it comes back decrypted"
as datastore decrypt --name own --src src --dst x
is $? 1 "files of another mode are not decrypted here"
printf 'x' >>"raw/sealed/2025-09-01/a.csv"
as datastore decrypt --name sealed --src raw/sealed --dst torn --block-size 1
is "$? $(find torn -name a.csv)" "1 " "a damaged file is refused, and nothing of it appears"

# A bucket.
wg() { cr "$@" --as woodgrove --scenario analytics-s3-sse; }
wg datastore list --json
bucket=$(json value.0.storeName)-more
wg datastore add --name more --backingstore-type Aws_S3 --container-name "$bucket" --aws-config-cgs-secret-id id_consumer --create-bucket --json
is "$? $(json storeProviderConfiguration | base64 -d)" '0 {"secretId":"id_consumer"}' "a bucket"
wg datastore upload --name more --src src
wg datastore download --name more --dst got
diff -r src got/more >/dev/null; ok $? "there and back"

# --- the specification again, with data ---
keys="--dek-secret-store northwind-dek-store --kek-secret-store northwind-kek-store"
access() { as config "$1" --cleanroom-config "$spec" --identity nw "${@:2}"; }
# shellcheck disable=SC2086
{
  access add-datasource --datastore-name own --name in $keys
  is $? 0 "a datasource"
  access add-datasource --datastore-name sealed $keys
  access add-datasink --datastore-name plain --name out --subdirectory results
  is $? 0 "a datasink"
  access add-datasource --datastore-name plain --subdirectory 2025/../.. --json
  is "$? $(json error.code)" "2 usage" "nothing outside of a container is one of its folders"
  access add-datasource --datastore-name own --json
  is "$? $(json error.reason)" "1 SecretStoreNotFound" "without the stores of its keys it is refused"
  as config set-logging --cleanroom-config "$spec" --encryption-mode CPK --identity nw $keys
  is $? 0 "logs go to a place of their own"
}
as config set-telemetry --cleanroom-config "$spec" --encryption-mode SSE --identity nw
config view --json
is "$(json governance.telemetry.infrastructure.traces.name) $(json governance.telemetry.application.logs.name)" \
  "infrastructure-telemetry application-telemetry" "governance says where"

# What a clean room would write there comes back: whatever the mode, with nothing but the specification.
cp "$spec" sealed.config
# shellcheck disable=SC2086
as config set-logging --cleanroom-config sealed.config --encryption-mode CSE --identity nw $keys
mkdir -p written/2025-09-01
printf 'it ran\n' >written/2025-09-01/app.log
printf '{"spans": []}\n' >written/traces.json
for from in "logs $spec" "telemetry $spec" "logs sealed.config"; do
  read -r kind file <<<"$from"
  sink=$([ "$kind" = logs ] && echo application-telemetry || echo infrastructure-telemetry)
  place=$(cr config view --cleanroom-config "$file" --json; python3 -c 'import json, sys
print(next(p["store"]["id"] for p in json.load(open(sys.argv[1]))["datasinks"] if p["name"] == sys.argv[2]))' "$work/out" "$sink")
  as datastore upload --name "$place" --src written
  as "$kind" download --cleanroom-config "$file" --target-folder back --json
  is "$? $(json files)" "0 2" "$kind of $file are downloaded"
  diff -r written "back/$place" >/dev/null
  ok $? "and are what was written"
done
as logs download --cleanroom-config sealed.config --target-folder raw --as-is
cmp -s written/traces.json "raw/$place/traces.json"
[ $? -ne 0 ]; ok $? "as they are they cannot be read"
as logs decrypt --cleanroom-config sealed.config --source-path "raw/$place" --destination-path plain
is $? 0 "until they are decrypted"
diff -r written "plain/$place"/* >/dev/null
ok $? "and say what was written"
as logs download --cleanroom-config none.config --target-folder back
is $? 6 "without a specification nothing is known"
cr config init --cleanroom-config silent.config
as telemetry download --cleanroom-config silent.config --target-folder back --json
is "$? $(json error.code)" "6 not-found" "nor with one that has no such place"
contains "$(cat "$work/err" "$work/out")" "no datasink infrastructure-telemetry" "which is said"
config validate --json
is "$? $(json valid)" "0 true" "now it is valid"
contains "$(cat "$work/err")" "everybody may call in" "an open door is warned about"
config validate --datastore-config "$state/northwind/private/datastores.config" \
  --secretstore-config "$state/northwind/private/secretstores.config"
is $? 0 "together with the files of stores too"
config validate --datastore-config wrong.yaml --json
is "$? $(json errors)" "1 4" "against another file of datastores it is not"
config validate --strict
is $? 1 "which --strict refuses"
if command -v msgfmt >/dev/null; then
  mkdir -p locale/de/LC_MESSAGES
  printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "%s"\nmsgstr "%s"\n' \
    "everybody may call in: there is no policy." "jeder darf herein." >de.po
  msgfmt --output-file=locale/de/LC_MESSAGES/cleanroom.mo de.po
  german() { LANGUAGE=de CLEANROOM_LOCALE_DIR=$PWD/locale config validate "$@"; }
  german
  contains "$(cat "$work/out" "$work/err")" "jeder darf herein." "findings are told in the language of the person"
  german --json
  contains "$(cat "$work/out")" "everybody may call in" "and to programs always in the same words"
else
  skip "findings in another language" "no msgfmt here"
fi

cr config init --cleanroom-config other.config
cr config network dns enable --cleanroom-config other.config
config view --configs other.config --out-file all.config --no-print
is "$(wc -c <"$work/out")" 0 "two specifications are merged without printing"
cr config view --cleanroom-config all.config --json
is "$(json network.dns.port) $(json datasources.0.name)" "53 in" "the whole has both"
cr config network dns enable --port 54 --cleanroom-config other.config
cr config view --cleanroom-config all.config --configs other.config
is $? 1 "two that contradict each other"
contains "$(cat "$work/err")" "network.dns.port is 54 here and 53" "are refused with the place and both values"

as config wrap-deks --cleanroom-config "$spec" --json
is "$? $(json 'keks#') $(json keks.0.made) $(json 'deks#')" "0 1 true 3" "one key wraps the keys of all the data"
kek=$(json keks.0.name) secret=$(json deks.0.secret) vault=$(json deks.0.vault)
as config wrap-deks --cleanroom-config "$spec" --json
is "$(json keks.0.made)" false "done again, it is the same key"
as config create-kek --cleanroom-config "$spec" --json
is "$(json keks.0.made) $(json 'deks#')" "false 0" "and create-kek finds it"
as config wrap-deks --cleanroom-config "$spec" --contract-id nobodys --json
is "$? $(json error.remoteCode)" "6 ContractNotFound" "for a contract that is not there nothing is waited for"
as config wrap-deks --cleanroom-config "$spec" --existing-kek --json
is $? 0 "so does wrapping with what is there"
printf 'pass\n' >password
as config wrap-secret --cleanroom-config "$spec" --name password --value-file password --kek-secretstore-name northwind-kek-store --json
is "$(json kid) $(json kek.akvEndpoint)" "password $vault" "any other secret"
[ "$(json kek.kid)" != "$kek" ]; ok $? "has a key of its own"
if command -v curl >/dev/null; then
  cr env show --json
  json trust >ca.pem
  cr sandbox status --json
  python3 "$CLEANROOM_SRCDIR/tests/flow/call.py" sign-in --ca ca.pem "$(json endpoints.identity)" "https://vault.azure.net/.default" \
    access_token "$cleanroom" identity approve CODE --as northwind --scenario analytics-s3-sse --state "$state" 2>"$work/err" >token
  printf 'header = "Authorization: Bearer %s"\n' "$(cat token)" >vault.curl
  for name in "$secret" password; do
    curl --silent --noproxy '*' --max-time 30 --cacert ca.pem --config vault.curl "${vault}secrets/$name?api-version=7.4" >answer
    is "$(json value answer | base64 -d | wc -c)" 256 "$name is in the vault, wrapped"
  done
else
  skip "what lies in the vault" "curl is not here"
fi
plan
