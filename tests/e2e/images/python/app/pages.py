# SPDX-License-Identifier: Apache-2.0
"""What each address answers: (status, content type, text)."""
import datetime
import gettext
import html
import importlib
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


def hello(query):
    """A greeting in the reader's language; the month in the server's."""
    languages = urllib.parse.parse_qs(query).get("lang", ["en"])
    text = gettext.translation("app", "locale", languages, fallback=True).gettext("Welcome")
    return 200, "text/plain; charset=utf-8", f"{text}, {datetime.date(2024, 7, 1):%B}"


def export(query):
    """All guests in a format, which is a module of its own, and in a charset."""
    wanted = urllib.parse.parse_qs(query)
    format = importlib.import_module("formats." + wanted.get("format", ["csv"])[0])
    charset = wanted.get("charset", ["utf-8"])[0]
    return 200, f"{format.TYPE}; charset={charset}", format.write(store.names()).encode(charset)


def get(path):
    address = urllib.parse.urlsplit(path)
    if address.path == "/":
        return page("index.html", guests=", ".join(html.escape(name) for name in store.names()))
    if address.path == "/api/guests":
        return 200, "application/json", json.dumps(store.names())
    if address.path == "/api/time":
        return local_time(address.query)
    if address.path == "/hello":
        return hello(address.query)
    if address.path == "/export":
        return export(address.query)
    if address.path in ("/rules", "/contact"):
        return page(address.path[1:] + ".html")
    return page("missing.html", 404, path=html.escape(address.path))


def post(path, body):
    if path != "/api/guests":
        return page("missing.html", 404, path=html.escape(path))
    try:
        name = json.loads(body)["name"]
    except (ValueError, KeyError):
        return page("invalid.html", 400)
    return 201, "application/json", json.dumps({"id": store.add(name)})
