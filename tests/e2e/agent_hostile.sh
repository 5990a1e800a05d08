#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The agent among hostile containers, in a store that others write, on a broken disk, and before slow servers and clients.
source "$(dirname "$0")/lib.sh"
for tool in curl openssl unshare; do command -v "$tool" >/dev/null || { echo "SKIP: no $tool"; exit 77; }; done
source "$(dirname "$0")/agent_lib.sh"
image=winnow-e2e-hostile
others=()
clean_up() {
  for one in "${others[@]}"; do kill "$one" 2>/dev/null || true; done
  remove_agent -KILL "$image:good" "$image:bad" "$image:third"
  mountpoint -q "$work/state" && umount -l "$work/state"
  rm -rf "$work"
}
trap clean_up EXIT

arguments=(--runtime "docker:$root" --session "$session")
fresh() {
  stop_agent -TERM
  "$winnow" agent --cleanup --session "$session" >/dev/null 2>&1
  rm -rf "$store" "$work/state/"*
}
fetched() { "$winnow" fetch "$image:$1" --store "dir:$store" -o "$work/p.json" >"$work/out" 2>"$work/err"; }
# touched TAG PATH: the image's profile in the store has it.
touched() { fetched "$1" && value "$work/p.json" "any(a['path'] == '$2' and a['kinds'] != ['miss'] for a in j['accesses'])" | grep -q True; }
status_is() { fetched "$1" && [ "$(value "$work/p.json" 'j["status"]')" = "$2" ]; }
# Not with --rm: what the engine has forgotten before the agent asks is another engine's.
good() { "$docker" run --network=none "$image:good" cat "/data/$1" >/dev/null; }

mkdir -p "$work/root/bin" "$work/root/data"
cp "$(command -v busybox)" "$work/root/bin/busybox"
for name in sh cat sleep stat seq; do ln -s busybox "$work/root/bin/$name"; done
for name in one two three four five six seven; do echo "$name" >"$work/root/data/$name"; done
tar -C "$work/root" -c . | "$docker" import - "$image:good" >/dev/null
echo bad >"$work/root/data/bad"
tar -C "$work/root" -c . | "$docker" import - "$image:bad" >/dev/null

echo "== words that no agent takes"
refused() {
  gives 2 timeout 20 "$winnow" agent --store "dir:$store" "${arguments[@]}" "$@"
  [ "$(wc -l <"$work/err")" = 1 ] || flunk "not one line: $(cat "$work/err")"
}
refused --node '*'
says "not a name of a node: *"
refused --node $'a\e[31m\nb'
says 'not a name of a node: a\x1b[31m\x0ab'
refused --node $'\xff'
for interval in nan inf 0 -1 1e9; do refused --interval=$interval; done
for listen in 22334,22335 :1 127.0.0.1: 127.0.0.1:1r x:y 127.0.0.1:99999; do refused --listen $listen; done
refused --runtime "docker:$work/nowhere"
says "there is no such directory"
gives 2 "$winnow" agent --compact --store "dir:$work/other" --ttl nan
gives 3 "$winnow" fetch --list --store "dir:$work/nowhere"
[ ! -e "$work/nowhere" ] || flunk "reading made a directory"

echo "== hostile words and endless names; others are recorded as before"
start_agent --listen "127.0.0.1:$port"
# shellcheck disable=SC2016
"$docker" run -d --network=none --label "io.kubernetes.pod.namespace=$(printf 'x\n\e[31mINJECTED "} x')" --label io.kubernetes.pod.name="$(printf '\r\e]0;INJECTED\a')" \
  --label io.kubernetes.container.name=x "$image:bad" sh -c 'i=0; for n in $(seq 60000); do echo /data/XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX$n; done >/tmp.txt; while read n; do [ -e "$n" ]; done </tmp.txt; : >"$(printf "/data/\033[31m\n\377")"; sleep 1000' >/dev/null
good one
until_true 30 touched good /data/one || flunk "the other container is not recorded: $(cat "$work/agent.log")"
status_is good complete || flunk "the other image suffers: $(value "$work/p.json" 'j["reasons"]')"
until_true 30 fetched bad || flunk "the hostile container is not recorded"
gives 0 "$winnow" fetch --list --store "dir:$store"
says "$image:good"
grep -q 'x\\x0a\\x1b\[31mINJECTED' "$work/agent.log" || flunk "the name is not in the log, escaped: $(cat -v "$work/agent.log")"
if grep -qP '\x1b|^INJECTED' "$work/agent.log" "$work/out" "$work/err"; then flunk "a container wrote into the log"; fi
kib=$(sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$agent/status")
[ "$kib" -lt 200000 ] || flunk "the agent took $kib KiB"

echo "== a second agent, with the state of another machine"
gives 3 env WINNOW_STATE="$work/state2" timeout 20 "$winnow" agent --store "dir:$store" "${arguments[@]}"
says "another winnow is recording"
good two
until_true 20 touched good /data/two || flunk "the first agent does not record any more"

echo "== slow clients"
python3 - "$port" <<'PY' &
import socket, sys, time
held = []
for _ in range(200):
    try:
        one = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 3)
        one.send(b"GET /metrics HTTP/1.1\r\nX: ")
        held.append(one)
    except OSError:
        pass
end = time.time() + 15
while time.time() < end:
    for one in held:
        try:
            one.send(b"x")
        except OSError:
            pass
    time.sleep(0.3)
PY
others+=($!)
sleep 1
until_true 3 test "$(curl -s -m 12 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/healthz")" = 200 || flunk "no answer beside slow clients"

echo "== objects that are none, and an image whose object cannot be written"
id=$("$docker" image inspect "$image:bad" -f '{{.Id}}')
object=$(basename "$(ls "$store/$(cut -c8-47 <<<"$id")"*.json)")
rm "$store/$object"
mkdir "$store/$object"
mkfifo "$store/fifo.json"
echo '{"apiVersion":"winnow.dev/v1alpha1","metadata":{"name":"forged\u001b[31m"},"spec":{"imageID":"'"$id"'","node":"here","digest":"'"$id"'","parts":-1}}' >"$store/forged.json"
gives 0 "$winnow" fetch --list --store "dir:$store"
for what in "$image:good" "object fifo" "object ${object%.json}" 'object forged\x1b[31m'; do says "$what"; done
hostile=$("$docker" ps -q --filter "ancestor=$image:bad")
"$docker" exec "$hostile" sh -c ': >/data/later' # its profile is new, and cannot be written
"$docker" rm -f "$hostile" >/dev/null
good three
until_true 20 touched good /data/three || flunk "an image that cannot be written stops the others: $(cat "$work/agent.log")"
until_true 10 grep -q "not a regular file" "$work/agent.log" || flunk "nobody says that the image cannot be written: $(cat "$work/agent.log")"

echo "== a full disk: recording goes on, and what a dead agent took with it is no secret"
fresh
mkdir -p "$work/state"
mount -t tmpfs -o size=600k tmpfs "$work/state"
start_agent --listen "127.0.0.1:$port"
"$docker" run -d --network=none --name "$session" "$image:good" sh -c 'while :; do sleep 1; done' >/dev/null
until_true 20 status_is good complete || flunk "the control is not complete"
dd if=/dev/zero of="$work/state/fill" bs=4k 2>/dev/null || true
# shellcheck disable=SC2016
busy='for n in $(seq 3000); do [ -e /data/$n ]; done; :' # enough to be no rest of a page
"$docker" exec "$session" sh -c "cat /data/four; $busy" >/dev/null
until_true 20 touched good /data/four || flunk "with a full disk nothing reaches the store: $(cat "$work/agent.log")"
kill -0 "$agent" || flunk "a full disk ended the agent: $(cat "$work/agent.log")"
no_space() { curl -s "http://127.0.0.1:$port/healthz" >"$work/health" && grep -q "disk: .*No space left" "$work/health"; }
until_true 10 no_space || flunk "no word of the disk: $(cat "$work/health")"
stop_agent -KILL
start_agent
grep -q "the disk did not take all" "$work/agent.log" || flunk "what was lost is not said: $(cat "$work/agent.log")"
until_true 20 status_is good partial || flunk "events were lost and the profile is complete"
fresh
"$docker" rm -f "$session" >/dev/null
start_agent
"$docker" run -d --network=none --name "$session" "$image:good" sh -c 'while :; do sleep 1; done' >/dev/null
dd if=/dev/zero of="$work/state/fill" bs=4k 2>/dev/null || true
"$docker" exec "$session" sh -c "cat /data/five; $busy" >/dev/null
until_true 20 grep -q "recording goes on in memory" "$work/agent.log" || flunk "the disk is not full: $(cat "$work/agent.log")"
rm "$work/state/fill"
mount -o remount,size=20m "$work/state"
until_true 30 grep -q "disk can be written again" "$work/agent.log" || flunk "the disk has room and is not used"
stop_agent -KILL
start_agent
until_true 20 touched good /data/five || flunk "what was caught up is lost"
status_is good complete || flunk "what was caught up counts as lost: $(value "$work/p.json" 'j["reasons"]')"
"$docker" rm -f "$session" >/dev/null
fresh
umount "$work/state"

openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -addext subjectAltName=IP:127.0.0.1 -days 1 -keyout "$work/key" -out "$work/ca.crt" 2>/dev/null
# api KIND PORT: a server of the cluster's API, which never ends its answers (slow), or has nothing and takes nothing (denied).
api() {
  python3 - "$work" "$@" <<'PY' &
import http.server, ssl, sys, time
class Api(http.server.BaseHTTPRequestHandler):
    def slow(self):
        open(sys.argv[1] + "/asked", "w").close()
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(300):
                self.wfile.write(b" ")
                time.sleep(0.2)
        except OSError:
            pass
    def denied(self):
        status, message = (404, "not found") if self.command == "GET" else (403, "profiles is forbidden")
        body = ('{"kind": "Status", "message": "%s", "details": {"name": "x"}}' % message).encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_PATCH = slow if sys.argv[2] == "slow" else denied
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), Api)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1] + "/ca.crt", sys.argv[1] + "/key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
PY
  others+=($!)
}
# start_in_cluster PORT: the account's files are where a pod has them, in a mount namespace that only the agent is in.
start_in_cluster() {
  : >"$work/agent.log"
  # shellcheck disable=SC2016
  WINNOW=$winnow WORK=$work KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT=$1 POD_NAMESPACE=winnow unshare -m sh -c '
    mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io/serviceaccount && cd /run/secrets/kubernetes.io/serviceaccount &&
    cp "$WORK/ca.crt" . && echo token >token && cd / && exec "$WINNOW" agent --store kubernetes "$@"' sh "${arguments[@]}" --interval 1 --listen "127.0.0.1:$port" >>"$work/agent.log" 2>&1 &
  agent=$!
  until_true 30 grep -q "recording node here" "$work/agent.log" || flunk "no agent: $(cat "$work/agent.log")"
}

echo "== an API that takes nothing: one line, however many images"
api denied $((port + 2))
echo third >"$work/root/data/bad"
tar -C "$work/root" -c . | "$docker" import - "$image:third" >/dev/null
for tag in good bad third; do "$docker" run -d --network=none "$image:$tag" sleep 100 >/dev/null; done
start_in_cluster $((port + 2))
until_true 20 grep -q "the API answered 403" "$work/agent.log" || flunk "nobody says what is missing: $(cat "$work/agent.log")"
sleep 5 # for another such line
[ "$(grep -c "recording image" "$work/agent.log")" = 3 ] || flunk "not three images: $(cat "$work/agent.log")"
[ "$(grep -c "the API answered 403" "$work/agent.log")" = 1 ] || flunk "more than one line: $(cat "$work/agent.log")"
fresh

echo "== an API server that never ends its answers"
api slow $((port + 1))
start_in_cluster $((port + 1))
good six
until_true 20 test -e "$work/asked" || flunk "the API was not asked: $(cat "$work/agent.log")"
# Told by the log, since the number of containers falls as the one before ends.
before=$(grep -c "recording image" "$work/agent.log")
more_recorded() { [ "$(grep -c "recording image" "$work/agent.log")" -gt "$before" ]; }
"$docker" run -d --network=none "$image:good" sleep 100 >/dev/null
until_true 10 more_recorded || flunk "the agent waits for the API: $(cat "$work/agent.log")"
start=$SECONDS
stop_agent -TERM
[ $((SECONDS - start)) -lt 20 ] || flunk "the agent took $((SECONDS - start)) s to end"
grep -q "too slow to take what is new" "$work/agent.log" || flunk "$(cat "$work/agent.log")"
