#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Killed at any point, started again: it goes on, nothing is done twice, nothing is lost.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

points_wanted=${CLEANROOM_KILL_POINTS:-5}

state=$work/count
CLEANROOM_FAULT=count demo --engine sqlite
points=$(sed -n 's/^fault points: //p' "$work/err")
[ "${points:-0}" -gt 50 ]
ok $? "the demo passes many points at which it can be killed (${points:-none})"
steps=$(json steps | python3 -c 'import json, sys
for step in json.load(sys.stdin):
    print(step["persona"] + "/" + step["step"])')
"$cleanroom" sandbox stop --keyring --state "$state" >/dev/null 2>&1

whole() { # TEXT
  is "$(json run.rows_read) $(json output.row_count) $(column_sum)" "13872 248 786" "$1: the answer is whole"
  cr governance user-identity invitation show --as operator --json
  is "$(json 'value#')" 2 "$1: two invitations"
  cr governance user-document list --as northwind --json
  is "$(json 'value#')" 4 "$1: four documents"
  cr governance contract list --as operator --json
  is "$(json 'value#')" 1 "$1: one contract"
  cr run list --as woodgrove --json
  is "$(json summary.totalRuns)" 1 "$1: one run"
}

for i in $(seq 1 "$points_wanted"); do
  at=$((points * i / (points_wanted + 1)))
  state=$work/kill-$at
  CLEANROOM_FAULT=kill:$at demo --engine sqlite
  is $? 137 "killed at point $at"
  demo --engine sqlite
  is $? 0 "killed at point $at: started again, it ends well"
  whole "killed at point $at"
  "$cleanroom" sandbox stop --keyring --state "$state" >/dev/null 2>&1
  rm -rf "$state"
done

# Every step is killed twice, before and after its effects, in one and the same collaboration.
state=$work/steps
killed=0
survived=
for step in $steps; do
  for where in begun acted; do
    CLEANROOM_FAULT=kill@step/$step/$where:1 demo --engine sqlite
    if [ $? -eq 137 ]; then killed=$((killed + 1)); else survived="$survived $step/$where"; fi
  done
done
is "$survived" "" "each step is killed before and after its effects ($killed times)"
demo --engine sqlite
is $? 0 "killed at every step: started again, it ends well"
whole "killed at every step"
"$cleanroom" sandbox stop --keyring --state "$state" >/dev/null 2>&1
rm -rf "$state"

# The other side is killed instead, again and again, while the demo runs.
state=$work/sandbox
"$cleanroom" sandbox start --state "$state" >/dev/null 2>&1
( for _ in 1 2 3 4 5 6; do
    sleep 0.7
    kill -KILL "$(cat "$state/sandbox/pid" 2>/dev/null)" 2>/dev/null
  done ) &
killer=$!
tries=0
until demo --engine sqlite || [ "$tries" -ge 25 ]; do tries=$((tries + 1)); sleep 0.2; done
wait "$killer" 2>/dev/null
demo --engine sqlite
is $? 0 "the sandbox is killed in mid-call: the demo ends well in the end"
is "$(json output.row_count)" 248 "the sandbox is killed in mid-call: the answer is whole"

# One persona's journal is the only memory of what it did: it survives, and steps say so.
cr step list woodgrove --json
is "$(python3 -c 'import json,sys
print(sorted({s["state"] for s in json.load(open(sys.argv[1])) if not s["optional"]}))' "$work/out")" "['done']" \
  "every step of woodgrove is done"
plan
