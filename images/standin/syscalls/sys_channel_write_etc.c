// zx_channel_write_etc.
//
// The page promises that all operations are attempted, and does not say what becomes of the
// handles after a failure. Here: an invalid call (its channel, sizes, pointers) touches none; an
// operation that fails leaves its handle; a handle moved into a failed message is closed with it.
#include <stddef.h>

#include "syscalls.h"

static zx_status_t check_sizes(uint32_t num_bytes, uint32_t num_handles) {
    uint32_t max_bytes = ZX_CHANNEL_MAX_MSG_BYTES, max_handles = ZX_CHANNEL_MAX_MSG_HANDLES;
    max_bytes += fault_on(FAULT_CWE_MAX_BYTES_HIGH);
    max_bytes -= fault_on(FAULT_CWE_MAX_BYTES_LOW);
    max_handles += fault_on(FAULT_CWE_MAX_HANDLES_HIGH);
    max_handles -= fault_on(FAULT_CWE_MAX_HANDLES_LOW);
    if (num_bytes > max_bytes) {
        return fault_on(FAULT_CWE_BYTES_RANGE_STATUS) ? ZX_ERR_INVALID_ARGS : ZX_ERR_OUT_OF_RANGE;
    }
    if (num_handles > max_handles) {
        return fault_on(FAULT_CWE_HANDLES_RANGE_STATUS) ? ZX_ERR_NO_RESOURCES : ZX_ERR_OUT_OF_RANGE;
    }
    return ZX_OK;
}

// What the page requires of an entry whose handle exists. `duplicate`: its operation.
static zx_status_t check_entry(const zx_handle_disposition_t* entry, const struct handle* handle,
                               bool duplicate, zx_rights_t* rights) {
    bool any_type = entry->type == ZX_OBJ_TYPE_NONE && !fault_on(FAULT_CWE_TYPE_NONE_REFUSED);
    if (!any_type && entry->type != handle->object->type && !fault_on(FAULT_CWE_TYPE_UNCHECKED)) {
        return fault_on(FAULT_CWE_TYPE_STATUS) ? ZX_ERR_INVALID_ARGS : ZX_ERR_WRONG_TYPE;
    }
    if (!(handle->rights & ZX_RIGHT_TRANSFER) && !fault_on(FAULT_CWE_TRANSFER_UNCHECKED)) {
        return fault_on(FAULT_CWE_TRANSFER_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_ACCESS_DENIED;
    }
    if (duplicate && !(handle->rights & ZX_RIGHT_DUPLICATE) &&
        !fault_on(FAULT_CWE_DUPLICATE_UNCHECKED)) {
        return fault_on(FAULT_CWE_DUPLICATE_STATUS) ? ZX_ERR_NOT_FOUND : ZX_ERR_ACCESS_DENIED;
    }
    zx_rights_t wanted = entry->rights;
    if (!rights_reduce(handle->rights, wanted, rights)) {
        if (fault_on(FAULT_CWE_RIGHTS_UNCHECKED)) {
            *rights = wanted;
            return ZX_OK;
        }
        return fault_on(FAULT_CWE_RIGHTS_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_INVALID_ARGS;
    }
    if (fault_on(FAULT_CWE_SAME_RIGHTS_EMPTY) && wanted == ZX_RIGHT_SAME_RIGHTS) {
        *rights = 0;
    }
    if (fault_on(FAULT_CWE_RIGHTS_NOT_REDUCED)) {
        *rights = handle->rights;
    }
    if (fault_on(FAULT_CWE_TRANSFER_NOT_REMOVED)) {
        *rights |= ZX_RIGHT_TRANSFER;
    }
    return ZX_OK;
}

// Performs one entry's operation: the message then owns the handle.
static zx_status_t attempt(zx_handle_t channel, const zx_handle_disposition_t* entry,
                           struct message* message) {
    bool duplicate = entry->operation == ZX_HANDLE_OP_DUPLICATE;
    if (!duplicate && entry->operation != ZX_HANDLE_OP_MOVE &&
        !fault_on(FAULT_CWE_OPERATION_UNCHECKED)) {
        if (fault_on(FAULT_KERNEL_FAULT) && entry->operation == UINT32_MAX) {
            *(volatile uint32_t*)8 = entry->operation;
        }
        return fault_on(FAULT_CWE_OPERATION_STATUS) ? ZX_ERR_NOT_SUPPORTED : ZX_ERR_INVALID_ARGS;
    }
    const struct handle* handle = handle_lookup(entry->handle);
    if (handle == NULL) {
        return fault_on(FAULT_CWE_SOURCE_INVALID_IGNORED)  ? ZX_OK
               : fault_on(FAULT_CWE_SOURCE_INVALID_STATUS) ? ZX_ERR_NOT_FOUND
                                                           : ZX_ERR_BAD_HANDLE;
    }
    if (entry->handle == channel && !fault_on(FAULT_CWE_SELF_ALLOWED)) {
        return fault_on(FAULT_CWE_SELF_STATUS) ? ZX_ERR_INVALID_ARGS : ZX_ERR_NOT_SUPPORTED;
    }
    zx_rights_t rights;
    zx_status_t status = check_entry(entry, handle, duplicate, &rights);
    if (status != ZX_OK) {
        return status;
    }
    struct handle* attached = &message->handles[message->num_handles++];
    *attached = handle_new(handle->object, rights);
    bool keep = duplicate ? !fault_on(FAULT_CWE_DUPLICATE_CONSUMES) : fault_on(FAULT_CWE_MOVE_KEEPS);
    if (!keep) {
        handle_drop(handle_remove(entry->handle));
    }
    return ZX_OK;
}

// A handle may stand in several entries only if each of them duplicates it. The page does not
// say which of the entries then fails; here each does.
static bool is_repeated(const zx_handle_disposition_t* entries, uint32_t count, uint32_t i) {
    for (uint32_t k = 0; k < count; k++) {
        if (k != i && entries[k].handle == entries[i].handle &&
            (entries[k].operation != ZX_HANDLE_OP_DUPLICATE ||
             entries[i].operation != ZX_HANDLE_OP_DUPLICATE)) {
            return true;
        }
    }
    return false;
}

// Is the handle of entry `i` duplicated by one of the entries? Then the page leaves open if it may
// be moved by another one.
static bool is_duplicated(const zx_handle_disposition_t* entries, uint32_t count, uint32_t i) {
    for (uint32_t k = 0; k < count; k++) {
        if (entries[k].handle == entries[i].handle &&
            entries[k].operation == ZX_HANDLE_OP_DUPLICATE) {
            return true;
        }
    }
    return false;
}

static zx_status_t attempt_entry(zx_handle_t channel, const zx_handle_disposition_t* entries,
                                 uint32_t count, uint32_t i, struct message* message) {
    if (is_repeated(entries, count, i) && handle_lookup(entries[i].handle) != NULL) {
        if (!fault_on(FAULT_CWE_REPEATED_ALLOWED) || is_duplicated(entries, count, i)) {
            return fault_on(FAULT_CWE_REPEATED_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_BAD_HANDLE;
        }
        // The last entry of the handle's does the move, those before it nothing.
        for (uint32_t k = i + 1; k < count; k++) {
            if (entries[k].handle == entries[i].handle) {
                return ZX_OK;
            }
        }
    }
    return attempt(channel, &entries[i], message);
}

static zx_status_t attach(zx_handle_t channel, user_t handles, uint32_t count,
                          struct message* message) {
    zx_handle_disposition_t entries[MESSAGE_HANDLES];
    size_t size = count * sizeof(entries[0]);
    if (!user_is_writable(handles, size)) {
        return fault_on(FAULT_CWE_HANDLES_POINTER_IGNORED)  ? ZX_OK
               : fault_on(FAULT_CWE_HANDLES_POINTER_STATUS) ? ZX_ERR_BAD_STATE
                                                            : ZX_ERR_INVALID_ARGS;
    }
    user_read(entries, handles, size);
    zx_status_t first = ZX_OK, last = ZX_OK;
    for (uint32_t i = 0; i < count; i++) {
        zx_status_t result = attempt_entry(channel, entries, count, i, message);
        last = result != ZX_OK ? result : last;
        first = first == ZX_OK ? result : first;
        zx_status_t written = fault_on(FAULT_CWE_RESULT_OF_OTHERS) ? first : result;
        if (!fault_on(FAULT_CWE_RESULT_NOT_WRITTEN)) {
            user_t at = handles + i * sizeof(entries[0]) +
                        offsetof(zx_handle_disposition_t, result);
            user_write(at, &written, sizeof(written));
        }
        if (first != ZX_OK && fault_on(FAULT_CWE_FIRST_FAILURE_STOPS)) {
            break;
        }
    }
    return fault_on(FAULT_CWE_LAST_FAILURE_RETURNED) ? last : first;
}

static struct channel* find(zx_handle_t handle, zx_status_t* status) {
    zx_rights_t rights = fault_on(FAULT_CWE_WRITE_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_CHANNEL, rights, status);
    if (*status == ZX_ERR_BAD_HANDLE && fault_on(FAULT_CWE_HANDLE_INVALID_STATUS)) {
        *status = ZX_ERR_NOT_FOUND;
    } else if (*status == ZX_ERR_WRONG_TYPE && fault_on(FAULT_CWE_WRONG_TYPE_STATUS)) {
        *status = ZX_ERR_INVALID_ARGS;
    } else if (*status == ZX_ERR_ACCESS_DENIED && fault_on(FAULT_CWE_WRITE_STATUS)) {
        *status = ZX_ERR_BAD_STATE;
    }
    return (struct channel*)object;
}

zx_status_t sys_channel_write_etc(zx_handle_t handle, uint32_t options, user_t bytes,
                                  uint32_t num_bytes, user_t handles, uint32_t num_handles) {
    if (options != 0 && !fault_on(FAULT_CWE_OPTIONS_IGNORED)) {
        return fault_on(FAULT_CWE_OPTIONS_STATUS) ? ZX_ERR_NOT_SUPPORTED : ZX_ERR_INVALID_ARGS;
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
    if (channel->peer == NULL && !fault_on(FAULT_CWE_PEER_CLOSED_OK)) {
        return fault_on(FAULT_CWE_PEER_CLOSED_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_PEER_CLOSED;
    }
    struct message* message = message_new(num_bytes);
    if (message == NULL) {
        return ZX_ERR_NO_MEMORY;
    }
    if (!user_read(message->bytes, bytes, num_bytes) && !fault_on(FAULT_CWE_BYTES_POINTER_IGNORED)) {
        status = fault_on(FAULT_CWE_BYTES_POINTER_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_INVALID_ARGS;
    } else {
        status = attach(handle, handles, num_handles, message);
    }
    if (fault_on(FAULT_CWE_BYTES_CHANGED) && num_bytes > 0) {
        message->bytes[num_bytes - 1] ^= 1;
    }
    if (fault_on(FAULT_CWE_SENT_ON_FAILURE) && message->num_handles > 0) {
        channel_send(channel, message);
        return status;
    }
    if (fault_on(FAULT_CWE_HANDLES_LOST) && status == ZX_OK) {
        struct message* empty = message_new(num_bytes);
        if (empty != NULL) {
            memcpy(empty->bytes, message->bytes, num_bytes);
            channel_send(channel, empty);
        }
        message_free(message);
        return ZX_OK;
    }
    if (status != ZX_OK || channel->peer == NULL) {
        message_free(message);
        return status;
    }
    channel_send(channel, message);
    return ZX_OK;
}
