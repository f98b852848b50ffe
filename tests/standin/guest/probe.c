/* The first process of the stand-in's own tests: needs nothing of zxhil but zx.h. What it does is
 * named by a word probe=NAME of the kernel's command line; what it finds, it prints.
 */
#include "zx.h"

typedef struct { uint8_t ident[16]; uint16_t type, machine; uint32_t version; uint64_t entry, phoff; } Elf;
typedef struct { uint32_t type, flags; uint64_t offset, vaddr, paddr, filesz, memsz, align; } Segment;
typedef struct { int64_t tag; uint64_t value; } Dynamic;
typedef struct { uint32_t name; uint8_t info, other; uint16_t section; uint64_t value, size; } Symbol;

#define PT_DYNAMIC 2
#define DT_STRTAB 5
#define DT_SYMTAB 6
#define DT_GNU_HASH 0x6ffffef5

/* The compiler may call these. */
void* memset(void* to, int byte, size_t size) {
    for (volatile char* p = to; size > 0; size--) *p++ = (char)byte;
    return to;
}
void* memcpy(void* to, const void* from, size_t size) {
    const char* f = from;
    for (volatile char* p = to; size > 0; size--) *p++ = *f++;
    return to;
}

static const char* vdso;
static char writable[4096];
static const char constant[4096] = "constant";

static int same(const char* a, const char* b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

/* By DT_GNU_HASH, as a dynamic linker does. */
static void* find(const char* name) {
    const Segment* segment = (const Segment*)(vdso + ((const Elf*)vdso)->phoff);
    while (segment->type != PT_DYNAMIC) segment++;
    const Symbol* symbols = 0;
    const char* strings = 0;
    const uint32_t* table = 0;
    for (const Dynamic* d = (const Dynamic*)(vdso + segment->vaddr); d->tag; d++) {
        if (d->tag == DT_SYMTAB) symbols = (const Symbol*)(vdso + d->value);
        if (d->tag == DT_STRTAB) strings = vdso + d->value;
        if (d->tag == DT_GNU_HASH) table = (const uint32_t*)(vdso + d->value);
    }
    uint32_t buckets = table[0], first = table[1], bloom = table[2], hash = 5381;
    const uint32_t* bucket = table + 4 + 2 * bloom;
    const uint32_t* chain = bucket + buckets;
    for (const char* c = name; *c; c++) hash = hash * 33 + (uint8_t)*c;
    for (uint32_t i = bucket[hash % buckets]; i >= first; i++) {
        if ((chain[i - first] | 1) == (hash | 1) && same(strings + symbols[i].name, name))
            return (void*)(vdso + symbols[i].value);
        if (chain[i - first] & 1) break;
    }
    return 0;
}

#define CALL(name) ((__typeof__(&zx_##name))find("zx_" #name))
typedef zx_status_t DebugWrite(const char*, size_t);
typedef zx_status_t DebugRead(zx_handle_t, char*, size_t*);
typedef zx_status_t GetVersion(char*, size_t);
typedef void ProcessExit(int64_t);

static size_t length(const char* s) {
    size_t n = 0;
    while (s[n]) n++;
    return n;
}

static void say(const char* s) { ((DebugWrite*)find("zx_debug_write"))(s, length(s)); }

static void number(const char* what, uint64_t value) {
    char text[24];
    int n = sizeof(text);
    text[--n] = 0;
    text[--n] = '\n';
    do {
        text[--n] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value);
    say(what);
    say(" ");
    say(text + n);
}

static union {
    zx_proc_args_t args;
    char bytes[8192];
} bootstrap;
static zx_handle_t handles[64];
static uint32_t num_handles;

static zx_handle_t given(uint32_t info) {
    const uint32_t* word = (const uint32_t*)(bootstrap.bytes + bootstrap.args.handle_info_off);
    for (uint32_t i = 0; i < num_handles; i++)
        if (word[i] == info) return handles[i];
    return 0;
}

static void describe(void) {
    const uint32_t* word = (const uint32_t*)(bootstrap.bytes + bootstrap.args.handle_info_off);
    number("protocol", bootstrap.args.protocol);
    number("version", bootstrap.args.version);
    for (uint32_t i = 0; i < num_handles; i++) {
        zx_info_handle_basic_t info = {0};
        CALL(object_get_info)(handles[i], ZX_INFO_HANDLE_BASIC, &info, sizeof(info), 0, 0);
        number("handle", word[i]);
        number(" type", info.type);
    }
    char version[64];
    number("get_version", (uint32_t)((GetVersion*)find("zx_system_get_version"))(version, 64));
    say(version);
    say("\n");
    number("short", (uint32_t)((GetVersion*)find("zx_system_get_version"))(version, 8));
    number("underscore", find("zx_handle_close") == find("_zx_handle_close"));
    number("absent", (uint64_t)find("zx_no_such_call"));
    number("constants", (uint64_t)constant[0]);
}

/* Each pointer as the kernel's: out of a call that writes, and into one that reads. */
static void pointer(const char* what, void* at) {
    zx_handle_t h[2];
    number(what, (uint32_t)CALL(event_create)(0, at));
    CALL(channel_create)(0, &h[0], &h[1]);
    number(" read", (uint32_t)CALL(channel_write)(h[0], 0, at, 16, 0, 0));
}

static void pointers(void) {
    pointer("writable", writable);
    pointer("constant", (void*)constant);
    pointer("vdso", (void*)vdso);
    pointer("null", 0);
    pointer("low", (void*)16);
    pointer("high", (void*)0xffffffff80100000);
    pointer("physmap", (void*)(sizeof(void*) == 8 && ((const Elf*)vdso)->machine == 62
                                   ? 0xffff800000100000
                                   : 0xffff000040200000));
    pointer("noncanonical", (void*)((uint64_t)writable | 1ull << 63));
    pointer("alias", (void*)((uint64_t)writable | 1ull << 48));
    pointer("top", (void*)0xffffffffffffffff);
}

static void crash(const char* how) {
    if (same(how, "null")) *(volatile int*)(uintptr_t)16 = 1;
    if (same(how, "vdso")) *(volatile char*)vdso = 1;
    if (same(how, "constant")) *(volatile char*)constant = 1;
    if (same(how, "data")) ((void (*)(void))writable)();
#if defined(__x86_64__)
    if (same(how, "kernel")) say((const char*)(uint64_t)*(volatile char*)0xffffffff80100000);
    if (same(how, "privileged")) __asm__ volatile("cli");
    if (same(how, "port")) __asm__ volatile("outb %%al, $0xf4" ::"a"(1));
#else
    if (same(how, "kernel")) say((const char*)(uint64_t)*(volatile char*)0xffff000040200000);
    if (same(how, "privileged")) __asm__ volatile("msr daifset, #15");
    if (same(how, "port")) __asm__ volatile("mrs x0, ttbr0_el1" ::: "x0");
#endif
}

static void echo(void) {
    char text[9] = {0};
    size_t size = 8;
    say("ready\n");
    zx_status_t status = ((DebugRead*)find("zx_debug_read"))(given(PA_RESOURCE), text, &size);
    number("read", (uint32_t)status);
    number("size", size);
    say(text);
    say("\n");
}

static void truncate(void) {
    for (int i = 0; i < 300; i++) writable[i] = i < 255 ? 'a' : i == 255 ? 'b' : 'c';
    number("\nwrite", (uint32_t)((DebugWrite*)find("zx_debug_write"))(writable, 300));
}

/* Messages with the ends of further channels in them, one in the other, closed at once. */
static void nest(void) {
    zx_handle_t outer[2], inner[2];
    CALL(channel_create)(0, &outer[0], &outer[1]);
    for (int i = 0; i < 3000; i++) {
        CALL(channel_create)(0, &inner[0], &inner[1]);
        zx_handle_t sent[2] = {outer[0], outer[1]};
        if (CALL(channel_write)(inner[0], 0, 0, 0, sent, 2) != ZX_OK) say("refused\n");
        outer[0] = inner[0], outer[1] = inner[1];
    }
    CALL(handle_close)(outer[0]);
    number("closed", (uint32_t)CALL(handle_close)(outer[1]));
}

/* Everything that is made is given back: far more than there is memory for at once. */
static void churn(void) {
    static char bytes[65536];
    zx_handle_t h[2];
    uint32_t failed = 0;
    for (int i = 0; i < 3000; i++) {
        failed += CALL(channel_create)(0, &h[0], &h[1]) != ZX_OK;
        failed += CALL(channel_write)(h[0], 0, bytes, sizeof(bytes), 0, 0) != ZX_OK;
        CALL(handle_close)(h[0]);
        CALL(handle_close)(h[1]);
    }
    __typeof__(&zx_socket_create) create = CALL(socket_create);
    __typeof__(&zx_handle_close) close = CALL(handle_close);
    for (int i = 0; i < 150000; i++) {
        failed += create(0, &h[0], &h[1]) != ZX_OK;
        close(h[0]);
        close(h[1]);
    }
    number("failed", failed);
}

static void fill(void) {
    static char bytes[65536];
    zx_handle_t h[2];
    CALL(channel_create)(0, &h[0], &h[1]);
    zx_status_t status = ZX_OK;
    for (int i = 0; status == ZX_OK && i < 100000; i++)
        status = CALL(channel_write)(h[0], 0, bytes, sizeof(bytes), 0, 0);
    number("full", (uint32_t)status);
    CALL(handle_close)(h[1]);
    CALL(channel_create)(0, &h[0], &h[1]);
    number("again", (uint32_t)CALL(channel_write)(h[0], 0, bytes, sizeof(bytes), 0, 0));
}

_Noreturn void _start(zx_handle_t channel, const void* vdso_base) {
    vdso = vdso_base;
    uint32_t size = 0;
    CALL(channel_read)(channel, 0, bootstrap.bytes, handles, sizeof(bootstrap), 64, &size,
                       &num_handles);
    const char* what = "";
    const char* word = bootstrap.bytes + bootstrap.args.environ_off;
    for (uint32_t i = 0; i < bootstrap.args.environ_num; i++, word += length(word) + 1)
        if (word[0] == 'p' && word[1] == 'r' && word[2] == 'o' && word[5] == '=') what = word + 6;
    if (same(what, "describe")) describe();
    else if (same(what, "pointers")) pointers();
    else if (same(what, "echo")) echo();
    else if (same(what, "truncate")) truncate();
    else if (same(what, "nest")) nest();
    else if (same(what, "churn")) churn();
    else if (same(what, "fill")) fill();
    else if (same(what, "hang")) for (;;) {}
    else crash(what);
    say("the end\n");
    ((ProcessExit*)find("zx_process_exit"))(7);
    for (;;) {
    }
}
