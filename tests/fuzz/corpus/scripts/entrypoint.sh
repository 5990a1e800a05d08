#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the cluster and runs the scripts of /docker-entrypoint-initdb.d if the volume is fresh, then becomes the server.
#   POSTGRES_PASSWORD (needed), POSTGRES_DB (postgres), POSTGRES_INITDB_ARGS
set -Eeo pipefail
shopt -s nullglob

process_scripts() {
  local script
  for script; do
    case $script in
      *.sh) echo "running $script"; bash "$script" ;;
      *.sql) echo "running $script"; run_sql -f "$script" ;;
      *.sql.gz) echo "running $script"; gunzip -c "$script" | run_sql ;;
      *.sql.xz) echo "running $script"; xzcat "$script" | run_sql ;;
      *) echo "ignoring $script" ;;
    esac
  done
}

run_sql() { psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc -q -U postgres -d "${database:-$POSTGRES_DB}" "$@"; }

make_cluster() {
  local arguments
  [ -n "$POSTGRES_PASSWORD" ] || { echo "POSTGRES_PASSWORD has to be set" >&2; exit 1; }
  export POSTGRES_DB=${POSTGRES_DB:-postgres}
  IFS=' ' read -ra arguments <<<"$POSTGRES_INITDB_ARGS"
  initdb --username=postgres --auth-host=scram-sha-256 --pwfile=<(echo "$POSTGRES_PASSWORD") -D "$PGDATA" "${arguments[@]}"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
  if [ "$POSTGRES_DB" != postgres ]; then
    database=postgres run_sql --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  fi
  process_scripts /docker-entrypoint-initdb.d/*
  pg_ctl -D "$PGDATA" -m fast -w stop
  echo "the cluster is ready"
}

if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chmod 00700 "$PGDATA"
  find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
  find /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
  exec gosu postgres "$0" "$@"
fi
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then make_cluster; fi
exec "$@"
