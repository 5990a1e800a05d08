#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the tables and the database if the volume is fresh, then becomes the server.
#   MARIADB_ROOT_PASSWORD (needed), MARIADB_DATABASE
set -eo pipefail
data=/var/lib/mysql socket=/run/mysqld/mysqld.sock

make_tables() {
  [ -n "$MARIADB_ROOT_PASSWORD" ] || { echo "MARIADB_ROOT_PASSWORD has to be set" >&2; exit 1; }
  mariadb-install-db --datadir="$data" --skip-test-db --auth-root-authentication-method=normal >/dev/null
  "$@" --skip-networking --socket="$socket" &
  local i
  for i in {600..0}; do
    mariadb-admin --socket="$socket" -u root ping >/dev/null 2>&1 && break
    sleep 0.1
  done
  [ "$i" != 0 ] || { echo "the server does not start" >&2; exit 1; }
  [ -z "$MARIADB_DATABASE" ] || mariadb --socket="$socket" -u root -e "CREATE DATABASE \`$MARIADB_DATABASE\`"
  mariadb --socket="$socket" -u root -e "ALTER USER root@localhost IDENTIFIED BY '$MARIADB_ROOT_PASSWORD'"
  mariadb-admin --socket="$socket" -u root -p"$MARIADB_ROOT_PASSWORD" shutdown
  wait
}

if [ "$1" = mariadbd ] && [ "$(id -u)" = 0 ]; then
  find "$data" \! -user mysql -exec chown mysql: '{}' +
  exec gosu mysql "$0" "$@"
fi
[ "$1" != mariadbd ] || [ -d "$data/mysql" ] || make_tables "$@"
exec "$@"
