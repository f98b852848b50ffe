// debug_write, debug_read, system_get_version and what else the system says of itself,
// process_exit.
#include "boot.h"
#include "console.h"
#include "serial_faults.h"
#include "syscalls.h"

// As in Zircon: a longer text is silently truncated.
#define DEBUG_WRITE_MAX 256u

zx_status_t sys_debug_write(user_t buffer, size_t size) {
    char text[DEBUG_WRITE_MAX];
    size = size < sizeof(text) ? size : sizeof(text);
    if (!user_read(text, buffer, size)) {
        return ZX_ERR_INVALID_ARGS;
    }
    console_write(text, serial_faults(text, size));
    return ZX_OK;
}

// Returns only when all bytes have arrived.
zx_status_t sys_debug_read(zx_handle_t handle, user_t buffer, user_t size_out) {
    zx_status_t status;
    struct object* resource = object_get(handle, ZX_OBJ_TYPE_RESOURCE, 0, &status);
    if (resource == NULL) {
        return status;
    }
    if (((struct resource*)resource)->kind != ZX_RSRC_KIND_ROOT) {
        return ZX_ERR_ACCESS_DENIED;
    }
    size_t size;
    if (!user_read(&size, size_out, sizeof(size)) || !user_is_writable(buffer, size)) {
        return ZX_ERR_INVALID_ARGS;
    }
    for (size_t i = 0; i < size;) {
        int byte = arch_console_read();
        if (byte >= 0) {
            user_write(buffer + i++, &(char){(char)byte}, 1);
        }
    }
    return user_write(size_out, &size, sizeof(size)) ? ZX_OK : ZX_ERR_INVALID_ARGS;
}

zx_status_t sys_system_get_version(user_t version, size_t size) {
    const char* name = standin_version;
    if (fault_on(FAULT_WRONG_VERSION)) {
        name = "git-0123456789abcdef0123456789abcdef01234567";
    }
    size_t needed = strlen(name) + 1;
    if (size < needed) {
        return ZX_ERR_BUFFER_TOO_SMALL;
    }
    return user_write(version, name, needed) ? ZX_OK : ZX_ERR_INVALID_ARGS;
}

uint32_t sys_system_get_num_cpus(void) {
    static uint32_t asked;
    return 1 + (asked++ > 0 && fault_on(FAULT_CPUS_DRIFT) ? 1 : 0);
}

uint64_t sys_system_get_physmem(void) {
    static uint64_t asked;
    return pages_bytes() + (asked++ > 0 && fault_on(FAULT_PHYSMEM_DRIFTS) ? PAGE_SIZE : 0);
}

// No feature is on.
zx_status_t sys_system_get_features(uint32_t kind, user_t features) {
    if (kind != ZX_FEATURE_KIND_CPU && !fault_on(FAULT_FEATURES_ANY_KIND)) {
        return ZX_ERR_NOT_SUPPORTED;
    }
    return user_write(features, &(uint32_t){0}, sizeof(uint32_t)) ? ZX_OK : ZX_ERR_INVALID_ARGS;
}

zx_status_t sys_process_exit(int64_t retcode) {
    LOG("userboot: process %s exited with %ld", current_process->name, retcode);
    userboot_done();
}
