#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# use.sh IMAGE SEED: one use of a test image, as chance has it: each thing that it can do is done in some of the runs.
# Whether an answer is right is no matter here; that the container runs is. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../../../e2e/images/workload.sh
. "$(dirname "$0")/../../../e2e/images/workload.sh"

RANDOM=$((7919 * $2 + 13)) # always the same for the same seed
for ((i = 0; i < 10; i++)); do : "$RANDOM"; done
chance() { ((RANDOM % 100 < $1)); }
pick() { echo "${@:RANDOM % $# + 1:1}"; }
ask() { curl -sS --insecure --max-time 20 -o /dev/null "$@" || flunk "no answer to: $*"; }
# maybe PERCENT COMMAND...
maybe() { if chance "$1"; then "${@:2}"; fi; }

use_nginx() {
  start_server /healthz -e SERVER_TITLE=title
  maybe 90 ask "$url/"
  maybe 50 ask "$url/style.css"
  maybe 30 ask "$url/menu.js"
  maybe 30 ask "$url/logo.svg"
  maybe 40 ask "$url/about.html"
  maybe 15 ask "$url/guide/"
  maybe 15 ask -H 'Accept-Language: de' "$url/"
  maybe 15 ask -H 'Accept-Language: fr' "$url/"
  maybe 30 ask "$url/nowhere"
  maybe 10 ask "$url/backend/"
  maybe 20 ask -X PUT --data-binary note "$url/notes/one.txt"
  maybe 5 inside nginx -V
  stop_container 0
}

use_python() {
  local zones=(Europe/Berlin America/New_York Asia/Tokyo Australia/Sydney Africa/Cairo America/Lima)
  local charsets=(cp1252 latin1 iso8859-2 utf-16 koi8-r cp850) locale=()
  if chance 15; then locale=(-e LANG="$(pick de_DE.UTF-8 fr_FR.UTF-8)"); fi
  create_server "${locale[@]}"
  url=https://localhost:$port
  ready --insecure "$url/"
  maybe 70 ask "$url/api/guests"
  maybe 50 ask --json '{"name": "Ada"}' "$url/api/guests"
  maybe 10 ask --json '{' "$url/api/guests"
  maybe 40 ask "$url/api/time?zone=$(pick "${zones[@]}")"
  maybe 30 ask "$url/api/time?zone=$(pick "${zones[@]}")"
  maybe 30 ask "$url/hello?lang=$(pick de fr en es)"
  maybe 30 ask "$url/export?charset=$(pick "${charsets[@]}")"
  maybe 15 ask "$url/export?format=xml&charset=$(pick "${charsets[@]}")"
  maybe 40 ask "$url/rules"
  maybe 15 ask "$url/contact"
  maybe 20 ask "$url/nowhere"
  stop_container 0
}

use_batch() {
  local day=2024-07-01 mounted=() command
  chmod 0755 "$scratch"
  printf 'sales,bread,3\n' >"$scratch/$day.csv"
  if chance 50; then printf 'stock,milk,42\n' >>"$scratch/$day.csv"; fi
  if chance 15; then printf 'visits,noon,7\nvisits,evening,9\n' >>"$scratch/$day.csv"; fi
  if chance 40; then printf 'sales,bread,4\n' | gzip >"$scratch/$day.gz"; fi
  if chance 15; then printf 'sales,milk,2\n' | xz >"$scratch/$day.xz"; fi
  if chance 20; then printf 'sales,K\344se,1\n' >"$scratch/$day.latin1"; fi
  if chance 10; then printf 'sales,K\204se,6\n' >"$scratch/$day.cp850"; fi
  mounted=(--network=none -v "$scratch:/in:ro")
  if chance 15; then mounted+=(-e LC_ALL="$(pick de_DE.UTF-8 fr_FR.UTF-8)"); fi
  if chance 15; then mounted+=(-e TZ="$(pick America/New_York Europe/Berlin Asia/Tokyo)"); fi
  command=daily
  if chance 15; then command=$(pick help check weekly); fi
  start_container "${mounted[@]}" -- "$command" "$day"
  timeout 60 "$docker" wait "$container" >/dev/null || flunk "the container does not end"
}

"use_$1"
