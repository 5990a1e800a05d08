#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the MariaDB image must do: tables on a fresh volume, transactions, full-text search, dumps. Image: $WINNOW_IMAGE.
set -euo pipefail
# shellcheck source=../workload.sh
. "$(dirname "$0")/../workload.sh"

start_container --network=none -e MARIADB_ROOT_PASSWORD=secret -e MARIADB_DATABASE=library
client() { inside mariadb -h 127.0.0.1 -u root -psecret library -N -e "$1"; }
sql() { prints "$1" client "$2"; }
await_success client "SELECT 1"

client "CREATE TABLE books (id INT PRIMARY KEY, title VARCHAR(200), FULLTEXT (title)) ENGINE=InnoDB"
client "INSERT INTO books VALUES (1, 'Running with the Wolves'), (2, 'Of Rivers and Stones')"
sql 2 "SELECT count(*) FROM books"
sql Running "SELECT title FROM books WHERE MATCH (title) AGAINST ('wolves')"
client "BEGIN; DELETE FROM books; ROLLBACK"
sql 'Of Rivers' "SELECT title FROM books WHERE id = 2"
sql '576FCC' "SELECT hex(convert('Woe' USING utf8mb4)), hex(x'576fcc')"
# shellcheck disable=SC2016  # the backquotes are the database's
prints 'INSERT INTO `books`' inside mariadb-dump -h 127.0.0.1 -u root -psecret library
stop_container 0
