#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a recording of the image does not show: probes and hooks that only an orchestrator runs, and the next build of the image.
. "$(dirname "$0")/lib.sh"
cd "$work"
name=winnow-orchestrated:$RANDOM
trap '"$docker" image rm -f "$name" "$name-slim" "$name-next" "$name-less" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache

mkdir -p root/{usr/bin,usr/local/bin,etc,srv,var/log,tmp}
cp "$(command -v busybox)" root/usr/bin/busybox
ln -s usr/bin root/bin
for applet in sh sleep wc true; do ln -s busybox "root/usr/bin/$applet"; done
printf '#!/bin/sh\nexec sleep 0\n' >root/usr/local/bin/drain
printf '#!/usr/bin/env sh\nexec true\n' >root/srv/health
ln -s busybox root/usr/bin/env
chmod 0755 root/usr/local/bin/drain root/srv/health
echo 1 >root/etc/app.conf
truncate -s 20M root/var/log/lastlog
tar -C root -c . | "$docker" import -c 'ENV PATH=/usr/local/bin:/usr/bin' -c 'CMD ["/usr/bin/busybox", "cat", "/etc/app.conf"]' - "$name" >/dev/null
gives 0 "$winnow" record --image "$name" -o p.json -- "$docker" run --rm --network=none "$name"

# slim OPTIONS...: plans, and makes the slim image.
slim() {
  gives 0 "$winnow" plan p.json --image "$name" -o keep.json "$@"
  matches_schema keep.json keep
  cp err told
  gives 0 "$winnow" emit keep.json --image "docker-daemon:$name-slim"
}
runs() { gives 0 "$docker" run --rm --network=none "$name-slim" "$@"; }
fails() { ! "$docker" run --rm --network=none "$name-slim" "$@" >/dev/null 2>&1 || flunk "$* runs on the slim image"; }

slim
runs /usr/bin/busybox cat /etc/app.conf
fails sh -c 'drain && sleep 0'

cat >pod.yaml <<YAML
apiVersion: v1
kind: Service
metadata: {name: app}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    spec:
      containers:
      - name: app
        image: docker.io/library/$name
        livenessProbe: {exec: {command: [/srv/health]}}
        readinessProbe: {httpGet: {path: /, port: 80}}
        lifecycle: {preStop: {exec: {command: [sh, -c, "drain && sleep 0"]}}}
      - name: side
        image: side:1
        livenessProbe: {exec: {command: [wc]}}
YAML
slim --manifest pod.yaml
runs sh -c 'drain && sleep 0'
runs /srv/health
fails wc /etc/app.conf
gives 0 "$winnow" explain keep.json /usr/local/bin/drain
says "Deployment app, container app: preStop"
slim --manifest pod.yaml --drop /usr/bin/sh
grep -q 'no shell is left: pod.yaml: Deployment app, container app: preStop needs sh' told || flunk "no word of the shell: $(cat told)"
sed 's/docker.io.*/elsewhere:1/' pod.yaml >other.yaml
slim --manifest other.yaml
grep -q 'no container of the manifest is named as' told || flunk "no word of the names: $(cat told)"
runs wc /etc/app.conf

slim --command "sh -c 'sleep 0'" --command /srv/health
runs sh -c 'sleep 0'
runs /srv/health
fails drain
slim --keep /bin/sh
! grep -q 'matches nothing' told || flunk "/bin/sh is not found: $(cat told)"
runs /bin/sh -c :
echo '{"commands": ["drain"], "manifests": ["pod.yaml"]}' >settings.json
slim --settings settings.json
runs drain
gives 2 "$winnow" plan p.json --image "$name" --command 'drain | wc'
says "is written sh -c '...'"
gives 3 "$winnow" plan p.json --image "$name" --manifest told
says "told"

# A file of zeros, and what a layer of it weighs.
slim --keep /var/log/lastlog
grep -q "/var/log/lastlog is 21 MB of nothing but zeros.*--drop '/var/log/lastlog' leaves it out" told || flunk "no word of zeros: $(cat told)"
gives 0 "$winnow" emit keep.json --image oci-archive:zeros.tar
size=$(stat -c %s zeros.tar)
slim
gives 0 "$winnow" emit keep.json --image oci-archive:without.tar
zeros=$((size - $(stat -c %s without.tar)))

# The next builds: one file is another; and one that lacks it.
printf 'FROM %s\nRUN ["/usr/bin/busybox", "sh", "-c", "echo 2 >/etc/app.conf"]\n' "$name" | DOCKER_BUILDKIT=0 gives 0 "$docker" build -q --network=none -t "$name-next" -
printf 'FROM %s\nRUN ["/usr/bin/busybox", "rm", "/etc/app.conf"]\n' "$name" | DOCKER_BUILDKIT=0 gives 0 "$docker" build -q --network=none -t "$name-less" -
cp keep.json old.json
gives 3 "$winnow" plan p.json --image "$name-next"
says "--rebuilt OLD"
for old in old.json "docker-daemon:$name"; do
  gives 0 "$winnow" --json plan p.json --image "$name-next" --rebuilt "$old" -o next.json
  says "0 are not in this one, 1 have another type or content (/etc/app.conf)"
  [ "$(value out 'j["rebuilt"]["changed"]')" = 1 ] || flunk "no count: $(cat out)"
  matches_schema next.json keep
done
gives 0 "$winnow" emit next.json --image "docker-daemon:$name-slim" --report report.md
runs /usr/bin/busybox cat /etc/app.conf
[ "$(cat out)" = 2 ] || flunk "the next build's slim image says $(cat out)"
grep -q 'another build' report.md || flunk "the report does not say so"
gives 3 "$winnow" plan p.json --image "$name-less" --rebuilt old.json
says "/etc/app.conf"
gives 0 "$winnow" plan p.json --image "$name-less" --rebuilt old.json --rebuilt-missing 90 -o less.json
gives 3 "$winnow" plan p.json --image "$name-next" --rebuilt less.json
says "not from"
gives 0 "$winnow" merge p.json --any-image -o any.json
gives 0 "$winnow" plan any.json --image "$name-less" -o any-keep.json
echo "probes, hooks and the next build; 21 MB of zeros are $zeros bytes of a layer"
