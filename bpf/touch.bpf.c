// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The backend "syscall": sees the file system calls of the watched cgroups as they return, their execs, and the birth
 * of cgroups that are named like containers. It needs only BTF tracepoints, which kernels load that refuse fentry and
 * kprobes.
 */
#include "kernel.h"

#include <bpf/bpf_tracing.h>

#include "outcome.h"
#include "tell.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set by the recorder: adopt each new cgroup that is named like a container. */
bool adopting;

static __always_inline u32 number_of(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    return regs->orig_ax;
#else
    return regs->syscallno;
#endif
}

/* A process of another ABI, whose numbers and registers are not those of the table. */
static __always_inline bool is_compat(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    const u32 x32_bit = 0x40000000, user32_cs = 0x23; /* arch/x86/include: uapi/asm/unistd.h, asm/segment.h */
    return (regs->cs & 0xffff) == user32_cs || (regs->orig_ax & x32_bit);
#else
    const u32 mode32_bit = 0x10; /* PSR_MODE32_BIT, arch/arm64/include/uapi/asm/ptrace.h */
    return regs->pstate & mode32_bit;
#endif
}

/* A 64-bit process may enter by the 32-bit gate (int 0x80). */
static __always_inline bool entered_compat(void)
{
#if defined(__TARGET_ARCH_x86)
    const u32 ts_compat = 0x2; /* TS_COMPAT, arch/x86/include/asm/thread_info.h */
    return BPF_CORE_READ(current_task(), thread_info.status) & ts_compat;
#else
    return false;
#endif
}

static __always_inline void set_args(struct scratch *s, const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    s->args[0] = regs->di;
    s->args[1] = regs->si;
    s->args[2] = regs->dx;
    s->args[3] = regs->r10;
    s->args[4] = regs->r8;
    s->args[5] = regs->r9;
#else
    s->args[0] = regs->orig_x0; /* x0 holds the result by now */
    s->args[1] = regs->regs[1];
    s->args[2] = regs->regs[2];
    s->args[3] = regs->regs[3];
    s->args[4] = regs->regs[4];
    s->args[5] = regs->regs[5];
#endif
}

static __always_inline u64 arg(const struct scratch *s, s8 index) { return s->args[index & 7]; }

/* The O_ flags of an open, the AT_ flags of another call. */
static __always_inline u64 flags_of(struct scratch *s, const struct call *call)
{
    if (call->flags < 0)
        return 0;
    u64 flags = arg(s, call->flags);
    if (call->how != OPEN_HOW)
        return flags;
    u64 how[3] = {}; /* struct open_how: flags, mode, resolve */
    bpf_probe_read_user(how, sizeof(how), (void *)flags);
    s->in_root = (how[2] & RESOLVE_IN_ROOT) != 0;
    return how[0];
}

/* Reads a name from user memory, where the kernel has just read it. False: there is none. */
static __always_inline bool read_name(struct scratch *s, const struct call *call, u64 address)
{
    u32 max = WN_NAME_MAX;
    if (call->what == CALL_BIND) { /* struct sockaddr_un; sun_path need not end in a NUL: unix(7) */
        const u32 sun_path = 2, sun_path_max = 108;
        u16 family = 0;
        u32 length = arg(s, call->name + 1);
        bpf_probe_read_user(&family, sizeof(family), (void *)address);
        if (family != 1 || length <= sun_path || length > sun_path + sun_path_max)
            return false;
        address += sun_path;
        max = length - sun_path + 1;
        barrier_var(max); /* or the compiler proves the mask needless, and the verifier misses it */
        max &= 127;
    }
    if (!address)
        return false;
    long size = bpf_probe_read_user_str(s->bytes, max, (void *)address);
    if (size < 0)
        lose(s->event.target, WN_LOST_UNREADABLE);
    if (size <= 1 || size > WN_NAME_MAX)
        return false;
    s->event.name_len = size - 1;
    return true;
}

/* Sets the directory that the name in the scratch starts from. */
static __always_inline void set_base(struct scratch *s, const struct call *call, s32 dirfd, s64 result)
{
    bool absolute = s->bytes[0] == '/' && !s->in_root;
    if (absolute && call->what == CALL_CHROOT && !result)
        s->event.flags |= WN_HAS_BASE; /* the root of before is gone; it was the namespace's, but for nested roots */
    else if (absolute)
        set_root(&s->base);
    else if (call->what == CALL_CHDIR && !result)
        s->event.name_len = 0; /* the directory of before is gone: what was found has to do */
    else if (dirfd == AT_FDCWD)
        set_cwd(&s->base);
    else
        set_file(&s->base, dirfd);
}

/* What the call gave or moved to. */
static __always_inline void set_found(struct scratch *s, const struct call *call, s64 result)
{
    if (result < 0)
        return;
    switch (call->what) {
    case CALL_OPEN:
        if (s->event.kind != WN_DIR)
            set_file(&s->file, result);
        break;
    case CALL_FD:
        set_file(&s->file, arg(s, call->name));
        break;
    case CALL_CHDIR:
        set_cwd(&s->file);
        break;
    case CALL_CHROOT:
        set_root(&s->file);
        break;
    }
}

static __always_inline s32 dirfd_of(const struct scratch *s, s8 index)
{
    return index < 0 ? AT_FDCWD : (s32)arg(s, index);
}

static __always_inline void look_up(struct scratch *s, const struct call *call, s64 result)
{
    bool named = call->what != CALL_FD && call->name >= 0;
    if (named && !read_name(s, call, arg(s, call->name)))
        return;
    if (named)
        set_base(s, call, dirfd_of(s, call->dirfd), result);
    set_found(s, call, result);
    set_exe(s, current_task());
    tell(SLOT_SYSCALL);
}

/* rename and link prove something about two names. */
static __always_inline void look_up_second(struct scratch *s, const struct call *call, s64 result,
                                           const struct wn_target *target)
{
    begin(s, target, WN_DIR);
    if (!read_name(s, call, arg(s, call->name2)))
        return;
    set_base(s, call, dirfd_of(s, call->dirfd2), result);
    set_exe(s, current_task());
    tell(SLOT_SYSCALL);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
    u32 number = number_of(regs) & (CALLS_MAX - 1);
    if (is_compat(regs)) {
        const struct wn_target *other = compat_calls[number] ? current_target() : NULL;
        if (other)
            lose(other->id, WN_LOST_COMPAT);
        return 0;
    }
    const struct call *call = &calls[number];
    if (!call->what || number != number_of(regs))
        return 0;
    const struct wn_target *target = current_target();
    if (!target)
        return 0;
    if (call->what == CALL_IO_URING || entered_compat()) {
        lose(target->id, call->what == CALL_IO_URING ? WN_LOST_IO_URING : WN_LOST_COMPAT);
        return 0;
    }
    struct scratch *s = scratch_of(SLOT_SYSCALL);
    if (!s)
        return 0;
    begin(s, target, 0);
    set_args(s, regs);
    u16 kind = kind_of(call, result, flags_of(s, call));
    if (!kind)
        return 0;
    s->event.kind = kind;
    look_up(s, call, result);
    if (call->name2 >= 0 && kind != WN_MISS)
        look_up_second(s, call, result, target);
    return 0;
}

static __always_inline void tell_exec(struct scratch *s, const char *name)
{
    long size = bpf_probe_read_kernel_str(s->bytes, WN_NAME_MAX, name);
    if (size <= 1 || size > WN_NAME_MAX)
        return;
    s->event.name_len = size - 1;
    if (s->bytes[0] == '/')
        set_root(&s->base);
    else
        set_cwd(&s->base);
    tell(SLOT_EXEC);
}

/* Who ran the program: its parent, when that is at home in the same root, else nobody but itself is known. */
static __always_inline void set_parent_exe(struct scratch *s)
{
    struct task_struct *parent = BPF_CORE_READ(current_task(), real_parent);
    struct where mine = {}, theirs = {};
    struct fs_struct *fs = BPF_CORE_READ(parent, fs);
    bpf_core_read(&theirs, sizeof(theirs), &fs->root);
    set_root(&mine);
    if (mine.dentry == theirs.dentry)
        set_exe(s, parent);
    if (!s->exe.dentry)
        set_exe(s, current_task());
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    const struct wn_target *target = current_target();
    struct scratch *s = scratch_of(SLOT_EXEC);
    if (!target || !s)
        return 0;
    const char *filename = bprm->filename, *interp = bprm->interp;
    if (interp != filename) { /* a script; the file that was loaded is its interpreter */
        begin(s, target, WN_EXEC);
        set_parent_exe(s);
        tell_exec(s, filename);
    }
    begin(s, target, WN_EXEC);
    set_parent_exe(s);
    struct file *file = bprm->file;
    bpf_core_read(&s->file, sizeof(s->file), &file->f_path);
    tell_exec(s, interp);
    return 0;
}

static __always_inline u64 id_of(struct cgroup *cgroup) { return BPF_CORE_READ(cgroup, kn, id); }

/* Whether the name in the scratch ends in 64 hexadecimal digits, or in these and ".scope": how engines name containers.
 */
static __always_inline bool names_container(const struct scratch *s, long size)
{
    const u32 digits = 64, suffix = sizeof(".scope") - 1;
    u32 length = size - 1;
    if (size <= digits || size > WN_COMPONENT_MAX)
        return false;
    if (s->bytes[length - 2] == 'p') /* of ".scope"; not a digit */
        length -= suffix;
    if (length < digits)
        return false;
    for (u32 i = 0; i < digits; i++) {
        u8 c = s->bytes[length - digits + i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

static __always_inline bool watch(u64 cgroup, const struct wn_target *target)
{
    if (!bpf_map_update_elem(&targets, &cgroup, target, BPF_ANY))
        return true;
    lose(target->id == cgroup ? 0 : target->id, WN_LOST_TARGETS_FULL);
    return false;
}

/* Makes a target of the cgroup before its first task is attached. Without its event nobody would collect it: then it is
 * none. */
static __always_inline void adopt(struct scratch *s, u64 cgroup, const char *path)
{
    struct wn_target target = {.id = cgroup, .born = bpf_ktime_get_ns()};
    struct wn_losses none = {};
    if (bpf_map_update_elem(&losses, &cgroup, &none, BPF_ANY)) {
        lose(0, WN_LOST_TARGETS_FULL);
        return;
    }
    bool watched = watch(cgroup, &target);
    if (watched) {
        begin(s, &target, WN_BORN);
        stamp(s);
        s->event.time_ns = target.born;
        s->event.cgroup = cgroup;
        long size = bpf_probe_read_kernel_str(s->bytes, WN_NAME_MAX, path);
        if (size > 1 && size <= WN_NAME_MAX)
            s->event.name_len = s->at = size - 1;
        if (send(s))
            return;
        lose(0, WN_LOST_RING_FULL);
        bpf_map_delete_elem(&targets, &cgroup);
    }
    bpf_map_delete_elem(&losses, &cgroup);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
    struct scratch *s = scratch_of(SLOT_CGROUP);
    if (!s || cgroup->root->hierarchy_id)
        return 0;
    u64 id = id_of(cgroup);
    u64 parent =
        id_of((struct cgroup *)BPF_CORE_READ(cgroup, self.parent)); /* self is the first member of struct cgroup */
    const struct wn_target *inherited = bpf_map_lookup_elem(&targets, &parent);
    if (inherited) {
        struct wn_target target = *inherited;
        watch(id, &target);
    } else if (adopting) {
        long size = bpf_probe_read_kernel_str(s->bytes, WN_COMPONENT_MAX, BPF_CORE_READ(cgroup, kn, name));
        if (names_container(s, size))
            adopt(s, id, path);
    }
    return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
    u64 id = id_of(cgroup);
    const struct wn_target *target = cgroup->root->hierarchy_id ? NULL : bpf_map_lookup_elem(&targets, &id);
    struct scratch *s = scratch_of(SLOT_CGROUP);
    if (!target || !s)
        return 0;
    begin(s, target, WN_GONE);
    s->event.time_ns = bpf_ktime_get_ns();
    s->event.cgroup = id;
    send(s);
    bpf_map_delete_elem(&targets, &id);
    return 0;
}
