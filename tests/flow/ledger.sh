#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The ledger as proof: receipts and exported decisions hold offline, for other programs too, and no byte may change;
# what was answered survives a kill under write load.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

load=$build/tests/flow/ledger-load
command -v openssl >/dev/null || skip_all "openssl is not installed"

demo --engine sqlite
is $? 0 "the demo ends well"

# --- receipts ---

cr ledger receipt --transaction-id 2.12 --output "$work/receipt.json" --save-service-cert "$work/service.pem" --as operator
is $? 0 "a receipt is fetched and verified"
verify() { "$cleanroom" ledger verify "$@" --state "$work/nothing" --json >"$work/out" 2>"$work/err"; }
verify "$work/receipt.json" --service-cert "$work/service.pem" --transaction-id 2.12
is $? 0 "and verified again offline, without any state"
verify "$work/receipt.json" --service-cert "$work/service.pem" --transaction-id 2.13
is $? 5 "not for another transaction"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout "$work/key.pem" -subj "/CN=CCF Service" \
  -days 1 -out "$work/other.pem" 2>/dev/null
verify "$work/receipt.json" --service-cert "$work/other.pem"
is $? 5 "not against another service"
verify "$work/receipt.json"
is $? 2 "and not without a service that is trusted"

# --- a decision ---

cr governance proposal create --as operator --accept --json --content \
  '{"actions":[{"name":"set_cgs_runtime_options","args":{"option":"autoapprove-jsapp-proposal","status":"enabled","note":"exact  text ä"}}]}'
is $? 0 "a proposal is made and accepted"
proposal=$(json proposalId)
proof=$work/proof
cr ledger export --proposal-id "$proposal" --output "$proof" --as operator --json
is $? 0 "its proof is exported"
is "$(json state) $(json messages.0.kind) $(json messages.1.kind)" "Accepted proposal ballot" "who did what is in it"
contains "$(cat "$proof/actions.json")" 'exact  text ä' "the exact text is in it"
verify "$proof" --service-cert "$work/service.pem"
is "$? $(json anchored)" "0 true" "it holds offline"
verify "$proof" --service-cert "$work/other.pem"
is $? 5 "not for another service"

# A service that hands out no entries: receipts are proved, the rest is what the service says, and called so.
cr ledger export --proposal-id "$proposal" --receipts-only --output "$work/receipts" --as operator --json
is "$? $(json proved) $(json state)" "0 receipts Accepted" "without the entries of the ledger its receipts are exported"
verify "$work/receipts" --service-cert "$work/service.pem"
is "$? $(json proved)" "0 receipts" "they hold offline"
verify "$work/receipts" --service-cert "$work/other.pem"
is $? 5 "not for another service"
contains "$(cat "$work/receipts/README.txt")" "Only stated" "what is only stated is called so"
sed -i 's/"write_set_digest": "../"write_set_digest": "zz/' "$work/receipts/"*/receipt.json
(cd "$work/receipts" && find . -type f ! -name SHA256SUMS | sed 's,^\./,,' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
verify "$work/receipts" --service-cert "$work/service.pem"
isnt=$?
[ $isnt -ne 0 ]
ok $? "another digest is noticed, whatever the sums say"

# As README.txt in the bundle says, with openssl and sha256sum only.
(cd "$proof" && sha256sum -c --quiet SHA256SUMS >/dev/null 2>&1)
ok $? "sha256sum agrees"
by_hand() {
  cd "$proof" || return 1
  local tx=$1 id
  for member in members/*.pem; do
    id=$(basename "$member" .pem)
    [ "$(openssl x509 -in "$member" -outform der | sha256sum | cut -d' ' -f1)" = "$id" ] || return 1
    openssl x509 -in "$member" -noout -pubkey >"$work/member.pub" || return 1
    openssl dgst -sha384 -verify "$work/member.pub" -signature "$tx/signature.der" "$tx/to-be-signed.bin" >/dev/null || return 1
  done
  python3 - "$tx" "$work" <<'PY' || return 1
import hashlib, json, sys
tx, work = sys.argv[1:]
receipt = json.load(open(tx + "/receipt.json"))
parts = receipt["leaf_components"]
sha = lambda data: hashlib.sha256(data).digest()
assert sha(open(tx + "/write-set.txt", "rb").read()).hex() == parts["write_set_digest"]
digest = sha(bytes.fromhex(parts["write_set_digest"]) + sha(parts["commit_evidence"].encode()) + bytes.fromhex(parts["claims_digest"]))
for step in receipt["proof"]:
    digest = sha(bytes.fromhex(step["left"]) + digest) if "left" in step else sha(digest + bytes.fromhex(step["right"]))
assert digest == open(tx + "/root.bin", "rb").read()
open(work + "/node.pem", "w").write(receipt["cert"])
PY
  openssl x509 -in "$work/node.pem" -noout -pubkey >"$work/node.pub" \
    && openssl pkeyutl -verify -pubin -inkey "$work/node.pub" -in "$tx/root.bin" -sigfile "$tx/root-signature.der" >/dev/null \
    && openssl verify -no_check_time -partial_chain -trusted service.pem "$work/node.pem" >/dev/null
}
for tx in $(cd "$proof" && echo [0-9]*); do
  (by_hand "$tx") 2>"$work/err"
  ok $? "openssl agrees about $tx"
done

# One byte changed anywhere is noticed; where it proves something, even when the sums are made to fit again.
python3 - "$cleanroom" "$proof" "$work" 2>"$work/err" <<'PY'
import os, random, shutil, subprocess, sys
cleanroom, proof, work = sys.argv[1:]
def verify(folder):
    return subprocess.run([cleanroom, "ledger", "verify", folder, "--state", work + "/nothing", "--service-cert", work + "/service.pem"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
random.seed(7)
files = [os.path.relpath(os.path.join(d, f), proof) for d, _, fs in os.walk(proof) for f in fs]
bad = []
for name in sorted(files):
    for again in (False, True):
        if again and name in ("README.txt", "SHA256SUMS"):
            continue
        copy = work + "/copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(proof, copy)
        data = bytearray(open(os.path.join(copy, name), "rb").read())
        # Spaces between JSON members and inside PEM armour prove nothing: change what does.
        at = random.choice([i for i, b in enumerate(data) if not name.endswith((".json", ".pem")) or chr(b).isalnum()])
        data[at] = ord("A") if data[at] != ord("A") else ord("B")
        open(os.path.join(copy, name), "wb").write(data)
        if again:
            subprocess.run("find . -type f ! -name SHA256SUMS | sed 's,^\\./,,' | LC_ALL=C sort | xargs sha256sum > SHA256SUMS", shell=True, cwd=copy)
        if verify(copy) == 0:
            bad.append((name, at, again))
sys.exit(str(bad) if bad or not files else 0)
PY
ok $? "every changed byte is noticed"
rm "$proof/members/"*.pem
verify "$proof" --service-cert "$work/service.pem"
isnt=$?
[ $isnt -ne 0 ]
ok $? "a missing file is noticed"

# --- killed under load ---

pid=$(cat "$state/sandbox/pid")
"$load" write "$state" "$work/told" 4 2>"$work/err" &
writer=$!
sleep 1.5
kill -9 "$pid"
wait "$writer"
cr sandbox start
is $? 0 "killed under write load it starts again"
told=$("$load" check "$state" "$work/told" 2>"$work/err")
is "$? $([ "${told:-0}" -gt 10 ] && echo some)" "0 some" "everything that was answered is there, once (${told:-0} decisions)"
cr ledger receipt --transaction-id 2.12 --output "$work/again.json" --as operator
cmp -s "$work/receipt.json" "$work/again.json"
ok $? "the receipt is the same as before"

plan
