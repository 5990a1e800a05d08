#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One command for all of it: what it makes, what it says when something is missing, how it heals, and what it leaves behind.
# shellcheck disable=SC2016 # the shells of the tests expand these
. "$(dirname "$0")/lib.sh"
. "$e2e/slim_image.sh"
cd "$work"
out=made
slim=winnow-e2e/web-slim:1
options=(--network=host)
exists() { "$docker" image inspect "$1" >/dev/null 2>&1; }
kept() { value made/keep.json "any(e['path'] == '$1' for e in j['entries'])"; }

# Ready is known by the port; the image gets its name when it has passed; everything is written.
gives 0 "$winnow" slim "$source" --test "$(get one)" --test 'test -n "$WINNOW_CONTAINER" && test "$WINNOW_IMAGE" && curl -fs "http://$WINNOW_ADDRESS:$WINNOW_PORT_'"$port"'/two"' -o made -- "${options[@]}"
says "verify: pass"
says "winnow-e2e/web-slim:1"
matches_schema made/profile.json profile
matches_schema made/keep.json keep
for file in report.md removed.json slim.json dockerfile/Dockerfile; do [ -s "made/$file" ] || flunk "no $file"; done
[ "$(grep -c '^# ' made/report.md)" = 1 ] || flunk "not one page: $(grep '^# ' made/report.md)"
exists "$slim" || flunk "no slim image"
[ "$(value made/slim.json 'j["outcome"], len(j["tests"]), len(j["rounds"])')" = "('pass', 2, 1)" ] || flunk "$(cat made/slim.json)"
[ "$(value made/slim.json 'all(t["verdict"]["ready_ms"] is not None for t in j["tests"])')" = True ] || flunk "no time to ready"
[ "$(kept /srv/three)" = False ] || flunk "an unused file is kept"
nothing_left "after a slim that passed"

# A held-out test that asks for more: named, with another name for the image, and not silently.
"$docker" image rm "$slim" >/dev/null
gives 1 "$winnow" slim "$source" --test "$(get one)" --verify-test "$(get two)" -o made -- "${options[@]}"
says "/srv/two"
says "--heal"
exists winnow-e2e/web-slim-unproven:1 || flunk "the image that did not pass has no name"
! exists "$slim" || flunk "an image that did not pass got the name"
nothing_left "after a slim that did not pass"

# Even where the test swallows the failure.
gives 1 "$winnow" slim "$source" --test "$(get one)" --verify-test "$(get two) || true" -o made -- "${options[@]}"
says "missing: /srv/two"

# Healed: put back, with the reason, and passed.
gives 0 "$winnow" --json slim "$source" --test "$(get one)" --verify-test "$(get two)" --verify-test "$(get three)" --heal 3 -o made -- "${options[@]}"
says '"outcome":"pass"'
says "no recorded run asked for it"
[ "$(value made/slim.json 'sorted(h["path"] for r in j["rounds"] for h in r["healed"])')" = "['/srv/three', '/srv/two']" ] || flunk "$(cat made/slim.json)"
gives 0 "$winnow" explain made/keep.json /srv/two
says "wanted"
# The healed profile gives the same plan again.
gives 0 "$winnow" plan made/profile.json --image "docker-daemon:$source" -o again.json
[ "$(value again.json '[e["path"] for e in j["entries"]]')" = "$(value made/keep.json '[e["path"] for e in j["entries"]]')" ] || flunk "another plan"
matches_schema made/profile.json profile
# A test that waits for what is not there is ended; what it missed is told, and put back.
wait_for_two="until $(get two); do sleep 0.1; done"
gives 1 "$winnow" slim "$source" --test "$(get one)" --verify-test "$wait_for_two" --test-timeout 4 -o made -- "${options[@]}"
says "missing: /srv/two"
says "it was ended after 4 s"
gives 0 "$winnow" slim "$source" --test "$(get one)" --verify-test "$wait_for_two" --test-timeout 4 --heal 1 -o made -- "${options[@]}"
gives 3 "$winnow" slim "$source" --test 'sleep 1000' --test-timeout 1 -o none -- "${options[@]}"
says "takes longer than 1 s on $source itself"
gives 3 "$winnow" slim "$source" --no-probe --test-timeout 1 -o none -- "${options[@]}"
says "the container's own end takes longer than 1 s"
# What is dropped on purpose stays dropped.
gives 1 "$winnow" slim "$source" --test "$(get one)" --drop /etc/greeting --heal 3 -o made -- "${options[@]}"
says "missing: /etc/greeting"
says "not putting back"
nothing_left "after healing"

# Tests that start their own containers.
own='id=$(docker run -d --network=host "$WINNOW_IMAGE") && trap "docker rm -f $id >/dev/null" EXIT && for i in $(seq 50); do curl -fs http://127.0.0.1:'$port'/one && exit 0; sleep 0.1; done; exit 1'
gives 0 env PATH="$(dirname "$docker"):$PATH" "$winnow" slim "$source" --self-started --test "$own" -o made
says "verify: pass"

# Each mistake has a sentence, and nothing was cut.
gives 4 "$winnow" slim "$source" --test false -o none -- "${options[@]}"
says "fails on $source itself"
[ ! -e none/keep.json ] || flunk "something was cut"
gives 4 "$winnow" slim "$source" --test "$(get one)" --verify-test false -o none -- "${options[@]}"
gives 3 "$winnow" slim "$source" --test true --ready false --ready-timeout 1 -o none -- "${options[@]}"
says '`false` returned 1'
says "--ready"
gives 3 "$winnow" slim "$source" --test true --ready 'sleep 1000' --ready-timeout 1 -o none -- "${options[@]}"
says "was not ready after 1 s"
gives 3 "$winnow" slim "$source" --test true -o none -- "${options[@]}" "$slim" sh -c 'sleep 1000'
says "a word after -- was taken for one"
gives 2 "$winnow" slim "$source" --test true -o none -- --restart=always
gives 2 "$winnow" slim "$source" --test true --tag app@sha256:00 -o none
gives 3 "$winnow" slim "$source" --test true -o none -- "${options[@]}" -- sh -c 'echo my last words; exit 7'
says "the container ended with status 7"
says "my last words"
gives 3 "$winnow" slim "$source" --test true -o none -- "${options[@]}" -- /no/such/program
says "/no/such/program"
gives 3 "$winnow" slim "$source" --test true -o none -- --no-such-option
says "--no-such-option"
cp made/report.md none/report.md
gives 4 "$winnow" slim "$source" --test false -o none -- "${options[@]}"
gives 3 "$winnow" slim winnow-e2e/no-such-image --test true -o none
says "winnow pulls nothing"
gives 2 "$winnow" slim "$source" --test "$(get one)" --tag "$source" -o none -- "${options[@]}"
says "is the source image itself"
[ ! -e none/report.md ] || flunk "a report of nothing"
gives 2 "$winnow" slim
says "no image to slim"
gives 2 "$winnow" slim "$source" --compose x.yaml
says "--service"
nothing_left "after mistakes"

# A container that ends at once: its own end is the test.
gives 0 "$winnow" slim "$source" -o made -- -- cat /etc/greeting
says "verify: pass"
[ "$(kept /etc/greeting)" = True ] || flunk "what cat read is not kept"

if "$docker" compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; then
  cat >compose.yaml <<YAML
version: "3.8"
services:
  web:
    image: $source
    network_mode: host
  beside:
    image: $source
    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"]
    network_mode: none
    volumes: ["data:/data"]
volumes:
  data:
YAML
  gives 0 "$winnow" slim --compose compose.yaml --service web --test "$(get one)" -o made
  says "verify: pass"
  gives 3 "$winnow" slim --compose compose.yaml --service wbe --test true -o none
  says "wbe"
  [ -z "$("$docker" volume ls -q --filter name=winnow-)" ] || flunk "volumes left: $("$docker" volume ls -q)"
  nothing_left "after a compose project"
else
  echo "no docker compose here: that part was left out"
fi
"$docker" image rm -f "$slim" winnow-e2e/web-slim-unproven:1 "$source" >/dev/null
