#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Data is described before it is published, the owner sees what others will see of it, and publishing anew says what
# follows, never registers half of it, and is followed by everybody concerned.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

scenario="--scenario analytics-cpk"
again() { cr step run "$1" an.user.publish --again $scenario "${@:2}" </dev/null; }
states() { # PERSONA: the steps that are not done, with their notes
  cr step list "$1" --json $scenario
  python3 -c 'import json,sys
print(" ".join(s["step"] for s in json.load(open(sys.argv[1])) if s["state"] != "done" and not s["optional"]))' "$work/out"
}
note() { # PERSONA STEP
  cr step status "$1" "$2" --json $scenario
  json note
}
ids() { cat "$state"/public/analytics-cpk/*.dataset-id; }
documents() {
  cr governance user-document list --as northwind --json $scenario
  python3 -c 'import json,sys
v = json.load(open(sys.argv[1])); v = v["value"] if isinstance(v, dict) else v
print(len([d for d in v if sys.argv[2] in d["id"]]))' "$work/out" "$1"
}
of_document() { # ID PYTHON: an expression about its data, d
  cr governance user-document show --id "$1" --as northwind --json $scenario
  python3 -c 'import json,sys
d = json.loads(json.load(open(sys.argv[1]))["data"]); print(eval(sys.argv[2]))' "$work/out" "$2"
}
kek='d["datasetAccessPoint"]["protection"]["encryptionSecrets"]["kek"]["name"]'

cr demo analytics-cpk --auto --json --quiet --engine sqlite
is $? 0 "the scenario runs"

# --- describing ---
input=$state/northwind/datasource/input
cr data describe "$input" --json --quiet
is "$(json format) $(json files) $(json rows) $(json days#) $(json days.0.day)" "csv 4 9437 4 2025-09-01" \
  "the built-in data: format, files, rows and days"
is "$(python3 -c 'import json,sys
v = json.load(open(sys.argv[1]))
print(*[c["name"] + ":" + c["type"] for c in v["columns"]], *sorted(o["code"] for o in v["oddities"]), v["publishable"])' "$work/out")" \
  "date:string time:string author:string mentions:string crlf other-dates unfit True" "its columns, types and oddities"
cr data describe "$input" --preview --allowed author,date --json --quiet
is "$(json preview.readable.0.name) $(json preview.readable.1.name) $(json preview.hidden.0.name) $(json preview.hidden.1.samples)" \
  "author date time None" "the preview has values of the allowed columns only"
cr data describe "$input" --allowed author,authors --quiet
is $? 1 "an allowed column that is not there is refused"
cr data describe "$input" --quiet --write-schema "$work/schema.json" --write-document "$work/document.json" --allowed author --name my-data
is "$? $(json fields.0.fieldType "$work/schema.json") $(json name "$work/document.json") $(json datasetAccessPolicy.allowedFields.0 "$work/document.json")" \
  "0 string my-data author" "schema and document are written in the form of today"
cr data describe "$input" --read-only --write-schema "$work/other.json"
is "$? $(ls "$work/other.json" 2>/dev/null)" "5 " "--read-only writes nothing"
mkdir -p "$work/bad/2025-09-01"
printf 'id,name\n1,a\n2\n3,\377\n' >"$work/bad/2025-09-01/a.csv"
cr data describe "$work/bad" --quiet
contains "$(cat "$work/out")" "2025-09-01/a.csv:3: 1 columns, not 2" "a broken line is named"
contains "$(cat "$work/out")" "2025-09-01/a.csv:4" "and a line that is no UTF-8"

# --- what publishing anew means ---
before=$(ids)
first=$(cat "$state/public/analytics-cpk/northwind-input.dataset-id")
cr step run northwind an.user.publish --again --plan --json $scenario
is "$(json preview.datasets.0.readable#) $(json preview.again#) $(json preview.again.0.step)" "4 6 an.wg.query-add" \
  "the plan shows what others see, and what has to be done again"
contains "$(json preview.notes.1)" "key" "and that a new key is made"
again northwind --set allowed=author,nothing
is "$? $(ids)" "1 $before" "a column that is not there is refused, and nothing is changed"
mv "$input/2025-09-02" "$work/away"
mkdir "$input/2025-09-02"
printf '1/01/2025,10:00,somebody\n' >"$input/2025-09-02/x.csv"
again northwind
is "$? $(ids) $(documents northwind-input)" "1 $before 1" "so is data with a broken line"
rm -r "$input/2025-09-02"
mv "$work/away" "$input/2025-09-02"

CLEANROOM_FAULT=kill@dataset-proposed:1 again northwind --quiet 2>/dev/null
is "$? $(ids)" "137 $before" "killed before its document is accepted, the others learn nothing"
again northwind --json --quiet
is "$? $(documents northwind-input)" "0 2" "taken again, it goes on with the same new document"
second=$(cat "$state/public/analytics-cpk/northwind-input.dataset-id")
[ "$first" != "$second" ]
ok $? "which has a new id"
[ "$(of_document "$first" "$kek")" != "$(of_document "$second" "$kek")" ]
ok $? "and a new key"
is "$(grep -c "name: '\?northwind-input-" "$state/northwind/private/northwind-analytics-cpk.config")" 1 \
  "the specification holds the new one only"

# --- everybody concerned ---
is "$(states northwind)" "an.user.grant an.user.approve" "northwind has to give access and approve again"
contains "$(note northwind an.user.grant)" "was done again since" "with the reason"
is "$(states woodgrove)" "an.wg.query-add an.user.approve an.wg.run an.wg.output" "woodgrove has to propose, approve and run again"
contains "$(note woodgrove an.wg.query-add)" "northwind: 'Publish your data' was done again since." "with the reason"
cr step run northwind an.user.approve $scenario
is $? 1 "the decision of before is none about something new"
cr step run northwind an.user.approve --set decision=accept --json $scenario
is "$? $(json state) $(json waits.0.step)" "4 waiting an.wg.query-add" "the query has to be proposed again first"
query=$(cat "$state/public/analytics-cpk/analytics.query-id")
cr demo analytics-cpk --auto --json --quiet --engine sqlite
is "$? $(json output.row_count) $(column_sum)" "0 248 786" "doing these again gives the same answer"
[ "$query" != "$(cat "$state/public/analytics-cpk/analytics.query-id")" ]
ok $? "of a new query"
is "$(states northwind)$(states woodgrove)" "" "and everything is done"

# --- two datasets ---
before=$(ids)
CLEANROOM_FAULT=kill@dataset-accepted:1 again woodgrove --quiet --set allowed=date,time,author,mentions 2>/dev/null
is "$? $(ids)" "137 $before" "killed between two datasets, neither is announced"
again woodgrove --quiet
is "$? $(documents woodgrove-input) $(documents woodgrove-output)" "0 2 2" "both are registered once more"
cr step run woodgrove an.user.publish --force --set allowed=author $scenario
contains "$? $(cat "$work/err")" "--again" "what is registered is not changed without --again"
plan
