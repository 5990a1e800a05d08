/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts an event together, and stores it: in the ring, or in the overflow map if the ring is full. */
#ifndef WINNOW_STORE_H
#define WINNOW_STORE_H

#include "targets.h"

/* A struct path, and the inode and device that it leads to. The pointers are numbers: a pointer that passed through a
 * map has no type any more. */
struct where {
    u64 mnt, dentry, ino;
    u64 dev;
};

/* Bytes of the components that a walk appended, as in a struct wn_place. */
struct walked {
    u16 within, above, below;
};

struct scratch {
    u64 args[8];
    u64 born;
    struct where base, file, exe, root;
    u32 name_max; /* bytes that a name may take, with its NUL */
    u32 at;       /* how many of BYTES are in use */
    u32 busy;
    struct walked walked;      /* by the last append_path() */
    bool in_root;              /* RESOLVE_IN_ROOT of openat2(2): even "/" starts at the base */
    bool own_exe;              /* exe is the current task's */
    struct wn_request request; /* a parked event begins here; no gap may follow */
    struct wn_event event;     /* a stored event begins here; no gap may follow */
    u8 bytes[WN_BYTES_MAX];
    u8 tail[WN_CHUNK]; /* the last chunk may end behind BYTES */
};

/* How many programs can run at once on one processor: one may be interrupted by another, and, if the kernel can be
 * preempted, by the same one for another task. */
enum { SCRATCHES = 8 };
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SCRATCHES);
    __type(key, u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *scratch_at(u32 slot) { return bpf_map_lookup_elem(&scratches, &slot); }

/* Takes a free scratch of this processor and sets SLOT to its index. It belongs to the caller until put_scratch().
 * NULL: none is free, which is counted. */
static __always_inline struct scratch *take_scratch(u64 target, u32 *slot)
{
    for (*slot = 0; *slot < SCRATCHES; (*slot)++) {
        struct scratch *s = scratch_at(*slot);
        if (s && !__sync_lock_test_and_set(&s->busy, 1))
            return s;
    }
    lose(target, WN_LOST_BUSY);
    return NULL;
}

static __always_inline void put_scratch(struct scratch *s) { s->busy = 0; }

static __always_inline struct mount *mount_of(u64 vfsmount)
{
    return (struct mount *)(vfsmount - bpf_core_field_offset(struct mount, mnt));
}

/* For a PATH whose type the verifier knows. */
static __always_inline void set_where(struct where *where, const struct path *path)
{
    const struct dentry *dentry = path->dentry;
    if (!dentry)
        return;
    const struct inode *inode = dentry->d_inode;
    where->mnt = (u64)path->mnt;
    where->dentry = (u64)dentry;
    where->ino = inode ? inode->i_ino : 0;
    where->dev = dentry->d_sb->s_dev;
}

static __always_inline void set_cwd(struct where *where)
{
    const struct fs_struct *fs = current_task()->fs;
    if (fs) /* none at the end of the task */
        set_where(where, &fs->pwd);
}

static __always_inline void set_root(struct where *where)
{
    const struct fs_struct *fs = current_task()->fs;
    if (fs)
        set_where(where, &fs->root);
}

/* For a PATH whose type the verifier does not know. */
static __always_inline void set_untyped(struct where *where, struct path *path, const bool typed)
{
    struct dentry *dentry = READ(typed, path, dentry);
    struct inode *inode = READ(typed, dentry, d_inode);
    struct super_block *filesystem = READ(typed, dentry, d_sb);
    where->mnt = (u64)READ(typed, path, mnt);
    where->dentry = (u64)dentry;
    where->ino = READ(typed, inode, i_ino);
    where->dev = READ(typed, filesystem, s_dev);
}

static __always_inline void set_file(struct where *where, u32 fd, const bool typed)
{
    const struct files_struct *files = current_task()->files;
    const struct fdtable *table = files ? files->fdt : NULL;
    if (!table || fd >= table->max_fds)
        return;
    struct file *file = NULL; /* an element of an array has no type */
    bpf_probe_read_kernel(&file, sizeof(file), table->fd + fd);
    if (file)
        set_untyped(where, &file->f_path, typed);
}

/* Notes the current task's root directory, mount namespace and process, and the time. */
static __always_inline void stamp(struct scratch *s)
{
    const struct nsproxy *namespaces = current_task()->nsproxy; /* none at the end of the task */
    __builtin_memset(&s->root, 0, sizeof(s->root));
    set_root(&s->root);
    s->event.time_ns = bpf_ktime_get_ns();
    s->event.root_ino = s->root.ino;
    s->event.root_dev = s->root.dev;
    s->event.mnt_ns = mount_namespace_of(current_task());
    if (namespaces && bpf_core_field_exists(struct mnt_namespace, event))
        s->event.mounts = namespaces->mnt_ns->event;
    s->event.process = bpf_get_current_pid_tgid() >> 32;
}

/*
 * Whether COUNT chunks of the target may be put into the overflow map. Each target may hold as much of the map as is
 * free: a single noisy target gets half of it; several leave as much free as each of them holds, so that a quiet one
 * always finds room.
 */
static __always_inline bool has_room(u64 target, const struct wn_account *account, u32 count)
{
    u64 held = account->chunks;
    const u64 *out = bpf_map_lookup_elem(&taken, &target);
    if (out)
        held -= *out;
    u64 all = shared.chunks - shared.taken + count;
    return all <= overflow_max && held + count <= overflow_max - all + count;
}

/* The most chunks of an event, with the struct wn_request that may stand before it. */
enum { CHUNKS_MAX = (sizeof(struct wn_request) + sizeof(struct wn_event) + WN_BYTES_MAX) / WN_CHUNK + 1 };

/* Puts COUNT chunks into a map; all or none. The first chunk is put last: with it the event is complete. */
static __always_inline bool put_chunks(void *map, u64 sequence, const u8 *bytes, u32 count)
{
    struct wn_chunk_key key = {.sequence = sequence};
    bool stored = true;
    for (u32 i = 1; i < CHUNKS_MAX; i++) {
        if (i >= count || !stored)
            break;
        key.index = i;
        stored = !bpf_map_update_elem(map, &key, bytes + i * WN_CHUNK, BPF_ANY);
    }
    key.index = 0;
    if (stored && !bpf_map_update_elem(map, &key, bytes, BPF_ANY))
        return true;
    for (u32 i = 1; i < CHUNKS_MAX; i++) {
        if (i >= count)
            break;
        key.index = i;
        bpf_map_delete_elem(map, &key);
    }
    return false;
}

static __always_inline bool overflows(struct scratch *s, u32 size)
{
    u64 target = s->event.target;
    struct wn_account *account = bpf_map_lookup_elem(&accounts, &target);
    u32 count = (size + WN_CHUNK - 1) / WN_CHUNK;
    if (!account || !has_room(target, account, count))
        return false;
    if (!put_chunks(&overflow, __sync_fetch_and_add(&shared.sequence, 1), (u8 *)&s->event, count))
        return false;
    __sync_fetch_and_add(&shared.chunks, count);
    __sync_fetch_and_add(&account->chunks, count);
    __sync_fetch_and_add(&account->recovered, 1);
    return true;
}

/* Stores the event in the scratch; if there is no room, it is counted as lost. A global function, so that the verifier
 * checks it only once, for any content. */
__noinline int store(u32 slot)
{
    struct scratch *s = scratch_at(slot);
    u32 size = s ? s->at : 0;
    if (!s ||
        size > WN_BYTES_MAX) /* never true: a part is appended only if it fits; but the verifier has to see this */
        return false;
    size = (sizeof(struct wn_event) + size + 7) & ~7u;
    if (!bpf_ringbuf_output(&ring, &s->event, size, 0) || overflows(s, size))
        return true;
    lose(s->event.target, WN_LOST_FULL);
    return false;
}

#endif
