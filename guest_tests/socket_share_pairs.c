/* zx_socket_share: two documented conditions at once. The page gives no precedence, so either
 * status is right; the call may not succeed, and the socket to share is gone afterwards. */
#include "zxtest.h"

/* Conditions, by the names of their clauses. */
enum {
    bad_handle_handle = 1 << 0,
    wrong_type_handle = 1 << 1,
    access_denied_write = 1 << 2,
    not_supported = 1 << 3,
    peer_closed = 1 << 4,
    should_wait = 1 << 5,
    bad_handle_share = 1 << 6,
    wrong_type_share = 1 << 7,
    access_denied_transfer = 1 << 8,
    bad_state_self = 1 << 9,
    bad_state_peer = 1 << 10,
    bad_state_share_capable = 1 << 11,
};

static handle_pair_t target_for(unsigned conditions) {
    if (conditions & wrong_type_handle) return make_channel();
    if (conditions & not_supported) return make_socket();
    return make_sharing_socket();
}

static handle_pair_t share_for(unsigned conditions, handle_pair_t target) {
    handle_pair_t again = {0, 0};
    if (conditions & bad_handle_share) return (handle_pair_t){ZX_NEVER_A_HANDLE, 0};
    if (conditions & bad_state_self) again.h = duplicate(target.h, ZX_RIGHT_SAME_RIGHTS);
    if (conditions & bad_state_peer) again.h = duplicate(target.peer, ZX_RIGHT_SAME_RIGHTS);
    if (again.h) return again;
    if (conditions & wrong_type_share) return make_port();
    if (conditions & bad_state_share_capable) return make_sharing_socket();
    return make_socket();
}

/* Make one call in a state in which these conditions hold. */
static void share_when(unsigned conditions) {
    handle_pair_t target = target_for(conditions), queued = {0, 0};
    handle_pair_t share = share_for(conditions, target);
    if (conditions & should_wait) {
        queued = make_socket();
        zx_socket_share(target.h, queued.h);
        close_if_open(queued.h);
        zx_handle_close(queued.peer);
    }
    if (conditions & access_denied_transfer) share.h = without(share.h, ZX_RIGHT_TRANSFER);
    if (conditions & access_denied_write) target.h = without(target.h, ZX_RIGHT_WRITE);
    if (conditions & peer_closed) close_and_get_info(target.peer);

    zx_socket_share(conditions & bad_handle_handle ? ZX_NEVER_A_HANDLE : target.h, share.h);

    close_if_open(share.h);
    if (share.peer) zx_handle_close(share.peer);
    zx_handle_close(target.h);
    if (!(conditions & peer_closed)) zx_handle_close(target.peer);
}

#define PAIR(a, b) \
    CASE(a##__##b, "socket_share/" #a " socket_share/" #b) { share_when(a | b); }

PAIR(bad_handle_handle, bad_handle_share)
PAIR(bad_handle_handle, wrong_type_share)
PAIR(bad_handle_handle, access_denied_transfer)
PAIR(bad_handle_handle, bad_state_share_capable)

PAIR(wrong_type_handle, access_denied_write)
PAIR(wrong_type_handle, bad_handle_share)
PAIR(wrong_type_handle, wrong_type_share)
PAIR(wrong_type_handle, access_denied_transfer)
PAIR(wrong_type_handle, bad_state_share_capable)

PAIR(access_denied_write, not_supported)
PAIR(access_denied_write, peer_closed)
PAIR(access_denied_write, should_wait)
PAIR(access_denied_write, bad_handle_share)
PAIR(access_denied_write, wrong_type_share)
PAIR(access_denied_write, access_denied_transfer)
PAIR(access_denied_write, bad_state_self)
PAIR(access_denied_write, bad_state_peer)
PAIR(access_denied_write, bad_state_share_capable)

PAIR(not_supported, peer_closed)
PAIR(not_supported, bad_handle_share)
PAIR(not_supported, wrong_type_share)
PAIR(not_supported, access_denied_transfer)
PAIR(not_supported, bad_state_self)
PAIR(not_supported, bad_state_peer)
PAIR(not_supported, bad_state_share_capable)

PAIR(peer_closed, should_wait)
PAIR(peer_closed, bad_handle_share)
PAIR(peer_closed, wrong_type_share)
PAIR(peer_closed, access_denied_transfer)
PAIR(peer_closed, bad_state_self)
PAIR(peer_closed, bad_state_share_capable)

PAIR(should_wait, bad_handle_share)
PAIR(should_wait, wrong_type_share)
PAIR(should_wait, access_denied_transfer)
PAIR(should_wait, bad_state_self)
PAIR(should_wait, bad_state_peer)
PAIR(should_wait, bad_state_share_capable)

PAIR(wrong_type_share, access_denied_transfer)

PAIR(access_denied_transfer, bad_state_self)
PAIR(access_denied_transfer, bad_state_peer)
PAIR(access_denied_transfer, bad_state_share_capable)
