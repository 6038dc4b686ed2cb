#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One whole collaboration, with each engine, over built-in and over real data.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

answer() { # NAME ROWS_READ ROWS_OUT SUM
  is "$(json run.state)" COMPLETED "$1: the run completed"
  is "$(json run.rows_read)" "$2" "$1: rows read"
  is "$(json run.rows_written)" "$3" "$1: rows written"
  is "$(json output.row_count)" "$3" "$1: rows in the answer"
  is "$(column_sum)" "$4" "$1: the counts add up"
}

engines="sqlite"
engine_is_there && engines="sqlite duckdb"

for engine in $engines; do
  state=$work/$engine
  demo --engine "$engine"
  is $? 0 "$engine: the demo ends well"
  answer "$engine, built-in data" 13872 248 786
  contains "$(json run.engine)" "$engine" "$engine: that engine ran it"
  is "$(json scenario)" analytics-sse "$engine: scenario"
  is "$(json environment)" local "$engine: environment"
  is "$(json output.columns)" '["author", "Number_Of_Mentions"]' "$engine: columns"
  python3 -c 'import json,sys
rows = json.load(open(sys.argv[1]))["output"]["rows"]
print(json.dumps(sorted(rows)))' "$work/out" >"$work/rows.$engine"
  file=$(json output.files.0)
  [ -s "$file" ]; ok $? "$engine: the output file is there"
  is "$(head -n 1 "$file" | tr -d '\r')" "author,Number_Of_Mentions" "$engine: it has a header line"
done
if engine_is_there; then
  cmp -s "$work/rows.sqlite" "$work/rows.duckdb"
  ok $? "both engines give the same rows"
else
  skip "both engines give the same rows" "libduckdb.so is not here"
fi

# Again: it says so and changes nothing.
state=$work/sqlite
listing() { (cd "$state" && find public operator northwind woodgrove -type f ! -name 'journal.db*' -exec sha256sum {} + | sort -k2); }
before=$(listing)
cr run list --as woodgrove --json; runs_before=$(json summary.totalRuns)
demo
is $? 0 "a finished scenario runs again"
cr demo analytics-sse --auto
contains "$(cat "$work/err")" "already" "and says that it was finished already"
is "$(listing)" "$before" "and changes no file"
cr run list --as woodgrove --json
is "$(json summary.totalRuns)" "$runs_before" "and starts no run"
cr governance user-identity invitation show --as operator --json
is "$(json 'value#')" 2 "two people were invited, once each"
cr governance user-document list --as northwind --json
is "$(json 'value#')" 4 "three datasets and one query are registered"

# Who keeps what where.
is "$(stat -c %a "$state/sandbox")" 700 "the sandbox keeps its things private"
for persona in operator northwind woodgrove; do
  is "$(stat -c %a "$state/$persona/private")" 700 "$persona: the private folder is private"
  is "$(find "$state/$persona/secret" -type f 2>/dev/null | wc -l)" 0 "$persona: no key in a file"
done
! grep -rlE 'BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY' "$state" --include='*' 2>/dev/null | grep -v "^$state/sandbox/" | grep -q .
ok $? "no private key lies outside the sandbox"
cr keys list --json
is "$(python3 -c 'import json,sys; print(sorted({e["persona"] for e in json.load(open(sys.argv[1]))}))' "$work/out")" \
  "['northwind', 'operator', 'woodgrove']" "each party has its own entries in the keyring"
cr keys export operator --public --json
contains "$(json certificate)" "BEGIN CERTIFICATE" "the certificate can be exported"
! grep -q 'PRIVATE KEY' "$work/out"; ok $? "and nothing private with it"

# What happened is on record.
cr audit list --as northwind --json
is $? 0 "audit events can be listed"
events=$(python3 -c 'import json,sys; print("\n".join(e["data"]["message"] for e in json.load(open(sys.argv[1]))))' "$work/out")
is "$(grep -c '^Event_DATASET_LOAD_COMPLETED_3001 | Dataset: .* load completed successfully | job id: ' <<<"$events")" 2 "two loads are on record"
is "$(grep -c '^Event_DATASET_WRITE_COMPLETED_3005 | Dataset write completed successfully to .* | rows: 248 | job id: ' <<<"$events")" 1 "one write is on record"
is "$(grep -c '^Event_QUERY_COMPLETED_3003 | Query execution completed successfully | job id: ' <<<"$events")" 1 "the end is on record"
is "$(grep -c '^Starting query execution for queryId: .*job id: ' <<<"$events")" 1 "the start is on record"

# Days.
state=$work/days
demo --from 2025-09-01 --to 2025-09-02
is $? 0 "two days: the demo ends well"
answer "two days" 1664 10 38

# The real data set, where it is there.
if [ -n "${CLEANROOM_TWEETS:-}" ]; then
  for engine in $engines; do
    state=$work/tweets-$engine
    demo --engine "$engine" --data "$CLEANROOM_TWEETS"
    is $? 0 "tweets, $engine: the demo ends well"
    answer "tweets, $engine" 13872 248 786
    is "$(json output.rows.0.0) $(json output.rows.0.1)" "DamianWidera 28" "tweets, $engine: the top author"
    state=$work/tweets-days-$engine
    demo --engine "$engine" --data "$CLEANROOM_TWEETS" --from 2025-09-01 --to 2025-09-02
    answer "tweets, two days, $engine" 1664 10 38
  done
else
  skip "the real data set" "the folder with the eight tweet files is not here"
fi

# Two environments side by side.
"$cleanroom" sandbox status --json --state "$work/sqlite" >"$work/a"
"$cleanroom" sandbox status --json --state "$work/days" >"$work/b"
is "$(json running "$work/a") $(json running "$work/b")" "true true" "two sandboxes run side by side"
plan
