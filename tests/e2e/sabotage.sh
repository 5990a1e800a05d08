#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Any one kept file that the workload opens, taken out of the slim image: verify names exactly that path. Fifty random ones.
. "$(dirname "$0")/lib.sh"
cd "$work"
count=${1:-50}
source=$("$e2e/images/build.sh" batch)
mkdir in
printf 'sales,bread,3\nstock,milk,42\n' >in/2024-07-01.csv
cat >test.sh <<SH
"$docker" run --rm --network=none -v "$work/in:/in:ro" "\$WINNOW_IMAGE" daily 2024-07-01
SH
gives 0 "$winnow" record --image "$source" -o p.json -- sh test.sh
gives 0 "$winnow" plan p.json --image "docker-daemon:$source" -o keep.json
gives 0 "$winnow" emit keep.json --image docker-daemon:winnow-e2e/sabotaged:none
"$docker" save -o slim.tar winnow-e2e/sabotaged:none
seed=$RANDOM
echo "seed $seed"

# Writes N images, each the slim one and a layer with one whiteout, and says which path each lacks.
python3 - "$count" "$seed" >victims <<'PY'
import hashlib, io, json, random, sys, tarfile
count, seed = int(sys.argv[1]), int(sys.argv[2])
keep = json.load(open("keep.json"))
# Opened by the workload, not only by what starts it: without its loader or its shell a container does not start at all,
# which verify tells too, in other words.
opened = [e["path"] for e in keep["entries"] if e["type"] == "file" and "\\" not in e["path"] and not e.get("hard_link_group")
          and any("open" in r.get("kinds", ()) for r in e["reasons"])]
assert len(opened) >= count, len(opened)
source = tarfile.open("slim.tar")
manifest = json.load(source.extractfile("manifest.json"))[0]
config = json.load(source.extractfile(manifest["Config"]))
layer = source.extractfile(manifest["Layers"][0]).read()
for number, path in enumerate(random.Random(seed).sample(opened, count)):
    folder, name = path.rsplit("/", 1)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(f"{folder.lstrip('/')}/.wh.{name}".lstrip("/")))
    whiteout = buffer.getvalue()
    changed = json.loads(json.dumps(config))
    changed["rootfs"]["diff_ids"].append("sha256:" + hashlib.sha256(whiteout).hexdigest())
    changed.pop("history", None)
    text = json.dumps(changed).encode()
    with tarfile.open(f"cut-{number}.tar", "w") as out:
        def add(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
        add("config.json", text)
        add("slim/layer.tar", layer)
        add("cut/layer.tar", whiteout)
        add("manifest.json", json.dumps([{"Config": "config.json", "RepoTags": [f"winnow-e2e/sabotaged:{number}"],
                                          "Layers": ["slim/layer.tar", "cut/layer.tar"]}]).encode())
    print(path)
PY

# The control: nothing taken out, nothing missing.
gives 0 "$winnow" verify winnow-e2e/sabotaged:none --keep keep.json -- sh test.sh
number=0
while read -r victim; do
  "$docker" load -q -i "cut-$number.tar" >/dev/null
  gives 1 "$winnow" --json verify "winnow-e2e/sabotaged:$number" --keep keep.json -- sh test.sh
  tail -1 "$work/out" >v.json
  # What a program then looks for instead, and the slim image never had, is missing too, but not what was taken out.
  # By what is it named: a failed lookup; a directory with fewer names, for what is found by reading those; or the image's own
  # tree alone, where the engine cannot start a container at all.
  named=$(python3 - "$victim" <<'PY'
import json, sys
victim, verdict = sys.argv[1], json.load(open("v.json"))
assert [m["path"] for m in verdict["mismatches"]["first"]] == [victim], verdict["mismatches"]
looked_up = [m["path"] for m in verdict["missing"] if m["cause"] == "image"]
listed = [one["directory"] + "/" + name for one in verdict["shrunk"] for name in one["names"] if not one.get("modules")]
if verdict["outcome"] == "missing":
    print("lookup" if looked_up == [victim] else looked_up)
elif any("no container" in doubt for doubt in verdict["doubts"]):
    print("tree")
else:
    print("listing" if listed == [victim] else listed)
PY
  ) || flunk "without $victim: $(cat v.json)"
  case $named in lookup | listing | tree) ;; *) flunk "without $victim: $named: $(cat v.json "$work/err")" ;; esac
  echo "$named" >>ways
  "$docker" image rm -f "winnow-e2e/sabotaged:$number" >/dev/null
  rm "cut-$number.tar"
  number=$((number + 1))
done <victims
[ "$number" = "$count" ] || flunk "only $number of $count"
"$docker" image rm -f winnow-e2e/sabotaged:none >/dev/null
[ "$(grep -c lookup ways)" -ge $((count * 9 / 10)) ] || flunk "too few are named by a lookup: $(sort ways | uniq -c)"
echo "$number files, each named: $(sort ways | uniq -c | tr -s ' \n' ' ')"
