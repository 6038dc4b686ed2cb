# SPDX-License-Identifier: MIT
"""Checks our governance messages with pycose, and makes one with it (usage: cose_check.py DIR)."""
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pycose.headers import KID, Algorithm
from pycose.keys import EC2Key
from pycose.keys.curves import P384
from pycose.messages import CoseMessage, Sign1Message
import datetime
import hashlib


def ec2(numbers, d=None):
    x, y = (v.to_bytes(48, "big") for v in (numbers.x, numbers.y))
    return EC2Key(crv=P384, x=x, y=y, d=d.to_bytes(48, "big") if d is not None else b"")


def check(folder):
    cert = x509.load_pem_x509_certificate(open(f"{folder}/cert.pem", "rb").read())
    member = open(f"{folder}/id").read().strip()
    for name in ("proposal", "ballot", "state_digest"):
        message = CoseMessage.decode(open(f"{folder}/{name}.cose", "rb").read())
        message.key = ec2(cert.public_key().public_numbers())
        assert message.verify_signature(), name
        assert message.payload == open(f"{folder}/{name}.payload", "rb").read(), name
        assert message.phdr[KID] == member.encode(), name
        assert message.phdr[Algorithm].fullname == "ES384", name
        assert message.phdr["ccf.gov.msg.type"] == name
        assert isinstance(message.phdr["ccf.gov.msg.created_at"], int)
        assert message.uhdr == {}
        assert ("ccf.gov.msg.proposal_id" in message.phdr) == (name == "ballot")
        message.payload += b" "
        assert not message.verify_signature(), name


def make(folder):
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "python")])
    start = datetime.datetime(2024, 1, 1)
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=365)).sign(key, hashes.SHA384()))
    member = hashlib.sha256(cert.public_bytes(serialization.Encoding.DER)).hexdigest()
    message = Sign1Message(
        # Text labels first: the order must not matter to the reader.
        phdr={"ccf.gov.msg.created_at": 1700000000, "ccf.gov.msg.type": "proposal", "other": [1, {"a": None}],
              Algorithm: "ES384", KID: member.encode()},
        payload=b'{"actions":[]}')
    message.key = ec2(key.public_key().public_numbers(), key.private_numbers().private_value)
    open(f"{folder}/python.cose", "wb").write(message.encode())
    open(f"{folder}/python.pem", "wb").write(cert.public_bytes(serialization.Encoding.PEM))


if __name__ == "__main__":
    {"check": check, "make": make}[sys.argv[1]](sys.argv[2])
