/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a sighting to an event: the maps, the walk from a file to the root, and the filter that lets each sighting
 * through once. A program begins a sighting in its scratch, sets name, base, file and exe there, and tells it.
 */
#ifndef WINNOW_TELL_H
#define WINNOW_TELL_H

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
    __type(value, struct wn_losses);
} losses SEC(".maps");

/* First sightings; LRU, so that a workload with endless names forgets its oldest and never goes unseen. */
struct seen_key {
    u64 name; /* hash of target, kind, base directory and name */
    u64 file; /* inode and device */
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

/* struct path as numbers: pointers that passed through a map have no type any more. */
struct where {
    u64 mnt, dentry;
};

/* Where an event is put together. Each program has its own, since one may interrupt another where tracepoints can be
 * preempted. */
enum { SLOT_SYSCALL, SLOT_EXEC, SLOT_CGROUP, SLOTS };
struct scratch {
    u64 args[8];
    u64 born;
    struct where base, file, exe;
    u32 at; /* bytes in use */
    u32 in_root;
    struct wn_event event;
    u8 bytes[WN_BYTES_MAX]; /* follows the event without a gap: both are sent as one */
};
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SLOTS);
    __type(key, u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *scratch_of(u32 slot) { return bpf_map_lookup_elem(&scratches, &slot); }

static __always_inline void lose(u64 target, enum wn_loss cause)
{
    struct wn_losses *lost = bpf_map_lookup_elem(&losses, &target);
    if (lost)
        __sync_fetch_and_add(&lost->count[cause], 1);
}

static __always_inline struct wn_target *current_target(void)
{
    u64 cgroup = bpf_get_current_cgroup_id();
    return bpf_map_lookup_elem(&targets, &cgroup);
}

static __always_inline struct task_struct *current_task(void) { return (struct task_struct *)bpf_get_current_task(); }

static __always_inline struct mount *mount_of(u64 vfsmount)
{
    return (struct mount *)(vfsmount - bpf_core_field_offset(struct mount, mnt));
}

/* Appends the components from the dentry up to the root of the mount namespace. Gives 1 when it is in no directory tree
 * (a pipe), -1 when the way is too long. Global, so that the verifier walks the loop once, not once for each caller. */
__noinline int append_path(u32 slot, u64 vfsmount, u64 leaf)
{
    struct scratch *s = scratch_of(slot);
    if (!s || !vfsmount || !leaf)
        return 1;
    struct mount *mount = mount_of(vfsmount);
    struct dentry *dentry = (struct dentry *)leaf;
    struct dentry *root = BPF_CORE_READ(mount, mnt.mnt_root);
    u32 at = s->at;
    for (int i = 0; i < WN_DEPTH_MAX; i++) {
        if (dentry == root) {
            struct mount *up = BPF_CORE_READ(mount, mnt_parent);
            if (up == mount) {
                s->at = at;
                return 0;
            }
            dentry = BPF_CORE_READ(mount, mnt_mountpoint);
            mount = up;
            root = BPF_CORE_READ(mount, mnt.mnt_root);
            continue;
        }
        if (at > WN_BYTES_MAX - WN_COMPONENT_MAX)
            return -1;
        long size = bpf_probe_read_kernel_str(&s->bytes[at], WN_COMPONENT_MAX, BPF_CORE_READ(dentry, d_name.name));
        if (size <= 1)
            return size < 0 ? -1 : 1;
        at += size;
        struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
        if (parent == dentry) { /* of a mount that nobody can walk to: a memfd, say */
            s->at = at;
            return 0;
        }
        dentry = parent;
    }
    return -1;
}

/* Gives the length of the part that was appended, and sets its flag when there is one. */
static __always_inline u16 append_part(struct scratch *s, u32 slot, struct where *where, u16 flag)
{
    u32 before = s->at;
    int failed = append_path(slot, where->mnt, where->dentry);
    if (failed < 0)
        lose(s->event.target, WN_LOST_TRUNCATED);
    else if (!failed)
        s->event.flags |= flag;
    return s->at - before;
}

/* Sends what the scratch holds; what does not fit is counted. */
static __always_inline bool send(struct scratch *s)
{
    u32 size = s->at;
    if (size > WN_BYTES_MAX - 8)
        return false;
    size = (sizeof(struct wn_event) + size + 7) & ~7u;
    if (!bpf_ringbuf_output(&ring, &s->event, size, 0))
        return true;
    lose(s->event.target, WN_LOST_RING_FULL);
    return false;
}

/* Where the current task's "/" is, and when. */
static __always_inline void stamp(struct scratch *s)
{
    struct task_struct *task = current_task();
    struct dentry *root = BPF_CORE_READ(task, fs, root.dentry);
    s->event.time_ns = bpf_ktime_get_ns();
    s->event.root_ino = BPF_CORE_READ(root, d_inode, i_ino);
    s->event.root_dev = BPF_CORE_READ(root, d_sb, s_dev);
    s->event.mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
}

/* Forgets what the current task cannot walk to: pipes, and what a runtime that entered the container's mount namespace
 * still holds of the host's, its own executable among it. */
static __always_inline void forget_outside(struct where *where)
{
    struct mount *mount = mount_of(where->mnt);
    if (where->mnt && BPF_CORE_READ(mount, mnt_ns) != BPF_CORE_READ(current_task(), nsproxy, mnt_ns))
        __builtin_memset(where, 0, sizeof(*where));
}

static __always_inline u64 mixed(u64 hash, u64 word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull; /* 2^64 / golden ratio */
    return hash ^ (hash >> 29);
}

static __always_inline u64 identity(u64 hash, const struct where *where)
{
    struct dentry *dentry = (struct dentry *)where->dentry;
    if (!dentry)
        return hash;
    return mixed(mixed(hash, BPF_CORE_READ(dentry, d_inode, i_ino)), BPF_CORE_READ(dentry, d_sb, s_dev));
}

static __always_inline u64 hash_of_name(struct scratch *s, u64 hash)
{
    u32 size = s->event.name_len;
    if (size >= WN_NAME_MAX)
        return hash;
    __builtin_memset(&s->bytes[size], 0, 8); /* the last word may end behind the name */
    for (u32 i = 0; i < WN_NAME_MAX / 8; i++) {
        if (i * 8 >= size)
            break;
        hash = mixed(hash, *(u64 *)&s->bytes[i * 8]);
    }
    return hash;
}

/* Sends the sighting in the scratch unless it is known. A key counts as seen only once the event is in the ring. */
__noinline int tell(u32 slot)
{
    struct scratch *s = scratch_of(slot);
    if (!s)
        return 0;
    forget_outside(&s->file);
    struct seen_key key = {};
    key.name = mixed(mixed(mixed(identity(0, &s->base), s->event.target), s->born), s->event.kind);
    key.name = hash_of_name(s, key.name);
    key.file = identity(0, &s->file);
    if (bpf_map_lookup_elem(&seen, &key))
        return 0;

    s->at = s->event.name_len;
    stamp(s);
    s->event.base_len = append_part(s, slot, &s->base, WN_HAS_BASE);
    struct dentry *found = (struct dentry *)s->file.dentry;
    s->event.file_dev = found ? BPF_CORE_READ(found, d_sb, s_dev) : 0;
    s->event.file_len = append_part(s, slot, &s->file, WN_HAS_FILE);
    forget_outside(&s->exe);
    s->event.exe_len = append_part(s, slot, &s->exe, WN_HAS_EXE);
    if (send(s)) {
        u32 yes = 1;
        bpf_map_update_elem(&seen, &key, &yes, BPF_ANY);
    }
    return 0;
}

static __always_inline void begin(struct scratch *s, const struct wn_target *target, u16 kind)
{
    __builtin_memset(&s->event, 0, sizeof(s->event));
    __builtin_memset(&s->base, 0, 3 * sizeof(struct where));
    s->event.target = target->id;
    s->event.kind = kind;
    s->born = target->born;
    s->at = 0;
    s->in_root = 0;
}

static __always_inline void set_exe(struct scratch *s, struct task_struct *task)
{
    struct file *exe = BPF_CORE_READ(task, mm, exe_file);
    bpf_core_read(&s->exe, sizeof(s->exe), &exe->f_path);
}

static __always_inline void set_cwd(struct where *where)
{
    struct fs_struct *fs = BPF_CORE_READ(current_task(), fs);
    bpf_core_read(where, sizeof(*where), &fs->pwd);
}

static __always_inline void set_root(struct where *where)
{
    struct fs_struct *fs = BPF_CORE_READ(current_task(), fs);
    bpf_core_read(where, sizeof(*where), &fs->root);
}

static __always_inline void set_file(struct where *where, u32 fd)
{
    struct fdtable *table = BPF_CORE_READ(current_task(), files, fdt);
    if (fd >= BPF_CORE_READ(table, max_fds))
        return;
    struct file *file = NULL;
    bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + fd);
    if (file)
        bpf_core_read(where, sizeof(*where), &file->f_path);
}

#endif
