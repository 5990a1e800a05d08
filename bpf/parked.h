/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests of io_uring between their submission and their completion: parked with all that they ask for, and told once
 * their result is known, which another task may learn.
 */
#ifndef WINNOW_PARKED_H
#define WINNOW_PARKED_H

#include "call.h"

/* enum io_uring_op, include/uapi/linux/io_uring.h */
enum {
    OP_CONNECT = 16,
    OP_OPENAT = 18,
    OP_STATX = 21,
    OP_OPENAT2 = 28,
    OP_RENAMEAT = 35,
    OP_UNLINKAT = 36,
    OP_MKDIRAT = 37,
    OP_SYMLINKAT = 38,
    OP_LINKAT = 39,
    OP_SETXATTR = 42,
    OP_GETXATTR = 44,
    OP_BIND = 56,
    OP_PIPE = 62, /* the last operation that is known here, of 6.16 */
    OPERATIONS = 64,
};

/* What each operation names and proves, as for calls. An operation that names nothing has no row. */
static const struct call operations[OPERATIONS] = {
    [OP_CONNECT] = ROW_CONNECT,    [OP_OPENAT] = ROW_OPENAT,     [OP_STATX] = ROW_AT_FLAGS(2),
    [OP_OPENAT2] = ROW_OPENAT, /* the kernel has read struct open_how already */
    [OP_RENAMEAT] = ROW_RENAMEAT2, [OP_UNLINKAT] = REMOVE(0, 1), [OP_MKDIRAT] = DIR(0, 1),
    [OP_SYMLINKAT] = DIR(1, 2),    [OP_LINKAT] = ROW_LINKAT,     [OP_SETXATTR] = ROW_PATH,
    [OP_GETXATTR] = ROW_PATH,      [OP_BIND] = ROW_BIND,
};

static __always_inline const struct call *operation_at(u32 operation)
{
    barrier_var(operation);
    return &operations[operation & (OPERATIONS - 1)];
}

/* Returns a copy of the pointer that is a number for the verifier. */
static __always_inline u64 address_of(const struct io_kiocb *request)
{
    u64 address = 0;
    bpf_probe_read_kernel(&address, sizeof(address), &request);
    return address;
}

/* Events that wait for their results, by the address of the request; for its second name, by that address plus one. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1 << 16);
    __type(key, struct wn_chunk_key);
    __type(value, struct wn_chunk);
} parked SEC(".maps");

static __always_inline u32 parked_chunks(u32 bytes)
{
    return (sizeof(struct wn_request) + sizeof(struct wn_event) + bytes + WN_CHUNK - 1) / WN_CHUNK;
}

static __always_inline void lose_operation(u64 target, u32 operation)
{
    struct wn_account *account = bpf_map_lookup_elem(&accounts, &target);
    lose(target, WN_LOST_IO_URING);
    if (account)
        __sync_fetch_and_or(&account->untold, 1ull << (operation < OPERATIONS ? operation : OPERATIONS - 1));
}

/* Lays out the sighting in the scratch, and parks it. A global function, so that the verifier checks it only once. */
__noinline int park(u32 slot, u64 sequence)
{
    struct scratch *s = scratch_at(slot);
    if (!s)
        return false;
    s->request.sighting = hash_of_sighting(s, hash_of_named(s));
    lay_out(s, slot);
    u32 size = s->at;
    if (size > WN_BYTES_MAX)
        return false;
    if (!put_chunks(&parked, sequence, (u8 *)&s->request, parked_chunks(size)))
        return false;
    __sync_fetch_and_add(&shared.parked, 1);
    return true;
}

static __always_inline u32 size_of(const struct wn_place *place) { return place->within + place->above + place->below; }

/* Moves the parked event SEQUENCE into the scratch. False: there is none, or a part of it is missing. */
__noinline int unpark(u32 slot, u64 sequence)
{
    struct scratch *s = scratch_at(slot);
    struct wn_chunk_key key = {.sequence = sequence};
    const void *chunk = s ? bpf_map_lookup_elem(&parked, &key) : NULL;
    if (!chunk)
        return false;
    u8 *bytes = (u8 *)&s->request;
    bpf_probe_read_kernel(bytes, WN_CHUNK, chunk);
    bpf_map_delete_elem(&parked, &key);
    __sync_fetch_and_sub(&shared.parked, 1);
    u32 size =
        s->event.name_len + size_of(&s->event.base) + size_of(&s->event.exe) + s->event.root_len + s->event.argv0_len;
    if (size > WN_BYTES_MAX)
        return false;
    u32 count = parked_chunks(size);
    for (u32 i = 1; i < CHUNKS_MAX; i++) {
        if (i >= count)
            break;
        key.index = i;
        chunk = bpf_map_lookup_elem(&parked, &key);
        if (!chunk)
            return false;
        bpf_probe_read_kernel(bytes + i * WN_CHUNK, WN_CHUNK, chunk);
        bpf_map_delete_elem(&parked, &key);
    }
    s->at = size;
    __builtin_memset(&s->base, 0, 3 * sizeof(struct where));
    return true;
}

/* How a request ended that was parked. */
struct outcome {
    s64 result;
    u64 ring;    /* the ring that the request belongs to now */
    bool reused; /* its completion was not seen, and it is used again: RESULT is right only if RING is the same ring */
};

/* Sends the parked event in the scratch, now that its result is known. Global for the same reason. */
__noinline int settle_one(u32 slot, const struct outcome *outcome)
{
    struct scratch *s = scratch_at(slot);
    if (!s || !outcome)
        return 0;
    const struct call *call = operation_at(s->request.operation);
    s64 result = outcome->result;
    if (outcome->reused && s->request.silent)
        result = 0;
    else if (outcome->reused && outcome->ring != s->request.ring) {
        lose_operation(s->event.target, s->request.operation);
        return 0;
    }
    u16 kind = kind_of(call, result, s->request.flags);
    if (s->request.second && kind)
        kind = kind_of_second(call, kind, result, s->request.flags);
    if (!kind)
        return 0;
    s->event.kind = kind;
    bool ours = (u32)(bpf_get_current_pid_tgid() >> 32) == s->request.process;
    if (call->what == CALL_OPEN && kind != WN_DIR && result >= 0 && ours && !outcome->reused && !s->request.fixed) {
        set_file(&s->file, result, false);
    }
    struct seen_key key = key_of(s, s->request.sighting);
    if (!bpf_map_lookup_elem(&seen, &key))
        send(s, slot, &key);
    return 0;
}

static __always_inline bool is_parked(u64 sequence)
{
    struct wn_chunk_key key = {.sequence = sequence};
    return bpf_map_lookup_elem(&parked, &key);
}

static __always_inline void settle(const struct io_kiocb *request, s64 result, bool reused)
{
    struct outcome outcome = {.result = result, .reused = reused};
    u64 address = address_of(request);
    if (!is_parked(address) && !is_parked(address + 1)) /* most requests: they name nothing, or no target made them */
        return;
    u32 slot = 0;
    struct scratch *s = take_scratch(0, &slot);
    if (!s)
        return;
    outcome.ring = (u64)BPF_CORE_READ(request, ctx);
    if (unpark(slot, address))
        settle_one(slot, &outcome);
    if (unpark(slot, address + 1))
        settle_one(slot, &outcome);
    put_scratch(s);
}

#endif
