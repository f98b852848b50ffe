/* Programs of `zxhil explore`: the harness writes their text into the file, and each is a case.
 *
 * Beside the operations of the shell a program has these: `R offset register size` stores a register
 * in memory, `S register offset size` loads one from there, `K offset stride count` keeps handles
 * that lie there, to be closed when the program ends. Where it has a second thread, whose text follows
 * a '|': `T` starts it, `D` counts a call of this thread, `A count` waits until the other one has made
 * as many, `J` waits for its end. */
#include "live.h"
#include "../rt.h"
#include "zxtest.h"

#define HANDLES_MAX 4096

/* The number of programs, where the text of each begins, and the texts: in the file, or written into
 * saved memory. */
__attribute__((section("zx_explore"), used, aligned(ZXHIL_EXPLORE_PAGE))) volatile struct {
    uint32_t count;
    uint32_t at[ZXHIL_MOST_CASES];
    char text[ZXHIL_EXPLORE_TEXT];
} explore_programs = {.text = {0}};

static zx_handle_t kept[HANDLES_MAX];
static unsigned kept_count;

/* The first thread and the second: how many calls each has made. */
static unsigned made[2];
static bool ended;
static zx_handle_t second;

static bool move(const char** text, bool to_memory) {
    uint64_t first = interpret_number(text), second = interpret_number(text);
    uint64_t offset = to_memory ? first : second, which = to_memory ? second : first;
    uint64_t size = interpret_number(text);
    if (which >= INTERPRET_REGISTERS || size > sizeof(uint64_t) || !interpret_in_scratch(offset, size))
        return false;
    char* memory = zx_writable_edge + offset;
    uint64_t* value = &interpret_registers[which];
    if (to_memory) {
        memcpy(memory, value, size);
    } else {
        *value = 0;
        memcpy(value, memory, size);
    }
    return true;
}

static bool keep(const char** text) {
    uint64_t offset = interpret_number(text), stride = interpret_number(text);
    for (uint64_t left = interpret_number(text); left; --left, offset += stride) {
        zx_handle_t handle;
        if (!interpret_in_scratch(offset, sizeof(handle))) return false;
        memcpy(&handle, zx_writable_edge + offset, sizeof(handle));
        if (!handle) continue;
        unsigned place = __atomic_fetch_add(&kept_count, 1, __ATOMIC_RELAXED);
        if (place < HANDLES_MAX) kept[place] = handle;
    }
    return true;
}

/* The first registers have the handles that the harness's `BOOTSTRAP` lists, in its order. */
static void give_registers(void) {
    zx_handle_t given[] = {zx_self_process(), zx_self_thread(), zx_default_job(), zx_root_vmar(),
                           zx_root_resource()};
    memset(interpret_registers, 0, sizeof(interpret_registers));
    for (unsigned i = 0; i < COUNT(given); ++i) interpret_registers[i] = given[i];
    /* A program that is not given one of them has 0 there. */
    line->stopped_by = NULL;
}

/* Not recorded: the program has ended. */
static void close_kept(void) {
    typedef zx_status_t (*CloseCall)(zx_handle_t handle);
    CloseCall close = (CloseCall)vdso_find("handle_close");
    if (kept_count > HANDLES_MAX) kept_count = HANDLES_MAX;
    while (kept_count) {
        zx_handle_t handle = kept[--kept_count];
        if (close && !args_hold(handle)) close(handle);
    }
}

static void yield(void) {
    zx_status_t (*nanosleep)(int64_t) = (zx_status_t (*)(int64_t))vdso_find("nanosleep");
    if (nanosleep) nanosleep(0);
}

static void await_calls(unsigned of, uint64_t count) {
    while (__atomic_load_n(&made[of], __ATOMIC_ACQUIRE) < count && !line->stopped_by) {
        if (of && __atomic_load_n(&ended, __ATOMIC_ACQUIRE)) return;
        yield();
    }
}

/* Silently, so that the recorded wait ends at once. */
static void await_end(void) {
    typedef zx_status_t (*WaitCall)(zx_handle_t, zx_signals_t, zx_time_t, zx_signals_t*);
    WaitCall wait = (WaitCall)vdso_find("object_wait_one");
    if (!second) return;
    while (wait && wait(second, ZX_TASK_TERMINATED, 0, NULL) == ZX_ERR_TIMED_OUT) yield();
    join_thread(second);
    second = ZX_HANDLE_INVALID;
}

static const char* text_of_second(const char* text) {
    while (*text && *text != '|') ++text;
    return *text ? text + 1 : text;
}

static void run_second(uintptr_t text);

static void run(const char* text, unsigned thread) {
    bool understood = true;
    while (*text && *text != '|' && understood && !line->stopped_by) {
        switch (*text++) {
        case 'W': understood = interpret_put(&text); break;
        case 'F': understood = interpret_fill(&text); break;
        case 'R': understood = move(&text, true); break;
        case 'S': understood = move(&text, false); break;
        case 'K': understood = keep(&text); break;
        case 'X': understood = interpret_call(&text); break;
        case 'T': second = start_thread(run_second, (uintptr_t)text_of_second(text)); break;
        case 'D': __atomic_fetch_add(&made[thread], 1, __ATOMIC_RELEASE); break;
        case 'A': await_calls(!thread, interpret_number(&text)); break;
        case 'J': await_end(); break;
        case ';': break;
        default: understood = false;
        }
    }
    if (!understood) zx_skip("@program");
}

static void run_second(uintptr_t text) {
    run((const char*)text, 1);
    __atomic_store_n(&ended, true, __ATOMIC_RELEASE);
}

/* A call that reads past its array must not find a handle that the program before left there. */
static void clear_scratch(void) {
    volatile uint64_t* word = (volatile uint64_t*)(void*)zx_writable_edge;
    for (unsigned i = 0; i < sizeof(zx_writable_edge) / sizeof(*word); ++i) word[i] = 0;
}

void explore_run(unsigned number) {
    if (number >= explore_programs.count) return;
    clear_scratch();
    give_registers();
    made[0] = made[1] = 0;
    ended = false;
    run((const char*)explore_programs.text + explore_programs.at[number], 0);
    await_end();
    close_kept();
}
