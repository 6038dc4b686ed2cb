#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --plan changes nothing, and what it prints covers what the step then really calls. The scenario is taken step by step,
# as people would: each persona by itself, signing in with a code.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

listing() {
  (cd "$state" 2>/dev/null && find . -type f ! -path './sandbox/*' ! -path './keyring/*' ! -name '*.db*' ! -name lock \
    -exec sha256sum {} + | sort -k2)
  for persona in operator northwind woodgrove; do
    "$cleanroom" step list "$persona" --json --state "$state" 2>/dev/null
  done
}
# Calls in the stderr file $2 that no line of the plan $1 covers, then lines without a remark that were not called.
compare() {
  python3 - "$1" "$2" <<'PY'
import json, re, sys
lines = json.load(open(sys.argv[1]))["calls"]
calls = re.findall(r"^  \d\d:\d\d:\d\d ([A-Z]+) (https?://\S+)  ", open(sys.argv[2]).read(), re.M)

def pattern(line):
    method, target = line.split(" (")[0].split(" ", 1)
    parts = re.split(r"(\{[^}]*\})", target)
    if parts[0] == "":
        parts[1] = "{https}"
    text = "".join("https?://.+" if p == "{https}" else ".+" if p.startswith("{") else re.escape(p) for p in parts)
    return re.compile("%s %s" % (method, text))

plan = [(line, pattern(line)) for line in lines]
seen = ["%s %s" % (method, url.split("?")[0]) for method, url in calls]
for call in sorted(set(seen)):
    if not any(p.fullmatch(call) for _, p in plan):
        print("not in the plan: " + call)
for line, p in plan:
    if " (" not in line and not any(p.fullmatch(call) for call in seen):
        print("not called: " + line)
PY
}
# Approve the code that the sign-in of $1 shows in $work/err.
approve() {
  for _ in $(seq 100); do
    local code
    code=$(sed -n 's/^ *enter \([A-Z0-9-]*\)$/\1/p' "$work/err" 2>/dev/null)
    [ -z "$code" ] || { "$cleanroom" identity approve "$code" --as "$1" --state "$state" >/dev/null 2>&1; return; }
    sleep 0.05
  done
}
inputs() {
  case $1 in
    an.user.approve) echo "--set decision=accept" ;;
    an.any.consent) echo "--set consent=enable" ;;
    an.wg.run) echo "--set engine=sqlite" ;;
  esac
}
take() { # PERSONA STEP; gives whether it is done
  local sets before
  sets=$(inputs "$2")
  before=$(listing)
  # shellcheck disable=SC2086
  cr step run "$1" "$2" --plan --json $sets
  is $? 0 "$1 $2: has a plan"
  is "$(listing)" "$before" "$1 $2: the plan changes nothing"
  [ -n "$(json az)" ] && [ "$(json az)" != None ]; ok $? "$1 $2: names the command it stands for"
  cp "$work/out" "$work/plan"
  # shellcheck disable=SC2086
  cr step run "$1" "$2" --plan --read-only $sets
  contains "$(cat "$work/err")" "Nothing was changed." "$1 $2: the plan says so, also with --read-only"
  : >"$work/err"
  [ "$2" != env.start ] || approve "$1" &
  # shellcheck disable=SC2086
  timeout 60 "$cleanroom" step run "$1" "$2" --own-keyring --verbose --json $sets --state "$state" >"$work/out" 2>"$work/err"
  local code=$?
  wait
  case $code in 0 | 4) ok 0 "$1 $2: taken" ;; *) ok 1 "$1 $2: taken ($code)" ;; esac
  # A step for each of the others may have had something to do for one of them only.
  is "$(compare "$work/plan" "$work/err" | grep '^not in the plan')" "" "$1 $2: the plan covers what is called"
  [ "$code" -ne 0 ] || is "$(compare "$work/plan" "$work/err" | grep '^not called')" "" \
    "$1 $2: what the plan says without a condition is called"
  return "$code"
}
ready() { # PERSONA OPTIONAL: steps that can be taken now and were not
  cr step list "$1" --json
  python3 -c 'import json,sys
for s in json.load(open(sys.argv[1])):
    if s["state"] in ("ready", "todo", "running", "waiting") and not s["waits"] and str(s["optional"]) == sys.argv[2]:
        print(s["step"])' "$work/out" "$2"
}
take_all() { # OPTIONAL
  local persona step moved
  for _ in $(seq 20); do
    moved=0
    for persona in operator northwind woodgrove; do
      for step in $(ready "$persona" "$1"); do
        take "$persona" "$step" && moved=1
      done
    done
    [ "$moved" -eq 1 ] || break
  done
}

waiting() { # PERSONA: steps that were taken and wait for somebody
  cr step list "$1" --json
  python3 -c 'import json,sys
for s in json.load(open(sys.argv[1])):
    if s["state"] == "waiting" and s["attempts"] > 0 and not s["optional"]:
        print(s["step"])' "$work/out"
}

take_all False
take_all True
# What had nothing to show before the others were through is taken once more.
for persona in operator northwind woodgrove; do
  for step in $(waiting "$persona"); do
    take "$persona" "$step"
  done
done
for persona in operator northwind woodgrove; do
  cr step list "$persona" --json
  is "$(python3 -c 'import json,sys
print([s["step"] for s in json.load(open(sys.argv[1])) if s["state"] != "done" and not s["optional"]])' "$work/out")" "[]" \
    "$persona: every step was taken"
done
cr run output --as woodgrove --json
is "$(json row_count)" 248 "taken one by one, the steps give the answer"

# The plan of a step that is done still tells what it would call, and taking it again calls no more than that.
for step in "operator an.op.consortium" "operator an.op.cluster" "northwind an.user.publish" "woodgrove an.user.grant"; do
  # shellcheck disable=SC2086
  set -- $step
  cr step run "$1" "$2" --plan --json
  cp "$work/out" "$work/plan"
  cr step run "$1" "$2" --force --verbose --json
  is $? 0 "$1 $2: taken again"
  is "$(compare "$work/plan" "$work/err" | grep '^not in the plan')" "" "$1 $2: taken again, the plan covers what is called"
done
plan
