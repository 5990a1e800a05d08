#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the node image must do: pages in a language, assets, exports, time zones, uploads, the health check. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

start_server /

expect 200 '<li>Käse: 4.5</li>' "$url/"
expect 200 '<h1>Willkommen</h1>' "$url/?lang=de"
expect 200 'belongs to nobody' "$url/pages/imprint"
expect 200 'Content-Type: text/css' -D - "$url/shop.css"
expect 200 '{"opens":"Montag, 1 Juli","at":"08:00"}' "$url/opening?lang=de&zone=Europe/Berlin"
expect 200 'Käse,4.50' "$url/items.csv"
expect 200 'Brot,3.00' "$url/items.csv?charset=iso-8859-1"
expect 201 '' -X PUT --data-binary 'a picture' -H 'Content-Type: image/png' "$url/uploads/one.png"
expect 200 'a picture' "$url/uploads/one.png"
expect 404 'Nothing is sold at /nowhere' "$url/nowhere"
await_health
stop_container 0
