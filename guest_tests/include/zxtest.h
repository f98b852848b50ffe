/* The API of guest tests; see docs/guest-tests.md.
 *
 * A case is a stimulus: it makes calls and states no expected status. Each zx_* call is recorded,
 * and the oracle judges it. A case closes the handles it creates.
 */
#pragma once
#include "zx.h"

#define ZXTEST_TEXT(x) #x
#define ZXTEST_LINE(x) ZXTEST_TEXT(x)

/* CASE(name, "page/clause page2/clause2") { … }: a case and the clauses that it is meant to reach.
 * The entry in section zx_cases holds distances, not addresses, so nothing needs relocation. */
#define CASE(name, claims)                                        \
    __attribute__((used)) static void zx_case_##name(void);       \
    __asm__(".pushsection zx_cases, \"a\", @progbits\n"           \
            ".balign 4\n"                                         \
            ".long zx_case_" #name " - .\n"                       \
            ".long 91f - .\n"                                     \
            ".long 92f - .\n"                                     \
            ".long 93f - .\n"                                     \
            ".long " ZXTEST_LINE(__LINE__) "\n"                   \
            ".popsection\n"                                       \
            ".pushsection .rodata.cases, \"a\", @progbits\n"      \
            "91: .asciz \"" #name "\"\n"                          \
            "92: .asciz \"" claims "\"\n"                         \
            "93: .asciz \"" __FILE_NAME__ "\"\n"                  \
            ".popsection\n");                                     \
    static void zx_case_##name(void)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#pragma GCC visibility push(hidden)

/* Handles that the process was started with. Where the kernel gave none of the kind, the case is
 * skipped. They belong to the whole program: a case must not close them. */
zx_handle_t zx_self_process(void);
zx_handle_t zx_self_thread(void);
zx_handle_t zx_default_job(void);
zx_handle_t zx_root_resource(void);
zx_handle_t zx_root_vmar(void);
/* The root resource, if its handle has ZX_RIGHT_ENUMERATE; kernels of 2018 give it none. */
zx_handle_t zx_enumerable_resource(void);

/* A value that this kernel has never given out as a handle. */
#define ZX_NEVER_A_HANDLE ((zx_handle_t)0xdeadbeefu)

/* Get info of a handle: ZX_INFO_HANDLE_BASIC, recorded as any call. Returns the koid, 0 on failure. */
zx_koid_t get_basic_info(zx_handle_t handle);

/* Get info of a handle and return the handle. */
zx_handle_t with_basic_info(zx_handle_t handle);

/* Close a handle and get its info, so that the oracle knows that it is closed before a call that
 * relies on it. */
void close_and_get_info(zx_handle_t handle);

/* Get info of a handle that a call may have taken, and close it if it is still there. */
void close_if_open(zx_handle_t handle);

/* Duplicate with these rights and get info of the new handle; 0 on failure. */
zx_handle_t duplicate(zx_handle_t handle, zx_rights_t rights);

/* Replace by a handle with all of its rights but `removed`, and get info of that; 0 on failure. */
zx_handle_t without(zx_handle_t handle, zx_rights_t removed);

/* Poll these signals of an object (zx_object_wait_one with a deadline in the past). */
zx_signals_t signals_of(zx_handle_t handle, zx_signals_t wanted);

/* Wait until one of these signals of an object is asserted, for up to two seconds. */
zx_signals_t await_signals(zx_handle_t handle, zx_signals_t wanted);

/* Wait until a thread is blocked in a call, for up to three seconds. */
void await_blocked(zx_handle_t thread);

/* Read one message with zx_channel_read; get info of the handles that arrived and close them. */
void drain(zx_handle_t channel);
/* Same, with zx_channel_read_etc. */
void drain_etc(zx_handle_t channel);

/* Fill memory with bytes that differ from each other. */
void fill(void* bytes, size_t size);

/* One object, or the two ends of one; `peer` is 0 where there is none. */
typedef struct {
    zx_handle_t h;
    zx_handle_t peer;
} handle_pair_t;

handle_pair_t make_channel(void);
handle_pair_t make_socket(void);         /* ZX_SOCKET_STREAM */
handle_pair_t make_sharing_socket(void); /* ZX_SOCKET_STREAM | ZX_SOCKET_HAS_ACCEPT */
handle_pair_t make_fifo(void);           /* 16 elements of one byte in each direction */
handle_pair_t make_event(void);
handle_pair_t make_eventpair(void);
handle_pair_t make_vmo(void);
handle_pair_t make_executable_vmo(void);
handle_pair_t make_port(void);
handle_pair_t make_timer(void);
handle_pair_t make_interrupt(void);      /* ZX_INTERRUPT_VIRTUAL */
handle_pair_t make_physical_interrupt(void); /* ZX_SPARE_INTERRUPT */
handle_pair_t make_interrupt_port(void); /* ZX_PORT_BIND_TO_INTERRUPT */
handle_pair_t make_job(void);      /* a child of the default job */
handle_pair_t make_process(void);  /* not started, in the default job; `peer` is its root VMAR */
zx_handle_t make_thread_in(zx_handle_t process); /* not started */
handle_pair_t make_thread(void);   /* another handle to the program's own process */
handle_pair_t make_vmar(void);     /* the program's root VMAR, another handle to it */
handle_pair_t make_empty_vmar(void); /* the root VMAR of a process that never starts: `peer` */
handle_pair_t make_resource(void); /* the root resource, another handle to it */
/* A new child of the root resource; the root resource itself where none can be made. */
handle_pair_t make_child_resource(void);
/* For DMA, from the root resource: the dummy IOMMU, a BTI, a token for a pinned page. */
handle_pair_t make_iommu(void);
handle_pair_t make_bti(void);
handle_pair_t make_pmt(void);
/* Physical addresses that cases name and never touch. */
#define ZX_SOME_PADDR 0x10000000u
/* Close both handles. */
void close_pair(handle_pair_t made);

/* A line that no device of QEMU's machines uses. */
#if defined(__x86_64__)
#define ZX_SPARE_INTERRUPT 7u
#else
#define ZX_SPARE_INTERRUPT 100u
#endif

/* These skip the case where zx_guest_create says that the machine can't run guests. */
handle_pair_t make_guest(void); /* `peer` is its physical address space */
handle_pair_t make_vcpu(void);  /* of a new guest, which is `peer` */
/* The same, of a guest with `code` for arm64 at GUEST_CODE; elsewhere the case is skipped. */
handle_pair_t make_vcpu_with(const uint32_t* code, size_t words);
/* Its guest writes to GUEST_TRAP, where a trap with the key GUEST_KEY is, again and again. */
handle_pair_t make_trapping_vcpu(void);
#define GUEST_CODE 0x4000u
#define GUEST_TRAP 0x8000u
#define GUEST_KEY 0x1234567887654321ul
handle_pair_t make_hypervisor_resource(void);
/* 8-byte words of zx_vcpu_state_t. */
#if defined(__x86_64__)
#define ZX_VCPU_STATE_WORDS 17
#else
#define ZX_VCPU_STATE_WORDS 33
#endif

/* Skip the rest of the case, because the machine lacks what the case is about: no more calls are made.
 * `why` is of docs/trace.md, as in an S record. */
void zx_skip(const char* why);
/* `call`, a string without zx_, has just returned ZX_ERR_NOT_SUPPORTED. */
#define zx_unsupported(call) zx_skip("!" call)

/* zx_vmo_set_size where the case is about the new size: it is skipped where VMOs are not resizable
 * unless they are made so, as of 2019. */
void resize(zx_handle_t vmo, uint64_t size);

/* Skip the rest of the case where the kernel does not know a topic of zx_object_get_info. */
void needs_topic(uint32_t topic);

/* A thread that runs `entry` beside the case and then calls zx_thread_exit. Its calls are recorded
 * too. Returns its handle, 0 on failure. A case has up to ZXHIL_MOST_THREADS, each with a stack of
 * 32 KiB; those still there at its end are killed. */
zx_handle_t start_thread(void (*entry)(uintptr_t argument), uintptr_t argument);
/* Wait up to five seconds for its end, and close the handle. */
void join_thread(zx_handle_t thread);

/* Another process that runs a copy of this program: `entry` gets the handle `given`, which moves
 * there, and all variables are as they are now. It has no other handle. When `entry` returns, its
 * thread exits, and with it the process. Handles are 0 on failure. */
typedef struct {
    zx_handle_t h;
    zx_handle_t vmar;
    zx_handle_t thread;
} process_t;
process_t start_process(void (*entry)(zx_handle_t given), zx_handle_t given);
/* The same, as a child of this job. */
process_t start_process_in(zx_handle_t job, void (*entry)(zx_handle_t given), zx_handle_t given);
/* Wait up to five seconds for its end, and close the handles. */
void join_process(process_t process);

/* The next call of this thread is not supposed to return. Where it ends the program, the run goes
 * on with the next case in another boot. */
void no_return(void);

/* So many nanoseconds from now, for a deadline. A kernel that tells no time skips the case. */
zx_time_t time_after(int64_t nanoseconds);

/* Pages that are never mapped, before `zx_rw_start` and after `zx_rw_end`. */
extern char zx_rw_start[], zx_rw_end[], zx_ro_end[];
extern const char zx_read_only_page[4096];
extern char zx_writable_edge[ZXHIL_SCRATCH_SIZE];

#define ZX_UNMAPPED_ADDRESS (zx_rw_end + 0x4000)
#if defined(__x86_64__)
#define ZX_KERNEL_ADDRESS 0xffffffff80100000ul
#else
#define ZX_KERNEL_ADDRESS 0xffff000000100000ul
#endif

/* Hide from the compiler where a pointer came from. */
static inline void* zx_opaque(uintptr_t address) {
    __asm__("" : "+r"(address));
    return (void*)address;
}

/* A well-aligned T* to unmapped memory. */
#define zx_unmapped(T) ((T*)zx_opaque((uintptr_t)ZX_UNMAPPED_ADDRESS))
/* A T* into the kernel's half of the address space. */
#define zx_kernel(T) ((T*)zx_opaque(ZX_KERNEL_ADDRESS))
/* A T* to read-only zeroes. */
#define zx_read_only(T) ((T*)zx_opaque((uintptr_t)zx_read_only_page))
/* A T* to writable memory, one byte off its alignment. */
#define zx_misaligned(T) ((T*)zx_opaque((uintptr_t)zx_writable_edge + 1))
/* `number` writable T, the last of which ends where mapped memory ends. */
#define zx_edge(T, number) ((T*)zx_opaque((uintptr_t)zx_rw_end - (number) * sizeof(T)))
/* Same, read-only: zeroes, up to one page. */
#define zx_read_only_edge(T, number) ((T*)zx_opaque((uintptr_t)zx_ro_end - (number) * sizeof(T)))

#pragma GCC visibility pop
