// zx_thread_start, zx_thread_exit: offered where the command line has standin.threads.
#include "syscalls.h"

zx_status_t sys_thread_start(zx_handle_t handle, zx_vaddr_t thread_entry, zx_vaddr_t stack,
                             uintptr_t arg1, uintptr_t arg2) {
    zx_status_t status;
    struct thread* thread = (struct thread*)object_get(
        handle, ZX_OBJ_TYPE_THREAD, ZX_RIGHT_WRITE | ZX_RIGHT_MANAGE_THREAD, &status);
    if (thread == NULL) {
        return status;
    }
    if (thread->started || !thread->process->started) {
        return ZX_ERR_BAD_STATE;
    }
    thread_start(thread, arch_new_context(thread_entry, stack, arg1, arg2));
    return ZX_OK;
}

zx_status_t sys_thread_exit(void) {
    thread_end();
    return ZX_OK;
}
