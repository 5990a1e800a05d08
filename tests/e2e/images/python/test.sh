#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the Python image must do: HTTPS with its own key, pages, a database made on a fresh volume, time zones, languages. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

create_server
url=https://localhost:$port
ready --insecure "$url/"
certificate=$("$docker" cp "$container:/app/tls/cert.pem" - | tar -xO)

# The server's own certificate is the one to trust, so a wrong key or certificate fails.
fetch() { expect "$1" "$2" --cacert <(echo "$certificate") "${@:3}"; }
fetch 200 'Guests so far: <' "$url/"
fetch 201 '"id": 1' --json '{"name": "Ada <L>"}' "$url/api/guests"
fetch 201 '"id": 2' --json '{"name": "Zoë"}' "$url/api/guests"
fetch 200 '["Ada <L>", "Zo\u00eb"]' "$url/api/guests"
fetch 200 'Guests so far: Ada &lt;L&gt;, Zoë' "$url/"
fetch 200 '2024-07-01T14:00:00+02:00' "$url/api/time?zone=Europe/Berlin"
fetch 200 'Please be kind' "$url/rules"
fetch 200 'Bienvenue, July' "$url/hello?lang=fr"
fetch 200 'Ada <L>' "$url/export?charset=cp1252"
fetch 404 'Nothing is kept at /nowhere' "$url/nowhere"
stop_container 0
