/* zx_channel_write_etc: repeated calls, and handles in messages. */
#include "zxtest.h"

#define PAGE "channel_write_etc/"

static void send(zx_handle_t channel, zx_handle_op_t operation, zx_handle_t handle) {
    zx_handle_disposition_t entry = {operation, handle, ZX_OBJ_TYPE_NONE, ZX_RIGHT_SAME_RIGHTS, 0};
    zx_channel_write_etc(channel, 0, "x", 1, &entry, 1);
}

CASE(write_twice, PAGE "delivered " PAGE "moved") {
    handle_pair_t channel = make_channel();
    for (int i = 0; i < 2; ++i) {
        handle_pair_t event = make_event();
        send(channel.h, ZX_HANDLE_OP_MOVE, with_basic_info(event.h));
        close_if_open(event.h);
        drain_etc(channel.peer);
    }
    close_pair(channel);
}

CASE(duplicate_in_two_messages, PAGE "delivered " PAGE "duplicated") {
    handle_pair_t channel = make_channel(), event = make_event();
    for (int i = 0; i < 2; ++i) {
        send(channel.h, ZX_HANDLE_OP_DUPLICATE, with_basic_info(event.h));
        drain_etc(channel.peer);
    }
    close_if_open(event.h);
    close_pair(channel);
}

CASE(write_after_failure, PAGE "delivered " PAGE "bad_handle_entry") {
    handle_pair_t channel = make_channel();
    send(channel.h, ZX_HANDLE_OP_MOVE, ZX_NEVER_A_HANDLE);
    drain_etc(channel.peer);
    zx_channel_write_etc(channel.h, 0, "good", 4, NULL, 0);
    drain_etc(channel.peer);
    close_pair(channel);
}

/* Send a handle to an object of each type. */
#define TRANSFER(type)                                                \
    CASE(transfer_##type, PAGE "delivered " PAGE "moved") {           \
        handle_pair_t channel = make_channel(), sent = make_##type(); \
        send(channel.h, ZX_HANDLE_OP_MOVE, with_basic_info(sent.h));  \
        close_if_open(sent.h);                                        \
        drain_etc(channel.peer);                                      \
        close_pair((handle_pair_t){0, sent.peer});                    \
        close_pair(channel);                                          \
    }

TRANSFER(channel)
TRANSFER(socket)
TRANSFER(event)
TRANSFER(eventpair)
TRANSFER(vmo)
TRANSFER(port)
TRANSFER(timer)
TRANSFER(job)
TRANSFER(process)
TRANSFER(thread)
TRANSFER(vmar)
TRANSFER(resource)
