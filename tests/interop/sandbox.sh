# SPDX-License-Identifier: MIT
# A sandbox with storage for tools that nobody here wrote; they trust its certificate by their own options.
# shellcheck shell=bash
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"
. "$CLEANROOM_SRCDIR/tests/interop/tools.sh"

here=$CLEANROOM_SRCDIR/tests/interop
tool=$build/tests/interop/storage-tool
ca=$work/ca.pem
# No proxy, trust or credentials of the person who runs this.
unset HTTPS_PROXY https_proxy HTTP_PROXY http_proxy ALL_PROXY all_proxy AWS_CA_BUNDLE REQUESTS_CA_BUNDLE
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
unset AZURE_STORAGE_CONNECTION_STRING AZURE_STORAGE_KEY AZURE_STORAGE_ACCOUNT AZURE_STORAGE_SAS_TOKEN AZURE_STORAGE_AUTH_MODE
[ -x "$tool" ] || { echo "Bail out! $tool is not there"; exit 1; }

cr sandbox start --json
is $? 0 "the sandbox starts"
cp "$work/out" "$work/status"
blob_endpoint=$(json endpoints.blob)
s3_endpoint=$(json endpoints.s3)
cr env show --json
json trust >"$ca"
# person azure|aws NAME [keys-off]: cloud_account.py
person() { python3 "$here/cloud_account.py" "$1" "$work/status" "$ca" "$work" "${@:2}" 2>"$work/err"; }

# A proxy that knows where anything.localhost is.
background python3 "$here/names_proxy.py" "$work/proxy.port"
for _ in $(seq 1 100); do [ -s "$work/proxy.port" ] || sleep 0.1; done
proxy=http://127.0.0.1:$(cat "$work/proxy.port")

# Two thousand and a half small files.
make_many() { python3 -c '
import os, sys
for day in range(5):
    folder = "%s/day=%02d" % (sys.argv[1], day)
    os.makedirs(folder)
    for n in range(500):
        open("%s/f%03d" % (folder, n), "w").write("%d %d\n" % (day, n))' "$1"; }
t() { timeout 120 "$tool" "$@" >"$work/out" 2>"$work/err"; }
