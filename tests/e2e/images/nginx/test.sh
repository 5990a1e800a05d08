#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the nginx image must do: pages, content types, its own error page, uploads, the health check. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

start_server /healthz -e SERVER_TITLE="a title"

expect 200 'The front page' "$url/"
expect 200 'The front page' "$url/index.html"
expect 200 'de la grosse image' -H 'Accept-Language: fr' "$url/"
expect 200 'font-family' "$url/style.css"
expect 200 'Content-Type: text/css' -D - "$url/style.css"
expect 200 'X-Server-Title: a title' -D - "$url/"
expect 404 'There is no such page' "$url/nowhere"
expect 201 '' -X PUT --data-binary 'a note' "$url/notes/one.txt"
expect 200 'a note' "$url/notes/one.txt"
expect 204 '' -X DELETE "$url/notes/one.txt"
expect 404 'There is no such page' "$url/notes/one.txt"
await_health
stop_container 0
