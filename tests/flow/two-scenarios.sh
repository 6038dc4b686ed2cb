#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Three scenarios one after the other in one state folder: each keeps its own, what they share is made once, and a
# folder from before it was so is put in order.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

play() { cr demo "$1" --auto --json --quiet --engine sqlite "${@:2}"; }
shows() { # SCENARIO: "the id in its folder" "what query show says"
  cr query show --json --as woodgrove --scenario "$1"
  printf '%s %s' "$(cat "$state/public/$1/analytics.query-id")" "$(json id)"
}
attempts() { # of every step of everybody in every scenario
  python3 - "$state" <<'PY'
import sqlite3, sys
for who in ("operator", "northwind", "woodgrove"):
    db = sqlite3.connect("%s/%s/private/journal.db" % (sys.argv[1], who))
    print(who, db.execute("SELECT scenario, step, state, attempts FROM step ORDER BY 1, 2").fetchall())
PY
}
whole() { # SCENARIOS TEXT
  cr governance contract list --as operator --json
  is "$(json 'value#')" 1 "$2: one contract"
  cr governance user-identity invitation show --as operator --json
  is "$(json 'value#')" 2 "$2: two invitations"
  cr governance user-document list --as northwind --json
  is "$(json 'value#')" $((4 * $1)) "$2: four documents for each scenario"
}

play analytics-sse
is "$? $(json output.row_count)" "0 248" "the first scenario ends well"
first=$(cat "$state/public/analytics-sse/analytics.query-id")
cp "$work/out" "$work/first"

# The second is killed at its beginning, between the two halves of its publication, and in its run.
for point in step/operator/an.op.invite/begun step/northwind/an.user.publish/acted step/woodgrove/an.wg.query-add/acted \
  step/woodgrove/an.wg.run/begun run-started; do
  CLEANROOM_FAULT=kill@$point:1 play analytics-cpk 2>/dev/null
  is $? 137 "the second is killed at $point"
  is "$(shows analytics-sse)" "$first $first" "and the query of the first is the one that is shown for it"
done
cr step list woodgrove --scenario analytics-cpk --json
is "$(python3 -c 'import json,sys
print([s["state"] for s in json.load(open(sys.argv[1])) if s["step"] in ("an.wg.run", "an.wg.output")])' "$work/out")" \
  "['running', 'todo']" "the run of the first is not taken for one of the second"
play analytics-cpk
is "$? $(json output.row_count)" "0 248" "started again, the second ends well"
whole 2 "after the second"
play analytics-s3-sse
is "$? $(json output.row_count)" "0 248" "the third ends well"
whole 3 "after the third"

second=$(cat "$state/public/analytics-cpk/analytics.query-id")
third=$(cat "$state/public/analytics-s3-sse/analytics.query-id")
is "$(printf '%s\n' "$first" "$second" "$third" | sort -u | wc -l)" 3 "three scenarios have three queries"
before=$(attempts)
for scenario in analytics-sse analytics-cpk analytics-s3-sse; do
  id=$(cat "$state/public/$scenario/analytics.query-id")
  is "$(shows $scenario)" "$id $id" "$scenario: its query is shown"
  cr run list --as woodgrove --scenario $scenario --json
  is "$(json summary.totalRuns)" 1 "$scenario: its query ran once"
  cr demo $scenario --auto --engine sqlite
  contains "$(cat "$work/err" "$work/out")" "Everything was done already" "$scenario: asked for again, it is finished"
  cr step list northwind --scenario $scenario --json
  is "$(python3 -c 'import json,sys
print([(s["step"], s["state"], s.get("note")) for s in json.load(open(sys.argv[1]))
       if not s["optional"] and (s["state"] != "done" or s.get("note"))])' "$work/out")" "[]" "$scenario: nothing of it is out of date"
done
is "$(attempts)" "$before" "no step of any scenario was taken again"
cr query show --json --as woodgrove
is "$(json id)" "$first" "without a scenario, the query of the usual one is shown"
cr step run northwind an.user.publish --scenario analytics-cpk --again --json
is $? 0 "a publication of the second is made anew"
for scenario in analytics-sse analytics-s3-sse; do
  cr step list woodgrove --scenario $scenario --json
  is "$(python3 -c 'import json,sys
print({s["state"] for s in json.load(open(sys.argv[1])) if not s["optional"]})' "$work/out")" "{'done'}" \
    "and nothing of $scenario has to be done again"
done

# --- a folder in which the files of all scenarios had the same names ---
"$cleanroom" sandbox stop --state "$state" >/dev/null 2>&1
python3 - "$state" <<'PY'
import os, sqlite3, sys
state = sys.argv[1]
for scenario in ("analytics-sse", "analytics-cpk", "analytics-s3-sse"):
    folder = "%s/public/%s" % (state, scenario)
    for name in os.listdir(folder):
        os.rename(folder + "/" + name, "%s/public/%s" % (state, name))
    os.rmdir(folder)
    for who in ("operator", "northwind", "woodgrove"):
        db = sqlite3.connect("%s/%s/private/journal.db" % (state, who))
        inside, above = "public/%s/" % scenario, "public/"
        db.execute("UPDATE artefact SET path = replace (path, ?, ?)", (inside, above))
        db.execute("UPDATE fact SET name = replace (name, ?, ?)", (inside, above))
        for name, value in db.execute("SELECT name, value FROM fact WHERE name LIKE ?", (scenario + "/%",)).fetchall():
            db.execute("DELETE FROM fact WHERE name = ?", (name,))
            if not name.endswith("/layout"):
                db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name.split("/", 1)[1], value))
        db.commit()
PY
play analytics-s3-sse
is "$? $(json output.row_count)" "0 248" "an old folder: the last scenario goes on"
is "$(shows analytics-s3-sse)" "$third $third" "an old folder: its query is where it belongs now"
play analytics-sse
is "$? $(json output.row_count)" "0 248" "an old folder: the first is whole again"
is "$(json run.id)" "$(json run.id "$work/first")" "an old folder: its run is the one of before"
is "$(shows analytics-sse)" "$first $first" "an old folder: its query is the one of before"
plan
