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

/* main.c: the kernel is the stand-in, which has some of the topics and calls only. */
extern bool on_standin;

/* start.c: the stack of the program's first thread. */
#define STACK_SIZE 0x10000
extern char zx_stack[];

/* threads.c: those that a case starts, each with a stack of its own, by which it is known. */
#define THREAD_STACK_SIZE 0x8000
extern char thread_stacks[ZXHIL_MOST_THREADS][THREAD_STACK_SIZE];

#define MOST_RANGES 16
#define STAMP_ROOM 12 /* a character for the thread, 11 digits of time */
#define BODY_AT (STAMP_ROOM + ZXHIL_FRAME_HEADER)

typedef struct {
    char* from;
    size_t size;    /* by what the case passed */
    size_t filled;  /* how much of it got the pattern */
    char* saved;
    size_t written; /* at the front, by the call's own account */
} output_t;

typedef struct {
    const char* from;
    const char* to;
} input_t;

/* One thread: its record, which is sent when it is complete, and the call that it is in. */
typedef struct {
    unsigned number;
    /* Its calls are not recorded. */
    bool silent;
    /* Its next call is not supposed to return. */
    bool no_return;
    /* How often it holds the lock. */
    unsigned holding;
    char kind;
    bool continued; /* a frame of the record was sent: the lock is held until its end */
    unsigned body_size;
    uint64_t returned; /* when the call returned */
    char frame[BODY_AT + ZXHIL_FRAME_MAX_BODY + ZXHIL_FRAME_CRC + 1];
    char separator;
    const char* caller; /* the stack below is not the case's */
    output_t outputs[MOST_RANGES];
    input_t inputs[MOST_RANGES];
    unsigned output_count, input_count;
    size_t saved_size;
} thread_t;

extern thread_t threads[ZXHIL_MOST_THREADS + 1];

/* The thread that asks. One that runs on a stack that is not ours counts as the first. */
static inline thread_t* me(void) {
    uintptr_t at = (uintptr_t)__builtin_frame_address(0) - (uintptr_t)thread_stacks;
    return &threads[at < sizeof(thread_stacks) ? at / THREAD_STACK_SIZE + 1 : 0];
}

/* What all threads of a case share, those of its other processes too. */
typedef struct {
    uint32_t lock;
    uint32_t sequence;
    uint32_t mixed_nonce;
    uint32_t seed;
    uint64_t last_time; /* as the reader counts it (docs/trace.md) */
    uint64_t written; /* bytes of the trace in memory */
    unsigned calls_made;
    /* Threads and processes that the case has started. */
    unsigned threads, processes;
    /* Why the running case was stopped: the name of an absent call, or what else an S record has there
     * (docs/trace.md). 0 while it runs. Once it is set, wrappers make no calls. */
    const char* stopped_by;
} line_t;

/* Set by line_prepare; start_process moves it to memory that both processes map. */
extern line_t* line;
void line_prepare(void);
void line_move(line_t* to);
/* Recursive. Other threads send no record and change no mapping meanwhile. */
void line_lock(void);
void line_unlock(void);

/* threads.c */
/* A number for a thread that is about to be made; 0 if there is none left: the case is stopped. */
unsigned thread_number(void);
/* What it runs, in which process. For the first thread of another process `entry` takes the handle
 * that the process is given. */
void thread_entry_set(unsigned number, unsigned process, void entry(uintptr_t), uintptr_t argument);
/* All that the thread does but its end. `first` is its first argument: for another process, the
 * handle. */
void thread_run(uintptr_t first);
/* The initial stack pointer. */
zx_vaddr_t thread_stack(unsigned number);
/* Kill it at the end of the case; it may have ended before. `parent` is the process or job. */
void thread_to_end(unsigned number, zx_handle_t task, zx_handle_t parent);
void threads_end(void);

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
/* Forget all but the segments of the file. */
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
/* Its load segments, in order: false if there are no more. */
typedef struct {
    uintptr_t at;
    uint64_t offset, size;
    bool executable;
} vdso_segment_t;
bool vdso_segment(unsigned number, vdso_segment_t* segment);
/* Find `zx_NAME`; 0 if this kernel's vDSO has no such symbol. */
uintptr_t vdso_find(const char* name);

/* pages.c: the trace in memory. Positions count bytes from the trace's beginning. */
typedef struct {
    zxhil_page_head_t head;
    char data[ZXHIL_TRACE_PAGE - sizeof(zxhil_page_head_t)];
} trace_page_t;
extern trace_page_t trace_pages[ZXHIL_TRACE_PAGES];
/* Mark the pages, and wait for the harness to find them. False: the trace goes over serial. */
bool pages_open(void);
bool pages_have_room(uint64_t written, uint64_t size);
/* The harness reads what is published. */
void pages_write(uint64_t written, const char* bytes, uint64_t size);
void pages_publish(uint64_t written);

/* wire.c: each thread's record, cut into frames. */
/* Number frames from 0, with checksums seeded by `nonce`; 0: not seeded, and over serial. */
void wire_open(uint32_t nonce);
/* From here on the frames of this process, which is not the program's first, go over serial. */
void wire_leave_memory(void);
/* Say over serial how far the trace in memory was written. */
void wire_position(uint64_t written);
void record_open(char kind);
void record_char(char c);
void record_text(const char* text);
void record_hex(uint64_t value);
void record_decimal(int64_t value);
void record_close(void);
/* The monotonic clock in nanoseconds; 0 without such a call. */
uint64_t now(void);
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

/* main.c: sleep for a moment, if the vDSO has calls for it. */
void rest(void);
/* main.c: begin a trace: program, number of cases, kernel, and bootstrap handles. */
void announce(unsigned count);

/* args.c: the bootstrap message. */
void args_read(zx_handle_t bootstrap);
/* In another process: it has one handle alone, of which this writes an H record. */
void args_replace(zx_handle_t handle, unsigned process);
/* Write an H record for each handle. */
void args_announce(void);
/* The rest of the argument that begins with `prefix`; NULL if none does. */
const char* args_find(const char* prefix);
/* The root VMAR; 0 if there is none. */
zx_handle_t args_root_vmar(void);
/* The VMO of the vDSO; 0 stops the case. */
zx_handle_t zx_vdso_vmo(void);
/* The resource handles among them, counted from 0; 0 if there are no more. */
zx_handle_t args_resource(unsigned nth);
/* Is it one of the handles that the program was given? */
bool args_hold(zx_handle_t handle);
/* The channel of file descriptor 0, as a shell gives it; 0 if there is none. */
zx_handle_t args_input(void);

/* outputs.c: the memory that this thread's call writes and reads. First add each range, then fill the
 * outputs, and restore what the call left of the filling. */
void outputs_forget(void);
/* Did the call write there, and nobody after it? Not where two outputs overlap, and not below the
 * caller's frame, where those of the recorder lie. */
bool output_lasts(const void* at, uint64_t size);
void input_add(const void* at, uint64_t size);
void output_add(void* at, uint64_t size);
void outputs_fill(void);
/* The call reports that it wrote the first `size` bytes of the output there. */
void output_written(const void* at, uint64_t size);
void outputs_restore(void);

/* record.c: what the generated wrappers are made of. */
/* `caller`: where the wrapper's frame begins; those of the case lie above. */
bool call_begin(const zxhil_call_t* call, const void* caller);
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
/* To a futex: where it lies, and its value. */
void arg_futex(const int32_t* futex);
/* To memory that the call only writes. */
void arg_out(void* pointer, uint64_t size, unsigned alignment);
/* To memory of which the call writes as much as it has. */
void arg_out_buffer(void* pointer, uint64_t size, unsigned alignment);
void call_ready(void);
/* The same for a call that stops other threads: none may be sending a record. */
void call_ready_alone(void);
void call_returned(zx_status_t status);
void call_returned_value(uint64_t value);
void call_returned_nothing(void);
void out_integer(const void* pointer, unsigned size);
/* `actual_size` is the size in bytes of the integer at `actual`. */
void out_bytes(zx_status_t status, const void* bytes, uint64_t size, const void* actual,
               unsigned actual_size);
/* A call that succeeds writes all of them. */
void out_all_bytes(zx_status_t status, const void* bytes, uint64_t size);
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
