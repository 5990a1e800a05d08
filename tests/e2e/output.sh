#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# slim --same-output sees each byte that a container prints, whatever its engine would keep of that, in whatever order.
# shellcheck disable=SC2016 # the shells in the containers expand these
. "$(dirname "$0")/lib.sh"
cd "$work"
source=winnow-e2e/output
mkdir context
cp "$(command -v busybox)" context/busybox
# How many names a file has is another number where the second one, which nothing asks for, is gone.
printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nRUN mkdir /srv && echo x >/srv/a && ln /srv/a /srv/b\n' >context/Dockerfile
DOCKER_BUILDKIT=0 "$docker" build -q --network=none -t "$source" context >/dev/null

# compares STATUS OUTCOME COMMAND [OPTION...]: the verdict of `slim --same-output` on a container with these options.
compares() {
  local status=$1 outcome=$2 command=$3
  shift 3
  gives "$status" "$winnow" --json slim "$source" --same-output -o made -- --network=none "$@" -- sh -c "$command"
  cp out slim.json
  [ "$(value slim.json 'j["tests"][0]["verdict"]["outcome"]')" = "$outcome" ] || flunk "$command: $(cat out err)"
}
first_difference='[(one["stream"], one["difference"]["line"]) for one in j["tests"][0]["verdict"]["output"] if one["difference"]]'

# A byte that is no UTF-8, in the first of more lines than the options of the log have room for, of a container that is
# removed at its end. Docker's default log replaces the byte, and its rotation drops the line.
noise='i=0; while [ $i -lt 3000 ]; do echo "line $i of many that fill the log"; i=$((i+1)); done'
keeps_little=(--rm --log-driver json-file --log-opt max-size=20k --log-opt=max-file=1)
compares 0 pass "printf '\\310\\n'; $noise" "${keeps_little[@]}"
compares 1 differs "printf \"\\\\\$(printf %o \$((\$(stat -c %h /srv/a) + 198)))\\n\"; $noise" "${keeps_little[@]}"
[ "$(value slim.json "$first_difference")" = "[('stdout', 1)]" ] || flunk "$(cat slim.json)"
# To stderr, without any log.
compares 1 differs 'stat -c %h /srv/a >&2' --log-driver=none
[ "$(value slim.json "$first_difference")" = "[('stderr', 1)]" ] || flunk "$(cat slim.json)"
# More than is compared: the begin is.
compares 1 differs 'stat -c %h /srv/a; yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -c 18000000'
[ "$(value slim.json 'j["tests"][0]["verdict"]["output"][0]["cut"]')" = True ] || flunk "nothing was cut"
# Two words that vary around one that does not.
word='head -c 48 /dev/urandom | base64 -w0'
compares 1 differs 'echo "token=$('"$word"') links=$(stat -c %h /srv/a) session=$('"$word"')"'
"$docker" image rm -f "$source" "$source-slim" "$source-slim-unproven" >/dev/null 2>&1 || true
