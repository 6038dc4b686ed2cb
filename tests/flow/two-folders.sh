#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two state folders stand for two machines: A runs the local environment and the operator; B joins by a file that A
# exports. What is done in one environment is nowhere else; what an environment cannot do is refused.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

a=$work/a b=$work/b
export XDG_CONFIG_HOME=$work/config
mkdir -p "$XDG_CONFIG_HOME/cleanroom"

# at FOLDER ARGUMENT...: a command of that machine
at() { "$cleanroom" "${@:2}" --state "$1" >"$work/out" 2>"$work/err"; }
# sign_in FOLDER PERSONA OPTION...: the first step; its code is entered while it waits
sign_in() {
  local folder=$1 who=$2 code='' try
  shift 2
  "$cleanroom" step run "$who" env.start --set "account=$who@example.com" --own-keyring --state "$folder" "$@" >"$work/start.out" 2>"$work/start.err" &
  for ((try = 0; try < 400 && ${#code} == 0; try++)); do
    sleep 0.05
    code=$(sed -n 's/^ *enter \([A-Z0-9-]*\)$/\1/p' "$work/start.err" | head -n 1)
  done
  "$cleanroom" identity approve "$code" --as "$who" --account "$who@example.com" --state "$folder" "$@" \
    >"$work/out" 2>"$work/err" || kill $!
  wait $!
}
# state_of FOLDER PERSONA STEP OPTION...
state_of() {
  at "$1" step status "$2" "$3" "${@:4}" --json
  json state
}

# --- A: the local environment and its operator ---

at "$a" env list --json --own-keyring
is "$? $(json '#') $(json 0.name) $(json 0.current)" "0 1 local true" "at first there is the local environment"
at "$a" step list operator --own-keyring
at "$a" sandbox start
sign_in "$a" operator
is "$?" 0 "the operator signs in"
for step in env.init an.op.consortium; do
  at "$a" step run operator "$step"
  is $? 0 "operator: $step"
done
at "$a" env export --output "$work/join.yaml"
is $? 0 "the environment is exported"
at "$a" env export local
is "$(cat "$work/out")" "$(cat "$work/join.yaml")" "the same on stdout"
grep -qE 'PRIVATE KEY|password|refresh|secret|operator@' "$work/join.yaml"
is $? 1 "without any secret"
ledger=$(sed -n 's/^ccf-url: //p' "$work/join.yaml")
[ -n "$ledger" ]; ok $? "with its ledger"

# --- B: refused before anything changes ---

sed 's/^kind: .*/kind: box/' "$work/join.yaml" >"$work/bad.yaml"
at "$b" env add join --file "$work/bad.yaml"
is $? 1 "a description with a mistake"
contains "$(cat "$work/err")" "bad.yaml:2: unknown kind" "file and line are named"
sed 's/-----BEGIN CERT.*/-----BEGIN PRIVATE KEY-----/' "$work/join.yaml" >"$work/bad.yaml"
at "$b" env add join --file "$work/bad.yaml"
is $? 1 "a description with a private key"
[ ! -e "$b/environments" ]; ok $? "nothing is left behind"
at "$b" env add join --file "$work/join.yaml" --ccf-url https://x
is $? 2 "a file and options that contradict it"
at "$b" step list northwind --env join
is $? 6 "an environment that was not added"

# --- B joins ---

at "$b" env add join --file "$work/join.yaml" --own-keyring --json
is "$? $(json name) $(json kind) $(json ccfEndpoint)" "0 join sandbox $ledger" "B joins by the file"
sign_in "$b" northwind --env join
is $? 0 "northwind signs in at the identity provider of A"
[ ! -e "$b/sandbox" ] && [ ! -e "$b/northwind" ]; ok $? "nothing is started or kept for the local environment of B"
at "$b" env use join
at "$b" env list --json
is "$(json 0.current) $(json 1.name) $(json 1.current)" "false join true" "the one in use is marked"
at "$b" step run northwind an.user.identity --set email=northwind@example.com
is $? 0 "northwind shares an address"
work_b=$b/environments/join
cp "$work_b/public/northwind.email" "$a/public/"
at "$a" step run operator an.op.invite
contains "$(cat "$work/out")$(cat "$work/err")" "northwind is invited" "the operator invites"
cp "$a/public/northwind.invitation-id" "$work_b/public/"
at "$b" step run northwind an.user.accept
is $? 0 "northwind accepts at the ledger of A"
at "$a" step run operator an.op.finalize
at "$b" governance contract list --as northwind --json
is $? 0 "and is a user there"
at "$b" governance user-identity show --as northwind --json
contains "$(cat "$work/out")" "northwind" "as everybody can see"

# --- no mix-up ---

is "$(state_of "$b" northwind an.user.accept)" done "done in the environment in use"
is "$(state_of "$b" northwind an.user.accept --env local)" waiting "and not in the local one"
is "$(state_of "$b" northwind env.start --env local)" ready "where nothing was ever done"
at "$b" env use local
is "$(state_of "$b" northwind env.start)" ready "env use local"
printf 'environment: join\n' >"$XDG_CONFIG_HOME/cleanroom/settings.yaml"
is "$(state_of "$b" northwind env.start)" ready "what was chosen for the folder counts more than the settings"
rm "$b/environments/current"
is "$(state_of "$b" northwind env.start)" done "else the settings count"
is "$(state_of "$b" northwind env.start --env local)" ready "and --env counts most"

# --- the settings name one that is not there ---

printf '# mine\nenvironment: jion\n' >"$XDG_CONFIG_HOME/cleanroom/settings.yaml"
at "$b" step list northwind
is $? 1 "an unknown name in the settings"
contains "$(cat "$work/err")" 'settings.yaml line 2: there is no environment "jion"' "is named with its line"
contains "$(cat "$work/err")" 'There are: local, join.' "and what there is"
if "$cleanroom" ui --help >/dev/null 2>&1; then
  echo quit | at "$b" northwind --plain
  is $? 0 "the app opens"
  said=$(tr '\n' ' ' <"$work/out")
  contains "$said" 'settings.yaml line 2: there is no environment "jion"' "says the same"
  contains "$said" 'The local environment is used' "and uses the local one"
  echo quit | at "$b" northwind --plain --env join
  contains "$(cat "$work/out")" 'join' "or the one of --env"
else
  skip "the app opens" "this build of cleanroom has no screens"
fi
at "$b" env list --json
is $? 0 "the list helps"
rm "$XDG_CONFIG_HOME/cleanroom/settings.yaml"

# --- an environment that is but a ledger ---

at "$b" env show join --json
python3 -c 'import json,sys; open(sys.argv[2],"w").write(json.load(open(sys.argv[1]))["serviceCert"])' "$work/out" "$work/service.pem"
at "$b" env add bare --ccf-url "$ledger" --ccf-service-cert "$work/service.pem"
is $? 0 "only the ledger is described"
at "$b" governance member show --env bare --json
is "$? $(json 'value#')" "0 2" "it is read"
at "$b" step run northwind env.start --env bare --set account=northwind@example.com
is $? 1 "there is nobody who signs in"
contains "$(cat "$work/err")" "names no identity provider: it is not in $b/environments/bare.yaml" "it says what is missing"
contains "$(cat "$work/err")" "identity: https://HOST" "and what to write"
at "$a" env add bare --ccf-url "$ledger" --ccf-service-cert "$work/service.pem" --as operator/ccfoperator
if "$cleanroom" ui --help >/dev/null 2>&1; then
  printf '3\n1\nquit\n' | at "$a" operator --plain --env bare
  contains "$(cat "$work/out")" "Member ccfoperator (you)" "the screens show it as whom the description names"
  printf '3\n1\nquit\n' | at "$a" operator --plain --env bare --as operator/operator
  contains "$(cat "$work/out")" "Member operator (you)" "or as whom --as names"
else
  skip "the screens show it" "this build of cleanroom has no screens"
fi
at "$b" sandbox status --env bare
is $? 2 "the sandbox is no part of it"

# --- another one of the same name ---

sed 's/identity: .*/identity: https:\/\/127.0.0.1:9/; /^ccf-url/,$d' "$work/join.yaml" >"$work/other.yaml"
at "$b" env add join --file "$work/other.yaml"
is $? 1 "a name is not taken twice"
at "$b" env add join --file "$work/other.yaml" --replace --json
is $? 0 "but replaced when told so"
contains "$(cat "$work/err")" "is kept in $work_b.until-" "the work done there is put aside"
is "$(state_of "$b" northwind env.start --env join)" ready "and not taken for the new one's"
at "$b" env remove join
is $? 0 "it is removed"
[ ! -e "$work_b" ] && [ ! -e "$work_b.yaml" ]; ok $? "with nothing that a later one could find"

plan
