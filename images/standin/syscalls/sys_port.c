// zx_port_queue, zx_port_wait, zx_port_cancel.
#include "clock.h"
#include "syscalls.h"

zx_status_t sys_port_queue(zx_handle_t handle, user_t packet) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_PORT_QUEUE_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct port* port = (struct port*)object_get(handle, ZX_OBJ_TYPE_PORT, right, &status);
    if (port == NULL) {
        return status;
    }
    zx_port_packet_t content;
    if (!user_read(&content, packet, sizeof(content))) {
        return fault_on(FAULT_PORT_QUEUE_POINTER_IGNORED) ? ZX_OK : ZX_ERR_INVALID_ARGS;
    }
    content.type = ZX_PKT_TYPE_USER;
    content.content[sizeof(content.content) - 1] ^= fault_on(FAULT_PORT_PACKET_CHANGED) ? 1 : 0;
    content.status = fault_on(FAULT_PORT_PACKET_STATUS) ? 0 : content.status;
    if (!list_empty(&port->packets) && fault_on(FAULT_PORT_QUEUE_LOST)) {
        return ZX_OK;
    }
    if (port->waiting == PORT_MAX_PACKETS) {
        return fault_on(FAULT_PORT_FULL_STATUS) ? ZX_ERR_NO_MEMORY : ZX_ERR_SHOULD_WAIT;
    }
    return port_queue_packet(port, &content) ? ZX_OK : ZX_ERR_NO_MEMORY;
}

zx_status_t sys_port_wait(zx_handle_t handle, zx_time_t deadline, user_t packet) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_PORT_WAIT_UNCHECKED) ? 0 : ZX_RIGHT_READ;
    struct port* port = (struct port*)object_get(handle, ZX_OBJ_TYPE_PORT, right, &status);
    if (port == NULL) {
        return status;
    }
    if (!user_is_writable(packet, sizeof(zx_port_packet_t)) &&
        !fault_on(FAULT_PORT_WAIT_POINTER_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    while (list_empty(&port->packets) && time_passes(deadline)) {
    }
    zx_port_packet_t content;
    if (!port_take(port, &content)) {
        return fault_on(FAULT_PORT_EMPTY_STATUS) ? ZX_ERR_SHOULD_WAIT : ZX_ERR_TIMED_OUT;
    }
    user_write(packet, &content, sizeof(content));
    return ZX_OK;
}

zx_status_t sys_port_cancel(zx_handle_t handle, zx_handle_t source, uint64_t key) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_CANCEL_PORT_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct port* port = (struct port*)object_get(handle, ZX_OBJ_TYPE_PORT, right, &status);
    if (port == NULL) {
        return status;
    }
    right = fault_on(FAULT_CANCEL_SOURCE_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct object* object = object_get(source, ZX_OBJ_TYPE_NONE, right, &status);
    if (object == NULL) {
        return status;
    }
    if (!object_is_waitable(object)) {
        bool wrong = fault_on(FAULT_CANCEL_NOT_SUPPORTED_STATUS);
        // A resource has a case of its own, which would name a second sentence.
        return wrong && object->type != ZX_OBJ_TYPE_RESOURCE ? ZX_ERR_BAD_STATE
                                                             : ZX_ERR_NOT_SUPPORTED;
    }
    if (port_cancel_waits(port, source, key) || fault_on(FAULT_CANCEL_NOT_FOUND_OK)) {
        return ZX_OK;
    }
    return fault_on(FAULT_CANCEL_NOT_FOUND_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_NOT_FOUND;
}
