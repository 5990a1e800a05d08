/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows that describe file system calls: where the arguments are, and what the result proves about a file. */
#ifndef WINNOW_SYSCALLS_H
#define WINNOW_SYSCALLS_H

#include "kernel.h"

#include "events.h"

enum {
    AT_FDCWD = -100,
    AT_SYMLINK_NOFOLLOW = 0x100,
    AT_SYMLINK_FOLLOW = 0x400,
    AT_EXECVE_CHECK = 0x10000,
    RESOLVE_IN_ROOT = 0x10,
};
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
    EAGAIN = 11,
    EACCES = 13,
    ENOTBLK = 15,
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
    EPROTOTYPE = 91,
    EOPNOTSUPP = 95,
    EADDRINUSE = 98,
    EISCONN = 106,
    ECONNREFUSED = 111,
};

enum what {
    CALL_NONE,
    CALL_NAME,       /* looks up one or two names */
    CALL_REMOVE,     /* removes its name; a directory must be empty */
    CALL_RENAME,     /* replaces its second name; a directory there must be empty */
    CALL_OPEN,       /* looks up a name and returns a descriptor */
    CALL_FD,         /* works on a descriptor; "name" is the index of that argument */
    CALL_CHDIR,      /* moves the directory that relative names start from */
    CALL_CHROOT,     /* moves the directory that absolute names start from */
    CALL_EXEC,       /* only failures and checks: sched_process_exec reports success */
    CALL_RING_SETUP, /* io_uring: its lookups are not system calls */
    CALL_RING_ENTER,

    /* The name is in a struct sockaddr_un: bpf/socket.h. */
    CALL_BIND,
    CALL_CONNECT,
    CALL_SEND,
    CALL_SENDMSG,
    CALL_SENDMMSG,
    CALL_SOCKET, /* socketcall(2): one of these, or a call that names no file */

    /* From here on: calls that check a privilege before they look a name up, so that EPERM proves nothing. */
    CALL_ADMIN,
    CALL_PIVOT,
    CALL_MOUNT,    /* the source is a path only if it is bound or moved */
    CALL_QUOTA,    /* only the command quotaon has a second name */
    CALL_FSCONFIG, /* only two of its commands have a name */
    CALL_BPF,      /* only two of its commands have a name, which is in memory */
};

/* Whether a link at the end of the name is followed. */
enum how {
    FOLLOW,
    NOFOLLOW,
    AT_FLAGS,   /* unless AT_SYMLINK_NOFOLLOW */
    LINK_FLAGS, /* only with AT_SYMLINK_FOLLOW */
    OPEN_FLAGS, /* unless O_NOFOLLOW */
    OPEN_HOW,   /* unless O_NOFOLLOW, in a struct open_how */
    UMOUNT_FLAGS,
    INOTIFY_FLAGS,
    FANOTIFY_FLAGS,
    FSPICK_FLAGS,
    MOVE_FROM_FLAGS, /* of move_mount(2), which follows only if its flags say so */
    MOVE_TO_FLAGS,
};

/* The index at which the name in a socket's address is put, behind the six arguments. */
enum { SUN_PATH = 6 };

/* A row. dirfd, name, flags, dirfd2 and name2 are indexes of arguments; -1: the call does not have it. Without a dirfd,
 * names start from the current directory. */
struct call {
    u8 what, kind, how;
    s8 dirfd, name, flags;
    s8 dirfd2, name2;
    u8 kind2, how2;
};

#define ONE(what, kind, how, dirfd, name, flags) {what, kind, how, dirfd, name, flags, -1, -1, 0, 0}
#define STAT(how, dirfd, name, flags) ONE(CALL_NAME, WN_STAT, how, dirfd, name, flags)
#define DIR(dirfd, name) ONE(CALL_NAME, WN_DIR, NOFOLLOW, dirfd, name, -1)
#define REMOVE(dirfd, name) ONE(CALL_REMOVE, WN_DIR, NOFOLLOW, dirfd, name, -1)
#define OPEN(how, dirfd, name, flags) ONE(CALL_OPEN, WN_OPEN, how, dirfd, name, flags)
#define READLINK(dirfd, name) ONE(CALL_NAME, WN_READLINK, NOFOLLOW, dirfd, name, -1)
#define OF_FD(kind, fd) ONE(CALL_FD, kind, FOLLOW, -1, fd, -1)
#define SOCKET(what, kind, how) ONE(what, kind, how, -1, SUN_PATH, -1)
#define ADMIN(kind, how, dirfd, name, flags) ONE(CALL_ADMIN, kind, how, dirfd, name, flags)
/* For a second name that is made or replaced. */
#define MAKES(dirfd2, name2) dirfd2, name2, WN_DIR, NOFOLLOW

/* Rows for calls that have the same arguments in all tables, whatever their numbers are. */
#define ROW_OPENAT OPEN(OPEN_FLAGS, 0, 1, 2)
#define ROW_OPENAT2 OPEN(OPEN_HOW, 0, 1, 2)
#define ROW_OPEN_BY_HANDLE OPEN(FOLLOW, -1, -1, -1)
#define ROW_NAME_TO_HANDLE STAT(LINK_FLAGS, 0, 1, 4)
#define ROW_PATH STAT(FOLLOW, -1, 0, -1)
#define ROW_LPATH STAT(NOFOLLOW, -1, 0, -1)
#define ROW_AT STAT(FOLLOW, 0, 1, -1)
#define ROW_AT_FLAGS(flags) STAT(AT_FLAGS, 0, 1, flags)
#define ROW_INOTIFY STAT(INOTIFY_FLAGS, -1, 1, 2)
#define ROW_FANOTIFY STAT(FANOTIFY_FLAGS, 3, 4, 1)
#define ROW_MOUNT ONE(CALL_MOUNT, WN_STAT, FOLLOW, -1, 1, -1)
#define ROW_UMOUNT ADMIN(WN_STAT, UMOUNT_FLAGS, -1, 0, 1)
#define ROW_OLDUMOUNT ADMIN(WN_STAT, FOLLOW, -1, 0, -1)
#define ROW_CHDIR ONE(CALL_CHDIR, WN_DIR, FOLLOW, -1, 0, -1)
#define ROW_CHROOT ONE(CALL_CHROOT, WN_DIR, FOLLOW, -1, 0, -1)
#define ROW_RENAMEAT {CALL_RENAME, WN_DIR, NOFOLLOW, 0, 1, -1, MAKES(2, 3)}
#define ROW_RENAMEAT2 {CALL_RENAME, WN_DIR, NOFOLLOW, 0, 1, 4, MAKES(2, 3)}
#define ROW_LINKAT {CALL_NAME, WN_STAT, LINK_FLAGS, 0, 1, 4, MAKES(2, 3)}
#define ROW_BIND SOCKET(CALL_BIND, WN_DIR, NOFOLLOW)
#define ROW_CONNECT SOCKET(CALL_CONNECT, WN_STAT, FOLLOW)
#define ROW_SENDTO SOCKET(CALL_SEND, WN_STAT, FOLLOW)
#define ROW_SENDMSG SOCKET(CALL_SENDMSG, WN_STAT, FOLLOW)
#define ROW_SENDMMSG SOCKET(CALL_SENDMMSG, WN_STAT, FOLLOW)
#define ROW_EXECVE ONE(CALL_EXEC, WN_STAT, FOLLOW, -1, 0, -1)
#define ROW_EXECVEAT ONE(CALL_EXEC, WN_STAT, AT_FLAGS, 0, 1, 4)
#define ROW_SOCKETCALL SOCKET(CALL_SOCKET, WN_STAT, FOLLOW)
#define ROW_FANOTIFY_32 STAT(FANOTIFY_FLAGS, 4, 5, 1) /* a 64-bit argument takes two registers */
#define ROW_RENAME {CALL_RENAME, WN_DIR, NOFOLLOW, -1, 0, -1, MAKES(-1, 1)}
#define ROW_LINK {CALL_NAME, WN_STAT, NOFOLLOW, -1, 0, -1, MAKES(-1, 1)}
#define ROW_RING(what) ONE(what, WN_OPEN, FOLLOW, -1, -1, -1)
#define ROW_MOVE_MOUNT {CALL_ADMIN, WN_STAT, MOVE_FROM_FLAGS, 0, 1, 4, 2, 3, WN_STAT, MOVE_TO_FLAGS}
#define ROW_PIVOT_ROOT {CALL_PIVOT, WN_STAT, FOLLOW, -1, 0, -1, -1, 1, WN_STAT, FOLLOW}
#define ROW_MOUNT_SETATTR ADMIN(WN_STAT, AT_FLAGS, 0, 1, 2)
#define ROW_FSPICK ADMIN(WN_STAT, FSPICK_FLAGS, 0, 1, 2)
#define ROW_FSCONFIG ONE(CALL_FSCONFIG, WN_STAT, FOLLOW, 4, 3, -1)
#define ROW_QUOTACTL ONE(CALL_QUOTA, WN_STAT, FOLLOW, -1, 1, -1)
#define ROW_KERNEL_OPENS ADMIN(WN_OPEN, FOLLOW, -1, 0, -1) /* the kernel opens it, and returns no descriptor */
#define ROW_BPF ONE(CALL_BPF, WN_STAT, FOLLOW, -1, -1, -1)

/*
 * The tables are lists of CALL(number, function, row), one table for each ABI: "function" is the one that the kernel
 * calls, without the prefix of the architecture. OPENS and LOOKS are calls with a single lookup of a name, which
 * do_filp_open() or filename_lookup() makes: if those can be watched, the calls need not be. uselib(2) is not among
 * them: it opens a file as execve(2) opens a program, which is not reported from do_filp_open().
 */
#if defined(__TARGET_ARCH_x86)
#define CALLS_64 "calls/x86_64.h"
#define CALLS_32 "calls/i386.h"
enum { RT_SIGRETURN = 15, RT_SIGRETURN_32 = 173, SIGRETURN_32 = 119 };
#elif defined(__TARGET_ARCH_arm64)
#define CALLS_64 "calls/arm64.h"
#define CALLS_32 "calls/arm.h"
enum { RT_SIGRETURN = 139, RT_SIGRETURN_32 = 173, SIGRETURN_32 = 119 };
#endif

#endif
