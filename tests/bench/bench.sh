#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Speed, as ratios against a peer in the same run. Never part of pass or fail: machines differ, ratios less so.
set -euo pipefail

build=${CLEANROOM_BUILDDIR:?run make bench}
cleanroom=$build/cleanroom
measure=$build/tests/bench/measure
work=$(mktemp -d)
state=$work/state
trap '"$cleanroom" sandbox stop --keyring --state "$state" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

row() { printf '%-52s %12s %12s %10s\n' "$@"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.1fx", a / b; else printf "-" }'; }

row "what" "ours" "peer" "ratio"

peer="-"
if command -v az >/dev/null; then
  peer=$("$measure" command 5 az version)
else
  echo "# skipped: az is not installed (Debian package azure-cli), so no peer for start-up" >&2
fi
ours=$("$measure" command 20 "$cleanroom" --version)
row "cleanroom --version, ms (peer: az version)" "$ours" "$peer" "$(ratio "$peer" "$ours")"
curl_ms=$("$measure" command 20 curl --version)
row "cleanroom --version, ms (peer: curl --version)" "$ours" "$curl_ms" "$(ratio "$curl_ms" "$ours")"

demo_json() { "$cleanroom" demo analytics-sse --auto --json --quiet --state "$state" "$@" 2>/dev/null; }
field() { python3 -c 'import json,sys; d=json.load(sys.stdin)
for k in sys.argv[1].split("."): d=d[k]
print(d)' "$1"; }

data=()
[ -z "${CLEANROOM_TWEETS:-}" ] || data=(--data "$CLEANROOM_TWEETS")
for engine in duckdb sqlite; do
  "$cleanroom" sandbox stop --keyring --state "$state" >/dev/null 2>&1 || true
  rm -rf "$state"
  demo_json --engine "$engine" "${data[@]}" >"$work/demo.json"
  used=$(field run.engine <"$work/demo.json")
  row "whole demo, $used, ms" "$(field elapsed_ms <"$work/demo.json")" "5000" "expected"
  query=$(python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(next(s["ms"] for s in d["steps"] if s["step"]=="an.wg.run"))' "$work/demo.json")
  row "  of it the query step, ms" "$query" "1000" "expected"
done

ours=$("$measure" command 20 "$cleanroom" step list northwind --state "$state")
row "step list, ms (peer: az version)" "$ours" "$peer" "$(ratio "$peer" "$ours")"

"$cleanroom" sandbox stop --state "$state" >/dev/null 2>&1
started=$(date +%s%N)
"$cleanroom" sandbox start --state "$state" >/dev/null 2>&1
row "sandbox from cold to ready, ms" "$(((($(date +%s%N) - started)) / 1000000))" "150" "expected"

for clients in 1 4 8; do
  row "signed P-384 proposals with vote per s, $clients client(s)" "$("$measure" proposals "$state" 3 $clients)" "500" "expected"
done
sign=$(openssl speed -seconds 1 ecdsap384 2>/dev/null | awk '/ecdsa|384 bits/ { v = $(NF - 1) } END { print v }')
row "  beside: openssl ecdsap384 signatures per s" "$sign" "-" "-"

pid=$(cat "$state/sandbox/pid")
resident=$(awk '/VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$pid/status")
client=$(/usr/bin/env bash -c '"$0" step list northwind --state "$1" >/dev/null & p=$!; max=0
while [ -e /proc/$p/status ]; do v=$(awk "/VmHWM/ { print \$2 }" /proc/$p/status 2>/dev/null || echo 0); [ "${v:-0}" -gt "$max" ] && max=$v; done
echo $((max / 1024))' "$cleanroom" "$state")
row "resident memory: sandbox + client, MB" "$resident + $client" "40" "expected"

# The governance service with many clients, and with a ledger that has grown large.
governance=$build/tests/bench/governance
documents=${CLEANROOM_BENCH_DOCUMENTS:-10000}
events=${CLEANROOM_BENCH_EVENTS:-1000000}
large=$work/large
export CLEANROOM_SRCDIR=${CLEANROOM_SRCDIR:?run make bench}
trap '"$cleanroom" sandbox stop --keyring --state "$state" >/dev/null 2>&1 || true
"$cleanroom" sandbox stop --state "$large" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
"$cleanroom" sandbox stop --keyring --state "$state" >/dev/null 2>&1 || true
row "$documents documents and $events events into the store, per s" "$("$governance" fill "$large" "$documents" "$events")" "-" "-"
row "  the ledger on the disk, MB" "$(du -sm "$large" | cut -f1)" "-" "-"
started=$(date +%s%N)
"$cleanroom" sandbox start --state "$large" >/dev/null 2>&1
row "  sandbox from cold to ready on it, ms" "$(((($(date +%s%N) - started)) / 1000000))" "-" "-"
for clients in 1 8 64; do
  row "reads per s, $clients client(s)" "$("$governance" reads "$large" 3 "$clients")" "-" "-"
  row "signed messages per s, $clients client(s)" "$("$governance" writes "$large" 3 "$clients")" "-" "-"
done
"$governance" look "$large" | while IFS=$'\t' read -r what ms memory; do
  row "$what, ms (client at most, MB)" "$ms" "$memory" "-"
done
row "  resident memory of the sandbox after that, MB" \
  "$(awk '/VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$(cat "$large/sandbox/pid")/status")" "-" "-"

# Data on its way: ours beside azcopy, rclone, az and s5cmd.
bash "$CLEANROOM_SRCDIR/tests/bench/transfer.sh" || true
