/* Output memory during a call. Before the call it is filled with a pattern that no call returns, so
 * that an output which the call did not write is seen. After the call, what still has the pattern
 * gets its former content back: for a case nothing has changed but what the call wrote.
 *
 * A case may give a call more room than there is, as long as no more than what there is gets
 * written. So the pattern may cover anything that lies behind the output, such as the frames of the
 * case, and is gone before the case goes on. Only the runtime's own memory is left out, and what
 * the call reads. */
#include "rt.h"

typedef uint64_t __attribute__((aligned(1), may_alias)) word_t;
typedef uint32_t __attribute__((aligned(1), may_alias)) half_t;

#define PATTERN (ZXHIL_NOT_WRITTEN * 0x0101010101010101u)
static char saved_first[ZXHIL_SCRATCH_SIZE + 0x1000];
/* Of what other threads' calls write, less is filled. */
static char saved_others[ZXHIL_MOST_THREADS][0x2000];

void outputs_forget(void) {
    thread_t* thread = me();
    thread->output_count = thread->input_count = 0;
    thread->saved_size = 0;
}

void input_add(const void* at, uint64_t size) {
    thread_t* thread = me();
    uintptr_t from = (uintptr_t)at, to = from + size;
    if (thread->input_count == MOST_RANGES) return;
    thread->inputs[thread->input_count++] = (input_t){at, (const char*)(to < from ? UINTPTR_MAX : to)};
}

static const char* stack_start(const thread_t* thread) {
    return thread->number ? thread_stacks[thread->number - 1] : zx_stack;
}

static const char* stack_end(const thread_t* thread) {
    return stack_start(thread) + (thread->number ? THREAD_STACK_SIZE : STACK_SIZE);
}

/* How many bytes at `from` may be changed: they are writable and not the runtime's. */
static size_t changeable(const thread_t* thread, char* from, uint64_t size) {
    size_t room = fillable_at(from);
    if (size < room) room = size;
    const char* end = zx_own_start;
    if (from >= stack_start(thread) && from < stack_end(thread)) {
        /* Below the caller's frame lie those of the runtime. */
        if (from < thread->caller) return 0;
        end = stack_end(thread);
    } else if (from >= zx_own_start) {
        if (from < zx_own_end) return 0;
        return room;
    }
    return room < (size_t)(end - from) ? room : (size_t)(end - from);
}

void output_add(void* at, uint64_t size) {
    thread_t* thread = me();
    char* saved = thread->number ? saved_others[thread->number - 1] : saved_first;
    size_t left = thread->number ? sizeof(saved_others[0]) : sizeof(saved_first);
    if (thread->silent || thread->output_count == MOST_RANGES) return;
    size_t room = changeable(thread, at, size);
    left -= thread->saved_size;
    if (room > left) room = left;
    if (thread->input_count == MOST_RANGES) room = 0;
    saved += thread->saved_size;
    thread->outputs[thread->output_count++] = (output_t){at, size, room, saved, 0};
    memcpy(saved, at, room);
    thread->saved_size += room;
}

/* May the call have written `size` bytes at `from` through this output? Calls write from the front:
 * not if bytes before still have the pattern. Four of them, as one may be what was written. */
static bool reaches(const output_t* output, const char* from, uint64_t size) {
    if (output->from >= from) return output->size && (size_t)(output->from - from) < size;
    size_t before = (size_t)(from - output->from);
    if (before >= output->size) return false;
    if (before > output->filled) return true;
    for (unsigned left = 0; before; --before) {
        left = (uint8_t)output->from[before - 1] == ZXHIL_NOT_WRITTEN ? left + 1 : 0;
        if (left == 4) return false;
    }
    return true;
}

bool output_lasts(const void* at, uint64_t size) {
    const thread_t* thread = me();
    const char *from = at, *start = stack_start(thread);
    if (thread->caller >= start && thread->caller < stack_end(thread) && from < thread->caller &&
        from + size > start)
        return false;
    unsigned there = 0;
    for (unsigned i = 0; size && i < thread->output_count; ++i)
        if (reaches(&thread->outputs[i], from, size)) ++there;
    return there < 2;
}

static void fill(const thread_t* thread, char* from, char* to, unsigned input) {
    const input_t* inputs = thread->inputs;
    for (; input < thread->input_count && from < to; ++input) {
        if (inputs[input].from >= to || inputs[input].to <= from) continue;
        if (inputs[input].from > from) fill(thread, from, from + (inputs[input].from - from), input + 1);
        from = inputs[input].to < to ? from + (inputs[input].to - from) : to;
    }
    if (from < to) memset(from, ZXHIL_NOT_WRITTEN, (size_t)(to - from));
}

void outputs_fill(void) {
    thread_t* thread = me();
    for (unsigned i = 0; i < thread->output_count; ++i)
        fill(thread, thread->outputs[i].from, thread->outputs[i].from + thread->outputs[i].filled, 0);
}

void output_written(const void* at, uint64_t size) {
    thread_t* thread = me();
    for (unsigned i = 0; i < thread->output_count; ++i) {
        output_t* output = &thread->outputs[i];
        if (output->from == at) output->written = size < output->filled ? size : output->filled;
    }
}

static void restore(const output_t* output) {
    char *at = output->from + output->written, *end = output->from + output->filled;
    const char* former = output->saved + output->written;
    for (; end - at >= 8; at += 8, former += 8) {
        if (*(word_t*)(void*)at == PATTERN) {
            *(word_t*)(void*)at = *(const word_t*)(const void*)former;
            continue;
        }
        for (unsigned half = 0; half < 8; half += 4)
            if (*(half_t*)(void*)(at + half) == (uint32_t)PATTERN)
                *(half_t*)(void*)(at + half) = *(const half_t*)(const void*)(former + half);
    }
    if (end - at >= 4 && *(half_t*)(void*)at == (uint32_t)PATTERN)
        *(half_t*)(void*)at = *(const half_t*)(const void*)former;
    if (end - at >= 4) at += 4, former += 4;
    for (; at < end; ++at, ++former)
        if (*(uint8_t*)at == ZXHIL_NOT_WRITTEN) *at = *former;
}

void outputs_restore(void) {
    thread_t* thread = me();
    for (unsigned i = 0; i < thread->output_count; ++i) restore(&thread->outputs[i]);
    outputs_forget();
}
