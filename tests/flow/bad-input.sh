#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Bad input is refused before anything changes, says what to fix, and loses nothing.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

# no EXIT PART TEXT ARGUMENT...: refused with that exit code; PART is in what it says.
no() {
  local code=$1 part=$2 text=$3
  shift 3
  cr "$@"
  is $? "$code" "$text: exit code"
  contains "$(cat "$work/err")" "$part" "$text: says what is wrong"
}
# hint PART TEXT: the last refusal also says what to do.
hint() { contains "$(cat "$work/err")" "next: $1" "$2: says what to do"; }
# Every file with its content, except what a running environment and an open journal write by themselves.
listing() {
  (cd "$1" 2>/dev/null && find . -type f ! -path './sandbox/*' ! -path './keyring/*' ! -name '*.db-*' ! -name lock \
    -exec sha256sum {} + | sort -k2)
}
port_of() { "$cleanroom" sandbox status --json --state "$state" | python3 -c "import json,sys
print(json.load(sys.stdin)['endpoints']['$1'].rsplit(':', 1)[1])"; }

# --- before there is anything ---

state=$work/nothing
no 2 'There is no command "step rum"' "a misspelt command" step rum
hint 'Did you mean "cleanroom step run"?' "a misspelt command"
no 2 'There is no command "frobnicate"' "an unknown command" frobnicate
no 2 'Unknown option --plann' "a misspelt option" step run northwind an.user.accept --plann
hint 'Did you mean --plan?' "a misspelt option"
no 2 '--from needs a value' "an option without its value" demo analytics-sse --from
no 2 '--from is given twice' "an option given twice" demo analytics-sse --from 2025-09-01 --from 2025-09-02
no 2 '--auto takes no value' "a flag with a value" demo analytics-sse --auto=yes
no 2 'Something is missing: PERSONA' "a missing argument" step run
no 2 'There is more than expected: b' "one argument too many" demo analytics-sse b
no 6 "There is no scenario 'analytics-ssee'" "a misspelt scenario" demo analytics-ssee
hint "Did you mean 'analytics-sse'?" "a misspelt scenario"
no 6 "There is no scenario 'x'" "an unknown scenario" step list northwind --scenario x
hint 'The scenarios are: analytics-cpk, analytics-s3-sse, analytics-sse' "an unknown scenario"
no 6 "no persona 'northwin'" "an unknown persona" step run northwin
hint 'Its personas are: operator, northwind, woodgrove' "an unknown persona"
no 6 "northwind has no step 'an.user.acept'" "a misspelt step" step run northwind an.user.acept
hint "Did you mean 'an.user.accept'?" "a misspelt step"
no 6 "has no step 'an.wg.run'" "a step of somebody else" step run northwind an.wg.run
no 2 "has no input 'start-dat'" "a misspelt input" step run northwind an.user.data --set start-dat=2025-09-01
hint "Did you mean 'start-date'?" "a misspelt input"
no 2 'is not of the form name=value' "an input without a value" step run northwind an.user.data --set start-date
no 2 'There is no engine "duck"' "an unknown engine" demo analytics-sse --engine duck
hint 'Use auto, duckdb or sqlite' "an unknown engine"
no 2 'There is no engine "duck"' "an unknown engine for the environment" sandbox start --engine duck
no 2 'There is no engine "duck"' "an unknown engine for a run" run start --engine duck --as woodgrove
no 2 'not a number of milliseconds' "a delay that is no number" sandbox start --role-delay-ms soon
no 1 'is no e-mail address' "a bad address" step run northwind env.start --set account=nobody
hint 'Give another value: --set account=' "a bad address"
no 1 'is no e-mail address' "a bad address to share" step run northwind an.user.identity --set email=a@b@c
no 1 'Letters, digits and hyphens' "a bad resource group" step run northwind env.start --set 'resource-group=a b'
no 1 'is no day; write it as YYYY-MM-DD' "a bad day" step run northwind an.user.data --set start-date=2025-13-01
no 1 'is none of: accept, reject' "a decision that is none" step run northwind an.user.approve --set decision=maybe
no 1 'a value is needed' "a decision left out" step run northwind an.user.approve
no 1 '"2025-02-30" is not a calendar day' "a day that does not exist" demo analytics-sse --from 2025-02-30 --to 2025-03-01
hint 'Write the day as YYYY-MM-DD' "a day that does not exist"
no 1 '"1.9.2025" is not a calendar day' "a day in another spelling" run start --from 1.9.2025 --to 2025-09-02 --as woodgrove
no 1 'The first day 2025-09-02 is after the last day 2025-09-01' "an end before its start" \
  demo analytics-sse --from 2025-09-02 --to 2025-09-01
hint 'Swap the two days' "an end before its start"
no 1 'Only the first day is given' "one day of two" demo analytics-sse --from 2025-09-02
hint 'Give both days, or neither' "one day of two"
no 1 'Only the last day is given' "the other day of two" run start --to 2025-09-02 --as woodgrove
no 2 '--as is missing' "nobody named" audit list
hint 'Say who you are' "nobody named"
no 5 '--read-only is set' "a demo that may only read" demo analytics-sse --read-only
no 5 '--read-only is set' "a step that may only read" step run northwind env.start --read-only
no 5 '--read-only is set' "a fresh start that may only read" demo analytics-sse --fresh --read-only
no 6 'There is no environment yet' "no environment" env show
no 6 'does not exist' "a file that is not there" governance user-document create --id x --data @/nowhere/x --as northwind
no 1 'not valid JSON: line 1, column' "broken JSON" governance proposal create --content '{"actions":[' --as operator
no 1 'not valid JSON' "broken JSON for approvers" governance user-document create --id x --data x --approvers '[{' --as northwind
no 1 '"id" is of the wrong type' "wrong JSON for approvers" \
  governance user-document create --id x --data x --approvers '[{"id":5}]' --as northwind
python3 -c 'print("[" * 100000)' >"$work/deep.json"
no 1 'not valid JSON' "JSON without a bottom" governance proposal create --content "@$work/deep.json" --as operator
head -c 5000000 /dev/zero | tr '\0' ' ' >"$work/large.json"
no 1 'too large' "JSON without an end" governance proposal create --content "@$work/large.json" --as operator
printf '{"actions":"\377"}' >"$work/latin.json"
no 1 'latin.json is not UTF-8' "JSON that is not UTF-8" governance proposal create --content "@$work/latin.json" --as operator
is "$(find "$state" 2>/dev/null | wc -l)" 0 "none of it left a file"

# --- data files ---

data=$work/data
names='BrigitMurtaugh FranmerMS JeremyLikness mwinkle RahulPotharaju raghurwi MikeDoesBigData SQLCindy'
fill() {
  rm -rf "$data"
  mkdir "$data"
  for name in $names; do
    printf '27/05/2020,16:04,%s,"hello, @MikeDoesBigData"\n27/05/2020,16:05,Other,hello\n' "$name" >"$data/${name}Tweets.csv"
  done
}
no 1 'is not a folder' "data that is not there" demo analytics-sse --data "$work/nowhere"
hint 'Name a folder that holds the eight files' "data that is not there"
mkdir "$work/empty"
no 1 'does not hold all eight files' "an empty folder" demo analytics-sse --data "$work/empty"
fill
rm "$data/raghurwiTweets.csv"
no 1 'Missing: raghurwiTweets.csv' "one file too few" demo analytics-sse --data "$data"
hint 'Put the missing files there, or leave --data out' "one file too few"
fill
printf '1,2,3\n' >>"$data/mwinkleTweets.csv"
no 1 "$data/mwinkleTweets.csv:3: 3 columns where 4 are expected" "a line with too few columns" demo analytics-sse --data "$data"
hint 'Correct that line of the file' "a line with too few columns"
no 1 "$data/mwinkleTweets.csv:3:" "the same line in a step" step run northwind an.user.data --own-keyring --set "source=$data"
fill
printf '1,2,3,4,5\n' >>"$data/SQLCindyTweets.csv"
no 1 "$data/SQLCindyTweets.csv:3: 5 columns where 4 are expected" "a line with too many columns" demo analytics-sse --data "$data"
fill
printf '27/05/2020,16:04,x,\377\376\n' >>"$data/FranmerMSTweets.csv"
no 1 "$data/FranmerMSTweets.csv:3: field 4 is not UTF-8" "a line that is not UTF-8" demo analytics-sse --data "$data"
fill
printf '27/05/2020,16:04,x,"open\nand on\n' >>"$data/FranmerMSTweets.csv"
no 1 "$data/FranmerMSTweets.csv:3: the quoted field that starts here has no end" "a quote without an end" demo analytics-sse --data "$data"
fill
: >"$data/JeremyLiknessTweets.csv"
no 1 "$data/JeremyLiknessTweets.csv:1: the file has no rows" "a file without rows" demo analytics-sse --data "$data"
fill
rm "$data/JeremyLiknessTweets.csv"
mkdir "$data/JeremyLiknessTweets.csv"
no 1 'Missing: JeremyLiknessTweets.csv' "a folder where a file belongs" demo analytics-sse --data "$data"
is "$(find "$state" -path "*datasource*" 2>/dev/null | wc -l)" 0 "nothing was laid out"

# --- persona files ---

personas=$work/personas
broken() { # FILE LINE-AND-REASON TEXT COMMAND...
  local file=$1 part=$2 text=$3
  shift 3
  rm -rf "$personas"
  cp -R "$CLEANROOM_SRCDIR/personas" "$personas"
  chmod -R u+w "$personas"
  (cd "$personas" && "$@")
  no 1 "$personas/$file$part" "$text" step check "$personas"
}
append() { printf "$2" >>"$1"; }
lines=$(($(wc -l <"$CLEANROOM_SRCDIR/personas/woodgrove.yaml") + 1))
broken northwind.yaml : "a bracket that stays open" append northwind.yaml '  - bad: [\n'
hint 'Correct the file at that line' "a bracket that stays open"
broken woodgrove.yaml ":$lines: unknown key 'nonsense'" "an unknown key" append woodgrove.yaml 'nonsense: 1\n'
broken woodgrove.yaml ":$lines: not UTF-8 text" "a file that is not UTF-8" append woodgrove.yaml 'a: \377\n'
broken woodgrove.yaml ":$lines: nested too deeply" "nesting without a bottom" \
  sh -c 'python3 -c "print(\"a: \" + \"[\" * 5000 + \"]\" * 5000)" >>woodgrove.yaml'
broken woodgrove.yaml ' is too large' "a file without an end" sh -c 'head -c 6000000 /dev/zero | tr "\0" "#" >>woodgrove.yaml'
broken woodgrove.yaml ':1: the file is empty' "an empty file" truncate -s 0 woodgrove.yaml
broken shared/user.yaml ':' "a misspelt action" sed -i 's/action: user.share-address/action: user.share-adress/' shared/user.yaml
contains "$(cat "$work/err")" "unknown action 'user.share-adress', did you mean 'user.share-address'?" "a misspelt action: says so"
broken shared/user.yaml ':' "a misspelt field" sed -i '0,/takes:/s//taks:/' shared/user.yaml
contains "$(cat "$work/err")" "unknown key 'taks', did you mean 'takes'?" "a misspelt field: says so"
broken shared/user.yaml ':' "a field left out" sed -i '0,/^    purpose:.*/s///' shared/user.yaml
contains "$(cat "$work/err")" purpose "a field left out: names it"
broken scenarios/analytics-sse.yaml ':' "a step nobody has" sed -i 's/an.op.check, /an.op.chek, /' scenarios/analytics-sse.yaml
contains "$(cat "$work/err")" "an.op.chek" "a step nobody has: names it"
no 6 'There are no personas in' "a folder without personas" step check "$work/empty"
no 0 '' "the files as they are" step check "$CLEANROOM_SRCDIR/personas"

# --- where things are kept ---

state=$work/file
echo content >"$state"
no 2 'is a file, not a folder' "a state folder that is a file" demo analytics-sse --auto
is "$(cat "$state")" content "the file is as it was"
state=/proc/cleanroom-nowhere
cr demo analytics-sse --auto
[ $? -ne 0 ]; ok $? "a state folder that cannot be made"
contains "$(cat "$work/err")" "/proc/cleanroom-nowhere" "a state folder that cannot be made: names it"
state=$work/read-only
if [ "$(id -u)" -ne 0 ]; then
  mkdir -m 0500 "$state"
  cr demo analytics-sse --auto
  [ $? -ne 0 ]; ok $? "a state folder that cannot be written to"
  contains "$(cat "$work/err")" "$state" "a state folder that cannot be written to: names it"
  rmdir "$state"
else
  skip "a state folder that cannot be written to" "root may write everywhere"
fi

state=$work/no-keyring
DBUS_SESSION_BUS_ADDRESS=unix:path=$work/no-such-socket no 1 'There is no keyring' "no keyring" step run northwind env.start
hint 'Log in to a desktop session that has a keyring, or let the program keep its own: --own-keyring' "no keyring"
is "$(find "$state" -name '*.db' | wc -l)" 0 "no keyring: nothing was begun"

# --- a full disk: whatever write it hits, it is said, and the next start goes on ---

state=$work/count
CLEANROOM_FAULT=count demo --engine sqlite
writes=$(sed -n 's/^fault writes: //p' "$work/err")
[ "${writes:-0}" -gt 20 ]; ok $? "the demo writes often (${writes:-none})"
whole=$state
for part in 1 8 20 45 70 95; do
  at=$((1 + writes * part / 100))
  state=$work/full-$part
  CLEANROOM_FAULT=enospc:$at demo --engine sqlite
  is $? 1 "disk full at write $at: exit code"
  contains "$(cat "$work/err")" "disk is full" "disk full at write $at: says so"
  contains "$(cat "$work/err")" "next: " "disk full at write $at: says what to do"
  [ "$part" -eq 1 ] || { json error.message >/dev/null; ok $? "disk full at write $at: one JSON object"; }
  "$cleanroom" sandbox stop --state "$state" >/dev/null 2>&1
  demo --engine sqlite
  is "$? $(json run.rows_read) $(json output.row_count) $(column_sum)" "0 13872 248 786" "disk full at write $at: with room it goes on"
  cr governance user-document list --as northwind --json
  is "$(json 'value#')" 4 "disk full at write $at: nothing was done twice"
  "$cleanroom" sandbox stop --keyring --state "$state" >/dev/null 2>&1
  rm -rf "$state"
done

# --- a finished collaboration: nothing that is refused changes it ---

state=$whole
before=$(listing "$state")
cr run list --as woodgrove --json
runs_before=$(json summary.totalRuns)
contract=$(cat "$state/public/analytics.contract-id")
no 1 'The first day 2025-09-02 is after' "a step with an end before its start" \
  step run woodgrove an.wg.run --force --set from=2025-09-02 --set to=2025-09-01
no 1 'Only the first day is given' "a step with one day of two" step run woodgrove an.wg.run --force --set from=2025-09-02
no 1 "is none of: duckdb, sqlite" "a step with an unknown engine" step run woodgrove an.wg.run --force --set engine=spark
no 6 'Nobody is called "wodgrove"' "nobody of that name" run start --as wodgrove
no 6 UserDocumentNotFound "an unknown query" run start no-such-query --as woodgrove
no 6 'not found' "an unknown run" run status 00000000 --as woodgrove
no 6 UserDocumentNotFound "an unknown document" governance user-document show --id no-such-document --as northwind
no 2 'is not a switch' "a switch that is none" governance user-document runtime-option set --document-id x --option execution \
  --action maybe --as northwind
cr governance user-document runtime-option get --document-id "$(cat "$state/public/analytics-sse/analytics.query-id")" --option nonsense --as northwind
[ $? -ne 0 ]; ok $? "an option that is none"
cr governance proposal show --proposal-id zzz --as operator
[ $? -ne 0 ]; ok $? "a proposal id that is none"
cr governance user-identity invitation create --username nobody --as operator
[ $? -ne 0 ]; ok $? "an invitation for a bad address"
cr query add --id two --query "SELECT 1; SELECT 2" --input "a:$(cat "$state/public/analytics-sse/northwind-input.dataset-id")" \
  --output "$(cat "$state/public/analytics-sse/woodgrove-output.dataset-id")" --as woodgrove
[ $? -ne 0 ]; ok $? "two statements in one query"
contains "$(cat "$work/err")" "2 statements" "two statements in one query: says so"
no 1 'not a dataset id' "a dataset id that is none" query add --id q --query "SELECT 1" --input 'a:../../x' --output o --as woodgrove
no 1 '' "a view that is no name" query add --id q --query "SELECT 1" --input '1;x:d' --output o --as woodgrove
no 1 '' "a threshold that is no number" query add --id q --query "SELECT 1" --input a:d --output o --pre-conditions a:many --as woodgrove
for command in "query approve --as northwind" "run start --as woodgrove" "keys create extra --as operator" \
  "sandbox reset --yes" "sandbox stop" "governance proposal withdraw --proposal-id x --as operator" "demo analytics-sse"; do
  # shellcheck disable=SC2086
  no 5 '--read-only is set' "$command may only read" $command --read-only
done
cr audit list --as northwind --read-only --json
is $? 0 "reading works with --read-only"
is "$(listing "$state")" "$before" "no file was changed"
cr run list --as woodgrove --json
is "$(json summary.totalRuns)" "$runs_before" "no run was started"
cr governance user-document list --as northwind --json
is "$(json 'value#')" 4 "no document was made"
is "$(cat "$state/public/analytics.contract-id")" "$contract" "the contract is the same"

# Days without a folder: everything is read, and it says so.
cr step run woodgrove an.wg.run --force --set from=2030-01-01 --set to=2030-01-02
is $? 0 "days without a folder: the run completes"
contains "$(cat "$work/err")" "No day folder of woodgrove-input lies between 2030-01-01 and 2030-01-02: all of it will be read" \
  "days without a folder: the step says so"
contains "$(cat "$work/err")" "13872 rows read" "days without a folder: everything is read"
cr run start --from 2030-01-01 --to 2030-01-02 --as woodgrove
contains "$(cat "$work/err")" "warning: No data found for dataset northwind-input" "days without a folder: the run says so too"

# A locked keyring that is not ours to unlock.
if command -v gdbus >/dev/null && [ -s "$state/keyring/bus" ]; then
  address=$(cat "$state/keyring/bus")
  lock() {
    DBUS_SESSION_BUS_ADDRESS=$address gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \
      --method org.freedesktop.Secret.Service.Lock "['/org/freedesktop/secrets/collection/login']" >/dev/null 2>&1
  }
  if lock; then
    other=$state
    state=$work/locked
    DBUS_SESSION_BUS_ADDRESS=$address no 1 'The keyring is locked' "a locked keyring" step run northwind env.start
    hint 'Unlock the keyring' "a locked keyring"
    state=$other
    lock
    cr run list --as woodgrove --json
    is $? 0 "the own keyring is unlocked again by the program itself"
  else
    skip "a locked keyring" "this keyring cannot be locked"
  fi
else
  skip "a locked keyring" "gdbus is not here"
fi

# --- the environment ---

good=$(cat "$state/environment.yaml")
wrong() { # TEXT CONTENT PART
  printf "$2" >"$state/environment.yaml"
  no 1 "$state/environment.yaml$3" "$1" audit list --as northwind
  hint 'Correct the file at that line' "$1"
}
wrong "an environment with an open bracket" 'name: [\n' ':2: '
wrong "an environment that is a word" 'hello\n' ':1: a mapping is expected'
wrong "an environment without endpoints" 'name: local\nkind: sandbox\n' ':1: endpoints is missing'
wrong "an empty environment" '' ':1: the file is empty'
printf '%s\n' "$good" | sed 's/^\(  identity: https:..127.0.0.1:\).*/\11/' >"$state/environment.yaml"
cr identity sign-in --as northwind
[ $? -ne 0 ]; ok $? "an environment with an address where nobody is"
"$cleanroom" sandbox stop --state "$state" >/dev/null 2>&1
cr audit list --as northwind --json
is $? 0 "the environment writes its file again"

"$build/cleanroom-sandbox" --state "$state" >"$work/out" 2>"$work/err"
is $? 1 "a second sandbox on the same state folder: exit code"
contains "$(cat "$work/err")" "another sandbox" "a second sandbox on the same state folder: says so"
cr sandbox start
contains "$(cat "$work/err")" "running already" "started again: says so"

port=$(port_of ccf)
"$cleanroom" sandbox stop --state "$state" >/dev/null 2>&1
python3 -c 'import socket,sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
print("ready", flush=True)
sys.stdin.read()' "$port" < <(sleep 120) >"$work/ready" 2>/dev/null &
holder=$!
for _ in $(seq 50); do [ -s "$work/ready" ] && break; sleep 0.1; done
no 1 "port $port, which the local environment uses for 'ccf', is taken by another program" "a port that is taken" \
  audit list --as northwind
hint 'Stop the program that uses the port' "a port that is taken"
kill "$holder" 2>/dev/null
wait "$holder" 2>/dev/null
cr audit list --as northwind --json
is $? 0 "with the port free it goes on"
is "$(port_of ccf)" "$port" "at the same port"

# Killed in mid-call.
cr run list --as woodgrove --json
runs_before=$(json summary.totalRuns)
( sleep 0.2
  kill -KILL "$(cat "$state/sandbox/pid")" 2>/dev/null
  sleep 0.3
  "$cleanroom" sandbox start --state "$state" >/dev/null 2>&1 ) &
killer=$!
cr run start --run-id feedbeef --as woodgrove --json
wait "$killer" 2>/dev/null
# Started again under the same id it is the same run: it has completed, or it is known that it was cut off.
cr run start --run-id feedbeef --as woodgrove --json
code=$?
case "$code $(json status.applicationState.state) $(cat "$work/err")" in
  "0 COMPLETED "* | "1 FAILED "*"was stopped while the run was going on"*"start the query again with a new run id"*)
    ok 0 "the sandbox is killed in mid-call: the same start again tells how the run ended" ;;
  *) ok 1 "the sandbox is killed in mid-call: the same start again ($code)" ;;
esac
cr run list --as woodgrove --json
is "$(json summary.totalRuns)" $((runs_before + 1)) "the sandbox is killed in mid-call: there is one run more, not two"
cr run start --as woodgrove --json
is "$? $(json status.applicationState.state)" "0 COMPLETED" "the sandbox is killed in mid-call: a new run completes"

# A clock that is wrong.
faketime=$(ldconfig -p 2>/dev/null | sed -n 's/.*libfaketime.so.1.*=> //p' | head -n 1)
for folder in /usr/lib/*/faketime; do
  [ -n "$faketime" ] || [ ! -e "$folder/libfaketime.so.1" ] || faketime=$folder/libfaketime.so.1
done
faketime=${CLEANROOM_FAKETIME:-$faketime}
if ldd "$cleanroom" | grep -q libasan; then
  skip "a clock that is wrong" "AddressSanitizer does not go with a preloaded clock"
elif [ -n "$faketime" ]; then
  for year in 2020 2060; do
    FAKETIME="@$year-01-01 00:00:00" FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD=$faketime \
      no 1 "clock" "a clock in the year $year" governance member show --as operator
    hint "Check this machine's clock" "a clock in the year $year"
  done
  FAKETIME="@2020-01-01 00:00:00" FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD=$faketime \
    no 1 'is not valid before' "a member who signs too early" governance proposal vote --proposal-id "$(printf '%064d' 0)" \
    --action accept --as operator
  hint "Check this machine's clock" "a member who signs too early"
else
  skip "a clock that is wrong" "libfaketime is not here"
fi
plan
