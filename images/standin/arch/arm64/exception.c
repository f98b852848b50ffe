// Exceptions: those of user mode kill the process (or are system calls), those of the kernel panic.
#include "cpu.h"

// Exception classes of ESR_EL1.
enum {
    CLASS_SVC64 = 0x15,
    CLASS_FETCH_USER = 0x20,
    CLASS_FETCH_KERNEL = 0x21,
    CLASS_PC_ALIGNMENT = 0x22,
    CLASS_DATA_USER = 0x24,
    CLASS_DATA_KERNEL = 0x25,
    CLASS_SP_ALIGNMENT = 0x26,
    CLASS_BREAKPOINT = 0x3c,
};
#define ESR_WRITE (1u << 6)

static unsigned class_of(uint64_t esr) { return esr >> 26 & 0x3f; }

static bool is_page_fault(uint64_t esr) {
    unsigned class = class_of(esr);
    return class == CLASS_FETCH_USER || class == CLASS_FETCH_KERNEL || class == CLASS_DATA_USER ||
           class == CLASS_DATA_KERNEL;
}

static const char* name_of(uint64_t esr) {
    switch (class_of(esr)) {
    case CLASS_FETCH_USER:
    case CLASS_FETCH_KERNEL:
        return "execute";
    case CLASS_DATA_USER:
    case CLASS_DATA_KERNEL:
        return esr & ESR_WRITE ? "write" : "read";
    case CLASS_PC_ALIGNMENT:
        return "misaligned pc";
    case CLASS_SP_ALIGNMENT:
        return "misaligned stack";
    case CLASS_BREAKPOINT:
        return "breakpoint";
    default:
        return "undefined instruction or trap";
    }
}

void arch_print_frame(const struct frame* f) {
    if (f == NULL) {
        kprintf(" sp %16lx\n", (uint64_t)__builtin_frame_address(0));
        return;
    }
    for (int i = 0; i < 31; i++) {
        kprintf(" x%d%s %16lx%s", i, i < 10 ? " " : "", f->context.x[i], i % 4 == 3 ? "\n" : "");
    }
    kprintf(" sp  %16lx\n pc  %16lx spsr %16lx esr %16lx far %16lx\n", f->context.sp, f->context.pc, f->context.spsr,
            READ_REGISTER(esr_el1), READ_REGISTER(far_el1));
}

void kernel_exception(const struct frame* frame) {
    uint64_t esr = READ_REGISTER(esr_el1);
    panic_begin("exception in the kernel:");
    kprintf("%s%s at %16lx, address %16lx\n", is_page_fault(esr) ? "page fault, " : "",
            name_of(esr), frame->context.pc, READ_REGISTER(far_el1));
    arch_print_frame(frame);
    panic_end();
}

void user_other(const struct frame* frame) {
    user_exception(frame, "unexpected exception", false, frame->context.pc, 0);
}

void user_sync(struct frame* frame) {
    uint64_t esr = READ_REGISTER(esr_el1);
    if (class_of(esr) == CLASS_SVC64) {
        struct context* context = &frame->context;
        context->x[0] = syscall_dispatch(context->x[16], context->x);
        threads_switch(context);
        return;
    }
    user_exception(frame, name_of(esr), is_page_fault(esr), frame->context.pc, READ_REGISTER(far_el1));
}
