#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the Ruby image must do: pages in a language, Markdown, highlighted code, times, exports, the health check. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

start_server /health

expect 200 '<p>Nothing to do</p>' "$url/"
expect 200 '<p>Nichts zu tun</p>' "$url/?lang=de"
expect 200 'Content-Type: text/css' -D - "$url/notes.css"
expect 200 '<em>milk</em>' "$url/notes/milk"
expect 200 'whoever wrote them' "$url/about/owner"
expect 200 'class="k"' --data-binary 'def one = 1' "$url/highlight/ruby"
expect 200 '2024-07-01T14:00:00+02:00' "$url/time?zone=Europe/Berlin"
expect 200 'Käse' "$url/export.csv"
expect 200 'milk' "$url/export.csv?charset=windows-1252"
expect 404 'No note is at /notes/bread' "$url/notes/bread"
await_health
stop_container 0
