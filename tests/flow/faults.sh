#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Data on its way through a proxy that lets things go wrong: every fault ends in the same content on the other side,
# or in words that say what happened, and the same command then does the rest.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

command -v openssl >/dev/null || skip_all "openssl is not here"
: >"$work/rules"
: >"$work/log"
n=0
approve() {
  for _ in $(seq 200); do
    local code
    code=$(sed -n 's/^ *enter \([A-Z0-9-]*\)$/\1/p' "$work/err" 2>/dev/null)
    [ -z "$code" ] || { "$cleanroom" identity approve "$code" --as "$1" "${@:2}" --state "$state" >/dev/null 2>&1; return; }
    sleep 0.05
  done
}
# A text of the last answer; python takes longer to start than most of these calls take.
text() { sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" "$work/out"; }
number() { sed -n "s/^ *\"$1\": \([0-9]*\),\{0,1\}\$/\1/p" "$work/out"; }
run() { timeout 60 "$cleanroom" "$@" --own-keyring --json --state "$state" >"$work/out" 2>"$work/err"; }
store() { run datastore "$@" --as northwind; }
rules() { printf '%s' "$1" >"$work/rules.new" && mv "$work/rules.new" "$work/rules"; }
one() { rules "[{\"to\": \"blob\", $1}]"; }
applied() { grep -c " $1\$" "$work/log"; }
# A fresh file of $1 bytes in $work/src/$2.
fill() { head -c "$1" /dev/urandom >"$work/src/$2"; }
fresh() { n=$((n + 1)); part=part-$n; rm -rf "$work/src" "$work/got"; mkdir -p "$work/src"; : >"$work/log"; }
part=first
up() { store upload --name "$1" --src "$work/src" --subdirectory "$part"; }
down() { store download --name "$1" --dst "$work/got" --subdirectory "$part"; }
fetch() { # DATASTORE: what is there of this part, without any fault
  rules '[]'
  rm -rf "$work/got"
  down "$1"
}
arrived() { # DATASTORE TEXT: every file in $work/src is there with the same content
  fetch "$1"
  local good=$? file
  while IFS= read -r -d '' file; do cmp -s "$work/src/$file" "$work/got/$1/$file" || good=1; done \
    < <(cd "$work/src" && find . -type f -print0)
  ok $good "$2"
}
absent() { # NAME TEXT: no file of that name is there
  fetch plain
  [ ! -e "$work/got/plain/$1" ]
  ok $? "$2"
}
# What an error says: something happened, and something can be done.
named() { # TEXT NAME
  contains "$(text message)" "$1" "$2: it says what happened"
  [ -n "$(text message)" ] && [ -n "$(text next)" ]
  ok $? "$2: and what to do"
}

"$cleanroom" sandbox start --state "$state" >/dev/null 2>"$work/err"
: >"$work/err"
approve northwind &
run step run northwind env.start
is $? 0 "signed in"
wait
run step run northwind env.init
is $? 0 "an account of one's own"
cr sandbox status --json
blob=$(json endpoints.blob) s3=$(json endpoints.s3) management=$(json endpoints.management)
pki=$state/sandbox
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" -subj /CN=proxy -out "$work/req.pem" 2>/dev/null
openssl x509 -req -in "$work/req.pem" -CA "$pki/ca.pem" -CAkey "$pki/ca-key.pem" -days 1 -out "$work/cert.pem" \
  -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n') 2>/dev/null
ok $? "a certificate for the proxy"
mkfifo "$work/hold"
python3 "$CLEANROOM_SRCDIR/tests/flow/fault-proxy.py" --cert "$work/cert.pem" --key "$work/key.pem" --ca "$pki/ca.pem" \
  --rules "$work/rules" --log "$work/log" "blob=0:${blob##*:}" "s3=0:${s3##*:}" "management=0:${management##*:}" trap=0 <"$work/hold" >"$work/ports" 2>"$work/proxy.err" &
exec 9>"$work/hold"
for _ in $(seq 100); do [ ! -s "$work/ports" ] || break; sleep 0.05; done
port() { tr ' ' '\n' <"$work/ports" | sed -n "s/^$1=//p"; }
config=$state/northwind/private/datastores.config
for mode in SSE:plain CPK:mine CSE:sealed; do
  store add --name "${mode#*:}" --container-name "faults-${mode#*:}" --backingstore-type Azure_BlobStorage --encryption-mode "${mode%:*}"
  is $? 0 "a datastore with ${mode%:*}"
done
sed -i "s|$blob/|https://127.0.0.1:$(port blob)/|" "$config"

# Without any fault.
fresh
mkdir -p "$work/src/a b/ü" "$work/src/100%"
fill 20000000 big.bin
fill 1000 "a b/ü/#1 %41+&?.csv"
fill 5 "100%/quo'te\".txt"
: >"$work/src/empty.csv"
for name in plain mine sealed; do
  up "$name"
  is "$? $(number files) $(number moved)" "0 4 4" "$name: files with odd names and an empty one go up"
  arrived "$name" "$name: and come back the same"
done
up plain
is "$? $(number moved)" "0 0" "the second time nothing is sent"
is "$(applied nothing)" "$(wc -l <"$work/log")" "all of it went through the proxy"

# Faults after which the same call goes on by itself.
survive() { # WHAT RULE
  fresh
  fill 9500000 "survive-$n.bin"
  one "$2"
  up "${3:-plain}"
  local result=$?
  grep -qv ' nothing$' "$work/log" || result="without the fault"
  is "$result" 0 "$1: the upload ends well"
  arrived "${3:-plain}" "$1: the content is the same"
}
survive "cut in the middle of a block" '"method": "PUT", "path": "comp=block&", "times": 2, "do": "cut-up", "at": 100000'
survive "cut before the answer" '"method": "PUT", "path": "comp=blocklist", "do": "cut-down"'
survive "429 with Retry-After" '"method": "PUT", "path": "comp=block&", "do": "status", "status": 429, "headers": {"Retry-After": "1"}'
survive "500" '"method": "PUT", "path": "comp=block&", "do": "status", "status": 500, "code": "InternalError"'
survive "503 for all blocks at once" '"method": "PUT", "path": "comp=block&", "times": 3, "do": "status", "status": 503'
survive "a byte that turned over" '"method": "PUT", "path": "comp=block&", "do": "corrupt-up", "at": 1000000'
survive "a checksum that is wrong" '"method": "PUT", "path": "comp=block&", "do": "header-up", "name": "x-ms-content-crc64", "value": "AAAAAAAAAAA="'
survive "a token that ran out in the middle" '"method": "PUT", "path": "comp=block&", "skip": 1, "do": "status", "status": 401, "code": "InvalidAuthenticationInfo"'
survive "cut with a key of one's own" '"method": "PUT", "path": "comp=block&", "do": "cut-up", "at": 1000000' mine
survive "a byte that turned over with client-side encryption" '"method": "PUT", "path": "bin", "do": "corrupt-up", "at": 77' sealed

# The same on the way back.
fresh
fill 9500000 down.bin
rules '[]'
up plain
up sealed
back() { # WHAT RULE [DATASTORE]
  rm -rf "$work/got"
  one "\"method\": \"GET\", \"path\": \"down.bin\", $2"
  down "${3:-plain}"
  is $? 0 "$1: the download ends well"
  cmp -s "$work/src/down.bin" "$work/got/${3:-plain}/down.bin"
  ok $? "$1: the content is the same"
}
back "cut" '"times": 2, "do": "cut-down", "at": 300000'
back "503" '"do": "status", "status": 503'
back "a turned bit" '"do": "corrupt-down", "at": 12345'
back "a length that promises more" '"do": "length-down", "by": 10'

rm -rf "$work/got"
one '"method": "GET", "path": "down.bin", "do": "corrupt-down", "at": 12345'
down sealed
[ $? -ne 0 ] && [ ! -e "$work/got/sealed/down.bin" ]
ok $? "a turned bit with client-side encryption: refused, nothing is written"
named "" "a turned bit with client-side encryption"
down sealed
cmp -s "$work/src/down.bin" "$work/got/sealed/down.bin"
ok $? "a turned bit with client-side encryption: the same command then gets it"

# Faults that need somebody.
refused() { # WHAT RULE TEXT
  fresh
  fill 9000000 "refused-$n.bin"
  one "$2"
  up plain
  [ $? -ne 0 ]; ok $? "$1: refused"
  named "$3" "$1"
  absent "refused-$n.bin" "$1: nothing half of it is there"
  up plain
  is $? 0 "$1: the same command then does it"
  arrived plain "$1: and the content is the same"
}
refused "a redirect" "\"times\": 0, \"method\": \"PUT\", \"do\": \"status\", \"status\": 307, \"headers\": {\"Location\": \"https://127.0.0.1:$(port trap)/x\"}" ""
is "$(grep -c '^trap' "$work/log")" 0 "nobody followed the redirect with a token"
refused "no permission" '"times": 0, "method": "PUT", "do": "status", "status": 403, "code": "AuthorizationFailure"' ""
refused "throttled for an hour" '"times": 0, "method": "PUT", "do": "status", "status": 429, "headers": {"Retry-After": "3600"}' ""
rm -rf "$work/got"
one '"method": "GET", "path": "refused-'$n'", "times": 0, "do": "corrupt-down", "at": 5000'
down plain
[ $? -ne 0 ]; ok $? "wrong content again and again: the download ends"
named "refused-$n" "wrong content"
[ ! -e "$work/got/plain/refused-$n.bin" ]
ok $? "and no file of that name is there"

# A key that is not the one of the data.
fresh
fill 1000 secret.csv
up mine
one '"to": "blob", "path": "secret.csv", "times": 0, "do": "header-up", "name": "x-ms-encryption-key-sha256", "value": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="'
rm -rf "$work/got"
down mine
[ $? -ne 0 ]; ok $? "a digest that is not the key's is refused"
named "" "another key"
[ ! -e "$work/got/mine/secret.csv" ]; ok $? "nothing was written"

# Full disk, unreadable file.
fetch plain
rm -rf "$work/got"
CLEANROOM_FAULT=enospc:1 down plain
[ $? -ne 0 ]; ok $? "full disk: the download ends"
named "" "full disk"
[ -z "$(find "$work/got" -name '*.bin' 2>/dev/null)" ]
ok $? "full disk: no file is half there"
if [ "$(id -u)" -ne 0 ]; then
  fresh
  fill 10 open.csv
  fill 10 shut.csv
  chmod 0 "$work/src/shut.csv"
  up plain
  [ $? -ne 0 ]; ok $? "an unreadable file is refused"
  named shut.csv "unreadable file"
  chmod 600 "$work/src/shut.csv"
else
  skip "an unreadable file" "root reads everything"
fi

# Killed in the middle: what arrived is not sent again.
fresh
fill 64000000 killed.bin
one '"method": "PUT", "path": "comp=block&", "times": 0, "do": "slow", "rate": 6000000'
"$cleanroom" datastore upload --name plain --src "$work/src" --subdirectory "$part" --parallel 2 --as northwind --state "$state" >/dev/null 2>&1 &
victim=$!
for _ in $(seq 200); do [ "$(awk '/comp=block&.* 201 / { s += $5 } END { print s + 0 }' "$work/log")" -lt 16777216 ] || break; sleep 0.05; done
kill -9 "$victim"
wait "$victim" 2>"$work/err"
rules '[]'
up plain
is $? 0 "killed, started again: the upload ends well"
[ "$(number resumed)" -gt 0 ]
ok $? "it goes on where it was"
again=$(($(awk '/comp=block&/ { s += $5 } END { print s + 0 }' "$work/log") - 64000000))
[ "$again" -le 67108864 ]
ok $? "what had arrived was not sent again ($((again / 1048576)) MiB were sent twice)"
arrived plain "and the content is the same"
# Buckets: through the same proxy, for another party.
s3run() { run "$@" --as woodgrove --scenario analytics-s3-sse; }
sed -i "s|s3: $s3|s3: https://127.0.0.1:$(port s3)|" "$state/environment.yaml"
: >"$work/err"
approve woodgrove --scenario analytics-s3-sse &
helper=$!
run step run woodgrove env.start --scenario analytics-s3-sse
is $? 0 "the other party signs in"
wait "$helper"
run step run woodgrove an.wg.aws --scenario analytics-s3-sse
is $? 0 "and has a key pair"
add_bucket() { s3run datastore add --name "$1" --container-name "$1" --backingstore-type Aws_S3 --create-bucket --aws-config-cgs-secret-id none; }
add_bucket faults-bucket
is $? 0 "and a bucket"
python3 "$CLEANROOM_SRCDIR/tests/interop/cloud_account.py" aws <(printf '{"endpoints": {"s3": "%s"}}' "$s3") "$pki/ca.pem" "$work" stranger 2>"$work/err"
curl --silent --fail --noproxy '*' --cacert "$pki/ca.pem" --aws-sigv4 aws:amz:us-west-1:s3 --config <(printf 'user = "%s:%s"\n' "$(cat "$work/stranger.id")" "$(cat "$work/stranger.secret")") \
  --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --header 'Content-Type: application/xml' --request PUT --data '<CreateBucketConfiguration><LocationConstraint>us-west-1</LocationConstraint></CreateBucketConfiguration>' "$s3/somebody-elses" >"$work/answer" 2>&1
if [ $? -eq 0 ]; then
  add_bucket somebody-elses
  [ $? -ne 0 ]; ok $? "a bucket that belongs to somebody else is refused"
  named somebody-elses "somebody else's bucket"
else
  skip "a bucket that belongs to somebody else" "this curl cannot sign it"
fi
s3survive() { # WHAT RULE
  fresh
  fill 9500000 bucket.bin
  rules "[{\"to\": \"s3\", \"method\": \"PUT\", $2}]"
  s3run datastore upload --name faults-bucket --src "$work/src" --subdirectory "$part"
  local result=$?
  grep -qv ' nothing$' "$work/log" || result="without the fault"
  is "$result" 0 "bucket, $1: the upload ends well"
  rules '[{"to": "s3", "method": "GET", "path": "bucket.bin", "do": "cut-down", "at": 1000}]'
  rm -rf "$work/got"
  s3run datastore download --name faults-bucket --dst "$work/got" --subdirectory "$part"
  cmp -s "$work/src/bucket.bin" "$work/got/faults-bucket/bucket.bin"
  ok $? "bucket, $1: the content is the same"
}
s3survive "cut" '"path": "partNumber", "do": "cut-up", "at": 100000'
s3survive "503 SlowDown" '"path": "partNumber", "do": "status", "status": 503, "code": "SlowDown"'
s3survive "a byte that turned over" '"path": "partNumber", "do": "corrupt-up", "at": 1000'
# Checksums that somebody on the way changes or takes out: the digest of the content is signed instead.
s3survive "a checksum that is another one" '"path": "partNumber", "times": 0, "do": "header-up", "name": "x-amz-checksum-crc64nvme", "value": "AAAAAAAAAAA="'
s3survive "an answer without the checksum" '"path": "partNumber", "times": 0, "do": "header-down", "name": "x-amz-checksum-crc64nvme"'

# Publishing that fails in the middle registers nothing; the same again does.
rewrite='{"to": "management", "times": 0, "do": "replace-down", "texts": {"'${blob#https://}'": "127.0.0.1:'$(port blob)'", "'${management#https://}'": "127.0.0.1:'$(port management)'"}}'
sed -i "s|management: $management|management: https://127.0.0.1:$(port management)|" "$state/environment.yaml"
rules "[$rewrite, {\"to\": \"blob\", \"method\": \"PUT\", \"path\": \"csv\", \"skip\": 1, \"times\": 0, \"do\": \"status\", \"status\": 400, \"code\": \"InvalidHeaderValue\"}]"
: >"$work/log"
run demo analytics-sse --auto --engine sqlite --quiet
[ $? -ne 0 ] && grep -q 'csv.* status$' "$work/log"
ok $? "publishing ends when the storage refuses a file"
named InvalidHeaderValue "publishing"
[ -z "$(find "$state/public" -name '*input.dataset-id')" ]
ok $? "no dataset is registered"
rules "[$rewrite]"
run demo analytics-sse --auto --engine sqlite --quiet
is "$? $(column_sum)" "0 786" "the same command again publishes and gets the answer"
exec 9>&-
plan
