#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The sandbox's S3 service under aws, rclone and curl, which nobody here wrote: both forms of address, multipart,
# copies, pages of thousands of names, presigned addresses.
. "${CLEANROOM_SRCDIR:?}/tests/interop/sandbox.sh"

person aws woodgrove
is $? 0 "there is an S3 user"
person aws eve
is $? 0 "and another one"
ours() { t s3 "$s3_endpoint" "$ca" "us-west-1:$work/woodgrove.id:$work/woodgrove.secret" "$@"; }
make_tree "$work/tree"
random_file "$work/tree/forty.bin" 40
names() { (cd "$1" && find . -type f -printf "$2%P\n" | LC_ALL=C sort); } # FOLDER PREFIX

# --- aws ---
if want_deb aws_program aws awscli; then
  umask 077
  for who in woodgrove eve; do
    printf '[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$who" "$(cat "$work/$who.id")" "$(cat "$work/$who.secret")"
  done >"$work/credentials"
  printf '[forged]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$(cat "$work/woodgrove.id")" "$(cat "$work/eve.secret")" >>"$work/credentials"
  for who in woodgrove eve forged; do
    printf '[profile %s]\nregion = us-west-1\ns3 =\n  addressing_style = path\n' "$who"
  done >"$work/config"
  printf '[profile hosts]\nregion = us-west-1\nsource_profile = woodgrove\ns3 =\n  addressing_style = virtual\n' >>"$work/config"
  printf '[hosts]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$(cat "$work/woodgrove.id")" "$(cat "$work/woodgrove.secret")" >>"$work/credentials"
  umask 022
  export AWS_SHARED_CREDENTIALS_FILE=$work/credentials AWS_CONFIG_FILE=$work/config AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
  aws_at() { AWS_CA_BUNDLE=$ca timeout 120 "$aws_program" --endpoint-url "$@" >"$work/out" 2>"$work/err"; } # URL PROFILE...
  aws() { aws_at "$s3_endpoint" --profile woodgrove "$@"; }

  aws s3 mb s3://from-aws
  is $? 0 "aws makes a bucket"
  aws s3 sync "$work/tree" s3://from-aws/up --no-progress
  is $? 0 "aws uploads a folder, the largest file in parts"
  aws s3 sync "$work/tree" s3://from-aws/up --no-progress
  is "$?,$(cat "$work/out")" "0," "once more there is nothing to do"
  ours from-aws get "$work/aws-here" up/
  is $? 0 "we download what aws uploaded"
  same_tree "$work/tree" "$work/aws-here"
  ok $? "it is the same: sizes 0, 1, 5 MiB, 40 MiB and every name"
  ours to-aws create
  ours to-aws put "$work/tree" up/
  is $? 0 "we upload a folder"
  aws s3 cp --recursive s3://to-aws/up "$work/aws-back" --no-progress
  is $? 0 "aws downloads what we uploaded"
  same_tree "$work/tree" "$work/aws-back"
  ok $? "it is the same"

  aws s3 mv s3://from-aws/up/forty.bin s3://to-aws/moved.bin --no-progress
  is $? 0 "aws moves 40 MiB inside the service, copied in parts"
  ours to-aws get "$work/moved" moved.bin
  cmp -s "$work/moved/moved.bin" "$work/tree/forty.bin" || cmp -s "$(find "$work/moved" -type f)" "$work/tree/forty.bin"
  ok $? "it is the same"
  aws s3api create-multipart-upload --bucket from-aws --key parts --metadata answer=42 --content-type text/x --query UploadId --output text
  id=$(cat "$work/out")
  aws s3api upload-part --bucket from-aws --key parts --upload-id "$id" --part-number 7 --body "$work/tree/five.bin" --query ETag --output text
  tag=$(tr -d '"' <"$work/out")
  aws s3api list-parts --bucket from-aws --key parts --upload-id "$id" --query 'Parts[].[PartNumber,Size]' --output text
  is "$(cat "$work/out")" "7	5242880" "aws sees the part that it sent"
  aws s3api complete-multipart-upload --bucket from-aws --key parts --upload-id "$id" --multipart-upload "Parts=[{PartNumber=7,ETag=$tag}]"
  is $? 0 "and completes the upload"
  aws s3api head-object --bucket from-aws --key parts --query '[ContentLength,ContentType,Metadata.answer]' --output text
  is "$(cat "$work/out")" "5242880	text/x	42" "type and metadata are kept"

  make_many "$work/many"
  ours many create
  ours many put "$work/many" x/
  is $? 0 "we upload 2,500 files"
  # Programs that only start take most of the time: those that do not wait for each other run side by side.
  side() { # NAME URL PROFILE...: output in NAME.out, NAME.err
    AWS_CA_BUNDLE=$ca timeout 120 "$aws_program" --endpoint-url "${@:2}" >"$work/$1.out" 2>"$work/$1.err" &
    sides+=($!)
  }
  sides=()
  side pages "$s3_endpoint" --profile woodgrove s3api list-objects-v2 --bucket many --prefix x/ --page-size 400 --query 'Contents[].[Key]' --output text
  side folders "$s3_endpoint" --profile woodgrove s3 ls s3://many/x/
  side older "$s3_endpoint" --profile woodgrove s3api list-objects --bucket many --query 'Contents[].[Key]' --output text
  side theirs "$s3_endpoint" --profile eve s3 ls s3://to-aws
  side taken "$s3_endpoint" --profile eve s3 mb s3://to-aws
  side forged "$s3_endpoint" --profile forged s3 ls
  side region "$s3_endpoint" --profile woodgrove --region eu-west-1 s3 ls s3://to-aws
  side acl "$s3_endpoint" --profile woodgrove s3api get-bucket-acl --bucket to-aws
  wait "${sides[@]}"
  is "$(LC_ALL=C sort "$work/pages.out" | sha256sum)" "$(names "$work/many" x/ | sha256sum)" "aws lists them in pages of 400"
  is "$(grep -c PRE "$work/folders.out")" 5 "and their five folders"
  is "$(wc -l <"$work/older.out")" 2500 "the older form of the list has them too"
  contains "$(cat "$work/theirs.err")" AccessDenied "somebody else's bucket is refused"
  contains "$(cat "$work/taken.err")" BucketAlreadyExists "and its name is taken"
  contains "$(cat "$work/forged.err")" SignatureDoesNotMatch "a wrong secret is refused"
  contains "$(cat "$work/region.out")" "PRE up/" "a bucket of another region is found where it lies"
  contains "$(cat "$work/acl.err")" NotImplemented "what is not there is not taken for something else"
  aws s3api delete-objects --bucket many --delete 'Objects=[{Key=x/day=00/f000},{Key=x/day=00/f001}],Quiet=true'
  is $? 0 "aws removes several at once"
  ours many list x/day=00/
  is "$(wc -l <"$work/out")" 498 "they are gone"

  aws s3 presign s3://to-aws/up/one --expires-in 60
  curl --silent --noproxy '*' --cacert "$ca" --output "$work/one.back" "$(cat "$work/out")"
  cmp -s "$work/one.back" "$work/tree/one"
  ok $? "curl reads an address that aws signed"
  is "$(curl --silent --noproxy '*' --cacert "$ca" --output "$work/refused" --write-out '%{http_code}' "$(sed 's,/one?,/empty?,' "$work/out")")" 403 \
    "not so when it is changed"
  contains "$(cat "$work/refused")" SignatureDoesNotMatch "because of the signature"

  HTTPS_PROXY=$proxy aws_at "https://s3.localhost:${s3_endpoint##*:}" --profile hosts s3 cp --recursive s3://to-aws/up "$work/hosts" --no-progress
  is $? 0 "aws downloads from bucket.s3.localhost"
  same_tree "$work/tree" "$work/hosts"
  ok $? "it is the same"
else
  skip "aws against the S3 service" "$reason"
fi

# --- rclone ---
if want_deb rclone rclone rclone; then
  (
    umask 077
    for form in path host; do
      printf '[%s]\ntype = s3\nprovider = Other\naccess_key_id = %s\nsecret_access_key = %s\nregion = us-west-1\nlocation_constraint = us-west-1\n' \
        $form "$(cat "$work/woodgrove.id")" "$(cat "$work/woodgrove.secret")"
      [ $form = path ] && printf 'endpoint = %s\nforce_path_style = true\n' "$s3_endpoint" ||
        printf 'endpoint = https://s3.localhost:%s\nforce_path_style = false\n' "${s3_endpoint##*:}"
    done >"$work/rclone.conf"
  )
  rc() { HTTPS_PROXY=$proxy timeout 120 "$rclone" --config "$work/rclone.conf" --ca-cert "$ca" --retries 1 --low-level-retries 2 "$@" >"$work/out" 2>"$work/err"; }
  rc copy "$work/tree" path:from-rclone/up --s3-chunk-size 5M --s3-upload-cutoff 8M
  is $? 0 "rclone uploads a folder, the largest file in parts of 5 MiB"
  rc check "$work/tree" path:from-rclone/up
  is $? 0 "rclone finds no difference"
  contains "$(cat "$work/err")" "0 differences found" "and says so"
  rc check "$work/tree" host:from-rclone/up
  is $? 0 "nor at bucket.s3.localhost"
  ours from-rclone get "$work/rclone-here" up/
  is $? 0 "we download what rclone uploaded"
  same_tree "$work/tree" "$work/rclone-here"
  ok $? "it is the same"
  ours to-rclone create
  ours to-rclone put "$work/tree" up/
  is $? 0 "we upload a folder"
  rc copy host:to-rclone/up "$work/rclone-back"
  is $? 0 "rclone downloads what we uploaded"
  same_tree "$work/tree" "$work/rclone-back"
  ok $? "it is the same"
  touch -d 2001-02-03 "$work/tree/one"
  rc copy "$work/tree" path:from-rclone/up
  is $? 0 "rclone sets the time of a file that only that changed"
  rc lsl path:from-rclone/up/one
  contains "$(cat "$work/out")" 2001-02-03 "it is kept"
  rc purge path:from-rclone
  is $? 0 "rclone removes the bucket with everything in it"
  ours from-rclone list
  contains "$(cat "$work/err")" "404 NoSuchBucket" "it is gone"
else
  skip "rclone against the S3 service" "$reason"
fi
plan
