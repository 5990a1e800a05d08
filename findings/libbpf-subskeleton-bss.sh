#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A variable that bpftool's subskeleton names is not the BPF program's own, unless the object was loaded by a whole skeleton.
#
# Versions: Debian 12: libbpf1 and libbpf-dev 1:1.1.2-0+deb12u1, bpftool 7.1.0+6.1.192-3; the clang of the host (19.1.7).
#
# `bpftool gen subskeleton` names the maps, programs and variables of an object that something else opened, so it is the way to
# have a skeleton's names for an object that comes from elsewhere: a file, a download, a compressed copy. Behaviour:
#   - Each name resolves, and constants set before bpf_object__load reach the program.
#   - After bpf_object__load, the pointer to a variable in .bss is still valid, and is a page of the process alone: the program
#     counts in the map and the process reads 0; what the process writes, no program reads. Nothing reports an error.
#   - It is bpf_object__load_skeleton that maps the section's map over that page. Opened and loaded as a whole skeleton, the same
#     object read through the same subskeleton shows what the program counts.
# A value has to be read with bpf_map_lookup_elem, or through a mapping of the map that the process makes itself.
#
# Output:
#   loaded by bpf_object__load:    constant 7, the program's count 3, the subskeleton's 0
#   loaded by the whole skeleton:  constant 7, the program's count 3, the subskeleton's 3
#
# Usage, as root on Debian 12, amd64, with clang (as clang or clang-19): findings/libbpf-subskeleton-bss.sh. The packages are
# unpacked into a temporary directory; the program is attached to nothing, and run by BPF_PROG_TEST_RUN. Status: 0 as above,
# 1 something is different now, 77 the packages, clang or root are not to be had.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }
clang=$(command -v clang-19 || command -v clang) || { echo "SKIP: no clang"; exit 77; }
self=$(realpath "$0")
work=$(mktemp -d /var/tmp/finding-XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work"

(mkdir debs && cd debs && apt-get -o APT::Sandbox::User=root download libbpf1=1:1.1.2-0+deb12u1 libbpf-dev=1:1.1.2-0+deb12u1 \
  "$(apt-cache madison bpftool | awk '$3 ~ /^7\.1\.0\+6\.1\./ { print "bpftool=" $3; exit }')" >../log 2>&1) ||
  { echo "SKIP: no such packages: $(tail -1 log)"; exit 77; }
for deb in debs/*.deb; do dpkg-deb -x "$deb" host; done
libraries=$work/host/usr/lib/x86_64-linux-gnu
bpftool=$work/host/usr/sbin/bpftool

cat >counter.bpf.c <<'C'
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
const volatile int step = 1;
int count;
int steps;
SEC("socket") int counts(struct __sk_buff* packet)
{
    count++;
    steps = step;
    return 0;
}
char LICENSE[] SEC("license") = "GPL";
C
"$clang" -target bpf -g -O2 -Ihost/usr/include -I/usr/include/x86_64-linux-gnu -c counter.bpf.c -o counter.bpf.o
"$bpftool" gen skeleton counter.bpf.o name whole >whole.h
"$bpftool" gen subskeleton counter.bpf.o name part >part.h

cat >main.c <<'C'
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

#include "whole.h"
#include "part.h"

/* As the kernel has them: count, then steps. */
static int run(const char* how, struct bpf_object* object, struct whole* whole)
{
    struct part* part = part__open(object);
    if (!part) return 1;
    *part->rodata.step = 7;
    if (whole ? whole__load(whole) : bpf_object__load(object)) return 1;
    char packet[64] = {0};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet));
    for (int i = 0; i < 3; ++i)
        if (bpf_prog_test_run_opts(bpf_program__fd(part->progs.counts), &options)) return 1;
    int values[2] = {0}, key = 0;
    if (bpf_map_lookup_elem(bpf_map__fd(part->maps.bss), &key, values)) return 1;
    printf("%-30s constant %d, the program's count %d, the subskeleton's %d\n", how, values[1], values[0], *part->bss.count);
    part__destroy(part);
    return 0;
}

int main(void)
{
    size_t size = 0;
    const void* bytes = whole__elf_bytes(&size);
    struct bpf_object* object = bpf_object__open_mem(bytes, size, NULL);
    if (!object || run("loaded by bpf_object__load:", object, NULL)) return 1;
    bpf_object__close(object);
    struct whole* whole = whole__open();
    if (!whole || run("loaded by the whole skeleton:", whole->obj, whole)) return 1;
    whole__destroy(whole);
    return 0;
}
C
"$clang" -Ihost/usr/include -o main main.c -L"$libraries" -Wl,-rpath,"$libraries" -l:libbpf.so.1
./main | tee found
sed -n '/^# Output:/,/^#$/s/^#   //p' "$self" >expected
diff expected found || { echo "different now"; exit 1; }
