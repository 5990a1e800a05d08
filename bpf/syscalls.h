/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a file system call is described: where its arguments are, and what its result proves about a file. */
#ifndef WINNOW_SYSCALLS_H
#define WINNOW_SYSCALLS_H

#include "kernel.h"

#include "events.h"

enum { AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_SYMLINK_FOLLOW = 0x400, RESOLVE_IN_ROOT = 0x10 };
enum { RENAME_NOREPLACE = 1 };
enum { O_PATH = 010000000, O_TMPFILE = 020000000 };
#if defined(__TARGET_ARCH_x86)
enum { O_NOFOLLOW = 0400000 };
#elif defined(__TARGET_ARCH_arm64)
enum { O_NOFOLLOW = 0100000 };
#endif

/* include/uapi/asm-generic/errno*.h */
enum {
    EPERM = 1,
    ENOENT = 2,
    ENXIO = 6,
    ENOEXEC = 8,
    EACCES = 13,
    EBUSY = 16,
    EEXIST = 17,
    EXDEV = 18,
    ENODEV = 19,
    ENOTDIR = 20,
    EISDIR = 21,
    EINVAL = 22,
    ETXTBSY = 26,
    EROFS = 30,
    EMLINK = 31,
    ERANGE = 34,
    ENOTEMPTY = 39,
    ELOOP = 40,
    ENODATA = 61,
    EOVERFLOW = 75,
    ELIBBAD = 80,
    EOPNOTSUPP = 95,
    EADDRINUSE = 98,
};

enum what {
    CALL_NONE,
    CALL_NAME,     /* looks up one or two names */
    CALL_REMOVE,   /* of a directory only if nothing is in it */
    CALL_RENAME,   /* the same of a directory that has the second name */
    CALL_OPEN,     /* and gives a descriptor */
    CALL_FD,       /* works on a descriptor; the name's index is the descriptor's */
    CALL_CHDIR,    /* moves the directory that relative names start from */
    CALL_CHROOT,   /* moves the directory that absolute names start from */
    CALL_BIND,     /* the name is in a struct sockaddr_un */
    CALL_EXEC,     /* only failures: success is told by sched_process_exec */
    CALL_SOCKET,   /* socketcall(2): bind, or nothing of ours */
    CALL_IO_URING, /* its lookups are not system calls */
};

/* Whether a link in the last component is followed. */
enum how {
    FOLLOW,
    NOFOLLOW,
    AT_FLAGS,   /* unless AT_SYMLINK_NOFOLLOW */
    LINK_FLAGS, /* only with AT_SYMLINK_FOLLOW */
    OPEN_FLAGS, /* unless O_NOFOLLOW */
    OPEN_HOW,   /* the same in a struct open_how */
};

/* Indexes of arguments; no dirfd (-1) is the current directory. */
struct call {
    u8 what, kind, how;
    s8 dirfd, name, flags;
    s8 dirfd2, name2; /* the second name is one that is made or replaced: kind WN_DIR */
};

#define STAT(how, dirfd, name, flags) {CALL_NAME, WN_STAT, how, dirfd, name, flags, -1, -1}
#define DIR(dirfd, name) {CALL_NAME, WN_DIR, NOFOLLOW, dirfd, name, -1, -1, -1}
#define REMOVE(dirfd, name) {CALL_REMOVE, WN_DIR, NOFOLLOW, dirfd, name, -1, -1, -1}
#define OPEN(how, dirfd, name, flags) {CALL_OPEN, WN_OPEN, how, dirfd, name, flags, -1, -1}
#define READLINK(dirfd, name) {CALL_NAME, WN_READLINK, NOFOLLOW, dirfd, name, -1, -1, -1}
#define OF_FD(kind, fd) {CALL_FD, kind, FOLLOW, -1, fd, -1, -1, -1}

/* Calls that take names as both arguments say, whatever their number is. */
#define ROW_OPENAT OPEN(OPEN_FLAGS, 0, 1, 2)
#define ROW_OPENAT2 OPEN(OPEN_HOW, 0, 1, 2)
#define ROW_OPEN_BY_HANDLE {CALL_OPEN, WN_OPEN, FOLLOW, -1, -1, -1, -1, -1}
#define ROW_NAME_TO_HANDLE STAT(LINK_FLAGS, 0, 1, 4)
#define ROW_PATH STAT(FOLLOW, -1, 0, -1)
#define ROW_LPATH STAT(NOFOLLOW, -1, 0, -1)
#define ROW_AT STAT(FOLLOW, 0, 1, -1)
#define ROW_AT_FLAGS(flags) STAT(AT_FLAGS, 0, 1, flags)
#define ROW_INOTIFY STAT(FOLLOW, -1, 1, -1)
#define ROW_FANOTIFY STAT(FOLLOW, 3, 4, -1)
#define ROW_MOUNT STAT(FOLLOW, -1, 1, -1)
#define ROW_UMOUNT STAT(FOLLOW, -1, 0, -1)
#define ROW_CHDIR {CALL_CHDIR, WN_DIR, FOLLOW, -1, 0, -1, -1, -1}
#define ROW_CHROOT {CALL_CHROOT, WN_DIR, FOLLOW, -1, 0, -1, -1, -1}
#define ROW_RENAMEAT {CALL_RENAME, WN_DIR, NOFOLLOW, 0, 1, -1, 2, 3}
#define ROW_RENAMEAT2 {CALL_RENAME, WN_DIR, NOFOLLOW, 0, 1, 4, 2, 3}
#define ROW_LINKAT {CALL_NAME, WN_STAT, LINK_FLAGS, 0, 1, 4, 2, 3}
#define ROW_BIND {CALL_BIND, WN_DIR, NOFOLLOW, -1, 1, -1, -1, -1}
#define ROW_EXECVE {CALL_EXEC, WN_STAT, FOLLOW, -1, 0, -1, -1, -1}
#define ROW_EXECVEAT {CALL_EXEC, WN_STAT, AT_FLAGS, 0, 1, 4, -1, -1}
#define ROW_SOCKETCALL {CALL_SOCKET, WN_DIR, NOFOLLOW, -1, 1, -1, -1, -1}
#define ROW_FANOTIFY_32 STAT(FOLLOW, 4, 5, -1) /* a 64-bit argument takes two registers */
#define ROW_RENAME {CALL_RENAME, WN_DIR, NOFOLLOW, -1, 0, -1, -1, 1}
#define ROW_LINK {CALL_NAME, WN_STAT, NOFOLLOW, -1, 0, -1, -1, 1}
#define ROW_IO_URING {CALL_IO_URING, WN_OPEN, FOLLOW, -1, -1, -1, -1, -1}

/*
 * The tables are lists of CALL(number, function, row), one for each way into the kernel: "function" is the one that the
 * kernel calls, without the prefix of the architecture. OPENS and LOOKS are calls whose only lookup of a name is made
 * by do_filp_open() or filename_lookup(): where those can be watched, the calls need not be.
 */
#if defined(__TARGET_ARCH_x86)
#define CALLS_64 "calls/x86_64.h"
#define CALLS_32 "calls/i386.h"
#elif defined(__TARGET_ARCH_arm64)
#define CALLS_64 "calls/arm64.h"
#define CALLS_32 "calls/arm.h"
#endif

#endif
