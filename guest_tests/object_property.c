/* zx_object_get_property, zx_object_set_property: each property, its types, its size, its rights. */
#include "zxtest.h"

#define GET "object_get_property/"
#define SET "object_set_property/"

static char name[ZX_MAX_NAME_LEN];

static void get_name(zx_handle_t handle) {
    zx_object_get_property(handle, ZX_PROP_NAME, name, sizeof(name));
}

static uint64_t get(zx_handle_t handle, uint32_t property) {
    uint64_t value = 0;
    zx_object_get_property(handle, property, &value, sizeof(value));
    return value;
}

static void set(zx_handle_t handle, uint32_t property, uint64_t value) {
    zx_object_set_property(handle, property, &value, sizeof(value));
}

/* Names */

#define LONG "thirty-one characters are all it"

CASE(name_of_process, GET "reported process_create/named") {
    handle_pair_t process = {0, 0};
    zx_process_create(zx_default_job(), "some name", 9, 0, &process.h, &process.peer);
    get_name(process.h);
    close_pair(process);
}

CASE(name_of_process_cut, GET "reported process_create/named") {
    handle_pair_t process = {0, 0};
    zx_process_create(zx_default_job(), LONG " and more", sizeof(LONG " and more") - 1, 0,
                      &process.h, &process.peer);
    get_name(process.h);
    close_pair(process);
}

CASE(name_of_thread, GET "reported thread_create/named") {
    handle_pair_t process = make_process();
    zx_handle_t thread = ZX_HANDLE_INVALID;
    zx_thread_create(process.h, "some thread", 11, 0, &thread);
    get_name(thread);
    zx_handle_close(thread);
    close_pair(process);
}

CASE(name_of_thread_cut, GET "reported thread_create/named") {
    handle_pair_t process = make_process();
    zx_handle_t thread = ZX_HANDLE_INVALID;
    zx_thread_create(process.h, LONG "x", sizeof(LONG "x") - 1, 0, &thread);
    get_name(thread);
    zx_handle_close(thread);
    close_pair(process);
}

CASE(name_set, GET "reported " SET "changed") {
    handle_pair_t process = make_process();
    char given[ZX_MAX_NAME_LEN] = "given";
    zx_object_set_property(process.h, ZX_PROP_NAME, given, sizeof(given));
    get_name(process.h);
    zx_object_set_property(process.h, ZX_PROP_NAME, "", 1);
    get_name(process.h);
    close_pair(process);
}

CASE(name_set_of_thread, GET "reported " SET "changed") {
    handle_pair_t process = make_process();
    zx_handle_t thread = make_thread_in(process.h);
    char given[ZX_MAX_NAME_LEN] = LONG;
    zx_object_set_property(thread, ZX_PROP_NAME, given, sizeof(given));
    get_name(thread);
    zx_handle_close(thread);
    close_pair(process);
}

CASE(name_set_short, "process_create/child_of_job") {
    handle_pair_t process = make_process();
    get_basic_info(process.h);
    zx_object_set_property(process.h, ZX_PROP_NAME, "abc", 3);
    get_name(process.h);
    zx_object_set_property(process.h, ZX_PROP_NAME, NULL, 0);
    get_name(process.h);
    close_pair(process);
}

CASE(name_too_small, GET "buffer_too_small") {
    handle_pair_t process = make_process();
    zx_object_get_property(process.h, ZX_PROP_NAME, name, sizeof(name) - 1);
    zx_object_get_property(process.h, ZX_PROP_NAME, name, 0);
    close_pair(process);
}

/* "Most types" have a name; which, the page does not say. */
#define NAME_OF(type, claim)          \
    CASE(name_of_##type, claim) {     \
        handle_pair_t made = make_##type(); \
        get_basic_info(made.h);       \
        get_name(made.h);             \
        zx_object_set_property(made.h, ZX_PROP_NAME, "n", 2); \
        get_name(made.h);             \
        close_pair(made);             \
    }
NAME_OF(event, "event_create/created")
NAME_OF(vmo, "vmo_create/created")
NAME_OF(port, "port_create/created")
NAME_OF(job, "job_create/child_of_parent")
NAME_OF(channel, "channel_create/both_ends")
NAME_OF(socket, "socket_create/both_ends")

/* Every property: what it can't be asked of, a size that is too small, memory that is not there. */

#define GOT(property, maker, size)                                                              \
    CASE(get_##property##_of_event, GET "wrong_type") {                                         \
        handle_pair_t event = make_event();                                                     \
        get_basic_info(event.h);                                                                \
        get(event.h, ZX_PROP_##property);                                                       \
        close_pair(event);                                                                      \
    }                                                                                           \
    CASE(get_##property##_too_small, GET "buffer_too_small") {                                  \
        handle_pair_t made = maker();                                                           \
        uint64_t value = 0;                                                                     \
        zx_object_get_property(made.h, ZX_PROP_##property, &value, (size)-1);                   \
        close_pair(made);                                                                       \
    }                                                                                           \
    CASE(get_##property##_unmapped, GET "invalid_args_value") {                                 \
        handle_pair_t made = maker();                                                           \
        zx_object_get_property(made.h, ZX_PROP_##property, zx_unmapped(uint64_t), size);        \
        zx_object_get_property(made.h, ZX_PROP_##property, zx_read_only(uint64_t), size);       \
        zx_object_get_property(made.h, ZX_PROP_##property, NULL, size);                         \
        close_pair(made);                                                                       \
    }                                                                                           \
    CASE(get_##property##_without_right, GET "access_denied") {                                 \
        handle_pair_t made = maker();                                                           \
        made.h = without(made.h, ZX_RIGHT_GET_PROPERTY);                                        \
        get(made.h, ZX_PROP_##property);                                                        \
        close_pair(made);                                                                       \
    }

#define SETS(property, maker, size)                                                             \
    CASE(set_##property##_of_event, SET "wrong_type") {                                         \
        handle_pair_t event = make_event();                                                     \
        get_basic_info(event.h);                                                                \
        set(event.h, ZX_PROP_##property, 1);                                                    \
        close_pair(event);                                                                      \
    }                                                                                           \
    CASE(set_##property##_too_small, SET "buffer_too_small") {                                  \
        handle_pair_t made = maker();                                                           \
        uint64_t value = 0;                                                                     \
        zx_object_set_property(made.h, ZX_PROP_##property, &value, (size)-1);                   \
        close_pair(made);                                                                       \
    }                                                                                           \
    CASE(set_##property##_unmapped, SET "invalid_args_value") {                                 \
        handle_pair_t made = maker();                                                           \
        zx_object_set_property(made.h, ZX_PROP_##property, zx_unmapped(uint64_t), size);        \
        zx_object_set_property(made.h, ZX_PROP_##property, NULL, size);                         \
        close_pair(made);                                                                       \
    }                                                                                           \
    CASE(set_##property##_without_right, SET "access_denied") {                                 \
        handle_pair_t made = maker();                                                           \
        made.h = without(made.h, ZX_RIGHT_SET_PROPERTY);                                        \
        set(made.h, ZX_PROP_##property, 1);                                                     \
        close_pair(made);                                                                       \
    }

GOT(PROCESS_DEBUG_ADDR, make_process, 8)
GOT(PROCESS_VDSO_BASE_ADDRESS, make_process, 8)
GOT(SOCKET_RX_THRESHOLD, make_socket, 8)
GOT(SOCKET_TX_THRESHOLD, make_socket, 8)
SETS(PROCESS_DEBUG_ADDR, make_process, 8)
SETS(SOCKET_RX_THRESHOLD, make_socket, 8)
SETS(SOCKET_TX_THRESHOLD, make_socket, 8)
SETS(JOB_KILL_ON_OOM, make_job, 8)

CASE(debug_addr, GET "reported " SET "changed") {
    handle_pair_t process = make_process();
    get(process.h, ZX_PROP_PROCESS_DEBUG_ADDR);
    set(process.h, ZX_PROP_PROCESS_DEBUG_ADDR, 0x10000);
    get(process.h, ZX_PROP_PROCESS_DEBUG_ADDR);
    set(process.h, ZX_PROP_PROCESS_DEBUG_ADDR, 0x20000);
    get(process.h, ZX_PROP_PROCESS_DEBUG_ADDR);
    close_pair(process);
}

CASE(vdso_base_address, GET "reported") {
    handle_pair_t process = make_process();
    get(process.h, ZX_PROP_PROCESS_VDSO_BASE_ADDRESS);
    get(zx_self_process(), ZX_PROP_PROCESS_VDSO_BASE_ADDRESS);
    set(process.h, ZX_PROP_PROCESS_VDSO_BASE_ADDRESS, 0x10000);
    close_pair(process);
}

/* Only defined for x86-64. The program's own registers stay as they are: the address is unmapped,
 * and nothing uses them. */
CASE(registers, "handle_duplicate/new_rights") {
    handle_pair_t thread = make_thread();
    get_basic_info(thread.h);
    set(thread.h, ZX_PROP_REGISTER_FS, 0x10000);
    set(thread.h, ZX_PROP_REGISTER_GS, 0x10000);
    set(thread.h, ZX_PROP_REGISTER_FS, 0x8000000000000000u);
    set(thread.h, ZX_PROP_REGISTER_GS, (uint64_t)zx_kernel(char));
    get(thread.h, ZX_PROP_REGISTER_FS);
    get(thread.h, ZX_PROP_REGISTER_GS);
    close_pair(thread);
}

CASE(kill_on_oom, "job_create/child_of_parent") {
    handle_pair_t job = make_job();
    get_basic_info(job.h);
    set(job.h, ZX_PROP_JOB_KILL_ON_OOM, 1);
    set(job.h, ZX_PROP_JOB_KILL_ON_OOM, 0);
    set(job.h, ZX_PROP_JOB_KILL_ON_OOM, 2);
    get(job.h, ZX_PROP_JOB_KILL_ON_OOM);
    close_pair(job);
}

/* Thresholds of sockets */

#define THRESHOLDS (ZX_SOCKET_READ_THRESHOLD | ZX_SOCKET_WRITE_THRESHOLD)

CASE(rx_threshold, GET "reported " SET "changed object_wait_one/timed_out") {
    handle_pair_t socket = make_socket();
    char bytes[8];
    size_t written, got;
    set(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD, 4);
    get(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD);
    signals_of(socket.h, THRESHOLDS);
    zx_socket_write(socket.peer, 0, "abc", 3, &written);
    signals_of(socket.h, THRESHOLDS);
    zx_socket_write(socket.peer, 0, "d", 1, &written);
    signals_of(socket.h, THRESHOLDS);
    zx_socket_write(socket.peer, 0, "e", 1, &written);
    signals_of(socket.h, THRESHOLDS);
    zx_socket_read(socket.h, 0, bytes, 2, &got);
    signals_of(socket.h, THRESHOLDS);
    close_pair(socket);
}

CASE(rx_threshold_set_later, SET "changed object_wait_one/timed_out") {
    handle_pair_t socket = make_socket();
    size_t written;
    zx_socket_write(socket.peer, 0, "abcd", 4, &written);
    signals_of(socket.h, THRESHOLDS);
    set(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD, 4);
    get(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD);
    signals_of(socket.h, THRESHOLDS);
    set(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD, 0);
    signals_of(socket.h, THRESHOLDS);
    get(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD);
    set(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD, 5);
    signals_of(socket.h, THRESHOLDS);
    close_pair(socket);
}

CASE(tx_threshold, GET "reported " SET "changed object_wait_one/timed_out") {
    handle_pair_t socket = make_socket();
    set(socket.h, ZX_PROP_SOCKET_TX_THRESHOLD, 1);
    get(socket.h, ZX_PROP_SOCKET_TX_THRESHOLD);
    signals_of(socket.h, THRESHOLDS);
    set(socket.h, ZX_PROP_SOCKET_TX_THRESHOLD, 0);
    signals_of(socket.h, THRESHOLDS);
    get(socket.h, ZX_PROP_SOCKET_TX_THRESHOLD);
    close_pair(socket);
}

CASE(threshold_too_large, "socket_create/both_ends") {
    handle_pair_t socket = make_socket();
    get_basic_info(socket.h);
    set(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD, UINT64_MAX);
    set(socket.h, ZX_PROP_SOCKET_TX_THRESHOLD, UINT64_MAX);
    get(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD);
    get(socket.h, ZX_PROP_SOCKET_TX_THRESHOLD);
    close_pair(socket);
}

CASE(threshold_peer_closed, SET "peer_closed") {
    handle_pair_t socket = make_socket();
    close_and_get_info(socket.peer);
    set(socket.h, ZX_PROP_SOCKET_TX_THRESHOLD, 1);
    set(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD, 1);
    get(socket.h, ZX_PROP_SOCKET_RX_THRESHOLD);
    zx_handle_close(socket.h);
}

/* No such property */

CASE(no_such_property, GET "not_supported " SET "not_supported") {
    handle_pair_t job = make_job(), process = make_process();
    get(job.h, 1000);
    get(process.h, 0xffffffffu);
    set(job.h, 1000, 1);
    set(process.h, 0xffffffffu, 1);
    close_pair(process);
    close_pair(job);
}

CASE(rights, GET "access_denied " SET "access_denied") {
    handle_pair_t process = make_process();
    process.h = without(process.h, ZX_RIGHT_GET_PROPERTY | ZX_RIGHT_SET_PROPERTY);
    get_name(process.h);
    zx_object_set_property(process.h, ZX_PROP_NAME, "x", 2);
    close_pair(process);
}
