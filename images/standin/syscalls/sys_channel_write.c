// zx_channel_write.
//
// All checks come first, then the handles: if one element is wrong none is transferred. On any
// failure all handles in the array are consumed nevertheless, and closed.
#include "syscalls.h"

static zx_status_t check_sizes(uint32_t num_bytes, uint32_t num_handles) {
    uint32_t max_bytes = ZX_CHANNEL_MAX_MSG_BYTES, max_handles = ZX_CHANNEL_MAX_MSG_HANDLES;
    max_bytes += fault_on(FAULT_CW_MAX_BYTES_HIGH);
    max_bytes -= fault_on(FAULT_CW_MAX_BYTES_LOW);
    max_handles += fault_on(FAULT_CW_MAX_HANDLES_HIGH);
    max_handles -= fault_on(FAULT_CW_MAX_HANDLES_LOW);
    if (num_bytes > max_bytes) {
        if (fault_on(FAULT_PANIC) && num_bytes == UINT32_MAX) {
            panic("standin.fault=panic: a message of %u bytes", num_bytes);
        }
        return fault_on(FAULT_CW_BYTES_RANGE_STATUS) ? ZX_ERR_INVALID_ARGS : ZX_ERR_OUT_OF_RANGE;
    }
    if (num_handles > max_handles) {
        return fault_on(FAULT_CW_HANDLES_RANGE_STATUS) ? ZX_ERR_NO_RESOURCES : ZX_ERR_OUT_OF_RANGE;
    }
    return ZX_OK;
}

// What the page requires of one element; `values` are those before it and itself.
static zx_status_t check_element(zx_handle_t channel, const zx_handle_t* values, uint32_t i) {
    const struct handle* handle = handle_lookup(values[i]);
    if (handle == NULL) {
        if (fault_on(FAULT_CW_ELEMENT_INVALID_IGNORED)) {
            return ZX_OK;
        }
        return fault_on(FAULT_CW_ELEMENT_INVALID_STATUS) ? ZX_ERR_NOT_FOUND : ZX_ERR_BAD_HANDLE;
    }
    if (values[i] == channel && !fault_on(FAULT_CW_SELF_ALLOWED)) {
        return fault_on(FAULT_CW_SELF_STATUS) ? ZX_ERR_INVALID_ARGS : ZX_ERR_NOT_SUPPORTED;
    }
    if (!(handle->rights & ZX_RIGHT_TRANSFER) && !fault_on(FAULT_CW_TRANSFER_UNCHECKED)) {
        return fault_on(FAULT_CW_TRANSFER_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_ACCESS_DENIED;
    }
    for (uint32_t k = 0; k < i; k++) {
        if (values[k] == values[i] && !fault_on(FAULT_CW_REPEATED_ALLOWED)) {
            return fault_on(FAULT_CW_REPEATED_STATUS) ? ZX_ERR_INVALID_ARGS : ZX_ERR_BAD_HANDLE;
        }
    }
    return ZX_OK;
}

static zx_status_t attach(struct message* message, zx_handle_t channel, user_t handles,
                          uint32_t count) {
    zx_handle_t values[MESSAGE_HANDLES];
    if (!user_read(values, handles, count * sizeof(values[0]))) {
        return fault_on(FAULT_CW_HANDLES_POINTER_IGNORED)  ? ZX_OK
               : fault_on(FAULT_CW_HANDLES_POINTER_STATUS) ? ZX_ERR_BAD_STATE
                                                           : ZX_ERR_INVALID_ARGS;
    }
    for (uint32_t i = 0; i < count; i++) {
        zx_status_t status = check_element(channel, values, i);
        if (status != ZX_OK) {
            return status;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct handle* handle = handle_lookup(values[i]);
        if (handle == NULL) {
            continue;  // reached only with a fault on
        }
        zx_rights_t rights = handle->rights & ~(fault_on(FAULT_CW_RIGHTS_LOST) ? ZX_RIGHT_WAIT : 0);
        if (!fault_on(FAULT_CW_HANDLES_LOST)) {
            message->handles[message->num_handles++] = handle_new(handle->object, rights);
        }
        if (!fault_on(FAULT_CW_HANDLES_KEPT_ON_SUCCESS)) {
            handle_drop(handle_remove(values[i]));
        }
    }
    if (fault_on(FAULT_CW_HANDLES_REVERSED)) {
        for (uint32_t i = 0; i < message->num_handles / 2; i++) {
            struct handle swapped = message->handles[i];
            message->handles[i] = message->handles[message->num_handles - 1 - i];
            message->handles[message->num_handles - 1 - i] = swapped;
        }
    }
    return ZX_OK;
}

static struct channel* find(zx_handle_t handle, zx_status_t* status) {
    zx_rights_t rights = fault_on(FAULT_CW_WRITE_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_CHANNEL, rights, status);
    if (*status == ZX_ERR_BAD_HANDLE) {
        *status = fault_on(FAULT_CW_HANDLE_INVALID_OK)       ? ZX_OK
                  : fault_on(FAULT_CW_HANDLE_INVALID_STATUS) ? ZX_ERR_NOT_FOUND
                                                             : ZX_ERR_BAD_HANDLE;
    } else if (*status == ZX_ERR_WRONG_TYPE) {
        *status = fault_on(FAULT_CW_WRONG_TYPE_OK)       ? ZX_OK
                  : fault_on(FAULT_CW_WRONG_TYPE_STATUS) ? ZX_ERR_INVALID_ARGS
                                                         : ZX_ERR_WRONG_TYPE;
    } else if (*status == ZX_ERR_ACCESS_DENIED && fault_on(FAULT_CW_WRITE_STATUS)) {
        *status = ZX_ERR_BAD_STATE;
    }
    return (struct channel*)object;
}

static zx_status_t write(zx_handle_t handle, uint32_t options, user_t bytes, uint32_t num_bytes,
                         user_t handles, uint32_t num_handles) {
    if (options != 0 && !fault_on(FAULT_CW_OPTIONS_IGNORED)) {
        return fault_on(FAULT_CW_OPTIONS_STATUS) ? ZX_ERR_NOT_SUPPORTED : ZX_ERR_INVALID_ARGS;
    }
    zx_status_t status;
    struct channel* channel = find(handle, &status);
    if (channel == NULL) {
        return status;
    }
    status = check_sizes(num_bytes, num_handles);
    if (status != ZX_OK) {
        return status;
    }
    if (channel->peer == NULL && !fault_on(FAULT_CW_PEER_CLOSED_OK)) {
        return fault_on(FAULT_CW_PEER_CLOSED_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_PEER_CLOSED;
    }
    if (fault_on(FAULT_CW_NULL_REFUSED) && bytes == 0 && num_bytes == 0) {
        return ZX_ERR_INVALID_ARGS;
    }
    struct message* message = message_new(num_bytes);
    if (message == NULL) {
        return ZX_ERR_NO_MEMORY;
    }
    if (!user_read(message->bytes, bytes, num_bytes) && !fault_on(FAULT_CW_BYTES_POINTER_IGNORED)) {
        status = fault_on(FAULT_CW_BYTES_POINTER_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_INVALID_ARGS;
    } else {
        status = attach(message, handle, handles, num_handles);
    }
    if (status != ZX_OK) {
        message_free(message);
        return status;
    }
    if (fault_on(FAULT_CW_BYTES_CHANGED) && num_bytes > 0) {
        message->bytes[num_bytes - 1] ^= 1;
    }
    if (fault_on(FAULT_CW_NOT_SENT) || channel->peer == NULL) {
        message_free(message);
        return ZX_OK;
    }
    channel_send(channel, message);
    return ZX_OK;
}

// An array that can't be read contains no handles; one that is too long contains all of them.
static void discard(user_t handles, uint32_t count) {
    zx_handle_t value;
    if (!user_is_readable(handles, count * sizeof(value))) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        user_read(&value, handles + i * sizeof(value), sizeof(value));
        handle_drop(handle_remove(value));
    }
}

zx_status_t sys_channel_write(zx_handle_t handle, uint32_t options, user_t bytes,
                              uint32_t num_bytes, user_t handles, uint32_t num_handles) {
    zx_status_t status = write(handle, options, bytes, num_bytes, handles, num_handles);
    if (status != ZX_OK && !fault_on(FAULT_CW_HANDLES_KEPT_ON_FAILURE)) {
        discard(handles, num_handles);
    }
    return status;
}
