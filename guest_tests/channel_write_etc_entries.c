/* zx_channel_write_etc: operations, rights, types and results of the entries of `handles`. */
#include "zxtest.h"

#define PAGE "channel_write_etc/"
#define MOVE ZX_HANDLE_OP_MOVE
#define DUPLICATE ZX_HANDLE_OP_DUPLICATE
#define ANY ZX_OBJ_TYPE_NONE
#define SAME ZX_RIGHT_SAME_RIGHTS

typedef zx_handle_disposition_t case_entry_t;

/* Write these entries; record what happens to each source and what arrives. */
static void write_all(case_entry_t* entries, uint32_t count) {
    handle_pair_t channel = make_channel();
    zx_channel_write_etc(channel.h, 0, "x", 1, entries, count);
    for (uint32_t i = 0; i < count; ++i) get_basic_info(entries[i].handle);
    drain_etc(channel.peer);
    close_pair(channel);
    for (uint32_t i = 0; i < count; ++i) close_if_open(entries[i].handle);
}

static void write_one(zx_handle_op_t op, zx_handle_t handle, zx_obj_type_t type, zx_rights_t rights) {
    case_entry_t entry = {op, handle, type, rights, ZX_OK};
    write_all(&entry, 1);
}

/* A valid entry, before or after an invalid one */
static void with_good(bool good_first, case_entry_t bad) {
    case_entry_t good = {MOVE, make_event().h, ANY, SAME, ZX_OK};
    case_entry_t entries[] = {good_first ? good : bad, good_first ? bad : good};
    write_all(entries, 2);
}

/* What the operations do */

CASE(move, PAGE "moved " PAGE "delivered") { write_one(MOVE, make_event().h, ANY, SAME); }
CASE(duplicate, PAGE "duplicated " PAGE "delivered") {
    write_one(DUPLICATE, make_event().h, ANY, SAME);
}

CASE(move_and_duplicate_two_objects, PAGE "moved " PAGE "duplicated") {
    case_entry_t entries[] = {{MOVE, make_event().h, ANY, SAME, ZX_OK},
                       {DUPLICATE, make_port().h, ANY, SAME, ZX_OK},
                       {MOVE, make_port().h, ANY, SAME, ZX_OK}};
    write_all(entries, 3);
}

CASE(duplicate_repeated, PAGE "duplicated") {
    case_entry_t entry = {DUPLICATE, make_event().h, ANY, SAME, ZX_OK};
    case_entry_t entries[] = {entry, entry, entry};
    write_all(entries, 3);
}

/* The page leaves open whether this may be sent, so the case claims the message before it. */
CASE(duplicate_then_move_the_same, PAGE "delivered") {
    case_entry_t alone = {DUPLICATE, make_event().h, ANY, SAME, ZX_OK};
    write_all(&alone, 1);
    handle_pair_t event = make_event();
    case_entry_t entries[] = {{DUPLICATE, event.h, ANY, SAME, ZX_OK}, {MOVE, event.h, ANY, SAME, ZX_OK}};
    write_all(entries, 2);
}

CASE(move_then_duplicate_the_same, PAGE "result_written") {
    handle_pair_t event = make_event();
    case_entry_t entries[] = {{MOVE, event.h, ANY, SAME, ZX_OK}, {DUPLICATE, event.h, ANY, SAME, ZX_OK}};
    write_all(entries, 2);
}

CASE(source_usable_after_duplicate, PAGE "duplicated") {
    handle_pair_t channel = make_channel(), other = make_eventpair();
    case_entry_t entry = {DUPLICATE, other.h, ANY, SAME, ZX_OK};
    zx_channel_write_etc(channel.h, 0, NULL, 0, &entry, 1);
    get_basic_info(other.h);
    zx_object_signal(other.h, 0, ZX_USER_SIGNAL_0);
    close_pair(channel);
    signals_of(other.h, ZX_USER_SIGNAL_0);
    close_pair(other);
}

/* `rights` */

#define RIGHTS(name, rights, claims)                                        \
    CASE(move_with_##name, claims " " PAGE "moved") {                       \
        write_one(MOVE, with_basic_info(make_event().h), ANY, rights);      \
    }                                                                       \
    CASE(duplicate_with_##name, claims " " PAGE "duplicated") {             \
        write_one(DUPLICATE, with_basic_info(make_event().h), ANY, rights); \
    }

RIGHTS(no_rights, 0, PAGE "transfer_removable")
RIGHTS(transfer_only, ZX_RIGHT_TRANSFER, PAGE "rights_at_receiver")
RIGHTS(fewer_rights, ZX_RIGHT_TRANSFER | ZX_RIGHT_SIGNAL, PAGE "rights_at_receiver")
RIGHTS(no_transfer, ZX_RIGHT_SIGNAL | ZX_RIGHT_WAIT, PAGE "transfer_removable")
RIGHTS(same_rights, SAME, PAGE "rights_at_receiver")

#define MORE_RIGHTS(name, rights)                                                    \
    CASE(move_with_##name, PAGE "invalid_args_rights " PAGE "result_written") {      \
        write_one(MOVE, with_basic_info(make_event().h), ANY, rights);               \
    }                                                                                \
    CASE(duplicate_with_##name, PAGE "invalid_args_rights " PAGE "result_written") { \
        write_one(DUPLICATE, with_basic_info(make_event().h), ANY, rights);          \
    }

MORE_RIGHTS(one_extra_right, ZX_RIGHT_TRANSFER | ZX_RIGHT_EXECUTE)
MORE_RIGHTS(all_rights, 0x7fffffffu)
MORE_RIGHTS(same_rights_and_more, SAME | ZX_RIGHT_EXECUTE)

CASE(rights_dropped_before, PAGE "invalid_args_rights") {
    zx_handle_t reduced = without(make_event().h, ZX_RIGHT_SIGNAL);
    write_one(MOVE, reduced, ANY, ZX_RIGHT_SIGNAL | ZX_RIGHT_TRANSFER);
}

CASE(received_without_transfer_not_transferable, PAGE "transfer_removable") {
    handle_pair_t channel = make_channel();
    case_entry_t entry = {MOVE, make_event().h, ANY, ZX_RIGHT_SIGNAL, ZX_OK};
    zx_channel_write_etc(channel.h, 0, NULL, 0, &entry, 1);
    close_if_open(entry.handle);
    zx_handle_t arrived = ZX_HANDLE_INVALID;
    uint32_t size, count;
    zx_channel_read(channel.peer, 0, NULL, &arrived, 0, 1, &size, &count);
    get_basic_info(arrived);
    zx_object_signal(arrived, 0, ZX_USER_SIGNAL_0);
    case_entry_t again = {MOVE, arrived, ANY, 0, ZX_OK};
    zx_channel_write_etc(channel.h, 0, NULL, 0, &again, 1);
    close_if_open(arrived);
    drain_etc(channel.peer);
    close_pair(channel);
}

/* Rights that the source must have */

CASE(move_without_transfer, PAGE "access_denied_transfer " PAGE "result_written") {
    write_one(MOVE, without(make_event().h, ZX_RIGHT_TRANSFER), ANY, SAME);
}

CASE(duplicate_without_transfer, PAGE "access_denied_transfer " PAGE "result_written") {
    write_one(DUPLICATE, without(make_event().h, ZX_RIGHT_TRANSFER), ANY, SAME);
}

CASE(duplicate_without_duplicate, PAGE "access_denied_duplicate " PAGE "result_written") {
    write_one(DUPLICATE, without(make_event().h, ZX_RIGHT_DUPLICATE), ANY, SAME);
}

CASE(duplicate_a_channel, PAGE "access_denied_duplicate") {
    handle_pair_t other = make_channel();
    get_basic_info(other.h);
    write_one(DUPLICATE, other.h, ANY, SAME);
    zx_handle_close(other.peer);
}

CASE(move_without_duplicate, PAGE "moved") {
    write_one(MOVE, without(make_event().h, ZX_RIGHT_DUPLICATE), ANY, SAME);
}

/* `type` */

#define RIGHT_TYPE(made, TYPE)                                                      \
    CASE(type_matches_##made, PAGE "delivered") {                                   \
        handle_pair_t object = make_##made();                                       \
        get_basic_info(object.h);                                                   \
        write_one(MOVE, object.h, ZX_OBJ_TYPE_##TYPE, SAME);                        \
        if (object.peer) zx_handle_close(object.peer);                              \
    }                                                                               \
    CASE(wrong_type_entry_##made, PAGE "wrong_type_entry " PAGE "result_written") { \
        handle_pair_t object = make_##made();                                       \
        write_one(MOVE, object.h, ZX_OBJ_TYPE_PCI_DEVICE, SAME);                    \
        if (object.peer) zx_handle_close(object.peer);                              \
    }

RIGHT_TYPE(event, EVENT)
RIGHT_TYPE(eventpair, EVENTPAIR)
RIGHT_TYPE(channel, CHANNEL)
RIGHT_TYPE(socket, SOCKET)
RIGHT_TYPE(vmo, VMO)
RIGHT_TYPE(port, PORT)
RIGHT_TYPE(timer, TIMER)
RIGHT_TYPE(job, JOB)
RIGHT_TYPE(process, PROCESS)

CASE(wrong_type_duplicate, PAGE "wrong_type_entry") {
    write_one(DUPLICATE, make_event().h, ZX_OBJ_TYPE_CHANNEL, SAME);
}

CASE(type_undefined, PAGE "wrong_type_entry") {
    write_one(MOVE, make_event().h, 0xffffffffu, SAME);
}

CASE(type_none, PAGE "type_none_skips") {
    case_entry_t entries[] = {{MOVE, make_event().h, ANY, SAME, ZX_OK},
                       {DUPLICATE, make_port().h, ANY, SAME, ZX_OK}};
    write_all(entries, 2);
}

/* `operation` */

#define OPERATION(name, op)                                                        \
    CASE(operation_##name, PAGE "invalid_args_operation " PAGE "result_written") { \
        write_one(op, make_event().h, ANY, SAME);                                  \
    }

OPERATION(two, 2)
OPERATION(highest_bit, 0x80000000u)
OPERATION(all_bits, 0xffffffffu)

/* Source handles that are invalid or appear twice */

CASE(entry_zero, PAGE "bad_handle_entry " PAGE "result_written") {
    write_one(MOVE, ZX_HANDLE_INVALID, ANY, SAME);
}

CASE(entry_zero_duplicate, PAGE "bad_handle_entry") {
    write_one(DUPLICATE, ZX_HANDLE_INVALID, ANY, SAME);
}

CASE(entry_never_allocated, PAGE "bad_handle_entry") { write_one(MOVE, ZX_NEVER_A_HANDLE, ANY, SAME); }

CASE(entry_closed, PAGE "bad_handle_entry") {
    handle_pair_t event = make_event();
    close_and_get_info(event.h);
    write_one(MOVE, event.h, ANY, SAME);
}

CASE(repeated_move, PAGE "bad_handle_repeated") {
    case_entry_t entry = {MOVE, make_event().h, ANY, SAME, ZX_OK};
    case_entry_t entries[] = {entry, entry};
    write_all(entries, 2);
}

CASE(repeated_move_not_adjacent, PAGE "bad_handle_repeated") {
    case_entry_t entry = {MOVE, make_event().h, ANY, SAME, ZX_OK};
    case_entry_t entries[] = {entry, {MOVE, make_port().h, ANY, SAME, ZX_OK}, entry};
    write_all(entries, 3);
}

/* The channel in its own message, and its other end */

static void write_self(zx_handle_op_t op) {
    handle_pair_t channel = make_channel();
    case_entry_t entries[] = {{op, channel.h, ANY, SAME, ZX_OK}, {MOVE, make_event().h, ANY, SAME, ZX_OK}};
    zx_channel_write_etc(channel.h, 0, "x", 1, entries, 2);
    close_if_open(entries[1].handle);
    close_if_open(channel.h);
    drain_etc(channel.peer);
    zx_handle_close(channel.peer);
}

CASE(self_moved, PAGE "not_supported_self") { write_self(MOVE); }
CASE(self_duplicated, PAGE "not_supported_self") { write_self(DUPLICATE); }

CASE(other_end, PAGE "moved") {
    handle_pair_t channel = make_channel();
    case_entry_t entry = {MOVE, channel.peer, ANY, SAME, ZX_OK};
    zx_channel_write_etc(channel.h, 0, "x", 1, &entry, 1);
    close_if_open(channel.peer);
    signals_of(channel.h, ZX_CHANNEL_PEER_CLOSED | ZX_CHANNEL_WRITABLE);
    zx_handle_close(channel.h);
}

/* One entry fails among others */

CASE(bad_entry_first, PAGE "all_must_succeed " PAGE "result_written") {
    with_good(false, (case_entry_t){MOVE, ZX_NEVER_A_HANDLE, ANY, SAME, ZX_OK});
}

CASE(bad_entry_last, PAGE "all_must_succeed " PAGE "result_written") {
    with_good(true, (case_entry_t){MOVE, ZX_NEVER_A_HANDLE, ANY, SAME, ZX_OK});
}

CASE(wrong_type_first, PAGE "all_must_succeed") {
    with_good(false, (case_entry_t){MOVE, make_port().h, ZX_OBJ_TYPE_EVENT, SAME, ZX_OK});
}

CASE(too_many_rights_last, PAGE "all_must_succeed " PAGE "invalid_args_rights") {
    with_good(true, (case_entry_t){DUPLICATE, with_basic_info(make_port().h), ANY, 0x7fffffffu, ZX_OK});
}

CASE(valid_duplicate_after_failed_entry, PAGE "all_must_succeed") {
    case_entry_t entries[] = {{MOVE, ZX_HANDLE_INVALID, ANY, SAME, ZX_OK},
                       {DUPLICATE, make_event().h, ANY, SAME, ZX_OK},
                       {MOVE, make_port().h, ANY, SAME, ZX_OK}};
    write_all(entries, 3);
}

CASE(result_of_each_entry, PAGE "result_written " PAGE "all_attempted " PAGE
                                  "first_failure_returned") {
    case_entry_t entries[] = {{MOVE, make_event().h, ANY, SAME, ZX_OK},
                       {MOVE, make_event().h, ZX_OBJ_TYPE_CHANNEL, SAME, ZX_OK},
                       {DUPLICATE, ZX_HANDLE_INVALID, ANY, SAME, ZX_OK},
                       {MOVE, without(make_event().h, ZX_RIGHT_TRANSFER), ANY, SAME, ZX_OK},
                       {7, make_event().h, ANY, SAME, ZX_OK},
                       {DUPLICATE, with_basic_info(make_event().h), ANY, 0x7fffffffu, ZX_OK},
                       {MOVE, make_event().h, ANY, SAME, ZX_OK}};
    write_all(entries, COUNT(entries));
}

#define BAD_HANDLE_ENTRY {MOVE, ZX_NEVER_A_HANDLE, ANY, SAME, ZX_OK}
#define WRONG_TYPE_ENTRY {MOVE, make_event().h, ZX_OBJ_TYPE_VMO, SAME, ZX_OK}
#define DENIED_ENTRY {MOVE, without(make_event().h, ZX_RIGHT_TRANSFER), ANY, SAME, ZX_OK}
#define RIGHTS_ENTRY {DUPLICATE, with_basic_info(make_event().h), ANY, 0x7fffffffu, ZX_OK}

#define FIRST_FAILURE(name, first, second)                                            \
    CASE(first_failure_##name, PAGE "first_failure_returned " PAGE "all_attempted") { \
        case_entry_t entries[] = {first, second};                                     \
        write_all(entries, 2);                                                        \
    }

FIRST_FAILURE(bad_handle_wrong_type, BAD_HANDLE_ENTRY, WRONG_TYPE_ENTRY)
FIRST_FAILURE(wrong_type_bad_handle, WRONG_TYPE_ENTRY, BAD_HANDLE_ENTRY)
FIRST_FAILURE(bad_handle_denied, BAD_HANDLE_ENTRY, DENIED_ENTRY)
FIRST_FAILURE(denied_bad_handle, DENIED_ENTRY, BAD_HANDLE_ENTRY)
FIRST_FAILURE(wrong_type_denied, WRONG_TYPE_ENTRY, DENIED_ENTRY)
FIRST_FAILURE(denied_wrong_type, DENIED_ENTRY, WRONG_TYPE_ENTRY)
FIRST_FAILURE(rights_bad_handle, RIGHTS_ENTRY, BAD_HANDLE_ENTRY)
FIRST_FAILURE(bad_handle_rights, BAD_HANDLE_ENTRY, RIGHTS_ENTRY)

CASE(no_message_until_all_succeed, PAGE "all_must_succeed " PAGE "delivered") {
    handle_pair_t channel = make_channel();
    case_entry_t entries[] = {{DUPLICATE, make_event().h, ANY, SAME, ZX_OK}, BAD_HANDLE_ENTRY};
    zx_channel_write_etc(channel.h, 0, "no", 2, entries, 2);
    get_basic_info(entries[0].handle);
    drain_etc(channel.peer);
    entries[0].result = ZX_OK;
    zx_channel_write_etc(channel.h, 0, "yes", 3, entries, 1);
    drain_etc(channel.peer);
    close_if_open(entries[0].handle);
    close_pair(channel);
}
