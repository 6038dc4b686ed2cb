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
cr governance user-document show --id "$(cat "$state/public/analytics-s3-sse/woodgrove-input.dataset-id")" --as woodgrove --scenario analytics-s3-sse --json
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

# --- key pairs from the files of the AWS tools, and a bucket of somebody else ---
mkdir "$work/aws"
export AWS_SHARED_CREDENTIALS_FILE=$work/aws/credentials AWS_CONFIG_FILE=$work/aws/config
python3 - "$state/environment.yaml" "$work/aws" <<'PY'
import json, re, ssl, sys, urllib.request
url = re.search(r"^  s3: (\S+)", open(sys.argv[1]).read(), re.M).group(1)
request = urllib.request.Request(url + "/local/users", json.dumps({"name": "other"}).encode(), {"content-type": "application/json"})
pair = json.load(urllib.request.urlopen(request, context=ssl._create_unverified_context()))
keys = "aws_access_key_id = %s\naws_secret_access_key=%s\n" % (pair["accessKeyId"], pair["secretAccessKey"])
open(sys.argv[2] + "/credentials", "w").write("[default]\naws_access_key_id = A\n; old\n[night]\n" + keys + "aws_session_token = x\n")
open(sys.argv[2] + "/config", "w").write("[profile other]\n" + keys + "[profile role]\nrole_arn = arn:aws:iam::1:role/x\n")
open(sys.argv[2] + "/secret", "w").write(pair["secretAccessKey"] + "\n")
open(sys.argv[2] + "/id", "w").write(pair["accessKeyId"])
PY
aws() { cr step run woodgrove an.wg.aws --scenario analytics-s3-sse --force --json "$@"; }
for profile in night role default nobody; do
  aws --set profile=$profile
  [ $? -ne 0 ]
  ok $? "the profile $profile cannot be used"
done
contains "$(cat "$work/err")" "only: default, night, other, role" "the profiles that are there are named"
aws --set profile=other
is $? 0 "a profile of the configuration file is taken"
aws --set access-key="$(cat "$work/aws/id")" --set secret-key=- <"$work/aws/secret"
is "$? $(grep -c 'command line' "$work/err")" "0 0" "a secret comes from standard input"
aws --set access-key="$(cat "$work/aws/id")" --set secret-key=@"$work/aws/secret"
is $? 0 "or from a file"
cr step run woodgrove an.wg.aws --scenario analytics-s3-sse --set profile=other
contains "$? $(cat "$work/err")" "--force does it again" "what is given for a step that is done is not passed by in silence"
publish() { cr step run woodgrove an.user.publish --scenario analytics-s3-sse --json "$@" </dev/null; }
publish --force
is "$? $(json error.remoteCode)" "5 BucketAlreadyExists" "a bucket of somebody else is refused"
publish
publish
is "$? $(json error.remoteCode)" "5 None" "then new buckets are made, and what is registered is not changed"
publish --again
is "$?" 0 "publishing anew registers the new buckets"
cr demo analytics-s3-sse --auto --json --quiet --engine sqlite
is "$? $(json output.row_count) $(column_sum)" "0 248 786" "and the clean room reads them with the new key pair"

# --- regions ---
bucket() { cr datastore "$@" --name far --as woodgrove --scenario analytics-s3-sse --json; }
AWS_REGION=eu-central-1 bucket add --backingstore-type Aws_S3 --aws-config-cgs-secret-id any --container-name far-away --create-bucket
is $? 0 "a bucket is made in the region of AWS_REGION"
printf 'text\n' >"$work/text.csv"
printf '[default]\nregion = us-east-1\n' >"$AWS_CONFIG_FILE"
for region in eu-central-1 us-east-1 us-west-1 ""; do
  AWS_REGION=$region bucket upload --src "$work/text.csv" --subdirectory "from-$region" --verify
  is "$? $(json moved)" "0 1" "it is found from ${region:-the region of the profile}"
done
bucket download --dst "$work/far"
is "$? $(json files)" "0 4" "and all of it is there"
bucket download --dst "$work/far" --subdirectory From-us-west-1
is "$? $(json error.code)" "6 not-found" "a folder that is not there is no success"
AWS_REGION=no/where bucket download --dst "$work/far"
is "$? $(json error.code)" "1 input" "what cannot be a region is refused"
plan
