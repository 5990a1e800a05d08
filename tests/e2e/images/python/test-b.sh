#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other use of what test.sh covers, never recorded: another locale, languages, zones, charsets, templates. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

create_server
url=https://localhost:$port
fetch() { expect "$1" "$2" --insecure "${@:3}"; }

guests() {
  fetch 201 '"id": 1' --json '{"name": "Łukasz"}' "$url/api/guests"
  fetch 200 'Guests so far: Łukasz' "$url/"
}
charset() { [ "$(curl -fsS --insecure "$url/export?charset=iso8859-2" | iconv -f ISO8859-2 -t UTF-8 | tr -d '\r')" = Łukasz ]; }

# The server's locale is that of its environment.
locale() {
  remove_container
  create_container --network=host -e PORT="$port" -e LANG=de_DE.UTF-8
  ready --insecure "$url/"
  fetch 200 'Juli' "$url/hello"
}

check ready ready --insecure "$url/"
check guests guests
check time-zone fetch 200 '2024-07-01T08:00:00-04:00' "$url/api/time?zone=America/New_York"
check language fetch 200 'Willkommen' "$url/hello?lang=de"
check template fetch 200 'Write to the host' "$url/contact"
check error-page fetch 400 'That is no guest' --json '{' "$url/api/guests"
check charset charset
check format fetch 200 '<guest>Łukasz</guest>' "$url/export?format=xml"
check locale locale
finish
