#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks the newer server what it takes and what it refuses, through the API server before it. One example is stored.
  answers.py examples   the right and the wrong profiles that tests/check has for the definition
  answers.py requests   what the agents sent, as the server's log has it, by strict validation"""
import copy
import json
import os
import pathlib
import ssl
import sys
import urllib.error
import urllib.request

import yaml

CHECK = pathlib.Path(__file__).resolve().parents[2] / "check"
PROFILES = "/apis/winnow.dev/v1alpha1/namespaces/winnow/profiles"
STRICT = "dryRun=All&fieldValidation=Strict"


def ask(method, target, document, kind="application/json"):
    """The status of the answer, its warnings and its message."""
    with open(os.environ["KUBECONFIG"], encoding="utf-8") as file:
        access = yaml.safe_load(file)
    cluster, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
    headers = {"Authorization": "Bearer " + user["token"], "Content-Type": kind}
    request = urllib.request.Request(cluster["server"] + target, json.dumps(document).encode(), headers, method=method)
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=cluster["certificate-authority"])) as answer:
            return answer.status, answer.headers.get_all("Warning") or [], ""
    except urllib.error.HTTPError as error:
        return error.code, [], json.load(error).get("message", "")


def examples():
    """Each wrong value is refused where a right one like it is accepted."""
    sys.path.insert(0, str(CHECK))
    import deploy_objects  # pylint: disable=import-outside-toplevel

    example = json.loads((CHECK / "profile_object.json").read_text())
    example["metadata"]["name"] = "f" * 40 + "-all"
    name = example["metadata"]["name"]
    faults = []
    stored = ask("POST", PROFILES, example)
    if stored[0] != 201:
        return [f"the example: {stored}"]
    for place, bad, good in deploy_objects.REFUSED:
        for value, right in ((good, True), (bad, False)):
            profile = deploy_objects.altered(example, place, value)
            if place.startswith("status"):
                got = ask("PATCH", f"{PROFILES}/{name}/status?{STRICT}", {"status": profile["status"]}, "application/merge-patch+json")
            else:
                if place != "metadata/name":
                    profile["metadata"]["name"] = "e" * 40 + "-all"
                got = ask("POST", f"{PROFILES}?{STRICT}", profile)
            if (got[0] in (200, 201)) != right or got[0] not in (200, 201, 400, 422) or got[1]:
                faults.append(f"{place} = {value!r:.60}: {got[0]} {got[1]} {got[2]:.300}")
    print(f"{len(deploy_objects.REFUSED)} wrong values and as many right ones")
    return faults


def requests():
    """The agents' requests are taken again; with an unknown field each would be refused."""
    sent, faults = {}, []
    with open(pathlib.Path(os.environ["KUBECONFIG"]).parents[1] / "log/audit", encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if event["user"]["username"].startswith("system:serviceaccount:winnow:"):
                part = event["objectRef"].get("subresource", "profile")
                sent.setdefault((event["objectRef"]["name"], part), event)
    for (name, part), event in sent.items():
        if event["responseStatus"]["code"] not in (200, 201):
            faults.append(f"{name} {part}: {event['responseStatus']}")
            continue
        target = event["requestURI"].partition("?")[0] + "?fieldManager=test&force=true&" + STRICT
        again = ask("PATCH", target, event["requestObject"], "application/apply-patch+yaml")
        wrong = copy.deepcopy(event["requestObject"])
        wrong["status" if part == "status" else "spec"]["unknown"] = 1
        refused = ask("PATCH", target, wrong, "application/apply-patch+yaml")
        if again[0] not in (200, 201) or again[1]:
            faults.append(f"{name} {part}: {again}")
        if refused[0] < 400 or "unknown" not in refused[2]:
            faults.append(f"{name} {part}, an unknown field: {refused}")
    parts = [part for _, part in sent]
    print(f"{parts.count('profile')} profiles, {parts.count('status')} of their states")
    return faults + ([] if {"profile", "status"} <= set(parts) else ["the log does not have both"])


found = {"examples": examples, "requests": requests}[sys.argv[1]]()
print("\n".join(found))
sys.exit(1 if found else 0)
