/* zx_socket_share: each documented condition by itself, and each documented effect.
 * Two conditions at once: socket_share_pairs.c. */
#include "zxtest.h"

#define PAGE "socket_share/"
#define SIGNALS (ZX_SOCKET_SHARE | ZX_SOCKET_ACCEPT | ZX_SOCKET_PEER_CLOSED)

/* Accept one socket, record its info, and close it. */
static void accept(zx_handle_t socket) {
    zx_handle_t accepted = ZX_HANDLE_INVALID;
    if (zx_socket_accept(socket, &accepted) != ZX_OK) return;
    get_basic_info(accepted);
    zx_handle_close(accepted);
}

/* Share a plain socket over `handle`: is it consumed, does it arrive at `other`, is it closed then? */
static void share_plain(zx_handle_t handle, zx_handle_t other) {
    handle_pair_t plain = make_socket();
    get_basic_info(plain.h);
    zx_socket_share(handle, plain.h);
    close_if_open(plain.h);
    if (other) accept(other);
    signals_of(plain.peer, ZX_SOCKET_PEER_CLOSED);
    zx_handle_close(plain.peer);
}

/* Share `shared`, which may be anything, over a new socket that can share. */
static void share_over_new(zx_handle_t shared) {
    handle_pair_t pair = make_sharing_socket();
    zx_socket_share(pair.h, shared);
    close_if_open(shared);
    accept(pair.peer);
    close_pair(pair);
}

/* Invalid `handle` */

CASE(handle_zero, PAGE "bad_handle_handle " PAGE "discarded_on_failure") {
    share_plain(ZX_HANDLE_INVALID, 0);
}

CASE(handle_closed, PAGE "bad_handle_handle " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket();
    close_and_get_info(pair.h);
    share_plain(pair.h, pair.peer);
    zx_handle_close(pair.peer);
}

CASE(handle_replaced, PAGE "bad_handle_handle") {
    handle_pair_t pair = make_sharing_socket();
    zx_handle_t reduced = without(pair.h, ZX_RIGHT_SIGNAL);
    get_basic_info(pair.h);
    share_plain(pair.h, pair.peer);
    share_plain(reduced, pair.peer);
    zx_handle_close(reduced);
    zx_handle_close(pair.peer);
}

/* Invalid `socket_to_share` */

CASE(share_already_shared, PAGE "bad_handle_share " PAGE "consumed_on_success") {
    handle_pair_t plain = make_socket();
    share_over_new(plain.h);
    share_over_new(plain.h);
    zx_handle_close(plain.peer);
}

/* Objects of other types */

#define WRONG_TYPE(type)                                                                       \
    CASE(wrong_type_##type##_as_handle, PAGE "wrong_type_handle " PAGE                         \
                                        "discarded_on_failure") {                              \
        handle_pair_t wrong = make_##type();                                                   \
        get_basic_info(wrong.h);                                                               \
        share_plain(wrong.h, 0);                                                               \
        close_pair(wrong);                                                                     \
    }                                                                                          \
    CASE(wrong_type_##type##_as_share, PAGE "wrong_type_share " PAGE "discarded_on_failure") { \
        handle_pair_t wrong = make_##type();                                                   \
        get_basic_info(wrong.h);                                                               \
        share_over_new(wrong.h);                                                               \
        if (wrong.peer) zx_handle_close(wrong.peer);                                           \
    }

WRONG_TYPE(event)
WRONG_TYPE(eventpair)
WRONG_TYPE(channel)
WRONG_TYPE(vmo)
WRONG_TYPE(port)
WRONG_TYPE(timer)
WRONG_TYPE(job)
WRONG_TYPE(process)
WRONG_TYPE(thread)
WRONG_TYPE(vmar)
WRONG_TYPE(resource)

/* Rights */

CASE(no_write_right, PAGE "access_denied_write " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket();
    zx_handle_t reduced = without(pair.h, ZX_RIGHT_WRITE);
    share_plain(reduced, pair.peer);
    zx_handle_close(reduced);
    zx_handle_close(pair.peer);
}

CASE(only_write_right, PAGE "queued " PAGE "consumed_on_success") {
    handle_pair_t pair = make_sharing_socket();
    zx_handle_t only;
    zx_handle_replace(pair.h, ZX_RIGHT_WRITE, &only);
    get_basic_info(only);
    share_plain(only, pair.peer);
    zx_handle_close(only);
    zx_handle_close(pair.peer);
}

CASE(no_transfer_right, PAGE "access_denied_transfer " PAGE "discarded_on_failure") {
    handle_pair_t plain = make_socket();
    share_over_new(without(plain.h, ZX_RIGHT_TRANSFER));
    zx_handle_close(plain.peer);
}

CASE(no_rights, PAGE "access_denied_transfer " PAGE "discarded_on_failure") {
    handle_pair_t plain = make_socket();
    zx_handle_t none;
    zx_handle_replace(plain.h, 0, &none);
    get_basic_info(none);
    share_over_new(none);
    zx_handle_close(plain.peer);
}

CASE(only_transfer_right, PAGE "queued " PAGE "consumed_on_success") {
    handle_pair_t plain = make_socket();
    zx_handle_t only;
    zx_handle_replace(plain.h, ZX_RIGHT_TRANSFER, &only);
    get_basic_info(only);
    share_over_new(only);
    zx_handle_close(plain.peer);
}

/* Sockets that may not be shared */

CASE(self, PAGE "bad_state_self " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket();
    zx_socket_share(pair.h, pair.h);
    close_if_open(pair.h);
    signals_of(pair.peer, SIGNALS);
    accept(pair.peer);
    zx_handle_close(pair.peer);
}

CASE(self_via_duplicate, PAGE "bad_state_self " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket();
    zx_handle_t again = duplicate(pair.h, ZX_RIGHT_SAME_RIGHTS);
    zx_socket_share(pair.h, again);
    close_if_open(again);
    get_basic_info(pair.h);
    accept(pair.peer);
    close_pair(pair);
}

CASE(peer, PAGE "bad_state_peer " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket();
    zx_socket_share(pair.h, pair.peer);
    close_if_open(pair.peer);
    signals_of(pair.h, SIGNALS);
    zx_handle_close(pair.h);
}

CASE(peer_via_duplicate, PAGE "bad_state_peer " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket();
    zx_handle_t again = duplicate(pair.peer, ZX_RIGHT_SAME_RIGHTS);
    zx_socket_share(pair.h, again);
    close_if_open(again);
    get_basic_info(pair.peer);
    accept(pair.peer);
    close_pair(pair);
}

CASE(share_capable, PAGE "bad_state_share_capable " PAGE "discarded_on_failure") {
    handle_pair_t capable = make_sharing_socket();
    share_over_new(capable.h);
    zx_handle_close(capable.peer);
}

CASE(share_capable_datagram, PAGE "bad_state_share_capable") {
    handle_pair_t capable = {0, 0};
    zx_socket_create(ZX_SOCKET_DATAGRAM | ZX_SOCKET_HAS_ACCEPT, &capable.h, &capable.peer);
    share_over_new(capable.h);
    zx_handle_close(capable.peer);
}

CASE(both_ends_of_one_socket, PAGE "queued " PAGE "one_deep") {
    handle_pair_t pair = make_sharing_socket(), plain = make_socket();
    zx_socket_share(pair.h, plain.h);
    close_if_open(plain.h);
    accept(pair.peer);
    zx_socket_share(pair.h, plain.peer);
    close_if_open(plain.peer);
    accept(pair.peer);
    close_pair(pair);
}

/* A socket without ZX_SOCKET_HAS_ACCEPT */

#define NOT_SUPPORTED(name, options)                                                  \
    CASE(no_accept_queue_##name, PAGE "not_supported " PAGE "discarded_on_failure") { \
        handle_pair_t pair = {0, 0};                                                  \
        zx_socket_create(options, &pair.h, &pair.peer);                               \
        signals_of(pair.h, ZX_SOCKET_SHARE);                                          \
        share_plain(pair.h, pair.peer);                                               \
        close_pair(pair);                                                             \
    }

NOT_SUPPORTED(stream, ZX_SOCKET_STREAM)
NOT_SUPPORTED(datagram, ZX_SOCKET_DATAGRAM)
NOT_SUPPORTED(with_control, ZX_SOCKET_STREAM | ZX_SOCKET_HAS_CONTROL)

/* Peer closed */

CASE(peer_closed, PAGE "peer_closed " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket();
    close_and_get_info(pair.peer);
    signals_of(pair.h, SIGNALS);
    share_plain(pair.h, 0);
    zx_handle_close(pair.h);
}

CASE(peer_closed_with_queued_socket, PAGE "peer_closed " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket(), plain = make_socket();
    zx_socket_share(pair.h, plain.h);
    close_if_open(plain.h);
    close_and_get_info(pair.peer);
    signals_of(pair.h, SIGNALS);
    share_plain(pair.h, 0);
    zx_handle_close(plain.peer);
    zx_handle_close(pair.h);
}

/* Success, and the queue of one */

CASE(share_and_accept, PAGE "queued " PAGE "consumed_on_success") {
    handle_pair_t pair = make_sharing_socket();
    share_plain(pair.h, pair.peer);
    close_pair(pair);
}

CASE(share_datagram_socket, PAGE "queued " PAGE "consumed_on_success") {
    handle_pair_t plain = {0, 0};
    zx_socket_create(ZX_SOCKET_DATAGRAM, &plain.h, &plain.peer);
    share_over_new(plain.h);
    zx_handle_close(plain.peer);
}

CASE(share_over_datagram_socket, PAGE "queued " PAGE "consumed_on_success") {
    handle_pair_t pair = {0, 0};
    zx_socket_create(ZX_SOCKET_DATAGRAM | ZX_SOCKET_HAS_ACCEPT, &pair.h, &pair.peer);
    share_plain(pair.h, pair.peer);
    close_pair(pair);
}

CASE(signals_before_and_after, PAGE "signal_share " PAGE "one_deep") {
    handle_pair_t pair = make_sharing_socket(), plain = make_socket();
    signals_of(pair.h, SIGNALS);
    signals_of(pair.peer, SIGNALS);
    zx_socket_share(pair.h, plain.h);
    close_if_open(plain.h);
    signals_of(pair.h, SIGNALS);
    signals_of(pair.peer, SIGNALS);
    accept(pair.peer);
    signals_of(pair.h, SIGNALS);
    signals_of(pair.peer, SIGNALS);
    close_pair(pair);
    zx_handle_close(plain.peer);
}

CASE(signal_at_peer, PAGE "signal_share") {
    handle_pair_t pair = make_sharing_socket();
    signals_of(pair.peer, SIGNALS);
    share_plain(pair.peer, pair.h);
    signals_of(pair.peer, SIGNALS);
    close_pair(pair);
}

CASE(signal_after_failure, PAGE "signal_share " PAGE "bad_state_share_capable") {
    handle_pair_t pair = make_sharing_socket(), capable = make_sharing_socket();
    zx_socket_share(pair.h, capable.h);
    close_if_open(capable.h);
    signals_of(pair.h, SIGNALS);
    share_plain(pair.h, pair.peer);
    close_pair(pair);
    zx_handle_close(capable.peer);
}

CASE(queue_full, PAGE "should_wait " PAGE "discarded_on_failure") {
    handle_pair_t pair = make_sharing_socket(), first = make_socket(), second = make_socket();
    zx_socket_share(pair.h, first.h);
    close_if_open(first.h);
    signals_of(pair.h, SIGNALS);
    zx_socket_share(pair.h, second.h);
    close_if_open(second.h);
    signals_of(second.peer, ZX_SOCKET_PEER_CLOSED);
    accept(pair.peer);
    accept(pair.peer);
    close_pair(pair);
    zx_handle_close(first.peer);
    zx_handle_close(second.peer);
}

CASE(queue_drained, PAGE "one_deep " PAGE "should_wait") {
    handle_pair_t pair = make_sharing_socket(), first = make_socket();
    zx_socket_share(pair.h, first.h);
    close_if_open(first.h);
    share_plain(pair.h, 0);
    accept(pair.peer);
    share_plain(pair.h, pair.peer);
    close_pair(pair);
    zx_handle_close(first.peer);
}

CASE(queues_in_both_directions, PAGE "queued") {
    handle_pair_t pair = make_sharing_socket(), there = make_socket(), back = make_socket();
    zx_socket_share(pair.h, there.h);
    close_if_open(there.h);
    zx_socket_share(pair.peer, back.h);
    close_if_open(back.h);
    accept(pair.peer);
    accept(pair.h);
    close_pair(pair);
    zx_handle_close(there.peer);
    zx_handle_close(back.peer);
}

CASE(duplicate_kept_open, PAGE "consumed_on_success " PAGE "queued") {
    handle_pair_t pair = make_sharing_socket(), plain = make_socket();
    zx_handle_t again = duplicate(plain.h, ZX_RIGHT_SAME_RIGHTS);
    zx_socket_share(pair.h, plain.h);
    close_if_open(plain.h);
    get_basic_info(again);
    accept(pair.peer);
    close_pair(pair);
    zx_handle_close(again);
    zx_handle_close(plain.peer);
}

CASE(accepted_socket_carries_data, PAGE "queued") {
    handle_pair_t pair = make_sharing_socket(), plain = make_socket();
    zx_handle_t accepted = ZX_HANDLE_INVALID;
    char bytes[8];
    size_t actual;
    zx_socket_share(pair.h, plain.h);
    close_if_open(plain.h);
    zx_socket_accept(pair.peer, &accepted);
    get_basic_info(accepted);
    zx_socket_write(plain.peer, 0, "shared", 6, &actual);
    zx_socket_read(accepted, 0, bytes, sizeof(bytes), &actual);
    zx_handle_close(accepted);
    zx_handle_close(plain.peer);
    close_pair(pair);
}

CASE(reduced_rights_preserved, PAGE "queued") {
    handle_pair_t plain = make_socket();
    share_over_new(without(plain.h, ZX_RIGHT_WRITE | ZX_RIGHT_DUPLICATE));
    zx_handle_close(plain.peer);
}

CASE(sharing_end_closed, PAGE "queued") {
    handle_pair_t pair = make_sharing_socket(), plain = make_socket();
    zx_socket_share(pair.h, plain.h);
    close_if_open(plain.h);
    close_and_get_info(pair.h);
    signals_of(pair.peer, SIGNALS);
    accept(pair.peer);
    signals_of(pair.peer, SIGNALS);
    accept(pair.peer);
    zx_handle_close(pair.peer);
    zx_handle_close(plain.peer);
}

CASE(data_does_not_fill_the_queue, PAGE "queued " PAGE "signal_share") {
    handle_pair_t pair = make_sharing_socket();
    size_t actual;
    zx_socket_write(pair.h, 0, "data", 4, &actual);
    signals_of(pair.h, SIGNALS);
    share_plain(pair.h, pair.peer);
    close_pair(pair);
}
