/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Follows cgroups that are made and removed, and processes that enter them from outside. */
#ifndef WINNOW_CONTAINER_H
#define WINNOW_CONTAINER_H

#include "tell.h"

/* Whether the name in the scratch ends in 64 hexadecimal digits, or in these and ".scope", as engines name cgroups. */
static __always_inline bool names_container(const struct scratch *s, long size)
{
    const u32 digits = 64, suffix = sizeof(".scope") - 1;
    u32 length = size - 1;
    if (size <= digits || size > WN_COMPONENT_MAX)
        return false;
    if (s->bytes[length - 2] == 'p') /* of ".scope"; not a digit */
        length -= suffix;
    if (length < digits)
        return false;
    for (u32 i = 0; i < digits; i++) {
        u8 c = s->bytes[length - digits + i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

static __always_inline bool watch(u64 cgroup, const struct wn_target *target)
{
    shared.maybe[cgroup % WN_TARGETS_MAX] = 1;
    if (!bpf_map_update_elem(&targets, &cgroup, target, BPF_ANY))
        return true;
    lose(target->id == cgroup ? 0 : target->id, WN_LOST_TARGETS_FULL);
    return false;
}

/* Makes an empty account. It is copied from a constant, because it is too large for the stack. */
static __always_inline bool open_account(u64 target)
{
    static const struct wn_account empty;
    __sync_fetch_and_add(&shared.accounts, 1);
    return !bpf_map_update_elem(&accounts, &target, &empty, BPF_ANY);
}

/* Notes the root of the runtime that makes the cgroup as home. */
static __always_inline void set_home(u64 target)
{
    struct wn_account *account = bpf_map_lookup_elem(&accounts, &target);
    struct where root = {};
    set_root(&root);
    if (!account)
        return;
    account->home_ino = root.ino;
    account->home_dev = root.dev;
    account->home_ns = mount_namespace_of(current_task());
}

/* Called when the current task runs a program. The first program outside of the runtime's home is the workload's. */
static __always_inline void begin_workload(const struct wn_target *target)
{
    u64 id = target->id;
    struct wn_account *account = bpf_map_lookup_elem(&accounts, &id);
    struct where root = {};
    if (!account || account->begun || mount_namespace_of(current_task()) == account->home_ns)
        return;
    set_root(&root);
    if (root.ino != account->home_ino || root.dev != account->home_dev)
        account->begun = 1;
}

/* Makes the cgroup a target before its first task is attached. If its event cannot be stored, nobody would collect it:
 * then it is no target. */
static __always_inline void adopt(struct scratch *s, u32 slot, u64 cgroup, const char *path)
{
    struct wn_target target = {.id = cgroup, .born = bpf_ktime_get_ns(), .flags = WN_IS_CONTAINER};
    if (!open_account(cgroup)) {
        lose(0, WN_LOST_TARGETS_FULL);
        return;
    }
    set_home(cgroup);
    bool watched = watch(cgroup, &target);
    if (watched) {
        begin(s, &target, WN_BORN);
        s->event.visit = WN_WORKLOAD;
        stamp(s);
        s->event.time_ns = target.born;
        s->event.cgroup = cgroup;
        long size = bpf_probe_read_kernel_str(s->bytes, WN_NAME_MAX, path);
        if (size > 1 && size <= WN_NAME_MAX)
            s->event.name_len = s->at = size - 1;
        if (store(slot))
            return;
        lose(0, WN_LOST_FULL);
        bpf_map_delete_elem(&targets, &cgroup);
    }
    bpf_map_delete_elem(&accounts, &cgroup);
}

/* A cgroup below a target belongs to the target. Processes that enter it do not count as coming from outside, because
 * they entered the target before. */
static __always_inline void inherit(u64 cgroup, const struct wn_target *parent)
{
    struct wn_target target = {.id = parent->id, .born = parent->born, .flags = parent->flags, .first = -1};
    watch(cgroup, &target);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
    if ((u32)cgroup->root->hierarchy_id != hierarchy)
        return 0;
    u64 id = cgroup_id_of(cgroup);
    const struct cgroup *up =
        (const struct cgroup *)cgroup->self.parent; /* its first member; the verifier knows only that */
    u64 parent = BPF_CORE_READ(up, kn, id);
    const struct wn_target *above = target_at(parent);
    if (above) {
        inherit(id, above);
        return 0;
    }
    u32 slot = 0;
    struct scratch *s = shared.adopting ? take_scratch(0, &slot) : NULL;
    if (!s)
        return 0;
    long size = bpf_probe_read_kernel_str(s->bytes, WN_COMPONENT_MAX, cgroup->kn->name);
    if (names_container(s, size))
        adopt(s, slot, id, path);
    put_scratch(s);
    return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
    u64 id = cgroup_id_of(cgroup);
    const struct wn_target *target = (u32)cgroup->root->hierarchy_id == hierarchy ? target_at(id) : NULL;
    u32 slot = 0;
    struct scratch *s = target ? take_scratch(target->id, &slot) : NULL;
    if (!s)
        return 0;
    begin(s, target, WN_GONE);
    s->event.visit = WN_WORKLOAD;
    s->event.time_ns = bpf_ktime_get_ns();
    s->event.cgroup = id;
    store(slot);
    put_scratch(s);
    bpf_map_delete_elem(&targets, &id);
    return 0;
}

/* The first process that enters a container is the container's; later ones that come from outside are visits until they
 * end. For these, the mount namespace of the task that moves them is noted: they may be in the container's already. */
static __always_inline void enter(struct wn_target *target, struct task_struct *task)
{
    int process = task->tgid;
    if (!target->first)
        target->first = process;
    if (target->first == process || target->first < 0)
        return;
    u64 *visit = bpf_task_storage_get(&entered, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (visit) /* without memory for it, the task counts as the container's: nothing is lost, and more is kept */
        *visit = WN_ENTERING | (u64)mount_namespace_of(current_task()) << 32;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_attach_task, struct cgroup *cgroup, const char *path, struct task_struct *task, bool group)
{
    if ((u32)cgroup->root->hierarchy_id != hierarchy)
        return 0;
    struct wn_target *target = target_at(cgroup_id_of(cgroup));
    const struct wn_target *mover = target ? current_target() : NULL;
    bool from_inside = mover && mover->id == target->id && task->tgid != (int)(bpf_get_current_pid_tgid() >> 32);
    if (target && target->flags & WN_IS_CONTAINER && !from_inside)
        enter(target, task);
    return 0;
}

/* A child belongs to the visit of its parent. clone3(2) may also put a child into another cgroup. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
    struct wn_target *target = target_at(cgroup_of_task(child));
    if (!target || !(target->flags & WN_IS_CONTAINER))
        return 0;
    const struct wn_target *mine = target_at(cgroup_of_task(parent));
    if (!mine || mine->id != target->id) {
        enter(target, child);
        return 0;
    }
    const u64 *visit = bpf_task_storage_get(&entered, parent, NULL, 0);
    if (!visit)
        return 0;
    u64 *copy = bpf_task_storage_get(&entered, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (copy) /* see enter() */
        *copy = *visit;
    return 0;
}

/* Reads the arguments of the program that the current task has just begun. Returns how many bytes they are; 0: they
 * cannot be read. */
static __always_inline u32 read_arguments(struct scratch *s)
{
    const struct mm_struct *memory = current_task()->mm;
    if (!memory)
        return 0;
    u64 start = memory->arg_start, size = memory->arg_end - start;
    if (size > WN_NAME_MAX - 1)
        size = WN_NAME_MAX - 1;
    if (bpf_probe_read_user(s->bytes, size, (void *)start))
        return 0;
    return size;
}

/* Names a visit by the first program that it runs: a health check, a debugging shell. Before that, a runtime may run
 * itself again; this is recognised by its mount namespace. */
static __always_inline void name_visit(struct scratch *s, u32 slot, const struct wn_target *target)
{
    u64 *visit = bpf_task_storage_get(&entered, bpf_get_current_task_btf(), NULL, 0);
    if (!visit || (u32)*visit != WN_ENTERING || *visit >> 32 == mount_namespace_of(current_task()))
        return;
    begin(s, target, WN_ENTERED);
    s->event.name_len = read_arguments(s);
    s->event.visit = hash_of_name(s, 0) << 1; /* even, and so not WN_ENTERING */
    *visit = s->event.visit;
    tell(slot);
}

#endif
