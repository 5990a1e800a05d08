#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other use of what test.sh covers, never recorded: other languages, views, zones, formats, charsets. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

create_server

charset() { curl -fsS "$url/export.csv?charset=utf-16le" | iconv -f UTF-16LE -t UTF-8 | grep -qx 'Käse'; }

check ready ready "$url/health"
check language expect 200 '<p>Rien à faire</p>' "$url/?lang=fr"
check note expect 200 'puts 1' "$url/notes/code"
check view expect 200 'The management' "$url/about/rules"
check asset expect 200 '"display"' "$url/manifest.json"
check code-language expect 200 'class="k"' --data-binary 'return {}' "$url/highlight/python"
check time-zone expect 200 '2024-07-01T21:00:00+09:00' "$url/time?zone=Asia/Tokyo"
check format expect 200 '- Käse' "$url/export.yaml"
check charset charset
check error-page expect 403 'Not for you: /private' "$url/private"
finish
