# SPDX-License-Identifier: MIT
"""A user who may use S3 on a moto server; afterwards the server checks who calls and how it is signed.

  moto_user.py URL CA.pem ID-FILE SECRET-FILE      (with the Python of moto's own environment)
"""
import json
import os
import sys
import urllib.request
import ssl

import boto3

url, ca, id_file, secret_file = sys.argv[1:5]
iam = boto3.client("iam", endpoint_url=url, verify=ca, region_name="us-east-1", aws_access_key_id="first",
                   aws_secret_access_key="first")
iam.create_user(UserName="woodgrove")
iam.put_user_policy(UserName="woodgrove", PolicyName="s3", PolicyDocument=json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
key = iam.create_access_key(UserName="woodgrove")["AccessKey"]
for path, text in ((id_file, key["AccessKeyId"]), (secret_file, key["SecretAccessKey"])):
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text + "\n")
request = urllib.request.Request(url + "/moto-api/reset-auth", data=b"0", method="POST",
                                 headers={"Content-Type": "text/plain"})
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                     urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))
opener.open(request, timeout=30).read()
