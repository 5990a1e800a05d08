#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The odd image, all of it kept, written in every way that there is: each result loads, unpacks and runs in other people's
# tools, and is the source, file by file, as the kernel shows it. And two images on one base go on sharing it.
. "$(dirname "$0")/lib.sh"
compare=$e2e/images/compare.py
tag=$RANDOM
name=winnow-odd:$tag
cd "$work"
export XDG_CACHE_HOME=$work/cache

containers=()
images=("$name")
clean_up() {
  [ ${#containers[@]} = 0 ] || "$docker" rm -f "${containers[@]}" >/dev/null 2>&1 || true
  "$docker" image rm -f "${images[@]}" >/dev/null 2>&1 || true
  umount "$work/store/overlay" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

# A profile that was recorded from nothing: what is kept is what --keep says.
cat >profile.json <<'JSON'
{"schema": "winnow.profile/1", "status": "complete", "reasons": [], "image": {"reference": "", "id": ""},
 "runs": [{"container": "", "name": "", "start": "from-start", "started_ms": 0, "duration_ms": 1, "backend": "", "kernel": "",
           "command": [], "command_status": null, "recovered": 0, "lost": {}}],
 "counts": {"accesses": 1, "misses": 0},
 "accesses": [{"path": "/bin/sh", "kinds": ["exec"], "first_ms": 0, "by": "", "runs": [0]}]}
JSON
matches_schema profile.json profile

# plan REFERENCE OUT [OPTION...]
plan() { gives 0 "$winnow" plan profile.json --image "$1" --keep '/**' -o "$2" "${@:3}"; }
# is_the_source ROOT: what stands there is what the source holds; with owners, modes, times, attributes, links and devices.
is_the_source() { "$compare" mounted made.json "$1" >found || flunk "$1 differs from the source: $(cat found)"; }
# differs ROOT: the control.
differs() { ! "$compare" mounted made.json "$1" >/dev/null || flunk "the comparison does not notice that $1 is changed"; }
# runs NAME: starts a container of it and sets $root to its root.
runs() {
  containers+=("$("$docker" run -d --network=none "$1")")
  root=/proc/$("$docker" inspect -f '{{.State.Pid}}' "${containers[-1]}")/root
}

"$e2e/images/odd.py" odd.tar "$name" "$(command -v busybox)" >/dev/null
"$winnow" image dump docker-archive:odd.tar >made.json
plan docker-archive:odd.tar keep.json
count=$(value made.json 'len(j["entries"])')
says "keeps $count of $count"

# umoci NAME: unpacks layout:NAME and runs it under runc; where rlimits cannot be raised, none may be set.
umoci_runs() {
  umoci unpack --image "layout:$1" "bundle-$1" >/dev/null 2>err || flunk "umoci: $(cat err)"
  is_the_source "bundle-$1/rootfs"
  python3 - "bundle-$1/config.json" <<'PY'
import json, sys
spec = json.load(open(sys.argv[1]))
spec["process"].pop("rlimits", None)
spec["process"].update(terminal=False, args=["/bin/sh", "-c", "busybox cat /other/link | busybox wc -c; busybox stat -c %a /suid"])
json.dump(spec, open(sys.argv[1], "w"))
PY
  runc --root "$work/runc" run --bundle "bundle-$1" "winnow-$tag-$1" </dev/null >ran 2>err || flunk "runc: $(cat err)"
  [ "$(cat ran)" = "6000
4711" ] || flunk "runc ran $1 and said: $(cat ran)"
}

# docker_types NAME: skopeo's oci: reads only OCI's types; as a dir: the same blobs are Docker's schema 2.
docker_types() {
  mkdir "dir-$1"
  cp layout/blobs/sha256/* "dir-$1"
  manifest=$(value layout/index.json "next(m for m in j['manifests'] if m['annotations']['org.opencontainers.image.ref.name'] == '$1')['digest']")
  mv "dir-$1/${manifest#sha256:}" "dir-$1/manifest.json"
  echo "Directory Transport Version: 1.1" >"dir-$1/version"
  skopeo inspect --raw "dir:dir-$1" | grep -q '"application/vnd.docker.distribution.manifest.v2+json"' || flunk "$1 is no schema 2"
  skopeo --insecure-policy copy -q "dir:dir-$1" "docker-archive:dir-$1.tar:winnow-odd:$tag-$1"
  images+=("winnow-odd:$tag-$1")
  "$docker" load -qi "dir-$1.tar" >/dev/null
  runs "winnow-odd:$tag-$1"
  is_the_source "$root"
}

# The store of podman and buildah takes zstd, which umoci does not.
storage="containers-storage:[overlay@$work/store+$work/run]"
buildah=(buildah --root "$work/store" --runroot "$work/run" --storage-driver overlay)
stored() {
  skopeo --insecure-policy copy -q "oci:layout:$1" "${storage}localhost/$1:1" || flunk "no store of containers"
  # A root that no layer lists is the store's own.
  # shellcheck disable=SC2016  # its own arguments
  unshare --mount --propagation private sh -ec 'compare=$1; shift; root=$("$@"); chmod 0755 "$root"; "$compare" mounted made.json "$root"' - \
    "$compare" "${buildah[@]}" mount "$("${buildah[@]}" from --pull-never "localhost/$1:1")" || flunk "the store shows something else of $1"
}

# Every way, twice: the same bytes, and the source of the second is what an engine saved.
"$docker" load -qi odd.tar >/dev/null
"$docker" save -o saved.tar "$name"
for layers in squash preserve; do
  for compression in gzip zstd none; do
    for types in oci docker; do
      way=$layers-$compression-$types
      options=(--layers "$layers" --compression "$compression" --media-types "$types")
      if [ $way = $layers-zstd-docker ]; then
        gives 2 "$winnow" emit keep.json --image oci:layout:$way "${options[@]}"
        says "Docker has no media type for zstd"
        continue
      fi
      gives 0 "$winnow" emit keep.json --image "oci-archive:$way-1.tar:$way" "${options[@]}"
      gives 0 "$winnow" emit keep.json --source docker-archive:saved.tar --image "oci-archive:$way-2.tar:$way" "${options[@]}"
      cmp "$way-1.tar" "$way-2.tar" || flunk "two builds of $way differ"
      gives 0 "$winnow" emit keep.json --image "oci:layout:$way" "${options[@]}"
      [ "$("$winnow" image dump "oci:layout:$way" | sha256sum)" = "$("$winnow" image dump "oci-archive:$way-1.tar" | sha256sum)" ] ||
        flunk "oci: and oci-archive: hold different images"
      echo "$way"
      case $compression-$types in
        *-docker) docker_types "$way" ;;
        zstd-oci) skopeo inspect "oci:layout:$way" >/dev/null && stored "$way" ;;
        *) skopeo inspect "oci:layout:$way" >/dev/null && umoci_runs "$way" ;;
      esac
    done
  done
done

# The comparison can fail: a mode, a byte and a time, changed in what was unpacked.
victim=bundle-preserve-gzip-oci/rootfs
chmod 0754 $victim/bin/busybox && differs $victim && chmod 0755 $victim/bin/busybox
is_the_source $victim
printf X | dd of=$victim/zero bs=1 seek=500000 conv=notrunc status=none && touch -d @1600000000 $victim/zero && differs $victim
# And so it is when winnow leaves something out.
plan docker-archive:odd.tar less.json --drop /capable
gives 0 "$winnow" emit less.json --layers preserve --image oci:layout:less
umoci unpack --image layout:less bundle-less >/dev/null 2>&1
differs bundle-less/rootfs

# The engine: docker load of an archive, and what winnow loads itself; history, config, and a child built FROM it.
for layers in squash preserve; do
  slim=winnow-slim:$tag-$layers
  images+=("$slim" "$slim-loaded" "$slim-child")
  gives 0 "$winnow" emit keep.json --layers $layers --image "docker-archive:$layers.tar:$slim-loaded"
  gives 0 "$winnow" emit keep.json --layers $layers --image "docker-daemon:$slim"
  "$docker" load -qi $layers.tar >/dev/null
  id=$("$docker" image inspect -f '{{.Id}}' "$slim")
  says "$id"
  [ "$("$docker" image inspect -f '{{.Id}}' "$slim-loaded")" = "$id" ] || flunk "an archive and the engine hold different images"
  [ "$("$docker" image inspect -f '{{json .Config.Cmd}}{{json .Config.Env}}' "$slim")" = \
    "$("$docker" image inspect -f '{{json .Config.Cmd}}{{json .Config.Env}}' "$name")" ] || flunk "another config"
  runs "$slim"
  is_the_source "$root"
  for buildkit in 0 1; do
    DOCKER_BUILDKIT=$buildkit gives 0 "$docker" build --network=none -t "$slim-child" - <<DOCKERFILE
FROM $slim
RUN busybox cp /suid /child && busybox chmod 0600 /child
DOCKERFILE
    [ "$("$docker" run --rm --network=none "$slim-child" /bin/busybox stat -c '%a %s' /child)" = "600 2" ] || flunk "no child"
  done
done
# One layer of the four has nothing that is seen: its step stays, and makes no layer.
[ "$("$docker" image inspect -f '{{len .RootFS.Layers}}' "winnow-slim:$tag-squash")" = 1 ] || flunk "squashed to several layers"
[ "$("$docker" image inspect -f '{{len .RootFS.Layers}}' "winnow-slim:$tag-preserve")" = 3 ] || flunk "not the source's layers"
"$docker" history --no-trunc --format '{{.CreatedBy}}|{{.Comment}}' "winnow-slim:$tag-preserve" >told
[ "$(cut -d'|' -f1 told)" = "$(printf 'ADD layer %s\n' 3 2 1 0)" ] || flunk "docker history says: $(cat told)"
grep -q '^ADD layer 2|winnow: nothing is kept of layer 3 of docker-archive:odd.tar$' told || flunk "history: $(cat told)"
grep -q '^ADD layer 1|winnow: slimmed from layer 2 of docker-archive:odd.tar$' told || flunk "history: $(cat told)"

# Annotations: only OCI's manifests have them, and what is said of the source's manifest is its digest.
skopeo --insecure-policy copy -q "docker-daemon:$name" oci:source:odd --src-daemon-host "$DOCKER_HOST"
plan oci:source:odd oci.json
gives 0 "$winnow" emit oci.json --image oci:layout:annotated
skopeo inspect --raw oci:layout:annotated >manifest.json
digest=$(value source/index.json 'j["manifests"][0]["digest"]')
[ "$(value manifest.json 'j["annotations"]["dev.winnow.source.digest"]')" = "$digest" ] || flunk "another base"
[ "$(value manifest.json 'j["annotations"]["dev.winnow.source.id"]')" = "$(value oci.json 'j["image"]["id"]')" ] || flunk "another source"
[ "$(value manifest.json 'j["annotations"]["dev.winnow.profile"]')" = "$(value oci.json 'j["plan"]["profile"]')" ] || flunk "another profile"
[ "winnow $(value manifest.json 'j["annotations"]["dev.winnow.version"]')" = "$("$winnow" --version)" ] || flunk "another version"
skopeo inspect --raw oci:layout:squash-gzip-oci >manifest.json
[ "$(value manifest.json '"dev.winnow.source.digest" in j["annotations"]')" = False ] || flunk "a base without a manifest"

# Two images on one base, each with a RUN that lists /etc and /usr again: their base is one blob.
base=winnow-base:$tag
images+=("$base" "winnow-app:$tag-one" "winnow-app:$tag-two")
"$docker" build -q --network=none -t "$base" - >/dev/null <<DOCKERFILE
FROM $name
RUN busybox mkdir -p /etc/conf /usr/lib /opt && busybox dd if=/dev/zero of=/usr/lib/big bs=1k count=500 && echo base > /etc/conf/base
DOCKERFILE
for app in one two; do
  sleep 1.1  # other times on the directories
  "$docker" build -q --network=none -t "winnow-app:$tag-$app" - >/dev/null <<DOCKERFILE
FROM $base
RUN echo $app > /etc/conf/$app && echo $app > /usr/lib/$app && busybox chmod 0711 /usr && busybox chown 7:8 /etc/conf
DOCKERFILE
  plan "docker-daemon:winnow-app:$tag-$app" $app.json
  for layers in squash preserve; do
    gives 0 "$winnow" emit $app.json --layers $layers --image "oci:shared:$app-$layers"
  done
  "$winnow" image dump "docker-daemon:winnow-app:$tag-$app" >made.json
  [ "$(value made.json '"/usr" in [v["path"] for v in j["shadowed"] if not v["deleted"]]')" = True ] || flunk "/usr is not listed again"
  umoci unpack --image "shared:$app-preserve" "bundle-$app" >/dev/null 2>&1
  is_the_source "bundle-$app/rootfs"
done
layers_of() { skopeo inspect --raw "oci:shared:$1" | python3 -c 'import json, sys; print(*[l["digest"] for l in json.load(sys.stdin)["layers"]])'; }
read -ra one <<<"$(layers_of one-preserve)"
read -ra two <<<"$(layers_of two-preserve)"
[ ${#one[@]} = 5 ] || flunk "not the source's layers: ${one[*]}"
[ "${one[*]:0:4}" = "${two[*]:0:4}" ] || flunk "the base is not shared: ${one[*]} / ${two[*]}"
[ "${one[4]}" != "${two[4]}" ] || flunk "two applications are one layer"
[ "$(layers_of one-squash)" != "$(layers_of two-squash)" ] || flunk "squashed images cannot share"

# More layers than a graph driver takes: a warning, and the engine says the same.
python3 - <<'PY'
import hashlib, io, json, tarfile
def archive(count):
    out = tarfile.open(f"many-{count}.tar", "w")
    def add(name, data):
        member = tarfile.TarInfo(name)
        member.size = len(data)
        out.addfile(member, io.BytesIO(data))
    ids = []
    for number in range(count):
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as tar:
            tar.addfile(tarfile.TarInfo(f"f{number}"))
        add(f"{number}/layer.tar", layer.getvalue())
        ids.append("sha256:" + hashlib.sha256(layer.getvalue()).hexdigest())
    add("c.json", json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ids}}).encode())
    add("manifest.json", json.dumps([{"Config": "c.json", "RepoTags": [f"many:{count}"],
                                      "Layers": [f"{number}/layer.tar" for number in range(count)]}]).encode())
    out.close()
archive(125)
archive(126)
PY
for count in 125 126; do
  plan "docker-archive:many-$count.tar" many.json
  gives 0 "$winnow" emit many.json --layers preserve --image "docker-archive:many-$count-slim.tar:winnow-many:$tag-$count"
  if [ $count = 126 ]; then
    says "126 layers; Docker with a graph driver loads at most 125"
    ! "$docker" load -qi "many-$count-slim.tar" >out 2>&1 || flunk "the engine takes $count layers"
    grep -q "max depth exceeded" out || flunk "the engine says $(cat out)"
  else
    ! grep -q "graph driver" err || flunk "a warning of $count layers"
    images+=("winnow-many:$tag-$count")
    gives 0 "$docker" load -qi "many-$count-slim.tar"
  fi
done

echo "$count entries written in 10 ways are the source's; ${#one[@]} layers, of which $((${#one[@]} - 1)) are shared"
