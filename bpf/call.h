/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes sightings from the arguments and the result of a system call. */
#ifndef WINNOW_CALL_H
#define WINNOW_CALL_H

#include "outcome.h"
#include "socket.h"
#include "tell.h"

/* Set before loading: lookups of io_uring are seen, too, by the functions below the calls or by its requests. */
const volatile bool sees_io_uring;

/* Whether the lookups of a call to io_uring are not seen. Its requests count as seen once one was seen. */
static __always_inline bool hides_lookups(const struct call *call, s64 result)
{
    if (result <= 0)
        return false;
    return !sees_io_uring || (call->what == CALL_RING_ENTER && !shared.ring_fired);
}

enum {
    TS_COMPAT = 0x2,      /* arch/x86/include/asm/thread_info.h: also for int 0x80 of a 64-bit process */
    X32_BIT = 0x40000000, /* arch/x86/include/uapi/asm/unistd.h; all but a few numbers of x32 are the 64-bit ones */
    MODE32_BIT = 0x10,    /* PSR_MODE32_BIT, arch/arm64/include/uapi/asm/ptrace.h */
};

/* Whether the task entered the kernel by the 32-bit ABI, which has other numbers and registers than the 64-bit ABI. */
static __always_inline bool is_compat(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    return bpf_get_current_task_btf()->thread_info.status & TS_COMPAT; /* a load, not the call of a helper */
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

/* Whether the task is in a system call. False: it entered the kernel in another way, or its call has restored other
 * registers. */
static __always_inline bool is_in_call(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    return (s64)regs->orig_ax >= 0;
#else
    return regs->syscallno >= 0;
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

/* Returns the same number, which is below WN_SYSCALLS_MAX, in a form that shows this to the verifier. Without the
 * barrier, the compiler would remove the mask as needless. */
static __always_inline u32 bounded(u32 number)
{
    barrier_var(number);
    return number & (WN_SYSCALLS_MAX - 1);
}

/* Returns the row of a call; NUMBER is below WN_SYSCALLS_MAX. */
static __always_inline const struct call *call_of(u32 number, bool compat)
{
    number = bounded(number);
    return compat ? &calls32[number] : &calls[number];
}

static __always_inline void set_args(struct scratch *s, const struct pt_regs *regs, bool compat)
{
    s->name_max = WN_NAME_MAX;
#if defined(__TARGET_ARCH_x86)
    s->args[0] = compat ? (u32)regs->bx : regs->di;
    s->args[1] = compat ? (u32)regs->cx : regs->si;
    s->args[2] = compat ? (u32)regs->dx : regs->dx;
    s->args[3] = compat ? (u32)regs->si : regs->r10;
    s->args[4] = compat ? (u32)regs->di : regs->r8;
    s->args[5] = compat ? (u32)regs->bp : regs->r9;
#else
    s->args[0] = regs->orig_x0; /* x0 holds the result already */
    s->args[1] = regs->regs[1];
    s->args[2] = regs->regs[2];
    s->args[3] = regs->regs[3];
    s->args[4] = regs->regs[4];
    s->args[5] = regs->regs[5];
#endif
}

static __always_inline u64 arg(const struct scratch *s, s8 index) { return s->args[index & 7]; }

/* Returns the O_ flags of an open, or the AT_ flags of another call. */
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

/* Reads a name from user memory, from which the kernel has just read it. False: there is none, or it cannot be read,
 * which is counted. */
static __always_inline bool read_name(struct scratch *s, u64 address)
{
    u32 max = s->name_max & (2 * WN_NAME_MAX - 1); /* for the verifier */
    long size = address ? bpf_probe_read_user_str(s->bytes, max, (void *)address) : 0;
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
        s->event.flags |= WN_HAS_BASE; /* the old root is unknown; unless roots were nested, it was the namespace's */
    else if (absolute)
        set_root(&s->base);
    else if (call->what == CALL_CHDIR && !result)
        s->event.name_len = 0; /* the directory before the call is unknown now: only what was found is reported */
    else if (dirfd == AT_FDCWD)
        set_cwd(&s->base);
    else
        set_file(&s->base, dirfd, typed);
}

/* Sets the file that the call opened, or the directory that it moved to. */
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
    if (named && !read_name(s, arg(s, call->name)))
        return;
    if (named)
        set_base(s, call, dirfd_of(s, call->dirfd), result, typed);
    set_found(s, call, result, typed);
    set_own_exe(s);
    tell(slot);
}

/* Reports the second name of rename, link and the like. */
static __always_inline void look_up_second(struct scratch *s, u32 slot, const struct call *call, s64 result, u16 kind,
                                           const struct wn_target *target, const bool typed)
{
    begin(s, target, kind);
    if (!read_name(s, arg(s, call->name2)))
        return;
    set_base(s, call, dirfd_of(s, call->dirfd2), result, typed);
    set_own_exe(s);
    tell(slot);
}

/* bpf(2) has its arguments in memory: a name and two numbers, and since 6.5 a directory. NULL: it names nothing. */
static __always_inline const struct call *unpack_bpf(struct scratch *s)
{
    static const struct call pin = ADMIN(WN_DIR, NOFOLLOW, 0, 1, -1), get = ADMIN(WN_STAT, FOLLOW, 0, 1, -1);
    const u32 obj_pin = 6, obj_get = 7, path_fd = 1 << 14; /* BPF_OBJ_PIN, BPF_OBJ_GET, BPF_F_PATH_FD */
    u32 command = s->args[0];
    s32 directory = AT_FDCWD;
    struct {
        u64 name;
        u32 object, flags;
    } attributes = {};
    if (command != obj_pin && command != obj_get)
        return NULL;
    if (bpf_probe_read_user(&attributes, sizeof(attributes), (void *)s->args[1]))
        return NULL;
    if (attributes.flags & path_fd)
        bpf_probe_read_user(&directory, sizeof(directory), (void *)(s->args[1] + sizeof(attributes)));
    s->args[0] = directory;
    s->args[1] = attributes.name;
    return command == obj_pin ? &pin : &get;
}

/* Some calls name something only with certain arguments, or have their arguments in memory. Returns the row to use, and
 * sets the arguments that it points to. NULL: the call names nothing this time. */
static __always_inline const struct call *unpack(struct scratch *s, const struct call *call, bool compat)
{
    static const struct call binding = {CALL_MOUNT, WN_STAT, FOLLOW, -1, 1, -1, -1, 0, WN_STAT, FOLLOW};
    static const struct call quota_on = {CALL_QUOTA, WN_STAT, FOLLOW, -1, 1, -1, -1, 3, WN_STAT, FOLLOW};
    const u64 ms_remount = 0x20, ms_bind = 0x1000, ms_move = 0x2000, ms_propagation = 0x1e0000;
    const u32 q_quotaon = 0x800002, set_path = 3, set_path_empty = 4; /* FSCONFIG_SET_PATH */
    u64 flags = s->args[3];
    u32 command = s->args[1];
    switch (call->what) {
    case CALL_BPF:
        return unpack_bpf(s);
    case CALL_FSCONFIG:
        return command == set_path || command == set_path_empty ? call : NULL;
    case CALL_QUOTA:
        return (u32)s->args[0] >> 8 == q_quotaon ? &quota_on : call;
    case CALL_MOUNT:
        if (flags & ms_remount)
            return call;
        return flags & ms_bind || (flags & ms_move && !(flags & ms_propagation)) ? &binding : call;
    }
    return is_socket_call(call) ? unpack_socket_call(s, call, compat) : call;
}

/* Reports what the current task of the target did with a call; the call's arguments are in the scratch. */
static __always_inline void sight_names(struct scratch *s, u32 slot, const struct wn_target *target,
                                        const struct call *call, s64 result, const bool typed)
{
    begin(s, target, 0);
    u64 flags = flags_of(s, call);
    u16 kind = kind_of(call, result, flags);
    if (!kind)
        return;
    s->event.kind = kind;
    look_up(s, slot, call, result, typed);
    if (call->name2 < 0)
        return;
    look_up_second(s, slot, call, result, kind_of_second(call, kind, result, flags), target, typed);
}

/* sendmmsg(2) sends to the address of each message. */
struct sending {
    struct scratch *s;
    const struct wn_target *target;
    u64 messages;
    u32 slot, size;
    bool compat;
    s64 result; /* how many messages were sent; or the error of the first */
};

static long sight_message(u32 turn, void *context)
{
    static const struct call send = ROW_SENDTO;
    struct sending *w = context;
    if (turn && (s64)turn >= w->result)
        return 1;
    if (unpack_message(w->s, w->messages + turn * w->size, w->compat))
        sight_names(w->s, w->slot, w->target, &send, w->result, false);
    return 0;
}

static __always_inline void sight_messages(struct scratch *s, u32 slot, const struct wn_target *target, bool compat,
                                           s64 result)
{
    const u32 most = 64;
    struct sending sending = {.s = s, .target = target, .messages = s->args[1], .slot = slot, .compat = compat};
    sending.size = compat ? 32 : 64; /* struct mmsghdr */
    sending.result = result;
    REPEAT(most, sight_message, &sending);
    if (result > most && unpack_message(s, s->args[1], compat))
        lose(target->id, WN_LOST_UNREADABLE);
}

/* Reports what the current task of the target did with a call of the table. */
static __always_inline void sight(const struct wn_target *target, const struct call *call, const struct pt_regs *regs,
                                  bool compat, s64 result, const bool typed)
{
    if (call->what == CALL_RING_SETUP || call->what == CALL_RING_ENTER) {
        if (hides_lookups(call, result))
            lose(target->id, WN_LOST_IO_URING);
        return;
    }
    u32 slot = 0;
    struct scratch *s = take_scratch(target->id, &slot);
    if (!s)
        return;
    set_args(s, regs, compat);
    call = unpack(s, call, compat);
    if (call && call->what == CALL_SENDMMSG)
        sight_messages(s, slot, target, compat, result);
    else if (call)
        sight_names(s, slot, target, call, result, typed);
    put_scratch(s);
}

static __noinline void sighted(const struct wn_target *target, const struct call *call, const struct pt_regs *regs,
                               bool compat, s64 result)
{
    sight(target, call, regs, compat, result, false);
}

#endif
