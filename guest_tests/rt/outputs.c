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
#define MOST_RANGES 16

typedef struct {
    char* from;
    size_t size;
    char* saved;
    size_t written; /* at the front, by the call's own account */
} Output;

typedef struct {
    const char* from;
    const char* to;
} Input;

static Output outputs[MOST_RANGES];
static Input inputs[MOST_RANGES];
static unsigned output_count, input_count;
static char saved[ZXHIL_SCRATCH_SIZE + 0x1000];
static size_t saved_size;

void outputs_forget(void) {
    output_count = input_count = 0;
    saved_size = 0;
}

void input_add(const void* at, uint64_t size) {
    uintptr_t from = (uintptr_t)at, to = from + size;
    if (input_count == MOST_RANGES) return;
    inputs[input_count++] = (Input){at, (const char*)(to < from ? UINTPTR_MAX : to)};
}

/* How many bytes at `from` may be changed: they are writable and not the runtime's. */
static size_t changeable(char* from, uint64_t size) {
    size_t room = fillable_at(from);
    if (size < room) room = size;
    char* end = zx_own_start;
    if (from >= zx_stack && from < zx_stack_end) {
        /* Below the caller's frame lie those of the runtime. */
        if (from < (char*)__builtin_frame_address(0)) return 0;
        end = zx_stack_end;
    } else if (from >= zx_own_start) {
        if (from < zx_own_end) return 0;
        return room;
    }
    return room < (size_t)(end - from) ? room : (size_t)(end - from);
}

void output_add(void* at, uint64_t size) {
    size_t room = changeable(at, size);
    if (output_count == MOST_RANGES || input_count == MOST_RANGES) return;
    if (room > sizeof(saved) - saved_size) room = sizeof(saved) - saved_size;
    if (!room) return;
    outputs[output_count++] = (Output){at, room, saved + saved_size, 0};
    memcpy(saved + saved_size, at, room);
    saved_size += room;
}

static void fill(char* from, char* to, unsigned input) {
    for (; input < input_count && from < to; ++input) {
        if (inputs[input].from >= to || inputs[input].to <= from) continue;
        if (inputs[input].from > from) fill(from, from + (inputs[input].from - from), input + 1);
        from = inputs[input].to < to ? from + (inputs[input].to - from) : to;
    }
    if (from < to) memset(from, ZXHIL_NOT_WRITTEN, (size_t)(to - from));
}

void outputs_fill(void) {
    for (unsigned i = 0; i < output_count; ++i)
        fill(outputs[i].from, outputs[i].from + outputs[i].size, 0);
}

void output_written(const void* at, uint64_t size) {
    for (unsigned i = 0; i < output_count; ++i)
        if (outputs[i].from == at) outputs[i].written = size < outputs[i].size ? size : outputs[i].size;
}

static void restore(const Output* output) {
    char *at = output->from + output->written, *end = output->from + output->size;
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
    for (unsigned i = 0; i < output_count; ++i) restore(&outputs[i]);
    outputs_forget();
}
