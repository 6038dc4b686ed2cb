#!/bin/sh
# SPDX-License-Identifier: MIT
# Our governance messages under other implementations: the openssl command, and pycose where it can be had.
# Usage: cose.sh [PATH-OF-COSE-TOOL]   (or COSE_TOOL in the environment). Output: TAP.
set -u
tool=${1:-${COSE_TOOL:-${CLEANROOM_BUILDDIR:-.}/tests/interop/cose-tool}}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
number=0
failed=0
# check TEXT COMMAND...: one test point
check () {
  number=$((number + 1))
  text=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    echo "ok $number - $text"
  else
    echo "not ok $number - $text"
    sed 's/^/# /' "$work/log"
    failed=1
  fi
}
skip () {
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2"
}
refuses () { ! "$@"; }

echo "1..10"
if [ ! -x "$tool" ]; then
  echo "Bail out! $tool is not there; give the path of cose-tool as the first argument"
  exit 1
fi
check "messages are made" "$tool" make "$work"
for name in proposal ballot state_digest; do
  check "openssl verifies the signature of $name" \
    openssl dgst -sha384 -verify "$work/public.pem" -signature "$work/$name.der" "$work/$name.tbs"
done
cert_id=$(openssl x509 -in "$work/cert.pem" -outform DER 2>"$work/log" | openssl dgst -sha256 -r | cut -d' ' -f1)
check "openssl computes the same member id" test "$cert_id" = "$(cat "$work/id")"
check "our reader takes our message" "$tool" verify "$work/cert.pem" "$work/proposal.cose"
# One flipped bit in the last byte, the end of the signature.
python3 - "$work" <<'PY' 2>/dev/null || printf 'x' >"$work/broken.cose"
import sys
data = bytearray(open(sys.argv[1] + "/proposal.cose", "rb").read())
data[-1] ^= 1
open(sys.argv[1] + "/broken.cose", "wb").write(data)
PY
check "a changed message is refused" refuses "$tool" verify "$work/cert.pem" "$work/broken.cose"

python=python3
# pycose 1.1 does not work with cbor2 6, which gives tuples where it expects lists.
if ! $python -c 'import pycose, cryptography, cbor2; assert cbor2.loads(b"\xd2\x80").value == []' 2>/dev/null; then
  if $python -m venv "$work/venv" >/dev/null 2>&1 \
     && timeout 120 "$work/venv/bin/pip" -q --disable-pip-version-check install pycose cryptography 'cbor2<6' >/dev/null 2>&1; then
    python=$work/venv/bin/python
  else
    python=
  fi
fi
if [ -n "$python" ]; then
  check "pycose reads and verifies our messages" "$python" "$here/cose_check.py" check "$work"
  check "pycose makes a message" "$python" "$here/cose_check.py" make "$work"
  check "we verify the message of pycose" "$tool" verify "$work/python.pem" "$work/python.cose"
else
  skip "pycose reads and verifies our messages" "the Python package pycose is not there and cannot be installed"
  skip "pycose makes a message" "the Python package pycose is not there and cannot be installed"
  skip "we verify the message of pycose" "the Python package pycose is not there and cannot be installed"
fi
exit $failed
