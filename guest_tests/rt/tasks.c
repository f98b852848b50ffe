/* How a case starts threads and processes (zxtest.h). What the oracle follows is recorded; the
 * copy of the program for another process is made by silent calls. */
#include "rt.h"
#include "zxtest.h"

#define PAGE 0x1000u
#define PERM_READ 1u
#define PERM_WRITE 2u
#define PERM_EXECUTE 4u
#define SPECIFIC 0x10u
#define INFO_VMAR 7u
#define JOIN_WITHIN 5000000000 /* ns */

zx_time_t time_after(int64_t nanoseconds) {
    uint64_t time = now();
    if (!time) zx_skip("clock_get_monotonic");
    return (zx_time_t)time + nanoseconds;
}

/* The first function of each thread. */
__attribute__((noreturn)) static void begin_thread(uintptr_t first) {
    thread_run(first);
    zx_thread_exit();
    /* The case was stopped, or it was another program's call. */
    void (*thread_exit)(void) = (void (*)(void))vdso_find("thread_exit");
    if (thread_exit) thread_exit();
    __builtin_trap();
}

zx_handle_t start_thread(void (*entry)(uintptr_t argument), uintptr_t argument) {
    zx_handle_t thread = ZX_HANDLE_INVALID, process = zx_self_process();
    unsigned number = thread_number();
    if (!number || zx_thread_create(process, "thread", 6, 0, &thread) != ZX_OK)
        return ZX_HANDLE_INVALID;
    thread_entry_set(number, 0, entry, argument);
    thread_to_end(number, thread, process);
    zx_thread_start(thread, (zx_vaddr_t)begin_thread, thread_stack(number), 0, 0);
    return thread;
}

void join_thread(zx_handle_t thread) {
    zx_signals_t observed;
    if (!thread) return;
    zx_object_wait_one(thread, ZX_TASK_TERMINATED, time_after(JOIN_WITHIN), &observed);
    zx_handle_close(thread);
}

/* The line's own memory, once a process was started. */
static zx_handle_t line_vmo;
static line_t* line_page;

/* Where the address space of a new process begins. */
static zx_vaddr_t base_of(zx_handle_t vmar) {
    uint64_t info[2] = {0};
    return zx_object_get_info(vmar, INFO_VMAR, info, sizeof(info), NULL, NULL) == ZX_OK ? info[0] : 0;
}

static zx_status_t map_there(zx_handle_t vmar, zx_handle_t vmo, uint64_t offset, const void* at,
                             uint64_t size, uint32_t access) {
    zx_vaddr_t base = base_of(vmar), mapped = 0;
    if (!base) return ZX_ERR_NOT_SUPPORTED;
    return zx_vmar_map(vmar, access | SPECIFIC, (uintptr_t)at - base, vmo, offset,
                       (size + PAGE - 1) & ~(uint64_t)(PAGE - 1), &mapped);
}

/* Kernels of 2019 make VMOs that can't be executed. */
static zx_handle_t executable(zx_handle_t vmo) {
    typedef zx_status_t (*ReplaceCall)(zx_handle_t vmo, zx_handle_t resource, zx_handle_t* out);
    ReplaceCall replace = (ReplaceCall)vdso_find("vmo_replace_as_executable");
    zx_handle_t made = ZX_HANDLE_INVALID;
    return replace && replace(vmo, ZX_HANDLE_INVALID, &made) == ZX_OK ? made : vmo;
}

/* All but the trace's pages, which this process alone writes. */
static zx_status_t copy_bytes(zx_handle_t vmo, const char* from, const char* to) {
    const char *pages = (const char*)trace_pages, *after = pages + sizeof(trace_pages);
    if (to <= pages || from >= after) return zx_vmo_write(vmo, from, 0, (uint64_t)(to - from));
    zx_status_t status = zx_vmo_write(vmo, from, 0, (uint64_t)(pages - from));
    if (status != ZX_OK) return status;
    return zx_vmo_write(vmo, after, (uint64_t)(after - from), (uint64_t)(to - after));
}

static zx_status_t copy_segment(zx_handle_t vmar, const char* from, const char* to, uint32_t access) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    uint64_t size = (uint64_t)(to - from);
    zx_status_t status = zx_vmo_create(size, 0, &vmo);
    if (status == ZX_OK) status = copy_bytes(vmo, from, to);
    if (status == ZX_OK && access & PERM_EXECUTE) vmo = executable(vmo);
    if (status == ZX_OK) status = map_there(vmar, vmo, 0, from, size, access);
    zx_handle_close(vmo);
    return status;
}

static zx_status_t map_vdso(zx_handle_t vmar) {
    zx_handle_t vmo = zx_vdso_vmo();
    vdso_segment_t segment;
    zx_status_t status = ZX_OK;
    for (unsigned i = 0; status == ZX_OK && vdso_segment(i, &segment); ++i)
        status = map_there(vmar, vmo, segment.offset, (const void*)segment.at, segment.size,
                           segment.executable ? PERM_READ | PERM_EXECUTE : PERM_READ);
    return status;
}

static zx_status_t share_line(void) {
    zx_vaddr_t at = 0;
    if (line_page) return ZX_OK;
    zx_status_t status = zx_vmo_create(PAGE, 0, &line_vmo);
    if (status == ZX_OK)
        status = zx_vmar_map(zx_root_vmar(), PERM_READ | PERM_WRITE, 0, line_vmo, 0, PAGE, &at);
    if (status != ZX_OK) return status;
    line_page = (line_t*)at;
    line_move(line_page);
    return ZX_OK;
}

static zx_status_t make_copy(zx_handle_t vmar) {
    me()->silent = true;
    zx_status_t status = share_line();
    if (status == ZX_OK)
        status = map_there(vmar, line_vmo, 0, line_page, PAGE, PERM_READ | PERM_WRITE);
    if (status == ZX_OK) status = copy_segment(vmar, zx_ro_start, zx_ro_end, PERM_READ);
    if (status == ZX_OK) status = copy_segment(vmar, zx_rw_start, zx_rw_end, PERM_READ | PERM_WRITE);
    if (status == ZX_OK) status = copy_segment(vmar, zx_rx_start, zx_rx_end, PERM_READ | PERM_EXECUTE);
    if (status == ZX_OK) status = map_vdso(vmar);
    me()->silent = false;
    return status;
}

static unsigned process_number(void) {
    line_lock();
    unsigned number = line->processes < ZXHIL_MOST_PROCESSES ? ++line->processes : 0;
    if (!number && !line->stopped_by) line->stopped_by = "@threads";
    line_unlock();
    return number;
}

/* A handle is passed where a thread of this process has its argument. */
static void (*entry_of_process)(zx_handle_t given);

static void enter_process(uintptr_t given) { entry_of_process((zx_handle_t)given); }

process_t start_process(void (*entry)(zx_handle_t given), zx_handle_t given) {
    return start_process_in(zx_default_job(), entry, given);
}

process_t start_process_in(zx_handle_t job, void (*entry)(zx_handle_t given), zx_handle_t given) {
    process_t made = {0, 0, 0};
    unsigned number = thread_number(), process = process_number();
    if (!number || !process ||
        zx_process_create(job, "another", 7, 0, &made.h, &made.vmar) != ZX_OK ||
        zx_thread_create(made.h, "first", 5, 0, &made.thread) != ZX_OK)
        return made;
    entry_of_process = entry;
    thread_entry_set(number, process, enter_process, 0);
    thread_to_end(number, made.h, zx_default_job());
    if (make_copy(made.vmar) != ZX_OK) {
        if (!line->stopped_by) line->stopped_by = "@copy";
        return made;
    }
    zx_process_start(made.h, made.thread, (zx_vaddr_t)begin_thread, thread_stack(number), given, 0);
    return made;
}

void join_process(process_t process) {
    zx_signals_t observed;
    if (!process.h) return;
    zx_object_wait_one(process.h, ZX_TASK_TERMINATED, time_after(JOIN_WITHIN), &observed);
    zx_handle_close(process.thread);
    zx_handle_close(process.vmar);
    zx_handle_close(process.h);
}
