#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the BPF tests in virtual machines with Debian's kernels, with each backend: a line for each kernel, backend and case.
# The machines are emulated (no KVM is needed), which is about ten times slower than this one.
#   scripts/test-kernels.sh [--kernel 6.1|6.12]... [--backend syscall|fentry]... [--filter PATTERN] [--tests bpf_tests]
set -euo pipefail
cd "$(dirname "$0")/.."

kernels=() backends=() filter='*' tests=build/release/bpf_tests
limit=7200 # seconds for one machine
cache=${XDG_CACHE_HOME:-$HOME/.cache}/winnow/kernels

usage() {
  sed -n '3,5s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --kernel) kernels+=("$2") ;;
    --backend) backends+=("$2") ;;
    --filter) filter=$2 ;;
    --tests) tests=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12)
[ ${#backends[@]} -gt 0 ] || backends=(syscall fentry)

# Tools by command, with the package that has them.
install_tools() {
  local missing=() pair
  for pair in qemu-system-x86_64:qemu-system-x86 busybox:busybox-static mke2fs:e2fsprogs xz:xz-utils runc:runc; do
    command -v "${pair%%:*}" >/dev/null || [ -x "/usr/sbin/${pair%%:*}" ] || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 || {
    echo "SKIP: cannot install ${missing[*]}; run this as root where packages can be had" >&2
    exit 77
  }
}

# Unpacks Debian's kernel of a series and prints the directory.
kernel_of() {
  local series=$1 meta=linux-image-cloud-amd64 package
  [ "$series" = 6.1 ] || meta=linux-image-$series-cloud-amd64
  package=$(apt-cache depends "$meta" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
  if [ -z "$package" ]; then
    echo "SKIP: no package of kernel $series among this system's" >&2
    exit 77
  fi
  local unpacked=$cache/$package
  if [ ! -e "$unpacked/done" ]; then
    mkdir -p "$unpacked/deb"
    (cd "$unpacked/deb" && apt-get download -q "$package" >/dev/null 2>&1) || {
      echo "SKIP: cannot download $package" >&2
      exit 77
    }
    dpkg-deb -x "$unpacked"/deb/*.deb "$unpacked"
    rm -r "$unpacked/deb"
    touch "$unpacked/done"
  fi
  echo "$unpacked"
}

# Copies programs with the libraries that they name, to the same paths.
put_programs() {
  local root=$1 file
  shift
  for file in "$@" $(ldd "$@" 2>/dev/null | grep -o '/[^ :]*' | sort -u); do
    [ -e "$file" ] || continue
    mkdir -p "$root$(dirname "$file")"
    cp -L "$file" "$root$file"
  done
}

# Makes the disk of the machines.
build_disk() {
  local root=$1 disk=$2
  mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,tests,etc,proc,sys,dev,tmp,run,results,var/lib}
  chmod 1777 "$root/tmp"
  put_programs "$root" "$(realpath /bin/cat)" "$(realpath /bin/true)" "$(realpath /usr/bin/head)" \
    "$(realpath /bin/sh)" "$(realpath /usr/bin/env)" "$(command -v runc || echo /usr/sbin/runc)" "$tests"
  local program
  for program in cat true sh head env; do # where the tests look for them
    [ -e "$root/bin/$program" ] || ln -s "$(realpath "/bin/$program")" "$root/bin/$program"
  done
  cp "$tests" "$root/tests/bpf_tests"
  local compat
  compat=$(dirname "$tests")/tests/bpf/calls32
  if [ -e "$compat" ]; then
    mkdir -p "$root$(dirname "$(realpath "$compat")")"
    cp "$compat" "$root$(realpath "$compat")"
  fi
  cp "$(command -v busybox)" "$root/bin/busybox"
  cp tests/kernels/init "$root/init"
  chmod 755 "$root/init"
  printf 'root:x:0:0:root:/:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\n' >"$root/etc/group"
  mke2fs -q -F -t ext4 -O ^has_journal -E root_owner=0:0 -d "$root" "$disk" 1G
}

# Copies the one module that the tests want, if the kernel has it as a module.
put_modules() {
  local root=$1 kernel=$2 module to
  module=$(find "$kernel/lib/modules" -name 'overlay.ko*' | head -1)
  [ -n "$module" ] || return 0
  to="$root/modules/$(basename "$(ls -d "$kernel"/lib/modules/*)")"
  mkdir -p "$to"
  case $module in
    *.xz) xz -dc "$module" >"$to/overlay.ko" ;;
    *) cp "$module" "$to/overlay.ko" ;;
  esac
}

# Boots one kernel and leaves its results in a directory. KVM is not used: it hangs where machines are nested.
run_machine() {
  local kernel=$1 disk=$2 out=$3 list
  list=$(IFS=,; echo "${backends[*]}")
  mkdir -p "$out/results"
  timeout -k 10 "$limit" qemu-system-x86_64 -accel tcg,thread=single -cpu max,la57=off -machine q35 -smp 2 -m 3072 \
    -nodefaults -no-user-config -display none -monitor none -no-reboot \
    -serial "file:$out/console" -serial "file:$out/results.tar" \
    -kernel "$(ls "$kernel"/boot/vmlinuz-*)" \
    -drive if=none,id=root,file="$disk",format=raw,snapshot=on -device nvme,drive=root,serial=root \
    -append "console=ttyS0 root=/dev/nvme0n1 rootfstype=ext4 rw init=/init panic=-1 oops=panic no_timer_check quiet loglevel=4 lsm=landlock,lockdown,yama,bpf winnow.backends=$list winnow.filter=$filter" \
    </dev/null >"$out/qemu" 2>&1 || true
  tar -C "$out/results" -xf "$out/results.tar" 2>/dev/null || true
}

install_tools
if [ "$tests" = build/release/bpf_tests ] && [ ! -e "$tests" ]; then
  cmake --preset release >/dev/null
  cmake --build build/release --target bpf_tests
fi
tests=$(realpath "$tests")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
machines=() results=() unpacked=()
for series in "${kernels[@]}"; do
  unpacked+=("$(kernel_of "$series")")
  put_modules "$work/root" "${unpacked[-1]}"
done
build_disk "$work/root" "$work/disk"
for i in "${!kernels[@]}"; do
  series=${kernels[$i]}
  run_machine "${unpacked[$i]}" "$work/disk" "$work/$series" &
  machines+=($!)
  results+=("$work/$series/results")
done
wait "${machines[@]}"
for series in "${kernels[@]}"; do
  [ -e "$work/$series/results/kernel" ] && continue
  echo "FAILED: the machine with kernel $series gave no results; the end of its console:"
  tail -30 "$work/$series/console" 2>/dev/null || cat "$work/$series/qemu"
  exit 1
done
python3 tests/kernels/report.py "${results[@]}"
