// The calls that create objects.
#include "syscalls.h"

zx_status_t sys_channel_create(uint32_t options, user_t out0, user_t out1) {
    struct channel* ends[2];
    if (options != 0) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (!channel_pair(ends)) {
        return ZX_ERR_NO_MEMORY;
    }
    return handle_give_pair(handle_new(&ends[0]->base, CHANNEL_RIGHTS), out0,
                            handle_new(&ends[1]->base, CHANNEL_RIGHTS), out1);
}

zx_status_t sys_socket_create(uint32_t options, user_t out0, user_t out1) {
    struct socket* ends[2];
    if (options & ~(ZX_SOCKET_DATAGRAM | ZX_SOCKET_HAS_CONTROL | ZX_SOCKET_HAS_ACCEPT)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (!socket_pair(options, ends)) {
        return ZX_ERR_NO_MEMORY;
    }
    return handle_give_pair(handle_new(&ends[0]->base, SOCKET_RIGHTS), out0,
                            handle_new(&ends[1]->base, SOCKET_RIGHTS), out1);
}

zx_status_t sys_eventpair_create(uint32_t options, user_t out0, user_t out1) {
    struct eventpair* ends[2];
    if (options != 0) {
        return ZX_ERR_NOT_SUPPORTED;
    }
    if (!eventpair_pair(ends)) {
        return ZX_ERR_NO_MEMORY;
    }
    return handle_give_pair(handle_new(&ends[0]->base, EVENTPAIR_RIGHTS), out0,
                            handle_new(&ends[1]->base, EVENTPAIR_RIGHTS), out1);
}

static zx_status_t give_new(void* object, zx_rights_t rights, user_t out) {
    return object == NULL ? ZX_ERR_NO_MEMORY : handle_give(handle_new(object, rights), out);
}

zx_status_t sys_event_create(uint32_t options, user_t out) {
    return options != 0 ? ZX_ERR_INVALID_ARGS
                        : give_new(object_new(sizeof(struct object), ZX_OBJ_TYPE_EVENT, 0),
                                   EVENT_RIGHTS, out);
}

zx_status_t sys_port_create(uint32_t options, user_t out) {
    return options & ~ZX_PORT_BIND_TO_INTERRUPT ? ZX_ERR_INVALID_ARGS
                                                : give_new(port_new(options), PORT_RIGHTS, out);
}

zx_status_t sys_timer_create(uint32_t options, uint32_t clock_id, user_t out) {
    bool odd_options = options > ZX_TIMER_SLACK_LATE && !fault_on(FAULT_TIMER_OPTIONS_IGNORED);
    bool odd_clock = clock_id != ZX_CLOCK_MONOTONIC && !fault_on(FAULT_TIMER_CLOCK_IGNORED);
    return odd_options || odd_clock ? ZX_ERR_INVALID_ARGS
                                    : give_new(timer_new(), TIMER_RIGHTS, out);
}

zx_status_t sys_vmo_create(uint64_t size, uint32_t options, user_t out) {
    return options & ~ZX_VMO_NON_RESIZABLE ? ZX_ERR_INVALID_ARGS
                                           : give_new(vmo_new(size, options), VMO_RIGHTS, out);
}

// The pages require both WRITE and the MANAGE right.
zx_status_t sys_job_create(zx_handle_t parent_job, uint32_t options, user_t out) {
    zx_status_t status;
    struct job* parent = (struct job*)object_get(
        parent_job, ZX_OBJ_TYPE_JOB, ZX_RIGHT_MANAGE_JOB | ZX_RIGHT_WRITE, &status);
    if (parent == NULL) {
        return status;
    }
    if (options != 0) {
        return ZX_ERR_INVALID_ARGS;
    }
    return parent->height == 0 ? ZX_ERR_OUT_OF_RANGE : give_new(job_new(parent), JOB_RIGHTS, out);
}

static bool read_name(char to[32], user_t name, size_t size) {
    size = size < 31 ? size : 31;
    to[size] = '\0';
    return user_read(to, name, size);
}

zx_status_t sys_process_create(zx_handle_t job, user_t name, size_t name_size, uint32_t options,
                               user_t proc_handle, user_t vmar_handle) {
    zx_status_t status;
    struct object* parent =
        object_get(job, ZX_OBJ_TYPE_JOB, ZX_RIGHT_MANAGE_PROCESS | ZX_RIGHT_WRITE, &status);
    if (parent == NULL) {
        return status;
    }
    char text[32];
    if (options != 0 || !read_name(text, name, name_size)) {
        return ZX_ERR_INVALID_ARGS;
    }
    struct object* vmar = object_new(sizeof(*vmar), ZX_OBJ_TYPE_VMAR, 0);
    struct process* process = vmar == NULL ? NULL : process_new((struct job*)parent);
    if (process == NULL) {
        kfree(vmar);
        return ZX_ERR_NO_MEMORY;
    }
    memcpy(process->name, text, sizeof(text));
    return handle_give_pair(handle_new(&process->base, PROCESS_RIGHTS), proc_handle,
                            handle_new(vmar, VMAR_RIGHTS), vmar_handle);
}

zx_status_t sys_thread_create(zx_handle_t process, user_t name, size_t name_size, uint32_t options,
                              user_t out) {
    zx_status_t status;
    struct object* parent =
        object_get(process, ZX_OBJ_TYPE_PROCESS, ZX_RIGHT_MANAGE_THREAD, &status);
    if (parent == NULL) {
        return status;
    }
    char text[32];
    if (options != 0 || !read_name(text, name, name_size)) {
        return ZX_ERR_INVALID_ARGS;
    }
    struct thread* thread = thread_new((struct process*)parent);
    if (thread == NULL) {
        return ZX_ERR_NO_MEMORY;
    }
    memcpy(thread->name, text, sizeof(text));
    return handle_give(handle_new(&thread->base, THREAD_RIGHTS), out);
}

#define RSRC_KIND_VMEX 5u
#define RSRC_KIND_SMC 6u

// Kinds without a range: base and size must be 0. (Exclusive reservation is not implemented.)
static bool is_rangeless(uint32_t kind) {
    return kind == ZX_RSRC_KIND_ROOT || kind == ZX_RSRC_KIND_HYPERVISOR || kind == RSRC_KIND_VMEX;
}

zx_status_t sys_resource_create(zx_handle_t parent_rsrc, uint32_t options, uint64_t base,
                                size_t size, user_t name, size_t name_size, user_t resource_out) {
    zx_status_t status;
    struct resource* parent = (struct resource*)object_get(parent_rsrc, ZX_OBJ_TYPE_RESOURCE,
                                                           ZX_RIGHT_WRITE, &status);
    if (parent == NULL) {
        return status;
    }
    if (parent->kind != ZX_RSRC_KIND_ROOT) {
        return ZX_ERR_ACCESS_DENIED;
    }
    uint32_t kind = options & 0xffff, flags = options & ~0xffffu;
    char text[32];
    if (kind > RSRC_KIND_SMC || flags & ~ZX_RSRC_FLAG_EXCLUSIVE ||
        (is_rangeless(kind) && (base != 0 || size != 0)) || !read_name(text, name, name_size)) {
        return ZX_ERR_INVALID_ARGS;
    }
    return give_new(resource_new(parent, kind), RESOURCE_RIGHTS, resource_out);
}
