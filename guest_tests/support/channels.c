/* zx_channel_create, zx_channel_read, zx_channel_read_etc. */
#include "zxtest.h"

#define CREATE "channel_create/"

CASE(channel_create_both_ends, CREATE "both_ends " CREATE "usable_rights") {
    handle_pair_t channel = make_channel();
    get_basic_info(channel.h);
    get_basic_info(channel.peer);
    zx_channel_write(channel.h, 0, "x", 1, NULL, 0);
    drain(channel.peer);
    close_pair(channel);
}

/* The two reads differ in what they return for each handle. */
#define BOTH(name, call, Element)                                                            \
    CASE(name##_empty, #call "/should_wait") {                                               \
        handle_pair_t channel = make_channel();                                              \
        zx_##call(channel.h, 0, NULL, NULL, 0, 0, NULL, NULL);                               \
        close_pair(channel);                                                                 \
    }                                                                                        \
    CASE(name##_peer_closed, #call "/peer_closed " #call "/message_read") {                  \
        handle_pair_t channel = make_channel();                                              \
        uint32_t size, count;                                                                \
        char bytes[4];                                                                       \
        zx_channel_write(channel.peer, 0, "last", 4, NULL, 0);                               \
        close_and_get_info(channel.peer);                                                    \
        zx_##call(channel.h, 0, bytes, NULL, sizeof(bytes), 0, &size, &count);               \
        zx_##call(channel.h, 0, bytes, NULL, sizeof(bytes), 0, &size, &count);               \
        zx_handle_close(channel.h);                                                          \
    }                                                                                        \
    CASE(name##_peer_closed_two_unread, #call "/peer_closed " #call "/message_read") {       \
        handle_pair_t channel = make_channel();                                              \
        uint32_t size, count;                                                                \
        char bytes[6];                                                                       \
        zx_channel_write(channel.peer, 0, "first", 5, NULL, 0);                              \
        zx_channel_write(channel.peer, 0, "second", 6, NULL, 0);                             \
        close_and_get_info(channel.peer);                                                    \
        for (int i = 0; i < 3; ++i)                                                          \
            zx_##call(channel.h, 0, bytes, NULL, sizeof(bytes), 0, &size, &count);           \
        zx_handle_close(channel.h);                                                          \
    }                                                                                        \
    CASE(name##_may_discard_handles, #call "/may_discard " #call "/buffer_too_small") {      \
        handle_pair_t channel = make_channel(), lost = make_channel();                       \
        uint32_t size, count;                                                                \
        char bytes[4];                                                                       \
        zx_channel_write(channel.peer, 0, "lost", 4, &lost.peer, 1);                         \
        close_if_open(lost.peer);                                                            \
        zx_channel_write(channel.peer, 0, "next", 4, NULL, 0);                               \
        zx_##call(channel.h, ZX_CHANNEL_READ_MAY_DISCARD, bytes, NULL, 4, 0, &size, &count); \
        signals_of(lost.h, ZX_CHANNEL_PEER_CLOSED);                                          \
        drain(channel.h);                                                                    \
        drain(channel.h);                                                                    \
        zx_handle_close(lost.h);                                                             \
        close_pair(channel);                                                                 \
    }                                                                                        \
    CASE(name##_too_small, #call "/buffer_too_small " #call "/sizes_returned") {                 \
        handle_pair_t channel = make_channel(), event = make_event();                        \
        uint32_t size, count;                                                                \
        char bytes[4];                                                                       \
        zx_channel_write(channel.peer, 0, "four", 4, &event.h, 1);                           \
        close_if_open(event.h);                                                              \
        zx_##call(channel.h, 0, bytes, NULL, 3, 1, &size, &count);                           \
        zx_##call(channel.h, 0, bytes, NULL, 4, 0, &size, &count);                           \
        drain_etc(channel.h);                                                                \
        close_pair(channel);                                                                 \
    }                                                                                        \
    CASE(name##_may_discard, #call "/may_discard " #call "/buffer_too_small") {              \
        handle_pair_t channel = make_channel();                                              \
        uint32_t size, count;                                                                \
        zx_channel_write(channel.peer, 0, "lost", 4, NULL, 0);                               \
        zx_channel_write(channel.peer, 0, "next", 4, NULL, 0);                               \
        zx_##call(channel.h, ZX_CHANNEL_READ_MAY_DISCARD, NULL, NULL, 0, 0, &size, &count);  \
        drain(channel.h);                                                                    \
        drain(channel.h);                                                                    \
        close_pair(channel);                                                                 \
    }                                                                                        \
    CASE(name##_handles, #call "/handles_received " #call "/message_read") {                 \
        handle_pair_t channel = make_channel(), event = make_event();                        \
        Element elements[2] = {0};                                                           \
        uint32_t size, count;                                                                \
        zx_channel_write(channel.peer, 0, NULL, 0, &event.h, 1);                             \
        close_if_open(event.h);                                                              \
        zx_##call(channel.h, 0, NULL, elements, 0, 2, &size, &count);                        \
        zx_handle_t arrived;                                                                 \
        __builtin_memcpy(&arrived, elements, sizeof(arrived));                               \
        get_basic_info(arrived);                                                             \
        zx_handle_close(arrived);                                                            \
        close_pair(channel);                                                                 \
    }                                                                                        \
    CASE(name##_bad_bytes, #call "/invalid_args_bytes") {                                    \
        handle_pair_t channel = make_channel();                                              \
        zx_channel_write(channel.peer, 0, "four", 4, NULL, 0);                               \
        zx_##call(channel.h, 0, zx_unmapped(char), NULL, 4, 0, NULL, NULL);                  \
        close_pair(channel);                                                                 \
    }                                                                                        \
    CASE(name##_bad_handles, #call "/invalid_args_handles") {                                \
        handle_pair_t channel = make_channel(), event = make_event();                        \
        zx_channel_write(channel.peer, 0, NULL, 0, &event.h, 1);                             \
        close_if_open(event.h);                                                              \
        zx_##call(channel.h, 0, NULL, zx_unmapped(Element), 0, 1, NULL, NULL);               \
        close_pair(channel);                                                                 \
    }                                                                                        \
    CASE(name##_bad_actual_bytes, #call "/invalid_args_actual_bytes") {                      \
        handle_pair_t channel = make_channel();                                              \
        zx_channel_write(channel.peer, 0, NULL, 0, NULL, 0);                                 \
        zx_##call(channel.h, 0, NULL, NULL, 0, 0, zx_unmapped(uint32_t), NULL);              \
        close_pair(channel);                                                                 \
    }                                                                                        \
    CASE(name##_bad_actual_handles, #call "/invalid_args_actual_handles") {                  \
        handle_pair_t channel = make_channel();                                              \
        zx_channel_write(channel.peer, 0, NULL, 0, NULL, 0);                                 \
        zx_##call(channel.h, 0, NULL, NULL, 0, 0, NULL, zx_read_only(uint32_t));             \
        close_pair(channel);                                                                 \
    }

BOTH(read, channel_read, zx_handle_t)
BOTH(read_etc, channel_read_etc, zx_handle_info_t)

CASE(read_etc_handle_infos, "channel_read_etc/infos_returned") {
    handle_pair_t channel = make_channel();
    zx_handle_t handles[] = {without(make_event().h, ZX_RIGHT_WAIT), make_vmo().h};
    zx_channel_write(channel.h, 0, NULL, 0, handles, 2);
    close_if_open(handles[0]);
    close_if_open(handles[1]);
    drain_etc(channel.peer);
    close_pair(channel);
}
