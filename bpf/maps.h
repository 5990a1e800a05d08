/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, and how kernel memory is read. */
#ifndef WINNOW_MAPS_H
#define WINNOW_MAPS_H

#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "events.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, WN_TARGETS_MAX);
    __type(key, u64);
    __type(value, struct wn_target);
} targets SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, WN_TARGETS_MAX + 1);
    __type(key, u64);
    __type(value, struct wn_account);
} accounts SEC(".maps");

/* Sightings that were sent. LRU: of a workload with endless names, the oldest are forgotten, and new ones are seen. */
struct seen_key {
    u64 name; /* hash of target, kind, who, program, base directory and name */
    u64 file; /* of inode and device */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1 << 18);
    __type(key, struct seen_key);
    __type(value, u32);
} seen SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 8 << 20);
} ring SEC(".maps");

/* Events that came when the ring was full, in chunks. Its memory is taken when it is needed, and given back. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1 << 18);
    __type(key, struct wn_chunk_key);
    __type(value, struct wn_chunk);
} overflow SEC(".maps");

/* How many chunks of each target the recorder ever took out of the overflow map. Only the recorder writes it. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, WN_TARGETS_MAX + 1);
    __type(key, u64);
    __type(value, u64);
} taken SEC(".maps");

/* The visits: processes that came into a container from outside. Other processes have no element. */
struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(
        value,
        u64); /* WN_ENTERING | mount namespace of the runtime << 32, then the hash of the first program's arguments */
} entered SEC(".maps");

/* Directories that a process has searched for modules, by the names that it used for them. */
struct search {
    u64 name;    /* its hash, by hash_of_named() */
    u64 process; /* hash of when it started and how often it has executed a program */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1 << 13);
    __type(key, struct search);
    __type(value, u64);
} searches SEC(".maps");

/* What each thread looked at last, to recognise why it reads a directory. */
struct looks {
    struct search last;
    u64 searching; /* identity of the directory that was opened last, if that was to look for modules; else 0 */
    u64 times;     /* how often in a row it looked at LAST */
};
struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct looks);
} looked SEC(".maps");

struct wn_shared shared;

/* Set before loading. Their types are ones that the skeleton knows, too. */
const volatile unsigned int overflow_max = 1 << 18; /* elements of the map */
const volatile unsigned int hierarchy;              /* hierarchy_id of the watched cgroups; 0: version 2 */
const volatile unsigned int controller;             /* of a version 1 hierarchy: index into css_set.subsys */

/* If the verifier knows the type of a pointer, members are read by loads; else each member costs a call of a helper. */
static __always_inline struct task_struct *current_task(void) { return bpf_get_current_task_btf(); }

/* Gives a pointer a type, since 6.2. Earlier kernels refuse a program that contains it, even if it is never reached: so
 * each program that may use it exists twice, and TYPED is a constant in both. */
extern void *bpf_rdonly_cast(const void *pointer, u32 type) __ksym __weak;
#define READ(typed, pointer, member)                                                                                   \
    ({                                                                                                                 \
        typeof((pointer)->member) value;                                                                               \
        if (typed)                                                                                                     \
            value = ((typeof(pointer))bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(typeof(*(pointer)))))->member;  \
        else                                                                                                           \
            bpf_core_read(&value, sizeof(value), &(pointer)->member);                                                  \
        value;                                                                                                         \
    })

static __always_inline void lose(u64 target, enum wn_loss cause)
{
    struct wn_account *account = bpf_map_lookup_elem(&accounts, &target);
    if (account)
        __sync_fetch_and_add(&account->lost[cause], 1);
}

#endif
