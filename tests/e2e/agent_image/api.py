#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The part of a cluster's API that profiles need, over HTTPS: api.py DIRECTORY PORT. DIRECTORY has ca.crt, key and token."""
import http.server
import json
import ssl
import sys
import threading
import urllib.parse

directory, port = sys.argv[1], int(sys.argv[2])
with open(directory + "/token", encoding="utf-8") as file:
    TOKEN = "Bearer " + file.read().strip()
objects, lock, version = {}, threading.Lock(), 0


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_one(self):
        global version
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.headers.get("Authorization") != TOKEN:
            return self.answer(401, {"message": "no such token"})
        url = urllib.parse.urlsplit(self.path)
        name, _, part = url.path.partition("/profiles")[2].strip("/").partition("/")
        with lock:
            if self.command == "GET" and not name:
                key, _, value = urllib.parse.parse_qs(url.query).get("labelSelector", ["="])[0].partition("=")
                chosen = [one for one in objects.values() if not key or one["metadata"].get("labels", {}).get(key) == value]
                return self.answer(200, {"metadata": {}, "items": chosen})
            if self.command == "PATCH":
                version += 1
                old, new = objects.get(name, {"metadata": {}}), json.loads(body)
                # The status is applied on its own; a real server merges by managers of fields.
                objects[name] = {**old, "status": new["status"]} if part == "status" else {**new, "status": old.get("status", {})}
                objects[name]["metadata"]["resourceVersion"] = str(version)
                return self.answer(200, objects[name])
            if name not in objects:
                return self.answer(404, {"message": "not found", "details": {"name": name}})
            if self.command == "DELETE":
                del objects[name]
                return self.answer(200, {})
            return self.answer(200, objects[name])

    do_GET = do_PATCH = do_DELETE = handle_one

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Api)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(directory + "/ca.crt", directory + "/key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
