#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# analytics-s3-sse: woodgrove keeps its data in S3 buckets and needs no Azure account.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

s3() { cr demo analytics-s3-sse --auto --json --quiet --engine sqlite "$@"; }

for point in aws-keys:1 aws-secret:1 downloaded:1; do
  CLEANROOM_FAULT=kill@$point s3 2>/dev/null
  is $? 137 "killed after ${point%:*}"
done
s3
is $? 0 "started again, the scenario ends well"
is "$(json run.rows_read) $(json output.row_count) $(column_sum)" "13872 248 786" "the answer is the same as with one cloud"

cr keys list --as woodgrove --scenario analytics-s3-sse --json
is "$(python3 -c 'import json,sys
print([k["name"] for k in json.load(open(sys.argv[1])) if k["kind"] == "aws-key"])' "$work/out")" "['default']" "woodgrove's keyring holds one key pair"
grep -rqE 'AKIA[A-Z0-9]{16}' "$state/woodgrove" "$state/public"
[ $? -ne 0 ]; ok $? "the key pair is in no file of woodgrove's"
cr governance user-document show --id "$(cat "$state/public/woodgrove-input.dataset-id")" --as woodgrove --scenario analytics-s3-sse --json
is "$(python3 -c 'import base64, json, sys
point = json.loads(json.load(open(sys.argv[1]))["data"])["datasetAccessPoint"]
secret = json.loads(base64.b64decode(point["store"]["provider"]["configuration"]))["secretId"]
print(point["store"]["type"], point["identity"], secret.endswith("_consumer-aws-config"))' "$work/out")" "Aws_S3 None True" \
  "the dataset document names the bucket and the secret, and no identity"
cr step run woodgrove an.wg.aws --scenario analytics-s3-sse --set access-key=AKIAAAAAAAAAAAAAAAAA --json --force
[ $? -ne 0 ]; ok $? "an access key without its secret is refused"
cr step run woodgrove an.wg.aws --scenario analytics-s3-sse --set access-key=AKIAAAAAAAAAAAAAAAAA \
  --set secret-key=0123456789012345678901234567890123456789 --json --force
[ $? -ne 0 ]; ok $? "a key pair that does not exist is refused"
is "$(json error.remoteCode)" InvalidAccessKeyId "and the storage says why"
cr keys list --as woodgrove --scenario analytics-s3-sse --json
contains "$(cat "$work/out")" aws-key "the good pair is still there"
plan
