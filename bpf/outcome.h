/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Decides what the result of a system call proves about the file that it named. */
#ifndef WINNOW_OUTCOME_H
#define WINNOW_OUTCOME_H

#include "syscalls.h"

static __always_inline bool is_nofollow(u8 how, u64 flags)
{
    switch (how) {
    case NOFOLLOW:
        return true;
    case AT_FLAGS:
        return flags & AT_SYMLINK_NOFOLLOW;
    case LINK_FLAGS:
        return !(flags & AT_SYMLINK_FOLLOW);
    case OPEN_FLAGS:
    case OPEN_HOW:
        return flags & O_NOFOLLOW;
    case UMOUNT_FLAGS:
        return flags & 0x8; /* UMOUNT_NOFOLLOW */
    case INOTIFY_FLAGS:
        return flags & 0x02000000; /* IN_DONT_FOLLOW */
    case FANOTIFY_FLAGS:
        return flags & 0x4; /* FAN_MARK_DONT_FOLLOW */
    case FSPICK_FLAGS:
        return flags & 0x2; /* FSPICK_SYMLINK_NOFOLLOW */
    case MOVE_FROM_FLAGS:
        return !(flags & 0x1); /* MOVE_MOUNT_F_SYMLINKS */
    case MOVE_TO_FLAGS:
        return !(flags & 0x10); /* MOVE_MOUNT_T_SYMLINKS */
    default:
        return false;
    }
}

static __always_inline bool sends(const struct call *call)
{
    return call->what == CALL_SEND || call->what == CALL_SENDMSG || call->what == CALL_SENDMMSG;
}

/* Whether ERROR proves that the file exists: the lookup succeeded, but what was to be done with the file failed. */
static __always_inline bool proves_existence(const struct call *call, s32 error, bool nofollow)
{
    switch (error) {
    case EACCES:
    case ENOTBLK:
    case EBUSY:
    case EEXIST:
    case EXDEV:
    case EISDIR:
    case ETXTBSY:
    case EROFS:
    case EMLINK:
    case ERANGE:
    case ELOOP: /* too many links on the way exist; or the link at the end does, which an open does not follow */
    case ENOTEMPTY:
    case ENODATA:
    case EOVERFLOW:
        return true;
    case EPERM:
        return call->what < CALL_ADMIN;
    case EOPNOTSUPP: /* for a message to a stream socket, the address is not looked up */
        return !sends(call);
    case ENXIO: /* a FIFO without a reader, a device without a driver */
    case ENODEV:
        return call->what == CALL_OPEN;
    case EINVAL: /* it is not a link, which realpath(3) tries for each component; or not a mount point */
        return call->kind == WN_READLINK || call->what == CALL_PIVOT;
    case ENOEXEC:
    case ELIBBAD:
        return call->what == CALL_EXEC;
    case EADDRINUSE:
        return call->what == CALL_BIND;
    case EPROTOTYPE:   /* a socket of another type */
    case ECONNREFUSED: /* a socket on which nobody listens, or no socket at all */
        return call->what == CALL_CONNECT || sends(call);
    case EAGAIN: /* too many connections wait to be accepted */
    case EISCONN:
        return call->what == CALL_CONNECT;
    default:
        return false;
    }
}

/* Whether a directory had to be empty but was not: rmdir(2), rename(2). File systems return either error. With
 * RENAME_NOREPLACE, EEXIST means only that the directory exists; it may be empty. */
static __always_inline bool found_not_empty(const struct call *call, s64 result, u64 flags)
{
    if (call->what != CALL_REMOVE && call->what != CALL_RENAME)
        return false;
    return result == -ENOTEMPTY || (result == -EEXIST && !(flags & RENAME_NOREPLACE));
}

static __always_inline u16 kind_of_name(u8 kind, bool nofollow)
{
    return kind == WN_STAT && nofollow ? WN_LSTAT : kind;
}

/* Returns what a call with this result did to its first name; 0: nothing that is known. */
static __always_inline u16 kind_of(const struct call *call, s64 result, u64 flags)
{
    bool nofollow = is_nofollow(call->how, flags);
    if (result >= 0) {
        if (call->what == CALL_EXEC && !(flags & AT_EXECVE_CHECK))
            return 0;
        if (call->what == CALL_PIVOT)
            return 0; /* the root before the call is unknown now; a mount reported both names */
        if (call->what == CALL_OPEN && (flags & O_TMPFILE))
            return WN_DIR; /* a file without a name was made in it */
        if (call->what == CALL_OPEN && nofollow && (flags & O_PATH))
            return WN_LSTAT; /* it may be the link itself */
        return kind_of_name(call->kind, nofollow);
    }
    if (call->what == CALL_FD)
        return 0;
    if (result == -ENOENT || result == -ENOTDIR)
        return WN_MISS;
    if (!proves_existence(call, -result, nofollow))
        return 0;
    if (call->what == CALL_REMOVE && found_not_empty(call, result, flags))
        return WN_NOT_EMPTY;
    if (call->kind == WN_DIR)
        return WN_DIR;
    return nofollow ? WN_LSTAT : WN_STAT;
}

/* Returns the same for its second name, if it did KIND to its first. */
static __always_inline u16 kind_of_second(const struct call *call, u16 kind, s64 result, u64 flags)
{
    if (kind == WN_MISS)
        return WN_MISS; /* it is not known which of the two is missing */
    if (found_not_empty(call, result, flags))
        return WN_NOT_EMPTY;
    return kind_of_name(call->kind2, is_nofollow(call->how2, flags));
}

#endif
