/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the result of a system call proves about the file that it named. */
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
    default:
        return false;
    }
}

/* Errors that only a file that is there can cause: lookup succeeded, what was wanted of the file did not. */
static __always_inline bool proves_existence(const struct call *call, s32 error, bool nofollow)
{
    switch (error) {
    case EPERM:
    case EACCES:
    case EBUSY:
    case EEXIST:
    case EXDEV:
    case EISDIR:
    case ETXTBSY:
    case EROFS:
    case EMLINK:
    case ERANGE:
    case ELOOP: /* the links on the way, or the one at its end that an open does not follow */
    case ENOTEMPTY:
    case ENODATA:
    case EOVERFLOW:
    case EOPNOTSUPP:
        return true;
    case ENXIO: /* a FIFO without a reader, a device without a driver */
    case ENODEV:
        return call->what == CALL_OPEN;
    case EINVAL: /* not a link; realpath(3) asks this of each component */
        return call->kind == WN_READLINK;
    case ENOEXEC:
    case ELIBBAD:
        return call->what == CALL_EXEC;
    case EADDRINUSE:
        return call->what == CALL_BIND;
    default:
        return false;
    }
}

/* A directory had to be empty and was not: rmdir(2), rename(2). File systems say it in either word; a directory that is
 * not to be replaced at all may be empty. */
static __always_inline bool found_not_empty(const struct call *call, s64 result, u64 flags)
{
    if (call->what != CALL_REMOVE && call->what != CALL_RENAME)
        return false;
    return result == -ENOTEMPTY || (result == -EEXIST && !(flags & RENAME_NOREPLACE));
}

/* What a call with this result did to its first name; 0: nothing that can be told. */
static __always_inline u16 kind_of(const struct call *call, s64 result, u64 flags)
{
    bool nofollow = is_nofollow(call->how, flags);
    if (result >= 0) {
        if (call->what == CALL_EXEC)
            return 0;
        if (call->what == CALL_OPEN && (flags & O_TMPFILE))
            return WN_DIR; /* a file without a name in it */
        if (call->what == CALL_OPEN && nofollow && (flags & O_PATH))
            return WN_LSTAT; /* it may be the link itself */
        return call->kind == WN_STAT && nofollow ? WN_LSTAT : call->kind;
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

#endif
