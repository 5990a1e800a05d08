/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lookups that no system call of the table makes: those of io_uring. The functions below the calls are shared with
 * them, so each program here leaves alone what a call will tell when it returns.
 */
#ifndef WINNOW_IO_URING_H
#define WINNOW_IO_URING_H

#include "call.h"

/* Whether the current task works for io_uring: as one of its threads, in io_uring_enter(2), or on the way out of any
 * call, where completions are run. */
static __always_inline bool serves_io_uring(void)
{
    const u32 pf_io_worker = 0x10; /* PF_IO_WORKER, include/linux/sched.h */
    const u32 io_uring_enter = 426;
    struct task_struct *task = bpf_get_current_task_btf();
    if (BPF_CORE_READ(task, flags) & pf_io_worker)
        return true;
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
#if defined(__TARGET_ARCH_x86)
    const s64 enosys = -38; /* what rax holds until the call has its result: arch/x86/entry */
    u64 number = 0;
    bpf_core_read(&number, sizeof(number), &regs->orig_ax);
    s64 ax = 0;
    bpf_core_read(&ax, sizeof(ax), &regs->ax);
    return (u32)number == io_uring_enter || ax != enosys;
#else
    s32 number = 0;
    bpf_core_read(&number, sizeof(number), &regs->syscallno);
    return (u32)number == io_uring_enter;
#endif
}

static __always_inline bool read_filename(struct scratch *s, struct filename *name)
{
    long size = bpf_probe_read_kernel_str(s->bytes, WN_NAME_MAX, BPF_CORE_READ(name, name));
    if (size <= 1 || size > WN_NAME_MAX)
        return false;
    s->event.name_len = size - 1;
    return true;
}

/* A lookup of NAME with RESULT, which gave FOUND where that is known. */
static __always_inline void ring_sighted(const struct call *call, s32 dirfd, struct filename *name, u64 flags,
                                         s64 result, const struct path *found)
{
    struct wn_target *target = current_target();
    if (!target || !serves_io_uring())
        return;
    u32 slot = 0;
    struct scratch *s = take_scratch(target->id, &slot);
    if (!s)
        return;
    u16 kind = kind_of(call, result, flags);
    begin(s, target, kind);
    if (kind && read_filename(s, name)) {
        if (s->bytes[0] == '/')
            set_root(&s->base);
        else if (dirfd == AT_FDCWD)
            set_cwd(&s->base);
        else
            set_file(&s->base, dirfd);
        if (found && kind != WN_DIR)
            bpf_core_read(&s->file, sizeof(s->file), found);
        set_exe(s, current_task());
        tell(slot);
    }
    put_scratch(s);
}

static __always_inline void ring_opened(s32 dirfd, struct filename *name, const struct open_flags *how,
                                        struct file *file)
{
    static const struct call call = OPEN(OPEN_FLAGS, 0, 1, 2);
    const u64 first_error = -4095; /* MAX_ERRNO, include/linux/err.h */
    u64 flags = (u32)BPF_CORE_READ(how, open_flag);
    u64 pointer = 0; /* a copy that the verifier takes for a number */
    bpf_probe_read_kernel(&pointer, sizeof(pointer), &file);
    bool failed = pointer >= first_error;
    ring_sighted(&call, dirfd, name, flags, failed ? (s64)pointer : 0, failed ? NULL : &file->f_path);
}

SEC("fexit/do_filp_open")
int BPF_PROG(on_do_filp_open, int dirfd, struct filename *name, const struct open_flags *how, struct file *file)
{
    ring_opened(dirfd, name, how, file);
    return 0;
}

/* Its name since 7.0. */
SEC("fexit/do_file_open")
int BPF_PROG(on_do_file_open, int dirfd, struct filename *name, const struct open_flags *how, struct file *file)
{
    ring_opened(dirfd, name, how, file);
    return 0;
}

SEC("fexit/filename_lookup")
int BPF_PROG(on_filename_lookup, int dirfd, struct filename *name, unsigned int lookup, struct path *path,
             struct path *root, int result)
{
    static const struct call call = STAT(AT_FLAGS, 0, 1, 2);
    const u32 lookup_follow = 1; /* LOOKUP_FOLLOW, include/linux/namei.h */
    ring_sighted(&call, dirfd, name, lookup & lookup_follow ? 0 : AT_SYMLINK_NOFOLLOW, result, NULL);
    return 0;
}

/* What changes a directory is told before it is done: afterwards the name is gone. */
#define CHANGES(function, ...)                                            \
    SEC("fentry/" #function)                                              \
    int BPF_PROG(on_##function, __VA_ARGS__)                              \
    {                                                                     \
        static const struct call call = DIR(0, 1);                        \
        ring_sighted(&call, dirfd, name, 0, 0, NULL);                     \
        return 0;                                                         \
    }
CHANGES(do_mkdirat, int dirfd, struct filename *name)
CHANGES(do_unlinkat, int dirfd, struct filename *name)
CHANGES(do_rmdir, int dirfd, struct filename *name)
CHANGES(do_symlinkat, struct filename *to, int dirfd, struct filename *name)
#undef CHANGES

SEC("fentry/do_renameat2")
int BPF_PROG(on_do_renameat2, int from, struct filename *old, int to, struct filename *new)
{
    static const struct call call = DIR(0, 1);
    ring_sighted(&call, from, old, 0, 0, NULL);
    ring_sighted(&call, to, new, 0, 0, NULL);
    return 0;
}

SEC("fentry/do_linkat")
int BPF_PROG(on_do_linkat, int from, struct filename *old, int to, struct filename *new)
{
    static const struct call from_call = STAT(NOFOLLOW, 0, 1, -1), to_call = DIR(0, 1);
    ring_sighted(&from_call, from, old, 0, 0, NULL);
    ring_sighted(&to_call, to, new, 0, 0, NULL);
    return 0;
}

#endif
