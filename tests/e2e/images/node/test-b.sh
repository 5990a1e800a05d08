#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other use of what test.sh covers, never recorded: other languages, templates, assets, formats, zones. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

create_server

charset() { [ "$(curl -fsS "$url/items.csv?charset=utf-16le" | iconv -f UTF-16LE -t UTF-8 | head -n 1)" = Käse,4.50 ]; }

check ready ready "$url/"
check language expect 200 '<h1>Bienvenue</h1>' "$url/?lang=fr"
check day-in-language expect 200 '"opens":"lundi, 1 juillet"' "$url/opening?lang=fr"
check time-zone expect 200 '"at":"15:00"' "$url/opening?lang=de&zone=Asia/Tokyo"
check template expect 200 '<div class="box"><p>Delivery takes two days.</p></div>' "$url/pages/delivery"
check asset expect 200 'Disallow: /uploads/' "$url/robots.txt"
check format expect 200 '- name: Brot' "$url/items.yaml"
check charset charset
check error-page expect 403 'An account is needed for /login' "$url/login"
finish
