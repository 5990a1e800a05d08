/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a system call's arguments and result to sightings. */
#ifndef WINNOW_CALL_H
#define WINNOW_CALL_H

#include "outcome.h"
#include "tell.h"

/* Set before loading: the backend sees the lookups of io_uring too. */
const volatile bool sees_io_uring;

enum {
    TS_COMPAT = 0x2,      /* arch/x86/include/asm/thread_info.h: also for int 0x80 of a 64-bit process */
    X32_BIT = 0x40000000, /* arch/x86/include/uapi/asm/unistd.h; the numbers of x32 are the same but for a few */
    MODE32_BIT = 0x10,    /* PSR_MODE32_BIT, arch/arm64/include/uapi/asm/ptrace.h */
};

/* The task entered the kernel by another ABI, whose numbers and registers are not those of the 64-bit table. */
static __always_inline bool is_compat(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    return bpf_get_current_task_btf()->thread_info.status & TS_COMPAT; /* a load, not a helper's call */
#else
    return regs->pstate & MODE32_BIT;
#endif
}

static __always_inline u32 number_of(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    return regs->orig_ax & ~X32_BIT;
#else
    return regs->syscallno;
#endif
}

#define CALL(number, function, ...) [number] = __VA_ARGS__,
#define OPENS CALL
#define LOOKS CALL
static const struct call calls[WN_SYSCALLS_MAX] = {
#include CALLS_64
#include "calls/common.h"
};
static const struct call calls32[WN_SYSCALLS_MAX] = {
#include CALLS_32
#include "calls/common.h"
};
#undef CALL
#undef OPENS
#undef LOOKS

/* The same number, below WN_SYSCALLS_MAX, for the verifier to see: the compiler would prove the mask needless. */
static __always_inline u32 bounded(u32 number)
{
    barrier_var(number);
    return number & (WN_SYSCALLS_MAX - 1);
}

/* Of a number below WN_SYSCALLS_MAX. */
static __always_inline const struct call *call_of(u32 number, bool compat)
{
    number = bounded(number);
    return compat ? &calls32[number] : &calls[number];
}

static __always_inline void set_args(struct scratch *s, const struct pt_regs *regs, bool compat)
{
#if defined(__TARGET_ARCH_x86)
    s->args[0] = compat ? (u32)regs->bx : regs->di;
    s->args[1] = compat ? (u32)regs->cx : regs->si;
    s->args[2] = compat ? (u32)regs->dx : regs->dx;
    s->args[3] = compat ? (u32)regs->si : regs->r10;
    s->args[4] = compat ? (u32)regs->di : regs->r8;
    s->args[5] = compat ? (u32)regs->bp : regs->r9;
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
static __always_inline void set_base(struct scratch *s, const struct call *call, s32 dirfd, s64 result,
                                     const bool typed)
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
        set_file(&s->base, dirfd, typed);
}

/* What the call gave or moved to. */
static __always_inline void set_found(struct scratch *s, const struct call *call, s64 result, const bool typed)
{
    if (result < 0)
        return;
    switch (call->what) {
    case CALL_OPEN:
        if (s->event.kind != WN_DIR)
            set_file(&s->file, result, typed);
        break;
    case CALL_FD:
        set_file(&s->file, arg(s, call->name), typed);
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

static __always_inline void look_up(struct scratch *s, u32 slot, const struct call *call, s64 result, const bool typed)
{
    bool named = call->what != CALL_FD && call->name >= 0;
    if (named && !read_name(s, call, arg(s, call->name)))
        return;
    if (named)
        set_base(s, call, dirfd_of(s, call->dirfd), result, typed);
    set_found(s, call, result, typed);
    set_own_exe(s);
    tell(slot);
}

/* rename and link prove something about two names. */
static __always_inline void look_up_second(struct scratch *s, u32 slot, const struct call *call, s64 result,
                                           const struct wn_target *target, const bool typed)
{
    bool full = found_not_empty(call, result, flags_of(s, call));
    begin(s, target, full ? WN_NOT_EMPTY : WN_DIR);
    if (!read_name(s, call, arg(s, call->name2)))
        return;
    set_base(s, call, dirfd_of(s, call->dirfd2), result, typed);
    set_own_exe(s);
    tell(slot);
}

/* socketcall(2) keeps the arguments of bind(2) in memory. False: it is another call. */
static __always_inline bool unpack_socketcall(struct scratch *s)
{
    const u64 sys_bind = 2; /* include/uapi/linux/net.h */
    u32 packed[3] = {};
    if (s->args[0] != sys_bind || bpf_probe_read_user(packed, sizeof(packed), (void *)s->args[1]))
        return false;
    s->args[0] = packed[0];
    s->args[1] = packed[1];
    s->args[2] = packed[2];
    return true;
}

/* What the current task of the target did with a call of the table. */
static __always_inline void sight(const struct wn_target *target, const struct call *call, const struct pt_regs *regs,
                                  bool compat, s64 result, const bool typed)
{
    if (call->what == CALL_IO_URING) {
        if (!sees_io_uring)
            lose(target->id, WN_LOST_IO_URING);
        return;
    }
    u32 slot = 0;
    struct scratch *s = take_scratch(target->id, &slot);
    if (!s)
        return;
    begin(s, target, 0);
    set_args(s, regs, compat);
    static const struct call bind = ROW_BIND;
    if (call->what == CALL_SOCKET)
        call = unpack_socketcall(s) ? &bind : NULL;
    u16 kind = call ? kind_of(call, result, flags_of(s, call)) : 0;
    if (call && kind) {
        s->event.kind = kind;
        look_up(s, slot, call, result, typed);
        if (call->name2 >= 0 && kind != WN_MISS)
            look_up_second(s, slot, call, result, target, typed);
    }
    put_scratch(s);
}

static __noinline void sighted(const struct wn_target *target, const struct call *call, const struct pt_regs *regs,
                               bool compat, s64 result)
{
    sight(target, call, regs, compat, result, false);
}

#endif
