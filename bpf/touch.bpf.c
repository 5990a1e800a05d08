// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sees the file system calls of the watched cgroups as they return, their execs, and the birth of cgroups that are
 * named like containers. Two backends tell of calls; the recorder loads one of them:
 *   syscall  one program on the return of all system calls; needs only BTF tracepoints
 *   fentry   programs on the functions below the calls that look names up, and on those that serve the calls which
 *            these do not tell enough of; costs other calls nothing, and sees the lookups of io_uring
 * What io_uring looks up, and the functions below the calls do not see, its requests tell.
 */
#include "kernel.h"

#include <bpf/bpf_tracing.h>

#include "below.h"
#include "call.h"
#include "container.h"
#include "ring.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set before loading: note the numbers of all system calls; and nothing else, since another backend sees the files. */
const volatile bool notes_syscalls, only_syscalls;

/* Each cgroup of the target remembers what it noted, so that the account is rarely asked for. What a runtime does on
 * its way into a container is noted apart. */
static __always_inline void note_syscall(struct wn_target *target, u32 number, bool compat)
{
    u64 bit = 1ull << (number & 63);
    u32 word = number / 64 & (WN_SYSCALLS_MAX / 64 - 1);
    u64 *noted = compat ? target->noted32 : target->noted;
    if (noted[word] & bit)
        return;
    u64 id = target->id;
    struct wn_account *account = bpf_map_lookup_elem(&accounts, &id);
    if (!account)
        return;
    if (!account->begun || current_visit(target) == WN_ENTERING) {
        u64 *runtime = compat ? account->runtime32 : account->runtime;
        __sync_fetch_and_or(&runtime[word], bit);
        return;
    }
    u64 *all = compat ? account->syscalls32 : account->syscalls;
    u64 before = __sync_fetch_and_or(&all[word], bit);
    if (!compat && !(before & bit))
        __sync_fetch_and_add(&shared.noted[bounded(number)], 1);
    noted[word] |= bit;
}

/* Whether a call says nothing, whoever made it: it names no file, and all targets are known to use it. Most calls end
 * here. */
static __always_inline bool is_settled(const struct call *call, u32 number, bool compat)
{
    bool ring = call->what == CALL_RING_SETUP || call->what == CALL_RING_ENTER;
    if (call->what && !only_syscalls && !(ring && sees_io_uring && shared.ring_fired))
        return false;
    return !notes_syscalls || (!compat && shared.noted[bounded(number)] >= shared.accounts);
}

/* A return from a signal's handler is the one call without a number: it restored that of the code it goes back to. */
static __always_inline void note_sigreturn(const struct pt_regs *regs, bool compat)
{
    struct wn_target *target = notes_syscalls && !is_in_call(regs) ? current_target() : NULL;
    if (!target)
        return;
    note_syscall(target, compat ? RT_SIGRETURN_32 : RT_SIGRETURN, compat);
    if (compat)
        note_syscall(target, SIGRETURN_32, true); /* which one of the two, nobody knows */
}

static __always_inline void returned(const struct pt_regs *regs, s64 result, const bool typed)
{
    bool compat = is_compat(regs);
    u32 number = number_of(regs);
    if (number >= WN_SYSCALLS_MAX) {
        note_sigreturn(regs, compat);
        return;
    }
    const struct call *call = call_of(number, compat);
    struct wn_target *target = is_settled(call, number, compat) ? NULL : current_target();
    if (!target)
        return;
    if (notes_syscalls)
        note_syscall(target, number, compat);
    if (call->what && !only_syscalls)
        sight(target, call, regs, compat, result, typed);
}

/* The recorder loads one of them. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
    returned(regs, result, false);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit_typed, struct pt_regs *regs, long result)
{
    returned(regs, result, true);
    return 0;
}

/* The call that a task ends in: exit, exit_group, or one that it never returned from. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
    struct wn_target *target = current_target();
    if (!target || !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
        return 0;
    const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(current_task());
    u32 number = number_of(regs);
    if (number < WN_SYSCALLS_MAX)
        note_syscall(target, number, is_compat(regs));
    return 0;
}

/* The functions that serve the calls, called with the registers of the caller. The recorder leaves out those that the
 * kernel does not have, and those that a function below tells of, which it knows by how they begin. */
#if defined(__TARGET_ARCH_x86)
#define FUNCTION_64 "fexit/__x64_"
#define FUNCTION_32 "fexit/__ia32_"
#else
#define FUNCTION_64 "fexit/__arm64_"
#endif
#define SERVED(name, section, compat, ...)                                                                             \
    SEC(section)                                                                                                       \
    int BPF_PROG(name, const struct pt_regs *regs, long result)                                                        \
    {                                                                                                                  \
        static const struct call call = __VA_ARGS__;                                                                   \
        struct wn_target *target = current_target();                                                                   \
        if (target)                                                                                                    \
            sighted(target, &call, regs, compat, result);                                                              \
        return 0;                                                                                                      \
    }

#define CALL(number, function, ...) SERVED(call_##function, FUNCTION_64 #function, 0, __VA_ARGS__)
#define OPENS(number, function, ...) SERVED(opens_##function, FUNCTION_64 #function, 0, __VA_ARGS__)
#define LOOKS(number, function, ...) SERVED(looks_##function, FUNCTION_64 #function, 0, __VA_ARGS__)
#include CALLS_64
#include "calls/common.h"
#undef CALL
#undef OPENS
#undef LOOKS
#if defined(FUNCTION_32) /* arm64 has no functions of its own for most of them */
#define CALL(number, function, ...) SERVED(call32_##function, FUNCTION_32 #function, 1, __VA_ARGS__)
#define OPENS(number, function, ...) SERVED(opens32_##function, FUNCTION_32 #function, 1, __VA_ARGS__)
#define LOOKS(number, function, ...) SERVED(looks32_##function, FUNCTION_32 #function, 1, __VA_ARGS__)
#include CALLS_32
#include "calls/common.h"
#undef CALL
#undef OPENS
#undef LOOKS
#endif

static __always_inline void tell_exec(struct scratch *s, u32 slot, const char *name)
{
    long size = bpf_probe_read_kernel_str(s->bytes, WN_NAME_MAX, name);
    if (size <= 1 || size > WN_NAME_MAX)
        return;
    s->event.name_len = size - 1;
    if (s->bytes[0] == '/')
        set_root(&s->base);
    else
        set_cwd(&s->base);
    tell(slot);
}

/* Who ran the program: its parent, when that is at home in the same root and no runtime, else nobody but itself is
 * known. */
static __always_inline void set_parent_exe(struct scratch *s)
{
    const struct task_struct *parent = current_task()->real_parent;
    const struct fs_struct *mine = current_task()->fs, *theirs = parent->fs;
    bool at_home = mine && theirs && mine->root.dentry == theirs->root.dentry;
    if (at_home)
        set_exe(s, parent);
    if (!s->exe.dentry || (at_home && is_stray(&s->exe) && s->exe.dev != mine->root.dentry->d_sb->s_dev))
        set_own_exe(s);
}

/* What a mapping is of, by the path that its process knows: overlayfs maps the file of a layer. */
static long take_mapped(struct task_struct *task, struct vm_area_struct *vma, void *context)
{
    const u32 fmode_backing = 1 << 25; /* FMODE_BACKING, include/linux/fs.h */
    struct scratch *s = ((struct walk *)context)->s;
    struct file *file = vma->vm_file;
    if (!file)
        return 0;
    u64 path = (u64)file + bpf_core_field_offset(struct file, f_path);
    if (bpf_core_field_exists(struct backing_file, user_path) && file->f_mode & fmode_backing)
        path = (u64)file + bpf_core_field_offset(struct backing_file, user_path);
    set_untyped(&s->file, (struct path *)path, false);
    return 0;
}

/* The kernel opens the loader of a dynamic program itself, and enters the program there. */
static __always_inline void tell_loader(struct scratch *s, u32 slot, const struct wn_target *target, u64 program)
{
    if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
        return;
    struct task_struct *task = current_task();
    const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(task);
    begin(s, target, WN_EXEC);
    struct walk walk = {.s = s};
    if (bpf_find_vma(task, ENTRY_OF(regs), take_mapped, &walk, 0) || s->file.dentry == program)
        return;
    set_parent_exe(s);
    if (s->file.dentry)
        tell(slot);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    const struct wn_target *target = current_target();
    u32 slot = 0;
    struct scratch *s = target ? take_scratch(target->id, &slot) : NULL;
    if (!s)
        return 0;
    if (target->flags & WN_IS_CONTAINER) {
        begin_workload(target);
        name_visit(s, slot, target);
    }
    const char *filename = bprm->filename, *interp = bprm->interp;
    if (interp != filename) { /* a script; the file that was loaded is its interpreter */
        begin(s, target, WN_EXEC);
        set_parent_exe(s);
        tell_exec(s, slot, filename);
    }
    begin(s, target, WN_EXEC);
    set_parent_exe(s);
    struct file *file = bprm->file;
    set_where(&s->file, &file->f_path);
    u64 program = s->file.dentry;
    tell_exec(s, slot, interp);
    tell_loader(s, slot, target, program);
    put_scratch(s);
    return 0;
}
