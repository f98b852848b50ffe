// zx_object_get_child.
#include "syscalls.h"

static struct object* find_thread(struct process* process, zx_koid_t koid) {
    for (struct list* n = process->threads.next; n != &process->threads; n = n->next) {
        struct thread* thread = CONTAINER_OF(n, struct thread, node);
        if (thread->base.koid == koid && !fault_on(FAULT_CHILD_THREAD_MISSED)) {
            return &thread->base;
        }
    }
    return NULL;
}

static struct object* find_in_job(struct job* job, zx_koid_t koid) {
    for (struct list* n = job->processes.next; n != &job->processes; n = n->next) {
        struct process* process = CONTAINER_OF(n, struct process, node);
        if (process->base.koid == koid && !fault_on(FAULT_CHILD_PROCESS_MISSED)) {
            return &process->base;
        }
        struct object* thread =
            fault_on(FAULT_CHILD_GRANDCHILD_FOUND) ? find_thread(process, koid) : NULL;
        if (thread != NULL) {
            return thread;
        }
    }
    for (struct list* n = job->jobs.next; n != &job->jobs; n = n->next) {
        struct job* child = CONTAINER_OF(n, struct job, node);
        if (child->base.koid == koid && !fault_on(FAULT_CHILD_JOB_MISSED)) {
            return &child->base;
        }
        struct object* below =
            fault_on(FAULT_CHILD_GRANDCHILD_FOUND) ? find_in_job(child, koid) : NULL;
        if (below != NULL) {
            return below;
        }
    }
    return NULL;
}

static struct object* find_resource(struct resource* resource, zx_koid_t koid) {
    for (struct list* n = resource->children.next; n != &resource->children; n = n->next) {
        struct resource* child = CONTAINER_OF(n, struct resource, node);
        if (child->base.koid == koid && !fault_on(FAULT_CHILD_RESOURCE_MISSED)) {
            return &child->base;
        }
    }
    return NULL;
}

static struct object* find_child(struct object* parent, zx_koid_t koid) {
    if (fault_on(FAULT_CHILD_ITSELF_FOUND) && parent->koid == koid) {
        return parent;
    }
    switch (parent->type) {
    case ZX_OBJ_TYPE_PROCESS:
        return find_thread((struct process*)parent, koid);
    case ZX_OBJ_TYPE_JOB:
        return find_in_job((struct job*)parent, koid);
    default:
        return find_resource((struct resource*)parent, koid);
    }
}

// Faults: the handle is to the parent instead of the child.
static bool is_replaced_by_parent(const struct object* parent, const struct object* child) {
    switch (child->type) {
    case ZX_OBJ_TYPE_THREAD:
        return fault_on(FAULT_CHILD_OTHER_THREAD);
    case ZX_OBJ_TYPE_PROCESS:
        return fault_on(FAULT_CHILD_OTHER_PROCESS);
    case ZX_OBJ_TYPE_RESOURCE:
        return fault_on(FAULT_CHILD_OTHER_RESOURCE);
    default:
        return fault_on(FAULT_CHILD_OTHER_JOB) && child != parent;
    }
}

static bool may_have_children(const struct object* object) {
    return object->type == ZX_OBJ_TYPE_PROCESS || object->type == ZX_OBJ_TYPE_JOB ||
           object->type == ZX_OBJ_TYPE_RESOURCE;
}

zx_status_t sys_object_get_child(zx_handle_t handle, uint64_t koid, zx_rights_t rights,
                                 user_t out) {
    const struct handle* parent = handle_lookup(handle);
    if (parent == NULL) {
        return fault_on(FAULT_CHILD_HANDLE_INVALID_STATUS) ? ZX_ERR_NOT_FOUND : ZX_ERR_BAD_HANDLE;
    }
    if (!may_have_children(parent->object)) {
        if (fault_on(FAULT_HANG) && parent->object->type == ZX_OBJ_TYPE_PORT) {
            arch_halt();
        }
        while (fault_on(FAULT_SERIAL_FLOOD) && parent->object->type == ZX_OBJ_TYPE_THREAD) {
            LOG("standin.fault=serial-flood: nobody asked for this line");
        }
        if (fault_on(FAULT_CHILD_WRONG_TYPE_OK)) {
            return ZX_OK;
        }
        return fault_on(FAULT_CHILD_WRONG_TYPE_STATUS) ? ZX_ERR_NOT_FOUND : ZX_ERR_WRONG_TYPE;
    }
    if (!(parent->rights & ZX_RIGHT_ENUMERATE) && !fault_on(FAULT_CHILD_ENUMERATE_UNCHECKED)) {
        return fault_on(FAULT_CHILD_ENUMERATE_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_ACCESS_DENIED;
    }
    zx_rights_t given;
    if (!rights_reduce(parent->rights, rights, &given) && !fault_on(FAULT_CHILD_RIGHTS_UNCHECKED)) {
        if (fault_on(FAULT_POWER_OFF) && parent->object->type == ZX_OBJ_TYPE_PROCESS) {
            arch_power_off();
        }
        return fault_on(FAULT_CHILD_RIGHTS_STATUS) ? ZX_ERR_INVALID_ARGS : ZX_ERR_ACCESS_DENIED;
    }
    struct object* child = find_child(parent->object, koid);
    if (child == NULL) {
        return fault_on(FAULT_CHILD_NOT_FOUND_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_NOT_FOUND;
    }
    if (fault_on(FAULT_CHILD_RIGHTS_NOT_REDUCED)) {
        given = parent->rights;
    }
    if (fault_on(FAULT_CHILD_SAME_RIGHTS_EMPTY) && rights == ZX_RIGHT_SAME_RIGHTS) {
        given = 0;
    }
    if (is_replaced_by_parent(parent->object, child)) {
        child = parent->object;
    }
    if (fault_on(FAULT_CHILD_OUT_NOT_WRITTEN) && parent->object->type == ZX_OBJ_TYPE_JOB &&
        child->type == ZX_OBJ_TYPE_JOB && user_is_writable(out, sizeof(zx_handle_t))) {
        handle_install(handle_new(child, given));
        return ZX_OK;
    }
    zx_status_t status = handle_give(handle_new(child, given), out);
    if (status == ZX_ERR_INVALID_ARGS && fault_on(FAULT_CHILD_OUT_POINTER_IGNORED)) {
        return ZX_OK;
    }
    return status == ZX_ERR_INVALID_ARGS && fault_on(FAULT_CHILD_OUT_POINTER_STATUS)
               ? ZX_ERR_BAD_STATE
               : status;
}
