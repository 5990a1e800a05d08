#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Docker of Debian 12 refuses the capabilities that BPF has needed since Linux 5.8, though its own runc knows them.
#
# Versions: Debian 12: docker.io 20.10.24+dfsg1-1+deb12u1+b6, containerd 1.6.20~ds1-1+deb12u3, runc 1.1.5+ds1-1+deb12u1,
# libdevmapper1.02.1 2:1.02.185-2; Linux 5.9 or later.
#
# A tracer that is run as a container would ask for CAP_BPF and CAP_PERFMON in place of CAP_SYS_ADMIN. Behaviour: the engine's
# list of capabilities ends with CAP_AUDIT_READ (Linux 3.16). It refuses to create a container that asks for a later one, by
# either way of writing it; older ones are fine. runc, which would start the container, gives it the same capability. So a
# compose file with cap_add: [BPF, PERFMON] works with containerd and Kubernetes on the same host, and not with Docker,
# where only CAP_SYS_ADMIN is left.
#
# Output:
#   docker AUDIT_READ: ok
#   docker SYS_ADMIN: ok
#   docker BPF: invalid CapAdd: unknown capability: "CAP_BPF"
#   docker CAP_BPF: invalid CapAdd: unknown capability: "CAP_BPF"
#   docker PERFMON: invalid CapAdd: unknown capability: "CAP_PERFMON"
#   docker CHECKPOINT_RESTORE: invalid CapAdd: unknown capability: "CAP_CHECKPOINT_RESTORE"
#   runc   BPF PERFMON: CapEff: 000000c000000000
#
# Usage, as root on Debian 12, amd64: findings/docker-cap-bpf.sh. The packages are unpacked into a temporary directory; the
# host keeps none of it. Status: 0 as above, 1 something is different now, 77 the packages or root are not to be had.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }
# shellcheck source=docker.bash
source "$(dirname "$0")/docker.bash"

mkdir -p bundle/rootfs/proc
cp host/bin/busybox bundle/rootfs/busybox
tar -C bundle/rootfs -c . | docker import - caps:1 >/dev/null
# by_docker NAME: whether a container with this capability can be made.
by_docker() {
  local said
  said=$(docker create --network=none --cap-add "$1" caps:1 /busybox true 2>&1) && said=ok
  printf 'docker %s: %s\n' "$1" "$(grep -oE '^ok$|invalid CapAdd.*"' <<<"$said" || echo "$said")"
}
# by_runc NAME...: what a container has that asks for these.
by_runc() {
  (cd bundle && rm -f config.json && runc spec)
  python3 - "$@" <<'PY'
import json, sys
config = json.load(open("bundle/config.json"))
process = config["process"]
process.update(args=["/busybox", "grep", "CapEff", "/proc/self/status"], terminal=False)
process.pop("rlimits", None)
for kind in process["capabilities"]:
    process["capabilities"][kind] = ["CAP_" + name for name in sys.argv[1:]]
json.dump(config, open("bundle/config.json", "w"))
PY
  printf 'runc   %s: %s\n' "$*" "$(runc --root "$work/runc" run -b bundle "finding-$$" 2>&1 | tr '\t' ' ')"
}
{
  by_docker AUDIT_READ
  by_docker SYS_ADMIN
  by_docker BPF
  by_docker CAP_BPF
  by_docker PERFMON
  by_docker CHECKPOINT_RESTORE
  by_runc BPF PERFMON
} | tee found
as_expected
