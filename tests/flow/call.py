# SPDX-License-Identifier: MIT
"""Raw calls of a program nobody here wrote: one HTTP request under a pinned certificate, and sign-ins.

  call.py http [--ca PEM] [--bearer FILE] [--type TYPE] [--body FILE] [--header NAME:VALUE]... METHOD URL
      prints the status on the first line, then the body; status 0 when TLS refused
  call.py account --ca PEM IDENTITY-URL ADDRESS PASSWORD
      makes a local account, prints its object id
  call.py sign-in --ca PEM [--account ADDRESS:PASSWORD] IDENTITY-URL SCOPE FIELD [COMMAND...]
      device code flow from start to end, approved on the page or by COMMAND, in which CODE stands for the code;
      prints the token named FIELD (id_token or access_token)
  call.py retoken TOKEN-FILE KEY.pem NAME=JSON...
      the same token with other claims, signed with KEY (RS256, through openssl); KEY "-" keeps the old signature
"""
import argparse
import base64
import json
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"  # the public client id of az


def call(ca, method, url, body=None, headers=None):
    context = ssl.create_default_context(cafile=ca)
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()
    except urllib.error.URLError as problem:
        return 0, str(problem.reason).encode()


def form(ca, url, **fields):
    status, body = call(ca, "POST", url, urllib.parse.urlencode(fields).encode(),
                        {"Content-Type": "application/x-www-form-urlencoded"})
    return status, body


def http(args):
    headers = {}
    if args.bearer:
        headers["Authorization"] = "Bearer " + open(args.bearer).read().strip()
    if args.type:
        headers["Content-Type"] = args.type
    for header in args.header:
        name, value = header.split(":", 1)
        headers[name] = value.strip()
    body = open(args.body, "rb").read() if args.body else None
    status, answer = call(args.ca, args.method, args.url, body, headers)
    sys.stdout.write("%d\n" % status)
    sys.stdout.flush()
    sys.stdout.buffer.write(answer)


def account(args):
    body = json.dumps({"address": args.address, "password": args.password}).encode()
    status, answer = call(args.ca, "POST", args.identity + "/local/accounts", body,
                          {"Content-Type": "application/json"})
    if status != 201:
        sys.exit("account: %d %s" % (status, answer.decode()))
    print(json.loads(answer)["oid"])


def sign_in(args):
    base = args.identity + "/common/oauth2/v2.0/"
    status, answer = form(args.ca, base + "devicecode", client_id=CLIENT, scope=args.scope)
    if status != 200:
        sys.exit("devicecode: %d %s" % (status, answer.decode()))
    code = json.loads(answer)
    if args.account:
        address, password = args.account.split(":", 1)
        status, answer = form(args.ca, args.identity + "/device", user_code=code["user_code"], address=address,
                              password=password)
        if status != 200:
            sys.exit("device: %d" % status)
    else:
        words = [code["user_code"] if word == "CODE" else word for word in args.approve]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status, answer = form(args.ca, base + "token", client_id=CLIENT, device_code=code["device_code"],
                          grant_type="urn:ietf:params:oauth:grant-type:device_code")
    if status != 200:
        sys.exit("token: %d %s" % (status, answer.decode()))
    print(json.loads(answer)[args.field])


def text64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def retoken(args):
    head, claims, signature = open(args.token).read().strip().split(".")
    values = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    for change in args.change:
        name, value = change.split("=", 1)
        values[name] = json.loads(value)
    signed = head + "." + text64(json.dumps(values).encode())
    if args.key != "-":
        signature = text64(subprocess.run(["openssl", "dgst", "-sha256", "-sign", args.key], input=signed.encode(),
                                          stdout=subprocess.PIPE, check=True).stdout)
    print(signed + "." + signature)


parser = argparse.ArgumentParser()
commands = parser.add_subparsers(dest="command", required=True)
one = commands.add_parser("http")
one.add_argument("--ca")
one.add_argument("--bearer")
one.add_argument("--type")
one.add_argument("--body")
one.add_argument("--header", action="append", default=[])
one.add_argument("method")
one.add_argument("url")
one.set_defaults(run=http)
one = commands.add_parser("account")
one.add_argument("--ca")
one.add_argument("identity")
one.add_argument("address")
one.add_argument("password")
one.set_defaults(run=account)
one = commands.add_parser("sign-in")
one.add_argument("--ca")
one.add_argument("--account")
for name in ("identity", "scope", "field"):
    one.add_argument(name)
one.add_argument("approve", nargs=argparse.REMAINDER)
one.set_defaults(run=sign_in)
one = commands.add_parser("retoken")
one.add_argument("token")
one.add_argument("key")
one.add_argument("change", nargs="*")
one.set_defaults(run=retoken)
arguments = parser.parse_args()
arguments.run(arguments)
