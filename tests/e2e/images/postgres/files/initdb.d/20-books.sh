#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The first books.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -q -U postgres -d "$POSTGRES_DB" <<'SQL'
INSERT INTO books (title, bought) VALUES ('Running with the Wolves', '2024-07-01 12:00Z'), ('Die laufenden Wölfe', '2024-01-01 12:00Z');
SQL
