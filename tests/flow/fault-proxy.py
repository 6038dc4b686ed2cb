# SPDX-License-Identifier: MIT
"""A proxy between a client and the services of a sandbox that lets things go wrong as told.

  fault-proxy.py --cert PEM --key PEM --ca PEM --rules FILE --log FILE NAME=PORT:TARGET...

ends TLS on 127.0.0.1:PORT (0 = a free one) with a certificate of the sandbox's own authority and speaks TLS to
127.0.0.1:TARGET, whose certificate it verifies. It prints one line "NAME=PORT ..." when it listens; a name without
a target ("trap=0") accepts connections and notes that somebody came.

FILE holds a list of rules in JSON and is read again when it changes. The first rule that fits a request is applied:

  {"to": "blob", "method": "PUT", "path": "comp=block", "skip": 2, "times": 1, "do": "cut-up", "at": 65536}

"path" is a regular expression for path and query, "skip" lets that many requests pass first, "times" is how often
the rule applies (0 = for ever). "do" is one of

  cut-up, cut-down          close the connection after "at" bytes of the body
  corrupt-up, corrupt-down  turn over one bit of byte "at" of the body
  slow                      "rate" bytes per second in both directions
  status                    take the body, do not forward it, answer "status" with the code "code";
                            "headers" {"Retry-After": "1"} go along
  header-up, header-down    replace the header "name" by "value" where it is there (value null: take it out)
  length-down               say a Content-Length that is wrong by "by" and close after the real body
  replace-down              replace texts by others of the same length in headers and body of the answer:
                            "texts" {"from": "into"}

Each request adds a line to the log: NAME METHOD PATH STATUS UP DOWN FAULT, with the bytes of both bodies.
"""
import argparse
import json
import os
import re
import socket
import ssl
import sys
import threading
import time

PIECE = 65536


class Cut(Exception):
    """The connection is to be closed now."""


class Rules:
    def __init__(self, path):
        self.path, self.stamp, self.rules, self.seen = path, None, [], []
        self.lock = threading.Lock()

    def pick(self, name, method, path):
        with self.lock:
            stamp = os.stat(self.path).st_mtime_ns
            if stamp != self.stamp:
                with open(self.path) as file:
                    text = file.read()
                self.rules = json.loads(text) if text.strip() else []
                self.stamp, self.seen = stamp, [0] * len(self.rules)
            for i, rule in enumerate(self.rules):
                if (rule.get("to", name) != name or rule.get("method", method) != method
                        or not re.search(rule.get("path", ""), path)):
                    continue
                self.seen[i] += 1
                skip, times = rule.get("skip", 0), rule.get("times", 1)
                if self.seen[i] > skip and (times == 0 or self.seen[i] <= skip + times):
                    return rule
            return {"do": "nothing"}


class Stream:
    """Buffered reading of one TLS connection."""

    def __init__(self, connection):
        self.connection, self.buffer = connection, b""

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            piece = self.connection.recv(PIECE)
            if not piece:
                return None
            self.buffer += piece
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        return first, [line.split(":", 1) for line in lines]

    def line(self):
        while b"\r\n" not in self.buffer:
            self.buffer += self.more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line + b"\r\n"

    def more(self):
        piece = self.connection.recv(PIECE)
        if not piece:
            raise Cut()
        return piece

    def some(self, most):
        if not self.buffer:
            self.buffer = self.more()
        piece, self.buffer = self.buffer[:most], self.buffer[most:]
        return piece

    def body(self, headers, empty):
        """Pieces of the body as they are on the wire, and whether each is content."""
        length = value_of(headers, "content-length")
        if empty:
            return
        if "chunked" in (value_of(headers, "transfer-encoding") or ""):
            while True:
                size = self.line()
                yield size, False
                rest = int(size.split(b";")[0], 16)
                if rest == 0:
                    yield self.line(), False
                    return
                while rest > 0:
                    piece = self.some(min(rest, PIECE))
                    rest -= len(piece)
                    yield piece, True
                yield self.line(), False
        rest = int(length or 0)
        while rest > 0:
            piece = self.some(min(rest, PIECE))
            rest -= len(piece)
            yield piece, True


def value_of(headers, name):
    for key, value in headers:
        if key.lower() == name:
            return value.strip()
    return None


def write_head(connection, first, headers):
    text = first + "\r\n" + "".join("%s:%s\r\n" % (key, value) for key, value in headers) + "\r\n"
    connection.sendall(text.encode("latin-1"))


def change_header(headers, rule):
    changed = []
    for key, value in headers:
        if key.lower() != rule["name"].lower():
            changed.append([key, value])
        elif rule.get("value") is not None:
            changed.append([key, " " + rule["value"]])
    return changed


def pass_body(pieces, send, rule, way):
    """Send the body on; gives how many bytes of content it had."""
    done = 0
    for piece, content in pieces:
        if content:
            at = rule.get("at", 0) - done
            if rule["do"] == "cut-" + way and at < len(piece):
                send(piece[:max(at, 0)])
                raise Cut()
            if rule["do"] == "corrupt-" + way and 0 <= at < len(piece):
                piece = piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1:]
            if rule["do"] == "replace-down" and way == "down":
                for text, other in rule["texts"].items():
                    piece = piece.replace(text.encode(), other.encode())
            if rule["do"] == "slow":
                time.sleep(len(piece) / rule["rate"])
            done += len(piece)
        send(piece)
    return done


class Proxy:
    def __init__(self, arguments):
        self.rules = Rules(arguments.rules)
        self.log = open(arguments.log, "a", buffering=1)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(arguments.cert, arguments.key)
        self.client = ssl.create_default_context(cafile=arguments.ca)

    def listen(self, name, port, target):
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self.accept, args=(listener, name, target), daemon=True).start()
        return listener.getsockname()[1]

    def accept(self, listener, name, target):
        while True:
            plain, _ = listener.accept()
            if target is None:
                self.log.write("%s CONNECT / 0 0 0 visited\n" % name)
                plain.close()
                continue
            threading.Thread(target=self.serve, args=(plain, name, target), daemon=True).start()

    def serve(self, plain, name, target):
        above = None
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            below = self.server.wrap_socket(plain, server_side=True)
            above = self.client.wrap_socket(socket.create_connection(("127.0.0.1", target)),
                                            server_hostname="127.0.0.1")
            client, service = Stream(below), Stream(above)
            while self.exchange(name, client, service):
                pass
        except (Cut, OSError, ssl.SSLError):
            pass
        finally:
            for connection in (plain, above):
                if connection is not None:
                    try:
                        connection.close()
                    except OSError:
                        pass
            try:
                below.close()
            except (OSError, UnboundLocalError):
                pass

    def exchange(self, name, client, service):
        request = client.head()
        if request is None:
            return False
        first, headers = request
        method, path, _ = first.split(" ", 2)
        rule = self.rules.pick(name, method, path)
        if (value_of(headers, "expect") or "").lower() == "100-continue":
            headers = [pair for pair in headers if pair[0].lower() != "expect"]
            client.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        note = [name, method, path.replace(" ", "%20"), 0, 0, 0, rule["do"]]
        try:
            return self.answer(client, service, first, headers, rule, note)
        finally:
            self.log.write("%s %s %s %d %d %d %s\n" % tuple(note))

    def answer(self, client, service, first, headers, rule, note):
        counted = [0]

        def up(piece):
            counted[0] += len(piece)
            note[4] = counted[0]
            if rule["do"] != "status":
                service.connection.sendall(piece)

        if rule["do"] == "header-up":
            headers = change_header(headers, rule)
        if rule["do"] != "status":
            write_head(service.connection, first, headers)
        note[4] = pass_body(client.body(headers, False), up, rule, "up")
        if rule["do"] == "status":
            return self.refuse(client, rule, note)
        while True:
            answer = service.head()
            if answer is None:
                raise Cut()
            if " 100 " not in answer[0]:
                break
        status, answered = answer
        note[3] = int(status.split(" ")[1])
        empty = note[1] == "HEAD" or note[3] in (204, 304)
        told = answered
        if rule["do"] == "header-down":
            told = change_header(answered, rule)
        if rule["do"] == "replace-down":
            for text, other in rule["texts"].items():
                told = [[key, value.replace(text, other)] for key, value in told]
        if rule["do"] == "length-down":
            length = int(value_of(answered, "content-length") or 0) + rule["by"]
            told = change_header(answered, {"name": "content-length", "value": str(length)})
        write_head(client.connection, status, told)
        note[5] = pass_body(service.body(answered, empty), client.connection.sendall, rule, "down")
        return rule["do"] != "length-down" and (value_of(answered, "connection") or "").lower() != "close"

    def refuse(self, client, rule, note):
        note[3] = rule["status"]
        code = rule.get("code", "ServerBusy")
        body = ('<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>The fault proxy says so.'
                "</Message></Error>" % code).encode()
        headers = [["Content-Type", " application/xml"], ["x-ms-error-code", " " + code],
                   ["Content-Length", " %d" % (0 if note[1] == "HEAD" else len(body))]]
        headers += [[key, " " + value] for key, value in rule.get("headers", {}).items()]
        write_head(client.connection, "HTTP/1.1 %d Refused" % rule["status"], headers)
        if note[1] != "HEAD":
            client.connection.sendall(body)
            note[5] = len(body)
        return True


def main():
    parser = argparse.ArgumentParser()
    for option in ("cert", "key", "ca", "rules", "log"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("listeners", nargs="+")
    arguments = parser.parse_args()
    proxy = Proxy(arguments)
    ready = []
    for listener in arguments.listeners:
        name, ports = listener.split("=", 1)
        port, _, target = ports.partition(":")
        ready.append("%s=%d" % (name, proxy.listen(name, int(port), int(target) if target else None)))
    print(" ".join(ready))
    sys.stdout.flush()
    sys.stdin.read()  # until whoever started it goes


main()
