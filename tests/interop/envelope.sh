#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Keys and encrypted files under openssl and the Python package cryptography, both ways: wrapped data keys, the key
# that a vault imports, customer-provided keys, client-side encryption.
. "${CLEANROOM_SRCDIR:?}/tests/interop/sandbox.sh"

command -v openssl >/dev/null || skip_all "openssl is not here"
envelope() { "$build/tests/interop/envelope-tool" "$@" 2>"$work/err"; }
for python in python3 /usr/bin/python3 "$tools/moto/bin/python" none; do
  "$python" -c 'import cryptography.hazmat.primitives.keywrap' 2>/dev/null && break
done
other() { "$python" "$here/envelope_check.py" "$@" 2>"$work/err"; }
umask 077
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/kek.pem" 2>"$work/err"
openssl pkey -in "$work/kek.pem" -pubout -out "$work/kek.pub" 2>"$work/err"
openssl rand -out "$work/dek" 32
oaep=(-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256)

# --- wrapped keys ---
envelope wrap "$work/kek.pub" "$work/dek" >"$work/wrapped"
is "$?,$(wc -c <"$work/wrapped")" 0,256 "a data key is wrapped"
openssl pkeyutl -decrypt -inkey "$work/kek.pem" "${oaep[@]}" -in "$work/wrapped" -out "$work/dek.back" 2>"$work/err"
cmp -s "$work/dek" "$work/dek.back"
ok $? "openssl unwraps it: RSA-OAEP, SHA-256 twice, no label"
openssl pkeyutl -decrypt -inkey "$work/kek.pem" -pkeyopt rsa_padding_mode:oaep -in "$work/wrapped" -out "$work/sha1.back" 2>/dev/null
[ $? -ne 0 ]; ok $? "not so with its usual SHA-1"
openssl pkeyutl -encrypt -pubin -inkey "$work/kek.pub" "${oaep[@]}" -in "$work/dek" -out "$work/wrapped2" 2>"$work/err"
envelope unwrap "$work/kek.pem" "$work/wrapped2" >"$work/dek.back2"
cmp -s "$work/dek" "$work/dek.back2"
ok $? "we unwrap what openssl wrapped"
printf 'x' | dd of="$work/wrapped2" bs=1 seek=100 conv=notrunc 2>/dev/null
envelope unwrap "$work/kek.pem" "$work/wrapped2" >"$work/dek.back2"
is $? 1 "one byte changed, and we refuse it"

# --- customer-provided keys ---
digest=$(openssl dgst -sha256 -binary "$work/dek" | base64)
is "$(envelope cpk "$work/dek")" "$digest" "openssl computes the digest that goes along with a key"
person azure interopsa1
url=$blob_endpoint/interopsa1
random_file "$work/plain" 9
t blob "$url" "$ca" "token:$work/interopsa1.token" sealed create
CPK_FILE=$work/dek t blob "$url" "$ca" "token:$work/interopsa1.token" sealed put "$work/plain" plain
is $? 0 "a file is uploaded under such a key"
get() { # KEY-FILE (may be empty): status; curl with headers that openssl made
  {
    printf 'header = "x-ms-version: 2021-12-02"\nheader = "Authorization: Bearer %s"\n' "$(cat "$work/interopsa1.token")"
    [ -z "$1" ] || printf 'header = "x-ms-encryption-key: %s"\nheader = "x-ms-encryption-key-sha256: %s"\nheader = "x-ms-encryption-algorithm: AES256"\n' \
      "$(openssl base64 -A -in "$1")" "$(openssl dgst -sha256 -binary "$1" | openssl base64 -A)"
  } >"$work/curl.config"
  curl --silent --noproxy '*' --cacert "$ca" --config "$work/curl.config" --output "$work/answer" --dump-header "$work/head" \
    --write-out '%{http_code}' "$url/sealed/plain"
}
is "$(get "$work/dek")" 200 "curl reads it with the key"
cmp -s "$work/answer" "$work/plain"
ok $? "it is the same"
contains "$(cat "$work/head")" "x-ms-encryption-key-sha256: $digest" "the service names the digest"
is "$(get '')" 409 "without the key there is nothing"
openssl rand -out "$work/dek2" 32
is "$(get "$work/dek2")" 409 "nor with another one"
part=$(head -c 4096 "$work/plain" | tail -c 16 | od -An -tx1 | tr -d ' \n')
found=$(python3 -c 'import os, sys
needle = bytes.fromhex(sys.argv[2])
print(sum(needle in open(os.path.join(top, f), "rb").read() for top, _, fs in os.walk(sys.argv[1]) for f in fs))' "$state/sandbox/blobs" "$part")
is "$found" 0 "it lies encrypted on the disk of the service"

# --- with the Python package ---
if [ "$python" != none ]; then
  envelope jwk "$work/kek.pem" >"$work/kek.jwk"
  other jwk "$work/kek.jwk" >"$work/kek2.pem"
  is "$(openssl pkey -in "$work/kek2.pem" -outform DER 2>/dev/null | openssl dgst -sha256 -r)" \
    "$(openssl pkey -in "$work/kek.pem" -outform DER 2>/dev/null | openssl dgst -sha256 -r)" "the key that a vault imports is the key"
  printf 'a secret of 33 bytes, not of 8n..' >"$work/secret"
  envelope kwp-wrap "$work/kek.pub" "$work/secret" >"$work/kwp"
  is "$(other kwp-unwrap "$work/kek.pem" "$work/kwp")" "$(cat "$work/secret")" "cryptography unwraps a secret: RSA-OAEP and AES key wrap"
  other kwp-wrap "$work/kek.pub" "$work/secret" >"$work/kwp2"
  is "$(envelope kwp-unwrap "$work/kek.pem" "$work/kwp2")" "$(cat "$work/secret")" "we unwrap what it wrapped"
  : >"$work/size-0"
  for size in 1 16 4095 4096 4097 12288; do head -c "$size" "$work/plain" >"$work/size-$size"; done
  for size in 0 1 4095 4096 4097 12288; do
    envelope seal "$work/dek" 4096 "$work/size-$size" "$work/sealed" && other open "$work/dek" 4096 "$work/sealed" "$work/opened" \
      && cmp -s "$work/size-$size" "$work/opened"
    ok $? "cryptography opens our client-side encrypted file of $size bytes"
    other seal "$work/dek" 4096 "$work/size-$size" "$work/sealed" && envelope open "$work/dek" 4096 "$work/sealed" "$work/opened2" \
      && cmp -s "$work/size-$size" "$work/opened2"
    ok $? "we open its file of $size bytes"
    rm -f "$work/opened" "$work/opened2"
  done
  CSE_FILE=$work/dek t blob "$url" "$ca" "token:$work/interopsa1.token" sealed put "$work/plain" mount
  is $? 0 "a file is encrypted on its way up"
  t blob "$url" "$ca" "token:$work/interopsa1.token" sealed get "$work/raw" mount
  other open "$work/dek" 16777216 "$(find "$work/raw" -type f)" "$work/opened" && cmp -s "$work/plain" "$work/opened"
  ok $? "cryptography opens what lies there, in blocks of 16 MiB"
  printf 'x' | dd of="$(find "$work/raw" -type f)" bs=1 seek=5000 conv=notrunc 2>/dev/null
  envelope open "$work/dek" 16777216 "$(find "$work/raw" -type f)" "$work/opened3"
  is $? 1 "one byte changed, and we refuse it"
else
  skip "client-side encryption with the Python package cryptography" "the Python package cryptography is not here"
fi
plan
