/* Internal to the runtime. Cases include zxtest.h instead. */
#pragma once
#include "zx.h"

/* The runtime's own variables lie together, apart from those of the cases (guest.ld). */
#pragma clang section bss = ".bss.own" data = ".data.own"

#pragma GCC visibility push(hidden)

/* Set by guest.ld. Between ro_end and rw_start, and between rw_end and rx_start, lie pages that
 * belong to the image's address range and are never mapped. */
extern char zx_ro_start[], zx_ro_end[];
extern char zx_rw_start[], zx_rw_end[];
extern char zx_rx_start[], zx_rx_end[];
/* The runtime's own writable memory, stack included. */
extern char zx_own_start[], zx_own_end[];

/* start.c: the stack that the program runs on. */
#define STACK_SIZE 0x10000
extern char zx_stack[];
#define zx_stack_end (zx_stack + STACK_SIZE)

/* memory.c */
void* memcpy(void* restrict to, const void* restrict from, size_t size);
void* memset(void* to, int byte, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t text_length(const char* text);
bool text_equal(const char* a, const char* b, size_t b_length);
void crc_prepare(void);
/* Continue a CRC-32 (start with 0). */
uint32_t crc32(uint32_t crc, const void* bytes, size_t size);

/* mappings.c */
void mappings_prepare(void);
/* 'n', 'w', 'r' or 'x' (docs/trace.md); an empty range is classified by its first byte. */
char classify(const void* pointer, uint64_t size);
/* How many bytes from here on may be filled: writable memory of the program's file. What a case
 * mapped may be the same memory as what a call reads. */
size_t fillable_at(const void* pointer);
/* After a call that changes the address space. */
void mappings_allocated(zx_status_t status, zx_handle_t parent, uint64_t size,
                        const zx_handle_t* child, const zx_vaddr_t* at);
void mappings_destroyed(zx_status_t status, zx_handle_t handle);
void mappings_mapped(zx_status_t status, zx_handle_t handle, uint32_t options, zx_handle_t vmo,
                     uint64_t vmo_offset, uint64_t size, const zx_vaddr_t* at);
void mappings_unmapped(zx_status_t status, zx_handle_t handle, zx_vaddr_t at, uint64_t size);
void mappings_protected(zx_status_t status, zx_handle_t handle, uint32_t options, zx_vaddr_t at,
                        uint64_t size);
void mappings_resized(zx_status_t status, zx_handle_t vmo, uint64_t size);

/* vdso.c */
void vdso_open(const void* base);
/* Find `zx_NAME`; 0 if this kernel's vDSO has no such symbol. */
uintptr_t vdso_find(const char* name);

/* wire.c: one record at a time, cut into frames. */
/* Number frames from 0, with checksums seeded by `nonce`; 0: not seeded. */
void wire_open(uint32_t nonce);
void record_open(char kind);
void record_char(char c);
void record_text(const char* text);
void record_hex(uint64_t value);
void record_decimal(int64_t value);
void record_close(void);
/* Keep the text of the following records, up to `room` bytes; NULL: stop. */
void wire_keep(char* to, size_t room);
/* Write the kept records again; the kept text ends with a NUL. */
void wire_again(const char* kept);

/* age.c: determine the kernel's age from the vDSO, once; then return whether the prototype of the call
 * in this slot certainly holds. Days are numbers like 20180731. */
typedef struct {
    uint32_t born_after;
    uint32_t born_by;
    uint32_t gone_after;
    uint32_t gone_by;
} age_witness_t;
extern uint32_t age_earliest, age_latest;
void age_conclude(void);
bool age_holds(const zxhil_call_t* call);
/* Write the G record. */
void age_announce(void);

/* main.c: begin a trace: program, number of cases, kernel, and bootstrap handles. */
void announce(unsigned count);

/* args.c: the bootstrap message. */
void args_read(zx_handle_t bootstrap);
/* Write an H record for each handle. */
void args_announce(void);
/* The rest of the argument that begins with `prefix`; NULL if none does. */
const char* args_find(const char* prefix);
/* The root VMAR; 0 if there is none. */
zx_handle_t args_root_vmar(void);
/* The resource handles among them, counted from 0; 0 if there are no more. */
zx_handle_t args_resource(unsigned nth);
/* The channel of file descriptor 0, as a shell gives it; 0 if there is none. */
zx_handle_t args_input(void);

/* outputs.c: the memory that a call writes and reads. First add each range, then fill the outputs,
 * and restore what the call left of the filling. */
void outputs_forget(void);
void input_add(const void* at, uint64_t size);
void output_add(void* at, uint64_t size);
void outputs_fill(void);
/* The call reports that it wrote the first `size` bytes of the output there. */
void output_written(const void* at, uint64_t size);
void outputs_restore(void);

/* record.c: what the generated wrappers are made of. */
extern unsigned calls_made;
/* Why the running case was stopped: the name of an absent call, or what else an S record has there
 * (docs/trace.md). 0 while it runs. Once it is set, wrappers make no calls. */
extern const char* stopped_by;
bool call_begin(const zxhil_call_t* call);
void arg_scalar(uint64_t value);
void arg_bytes(const void* bytes, uint64_t size);
/* The size of `number` elements of `size` bytes, or the largest number if it is larger. */
uint64_t all_bytes(uint64_t number, uint64_t size);
void arg_handles(const zx_handle_t* handles, uint64_t number);
/* `element` records one struct of an array. */
void arg_structs(const void* structs, uint64_t number, unsigned size, unsigned alignment,
                 void element(const void*));
/* One struct with pointers: if it can be read, it is copied, and its fields follow, up to `fields_end`. */
bool arg_struct(void* copy, const void* from, unsigned size, unsigned alignment);
void fields_end(void);
/* A field that is not looked into. */
void arg_raw(const void* bytes, unsigned size);
/* To memory of which nothing is recorded: the call may read it. */
void arg_pointer(const void* pointer, uint64_t size, unsigned alignment);
/* To memory that the call only writes. */
void arg_out(void* pointer, uint64_t size, unsigned alignment);
void call_ready(void);
void call_returned(zx_status_t status);
void call_returned_value(uint64_t value);
void call_returned_nothing(void);
void out_integer(const void* pointer, unsigned size);
/* `actual_size` is the size in bytes of the integer at `actual`. */
void out_bytes(zx_status_t status, const void* bytes, uint64_t size, const void* actual,
               unsigned actual_size);
/* `number` elements of `size` bytes, of which the call wrote `actual`; without that, one of one. */
void out_elements(zx_status_t status, const void* elements, uint64_t number, uint64_t size,
                  const size_t* actual);
void out_handles(zx_status_t status, const zx_handle_t* handles, uint64_t number,
                 const void* actual, unsigned actual_size);
void out_structs(zx_status_t status, const void* structs, uint64_t number, const void* actual,
                 unsigned actual_size, unsigned size, void element(const void*));
void out_struct(zx_status_t status, const void* at, unsigned size, void element(const void*));
/* `record_size` is 0 for a topic that the recorder does not know. */
void out_records(zx_status_t status, const void* buffer, uint64_t size, const void* actual,
                 unsigned actual_size, unsigned record_size, bool one_record);
/* The fields that a call writes of structs that it reads, whatever the status. */
void out_fields(const void* structs, uint64_t number, unsigned size, void fields(const void*));
/* What a call writes through the pointers in a struct: these follow, up to `fields_end`. */
void out_begin(void);
void call_end(void);

/* The calls that the program makes, by slot: the linker keeps the entries of those wrappers alone
 * that something calls, and numbers them. */
extern zxhil_call_t zx_calls_start[], zx_calls_end[];

/* zx_calls.c, generated. */
#define CALL(name, changed, ended) \
    static zxhil_call_t call_##name __asm__(".Lcall_" #name) \
        __attribute__((section("zx_calls." #name))) = {0, changed, ended, 0, #name}
extern const uint32_t age_horizon;
extern const char zx_witness_names[];
extern const age_witness_t zx_witnesses[];
extern const unsigned zx_witness_count;

#pragma GCC visibility pop
