# SPDX-License-Identifier: MIT
# Programs that nobody here wrote: where they are, and how those of npm and PyPI come into the build folder.
# Each want_... prints nothing and succeeds, or fails with the reason in $reason.
# shellcheck shell=bash

tools=${CLEANROOM_TOOLS:-$build/tools}
# The build with sanitizers takes what the plain one has fetched.
[ ! -d "$CLEANROOM_SRCDIR/build/tools" ] || tools=${CLEANROOM_TOOLS:-$CLEANROOM_SRCDIR/build/tools}
reason=

# want_deb VARIABLE PROGRAM PACKAGE: the path of a program of Debian; no other one of that name.
want_deb() {
  if [ -x "/usr/bin/$2" ]; then
    printf -v "$1" '%s' "/usr/bin/$2"
    return 0
  fi
  reason="the Debian package $3 is not installed"
  return 1
}

# fetched FOLDER COMMAND...: run COMMAND once, in FOLDER.part, which then becomes FOLDER.
fetched() {
  local folder=$1
  shift
  [ ! -d "$folder" ] || return 0
  rm -rf "$folder.part"
  mkdir -p "$folder.part" || return 1
  if (cd "$folder.part" && "$@") >"$folder.log" 2>&1 </dev/null; then
    mv "$folder.part" "$folder"
  else
    rm -rf "$folder.part"
    return 1
  fi
}

# want_npm VARIABLE NAME VERSION PROGRAM: a program of an npm package.
want_npm() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    reason="npm and node are not here"
  elif ! fetched "$tools/$2" timeout 300 npm install --silent --no-audit --no-fund --fetch-retries 1 \
    --prefix . "$2@$3"; then
    reason="the npm package $2 cannot be had (see $tools/$2.log)"
  else
    printf -v "$1" '%s' "$tools/$2/node_modules/.bin/$4"
    return 0
  fi
  return 1
}

# want_pip VARIABLE NAME PACKAGE...: the Python of an environment with PACKAGES.
want_pip() {
  local variable=$1 name=$2
  shift 2
  if ! fetched "$tools/$name" make_venv "$@"; then
    reason="the Python package $1 cannot be had (see $tools/$name.log)"
    return 1
  fi
  printf -v "$variable" '%s' "$tools/$name/bin/python"
}
make_venv() {
  python3 -m venv . && timeout 300 bin/python -m pip -q --disable-pip-version-check --retries 1 install "$@"
}

# digests FOLDER: "sha256  relative/name" of every file, sorted, names as they are.
digests() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -z 2>/dev/null | tr '\0' '\n'); }
# same_tree A B: do both hold the same files?
same_tree() {
  digests "$1" >"$work/left.sums"
  digests "$2" >"$work/right.sums"
  cmp -s "$work/left.sums" "$work/right.sums" || { diff "$work/left.sums" "$work/right.sums" | head -n 8 >"$work/err"; return 1; }
}

# make_tree FOLDER: sizes around the borders and names that tools get wrong.
make_tree() {
  mkdir -p "$1/day=2025-09-01/sub" "$1/with space"
  : >"$1/empty"
  printf x >"$1/one"
  printf 'a,b\n1,2\n' >"$1/day=2025-09-01/sub/data.csv"
  printf 'space\n' >"$1/with space/two  spaces.txt"
  printf 'percent\n' >"$1/100%25 of %41.txt"
  printf 'hash\n' >"$1/a#b.txt"
  printf 'query\n' >"$1/a?b=c&d.txt"
  printf 'plus\n' >"$1/a+b.txt"
  printf 'other\n' >"$1/naïve 日本語 ☃.txt"
  printf 'quotes\n' >"$1/it's \"quoted\" (1) [2] {3} ~!@\$^*;,.txt"
  random_file "$1/five.bin" 5
}
random_file() { head -c "$(($2 * 1048576))" /dev/urandom >"$1"; } # PATH MIB

# make_certificate FOLDER: ca.pem, and leaf.pem with leaf.key for 127.0.0.1 and localhost.
make_certificate() (
  cd "$1" || exit 1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 \
    -subj "/CN=interop tests" -addext basicConstraints=critical,CA:TRUE &&
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr -subj /CN=localhost &&
    printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n' >leaf.ext &&
    openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile leaf.ext -out leaf.pem
) >"$work/certificate.log" 2>&1

# free_port: one that nobody listens on.
free_port() { python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# answers URL CA: wait until somebody answers there, at most 60 s; a busy machine may need them.
answers() {
  local i
  for i in $(seq 1 300); do
    curl --silent --noproxy '*' --cacert "$2" --max-time 5 --output /dev/null "$1" && return 0
    sleep 0.2
  done
  return 1
}
# background COMMAND...: started here, ended by end_background.
servers=()
background() {
  "$@" >"$work/server-${#servers[@]}.log" 2>&1 </dev/null &
  servers+=($!)
}
end_background() {
  [ "${#servers[@]}" -eq 0 ] || kill "${servers[@]}" 2>/dev/null
  servers=()
}
trap 'end_background; finish' EXIT
