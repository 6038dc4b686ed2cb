#!/bin/sh
# SPDX-License-Identifier: MIT
# The own keyring as other programs see it: secret-tool finds our entries and we find its, over crash and restart.
# Usage: keyring.sh [PATH-OF-KEYRING-TOOL]   (or KEYRING_TOOL in the environment). Output: TAP.
set -u
tool=${1:-${KEYRING_TOOL:-${CLEANROOM_BUILDDIR:-.}/tests/interop/keyring-tool}}
for program in dbus-daemon gnome-keyring-daemon secret-tool; do
  if ! command -v $program >/dev/null 2>&1; then
    echo "1..0 # SKIP $program is not installed"
    exit 0
  fi
done
if [ ! -x "$tool" ]; then
  echo "Bail out! $tool is not there; give the path of keyring-tool as the first argument"
  exit 1
fi
work=$(mktemp -d) || exit 1
state=$work/state
trap '"$tool" destroy "$state" >/dev/null 2>&1; rm -rf "$work"' EXIT
# Never the keyring of the person who runs this.
unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR DISPLAY WAYLAND_DISPLAY
number=0
failed=0
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
with_bus () { DBUS_SESSION_BUS_ADDRESS=$(cat "$state/keyring/bus") timeout 20 "$@"; }
gives () { expected=$1; shift; [ "$("$@" 2>/dev/null)" = "$expected" ]; }
mode_is () { [ "$(stat -c %a "$1")" = "$2" ]; }
kill_both () { kill -9 "$(cat "$state/keyring/daemon.pid")" "$(cat "$state/keyring/bus.pid")"; sleep 0.3; }
# The base64 line that is stored for "interop value".
stored=aW50ZXJvcCB2YWx1ZQ==

echo "1..14"
check "the keyring starts" "$tool" start "$state"
check "the folder is private" mode_is "$state/keyring" 700
check "the address file is private" mode_is "$state/keyring/bus" 600
check "an entry is stored" "$tool" put "$state"
check "secret-tool finds it by the application" \
  gives "$stored" with_bus secret-tool lookup application cleanroom persona operator kind token name script
search () { with_bus secret-tool search --all application cleanroom 2>&1; }
shows () { search | grep -q "$1"; }
check "it has the schema of this program" shows 'schema = org.cleanroom.Key'
check "it has its attributes" shows 'attribute.collaboration = interop'
check "a daemon that was killed comes back with the entry" \
  sh -c 'kill -9 "$(cat "$2/keyring/daemon.pid")"; sleep 0.3; [ "$("$1" get "$2")" = "interop value" ]' sh "$tool" "$state"
kill_both
check "so do both daemons" gives "interop value" "$tool" get "$state"
check "stop ends them" "$tool" stop "$state"
check "the entry is there after stop and start" gives "interop value" "$tool" get "$state"
no_value () { ! grep -rqa -e "$stored" -e 'interop value' "$state"; }
check "the value is nowhere in the files" no_value
check "all is removed" sh -c '"$1" destroy "$2" && ! test -e "$2/keyring"' sh "$tool" "$state"
long=$work/$(printf 'x%.0s' $(seq 1 120))
long_path () {
  "$tool" put "$long" && [ "$("$tool" get "$long")" = "interop value" ]
  result=$?
  "$tool" destroy "$long" && return $result
}
check "a state folder with a long path works too" long_path
exit $failed
