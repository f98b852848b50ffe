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

CASE(eventpair_bad_outs, "eventpair_create/invalid_args_out0 eventpair_create/invalid_args_out1") {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_eventpair_create(0, NULL, &out);
    zx_eventpair_create(0, &out, NULL);
}

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

static void process_in(zx_handle_t job, const char* name, uint32_t options) {
    handle_pair_t made = {0, 0};
    if (zx_process_create(job, name, 1, options, &made.h, &made.peer) != ZX_OK) return;
    get_basic_info(made.h);
    get_basic_info(made.peer);
    close_pair(made);
}

CASE(process_is_child, "process_create/child_of_job process_create/vmar_returned") {
    get_basic_info(zx_default_job());
    process_in(zx_default_job(), "p", 0);
}
CASE(process_bad_handle, "process_create/bad_handle") { process_in(ZX_NEVER_A_HANDLE, "p", 0); }
CASE(process_options, "process_create/invalid_args_options") {
    process_in(zx_default_job(), "p", 0x80000000u);
}
CASE(process_bad_name, "process_create/invalid_args_name") {
    process_in(zx_default_job(), zx_unmapped(char), 0);
}
CASE(process_wrong_type, "process_create/wrong_type") {
    handle_pair_t event = make_event();
    process_in(event.h, "p", 0);
    close_pair(event);
}
CASE(process_without_rights, "process_create/access_denied") {
    zx_handle_t bare = without(make_job().h, ZX_RIGHT_WRITE | ZX_RIGHT_MANAGE_PROCESS);
    process_in(bare, "p", 0);
    zx_handle_close(bare);
}
CASE(process_bad_outs,
     "process_create/invalid_args_proc_handle process_create/invalid_args_vmar_handle") {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_process_create(zx_default_job(), "p", 1, 0, NULL, &out);
    zx_process_create(zx_default_job(), "p", 1, 0, &out, zx_unmapped(zx_handle_t));
}

static void thread_in(zx_handle_t process, const char* name, uint32_t options) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_thread_create(process, name, 1, options, &out) != ZX_OK) return;
    get_basic_info(out);
    zx_handle_close(out);
}

CASE(thread_is_child, "thread_create/child_of_process") {
    handle_pair_t process = make_process();
    get_basic_info(process.h);
    thread_in(process.h, "t", 0);
    close_pair(process);
}
CASE(thread_bad_handle, "thread_create/bad_handle") { thread_in(ZX_NEVER_A_HANDLE, "t", 0); }
CASE(thread_wrong_type, "thread_create/wrong_type") {
    handle_pair_t event = make_event();
    thread_in(event.h, "t", 0);
    close_pair(event);
}
CASE(thread_options, "thread_create/invalid_args_options") {
    handle_pair_t process = make_process();
    thread_in(process.h, "t", 1);
    close_pair(process);
}
CASE(thread_bad_name, "thread_create/invalid_args_name") {
    handle_pair_t process = make_process();
    thread_in(process.h, zx_unmapped(char), 0);
    close_pair(process);
}
CASE(thread_without_rights, "thread_create/access_denied") {
    handle_pair_t process = make_process();
    zx_handle_t bare = without(process.h, ZX_RIGHT_WRITE | ZX_RIGHT_MANAGE_THREAD);
    thread_in(bare, "t", 0);
    zx_handle_close(bare);
    zx_handle_close(process.peer);
}
CASE(thread_without_manage_thread, "thread_create/access_denied") {
    handle_pair_t process = make_process();
    zx_handle_t bare = without(process.h, ZX_RIGHT_MANAGE_THREAD);
    thread_in(bare, "t", 0);
    zx_handle_close(bare);
    zx_handle_close(process.peer);
}
CASE(thread_bad_out, "thread_create/invalid_args_out") {
    handle_pair_t process = make_process();
    zx_thread_create(process.h, "t", 1, 0, zx_unmapped(zx_handle_t));
    close_pair(process);
}

static void resource_in(zx_handle_t parent, uint32_t options, uint64_t base, const char* name) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_resource_create(parent, options, base, 0, name, 1, &out) != ZX_OK) return;
    get_basic_info(out);
    zx_handle_close(out);
}

CASE(resource_bad_handle, "resource_create/bad_handle") {
    resource_in(ZX_NEVER_A_HANDLE, ZX_RSRC_KIND_ROOT, 0, "r");
}
CASE(resource_wrong_type, "resource_create/wrong_type") {
    handle_pair_t vmo = make_vmo();
    resource_in(vmo.h, ZX_RSRC_KIND_ROOT, 0, "r");
    close_pair(vmo);
}
/* The page requires ZX_RIGHT_WRITE and names no error for its absence. */
CASE(resource_without_rights, "handle_duplicate/new_rights") {
    zx_handle_t bare = duplicate(zx_root_resource(), 0);
    resource_in(bare, ZX_RSRC_KIND_ROOT, 0, "r");
    zx_handle_close(bare);
}
CASE(resource_root_from_other_kind, "resource_create/created resource_create/access_denied") {
    zx_handle_t parent = ZX_HANDLE_INVALID;
    zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_HYPERVISOR, 0, 0, "h", 1, &parent);
    get_basic_info(parent);
    resource_in(parent, ZX_RSRC_KIND_ROOT, 0, "r");
    close_if_open(parent);
}
CASE(resource_options, "resource_create/invalid_args_options") {
    resource_in(zx_root_resource(), 0x80000000u | ZX_RSRC_KIND_ROOT, 0, "r");
}
CASE(resource_range, "resource_create/invalid_args_range") {
    resource_in(zx_root_resource(), ZX_RSRC_KIND_ROOT, 4096, "r");
}
CASE(resource_bad_name, "resource_create/invalid_args_name") {
    resource_in(zx_root_resource(), ZX_RSRC_KIND_ROOT, 0, zx_unmapped(char));
}

/* Jobs in jobs, as deep as the kernel allows. The page does not say how deep that is. */
CASE(job_too_high, "job_create/out_of_range") {
    zx_handle_t jobs[64] = {make_job().h};
    unsigned count = 1;
    while (count < COUNT(jobs) && zx_job_create(jobs[count - 1], 0, &jobs[count]) == ZX_OK) ++count;
    while (count--) zx_handle_close(jobs[count]);
}
