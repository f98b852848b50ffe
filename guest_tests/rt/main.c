/* The case runner: identifies itself, then runs each selected case. */
#include "rt.h"
#include "zxtest.h"

__attribute__((visibility("hidden"))) extern const zxhil_case_entry_t zx_cases_start[], zx_cases_end[];

/* Which cases to run: bit i of byte i/8. The harness patches it into the linked file, so the
 * compiler must not see the value. */
__attribute__((section("zx_select"), used)) const volatile uint8_t selection[ZXHIL_SELECT_BYTES] = {
    [0 ... ZXHIL_SELECT_BYTES - 1] = 0xff};

/* The program's name, patched in by the harness. */
__attribute__((section("zx_program"), used)) const volatile char program_name[ZXHIL_NAME_BYTES] = "-";

/* A program may hold the cases of several programs and wait here until it gets a job: the harness
 * saves the machine meanwhile and writes the job into the saved memory, where it finds the place
 * by `mark` (harness/zxhil/guest/suite.py). Of all copies of the file that lie in that memory,
 * only the one that runs has `running` set. zx.h has its fields: `first` and `count` are entries of
 * zx_cases, and a `count` of 0 stands for all. */
__attribute__((section("zx_turn"), used, aligned(512)))
static volatile zxhil_job_slot_t job_slot = {.mark = ZXHIL_JOB_MARK};

/* Seed of the checksums of this boot's frames, patched in by the harness; 0: none was given.
 * Frames with another nonce belong to another boot. */
__attribute__((section("zx_nonce"), used)) const volatile uint32_t file_nonce = 0;

#if defined(__x86_64__)
#define ARCH_NAME "x64"
#else
#define ARCH_NAME "arm64"
#endif

/* A program that a shell starts gets arguments: select= and the bitmap's bytes in hex, nonce= and
 * the nonce in hex. */
static unsigned hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

/* Without a nonce, take one from the clock, so that two boots of one file differ. */
static uint32_t boot_nonce(void) {
    typedef uint64_t (*TicksCall)(void);
    const char* argument = args_find("nonce=");
    uint32_t nonce = job_slot.count ? job_slot.nonce : file_nonce;
    if (argument)
        for (nonce = 0; *argument; ++argument) nonce = nonce << 4 | hex_digit(*argument);
    TicksCall ticks = (TicksCall)vdso_find("ticks_get");
    if (!nonce && ticks) nonce = (uint32_t)ticks() & ZXHIL_NONCE_MAX;
    return nonce ? nonce : 1;
}

static bool is_selected(const char* argument, unsigned index) {
    const volatile uint8_t* bitmap = job_slot.count ? job_slot.selection : selection;
    if (!argument) return bitmap[index / 8] >> (index % 8) & 1;
    if (index / 8 >= text_length(argument) / 2) return false;
    const char* byte = argument + index / 8 * 2;
    return (hex_digit(byte[0]) << 4 | hex_digit(byte[1])) >> (index % 8) & 1;
}

/* Instructions that do nothing, by which a plugin of QEMU sees where a case begins and ends
 * (harness/zxhil/reach/blocks.c). No compiler makes them. */
#if defined(__x86_64__)
#define MARK_CASE_BEGIN() __asm__ volatile("nopl 0x5a584301(%rax,%rax)")
#define MARK_CASE_END() __asm__ volatile("nopl 0x5a584302(%rax,%rax)")
#else
#define MARK_CASE_BEGIN() __asm__ volatile("movz xzr, #0x5a01")
#define MARK_CASE_END() __asm__ volatile("movz xzr, #0x5a02")
#endif

static const char* text_at(const int32_t* offset) { return (const char*)offset + *offset; }

static void resolve_calls(void) {
    age_conclude();
    record_open('D');
    for (zxhil_call_t* call = zx_calls_start; call < zx_calls_end; ++call) {
        call->address = vdso_find(call->name);
        if (call > zx_calls_start) record_char(' ');
        if (!call->address) {
            record_char('-');
        } else if (!age_holds(call)) {
            call->address = 0;
            record_char('?');
        }
        record_text(call->name);
    }
    record_close();
    age_announce();
}

void rest(void) {
    typedef int64_t (*DeadlineCall)(int64_t nanoseconds);
    typedef zx_status_t (*SleepCall)(int64_t deadline);
    DeadlineCall deadline_after = (DeadlineCall)vdso_find("deadline_after");
    SleepCall nanosleep = (SleepCall)vdso_find("nanosleep");
    if (deadline_after && nanosleep) nanosleep(deadline_after(1000000));
}

/* Pages for programs of `zxhil explore` (live/explore.c), found as the job slot is. */
__attribute__((visibility("hidden"))) extern char zx_explore_start[], zx_explore_end[];

static void show_pages(void) {
    for (char* page = zx_explore_start; page < zx_explore_end; page += ZXHIL_EXPLORE_PAGE)
        ((volatile zxhil_program_page_t*)page)->running = 1;
}

/* The frame of the `W` record is the last output of a saved machine. It is found only after that has
 * returned: of a kernel that is saved while it waits for its UART, the UART's interrupt may be lost. */
static void wait_for_job(void) {
    wire_open(0);
    pages_open();
    record_open('W');
    record_close();
    job_slot.running = 1;
    show_pages();
    while (job_slot.waits) rest();
}

/* Exiting would power off the machine, which the harness is about to restore. */
__attribute__((noreturn)) static void wait_for_next_job(void) {
    for (;;) rest();
}

static void announce_program(unsigned cases, uint32_t nonce) {
    const volatile char* name = job_slot.count ? job_slot.program : program_name;
    record_open('V');
    record_decimal(ZXHIL_TRACE_VERSION);
    record_text(" " ARCH_NAME " ");
    for (unsigned i = 0; i < ZXHIL_NAME_BYTES && name[i]; ++i) record_char(name[i]);
    record_char(' ');
    record_decimal(cases);
    record_char(' ');
    record_hex(nonce);
    record_close();
}

bool on_standin;

/* Kernels of 2018 and 2019 copy the version out; later ones return its address. */
static void announce_kernel(void) {
    typedef zx_status_t (*CopyCall)(char* version, size_t size);
    typedef struct {
        const char* text;
        size_t length;
    } View;
    typedef View (*ViewCall)(void);
    char version[65] = {0};
    CopyCall copy = (CopyCall)vdso_find("system_get_version");
    ViewCall view = (ViewCall)vdso_find("system_get_version_string");
    if (view) {
        View found = view();
        size_t size = found.length < sizeof(version) ? found.length : sizeof(version) - 1;
        memcpy(version, found.text, size);
    } else if (!copy || copy(version, sizeof(version) - 1) != ZX_OK || !version[0]) {
        memcpy(version, "-", 2);
    }
    on_standin = memcmp(version, ZXHIL_STANDIN, sizeof(ZXHIL_STANDIN) - 1) == 0;
    record_open('K');
    record_text(version);
    record_close();
}

/* Can a call be made? One that the program does not make, if the vDSO has it. */
static bool is_present(const char* text, size_t length) {
    char name[ZXHIL_CALL_NAME] = {0};
    for (const zxhil_call_t* call = zx_calls_start; call < zx_calls_end; ++call)
        if (text_equal(call->name, text, length)) return call->address != 0;
    if (length >= sizeof(name)) return true;
    memcpy(name, text, length);
    return vdso_find(name) != 0;
}

/* A case tests the calls whose clauses it claims: if one of them is absent, it does not start. An
 * absent supporting call stops it later, when it is made. */
static const char* absent_claim(const char* claims, size_t* length) {
    while (*claims) {
        size_t page = 0, end = 0;
        while (claims[end] && claims[end] != ' ') ++end;
        while (page < end && claims[page] != '/') ++page;
        if (!is_present(claims, page)) {
            *length = page;
            return claims;
        }
        claims += end;
        while (*claims == ' ') ++claims;
    }
    return NULL;
}

static void skipped(unsigned index, const char* name, const char* reason, size_t length) {
    record_open('S');
    record_hex(index);
    record_char(' ');
    record_text(name);
    record_char(' ');
    while (length--) record_char(*reason++);
    record_close();
}

/* Run one case; return whether it finished. */
static bool run_case(unsigned index, const zxhil_case_entry_t* entry) {
    const char* name = text_at(&entry->name);
    size_t length = 0;
    const char* absent = absent_claim(text_at(&entry->claims), &length);
    if (absent) {
        skipped(index, name, absent, length);
        return false;
    }
    record_open('B');
    record_hex(index);
    record_char(' ');
    record_text(name);
    record_close();
    line->calls_made = 0;
    line->stopped_by = NULL;
    me()->no_return = false;
    void (*run)(void) = (void (*)(void))((uintptr_t)&entry->run + (uintptr_t)(intptr_t)entry->run);
    MARK_CASE_BEGIN();
    run();
    threads_end();
    MARK_CASE_END();
    if (line->stopped_by) {
        skipped(index, name, line->stopped_by, text_length(line->stopped_by));
        return false;
    }
    record_open('E');
    record_hex(index);
    record_char(' ');
    record_hex(line->calls_made);
    record_close();
    return true;
}

void announce(unsigned count) {
    uint32_t nonce = boot_nonce();
    wire_open(nonce);
    announce_program(count, nonce);
    announce_kernel();
    resolve_calls();
    args_announce();
}

/* The end record may be lost like any other, and nothing after it would show that. */
static void end_program(unsigned ended) {
    for (unsigned times = 0; times < 4; ++times) {
        record_open('Z');
        record_hex(ended);
        record_close();
    }
}

__attribute__((noreturn, used)) void zx_main(zx_handle_t bootstrap, const void* vdso);

void zx_main(zx_handle_t bootstrap, const void* vdso) {
    line_prepare();
    vdso_open(vdso);
    mappings_prepare();
    if (job_slot.waits) wait_for_job();
    const zxhil_case_entry_t* first = zx_cases_start + job_slot.first;
    unsigned count = job_slot.count ? job_slot.count : (unsigned)(zx_cases_end - zx_cases_start);
    args_read(bootstrap);
    announce(count);
    const char* argument = args_find("select=");
    unsigned ended = 0;
    for (unsigned index = 0; index < count; ++index)
        if (is_selected(argument, index)) ended += run_case(index, first + index);
    end_program(ended);
    if (job_slot.count) wait_for_next_job();
    void (*process_exit)(int64_t) = (void (*)(int64_t))vdso_find("process_exit");
    if (process_exit) process_exit(0);
    __builtin_trap();
}
