#include "object.h"

#include "objects.h"

// The first koids that a process sees on Zircon are above this, too.
static zx_koid_t last_koid = 1023;

zx_koid_t object_next_koid(void) { return ++last_koid; }

void* object_new(size_t size, zx_obj_type_t type, zx_signals_t signals) {
    struct object* object = kzalloc(size);
    if (object != NULL) {
        object->type = type;
        object->signals = signals;
        object->koid = object_next_koid();
    }
    return object;
}

static void destroy(struct object* object) {
    switch (object->type) {
    case ZX_OBJ_TYPE_JOB:
        job_destroy((struct job*)object);
        break;
    case ZX_OBJ_TYPE_PROCESS:
        process_destroy((struct process*)object);
        break;
    case ZX_OBJ_TYPE_THREAD:
        thread_destroy((struct thread*)object);
        break;
    case ZX_OBJ_TYPE_RESOURCE:
        resource_destroy((struct resource*)object);
        break;
    case ZX_OBJ_TYPE_VMO:
        vmo_destroy((struct vmo*)object);
        break;
    case ZX_OBJ_TYPE_FIFO:
        fifo_destroy((struct fifo*)object);
        break;
    case ZX_OBJ_TYPE_TIMER:
        timer_cancel((struct timer*)object);
        break;
    default:
        break;
    }
    kfree(object);
}

// The last handle was closed: update what others observe.
static void on_zero_handles(struct object* object) {
    switch (object->type) {
    case ZX_OBJ_TYPE_CHANNEL:
        channel_closed((struct channel*)object);
        break;
    case ZX_OBJ_TYPE_SOCKET:
        socket_closed((struct socket*)object);
        break;
    case ZX_OBJ_TYPE_EVENTPAIR:
        eventpair_closed((struct eventpair*)object);
        break;
    case ZX_OBJ_TYPE_INTERRUPT:
        interrupt_unbind((struct interrupt*)object);
        break;
    case ZX_OBJ_TYPE_FIFO:
        fifo_closed((struct fifo*)object);
        break;
    case ZX_OBJ_TYPE_PORT:
        port_closed((struct port*)object);
        break;
    case ZX_OBJ_TYPE_PROCESS:
        process_closed((struct process*)object);
        break;
    default:
        break;
    }
}

void object_ref(struct object* object) { object->refs++; }

void object_unref(struct object* object) {
    CHECK(object->refs > 0);
    if (--object->refs == 0 && object->handle_count == 0) {
        destroy(object);
    }
}

struct handle handle_new(struct object* object, zx_rights_t rights) {
    object->handle_count++;
    return (struct handle){object, rights};
}

// Closing a channel closes the handles in its messages, and so on: a queue, so that the depth of
// such a chain does not matter.
void handle_drop(struct handle handle) {
    static struct object* closed;
    static struct object** closed_tail = &closed;
    static bool draining;
    if (handle.object == NULL || --handle.object->handle_count > 0) {
        return;
    }
    object_ref(handle.object);  // the queue's reference
    *closed_tail = handle.object;
    closed_tail = &handle.object->next_closed;
    if (draining) {
        return;
    }
    draining = true;
    while (closed != NULL) {
        struct object* object = closed;
        closed = object->next_closed;
        object->next_closed = NULL;
        closed_tail = closed == NULL ? &closed : closed_tail;
        on_zero_handles(object);
        object_unref(object);
    }
    draining = false;
}

bool object_is_waitable(const struct object* object) {
    return object->type != ZX_OBJ_TYPE_PORT && object->type != ZX_OBJ_TYPE_RESOURCE &&
           object->type != ZX_OBJ_TYPE_VMAR;
}

bool object_may_have_cookie(const struct object* object) {
    return object->type == ZX_OBJ_TYPE_EVENT || object->type == ZX_OBJ_TYPE_EVENTPAIR ||
           object->type == ZX_OBJ_TYPE_RESOURCE || object->type == ZX_OBJ_TYPE_VMO;
}
