# SPDX-License-Identifier: MIT
# What the flow tests stand on: TAP, a state folder of their own, and a clean end.
# shellcheck shell=bash
set -u

build=${CLEANROOM_BUILDDIR:?run through make check}
cleanroom=$build/cleanroom
work=$(mktemp -d "${TMPDIR:-/tmp}/cleanroom-flow-XXXXXX")
state=$work/state
count=0
unset DBUS_SESSION_BUS_ADDRESS
export LC_ALL=C.UTF-8 NO_COLOR=1
# A sanitizer build writes what it finds to files: the sandbox and the runs have no terminal.
export ASAN_OPTIONS="log_path=$work/sanitizer:detect_leaks=1" UBSAN_OPTIONS="log_path=$work/sanitizer:print_stacktrace=1"

stop_all() {
  local folder
  for folder in "$work"/*/; do
    [ -d "$folder/sandbox" ] || [ -d "$folder/keyring" ] || continue
    "$cleanroom" sandbox stop --keyring --state "$folder" >/dev/null 2>&1
  done
}
finish() {
  stop_all
  rm -rf "$work"
}
trap finish EXIT

# ok CONDITION-STATUS TEXT
ok() {
  count=$((count + 1))
  if [ "$1" -eq 0 ]; then
    printf 'ok %s - %s\n' "$count" "$2"
  else
    printf 'not ok %s - %s\n' "$count" "$2"
    [ ! -s "$work/err" ] || sed 's/^/# /' "$work/err" | tail -n 15
  fi
}
is() { # GOT WANTED TEXT
  [ "$1" = "$2" ]
  ok $? "$3"
  [ "$1" = "$2" ] || printf '# got:    %s\n# wanted: %s\n' "$1" "$2"
}
contains() { # TEXT PART NAME
  case "$1" in *"$2"*) ok 0 "$3" ;; *) ok 1 "$3"; printf '# no "%s" in: %s\n' "$2" "$1" ;; esac
}
skip() { count=$((count + 1)); printf 'ok %s - %s # SKIP %s\n' "$count" "$1" "$2"; }
plan() {
  stop_all
  local found
  found=$(cat "$work"/sanitizer.* 2>/dev/null | head -n 40)
  is "$found" "" "no memory error, no undefined behaviour, no leak"
  printf '1..%s\n' "$count"
}
skip_all() { printf '1..0 # SKIP %s\n' "$1"; exit 0; }

# cr ARGUMENT...: stdout to $work/out, stderr to $work/err; gives the exit code.
cr() { "$cleanroom" "$@" --state "$state" >"$work/out" 2>"$work/err"; }
# json PATH: a member of the last output, "a.b.0.c"; lists as their length with a trailing '#'.
json() {
  python3 - "$1" "${2:-$work/out}" <<'PY'
import json, sys
value = json.load(open(sys.argv[2]))
path = sys.argv[1]
length = path.endswith("#")
for key in [k for k in path.rstrip("#").split(".") if k]:
    value = value[int(key)] if isinstance(value, list) else value.get(key)
    if value is None:
        break
print(len(value) if length and value is not None else json.dumps(value) if isinstance(value, (dict, list, bool)) else value)
PY
}
# sum COLUMN: over the rows of the last demo output.
column_sum() { python3 -c 'import json,sys; print(sum(int(r[1]) for r in json.load(open(sys.argv[1]))["output"]["rows"]))' "${1:-$work/out}"; }
demo() { cr demo analytics-sse --auto --json --quiet "$@"; }
engine_is_there() { # duckdb
  [ -e "$build/engines/libduckdb.so" ] || [ -n "${CLEANROOM_DUCKDB:-}" ]
}
