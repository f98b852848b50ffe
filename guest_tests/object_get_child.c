/* zx_object_get_child: documented conditions and effects, alone and two at once. Bad handles, types
 * and pointers are generated: baseline_object_get_child. */
#include "zxtest.h"

#define PAGE "object_get_child/"

/* Get a child; record its info, and close it. */
static void get_child(zx_handle_t parent, zx_koid_t koid, zx_rights_t rights) {
    zx_handle_t child = ZX_HANDLE_INVALID;
    if (zx_object_get_child(parent, koid, rights, &child) != ZX_OK) return;
    get_basic_info(child);
    zx_handle_close(child);
}

static zx_handle_t job_in(zx_handle_t parent) {
    zx_handle_t job = ZX_HANDLE_INVALID;
    zx_job_create(parent, 0, &job);
    return job;
}

static handle_pair_t process_in(zx_handle_t job) {
    handle_pair_t made = {0, 0};
    zx_process_create(job, "p", 1, 0, &made.h, &made.peer);
    return made;
}

/* List the children of an object independently. */
static void list(zx_handle_t handle, uint32_t topic) {
    zx_koid_t koids[32];
    size_t actual, avail;
    zx_object_get_info(handle, topic, koids, sizeof(koids), &actual, &avail);
}

/* Children of each type of parent */

CASE(thread_of_this_process, PAGE "process_thread " PAGE "same_rights") {
    zx_koid_t koid = get_basic_info(zx_self_thread());
    get_basic_info(zx_self_process());
    list(zx_self_process(), ZX_INFO_PROCESS_THREADS);
    get_child(zx_self_process(), koid, ZX_RIGHT_SAME_RIGHTS);
}

CASE(thread_not_started, PAGE "process_thread") {
    handle_pair_t process = make_process();
    zx_handle_t thread = ZX_HANDLE_INVALID;
    zx_thread_create(process.h, "t", 1, 0, &thread);
    zx_koid_t koid = get_basic_info(thread);
    list(process.h, ZX_INFO_PROCESS_THREADS);
    get_child(process.h, koid, ZX_RIGHT_SAME_RIGHTS);
    zx_handle_close(thread);
    close_pair(process);
}

CASE(job_of_the_default_job, PAGE "job_job " PAGE "same_rights") {
    handle_pair_t job = make_job();
    zx_koid_t koid = get_basic_info(job.h);
    list(zx_default_job(), ZX_INFO_JOB_CHILDREN);
    get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS);
    close_pair(job);
}

CASE(job_of_a_new_job, PAGE "job_job") {
    handle_pair_t parent = make_job();
    zx_handle_t child = job_in(parent.h);
    zx_koid_t koid = get_basic_info(child);
    list(parent.h, ZX_INFO_JOB_CHILDREN);
    get_child(parent.h, koid, ZX_RIGHT_SAME_RIGHTS);
    zx_handle_close(child);
    close_pair(parent);
}

CASE(process_of_a_new_job, PAGE "job_process " PAGE "same_rights") {
    handle_pair_t job = make_job(), process = process_in(job.h);
    zx_koid_t koid = get_basic_info(process.h);
    list(job.h, ZX_INFO_JOB_PROCESSES);
    get_child(job.h, koid, ZX_RIGHT_SAME_RIGHTS);
    close_pair(process);
    close_pair(job);
}

CASE(this_process_of_its_job, PAGE "job_process") {
    zx_koid_t koid = get_basic_info(zx_self_process());
    list(zx_default_job(), ZX_INFO_JOB_PROCESSES);
    get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS);
}

CASE(one_of_several, PAGE "job_job " PAGE "job_process") {
    handle_pair_t job = make_job(), process = process_in(job.h);
    zx_handle_t one = job_in(job.h), two = job_in(job.h);
    zx_koid_t koids[] = {get_basic_info(two), get_basic_info(process.h), get_basic_info(one)};
    for (unsigned i = 0; i < COUNT(koids); ++i) get_child(job.h, koids[i], ZX_RIGHT_SAME_RIGHTS);
    zx_handle_close(one);
    zx_handle_close(two);
    close_pair(process);
    close_pair(job);
}

CASE(same_child_twice, PAGE "job_job") {
    handle_pair_t job = make_job();
    zx_koid_t koid = get_basic_info(job.h);
    zx_handle_t one = ZX_HANDLE_INVALID, two = ZX_HANDLE_INVALID;
    zx_object_get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS, &one);
    get_basic_info(one);
    zx_object_get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS, &two);
    get_basic_info(two);
    zx_handle_close(one);
    zx_handle_close(two);
    close_pair(job);
}

CASE(resource_of_the_root_resource, PAGE "resource_resource " PAGE "same_rights") {
    zx_handle_t root = zx_enumerable_resource();
    handle_pair_t child = make_child_resource();
    zx_koid_t koid = get_basic_info(child.h);
    get_basic_info(root);
    get_child(root, koid, ZX_RIGHT_SAME_RIGHTS);
    get_child(root, koid, 0);
    close_pair(child);
}

/* Grandchildren, and other objects that are not children */

CASE(grandchild_job, PAGE "not_found " PAGE "immediate_only") {
    handle_pair_t job = make_job();
    zx_handle_t grandchild = job_in(job.h);
    zx_koid_t koid = get_basic_info(grandchild);
    get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS);
    get_child(job.h, koid, ZX_RIGHT_SAME_RIGHTS);
    zx_handle_close(grandchild);
    close_pair(job);
}

CASE(grandchild_process, PAGE "not_found " PAGE "immediate_only") {
    handle_pair_t job = make_job(), process = process_in(job.h);
    zx_koid_t koid = get_basic_info(process.h);
    get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS);
    get_child(job.h, koid, ZX_RIGHT_SAME_RIGHTS);
    close_pair(process);
    close_pair(job);
}

CASE(thread_via_job, PAGE "not_found " PAGE "immediate_only") {
    zx_koid_t koid = get_basic_info(zx_self_thread());
    get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS);
}

CASE(koid_zero, PAGE "not_found") {
    get_child(zx_default_job(), 0, ZX_RIGHT_SAME_RIGHTS);
    get_child(zx_self_process(), 0, ZX_RIGHT_SAME_RIGHTS);
}

CASE(koid_unused, PAGE "not_found") {
    handle_pair_t job = make_job(), process = make_process();
    get_child(job.h, UINT64_MAX, ZX_RIGHT_SAME_RIGHTS);
    get_child(job.h, 0x123456789ull, 0);
    get_child(process.h, 1ull << 63, ZX_RIGHT_SAME_RIGHTS);
    get_child(zx_default_job(), UINT64_MAX, ZX_RIGHT_SAME_RIGHTS);
    close_pair(process);
    close_pair(job);
}

CASE(koid_of_own_job_and_process, PAGE "not_found") {
    get_child(zx_default_job(), get_basic_info(zx_default_job()), ZX_RIGHT_SAME_RIGHTS);
    get_child(zx_self_process(), get_basic_info(zx_self_process()), ZX_RIGHT_SAME_RIGHTS);
}

CASE(koid_of_parent, PAGE "not_found") {
    handle_pair_t job = make_job();
    get_child(job.h, get_basic_info(zx_default_job()), ZX_RIGHT_SAME_RIGHTS);
    get_child(zx_self_process(), get_basic_info(zx_default_job()), ZX_RIGHT_SAME_RIGHTS);
    close_pair(job);
}

CASE(koid_of_sibling, PAGE "not_found") {
    handle_pair_t one = make_job(), two = make_job();
    get_child(one.h, get_basic_info(two.h), ZX_RIGHT_SAME_RIGHTS);
    close_pair(one);
    close_pair(two);
}

CASE(koid_of_thread_in_other_process, PAGE "not_found") {
    handle_pair_t process = make_process();
    get_child(process.h, get_basic_info(zx_self_thread()), ZX_RIGHT_SAME_RIGHTS);
    close_pair(process);
}

CASE(koid_of_self, PAGE "not_found") {
    handle_pair_t job = make_job(), process = make_process();
    get_child(job.h, get_basic_info(job.h), ZX_RIGHT_SAME_RIGHTS);
    get_child(process.h, get_basic_info(process.h), ZX_RIGHT_SAME_RIGHTS);
    close_pair(job);
    close_pair(process);
}

CASE(koid_of_unrelated_object, PAGE "not_found") {
    handle_pair_t event = make_event(), vmo = make_vmo();
    get_child(zx_default_job(), get_basic_info(event.h), ZX_RIGHT_SAME_RIGHTS);
    get_child(zx_self_process(), get_basic_info(vmo.h), ZX_RIGHT_SAME_RIGHTS);
    close_pair(event);
    close_pair(vmo);
}

CASE(child_destroyed, PAGE "not_found") {
    handle_pair_t job = make_job();
    zx_koid_t koid = get_basic_info(job.h);
    close_and_get_info(job.h);
    list(zx_default_job(), ZX_INFO_JOB_CHILDREN);
    get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS);
}

CASE(job_via_process, PAGE "not_found") {
    handle_pair_t job = make_job();
    get_child(zx_self_process(), get_basic_info(job.h), ZX_RIGHT_SAME_RIGHTS);
    close_pair(job);
}

/* A thread handle obtained through its process has the right, so only the type is wrong. */
CASE(wrong_type_thread_with_enumerate, PAGE "wrong_type") {
    zx_handle_t thread = ZX_HANDLE_INVALID;
    zx_koid_t koid = get_basic_info(zx_self_thread());
    if (zx_object_get_child(zx_self_process(), koid, ZX_RIGHT_SAME_RIGHTS, &thread) != ZX_OK) return;
    get_basic_info(thread);
    get_child(thread, koid, ZX_RIGHT_SAME_RIGHTS);
    zx_handle_close(thread);
}

/* Rights */

/* Get a job through a handle with exactly the rights `held`. */
static void get_child_with(zx_rights_t held, zx_rights_t wanted) {
    handle_pair_t job = make_job();
    zx_handle_t child = job_in(job.h), reduced = ZX_HANDLE_INVALID;
    zx_koid_t koid = get_basic_info(child);
    zx_handle_replace(job.h, held, &reduced);
    get_basic_info(reduced);
    get_child(reduced, koid, wanted);
    zx_handle_close(child);
    zx_handle_close(reduced);
}

#define ALL_BUT_ENUMERATE (ZX_RIGHT_DUPLICATE | ZX_RIGHT_TRANSFER | ZX_RIGHT_READ | ZX_RIGHT_WRITE)
#define SOME (ALL_BUT_ENUMERATE | ZX_RIGHT_ENUMERATE)

CASE(no_enumerate_right, PAGE "access_denied_enumerate") {
    get_child_with(ALL_BUT_ENUMERATE, ZX_RIGHT_SAME_RIGHTS);
}
CASE(no_enumerate_right_none_requested, PAGE "access_denied_enumerate") {
    get_child_with(ALL_BUT_ENUMERATE, 0);
}
CASE(handle_without_rights, PAGE "access_denied_enumerate") { get_child_with(0, ZX_RIGHT_SAME_RIGHTS); }

CASE(no_enumerate_right_process, PAGE "access_denied_enumerate") {
    zx_koid_t koid = get_basic_info(zx_self_thread());
    zx_handle_t reduced = duplicate(zx_self_process(), ZX_RIGHT_READ | ZX_RIGHT_WRITE);
    get_child(reduced, koid, ZX_RIGHT_READ);
    zx_handle_close(reduced);
}

CASE(no_enumerate_right_resource, PAGE "access_denied_enumerate") {
    handle_pair_t child = make_child_resource();
    zx_koid_t koid = get_basic_info(child.h);
    zx_handle_t reduced = duplicate(zx_root_resource(), ZX_RIGHT_DUPLICATE);
    get_child(reduced, koid, ZX_RIGHT_SAME_RIGHTS);
    zx_handle_close(reduced);
    close_pair(child);
}

CASE(one_extra_right_requested, PAGE "access_denied_rights") { get_child_with(SOME, SOME | ZX_RIGHT_DESTROY); }
CASE(missing_right_requested, PAGE "access_denied_rights") { get_child_with(SOME, ZX_RIGHT_DESTROY); }
CASE(right_of_another_type_requested, PAGE "access_denied_rights") { get_child_with(SOME, ZX_RIGHT_MAP); }
CASE(all_rights_requested, PAGE "access_denied_rights") { get_child_with(SOME, 0x7fffffffu); }
CASE(undefined_right_requested, PAGE "access_denied_rights") { get_child_with(SOME, 1u << 30); }
CASE(same_rights_with_extra_right, PAGE "access_denied_rights") {
    get_child_with(SOME, ZX_RIGHT_SAME_RIGHTS | ZX_RIGHT_DESTROY);
}

CASE(extra_right_requested_process, PAGE "access_denied_rights") {
    zx_koid_t koid = get_basic_info(zx_self_thread());
    zx_handle_t reduced = duplicate(zx_self_process(), ZX_RIGHT_ENUMERATE);
    get_child(reduced, koid, ZX_RIGHT_ENUMERATE | ZX_RIGHT_READ);
    zx_handle_close(reduced);
}

CASE(same_rights_reduced_handle, PAGE "same_rights") { get_child_with(SOME, ZX_RIGHT_SAME_RIGHTS); }
CASE(same_rights_enumerate_only, PAGE "same_rights") {
    get_child_with(ZX_RIGHT_ENUMERATE, ZX_RIGHT_SAME_RIGHTS);
}
CASE(held_rights_requested, PAGE "rights_granted") { get_child_with(SOME, SOME); }
CASE(fewer_rights_requested, PAGE "rights_granted") { get_child_with(SOME, ZX_RIGHT_READ | ZX_RIGHT_TRANSFER); }
CASE(one_right_requested, PAGE "rights_granted") { get_child_with(SOME, ZX_RIGHT_ENUMERATE); }
CASE(no_rights_requested, PAGE "rights_granted") { get_child_with(SOME, 0); }

CASE(fewer_rights_thread, PAGE "rights_granted " PAGE "process_thread") {
    get_child(zx_self_process(), get_basic_info(zx_self_thread()), ZX_RIGHT_READ | ZX_RIGHT_INSPECT);
}

CASE(fewer_rights_process, PAGE "rights_granted " PAGE "job_process") {
    get_child(zx_default_job(), get_basic_info(zx_self_process()), ZX_RIGHT_INSPECT);
}

/* `out` that is not a valid pointer */

static void out_to(zx_handle_t* out) {
    handle_pair_t job = make_job();
    zx_koid_t koid = get_basic_info(job.h);
    zx_status_t status = zx_object_get_child(zx_default_job(), koid, ZX_RIGHT_SAME_RIGHTS, out);
    if (status == ZX_OK) {
        zx_handle_t child;
        __builtin_memcpy(&child, out, sizeof(child));
        get_basic_info(child);
        zx_handle_close(child);
    }
    close_pair(job);
}

CASE(out_at_mapping_end, PAGE "job_job") { out_to(zx_edge(zx_handle_t, 1)); }
/* The page does not call a misaligned pointer invalid. */
CASE(out_misaligned, PAGE "job_job") { out_to(zx_misaligned(zx_handle_t)); }
