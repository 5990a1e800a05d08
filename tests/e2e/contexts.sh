#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two engines with an image of one name: every command asks the engine that the user's docker client would ask, and says so first.
. "$(dirname "$0")/lib.sh"
cd "$work"
export WINNOW_STATE=$work/state DOCKER_CONFIG=$work/config
second=$(mktemp -d /var/tmp/winnow-e2-XXXXXX)
trap '"$e2e/../../scripts/engine.sh" stop "$second"; rm -rf "$work"' EXIT
one=$DOCKER_HOST
two=$("$e2e/../../scripts/engine.sh" start "$second")
two=${two#DOCKER_HOST=}
unset DOCKER_HOST DOCKER_CONTEXT

# The same name, other content.
mkdir image
cp "$(command -v busybox)" image/
for host in "$one" "$two"; do
  echo "the engine at $host" >image/which
  head -c 50000 /dev/urandom >image/unused
  tar -C image -c busybox which unused | "$docker" -H "$host" import -c 'CMD ["/busybox", "cat", "/which"]' - winnow-e2e/which:1 >/dev/null
  "$docker" -H "$host" image rm winnow-e2e/which-slim:1 >/dev/null 2>&1 || true
done
"$docker" context create one --docker "host=$one" >/dev/null
"$docker" context create two --docker "host=$two" >/dev/null
"$docker" context create far --docker "host=ssh://user@host.invalid" >/dev/null

# names HOST: the first line of the last command of gives named the engine.
names() {
  case $(head -n 1 "$work/err") in
    "winnow: engine: docker "*" at $1"*) ;;
    *) flunk "the first line does not name $1: $(cat "$work/err")" ;;
  esac
}
runs=(--network=none)

# The current context of the configuration: recorded, cut and proven there, and nowhere else.
"$docker" context use two >/dev/null
gives 0 "$winnow" slim winnow-e2e/which:1 -o made -- "${runs[@]}"
names "$two, chosen by docker context two"
[ "$("$docker" -H "$two" run --rm --network=none winnow-e2e/which-slim:1)" = "the engine at $two" ] || flunk "another engine's image was cut"
[ -z "$("$docker" -H "$one" images -q winnow-e2e/which-slim)" ] || flunk "the slim image is in the other engine"

# The command after -- finds the same engine, whatever its own configuration says.
own="DOCKER_CONFIG=$work/none $docker run --rm --network=none \$WINNOW_IMAGE"
gives 0 "$winnow" record --image winnow-e2e/which:1 -o profile.json -- sh -c "$own"
names "$two"
says "the engine at $two"
gives 0 "$winnow" plan profile.json --image docker-daemon:winnow-e2e/which:1 -o keep.json
names "$two"
gives 0 "$winnow" emit keep.json --image docker-daemon:winnow-e2e/which-slim:1 --dockerfile built
names "$two"
gives 0 "$winnow" --json verify winnow-e2e/which-slim:1 --keep keep.json -- sh -c "$own"
names "$two"
python3 -c 'import json, sys; json.load(open(sys.argv[1]))' out || flunk "machine output is not alone on stdout: $(cat out)"
[ "$(grep -c 'winnow: engine' err)" = 1 ] || flunk "the engine is named more than once: $(cat err)"
# What was recorded of one engine's image is not planned of the other's.
gives 3 env DOCKER_CONTEXT=one "$winnow" plan profile.json --image docker-daemon:winnow-e2e/which:1 -o other.json
names "$one, chosen by docker context one"

# The order: $DOCKER_HOST, $DOCKER_CONTEXT, the current context; doctor says which.
doctor() { "$winnow" doctor >out 2>err || true; head -n 1 out; }
grep -qF "$two, chosen by docker context two" <<<"$(doctor)" || flunk "$(cat out)"
grep -qF "$one, chosen by docker context one" <<<"$(DOCKER_CONTEXT=one doctor)" || flunk "$(cat out)"
grep -qF "$one, chosen by \$DOCKER_HOST" <<<"$(DOCKER_HOST=$one DOCKER_CONTEXT=two doctor)" || flunk "$(cat out)"
mkdir home
cp -r config home/.docker
grep -qF "$two, chosen by docker context two" <<<"$(unset DOCKER_CONFIG; HOME=$work/home SUDO_UID='' doctor)" || flunk "$(cat out)"

# An engine that cannot be asked is an error: no other one is asked in its place.
gives 2 env DOCKER_CONTEXT=far "$winnow" record --image winnow-e2e/which:1 -o none.json -- sh -c "$own"
says "docker context far: ssh://user@host.invalid: only unix:// and tcp:// are understood"
gives 2 env DOCKER_CONTEXT=gone "$winnow" slim winnow-e2e/which:1 -o none
says "docker context gone is not in $work/config/contexts"
says "docker context ls"
"$docker" context create dead --docker "host=unix://$work/dead.sock" >/dev/null
gives 3 env DOCKER_CONTEXT=dead "$winnow" slim winnow-e2e/which:1 -o none
says "chosen by docker context dead"
for file in none.json none; do [ ! -e "$file" ] || flunk "$file was written"; done
echo "each command asked the engine that docker would ask"
