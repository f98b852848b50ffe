/* zx_channel_write_etc: two documented conditions at once. Among conditions of the call as a whole
 * the page gives no precedence: either status is right, and the call may not succeed. */
#include "zxtest.h"

/* Conditions, by the names of their clauses. */
enum {
    bad_handle_handle = 1 << 0,
    wrong_type_handle = 1 << 1,
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
    wrong_type_entry = 1 << 12,
    invalid_args_operation = 1 << 13,
    invalid_args_rights = 1 << 14,
    access_denied_transfer = 1 << 15,
    access_denied_duplicate = 1 << 16,
};

#define LIMIT ZX_CHANNEL_MAX_MSG_HANDLES

static zx_handle_disposition_t entries[LIMIT + 4];
static uint32_t count;

static void add(zx_handle_op_t op, zx_handle_t handle, zx_obj_type_t type, zx_rights_t rights) {
    entries[count++] = (zx_handle_disposition_t){op, handle, type, rights, ZX_OK};
}

/* Fill the array with what the conditions require and at least one valid entry. */
static void fill_entries(unsigned conditions, zx_handle_t self) {
    const zx_rights_t same = ZX_RIGHT_SAME_RIGHTS;
    count = 0;
    if (conditions & not_supported_self) add(ZX_HANDLE_OP_MOVE, self, 0, same);
    if (conditions & bad_handle_entry) add(ZX_HANDLE_OP_MOVE, ZX_NEVER_A_HANDLE, 0, same);
    if (conditions & wrong_type_entry)
        add(ZX_HANDLE_OP_MOVE, make_event().h, ZX_OBJ_TYPE_VMO, same);
    if (conditions & invalid_args_operation) add(9, make_event().h, 0, same);
    if (conditions & invalid_args_rights)
        add(ZX_HANDLE_OP_MOVE, with_basic_info(make_event().h), 0, ZX_RIGHT_EXECUTE);
    if (conditions & access_denied_transfer)
        add(ZX_HANDLE_OP_MOVE, without(make_event().h, ZX_RIGHT_TRANSFER), 0, same);
    if (conditions & access_denied_duplicate)
        add(ZX_HANDLE_OP_DUPLICATE, without(make_event().h, ZX_RIGHT_DUPLICATE), 0, same);
    add(ZX_HANDLE_OP_MOVE, make_event().h, 0, same);
    if (conditions & bad_handle_repeated)
        add(ZX_HANDLE_OP_MOVE, entries[count - 1].handle, 0, same);
    if (conditions & out_of_range_handles)
        for (zx_handle_t event = make_event().h; count <= LIMIT;)
            add(ZX_HANDLE_OP_DUPLICATE, event, 0, same);
}

/* Make one call in a state in which these conditions hold. */
static void write_when(unsigned conditions) {
    handle_pair_t target = conditions & wrong_type_handle ? make_port() : make_channel();
    zx_handle_t handle = target.h;
    if (conditions & access_denied_write) handle = without(handle, ZX_RIGHT_WRITE);
    if (conditions & peer_closed) close_and_get_info(target.peer);
    zx_handle_t used = conditions & bad_handle_handle ? ZX_NEVER_A_HANDLE : handle;
    uint32_t options = conditions & invalid_args_options ? 2 : 0;
    const void* bytes = conditions & invalid_args_bytes ? zx_unmapped(char) : zx_edge(char, 65537);
    uint32_t size = conditions & out_of_range_bytes ? 65537 : 8;

    if (conditions & invalid_args_handles) {
        zx_channel_write_etc(used, options, bytes, size, zx_unmapped(zx_handle_disposition_t),
                             conditions & out_of_range_handles ? 65 : 2);
    } else {
        fill_entries(conditions, used);
        zx_channel_write_etc(used, options, bytes, size, entries, count);
        for (uint32_t i = 0; i < count; ++i)
            if (entries[i].handle != used && (i < 3 || i + 1 == count))
                close_if_open(entries[i].handle);
    }
    close_if_open(handle);
    if (target.peer && !(conditions & peer_closed)) {
        drain_etc(target.peer);
        zx_handle_close(target.peer);
    }
}

#define PAIR(a, b) \
    CASE(a##__##b, "channel_write_etc/" #a " channel_write_etc/" #b) { write_when(a | b); }

PAIR(bad_handle_handle, invalid_args_options)
PAIR(bad_handle_handle, invalid_args_bytes)
PAIR(bad_handle_handle, out_of_range_bytes)
PAIR(bad_handle_handle, invalid_args_handles)
PAIR(bad_handle_handle, out_of_range_handles)
PAIR(bad_handle_handle, not_supported_self)
PAIR(bad_handle_handle, bad_handle_entry)
PAIR(bad_handle_handle, bad_handle_repeated)
PAIR(bad_handle_handle, wrong_type_entry)
PAIR(bad_handle_handle, invalid_args_operation)
PAIR(bad_handle_handle, invalid_args_rights)
PAIR(bad_handle_handle, access_denied_transfer)
PAIR(bad_handle_handle, access_denied_duplicate)

PAIR(wrong_type_handle, access_denied_write)
PAIR(wrong_type_handle, invalid_args_options)
PAIR(wrong_type_handle, invalid_args_bytes)
PAIR(wrong_type_handle, out_of_range_bytes)
PAIR(wrong_type_handle, invalid_args_handles)
PAIR(wrong_type_handle, out_of_range_handles)
PAIR(wrong_type_handle, not_supported_self)
PAIR(wrong_type_handle, bad_handle_entry)
PAIR(wrong_type_handle, bad_handle_repeated)
PAIR(wrong_type_handle, wrong_type_entry)
PAIR(wrong_type_handle, invalid_args_operation)
PAIR(wrong_type_handle, invalid_args_rights)
PAIR(wrong_type_handle, access_denied_transfer)
PAIR(wrong_type_handle, access_denied_duplicate)

PAIR(access_denied_write, peer_closed)
PAIR(access_denied_write, invalid_args_options)
PAIR(access_denied_write, invalid_args_bytes)
PAIR(access_denied_write, out_of_range_bytes)
PAIR(access_denied_write, invalid_args_handles)
PAIR(access_denied_write, out_of_range_handles)
PAIR(access_denied_write, not_supported_self)
PAIR(access_denied_write, bad_handle_entry)
PAIR(access_denied_write, bad_handle_repeated)
PAIR(access_denied_write, wrong_type_entry)
PAIR(access_denied_write, invalid_args_operation)
PAIR(access_denied_write, invalid_args_rights)
PAIR(access_denied_write, access_denied_transfer)
PAIR(access_denied_write, access_denied_duplicate)

PAIR(peer_closed, invalid_args_options)
PAIR(peer_closed, invalid_args_bytes)
PAIR(peer_closed, out_of_range_bytes)
PAIR(peer_closed, invalid_args_handles)
PAIR(peer_closed, out_of_range_handles)
PAIR(peer_closed, not_supported_self)
PAIR(peer_closed, bad_handle_entry)
PAIR(peer_closed, bad_handle_repeated)
PAIR(peer_closed, wrong_type_entry)
PAIR(peer_closed, invalid_args_operation)
PAIR(peer_closed, invalid_args_rights)
PAIR(peer_closed, access_denied_transfer)
PAIR(peer_closed, access_denied_duplicate)

PAIR(invalid_args_options, invalid_args_bytes)
PAIR(invalid_args_options, out_of_range_bytes)
PAIR(invalid_args_options, invalid_args_handles)
PAIR(invalid_args_options, out_of_range_handles)
PAIR(invalid_args_options, not_supported_self)
PAIR(invalid_args_options, bad_handle_entry)
PAIR(invalid_args_options, bad_handle_repeated)
PAIR(invalid_args_options, wrong_type_entry)
PAIR(invalid_args_options, invalid_args_operation)
PAIR(invalid_args_options, invalid_args_rights)
PAIR(invalid_args_options, access_denied_transfer)
PAIR(invalid_args_options, access_denied_duplicate)

PAIR(invalid_args_bytes, out_of_range_bytes)
PAIR(invalid_args_bytes, invalid_args_handles)
PAIR(invalid_args_bytes, out_of_range_handles)
PAIR(invalid_args_bytes, not_supported_self)
PAIR(invalid_args_bytes, bad_handle_entry)
PAIR(invalid_args_bytes, bad_handle_repeated)
PAIR(invalid_args_bytes, wrong_type_entry)
PAIR(invalid_args_bytes, invalid_args_operation)
PAIR(invalid_args_bytes, invalid_args_rights)
PAIR(invalid_args_bytes, access_denied_transfer)
PAIR(invalid_args_bytes, access_denied_duplicate)

PAIR(out_of_range_bytes, invalid_args_handles)
PAIR(out_of_range_bytes, out_of_range_handles)
PAIR(out_of_range_bytes, not_supported_self)
PAIR(out_of_range_bytes, bad_handle_entry)
PAIR(out_of_range_bytes, bad_handle_repeated)
PAIR(out_of_range_bytes, wrong_type_entry)
PAIR(out_of_range_bytes, invalid_args_operation)
PAIR(out_of_range_bytes, invalid_args_rights)
PAIR(out_of_range_bytes, access_denied_transfer)
PAIR(out_of_range_bytes, access_denied_duplicate)

PAIR(invalid_args_handles, out_of_range_handles)

PAIR(out_of_range_handles, not_supported_self)
PAIR(out_of_range_handles, bad_handle_entry)
PAIR(out_of_range_handles, bad_handle_repeated)
PAIR(out_of_range_handles, wrong_type_entry)
PAIR(out_of_range_handles, invalid_args_operation)
PAIR(out_of_range_handles, invalid_args_rights)
PAIR(out_of_range_handles, access_denied_transfer)
PAIR(out_of_range_handles, access_denied_duplicate)

PAIR(not_supported_self, bad_handle_entry)
PAIR(not_supported_self, bad_handle_repeated)
PAIR(not_supported_self, wrong_type_entry)
PAIR(not_supported_self, invalid_args_operation)
PAIR(not_supported_self, invalid_args_rights)
PAIR(not_supported_self, access_denied_transfer)
PAIR(not_supported_self, access_denied_duplicate)

PAIR(bad_handle_entry, bad_handle_repeated)
PAIR(bad_handle_entry, wrong_type_entry)
PAIR(bad_handle_entry, invalid_args_operation)
PAIR(bad_handle_entry, invalid_args_rights)
PAIR(bad_handle_entry, access_denied_transfer)
PAIR(bad_handle_entry, access_denied_duplicate)

PAIR(bad_handle_repeated, wrong_type_entry)
PAIR(bad_handle_repeated, invalid_args_operation)
PAIR(bad_handle_repeated, invalid_args_rights)
PAIR(bad_handle_repeated, access_denied_transfer)
PAIR(bad_handle_repeated, access_denied_duplicate)

PAIR(wrong_type_entry, invalid_args_operation)
PAIR(wrong_type_entry, invalid_args_rights)
PAIR(wrong_type_entry, access_denied_transfer)
PAIR(wrong_type_entry, access_denied_duplicate)

PAIR(invalid_args_operation, invalid_args_rights)
PAIR(invalid_args_operation, access_denied_transfer)
PAIR(invalid_args_operation, access_denied_duplicate)

PAIR(invalid_args_rights, access_denied_transfer)
PAIR(invalid_args_rights, access_denied_duplicate)

PAIR(access_denied_transfer, access_denied_duplicate)

/* Two conditions in one entry */

#define ONE_ENTRY(a, b, op, source, type, rights)                                   \
    CASE(one_entry__##a##__##b, "channel_write_etc/" #a " channel_write_etc/" #b) { \
        handle_pair_t channel = make_channel();                                     \
        zx_handle_disposition_t entry = {op, source, type, rights, ZX_OK};          \
        zx_channel_write_etc(channel.h, 0, "x", 1, &entry, 1);                      \
        close_if_open(entry.handle);                                                \
        drain_etc(channel.peer);                                                    \
        close_pair(channel);                                                        \
    }

#define MOVE ZX_HANDLE_OP_MOVE
#define DUPLICATE ZX_HANDLE_OP_DUPLICATE
#define SAME ZX_RIGHT_SAME_RIGHTS

ONE_ENTRY(wrong_type_entry, access_denied_transfer, MOVE,
          without(make_event().h, ZX_RIGHT_TRANSFER), ZX_OBJ_TYPE_VMO, SAME)
ONE_ENTRY(wrong_type_entry, invalid_args_rights, MOVE, with_basic_info(make_event().h), ZX_OBJ_TYPE_VMO,
          ZX_RIGHT_EXECUTE)
ONE_ENTRY(wrong_type_entry, invalid_args_operation, 9, make_event().h, ZX_OBJ_TYPE_VMO, SAME)
ONE_ENTRY(wrong_type_entry, access_denied_duplicate, DUPLICATE,
          without(make_event().h, ZX_RIGHT_DUPLICATE), ZX_OBJ_TYPE_VMO, SAME)
ONE_ENTRY(access_denied_transfer, access_denied_duplicate, DUPLICATE,
          without(make_event().h, ZX_RIGHT_DUPLICATE | ZX_RIGHT_TRANSFER), 0, SAME)
ONE_ENTRY(access_denied_transfer, invalid_args_rights, MOVE,
          without(make_event().h, ZX_RIGHT_TRANSFER), 0, ZX_RIGHT_EXECUTE)
ONE_ENTRY(access_denied_transfer, invalid_args_operation, 9,
          without(make_event().h, ZX_RIGHT_TRANSFER), 0, SAME)
ONE_ENTRY(access_denied_duplicate, invalid_args_rights, DUPLICATE,
          without(make_event().h, ZX_RIGHT_DUPLICATE), 0, ZX_RIGHT_EXECUTE)
ONE_ENTRY(bad_handle_entry, invalid_args_operation, 9, ZX_NEVER_A_HANDLE, 0, SAME)
ONE_ENTRY(invalid_args_operation, invalid_args_rights, 9, with_basic_info(make_event().h), 0,
          ZX_RIGHT_EXECUTE)
