#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real Kubernetes 1.20 with one node, for tests, in a mount and a network namespace that vanish with it. Run as root.
#   tests/cluster/cluster.sh up                 starts it (built by build.sh if need be), waits until the node is ready
#   tests/cluster/cluster.sh down               ends it; nothing of it stays on the machine
#   tests/cluster/cluster.sh import FILE...     adds images from archives to the node
#   tests/cluster/cluster.sh static FILE...     gives manifests of static pods to the kubelet
#   tests/cluster/cluster.sh kubectl ARGUMENT...
#   tests/cluster/cluster.sh exec COMMAND...    runs a command in its namespaces, as the cluster's administrator
#   tests/cluster/cluster.sh curl ARGUMENT...   asks an API server by its address, as the cluster's administrator
#   tests/cluster/cluster.sh newer [POLICIES]   leaves winnow's API to the server of a newer Kubernetes (built by
#                                               build-newer.sh if need be), with the policies of a file in force
#   tests/cluster/cluster.sh stop|start NAME    one of etcd, apiserver, kcm, scheduler, kubelet, containerd, newer
#   tests/cluster/cluster.sh pid NAME           prints the process id of one of them
# Programs and state are below WINNOW_CLUSTER (default /var/cache/winnow-cluster). A machine can have one at a time, for
# the pods' cgroups are in /winnow-cluster. The usual places (/var/lib/containerd, /sys/fs/bpf) are private ones.
set -euo pipefail

here=$(realpath "$(dirname "$0")")
dir=${WINNOW_CLUSTER:-/var/cache/winnow-cluster}
run=$dir/run
api=10.96.0.1  # the address of the service "kubernetes" is a local one of the node: no kube-proxy is needed
newer=10.96.0.2  # that of the service "newer"
node=node1
address=198.18.0.1
PATH=$dir/bin:$PATH:/usr/sbin:/sbin

fail() { echo "cluster: $*" >&2; exit 3; }
phase() { printf 'cluster: %s, after %d.%d s\n' "$1" $((($(now) - began) / 10)) $((($(now) - began) % 10)); }
now() { echo $(($(date +%s%N) / 100000000)); }
began=$(now)

# A zombie counts as ended: what reaps it may come late.
alive() {
  local stat
  read -r stat <"/proc/$1/stat" || return 1
  stat=${stat##*) }
  [ "${stat%% *}" != Z ]
} 2>/dev/null

pid() { cat "$run/pid/$1" 2>/dev/null || fail "$1 does not run"; }
inside() { nsenter -t "$(pid holder)" -m -n --wd="$PWD" env KUBECONFIG="$run/pki/admin.kubeconfig" "$@"; }

# spawn NAME COMMAND...: runs it in the namespaces, on its own.
spawn() {
  local name=$1
  shift
  setsid nsenter -t "$(pid holder)" -m -n "$@" </dev/null >>"$run/log/$name" 2>&1 &
  echo $! >"$run/pid/$name"
}

# await NAME COMMAND...: until COMMAND succeeds, at most 120 s, as long as process NAME runs.
await() {
  local name=$1 i
  shift
  for ((i = 0; i < 1200; i++)); do
    ! "$@" >/dev/null 2>&1 || return 0
    alive "$(pid "$name")" || break
    sleep 0.1
  done
  { echo "cluster: waited in vain for: $*; the end of the log of $name:"; tail -n 20 "$run/log/$name"; } >&2
  return 3
}

# Keys, certificates of two days, tokens of the users and their kubeconfigs.
make_certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile <(echo "$3") -out "$1.crt"
}

make_user() { # FILE USER GROUPS
  local token
  token=$(openssl rand -hex 16)
  echo "$token,$2,$1,\"$3\"" >>tokens.csv
  cat >"$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://$api:443", certificate-authority: $run/pki/ca.crt}}]
users: [{name: $1, user: {token: $token}}]
contexts: [{name: test, context: {cluster: test, user: $1}}]
current-context: test
YAML
}

make_keys() (
  umask 077
  mkdir "$run/pki"
  cd "$run/pki"
  exec 2>"$run/log/openssl"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout ca.key -out ca.crt
  make_certificate api /CN=kube-apiserver "subjectAltName=DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$api"
  make_certificate kubelet "/CN=$node" "subjectAltName=DNS:$node,IP:$address"
  make_certificate kapi /O=system:masters/CN=kube-apiserver extendedKeyUsage=clientAuth
  make_certificate newer /CN=newer "subjectAltName=DNS:newer.kube-system.svc,IP:$newer"
  make_certificate proxy /CN=front-proxy extendedKeyUsage=clientAuth
  openssl genrsa -out sa.key 2048
  openssl rsa -in sa.key -pubout -out sa.pub
  make_user admin admin system:masters
  # With the rights of its own the controller manager would make the service accounts seconds later.
  make_user kcm system:kube-controller-manager system:masters
  make_user scheduler system:kube-scheduler system:authenticated
  make_user kubelet "system:node:$node" system:nodes
)

# The holder keeps the namespaces. Its mounts propagate to the containers', as a node's do, but not to the machine's.
start_holder() {
  local holder
  setsid unshare -m -n --propagation private sh -c 'mount --make-rshared / && exec sleep infinity' </dev/null \
    >"$run/log/holder" 2>&1 &
  holder=$!
  echo "$holder" >"$run/pid/holder"
  await holder grep -qx sleep "/proc/$holder/comm"
  stat -Lc %i "/proc/$holder/ns/mnt" >"$run/mounts"
  # Where the programs of a node write, and where the agent's pods may mount from.
  local place
  for place in /var/lib/{kubelet,containerd,cni,winnow,docker,containers} /var/log/{pods,containers} \
    /usr/libexec/kubernetes /opt/containerd /etc/cni /run/containerd /run/crio /run/netns; do
    if [ ! -d "$place" ]; then
      mkdir -p "$place"
      echo "$place" >>"$run/made"
    fi
    mkdir -p "$run/root$place"
    inside mount --bind "$run/root$place" "$place"
  done
  # The kubelet insists on these sysctls and would set them for the whole machine: it reads what it wants to see.
  local sysctl
  mkdir "$run/sysctl"
  for sysctl in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1; do
    place=${sysctl%=*}
    echo "${sysctl#*=}" >"$run/sysctl/${place##*/}"
    inside mount --bind "$run/sysctl/${place##*/}" "/proc/sys/$place"
  done
  printf '127.0.0.1 localhost\n%s %s\n' "$address" "$node" >"$run/hosts"
  inside mount --bind "$run/hosts" /etc/hosts
  inside mount -t bpf bpf /sys/fs/bpf
  [ -e /sys/kernel/tracing/events ] || inside mount -t tracefs tracefs /sys/kernel/tracing
}

# The kubelet wants an address that is not a loopback one, and a default route.
make_network() {
  inside ip -batch - <<IP
link set lo up
address add $api/32 dev lo
address add $newer/32 dev lo
link add node0 type veth peer name node0p
address add $address/24 dev node0
link set node0 up
link set node0p up
route add default via 198.18.0.254 dev node0
route add unreachable 169.254.0.0/16
IP
  mkdir "$run/root/etc/cni/net.d"
  cat >"$run/root/etc/cni/net.d/10-bridge.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "bridge", "plugins": [{"type": "bridge", "bridge": "cni0", "isGateway": true,
 "hairpinMode": true, "ipam": {"type": "host-local", "dataDir": "/var/lib/cni/networks",
 "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
JSON
}

start_containerd() {
  cat >"$run/containerd.toml" <<TOML
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:test"
  restrict_oom_score_adj = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
TOML
  spawn containerd containerd -c "$run/containerd.toml"
  await containerd inside ctr version
}

start_etcd() {
  spawn etcd etcd --data-dir "$run/etcd" --listen-client-urls http://127.0.0.1:2379 --unsafe-no-fsync \
    --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
}

start_apiserver() {
  local pki=$run/pki
  spawn apiserver kube-apiserver --etcd-servers http://127.0.0.1:2379 --bind-address $api --advertise-address $api \
    --secure-port 443 --insecure-port 0 --tls-cert-file "$pki/api.crt" --tls-private-key-file "$pki/api.key" \
    --client-ca-file "$pki/ca.crt" --token-auth-file "$pki/tokens.csv" --authorization-mode Node,RBAC \
    --enable-admission-plugins NodeRestriction --allow-privileged --endpoint-reconciler-type none \
    --service-cluster-ip-range 10.96.0.0/24 --service-account-issuer https://kubernetes.default.svc \
    --service-account-signing-key-file "$pki/sa.key" --service-account-key-file "$pki/sa.pub" \
    --kubelet-client-certificate "$pki/kapi.crt" --kubelet-client-key "$pki/kapi.key" \
    --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP \
    --proxy-client-cert-file "$pki/proxy.crt" --proxy-client-key-file "$pki/proxy.key" \
    --requestheader-client-ca-file "$pki/ca.crt" --requestheader-allowed-names front-proxy \
    --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
    --requestheader-extra-headers-prefix X-Remote-Extra- --profiling=false --enable-priority-and-fairness=false
  await apiserver inside kubectl get --raw /readyz
}

# The server of custom resources of a newer Kubernetes. Its log of requests has what the agents sent.
start_newer() {
  local pki=$run/pki
  cat >"$run/audit.yaml" <<YAML
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Request, verbs: [patch], resources: [{group: winnow.dev}]}, {level: None}]
YAML
  spawn newer "$dir/newer/bin/apiextensions" --etcd-servers http://127.0.0.1:2379 --etcd-prefix /newer \
    --bind-address $newer --secure-port 443 --tls-cert-file "$pki/newer.crt" --tls-private-key-file "$pki/newer.key" \
    --kubeconfig "$pki/admin.kubeconfig" --authentication-kubeconfig "$pki/admin.kubeconfig" \
    --authorization-kubeconfig "$pki/admin.kubeconfig" --disable-admission-plugins MutatingAdmissionPolicy \
    --audit-policy-file "$run/audit.yaml" --audit-log-path "$run/log/audit" --policies "$run/policies.yaml" \
    --profiling=false --enable-priority-and-fairness=false
  await newer inside kubectl --server https://$newer get --raw /readyz
}

newer() {
  "$here/build-newer.sh" "$dir/newer" >&2
  stop newer
  cp "${1:-/dev/null}" "$run/policies.yaml"
  start_newer
  inside kubectl apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Service
metadata: {name: newer, namespace: kube-system}
spec: {clusterIP: $newer, ports: [{port: 443}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: newer, namespace: kube-system}
subsets: [{addresses: [{ip: $newer}], ports: [{port: 443}]}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1alpha1.winnow.dev}
spec:
  group: winnow.dev
  version: v1alpha1
  groupPriorityMinimum: 1000
  versionPriority: 10
  caBundle: $(base64 -w 0 "$run/pki/ca.crt")
  service: {name: newer, namespace: kube-system}
YAML
  phase "the newer server is ready"
}

start_kcm() {
  spawn kcm kube-controller-manager --kubeconfig "$run/pki/kcm.kubeconfig" --leader-elect=false \
    --bind-address 127.0.0.1 --port 0 --cert-dir "$run/pki/kcm" --root-ca-file "$run/pki/ca.crt" \
    --service-account-private-key-file "$run/pki/sa.key"
}

start_scheduler() {
  spawn scheduler kube-scheduler --kubeconfig "$run/pki/scheduler.kubeconfig" --leader-elect=false \
    --bind-address 127.0.0.1 --port 0 --cert-dir "$run/pki/scheduler"
}

# nodeStatusUpdateFrequency: ready at once rather than at the next tick of ten seconds.
start_kubelet() {
  local socket=unix:///run/containerd/containerd.sock
  mkdir -p "$run/static"
  cat >"$run/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
tlsCertFile: $run/pki/kubelet.crt
tlsPrivateKeyFile: $run/pki/kubelet.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: $run/pki/ca.crt}}
authorization: {mode: AlwaysAllow}
staticPodPath: $run/static
cgroupDriver: cgroupfs
cgroupRoot: /winnow-cluster
failSwapOn: false
makeIPTablesUtilChains: false
oomScoreAdj: 0
maxOpenFiles: 20000
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
volumePluginDir: /usr/libexec/kubernetes/volume
fileCheckFrequency: 1s
nodeStatusUpdateFrequency: 1s
resolvConf: ""
YAML
  # Its credential provider for AWS would look for a metadata server for seconds.
  spawn kubelet env AWS_EC2_METADATA_DISABLED=true kubelet --config "$run/kubelet.yaml" \
    --kubeconfig "$run/pki/kubelet.kubeconfig" --hostname-override $node --node-ip $address \
    --root-dir /var/lib/kubelet --cert-dir "$run/pki/own" --network-plugin cni --container-runtime remote \
    --container-runtime-endpoint $socket --image-service-endpoint $socket --v 2
}

import() {
  local archive
  for archive; do inside ctr -n k8s.io images import "$archive" >/dev/null; done
}

ask() {
  inside curl -sS --cacert "$run/pki/ca.crt" -H "Authorization: Bearer $(sed -n 's/,admin,.*//p' "$run/pki/tokens.csv")" "$@"
}

static() { cp "$@" "$run/static/"; }

# The pods' cgroups, apart from those that another kubelet of the machine may have: it ends what it does not know.
groups() { find /sys/fs/cgroup -maxdepth 2 -name winnow-cluster; }

make_groups() {
  local hierarchy
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir /sys/fs/cgroup/winnow-cluster
  else
    for hierarchy in /sys/fs/cgroup/*/; do mkdir "$hierarchy/winnow-cluster"; done
  fi
}

up() {
  [ "$(id -u)" = 0 ] || fail "a node needs root"
  [ ! -e "$run" ] || fail "there is one already in $run, or the rest of one: tests/cluster/cluster.sh down"
  "$here/build.sh" "$dir" >&2
  [ -z "$(groups)" ] || fail "another one runs on this machine: there is $(groups | head -n 1)"
  mkdir -p "$run"/{pid,log}
  trap 'trap - EXIT; down' EXIT  # unless all goes well
  make_keys
  "$here/image.py" "$run/pause.tar" localhost/pause:test '["/bin/busybox", "sleep", "2147483647"]' \
    "$(command -v busybox)=/bin/busybox"
  start_holder
  make_network
  make_groups
  start_containerd
  start_etcd
  import "$run/pause.tar"
  start_apiserver
  phase "the API server is ready"
  start_kcm
  start_scheduler
  start_kubelet
  await kubelet inside kubectl wait --for=condition=Ready --timeout=1s "node/$node"
  await kcm inside kubectl get serviceaccount default
  trap - EXIT
  phase "the node is ready"
}

# stop NAME: ends one process and waits for it.
stop() {
  local process i
  [ -s "$run/pid/$1" ] || return 0
  process=$(pid "$1")
  kill -KILL "$process" 2>/dev/null || true
  for ((i = 0; i < 500; i++)); do
    alive "$process" || break
    sleep 0.02
  done
  rm -f "$run/pid/$1"
}

# Ends the containers' processes, found by their cgroups, until there are none.
kill_pods() {
  local i processes all
  mapfile -t all < <(groups)
  [ ${#all[@]} -gt 0 ] || return 0
  for ((i = 0; i < 50; i++)); do
    mapfile -t processes < <(find "${all[@]}" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u)
    [ ${#processes[@]} -gt 0 ] || return 0
    kill -KILL "${processes[@]}" 2>/dev/null || true
    sleep 0.1
  done
}

# containerd's shims, by the mount namespace that they live in.
kill_shims() {
  local mounts process
  mounts=$(cat "$run/mounts" 2>/dev/null) || return 0
  for process in /proc/[0-9]*; do
    [ "$(stat -Lc %i "$process/ns/mnt" 2>/dev/null)" = "$mounts" ] || continue
    case $(readlink "$process/exe") in */containerd-shim*) kill -KILL "${process#/proc/}" ;; esac
  done 2>/dev/null
}

down() {
  local name place
  [ -e "$run" ] || return 0
  # The kubelet first: it would start ended containers again.
  for name in kubelet kcm scheduler newer apiserver etcd; do stop $name; done
  kill_pods
  stop containerd
  kill_shims
  stop holder  # all mounts and links go with it
  for place in $(groups); do find "$place" -depth -type d -exec rmdir {} +; done
  [ ! -e "$run/made" ] || tac "$run/made" | while read -r place; do rmdir --ignore-fail-on-non-empty "$place"; done
  rm -rf --one-file-system "$run"
  phase "the cluster is gone"
}

usage() { sed -n '4,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }

command=${1:-}
shift || usage
case $command in
  up | down) "$command" ;;
  newer) newer "$@" ;;
  import | static | exec | kubectl | curl | stop | start | pid)
    [ $# -gt 0 ] || usage
    case $command in
      exec) inside "$@" ;;
      kubectl) inside kubectl "$@" ;;
      curl) ask "$@" ;;
      start)
        case $1 in etcd | apiserver | kcm | scheduler | kubelet | containerd | newer) "start_$1" ;; *) usage ;; esac
        ;;
      *) "$command" "$@" ;;
    esac
    ;;
  *) usage ;;
esac
