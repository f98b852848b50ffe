/* zx_channel_write: one case per documented condition and effect. */
#include "zxtest.h"

CASE(bad_handle_zero, "channel_write/bad_handle_handle") {
    zx_channel_write(ZX_HANDLE_INVALID, 0, "x", 1, NULL, 0);
}

CASE(peer_closed, "channel_write/peer_closed") {
    zx_handle_t a, b;
    zx_channel_create(0, &a, &b);
    zx_handle_close(b);
    look(b);
    zx_channel_write(a, 0, "x", 1, NULL, 0);
    zx_handle_close(a);
}
