/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the BPF programs and the recorder share: events, keys and values of maps, causes of loss. */
#ifndef WINNOW_EVENTS_H
#define WINNOW_EVENTS_H

#define WN_LAYOUT 1                    /* grows with each change of what is shared: other versions must not go on */
#define WN_NAME_MAX 4096               /* PATH_MAX: the longest name of a system call, with its NUL */
#define WN_COMPONENT_MAX 256           /* NAME_MAX and a NUL */
#define WN_DEPTH_MAX 768               /* components and mounts on the way from a file to the root */
#define WN_BYTES_MAX (4 * WN_NAME_MAX) /* bytes that follow the struct wn_event of one event */
#define WN_TARGETS_MAX 4096            /* cgroups that are watched at once, with those below a target */
#define WN_SYSCALLS_MAX 512            /* numbers of system calls that are told apart */
#define WN_CHUNK 432 /* bytes of an event in one element of the overflow map; with its overhead, 512 bytes */

/* No kind is 0: a row of the table of system calls that is all zeros means "names no file". */
enum wn_kind {
    WN_OPEN = 1,
    WN_EXEC,
    WN_STAT,
    WN_LSTAT,
    WN_READLINK,
    WN_DIR,
    WN_LIST,
    WN_MISS,
    WN_BORN,    /* a cgroup named after a container id became a target when it was made; name: its path */
    WN_GONE,    /* a watched cgroup was removed */
    WN_ENTERED, /* a process from outside ran its first program in a container; name: its arguments, each with a NUL */
    WN_NOT_EMPTY, /* a directory was not removed, or not replaced, because it is not empty */
    WN_SEARCH,    /* WN_LIST by an import system, which looks for modules */
};

/* Which parts an event has; a part of no bytes is the root directory. A part is stray if its mount is in another mount
 * namespace than the task, or in none: then only its place in the file system is known. */
enum wn_flag {
    WN_HAS_BASE = 1,
    WN_HAS_FILE = 2,
    WN_HAS_EXE = 4,
    WN_STRAY_BASE = 8,
    WN_STRAY_FILE = 16,
    WN_STRAY_EXE = 32,
};

enum wn_loss {
    WN_LOST_FULL,         /* neither the ring nor the overflow map had room */
    WN_LOST_TRUNCATED,    /* the path from a file to the root was too long */
    WN_LOST_UNREADABLE,   /* a name could not be read from user memory */
    WN_LOST_TARGETS_FULL, /* a cgroup could not be watched */
    WN_LOST_BUSY,         /* no scratch was free: too many programs ran at once on one processor */
    WN_LOST_IO_URING,     /* a request of io_uring with an unknown lookup; if requests cannot be seen, a call */
    WN_LOSSES,
};

/* Whose process made a sighting. */
enum {
    WN_WORKLOAD = 0, /* the container's first process, or one that it started */
    WN_ENTERING = 1, /* a process on its way into a container, before it ran its program there */
                     /* any other value is a visit: the hash of the arguments that WN_ENTERED reported */
};

/*
 * Where a file lies: the bytes of three lists of components, each component followed by a NUL. "within" leads from the
 * file up to the root of its mount; "above" from the mount point up to the root of the mount namespace; "below" from
 * the root of the mount, which may show only a part of its file system, up to the root of the file system.
 */
struct wn_place {
    unsigned int dev; /* of the file system, in the kernel's encoding: major << 20 | minor */
    unsigned short within, above, below;
    unsigned short unused;
};

/*
 * Six parts follow it: the name as it was given; the place of the directory that the name is relative to; the place of
 * the executable of the program that asked; the components from the task's root directory up to the root of its file
 * system; argv[0] of the program; and the place of the file that was found. The whole is padded to a multiple of 8
 * bytes.
 */
struct wn_event {
    unsigned long long time_ns;  /* CLOCK_MONOTONIC */
    unsigned long long target;   /* id of the target */
    unsigned long long cgroup;   /* id of the cgroup that WN_BORN and WN_GONE are about */
    unsigned long long visit;    /* WN_WORKLOAD, WN_ENTERING or the hash of a visit */
    unsigned long long root_ino; /* the task's root directory: inode, device of its superblock, mount namespace */
    unsigned int root_dev;
    unsigned int mnt_ns;
    unsigned int mounts; /* grows with each change of that namespace's mounts; modulo 2^32 */
    unsigned int process;
    unsigned short kind;
    unsigned short flags;
    unsigned short name_len, root_len, argv0_len;
    unsigned short unused;
    struct wn_place base, file, exe;
};

/* Before an event in the map "parked": a request of io_uring whose result is not known yet. */
struct wn_request {
    unsigned long long ring;     /* the ring that it was submitted to */
    unsigned long long sighting; /* hash of all that tells sightings apart, without kind and file */
    unsigned int flags;          /* O_ or AT_ flags */
    unsigned int process;        /* the process whose descriptors and directories it uses */
    unsigned short operation;    /* enum io_uring_op, include/uapi/linux/io_uring.h */
    unsigned char silent;        /* the kernel reports only its failure, not its success */
    unsigned char fixed;         /* the opened file gets no descriptor of the process */
    unsigned int second;         /* it is about the second name, which is made or replaced */
};

enum wn_target_flag {
    WN_IS_CONTAINER = 1, /* processes that enter it from outside are visits, and told apart */
};

/* Value of the map "targets": the target that a cgroup belongs to. The key is a cgroup id, or WN_NAMESPACE | inum of a
 * mount namespace. */
struct wn_target {
    unsigned long long id;
    unsigned long long
        born; /* CLOCK_MONOTONIC; part of every first-sighting key, so that a new target has seen nothing */
    unsigned int flags;
    int first; /* id of the first process that entered; 0: none yet; -1: no process counts as coming from outside */
    unsigned long long noted[WN_SYSCALLS_MAX / 64], noted32[WN_SYSCALLS_MAX / 64]; /* calls that are noted already */
};
#define WN_NAMESPACE (1ull << 63)

/* Value of the map "accounts", by target; key 0 is for what belongs to no known target. */
struct wn_account {
    unsigned long long lost[WN_LOSSES];
    unsigned long long untold;    /* operations of io_uring that were lost, by bit */
    unsigned long long chunks;    /* how many chunks were ever put into the overflow map */
    unsigned long long recovered; /* how many events were put there */
    /* The runtime's home: until a program is run in the container's root, the runtime works with this root directory,
     * or in this mount namespace. The members mean what root_ino, root_dev and mnt_ns of wn_event mean. */
    unsigned long long home_ino;
    unsigned int home_dev, home_ns;
    unsigned long long begun;                            /* not 0: such a program was run, or there is no runtime */
    unsigned long long syscalls[WN_SYSCALLS_MAX / 64];   /* numbers of the 64-bit calls that were made */
    unsigned long long syscalls32[WN_SYSCALLS_MAX / 64]; /* of the 32-bit ones */
    unsigned long long runtime[WN_SYSCALLS_MAX / 64];    /* those of a runtime on its way in */
    unsigned long long runtime32[WN_SYSCALLS_MAX / 64];
};

/* Key of the overflow map and of the map "parked". In "parked", the sequence is the request's address, plus one for its
 * second name. The chunk of index 0 is stored last: with it the event is complete. */
struct wn_chunk_key {
    unsigned long long sequence;
    unsigned int index;
    unsigned int unused;
};

struct wn_chunk {
    unsigned char bytes[WN_CHUNK];
};

/* Functions of the kernel that may exist without being called: the recorder tries whether they are. */
enum wn_hook { WN_HOOK_OPEN, WN_HOOK_LOOKUP, WN_HOOKS };

/* Memory that the BPF programs and the recorder share. "By the recorder": only the recorder writes it. */
struct wn_shared {
    unsigned long long chunks;   /* how many chunks were ever put into the overflow map */
    unsigned long long sequence; /* of the next event there */
    unsigned long long taken;    /* how many chunks were ever taken out of it; by the recorder */
    unsigned int adopting;       /* make each new cgroup a target that is named after a container id; by the recorder */
    unsigned int namespaces;     /* some keys of targets are mount namespaces; by the recorder */
    unsigned int probing;        /* the recorder looks a name up to try the hooks; by the recorder */
    unsigned int noting;         /* the programs note system calls; by the recorder */
    unsigned int fired[WN_HOOKS];
    unsigned int ring_fired;             /* a request of io_uring was seen */
    unsigned int parked;                 /* events in the map "parked"; or more, for a moment */
    unsigned char maybe[WN_TARGETS_MAX]; /* by key % size: 0 if no target has such a key */
    /* How many accounts were ever opened, and in how many of them each 64-bit call was noted. If the two are equal for
     * a call, nothing is left to note. An account is counted before it exists, so they are never equal too early. */
    unsigned int accounts;
    unsigned int noted[WN_SYSCALLS_MAX];
    unsigned int unkept; /* the recorder holds events that its journal does not have; by the recorder */
};

/* Checks that clang for BPF and the recorder's compiler lay these out in the same way, without gaps. */
#ifdef __cplusplus
#define WN_IS_BYTES(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#else
#define WN_IS_BYTES(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif
WN_IS_BYTES(struct wn_place, 4 + 4 * 2);
WN_IS_BYTES(struct wn_event, 5 * 8 + 4 * 4 + 6 * 2 + 3 * 12);
WN_IS_BYTES(struct wn_request, 2 * 8 + 2 * 4 + 2 + 2 * 1 + 4);
WN_IS_BYTES(struct wn_target, 2 * 8 + 2 * 4 + 2 * WN_SYSCALLS_MAX / 8);
WN_IS_BYTES(struct wn_account, (WN_LOSSES + 4) * 8 + 2 * 4 + 8 + 4 * WN_SYSCALLS_MAX / 8);
WN_IS_BYTES(struct wn_chunk_key, 8 + 2 * 4);
WN_IS_BYTES(struct wn_chunk, WN_CHUNK);
WN_IS_BYTES(struct wn_shared, 3 * 8 + (4 + WN_HOOKS + 2) * 4 + WN_TARGETS_MAX + (1 + WN_SYSCALLS_MAX + 1) * 4);

#endif
