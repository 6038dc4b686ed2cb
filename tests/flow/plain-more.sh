#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The rest of the line mode, through pipes as a script or a screen reader uses it: everything played by itself, proposals
# and votes, rejecting with a reason, keys, saving and exporting, days and paths, settings, a step that fails and one
# that is cancelled, two programs for one persona, leaving in mid-work.
. "${CLEANROOM_SRCDIR:?}/tests/flow/lib.sh"

"$cleanroom" ui --help >"$work/out" 2>"$work/err" || skip_all "this build of cleanroom has no screens"
export PATH=$build:$PATH XDG_CONFIG_HOME=$work/config
unset COLUMNS ACCESSIBLE

cat >"$work/driver.py" <<'PY'
import json
from person import *

cleanroom, folder = sys.argv[1:3]
os.chdir(folder)

def start(state, *words, **options):
    arguments = [cleanroom, "ui", *words, "--own-keyring", "--state", os.path.join(folder, state)]
    if options.get("TERM") != "dumb":
        arguments.append("--plain")
    return Person(arguments, **options)

def say(person, *words):
    """Types each word at a prompt and reads to the next one; gives what came after the last."""
    for word in words:
        person.type(word)
        person.to_prompt()
    return person.news()

def home(person):
    for _ in range(6):
        if b"This is the first page" in say(person, "back"):
            return

def read(name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()

# --- everything by itself; a pause ---
person = start("all", "--present", terminal=True)
person.to_prompt()
check(b"Presenter: all personas" in person.text and b"Next: operator" in person.news(), "the presenter sees whose turn it is", person)
person.type("play")
person.until(b"It plays by itself")
os.write(person.write_to, b"pause\n")
check(person.until(b"It stops after the step") and person.until(b"Paused."), "playing by itself can be paused", person)
person.to_prompt()
paused = re.findall(rb": (\d+) of \d+ steps done", person.news())
check(sum(map(int, paused)) < 20, "and stops before the end", person)
person.type("play")
check(person.until(b"Everything is done.", 90) and person.to_prompt(), "it goes on to the end", person)
check(b"See the answer (Enter)" in person.news(), "and recommends the answer", person)
say(person, "")
check(b"Columns: author" in person.news(), "which is a table", person)
person.type("quit")
check(person.end() == 0, "it leaves without a failure", person)

# --- the consortium: propose, invite, remove; nothing without the word ---
person = start("all", "operator")
person.to_prompt()
page = say(person, "look", "consortium")
check(b"autoapprove-jsapp-proposal: disabled" in page, "the switches of the service are told", person)
page = say(person, "propose something", "switch an automatic", "2", "1")
check(b'"name": "set_cgs_runtime_options"' in page and b'"status": "enabled"' in page and b"Type propose" in page,
      "the whole proposal is shown before", person)
check(b"Nothing was done." in say(person, "no"), "another word proposes nothing", person)
check(b"Proposed; it is Accepted." in say(person, "switch an automatic", "2", "1", "propose"), "it is proposed", person)
page = say(person, "back")
check(b"autoapprove-jsapp-proposal: enabled" in page or
      person.until(b"autoapprove-jsapp-proposal: enabled", 1) or
      b"autoapprove-jsapp-proposal: enabled" in say(person, "again"), "and is in force", person)
say(person, "propose something", "remove a member")
check(b"64 hexadecimal digits" in say(person, "nobody"), "a member that is not there is refused", person)
check(b"Type propose" in say(person, "operator"), "a member can be named", person)
say(person, "no", "something else")
check(b"small letters" in say(person, "Set Member"), "a name that no action has is refused", person)
check(b"has to be an object" in say(person, "set_member", "[1]"), "arguments that are no object are refused", person)
check(b"no JSON" in say(person, '{"a":'), "broken JSON is refused with the place", person)
say(person, "back", "back", "back")
say(person, "invite a user")
page = say(person, "ada@elsewhere.example")
check(b"The invitation is open." in page, "somebody is invited", person)
page = page if b"Invitation of ada@elsewhere.example: Open" in page else say(person, "again")
check(b"Invitation of ada@elsewhere.example: Open" in page, "and stands in the list", person)
say(person, "remove the invitation of ada")
check(b"Nothing was done." in say(person, "yes"), "the invitation stays without the word", person)
check(b"The invitation is gone." in say(person, "remove the invitation of ada", "remove"), "and goes with it", person)
page = say(person, "proposals")
check(b"Accepted" in page, "the proposals are a list", person)
page = say(person, "1")
check(b"Proposed by: " in page and b"Ballots:" in page and b"You cannot vote: " in page, "a decided one says why no vote", person)
home(person)
for status in ("disabled", "enabled"):
    content = {"actions": [{"name": "set_cgs_runtime_options",
                            "args": {"option": "autoapprove-jsapp-proposal", "status": status}}]}
    subprocess.run([cleanroom, "governance", "proposal", "create", "--content", json.dumps(content), "--as", "operator",
                    "--state", os.path.join(folder, "all")], capture_output=True)
say(person, "look", "consortium", "again")
page = say(person, "proposals")
check(page.count(b"Your vote is missing.") == 2, "open proposals come first and say whose vote is missing", person)
check(b"Accepting votes: 0 of 1 needed" in say(person, "1"), "one tells how many votes it takes", person)
check(b"Nothing was done." in say(person, "reject", "why not", "yes"), "no vote without the word", person)
page = say(person, "reject", "not today", "reject")
check(b"You rejected the proposal; it is Open now." in page and b"Your reason is kept in" in page,
      "a proposal is rejected with a reason", person)
page = say(person, "again")
check(b"You cannot vote: You have voted" in page and b"rejecting: 1." in page, "a ballot is cast once", person)
check(b"The proposal is withdrawn." in say(person, "withdraw", "withdraw"), "it is withdrawn", person)
say(person, "back", "again")
number = re.search(rb"(\d+)\. [^\n]*: Open\. Your vote is missing", person.news())
page = say(person, number.group(1).decode() if number else "1", "accept", "accept")
check(b"You accepted the proposal; it is Accepted now." in page, "another one is accepted", person)
home(person)

# --- contracts ---
page = say(person, "look", "contracts", "new contract", "extra", "the first text")
check(b"The draft extra is written." in page, "a draft is written", person)
page = say(person, "extra")
check(b"Contract extra: Draft." in page and b"Text: the first text" in page, "and can be read", person)
check(b"The draft extra has a new text." in say(person, "another text", "the second text"), "another text for it", person)
say(person, "again")
page = say(person, "save it to a file", "nowhere/extra.json")
check(b"There is no folder nowhere." in page, "a folder that is not there is refused", person)
check(b"Written: " in say(person, "extra.json"), "it is saved", person)
check(read("extra.json") == b"the second text\n", "as it was read")
check(b"Proposed; " in say(person, "propose it", "propose"), "it is proposed", person)
check(b"You accepted extra; it is Accepted now." in say(person, "accept", "accept"), "and accepted", person)
check(b"You stopped extra." in say(person, "disable execution"), "its execution can be stopped", person)
home(person)

# --- keys: the public part, deleting with the name ---
say(person, "look", "keys")
check(b"Certificate of operator" in say(person, "certificate of operator"), "a certificate is a key too", person)
check(b"Written: " in say(person, "save the public part", "operator.pem"), "the public part is saved", person)
check(read("operator.pem").startswith(b"-----BEGIN CERTIFICATE-----"), "which is a certificate")
page = say(person, "back", "signing key of operator")
check(b"Fingerprint: " in page and b"If it is deleted: " in page, "a key says what it is and what is lost without it", person)
check(b"What is lost: " in say(person, "delete it") and b"Nothing was done." in say(person, "delete"),
      "a key is not deleted by another word", person)
person.type("quit")
check(person.end() == 0 and is_plain(person), "the operator leaves", person)

# --- runs: days, engine, waiting, output; paths by list ---
person = start("all", "woodgrove")
person.to_prompt()
say(person, "look", "runs", "start a run")
check(b"September 2025" in say(person, "calendar 2025-09") and b"Monday 1, Tuesday 2" in person.news(),
      "the calendar is lines", person)
page = say(person, "1")
check(b"Last day" in page, "a day of that month is its number", person)
check(b"is after the last day" in say(person, "2025-08-31"), "a range the wrong way round is refused", person)
check(b"This is no day" in say(person, "2025-02-30"), "a day that does not exist is refused", person)
page = say(person, "+1")
check(b"Engine" in page and b"duckdb" in page, "+1 is the day after; the engine can be chosen", person)
check(b"Text [2025-09-02]" in say(person, "back"), "and is shown as a day", person)
page = say(person, "", "sqlite")
check(b" has started." in page, "the run starts", person)
if b"Wait until it ends" in page:
    page = say(person, "wait until")
check(b"COMPLETED" in page or b"COMPLETED" in say(person, "again"), "it is waited for", person)
check(b"engine: sqlite" in person.text, "with the engine that was chosen", person)
page = say(person, "see the output")
check(b"Columns: author; Number_Of_Mentions" in page and b"Rows: " in page, "its output is a table", person)
os.makedirs("some/folder/below", exist_ok=True)
for number in range(35):
    open("some/folder/file-%02d.txt" % number, "w").close()
say(person, "save it as csv")
page = say(person, "list")
check(b"Folder " in page and b"some/, folder" in page and b".. (the folder above)" in page, "list tells what is there", person)
number = re.search(rb"(\d+)\. some/", page).group(1).decode()
page = say(person, number, "3")
check(b"Folder %s/some/folder:" % os.path.realpath(folder).encode() in page or b"/some/folder:" in page, "a folder is entered", person)
page = say(person, "file-1")
check(b'Only names with "file-1"' in page and b"file-10.txt" in page and b"file-02" not in page, "a part of a name filters", person)
check(b"No name there has that" in say(person, "xyz"), "one that nothing has is refused", person)
page = say(person, "=")
check(b"More: 31 to 36 of 36" in page, "a long list comes in parts", person)
page = say(person, "2", "2")
check(b"/some:" in page or b"some/, folder" in page, ".. goes up", person)
page = say(person, "back", "some/folder/out.csv")
check(b"Written: " in page, "it is saved", person)
rows = read("some/folder/out.csv").splitlines()
check(rows[0] == b"author,Number_Of_Mentions" and len(rows) > 10, "as CSV")
home(person)

# --- audit: export what the filter lets through, watch ---
say(person, "look", "audit", "filter", "text:completed")
check(b"Written" in say(person, "save these events as json", "audit.jsonl") or b"written to" in person.news(), "events are saved", person)
events = [json.loads(line) for line in read("audit.jsonl").splitlines()]
check(events and all("completed" in event["message"].lower() for event in events), "as JSON lines, those of the filter")
say(person, "save these events as csv", "audit.csv")
check(read("audit.csv").startswith(b"seqno,time,id,scope,source,message\n"), "and as CSV")
check(len(read("audit.csv").splitlines()) == len(events) + 1, "the same number of them")
person.type("watch")
check(person.until(b"New events are said as they come"), "they can be watched", person)
check(b"Audit events." in say(person, ""), "until Enter", person)
home(person)

# --- settings ---
page = say(person, "look", "settings")
check(b"Colours: auto" in page and b"settings.yaml" in page, "settings are a list", person)
check(b"not one of" in say(person, "colours", "purple") or b"Type one of the numbers" in person.news(), "a wrong choice is refused", person)
check(b"Kept in " in say(person, "monochrome"), "a choice is kept", person)
check(b"whole number from 1 to 3600" in say(person, "look again", "0"), "a number out of range is refused", person)
check(b"Kept in " in say(person, "5"), "a number is kept", person)
say(person, "keys of the screens", "app.help,")
check(b"is no key" in say(person, "Hyper-x"), "a key that is none is refused", person)
check(b"Kept in " in say(person, "F2"), "a key is kept", person)
text = read("config/cleanroom/settings.yaml")
check(b"theme: monochrome" in text and b"refresh: 5" in text and b"app.help: F2" in text, "all of it is in the file")
check(b"Undone: keys.app.help: F2" in say(person, "undo"), "undo takes the key back", person)
check(b"app.help" not in read("config/cleanroom/settings.yaml"), "in the file too")
say(person, "back")
check(b"Colours: auto" in say(person, "colours", "="), "= alone is the default again", person)
check(b"Colours: monochrome" in say(person, "undo"), "which is undone as well", person)
say(person, "colours", "=")
with open("config/cleanroom/settings.yaml", "a") as file:
    file.write("colour: red\n")
check(b"colour" in say(person, "again") and b"did you mean" not in person.news() or b"unknown setting" in person.news(),
      "a mistake in the file is told", person)
check(b"This cannot be set: " in say(person, "mouse", "2"), "and the file is not written over", person)
os.unlink("config/cleanroom/settings.yaml")
person.type("quit")
check(person.end() in (0, 2) and is_plain(person), "woodgrove leaves", person)

# --- keys that do not exist yet; deleting one ---
person = start("keys", "operator")
person.to_prompt()
while person.open and b"Journey of operator: 1 of" not in person.text:
    person.answer(), person.to_prompt()
page = say(person, "look", "keys")
check(b"Create operator" in page, "keys that are missing can be made", person)
check(b"the private key stays in the key store" in say(person, "create operator"), "one is made", person)
page = say(person, "again")
check(b"Signing key of operator" in page and b"Create operator" not in page, "and listed", person)
page = say(person, "signing key of operator", "delete it", "operator")
check(b" operator is deleted." in page, "its name deletes it", person)
check(b"Signing key of operator" not in say(person, "again"), "and it is gone", person)
person.type("quit")
check(person.end() == 0, "the operator leaves again", person)

# --- three people up to the vote: one rejects, the query is proposed again, one withdraws ---
def until_vote(people, seconds=90):
    end = time.monotonic() + seconds
    ready = set()
    while time.monotonic() < end and len(ready) < 2:
        for name, person in people.items():
            if name in ready or not person.open or person.read(0.02) is not False or not person.at_prompt():
                continue
            if b"Query, part 1 of" in person.news():
                ready.add(name)
            else:
                person.answer()
    return len(ready) == 2

people = {"operator": start("vote", "operator")}
while people["operator"].to_prompt() and b"Journey of operator: 1 of" not in people["operator"].text:
    people["operator"].answer()
people.update({name: start("vote", name) for name in ("northwind", "woodgrove")})
northwind, woodgrove = people["northwind"], people["woodgrove"]
check(until_vote(people), "both come to the vote", woodgrove)
say(northwind, "reject", "too <broad>")
check(b"Nothing was done." in say(northwind, "accept"), "the wrong word casts nothing", northwind)
woodgrove.seen = len(woodgrove.text)
say(northwind, "reject", "too broad", "reject")
check(b"You rejected " in northwind.news() and b"Your reason is kept in" in northwind.news(), "northwind rejects with a reason", northwind)
check(b"Approve the query: done" in northwind.news(), "and the step takes note of it", northwind)
reasons = json.loads(read("vote/northwind/private/decisions.json"))
check(reasons[-1]["decision"] == "rejected" and reasons[-1]["reason"] == "too broad", "the reason is in the own files")
check(woodgrove.until(b"It has changed since you were told", 20), "woodgrove is told that it changed", woodgrove)
woodgrove.to_prompt()
page = say(woodgrove, "accept", "accept")
check(b"It is no longer proposed; nothing was sent." in page, "a vote on it is refused", woodgrove)
check(b"Open woodgrove: Propose the query (Enter)" in page, "and the step that helps is recommended", woodgrove)
page = say(woodgrove, "", "do it again")
check(b"Type publish" in page and b"Number_Of_Mentions" in page and b"SHA-256: " in page,
      "what everybody gets to know comes before, with its digest", woodgrove)
page = say(woodgrove, "publish")
check(b"Propose the query: done" in page and b"Step 10, Approve the query: ready (Enter)" in page, "it is proposed again", woodgrove)
page = say(northwind, "all steps", "step 9")
check(b"It was proposed again since" in page and b"Query, part 1 of 1:" in page and b". Accept" in page,
      "northwind is asked once more", northwind)
home(woodgrove)
say(woodgrove, "look", "documents")
page = say(woodgrove, "1")
check(b": query, Proposed." in page and b". Withdraw" in page, "what is to be decided comes first", woodgrove)
northwind.seen = len(northwind.text)
check(b"The proposal is withdrawn." in say(woodgrove, "withdraw", "withdraw"), "woodgrove withdraws it", woodgrove)
check(northwind.until(b"It has changed since you were told", 20), "northwind is told", northwind)
for name, person in people.items():
    person.process.terminate()
    person.end()

# --- a step that fails says what helps ---
data = os.path.join(folder, "tweets")
os.makedirs(data, exist_ok=True)
person = start("fail", "northwind", terminal=True, TERM="dumb")
person.to_prompt()
check(b"Journey of northwind" in person.text, "a dumb terminal shows the line mode", person)
say(person, "step 1", "run it")
say(person, "1")
person.until(b"Open your environment: done", 40)
person.to_prompt()
say(person, "all steps", "step 5")
page = say(person, "change the answers")
while b"Question" in page:
    page = say(person, data if re.search(rb"Question \d+ of \d+: [^\n]*(older|ource|ile)", page) else "")
check(b"It did not work." in page and b"What happened: " in page and b"What to do: " in page, "a step that fails says what, and what to do", person)
check(b"does not hold all eight files" in page, "with the reason", person)
check(b"Step 5, Get the sample data: failed" in say(person, "back"), "the list says failed", person)
page = say(person, "step 5", "change the answers")
while b"Question" in page:
    page = say(person, "built-in" if b"[%s" % data.encode()[:8] in page else "")
check(b"Get the sample data: done" in page, "with another answer it is done", person)

# --- cancelled is not failed; a second program; leaving in mid-work ---
home(person)
person.type("quit")
person.end()
person = start("held", "northwind", terminal=True, TERM="dumb")
person.to_prompt()
say(person, "1")
person.type("run it")
check(person.until(b"Type this code: ") and person.to_prompt(), "the step waits for a sign-in", person)
other = start("held", "northwind")
other.to_prompt()
check(b"Another program works as northwind: cleanroom (process %d)." % person.process.pid in other.text,
      "a second program says who works as northwind", other)
check(b"It is running." in say(other, "all steps", "step 1"), "and that the step runs", other)
other.type("quit")
check(other.end() == 0, "and leaves it alone", other)
person.type("2")
check(person.until(b"It goes on by itself as soon as you have signed in."), "who signs in elsewhere waits", person)
person.type("")
check(person.until(b"Type cancel to stop it."), "Enter tells how far it is", person)
person.type("quit")
check(person.to_prompt() and b"stops; run again, it goes on where it was." in person.news() and b"Leave now?" in person.news(),
      "leaving says what stops", person)
person.type("no, stay")
person.type("cancel")
check(person.until(b"Cancelled. What was done is kept"), "the word cancel stops it", person)
person.to_prompt()
check(b"failed" not in person.news() and b"(cancelled)" in person.news() or b": cancelled" in person.news(),
      "it is told as cancelled", person)
person.type("quit")
check(person.end() == 130, "the exit code is that of a cancelled step", person)
status = subprocess.run([cleanroom, "step", "status", "northwind", "env.start", "--json", "--state", os.path.join(folder, "held")],
                        capture_output=True)
state = json.loads(status.stdout)
check(state["state"] == "cancelled" and state["error"]["code"] == "cancelled", "step status says cancelled")
check(b"\x1b" not in person.text, "no escape sequence on a dumb terminal")
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
plan
