#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a program is told on the slim image is what it was told on the source: of directories that were not empty, of links that
# lead nowhere, and by a thread that is cancelled where no recording saw it.
# shellcheck disable=SC2016 # the containers' shells expand these
. "$(dirname "$0")/lib.sh"
cd "$work"
busybox=$(command -v busybox) || { echo "SKIP: busybox-static is not installed"; exit 77; }
command -v cc >/dev/null || { echo "SKIP: no C compiler is installed"; exit 77; }
mkdir -p context/root/bin context/root/lib64
cp "$busybox" context/root/bin/busybox
for name in sh rmdir mv cat ls; do ln -s busybox "context/root/bin/$name"; done

cat >cancel.c <<'C'
// Cancels a thread if it is told to: glibc then opens libgcc_s.so.1, and aborts the process where there is none.
#include <pthread.h>
#include <unistd.h>
static void* wait_forever(void* unused) {
  pause();
  return unused;
}
int main(int argc, char** argv) {
  pthread_t thread;
  (void)argv;
  if (pthread_create(&thread, NULL, wait_forever, NULL)) return 1;
  if (argc < 2) return 0;
  return pthread_cancel(thread) || pthread_join(thread, NULL) ? 2 : 0;
}
C
cc -pthread cancel.c -o context/root/bin/cancel
libraries=$(dirname "$(ldd context/root/bin/cancel | sed -n 's/.*libc.so.6 => \([^ ]*\).*/\1/p')")
mkdir -p "context/root$libraries"
cp -L "$libraries"/{libc.so.6,libgcc_s.so.1} "context/root$libraries/"
loader=$(ldd context/root/bin/cancel | sed -n 's/^[[:space:]]*\(\/[^ ]*ld-linux[^ ]*\).*/\1/p')
mkdir -p "context/root$(dirname "$loader")"
cp -L "$loader" "context/root$loader"

srv=context/root/srv
mkdir -p $srv/{full,mixed,onto,from,empty,parents/one}
echo large >$srv/full/large; : >$srv/full/small
: >$srv/mixed/removed; echo stays >$srv/mixed/stays
printf '#!/bin/none\n' >$srv/onto/script; : >$srv/parents/other
ln -s loop $srv/loop; ln -s pong $srv/ping; ln -s ping $srv/pong; ln -s ping/below $srv/way
for i in $(seq 0 49); do ln -s "chain$((i + 1))" "$srv/chain$i"; done
: >$srv/chain50
: >"$srv/[id].js"; : >$srv/i.js
cat >context/root/ask <<'SH'
exec 2>&1 # one stream: the engine keeps no order between two
cd /srv
rmdir full; echo "full $?"
rmdir mixed/removed 2>/dev/null || echo "no directory"
/bin/busybox rm mixed/removed; rmdir mixed; echo "mixed $?"
mv -T from onto; echo "onto $?"
rmdir empty; echo "empty $?"
rmdir -p parents/one; echo "parents $?"
cat loop; cat ping/x; ls way/x; cat chain0
/bin/cancel; echo "cancel $?"
SH
printf 'FROM scratch\nCOPY root /\nCMD ["/bin/sh", "/ask"]\n' >context/Dockerfile
image=winnow-e2e/answers
DOCKER_BUILDKIT=0 "$docker" build -q -t "$image" context >/dev/null

gives 0 "$winnow" record --image "$image" -o p.json -- "$docker" run --rm --network=none "$image"
matches_schema p.json profile
gives 0 "$winnow" plan p.json --image "docker-daemon:$image" -o keep.json
matches_schema keep.json keep
gives 0 "$winnow" emit keep.json --image "docker-daemon:$image-slim"
"$docker" run --rm --network=none "$image" >source.txt
"$docker" run --rm --network=none "$image-slim" >slim.txt
diff source.txt slim.txt >&2 || flunk "the slim image answers otherwise"
for line in "full 1" "mixed 1" "onto 1" "empty 0" "parents 1" "cancel 0" "loop: Symbolic link loop"; do
  grep -q "$line" source.txt || grep -qi "${line%%:*}.*too many levels" source.txt || flunk "'$line' was not asked: $(cat source.txt)"
done
for path in /srv/full/large /srv/chain45; do
  [ "$(value keep.json "any(e['path'] == '$path' for e in j['entries'])")" = False ] || flunk "$path is kept"
done
# A name that could be a glob is a name where there is such a file, and the glob that is told can be pasted.
gives 1 "$winnow" explain keep.json '/srv/[id].js'
says "/srv/[id].js is not kept"
pasted=$(sed -n 's/.*winnow plan ... --keep \(.*\) keeps it/\1/p' out)
eval "gives 0 $winnow plan p.json --image docker-daemon:$image -o pasted.json --keep $pasted"
[ "$(value pasted.json '[e["path"] for e in j["entries"] if e["path"].endswith(".js")]')" = "['/srv/[id].js']" ] || flunk "$pasted keeps something else"
[ "$(value pasted.json 'j["warnings"]')" = "[]" ] || flunk "$(value pasted.json 'j["warnings"]')"
gives 0 "$winnow" plan p.json --image "docker-daemon:$image" -o pasted.json --keep '/no/a\[b'
says "warning: --keep '/no/a\\[b' matches nothing"
# Nobody recorded that: it works all the same.
"$docker" run --rm --network=none "$image-slim" /bin/cancel now || flunk "a cancelled thread aborts the program"
"$docker" image rm -f "$image" "$image-slim" >/dev/null
