#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What lies outside the tested container: services beside it, volumes that others read, health checks that only the container has,
# tests that name their image themselves.
# shellcheck disable=SC2016 # the shells of the tests expand these
. "$(dirname "$0")/lib.sh"
. "$e2e/slim_image.sh"
cd "$work"
PATH=$(dirname "$docker"):$PATH
plain=$source
out=made
source=winnow-e2e/services:1
slim=winnow-e2e/services-slim:1
mkdir -p more/static/deep
for name in a b deep/c; do echo "the sheet $name" >"more/static/$name.css"; done
printf '#!/bin/ash\n[ -e /srv/three ]\n' >more/probe
chmod 755 more/probe
cat >more/Dockerfile <<DOCKER
FROM $plain
COPY static /app/static
COPY probe /usr/bin/probe
DOCKER
DOCKER_BUILDKIT=0 "$docker" build -q --network=none -t "$source" more >/dev/null
source_id=$("$docker" image inspect -f '{{.Id}}' "$source")
kept() { value "$1" "any(e['path'] == '$2' for e in j['entries'])"; }
is_kept() { [ "$(kept "$1" "$2")" = True ] || flunk "$2 is not kept"; }
is_dropped() { [ "$(kept "$1" "$2")" = False ] || flunk "$2 is kept"; }

# A health check that only the container has: what it runs is kept though it never ran, and that it did not is said.
checked=(--network=host --health-cmd 'probe || exit 1')
gives 0 "$winnow" slim "$source" --test "$(get one)" --ready true -o made -- "${checked[@]}" --health-interval=1h
is_kept made/keep.json /usr/bin/probe
is_kept made/keep.json /bin/ash
says "did not run while the command did"
matches_schema made/profile.json profile
[ "$(value made/profile.json 'j["runs"][0]["healthcheck"]')" = "['/bin/sh', '-c', 'probe || exit 1']" ] || flunk "$(value made/profile.json 'j["runs"][0]')"
# The control: without it nothing asks for the program.
gives 0 "$winnow" slim "$source" --test "$(get one)" -o made -- --network=host
is_dropped made/keep.json /usr/bin/probe
# One that fails on the slim image alone is found, though the test passes.
healthy='for i in $(seq 100); do case $(docker inspect -f "{{.State.Health.Status}}" "$WINNOW_CONTAINER") in starting) sleep 0.1 ;; *) exit 0 ;; esac; done; exit 1'
often=("${checked[@]}" --health-interval=200ms --health-retries=1)
gives 1 "$winnow" --json slim "$source" --test "$healthy" --ready true --drop /srv/three -o made -- "${often[@]}"
[ "$(value out 'j["tests"][0]["verdict"]["unhealthy"][0].split(": ")[1]')" = "its health check says unhealthy" ] || flunk "$(cat out)"
gives 0 "$winnow" slim "$source" --test "$healthy" --ready true -o made -- "${often[@]}"
is_kept made/keep.json /srv/three
nothing_left "after health checks"

# An anonymous volume keeps nothing, and is a risk.
gives 0 "$winnow" slim "$source" --test "$(get one)" -o made -- --network=host -v /app/static
is_dropped made/keep.json /app/static/a.css
[ "$(value made/keep.json '[r["entries"] for r in j["risks"] if r["family"] == "volumes" and r["glob"] == "/app/static/**"]')" = "[4]" ] || flunk "$(value made/keep.json 'j["risks"]')"

# Tests that name their image themselves.
own='test "$(docker run --rm --network=none '$source' cat /srv/one)" = "the file one"'
gives 1 "$winnow" slim "$source" --self-started --test "$own" -o made
says "no container of the slim image was started"
says "--as"
gives 0 "$winnow" slim "$source" --self-started --test "$own" --as "$source" -o made
says "verify: pass"
[ "$("$docker" run --rm --network=none "$slim" cat /srv/one)" = "the file one" ] || flunk "not the slim image"
[ "$("$docker" image inspect -f '{{.Id}}' "$source")" = "$source_id" ] || flunk "the source's name was not given back"
gives 2 "$winnow" slim "$source" --self-started --test "$own" --as "$plain" -o none
says "is not a name of $source"
# A name that the test itself gives to another image stays with that.
"$docker" tag "$source" winnow-e2e/moved:1
gives 0 "$winnow" slim "$source" --self-started --test "$own && docker tag $plain winnow-e2e/moved:1" --as "$source" --as winnow-e2e/moved:1 -o made
nothing_left "after lent names"

# Files that only somebody outside reads: nothing says which, and that is said.
copies='id=$(docker run -d --network=none $WINNOW_IMAGE cat /srv/one) && docker wait $id && docker cp $id:/srv/two two; docker rm $id'
gives 0 "$winnow" record --image "$source" -o copied.json -- sh -c "$copies"
says "docker cp"
says "--keep GLOB keeps them"
gives 0 "$winnow" slim "$source" --self-started --test "$copies" -o made
says "docker cp"
gives 0 "$winnow" record --image "$source" -o copied.json -- sh -c 'docker run --rm --network=none $WINNOW_IMAGE cat /srv/one'
! grep -q "docker cp" out err || flunk "nothing was copied"
gives 2 "$winnow" slim "$source" --tag localhost:5000/App -o none
says "not an image's name"

if "$docker" compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; then
  cat >compose.yaml <<YAML
version: "3.8"
services:
  app:
    image: $source
    network_mode: host
    volumes: ["static:/app/static"]
  worker:
    image: $source
    command: ["sh", "-c", "trap 'exit 0' TERM; cat /srv/two; sleep 1000 & wait"]
    network_mode: none
  third:
    image: $source
    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"]
    network_mode: none
  web:
    image: $plain
    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"]
    network_mode: none
    volumes: ["static:/www:ro"]
volumes:
  static:
YAML
  # images: of the services' containers, as the test finds them.
  images='for s in app worker third web; do docker inspect -f "$s {{.Image}}" $(docker ps -aq --filter label=com.docker.compose.service=$s); done >>images'
  on_slim() { tail -n 4 images | awk -v source="$source_id" -v plain="$("$docker" image inspect -f '{{.Id}}' "$plain")" '$2 != source && $2 != plain { print $1 }' | xargs; }
  # A volume that is filled from the image and read by somebody else; all services of the image get the slim one.
  gives 0 "$winnow" slim --compose compose.yaml --service app --test "$(get one) && $images" -o made
  [ "$(on_slim)" = "app worker third" ] || flunk "on the slim image: $(cat images)"
  for name in a b deep/c; do is_kept made/keep.json "/app/static/$name.css"; done
  is_kept made/keep.json /srv/two
  [ "$(value made/profile.json '[v["shared"] for r in j["runs"] for v in r.get("volumes", []) if v["destination"] == "/app/static"]')" = "[True]" ] || flunk "$(value made/profile.json 'j["runs"]')"
  gives 0 "$winnow" explain made/keep.json /app/static/a.css
  says "is filled with it"
  # What is gone from it is named; services that are named alone, and those that go on with the source.
  gives 0 "$winnow" slim --compose compose.yaml --service app --service worker --drop /app/static/b.css --test "$(get one) && $images" -o made
  says "1 fewer entry there"
  says "/app/static/b.css"
  says "on the source image all the time: third"
  [ "$(on_slim)" = "app worker" ] || flunk "on the slim image: $(cat images)"
  [ "$(value made/slim.json 'j["services"]')" = "{'slim': ['app', 'worker'], 'source': ['third']}" ] || flunk "$(value made/slim.json 'j["services"]')"
  gives 2 "$winnow" slim --compose compose.yaml --service app --service web --test true -o none
  says "service web is not made from $source"
  nothing_left "after a compose project"
else
  echo "no docker compose here: that part was left out"
fi
"$docker" image rm -f "$slim" winnow-e2e/services-slim-unproven:1 winnow-e2e/moved:1 "$source" "$plain" >/dev/null 2>&1 || true
