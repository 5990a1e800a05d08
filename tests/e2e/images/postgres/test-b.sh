#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other use of what test.sh covers, never recorded: other extensions, dictionaries, zones, charsets, locales. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

options=(--network=none -e POSTGRES_INITDB_ARGS=--no-sync -e POSTGRES_PASSWORD=other -e POSTGRES_DB=archive)
create_container "${options[@]}"
sql() { prints "$1" inside psql -h 127.0.0.1 -U postgres -d archive -At -v ON_ERROR_STOP=1 -c "$2"; }
inside() { "$docker" exec -e PGPASSWORD=other "$container" "$@"; }
up() { launch && await_success inside pg_isready -h 127.0.0.1; }
# Another script for a fresh volume, of a kind that the entry point knows.
init_script() {
  echo "CREATE TABLE readers AS SELECT 'Ada' AS name;" | gzip >"$scratch/readers.sql.gz"
  chmod 0755 "$scratch"
  remove_container
  create_container "${options[@]}" -v "$scratch/readers.sql.gz:/docker-entrypoint-initdb.d/30-readers.sql.gz:ro"
  up
  sql Ada "SELECT name FROM readers"
}

check ready up
check dictionary sql t "SELECT to_tsvector('german', title) @@ to_tsquery('german', 'Wolf') FROM books WHERE id = 2"
check extension sql 'Wolfe' "CREATE EXTENSION unaccent; SELECT unaccent('Wölfe')"
check type-extension sql t "CREATE EXTENSION citext; SELECT 'ADA'::citext = 'ada'"
check time-zone sql '2024-07-01 21:00:00' "SELECT bought AT TIME ZONE 'Asia/Tokyo' FROM books WHERE id = 1"
check charset sql '\x82a9' "SELECT convert_to('か', 'SJIS')"
check collation sql 'čaj,cibule' "SELECT string_agg(f, ',' ORDER BY f COLLATE \"sk-x-icu\" DESC) FROM unnest(ARRAY['cibule', 'čaj']) AS f"
check locale sql 'Juli' "SET lc_time = 'de_DE.UTF-8'; SELECT to_char(bought, 'TMMonth') FROM books WHERE id = 1"
check describe sql 'title|text' '\d books'
check init-script init_script
finish
