/* The recorder: C and R records around each call that a case makes. */
#include "rt.h"

unsigned calls_made;
const char* stopped_by;

bool call_begin(const zxhil_call_t* call) {
    if (stopped_by) return false;
    if (!call->address) {
        stopped_by = call->name;
        return false;
    }
    ++calls_made;
    record_open('C');
    record_hex((uint64_t)(call - zx_calls_start));
    return true;
}

void arg_scalar(uint64_t value) {
    record_char(' ');
    record_hex(value);
}

/* Write a pointer's letter; return whether its range can be read. */
static bool pointer(const void* p, uint64_t size, unsigned alignment) {
    char memory = classify(p, size);
    bool misaligned = ((uintptr_t)p & (alignment - 1)) != 0;
    record_char(' ');
    record_char(misaligned ? (char)(memory - 'a' + 'A') : memory);
    return memory == 'w' || memory == 'r';
}

void arg_bytes(const void* bytes, uint64_t size) {
    if (pointer(bytes, size, 1)) record_hex(crc32(0, bytes, size));
}

static uint32_t word_at(const void* words, uint64_t index) {
    uint32_t value; /* the pointer may be misaligned */
    memcpy(&value, (const char*)words + index * sizeof(value), sizeof(value));
    return value;
}

/* Write entries of `width` 32-bit words each. */
static void entries(const void* first, uint64_t number, unsigned width) {
    uint64_t shown = number < ZXHIL_MAX_ENTRIES ? number : ZXHIL_MAX_ENTRIES;
    for (uint64_t i = 0; i < shown; ++i) {
        if (i) record_char('.');
        for (unsigned word = 0; word < width; ++word) {
            if (word) record_char(',');
            record_hex(word_at(first, i * width + word));
        }
    }
    if (number > shown) record_text(".+");
}

void arg_handles(const zx_handle_t* handles, uint64_t number) {
    if (pointer(handles, number * sizeof(*handles), _Alignof(zx_handle_t)))
        entries(handles, number, 1);
}

void arg_dispositions(const zx_handle_disposition_t* dispositions, uint64_t number) {
    if (pointer(dispositions, number * sizeof(*dispositions), _Alignof(zx_handle_disposition_t)))
        entries(dispositions, number, sizeof(*dispositions) / sizeof(uint32_t));
}

void arg_out(const void* p, uint64_t size, unsigned alignment) { pointer(p, size, alignment); }

void call_ready(void) { record_close(); }

void call_returned(zx_status_t status) {
    record_open('R');
    record_decimal(status);
}

void call_returned_value(uint64_t value) {
    record_open('R');
    record_hex(value);
}

void call_returned_nothing(void) {
    record_open('R');
    record_char('-');
}

static void nothing(void) { record_text(" -"); }

static bool integer_at(const void* p, unsigned size, uint64_t* value) {
    *value = 0;
    if (classify(p, size) != 'w') return false;
    memcpy(value, p, size); /* little endian */
    return true;
}

void out_integer(const void* p, unsigned size) {
    uint64_t value;
    if (!integer_at(p, size, &value)) {
        nothing();
        return;
    }
    record_char(' ');
    record_hex(value);
}

/* How many elements the call reports it wrote. A count above the capacity can't be true. */
static bool written(zx_status_t status, const void* array, uint64_t element, uint64_t room,
                    const void* actual, unsigned actual_size, uint64_t* count) {
    return status == ZX_OK && integer_at(actual, actual_size, count) && *count <= room &&
           (!*count || classify(array, *count * element) == 'w');
}

void out_bytes(zx_status_t status, const void* bytes, uint64_t size, const void* actual,
               unsigned actual_size) {
    uint64_t count;
    if (!written(status, bytes, 1, size, actual, actual_size, &count)) {
        nothing();
        return;
    }
    record_char(' ');
    record_hex(crc32(0, bytes, count));
}

static void out_entries(zx_status_t status, const void* array, unsigned width, uint64_t number,
                        const void* actual, unsigned actual_size) {
    uint64_t count;
    if (!written(status, array, width * sizeof(uint32_t), number, actual, actual_size, &count)) {
        nothing();
        return;
    }
    record_char(' ');
    if (!count) record_char('.');
    entries(array, count, width);
}

void out_handles(zx_status_t status, const zx_handle_t* handles, uint64_t number,
                 const void* actual, unsigned actual_size) {
    out_entries(status, handles, 1, number, actual, actual_size);
}

void out_infos(zx_status_t status, const zx_handle_info_t* infos, uint64_t number,
               const void* actual, unsigned actual_size) {
    out_entries(status, infos, sizeof(*infos) / sizeof(uint32_t), number, actual, actual_size);
}

void out_records(zx_status_t status, const void* buffer, uint64_t size, const void* actual,
                 unsigned actual_size, unsigned record_size, bool one_record) {
    uint64_t count = 1;
    bool counted = actual != NULL || !one_record;
    if (!record_size || size < record_size || status != ZX_OK ||
        (counted && !written(status, buffer, record_size, size / record_size, actual, actual_size,
                             &count)) ||
        (!counted && classify(buffer, record_size) != 'w')) {
        nothing();
        return;
    }
    record_char(' ');
    if (!count) record_char('.');
    const uint8_t* bytes = buffer;
    for (uint64_t i = 0; i < count * record_size; ++i) {
        record_char("0123456789abcdef"[bytes[i] >> 4]);
        record_char("0123456789abcdef"[bytes[i] & 15]);
    }
}

void out_results(const zx_handle_disposition_t* dispositions, uint64_t number) {
    if (classify(dispositions, number * sizeof(*dispositions)) != 'w') {
        nothing();
        return;
    }
    record_char(' ');
    if (!number) record_char('.');
    for (uint64_t i = 0; i < number && i < ZXHIL_MAX_ENTRIES; ++i) {
        if (i) record_char('.');
        record_hex(word_at(dispositions, i * 5 + 4));
    }
}

void call_end(void) { record_close(); }
