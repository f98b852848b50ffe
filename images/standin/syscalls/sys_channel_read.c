// channel_read, channel_read_etc: they differ in what is written per handle.
#include "syscalls.h"

struct read_args {
    uint32_t options;
    user_t bytes, handles;
    uint32_t num_bytes, num_handles;
    user_t actual_bytes, actual_handles;
    size_t entry_size;  // of the handles array
};

static bool null_or_writable(user_t at, size_t size) {
    return at == 0 || user_is_writable(at, size);
}

static void report(const struct read_args* args, const struct message* message) {
    if (args->actual_bytes != 0) {
        user_write(args->actual_bytes, &message->num_bytes, sizeof(message->num_bytes));
    }
    if (args->actual_handles != 0) {
        user_write(args->actual_handles, &message->num_handles, sizeof(message->num_handles));
    }
}

static void give_handles(const struct read_args* args, struct message* message) {
    uint32_t count = message->num_handles;
    message->num_handles = 0;  // the message no longer owns any
    for (uint32_t i = 0; i < count; i++) {
        struct handle handle = message->handles[i];
        zx_handle_info_t info = {.type = handle.object->type, .rights = handle.rights};
        info.handle = handle_install(handle);
        if (args->entry_size != sizeof(zx_handle_t) || !fault_on(FAULT_READ_HANDLES_NOT_WRITTEN)) {
            user_write(args->handles + i * args->entry_size, &info, args->entry_size);
        }
    }
}

static zx_status_t read(zx_handle_t handle, const struct read_args* args) {
    zx_status_t status;
    struct channel* channel = (struct channel*)object_get(handle, ZX_OBJ_TYPE_CHANNEL,
                                                          ZX_RIGHT_READ, &status);
    if (channel == NULL) {
        return status;
    }
    if (args->options & ~ZX_CHANNEL_READ_MAY_DISCARD ||
        !null_or_writable(args->bytes, args->num_bytes) ||
        !null_or_writable(args->handles, args->num_handles * args->entry_size) ||
        !null_or_writable(args->actual_bytes, sizeof(uint32_t)) ||
        !null_or_writable(args->actual_handles, sizeof(uint32_t))) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (list_empty(&channel->messages)) {
        return channel->peer == NULL ? ZX_ERR_PEER_CLOSED : ZX_ERR_SHOULD_WAIT;
    }
    struct message* message = CONTAINER_OF(channel->messages.next, struct message, node);
    report(args, message);
    if (message->num_bytes > args->num_bytes || message->num_handles > args->num_handles) {
        if (args->options & ZX_CHANNEL_READ_MAY_DISCARD) {
            message_free(channel_receive(channel));
        }
        return ZX_ERR_BUFFER_TOO_SMALL;
    }
    if ((message->num_bytes > 0 && args->bytes == 0) ||
        (message->num_handles > 0 && args->handles == 0)) {
        return ZX_ERR_INVALID_ARGS;
    }
    channel_receive(channel);
    user_write(args->bytes, message->bytes, message->num_bytes);
    give_handles(args, message);
    message_free(message);
    return ZX_OK;
}

zx_status_t sys_channel_read(zx_handle_t handle, uint32_t options, user_t bytes, user_t handles,
                             uint32_t num_bytes, uint32_t num_handles, user_t actual_bytes,
                             user_t actual_handles) {
    struct read_args args = {options,     bytes,        handles,        num_bytes,
                             num_handles, actual_bytes, actual_handles, sizeof(zx_handle_t)};
    return read(handle, &args);
}

zx_status_t sys_channel_read_etc(zx_handle_t handle, uint32_t options, user_t bytes, user_t handles,
                                 uint32_t num_bytes, uint32_t num_handles, user_t actual_bytes,
                                 user_t actual_handles) {
    struct read_args args = {options,     bytes,        handles,        num_bytes,
                             num_handles, actual_bytes, actual_handles, sizeof(zx_handle_info_t)};
    return read(handle, &args);
}
