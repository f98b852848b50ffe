#include "syscalls.h"

#define OBJ_PROP_WAITABLE 1u

// Destination of a topic's records, and how many were copied and available.
struct records {
    user_t buffer;
    size_t record_size;
    size_t room;
    size_t actual;
    size_t avail;
};

static void put(struct records* out, const void* record) {
    if (out->actual < out->room) {
        user_write(out->buffer + out->actual * out->record_size, record, out->record_size);
        out->actual++;
    }
    out->avail++;
}

static void handle_basic(const struct handle* handle, struct records* out) {
    const struct object* object = handle->object;
    zx_info_handle_basic_t info = {
        .koid = object->koid,
        .rights = handle->rights,
        .type = object->type,
        .related_koid = object->related_koid,
        .props = object_is_waitable(object) ? OBJ_PROP_WAITABLE : 0,
    };
    if (fault_on(FAULT_INFO_PROPS)) {
        info.props = 0;
    }
    if (object->signals & ZX_CHANNEL_PEER_CLOSED && fault_on(FAULT_INFO_RELATED)) {
        info.related_koid = 0;
    }
    if (object->type == ZX_OBJ_TYPE_CHANNEL && out->room > 0 &&
        fault_on(FAULT_INFO_RECORD_NOT_WRITTEN)) {
        out->actual++;
        out->avail++;
        return;
    }
    put(out, &info);
}

static void process_info(const struct object* object, struct records* out) {
    const struct process* process = (const struct process*)object;
    zx_info_process_t info = {.started = process->started || fault_on(FAULT_INFO_STARTED)};
    put(out, &info);
}

static void process_threads(const struct object* object, struct records* out) {
    const struct list* head = &((const struct process*)object)->threads;
    for (const struct list* n = head->next; n != head; n = n->next) {
        put(out, &CONTAINER_OF(n, struct thread, node)->base.koid);
    }
}

static void job_children(const struct object* object, struct records* out) {
    const struct list* head = &((const struct job*)object)->jobs;
    for (const struct list* n = head->next; n != head; n = n->next) {
        put(out, &CONTAINER_OF(n, struct job, node)->base.koid);
    }
}

static void job_processes(const struct object* object, struct records* out) {
    const struct list* head = &((const struct job*)object)->processes;
    for (const struct list* n = head->next; n != head; n = n->next) {
        put(out, &CONTAINER_OF(n, struct process, node)->base.koid);
    }
}

struct topic {
    zx_obj_type_t type;
    zx_rights_t rights;
    size_t record_size;
    bool list;  // as many records as exist and fit into the buffer
    void (*get)(const struct object* object, struct records* out);
};

static const struct topic topics[] = {
    [ZX_INFO_PROCESS] = {ZX_OBJ_TYPE_PROCESS, ZX_RIGHT_INSPECT, sizeof(zx_info_process_t), false,
                         process_info},
    [ZX_INFO_PROCESS_THREADS] = {ZX_OBJ_TYPE_PROCESS, ZX_RIGHT_ENUMERATE, sizeof(zx_koid_t), true,
                                 process_threads},
    [ZX_INFO_JOB_CHILDREN] = {ZX_OBJ_TYPE_JOB, ZX_RIGHT_ENUMERATE, sizeof(zx_koid_t), true,
                              job_children},
    [ZX_INFO_JOB_PROCESSES] = {ZX_OBJ_TYPE_JOB, ZX_RIGHT_ENUMERATE, sizeof(zx_koid_t), true,
                               job_processes},
    [ZX_INFO_HANDLE_BASIC] = {ZX_OBJ_TYPE_NONE, 0, sizeof(zx_info_handle_basic_t), false, NULL},
    [ZX_INFO_HANDLE_COUNT] = {ZX_OBJ_TYPE_NONE, ZX_RIGHT_INSPECT, sizeof(uint32_t), false, NULL},
};

zx_status_t sys_object_get_info(zx_handle_t handle, uint32_t topic, user_t buffer, size_t size,
                                user_t actual, user_t avail) {
    zx_status_t status;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, 0, &status);
    if (object == NULL || topic == ZX_INFO_HANDLE_VALID) {
        return status;
    }
    const struct topic* t = topic < COUNT_OF(topics) ? &topics[topic] : NULL;
    if (t == NULL || t->record_size == 0) {
        return ZX_ERR_NOT_SUPPORTED;
    }
    object = object_get(handle, t->type, t->rights, &status);
    if (object == NULL) {
        return status;
    }
    if (!user_is_writable(buffer, size) || (actual != 0 && !user_is_writable(actual, 8)) ||
        (avail != 0 && !user_is_writable(avail, 8))) {
        return ZX_ERR_INVALID_ARGS;
    }
    struct records out = {buffer, t->record_size, size / t->record_size, 0, 0};
    if (topic == ZX_INFO_HANDLE_BASIC) {
        handle_basic(handle_lookup(handle), &out);
    } else if (topic == ZX_INFO_HANDLE_COUNT) {
        uint32_t count = object->handle_count + (fault_on(FAULT_INFO_COUNT) ? 1 : 0);
        put(&out, &count);
    } else {
        t->get(object, &out);
    }
    if (actual != 0 && !fault_on(FAULT_INFO_ACTUAL_NOT_WRITTEN)) {
        user_write(actual, &out.actual, sizeof(out.actual));
    }
    if (avail != 0) {
        size_t reported = fault_on(FAULT_INFO_AVAIL) ? 0 : out.avail;
        user_write(avail, &reported, sizeof(reported));
    }
    return !t->list && out.actual < out.avail ? ZX_ERR_BUFFER_TOO_SMALL : ZX_OK;
}
