# SPDX-License-Identifier: Apache-2.0
"""A guest book over HTTPS: SQLite on a volume, pages from templates, local times,
translations, exports."""
import http.server
import locale
import os
import signal
import ssl

import pages
import store


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(*pages.get(self.path))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.reply(*pages.post(self.path, body))

    def reply(self, status, kind, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def stop(signal_number, frame):
    raise SystemExit(0)


def main():
    locale.setlocale(locale.LC_ALL, "")
    signal.signal(signal.SIGTERM, stop)
    store.prepare()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("tls/cert.pem", "tls/key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


main()
