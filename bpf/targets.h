/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the target of the current task: its cgroup or its mount namespace is looked up in the map of targets. */
#ifndef WINNOW_TARGETS_H
#define WINNOW_TARGETS_H

#include "maps.h"

static __always_inline u64 cgroup_id_of(const struct cgroup *cgroup) { return cgroup->kn->id; }

static __always_inline u64 cgroup_of_task(const struct task_struct *task)
{
    struct css_set *set = task->cgroups;
    if (!hierarchy)
        return cgroup_id_of(set->dfl_cgrp);
    struct cgroup_subsys_state *state = NULL;
    bpf_core_read(&state, sizeof(state), &set->subsys[controller & 31]);
    return BPF_CORE_READ(state, cgroup, kn, id);
}

static __always_inline u32 mount_namespace_of(const struct task_struct *task)
{
    const struct nsproxy *namespaces = task->nsproxy; /* none at the end of the task */
    return namespaces ? namespaces->mnt_ns->ns.inum : 0;
}

/* NULL: no target has the key. For most such keys, one byte shows this. */
static __always_inline struct wn_target *target_at(u64 key)
{
    if (!shared.maybe[key % WN_TARGETS_MAX])
        return NULL;
    return bpf_map_lookup_elem(&targets, &key);
}

static __always_inline struct wn_target *current_target(void)
{
    struct wn_target *target = target_at(cgroup_of_task(current_task()));
    if (target || !shared.namespaces)
        return target;
    return target_at(WN_NAMESPACE | mount_namespace_of(current_task()));
}

#endif
