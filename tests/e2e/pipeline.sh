#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job on one real image: record its test, plan, emit, build, verify; the slim one passes what the source passes.
#   tests/e2e/pipeline.sh nginx|python|static PERCENT      slim bytes have to be below PERCENT of the source
. "$(dirname "$0")/lib.sh"
name=$1 percent=$2
test=$e2e/images/$name/test.sh
source=$("$e2e/images/build.sh" "$name")
slim=$source-slim
cd "$work"

gives 0 "$winnow" record --image "$source" -o p.json -- "$test"
matches_schema p.json profile
[ "$(value p.json 'j["status"]')" = complete ] || flunk "the profile is $(value p.json 'j["reasons"]')"
[ "$(value p.json 'all(r["start"] == "from-start" for r in j["runs"])')" = True ] || flunk "a run began late"
[ "$(value p.json 'any("/overlay2/" in a["path"] for a in j["accesses"])')" = False ] || flunk "layer paths in the profile"

gives 0 "$winnow" --json plan p.json --image "docker-daemon:$source" -o keep.json
matches_schema keep.json keep
head -1 "$work/err" >summary
says "  package"

# Every access has a label, and every byte a layer and a package.
cp "$work/out" split.json
"$winnow" image dump "$source" >dump.json
python3 - split.json keep.json dump.json <<'PY' || flunk "not everything is attributed"
import json, sys
split, keep, dump = (json.load(open(name)) for name in sys.argv[1:])
labels = {name: count for name, count in split["accesses"].items() if name != "all"}
assert sum(labels.values()) == split["accesses"]["all"] and labels["entry"] > 0 and labels["unplaced"] == 0, labels
for part in ("layers", "packages"):
    for kind in ("kept", "dropped"):
        for what in ("entries", "bytes"):
            assert sum(one[what][kind] for one in split[part]) == keep["summary"][what][kind], (part, kind, what)
assert sum(one["bytes"]["hidden"] for one in split["layers"]) == dump["bytes"]["shadowed"]
assert any(one["created_by"] for one in split["layers"])
packages = {entry["path"]: entry.get("package") for entry in dump["entries"]}
assert any(packages.values())
assert all(entry.get("package") == packages[entry["path"]] for entry in keep["entries"])
PY
gives 0 "$winnow" emit keep.json --image "docker-daemon:$slim" --dockerfile build --removed removed.json --report report.md
[ "$(value removed.json 'len(j["entries"])')" = "$(value keep.json 'j["summary"]["entries"]["dropped"]')" ] ||
  flunk "removed.json does not list what was dropped"
grep -q '^| after |' report.md || flunk "no report"

# Reproducible: the same spec gives the same image, whatever it is read from and written to.
id=$("$docker" image inspect -f '{{.Id}}' "$slim")
"$docker" save -o source.tar "$source"
gives 0 "$winnow" emit keep.json --source docker-archive:source.tar --image docker-archive:one-docker.tar
says "$id"
gives 0 "$winnow" emit keep.json --source docker-archive:source.tar --image docker-archive:two-docker.tar
gives 0 "$winnow" emit keep.json --source docker-archive:source.tar --image oci-archive:one-oci.tar:slim
gives 0 "$winnow" emit keep.json --source docker-archive:source.tar --image oci-archive:two-oci.tar:slim
gives 0 "$winnow" emit keep.json --source docker-archive:source.tar --image oci:layout:slim
for kind in docker oci; do cmp one-$kind.tar two-$kind.tar || flunk "two $kind archives differ"; done
[ "$(skopeo inspect --raw oci:layout:slim | sha256sum)" = "$(skopeo inspect --raw oci-archive:one-oci.tar:slim | sha256sum)" ] ||
  flunk "oci: and oci-archive: hold different manifests"

# Smaller, in one layer, with the whole config.
fat_size=$("$docker" image inspect -f '{{.Size}}' "$source")
slim_size=$("$docker" image inspect -f '{{.Size}}' "$slim")
[ $((slim_size * 100)) -lt $((fat_size * percent)) ] || flunk "slim is $slim_size of $fat_size bytes: not below $percent %"
[ "$("$docker" image inspect -f '{{len .RootFS.Layers}}' "$slim")" = 1 ] || flunk "more than one layer"
config() { "$docker" image inspect -f '{{json .Config}}' "$1" >"$work/config" && value "$work/config" "j.get('$2')"; }
for field in Env Entrypoint Cmd User WorkingDir ExposedPorts Volumes Labels StopSignal Healthcheck Shell OnBuild; do
  [ "$(config "$slim" $field)" = "$(config "$source" $field)" ] || flunk "Config.$field is $(config "$slim" $field)"
done

gives 0 "$winnow" verify "$slim" --keep keep.json -- "$test"
says "verify: pass"

# The Dockerfile gives an image that passes too, with both builders, in one layer: BuildKit adds an empty one for WORKDIR.
for buildkit in 0 1; do
  DOCKER_BUILDKIT=$buildkit gives 0 "$docker" build --network=none -t "$slim-built" build
  [ "$("$docker" history --format '{{.Size}}' "$slim-built" | grep -cvx 0B)" = 1 ] || flunk "several layers of the built image hold files"
  gives 0 env WINNOW_IMAGE="$slim-built" "$test"
done

# Onto the image that the source was built from, which has most of what is kept: less is copied, and the test passes.
if [ "$name" != static ]; then
  gives 0 "$winnow" emit keep.json --dockerfile onto --style distroless --base docker-daemon:winnow-e2e/base
  onto=$(tr '\0' '\n' <onto/keep.list | wc -l)
  [ "$onto" -lt "$(value keep.json 'len(j["entries"])')" ] || flunk "the base has nothing of what is kept"
  for buildkit in 0 1; do
    DOCKER_BUILDKIT=$buildkit gives 0 "$docker" build --network=none -t "$slim-built" onto
    gives 0 env WINNOW_IMAGE="$slim-built" "$test"
  done
fi

# A file that is dropped on purpose is named; the pass above is the control.
victim=$(value keep.json 'max((e for e in j["entries"] if e["type"] == "file" and any("open" in r.get("kinds", ()) for r in e["reasons"])), key=lambda e: e["size"])["path"]')
gives 0 "$winnow" plan p.json --image "docker-daemon:$source" -o cut.json --drop "$victim"
gives 0 "$winnow" emit cut.json --image "docker-daemon:$slim-cut"
gives 1 "$winnow" verify "$slim-cut" --keep cut.json -- "$test"
says "missing: $victim "

"$docker" image rm -f "$slim" "$slim-built" "$slim-cut" >/dev/null
echo "$name: $fat_size -> $slim_size bytes ($((slim_size * 1000 / fat_size)) per mille); $(cat summary)"
