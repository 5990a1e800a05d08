#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A database that does its input and output by io_uring: its profile is complete, holds every file that strace sees the container
# look up, and makes an image that passes the same test.
. "$(dirname "$0")/lib.sh"
image=$("$e2e/images/build.sh" mariadb)
cd "$work"

# One run, seen by both. --cap-add: for strace.
cat >traced.sh <<SCRIPT
id=\$("$docker" run -d --network=none --cap-add SYS_PTRACE --security-opt seccomp=unconfined -v "$work:/trace" \\
  -e MARIADB_ROOT_PASSWORD=secret -e MARIADB_DATABASE=library --entrypoint strace $image \\
  -f -y -s 4096 -e trace=%file,chdir,clone,clone3,fork,vfork,io_uring_setup,io_uring_enter -o /trace/log entrypoint.sh mariadbd)
for ((i = 0; i < 600; i++)); do
  "$docker" exec "\$id" mariadb -h 127.0.0.1 -u root -psecret library -e 'CREATE TABLE t (n INT); INSERT INTO t VALUES (1)' && break
  sleep 0.2
done >/dev/null 2>&1
"$docker" exec "\$id" pkill -TERM -x mariadbd
"$docker" wait "\$id" >/dev/null
"$docker" rm -f -v "\$id" >/dev/null
SCRIPT
gives 0 "$winnow" record --image "$image" -o profile.json -- bash traced.sh
says ", complete"
[ "$(grep -c 'io_uring_enter(.*) = [1-9]' log)" -gt 10 ] || flunk "the database used no io_uring: $(grep -c io_uring log)"
python3 "$e2e/recall.py" log profile.json 300 || flunk "strace saw more: $(python3 "$e2e/recall.py" log profile.json 300)"

# Cut by its own test, it passes that.
gives 0 "$winnow" slim "$image" --self-started --test "$e2e/images/mariadb/test.sh" -o slimmed
says "verify: pass"
[ "$(value slimmed/profile.json 'j["status"]')" = complete ] || flunk "$(value slimmed/profile.json 'j["reasons"]')"
"$docker" image rm -f "$image-slim" >/dev/null
