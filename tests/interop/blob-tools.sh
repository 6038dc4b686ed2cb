#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The sandbox's blob service under az, rclone and curl, which nobody here wrote: Shared Key and SAS, the account in
# the path and in the name of the host.
. "${CLEANROOM_SRCDIR:?}/tests/interop/sandbox.sh"

person azure interopsa1
is $? 0 "there is a storage account with keys"
person azure interopsa2 keys-off
is $? 0 "and one whose keys are switched off"
url=$blob_endpoint/interopsa1
ours() { t blob "$url" "$ca" "token:$work/interopsa1.token" "$@"; }
make_tree "$work/tree"
random_file "$work/tree/forty.bin" 40
names() { (cd "$1" && find . -type f -printf "$2%P\n" | LC_ALL=C sort); } # FOLDER PREFIX

# --- az ---
if want_deb az_program az azure-cli; then
  export AZURE_CONFIG_DIR=$work/az AZURE_CORE_COLLECT_TELEMETRY=false AZURE_CORE_NO_COLOR=true
  # az takes keys as arguments or from the environment; the latter is the lesser evil.
  connect() { # ACCOUNT KEY-FILE
    AZURE_STORAGE_CONNECTION_STRING="DefaultEndpointsProtocol=https;AccountName=$1;AccountKey=$(cat "$2");BlobEndpoint=$blob_endpoint/$1"
    export AZURE_STORAGE_CONNECTION_STRING
  }
  az() { REQUESTS_CA_BUNDLE=$ca timeout 120 "$az_program" storage "$@" >"$work/out" 2>"$work/err"; }
  connect interopsa1 "$work/interopsa1.key"

  az container create --name from-az
  is $? 0 "az makes a container with the account key"
  az blob upload-batch --destination from-az --destination-path up --source "$work/tree" --no-progress --max-connections 2
  is $? 0 "az uploads a folder"
  ours from-az get "$work/az-here" up/
  is $? 0 "we download what az uploaded"
  same_tree "$work/tree" "$work/az-here"
  ok $? "it is the same: sizes 0, 1, 5 MiB, 40 MiB and every name"
  ours to-az create
  ours to-az put "$work/tree" up/
  is $? 0 "we upload a folder"
  mkdir "$work/az-back"
  az blob download-batch --destination "$work/az-back" --source to-az --pattern 'up/*' --no-progress
  is $? 0 "az downloads what we uploaded"
  same_tree "$work/tree" "$work/az-back/up"
  ok $? "it is the same"
  az blob list --container-name to-az --query '[].name' --output tsv
  is "$(LC_ALL=C sort "$work/out")" "$(names "$work/tree" up/)" "az lists every name"

  later=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%MZ)
  # Programs that only start take most of the time: those that do not wait for each other run side by side.
  side() { # NAME WORD...: output in NAME.sas, NAME.err
    REQUESTS_CA_BUNDLE=$ca timeout 120 "$az_program" storage "${@:2}" >"$work/$1.sas" 2>"$work/$1.err" &
    sides+=($!)
  }
  sides=()
  side read container generate-sas --name from-az --permissions rl --expiry "$later" --https-only --output tsv
  side write account generate-sas --services b --resource-types co --permissions cwl --expiry "$later" --output tsv
  side old container generate-sas --name from-az --permissions rl --expiry 2020-01-01 --output tsv
  connect interopsa1 "$work/interopsa1.key2"
  side second container exists --name from-az --output tsv
  head -c 64 /dev/urandom | base64 -w0 >"$work/other.key"
  connect interopsa1 "$work/other.key"
  side wrong container exists --name from-az
  connect interopsa2 "$work/interopsa2.key"
  side off container exists --name from-az
  unset AZURE_STORAGE_CONNECTION_STRING
  wait "${sides[@]}"
  t blob "$url" "$ca" "sas:$work/read.sas" from-az get "$work/sas-here" up/
  is $? 0 "with a SAS that az made for reading we read"
  same_tree "$work/tree" "$work/sas-here"
  ok $? "it is the same"
  t blob "$url" "$ca" "sas:$work/read.sas" from-az put "$work/tree/one" new
  contains "$(cat "$work/err")" "403 AuthorizationPermissionMismatch" "but do not write"
  t blob "$url" "$ca" "sas:$work/read.sas" to-az list
  contains "$(cat "$work/err")" "403 AuthenticationFailed" "nor see another container"
  t blob "$url" "$ca" "sas:$work/old.sas" from-az list
  contains "$(cat "$work/err")" "403 AuthenticationFailed" "one that is over is refused"
  sed 's/sp=rl/sp=rwl/' "$work/read.sas" >"$work/forged.sas"
  t blob "$url" "$ca" "sas:$work/forged.sas" from-az put "$work/tree/one" new
  contains "$(cat "$work/err")" "403 AuthenticationFailed" "so is one that was changed"
  t blob "$url" "$ca" "sas:$work/write.sas" from-az put "$work/tree/five.bin" new
  is $? 0 "with a SAS of the account for writing we write"
  curl --silent --noproxy '*' --cacert "$ca" --output "$work/one.back" "$url/from-az/up/one?$(cat "$work/read.sas")"
  cmp -s "$work/one.back" "$work/tree/one"
  ok $? "curl reads with the SAS in the address alone"

  is "$(cat "$work/second.sas")" True "the second key is as good as the first"
  contains "$(cat "$work/wrong.err")" "Authentication failure" "az with another key is refused"
  contains "$(cat "$work/off.err")" KeyBasedAuthenticationNotPermitted "so is az where keys are switched off"
else
  skip "az against the blob service" "$reason"
fi

# --- rclone ---
if want_deb rclone rclone rclone; then
  # The usual form puts the account into the name of the host; a proxy knows where that is.
  (
    umask 077
    printf '[blob]\ntype = azureblob\naccount = interopsa1\nkey = %s\nendpoint = blob.localhost:%s\n' \
      "$(cat "$work/interopsa1.key")" "${blob_endpoint##*:}" >"$work/rclone.conf"
  )
  rc() { HTTPS_PROXY=$proxy timeout 120 "$rclone" --config "$work/rclone.conf" --ca-cert "$ca" --retries 1 --low-level-retries 2 "$@" >"$work/out" 2>"$work/err"; }
  rc copy "$work/tree" blob:from-rclone/up --azureblob-chunk-size 4M
  is $? 0 "rclone uploads a folder, in blocks of 4 MiB, to account.blob.localhost"
  rc check "$work/tree" blob:from-rclone/up
  is $? 0 "rclone finds no difference"
  ours from-rclone get "$work/rclone-here" up/
  is $? 0 "we download what rclone uploaded"
  same_tree "$work/tree" "$work/rclone-here"
  ok $? "it is the same"
  ours to-rclone create
  ours to-rclone put "$work/tree" up/
  is $? 0 "we upload a folder"
  rc copy blob:to-rclone/up "$work/rclone-back"
  is $? 0 "rclone downloads what we uploaded"
  same_tree "$work/tree" "$work/rclone-back"
  ok $? "it is the same"
  rc cat blob:from-rclone/up/forty.bin --offset 5000000 --count 6000000
  cmp -s "$work/out" <(tail -c +5000001 "$work/tree/forty.bin" | head -c 6000000)
  ok $? "rclone reads a part across blocks"
  touch -d 2001-02-03 "$work/tree/one"
  rc copy "$work/tree" blob:from-rclone/up
  is $? 0 "rclone sets the time of a file that only that changed"
  rc lsl blob:from-rclone/up/one
  contains "$(cat "$work/out")" 2001-02-03 "it is kept"

  make_many "$work/many"
  ours many create
  ours many put "$work/many" x/
  is $? 0 "we upload 2,500 files"
  rc lsf -R --files-only --azureblob-list-chunk 700 blob:many/x
  is "$(LC_ALL=C sort "$work/out" | sha256sum)" "$(names "$work/many" '' | sha256sum)" "rclone lists them in pages of 700"
  rc lsf --dirs-only --azureblob-list-chunk 2 blob:many/x
  is "$(wc -l <"$work/out")" 5 "and their five folders in pages of 2"
  rc size blob:many
  contains "$(cat "$work/out")" "2.500k (2500)" "it counts them"
  rc purge blob:many
  is $? 0 "rclone removes them with the container"
  ours many list
  contains "$(cat "$work/err")" "404 ContainerNotFound" "they are gone"
else
  skip "rclone against the blob service" "$reason"
fi
plan
