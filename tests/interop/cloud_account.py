# SPDX-License-Identifier: MIT
"""What a person has before a storage tool is started: an account with its keys, an S3 user.

  cloud_account.py azure STATUS.json CA.pem FOLDER NAME [keys-off]
      a storage account NAME; writes FOLDER/NAME.key (its first key), FOLDER/NAME.key2 and FOLDER/NAME.token (a
      token of its owner, who may write)
  cloud_account.py aws STATUS.json CA.pem FOLDER NAME
      an S3 user; writes FOLDER/NAME.id and FOLDER/NAME.secret

STATUS.json is what "cleanroom sandbox status --json" prints. Nothing is printed.
"""
import json
import os
import ssl
import sys
import urllib.parse
import urllib.request
import uuid

CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"  # the public client id of az
CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"  # Storage Blob Data Contributor
kind, status, ca, folder, name = sys.argv[1:6]
urls = json.load(open(status))["endpoints"]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                     urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))


def call(method, url, body=None, token=None, **fields):
    headers = {"Content-Type": "application/x-www-form-urlencoded" if fields else "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    data = urllib.parse.urlencode(fields).encode() if fields else json.dumps(body).encode() if body else b""
    request = urllib.request.Request(url, data=data if method != "GET" else None, headers=headers, method=method)
    with opener.open(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text[:1] in (b"{", b"[") else None


def keep(suffix, text):
    with os.fdopen(os.open("%s/%s.%s" % (folder, name, suffix), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                   "w") as out:
        out.write(text + "\n")


def sign_in(address):
    person = call("POST", urls["identity"] + "/local/accounts", {"address": address})
    base = urls["identity"] + "/common/oauth2/v2.0/"
    code = call("POST", base + "devicecode", client_id=CLIENT,
                scope="https://management.azure.com/.default offline_access openid")
    call("POST", urls["identity"] + "/device", user_code=code["user_code"], address=person["address"],
         password=person["password"])
    first = call("POST", base + "token", client_id=CLIENT, device_code=code["device_code"],
                 grant_type="urn:ietf:params:oauth:grant-type:device_code")
    second = call("POST", base + "token", client_id=CLIENT, grant_type="refresh_token",
                  refresh_token=first["refresh_token"], scope="https://storage.azure.com/.default")
    return person["oid"], first["access_token"], second["access_token"]


def azure(keys_off):
    oid, token, storage = sign_in(name + "@interop.example")
    arm = urls["management"]
    version = "?api-version=2023-05-01"
    subscription = call("GET", arm + "/subscriptions" + version, token=token)["value"][0]["subscriptionId"]
    base = "%s/subscriptions/%s" % (arm, subscription)
    call("POST", base + "/providers/Microsoft.Storage/register" + version, token=token)
    group = base + "/resourceGroups/" + name + "-rg"
    call("PUT", group + version, {"location": "westus"}, token)
    account = group + "/providers/Microsoft.Storage/storageAccounts/" + name
    call("PUT", account + version, {"location": "westus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"},
                                    "properties": {"allowSharedKeyAccess": not keys_off}}, token)
    role = "/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s" % (subscription, CONTRIBUTOR)
    call("PUT", account + "/providers/Microsoft.Authorization/roleAssignments/" + str(uuid.uuid4()) + version,
         {"properties": {"roleDefinitionId": role, "principalId": oid}}, token)
    keys = call("POST", account + "/listKeys" + version, token=token)["keys"]
    keep("key", keys[0]["value"])
    keep("key2", keys[1]["value"])
    keep("token", storage)


def aws():
    user = call("POST", urls["s3"] + "/local/users", {"name": name})
    keep("id", user["accessKeyId"])
    keep("secret", user["secretAccessKey"])


if kind == "azure":
    azure(sys.argv[6:] == ["keys-off"])
else:
    aws()
