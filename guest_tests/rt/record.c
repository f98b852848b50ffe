/* The recorder: C and R records around each call that a case makes. */
#include "rt.h"
#include "zxtest.h"

static void record_bytes(const void* first, uint64_t size) {
    const uint8_t* bytes = first;
    for (uint64_t i = 0; i < size; ++i) {
        record_char("0123456789abcdef"[bytes[i] >> 4]);
        record_char("0123456789abcdef"[bytes[i] & 15]);
    }
}

void zx_skip(const char* why) {
    if (!line->stopped_by) line->stopped_by = why;
}

bool call_begin(const zxhil_call_t* call, const void* caller) {
    thread_t* thread = me();
    if (line->stopped_by && !thread->silent) return false;
    if (!call->address) {
        if (!line->stopped_by) line->stopped_by = call->name;
        return false;
    }
    thread->caller = caller;
    thread->separator = ' ';
    outputs_forget();
    if (thread->silent) return true;
    record_open('C');
    record_hex((uint64_t)(call - zx_calls_start));
    return true;
}

/* What stands before the next value: a space; within a struct a comma, and nothing at first. */
static void separate(void) {
    thread_t* thread = me();
    if (thread->separator) record_char(thread->separator);
    if (thread->separator != ' ') thread->separator = ',';
}

static void fields_begin(void) { me()->separator = 0; }

void fields_end(void) { me()->separator = ' '; }

void arg_scalar(uint64_t value) {
    separate();
    record_hex(value);
}

void arg_raw(const void* bytes, unsigned size) {
    separate();
    record_bytes(bytes, size);
}

static void letter(char memory, const void* p, unsigned alignment) {
    bool misaligned = ((uintptr_t)p & (alignment - 1)) != 0;
    separate();
    record_char(misaligned ? (char)(memory - 'a' + 'A') : memory);
}

/* Write a pointer's letter; return whether its range can be read, and is to be recorded. */
static bool pointer(const void* p, uint64_t size, unsigned alignment) {
    char memory = classify(p, size);
    letter(memory, p, alignment);
    return (memory == 'w' || memory == 'r') && !me()->silent;
}

/* All of the bytes if they are few, else the first and a checksum of all. */
static void sample(const void* bytes, uint64_t size) {
    bool whole = size <= ZXHIL_BYTES_WHOLE;
    record_char('=');
    record_bytes(bytes, whole ? size : ZXHIL_BYTES_FIRST);
    if (whole) return;
    record_char('*');
    record_hex(crc32(0, bytes, size));
}

void arg_bytes(const void* bytes, uint64_t size) {
    input_add(bytes, size);
    if (pointer(bytes, size, 1)) sample(bytes, size);
}

uint64_t all_bytes(uint64_t number, uint64_t size) {
    uint64_t product;
    return __builtin_mul_overflow(number, size, &product) ? UINT64_MAX : product;
}

/* Write one element of an array; it may be misaligned. */
typedef void record_element(const void* element);

static void record_handle(const void* at) {
    zx_handle_t handle;
    memcpy(&handle, at, sizeof(handle));
    arg_scalar(handle);
}

static uint64_t shown(uint64_t number) {
    return number < ZXHIL_MAX_ENTRIES ? number : ZXHIL_MAX_ENTRIES;
}

static void entries(const void* first, uint64_t number, unsigned size, record_element* element) {
    char before = me()->separator;
    for (uint64_t i = 0; i < shown(number); ++i) {
        if (i) record_char('.');
        fields_begin();
        element((const char*)first + i * size);
    }
    me()->separator = before;
}

void arg_structs(const void* structs, uint64_t number, unsigned size, unsigned alignment,
                 record_element* element) {
    input_add(structs, number * size);
    if (!pointer(structs, number * size, alignment)) return;
    entries(structs, number, size, element);
    if (number > shown(number)) record_text(".+");
}

void arg_handles(const zx_handle_t* handles, uint64_t number) {
    arg_structs(handles, number, sizeof(*handles), _Alignof(zx_handle_t), record_handle);
}

bool arg_struct(void* copy, const void* from, unsigned size, unsigned alignment) {
    input_add(from, size);
    if (!pointer(from, size, alignment)) return false;
    memcpy(copy, from, size);
    fields_begin();
    return true;
}

void arg_pointer(const void* p, uint64_t size, unsigned alignment) {
    pointer(p, size, alignment);
    input_add(p, size);
}

void arg_futex(const int32_t* futex) {
    int32_t value;
    input_add(futex, sizeof(value));
    if (!pointer(futex, sizeof(value), _Alignof(int32_t))) return;
    memcpy(&value, futex, sizeof(value));
    record_hex((uintptr_t)futex - (uintptr_t)zx_rw_start);
    record_char('=');
    record_hex((uint32_t)value);
}

void arg_out(void* p, uint64_t size, unsigned alignment) {
    letter(classify(p, size), p, alignment);
    output_add(p, size);
}

void arg_out_buffer(void* p, uint64_t size, unsigned alignment) {
    char memory = classify(p, size);
    letter(memory != 'w' && classify(p, 1) == 'w' ? 'p' : memory, p, alignment);
    output_add(p, size);
}

void call_ready(void) {
    record_close();
    outputs_fill();
    me()->no_return = false;
}

void call_ready_alone(void) {
    /* A thread that stops itself could not unlock. */
    if (!me()->no_return) line_lock();
    call_ready();
}

static void returned(void) {
    record_open('R');
    if (me()->holding) line_unlock();
}

void call_returned(zx_status_t status) {
    returned();
    record_decimal(status);
}

void call_returned_value(uint64_t value) {
    returned();
    record_hex(value);
}

void call_returned_nothing(void) {
    returned();
    record_char('-');
}

void no_return(void) {
    thread_t* thread = me();
    if (line->stopped_by) return;
    record_open('N');
    record_hex(thread->number);
    record_close();
    thread->no_return = true;
}

static void nothing(void) {
    separate();
    record_char('-');
}

/* Can what the call wrote be read, and did it stay? */
static bool readable(const void* p, uint64_t size) {
    return classify(p, size) == 'w' && output_lasts(p, size);
}

static bool integer_at(const void* p, unsigned size, uint64_t* value) {
    *value = 0;
    if (!readable(p, size)) return false;
    memcpy(value, p, size); /* little endian */
    return true;
}

void out_integer(const void* p, unsigned size) {
    uint64_t value;
    if (!integer_at(p, size, &value)) {
        nothing();
        return;
    }
    separate();
    record_hex(value);
}

/* How many elements the call reports it wrote. A count above the capacity can't be true. */
static bool written(zx_status_t status, const void* array, uint64_t element, uint64_t room,
                    const void* actual, unsigned actual_size, uint64_t* count) {
    return status == ZX_OK && integer_at(actual, actual_size, count) && *count <= room &&
           (!*count || readable(array, *count * element));
}

void out_bytes(zx_status_t status, const void* bytes, uint64_t size, const void* actual,
               unsigned actual_size) {
    uint64_t count;
    if (!written(status, bytes, 1, size, actual, actual_size, &count)) {
        nothing();
        return;
    }
    output_written(bytes, count);
    separate();
    sample(bytes, count);
}

void out_all_bytes(zx_status_t status, const void* bytes, uint64_t size) {
    if (status != ZX_OK || (size && !readable(bytes, size))) {
        nothing();
        return;
    }
    output_written(bytes, size);
    separate();
    sample(bytes, size);
}

void out_elements(zx_status_t status, const void* elements, uint64_t number, uint64_t size,
                  const size_t* actual) {
    uint64_t count = 1;
    if (actual ? !written(status, elements, size, number, actual, sizeof(*actual), &count)
               : status != ZX_OK || number != 1 || classify(elements, size) != 'w') {
        nothing();
        return;
    }
    output_written(elements, count * size);
    separate();
    sample(elements, count * size);
}

void out_begin(void) {
    separate();
    fields_begin();
}

void out_structs(zx_status_t status, const void* structs, uint64_t number, const void* actual,
                 unsigned actual_size, unsigned size, record_element* element) {
    uint64_t count;
    if (!written(status, structs, size, number, actual, actual_size, &count)) {
        nothing();
        return;
    }
    output_written(structs, count * size);
    separate();
    if (!count) record_char('.');
    entries(structs, count, size, element);
}

void out_handles(zx_status_t status, const zx_handle_t* handles, uint64_t number,
                 const void* actual, unsigned actual_size) {
    out_structs(status, handles, number, actual, actual_size, sizeof(*handles), record_handle);
}

void out_struct(zx_status_t status, const void* at, unsigned size, record_element* element) {
    if (status != ZX_OK || !readable(at, size)) {
        nothing();
        return;
    }
    output_written(at, size);
    separate();
    entries(at, 1, size, element);
}

void out_records(zx_status_t status, const void* buffer, uint64_t size, const void* actual,
                 unsigned actual_size, unsigned record_size, bool one_record) {
    uint64_t count = 1;
    bool counted = actual != NULL || !one_record;
    if (!record_size || size < record_size || status != ZX_OK ||
        (counted && !written(status, buffer, record_size, size / record_size, actual, actual_size,
                             &count)) ||
        (!counted && !readable(buffer, record_size))) {
        nothing();
        return;
    }
    output_written(buffer, count * record_size);
    record_char(' ');
    if (!count) record_char('.');
    record_bytes(buffer, count * record_size);
}

void out_fields(const void* structs, uint64_t number, unsigned size, record_element* fields) {
    if (classify(structs, number * size) != 'w') {
        nothing();
        return;
    }
    separate();
    if (!number) record_char('.');
    entries(structs, number, size, fields);
}

void call_end(void) {
    record_close();
    outputs_restore();
}
