/* The calls that create one object: event, event pair, VMO, port, timer, job, process, thread,
 * resource. */
#include "zxtest.h"

static void get_basic_info_and_close(handle_pair_t made) {
    get_basic_info(made.h);
    close_pair(made);
}

#define CREATES(type, claims) \
    CASE(type##_created, claims) { get_basic_info_and_close(make_##type()); }

CREATES(event, "event_create/created event_create/default_rights")
CREATES(vmo, "vmo_create/created vmo_create/usable_rights")
CREATES(port, "port_create/created port_create/usable_rights")
CREATES(timer, "timer_create/created timer_create/usable_rights")
CREATES(eventpair, "eventpair_create/both_ends eventpair_create/usable_rights")
CREATES(child_resource, "resource_create/created resource_create/usable_rights")

/* The page knows a valid option, but not its value. */
CASE(port_options, "port_create/created port_create/invalid_args_options") {
    handle_pair_t port = make_port();
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_port_create(0xffff0000u, &out);
    close_if_open(out);
    close_pair(port);
}

CASE(timer_options, "timer_create/invalid_args_options") {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_timer_create(77, ZX_CLOCK_MONOTONIC, &out);
}

static void job_in(zx_handle_t parent) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_job_create(parent, 0, &out) != ZX_OK) return;
    get_basic_info(out);
    zx_handle_close(out);
}

CASE(job_is_child, "job_create/child_of_parent") {
    handle_pair_t job = make_job();
    get_basic_info(job.h);
    job_in(job.h);
    close_pair(job);
}
CASE(job_without_rights, "job_create/access_denied") {
    zx_handle_t bare = without(make_job().h, ZX_RIGHT_WRITE | ZX_RIGHT_MANAGE_JOB);
    job_in(bare);
    zx_handle_close(bare);
}

static void process_in(zx_handle_t job) {
    handle_pair_t made = {0, 0};
    if (zx_process_create(job, "p", 1, 0, &made.h, &made.peer) != ZX_OK) return;
    get_basic_info(made.h);
    get_basic_info(made.peer);
    close_pair(made);
}

CASE(process_is_child, "process_create/child_of_job process_create/vmar_returned") {
    get_basic_info(zx_default_job());
    process_in(zx_default_job());
}
CASE(process_without_rights, "process_create/access_denied") {
    zx_handle_t bare = without(make_job().h, ZX_RIGHT_WRITE | ZX_RIGHT_MANAGE_PROCESS);
    process_in(bare);
    zx_handle_close(bare);
}

static void thread_in(zx_handle_t process) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_thread_create(process, "t", 1, 0, &out) != ZX_OK) return;
    get_basic_info(out);
    zx_handle_close(out);
}

CASE(thread_is_child, "thread_create/child_of_process") {
    handle_pair_t process = make_process();
    get_basic_info(process.h);
    thread_in(process.h);
    close_pair(process);
}
CASE(thread_without_rights, "thread_create/access_denied") {
    handle_pair_t process = make_process();
    zx_handle_t bare = without(process.h, ZX_RIGHT_WRITE | ZX_RIGHT_MANAGE_THREAD);
    thread_in(bare);
    zx_handle_close(bare);
    zx_handle_close(process.peer);
}

static void resource_in(zx_handle_t parent, uint32_t options, uint64_t base) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_resource_create(parent, options, base, 0, "r", 1, &out) != ZX_OK) return;
    get_basic_info(out);
    zx_handle_close(out);
}

/* The page requires ZX_RIGHT_WRITE and names no error for its absence. */
CASE(resource_without_rights, "handle_duplicate/new_rights") {
    zx_handle_t bare = duplicate(zx_root_resource(), 0);
    resource_in(bare, ZX_RSRC_KIND_ROOT, 0);
    zx_handle_close(bare);
}
CASE(resource_root_from_other_kind, "resource_create/created resource_create/access_denied") {
    zx_handle_t parent = ZX_HANDLE_INVALID;
    zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_HYPERVISOR, 0, 0, "h", 1, &parent);
    get_basic_info(parent);
    resource_in(parent, ZX_RSRC_KIND_ROOT, 0);
    close_if_open(parent);
}
CASE(resource_options, "resource_create/invalid_args_options") {
    resource_in(zx_root_resource(), 0x80000000u | ZX_RSRC_KIND_ROOT, 0);
}
CASE(resource_range, "resource_create/invalid_args_range") {
    resource_in(zx_root_resource(), ZX_RSRC_KIND_ROOT, 4096);
}

/* Jobs in jobs, as deep as the kernel allows. The page does not say how deep that is. */
CASE(job_too_high, "job_create/out_of_range") {
    zx_handle_t jobs[64] = {make_job().h};
    unsigned count = 1;
    while (count < COUNT(jobs) && zx_job_create(jobs[count - 1], 0, &jobs[count]) == ZX_OK) ++count;
    while (count--) zx_handle_close(jobs[count]);
}
