#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Our storage clients against services that others wrote, both checking who calls: Azurite with Shared Key, and
# moto, which signs every request of ours once more with botocore.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"
. "$CLEANROOM_SRCDIR/tests/interop/tools.sh"

tool=$build/tests/interop/storage-tool
[ -x "$tool" ] || { echo "Bail out! $tool is not there"; exit 1; }
unset AWS_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_PROFILE
make_certificate "$work" || { cat "$work/certificate.log"; echo "Bail out! openssl makes no certificate"; exit 1; }
make_tree "$work/tree"
random_file "$work/tree/forty.bin" 40
t() { timeout 120 "$tool" "$@" >"$work/out" 2>"$work/err"; }

# The same on every kind of service: words of the tool before the place and the command.
round_trip() { # WHO KIND URL CREDENTIAL PLACE
  local who=$1
  shift
  at() { t "$1" "$2" "$work/ca.pem" "$3" "$4" "${@:5}"; }
  at "$@" create
  is $? 0 "$who: a place is made"
  at "$@" create
  is $? 0 "$who: once more is no mistake"
  at "$@" put "$work/tree" up/
  is $? 0 "$who: a folder is uploaded"
  at "$@" list up/
  is "$(sort "$work/out")" "$(cd "$work/tree" && find . -type f -printf '%s up/%P\n' | sort)" "$who: every name and length is listed"
  rm -rf "$work/back"
  at "$@" get "$work/back" up/
  is $? 0 "$who: it is downloaded"
  same_tree "$work/tree" "$work/back"
  ok $? "$who: what came back is what went there"
  at "$@" put "$work/tree" up/
  is $? 0 "$who: once more there is nothing to do"
}

# --- Azurite ---
head -c 64 /dev/urandom | base64 -w0 >"$work/account.key"
head -c 64 /dev/urandom | base64 -w0 >"$work/other.key"
head -c 32 /dev/urandom >"$work/cpk.key"
azurite() { # NAME OPTION...: started; $url is its account
  local port
  port=$(free_port)
  mkdir "$work/$1"
  AZURITE_ACCOUNTS="interop:$(cat "$work/account.key")" background "$program" --blobHost 127.0.0.1 --blobPort "$port" \
    --location "$work/$1" --cert "$work/leaf.pem" --key "$work/leaf.key" --silent --disableTelemetry "${@:2}"
  url=https://127.0.0.1:$port/interop
  answers "$url" "$work/ca.pem"
}
if want_npm program azurite 3.35.0 azurite-blob; then
  # Loose: it does not know CRC64 and takes no note of it.
  azurite loose --loose
  is $? 0 "azurite starts"
  round_trip azurite blob "$url" "key:interop:$work/account.key" container
  t blob "$url" "$work/ca.pem" "key:interop:$work/other.key" container list
  is $? 1 "azurite: another key is refused"
  contains "$(cat "$work/err")" "403 AuthorizationFailure" "azurite: because of the signature"
  t blob "$url" "$work/ca.pem" "key:interop:$work/account.key" nothing-here list
  contains "$(cat "$work/err")" "404 ContainerNotFound" "azurite: a container that is not there is told"
  azurite strict
  is $? 0 "azurite starts once more, strict"
  t blob "$url" "$work/ca.pem" "key:interop:$work/account.key" container create
  CPK_FILE=$work/cpk.key t blob "$url" "$work/ca.pem" "key:interop:$work/account.key" container put "$work/tree/one" one
  is $? 1 "azurite: what it does not know is refused"
  contains "$(cat "$work/err")" "500 FeatureNotSupported" "azurite: with its own words"
else
  skip "azurite" "$reason"
fi
end_background

# --- moto ---
if want_pip python moto 'moto[s3]==5.2.5' flask flask-cors; then
  port=$(free_port)
  url=https://127.0.0.1:$port
  INITIAL_NO_AUTH_ACTION_COUNT=1000 background "$python" -m moto.server -H 127.0.0.1 -p "$port" -c "$work/leaf.pem" -k "$work/leaf.key"
  answers "$url/moto-api/" "$work/ca.pem"
  is $? 0 "moto starts"
  "$python" "$CLEANROOM_SRCDIR/tests/interop/moto_user.py" "$url" "$work/ca.pem" "$work/aws.id" "$work/aws.secret" 2>"$work/err"
  is $? 0 "moto has a user and checks signatures from now on"
  round_trip moto s3 "$url" "us-west-1:$work/aws.id:$work/aws.secret" bucket-one
  echo AKIA0000000000000000 >"$work/other.id"
  echo 0123456789012345678901234567890123456789 >"$work/other.secret"
  t s3 "$url" "$work/ca.pem" "us-west-1:$work/aws.id:$work/other.secret" bucket-one list
  contains "$(cat "$work/err")" "403 SignatureDoesNotMatch" "moto: a wrong secret is refused"
  t s3 "$url" "$work/ca.pem" "us-west-1:$work/other.id:$work/aws.secret" bucket-one list
  contains "$(cat "$work/err")" "403 InvalidAccessKeyId" "moto: an unknown key is refused"
  t s3 "$url" "$work/ca.pem" "us-west-1:$work/aws.id:$work/aws.secret" bucket-two list
  contains "$(cat "$work/err")" "404 NoSuchBucket" "moto: a bucket that is not there is told"
else
  skip "moto" "$reason"
fi
end_background
plan
