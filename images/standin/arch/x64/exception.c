// Exceptions: those of user mode kill the process, those of the kernel panic.
#include "cpu.h"

#define PAGE_FAULT 14
// Bits of a page fault's error code.
#define FAULT_WRITE 2u
#define FAULT_FETCH 16u

static const char* const names[32] = {
    [0] = "divide error",     [1] = "debug",           [3] = "breakpoint",
    [4] = "overflow",         [5] = "bounds",          [6] = "undefined instruction",
    [8] = "double fault, halting", [10] = "invalid TSS", [11] = "segment not present",
    [12] = "stack fault",     [13] = "general protection", [PAGE_FAULT] = "page fault",
    [16] = "x87 error",       [17] = "alignment check", [19] = "SIMD error",
};

void arch_print_frame(const struct frame* f) {
    if (f == NULL) {
        kprintf(" rsp %16lx\n", (uint64_t)__builtin_frame_address(0));
        return;
    }
    kprintf(" CS:  %16lx RIP: %16lx EFL: %16lx CR2: %16lx\n", f->cs, f->rip, f->rflags, read_cr2());
    kprintf(" RAX: %16lx RBX: %16lx RCX: %16lx RDX: %16lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    kprintf(" RSI: %16lx RDI: %16lx RBP: %16lx RSP: %16lx\n", f->rsi, f->rdi, f->rbp, f->rsp);
    kprintf("  R8: %16lx  R9: %16lx R10: %16lx R11: %16lx\n", f->r8, f->r9, f->r10, f->r11);
    kprintf(" R12: %16lx R13: %16lx R14: %16lx R15: %16lx\n", f->r12, f->r13, f->r14, f->r15);
    kprintf(" vector: %lu error: %16lx\n", f->vector, f->error);
}

void exception(struct frame* f) {
    const char* what = names[f->vector] != NULL ? names[f->vector] : "exception";
    bool page_fault = f->vector == PAGE_FAULT;
    if (page_fault) {
        what = f->error & FAULT_FETCH ? "execute" : f->error & FAULT_WRITE ? "write" : "read";
    }
    if (f->cs & 3) {
        user_exception(f, what, page_fault, f->rip, read_cr2());
    }
    panic_begin("exception in the kernel:");
    kprintf("%s%s at %16lx, address %16lx\n", page_fault ? "page fault, " : "", what, f->rip,
            page_fault ? read_cr2() : 0);
    arch_print_frame(f);
    panic_end();
}
