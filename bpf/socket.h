/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the names in addresses of unix sockets (unix(7)) among the arguments of calls. */
#ifndef WINNOW_SOCKET_H
#define WINNOW_SOCKET_H

#include "store.h"
#include "syscalls.h"

static __always_inline bool is_socket_call(const struct call *call)
{
    return call->what >= CALL_BIND && call->what <= CALL_SOCKET;
}

/* Puts the address of the name in a struct sockaddr_un into the argument where rows expect it; the name need not end in
 * a NUL. False: there is no address, or it is of another family. */
static __always_inline bool unpack_address(struct scratch *s, u64 address, u32 length)
{
    const u32 af_unix = 1, sun_path = 2, sun_path_max = 108;
    u16 family = 0;
    if (!address || length <= sun_path || length > sun_path + sun_path_max)
        return false;
    if (bpf_probe_read_user(&family, sizeof(family), (void *)address) || family != af_unix)
        return false;
    s->args[SUN_PATH] = address + sun_path;
    s->name_max = length - sun_path + 1;
    return true;
}

/* The same for a struct msghdr, which begins with the pointer to an address and its length. */
static __always_inline bool unpack_message(struct scratch *s, u64 message, bool compat)
{
    u32 words[3] = {};
    if (bpf_probe_read_user(words, compat ? 2 * sizeof(u32) : sizeof(words), (void *)message))
        return false;
    u64 address = compat ? words[0] : words[0] | (u64)words[1] << 32;
    return address && unpack_address(s, address, compat ? words[1] : words[2]);
}

/* socketcall(2) has the arguments of another call in memory. Returns the row of that call. NULL: it names nothing. */
static __always_inline const struct call *unpack_socketcall(struct scratch *s)
{
    static const struct call bind = ROW_BIND, connect = ROW_CONNECT, sendto = ROW_SENDTO, sendmsg = ROW_SENDMSG,
                             sendmmsg = ROW_SENDMMSG;
    u32 packed[6] = {};
    u32 number = s->args[0]; /* SYS_BIND and the like, include/uapi/linux/net.h */
    u32 size = number == 11 ? sizeof(packed) : 3 * sizeof(u32);
    const struct call *call = number == 2    ? &bind
                              : number == 3  ? &connect
                              : number == 11 ? &sendto
                              : number == 16 ? &sendmsg
                              : number == 20 ? &sendmmsg
                                             : NULL;
    if (!call || bpf_probe_read_user(packed, size, (void *)s->args[1]))
        return NULL;
    for (u32 i = 0; i < 6; i++)
        s->args[i] = packed[i];
    return call;
}

/* Returns the row to use for a call that takes an address. NULL: it names no file this time. */
static __always_inline const struct call *unpack_socket_call(struct scratch *s, const struct call *call, bool compat)
{
    if (call->what == CALL_SOCKET)
        call = unpack_socketcall(s);
    if (!call)
        return NULL;
    switch (call->what) {
    case CALL_SENDMMSG: /* each message has an address */
        return call;
    case CALL_SENDMSG:
        return unpack_message(s, s->args[1], compat) ? call : NULL;
    case CALL_SEND:
        return unpack_address(s, s->args[4], s->args[5]) ? call : NULL;
    }
    return unpack_address(s, s->args[1], s->args[2]) ? call : NULL;
}

#endif
