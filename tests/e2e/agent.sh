#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The node agent beside a real containerd, with pods as the kubelet makes them: what each image's containers touched is in the
# store, no more and no less, whatever happens to the agent and to containerd meanwhile.
#   agent.sh [STEP]     all steps, or those before STEP
no_engine=1
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
for tool in containerd ctr runc busybox curl; do
  command -v "$tool" >/dev/null || { echo "SKIP: needs $tool"; exit 77; }
done
/usr/bin/python3 -c 'import grpc' 2>/dev/null || { echo "SKIP: needs python3-grpcio"; exit 77; }
cd "$work"
shopt -s nullglob
here=$e2e/../../scripts/containerd.sh
node=$(mktemp -d /var/tmp/winnow-XXXXXX)
declare -A pid=() port=()
clean_up() {
  local one
  for one in "${pid[@]}"; do kill -KILL "$one" && wait "$one"; done 2>/dev/null || true
  for one in "${!port[@]}"; do WINNOW_STATE=$work/state-$one "$winnow" agent --cleanup --session "e2e-$$-$one" >/dev/null 2>&1 || true; done
  "$here" stop "$node" || true
  rm -rf "$work"
}
trap clean_up EXIT
"$here" start "$node" >/dev/null
cri() { "$e2e/cri.py" "$node/c.sock" "$@"; }
in_k8s() { ctr --address "$node/c.sock" --namespace k8s.io "$@"; }

# Images: a shell runs /job, which reads the files that it is given, and waits where it is told to.
mkdir -p base/bin
cp "$(command -v busybox)" base/bin/busybox
for applet in sh sleep cat; do ln -s busybox "base/bin/$applet"; done
cat >base/job <<'SH'
for f; do
  case $f in
    wait:*) while [ ! -e "${f#wait:}" ]; do sleep 0.1; done ;;
    *) read -r x <"$f" || : ;;
  esac
done 2>/dev/null
SH
# files NAME FIRST LAST: a tree with /data/FIRST to /data/LAST and the image's name, so that no two images are the same.
files() {
  mkdir -p "trees/$1/data"
  echo "$1" >"trees/$1/image"
  for number in $(seq -w "$2" "$3"); do echo "$number" >"trees/$1/data/$number"; done
}
# image NAME TREE...: imports registry.test/NAME:1 and lists its files in NAME.files.
image() {
  local name=$1
  shift
  "$here" import "$node" "registry.test/$name:1" "$@" -- /bin/sh /job
  (for tree; do (cd "$tree" && find . ! -type d -printf '/%P\n'); done | sort) >"$name.files"
}
# agent NAME [OPTION...]: starts the agent of node NAME, or starts it again. Its session is this test's.
agent() {
  local name=$1 lives end=$((SECONDS + 90))
  shift
  [ -n "${port[$name]:-}" ] || port[$name]=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
  touch "$name.err"
  lives=$(grep -c "recording node $name" "$name.err") || true
  NODE_NAME=$name WINNOW_STATE=$work/state-$name "$winnow" agent --session "e2e-$$-$name" --store "dir:$work/${store:-store}" \
    --runtime "containerd:$node/root" --interval 1 --listen "127.0.0.1:${port[$name]}" "$@" >>"$name.out" 2>>"$name.err" &
  pid[$name]=$!
  while ((SECONDS < end)); do
    [ "$(grep -c "recording node $name" "$name.err")" = "$lives" ] || return 0
    kill -0 "${pid[$name]}" 2>/dev/null || break
    sleep 0.1
  done
  flunk "the agent $name does not come up: $(cat "$name.out" "$name.err")"
}
# ended NAME: it is asked to end, and ends well.
ended() {
  local status=0
  kill -TERM "${pid[$1]}"
  wait "${pid[$1]}" || status=$?
  unset "pid[$1]"
  [ "$status" = 0 ] || flunk "the agent $1 ended with $status: $(tail -n 20 "$1.err")"
}
metric() { curl -s "http://127.0.0.1:${port[$1]}/metrics" | awk -v name="$2" '$1 == name { print $2 }'; }

fetch() { "$winnow" fetch "$@" --store "dir:$work/${store:-store}"; }
# has IMAGE [FETCH OPTION...] -- [TRUTH OPTION...] -- PATH...: what was recorded of the image is what it did.
has() {
  local name=$1 options=()
  shift
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  rm -f p.json
  fetch "registry.test/$name:1" -o p.json "${options[@]}" && python3 "$e2e/truth.py" p.json "$name.files" "$@" "${always[@]}"
}
always=(/bin/sh /bin/busybox /job)
# soon COMMAND...: it succeeds within 60 seconds; the agent writes once in a second.
soon() {
  local end=$((SECONDS + 60))
  while ((SECONDS < end)); do
    ! "$@" >soon.out 2>&1 || return 0
    sleep 0.2
  done
  flunk "not within 60 s: $*: $(cat soon.out)"
}
fails() { ! "$@" >fails.out 2>&1 || flunk "succeeds: $*"; }
until=${1:-}
step() {
  printf '%3d s: %s\n' "$SECONDS" "$*"
  [ "$*" != "$until" ] || exit 0
}

files app 00 79
image app base trees/app
mkdir gate
app=registry.test/app:1

step "a container that runs already"
cri deploy --name early --namespace shop --label case=late --image $app --mount "$work/gate:/gate" --arg /data/00 --arg wait:/gate/late --arg /data/01 >early.ids
sleep 0.5
agent node-a
touch gate/late
always=(/bin/busybox /job)
late=(-- --runs 1 --start late --maybe /bin/sh --maybe /bin/sleep --)
soon has app --selector case=late "${late[@]}" /data/01
fails has app --selector case=late "${late[@]}" /data/00 /data/01
always=(/bin/sh /bin/busybox /job)

step "an agent that starts while containers start"
files amid 00 29
image amid base trees/amid
(while [ ! -e amid.stop ]; do cri deploy --wait --times 16 --name amid --namespace shop --image registry.test/amid:1 --arg /data/00 --arg "/data/1{}" >>amid.ids || exit; done) &
starts=$!
started() { [ "$(wc -l <"$1.ids")" -ge "$2" ]; }
soon started amid 2
store=amid-store  # node-a records them too
agent node-c
soon started amid $(($(wc -l <amid.ids) + 16))
touch amid.stop
wait $starts || flunk "the containers failed"
ended node-c
# Those that ended before the agent are not there, the others whole or late; of the runtime, which just starts some, nothing.
amid() { python3 "$e2e/truth.py" p.json amid.files $(seq -f '--maybe /data/%g' "$1" 19) -- "${always[@]}" /data/00; }
gives 0 fetch registry.test/amid:1 -o p.json
store=store
gives 0 amid 10
fails amid 20
recorded=$(value p.json 'sum(r.get("times", 1) for r in j["runs"])')
[ "$recorded" = "$(grep -c ' shop/amid-.*: recording image' node-c.err)" ] || flunk "$recorded runs: $(cat node-c.err)"
started amid $((recorded + 1)) || flunk "not in the middle: $recorded of $(wc -l <amid.ids)"

step "every kind of pod, and of cgroup"
at=10
for driver in cgroupfs systemd; do
  for qos in guaranteed burstable besteffort; do
    cri deploy --wait --driver $driver --qos $qos --name $driver-$qos --namespace shop --label case=$driver-$qos --image $app --arg /data/$at --arg /data/none >/dev/null
    at=$((at + 1))
  done
done
touch "$node/no-systemd"
cri deploy --wait --driver systemd --name colon --namespace shop --label case=colon --image $app --arg /data/16 >/dev/null
rm "$node/no-systemd"
cri deploy --wait --static --name static-node-a --namespace shop --label case=static --image $app --arg /data/17 >/dev/null
cri deploy --wait --read-only --name read-only --namespace shop --label case=read-only --image $app --arg /data/18 >/dev/null
pod=$(cri run-pod --name three-0 --namespace shop --label case=three)
cri run "$pod" --wait --container prepare --image $app --arg /data/20 >/dev/null
cri run "$pod" --container sidecar --image $app --mount "$work/gate:/gate" --arg /data/21 --arg wait:/gate/sidecar --arg /data/22 >/dev/null
serves=$(cri run "$pod" --container serve --image $app --mount "$work/gate:/gate" --arg /data/23 --arg wait:/gate/serve)
touch gate/sidecar
at=10
for case in {cgroupfs,systemd}-{guaranteed,burstable,besteffort}; do
  soon has app --selector case="$case" -- --runs 1 --start from-start --missed /data/none -- /data/$at
  fails has app --selector case="$case" -- --runs 1 -- /data/$at /data/50
  fails has app --selector case="$case" -- --runs 1 --
  fails has app --selector case="$case" -- --runs 2 -- /data/$at
  at=$((at + 1))
done
soon has app --selector case=colon -- --runs 1 --start from-start -- /data/16
soon has app --selector case=static -- --runs 1 --start from-start -- /data/17
soon has app --selector case=read-only -- --runs 1 --start from-start -- /data/18
soon has app --selector case=three -- --where container=prepare --runs 1 --start from-start -- /data/20
soon has app --selector case=three -- --where container=sidecar --runs 1 --start from-start --maybe /bin/sleep -- /data/21 /data/22
soon has app --selector case=three -- --where container=serve --runs 1 --start from-start --maybe /bin/sleep -- /data/23
[ "$(value p.json '[r["workload"] for r in j["runs"] if r["workload"]["container"] == "serve"]')" = \
  "[{'node': 'node-a', 'namespace': 'shop', 'pod': 'three-0', 'container': 'serve', 'labels': {'case': 'three'}}]" ] || flunk "$(value p.json '[r.get("workload") for r in j["runs"]]')"
matches_schema p.json profile
# What somebody runs inside is told apart.
cri exec "$serves" sh -c 'read x </data/24'
touch gate/serve
soon has app --selector case=three -- --where container=serve --runs 1 --maybe /bin/sleep -- /data/23 /data/24
[ "$(value p.json '[a.get("from") for a in j["accesses"] if a["path"] == "/data/24"]')" = "[['exec']]" ] || flunk "not an exec: $(value p.json '[a for a in j["accesses"] if a["path"] == "/data/24"]')"

step "what is not recorded"
cri deploy --wait --name system --namespace kube-system --label case=system --image $app --arg /data/59 >/dev/null
cri deploy --wait --name after --namespace shop --label case=after --image $app --arg /data/19 >/dev/null
soon has app --selector case=after -- --runs 1 -- /data/19
fails fetch $app --selector case=system -o none.json
fetch $app -o all.json 2>/dev/null
[ "$(value all.json '[a for a in j["accesses"] if a["path"] == "/data/59"], {r["workload"]["namespace"] for r in j["runs"]}')" = "([], {'shop'})" ] || flunk "kube-system is in it"
skipped() { [ "$(metric node-a 'winnow_containers_skipped_total{reason="namespace"}')" -ge 1 ] || { curl -s "http://127.0.0.1:${port[node-a]}/metrics"; return 1; }; }
soon skipped
fails fetch localhost/winnow-pause:1 -o none.json

step "one image under three names"
# id NAME: the digest of the config of registry.test/NAME:1.
id() { cri list-images | python3 -c 'import json, sys; print(next(i["id"] for i in json.load(sys.stdin) if "registry.test/" + sys.argv[1] + ":1" in i["repo_tags"]))' "$1"; }
files names 00 09
image names base trees/names
in_k8s images tag registry.test/names:1 registry.test/names:stable >/dev/null
in_k8s images tag registry.test/names:1 a.test/other:1 >/dev/null
number=0
for name in registry.test/names:1 registry.test/names:stable a.test/other:1; do
  cri deploy --wait --name names-$number --namespace shop --image $name --arg /data/0$number >/dev/null
  number=$((number + 1))
done
soon has names -- --runs 3 --start from-start -- /data/00 /data/01 /data/02
names=$(id names)
objects=(store/"$(cut -c8-47 <<<"$names")"*)
[ ${#objects[@]} = 1 ] || flunk "not one object: ${objects[*]}"
[ "$(value "${objects[0]}" 'j["spec"]["imageID"], [n for n in sorted(j["spec"]["references"]) if not n.startswith("sha256:")], j["status"]["runs"], j["status"]["state"]')" = \
  "('$names', ['a.test/other:1', 'registry.test/names:1', 'registry.test/names:stable'], 3, 'complete')" ] || flunk "$(cat "${objects[0]}")"
manifest=$(in_k8s images ls | awk '$1 == "registry.test/names:1" { print $3 }')
[ "$manifest" != "$names" ] || flunk "no manifest: $manifest"
cp p.json same.json
for name in registry.test/names:stable a.test/other:1 "$names" "$(cut -c8-19 <<<"$names")" "$manifest" "registry.test/names@$manifest"; do
  gives 0 fetch "$name" -o p.json
  [ "$(value p.json 'j["image"]["id"], sum(r.get("times", 1) for r in j["runs"])')" = "('$names', 3)" ] || flunk "$name: $(cat p.json)"
done
gives 3 fetch "$(tr 0-9a-f 1-9a-f0 <<<"${names:7:12}")" -o p.json
gives 3 fetch registry.test/nothing:1 -o p.json

step "61 layers, whose directories are relative to another"
trees=()
for number in $(seq -w 00 59); do
  files "deep-$number" "$number" "$number"
  trees+=("trees/deep-$number")
done
image deep base "${trees[@]}"
sort -u -o deep.files deep.files
pod=$(cri run-pod --name deep --namespace shop)
deep=$(cri run "$pod" --image registry.test/deep:1 --mount "$work/gate:/gate" --arg /data/00 --arg /data/31 --arg /data/59 --arg wait:/gate/deep)
grep -q ' / / .*lowerdir=[0-9]' "/proc/$(in_k8s tasks ls | awk -v id="$deep" '$1 == id { print $2 }')/mountinfo" || flunk "its layers are not relative"
touch gate/deep
soon has deep -- --runs 1 --start from-start --maybe /bin/sleep -- /data/00 /data/31 /data/59

step "names that are there to hurt"
files hostile 00 09
esc=$'\e[31m' line=$'new\nline' quotes=$'q\'u"o`t$(e)\\'
mkdir "trees/hostile/data/$esc" && echo x >"trees/hostile/data/$esc/$line"
echo x >"trees/hostile/data/$quotes"
image hostile base trees/hostile
cri deploy --wait --name "evil$esc" --namespace shop --label "a$esc=$line" --label case=hostile --label "b=$quotes" --annotation "x$line=$esc" --image registry.test/hostile:1 \
  --arg "/data/$esc/$line" --arg "/data/$quotes" --arg "/data/no$line" >/dev/null
soon has hostile --selector case=hostile -- --runs 1 --
matches_schema p.json profile
# shellcheck disable=SC2016
[ "$(value p.json 'sorted(a["path"] for a in j["accesses"] if a["path"].startswith("/data/")) == sorted(["/data/\x1b[31m/new\nline", "/data/no" + "new\nline", "/data/q\x27u\"o`t$(e)\\\\"])')" = True ] ||
  flunk "$(value p.json '[a["path"] for a in j["accesses"]]')"
# shellcheck disable=SC2016
[ "$(value p.json 'j["runs"][0]["workload"]["pod"], j["runs"][0]["workload"]["labels"]')" = "$(python3 -c 'print(("evil\x1b[31m", {"a\x1b[31m": "new\nline", "b": "q\x27u\"o`t$(e)\\\\", "case": "hostile"}))')" ] ||
  flunk "$(value p.json 'j["runs"][0]["workload"]')"
gives 0 fetch --list
says registry.test/hostile:1
! grep -qF "$esc" out err node-a.err || flunk "an escape sequence comes through"

step "a restart loop"
files loop 00 09
image loop base trees/loop
pod=$(cri run-pod --name loop-0 --namespace shop)
cri restart "$pod" --image registry.test/loop:1 --times 30 --arg /data/00 >loop.ids
[ "$(sort -u loop.ids | wc -l)" = 30 ] || flunk "not 30 containers"
soon has loop -- --runs 30 --entries 3 --start from-start -- /data/00
fails has loop -- --runs 29 -- /data/00

step "killed in the middle of 40 starts, and started again"
files storm 00 49
image storm base trees/storm
cri deploy --wait --times 40 --name storm --namespace shop --image registry.test/storm:1 --arg /data/00 --arg "/data/{}" >storm.ids &
storm=$!
soon started storm 8
kill -KILL "${pid[node-a]}"
wait "${pid[node-a]}" 2>/dev/null || true
soon started storm 24
! started storm 40 || flunk "they were all there before the agent was again: the test is too slow"
agent node-a
wait $storm || flunk "the containers failed"
# "/data/{}" is without a zero in front: those below 10 are failed lookups.
mapfile -t paths < <(seq -f /data/%g 10 39)
soon has storm -- --runs 40 -- /data/00 "${paths[@]}"
fails has storm -- --runs 40 -- /data/00 "${paths[@]}" /data/40

step "ended and started again while a container runs"
files rolled 00 09
image rolled base trees/rolled
rolled=registry.test/rolled:1
cri deploy --wait --name rolled --namespace shop --image $rolled --arg /data/00 >/dev/null
cri deploy --name lives --namespace shop --image $rolled --mount "$work/gate:/gate" --arg /data/01 --arg wait:/gate/between --arg /data/02 --arg wait:/gate/after --arg /data/03 >/dev/null
soon has rolled -- --runs 2 --maybe /bin/sleep -- /data/00 /data/01
ended node-a
touch gate/between
sleep 1
agent node-a
soon has rolled -- --runs 2 --start from-start --maybe /bin/sleep -- /data/00 /data/01 /data/02
# The node's disk is another, but its kernel goes on: what is in the store is not lost, and recording begins anew.
ended node-a
rm -rf state-node-a
agent node-a
touch gate/after
soon has rolled -- --maybe /bin/sleep -- /data/00 /data/01 /data/02 /data/03
fails has rolled -- --maybe /bin/sleep -- /data/00 /data/01 /data/02

step "containerd ends and comes back"
number=0
for signal in TERM KILL; do
  number=$((number + 1))
  cri deploy --name outlives-$signal --namespace shop --label case=$signal --image $app --mount "$work/gate:/gate" --arg /data/60 --arg wait:/gate/$signal --arg /data/6$number >/dev/null
  daemon=$(cat "$node/pid")
  kill -$signal "$daemon"
  for ((i = 0; i < 100; i++)); do
    [[ $(cat "/proc/$daemon/stat" 2>/dev/null) =~ \)\ [^Z] ]] || break
    sleep 0.1
  done
  touch gate/$signal
  sleep 1
  "$here" start "$node" >/dev/null
  cri deploy --wait --name next-$signal --namespace shop --label case=next-$signal --image $app --arg /data/7$number >/dev/null
  soon has app --selector case=$signal -- --runs 1 --start from-start --maybe /bin/sleep -- /data/60 /data/6$number
  soon has app --selector case=next-$signal -- --runs 1 --start from-start -- /data/7$number
done

step "two nodes, and what fetch chooses"
agent node-b
cri deploy --wait --name both --namespace bank --label case=both --image $app --arg /data/02 >/dev/null
soon has app --namespace bank -- --where node=node-a --runs 1 -- /data/02
soon has app --namespace bank -- --where node=node-b --runs 1 -- /data/02
ended node-b
ended node-a
gives 0 fetch $app --since 1h -o recent.json
gives 0 fetch $app --namespace shop --selector 'case,case!=late,!app,case!=TERM,case!=KILL' -o chosen.json
[ "$(value chosen.json 'sorted({r["workload"]["labels"]["case"] for r in j["runs"]} & {"colon", "static", "late", "TERM", "both"}), {r["workload"]["namespace"] for r in j["runs"]}')" = \
  "(['colon', 'static'], {'shop'})" ] || flunk "$(value chosen.json '[r["workload"] for r in j["runs"]]')"
sleep 2
fails fetch $app --since 1s -o none.json
gives 0 fetch --list
for name in registry.test/{app,deep,hostile,loop,storm}:1 a.test/other:1; do says "$name"; done
! grep -q pause out || flunk "a pause container was recorded"
gives 0 fetch --list --json
[ "$(value out 'sorted((r, one["runs"]) for one in j for r in one["references"] if r in ("registry.test/loop:1", "registry.test/names:1"))')" = "[('registry.test/loop:1', 30), ('registry.test/names:1', 3)]" ] ||
  flunk "$(cat out)"

step "a plan of it"
for name in app deep; do
  gives 0 fetch "registry.test/$name:1" -o $name.json
  gives 0 "$winnow" plan $name.json --image "containerd:[$node/root]k8s.io/registry.test/$name:1" --cache "$work/cache" -o $name.keep.json
done
[ "$(value app.keep.json 'sorted(e["path"] for e in j["entries"] if e["path"] in ("/data/10", "/data/61", "/data/59", "/bin/cat"))')" = "['/data/10', '/data/61']" ] || flunk "$(value app.keep.json '[e["path"] for e in j["entries"]]')"

step "whom it records"
# pod NAMESPACE NAME FILE [OPTION...]
pods() {
  one() { cri deploy --wait --namespace "$1" --name "$2" --image registry.test/chosen:1 --arg "/data/$3" "${@:4}" >/dev/null; }
  one shop web 01 --container web --label app=web --label tier=front
  one shop back 02 --container server --label app=web --label tier=back
  one shop-eu web 03 --container web-1 --label app=web --label legacy=yes
  one bank yes 04 --container x --annotation winnow.dev/record=true
  one shop no 05 --container web --label app=web --annotation winnow.dev/record=false
  one kube-system dns 06 --container dns
}
files chosen 00 09
image chosen base trees/chosen
# who NAME FILES OPTION...: the agent with these options records those that touch FILES.
declare -A chosen=()
who() {
  chosen[$1]=$2
  store=store-$1 agent "who-$1" "${@:3}"
}
who default "01 02 03 04"
who namespace "01 02 03 04" --namespace 'shop*'
who exact "01 02 04" --namespace shop
who excluded "03 04 06" --exclude-namespace shop
who selector "01 04" --selector 'app=web,tier!=back,app,!legacy'
who container "01 03 04" --container 'web*'
who annotated "04" --annotated
pods
for name in "${!chosen[@]}"; do
  read -ra paths <<<"${chosen[$name]}"
  ended "who-$name"  # then all is written
  store=store-$name soon has chosen -- --start from-start --runs ${#paths[@]} -- "${paths[@]/#//data/}"
  store=store-$name fails has chosen -- -- "${paths[@]/#//data/}" /data/00
done
step "done"
[ -z "$until" ] || flunk "no step is called $until"
