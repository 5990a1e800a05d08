/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel programs and the recorder say to each other: events in the ring buffer, map values, causes of loss.
 */
#ifndef WINNOW_EVENTS_H
#define WINNOW_EVENTS_H

#define WN_NAME_MAX 4096               /* PATH_MAX: a name as a system call takes it, with its NUL */
#define WN_COMPONENT_MAX 256           /* NAME_MAX and a NUL */
#define WN_DEPTH_MAX 768               /* components and mounts on the way from a file to the root */
#define WN_BYTES_MAX (4 * WN_NAME_MAX) /* behind one event */
#define WN_TARGETS_MAX 4096            /* cgroups that are watched at once, those below a target included */

/* No value is 0: a zeroed row of the table of system calls means "not ours". */
enum wn_kind {
    WN_OPEN = 1,
    WN_EXEC,
    WN_STAT,
    WN_LSTAT,
    WN_READLINK,
    WN_DIR,
    WN_MISS,
    WN_BORN, /* a cgroup named like a container was adopted; name: its path */
    WN_GONE, /* a watched cgroup was removed */
};

/* Which parts an event has; a part of no bytes is the root directory. */
enum wn_flag {
    WN_HAS_BASE = 1,
    WN_HAS_FILE = 2,
    WN_HAS_EXE = 4,
};

enum wn_loss {
    WN_LOST_RING_FULL,
    WN_LOST_TRUNCATED,
    WN_LOST_UNREADABLE,
    WN_LOST_TARGETS_FULL,
    WN_LOST_COMPAT,
    WN_LOST_IO_URING,
    WN_LOSSES,
};

/*
 * Four parts follow: the name as it was given, then three paths. A path is a list of components, each ended by a NUL,
 * from the file up to the root of the mount namespace: the directory that the name is relative to, the file that was
 * found, the executable of the program that asked. Padded to 8 bytes.
 */
struct wn_event {
    unsigned long long time_ns;  /* CLOCK_MONOTONIC */
    unsigned long long target;   /* cgroup id of the target */
    unsigned long long cgroup;   /* the cgroup that WN_BORN and WN_GONE are about */
    unsigned long long root_ino; /* the task's root directory: inode, device of its superblock, mount namespace */
    unsigned int root_dev;       /* devices in the kernel's encoding: major << 20 | minor */
    unsigned int mnt_ns;
    unsigned int file_dev;
    unsigned short kind;
    unsigned short flags;
    unsigned short name_len, base_len, file_len, exe_len;
};

/* Value of the map "targets", keyed by cgroup id: whose sightings a cgroup's are. */
struct wn_target {
    unsigned long long id;
    unsigned long long
        born; /* CLOCK_MONOTONIC; part of every first-sighting key, so that a new target has seen nothing */
};

/* Value of the map "losses", keyed by target; key 0 is for what cannot be told by target. */
struct wn_losses {
    unsigned long long count[WN_LOSSES];
};

#endif
