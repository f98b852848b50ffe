// zx_interrupt_create, zx_interrupt_bind, zx_interrupt_trigger, zx_interrupt_wait,
// zx_interrupt_ack, zx_interrupt_destroy.
#include "syscalls.h"

#define MODE_MASK 0xeu
#define FLAGS (ZX_INTERRUPT_REMAP_IRQ | MODE_MASK | ZX_INTERRUPT_VIRTUAL)

static struct interrupt* get(zx_handle_t handle, zx_rights_t right, zx_status_t* status) {
    return (struct interrupt*)object_get(handle, ZX_OBJ_TYPE_INTERRUPT, right, status);
}

static bool are_valid(uint32_t options) {
    if (options & ZX_INTERRUPT_VIRTUAL) {
        return options == ZX_INTERRUPT_VIRTUAL;
    }
    return !(options & ~FLAGS) && (options & MODE_MASK) <= ZX_INTERRUPT_MODE_EDGE_BOTH;
}

// A physical interrupt needs a resource for it, and any number will do.
static zx_status_t allowed(zx_handle_t src_obj) {
    zx_status_t status;
    struct object* object = object_get(src_obj, ZX_OBJ_TYPE_RESOURCE, 0, &status);
    if (object == NULL) {
        bool odd = status == ZX_ERR_WRONG_TYPE && fault_on(FAULT_INTERRUPT_SOURCE_TYPE_STATUS);
        bool ok = status == ZX_ERR_BAD_HANDLE && fault_on(FAULT_INTERRUPT_SOURCE_UNCHECKED);
        return odd ? ZX_ERR_NOT_SUPPORTED : ok ? ZX_OK : status;
    }
    uint32_t kind = ((struct resource*)object)->kind;
    bool fits = kind == ZX_RSRC_KIND_IRQ || kind == ZX_RSRC_KIND_ROOT;
    return fits || fault_on(FAULT_INTERRUPT_ANY_RESOURCE) ? ZX_OK : ZX_ERR_ACCESS_DENIED;
}

zx_status_t sys_interrupt_create(zx_handle_t src_obj, uint32_t src_num, uint32_t options,
                                 user_t out_handle) {
    (void)src_num;
    if (!are_valid(options) && !fault_on(FAULT_INTERRUPT_FLAGS_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    zx_status_t status = options & ZX_INTERRUPT_VIRTUAL ? ZX_OK : allowed(src_obj);
    if (status != ZX_OK) {
        return status;
    }
    struct interrupt* interrupt = interrupt_new(options);
    if (interrupt == NULL) {
        return ZX_ERR_NO_MEMORY;
    }
    zx_rights_t rights = INTERRUPT_RIGHTS;
    rights &= ~(fault_on(FAULT_INTERRUPT_RIGHTS_LOST) ? (zx_rights_t)ZX_RIGHT_INSPECT : 0);
    status = handle_give(handle_new(&interrupt->base, rights), out_handle);
    return fault_on(FAULT_INTERRUPT_OUT_POINTER_IGNORED) ? ZX_OK : status;
}

zx_status_t sys_interrupt_bind(zx_handle_t handle, zx_handle_t port_handle, uint64_t key,
                               uint32_t options) {
    zx_status_t status;
    zx_rights_t read = fault_on(FAULT_INTERRUPT_BIND_UNCHECKED) ? 0 : ZX_RIGHT_READ;
    struct interrupt* interrupt = get(handle, read, &status);
    if (interrupt == NULL) {
        return status;
    }
    zx_rights_t write = fault_on(FAULT_INTERRUPT_BIND_PORT_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct port* port =
        (struct port*)object_get(port_handle, ZX_OBJ_TYPE_PORT, write, &status);
    if (port == NULL) {
        return status;
    }
    if (options != 0 && !fault_on(FAULT_INTERRUPT_BIND_OPTIONS_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (interrupt->destroyed && !fault_on(FAULT_INTERRUPT_BIND_DESTROYED)) {
        return ZX_ERR_CANCELED;
    }
    if (!(port->options & ZX_PORT_BIND_TO_INTERRUPT) && !fault_on(FAULT_INTERRUPT_ANY_PORT)) {
        return ZX_ERR_WRONG_TYPE;
    }
    if (interrupt->port != NULL) {
        return fault_on(FAULT_INTERRUPT_BOUND_AGAIN) ? ZX_OK : ZX_ERR_ALREADY_BOUND;
    }
    interrupt_bind(interrupt, port, key);
    return ZX_OK;
}

zx_status_t sys_interrupt_trigger(zx_handle_t handle, uint32_t options, zx_time_t timestamp) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_INTERRUPT_TRIGGER_UNCHECKED) ? 0 : ZX_RIGHT_SIGNAL;
    struct interrupt* interrupt = get(handle, right, &status);
    if (interrupt == NULL) {
        return status;
    }
    if (options != 0 && !fault_on(FAULT_INTERRUPT_TRIGGER_OPTIONS_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (!(interrupt->options & ZX_INTERRUPT_VIRTUAL)) {
        return fault_on(FAULT_INTERRUPT_PHYSICAL_TRIGGERED) ? ZX_OK : ZX_ERR_BAD_STATE;
    }
    if (interrupt->destroyed) {
        return fault_on(FAULT_INTERRUPT_TRIGGER_DESTROYED) ? ZX_OK : ZX_ERR_CANCELED;
    }
    interrupt_trigger(interrupt, timestamp);
    return ZX_OK;
}

// With one thread, an interrupt that was not triggered never will be: the wait hangs.
zx_status_t sys_interrupt_wait(zx_handle_t handle, user_t out_timestamp) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_INTERRUPT_WAIT_UNCHECKED) ? 0 : ZX_RIGHT_WAIT;
    struct interrupt* interrupt = get(handle, right, &status);
    if (interrupt == NULL) {
        return status;
    }
    if (interrupt->port != NULL) {
        return fault_on(FAULT_INTERRUPT_WAIT_BOUND) ? ZX_OK : ZX_ERR_BAD_STATE;
    }
    if (interrupt->destroyed) {
        return fault_on(FAULT_INTERRUPT_WAIT_DESTROYED) ? ZX_ERR_BAD_STATE : ZX_ERR_CANCELED;
    }
    if (!interrupt->triggered) {
        arch_halt();
    }
    zx_time_t timestamp = fault_on(FAULT_INTERRUPT_TIMESTAMP) ? 0 : interrupt->timestamp;
    if (out_timestamp != 0 && !user_write(out_timestamp, &timestamp, sizeof(timestamp)) &&
        !fault_on(FAULT_INTERRUPT_WAIT_POINTER_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    interrupt->triggered = false;
    return ZX_OK;
}

zx_status_t sys_interrupt_ack(zx_handle_t handle) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_INTERRUPT_ACK_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct interrupt* interrupt = get(handle, right, &status);
    if (interrupt == NULL) {
        return status;
    }
    // One that was destroyed is bound no more either, and the page does not say which of the two
    // comes: each does, so that cases see both.
    if (interrupt->destroyed && !interrupt->was_bound) {
        return fault_on(FAULT_INTERRUPT_ACK_DESTROYED) ? ZX_OK : ZX_ERR_CANCELED;
    }
    if (interrupt->port == NULL) {
        return fault_on(FAULT_INTERRUPT_ACK_UNBOUND) ? ZX_OK : ZX_ERR_BAD_STATE;
    }
    if (interrupt->packet == PACKET_READ) {
        interrupt->packet = PACKET_NONE;
        if (fault_on(FAULT_INTERRUPT_NOT_REARMED)) {
            interrupt->triggered = false;
        }
        interrupt_send(interrupt);
    }
    return ZX_OK;
}

zx_status_t sys_interrupt_destroy(zx_handle_t handle) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_INTERRUPT_DESTROY_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct interrupt* interrupt = get(handle, right, &status);
    if (interrupt == NULL) {
        return status;
    }
    bool lives = !interrupt->was_bound && fault_on(FAULT_INTERRUPT_NOT_DESTROYED);
    interrupt->triggered = lives;
    interrupt->destroyed = !lives;
    bool ok = interrupt_unbind(interrupt) || fault_on(FAULT_INTERRUPT_UNREAD_OK);
    return ok ? ZX_OK : ZX_ERR_NOT_FOUND;
}
