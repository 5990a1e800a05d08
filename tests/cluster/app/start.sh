#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The test's application: reads what every start needs and the files that its arguments name, then serves until it is told
# to end. It must be quick: what it reads after a start that nobody saw would be missing.
trap 'exit 0' TERM
cat /data/start/1 /data/start/2 /data/start/3 "$@" >/dev/null
busybox httpd -f -p 8080 -h /www &
echo $! >/tmp/server
wait $!
