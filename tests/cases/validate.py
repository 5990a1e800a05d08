#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every golden file against the JSON Schemas in docs/, and a damaged copy of each against the same schema."""
import copy
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("SKIP: python3-jsonschema is not installed")
    sys.exit(77)

cases = pathlib.Path(__file__).parent
docs = cases.parent.parent / "docs"
checked = 0
for name, pattern in (("profile", "*/profile.json"), ("keep", "*/expected.keep.json"), ("keep", "*/earlier.keep.json")):
    validator = jsonschema.Draft202012Validator(json.loads((docs / f"{name}.schema.json").read_text()))
    for file in sorted(cases.glob(pattern)):
        document = json.loads(file.read_text())
        validator.validate(document)
        damaged = copy.deepcopy(document)
        damaged["image"]["id"] = "sha256:short"
        assert not validator.is_valid(damaged), f"{file}: a damaged id passes the schema"
        checked += 1
assert checked >= 8, "no golden files were found"
print(f"{checked} files match their schemas")
