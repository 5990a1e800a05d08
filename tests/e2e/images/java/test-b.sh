#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other use of what test.sh covers, never recorded: other languages, templates, zones, charsets, formats. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

create_server

charset() { [ "$(curl -fsS "$url/items.csv?charset=IBM850" | iconv -f CP850 -t UTF-8 | head -n 1 | tr -d '\r')" = Käse,4.5 ]; }
drawing() {
  expect 200 'image/jpeg' -D - -o "$scratch/sign.jpeg" "$url/sign?text=closed&format=jpeg"
  [ "$(od -An -tx1 -N3 "$scratch/sign.jpeg")" = " ff d8 ff" ] || flunk "the sign is no JPEG"
}

check ready ready "$url/"
check language expect 200 '<h1>Bienvenue</h1>' "$url/?lang=fr"
check template expect 200 'Delivery takes two days' "$url/delivery"
check time-zone expect 200 'lundi 15:00' "$url/opening?lang=fr&zone=Asia/Tokyo"
check charset charset
check format expect 200 'name: Brot' "$url/items.yaml"
check drawing drawing
check error-page expect 400 'We do not have Wein' "$url/order?item=Wein"
finish
