# SPDX-License-Identifier: MIT
"""The other side of envelope-tool, with the Python package cryptography.

  envelope_check.py open KEY-FILE BLOCK FROM TO      a client-side encrypted file, written out from its description
  envelope_check.py seal KEY-FILE BLOCK FROM TO
  envelope_check.py kwp-wrap PUBLIC.pem FILE | kwp-unwrap KEY.pem FILE
  envelope_check.py jwk FILE                         the key in FILE (JSON) as PEM
"""
import base64
import json
import os
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding, aes_key_wrap_with_padding

OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def open_file(key, block, source, target):
    gcm, data, size = AESGCM(read(key)), read(source), int(block)
    body, fill = data[:-8], int.from_bytes(data[-8:], "big")
    assert len(body) % (size + 28) == 0, "length"
    plain = b""
    for at in range(0, len(body), size + 28):
        chunk = body[at:at + size + 28]
        plain += gcm.decrypt(chunk[:12], chunk[12:], None)
    assert fill < size or (fill == 0 and not body), "trailer"
    assert plain[len(plain) - fill:] == bytes(fill), "padding"
    with open(target, "wb") as file:
        file.write(plain[:len(plain) - fill])


def seal_file(key, block, source, target):
    gcm, data, size = AESGCM(read(key)), read(source), int(block)
    fill = -len(data) % size
    data += bytes(fill)
    with open(target, "wb") as file:
        for at in range(0, len(data), size):
            nonce = os.urandom(12)
            file.write(nonce + gcm.encrypt(nonce, data[at:at + size], None))
        file.write(fill.to_bytes(8, "big"))


def kwp_wrap(public, path):
    key = os.urandom(32)
    front = serialization.load_pem_public_key(read(public)).encrypt(key, OAEP)
    sys.stdout.buffer.write(front + aes_key_wrap_with_padding(key, read(path)))


def kwp_unwrap(private, path):
    key, data = serialization.load_pem_private_key(read(private), None), read(path)
    front = key.key_size // 8
    sys.stdout.buffer.write(aes_key_unwrap_with_padding(key.decrypt(data[:front], OAEP), data[front:]))


def jwk(path):
    n = {name: int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
         for name, text in json.loads(read(path)).items() if name != "kty"}
    key = rsa.RSAPrivateNumbers(n["p"], n["q"], n["d"], n["dp"], n["dq"], n["qi"],
                                rsa.RSAPublicNumbers(n["e"], n["n"])).private_key()
    sys.stdout.buffer.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                              serialization.NoEncryption()))


{"open": open_file, "seal": seal_file, "kwp-wrap": kwp_wrap, "kwp-unwrap": kwp_unwrap, "jwk": jwk}[sys.argv[1]](*sys.argv[2:])
