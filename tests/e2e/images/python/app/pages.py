# SPDX-License-Identifier: Apache-2.0
"""What each address answers: (status, content type, text)."""
import datetime
import html
import json
import pathlib
import string
import urllib.parse

import store


def page(name, status=200, **values):
    template = string.Template(pathlib.Path("templates", name).read_text())
    return status, "text/html; charset=utf-8", template.substitute(values)


def local_time(query):
    import zoneinfo  # only this page needs it

    zone = urllib.parse.parse_qs(query).get("zone", ["UTC"])[0]
    noon = datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.timezone.utc)
    return 200, "application/json", json.dumps({"time": noon.astimezone(zoneinfo.ZoneInfo(zone)).isoformat()})


def get(path):
    address = urllib.parse.urlsplit(path)
    if address.path == "/":
        return page("index.html", guests=", ".join(html.escape(name) for name in store.names()))
    if address.path == "/api/guests":
        return 200, "application/json", json.dumps(store.names())
    if address.path == "/api/time":
        return local_time(address.query)
    return page("missing.html", 404, path=html.escape(address.path))


def post(path, body):
    if path != "/api/guests":
        return page("missing.html", 404, path=html.escape(path))
    return 201, "application/json", json.dumps({"id": store.add(json.loads(body)["name"])})
