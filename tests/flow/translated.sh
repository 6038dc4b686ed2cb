#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every language of po/LINGUAS is complete, and a person who speaks it reads it: lists, errors with their hint, help.
# What programs read (JSON, ids, states) is the same in every language.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

source_folder=$CLEANROOM_SRCDIR
for tool in xgettext msgfmt msgmerge msgcat msgattrib; do
  command -v "$tool" >/dev/null || skip_all "no $tool here"
done
[ -x "$build/po/persona-texts" ] || skip_all "po/persona-texts is not built"

files() { # ENDING FOLDER...
  local ending=$1
  shift
  (cd "$source_folder" && find "$@" -name "*.$ending" | LC_ALL=C sort)
}
languages() { grep -v '^#' "$source_folder/po/LINGUAS"; }

# --- the catalogues ---

mapfile -t personas < <(files yaml personas)
mapfile -t code < <(files '[ch]' src ui | grep -v -e '^src/sandbox/' -e '^src/room/')
# po/check takes every text of the code and of the personas that a language lacks.
bash "$source_folder/po/check" "$source_folder" "$build/po/persona-texts" "${personas[@]}" -- "${code[@]}" \
  >"$work/err" 2>&1
ok $? "every language is complete, and its placeholders fit: $(languages | tr '\n' ' ')"
sed 's/^/# /' "$work/err" | head -n 60
: >"$work/err"

for language in $(languages); do
  mkdir -p "$work/locale/$language/LC_MESSAGES"
  msgfmt --output-file="$work/locale/$language/LC_MESSAGES/cleanroom.mo" "$source_folder/po/$language.po" 2>/dev/null
  ok $? "$language: the catalogue compiles"
done

# --- what a person reads ---

# speak LANGUAGE ARGUMENT...
speak() {
  local language=$1
  shift
  LANGUAGE=$language CLEANROOM_LOCALE_DIR=$work/locale cr "$@"
}
said() { cat "$work/out" "$work/err"; }

# A language without a catalogue is English.
speak xx step list woodgrove
contains "$(said)" "Open your environment" "unknown language: English"

# check_language LANGUAGE TITLE-OF-A-STEP ERROR HINT SUMMARY-OF-A-COMMAND
check_language() {
  local language=$1
  speak "$language" step list woodgrove
  contains "$(said)" "$2" "$language: titles of steps"
  contains "$(said)" "env.start" "$language: ids as they are"
  contains "$(said)" " ready " "$language: states as they are"

  speak "$language" governance contract list
  is "$?" 2 "$language: an error has the same exit code"
  contains "$(said)" "$3" "$language: what happened"
  contains "$(said)" "$4" "$language: what to do next"

  speak "$language" governance contract list --help
  contains "$(said)" "$5" "$language: what a command is for"
  contains "$(said)" "cleanroom governance contract list --as northwind" "$language: commands as they are"

  speak "$language" step list woodgrove --json
  is "$(json 0.step) $(json 0.state) $(json 3.state)" "env.start ready waiting" "$language: JSON as it is"
  is "$(json 0.title)" "$2" "$language: but titles are texts"
}
check_language de "Ihre Umgebung öffnen" "Dieser Befehl handelt für jemanden, und --as fehlt." \
  "Sagen Sie, wer Sie sind: --as operator" "Ids der Verträge"
check_language ja "自分の環境を開く" "--asがありません。" "誰かを指定してください: --as operator" "契約のID"

# --- nothing that nobody can translate: the language of po/pseudo has no plain letters ---

if command -v python3 >/dev/null; then
  bash "$source_folder/po/pseudo" "$source_folder" "$build/po/persona-texts" "$work/locale" >"$work/err" 2>&1
  ok $? "en_XA: the catalogue of po/pseudo compiles"
  # plain TEXT...: the words of the last output that are plain, without those given.
  plain() {
    local words
    words=$(said | sed -e 's/--[a-z-]*//g' -e 's/cleanroom[a-z -]*//g' | grep -oE '(^|[ (])[A-Za-z]{3,}( |$)' | tr -d ' (' |
      sort -u)
    for word in "$@"; do words=$(grep -vx "$word" <<<"$words"); done
    printf '%s' "$words" | tr '\n' ' '
  }
  speak en_XA step list woodgrove
  is "$(plain ready todo waiting operator northwind woodgrove)" "" "en_XA: a list without plain words"
  speak en_XA --help
  is "$(plain)" "" "en_XA: the overview without plain words"
  speak en_XA step run --help
  is "$(plain step PERSONA STEP NAME VALUE DIR FILE)" "" "en_XA: the help of a command without plain words"
  speak en_XA step list nobody
  is "$(plain operator northwind woodgrove)" "" "en_XA: an error and its hint without plain words"
fi
plan
