/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sees the lookups of io_uring. A request is seen when it is submitted, with its names in kernel memory; its result is
 * seen when it completes, perhaps in another task. In between, its event is parked.
 */
#ifndef WINNOW_RING_H
#define WINNOW_RING_H

#include "parked.h"

/* What a request asks for. The names are addresses of a struct filename, or of a struct sockaddr_un. */
struct asked {
    s32 dirfd, dirfd2;
    u64 name, name2, flags;
    u32 size; /* bytes of a socket's address */
    bool in_root, fixed;
};

/* Reads a member of the operation's structure; 0 if the kernel does not have the operation. */
#define PART(type, member) (bpf_core_type_exists(struct type) ? BPF_CORE_READ((struct type *)request, member) : 0)

static __always_inline void read_two_names(struct asked *asked, struct io_kiocb *request, u32 operation)
{
    if (operation == OP_RENAMEAT) {
        asked->dirfd = PART(io_rename, old_dfd);
        asked->name = (u64)PART(io_rename, oldpath);
        asked->dirfd2 = PART(io_rename, new_dfd);
        asked->name2 = (u64)PART(io_rename, newpath);
        asked->flags = PART(io_rename, flags);
        return;
    }
    asked->dirfd2 = PART(io_link, new_dfd);
    asked->name2 = (u64)PART(io_link, newpath);
    asked->flags = PART(io_link, flags);
    asked->dirfd = PART(io_link, old_dfd);
    asked->name = (u64)PART(io_link, oldpath);
    if (operation == OP_SYMLINKAT) { /* the old name is the content of the link, and not looked up */
        asked->dirfd = asked->dirfd2;
        asked->name = asked->name2;
    }
}

enum { AF_UNIX = 1 };

/* Returns where the kernel keeps its copy of the address to bind: alone, as in 6.18, or, as in earlier kernels, inside
 * a message, which begins with a pointer or a length. */
static __always_inline u64 bound_address(u64 data)
{
    u16 family = 0;
    bpf_probe_read_kernel(&family, sizeof(family), (const void *)data);
    if (family != AF_UNIX && bpf_core_field_exists(struct io_async_msghdr, addr))
        data += bpf_core_field_offset(struct io_async_msghdr, addr);
    return data;
}

static __always_inline void read_request(struct asked *asked, struct io_kiocb *request, u32 operation)
{
    switch (operation) {
    case OP_OPENAT:
    case OP_OPENAT2:
        asked->dirfd = PART(io_open, dfd);
        asked->name = (u64)PART(io_open, filename);
        asked->flags = PART(io_open, how.flags);
        asked->in_root = (PART(io_open, how.resolve) & RESOLVE_IN_ROOT) != 0;
        asked->fixed = PART(io_open, file_slot) != 0;
        break;
    case OP_STATX:
        asked->dirfd = PART(io_statx, dfd);
        asked->name = (u64)PART(io_statx, filename);
        asked->flags = PART(io_statx, flags);
        break;
    case OP_UNLINKAT:
        asked->dirfd = PART(io_unlink, dfd);
        asked->name = (u64)PART(io_unlink, filename);
        break;
    case OP_MKDIRAT:
        asked->dirfd = PART(io_mkdir, dfd);
        asked->name = (u64)PART(io_mkdir, filename);
        break;
    case OP_SETXATTR:
    case OP_GETXATTR:
        asked->name = (u64)PART(io_xattr, filename);
        break;
    case OP_CONNECT:
        asked->name = (u64)PART(io_connect, addr);
        asked->size = PART(io_connect, addr_len);
        break;
    case OP_BIND:
        asked->name = bound_address((u64)BPF_CORE_READ(request, async_data));
        asked->size = PART(io_bind, addr_len);
        break;
    default:
        read_two_names(asked, request, operation);
    }
}
#undef PART

/* Reads sun_path of an address in user memory or, if COPIED, in kernel memory; it need not end in a NUL (unix(7)).
 * Returns its size with a NUL; 0: it names no file; negative: it cannot be read. */
static __always_inline long read_socket_name(struct scratch *s, const struct asked *asked, bool copied)
{
    const u32 sun_path = 2, sun_path_max = 108;
    u16 family = 0;
    const void *address = (const void *)asked->name;
    u32 max = asked->size - sun_path + 1;
    if (copied ? bpf_probe_read_kernel(&family, sizeof(family), address)
               : bpf_probe_read_user(&family, sizeof(family), address))
        return -1;
    if (family != AF_UNIX || max <= 1 || max > sun_path_max + 1)
        return 0;
    barrier_var(max);
    max &= 127;
    return copied ? bpf_probe_read_kernel_str(s->bytes, max, address + sun_path)
                  : bpf_probe_read_user_str(s->bytes, max, address + sun_path);
}

/* Reads the name of a request. False: there is none, or it cannot be read, which is counted. */
static __always_inline bool read_asked(struct scratch *s, const struct asked *asked, u32 operation)
{
    const struct filename *filename = (const struct filename *)asked->name;
    long size = 0;
    if (operation == OP_CONNECT || operation == OP_BIND)
        size = read_socket_name(s, asked, operation == OP_BIND);
    else if (filename)
        size = bpf_probe_read_kernel_str(s->bytes, WN_NAME_MAX, BPF_CORE_READ(filename, name));
    if (size < 0)
        lose_operation(s->event.target, operation);
    if (size <= 1 || size > WN_NAME_MAX)
        return false;
    s->event.name_len = size - 1;
    return true;
}

/* Parks what a request of the target asks for. */
static __always_inline void park_name(const struct wn_target *target, struct io_kiocb *request,
                                      const struct asked *asked, u32 operation, bool second)
{
    const struct call *call = operation_at(operation);
    u32 slot = 0;
    struct scratch *s = take_scratch(target->id, &slot);
    if (!s)
        return;
    begin(s, target, second ? WN_DIR : kind_of(call, 0, asked->flags)); /* the kind if it succeeds */
    if (read_asked(s, asked, operation)) {
        const u32 silent = 1 << 6; /* IOSQE_CQE_SKIP_SUCCESS */
        if (s->bytes[0] == '/' && !asked->in_root)
            set_root(&s->base);
        else if (asked->dirfd == AT_FDCWD)
            set_cwd(&s->base);
        else
            set_file(&s->base, asked->dirfd, false);
        set_own_exe(s);
        s->request.flags = asked->flags;
        s->request.process = bpf_get_current_pid_tgid() >> 32;
        s->request.operation = operation;
        /* Only of an open is a failure reported all the same: it also ends the requests that are linked to it. */
        s->request.silent = call->what == CALL_OPEN && (request->flags & silent) != 0;
        s->request.ring = (u64)BPF_CORE_READ(request, ctx);
        s->request.fixed = asked->fixed;
        s->request.second = second;
        if (!park(slot, address_of(request) + second))
            lose_operation(target->id, operation);
    }
    put_scratch(s);
}

/* Whether the functions below the calls see all that the operation looks up. */
static __always_inline bool is_seen_below(const struct call *call)
{
    return below_tells && call->kind != WN_DIR && call->name2 < 0;
}

static __always_inline void submitted(struct io_kiocb *request)
{
    if (!shared.ring_fired)
        shared.ring_fired = 1;
    if (shared.parked) /* the request that was here before may have ended without a completion */
        settle(request, BPF_CORE_READ(request, cqe.res), true);
    u32 operation = request->opcode;
    const struct call *call = operation_at(operation);
    bool known = operation <= OP_PIPE;
    if (known && (!call->what || is_seen_below(call)))
        return;
    const struct wn_target *target = current_target();
    if (!target)
        return;
    if (!known) {
        lose_operation(target->id, operation);
        return;
    }
    struct asked asked = {.dirfd = AT_FDCWD, .dirfd2 = AT_FDCWD};
    read_request(&asked, request, operation);
    park_name(target, request, &asked, operation, false);
    if (call->name2 >= 0) {
        asked.dirfd = asked.dirfd2;
        asked.name = asked.name2;
        park_name(target, request, &asked, operation, true);
    }
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_ring_submit_req, struct io_kiocb *request)
{
    submitted(request);
    return 0;
}

/* The name of this tracepoint before 6.3. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(on_ring_submit_sqe, struct io_kiocb *request)
{
    submitted(request);
    return 0;
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(on_ring_complete, void *ring, struct io_kiocb *request)
{
    if (shared.parked && request)
        settle(request, BPF_CORE_READ(request, cqe.res), false);
    return 0;
}

/* LINK is given up because REQUEST, which it is linked to, failed; LINK may end without a completion. */
SEC("tp_btf/io_uring_fail_link")
int BPF_PROG(on_ring_fail_link, struct io_kiocb *request, struct io_kiocb *link)
{
    const s64 ecanceled = 125;
    if (shared.parked)
        settle(link, -ecanceled, false);
    return 0;
}

#endif
