/* zx_object_get_info: counts, related koids, lists of children, processes. */
#include "zxtest.h"

#define INFO "object_get_info/"

static void process_info(zx_handle_t process) {
    zx_info_process_t info;
    size_t actual, avail;
    zx_object_get_info(process, ZX_INFO_PROCESS, &info, sizeof(info), &actual, &avail);
}

CASE(info_process_self, INFO "process") { process_info(zx_self_process()); }

CASE(info_process_not_started, INFO "process") {
    handle_pair_t process = make_process();
    process_info(process.h);
    close_pair(process);
}

CASE(info_process_wrong_type, INFO "wrong_type") {
    handle_pair_t event = make_event();
    process_info(event.h);
    close_pair(event);
}

CASE(info_process_without_inspect, INFO "access_denied") {
    handle_pair_t process = make_process();
    zx_handle_t bare = without(process.h, ZX_RIGHT_INSPECT);
    process_info(bare);
    zx_handle_close(bare);
    zx_handle_close(process.peer);
}

static void count_handles(zx_handle_t handle) {
    zx_info_handle_count_t info;
    size_t actual, avail;
    zx_object_get_info(handle, ZX_INFO_HANDLE_COUNT, &info, sizeof(info), &actual, &avail);
}

CASE(info_handle_count, INFO "handle_count") {
    handle_pair_t event = make_event();
    count_handles(event.h);
    zx_handle_t copy = duplicate(event.h, ZX_RIGHT_SAME_RIGHTS);
    count_handles(event.h);
    count_handles(copy);
    close_and_get_info(copy);
    count_handles(event.h);
    close_pair(event);
}

CASE(info_handle_count_without_inspect, INFO "access_denied") {
    zx_handle_t bare = without(make_event().h, ZX_RIGHT_INSPECT);
    count_handles(bare);
    zx_handle_close(bare);
}

static void basic_with_counts(zx_handle_t handle) {
    zx_info_handle_basic_t basic;
    size_t actual, avail;
    zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), &actual, &avail);
}

/* The related koid never changes, not even after the peer has closed. */
#define RELATED_KOID(type, page)                                            \
    CASE(info_related_koid_peer_closed_##type, INFO "handle_basic " page) { \
        handle_pair_t pair = make_##type();                                 \
        basic_with_counts(pair.h);                                          \
        basic_with_counts(pair.peer);                                       \
        close_and_get_info(pair.peer);                                      \
        basic_with_counts(pair.h);                                          \
        zx_handle_close(pair.h);                                            \
    }

RELATED_KOID(channel, "channel_create/both_ends")
RELATED_KOID(socket, "socket_create/both_ends socket_create/default_rights")
RELATED_KOID(eventpair, "eventpair_create/both_ends")

CASE(info_related_koid_tasks, INFO "handle_basic job_create/default_rights") {
    handle_pair_t job = make_job(), process = {0, 0};
    zx_handle_t thread = ZX_HANDLE_INVALID;
    basic_with_counts(job.h);
    zx_process_create(job.h, "p", 1, 0, &process.h, &process.peer);
    basic_with_counts(process.h);
    zx_thread_create(process.h, "t", 1, 0, &thread);
    basic_with_counts(thread);
    zx_handle_close(thread);
    close_pair(process);
    close_pair(job);
}

static zx_koid_t koids[8];

static void list(zx_handle_t parent, uint32_t topic, size_t room) {
    size_t actual, avail;
    zx_object_get_info(parent, topic, koids, room * sizeof(koids[0]), &actual, &avail);
}

CASE(info_list_before_child_koid_known, INFO "children_listed") {
    handle_pair_t job = make_job();
    zx_handle_t child = ZX_HANDLE_INVALID;
    zx_job_create(job.h, 0, &child);
    list(job.h, ZX_INFO_JOB_CHILDREN, COUNT(koids));
    get_basic_info(child);
    list(job.h, ZX_INFO_JOB_CHILDREN, COUNT(koids));
    zx_handle_close(child);
    close_pair(job);
}

CASE(info_list_default_job_before_child_koid_known, INFO "children_listed") {
    handle_pair_t job = make_job();
    list(zx_default_job(), ZX_INFO_JOB_CHILDREN, COUNT(koids));
    get_basic_info(job.h);
    close_pair(job);
}

CASE(info_list_small_buffer, INFO "actual_and_avail") {
    handle_pair_t job = make_job();
    zx_handle_t first = ZX_HANDLE_INVALID, second = ZX_HANDLE_INVALID;
    zx_job_create(job.h, 0, &first);
    zx_job_create(job.h, 0, &second);
    list(job.h, ZX_INFO_JOB_CHILDREN, 1);
    list(job.h, ZX_INFO_JOB_CHILDREN, 2);
    list(job.h, ZX_INFO_JOB_PROCESSES, 1);
    zx_handle_close(first);
    zx_handle_close(second);
    close_pair(job);
}

CASE(info_list_after_each_change, INFO "children_listed") {
    handle_pair_t job = make_job();
    zx_handle_t first = ZX_HANDLE_INVALID, second = ZX_HANDLE_INVALID;
    list(job.h, ZX_INFO_JOB_CHILDREN, COUNT(koids));
    zx_job_create(job.h, 0, &first);
    get_basic_info(first);
    list(job.h, ZX_INFO_JOB_CHILDREN, COUNT(koids));
    zx_job_create(job.h, 0, &second);
    get_basic_info(second);
    list(job.h, ZX_INFO_JOB_CHILDREN, COUNT(koids));
    close_and_get_info(first);
    list(job.h, ZX_INFO_JOB_CHILDREN, COUNT(koids));
    zx_handle_close(second);
    close_pair(job);
}

CASE(info_list_bad_buffer, INFO "invalid_args_buffer") {
    handle_pair_t job = make_job();
    zx_handle_t child = ZX_HANDLE_INVALID;
    size_t actual, avail;
    zx_job_create(job.h, 0, &child);
    zx_object_get_info(job.h, ZX_INFO_JOB_CHILDREN, zx_unmapped(zx_koid_t), sizeof(koids), &actual,
                       &avail);
    zx_handle_close(child);
    close_pair(job);
}

CASE(info_threads_self, INFO "children_listed") {
    list(zx_self_process(), ZX_INFO_PROCESS_THREADS, COUNT(koids));
    list(zx_self_process(), ZX_INFO_PROCESS_THREADS, 0);
    get_basic_info(zx_self_thread());
}

CASE(info_processes_without_actual, INFO "handle_basic") {
    handle_pair_t job = make_job(), process = {0, 0};
    zx_process_create(job.h, "p", 1, 0, &process.h, &process.peer);
    zx_object_get_info(job.h, ZX_INFO_JOB_PROCESSES, koids, sizeof(koids), NULL, NULL);
    get_basic_info(process.h);
    close_pair(process);
    close_pair(job);
}
