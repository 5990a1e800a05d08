# SPDX-License-Identifier: Apache-2.0
"""docs/results.md from the two files of lines that results.sh measured: "IMAGE POLICY STATUS-OF-A SECONDS FAT SLIM B-PASSED B-ALL
KEEP-SPEC", and "IMAGE SLIM.JSON"."""
import collections
import json
import platform
import sys

USED = {"open", "exec", "map"}


def used_bytes(spec):
    """Bytes of files that the workload opened, ran or had mapped, each hard-link group once; and of the rest, by rule."""
    used, rest, groups = 0, collections.Counter(), set()
    for entry in spec["entries"]:
        group = entry.get("hard_link_group")
        if group in groups:
            continue
        if group:
            groups.add(group)
        if any(USED.intersection(r.get("kinds", ())) for r in entry["reasons"]):
            used += entry["size"]
        else:
            rest[entry["reasons"][0]["rule"]] += entry["size"]
    return used, rest


def mb(count):
    return f"{count / 1e6:.1f}"


def coverage(told):
    """What the estimate from the recorded runs says of another one like them."""
    if "coverage" not in told:
        return "one run"
    following = told["next_run"]
    return f"{told['coverage']:.1%}, next run {following['expected']:.1f} ({following['low']:.0f} to {following['high']:.0f})"


def slim_table(reports):
    """The table of `winnow slim --heal`, from "IMAGE SLIM.JSON"."""
    print("\n## One command, healed\n")
    print("`winnow slim IMAGE --self-started --test A --test A --test A --verify-test B --heal 9`, under `strict`: part A is recorded"
          " three\ntimes, part B never; both have to pass on the slim image. \"The cut\" is the first slim image: how many files the"
          " two parts missed\non it, all named, and how part B ended. The coverage estimate is about part A alone: runs of A cannot"
          " show what B found missing.\n\"Silent\" counts tests that ended with another status than on the source image though winnow"
          " named no missing file.\n")
    print("| image | missing on the cut | B on the cut | healed rounds | put back | silent | result | slim | of source | coverage of A | s |")
    print("|---|---:|---|---:|---:|---:|---|---:|---:|---|---:|")
    for image, path in reports:
        report = json.load(open(path))
        rounds = report["rounds"]
        first = rounds[0]["tests"]
        healed = [one for each in rounds for one in each["healed"] if one["added"]]
        silent = sum(one["status"] != 0 and one["missing"] == 0 for each in rounds for one in each["tests"])
        cut = "passes" if first[-1]["status"] == 0 else f"fails ({first[-1]['status']})"
        size = report["bytes"]
        print(f"| {image} | {max(one['missing'] for one in first)} | {cut} | {len(rounds) - 1} | "
              f"{len(healed)} files, {mb(sum(one['bytes'] for one in healed))} | {silent} | {report['outcome']} | {mb(size['kept'])} | "
              f"{size['kept'] / size['image']:.1%} | {coverage(report['coverage'])} | {report['seconds']:.0f} |")


def main():
    rows = [line.split() for line in open(sys.argv[1])]
    print("# What winnow does to real images\n")
    print("Made by `scripts/results.sh` from the images in `tests/e2e/images`: Debian 12 packages and npm, with the compilers,"
          " headers\nand manuals that such images carry along. Part A is the test that was recorded, once. Part B was never"
          " recorded; it uses\nthe same features with other input: another page, template, locale, time zone, plug-in,"
          " another branch of a script.\nSizes are megabytes (10^6 bytes).\n")
    print("| image | policy | source | slim | of source | A on slim | B on slim |")
    print("|---|---|---:|---:|---:|---|---:|")
    for image, policy, status, _, source, slim, passed, total, _ in rows:
        verdict = "passes" if status == "0" else "**fails**"
        print(f"| {image} | {policy} | {mb(int(source))} | {mb(int(slim))} | {int(slim) / int(source):.1%} | {verdict} | {passed} of {total} |")
    print("\nWhat `strict` kept beside the files that the workload opened or ran, and which rule asked for it:\n")
    print("| image | opened | kept | kept / opened | the largest parts of the rest | record to slim image, s |")
    print("|---|---:|---:|---:|---|---:|")
    for image, policy, _, seconds, _, _, _, _, keep in rows:
        if policy != "strict":
            continue
        spec = json.load(open(keep))
        used, rest = used_bytes(spec)
        kept = spec["summary"]["bytes"]["kept"]
        parts = ", ".join(f"{rule} {mb(size)}" for rule, size in rest.most_common(3) if size > 50_000)
        print(f"| {image} | {mb(used)} | {mb(kept)} | {kept / used:.3f} | {parts} | {float(seconds):.0f} |")
    slim_table([line.split() for line in open(sys.argv[2])])
    print(f"\nMeasured on Linux {platform.release().split('-')[0]}, 2 cores. The seconds include the test.")


if __name__ == "__main__":
    main()
