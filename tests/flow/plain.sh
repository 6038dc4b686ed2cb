#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The line mode (--plain, TERM=dumb): the three journeys of analytics-sse at once, each by answering what is asked,
# to the answer; presenter mode by Enter alone; no escape sequence anywhere; end of input, Ctrl-C, bad answers.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

"$cleanroom" ui --help >"$work/out" 2>"$work/err" || skip_all "this build of cleanroom has no screens"
export PATH=$build:$PATH
unset COLUMNS ACCESSIBLE

cat >"$work/driver.py" <<'PY'
from person import *

cleanroom, folder = sys.argv[1:3]

def start(state, *words, **options):
    return Person([cleanroom, "ui", *words, "--state", os.path.join(folder, state)], **options)

# Three people at once.
names = ["operator", "northwind", "woodgrove"]
people = {"operator": start("three", "operator", "--plain", "--own-keyring")}
while people["operator"].to_prompt() and b"Journey of operator: 1 of" not in people["operator"].text:
    people["operator"].answer()
people.update({name: start("three", name, "--plain", "--own-keyring") for name in names[1:]})
done = play(people, 100)
check(done, "three people at once come to their end")
for name, person in people.items():
    if not done:
        for line in person.text.decode(errors="replace").splitlines()[-25:]:
            print("# %s: %s" % (name, line))
    check(person.end() == 0, "%s leaves without a failure" % name, person)
    check(is_plain(person), "%s got nothing but text and line ends" % name)
    long = [line for line in person.text.decode().splitlines()
            if len(line) > 78 and len(line.split()) > 2 and "back, help or quit" not in line]
    check(not long, "%s: every line fits" % name)
    for line in long[:3]:
        print("# " + line)
check(b"Columns: author; Number_Of_Mentions" in people["woodgrove"].text, "woodgrove sees the answer",
      people["woodgrove"])
check(b"Query, part 1 of 1:" in people["northwind"].text and b"SHA-256" in people["northwind"].text,
      "northwind was told the query and its digest before the vote", people["northwind"])
check(b" has done: " in people["northwind"].text + people["woodgrove"].text,
      "what others have done is announced", people["northwind"])
check(b"Type this code: " in people["operator"].text, "the sign-in code is text", people["operator"])

# Everything there is to see, each as a list. A long journey is over: what is asked is answered by number.
person = start("three", "woodgrove", "--plain")
person.to_prompt()
person.type("3")
person.to_prompt()
lists = {1: b"Member operator", 2: b": Accepted", 3: b"woodgrove-input", 4: b"Dataset woodgrove-input",
         5: b"COMPLETED", 6: b"Events: ", 7: b"Key store", 8: b"Calls of this session", 9: b"Ledger"}
for number, words in lists.items():
    person.type(str(number))
    person.to_prompt()
    check(words in person.news(), "list %d says %s" % (number, words.decode()), person)
    person.type("back")
    person.to_prompt()
person.type("5")
person.to_prompt()
person.type("1")
person.to_prompt()
person.type("")
person.to_prompt()
check(b"Number_Of_Mentions" in person.news(), "the output of the run is a table", person)
person.type("back"), person.to_prompt()
person.type("back"), person.to_prompt()
person.type("back"), person.to_prompt()
person.type("6")
person.to_prompt()
filters = re.search(rb"(\d+)\. Filter", person.news())
person.type(filters.group(1).decode())
person.to_prompt()
person.type("colour:red")
person.to_prompt()
check(b"colour" in person.news(), "a wrong filter is refused with the reason", person)
person.type("since:1h")
person.to_prompt()
check(b"Filter: since:1h" in person.news(), "a filter is taken", person)
person.type("99")
person.to_prompt()
check(b"none of the choices" in person.news(), "a number that is not there is refused", person)
person.type("help")
person.to_prompt()
check(b"quit leaves the program" in person.news(), "help says what can be typed", person)
person.type("quit")
check(person.end() == 0, "quit leaves", person)
check(is_plain(person), "no control character in any list")

# Presenter mode by Enter alone.
person = start("present", "--present", "--plain")
check(play({"present": person}, 100), "the presenter comes to the end by Enter alone", person)
check(person.end() == 0 and b"The answer." in person.text and b"Columns: author" in person.text,
      "and sees the answer", person)
check(is_plain(person), "no control character")

# A terminal that can do nothing; questions with defaults, reasons and Back; Ctrl-C.
person = start("dumb", "northwind", "--own-keyring", terminal=True, TERM="dumb")
check(person.to_prompt() and b"Journey of northwind" in person.text, "TERM=dumb shows the line mode", person)
person.type("1")
person.to_prompt()
change = re.search(rb"(\d+)\. Change the answers", person.news())
person.type(change.group(1).decode())
person.to_prompt()
check(b"Question 1 of" in person.news() and b"Text [northwind@" in person.news(), "a default stands in brackets",
      person)
person.type("no address")
person.to_prompt()
check(b"Question" not in person.news() and b"address" in person.news().replace(b"no address", b""),
      "a wrong answer is refused with the reason", person)
person.type("someone@northwind.example")
person.to_prompt()
person.type("back")
person.to_prompt()
check(b"Text [someone@northwind.example]" in person.news(), "Back keeps the answer", person)
person.type("back")
person.to_prompt()
os.write(person.write_to, b"\x1b[A\n")
check(person.until(b"control characters"), "cursor keys are refused in words", person)
check(person.to_prompt(), "and the question is put again", person)
person.type("1")
check(person.until(b"Type this code: ") and person.to_prompt(), "the step asks for a sign-in", person)
person.seen = len(person.text)
person.process.send_signal(signal.SIGINT)
check(person.until(b"Cancelled."), "Ctrl-C cancels the step", person)
person.to_prompt()
person.seen = len(person.text)
person.process.send_signal(signal.SIGINT)
check(person.end() == 130, "Ctrl-C twice leaves with 130", person)
check(b"\x1b" not in person.text.replace(b"^[[A", b""), "no escape sequence on the terminal")

# A secret: not echoed, not lost by Back, in no file.
def take(person, words):
    number = re.search(rb"(\d+)\. " + words, person.news())
    person.type(number.group(1).decode() if number else "help")
    person.to_prompt()

person = start("secret", "woodgrove", "--plain", "--own-keyring", "--scenario", "analytics-s3-sse", terminal=True)
person.to_prompt()
for answer in ["1", "1", "1"]:
    person.type(answer)
    person.to_prompt()
take(person, b"All steps")
take(person, b"Step \d+, Enter your AWS")
take(person, b"Change the answers")
for answer in ["AKIAABCDEFGHIJKLMNOP", "hush-hush-hush", "back"]:
    person.type(answer)
    person.to_prompt()
check(b"Enter = keep what was typed" in person.news(), "Back keeps a secret too", person)
person.type("")
person.to_prompt()
person.type("")
person.to_prompt()
check(b"not an AWS secret access key" in person.news(), "the secret that was kept is used", person)
check(b"hush-hush-hush" not in person.text, "a secret is not echoed", person)
person.process.terminate()
check(person.end() == 143, "SIGTERM ends it", person)

# End of input.
person = start("ended", "--plain")
os.close(person.write_to)
person.process.stdin = None
check(person.end() == 0 and b"End of input." in person.text, "the end of the input ends it politely", person)
person = start("ended", "operator", "--plain", "--read-only")
person.to_prompt()
person.type("1")
person.to_prompt()
person.type("1")
person.to_prompt()
check(b"read-only" in person.news(), "read-only refuses a step in words", person)
os.close(person.write_to)
person.process.stdin = None
check(person.end() == 5, "the exit code is that of the step that failed", person)
PY

PYTHONPATH=$CLEANROOM_SRCDIR/tests/flow PYTHONDONTWRITEBYTECODE=1 \
  python3 "$work/driver.py" "$cleanroom" "$work" >"$work/tap" 2>"$work/err"
is $? 0 "the driver ends well"
while IFS= read -r line; do
  case "$line" in
  "ok "*) ok 0 "${line#* - }" ;;
  "not ok "*) ok 1 "${line#* - }" ;;
  "#"*) printf '%s\n' "$line" ;;
  esac
done <"$work/tap"

grep -rl hush-hush-hush "$work/secret" >"$work/out" 2>/dev/null
is "$(cat "$work/out")" "" "no file has the secret"

# ACCESSIBLE=1 is the same as --plain; a script may be a file.
printf 'quit\n' >"$work/answers"
ACCESSIBLE=1 "$cleanroom" ui --state "$work/file" <"$work/answers" >"$work/out" 2>"$work/err"
is $? 0 "answers from a file"
contains "$(cat "$work/out")" "Who are you?" "ACCESSIBLE=1 shows the line mode"
plan
