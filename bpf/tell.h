/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes an event of a sighting: walks from files to the root, and sends each sighting only once. A program takes a
 * scratch, calls begin() for a sighting, sets name, base, file and exe in the scratch, and calls tell().
 */
#ifndef WINNOW_TELL_H
#define WINNOW_TELL_H

#include "store.h"
#include "targets.h"

/* Calls STEP with 0, 1, ... until it does not return 0, at most COUNT times. If the kernel has bpf_loop(), the verifier
 * checks STEP only once. */
#define REPEAT(count, step, context)                                                                                   \
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {                                                 \
        bpf_loop(count, step, context, 0);                                                                             \
    } else {                                                                                                           \
        for (u32 turn = 0; turn < (count); turn++)                                                                     \
            if (step(turn, context))                                                                                   \
                break;                                                                                                 \
    }

/* The state of a walk: from a file to the root of its mount, from there to the root of the namespace, and then from the
 * root of the file's mount to the root of its file system. */
struct walk {
    struct scratch *s;
    u64 mount, dentry;
    u64 root;  /* the root dentry of MOUNT; 0: the walk goes to the root of the file system now */
    u64 first; /* the root dentry of the file's mount, once it was passed */
    u32 at;
    u32 within, above; /* where these lists of components end (struct wn_place) */
    enum { ON_THE_WAY, ARRIVED, NOWHERE } state;
};

static __always_inline long arrive(struct walk *w, int state)
{
    w->state = state;
    return 1;
}

/* Goes on to the mount above; from the topmost mount, to the part of the file system that the file's mount does not
 * show. */
static __always_inline long leave_mount(struct walk *w, struct mount *mount)
{
    if (!w->first) {
        w->first = w->root;
        w->within = w->at;
    }
    struct mount *up = BPF_CORE_READ(mount, mnt_parent);
    if (up == mount) {
        w->above = w->at;
        w->dentry = w->first;
        w->root = 0;
        return 0;
    }
    w->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
    w->mount = (u64)up;
    w->root = (u64)BPF_CORE_READ(up, mnt.mnt_root);
    return 0;
}

/* Appends one component, or leaves a mount. */
static long step_up(u32 turn, void *context)
{
    struct walk *w = context;
    struct dentry *dentry = (struct dentry *)w->dentry;
    if (w->dentry == w->root)
        return leave_mount(w, (struct mount *)w->mount);
    struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
    if (!w->root && parent == dentry)
        return arrive(w, ARRIVED);
    u32 at = w->at;
    if (at > WN_BYTES_MAX - WN_COMPONENT_MAX)
        return 1;
    long size = bpf_probe_read_kernel_str(&w->s->bytes[at], WN_COMPONENT_MAX, BPF_CORE_READ(dentry, d_name.name));
    if (size <= 1)
        return size < 0 ? 1 : arrive(w, NOWHERE);
    w->at = at + size;
    w->dentry = (u64)parent;
    if (parent != dentry)
        return 0;
    w->above = w->at; /* the file is on a mount that no path leads to, such as that of a memfd */
    if (!w->first)
        w->within = w->at;
    return arrive(w, ARRIVED);
}

/* Appends the components from the dentry up to the root of the mount namespace, and those that its mount does not show.
 * Returns 1 if it is in no directory tree (a pipe), -1 if the path is too long. A global function, so that the verifier
 * checks the loop only once, not once for each caller. */
__noinline int append_path(u32 slot, u64 vfsmount, u64 leaf)
{
    struct scratch *s = scratch_at(slot);
    if (!s || !leaf)
        return 1;
    struct walk walk = {.s = s, .dentry = leaf, .at = s->at, .within = s->at, .above = s->at};
    if (vfsmount) {
        struct mount *mount = mount_of(vfsmount);
        walk.mount = (u64)mount;
        walk.root = (u64)BPF_CORE_READ(mount, mnt.mnt_root);
    }
    REPEAT(WN_DEPTH_MAX, step_up, &walk);
    if (walk.state != ARRIVED)
        return walk.state == NOWHERE ? 1 : -1;
    s->walked = (struct walked){
        .within = walk.within - s->at, .above = walk.above - walk.within, .below = walk.at - walk.above};
    s->at = walk.at;
    return 0;
}

/* Whether no path leads there in the current task's mount namespace: to a pipe, or to files of the host that a runtime
 * still holds in the container's mount namespace, such as its executable. */
static __always_inline bool is_stray(const struct where *where)
{
    struct mount *mount = mount_of(where->mnt);
    const struct nsproxy *mine = current_task()->nsproxy;
    return where->mnt && mine && BPF_CORE_READ(mount, mnt_ns) != mine->mnt_ns;
}

/* Appends a part and sets its flags, if there is such a part. */
static __always_inline void append_part(struct scratch *s, u32 slot, struct where *where, struct wn_place *place,
                                        u16 has, u16 stray)
{
    if (!where->mnt)
        return;
    int failed = append_path(slot, where->mnt, where->dentry);
    if (failed < 0)
        lose(s->event.target, WN_LOST_TRUNCATED);
    if (failed)
        return;
    place->dev = where->dev;
    place->within = s->walked.within;
    place->below = s->walked.below;
    place->above = s->walked.above;
    s->event.flags |= has | (is_stray(where) ? stray : 0);
}

/* Appends the components from the task's root directory up to that of its file system. */
static __always_inline void append_root(struct scratch *s, u32 slot)
{
    u32 before = s->at;
    if (append_path(slot, 0, s->root.dentry) < 0)
        lose(s->event.target, WN_LOST_TRUNCATED);
    s->event.root_len = s->at - before;
}

/* Appends argv[0] of the current task, from its memory. Returns its length; 0: it cannot be read, as from swap. */
static __always_inline u16 append_argv0(struct scratch *s)
{
    u32 at = s->at;
    if (!s->own_exe || at > WN_BYTES_MAX - WN_COMPONENT_MAX)
        return 0;
    const struct mm_struct *memory = current_task()->mm;
    if (!memory)
        return 0;
    long size = bpf_probe_read_user_str(&s->bytes[at], WN_COMPONENT_MAX, (void *)memory->arg_start);
    if (size <= 1 || size > WN_COMPONENT_MAX)
        return 0;
    s->at = at + size - 1;
    return size - 1;
}

static __always_inline u64 mixed(u64 hash, u64 word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull; /* 2^64 / golden ratio */
    return hash ^ (hash >> 29);
}

static __always_inline u64 identity(u64 hash, const struct where *where)
{
    return where->dentry ? mixed(mixed(hash, where->ino), where->dev) : hash;
}

enum { SHORT_NAME = 64 };
struct hashing {
    struct scratch *s;
    u64 hash;
};

static long hash_word(u32 turn, void *context)
{
    struct hashing *h = context;
    u32 at = SHORT_NAME + turn * 8;
    if (at >= h->s->event.name_len || at >= WN_NAME_MAX)
        return 1;
    h->hash = mixed(h->hash, *(u64 *)&h->s->bytes[at]);
    return 0;
}

static __always_inline u64 hash_of_name(struct scratch *s, u64 hash)
{
    u32 size = s->event.name_len;
    if (size >= WN_NAME_MAX)
        return hash;
    __builtin_memset(&s->bytes[size], 0, 8);     /* the last word may end behind the name */
    for (u32 at = 0; at < SHORT_NAME; at += 8) { /* most names end here */
        if (at >= size)
            return hash;
        hash = mixed(hash, *(u64 *)&s->bytes[at]);
    }
    struct hashing hashing = {.s = s, .hash = hash};
    REPEAT((WN_NAME_MAX - SHORT_NAME) / 8, hash_word, &hashing);
    return hashing.hash;
}

/* Whether the process searches the directory that it looked at last for the first time by this name. */
static __always_inline bool is_first_search(struct looks *looks)
{
    const struct task_struct *task = current_task();
    looks->last.process = mixed(task->self_exec_id, task->group_leader->start_time);
    /* An int: before Linux 6.4, the upper half of what a map's function returns is not set. */
    return (int)bpf_map_update_elem(&searches, &looks->last, &looks->times, BPF_NOEXIST) != -EEXIST;
}

/*
 * Python's import system looks at a directory three times before it lists it to find modules: is it an archive
 * (zipimport), is it a directory (path_hook_for_FileFinder), when was it changed (FileFinder.find_spec). CPython 3.6 to
 * 3.13 list each directory of sys.path, and of a package's __path__, once per interpreter in this way, whatever program
 * the interpreter is part of. The searches of a second interpreter in a process count as listings by the program. A
 * program that lists a directory itself usually looks at it once or not at all. If it looks three times, it is
 * recognised by what else it does there, or by the second listing, if Python has searched there already. If the program
 * opens something else in between, that has another name, and counting begins anew.
 */
static __always_inline void note_look(struct scratch *s, u64 name)
{
    enum { IMPORT_LOOKS = 3 };
    u16 kind = s->event.kind;
    if (kind != WN_STAT && kind != WN_OPEN && kind != WN_LIST)
        return;
    struct looks *looks =
        bpf_task_storage_get(&looked, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!looks)
        return;
    if (kind == WN_LIST) {
        if (looks->searching && looks->searching == identity(0, &s->file))
            s->event.kind = WN_SEARCH;
        return;
    }
    bool again = looks->last.name == name;
    if (kind == WN_OPEN)
        looks->searching = again && looks->times == IMPORT_LOOKS && is_first_search(looks) ? identity(0, &s->file) : 0;
    looks->times = kind == WN_OPEN ? 0 : again ? looks->times + 1 : 1;
    looks->last.name = name;
}

/* Returns the hash of all that tells sightings apart, without kind and file. NAME is the hash of the name and of the
 * directory that it is relative to. */
static __always_inline u64 hash_of_sighting(const struct scratch *s, u64 name)
{
    u64 hash = mixed(mixed(name, s->event.target), s->born);
    return mixed(identity(hash, &s->exe), s->event.visit);
}

static __always_inline u64 hash_of_named(struct scratch *s) { return hash_of_name(s, identity(0, &s->base)); }

static __always_inline struct seen_key key_of(const struct scratch *s, u64 sighting)
{
    return (struct seen_key){.name = mixed(sighting, s->event.kind), .file = identity(0, &s->file)};
}

/* Appends all parts but the file that was found. */
static __always_inline void lay_out(struct scratch *s, u32 slot)
{
    s->at = s->event.name_len;
    stamp(s);
    append_part(s, slot, &s->base, &s->event.base, WN_HAS_BASE, WN_STRAY_BASE);
    append_part(s, slot, &s->exe, &s->event.exe, WN_HAS_EXE, WN_STRAY_EXE);
    append_root(s, slot);
    s->event.argv0_len = append_argv0(s);
}

/* Appends the file that was found, and sends the event. */
static __always_inline void send(struct scratch *s, u32 slot, const struct seen_key *key)
{
    append_part(s, slot, &s->file, &s->event.file, WN_HAS_FILE, WN_STRAY_FILE);
    if (store(slot)) {
        u32 yes = 1;
        bpf_map_update_elem(&seen, key, &yes, BPF_ANY);
    }
}

/* Sends the sighting in the scratch unless it was sent before. Its key is marked as seen only once its event is stored.
 */
__noinline int tell(u32 slot)
{
    struct scratch *s = scratch_at(slot);
    if (!s)
        return 0;
    u64 name = hash_of_named(s);
    note_look(s, name);
    struct seen_key key = key_of(s, hash_of_sighting(s, name));
    if (bpf_map_lookup_elem(&seen, &key))
        return 0;
    lay_out(s, slot);
    send(s, slot, &key);
    return 0;
}

/* Returns whose process the current task is: WN_WORKLOAD, WN_ENTERING, or the hash of its visit. */
static __always_inline u64 current_visit(const struct wn_target *target)
{
    if (!(target->flags & WN_IS_CONTAINER))
        return WN_WORKLOAD;
    struct task_struct *task = bpf_get_current_task_btf();
    const u64 *visit = bpf_task_storage_get(&entered, task, NULL, 0);
    if (!visit && task->flags & PF_IO_WORKER) /* it was not forked, so on_fork() did not mark it: its process made it */
        visit = bpf_task_storage_get(&entered, task->group_leader, NULL, 0);
    if (!visit)
        return WN_WORKLOAD;
    return (u32)*visit == WN_ENTERING ? WN_ENTERING : *visit;
}

static __always_inline void begin(struct scratch *s, const struct wn_target *target, u16 kind)
{
    __builtin_memset(&s->event, 0, sizeof(s->event));
    __builtin_memset(&s->base, 0, 3 * sizeof(struct where));
    s->event.target = target->id;
    s->event.kind = kind;
    s->event.visit = current_visit(target);
    s->born = target->born;
    s->at = 0;
    s->in_root = 0;
    s->own_exe = 0;
}

static __always_inline void set_exe(struct scratch *s, const struct task_struct *task)
{
    const struct mm_struct *memory = task->mm;
    const struct file *exe = memory ? memory->exe_file : NULL;
    if (exe)
        set_where(&s->exe, &exe->f_path);
}

static __always_inline void set_own_exe(struct scratch *s)
{
    set_exe(s, current_task());
    s->own_exe = true;
}

#endif
