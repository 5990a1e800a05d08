/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Watches the kernel's functions that look names up for system calls. They see the lookups of all calls, 64-bit and
 * 32-bit ones, and those of io_uring, which no call makes.
 */
#ifndef WINNOW_BELOW_H
#define WINNOW_BELOW_H

#include "call.h"

/* Set before loading: calls with no other lookup than one of these functions are not watched themselves. */
const volatile bool below_tells;

/* What a lookup is made for. */
struct around {
    const struct call *call; /* NULL: a call that is not in the table, or no call */
    bool ring;               /* io_uring makes it */
};

/* io_uring works in separate threads, in io_uring_enter(2), and at the end of any call, when completions are run. */
static __always_inline struct around what_goes_on(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
    struct around around = {.ring = (task->flags & PF_IO_WORKER) != 0};
#if defined(__TARGET_ARCH_x86)
    const s64 enosys = -38; /* rax holds this until the call has its result: arch/x86/entry */
    s64 number = 0, ax = 0;
    bpf_core_read(&number, sizeof(number), &regs->orig_ax);
    bpf_core_read(&ax, sizeof(ax), &regs->ax);
    around.ring |= ax != enosys;
    bool compat = task->thread_info.status & TS_COMPAT;
    number = (u32)number & ~X32_BIT;
#else
    s32 number = 0;
    u64 pstate = 0;
    bpf_core_read(&number, sizeof(number), &regs->syscallno);
    bpf_core_read(&pstate, sizeof(pstate), &regs->pstate);
    bool compat = pstate & MODE32_BIT;
#endif
    if (!around.ring && (u64)number < WN_SYSCALLS_MAX)
        around.call = call_of(number, compat);
    if (around.call && around.call->what == CALL_RING_ENTER)
        around.ring = true;
    if (around.ring || (around.call && !around.call->what))
        around.call = NULL;
    return around;
}

static __always_inline bool read_filename(struct scratch *s, struct filename *name)
{
    long size = bpf_probe_read_kernel_str(s->bytes, WN_NAME_MAX, name->name);
    if (size <= 1 || size > WN_NAME_MAX)
        return false;
    s->event.name_len = size - 1;
    return true;
}

struct lookup {
    s32 dirfd;
    bool in_root;
    struct filename *name;
    const struct path *found; /* NULL: nothing was found, or it is not reported */
};

/* Reports a lookup by a task of the target. */
static __always_inline void looked_up(const struct wn_target *target, u16 kind, const struct lookup *lookup)
{
    u32 slot = 0;
    struct scratch *s = kind ? take_scratch(target->id, &slot) : NULL;
    if (!s)
        return;
    begin(s, target, kind);
    if (read_filename(s, lookup->name)) {
        if (s->bytes[0] == '/' && !lookup->in_root)
            set_root(&s->base);
        else if (lookup->dirfd == AT_FDCWD)
            set_cwd(&s->base);
        else
            set_file(&s->base, lookup->dirfd, false);
        if (lookup->found)
            set_where(&s->file, lookup->found);
        set_own_exe(s);
        tell(slot);
    }
    put_scratch(s);
}

/* The recorder looks a name up to see whether the function is really called; a lookup by another task shows it, too. */
static __always_inline void fire(enum wn_hook hook)
{
    if (shared.probing)
        shared.fired[hook] = 1;
}

static __always_inline void opened(s32 dirfd, struct filename *name, const struct open_flags *how, struct file *file)
{
    fire(WN_HOOK_OPEN);
    const struct wn_target *target = current_target();
    if (!target)
        return;
    static const struct call call = OPEN(OPEN_FLAGS, 0, 1, 2);
    const u64 first_error = -4095;                          /* MAX_ERRNO, include/linux/err.h */
    const u32 fmode_exec = 0x20, lookup_in_root = 0x100000; /* __FMODE_EXEC, LOOKUP_IN_ROOT */
    u32 flags = how->open_flag;
    if (flags & fmode_exec || (!below_tells && !what_goes_on().ring))
        return;      /* a program that is executed, or an open that its call reports */
    u64 pointer = 0; /* a copy that is a number for the verifier */
    bpf_probe_read_kernel(&pointer, sizeof(pointer), &file);
    bool failed = pointer >= first_error;
    u16 kind = kind_of(&call, failed ? (s64)pointer : 0, flags);
    struct lookup lookup = {.dirfd = dirfd, .name = name};
    lookup.in_root = (how->lookup_flags & lookup_in_root) != 0;
    if (!failed && kind != WN_DIR)
        lookup.found = &file->f_path;
    looked_up(target, kind, &lookup);
}

SEC("fexit/do_filp_open")
int BPF_PROG(below_do_filp_open, int dirfd, struct filename *name, const struct open_flags *how, struct file *file)
{
    opened(dirfd, name, how, file);
    return 0;
}

/* The name of this function since 7.0. */
SEC("fexit/do_file_open")
int BPF_PROG(below_do_file_open, int dirfd, struct filename *name, const struct open_flags *how, struct file *file)
{
    opened(dirfd, name, how, file);
    return 0;
}

/* Returns what a lookup proves, which depends on the call that it is made for. */
static __always_inline u16 kind_of_lookup(const struct call *call, bool follows, s64 result, const struct path *path)
{
    static const struct call stat = STAT(AT_FLAGS, 0, 1, 2);
    u16 kind = kind_of(&stat, result, follows ? 0 : AT_SYMLINK_NOFOLLOW);
    if (result || !call)
        return kind;
    const u16 type = 0170000, link = 0120000; /* S_IFMT, S_IFLNK */
    if (call->kind == WN_READLINK && (path->dentry->d_inode->i_mode & type) != link)
        return WN_LSTAT;
    return call->kind == WN_STAT ? kind : call->kind;
}

SEC("fexit/filename_lookup")
int BPF_PROG(below_filename_lookup, int dirfd, struct filename *name, unsigned int flags, struct path *path,
             struct path *root, int result)
{
    fire(WN_HOOK_LOOKUP);
    const struct wn_target *target = current_target();
    if (!target)
        return 0;
    const u32 lookup_follow = 1; /* LOOKUP_FOLLOW, include/linux/namei.h */
    struct around around = what_goes_on();
    bool told_by_call = around.call && around.call->name2 >= 0 && around.call->kind2 == WN_DIR; /* link(2), with both */
    if (told_by_call || (!below_tells && !around.ring))
        return 0;
    struct lookup lookup = {.dirfd = dirfd, .name = name};
    bool moves = around.call && (around.call->what == CALL_CHDIR || around.call->what == CALL_CHROOT);
    if (moves && !result)
        lookup.found = path;
    looked_up(target, kind_of_lookup(around.call, flags & lookup_follow, result, path), &lookup);
    return 0;
}

/* Reports what io_uring changes in a directory, if its requests cannot be watched. This is reported before the change
 * is made, and so whether or not it succeeds. For calls, the calls themselves report it. */
static __always_inline void changing(s32 dirfd, struct filename *name, u16 kind)
{
    const struct wn_target *target = current_target();
    struct lookup lookup = {.dirfd = dirfd, .name = name};
    if (target && what_goes_on().ring)
        looked_up(target, kind, &lookup);
}

#define CHANGES(function, ...)                                                                                         \
    SEC("fentry/" #function)                                                                                           \
    int BPF_PROG(changes_##function, __VA_ARGS__)                                                                      \
    {                                                                                                                  \
        changing(dirfd, name, WN_DIR);                                                                                 \
        return 0;                                                                                                      \
    }
CHANGES(do_mkdirat, int dirfd, struct filename *name)
CHANGES(do_unlinkat, int dirfd, struct filename *name)
CHANGES(do_rmdir, int dirfd, struct filename *name)
CHANGES(do_symlinkat, struct filename *to, int dirfd, struct filename *name)
#undef CHANGES

SEC("fentry/do_renameat2")
int BPF_PROG(changes_do_renameat2, int from, struct filename *old, int to, struct filename *new)
{
    changing(from, old, WN_DIR);
    changing(to, new, WN_DIR);
    return 0;
}

SEC("fentry/do_linkat")
int BPF_PROG(changes_do_linkat, int from, struct filename *old, int to, struct filename *new)
{
    changing(to, new, WN_DIR); /* the old name is looked up by filename_lookup() */
    return 0;
}

#endif
