/* The threads of a case, and what they share. Each has a stack of its own, which tells which thread
 * runs: there is no thread-local storage.
 *
 * Another process that a case starts runs on a copy of the program at the same addresses. It has a
 * copy of all of this but for `line`, which both map. */
#include "rt.h"
#include "zxtest.h"

__attribute__((aligned(4096))) char thread_stacks[ZXHIL_MOST_THREADS][THREAD_STACK_SIZE];
thread_t threads[ZXHIL_MOST_THREADS + 1];
line_t* line;

static line_t first_line;

typedef struct {
    void (*entry)(uintptr_t argument);
    uintptr_t argument;
    unsigned process;
    /* The task to kill at the end, and how to find it again. */
    zx_handle_t task, parent;
    zx_koid_t koid;
} start_t;

static start_t starts[ZXHIL_MOST_THREADS + 1];

void line_prepare(void) { line = &first_line; }

static void yield(void) {
    zx_status_t (*nanosleep)(int64_t) = (zx_status_t (*)(int64_t))vdso_find("nanosleep");
    if (nanosleep) nanosleep(0);
}

void line_lock(void) {
    thread_t* thread = me();
    if (thread->holding++) return;
    /* Whoever holds it may move the line. */
    while (__atomic_exchange_n(&__atomic_load_n(&line, __ATOMIC_ACQUIRE)->lock, 1, __ATOMIC_ACQUIRE))
        yield();
}

void line_unlock(void) {
    thread_t* thread = me();
    if (!--thread->holding) __atomic_store_n(&line->lock, 0, __ATOMIC_RELEASE);
}

void line_move(line_t* to) {
    line_lock();
    *to = *line;
    __atomic_store_n(&line, to, __ATOMIC_RELEASE);
    line_unlock();
}

unsigned thread_number(void) {
    line_lock();
    unsigned number = line->threads < ZXHIL_MOST_THREADS ? ++line->threads : 0;
    if (!number && !line->stopped_by) line->stopped_by = "@threads";
    line_unlock();
    return number;
}

void thread_entry_set(unsigned number, unsigned process, void entry(uintptr_t), uintptr_t argument) {
    starts[number] = (start_t){entry, argument, process, 0, 0, 0};
    threads[number] = (thread_t){.number = number};
}

void thread_run(uintptr_t first) {
    const thread_t* thread = me();
    const start_t* start = &starts[thread->number];
    if (start->process) wire_leave_memory();
    record_open('T');
    record_hex(thread->number);
    record_char(' ');
    record_hex(start->process);
    record_close();
    if (!start->process) {
        start->entry(start->argument);
        return;
    }
    mappings_prepare();
    args_replace((zx_handle_t)first, start->process);
    start->entry(first);
}

zx_vaddr_t thread_stack(unsigned number) {
    zx_vaddr_t end = (zx_vaddr_t)(thread_stacks[number - 1] + THREAD_STACK_SIZE);
#if defined(__x86_64__)
    /* As after a call: the address to return to lies there. */
    end -= 8;
#endif
    return end;
}

typedef zx_status_t (*InfoCall)(zx_handle_t handle, uint32_t topic, void* buffer, size_t size,
                                size_t* actual, size_t* avail);
typedef zx_status_t (*ChildCall)(zx_handle_t parent, uint64_t koid, zx_rights_t rights,
                                 zx_handle_t* out);
typedef zx_status_t (*WaitCall)(zx_handle_t handle, zx_signals_t signals, int64_t deadline,
                                zx_signals_t* observed);
typedef zx_status_t (*HandleCall)(zx_handle_t handle);

static zx_koid_t koid_of(zx_handle_t handle) {
    zx_info_handle_basic_t basic = {0};
    InfoCall get_info = (InfoCall)vdso_find("object_get_info");
    if (!get_info ||
        get_info(handle, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), NULL, NULL) != ZX_OK)
        return 0;
    return basic.koid;
}

void thread_to_end(unsigned number, zx_handle_t task, zx_handle_t parent) {
    starts[number].task = task;
    starts[number].parent = parent;
    starts[number].koid = koid_of(task);
}

/* Not by a handle that is kept from the start: a case may count the handles to a task. */
static zx_handle_t found_again(const start_t* start) {
    ChildCall get_child = (ChildCall)vdso_find("object_get_child");
    zx_handle_t task = ZX_HANDLE_INVALID;
    if (get_child && get_child(start->parent, start->koid, ZX_RIGHT_SAME_RIGHTS, &task) == ZX_OK)
        return task;
    return koid_of(start->task) == start->koid ? start->task : ZX_HANDLE_INVALID;
}

#define END_WITHIN 5000000000u /* ns */

static void end_task(const start_t* start) {
    HandleCall kill = (HandleCall)vdso_find("task_kill"), close = (HandleCall)vdso_find("handle_close");
    WaitCall wait = (WaitCall)vdso_find("object_wait_one");
    zx_handle_t task = start->koid ? found_again(start) : ZX_HANDLE_INVALID;
    if (!task || !kill || !wait || !close) return;
    kill(task);
    wait(task, ZX_TASK_TERMINATED, (int64_t)(now() + END_WITHIN), NULL);
    close(task);
}

void threads_end(void) {
    /* Nobody is killed who holds the lock. */
    line_lock();
    for (unsigned number = 1; number <= line->threads; ++number) {
        end_task(&starts[number]);
        starts[number].koid = 0;
    }
    line->threads = line->processes = 0;
    line_unlock();
}
