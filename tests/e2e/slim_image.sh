# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced after lib.sh: a small image whose web server has files that a test may or may not ask for, as $source. Its port is $port.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
source=winnow-e2e/web:1
mkdir "$work/web"
cp "$(command -v busybox)" "$work/web/"
head -c 3000000 /dev/urandom >"$work/web/ballast"
for name in one two three; do echo "the file $name" >"$work/web/$name"; done
# Its first program swallows what it does not find, as many do.
cat >"$work/web/serve" <<SH
#!/bin/sh
trap 'exit 0' TERM
greeting=\$(cat /etc/greeting 2>/dev/null || echo default)
echo "\$greeting" >/run/greeting
httpd -f -p 127.0.0.1:$port -h /srv &
wait
SH
echo "a greeting" >"$work/web/greeting"
chmod 755 "$work/web/serve"
cat >"$work/web/Dockerfile" <<DOCKER
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN mkdir -p /run /srv
COPY serve /bin/serve
COPY greeting /etc/greeting
COPY ballast /opt/ballast
COPY one two three /srv/
EXPOSE $port
CMD ["/bin/serve"]
DOCKER
DOCKER_BUILDKIT=0 "$docker" build -q --network=none -t "$source" "$work/web" >/dev/null
get() { echo "curl -fsS --max-time 5 http://127.0.0.1:$port/$1 | grep -q 'the file $1'"; }

# What trials may leave behind: none of it may be there.
export WINNOW_STATE=$work/state TMPDIR=$work/tmp
mkdir -p "$TMPDIR"
pins() { find /sys/fs/bpf -mindepth 1 -name '*winnow*' 2>/dev/null | sort; }
pins >"$work/pins" # of others: they are none of this test's
nothing_left() {
  local left
  left=$("$docker" ps -aq --filter label=dev.winnow.trial)
  [ -z "$left" ] || flunk "containers left $1: $left"
  left=$("$docker" images -q winnow-trial)
  [ -z "$left" ] || flunk "images left $1: $left"
  left=$(find "$WINNOW_STATE/trials" -mindepth 1 -maxdepth 1 -type d)
  [ -z "$left" ] || flunk "homes left $1: $left"
  left=$(find "$TMPDIR" -mindepth 1; find "${out:-$work/none}" -name '*.new' -o -name '*.[A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9]' 2>/dev/null)
  [ -z "$left" ] || flunk "temporary files left $1: $left"
  ! grep -F "$work" /proc/self/mountinfo || flunk "mounts left $1"
  left=$(pins | comm -13 "$work/pins" -)
  [ -z "$left" ] || flunk "pins left $1: $left"
}
