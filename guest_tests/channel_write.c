/* zx_channel_write: handles, types, rights and delivery, each documented condition by itself.
 * Plain bad handles, types, rights and pointers are generated: baseline_channel_write. Pointers,
 * options and limits: channel_write_limits.c; two conditions at once: channel_write_pairs.c. */
#include "zxtest.h"

#define PAGE "channel_write/"

/* Write one byte and one event; record what happens to the event and what arrives. */
static void write_event(zx_handle_t channel, zx_handle_t reader) {
    handle_pair_t event = make_event();
    zx_channel_write(channel, 0, "x", 1, &event.h, 1);
    close_if_open(event.h);
    if (reader) drain(reader);
}

/* zx_channel_write with an invalid `handle` */

CASE(handle_replaced, PAGE "bad_handle_handle") {
    handle_pair_t channel = make_channel();
    zx_handle_t reduced = without(channel.h, ZX_RIGHT_SIGNAL);
    get_basic_info(channel.h);
    write_event(channel.h, channel.peer);
    write_event(reduced, channel.peer);
    zx_handle_close(reduced);
    zx_handle_close(channel.peer);
}

CASE(handle_transferred, PAGE "bad_handle_handle " PAGE "consumed_on_success") {
    handle_pair_t channel = make_channel(), sent = make_channel();
    zx_channel_write(channel.h, 0, NULL, 0, &sent.h, 1);
    get_basic_info(sent.h);
    write_event(sent.h, sent.peer);
    drain(channel.peer);
    close_pair(channel);
    zx_handle_close(sent.peer);
}

/* An invalid element of `handles` */

static void write_two(zx_handle_t first, zx_handle_t second) {
    handle_pair_t channel = make_channel();
    zx_handle_t handles[] = {first, second};
    zx_channel_write(channel.h, 0, "x", 1, handles, 2);
    close_if_open(first);
    close_if_open(second);
    drain(channel.peer);
    close_pair(channel);
}

CASE(entry_zero, PAGE "bad_handle_entry " PAGE "discarded_on_failure") {
    write_two(make_event().h, ZX_HANDLE_INVALID);
}

CASE(entry_zero_first, PAGE "bad_handle_entry " PAGE "discarded_on_failure") {
    write_two(ZX_HANDLE_INVALID, make_event().h);
}

CASE(entry_never_allocated, PAGE "bad_handle_entry") { write_two(ZX_NEVER_A_HANDLE, make_event().h); }

CASE(entry_closed, PAGE "bad_handle_entry") {
    handle_pair_t closed = make_event();
    close_and_get_info(closed.h);
    write_two(make_event().h, closed.h);
}

CASE(entry_zero_only, PAGE "bad_handle_entry") {
    handle_pair_t channel = make_channel();
    zx_handle_t none = ZX_HANDLE_INVALID;
    zx_channel_write(channel.h, 0, NULL, 0, &none, 1);
    drain(channel.peer);
    close_pair(channel);
}

CASE(entry_last_of_many, PAGE "bad_handle_entry " PAGE "discarded_on_failure") {
    handle_pair_t channel = make_channel();
    zx_handle_t handles[8];
    for (unsigned i = 0; i < 7; ++i) handles[i] = make_event().h;
    handles[7] = ZX_HANDLE_INVALID;
    zx_channel_write(channel.h, 0, "x", 1, handles, 8);
    for (unsigned i = 0; i < 7; ++i) close_if_open(handles[i]);
    drain(channel.peer);
    close_pair(channel);
}

/* A handle that appears in `handles` more than once */

CASE(repeated_entry, PAGE "bad_handle_repeated " PAGE "discarded_on_failure") {
    handle_pair_t event = make_event();
    write_two(event.h, event.h);
}

CASE(repeated_not_adjacent, PAGE "bad_handle_repeated " PAGE "discarded_on_failure") {
    handle_pair_t channel = make_channel(), event = make_event(), between = make_port();
    zx_handle_t handles[] = {event.h, between.h, event.h};
    zx_channel_write(channel.h, 0, "x", 1, handles, 3);
    close_if_open(event.h);
    close_if_open(between.h);
    drain(channel.peer);
    close_pair(channel);
}

CASE(two_handles_to_one_object, PAGE "delivered " PAGE "consumed_on_success") {
    handle_pair_t event = make_event();
    write_two(event.h, duplicate(event.h, ZX_RIGHT_SAME_RIGHTS));
}

/* `handle` that is not a channel */

CASE(wrong_type_no_handles, PAGE "wrong_type") {
    handle_pair_t wrong = make_event();
    zx_channel_write(wrong.h, 0, NULL, 0, NULL, 0);
    close_pair(wrong);
}

/* The channel in its own message, and its other end */

CASE(self, PAGE "not_supported_self " PAGE "discarded_on_failure") {
    handle_pair_t channel = make_channel();
    zx_channel_write(channel.h, 0, "x", 1, &channel.h, 1);
    close_if_open(channel.h);
    drain(channel.peer);
    zx_handle_close(channel.peer);
}

CASE(self_first, PAGE "not_supported_self " PAGE "discarded_on_failure") {
    handle_pair_t channel = make_channel(), event = make_event();
    zx_handle_t handles[] = {channel.h, event.h};
    zx_channel_write(channel.h, 0, NULL, 0, handles, 2);
    close_if_open(channel.h);
    close_if_open(event.h);
    drain(channel.peer);
    zx_handle_close(channel.peer);
}

CASE(self_last, PAGE "not_supported_self " PAGE "discarded_on_failure") {
    handle_pair_t channel = make_channel(), event = make_event();
    zx_handle_t handles[] = {event.h, channel.h};
    zx_channel_write(channel.h, 0, NULL, 0, handles, 2);
    close_if_open(event.h);
    close_if_open(channel.h);
    drain(channel.peer);
    zx_handle_close(channel.peer);
}

CASE(other_end, PAGE "consumed_on_success") {
    handle_pair_t channel = make_channel();
    zx_channel_write(channel.h, 0, "x", 1, &channel.peer, 1);
    close_if_open(channel.peer);
    signals_of(channel.h, ZX_CHANNEL_PEER_CLOSED | ZX_CHANNEL_WRITABLE);
    zx_channel_write(channel.h, 0, "y", 1, NULL, 0);
    zx_handle_close(channel.h);
}

CASE(both_ends_of_another_channel, PAGE "delivered " PAGE "consumed_on_success") {
    handle_pair_t other = make_channel();
    write_two(other.h, other.peer);
}

/* Rights */

CASE(no_write_right_empty, PAGE "access_denied_write") {
    handle_pair_t channel = make_channel();
    zx_handle_t reduced = without(channel.h, ZX_RIGHT_WRITE);
    zx_channel_write(reduced, 0, NULL, 0, NULL, 0);
    drain(channel.peer);
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

CASE(no_transfer_right, PAGE "access_denied_transfer " PAGE "discarded_on_failure") {
    write_two(without(make_event().h, ZX_RIGHT_TRANSFER), make_event().h);
}

CASE(no_transfer_right_last, PAGE "access_denied_transfer " PAGE "discarded_on_failure") {
    write_two(make_event().h, without(make_event().h, ZX_RIGHT_TRANSFER));
}

CASE(only_transfer_right, PAGE "delivered " PAGE "consumed_on_success") {
    handle_pair_t channel = make_channel(), event = make_event();
    zx_handle_t only;
    zx_handle_replace(event.h, ZX_RIGHT_TRANSFER, &only);
    get_basic_info(only);
    zx_channel_write(channel.h, 0, "x", 1, &only, 1);
    close_if_open(only);
    drain_etc(channel.peer);
    close_pair(channel);
}

/* Peer closed */

CASE(peer_closed, PAGE "peer_closed") {
    handle_pair_t channel = make_channel();
    close_and_get_info(channel.peer);
    zx_channel_write(channel.h, 0, "x", 1, NULL, 0);
    zx_handle_close(channel.h);
}

CASE(peer_closed_empty, PAGE "peer_closed") {
    handle_pair_t channel = make_channel();
    close_and_get_info(channel.peer);
    zx_channel_write(channel.h, 0, NULL, 0, NULL, 0);
    zx_handle_close(channel.h);
}

CASE(peer_closed_with_unread_message, PAGE "peer_closed") {
    handle_pair_t channel = make_channel();
    zx_channel_write(channel.h, 0, "x", 1, NULL, 0);
    close_and_get_info(channel.peer);
    write_event(channel.h, 0);
    zx_handle_close(channel.h);
}

CASE(peer_closed_by_discarded_message, PAGE "peer_closed " PAGE "discarded_on_failure") {
    handle_pair_t lost = make_channel(), other = make_channel();
    close_and_get_info(lost.peer);
    zx_channel_write(lost.h, 0, NULL, 0, &other.peer, 1);
    close_if_open(other.peer);
    signals_of(other.h, ZX_CHANNEL_PEER_CLOSED);
    write_event(other.h, 0);
    zx_handle_close(other.h);
    zx_handle_close(lost.h);
}

CASE(peer_in_transit, PAGE "delivered") {
    handle_pair_t carrier = make_channel(), other = make_channel();
    zx_channel_write(carrier.h, 0, NULL, 0, &other.peer, 1);
    get_basic_info(other.peer);
    zx_channel_write(other.h, 0, "x", 1, NULL, 0);
    zx_handle_t arrived = ZX_HANDLE_INVALID;
    uint32_t size, count;
    zx_channel_read(carrier.peer, 0, NULL, &arrived, 0, 1, &size, &count);
    get_basic_info(arrived);
    drain(arrived);
    zx_handle_close(arrived);
    zx_handle_close(other.h);
    close_pair(carrier);
}

/* Delivery */

CASE(messages_in_order, PAGE "delivered") {
    handle_pair_t channel = make_channel(), event = make_event(), port = make_port();
    zx_channel_write(channel.h, 0, "one", 3, &event.h, 1);
    close_if_open(event.h);
    zx_channel_write(channel.h, 0, NULL, 0, NULL, 0);
    zx_channel_write(channel.h, 0, "three", 5, &port.h, 1);
    close_if_open(port.h);
    for (int i = 0; i < 4; ++i) drain(channel.peer);
    close_pair(channel);
}

CASE(both_directions, PAGE "delivered") {
    handle_pair_t channel = make_channel();
    zx_channel_write(channel.h, 0, "there", 5, NULL, 0);
    zx_channel_write(channel.peer, 0, "back", 4, NULL, 0);
    signals_of(channel.h, ZX_CHANNEL_READABLE);
    drain(channel.h);
    drain(channel.peer);
    drain(channel.h);
    close_pair(channel);
}

CASE(rights_and_type_preserved, PAGE "delivered " PAGE "consumed_on_success") {
    handle_pair_t channel = make_channel(), event = make_event();
    zx_handle_t handles[] = {without(event.h, ZX_RIGHT_DUPLICATE), with_basic_info(make_port().h)};
    zx_channel_write(channel.h, 0, "x", 1, handles, 2);
    close_if_open(handles[0]);
    close_if_open(handles[1]);
    drain_etc(channel.peer);
    close_pair(channel);
}

CASE(readable_after_writer_closed, PAGE "delivered") {
    handle_pair_t channel = make_channel(), event = make_event();
    zx_channel_write(channel.h, 0, "x", 1, &event.h, 1);
    close_if_open(event.h);
    close_and_get_info(channel.h);
    drain(channel.peer);
    drain(channel.peer);
    zx_handle_close(channel.peer);
}
