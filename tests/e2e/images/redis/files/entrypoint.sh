#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts the server with the profile that is asked for, as user redis; what begins with a dash is an option for it.
set -eu
if [ "${1#-}" != "$1" ]; then set -- redis-server "$@"; fi
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user redis -exec chown redis '{}' +
  exec setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"
fi
if [ "$1" = redis-server ]; then
  shift
  umask 0077
  set -- redis-server "/etc/redis/profiles/$REDIS_PROFILE.conf" --port "$PORT" "$@"
fi
exec "$@"
