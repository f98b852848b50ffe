// zx_object_get_property, zx_object_set_property. x86-64's registers are no property here, nor has
// anything but processes and threads a name.
#include "syscalls.h"

struct property {
    zx_obj_type_t types[2];
    size_t size;
    bool get, set;
};

static const struct property properties[] = {
    [ZX_PROP_NAME] = {{ZX_OBJ_TYPE_PROCESS, ZX_OBJ_TYPE_THREAD}, ZX_MAX_NAME_LEN, true, true},
    [ZX_PROP_PROCESS_DEBUG_ADDR] = {{ZX_OBJ_TYPE_PROCESS}, 8, true, true},
    [ZX_PROP_PROCESS_VDSO_BASE_ADDRESS] = {{ZX_OBJ_TYPE_PROCESS}, 8, true, false},
    [ZX_PROP_SOCKET_RX_THRESHOLD] = {{ZX_OBJ_TYPE_SOCKET}, 8, true, true},
    [ZX_PROP_SOCKET_TX_THRESHOLD] = {{ZX_OBJ_TYPE_SOCKET}, 8, true, true},
    [ZX_PROP_JOB_KILL_ON_OOM] = {{ZX_OBJ_TYPE_JOB}, 8, false, true},
};

// The property of the number; NULL and the status if there is none that can be got, or set.
static const struct property* find(uint32_t number, bool set, zx_status_t* status) {
    const struct property* found = number < COUNT_OF(properties) ? &properties[number] : NULL;
    if (found == NULL || found->size == 0) {
        bool ok = set ? fault_on(FAULT_PROPERTY_SET_UNKNOWN_OK)
                      : fault_on(FAULT_PROPERTY_GET_UNKNOWN_OK);
        *status = ok ? ZX_OK : ZX_ERR_NOT_SUPPORTED;
        return NULL;
    }
    if (set ? !found->set : !found->get) {
        *status = ZX_ERR_NOT_SUPPORTED;
        return NULL;
    }
    return found;
}

static struct object* owner(zx_handle_t handle, const struct property* property,
                            zx_rights_t right, zx_status_t* status) {
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, 0, status);
    if (object == NULL) {
        return NULL;
    }
    if (object->type != property->types[0] && object->type != property->types[1]) {
        *status = ZX_ERR_WRONG_TYPE;
        return NULL;
    }
    return object_get(handle, ZX_OBJ_TYPE_NONE, right, status);
}

static char* name_of(struct object* object) {
    return object->type == ZX_OBJ_TYPE_PROCESS ? ((struct process*)object)->name
                                               : ((struct thread*)object)->name;
}

// Where a property of eight bytes is.
static uint64_t* number_of(struct object* object, uint32_t property) {
    switch (property) {
    case ZX_PROP_PROCESS_DEBUG_ADDR:
        return &((struct process*)object)->debug_addr;
    case ZX_PROP_PROCESS_VDSO_BASE_ADDRESS:
        return &((struct process*)object)->vdso_base;
    case ZX_PROP_SOCKET_RX_THRESHOLD:
        return &((struct socket*)object)->rx_threshold;
    case ZX_PROP_SOCKET_TX_THRESHOLD:
        return &((struct socket*)object)->tx_threshold;
    default:
        return &((struct job*)object)->kill_on_oom;
    }
}

zx_status_t sys_object_get_property(zx_handle_t handle, uint32_t property, user_t value,
                                    size_t value_size) {
    zx_status_t status;
    if (object_get(handle, ZX_OBJ_TYPE_NONE, 0, &status) == NULL) {
        return status;
    }
    const struct property* found = find(property, false, &status);
    if (found == NULL) {
        return status;
    }
    zx_rights_t right = fault_on(FAULT_PROPERTY_GET_UNCHECKED) ? 0 : ZX_RIGHT_GET_PROPERTY;
    struct object* object = owner(handle, found, right, &status);
    if (object == NULL) {
        bool odd = found->size == sizeof(uint64_t) && fault_on(FAULT_PROPERTY_GET_TYPE_STATUS);
        return status == ZX_ERR_WRONG_TYPE && odd ? ZX_ERR_BAD_STATE : status;
    }
    if (value_size < found->size && !fault_on(FAULT_PROPERTY_GET_SIZE_IGNORED)) {
        return ZX_ERR_BUFFER_TOO_SMALL;
    }
    char text[ZX_MAX_NAME_LEN] = {0};
    const void* from = text;
    if (property == ZX_PROP_NAME) {
        memcpy(text, name_of(object), sizeof(text));
        text[fault_on(FAULT_PROPERTY_NAME_CUT) ? 4 : sizeof(text) - 1] = '\0';
    } else {
        from = number_of(object, property);
    }
    size_t size = value_size < found->size ? value_size : found->size;
    if (!user_write(value, from, size) && !fault_on(FAULT_PROPERTY_GET_POINTER_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    return ZX_OK;
}

static zx_status_t set_name(struct object* object, user_t value, size_t size) {
    char text[ZX_MAX_NAME_LEN] = {0};
    if (!user_read(text, value, size < sizeof(text) ? size : sizeof(text) - 1)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (!fault_on(FAULT_PROPERTY_NAME_KEPT)) {
        memcpy(name_of(object), text, sizeof(text));
    }
    return ZX_OK;
}

static zx_status_t set_number(struct object* object, uint32_t property, uint64_t number) {
    bool rx = property == ZX_PROP_SOCKET_RX_THRESHOLD, tx = property == ZX_PROP_SOCKET_TX_THRESHOLD;
    if (tx && ((struct socket*)object)->peer == NULL && !fault_on(FAULT_PROPERTY_PEER_CLOSED_OK)) {
        return fault_on(FAULT_PROPERTY_PEER_CLOSED_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_PEER_CLOSED;
    }
    if ((rx || tx) && number > SOCKET_CAPACITY) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (property == ZX_PROP_JOB_KILL_ON_OOM && number > 1) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (!fault_on(FAULT_PROPERTY_NUMBER_KEPT)) {
        *number_of(object, property) = number;
    }
    if (rx || tx) {
        socket_update_signals((struct socket*)object);
    }
    return ZX_OK;
}

zx_status_t sys_object_set_property(zx_handle_t handle, uint32_t property, user_t value,
                                    size_t value_size) {
    zx_status_t status;
    if (object_get(handle, ZX_OBJ_TYPE_NONE, 0, &status) == NULL) {
        return status;
    }
    const struct property* found = find(property, true, &status);
    if (found == NULL) {
        return status;
    }
    zx_rights_t right = fault_on(FAULT_PROPERTY_SET_UNCHECKED) ? 0 : ZX_RIGHT_SET_PROPERTY;
    struct object* object = owner(handle, found, right, &status);
    if (object == NULL) {
        bool odd = found->size == sizeof(uint64_t) && fault_on(FAULT_PROPERTY_SET_TYPE_STATUS);
        return status == ZX_ERR_WRONG_TYPE && odd ? ZX_ERR_BAD_STATE : status;
    }
    if (property == ZX_PROP_NAME) {
        return set_name(object, value, value_size);
    }
    if (value_size < found->size && !fault_on(FAULT_PROPERTY_SET_SIZE_IGNORED)) {
        return ZX_ERR_BUFFER_TOO_SMALL;
    }
    uint64_t number = 0;
    size_t size = value_size < found->size ? value_size : found->size;
    if (!user_read(&number, value, size) && !fault_on(FAULT_PROPERTY_SET_POINTER_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    return set_number(object, property, number);
}
