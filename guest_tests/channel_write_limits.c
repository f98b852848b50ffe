/* zx_channel_write: pointers, options and limits, each documented condition by itself. */
#include "zxtest.h"

#define PAGE "channel_write/"

/* `bytes` and `handles` that are not valid pointers */

static void write_bytes(const void* bytes, uint32_t size) {
    handle_pair_t channel = make_channel(), event = make_event();
    zx_channel_write(channel.h, 0, bytes, size, &event.h, 1);
    close_if_open(event.h);
    drain(channel.peer);
    close_pair(channel);
}

CASE(bytes_past_mapping_end, PAGE "invalid_args_bytes") { write_bytes(zx_edge(char, 8), 9); }
CASE(bytes_before_mapping_start, PAGE "invalid_args_bytes") { write_bytes(zx_rw_start - 1, 2); }
CASE(bytes_up_to_mapping_end, PAGE "delivered") { write_bytes(zx_edge(char, 8), 8); }
CASE(bytes_read_only, PAGE "delivered") { write_bytes(zx_read_only(char), 4096); }
CASE(bytes_misaligned, PAGE "delivered") { write_bytes(zx_misaligned(uint64_t), 8); }

static void write_handles(const zx_handle_t* handles, uint32_t count) {
    handle_pair_t channel = make_channel();
    zx_channel_write(channel.h, 0, "x", 1, handles, count);
    drain(channel.peer);
    close_pair(channel);
}

CASE(handles_null_many, PAGE "invalid_args_handles") { write_handles(NULL, 64); }

CASE(handles_past_mapping_end, PAGE "invalid_args_handles") {
    zx_handle_t* handles = zx_edge(zx_handle_t, 1);
    handles[0] = make_event().h;
    write_handles(handles, 2);
    close_if_open(handles[0]);
}

CASE(handles_up_to_mapping_end, PAGE "delivered " PAGE "consumed_on_success") {
    zx_handle_t* handles = zx_edge(zx_handle_t, 2);
    handles[0] = make_event().h;
    handles[1] = make_port().h;
    write_handles(handles, 2);
    close_if_open(handles[0]);
    close_if_open(handles[1]);
}

/* The page does not call a misaligned pointer invalid. */
CASE(handles_misaligned, PAGE "delivered") {
    zx_handle_t* handles = zx_misaligned(zx_handle_t);
    handle_pair_t event = make_event();
    __builtin_memcpy(handles, &event.h, sizeof(event.h));
    write_handles(handles, 1);
    close_if_open(event.h);
}

CASE(handles_read_only, PAGE "bad_handle_entry") { write_handles(zx_read_only(zx_handle_t), 1); }

/* Nothing to send */

static void write_empty(const void* bytes, const zx_handle_t* handles) {
    handle_pair_t channel = make_channel();
    zx_channel_write(channel.h, 0, bytes, 0, handles, 0);
    drain(channel.peer);
    close_pair(channel);
}

CASE(empty_null, PAGE "null_when_empty " PAGE "delivered") { write_empty(NULL, NULL); }
CASE(empty_bytes_null, PAGE "null_when_empty") { write_empty(NULL, zx_read_only(zx_handle_t)); }
CASE(empty_handles_null, PAGE "null_when_empty") { write_empty("x", NULL); }
CASE(empty_valid_pointers, PAGE "delivered") { write_empty("x", zx_read_only(zx_handle_t)); }
CASE(empty_bytes_unmapped, PAGE "delivered") { write_empty(zx_unmapped(char), NULL); }
CASE(empty_handles_unmapped, PAGE "delivered") { write_empty(NULL, zx_unmapped(zx_handle_t)); }
CASE(empty_bytes_kernel, PAGE "delivered") { write_empty(zx_kernel(char), NULL); }

CASE(null_bytes_with_handle, PAGE "null_when_empty " PAGE "consumed_on_success") {
    write_bytes(NULL, 0);
}

CASE(null_handles_with_bytes, PAGE "null_when_empty") { write_handles(NULL, 0); }

/* `options` */

CASE(options_all_bits, PAGE "invalid_args_options " PAGE "discarded_on_failure") {
    handle_pair_t channel = make_channel(), event = make_event();
    zx_channel_write(channel.h, 0xffffffffu, "x", 1, &event.h, 1);
    close_if_open(event.h);
    drain(channel.peer);
    close_pair(channel);
}

/* Limits */

#define BYTES(name, size, claims)               \
    CASE(bytes_##name, claims) {                \
        fill(zx_edge(char, size), size);        \
        write_bytes(zx_edge(char, size), size); \
    }

BYTES(one, 1, PAGE "delivered")
BYTES(below_the_limit, 65535, PAGE "max_bytes " PAGE "delivered")
BYTES(at_the_limit, 65536, PAGE "max_bytes " PAGE "delivered")
BYTES(twice_the_limit, 131072, PAGE "out_of_range_bytes")

CASE(bytes_all_bits, PAGE "out_of_range_bytes") { write_bytes(zx_edge(char, 1), 0xffffffffu); }

CASE(bytes_over_the_limit_no_handles, PAGE "out_of_range_bytes") {
    handle_pair_t channel = make_channel();
    zx_channel_write(channel.h, 0, zx_edge(char, 65537), 65537, NULL, 0);
    drain(channel.peer);
    close_pair(channel);
}

static void write_events(uint32_t count) {
    static zx_handle_t handles[66];
    for (uint32_t i = 0; i < count; ++i) handles[i] = make_event().h;
    write_handles(handles, count);
    close_if_open(handles[0]);
    close_if_open(handles[count - 1]);
}

CASE(handles_below_the_limit, PAGE "max_handles " PAGE "delivered") { write_events(63); }
CASE(handles_at_the_limit, PAGE "max_handles " PAGE "delivered") { write_events(64); }
CASE(handles_over_the_limit, PAGE "out_of_range_handles " PAGE "discarded_on_failure") {
    write_events(65);
}
CASE(handles_over_the_limit_by_two, PAGE "out_of_range_handles") { write_events(66); }

CASE(both_at_the_limit, PAGE "max_bytes " PAGE "max_handles") {
    static zx_handle_t handles[64];
    handle_pair_t channel = make_channel();
    for (uint32_t i = 0; i < COUNT(handles); ++i) handles[i] = make_event().h;
    fill(zx_edge(char, 65536), 65536);
    zx_channel_write(channel.h, 0, zx_edge(char, 65536), 65536, handles, COUNT(handles));
    close_if_open(handles[0]);
    close_if_open(handles[63]);
    drain_etc(channel.peer);
    close_pair(channel);
}
