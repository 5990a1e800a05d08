#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the PostgreSQL image must do: a cluster on a fresh volume, its scripts, search, time zones, charsets. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

start_container --network=none -e POSTGRES_PASSWORD=secret -e POSTGRES_DB=library
sql() { prints "$1" inside psql -h 127.0.0.1 -U postgres -d library -At -v ON_ERROR_STOP=1 -c "$2"; }
inside() { "$docker" exec -e PGPASSWORD=secret "$container" "$@"; }
await_success inside pg_isready -h 127.0.0.1

sql 2 "SELECT count(*) FROM books"
sql 't' "SELECT to_tsvector('english', title) @@ to_tsquery('english', 'run') FROM books WHERE id = 1"
sql 'Running with the Wolves' "SELECT title FROM books WHERE title % 'runing wolves' OR title ILIKE '%with%'"
sql '2024-07-01 14:00:00' "SELECT bought AT TIME ZONE 'Europe/Berlin' FROM books WHERE id = 1"
sql '\x576fcc' "SELECT '\x576fcc'::bytea"
sql '\x57f66c6665' "SELECT convert_to('Wölfe', 'LATIN1')"
sql 'Äpfel,Birnen' "SELECT string_agg(f, ',' ORDER BY f COLLATE \"de-x-icu\") FROM unnest(ARRAY['Birnen', 'Äpfel']) AS f"
sql '7' "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN n * 2; END'; SELECT twice(3) + 1"
sql 'public|books|table|postgres' '\dt'
prints 'COPY public.books' inside pg_dump -h 127.0.0.1 -U postgres library
stop_container 0
