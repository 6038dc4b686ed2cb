# SPDX-License-Identifier: MIT
"""An HTTP proxy for names that no resolver knows: CONNECT anything.localhost:PORT goes to 127.0.0.1:PORT.

  names_proxy.py PORT-FILE      writes its port, serves until it is ended

TLS runs through it untouched, so the names in the certificates are checked as with the real services.
"""
import os
import socket
import sys
import threading


def copy(source, target):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 16384:
        data = client.recv(4096)
        if not data:
            return
        head += data
    words = head.split(b"\r\n")[0].decode("latin-1").split(" ")
    host, _, port = words[1].rpartition(":") if len(words) > 1 else ("", "", "")
    if words[0] != "CONNECT" or not host.endswith(".localhost"):
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return
    with socket.create_connection(("127.0.0.1", int(port))) as server:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=copy, args=(server, client), daemon=True)
        back.start()
        copy(client, server)
        back.join()


def guarded(client):
    with client:
        try:
            serve(client)
        except OSError:
            pass


listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".part", "w") as out:
    out.write("%d\n" % listener.getsockname()[1])
os.rename(sys.argv[1] + ".part", sys.argv[1])
while True:
    threading.Thread(target=guarded, args=(listener.accept()[0],), daemon=True).start()
