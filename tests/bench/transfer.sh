#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Data to a store and back, ours and everybody else's against the same local store with TLS verified. Prints figures
# and ratios; never part of pass or fail. Everything lies in memory (/dev/shm) where there is room: what is measured
# is not the disk.
#
#   CLEANROOM_BENCH_MIB        the large file (1024)
#   CLEANROOM_BENCH_FILES      number of small files (10000), each of CLEANROOM_BENCH_FILE_BYTES (16384)
#   CLEANROOM_BENCH_RESUME_MIB the file whose upload is killed (1024)
#   CLEANROOM_BENCH_ROUNDS     downloads of the large file, of which the fastest is shown (3)
#   CLEANROOM_TOOLS            where azcopy and s5cmd are kept once they were fetched
mib=${CLEANROOM_BENCH_MIB:-1024} files=${CLEANROOM_BENCH_FILES:-10000} bytes=${CLEANROOM_BENCH_FILE_BYTES:-16384}
resume_mib=${CLEANROOM_BENCH_RESUME_MIB:-1024} rounds=1
CLEANROOM_SRCDIR=${CLEANROOM_SRCDIR:?run make bench}
need=$(((mib * 11 / 2 + files * bytes * 8 / 1048576 + resume_mib * 2) * 1024))
room=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)
[ -n "${TMPDIR:-}" ] || [ "${room:-0}" -lt "$need" ] || export TMPDIR=/dev/shm
. "$CLEANROOM_SRCDIR/tests/flow/lib.sh"
. "$CLEANROOM_SRCDIR/tests/interop/tools.sh"

row() { printf '%-46s %8s %9s %9s %8s %8s\n' "$@"; }
quietly() { "$@" >"$work/out" 2>"$work/err"; }
ours() { quietly timeout 60 "$cleanroom" "$@" --own-keyring --json --state "$state"; }
give_up() { echo "# transfer: $1" >&2; tail -n 5 "$work/err" >&2; exit 1; }

# timed COMMAND...: runs it; "seconds cpu-seconds resident-KiB" in $measured. Fails as the command does.
timed() {
  python3 - "$work/measured" "$@" >"$work/out" 2>"$work/err" <<'PY'
import os, sys, time
begin = time.monotonic()
child = os.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as out:
    out.write("%.3f %.3f %d\n" % (time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) and 1)
PY
}
# A virtual machine gets its memory when it is touched and gives it back soon after it is free, which costs more than
# all that is measured here: as much as will be needed is touched right before, so that nobody pays for it.
warm() {
  [ "${TMPDIR:-}" = /dev/shm ] || return 0
  head -c "$((size * 5 / 4))" /dev/zero >"$work/warm" 2>/dev/null
  rm -f "$work/warm"
}
# Of one group (a thing that all of them do): the fastest peer, against which ours is shown.
group() { size=$2 fastest=; lines=(); [ -z "$1" ] || printf '# %s\n' "$1"; }
take() { # WHOSE NAME COMMAND...
  local whose=$1 name=$2 round wall='' cpu memory
  shift 2
  for ((round = 0; round < rounds; round++)); do
    rm -rf "$work/got"
    mkdir "$work/got"
    warm
    timed "$@" || { wall=''; break; }
    sort -n "$work/measured" ${wall:+"$work/best"} | head -n 1 >"$work/best.new"
    mv "$work/best.new" "$work/best"
    read -r wall cpu memory <"$work/best"
  done
  rm -rf "$work/got"
  if [ -n "$wall" ]; then
    lines+=("$whose|$name|$wall|$cpu|$memory")
    [ "$whose" = ours ] || [ "$(awk -v a="$wall" -v b="${fastest:-1e9}" 'BEGIN { print a < b }')" = 0 ] || fastest=$wall
  else
    lines+=("$whose|$name|failed||")
    sed 's/^/# /' "$work/err" | tail -n 3 >&2
  fi
}
missing() { lines+=("peer|$1|not available||"); }
show() {
  local line
  for line in "${lines[@]}"; do
    IFS='|' read -r whose name wall cpu memory <<<"$line"
    if [ -z "$cpu" ]; then
      row "  $name" "$wall" "" "" "" ""
      continue
    fi
    # shellcheck disable=SC2046
    row "  $name" "$wall" $(awk -v w="$wall" -v c="$cpu" -v m="$memory" -v s="$size" -v f="${fastest:-0}" -v o="$whose" \
      'BEGIN { printf "%.0f %.2f %.0f %s", s / w / 1e6, c / (s / 1073741824), m / 1024, (o == "ours" && f + 0 != 0) ? sprintf("%.1fx", f / w) : "-" }')
  done
}

# --- what they stand on ---
approve() {
  for _ in $(seq 200); do
    local code
    code=$(sed -n 's/^ *enter \([A-Z0-9-]*\)$/\1/p' "$work/err" 2>/dev/null)
    [ -z "$code" ] || { "$cleanroom" identity approve "$code" --as "$1" "${@:2}" --state "$state" >/dev/null 2>&1; return; }
    sleep 0.05
  done
}
: >"$work/err"
quietly "$cleanroom" sandbox start --state "$state" || give_up "the sandbox does not start"
: >"$work/err"
approve northwind &
ours step run northwind env.start || give_up "no sign-in"
wait
ours step run northwind env.init || give_up "no account"
for mode in SSE CPK CSE; do
  ours datastore add --name "$mode" --container-name "bench-${mode,,}" --backingstore-type Azure_BlobStorage --encryption-mode "$mode" \
    --as northwind || give_up "no datastore"
done
s3=(--as woodgrove --scenario analytics-s3-sse)
: >"$work/err"
approve woodgrove "${s3[@]:2}" &
ours step run woodgrove env.start "${s3[@]:2}" || give_up "no sign-in"
wait
ours step run woodgrove an.wg.aws "${s3[@]:2}" || give_up "no key pair"
ours datastore add --name S3 --container-name bench-ours --backingstore-type Aws_S3 --create-bucket --aws-config-cgs-secret-id none "${s3[@]}" \
  || give_up "no bucket"
cr sandbox status --json
cp "$work/out" "$work/status"
blob=$(json endpoints.blob) s3_url=$(json endpoints.s3)
cr env show --json
json trust >"$work/ca.pem"
python3 "$CLEANROOM_SRCDIR/tests/interop/cloud_account.py" azure "$work/status" "$work/ca.pem" "$work" benchpeers 2>"$work/err" || give_up "no account for the peers"
python3 "$CLEANROOM_SRCDIR/tests/interop/cloud_account.py" aws "$work/status" "$work/ca.pem" "$work" benchpeers 2>"$work/err" || give_up "no user for the peers"
unset HTTPS_PROXY https_proxy HTTP_PROXY http_proxy ALL_PROXY all_proxy
# A shared access signature of the account for everything, for the next two hours.
sas=$(python3 - "$work/benchpeers.key" <<'PY'
import base64, datetime, hashlib, hmac, sys, urllib.parse
key = base64.b64decode(open(sys.argv[1]).read())
end = (datetime.datetime.utcnow() + datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
fields = ["benchpeers", "rwdlac", "b", "sco", "", end, "", "https", "2020-10-02", ""]
sign = base64.b64encode(hmac.new(key, "\n".join(fields).encode(), hashlib.sha256).digest()).decode()
print(urllib.parse.urlencode({"sv": "2020-10-02", "ss": "b", "srt": "sco", "sp": "rwdlac", "se": end, "spr": "https", "sig": sign}))
PY
)
peers=$blob/benchpeers
curl --silent --fail --noproxy '*' --cacert "$work/ca.pem" --request PUT --header 'Content-Length: 0' --header 'x-ms-version: 2020-10-02' --output /dev/null "$peers/bench?restype=container&$sas" || give_up "no container"

# --- the peers, as far as they are here ---
azcopy='' rclone='' az='' s5cmd=''
if command -v npm >/dev/null && fetched "$tools/azcopy" timeout 300 npm install --silent --no-audit --no-fund --prefix . @azure-tools/azcopy-linux; then
  cp "$tools"/azcopy/node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64 "$work/azcopy" 2>/dev/null && chmod +x "$work/azcopy" && azcopy=$work/azcopy
  export AZCOPY_LOG_LOCATION=$work/azcopy.log AZCOPY_JOB_PLAN_LOCATION=$work/azcopy.plan AZCOPY_DISABLE_SYSLOG=true
fi
want_deb rclone rclone rclone
want_deb az az azure-cli
want_pip s5python s5cmd s5cmd && s5cmd=$(find "$tools/s5cmd" -type f -name s5cmd -size +1M | head -n 1)
# From here on they believe the sandbox and nobody else.
unset AWS_CA_BUNDLE
export SSL_CERT_FILE=$work/ca.pem REQUESTS_CA_BUNDLE=$work/ca.pem
export AZURE_CONFIG_DIR=$work/az.config AZURE_CORE_COLLECT_TELEMETRY=false AZURE_CORE_NO_COLOR=true
AWS_ACCESS_KEY_ID=$(cat "$work/benchpeers.id") AWS_SECRET_ACCESS_KEY=$(cat "$work/benchpeers.secret")
AZURE_STORAGE_CONNECTION_STRING="DefaultEndpointsProtocol=https;AccountName=benchpeers;AccountKey=$(cat "$work/benchpeers.key");BlobEndpoint=$peers"
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION=us-west-1 AZURE_STORAGE_CONNECTION_STRING
(
  umask 077
  printf '[blob]\ntype = azureblob\nsas_url = %s\n\n[s3]\ntype = s3\nprovider = Other\nenv_auth = true\nregion = us-west-1\nendpoint = %s\nforce_path_style = true\n' \
    "$peers/bench?$sas" "$s3_url" >"$work/rclone.conf"
)
rc=("$rclone" --config "$work/rclone.conf" --ca-cert "$work/ca.pem" --retries 1)
[ -z "$rclone" ] || quietly "${rc[@]}" mkdir s3:bench-peers
s5=(env AWS_CA_BUNDLE="$work/ca.pem" "$s5cmd" --endpoint-url "$s3_url")
own() { take ours "$1" "$cleanroom" datastore "${@:2}" --own-keyring --quiet --json --state "$state"; }

# Pseudo-random, so that nobody compresses it or leaves it out.
noise() { openssl enc -aes-128-ctr -K "$(printf '%032d' "$1")" -iv "$(printf '%032d' 1)" -in /dev/zero 2>/dev/null | head -c "$2"; }
mkdir -p "$work/one" "$work/many"
noise 1 $((mib * 1048576)) >"$work/one/large.bin"
python3 - "$work/many" "$files" "$bytes" <<'PY'
import os, random, sys
random.seed(1)
folder, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for n in range(count):
    if n % 500 == 0:
        os.makedirs("%s/%03d" % (folder, n // 500))
    with open("%s/%03d/%05d.csv" % (folder, n // 500, n), "wb") as out:
        out.write(random.randbytes(size))
PY

row "data to a store and back" "wall s" "MB/s" "CPU s/GiB" "RSS MB" "ratio"
printf '# ratio: how many times faster than the fastest peer without encryption\n'

run_up() { # FOLDER WHAT
  own "ours, service keys" upload --name SSE --src "$1" --as northwind
  own "ours, key of one's own (CPK)" upload --name CPK --src "$1" --as northwind
  [ "$1" = "$work/many" ] || own "ours, encrypted before it leaves (CSE)" upload --name CSE --src "$1" --as northwind
  [ -z "$azcopy" ] && missing azcopy || take peer azcopy "$azcopy" copy "$1/*" "$peers/bench/azcopy?$sas" --recursive --from-to LocalBlob --skip-version-check --output-level quiet
  [ -z "$rclone" ] && missing rclone || take peer rclone "${rc[@]}" copy "$1" "blob:bench/rclone"
  [ -z "$az" ] && missing az || take peer az "$az" storage blob upload-batch --destination bench --destination-path az --source "$1" --overwrite --no-progress --only-show-errors
  show
}
run_down() { # FOLDER
  [ "$1" = "$work/many" ] || rounds=${CLEANROOM_BENCH_ROUNDS:-3}
  own "ours, service keys" download --name SSE --dst "$work/got" --as northwind
  own "ours, key of one's own (CPK)" download --name CPK --dst "$work/got" --as northwind
  [ "$1" = "$work/many" ] || own "ours, encrypted before it left (CSE)" download --name CSE --dst "$work/got" --as northwind
  [ -z "$azcopy" ] && missing azcopy || take peer azcopy "$azcopy" copy "$peers/bench/azcopy?$sas" "$work/got" --recursive --from-to BlobLocal --skip-version-check --output-level quiet
  [ -z "$rclone" ] && missing rclone || take peer rclone "${rc[@]}" copy "blob:bench/rclone" "$work/got"
  [ -z "$az" ] && missing az || take peer az "$az" storage blob download-batch --source bench --destination "$work/got" --pattern 'az/*' --no-progress --only-show-errors
  rounds=1
  show
}
run_s3() { # FOLDER WHAT
  group "$2, up, S3" "$3"
  own "ours" upload --name S3 --src "$1" "${s3[@]}"
  [ -z "$rclone" ] && missing rclone || take peer rclone "${rc[@]}" copy "$1" s3:bench-peers/rclone
  [ -z "$s5cmd" ] && missing s5cmd || take peer s5cmd "${s5[@]}" cp "$1/*" s3://bench-peers/s5cmd/
  show
  group "$2, down, S3" "$3"
  [ "$1" = "$work/many" ] || rounds=${CLEANROOM_BENCH_ROUNDS:-3}
  own "ours" download --name S3 --dst "$work/got" "${s3[@]}"
  [ -z "$rclone" ] && missing rclone || take peer rclone "${rc[@]}" copy s3:bench-peers/rclone "$work/got"
  [ -z "$s5cmd" ] && missing s5cmd || take peer s5cmd "${s5[@]}" cp 's3://bench-peers/s5cmd/*' "$work/got/"
  rounds=1
  show
}
# What is in the store is removed between the groups, so that nobody finds it there already.
empty() {
  quietly "$cleanroom" sandbox stop --state "$state"
  python3 - "$state/sandbox" <<'PY'
import os, sqlite3, sys
for name, tables in (("blob.db", ("blobs", "blocks", "committed")), ("s3.db", ("objects", "parts", "uploads", "pieces"))):
    with sqlite3.connect(sys.argv[1] + "/" + name) as db:
        for table in tables:
            db.execute("DELETE FROM " + table)
PY
  quietly "$cleanroom" sandbox start --state "$state"
  rm -rf "$work"/azcopy.plan "$work"/azcopy.log
}

group "one file of $mib MiB, up, blob" $((mib * 1048576))
run_up "$work/one"
group "one file of $mib MiB, down, blob" $((mib * 1048576))
run_down "$work/one"
run_s3 "$work/one" "one file of $mib MiB" $((mib * 1048576))
pid=$(cat "$state/sandbox/pid")
row "  resident memory of the store after that" "" "" "" "$(awk '/VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$pid/status")" ""
empty
group "$files files of $bytes bytes, up, blob" $((files * bytes))
run_up "$work/many"
group "$files files of $bytes bytes, down, blob" $((files * bytes))
run_down "$work/many"
# Encrypted by us, every file is filled up to whole blocks: it is a format for large files.
few=$((files / 100 + 1))
mkdir "$work/few"
find "$work/many" -type f | head -n "$few" | xargs cp -t "$work/few"
group "$few files of $bytes bytes in CSE blocks of 1 MiB, up and down; MB/s of the blocks" $((few * 1048576))
own "ours, up" upload --name CSE --src "$work/few" --block-size 1 --as northwind
own "ours, down" download --name CSE --dst "$work/got" --block-size 1 --as northwind
show
run_s3 "$work/many" "$files files of $bytes bytes" $((files * bytes))
empty

# --- killed in the middle ---
rm -rf "$work/one" "$work/many"
mkdir "$work/one"
noise 2 $((resume_mib * 1048576)) >"$work/one/killed.bin"
upload=("$cleanroom" datastore upload --name SSE --src "$work/one" --as northwind --own-keyring --quiet --json --state "$state")
# What the store wrote to its files is what arrived.
written() { awk '/^wchar/ { print $2 }' "/proc/$(cat "$state/sandbox/pid")/io"; }
before=$(written) kills=0
while [ "$kills" -lt 3 ]; do
  "${upload[@]}" >/dev/null 2>&1 &
  victim=$!
  disown
  sleep "0.$((3 + kills * 2))"
  kill -9 "$victim" 2>/dev/null || break
  while kill -0 "$victim" 2>/dev/null; do sleep 0.02; done
  kills=$((kills + 1))
done
if quietly "${upload[@]}"; then
  row "  $resume_mib MiB, killed $kills times: MiB sent twice" "" "" "" "" "$((($(written) - before) / 1048576 - resume_mib))"
  row "    of these wanted by the goal, at most" "" "" "" "" "$((kills * 128))"
else
  row "  killed and resumed" "failed" "" "" "" ""
fi

# --- what bounds all of them ---
cipher=$(openssl speed -seconds 1 -bytes 16384 -evp aes-256-gcm 2>/dev/null | awk 'END { printf "%.0f", $NF / 1000 }')
row "  openssl aes-256-gcm, one core" "" "$cipher" "" "" ""
wire=$(python3 - <<'PY'
import os, socket, time
size, piece = 1 << 30, bytearray(1 << 20)
server = socket.create_server(("127.0.0.1", 0))
if os.fork() == 0:
    out = socket.create_connection(server.getsockname())
    for _ in range(size // len(piece)):
        out.sendall(piece)
    out.close()
    os._exit(0)
taken, _ = server.accept()
begin, done = time.monotonic(), 0
while done < size:
    done += taken.recv_into(piece)
print("%.0f" % (size / (time.monotonic() - begin) / 1e6))
PY
)
row "  memory to memory over loopback, no TLS" "" "$wire" "" "" ""
