/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The file system calls of each architecture: where their arguments are, and what their results prove about a file.
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
 */
#ifndef WINNOW_SYSCALLS_H
#define WINNOW_SYSCALLS_H

#include "kernel.h"

#include "events.h"

enum { AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_SYMLINK_FOLLOW = 0x400, RESOLVE_IN_ROOT = 0x10 };
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
    CALL_OPEN,     /* and gives a descriptor */
    CALL_FD,       /* works on a descriptor; the name's index is the descriptor's */
    CALL_CHDIR,    /* moves the directory that relative names start from */
    CALL_CHROOT,   /* moves the directory that absolute names start from */
    CALL_BIND,     /* the name is in a struct sockaddr_un */
    CALL_EXEC,     /* only failures: success is told by sched_process_exec */
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
#define ROW_CHDIR {CALL_CHDIR, WN_DIR, FOLLOW, -1, 0, -1, -1, -1}
#define ROW_CHROOT {CALL_CHROOT, WN_DIR, FOLLOW, -1, 0, -1, -1, -1}
#define ROW_RENAMEAT {CALL_NAME, WN_DIR, NOFOLLOW, 0, 1, -1, 2, 3}
#define ROW_LINKAT {CALL_NAME, WN_STAT, LINK_FLAGS, 0, 1, 4, 2, 3}
#define ROW_BIND {CALL_BIND, WN_DIR, NOFOLLOW, -1, 1, -1, -1, -1}
#define ROW_EXECVE {CALL_EXEC, WN_STAT, FOLLOW, -1, 0, -1, -1, -1}
#define ROW_EXECVEAT {CALL_EXEC, WN_STAT, AT_FLAGS, 0, 1, 4, -1, -1}
#define ROW_IO_URING {CALL_IO_URING, WN_OPEN, FOLLOW, -1, -1, -1, -1, -1}

#define CALLS_MAX 512

static const struct call calls[CALLS_MAX] = {
#if defined(__TARGET_ARCH_x86)
    [2] = OPEN(OPEN_FLAGS, -1, 0, 1),                        /* open */
    [85] = OPEN(FOLLOW, -1, 0, -1),                          /* creat */
    [257] = ROW_OPENAT,                                      /* openat */
    [304] = ROW_OPEN_BY_HANDLE,                              /* open_by_handle_at */
    [303] = ROW_NAME_TO_HANDLE,                              /* name_to_handle_at */
    [4] = ROW_PATH,                                          /* stat */
    [6] = ROW_LPATH,                                         /* lstat */
    [262] = ROW_AT_FLAGS(3),                                 /* newfstatat */
    [332] = ROW_AT_FLAGS(2),                                 /* statx */
    [21] = ROW_PATH,                                         /* access */
    [269] = ROW_AT,                                          /* faccessat */
    [137] = ROW_PATH,                                        /* statfs */
    [188] = ROW_PATH,                                        /* setxattr */
    [189] = ROW_LPATH,                                       /* lsetxattr */
    [191] = ROW_PATH,                                        /* getxattr */
    [192] = ROW_LPATH,                                       /* lgetxattr */
    [194] = ROW_PATH,                                        /* listxattr */
    [195] = ROW_LPATH,                                       /* llistxattr */
    [197] = ROW_PATH,                                        /* removexattr */
    [198] = ROW_LPATH,                                       /* lremovexattr */
    [254] = ROW_INOTIFY,                                     /* inotify_add_watch */
    [301] = ROW_FANOTIFY,                                    /* fanotify_mark */
    [90] = ROW_PATH,                                         /* chmod */
    [268] = ROW_AT,                                          /* fchmodat */
    [92] = ROW_PATH,                                         /* chown */
    [94] = ROW_LPATH,                                        /* lchown */
    [260] = ROW_AT_FLAGS(4),                                 /* fchownat */
    [132] = ROW_PATH,                                        /* utime */
    [235] = ROW_PATH,                                        /* utimes */
    [280] = ROW_AT_FLAGS(3),                                 /* utimensat */
    [261] = ROW_AT,                                          /* futimesat */
    [76] = ROW_PATH,                                         /* truncate */
    [89] = READLINK(-1, 0),                                  /* readlink */
    [267] = READLINK(0, 1),                                  /* readlinkat */
    [80] = ROW_CHDIR,                                        /* chdir */
    [81] = OF_FD(WN_DIR, 0),                                 /* fchdir */
    [161] = ROW_CHROOT,                                      /* chroot */
    [78] = OF_FD(WN_DIR, 0),                                 /* getdents */
    [217] = OF_FD(WN_DIR, 0),                                /* getdents64 */
    [83] = DIR(-1, 0),                                       /* mkdir */
    [258] = DIR(0, 1),                                       /* mkdirat */
    [84] = DIR(-1, 0),                                       /* rmdir */
    [87] = DIR(-1, 0),                                       /* unlink */
    [263] = DIR(0, 1),                                       /* unlinkat */
    [82] = {CALL_NAME, WN_DIR, NOFOLLOW, -1, 0, -1, -1, 1},  /* rename */
    [264] = ROW_RENAMEAT,                                    /* renameat */
    [316] = ROW_RENAMEAT,                                    /* renameat2 */
    [86] = {CALL_NAME, WN_STAT, NOFOLLOW, -1, 0, -1, -1, 1}, /* link */
    [265] = ROW_LINKAT,                                      /* linkat */
    [88] = DIR(-1, 1),                                       /* symlink */
    [266] = DIR(1, 2),                                       /* symlinkat */
    [133] = DIR(-1, 0),                                      /* mknod */
    [259] = DIR(0, 1),                                       /* mknodat */
    [49] = ROW_BIND,                                         /* bind */
    [59] = ROW_EXECVE,                                       /* execve */
    [322] = ROW_EXECVEAT,                                    /* execveat */
#elif defined(__TARGET_ARCH_arm64)
    [56] = ROW_OPENAT,          /* openat */
    [265] = ROW_OPEN_BY_HANDLE, /* open_by_handle_at */
    [264] = ROW_NAME_TO_HANDLE, /* name_to_handle_at */
    [79] = ROW_AT_FLAGS(3),     /* newfstatat */
    [291] = ROW_AT_FLAGS(2),    /* statx */
    [48] = ROW_AT,              /* faccessat */
    [43] = ROW_PATH,            /* statfs */
    [5] = ROW_PATH,             /* setxattr */
    [6] = ROW_LPATH,            /* lsetxattr */
    [8] = ROW_PATH,             /* getxattr */
    [9] = ROW_LPATH,            /* lgetxattr */
    [11] = ROW_PATH,            /* listxattr */
    [12] = ROW_LPATH,           /* llistxattr */
    [14] = ROW_PATH,            /* removexattr */
    [15] = ROW_LPATH,           /* lremovexattr */
    [27] = ROW_INOTIFY,         /* inotify_add_watch */
    [263] = ROW_FANOTIFY,       /* fanotify_mark */
    [53] = ROW_AT,              /* fchmodat */
    [54] = ROW_AT_FLAGS(4),     /* fchownat */
    [88] = ROW_AT_FLAGS(3),     /* utimensat */
    [45] = ROW_PATH,            /* truncate */
    [78] = READLINK(0, 1),      /* readlinkat */
    [49] = ROW_CHDIR,           /* chdir */
    [50] = OF_FD(WN_DIR, 0),    /* fchdir */
    [51] = ROW_CHROOT,          /* chroot */
    [61] = OF_FD(WN_DIR, 0),    /* getdents64 */
    [34] = DIR(0, 1),           /* mkdirat */
    [35] = DIR(0, 1),           /* unlinkat */
    [38] = ROW_RENAMEAT,        /* renameat */
    [276] = ROW_RENAMEAT,       /* renameat2 */
    [37] = ROW_LINKAT,          /* linkat */
    [36] = DIR(1, 2),           /* symlinkat */
    [33] = DIR(0, 1),           /* mknodat */
    [200] = ROW_BIND,           /* bind */
    [221] = ROW_EXECVE,         /* execve */
    [281] = ROW_EXECVEAT,       /* execveat */
#endif
    /* Since 5.1 a call has the same number everywhere. */
    [425] = ROW_IO_URING,    /* io_uring_setup: with a polling kernel thread, submissions need no call */
    [426] = ROW_IO_URING,    /* io_uring_enter */
    [428] = ROW_AT_FLAGS(2), /* open_tree */
    [437] = ROW_OPENAT2,     /* openat2 */
    [439] = ROW_AT_FLAGS(3), /* faccessat2 */
    [452] = ROW_AT_FLAGS(3), /* fchmodat2 */
    [463] = ROW_AT_FLAGS(2), /* setxattrat */
    [464] = ROW_AT_FLAGS(2), /* getxattrat */
    [465] = ROW_AT_FLAGS(2), /* listxattrat */
    [466] = ROW_AT_FLAGS(2), /* removexattrat */
    [468] = ROW_AT_FLAGS(4), /* file_getattr */
    [469] = ROW_AT_FLAGS(4), /* file_setattr */
};

/*
 * The file system calls of 32-bit processes, as single bits; they are counted, not decoded.
 * Numbers: arch/x86/entry/syscalls/syscall_32.tbl, arch/arm64/tools/syscall_32.tbl.
 */
static const u8 compat_calls[CALLS_MAX] =
    {
        [5] = 1,           [8 ... 12] = 1,    [14 ... 16] = 1,   [33] = 1,          [38 ... 40] = 1,
        [61] = 1,          [83] = 1,          [85] = 1,          [92] = 1,          [99] = 1,
        [106 ... 107] = 1, [133] = 1,         [141] = 1,         [182] = 1,         [193] = 1,
        [195 ... 196] = 1, [198] = 1,         [212] = 1,         [226 ... 227] = 1, [229 ... 230] = 1,
        [232 ... 233] = 1, [235 ... 236] = 1, [412] = 1,         [425 ... 426] = 1, [428] = 1,
        [437] = 1,         [439] = 1,         [452] = 1,         [463 ... 466] = 1, [468 ... 469] = 1,
#if defined(__TARGET_ARCH_x86)
        [18] = 1,          [30] = 1,          [84] = 1,          [220] = 1,         [268] = 1,
        [271] = 1,         [292] = 1,         [295 ... 307] = 1, [320] = 1,         [339] = 1,
        [341 ... 342] = 1, [353] = 1,         [358] = 1,         [361] = 1,         [383] = 1,
#elif defined(__TARGET_ARCH_arm64)
        [217] = 1,         [266] = 1,         [269] = 1,       [282] = 1,         [317] = 1,
        [322 ... 334] = 1, [348] = 1,         [368] = 1,       [370 ... 371] = 1, [382] = 1,
        [387] = 1,         [397] = 1,
#endif
};

#endif
