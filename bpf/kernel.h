/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel types that the programs read, with only the members that they read. The names are the kernel's; the
 * offsets of members are looked up in the running kernel's BTF when the programs are loaded (CO-RE), so one object fits
 * Linux 5.13 and later.
 */
#ifndef WINNOW_KERNEL_H
#define WINNOW_KERNEL_H

#define NULL ((void *)0)

typedef _Bool bool;
enum { false, true };
typedef signed char s8;
typedef int s32;
typedef long long s64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

/* The same types by the names in bpf_helper_defs.h. */
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s32 __s32;
typedef s64 __s64;
typedef u16 __be16;
typedef u32 __be32;
typedef u32 __wsum;

enum { PF_IO_WORKER = 0x10 }; /* a thread of io_uring: include/linux/sched.h */

/* enum bpf_map_type and flags of bpf_map_update_elem: include/uapi/linux/bpf.h. */
enum {
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_PERCPU_ARRAY = 6,
    BPF_MAP_TYPE_LRU_HASH = 9,
    BPF_MAP_TYPE_RINGBUF = 27,
    BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum bpf_func_id {
    BPF_FUNC_task_pt_regs = 175, /* since 5.15 */
    BPF_FUNC_find_vma = 180,     /* since 5.17 */
    BPF_FUNC_loop = 181,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_F_NO_PREALLOC = 1, BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
    const unsigned char *name;
};

struct super_block {
    u32 s_dev; /* kernel encoding: major << 20 | minor */
};

struct inode {
    u16 i_mode;
    unsigned long i_ino;
};

struct hlist_bl_node {
    struct hlist_bl_node **pprev;
};

struct dentry {
    struct hlist_bl_node d_hash;
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
    struct super_block *d_sb;
};

struct vfsmount {
    struct dentry *mnt_root;
};

struct mnt_namespace;
struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    struct mnt_namespace *mnt_ns;
};

struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct file {
    unsigned int f_mode;
    struct path f_path;
};

struct backing_file { /* since 6.5; user_path since 6.7 */
    struct path user_path;
};

struct vm_area_struct {
    struct file *vm_file;
};

struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};

struct files_struct {
    struct fdtable *fdt;
};

struct fs_struct {
    struct path root;
    struct path pwd;
};

struct ns_common {
    unsigned int inum;
};

struct mnt_namespace {
    struct ns_common ns;
    u64 event; /* grows with each change of its mounts */
};

struct nsproxy {
    struct mnt_namespace *mnt_ns;
};

struct mm_struct {
    struct file *exe_file;
    unsigned long arg_start, arg_end;
};

struct filename {
    const char *name;
};

/* Requests of io_uring since 6.0. What an operation needs lies at the beginning of the request; each operation has a
 * structure for it. */
struct io_cqe {
    s32 res;
};

struct io_ring_ctx;
struct io_kiocb {
    u8 opcode;
    u64 flags; /* the lowest eight bits are those of the submission: IOSQE_* */
    struct io_cqe cqe;
    struct io_ring_ctx *ctx;
    void *async_data;
};

struct open_how {
    u64 flags, mode, resolve;
};

struct io_open {
    int dfd;
    u32 file_slot; /* not 0: the file goes into the ring's own table */
    struct filename *filename;
    struct open_how how;
};

struct io_statx {
    int dfd;
    unsigned int flags;
    struct filename *filename;
};

struct io_unlink {
    int dfd;
    struct filename *filename;
};

struct io_mkdir {
    int dfd;
    struct filename *filename;
};

struct io_rename {
    int old_dfd, new_dfd, flags;
    struct filename *oldpath, *newpath;
};

struct io_link { /* of symlinks too */
    int old_dfd, new_dfd, flags;
    struct filename *oldpath, *newpath;
};

struct io_xattr {
    struct filename *filename;
};

struct io_connect {
    void *addr; /* in user memory */
    int addr_len;
};

struct io_bind { /* since 6.11 */
    int addr_len;
};

struct __kernel_sockaddr_storage {
    u16 ss_family;
};

struct io_async_msghdr {
    struct __kernel_sockaddr_storage addr;
};

struct open_flags {
    int open_flag;
    int lookup_flags;
};

struct cgroup;
struct cgroup_subsys_state {
    struct cgroup *cgroup;
    struct cgroup_subsys_state *parent;
};

struct css_set {
    struct cgroup_subsys_state *subsys[32]; /* as long as the kernel has controllers */
    struct cgroup *dfl_cgrp;                /* of version 2 */
};

struct thread_info {
    unsigned long flags;
    u32 status; /* x86 */
};

struct task_struct {
    struct thread_info thread_info;
    unsigned int flags;
    int tgid;
    u64 self_exec_id;
    u64 start_time;
    struct task_struct *group_leader;
    struct mm_struct *mm;
    struct task_struct *real_parent;
    struct fs_struct *fs;
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct css_set *cgroups;
};

struct linux_binprm {
    struct file *file;
    const char *filename; /* as given to execve(2) */
    const char *interp;   /* the same pointer, or the interpreter named by a script */
};

struct kernfs_node {
    const char *name;
    u64 id;
};

struct cgroup_root {
    int hierarchy_id; /* 0: cgroup v2 */
};

struct cgroup {
    struct cgroup_subsys_state self;
    struct kernfs_node *kn;
    struct cgroup_root *root;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
    unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
    u64 regs[31];
    u64 pc;
    u64 pstate;
    u64 orig_x0;
    s32 syscallno;
};
#endif

#pragma clang attribute pop

/* The address at which a task goes on in user space. */
#if defined(__TARGET_ARCH_x86)
#define ENTRY_OF(regs) (regs)->ip
#elif defined(__TARGET_ARCH_arm64)
#define ENTRY_OF(regs) (regs)->pc
#endif

#endif
