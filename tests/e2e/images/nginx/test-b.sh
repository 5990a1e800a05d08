#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other use of what test.sh covers, never recorded: other pages, languages, assets, error pages. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

create_server -e SERVER_TITLE=another

note() {
  expect 201 '' -X PUT --data-binary 'another note' "$url/notes/2/two.txt"
  expect 200 'another note' "$url/notes/2/two.txt"
}

check ready ready "$url/healthz"
check title expect 200 'X-Server-Title: another' -D - "$url/"
check page expect 200 'Who runs this' "$url/about.html"
check subdirectory-index expect 200 'The guide' "$url/guide/"
check language expect 200 'Die Startseite' -H 'Accept-Language: de' "$url/"
check script expect 200 'Content-Type: application/javascript' -D - "$url/menu.js"
check image expect 200 'Content-Type: image/svg+xml' -D - "$url/logo.svg"
check error-page-502 expect 502 'does not answer at the moment' "$url/backend/"
check note note
finish
