#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the Java image must do: pages in a language, exports, drawings, a journal on a volume, the health check. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

start_server /

expect 200 '<h1>Welcome</h1>' "$url/"
expect 200 '<h1>Willkommen</h1>' "$url/?lang=de"
expect 200 'belongs to nobody' "$url/imprint"
expect 200 'Montag 08:00' "$url/opening?lang=de&zone=Europe/Berlin"
expect 200 'Käse,4.5' "$url/items.csv"
expect 200 'Brot,3.0' "$url/items.csv?charset=iso-8859-1"
expect 200 '{"name":"Brot","price":3.0}' "$url/items.json"
expect 200 'image/png' -D - -o "$scratch/sign.png" "$url/sign?text=open"
[ "$(head -c 4 "$scratch/sign.png" | tail -c 3)" = PNG ] || flunk "the sign is no PNG"
expect 201 'Thank you for buying Brot' "$url/order?item=Brot"
expect 404 'Nothing is sold at /nowhere' "$url/nowhere"
await_health
stop_container 143
