/* zx_object_get_info: each topic with a handle of the wrong type, without the right, and with a
 * buffer that is too small; and what the topics of threads, sockets, resources and the machine say. */
#include "zxtest.h"

#define INFO "object_get_info/"

static _Alignas(8) char record[512];

static void get(zx_handle_t handle, uint32_t topic, size_t size) {
    size_t actual, avail;
    needs_topic(topic);
    zx_object_get_info(handle, topic, record, size, &actual, &avail);
}

static void get_and_close(handle_pair_t made, uint32_t topic, size_t size) {
    get(made.h, topic, size);
    close_pair(made);
}

/* name, topic, struct, what makes a handle that it is for, what makes another one */
#define TOPICS(X)                                                                      \
    X(vmar, VMAR, zx_info_vmar_t, make_vmar, make_vmo)                                 \
    X(vmo, VMO, zx_info_vmo_t, make_vmo, make_vmar)                                    \
    X(thread, THREAD, zx_info_thread_t, make_thread, make_process)                     \
    X(thread_stats, THREAD_STATS, zx_info_thread_stats_t, make_thread, make_process)   \
    X(task_stats, TASK_STATS, zx_info_task_stats_t, make_process, make_thread)         \
    X(handle_stats, PROCESS_HANDLE_STATS, zx_info_process_handle_stats_t, make_process, make_job) \
    X(socket, SOCKET, zx_info_socket_t, make_socket, make_channel)                     \
    X(resource, RESOURCE, zx_info_resource_t, make_resource, make_event)               \
    X(bti, BTI, zx_info_bti_t, make_bti, make_iommu)                                   \
    X(kmem, KMEM_STATS, zx_info_kmem_stats_t, make_resource, make_process)

#define ALL_OF_TOPIC(name, topic, struct_t, make, other)                      \
    CASE(name##_wrong_type, INFO "wrong_type") {                              \
        get_and_close(other(), ZX_INFO_##topic, sizeof(struct_t));            \
        get_and_close(make_event(), ZX_INFO_##topic, sizeof(struct_t));       \
    }                                                                         \
    CASE(name##_too_small, INFO "buffer_too_small") {                         \
        handle_pair_t made = make();                                          \
        get(made.h, ZX_INFO_##topic, sizeof(struct_t) - 1);                   \
        get(made.h, ZX_INFO_##topic, 0);                                      \
        get(made.h, ZX_INFO_##topic, sizeof(struct_t));                       \
        close_pair(made);                                                     \
    }                                                                         \
    CASE(name##_bad_buffer, INFO "invalid_args_buffer") {                     \
        handle_pair_t made = make();                                          \
        size_t actual, avail;                                                 \
        needs_topic(ZX_INFO_##topic);                                         \
        zx_object_get_info(made.h, ZX_INFO_##topic, zx_unmapped(struct_t),    \
                           sizeof(struct_t), &actual, &avail);                \
        zx_object_get_info(made.h, ZX_INFO_##topic, zx_read_only(struct_t),   \
                           sizeof(struct_t), &actual, &avail);                \
        close_pair(made);                                                     \
    }
TOPICS(ALL_OF_TOPIC)

#define UNINSPECTED(name, topic, struct_t, make)                              \
    CASE(name##_without_inspect, INFO "access_denied") {                      \
        handle_pair_t made = make();                                          \
        made.h = without(made.h, ZX_RIGHT_INSPECT);                           \
        get_and_close(made, ZX_INFO_##topic, sizeof(struct_t));               \
    }
UNINSPECTED(thread, THREAD, zx_info_thread_t, make_thread)
UNINSPECTED(thread_stats, THREAD_STATS, zx_info_thread_stats_t, make_thread)
UNINSPECTED(exception_report, THREAD_EXCEPTION_REPORT, zx_exception_report_t, make_thread)
UNINSPECTED(handle_stats, PROCESS_HANDLE_STATS, zx_info_process_handle_stats_t, make_process)
UNINSPECTED(socket, SOCKET, zx_info_socket_t, make_socket)
UNINSPECTED(resource, RESOURCE, zx_info_resource_t, make_resource)
UNINSPECTED(bti, BTI, zx_info_bti_t, make_bti)

#define REPORTS(name, topic, struct_t, clause, make) \
    CASE(name, INFO clause) { get_and_close(make(), ZX_INFO_##topic, sizeof(struct_t)); }

REPORTS(own_thread, THREAD, zx_info_thread_t, "thread", make_thread)
REPORTS(own_thread_stats, THREAD_STATS, zx_info_thread_stats_t, "thread_stats", make_thread)
REPORTS(no_exception, THREAD_EXCEPTION_REPORT, zx_exception_report_t, "bad_state_no_exception",
        make_thread)
REPORTS(bti, BTI, zx_info_bti_t, "bti", make_bti)
REPORTS(kmem, KMEM_STATS, zx_info_kmem_stats_t, "kmem_stats", make_resource)
REPORTS(root_resource, RESOURCE, zx_info_resource_t, "resource", make_resource)
REPORTS(child_resource, RESOURCE, zx_info_resource_t, "resource", make_child_resource)
REPORTS(unused_socket, SOCKET, zx_info_socket_t, "socket", make_socket)
REPORTS(sharing_socket, SOCKET, zx_info_socket_t, "socket", make_sharing_socket)
REPORTS(no_handles, PROCESS_HANDLE_STATS, zx_info_process_handle_stats_t, "process_handle_stats",
        make_process)

CASE(own_handles, INFO "process_handle_stats") {
    handle_pair_t event = make_event(), other = make_event();
    get(zx_self_process(), ZX_INFO_PROCESS_HANDLE_STATS, sizeof(zx_info_process_handle_stats_t));
    close_pair(event);
    close_pair(other);
}

CASE(thread_not_started, INFO "thread " INFO "thread_stats " INFO "bad_state_no_exception") {
    handle_pair_t process = make_process();
    zx_handle_t thread = make_thread_in(process.h);
    get(thread, ZX_INFO_THREAD, sizeof(zx_info_thread_t));
    get(thread, ZX_INFO_THREAD_STATS, sizeof(zx_info_thread_stats_t));
    get(thread, ZX_INFO_THREAD_EXCEPTION_REPORT, sizeof(zx_exception_report_t));
    zx_handle_close(thread);
    close_pair(process);
}

CASE(socket_with_data, INFO "socket") {
    handle_pair_t socket = make_socket();
    size_t actual;
    zx_socket_write(socket.peer, 0, "some", 4, &actual);
    zx_socket_write(socket.peer, 0, "data", 4, &actual);
    get(socket.h, ZX_INFO_SOCKET, sizeof(zx_info_socket_t));
    get(socket.peer, ZX_INFO_SOCKET, sizeof(zx_info_socket_t));
    zx_socket_read(socket.h, 0, record, 6, &actual);
    get(socket.h, ZX_INFO_SOCKET, sizeof(zx_info_socket_t));
    close_and_get_info(socket.peer);
    get(socket.h, ZX_INFO_SOCKET, sizeof(zx_info_socket_t));
    zx_handle_close(socket.h);
}

CASE(socket_with_datagrams, INFO "socket") {
    handle_pair_t socket = {0, 0};
    zx_socket_create(ZX_SOCKET_DATAGRAM, &socket.h, &socket.peer);
    size_t actual;
    zx_socket_write(socket.peer, 0, "some", 4, &actual);
    zx_socket_write(socket.peer, 0, "data", 4, &actual);
    get(socket.h, ZX_INFO_SOCKET, sizeof(zx_info_socket_t));
    zx_socket_read(socket.h, 0, record, 8, &actual);
    get(socket.h, ZX_INFO_SOCKET, sizeof(zx_info_socket_t));
    close_pair(socket);
}

static zx_handle_t make_other_kind(void) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_VMEX, 0, 0, "vmex", 4, &out);
    return out;
}

CASE(other_kind, INFO "not_root " INFO "resource") {
    zx_handle_t other = make_other_kind();
    get(other, ZX_INFO_KMEM_STATS, sizeof(zx_info_kmem_stats_t));
    get(other, ZX_INFO_CPU_STATS, sizeof(zx_info_cpu_stats_t));
    get(other, ZX_INFO_RESOURCE, sizeof(zx_info_resource_t));
    zx_handle_close(other);
}

CASE(processors, INFO "cpu_stats") {
    get(zx_root_resource(), ZX_INFO_CPU_STATS, sizeof(zx_info_cpu_stats_t));
    get(zx_root_resource(), ZX_INFO_CPU_STATS, 2 * sizeof(zx_info_cpu_stats_t));
    get(zx_root_resource(), ZX_INFO_CPU_STATS, 0);
}

CASE(processors_wrong_type, INFO "wrong_type") {
    get_and_close(make_event(), ZX_INFO_CPU_STATS, sizeof(zx_info_cpu_stats_t));
    get(zx_self_process(), ZX_INFO_CPU_STATS, sizeof(zx_info_cpu_stats_t));
}

CASE(exception_report_wrong_type, INFO "wrong_type") {
    get_and_close(make_process(), ZX_INFO_THREAD_EXCEPTION_REPORT, sizeof(zx_exception_report_t));
}

/* The rights that the record has are those of the handle that asks. */
CASE(vmo_rights_of_handle, INFO "vmo") {
    zx_handle_t vmo = duplicate(make_vmo().h, ZX_RIGHTS_BASIC | ZX_RIGHT_READ);
    size_t actual;
    needs_topic(ZX_INFO_VMO);
    zx_object_get_info(vmo, ZX_INFO_VMO, record, sizeof(zx_info_vmo_t), &actual, NULL);
    zx_handle_close(vmo);
}

static void killed(uint32_t topic, size_t size) {
    handle_pair_t process = make_process();
    zx_task_kill(process.h);
    signals_of(process.h, ZX_TASK_TERMINATED);
    get(process.h, topic, size);
    close_pair(process);
}

CASE(stats_of_killed, INFO "bad_state task_kill/killed") {
    killed(ZX_INFO_TASK_STATS, sizeof(zx_info_task_stats_t));
}
CASE(maps_of_killed, INFO "bad_state task_kill/killed") { killed(ZX_INFO_PROCESS_MAPS, 192); }
