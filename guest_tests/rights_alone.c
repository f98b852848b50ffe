/* Calls whose pages list no error yet: a handle that is not what RIGHTS asks for is refused.
 *
 * None of these calls is made with the handle that it asks for: some of them stop the machine. */
#include "zxtest.h"

#define REFUSED(call, parameter, ...)                                                      \
    CASE(call##_refused, #call "/required_of_" #parameter) {                               \
        handle_pair_t event = make_event(), closed = make_event();                         \
        close_and_get_info(closed.h);                                                      \
        const zx_handle_t handles[] = {ZX_HANDLE_INVALID, ZX_NEVER_A_HANDLE, closed.h, event.h}; \
        for (size_t i = 0; i < COUNT(handles); ++i) {                                      \
            zx_handle_t handle = handles[i];                                               \
            __VA_ARGS__;                                                                   \
        }                                                                                  \
        close_pair(event);                                                                 \
    }

/* Also a resource of another kind. */
#define REFUSED_KIND(call, parameter, ...)                                                 \
    REFUSED(call, parameter, __VA_ARGS__)                                                  \
    CASE(call##_refused_other_kind, #call "/required_of_" #parameter) {                    \
        zx_handle_t handle = ZX_HANDLE_INVALID;                                            \
        if (zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_HYPERVISOR, 0, 0, "other", 5, \
                               &handle) != ZX_OK)                                          \
            return;                                                                        \
        __VA_ARGS__;                                                                       \
        zx_handle_close(handle);                                                           \
    }

static char buffer[64];

REFUSED_KIND(clock_adjust, handle, zx_clock_adjust(handle, ZX_CLOCK_UTC, 0))
REFUSED_KIND(debug_read, handle, size_t size = sizeof(buffer); zx_debug_read(handle, buffer, &size))
REFUSED_KIND(debug_send_command, resource, zx_debug_send_command(handle, "help", 4))
REFUSED_KIND(debuglog_create, resource, zx_handle_t out = ZX_HANDLE_INVALID;
             if (zx_debuglog_create(handle, 0, &out) == ZX_OK) close_if_open(out))
REFUSED_KIND(ktrace_control, handle, zx_ktrace_control(handle, 0, 0, NULL))
REFUSED_KIND(ktrace_read, handle, size_t actual; zx_ktrace_read(handle, buffer, 0, sizeof(buffer), &actual))
REFUSED_KIND(ktrace_write, handle, zx_ktrace_write(handle, 0, 0, 0))
REFUSED_KIND(mtrace_control, handle, zx_mtrace_control(handle, 0, 0, 0, NULL, 0))

REFUSED(debuglog_read, handle, zx_debuglog_read(handle, 0, buffer, sizeof(buffer)))
REFUSED(debuglog_write, handle, zx_debuglog_write(handle, 0, "text", 4))
REFUSED(log_read, handle, zx_log_read(handle, sizeof(buffer), buffer, 0))
REFUSED(log_write, handle, zx_log_write(handle, 4, "text", 0))
