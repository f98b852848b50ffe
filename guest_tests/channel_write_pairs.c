/* zx_channel_write: two documented conditions at once. The page gives no precedence, so either
 * status is right; the call may not succeed, and every handle in the array is gone afterwards. */
#include "zxtest.h"

/* Conditions, by the names of their clauses. */
enum {
    bad_handle_handle = 1 << 0,
    wrong_type = 1 << 1,
    access_denied_write = 1 << 2,
    peer_closed = 1 << 3,
    invalid_args_options = 1 << 4,
    invalid_args_bytes = 1 << 5,
    out_of_range_bytes = 1 << 6,
    invalid_args_handles = 1 << 7,
    out_of_range_handles = 1 << 8,
    not_supported_self = 1 << 9,
    bad_handle_entry = 1 << 10,
    bad_handle_repeated = 1 << 11,
    access_denied_transfer = 1 << 12,
};

static zx_handle_t handles[ZX_CHANNEL_MAX_MSG_HANDLES + 4];

/* Fill the array with what the conditions require and at least one valid event; return the count. */
static uint32_t entries(unsigned conditions, zx_handle_t self) {
    uint32_t count = 0;
    if (conditions & not_supported_self) handles[count++] = self;
    if (conditions & bad_handle_entry) handles[count++] = ZX_NEVER_A_HANDLE;
    if (conditions & access_denied_transfer)
        handles[count++] = without(make_event().h, ZX_RIGHT_TRANSFER);
    zx_handle_t good = handles[count++] = make_event().h;
    if (conditions & bad_handle_repeated) handles[count++] = good;
    if (conditions & out_of_range_handles)
        while (count <= ZX_CHANNEL_MAX_MSG_HANDLES) handles[count++] = make_event().h;
    return count;
}

/* Make one call in a state in which these conditions hold. */
static void write_when(unsigned conditions) {
    handle_pair_t target = conditions & wrong_type ? make_event() : make_channel();
    zx_handle_t handle = target.h;
    if (conditions & access_denied_write) handle = without(handle, ZX_RIGHT_WRITE);
    if (conditions & peer_closed) close_and_get_info(target.peer);
    zx_handle_t used = conditions & bad_handle_handle ? ZX_NEVER_A_HANDLE : handle;
    uint32_t options = conditions & invalid_args_options ? 2 : 0;
    const void* bytes = conditions & invalid_args_bytes ? zx_unmapped(char) : zx_edge(char, 65537);
    uint32_t size = conditions & out_of_range_bytes ? 65537 : 8;

    if (conditions & invalid_args_handles) {
        uint32_t count = conditions & out_of_range_handles ? 65 : 2;
        zx_channel_write(used, options, bytes, size, zx_unmapped(zx_handle_t), count);
    } else {
        uint32_t count = entries(conditions, used);
        zx_channel_write(used, options, bytes, size, handles, count);
        for (uint32_t i = 0; i < count; ++i)
            if (handles[i] != used && (i < 3 || i + 1 == count)) close_if_open(handles[i]);
    }
    close_if_open(handle);
    if (target.peer && !(conditions & peer_closed)) {
        drain(target.peer);
        zx_handle_close(target.peer);
    }
}

#define PAIR(a, b) \
    CASE(a##__##b, "channel_write/" #a " channel_write/" #b) { write_when(a | b); }

PAIR(bad_handle_handle, invalid_args_options)
PAIR(bad_handle_handle, invalid_args_bytes)
PAIR(bad_handle_handle, out_of_range_bytes)
PAIR(bad_handle_handle, invalid_args_handles)
PAIR(bad_handle_handle, out_of_range_handles)
PAIR(bad_handle_handle, not_supported_self)
PAIR(bad_handle_handle, bad_handle_entry)
PAIR(bad_handle_handle, bad_handle_repeated)
PAIR(bad_handle_handle, access_denied_transfer)

PAIR(wrong_type, access_denied_write)
PAIR(wrong_type, invalid_args_options)
PAIR(wrong_type, invalid_args_bytes)
PAIR(wrong_type, out_of_range_bytes)
PAIR(wrong_type, invalid_args_handles)
PAIR(wrong_type, out_of_range_handles)
PAIR(wrong_type, not_supported_self)
PAIR(wrong_type, bad_handle_entry)
PAIR(wrong_type, bad_handle_repeated)
PAIR(wrong_type, access_denied_transfer)

PAIR(access_denied_write, peer_closed)
PAIR(access_denied_write, invalid_args_options)
PAIR(access_denied_write, invalid_args_bytes)
PAIR(access_denied_write, out_of_range_bytes)
PAIR(access_denied_write, invalid_args_handles)
PAIR(access_denied_write, out_of_range_handles)
PAIR(access_denied_write, not_supported_self)
PAIR(access_denied_write, bad_handle_entry)
PAIR(access_denied_write, bad_handle_repeated)
PAIR(access_denied_write, access_denied_transfer)

PAIR(peer_closed, invalid_args_options)
PAIR(peer_closed, invalid_args_bytes)
PAIR(peer_closed, out_of_range_bytes)
PAIR(peer_closed, invalid_args_handles)
PAIR(peer_closed, out_of_range_handles)
PAIR(peer_closed, not_supported_self)
PAIR(peer_closed, bad_handle_entry)
PAIR(peer_closed, bad_handle_repeated)
PAIR(peer_closed, access_denied_transfer)

PAIR(invalid_args_options, invalid_args_bytes)
PAIR(invalid_args_options, out_of_range_bytes)
PAIR(invalid_args_options, invalid_args_handles)
PAIR(invalid_args_options, out_of_range_handles)
PAIR(invalid_args_options, not_supported_self)
PAIR(invalid_args_options, bad_handle_entry)
PAIR(invalid_args_options, bad_handle_repeated)
PAIR(invalid_args_options, access_denied_transfer)

PAIR(invalid_args_bytes, out_of_range_bytes)
PAIR(invalid_args_bytes, invalid_args_handles)
PAIR(invalid_args_bytes, out_of_range_handles)
PAIR(invalid_args_bytes, not_supported_self)
PAIR(invalid_args_bytes, bad_handle_entry)
PAIR(invalid_args_bytes, bad_handle_repeated)
PAIR(invalid_args_bytes, access_denied_transfer)

PAIR(out_of_range_bytes, invalid_args_handles)
PAIR(out_of_range_bytes, out_of_range_handles)
PAIR(out_of_range_bytes, not_supported_self)
PAIR(out_of_range_bytes, bad_handle_entry)
PAIR(out_of_range_bytes, bad_handle_repeated)
PAIR(out_of_range_bytes, access_denied_transfer)

PAIR(invalid_args_handles, out_of_range_handles)

PAIR(out_of_range_handles, not_supported_self)
PAIR(out_of_range_handles, bad_handle_entry)
PAIR(out_of_range_handles, bad_handle_repeated)
PAIR(out_of_range_handles, access_denied_transfer)

PAIR(not_supported_self, bad_handle_entry)
PAIR(not_supported_self, bad_handle_repeated)
PAIR(not_supported_self, access_denied_transfer)

PAIR(bad_handle_entry, bad_handle_repeated)
PAIR(bad_handle_entry, access_denied_transfer)

PAIR(bad_handle_repeated, access_denied_transfer)
