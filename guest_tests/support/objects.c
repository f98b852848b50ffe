/* zx_object_get_info, zx_object_wait_one, zx_object_signal, zx_object_get_cookie. */
#include "zxtest.h"

#define INFO "object_get_info/"
#define WAIT "object_wait_one/"
#define SIGNAL "object_signal/"
#define COOKIE "object_get_cookie/"

typedef zx_info_handle_basic_t Basic;

CASE(info_valid, INFO "handle_valid") {
    handle_pair_t event = make_event();
    zx_object_get_info(event.h, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL);
    close_and_get_info(event.h);
    zx_object_get_info(event.h, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL);
}

CASE(info_basic, INFO "handle_basic") {
    handle_pair_t channel = make_channel();
    Basic basic;
    size_t actual, avail;
    zx_object_get_info(channel.h, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), &actual, &avail);
    get_basic_info(channel.peer);
    close_pair(channel);
}

CASE(info_too_small, INFO "buffer_too_small") {
    handle_pair_t event = make_event();
    Basic basic;
    size_t actual, avail;
    zx_object_get_info(event.h, ZX_INFO_HANDLE_BASIC, &basic, 8, &actual, &avail);
    zx_object_get_info(event.h, ZX_INFO_HANDLE_BASIC, NULL, 0, &actual, &avail);
    close_pair(event);
}

CASE(info_unknown_topic, INFO "not_supported") {
    handle_pair_t event = make_event();
    Basic basic;
    zx_object_get_info(event.h, 0xfffffff0u, &basic, sizeof(basic), NULL, NULL);
    close_pair(event);
}

CASE(info_wrong_type, INFO "wrong_type") {
    handle_pair_t event = make_event();
    zx_koid_t koids[4];
    size_t actual, avail;
    zx_object_get_info(event.h, ZX_INFO_JOB_CHILDREN, koids, sizeof(koids), &actual, &avail);
    zx_object_get_info(event.h, ZX_INFO_PROCESS_THREADS, koids, sizeof(koids), &actual, &avail);
    close_pair(event);
}

CASE(info_access_denied, INFO "access_denied") {
    zx_handle_t job = without(make_job().h, ZX_RIGHT_ENUMERATE);
    zx_koid_t koids[4];
    size_t actual, avail;
    zx_object_get_info(job, ZX_INFO_JOB_CHILDREN, koids, sizeof(koids), &actual, &avail);
    zx_handle_close(job);
}

CASE(info_children, INFO "children_listed " INFO "actual_and_avail") {
    handle_pair_t job = make_job(), process = {0, 0};
    zx_handle_t child = ZX_HANDLE_INVALID;
    zx_koid_t koids[4];
    size_t actual, avail;
    zx_job_create(job.h, 0, &child);
    zx_process_create(job.h, "p", 1, 0, &process.h, &process.peer);
    zx_object_get_info(job.h, ZX_INFO_JOB_CHILDREN, koids, sizeof(koids), &actual, &avail);
    zx_object_get_info(job.h, ZX_INFO_JOB_PROCESSES, koids, sizeof(koids), &actual, &avail);
    zx_object_get_info(job.h, ZX_INFO_JOB_CHILDREN, koids, 0, &actual, &avail);
    zx_handle_close(child);
    close_pair(process);
    close_pair(job);
}

#define INFO_POINTER(name, buffer, actual, avail)                                                \
    CASE(info_bad_##name, INFO "invalid_args_" #name) {                                          \
        handle_pair_t event = make_event();                                                      \
        Basic basic;                                                                             \
        (void)basic;                                                                             \
        zx_object_get_info(event.h, ZX_INFO_HANDLE_BASIC, buffer, sizeof(Basic), actual, avail); \
        close_pair(event);                                                                       \
    }

INFO_POINTER(buffer, zx_unmapped(Basic), NULL, NULL)
INFO_POINTER(actual, &basic, zx_unmapped(size_t), NULL)
INFO_POINTER(avail, &basic, NULL, zx_read_only(size_t))

/* zx_object_wait_one: the deadline is always in the past. */

CASE(wait_timed_out, WAIT "timed_out") {
    handle_pair_t event = make_event();
    signals_of(event.h, ZX_EVENT_SIGNALED);
    close_pair(event);
}

CASE(wait_asserted, WAIT "observed " WAIT "ends_at_once") {
    handle_pair_t event = make_event();
    zx_object_signal(event.h, 0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_3);
    signals_of(event.h, ZX_EVENT_SIGNALED);
    signals_of(event.h, ZX_USER_SIGNAL_3);
    signals_of(event.h, ZX_USER_SIGNAL_4);
    close_pair(event);
}

CASE(wait_port, WAIT "not_supported") {
    handle_pair_t port = make_port();
    signals_of(port.h, ZX_USER_SIGNAL_0);
    close_pair(port);
}

CASE(wait_observed_null, WAIT "ends_at_once") {
    handle_pair_t event = make_event();
    zx_object_signal(event.h, 0, ZX_EVENT_SIGNALED);
    zx_object_wait_one(event.h, ZX_EVENT_SIGNALED, 0, NULL);
    close_pair(event);
}

/* zx_object_signal */

CASE(signal_zero, SIGNAL "bad_handle") { zx_object_signal(ZX_HANDLE_INVALID, 0, ZX_USER_SIGNAL_0); }

CASE(signal_process, "process_create/child_of_job") {
    handle_pair_t process = make_process();
    get_basic_info(process.h);
    zx_object_signal(process.h, 0, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_7);
    signals_of(process.h, ZX_USER_SIGNAL_ALL);
    zx_object_signal(process.h, ZX_USER_SIGNAL_0, ZX_USER_SIGNAL_1);
    signals_of(process.h, ZX_USER_SIGNAL_ALL);
    close_pair(process);
}

/* The page's RIGHTS section requires a process, so it promises nothing for other objects. */

CASE(signal_event, "event_create/created") {
    handle_pair_t event = make_event();
    zx_object_signal(event.h, 0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0);
    signals_of(event.h, ZX_EVENT_SIGNALED);
    zx_object_signal(event.h, ZX_EVENT_SIGNALED, ZX_USER_SIGNAL_1);
    signals_of(event.h, ZX_EVENT_SIGNALED);
    close_pair(event);
}

CASE(signal_eventpair, "eventpair_create/both_ends") {
    handle_pair_t pair = make_eventpair();
    zx_object_signal(pair.h, 0, ZX_EVENTPAIR_SIGNALED);
    signals_of(pair.h, ZX_EVENTPAIR_SIGNALED);
    signals_of(pair.peer, ZX_EVENTPAIR_SIGNALED);
    close_pair(pair);
}

CASE(signal_without_signal_right, SIGNAL "access_denied") {
    zx_handle_t bare = without(make_event().h, ZX_RIGHT_SIGNAL);
    zx_object_signal(bare, 0, ZX_USER_SIGNAL_0);
    zx_handle_close(bare);
}

CASE(signal_bits_not_allowed, SIGNAL "invalid_args") {
    handle_pair_t event = make_event(), channel = make_channel();
    zx_object_signal(event.h, 0, ZX_SIGNAL_HANDLE_CLOSED);
    zx_object_signal(channel.h, ZX_CHANNEL_READABLE, 0);
    zx_object_signal(channel.h, 0, ZX_CHANNEL_PEER_CLOSED);
    close_pair(event);
    close_pair(channel);
}

/* zx_object_get_cookie */

static void set(zx_handle_t object, zx_handle_t scope) {
    zx_object_set_cookie(object, scope, 0x1234);
}

CASE(cookie_read, COOKIE "cookie_read") {
    handle_pair_t object = make_event(), scope = make_event();
    uint64_t cookie;
    set(object.h, scope.h);
    zx_object_get_cookie(object.h, scope.h, &cookie);
    close_pair(object);
    close_pair(scope);
}

CASE(cookie_denied, COOKIE "access_denied_not_set " COOKIE "access_denied_scope") {
    handle_pair_t object = make_vmo(), scope = make_event();
    uint64_t cookie;
    zx_object_get_cookie(object.h, scope.h, &cookie);
    set(object.h, scope.h);
    zx_object_get_cookie(object.h, object.h, &cookie);
    close_pair(object);
    close_pair(scope);
}

CASE(cookie_scope_destroyed, COOKIE "scope_gone") {
    handle_pair_t object = make_vmo(), scope = make_event();
    uint64_t cookie;
    set(object.h, scope.h);
    close_and_get_info(scope.h);
    zx_object_get_cookie(object.h, scope.h, &cookie);
    close_pair(object);
}

CASE(cookie_eventpair_invalidated, COOKIE "eventpair_invalidated") {
    handle_pair_t pair = make_eventpair(), scope = make_event();
    uint64_t cookie;
    set(pair.h, scope.h);
    close_and_get_info(pair.peer);
    zx_object_get_cookie(pair.h, scope.h, &cookie);
    zx_handle_close(pair.h);
    close_pair(scope);
}
