/* zx_profile_create, zx_object_set_profile: their pages list no error yet, and state in RIGHTS which
 * handles they ask for. */
#include "zxtest.h"

static zx_profile_info_t as_default(void) {
    zx_profile_info_t info = {.type = ZX_PROFILE_INFO_SCHEDULER};
    info.content[0] = ZX_PRIORITY_DEFAULT;
    return info;
}

static zx_handle_t make_profile(zx_handle_t job) {
    zx_profile_info_t info = as_default();
    zx_handle_t made = ZX_HANDLE_INVALID;
    zx_profile_create(job, &info, &made);
    return made;
}

CASE(create_refused, "profile_create/required_of_root_job") {
    handle_pair_t event = make_event(), closed = make_job();
    close_and_get_info(closed.h);
    const zx_handle_t jobs[] = {ZX_HANDLE_INVALID, ZX_NEVER_A_HANDLE, closed.h, event.h};
    for (size_t i = 0; i < COUNT(jobs); ++i) close_if_open(make_profile(jobs[i]));
    close_pair(event);
}

CASE(create_without_right, "profile_create/required_of_root_job") {
    zx_handle_t bare = duplicate(zx_default_job(), ZX_RIGHT_SAME_RIGHTS);
    bare = without(bare, ZX_RIGHT_MANAGE_PROCESS);
    close_if_open(make_profile(bare));
    zx_handle_close(bare);
}

static void set(zx_handle_t thread, zx_handle_t profile) { zx_object_set_profile(thread, profile, 0); }

CASE(set_refused, "object_set_profile/required_of_handle object_set_profile/required_of_profile") {
    handle_pair_t event = make_event(), process = make_process();
    zx_handle_t thread = make_thread_in(process.h);
    const zx_handle_t others[] = {ZX_HANDLE_INVALID, ZX_NEVER_A_HANDLE, event.h};
    for (size_t i = 0; i < COUNT(others); ++i) {
        set(others[i], others[i]);
        set(thread, others[i]);
    }
    zx_handle_close(thread);
    close_pair(process);
    close_pair(event);
}

/* Whether the job is the root job, which the call asks for, is not known. */
CASE(set_on_thread, "object_set_profile/required_of_profile") {
    handle_pair_t process = make_process();
    zx_handle_t thread = make_thread_in(process.h), profile = make_profile(zx_default_job());
    if (profile) {
        get_basic_info(profile);
        set(thread, profile);
        set(profile, profile);
        profile = without(profile, ZX_RIGHT_APPLY_PROFILE);
        set(thread, profile);
        zx_handle_close(profile);
    }
    set(thread, thread);
    zx_handle_close(thread);
    close_pair(process);
}
