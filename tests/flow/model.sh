#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The session under the screens, without a screen: every model and operation over the whole scenario, and three
# programs at once, one per persona, each going on by itself when the others have acted.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

tool=$build/tests/flow/model-tool
[ -x "$tool" ] || skip_all "tests/flow/model-tool was not built"
export PATH=$build:$PATH
personas=$CLEANROOM_SRCDIR/personas

"$tool" all "$state" "$personas" >"$work/out" 2>"$work/err"
is $? 0 "the driver ends well"
while IFS= read -r line; do
  case "$line" in
  "ok "*) ok 0 "${line#* - }" ;;
  "not ok "*) ok 1 "${line#* - }" ;;
  "#"*) printf '%s\n' "$line" ;;
  esac
done <"$work/out"

# Two programs for one persona: the second one is told who has it.
state=$work/held
mkdir -p "$state"
"$tool" hold "$state" "$personas" operator env.start >"$work/out" 2>"$work/err"
is "$?" 0 "a step of the operator"
python3 - "$state/operator/private/lock" <<'PY' &
import fcntl, os, sys, time
lock = open(sys.argv[1], "r+")
fcntl.flock(lock, fcntl.LOCK_EX)
lock.write("%d held-by-test\n" % os.getpid())
lock.flush()
open(sys.argv[1] + ".ready", "w").close()
time.sleep(30)
PY
holder=$!
for _ in $(seq 100); do [ -e "$state/operator/private/lock.ready" ] && break; sleep 0.1; done
"$tool" hold "$state" "$personas" operator env.init >"$work/out" 2>"$work/err"
is "$?" 1 "while another program has the persona, no step runs"
contains "$(cat "$work/out")" "held-by-test (process $holder)" "it says which program and process"
kill "$holder"

# Three at once.
state=$work/three
mkdir -p "$state"
for persona in operator northwind woodgrove; do
  "$tool" auto "$state" "$personas" "$persona" >"$work/out.$persona" 2>&1 &
  eval "pid_$persona=$!"
done
for persona in operator northwind woodgrove; do
  pid=pid_$persona
  wait "${!pid}"
  ok $? "$persona comes to its end by itself"
  sed 's/^/# /' "$work/out.$persona"
done
plan
