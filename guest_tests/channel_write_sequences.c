/* zx_channel_write: repeated calls, handles in messages, outputs that the reader leaves out. */
#include "zxtest.h"

#define PAGE "channel_write/"

static void put(zx_handle_t channel, const char* bytes, uint32_t size) {
    zx_channel_write(channel, 0, bytes, size, NULL, 0);
}

CASE(write_twice, PAGE "delivered") {
    handle_pair_t channel = make_channel();
    put(channel.h, "one", 3);
    drain(channel.peer);
    put(channel.h, "other", 5);
    drain(channel.peer);
    drain(channel.peer);
    close_pair(channel);
}

CASE(write_twice_with_handles, PAGE "delivered " PAGE "consumed_on_success") {
    handle_pair_t channel = make_channel();
    for (int i = 0; i < 2; ++i) {
        handle_pair_t event = make_event();
        get_basic_info(event.h);
        zx_channel_write(channel.h, 0, "x", 1, &event.h, 1);
        close_if_open(event.h);
        drain(channel.peer);
    }
    close_pair(channel);
}

CASE(write_after_failure, PAGE "delivered " PAGE "bad_handle_entry") {
    handle_pair_t channel = make_channel();
    zx_handle_t never = ZX_NEVER_A_HANDLE;
    zx_channel_write(channel.h, 0, "bad", 3, &never, 1);
    drain(channel.peer);
    put(channel.h, "good", 4);
    drain(channel.peer);
    close_pair(channel);
}

CASE(two_messages_then_writer_closed, PAGE "delivered") {
    handle_pair_t channel = make_channel(), event = make_event();
    put(channel.h, "one", 3);
    zx_channel_write(channel.h, 0, "two", 3, &event.h, 1);
    close_if_open(event.h);
    close_and_get_info(channel.h);
    drain(channel.peer);
    drain(channel.peer);
    drain(channel.peer);
    zx_handle_close(channel.peer);
}

CASE(handle_round_trip, PAGE "delivered " PAGE "consumed_on_success") {
    handle_pair_t channel = make_channel(), event = make_event();
    uint32_t size, count;
    char bytes[4];
    for (int i = 0; i < 2; ++i) {
        get_basic_info(event.h);
        zx_channel_write(i ? channel.peer : channel.h, 0, "x", 1, &event.h, 1);
        close_if_open(event.h);
        event.h = ZX_HANDLE_INVALID;
        zx_channel_read(i ? channel.h : channel.peer, 0, bytes, &event.h, 4, 1, &size, &count);
    }
    close_if_open(event.h);
    close_pair(channel);
}

/* Send a handle to an object of each type. */
#define TRANSFER(type)                                                    \
    CASE(transfer_##type, PAGE "delivered " PAGE "consumed_on_success") { \
        handle_pair_t channel = make_channel(), sent = make_##type();     \
        get_basic_info(sent.h);                                           \
        zx_channel_write(channel.h, 0, "x", 1, &sent.h, 1);               \
        close_if_open(sent.h);                                            \
        drain_etc(channel.peer);                                          \
        close_pair((handle_pair_t){0, sent.peer});                        \
        close_pair(channel);                                              \
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

/* Reads without some of the outputs */

CASE(read_without_actual, PAGE "delivered") {
    handle_pair_t channel = make_channel();
    char bytes[8];
    put(channel.h, "one", 3);
    put(channel.h, "two", 3);
    zx_channel_read(channel.peer, 0, bytes, NULL, sizeof(bytes), 0, NULL, NULL);
    drain(channel.peer);
    drain(channel.peer);
    close_pair(channel);
}

CASE(read_without_actual_handles, PAGE "delivered") {
    handle_pair_t channel = make_channel();
    uint32_t size;
    char bytes[8];
    put(channel.h, "one", 3);
    zx_channel_read(channel.peer, 0, bytes, NULL, sizeof(bytes), 0, &size, NULL);
    drain(channel.peer);
    close_pair(channel);
}

CASE(read_without_actual_bytes, PAGE "delivered " PAGE "consumed_on_success") {
    handle_pair_t channel = make_channel(), event = make_event();
    uint32_t count;
    zx_handle_t received = ZX_HANDLE_INVALID;
    zx_channel_write(channel.h, 0, NULL, 0, &event.h, 1);
    close_if_open(event.h);
    zx_channel_read(channel.peer, 0, NULL, &received, 0, 1, NULL, &count);
    close_if_open(received);
    close_pair(channel);
}

/* Limits while the other size is zero, and arrays past the limit */

static void write_events(uint32_t count, uint32_t size) {
    static zx_handle_t handles[67];
    handle_pair_t channel = make_channel();
    for (uint32_t i = 0; i < count; ++i) handles[i] = make_event().h;
    zx_channel_write(channel.h, 0, "x", size, handles, count);
    close_if_open(handles[0]);
    close_if_open(handles[count - 1]);
    drain(channel.peer);
    close_pair(channel);
}

CASE(handles_at_the_limit_no_bytes, PAGE "max_handles " PAGE "delivered") { write_events(64, 0); }
CASE(handles_over_the_limit_no_bytes, PAGE "out_of_range_handles") { write_events(65, 0); }

CASE(handles_over_the_limit_by_three, PAGE "out_of_range_handles") { write_events(67, 1); }

CASE(bytes_at_the_limit_no_handles, PAGE "max_bytes " PAGE "delivered") {
    handle_pair_t channel = make_channel();
    fill(zx_edge(char, 65536), 65536);
    zx_channel_write(channel.h, 0, zx_edge(char, 65536), 65536, NULL, 0);
    drain(channel.peer);
    close_pair(channel);
}

/* Handles arrive in the order in which they were written; koids identify them. */

static void write_in_order(uint32_t count) {
    handle_pair_t channel = make_channel();
    zx_handle_t handles[64];
    for (uint32_t i = 0; i < count; ++i) {
        handles[i] = make_event().h;
        get_basic_info(handles[i]);
    }
    zx_channel_write(channel.h, 0, NULL, 0, handles, count);
    drain(channel.peer);
    close_pair(channel);
}

CASE(handle_order_3, PAGE "delivered") { write_in_order(3); }
CASE(handle_order_8, PAGE "delivered") { write_in_order(8); }
CASE(handle_order_64, PAGE "delivered") { write_in_order(64); }

/* A handle that a failed write discards is closed: its peer observes it. */

static void discard_peer(zx_handle_t channel, uint32_t options, const void* bytes, uint32_t size,
                        zx_handle_t beside) {
    handle_pair_t lost = make_channel();
    zx_handle_t handles[] = {lost.peer, beside};
    zx_channel_write(channel, options, bytes, size, handles, beside ? 2 : 1);
    close_if_open(lost.peer);
    signals_of(lost.h, ZX_CHANNEL_PEER_CLOSED);
    zx_handle_close(lost.h);
}

#define DISCARDED "discarded_on_failure"

CASE(discarded_bad_handle, PAGE "bad_handle_handle " PAGE DISCARDED) {
    discard_peer(ZX_NEVER_A_HANDLE, 0, "x", 1, 0);
}

CASE(discarded_wrong_type, PAGE "wrong_type " PAGE DISCARDED) {
    handle_pair_t event = make_event();
    discard_peer(event.h, 0, "x", 1, 0);
    zx_handle_close(event.h);
}

CASE(discarded_no_write_right, PAGE "access_denied_write " PAGE DISCARDED) {
    handle_pair_t channel = make_channel();
    zx_handle_t bare = without(channel.h, ZX_RIGHT_WRITE);
    discard_peer(bare, 0, "x", 1, 0);
    zx_handle_close(bare);
    zx_handle_close(channel.peer);
}

CASE(discarded_bad_options, PAGE "invalid_args_options " PAGE DISCARDED) {
    handle_pair_t channel = make_channel();
    discard_peer(channel.h, 1, "x", 1, 0);
    close_pair(channel);
}

CASE(discarded_bad_bytes, PAGE "invalid_args_bytes " PAGE DISCARDED) {
    handle_pair_t channel = make_channel();
    discard_peer(channel.h, 0, zx_unmapped(char), 1, 0);
    close_pair(channel);
}

CASE(discarded_too_many_bytes, PAGE "out_of_range_bytes " PAGE DISCARDED) {
    handle_pair_t channel = make_channel();
    discard_peer(channel.h, 0, zx_edge(char, ZX_CHANNEL_MAX_MSG_BYTES + 1),
                 ZX_CHANNEL_MAX_MSG_BYTES + 1, 0);
    close_pair(channel);
}

CASE(discarded_with_bad_entry, PAGE "bad_handle_entry " PAGE DISCARDED) {
    handle_pair_t channel = make_channel();
    discard_peer(channel.h, 0, "x", 1, ZX_NEVER_A_HANDLE);
    close_pair(channel);
}

CASE(discarded_with_entry_without_transfer, PAGE "access_denied_transfer " PAGE DISCARDED) {
    handle_pair_t channel = make_channel();
    discard_peer(channel.h, 0, "x", 1, without(make_event().h, ZX_RIGHT_TRANSFER));
    close_pair(channel);
}

CASE(discarded_with_self, PAGE "not_supported_self " PAGE DISCARDED) {
    handle_pair_t channel = make_channel();
    discard_peer(channel.h, 0, "x", 1, channel.h);
    zx_handle_close(channel.peer);
}
