/* zx_channel_write_etc: `handle`, `options`, `bytes` and the limits, each condition by itself.
 * Plain bad handles, types, rights and pointers are generated: baseline_channel_write_etc. What
 * happens to the entries: channel_write_etc_entries.c; two conditions at once:
 * channel_write_etc_pairs.c. */
#include "zxtest.h"

#define PAGE "channel_write_etc/"

static zx_handle_disposition_t move(zx_handle_t handle) {
    return (zx_handle_disposition_t){ZX_HANDLE_OP_MOVE, handle, ZX_OBJ_TYPE_NONE,
                                     ZX_RIGHT_SAME_RIGHTS, ZX_OK};
}

/* Write one byte and move one event; record what happens to the event and what arrives. */
static void write_event(zx_handle_t channel, zx_handle_t reader) {
    zx_handle_disposition_t entry = move(make_event().h);
    zx_channel_write_etc(channel, 0, "x", 1, &entry, 1);
    close_if_open(entry.handle);
    if (reader) drain_etc(reader);
}

/* Invalid `handle` */

CASE(handle_moved, PAGE "bad_handle_handle " PAGE "moved") {
    handle_pair_t channel = make_channel(), sent = make_channel();
    zx_handle_disposition_t entry = move(sent.h);
    zx_channel_write_etc(channel.h, 0, NULL, 0, &entry, 1);
    get_basic_info(sent.h);
    write_event(sent.h, sent.peer);
    drain_etc(channel.peer);
    close_pair(channel);
    zx_handle_close(sent.peer);
}

/* `handle` that is not a channel */

CASE(wrong_type_no_handles, PAGE "wrong_type_handle") {
    handle_pair_t wrong = make_port();
    zx_channel_write_etc(wrong.h, 0, NULL, 0, NULL, 0);
    close_pair(wrong);
}

/* Rights of `handle` */

CASE(no_write_right_empty, PAGE "access_denied_write") {
    handle_pair_t channel = make_channel();
    zx_handle_t reduced = without(channel.h, ZX_RIGHT_WRITE);
    zx_channel_write_etc(reduced, 0, NULL, 0, NULL, 0);
    drain_etc(channel.peer);
    zx_handle_close(reduced);
    zx_handle_close(channel.peer);
}

CASE(only_write_right, PAGE "delivered") {
    handle_pair_t channel = make_channel();
    zx_handle_t only;
    zx_handle_replace(channel.h, ZX_RIGHT_WRITE, &only);
    get_basic_info(only);
    write_event(only, channel.peer);
    zx_handle_close(only);
    zx_handle_close(channel.peer);
}

/* Peer closed */

CASE(peer_closed, PAGE "peer_closed") {
    handle_pair_t channel = make_channel();
    close_and_get_info(channel.peer);
    zx_channel_write_etc(channel.h, 0, "x", 1, NULL, 0);
    zx_handle_close(channel.h);
}

CASE(peer_closed_empty, PAGE "peer_closed") {
    handle_pair_t channel = make_channel();
    close_and_get_info(channel.peer);
    zx_channel_write_etc(channel.h, 0, NULL, 0, NULL, 0);
    zx_handle_close(channel.h);
}

CASE(peer_closed_with_unread_message, PAGE "peer_closed") {
    handle_pair_t channel = make_channel();
    zx_channel_write_etc(channel.h, 0, "x", 1, NULL, 0);
    close_and_get_info(channel.peer);
    write_event(channel.h, 0);
    zx_handle_close(channel.h);
}

/* `options` */

CASE(options_all_bits, PAGE "invalid_args_options") {
    handle_pair_t channel = make_channel();
    zx_handle_disposition_t entry = move(make_event().h);
    zx_channel_write_etc(channel.h, 0xffffffffu, "x", 1, &entry, 1);
    close_if_open(entry.handle);
    drain_etc(channel.peer);
    close_pair(channel);
}

/* `bytes` and `handles` that are not valid pointers */

static void write_bytes(const void* bytes, uint32_t size) {
    handle_pair_t channel = make_channel();
    zx_handle_disposition_t entry = move(make_event().h);
    zx_channel_write_etc(channel.h, 0, bytes, size, &entry, 1);
    close_if_open(entry.handle);
    drain_etc(channel.peer);
    close_pair(channel);
}

CASE(bytes_past_mapping_end, PAGE "invalid_args_bytes") { write_bytes(zx_edge(char, 8), 9); }
CASE(bytes_before_mapping_start, PAGE "invalid_args_bytes") { write_bytes(zx_rw_start - 1, 2); }
CASE(bytes_up_to_mapping_end, PAGE "delivered") { write_bytes(zx_edge(char, 8), 8); }
CASE(bytes_read_only, PAGE "delivered") { write_bytes(zx_read_only(char), 4096); }
CASE(bytes_misaligned, PAGE "delivered") { write_bytes(zx_misaligned(uint64_t), 8); }
CASE(no_bytes_null, PAGE "delivered " PAGE "moved") { write_bytes(NULL, 0); }
CASE(no_bytes_unmapped, PAGE "delivered " PAGE "moved") { write_bytes(zx_unmapped(char), 0); }

static void write_entries(zx_handle_disposition_t* entries, uint32_t count) {
    handle_pair_t channel = make_channel();
    zx_channel_write_etc(channel.h, 0, "x", 1, entries, count);
    drain_etc(channel.peer);
    close_pair(channel);
}

CASE(handles_null_many, PAGE "invalid_args_handles") { write_entries(NULL, 64); }

CASE(handles_past_mapping_end, PAGE "invalid_args_handles") {
    zx_handle_disposition_t* entries = zx_edge(zx_handle_disposition_t, 1);
    entries[0] = move(make_event().h);
    zx_handle_t handle = entries[0].handle;
    write_entries(entries, 2);
    close_if_open(handle);
}

CASE(handles_up_to_mapping_end, PAGE "delivered " PAGE "moved") {
    zx_handle_disposition_t* entries = zx_edge(zx_handle_disposition_t, 2);
    entries[0] = move(make_event().h);
    entries[1] = move(make_port().h);
    write_entries(entries, 2);
    close_if_open(entries[0].handle);
    close_if_open(entries[1].handle);
}

/* The page does not call a misaligned pointer invalid. */
CASE(handles_misaligned, PAGE "delivered") {
    zx_handle_disposition_t entry = move(make_event().h);
    __builtin_memcpy(zx_misaligned(char), &entry, sizeof(entry));
    write_entries(zx_misaligned(zx_handle_disposition_t), 1);
    close_if_open(entry.handle);
}

/* An all-zero entry has no valid handle, and here its `result` can't be written. */
CASE(handles_read_only, PAGE "bad_handle_entry") {
    write_entries(zx_read_only(zx_handle_disposition_t), 1);
}

CASE(no_handles_null, PAGE "delivered") { write_entries(NULL, 0); }
CASE(no_handles_unmapped, PAGE "delivered") {
    write_entries(zx_unmapped(zx_handle_disposition_t), 0);
}

CASE(empty, PAGE "delivered") {
    handle_pair_t channel = make_channel();
    zx_channel_write_etc(channel.h, 0, NULL, 0, NULL, 0);
    drain_etc(channel.peer);
    close_pair(channel);
}

/* Limits */

#define BYTES(name, size, claims)               \
    CASE(bytes_##name, claims) {                \
        fill(zx_edge(char, size), size);        \
        write_bytes(zx_edge(char, size), size); \
    }

BYTES(below_the_limit, 65535, PAGE "max_bytes " PAGE "delivered")
BYTES(at_the_limit, 65536, PAGE "max_bytes " PAGE "delivered")
BYTES(over_the_limit, 65537, PAGE "out_of_range_bytes")
BYTES(twice_the_limit, 131072, PAGE "out_of_range_bytes")

CASE(bytes_all_bits, PAGE "out_of_range_bytes") { write_bytes(zx_edge(char, 1), 0xffffffffu); }

/* Send one event many times over. */
static void write_copies(uint32_t count) {
    static zx_handle_disposition_t entries[66];
    handle_pair_t event = make_event();
    for (uint32_t i = 0; i < count; ++i) {
        entries[i] = move(event.h);
        entries[i].operation = ZX_HANDLE_OP_DUPLICATE;
    }
    write_entries(entries, count);
    close_if_open(event.h);
}

CASE(handles_below_the_limit, PAGE "max_handles " PAGE "duplicated") { write_copies(63); }
CASE(handles_at_the_limit, PAGE "max_handles " PAGE "duplicated") { write_copies(64); }
CASE(handles_over_the_limit, PAGE "out_of_range_handles") { write_copies(65); }
CASE(handles_over_the_limit_by_two, PAGE "out_of_range_handles") { write_copies(66); }
CASE(handles_all_bits, PAGE "out_of_range_handles") {
    write_entries(zx_edge(zx_handle_disposition_t, 1), 0xffffffffu);
}

static void write_moves(uint32_t count) {
    static zx_handle_disposition_t entries[65];
    for (uint32_t i = 0; i < count; ++i) entries[i] = move(make_event().h);
    write_entries(entries, count);
    close_if_open(entries[0].handle);
    close_if_open(entries[count - 1].handle);
}

CASE(moves_at_the_limit, PAGE "max_handles " PAGE "moved") { write_moves(64); }
CASE(moves_over_the_limit, PAGE "out_of_range_handles") { write_moves(65); }

/* Delivery */

CASE(messages_in_order, PAGE "delivered") {
    handle_pair_t channel = make_channel();
    zx_handle_disposition_t one = move(make_event().h), three = move(make_port().h);
    zx_channel_write_etc(channel.h, 0, "one", 3, &one, 1);
    close_if_open(one.handle);
    zx_channel_write(channel.h, 0, "two", 3, NULL, 0);
    zx_channel_write_etc(channel.h, 0, "three", 5, &three, 1);
    close_if_open(three.handle);
    for (int i = 0; i < 4; ++i) drain_etc(channel.peer);
    close_pair(channel);
}

CASE(read_with_channel_read, PAGE "delivered " PAGE "moved") {
    handle_pair_t channel = make_channel();
    zx_handle_disposition_t entry = move(make_event().h);
    zx_channel_write_etc(channel.h, 0, "x", 1, &entry, 1);
    close_if_open(entry.handle);
    signals_of(channel.peer, ZX_CHANNEL_READABLE);
    drain(channel.peer);
    close_pair(channel);
}
