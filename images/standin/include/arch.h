// What an architecture provides to the portable part.
#pragma once

#include "base.h"

#if defined(__x86_64__)
#define PHYSMAP_BASE 0xffff800000000000ul
#define USER_TOP 0x00007ffffffff000ul
#elif defined(__aarch64__)
#define PHYSMAP_BASE 0xffff000000000000ul
#define USER_TOP 0x0000fffffffff000ul
#endif
// Zircon's processes start above this address too.
#define USER_BASE 0x0000000001000000ul

static inline void* phys_to_virt(uint64_t phys) { return (void*)(phys + PHYSMAP_BASE); }
static inline uint64_t virt_to_phys(const void* virt) { return (uint64_t)virt - PHYSMAP_BASE; }

#define PROT_READ 1u
#define PROT_WRITE 2u
#define PROT_EXECUTE 4u

// Bytes of physical memory that the kernel image and its bss take.
extern char image_start[], image_end[];
uint64_t arch_image_phys(void);

void arch_init(void);
// Takes what the boot shim said about the machine: the payload of a KERNEL_DRIVER item.
void arch_driver_config(uint32_t kind, const void* payload, size_t size);

void arch_console_write(const char* text, size_t size);
// One byte from serial, or -1.
int arch_console_read(void);

uint64_t arch_ticks(void);
uint64_t arch_ticks_per_second(void);

// Maps one page for user mode. Readable always; the page must not be mapped yet.
bool arch_map_user(uint64_t va, uint64_t phys, unsigned prot);
// The kernel's address of a user byte, or NULL if user mode could not access it that way.
void* arch_user_byte(uint64_t va, bool write);

_Noreturn void arch_enter_user(uint64_t entry, uint64_t sp, uint64_t arg0, uint64_t arg1);

_Noreturn void arch_power_off(void);
_Noreturn void arch_reboot(void);
_Noreturn void arch_halt(void);
// The initial stack pointer below `top`, as the C calling convention requires at function entry.
uint64_t arch_initial_sp(uint64_t top);

// The registers with which a thread goes on after a call.
#if defined(__x86_64__)
// What entry.S pushes, lowest address first.
struct context {
    uint64_t sp, rdi, rsi, r15, r14, r13, r12, rbp, rbx, rax, flags, pc;
};
#elif defined(__aarch64__)
// What vectors.S saves, lowest address first.
struct context {
    uint64_t x[31];
    uint64_t sp, pc, spsr;
};
#endif
struct context arch_new_context(uint64_t entry, uint64_t sp, uint64_t arg0, uint64_t arg1);

struct frame;
void arch_print_frame(const struct frame* frame);

// Called by the architecture.
_Noreturn void kernel_main(uint64_t zbi_phys);
uint64_t syscall_dispatch(uint64_t number, const uint64_t args[8]);
// A call is over: goes on with any thread that can run, by putting its registers in place of these.
void threads_switch(struct context* context);
// The first process faulted: report it like Zircon and kill it.
_Noreturn void user_exception(const struct frame* frame, const char* what, bool page_fault,
                              uint64_t pc, uint64_t address);
