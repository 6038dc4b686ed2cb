# SPDX-License-Identifier: MIT
# A person at a pipe or a terminal, for the tests of the line mode: reads to the prompt, then types what is asked for.
import os, pty, re, select, signal, subprocess, sys, time

PROMPT = re.compile(rb"(?:Number|Text)[^\n]*back, help or quit: ?\r?\n?$")

class Person:
    """One program. TERMINAL: on a terminal of its own, else on pipes."""
    def __init__(self, arguments, terminal=False, **environment):
        self.text = b""
        self.seen = 0
        env = dict(os.environ, **environment)
        if terminal:
            here, there = pty.openpty()
            self.process = subprocess.Popen(arguments, stdin=there, stdout=there, stderr=there, env=env,
                                            start_new_session=True)
            os.close(there)
            self.read_from = self.write_to = here
        else:
            self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, env=env)
            self.read_from, self.write_to = self.process.stdout.fileno(), self.process.stdin.fileno()
        self.open = True

    def read(self, patience):
        """Whatever comes within PATIENCE; False when nothing did."""
        if not self.open or not select.select([self.read_from], [], [], patience)[0]:
            return False
        try:
            more = os.read(self.read_from, 65536)
        except OSError:
            more = b""
        self.open = more != b""
        self.text += more
        return self.open

    def news(self):
        return self.text[self.seen:]

    def at_prompt(self):
        return PROMPT.search(self.news()) is not None

    def to_prompt(self, seconds=30):
        end = time.monotonic() + seconds
        while self.open and time.monotonic() < end and not self.at_prompt():
            self.read(0.2)
        return self.at_prompt()

    def until(self, words, seconds=30):
        end = time.monotonic() + seconds
        while words not in self.news() and self.open and time.monotonic() < end:
            self.read(0.2)
        return words in self.news()

    def type(self, text):
        self.seen = len(self.text)
        os.write(self.write_to, text.encode() + b"\n")

    def answer(self):
        """What the recommended way asks for: Enter, or the word that has to be typed."""
        word = re.search(rb"Type (\w+)\s+to\s+go\s+on", self.news())
        self.type(word.group(1).decode() if word else "")

    def end(self, seconds=20):
        end = time.monotonic() + seconds
        while self.open and time.monotonic() < end:
            self.read(0.2)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "does not end"

def play(people, seconds):
    """Answer whoever asks until all have left."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(person.open for person in people.values()):
        for person in people.values():
            if person.open and person.read(0.02) is not False:
                continue
            if person.open and person.at_prompt():
                person.answer()
    return all(not person.open for person in people.values())

began = time.monotonic()
def check(good, text, person=None):
    if os.environ.get("PERSON_TIMES"):
        print("# %.1f s" % (time.monotonic() - began))
    print("%sok - %s" % ("" if good else "not ", text))
    if not good and person is not None:
        for line in person.text.decode(errors="replace").splitlines()[-40:]:
            print("# " + line)
    sys.stdout.flush()

def is_plain(person):
    """Nothing but text and line ends."""
    return not any(byte < 32 and byte not in b"\n\r\t" or byte == 127 for byte in person.text)
